//! People at shells: the real program talks to the real program, through a socket in a directory like systemd's.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::both;
use super::desk::{Auth, BOB, DESK, Desk};
use super::ends::{GRACE, ended_well};
use super::process::{Program, nudged, parsed};
use super::tap::Tap;

/// Amy is on nobody's list; 10005 takes every friend, 10006 wants to be asked.
const MORE: &str = "[[account]]\naddress = \"amy@example.net\"\npassword = \"pond\"\nname = \"Amy\"\n\
    [[qq]]\nuin = 10005\npassword = \"five\"\nadd = \"open\"\n\
    [[qq]]\nuin = 10006\npassword = \"six\"\nadd = \"ask\"\n";

/// What a command came to.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn directory(desk: &Desk) -> PathBuf {
    desk.home.path().join("run")
}

/// The agent, with its socket in a runtime directory of its own.
fn agent(desk: &Desk) -> Command {
    std::fs::create_dir_all(directory(desk)).unwrap();
    let mut command = desk.command();
    command.env("RUNTIME_DIRECTORY", directory(desk));
    command
}

/// A command of somebody at a shell.
fn tells(desk: &Desk, words: &[&str]) -> Ran {
    let mut command = nudged();
    command.args(words).env("RUNTIME_DIRECTORY", directory(desk));
    ran(command)
}

fn ran(mut command: Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[track_caller]
fn does(desk: &Desk, words: &[&str], sentence: &str) {
    let ran = tells(desk, words);
    let expected = (Some(0), format!("{sentence}\n"), String::new());
    assert_eq!((ran.code, ran.out, ran.err), expected, "{words:?}");
}

#[track_caller]
fn fails(desk: &Desk, words: &[&str], code: i32, said: &str) {
    let ran = tells(desk, words);
    assert_eq!((ran.code, ran.out.as_str()), (Some(code), ""), "{words:?}");
    assert!(ran.err.starts_with(&format!("nudged: {said}")), "{words:?}: {}", ran.err);
}

fn json_of(desk: &Desk, words: &[&str]) -> Value {
    let ran = tells(desk, &[words, &["--json"]].concat());
    assert_eq!((ran.err.as_str(), ran.out.lines().count()), ("", 1));
    let answer = parsed(ran.out.trim_end());
    assert_eq!(answer["exit"], json!(ran.code.unwrap()));
    answer
}

fn on_both(desk: &Desk) -> Program {
    let mut program = Program::start(agent(desk));
    for network in ["msn", "qq"] {
        program.await_any(&json!({ "link": network, "state": "online" }));
    }
    program
}

#[test]
fn a_person_at_a_shell_sees_and_changes_everything_on_both_networks() {
    let desk = both::desk(MORE, &[]);
    let mut bob = desk.bob();
    both::wei_signs_in(&desk);
    let mut program = on_both(&desk);
    let mode = std::fs::symlink_metadata(directory(&desk).join("control.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);

    bob.calls(DESK);
    bob.says("lunch?");
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    let shown = tells(&desk, &["status"]);
    assert_eq!((shown.code, shown.err.as_str()), (Some(0), ""));
    for row in [
        "msn desk@example.net: online, as online",
        "  bob  online  bob@example.net",
        "qq qq:29501213: online, as online",
        "  微程  ",
        "  bob  1  lunch?",
        "  1  Yes",
        "  2  No",
    ] {
        assert!(shown.out.lines().any(|line| line.starts_with(row)), "{row}:\n{}", shown.out);
    }
    let status = &json_of(&desk, &["status"])["status"];
    assert_eq!(status["waiting"], json!([{ "account": BOB, "title": "bob", "unread": 1, "text": "lunch?" }]));
    assert_eq!(status["accounts"][1]["contacts"][0]["account"], json!("qq:24259132"));

    does(&desk, &["reply", "2"], "delivered to bob");
    assert!(bob.hears().ends_with("\r\n\r\nNo"));
    does(&desk, &["reply", "1", "qq:24259132"], "delivered to 微程");
    does(&desk, &["set", "busy"], "msn: busy; qq: busy");
    program.await_json(&json!({ "own": "qq", "presence": "busy" }));
    does(&desk, &["ack"], "no message acknowledged");
    does(&desk, &["contact", "add", "amy@example.net", "Amy", "Pond"], "amy@example.net is on the list");
    does(&desk, &["contact", "add", "qq:10005"], "qq:10005 is on the list");
    program.await_json(&json!({ "contact": "qq:10005" }));
    fails(&desk, &["contact", "add", "qq:10006"], 1, "qq:10006 wants to be asked first; say it in words");
    fails(&desk, &["contact", "block", "qq:10005"], 1, "qq has no blocking");
    fails(&desk, &["contact", "add", "nobody"], 64, "\"nobody\" is nobody; expected a name of [people]");
    fails(&desk, &["reply", "3"], 64, "there is no reply 3; they are counted from 1 to 2");
    does(&desk, &["name", "Desk", "of", "Ann"], "your name on msn is Desk of Ann now");
    let found = tells(&desk, &["contact", "find", "qq:24259132"]);
    assert!(found.out.contains("nickname:  微程\n"), "{found:?}");
    let failed = json_of(&desk, &["contact", "find", BOB]);
    assert_eq!((&failed["answer"], &failed["exit"]), (&json!("failed"), &json!(1)));

    let mine: Vec<String> = json_of(&desk, &["status"])["status"]["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|account| account["contacts"].as_array().unwrap())
        .map(|contact| contact["account"].as_str().unwrap().to_owned())
        .collect();
    for who in [BOB, "amy@example.net", "qq:24259132", "qq:10005"] {
        assert!(mine.iter().any(|account| account == who), "{mine:?}");
    }
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
    assert!(!directory(&desk).join("control.sock").exists(), "the socket goes with the agent");
}

#[test]
fn without_an_agent_every_command_says_so_with_74_and_nonsense_is_64_all_the_same() {
    let desk = Desk::new(Auth::Md5);
    let socket = directory(&desk).join("control.sock");
    for words in [
        &["status"][..],
        &["ack"],
        &["reply", "1"],
        &["set", "busy"],
        &["contact", "remove", "bob"],
        &["group", "add", "x"],
        &["name", "x"],
        &["phone", "home", ""],
    ] {
        let none = format!("no nudged answers on {}; is it running?\n", socket.display());
        fails(&desk, words, 74, &none);
        fails(&desk, &[words, &["--json"]].concat(), 74, &none);
    }
    fails(&desk, &["set", "bsy"], 64, "set: found \"bsy\"; did you mean \"busy\"?\nTry: nudged set --help\n");
    fails(&desk, &["status", "bob"], 64, "status: expected nothing behind it\n");
    fails(&desk, &["reply"], 64, "reply: expected the number of a reply, and perhaps to whom\n");
    // Somebody else's file there is told as what it is.
    std::fs::create_dir_all(directory(&desk)).unwrap();
    std::fs::write(&socket, "").unwrap();
    fails(&desk, &["status"], 74, &format!("no nudged answers on {}", socket.display()));
}

#[test]
fn the_socket_may_be_anywhere_and_of_two_agents_the_second_is_refused() {
    let desk = Desk::new(Auth::Md5);
    let socket = desk.home.path().join("talk");
    let with = |mut command: Command| {
        command.arg("--socket").arg(&socket);
        command
    };
    let mut program = Program::start(with(desk.command()));
    program.await_link("online");
    let second = ran(with(desk.command()));
    assert_eq!(second.code, Some(74), "{second:?}");
    assert!(second.err.contains("another nudged answers here; stop it"), "{}", second.err);
    let status = || {
        let mut command = nudged();
        command.arg("status");
        ran(with(command))
    };
    assert_eq!(status().code, Some(0), "the first is still there");
    program.signal(Signal::KILL);
    program.ends_within(GRACE);
    assert!(socket.exists());
    assert_eq!(status().code, Some(74), "nobody is there any more");
    let mut program = Program::start(with(desk.command()));
    program.await_link("online");
    assert_eq!(status().code, Some(0), "the socket left over was replaced");
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn without_a_place_for_it_there_is_no_socket_and_that_is_said_once() {
    let desk = Desk::new(Auth::Md5);
    let mut program = desk.online();
    program.word("quit");
    let ended = program.ends_within(GRACE);
    let said = "no RUNTIME_DIRECTORY and no --socket";
    assert_eq!(ended.err.matches(said).count(), 1, "{}", ended.err);
    let missing = desk.home.path().join("none/control.sock");
    let mut command = desk.command();
    command.arg("--socket").arg(&missing);
    let refused = ran(command);
    assert_eq!(refused.code, Some(74));
    assert!(refused.err.contains(&format!("{}: can't be made", missing.display())), "{}", refused.err);
}

#[test]
fn who_waits_for_an_answer_gets_one_when_the_agent_is_stopped() {
    let desk = Desk::with_faults(Auth::Md5, &["silence ADD"]);
    let tap = Tap::before(&desk.service.notification);
    desk.configure(Auth::Md5, &tap.address);
    let mut program = Program::start(agent(&desk));
    program.await_link("online");
    let mut command = nudged();
    command.args(["contact", "add", "none@example.net"]).env("RUNTIME_DIRECTORY", directory(&desk));
    let waiting = Program::start(command);
    tap.awaits("FL none@example.net");
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
    let ended = waiting.ends_within(GRACE);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    assert!(ended.err.starts_with("nudged: msn did not say what became of it"), "{}", ended.err);
}

//! People at a shell: real `nudged` commands against a real agent that is signed in to both networks.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::Signal;
use serde_json::{Value, json};

use super::desk::{Auth, BOB, DESK, Desk, WEI};
use super::ends::{GRACE, ended_well};
use super::friend::Friend;
use super::number::Number;
use super::process::{Ended, Program, clean, copy_program, nudged, parsed};

/// The longest any answer takes: a QQ request sent twice, both punished, and then some.
const ANSWER_WITHIN: Duration = Duration::from_secs(190);

/// A desk with an agent that is online, and whose socket is there.
struct Room {
    desk: Desk,
    program: Program,
}

impl Room {
    fn new(auth: Auth, faults: &[&str]) -> Self {
        let mut room = Self::at(Desk::both(auth, faults, PEOPLE));
        room.program.await_both();
        room
    }

    /// The agent has just been started.
    fn at(desk: Desk) -> Self {
        let program = Program::start(run(&desk));
        Self { desk, program }
    }

    fn asks(&self, words: &[&str]) -> Ended {
        asked(&self.desk, words).ends_within(ANSWER_WITHIN)
    }

    /// It is so: exit 0, one line on stdout, nothing on stderr.
    #[track_caller]
    fn is_so(&self, words: &[&str], sentence: &str) {
        let ended = self.asks(words);
        assert_eq!(told(&ended), (Some(0), sentence.to_owned(), String::new()), "{words:?}");
    }

    /// It is not: exit 1, nothing on stdout, one line on stderr.
    #[track_caller]
    fn is_not(&self, words: &[&str], sentence: &str) {
        let ended = self.asks(words);
        assert_eq!(told(&ended), (Some(1), String::new(), format!("nudged: {sentence}\n")), "{words:?}");
    }

    /// The words make no sense.
    #[track_caller]
    fn is_wrong(&self, words: &[&str], sentence: &str) {
        let ended = self.asks(words);
        let told_on = format!("nudged: {sentence}\nTry: nudged {} --help\n", words[0]);
        assert_eq!(told(&ended), (Some(64), String::new(), told_on), "{words:?}");
    }

    /// What `nudged status --json` tells.
    fn status(&self) -> Value {
        let ended = self.asks(&["status", "--json"]);
        assert_eq!((ended.status.code(), ended.err.as_str(), ended.out.len()), (Some(0), "", 1));
        let answer = parsed(&ended.out[0]);
        assert_eq!((&answer["answer"], &answer["exit"]), (&json!("status"), &json!(0)));
        answer["status"].clone()
    }

    /// A contact of the status, by address.
    fn contact(&self, address: &str) -> Option<Value> {
        let status = self.status();
        let accounts = status["accounts"].as_array().unwrap();
        let mut contacts = accounts.iter().flat_map(|account| account["contacts"].as_array().unwrap());
        contacts.find(|contact| contact["account"] == address).cloned()
    }

    /// Whether the status tells of that request.
    fn is_requested_by(&self, address: &str) -> bool {
        self.status()["requests"].as_array().unwrap().contains(&json!(address))
    }

    /// Asks again until it is so: some things are known only when the agent has asked a server for them.
    fn awaits(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let by = Instant::now() + Duration::from_secs(30);
        while !is_so(self) {
            assert!(Instant::now() < by, "{what} did not come: {}", self.status());
        }
    }

    /// She is online, and the agent knows her name: these are two answers of the server.
    fn awaits_wei(&self) {
        let is_known = |wei: Value| wei["presence"] == "online" && wei["title"] == "微程";
        self.awaits("wei", |room| room.contact(WEI).is_some_and(is_known));
    }

    fn ends(mut self) {
        self.program.word("quit");
        ended_well(&self.program.ends_within(GRACE));
        assert!(!socket(&self.desk).exists(), "the socket's file is gone");
    }
}

fn socket(desk: &Desk) -> PathBuf {
    desk.home.path().join("control.sock")
}

fn run(desk: &Desk) -> Command {
    let mut command = desk.command();
    command.arg("--socket").arg(socket(desk));
    command
}

fn asked(desk: &Desk, words: &[&str]) -> Program {
    let mut command = nudged();
    command.args(words).arg("--socket").arg(socket(desk));
    Program::start(command)
}

/// Exit code, stdout, stderr.
fn told(ended: &Ended) -> (Option<i32>, String, String) {
    (ended.status.code(), ended.out.join("\n"), ended.err.clone())
}

#[test]
fn status_tells_how_everything_stands_to_people_and_to_scripts() {
    let room = Room::new(Auth::Md5, &[]);
    let Room { desk, .. } = &room;
    let mut bob = desk.bob();
    let _wei = Number::wei(desk);
    let mut amy = Friend::sign_in(&desk.service.notification, AMY, "amy");
    bob.calls(DESK);
    bob.says("hi\u{202e}");
    bob.says("lunch?");
    amy.adds(DESK);
    room.awaits_wei();
    room.awaits("amy", |room| room.is_requested_by(AMY));
    room.awaits("lunch", |room| room.status()["waiting"][0]["unread"] == 2);
    let contact = |account: &str, title: &str, groups: &[&str]| json!({ "account": account, "title": title, "presence": "online", "blocked": false, "groups": groups });
    let account = |network: &str, account: &str, contacts: Vec<Value>| {
        json!({ "network": network, "account": account, "link": "online", "why": "", "own": "online",
                "wanted": "online", "contacts": contacts })
    };
    assert_eq!(
        room.status(),
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "accounts": [
                account("msn", DESK, vec![contact(BOB, "bob", &["Other Contacts"])]),
                account("qq", "qq:29501213", vec![contact(WEI, "微程", &[])]),
            ],
            "waiting": [{ "account": BOB, "title": "bob", "unread": 2, "text": "lunch?" }],
            "requests": [AMY],
            "asking": [{ "account": AMY, "words": "" }],
            "mail": 0,
            "replies": ["Yes", "No"],
        })
    );
    let version = env!("CARGO_PKG_VERSION");
    room.is_so(
        &["status"],
        &format!(
            "nudged {version}\n\nmsn {DESK}: online\n  bob  online  {BOB}  Other Contacts\n\
             \nqq 29501213: online\n  微程  online  {WEI}\n\
             \nwaiting\n  bob  2 unread  lunch?\n\
             \nrequests\n  {AMY}\n\nreplies\n  1  Yes\n  2  No"
        ),
    );
    room.ends();
}

#[test]
fn ack_forgets_what_waits_of_one_or_of_everybody() {
    let room = Room::new(Auth::Md5, &[]);
    let mut bob = room.desk.bob();
    let wei = Number::wei(&room.desk);
    room.is_so(&["ack"], "no message acknowledged");
    bob.calls(DESK);
    bob.says("one");
    bob.says("two");
    wei.posts("CMD=CLTMSG&UN=29501213&MG=在吗?");
    room.awaits("three", |room| {
        let status = room.status();
        let waiting = status["waiting"].as_array().unwrap();
        waiting.iter().map(|row| row["unread"].as_u64().unwrap()).sum::<u64>() == 3
    });
    room.is_so(&["ack", "BOB"], "2 messages of bob acknowledged");
    room.is_so(&["ack", BOB], "no message of bob acknowledged");
    assert_eq!(room.status()["waiting"][0]["text"], "在吗?");
    room.is_so(&["ack"], "1 message acknowledged");
    assert_eq!(room.status()["waiting"], json!([]));
    room.is_wrong(
        &["ack", "nobody"],
        "\"nobody\" is nobody; expected a name of [people], an address like bob@example.net, or qq:24259132",
    );
    room.ends();
}

#[test]
fn a_reply_goes_to_who_wrote_last_or_to_whom_it_is_for_on_both_networks() {
    let room = Room::new(Auth::Md5, &[]);
    room.is_not(&["reply", "1"], "no message waits; say to whom: nudged reply N WHO");
    room.is_not(&["reply", "1", "bob"], "not delivered to bob: bob@example.net is offline");
    let mut bob = room.desk.bob();
    let wei = Number::wei(&room.desk);
    bob.calls(DESK);
    bob.says("lunch?");
    room.awaits("lunch", |room| room.status()["waiting"][0]["unread"] == 1);
    room.is_so(&["reply", "1"], "delivered to bob");
    assert!(bob.hears().ends_with("\r\n\r\nYes"));
    assert_eq!(room.status()["waiting"], json!([]), "an answer acknowledges");
    room.is_so(&["reply", "2", "bob"], "delivered to bob");
    assert!(bob.hears().ends_with("\r\n\r\nNo"));
    room.awaits_wei();
    room.is_so(&["reply", "2", WEI], "delivered to 微程");
    assert!(wei.posts("CMD=GetMsgEx").contains("No"));
    wei.posts("CMD=CLTMSG&UN=29501213&MG=在吗?");
    room.awaits("wei's words", |room| room.status()["waiting"][0]["account"] == WEI);
    room.is_so(&["reply", "1"], "delivered to 微程");
    assert!(wei.posts("CMD=GetMsgEx").contains("Yes"));
    room.is_wrong(&["reply", "3"], "there is no reply 3; they are counted from 1 to 2");
    room.ends();
}

#[test]
fn msn_contacts_are_added_accepted_refused_blocked_and_removed() {
    for auth in [Auth::Md5, Auth::Passport] {
        let room = Room::new(auth, &[]);
        let lists = |who| room.contact(who).map(|contact| contact["blocked"] == true);
        let notification = &room.desk.service.notification;
        let mut amy = Friend::sign_in(notification, AMY, "amy");
        let mut eve = Friend::sign_in(notification, EVE, "eve");
        amy.adds(DESK);
        eve.adds(DESK);
        room.awaits("both", |room| room.is_requested_by(AMY) && room.is_requested_by(EVE));
        room.is_so(&["contact", "accept", AMY], &format!("{AMY} is accepted"));
        let refused = "is refused: on the block list, as msn has no other word for it";
        room.is_so(&["contact", "refuse", EVE], &format!("{EVE} {refused}"));
        assert_eq!(room.status()["requests"], json!([]));
        assert_eq!((lists(AMY), lists(EVE)), (Some(false), None));
        room.is_wrong(
            &["contact", "refuse", EVE, "no"],
            "msn carries no words with a refusal; leave them out",
        );

        room.is_so(&["contact", "add", ZOE, "Zoe", "100%"], &format!("{ZOE} is on the list"));
        room.is_so(&["contact", "add", ZOE], &format!("{ZOE} is on the list already"));
        assert_eq!(room.contact(ZOE).unwrap()["title"], "Zoe 100%");
        // The dialects have numbers of their own for it.
        let refusal = if auth == Auth::Md5 { "205 no such account" } else { "208 invalid account" };
        room.is_not(&["contact", "add", "new@example.net"], &format!("msn refused: {refusal} (onto FL)"));

        room.is_so(&["contact", "block", "bob"], &format!("{BOB} is blocked"));
        room.is_so(&["contact", "block", BOB], &format!("{BOB} is blocked already"));
        assert_eq!(lists(BOB), Some(true));
        room.is_so(&["contact", "unblock", "bob"], &format!("{BOB} is not blocked any more"));
        room.is_so(&["contact", "unblock", "bob"], &format!("{BOB} is not blocked"));
        assert_eq!(lists(BOB), Some(false));
        let hint = "is off the list; who may see you is another matter: nudged contact block";
        room.is_so(&["contact", "remove", "bob"], &format!("{BOB} {hint} {BOB}"));
        room.is_not(&["contact", "remove", "bob"], &format!("{BOB} is not on the list"));
        assert_eq!(lists(BOB), None);
        room.is_not(
            &["contact", "find", AMY],
            "msn tells no more of people than nudged status shows; find is for qq",
        );
        room.ends();
    }
}

#[test]
fn groups_names_and_numbers_change_with_group_numbers_and_with_guids() {
    for auth in [Auth::Md5, Auth::Passport] {
        let room = Room::new(auth, &[]);
        let groups = |who| room.contact(who).map(|contact| contact["groups"].clone());
        room.is_so(&["group", "add", "Old", "friends"], "there is a group Old friends now");
        room.is_so(&["group", "add", "Work"], "there is a group Work now");
        room.is_so(&["group", "move", "bob", "old friends"], &in_group("Old friends", ""));
        assert_eq!(groups(BOB), Some(json!(["Old friends"])));
        room.is_so(&["group", "move", BOB, "Work"], &in_group("Work", ""));
        room.is_so(&["group", "move", BOB, "Work"], &in_group("Work", " already"));
        room.is_so(&["group", "rename", "Work", "Büro 2"], "the group is Büro 2 now");
        assert_eq!(groups(BOB), Some(json!(["Büro 2"])));
        room.is_so(&["group", "remove", "Old", "friends"], "the group Old friends is gone");
        room.is_not(&["group", "remove", "Old friends"], "there is no group \"Old friends\"");
        room.is_not(&["group", "move", WEI, "Büro 2"], "qq has no groups; they are for msn");
        room.is_so(&["name", "Desk", "of", "Ann"], "your name on msn is Desk of Ann now");
        room.is_so(&["phone", "work", "555", "0100"], "the work number is 555 0100 now");
        room.is_so(&["phone", "work", ""], "the work number is gone");
        room.ends();
    }
}

fn in_group(group: &str, already: &str) -> String {
    format!("{BOB} is in the group {group}{already}, and in no other")
}

#[test]
fn qq_contacts_are_found_added_and_removed() {
    let room = Room::new(Auth::Md5, &[]);
    let rows = [
        ("account", "qq:36791785"),
        ("sex", "female"),
        ("age", "19"),
        ("blood type", "B"),
        ("constellation", "Pisces"),
        ("zodiac", "Tiger"),
        // FC/3+1 of 270.
        ("avatar", "91"),
        ("nickname", "李雷"),
        ("real name", "Li Lei"),
        ("country", "中华人民共和国"),
        ("province", "江苏"),
        ("city", "苏州"),
        ("address", "观前街, 1"),
        ("postal code", "215000"),
        ("phone", "0512-1"),
        ("mobile", "139"),
        ("email", "li@example.net"),
        ("homepage", "http://example.net/?a=1&b=2"),
        ("job", "学生"),
        ("school", "一中"),
        ("introduction", "网络为媒"),
        ("ID", "320"),
        ("CV", "2"),
        ("MT", "1"),
        ("MV", "3"),
    ];
    let found = room.asks(&["contact", "find", OPEN, "--json"]);
    let answer = parsed(&found.out[0]);
    assert_eq!(answer, json!({ "answer": "found", "exit": 0, "found": rows }), "{answer:#}");
    let shown = room.asks(&["contact", "find", OPEN]);
    assert_eq!(shown.out[0], "account:        qq:36791785");
    assert_eq!((shown.out.len(), shown.status.code()), (rows.len(), Some(0)));

    room.is_so(&["contact", "add", OPEN], &format!("{OPEN} is on the list"));
    room.is_so(&["contact", "add", OPEN], &format!("{OPEN} is on the list already"));
    assert!(room.contact(OPEN).is_some());
    room.is_not(&["contact", "add", CLOSED], &format!("{CLOSED} takes no friends"));
    room.is_not(
        &["contact", "add", ASKED],
        &format!("{ASKED} wants to be asked first; say it in words: nudged contact add {ASKED} WORDS"),
    );
    room.is_so(&["contact", "remove", OPEN], &format!("{OPEN} is off the list"));
    room.is_not(&["contact", "remove", OPEN], &format!("{OPEN} is not on the list"));
    assert!(room.contact(OPEN).is_none());
    for act in ["block", "unblock"] {
        room.is_not(&["contact", act, WEI], "qq has no blocking; contact remove ends a friendship");
    }
    room.is_wrong(
        &["contact", "find", "qq:wei"],
        "\"qq:wei\" is nobody; expected a name of [people], an address like bob@example.net, or qq:24259132",
    );
    let searched = room.asks(&["contact", "find", "19", "female", "江苏"]);
    assert_eq!(searched.status.code(), Some(0), "{}", searched.err);
    assert!(searched.out.join("\n").contains("36791785"), "{:?}", searched.out);
    room.ends();
}

/// Each waits for a penalty of the server, so they do it at the same time.
#[test]
fn what_qq_takes_its_time_over_is_waited_for() {
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let room = Room::new(Auth::Md5, &[]);
            let asked = Number::sign_in(&room.desk, 58_713_042, "lintao");
            room.is_so(
                &["contact", "add", ASKED, "我是", "书桌"],
                &format!("{ASKED} was asked, in your words: 我是 书桌; their answer comes as a notice"),
            );
            assert!(asked.posts("CMD=GetMsgEx").contains("我是 书桌"));
            room.ends();
        });
        // Whoever is accepted has us on their list, and is told: MT 3, or 4 where they are refused.
        for (act, sentence, told, listed) in [
            (
                "accept",
                "is accepted, and may have you on their list; yours is another matter: nudged contact add qq:58713042",
                "MT=3,",
                true,
            ),
            ("refuse", "is refused", "MT=4,", false),
        ] {
            scope.spawn(move || {
                let room = Room::new(Auth::Md5, &[]);
                let tao = Number::sign_in(&room.desk, 58_713_042, "lintao");
                tao.posts("CMD=AddToList&UN=29501213");
                // Of two the first is lost.
                for _ in 0..2 {
                    tao.posts("CMD=Ack_AddToList&UN=29501213&CD=2&RS=林涛");
                }
                room.awaits("the request", |room| room.is_requested_by(ASKED));
                room.is_so(&["contact", act, ASKED], &format!("{ASKED} {sentence}"));
                assert_eq!(room.status()["requests"], json!([]));
                assert!(tao.posts("CMD=GetMsgEx").contains(told));
                assert_eq!(tao.posts("CMD=List&TN=50&UN=0").contains("29501213"), listed);
                room.ends();
            });
        }
        scope.spawn(|| {
            let room = Room::new(Auth::Md5, &[]);
            let wei = Number::wei(&room.desk);
            room.is_so(&["set", "busy"], "msn: busy; qq: busy");
            room.is_so(&["set", "invisible"], "msn: invisible; qq: invisible");
            let own = |at: usize| room.status()["accounts"][at]["own"].clone();
            assert_eq!((own(0), own(1)), (json!("invisible"), json!("invisible")));
            assert!(wei.posts("CMD=Query_Stat&TN=50&UN=0").contains("SN=0"));
            room.ends();
        });
    });
}

#[test]
fn nobody_there_is_74_and_words_that_are_wrong_everywhere_need_nobody() {
    let desk = Desk::both(Auth::Md5, &[], "");
    let at = socket(&desk).display().to_string();
    let sentence =
        format!("nudged: no nudged answers on {at}; is it running, as a service or with --socket {at}?\n");
    let nobody = |words: &[&str]| {
        let ended = asked(&desk, words).ends_within(GRACE);
        assert_eq!(told(&ended), (Some(74), String::new(), sentence.clone()), "{words:?}");
    };
    for words in [
        &["status"][..],
        &["status", "--json"],
        &["ack"],
        &["reply", "1"],
        &["set", "busy"],
        &["contact", "remove", "bob"],
        &["group", "add", "x"],
        &["name", "x"],
        &["phone", "home", ""],
    ] {
        nobody(words);
    }
    // Left over by one that died; and something that is no socket at all.
    mknodat(CWD, socket(&desk), FileType::Socket, Mode::RWXU, 0).unwrap();
    nobody(&["ack"]);
    fs::remove_file(socket(&desk)).unwrap();
    fs::write(socket(&desk), "").unwrap();
    nobody(&["ack"]);
    fs::remove_file(socket(&desk)).unwrap();
    let wrong = asked(&desk, &["set", "bsy"]).ends_within(GRACE);
    let sentence = "nudged: set: found \"bsy\"; did you mean \"busy\"?\nTry: nudged set --help\n";
    assert_eq!(told(&wrong), (Some(64), String::new(), sentence.to_owned()));
}

/// Where systemd makes a directory for it, nobody has to name the socket.
#[test]
fn the_socket_is_in_the_runtime_directory_unless_somebody_names_another_place() {
    let desk = Desk::new(Auth::Md5);
    let directory = desk.home.path().join("run");
    fs::create_dir(&directory).unwrap();
    let here = |mut command: Command| {
        command.env("RUNTIME_DIRECTORY", &directory);
        Program::start(command)
    };
    let mut program = here(desk.command());
    program.await_link("online");
    let place = directory.join("control.sock");
    assert_eq!(fs::symlink_metadata(&place).unwrap().permissions().mode() & 0o777, 0o660);
    let mut status = nudged();
    status.arg("status");
    let ended = here(status).ends_within(GRACE);
    assert_eq!((ended.status.code(), ended.err.as_str()), (Some(0), ""), "{:?}", ended.out);
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
    assert!(!place.exists());
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
    let refused = Program::start(command).ends_within(GRACE);
    assert_eq!(refused.status.code(), Some(74));
    assert!(refused.err.contains(&format!("{}: can't be made", missing.display())), "{}", refused.err);
}

#[test]
fn json_answers_have_the_same_exit_codes() {
    let room = Room::new(Auth::Md5, &[]);
    for (words, exit, answer) in [
        (&["ack"][..], 0, json!({ "answer": "done", "exit": 0, "say": "no message acknowledged" })),
        (
            &["reply", "1"],
            1,
            json!({ "answer": "failed", "exit": 1, "say": "no message waits; say to whom: nudged reply N WHO" }),
        ),
        (
            &["reply", "7"],
            64,
            json!({ "answer": "wrong", "exit": 64, "say": "there is no reply 7; they are counted from 1 to 2" }),
        ),
    ] {
        let ended = room.asks(&[words, &["--json"]].concat());
        assert_eq!((ended.status.code(), ended.err.as_str()), (Some(exit), ""), "{words:?}");
        assert_eq!(parsed(&ended.out.concat()), answer);
    }
    room.ends();
}

#[test]
fn another_user_is_refused_by_the_files_mode_and_by_the_agent() {
    let room = Room::new(Auth::Md5, &[]);
    let open = |path: PathBuf, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let home = room.desk.home.path();
    open(home.to_owned(), 0o755);
    // Other users may not reach the build directory.
    let copy = home.join("nudged");
    let program = nudged();
    if program.get_args().count() > 0 {
        eprintln!("SKIPPED: another user can't run {program:?}");
        return;
    }
    copy_program(program.get_program(), &copy);
    let as_nobody = || {
        let mut command = clean("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(&copy);
        command
    };
    if !as_nobody().arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: only root, with setpriv, can be another user");
        return;
    }
    let status = || {
        let mut command = as_nobody();
        command.arg("status").arg("--socket").arg(socket(&room.desk));
        Program::start(command).ends_within(GRACE)
    };
    let path = socket(&room.desk);
    let ended = status();
    let sentence = "you may not; expected root, the user nudged runs as, or a member of the socket's group";
    assert_eq!(told(&ended), (Some(74), String::new(), format!("nudged: {}: {sentence}\n", path.display())));
    // A mode opened by mistake opens nothing.
    open(path, 0o666);
    let ended = status();
    let sentence = "you may not: expected root, the user nudged runs as, or a member of the socket's group";
    assert_eq!(told(&ended), (Some(1), String::new(), format!("nudged: {sentence}\n")));
    room.is_so(&["ack"], "no message acknowledged");
    room.ends();
}

#[test]
fn a_second_agent_is_refused_and_one_that_was_killed_is_followed() {
    let room = Room::new(Auth::Md5, &[]);
    let second = Program::start(run(&room.desk)).ends_within(GRACE);
    let place = socket(&room.desk);
    let sentence = "another nudged answers here; stop it, or name another place with --socket FILE";
    assert_eq!(second.status.code(), Some(74), "{}", second.err);
    assert!(second.err.ends_with(&format!("nudged: {}: {sentence}\n", place.display())), "{}", second.err);
    room.is_so(&["ack"], "no message acknowledged");

    room.program.signal(Signal::KILL);
    let Room { desk, program } = room;
    assert_eq!(program.ends_within(GRACE).status.code(), None);
    assert!(place.exists(), "what is killed leaves its file");
    let mut room = Room::at(desk);
    room.program.await_both();
    room.is_so(&["ack"], "no message acknowledged");
    room.ends();
}

#[test]
fn garbage_on_the_socket_harms_nothing() {
    let room = Room::new(Auth::Md5, &[]);
    let place = socket(&room.desk);
    let long = vec![b'['; 1_000_000];
    let early = UnixStream::connect(&place).unwrap();
    for octets in [&b"\xff\xfe\x00\n"[..], b"{}\n", b"[1]\n", b"[\"\\ud800\"]\n", &long] {
        let mut stream = UnixStream::connect(&place).unwrap();
        stream.set_read_timeout(Some(GRACE)).unwrap();
        // It need not read all of it to know better.
        let _early = stream.write_all(octets);
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        let answer = parsed(&String::from_utf8(answer).unwrap());
        assert_eq!((&answer["answer"], &answer["exit"]), (&json!("wrong"), &json!(64)));
    }
    drop(early);
    // Many at once who say nothing lock nobody out.
    let _crowd: Vec<_> = (0..50).map(|_| UnixStream::connect(&place).unwrap()).collect();
    // A script needs no program of ours.
    let mut script = UnixStream::connect(&place).unwrap();
    script.write_all(b"[\"ack\",\"bob\"]\n").unwrap();
    let mut answer = String::new();
    script.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "{\"answer\":\"done\",\"exit\":0,\"say\":\"no message of bob acknowledged\"}\n");
    room.is_so(&["ack"], "no message acknowledged");
    assert!(room.program.status("VmHWM") < 64 * 1024, "kB");
    room.ends();
}

#[test]
fn everybody_gets_one_answer_from_a_server_that_says_nothing() {
    let mut room = Room::at(Desk::both(Auth::Md5, &["qq silence any"], PEOPLE));
    room.program.await_link("online");
    room.is_so(&["set", "busy"], "msn: busy; qq: busy at the next sign-in; now it is signing-in");
    room.is_not(&["contact", "find", WEI], "qq: not signed in: signing-in");
    room.is_not(&["contact", "add", OPEN], "qq: not signed in: signing-in");
    room.is_so(&["ack"], "no message acknowledged");
    assert_eq!(room.status()["accounts"][1]["link"], "signing-in");
    room.ends();
}

#[test]
fn everybody_gets_one_answer_from_an_agent_that_is_stopped_meanwhile() {
    let mut room = Room::new(Auth::Md5, &["qq silence AddToList", "silence ADG"]);
    // Two are sent and never answered; the one in the middle waits behind the first.
    let lines = [&["contact", "add", OPEN][..], &["contact", "add", CLOSED], &["group", "add", "Work"]];
    let waiting = lines.map(|words| {
        let mut stream = UnixStream::connect(socket(&room.desk)).unwrap();
        stream.set_read_timeout(Some(GRACE)).unwrap();
        stream.write_all(format!("{}\n", json!(words)).as_bytes()).unwrap();
        stream
    });
    room.desk.service.program.await_log("gets AddToList");
    room.desk.service.program.await_log("gets \"ADG\"");
    // Who came before was read before.
    room.status();
    room.program.word("quit");
    let answers = waiting.map(|mut stream| {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer.lines().count(), 1, "{answer}");
        parsed(&answer)
    });
    let unsure = |network: &str| {
        let say = format!("{network} did not say what became of it; nudged status shows how it is");
        json!({ "answer": "unsure", "exit": 1, "say": say })
    };
    let failed = json!({ "answer": "failed", "exit": 1, "say": "nothing was asked: nudged is stopping" });
    assert_eq!(answers, [unsure("qq"), failed, unsure("msn")]);
    ended_well(&room.program.ends_within(GRACE));
    assert!(!socket(&room.desk).exists());
}

const AMY: &str = "amy@example.net";
const EVE: &str = "eve@example.net";
const ZOE: &str = "zoe@example.net";
/// Anybody may add this one, nobody that one, and the third wants to be asked.
const OPEN: &str = "qq:36791785";
const CLOSED: &str = "qq:99833581";
const ASKED: &str = "qq:58713042";
/// Strangers on both networks.
const PEOPLE: &str = r#"
[[account]]
address = "amy@example.net"
password = "amy"
[[account]]
address = "eve@example.net"
password = "eve"
[[account]]
address = "zoe@example.net"
password = "zoe"

[[qq]]
uin = 36791785
password = "lilei"
name = "李雷"
face = 270
add = "open"
[qq.info]
AD = "观前街, 1"
AG = "19"
BT = "2"
CO = "2"
CT = "苏州"
CV = "2"
CY = "中华人民共和国"
EM = "li@example.net"
HP = "http://example.net/?a=1&b=2"
ID = "320"
JB = "学生"
MO = "139"
MT = "1"
MV = "3"
PC = "215000"
PH = "0512-1"
PR = "网络为媒"
PV = "江苏"
RN = "Li Lei"
SC = "一中"
SH = "3"
SX = "1"

[[qq]]
uin = 99833581
password = "han"
add = "closed"

[[qq]]
uin = 58713042
password = "lintao"
name = "林涛"
"#;

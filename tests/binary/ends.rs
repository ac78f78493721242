//! How the program ends: asked by a word or a signal, with servers that hang, with nobody left to read.

use std::io::Write;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::desk::{Auth, Desk};
use super::process::{Ended, Program, parsed};
use super::tap::Tap;

/// What systemd grants. The promise is 2 s, and a busy machine adds to them; who waits for a server that hangs waits for
/// 15 s at least.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

#[test]
fn quit_and_every_polite_signal_sign_out_and_blank_the_board() {
    for ask in ["quit", "TERM", "INT", "HUP"] {
        let desk = Desk::new(Auth::Md5);
        let tap = Tap::before(&desk.service.notification);
        desk.configure(Auth::Md5, &tap.address);
        let mut program = desk.online();
        match ask {
            "quit" => program.word("quit"),
            "TERM" => program.signal(Signal::TERM),
            "HUP" => program.signal(Signal::HUP),
            _ => program.signal(Signal::INT),
        }
        tap.awaits("OUT\r\n");
        ended_well(&program.ends_within(GRACE));
    }
}

#[test]
fn a_server_that_stopped_reading_delays_nobody() {
    let desk = Desk::new(Auth::Md5);
    let tap = Tap::before(&desk.service.notification);
    desk.configure(Auth::Md5, &tap.address);
    let program = desk.online();
    tap.go_deaf();
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_server_that_never_answers_delays_nobody() {
    // It is connected to by the kernel, and nobody ever accepts.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let desk = Desk::new(Auth::Md5);
    desk.configure(Auth::Md5, &silent.local_addr().unwrap().to_string());
    let mut program = desk.run();
    program.await_link("signing-in");
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_sign_in_that_hangs_anywhere_delays_nobody() {
    for (auth, fault) in [
        (Auth::Md5, "silence VER"),
        (Auth::Md5, "silence SYN"),
        (Auth::Passport, "silence nexus"),
        (Auth::Passport, "silence login"),
    ] {
        let desk = Desk::with_faults(auth, &[fault]);
        let mut program = desk.run();
        program.await_link("signing-in");
        program.signal(Signal::TERM);
        ended_well(&program.ends_within(GRACE));
    }
}

#[test]
fn a_handshake_that_hangs_delays_nobody() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut desk = Desk::new(Auth::Passport);
    let tap = Tap::before(&desk.service.notification);
    desk.service.nexus = format!("https://{}/", silent.local_addr().unwrap());
    desk.configure(Auth::Passport, &tap.address);
    let program = desk.run();
    // The ticket is asked for when the server has sent its challenge.
    tap.awaits(" TWN I ");
    let _handshake = silent.accept().unwrap();
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_sign_in_under_way_ends_as_well() {
    let desk = Desk::new(Auth::Passport);
    let mut program = desk.run();
    program.await_link("connecting");
    program.signal(Signal::INT);
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn the_end_of_stdin_is_not_the_end_and_costs_nothing() {
    let desk = Desk::new(Auth::Md5);
    let mut bob = desk.bob();
    let mut program = desk.run();
    program.close_stdin();
    program.await_json(&json!({ "contact": "bob@example.net", "presence": "online" }));
    let before = (cpu_ticks(&program), wakeups(&program));
    // What is measured is an idle second; nothing is waited for.
    std::thread::sleep(Duration::from_secs(1));
    let after = (cpu_ticks(&program), wakeups(&program));
    assert!(
        after.0 - before.0 <= 10,
        "a tenth of a second of processor time in a second: {before:?} {after:?}"
    );
    assert!(after.1 - before.1 <= 50, "it wakes up all the time: {before:?} {after:?}");
    bob.is("BSY");
    program.await_json(&json!({ "contact": "bob@example.net", "presence": "busy" }));
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_stdout_that_nobody_reads_any_more_is_74() {
    let desk = Desk::new(Auth::Md5);
    let tap = Tap::before(&desk.service.notification);
    desk.configure(Auth::Md5, &tap.address);
    let mut program = desk.online();
    program.close_stdout();
    // The first line ends its reader, the next one finds nobody.
    for _ in 0..2 {
        program.word("hold right");
        program.word("hold left");
    }
    tap.awaits("OUT\r\n");
    let ended = program.ends_within(GRACE);
    assert_eq!(ended.status.code(), Some(74), "{}", ended.err);
    assert!(ended.err.contains("nudged: board headless: "), "{}", ended.err);
}

#[test]
fn a_reader_that_stopped_reading_cannot_hold_the_program() {
    let desk = Desk::new(Auth::Md5);
    let tap = Tap::before(&desk.service.notification);
    desk.configure(Auth::Md5, &tap.address);
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = desk.command();
    let mut child = command.stdin(Stdio::piped()).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    // The command keeps an end of the pipe.
    drop(command);
    tap.awaits("CHG ");
    let mut words = child.stdin.take().unwrap();
    // Each is answered with a line; the pipe is full long before it takes all of them.
    let flood = std::thread::spawn(move || (0..100_000).all(|_| words.write_all(b"pres left\n").is_ok()));
    tap.awaits("OUT\r\n");
    assert_eq!(child.wait().unwrap().code(), Some(74));
    assert!(!flood.join().unwrap(), "it did not take them all");
    drop(reader);
}

/// Asked to stop, said goodbye in the right order, left the board dark.
pub(crate) fn ended_well(ended: &Ended) {
    assert_eq!(ended.status.code(), Some(0), "{:?}\n{}", ended.status, ended.err);
    let lines: Vec<_> = ended.out.iter().map(|line| parsed(line)).collect();
    assert!(lines.iter().any(|line| line["state"] == "stopped"), "{:?}", ended.out);
    for name in ["desk", "link"] {
        let last = lines.iter().rfind(|line| line["led"] == name).expect("its LED was told");
        assert_eq!((&last["rgb"], &last["rhythm"]), (&json!("#000000"), &json!("off")), "{:?}", ended.out);
    }
    let display = lines.iter().rfind(|line| line.get("display").is_some()).expect("the display was told");
    assert_eq!((&display["display"], &display["lit"]), (&json!([]), &json!(false)), "{:?}", ended.out);
}

/// Hundredths of a second of processor time so far.
fn cpu_ticks(program: &Program) -> u64 {
    let stat = program.proc("stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// How many times any of its threads went to sleep so far.
fn wakeups(program: &Program) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", program.id())).unwrap();
    tasks
        .map(|task| {
            let status = std::fs::read_to_string(task.unwrap().path().join("status")).unwrap();
            let row = status.lines().find_map(|row| row.strip_prefix("voluntary_ctxt_switches:"));
            row.unwrap().trim().parse::<u64>().unwrap()
        })
        .sum()
}

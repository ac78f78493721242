//! What a service manager hears of the program, and what it no longer hears of one that hangs.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use super::desk::{Auth, DESK, Desk, PASSWORD};
use super::ends::{GRACE, ended_well};
use super::process::{DEADLINE, Program};

/// The end of systemd: a socket that says what came.
struct Manager(UnixDatagram);

impl Manager {
    /// Starts the agent as a service that must be fed in so many microseconds; 0 wants no food.
    fn start(desk: &Desk, patience: u64) -> (Self, Program) {
        let path = desk.home.path().join("notify");
        let manager = Self(UnixDatagram::bind(&path).unwrap());
        let mut command = desk.command();
        command.env("NOTIFY_SOCKET", path);
        if patience > 0 {
            command.env("WATCHDOG_USEC", patience.to_string());
        }
        (manager, Program::start(command))
    }

    /// The next datagram; `None` if none comes.
    fn next(&self, within: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(within)).unwrap();
        let mut octets = [0; 4096];
        let length = loop {
            match self.0.recv(&mut octets) {
                Ok(length) => break length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                // A child of another test may end at this moment.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("{error}"),
            }
        };
        let words = std::str::from_utf8(&octets[..length]).unwrap().to_owned();
        assert!(length < 200 && !words.contains(PASSWORD) && !words.contains('@'), "{words}");
        Some(words)
    }

    /// Waits for a datagram with these words; gives it, and how many there were.
    fn await_words(&self, wanted: &str) -> (String, usize) {
        let mut heard = Vec::new();
        loop {
            let Some(words) = self.next(DEADLINE) else { panic!("no \"{wanted}\" in {heard:?}") };
            heard.push(words);
            if heard.last().unwrap().contains(wanted) {
                return (heard.last().unwrap().clone(), heard.len());
            }
        }
    }

    /// Whatever waits is forgotten.
    fn forget(&self) {
        while self.next(Duration::from_millis(1)).is_some() {}
    }
}

#[test]
fn a_manager_hears_that_it_is_ready_who_is_there_what_waits_and_that_it_ends() {
    let desk = Desk::new(Auth::Md5);
    let (manager, mut program) = Manager::start(&desk, 0);
    let (first, place) = manager.await_words("READY=1\n");
    assert_eq!(place, 1, "{first} comes first");
    manager.await_words("STATUS=msn online; 0 contacts online");
    let mut bob = desk.bob();
    manager.await_words("STATUS=msn online; 1 contact online");
    bob.calls(DESK);
    bob.says("canary words");
    let (waiting, _) = manager.await_words("waiting");
    assert_eq!(waiting, "STATUS=msn online; 1 contact online, 1 message waiting");
    program.word("hold pause");
    program.word("click right");
    manager.await_words("STATUS=msn online; 1 contact online");
    program.signal(Signal::TERM);
    manager.await_words("STOPPING=1");
    let ended = program.ends_within(GRACE);
    ended_well(&ended);
    manager.forget();
}

#[test]
fn it_is_ready_whatever_the_network_does() {
    // It is connected to by the kernel, and nobody ever accepts.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let desk = Desk::new(Auth::Md5);
    desk.configure(Auth::Md5, &silent.local_addr().unwrap().to_string());
    let (manager, _program) = Manager::start(&desk, 0);
    let signing_in = "STATUS=msn signing-in; 0 contacts online";
    let (first, _) = manager.await_words("READY=1\n");
    if !first.contains(signing_in) {
        manager.await_words(signing_in);
    }
}

#[test]
fn a_manager_is_fed_by_a_program_that_runs_and_not_by_one_that_stands_still() {
    let desk = Desk::new(Auth::Md5);
    let start = Instant::now();
    let (manager, program) = Manager::start(&desk, 200_000);
    for _ in 0..10 {
        manager.await_words("WATCHDOG=1");
    }
    assert!(start.elapsed() >= Duration::from_millis(1000), "ten times half of its patience are a second");
    program.signal(Signal::STOP);
    let by = Instant::now() + DEADLINE;
    while !program.proc("stat").unwrap().contains(") T ") {
        assert!(Instant::now() < by, "it runs on");
    }
    manager.forget();
    assert_eq!(manager.next(Duration::from_secs(1)), None, "it is not a timer that feeds");
    program.signal(Signal::CONT);
    manager.await_words("WATCHDOG=1");
    program.signal(Signal::TERM);
    manager.await_words("STOPPING=1");
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_watchdog_of_another_process_is_not_fed() {
    let desk = Desk::new(Auth::Md5);
    let path = desk.home.path().join("notify");
    let manager = Manager(UnixDatagram::bind(&path).unwrap());
    let mut command = desk.command();
    command.env("NOTIFY_SOCKET", path).env("WATCHDOG_USEC", "20000").env("WATCHDOG_PID", "1");
    let mut program = Program::start(command);
    program.await_link("online");
    program.signal(Signal::TERM);
    ended_well(&program.ends_within(GRACE));
    while let Some(words) = manager.next(Duration::from_millis(1)) {
        assert!(!words.contains("WATCHDOG"), "{words}");
    }
}

#[test]
fn a_manager_that_is_gone_and_a_watchdog_that_is_not_there_are_told_and_end_nothing() {
    let desk = Desk::new(Auth::Md5);
    let config = fs::read_to_string(desk.config()).unwrap();
    fs::write(desk.config(), format!("{config}\n[watchdog]\ndevice = \"/dev/watchdog99\"\n")).unwrap();
    assert!(!Path::new("/dev/watchdog99").exists());
    let mut command = desk.command();
    command.env("NOTIFY_SOCKET", desk.home.path().join("nobody")).env("WATCHDOG_USEC", "20000");
    let mut program = Program::start(command);
    program.await_link("online");
    let _bob = desk.bob();
    program.await_json(&json!({ "contact": "bob@example.net", "presence": "online" }));
    program.signal(Signal::TERM);
    let ended = program.ends_within(GRACE);
    ended_well(&ended);
    let told = |words: &str| ended.err.lines().filter(|line| line.contains(words)).count();
    assert_eq!(told("systemd: it can't be told"), 1, "{}", ended.err);
    assert_eq!(
        told("watchdog /dev/watchdog99: there is no such device; going on without it"),
        1,
        "{}",
        ended.err
    );
}

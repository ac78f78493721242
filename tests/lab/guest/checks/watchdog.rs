//! The kernel's watchdog (its softdog, which only says that it would reset the machine): fed by an agent that runs, and by
//! no other.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::guest::buses::PluggedBus;
use crate::guest::desk::Desk;
use crate::guest::lines::pi_zero;
use crate::guest::until;
use crate::guest::wiring::{LAMP, OLED};
use crate::process::DEADLINE;

const GUARDED: &str =
    "[[light]]\nled = \"desk\"\npresence_of = \"bob\"\n[watchdog]\ndevice = \"/dev/watchdog0\"\n";

pub(super) fn a_watchdog_is_fed_for_longer_than_it_waits_and_disarmed_at_the_end() {
    let (_chip, mut log) = (pi_zero(), Log::open());
    let desk = Desk::new("fed", LAMP, GUARDED);
    assert_eq!(fact("timeout"), WAITS.as_secs().to_string());
    assert!(!is_armed(), "nobody has opened it");
    let doctor = desk.nudged("doctor").output().unwrap();
    expect(&doctor.stdout, "may use /dev/watchdog0\n");
    assert!(!is_armed(), "the doctor does not open it");
    let agent = desk.online();
    until("the watchdog", DEADLINE, || is_armed().then_some(()));
    agent.await_log("watchdog /dev/watchdog0: armed; it resets the machine after 4 s unfed");
    let sleeps = agent.sleeps();
    thread::sleep(WAITS * 10);
    log.is_silent();
    let woken = agent.sleeps() - sleeps;
    assert!((25..=80).contains(&woken), "fed thirty times, and woken for little else: {woken}");
    expect(
        &desk.nudged("doctor").output().unwrap().stdout,
        "ok  watchdog: /dev/watchdog0 is fed by nudged\n",
    );
    agent.stops_within(Duration::from_secs(3));
    assert!(!is_armed(), "it was disarmed");
    assert!(desk.nudged("blank").output().unwrap().status.success());
    assert!(!is_armed(), "that is none of its business");
    thread::sleep(WAITS * 2);
    log.is_silent();
}

pub(super) fn a_watchdog_runs_out_when_the_agent_stands_still() {
    let (_chip, mut log) = (pi_zero(), Log::open());
    let agent = Desk::new("still", LAMP, GUARDED).run();
    until("the watchdog", DEADLINE, || is_armed().then_some(()));
    thread::sleep(WAITS);
    agent.signal(Signal::STOP);
    let since = Instant::now();
    log.await_words(RAN_OUT, WAITS + Duration::from_secs(1));
    assert!(since.elapsed() > WAITS / 2, "it had just been fed: {:?}", since.elapsed());
    agent.signal(Signal::CONT);
    agent.stops_within(Duration::from_secs(3));
    assert!(!is_armed());
}

pub(super) fn a_watchdog_runs_out_after_a_kill_unless_the_next_agent_takes_it_over() {
    let (_chip, mut log) = (pi_zero(), Log::open());
    let desk = Desk::new("taken-over", LAMP, GUARDED);
    let agent = desk.run();
    until("the watchdog", DEADLINE, || is_armed().then_some(()));
    agent.dies();
    log.await_words("watchdog did not stop", Duration::from_secs(1));
    // An agent that is started again within the time saves the machine.
    let next = desk.online();
    thread::sleep(WAITS * 2);
    log.is_silent();
    next.dies();
    log.await_words(RAN_OUT, WAITS + Duration::from_secs(1));
    OpenOptions::new().write(true).open(DEVICE).unwrap().write_all(b"V").unwrap();
    assert!(!is_armed());
}

pub(super) fn an_agent_whose_bus_hangs_feeds_its_watchdog_in_time() {
    let (_chip, bus, mut log) = (pi_zero(), PluggedBus::plug(), Log::open());
    let desk = Desk::new("hung-and-fed", &format!("{LAMP}{OLED}"), GUARDED);
    let agent = desk.online();
    until("the watchdog", DEADLINE, || is_armed().then_some(()));
    bus.steering.is("hung");
    let mut bob = desk.bob();
    // Whoever comes is drawn.
    bus.steering.await_hold();
    bus.steering.count();
    for state in ["BSY", "NLN", "AWY", "NLN", "BSY", "NLN"] {
        bob.is(state);
        thread::sleep(WAITS);
    }
    let counted = bus.steering.count();
    assert!(counted.refused >= 3, "each of them was held for a second: {counted:?}");
    log.is_silent();
    assert!(is_armed());
    agent.stops_within(Duration::from_secs(5));
    assert!(!is_armed());
}

pub(super) fn a_watchdog_that_somebody_holds_is_done_without_until_it_is_free() {
    let (chip, mut log) = (pi_zero(), Log::open());
    let desk = Desk::new("held-by-init", LAMP, GUARDED);
    let mut ours = OpenOptions::new().write(true).open(DEVICE).unwrap();
    let doctor = desk.nudged("doctor").output().unwrap();
    expect(&doctor.stdout, "!!  watchdog: /dev/watchdog0 is held by \"init\"\n");
    let agent = desk.online();
    agent.await_log("watchdog /dev/watchdog0: another program holds it, as systemd does");
    desk.bob().is("NLN");
    chip.await_level("GPIO17", true, DEADLINE);
    ours.write_all(b"V").unwrap();
    drop(ours);
    assert!(!is_armed());
    until("the watchdog", Duration::from_secs(65), || is_armed().then_some(()));
    agent.stops_within(Duration::from_secs(3));
    assert!(!is_armed());
    log.is_silent();
}

/// What the kernel tells of the watchdog.
fn fact(name: &str) -> String {
    fs::read_to_string(format!("/sys/class/watchdog/watchdog0/{name}")).unwrap().trim().to_owned()
}

fn is_armed() -> bool {
    fact("state") == "active"
}

fn expect(told: &[u8], words: &str) {
    let told = String::from_utf8_lossy(told);
    assert!(told.contains(words), "no \"{words}\" in\n{told}");
}

/// The kernel's log from the moment it is opened.
struct Log(File);

impl Log {
    fn open() -> Self {
        let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let mut file = OpenOptions::new().read(true).custom_flags(flags).open("/dev/kmsg").unwrap();
        file.seek(SeekFrom::End(0)).unwrap();
        Self(file)
    }

    /// What was logged since this was asked before.
    fn take(&mut self) -> String {
        let (mut all, mut record) = (String::new(), [0; 8192]);
        loop {
            match self.0.read(&mut record) {
                Ok(length) => all.push_str(&String::from_utf8_lossy(&record[..length])),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return all,
                Err(error) => panic!("/dev/kmsg: {error}"),
            }
        }
    }

    fn await_words(&mut self, words: &str, within: Duration) {
        until(&format!("\"{words}\" of the kernel"), within, || self.take().contains(words).then_some(()));
    }

    /// No watchdog ran out.
    fn is_silent(&mut self) {
        let logged = self.take();
        assert!(!logged.contains(RAN_OUT), "{logged}");
    }
}

const DEVICE: &str = "/dev/watchdog0";
/// How long it waits, as the module was told.
const WAITS: Duration = Duration::from_secs(4);
const RAN_OUT: &str = "softdog: Triggered - Reboot ignored";

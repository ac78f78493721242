//! The wall clock: whether the network set it, and which program sees to that.
//! It does not know what a right clock is needed for.
//!
//! The kernel knows best: systemd-timesyncd, chrony and ntpd all tell it how wrong the clock may be by now, and it counts
//! on from there. But to ask it takes a system call (adjtimex) that has no safe wrapper in the crates we use, nor in one
//! that is in wide use. So others are asked that ask it, or know for themselves; none of them needs root.
//!
//! * systemd-timesyncd leaves a file behind when it has set the clock once.
//! * `timedatectl` asks the kernel, whoever tells it. It goes by the error (under 16 s), not by the flag STA_UNSYNC: chrony
//!   leaves that one standing where it is not to touch the hardware clock. After some nine hours without a server the
//!   answer is no.
//! * `chronyc` and `ntpq` ask their own daemon, for machines without systemd.
//!
//! Who says yes is believed, since the others may just not know: a daemon can leave the kernel out of it.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::time::Duration;

/// The wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970.
    pub now: u64,
    /// Whether the network set it, not too long ago; `None` if nobody knows.
    pub synchronised: Option<bool>,
    /// Who sees to that, if it is known.
    pub keeper: Option<Keeper>,
}

/// A program that keeps the clock right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// That of systemd.
    Timesyncd,
    /// The one of the chrony project.
    Chrony,
    /// The one of the NTP project, or its offspring NTPsec.
    Ntpd,
}

impl Clock {
    /// The longest each program that is asked may take.
    pub const PATIENCE: Duration = Duration::from_secs(3);

    /// What files know.
    pub(super) fn at(root: &Path, now: u64) -> Self {
        // The directory is there while the service runs.
        let folder = root.join("run/systemd/timesync");
        let there = folder.is_dir();
        Self {
            now,
            synchronised: there.then(|| folder.join("synchronized").exists()),
            keeper: there.then_some(Keeper::Timesyncd),
        }
    }

    /// Asks the programs that may know more, unless the files know enough.
    #[must_use]
    pub fn asked(self) -> Self {
        self.told_by(|words| answer(words, Self::PATIENCE))
    }

    /// What follows from the answers to these words.
    fn told_by(mut self, ask: impl Fn(&[&str]) -> String) -> Self {
        for witness in &WITNESSES {
            if self.synchronised == Some(true) {
                break;
            }
            let Some(told) = (witness.read)(&ask(witness.words)) else { continue };
            self.keeper = self.keeper.or(witness.keeper);
            self.synchronised = Some(told);
        }
        self
    }
}

/// A program that may know.
struct Witness {
    words: &'static [&'static str],
    /// What its answer means.
    read: fn(&str) -> Option<bool>,
    /// Which daemon runs, if it knows.
    keeper: Option<Keeper>,
}

const WITNESSES: [Witness; 3] = [
    Witness {
        words: &["timedatectl", "show", "--property=NTPSynchronized", "--value"],
        read: timedatectl,
        keeper: None,
    },
    Witness { words: &["chronyc", "-c", "-n", "tracking"], read: chronyc, keeper: Some(Keeper::Chrony) },
    Witness { words: &["ntpq", "-n", "-c", "rv 0 leap"], read: ntpq, keeper: Some(Keeper::Ntpd) },
];

fn timedatectl(answer: &str) -> Option<bool> {
    match answer.trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Fields between commas: the first is whom it follows, the last whether it does.
fn chronyc(answer: &str) -> Option<bool> {
    let (first, rest) = answer.trim().split_once(',')?;
    match rest.rsplit(',').next()? {
        "Not synchronised" => Some(false),
        // It was told to follow the machine's own clock where there is no other.
        "Normal" | "Insert second" | "Delete second" => Some(first != "7F7F0101"),
        _ => None,
    }
}

/// `leap=` and two digits of the NTP header: 11 is the alarm of a clock that was never set.
fn ntpq(answer: &str) -> Option<bool> {
    let mut words = answer.split([' ', ',', '\n']);
    match words.find_map(|word| word.strip_prefix("leap="))?.trim() {
        "00" | "01" | "10" => Some(true),
        "11" => Some(false),
        _ => None,
    }
}

/// What a program says; nothing if it is not there, fails, or takes longer.
fn answer(words: &[&str], patience: Duration) -> String {
    let Some((program, words)) = words.split_first() else { return String::new() };
    let mut command = Command::new(program);
    command.args(words).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return String::new() };
    let (tell, told) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let mut text = String::new();
            let read = stdout.take(ANSWER_MAX).read_to_string(&mut text);
            // Nobody listens to one that is late.
            let _late = tell.send(read.map(|_| text).unwrap_or_default());
        });
    }
    let text = told.recv_timeout(patience).unwrap_or_default();
    // It has said all it will, and may have ended by itself.
    let _ended = child.kill();
    let _status = child.wait();
    text
}

/// Octets of an answer that are read.
const ANSWER_MAX: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    const UNKNOWN: Clock = Clock { now: 5, synchronised: None, keeper: None };
    const KEPT: &str = "C0248F97,192.36.143.151,2,1700000000.9,-0.000012,-0.00002,0.0003,-11.3,0.001,0.02,\
        0.003,0.0005,1031.9,Normal\n";
    const LOCAL: &str = "7F7F0101,,10,1700000000.9,0.0,0.0,0.0,0.000,0.000,0.000,0.0,0.0,0.0,Normal\n";
    const LOST: &str = "00000000,,0,0.0,0.0,0.0,0.0,0.000,0.000,0.000,1.0,1.0,0.0,Not synchronised\n";

    /// What comes of what each of the three programs says.
    fn told(clock: Clock, answers: [&str; 3]) -> (Option<bool>, Option<Keeper>) {
        let answer = |words: &[&str]| {
            let index = ["timedatectl", "chronyc", "ntpq"].iter().position(|name| *name == words[0]);
            answers[index.expect("one of them")].to_owned()
        };
        let clock = clock.told_by(answer);
        (clock.synchronised, clock.keeper)
    }

    #[test]
    fn who_says_yes_is_believed_whatever_the_others_say() {
        let (chrony, ntpd) = (Some(Keeper::Chrony), Some(Keeper::Ntpd));
        for (answers, expected) in [
            (["yes\n", "", ""], (Some(true), None)),
            (["no\n", KEPT, ""], (Some(true), chrony)),
            (["", KEPT, ""], (Some(true), chrony)),
            (["no\n", "", "leap=00\n"], (Some(true), ntpd)),
            (["no\n", LOST, ""], (Some(false), chrony)),
            (["", LOST, ""], (Some(false), chrony)),
            (["", LOCAL, ""], (Some(false), chrony)),
            (["", "", "server=localhost \nleap=11, refid=INIT\n"], (Some(false), ntpd)),
            (["no\n", "", ""], (Some(false), None)),
            (["", "", ""], (None, None)),
        ] {
            assert_eq!(told(UNKNOWN, answers), expected, "{answers:?}");
        }
    }

    #[test]
    fn timesyncd_that_did_not_set_the_clock_does_not_contradict_the_kernel() {
        let waits = Clock { synchronised: Some(false), keeper: Some(Keeper::Timesyncd), ..UNKNOWN };
        assert_eq!(told(waits, ["yes\n", "", ""]), (Some(true), Some(Keeper::Timesyncd)));
        assert_eq!(told(waits, ["no\n", "", ""]), (Some(false), Some(Keeper::Timesyncd)));
        assert_eq!(told(waits, ["", "", ""]), (Some(false), Some(Keeper::Timesyncd)));
    }

    #[test]
    fn nobody_is_asked_what_is_known() {
        let set = Clock { synchronised: Some(true), ..UNKNOWN };
        assert_eq!(set.told_by(|words| panic!("{words:?}")), set);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for garbage in
            ["", "\n", "maybe", "506 Cannot talk to daemon\n", "a,b", ",", "leap=", "leap=12", "\u{1b}[2J"]
        {
            assert_eq!(told(UNKNOWN, [garbage; 3]), (None, None), "{garbage:?}");
        }
    }

    #[test]
    fn a_program_that_is_missing_or_slow_says_nothing() {
        assert_eq!(answer(&["echo", "yes"], Clock::PATIENCE), "yes\n");
        assert_eq!(answer(&["no-such-program-of-anybody"], Clock::PATIENCE), "");
        let began = std::time::Instant::now();
        assert_eq!(answer(&["tail", "-f", "/dev/null"], Duration::from_millis(50)), "");
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

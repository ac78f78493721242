//! The machine's part: makes it a machine, runs the checks one after the other, and switches it off.
//! It does not know what they check.

mod agent;
mod buses;
mod checks;
mod desk;
mod golden;
mod kept;
mod leds;
mod lines;
mod machine;
mod unit;
mod wiring;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Something that must hold; it panics if it does not.
pub(crate) type Check = (&'static str, fn());

/// What the machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Machine {
    /// A kernel, and this program as the first one.
    Bare,
    /// Debian's systemd, with this program as a service.
    System,
}

impl Machine {
    pub(crate) const ALL: [Self; 2] = [Self::Bare, Self::System];

    /// What `tests/lab/boot` calls it, and the environment in it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::System => "system",
        }
    }

    /// Its checks that have this in their names, in the order in which they run.
    pub(crate) fn checks(self, word: &str) -> Vec<&'static Check> {
        let all = match self {
            Self::Bare => checks::BARE,
            Self::System => checks::SYSTEM,
        };
        all.iter().filter(|(name, _)| name.contains(word)).collect()
    }
}

pub(crate) fn run(machine: Machine) -> ExitCode {
    match machine {
        Machine::Bare => machine::start(),
        Machine::System => machine::join(),
    }
    let checks = machine.checks(&std::env::var("NUDGED_LAB_ONLY").unwrap_or_default());
    let failed = checks.into_iter().filter(|check| !holds(check)).count();
    kept::hand_over();
    machine::stop(if failed == 0 { 0 } else { 1 })
}

/// Runs a check and tells how it went.
fn holds((name, check): &Check) -> bool {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(check));
    let took = start.elapsed().as_millis();
    match outcome {
        Ok(()) => println!("ok {name} ({took} ms)"),
        // The panic's own message stands above.
        Err(_) => println!("FAILED {name} ({took} ms)"),
    }
    outcome.is_ok()
}

/// What `is_there` finds, as soon as it does.
pub(crate) fn until<T>(what: &str, within: Duration, mut is_there: impl FnMut() -> Option<T>) -> T {
    let by = Instant::now() + within;
    loop {
        if let Some(found) = is_there() {
            return found;
        }
        assert!(Instant::now() < by, "{what}: not within {within:?}");
        thread::sleep(Duration::from_millis(2));
    }
}

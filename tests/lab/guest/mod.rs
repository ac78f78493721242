//! The machine's first program: makes it a machine, runs the checks one after the other, and switches it off.
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
mod wiring;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Something that must hold; it panics if it does not.
type Check = (&'static str, fn());

pub(crate) fn run() -> ExitCode {
    machine::start();
    let wanted = std::env::var("NUDGED_LAB_ONLY").unwrap_or_default();
    let chosen = checks::ALL.iter().filter(|(name, _)| wanted.is_empty() || name.contains(&wanted));
    let failed = chosen.filter(|check| !holds(check)).count();
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

//! The host's part: says that nothing was tested, or boots the machines. It does not know the checks.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::guest::Machine;

pub(crate) fn run() -> ExitCode {
    let Some(programs) = std::env::var_os("NUDGED_LAB") else {
        println!(
            "\nlab: SKIPPED: no line, LED, bus, display or watchdog of a real kernel was tested, nor the unit.\n\
             lab: To test them run .ci/lab, which builds what this needs and sets NUDGED_LAB.\n"
        );
        return ExitCode::SUCCESS;
    };
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/lab/out");
    let word = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let machines: Vec<_> =
        Machine::ALL.into_iter().filter(|machine| !machine.checks(&word).is_empty()).collect();
    if machines.is_empty() {
        println!(
            "lab: FAILED: no check has {word:?} in its name; those there are stand in tests/lab/guest/checks/mod.rs"
        );
        return ExitCode::FAILURE;
    }
    let failed = machines.into_iter().filter(|machine| !holds(*machine, &programs, &out, &word)).count();
    if failed == 0 {
        return ExitCode::SUCCESS;
    }
    println!("lab: pictures and logs are in {}", out.display());
    ExitCode::FAILURE
}

/// Boots a machine, and tells whether its checks held.
fn holds(machine: Machine, programs: &OsStr, out: &Path, word: &str) -> bool {
    let boot = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/boot");
    match Command::new(&boot).arg(machine.word()).arg(programs).arg(out).arg(word).status() {
        Ok(status) if status.success() => return true,
        Ok(status) => println!("lab: FAILED: {} ({status})", machine.word()),
        Err(error) => println!("lab: {} cannot be run: {error}", boot.display()),
    }
    false
}

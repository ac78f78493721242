//! The host's part: says that nothing was tested, or boots the machine. It does not know the checks.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

pub(crate) fn run() -> ExitCode {
    let Some(programs) = std::env::var_os("NUDGED_LAB") else {
        println!(
            "\nlab: SKIPPED: no line, LED, bus, display or watchdog of a real kernel was tested.\n\
             lab: To test them run .ci/lab, which builds what this needs and sets NUDGED_LAB.\n"
        );
        return ExitCode::SUCCESS;
    };
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = here.join("target/lab/out");
    let words = std::env::args().skip(1).filter(|word| !word.starts_with('-'));
    let status =
        Command::new(here.join("tests/lab/boot")).arg(PathBuf::from(programs)).arg(&out).args(words).status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            println!("lab: FAILED ({status}); pictures and logs are in {}", out.display());
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("lab: tests/lab/boot cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}

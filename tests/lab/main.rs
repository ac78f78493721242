//! The board on a real kernel: lines, LEDs and buses of an emulated machine, and `nudged` on them.
//!
//! One program in three places, told apart by `NUDGED_LAB_ROLE`:
//!
//! * on the host (`cargo test --test lab`) it boots the machine, if `NUDGED_LAB` names the directory with the programs
//!   for it, as `.ci/lab` does; otherwise it says loudly that nothing was tested;
//! * in the machine it is the first program and runs every check, see [`guest::checks`], in one boot; a second machine
//!   has systemd, of which it is a service, for the checks of the unit and its rules;
//! * there too it is the I2C bus and the displays on it, see [`bus`].
//!
//! `cargo test --test lab -- WORD` runs the checks with the word in their names. Pictures and logs are in
//! `target/lab/out`.

mod bus;
#[path = "../binary/friend.rs"]
#[expect(dead_code, reason = "the friend can do more than is needed here")]
mod friend;
mod guest;
mod host;
mod process;

use std::process::ExitCode;

use guest::Machine;

fn main() -> ExitCode {
    let role = std::env::var("NUDGED_LAB_ROLE").unwrap_or_default();
    if role == "bus" {
        return bus::run().map_or_else(|error| panic!("the bus: {error}"), |()| ExitCode::SUCCESS);
    }
    match Machine::ALL.into_iter().find(|machine| machine.word() == role) {
        Some(machine) => guest::run(machine),
        None => host::run(),
    }
}

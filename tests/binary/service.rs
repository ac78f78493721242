//! `nudged emulate` as a child: the service that the program under test signs in to. It does not know its clients.

use std::path::Path;
use std::process::Command;

use super::process::{Program, host_nudged};

/// The emulator, and where its doors are.
pub(crate) struct Service {
    pub(crate) program: Program,
    pub(crate) dispatch: String,
    pub(crate) notification: String,
    pub(crate) nexus: String,
    pub(crate) qq: String,
}

impl Service {
    /// Opens it on free ports, with these accounts and faults.
    pub(crate) fn open(home: &Path, accounts: &str, faults: &[&str]) -> Self {
        let file = home.join("accounts.toml");
        std::fs::write(&file, accounts).unwrap();
        let mut command = emulate();
        command
            .args(["--log", "emulator=debug", "--qq", "127.0.0.1:0"])
            .arg("--accounts")
            .arg(file)
            .arg("--ca")
            .arg(home.join("ca.pem"));
        for fault in faults {
            command.args(["--fault", fault]);
        }
        let mut program = Program::start(command);
        let mut door = |name: &str| {
            let line = program.line().expect("the emulator says where it is");
            line.strip_prefix(name).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
        };
        let dispatch = door("msn ");
        let notification = door("notification ");
        door("switchboard ");
        let nexus = door("nexus ");
        let qq = door("qq ");
        Self { program, dispatch, notification, nexus, qq }
    }
}

/// `nudged emulate` on free ports.
pub(crate) fn emulate() -> Command {
    let mut command = host_nudged();
    command.args(["emulate", "--msn", "127.0.0.1:0", "--passport", "127.0.0.1:0"]);
    command
}

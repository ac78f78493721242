//! A desk: a service with accounts, a configuration, a board file, and the program that uses them all. It does not
//! know what hangs on the lines.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use super::agent::Agent;
use super::until;
use crate::friend::Friend;
use crate::process::DEADLINE;

/// A directory, and the service that the configuration in it names.
pub(super) struct Desk {
    name: String,
    home: PathBuf,
    service: Child,
    notification: String,
}

impl Desk {
    /// A desk with that board file, and these lines behind the account in its configuration.
    pub(super) fn new(name: &str, board: &str, rest: &str) -> Self {
        let home = PathBuf::from("/tmp").join(name);
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("accounts.toml"), accounts()).unwrap();
        fs::write(home.join("board.toml"), board).unwrap();
        fs::write(home.join("pw"), PASSWORD).unwrap();
        fs::set_permissions(home.join("pw"), Permissions::from_mode(0o600)).unwrap();
        let mut service = Command::new(NUDGED)
            .args(["emulate", "--msn", "127.0.0.1:0", "--passport", "127.0.0.1:0", "--accounts"])
            .arg(home.join("accounts.toml"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(service.stdout.take().unwrap()).lines();
        let mut door = |name: &str| lines.next().unwrap().unwrap().strip_prefix(name).unwrap().to_owned();
        let (server, notification) = (door("msn "), door("notification "));
        let account = format!(
            "[msn]\nserver = \"{server}\"\naccount = \"{DESK}\"\npassword_file = \"pw\"\nauth = \"md5\"\n\
             [people]\nbob = \"{BOB}\"\n"
        );
        fs::write(home.join("nudged.toml"), account + rest).unwrap();
        Self { name: name.to_owned(), home, service, notification }
    }

    /// Puts the configuration, the board file and the password where the unit looks for them.
    pub(super) fn install(&self) {
        let read = |name: &str| fs::read_to_string(self.home.join(name)).unwrap();
        let etc = PathBuf::from("/etc/nudged");
        fs::create_dir_all(&etc).unwrap();
        let config = read("nudged.toml").replace("password_file = \"pw\"\n", "");
        fs::write(etc.join("nudged.toml"), format!("board = \"/etc/nudged/board.toml\"\n{config}")).unwrap();
        fs::write(etc.join("board.toml"), read("board.toml")).unwrap();
        fs::copy(self.home.join("pw"), etc.join("msn.password")).unwrap();
    }

    /// `nudged` with a word, this configuration and this board.
    pub(super) fn nudged(&self, word: &str) -> Command {
        let mut command = Command::new(NUDGED);
        command.arg(word).arg("--config").arg(self.home.join("nudged.toml"));
        command.arg("--board").arg(self.home.join("board.toml"));
        command
    }

    /// Runs the agent.
    pub(super) fn run(&self) -> Agent {
        let mut command = self.nudged("run");
        command.args(["--log", "debug", "--socket"]).arg(self.socket());
        Agent::start(command, &self.name)
    }

    /// Runs the agent until it is online.
    pub(super) fn online(&self) -> Agent {
        let agent = self.run();
        until("online", DEADLINE, || {
            let answer = self.ask(&["status", "--json"]);
            String::from_utf8_lossy(&answer.stdout).contains("\"link\":\"online\"").then_some(())
        });
        agent
    }

    /// Asks the agent that runs.
    fn ask(&self, words: &[&str]) -> Output {
        Command::new(NUDGED).args(words).arg("--socket").arg(self.socket()).output().unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.home.join("control.sock")
    }

    /// Bob signs in.
    pub(super) fn bob(&self) -> Friend {
        Friend::sign_in(&self.notification, BOB, BOBS_PASSWORD)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

fn accounts() -> String {
    format!(
        "[[account]]\naddress = \"{DESK}\"\npassword = \"{PASSWORD}\"\nname = \"Desk\"\n\
         [[account.contact]]\naddress = \"{BOB}\"\n\
         [[account]]\naddress = \"{BOB}\"\npassword = \"{BOBS_PASSWORD}\"\nname = \"Bob\"\n\
         [[account.contact]]\naddress = \"{DESK}\"\n"
    )
}

pub(super) const DESK: &str = "desk@example.net";
pub(super) const BOB: &str = "bob@example.net";
const PASSWORD: &str = "oled-and-lamp";
const BOBS_PASSWORD: &str = "builder";
const NUDGED: &str = "/nudged";

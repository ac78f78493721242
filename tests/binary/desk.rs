//! A desk: a directory with the accounts of a service, a configuration and a password, and the program that uses them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::friend::Friend;
use super::process::{Program, nudged};
use super::service::Service;

/// The password of the desk's account, which must never be seen.
pub(crate) const PASSWORD: &str = "canary-7f3a+e %C3";
pub(crate) const DESK: &str = "desk@example.net";
pub(crate) const BOB: &str = "bob@example.net";
/// A friend of the desk's number.
pub(crate) const WEI: &str = "qq:24259132";
/// The password of the desk's number, which must never be seen either.
pub(crate) const QQ_PASSWORD: &str = "canary-qq-51b0";
const BOBS_PASSWORD: &str = "builder";

/// How the account proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    Md5,
    Passport,
}

/// A directory, a service in a process of its own, and what is needed to sign in to it.
pub(crate) struct Desk {
    pub(crate) service: Service,
    pub(crate) home: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new(auth: Auth) -> Self {
        Self::with_faults(auth, &[])
    }

    pub(crate) fn with_faults(auth: Auth, faults: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let service = Service::open(home.path(), &accounts(), faults);
        let desk = Self::at(service, home);
        let server = desk.service.dispatch.clone();
        desk.configure(auth, &server);
        desk
    }

    /// A desk without a configuration.
    pub(crate) fn at(service: Service, home: tempfile::TempDir) -> Self {
        let desk = Self { service, home };
        desk.write_password(PASSWORD, 0o600);
        desk
    }

    /// A desk with an account on each network, at a service with these faults and with more accounts.
    pub(crate) fn both(auth: Auth, faults: &[&str], more: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let numbers = format!(
            "[[qq]]\nuin = 29501213\npassword = \"{QQ_PASSWORD}\"\nfriends = [24259132]\n\
             [[qq]]\nuin = 24259132\npassword = \"weicheng\"\nname = \"微程\"\nfriends = [29501213]\n"
        );
        let service = Service::open(home.path(), &format!("{}{numbers}{more}", accounts()), faults);
        let desk = Self::at(service, home);
        let server = desk.service.qq.clone();
        desk.configure_both(auth, &server);
        write_secret(&desk.home.path().join("qq.pw"), QQ_PASSWORD, 0o600);
        desk
    }

    /// Writes the configuration of both anew, with this QQ server.
    pub(crate) fn configure_both(&self, auth: Auth, qq: &str) {
        self.configure(auth, &self.service.dispatch);
        let qq = format!(
            "[qq]\nserver = \"http://{qq}\"\nuin = 29501213\npassword_file = \"qq.pw\"\npoll = \"5s\"\n\
             [[light]]\nled = \"wei\"\npresence_of = \"{WEI}\"\n[[light]]\nled = \"qq\"\nlink = \"qq\"\n"
        );
        let config = fs::read_to_string(self.config()).unwrap();
        fs::write(self.config(), format!("{config}\n{qq}")).unwrap();
    }

    /// Writes the configuration anew, with this server.
    pub(crate) fn configure(&self, auth: Auth, server: &str) {
        let auth = match auth {
            Auth::Md5 => "auth = \"md5\"".to_owned(),
            Auth::Passport => format!("nexus = \"{}\"\nca_file = \"ca.pem\"", self.service.nexus),
        };
        let account = format!("[msn]\nserver = \"{server}\"\naccount = \"{DESK}\"\npassword_file = \"pw\"\n");
        fs::write(self.config(), format!("{account}{auth}\n{REST}")).unwrap();
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.home.path().join("nudged.toml")
    }

    pub(crate) fn write_password(&self, password: &str, mode: u32) {
        write_secret(&self.home.path().join("pw"), password, mode);
    }

    /// `nudged run` on the headless board.
    pub(crate) fn command(&self) -> Command {
        run(&self.config(), "headless")
    }

    pub(crate) fn run(&self) -> Program {
        Program::start(self.command())
    }

    /// Runs it until it is online.
    pub(crate) fn online(&self) -> Program {
        let mut program = self.run();
        program.await_link("online");
        program
    }

    /// Runs it until it is online on both networks.
    pub(crate) fn run_online(&self) -> Program {
        let mut program = self.run();
        program.await_both();
        program
    }

    /// Bob signs in.
    pub(crate) fn bob(&self) -> Friend {
        Friend::sign_in(&self.service.notification, BOB, BOBS_PASSWORD)
    }
}

fn write_secret(file: &Path, secret: &str, mode: u32) {
    fs::write(file, format!("{secret}\n")).unwrap();
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

/// `nudged run` with a configuration and a board.
pub(crate) fn run(config: &Path, board: &str) -> Command {
    let mut command = nudged();
    command.arg("run").arg("--config").arg(config).args(["--board", board]);
    command
}

/// The MSN accounts of the desk and of Bob.
pub(crate) fn accounts() -> String {
    format!(
        "[[account]]\naddress = \"{DESK}\"\npassword = \"{PASSWORD}\"\nname = \"Desk\"\n\
         [[account.contact]]\naddress = \"{BOB}\"\n\
         [[account]]\naddress = \"{BOB}\"\npassword = \"{BOBS_PASSWORD}\"\nname = \"Bob\"\n\
         [[account.contact]]\naddress = \"{DESK}\"\n"
    )
}

const REST: &str = r#"
[people]
bob = "bob@example.net"

[[light]]
led = "desk"
presence_of = "bob"

[[light]]
led = "link"
link = "msn"

[replies]
texts = ["Yes", "No"]

[buttons]
left = { click = "next-reply", hold = "send-reply" }
right = { click = "acknowledge", double = "nudge", hold = "cycle-status" }
# Held, it does nothing but pass time: who is shown must be readable for a moment before a press is meant for them.
pause = { hold = "wake" }
"#;

//! The unit that ships, as systemd runs it. It does not know what is expected of it.

use std::fs;
use std::process::{Command, Output};
use std::thread;
use std::time::Duration;

use super::desk::Desk;
use super::{kept, until};

/// Installed for a desk. When this value goes it is stopped; its last status and its journal are kept for
/// the host.
pub(super) struct Unit {
    pub(super) desk: Desk,
    name: String,
    began: String,
}

impl Unit {
    /// The unit with that board file, these lines behind the account in its configuration, and `service` as lines of a
    /// drop-in.
    pub(super) fn install(name: &str, board: &str, rest: &str, service: &str) -> Self {
        let desk = Desk::new(name, board, rest);
        desk.install();
        fs::create_dir_all(DROP_IN).unwrap();
        fs::write(format!("{DROP_IN}/lab.conf"), format!("[Service]\n{service}\n")).unwrap();
        systemctl(&["daemon-reload"]);
        said("/usr/bin/udevadm", &["settle"]);
        let began = format!("@{}", said("/usr/bin/date", &["+%s.%N"]).trim());
        Self { desk, name: name.to_owned(), began }
    }

    /// Starts it, and says whether that went well: its board is up then.
    pub(super) fn start(&self) -> bool {
        systemctl(&["start", NAME]).status.success()
    }

    pub(super) fn stop(&self) {
        systemctl(&["stop", NAME]);
    }

    /// A signal for the agent.
    pub(super) fn signal(&self, name: &str) {
        assert!(systemctl(&["kill", "--kill-whom=main", "-s", name, NAME]).status.success());
    }

    /// What systemd says of it under that word.
    pub(super) fn is(&self, property: &str) -> String {
        said(SYSTEMCTL, &["show", "-P", property, NAME]).trim().to_owned()
    }

    pub(super) fn awaits(&self, property: &str, wanted: &str, within: Duration) {
        let is_so = || {
            // Each question is a program for an emulated processor.
            thread::sleep(Duration::from_millis(300));
            (self.is(property) == wanted).then_some(())
        };
        until(&format!("{property} {wanted}"), within, is_so);
    }

    /// What it said in the journal, as urgent as that or more.
    pub(super) fn journal(&self, priority: &str) -> String {
        let output = self.journal_of(priority).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn journal_of(&self, priority: &str) -> Command {
        let mut command = Command::new("/usr/bin/journalctl");
        command.args(["-u", NAME, "-p", priority, "--since", &self.began]);
        command.args(["-q", "-o", "short-monotonic", "--no-pager"]);
        command
    }

    /// Asks the agent as root would at a shell.
    pub(super) fn status() -> Command {
        let mut command = Command::new("/usr/local/bin/nudged");
        command.arg("status");
        command
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        // A check may have failed already: nothing here may fail as well.
        let keep = |kind: &str, command: &mut Command| {
            let said = command.output().map(|output| [output.stdout, output.stderr].concat());
            let _ = fs::write(kept::path(&format!("{}.{kind}", self.name)), said.unwrap_or_default());
        };
        keep("status", &mut Self::status());
        let _ = Command::new(SYSTEMCTL).args(["stop", NAME]).status();
        let _ = Command::new(SYSTEMCTL).args(["reset-failed", NAME]).status();
        keep("journal", &mut self.journal_of("debug"));
        let _ = fs::remove_dir_all(DROP_IN);
    }
}

fn systemctl(words: &[&str]) -> Output {
    Command::new(SYSTEMCTL).args(words).output().unwrap()
}

fn said(program: &str, words: &[&str]) -> String {
    let output = Command::new(program).args(words).output().unwrap();
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const SYSTEMCTL: &str = "/usr/bin/systemctl";
const NAME: &str = "nudged.service";
const DROP_IN: &str = "/run/systemd/system/nudged.service.d";

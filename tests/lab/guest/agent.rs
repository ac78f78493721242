//! `nudged` as a child of the machine: what it logs, how it ends. It does not know what it is configured to do.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{kept, until};
use crate::process::DEADLINE;

/// A `nudged` that runs. It is killed when this value goes.
pub(super) struct Agent {
    child: Child,
    log: PathBuf,
}

impl Agent {
    /// Starts a command; its log, and what it prints, go to a file of that name, for the host to keep.
    pub(super) fn start(mut command: Command, name: &str) -> Self {
        let log = kept::path(&format!("{name}.log"));
        let file = File::create(&log).unwrap();
        let printed = file.try_clone().unwrap();
        command.stdin(Stdio::null()).stdout(printed).stderr(file);
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, log }
    }

    /// Everything it logged.
    pub(super) fn log(&self) -> String {
        String::from_utf8(fs::read(&self.log).unwrap()).unwrap()
    }

    /// Waits for a line of the log with these words, and gives it.
    pub(super) fn await_log(&self, words: &str) -> String {
        let find = || self.log().lines().find(|line| line.contains(words)).map(str::to_owned);
        until(&format!("\"{words}\" in {}", self.log.display()), DEADLINE, find)
    }

    /// How many times it went to sleep of its own accord: each time but the first something woke it.
    pub(super) fn sleeps(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let row = status.lines().find_map(|row| row.strip_prefix("voluntary_ctxt_switches:"));
        row.unwrap().trim().parse().unwrap()
    }

    pub(super) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// It is asked to end, and does so in that time with nothing to complain of.
    pub(super) fn stops_within(self, time: Duration) {
        self.signal(Signal::TERM);
        assert_eq!(self.ends_within(time).code(), Some(0));
    }

    /// It ends at once, without a chance to clean up.
    pub(super) fn dies(self) {
        self.signal(Signal::KILL);
        assert!(!self.ends_within(Duration::from_secs(1)).success());
    }

    pub(super) fn ends_within(mut self, time: Duration) -> ExitStatus {
        until("the end of nudged", time, || self.child.try_wait().unwrap())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

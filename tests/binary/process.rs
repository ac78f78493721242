//! A running program: its lines as they come, its words, its end. It does not know what they mean.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The longest wait for anything that should happen: an emulated processor on a busy machine is slow.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The program under test.
pub(crate) fn nudged() -> Command {
    let words = std::env::var("NUDGED_UNDER_TEST").unwrap_or_default();
    let mut words = words.split_whitespace();
    match words.next() {
        None => host_nudged(),
        Some(program) => {
            let mut command = clean(program);
            command.args(words);
            command
        }
    }
}

/// The program of this build, which has the emulator.
pub(crate) fn host_nudged() -> Command {
    clean(env!("CARGO_BIN_EXE_nudged"))
}

/// Without what the environment of a developer would change.
pub(crate) fn clean(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in [
        "NUDGED_LOG",
        "JOURNAL_STREAM",
        "CREDENTIALS_DIRECTORY",
        "STATE_DIRECTORY",
        "RUNTIME_DIRECTORY",
        "NO_COLOR",
        "NOTIFY_SOCKET",
        "WATCHDOG_USEC",
        "WATCHDOG_PID",
    ] {
        command.env_remove(variable);
    }
    command
}

/// Copies a program that is to be run. A process of its own does it: another that is just being born beside it would have a copy
/// of our descriptor, and what somebody writes to can't be run.
pub(crate) fn copy_program(program: impl AsRef<OsStr>, to: &Path) {
    let status = Command::new("cp").arg("--").arg(program.as_ref()).arg(to).status().unwrap();
    assert!(status.success(), "{:?} is not copied to {to:?}: {status}", program.as_ref());
}

/// A program that runs. It is killed when this value goes.
pub(crate) struct Program {
    child: Child,
    words: Option<ChildStdin>,
    lines: Option<Receiver<String>>,
    /// What came on stderr so far, and who reads it.
    log: Arc<Mutex<String>>,
    reader: Option<thread::JoinHandle<()>>,
    /// Every line of stdout that was looked at.
    pub(crate) said: Vec<String>,
}

/// What is left of a program that has ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: Vec<String>,
    pub(crate) err: String,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (tell, lines) = mpsc::channel();
        let out = child.stdout.take().unwrap();
        // The reader ends, and with it stdout, when nobody listens any more.
        thread::spawn(move || {
            for line in BufReader::new(out).lines() {
                if tell.send(line.expect("stdout is UTF-8")).is_err() {
                    break;
                }
            }
        });
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&log);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while err.read_line(&mut line).expect("stderr is UTF-8") > 0 {
                written.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        let words = child.stdin.take();
        Self { child, words, lines: Some(lines), log, reader: Some(reader), said: Vec::new() }
    }

    /// The next line of stdout; `None` at its end.
    pub(crate) fn line(&mut self) -> Option<String> {
        self.line_by(Instant::now() + DEADLINE)
    }

    /// The first line from here on that `is_it` likes. Others are passed over, but kept in [`Program::said`].
    pub(crate) fn await_line(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let by = Instant::now() + DEADLINE;
        while let Some(line) = self.line_by(by) {
            if is_it(&line) {
                return line;
            }
        }
        self.give_up(&format!("stdout ended before {what}"))
    }

    /// Waits until stderr has a line with these words.
    pub(crate) fn await_log(&self, words: &str) {
        let by = Instant::now() + DEADLINE;
        while !self.log.lock().unwrap().contains(words) {
            assert!(Instant::now() < by, "no \"{words}\" on stderr");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The first JSON line from here on that has these keys and values among its own.
    pub(crate) fn await_json(&mut self, wanted: &Value) -> Value {
        let line = self.await_line(&wanted.to_string(), |line| has(&parsed(line), wanted));
        parsed(&line)
    }

    /// The same for a line that may have been passed over already.
    pub(crate) fn await_any(&mut self, wanted: &Value) -> Value {
        let seen = self.said.iter().map(|line| parsed(line)).find(|line| has(line, wanted));
        seen.unwrap_or_else(|| self.await_json(wanted))
    }

    /// Waits until the MSN link of the agent has that state.
    pub(crate) fn await_link(&mut self, state: &str) -> Value {
        self.await_json(&serde_json::json!({ "link": "msn", "state": state }))
    }

    /// Waits until both links are up.
    pub(crate) fn await_both(&mut self) {
        for network in ["msn", "qq"] {
            self.await_any(&serde_json::json!({ "link": network, "state": "online" }));
        }
    }

    pub(crate) fn word(&mut self, word: &str) {
        let words = self.words.as_mut().expect("stdin is open");
        words.write_all(format!("{word}\n").as_bytes()).expect("the program reads its stdin");
    }

    pub(crate) fn close_stdin(&mut self) {
        self.words = None;
    }

    /// Nobody reads its lines any more. The pipe itself closes with the next line.
    pub(crate) fn close_stdout(&mut self) {
        self.lines = None;
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// A file of `/proc/PID`.
    pub(crate) fn proc(&self, name: &str) -> std::io::Result<String> {
        let mut octets = Vec::new();
        File::open(format!("/proc/{}/{name}", self.id()))?.read_to_end(&mut octets)?;
        Ok(String::from_utf8_lossy(&octets).into_owned())
    }

    /// A number of `/proc/PID/status`.
    pub(crate) fn status(&self, key: &str) -> u64 {
        let status = self.proc("status").unwrap();
        let row = status.lines().find_map(|row| row.strip_prefix(key)?.strip_prefix(':'));
        let number = row.and_then(|row| row.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {key} in {status}"))
    }

    /// Waits for the end, which must come within `time`.
    pub(crate) fn ends_within(mut self, time: Duration) -> Ended {
        let by = Instant::now() + time;
        while let Some(_line) = self.lines.is_some().then(|| self.line_by(by)).flatten() {}
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > by {
                self.give_up(&format!("it runs on after {time:?}"));
            }
            thread::sleep(Duration::from_millis(2));
        };
        Ended { status, out: std::mem::take(&mut self.said), err: self.whole_log() }
    }

    /// Everything on stderr, once it has ended.
    fn whole_log(&mut self) -> String {
        self.reader.take().into_iter().for_each(|reader| reader.join().unwrap());
        self.log.lock().unwrap().clone()
    }

    fn line_by(&mut self, by: Instant) -> Option<String> {
        let lines = self.lines.as_ref().expect("stdout is read");
        match lines.recv_timeout(by.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                self.said.push(line.clone());
                Some(line)
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => None,
            Err(mpsc::RecvTimeoutError::Timeout) => self.give_up("nothing more came in time"),
        }
    }

    fn give_up(&mut self, why: &str) -> ! {
        let _ = self.child.kill();
        let log = self.whole_log();
        panic!("{why}; it said:\n{}\nand on stderr:\n{log}", self.said.join("\n"));
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn parsed(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// Whether `found` has every key of `wanted`, with that value.
pub(crate) fn has(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| found.get(key).is_some_and(|found| has(found, value)))
        }
        _ => found == wanted,
    }
}

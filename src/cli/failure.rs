//! How a command ends when it does not end well: an exit code, and what stderr says.
//!
//! Knows no command.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use super::HAS_DEMO;
use super::logging;
use crate::config::{Mistake, Refused};
use crate::text::Shown;

/// The exit codes, after `sysexits.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// None of the others.
    Other = 1,
    /// The command line is wrong.
    Usage = 64,
    /// A file or the board can't be used, or no agent answers.
    Io = 74,
    /// The configuration, or a file it names, is wrong.
    Config = 78,
}

/// Why a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    exit: Exit,
    /// Whole lines for stderr.
    text: String,
    /// What to type for help, if the command line is wrong.
    help: Option<String>,
}

impl Failure {
    /// One sentence.
    pub(super) fn new(exit: Exit, text: impl fmt::Display) -> Self {
        Self { exit, text: format!("nudged: {text}\n"), help: None }
    }

    /// The command line is wrong: the sentence, and where help is.
    pub(super) fn usage(text: &str) -> Self {
        Self { exit: Exit::Usage, text: format!("nudged: {text}\n"), help: Some("nudged --help".to_owned()) }
    }

    /// The same, if it happened behind the name of a command: its help says more.
    pub(super) fn of(self, command: &str) -> Self {
        Self { help: self.help.map(|_| format!("nudged {command} --help")), ..self }
    }

    /// Everything was said already.
    pub(super) const fn silent(exit: Exit) -> Self {
        Self { exit, text: String::new(), help: None }
    }

    /// All of them at once, with the exit code of the first; none is no failure.
    pub(super) fn all(failures: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let together = failures.into_iter().reduce(|mut first, next| {
            first.text.push_str(&next.text);
            first
        });
        together.map_or(Ok(()), Err)
    }

    /// There is no command at all.
    pub(super) fn help(text: &str) -> Self {
        Self { exit: Exit::Usage, text: text.to_owned(), help: None }
    }

    /// The configuration is wrong: a line for each mistake.
    pub(super) fn mistakes(mistakes: &[Mistake]) -> Self {
        let text = mistakes.iter().map(|mistake| format!("{mistake}\n")).collect();
        Self { exit: Exit::Config, text, help: None }
    }

    /// The configuration could not be had. One that is not there is a matter of configuration; one that is there and
    /// can't be read is a matter of files.
    pub(super) fn refused(file: &std::path::Path, refused: &Refused) -> Self {
        let file = file.display();
        match refused {
            Refused::Mistakes(mistakes) => Self::mistakes(mistakes),
            Refused::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                let demo = if HAS_DEMO { ", or see it all work with: nudged demo" } else { "" };
                let text = format!("{file}: there is no such file; name another with --config FILE{demo}");
                Self::new(Exit::Config, text)
            }
            Refused::Unreadable(error) => Self::new(Exit::Io, format!("{file}: can't be read: {error}")),
        }
    }

    /// A file of the command line can't be used.
    #[cfg(feature = "emulator")]
    pub(super) fn file(file: &std::path::Path, error: &io::Error) -> Self {
        let file = file.display();
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(Exit::Io, format!("{file}: there is no such file")),
            _ => Self::new(Exit::Io, format!("{file}: {error}")),
        }
    }

    /// Says it on stderr.
    pub(super) fn tell(&self) -> ExitCode {
        complain(&self.text);
        if let Some(help) = &self.help {
            complain(&format!("Try: {help}"));
        }
        ExitCode::from(self.exit as u8)
    }
}

/// Lines for stderr; nobody can be told if that fails.
pub(super) fn complain(text: &str) {
    let priority = if logging::is_journal() { "<3>" } else { "" };
    let mut stderr = io::stderr().lock();
    for line in text.lines() {
        let _ = writeln!(stderr, "{priority}{}", Shown(line));
    }
}

/// Text for stdout. A reader that has gone, as in `nudged --help | head`, is a failure and not a panic.
pub(super) fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::new(Exit::Io, format!("stdout: {error}")))
}

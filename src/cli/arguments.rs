//! What stands behind a command's name: exactly what the person typed, nothing looked up yet.
//!
//! Does not know what an option means to a command, only its form.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;

use super::Command;
use super::failure::Failure;
use crate::nearest;

/// Every option of every command; a command reads its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// `--config FILE`
    pub(super) config: Option<PathBuf>,
    /// `--board NAME|FILE`
    pub(super) board: Option<String>,
    /// `--socket FILE`
    pub(super) socket: Option<PathBuf>,
    /// `--json`
    pub(super) json: bool,
    /// `--state-dir DIR`
    pub(super) state_dir: Option<PathBuf>,
    /// `--log FILTER`
    pub(super) log: Option<String>,
    /// `--seed N`
    pub(super) seed: Option<u64>,
    /// `--msn ADDR`
    pub(super) msn: Option<String>,
    /// `--passport ADDR`
    pub(super) passport: Option<String>,
    /// `--qq ADDR`
    pub(super) qq: Option<String>,
    /// `--accounts FILE`
    pub(super) accounts: Option<PathBuf>,
    /// `--ca FILE`
    pub(super) ca: Option<PathBuf>,
    /// `--fault WORDS`, each time
    pub(super) faults: Vec<String>,
    /// Words that are no options.
    pub(super) words: Vec<String>,
}

/// Reads the rest of the command line; `None` if it asks for help.
pub(super) fn read(parser: &mut lexopt::Parser, command: &Command) -> Result<Option<Options>, Failure> {
    let mut options = Options::default();
    while let Some(arg) = parser.next().map_err(|error| Failure::usage(&error.to_string()))? {
        match arg {
            Arg::Short('h') | Arg::Long("help") => return Ok(None),
            Arg::Long(name) => {
                let name = name.to_owned();
                let known = command.options.contains(&name.as_str());
                if !known {
                    return Err(unknown(command, &format!("--{name}")));
                }
                options.take(&name, parser)?;
            }
            Arg::Short(short) => return Err(unknown(command, &format!("-{short}"))),
            Arg::Value(word) if command.more || options.words.len() < command.words.len() => {
                options.words.push(text(&word)?);
            }
            Arg::Value(word) => {
                let found = word.to_string_lossy();
                return Err(Failure::usage(&format!("{}: unexpected \"{found}\"", command.name)));
            }
        }
    }
    if let Some(missing) = command.words.get(options.words.len()) {
        return Err(Failure::usage(&format!("{}: expected {missing}", command.name)));
    }
    Ok(Some(options))
}

impl Options {
    fn take(&mut self, name: &str, parser: &mut lexopt::Parser) -> Result<(), Failure> {
        if name == "json" {
            self.json = true;
            return Ok(());
        }
        let value =
            parser.value().map_err(|_| Failure::usage(&format!("--{name}: expected a value behind it")))?;
        if value.is_empty() {
            return Err(Failure::usage(&format!("--{name}: found an empty value")));
        }
        match name {
            "config" => self.config = Some(value.into()),
            "board" => self.board = Some(text(&value)?),
            "socket" => self.socket = Some(value.into()),
            "state-dir" => self.state_dir = Some(value.into()),
            "log" => self.log = Some(text(&value)?),
            "seed" => self.seed = Some(number(name, &text(&value)?)?),
            "msn" => self.msn = Some(text(&value)?),
            "passport" => self.passport = Some(text(&value)?),
            "qq" => self.qq = Some(text(&value)?),
            "accounts" => self.accounts = Some(value.into()),
            "ca" => self.ca = Some(value.into()),
            "fault" => self.faults.push(text(&value)?),
            other => return Err(Failure::usage(&format!("unknown option \"--{other}\""))),
        }
        Ok(())
    }
}

fn unknown(command: &Command, found: &str) -> Failure {
    let right: Vec<String> =
        command.options.iter().map(|name| format!("--{name}")).chain(["--help".to_owned()]).collect();
    let hint = nearest::hint(found, right.iter().map(String::as_str));
    Failure::usage(&format!("{}: unknown option \"{found}\"; {hint}", command.name))
}

fn text(value: &OsString) -> Result<String, Failure> {
    value.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(&format!("\"{}\": found octets that are no UTF-8", value.to_string_lossy()))
    })
}

fn number(name: &str, value: &str) -> Result<u64, Failure> {
    crate::text::number(value.as_bytes()).ok_or_else(|| {
        Failure::usage(&format!("--{name}: found \"{value}\", expected a number of 0 to {}", u64::MAX))
    })
}

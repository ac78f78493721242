//! `nudged passwd`: writes a password file without showing the password to anybody.
//!
//! The password comes from the terminal without echo or from stdin, never from an argument.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::arguments::Options;
use super::failure::{Exit, Failure, say};
use super::{Command, start};
use crate::config::{self, secrets};
use crate::driver;
use crate::link::Network;
use crate::nearest;
use crate::text::Secret;

pub(super) const COMMAND: Command = Command {
    name: "passwd",
    about: "write the password file, typing the password without echo",
    help: HELP,
    options: &["config"],
    words: &["the account: msn or qq"],
    more: false,
    run: passwd,
};

const HELP: &str = "\
Asks for the password twice, without showing it, and writes it to the file that
[msn] or [qq] of the configuration names as password_file, readable by its owner
alone. When stdin is no terminal, one line of it is the password.

Usage: nudged passwd msn|qq [--config FILE]

Options:
      --config FILE  the configuration  [default: /etc/nudged/nudged.toml]
  -h, --help         this text

Exit codes: 0 written, 1 not a password, 74 the file can't be written, 78 wrong
configuration.
";

fn passwd(options: &Options) -> Result<(), Failure> {
    driver::harden();
    let word = options.words.first().map_or("", String::as_str);
    let Some(network) = Network::ALL.into_iter().find(|network| network.as_str() == word) else {
        let hint = nearest::hint(word, Network::ALL.map(Network::as_str));
        return Err(Failure::usage(&format!("passwd: found \"{word}\"; {hint}")));
    };
    let file = password_file(options, network)?;
    let password = if io::stdin().is_terminal() { typed(network, &file)? } else { piped()? };
    secrets::write(&file, &password).map_err(|error| not_written(&file, &error))?;
    say(&format!("wrote {}, mode 0600\n", file.display()))
}

/// Where the configuration wants it. Before there is a configuration, where it would be without one.
fn password_file(options: &Options, network: Network) -> Result<PathBuf, Failure> {
    let file = start::config_file(options);
    match config::password_file(&file, network) {
        Ok(path) => Ok(path),
        Err(config::Refused::Unreadable(error))
            if options.config.is_none() && error.kind() == io::ErrorKind::NotFound =>
        {
            Ok(config::default_password_file(network).into())
        }
        Err(refused) => Err(Failure::refused(&file, &refused)),
    }
}

/// What is no password is not asked for twice.
fn typed(network: Network, file: &Path) -> Result<Secret, Failure> {
    let ask = |prompt: String| {
        let line = rpassword::prompt_password(prompt).map(Zeroizing::new);
        line.map_err(|error| {
            Failure::new(Exit::Io, format!("the terminal can't be read without echo: {error}"))
        })
    };
    let first = ask(format!("Password of {}, for {}: ", network.as_str(), file.display()))?;
    let found = password(&first)?;
    let again = ask("The same again: ".to_owned())?;
    if first != again {
        return Err(Failure::new(Exit::Other, "the two passwords differ; nothing was written"));
    }
    Ok(found)
}

fn piped() -> Result<Secret, Failure> {
    let mut octets = Zeroizing::new(Vec::with_capacity(STDIN_MAX));
    let read = io::stdin().lock().take(STDIN_MAX as u64).read_to_end(&mut octets);
    read.map_err(|error| Failure::new(Exit::Io, format!("stdin: {error}")))?;
    let text = std::str::from_utf8(&octets).map_err(|_| not_a_password(&secrets::Why::NotText))?;
    password(text.strip_suffix('\n').unwrap_or(text))
}

fn password(text: &str) -> Result<Secret, Failure> {
    secrets::password(text).map_err(|why| not_a_password(&why))
}

fn not_a_password(why: &secrets::Why) -> Failure {
    Failure::new(Exit::Other, format!("the password {why}; nothing was written"))
}

fn not_written(file: &Path, error: &io::Error) -> Failure {
    let hint = match (error.kind(), file.parent()) {
        (io::ErrorKind::NotFound, Some(parent)) => {
            format!("; make its directory with: mkdir -p {}", parent.display())
        }
        (io::ErrorKind::PermissionDenied, _) => {
            "; run this as root, or as the owner of its directory".to_owned()
        }
        _ => String::new(),
    };
    Failure::new(Exit::Io, format!("{}: can't be written: {error}{hint}", file.display()))
}

/// Octets of stdin that are looked at: more than any password, so a longer one is seen to be too long.
const STDIN_MAX: usize = 1024;

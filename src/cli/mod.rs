//! The person's door: arguments, help, exit codes; one file for each sub-command.
//!
//! Knows which rooms a command needs and joins them; what happens inside is theirs.

mod arguments;
mod blank;
mod boards;
mod check;
mod control;
#[cfg(feature = "emulator")]
mod demo;
#[cfg(feature = "hardware")]
mod doctor;
#[cfg(feature = "emulator")]
mod emulate;
mod failure;
mod filter;
mod list;
mod logging;
mod passwd;
mod run;
mod sites;
mod start;
mod table;
mod test;
mod wiring;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::nearest;

use arguments::Options;
use failure::{Failure, say};

/// A sub-command.
struct Command {
    name: &'static str,
    /// One line of the list of commands.
    about: &'static str,
    /// What `nudged COMMAND --help` prints.
    help: &'static str,
    /// Names of its long options.
    options: &'static [&'static str],
    /// What its words are, in order.
    words: &'static [&'static str],
    /// Any number of words may follow: the agent reads them.
    more: bool,
    run: fn(&Options) -> Result<(), Failure>,
}

/// Runs the command line. Answers with the exit codes of the top-level help.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match dispatch(lexopt::Parser::from_iter(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn dispatch(mut parser: lexopt::Parser) -> Result<(), Failure> {
    use lexopt::Arg::{Long, Short, Value};
    match parser.next().map_err(|error| Failure::usage(&error.to_string()))? {
        None => Err(Failure::help(&top_help())),
        Some(Short('h') | Long("help")) => alone("--help", &mut parser, &top_help()),
        Some(Short('V') | Long("version")) => alone("--version", &mut parser, VERSION),
        Some(Value(word)) if word == "help" => help(&mut parser),
        Some(Value(word)) => {
            let command = named(&word.to_string_lossy())?;
            obey(command, &mut parser).map_err(|failure| failure.of(command.name))
        }
        Some(Short(short)) => Err(unknown_option(&format!("-{short}"))),
        Some(Long(long)) => Err(unknown_option(&format!("--{long}"))),
    }
}

/// `nudged COMMAND …`
fn obey(command: &Command, parser: &mut lexopt::Parser) -> Result<(), Failure> {
    match arguments::read(parser, command)? {
        Some(options) => (command.run)(&options),
        None => say(command.help),
    }
}

/// `nudged help [COMMAND]`
fn help(parser: &mut lexopt::Parser) -> Result<(), Failure> {
    match parser.next().map_err(|error| Failure::usage(&error.to_string()))? {
        None => say(&top_help()),
        Some(lexopt::Arg::Value(word)) => alone("help", parser, named(&word.to_string_lossy())?.help),
        Some(other) => Err(unexpected("help", &other)),
    }
}

/// Says it, if nothing stands behind the word that asks for it.
fn alone(word: &str, parser: &mut lexopt::Parser, text: &str) -> Result<(), Failure> {
    match parser.next().map_err(|error| Failure::usage(&error.to_string()))? {
        None => say(text),
        Some(other) => Err(unexpected(word, &other)),
    }
}

fn unexpected(behind: &str, found: &lexopt::Arg<'_>) -> Failure {
    use lexopt::Arg::{Long, Short, Value};
    let found = match found {
        Short(short) => format!("-{short}"),
        Long(long) => format!("--{long}"),
        Value(word) => word.to_string_lossy().into_owned(),
    };
    Failure::usage(&format!("{behind}: unexpected \"{found}\""))
}

fn named(word: &str) -> Result<&'static Command, Failure> {
    COMMANDS.iter().find(|command| command.name == word).ok_or_else(|| {
        let hint = nearest::hint(word, COMMANDS.iter().map(|command| command.name));
        Failure::usage(&format!("unknown command \"{word}\"; {hint}"))
    })
}

fn unknown_option(found: &str) -> Failure {
    let hint = nearest::hint(found, ["--help", "--version"]);
    Failure::usage(&format!("unknown option \"{found}\" before the command; {hint}"))
}

fn top_help() -> String {
    let rows = COMMANDS.iter().map(|command| format!("  {:<9} {}\n", command.name, command.about));
    let demo = if HAS_DEMO { DEMO } else { "" };
    format!("{HEAD}{}{TAIL}{demo}{END}", rows.collect::<String>())
}

/// Whether this program can show itself: one built for a board alone has no servers to talk to.
const HAS_DEMO: bool = cfg!(feature = "emulator");
const VERSION: &str = concat!("nudged ", env!("CARGO_PKG_VERSION"), "\n");
const HEAD: &str = "\
nudged: a desk light and quick-reply box for revived MSN networks and QQ

Usage: nudged COMMAND [OPTIONS]

Commands:
";
const TAIL: &str = "
Options:
  -h, --help     this text; after a command, what that command does
  -V, --version  the version

";
const DEMO: &str = "\
To see it work, with nothing else needed: nudged demo
";
const END: &str = "\
To use it, write /etc/nudged/nudged.toml, then: nudged check, nudged doctor,
nudged passwd msn (or qq), nudged run

Exit codes: 0 done, or asked to stop, 64 wrong command line, 74 file or board
not usable, or no agent answers, 78 wrong configuration, 1 anything else.
";

/// In the order a newcomer meets them.
const COMMANDS: &[Command] = &[
    #[cfg(feature = "emulator")]
    demo::COMMAND,
    check::COMMAND,
    #[cfg(feature = "hardware")]
    doctor::COMMAND,
    test::COMMAND,
    passwd::COMMAND,
    run::COMMAND,
    control::STATUS,
    control::ACK,
    control::REPLY,
    control::SET,
    control::CONTACT,
    control::GROUP,
    control::NAME,
    control::PHONE,
    list::COMMAND,
    blank::COMMAND,
    #[cfg(feature = "emulator")]
    emulate::COMMAND,
];

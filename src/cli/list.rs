//! `nudged list`: what there is to choose from.
//!
//! Opens no device.

use super::Command;
use super::arguments::Options;
use super::failure::{Failure, say};
use crate::config::nearest;

pub(super) const COMMAND: Command = Command {
    name: "list",
    about: "list what there is: boards",
    help: HELP,
    options: &[],
    words: &["what to list: boards"],
    more: false,
    run: list,
};

const HELP: &str = "\
Lists the boards that --board and the configuration's board key know by name.

Usage: nudged list boards

Options:
  -h, --help  this text
";

fn list(options: &Options) -> Result<(), Failure> {
    match options.words.first().map(String::as_str) {
        Some("boards") => say(&crate::board::names()
            .map(|(name, about)| format!("{name:<14}{about}\n"))
            .collect::<String>()),
        other => {
            let wrong = other.unwrap_or_default();
            Err(Failure::usage(&format!("list: found \"{wrong}\"; {}", nearest::hint(wrong, ["boards"]))))
        }
    }
}

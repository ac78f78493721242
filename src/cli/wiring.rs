//! The board alone: which one, and what its file says, whatever is the matter with the rest of the configuration.
//!
//! Does not drive it.

use std::io;

use super::arguments::Options;
use super::boards;
use super::failure::{Exit, Failure};
use super::start;
use crate::board::files::{self, Source};
#[cfg(feature = "hardware")]
use crate::board::files::{Button, Display, DisplayWires, Led, Line, Wires};
use crate::board::{BoardFile, Unopened};
use crate::config::{self, BoardChoice, Refused};

/// A board file that was read.
#[derive(Debug)]
pub(super) struct Wiring {
    /// Where it came from.
    pub(super) source: Source,
    /// What it says.
    pub(super) file: BoardFile,
}

impl Wiring {
    /// Reads the file of a board; `None` for a simulated one, which has none.
    pub(super) fn of(board: &BoardChoice) -> Result<Option<Self>, Unopened> {
        if board.has_every_name() {
            return Ok(None);
        }
        let (source, file) = files::load(&board.to_string())?;
        Ok(Some(Self { source, file }))
    }
}

/// The board of the command line, or else the one the configuration names; without either the default.
pub(super) fn board(options: &Options) -> Result<BoardChoice, Failure> {
    if let Some(board) = start::board(options) {
        return Ok(board);
    }
    let file = start::config_file(options);
    match config::board(&file) {
        Ok(board) => Ok(board.unwrap_or_default()),
        Err(Refused::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => Err(Failure::new(
            Exit::Config,
            format!(
                "{}: there is no such file to name the board; name it with --board NAME, one that `nudged list boards` shows",
                file.display()
            ),
        )),
        Err(refused) => Err(Failure::refused(&file, &refused)),
    }
}

/// [`Wiring::of`] for commands that can't do without.
pub(super) fn wiring(board: &BoardChoice) -> Result<Option<Wiring>, Failure> {
    Wiring::of(board).map_err(|error| unopened(&error))
}

/// A board that can't be opened, as the end of a command.
pub(super) fn unopened(error: &Unopened) -> Failure {
    if let Unopened::Wrong(source, mistakes) = error {
        return Failure::mistakes(&boards::mistakes(source, mistakes));
    }
    let exit = if error.is_configuration() { Exit::Config } else { Exit::Io };
    Failure::new(exit, error)
}

/// A line of a board file.
#[cfg(feature = "hardware")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use<'a> {
    pub(super) line: &'a Line,
    /// What is on it, for people: `led rgb red`.
    pub(super) what: String,
    pub(super) part: Part<'a>,
}

/// A part of a board, by its name.
#[cfg(feature = "hardware")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Led(&'a str),
    Button(&'a str),
    Display,
}

/// Every line of a board file, and what is on it.
#[cfg(feature = "hardware")]
pub(super) fn uses(file: &BoardFile) -> Vec<Use<'_>> {
    let mut uses = Vec::new();
    for Led { name, wires, .. } in &file.leds {
        let part = Part::Led(name);
        let lines: Vec<(&Line, &str)> = match wires {
            Wires::Mono(line) => vec![(line, "")],
            Wires::Rgb(lines) => lines.iter().zip([" red", " green", " blue"]).collect(),
            Wires::Signal(lines) => lines.iter().zip([" red", " amber", " green"]).collect(),
            Wires::Class(_) | Wires::Pixels(_) => Vec::new(),
        };
        uses.extend(lines.into_iter().map(|(line, lamp)| Use {
            line,
            what: format!("led {name}{lamp}"),
            part,
        }));
    }
    uses.extend(file.buttons.iter().map(|Button { name, line, .. }| Use {
        line,
        what: format!("button {name}"),
        part: Part::Button(name),
    }));
    if let Some(Display { wires: DisplayWires::Spi { data_command, reset, .. }, .. }) = &file.display {
        let of_display =
            |line, what: &str| Use { line, what: format!("display {what}"), part: Part::Display };
        uses.push(of_display(data_command, "dc"));
        uses.extend(reset.iter().map(|line| of_display(line, "reset")));
    }
    uses
}

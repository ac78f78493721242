//! Boards: where a frame becomes light, pixels or lines of text, and where a press of a button comes from.
//! A board knows nothing of networks and rules; it shows what it is given and tells edges of buttons.
//!
//! [`open`] makes a [`Board`] from the name in the configuration. The driver hands it frames and notices and races
//! [`Board::next`] against everything else; animation, keys and bus work all happen in there.
//!
//! In reading order: `headless` (JSON lines), `pixels` (a screen as a picture), `characters` (a screen as
//! letters), `terminal` (a board drawn in a
//! terminal), `files` (what is wired where), `linux` (the real thing).

pub mod files;
pub mod headless;
#[cfg(feature = "hardware")]
pub mod linux;
pub mod pixels;
pub mod terminal;

mod gestures;
mod latin;
mod rows;
mod stdio;

use std::path::PathBuf;
use std::{fmt, io};

use crate::agent::{Button, Notice, Settings};
use crate::frame::Frame;
use crate::text::{Shown, place};
use crate::time::Instant;

pub use files::{BoardFile, names};
pub use headless::Headless;
#[cfg(feature = "hardware")]
pub use linux::Linux;
pub use terminal::Terminal;

/// What a board tells the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A button went down or up. Whether that was a click or a hold is the agent's business.
    Button {
        /// Its place in [`Setup::buttons`].
        index: u8,
        /// Down or up.
        pressed: bool,
        /// When, by the agent's clock; however late it is told.
        at: Instant,
    },
    /// Edges of a button were lost, and nobody knows what it did since the last one told. Told before any later edge.
    Lost {
        /// Its place in [`Setup::buttons`].
        index: u8,
        /// Whether it is down now.
        pressed: bool,
        /// When it was found there, by the agent's clock.
        at: Instant,
    },
    /// The person at the board asks the program to end.
    Quit,
}

/// What a board has to know before it starts.
#[derive(Clone, Debug)]
pub struct Setup {
    /// LED names, in the order of [`Frame::leds`].
    pub leds: Vec<String>,
    /// Buttons, in the order of [`Event::Button`]'s index; boards without real ones use their times.
    pub buttons: Vec<Button>,
    /// The moment that is [`Instant::START`]: the driver's clock and a board's animations agree on it.
    pub started: std::time::Instant,
}

impl Setup {
    /// The part of the settings that concerns a board.
    #[must_use]
    pub fn of(settings: &Settings, started: std::time::Instant) -> Self {
        Self { leds: settings.leds.clone(), buttons: settings.buttons.clone(), started }
    }

    /// The agent's time now.
    fn now(&self) -> Instant {
        clock_since(self.started)()
    }
}

/// What tells the agent's time, if that moment is [`Instant::START`].
fn clock_since(started: std::time::Instant) -> impl Fn() -> Instant + Copy {
    move || Instant::START + started.elapsed()
}

/// A part of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A LED, by its place in [`Setup::leds`].
    Led(usize),
    /// A button, by its place in [`Setup::buttons`].
    Button(usize),
    /// The display.
    Display,
}

/// Makes the board of that name: `terminal`, `headless`, or what a board file says (see [`files::Source::find`]).
///
/// # Errors
/// [`Unopened`]. Wires that lead nowhere are no error: the board goes on without them and looks for them.
pub fn open(name: &str, setup: Setup) -> Result<Board, Unopened> {
    match name {
        "headless" => {
            Headless::stdio(setup).map(|board| Board::Headless(Box::new(board))).map_err(Unopened::Io)
        }
        "terminal" => Terminal::open(setup).map(Board::Terminal).map_err(Unopened::Io),
        _ => open_file(name, setup),
    }
}

fn open_file(name: &str, setup: Setup) -> Result<Board, Unopened> {
    let (source, file) = files::load(name)?;
    wire(source.path, &file, setup)
}

#[cfg(feature = "hardware")]
fn wire(path: PathBuf, file: &BoardFile, setup: Setup) -> Result<Board, Unopened> {
    let board = Linux::open(file, setup).map_err(|why| Unopened::Unfit(path, why))?;
    Ok(Board::Linux(Box::new(board)))
}

#[cfg(not(feature = "hardware"))]
fn wire(path: PathBuf, _: &BoardFile, _: Setup) -> Result<Board, Unopened> {
    Err(without_hardware(path))
}

/// No board file can be driven.
#[cfg(not(feature = "hardware"))]
pub(crate) fn without_hardware(path: PathBuf) -> Unopened {
    let why = "this nudged was built without the feature `hardware`; expected board terminal or headless";
    Unopened::Unfit(path, why.into())
}

/// Why there is no board.
#[derive(Debug)]
pub enum Unopened {
    /// There is no board file of that name.
    Missing(files::Missing),
    /// The board file has mistakes: all of them.
    Wrong(files::Source, Vec<files::Mistake>),
    /// The board file does not have what the configuration names.
    Unfit(PathBuf, String),
    /// Stdout or the terminal cannot be used.
    Io(io::Error),
}

impl Unopened {
    /// Whether a person has to change a file (78), rather than the machine being at fault (74).
    #[must_use]
    pub const fn is_configuration(&self) -> bool {
        !matches!(self, Self::Io(_))
    }
}

/// One line for each mistake.
impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(missing) => missing.fmt(f),
            Self::Wrong(source, mistakes) => {
                let path = source.path.to_string_lossy();
                for (index, mistake) in mistakes.iter().enumerate() {
                    let (line, column) = place(&source.text, mistake.span.start);
                    let end = if index > 0 { "\n" } else { "" };
                    write!(f, "{end}{}:{line}:{column}: {}", Shown(&path), mistake.text)?;
                }
                Ok(())
            }
            Self::Unfit(path, why) => write!(f, "{}: {why}", Shown(&path.to_string_lossy())),
            Self::Io(error) => write!(f, "board: {error}"),
        }
    }
}

impl std::error::Error for Unopened {}

/// A board, whichever it is.
#[derive(Debug)]
pub enum Board {
    /// JSON lines out, words in.
    Headless(Box<Headless>),
    /// Drawn in a terminal, or plain lines where there is none.
    Terminal(Terminal),
    /// Lines and buses of this machine.
    #[cfg(feature = "hardware")]
    Linux(Box<Linux>),
}

impl Board {
    /// Shows a frame. Frames equal to the one before cost nothing.
    ///
    /// # Errors
    /// When nothing can be shown any more, as when stdout was closed: the program ends with 74. A display or a line
    /// that fails is no error: it is logged and tried again.
    pub fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        match self {
            Self::Headless(board) => board.show(now, frame),
            Self::Terminal(board) => board.show(now, frame),
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.show(now, frame),
        }
    }

    /// Tells what happened, for boards that have words.
    ///
    /// # Errors
    /// As [`Board::show`].
    pub fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()> {
        match self {
            Self::Headless(board) => board.notice(now, notice),
            Self::Terminal(board) => board.notice(now, notice),
            #[cfg(feature = "hardware")]
            Self::Linux(_) => Ok(()),
        }
    }

    /// The next event. Everything that moves by itself moves while this is awaited. Dropping the future loses nothing.
    ///
    /// # Errors
    /// As [`Board::show`].
    pub async fn next(&mut self) -> io::Result<Event> {
        match self {
            Self::Headless(board) => board.next().await,
            Self::Terminal(board) => board.next().await,
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.next().await,
        }
    }

    /// Columns and rows of text its display has room for, where that is not what the settings say by default.
    #[must_use]
    pub fn room(&self) -> Option<(u8, u8)> {
        match self {
            Self::Headless(_) | Self::Terminal(_) => None,
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.room(),
        }
    }

    /// Why a part can't be used now: a sentence without a subject that ends in what to do. `None` if it can, as far as
    /// anybody knows; one behind a bus has had its first tries half a second after the board was opened. Simulated parts
    /// are always there.
    #[must_use]
    #[cfg_attr(not(feature = "hardware"), expect(unused_variables))]
    pub fn missing(&self, part: Part) -> Option<&str> {
        match self {
            Self::Headless(_) | Self::Terminal(_) => None,
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.missing(part),
        }
    }

    /// The oldest edge of a button that came and was not told yet; never [`Event::Quit`]. It awaits
    /// nothing and does no other work: no bus, no animation. Whoever is about to judge by the time that has passed asks
    /// for all of them first.
    pub fn waiting_edge(&mut self) -> Option<Event> {
        match self {
            Self::Headless(board) => board.waiting_edge(),
            Self::Terminal(board) => board.waiting_edge(),
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.waiting_edge(),
        }
    }

    /// Every output off.
    ///
    /// # Errors
    /// As [`Board::show`].
    pub fn blank(&mut self) -> io::Result<()> {
        match self {
            Self::Headless(board) => board.blank(),
            Self::Terminal(board) => board.blank(),
            #[cfg(feature = "hardware")]
            Self::Linux(board) => board.blank(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(leds: &[&str]) -> Setup {
        Setup {
            leds: leds.iter().map(|led| (*led).into()).collect(),
            buttons: Vec::new(),
            started: std::time::Instant::now(),
        }
    }

    #[test]
    fn every_mistake_of_a_board_file_has_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        std::fs::write(&path, "\u{feff}[leds.desk]\nlin = 'GPIO17'\n[display]\nsize = '1x1'\n").unwrap();
        let name = path.to_str().unwrap();
        let error = open(name, setup(&[])).unwrap_err();
        assert!(error.is_configuration());
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().map(|line| line.strip_prefix(name).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].starts_with(":1:7: led \"desk\" needs line"), "{lines:?}");
        assert!(lines[1].starts_with(":2:1: led \"desk\" has no key \"lin\""), "{lines:?}");
        assert!(lines[2].starts_with(":4:8: size \"1x1\""), "{lines:?}");
    }

    #[test]
    fn a_board_that_lacks_a_light_or_is_unknown_is_a_mistake_of_the_configuration() {
        for (name, leds, expected) in [
            ("rpi", &["dest"][..], "boards/rpi.toml: "),
            ("no-such-board", &[], "no board is called \"no-such-board\""),
        ] {
            let error = open(name, setup(leds)).unwrap_err();
            assert!(error.is_configuration() && error.to_string().starts_with(expected), "{error}");
        }
    }
}

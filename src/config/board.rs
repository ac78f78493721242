//! `board`: which board the configuration is for, and the names that board has.
//!
//! Does not read board files; whoever can, answers [`Boards`].

use std::path::{Path, PathBuf};

use super::mistake::{Mistake, Notes};
use super::tree::{Text, quoted};
use crate::nearest::{self, listed};

/// Which board to drive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BoardChoice {
    /// LEDs, display and keys in the terminal.
    #[default]
    Terminal,
    /// JSON lines out, words in.
    Headless,
    /// A board by its name.
    Named(String),
    /// A board file of one's own.
    File(PathBuf),
}

impl BoardChoice {
    /// `terminal`, `headless`, a path (it has a `/` or ends in `.toml`), or else a name.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "terminal" => Self::Terminal,
            "headless" => Self::Headless,
            path if path.contains('/') || path.ends_with(".toml") => Self::File(path.into()),
            name => Self::Named(name.to_owned()),
        }
    }

    /// The same where a path that does not begin with `/` starts from that directory.
    pub(super) fn from(self, base: &Path) -> Self {
        match self {
            Self::File(path) => Self::File(base.join(path)),
            other => other,
        }
    }

    /// Whether it has every LED and button a configuration names.
    #[must_use]
    pub const fn has_every_name(&self) -> bool {
        matches!(self, Self::Terminal | Self::Headless)
    }
}

impl std::fmt::Display for BoardChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Terminal => f.write_str("terminal"),
            Self::Headless => f.write_str("headless"),
            Self::Named(name) => f.write_str(name),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What `config/` asks about boards.
pub trait Boards {
    /// The names of the boards that are known by name, `terminal` and `headless` not among them.
    fn known(&self) -> Vec<String>;

    /// The LEDs and buttons of a board; `None` if there is no such board.
    ///
    /// # Errors
    /// Every mistake of its file, at its place there; or one without a place, if there is no such file or it can't be
    /// read.
    fn names(&self, board: &BoardChoice) -> Result<Option<BoardNames>, Vec<Mistake>>;
}

/// The LEDs and buttons a board has, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardNames {
    /// The board, for messages.
    pub board: String,
    /// Its LEDs.
    pub leds: Vec<String>,
    /// Its buttons.
    pub buttons: Vec<String>,
    /// What in its file is legal but probably not meant, in the order of that file.
    pub warnings: Vec<Mistake>,
}

impl BoardNames {
    pub(super) fn expect_led(&self, name: &Text<'_>, notes: &mut Notes) {
        self.expect("led", "LED", &self.leds, name, notes);
    }

    pub(super) fn expect_button(&self, name: &Text<'_>, notes: &mut Notes) {
        self.expect("button", "button", &self.buttons, name, notes);
    }

    fn expect(&self, key: &str, what: &str, has: &[String], name: &Text<'_>, notes: &mut Notes) {
        let word = *name.get_ref();
        if has.iter().any(|one| one == word) {
            return;
        }
        let Self { board, .. } = self;
        let has = if has.is_empty() {
            format!("it has no {what}s")
        } else {
            format!("it has {}", listed(has.iter().map(String::as_str)).replace(" or ", " and "))
        };
        notes.structure(name, format!("{key} {}: board {board} has no such {what} ({has})", quoted(word)));
    }
}

/// The names of the board, or `None` if it has every name or something is wrong with it. What is wrong with the word that
/// names it goes to `wrong`, which knows where that stands.
pub(super) fn names(
    board: &BoardChoice,
    boards: &dyn Boards,
    notes: &mut Notes,
    wrong: impl Fn(&mut Notes, String),
) -> Option<BoardNames> {
    if board.has_every_name() {
        return None;
    }
    match boards.names(board) {
        Ok(Some(names)) => return Some(names),
        Ok(None) => {
            let known = boards.known();
            let simulated = ["terminal", "headless"].into_iter();
            let words = simulated.chain(known.iter().map(String::as_str)).chain(["the path of a board file"]);
            let (board, hint) = (quoted(&board.to_string()), nearest::hint(&board.to_string(), words));
            wrong(notes, format!("no board is called {board}; {hint}"));
        }
        Err(mistakes) => {
            for mistake in mistakes {
                match mistake.place {
                    Some(_) => notes.elsewhere(mistake),
                    None => wrong(notes, format!("{}: {}", mistake.file, mistake.text)),
                }
            }
        }
    }
    None
}

//! Mistakes of a configuration file and where they stand, as `file:line:column: what was found, what would be right`.
//!
//! Knows no key and no section; rooms that do report here by octet offset.

use std::fmt;

use toml::Spanned;

use crate::text::{Shown, place};

/// One mistake, or one warning, at its place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file as the person named it, or `--board` when the command line is wrong.
    pub file: String,
    /// Line and column, counted from 1; a column is a character. `None` where no place in the file is wrong.
    pub place: Option<(usize, usize)>,
    /// What was found, and what would be right.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Shown(&self.file))?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", Shown(&self.text))
    }
}

/// How much a mistake depends on the rest of the file being readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The TOML itself: what follows it may have landed in the wrong section.
    Syntax,
    /// One value is wrong by itself.
    Value,
    /// A key is unknown or missing, or two places don't fit together.
    Structure,
}

#[derive(Debug)]
struct Note {
    at: usize,
    kind: Kind,
    text: String,
}

/// Collects mistakes and warnings during the walk.
#[derive(Debug, Default)]
pub(super) struct Notes {
    mistakes: Vec<Note>,
    warnings: Vec<Note>,
    /// Those of the command line and of other files.
    elsewhere: Vec<Mistake>,
}

impl Notes {
    /// The TOML library could not read this.
    pub(super) fn syntax(&mut self, at: usize, text: String) {
        self.add(Note { at, kind: Kind::Syntax, text });
    }

    /// A value is wrong by itself.
    pub(super) fn value<T>(&mut self, found: &Spanned<T>, text: String) {
        self.add(Note { at: found.span().start, kind: Kind::Value, text });
    }

    /// A key is unknown, or two places of the file don't fit together.
    pub(super) fn structure<T>(&mut self, found: &Spanned<T>, text: String) {
        self.missing(found.span().start, text);
    }

    /// Something is missing; `at` is where a person would add it.
    pub(super) fn missing(&mut self, at: usize, text: String) {
        self.add(Note { at, kind: Kind::Structure, text });
    }

    fn add(&mut self, note: Note) {
        if self.mistakes.len() < MISTAKES_MAX {
            self.mistakes.push(note);
        }
    }

    /// `--board` is wrong, and so no place in the file.
    pub(super) fn board_option(&mut self, text: String) {
        self.elsewhere(Mistake { file: "--board".to_owned(), place: None, text });
    }

    /// Another file is wrong.
    pub(super) fn elsewhere(&mut self, mistake: Mistake) {
        if self.elsewhere.len() < MISTAKES_MAX {
            self.elsewhere.push(mistake);
        }
    }

    /// Legal, and probably not meant.
    pub(super) fn warn<T>(&mut self, found: &Spanned<T>, text: String) {
        if self.warnings.len() < MISTAKES_MAX {
            self.warnings.push(Note { at: found.span().start, kind: Kind::Value, text });
        }
    }

    /// Mistakes and warnings, each in the order of the file; mistakes that are not in it come last.
    pub(super) fn finish(mut self, file: &str, text: &str) -> (Vec<Mistake>, Vec<Mistake>) {
        self.forget_echoes(text);
        let mut mistakes = placed(self.mistakes, file, text);
        mistakes.append(&mut self.elsewhere);
        (mistakes, placed(self.warnings, file, text))
    }

    /// Where the TOML is broken, keys are missing or misplaced only because of that: such mistakes are left out, and so
    /// is everything else on a broken line.
    fn forget_echoes(&mut self, text: &str) {
        let broken: Vec<usize> =
            self.mistakes.iter().filter(|note| note.kind == Kind::Syntax).map(|note| note.at).collect();
        if broken.is_empty() {
            return;
        }
        let lines: Vec<usize> = broken.iter().map(|&at| place(text, at).0).collect();
        self.mistakes.retain(|note| match note.kind {
            Kind::Syntax => true,
            Kind::Value => !lines.contains(&place(text, note.at).0),
            Kind::Structure => false,
        });
        self.warnings.clear();
    }
}

fn placed(mut notes: Vec<Note>, file: &str, text: &str) -> Vec<Mistake> {
    notes.sort_by_key(|note| note.at);
    notes.dedup_by(|a, b| a.at == b.at && a.text == b.text);
    notes
        .into_iter()
        .map(|note| Mistake { file: file.to_owned(), place: Some(place(text, note.at)), text: note.text })
        .collect()
}

/// Mistakes, and warnings, that are told: more than any person's file has, few enough for one that is no configuration at all.
const MISTAKES_MAX: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_cannot_move_the_cursor() {
        let mistake = Mistake {
            file: "a\x1b[2J".to_owned(),
            place: Some((1, 2)),
            text: "found \"\u{202e}\n\"".to_owned(),
        };
        assert_eq!(mistake.to_string(), "a\\u{1b}[2J:1:2: found \"\\u{202e}\\u{a}\"");
    }
}

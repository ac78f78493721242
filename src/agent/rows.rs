//! Rows of a display being written: cut, wrapped and aligned by columns.
//!
//! It does not know what the text means. What [`is_showable`] refuses never gets in; line ends and tabs become spaces.

use heapless::{String, Vec};

use super::settings::Display;
use crate::limits::{ROW_MAX, ROWS_MAX, TEXT_MAX};
use crate::text::{breaks_between, cells, is_showable};

/// Rows so far.
pub(super) struct Rows {
    columns: usize,
    most: usize,
    kept: usize,
    rows: Vec<String<ROW_MAX>, ROWS_MAX>,
}

impl Rows {
    /// No row yet of as many as the display has.
    pub(super) fn new(display: &Display) -> Self {
        let columns = usize::from(display.columns).min(ROW_MAX);
        Self { columns, most: usize::from(display.rows).min(ROWS_MAX), kept: 0, rows: Vec::new() }
    }

    /// The rows.
    pub(super) fn into_rows(self) -> Vec<String<ROW_MAX>, ROWS_MAX> {
        self.rows
    }

    /// Keeps one row back for [`Rows::last`].
    pub(super) fn keep_last(&mut self) {
        self.kept = 1;
    }

    /// One row; what is too wide ends in `…`.
    pub(super) fn line(&mut self, text: &str) {
        if self.left() > 0 {
            let mut row = String::new();
            put(&mut row, text, self.columns);
            // There is room: `left` says so.
            let _ = self.rows.push(row);
        }
    }

    /// One row, and it may be the one kept back.
    pub(super) fn last(&mut self, text: &str) {
        self.kept = 0;
        self.line(text);
    }

    /// One row of two texts at both ends; the left one is cut if they don't fit.
    pub(super) fn pair(&mut self, left: &str, right: &str) {
        let right_width = width(right);
        if right_width == 0 || right_width + 2 > self.columns {
            return self.line(left);
        }
        if self.left() == 0 {
            return;
        }
        let mut row = String::new();
        put(&mut row, left, self.columns - right_width - 1);
        for _ in width(&row)..self.columns - right_width {
            // A full row stays as it is.
            let _ = row.push(' ');
        }
        put(&mut row, right, right_width);
        let _ = self.rows.push(row);
    }

    /// As many rows as there are for these words, broken between words where that is possible.
    pub(super) fn words(&mut self, text: &str) {
        let mut clean: String<TEXT_MAX> = String::new();
        for c in shown(text) {
            if clean.push(c).is_err() {
                break;
            }
        }
        let mut rest = clean.trim();
        while !rest.is_empty() && self.left() > 0 {
            if self.left() == 1 {
                return self.line(rest);
            }
            let (row, after) = rest.split_at_checked(break_at(rest, self.columns)).unwrap_or((rest, ""));
            self.line(row.trim_end());
            rest = after.trim_start();
        }
    }

    fn left(&self) -> usize {
        self.most.saturating_sub(self.rows.len() + self.kept)
    }
}

/// The characters of a text that may be shown.
fn shown(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).filter(|c| is_showable(*c))
}

/// Columns a text takes.
fn width(text: &str) -> usize {
    shown(text).map(cells).sum()
}

/// Appends a text of at most `columns`; what is too wide ends in `…`.
fn put(row: &mut String<ROW_MAX>, text: &str, columns: usize) {
    let fits =
        width(text) <= columns && shown(text).map(char::len_utf8).sum::<usize>() <= ROW_MAX - row.len();
    let mut left = if fits { columns } else { columns.saturating_sub(1) };
    for c in shown(text) {
        let room = ROW_MAX - row.len() >= c.len_utf8() + if fits { 0 } else { '…'.len_utf8() };
        if cells(c) > left || !room {
            break;
        }
        left -= cells(c);
        // There is room: just checked.
        let _ = row.push(c);
    }
    if !fits && columns > 0 {
        let _ = row.push('…');
    }
}

/// Octets of the first row of a text: up to the last space or other place to break that fits, or as much as fits. At
/// least one character, or nothing would ever get on.
fn break_at(text: &str, columns: usize) -> usize {
    let (mut taken, mut good) = (0, 0);
    let mut before = None;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if c == ' ' || before.is_some_and(|before| breaks_between(before, c)) {
            good = at;
        }
        if taken + cells(c) > columns || end > ROW_MAX {
            return match (good, at) {
                (0, 0) => end,
                (0, at) => at,
                (good, _) => good,
            };
        }
        taken += cells(c);
        before = Some(c);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(columns: u8, rows: u8, write: impl FnOnce(&mut Rows)) -> std::vec::Vec<std::string::String> {
        let mut page = Rows::new(&Display { columns, rows, ..Display::default() });
        write(&mut page);
        page.into_rows().iter().map(|row| row.as_str().into()).collect()
    }

    #[test]
    fn words_break_between_words_and_the_last_row_says_there_is_more() {
        assert_eq!(
            rows(10, 3, |page| page.words("one two three four five six")),
            ["one two", "three four", "five six"]
        );
        assert_eq!(rows(10, 2, |page| page.words("one two three four five")), ["one two", "three fou…"]);
        assert_eq!(rows(5, 4, |page| page.words("incredible")), ["incre", "dible"]);
        assert_eq!(rows(6, 4, |page| page.words("你好你好 hi")), ["你好你", "好 hi"]);
        assert_eq!(
            rows(6, 4, |page| page.words("你好吗，我《很》好。")),
            ["你好", "吗，我", "《很》", "好。"]
        );
    }

    #[test]
    fn a_pair_keeps_its_right_side_whole() {
        assert_eq!(rows(12, 1, |page| page.pair("Bob", "busy")), ["Bob     busy"]);
        assert_eq!(rows(12, 1, |page| page.pair("Bartholomew", "busy")), ["Bartho… busy"]);
        assert_eq!(rows(4, 1, |page| page.pair("Bob", "offline")), ["Bob"]);
        assert_eq!(rows(12, 1, |page| page.pair("小林さん", "busy")), ["小林さ… busy"]);
    }

    #[test]
    fn a_row_can_be_kept_for_the_end() {
        let page = rows(10, 3, |page| {
            page.line("Bob");
            page.keep_last();
            page.words("one two three four five");
            page.last("typing");
        });
        assert_eq!(page, ["Bob", "one two t…", "typing"]);
    }

    #[test]
    fn line_ends_become_spaces_and_controls_vanish() {
        assert_eq!(rows(20, 1, |page| page.line("a\r\nb\u{1b}[31m\u{202e}c")), ["a  b[31mc"]);
    }

    proptest! {
        #[test]
        fn any_text_stays_within_its_rows_and_columns(text: std::string::String, columns in 0_u8..40, most in 0_u8..12) {
            let page = rows(columns, most, |page| {
                page.pair(&text, &text);
                page.words(&text);
                page.last(&text);
            });
            prop_assert!(page.len() <= usize::from(most).min(ROWS_MAX));
            for row in &page {
                prop_assert!(row.chars().all(is_showable));
                prop_assert!(width(row) <= usize::from(columns).max(2), "{row:?}");
            }
        }
    }
}

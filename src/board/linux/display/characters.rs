//! Screens as characters: a frame's rows for a panel that has letters of its own, with the codes of its font.
//! It does not know how the codes get there.
//!
//! The font is that of the HD44780 with ROM code A00, the one nearly all panels have: ASCII without `\` and `~`, a few
//! letters with marks, half-width katakana. What it lacks is spelt in ASCII, or else becomes `?`.

use std::fmt;

use crate::board::latin;
use crate::board::rows::{fitted, shortened, squeezed, wrapped};
use crate::frame::{Layout, Screen};
use crate::text::{cells, is_showable};

/// The characters of a panel, by the codes of its font.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Grid {
    columns: usize,
    /// Row after row.
    codes: Vec<u8>,
}

impl Grid {
    /// An empty one of that many columns and rows.
    pub(super) fn empty(columns: u8, rows: u8) -> Self {
        let (columns, rows) = (usize::from(columns), usize::from(rows));
        Self { columns, codes: vec![BLANK; columns * rows] }
    }

    /// The characters of a screen; one that is not lit is empty.
    pub(super) fn of(screen: &Screen, columns: u8, rows: u8) -> Self {
        let mut grid = Self::empty(columns, rows);
        if !screen.lit || grid.codes.is_empty() {
            return grid;
        }
        let texts: Vec<String> = screen.rows.iter().map(|row| spelt(row, columns.into())).collect();
        let lines = arranged(screen.layout, &texts, usize::from(columns), usize::from(rows));
        for (cells, line) in grid.codes.chunks_exact_mut(usize::from(columns)).zip(lines) {
            for (cell, c) in cells.iter_mut().zip(line.chars()) {
                *cell = code(c).unwrap_or(UNKNOWN);
            }
        }
        grid
    }

    /// The codes of a row, from the left; empty beyond the last.
    #[cfg(test)]
    pub(super) fn row(&self, row: usize) -> &[u8] {
        self.codes.chunks_exact(self.columns.max(1)).nth(row).unwrap_or_default()
    }

    /// Every code, row after row.
    pub(super) fn codes(&self) -> &[u8] {
        &self.codes
    }
}

/// The rows between two bars, as far as ASCII goes: what a failing test prints.
impl fmt::Debug for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for row in self.codes.chunks(self.columns.max(1)) {
            let text: String = row.iter().map(|&code| glyph(code)).collect();
            writeln!(f, "|{text}|")?;
        }
        Ok(())
    }
}

/// The lines of a layout, at most as many as there are rows.
fn arranged(layout: Layout, texts: &[String], columns: usize, rows: usize) -> Vec<String> {
    match layout {
        Layout::List => texts.iter().take(rows).map(|row| squeezed(row, columns, MORE)).collect(),
        Layout::Message => message(texts, columns, rows),
        Layout::Menu => menu(texts, columns, rows),
        // There are no edges to see: every character has a place of its own.
        Layout::Notice | Layout::Card => notice(texts, columns, rows),
    }
}

/// The sender with a colon, their words below. One row has only words.
fn message(texts: &[String], columns: usize, rows: usize) -> Vec<String> {
    let Some((sender, rest)) = texts.split_first() else { return Vec::new() };
    let words: Vec<String> = rest.iter().flat_map(|row| wrapped(row, columns)).collect();
    if rows == 1 && !words.is_empty() {
        return shortened(words, 1, columns, MORE);
    }
    let sender = if sender.contains("  ") || words.is_empty() {
        squeezed(sender, columns, MORE)
    } else {
        format!("{}:", fitted(sender.trim_end(), columns - 1, MORE))
    };
    let words = shortened(words, rows.saturating_sub(1), columns, MORE);
    std::iter::once(sender).chain(words).take(rows).collect()
}

/// A question, the answer chosen now behind a mark, hints in what is left. One row has only the answer.
fn menu(texts: &[String], columns: usize, rows: usize) -> Vec<String> {
    let Some((question, rest)) = texts.split_first() else { return Vec::new() };
    let question = fitted(question, columns, MORE);
    let Some((answer, hints)) = rest.split_first() else { return vec![question] };
    let most = if rows < 4 { 1 } else { 2 };
    let inner = columns.saturating_sub(CHOSEN.len());
    let answer = shortened(wrapped(answer, inner), most, inner, MORE);
    let marks = std::iter::once(CHOSEN).chain(std::iter::repeat(" "));
    let answer = marks.zip(answer).map(|(mark, line)| format!("{mark}{line}"));
    let hints = hints.iter().map(|hint| fitted(hint.trim(), columns, MORE));
    let lines = std::iter::once(question).chain(answer).chain(hints);
    lines.skip(usize::from(rows == 1)).take(rows).collect()
}

/// Every row in the middle.
fn notice(texts: &[String], columns: usize, rows: usize) -> Vec<String> {
    let lines: Vec<String> = texts.iter().flat_map(|row| wrapped(row, columns)).collect();
    let lines = shortened(lines, rows, columns, MORE);
    let above = (rows - lines.len()) / 2;
    let centred =
        lines.into_iter().map(|line| format!("{}{line}", " ".repeat((columns - line.chars().count()) / 2)));
    std::iter::repeat_n(String::new(), above).chain(centred).collect()
}

/// A row of characters the font has, each one column wide. Of one that was cut to measure the ellipsis must not make two.
fn spelt(text: &str, columns: usize) -> String {
    let mut out = String::new();
    for c in text.chars().filter(|c| is_showable(*c) && cells(*c) > 0) {
        match (code(c), latin::spelt(c)) {
            (Some(_), _) => out.push(c),
            (None, Some(letters)) => out.push_str(letters),
            (None, None) => out.push('?'),
        }
    }
    match out.strip_suffix("...") {
        Some(cut) if text.ends_with('…') && out.chars().count() > columns => format!("{cut}{MORE}"),
        _ => out,
    }
}

/// The code of a character in the font.
fn code(c: char) -> Option<u8> {
    Some(match c {
        // Where ASCII has `\` and `~` the font has `¥` and an arrow.
        '\\' => b'/',
        '~' => b'-',
        ' '..='}' => u8::try_from(c).ok()?,
        '¥' => 0x5C,
        '→' => 0x7E,
        '←' => 0x7F,
        '\u{FF61}'..='\u{FF9F}' => u8::try_from(u32::from(c) - 0xFF61).ok()?.checked_add(0xA1)?,
        '·' => 0xA5,
        '°' => 0xDF,
        'ä' => 0xE1,
        // A Greek beta stands where it was meant for both.
        'ß' => 0xE2,
        'µ' => 0xE4,
        '√' => 0xE8,
        '¢' => 0xEC,
        '£' => 0xED,
        'ñ' => 0xEE,
        'ö' => 0xEF,
        '∞' => 0xF3,
        'Ω' => 0xF4,
        'ü' => 0xF5,
        '÷' => 0xFD,
        _ => return None,
    })
}

/// What a code looks like, for people who debug.
fn glyph(code: u8) -> char {
    match code {
        b' '..=b'}' => char::from(code),
        _ => ('¡'..='→').find(|c| self::code(*c) == Some(code)).unwrap_or('\u{FFFD}'),
    }
}

/// A cell with nothing in it.
pub(super) const BLANK: u8 = b' ';
/// Stands for what the font has not and no letters spell.
const UNKNOWN: u8 = b'?';
/// At the end of what goes on.
const MORE: char = '→';
/// Before the answer that is chosen.
const CHOSEN: &str = ">";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::board::pixels::tests::screen;

    fn drawn(layout: Layout, rows: &[&str], size: (u8, u8)) -> Vec<String> {
        let drawn = format!("{:?}", Grid::of(&screen(layout, rows), size.0, size.1));
        drawn.lines().skip(1).map(|line| line.trim_matches('|').trim_end().into()).collect()
    }

    #[test]
    fn a_list_keeps_what_people_do() {
        let rows = [
            "Online          3/12",
            "Zoë Müller      away",
            "Борис Иванов    idle",
            "no contacts at all here",
        ];
        assert_eq!(drawn(Layout::List, &rows, (16, 2)), ["Online      3/12", "Zoe Müller  away"]);
        assert_eq!(
            drawn(Layout::List, &rows, (20, 4)),
            ["Online          3/12", "Zoe Müller      away", "Boris Ivanov    idle", "no contacts at all→"]
        );
        assert_eq!(drawn(Layout::List, &rows[2..], (8, 2)), ["Bo→ idle", "no cont→"]);
    }

    #[test]
    fn a_message_is_its_sender_and_as_many_words_as_fit() {
        let rows = ["Bob", "Are you coming to lunch? We have a table…"];
        assert_eq!(drawn(Layout::Message, &rows, (16, 2)), ["Bob:", "Are you coming →"]);
        assert_eq!(
            drawn(Layout::Message, &rows, (20, 4)),
            ["Bob:", "Are you coming to", "lunch? We have a", "table→"]
        );
        assert_eq!(drawn(Layout::Message, &rows, (16, 1)), ["Are you coming →"]);
        // Cut by who knew the columns.
        let rows = ["Bob", "Are you coming…"];
        assert_eq!(drawn(Layout::Message, &rows, (16, 2)), ["Bob:", "Are you coming→"]);
        assert_eq!(drawn(Layout::Message, &["Bob", "hmm…"], (16, 2)), ["Bob:", "hmm..."]);
        assert_eq!(
            drawn(Layout::Message, &["Bob              (2)", "hi"], (16, 2)),
            ["Bob          (2)", "hi"]
        );
        assert_eq!(drawn(Layout::Message, &["a message waits"], (16, 2)), ["a message waits", ""]);
    }

    #[test]
    fn a_menu_marks_the_answer() {
        let rows = ["To: Bob", "Back in five minutes", "click left: next", "hold left: send"];
        assert_eq!(drawn(Layout::Menu, &rows, (16, 2)), ["To: Bob", ">Back in five →"]);
        assert_eq!(
            drawn(Layout::Menu, &rows, (20, 4)),
            ["To: Bob", ">Back in five", " minutes", "click left: next"]
        );
        let rows = ["To: Bob", "Yes", "click left: next", "hold left: send"];
        assert_eq!(
            drawn(Layout::Menu, &rows, (20, 4)),
            ["To: Bob", ">Yes", "click left: next", "hold left: send"]
        );
        assert_eq!(drawn(Layout::Menu, &rows, (16, 1)), [">Yes"]);
    }

    #[test]
    fn a_notice_stands_in_the_middle() {
        let rows = ["signing in       MSN", "desk@example.net"];
        assert_eq!(drawn(Layout::Notice, &rows, (16, 2)), [" signing in MSN", "desk@example.net"]);
        assert_eq!(
            drawn(Layout::Notice, &rows, (20, 4)),
            ["", "   signing in MSN", "  desk@example.net", ""]
        );
    }

    #[test]
    fn what_the_font_lacks_is_spelt_or_becomes_one_question_mark() {
        let codes = |text: &str| {
            let grid = Grid::of(&screen(Layout::List, &[text]), 20, 1);
            let end = grid.row(0).iter().rposition(|&code| code != BLANK).map_or(0, |last| last + 1);
            grid.row(0)[..end].to_vec()
        };
        assert_eq!(codes("é…~\\e\u{301}"), b"e...-/e");
        assert_eq!(codes("äöüñß°→"), [0xE1, 0xEF, 0xF5, 0xEE, 0xE2, 0xDF, 0x7E]);
        assert_eq!(codes("ｱﾝ｡ﾟ"), [0xB1, 0xDD, 0xA1, 0xDF]);
        assert_eq!(codes("在线? 👍\u{1F3FD}\u{202e}"), b"??? ?");
        assert_eq!(codes("Ω µ ¥"), [0xF4, b' ', 0xE4, b' ', 0x5C]);
    }

    #[test]
    fn a_screen_that_is_not_lit_is_empty() {
        let mut screen = screen(Layout::List, &["Online"]);
        screen.lit = false;
        assert_eq!(Grid::of(&screen, 16, 2), Grid::empty(16, 2));
        assert_eq!((Grid::empty(16, 2).row(1).len(), Grid::empty(16, 2).row(2).len()), (16, 0));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_code_is_one_of_the_font(
            rows in proptest::collection::vec(any::<String>(), 0..9),
            layout in 0..4_usize,
            size in (8..41_u8, 1..5_u8),
        ) {
            let layout = [Layout::List, Layout::Message, Layout::Menu, Layout::Notice][layout];
            let rows: Vec<&str> = rows.iter().take(8).map(String::as_str).collect();
            let grid = Grid::of(&screen(layout, &rows), size.0, size.1);
            prop_assert_eq!(grid.codes().len(), usize::from(size.0) * usize::from(size.1));
            prop_assert!(grid.codes().iter().all(|&code| code >= 0x20 && !(0x80..0xA1).contains(&code)));
        }
    }
}

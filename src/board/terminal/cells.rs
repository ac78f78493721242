//! A grid of characters with styles, and the escape sequences that turn one grid into another.
//! It does not know what the characters mean.

use std::fmt::Write;

use unicode_width::UnicodeWidthChar as _;

use crate::frame::Rgb;
use crate::text::is_showable;

/// How a character looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) colour: Option<Rgb>,
    pub(super) ground: Option<Rgb>,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) reverse: bool,
}

impl Style {
    /// The terminal's own colours.
    pub(super) const PLAIN: Self =
        Self { colour: None, ground: None, bold: false, dim: false, reverse: false };
    /// For what matters less.
    pub(super) const DIM: Self = Self { dim: true, ..Self::PLAIN };
    /// For what matters more.
    pub(super) const BOLD: Self = Self { bold: true, ..Self::PLAIN };

    pub(super) const fn coloured(colour: Rgb) -> Self {
        Self { colour: Some(colour), ..Self::PLAIN }
    }
}

/// One place of the grid. The second place of a wide character holds [`BEHIND`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    c: char,
    style: Style,
}

/// The grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cells {
    width: usize,
    cells: Vec<Cell>,
}

/// What colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// None, or none wanted.
    Mono,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` forbids, `COLORTERM` promises 24 bits, as does a `TERM` like `xterm-direct`.
    pub(super) fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Self::Mono;
        }
        let promised = variable("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit");
        if promised || variable("TERM").is_some_and(|term| term.ends_with("-direct")) {
            return Self::True;
        }
        Self::Indexed
    }
}

impl Cells {
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, cells: vec![BLANK; width * height] }
    }

    pub(super) const fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }

    /// Writes text from a place on, as far as `room` columns and the grid go; says how many columns it took.
    pub(super) fn put(&mut self, x: usize, y: usize, text: &str, room: usize, style: Style) -> usize {
        let room = room.min(self.width.saturating_sub(x));
        let mut used = 0;
        for c in text.chars() {
            let columns = columns(c);
            if used + columns > room {
                break;
            }
            if columns > 0 {
                self.set(x + used, y, c, style);
            }
            if columns == 2 {
                self.set(x + used + 1, y, BEHIND, style);
            }
            used += columns;
        }
        used
    }

    /// [`Cells::put`], with `…` at the end when the text does not fit.
    pub(super) fn put_cut(&mut self, x: usize, y: usize, text: &str, room: usize, style: Style) -> usize {
        let room = room.min(self.width.saturating_sub(x));
        if text.chars().map(columns).sum::<usize>() <= room {
            return self.put(x, y, text, room, style);
        }
        let used = self.put(x, y, text, room.saturating_sub(1), style);
        used + self.put(x + used, y, "…", 1, style)
    }

    fn set(&mut self, x: usize, y: usize, c: char, style: Style) {
        // The last guard: whoever forgot to make a text fit for the screen does no harm here.
        let c = if c == BEHIND || is_showable(c) { c } else { char::REPLACEMENT_CHARACTER };
        if x < self.width
            && let Some(cell) = self.cells.get_mut(y * self.width + x)
        {
            *cell = Cell { c, style };
        }
    }

    /// The sequences that make a terminal showing `before` show this; without it, one that shows anything.
    pub(super) fn paint(&self, before: Option<&Self>, depth: Depth) -> String {
        let before =
            before.filter(|before| before.width == self.width && before.cells.len() == self.cells.len());
        let mut out = String::new();
        if before.is_none() {
            out.push_str("\x1b[0m\x1b[2J");
        }
        let mut pen: Option<Style> = None;
        let mut at = None;
        for (index, cell) in self.cells.iter().enumerate() {
            let was = before.and_then(|before| before.cells.get(index)).unwrap_or(&BLANK);
            if cell == was || cell.c == BEHIND {
                continue;
            }
            if at != Some(index) {
                let _ = write!(out, "\x1b[{};{}H", index / self.width + 1, index % self.width + 1);
            }
            if pen != Some(cell.style) {
                change_pen(&mut out, cell.style, depth);
                pen = Some(cell.style);
            }
            out.push(cell.c);
            let next = index + columns(cell.c);
            // After the last column the cursor's place is the terminal's own affair.
            at = (has_settled_width(cell.c) && !next.is_multiple_of(self.width)).then_some(next);
        }
        if pen.is_some() {
            out.push_str("\x1b[0m");
        }
        out
    }

    /// The characters alone, a line a row: for tests.
    #[cfg(test)]
    pub(super) fn text(&self) -> String {
        let row = |row: &[Cell]| {
            let line: String = row.iter().filter(|cell| cell.c != BEHIND).map(|cell| cell.c).collect();
            line.trim_end().to_owned()
        };
        self.cells.chunks(self.width).map(row).collect::<Vec<_>>().join("\n")
    }

    #[cfg(test)]
    pub(super) fn style_at(&self, x: usize, y: usize) -> Style {
        self.cells[y * self.width + x].style
    }
}

/// Whether terminals agree on how wide a character is. After one they disagree on, as about many symbols and emoji, the
/// next cell is named by its place, so that nothing but that cell is off.
fn has_settled_width(c: char) -> bool {
    matches!(c, '\0'..='\u{10FF}' | '\u{2500}'..='\u{259F}' | '\u{2800}'..='\u{28FF}')
}

fn change_pen(out: &mut String, style: Style, depth: Depth) {
    out.push_str("\x1b[0");
    for (wanted, code) in [(style.bold, ";1"), (style.dim, ";2"), (style.reverse, ";7")] {
        if wanted {
            out.push_str(code);
        }
    }
    for (colour, code) in [(style.colour, 38), (style.ground, 48)] {
        let Some(Rgb { red, green, blue }) = colour else { continue };
        let _ = match depth {
            Depth::Mono => Ok(()),
            Depth::Indexed => write!(out, ";{code};5;{}", indexed(Rgb::new(red, green, blue))),
            Depth::True => write!(out, ";{code};2;{red};{green};{blue}"),
        };
    }
    out.push('m');
}

/// The nearest of the 256 colours of xterm: its 6 by 6 by 6 cube, or its 24 greys.
fn indexed(colour: Rgb) -> u8 {
    let nearest = |channel: u8| -> u8 {
        let distance =
            |step: &u8| CUBE.get(usize::from(*step)).map_or(u8::MAX, |level| level.abs_diff(channel));
        (0..6_u8).min_by_key(distance).unwrap_or(0)
    };
    let (red, green, blue) = (nearest(colour.red), nearest(colour.green), nearest(colour.blue));
    let level = |step: u8| CUBE.get(usize::from(step)).copied().unwrap_or(0);
    let cube = Rgb::new(level(red), level(green), level(blue));
    let mean = (u16::from(colour.red) + u16::from(colour.green) + u16::from(colour.blue)) / 3;
    let step = u8::try_from((mean.saturating_sub(3) / 10).min(23)).unwrap_or(23);
    let grey = Rgb::new(8 + 10 * step, 8 + 10 * step, 8 + 10 * step);
    if apart(grey, colour) < apart(cube, colour) { 232 + step } else { 16 + 36 * red + 6 * green + blue }
}

fn apart(a: Rgb, b: Rgb) -> u32 {
    let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    square(a.red, b.red) + square(a.green, b.green) + square(a.blue, b.blue)
}

/// Columns a character takes in a terminal: two for the scripts of East Asia and for emoji, none for marks that stand
/// on the character before.
pub(super) fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The place behind a wide character.
const BEHIND: char = '\0';
const BLANK: Cell = Cell { c: ' ', style: Style::PLAIN };
/// The levels of the colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_changed_writes_nothing() {
        let mut cells = Cells::new(10, 3);
        cells.put(0, 0, "hi", 10, Style::BOLD);
        assert_eq!(cells.paint(Some(&cells.clone()), Depth::True), "");
    }

    #[test]
    fn only_what_changed_is_written() {
        let before = Cells::new(10, 3);
        let mut after = before.clone();
        after.put(4, 1, "ab", 10, Style::coloured(Rgb::new(255, 0, 0)));
        after.put(6, 1, "c", 10, Style::PLAIN);
        assert_eq!(after.paint(Some(&before), Depth::True), "\x1b[2;5H\x1b[0;38;2;255;0;0mab\x1b[0mc\x1b[0m");
        assert_eq!(after.paint(Some(&before), Depth::Indexed), "\x1b[2;5H\x1b[0;38;5;196mab\x1b[0mc\x1b[0m");
        assert_eq!(after.paint(Some(&before), Depth::Mono), "\x1b[2;5H\x1b[0mab\x1b[0mc\x1b[0m");
    }

    #[test]
    fn a_grid_of_another_size_is_written_whole() {
        let after = Cells::new(4, 1);
        assert!(after.paint(Some(&Cells::new(5, 1)), Depth::True).contains("\x1b[2J"));
    }

    #[test]
    fn wide_characters_take_two_places_and_are_not_cut_in_half() {
        let mut cells = Cells::new(5, 1);
        assert_eq!(cells.put(0, 0, "中文字", 5, Style::PLAIN), 4);
        assert_eq!(cells.text(), "中文");
        let mut cells = Cells::new(4, 1);
        cells.put_cut(0, 0, "abcdef", 4, Style::PLAIN);
        assert_eq!(cells.text(), "abc…");
    }

    #[test]
    fn the_environment_chooses_the_colours() {
        let with = |pairs: &'static [(&str, &str)]| {
            Depth::of(move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).into())
            })
        };
        assert_eq!(with(&[("TERM", "xterm-256color")]), Depth::Indexed);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(with(&[("TERM", "xterm-direct")]), Depth::True);
        assert_eq!(with(&[("COLORTERM", "24bit"), ("NO_COLOR", "1")]), Depth::Mono);
        assert_eq!(with(&[("COLORTERM", "24bit"), ("NO_COLOR", "")]), Depth::True);
    }

    #[test]
    fn the_nearest_colour_is_found() {
        assert_eq!(indexed(Rgb::new(255, 255, 255)), 231);
        assert_eq!(indexed(Rgb::new(0, 255, 0)), 46);
        assert_eq!(indexed(Rgb::new(48, 48, 52)), 236);
        assert_eq!(indexed(Rgb::new(255, 90, 0)), 202);
    }

    proptest! {
        #[test]
        fn whatever_is_put_nothing_but_our_own_sequences_is_written(text in any::<String>(), x in 0..12_usize) {
            let mut cells = Cells::new(10, 2);
            cells.put(x, 1, &text, 10, Style::PLAIN);
            let painted = cells.paint(Some(&Cells::new(10, 2)), Depth::True);
            let ours = painted.replace("\x1b[0m", "");
            // What is left is cursor moves: ESC [ row ; column H.
            let rest = ours.split("\x1b[2;").enumerate().map(|(index, piece)| {
                if index == 0 { piece } else { piece.split_once('H').map_or(piece, |(_, text)| text) }
            });
            for piece in rest {
                prop_assert!(piece.chars().all(is_showable), "{painted:?}");
            }
        }
    }
}

//! A panel of characters, an HD44780 behind a PCF8574, a little at a time: what it shows against what it should show.
//! It does not know its bus.
//!
//! The expander's lines are those of nearly every backpack: bit 0 register select, bit 1 read, bit 2 enable, bit 3 the
//! backlight, the upper four the data. The panel takes half an octet whenever enable falls. Each octet of a transfer is
//! one set of levels, 90 microseconds at 100 kHz and 22 at 400; an instruction takes the panel 37, and between the last
//! level of one and the first enable of the next there are two. Only clearing takes longer; it happens once, and the
//! turn waits for it.
//!
//! When a transfer failed nobody knows whether the panel waits for the first half of an octet or for the second: it is
//! initialised again, which mends that.

use super::characters::{BLANK, Grid};
use super::{Transfer, Want};
use crate::frame::Screen;
use crate::time::{Duration, Instant};

/// A panel of characters and what we know of it.
#[derive(Debug)]
pub(super) struct Letters {
    columns: u8,
    rows: u8,
    /// Which of the transfers after power came is next.
    stage: Stage,
    /// The panel is at work until then.
    not_before: Instant,
    /// What was wanted last, until it is known how it went.
    step: Option<Step>,
    wanted: Grid,
    lit: bool,
    /// The characters it shows, row after row; `None` is unknown.
    holds: Vec<Option<u8>>,
    /// Where the next character would land, if that is known: row and column.
    cursor: Option<(u8, u8)>,
    /// Whether characters are visible.
    on: bool,
    /// Whether what it shows stays while it goes through the stages.
    keeps: bool,
    /// What every transfer makes of the backlight.
    backlight: bool,
}

/// What a panel goes through since power came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Lines to rest; then the panel may still be starting.
    Rest,
    /// Eight data lines, said for the first time.
    First,
    /// Said again.
    Second,
    /// Said once more, then four data lines, and everything cleared unless it stays.
    Clear,
    /// From left to right.
    Direction,
    Ready,
}

/// One transfer.
#[derive(Clone, Copy, Debug)]
enum Step {
    Stage,
    /// Characters become visible.
    On,
    Backlight(bool),
    /// So many characters from there.
    Write {
        row: u8,
        column: u8,
        count: u8,
    },
}

impl Letters {
    pub(super) fn new(columns: u8, rows: u8) -> Self {
        let wanted = Grid::empty(columns, rows);
        Self {
            columns,
            rows,
            stage: Stage::Rest,
            not_before: Instant::START,
            step: None,
            holds: vec![None; wanted.codes().len()],
            wanted,
            lit: false,
            cursor: None,
            on: false,
            keeps: false,
            backlight: false,
        }
    }

    pub(super) fn show(&mut self, screen: &Screen) {
        if screen.lit && !self.lit {
            self.begins_anew();
        }
        (self.wanted, self.lit) = (Grid::of(screen, self.columns, self.rows), screen.lit);
    }

    pub(super) fn want(&mut self, now: Instant) -> Want {
        if now < self.not_before {
            return Want::Wait(self.not_before);
        }
        self.step = self.next_step();
        match self.step {
            Some(step) => Want::Send(Transfer::Levels(self.levels(step))),
            None => Want::Nothing,
        }
    }

    pub(super) fn arrived(&mut self, now: Instant) {
        match self.step.take() {
            Some(Step::Stage) => {
                let (next, takes) = self.stage.next();
                if self.stage == Stage::Clear {
                    self.holds.fill((!self.keeps).then_some(BLANK));
                    (self.cursor, self.on) = ((!self.keeps).then_some((0, 0)), false);
                }
                (self.stage, self.not_before) = (next, now + takes);
            }
            Some(Step::On) => self.on = true,
            Some(Step::Backlight(lit)) => self.backlight = lit,
            Some(Step::Write { row, column, count }) => self.written(row, column, count),
            None => {}
        }
    }

    pub(super) fn begins_anew(&mut self) {
        (self.step, self.stage, self.not_before) = (None, Stage::Rest, Instant::START);
        self.keeps = false;
    }

    /// Everything is sent again, without making what is there dark.
    pub(super) fn refresh(&mut self) {
        if self.lit && self.stage == Stage::Ready {
            (self.stage, self.keeps) = (Stage::Rest, true);
        }
    }

    pub(super) fn probe(&self) -> Transfer {
        Transfer::Levels(vec![self.light()])
    }

    fn next_step(&self) -> Option<Step> {
        if self.stage != Stage::Ready {
            return Some(Step::Stage);
        }
        if !self.lit && self.backlight {
            return Some(Step::Backlight(false));
        }
        if let Some(run) = self.first_run() {
            return Some(run);
        }
        if !self.on {
            return Some(Step::On);
        }
        (self.lit && !self.backlight).then_some(Step::Backlight(true))
    }

    /// The first characters of a row that differ, to the last one that does, as many as go into a transfer.
    fn first_run(&self) -> Option<Step> {
        let at = |row: u8, column: u8| usize::from(row) * usize::from(self.columns) + usize::from(column);
        let wanted = |row, column| self.wanted.codes().get(at(row, column)).copied();
        let differs = |row, column| self.holds.get(at(row, column)).copied().flatten() != wanted(row, column);
        (0..self.rows).find_map(|row| {
            let column = (0..self.columns).find(|column| differs(row, *column))?;
            let most =
                if self.cursor == Some((row, column)) { INSTRUCTIONS_MAX } else { INSTRUCTIONS_MAX - 1 };
            let end = self.columns.min(column + most);
            let last = (column..end).rev().find(|column| differs(row, *column))?;
            Some(Step::Write { row, column, count: last + 1 - column })
        })
    }

    fn written(&mut self, row: u8, column: u8, count: u8) {
        let start = usize::from(row) * usize::from(self.columns) + usize::from(column);
        let written = self.wanted.codes().iter().skip(start).take(count.into());
        for (held, code) in self.holds.iter_mut().skip(start).zip(written) {
            *held = Some(*code);
        }
        let next = column + count;
        self.cursor = (next < self.columns).then_some((row, next));
    }

    /// The levels of a transfer.
    fn levels(&self, step: Step) -> Vec<u8> {
        let light = self.light();
        match step {
            Step::Stage => self.stage_levels(light),
            Step::On => instruction(ON, light).to_vec(),
            Step::Backlight(lit) => vec![if lit { BACKLIGHT } else { 0 }],
            Step::Write { row, column, count } => {
                let start = usize::from(row) * usize::from(self.columns) + usize::from(column);
                let codes = self.wanted.codes().iter().skip(start).take(count.into());
                let there = self.cursor == Some((row, column));
                let seek = (!there).then(|| instruction(ADDRESS | self.address(row, column), light));
                let writes = codes.map(|code| instruction(*code, light | REGISTER));
                seek.into_iter().chain(writes).flatten().collect()
            }
        }
    }

    fn stage_levels(&self, light: u8) -> Vec<u8> {
        let rows = if self.rows > 1 { FOUR_LINES | TWO_ROWS } else { FOUR_LINES };
        match self.stage {
            Stage::Rest => vec![light],
            Stage::First | Stage::Second => half(EIGHT_LINES, light).to_vec(),
            Stage::Clear => {
                let halves = [EIGHT_LINES, FOUR_LINES].into_iter().flat_map(|code| half(code, light));
                let codes: &[u8] = if self.keeps { &[rows] } else { &[rows, OFF, CLEAR] };
                halves.chain(codes.iter().flat_map(|code| instruction(*code, light))).collect()
            }
            Stage::Direction => instruction(RIGHTWARDS, light).to_vec(),
            Stage::Ready => Vec::new(),
        }
    }

    /// Where a character stands in the panel's memory. The third and fourth row of a panel are the right halves of the
    /// first and second one, as its memory sees it.
    const fn address(&self, row: u8, column: u8) -> u8 {
        let right = if row >= 2 { self.columns } else { 0 };
        row % 2 * SECOND_ROW + right + column
    }

    const fn light(&self) -> u8 {
        if self.backlight { BACKLIGHT } else { 0 }
    }
}

impl Stage {
    /// What comes after it, and how long it takes the panel: the datasheet's times, and one more since an instant is a
    /// whole millisecond.
    const fn next(self) -> (Self, Duration) {
        let (next, ms) = match self {
            // 40 ms after power came, at 2.7 volts.
            Self::Rest => (Self::First, 50),
            // 4.1 ms.
            Self::First => (Self::Second, 6),
            // 0.1 ms.
            Self::Second => (Self::Clear, 2),
            // 1.52 ms, and more on slow panels.
            Self::Clear => (Self::Direction, 4),
            Self::Direction | Self::Ready => (Self::Ready, 0),
        };
        (next, Duration::from_millis(ms))
    }
}

/// Half an octet, the upper one, taken as enable falls.
const fn half(code: u8, lines: u8) -> [u8; 3] {
    let levels = code & 0xF0 | lines;
    [levels, levels | ENABLE, levels]
}

/// Both halves of an octet. The first level has enable low: register select must stand before enable rises.
const fn instruction(code: u8, lines: u8) -> [u8; 5] {
    let (upper, lower) = (code & 0xF0 | lines, code << 4 | lines);
    [upper, upper | ENABLE, upper, lower | ENABLE, lower]
}

/// Lines of the expander.
const REGISTER: u8 = 0x01;
const ENABLE: u8 = 0x04;
const BACKLIGHT: u8 = 0x08;
/// Instructions of the panel.
const CLEAR: u8 = 0x01;
const RIGHTWARDS: u8 = 0x06;
const OFF: u8 = 0x08;
const ON: u8 = 0x0C;
const FOUR_LINES: u8 = 0x20;
const EIGHT_LINES: u8 = 0x30;
/// With `FOUR_LINES`: more rows than one.
const TWO_ROWS: u8 = 0x08;
/// With an address: the next character goes there.
const ADDRESS: u8 = 0x80;
/// Where the second row begins.
const SECOND_ROW: u8 = 0x40;
/// Instructions of a transfer of at most 32 levels.
const INSTRUCTIONS_MAX: u8 = 6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::pixels::tests::screen;
    use crate::frame::Layout;

    /// Every transfer until nothing is wanted, with the milliseconds waited for before it.
    fn told(letters: &mut Letters) -> Vec<(u64, Vec<u8>)> {
        let (mut now, mut waited, mut told) = (letters.not_before, 0, Vec::new());
        loop {
            match letters.want(now) {
                Want::Nothing => return told,
                Want::Wait(at) => (waited, now) = (at.since(now).as_millis() as u64, at),
                Want::Send(Transfer::Levels(levels)) => {
                    told.push((std::mem::take(&mut waited), levels));
                    letters.arrived(now);
                }
                Want::Send(other) => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_panel_is_initialised_as_its_datasheet_says() {
        let mut letters = Letters::new(16, 2);
        let expected: [(u64, &[u8]); 6] = [
            (0, &[0x00]),
            (50, &[0x30, 0x34, 0x30]),
            (6, &[0x30, 0x34, 0x30]),
            (
                2,
                &[
                    0x30, 0x34, 0x30, 0x20, 0x24, 0x20, // eight lines, four lines
                    0x20, 0x24, 0x20, 0x84, 0x80, // two rows
                    0x00, 0x04, 0x00, 0x84, 0x80, // off
                    0x00, 0x04, 0x00, 0x14, 0x10, // clear
                ],
            ),
            (4, &[0x00, 0x04, 0x00, 0x64, 0x60]),
            (0, &[0x00, 0x04, 0x00, 0xC4, 0xC0]),
        ];
        let told_so = told(&mut letters);
        let told_so: Vec<(u64, &[u8])> =
            told_so.iter().map(|(ms, levels)| (*ms, levels.as_slice())).collect();
        assert_eq!(told_so, expected);
    }

    #[test]
    fn characters_come_before_they_are_visible_and_light_comes_last() {
        let mut letters = Letters::new(16, 2);
        letters.show(&screen(Layout::List, &["A", "Hi"]));
        let told_so = told(&mut letters);
        let expected: [&[u8]; 4] = [
            // "A", where the cursor is after clearing
            &[0x41, 0x45, 0x41, 0x15, 0x11],
            // address 0x40, "H", "i"
            &[0xC0, 0xC4, 0xC0, 0x04, 0x00, 0x41, 0x45, 0x41, 0x85, 0x81, 0x61, 0x65, 0x61, 0x95, 0x91],
            &[0x00, 0x04, 0x00, 0xC4, 0xC0],
            &[0x08],
        ];
        let told_so: Vec<&[u8]> = told_so[5..].iter().map(|(_, levels)| levels.as_slice()).collect();
        assert_eq!(told_so, expected);
        letters.show(&screen(Layout::List, &["A", "Ho"]));
        let told_so = told(&mut letters);
        // address 0x41, "o", and the light stays
        let expected = [(0, vec![0xC8, 0xCC, 0xC8, 0x1C, 0x18, 0x69, 0x6D, 0x69, 0xFD, 0xF9])];
        assert_eq!(told_so, expected);
        letters.show(&Screen::default());
        assert_eq!(told(&mut letters)[0], (0, vec![0x00]), "first the light goes");
    }

    #[test]
    fn rows_begin_where_the_memory_of_their_panel_has_them() {
        for (size, starts) in [
            ((16, 2), &[0x00, 0x40][..]),
            ((20, 4), &[0x00, 0x40, 0x14, 0x54]),
            ((16, 4), &[0x00, 0x40, 0x10, 0x50]),
            ((40, 2), &[0x00, 0x40]),
            ((16, 1), &[0x00]),
        ] {
            let letters = Letters::new(size.0, size.1);
            let addresses: Vec<u8> = (0..size.1).map(|row| letters.address(row, 0)).collect();
            assert_eq!(addresses, starts, "{size:?}");
        }
        let one_row = told(&mut Letters::new(16, 1));
        assert_eq!(one_row[3].1[6..11], [0x20, 0x24, 0x20, 0x04, 0x00], "one row");
    }
}

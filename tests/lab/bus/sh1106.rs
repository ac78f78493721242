//! An SH1106 behind a panel of 128 by 64 pixels, as its data sheet describes it: 132 columns of memory of which the
//! panel shows the middle 128, and no way to write but page by page. It does not know who writes to it.

use super::Part;
use super::glass::Glass;
use super::oled::{NOISE, Octet, octets};

/// The controller, its memory and its panel.
pub(crate) struct Sh1106 {
    memory: [[u8; COLUMNS]; PAGES],
    on: bool,
    pump: bool,
    inverted: bool,
    all_on: bool,
    /// Segments and rows as a panel the right way up needs them.
    upright: (bool, bool),
    start: usize,
    page: usize,
    column: usize,
    /// A command of two octets whose second is not there yet.
    begun: Option<u8>,
    strange: usize,
}

impl Default for Sh1106 {
    fn default() -> Self {
        Self {
            memory: [[NOISE; COLUMNS]; PAGES],
            on: false,
            pump: true,
            inverted: false,
            all_on: false,
            upright: (false, false),
            start: 0,
            page: 0,
            column: 0,
            begun: None,
            strange: 0,
        }
    }
}

impl Part for Sh1106 {
    fn write(&mut self, transfer: &[u8]) {
        for octet in octets(transfer) {
            match octet {
                Octet::Command(octet) => self.command(octet),
                Octet::Data(octet) => self.data(octet),
            }
        }
    }

    fn read(&mut self) -> u8 {
        if self.on { 0x08 } else { 0x48 }
    }

    fn power_comes_back(&mut self) {
        *self = Self::default();
    }

    fn words(&self) -> String {
        self.glass().text()
    }

    fn strange(&self) -> usize {
        self.strange
    }
}

impl Sh1106 {
    fn glass(&self) -> Glass {
        let lit = |x: usize, y: usize| {
            let column = if self.upright.0 { x + LEFT } else { COLUMNS - 1 - LEFT - x };
            let row = (if self.upright.1 { y } else { 8 * PAGES - 1 - y } + self.start) % (8 * PAGES);
            let set = self.memory[row / 8][column] >> (row % 8) & 1 == 1;
            self.on && self.pump && (self.all_on || set != self.inverted)
        };
        Glass::of(COLUMNS - 2 * LEFT, 8 * PAGES, lit)
    }

    fn command(&mut self, octet: u8) {
        match (self.begun.take(), octet) {
            (Some(0xAD), pump @ 0x8A..=0x8B) => self.pump = pump == 0x8B,
            // Contrast, multiplex, offset, clock, precharge, pins, level.
            (Some(0x81 | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB), _) => {}
            (Some(_), _) => self.strange += 1,
            (None, 0x81 | 0xA8 | 0xAD | 0xD3 | 0xD5 | 0xD9..=0xDB) => self.begun = Some(octet),
            (None, 0x00..=0x0F) => self.column = self.column & 0xF0 | usize::from(octet),
            (None, 0x10..=0x1F) => self.column = self.column & 0x0F | usize::from(octet & 0x0F) << 4,
            (None, 0x40..=0x7F) => self.start = usize::from(octet & 0x3F),
            (None, 0xA0 | 0xA1) => self.upright.0 = octet == 0xA1,
            (None, 0xA4 | 0xA5) => self.all_on = octet == 0xA5,
            (None, 0xA6 | 0xA7) => self.inverted = octet == 0xA7,
            (None, 0xAE | 0xAF) => self.on = octet == 0xAF,
            (None, 0xB0..=0xB7) => self.page = usize::from(octet & 7),
            (None, 0xC0 | 0xC8) => self.upright.1 = octet == 0xC8,
            // The pump's voltage, nothing.
            (None, 0x30..=0x33 | 0xE3) => {}
            // Among them all that only an SSD1306 knows: address modes, windows, its charge pump.
            (None, _) => self.strange += 1,
        }
    }

    fn data(&mut self, octet: u8) {
        // Behind the last column it stays; nothing goes round.
        match self.memory[self.page].get_mut(self.column) {
            Some(place) => *place = octet,
            None => self.strange += 1,
        }
        self.column = (self.column + 1).min(COLUMNS);
    }
}

pub(crate) fn the_panel_shows_the_middle_of_the_memory() {
    let mut oled = Sh1106::default();
    oled.write(&[0x00, 0xA1, 0xC8, 0xAF]);
    for page in 0..8 {
        oled.write(&[0x00, 0xB0 + page, 0x02, 0x10]);
        let row: Vec<u8> = (0..128).map(|x| if x == 0 || x == 127 { 0xFF } else { 0 }).collect();
        oled.write(&[&[0x40][..], &row].concat());
    }
    assert_eq!(oled.glass(), Glass::of(128, 64, |x, _| x == 0 || x == 127));
    assert_eq!(oled.strange(), 0);
}

pub(crate) fn what_only_its_cousin_knows_is_strange() {
    let mut oled = Sh1106::default();
    oled.write(&[0x00, 0x20, 0x00]);
    oled.write(&[0x00, 0x8D, 0x14]);
    oled.write(&[0x00, 0xB0, 0x03, 0x18, 0xAD, 0x8B]);
    assert_eq!(oled.strange(), 2);
    oled.write(&[0x40, 1, 2]);
    assert_eq!(oled.strange(), 3, "there is no column 132");
}

const PAGES: usize = 8;
const COLUMNS: usize = 132;
/// Columns left and right of the panel.
const LEFT: usize = 2;

//! An SH1106 behind a panel of 128 by 64 pixels, as its data sheet describes it: 132 columns of memory of which the
//! panel shows the middle 128, and no way to write but page by page. It does not know who writes to it.

use super::Part;
use super::glass::Glass;
use super::oled::{Controller, NOISE, PAGES, Panel, WIDTH};

/// The controller, its memory and its panel.
pub(crate) struct Sh1106 {
    memory: [[u8; COLUMNS]; PAGES],
    panel: Panel,
    page: usize,
    column: usize,
    /// A command of two octets whose second is not there yet.
    begun: Option<u8>,
}

impl Default for Sh1106 {
    fn default() -> Self {
        let panel = Panel::new(true);
        Self { memory: [[NOISE; COLUMNS]; PAGES], panel, page: 0, column: 0, begun: None }
    }
}

impl Controller for Sh1106 {
    const STATUS: u8 = 0x08;

    fn command(&mut self, octet: u8) {
        match (self.begun.take(), octet) {
            (Some(0xAD), pump @ 0x8A..=0x8B) => self.panel.pump = pump == 0x8B,
            // Contrast, multiplex, offset, clock, precharge, pins, level.
            (Some(0x81 | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB), _) => {}
            (Some(_), _) => self.panel.strange += 1,
            (None, 0x81 | 0xA8 | 0xAD | 0xD3 | 0xD5 | 0xD9..=0xDB) => self.begun = Some(octet),
            (None, 0x00..=0x0F) => self.column = self.column & 0xF0 | usize::from(octet),
            (None, 0x10..=0x1F) => self.column = self.column & 0x0F | usize::from(octet & 0x0F) << 4,
            (None, 0xB0..=0xB7) => self.page = usize::from(octet & 7),
            // The pump's voltage.
            (None, 0x30..=0x33) => {}
            // Strange is among them all that only an SSD1306 knows: address modes, windows, its charge pump.
            (None, _) => self.panel.command(octet),
        }
    }

    fn data(&mut self, octet: u8) {
        // Behind the last column it stays; nothing goes round.
        match self.memory[self.page].get_mut(self.column) {
            Some(place) => *place = octet,
            None => self.panel.strange += 1,
        }
        self.column = (self.column + 1).min(COLUMNS);
    }

    fn panel(&self) -> &Panel {
        &self.panel
    }

    fn glass(&self) -> Glass {
        self.panel.glass(|column, row| self.memory[row / 8][LEFT + column] >> (row % 8) & 1 == 1)
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

/// Columns of memory on the left of the panel, and as many on the right.
const LEFT: usize = 2;
const COLUMNS: usize = LEFT + WIDTH + LEFT;

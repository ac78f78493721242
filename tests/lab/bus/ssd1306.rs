//! An SSD1306 with 128 by 64 pixels, as its data sheet describes it. It does not know who writes to it.

use super::Part;
use super::glass::Glass;
use super::oled::{Controller, NOISE, PAGES, Panel, WIDTH};

/// The controller, its memory and its panel.
pub(crate) struct Ssd1306 {
    memory: [u8; WIDTH * PAGES],
    panel: Panel,
    mode: u8,
    columns: Window,
    pages: Window,
    /// A command whose octets are not all there yet.
    begun: Vec<u8>,
}

/// Where writing goes round, and where it is.
#[derive(Clone, Copy)]
struct Window {
    first: usize,
    last: usize,
    at: usize,
}

impl Window {
    const fn whole(length: usize) -> Self {
        Self { first: 0, last: length - 1, at: 0 }
    }

    fn set(&mut self, first: u8, last: u8, mask: u8) {
        let first = usize::from(first & mask);
        *self = Self { first, last: usize::from(last & mask), at: first };
    }

    /// Whether it began anew.
    fn advance(&mut self) -> bool {
        let wraps = self.at >= self.last;
        self.at = if wraps { self.first } else { self.at + 1 };
        wraps
    }
}

impl Default for Ssd1306 {
    fn default() -> Self {
        Self {
            memory: [NOISE; WIDTH * PAGES],
            panel: Panel::new(false),
            mode: 2,
            columns: Window::whole(WIDTH),
            pages: Window::whole(PAGES),
            begun: Vec::new(),
        }
    }
}

impl Controller for Ssd1306 {
    const STATUS: u8 = 0x03;

    fn command(&mut self, octet: u8) {
        self.begun.push(octet);
        if self.begun.len() > arguments(self.begun[0]) {
            let begun = std::mem::take(&mut self.begun);
            self.obey(&begun);
        }
    }

    fn data(&mut self, octet: u8) {
        self.memory[self.pages.at * WIDTH + self.columns.at] = octet;
        match self.mode {
            0 if self.columns.advance() => drop(self.pages.advance()),
            1 if self.pages.advance() => drop(self.columns.advance()),
            0 | 1 => {}
            // In page mode it starts over in the same page, whatever the window.
            _ => self.columns.at = (self.columns.at + 1) % WIDTH,
        }
    }

    fn panel(&self) -> &Panel {
        &self.panel
    }

    fn glass(&self) -> Glass {
        self.panel.glass(|column, row| self.memory[row / 8 * WIDTH + column] >> (row % 8) & 1 == 1)
    }
}

impl Ssd1306 {
    fn obey(&mut self, command: &[u8]) {
        match *command {
            [low @ 0x00..=0x0F] => self.columns.at = self.columns.at & 0x70 | usize::from(low),
            [high @ 0x10..=0x17] => self.columns.at = self.columns.at & 0x0F | usize::from(high & 7) << 4,
            [0x20, mode @ 0..=2] => self.mode = mode,
            [0x21, first, last] => self.columns.set(first, last, 0x7F),
            [0x22, first, last] => self.pages.set(first, last, 7),
            [0x8D, pump] => self.panel.pump = pump & 4 != 0,
            [page @ 0xB0..=0xB7] => self.pages.at = usize::from(page & 7),
            // Contrast, multiplex, offset, clock, precharge, pins, level; scrolling off.
            [0x81 | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB, _] | [0x2E] => {}
            [octet] => self.panel.command(octet),
            _ => self.panel.strange += 1,
        }
    }
}

/// Octets that follow the first one of a command.
const fn arguments(command: u8) -> usize {
    match command {
        0x20 | 0x81 | 0x8D | 0xA8 | 0xD3 | 0xD5 | 0xD9..=0xDB => 1,
        0x21 | 0x22 | 0xA3 => 2,
        0x29 | 0x2A => 5,
        0x26 | 0x27 => 6,
        _ => 0,
    }
}

pub(crate) fn an_octet_is_eight_pixels_below_one_another() {
    let mut oled = Ssd1306::default();
    oled.write(&[0x00, 0x8D, 0x14, 0xA1, 0xC8, 0x21, 0, 127, 0x22, 0, 7, 0x20, 0x00, 0xAF]);
    for page in 0..8 {
        oled.write(&[&[0x40][..], &[if page == 1 { 0x81 } else { 0 }; 128]].concat());
    }
    let expected = Glass::of(WIDTH, 64, |_, y| y == 8 || y == 15);
    assert_eq!(oled.glass(), expected);
    oled.write(&[0x80, 0xAE]);
    assert!(oled.glass().is_dark());
    assert_eq!(oled.strange(), 0);
    oled.power_comes_back();
    oled.write(&[0x00, 0xAF]);
    assert!(oled.glass().is_dark(), "without its charge pump it shows nothing");
}

pub(crate) fn a_page_ends_where_it_began_and_noise_is_seen() {
    let mut oled = Ssd1306::default();
    oled.write(&[0x00, 0x8D, 0x14, 0xA1, 0xC8, 0xB2, 0x0F, 0x17, 0xAF]);
    oled.write(&[0x40, 0xFF, 0x00]);
    let glass = oled.glass();
    let column = |x: usize| (16..24).map(|y| glass.lit[y * WIDTH + x]).collect::<Vec<_>>();
    assert_eq!(column(127), [true; 8]);
    assert_eq!(column(0), [false; 8]);
    assert_eq!(column(1), [true, false, true, false, false, true, false, true]);
}

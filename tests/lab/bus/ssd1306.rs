//! An SSD1306 with 128 by 64 pixels, as its data sheet describes it. It does not know who writes to it.

use super::Part;
use super::glass::Glass;
use super::oled::{NOISE, Octet, octets};

/// The controller, its memory and its panel.
pub(crate) struct Ssd1306 {
    memory: [u8; WIDTH * PAGES],
    on: bool,
    pump: bool,
    inverted: bool,
    all_on: bool,
    /// Segments and rows as a panel the right way up needs them.
    upright: (bool, bool),
    start: usize,
    mode: u8,
    columns: Window,
    pages: Window,
    /// A command whose octets are not all there yet.
    begun: Vec<u8>,
    strange: usize,
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
            on: false,
            pump: false,
            inverted: false,
            all_on: false,
            upright: (false, false),
            start: 0,
            mode: 2,
            columns: Window::whole(WIDTH),
            pages: Window::whole(PAGES),
            begun: Vec::new(),
            strange: 0,
        }
    }
}

impl Part for Ssd1306 {
    fn write(&mut self, transfer: &[u8]) {
        for octet in octets(transfer) {
            match octet {
                Octet::Command(octet) => self.command(octet),
                Octet::Data(octet) => self.data(octet),
            }
        }
    }

    fn read(&mut self) -> u8 {
        if self.on { 0x03 } else { 0x43 }
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

impl Ssd1306 {
    fn glass(&self) -> Glass {
        let lit = |x: usize, y: usize| {
            let column = if self.upright.0 { x } else { WIDTH - 1 - x };
            let row = (if self.upright.1 { y } else { 8 * PAGES - 1 - y } + self.start) % (8 * PAGES);
            let set = self.memory[row / 8 * WIDTH + column] >> (row % 8) & 1 == 1;
            self.on && self.pump && (self.all_on || set != self.inverted)
        };
        Glass::of(WIDTH, 8 * PAGES, lit)
    }

    fn command(&mut self, octet: u8) {
        self.begun.push(octet);
        if self.begun.len() > arguments(self.begun[0]) {
            let begun = std::mem::take(&mut self.begun);
            self.obey(&begun);
        }
    }

    fn obey(&mut self, command: &[u8]) {
        match *command {
            [low @ 0x00..=0x0F] => self.columns.at = self.columns.at & 0x70 | usize::from(low),
            [high @ 0x10..=0x17] => self.columns.at = self.columns.at & 0x0F | usize::from(high & 7) << 4,
            [0x20, mode @ 0..=2] => self.mode = mode,
            [0x21, first, last] => self.columns.set(first, last, 0x7F),
            [0x22, first, last] => self.pages.set(first, last, 7),
            [line @ 0x40..=0x7F] => self.start = usize::from(line & 0x3F),
            [0x8D, pump] => self.pump = pump & 4 != 0,
            [segments @ 0xA0..=0xA1] => self.upright.0 = segments == 0xA1,
            [all @ 0xA4..=0xA5] => self.all_on = all == 0xA5,
            [inverted @ 0xA6..=0xA7] => self.inverted = inverted == 0xA7,
            [on @ 0xAE..=0xAF] => self.on = on == 0xAF,
            [page @ 0xB0..=0xB7] => self.pages.at = usize::from(page & 7),
            [rows @ (0xC0 | 0xC8)] => self.upright.1 = rows == 0xC8,
            // Contrast, scrolling off, multiplex, offset, clock, precharge, pins, level, nothing.
            [0x81 | 0xA8 | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB, _] | [0x2E | 0xE3] => {}
            _ => self.strange += 1,
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

const WIDTH: usize = 128;
const PAGES: usize = 8;

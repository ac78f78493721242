//! An HD44780 with 20 by 4 characters behind a PCF8574, as their data sheets describe them: eight pins, of which four
//! carry half an octet that is taken when "enable" falls. It does not know who writes to it.

use std::time::{Duration, Instant};

use super::Part;

/// The controller, its two memories, its characters and its light.
pub(crate) struct Hd44780 {
    /// What the expander's pins are at: RS, R/W, enable, light, and four of data.
    pins: u8,
    /// Until it is told otherwise all eight data pins count; four of them are not wired.
    eight: bool,
    /// The first half of an octet.
    half: Option<u8>,
    ddram: [u8; 80],
    cgram: [u8; 64],
    address: Address,
    on: bool,
    /// It takes no command before then.
    busy_until: Option<Instant>,
    strange: usize,
}

#[derive(Clone, Copy)]
enum Address {
    Display(u8),
    Characters(u8),
}

impl Default for Hd44780 {
    fn default() -> Self {
        Self {
            pins: 0xFF,
            eight: true,
            half: None,
            ddram: [b'#'; 80],
            cgram: [0x15; 64],
            address: Address::Display(0),
            on: false,
            busy_until: None,
            strange: 0,
        }
    }
}

impl Part for Hd44780 {
    fn write(&mut self, transfer: &[u8]) {
        for &pins in transfer {
            let fell = self.pins & ENABLE != 0 && pins & ENABLE == 0;
            let taken = self.pins;
            self.pins = pins;
            if fell {
                self.nibble(taken & DATA != 0, taken >> 4);
            }
        }
    }

    fn read(&mut self) -> u8 {
        self.pins
    }

    fn power_comes_back(&mut self) {
        *self = Self::default();
    }

    /// Four lines of characters, their own ones as 0 to 7 in circles, and the light.
    fn words(&self) -> String {
        let line = |start: usize| {
            let shown = self.ddram[start..start + 20].iter().map(|&code| character(code));
            let text: String = if self.on { shown.collect() } else { String::new() };
            text.trim_end().to_owned() + "\n"
        };
        // Lines 3 and 4 continue the memory of lines 1 and 2.
        let lines: String = [0, 40, 20, 60].map(line).concat();
        lines + if self.pins & LIGHT == 0 { "light off\n" } else { "light on\n" }
    }

    fn strange(&self) -> usize {
        self.strange
    }
}

impl Hd44780 {
    fn nibble(&mut self, data: bool, nibble: u8) {
        if self.eight {
            return self.octet(data, nibble << 4);
        }
        match self.half.take() {
            None => self.half = Some(nibble),
            Some(first) => self.octet(data, first << 4 | nibble),
        }
    }

    fn octet(&mut self, data: bool, octet: u8) {
        if self.busy_until.take().is_some_and(|until| Instant::now() < until) {
            // It was not listening yet.
            self.strange += 1;
            return;
        }
        if data { self.store(octet) } else { self.obey(octet) }
    }

    fn store(&mut self, octet: u8) {
        match &mut self.address {
            Address::Display(at) => {
                // Two lines of 40, at 0x00 and 0x40.
                self.ddram[place(*at)] = octet;
                *at = match *at {
                    0x27 => 0x40,
                    0x67 => 0x00,
                    at => at + 1,
                };
            }
            Address::Characters(at) => {
                self.cgram[usize::from(*at)] = octet & 0x1F;
                *at = (*at + 1) & 0x3F;
            }
        }
    }

    fn obey(&mut self, octet: u8) {
        match octet {
            0x80.. if octet & 0x3F <= 0x27 => self.address = Address::Display(octet & 0x7F),
            0x40..=0x7F => self.address = Address::Characters(octet & 0x3F),
            0x20..=0x3F => {
                if self.eight && octet & 0x10 == 0 {
                    self.half = None;
                }
                self.eight = octet & 0x10 != 0;
            }
            0x08..=0x0F => self.on = octet & 4 != 0,
            // Writing goes to the right; the display itself does not move.
            0x06 => {}
            0x01..=0x03 => {
                self.address = Address::Display(0);
                if octet == 1 {
                    self.ddram = [b' '; 80];
                }
                self.busy_until = Some(Instant::now() + CLEARING);
            }
            _ => self.strange += 1,
        }
    }

    /// The eight characters that can be defined, eight rows each.
    pub(crate) fn own_characters(&self) -> &[u8; 64] {
        &self.cgram
    }
}

const fn place(address: u8) -> usize {
    (if address >= 0x40 { 40 + (address & 0x3F) } else { address }) as usize
}

/// The character that the European ROM (A00) has there.
fn character(code: u8) -> char {
    match code {
        0..=15 => ['⓪', '①', '②', '③', '④', '⑤', '⑥', '⑦'][usize::from(code & 7)],
        0x5C => '¥',
        0x7E => '→',
        0x7F => '←',
        0x20..=0x7D => char::from(code),
        0xDF => '°',
        0xFF => '█',
        _ => '?',
    }
}

pub(crate) fn halves_become_characters_and_lines_continue_as_wired() {
    let mut lcd = Hd44780::default();
    let pulse = |lcd: &mut Hd44780, pins: u8| lcd.write(&[pins | LIGHT, pins | ENABLE | LIGHT, pins | LIGHT]);
    for half in [0x30, 0x30, 0x30, 0x20] {
        pulse(&mut lcd, half);
    }
    let send = |lcd: &mut Hd44780, data: bool, octet: u8| {
        for half in [octet & 0xF0, octet << 4] {
            pulse(lcd, half | u8::from(data));
        }
    };
    send(&mut lcd, false, 0x28);
    send(&mut lcd, false, 0x0C);
    send(&mut lcd, false, 0x01);
    send(&mut lcd, true, b'x');
    assert_eq!(lcd.strange(), 1, "it was still clearing");
    lcd.busy_until = None;
    for (address, text) in [(0x80, "one"), (0xC0, "two"), (0x94, "three"), (0xD4, "four\x02")] {
        send(&mut lcd, false, address);
        text.bytes().for_each(|octet| send(&mut lcd, true, octet));
    }
    assert_eq!(lcd.words(), "one\ntwo\nthree\nfour②\nlight on\n");
    send(&mut lcd, false, 0x48);
    send(&mut lcd, true, 0x1F);
    assert_eq!(lcd.own_characters()[7..10], [0x15, 0x1F, 0x15]);
    lcd.write(&[0]);
    assert!(lcd.words().ends_with("light off\n"));
}

const DATA: u8 = 0x01;
const ENABLE: u8 = 0x04;
const LIGHT: u8 = 0x08;
/// Clearing and going home take this long; everything else is done before the next octet can arrive.
const CLEARING: Duration = Duration::from_micros(1520);

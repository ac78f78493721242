//! What the controllers of OLEDs are told: after power came, to switch, and where pixels go.
//! It does not know when, nor how the octets travel. `[SSD1306 §10]` and `[SH1106 command table]` are their data sheets.
//!
//! Of the SSD1306 and the SH1106 alike only page mode is used, the one both have. Everything is set, whatever the chip
//! would do by itself: it may have been in other hands.

use crate::board::files::Controller;
use crate::board::pixels::Size;

/// What a controller must know of its panel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wiring {
    pub(super) controller: Controller,
    pub(super) size: Size,
    /// Columns left of the first pixel when it is the right way up.
    pub(super) column_offset: u8,
    pub(super) upside_down: bool,
    pub(super) contrast: u8,
}

impl Wiring {
    /// The controller off, its charge pump running, in page mode, the right way up.
    pub(super) fn initialisation(&self) -> Vec<u8> {
        let pump: &[u8] = match self.controller {
            Controller::Ssd1306 => &[],
            // On, to 8 volts. It may be told only while it is off.
            Controller::Sh1106 => &[0xAD, 0x8B, 0x32],
        };
        // Should a transfer have ended before the argument of its last command, the first one is taken for it.
        [&[NOP, OFF], pump, &self.settings()].concat()
    }

    /// The same, but what is lit stays lit, and what lost its light with its power can be switched on. The charge pump
    /// of an SH1106 is on since power came.
    pub(super) fn reminder(&self) -> Vec<u8> {
        [&[NOP][..], &self.settings()].concat()
    }

    fn settings(&self) -> Vec<u8> {
        match self.controller {
            Controller::Ssd1306 => self.ssd1306(),
            Controller::Sh1106 => self.sh1106(),
        }
    }

    /// Light or no light; the memory is kept.
    pub(super) fn switch(&self, on: bool) -> Vec<u8> {
        vec![if on { ON } else { OFF }]
    }

    /// The next pixels go to that page, from that column of the panel.
    pub(super) fn seek(&self, page: usize, column: usize) -> Vec<u8> {
        let page = u8::try_from(page).unwrap_or(0);
        let column = u8::try_from(column).unwrap_or(0).saturating_add(self.first_column());
        vec![0xB0 | page & 0x07, column & 0x0F, 0x10 | column >> 4]
    }

    /// Columns left of the first pixel: upside down they are those that were right of the last one.
    fn first_column(&self) -> u8 {
        let most = self.size.column_offset_max(self.controller);
        let offset = self.column_offset.min(most);
        if self.upside_down { most - offset } else { offset }
    }

    fn ssd1306(&self) -> Vec<u8> {
        let (remap, direction) = self.way_up();
        let mut octets = vec![
            0xD5,
            0x80, // clock: the usual rate, undivided
            0xA8,
            self.last_row(), // rows in use
            0xD3,
            0,    // the first of them
            0x40, // and of the memory
            0x8D,
            0x14, // charge pump on
            0x20,
            0x02, // page mode
            0xDA,
            self.pins(), // how rows are wired
            remap,
            direction,
            0xD9,
            0xF1, // pre-charge, discharge
            0x81,
            self.contrast,
            0xDB,
            0x20, // level of rows at rest
            0xA4, // from the memory
            0xA6, // lit is lit
            0x2E, // no scrolling
        ];
        if self.size == Size::W72H40 {
            // This panel has no resistor to set its current by: the chip's own source does.
            octets.extend([0xAD, 0x30]);
        }
        octets
    }

    fn sh1106(&self) -> Vec<u8> {
        let (remap, direction) = self.way_up();
        let shift = match (self.size, self.upside_down) {
            // This panel is bonded to the twelfth row and those after it.
            (Size::W72H40, false) => 12,
            (Size::W72H40, true) => 64 - 12,
            _ => 0,
        };
        vec![
            0xD5,
            0x80, // clock: the usual rate, undivided
            0xA8,
            self.last_row(), // rows in use
            0xD3,
            shift, // the first of them
            0x40,  // and of the memory
            remap,
            direction,
            0xDA,
            self.pins(), // how rows are wired
            0xD9,
            0x22, // pre-charge, discharge
            0x81,
            self.contrast,
            0xDB,
            0x35, // level of rows at rest
            0xA4, // from the memory
            0xA6, // lit is lit
        ]
    }

    fn last_row(&self) -> u8 {
        u8::try_from(self.size.height() - 1).unwrap_or(63)
    }

    /// From which ends columns and rows are counted.
    const fn way_up(&self) -> (u8, u8) {
        if self.upside_down { (0xA0, 0xC0) } else { (0xA1, 0xC8) }
    }

    /// Whether even rows of the panel hang on one side of the controller and odd ones on the other.
    const fn pins(&self) -> u8 {
        if matches!(self.size, Size::W128H32 | Size::W96H16) { 0x02 } else { 0x12 }
    }
}

/// The command that does nothing.
pub(super) const NOP: u8 = 0xE3;
const OFF: u8 = 0xAE;
const ON: u8 = 0xAF;

#[cfg(test)]
mod tests {
    use super::*;

    fn wiring(controller: Controller, size: Size) -> Wiring {
        let column_offset = size.column_offset(controller);
        Wiring { controller, size, column_offset, upside_down: false, contrast: 0x8F }
    }

    #[test]
    fn an_ssd1306_is_told_all_it_needs() {
        let octets = wiring(Controller::Ssd1306, Size::W128H64).initialisation();
        let expected = [
            0xE3, 0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x02, 0xDA, 0x12, 0xA1,
            0xC8, 0xD9, 0xF1, 0x81, 0x8F, 0xDB, 0x20, 0xA4, 0xA6, 0x2E,
        ];
        assert_eq!(octets, expected);
        let flat = Wiring { upside_down: true, contrast: 7, ..wiring(Controller::Ssd1306, Size::W128H32) };
        let expected = [
            0xE3, 0xAE, 0xD5, 0x80, 0xA8, 0x1F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x02, 0xDA, 0x02, 0xA0,
            0xC0, 0xD9, 0xF1, 0x81, 0x07, 0xDB, 0x20, 0xA4, 0xA6, 0x2E,
        ];
        assert_eq!(flat.initialisation(), expected);
        let tiny = wiring(Controller::Ssd1306, Size::W72H40).initialisation();
        assert_eq!(tiny[4..6], [0xA8, 0x27]);
        assert_eq!(tiny[13..15], [0xDA, 0x12]);
        assert_eq!(tiny[26..], [0xAD, 0x30]);
    }

    #[test]
    fn an_sh1106_is_told_all_it_needs_and_nothing_it_lacks() {
        let octets = wiring(Controller::Sh1106, Size::W128H64).initialisation();
        let expected = [
            0xE3, 0xAE, 0xAD, 0x8B, 0x32, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0xA1, 0xC8, 0xDA, 0x12,
            0xD9, 0x22, 0x81, 0x8F, 0xDB, 0x35, 0xA4, 0xA6,
        ];
        assert_eq!(octets, expected);
        let tiny = Wiring { upside_down: true, ..wiring(Controller::Sh1106, Size::W72H40) };
        let octets = tiny.initialisation();
        assert_eq!(octets[7..11], [0xA8, 0x27, 0xD3, 52]);
        assert_eq!(octets[12..16], [0xA0, 0xC0, 0xDA, 0x12]);
    }

    #[test]
    fn a_reminder_says_all_of_it_but_nothing_that_takes_the_light() {
        for size in Size::ALL {
            let octets = |controller| {
                let wiring = wiring(controller, size);
                (wiring.initialisation(), wiring.reminder())
            };
            let (first, again) = octets(Controller::Ssd1306);
            assert_eq!(
                (&first[..2], &again[..1], &again[1..]),
                (&[0xE3, 0xAE][..], &[0xE3][..], &first[2..])
            );
            assert!(
                again.windows(2).any(|pair| pair == [0x8D, 0x14]),
                "its charge pump is off since power came"
            );
            let (first, again) = octets(Controller::Sh1106);
            assert_eq!(
                (&first[..2], &again[..1], &again[1..]),
                (&[0xE3, 0xAE][..], &[0xE3][..], &first[5..])
            );
        }
    }

    #[test]
    fn every_size_is_multiplexed_and_wired_as_its_panels_are() {
        let expected = [
            (Size::W128H64, 0x3F, 0x12),
            (Size::W128H32, 0x1F, 0x02),
            (Size::W96H16, 0x0F, 0x02),
            (Size::W72H40, 0x27, 0x12),
            (Size::W64H48, 0x2F, 0x12),
            (Size::W64H32, 0x1F, 0x12),
        ];
        for (size, rows, pins) in expected {
            for controller in [Controller::Ssd1306, Controller::Sh1106] {
                let octets = wiring(controller, size).initialisation();
                assert!(octets.len() <= 31, "{controller:?} {size:?}: one transfer");
                let multiplexed = octets.windows(2).any(|pair| pair == [0xA8, rows]);
                assert!(multiplexed, "{controller:?} {size:?}: {octets:x?}");
                let wired = octets.windows(2).any(|pair| pair == [0xDA, pins]);
                assert!(wired, "{controller:?} {size:?}: {octets:x?}");
            }
        }
    }

    #[test]
    fn pixels_go_right_of_the_columns_nobody_sees_whichever_way_up() {
        let seek = |controller, size, upside_down| {
            let wiring = Wiring { upside_down, ..wiring(controller, size) };
            wiring.seek(3, 20)
        };
        assert_eq!(seek(Controller::Ssd1306, Size::W128H64, false), [0xB3, 0x04, 0x11]);
        assert_eq!(seek(Controller::Sh1106, Size::W128H64, false), [0xB3, 0x06, 0x11]);
        assert_eq!(seek(Controller::Sh1106, Size::W128H64, true), [0xB3, 0x06, 0x11]);
        assert_eq!(seek(Controller::Ssd1306, Size::W96H16, false), [0xB3, 0x04, 0x11]);
        assert_eq!(seek(Controller::Ssd1306, Size::W96H16, true), [0xB3, 0x04, 0x13], "32 on the other side");
        assert_eq!(seek(Controller::Sh1106, Size::W64H32, true), [0xB3, 0x08, 0x13], "36 on the other side");
        assert_eq!(seek(Controller::Ssd1306, Size::W72H40, true), [0xB3, 0x00, 0x13]);
    }
}

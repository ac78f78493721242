//! What OLEDs and their controllers have in common: the panel, the commands about it, and transfers that are commands or
//! data. It does not know how a controller addresses its memory.

use super::Part;
use super::glass::Glass;

/// What makes a controller itself.
pub(super) trait Controller: Default + Send {
    /// What it answers to a read while its panel is on.
    const STATUS: u8;

    fn command(&mut self, octet: u8);
    fn data(&mut self, octet: u8);
    fn panel(&self) -> &Panel;
    fn glass(&self) -> Glass;
}

impl<C: Controller> Part for C {
    /// Each control octet says what follows: one octet, or all that is left.
    fn write(&mut self, transfer: &[u8]) {
        let mut rest = transfer;
        while let [control, after @ ..] = rest {
            let goes_on = control & 0x80 != 0;
            let length = if goes_on { after.len().min(1) } else { after.len() };
            let (these, later) = after.split_at(length);
            for &octet in these {
                if control & 0x40 != 0 { self.data(octet) } else { self.command(octet) }
            }
            rest = later;
        }
    }

    fn read(&mut self) -> u8 {
        if self.panel().on { C::STATUS } else { C::STATUS | 0x40 }
    }

    fn power_comes_back(&mut self) {
        *self = Self::default();
    }

    fn words(&self) -> String {
        self.glass().text()
    }

    fn strange(&self) -> usize {
        self.panel().strange
    }
}

/// A panel, and how its controller was told to drive it.
#[derive(Default)]
pub(super) struct Panel {
    on: bool,
    pub(super) pump: bool,
    inverted: bool,
    all_on: bool,
    /// Segments and rows as a panel the right way up needs them.
    upright: (bool, bool),
    start: usize,
    /// Octets that made no sense to the controller.
    pub(super) strange: usize,
}

impl Panel {
    /// A panel as power finds it. `pump` says whether its own voltage is there without being asked for.
    pub(super) fn new(pump: bool) -> Self {
        Self { pump, ..Self::default() }
    }

    /// A command of one octet that every controller knows.
    pub(super) fn command(&mut self, octet: u8) {
        match octet {
            0x40..=0x7F => self.start = usize::from(octet & 0x3F),
            0xA0 | 0xA1 => self.upright.0 = octet == 0xA1,
            0xA4 | 0xA5 => self.all_on = octet == 0xA5,
            0xA6 | 0xA7 => self.inverted = octet == 0xA7,
            0xAE | 0xAF => self.on = octet == 0xAF,
            0xC0 | 0xC8 => self.upright.1 = octet == 0xC8,
            // Nothing, by its own name.
            0xE3 => {}
            _ => self.strange += 1,
        }
    }

    /// What it shows of a memory in which `is_set` knows the pixels, by column and row.
    pub(super) fn glass(&self, is_set: impl Fn(usize, usize) -> bool) -> Glass {
        let lit = |x: usize, y: usize| {
            let column = if self.upright.0 { x } else { WIDTH - 1 - x };
            let row = (if self.upright.1 { y } else { HEIGHT - 1 - y } + self.start) % HEIGHT;
            self.on && self.pump && (self.all_on || is_set(column, row) != self.inverted)
        };
        Glass::of(WIDTH, HEIGHT, lit)
    }
}

pub(super) const WIDTH: usize = 128;
const HEIGHT: usize = 64;
/// Rows of octets, each eight pixels high.
pub(super) const PAGES: usize = HEIGHT / 8;
/// What memory holds after power came: anything, but not what was there, and nothing that looks right.
pub(super) const NOISE: u8 = 0xA5;

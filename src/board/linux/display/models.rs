//! Displays of the imagination, as their datasheets describe them as far as we use them: what a bus carries to them
//! becomes what people would see.
//! They do not know the drivers they prove.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use embedded_hal::digital::{ErrorType as LineErrorType, OutputPin};
use embedded_hal::i2c::{self, ErrorKind, I2c, NoAcknowledgeSource};
use embedded_hal::spi::{self, SpiDevice};

use super::characters::Grid;
use super::port::{COMMANDS, PIXELS};
use crate::board::files::Controller;
use crate::board::pixels::{Picture, Size};
use crate::frame::Screen;
use crate::time::{Duration, Instant};

/// A bus, what goes wrong on it, and the display at its end.
#[derive(Debug)]
pub(in crate::board::linux) struct Wire {
    pub(in crate::board::linux) clock: Rc<Cell<Instant>>,
    /// When each transfer began, and how many octets it had.
    pub(in crate::board::linux) log: Vec<(Instant, usize)>,
    /// Transfers to refuse, counted down; so many octets of each arrive before.
    pub(in crate::board::linux) naks: usize,
    pub(in crate::board::linux) naks_after: usize,
    pub(in crate::board::linux) powered: bool,
    /// How long a transfer takes.
    pub(in crate::board::linux) takes: Duration,
    pub(super) end: End,
}

#[derive(Debug)]
pub(super) enum End {
    Glass(Glass),
    Letters(Lcd),
}

impl Wire {
    fn to(end: End) -> Self {
        let clock = Rc::default();
        let (log, takes) = (Vec::new(), Duration::ZERO);
        Self { clock, log, naks: 0, naks_after: 0, powered: true, takes, end }
    }

    /// A transfer: how many of its octets arrive. Time passes.
    fn carries(&mut self, octets: usize) -> Result<usize, usize> {
        self.log.push((self.clock.get(), octets));
        self.clock.set(self.clock.get() + self.takes);
        if !self.powered {
            return Err(0);
        }
        if self.naks > 0 {
            self.naks -= 1;
            return Err(self.naks_after.min(octets));
        }
        Ok(octets)
    }

    /// The power goes and comes back.
    pub(in crate::board::linux) fn power_cycle(&mut self) {
        self.powered = true;
        match &mut self.end {
            End::Glass(glass) => glass.starts(),
            End::Letters(lcd) => lcd.starts(self.clock.get()),
        }
    }

    pub(super) fn shows(&self, screen: &Screen) -> bool {
        match &self.end {
            End::Glass(glass) => glass.shows(screen),
            End::Letters(lcd) => lcd.shows(screen),
        }
    }

    /// Whether light or characters were taken since the last look.
    pub(super) fn flickered(&mut self) -> bool {
        match &mut self.end {
            End::Glass(glass) => std::mem::take(&mut glass.flickered),
            End::Letters(lcd) => std::mem::take(&mut lcd.flickered),
        }
    }

    pub(super) fn is_dark(&self) -> bool {
        match &self.end {
            End::Glass(glass) => !glass.on,
            // Before the first transfer all lines of an expander are high.
            End::Letters(lcd) => lcd.lines & 0x08 == 0 || lcd.lines == 0xFF,
        }
    }
}

/// An I2C bus with one display.
#[derive(Clone, Debug)]
pub(in crate::board::linux) struct I2cBus(pub(in crate::board::linux) Rc<RefCell<Wire>>);

impl Default for I2cBus {
    fn default() -> Self {
        Self::glass(Controller::Ssd1306, Size::W128H64)
    }
}

impl I2cBus {
    pub(in crate::board::linux) fn glass(controller: Controller, size: Size) -> Self {
        Self(Rc::new(RefCell::new(Wire::to(End::Glass(Glass::new(controller, size))))))
    }

    pub(in crate::board::linux) fn letters(columns: u8, rows: u8) -> Self {
        Self(Rc::new(RefCell::new(Wire::to(End::Letters(Lcd::new(columns, rows))))))
    }

    pub(in crate::board::linux) fn transfers(&self) -> usize {
        self.0.borrow().log.len()
    }

    pub(in crate::board::linux) fn shows(&self, screen: &Screen) -> bool {
        self.0.borrow().shows(screen)
    }

    pub(in crate::board::linux) fn is_dark(&self) -> bool {
        self.0.borrow().is_dark()
    }
}

impl i2c::ErrorType for I2cBus {
    type Error = ErrorKind;
}

impl I2c for I2cBus {
    fn transaction(&mut self, address: u8, operations: &mut [i2c::Operation<'_>]) -> Result<(), ErrorKind> {
        assert_eq!((address, operations.len()), (0x3C, 1));
        let i2c::Operation::Write(octets) = &operations[0] else { panic!("nothing is read") };
        let mut wire = self.0.borrow_mut();
        let now = wire.clock.get();
        let carried = wire.carries(octets.len());
        let arrived = &octets[..carried.unwrap_or_else(|arrived| arrived)];
        match (&mut wire.end, arrived.split_first()) {
            (End::Letters(lcd), _) => lcd.levels(now, arrived),
            (End::Glass(glass), Some((&PIXELS, pixels))) => glass.pixels(pixels),
            (End::Glass(glass), Some((&COMMANDS, commands))) => glass.commands(commands),
            (End::Glass(_), None) => {}
            (End::Glass(_), Some(_)) => panic!("no control octet"),
        }
        carried.map(drop).map_err(|_| ErrorKind::NoAcknowledge(NoAcknowledgeSource::Data))
    }
}

/// An SPI bus with one display; `high` is its data/command line.
#[derive(Clone, Debug)]
pub(in crate::board::linux) struct SpiBus {
    pub(super) wire: Rc<RefCell<Wire>>,
    pub(super) data: Line,
    pub(super) reset: Line,
}

/// A line, and how often it fell.
#[derive(Clone, Debug, Default)]
pub(super) struct Line(pub(super) Rc<Cell<bool>>, pub(super) Rc<Cell<usize>>);

impl SpiBus {
    pub(super) fn glass(controller: Controller, size: Size) -> Self {
        let I2cBus(wire) = I2cBus::glass(controller, size);
        Self { wire, data: Line::default(), reset: Line::default() }
    }
}

impl spi::ErrorType for SpiBus {
    type Error = spi::ErrorKind;
}

impl SpiDevice for SpiBus {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), spi::ErrorKind> {
        let [spi::Operation::Write(octets)] = operations else { panic!("one write") };
        assert!(!self.reset.0.get(), "a controller that is reset hears nothing");
        let mut wire = self.wire.borrow_mut();
        let carried = wire.carries(octets.len());
        let arrived = &octets[..carried.unwrap_or_else(|arrived| arrived)];
        let End::Glass(glass) = &mut wire.end else { panic!("no characters here") };
        if self.data.0.get() {
            glass.pixels(arrived)
        } else {
            glass.commands(arrived)
        }
        carried.map(drop).map_err(|_| spi::ErrorKind::Other)
    }
}

impl LineErrorType for Line {
    type Error = std::convert::Infallible;
}

impl OutputPin for Line {
    fn set_low(&mut self) -> Result<(), Self::Error> {
        self.1.set(self.1.get() + usize::from(self.0.replace(false)));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Self::Error> {
        self.0.set(true);
        Ok(())
    }
}

/// An OLED.
#[derive(Debug)]
pub(super) struct Glass {
    controller: Controller,
    size: Size,
    memory: Vec<u8>,
    page: usize,
    column: usize,
    pub(super) on: bool,
    pump: bool,
    /// Whether the last column of the memory is the first of the panel's wires.
    remapped: bool,
    /// A command that waits for its argument.
    pending: Option<u8>,
    /// Whether it was switched off.
    flickered: bool,
}

impl Glass {
    fn new(controller: Controller, size: Size) -> Self {
        let memory = vec![0xA5; usize::from(controller.columns()) * 8];
        // The charge pump of an SH1106 needs no command, that of an SSD1306 does.
        let (on, pump, remapped) = (false, controller == Controller::Sh1106, false);
        let (pending, flickered) = (None, false);
        Self { controller, size, memory, page: 0, column: 0, on, pump, remapped, pending, flickered }
    }

    fn starts(&mut self) {
        let (controller, size) = (self.controller, self.size);
        *self = Self::new(controller, size);
        self.memory.fill(0x5A);
    }

    fn pixels(&mut self, octets: &[u8]) {
        let columns = usize::from(self.controller.columns());
        for octet in octets {
            self.memory[self.page * columns + self.column] = *octet;
            self.column = match self.controller {
                Controller::Ssd1306 => (self.column + 1) % columns,
                Controller::Sh1106 => (self.column + 1).min(columns - 1),
            };
        }
    }

    fn commands(&mut self, octets: &[u8]) {
        for octet in octets {
            match self.pending.take() {
                Some(command) => self.argument(command, *octet),
                None => self.command(*octet),
            }
        }
    }

    fn command(&mut self, command: u8) {
        let takes_argument = matches!(command, 0x81 | 0xA8 | 0xAD | 0xD3 | 0xD5 | 0xD9 | 0xDA | 0xDB);
        match (self.controller, command) {
            (_, 0x00..=0x0F) => self.column = self.column & 0xF0 | usize::from(command),
            (_, 0x10..=0x1F) => self.column = self.column & 0x0F | usize::from(command & 0x0F) << 4,
            (_, 0xB0..=0xB7) => self.page = usize::from(command & 7),
            (_, 0xAE) => (self.on, self.flickered) = (false, true),
            (_, 0xAF) => self.on = self.pump,
            (_, 0xA0 | 0xA1) => self.remapped = command == 0xA1,
            (Controller::Ssd1306, 0x20 | 0x8D) => self.pending = Some(command),
            (Controller::Sh1106, 0x30..=0x33) | (Controller::Ssd1306, 0x2E) => {}
            (_, 0x40..=0x7F | 0xA4 | 0xA6 | 0xC0 | 0xC8 | 0xE3) => {}
            _ if takes_argument => self.pending = Some(command),
            _ => panic!("{:?} has no command {command:#04x}", self.controller),
        }
    }

    fn argument(&mut self, command: u8, argument: u8) {
        let forbidden = self.on && (self.controller, command) == (Controller::Sh1106, 0xAD);
        assert!(!forbidden, "its charge pump may be set only while it is off");
        match (self.controller, command) {
            // It was meant for nothing, after a transfer that ended too early.
            _ if argument == 0xE3 => {}
            (Controller::Ssd1306, 0x8D) => self.pump = argument == 0x14,
            (Controller::Sh1106, 0xAD) => self.pump = argument == 0x8B,
            (_, 0x20) => assert_eq!(argument, 2, "page mode"),
            (_, 0xA8) => assert_eq!(usize::from(argument) + 1, self.size.height()),
            _ => {}
        }
    }

    /// Whether a person would see that, looking at it from the side the remapping is for.
    fn shows(&self, screen: &Screen) -> bool {
        let picture = Picture::of(screen, self.size);
        let columns = usize::from(self.controller.columns());
        let offset = usize::from(self.size.column_offset(self.controller));
        // The panel is bonded to the same wires whichever way up it is.
        let first = if self.remapped { offset } else { columns - self.size.width() - offset };
        let shown = |page: usize| &self.memory[page * columns + first..][..self.size.width()];
        self.on == screen.lit && (0..self.size.height() / 8).all(|page| shown(page) == picture.page(page))
    }
}

/// A panel of characters behind an expander.
#[derive(Debug)]
pub(super) struct Lcd {
    size: (u8, u8),
    memory: [u8; 128],
    address: u8,
    /// Whether octets come whole; each enable then brings the upper half of one.
    whole: bool,
    /// The half of an octet that came already.
    half: Option<u8>,
    /// How often it was told since power came that octets come whole.
    woken: u8,
    on: bool,
    /// Whether it was switched off or cleared, or its backlight was.
    flickered: bool,
    two_rows: bool,
    /// Levels of the expander's lines.
    pub(super) lines: u8,
    /// It takes nothing before then; beyond the time of day, microseconds within a transfer.
    busy_until: Instant,
    busy_us: u32,
}

impl Lcd {
    fn new(columns: u8, rows: u8) -> Self {
        Self {
            size: (columns, rows),
            memory: [0xA5; 128],
            address: 0,
            whole: true,
            half: None,
            woken: 0,
            on: false,
            flickered: false,
            two_rows: false,
            lines: 0xFF,
            busy_until: Instant::from_millis(41),
            busy_us: 0,
        }
    }

    /// Power came; or only its neighbours lost it, and it waits for halves as before.
    fn starts(&mut self, now: Instant) {
        let (whole, half) = (now.as_millis().is_multiple_of(2), (now.as_millis() % 3 == 1).then_some(4));
        *self = Self::new(self.size.0, self.size.1);
        self.memory.fill(0x5A);
        self.busy_until = now + Duration::from_millis(41);
        if !whole {
            (self.whole, self.half, self.woken) = (false, half, 3);
        }
    }

    /// Levels, one set after the other: 22 microseconds each, on the quicker bus.
    fn levels(&mut self, now: Instant, octets: &[u8]) {
        for (us, octet) in (0..).step_by(22).zip(octets) {
            let fell = self.lines & 0x04 != 0 && octet & 0x04 == 0;
            let rose = self.lines & 0x04 == 0 && octet & 0x04 != 0;
            assert!(!rose || self.lines & 0x03 == octet & 0x03, "register select moves with enable");
            // What the first level after power makes of the lines is noise.
            if fell && self.lines != 0xFF {
                assert!(now >= self.busy_until && us >= self.busy_us, "it is still at work");
                assert_eq!(octet & 0x02, 0, "nothing is read");
                self.takes(now, us, octet >> 4, octet & 0x01 != 0);
            }
            self.flickered |= octet & 0x08 == 0;
            self.lines = *octet;
        }
        self.busy_us = 0;
    }

    fn takes(&mut self, now: Instant, us: u32, half: u8, data: bool) {
        let octet = if self.whole {
            half << 4
        } else {
            let Some(upper) = self.half.take() else {
                self.half = Some(half);
                return;
            };
            upper << 4 | half
        };
        // Between the end of this and the first half of the next.
        self.busy_us = us + 37 + 22;
        if data {
            self.memory[usize::from(self.address & 0x7F)] = octet;
            self.advance();
        } else {
            self.instruction(now, octet);
        }
    }

    fn advance(&mut self) {
        self.address = match (self.two_rows, self.address) {
            (true, 0x27) => 0x40,
            (true, 0x67) | (false, 0x4F) => 0,
            (_, address) => address.wrapping_add(1),
        };
    }

    fn instruction(&mut self, now: Instant, octet: u8) {
        let takes = |ms| now + Duration::from_millis(ms);
        match octet {
            0x80.. => self.address = octet & 0x7F,
            0x30..=0x3F => {
                // Milliseconds it wants, and one more: instants are whole ones.
                self.busy_until = match self.woken {
                    0 => takes(6),
                    1 => takes(2),
                    _ => now,
                };
                (self.whole, self.half, self.woken) = (true, None, self.woken + 1);
            }
            0x20..=0x2F => (self.whole, self.two_rows) = (false, octet & 0x08 != 0),
            0x08..=0x0F => {
                self.on = octet & 0x04 != 0;
                self.flickered |= !self.on;
            }
            0x01 => {
                self.flickered = true;
                self.memory.fill(b' ');
                (self.address, self.busy_until) = (0, takes(3));
            }
            0x02 | 0x03 => (self.address, self.busy_until) = (0, takes(3)),
            _ => {}
        }
    }

    fn shows(&self, screen: &Screen) -> bool {
        let (columns, rows) = self.size;
        let grid = Grid::of(screen, columns, rows);
        let starts = [0, 0x40, columns, 0x40 + columns];
        let lit = self.lines & 0x08 != 0;
        let shown = |row: u8| {
            let start = usize::from(starts[usize::from(row)]);
            self.memory[start..][..columns.into()] == *grid.row(row.into())
        };
        self.on && lit == screen.lit && self.two_rows == (rows > 1) && (0..rows).all(shown)
    }
}

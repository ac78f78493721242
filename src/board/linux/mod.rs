//! The board of a real machine: LEDs, buttons and a display on the lines and buses of a Linux board.
//! It knows what to do when something is missing; how lines are found and buses opened stands in `kernel`.
//!
//! Whatever is missing, taken or broken is left out, said once, and tried again; nothing here ends the program.

mod breaker;
mod chips;
mod darken;
mod display;
mod faults;
mod kernel;
mod keys;
mod lamps;
mod light;
mod lines;
mod slot;
pub mod survey;

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use smol::Timer;

use self::breaker::{PROBE_AFTER, Turn};
use self::display::Display;
use self::keys::Keys;
use self::lamps::Lamps;
use crate::board::files::{self, BoardFile, Line};
use crate::board::{Event, Part, Setup, clock_since};
use crate::frame::{Frame, Screen};
use crate::nearest;
use crate::time::{self, Duration, Instant};

pub use kernel::Kernel;
pub use keys::{Edge, Edges};
pub use lines::{Lines, Place};

/// What a machine offers.
pub trait Hal {
    /// A line that drives something.
    type Pin: OutputPin<Error: fmt::Display>;
    /// A line that a button drives.
    type Edges: Edges;
    /// An I2C bus with a display.
    type Bus: I2c<Error: fmt::Display>;
    /// A device behind SPI: a strip of LEDs, or a display.
    type Spi: SpiDevice<Error: fmt::Display>;

    /// The chip that a line is on: the same for all lines that a bus would hold together. No bus is asked.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn chip(&mut self, line: &Line) -> Result<PathBuf, String>;
    /// Takes a line as an output, off.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn output(&mut self, line: &Line, active_low: bool) -> Result<Self::Pin, String>;
    /// Takes a line as the input of a button. If the machine can tell bounces of up to `debounce` from edges, it does;
    /// else it tells them all.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn input(&mut self, button: &files::Button, debounce: Duration) -> Result<Self::Edges, String>;
    /// Opens a bus.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn bus(&mut self, path: &Path) -> Result<Self::Bus, String>;
    /// Opens a device behind SPI: mode 0, most significant bit first, at most `speed` hertz.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn spi(&mut self, path: &Path, speed: u32) -> Result<Self::Spi, String>;
    /// Where the LED class is.
    fn classes(&self) -> &Path;

    /// What tells the time, if `started` is [`Instant::START`].
    #[must_use]
    fn clock(started: std::time::Instant) -> impl Fn() -> Instant + Copy {
        clock_since(started)
    }

    /// Holds the thread for so long.
    fn sleep(lasts: Duration) {
        std::thread::sleep(lasts);
    }
}

/// The board of a real machine.
pub struct Linux<H: Hal = Kernel> {
    setup: Setup,
    hal: H,
    lamps: Lamps<H::Pin, H::Spi>,
    /// Whether the last transfer was that of the strip.
    strip_was_last: bool,
    keys: Keys<H::Edges>,
    display: Option<Display<H::Bus, H::Spi, H::Pin>>,
    /// When it has its next turn.
    display_at: Option<Instant>,
    /// Why it is missing, if it is.
    display_lost: Option<String>,
    shown: Option<Screen>,
}

impl<H: Hal> fmt::Debug for Linux<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linux").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Linux {
    /// The board of this machine, wired as `file` says.
    ///
    /// # Errors
    /// A sentence, if the configuration names a LED or a button that the file does not have. What the file has and the
    /// machine lacks is no error.
    pub fn open(file: &BoardFile, setup: Setup) -> Result<Self, String> {
        Self::on(Kernel, file, setup)
    }
}

impl<H: Hal> Linux<H> {
    /// [`Linux::open`] on another machine.
    ///
    /// # Errors
    /// As there.
    pub fn on(hal: H, file: &BoardFile, setup: Setup) -> Result<Self, String> {
        let lamps = Lamps::of(file, &setup.leds)?;
        let keys = Keys::of(file, &setup.buttons)?;
        let display = file.display.as_ref().map(Display::new);
        let display_at = display.is_some().then_some(Instant::START);
        let mut board = Self {
            setup,
            hal,
            lamps,
            strip_was_last: false,
            keys,
            display,
            display_at,
            display_lost: None,
            shown: None,
        };
        let clock = board.clock();
        board.keys.try_missing(&mut board.hal, &clock);
        board.lamps.turn(clock(), &mut board.hal, &clock);
        Ok(board)
    }

    /// Columns and rows of text its display has room for, if it has one.
    pub(super) fn room(&self) -> Option<(u8, u8)> {
        self.display.as_ref().map(Display::room)
    }

    /// Why a part can't be used now, as [`crate::board::Board::missing`] says.
    #[must_use]
    pub fn missing(&self, part: Part) -> Option<&str> {
        match part {
            Part::Led(place) => self.lamps.missing(place),
            Part::Button(place) => self.keys.missing(place),
            Part::Display => self.display_lost.as_deref(),
        }
    }

    /// Shows a frame: LEDs at once, strip and display little by little while [`Linux::next`] is awaited.
    ///
    /// # Errors
    /// None: what fails is logged and tried again.
    pub fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        self.lamps.show(now, &frame.leds, &self.clock());
        self.show_screen(now, &frame.screen);
        Ok(())
    }

    /// The next edge of a button. Lights blink, the display is drawn, and what is missing is looked for, while this is
    /// awaited. Edges come before transfers: a bus may hold the thread.
    ///
    /// # Errors
    /// None.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.waiting_edge() {
                return Ok(event);
            }
            let now = self.clock()();
            let due = self.turn(now);
            let started = self.setup.started;
            let pause = async {
                match due {
                    // The rest of the program has its turn between two transfers.
                    Some(due) if due <= now => smol::future::yield_now().await,
                    Some(due) => drop(Timer::at(started + due.since(Instant::START)).await),
                    None => smol::future::pending().await,
                }
            };
            let (clock, keys) = (self.clock(), &mut self.keys);
            smol::future::or(poll_fn(|cx| keys.poll_more(&clock, cx)), pause).await;
        }
    }

    /// The oldest edge that was not told yet. Answers at once; no bus is used.
    pub fn waiting_edge(&mut self) -> Option<Event> {
        self.keys.waiting(&self.clock())
    }

    fn clock(&self) -> impl Fn() -> Instant + Copy + use<H> {
        H::clock(self.setup.started)
    }

    /// Does what is due: blinks, looks for what is missing, makes at most one transfer. Says when the next turn is.
    fn turn(&mut self, now: Instant) -> Option<Instant> {
        let clock = self.clock();
        // What held the thread was as long as a turn may be: whoever comes behind it has the next one.
        let held =
            self.lamps.turn(now, &mut self.hal, &clock) || self.keys.try_missing(&mut self.hal, &clock);
        if !held {
            self.transfer(now);
        }
        let parts = time::earlier(self.lamps.due(now), self.keys.due());
        time::earlier(parts, self.display_at)
    }

    /// At most one transfer: where both want one, the strip and the display take turns.
    fn transfer(&mut self, now: Instant) {
        let drawing = self.display_at.is_some_and(|at| at <= now);
        self.strip_was_last = self.lamps.wants_transfer(now) && !(drawing && self.strip_was_last);
        if self.strip_was_last {
            let clock = self.clock();
            self.lamps.feed(&mut self.hal, clock);
        } else if drawing {
            self.draw(now);
        }
    }

    fn show_screen(&mut self, now: Instant, screen: &Screen) {
        if let Some(display) = &mut self.display
            && self.shown.as_ref() != Some(screen)
        {
            display.show(screen);
            self.shown = Some(screen.clone());
            // One that does not answer says itself when it is tried next.
            self.display_at = Some(now);
        }
    }

    /// One step of the display: at most one transfer.
    fn display_turn(&mut self) -> Turn {
        let clock = self.clock();
        let Some(display) = &mut self.display else { return Turn::Done };
        display.turn(clock, |wires| display::open(&mut self.hal, wires))
    }

    fn draw(&mut self, now: Instant) {
        self.display_at = match self.display_turn() {
            Turn::Done => None,
            Turn::More => Some(now),
            Turn::Wait(at) => Some(at),
            Turn::Lost(why, at) => {
                faults::missing("display", &why, PROBE_AFTER);
                self.display_lost = Some(why);
                Some(at)
            }
            Turn::Back => {
                faults::back("display");
                self.display_lost = None;
                Some(now)
            }
        };
    }
}

fn no_such(kind: &str, name: &str, known: Vec<&str>) -> String {
    let hint = if known.is_empty() { "it has none".into() } else { nearest::hint(name, known) };
    format!("the board has no {kind} \"{}\"; {hint}", crate::text::Shown(name))
}

#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;

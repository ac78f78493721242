//! A display on its bus: one transfer of at most 32 octets a turn, only what changed, and a display that is not there, or
//! hangs, or comes back, is nothing to stop for.
//! It does not know Linux, nor what the octets mean: that know `oled` and `letters`, the panels there are.

mod characters;
mod controller;
mod letters;
mod oled;
mod port;

use std::fmt;

use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;

use self::letters::Letters;
use self::oled::Oled;
use super::breaker::{Breaker, LONG, PROBE_AFTER, Turn, Verdict};
use crate::board::files::{self, DisplayWires};
use crate::frame::Screen;
use crate::time::{Duration, Instant};

pub(super) use self::port::{Port, open};

/// A display and what we know of it.
#[derive(Debug)]
pub(super) struct Display<B, S, P> {
    wires: DisplayWires,
    room: (u8, u8),
    panel: Panel,
    port: Option<Port<B, S, P>>,
    breaker: Breaker,
    /// When it was told everything last.
    told_at: Instant,
    lit: bool,
    /// Whether a transfer failed since: it may have lost its power for a moment.
    doubted: bool,
    /// Whether it was said that it is lost: until it shows everything again.
    lost: bool,
}

/// What a panel wants to happen next.
#[derive(Debug, PartialEq, Eq)]
enum Want {
    Nothing,
    /// Its controller is at work until then.
    Wait(Instant),
    Send(Transfer),
}

/// One transfer, without what a bus adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Transfer {
    /// Commands for the controller of an OLED.
    Commands(Vec<u8>),
    /// Pixels for its memory.
    Pixels(Vec<u8>),
    /// Levels of the eight lines of a port expander, one set after the other.
    Levels(Vec<u8>),
    /// No octets: the reset line of an OLED becomes active, or not.
    Reset(bool),
}

/// The panels there are. Each says what it wants next and is told how that went; none of them knows a bus.
#[derive(Debug)]
enum Panel {
    Oled(Box<Oled>),
    Letters(Box<Letters>),
}

impl Panel {
    fn of(display: &files::Display) -> Self {
        match display.panel {
            files::Panel::Oled { controller, size, column_offset } => {
                let reset = matches!(display.wires, DisplayWires::Spi { reset: Some(_), .. });
                let wiring = controller::Wiring {
                    controller,
                    size,
                    column_offset,
                    upside_down: display.upside_down,
                    contrast: display.contrast,
                };
                Self::Oled(Box::new(Oled::new(wiring, reset)))
            }
            files::Panel::Characters { columns, rows } => {
                Self::Letters(Box::new(Letters::new(columns, rows)))
            }
        }
    }

    /// From now on it shows this.
    fn show(&mut self, screen: &Screen) {
        match self {
            Self::Oled(oled) => oled.show(screen),
            Self::Letters(letters) => letters.show(screen),
        }
    }

    /// What it wants next.
    fn want(&mut self, now: Instant) -> Want {
        match self {
            Self::Oled(oled) => oled.want(now),
            Self::Letters(letters) => letters.want(now),
        }
    }

    /// What it wanted arrived.
    fn arrived(&mut self, now: Instant) {
        match self {
            Self::Oled(oled) => oled.arrived(now),
            Self::Letters(letters) => letters.arrived(now),
        }
    }

    /// Whether what it wanted arrived is anybody's guess.
    fn doubts(&mut self) {
        match self {
            Self::Oled(oled) => oled.doubts(),
            Self::Letters(letters) => letters.begins_anew(),
        }
    }

    /// It may have lost its power meanwhile.
    fn begins_anew(&mut self) {
        match self {
            Self::Oled(oled) => oled.begins_anew(),
            Self::Letters(letters) => letters.begins_anew(),
        }
    }

    /// It is told everything again, lit as it is.
    fn refresh(&mut self) {
        match self {
            Self::Oled(oled) => oled.refresh(),
            Self::Letters(letters) => letters.refresh(),
        }
    }

    /// The shortest transfer that changes nothing.
    fn probe(&self) -> Transfer {
        match self {
            Self::Oled(_) => Transfer::Commands(vec![controller::NOP]),
            Self::Letters(letters) => letters.probe(),
        }
    }
}

impl<B, S, P> Display<B, S, P>
where
    B: I2c<Error: fmt::Display>,
    S: SpiDevice<Error: fmt::Display>,
    P: OutputPin<Error: fmt::Display>,
{
    /// The display a board file describes, dark.
    pub(super) fn new(display: &files::Display) -> Self {
        Self {
            wires: display.wires.clone(),
            room: display.panel.room(),
            panel: Panel::of(display),
            port: None,
            breaker: Breaker::new(),
            told_at: Instant::START,
            lit: false,
            doubted: false,
            lost: false,
        }
    }

    /// Columns and rows of text it has room for.
    pub(super) const fn room(&self) -> (u8, u8) {
        self.room
    }

    /// From now on it shows this. A display that lost its power and nobody noticed comes to its senses: it is told
    /// everything afresh when it is lit, and when something changes on one that was not told so for a minute.
    pub(super) fn show(&mut self, screen: &Screen) {
        self.panel.show(screen);
        self.lit = screen.lit;
    }

    /// Its next transfer may go at once: whoever asks has no time to wait.
    pub(super) const fn hurry(&mut self) {
        self.breaker.hurry();
    }

    /// One step: at most one transfer. `clock` tells how long it takes, `open` opens the wires when they are not.
    pub(super) fn turn(
        &mut self,
        clock: impl Fn() -> Instant,
        open: impl FnOnce(&DisplayWires) -> Result<Port<B, S, P>, String>,
    ) -> Turn {
        let before = clock();
        if let Some(at) = self.breaker.wait(before) {
            return Turn::Wait(at);
        }
        let transfer = match self.want(before) {
            _ if self.breaker.is_open() => self.panel.probe(),
            Want::Send(transfer) => transfer,
            Want::Wait(at) => return Turn::Wait(at),
            Want::Nothing if self.lost => {
                self.lost = false;
                return Turn::Back;
            }
            Want::Nothing => return Turn::Done,
        };
        let outcome = self.carry(&transfer, open);
        let after = clock();
        self.settle(before, after, outcome)
    }

    /// What the panel wants next. Nothing is wanted of an idle one; one that is talked to anyway is refreshed if that was
    /// long ago, and one that missed something soon, but not at once: a bus that often fails has more to do.
    fn want(&mut self, now: Instant) -> Want {
        let want = self.panel.want(now);
        let refreshes_at = match want {
            Want::Send(_) => self.told_at + REFRESH_AFTER,
            Want::Nothing if self.doubted && self.lit && !self.lost => self.told_at + PROBE_AFTER,
            _ => return want,
        };
        if now < refreshes_at {
            return if want == Want::Nothing { Want::Wait(refreshes_at) } else { want };
        }
        (self.told_at, self.doubted) = (now, false);
        self.panel.refresh();
        self.panel.want(now)
    }

    fn carry(
        &mut self,
        transfer: &Transfer,
        open: impl FnOnce(&DisplayWires) -> Result<Port<B, S, P>, String>,
    ) -> Result<(), String> {
        let port = match &mut self.port {
            Some(port) => port,
            missing => missing.insert(open(&self.wires)?),
        };
        port.carry(transfer).map_err(|why| format!("{} {why}", self.described()))
    }

    fn settle(&mut self, before: Instant, after: Instant, outcome: Result<(), String>) -> Turn {
        match self.breaker.record(before, after, outcome.is_ok()) {
            Verdict::Passed => {
                self.panel.arrived(after);
                Turn::More
            }
            Verdict::Failed(at) => {
                self.panel.doubts();
                self.doubted = true;
                Turn::Wait(at)
            }
            Verdict::Closed => {
                self.panel.begins_anew();
                (self.told_at, self.doubted) = (after, false);
                Turn::More
            }
            Verdict::Opened(at) | Verdict::StillOpen(at) => {
                self.panel.begins_anew();
                // The driver of the bus may have gone with it: it is opened afresh each time.
                self.port = None;
                if std::mem::replace(&mut self.lost, true) {
                    return Turn::Wait(at);
                }
                Turn::Lost(outcome.err().unwrap_or_else(|| self.took(before, after)), at)
            }
        }
    }

    fn took(&self, before: Instant, after: Instant) -> String {
        let (took, most) = (after.since(before).as_millis(), LONG.as_millis());
        format!("{} held its bus for {took} ms, expected at most {most}; check its wires", self.described())
    }

    /// What messages call it.
    fn described(&self) -> String {
        match &self.wires {
            DisplayWires::I2c { bus, address } => format!("{address:#04x} on {}", bus.display()),
            DisplayWires::Spi { bus, .. } => bus.display().to_string(),
        }
    }
}

/// A picture that changes after so long is sent whole: a tenth of a second of the bus at most, in turns.
const REFRESH_AFTER: Duration = Duration::from_secs(60);

#[cfg(test)]
pub(super) mod models;
#[cfg(test)]
mod tests;

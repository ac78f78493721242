//! An OLED, a little at a time: what its memory holds against what it should show.
//! It does not know its bus, and which octets do what stands in `controller`.

use super::controller::Wiring;
use super::{Transfer, Want};
use crate::board::pixels::Picture;
use crate::frame::Screen;
use crate::time::{Duration, Instant};

/// An OLED and what we know of it.
#[derive(Debug)]
pub(super) struct Oled {
    wiring: Wiring,
    /// Whether it has a reset line.
    reset: bool,
    stage: Stage,
    /// Nothing is sent before then.
    not_before: Instant,
    /// What was wanted last, until it is known how it went.
    step: Option<Step>,
    wanted: Picture,
    lit: bool,
    /// Octets its memory holds, page after page; `None` is unknown.
    holds: Vec<Option<u8>>,
    /// Where the next octet written would land.
    cursor: Option<(usize, usize)>,
    on: Option<bool>,
}

/// How far it is since power came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Its reset line must be pulled.
    Reset,
    /// And let go.
    Release,
    /// It must be told all it must know.
    Init,
    /// And should be told again, lit as it is.
    Reminder,
    Ready,
}

/// One transfer.
#[derive(Clone, Debug)]
enum Step {
    Reset(bool),
    Init,
    Reminder,
    /// Light or no light.
    Switch(bool),
    /// Where the next octets go.
    Seek(usize, usize),
    /// Octets from the cursor on.
    Draw(Vec<u8>),
}

impl Oled {
    pub(super) fn new(wiring: Wiring, reset: bool) -> Self {
        Self {
            wiring,
            reset,
            stage: Stage::first(reset),
            not_before: Instant::START,
            step: None,
            wanted: Picture::dark(wiring.size),
            lit: false,
            holds: vec![None; wiring.size.width() * wiring.size.height() / 8],
            cursor: None,
            on: None,
        }
    }

    pub(super) fn show(&mut self, screen: &Screen) {
        if screen.lit && !self.lit {
            self.begins_anew();
        }
        (self.wanted, self.lit) = (Picture::of(screen, self.wiring.size), screen.lit);
    }

    pub(super) fn want(&mut self, now: Instant) -> Want {
        if now < self.not_before {
            return Want::Wait(self.not_before);
        }
        self.step = self.next_step();
        match &self.step {
            Some(step) => Want::Send(self.transfer(step)),
            None => Want::Nothing,
        }
    }

    pub(super) fn arrived(&mut self, now: Instant) {
        match self.step.take() {
            Some(Step::Reset(active)) => {
                self.stage = if active { Stage::Release } else { Stage::Init };
                self.not_before = now + if active { RESET_LASTS } else { RESET_SETTLES };
            }
            Some(Step::Init | Step::Reminder) => {
                self.holds.fill(None);
                (self.stage, self.cursor, self.on) = (Stage::Ready, None, None);
            }
            Some(Step::Switch(on)) => self.on = Some(on),
            Some(Step::Seek(page, column)) => self.cursor = Some((page, column)),
            Some(Step::Draw(octets)) => self.drawn(&octets),
            None => {}
        }
    }

    /// Octets on their way may have arrived: whatever is wanted there by the next try, it is sent.
    pub(super) fn doubts(&mut self) {
        if let (Some(Step::Draw(octets)), Some((page, column))) = (self.step.take(), self.cursor.take()) {
            let start = page * self.wiring.size.width() + column;
            self.holds.iter_mut().skip(start).take(octets.len()).for_each(|held| *held = None);
        }
    }

    pub(super) fn begins_anew(&mut self) {
        self.doubts();
        (self.stage, self.not_before) = (Stage::first(self.reset), Instant::START);
    }

    /// Everything is sent again, without making what is there dark. A reset line is left alone, since it would.
    pub(super) fn refresh(&mut self) {
        if self.lit && self.stage == Stage::Ready {
            self.stage = Stage::Reminder;
        }
    }

    fn next_step(&self) -> Option<Step> {
        match self.stage {
            Stage::Reset => Some(Step::Reset(true)),
            Stage::Release => Some(Step::Reset(false)),
            Stage::Init => Some(Step::Init),
            Stage::Reminder => Some(Step::Reminder),
            // The light goes before the picture does, and comes after it.
            Stage::Ready if !self.lit && self.on != Some(false) => Some(Step::Switch(false)),
            Stage::Ready => match self.first_difference() {
                Some(at) if self.cursor == Some(at) => Some(Step::Draw(self.run(at))),
                Some((page, column)) => Some(Step::Seek(page, column)),
                None => (self.lit && self.on != Some(true)).then_some(Step::Switch(true)),
            },
        }
    }

    fn transfer(&self, step: &Step) -> Transfer {
        match step {
            Step::Reset(active) => Transfer::Reset(*active),
            Step::Init => Transfer::Commands(self.wiring.initialisation()),
            Step::Reminder => Transfer::Commands(self.wiring.reminder()),
            Step::Switch(on) => Transfer::Commands(self.wiring.switch(*on)),
            Step::Seek(page, column) => Transfer::Commands(self.wiring.seek(*page, *column)),
            Step::Draw(octets) => Transfer::Pixels(octets.clone()),
        }
    }

    /// The first octet its memory does not hold yet: which page, which column.
    fn first_difference(&self) -> Option<(usize, usize)> {
        let width = self.wiring.size.width();
        (0..self.wiring.size.height() / 8).find_map(|page| {
            let wanted = self.wanted.page(page).iter();
            let holds = self.holds.iter().skip(page * width);
            let column = wanted.zip(holds).position(|(wanted, holds)| Some(*wanted) != *holds)?;
            Some((page, column))
        })
    }

    /// The octets from there to the last one of the page that differs, as many as go into a transfer.
    fn run(&self, (page, column): (usize, usize)) -> Vec<u8> {
        let start = page * self.wiring.size.width() + column;
        let wanted: Vec<u8> = self.wanted.page(page).iter().skip(column).take(PIXELS_MAX).copied().collect();
        let holds = self.holds.iter().skip(start);
        let differs = |(index, (wanted, holds)): (usize, (&u8, &Option<u8>))| {
            (Some(*wanted) != *holds).then_some(index + 1)
        };
        let length = wanted.iter().zip(holds).enumerate().filter_map(differs).max().unwrap_or(0);
        wanted.into_iter().take(length).collect()
    }

    fn drawn(&mut self, octets: &[u8]) {
        let Some((page, column)) = self.cursor else { return };
        let width = self.wiring.size.width();
        for (held, octet) in self.holds.iter_mut().skip(page * width + column).zip(octets) {
            *held = Some(*octet);
        }
        let next = column + octets.len();
        // Beyond the end of a page one controller starts over and the other stands still.
        self.cursor = (next < width).then_some((page, next));
    }
}

impl Stage {
    const fn first(reset: bool) -> Self {
        if reset { Self::Reset } else { Self::Init }
    }
}

/// Pixel octets of a transfer; with the octet that I2C puts before them that is 32, three milliseconds at 100 kHz.
const PIXELS_MAX: usize = 31;
/// The controllers want 3 and 10 microseconds.
const RESET_LASTS: Duration = Duration::from_millis(10);
/// They are ready at once; the voltages of their panels are not.
const RESET_SETTLES: Duration = Duration::from_millis(100);

//! What lights share: the chip that their lines are on, whose bus may hang.
//! It does not know lights, only which place asks.
//!
//! Lines of a processor take no time. A port expander is behind a bus, though, and a line of it is written while the
//! thread waits: a bus that hangs holds it for a second, each time. So after one such write the chip is left alone, but
//! for one try every five seconds by the light that it held, until that goes through.

use std::path::PathBuf;

use super::breaker::{Breaker, LONG, Verdict};
use crate::time::Instant;

/// A chip.
#[derive(Debug)]
pub(super) struct Chip {
    /// What is the same for all lights on it; `None` if nobody knows it to be shared.
    pub(super) id: Option<PathBuf>,
    breaker: Breaker,
    /// Whose write it held, and why it is left alone since.
    held: Option<(usize, String)>,
}

impl Chip {
    /// One that never held anybody.
    pub(super) const fn new(id: Option<PathBuf>) -> Self {
        Self { id, breaker: Breaker::new(), held: None }
    }

    /// Whether that place may use it now.
    pub(super) fn admits(&self, place: usize, now: Instant) -> bool {
        self.tries_at(place, now).is_none_or(|at| at.is_some_and(|at| at <= now))
    }

    /// `None` if it is used like any other; else when that place tries it next, if that place does.
    pub(super) fn tries_at(&self, place: usize, now: Instant) -> Option<Option<Instant>> {
        let (holder, _) = self.held.as_ref()?;
        Some((*holder == place).then(|| self.breaker.wait(now).unwrap_or(now)))
    }

    /// If it is left alone, its next try is now.
    pub(super) const fn hurry(&mut self) {
        self.breaker.hurry();
    }

    /// Why it is left alone, if it is.
    pub(super) fn lost(&self) -> Option<&str> {
        self.held.as_ref().map(|(_, why)| why.as_str())
    }

    /// Whether that place is the one that tries it.
    pub(super) fn is_tried_by(&self, place: usize) -> bool {
        self.held.as_ref().is_some_and(|(holder, _)| *holder == place)
    }

    /// It held a write of that place, from then to then. Says why it is left alone, if that is new.
    pub(super) fn hold(&mut self, place: usize, before: Instant, after: Instant) -> Option<&str> {
        let verdict = self.breaker.record(before, after, false);
        let (took, most) = (after.since(before).as_millis(), LONG.as_millis());
        let why = || format!("a write took {took} ms, expected at most {most}; check the wires of its bus");
        let (_, why) = self.held.get_or_insert_with(|| (place, why()));
        matches!(verdict, Verdict::Opened(_)).then_some(why.as_str())
    }

    /// It answers at once, whatever it says.
    pub(super) fn release(&mut self) {
        (self.breaker, self.held) = (Breaker::new(), None);
    }
}

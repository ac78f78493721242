//! A part of a board that may be missing: tried again now and then, and said once.
//! It does not know what it is a part of.

use super::breaker::PROBE_AFTER;
use super::faults;
use crate::time::{Duration, Instant};

/// Something that may be missing.
#[derive(Debug)]
pub(super) enum Slot<T> {
    Ready(T),
    /// It is tried again then; `told` is what the log said last.
    Missing {
        retry_at: Instant,
        told: String,
        /// Whether it was there before.
        lost: bool,
    },
}

impl<T> Slot<T> {
    /// Not looked for yet.
    pub(super) const fn wanted() -> Self {
        Self::Missing { retry_at: Instant::START, told: String::new(), lost: false }
    }

    /// When it is tried again.
    pub(super) const fn retry_at(&self) -> Option<Instant> {
        match self {
            Self::Ready(_) => None,
            Self::Missing { retry_at, .. } => Some(*retry_at),
        }
    }

    /// Whether it is time to try again.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.retry_at().is_some_and(|at| at <= now)
    }

    /// Why it is missing, as the log said last.
    pub(super) fn missing(&self) -> Option<&str> {
        match self {
            Self::Missing { told, .. } if !told.is_empty() => Some(told),
            _ => None,
        }
    }

    /// Whether it was there before, and is not.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self, Self::Missing { lost: true, .. })
    }

    /// Whether it is there, or was.
    #[cfg(test)]
    pub(super) const fn was_there(&self) -> bool {
        matches!(self, Self::Ready(_)) || self.is_lost()
    }

    /// If it is missing it is tried again then.
    pub(super) const fn try_at(&mut self, at: Instant) {
        if let Self::Missing { retry_at, .. } = self {
            *retry_at = at;
        }
    }

    /// Puts the outcome of a try in, and says what is new about it. What was there once may be there again soon, like
    /// anything on a bus; what never was waits for a person.
    pub(super) fn settle(&mut self, now: Instant, what: &str, outcome: Result<T, String>) {
        self.settle_for(now, what, outcome, PROBE_AFTER);
    }

    /// The same for what, once lost, is looked for so often.
    pub(super) fn settle_for(
        &mut self,
        now: Instant,
        what: &str,
        outcome: Result<T, String>,
        lost_every: Duration,
    ) {
        *self = match (outcome, &*self) {
            (Ok(there), before) => {
                if matches!(before, Self::Missing { told, .. } if !told.is_empty()) {
                    faults::back(what);
                }
                Self::Ready(there)
            }
            (Err(why), before) => {
                let lost = matches!(before, Self::Ready(_) | Self::Missing { lost: true, .. });
                let every = if lost { lost_every } else { RETRY_AFTER };
                if before.missing() != Some(&why) {
                    faults::missing(what, &why, every);
                }
                Self::Missing { retry_at: now + every, told: why, lost }
            }
        };
    }
}

/// Between tries to get what is taken, what was never there, and what holds the thread at every try.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(30);

//! A part of a board that may be missing: tried again now and then, and said once.
//! It does not know what it is a part of.

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
    },
}

impl<T> Slot<T> {
    /// Not looked for yet.
    pub(super) const fn wanted() -> Self {
        Self::Missing { retry_at: Instant::START, told: String::new() }
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

    /// Puts the outcome of a try in, and says what is new about it.
    pub(super) fn settle(&mut self, now: Instant, what: &str, outcome: Result<T, String>) {
        *self = match (outcome, &*self) {
            (Ok(there), before) => {
                if matches!(before, Self::Missing { told, .. } if !told.is_empty()) {
                    faults::back(what);
                }
                Self::Ready(there)
            }
            (Err(why), Self::Missing { told, .. }) if *told == why => {
                Self::Missing { retry_at: now + RETRY_AFTER, told: why }
            }
            (Err(why), _) => {
                faults::missing(what, &why, RETRY_AFTER);
                Self::Missing { retry_at: now + RETRY_AFTER, told: why }
            }
        };
    }
}

/// Between tries to get a line that is missing or taken.
const RETRY_AFTER: Duration = Duration::from_secs(30);

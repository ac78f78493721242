//! The monotonic clock as the core counts it: from the start of the program.
//!
//! It does not know what a moment is for.

use crate::time::{Duration, Instant};

/// The monotonic clock, counted from the start.
pub(super) struct Clock(pub(super) std::time::Instant);

impl Clock {
    pub(super) fn now(&self) -> Instant {
        Instant::START + self.0.elapsed()
    }

    /// The moment for a timer; one that lies beyond all clocks is a century away.
    pub(super) fn at(&self, at: Instant) -> std::time::Instant {
        let wait = at.since(Instant::START);
        self.0.checked_add(wait).unwrap_or_else(|| self.0 + CENTURY)
    }
}

const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

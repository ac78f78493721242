//! How often RNG is answered.
//!
//! It knows time, not who rings.

use crate::time::{Duration, Instant};

/// A token bucket over answers to RNG: whoever rings without end is answered once a second.
pub(super) struct Bucket {
    tokens: u8,
    /// Up to when the tokens are counted.
    since: Instant,
}

impl Bucket {
    /// As many answers as may come at once.
    pub(super) const fn full() -> Self {
        Self { tokens: ANSWERS_AT_ONCE, since: Instant::START }
    }

    /// Whether one more answer may be given; if so it is.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let earned = now.since(self.since).as_millis() / ANSWER_EVERY.as_millis();
        if let Some(earned) = u32::try_from(earned).ok().filter(|earned| *earned > 0) {
            self.since += ANSWER_EVERY * earned;
            self.tokens =
                u8::try_from(earned).unwrap_or(u8::MAX).saturating_add(self.tokens).min(ANSWERS_AT_ONCE);
        }
        let granted = self.tokens > 0;
        self.tokens = self.tokens.saturating_sub(1);
        granted
    }
}

/// Answers to RNG that may come at once.
const ANSWERS_AT_ONCE: u8 = 3;
/// One more answer to RNG is earned in this time.
const ANSWER_EVERY: Duration = Duration::from_secs(1);

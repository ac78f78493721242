//! When to ask for messages: what the server names at sign-in, and how alive the conversation is.
//!
//! It does not know what is asked, or whether anything else has to come first.

use crate::limits::{
    QQ_ACTIVE_FOR, QQ_HI_DEFAULT, QQ_HI_MAX, QQ_HI_MIN, QQ_LI_DEFAULT, QQ_LI_MAX, QQ_POLL_ACTIVE,
    QQ_POLL_MIN, QQ_REPLY_TIMEOUT,
};
use crate::time::{Duration, Instant};

/// No source says what HI and LI mean. They are taken for the seconds between signs of life, and the seconds of silence
/// after which the server calls us gone: it must be told "in good time" that we are there `[seed 002]`, and forgets us
/// after a while `[seed 003]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    wish: Duration,
    hi: Duration,
    li: Duration,
    active_until: Instant,
}

impl Cadence {
    /// The cadence before any sign-in, for this wish of how often to ask.
    #[must_use]
    pub const fn new(wish: Duration) -> Self {
        Self { wish, hi: QQ_HI_DEFAULT, li: QQ_LI_DEFAULT, active_until: Instant::START }
    }

    /// What the server named at sign-in, in seconds.
    pub fn signed_in(&mut self, hi: Option<u64>, li: Option<u64>) {
        self.hi = hi.map_or(QQ_HI_DEFAULT, Duration::from_secs).clamp(QQ_HI_MIN, QQ_HI_MAX);
        self.li = li.map_or(QQ_LI_DEFAULT, Duration::from_secs).clamp(self.hi * 2, QQ_LI_MAX);
    }

    /// Somebody said something.
    pub fn talked(&mut self, now: Instant) {
        self.active_until = now + QQ_ACTIVE_FOR;
    }

    /// How long from now to the next question. Every answer is a sign of life, so this is the heartbeat too.
    #[must_use]
    pub fn poll_after(&self, now: Instant) -> Duration {
        let idle = self.wish.clamp(QQ_POLL_MIN, self.hi / 2);
        if now < self.active_until { idle.min(QQ_POLL_ACTIVE) } else { idle }
    }

    /// The silence after which we are gone for the server, and need not wonder why it says so.
    #[must_use]
    pub const fn li(&self) -> Duration {
        self.li
    }

    /// The silence after which we call the link lost: two questions without an answer, and within LI in any case. Where that
    /// is less than a question's own time, mail under way is waited for all the same.
    #[must_use]
    pub fn lost_after(&self) -> Duration {
        (self.hi * 2).max(QQ_REPLY_TIMEOUT * 2).min(self.li)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn what_a_server_names_is_believed_within_bounds() {
        let mut cadence = Cadence::new(secs(3600));
        for (hi, li, poll, told, lost) in [
            (Some(60), Some(300), 30, 300, 120),
            (None, None, 30, 300, 120),
            (Some(0), Some(0), 5, 20, 20),
            (Some(10), Some(60), 5, 60, 60),
            (Some(u64::MAX), Some(u64::MAX), 60, 900, 240),
        ] {
            cadence.signed_in(hi, li);
            assert_eq!(cadence.poll_after(Instant::START), secs(poll), "{hi:?}");
            assert_eq!((cadence.li(), cadence.lost_after()), (secs(told), secs(lost)), "{hi:?} {li:?}");
        }
    }

    #[test]
    fn a_conversation_is_followed_closely_for_a_minute() {
        let mut cadence = Cadence::new(secs(15));
        assert_eq!(cadence.poll_after(Instant::START), secs(15));
        let now = Instant::from_millis(5000);
        cadence.talked(now);
        assert_eq!(cadence.poll_after(now + secs(59)), secs(3));
        assert_eq!(cadence.poll_after(now + secs(60)), secs(15));
        assert_eq!(Cadence::new(Duration::ZERO).poll_after(now), secs(5), "no wish is too quick");
    }
}

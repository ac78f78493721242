//! What a bus that fails or hangs is allowed: a few tries, then one short one every five seconds.
//! It does not know the bus or what hangs on it; it is told when a transfer began, when it ended, and how.
//!
//! A transfer that fails is tried again a little later. Several in a row, or a single one that took long, even if it
//! came through, open the breaker: from then on there are only probes, and whoever uses the bus begins anew once one of
//! them passed. Everything else this program does has its turn between two transfers, so a bus that holds each of them
//! for a second takes no more than a second out of five.

use crate::time::{Duration, Instant};

/// The breaker of a bus.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Transfers in a row that failed.
    failures: u8,
    open: bool,
    /// Before then nothing is sent.
    not_before: Instant,
}

/// What a transfer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It arrived.
    Passed,
    /// It failed; whether its octets arrived is anybody's guess. The next one goes then.
    Failed(Instant),
    /// It was one too many, or took too long: the breaker is open, and the first probe goes then.
    Opened(Instant),
    /// It was a probe and no better; the next one goes then.
    StillOpen(Instant),
    /// It was a probe and arrived: the breaker is closed, and what is out there may have forgotten everything.
    Closed,
}

/// What a turn of something on a bus came to, for whoever gives it turns.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is more to send.
    More,
    /// Everything is shown.
    Done,
    /// Nothing can be done before then.
    Wait(Instant),
    /// It stopped answering just now: say so once, go on at that time.
    Lost(String, Instant),
    /// It shows everything again.
    Back,
}

impl Breaker {
    /// A closed one.
    pub(super) const fn new() -> Self {
        Self { failures: 0, open: false, not_before: Instant::START }
    }

    /// Whether the next transfer must be a probe.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// When the next transfer may go, if that is not now.
    pub(super) fn wait(&self, now: Instant) -> Option<Instant> {
        (self.not_before > now).then_some(self.not_before)
    }

    /// The next transfer may go at once: whoever asks has no time to wait.
    pub(super) const fn hurry(&mut self) {
        self.not_before = Instant::START;
    }

    /// Whether a transfer took so long that it counts as failed.
    pub(super) fn is_long(before: Instant, after: Instant) -> bool {
        after.since(before) > LONG
    }

    /// Takes in how a transfer went that began and ended then.
    pub(super) fn record(&mut self, before: Instant, after: Instant, arrived: bool) -> Verdict {
        let long = Self::is_long(before, after);
        if arrived && !long {
            self.failures = 0;
            return if std::mem::take(&mut self.open) { Verdict::Closed } else { Verdict::Passed };
        }
        self.failures = self.failures.saturating_add(1);
        if !self.open && !long && self.failures < FAILURES_MAX {
            self.not_before = after + RETRY_AFTER;
            return Verdict::Failed(self.not_before);
        }
        // Counted from its beginning, so that what returns while a probe hangs is seen within five seconds too.
        self.not_before = (before + PROBE_AFTER).max(after);
        if std::mem::replace(&mut self.open, true) {
            Verdict::StillOpen(self.not_before)
        } else {
            Verdict::Opened(self.not_before)
        }
    }
}

/// A NAK now and then is normal; so many in a row are not.
const FAILURES_MAX: u8 = 3;
/// Between a transfer that failed and the next try.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Between the beginnings of two probes.
pub(super) const PROBE_AFTER: Duration = Duration::from_secs(5);
/// What no transfer may take: 32 octets take 3 ms at 100 kHz.
pub(super) const LONG: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn at(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    #[test]
    fn two_failures_are_tried_again_and_the_third_opens() {
        let mut breaker = Breaker::new();
        assert_eq!(breaker.record(at(10), at(11), false), Verdict::Failed(at(111)));
        assert_eq!((breaker.wait(at(110)), breaker.wait(at(111))), (Some(at(111)), None));
        assert_eq!(breaker.record(at(111), at(112), false), Verdict::Failed(at(212)));
        assert_eq!(breaker.record(at(212), at(213), true), Verdict::Passed);
        for _ in 0..2 {
            assert!(matches!(breaker.record(at(300), at(300), false), Verdict::Failed(_)));
        }
        assert!(!breaker.is_open());
        assert_eq!(breaker.record(at(500), at(501), false), Verdict::Opened(at(5500)));
        assert!(breaker.is_open());
        assert_eq!(breaker.record(at(5500), at(5500), false), Verdict::StillOpen(at(10_500)));
        assert_eq!(breaker.record(at(10_500), at(10_502), true), Verdict::Closed);
        assert_eq!(breaker.record(at(10_502), at(10_504), true), Verdict::Passed);
        assert!(matches!(breaker.record(at(10_504), at(10_504), false), Verdict::Failed(_)), "counted anew");
    }

    #[test]
    fn one_long_transfer_opens_even_if_it_arrived_and_a_long_probe_does_not_close() {
        for arrived in [true, false] {
            let mut breaker = Breaker::new();
            assert_eq!(breaker.record(at(0), at(50), true), Verdict::Passed);
            assert_eq!(breaker.record(at(100), at(151), arrived), Verdict::Opened(at(5100)));
            assert_eq!(breaker.record(at(5100), at(6100), arrived), Verdict::StillOpen(at(10_100)));
            assert_eq!(breaker.record(at(10_100), at(20_000), arrived), Verdict::StillOpen(at(20_000)));
        }
    }

    proptest! {
        #[test]
        fn a_bus_that_holds_every_call_for_a_second_gets_one_in_five(answers in proptest::collection::vec(any::<bool>(), 2..20)) {
            let (mut breaker, mut now) = (Breaker::new(), Instant::START);
            let mut last = None;
            for arrived in answers {
                prop_assert!(last.is_none_or(|last| now.since(last) >= Duration::from_secs(5)));
                last = Some(now);
                breaker.record(now, now + Duration::from_secs(1), arrived);
                now = breaker.wait(now + Duration::from_secs(1)).unwrap();
            }
        }
    }
}

//! When to connect again: the reconnect policy every network's client asks.
//!
//! It knows delays and chance, but neither protocols nor clocks. Real people's servers are at the other end: ten thousand
//! agents that lose one server at the same moment must not come back at the same moment.

use crate::limits::{
    FRESH_TRY_AFTER, PARK_CAP, PARK_FIRST, RECONNECT_CAP, RECONNECT_FLOOR, RECONNECT_SPREAD, STABLE_AFTER,
};
use crate::text::{Why, why};
use crate::time::{Duration, Instant};

/// The reconnect policy of one account.
///
/// A series of losses goes on until a session has been synchronised for [`STABLE_AFTER`]; one that dies sooner
/// counts as one more loss, so a server that lets us in and throws us out is not hammered.
#[derive(Clone, Debug)]
pub struct Retry {
    chance: fastrand::Rng,
    /// Losses in this series.
    losses: u32,
    /// Times in a row the account was signed in elsewhere.
    parks: u32,
    /// The one fresh try after refused credentials was made.
    fresh_try_made: bool,
    /// Since when the session is synchronised.
    synchronised: Option<Instant>,
}

impl Retry {
    /// A policy at its beginning. Agents with different seeds spread out.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let chance = fastrand::Rng::with_seed(seed);
        Self { chance, losses: 0, parks: 0, fresh_try_made: false, synchronised: None }
    }

    /// The session is synchronised: signed in, lists known.
    pub fn established(&mut self, now: Instant) {
        self.synchronised.get_or_insert(now);
    }

    /// The connection broke, or a try failed. Answers when the next try is due.
    ///
    /// The first loss of an established session waits anything up to [`RECONNECT_SPREAD`]; every further one waits
    /// [`RECONNECT_FLOOR`] and a random part of a range that doubles from 2 s to [`RECONNECT_CAP`] — of no less than
    /// the spread if a session had been established, because then the others were thrown out with us again.
    #[must_use]
    pub fn lost(&mut self, now: Instant, was_established: bool) -> Instant {
        self.end_session(now);
        let tries = self.losses;
        self.losses = self.losses.saturating_add(1);
        let spread = if was_established { RECONNECT_SPREAD } else { Duration::ZERO };
        if was_established && tries == 0 {
            return now + self.any_of(spread);
        }
        let range = doubled(RANGE_FIRST, tries, RECONNECT_CAP).max(spread);
        now + RECONNECT_FLOOR + self.any_of(range)
    }

    /// The account signed in elsewhere. Answers when we may try again: after [`PARK_FIRST`], doubling up to [`PARK_CAP`].
    ///
    /// Only a session of [`PARK_CAP`] ends the doubling: with less, two agents of one account would throw each other out
    /// for ever.
    #[must_use]
    pub fn parked(&mut self, now: Instant) -> Instant {
        self.end_session(now);
        let wait = doubled(PARK_FIRST, self.parks, PARK_CAP);
        self.parks = self.parks.saturating_add(1);
        now + wait
    }

    /// The sentence for people about a wait of [`Retry::parked`]: how long it is, and how not to wait. It stands there for
    /// all that time, so it does not say how much of it is left.
    #[must_use]
    pub fn why_parked(wait: Duration) -> Why {
        let minutes = wait.as_secs().div_ceil(60);
        why(format_args!("signed in somewhere else; back after {minutes} min, or by nudged set STATUS"))
    }

    /// The credentials were refused, which a server in trouble says too. Answers when the one fresh try is due, or `None`
    /// if it was made and the account must stop until a person mends it.
    #[must_use]
    pub fn fresh_try(&mut self, now: Instant) -> Option<Instant> {
        self.end_session(now);
        if self.fresh_try_made {
            return None;
        }
        self.fresh_try_made = true;
        Some(now + FRESH_TRY_AFTER)
    }

    /// The server named a time to stay away. It named the same one to everybody, so up to [`RECONNECT_SPREAD`] is added.
    #[must_use]
    pub fn told_to_wait(&mut self, now: Instant, wait: Duration) -> Instant {
        self.end_session(now);
        now + wait + self.any_of(RECONNECT_SPREAD)
    }

    /// A person asked for it: what went before is forgotten.
    pub fn start_over(&mut self) {
        self.losses = 0;
        self.parks = 0;
        self.fresh_try_made = false;
        self.synchronised = None;
    }

    /// Forgets what a session that lasted makes up for.
    fn end_session(&mut self, now: Instant) {
        let lasted = self.synchronised.take().map_or(Duration::ZERO, |since| now.since(since));
        if lasted >= STABLE_AFTER {
            self.losses = 0;
            self.fresh_try_made = false;
        }
        if lasted >= PARK_CAP {
            self.parks = 0;
        }
    }

    /// Any duration from zero to `range`, in milliseconds.
    fn any_of(&mut self, range: Duration) -> Duration {
        let most = u64::try_from(range.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.chance.u64(0..=most))
    }
}

/// `first`, doubled so many times, at most `cap`.
fn doubled(first: Duration, times: u32, cap: Duration) -> Duration {
    2_u32.checked_pow(times).and_then(|factor| first.checked_mul(factor)).map_or(cap, |wait| wait.min(cap))
}

/// What follows the reason where nothing is tried any more.
pub const BY_HAND: &str =
    "mend the configuration and restart, or try again by a button or \"nudged set STATUS\"";

/// The range of the second delay.
const RANGE_FIRST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::collections::BinaryHeap;
    use std::vec::Vec;

    use core::cmp::Reverse;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const HOUR: Duration = Duration::from_secs(3600);

    fn seconds(s: u64) -> Instant {
        Instant::from_millis(s * 1000)
    }

    #[test]
    fn the_first_delay_after_a_session_is_spread_and_later_ones_have_a_floor() {
        let (mut soonest, mut latest) = (Duration::MAX, Duration::ZERO);
        for seed in 0..500 {
            let mut retry = Retry::new(seed);
            retry.established(seconds(0));
            let now = seconds(100);
            let first = retry.lost(now, true).since(now);
            assert!(first <= RECONNECT_SPREAD);
            (soonest, latest) = (soonest.min(first), latest.max(first));
            let mut range = Duration::from_secs(4);
            for _ in 0..12 {
                let wait = retry.lost(now, false).since(now);
                assert!(wait >= RECONNECT_FLOOR && wait <= RECONNECT_FLOOR + range, "{wait:?}");
                range = (range * 2).min(RECONNECT_CAP);
            }
        }
        assert!(soonest < Duration::from_secs(1) && latest > Duration::from_secs(14), "the spread is used");
    }

    #[test]
    fn a_first_connection_that_fails_is_tried_again_within_seconds() {
        let wait = Retry::new(1).lost(seconds(0), false).since(seconds(0));
        assert!(wait >= RECONNECT_FLOOR && wait <= Duration::from_secs(3));
    }

    #[test]
    fn only_a_session_that_lasted_starts_the_delays_over() {
        let longest_first_delay = |lasted: Duration| {
            let delays = (0..200).map(|seed| {
                let mut retry = Retry::new(seed);
                for _ in 0..10 {
                    let _ = retry.lost(seconds(0), false);
                }
                retry.established(seconds(0));
                let end = seconds(0) + lasted;
                retry.lost(end, true).since(end)
            });
            delays.max().unwrap()
        };
        assert!(longest_first_delay(STABLE_AFTER) <= RECONNECT_SPREAD);
        assert!(longest_first_delay(STABLE_AFTER - Duration::from_millis(1)) > MINUTE);
    }

    #[test]
    fn a_server_that_throws_everybody_out_again_and_again_sees_them_spread() {
        let second_delays = (0..200).map(|seed| {
            let mut retry = Retry::new(seed);
            retry.established(seconds(0));
            let _ = retry.lost(seconds(100), true);
            retry.established(seconds(110));
            retry.lost(seconds(111), true).since(seconds(111))
        });
        assert!(second_delays.max().unwrap() > Duration::from_secs(14));
    }

    #[test]
    fn being_signed_in_elsewhere_parks_ten_minutes_and_doubles_to_a_day() {
        let mut retry = Retry::new(3);
        let now = seconds(0);
        let waits: Vec<_> = (0..10).map(|_| retry.parked(now).since(now)).collect();
        let minutes = [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440];
        assert_eq!(waits, minutes.map(|m| MINUTE * m));
        retry.start_over();
        assert_eq!(retry.parked(now), now + PARK_FIRST, "a person pressed the button");
    }

    #[test]
    fn a_day_without_anybody_elsewhere_ends_the_doubling() {
        let mut retry = Retry::new(3);
        let _ = (retry.parked(seconds(0)), retry.parked(seconds(0)));
        retry.established(seconds(0));
        let end = seconds(0) + PARK_CAP;
        assert_eq!(retry.parked(end), end + PARK_FIRST);
    }

    #[test]
    fn two_agents_of_one_account_throw_each_other_out_at_most_six_times_a_day() {
        let mut agents = [Retry::new(1), Retry::new(2)];
        let (mut now, mut inside, mut logins) = (seconds(0), 0, [0, 0]);
        agents[inside].established(now);
        loop {
            let outside = 1 - inside;
            agents[outside].established(now);
            now = agents[inside].parked(now);
            if now > seconds(0) + 24 * HOUR {
                break;
            }
            logins[inside] += 1;
            // The one that was parked signs in again, and the other is told that it is elsewhere.
            inside = outside;
        }
        assert!(logins.iter().all(|count| (3..=6).contains(count)), "{logins:?}");
    }

    #[test]
    fn refused_credentials_are_tried_once_more_and_then_a_person_must_look() {
        let mut retry = Retry::new(4);
        assert_eq!(retry.fresh_try(seconds(5)), Some(seconds(5) + FRESH_TRY_AFTER));
        assert_eq!(retry.fresh_try(seconds(65)), None);
        assert_eq!(retry.fresh_try(seconds(66)), None);
        retry.start_over();
        assert!(retry.fresh_try(seconds(70)).is_some());
    }

    #[test]
    fn credentials_that_were_good_for_a_minute_earn_another_fresh_try() {
        let mut retry = Retry::new(4);
        let _ = retry.fresh_try(seconds(0));
        retry.established(seconds(60));
        let _ = retry.lost(seconds(61), true);
        assert_eq!(retry.fresh_try(seconds(62)), None, "a second of success proves little");
        retry.established(seconds(100));
        let _ = retry.lost(seconds(200), true);
        assert!(retry.fresh_try(seconds(201)).is_some());
    }

    #[test]
    fn no_number_of_losses_overflows() {
        let mut retry = Retry::new(5);
        retry.losses = u32::MAX;
        retry.parks = u32::MAX;
        let now = seconds(1);
        assert!(retry.lost(now, false).since(now) <= RECONNECT_FLOOR + RECONNECT_CAP);
        assert_eq!(retry.parked(now), now + PARK_CAP);
    }

    /// What ten thousand agents do to a server that drops them all at once, is away for a while, and then signs in two
    /// hundred a second.
    struct Herd {
        /// Seconds from the server's return until a client was in, sorted.
        in_after: Vec<u64>,
        /// The most tries in one second.
        peak: usize,
        tries: usize,
    }

    fn herd(away: u64) -> Herd {
        const CLIENTS: usize = 10_000;
        const SIGN_INS_A_SECOND: usize = 200;
        let mut clients: Vec<_> = (0..CLIENTS).map(|seed| Retry::new(seed as u64)).collect();
        let mut due = BinaryHeap::new();
        let start = seconds(1000);
        for (index, retry) in clients.iter_mut().enumerate() {
            retry.established(seconds(0));
            due.push(Reverse((retry.lost(start, true), index)));
        }
        let mut herd = Herd { in_after: Vec::new(), peak: 0, tries: 0 };
        let (mut second, mut this_second, mut signed_in) = (0, 0, 0);
        while let Some(Reverse((now, index))) = due.pop() {
            let elapsed = now.since(start).as_secs();
            if elapsed != second {
                (second, this_second, signed_in) = (elapsed, 0, 0);
            }
            this_second += 1;
            herd.peak = herd.peak.max(this_second);
            herd.tries += 1;
            if elapsed >= away && signed_in < SIGN_INS_A_SECOND {
                signed_in += 1;
                herd.in_after.push(elapsed - away);
            } else {
                due.push(Reverse((clients[index].lost(now, false), index)));
            }
        }
        herd.in_after.sort_unstable();
        assert_eq!(herd.in_after.len(), CLIENTS, "everybody comes back");
        herd
    }

    #[test]
    fn ten_thousand_agents_come_back_within_two_minutes_and_storm_nobody() {
        for away in [0, 30, 600] {
            let herd = herd(away);
            let p99 = herd.in_after[herd.in_after.len() * 99 / 100];
            let mean_tries = herd.tries as f64 / 10_000.0;
            assert!(p99 <= 120, "{away} s away: p99 is {p99} s");
            assert!(herd.peak <= 2_500, "{away} s away: {} tries in one second", herd.peak);
            assert!(mean_tries <= 20.0, "{away} s away: {mean_tries} tries a client");
        }
    }
}

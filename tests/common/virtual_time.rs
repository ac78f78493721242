//! What worlds on virtual time have in common: spans of time, what is on its way, and the jump to whatever is due next.
//! It does not know who talks to the service, nor what a connection is for.

use std::collections::BTreeMap;
use std::time::Duration;

use nudged::emulator::ConnId;
use nudged::link::Closed;

/// One way over the network; milliseconds.
pub(crate) const LATENCY: u64 = 20;
pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// How the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Fair,
    /// The server is not there: connections are refused.
    Refused,
    /// Nothing comes through, and nobody says so.
    Silent,
}

/// Something on its way.
pub(crate) enum Parcel {
    Up(ConnId),
    Down(ConnId, Closed),
    ToService(ConnId, Vec<u8>),
    ToDesk(ConnId, Vec<u8>),
    DeskClosed(ConnId),
}

/// What is due.
pub(crate) enum Due {
    Parcel(Parcel),
    Service,
    Desk(usize),
}

/// Parcels in the order of their arrival, and of their dispatch where they arrive together.
#[derive(Default)]
pub(crate) struct Mail {
    parcels: BTreeMap<(u64, u64), Parcel>,
    posted: u64,
    /// Jumps that led nowhere, one after the other.
    idle_jumps: u32,
}

impl Mail {
    pub(crate) fn post(&mut self, at: u64, parcel: Parcel) {
        self.posted += 1;
        self.parcels.insert((at, self.posted), parcel);
    }

    /// What comes first of parcels, the service's deadline and the desks' own moments, and when: between `now` and
    /// `end`, or not at all.
    pub(crate) fn next(
        &mut self,
        (now, end): (u64, u64),
        service: Option<Duration>,
        desks: impl Iterator<Item = Option<u64>>,
    ) -> Option<(u64, Due)> {
        let parcel = self.parcels.first_key_value().map(|(key, _)| key.0);
        let service = service.map(|at| u64::try_from(at.as_nanos().div_ceil(1_000_000)).unwrap());
        let desk = desks.enumerate().filter_map(|(desk, at)| Some((at?, desk))).min();
        let next = [parcel, service, desk.map(|(at, _)| at)].into_iter().flatten().min()?;
        if next > end {
            return None;
        }
        self.idle_jumps = if next > now { 0 } else { self.idle_jumps + 1 };
        let now = now.max(next);
        let due = if parcel.is_some_and(|at| at <= now) {
            Due::Parcel(self.parcels.pop_first()?.1)
        } else if service.is_some_and(|at| at <= now) {
            Due::Service
        } else {
            Due::Desk(desk?.1)
        };
        Some((now, due))
    }

    /// Whether things are due over and over without time going on.
    pub(crate) const fn time_stands_still(&self) -> bool {
        self.idle_jumps > 20_000
    }
}

/// A world in which nothing waits: time jumps.
pub(crate) trait Timed {
    fn now(&mut self) -> &mut u64;

    /// One thing happens, if any is due by `end`.
    fn step(&mut self, end: u64) -> bool;

    /// The service hears what time it is, and what it wants done goes on its way.
    fn tick(&mut self);

    fn run(&mut self, ms: u64) {
        let end = *self.now() + ms;
        while self.step(end) {}
        *self.now() = end;
        self.tick();
    }

    /// Runs until something holds, at most so long; says whether it came to hold.
    fn run_until(&mut self, ms: u64, holds: impl Fn(&Self) -> bool) -> bool {
        let end = *self.now() + ms;
        while !holds(self) {
            if !self.step(end) {
                *self.now() = end;
                return holds(self);
            }
        }
        true
    }
}

//! Our own state: what is wanted, what the server confirmed, and how soon it may be told again.

use super::{RES_DONE, RES_PENALTY};
use crate::limits::{QQ_PENALTY, QQ_RETRY_AFTER, QQ_STATUS_SPACING};
use crate::presence::Status;
use crate::qq::client::Sink;
use crate::qq::command::Command;
use crate::qq::exchange::Silence;
use crate::qq::{Event, st_of};
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Own {
    wanted: Status,
    /// What friends see; `None` while signed out.
    confirmed: Option<Status>,
    /// The change under way.
    asked: Status,
    free_at: Instant,
    /// Tries of this change that came to nothing.
    tries: u8,
    /// The sign-in was not told as our state yet.
    untold: bool,
}

impl Own {
    pub(super) const fn new(wanted: Status) -> Self {
        Self { wanted, confirmed: None, asked: wanted, free_at: Instant::START, tries: 0, untold: false }
    }

    pub(super) const fn want(&mut self, status: Status) {
        (self.wanted, self.tries) = (status, 0);
    }

    /// A sign-in makes us visible `[seed 003]`: another state is told before anything else.
    pub(super) const fn signed_in(&mut self, now: Instant) {
        (self.confirmed, self.free_at, self.tries) = (Some(Status::Online), now, 0);
        self.untold = true;
    }

    pub(super) const fn signed_out(&mut self) {
        self.confirmed = None;
    }

    /// Tells what a sign-in made of us, once.
    pub(super) fn tell(&mut self, sink: Sink<'_>) {
        if core::mem::take(&mut self.untold)
            && let Some(status) = self.confirmed
        {
            sink(Event::Own(status));
        }
    }

    pub(super) fn due_at(&self) -> Option<Instant> {
        let differs = self.confirmed.is_some_and(|confirmed| confirmed != self.wanted);
        (differs && self.tries < TRIES_MAX).then_some(self.free_at)
    }

    pub(super) fn ask(&mut self, now: Instant) -> Command<'static> {
        (self.asked, self.free_at) = (self.wanted, now + QQ_STATUS_SPACING);
        Command::ChangeStat(st_of(self.wanted))
    }

    pub(super) fn answered(&mut self, now: Instant, res: u64, sink: Sink<'_>) {
        if res == RES_DONE {
            (self.confirmed, self.tries, self.untold) = (Some(self.asked), 0, false);
            return sink(Event::Own(self.asked));
        }
        self.tries += 1;
        log::warn!("qq: the server refused our state \"{}\" with RES={res}", self.asked);
        if res == RES_PENALTY {
            self.free_at = now + QQ_PENALTY;
        }
    }

    /// A change that never left may be tried soon; one that was written may have been made, and another is as quick
    /// after it as any.
    pub(super) fn unanswered(&mut self, now: Instant, silence: Silence) {
        self.tries += 1;
        let soon = now + QQ_RETRY_AFTER;
        self.free_at = if matches!(silence, Silence::NotSent(_)) { soon } else { self.free_at.max(soon) };
    }
}

/// Tries of one change: after that the state stays as it is until another one is wanted, or the next sign-in.
const TRIES_MAX: u8 = 2;

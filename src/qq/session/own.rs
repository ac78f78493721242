//! Our own state: what is wanted, what friends see, and how soon it may be told again.

use core::fmt;

use super::{RES_DONE, RES_PENALTY};
use crate::limits::{QQ_PENALTY, QQ_RETRY_AFTER, QQ_STAT_EVERY, QQ_STATUS_SPACING};
use crate::presence::Status;
use crate::qq::client::Sink;
use crate::qq::command::Command;
use crate::qq::exchange::Silence;
use crate::qq::{Event, st_of};
use crate::time::Instant;

#[derive(Debug)]
pub(super) struct Own {
    wanted: Status,
    shown: Shown,
    /// What was told of it last.
    told: Option<Status>,
    /// The change under way.
    asked: Option<Status>,
    /// The server takes no change before.
    free_at: Instant,
    /// Tries of this change that came to nothing.
    tries: u8,
    /// After [`TRIES_MAX`] of them, no other before.
    again_at: Instant,
}

/// What friends see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// Nobody: we are signed out.
    Nothing,
    /// A change was written, and nobody said whether it was made.
    Unsure,
    This(Status),
}

impl Own {
    pub(super) const fn new(wanted: Status) -> Self {
        Self {
            wanted,
            shown: Shown::Nothing,
            told: None,
            asked: None,
            free_at: Instant::START,
            tries: 0,
            again_at: Instant::START,
        }
    }

    /// A person wants it: what went before is forgotten.
    pub(super) fn want(&mut self, status: Status, sink: Sink<'_>) {
        (self.wanted, self.tries, self.again_at) = (status, 0, Instant::START);
        if self.told.is_some() {
            self.tell(sink);
        }
    }

    /// A sign-in makes us visible `[seed 003]`: another state is told before anything else.
    pub(super) const fn signed_in(&mut self, now: Instant) {
        (self.shown, self.asked) = (Shown::This(Status::Online), None);
        (self.free_at, self.tries, self.again_at) = (now, 0, now);
    }

    /// The session is over, which takes back all that was told in it.
    pub(super) const fn signed_out(&mut self) {
        (self.shown, self.told, self.asked) = (Shown::Nothing, None, None);
    }

    /// The session goes on with another sign-in: what was told no longer holds.
    pub(super) fn thrown_out(&mut self, sink: Sink<'_>) {
        (self.shown, self.asked) = (Shown::Nothing, None);
        self.tell(sink);
    }

    /// Tells what friends see, if that is something else than was told.
    pub(super) fn tell(&mut self, sink: Sink<'_>) {
        self.settle();
        let known = self.known();
        if core::mem::replace(&mut self.told, known) != known {
            sink(Event::Own(known));
        }
    }

    /// What friends see, as far as anybody knows. While a change is under way that nobody wants any more it is not known:
    /// it may just have been made.
    fn known(&self) -> Option<Status> {
        let Shown::This(shown) = self.shown else { return None };
        let overtaken = self.asked.is_some_and(|asked| st_of(asked) != st_of(self.wanted));
        (!overtaken).then_some(shown)
    }

    /// As long as friends do not see what is wanted, or may not, it is to be told.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let differs = match self.shown {
            Shown::Nothing => false,
            Shown::Unsure => true,
            Shown::This(status) => st_of(status) != st_of(self.wanted),
        };
        differs.then_some(self.free_at.max(self.again_at))
    }

    pub(super) fn ask(&mut self, now: Instant) -> Command<'static> {
        (self.asked, self.free_at) = (Some(self.wanted), now + QQ_STATUS_SPACING);
        Command::ChangeStat(st_of(self.wanted))
    }

    pub(super) fn answered(&mut self, now: Instant, res: u64, sink: Sink<'_>) {
        let Some(asked) = self.asked.take() else { return };
        if res == RES_DONE {
            let by_another_word = st_of(asked) == st_of(self.wanted);
            let shown = if by_another_word { self.wanted } else { asked };
            (self.shown, self.tries) = (Shown::This(shown), 0);
            return self.tell(sink);
        }
        if res == RES_PENALTY {
            self.free_at = now + QQ_PENALTY;
        }
        self.failed(now, format_args!("was refused with RES={res}"));
        self.tell(sink);
    }

    /// A change that never left may be tried soon; one that was written may have been made, and another is as quick
    /// after it as any.
    pub(super) fn unanswered(&mut self, now: Instant, silence: Silence, sink: Sink<'_>) {
        self.asked = None;
        let soon = now + QQ_RETRY_AFTER;
        if matches!(silence, Silence::NotSent(_)) {
            self.free_at = soon;
            return self.tell(sink);
        }
        self.shown = Shown::Unsure;
        self.free_at = self.free_at.max(soon);
        self.failed(now, format_args!("was not confirmed: {silence}"));
        self.tell(sink);
    }

    /// Several words of ours are one state on QQ: from one to another there is nothing to ask for.
    fn settle(&mut self) {
        if let Shown::This(shown) = self.shown
            && st_of(shown) == st_of(self.wanted)
            && self.asked.is_none()
        {
            self.shown = Shown::This(self.wanted);
        }
    }

    /// A state that is not taken is asked for as long as it is wanted: whoever wants to be invisible must not stay in
    /// sight for weeks, for want of an answer in the first minute.
    fn failed(&mut self, now: Instant, why: fmt::Arguments<'_>) {
        self.tries = self.tries.saturating_add(1);
        if self.tries >= TRIES_MAX {
            self.again_at = now + QQ_STAT_EVERY;
        }
        if self.tries == TRIES_MAX {
            log::warn!("qq: our state \"{}\" {why}; asking for it every 5 min from now on", self.wanted);
        } else {
            log::debug!("qq: our state \"{}\" {why}", self.wanted);
        }
    }
}

/// Tries of one change that follow each other as closely as a server allows; further ones are [`QQ_STAT_EVERY`] apart.
const TRIES_MAX: u8 = 2;

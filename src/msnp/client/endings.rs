//! What follows from the end of a session: another server, another try, a wait, or a person.
//!
//! It does not know why sessions end: they say so themselves ([`Ending`]).

use super::{Client, Sink, Stage};
use crate::limits::{HOPS_MAX, STABLE_AFTER};
use crate::link::Endpoint;
use crate::msnp::notification::{Ending, why};
use crate::presence::LinkState;
use crate::retry::{BY_HAND, Retry};
use crate::time::Instant;

impl Client {
    /// The session is over while the link may still be up: close it.
    pub(super) fn end(&mut self, now: Instant, ending: Ending, sink: Sink<'_>) {
        self.close = Some(self.link);
        self.end_of_session(now, ending, sink);
    }

    /// The session is over, and so is its link.
    pub(super) fn end_of_session(&mut self, now: Instant, ending: Ending, sink: Sink<'_>) {
        let established = self.session.is_online();
        // A server that moves us about may do so again once it has kept us for a while.
        if self.signed_in_at.take().is_some_and(|since| since + STABLE_AFTER <= now) {
            self.hops = HOPS_MAX;
        }
        self.midway_since = None;
        self.passport.cancel();
        if self.session.lost(sink).is_some() {
            self.switchboards.transfer_lost(sink);
        }
        match ending {
            Ending::Moved => match self.session.moved_to() {
                Some(to) => self.move_to(now, to, established, sink),
                None => self.move_to(now, self.server.clone(), established, sink),
            },
            Ending::SignInAgain if self.hops == 0 => {
                let until = self.retry.lost(now, established);
                self.wait(now, until, LinkState::Lost, "told to sign in again and again", sink);
            }
            Ending::SignInAgain => {
                // Once at once; a server that says it again and again is left alone for a while.
                self.hops = self.hops.min(1);
                self.move_to(now, self.server.clone(), established, sink);
            }
            Ending::Lost(why) => {
                let until = self.retry.lost(now, established);
                self.wait(now, until, LinkState::Lost, &why, sink);
            }
            Ending::LostFor(time, why) => {
                let until = self.retry.told_to_wait(now, time);
                self.wait(now, until, LinkState::Lost, &why, sink);
            }
            Ending::Elsewhere => {
                let until = self.retry.parked(now);
                let sentence = Retry::why_parked(until.since(now));
                self.wait(now, until, LinkState::Elsewhere, &sentence, sink);
            }
            Ending::Credentials(why) => match self.retry.fresh_try(now) {
                Some(until) => self.wait(now, until, LinkState::Lost, &why, sink),
                None => self.refuse(&why, sink),
            },
            Ending::Refused(why) => self.refuse(&why, sink),
        }
    }

    fn move_to(&mut self, now: Instant, to: Endpoint, established: bool, sink: Sink<'_>) {
        let sentence = if self.hops == 0 {
            why(format_args!("redirected more than {HOPS_MAX} times"))
        } else if to.may_follow(&self.server) {
            log::info!("msn: redirected to {to}");
            self.hops -= 1;
            self.server = to;
            return self.dial(now, sink);
        } else {
            why(format_args!("redirected to {to}, an address of this machine"))
        };
        let until = self.retry.lost(now, established);
        self.wait(now, until, LinkState::Lost, &sentence, sink);
    }

    fn wait(&mut self, now: Instant, until: Instant, state: LinkState, why: &str, sink: Sink<'_>) {
        log::warn!("msn: {why}; trying again in {:.1} s", until.since(now).as_secs_f32());
        self.stage = Stage::Waiting { until };
        self.tell(state, why, sink);
    }

    fn refuse(&mut self, why: &str, sink: Sink<'_>) {
        log::error!("msn: {why}; {BY_HAND}");
        self.stage = Stage::Refused;
        self.tell(LinkState::Refused, why, sink);
    }
}

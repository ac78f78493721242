//! Signing in: what the answer to `Login` means, what comes of one that is refused, and of a session that is taken away.

use core::fmt;

use super::{Ending, Listing, Next, RES_DONE, RES_PENALTY, Session, Step};
use crate::http::Fault;
use crate::limits::{PARK_FIRST, QQ_PENALTY};
use crate::qq::client::Sink;
use crate::qq::command::Kind;
use crate::qq::exchange::Silence;
use crate::qq::wire::{self, Fields};
use crate::text::{Shown, why};
use crate::time::Instant;

impl Session {
    /// `RES=0&RS=0&HI=60&LI=300`, `RES=0&RS=1&RA=reason`, or `RES=5` for a number that can't be one `[seed 003]`.
    pub(super) fn login(&mut self, now: Instant, res: u64, fields: Fields<'_>) -> Step {
        self.mute_logins = 0;
        match (res, fields.number("RS").unwrap_or(0)) {
            (RES_DONE, 0) => {
                self.cadence.signed_in(fields.number("HI"), fields.number("LI"));
                self.own.signed_in(now);
                (self.list, self.stat) = (Listing::default(), Listing::default());
                self.list.restart(now);
                if self.is_entered() {
                    // The list is the one from before, should it not be told this time.
                    self.stat.restart(now);
                }
                self.poll_at = now;
                Ok(Next::SignedIn)
            }
            (RES_DONE, rs) => {
                let reason = wire::text::<80>(fields.value("RA").unwrap_or_default());
                Err(Ending::Refused(match reason.trim() {
                    "" => why(format_args!("login refused with RS={rs}")),
                    reason => why(format_args!("login refused: {}", Shown(reason))),
                }))
            }
            (RES_ILLEGAL, _) => Err(Ending::Refused(why(format_args!(
                "{} is no legal uin for this server",
                self.settings.uin
            )))),
            (RES_PENALTY, _) => {
                Err(self.sign_in_refused(format_args!("login came too often for the server")))
            }
            (res, _) => Err(Ending::Lost(why(format_args!("login refused with RES={res}")))),
        }
    }

    /// A server answers nothing at all to a VER or LC it does not know, or to a UIN that is none `[seed 003]`. It may also
    /// just be in trouble, so the question is put to people at the third time, and the server left in peace for a while;
    /// to refuse the account for silence would leave a board dark for ever once its server was restarted.
    pub(super) fn login_unanswered(&mut self, silence: Silence) -> Ending {
        match silence {
            Silence::Nothing => {}
            Silence::Stray(_) | Silence::Unreadable(Fault::NotHttp) => {
                return Ending::Lost(why(format_args!("{silence}; is this the address of a qq server?")));
            }
            other => return Ending::Lost(why(format_args!("{other}"))),
        }
        self.mute_logins = self.mute_logins.saturating_add(1);
        if self.mute_logins < MUTE_LOGINS_MAX {
            return Ending::Lost(why(format_args!("the server answered nothing to login")));
        }
        let question = "the server answers nothing to login; are uin, version and lc right?";
        Ending::LostFor(PARK_FIRST, why(format_args!("{question}")))
    }

    /// A sign-in that came to nothing: the next one waits out the punishment, and twice as long each time, for it is three
    /// requests to a server that finds one too many.
    pub(super) fn sign_in_refused(&mut self, sentence: fmt::Arguments<'_>) -> Ending {
        let times = 2_u32.saturating_pow(self.refusals.into());
        self.refusals = self.refusals.saturating_add(1);
        Ending::LostFor(QQ_PENALTY.saturating_mul(times).min(PARK_FIRST), why(sentence))
    }

    /// RES=20. The address our requests come from may have changed, so one more sign-in is tried; if that does not hold
    /// somebody else has the account.
    pub(super) fn thrown_out(&mut self, now: Instant, kind: Kind, sink: Sink<'_>) -> Step {
        let again = self.thrown_out_at.is_some_and(|at| now < at + self.cadence.li());
        self.thrown_out_at = Some(now);
        // What came for us meanwhile went to nobody, or to them.
        self.doubt.states = true;
        self.says.not_taken();
        if self.edit.as_ref().is_some_and(|edit| edit.kind() == kind) {
            self.edit_signed_out();
        }
        if again {
            return Err(Ending::Elsewhere);
        }
        self.own.thrown_out(sink);
        Ok(Next::SignInAgain)
    }
}

/// RES: no legal UIN.
const RES_ILLEGAL: u64 = 5;
/// Sign-ins in a row answered with nothing after which a person had better look.
const MUTE_LOGINS_MAX: u8 = 3;

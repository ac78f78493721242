//! How a session ends, and which numeric errors end it.

use super::{Ask, Of, Session, State, Step};
use crate::msnp::client::Sink;
use crate::msnp::command::Command;
use crate::msnp::errors::{ErrorCode, Phase, Reaction};
use crate::msnp::{Event, Verdict};
use crate::text;
use crate::time::Duration;

pub use crate::text::{Why, why};

/// How a session ended, and with it what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Go on at another server, [`Session::moved_to`]: `XFR NS`.
    Moved,
    /// Sign in again at the same server, now: `XFR NS 0`, `OUT MIG`.
    SignInAgain,
    /// The link is of no more use; try again, with manners.
    Lost(Why),
    /// Try again from the configured server after just this long: `OUT RCT minutes`.
    LostFor(Duration, Why),
    /// The credentials were refused: one fresh try, then a person must look.
    Credentials(Why),
    /// Trying again would not help: a person must look.
    Refused(Why),
    /// The account signed in somewhere else.
    Elsewhere,
}

impl Ending {
    /// The end a reaction calls for where the sign-in can't go on as it is.
    #[must_use]
    pub const fn of_reaction(reaction: Reaction, why: Why) -> Self {
        match reaction {
            Reaction::FreshTry => Self::Credentials(why),
            Reaction::Refused => Self::Refused(why),
            _ => Self::Lost(why),
        }
    }

    /// `OUT`, with or without a reason.
    pub(super) fn of_out(command: &Command<'_>) -> Self {
        match command.field(0) {
            Some(b"OTH") => Self::Elsewhere,
            Some(b"SSD") => Self::Lost(why(format_args!("the server is going down for maintenance"))),
            Some(b"TOU") => Self::Refused(why(format_args!("the server wants its terms of use accepted"))),
            Some(b"MIG") => Self::SignInAgain,
            Some(b"RCT") => {
                let minutes = command.field(1).and_then(text::number).unwrap_or(1).clamp(1, RCT_MINUTES_MAX);
                let sentence = why(format_args!("the server wants us back in {minutes} min"));
                Self::LostFor(Duration::from_secs(minutes * 60), sentence)
            }
            _ => Self::Lost(why(format_args!("the server ended the session"))),
        }
    }
}

impl Session {
    /// `NNN n`: to the command it answers, or to the session.
    pub(super) fn numeric_error(
        &mut self,
        code: ErrorCode,
        command: &Command<'_>,
        sink: Sink<'_>,
    ) -> Step<'static> {
        let phase = self.phase();
        if let Some(of) = self.answered(command) {
            let ask = Self::command_refused(of, code, sink);
            return match code.reaction(phase) {
                // The state is lost, or we are: the session has to begin anew.
                reaction @ (Reaction::Retry | Reaction::BackOff | Reaction::FreshTry | Reaction::Refused)
                    if of != Of::Switchboard =>
                {
                    Err(Ending::of_reaction(reaction, self.sentence(code)))
                }
                _ => Ok(ask),
            };
        }
        if !self.concerns_us(command) {
            log::warn!("msn: got error {} for a command we did not send, ignored it", code.0);
            return Ok(None);
        }
        let sentence = self.sentence(code);
        match code.reaction(phase) {
            Reaction::AlreadySo | Reaction::Ignore | Reaction::SlowDown | Reaction::NewSwitchboard => {
                log::warn!("msn: {sentence}");
                Ok(None)
            }
            // The end that follows is told with the same sentence.
            reaction => Err(Ending::of_reaction(reaction, sentence)),
        }
    }

    fn sentence(&self, code: ErrorCode) -> Why {
        // A revived server answers 911 for an account that has no MD5 credential, too [observed: Escargot].
        if code.0 == 911 && self.uses_md5() {
            return why(format_args!("{code}: wrong account or password, or the account has no MD5 sign-in"));
        }
        why(format_args!("{code}"))
    }

    fn phase(&self) -> Phase {
        match self.state {
            State::AwaitSyn(_) | State::AwaitLists | State::AwaitChg(_) => Phase::Sync,
            State::Online => Phase::Session,
            _ => Phase::SignIn,
        }
    }

    /// An error without TrId, with that of the command we wait for, or with that of our last challenge answer.
    fn concerns_us(&self, command: &Command<'_>) -> bool {
        match command.trid() {
            None | Some(0) => true,
            trid => trid == self.awaited().map(|(_, wait)| wait.trid) || trid == self.last_qry,
        }
    }

    fn command_refused(of: Of, code: ErrorCode, sink: Sink<'_>) -> Option<Ask<'static>> {
        match of {
            Of::Chg => log::warn!("msn: the server refused our status: {code}"),
            Of::Switchboard => return Some(Ask::NoSwitchboard(Some(code.0))),
            Of::Edit { ticket } if code.reaction(Phase::Session) == Reaction::AlreadySo => {
                sink(Event::Edited { ticket, verdict: Verdict::Done });
            }
            Of::Edit { ticket } => sink(Event::Edited { ticket, verdict: Verdict::Refused(code.0) }),
        }
        None
    }
}

/// `OUT RCT` is believed up to a day.
const RCT_MINUTES_MAX: u64 = 24 * 60;

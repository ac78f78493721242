//! What each command of a switchboard means to a [`Conversation`].
//!
//! It knows one command at a time; what follows for messages on their way is the pool's business.

use super::{Conversation, End, State, Turn, next};
use crate::limits::{JOIN_TIMEOUT, PAYLOAD_MAX, TRANSACTION_TIMEOUT};
use crate::msnp::client::Sink;
use crate::msnp::command::{Command, TrId};
use crate::msnp::switchboard::Me;
use crate::msnp::switchboard::incoming::{Answers, Inbox};
use crate::msnp::switchboard::members::account_of;
use crate::text::Quoted;
use crate::time::Instant;

impl Conversation {
    /// Reads a command.
    pub(in crate::msnp::switchboard) fn take(
        &mut self,
        now: Instant,
        command: Command<'_>,
        me: &Me,
        inbox: &mut Inbox,
        sink: Sink<'_>,
    ) -> Turn {
        match command.verb() {
            b"MSG" => self.on_message(now, command, me, inbox, sink),
            b"ACK" => self.on_answer(command.trid(), Turn::Acked),
            b"NAK" => self.on_answer(command.trid(), Turn::Naked),
            b"JOI" => self.on_join(now, command.field(0), me),
            b"IRO" => self.on_join(now, command.field(3), me),
            b"BYE" => self.on_bye(command.field(0)),
            b"USR" => self.on_usr(now, command),
            b"CAL" => self.on_cal(now, command),
            b"ANS" => self.on_ans(now, command),
            b"CHL" => self.on_challenge(command, me),
            b"PNG" => self.on_ping(),
            b"OUT" => Turn::Over(End::SentOut),
            b"QNG" | b"QRY" => Turn::Nothing,
            _ => match command.error_code() {
                Some(code) => self.on_error(now, code, command.trid()),
                None => self.ignore(command),
            },
        }
    }

    fn open(&mut self, now: Instant) -> Turn {
        self.state = State::Open;
        self.active_at = now;
        Turn::Opened
    }

    fn on_usr(&mut self, now: Instant, command: Command<'_>) -> Turn {
        match self.state {
            State::AwaitUsr { trid, .. } if is_answer(command, trid, b"OK") => {
                let trid = next(&mut self.last_trid);
                self.outbox.command("CAL").number(trid).word(&self.with).end();
                self.state = State::AwaitRinging { trid, until: now + TRANSACTION_TIMEOUT };
                Turn::Nothing
            }
            _ => self.ignore(command),
        }
    }

    fn on_cal(&mut self, now: Instant, command: Command<'_>) -> Turn {
        match self.state {
            State::AwaitRinging { trid, .. } if is_answer(command, trid, b"RINGING") => {
                self.state = State::AwaitJoi { trid, until: now + JOIN_TIMEOUT };
                Turn::Nothing
            }
            _ => self.ignore(command),
        }
    }

    fn on_ans(&mut self, now: Instant, command: Command<'_>) -> Turn {
        match self.state {
            State::AwaitAns { trid, .. } if is_answer(command, trid, b"OK") => {
                if self.members.are_none() {
                    self.state = State::AwaitJoi { trid, until: now + JOIN_TIMEOUT };
                    return Turn::Nothing;
                }
                self.open(now)
            }
            _ => self.ignore(command),
        }
    }

    /// JOI: somebody came. IRO: somebody was here before us.
    fn on_join(&mut self, now: Instant, account: Option<&[u8]>, me: &Me) -> Turn {
        let Some(account) = account.and_then(account_of) else {
            return Turn::Nothing;
        };
        if account.eq_ignore_ascii_case(&me.account) {
            return Turn::Nothing;
        }
        self.members.join(&account);
        let awaited = match self.state {
            State::AwaitRinging { .. } => self.has(&self.with),
            State::AwaitJoi { .. } => !self.is_call() || self.has(&self.with),
            _ => false,
        };
        if awaited { self.open(now) } else { Turn::Nothing }
    }

    /// Somebody left; a trailing `1` says that the server found the conversation idle.
    fn on_bye(&mut self, account: Option<&[u8]>) -> Turn {
        if let Some(account) = account.and_then(account_of) {
            self.members.part(&account);
        }
        Turn::Nothing
    }

    fn on_message(
        &mut self,
        now: Instant,
        command: Command<'_>,
        me: &Me,
        inbox: &mut Inbox,
        sink: Sink<'_>,
    ) -> Turn {
        let has_room = self.has_room_to_answer();
        let answers =
            has_room.then_some(Answers { last_trid: &mut self.last_trid, outbox: &mut self.outbox });
        if inbox.receive(now, command, &me.account, answers, sink) {
            self.active_at = now;
        }
        Turn::Nothing
    }

    /// ACK or NAK.
    fn on_answer(&mut self, trid: Option<TrId>, turn: Turn) -> Turn {
        match self.unacked.take_if(|unacked| Some(unacked.trid) == trid) {
            Some(_) => turn,
            None => Turn::Nothing,
        }
    }

    /// A numeric error. Without a TrId it is about what we asked last.
    fn on_error(&mut self, now: Instant, code: u16, about: Option<TrId>) -> Turn {
        let is_about = |trid: TrId| about.is_none_or(|about| about == trid);
        match self.state {
            State::AwaitUsr { trid, .. } | State::AwaitAns { trid, .. } if is_about(trid) => {
                Turn::Over(End::SignInRefused(code))
            }
            // "Already in the session": an earlier CAL of ours rings.
            State::AwaitRinging { trid, .. } if is_about(trid) && code == 215 => {
                self.state = State::AwaitJoi { trid, until: now + JOIN_TIMEOUT };
                Turn::Nothing
            }
            State::AwaitRinging { trid, .. } | State::AwaitJoi { trid, .. } if is_about(trid) => {
                Turn::Over(End::CallRefused(code))
            }
            State::Open => match self.unacked.take_if(|unacked| is_about(unacked.trid)) {
                Some(_) => Turn::Rejected(code),
                None => Turn::Nothing,
            },
            _ => {
                log::debug!("{}: error {code} about nothing we asked", self.link.room);
                Turn::Nothing
            }
        }
    }

    /// A challenge, as on the notification connection `[seed 000]`.
    fn on_challenge(&mut self, command: Command<'_>, me: &Me) -> Turn {
        if let Some(challenge) = command.field(1)
            && self.has_room_to_answer()
        {
            let (trid, product) = (next(&mut self.last_trid), me.dialect.product());
            let answer = product.answer(challenge);
            self.outbox.command("QRY").number(trid).word(product.id).payload(&[answer.as_bytes()]);
        }
        Turn::Nothing
    }

    fn on_ping(&mut self) -> Turn {
        if self.has_room_to_answer() {
            self.outbox.command("QNG").end();
        }
        Turn::Nothing
    }

    /// Whether a small answer can be written and still leave room for a message of our own. A peer that asks for more
    /// answers than it reads gets the first ones.
    fn has_room_to_answer(&self) -> bool {
        let kept = if self.unacked.is_some() { 0 } else { MESSAGE_MAX };
        self.outbox.room() >= kept + ANSWER_MAX
    }

    fn ignore(&self, command: Command<'_>) -> Turn {
        log::debug!("{}: ignored {}", self.link.room, Quoted(command.as_line()));
        Turn::Nothing
    }
}

/// Whether a command answers ours with this word: `USR 1 OK`.
fn is_answer(command: Command<'_>, trid: TrId, word: &[u8]) -> bool {
    command.trid() == Some(trid) && command.field(1) == Some(word)
}

/// Octets of the longest message, its line included.
const MESSAGE_MAX: usize = PAYLOAD_MAX + 32;
/// Octets of the longest small answer: a refused invitation.
const ANSWER_MAX: usize = 256;

//! What waits to be said, until it is known what became of it: every message ends in exactly one outcome.
//!
//! It knows people and messages, not how a conversation comes about.

use core::fmt::{self, Write as _};

use heapless::{String, Vec};

use super::Account;
use super::conversation::End;
use crate::limits::{TEXT_MAX, TRANSACTION_TIMEOUT};
use crate::msnp::client::Sink;
use crate::msnp::command::Line;
use crate::msnp::errors::{ErrorCode, Phase, Reaction};
use crate::msnp::{Event, Outcome, Say, mime};
use crate::time::{Duration, Instant};

/// What is to be said, kept until its outcome is known: it may have to be sent again.
#[expect(clippy::large_enum_variant, reason = "nothing is allocated: the room is there anyway")]
pub(super) enum What {
    /// Words.
    Text(String<TEXT_MAX>),
    /// A nudge.
    Nudge,
}

impl What {
    /// Completes a `MSG` line with its payload.
    pub(super) fn write<const N: usize>(&self, line: Line<'_, N>) {
        match self {
            Self::Nudge => line.payload(&mime::nudge_parts()),
            // It was taken over only because it fits.
            Self::Text(text) => line.payload(&mime::text_parts(text).unwrap_or_default()),
        }
    }
}

/// How far a message has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It needs a conversation with the person alone, or its turn in one.
    Waiting,
    /// It was written to the switchboard at this place, which owes an answer.
    Sent(usize),
}

struct Message {
    ticket: u32,
    to: Account,
    what: What,
    stage: Stage,
    /// It may be tried once more by itself, as long as nobody can have read it.
    again: bool,
    expires_at: Instant,
}

/// The messages on their way, oldest first.
#[derive(Default)]
pub(super) struct Outgoing {
    messages: Vec<Message, MESSAGES_MAX>,
}

impl Outgoing {
    /// Takes a message over, or says at once that it failed.
    pub(super) fn push(&mut self, now: Instant, ticket: u32, to: &str, say: Say<'_>, sink: Sink<'_>) {
        let mut refuse = |why: fmt::Arguments<'_>| report(sink, ticket, Outcome::Failed, why);
        let Some(account) = address(to) else {
            return refuse(format_args!("not an address a person can be called by"));
        };
        let what = match say {
            Say::Nudge => What::Nudge,
            Say::Text(text) => match String::try_from(text) {
                Ok(text) => What::Text(text),
                Err(_) => {
                    return refuse(format_args!("{} octets of text; a message holds {TEXT_MAX}", text.len()));
                }
            },
        };
        let expires_at = now + EXPIRY;
        let message = Message { ticket, to: account, what, stage: Stage::Waiting, again: true, expires_at };
        if self.messages.push(message).is_err() {
            return refuse(format_args!("{MESSAGES_MAX} messages are still on their way"));
        }
        report(sink, ticket, Outcome::Sending, format_args!(""));
    }

    /// The persons whose next message waits, with its place for [`sent`](Self::sent). One person's messages keep their
    /// order: the next waits until it is known what became of the one before.
    pub(super) fn next_of_each(&self) -> impl Iterator<Item = (usize, &str)> {
        self.messages.iter().enumerate().filter_map(|(index, message)| {
            let mut before = self.messages.iter().take(index);
            let first = !before.any(|earlier| is_same(&earlier.to, &message.to));
            (first && message.stage == Stage::Waiting).then_some((index, message.to.as_str()))
        })
    }

    /// What the message at `index` says.
    pub(super) fn what(&self, index: usize) -> Option<&What> {
        self.messages.get(index).map(|message| &message.what)
    }

    /// The message at `index` was written to the switchboard at `place`.
    pub(super) fn sent(&mut self, index: usize, place: usize) {
        if let Some(message) = self.messages.get_mut(index) {
            message.stage = Stage::Sent(place);
        }
    }

    /// To whom the message at a switchboard goes that has no answer yet.
    pub(super) fn recipient(&self, place: usize) -> Option<&str> {
        self.messages
            .iter()
            .find(|message| message.stage == Stage::Sent(place))
            .map(|message| message.to.as_str())
    }

    /// The message at `place` has come to its end.
    pub(super) fn finish(&mut self, place: usize, outcome: Outcome, why: fmt::Arguments<'_>, sink: Sink<'_>) {
        if let Some(index) = self.messages.iter().position(|message| message.stage == Stage::Sent(place)) {
            self.end(index, outcome, why, sink);
        }
    }

    /// Nobody can have read the message at `place`: it waits again, once; the second time it failed.
    pub(super) fn try_again(&mut self, place: usize, why: fmt::Arguments<'_>, sink: Sink<'_>) {
        if let Some(index) = self.messages.iter().position(|message| message.stage == Stage::Sent(place)) {
            self.again_or_failed(index, why, sink);
        }
    }

    /// A call to somebody came to nothing. About the person, that is the end of what waits for them; about servers and
    /// links, another switchboard may do better, once.
    pub(super) fn call_failed(&mut self, to: &str, end: End, sink: Sink<'_>) {
        let why = CallFailed { to, end };
        let is_final = match end {
            End::CallRefused(code) | End::SignInRefused(code) => {
                ErrorCode(code).reaction(Phase::Switchboard) != Reaction::NewSwitchboard
            }
            End::NotJoined => true,
            _ => false,
        };
        self.not_reached(to, format_args!("{why}"), !is_final, sink);
    }

    /// What waits for this person has no switchboard, or nobody on it. It may wait for another one, once, or has failed.
    pub(super) fn not_reached(&mut self, to: &str, why: fmt::Arguments<'_>, once_more: bool, sink: Sink<'_>) {
        self.each_waiting(
            sink,
            |message| is_same(&message.to, to),
            |queue, index, sink| {
                if once_more {
                    queue.again_or_failed(index, why, sink);
                } else {
                    queue.end(index, Outcome::Failed, why, sink);
                }
            },
        );
    }

    /// Ends what has waited too long.
    pub(super) fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        self.each_waiting(
            sink,
            |message| message.expires_at <= now,
            |queue, index, sink| {
                let why = format_args!("could not be reached within {} s", EXPIRY.as_secs());
                queue.end(index, Outcome::Failed, why, sink);
            },
        );
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let waiting = self.messages.iter().filter(|message| message.stage == Stage::Waiting);
        waiting.map(|message| message.expires_at).min()
    }

    /// Ends everything: nobody will be there to send it.
    pub(super) fn give_up(&mut self, why: fmt::Arguments<'_>, sink: Sink<'_>) {
        while let Some(message) = self.messages.first() {
            let written = matches!(message.stage, Stage::Sent(_));
            self.end(0, if written { Outcome::Unsure } else { Outcome::Failed }, why, sink);
        }
    }

    /// Applies `end` to every waiting message that `which` picks, oldest first. What ends makes the next one move up.
    fn each_waiting(
        &mut self,
        sink: Sink<'_>,
        which: impl Fn(&Message) -> bool,
        end: impl Fn(&mut Self, usize, Sink<'_>),
    ) {
        let mut index = 0;
        while let Some(message) = self.messages.get(index) {
            let before = self.messages.len();
            if message.stage == Stage::Waiting && which(message) {
                end(self, index, sink);
            }
            index += usize::from(self.messages.len() == before);
        }
    }

    fn again_or_failed(&mut self, index: usize, why: fmt::Arguments<'_>, sink: Sink<'_>) {
        match self.messages.get_mut(index) {
            Some(message) if message.again => {
                log::debug!("msn: message {} goes once more: {why}", message.ticket);
                message.again = false;
                message.stage = Stage::Waiting;
            }
            _ => self.end(index, Outcome::Failed, why, sink),
        }
    }

    fn end(&mut self, index: usize, outcome: Outcome, why: fmt::Arguments<'_>, sink: Sink<'_>) {
        if index < self.messages.len() {
            let message = self.messages.remove(index);
            report(sink, message.ticket, outcome, why);
        }
    }
}

/// Accounts are the same in any case.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// An account that can stand in CAL: addresses come from servers too, and might hold anything.
fn address(to: &str) -> Option<Account> {
    let is_word = !to.is_empty() && !to.contains(|c: char| c.is_whitespace() || c.is_control());
    Account::try_from(to).ok().filter(|_| is_word)
}

fn report(sink: Sink<'_>, ticket: u32, outcome: Outcome, why: fmt::Arguments<'_>) {
    let mut sentence: String<SENTENCE_MAX> = String::new();
    // A sentence that does not fit is cut; it is for people.
    let _cut = sentence.write_fmt(why);
    sink(Event::Delivery { ticket, outcome, why: &sentence });
}

/// Why a call came to nothing, for people.
struct CallFailed<'a> {
    to: &'a str,
    end: End,
}

impl fmt::Display for CallFailed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.to;
        match self.end {
            End::CallRefused(217) => write!(f, "{to} is offline"),
            End::CallRefused(code) => write!(f, "{to} can't be called: {}", ErrorCode(code)),
            End::NotJoined => write!(f, "{to} did not answer the call"),
            End::SignInRefused(code) => write!(f, "the switchboard refused us: {}", ErrorCode(code)),
            End::Silent => write!(f, "the switchboard did not answer"),
            End::Gone(why, _) => write!(f, "no switchboard: {why}"),
            _ => write!(f, "the switchboard ended the call"),
        }
    }
}

/// A text with its headers fits one payload.
const _: () = assert!(TEXT_MAX <= mime::TEXT_ROOM);
/// Messages on their way at once; a further one is refused.
const MESSAGES_MAX: usize = 4;
/// A message that could not even be written by then has failed: the person at the button wants to know.
const EXPIRY: Duration = TRANSACTION_TIMEOUT.saturating_mul(2);
/// Octets of a sentence: an account and some words.
const SENTENCE_MAX: usize = 224;

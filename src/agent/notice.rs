//! Facts that scripts and logs want to know, and the queue in which they wait to be polled.
//!
//! It does not know what the facts mean; contacts' changes do not pass through here but are marks in the roster.

use heapless::{Deque, Vec};

use super::settings::Replies;
use crate::limits::{ACCOUNT_MAX, NAME_MAX, NOTICES_MAX, TEXT_MAX, WHY_MAX};
use crate::link::Network;
use crate::message::Outcome;
use crate::presence::{LinkState, Presence, Status};
use crate::text;

/// Something that happened, owned: a headless line or a log line is made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// An account's connection changed.
    Link {
        /// Which account.
        network: Network,
        /// The new state.
        state: LinkState,
        /// For people; may be empty.
        why: heapless::String<WHY_MAX>,
    },
    /// Our own status changed, as far as the server told.
    Own {
        /// On which network.
        network: Network,
        /// The status.
        status: OwnStatus,
    },
    /// A contact's presence or name changed.
    Contact {
        /// Who.
        account: heapless::String<ACCOUNT_MAX>,
        /// What they do.
        presence: Presence,
        /// Their friendly name.
        name: heapless::String<NAME_MAX>,
    },
    /// Somebody said or did something.
    Message {
        /// Who.
        from: heapless::String<ACCOUNT_MAX>,
        /// What kind.
        kind: MessageKind,
        /// Their words; empty where there are none.
        text: heapless::String<TEXT_MAX>,
    },
    /// How many messages of somebody wait to be seen; 0 when they were acknowledged or answered.
    Waiting {
        /// Whose.
        from: heapless::String<ACCOUNT_MAX>,
        /// How many.
        unread: u16,
    },
    /// What became of a reply.
    Reply {
        /// To whom.
        to: heapless::String<ACCOUNT_MAX>,
        /// Its words; empty for a nudge.
        text: heapless::String<TEXT_MAX>,
        /// How it came out.
        outcome: Outcome,
        /// For people; may be empty.
        why: heapless::String<WHY_MAX>,
    },
}

/// What friends see of us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnStatus {
    /// The server confirmed it.
    Is(Status),
    /// We are signed in, and nobody said whether a change was made.
    Unknown,
    /// We are not signed in.
    Offline,
}

impl OwnStatus {
    /// The word for people and scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Is(status) => status.as_str(),
            Self::Unknown => "unknown",
            Self::Offline => "offline",
        }
    }
}

/// The `kind` of a headless message line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Words.
    Text,
    /// A nudge.
    Nudge,
    /// They are typing.
    Typing,
    /// Somebody asks to have us on their list.
    Request,
    /// Somebody accepted to be on ours.
    Accepted,
    /// Somebody refused to be on ours.
    Refused,
    /// A mail came, or mails are unread.
    Mail,
    /// A file or a call was offered and declined.
    Invite,
}

impl MessageKind {
    /// The word of headless lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Nudge => "nudge",
            Self::Typing => "typing",
            Self::Request => "request",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Mail => "mail",
            Self::Invite => "invite",
        }
    }
}

/// What was said to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// The canned reply of that index.
    Reply(u8),
    /// A nudge.
    Nudge,
}

impl Said {
    /// Its words; none for a nudge.
    pub(super) fn words(self, replies: &Replies) -> &str {
        match self {
            Self::Reply(index) => replies.texts.get(usize::from(index)).map_or("", |text| text.as_str()),
            Self::Nudge => "",
        }
    }
}

/// A notice without its texts, but with their lengths; they wait in the queue's text in the same order.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Link { network: Network, state: LinkState, why: u8 },
    Own { network: Network, status: OwnStatus },
    Message { kind: MessageKind, from: u8, text: u16 },
    Waiting { from: u8, unread: u16 },
    Reply { to: u8, said: Said, outcome: Outcome, why: u8 },
}

impl Fact {
    /// The lengths of its one or two texts.
    fn lengths(self) -> (usize, usize) {
        let (first, second) = match self {
            Self::Link { why, .. } => (u16::from(why), 0),
            Self::Own { .. } => (0, 0),
            Self::Message { from, text, .. } => (u16::from(from), text),
            Self::Waiting { from, .. } => (u16::from(from), 0),
            Self::Reply { to, why, .. } => (u16::from(to), u16::from(why)),
        };
        (usize::from(first), usize::from(second))
    }
}

/// Notices waiting to be polled, packed: whole ones in a row would take three quarters of a kilobyte each. When it is
/// full the oldest makes room, and the loss is logged.
#[derive(Debug, Default)]
pub(super) struct Queue {
    facts: Deque<Fact, NOTICES_MAX>,
    text: Vec<u8, QUEUE_TEXT>,
}

impl Queue {
    pub(super) fn link(&mut self, network: Network, state: LinkState, why: &str) {
        let why = text::cut::<WHY_MAX>(why);
        self.push(Fact::Link { network, state, why: short(&why) }, &why, "");
    }

    pub(super) fn own(&mut self, network: Network, status: OwnStatus) {
        self.push(Fact::Own { network, status }, "", "");
    }

    pub(super) fn message(&mut self, from: &str, kind: MessageKind, words: &str) {
        let (from, words) = (text::cut::<ACCOUNT_MAX>(from), text::cut_marked::<TEXT_MAX>(words));
        let len = u16::try_from(words.len()).unwrap_or(0);
        self.push(Fact::Message { kind, from: short(&from), text: len }, &from, &words);
    }

    pub(super) fn waiting(&mut self, from: &str, unread: u16) {
        let from = text::cut::<ACCOUNT_MAX>(from);
        self.push(Fact::Waiting { from: short(&from), unread }, &from, "");
    }

    pub(super) fn reply(&mut self, to: &str, said: Said, outcome: Outcome, why: &str) {
        let (to, why) = (text::cut::<ACCOUNT_MAX>(to), text::cut::<WHY_MAX>(why));
        self.push(Fact::Reply { to: short(&to), said, outcome, why: short(&why) }, &to, &why);
    }

    fn push(&mut self, fact: Fact, first: &str, second: &str) {
        let octets = first.len() + second.len();
        let mut lost = 0;
        while self.facts.is_full() || QUEUE_TEXT - self.text.len() < octets {
            if self.take().is_none() {
                return;
            }
            lost += 1;
        }
        if lost > 0 {
            log::warn!("agent: {lost} notices lost, more came at once than are kept");
        }
        // Both have room now.
        let _ = self.text.extend_from_slice(first.as_bytes());
        let _ = self.text.extend_from_slice(second.as_bytes());
        let _ = self.facts.push_back(fact);
    }

    /// The oldest fact and its texts, which stay in the queue's text until [`Queue::drop_text`].
    fn take(&mut self) -> Option<Fact> {
        let fact = self.facts.pop_front()?;
        let (first, second) = fact.lengths();
        self.drop_text(first + second);
        Some(fact)
    }

    fn drop_text(&mut self, octets: usize) {
        let len = self.text.len();
        if octets <= len {
            self.text.copy_within(octets.., 0);
            self.text.truncate(len - octets);
        }
    }

    /// The oldest notice, whole.
    pub(super) fn pop(&mut self, replies: &Replies) -> Option<Notice> {
        let fact = self.facts.pop_front()?;
        let (first, second) = fact.lengths();
        let notice = whole(fact, self.at(0, first), self.at(first, second), replies);
        self.drop_text(first + second);
        Some(notice)
    }

    fn at(&self, start: usize, len: usize) -> &str {
        let octets = self.text.get(start..start + len).unwrap_or_default();
        core::str::from_utf8(octets).unwrap_or_default()
    }
}

fn whole(fact: Fact, first: &str, second: &str, replies: &Replies) -> Notice {
    match fact {
        Fact::Link { network, state, .. } => Notice::Link { network, state, why: text::cut(first) },
        Fact::Own { network, status } => Notice::Own { network, status },
        Fact::Message { kind, .. } => {
            Notice::Message { from: text::cut(first), kind, text: text::cut(second) }
        }
        Fact::Waiting { unread, .. } => Notice::Waiting { from: text::cut(first), unread },
        Fact::Reply { said, outcome, .. } => {
            let words = text::cut(said.words(replies));
            Notice::Reply { to: text::cut(first), text: words, outcome, why: text::cut(second) }
        }
    }
}

fn short(text: &str) -> u8 {
    u8::try_from(text.len()).unwrap_or(0)
}

/// Octets of all texts waiting: several times what one turn's octets can carry.
const QUEUE_TEXT: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_come_out_whole_and_in_order() {
        let replies = Replies { texts: vec!["Yes".into()], ..Replies::default() };
        let mut queue = Queue::default();
        queue.link(Network::Msn, LinkState::Lost, "connection broken");
        queue.own(Network::Qq, OwnStatus::Unknown);
        queue.message("bob@example.net", MessageKind::Text, "grüß dich");
        queue.waiting("bob@example.net", 2);
        queue.reply("bob@example.net", Said::Reply(0), Outcome::Failed, "bob is offline");
        let out: std::vec::Vec<Notice> = core::iter::from_fn(|| queue.pop(&replies)).collect();
        let bob = text::cut("bob@example.net");
        assert_eq!(
            out,
            [
                Notice::Link {
                    network: Network::Msn,
                    state: LinkState::Lost,
                    why: text::cut("connection broken")
                },
                Notice::Own { network: Network::Qq, status: OwnStatus::Unknown },
                Notice::Message {
                    from: bob.clone(), kind: MessageKind::Text, text: text::cut("grüß dich")
                },
                Notice::Waiting { from: bob.clone(), unread: 2 },
                Notice::Reply {
                    to: bob,
                    text: text::cut("Yes"),
                    outcome: Outcome::Failed,
                    why: text::cut("bob is offline")
                },
            ]
        );
    }

    #[test]
    fn a_full_queue_loses_its_oldest_and_keeps_texts_with_their_facts() {
        let replies = Replies::default();
        let mut queue = Queue::default();
        for number in 0..100 {
            let words = format!("{number} {}", "x".repeat(390));
            queue.message("bob@example.net", MessageKind::Text, &words);
        }
        let out: std::vec::Vec<Notice> = core::iter::from_fn(|| queue.pop(&replies)).collect();
        assert!(out.len() >= 8, "{}", out.len());
        for (notice, number) in out.iter().rev().zip((0..100).rev()) {
            let Notice::Message { from, text, .. } = notice else { panic!("{notice:?}") };
            assert_eq!(from, "bob@example.net");
            assert!(text.starts_with(&format!("{number} x")), "{text}");
        }
    }
}

//! One place in the pool: a conversation, and how far its stream is read.
//!
//! It knows octets and the clock of half a command; what commands mean is the conversation's business.

use super::Me;
use super::conversation::{Conversation, End, Turn};
use super::incoming::Inbox;
use crate::msnp::client::Sink;
use crate::msnp::decoder::{Decoder, Unit};
use crate::text::Quoted;
use crate::time::{Duration, Instant, earlier};

/// See the module's words.
pub(super) struct Place {
    pub(super) conversation: Conversation,
    decoder: Decoder,
    /// Since when a command is incomplete.
    midway_since: Option<Instant>,
}

impl Place {
    /// A free place.
    pub(super) fn new(index: usize) -> Self {
        let place = u8::try_from(index).unwrap_or(u8::MAX);
        Self { conversation: Conversation::vacant(place), decoder: Decoder::new(), midway_since: None }
    }

    /// Reads up to the end of the next command. Answers how many octets were used.
    pub(super) fn read(
        &mut self,
        now: Instant,
        octets: &[u8],
        me: &Me,
        inbox: &mut Inbox,
        sink: Sink<'_>,
    ) -> (usize, Turn) {
        let room = self.conversation.link().room;
        let (used, unit) = self.decoder.feed(octets);
        let turn = match unit {
            Ok(None) => {
                if self.decoder.is_midway() {
                    self.midway_since.get_or_insert(now);
                }
                return (used, Turn::Nothing);
            }
            Ok(Some(Unit::Command(command))) => self.conversation.take(now, command, me, inbox, sink),
            Ok(Some(Unit::Overlong { len, head })) => {
                log::warn!("{room}: skipped a line of {len} octets: {}", Quoted(head));
                Turn::Nothing
            }
            Err(fault) => {
                log::warn!("{room}: got {fault}; leaving");
                Turn::Over(End::Unreadable(fault))
            }
        };
        self.midway_since = None;
        (used, turn)
    }

    /// Lets time pass.
    pub(super) fn tick(&mut self, now: Instant) -> Turn {
        match self.stalls_at() {
            Some(until) if until <= now => Turn::Over(End::Stalled),
            _ => self.conversation.tick(now),
        }
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        earlier(self.conversation.wake_at(), self.stalls_at())
    }

    fn stalls_at(&self) -> Option<Instant> {
        self.midway_since.map(|since| since + INCOMPLETE_MAX)
    }

    /// What ends a conversation without anybody saying so.
    pub(super) fn over_by_itself(&self) -> Option<End> {
        if self.conversation.is_unread() {
            return Some(End::Unread);
        }
        self.conversation.is_deserted().then_some(End::Deserted)
    }

    /// Makes the place free.
    pub(super) fn leave(&mut self, end: End) {
        match end {
            End::Gone(..) => self.conversation.vacate(),
            _ => self.conversation.leave(),
        }
        self.decoder.reset();
        self.midway_since = None;
    }
}

/// Half a command may stand in the stream for so long.
const INCOMPLETE_MAX: Duration = Duration::from_secs(30);

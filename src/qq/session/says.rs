//! What we say: waiting, going out in pieces, and what became of it.
//!
//! What was written and not answered is never written again.

use heapless::{Deque, String};

use super::{RES_DONE, RES_PENALTY, deliver};
use crate::limits::{QQ_PENALTY, QQ_RETRY_AFTER, QQ_SAY_SPACING, QQ_SAY_WITHIN, QQ_SAYS_MAX, TEXT_MAX};
use crate::qq::client::Sink;
use crate::qq::command::Command;
use crate::qq::exchange::Silence;
use crate::qq::segments::first_piece;
use crate::qq::{Outcome, Uin};
use crate::text;
use crate::time::Instant;

#[derive(Debug, Default)]
pub(super) struct Says {
    waiting: Deque<Words, QQ_SAYS_MAX>,
    free_at: Instant,
    /// A piece of the first one is on its way.
    asked: bool,
}

#[derive(Debug)]
struct Words {
    ticket: u32,
    to: Uin,
    words: String<TEXT_MAX>,
    /// Octets that the server took.
    done: usize,
    /// It was punished for its haste once, and gets one more try.
    punished: bool,
    give_up_at: Instant,
}

impl Words {
    fn rest(&self) -> &str {
        self.words.get(self.done..).unwrap_or_default()
    }
}

impl Says {
    pub(super) fn push(&mut self, now: Instant, ticket: u32, to: Uin, words: &str, sink: Sink<'_>) {
        if words.is_empty() || words.len() > TEXT_MAX {
            let sentence = format_args!("expected 1 to {TEXT_MAX} octets of text");
            return deliver(ticket, Outcome::Failed, sentence, sink);
        }
        let give_up_at = now + QQ_SAY_WITHIN;
        let words = Words { ticket, to, words: text::cut(words), done: 0, punished: false, give_up_at };
        match self.waiting.push_back(words) {
            Ok(()) => deliver(ticket, Outcome::Sending, format_args!(""), sink),
            Err(_) => deliver(ticket, Outcome::Failed, format_args!("too many replies are waiting"), sink),
        }
    }

    pub(super) fn due_at(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.free_at)
    }

    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.waiting.front().filter(|_| !self.asked).map(|words| words.give_up_at)
    }

    /// What waited too long has failed; what is on its way may take its time.
    pub(super) fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        while let Some(late) = self.waiting.front().filter(|words| !self.asked && words.give_up_at <= now) {
            deliver(late.ticket, Outcome::Failed, format_args!("could not be sent in time"), sink);
            self.waiting.pop_front();
        }
    }

    pub(super) fn ask(&mut self, now: Instant) -> Option<Command<'_>> {
        let words = self.waiting.front()?;
        (self.asked, self.free_at) = (true, now + QQ_SAY_SPACING);
        Some(Command::CltMsg(words.to, first_piece(words.rest()).0))
    }

    /// Says whether the server took it.
    pub(super) fn answered(&mut self, now: Instant, res: u64, sink: Sink<'_>) -> bool {
        self.asked = false;
        self.free_at = now + QQ_SAY_SPACING;
        let Some(words) = self.waiting.front_mut() else { return false };
        let ticket = words.ticket;
        match res {
            RES_DONE => {
                words.done += first_piece(words.rest()).0.len();
                if !words.rest().is_empty() {
                    return true;
                }
                deliver(ticket, Outcome::Delivered, format_args!(""), sink);
            }
            RES_PENALTY => {
                self.free_at = now + QQ_PENALTY;
                if !core::mem::replace(&mut words.punished, true) {
                    log::info!("qq: a reply was too fast for the server; trying once more in 30 s");
                    return false;
                }
                deliver(ticket, Outcome::Failed, format_args!("too fast for the server"), sink);
            }
            res => {
                deliver(ticket, Outcome::Failed, format_args!("the server refused it with RES={res}"), sink)
            }
        }
        self.waiting.pop_front();
        res == RES_DONE
    }

    /// The server did not take it, and would have, had it known us: it is asked for again.
    pub(super) const fn not_taken(&mut self) {
        self.asked = false;
    }

    pub(super) fn unanswered(&mut self, now: Instant, silence: Silence, sink: Sink<'_>) {
        self.asked = false;
        if matches!(silence, Silence::NotSent(_)) {
            self.free_at = now + QQ_RETRY_AFTER;
            return;
        }
        if let Some(words) = self.waiting.pop_front() {
            deliver(words.ticket, Outcome::Unsure, format_args!("{silence}"), sink);
        }
    }

    /// None of it will be sent.
    pub(super) fn fail(&mut self, sentence: &str, sink: Sink<'_>) {
        self.asked = false;
        while let Some(words) = self.waiting.pop_front() {
            deliver(words.ticket, Outcome::Failed, format_args!("{sentence}"), sink);
        }
    }
}

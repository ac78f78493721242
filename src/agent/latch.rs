//! Messages waiting: one row a sender, latched until acknowledged or answered.
//!
//! It does not know who may write (that is decided before) nor what a light does with it.

use heapless::{String, Vec};

use super::notice::MessageKind;
use crate::limits::{ACCOUNT_MAX, TEXT_MAX, WAITING_MAX};
use crate::text;

/// What one sender has waiting.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Names the row as long as it lives; never used twice.
    pub(super) id: u32,
    /// The sender.
    pub(super) from: String<ACCOUNT_MAX>,
    /// The last words.
    pub(super) text: String<TEXT_MAX>,
    /// What came last.
    pub(super) kind: MessageKind,
    /// How many messages.
    pub(super) unread: u16,
    /// Number of the first of them.
    first: u32,
    /// Number of the last of them.
    last: u32,
}

/// Up to which message a reply answers its recipient: what came after the press was not seen and goes on waiting.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answered {
    upto: u32,
    count: u16,
}

/// Rows in the order of their last messages, the newest at the end.
#[derive(Debug, Default)]
pub(super) struct Latch {
    rows: Vec<Waiting, WAITING_MAX>,
    numbers: u32,
}

impl Latch {
    /// A message came. Answers the sender who made room if the table was full: the one silent longest.
    pub(super) fn push(&mut self, from: &str, kind: MessageKind, words: &str) -> Option<Waiting> {
        self.numbers = self.numbers.wrapping_add(1);
        let number = self.numbers;
        let mut row = self.take(from).unwrap_or_else(|| Waiting {
            id: number,
            from: text::cut(from),
            text: String::new(),
            kind,
            unread: 0,
            first: number,
            last: number,
        });
        row.kind = kind;
        row.unread = row.unread.saturating_add(1);
        row.last = number;
        if !words.is_empty() {
            row.text = text::cut_marked(words);
        }
        let displaced = if self.rows.is_full() { Some(self.rows.remove(0)) } else { None };
        // There is room: a full table just lost a row.
        let _ = self.rows.push(row);
        displaced
    }

    /// Takes a sender's row out.
    pub(super) fn take(&mut self, from: &str) -> Option<Waiting> {
        let place = self.rows.iter().position(|row| row.from.eq_ignore_ascii_case(from))?;
        Some(self.rows.remove(place))
    }

    /// The row of a sender.
    pub(super) fn of(&self, from: &str) -> Option<&Waiting> {
        self.rows.iter().find(|row| row.from.eq_ignore_ascii_case(from))
    }

    /// The row of that id.
    pub(super) fn row(&self, id: u32) -> Option<&Waiting> {
        self.rows.iter().find(|row| row.id == id)
    }

    /// The sender who wrote last.
    pub(super) fn newest(&self) -> Option<&Waiting> {
        self.rows.last()
    }

    /// The sender whose last message is the next older one.
    pub(super) fn older_than(&self, id: u32) -> Option<&Waiting> {
        let place = self.rows.iter().position(|row| row.id == id)?;
        self.rows.get(place.checked_sub(1)?)
    }

    /// Every sender waiting, the one silent longest first.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Waiting> {
        self.rows.iter()
    }

    /// What a reply pressed now answers.
    pub(super) fn answered_now(&self, to: &str) -> Answered {
        Answered { upto: self.numbers, count: self.of(to).map_or(0, |row| row.unread) }
    }

    /// A reply arrived: what it answered waits no more. Answers how many messages still wait, if that changed.
    pub(super) fn answer(&mut self, to: &str, answered: Answered) -> Option<u16> {
        let row = self.rows.iter_mut().find(|row| row.from.eq_ignore_ascii_case(to))?;
        if row.first > answered.upto {
            return None;
        }
        if row.last > answered.upto {
            row.unread = row.unread.saturating_sub(answered.count).max(1);
            row.first = answered.upto.wrapping_add(1);
            return Some(row.unread);
        }
        self.take(to).map(|_| 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MessageKind::{Nudge, Text};

    #[test]
    fn the_last_words_stay_and_the_count_grows() {
        let mut latch = Latch::default();
        latch.push("bob@example.net", Text, "hi");
        latch.push("Bob@Example.net", Nudge, "");
        let row = latch.of("BOB@example.net").unwrap();
        assert_eq!((row.text.as_str(), row.unread, row.kind), ("hi", 2, Nudge));
        assert_eq!(latch.iter().len(), 1);
    }

    #[test]
    fn the_sender_silent_longest_makes_room() {
        let mut latch = Latch::default();
        for number in 0..WAITING_MAX {
            assert!(latch.push(&format!("{number}@example.net"), Text, "hi").is_none());
        }
        latch.push("0@example.net", Text, "me again");
        let displaced = latch.push("new@example.net", Text, "hi").unwrap();
        assert_eq!(displaced.from, "1@example.net");
        assert_eq!(latch.newest().unwrap().from, "new@example.net");
        assert_eq!(latch.iter().len(), WAITING_MAX);
    }

    #[test]
    fn a_reply_answers_only_what_was_seen_when_it_was_pressed() {
        let mut latch = Latch::default();
        latch.push("bob@example.net", Text, "one");
        latch.push("bob@example.net", Text, "two");
        let answered = latch.answered_now("bob@example.net");
        latch.push("bob@example.net", Text, "three");
        assert_eq!(latch.answer("bob@example.net", answered), Some(1));
        assert_eq!(latch.answer("bob@example.net", answered), None);
        let answered = latch.answered_now("bob@example.net");
        assert_eq!(latch.answer("bob@example.net", answered), Some(0));
        assert_eq!(latch.answer("bob@example.net", answered), None);
    }

    #[test]
    fn what_came_after_an_acknowledgement_is_not_answered_by_an_older_reply() {
        let mut latch = Latch::default();
        latch.push("bob@example.net", Text, "one");
        let answered = latch.answered_now("bob@example.net");
        latch.take("bob@example.net");
        latch.push("bob@example.net", Text, "two");
        assert_eq!(latch.answer("bob@example.net", answered), None);
        assert_eq!(latch.newest().unwrap().unread, 1);
    }

    #[test]
    fn long_words_end_in_an_ellipsis_at_a_character() {
        let mut latch = Latch::default();
        latch.push("bob@example.net", Text, &"ß".repeat(TEXT_MAX));
        let text = &latch.newest().unwrap().text;
        assert!(text.len() <= TEXT_MAX && text.ends_with("ß…"), "{text}");
    }
}

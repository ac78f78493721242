//! What came for us: `GetMsgEx`, row by row.

use super::{Session, tell_words};
use crate::limits::QQ_WORDS_MAX;
use crate::presence::Presence;
use crate::qq::client::Sink;
use crate::qq::reply::{After, GARBLED, MT_STATE, MT_TEXT, Row, rows};
use crate::qq::wire::{self, Fields};
use crate::qq::{Event, Friendship, Uin, presence_of};
use crate::text;
use crate::time::Instant;

impl Session {
    /// `MN=2&MT=99,9,&UN=36791785,106814,&MG=20,hi ,`. What was answered is gone from the server, so no row may spoil
    /// another.
    pub(super) fn mail(&mut self, now: Instant, fields: Fields<'_>, sink: Sink<'_>) {
        for row in rows(fields) {
            let (Some(from), Some(mt)) = (row.from, row.mt) else {
                log::warn!("qq: got a message without a sender or a type, ignored it");
                continue;
            };
            match mt {
                MT_TEXT => self.words(now, from, &row, sink),
                MT_STATE => self.state(now, from, &row, sink),
                2 => self.friendship(now, from, Friendship::Asked, &row, sink),
                3 => self.friendship(now, from, Friendship::Accepted, &row, sink),
                4 => self.friendship(now, from, Friendship::Refused, &row, sink),
                _ => log::info!("qq: got a message of type MT={mt} from {from}, which nothing is known of"),
            }
        }
        self.poll_at = now + self.cadence.poll_after(now);
    }

    fn words(&mut self, now: Instant, from: Uin, row: &Row<'_>, sink: Sink<'_>) {
        self.cadence.talked(now);
        match row.words {
            Some(piece) => {
                self.segments
                    .piece(now, from, piece, row.after, &mut |from, words| tell_words(from, words, sink));
            }
            None => tell_words(from, GARBLED, sink),
        }
    }

    fn state(&mut self, now: Instant, from: Uin, row: &Row<'_>, sink: Sink<'_>) {
        let presence = if let Some(st) = row.state() {
            presence_of(st).unwrap_or_else(|| {
                log::info!("qq: {from} has state {st}, which nothing is known of");
                Presence::Unknown
            })
        } else {
            // Whose state changed is known, and can be asked for; until then it is not the one before.
            self.stat.restart(now);
            Presence::Unknown
        };
        match self.friends.set(from, presence) {
            Some(true) => {
                sink(Event::Presence { account: &from.account(), presence, name: None, initial: false });
            }
            Some(false) => {}
            None => self.stranger(now, from),
        }
        // Whoever comes after us has no name in our list yet, and only a listing tells it.
        if presence != Presence::Offline && self.friends.name_asked(from) {
            self.stat.restart(now);
        }
    }

    /// Shown, never answered: that is for a person.
    fn friendship(&mut self, now: Instant, from: Uin, step: Friendship, row: &Row<'_>, sink: Sink<'_>) {
        let mut words = wire::text::<QQ_WORDS_MAX>(row.words.unwrap_or(GARBLED.as_bytes()));
        if row.after == After::Lost {
            // Of the last character perhaps only half came.
            words.truncate(words.trim_end_matches(char::REPLACEMENT_CHARACTER).len());
            text::push_mark(&mut words);
        }
        if step == Friendship::Accepted {
            self.relist(now);
        }
        if from == Uin::SYSTEM {
            return sink(Event::Notice(words.trim_end()));
        }
        sink(Event::Friendship { from: &from.account(), step, words: words.trim_end() });
    }
}

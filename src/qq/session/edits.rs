//! Changes of the list and questions about people: one at a time, and what became of it.

use heapless::String;

use super::{RES_DONE, RES_PENALTY, Session};
use crate::limits::QQ_WORDS_MAX;
use crate::qq::client::Sink;
use crate::qq::command::{Ack, Command, Kind};
use crate::qq::exchange::Silence;
use crate::qq::info::{Info, Sex};
use crate::qq::wire::Fields;
use crate::qq::{Event, NotNow, Uin, Verdict};
use crate::text;
use crate::time::Instant;

/// One change of the list, or one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit<'a> {
    /// Wants somebody as a friend; [`Verdict::MustAsk`] if they want to be asked first.
    Add(Uin),
    /// Asks somebody to accept us, in these words.
    Ask(Uin, &'a str),
    /// Accepts somebody who asked.
    Accept(Uin),
    /// Refuses somebody who asked, for this reason.
    Refuse(Uin, &'a str),
    /// Ends a friendship.
    Remove(Uin),
    /// What an account tells of itself: 0 brief, 2 normal, 3 everything. [`Event::Info`] has it.
    Find(Uin, u8),
    /// People of that age, sex and province. [`Event::Found`] has whatever is answered.
    Search(u8, Sex, &'a str),
}

#[derive(Debug)]
pub(super) struct Pending {
    ticket: u32,
    what: What,
    words: String<QQ_WORDS_MAX>,
    free_at: Instant,
    /// `Ack_AddToList` has to be sent twice: one of the two is punished, the other arrives `[seed 003]`. What became of
    /// the first is here.
    first: Option<Verdict>,
    /// The server did not know us when it was asked.
    signed_out: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Add(Uin),
    Ack(Uin, Ack),
    Remove(Uin),
    Find(Uin, u8),
    Search(u8, Sex),
}

impl Pending {
    pub(super) const fn kind(&self) -> Kind {
        match self.what {
            What::Add(_) => Kind::AddToList,
            What::Ack(..) => Kind::AckAddToList,
            What::Remove(_) => Kind::DelFromList,
            What::Find(..) => Kind::GetInfo,
            What::Search(..) => Kind::Finger,
        }
    }

    pub(super) const fn free_at(&self) -> Instant {
        self.free_at
    }

    pub(super) fn command(&self) -> Command<'_> {
        match self.what {
            What::Add(whom) => Command::AddToList(whom),
            What::Ack(whom, ack) => Command::AckAddToList(whom, ack, &self.words),
            What::Remove(whom) => Command::DelFromList(whom),
            What::Find(whom, level) => Command::GetInfo(level, whom),
            What::Search(age, sex) => Command::Finger(age, u8::from(sex == Sex::Female), &self.words),
        }
    }
}

impl Session {
    /// See [`Client::edit`](crate::qq::Client::edit).
    ///
    /// # Errors
    /// [`NotNow::NotSignedIn`], or [`NotNow::Busy`] while another edit is under way.
    pub fn edit(&mut self, now: Instant, ticket: u32, edit: Edit<'_>) -> Result<(), NotNow> {
        if !self.is_entered() {
            return Err(NotNow::NotSignedIn);
        }
        if self.edit.is_some() {
            return Err(NotNow::Busy);
        }
        let (what, words) = match edit {
            Edit::Add(whom) => (What::Add(whom), ""),
            Edit::Ask(whom, words) => (What::Ack(whom, Ack::Ask), words),
            Edit::Accept(whom) => (What::Ack(whom, Ack::Accept), ""),
            Edit::Refuse(whom, reason) => (What::Ack(whom, Ack::Refuse), reason),
            Edit::Remove(whom) => (What::Remove(whom), ""),
            Edit::Find(whom, level) => (What::Find(whom, level), ""),
            Edit::Search(age, sex, province) => (What::Search(age, sex), province),
        };
        self.edit = Some(Pending {
            ticket,
            what,
            words: text::cut(words),
            free_at: now,
            first: None,
            signed_out: false,
        });
        Ok(())
    }

    pub(super) fn edit_answered(&mut self, now: Instant, res: u64, fields: Fields<'_>, sink: Sink<'_>) {
        let Some(edit) = &self.edit else { return };
        let verdict = match (edit.what, res) {
            (What::Add(_), RES_DONE) => match fields.number("CD") {
                None | Some(0) => Verdict::Done,
                Some(1) => Verdict::MustAsk,
                Some(_) => Verdict::Declined,
            },
            (_, RES_DONE) => Verdict::Done,
            (_, RES_PENALTY) => Verdict::TooOften,
            (_, res) => Verdict::Refused(u16::try_from(res).unwrap_or(u16::MAX)),
        };
        match edit.what {
            What::Find(..) if verdict == Verdict::Done => {
                sink(Event::Info { ticket: edit.ticket, info: Info::new(fields) });
            }
            What::Search(..) if verdict == Verdict::Done => {
                sink(Event::Found { ticket: edit.ticket, fields });
            }
            _ => {}
        }
        self.edit_over(now, verdict, sink);
    }

    pub(super) fn edit_unanswered(&mut self, now: Instant, silence: Silence, sink: Sink<'_>) {
        let not_sent = matches!(silence, Silence::NotSent(_));
        self.edit_over(now, if not_sent { Verdict::NotSent } else { Verdict::Unsure }, sink);
    }

    /// It was asked, and the server did not know us: it did nothing, and is asked again once it does.
    pub(super) fn edit_signed_out(&mut self) {
        if let Some(edit) = &mut self.edit {
            edit.signed_out = true;
        }
    }

    /// Nobody will answer it any more. What was written is told before, as far as it is known.
    pub(super) fn drop_edit(&mut self, sink: Sink<'_>) {
        if let Some(edit) = self.edit.take() {
            let undone = if edit.signed_out { Verdict::SignedOut } else { Verdict::NotSent };
            let verdict = edit.first.unwrap_or(undone);
            sink(Event::Edited { ticket: edit.ticket, verdict });
        }
    }

    fn edit_over(&mut self, now: Instant, verdict: Verdict, sink: Sink<'_>) {
        let Some(edit) = &mut self.edit else { return };
        if matches!(edit.what, What::Ack(..)) && edit.first.is_none() {
            (edit.first, edit.free_at) = (Some(verdict), now);
            return;
        }
        let verdict = edit.first.map_or(verdict, |first| better(first, verdict));
        let (ticket, what) = (edit.ticket, edit.what);
        let changes = !matches!(what, What::Find(..) | What::Search(..));
        self.edit = None;
        if verdict == Verdict::Done {
            self.edited(what, sink);
        }
        if changes && matches!(verdict, Verdict::Done | Verdict::Unsure) {
            self.relist(now);
        }
        sink(Event::Edited { ticket, verdict });
    }

    /// What was done is so at once, before the next list says it: whoever asks next must find it so.
    fn edited(&mut self, what: What, sink: Sink<'_>) {
        match what {
            What::Add(whom) if self.friends.add(whom) => sink(Event::Added { account: &whom.account() }),
            What::Remove(whom) if self.friends.remove(whom) => {
                sink(Event::Removed { account: &whom.account() });
            }
            _ => {}
        }
    }
}

/// What two tries of the same amount to: one that arrived is enough, and one that may have is not known to have failed.
const fn better(a: Verdict, b: Verdict) -> Verdict {
    match (a, b) {
        (Verdict::Done, _) | (_, Verdict::Done) => Verdict::Done,
        (Verdict::Unsure, _) | (_, Verdict::Unsure) => Verdict::Unsure,
        (Verdict::NotSent, other) => other,
        (first, _) => first,
    }
}

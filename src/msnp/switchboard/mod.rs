//! Switchboards: the pool of conversations, and what is sent and received in them.
//!
//! It doesn't know the notification connection, which brings invitations (RNG) and asks for switchboards (`XFR SB`) in
//! its stead; nor what messages mean to the agent.
//!
//! In reading order: this file decides which conversation is begun, used and left; `place` reads the stream of one;
//! `conversation` is its state and what moves it, `members` who is there; `outgoing` keeps what is to be said until its
//! outcome is known; `incoming` turns MSG into events; `bucket` holds off floods of RNG.

mod bucket;
mod conversation;
mod incoming;
mod members;
mod outgoing;
mod place;
#[cfg(test)]
mod tests;

use core::array;

use heapless::String;

use self::bucket::Bucket;
use self::conversation::{Conversation, Dial, End, Turn};
use self::incoming::Inbox;
use self::outgoing::{Outgoing, is_same};
use self::place::Place;
use super::client::Sink;
use super::errors::{ErrorCode, Phase, Reaction};
use super::{Dialect, Outcome, Say};
use crate::limits::{ACCOUNT_MAX, SWITCHBOARDS_MAX};
use crate::link::{Closed, Effect, Endpoint, Link};
use crate::text::{self, Quoted};
use crate::time::{Duration, Instant, earlier};

/// An account address.
type Account = String<ACCOUNT_MAX>;

/// RNG, read: somebody wants to talk.
#[derive(Clone, Debug)]
pub struct Invitation<'a> {
    /// The session, an opaque word: digits `[seed 001]`, 31 hex digits `[observed: Escargot]`.
    pub session: &'a [u8],
    /// The switchboard.
    pub at: Endpoint,
    /// The CKI key, an opaque word.
    pub key: &'a [u8],
    /// Who, decoded.
    pub account: &'a str,
    /// Their friendly name, decoded.
    pub name: &'a str,
}

/// Who we are on switchboards.
struct Me {
    account: Account,
    dialect: Dialect,
}

/// All conversations of an account, and the messages on their way. Bounded, whatever servers send.
pub struct Switchboards {
    me: Option<Me>,
    places: [Place; SWITCHBOARDS_MAX],
    outgoing: Outgoing,
    inbox: Inbox,
    /// `XFR SB` was sent and not answered.
    transfer_asked: bool,
    /// Conversations begun; wraps after years.
    begun: u32,
    answers: Bucket,
}

impl Default for Switchboards {
    fn default() -> Self {
        Self::new()
    }
}

impl Switchboards {
    /// No conversation, nobody signed in.
    #[must_use]
    pub fn new() -> Self {
        Self {
            me: None,
            places: array::from_fn(Place::new),
            outgoing: Outgoing::default(),
            inbox: Inbox::default(),
            transfer_asked: false,
            begun: 0,
            answers: Bucket::full(),
        }
    }

    /// The account signed in with this dialect. Conversations that outlived a lost notification connection go on.
    pub fn sign_in(&mut self, account: &str, dialect: Dialect) {
        self.me = Some(Me { account: text::cut(account), dialect });
        self.transfer_asked = false;
    }

    /// Signs out of all conversations; what is on its way ends here.
    pub fn sign_out(&mut self, sink: Sink<'_>) {
        self.outgoing.give_up(format_args!("signed out"), sink);
        for place in &mut self.places {
            place.leave(End::SignedOut);
        }
        self.me = None;
        self.transfer_asked = false;
    }

    /// RNG: answers, if there is room for one more conversation and we do not answer too often already. With one person
    /// the newest conversation wins: they ring because their end of an older one is gone.
    pub fn ring(&mut self, now: Instant, invitation: Invitation<'_>) {
        let Invitation { session, at, key, account, name } = invitation;
        let declined = |why| {
            log::debug!("msn: {} ({}) rings; {why}", Quoted(account.as_bytes()), Quoted(name.as_bytes()));
        };
        if self.me.is_none() {
            return declined("nobody is signed in");
        }
        let (Some(dial), Ok(with)) = (Dial::answer(at, key, session), Account::try_from(account)) else {
            return declined("no usable switchboard, session or address");
        };
        if !self.answers.take(now) {
            return declined("too many rings at once");
        }
        match self.place_for_guest(now, &with) {
            Some(place) => self.begin(now, place, dial, with),
            None => declined("all conversations are in use"),
        }
    }

    /// Says something to somebody: in the conversation with them alone, or in a new one. [`Event::Delivery`] with
    /// `ticket` says what became of it; unless it is refused at once, [`Outcome::Sending`] comes first.
    ///
    /// [`Event::Delivery`]: super::Event::Delivery
    pub fn say(&mut self, now: Instant, ticket: u32, to: &str, say: Say<'_>, sink: Sink<'_>) {
        self.outgoing.push(now, ticket, to, say, sink);
        self.pump(now);
    }

    /// Whether `XFR SB` should be sent now. Says so once; then either [`transfer_granted`](Self::transfer_granted) or
    /// [`transfer_refused`](Self::transfer_refused) must come before it says so again.
    pub fn wants_transfer(&mut self) -> bool {
        if self.transfer_asked || self.me.is_none() || self.next_callee().is_none() {
            return false;
        }
        self.transfer_asked = self.place_for_call().is_some();
        self.transfer_asked
    }

    /// `XFR n SB`: a switchboard is ready for a call of ours.
    pub fn transfer_granted(&mut self, now: Instant, at: Endpoint, key: &[u8], sink: Sink<'_>) {
        self.transfer_asked = false;
        let (Some(with), Some(place)) = (self.next_callee(), self.place_for_call()) else {
            log::debug!("msn: a switchboard came that nobody needs any more");
            return;
        };
        match Dial::call(at, key) {
            Some(dial) => self.begin(now, place, dial, with),
            None => {
                let why = format_args!("the server named no usable switchboard");
                self.outgoing.not_reached(&with, why, false, sink);
            }
        }
    }

    /// `XFR SB` was answered with an error or with an address of no use, or, `None`, not at all. Nothing was written
    /// yet, so silence is worth a second try.
    pub fn transfer_refused(&mut self, code: Option<u16>, sink: Sink<'_>) {
        self.transfer_asked = false;
        let Some(with) = self.next_callee() else { return };
        match code.map(ErrorCode) {
            None => {
                let why = format_args!("the server named no switchboard");
                self.outgoing.not_reached(&with, why, true, sink);
            }
            Some(code) => {
                let once_more = code.reaction(Phase::Session) == Reaction::NewSwitchboard;
                self.outgoing.not_reached(&with, format_args!("no switchboard: {code}"), once_more, sink);
            }
        }
    }

    /// The notification connection is gone, and with it every switchboard that was asked for or wanted.
    pub fn transfer_lost(&mut self, sink: Sink<'_>) {
        self.transfer_asked = false;
        while let Some(with) = self.next_callee() {
            let why = format_args!("the connection to the server is lost");
            self.outgoing.not_reached(&with, why, false, sink);
        }
    }

    /// A link of ours is up.
    pub fn connected(&mut self, now: Instant, link: Link, sink: Sink<'_>) {
        let Some(index) = self.place_of(link) else {
            return;
        };
        if let (Some(place), Some(me)) = (self.places.get_mut(index), &self.me) {
            place.conversation.connected(now, me);
        }
        self.settle(now, index, Turn::Nothing, sink);
    }

    /// Octets came over a link.
    pub fn bytes(&mut self, now: Instant, link: Link, octets: &[u8], sink: Sink<'_>) {
        let mut rest = octets;
        while !rest.is_empty() {
            let (Some(index), Some(me)) = (self.place_of(link), &self.me) else {
                return;
            };
            let Some(place) = self.places.get_mut(index) else {
                return;
            };
            let (used, turn) = place.read(now, rest, me, &mut self.inbox, sink);
            rest = rest.get(used..).unwrap_or_default();
            self.settle(now, index, turn, sink);
        }
    }

    /// A link is gone, or never came up; `written` octets had really left.
    pub fn closed(&mut self, now: Instant, link: Link, why: Closed, written: u64, sink: Sink<'_>) {
        if let Some(index) = self.place_of(link) {
            self.settle(now, index, Turn::Over(End::Gone(why, written)), sink);
        }
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        self.outgoing.tick(now, sink);
        for index in 0..self.places.len() {
            let turn = self.places.get_mut(index).map_or(Turn::Nothing, |place| place.tick(now));
            self.settle(now, index, turn, sink);
        }
    }

    /// What is to be done with links; call until `None`.
    pub fn poll(&mut self) -> Option<Effect<'_>> {
        self.places.iter_mut().find_map(|place| place.conversation.poll())
    }

    /// When [`tick`](Self::tick) is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        self.places.iter().map(Place::wake_at).fold(self.outgoing.wake_at(), earlier)
    }

    /// Draws the consequences of what happened at a place.
    fn settle(&mut self, now: Instant, index: usize, turn: Turn, sink: Sink<'_>) {
        match turn {
            Turn::Nothing => {}
            Turn::Opened => self.leave_older(index),
            Turn::Acked => self.acked(index, sink),
            Turn::Naked => {
                self.outgoing.try_again(index, format_args!("refused by the switchboard (NAK)"), sink)
            }
            Turn::Rejected(code) => {
                let why = format_args!("refused: {}", ErrorCode(code));
                self.outgoing.finish(index, Outcome::Failed, why, sink);
            }
            Turn::Unanswered => {
                self.outgoing.finish(index, Outcome::Unsure, format_args!("nobody acknowledged it"), sink);
            }
            Turn::Over(end) => self.end(index, end, sink),
        }
        if let Some(end) = self.places.get(index).and_then(Place::over_by_itself) {
            self.end(index, end, sink);
        }
        self.pump(now);
    }

    /// An ACK counts only if the recipient is still there: servers acknowledge what nobody reads `[observed: Escargot]`.
    fn acked(&mut self, index: usize, sink: Sink<'_>) {
        let there = match (self.outgoing.recipient(index), self.places.get(index)) {
            (Some(to), Some(place)) => place.conversation.has(to),
            _ => false,
        };
        if there {
            self.outgoing.finish(index, Outcome::Delivered, format_args!(""), sink);
        } else {
            self.outgoing.finish(index, Outcome::Unsure, format_args!("they left while it was sent"), sink);
        }
    }

    /// A conversation is over: what was said and what waited for it hear of it, and the place is free.
    fn end(&mut self, index: usize, end: End, sink: Sink<'_>) {
        let Some(place) = self.places.get_mut(index) else {
            return;
        };
        let conversation = &place.conversation;
        log::debug!("{}: over: {end:?}", conversation.link().room);
        if let Some(start) = conversation.unacked_start() {
            match end {
                // Nothing of it ever left this machine.
                End::Gone(why, written) if written <= start => {
                    self.outgoing.try_again(index, format_args!("{why}"), sink);
                }
                _ => {
                    let why = format_args!("the conversation ended before it was acknowledged");
                    self.outgoing.finish(index, Outcome::Unsure, why, sink);
                }
            }
        }
        let called =
            (conversation.is_call() && conversation.is_coming_up()).then(|| conversation.with().clone());
        place.leave(end);
        if let Some(with) = called
            && !self.is_reachable(&with)
        {
            self.outgoing.call_failed(&with, end, sink);
        }
    }

    /// Sends what can be sent now.
    fn pump(&mut self, now: Instant) {
        while let Some((message, index)) = self.next_sayable() {
            let (Some(place), Some(what)) = (self.places.get_mut(index), self.outgoing.what(message)) else {
                return;
            };
            place.conversation.say(now, what);
            self.outgoing.sent(message, index);
        }
    }

    /// A waiting message, and the place of the newest conversation with its recipient alone, if nothing is in the air there.
    fn next_sayable(&self) -> Option<(usize, usize)> {
        self.outgoing.next_of_each().find_map(|(message, to)| {
            let open = self.conversations().filter(|(_, c)| c.is_fit_for(to));
            let (index, newest) = open.max_by_key(|(_, c)| c.begun())?;
            newest.unacked_start().is_none().then_some((message, index))
        })
    }

    /// The first person with a message waiting who is in no conversation that will do, and is not being called.
    fn next_callee(&self) -> Option<Account> {
        let (_, to) = self.outgoing.next_of_each().find(|(_, to)| !self.is_reachable(to))?;
        Account::try_from(to).ok()
    }

    /// Whether a conversation with this person alone is open or coming up.
    fn is_reachable(&self, who: &str) -> bool {
        self.conversations().any(|(_, c)| c.is_fit_for(who) || (c.is_coming_up() && is_same(c.with(), who)))
    }

    /// Another conversation with the same person alone is of no use any more.
    fn leave_older(&mut self, newest: usize) {
        let Some(place) = self.places.get(newest) else {
            return;
        };
        let with = place.conversation.with().clone();
        if !place.conversation.is_just_with(&with) {
            return;
        }
        for (_, place) in self.places.iter_mut().enumerate().filter(|(index, _)| *index != newest) {
            if place.conversation.is_just_with(&with) && place.conversation.unacked_start().is_none() {
                place.leave(End::Displaced);
            }
        }
    }

    fn begin(&mut self, now: Instant, index: usize, dial: Dial, with: Account) {
        self.begun = self.begun.wrapping_add(1);
        if let Some(place) = self.places.get_mut(index) {
            place.leave(End::Displaced);
            place.conversation.begin(now, self.begun, dial, with);
        }
    }

    /// Where somebody who rings is let in: in place of their own earlier ring, a free place, or that of a ring that comes
    /// to nothing or of a conversation idle longest, but never of one in use.
    fn place_for_guest(&self, now: Instant, with: &str) -> Option<usize> {
        let own = self.conversations().find(|(_, c)| is_ring(c) && is_same(c.with(), with));
        let is_idle = |c: &Conversation| now.since(c.active_at()) >= IN_USE;
        own.map(|(index, _)| index).or_else(|| self.place_for(is_idle))
    }

    /// Where a call of ours takes place: a person pressed a button, so that only calls and messages in the air are spared.
    fn place_for_call(&self) -> Option<usize> {
        self.place_for(|_| true)
    }

    fn place_for(&self, may_displace: impl Fn(&Conversation) -> bool) -> Option<usize> {
        let quiet = |(_, c): &(usize, &Conversation)| {
            is_ring(c) || (c.is_open() && c.unacked_start().is_none() && may_displace(c))
        };
        let rank = |(_, c): &(usize, &Conversation)| (c.is_open(), c.active_at());
        let free = self.conversations().find(|(_, c)| c.is_vacant());
        free.or_else(|| self.conversations().filter(quiet).min_by_key(rank)).map(|(index, _)| index)
    }

    fn place_of(&self, link: Link) -> Option<usize> {
        self.conversations().find(|(_, c)| c.link() == link && !c.is_vacant()).map(|(index, _)| index)
    }

    fn conversations(&self) -> impl Iterator<Item = (usize, &Conversation)> {
        self.places.iter().map(|place| &place.conversation).enumerate()
    }
}

/// A ring that was answered and has come to nothing yet.
fn is_ring(conversation: &Conversation) -> bool {
    conversation.is_coming_up() && !conversation.is_call()
}

/// A conversation in which something was said so recently is not given up for somebody who rings.
const IN_USE: Duration = Duration::from_secs(10);

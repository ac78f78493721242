//! One switchboard, from the first connection until everybody is gone.
//!
//! This file is its state and its deadlines, [`commands`] what moves it. It knows commands, not octets; and it doesn't know
//! what waits to be sent, nor that there are other switchboards.

mod commands;

use core::mem;

use heapless::{String, Vec};

use super::members::Members;
use super::outgoing::What;
use super::{Account, Me};
use crate::limits::{ACK_TIMEOUT, CONNECT_TIMEOUT, OPAQUE_MAX, SWITCHBOARD_IDLE, TRANSACTION_TIMEOUT};
use crate::link::{Closed, Effect, Endpoint, Link, Room};
use crate::msnp::command::{Outbox, TrId};
use crate::msnp::decoder::Fault;
use crate::time::{Instant, earlier};

/// An opaque word of the server: a session id, a key.
pub(super) type Opaque = Vec<u8, OPAQUE_MAX>;

/// Where a conversation takes place and what lets us in.
pub(super) struct Dial {
    /// The switchboard.
    pub(super) at: Endpoint,
    /// The CKI key.
    pub(super) key: Opaque,
    /// The session we were invited to; `None` if we call.
    pub(super) session: Option<Opaque>,
}

impl Dial {
    /// To call somebody, with what XFR brought; `None` if no switchboard can be reached or entered by it.
    pub(super) fn call(at: Endpoint, key: &[u8]) -> Option<Self> {
        Some(Self { at, key: opaque(key)?, session: None }).filter(|dial| dial.at.port != 0)
    }

    /// To answer somebody, with what RNG brought.
    pub(super) fn answer(at: Endpoint, key: &[u8], session: &[u8]) -> Option<Self> {
        let session = opaque(session)?;
        Some(Self { session: Some(session), ..Self::call(at, key)? })
    }
}

/// What a conversation waits for, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing: the place is free.
    Vacant,
    /// The connection.
    AwaitConnect { until: Instant },
    /// `USR n OK`: we call.
    AwaitUsr { trid: TrId, until: Instant },
    /// `CAL n RINGING`.
    AwaitRinging { trid: TrId, until: Instant },
    /// JOI of the one we called; or, `ANS` answered but nobody seen, of anybody.
    AwaitJoi { trid: TrId, until: Instant },
    /// IRO lines and `ANS n OK`: we were called.
    AwaitAns { trid: TrId, until: Instant },
    /// Nothing in particular: people are here and may talk.
    Open,
}

/// A MSG whose ACK or NAK has not come.
struct Unacked {
    trid: TrId,
    /// Its first octet's position in the stream.
    start: u64,
    until: Instant,
}

/// What a command or a deadline meant to those who want to say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    Nothing,
    /// People are here now.
    Opened,
    /// Our message was acknowledged.
    Acked,
    /// Our message was not delivered.
    Naked,
    /// Our message was refused with this code.
    Rejected(u16),
    /// Our message found no answer in time.
    Unanswered,
    /// The conversation can't go on.
    Over(End),
}

/// Why a conversation can't go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// CAL was answered with this code.
    CallRefused(u16),
    /// The person called did not come.
    NotJoined,
    /// USR or ANS was answered with this code: a stale key, for one.
    SignInRefused(u16),
    /// The server owed an answer, or the connection.
    Silent,
    /// The connection went, after so many octets had been written to it.
    Gone(Closed, u64),
    /// The server said OUT.
    SentOut,
    /// The server's octets make no sense.
    Unreadable(Fault),
    /// Half a command came and not the rest.
    Stalled,
    /// What we write is not read.
    Unread,
    /// Everybody left.
    Deserted,
    /// Nobody said anything for long.
    Idle,
    /// Another conversation needs the place, or replaces this one.
    Displaced,
    /// We sign out.
    SignedOut,
}

/// What a link that was left still has to be told.
#[derive(Clone, Copy, Default)]
enum Farewell {
    #[default]
    None,
    Out(Link),
    Close(Link),
}

/// See the module's words. A place in the pool: conversations come and go in it.
pub(super) struct Conversation {
    state: State,
    link: Link,
    dial: Option<Dial>,
    /// Who called us, or whom we call.
    with: Account,
    /// The pool's count when it began: a greater one is newer.
    begun: u32,
    active_at: Instant,
    members: Members,
    last_trid: TrId,
    unacked: Option<Unacked>,
    /// An ACK never came: good for listening, not for saying more.
    doubtful: bool,
    connect_due: bool,
    outbox: Outbox<OUTBOX_OCTETS>,
    farewell: Farewell,
}

impl Conversation {
    /// A free place.
    pub(super) fn vacant(place: u8) -> Self {
        Self {
            state: State::Vacant,
            link: Link::before_first(Room::Switchboard(place)),
            dial: None,
            with: String::new(),
            begun: 0,
            active_at: Instant::START,
            members: Members::default(),
            last_trid: 0,
            unacked: None,
            doubtful: false,
            connect_due: false,
            outbox: Outbox::default(),
            farewell: Farewell::None,
        }
    }

    /// Begins to connect, in a vacant place.
    pub(super) fn begin(&mut self, now: Instant, begun: u32, dial: Dial, with: Account) {
        self.state = State::AwaitConnect { until: now + CONNECT_TIMEOUT };
        self.link = self.link.next();
        self.dial = Some(dial);
        self.with = with;
        self.begun = begun;
        self.active_at = now;
        self.connect_due = true;
    }

    /// The link of the conversation that is here, or was last.
    pub(super) fn link(&self) -> Link {
        self.link
    }

    /// Whether the place is free.
    pub(super) fn is_vacant(&self) -> bool {
        self.state == State::Vacant
    }

    /// Whether people are here and may talk.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether it is on its way to becoming open.
    pub(super) fn is_coming_up(&self) -> bool {
        !matches!(self.state, State::Vacant | State::Open)
    }

    /// Whether we called, and were not called.
    pub(super) fn is_call(&self) -> bool {
        self.dial.as_ref().is_some_and(|dial| dial.session.is_none())
    }

    /// Who called us, or whom we call.
    pub(super) fn with(&self) -> &Account {
        &self.with
    }

    /// Whether somebody is in the room.
    pub(super) fn has(&self, account: &str) -> bool {
        self.members.has(account)
    }

    /// Whether it is open and this person is the only other one in it.
    pub(super) fn is_just_with(&self, account: &str) -> bool {
        self.is_open() && self.members.are_just(account)
    }

    /// Whether something may be said in it that is for this person alone.
    pub(super) fn is_fit_for(&self, account: &str) -> bool {
        self.is_just_with(account) && !self.doubtful
    }

    /// Open, everybody left, and nothing is to be heard of our last message any more.
    pub(super) fn is_deserted(&self) -> bool {
        self.is_open() && self.members.are_none() && self.unacked.is_none()
    }

    /// The stream position of the message that was not answered yet.
    pub(super) fn unacked_start(&self) -> Option<u64> {
        self.unacked.as_ref().map(|unacked| unacked.start)
    }

    /// Greater means newer.
    pub(super) fn begun(&self) -> u32 {
        self.begun
    }

    /// When something was last said here, or the conversation began.
    pub(super) fn active_at(&self) -> Instant {
        self.active_at
    }

    /// Whether the peer has stopped reading.
    pub(super) fn is_unread(&self) -> bool {
        self.outbox.overflowed()
    }

    /// The connection is up: says who we are.
    pub(super) fn connected(&mut self, now: Instant, me: &Me) {
        let (State::AwaitConnect { .. }, Some(dial)) = (self.state, &self.dial) else {
            return;
        };
        let (trid, until) = (next(&mut self.last_trid), now + TRANSACTION_TIMEOUT);
        let role = if dial.session.is_some() { "ANS" } else { "USR" };
        let line = self.outbox.command(role).number(trid).word(&me.account).word(&dial.key);
        match &dial.session {
            None => line.end(),
            Some(session) => line.word(session).end(),
        }
        self.state = match dial.session {
            None => State::AwaitUsr { trid, until },
            Some(_) => State::AwaitAns { trid, until },
        };
    }

    /// Lets time pass.
    pub(super) fn tick(&mut self, now: Instant) -> Turn {
        if let Some(unacked) = self.unacked.take_if(|unacked| unacked.until <= now) {
            log::debug!("{}: no ACK {} within {ACK_TIMEOUT:?}", self.link.room, unacked.trid);
            self.doubtful = true;
            return Turn::Unanswered;
        }
        if self.deadline().is_none_or(|until| now < until) {
            return Turn::Nothing;
        }
        Turn::Over(match self.state {
            State::AwaitJoi { .. } => End::NotJoined,
            State::Open => End::Idle,
            _ => End::Silent,
        })
    }

    /// When [`tick`](Self::tick) is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        earlier(self.deadline(), self.unacked.as_ref().map(|unacked| unacked.until))
    }

    /// Sends a message that asks for an ACK. Only when open and nothing is unacknowledged.
    ///
    /// Texts and nudges both ask with `A`, which every dialect knows. `D`, from MSNP9 on, is acknowledged no better
    /// `[observed: Escargot]`.
    pub(super) fn say(&mut self, now: Instant, what: &What) {
        let (trid, start) = (next(&mut self.last_trid), self.outbox.position());
        what.write(self.outbox.command("MSG").number(trid).word("A"));
        self.unacked = Some(Unacked { trid, start, until: now + ACK_TIMEOUT });
        self.active_at = now;
    }

    /// Ends the conversation from our side; [`poll`](Self::poll) tells the link.
    pub(super) fn leave(&mut self) {
        let connecting = matches!(self.state, State::AwaitConnect { .. });
        if !self.is_vacant() && !self.connect_due {
            self.farewell = if connecting { Farewell::Close(self.link) } else { Farewell::Out(self.link) };
        }
        self.vacate();
    }

    /// Forgets the conversation: its link is gone.
    pub(super) fn vacate(&mut self) {
        self.state = State::Vacant;
        self.dial = None;
        self.members = Members::default();
        self.last_trid = 0;
        self.unacked = None;
        self.doubtful = false;
        self.connect_due = false;
        self.outbox.reset();
    }

    /// What is to be done with the link.
    pub(super) fn poll(&mut self) -> Option<Effect<'_>> {
        match mem::take(&mut self.farewell) {
            Farewell::Out(link) => {
                self.farewell = Farewell::Close(link);
                return Some(Effect::Transmit { link, octets: b"OUT\r\n" });
            }
            Farewell::Close(link) => return Some(Effect::Close(link)),
            Farewell::None => {}
        }
        let link = self.link;
        if mem::take(&mut self.connect_due) {
            return self.dial.as_ref().map(|dial| Effect::Connect { link, to: &dial.at, tls: false });
        }
        self.outbox.take().map(|octets| Effect::Transmit { link, octets })
    }

    fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Vacant => None,
            State::AwaitConnect { until }
            | State::AwaitUsr { until, .. }
            | State::AwaitRinging { until, .. }
            | State::AwaitJoi { until, .. }
            | State::AwaitAns { until, .. } => Some(until),
            State::Open => Some(self.active_at + SWITCHBOARD_IDLE),
        }
    }
}

/// The TrId after that; 0 is the server's.
pub(super) fn next(last: &mut TrId) -> TrId {
    *last = last.wrapping_add(1).max(1);
    *last
}

fn opaque(word: &[u8]) -> Option<Opaque> {
    Opaque::from_slice(word).ok().filter(|word| !word.is_empty())
}

/// Octets waiting for one switchboard: a message of the greatest size and some small answers.
const OUTBOX_OCTETS: usize = 2048;

//! One request on one connection: what goes out, and finding its answer in what comes back.
//!
//! It knows HTTP and links, but no time, and of commands only how to tell an answer to one. Nothing is ever sent twice
//! here.

use alloc::vec::Vec;
use core::fmt;

use heapless::Vec as Bounded;
use zeroize::Zeroize as _;

use super::command::Kind;
use super::reply::Asked;
use super::wire::Fields;
use crate::http::{Answer, Fault, Request, TooLong, Url};
use crate::limits::{QQ_HEAD_MAX, QQ_REPLY_MAX, QQ_REPLY_ROOM, QQ_REQUEST_MAX};
use crate::link::{Closed, Effect, Link, Room};

/// See the module's words.
pub struct Exchange {
    link: Link,
    /// What is to be found; `None` between exchanges.
    asked: Option<Asked>,
    todo: Todo,
    closing: Option<Link>,
    /// The request was handed out to be written.
    written: bool,
    request: Bounded<u8, QQ_REQUEST_MAX>,
    answer: Answer<0, QQ_HEAD_MAX>,
    /// The body of the answer being read; on the heap, because a long one must not be lost and is rare.
    body: Vec<u8>,
    /// Something that is no answer was answered.
    stray: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Todo {
    Connect,
    Transmit,
    Nothing,
}

/// How an exchange ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// No octet of the request left this machine.
    NotSent(Closed),
    /// The server closed without a word, which is what it does with a request it can't read `[seed 003]`.
    Nothing,
    /// It said something else.
    Stray,
    /// It said something that is not HTTP, or not all of it.
    Unreadable(Fault),
    /// The connection broke.
    Broken(Closed),
    /// It said nothing for too long.
    TimedOut,
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(why) | Self::Broken(why) => why.fmt(f),
            Self::Nothing => f.write_str("the server answered nothing"),
            Self::Stray => f.write_str("the server answered something else than it was asked"),
            Self::Unreadable(fault) => write!(f, "the server {fault}"),
            Self::TimedOut => f.write_str("the server did not answer in time"),
        }
    }
}

impl Exchange {
    /// Nothing asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            link: Link::before_first(Room::Qq),
            asked: None,
            todo: Todo::Nothing,
            closing: None,
            written: false,
            request: Bounded::new(),
            answer: Answer::new(&[]),
            body: Vec::with_capacity(QQ_REPLY_ROOM),
            stray: false,
        }
    }

    /// Asks: a connection of its own will carry this body. What was asked before gets no answer any more.
    ///
    /// # Errors
    /// [`TooLong`] if the request does not fit; then nothing is asked.
    pub fn ask(&mut self, server: &Url, asked: Asked, body: &[u8]) -> Result<(), TooLong> {
        self.end();
        // The order of [seed 003]; the length comes last.
        Request::begin(&mut self.request, "POST", server)
            .host(server)
            .header("Content-Type", "text/plain; charset=UTF-8")
            .header("Connection", "close")
            .body(body)?;
        self.link = self.link.next();
        (self.asked, self.todo) = (Some(asked), Todo::Connect);
        Ok(())
    }

    /// Whether this is the link of the exchange under way.
    #[must_use]
    pub fn is_on(&self, link: Link) -> bool {
        self.asked.is_some() && link == self.link
    }

    /// The link is up.
    pub const fn connected(&mut self) {
        self.todo = Todo::Transmit;
    }

    /// Octets came. Ends the exchange once the answer is there; [`Exchange::reply`] has it.
    ///
    /// # Errors
    /// [`Silence`] if what came can't be read; that ends the exchange too.
    pub fn bytes(&mut self, octets: &[u8]) -> Result<bool, Silence> {
        let mut rest = octets;
        while !rest.is_empty() {
            let body = &mut self.body;
            let (used, read) = self.answer.feed_to(rest, &mut |piece| keep(body, piece));
            rest = rest.get(used..).unwrap_or_default();
            match read {
                Ok(false) => {}
                Ok(true) if self.is_answered() => {
                    self.finish();
                    return Ok(true);
                }
                Ok(true) => {
                    self.stray = self.is_stray();
                    self.answer.reset();
                    self.body.clear();
                }
                Err(fault) => {
                    self.finish();
                    return Err(Silence::Unreadable(fault));
                }
            }
        }
        Ok(false)
    }

    /// The link is gone, or never came up; the driver really wrote so many octets of it.
    ///
    /// # Errors
    /// [`Silence`] if there was no answer on it.
    pub fn closed(&mut self, why: Closed, written: u64) -> Result<(), Silence> {
        // A body without a length is whole only if it was ended in good order.
        let end = if why == Closed::ByPeer { self.answer.closed() } else { Err(Fault::CutShort) };
        let answered = match end {
            Ok(()) => self.is_answered(),
            // Mail that came is gone from the server: what there is of it is better than nothing.
            Err(_) => self.is_answered() && self.is_mail(),
        };
        self.written &= written > 0;
        let silence = match end {
            _ if !self.written => Silence::NotSent(why),
            _ if why != Closed::ByPeer => Silence::Broken(why),
            Ok(()) | Err(Fault::Nothing) if self.is_stray() => Silence::Stray,
            Ok(()) | Err(Fault::Nothing) => Silence::Nothing,
            Err(fault) => Silence::Unreadable(fault),
        };
        self.finish();
        self.closing = None;
        if answered { Ok(()) } else { Err(silence) }
    }

    /// It took too long: hangs up.
    ///
    /// # Errors
    /// [`Silence`], unless what came so far is mail.
    pub fn give_up(&mut self) -> Result<(), Silence> {
        let answered = self.is_answered() && self.is_mail();
        let silence = if self.written { Silence::TimedOut } else { Silence::NotSent(Closed::Unreachable) };
        self.finish();
        if answered { Ok(()) } else { Err(silence) }
    }

    /// The answer, until the next question.
    #[must_use]
    pub fn reply(&self, asked: Asked) -> Fields<'_> {
        let range = asked.find_answer(&self.body).unwrap_or_default();
        Fields::new(self.body.get(range).unwrap_or_default())
    }

    /// What is to be done with links; call until `None`.
    pub fn poll<'a>(&'a mut self, server: &'a Url) -> Option<Effect<'a>> {
        if let Some(link) = self.closing.take() {
            return Some(Effect::Close(link));
        }
        let link = self.link;
        match core::mem::replace(&mut self.todo, Todo::Nothing) {
            Todo::Connect => Some(Effect::Connect { link, to: &server.to, tls: server.tls }),
            Todo::Transmit => {
                self.written = true;
                Some(Effect::Transmit { link, octets: &self.request })
            }
            Todo::Nothing => None,
        }
    }

    fn is_answered(&self) -> bool {
        self.asked.is_some_and(|asked| asked.find_answer(&self.body).is_some())
    }

    /// Whether something was answered at all: an empty body is nothing.
    fn is_stray(&self) -> bool {
        self.stray || !self.body.trim_ascii().is_empty()
    }

    fn is_mail(&self) -> bool {
        self.asked
            .is_some_and(|asked| asked.kind == Kind::GetMsgEx && self.reply(asked).value("MG").is_some())
    }

    /// Ends the exchange; its answer stays.
    fn finish(&mut self) {
        // A link nobody was asked to open needs no closing.
        if self.asked.take().is_some() && self.todo != Todo::Connect {
            self.closing = Some(self.link);
        }
        self.todo = Todo::Nothing;
        self.request.as_mut_slice().zeroize();
        self.request.clear();
    }

    /// Ends the exchange and forgets it whole.
    fn end(&mut self) {
        self.finish();
        self.answer.reset();
        self.body.clear();
        self.body.shrink_to(QQ_REPLY_ROOM);
        (self.written, self.stray) = (false, false);
    }
}

impl Default for Exchange {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.request.as_mut_slice().zeroize();
    }
}

fn keep(body: &mut Vec<u8>, piece: &[u8]) {
    let room = QQ_REPLY_MAX.saturating_sub(body.len()).min(piece.len());
    body.extend_from_slice(piece.get(..room).unwrap_or_default());
}

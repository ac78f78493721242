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
    /// Something that is no answer was answered, with this status.
    stray: Option<u16>,
    /// The answer is not all of it.
    broke_off: bool,
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
    /// It said something else, with this HTTP status.
    Stray(u16),
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
            Self::Stray(status) => write!(f, "the server answered something else (HTTP {status})"),
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
            answer: Answer::new(),
            body: Vec::with_capacity(QQ_REPLY_ROOM),
            stray: None,
            broke_off: false,
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
                    self.broke_off = self.body.len() >= QQ_REPLY_MAX;
                    self.finish();
                    return Ok(true);
                }
                Ok(true) => {
                    self.stray = self.stray_status();
                    self.answer.reset();
                    self.body.clear();
                }
                Err(fault) => {
                    let answered = self.ends(false);
                    self.finish();
                    return if answered { Ok(true) } else { Err(Silence::Unreadable(fault)) };
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
        let end = self.answer.closed();
        // A body without a length is whole if it was ended in good order; or if it ends a line, which half of one does not.
        let answered = self.ends(end.is_ok() && (why == Closed::ByPeer || self.looks_whole()));
        self.written &= written > 0;
        let silence = match end {
            _ if !self.written => Silence::NotSent(why),
            _ if why != Closed::ByPeer => Silence::Broken(why),
            Ok(()) | Err(Fault::Nothing) => self.stray_status().map_or(Silence::Nothing, Silence::Stray),
            Err(fault) => Silence::Unreadable(fault),
        };
        self.finish();
        self.closing = None;
        if answered { Ok(()) } else { Err(silence) }
    }

    /// It took too long: hangs up.
    ///
    /// # Errors
    /// [`Silence`], unless what came so far is mail, or an answer without a length that the server only did not end by
    /// closing.
    pub fn give_up(&mut self) -> Result<(), Silence> {
        let whole = self.answer.closed().is_ok() && self.looks_whole();
        let answered = self.ends(whole);
        let silence = if self.written { Silence::TimedOut } else { Silence::NotSent(Closed::Unreachable) };
        self.finish();
        if answered { Ok(()) } else { Err(silence) }
    }

    /// The answer, until the next question; of mail perhaps as much as came of it.
    #[must_use]
    pub fn reply(&self, asked: Asked) -> Fields<'_> {
        let (answer, behind) = self.found(asked);
        // What another answer follows is whole.
        if self.broke_off && behind.is_empty() { Fields::broken_off(answer) } else { Fields::new(answer) }
    }

    /// Whether the answer is not all of it.
    #[must_use]
    pub const fn broke_off(&self) -> bool {
        self.broke_off
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

    /// No more comes of what is being read, and this may be all of it or not. Says whether that is an answer. Mail that came
    /// is gone from the server: what there is of it is better than nothing.
    fn ends(&mut self, whole: bool) -> bool {
        let answered = self.is_answered() && (whole || self.is_mail());
        self.broke_off = answered && !whole;
        answered
    }

    /// Whether what came ends as answers do: with a line end. One may stand in somebody's words too, but not behind the comma
    /// that ends the last of them.
    fn looks_whole(&self) -> bool {
        let ends_list = |asked| matches!(self.found(asked).0.last(), Some(b',' | b'&' | b'='));
        self.body.ends_with(b"\n") && (!self.is_mail() || self.asked.is_some_and(ends_list))
    }

    /// The answer in what came, and what came behind it but for line ends.
    fn found(&self, asked: Asked) -> (&[u8], &[u8]) {
        let range = asked.find_answer(&self.body).unwrap_or_default();
        let behind = self.body.get(range.end..).unwrap_or_default().trim_ascii();
        (self.body.get(range).unwrap_or_default(), behind)
    }

    fn is_answered(&self) -> bool {
        self.asked.is_some_and(|asked| asked.find_answer(&self.body).is_some())
    }

    /// The status of what was answered, if it was anything at all: an empty body is nothing, if it is said that all is well.
    fn stray_status(&self) -> Option<u16> {
        let empty = self.body.trim_ascii().is_empty();
        self.stray.or_else(|| self.answer.status().filter(|status| !empty || *status != OK))
    }

    fn is_mail(&self) -> bool {
        self.asked.is_some_and(|asked| {
            let fields = Fields::new(self.found(asked).0);
            asked.kind == Kind::GetMsgEx && fields.value("MG").is_some()
        })
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
        (self.written, self.stray, self.broke_off) = (false, None, false);
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

/// The status of every answer of a QQ server.
const OK: u16 = 200;

#[cfg(test)]
mod tests {
    use std::borrow::ToOwned as _;
    use std::string::String;

    use super::*;
    use crate::qq::Uin;
    use crate::qq::reply::{After, rows};

    fn asked(kind: Kind) -> Asked {
        Asked { kind, seq: 1_234_567, uin: Uin::new(29_501_213).unwrap() }
    }

    fn under_way(kind: Kind) -> Exchange {
        let server = Url::parse(b"http://127.0.0.1:8000").unwrap();
        let mut exchange = Exchange::new();
        exchange.ask(&server, asked(kind), b"VER=1.1").unwrap();
        assert!(matches!(exchange.poll(&server), Some(Effect::Connect { .. })));
        exchange.connected();
        assert!(matches!(exchange.poll(&server), Some(Effect::Transmit { .. })));
        exchange
    }

    /// The texts of the mail that came, and what comes behind each.
    fn mail(exchange: &Exchange) -> std::vec::Vec<(String, After)> {
        let words = |words: Option<&[u8]>| String::from_utf8(words.unwrap_or(b"?").to_vec()).unwrap();
        rows(exchange.reply(asked(Kind::GetMsgEx))).map(|row| (words(row.words), row.after)).collect()
    }

    const BARE: &str = "HTTP/1.1 200 OK\r\n\r\n";

    #[test]
    fn mail_behind_which_the_framing_breaks_is_not_lost() {
        let mut exchange = under_way(Kind::GetMsgEx);
        let chunk = "CMD=GETMSGEX&SEQ=-1&RES=0&MN=2&MT=9,9,&UN=7,7,&MG=hi ,you th";
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let octets = format!("{head}{:x}\r\n{chunk}\r\nno chunk\r\n", chunk.len());
        assert_eq!(exchange.bytes(octets.as_bytes()), Ok(true));
        assert_eq!(mail(&exchange), [("hi ".into(), After::More), ("you th".into(), After::Lost)]);
        let mut exchange = under_way(Kind::CltMsg);
        assert!(exchange.bytes(octets.replace("GETMSGEX", "CLTMSG").as_bytes()).is_err());
    }

    #[test]
    fn of_mail_that_is_more_than_is_kept_the_end_is_marked() {
        let mut exchange = under_way(Kind::GetMsgEx);
        let body = format!("CMD=GETMSGEX&SEQ=-1&RES=0&MN=1&MT=9,&UN=7,&MG={} ,", "A".repeat(QQ_REPLY_MAX));
        let octets = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(exchange.bytes(octets.as_bytes()), Ok(true));
        assert!(exchange.broke_off());
        assert_eq!(mail(&exchange)[0].1, After::Lost);
    }

    #[test]
    fn an_answer_without_a_length_is_whole_at_a_line_end_and_mail_behind_a_comma_besides() {
        let mail_body = "CMD=GETMSGEX&SEQ=-1&RES=0&MN=1&MT=9,&UN=7,&MG=hi ";
        for (kind, body, expected) in [
            (Kind::CltMsg, "CMD=CLTMSG&SEQ=-1&RES=0&\r\n".into(), Some(false)),
            (Kind::CltMsg, "CMD=CLTMSG&SEQ=-1&RES=2".into(), None),
            (Kind::GetMsgEx, format!("{mail_body},\r\n"), Some(false)),
            (Kind::GetMsgEx, format!("{mail_body},"), Some(true)),
            (Kind::GetMsgEx, format!("{mail_body}\r\n"), Some(true)),
            (Kind::GetMsgEx, "CMD=GETMSGEX&SEQ=-1&RES=0&MN=0&MT=&UN=&MG=\r\n".into(), Some(false)),
            (Kind::GetMsgEx, "CMD=GETMSGEX&SEQ=-1&RES=0&MN=1&MT=9,&UN=7".into(), None),
        ] {
            for end in [Exchange::give_up, |exchange: &mut Exchange| exchange.closed(Closed::Broken, 200)] {
                let mut exchange = under_way(kind);
                assert_eq!(exchange.bytes((BARE.to_owned() + &body).as_bytes()), Ok(false));
                assert_eq!(end(&mut exchange).ok().map(|()| exchange.broke_off()), expected, "{body}");
            }
            // The server closed in good order: that is all it had to say.
            let mut exchange = under_way(kind);
            assert_eq!(exchange.bytes((BARE.to_owned() + &body).as_bytes()), Ok(false));
            assert_eq!(exchange.closed(Closed::ByPeer, 200), Ok(()), "{body}");
            assert!(!exchange.broke_off());
        }
    }
}

//! The HTTPS exchange that turns account, password and a server's challenge into a ticket: nexus, then login.
//!
//! It knows no sockets and no clock, and nothing of MSNP but the challenge. Account and password go only to `https`
//! servers, whose certificates the link verifies: the one the nexus names, and those it redirects to.

mod refusal;

use alloc::boxed::Box;
use core::fmt;

use heapless::{String, Vec};
use zeroize::Zeroize as _;

use crate::http::{Answer, Request, TooLong, Url};
use crate::limits::{
    ACCOUNT_MAX, HTTP_REQUEST_MAX, PASSPORT_CHALLENGE_MAX, PASSPORT_HOPS_MAX, PASSPORT_TIMEOUT, TICKET_MAX,
};
use crate::link::{Closed, Effect, Link, Room};
use crate::text::{self, Secret};
use crate::time::Instant;

pub use refusal::Refusal;

/// One exchange at a time. Between exchanges it holds nothing but the number of its last link.
pub struct Passport {
    link: Link,
    /// Lives only while a ticket is being fetched: requests and answers need more room than all the rest.
    exchange: Option<Box<Exchange>>,
    closing: Option<Link>,
    result: Option<Result<Secret, Refusal>>,
}

struct Exchange {
    step: Step,
    /// Where the link goes.
    at: Url,
    redirects: u8,
    give_up_at: Instant,
    account: String<ACCOUNT_MAX>,
    password: Secret,
    challenge: String<PASSPORT_CHALLENGE_MAX>,
    request: Vec<u8, HTTP_REQUEST_MAX>,
    answer: Answer<0>,
    todo: Todo,
}

/// What the answer of this link is to bring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The address of the login server.
    AwaitAddress,
    /// The ticket.
    AwaitTicket,
}

/// What is to be done with the link next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Todo {
    Connect,
    Transmit,
    Nothing,
}

impl Default for Passport {
    fn default() -> Self {
        Self::new()
    }
}

impl Passport {
    /// Nothing to do.
    #[must_use]
    pub const fn new() -> Self {
        Self { link: Link::before_first(Room::Passport), exchange: None, closing: None, result: None }
    }

    /// Begins to fetch a ticket for the challenge of `USR t TWN S challenge`; gives up an exchange under way. The nexus is
    /// asked each time: its answer may change, and a second is not much for a sign-in.
    ///
    /// Blanks in the challenge are dropped, and so is everything else that has no place in a header: `[seed 000]` prints
    /// one before `tpf`, where a line was wrapped, and no server sends any.
    pub fn start(&mut self, now: Instant, nexus: &Url, account: &str, password: &Secret, challenge: &[u8]) {
        self.cancel();
        let mut kept = String::new();
        let mut fits = true;
        for octet in challenge.iter().filter(|octet| octet.is_ascii_graphic()) {
            fits &= kept.push(char::from(*octet)).is_ok();
        }
        let Some(account) = String::try_from(account).ok().filter(|_| fits) else {
            return self.finish(Err(Refusal::TooLong));
        };
        self.exchange = Some(Box::new(Exchange {
            step: Step::AwaitAddress,
            at: nexus.clone(),
            redirects: 0,
            give_up_at: now + PASSPORT_TIMEOUT,
            account,
            password: password.clone(),
            challenge: kept,
            request: Vec::new(),
            answer: Answer::new(),
            todo: Todo::Connect,
        }));
        self.go_on();
    }

    /// Gives up the exchange under way, if any; no result comes of it.
    pub fn cancel(&mut self) {
        // A link nobody was asked to open needs no closing.
        if self.exchange.take().is_some_and(|exchange| exchange.todo != Todo::Connect) {
            self.closing = Some(self.link);
        }
        self.result = None;
    }

    /// A link is up.
    pub fn connected(&mut self, _now: Instant, link: Link) {
        let Some(exchange) = self.exchange.as_mut().filter(|_| link == self.link) else {
            return;
        };
        match exchange.write_request() {
            Ok(()) => exchange.todo = Todo::Transmit,
            Err(TooLong) => self.finish(Err(Refusal::TooLong)),
        }
    }

    /// Octets came over a link. The head of an answer says all there is to know: its body is not waited for.
    pub fn bytes(&mut self, _now: Instant, link: Link, octets: &[u8]) {
        let Some(exchange) = self.exchange.as_mut().filter(|_| link == self.link) else {
            return;
        };
        let read = exchange.answer.feed(octets).1;
        match (exchange.answer.status(), read) {
            (Some(status), _) => match exchange.answered(status) {
                Ok(Some(ticket)) => self.finish(Ok(ticket)),
                Ok(None) => {
                    self.closing = Some(self.link);
                    self.go_on();
                }
                Err(refusal) => self.finish(Err(refusal)),
            },
            (None, Err(fault)) => self.finish(Err(Refusal::Unreadable(fault))),
            (None, Ok(_)) => {}
        }
    }

    /// A link is gone, or never came up.
    pub fn closed(&mut self, _now: Instant, link: Link, why: Closed) {
        let Some(exchange) = self.exchange.as_mut().filter(|_| link == self.link) else {
            return;
        };
        let refusal = match why {
            Closed::Untrusted => Refusal::Untrusted,
            Closed::ClockBehind => Refusal::ClockBehind,
            Closed::ByPeer => match exchange.answer.closed() {
                Err(fault) => Refusal::Unreadable(fault),
                Ok(()) => Refusal::Unreachable(why),
            },
            Closed::Broken
            | Closed::Unreachable
            | Closed::Refused
            | Closed::NameNotFound
            | Closed::LocalName => Refusal::Unreachable(why),
        };
        self.finish(Err(refusal));
        self.closing = None;
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant) {
        if self.wake_at().is_some_and(|at| at <= now) {
            self.finish(Err(Refusal::TimedOut));
        }
    }

    /// Whether [`Passport::poll`] has something to say.
    #[must_use]
    pub fn has_effects(&self) -> bool {
        self.closing.is_some()
            || self.exchange.as_ref().is_some_and(|exchange| exchange.todo != Todo::Nothing)
    }

    /// What is to be done with links; call until `None` after each of the above.
    pub fn poll(&mut self) -> Option<Effect<'_>> {
        if let Some(link) = self.closing.take() {
            return Some(Effect::Close(link));
        }
        let link = self.link;
        let exchange = self.exchange.as_mut()?;
        match core::mem::replace(&mut exchange.todo, Todo::Nothing) {
            Todo::Connect => Some(Effect::Connect { link, to: &exchange.at.to, tls: true }),
            Todo::Transmit => Some(Effect::Transmit { link, octets: &exchange.request }),
            Todo::Nothing => None,
        }
    }

    /// When `tick` is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        self.exchange.as_ref().map(|exchange| exchange.give_up_at)
    }

    /// How the exchange ended, once.
    pub fn take_result(&mut self) -> Option<Result<Secret, Refusal>> {
        self.result.take()
    }

    /// Opens a link of its own for the exchange's next request.
    fn go_on(&mut self) {
        let Some(exchange) = self.exchange.as_mut() else {
            return;
        };
        if !exchange.at.tls {
            log::warn!("passport: got address {}; expected https://", exchange.at.to);
            return self.finish(Err(Refusal::NotHttps));
        }
        log::debug!("passport: asking {}", exchange.at.to);
        exchange.answer.reset();
        exchange.todo = Todo::Connect;
        self.link = self.link.next();
    }

    fn finish(&mut self, result: Result<Secret, Refusal>) {
        if let (Some(exchange), Err(refusal)) = (&self.exchange, &result) {
            log::debug!("{refusal} ({})", exchange.at.to);
        }
        self.cancel();
        self.result = Some(result);
    }
}

impl Exchange {
    fn write_request(&mut self) -> Result<(), TooLong> {
        let request = Request::begin(&mut self.request, "GET", &self.at);
        let request = match self.step {
            Step::AwaitAddress => request,
            // The order of [seed 000]: Authorization, then Host.
            Step::AwaitTicket => request.header_with("Authorization", |out| {
                out.write_str(SCHEME)?;
                text::escape(&mut Pieces(out), self.account.as_bytes())?;
                out.write_str(",pwd=")?;
                text::escape(&mut Pieces(out), self.password.reveal().as_bytes())?;
                write!(out, ",{}", self.challenge)
            }),
        };
        request.host(&self.at).header("User-Agent", USER_AGENT).header("Connection", "close").end()
    }

    /// Takes the ticket out of an answer, or else the address to go on to.
    fn answered(&mut self, status: u16) -> Result<Option<Secret>, Refusal> {
        match (status, self.step) {
            (301..=303 | 307 | 308, _) => self.take_redirect()?,
            (200, Step::AwaitAddress) => self.take_login_address()?,
            (200, Step::AwaitTicket) => {
                return ticket(self.answer.header(INFO).unwrap_or_default()).map(Some);
            }
            (401, Step::AwaitTicket) => return Err(Refusal::WrongCredentials),
            (408 | 429 | 500..=599, _) => return Err(Refusal::ServerTrouble(status)),
            _ => return Err(Refusal::Unexpected(status)),
        }
        Ok(None)
    }

    /// `Location`, wherever the redirect comes from. `da-status=redir` beside it `[seed 000]` says nothing more.
    fn take_redirect(&mut self) -> Result<(), Refusal> {
        self.redirects += 1;
        if self.redirects > PASSPORT_HOPS_MAX {
            return Err(Refusal::TooManyRedirects);
        }
        let location = self.answer.header(LOCATION).ok_or(Refusal::NoAddress)?;
        self.at = self.at.join(location).map_err(Refusal::BadAddress)?;
        Ok(())
    }

    /// `PassportURLs: DARealm=Passport.Net,DALogin=host/path,…`, the scheme left out, or `DALogin=https://host/path` alone
    /// `[observed: Escargot]`.
    fn take_login_address(&mut self) -> Result<(), Refusal> {
        let urls = self.answer.header(URLS).unwrap_or_default();
        let login = urls.split(|octet| *octet == b',').find_map(|entry| {
            let (key, value) = entry.trim_ascii().split_at_checked(LOGIN.len())?;
            key.eq_ignore_ascii_case(LOGIN).then_some(value)
        });
        self.at = Url::parse_https(login.ok_or(Refusal::NoAddress)?).map_err(Refusal::BadAddress)?;
        self.step = Step::AwaitTicket;
        Ok(())
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.request.as_mut_slice().zeroize();
    }
}

/// A sized view of a writer, for [`text::escape`].
struct Pieces<'a>(&'a mut dyn fmt::Write);

impl fmt::Write for Pieces<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.0.write_str(s)
    }
}

/// The ticket in `Passport1.4 da-status=success,…,from-PP='ticket',ru=…`: what stands between the quotes, and nothing after.
/// Blanks in it are dropped: `[seed 000]` prints some where lines were wrapped, and a ticket is one field of a line.
fn ticket(info: &[u8]) -> Result<Secret, Refusal> {
    let Some(start) = position(info, FROM_PP) else {
        return Err(if position(info, b"da-status=failed").is_some() {
            Refusal::WrongCredentials
        } else {
            Refusal::NoTicket
        });
    };
    let quoted = info.get(start + FROM_PP.len()..).unwrap_or_default();
    let end = quoted.iter().position(|octet| *octet == b'\'').ok_or(Refusal::NoTicket)?;
    let quoted = quoted.get(..end).unwrap_or_default();
    if !quoted.iter().all(|octet| octet.is_ascii_graphic() || matches!(octet, b' ' | b'\t')) {
        return Err(Refusal::NoTicket);
    }
    // One allocation, so that no half of it stays behind in memory.
    let mut ticket = alloc::string::String::with_capacity(quoted.len());
    ticket.extend(quoted.iter().filter(|octet| octet.is_ascii_graphic()).copied().map(char::from));
    if ticket.is_empty() || ticket.len() > TICKET_MAX {
        Err(Refusal::NoTicket)
    } else {
        Ok(Secret::new(ticket))
    }
}

fn position(octets: &[u8], words: &[u8]) -> Option<usize> {
    octets.windows(words.len()).position(|window| window.eq_ignore_ascii_case(words))
}

/// What every sign-in says before the account `[seed 000]`.
const SCHEME: &str = "Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in=";
const USER_AGENT: &str = concat!("nudged/", env!("CARGO_PKG_VERSION"));
const URLS: &str = "PassportURLs";
const LOCATION: &str = "Location";
const INFO: &str = "Authentication-Info";
const LOGIN: &[u8] = b"DALogin=";
const FROM_PP: &[u8] = b"from-PP='";

#[cfg(test)]
mod tests;

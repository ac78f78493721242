//! The whole of a QQ account as one value: the session, the one request under way, and the reconnects.
//!
//! It does not know what anything means to a light: it tells [`Event`]s. It does not open sockets either: it wants
//! [`Effect`]s.

use heapless::String;
use zeroize::Zeroize as _;

use super::command::Kind;
use super::exchange::{Exchange, Silence};
use super::reply::Asked;
use super::session::{Edit, Ending, Next, Session, Step};
use super::{Event, NotNow, Outcome, Say, Settings, Uin};
use crate::limits::{
    CONNECT_TIMEOUT, QQ_BODY_MAX, QQ_LOGOUT_WITHIN, QQ_MAIL_WITHIN, QQ_REPLY_TIMEOUT, STALE_AFTER,
};
use crate::link::{Closed, Effect, Link};
use crate::presence::{LinkState, Status};
use crate::retry::{BY_HAND, Retry};
use crate::time::{Duration, Instant, earlier};

/// Where events go.
pub type Sink<'a> = &'a mut dyn FnMut(Event<'_>);

/// How the account stands with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Not begun.
    Idle,
    /// The next sign-in is due then.
    Offline { retry_at: Instant },
    /// `Login` is under way.
    AwaitLogin(Wait),
    /// Signed in, nothing under way.
    Online,
    /// Signed in, a request is under way.
    AwaitReply(Wait),
    /// `Logout` is under way.
    AwaitLogout(Wait),
    /// Only a person can mend it.
    Refused,
    /// Signed out for good.
    Stopped,
}

/// A request under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait {
    asked: Asked,
    since: Instant,
    give_up_at: Instant,
}

/// See the module's words.
pub struct Client {
    session: Session,
    exchange: Exchange,
    retry: Retry,
    state: State,
    /// What was last told of the link.
    told: LinkState,
}

/// With [`QQ_REPLY_ROOM`](crate::limits::QQ_REPLY_ROOM) on the heap, and eight octets a friend.
const _: () = assert!(size_of::<Client>() + crate::limits::QQ_REPLY_ROOM <= 16 * 1024);
const _: () = assert!(size_of::<Client>() <= 12 * 1024);

impl Client {
    /// A client that has not begun. `seed` spreads reconnects and the numbers of requests.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            session: Session::new(settings, seed),
            exchange: Exchange::new(),
            retry: Retry::new(seed),
            state: State::Idle,
            told: LinkState::Starting,
        }
    }

    /// Begins to sign in.
    pub fn start(&mut self, now: Instant, sink: Sink<'_>) {
        if self.state == State::Idle {
            self.sign_in(now, sink);
        }
    }

    /// A person wants it: try again at once if lost, parked or refused.
    pub fn retry_now(&mut self, now: Instant, sink: Sink<'_>) {
        if matches!(self.state, State::Offline { .. } | State::Refused) {
            self.retry.start_over();
            self.sign_in(now, sink);
        }
    }

    /// A link of ours is up.
    pub fn connected(&mut self, now: Instant, link: Link, sink: Sink<'_>) {
        if !self.exchange.is_on(link) {
            return;
        }
        self.exchange.connected();
        match &mut self.state {
            State::AwaitLogin(wait) | State::AwaitReply(wait) => wait.give_up_at = now + QQ_REPLY_TIMEOUT,
            _ => {}
        }
        if matches!(self.state, State::AwaitLogin(_)) && self.told == LinkState::Connecting {
            self.tell(LinkState::SigningIn, "", sink);
        }
    }

    /// Octets came.
    pub fn bytes(&mut self, now: Instant, link: Link, octets: &[u8], sink: Sink<'_>) {
        if !self.exchange.is_on(link) {
            return;
        }
        match self.exchange.bytes(octets) {
            Ok(false) => self.wait_for_mail(now),
            Ok(true) => self.over(now, Ok(()), sink),
            Err(silence) => self.over(now, Err(silence), sink),
        }
        self.after(now, sink);
    }

    /// A link of ours is gone, or never came up. `written` octets of it left this machine.
    pub fn closed(&mut self, now: Instant, link: Link, why: Closed, written: u64, sink: Sink<'_>) {
        if !self.exchange.is_on(link) {
            return;
        }
        let end = self.exchange.closed(why, written);
        self.over(now, end, sink);
        self.after(now, sink);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        match self.state {
            State::Offline { retry_at } if retry_at <= now => self.sign_in(now, sink),
            State::AwaitLogin(wait) | State::AwaitReply(wait) | State::AwaitLogout(wait)
                if self.hopeless_at(wait) <= now =>
            {
                let end = self.exchange.give_up();
                self.over(now, end, sink);
            }
            _ => {}
        }
        self.session.tick(now, sink);
        self.after(now, sink);
    }

    /// What is to be done with links; call until `None` after each of the above.
    pub fn poll(&mut self) -> Option<Effect<'_>> {
        self.exchange.poll(&self.session.settings().server)
    }

    /// When `tick` is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let state = match self.state {
            State::Offline { retry_at } => Some(retry_at),
            State::Online => self.session.due_at(),
            State::AwaitLogin(wait) | State::AwaitReply(wait) | State::AwaitLogout(wait) => earlier(
                Some(self.hopeless_at(wait)),
                self.stale_at(wait).filter(|_| self.told == LinkState::Online),
            ),
            State::Idle | State::Refused | State::Stopped => None,
        };
        earlier(state, self.session.wake_at())
    }

    /// Says something to a friend; `Event::Delivery` with this ticket tells what became of it. `Delivered` means that the
    /// server took it: whether it is shown nobody tells `[seed 003]`.
    pub fn send(&mut self, now: Instant, ticket: u32, to: &str, say: Say<'_>, sink: Sink<'_>) {
        let refused = match (Uin::parse(to.as_bytes()), say) {
            _ if !self.session.is_entered() => "not signed in",
            (_, Say::Nudge) => "qq has no nudges",
            (None, _) => "expected an account like qq:24259132",
            (Some(to), Say::Text(words)) => {
                self.session.say(now, ticket, to, words, sink);
                return self.after(now, sink);
            }
        };
        sink(Event::Delivery { ticket, outcome: Outcome::Failed, why: refused });
    }

    /// Our own state from now on, kept over reconnects; told at the next sign-in if not now. Where it goes by the number
    /// of the one before, it is so at once.
    pub fn set_status(&mut self, now: Instant, status: Status, sink: Sink<'_>) {
        self.session.set_status(status, sink);
        self.ask_what_is_due(now);
    }

    /// Changes the list, or asks about somebody; `Event::Edited` with this ticket answers.
    ///
    /// # Errors
    /// [`NotNow::NotSignedIn`], or [`NotNow::Busy`] while another edit is under way.
    pub fn edit(&mut self, now: Instant, ticket: u32, edit: Edit<'_>) -> Result<(), NotNow> {
        self.session.edit(now, ticket, edit)?;
        self.ask_what_is_due(now);
        Ok(())
    }

    /// Signs out for good: gives up what is under way, and asks for `Logout` if there is anything to sign out of. That is
    /// over within a second.
    pub fn sign_out(&mut self, now: Instant, sink: Sink<'_>) {
        self.tell(LinkState::Stopping, "", sink);
        let state = core::mem::replace(&mut self.state, State::Stopped);
        if let State::AwaitLogin(wait) | State::AwaitReply(wait) = state {
            let end = self.exchange.give_up();
            // The session ends in any case, but what it has to say of its last request is true.
            let _ended = self.hear(now, wait.asked, end, sink);
        }
        self.session.lost(sink);
        if matches!(state, State::Online | State::AwaitReply(_)) {
            self.ask(now, Kind::Logout);
        }
        if let State::AwaitLogout(wait) = &mut self.state {
            wait.give_up_at = now + QQ_LOGOUT_WITHIN;
        } else {
            self.stopped(sink);
        }
    }

    fn sign_in(&mut self, now: Instant, sink: Sink<'_>) {
        self.tell(LinkState::Connecting, "", sink);
        self.ask(now, Kind::Login);
        self.after(now, sink);
    }

    /// Asks, on a connection of its own.
    fn ask(&mut self, now: Instant, kind: Kind) {
        let mut body: String<QQ_BODY_MAX> = String::new();
        let asked = self.session.ask(now, kind, &mut body).ok();
        let Settings { server, uin, .. } = self.session.settings();
        let asked = asked.map(|seq| Asked { kind, seq, uin: *uin });
        let asked = asked.filter(|asked| self.exchange.ask(server, *asked, body.as_bytes()).is_ok());
        body.into_bytes().as_mut_slice().zeroize();
        self.state = match asked {
            Some(asked) => {
                let wait = Wait { asked, since: now, give_up_at: now + CONNECT_TIMEOUT + CONNECT_GRACE };
                match kind {
                    Kind::Login => State::AwaitLogin(wait),
                    Kind::Logout => State::AwaitLogout(wait),
                    _ => State::AwaitReply(wait),
                }
            }
            None => State::Refused,
        };
    }

    fn ask_what_is_due(&mut self, now: Instant) {
        if self.state == State::Online
            && let Some(kind) = self.session.due(now)
        {
            self.ask(now, kind);
        }
    }

    /// Some of an answer came. Where it is mail, the rest is worth waiting for.
    fn wait_for_mail(&mut self, now: Instant) {
        if let State::AwaitReply(wait) = &mut self.state
            && wait.asked.kind == Kind::GetMsgEx
        {
            wait.give_up_at = (now + QQ_REPLY_TIMEOUT).min(wait.since + QQ_MAIL_WITHIN);
        }
    }

    /// When a request under way is given up: with the link, but for mail. Whoever hangs up on that has lost it, and that the
    /// link is stale meanwhile says enough: no light shows an old state for a new one.
    fn hopeless_at(&self, wait: Wait) -> Instant {
        let lost_at = self.session.lost_at(wait.asked.kind).filter(|_| wait.asked.kind != Kind::GetMsgEx);
        lost_at.map_or(wait.give_up_at, |lost_at| lost_at.min(wait.give_up_at))
    }

    /// When a request under way is worth a word: penalties are, but only to the one who is waiting for them.
    fn stale_at(&self, wait: Wait) -> Option<Instant> {
        (!wait.asked.kind.may_be_punished()).then(|| wait.since + STALE_AFTER)
    }

    /// The request under way came to its end.
    fn over(&mut self, now: Instant, end: Result<(), Silence>, sink: Sink<'_>) {
        let wait = match self.state {
            State::AwaitLogin(wait) | State::AwaitReply(wait) => wait,
            State::AwaitLogout(_) => {
                self.state = State::Stopped;
                return self.stopped(sink);
            }
            _ => return,
        };
        self.state = State::Online;
        match self.hear(now, wait.asked, end, sink) {
            Ok(Next::Nothing) => {}
            Ok(Next::SignedIn) => log::debug!("qq: signed in"),
            Ok(Next::Entered) => self.retry.established(now),
            Ok(Next::SignInAgain) => {
                log::warn!("qq: the server does not know us any more; signing in again");
                self.ask(now, Kind::Login);
            }
            Err(ending) => self.end(now, ending, sink),
        }
    }

    fn hear(&mut self, now: Instant, asked: Asked, end: Result<(), Silence>, sink: Sink<'_>) -> Step {
        match end {
            Ok(()) => {
                if self.exchange.broke_off() {
                    log::warn!("qq: an answer to {} broke off; took what came of it", asked.kind.as_str());
                }
                self.session.answered(now, asked.kind, self.exchange.reply(asked), sink)
            }
            Err(silence) => self.session.unanswered(now, asked.kind, silence, sink),
        }
    }

    fn end(&mut self, now: Instant, ending: Ending, sink: Sink<'_>) {
        let established = self.session.is_entered();
        self.session.lost(sink);
        let (retry_at, state, why) = match ending {
            Ending::Lost(why) => (self.retry.lost(now, established), LinkState::Lost, why),
            Ending::LostFor(time, why) => (self.retry.told_to_wait(now, time), LinkState::Lost, why),
            Ending::Elsewhere => {
                let retry_at = self.retry.parked(now);
                (retry_at, LinkState::Elsewhere, Retry::why_parked(retry_at.since(now)))
            }
            Ending::Refused(why) => return self.refuse(&why, sink),
        };
        log::warn!("qq: {why}; trying again in {:.1} s", retry_at.since(now).as_secs_f32());
        self.state = State::Offline { retry_at };
        self.tell(state, &why, sink);
    }

    fn refuse(&mut self, why: &str, sink: Sink<'_>) {
        log::error!("qq: {why}; {BY_HAND}");
        self.state = State::Refused;
        self.tell(LinkState::Refused, why, sink);
    }

    fn stopped(&mut self, sink: Sink<'_>) {
        self.tell(LinkState::Stopped, "", sink);
    }

    /// What every input may have led to.
    fn after(&mut self, now: Instant, sink: Sink<'_>) {
        self.ask_what_is_due(now);
        if self.state == State::Refused && self.told != LinkState::Refused {
            // Only a path or host name far beyond what a configuration may have comes here.
            return self.refuse("a request does not fit; is the server's address too long?", sink);
        }
        if !self.session.is_entered() {
            return;
        }
        let waits = match self.state {
            State::AwaitLogin(_) => true,
            State::AwaitReply(wait) => self.stale_at(wait).is_some_and(|at| at <= now),
            State::Online => false,
            _ => return,
        };
        let stale = waits || self.session.is_in_doubt();
        self.tell(if stale { LinkState::Stale } else { LinkState::Online }, "", sink);
    }

    fn tell(&mut self, state: LinkState, why: &str, sink: Sink<'_>) {
        if self.told != state {
            self.told = state;
            sink(Event::State { state, why });
        }
    }
}

/// The driver's own deadline for a connection comes first; this one holds if it does not.
const CONNECT_GRACE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;

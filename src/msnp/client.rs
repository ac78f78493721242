//! The whole of an MSN account as one value: the notification session and its reconnects, the Passport exchange, the
//! switchboards.
//!
//! It does not know what anything means to a light: it tells [`Event`]s. It does not open sockets either: it wants
//! [`Effect`]s.

mod endings;
mod rooms;

use self::rooms::{Done, Rooms};
use super::command::Command;
use super::decoder::{Decoder, Unit};
use super::notification::{Ask, Edit, Ending, Session, why};
use super::passport::Passport;
use super::switchboard::Switchboards;
use super::{Event, ListVersion, NotNow, Outcome, Say, Settings};
use crate::limits::{CONNECT_TIMEOUT, HOPS_MAX, TRANSACTION_TIMEOUT};
use crate::link::{Closed, Effect, Endpoint, Link, Room};
use crate::presence::{LinkState, Status};
use crate::retry::Retry;
use crate::text::Quoted;
use crate::time::{Duration, Instant, earlier};

/// Where events go.
pub type Sink<'a> = &'a mut dyn FnMut(Event<'_>);

/// What the notification link is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not begun.
    Idle,
    /// The next try is due then.
    Waiting { until: Instant },
    /// The link was asked for.
    Dialing { give_up_at: Instant },
    /// The link is up.
    Talking,
    /// Only a person can mend it.
    Refused,
    /// Signed out for good.
    Stopped,
}

/// See the module's words.
pub struct Client {
    session: Session,
    decoder: Decoder,
    passport: Passport,
    switchboards: Switchboards,
    retry: Retry,
    stage: Stage,
    /// What was last told of the link.
    told: LinkState,
    link: Link,
    /// Where the notification link goes now: the configured server, or where XFR sent us.
    server: Endpoint,
    hops: u8,
    /// Since when presence flows.
    signed_in_at: Option<Instant>,
    /// The link is wanted, and was not asked for yet.
    dial: bool,
    /// A link to be closed, its last words written.
    close: Option<Link>,
    /// An unfinished unit may not stay so for long.
    midway_since: Option<Instant>,
}

impl Client {
    /// A client that has not begun. `known` is the version of the lists a snapshot holds; `seed` spreads reconnects.
    #[must_use]
    pub fn new(settings: Settings, known: Option<ListVersion>, seed: u64) -> Self {
        Self {
            server: settings.server.clone(),
            session: Session::new(settings, known),
            decoder: Decoder::new(),
            passport: Passport::new(),
            switchboards: Switchboards::new(),
            retry: Retry::new(seed),
            stage: Stage::Idle,
            told: LinkState::Starting,
            link: Link::before_first(Room::Notification),
            hops: 0,
            signed_in_at: None,
            dial: false,
            close: None,
            midway_since: None,
        }
    }

    /// Begins to connect.
    pub fn start(&mut self, now: Instant, sink: Sink<'_>) {
        if self.stage == Stage::Idle {
            self.dial_configured(now, sink);
        }
    }

    /// A person wants it: try again at once if lost, parked or refused.
    pub fn retry_now(&mut self, now: Instant, sink: Sink<'_>) {
        if matches!(self.stage, Stage::Waiting { .. } | Stage::Refused) {
            self.retry.start_over();
            self.dial_configured(now, sink);
        }
    }

    /// A link of ours is up.
    pub fn connected(&mut self, now: Instant, link: Link, sink: Sink<'_>) {
        match link.room {
            Room::Notification if link == self.link && matches!(self.stage, Stage::Dialing { .. }) => {
                self.stage = Stage::Talking;
                self.decoder.reset();
                self.midway_since = None;
                self.session.begin(now);
                self.tell(LinkState::SigningIn, "", sink);
            }
            Room::Notification | Room::Qq => {}
            Room::Passport => self.passport.connected(now, link),
            Room::Switchboard(_) => self.switchboards.connected(now, link, sink),
        }
    }

    /// Octets came.
    pub fn bytes(&mut self, now: Instant, link: Link, octets: &[u8], sink: Sink<'_>) {
        match link.room {
            Room::Notification if link == self.link && self.stage == Stage::Talking => {
                self.notification_bytes(now, octets, sink);
            }
            Room::Notification | Room::Qq => {}
            Room::Passport => {
                self.passport.bytes(now, link, octets);
                self.passport_result(now, sink);
            }
            Room::Switchboard(_) => self.switchboards.bytes(now, link, octets, sink),
        }
        self.after(now, sink);
    }

    /// A link of ours is gone, or never came up.
    pub fn closed(&mut self, now: Instant, link: Link, why: Closed, written: u64, sink: Sink<'_>) {
        match link.room {
            Room::Notification if link == self.link => self.link_closed(now, why, sink),
            Room::Notification | Room::Qq => {}
            Room::Passport => {
                self.passport.closed(now, link, why);
                self.passport_result(now, sink);
            }
            Room::Switchboard(_) => self.switchboards.closed(now, link, why, written, sink),
        }
        self.after(now, sink);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        match self.stage {
            Stage::Waiting { until } if until <= now => self.dial_configured(now, sink),
            Stage::Dialing { give_up_at } if give_up_at <= now => {
                self.end(now, Ending::Lost(why(format_args!("{}", Closed::Unreachable))), sink);
            }
            Stage::Talking => self.session_tick(now, sink),
            _ => {}
        }
        self.passport.tick(now);
        self.passport_result(now, sink);
        self.switchboards.tick(now, sink);
        self.after(now, sink);
    }

    /// What is to be done with links; call until `None` after each of the above.
    pub fn poll(&mut self) -> Option<Effect<'_>> {
        let link = self.link;
        if self.session.has_words() {
            return self.session.transmit().map(|octets| Effect::Transmit { link, octets });
        }
        if let Some(link) = self.close.take() {
            return Some(Effect::Close(link));
        }
        if self.dial {
            self.dial = false;
            return Some(Effect::Connect { link, to: &self.server, tls: false });
        }
        if self.passport.has_effects() {
            return self.passport.poll();
        }
        self.switchboards.poll()
    }

    /// When `tick` is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let stage = match self.stage {
            Stage::Waiting { until } => Some(until),
            Stage::Dialing { give_up_at } => Some(give_up_at),
            Stage::Talking => {
                earlier(self.session.wake_at(), self.midway_since.map(|since| since + TRANSACTION_TIMEOUT))
            }
            Stage::Idle | Stage::Refused | Stage::Stopped => None,
        };
        let talk = earlier(self.passport.wake_at(), self.switchboards.wake_at());
        earlier(stage, talk)
    }

    /// Says something to a contact; `Event::Delivery` with this ticket tells what became of it.
    pub fn send(&mut self, now: Instant, ticket: u32, to: &str, say: Say<'_>, sink: Sink<'_>) {
        let refused = if !self.session.is_online() {
            "not signed in"
        } else if self.session.is_invisible() {
            "we are invisible: the server forwards nothing"
        } else {
            self.switchboards.say(now, ticket, to, say, sink);
            self.after(now, sink);
            return;
        };
        sink(Event::Delivery { ticket, outcome: Outcome::Failed, why: refused });
    }

    /// Our own status from now on, kept over reconnects; told as soon as it can be, if not now.
    pub fn set_status(&mut self, now: Instant, status: Status) {
        if self.session.set_status(now, status).is_err() {
            log::info!("msn: {status} will be told as soon as it can");
        }
    }

    /// Changes the lists; `Event::Edited` with this ticket answers.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn edit(&mut self, now: Instant, ticket: u32, edit: Edit<'_>) -> Result<(), NotNow> {
        self.session.edit(now, ticket, edit)
    }

    /// Signs out for good: OUT on every link, then close.
    pub fn sign_out(&mut self, sink: Sink<'_>) {
        self.tell(LinkState::Stopping, "", sink);
        if matches!(self.stage, Stage::Talking | Stage::Dialing { .. }) && !self.dial {
            self.session.sign_out(sink);
            self.close = Some(self.link);
        }
        self.dial = false;
        self.passport.cancel();
        self.switchboards.sign_out(sink);
        self.stage = Stage::Stopped;
        self.tell(LinkState::Stopped, "", sink);
    }

    fn dial_configured(&mut self, now: Instant, sink: Sink<'_>) {
        self.server.clone_from(&self.session.settings().server);
        self.hops = HOPS_MAX;
        self.dial(now, sink);
    }

    fn dial(&mut self, now: Instant, sink: Sink<'_>) {
        self.link = self.link.next();
        self.dial = true;
        self.stage = Stage::Dialing { give_up_at: now + CONNECT_TIMEOUT + CONNECT_GRACE };
        self.tell(LinkState::Connecting, "", sink);
    }

    fn notification_bytes(&mut self, now: Instant, octets: &[u8], sink: Sink<'_>) {
        self.session.heard(now);
        let mut rest = octets;
        while !rest.is_empty() && self.stage == Stage::Talking {
            let (used, unit) = self.decoder.feed(rest);
            rest = rest.get(used..).unwrap_or_default();
            if !matches!(unit, Ok(None)) {
                self.midway_since = None;
            }
            let step = match unit {
                Ok(Some(Unit::Command(command))) => self.session.command(now, &command, sink),
                Ok(Some(Unit::Overlong { len, head })) => {
                    let head = Command::line(head);
                    log::warn!("msn: skipped a line of {len} octets that begins {}", Quoted(head.verb()));
                    self.session.skipped(now, &head, sink);
                    Ok(None)
                }
                Ok(None) => Ok(None),
                Err(fault) => Err(Ending::Lost(why(format_args!("got {fault}")))),
            };
            let rooms = Rooms {
                session: &self.session,
                passport: &mut self.passport,
                switchboards: &mut self.switchboards,
                server: &self.server,
            };
            match step.map(|ask| ask.map(|ask| rooms.carry_out(now, ask, sink))) {
                Ok(Some(Done::SignedIn)) => self.signed_in(now, sink),
                Ok(_) => {}
                Err(ending) => self.end(now, ending, sink),
            }
        }
        self.midway_since = if self.decoder.is_midway() { self.midway_since.or(Some(now)) } else { None };
    }

    fn session_tick(&mut self, now: Instant, sink: Sink<'_>) {
        if self.midway_since.is_some_and(|since| since + TRANSACTION_TIMEOUT <= now) {
            let sentence = why(format_args!("the server stopped in the middle of a command"));
            return self.end(now, Ending::Lost(sentence), sink);
        }
        match self.session.tick(now, sink) {
            Ok(Some(Ask::NoSwitchboard(code))) => self.switchboards.transfer_refused(code, sink),
            Ok(_) => {}
            Err(ending) => self.end(now, ending, sink),
        }
    }

    fn signed_in(&mut self, now: Instant, sink: Sink<'_>) {
        self.retry.established(now);
        self.signed_in_at = Some(now);
        self.switchboards.sign_in(&self.session.settings().account, self.session.dialect());
        self.tell(LinkState::Online, "", sink);
    }

    fn link_closed(&mut self, now: Instant, closed: Closed, sink: Sink<'_>) {
        let sentence = match self.stage {
            Stage::Dialing { .. } => why(format_args!("{}: {closed}", self.server)),
            // Servers answer a dialect or a way of signing in they do not have by hanging up [observed: Escargot].
            Stage::Talking if !self.session.is_online() && closed == Closed::ByPeer => why(format_args!(
                "closed by the server while signing in; does it speak {}?",
                self.session.dialect()
            )),
            Stage::Talking => why(format_args!("{closed}")),
            _ => return,
        };
        self.link = self.link.next();
        self.end_of_session(now, Ending::Lost(sentence), sink);
    }

    fn passport_result(&mut self, now: Instant, sink: Sink<'_>) {
        match self.passport.take_result() {
            None => {}
            Some(Ok(ticket)) => self.session.ticket(now, &ticket),
            Some(Err(refusal)) => {
                let sentence = why(format_args!("{refusal}"));
                let ending = Ending::of_reaction(refusal.reaction(), sentence);
                self.end(now, ending, sink);
            }
        }
    }

    /// What every input may have led to.
    fn after(&mut self, now: Instant, sink: Sink<'_>) {
        if self.switchboards.wants_transfer() && self.session.ask_for_switchboard(now).is_err() {
            self.switchboards.transfer_refused(None, sink);
        }
        if self.stage != Stage::Talking {
            return;
        }
        if self.session.overflowed() {
            return self.end(now, Ending::Lost(why(format_args!("the server stopped reading"))), sink);
        }
        if self.session.is_online() {
            self.session.catch_up(now);
            let state = if self.session.is_stale() { LinkState::Stale } else { LinkState::Online };
            self.tell(state, "", sink);
        }
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

//! Everything the agent knows besides its settings and its links: what the networks told, what is shown, what is asked.
//!
//! It does not know octets or sockets. It changes by events of the network (`events`), by buttons (`actions`) and by
//! time ([`State::tick`]); what a board shows is computed from it whole (`light`, `screen`), never set by a handler.

use heapless::{Deque, String, Vec};

use super::accounts::Accounts;
use super::control::Errands;
use super::gesture::Recogniser;
use super::latch::Latch;
use super::notice::Queue;
use super::reply::Desk;
use super::roster::Known;
use super::settings::{Display, Settings};
use super::{Output, Reason, light, screen};
use crate::frame::Frame;
use crate::limits::{ACCOUNT_MAX, BUTTONS_MAX, QQ_WORDS_MAX, WHY_MAX};
use crate::link::Network;
use crate::presence::{LinkState, Status};
use crate::text;
use crate::time::{Duration, Instant};

/// All state.
#[derive(Debug, Default)]
pub(super) struct State {
    // What the networks told.
    pub(super) accounts: Accounts,
    pub(super) latch: Latch,
    pub(super) mail: u32,
    pub(super) requests: Vec<Request, REQUESTS_MAX>,
    /// When a request last took the display.
    pub(super) asked_at: Option<Instant>,
    pub(super) typing: Vec<Typing, TYPING_MAX>,
    pub(super) shots: Vec<Shot, SHOTS_MAX>,
    pub(super) words: Option<Words>,

    // What a person did.
    pub(super) buttons: Vec<Press, BUTTONS_MAX>,
    pub(super) desk: Desk,
    pub(super) wishes: Deque<Wish, WISHES_MAX>,
    pub(super) errands: Errands,

    // What is shown.
    pub(super) view: View,
    pub(super) person: Person,
    /// When something new last lit the display.
    pub(super) fresh: Instant,
    frame: Option<Frame>,
    drawn: bool,

    // What waits to be polled.
    pub(super) notices: Queue,
    pub(super) save: bool,
    pub(super) stop: Stop,
}

const _: () = assert!(size_of::<State>() <= 20 * 1024);

/// Somebody is typing.
#[derive(Debug)]
pub(super) struct Typing {
    pub(super) who: String<ACCOUNT_MAX>,
    pub(super) until: Instant,
}

/// A light effect that ends by itself.
#[derive(Debug)]
pub(super) struct Shot {
    pub(super) who: String<ACCOUNT_MAX>,
    pub(super) what: Effect,
    pub(super) until: Instant,
}

/// What a one-shot tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Somebody nudged us.
    Nudge,
    /// A reply arrived.
    Delivered,
    /// A reply did not, or nobody knows.
    Failed,
}

impl Effect {
    /// How long it is seen.
    const fn lasts(self) -> Duration {
        match self {
            Self::Nudge => Duration::from_secs(2),
            Self::Delivered => Duration::from_secs(1),
            Self::Failed => Duration::from_secs(3),
        }
    }
}

/// Somebody asks to have us on their list.
#[derive(Debug)]
pub(super) struct Request {
    /// Who.
    pub(super) from: String<ACCOUNT_MAX>,
    /// Their words; may be empty.
    pub(super) words: String<QQ_WORDS_MAX>,
    /// Somebody acknowledged it on the contact list; it is still open.
    pub(super) seen: bool,
}

/// Words that are no message, shown for a while.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) about: About,
    /// Who said them; empty for a server.
    pub(super) from: String<ACCOUNT_MAX>,
    pub(super) text: String<WHY_MAX>,
    pub(super) until: Instant,
}

/// What such words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The server's, to everybody.
    Server,
    /// Somebody asks to have us on their list.
    Asked,
    /// Somebody accepted to be on ours.
    Accepted,
    /// Somebody refused to be on ours.
    Refused,
}

/// A button: its gesture under way, and when its press began.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Press {
    pub(super) recogniser: Recogniser,
    pub(super) at: Instant,
}

/// Whom the display shows, so that a press can be bound to a person and not to "the last one".
#[derive(Debug, Default)]
pub(super) struct Person {
    /// The address; empty if nobody is shown.
    pub(super) account: String<ACCOUNT_MAX>,
    /// Since when.
    pub(super) since: Instant,
}

/// What the display shows beneath menu and outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The messages of the sender whose row has this id.
    Message(u32),
    /// A page of the contact list; the first is the link's own where there is something to say about it.
    Contacts(u16),
}

impl Default for View {
    fn default() -> Self {
        Self::Contacts(0)
    }
}

/// What the agent is to do with its protocol client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Send what was said under that ticket.
    Say(u32),
    /// Our own status.
    Status(Status),
    /// Connect the account there again now.
    Retry(Network),
}

/// How far the end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Stop {
    /// Nobody asked.
    #[default]
    Running,
    /// Signing out, until the client says so or this moment.
    Asked(Instant),
    /// Signed out; the board goes blank.
    Done,
    /// The driver knows.
    Told,
}

impl State {
    /// The state at the start.
    pub(super) fn new(settings: &Settings, accounts: Accounts) -> Self {
        let mut state = Self { accounts, ..Self::default() };
        for account in state.accounts.iter() {
            state.notices.link(account.network, account.link, "");
        }
        for _ in settings.buttons.iter().take(BUTTONS_MAX) {
            // Bounded by the `take`.
            let _ = state.buttons.push(Press::default());
        }
        state
    }

    /// Time has come this far: gestures, effects, pages and the menu end. Before anything else of a turn.
    pub(super) fn tick(&mut self, now: Instant, settings: &Settings) {
        self.gestures(now, settings, now);
        for account in
            self.accounts.iter_mut().filter(|account| account.settle_at.is_some_and(|at| at <= now))
        {
            account.settle_at = None;
            account.roster.settle();
        }
        self.typing.retain(|typing| typing.until > now);
        self.shots.retain(|shot| shot.until > now);
        if self.words.as_ref().is_some_and(|words| words.until <= now) {
            self.words = None;
        }
        self.desk.expire(now);
        if has_display(&settings.display) && !self.is_lit(now, &settings.display) {
            // What nobody sees must not be sent, and who comes back wants to see what waits.
            self.desk.close();
            self.view = self.latch.newest().map_or(View::Contacts(0), |row| View::Message(row.id));
        }
        if let Stop::Asked(give_up_at) = self.stop
            && give_up_at <= now
        {
            log::warn!("agent: signing out took too long; leaving anyway");
            self.stop = Stop::Done;
        }
        self.turned(now, settings);
    }

    /// A turn is over: what is shown may have changed.
    pub(super) fn turned(&mut self, now: Instant, settings: &Settings) {
        self.view = self.present_view();
        let person: String<ACCOUNT_MAX> = text::cut(self.person_shown(now, settings).unwrap_or_default());
        if person != self.person.account {
            self.person = Person { account: person, since: now };
        }
        self.drawn = false;
    }

    /// The view, or what takes its place when its messages are gone.
    fn present_view(&self) -> View {
        match self.view {
            View::Message(id) if self.latch.row(id).is_none() => {
                self.latch.newest().map_or(View::Contacts(0), |row| View::Message(row.id))
            }
            view => view,
        }
    }

    /// Whose name can be read on the display now; without a display, who wrote last.
    fn person_shown<'a>(&'a self, now: Instant, settings: &Settings) -> Option<&'a str> {
        let display = &settings.display;
        if !has_display(display) {
            return self.latch.newest().map(|row| row.from.as_str());
        }
        if !self.is_lit(now, display) {
            return None;
        }
        if let Some(who) = self.desk.person() {
            return Some(who);
        }
        match self.view {
            _ if self.words.is_some() || screen::hides_sender(display) => None,
            View::Message(id) => self.latch.row(id).map(|row| row.from.as_str()),
            View::Contacts(_) => None,
        }
    }

    /// Whether the display is on.
    pub(super) fn is_lit(&self, now: Instant, display: &Display) -> bool {
        has_display(display) && (display.blank_after.is_zero() || now < self.fresh + display.blank_after)
    }

    /// A contact's short name of the configuration, or friendly name, or address.
    pub(super) fn title<'a>(&'a self, settings: &'a Settings, account: &'a str) -> &'a str {
        let person = settings.people.iter().find(|person| person.account.eq_ignore_ascii_case(account));
        let known = || self.accounts.find(account).map_or(account, |known: Known<'a>| known.title());
        person.map_or_else(known, |person| &person.name)
    }

    /// Begins a light effect; of too many the oldest ends.
    pub(super) fn shoot(&mut self, now: Instant, who: &str, what: Effect) {
        if self.shots.is_full() {
            self.shots.remove(0);
        }
        // There is room: a full list just lost one.
        let _ = self.shots.push(Shot { who: text::cut(who), what, until: now + what.lasts() });
    }

    /// The program is to end. Says whether that is new.
    pub(super) fn stop(&mut self, now: Instant) -> bool {
        let new = self.stop == Stop::Running;
        if new {
            self.stop = Stop::Asked(now + STOP_WITHIN);
        }
        new
    }

    /// If nobody is left to sign out of, it is done.
    pub(super) fn stopped(&mut self) {
        let over = self.accounts.iter().all(|account| account.link == LinkState::Stopped);
        if over && matches!(self.stop, Stop::Asked(_)) {
            self.stop = Stop::Done;
        }
    }

    /// What is due: notices, then the frame, then the rest, and at last when to come again. `link_at` is when the
    /// links' own deadlines end.
    pub(super) fn poll(&mut self, now: Instant, settings: &Settings, link_at: Option<Instant>) -> Output<'_> {
        if let Some(notice) = self.notices.pop(&settings.replies) {
            return Output::Notice(notice);
        }
        if let Some(notice) = self.accounts.iter_mut().find_map(|account| account.roster.take_change()) {
            return Output::Notice(notice);
        }
        if !self.drawn {
            self.drawn = true;
            let frame =
                Frame { leds: light::looks(settings, self), screen: screen::screen(now, settings, self) };
            if self.frame.as_ref() != Some(&frame) {
                return Output::Show(self.frame.insert(frame));
            }
        }
        if self.save {
            self.save = false;
            return Output::SaveSnapshot;
        }
        if self.stop == Stop::Done {
            self.stop = Stop::Told;
            return Output::Stopped;
        }
        let (at, reason) = self.wake(settings, link_at);
        Output::WakeAt { at, reason }
    }

    /// The earliest deadline, and what it is for.
    fn wake(&self, settings: &Settings, link_at: Option<Instant>) -> (Option<Instant>, Reason) {
        if self.stop == Stop::Told {
            return (None, Reason::Nothing);
        }
        let display = &settings.display;
        let dark_at = (has_display(display) && !display.blank_after.is_zero() && self.frame_is_lit())
            .then(|| self.fresh + display.blank_after);
        let stop_at = if let Stop::Asked(at) = self.stop { Some(at) } else { None };
        let due = [
            (link_at, Reason::Link),
            (self.accounts.iter().filter_map(|account| account.settle_at).min(), Reason::Link),
            (stop_at, Reason::Link),
            (self.next_gesture(settings).map(|(due, _)| due), Reason::Gesture),
            (self.shots.iter().map(|shot| shot.until).min(), Reason::Effect),
            (self.desk.menu_until(), Reason::ReplyMenu),
            (self.desk.page_until(), Reason::Display),
            (self.typing.iter().map(|typing| typing.until).min(), Reason::Display),
            (self.words.as_ref().map(|words| words.until), Reason::Display),
            (dark_at, Reason::Display),
            (self.errands.wake_at(), Reason::Control),
        ];
        let first =
            due.into_iter().filter_map(|(at, reason)| at.map(|at| (at, reason))).min_by_key(|due| due.0);
        first.map_or((None, Reason::Nothing), |(at, reason)| (Some(at), reason))
    }

    fn frame_is_lit(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.screen.lit)
    }
}

/// Whether there is anything to write on.
pub(super) const fn has_display(display: &Display) -> bool {
    display.columns > 0 && display.rows > 0
}

/// Signing out may take this long; the program has two seconds for everything.
const STOP_WITHIN: Duration = Duration::from_secs(1);
/// Typing marks at once; of more, the one that ends first makes room.
pub(super) const TYPING_MAX: usize = 4;
/// Requests kept; of more, the oldest makes room. The network keeps its own record of them.
pub(super) const REQUESTS_MAX: usize = 8;
/// One-shot light effects at once; of more, the oldest makes room.
const SHOTS_MAX: usize = 4;
/// Wishes of one turn; each button can make one for each network, further ones are refused.
const WISHES_MAX: usize = BUTTONS_MAX * Network::ALL.len();

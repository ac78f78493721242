//! What events mean: the one value that holds all state.
//!
//! [`Agent::handle`] takes one [`Input`]; then [`Agent::poll`] is called until it answers [`Output::WakeAt`]. The driver
//! and the tests differ only in who they are.
//!
//! In reading order: [`settings`] (what it is told), [`notice`] (what it tells), `state` (what it knows), `accounts`,
//! `clients`, `roster` and `snapshot` (links and contact lists), `latch` (messages waiting), `events` (what networks
//! change), `gesture` and `actions` (what buttons change), `reply` (the menu and what was sent), [`control`] (what people
//! at shells ask), [`palette`], `light`, `screen` and `rows` (what a board shows of all that).

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod accounts;
mod actions;
mod clients;
pub mod control;
mod events;
mod gesture;
mod latch;
mod light;
pub mod notice;
pub mod palette;
mod reply;
mod roster;
mod rows;
mod screen;
pub mod settings;
mod snapshot;
mod state;
mod summary;
mod watch;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::frame::Frame;
use crate::link::{Closed, Effect, Endpoint, Link};
use crate::message::Say;
use crate::presence::Status;
use crate::time::Instant;
use crate::{msnp, qq};

use self::accounts::{Account, Accounts};
use self::clients::Clients;
use self::control::{Answer, Request};
use self::notice::Said;
use self::roster::Roster;
use self::snapshot::Kept;
use self::state::{State, Wish};

pub use self::notice::{MessageKind, Notice, OwnStatus};
pub use self::palette::Palette;
pub use self::settings::{
    Action, Button, Display, Light, Member, Person, Privacy, Replies, Settings, Subject, Whose,
};
pub use self::snapshot::Snapshot;
pub use self::summary::Summary;
pub use self::watch::{Gesture, Watch};
pub use crate::link::Network;

/// What the world tells the agent.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// A link asked for by [`Output::Connect`] is up (TLS handshake included).
    Connected(Link),
    /// Octets came over a link; at most [`READ_CHUNK`](crate::limits::READ_CHUNK) at once.
    Bytes(Link, &'a [u8]),
    /// A link is gone, or never came up.
    Closed {
        /// Which.
        link: Link,
        /// Why.
        why: Closed,
        /// Octets that were really written to it over its life: what lies beyond never left this machine.
        written: u64,
    },
    /// A button went down (`pressed`) or up. Gestures are recognised here, not in boards, and by when edges came, not by
    /// when they were told. Tell all that wait, oldest first, before anything else: an edge lets time pass for gestures
    /// only as far as itself, every other input as far as now.
    Button {
        /// Its place in [`Settings::buttons`].
        index: u8,
        /// Down or up.
        pressed: bool,
        /// When; a moment in the future is taken for now, and one before that button's last edge for that edge's.
        at: Instant,
    },
    /// Edges of a button were lost: it may have done anything since the last one told, so nothing comes of what was under
    /// way. To be told before any later edge of any button, since those let time pass.
    Lost {
        /// Its place in [`Settings::buttons`].
        index: u8,
        /// Whether it is down now.
        pressed: bool,
        /// When it was found there; a moment in the future is taken for now.
        at: Instant,
    },
    /// Somebody at a shell asks for something; [`Output::Answer`] with this ticket answers, once.
    Control {
        /// The request's number.
        ticket: u32,
        /// What.
        request: Request<'a>,
    },
    /// Nothing happened but time.
    Tick,
    /// Sign out of everything, blank the board: the program is about to end.
    Stop,
}

/// What the agent wants of the world.
#[expect(
    clippy::large_enum_variant,
    reason = "made one at a time and handed on; a box would allocate per event"
)]
#[derive(Debug)]
pub enum Output<'a> {
    /// Open a link.
    Connect {
        /// Its name from now on.
        link: Link,
        /// Where to.
        to: &'a Endpoint,
        /// Under TLS, with the certificate verified for `to.host`.
        tls: bool,
    },
    /// Write octets to a link.
    Transmit {
        /// Which.
        link: Link,
        /// What.
        octets: &'a [u8],
    },
    /// Close a link once what was written is flushed, within a second. No `Closed` comes back for it.
    Close(Link),
    /// The one answer to a request.
    Answer {
        /// The number [`Input::Control`] gave it.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// The board shows something new.
    Show(&'a Frame),
    /// Something happened that scripts and logs want to know, beyond what the frame shows.
    Notice(Notice),
    /// The roster changed in a way worth keeping over a restart: save [`Agent::snapshot`].
    SaveSnapshot,
    /// Everything is signed out and the board is blank: the program may end. Only after [`Input::Stop`].
    Stopped,
    /// Nothing more to do until `at`, or until something comes in.
    WakeAt {
        /// When; `None` means only an input wakes the agent.
        at: Option<Instant>,
        /// What for: the idle agent wakes only for a named reason.
        reason: Reason,
    },
}

/// Why the agent wants to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing is due.
    Nothing,
    /// A link's deadline: an answer, a ping, a reconnect.
    Link,
    /// A gesture ends: was it a click, or the first of a double?
    Gesture,
    /// A one-shot light effect ends.
    Effect,
    /// The reply menu forgets whom it was for.
    ReplyMenu,
    /// The display goes dark, or a typing mark goes.
    Display,
    /// Somebody at a shell has waited long enough for an answer.
    Control,
}

/// The agent: a protocol client for each network, one state.
pub struct Agent {
    settings: Settings,
    state: State,
    clients: Clients,
    began: bool,
}

/// With MSN, the agent in all: itself and what it keeps on the heap from its beginning. QQ adds what `clients` asserts.
const _: () = assert!(size_of::<Agent>() + clients::MSN_OCTETS <= 64 * 1024);

impl Agent {
    /// An agent that has not begun; the first call of [`Agent::handle`] or [`Agent::poll`] begins. Of a snapshot, what is
    /// of another account or server is ignored. `seed` spreads reconnects of many boards.
    #[must_use]
    pub fn new(settings: Settings, snapshot: Option<Snapshot>, seed: u64) -> Self {
        let snapshot = snapshot.unwrap_or_default();
        let mut accounts = Accounts::default();
        let msn = settings.msn.as_ref().map(|msn| {
            let kept = snapshot.suiting(&snapshot::of_msn(msn));
            let roster =
                kept.map_or_else(|| Roster::of(Network::Msn), |kept| Roster::restore(Network::Msn, kept));
            accounts.push(Account::new(Network::Msn, msn.status, roster));
            Box::new(msnp::Client::new(msn.clone(), kept.map(|kept| kept.lists.clone()), seed))
        });
        let qq = settings.qq.as_ref().map(|qq| {
            let kept = snapshot.suiting(&snapshot::of_qq(qq));
            let roster =
                kept.map_or_else(|| Roster::of(Network::Qq), |kept| Roster::restore(Network::Qq, kept));
            accounts.push(Account::new(Network::Qq, qq.status, roster));
            Box::new(qq::Client::new(qq.clone(), !seed))
        });
        let state = State::new(&settings, accounts);
        Self { settings, state, clients: Clients { msn, qq }, began: false }
    }

    /// Something happened. Call [`Agent::poll`] until [`Output::WakeAt`] afterwards.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.begin(now);
        // What is due comes before what came. But gestures are not judged while edges from before now may follow.
        if !matches!(input, Input::Button { .. } | Input::Lost { .. }) {
            self.state.tick(now, &self.settings);
        }
        self.clients.tick(now, &mut self.state);
        match input {
            Input::Connected(link) => self.connected(now, link),
            Input::Bytes(link, octets) => self.bytes(now, link, octets),
            Input::Closed { link, why, written } => self.closed(now, link, why, written),
            Input::Button { index, pressed, at } => {
                self.state.button(now, &self.settings, index, pressed, at);
            }
            Input::Lost { index, pressed, at } => {
                self.state.lost(&self.settings, index, pressed, at.min(now));
            }
            Input::Control { ticket, request } => self.state.request(now, &self.settings, ticket, request),
            Input::Stop => self.stop(now),
            Input::Tick => {}
        }
        self.carry_out(now);
        self.serve(now);
        self.state.turned(now, &self.settings);
    }

    /// What is to be done now. After [`Agent::handle`], call it until it answers [`Output::WakeAt`].
    pub fn poll(&mut self, now: Instant) -> Output<'_> {
        self.begin(now);
        if let Some((ticket, answer)) = self.state.errands.pop() {
            return Output::Answer { ticket, answer };
        }
        // Asked before the effects, whose borrow lasts to the end: taking an effect moves no deadline.
        let link_at = self.clients.wake_at();
        if let Some(effect) = self.clients.poll() {
            return match effect {
                Effect::Connect { link, to, tls } => Output::Connect { link, to, tls },
                Effect::Transmit { link, octets } => Output::Transmit { link, octets },
                Effect::Close(link) => Output::Close(link),
            };
        }
        self.state.poll(now, &self.settings, link_at)
    }

    /// The rosters to keep over a restart. `None` while a list is on its way: what was saved before is better then.
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let accounts = &self.state.accounts;
        if accounts.iter().any(|account| account.roster.is_coming()) {
            return None;
        }
        let msn = self.settings.msn.as_ref().map(snapshot::of_msn);
        let qq = self.settings.qq.as_ref().map(snapshot::of_qq);
        let kept: Vec<Kept> = msn
            .iter()
            .chain(&qq)
            .filter_map(|place| accounts.of(place.network)?.roster.snapshot(place))
            .collect();
        (!kept.is_empty()).then(|| Snapshot::of(kept))
    }

    /// How everything stands, for whoever supervises the program.
    #[must_use]
    pub const fn summary(&self) -> Summary<'_> {
        Summary(&self.state)
    }

    fn begin(&mut self, now: Instant) {
        if self.began {
            return;
        }
        self.began = true;
        self.state.fresh = now;
        for network in Network::ALL {
            self.with(now, network, |msn, sink| msn.start(now, sink), |qq, sink| qq.start(now, sink));
        }
        self.state.turned(now, &self.settings);
    }

    /// Lets the client of a network do something. Says whether there is one.
    fn with(
        &mut self,
        now: Instant,
        network: Network,
        msn: impl FnOnce(&mut msnp::Client, msnp::client::Sink<'_>),
        qq: impl FnOnce(&mut qq::Client, qq::client::Sink<'_>),
    ) -> bool {
        self.clients.with(now, &mut self.state, network, msn, qq)
    }

    fn connected(&mut self, now: Instant, link: Link) {
        let network = link.room.network();
        self.with(
            now,
            network,
            |msn, sink| msn.connected(now, link, sink),
            |qq, sink| qq.connected(now, link, sink),
        );
    }

    fn bytes(&mut self, now: Instant, link: Link, octets: &[u8]) {
        let network = link.room.network();
        self.with(
            now,
            network,
            |msn, sink| msn.bytes(now, link, octets, sink),
            |qq, sink| qq.bytes(now, link, octets, sink),
        );
    }

    fn closed(&mut self, now: Instant, link: Link, why: Closed, written: u64) {
        let network = link.room.network();
        self.with(
            now,
            network,
            |msn, sink| msn.closed(now, link, why, written, sink),
            |qq, sink| qq.closed(now, link, why, written, sink),
        );
    }

    fn stop(&mut self, now: Instant) {
        if !self.state.stop(now) {
            return;
        }
        for network in Network::ALL {
            self.with(now, network, |msn, sink| msn.sign_out(sink), |qq, sink| qq.sign_out(now, sink));
        }
        self.state.stopped();
    }

    /// Does what buttons asked of the networks.
    fn carry_out(&mut self, now: Instant) {
        while let Some(wish) = self.state.wishes.pop_front() {
            match wish {
                Wish::Say(ticket) => self.say(now, ticket),
                Wish::Status(status) => self.set_status(now, status),
                Wish::Retry(network) => self.retry(now, network),
            }
        }
    }

    fn set_status(&mut self, now: Instant, status: Status) {
        for network in Network::ALL {
            self.with(
                now,
                network,
                |msn, _| msn.set_status(now, status),
                |qq, sink| qq.set_status(now, status, sink),
            );
        }
    }

    fn retry(&mut self, now: Instant, network: Network) {
        self.with(now, network, |msn, sink| msn.retry_now(now, sink), |qq, sink| qq.retry_now(now, sink));
    }

    fn say(&mut self, now: Instant, ticket: u32) {
        let Self { settings, state, clients, .. } = self;
        let Some(sent) = state.desk.sent(ticket) else { return };
        let (to, said) = (sent.to.clone(), sent.said);
        let say = match said {
            Said::Reply(_) => Say::Text(said.words(&settings.replies)),
            Said::Nudge => Say::Nudge,
        };
        let network = Network::of(&to);
        let sent = clients.with(
            now,
            state,
            network,
            |msn, sink| msn.send(now, ticket, &to, say, sink),
            |qq, sink| qq.send(now, ticket, &to, say, sink),
        );
        if !sent {
            state.undeliverable(now, ticket, network);
        }
    }
}

#[cfg(test)]
mod tests;

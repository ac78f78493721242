//! What events mean: the one value that holds all state.
//!
//! [`Agent::handle`] takes one [`Input`]; then [`Agent::poll`] is called until it answers [`Output::WakeAt`]. The driver
//! and the tests differ only in who they are.
//!
//! In reading order: [`settings`] (what it is told), [`notice`] (what it tells), `state` (what it knows), `roster` and
//! `snapshot` (the contact lists), `latch` (messages waiting), `events` (what the network changes), `gesture` and
//! `actions` (what buttons change), `reply` (the menu and what was sent), [`palette`], `light`, `screen` and `rows` (what
//! a board shows of all that).

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod actions;
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

use alloc::boxed::Box;

use crate::frame::Frame;
use crate::link::{Closed, Effect, Endpoint, Link};
use crate::msnp::{Client, Event, Outcome, Say};
use crate::time::Instant;

use self::notice::Said;
use self::roster::Roster;
use self::state::{State, Wish};

pub use self::notice::{MessageKind, Network, Notice};
pub use self::palette::Palette;
pub use self::settings::{
    Action, Button, Display, Light, Member, Person, Privacy, Replies, Settings, Subject, Whose,
};
pub use self::snapshot::Snapshot;

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
    /// A button went down (`pressed`) or up. Gestures are recognised here, not in boards.
    Button {
        /// Its place in [`Settings::buttons`].
        index: u8,
        /// Down or up.
        pressed: bool,
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
}

/// The agent: one protocol client, one state.
pub struct Agent {
    settings: Settings,
    state: State,
    /// On the heap, so that moving an agent about does not take its weight in stack.
    client: Option<Box<Client>>,
    began: bool,
}

/// The agent in all: itself and what it keeps on the heap from its beginning.
const _: () = assert!(size_of::<Agent>() + size_of::<Client>() <= 64 * 1024);

impl Agent {
    /// An agent that has not begun; the first call of [`Agent::handle`] or [`Agent::poll`] begins. A snapshot of another
    /// account or server is ignored. `seed` spreads reconnects of many boards.
    #[must_use]
    pub fn new(settings: Settings, snapshot: Option<Snapshot>, seed: u64) -> Self {
        let msn = settings.msn.as_ref();
        let snapshot = snapshot.filter(|snapshot| {
            let suits = msn.is_some_and(|msn| snapshot.suits(msn));
            if !suits {
                log::info!("agent: the snapshot is of another account, server or version; ignored");
            }
            suits
        });
        let known = || snapshot.as_ref().map(|kept| kept.lists().clone());
        let client = msn.map(|msn| Box::new(Client::new(msn.clone(), known(), seed)));
        let roster = snapshot.as_ref().map_or_else(Roster::default, Roster::restore);
        let state = State::new(&settings, roster);
        Self { settings, state, client, began: false }
    }

    /// Something happened. Call [`Agent::poll`] until [`Output::WakeAt`] afterwards.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.begin(now);
        self.state.tick(now, &self.settings);
        let state = &mut self.state;
        if let Some(client) = &mut self.client {
            let mut sink = |event: Event<'_>| state.msn(now, event);
            if client.wake_at().is_some_and(|at| at <= now) {
                client.tick(now, &mut sink);
            }
            match input {
                Input::Connected(link) => client.connected(now, link, &mut sink),
                Input::Bytes(link, octets) => client.bytes(now, link, octets, &mut sink),
                Input::Closed { link, why, written } => client.closed(now, link, why, written, &mut sink),
                Input::Button { .. } | Input::Tick | Input::Stop => {}
            }
        }
        match input {
            Input::Button { index, pressed } => self.state.button(now, &self.settings, index, pressed),
            Input::Stop => self.stop(now),
            Input::Connected(_) | Input::Bytes(..) | Input::Closed { .. } | Input::Tick => {}
        }
        self.carry_out(now);
        self.state.turned(now, &self.settings);
    }

    /// What is to be done now. After [`Agent::handle`], call it until it answers [`Output::WakeAt`].
    pub fn poll(&mut self, now: Instant) -> Output<'_> {
        self.begin(now);
        // Asked before the effects, whose borrow lasts to the end: taking an effect moves no deadline.
        let link_at = self.client.as_ref().and_then(|client| client.wake_at());
        if let Some(effect) = self.client.as_mut().and_then(|client| client.poll()) {
            return match effect {
                Effect::Connect { link, to, tls } => Output::Connect { link, to, tls },
                Effect::Transmit { link, octets } => Output::Transmit { link, octets },
                Effect::Close(link) => Output::Close(link),
            };
        }
        self.state.poll(now, &self.settings, link_at)
    }

    /// The roster to keep over a restart, once the lists are whole. Save it at [`Output::SaveSnapshot`].
    #[must_use]
    pub fn snapshot(&self) -> Option<Snapshot> {
        let msn = self.settings.msn.as_ref()?;
        self.state.roster.snapshot(&msn.account, &snapshot::server_of(msn))
    }

    fn begin(&mut self, now: Instant) {
        if self.began {
            return;
        }
        self.began = true;
        self.state.fresh = now;
        let state = &mut self.state;
        if let Some(client) = &mut self.client {
            client.start(now, &mut |event| state.msn(now, event));
        }
        self.state.turned(now, &self.settings);
    }

    fn stop(&mut self, now: Instant) {
        if !self.state.stop(now) {
            return;
        }
        let state = &mut self.state;
        match &mut self.client {
            Some(client) => client.sign_out(&mut |event| state.msn(now, event)),
            None => state.stopped(),
        }
    }

    /// Does what buttons asked of the network.
    fn carry_out(&mut self, now: Instant) {
        while let Some(wish) = self.state.wishes.pop_front() {
            match wish {
                Wish::Say(ticket) => self.say(now, ticket),
                Wish::Status(status) => {
                    if let Some(client) = &mut self.client {
                        client.set_status(now, status);
                    }
                }
                Wish::Retry => {
                    let state = &mut self.state;
                    if let Some(client) = &mut self.client {
                        client.retry_now(now, &mut |event| state.msn(now, event));
                    }
                }
            }
        }
    }

    fn say(&mut self, now: Instant, ticket: u32) {
        let Some(sent) = self.state.desk.sent(ticket) else { return };
        let (to, said) = (sent.to.clone(), sent.said);
        let say = match said {
            Said::Reply(_) => Say::Text(said.words(&self.settings.replies)),
            Said::Nudge => Say::Nudge,
        };
        let state = &mut self.state;
        let mut sink = |event: Event<'_>| state.msn(now, event);
        match &mut self.client {
            Some(client) => client.send(now, ticket, &to, say, &mut sink),
            None => sink(Event::Delivery {
                ticket,
                outcome: Outcome::Failed,
                why: "no msn account is configured",
            }),
        }
    }
}

#[cfg(test)]
mod tests;

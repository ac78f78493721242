//! Whole services to talk to: MSN with dispatch, notification and switchboard servers of MSNP2 to MSNP12 and
//! Passport, and the HTTP QQ interface ([`qq`]).
//! It knows nothing of the client in this crate, shares no code with it, and reads the protocol a second time.
//!
//! [`Service`] is a value without I/O or clock: connections, octets and time go in, octets come out. [`Friends`]
//! are scripted people who use it as any client does. [`Emulator`] is both together; `server` puts it on sockets.
//!
//! ```
//! use std::time::Duration;
//! use nudged::emulator::{Accounts, Action, ConnId, Door, Options, Service};
//!
//! let mut service = Service::new(Accounts::built_in(), Options::default(), 1);
//! let client = ConnId(1);
//! service.accept(Duration::ZERO, client, Door::Notification);
//! service.receive(Duration::from_millis(3), client, b"VER 1 MSNP9 MSNP8 CVR0\r\n");
//! assert_eq!(service.poll(), Some(Action::Send(client, b"VER 1 MSNP9\r\n".to_vec())));
//! assert_eq!(service.poll(), None);
//! ```
//!
//! Rules are cited as `[Movva99]` (draft-movva-msn-messenger-protocol-00), `[seed 000]`, `[seed 001]` (the two
//! documents this project began with) and `[observed: Escargot]` (how that server answered).

mod accounts;
mod agenda;
mod answers;
mod challenge;
mod dialect;
mod faults;
mod friends;
mod notification;
mod options;
mod passport;
pub mod qq;
pub mod server;
mod service;
mod sign_in;
mod switchboard;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod tls;
mod wire;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

pub use accounts::{Account, Accounts, QqAccount};
pub use dialect::Dialect;
pub use faults::{Fault, Leave, Step};
pub use friends::{Act, Friends, Person, Scene, Script};
pub use options::{Challenges, Names, Options, Qng, Style, VerAnswer};
pub use service::Service;

/// A connection, under a number its owner chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// Where a connection came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// The dispatch server: says which notification server to go to.
    Dispatch,
    /// The notification server: sign-in, lists, presence.
    Notification,
    /// The switchboard: conversations.
    Switchboard,
    /// Passport, nexus and login; HTTP, inside TLS on a socket.
    Passport,
    /// The HTTP QQ interface: one request a connection.
    Qq,
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dispatch => "dispatch",
            Self::Notification => "notification",
            Self::Switchboard => "switchboard",
            Self::Passport => "passport",
            Self::Qq => "qq",
        })
    }
}

/// What the service wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Write these octets.
    Send(ConnId, Vec<u8>),
    /// Close the connection after what was sent before. The service has forgotten it already.
    Close(ConnId),
}

/// A service and the scripted friends who live in it. Connection numbers from 2^48 up are the friends' own.
#[derive(Debug)]
pub struct Emulator {
    /// The service, for faults and questions.
    pub service: Service,
    friends: Option<Friends>,
    qq_friends: Option<qq::Friends>,
    now: Duration,
}

impl Emulator {
    /// A service without friends.
    #[must_use]
    pub fn new(service: Service) -> Self {
        Self { service, friends: None, qq_friends: None, now: Duration::ZERO }
    }

    /// Lets scripted friends in; they begin their day at the next tick.
    #[must_use]
    pub fn with_friends(mut self, friends: Friends) -> Self {
        self.friends = Some(friends);
        self
    }

    /// Lets scripted friends in at the QQ door; they begin their day when somebody else has come in there.
    #[must_use]
    pub fn with_qq_friends(mut self, friends: qq::Friends) -> Self {
        self.qq_friends = Some(friends);
        self
    }

    /// A connection came in. `now` is the time since the start, here and below; it never goes back.
    pub fn accept(&mut self, now: Duration, conn: ConnId, door: Door) {
        self.now = self.now.max(now);
        self.service.accept(self.now, conn, door);
    }

    /// As [`Emulator::accept`], from somewhere else than this machine.
    pub fn accept_from(&mut self, now: Duration, conn: ConnId, door: Door, peer: IpAddr) {
        self.now = self.now.max(now);
        self.service.accept_from(self.now, conn, door, peer);
    }

    /// Octets arrived.
    pub fn receive(&mut self, now: Duration, conn: ConnId, octets: &[u8]) {
        self.now = self.now.max(now);
        self.service.receive(self.now, conn, octets);
    }

    /// The client closed the connection.
    pub fn closed(&mut self, now: Duration, conn: ConnId) {
        self.now = self.now.max(now);
        self.service.closed(self.now, conn);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Duration) {
        self.now = self.now.max(now);
        self.service.tick(self.now);
        if let Some(friends) = &mut self.friends {
            friends.tick(self.now, &mut self.service);
        }
        if let Some(friends) = &mut self.qq_friends {
            friends.tick(self.now, &mut self.service);
        }
    }

    /// What is to be done next; call until `None` after every other call.
    pub fn poll(&mut self) -> Option<Action> {
        loop {
            let action = self.service.poll()?;
            let conn = match &action {
                Action::Send(conn, _) | Action::Close(conn) => *conn,
            };
            match (&mut self.friends, &mut self.qq_friends) {
                (Some(friends), _) if friends.own(conn) => friends.take(self.now, action, &mut self.service),
                (_, Some(friends)) if friends.own(conn) => friends.take(self.now, action, &mut self.service),
                _ => return Some(action),
            }
        }
    }

    /// When [`Emulator::tick`] must be called at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let friends = self.friends.as_ref().and_then(Friends::next_deadline);
        let qq_friends = self.qq_friends.as_ref().and_then(|friends| friends.next_deadline(&self.service));
        [self.service.next_deadline(), friends, qq_friends].into_iter().flatten().min()
    }
}

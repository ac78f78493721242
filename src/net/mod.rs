//! All connections of the agent: names to addresses, sockets, TLS, and the octets that go both ways.
//!
//! It does not know what the octets mean. There is no thread and no task: whoever calls [`Links::next`] drives everything.

pub mod dns;

mod connection;
mod dial;
mod stream;
mod tls;

use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::task::{Context, Poll};

use smol::Timer;
use smol::future;

use self::connection::{Connection, Progress};
use self::dial::Dialer;
use crate::limits::{CONNECT_TIMEOUT, READ_CHUNK};
use crate::link::{Closed, Endpoint, Link};
use crate::time::Duration;

/// What links need to know before the first is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// A PEM file with certificates of private authorities, trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
    /// The same as PEM text, for an authority that lives in this process.
    pub ca_pem: Option<String>,
    /// How names become addresses.
    pub dns: dns::Options,
    /// The longest a link may take to come up, name, TCP and TLS together; default [`CONNECT_TIMEOUT`].
    pub connect_timeout: Duration,
    /// A host's next address is tried beside the first when that one has not answered by then; default 3 s.
    pub next_address_after: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            ca_file: None,
            ca_pem: None,
            dns: dns::Options::default(),
            connect_timeout: CONNECT_TIMEOUT,
            next_address_after: Duration::from_secs(3),
        }
    }
}

/// What happened to a link. Nothing is told of a link after its [`Event::Closed`] or after [`Links::close`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// It is up, TLS handshake included.
    Connected(Link),
    /// Octets came, at least one and at most [`READ_CHUNK`].
    Bytes(Link, &'a [u8]),
    /// It is gone, or never came up.
    Closed {
        /// Which.
        link: Link,
        /// Why.
        why: Closed,
        /// Octets of ours that the kernel took over the link's life; under TLS those whose record it took whole. What
        /// lies beyond never left this machine.
        written: u64,
    },
}

/// The links. One value, polled by one task.
#[derive(Debug)]
pub struct Links {
    dialer: Rc<Dialer>,
    connections: Vec<Connection>,
    /// The connection that is asked first, so that a busy one does not starve the others.
    turn: usize,
    buffer: Box<[u8; READ_CHUNK]>,
}

impl Links {
    /// No links yet.
    ///
    /// # Errors
    /// If `ca_file` cannot be read or holds no certificate; the text names the file.
    pub fn new(options: Options) -> io::Result<Self> {
        let dialer = Rc::new(Dialer::new(options)?);
        Ok(Self { dialer, connections: Vec::new(), turn: 0, buffer: Box::new([0; READ_CHUNK]) })
    }

    /// Opens a link. Its outcome comes from [`Links::next`]. A link of the same name is dropped without a word.
    pub fn open(&mut self, link: Link, to: &Endpoint, tls: bool) {
        self.connections.retain(|connection| connection.link() != link);
        self.connections.push(if self.connections.len() < LINKS_MAX {
            Connection::open(link, Rc::clone(&self.dialer).dial(link, to.clone(), tls))
        } else {
            log::error!("{}: {LINKS_MAX} connections are open already; expected fewer", link.room);
            Connection::failed(link, Closed::Unreachable)
        });
    }

    /// Writes octets to a link, as soon as [`Links::flush`] or [`Links::next`] runs. More than [`OUTBOX_MAX`] octets
    /// waiting mean that the peer stopped reading: the link closes as [`Closed::Broken`]. Octets for a link that is
    /// gone go nowhere: its `Closed` tells, or told, what was written.
    pub fn write(&mut self, link: Link, octets: &[u8]) {
        match self.connections.iter_mut().find(|connection| connection.link() == link) {
            Some(connection) => connection.write(octets),
            None => log::debug!("{}: {} octets for a link that is gone", link.room, octets.len()),
        }
    }

    /// Gives the kernel what waits to be written, as much as it takes at once.
    pub async fn flush(&mut self) {
        poll_fn(|cx| {
            self.connections.iter_mut().for_each(|connection| connection.flush(cx));
            Poll::Ready(())
        })
        .await;
    }

    /// Closes a link: what waits is written, for at most a second, then both sides say goodbye. Nothing is told of it.
    pub fn close(&mut self, link: Link) {
        if let Some(connection) = self.connections.iter_mut().find(|connection| connection.link() == link) {
            connection.close();
        }
    }

    /// The next thing that happens to a link; waits for ever if there is none. It may be dropped and called again at any
    /// moment: nothing is lost.
    pub async fn next(&mut self) -> Event<'_> {
        let (link, progress) = poll_fn(|cx| self.poll(cx)).await;
        match progress {
            Progress::Connected => Event::Connected(link),
            Progress::Read(length) => Event::Bytes(link, self.buffer.get(..length).unwrap_or_default()),
            Progress::Closed { why, written } => Event::Closed { link, why, written },
        }
    }

    /// Closes every link and waits until all are flushed and gone, but no longer than `within`. What is left then is
    /// dropped.
    pub async fn close_all(&mut self, within: Duration) {
        self.connections.iter_mut().for_each(Connection::close);
        let gone = poll_fn(|cx| {
            let _ = self.poll(cx);
            if self.connections.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        let late = async {
            Timer::after(within).await;
        };
        future::or(gone, late).await;
        self.connections.clear();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Link, Progress)> {
        self.connections.retain_mut(|connection| !connection.is_gone(cx));
        let count = self.connections.len();
        for step in 0..count {
            let place = (self.turn + step) % count;
            let Some(connection) = self.connections.get_mut(place) else { continue };
            let Poll::Ready(progress) = connection.poll(cx, self.buffer.as_mut_slice()) else { continue };
            let link = connection.link();
            if matches!(progress, Progress::Closed { .. }) {
                self.connections.remove(place);
            }
            self.turn = place + 1;
            return Poll::Ready((link, progress));
        }
        Poll::Pending
    }
}

/// Octets that may wait for one link: many times what the agent ever has for one.
pub const OUTBOX_MAX: usize = 64 * 1024;
/// Links at once, those included that still say goodbye: an account has one session, one sign-in and a few switchboards.
const LINKS_MAX: usize = 32;

#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "emulator"))]
pub(crate) mod tls_tests;

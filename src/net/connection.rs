//! One connection's life: opening, open, saying goodbye.
//!
//! It does not know where it goes or whether TLS is under it.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use smol::Timer;
use zeroize::{Zeroize, Zeroizing};

use super::OUTBOX_MAX;
use super::stream::Stream;
use crate::link::{Closed, Link};
use crate::time::Duration;

/// What became of a connection when it was polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is up.
    Connected,
    /// So many octets were read.
    Read(usize),
    /// It is over.
    Closed { why: Closed, written: u64 },
}

/// One connection.
pub(super) struct Connection {
    link: Link,
    stage: Stage,
    /// Octets that wait to be written, from `sent` on. Passwords pass through here.
    outbox: Zeroizing<Vec<u8>>,
    sent: usize,
    written: u64,
}

type Opening = Pin<Box<dyn Future<Output = Result<Stream, Closed>>>>;

enum Stage {
    Opening(Opening),
    Open {
        stream: Stream,
        /// Writing failed. What the peer said before that is still read: it may be the reason.
        mute: bool,
    },
    /// Flush, say that no more comes, and read until the peer is done too: a socket closed with unread octets in it
    /// would be reset, and take our last words with it.
    Closing {
        stream: Stream,
        until: Timer,
        shut: bool,
        /// Octets that may still come before we lose patience.
        left: usize,
    },
    Failed(Closed),
    Gone,
}

impl Connection {
    pub(super) fn open(link: Link, opening: impl Future<Output = Result<Stream, Closed>> + 'static) -> Self {
        Self::at(link, Stage::Opening(Box::pin(opening)))
    }

    /// A connection whose only deed will be to fail.
    pub(super) fn failed(link: Link, why: Closed) -> Self {
        Self::at(link, Stage::Failed(why))
    }

    fn at(link: Link, stage: Stage) -> Self {
        Self { link, stage, outbox: Zeroizing::default(), sent: 0, written: 0 }
    }

    pub(super) const fn link(&self) -> Link {
        self.link
    }

    #[cfg(test)]
    pub(super) fn waits(&self) -> bool {
        self.outbox.len() > self.sent
    }

    /// Octets to write. Before the connection is up they wait.
    pub(super) fn write(&mut self, octets: &[u8]) {
        if !matches!(self.stage, Stage::Opening(_) | Stage::Open { mute: false, .. }) {
            return;
        }
        self.outbox.drain(..self.sent);
        self.sent = 0;
        if self.outbox.len() + octets.len() > OUTBOX_MAX {
            log::warn!("{}: the server stopped reading; closing", self.link.room);
            self.stage = Stage::Failed(Closed::Broken);
            return;
        }
        self.outbox.extend_from_slice(octets);
    }

    /// Begins to say goodbye; [`Connection::is_gone`] tells when it is done.
    pub(super) fn close(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Gone) {
            Stage::Open { stream, mute: false } => {
                Stage::Closing { stream, until: Timer::after(GOODBYE), shut: false, left: GOODBYE_MAX }
            }
            closing @ Stage::Closing { .. } => closing,
            _ => Stage::Gone,
        };
    }

    /// Whether nothing is left of a connection that was told to close.
    pub(super) fn is_gone(&mut self, cx: &mut Context<'_>) -> bool {
        match &self.stage {
            Stage::Gone => true,
            Stage::Closing { .. } => self.poll_goodbye(cx).is_ready(),
            _ => false,
        }
    }

    /// Moves on. `buffer` takes what is read.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Progress> {
        let closed = |why, written| Poll::Ready(Progress::Closed { why, written });
        match &mut self.stage {
            Stage::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                Ok(stream) => {
                    self.stage = Stage::Open { stream, mute: false };
                    Poll::Ready(Progress::Connected)
                }
                Err(why) => closed(why, 0),
            },
            Stage::Open { .. } => self.poll_open(cx, buffer),
            Stage::Failed(why) => closed(*why, self.written),
            Stage::Closing { .. } | Stage::Gone => Poll::Pending,
        }
    }

    /// Writes what the kernel takes now. That it failed is told when the connection is polled.
    pub(super) fn flush(&mut self, cx: &mut Context<'_>) {
        if let Poll::Ready(Err(_)) = self.poll_flush(cx)
            && let Stage::Open { mute, .. } = &mut self.stage
        {
            *mute = true;
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<Progress> {
        self.flush(cx);
        let Stage::Open { stream, mute } = &mut self.stage else { return Poll::Pending };
        let why = match stream.poll_read(cx, buffer) {
            Poll::Pending if !*mute => return Poll::Pending,
            Poll::Ready(Ok(length)) if length > 0 => return Poll::Ready(Progress::Read(length)),
            Poll::Ready(Ok(_)) if !*mute => Closed::ByPeer,
            Poll::Ready(Err(error)) => {
                log::debug!("{}: {error}", self.link.room);
                Closed::Broken
            }
            _ => Closed::Broken,
        };
        Poll::Ready(Progress::Closed { why, written: self.written })
    }

    fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.poll_flush(cx)?.is_ready();
        let Stage::Closing { stream, until, shut, left } = &mut self.stage else {
            return Poll::Ready(Ok(()));
        };
        if Pin::new(until).poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        if flushed && !*shut {
            ready!(stream.poll_shut(cx))?;
            *shut = true;
        }
        let mut unwanted = [0; 512];
        while *left > 0 {
            match ready!(stream.poll_read(cx, &mut unwanted))? {
                0 if *shut => break,
                // The peer is done, we are not.
                0 => return Poll::Pending,
                length => *left = left.saturating_sub(length),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what waits; ready when nothing does.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let (Stage::Open { stream, .. } | Stage::Closing { stream, .. }) = &mut self.stage else {
            return Poll::Ready(Ok(()));
        };
        loop {
            let waiting = self.outbox.get(self.sent..).unwrap_or_default();
            let length = ready!(stream.poll_write(cx, waiting))?;
            if length == 0 {
                if self.sent > 0 {
                    self.outbox.zeroize();
                    self.sent = 0;
                }
                return Poll::Ready(Ok(()));
            }
            self.sent += length;
            self.written += length as u64;
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Opening(_) => "opening",
            Stage::Open { .. } => "open",
            Stage::Closing { .. } => "closing",
            Stage::Failed(_) => "failed",
            Stage::Gone => "gone",
        };
        // What waits in the outbox may be a secret.
        f.debug_struct("Connection").field("link", &self.link).field("stage", &stage).finish_non_exhaustive()
    }
}

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// Octets a peer may still send after our goodbye.
const GOODBYE_MAX: usize = 64 * 1024;

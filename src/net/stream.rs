//! The octets of one connection, with or without TLS under them.
//!
//! It does not know who is at the other end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_net::TcpStream;
#[cfg(feature = "tls")]
use futures_rustls::client::TlsStream;
use smol::io::{AsyncRead, AsyncWrite};

/// A connection that is up.
pub(super) enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    #[cfg(feature = "tls")]
    Tls {
        /// The session.
        session: Box<TlsStream<TcpStream>>,
        /// Octets that the session has taken and whose record is not yet with the kernel as a whole.
        in_flight: usize,
    },
}

impl Stream {
    #[cfg(feature = "tls")]
    pub(super) fn secured(session: TlsStream<TcpStream>) -> Self {
        Self::Tls { session: Box::new(session), in_flight: 0 }
    }

    /// Reads; zero octets mean that the peer ended in good order.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            #[cfg(feature = "tls")]
            Self::Tls { session, .. } => Pin::new(session.as_mut()).poll_read(cx, buffer),
        }
    }

    /// Writes some of `octets` and says how many the kernel has now, zero only if there were none. Until it is ready it
    /// has to be called with the same octets, or more of them.
    ///
    /// TLS gets one record at a time: a record that left in part is worth nothing to the peer, so the count is exact.
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(_) if octets.is_empty() => Poll::Ready(Ok(0)),
            Self::Plain(tcp) => match ready!(Pin::new(tcp).poll_write(cx, octets))? {
                0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                length => Poll::Ready(Ok(length)),
            },
            #[cfg(feature = "tls")]
            Self::Tls { session, in_flight } => {
                // The session may have words of its own to say, like an alert or a new key.
                if session.get_ref().1.wants_write() {
                    ready!(Pin::new(session.as_mut()).poll_flush(cx))?;
                }
                if *in_flight == 0 && !octets.is_empty() {
                    let record = octets.get(..RECORD).unwrap_or(octets);
                    *in_flight = ready!(Pin::new(session.as_mut()).poll_write(cx, record))?;
                    ready!(Pin::new(session.as_mut()).poll_flush(cx))?;
                }
                Poll::Ready(Ok(std::mem::take(in_flight)))
            }
        }
    }

    /// Says that nothing more will be written.
    pub(super) fn poll_shut(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_close(cx),
            #[cfg(feature = "tls")]
            Self::Tls { session, .. } => Pin::new(session.as_mut()).poll_close(cx),
        }
    }
}

/// Octets in one TLS record of ours; the protocol allows 16 KiB.
#[cfg(feature = "tls")]
const RECORD: usize = 4096;

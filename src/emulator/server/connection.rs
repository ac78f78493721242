//! One socket: the TLS handshake, reading, writing, and patience with both. It does not know what is carried.

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::task::Poll;
use std::time::Duration;

use async_net::TcpStream;
use smol::Timer;
use smol::future::{FutureExt, or};
use smol::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::hub::Shared;
use crate::emulator::{ConnId, Door};

/// One connection from its beginning to its end: at which door, and from where.
pub(super) async fn entertain(
    hub: Shared,
    origin: (Door, IpAddr),
    stream: TcpStream,
    acceptor: Option<futures_rustls::TlsAcceptor>,
) {
    match acceptor {
        None => {
            let raw = stream.clone();
            converse(&hub, origin, stream, Some(raw)).await;
        }
        Some(acceptor) => {
            let handshake = async { acceptor.accept(stream).await.map_err(|error| error.to_string()) };
            let patience = async {
                Timer::after(HANDSHAKE_TIME).await;
                Err("no TLS handshake in time".to_owned())
            };
            match handshake.or(patience).await {
                Ok(stream) => converse(&hub, origin, stream, None).await,
                Err(error) => log::info!("emulator: passport: {error:?}"),
            }
        }
    }
    hub.borrow_mut().sockets -= 1;
}

/// `raw`: the socket under `stream`, where there is nothing between.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    hub: &Shared,
    origin: (Door, IpAddr),
    stream: S,
    raw: Option<TcpStream>,
) {
    let (door, peer) = origin;
    let conn = hub.borrow_mut().open(door, peer);
    let (mut reader, writer) = smol::io::split(stream);
    let result = or(listen(hub, conn, &mut reader), speak(hub, conn, writer)).await;
    let ended = result.is_ok();
    let breaks = hub.borrow().outboxes.get(&conn).is_some_and(|outbox| outbox.reset);
    if let Some(raw) = raw.filter(|_| breaks) {
        // A socket that is closed without lingering answers with RST. One that can't be told so just ends.
        let _ = rustix::net::sockopt::set_socket_linger(&raw, Some(Duration::ZERO));
    }
    if let Err(error) = result {
        log::debug!("emulator: {}: {error}", conn.0);
    }
    hub.borrow_mut().close(conn);
    if ended && door == Door::Qq {
        let rest = async {
            let mut buffer = [0; 256];
            while reader.read(&mut buffer).await.is_ok_and(|length| length > 0) {}
        };
        let patience = async {
            Timer::after(LINGER).await;
        };
        or(rest, patience).await;
    }
}

/// Reads to the end; it is the writer who ends a connection.
async fn listen(hub: &Shared, conn: ConnId, mut reader: impl AsyncRead + Unpin) -> io::Result<()> {
    let mut buffer = vec![0; READ_MAX];
    loop {
        let length = reader.read(&mut buffer).await?;
        if length == 0 {
            hub.borrow_mut().hang_up(conn);
            return smol::future::pending().await;
        }
        hub.borrow_mut().receive(conn, &buffer[..length]);
    }
}

/// Writes what is in the outbox, until it is empty and to be closed.
async fn speak(hub: &Shared, conn: ConnId, mut writer: impl AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        let outgoing = poll_fn(|context| {
            let mut hub = hub.borrow_mut();
            let Some(outbox) = hub.outboxes.get_mut(&conn) else { return Poll::Ready(Outgoing::End) };
            if let Some(chunk) = outbox.chunks.pop_front() {
                return Poll::Ready(Outgoing::Chunk(chunk));
            }
            if outbox.closing {
                return Poll::Ready(if outbox.reset { Outgoing::Break } else { Outgoing::End });
            }
            outbox.waker = Some(context.waker().clone());
            Poll::Pending
        });
        match outgoing.await {
            Outgoing::Chunk(chunk) => {
                patiently(async { writer.write_all(&chunk).await.and(writer.flush().await) }).await?;
                if let Some(outbox) = hub.borrow_mut().outboxes.get_mut(&conn) {
                    outbox.octets -= chunk.len();
                }
            }
            Outgoing::End => return patiently(writer.close()).await,
            // Without the farewell of an end.
            Outgoing::Break => return Err(io::ErrorKind::ConnectionReset.into()),
        }
    }
}

async fn patiently(write: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    let patience = async {
        Timer::after(WRITE_TIME).await;
        Err(io::ErrorKind::TimedOut.into())
    };
    write.or(patience).await
}

/// What a connection's writer finds.
enum Outgoing {
    Chunk(Vec<u8>),
    End,
    Break,
}

/// Octets read at once.
const READ_MAX: usize = 4096;
/// A TLS handshake that takes longer is given up.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Some QQ clients send CRLFs behind the body. A socket closed with octets unread takes back what was written last,
/// so these are read, until the client has closed too or this has passed.
const LINGER: Duration = Duration::from_secs(2);
/// A write that takes longer is given up.
const WRITE_TIME: Duration = Duration::from_secs(30);

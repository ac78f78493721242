//! From a host name to a connection that is up.
//!
//! It does not know what the connection is for, beyond the name it has in log lines.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use async_net::TcpStream;
use rustix::net::sockopt;
use smol::Timer;
use smol::future;

use super::dns::Resolver;
use super::stream::Stream;
use super::{Options, dns, tls};
use crate::link::{Closed, Endpoint, Link};
use crate::time::Duration;

/// Opens connections.
pub(super) struct Dialer {
    resolver: Resolver,
    trust: tls::Trust,
    connect_timeout: Duration,
    next_address_after: Duration,
}

impl Dialer {
    pub(super) fn new(options: Options) -> io::Result<Self> {
        Ok(Self {
            resolver: Resolver::new(options.dns),
            trust: tls::Trust::new(options.ca_file.as_deref(), options.ca_pem.as_deref())?,
            connect_timeout: options.connect_timeout,
            next_address_after: options.next_address_after,
        })
    }

    /// Opens one connection. Why it did not come up is told in the log, for people, and in the result, for the agent.
    pub(super) async fn dial(
        self: Rc<Self>,
        link: Link,
        to: Endpoint,
        secure: bool,
    ) -> Result<Stream, Closed> {
        let give_up = async {
            Timer::after(self.connect_timeout).await;
            log::warn!("{}: {to}: not connected after {:?}", link.room, self.connect_timeout);
            self.resolver.failed(&to.host);
            Err(Closed::Unreachable)
        };
        future::or(self.connect(link, &to, secure), give_up).await
    }

    #[cfg(test)]
    pub(super) const fn resolver(&self) -> &Resolver {
        &self.resolver
    }

    async fn connect(&self, link: Link, to: &Endpoint, secure: bool) -> Result<Stream, Closed> {
        if secure && !tls::BUILT_IN {
            log::error!(
                "{}: {to} needs TLS; this program was built without it: build it with the feature \"tls\"",
                link.room
            );
            return Err(Closed::Untrusted);
        }
        let addresses = self.resolver.resolve(to).await.map_err(|failure| {
            log::warn!("{}: {}: {failure}", link.room, to.host);
            if failure == dns::Failure::Multicast { Closed::LocalName } else { Closed::NameNotFound }
        })?;
        let tcp = first(&addresses, self.next_address_after).await.map_err(|error| {
            // The error names the address; a host that is one need not be named twice.
            if to.host.parse::<IpAddr>().is_ok() {
                log::warn!("{}: {error}", link.room);
            } else {
                log::warn!("{}: {}: {error}", link.room, to.host);
            }
            self.resolver.failed(&to.host);
            if error.kind() == io::ErrorKind::ConnectionRefused {
                Closed::Refused
            } else {
                Closed::Unreachable
            }
        })?;
        if let Ok(address) = tcp.peer_addr() {
            self.resolver.reached(&to.host, address.ip());
        }
        if let Err(error) = tune(&tcp) {
            log::debug!("{}: {to}: socket options: {error}", link.room);
        }
        if secure { self.trust.secure(link, to, tcp).await } else { Ok(Stream::Plain(tcp)) }
    }
}

impl fmt::Debug for Dialer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dialer").field("resolver", &self.resolver).finish_non_exhaustive()
    }
}

/// The first of some addresses that answers. The next one is tried when one failed, or beside it when it took too long:
/// an address that is slow but alive still wins if nobody is faster [RFC 8305].
async fn first(addresses: &[SocketAddr], next_after: Duration) -> io::Result<TcpStream> {
    let mut rest = addresses.iter().copied();
    let mut trying: Vec<Pin<Box<dyn Future<Output = io::Result<TcpStream>>>>> = Vec::new();
    let mut patience = Timer::never();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    poll_fn(|cx| {
        loop {
            let mut done = None;
            trying.retain_mut(|attempt| match attempt.as_mut().poll(cx) {
                Poll::Pending => true,
                Poll::Ready(outcome) => {
                    if done.is_none() || outcome.is_ok() {
                        done = Some(outcome);
                    }
                    false
                }
            });
            let failed = match done {
                Some(Ok(stream)) => return Poll::Ready(Ok(stream)),
                Some(Err(error)) => {
                    failure = error;
                    true
                }
                None => false,
            };
            let impatient = Pin::new(&mut patience).poll(cx).is_ready();
            let wanted = failed || impatient || trying.is_empty();
            match wanted.then(|| rest.next()).flatten() {
                Some(address) => {
                    trying.push(Box::pin(attempt(address)));
                    patience = Timer::after(next_after);
                }
                None if trying.is_empty() => {
                    return Poll::Ready(Err(std::mem::replace(&mut failure, io::ErrorKind::Other.into())));
                }
                None if failed => {}
                None => return Poll::Pending,
            }
        }
    })
    .await
}

async fn attempt(address: SocketAddr) -> io::Result<TcpStream> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}: {error}"));
    let stream = TcpStream::connect(address).await.map_err(named)?;
    // Without a listener, the kernel may give a socket on loopback the very port it calls, and it answers itself.
    if stream.local_addr().ok() == Some(address) {
        return Err(named(io::ErrorKind::ConnectionRefused.into()));
    }
    Ok(stream)
}

/// Small messages leave at once; a peer that vanished is noticed within half a minute, whether we wrote or were silent.
fn tune(tcp: &TcpStream) -> io::Result<()> {
    sockopt::set_tcp_nodelay(tcp, true)?;
    sockopt::set_tcp_user_timeout(tcp, u32::try_from(VANISHED_AFTER.as_millis()).unwrap_or(u32::MAX))?;
    sockopt::set_tcp_keepidle(tcp, PROBE_AFTER)?;
    sockopt::set_tcp_keepintvl(tcp, PROBE_EVERY)?;
    sockopt::set_socket_keepalive(tcp, true)?;
    Ok(())
}

/// Octets that nobody acknowledges for this long end a connection.
const VANISHED_AFTER: Duration = Duration::from_secs(30);
/// Silence before the kernel asks whether the peer is still there. The agent's own pings are more frequent; this is for
/// links without pings.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::net::tests::closed_port;

    #[test]
    fn a_connection_is_tuned_for_small_messages_and_vanishing_peers() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let tcp = smol::block_on(first(&[address], Duration::from_secs(3))).unwrap();
        tune(&tcp).unwrap();
        assert!(sockopt::tcp_nodelay(&tcp).unwrap());
        assert_eq!(sockopt::tcp_user_timeout(&tcp).unwrap(), 30_000);
        assert!(sockopt::socket_keepalive(&tcp).unwrap());
        assert_eq!(sockopt::tcp_keepidle(&tcp).unwrap(), PROBE_AFTER);
    }

    #[test]
    fn without_any_address_or_answer_the_last_reason_is_told() {
        let port = closed_port();
        let shut = port.local_addr().unwrap();
        let error = smol::block_on(first(&[shut, shut], Duration::from_secs(3))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert!(error.to_string().starts_with(&shut.to_string()), "{error}");
        assert!(smol::block_on(first(&[], Duration::from_secs(3))).is_err());
    }
}

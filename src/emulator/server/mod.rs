//! The emulator on sockets: its doors on one `smol` thread, Passport inside TLS, QQ only where it is asked for.
//! It does not know MSNP or QQ; it carries octets and time to an [`Emulator`] and does what that wants done.

mod connection;
mod hub;

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::rc::{Rc, Weak};
use std::task::Poll;
use std::time::Duration;

use async_net::TcpListener;
use futures_rustls::TlsAcceptor;
use smol::future::FutureExt;
use smol::{LocalExecutor, Timer};

use self::connection::entertain;
use self::hub::{Hub, Shared, keep_time};
use super::tls::Tls;
use super::{Door, Emulator};

/// Where the doors are. Port 0 takes any free one.
#[derive(Debug, Clone)]
pub struct Doors {
    /// The dispatch server.
    pub dispatch: SocketAddr,
    /// The notification server.
    pub notification: SocketAddr,
    /// The switchboard.
    pub switchboard: SocketAddr,
    /// Passport, inside TLS.
    pub passport: SocketAddr,
    /// The HTTP QQ interface; `None`: there is none.
    pub qq: Option<SocketAddr>,
    /// The host clients are told to go to; `None`: each door's own address. Passport is told as `localhost` then,
    /// when it listens on a loopback address.
    pub advertised_host: Option<String>,
    /// Further names and addresses the certificate is good for; `localhost`, the doors' addresses and the
    /// advertised host always are.
    pub certificate_hosts: Vec<String>,
}

impl Default for Doors {
    /// The MSN doors on 127.0.0.1, any free port; no QQ door.
    fn default() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            dispatch: any,
            notification: any,
            switchboard: any,
            passport: any,
            qq: None,
            advertised_host: None,
            certificate_hosts: Vec::new(),
        }
    }
}

/// Where the doors came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The dispatch server.
    pub dispatch: SocketAddr,
    /// The notification server.
    pub notification: SocketAddr,
    /// The switchboard.
    pub switchboard: SocketAddr,
    /// Passport.
    pub passport: SocketAddr,
    /// The HTTP QQ interface, if it was asked for.
    pub qq: Option<SocketAddr>,
    /// Address of the Passport nexus, for clients.
    pub nexus: String,
}

/// An emulator whose doors are open.
pub struct Server {
    listeners: Vec<(Door, TcpListener)>,
    addresses: Addresses,
    tls: Tls,
    hub: Shared,
}

impl Server {
    /// Opens the doors and tells the service their addresses. Nothing is answered before [`Server::run`].
    ///
    /// # Errors
    ///
    /// An address that can't be bound (the error names it), or a certificate that can't be made.
    pub async fn bind(mut emulator: Emulator, doors: &Doors) -> io::Result<Self> {
        let mut listeners = Vec::new();
        let msn = [
            (Door::Dispatch, doors.dispatch),
            (Door::Notification, doors.notification),
            (Door::Switchboard, doors.switchboard),
            (Door::Passport, doors.passport),
        ];
        for (door, address) in msn.into_iter().chain(doors.qq.map(|qq| (Door::Qq, qq))) {
            let listener = TcpListener::bind(address).await.map_err(|error| {
                io::Error::new(error.kind(), format!("the {door} door on {address}: {error}"))
            })?;
            listeners.push((door, listener));
        }
        let local = |at: usize| listeners[at].1.local_addr();
        let host = |at: SocketAddr| match &doors.advertised_host {
            Some(host) => format!("{host}:{}", at.port()),
            None => at.to_string(),
        };
        let (dispatch, notification, switchboard, passport) = (local(0)?, local(1)?, local(2)?, local(3)?);
        let qq = doors.qq.map(|_| local(4)).transpose()?;
        let login = match &doors.advertised_host {
            None if passport.ip().is_loopback() => format!("https://localhost:{}", passport.port()),
            _ => format!("https://{}", host(passport)),
        };
        let options = emulator.service.options_mut();
        options.dispatch = host(dispatch);
        options.notification = host(notification);
        options.switchboard = host(switchboard);
        options.passport.clone_from(&login);

        let mut hosts = vec!["localhost".to_owned(), passport.ip().to_string()];
        hosts.extend(doors.advertised_host.clone());
        hosts.extend(doors.certificate_hosts.iter().cloned());
        hosts.sort();
        hosts.dedup();
        let nexus = format!("{login}/rdr/pprdr.asp");
        let addresses = Addresses { dispatch, notification, switchboard, passport, qq, nexus };
        let hub = Rc::new(RefCell::new(Hub::new(emulator)));
        Ok(Self { listeners, addresses, tls: Tls::new(&hosts)?, hub })
    }

    /// Where the doors are.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// PEM of the authority that vouches for Passport; a client must trust it.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.tls.ca_pem
    }

    /// Asks and changes things while [`Server::run`] runs, from another task of the same thread. What the change
    /// makes the service say is sent at once.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote { hub: Rc::clone(&self.hub) }
    }

    /// Serves until dropped.
    ///
    /// # Errors
    ///
    /// A door that broke; connections that break only end themselves.
    pub async fn run(self) -> io::Result<()> {
        let executor = Rc::new(LocalExecutor::new());
        let clock = executor.spawn(keep_time(Rc::clone(&self.hub)));
        let mut doors = Vec::new();
        for (door, listener) in self.listeners {
            let acceptor = (door == Door::Passport).then(|| self.tls.acceptor.clone());
            let doorway = Doorway { door, listener, acceptor, hub: Rc::clone(&self.hub) };
            doors.push(executor.spawn(doorway.attend(Rc::downgrade(&executor))));
        }
        let first = poll_fn(move |context| {
            let done = doors.iter_mut().find_map(|door| match door.poll(context) {
                Poll::Ready(result) => Some(result),
                Poll::Pending => None,
            });
            done.map_or(Poll::Pending, Poll::Ready)
        });
        let result = executor.run(first).await;
        drop(clock);
        result
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Access to the emulator behind a running [`Server`].
#[derive(Clone)]
pub struct Remote {
    hub: Shared,
}

impl Remote {
    /// Calls `ask` with the emulator and the time since its start.
    pub fn with<T>(&self, ask: impl FnOnce(&mut Emulator, Duration) -> T) -> T {
        let mut hub = self.hub.borrow_mut();
        let now = hub.now();
        let answer = ask(&mut hub.emulator, now);
        hub.pump();
        answer
    }
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

/// A door and what stands behind it.
struct Doorway {
    door: Door,
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    hub: Shared,
}

impl Doorway {
    /// Lets everybody in, each to a task of its own.
    async fn attend(self, executor: Weak<LocalExecutor<'static>>) -> io::Result<()> {
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok((stream, peer)) => (stream, peer.ip()),
                Err(error) if fatal(&error) => return Err(error),
                Err(error) => {
                    // Mostly: no descriptors left. Waiting lets connections end.
                    log::warn!("emulator: {:?} door: {error}", self.door);
                    Timer::after(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Some(executor) = executor.upgrade() else { return Ok(()) };
            if !self.hub.borrow_mut().make_room() {
                continue;
            }
            // A socket that can't be told so only delays dripped octets.
            let _ = stream.set_nodelay(true);
            executor
                .spawn(entertain(Rc::clone(&self.hub), (self.door, peer), stream, self.acceptor.clone()))
                .detach();
        }
    }
}

fn fatal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::NotConnected)
}

/// Rest after an accept that failed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

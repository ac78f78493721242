//! Links as the core sees them: a TCP connection, perhaps under TLS, with a name of its own.

use core::fmt;
use core::net::IpAddr;

use heapless::String;
use serde::{Deserialize, Serialize};

use crate::limits::HOST_MAX;
use crate::text::{self, Quoted};

/// Which network something is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Network {
    /// MSN.
    Msn,
    /// The HTTP QQ interface.
    Qq,
}

impl Network {
    /// Both, in the order people are shown them.
    pub const ALL: [Self; 2] = [Self::Msn, Self::Qq];

    /// The network an address belongs to: QQ's are `qq:` and a number.
    #[must_use]
    pub fn of(account: &str) -> Self {
        let scheme = account.as_bytes().first_chunk::<3>();
        if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"qq:")) { Self::Qq } else { Self::Msn }
    }

    /// The word of headless lines and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Msn => "msn",
            Self::Qq => "qq",
        }
    }
}

/// Which connection it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// The MSN dispatch or notification server.
    Notification,
    /// The HTTPS exchange of a Passport sign-in.
    Passport,
    /// A switchboard, by its place in the pool.
    Switchboard(u8),
    /// The HTTP QQ server: a connection a request.
    Qq,
}

impl Room {
    /// The network it belongs to.
    #[must_use]
    pub const fn network(self) -> Network {
        match self {
            Self::Notification | Self::Passport | Self::Switchboard(_) => Network::Msn,
            Self::Qq => Network::Qq,
        }
    }
}

/// One connection from [`Output::Connect`](crate::agent::Output::Connect) until it is closed by either side. The number
/// tells a room's connections apart, so what a dead one still had to say is not taken for the new one's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// Which connection.
    pub room: Room,
    /// Counts the room's connections; wraps.
    pub number: u16,
}

impl Link {
    /// The first connection of a room will be the successor of this.
    #[must_use]
    pub const fn before_first(room: Room) -> Self {
        Self { room, number: 0 }
    }

    /// The room's next connection.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { room: self.room, number: self.number.wrapping_add(1) }
    }
}

/// What a protocol client wants done with its links.
#[derive(Debug)]
pub enum Effect<'a> {
    /// Open it.
    Connect {
        /// Its name from now on.
        link: Link,
        /// Where to.
        to: &'a Endpoint,
        /// Under TLS, with the certificate verified for `to.host`.
        tls: bool,
    },
    /// Write octets to it.
    Transmit {
        /// Which.
        link: Link,
        /// What.
        octets: &'a [u8],
    },
    /// Close it once what was written is flushed. Nothing is heard of it again.
    Close(Link),
}

/// Where a connection goes: a host name or a literal address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name, IPv4 address or IPv6 address without brackets.
    pub host: String<HOST_MAX>,
    /// TCP port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `host:port`, `host`, `[v6]:port`; `port` if none is given.
    ///
    /// # Errors
    /// [`BadEndpoint`] if there is no host, the host is too long or has characters no host has, or the port is not 1 to 65535.
    pub fn parse(octets: &[u8], port: u16) -> Result<Self, BadEndpoint> {
        let text = core::str::from_utf8(octets).map_err(|_| BadEndpoint)?;
        let (host, digits) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or(BadEndpoint)?;
                (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').ok_or(BadEndpoint)?) })
            }
            None => text.rsplit_once(':').map_or((text, None), |(host, digits)| (host, Some(digits))),
        };
        let bracketed = text.starts_with('[');
        let legal =
            |c: char| c.is_ascii_alphanumeric() || "-._".contains(c) || (bracketed && ":%".contains(c));
        if host.is_empty() || !host.chars().all(legal) {
            return Err(BadEndpoint);
        }
        let port = match digits {
            None => port,
            Some(digits) => {
                text::number(digits.as_bytes()).and_then(|n| n.try_into().ok()).ok_or(BadEndpoint)?
            }
        };
        if port == 0 {
            return Err(BadEndpoint);
        }
        Ok(Self { host: String::try_from(host).map_err(|_| BadEndpoint)?, port })
    }
}

impl Endpoint {
    /// Whether a server at `from` may send us here. An address of this very machine is followed only from one: a
    /// stranger's server has no business with what listens behind our loopback.
    #[must_use]
    pub fn may_follow(&self, from: &Self) -> bool {
        !self.is_of_this_machine() || from.is_of_this_machine()
    }

    fn is_of_this_machine(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_unspecified() || v4.is_link_local(),
            Ok(IpAddr::V6(v6)) => {
                v6.is_loopback()
                    || v6.is_unspecified()
                    || v6.to_ipv4_mapped().is_some_and(|v4| v4.is_loopback())
            }
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Not an address: expected `host:port`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadEndpoint;

impl fmt::Display for BadEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected host:port with a port of 1 to 65535")
    }
}

/// Why a link is not there any more, as far as a remedy depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The other side ended it in good order.
    ByPeer,
    /// It broke: reset, unreachable, timed out.
    Broken,
    /// It never came up: unreachable, or nobody answered in time.
    Unreachable,
    /// It never came up: the machine is there, and nothing listens on that port.
    Refused,
    /// The host name has no address, or no name server answered.
    NameNotFound,
    /// A host name under `.local`, which this program can't look up.
    LocalName,
    /// The certificate did not stand verification: a person must look.
    Untrusted,
    /// The certificate is not valid *yet*: this board's clock is probably behind, and waiting mends it.
    ClockBehind,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByPeer => "closed by the server",
            Self::Broken => "connection broken",
            Self::Unreachable => "server unreachable",
            Self::Refused => "connection refused",
            Self::NameNotFound => "host name not found",
            Self::LocalName => "names under .local can't be looked up; use the address",
            Self::Untrusted => "certificate not trusted",
            Self::ClockBehind => "certificate not valid yet: is this board's clock right?",
        })
    }
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notification => f.write_str("msn"),
            Self::Passport => f.write_str("passport"),
            Self::Switchboard(place) => write!(f, "switchboard {place}"),
            Self::Qq => f.write_str("qq"),
        }
    }
}

/// Reads an endpoint a server sent, with a log line when it is none.
#[must_use]
pub fn endpoint_from_peer(octets: &[u8], port: u16) -> Option<Endpoint> {
    let parsed = Endpoint::parse(octets, port);
    if parsed.is_err() {
        log::warn!("msn: got address {}; {BadEndpoint}", Quoted(octets));
    }
    parsed.ok()
}

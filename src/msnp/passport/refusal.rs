//! Why no ticket came of an exchange, in words for people, and what a session does about it.
//!
//! It knows reasons, not servers: which one it was stands in the log.

use core::fmt;

use crate::http::{BadUrl, Fault};
use crate::link::Closed;
use crate::msnp::errors::Reaction;

/// Why there is no ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account or its password was refused (401).
    WrongCredentials,
    /// The certificate did not stand verification.
    Untrusted,
    /// The certificate is not valid yet: this board's clock is probably behind.
    ClockBehind,
    /// The nexus is not `https`, or we were sent to an address that is not: credentials don't go there.
    NotHttps,
    /// More than [`PASSPORT_HOPS_MAX`](crate::limits::PASSPORT_HOPS_MAX) redirects.
    TooManyRedirects,
    /// The server is in trouble (5xx, 408, 429).
    ServerTrouble(u16),
    /// A status that has no meaning here.
    Unexpected(u16),
    /// A nexus answer without `DALogin`, or a redirect without `Location`.
    NoAddress,
    /// An address that is none.
    BadAddress(BadUrl),
    /// A login answer without a ticket, or with one that can't be sent on.
    NoTicket,
    /// An answer that can't be read.
    Unreadable(Fault),
    /// The server could not be reached, or the connection broke.
    Unreachable(Closed),
    /// The exchange took longer than [`PASSPORT_TIMEOUT`](crate::limits::PASSPORT_TIMEOUT).
    TimedOut,
    /// Account, password and challenge don't fit into a request.
    TooLong,
}

impl Refusal {
    /// What to do, in the terms of numeric error codes at sign-in.
    #[must_use]
    pub const fn reaction(self) -> Reaction {
        match self {
            Self::WrongCredentials => Reaction::FreshTry,
            Self::Untrusted | Self::NotHttps | Self::TooLong => Reaction::Refused,
            Self::ClockBehind => Reaction::Retry,
            Self::TooManyRedirects
            | Self::ServerTrouble(_)
            | Self::Unexpected(_)
            | Self::NoAddress
            | Self::BadAddress(_)
            | Self::NoTicket
            | Self::Unreadable(_)
            | Self::Unreachable(_)
            | Self::TimedOut => Reaction::BackOff,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("passport: ")?;
        match self {
            Self::WrongCredentials => f.write_str("account or password refused"),
            Self::Untrusted => Closed::Untrusted.fmt(f),
            Self::ClockBehind => Closed::ClockBehind.fmt(f),
            Self::NotHttps => f.write_str("address is not https; no password goes there"),
            Self::TooManyRedirects => f.write_str("redirected too often"),
            Self::ServerTrouble(status) => write!(f, "server trouble, status {status}"),
            Self::Unexpected(status) => write!(f, "unexpected status {status}; expected 200"),
            Self::NoAddress => f.write_str("answer names no address to go on to"),
            Self::BadAddress(why) => write!(f, "bad address in answer: {why}"),
            Self::NoTicket => f.write_str("answer has no usable ticket"),
            Self::Unreadable(fault) => write!(f, "server {fault}"),
            Self::Unreachable(why) => why.fmt(f),
            Self::TimedOut => f.write_str("no ticket in time"),
            Self::TooLong => f.write_str("account, password or challenge too long"),
        }
    }
}

impl core::error::Error for Refusal {}

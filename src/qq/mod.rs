//! The HTTP QQ interface, version 1.1, as a client speaks it: sans-IO, no clock, no allocation per event.
//!
//! In reading order: [`wire`] (fields, lists, escapes), [`segments`] (long messages in pieces), [`command`] (what is asked),
//! [`reply`] and [`info`] (what is answered), [`cadence`] (when to ask), [`friends`] (who is on the list), [`exchange`] (one
//! request on one connection), [`session`] (what is due and what answers change), [`client`] (all of it as one value).
//!
//! # Sources
//! * `[seed 002]`, `[seed 003]` the protocol notes this project started from: a walk through the commands with captured
//!   replies, and a study of them by probing (2006). `[seed 004]` is a translation of the latter.
//! * `[observed: clients]` what public client programs of 2005 to 2010 sent, and what they took for an answer.
//!
//! # Where they disagree
//! * A refused `AddToList` is `CD=3` `[seed 002]` or `CD=2` `[seed 003]`: both are read as refused.
//! * The reply names the command in capitals `[seed 003]` or as asked `[seed 002]`: compared in any case.
//! * A state in `MG` ends with a blank `[seed 002]` or does not `[seed 003]`: blanks around it are dropped.
//! * `ST=30` is "busy" in both; later interfaces have 50 for that and call 30 "away". Both notes are followed.
//! * `TN` and `UN` of a listing are "not clear" `[seed 003]`. Clients show that they are page size and cursor.
//! * A message must have "less than 400" octets, but is punished for "more than 400" `[seed 003]`: pieces of ours have 399
//!   at most, which with the blank the server adds is one piece for whoever gets it; and 398 where another follows, since
//!   400 octets that end in a blank may be the beginning of more.
//! * The three printed samples of messages of 399 to 401 octets `[seed 003]` do not fit their captions; the prose is
//!   followed: a blank is added, then pieces of 400.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod cadence;
pub mod client;
pub mod command;
pub mod exchange;
pub mod friends;
pub mod info;
pub mod reply;
pub mod segments;
pub mod session;
pub mod wire;

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::http::Url;
use crate::presence::{LinkState, Presence, Status};
use crate::text::{self, Secret};
use crate::time::Duration;

pub use crate::message::{Body, Outcome, Say};
pub use crate::verdict::{NotNow, Verdict};
pub use client::Client;
pub use info::Info;
pub use session::Edit;

/// What an account needs to sign in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server, such as `http://127.0.0.1:8000`.
    pub server: Url,
    /// The account's number.
    pub uin: Uin,
    /// Its password: its MD5 goes over the wire.
    pub password: Secret,
    /// The state to sign in with.
    pub status: Status,
    /// How often messages are asked for while nothing happens; kept between 5 s and half of what the server names.
    pub poll: Duration,
    /// VER; a server answers nothing to one it does not know `[seed 003]`.
    pub version: String,
    /// LC; a server answers nothing to another one than its own `[seed 003]`.
    pub lc: String,
}

impl Settings {
    /// The version both notes describe.
    pub const VERSION: &'static str = "1.1";
    /// The LC of both notes.
    pub const LC: &'static str = "9326B87B234E7235";
    /// The default of [`Settings::poll`].
    pub const POLL: Duration = Duration::from_secs(15);
}

/// What the network tells the agent. Accounts are written `qq:24259132`; text is decoded, bounded and lossy, but not yet
/// fit for a screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// The account's connection changed. `why` is a sentence for people where there is something to explain.
    State {
        /// The new state.
        state: LinkState,
        /// Lower case, no period: `"login refused: 密码错误"`.
        why: &'a str,
    },
    /// The server confirmed our own state; `None` if what it confirmed before may be so no more, or no longer is.
    Own(Option<Status>),
    /// The list follows from the beginning: what was known of friends is void.
    ListsBegin,
    /// A friend of the list.
    Contact {
        /// Who.
        account: &'a str,
    },
    /// The list is whole.
    ListsEnd,
    /// A friend came onto the list.
    Added {
        /// Who.
        account: &'a str,
    },
    /// A friend went off the list.
    Removed {
        /// Who.
        account: &'a str,
    },
    /// A friend's presence, at sign-in (`initial`) or as it changes.
    Presence {
        /// Who.
        account: &'a str,
        /// What they do.
        presence: Presence,
        /// Their nickname, where the server sent one.
        name: Option<&'a str>,
        /// Part of the listing at sign-in: nobody "came online".
        initial: bool,
    },
    /// Somebody said something.
    Message {
        /// Who.
        from: &'a str,
        /// What; always [`Body::Text`].
        body: Body<'a>,
    },
    /// A friendship is asked for, accepted or refused. Never answered by itself.
    Friendship {
        /// By whom.
        from: &'a str,
        /// Which of them.
        step: Friendship,
        /// Their words; may be empty.
        words: &'a str,
    },
    /// Something sent by [`Client::send`] came to its end, or moved on.
    Delivery {
        /// The number `send` was given.
        ticket: u32,
        /// How it ended.
        outcome: Outcome,
        /// For people, where it failed.
        why: &'a str,
    },
    /// What [`Edit::Find`] found; [`Event::Edited`] follows.
    Info {
        /// The number the edit was given.
        ticket: u32,
        /// Everything the server tells.
        info: Info<'a>,
    },
    /// What [`Edit::Search`] found, as the server put it: no source says what that is. [`Event::Edited`] follows.
    Found {
        /// The number the edit was given.
        ticket: u32,
        /// Every field of the reply.
        fields: wire::Fields<'a>,
    },
    /// An edit was answered.
    Edited {
        /// The number the edit was given.
        ticket: u32,
        /// How.
        verdict: Verdict,
    },
    /// Words of the server to people.
    Notice(&'a str),
}

/// What somebody did about a friendship: MT 2, 3 and 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Friendship {
    /// They ask for it.
    Asked,
    /// They accepted ours.
    Accepted,
    /// They refused ours.
    Refused,
}

/// The number of a QQ account, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uin(u32);

impl Uin {
    /// The system's own account: what it says are words of the server.
    pub const SYSTEM: Self = Self(10_000);

    /// The account of that number; 0 is none.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// Reads digits, with or without `qq:` before them.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let digits = match octets.split_at_checked(3) {
            Some((scheme, digits)) if scheme.eq_ignore_ascii_case(b"qq:") => digits,
            _ => octets,
        };
        text::number(digits)?.try_into().ok().and_then(Self::new)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// As the agent knows it: `qq:24259132`.
    #[must_use]
    pub fn account(self) -> heapless::String<13> {
        let mut account = heapless::String::new();
        // The longest is qq:4294967295.
        let _fits = write!(account, "qq:{}", self.0);
        account
    }
}

impl fmt::Display for Uin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The presence a state's number stands for. 60 is a state of later interfaces that wants to be talked to, 50 and 70 are
/// ones that do not `[observed: clients]`; hidden friends come as 20.
#[must_use]
pub fn presence_of(st: u64) -> Option<Presence> {
    Some(match st {
        10 | 60 => Presence::Online,
        20 | 40 => Presence::Offline,
        30 | 50 | 70 => Presence::Busy,
        _ => return None,
    })
}

/// The number our own state goes by. There is but one for everything between online and invisible.
#[must_use]
pub const fn st_of(status: Status) -> u8 {
    match status {
        Status::Online => 10,
        Status::Invisible => 40,
        Status::Away | Status::Busy | Status::Idle | Status::Brb | Status::Phone | Status::Lunch => 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_a_number_with_its_network_before_it() {
        let wei = Uin::parse(b"24259132").unwrap();
        assert_eq!(wei.account(), "qq:24259132");
        assert_eq!(Uin::parse(b"QQ:24259132"), Some(wei));
        assert_eq!(Uin::new(u32::MAX).unwrap().account(), "qq:4294967295");
        for bad in ["", "0", "qq:", "qq:0", "4294967296", "-1", "12a", "msn:1", "bob@example.net"] {
            assert_eq!(Uin::parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn our_own_states_are_the_four_a_server_takes() {
        for status in Status::ALL {
            assert!([10, 30, 40].contains(&st_of(status)));
        }
        assert_eq!(presence_of(st_of(Status::Busy).into()), Some(Presence::Busy));
        assert_eq!(
            presence_of(st_of(Status::Invisible).into()),
            Some(Presence::Offline),
            "as friends see it"
        );
        assert_eq!(presence_of(0), None);
    }
}

//! The MSN Messenger protocol, MSNP2 to MSNP12, as a client speaks it: sans-IO, no clock, no allocation per event.
//!
//! In reading order: [`command`] and [`decoder`] (octets to commands and back), [`dialect`] (what differs between MSNP2
//! and MSNP12), [`errors`] (numeric codes and what to do about them), [`challenge`] (CHL/QRY and the MD5 answers),
//! [`mime`] (what is inside MSG), [`passport`] (the HTTPS exchange that yields a ticket), [`notification`] (the one
//! connection that matters), [`switchboard`] (conversations), [`client`] (all of it as one value).
//!
//! # Sources
//! * `[Movva99]` R. Movva, W. Lai, *MSN Messenger Service 1.0 Protocol*, Internet-Draft, August 1999.
//! * `[seed 000]`, `[seed 001]` the protocol notes this project started from: a command table with error codes and a
//!   Passport sign-in (2003), and an annotated MSNP7 session (2001).
//! * `[observed: Escargot]`, `[observed: CrossTalk]` what those living servers were seen to do.
//!
//! Where they disagree, the living server wins and the place says so.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

pub mod challenge;
pub mod client;
pub mod command;
pub mod decoder;
pub mod dialect;
pub mod errors;
pub mod mime;
pub mod notification;
pub mod passport;
pub mod switchboard;

use alloc::string::String;
use alloc::vec::Vec;

use crate::limits::ACCOUNT_MAX;
use crate::link::Endpoint;
use crate::presence::{LinkState, Presence, Status};
use crate::text::Secret;

pub use crate::message::{Body, Outcome, Say};
pub use crate::verdict::{NotNow, Verdict};
pub use client::Client;
pub use dialect::Dialect;
pub use notification::Edit;

/// Whether a text can be the address of a person: visible ASCII with one `@` that has something on both sides, in at most
/// [`ACCOUNT_MAX`] octets. It is written as one field of a line, so nothing in it may end the field or the line.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let (user, host) = text.split_once('@').unwrap_or_default();
    let sides = !user.is_empty() && !host.is_empty() && !host.contains('@');
    sides && text.len() <= ACCOUNT_MAX && text.bytes().all(|octet| octet.is_ascii_graphic())
}

/// What an account needs to sign in.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Dispatch or notification server; redirects are followed.
    pub server: Endpoint,
    /// The account's address (see [`is_address`]), spelt exactly as on the server: Escargot refuses another case with 911.
    pub account: String,
    /// Its password.
    pub password: Secret,
    /// How it proves itself.
    pub auth: Auth,
    /// Dialects to offer, best first; all must suit `auth`.
    pub dialects: Vec<Dialect>,
    /// The status to sign in with.
    pub status: Status,
}

/// How an account proves itself.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one value in a program, and it never moves")]
pub enum Auth {
    /// MSNP8 to MSNP12: a ticket from a Passport login server, named by the nexus.
    Tweener {
        /// The nexus, an https address such as `https://nexus.passport.com/rdr/pprdr.asp`.
        nexus: crate::http::Url,
    },
    /// MSNP2 to MSNP7: MD5 of a salt and the password, over the plain connection.
    Md5,
}

/// What the network tells the agent. Text is decoded, bounded and lossy, but not yet fit for a screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// The account's connection changed. `why` is a sentence for people where there is something to explain.
    State {
        /// The new state.
        state: LinkState,
        /// Lower case, no period: `"911 authentication failed"`.
        why: &'a str,
    },
    /// The server confirmed our own status.
    Own(Status),
    /// Our own friendly name.
    OwnName(&'a str),
    /// The lists follow from the beginning: what was known of contacts and groups is void.
    ListsBegin,
    /// A group of the list.
    Group {
        /// Its id.
        id: GroupId,
        /// Its name.
        name: &'a str,
    },
    /// A contact of the list. With MSNP2 to MSNP7 one contact comes once for each list it is on: merge by account.
    Contact(Contact<'a>),
    /// The lists are whole and current as of this version.
    ListsEnd(&'a ListVersion),
    /// The lists we have are still current; `ListsBegin` does not come.
    ListsUnchanged,
    /// A contact came onto a list, by our own act or another's.
    Added {
        /// Who, with `lists` naming just the list and `groups` just the group.
        contact: Contact<'a>,
        /// The server did it by itself: somebody added us.
        unasked: bool,
    },
    /// A contact went off a list, or out of one group if `group` is given.
    Removed {
        /// From which list.
        list: Lists,
        /// Who, by address or by GUID.
        who: Who<'a>,
        /// Out of which group only.
        group: Option<GroupId>,
        /// The server did it by itself.
        unasked: bool,
    },
    /// A group has a new name.
    GroupRenamed {
        /// Which.
        id: GroupId,
        /// Its new name.
        name: &'a str,
    },
    /// A group is gone.
    GroupRemoved(GroupId),
    /// A contact changed its friendly name on our list (REA).
    Renamed {
        /// Who.
        account: &'a str,
        /// The new name.
        name: &'a str,
    },
    /// A contact's presence, at sign-in (`initial`) or as it changes.
    Presence {
        /// Who.
        account: &'a str,
        /// What they do.
        presence: Presence,
        /// Their friendly name, where the server sent one.
        name: Option<&'a str>,
        /// Part of the burst at sign-in: nobody "came online".
        initial: bool,
    },
    /// Somebody said or did something in a conversation.
    Message {
        /// Who.
        from: &'a str,
        /// Their friendly name.
        name: &'a str,
        /// What.
        body: Body<'a>,
    },
    /// Something sent by [`Client::send`] came to its end, or moved on.
    Delivery {
        /// The number `send` was given.
        ticket: u32,
        /// How it ended.
        outcome: Outcome,
        /// For people, where it failed: `"bob@example.net is offline"`.
        why: &'a str,
    },
    /// An edit of the lists was answered.
    Edited {
        /// The number the edit was given.
        ticket: u32,
        /// How. Silence and a lost link are [`Verdict::Unsure`].
        verdict: Verdict,
    },
    /// The mailbox: how many mails are unread, or `None` when just one new mail came.
    Mail {
        /// Unread mails in the inbox.
        unread: Option<u32>,
        /// Who wrote, if told.
        from: &'a str,
    },
    /// Words of the server to people, such as a coming maintenance.
    Notice(&'a str),
}

/// A row of the lists.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contact<'a> {
    /// The address.
    pub account: &'a str,
    /// The friendly name; may be empty or the address again.
    pub name: &'a str,
    /// On which lists.
    pub lists: Lists,
    /// MSNP10 and later: the id that list edits need.
    pub guid: Option<Guid>,
    /// In which groups.
    pub groups: GroupIds<'a>,
}

/// A contact named by address or, in REM of MSNP10 and later, by GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// By address.
    Account(&'a str),
    /// By GUID.
    Guid(Guid),
}

/// The lists a contact is on, as the bits of LST: FL 1, AL 2, BL 4, RL 8, PL 16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lists(pub u8);

impl Lists {
    /// Forward list: whose presence we follow.
    pub const FL: Self = Self(1);
    /// Allow list.
    pub const AL: Self = Self(2);
    /// Block list.
    pub const BL: Self = Self(4);
    /// Reverse list: who follows us.
    pub const RL: Self = Self(8);
    /// Pending list: who asked to.
    pub const PL: Self = Self(16);

    /// The list of that wire name.
    #[must_use]
    pub fn named(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"FL" => Self::FL,
            b"AL" => Self::AL,
            b"BL" => Self::BL,
            b"RL" => Self::RL,
            b"PL" => Self::PL,
            _ => return None,
        })
    }

    /// The wire name of a single list.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FL => "FL",
            Self::AL => "AL",
            Self::BL => "BL",
            Self::RL => "RL",
            Self::PL => "PL",
            _ => "",
        }
    }

    /// Whether all lists of `other` are among these.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// A GUID as 16 octets, from its usual 36-character form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Reads 32 hex digits with dashes anywhere between them; `None` for anything else.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        let mut guid = [0_u8; 16];
        let mut digits = octets.iter().filter(|octet| **octet != b'-');
        for octet in &mut guid {
            let high = crate::text::hex_digit(*digits.next()?)?;
            let low = crate::text::hex_digit(*digits.next()?)?;
            *octet = high << 4 | low;
        }
        digits.next().is_none().then_some(Self(guid))
    }
}

impl core::fmt::Display for Guid {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let dash = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{octet:02x}")?;
        }
        Ok(())
    }
}

/// A group's id: a number up to MSNP9, a GUID from MSNP10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum GroupId {
    /// Up to MSNP9; 0 is "Other Contacts".
    Number(u32),
    /// From MSNP10.
    Guid(Guid),
}

impl GroupId {
    /// Reads either form.
    #[must_use]
    pub fn parse(octets: &[u8]) -> Option<Self> {
        match crate::text::number(octets) {
            Some(number) if octets.len() < 10 => number.try_into().ok().map(Self::Number),
            _ => Guid::parse(octets).map(Self::Guid),
        }
    }
}

impl core::fmt::Display for GroupId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Guid(guid) => guid.fmt(f),
        }
    }
}

/// The comma-joined group ids of a row, as they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupIds<'a>(pub &'a [u8]);

impl GroupIds<'_> {
    /// The ids; what is no id is passed over.
    pub fn iter(&self) -> impl Iterator<Item = GroupId> + '_ {
        self.0.split(|octet| *octet == b',').filter_map(GroupId::parse)
    }
}

/// What SYN compares to learn whether our lists are current: a serial up to MSNP9, two stamps from MSNP10.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ListVersion {
    /// Serial number, or the first stamp.
    pub list: heapless::String<40>,
    /// The second stamp; empty up to MSNP9.
    pub settings: heapless::String<40>,
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn an_address_is_one_visible_ascii_field_with_two_sides() {
        let long = |user: usize| format!("{}@example.net", "x".repeat(user));
        for right in ["bob@example.net", "a@b", "100%!@localhost", &long(ACCOUNT_MAX - 12)] {
            assert!(is_address(right), "{right}");
        }
        for wrong in [
            "",
            "@",
            "bob",
            "bob@",
            "@b",
            "a@b@c",
            "a b@c",
            "a@b\r\n",
            "b\u{f3}b@x",
            "a@\u{200b}b",
            &long(ACCOUNT_MAX - 11),
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}

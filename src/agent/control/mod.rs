//! What a person at a shell asks of the running agent ([`Request`]), and what they get for it ([`Answer`]): exactly one
//! answer for each request, also when the link is lost, when nobody answers in time, and when the agent is to stop.
//!
//! It does not know sockets, lines of words or JSON: `control/` of the shell does.
//!
//! A request and its answer may allocate: they come from a person, a few at a time. Events of a network that nobody
//! asked for still may not.
//!
//! In reading order: this file (the words), `take` (what a request asks), `plan` (the edits it takes on its network),
//! `errands` (what is under way), `serve` (what is asked next, and how it ends), `report` (how everything stands).

mod errands;
mod plan;
pub(super) mod report;
mod serve;
mod take;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::link::Network;
use crate::presence::{LinkState, Presence, Status};
use crate::qq::info::Sex;

pub(super) use self::errands::Errands;

/// What a person asks. People are named by a short name of `[people]`, by an address, or as `qq:24259132`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// How everything stands.
    Status,
    /// What waits has been seen: of that person, or of everybody with mail and requests.
    Acknowledge(Option<&'a str>),
    /// Sends a canned reply.
    Reply {
        /// Its place in [`Replies::texts`](super::Replies::texts), from 0.
        index: usize,
        /// To whom; else to the sender waiting who wrote last.
        to: Option<&'a str>,
    },
    /// Our own status, on every network; where a link waits for a person it is tried again at once.
    Set(Status),
    /// Something about one person.
    Contact {
        /// Whom.
        who: &'a str,
        /// What.
        act: ContactAct<'a>,
    },
    /// QQ: people of that age, sex and province.
    Search {
        /// In years.
        age: u8,
        /// Of that sex.
        sex: Sex,
        /// From there.
        province: &'a str,
    },
    /// Something about a group; MSN only.
    Group(GroupAct<'a>),
    /// Our own friendly name; MSN only.
    Name(&'a str),
    /// A telephone number of ours, empty to remove it; MSN only.
    Phone(Phone, &'a str),
}

/// What to do about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactAct<'a> {
    /// Puts them on the list. MSN: onto FL and AL, under this name; empty for none. QQ: as a friend, and if they want
    /// to be asked first, in these words.
    Add(&'a str),
    /// Accepts their request. MSN: onto AL and FL.
    Accept,
    /// Refuses their request. MSN knows no refusal: they go onto BL. QQ: with these words.
    Refuse(&'a str),
    /// Takes them off the list. MSN: off FL; whether they may see us stays as it is.
    Remove,
    /// MSN: from AL to BL.
    Block,
    /// MSN: from BL to AL.
    Unblock,
    /// QQ: what they tell of themselves.
    Find,
}

/// What to do about a group, named by its name in any letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupAct<'a> {
    /// Makes it.
    Add(&'a str),
    /// Gives it another name: old, new.
    Rename(&'a str, &'a str),
    /// Removes it.
    Remove(&'a str),
    /// Puts a contact into it, and out of all others.
    Move {
        /// Whom.
        who: &'a str,
        /// Into which.
        group: &'a str,
    },
}

/// Which telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// PHH
    Home,
    /// PHW
    Work,
    /// PHM
    Mobile,
}

impl Phone {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Home, Self::Work, Self::Mobile];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Work => "work",
            Self::Mobile => "mobile",
        }
    }

    /// Its key on the wire.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Home => "PHH",
            Self::Work => "PHW",
            Self::Mobile => "PHM",
        }
    }
}

/// What came of a request. Sentences are for people: lower case, no period; they may quote strangers, so they go through
/// [`text::Shown`](crate::text::Shown) before a terminal sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// How everything stands.
    Status(Box<Report>),
    /// It is so now, or was so already.
    Done(String),
    /// What was found: labels for people, and what stands there.
    Found(Vec<(String, String)>),
    /// It is not so: refused by the network, or it could not even be asked for.
    Failed(String),
    /// It was asked for, and nobody said what became of it.
    Unsure(String),
    /// The request itself makes no sense here, whatever the network would say.
    Wrong(String),
}

/// How everything stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Of this program.
    pub version: &'static str,
    /// One for each network.
    pub accounts: Vec<AccountReport>,
    /// Messages waiting, those of the sender who wrote last at the end.
    pub waiting: Vec<WaitingReport>,
    /// Those who asked to have us on their list, and got no answer yet.
    pub requests: Vec<RequestReport>,
    /// Unread mails, as far as MSN told.
    pub mail: u32,
    /// The canned replies; `reply 1` sends the first.
    pub replies: Vec<String>,
}

/// How an account stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountReport {
    /// Which network.
    pub network: Network,
    /// Our own address.
    pub account: String,
    /// The link.
    pub link: LinkState,
    /// For people, why it stands so; may be empty.
    pub why: String,
    /// Our own status as the server confirmed it.
    pub own: Option<Status>,
    /// Our own status as a person wants it.
    pub wanted: Status,
    /// Whom we follow, who is most at hand first.
    pub contacts: Vec<ContactReport>,
}

/// Somebody on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactReport {
    /// The address.
    pub account: String,
    /// Their short name in `[people]`, or their friendly name, or the address again.
    pub title: String,
    /// What they do.
    pub presence: Presence,
    /// They are blocked.
    pub blocked: bool,
    /// The names of their groups.
    pub groups: Vec<String>,
}

/// Somebody who asked to have us on their list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestReport {
    /// The address.
    pub account: String,
    /// What they say; may be empty, as it always is on MSN.
    pub words: String,
}

/// What a sender has waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingReport {
    /// The address.
    pub account: String,
    /// As [`ContactReport::title`].
    pub title: String,
    /// How many messages.
    pub unread: u16,
    /// The last words; empty where there are none.
    pub text: String,
}

#[cfg(test)]
mod tests;

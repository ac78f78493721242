//! The rosters as they are kept over a restart: owned, versioned, each good for one account on one server only.
//!
//! It does not know files or checksums; `store/` writes it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::link::Network;
use crate::msnp::{self, GroupId, Guid, ListVersion};
use crate::qq;

/// The lists of the accounts. Presence is not kept: it would be a lie by the time it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    format: u8,
    accounts: Vec<Kept>,
}

/// The lists of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) place: Place,
    /// The version of the lists, for SYN; QQ's have none.
    pub(super) lists: ListVersion,
    pub(super) groups: Vec<Option<(GroupId, String)>>,
    pub(super) contacts: Vec<Contact>,
}

/// Whose lists they are: an account on one server of one network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) network: Network,
    pub(super) account: String,
    pub(super) server: String,
}

/// A contact of a [`Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contact {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) lists: u8,
    pub(super) groups: u32,
    pub(super) guid: Option<Guid>,
}

impl Snapshot {
    pub(super) fn of(accounts: Vec<Kept>) -> Self {
        Self { format: FORMAT, accounts }
    }

    /// What is kept of the account a configuration names, if it is of this program's format and of this very server:
    /// list versions of different servers may be equal (`[observed: Escargot]` sends one constant stamp from MSNP10 on)
    /// while the lists are not.
    pub(super) fn suiting(&self, place: &Place) -> Option<&Kept> {
        let suits = |kept: &&Kept| {
            kept.place.network == place.network
                && kept.place.account.eq_ignore_ascii_case(&place.account)
                && kept.place.server == place.server
        };
        self.accounts.iter().filter(|_| self.format == FORMAT).find(suits)
    }
}

/// The place a configuration names.
pub(super) fn of_msn(settings: &msnp::Settings) -> Place {
    let (account, server) = (settings.account.clone(), alloc::format!("{}", settings.server));
    Place { network: Network::Msn, account, server }
}

/// The same of QQ.
pub(super) fn of_qq(settings: &qq::Settings) -> Place {
    let (account, server) = (alloc::format!("{}", settings.uin), alloc::format!("{}", settings.server));
    Place { network: Network::Qq, account, server }
}

/// Raised whenever the meaning of a field changes; other formats are ignored, and the lists are fetched anew.
const FORMAT: u8 = 2;

//! The roster as it is kept over a restart: owned, versioned, and good for one account on one server only.
//!
//! It does not know files or checksums; `store/` writes it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::msnp::{GroupId, Guid, ListVersion, Settings};

/// The lists of an account. Presence is not kept: it would be a lie by the time it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    format: u8,
    account: String,
    server: String,
    lists: ListVersion,
    groups: Vec<Option<(GroupId, String)>>,
    contacts: Vec<Contact>,
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
    pub(super) fn of(
        account: &str,
        server: &str,
        lists: ListVersion,
        groups: Vec<Option<(GroupId, String)>>,
        contacts: Vec<Contact>,
    ) -> Self {
        Self { format: FORMAT, account: account.into(), server: server.into(), lists, groups, contacts }
    }

    /// Whether it is of this program's format, and of this account on this server: list versions of different servers
    /// may be equal (`[observed: Escargot]` sends one constant stamp from MSNP10 on) while the lists are not.
    pub(super) fn suits(&self, settings: &Settings) -> bool {
        self.format == FORMAT
            && self.account.eq_ignore_ascii_case(&settings.account)
            && self.server == server_of(settings)
    }

    /// The version of the lists, for SYN.
    pub(super) const fn lists(&self) -> &ListVersion {
        &self.lists
    }

    pub(super) fn groups(&self) -> &[Option<(GroupId, String)>] {
        &self.groups
    }

    pub(super) fn contacts(&self) -> &[Contact] {
        &self.contacts
    }
}

/// The configured server, in the words a snapshot keeps.
pub(super) fn server_of(settings: &Settings) -> String {
    alloc::format!("{}", settings.server)
}

/// Raised whenever the meaning of a field changes; other formats are ignored, and the lists are fetched anew.
const FORMAT: u8 = 1;

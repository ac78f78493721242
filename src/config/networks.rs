//! Which networks the file has an account on, and what needs one.
//!
//! Does not know whether the account is right: a section with mistakes is there all the same, and one mistake is told once.

use super::mistake::Notes;
use super::tree::{Section, Text, quoted};
use crate::agent::{Member, Whose};
use crate::link::Network;

/// The networks with a section.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Networks {
    msn: bool,
    qq: bool,
}

impl Networks {
    /// The sections of a file.
    pub(super) fn of(root: Section<'_>) -> Self {
        Self { msn: root.value("msn").is_some(), qq: root.value("qq").is_some() }
    }

    /// Without any there is nothing to do.
    pub(super) fn expect_one(self, root: Section<'_>, notes: &mut Notes) {
        if !self.msn && !self.qq {
            let remedy =
                "add the section of an account: [msn] with server and account, or [qq] with server and uin";
            notes.missing(root.at(), format!("there is neither [msn] nor [qq]; {remedy}"));
        }
    }

    /// Whether there is an account; a mistake at `text` if not.
    pub(super) fn expect(self, network: Network, key: &str, text: &Text<'_>, notes: &mut Notes) {
        let (there, section, keys) = match network {
            Network::Msn => (self.msn, "[msn]", "server and account"),
            Network::Qq => (self.qq, "[qq]", "server and uin"),
        };
        // Without any section that is the mistake, not everything that follows from it.
        if !there && (self.msn || self.qq) {
            let found = quoted(text.get_ref());
            notes.structure(text, format!("{key}: {found} needs {section}; add the section with {keys}"));
        }
    }

    /// The same for everybody a light is about.
    pub(super) fn expect_all(self, whose: &Whose, key: &str, text: &Text<'_>, notes: &mut Notes) {
        let Whose::These(members) = whose else { return };
        for network in Network::ALL {
            let is_there = |member: &Member| match member {
                Member::Account(account) => Network::of(account) == network,
                Member::Group(_) => network == Network::Msn,
            };
            if members.iter().any(is_there) {
                self.expect(network, key, text, notes);
            }
        }
    }
}

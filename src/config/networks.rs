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

    /// Whether there is an account on QQ.
    pub(super) const fn has_qq(self) -> bool {
        self.qq
    }

    /// Whether there is an account; a mistake at `text` if not.
    pub(super) fn expect(self, network: Network, key: &str, text: &Text<'_>, notes: &mut Notes) {
        if let Some(wrong) = self.lack(network, key, text) {
            notes.structure(text, wrong);
        }
    }

    /// The same for everybody a light is about.
    pub(super) fn expect_all(self, whose: &Whose, key: &str, text: &Text<'_>, notes: &mut Notes) {
        for network in needed(whose) {
            self.expect(network, key, text, notes);
        }
    }

    /// The same for somebody who has a name only: no light depends on them, and so it is no mistake.
    pub(super) fn advise(self, whose: &Whose, key: &str, text: &Text<'_>, notes: &mut Notes) {
        for wrong in needed(whose).filter_map(|network| self.lack(network, key, text)) {
            notes.warn(text, wrong);
        }
    }

    /// What is wrong, if there is no account.
    fn lack(self, network: Network, key: &str, text: &Text<'_>) -> Option<String> {
        let (there, section, keys) = match network {
            Network::Msn => (self.msn, "[msn]", "server and account"),
            Network::Qq => (self.qq, "[qq]", "server and uin"),
        };
        // Without any section that is the mistake, not everything that follows from it.
        let wrong = !there && (self.msn || self.qq);
        let found = quoted(text.get_ref());
        wrong.then(|| format!("{key}: {found} needs {section}; add the section with {keys}"))
    }
}

/// The networks somebody is on.
fn needed(whose: &Whose) -> impl Iterator<Item = Network> {
    Network::ALL.into_iter().filter(move |network| match whose {
        Whose::Everyone => false,
        Whose::These(members) => members.iter().any(|member| match member {
            Member::Account(account) => Network::of(account) == *network,
            Member::Group(_) => *network == Network::Msn,
        }),
    })
}

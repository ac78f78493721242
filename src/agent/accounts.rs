//! The accounts, one a network: how each link stands, what we are there, and who is on its list.
//!
//! It does not know events or lights. Whatever is about everybody, whichever network they are on, is asked here.

use core::cmp::Ordering;

use heapless::{String, Vec};

use super::roster::{Known, Roster};
use crate::limits::{ROWS_MAX, WHY_MAX};
use crate::link::Network;
use crate::presence::{LinkState, Presence, Status};
use crate::time::Instant;

/// One network's account.
#[derive(Debug)]
pub(super) struct Account {
    /// Which network.
    pub(super) network: Network,
    /// How its link stands.
    pub(super) link: LinkState,
    /// For people, why it stands so; may be empty.
    pub(super) why: String<WHY_MAX>,
    /// Our own status as the server confirmed it.
    pub(super) own: Option<Status>,
    /// Our own status as a person wants it.
    pub(super) wanted: Status,
    /// Until then presences of the sign-in may still come in; of whom none comes is offline.
    pub(super) settle_at: Option<Instant>,
    /// Who is on its list.
    pub(super) roster: Roster,
}

impl Account {
    /// An account whose link has not begun.
    pub(super) fn new(network: Network, wanted: Status, roster: Roster) -> Self {
        Self {
            network,
            link: LinkState::Starting,
            why: String::new(),
            own: None,
            wanted,
            settle_at: None,
            roster,
        }
    }

    /// What it shows is certainly so.
    pub(super) fn is_online(&self) -> bool {
        self.link == LinkState::Online
    }

    /// Only a person can go on from here.
    pub(super) fn is_parked(&self) -> bool {
        matches!(self.link, LinkState::Elsewhere | LinkState::Refused)
    }
}

/// All accounts, in the order people are shown them.
#[derive(Debug, Default)]
pub(super) struct Accounts(Vec<Account, { Network::ALL.len() }>);

impl Accounts {
    /// One more account; a network has but one.
    pub(super) fn push(&mut self, account: Account) {
        if self.of(account.network).is_none() {
            // There is room: no network comes twice.
            let _ = self.0.push(account);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Account> {
        self.0.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Account> {
        self.0.iter_mut()
    }

    /// The account on a network, if there is one.
    pub(super) fn of(&self, network: Network) -> Option<&Account> {
        self.iter().find(|account| account.network == network)
    }

    /// The same, to be changed.
    pub(super) fn of_mut(&mut self, network: Network) -> Option<&mut Account> {
        self.iter_mut().find(|account| account.network == network)
    }

    /// Whether anybody's presence can be current.
    pub(super) fn any_is_live(&self) -> bool {
        self.iter().any(|account| account.link.is_live())
    }

    /// The contact of that address, letter case aside.
    pub(super) fn find(&self, who: &str) -> Option<Known<'_>> {
        self.of(Network::of(who))?.roster.find(who)
    }

    /// Everybody we follow, in no order a person would see.
    pub(super) fn followed(&self) -> impl Iterator<Item = Known<'_>> {
        self.iter().flat_map(|account| account.roster.followed())
    }

    /// How many of those we follow are here, and how many there are.
    pub(super) fn here_and_all(&self) -> (u16, u16) {
        here_and_all(self.followed())
    }

    /// Those we follow from `first` on, whoever is most at hand first: as many as a display has rows for.
    pub(super) fn page(&self, first: usize, most: usize) -> Vec<Known<'_>, ROWS_MAX> {
        let most = most.clamp(1, ROWS_MAX);
        let mut last = None;
        let mut skip = first;
        while skip > 0 {
            let part = self.following(last, skip.min(ROWS_MAX));
            let Some(end) = part.last() else { break };
            skip = skip.saturating_sub(part.len());
            last = Some(*end);
        }
        self.following(last, most)
    }

    /// The first `most` contacts after `last` in the order of a page: one pass, no sorting of the whole.
    fn following<'a>(&'a self, last: Option<Known<'a>>, most: usize) -> Vec<Known<'a>, ROWS_MAX> {
        let mut page: Vec<Known<'a>, ROWS_MAX> = Vec::new();
        for known in self.followed() {
            if last.is_some_and(|last| known.order(&last) != Ordering::Greater) {
                continue;
            }
            let place = page.partition_point(|other| other.order(&known) == Ordering::Less);
            if place < most {
                page.truncate(most - 1);
                // There is room: the page was cut to one less than it holds.
                let _ = page.insert(place, known);
            }
        }
        page
    }
}

/// How many of some contacts are here, and how many they are.
pub(super) fn here_and_all<'a>(contacts: impl Iterator<Item = Known<'a>>) -> (u16, u16) {
    contacts.fold((0, 0), |(here, all): (u16, u16), known| {
        let is_here = !matches!(known.presence, Presence::Offline | Presence::Unknown);
        (here.saturating_add(u16::from(is_here)), all.saturating_add(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msnp::{Contact, GroupIds, ListVersion, Lists};

    fn account(network: Network, contacts: &[(&str, &str, u8)]) -> Account {
        let mut roster = Roster::of(network);
        roster.begin();
        for (account, name, lists) in contacts {
            let groups = GroupIds(b"");
            roster.listed(&Contact { account, name, lists: Lists(*lists), guid: None, groups });
        }
        roster.end(&ListVersion::default());
        Account::new(network, Status::Online, roster)
    }

    #[test]
    fn a_page_begins_with_whoever_is_at_hand_and_goes_on_by_name_on_all_networks() {
        let mut accounts = Accounts::default();
        let contacts = [
            ("a@example.net", "amy", 1),
            ("b@example.net", "Bob", 1),
            ("d@example.net", "dan", 1),
            ("e@example.net", "Eve", 2),
        ];
        accounts.push(account(Network::Msn, &contacts));
        accounts.push(account(Network::Qq, &[("qq:24259132", "Cat", 1)]));
        for (who, presence) in [("d@example.net", Presence::Online), ("qq:24259132", Presence::Away)] {
            accounts.of_mut(Network::of(who)).unwrap().roster.presence(who, presence, None);
        }
        accounts.iter_mut().for_each(|account| account.roster.settle());
        let names = |first, most| -> std::vec::Vec<&str> {
            accounts.page(first, most).iter().map(|known| known.name).collect()
        };
        assert_eq!(names(0, 8), ["dan", "Cat", "amy", "Bob"]);
        assert_eq!(names(0, 3), ["dan", "Cat", "amy"]);
        assert_eq!(names(3, 3), ["Bob"]);
        assert_eq!(names(4, 3), [""; 0]);
        assert_eq!(accounts.here_and_all(), (2, 4));
    }

    #[test]
    fn a_contact_is_looked_for_on_its_own_network_only() {
        let mut accounts = Accounts::default();
        accounts.push(account(Network::Msn, &[("qq:24259132", "Impostor", 1), ("b@example.net", "Bob", 1)]));
        assert_eq!(accounts.find("qq:24259132"), None);
        assert_eq!(accounts.followed().count(), 1, "an MSN server can't put anybody on the QQ list");
        accounts.push(account(Network::Qq, &[("QQ:24259132", "Wei", 1), ("b@example.net", "Impostor", 1)]));
        assert_eq!(accounts.find("qq:24259132").unwrap().name, "Wei");
        assert_eq!(accounts.find("B@example.net").unwrap().name, "Bob");
        assert_eq!(accounts.followed().count(), 2);
    }

    #[test]
    fn a_network_has_one_account() {
        let mut accounts = Accounts::default();
        accounts.push(account(Network::Qq, &[("qq:1", "One", 1)]));
        accounts.push(account(Network::Qq, &[]));
        assert!(accounts.find("qq:1").is_some());
        assert!(accounts.of(Network::Msn).is_none());
    }
}

//! The contact lists of the account: who is on which list, in which groups, and what they do.
//!
//! It does not know the network's links, lights or screens. Presence is kept here because it belongs to a row, but when
//! it is void is decided by the caller.

mod groups;
mod table;

use core::cmp::Ordering;

use self::groups::Groups;
use self::table::{Row, Table};
use super::notice::Notice;
use super::snapshot::{self, Kept, Place};
use crate::link::Network;
use crate::msnp::{Contact, GroupId, Guid, ListVersion, Lists, Who};
use crate::presence::Presence;
use crate::text::{self, Shown};

/// A contact as others see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known<'a> {
    /// The address, as the server spells it.
    pub(super) account: &'a str,
    /// The friendly name; empty if there is none beyond the address.
    pub(super) name: &'a str,
    /// What they do.
    pub(super) presence: Presence,
    /// On which lists.
    pub(super) lists: Lists,
    /// In which groups, as bits of the group table.
    pub(super) groups: u32,
}

impl<'a> Known<'a> {
    /// On our list and not blocked: their words matter.
    pub(super) const fn is_friend(&self) -> bool {
        self.lists.contains(Lists::FL) && !self.lists.contains(Lists::BL)
    }

    /// The name, or the address of those who have none.
    pub(super) const fn title(&self) -> &'a str {
        if self.name.is_empty() { self.account } else { self.name }
    }

    /// Whoever is most at hand first, then by name.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let lower = |text: &'a str| text.chars().flat_map(char::to_lowercase);
        at_hand(self.presence)
            .cmp(&at_hand(other.presence))
            .then_with(|| lower(self.title()).cmp(lower(other.title())))
            .then_with(|| self.account.cmp(other.account))
    }
}

/// How near somebody is: 0 is at the keyboard and free.
pub(super) const fn at_hand(presence: Presence) -> u8 {
    match presence {
        Presence::Online => 0,
        Presence::Busy => 1,
        Presence::Phone => 2,
        Presence::Brb => 3,
        Presence::Idle => 4,
        Presence::Away => 5,
        Presence::Lunch => 6,
        Presence::Unknown => 7,
        Presence::Offline => 8,
    }
}

/// Contacts and groups of one account. Whatever its server says, only addresses of its own network get in: nobody can
/// pass for somebody of the other one.
#[derive(Debug)]
pub(super) struct Roster {
    network: Network,
    table: Table,
    groups: Groups,
    version: Option<ListVersion>,
}

impl Roster {
    /// Nobody yet.
    pub(super) fn of(network: Network) -> Self {
        Self { network, table: Table::default(), groups: Groups::default(), version: None }
    }

    // ---- Lists ----

    /// The lists come from the beginning. What we know stays visible until they are whole, so no name flickers.
    pub(super) fn begin(&mut self) {
        self.version = None;
        self.table.open();
        if self.network == Network::Msn {
            self.groups.begin();
        }
    }

    /// A row of the lists. Up to MSNP7 a contact comes once for each list it is on; the name on the forward list wins.
    pub(super) fn listed(&mut self, contact: &Contact<'_>) {
        let groups = self.groups.mask(contact.groups);
        let Some(index) = self.place_or_insert(contact.account) else { return };
        let Some(row) = self.table.row_mut(index) else { return };
        if !row.is_seen() {
            // What an earlier session knew of lists and groups is void; names stay until another comes.
            (row.lists, row.groups, row.guid) = (Lists::default(), 0, None);
        }
        self.put(index, contact, groups);
    }

    /// The lists are whole: what was not in them is gone, and nothing allocates from here on.
    pub(super) fn end(&mut self, version: &ListVersion) {
        self.table.retain(|row| row.is_seen() && !row.is_nobody());
        self.groups.end();
        self.version = Some(version.clone());
        self.table.seal();
    }

    /// The lists we have are still the right ones.
    pub(super) fn unchanged(&mut self) {
        self.table.seal();
    }

    /// Whether lists are on their way, and what we have is part old and part new.
    pub(super) const fn is_coming(&self) -> bool {
        self.version.is_none() && self.table.is_open()
    }

    /// Whether the lists came to their end and none are on their way.
    pub(super) const fn is_whole(&self) -> bool {
        self.version.is_some() && !self.table.is_open()
    }

    // ---- Edits ----

    /// A group of the list, or one that was added.
    pub(super) fn group(&mut self, id: GroupId, name: &str) {
        self.groups.put(id, name);
    }

    /// A group has a new name.
    pub(super) fn rename_group(&mut self, id: GroupId, name: &str) {
        self.groups.rename(id, name);
    }

    /// A group is gone, and nobody is in it any more.
    pub(super) fn remove_group(&mut self, id: GroupId) {
        let bit = self.groups.remove(id);
        for index in 0..self.table.rows().len() {
            if let Some(row) = self.table.row_mut(index) {
                row.groups &= !bit;
            }
        }
    }

    /// A contact came onto a list. Says whether it was not there before.
    pub(super) fn added(&mut self, contact: &Contact<'_>) -> bool {
        let groups = self.groups.mask(contact.groups);
        let place = if contact.account.is_empty() {
            contact.guid.and_then(|guid| self.table.with_guid(guid))
        } else {
            self.place_or_insert(contact.account)
        };
        place.is_some_and(|index| self.put(index, contact, groups))
    }

    fn place_or_insert(&mut self, account: &str) -> Option<usize> {
        if Network::of(account) != self.network {
            let network = self.network.as_str();
            log::warn!(
                "{network}: contact \"{}\" has an address of another network; ignored",
                Shown(account)
            );
            return None;
        }
        self.table.place_or_insert(account)
    }

    /// Adds to a row what a line tells of it. Says whether it came onto a list.
    fn put(&mut self, index: usize, contact: &Contact<'_>, groups: u32) -> bool {
        let Some(row) = self.table.row_mut(index) else { return false };
        let new = !row.lists.contains(contact.lists);
        row.lists = row.lists.with(contact.lists);
        row.groups |= groups;
        row.guid = row.guid.or(contact.guid);
        row.see();
        let ours = contact.lists.contains(Lists::FL) || !row.lists.contains(Lists::FL);
        if ours && !contact.name.is_empty() {
            self.table.set_name(index, contact.name);
        }
        new
    }

    /// A contact went off a list, or out of one group. Whom we do not follow any more, we know nothing about.
    pub(super) fn removed(&mut self, list: Lists, who: Who<'_>, group: Option<GroupId>) {
        let place = match who {
            Who::Account(account) => self.table.place(account).ok(),
            Who::Guid(guid) => self.table.with_guid(guid),
        };
        let bit = group.map(|id| self.groups.bit(id));
        let Some(index) = place else { return };
        let Some(row) = self.table.row_mut(index) else { return };
        if let Some(bit) = bit {
            row.groups &= !bit;
            return;
        }
        row.lists = row.lists.without(list);
        let (nobody, unfollowed) = (row.is_nobody(), list == Lists::FL);
        if unfollowed {
            (row.groups, row.presence) = (0, Presence::Unknown);
            self.table.mark(index);
        } else if nobody && !row.is_changed() {
            self.table.remove(index);
        }
    }

    /// A contact has a new name. Says whether it really is another.
    pub(super) fn rename(&mut self, account: &str, name: &str) -> bool {
        let Ok(index) = self.table.place(account) else { return false };
        let renamed = self.table.set_name(index, name);
        if renamed {
            self.table.mark(index);
        }
        renamed
    }

    // ---- Presence ----

    /// What a contact does now, and perhaps its name. Of whom we do not follow, it is ignored. Says whether the name
    /// really is another.
    pub(super) fn presence(&mut self, account: &str, presence: Presence, name: Option<&str>) -> bool {
        let Ok(index) = self.table.place(account) else {
            let network = self.network.as_str();
            log::debug!("{network}: presence of \"{}\", who is on no list", Shown(account));
            return false;
        };
        let Some(row) = self.table.row_mut(index).filter(|row| row.lists.contains(Lists::FL)) else {
            return false;
        };
        let changed = core::mem::replace(&mut row.presence, presence) != presence;
        let renamed =
            name.filter(|name| !name.is_empty()).is_some_and(|name| self.table.set_name(index, name));
        if changed || renamed {
            self.table.mark(index);
        }
        renamed
    }

    /// The link is gone: nobody's presence is known.
    pub(super) fn forget_presence(&mut self) {
        let known = |row: &Row| row.presence != Presence::Unknown;
        self.table.turn(|row| row.lists.contains(Lists::FL) && known(row), Presence::Unknown);
    }

    /// The burst of presences after sign-in is over: of whom nothing was heard is offline.
    pub(super) fn settle(&mut self) {
        let unknown = |row: &Row| row.presence == Presence::Unknown;
        self.table.turn(|row| row.lists.contains(Lists::FL) && unknown(row), Presence::Offline);
    }

    /// The next contact that changed, each once for all its changes until then.
    pub(super) fn take_change(&mut self) -> Option<Notice> {
        let index = self.table.take_change()?;
        let row = self.table.rows().get(index)?;
        let (known, nobody) = (self.table.known(row), row.is_nobody());
        let notice = Notice::Contact {
            account: text::cut(known.account),
            presence: known.presence,
            name: text::cut(known.title()),
        };
        if nobody {
            self.table.remove(index);
        }
        Some(notice)
    }

    // ---- Questions ----

    /// The contact of that address, letter case aside.
    pub(super) fn find(&self, account: &str) -> Option<Known<'_>> {
        self.table.rows().get(self.table.place(account).ok()?).map(|row| self.table.known(row))
    }

    /// The same, if we follow them.
    pub(super) fn followed_one(&self, account: &str) -> Option<Known<'_>> {
        self.find(account).filter(|known| known.lists.contains(Lists::FL))
    }

    /// Everybody we follow in the groups of that name, letter case aside.
    pub(super) fn in_group(&self, name: &str) -> impl Iterator<Item = Known<'_>> {
        let bits = self.groups.named(name);
        self.followed().filter(move |known| known.groups & bits != 0)
    }

    /// Whether we follow somebody in a group of that name.
    pub(super) fn is_in_group(&self, account: &str, name: &str) -> bool {
        self.followed_one(account).is_some_and(|known| known.groups & self.groups.named(name) != 0)
    }

    /// Everybody on the forward list, in no order a person would see.
    pub(super) fn followed(&self) -> impl Iterator<Item = Known<'_>> {
        let followed = self.table.rows().iter().filter(|row| row.lists.contains(Lists::FL));
        followed.map(|row| self.table.known(row))
    }

    /// The id by which edits name a contact from MSNP10 on.
    pub(super) fn guid(&self, account: &str) -> Option<Guid> {
        self.row(account)?.guid
    }

    /// The group of that name, letter case aside, and its name as it is.
    pub(super) fn group_named(&self, name: &str) -> Option<(GroupId, &str)> {
        self.groups.iter().flatten().find(|(_, known)| known.eq_ignore_ascii_case(name))
    }

    /// The group at a place: `Some(None)` where one has gone, `None` behind the last.
    pub(super) fn group_at(&self, place: u8) -> Option<Option<GroupId>> {
        self.groups.iter().nth(usize::from(place)).map(|group| group.map(|(id, _)| id))
    }

    /// Whether a contact is in that group.
    pub(super) fn is_in(&self, account: &str, id: GroupId) -> bool {
        self.row(account).is_some_and(|row| row.groups & self.groups.bit(id) != 0)
    }

    /// The names of a contact's groups.
    pub(super) fn groups_of(&self, known: &Known<'_>) -> impl Iterator<Item = &str> {
        let mask = known.groups;
        self.groups
            .iter()
            .flatten()
            .filter(move |(id, _)| mask & self.groups.bit(*id) != 0)
            .map(|(_, name)| name)
    }

    fn row(&self, account: &str) -> Option<&Row> {
        self.table.rows().get(self.table.place(account).ok()?)
    }

    // ---- Snapshot ----

    /// The lists in owned form, if they are whole.
    pub(super) fn snapshot(&self, place: &Place) -> Option<Kept> {
        let version = self.version.clone()?;
        let contacts = self.table.rows().iter().map(|row| {
            let known = self.table.known(row);
            snapshot::Contact {
                account: known.account.into(),
                name: known.name.into(),
                lists: row.lists.0,
                groups: row.groups,
                guid: row.guid,
            }
        });
        let place = place.clone();
        Some(Kept { place, lists: version, groups: self.groups.to_vec(), contacts: contacts.collect() })
    }

    /// The lists of a snapshot; nobody's presence is known.
    pub(super) fn restore(network: Network, kept: &Kept) -> Self {
        let mut table = Table::default();
        table.open();
        for contact in &kept.contacts {
            let Some(index) = table.place_or_insert(&contact.account) else { continue };
            table.set_name(index, &contact.name);
            if let Some(row) = table.row_mut(index) {
                row.lists = Lists(contact.lists);
                row.groups = contact.groups;
                row.guid = contact.guid;
                row.see();
            }
        }
        table.seal();
        let groups = match network {
            Network::Msn => Groups::restore(&kept.groups),
            Network::Qq => Groups::default(),
        };
        Self { network, table, groups, version: Some(kept.lists.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msnp::GroupIds;

    fn contact(account: &'static str, name: &'static str, lists: u8) -> Contact<'static> {
        Contact { account, name, lists: Lists(lists), guid: None, groups: GroupIds(b"") }
    }

    fn version() -> ListVersion {
        ListVersion { list: text::cut("42"), settings: heapless::String::new() }
    }

    fn place() -> Place {
        let (account, server) = ("me@example.net".into(), "host:1863".into());
        Place { network: Network::Msn, account, server }
    }

    fn roster(contacts: &[Contact<'_>]) -> Roster {
        let mut roster = Roster::of(Network::Msn);
        roster.begin();
        contacts.iter().for_each(|contact| roster.listed(contact));
        roster.end(&version());
        roster
    }

    #[test]
    fn contacts_are_found_whatever_the_letter_case() {
        let roster = roster(&[contact("Bob@Example.net", "Bob", 3), contact("amy@example.net", "", 1)]);
        let bob = roster.find("bob@example.NET").unwrap();
        assert_eq!((bob.account, bob.name, bob.lists), ("Bob@Example.net", "Bob", Lists(3)));
        assert_eq!(roster.find("amy@example.net").unwrap().title(), "amy@example.net");
        assert_eq!(roster.find("nobody@example.net"), None);
    }

    #[test]
    fn a_contact_that_comes_once_for_each_list_is_one_contact() {
        let roster = roster(&[
            contact("bob@example.net", "Bob", 1),
            contact("bob@example.net", "old name", 2),
            contact("bob@example.net", "old name", 8),
        ]);
        let bob = roster.find("bob@example.net").unwrap();
        assert_eq!((bob.name, bob.lists), ("Bob", Lists(11)));
        assert_eq!(roster.table.rows().len(), 1);
    }

    #[test]
    fn new_lists_replace_the_old_ones_without_a_moment_of_nobody() {
        let mut roster =
            roster(&[contact("bob@example.net", "Bob", 11), contact("amy@example.net", "Amy", 1)]);
        roster.begin();
        assert_eq!(roster.followed().count(), 2);
        assert!(!roster.is_whole());
        roster.listed(&contact("bob@example.net", "Bobby", 1));
        roster.listed(&contact("cat@example.net", "Cat", 1));
        assert_eq!(roster.find("amy@example.net").unwrap().name, "Amy");
        roster.end(&version());
        assert_eq!(roster.find("amy@example.net"), None);
        assert_eq!(
            roster.find("bob@example.net").unwrap().lists,
            Lists(1),
            "lists are not merged over sign-ins"
        );
        assert_eq!(roster.find("cat@example.net").unwrap().name, "Cat");
    }

    #[test]
    fn contacts_are_in_groups_and_out_of_them() {
        let mut roster = Roster::of(Network::Msn);
        roster.begin();
        roster.group(GroupId::Number(0), "Other");
        roster.group(GroupId::Number(7), "Friends");
        roster.listed(&Contact { groups: GroupIds(b"7,99"), ..contact("bob@example.net", "Bob", 1) });
        roster.end(&version());
        assert_eq!(roster.find("bob@example.net").unwrap().groups, roster.groups.named("friends"));
        roster.rename_group(GroupId::Number(7), "Work");
        assert_eq!((roster.groups.named("Friends"), roster.groups.named("Work")), (0, 2));
        roster.remove_group(GroupId::Number(7));
        assert_eq!(roster.find("bob@example.net").unwrap().groups, 0);
    }

    #[test]
    fn list_edits_are_followed() {
        let guid = Guid([7; 16]);
        let mut roster = roster(&[Contact { guid: Some(guid), ..contact("bob@example.net", "Bob", 3) }]);
        assert!(roster.added(&contact("bob@example.net", "", 8)));
        assert!(!roster.added(&contact("bob@example.net", "", 8)));
        roster.removed(Lists::FL, Who::Guid(guid), None);
        assert_eq!(roster.find("bob@example.net").unwrap().lists, Lists(10));
        roster.removed(Lists::AL, Who::Account("BOB@example.net"), None);
        while roster.take_change().is_some() {}
        roster.removed(Lists::RL, Who::Account("bob@example.net"), None);
        assert_eq!(roster.find("bob@example.net"), None);
        assert!(roster.table.rows().is_empty());
        roster.removed(Lists::RL, Who::Account("bob@example.net"), None);
    }

    #[test]
    fn a_group_edit_by_guid_finds_its_contact() {
        let guid = Guid([7; 16]);
        let mut roster = roster(&[Contact { guid: Some(guid), ..contact("bob@example.net", "Bob", 3) }]);
        roster.group(GroupId::Number(5), "Friends");
        let row = Contact { guid: Some(guid), groups: GroupIds(b"5"), ..contact("", "", 1) };
        assert!(!roster.added(&row), "already on FL");
        assert_eq!(roster.find("bob@example.net").unwrap().groups, 1);
        roster.removed(Lists::FL, Who::Guid(guid), Some(GroupId::Number(5)));
        let bob = roster.find("bob@example.net").unwrap();
        assert_eq!((bob.groups, bob.lists), (0, Lists(3)));
    }

    #[test]
    fn changes_come_out_once_each_with_their_last_state() {
        let mut roster =
            roster(&[contact("bob@example.net", "Bob", 1), contact("amy@example.net", "Amy", 1)]);
        assert_eq!(roster.take_change(), None);
        roster.presence("bob@example.net", Presence::Online, None);
        roster.presence("bob@example.net", Presence::Busy, Some("Robert"));
        roster.presence("stranger@example.net", Presence::Busy, None);
        let Some(Notice::Contact { account, presence, name }) = roster.take_change() else { panic!() };
        assert_eq!(
            (account.as_str(), presence, name.as_str()),
            ("bob@example.net", Presence::Busy, "Robert")
        );
        assert_eq!(roster.take_change(), None);
        roster.settle();
        let Some(Notice::Contact { account, presence, .. }) = roster.take_change() else { panic!() };
        assert_eq!((account.as_str(), presence), ("amy@example.net", Presence::Offline));
        roster.forget_presence();
        assert_eq!(core::iter::from_fn(|| roster.take_change()).count(), 2);
        assert!(roster.followed().all(|known| known.presence == Presence::Unknown));
    }

    #[test]
    fn a_snapshot_brings_everything_back_but_presence() {
        let mut roster = Roster::of(Network::Msn);
        assert_eq!(roster.snapshot(&place()), None, "nothing is known yet");
        roster.begin();
        roster.group(GroupId::Guid(Guid([1; 16])), "Friends");
        let guid = Some(Guid([9; 16]));
        let groups = GroupIds(b"01010101-0101-0101-0101-010101010101");
        roster.listed(&Contact { guid, groups, ..contact("bob@example.net", "Bob", 3) });
        roster.listed(&contact("amy@example.net", "", 16));
        assert_eq!(roster.snapshot(&place()), None, "the lists are not whole");
        roster.end(&version());
        roster.presence("bob@example.net", Presence::Busy, None);

        let snapshot = roster.snapshot(&place()).unwrap();
        let octets = postcard::to_allocvec(&snapshot).unwrap();
        let back = Roster::restore(Network::Msn, &postcard::from_bytes(&octets).unwrap());
        assert_eq!(back.snapshot(&place()).unwrap(), snapshot);
        assert_eq!(back.groups.named("Friends"), 1);
        let bob = back.find("bob@example.net").unwrap();
        assert_eq!((bob.name, bob.presence, bob.groups), ("Bob", Presence::Unknown, 1));
        assert_eq!(back.table.rows()[back.table.place("bob@example.net").unwrap()].guid, guid);
    }
}

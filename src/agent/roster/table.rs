//! Rows and their text: one table of small rows, one arena of octets, both grown only while lists come in.
//!
//! It does not know what lists, groups or presence mean.
//!
//! Rows are sorted by a hash of the address. Account and name of a row stand next to each other in the arena, without
//! gaps: a new name moves what lies behind it, so there is never garbage to collect. Once the table is sealed nothing
//! here allocates: [`ROWS_SLACK`] and [`TEXT_SLACK`] are reserved, what does not fit then is cut or counted as ignored.

use alloc::vec::Vec;

use super::Known;
use crate::limits::{ACCOUNT_MAX, CONTACTS_MAX, NAME_MAX};
use crate::msnp::{Guid, Lists};
use crate::presence::Presence;

/// One contact; its text is in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    hash: u32,
    at: u32,
    pub(super) groups: u32,
    pub(super) guid: Option<Guid>,
    account_len: u8,
    name_len: u8,
    pub(super) lists: Lists,
    pub(super) presence: Presence,
    marks: u8,
}

impl Row {
    /// Whether it came with the lists that come now, or came last.
    pub(super) const fn is_seen(&self) -> bool {
        self.marks & SEEN != 0
    }

    /// It is part of the lists.
    pub(super) const fn see(&mut self) {
        self.marks |= SEEN;
    }

    /// Whether nobody was told yet of its last change.
    pub(super) const fn is_changed(&self) -> bool {
        self.marks & CHANGED != 0
    }

    /// On no list any more.
    pub(super) fn is_nobody(&self) -> bool {
        self.lists == Lists::default()
    }
}

const _: () = assert!(size_of::<Row>() <= 48);

/// Rows and arena.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
    text: Vec<u8>,
    growing: bool,
    changes: u16,
    cursor: u16,
    ignored: u32,
}

impl Table {
    /// New lists come: the table may grow, and no row is seen yet.
    pub(super) fn open(&mut self) {
        self.growing = true;
        self.ignored = 0;
        for row in &mut self.rows {
            row.marks &= !SEEN;
        }
    }

    /// Reserves what edits and renames of a session may need, gives back the rest; from here on nothing allocates.
    pub(super) fn seal(&mut self) {
        if self.growing && self.ignored > 0 {
            log::warn!("agent: {} contacts ignored: no more than {CONTACTS_MAX} are kept", self.ignored);
        }
        self.growing = false;
        self.rows.shrink_to(self.rows.len() + ROWS_SLACK);
        self.rows.reserve_exact(ROWS_SLACK);
        self.text.shrink_to(self.text.len() + TEXT_SLACK);
        self.text.reserve_exact(TEXT_SLACK);
    }

    /// Whether the table is not sealed.
    pub(super) const fn is_open(&self) -> bool {
        self.growing
    }

    /// All rows.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// One row.
    pub(super) fn row_mut(&mut self, index: usize) -> Option<&mut Row> {
        self.rows.get_mut(index)
    }

    /// The row with that GUID.
    pub(super) fn with_guid(&self, guid: Guid) -> Option<usize> {
        self.rows.iter().position(|row| row.guid == Some(guid))
    }

    /// Drops every row that `keep` does not want.
    pub(super) fn retain(&mut self, keep: impl Fn(&Row) -> bool) {
        let mut index = 0;
        while let Some(row) = self.rows.get(index) {
            if keep(row) {
                index += 1;
            } else {
                self.remove(index);
            }
        }
    }

    /// Gives every row `these` wants another presence, and marks it as changed.
    pub(super) fn turn(&mut self, these: impl Fn(&Row) -> bool, into: Presence) {
        for index in 0..self.rows.len() {
            if let Some(row) = self.rows.get_mut(index).filter(|row| these(row)) {
                row.presence = into;
                self.mark(index);
            }
        }
    }

    /// Somebody is to be told of this row.
    pub(super) fn mark(&mut self, index: usize) {
        if let Some(row) = self.rows.get_mut(index).filter(|row| !row.is_changed()) {
            row.marks |= CHANGED;
            self.changes += 1;
        }
    }

    /// The next row somebody is to be told of; it is told now.
    pub(super) fn take_change(&mut self) -> Option<usize> {
        if self.changes == 0 {
            return None;
        }
        let from = usize::from(self.cursor);
        let later = self.rows.iter().skip(from).position(Row::is_changed).map(|place| place + from);
        let index = later.or_else(|| self.rows.iter().position(Row::is_changed))?;
        self.changes -= 1;
        self.cursor = u16::try_from(index).unwrap_or(0);
        self.rows.get_mut(index)?.marks &= !CHANGED;
        Some(index)
    }

    /// A row with its text.
    pub(super) fn known(&self, row: &Row) -> Known<'_> {
        let names = row.at as usize + usize::from(row.account_len);
        Known {
            account: self.text_at(row.at as usize, row.account_len),
            name: self.text_at(names, row.name_len),
            presence: row.presence,
            lists: row.lists,
            groups: row.groups,
        }
    }

    fn text_at(&self, at: usize, len: u8) -> &str {
        let octets = self.text.get(at..at + usize::from(len)).unwrap_or_default();
        core::str::from_utf8(octets).unwrap_or_default()
    }

    /// Where the contact is, or where it would have to be inserted.
    pub(super) fn place(&self, account: &str) -> Result<usize, usize> {
        let hash = hash(account);
        let first = self.rows.partition_point(|row| row.hash < hash);
        let same = self.rows.iter().enumerate().skip(first).take_while(|(_, row)| row.hash == hash);
        let is_it = |row: &Row| self.text_at(row.at as usize, row.account_len).eq_ignore_ascii_case(account);
        same.into_iter().find(|(_, row)| is_it(row)).map_or(Err(first), |(index, _)| Ok(index))
    }

    /// Where the contact is; a new row, on no list yet, if it is new. `None` if there is no room for it.
    pub(super) fn place_or_insert(&mut self, account: &str) -> Option<usize> {
        let index = match self.place(account) {
            Ok(index) => return Some(index),
            Err(index) => index,
        };
        let account_len = u8::try_from(account.len()).ok().filter(|len| usize::from(*len) <= ACCOUNT_MAX);
        let Some(account_len) = account_len.filter(|len| *len > 0) else {
            log::warn!(
                "agent: an address has {} octets; expected 1 to {ACCOUNT_MAX}, ignored",
                account.len()
            );
            return None;
        };
        if self.rows.len() >= CONTACTS_MAX || !self.make_room(account.len()) {
            self.ignore_one();
            return None;
        }
        let at = u32::try_from(self.text.len()).ok()?;
        self.text.extend_from_slice(account.as_bytes());
        let row = Row {
            hash: hash(account),
            at,
            groups: 0,
            guid: None,
            account_len,
            name_len: 0,
            lists: Lists::default(),
            presence: Presence::Unknown,
            marks: 0,
        };
        self.rows.insert(index, row);
        Some(index)
    }

    /// Counts a contact without room; the count of a list is logged at its end, a later one the first time.
    fn ignore_one(&mut self) {
        if self.ignored == 0 && !self.growing {
            log::warn!("agent: no room for another contact until the next sign-in; ignored");
        }
        self.ignored = self.ignored.saturating_add(1);
    }

    /// Room for one more row and `octets` of text, allocating only while the lists come in.
    fn make_room(&mut self, octets: usize) -> bool {
        if self.growing {
            if self.rows.len() == self.rows.capacity() {
                self.rows.reserve_exact(ROWS_SLACK);
            }
            self.make_text_room(octets);
        }
        self.rows.len() < self.rows.capacity() && octets <= self.text.capacity() - self.text.len()
    }

    fn make_text_room(&mut self, octets: usize) {
        if self.text.capacity() - self.text.len() < octets {
            self.text.reserve_exact(octets.max(TEXT_SLACK));
        }
    }

    /// Puts a name in place of the old one, moving what lies behind it. Without room the name is cut. Says whether the
    /// name changed.
    pub(super) fn set_name(&mut self, index: usize, name: &str) -> bool {
        let Some(row) = self.rows.get(index).copied() else { return false };
        let known = self.known(&row);
        let name = if name.eq_ignore_ascii_case(known.account) { "" } else { fit(name, NAME_MAX) };
        if known.name == name {
            return false;
        }
        let old = usize::from(row.name_len);
        if self.growing {
            self.make_text_room(name.len());
        }
        let name = fit(name, self.text.capacity() - self.text.len() + old);
        let start = row.at as usize + usize::from(row.account_len);
        if self.text.get(start..start + old).is_none_or(|before| before == name.as_bytes()) {
            return false;
        }
        self.text.splice(start..start + old, name.bytes());
        let (shorter, longer) = (offset(old), offset(name.len()));
        for other in &mut self.rows {
            if other.at > row.at {
                other.at = other.at.saturating_sub(shorter).saturating_add(longer);
            }
        }
        if let Some(row) = self.rows.get_mut(index) {
            row.name_len = u8::try_from(name.len()).unwrap_or(0);
        }
        true
    }

    /// Drops a row and its text.
    pub(super) fn remove(&mut self, index: usize) {
        let Some(row) = self.rows.get(index).copied() else { return };
        self.changes -= u16::from(row.is_changed());
        let (start, len) = (row.at as usize, usize::from(row.account_len) + usize::from(row.name_len));
        if start + len <= self.text.len() {
            self.text.drain(start..start + len);
        }
        self.rows.remove(index);
        for other in &mut self.rows {
            if other.at > row.at {
                other.at = other.at.saturating_sub(offset(len));
            }
        }
    }
}
fn offset(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// As much of `text` as has at most `most` octets, cut at a character.
fn fit(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// FNV-1a of an address, letter case aside. Made-up collisions cost a longer walk through at most `CONTACTS_MAX` rows.
fn hash(account: &str) -> u32 {
    account.bytes().fold(0x811c_9dc5, |hash, octet| {
        (hash ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    })
}

/// Seen since the lists began to come.
const SEEN: u8 = 1;
/// Changed, and nobody was told yet.
const CHANGED: u8 = 2;

/// Rows reserved for contacts added during a session; also the step in which the table grows.
const ROWS_SLACK: usize = 64;
/// Octets of text reserved for longer names during a session; also the step in which the arena grows.
const TEXT_SLACK: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn table(names: &[&str]) -> Table {
        let mut table = Table::default();
        table.open();
        for (number, name) in names.iter().enumerate() {
            let index = table.place_or_insert(&format!("{number}@example.net")).unwrap();
            table.set_name(index, name);
        }
        table.seal();
        table
    }

    fn name<'a>(table: &'a Table, account: &str) -> &'a str {
        table.known(&table.rows[table.place(account).unwrap()]).name
    }

    #[test]
    fn names_of_any_length_follow_each_other_and_nobody_elses_changes() {
        let mut table = table(&["Amy", "Bob", "Cat"]);
        for new in ["", "x", "a much longer name than before", "ß", &"ä".repeat(100), "Bob"] {
            let index = table.place("1@example.net").unwrap();
            assert!(table.set_name(index, new));
            assert!(!table.set_name(index, new));
            assert_eq!(name(&table, "1@example.net"), fit(new, NAME_MAX));
            assert_eq!((name(&table, "0@example.net"), name(&table, "2@example.net")), ("Amy", "Cat"));
        }
        assert_eq!(table.text.len(), "0@example.net".len() * 3 + 9, "no garbage is left");
    }

    #[test]
    fn a_full_arena_cuts_names_and_a_full_table_ignores_contacts() {
        let mut table = table(&["Amy"]);
        let capacity = (table.rows.capacity(), table.text.capacity());
        let long = "n".repeat(NAME_MAX);
        for number in 0..CONTACTS_MAX {
            if let Some(index) = table.place_or_insert(&format!("{number}@example.net")) {
                table.set_name(index, &long);
            }
        }
        assert_eq!((table.rows.capacity(), table.text.capacity()), capacity, "nothing was allocated");
        assert!(table.ignored > 0);
        let amy = table.place("0@example.net").unwrap();
        table.set_name(amy, &"m".repeat(NAME_MAX));
        assert!(name(&table, "0@example.net").len() <= NAME_MAX);
    }

    #[test]
    fn rows_beyond_the_limit_and_addresses_beyond_theirs_are_ignored() {
        let mut table = Table::default();
        table.open();
        for number in 0..CONTACTS_MAX + 5 {
            table.place_or_insert(&format!("{number}@example.net"));
        }
        assert_eq!((table.rows.len(), table.ignored), (CONTACTS_MAX, 5));
        assert!(table.place_or_insert("").is_none());
        table.retain(|_| false);
        assert!(table.place_or_insert(&"x".repeat(ACCOUNT_MAX)).is_some());
        assert!(table.place_or_insert(&"x".repeat(ACCOUNT_MAX + 1)).is_none());
        table.seal();
        assert_eq!(table.rows.len(), 1);
    }

    #[test]
    fn different_addresses_of_one_hash_are_different_contacts() {
        // Found by search: FNV-1a of both is the same.
        let mut seen = std::collections::HashMap::new();
        let (one, other) = (0_u32..)
            .find_map(|number| {
                let account = format!("{number}@a");
                seen.insert(hash(&account), account.clone()).map(|before| (before, account))
            })
            .unwrap();
        assert_eq!(hash(&one), hash(&other));
        let mut table = Table::default();
        table.open();
        for account in [&one, &other] {
            let index = table.place_or_insert(account).unwrap();
            table.set_name(index, &format!("name of {account}"));
        }
        for account in [&one, &other] {
            assert_eq!(name(&table, account), format!("name of {account}"));
        }
    }
}

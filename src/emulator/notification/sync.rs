//! SYN in its three shapes, and LST and LSG by request.
//! It does not change lists.

use super::{BAD_PARAMETER, Turn};
use crate::emulator::accounts::{AL, Account, BL, Contact, FL, Group, PHONES, PL, RL, list_bit};
use crate::emulator::options::Names;
use crate::emulator::service::Service;
use crate::emulator::wire::{Command, escaped};

impl Service {
    /// `SYN n serial` until MSNP9, `SYN n lists settings` from MSNP10.
    pub(super) fn syn(&mut self, one: Turn, command: &Command) {
        let Some(presence) = self.presence_mut(one.conn) else { return };
        presence.synced = true;
        let account = self.accounts.at(one.who).clone();
        let version = version(&account, one);
        let known = if one.dialect.guids() {
            format!("{} {}", command.arg(0), command.arg(1))
        } else {
            command.arg(0).to_owned()
        };
        if known == version && self.options.style.short_syn {
            return self.answer(one.conn, command, &version);
        }
        let trid = self.answer_trid(command);
        let rows = match one.dialect.0 {
            ..=7 => self.long_rows(one, &account, &trid),
            8..=9 => self.compact_rows(&account),
            _ => self.guid_rows(one, &account),
        };
        let counts = match one.dialect.0 {
            ..=7 => String::new(),
            8..=9 => format!(" {} {}", account.contacts.len(), account.groups.len()),
            _ => format!(" {} {}", account.contacts.len(), account.groups.len() - 1),
        };
        self.answer(one.conn, command, &format!("{version}{counts}"));
        self.send(one.conn, rows.into_bytes());
    }

    /// MSNP2 to 7: every row with TrId and serial, a contact once for each list it is on.
    fn long_rows(&self, one: Turn, account: &Account, trid: &str) -> String {
        let head = format!("{trid} {}", account.serial);
        let mut rows = format!("GTC {head} {}\r\nBLP {head} {}\r\n", account.notify, account.privacy);
        let lean = self.options.style.lean_phone_rows;
        if one.dialect.phones() {
            let names = self.options.style.names;
            let head = if lean { account.serial.to_string() } else { head.clone() };
            let phones = if lean { phones(account, names) } else { all_phones(account, names, 5) };
            for row in phones {
                rows.push_str(&format!("PRP {head} {row}\r\n"));
            }
        }
        if one.dialect.groups() {
            rows.push_str(&self.group_rows(account, trid));
        }
        for list in ["FL", "AL", "BL", "RL"] {
            rows.push_str(&self.list_rows(one, account, trid, list, true));
        }
        rows
    }

    /// `LSG n serial i total number name 0`, MSNP7.
    fn group_rows(&self, account: &Account, trid: &str) -> String {
        let total = account.groups.len();
        let row = |(i, group): (usize, &Group)| {
            let name = escaped(&group.name, self.options.style.names);
            format!("LSG {trid} {} {} {total} {} {name} 0\r\n", account.serial, i + 1, group.number)
        };
        account.groups.iter().enumerate().map(row).collect()
    }

    /// `LST n list serial i total address name [groups]`, MSNP2 to 7; an empty list is one row of zeros.
    fn list_rows(&self, one: Turn, account: &Account, trid: &str, list: &str, with_phones: bool) -> String {
        let head = format!("LST {trid} {list} {}", account.serial);
        let contacts: Vec<&Contact> = account.on(list_bit(list).unwrap_or(0)).collect();
        if contacts.is_empty() {
            return format!("{head} 0 0\r\n");
        }
        let mut rows = String::new();
        for (i, contact) in contacts.iter().enumerate() {
            let name = escaped(&contact.name, self.options.style.names);
            rows.push_str(&format!("{head} {} {} {} {name}", i + 1, contacts.len(), contact.address));
            if list == "FL" && one.dialect.groups() {
                rows.push_str(&format!(" {}", numbers(contact)));
            }
            rows.push_str("\r\n");
            if list == "FL" && with_phones && one.dialect.phones() {
                rows.push_str(&self.long_phone_rows(contact, account.serial));
            }
        }
        rows
    }

    /// `BPR serial address KEY value`, MSNP5 to 7.
    fn long_phone_rows(&self, contact: &Contact, serial: u32) -> String {
        let Some(who) = self.accounts.position(&contact.address) else { return String::new() };
        let (account, names) = (self.accounts.at(who), self.options.style.names);
        if self.options.style.lean_phone_rows {
            return phones(account, names).iter().map(|phone| format!("BPR {serial} {phone}\r\n")).collect();
        }
        let phones = all_phones(account, names, 4);
        phones.iter().map(|phone| format!("BPR {serial} {} {phone}\r\n", contact.address)).collect()
    }

    /// MSNP8 and 9: rows without TrId, one LST a contact with the bits of its lists.
    fn compact_rows(&self, account: &Account) -> String {
        let names = self.options.style.names;
        let mut rows = format!("GTC {}\r\nBLP {}\r\n", account.notify, account.privacy);
        for row in phones(account, names) {
            rows.push_str(&format!("PRP {row}\r\n"));
        }
        for group in &account.groups {
            rows.push_str(&format!("LSG {} {} 0\r\n", group.number, escaped(&group.name, names)));
        }
        for contact in &account.contacts {
            let name = escaped(&contact.name, names);
            let groups =
                if contact.lists & FL != 0 { format!(" {}", numbers(contact)) } else { String::new() };
            rows.push_str(&format!("LST {} {name} {}{groups}\r\n", contact.address, contact.lists));
            self.push_phones(&mut rows, contact);
        }
        rows
    }

    /// MSNP10 to 12: names by PRP MFN, `N=` and `F=`, GUIDs.
    fn guid_rows(&self, one: Turn, account: &Account) -> String {
        let names = self.options.style.names;
        let mut rows = format!(
            "GTC {}\r\nBLP {}\r\nPRP MFN {}\r\n",
            account.notify,
            account.privacy,
            escaped(&account.name, names)
        );
        for row in phones(account, names) {
            rows.push_str(&format!("PRP {row}\r\n"));
        }
        for group in account.groups.iter().filter(|group| group.number != 0) {
            rows.push_str(&format!("LSG {} {}\r\n", escaped(&group.name, names), group.guid));
        }
        for contact in &account.contacts {
            rows.push_str(&self.guid_row(one, account, contact));
            self.push_phones(&mut rows, contact);
        }
        rows
    }

    fn guid_row(&self, one: Turn, account: &Account, contact: &Contact) -> String {
        let mut row =
            format!("LST N={} F={}", contact.address, escaped(&contact.name, self.options.style.names));
        let forward = contact.lists & FL != 0;
        if forward {
            row.push_str(&format!(" C={}", contact.guid));
        }
        row.push_str(&format!(" {}", pending_bits(contact.lists)));
        if one.dialect.contact_types() {
            row.push_str(" 1");
        }
        let guids: Vec<&str> = account
            .groups
            .iter()
            .filter(|group| group.number != 0 && contact.groups.contains(&group.number) && forward)
            .map(|group| group.guid.as_str())
            .collect();
        if !guids.is_empty() || self.options.style.trailing_space {
            row.push_str(&format!(" {}", guids.join(",")));
        }
        row.push_str("\r\n");
        row
    }

    fn push_phones(&self, rows: &mut String, contact: &Contact) {
        if contact.lists & FL != 0 {
            for phone in self.contact_phones(contact) {
                rows.push_str(&format!("BPR {phone}\r\n"));
            }
        }
    }

    /// The phone numbers a contact has set, `KEY value`.
    fn contact_phones(&self, contact: &Contact) -> Vec<String> {
        let who = self.accounts.position(&contact.address);
        who.map(|who| phones(self.accounts.at(who), self.options.style.names)).unwrap_or_default()
    }

    /// `LST n list` until MSNP7 `[seed 001]`.
    pub(super) fn lst(&mut self, one: Turn, command: &Command) {
        let list = command.arg(0);
        if one.dialect.compact_lists() || !self.options.style.list_requests {
            return;
        }
        if !matches!(list, "FL" | "AL" | "BL" | "RL") {
            return self.error(one.conn, command, BAD_PARAMETER);
        }
        let trid = self.answer_trid(command);
        let rows = self.list_rows(one, self.accounts.at(one.who), &trid, list, false);
        self.send(one.conn, rows.into_bytes());
    }

    /// `LSG n` at MSNP7 `[seed 000]`.
    pub(super) fn lsg(&mut self, one: Turn, command: &Command) {
        if one.dialect.compact_lists() || !one.dialect.groups() || !self.options.style.list_requests {
            return;
        }
        let trid = self.answer_trid(command);
        let rows = self.group_rows(self.accounts.at(one.who), &trid);
        self.send(one.conn, rows.into_bytes());
    }
}

/// The version of an account's lists: a serial until MSNP9, two times of day from MSNP10.
fn version(account: &Account, one: Turn) -> String {
    if !one.dialect.guids() {
        return account.serial.to_string();
    }
    let stamp = |serial: u32| {
        format!("2026-01-01T00:00:{:02}.{:07}-07:00", serial / 10_000_000 % 60, serial % 10_000_000)
    };
    format!("{} {}", stamp(account.serial), stamp(0))
}

/// The group numbers of a contact, comma-joined; without any it is in number 0.
fn numbers(contact: &Contact) -> String {
    if contact.groups.is_empty() {
        return "0".into();
    }
    contact.groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

/// From MSNP10, who is on RL but neither allowed nor blocked is pending instead.
fn pending_bits(lists: u8) -> u8 {
    if lists & RL != 0 && lists & (AL | BL) == 0 { lists & !RL | PL } else { lists }
}

/// The numbers an account has set, `KEY value`, in the usual order.
fn phones(account: &Account, names: Names) -> Vec<String> {
    let set = PHONES.iter().filter_map(|key| Some((key, account.phones.get(*key)?)));
    set.map(|(key, value)| format!("{key} {}", escaped(value, names))).collect()
}

/// The first `count` of PHH PHW PHM MOB MBE, whether set or not, as MSNP5 to 7 write them.
fn all_phones(account: &Account, names: Names, count: usize) -> Vec<String> {
    let row = |key: &&str| match (account.phones.get(*key), *key) {
        (Some(value), key) => format!("{key} {}", escaped(value, names)),
        (None, "MOB" | "MBE") => format!("{key} N"),
        (None, key) => key.to_owned(),
    };
    PHONES[..count].iter().map(row).collect()
}

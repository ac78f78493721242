//! One's own name, phones, personal message and policies: REA, PRP, SBP, UUX, BLP, GTC, and small questions.
//! It does not know lists.

use super::lists::{NAME_MAX, NOT_ON_LIST};
use super::{BAD_PARAMETER, Turn};
use crate::emulator::accounts::{FL, PHONES};
use crate::emulator::service::Service;
use crate::emulator::sign_in::UNEXPECTED;
use crate::emulator::wire::{Command, escaped, unescaped};

impl Service {
    /// `REA n address name`, until MSNP9: one's own name, or what one calls a contact.
    pub(super) fn rea(&mut self, one: Turn, command: &Command) {
        if one.dialect.guids() {
            return self.error(one.conn, command, GONE);
        }
        let (address, name) = (command.arg(0).to_owned(), unescaped(command.arg(1)));
        if command.arg(1).len() > NAME_MAX || name.is_empty() {
            return self.error(one.conn, command, BAD_NAME);
        }
        let own = self.accounts.at(one.who).address == address;
        if own {
            self.accounts.at_mut(one.who).name.clone_from(&name);
        } else {
            match self.accounts.at_mut(one.who).contact_mut(&address) {
                Some(contact) => contact.name.clone_from(&name),
                None => return self.error(one.conn, command, NOT_ON_LIST),
            }
        }
        let serial = self.edited(one.who);
        let name = escaped(&name, self.options.style.names);
        self.answer(one.conn, command, &format!("{serial} {address} {name}"));
        if own {
            self.spread(one.who);
        }
    }

    /// `PRP n key value`, from MSNP5; key MFN, one's own name, from MSNP10.
    pub(super) fn prp(&mut self, one: Turn, command: &Command) {
        if !one.dialect.phones() {
            return self.close(one.conn);
        }
        let (key, value) = (command.arg(0).to_owned(), unescaped(command.arg(1)));
        if key == "MFN" {
            return self.own_name(one, command, &value);
        }
        if !PHONES.contains(&key.as_str()) || command.arg(1).len() > PHONE_MAX {
            return self.error(one.conn, command, BAD_PARAMETER);
        }
        let account = self.accounts.at_mut(one.who);
        if value.is_empty() {
            account.phones.remove(&key);
        } else {
            account.phones.insert(key.clone(), value.clone());
        }
        let serial = self.edited(one.who);
        let row = format!("{key} {}", escaped(&value, self.options.style.names));
        let rest = if one.dialect.guids() { row.clone() } else { format!("{serial} {row}") };
        self.answer(one.conn, command, &rest);
        self.spread_phone(one.who, &row);
    }

    fn own_name(&mut self, one: Turn, command: &Command, name: &str) {
        if !one.dialect.guids() {
            return self.error(one.conn, command, UNEXPECTED);
        }
        if command.arg(1).len() > NAME_MAX || name.is_empty() {
            return self.error(one.conn, command, BAD_NAME);
        }
        name.clone_into(&mut self.accounts.at_mut(one.who).name);
        self.edited(one.who);
        let rest = format!("MFN {}", escaped(name, self.options.style.names));
        self.answer(one.conn, command, &rest);
        self.spread(one.who);
    }

    /// BPR to everybody who has `who` on FL, is admitted, and has said SYN.
    fn spread_phone(&mut self, who: usize, row: &str) {
        let address = self.accounts.at(who).address.clone();
        let sessions: Vec<_> = self.online.iter().map(|(&other, &conn)| (other, conn)).collect();
        for (other, conn) in sessions {
            let watcher = self.accounts.at(other);
            let watches = watcher.contact(&address).is_some_and(|contact| contact.lists & FL != 0);
            let synced = self.presence(conn).is_some_and(|presence| presence.synced);
            let Some(dialect) = self.clients.get(&conn).and_then(|client| client.dialect) else { continue };
            if other == who || !watches || !synced || !dialect.phones() {
                continue;
            }
            if self.accounts.at(who).admits(&watcher.address) {
                let serial = if dialect.guids() { String::new() } else { format!("{} ", watcher.serial) };
                self.line(conn, &format!("BPR {serial}{address} {row}"));
            }
        }
    }

    /// `SBP n guid key value`, MSNP10 to 12: what one calls a contact, and other notes; echoed.
    pub(super) fn sbp(&mut self, one: Turn, command: &Command) {
        if !one.dialect.guids() {
            return self.close(one.conn);
        }
        let (guid, name) = (command.arg(0).to_owned(), unescaped(command.arg(2)));
        let account = self.accounts.at_mut(one.who);
        let Some(contact) = account.contacts.iter_mut().find(|contact| contact.guid == guid) else {
            return self.error(one.conn, command, NOT_ON_LIST);
        };
        if command.arg(1) == "MFN" && name.len() <= NAME_MAX {
            contact.name = name;
        }
        self.edited(one.who);
        let rest = command.fields.get(1..).unwrap_or_default().join(" ");
        self.answer(one.conn, command, &rest);
    }

    /// `BLP n AL|BL` and `GTC n A|N`.
    pub(super) fn policy(&mut self, one: Turn, command: &Command) {
        let value = command.arg(0).to_owned();
        let blp = command.verb == "BLP";
        let known: [&str; 2] = if blp { ["AL", "BL"] } else { ["A", "N"] };
        if !known.contains(&value.as_str()) {
            return self.error(one.conn, command, BAD_PARAMETER);
        }
        let account = self.accounts.at_mut(one.who);
        let setting = if blp { &mut account.privacy } else { &mut account.notify };
        if *setting == value {
            return self.error(one.conn, command, SET_ALREADY);
        }
        setting.clone_from(&value);
        let serial = self.edited(one.who);
        let rest = if one.dialect.guids() { value } else { format!("{serial} {value}") };
        self.answer(one.conn, command, &rest);
        self.spread(one.who);
    }

    /// `UUX n length` and the personal message, from MSNP11.
    pub(super) fn uux(&mut self, one: Turn, command: &Command) {
        if !one.dialect.personal_messages() {
            return self.close(one.conn);
        }
        if let Some(presence) = self.presence_mut(one.conn) {
            presence.personal.clone_from(&command.payload);
        }
        self.answer(one.conn, command, "0");
        self.spread(one.who);
    }

    /// `GCF n file`, from MSNP11 after SYN: what a client is to filter; nothing.
    pub(super) fn gcf(&mut self, one: Turn, command: &Command) {
        if !one.dialect.personal_messages() {
            return self.close(one.conn);
        }
        if self.presence(one.conn).is_none_or(|presence| !presence.synced) {
            return self.error(one.conn, command, UNEXPECTED);
        }
        let head = format!("GCF {} {}", self.answer_trid(command), command.arg(0));
        self.payload(one.conn, &head, SHIELDS);
    }

    /// `URL n what`: two addresses and a number.
    pub(super) fn url(&mut self, one: Turn, command: &Command) {
        let rest = format!("/cgi-bin/HoTMaiL {}/ppsecure/md5auth.srf?lc=1033 2", self.options.passport);
        self.answer(one.conn, command, &rest);
    }

    /// `IMS n ON|OFF`: whether one may be called; only echoed.
    pub(super) fn ims(&mut self, one: Turn, command: &Command) {
        match command.arg(0) {
            word @ ("ON" | "OFF") => self.answer(one.conn, command, &format!("0 {word}")),
            _ => self.error(one.conn, command, BAD_PARAMETER),
        }
    }
}

const SHIELDS: &[u8] =
    b"<?xml version=\"1.0\" encoding=\"utf-8\" ?><config><shield><cli maj=\"7\" min=\"0\" minbld=\"0\" \
    maxbld=\"9999\" deny=\" \" /></shield><block></block></config>";

/// Octets of a phone number as written.
const PHONE_MAX: usize = 95;

/// The name is not allowed.
const BAD_NAME: u16 = 209;
/// Set to that already.
const SET_ALREADY: u16 = 218;
/// Gone in this dialect.
const GONE: u16 = 502;

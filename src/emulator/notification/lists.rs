//! Who is on whose list: ADD, ADC and REM, and what the other side is told of it.
//! It does not know groups' names or how presence is told.

use super::{BAD_PARAMETER, Turn};
use crate::emulator::accounts::{ADDRESS_MAX, AL, BL, CONTACTS_MAX, Contact, FL, PL, RL, list_bit};
use crate::emulator::service::Service;
use crate::emulator::wire::{Command, escaped, unescaped};

/// What ADD or ADC asks for.
struct Wish {
    list: u8,
    address: String,
    name: String,
    /// A group to put a contact of FL in.
    group: Option<String>,
}

impl Service {
    /// `ADD n list address name [group]`, until MSNP9.
    pub(super) fn add(&mut self, one: Turn, command: &Command) {
        let list = list_bit(command.arg(0)).filter(|list| list & (FL | AL | BL) != 0);
        let (Some(list), false) = (list, one.dialect.guids()) else { return self.close(one.conn) };
        let group = Some(command.arg(3)).filter(|group| list == FL && !group.is_empty()).map(str::to_owned);
        let wish = Wish { list, address: command.arg(1).into(), name: unescaped(command.arg(2)), group };
        let fresh = match self.put(one, &wish) {
            Ok(fresh) => fresh,
            Err(code) => return self.error(one.conn, command, code),
        };
        let serial = self.edited(one.who);
        let name = escaped(&wish.name, self.options.style.names);
        let group = wish.group.as_ref().map(|group| format!(" {group}")).unwrap_or_default();
        self.answer(
            one.conn,
            command,
            &format!("{} {serial} {} {name}{group}", command.arg(0), wish.address),
        );
        if fresh {
            self.added(one, command, &wish);
        }
    }

    /// `ADC n list N=address [F=name]` and `ADC n FL C=guid group`, from MSNP10.
    pub(super) fn adc(&mut self, one: Turn, command: &Command) {
        let list = list_bit(command.arg(0)).filter(|list| list & (FL | AL | BL) != 0);
        let (Some(list), true) = (list, one.dialect.guids()) else { return self.close(one.conn) };
        let field = |key: &str| command.fields.iter().skip(2).find_map(|field| field.strip_prefix(key));
        if let Some(guid) = field("C=") {
            return self.adc_group(one, command, guid);
        }
        let address = field("N=").unwrap_or_default().to_owned();
        let name = field("F=").map_or_else(|| address.clone(), unescaped);
        let wish = Wish { list, address, name, group: None };
        let fresh = match self.put(one, &wish) {
            Ok(fresh) => fresh,
            Err(code) => return self.error(one.conn, command, code),
        };
        self.edited(one.who);
        let mut answer = format!("{} N={}", command.arg(0), wish.address);
        if list == FL {
            let guid = self.accounts.at(one.who).contact(&wish.address).map(|contact| contact.guid.clone());
            let name = escaped(&wish.name, self.options.style.names);
            answer.push_str(&format!(" F={name} C={}", guid.unwrap_or_default()));
        }
        self.answer(one.conn, command, &answer);
        if fresh {
            self.added(one, command, &wish);
        }
    }

    fn adc_group(&mut self, one: Turn, command: &Command, guid: &str) {
        let account = self.accounts.at(one.who);
        let address =
            account.contacts.iter().find(|c| c.guid == guid && c.lists & FL != 0).map(|c| c.address.clone());
        let Some(address) = address else { return self.error(one.conn, command, NO_SUCH_HANDLE) };
        match self.put_in_group(one, &address, command.arg(2)) {
            Err(code) => self.error(one.conn, command, code),
            Ok(()) => {
                self.edited(one.who);
                let rest = command.fields.get(1..).unwrap_or_default().join(" ");
                self.answer(one.conn, command, &rest);
            }
        }
    }

    /// Puts somebody on a list, or says why not. `false`: was there already, if perhaps not in that group.
    fn put(&mut self, one: Turn, wish: &Wish) -> Result<bool, u16> {
        let strict = self.options.style.strict_lists;
        let account = self.accounts.at(one.who);
        let lists = account.contact(&wish.address).map_or(0, |contact| contact.lists);
        let domains = wish.address.matches('@').count();
        if domains != 1 || wish.address.len() > ADDRESS_MAX || wish.name.len() > NAME_MAX {
            return Err(BAD_PARAMETER);
        }
        if let (Some(group), true) = (&wish.group, lists & FL != 0) {
            return self.put_in_group(one, &wish.address, group).map(|()| false);
        }
        if wish.group.as_ref().is_some_and(|group| account.group(group).is_none()) {
            return Err(NO_SUCH_GROUP);
        }
        if lists & wish.list != 0 && strict {
            return Err(ON_LIST_ALREADY);
        }
        let opposite = if wish.list == AL { BL } else { AL };
        if strict && wish.list != FL && lists & opposite != 0 {
            return Err(ON_OPPOSITE_LIST);
        }
        if self.accounts.position(&wish.address).is_none() {
            return Err(if one.dialect.guids() { NO_SUCH_HANDLE } else { NO_SUCH_ACCOUNT });
        }
        if account.contacts.len() >= CONTACTS_MAX || account.on(wish.list).count() >= LIST_MAX {
            return Err(LIST_FULL);
        }
        let number = wish.group.as_ref().and_then(|group| account.group(group)).map(|group| group.number);
        let contact = self.accounts.at_mut(one.who).contact_or_new(&wish.address, &wish.name);
        contact.lists |= wish.list;
        if wish.list == FL {
            wish.name.clone_into(&mut contact.name);
            contact.groups.extend(number.filter(|&number| number != 0));
        }
        Ok(lists & wish.list == 0)
    }

    fn put_in_group(&mut self, one: Turn, address: &str, group: &str) -> Result<(), u16> {
        let account = self.accounts.at_mut(one.who);
        let number = account.group(group).map(|group| group.number).ok_or(NO_SUCH_GROUP)?;
        let Some(contact) = account.contact_mut(address) else { return Err(NOT_ON_LIST) };
        settle_in_other(contact, one.dialect);
        if contact.groups.contains(&number) {
            return Err(ON_LIST_ALREADY);
        }
        contact.groups.push(number);
        Ok(())
    }

    /// After somebody was put on a list: presence to oneself, and RL to the other one.
    fn added(&mut self, one: Turn, command: &Command, wish: &Wish) {
        let Some(other) = self.accounts.position(&wish.address) else { return };
        if wish.list != FL {
            return self.spread(one.who);
        }
        let trid = self.answer_trid(command);
        self.tell(one.conn, other, Some(&trid));
        let account = self.accounts.at(one.who);
        let (address, name) = (account.address.clone(), account.name.clone());
        let watcher = self.accounts.at_mut(other).contact_or_new(&address, &name);
        if watcher.lists & RL != 0 {
            return;
        }
        watcher.lists |= RL;
        let serial = self.edited(other);
        let name = escaped(&name, self.options.style.names);
        self.push_list(
            other,
            &format!("ADC 0 RL N={address} F={name}"),
            &format!("ADD 0 RL {serial} {address} {name}"),
        );
    }

    /// A notice about lists to an account's session, in the words of its dialect.
    fn push_list(&mut self, who: usize, with_guids: &str, with_serial: &str) {
        let Some(&conn) = self.online.get(&who) else { return };
        let guids =
            self.clients.get(&conn).and_then(|client| client.dialect).is_some_and(super::Dialect::guids);
        self.line(conn, if guids { with_guids } else { with_serial });
    }

    /// `REM n list [serial] address [group]`; from MSNP10 a GUID stands for a contact of FL.
    pub(super) fn rem(&mut self, one: Turn, command: &Command) {
        let Some(list) = list_bit(command.arg(0)).filter(|list| list & (RL | PL) == 0) else {
            return self.close(one.conn);
        };
        let rest = command.fields.get(2..).unwrap_or_default();
        let by_guid = one.dialect.guids() && list == FL;
        let handle_at =
            if by_guid { 0 } else { rest.iter().position(|field| field.contains('@')).unwrap_or(0) };
        let handle = rest.get(handle_at).map(String::as_str).unwrap_or_default();
        let group = rest.get(handle_at + 1).filter(|group| !group.is_empty()).cloned();
        if by_guid && handle.split('-').map(str::len).ne([8, 4, 4, 4, 12]) {
            return self.error(one.conn, command, NO_GUID);
        }
        let contacts = &self.accounts.at(one.who).contacts;
        let contact = contacts.iter().find(|contact| {
            contact.lists & list != 0
                && if by_guid { contact.guid == handle } else { contact.address.eq_ignore_ascii_case(handle) }
        });
        let Some(address) = contact.map(|contact| contact.address.clone()) else {
            return self.error(one.conn, command, NOT_ON_LIST);
        };
        let done = match &group {
            Some(group) => self.take_out_of_group(one, &address, group),
            None => {
                self.take_off(one, &address, list);
                Ok(())
            }
        };
        if let Err(code) = done {
            return self.error(one.conn, command, code);
        }
        let serial = self.edited(one.who);
        let mut answer = command.arg(0).to_owned();
        if !one.dialect.guids() {
            answer.push_str(&format!(" {serial}"));
        }
        answer.push_str(&format!(" {handle}"));
        if let Some(group) = group {
            answer.push_str(&format!(" {group}"));
        }
        self.answer(one.conn, command, &answer);
        self.removed(one, &address, list);
    }

    /// Below MSNP10 who is in no group is in number 0, and whoever leaves the last group leaves the list.
    fn take_out_of_group(&mut self, one: Turn, address: &str, group: &str) -> Result<(), u16> {
        let account = self.accounts.at_mut(one.who);
        let number = account.group(group).map(|group| group.number).ok_or(NO_SUCH_GROUP)?;
        let Some(contact) = account.contact_mut(address) else { return Err(NOT_ON_LIST) };
        settle_in_other(contact, one.dialect);
        if !contact.groups.contains(&number) {
            return Err(NOT_IN_GROUP);
        }
        contact.groups.retain(|&other| other != number);
        if contact.groups.is_empty() && !one.dialect.guids() {
            self.take_off(one, address, FL);
        }
        Ok(())
    }

    fn take_off(&mut self, one: Turn, address: &str, list: u8) {
        let account = self.accounts.at_mut(one.who);
        if let Some(contact) = account.contact_mut(address) {
            contact.lists &= !list;
            if list == FL {
                contact.groups.clear();
            }
        }
        account.contacts.retain(|contact| contact.lists != 0);
    }

    /// After somebody was taken off a list: the other one is told, and presence follows.
    fn removed(&mut self, one: Turn, address: &str, list: u8) {
        let Some(other) = self.accounts.position(address) else { return };
        if list != FL {
            return self.spread(one.who);
        }
        if self.accounts.at(one.who).contact(address).is_some_and(|contact| contact.lists & FL != 0) {
            return;
        }
        self.tell(one.conn, other, None);
        let own = self.accounts.at(one.who).address.clone();
        let theirs = self.accounts.at_mut(other);
        if let Some(contact) = theirs.contact_mut(&own) {
            contact.lists &= !RL;
        }
        theirs.contacts.retain(|contact| contact.lists != 0);
        let serial = self.edited(other);
        self.push_list(other, &format!("REM 0 RL {own}"), &format!("REM 0 RL {serial} {own}"));
    }

    /// An account's lists changed: the new serial.
    pub(super) fn edited(&mut self, who: usize) -> u32 {
        let account = self.accounts.at_mut(who);
        account.serial = account.serial.wrapping_add(1);
        account.serial
    }
}

/// Below MSNP10, being in no group is being in "Other Contacts".
fn settle_in_other(contact: &mut Contact, dialect: super::Dialect) {
    if contact.groups.is_empty() && !dialect.guids() {
        contact.groups.push(0);
    }
}

/// Contacts on one list `[observed: Escargot]`; 150 in `[seed 000]`.
const LIST_MAX: usize = 1000;
/// Octets of a name.
pub(super) const NAME_MAX: usize = 387;

/// The account does not exist, until MSNP9.
const NO_SUCH_ACCOUNT: u16 = 205;
/// The account does not exist, from MSNP10.
const NO_SUCH_HANDLE: u16 = 208;
/// The list is full.
const LIST_FULL: u16 = 210;
/// On that list, or in that group, already.
const ON_LIST_ALREADY: u16 = 215;
/// Not on that list.
pub(super) const NOT_ON_LIST: u16 = 216;
/// On AL while BL is asked for, or the other way round.
const ON_OPPOSITE_LIST: u16 = 219;
/// No such group.
pub(super) const NO_SUCH_GROUP: u16 = 224;
/// In no such group.
const NOT_IN_GROUP: u16 = 225;
/// REM FL without a GUID, from MSNP10.
const NO_GUID: u16 = 403;

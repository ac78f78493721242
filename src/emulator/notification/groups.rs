//! Groups of contacts: ADG, RMG, REG.
//! It does not know who is in them, except to take everybody out of one that goes.

use super::Turn;
use super::lists::NO_SUCH_GROUP;
use crate::emulator::accounts::{GROUPS_MAX, Group};
use crate::emulator::service::Service;
use crate::emulator::wire::{Command, escaped, unescaped};

impl Service {
    /// `ADG n name 0`.
    pub(super) fn adg(&mut self, one: Turn, command: &Command) {
        let name = unescaped(command.arg(0));
        let account = self.accounts.at(one.who);
        if let Err(code) = fit_name(&account.groups, command.arg(0), &name) {
            return self.error(one.conn, command, code);
        }
        if account.groups.len() > GROUPS_MAX {
            return self.error(one.conn, command, TOO_MANY_GROUPS);
        }
        let group = self.accounts.at_mut(one.who).add_group(&name);
        let serial = self.edited(one.who);
        let name = escaped(&name, self.options.style.names);
        let rest = if one.dialect.guids() {
            format!("{name} {} 0", group.guid)
        } else {
            format!("{serial} {name} {} 0", group.number)
        };
        self.answer(one.conn, command, &rest);
    }

    /// `RMG n group`.
    pub(super) fn rmg(&mut self, one: Turn, command: &Command) {
        let id = command.arg(0).to_owned();
        let account = self.accounts.at_mut(one.who);
        let Some(number) = account.group(&id).map(|group| group.number) else {
            return self.error(one.conn, command, NO_SUCH_GROUP);
        };
        if number == 0 {
            return self.error(one.conn, command, NOT_GROUP_ZERO);
        }
        account.groups.retain(|group| group.number != number);
        for contact in &mut account.contacts {
            contact.groups.retain(|&other| other != number);
        }
        let serial = self.edited(one.who);
        // `1` instead of a serial [observed: Escargot].
        let serial = if one.dialect.guids() { 1 } else { serial };
        self.answer(one.conn, command, &format!("{serial} {id}"));
    }

    /// `REG n group name 0`.
    pub(super) fn reg(&mut self, one: Turn, command: &Command) {
        let (id, name) = (command.arg(0).to_owned(), unescaped(command.arg(1)));
        let account = self.accounts.at_mut(one.who);
        let Some(number) = account.group(&id).map(|group| group.number) else {
            return self.error(one.conn, command, NO_SUCH_GROUP);
        };
        if let Err(code) = fit_name(&account.groups, command.arg(1), &name) {
            return self.error(one.conn, command, code);
        }
        if let Some(group) = account.groups.iter_mut().find(|group| group.number == number) {
            name.clone_into(&mut group.name);
        }
        let serial = self.edited(one.who);
        let name = escaped(&name, self.options.style.names);
        let rest =
            if one.dialect.guids() { format!("1 {name} {id} 0") } else { format!("{serial} {id} {name} 0") };
        self.answer(one.conn, command, &rest);
    }
}

/// Whether a group may be called so; the length counts as written on the wire.
fn fit_name(groups: &[Group], written: &str, name: &str) -> Result<(), u16> {
    if written.len() > NAME_MAX {
        return Err(NAME_TOO_LONG);
    }
    if groups.iter().any(|group| group.name == name) {
        return Err(NAME_TAKEN);
    }
    Ok(())
}

/// Octets of a group name as written `[observed: Escargot]`; 60 in `[seed 000]`.
const NAME_MAX: usize = 61;

/// Too many groups.
const TOO_MANY_GROUPS: u16 = 223;
/// A group is called so already.
const NAME_TAKEN: u16 = 228;
/// The name is too long.
const NAME_TOO_LONG: u16 = 229;
/// Group 0 stays `[seed 000]`; Escargot answers 224.
const NOT_GROUP_ZERO: u16 = 230;

//! `[people]` and `[sets]`: short names, and whom a light is about.
//!
//! Knows no light; lights ask it to resolve a name.

use toml::Spanned;

use super::mistake::Notes;
use super::networks::Networks;
use super::tree::{self, Section, Text, quoted};
use super::{msn, name_of};
use crate::agent::{Member, Person, Whose};
use crate::limits::{CONTACTS_MAX, GROUP_NAME_MAX};
use crate::link::Network;
use crate::nearest;
use crate::qq::Uin;

/// Everybody with a name of their own, and every set.
#[derive(Debug, Default)]
pub(super) struct People {
    pub(super) people: Vec<Person>,
    sets: Vec<(String, Whose)>,
    pub(super) networks: Networks,
}

impl People {
    /// Reads both sections.
    pub(super) fn read(root: Section<'_>, networks: Networks, notes: &mut Notes) -> Self {
        let mut all = Self { networks, ..Self::default() };
        let people = root.entries("people", "[people]", notes);
        for (name, value) in bounded(people, "people", |(name, _)| name.span().start, notes) {
            let address = tree::text(name.get_ref(), value, "bob@example.net", notes);
            let legal = all.new_name(&name, notes);
            let account = address.and_then(|address| all.account(name.get_ref(), &address, notes));
            // A wrong address is one mistake; that its name is "unknown" elsewhere would be a second for the same cause.
            if let Some(name) = legal {
                all.people.push(Person { name, account: account.unwrap_or_default() });
            }
        }
        let sets = root.entries("sets", "[sets]", notes);
        for (name, value) in bounded(sets, "sets", |(name, _)| name.span().start, notes) {
            let members = tree::texts(name.get_ref(), value, "bob", notes).unwrap_or_default();
            let members = bounded(members, "members", |member| member.span().start, notes);
            let whose = all.union(name.get_ref(), &members, false, notes);
            if let Some(name) = all.new_name(&name, notes) {
                all.sets.push((name, whose));
            }
        }
        all
    }

    /// Whom these names, sets, groups and addresses mean, together. `key` is where they stand.
    pub(super) fn whose(&self, key: &str, names: &[Text<'_>], notes: &mut Notes) -> Whose {
        self.union(key, names, true, notes)
    }

    fn union(&self, key: &str, names: &[Text<'_>], sets_too: bool, notes: &mut Notes) -> Whose {
        let mut members: Vec<Member> = Vec::new();
        let mut everyone = false;
        for name in names {
            let one = self.one(key, name, sets_too, notes);
            // A set may name whom it likes; a light must be able to show them. People were warned of where they stand.
            match &one {
                Some(whose) if sets_too => self.networks.expect_all(whose, key, name, notes),
                Some(whose) if self.person(name.get_ref()).is_none() => {
                    self.networks.advise(whose, key, name, notes);
                }
                _ => {}
            }
            match one {
                Some(Whose::Everyone) => everyone = true,
                Some(Whose::These(more)) => {
                    for member in more {
                        if !members.contains(&member) {
                            members.push(member);
                        }
                    }
                }
                None => {}
            }
        }
        if everyone { Whose::Everyone } else { Whose::These(members) }
    }

    fn one(&self, key: &str, name: &Text<'_>, sets_too: bool, notes: &mut Notes) -> Option<Whose> {
        let word = *name.get_ref();
        if word == EVERYONE {
            return Some(Whose::Everyone);
        }
        if let Some(group) = word.strip_prefix("group:") {
            return group_of(key, group, name, notes);
        }
        if word.contains('@') || Network::of(word) == Network::Qq {
            return account(key, name, notes).map(|account| Whose::These(vec![Member::Account(account)]));
        }
        if let Some(person) = self.person(word) {
            return Some(Whose::These(vec![Member::Account(person.account.clone())]));
        }
        let set = self.sets.iter().find(|(set, _)| set == word);
        match set {
            Some((_, whose)) if sets_too => Some(whose.clone()),
            Some(_) => {
                notes.structure(name, format!("{key}: {} is a set, and sets don't hold sets", quoted(word)));
                None
            }
            None => {
                notes.structure(name, format!("{key}: {}", self.unknown(word, sets_too)));
                None
            }
        }
    }

    fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.name == name)
    }

    /// The address of somebody with a name of their own.
    fn account(&self, name: &str, address: &Text<'_>, notes: &mut Notes) -> Option<String> {
        let account = account(name, address, notes)?;
        let whose = Whose::These(vec![Member::Account(account.clone())]);
        self.networks.advise(&whose, name, address, notes);
        Some(account)
    }

    fn unknown(&self, word: &str, sets_too: bool) -> String {
        let people = self.people.iter().map(|person| person.name.as_str());
        let sets = self.sets.iter().map(|(name, _)| name.as_str()).filter(|_| sets_too);
        let near = nearest::nearest(word, people.chain(sets).chain([EVERYONE]));
        let home = if sets_too { "neither in [people] nor in [sets]" } else { "not in [people]" };
        let remedy = near.map_or_else(
            || "expected a name from there, an address, \"group:NAME\" or \"everyone\"".to_owned(),
            |near| format!("did you mean \"{near}\"?"),
        );
        format!("{} is {home}; {remedy}", quoted(word))
    }

    /// A name not taken yet, fit to be written on a display and in a set.
    fn new_name(&self, name: &Text<'_>, notes: &mut Notes) -> Option<String> {
        let legal = name_of("name", name, notes)?;
        let taken = self.people.iter().any(|person| person.name == legal)
            || self.sets.iter().any(|(set, _)| *set == legal);
        if taken || legal == EVERYONE {
            let owner = if taken { "a name of [people]" } else { "built in and means every contact" };
            notes.structure(name, format!("name \"{legal}\" is already {owner}; choose another"));
            return None;
        }
        Some(legal)
    }
}

/// No more than an account can have contacts.
fn bounded<T>(mut rows: Vec<T>, what: &str, at: impl Fn(&T) -> usize, notes: &mut Notes) -> Vec<T> {
    if let Some(row) = rows.get(CONTACTS_MAX) {
        notes.missing(at(row), format!("found more than {CONTACTS_MAX} {what}, expected at most that"));
        rows.truncate(CONTACTS_MAX);
    }
    rows
}

fn account(key: &str, text: &Text<'_>, notes: &mut Notes) -> Option<String> {
    if Network::of(text.get_ref()) == Network::Msn {
        return msn::account_of(key, text, notes);
    }
    let uin = Uin::parse(text.get_ref().as_bytes());
    if uin.is_none() {
        let found = quoted(text.get_ref());
        notes.value(text, format!("{key}: found {found}, expected a QQ number such as \"qq:24259132\""));
    }
    uin.map(|uin| uin.account().as_str().to_owned())
}

fn group_of(key: &str, group: &str, at: &Spanned<&str>, notes: &mut Notes) -> Option<Whose> {
    if group.is_empty() || group.len() > GROUP_NAME_MAX {
        let found = quoted(at.get_ref());
        notes.value(
            at,
            format!("{key}: found {found}, expected group:NAME with 1 to {GROUP_NAME_MAX} octets of name"),
        );
        return None;
    }
    Some(Whose::These(vec![Member::Group(group.to_owned())]))
}

/// The set that is always there.
const EVERYONE: &str = "everyone";

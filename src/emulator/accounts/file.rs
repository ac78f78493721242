//! The account file: its TOML shape and its checks. It does not know what accounts are for.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::qq::{self, QqAccount};
use super::{ADDRESS_MAX, AL, Account, CONTACTS_MAX, FL, GROUPS_MAX, Group, PHONES, PL, list_bit};

/// The accounts of a file, before names and reverse lists are settled between them, and the QQ numbers.
pub(super) fn parse(text: &str) -> Result<(Vec<Account>, Vec<QqAccount>), String> {
    let file: File = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        format!("line {line}: {}", error.message().replace('\n', "; "))
    })?;
    let mut rows: Vec<Account> = Vec::new();
    for row in &file.account {
        let account = row.get_ref().account(text, row.span().start)?;
        if rows.iter().any(|other| other.address.eq_ignore_ascii_case(&account.address)) {
            return Err(format!(
                "line {}: account {:?} is there twice",
                line_of(text, row.get_ref().address.span().start),
                account.address
            ));
        }
        rows.push(account);
    }
    let numbers = qq::accounts(text, &file.qq)?;
    if rows.is_empty() && numbers.is_empty() {
        return Err(
            "line 1: no account; expected at least one [[account]] with address and password, or one \
                    [[qq]] with uin and password"
                .into(),
        );
    }
    Ok((rows, numbers))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    account: Vec<Spanned<AccountRow>>,
    #[serde(default)]
    qq: Vec<qq::Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRow {
    address: Spanned<String>,
    password: String,
    name: Option<String>,
    privacy: Option<Spanned<String>>,
    notify: Option<Spanned<String>>,
    md5: Option<bool>,
    #[serde(default)]
    groups: Vec<Spanned<String>>,
    #[serde(default)]
    phones: BTreeMap<String, String>,
    serial: Option<u32>,
    unread: Option<u32>,
    #[serde(default)]
    contact: Vec<ContactRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactRow {
    address: Spanned<String>,
    name: Option<String>,
    lists: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    groups: Vec<Spanned<String>>,
}

impl AccountRow {
    fn account(&self, text: &str, at: usize) -> Result<Account, String> {
        let address = checked_address(text, &self.address)?;
        let other = Group { number: 0, guid: String::new(), name: "Other Contacts".into() };
        let mut account = Account {
            name: self.name.clone().unwrap_or_else(|| address.clone()),
            password: self.password.clone(),
            md5: self.md5.unwrap_or(true),
            serial: self.serial.unwrap_or_else(|| 1 + fingerprint(text.as_bytes()) % 90_000),
            privacy: one_of(text, self.privacy.as_ref(), &["AL", "BL"])?,
            notify: one_of(text, self.notify.as_ref(), &["A", "N"])?,
            phones: self.phones.clone(),
            groups: vec![other],
            contacts: Vec::new(),
            unread: self.unread,
            address,
        };
        if let Some(key) = self.phones.keys().find(|key| !PHONES.contains(&key.as_str())) {
            return Err(format!(
                "line {}: phone {key:?} is unknown; expected one of {}",
                line_of(text, at),
                PHONES.join(" ")
            ));
        }
        if self.groups.len() > GROUPS_MAX {
            return Err(format!(
                "line {}: {} groups; at most {GROUPS_MAX}",
                line_of(text, at),
                self.groups.len()
            ));
        }
        for name in &self.groups {
            account.add_group(name.get_ref());
        }
        for row in &self.contact {
            row.add_to(text, &mut account)?;
        }
        Ok(account)
    }
}

impl ContactRow {
    fn add_to(&self, text: &str, account: &mut Account) -> Result<(), String> {
        let address = checked_address(text, &self.address)?;
        let line = |at: usize| line_of(text, at);
        if account.contact(&address).is_some() {
            return Err(format!(
                "line {}: contact {address:?} is there twice",
                line(self.address.span().start)
            ));
        }
        if account.contacts.len() >= CONTACTS_MAX {
            return Err(format!(
                "line {}: more than {CONTACTS_MAX} contacts",
                line(self.address.span().start)
            ));
        }
        let mut lists = if self.lists.is_some() { 0 } else { FL | AL };
        for word in self.lists.iter().flatten() {
            let found = list_bit(word.get_ref()).filter(|&bit| bit != PL);
            lists |= found.ok_or_else(|| {
                format!(
                    "line {}: list {:?} is unknown; expected FL, AL, BL or RL",
                    line(word.span().start),
                    word.get_ref()
                )
            })?;
        }
        let mut groups = Vec::new();
        for name in &self.groups {
            let group = account.groups.iter().find(|group| group.name == *name.get_ref());
            let group = group.ok_or_else(|| {
                format!(
                    "line {}: group {:?} is not in `groups` of {}",
                    line(name.span().start),
                    name.get_ref(),
                    account.address
                )
            })?;
            groups.push(group.number);
        }
        let name = self.name.clone().unwrap_or_default();
        let contact = account.contact_or_new(&address, &name);
        contact.lists = lists;
        contact.groups = groups;
        Ok(())
    }
}

fn checked_address(text: &str, address: &Spanned<String>) -> Result<String, String> {
    let plain = address.get_ref();
    let sound = plain.contains('@') && plain.len() <= ADDRESS_MAX && !plain.contains([' ', '%', '\r', '\n']);
    if sound {
        return Ok(plain.clone());
    }
    let line = line_of(text, address.span().start);
    Err(format!(
        "line {line}: address {plain:?} is none; expected something@host without blanks, at most {ADDRESS_MAX} octets"
    ))
}

fn one_of(text: &str, word: Option<&Spanned<String>>, allowed: &[&str]) -> Result<String, String> {
    let Some(word) = word else { return Ok(allowed[0].to_owned()) };
    if allowed.contains(&word.get_ref().as_str()) {
        return Ok(word.get_ref().clone());
    }
    let line = line_of(text, word.span().start);
    Err(format!("line {line}: {:?} is none of {}", word.get_ref(), allowed.join(", ")))
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|&octet| octet == b'\n').count()
}

/// A number made of a text: equal files give equal serials, so a client's cached list stays good across restarts.
fn fingerprint(octets: &[u8]) -> u32 {
    octets.iter().fold(0x811C_9DC5, |hash: u32, &octet| (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193))
}

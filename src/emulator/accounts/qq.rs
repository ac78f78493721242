//! The `[[qq]]` rows of an account file: QQ numbers with passwords, friends and what GetInfo tells.
//! It does not know who is signed in, nor HTTP.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::file::line_of;

/// A QQ number and what belongs to it.
#[derive(Clone)]
pub struct QqAccount {
    /// The number signed in with, 10001 to 4294967295.
    pub uin: u32,
    /// The password, plain: these are play accounts. MD5 of it goes over the wire.
    pub password: String,
    /// The nickname, NK.
    pub name: String,
    pub(crate) face: u32,
    pub(crate) add: Adding,
    pub(crate) friends: Vec<u32>,
    /// GetInfo fields by their wire names, those of [`INFO`] that are not the default.
    pub(crate) info: BTreeMap<String, String>,
}

/// What happens when somebody adds an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adding {
    /// Anybody may, at once.
    Open,
    /// It is asked first.
    Ask,
    /// Nobody may.
    Closed,
}

impl QqAccount {
    /// A field of GetInfo as it was written, or what stands there when nothing was.
    pub(crate) fn info(&self, key: &str) -> &str {
        match self.info.get(key) {
            Some(value) => value,
            None => INFO.iter().find(|(name, _)| *name == key).map_or("", |(_, default)| default),
        }
    }

    /// The account behind a number nobody has: a nickname like the number, and nothing else.
    pub(crate) fn nobody(uin: u32) -> Self {
        Self {
            uin,
            password: String::new(),
            name: uin.to_string(),
            face: 0,
            add: Adding::Closed,
            friends: Vec::new(),
            info: BTreeMap::new(),
        }
    }
}

impl std::fmt::Debug for QqAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QqAccount").field("uin", &self.uin).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    uin: Spanned<i64>,
    password: String,
    name: Option<String>,
    #[serde(default)]
    face: u32,
    add: Option<Spanned<String>>,
    #[serde(default)]
    friends: Vec<Spanned<i64>>,
    #[serde(default)]
    info: BTreeMap<Spanned<String>, String>,
}

/// The checked accounts of a file's rows.
pub(super) fn accounts(text: &str, rows: &[Row]) -> Result<Vec<QqAccount>, String> {
    let mut accounts: Vec<QqAccount> = Vec::new();
    for row in rows {
        let account = row.account(text)?;
        if accounts.iter().any(|other| other.uin == account.uin) {
            let line = line_of(text, row.uin.span().start);
            return Err(format!("line {line}: uin {} is there twice", account.uin));
        }
        accounts.push(account);
    }
    Ok(accounts)
}

impl Row {
    fn account(&self, text: &str) -> Result<QqAccount, String> {
        let uin = checked_uin(text, &self.uin)?;
        let mut friends = Vec::new();
        for friend in &self.friends {
            let line = line_of(text, friend.span().start);
            let friend = checked_uin(text, friend)?;
            if friend == uin || friends.contains(&friend) {
                return Err(format!(
                    "line {line}: friend {friend} is there twice, or the account's own number"
                ));
            }
            if friends.len() >= FRIENDS_MAX {
                return Err(format!("line {line}: more than {FRIENDS_MAX} friends"));
            }
            friends.push(friend);
        }
        if let Some(key) = self.info.keys().find(|key| !INFO.iter().any(|(name, _)| name == key.get_ref())) {
            let line = line_of(text, key.span().start);
            let names = INFO.map(|(name, _)| name).join(" ");
            return Err(format!("line {line}: info {:?} is unknown; expected one of {names}", key.get_ref()));
        }
        let info = self.info.iter().map(|(key, value)| (key.get_ref().clone(), value.clone())).collect();
        Ok(QqAccount {
            uin,
            password: self.password.clone(),
            name: self.name.clone().unwrap_or_else(|| uin.to_string()),
            face: self.face,
            add: self.adding(text)?,
            friends,
            info,
        })
    }

    fn adding(&self, text: &str) -> Result<Adding, String> {
        let Some(word) = &self.add else { return Ok(Adding::Ask) };
        Ok(match word.get_ref().as_str() {
            "open" => Adding::Open,
            "ask" => Adding::Ask,
            "closed" => Adding::Closed,
            found => {
                let line = line_of(text, word.span().start);
                return Err(format!("line {line}: add {found:?} is none of open, ask, closed"));
            }
        })
    }
}

fn checked_uin(text: &str, uin: &Spanned<i64>) -> Result<u32, String> {
    let found = *uin.get_ref();
    u32::try_from(found).ok().filter(|&uin| uin >= UIN_MIN).ok_or_else(|| {
        let line = line_of(text, uin.span().start);
        format!("line {line}: {found} is no QQ number of a person; expected {UIN_MIN} to {}", u32::MAX)
    })
}

/// The fields of GetInfo besides LV, FC, UN and NK, and what stands there by default `[seed 003]`.
pub(crate) const INFO: [(&str, &str); 22] = [
    ("AD", ""),
    ("AG", "0"),
    ("BT", "0"),
    ("CO", "0"),
    ("CT", ""),
    ("CV", "\u{1}"),
    ("CY", ""),
    ("EM", ""),
    ("HP", ""),
    ("ID", "-"),
    ("JB", ""),
    ("MO", ""),
    ("MT", "0"),
    ("MV", ""),
    ("PC", ""),
    ("PH", ""),
    ("PR", ""),
    ("PV", ""),
    ("RN", ""),
    ("SC", ""),
    ("SH", "0"),
    ("SX", "0"),
];
/// The lowest number of a person: 10000 is the system's, and lower ones are illegal `[seed 003]`.
pub(crate) const UIN_MIN: u32 = 10_001;
/// Friends of one number.
pub(crate) const FRIENDS_MAX: usize = 2000;

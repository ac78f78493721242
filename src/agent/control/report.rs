//! How everything stands, owned, and what an account tells of itself in rows for people.
//!
//! It changes nothing.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{AccountReport, ContactReport, Report, RequestReport, WaitingReport};
use crate::agent::accounts::Account;
use crate::agent::roster::Known;
use crate::agent::settings::Settings;
use crate::agent::state::State;
use crate::limits::{GROUPS_TOLD_MAX, NAME_MAX, TEXT_MAX};
use crate::link::Network;
use crate::msnp::Lists;
use crate::qq::info::{Field, Info};
use crate::qq::reply::stats;
use crate::qq::wire::{self, Fields};
use crate::text;

impl State {
    /// How everything stands.
    pub(super) fn report(&self, settings: &Settings) -> Report {
        let waiting = self.latch.iter().map(|row| WaitingReport {
            account: row.from.as_str().into(),
            title: self.title(settings, &row.from).into(),
            unread: row.unread,
            text: row.text.as_str().into(),
        });
        let requests = self.requests.iter().map(|request| RequestReport {
            account: request.from.as_str().into(),
            words: request.words.as_str().into(),
        });
        Report {
            version: env!("CARGO_PKG_VERSION"),
            accounts: self.accounts.iter().map(|account| self.account(settings, account)).collect(),
            waiting: waiting.collect(),
            requests: requests.collect(),
            mail: self.mail,
            replies: settings.replies.texts.clone(),
        }
    }

    fn account(&self, settings: &Settings, account: &Account) -> AccountReport {
        let mut contacts: Vec<Known<'_>> = account.roster.followed().collect();
        contacts.sort_by(Known::order);
        let contact = |known: &Known<'_>| ContactReport {
            account: known.account.into(),
            title: self.title(settings, known.account).into(),
            presence: known.presence,
            blocked: known.lists.contains(Lists::BL),
            groups: account.roster.groups_of(known).take(GROUPS_TOLD_MAX).map(String::from).collect(),
        };
        AccountReport {
            network: account.network,
            account: own_address(settings, account.network),
            link: account.link,
            why: account.why.as_str().into(),
            own: account.own,
            wanted: account.wanted,
            contacts: contacts.iter().map(contact).collect(),
        }
    }
}

fn own_address(settings: &Settings, network: Network) -> String {
    let address = match network {
        Network::Msn => settings.msn.as_ref().map(|msn| msn.account.clone()),
        Network::Qq => settings.qq.as_ref().map(|qq| qq.uin.account().as_str().into()),
    };
    address.unwrap_or_default()
}

/// What an account tells of itself, as labels and words; what it leaves out is left out.
pub(in crate::agent) fn info_rows(info: &Info<'_>) -> Vec<(String, String)> {
    let number = |number: Option<u64>| number.map(|number| number.to_string());
    let facts = [
        ("account", info.uin().map(|uin| uin.account().as_str().into())),
        ("sex", info.sex().map(|sex| sex.to_string())),
        ("age", number(info.age())),
        ("blood type", info.blood_type().map(|blood| blood.to_string())),
        ("constellation", info.constellation().map(|constellation| constellation.to_string())),
        ("zodiac", info.zodiac().map(|zodiac| zodiac.to_string())),
        ("avatar", number(info.avatar())),
    ];
    let words = Field::ALL.into_iter().filter_map(|field| {
        let words: heapless::String<TEXT_MAX> = info.text(field)?;
        (!words.trim().is_empty()).then(|| (field.as_str(), words.trim().into()))
    });
    let facts = facts.into_iter().filter_map(|(label, fact)| Some((label, fact?)));
    facts.chain(words).map(|(label, words)| (label.into(), words)).collect()
}

/// Whom a search found, with their nicknames; nobody if it names nobody; or, if the reply is none we understand, all of it.
pub(in crate::agent) fn found_rows(fields: Fields<'_>) -> Vec<(String, String)> {
    let people = stats(fields).take(ROWS_MAX).map(|stat| {
        let name: heapless::String<NAME_MAX> = stat.name.map(wire::text).unwrap_or_default();
        (stat.uin.account().as_str().into(), name.trim().into())
    });
    let people: Vec<(String, String)> = people.collect();
    let names_nobody = || fields.value("UN").is_some_and(|uins| uins.trim_ascii().is_empty());
    if people.is_empty() && !names_nobody() { raw_rows(fields) } else { people }
}

/// A reply nobody knows the meaning of, as its keys and what stands behind them; not those that are about the request.
fn raw_rows(fields: Fields<'_>) -> Vec<(String, String)> {
    let about = [&b"VER"[..], b"CMD", b"SEQ", b"UIN", b"RES"];
    let told = fields.pairs().filter(|(key, _)| !about.iter().any(|known| known.eq_ignore_ascii_case(key)));
    told.take(ROWS_MAX)
        .map(|(key, value)| {
            let key: heapless::String<KEY_MAX> = text::lossy(key);
            let value: heapless::String<TEXT_MAX> = wire::text(value);
            (format!("{key}"), value.as_str().into())
        })
        .collect()
}

/// Rows of a reply of unknown meaning; further ones are left out.
const ROWS_MAX: usize = 64;
/// Octets of a key; longer ones are cut.
const KEY_MAX: usize = 16;

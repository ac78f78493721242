//! What the tests that drive a whole [`Client`] share: an account, and events as words.
//!
//! It knows no server: what one says stands in each test.

#![allow(dead_code, unreachable_pub, reason = "every test takes what it needs of it")]

pub mod bench;

use std::fmt::Write as _;

use nudged::http::Url;
use nudged::link::Endpoint;
use nudged::msnp::{Auth, Body, Dialect, Event, Settings};
use nudged::presence::Status;
use nudged::text::Secret;

/// An event as a transcript writes it.
pub fn told(event: &Event<'_>) -> String {
    let mut line = String::new();
    match event {
        Event::State { state, why } => write!(line, "state {state} {why}"),
        Event::Own(status) => write!(line, "own {status}"),
        Event::OwnName(name) => write!(line, "name {name}"),
        Event::ListsBegin => write!(line, "lists"),
        Event::Group { id, name } => write!(line, "group {id} {name}"),
        Event::Contact(contact) => {
            write!(line, "contact {} {} {}", contact.account, contact.lists.0, contact.name).unwrap();
            contact.guid.iter().try_for_each(|guid| write!(line, " {guid}")).unwrap();
            contact.groups.iter().try_for_each(|group| write!(line, " [{group}]"))
        }
        Event::ListsEnd(version) => write!(line, "lists end {} {}", version.list, version.settings),
        Event::ListsUnchanged => write!(line, "lists unchanged"),
        Event::Added { contact, unasked } => {
            write!(
                line,
                "added {} {} {} unasked={unasked}",
                contact.lists.as_str(),
                contact.account,
                contact.name
            )
        }
        Event::Removed { list, who, unasked, .. } => {
            write!(line, "removed {} {who:?} unasked={unasked}", list.as_str())
        }
        Event::GroupRenamed { id, name } => write!(line, "group {id} is {name}"),
        Event::GroupRemoved(id) => write!(line, "group {id} gone"),
        Event::Renamed { account, name } => write!(line, "renamed {account} {name}"),
        Event::Presence { account, presence, name, initial } => {
            write!(line, "{} {account} {presence}", if *initial { "initial" } else { "presence" }).unwrap();
            name.iter().try_for_each(|name| write!(line, " {name}"))
        }
        Event::Message { from, name, body } => match body {
            Body::Text(text) => write!(line, "text {from} ({name}) {text}"),
            Body::Nudge => write!(line, "nudge {from} ({name})"),
            Body::Typing => write!(line, "typing {from} ({name})"),
            Body::Invite(what) => write!(line, "invite {from} ({name}) {what}"),
        },
        Event::Delivery { ticket, outcome, why } => {
            write!(line, "delivery {ticket} {} {why}", outcome.as_str())
        }
        Event::Edited { ticket, verdict } => write!(line, "edited {ticket} {verdict:?}"),
        Event::Mail { unread, from } => write!(line, "mail {unread:?} {from}"),
        Event::Notice(words) => write!(line, "notice {words}"),
    }
    .unwrap();
    line.trim_end().into()
}

pub fn settings(dialects: &[Dialect]) -> Settings {
    let md5 = dialects[0] <= Dialect::MSNP7;
    let nexus = Url::parse(b"https://nexus.example.net/rdr/pprdr.asp").unwrap();
    Settings {
        server: Endpoint::parse(b"ms.example.net:1863", 1863).unwrap(),
        account: "desk@example.net".into(),
        password: Secret::new("password".into()),
        auth: if md5 { Auth::Md5 } else { Auth::Tweener { nexus } },
        dialects: dialects.to_vec(),
        status: Status::Online,
    }
}

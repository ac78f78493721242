//! `[msn]`: the account, its server, and how it proves itself.
//!
//! Does not read the password or the CA file; it only notes where they are.

use std::path::{Path, PathBuf};

use super::account::{is_public, path, status};
use super::mistake::Notes;
use super::tree::{Section, Text, quoted};
use crate::http::Url;
use crate::limits::ACCOUNT_MAX;
use crate::link::Endpoint;
use crate::msnp::dialect::AuthKind;
use crate::msnp::{Auth, Dialect, Settings, is_address};
use crate::nearest;
use crate::text::Secret;

/// The keys of `[msn]`.
pub(super) const KEYS: [&str; 8] =
    ["server", "account", "password_file", "auth", "nexus", "ca_file", "status", "dialects"];

/// What `[msn]` says. The password is still empty.
#[derive(Debug)]
pub(super) struct Msn {
    pub(super) settings: Settings,
    pub(super) password_file: PathBuf,
    /// And where in the text it stands.
    pub(super) ca_file: Option<(PathBuf, usize)>,
}

/// Reads `[msn]`; `None` if anything that sign-in needs is wrong or missing.
pub(super) fn read(section: Section<'_>, base: &Path, notes: &mut Notes) -> Option<Msn> {
    let kind = kind(section, notes);
    let server = section.needed("server", "ms.example.net:1863", notes).and_then(|text| {
        let server = server(&text, notes)?;
        if kind == Some(AuthKind::Md5) && is_public(&server.host) {
            warn_of_md5(&text, &server, notes);
        }
        Some(server)
    });
    let account = section.needed("account", "desk@example.net", notes);
    let account = account.and_then(|text| account_of("account", &text, notes));
    let auth = match kind {
        Some(kind) => auth(section, kind, notes),
        // A wrong nexus is told beside a wrong auth, not only once that is mended.
        None => {
            section.value("nexus").and_then(|_| nexus(section, notes));
            None
        }
    };
    let dialects = dialects(section, kind, notes);
    let status = status(section, notes);
    let password_file = path(section, "password_file", super::MSN_PASSWORD_FILE, base, notes);
    let ca_file = path(section, "ca_file", "/etc/nudged/ca.pem", base, notes);
    let ca_at = section.value("ca_file").map_or(0, |value| value.span().start);
    Some(Msn {
        settings: Settings {
            server: server?,
            account: account?,
            password: Secret::default(),
            auth: auth?,
            dialects: dialects?,
            status,
        },
        password_file: password_file.unwrap_or_else(|| super::MSN_PASSWORD_FILE.into()),
        ca_file: ca_file.map(|path| (path, ca_at)),
    })
}

/// An address of a person.
pub(super) fn account_of(key: &str, text: &Text<'_>, notes: &mut Notes) -> Option<String> {
    let address = *text.get_ref();
    if is_address(address) {
        return Some(address.to_owned());
    }
    let (found, letters) = (quoted(address), if address.is_ascii() { "" } else { ", of ASCII letters" });
    notes.value(
        text,
        match address.len() {
            0..=ACCOUNT_MAX => {
                format!("{key}: found {found}, expected an address such as \"desk@example.net\"{letters}")
            }
            octets => format!("{key}: found {octets} octets, expected at most {ACCOUNT_MAX}"),
        },
    );
    None
}

fn server(text: &Text<'_>, notes: &mut Notes) -> Option<Endpoint> {
    let parsed = Endpoint::parse(text.get_ref().as_bytes(), MSN_PORT);
    if let Err(error) = parsed {
        notes.value(text, format!("server: found {}; {error}", quoted(text.get_ref())));
    }
    parsed.ok()
}

fn warn_of_md5(text: &Text<'_>, server: &Endpoint, notes: &mut Notes) {
    let host = &server.host;
    let danger = "whoever reads the line once can sign in as you for ever";
    let remedy = "prefer auth = \"tweener\", or an account of its own for this board";
    notes.warn(text, format!("server: {host} looks public, and with auth = \"md5\" {danger}; {remedy}"));
}

/// How the account proves itself; `None` if the word is wrong.
fn kind(section: Section<'_>, notes: &mut Notes) -> Option<AuthKind> {
    let named = |word: &str| match word {
        "tweener" => Some(AuthKind::Tweener),
        "md5" => Some(AuthKind::Md5),
        _ => None,
    };
    match section.value("auth") {
        None => Some(AuthKind::Tweener),
        Some(_) => section.word("auth", &["tweener", "md5"], named, notes),
    }
}

/// The same with what it needs.
fn auth(section: Section<'_>, kind: AuthKind, notes: &mut Notes) -> Option<Auth> {
    match (kind, section.value("nexus")) {
        (AuthKind::Md5, None) => Some(Auth::Md5),
        (AuthKind::Md5, Some(useless)) => {
            notes.warn(useless, "nexus: not used with auth = \"md5\"; remove it".to_owned());
            Some(Auth::Md5)
        }
        (AuthKind::Tweener, None) => {
            let remedy =
                format!("add nexus = \"{NEXUS}\", or auth = \"md5\" for a server of MSNP7 and older");
            notes.missing(
                section.at(),
                format!("[msn] has no nexus, and auth = \"tweener\" needs one; {remedy}"),
            );
            None
        }
        (AuthKind::Tweener, Some(_)) => nexus(section, notes).map(|nexus| Auth::Tweener { nexus }),
    }
}

fn nexus(section: Section<'_>, notes: &mut Notes) -> Option<Url> {
    let text = section.text("nexus", NEXUS, notes)?;
    let nexus = Url::parse(text.get_ref().as_bytes()).ok().filter(|nexus| nexus.tls);
    if nexus.is_none() {
        let wrong = quoted(text.get_ref());
        notes.value(&text, format!("nexus: found {wrong}, expected an https address such as \"{NEXUS}\""));
    }
    nexus
}

/// The dialects to offer. `kind` is `None` while it is not known how the account proves itself.
fn dialects(section: Section<'_>, kind: Option<AuthKind>, notes: &mut Notes) -> Option<Vec<Dialect>> {
    let Some(found) = section.value("dialects") else {
        return kind.map(|kind| match kind {
            AuthKind::Md5 => Dialect::for_md5().to_vec(),
            AuthKind::Tweener => Dialect::for_tweener().to_vec(),
        });
    };
    let mut offered = Vec::new();
    for text in super::tree::texts("dialects", found, "MSNP9", notes)? {
        let Some(dialect) = dialect(&text, notes) else { continue };
        if kind.is_some_and(|kind| dialect.auth() != kind) {
            misfit(&text, dialect, notes);
        }
        if offered.contains(&dialect) {
            notes.value(&text, format!("dialects: found {} twice, expected it once", quoted(text.get_ref())));
        }
        offered.push(dialect);
    }
    Some(offered)
}

fn dialect(text: &Text<'_>, notes: &mut Notes) -> Option<Dialect> {
    let dialect = Dialect::parse(text.get_ref().as_bytes());
    if dialect.is_none() {
        let words = Dialect::ALL.map(|dialect| dialect.to_string());
        let right = nearest::listed(words.iter().map(String::as_str));
        notes.value(text, format!("dialects: found {}, expected {right}", quoted(text.get_ref())));
    }
    dialect
}

fn misfit(text: &Text<'_>, dialect: Dialect, notes: &mut Notes) {
    let (auth, right) = match dialect.auth() {
        AuthKind::Md5 => ("tweener", "MSNP8 to MSNP12; MSNP7 and older need auth = \"md5\""),
        AuthKind::Tweener => ("md5", "MSNP2 to MSNP7; MSNP8 and newer need auth = \"tweener\""),
    };
    notes
        .structure(text, format!("dialects: {dialect} does not go with auth = \"{auth}\", expected {right}"));
}

/// The port of an MSN dispatch or notification server `[seed 001]`.
const MSN_PORT: u16 = 1863;
/// What a nexus looks like.
const NEXUS: &str = "https://login.example.net/rdr/pprdr.asp";

//! `[qq]`: the account, its server, and what the interface wants to hear.
//!
//! Does not read the password; it only notes where it is.

use std::path::{Path, PathBuf};

use super::account::{self, is_public, path};
use super::mistake::Notes;
use super::tree::{Section, Text, quoted};
use crate::http::Url;
use crate::limits::{QQ_HI_MAX, QQ_POLL_MIN};
use crate::presence::Status;
use crate::qq::{Settings, Uin};
use crate::text::Secret;

/// The keys of `[qq]`.
pub(super) const KEYS: [&str; 8] =
    ["server", "uin", "password_file", "status", "poll", "version", "lc", "allow_plaintext"];

/// What `[qq]` says. The password is still empty.
#[derive(Debug)]
pub(super) struct Qq {
    pub(super) settings: Settings,
    pub(super) password_file: PathBuf,
}

/// Reads `[qq]`; `None` if anything that sign-in needs is wrong or missing.
pub(super) fn read(section: Section<'_>, base: &Path, notes: &mut Notes) -> Option<Qq> {
    let plaintext = section.only_true("allow_plaintext", notes);
    let server = section.needed("server", SERVER, notes);
    let server = server.and_then(|text| server_of(&text, plaintext, notes));
    let uin = section.whole("uin", UIN_EXAMPLE, 1..=u64::from(u32::MAX), notes);
    let uin = uin.and_then(|uin| u32::try_from(uin).ok()).and_then(Uin::new);
    let password_file = path(section, "password_file", super::QQ_PASSWORD_FILE, base, notes);
    let status = status(section, notes);
    let poll = section.duration("poll", QQ_POLL_MIN..=QQ_HI_MAX / 2, notes);
    let version = wire_word(section, "version", Settings::VERSION, notes);
    let lc = wire_word(section, "lc", Settings::LC, notes);
    Some(Qq {
        settings: Settings {
            server: server?,
            uin: uin?,
            password: Secret::default(),
            status,
            poll: poll.unwrap_or(Settings::POLL),
            version: version?,
            lc: lc?,
        },
        password_file: password_file.unwrap_or_else(|| super::QQ_PASSWORD_FILE.into()),
    })
}

/// An http address without a path. Over the open internet it is refused unless the person wrote that they know: the
/// interface has no https, and what goes over the line is all that a stranger needs.
fn server_of(text: &Text<'_>, plaintext: bool, notes: &mut Notes) -> Option<Url> {
    let found = quoted(text.get_ref());
    let url = match Url::parse(text.get_ref().as_bytes()) {
        Ok(url) if !url.tls && url.path == "/" => url,
        Ok(url) if url.tls => {
            let right = "an http address: the interface of QQ has no https";
            notes.value(text, format!("server: found {found}, expected {right}"));
            return None;
        }
        Ok(url) => {
            let right = format!("expected no path behind it: \"http://{}\"", url.to);
            notes.value(text, format!("server: found {found}, {right}"));
            return None;
        }
        Err(_) => {
            notes.value(text, format!("server: found {found}, expected an address such as \"{SERVER}\""));
            return None;
        }
    };
    let host = &url.to.host;
    if is_public(host) && plaintext {
        notes.warn(
            text,
            format!("server: {host} looks public, and {DANGER}; keep an account for this board alone"),
        );
    } else if is_public(host) {
        let remedy = "use a server in your own network, or say that you know by allow_plaintext = true";
        notes.value(text, format!("server: {host} looks public, and {DANGER}; {remedy}"));
        return None;
    }
    Some(url)
}

fn status(section: Section<'_>, notes: &mut Notes) -> Status {
    let status = account::status(section, notes);
    if !matches!(status, Status::Online | Status::Busy | Status::Invisible)
        && let Some(value) = section.value("status")
    {
        notes.warn(
            value,
            format!("status: QQ has online, busy and invisible; {status} is told as busy there"),
        );
    }
    status
}

/// A value that goes into every request as it is.
fn wire_word(section: Section<'_>, key: &str, default: &str, notes: &mut Notes) -> Option<String> {
    if section.value(key).is_none() {
        return Some(default.to_owned());
    }
    let text = section.text(key, default, notes)?;
    let word = *text.get_ref();
    let plain = word.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'.');
    if word.is_empty() || word.len() > WIRE_WORD_MAX || !plain {
        let right = format!("1 to {WIRE_WORD_MAX} letters and digits such as \"{default}\"");
        notes.value(&text, format!("{key}: found {}, expected {right}", quoted(word)));
        return None;
    }
    Some(word.to_owned())
}

/// Why not over the open internet.
const DANGER: &str = "QQ sends the MD5 of the password over plain http: whoever reads the line once can sign in as you \
                      for ever";
/// What a server looks like.
const SERVER: &str = "http://127.0.0.1:8000";
/// What a number looks like.
const UIN_EXAMPLE: u64 = 29_501_213;
/// Octets of `version` and `lc`: twice what any client of the time sent.
const WIRE_WORD_MAX: usize = 32;

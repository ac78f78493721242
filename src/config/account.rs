//! What an account on either network has: files, a status, and a host that may be public.
//!
//! Knows no protocol, and reads no file.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::mistake::Notes;
use super::tree::{Section, quoted};
use crate::presence::Status;

/// A path, taken from the directory of the configuration file when it is relative.
pub(super) fn path(
    section: Section<'_>,
    key: &str,
    example: &str,
    base: &Path,
    notes: &mut Notes,
) -> Option<PathBuf> {
    let text = section.text(key, example, notes)?;
    if text.get_ref().is_empty() || text.get_ref().contains('\0') {
        notes.value(
            &text,
            format!("{key}: found {}, expected a path such as \"{example}\"", quoted(text.get_ref())),
        );
        return None;
    }
    Some(base.join(text.get_ref()))
}

/// The status to sign in with.
pub(super) fn status(section: Section<'_>, notes: &mut Notes) -> Status {
    let words = Status::ALL.map(Status::as_str);
    section.word("status", &words, Status::named, notes).unwrap_or_default()
}

/// Whether a host is probably reached over the open internet: no literal private address, and no name of a home network.
pub(super) fn is_public(host: &str) -> bool {
    // A zone (`fe80::1%eth0`) says by which interface, not whether the address is private.
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    match address.parse() {
        Ok(IpAddr::V4(ip)) => !(ip.is_private() || ip.is_loopback() || ip.is_link_local()),
        Ok(IpAddr::V6(ip)) => !(ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local()),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            let home = ["localhost", "local", "lan", "home.arpa", "internal"];
            name.contains('.')
                && !home.iter().any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
        }
    }
}

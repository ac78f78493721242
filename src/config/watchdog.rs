//! `[watchdog]`: the kernel's watchdog that the agent feeds.
//!
//! Does not open it, nor look whether it is there: that resets machines.

use std::path::PathBuf;

use super::mistake::Notes;
use super::tree::{Section, quoted};

/// The keys of `[watchdog]`.
pub(super) const KEYS: [&str; 1] = ["device"];

/// Reads `[watchdog]`. Without the section there is none. A device is named as the kernel names it: whatever else it
/// might be would be written to.
pub(super) fn read(root: Section<'_>, notes: &mut Notes) -> Option<PathBuf> {
    let section = root.section("watchdog", "[watchdog]", &KEYS, notes)?;
    let device = section.needed("device", EXAMPLE, notes)?;
    let number = device.get_ref().strip_prefix("/dev/watchdog").unwrap_or_default();
    let is_number = (1..=DIGITS_MAX).contains(&number.len()) && number.bytes().all(|c| c.is_ascii_digit());
    if !is_number {
        let right = format!("a watchdog of the kernel by its number, such as \"{EXAMPLE}\"");
        notes.value(&device, format!("device: found {}, expected {right}", quoted(device.get_ref())));
        return None;
    }
    Some(PathBuf::from(*device.get_ref()))
}

/// What a device looks like.
const EXAMPLE: &str = "/dev/watchdog0";
/// Digits of its number: the kernel has 32 of them.
const DIGITS_MAX: usize = 2;

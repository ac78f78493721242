//! `[display]`: the display's habits.
//!
//! Knows no panel and no pixel.

use super::mistake::Notes;
use super::tree::Section;
use crate::agent::{Display, Privacy};
use crate::time::Duration;

/// The keys of `[display]`.
pub(super) const KEYS: [&str; 2] = ["blank_after", "privacy"];

/// Reads `[display]`.
pub(super) fn read(root: Section<'_>, notes: &mut Notes) -> Display {
    let mut display = Display::default();
    let Some(section) = root.section("display", "[display]", &KEYS, notes) else { return display };
    let never = section.value("blank_after").and_then(|value| value.get_ref().as_str()) == Some(NEVER);
    let range = Duration::from_secs(5)..=Duration::from_secs(24 * 3600);
    if never {
        display.blank_after = Duration::ZERO;
    } else if let Some(blank_after) = section.duration("blank_after", range, notes) {
        display.blank_after = blank_after;
    }
    if let Some(privacy) = section.word("privacy", &["full", "sender", "none"], privacy, notes) {
        display.privacy = privacy;
    }
    display
}

fn privacy(word: &str) -> Option<Privacy> {
    match word {
        "full" => Some(Privacy::Full),
        "sender" => Some(Privacy::Sender),
        "none" => Some(Privacy::None),
        _ => None,
    }
}

/// `blank_after` of a display that never goes dark by itself.
const NEVER: &str = "0s";

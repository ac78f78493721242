//! `[replies]` and `[display]`: the canned replies and the display's habits.
//!
//! Knows no contact and no pixel.

use super::mistake::Notes;
use super::networks::Networks;
use super::tree::{Section, quoted};
use crate::agent::{Display, Privacy, Replies};
use crate::limits::{QQ_SAY_MAX, TEXT_MAX};
use crate::text::is_showable;
use crate::time::Duration;

/// The keys of `[replies]`.
pub(super) const REPLIES_KEYS: [&str; 2] = ["texts", "expire"];
/// The keys of `[display]`.
pub(super) const DISPLAY_KEYS: [&str; 2] = ["blank_after", "privacy"];

/// Reads `[replies]`.
pub(super) fn replies(root: Section<'_>, networks: Networks, notes: &mut Notes) -> Replies {
    let mut replies = Replies::default();
    let Some(section) = root.section("replies", "[replies]", &REPLIES_KEYS, notes) else { return replies };
    for text in section.texts("texts", "Back in five minutes", notes).unwrap_or_default() {
        let reply = *text.get_ref();
        if reply.trim().is_empty() || !reply.chars().all(is_showable) {
            notes.value(&text, format!("texts: found {}, expected one line of words", quoted(reply)));
        } else if reply.len() > TEXT_MAX {
            let found = reply.len();
            notes.value(&text, format!("texts: found {found} octets, expected at most {TEXT_MAX} a reply"));
        } else if replies.texts.len() == REPLIES_MAX {
            notes.structure(
                &text,
                format!("texts: found more than {REPLIES_MAX} replies, expected at most that"),
            );
            break;
        }
        if networks.has_qq() && (QQ_SAY_MAX + 1..=TEXT_MAX).contains(&reply.len()) {
            let found = reply.len();
            let advice = format!("QQ takes {QQ_SAY_MAX} at once, so there it goes out as two messages");
            notes.warn(&text, format!("texts: found {found} octets; {advice}"));
        }
        replies.texts.push(reply.to_owned());
    }
    let range = Duration::from_secs(5)..=Duration::from_secs(3600);
    if let Some(expire) = section.duration("expire", range, notes) {
        replies.expire = expire;
    }
    replies
}

/// Reads `[display]`.
pub(super) fn display(root: Section<'_>, notes: &mut Notes) -> Display {
    let mut display = Display::default();
    let Some(section) = root.section("display", "[display]", &DISPLAY_KEYS, notes) else { return display };
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
/// Canned replies: as many as one still steps through with a button.
const REPLIES_MAX: usize = 32;

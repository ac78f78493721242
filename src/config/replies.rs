//! `[replies]`: the canned replies, and for how long one may be sent.
//!
//! Knows no button and no contact.

use super::mistake::Notes;
use super::networks::Networks;
use super::tree::{Section, quoted};
use crate::agent::Replies;
use crate::limits::{QQ_SAY_MAX, TEXT_MAX};
use crate::text::is_showable;
use crate::time::Duration;

/// The keys of `[replies]`.
pub(super) const KEYS: [&str; 2] = ["texts", "expire"];

/// Reads `[replies]`.
pub(super) fn read(root: Section<'_>, networks: Networks, notes: &mut Notes) -> Replies {
    let mut replies = Replies::default();
    let Some(section) = root.section("replies", "[replies]", &KEYS, notes) else { return replies };
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

/// Canned replies: as many as one still steps through with a button.
const REPLIES_MAX: usize = 32;

//! `[buttons]`: what a click, a double click, a hold, a press and a release do.
//!
//! Does not recognise gestures, nor carry out actions.

use std::ops::RangeInclusive;

use super::board::BoardNames;
use super::mistake::Notes;
use super::name_of;
use super::tree::{Section, Text, quoted};
use crate::agent::{Action, Button};
use crate::limits::BUTTONS_MAX;
use crate::nearest;
use crate::presence::Status;
use crate::time::Duration;

/// The keys of one button.
pub(super) const KEYS: [&str; 9] =
    ["click", "double", "hold", "repeat", "press", "release", "hold_after", "double_within", "debounce"];

/// Reads `[buttons]` in the order of the file. `replies` is how many replies there are; `names` are those of the board,
/// or `None` for a board that has every name.
pub(super) fn read(
    root: Section<'_>,
    replies: usize,
    names: Option<&BoardNames>,
    notes: &mut Notes,
) -> Vec<Button> {
    let mut buttons = Vec::new();
    for (name, value) in root.entries("buttons", "[buttons]", notes) {
        if buttons.len() == BUTTONS_MAX {
            notes.structure(&name, format!("found more than {BUTTONS_MAX} buttons, expected at most that"));
            break;
        }
        let Some(legal) = name_of("button", &name, notes) else { continue };
        if let Some(names) = names {
            names.expect_button(&name, notes);
        }
        if let Some(section) = Section::of_value("a button", value, &KEYS, notes) {
            buttons.push(button(legal, &name, section, replies, notes));
        }
    }
    buttons
}

fn button(legal: String, name: &Text<'_>, section: Section<'_>, replies: usize, notes: &mut Notes) -> Button {
    expect_sense(&legal, name, section, notes);
    let mut action = |gesture| {
        let text = section.text(gesture, "acknowledge", notes)?;
        action(gesture, &text, replies, notes)
    };
    let (press, release) = (action("press"), action("release"));
    let (click, double, hold) = (action("click"), action("double"), action("hold"));
    let usual = Button::default();
    let mut time = |key, range, usual| section.duration(key, range, notes).unwrap_or(usual);
    let hold_after = time("hold_after", ms(200, 5000), usual.hold_after);
    let double_within = time("double_within", ms(100, 1000), usual.double_within);
    let debounce = time("debounce", ms(1, 100), usual.debounce);
    let repeat = section.duration("repeat", ms(100, 2000), notes);
    Button { name: legal, press, release, click, double, hold, repeat, hold_after, double_within, debounce }
}

/// A button does something, and no way to press it means two things.
fn expect_sense(legal: &str, name: &Text<'_>, section: Section<'_>, notes: &mut Notes) {
    let bound = |gestures: &[&'static str]| -> Option<&'static str> {
        gestures.iter().copied().find(|gesture| section.value(gesture).is_some())
    };
    let (edge, judged) = (bound(&["press", "release"]), bound(&["click", "double", "hold", "repeat"]));
    let wrong = match (edge, judged) {
        (None, None) => {
            "does nothing; expected at least one of click, double, hold, press or release".to_owned()
        }
        (Some(edge), Some(judged)) => {
            format!(
                "has {edge} and {judged}, so that a press would do two things; \
                 expected press and release, or the others"
            )
        }
        _ if bound(&["repeat"]).is_none() => return,
        _ if bound(&["hold"]).is_some() => {
            "has hold and repeat, so that a long press would do two things; expected one of them".to_owned()
        }
        _ if bound(&["click"]).is_none() => {
            "has repeat and no click, which is what it repeats; add a click, or take repeat away".to_owned()
        }
        _ => return,
    };
    notes.structure(name, format!("button \"{legal}\" {wrong}"));
}

fn action(gesture: &str, text: &Text<'_>, replies: usize, notes: &mut Notes) -> Option<Action> {
    let word = *text.get_ref();
    let action = named(word);
    match action {
        None => {
            let wrong = quoted(word);
            notes.value(text, format!("{gesture}: found {wrong}; {}", hint(word)));
        }
        Some(Action::Reply(index)) if usize::from(index) >= replies => {
            let right = match replies {
                0 => "[replies] has no texts".to_owned(),
                1 => "[replies] has one text".to_owned(),
                more => format!("[replies] has {more} texts"),
            };
            notes.structure(text, format!("{gesture}: found {}, but {right}", quoted(word)));
        }
        Some(Action::NextReply | Action::SendReply) if replies == 0 => {
            let example = "add texts = [\"Back in five minutes\"] there";
            notes.structure(
                text,
                format!("{gesture}: found \"{word}\", but [replies] has no texts; {example}"),
            );
        }
        Some(_) => {}
    }
    action
}

/// The action of a word of the configuration. Replies are counted from 1 there and from 0 in [`Action::Reply`].
fn named(word: &str) -> Option<Action> {
    if let Some((_, action)) = PLAIN.iter().find(|(name, _)| *name == word) {
        return Some(*action);
    }
    match word.split_once(':')? {
        ("reply", digits) => {
            let number = crate::text::number(digits.as_bytes())?;
            u8::try_from(number.checked_sub(1)?).ok().map(Action::Reply)
        }
        ("status", status) => Status::named(status).map(Action::Status),
        _ => None,
    }
}

/// The word of the configuration for an action.
pub(crate) fn word(action: Action) -> String {
    match action {
        Action::Reply(index) => format!("reply:{}", u16::from(index) + 1),
        Action::Status(status) => format!("status:{status}"),
        plain => PLAIN.iter().find(|(_, action)| *action == plain).map_or("", |(name, _)| name).to_owned(),
    }
}

fn hint(wrong: &str) -> String {
    if let Some(status) = wrong.strip_prefix("status:") {
        return format!("status: {}", nearest::hint(status, Status::ALL.map(Status::as_str)));
    }
    if wrong.starts_with("reply:") {
        return "expected reply:N, where reply:1 is the first of [replies] texts".to_owned();
    }
    let words = PLAIN.iter().map(|(name, _)| *name);
    nearest::hint(wrong, words.chain(["reply:N", "status:NAME"]))
}

const fn ms(from: u64, to: u64) -> RangeInclusive<Duration> {
    Duration::from_millis(from)..=Duration::from_millis(to)
}

/// Actions that are one word.
const PLAIN: [(&str, Action); 7] = [
    ("next-reply", Action::NextReply),
    ("send-reply", Action::SendReply),
    ("acknowledge", Action::Acknowledge),
    ("nudge", Action::Nudge),
    ("cycle-status", Action::CycleStatus),
    ("next-page", Action::NextPage),
    ("wake", Action::Wake),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_one_word() {
        for word_of in ["next-reply", "reply:1", "reply:256", "status:brb", "wake", "nudge", "next-page"] {
            assert_eq!(word(named(word_of).unwrap()), word_of);
        }
        for wrong in ["", "reply", "reply:0", "reply:257", "reply:-1", "status:", "status:offline", "Wake"] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }
}

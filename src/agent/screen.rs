//! What the display shows: rows of text, a pure function of the whole state.
//!
//! It does not know pixels or fonts, only columns; wide characters take two. Text of strangers loses every character
//! that must not be shown on its way into a row.

use core::fmt::Write as _;

use heapless::String;

use super::notice::{MessageKind, Said};
use super::reply::{Menu, Sent};
use super::roster::Known;
use super::rows::Rows;
use super::settings::{Action, Display, Privacy, Settings};
use super::state::{State, Stop, View};
use crate::frame::{Layout, Screen};
use crate::limits::ROW_MAX;
use crate::msnp::Outcome;
use crate::presence::{LinkState, Presence};
use crate::time::Instant;

/// The whole display. Dark after a while, whatever waits: lights go on telling, and the panel lives longer.
pub(super) fn screen(now: Instant, settings: &Settings, state: &State) -> Screen {
    let over = matches!(state.stop, Stop::Done | Stop::Told);
    if over || !state.is_lit(now, &settings.display) {
        return Screen::default();
    }
    let mut rows = Rows::new(&settings.display);
    let layout = if matches!(state.stop, Stop::Asked(_)) {
        link_page(&mut rows, LinkState::Stopping, "")
    } else if let Some(menu) = state.desk.menu() {
        menu_page(&mut rows, settings, state, menu)
    } else if let Some(sent) = state.desk.outcome() {
        outcome_page(&mut rows, settings, state, sent)
    } else if let Some(words) = &state.words {
        rows.line("server says");
        rows.words(&words.text);
        Layout::Notice
    } else {
        match state.view {
            View::Message(id) => message_page(&mut rows, settings, state, id),
            View::Contacts(page) => contacts_page(&mut rows, settings, state, page),
        }
    };
    Screen { layout, rows: rows.into_rows(), lit: true }
}

/// How many pages the contact list has, the link's own page included.
pub(super) fn pages(settings: &Settings, state: &State) -> u16 {
    let page = contacts_a_page(&settings.display);
    // Who is offline only fills up the last page: a long list of absence helps nobody.
    let here = state.roster.followed().filter(|known| known.presence != Presence::Offline).count();
    let pages = here.div_ceil(page).max(1) + usize::from(has_link_page(state));
    u16::try_from(pages).unwrap_or(u16::MAX)
}

/// Whether the message page must not say who wrote.
pub(super) fn hides_sender(display: &Display) -> bool {
    display.privacy == Privacy::None
}

/// The link has something to say before the contacts: it needs a person, is broken, or there is nobody to show yet.
fn has_link_page(state: &State) -> bool {
    use LinkState::{
        Connecting, Elsewhere, Lost, Online, Refused, SigningIn, Stale, Starting, Stopped, Stopping,
    };
    match state.link {
        Online | Stale => false,
        Lost | Elsewhere | Refused | Stopping | Stopped => true,
        Starting | Connecting | SigningIn => state.roster.followed().next().is_none(),
    }
}

fn contacts_a_page(display: &Display) -> usize {
    usize::from(display.rows).saturating_sub(1).max(1)
}

/// What the link does, why, and what happens next.
fn link_page(rows: &mut Rows, link: LinkState, why: &str) -> Layout {
    let (what, next) = match link {
        LinkState::Starting => ("starting", ""),
        LinkState::Connecting => ("connecting", ""),
        LinkState::SigningIn => ("signing in", ""),
        LinkState::Online => ("online", ""),
        LinkState::Stale => ("online?", "the server is silent"),
        LinkState::Lost => ("connection lost", "trying again by itself"),
        LinkState::Elsewhere => ("signed in elsewhere", "press a button to sign in here"),
        LinkState::Refused => ("sign-in refused", "press a button to try again"),
        LinkState::Stopping => ("signing out", ""),
        LinkState::Stopped => ("signed out", ""),
    };
    rows.line(what);
    rows.words(why);
    rows.words(next);
    Layout::Notice
}

/// Own status and numbers, then who does what.
fn contacts_page(rows: &mut Rows, settings: &Settings, state: &State, page: u16) -> Layout {
    // There may be fewer pages than when this one was turned to.
    let page = page.min(pages(settings, state) - 1);
    let link_page_first = has_link_page(state);
    if link_page_first && page == 0 {
        return link_page(rows, state.link, &state.why);
    }
    let page = usize::from(page) - usize::from(link_page_first);
    heading(rows, state);
    let most = contacts_a_page(&settings.display);
    let contacts = state.roster.page(page * most, most);
    if contacts.is_empty() {
        rows.line("no contacts");
    }
    for known in contacts {
        let doing = what_they_do(state, &known);
        rows.pair(state.title(settings, known.account), doing);
    }
    Layout::List
}

fn heading(rows: &mut Rows, state: &State) {
    let mut left: String<ROW_MAX> = String::new();
    let mut right: String<ROW_MAX> = String::new();
    if state.link.is_live() {
        let own = state.own.map_or("", |own| own.as_str());
        let changing = if state.own == Some(state.wanted) { "" } else { "…" };
        let _ = write!(left, "{own}{changing}");
        let (mut here, mut all) = (0_u16, 0_u16);
        for known in state.roster.followed() {
            all = all.saturating_add(1);
            here += u16::from(!matches!(known.presence, Presence::Offline | Presence::Unknown));
        }
        let _ = write!(right, "{here}/{all}");
    } else {
        // JSON has the word with a hyphen; people read two.
        left.push_str(if state.link == LinkState::SigningIn { "signing in" } else { state.link.as_str() })
            .ok();
    }
    if state.mail > 0 {
        let _ = write!(left, " mail {}", state.mail);
    }
    rows.pair(&left, &right);
}

fn what_they_do(state: &State, known: &Known<'_>) -> &'static str {
    if is_typing(state, known.account) {
        return "typing";
    }
    match known.presence {
        Presence::Unknown => "?",
        presence => presence.as_str(),
    }
}

fn is_typing(state: &State, account: &str) -> bool {
    state.typing.iter().any(|typing| typing.who.eq_ignore_ascii_case(account))
}

/// The sender, how many they wrote and how many others wait; then their last words.
fn message_page(rows: &mut Rows, settings: &Settings, state: &State, id: u32) -> Layout {
    let Some(row) = state.latch.row(id) else { return Layout::Message };
    let privacy = settings.display.privacy;
    let mut count: String<ROW_MAX> = String::new();
    if privacy == Privacy::None {
        let all: u32 = state.latch.iter().map(|row| u32::from(row.unread)).sum();
        rows.line(if all == 1 { "a message waits" } else { "messages wait" });
        return Layout::Message;
    }
    if row.unread > 1 {
        let _ = write!(count, "({})", row.unread);
    }
    let others = state.latch.iter().len().saturating_sub(1);
    if others > 0 {
        let _ = write!(count, "{}+{others}", if count.is_empty() { "" } else { " " });
    }
    rows.pair(state.title(settings, &row.from), &count);
    let typing = is_typing(state, &row.from);
    if typing {
        rows.keep_last();
    }
    if row.kind == MessageKind::Nudge {
        rows.line("nudges you");
    }
    if privacy == Privacy::Full {
        if row.kind == MessageKind::Invite {
            rows.line("offers");
        }
        rows.words(&row.text);
    }
    if typing {
        rows.last("is typing...");
    }
    Layout::Message
}

/// To whom, the text chosen, and which button does what.
fn menu_page(rows: &mut Rows, settings: &Settings, state: &State, menu: &Menu) -> Layout {
    let mut to: String<ROW_MAX> = String::new();
    crate::text::push_cut(&mut to, "To: ");
    crate::text::push_cut(&mut to, state.title(settings, &menu.to));
    rows.line(&to);
    rows.line(Said::Reply(menu.choice).words(&settings.replies));
    hint(rows, settings, Action::NextReply, "next");
    hint(rows, settings, Action::SendReply, "send");
    hint(rows, settings, Action::Acknowledge, "cancel");
    Layout::Menu
}

/// To whom, what, how it came out, and what can be done about it.
fn outcome_page(rows: &mut Rows, settings: &Settings, state: &State, sent: &Sent) -> Layout {
    let mut to: String<ROW_MAX> = String::new();
    crate::text::push_cut(&mut to, "To: ");
    crate::text::push_cut(&mut to, state.title(settings, &sent.to));
    rows.line(&to);
    rows.line(match sent.said {
        Said::Reply(_) => sent.said.words(&settings.replies),
        Said::Nudge => "(nudge)",
    });
    rows.line(match sent.outcome {
        Outcome::Sending => "sending...",
        Outcome::Delivered => "delivered",
        Outcome::Failed => "not delivered",
        Outcome::Unsure => "perhaps delivered",
    });
    if matches!(sent.outcome, Outcome::Failed | Outcome::Unsure) {
        rows.keep_last();
        rows.words(&sent.why);
        hint(rows, settings, Action::SendReply, "send again");
    }
    Layout::Notice
}

/// `click left: next`, for the first button that does it.
fn hint(rows: &mut Rows, settings: &Settings, action: Action, what: &str) {
    let bound = settings.buttons.iter().find_map(|button| {
        let gestures = [(button.click, "click"), (button.hold, "hold"), (button.double, "double")];
        let gesture = gestures.into_iter().find(|(bound, _)| *bound == Some(action))?;
        Some((gesture.1, button.name.as_str()))
    });
    let Some((gesture, button)) = bound else { return };
    let mut text: String<ROW_MAX> = String::new();
    for part in [gesture, " ", button, ": ", what] {
        crate::text::push_cut(&mut text, part);
    }
    rows.last(&text);
}

//! What the display shows: rows of text, a pure function of the whole state.
//!
//! It does not know pixels or fonts, only columns; wide characters take two. Text of strangers loses every character
//! that must not be shown on its way into a row.

use core::fmt::Write as _;

use heapless::String;

use super::accounts::{Account, here_and_all};
use super::notice::{MessageKind, Said};
use super::reply::{Menu, Sent};
use super::roster::Known;
use super::rows::Rows;
use super::settings::{Action, Display, Privacy, Settings};
use super::state::{About, State, Stop, View, Words};
use crate::frame::{Layout, Screen};
use crate::limits::ROW_MAX;
use crate::link::Network;
use crate::message::Outcome;
use crate::presence::{LinkState, Presence, Status};
use crate::time::Instant;

/// The whole display. Dark after a while, whatever waits: lights go on telling, and the panel lives longer.
pub(super) fn screen(now: Instant, settings: &Settings, state: &State) -> Screen {
    let over = matches!(state.stop, Stop::Done | Stop::Told);
    if over || !state.is_lit(now, &settings.display) {
        return Screen::default();
    }
    let mut rows = Rows::new(&settings.display);
    let layout = if matches!(state.stop, Stop::Asked(_)) {
        link_page(&mut rows, None, LinkState::Stopping, "")
    } else if let Some(menu) = state.desk.menu() {
        menu_page(&mut rows, settings, state, menu)
    } else if let Some(sent) = state.desk.outcome() {
        outcome_page(&mut rows, settings, state, sent)
    } else if let Some(words) = &state.words {
        words_page(&mut rows, settings, state, words)
    } else {
        match state.view {
            View::Message(id) => message_page(&mut rows, settings, state, id),
            View::Contacts(page) => contacts_page(&mut rows, settings, state, page),
        }
    };
    Screen { layout, rows: rows.into_rows(), lit: true }
}

/// How many pages the contact list has, the links' own pages included.
pub(super) fn pages(settings: &Settings, state: &State) -> u16 {
    let pages = usize::from(contact_pages(settings, state)) + link_pages(state).count();
    u16::try_from(pages).unwrap_or(u16::MAX)
}

/// The network whose link's page is on the display, if one is.
pub(super) fn link_shown(now: Instant, settings: &Settings, state: &State) -> Option<Network> {
    let covered = state.desk.menu().is_some() || state.desk.outcome().is_some() || state.words.is_some();
    match state.view {
        View::Contacts(page) if !covered && state.is_lit(now, &settings.display) => {
            linked(settings, state, page).ok().map(|account| account.network)
        }
        _ => None,
    }
}

fn contact_pages(settings: &Settings, state: &State) -> u16 {
    let page = contacts_a_page(settings, state);
    // Who is offline only fills up the last page: a long list of absence helps nobody.
    let here = state.accounts.followed().filter(|known| known.presence != Presence::Offline).count();
    u16::try_from(here.div_ceil(page).max(1)).unwrap_or(u16::MAX)
}

/// The link a page of the contact list is about, or else which page of contacts it is. The pages of links come first,
/// but last while contacts of another network are there to be seen.
fn linked<'a>(settings: &Settings, state: &'a State, page: u16) -> Result<&'a Account, u16> {
    let links = u16::try_from(link_pages(state).count()).unwrap_or(u16::MAX);
    let contacts = contact_pages(settings, state);
    // There may be fewer pages than when this one was turned to.
    let page = page.min((links + contacts).saturating_sub(1));
    let first = if state.accounts.any_is_live() { contacts } else { 0 };
    let nth = page.checked_sub(first).and_then(|nth| link_pages(state).nth(usize::from(nth)));
    nth.ok_or(if first == 0 { page.saturating_sub(links) } else { page })
}

/// Whether the message page must not say who wrote.
pub(super) fn hides_sender(display: &Display) -> bool {
    display.privacy == Privacy::None
}

/// The accounts whose link has something to say on a page of its own: it needs a person, is broken, or there is nobody
/// to show yet.
fn link_pages(state: &State) -> impl Iterator<Item = &Account> {
    use LinkState::{
        Connecting, Elsewhere, Lost, Online, Refused, SigningIn, Stale, Starting, Stopped, Stopping,
    };
    let anybody = state.accounts.followed().next().is_some();
    state.accounts.iter().filter(move |account| match account.link {
        Online | Stale => false,
        Lost | Elsewhere | Refused | Stopping | Stopped => true,
        Starting | Connecting | SigningIn => !anybody && !state.accounts.any_is_live(),
    })
}

/// Rows above the contacts: one for all accounts while they agree, else one for each if there is room.
fn headings(settings: &Settings, state: &State) -> usize {
    let stands = |account: &Account| (!account.link.is_live()).then_some(account.link);
    let mut states = state.accounts.iter().map(|account| (stands(account), account.own));
    let first = states.next();
    let agree = states.all(|other| Some(other) == first);
    if agree || settings.display.rows < ROWS_FOR_TWO { 1 } else { state.accounts.iter().count() }
}

fn contacts_a_page(settings: &Settings, state: &State) -> usize {
    usize::from(settings.display.rows).saturating_sub(headings(settings, state)).max(1)
}

/// What a link does, why, and what happens next.
fn link_page(rows: &mut Rows, network: Option<Network>, link: LinkState, why: &str) -> Layout {
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
    rows.pair(what, network.map_or("", Network::as_str));
    rows.words(why);
    rows.words(next);
    Layout::Notice
}

/// Own status and numbers, then who does what.
fn contacts_page(rows: &mut Rows, settings: &Settings, state: &State, page: u16) -> Layout {
    let several = state.accounts.iter().count() > 1;
    let page = match linked(settings, state, page) {
        Ok(account) => {
            let network = several.then_some(account.network);
            return link_page(rows, network, account.link, &account.why);
        }
        Err(page) => usize::from(page),
    };
    if headings(settings, state) > 1 {
        state.accounts.iter().for_each(|account| heading_of_one(rows, state, account));
    } else {
        heading(rows, state);
    }
    let most = contacts_a_page(settings, state);
    let contacts = state.accounts.page(page * most, most);
    if contacts.is_empty() {
        rows.line("no contacts");
    }
    for known in contacts {
        let doing = what_they_do(state, &known);
        rows.pair(state.title(settings, known.account), doing);
    }
    Layout::List
}

/// What we are, on all networks at once, or the first thing about a link that keeps us from saying so.
fn heading(rows: &mut Rows, state: &State) {
    let mut left: String<ROW_MAX> = String::new();
    let mut right: String<ROW_MAX> = String::new();
    let down = state.accounts.iter().find(|account| !account.link.is_live());
    if let Some(account) = down.or_else(|| state.accounts.iter().next()) {
        if down.is_some() && state.accounts.any_is_live() {
            let _ = write!(left, "{} ", account.network.as_str());
        }
        push_standing(&mut left, account);
    } else {
        let _ = left.push_str(LinkState::Starting.as_str());
    }
    if state.accounts.any_is_live() {
        let (here, all) = state.accounts.here_and_all();
        let _ = write!(right, "{here}/{all}");
    }
    push_news(&mut left, state);
    rows.pair(&left, &right);
}

/// The same for one network of several.
fn heading_of_one(rows: &mut Rows, state: &State, account: &Account) {
    let mut left: String<ROW_MAX> = String::new();
    let mut right: String<ROW_MAX> = String::new();
    let _ = write!(left, "{} ", account.network.as_str());
    push_standing(&mut left, account);
    if account.link.is_live() {
        let (here, all) = here_and_all(account.roster.followed());
        let _ = write!(right, "{here}/{all}");
    }
    if account.network == Network::Msn {
        push_news(&mut left, state);
    }
    rows.pair(&left, &right);
}

fn push_standing(left: &mut String<ROW_MAX>, account: &Account) {
    let word = match account.link {
        LinkState::Online | LinkState::Stale => account.own.map_or("", Status::as_str),
        // JSON has the word with a hyphen; people read two.
        LinkState::SigningIn => "signing in",
        link => link.as_str(),
    };
    let changing = account.link.is_live() && account.own != Some(account.wanted);
    let _ = write!(left, "{word}{}", if changing { "…" } else { "" });
}

fn push_news(left: &mut String<ROW_MAX>, state: &State) {
    if state.mail > 0 {
        let _ = write!(left, " mail {}", state.mail);
    }
    let asking = state.requests.iter().filter(|request| !request.seen).count();
    if asking > 0 {
        let _ = write!(left, " request {asking}");
    }
}

/// Words of a server, or of somebody who wants to be a friend. A stranger's words are what a passer-by must not read
/// before anybody's.
fn words_page(rows: &mut Rows, settings: &Settings, state: &State, words: &Words) -> Layout {
    let what = match words.about {
        About::Server => "server says",
        About::Asked => "asks to be a friend",
        About::Accepted => "is a friend now",
        About::Refused => "wants no friends",
    };
    let privacy = settings.display.privacy;
    if words.about != About::Server {
        let title = state.title(settings, &words.from);
        rows.line(if privacy == Privacy::None { "somebody" } else { title });
    }
    rows.line(what);
    if words.about == About::Server || privacy == Privacy::Full {
        rows.words(&words.text);
    }
    Layout::Notice
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

/// Rows of the smallest display that has a heading for each network when they differ.
const ROWS_FOR_TWO: u8 = 4;

//! What the network's events change.
//!
//! It does not know lights or pages: it changes state, and what is shown follows from that.

use heapless::String;

use super::notice::MessageKind;
use super::state::{Effect, State, Typing, View, Words};
use crate::limits::ACCOUNT_MAX;
use crate::msnp::{Body, Contact, Event, Lists, Outcome};
use crate::presence::{LinkState, Status};
use crate::text::{self, Shown};
use crate::time::{Duration, Instant, earlier};

impl State {
    /// The network says something. [`State::turned`] is due after the last event of a turn.
    pub(super) fn msn(&mut self, now: Instant, event: Event<'_>) {
        match event {
            Event::State { state, why } => self.link_state(now, state, why),
            Event::Own(status) => self.own_status(status),
            Event::OwnName(_) => {}
            Event::ListsBegin => self.roster.begin(),
            Event::Group { id, name } => self.edit(|state| state.roster.group(id, name)),
            Event::Contact(contact) => self.roster.listed(&contact),
            Event::ListsEnd(version) => self.edit(|state| state.roster.end(version)),
            Event::ListsUnchanged => self.roster.unchanged(),
            Event::Added { contact, unasked } => self.added(now, &contact, unasked),
            Event::Removed { list, who, group, .. } => {
                self.edit(|state| state.roster.removed(list, who, group))
            }
            Event::GroupRenamed { id, name } => self.edit(|state| state.roster.rename_group(id, name)),
            Event::GroupRemoved(id) => self.edit(|state| state.roster.remove_group(id)),
            Event::Renamed { account, name } => self.save |= self.roster.rename(account, name),
            Event::Presence { account, presence, name, initial } => {
                self.roster.presence(account, presence, name);
                if initial && self.settle_at.is_some() {
                    self.settle_at = Some(now + SETTLE);
                }
            }
            Event::Message { from, body, .. } => self.message(now, from, body),
            Event::Delivery { ticket, outcome, why } => self.delivery(now, ticket, outcome, why),
            Event::Edited { ticket, refused } => {
                log::debug!("msn: edit {ticket} answered, error {refused:?}")
            }
            Event::Mail { unread, from } => self.mail(now, unread, from),
            Event::Notice(words) => self.server_says(now, words),
        }
    }

    fn link_state(&mut self, now: Instant, state: LinkState, why: &str) {
        let was = core::mem::replace(&mut self.link, state);
        if was == state && self.why == why {
            return;
        }
        self.why = text::cut(why);
        self.notices.link(state, why);
        if !state.is_live() {
            // A colour never outlives the link that justified it.
            self.roster.forget_presence();
            self.settle_at = None;
            self.typing.clear();
            if self.own.take().is_some() {
                self.notices.own(None);
            }
        } else if !was.is_live() {
            self.settle_at = Some(now + SETTLE);
        }
        if was != state && matches!(state, LinkState::Elsewhere | LinkState::Refused) {
            // Only a person can go on from here.
            self.fresh = now;
        }
        if state == LinkState::Stopped {
            self.stopped();
        }
    }

    fn own_status(&mut self, status: Status) {
        if self.own != Some(status) {
            self.own = Some(status);
            self.notices.own(self.own);
        }
    }

    /// Changes the lists; the snapshot is due once they are whole.
    fn edit(&mut self, change: impl FnOnce(&mut Self)) {
        change(self);
        self.save |= self.roster.is_whole();
    }

    fn added(&mut self, now: Instant, contact: &Contact<'_>, unasked: bool) {
        let mut new = false;
        self.edit(|state| new = state.roster.added(contact));
        if contact.lists.contains(Lists::FL) && self.link.is_live() {
            // Their presence, if they have one, comes at once.
            self.settle_at = earlier(self.settle_at, Some(now + SETTLE));
        }
        let asks = contact.lists == Lists::RL || contact.lists == Lists::PL;
        // Whoever is allowed or blocked was decided on before: they only put us back on their list.
        let decided = |lists: Lists| lists.contains(Lists::AL) || lists.contains(Lists::BL);
        let open = self.roster.find(contact.account).is_some_and(|known| !decided(known.lists));
        if unasked && new && asks && open {
            self.notices.message(contact.account, MessageKind::Request, "");
        }
    }

    /// Only friends can light a lamp or fill the display: on our list and not blocked. Others are not even noted, or
    /// a stranger could flood the board; the log tells of them at debug level.
    fn message(&mut self, now: Instant, from: &str, body: Body<'_>) {
        let Some(friend) = self.roster.find(from).filter(|known| known.is_friend()) else {
            log::debug!(
                "msn: a message of \"{}\" is ignored: not on the contact list, or blocked",
                Shown(from)
            );
            return;
        };
        let from: String<ACCOUNT_MAX> = text::cut(friend.account);
        let (kind, words) = match body {
            Body::Typing => return self.typing(now, &from),
            Body::Text(words) => (MessageKind::Text, words),
            Body::Nudge => (MessageKind::Nudge, ""),
            Body::Invite(what) => (MessageKind::Invite, what),
        };
        self.typing.retain(|typing| typing.who != from);
        self.notices.message(&from, kind, words);
        if let Some(displaced) = self.latch.push(&from, kind, words) {
            log::info!("agent: too many senders waiting; {} makes room", Shown(&displaced.from));
            self.notices.waiting(&displaced.from, 0);
        }
        if let Some(row) = self.latch.of(&from) {
            self.notices.waiting(&from, row.unread);
            self.view = View::Message(row.id);
        }
        if kind == MessageKind::Nudge {
            self.shoot(now, &from, Effect::Nudge);
        }
        self.desk.turn_page();
        self.fresh = now;
    }

    fn typing(&mut self, now: Instant, from: &str) {
        self.notices.message(from, MessageKind::Typing, "");
        self.typing.retain(|typing| typing.who != from);
        if self.typing.is_full() {
            self.typing.remove(0);
        }
        // There is room: a full list just lost one.
        let _ = self.typing.push(Typing { who: text::cut(from), until: now + TYPING_LASTS });
    }

    fn delivery(&mut self, now: Instant, ticket: u32, outcome: Outcome, why: &str) {
        let Some(sent) = self.desk.delivery(now, ticket, outcome, why) else { return };
        self.notices.reply(&sent.to, sent.said, outcome, why);
        match outcome {
            Outcome::Sending => {}
            Outcome::Delivered => {
                if let Some(unread) = self.latch.answer(&sent.to, sent.answered) {
                    self.notices.waiting(&sent.to, unread);
                }
                self.shoot(now, &sent.to, Effect::Delivered);
            }
            Outcome::Failed | Outcome::Unsure => {
                self.shoot(now, &sent.to, Effect::Failed);
                self.fresh = now;
            }
        }
    }

    fn mail(&mut self, now: Instant, unread: Option<u32>, from: &str) {
        self.mail = unread.unwrap_or_else(|| self.mail.saturating_add(1));
        if unread == Some(0) {
            return;
        }
        self.notices.message(from, MessageKind::Mail, "");
        self.fresh = now;
    }

    fn server_says(&mut self, now: Instant, words: &str) {
        log::info!("msn: the server says \"{}\"", Shown(words));
        self.words = Some(Words { text: text::cut(words), until: now + WORDS_LAST });
        self.fresh = now;
    }
}

/// Presences of the sign-in follow each other more closely than this. Until it has passed nobody is called offline, so
/// that a light does not go dark for a moment before it turns green.
const SETTLE: Duration = Duration::from_millis(500);
/// A typing mark, unless it is renewed; clients renew it every five seconds.
const TYPING_LASTS: Duration = Duration::from_secs(6);
/// Words of the server.
const WORDS_LAST: Duration = Duration::from_secs(20);

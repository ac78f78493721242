//! What the networks' events change.
//!
//! It does not know lights or pages: it changes state, and what is shown follows from that.

use heapless::String;

use super::control::report;
use super::notice::{MessageKind, OwnStatus};
use super::roster::Roster;
use super::state::{About, Effect, Request, State, Typing, View, Words};
use crate::limits::{ACCOUNT_MAX, NAME_MAX};
use crate::link::Network;
use crate::message::{Body, Outcome};
use crate::msnp::{self, Contact, GroupIds, ListVersion, Lists, Who};
use crate::presence::{LinkState, Status};
use crate::qq::info::{Field, Info};
use crate::qq::{self, Friendship};
use crate::text::{self, Shown};
use crate::time::{Duration, Instant, earlier};

impl State {
    /// MSN says something. [`State::turned`] is due after the last event of a turn.
    pub(super) fn msn(&mut self, now: Instant, event: msnp::Event<'_>) {
        use msnp::Event;
        const MSN: Network = Network::Msn;
        match event {
            Event::State { state, why } => self.link_state(now, MSN, state, why),
            Event::Own(status) => self.own_status(MSN, status),
            Event::OwnName(_) => {}
            Event::ListsBegin => self.edit(MSN, Roster::begin),
            Event::Group { id, name } => self.edit(MSN, |roster| roster.group(id, name)),
            Event::Contact(contact) => self.edit(MSN, |roster| roster.listed(&contact)),
            Event::ListsEnd(version) => {
                self.edit(MSN, |roster| roster.end(version));
                self.review_requests();
            }
            Event::ListsUnchanged => self.unchanged(),
            Event::Added { contact, unasked } => self.added(now, &contact, unasked),
            Event::Removed { list, who, group, .. } => {
                self.edit(MSN, |roster| roster.removed(list, who, group));
                self.review_requests();
            }
            Event::GroupRenamed { id, name } => self.edit(MSN, |roster| roster.rename_group(id, name)),
            Event::GroupRemoved(id) => self.edit(MSN, |roster| roster.remove_group(id)),
            Event::Renamed { account, name } => {
                self.renew(MSN, |roster| roster.rename(account, name));
            }
            Event::Presence { account, presence, name, initial } => {
                self.renew(MSN, |roster| roster.presence(account, presence, name));
                self.settle_later(now, initial);
            }
            Event::Message { from, body, .. } => self.message(now, MSN, from, body),
            Event::Delivery { ticket, outcome, why } => self.delivery(now, ticket, outcome, why),
            Event::Edited { ticket, verdict } => self.errands.edited(ticket, verdict),
            Event::Mail { unread, from } => self.mail(now, unread, from),
            Event::Notice(words) => self.server_says(now, MSN, words),
        }
    }

    /// The same of QQ, where a friend is somebody on the one list there is.
    pub(super) fn qq(&mut self, now: Instant, event: qq::Event<'_>) {
        use qq::Event;
        const QQ: Network = Network::Qq;
        match event {
            Event::State { state, why } => self.link_state(now, QQ, state, why),
            Event::Own(Some(status)) => self.own_status(QQ, status),
            Event::Own(None) => self.own_gone(QQ, OwnStatus::Unknown),
            Event::ListsBegin => self.edit(QQ, Roster::begin),
            Event::Contact { account } => self.edit(QQ, |roster| roster.listed(&friend(account))),
            Event::ListsEnd => self.edit(QQ, |roster| roster.end(&ListVersion::default())),
            Event::Added { account } => {
                self.renew(QQ, |roster| roster.added(&friend(account)));
            }
            Event::Removed { account } => {
                self.edit(QQ, |roster| roster.removed(Lists::FL, Who::Account(account), None))
            }
            Event::Presence { account, presence, name, .. } => {
                self.renew(QQ, |roster| roster.presence(account, presence, name));
            }
            Event::Message { from, body } => self.message(now, QQ, from, body),
            Event::Friendship { from, step, words } => self.friendship(now, from, step, words),
            Event::Delivery { ticket, outcome, why } => self.delivery(now, ticket, outcome, why),
            Event::Info { ticket, info } => {
                self.nickname(&info);
                self.errands.found(ticket, || report::info_rows(&info));
            }
            Event::Found { ticket, fields } => self.errands.found(ticket, || report::found_rows(fields)),
            Event::Edited { ticket, verdict } => self.errands.edited(ticket, verdict),
            Event::Notice(words) => self.server_says(now, QQ, words),
        }
    }

    fn link_state(&mut self, now: Instant, network: Network, state: LinkState, why: &str) {
        let Some(account) = self.accounts.of_mut(network) else { return };
        let was = core::mem::replace(&mut account.link, state);
        if was == state && account.why == why {
            return;
        }
        account.why = text::cut(why);
        self.notices.link(network, state, why);
        if !state.is_live() {
            // A colour never outlives the link that justified it.
            account.roster.forget_presence();
            account.settle_at = None;
            self.typing.retain(|typing| Network::of(&typing.who) != network);
            self.own_gone(network, OwnStatus::Offline);
        } else if !was.is_live() && network == Network::Msn {
            // QQ names everybody's state before it is online.
            account.settle_at = Some(now + SETTLE);
        }
        if was != state && matches!(state, LinkState::Elsewhere | LinkState::Refused) {
            // Only a person can go on from here.
            self.fresh = now;
        }
        if state == LinkState::Stopped {
            self.stopped();
        }
    }

    fn own_status(&mut self, network: Network, status: Status) {
        let Some(account) = self.accounts.of_mut(network) else { return };
        if account.own != Some(status) {
            account.own = Some(status);
            self.notices.own(network, OwnStatus::Is(status));
        }
    }

    /// What was confirmed counts no more.
    fn own_gone(&mut self, network: Network, now: OwnStatus) {
        let was = self.accounts.of_mut(network).and_then(|account| account.own.take());
        if was.is_some() {
            self.notices.own(network, now);
        }
    }

    /// Presences of the sign-in come one after the other: everybody else is offline only after the last one.
    fn settle_later(&mut self, now: Instant, initial: bool) {
        if let Some(account) = self.accounts.of_mut(Network::Msn)
            && initial
            && account.settle_at.is_some()
        {
            account.settle_at = Some(now + SETTLE);
        }
    }

    fn unchanged(&mut self) {
        if let Some(account) = self.accounts.of_mut(Network::Msn) {
            account.roster.unchanged();
        }
    }

    /// Changes a list; the snapshot is due once it is whole.
    fn edit(&mut self, network: Network, change: impl FnOnce(&mut Roster)) {
        self.renew(network, |roster| {
            change(roster);
            true
        });
    }

    /// Changes a list if there is something new to it, and says so.
    fn renew(&mut self, network: Network, change: impl FnOnce(&mut Roster) -> bool) -> bool {
        let Some(account) = self.accounts.of_mut(network) else { return false };
        let new = change(&mut account.roster);
        self.save |= new && account.roster.is_whole();
        new
    }

    fn added(&mut self, now: Instant, contact: &Contact<'_>, unasked: bool) {
        let new = self.renew(Network::Msn, |roster| roster.added(contact));
        let Some(account) = self.accounts.of_mut(Network::Msn) else { return };
        if contact.lists.contains(Lists::FL) && account.link.is_live() {
            // Their presence, if they have one, comes at once.
            account.settle_at = earlier(account.settle_at, Some(now + SETTLE));
        }
        let asks = contact.lists == Lists::RL || contact.lists == Lists::PL;
        // Whoever is allowed or blocked was decided on before: they only put us back on their list.
        let open = account.roster.find(contact.account).is_some_and(|known| !is_decided(known.lists));
        if unasked && new && asks && open {
            self.asked(now, contact.account, "");
        } else if !open {
            self.forget_request(contact.account);
        }
    }

    /// Whoever is not online has no name in the listings of states; what they tell of themselves has one.
    fn nickname(&mut self, info: &Info<'_>) {
        let name = info.text::<NAME_MAX>(Field::Nickname).unwrap_or_default();
        if let (Some(uin), false) = (info.uin(), name.trim().is_empty()) {
            self.renew(Network::Qq, |roster| roster.rename(&uin.account(), &name));
        }
    }

    /// Somebody may have been decided on by another client of ours, or have taken us off their list again.
    fn review_requests(&mut self) {
        let Some(account) = self.accounts.of(Network::Msn) else { return };
        let has_us = |lists: Lists| lists.contains(Lists::RL) || lists.contains(Lists::PL);
        self.requests.retain(|request| {
            let lists = account.roster.find(&request.from).map(|known| known.lists);
            Network::of(&request.from) != Network::Msn
                || lists.is_some_and(|lists| has_us(lists) && !is_decided(lists))
        });
    }

    /// A step of a friendship. Nothing is ever answered by itself.
    fn friendship(&mut self, now: Instant, from: &str, step: Friendship, words: &str) {
        let (kind, about) = match step {
            Friendship::Asked => return self.asked(now, from, words),
            Friendship::Accepted => (MessageKind::Accepted, About::Accepted),
            Friendship::Refused => (MessageKind::Refused, About::Refused),
        };
        self.notices.message(from, kind, words);
        self.announce(now, about, from, words);
    }

    /// Somebody asks to have us on their list. Whoever it is, is a stranger: they get one line of a few words, and
    /// strangers in a row do not keep the display lit or people from answering their friends.
    fn asked(&mut self, now: Instant, from: &str, words: &str) {
        self.notices.message(from, MessageKind::Request, words);
        self.forget_request(from);
        if self.requests.is_full() {
            self.requests.remove(0);
        }
        // There is room: a full list just lost one.
        let _ = self.requests.push(Request {
            from: text::cut(from),
            words: text::cut_marked(words),
            seen: false,
        });
        let (network, who) = (Network::of(from).as_str(), Shown(from));
        let colon = if words.is_empty() { "" } else { ": " };
        log::info!("{network}: {who} asks to be a friend{colon}{}", Shown(words));
        if self.asked_at.is_none_or(|last| last + ASKED_EVERY <= now) {
            self.asked_at = Some(now);
            self.announce(now, About::Asked, from, words);
        }
    }

    /// Nobody has to decide on it any more.
    pub(super) fn forget_request(&mut self, from: &str) {
        self.requests.retain(|request| !request.from.eq_ignore_ascii_case(from));
    }

    /// Only friends can light a lamp or fill the display: on our list and not blocked. Others are not even noted, or
    /// a stranger could flood the board; the log tells of them at debug level.
    fn message(&mut self, now: Instant, network: Network, from: &str, body: Body<'_>) {
        let known = self.accounts.of(network).and_then(|account| account.roster.find(from));
        let Some(friend) = known.filter(|known| known.is_friend()) else {
            let (network, from) = (network.as_str(), Shown(from));
            log::debug!("{network}: a message of \"{from}\" is ignored: not on the contact list, or blocked");
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
        // A friend's words come before a stranger's.
        self.words.take_if(|words| words.about != About::Server);
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
        self.errands.delivered(ticket, outcome, why);
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

    /// There is nobody who could send it.
    pub(super) fn undeliverable(&mut self, now: Instant, ticket: u32, network: Network) {
        let why = text::why(format_args!("no {} account is configured", network.as_str()));
        self.delivery(now, ticket, Outcome::Failed, &why);
    }

    fn mail(&mut self, now: Instant, unread: Option<u32>, from: &str) {
        self.mail = unread.unwrap_or_else(|| self.mail.saturating_add(1));
        if unread == Some(0) {
            return;
        }
        self.notices.message(from, MessageKind::Mail, "");
        self.fresh = now;
    }

    fn server_says(&mut self, now: Instant, network: Network, words: &str) {
        log::info!("{}: the server says \"{}\"", network.as_str(), Shown(words));
        self.announce(now, About::Server, "", words);
    }

    fn announce(&mut self, now: Instant, about: About, from: &str, words: &str) {
        let (from, text) = (text::cut(from), text::cut(words));
        self.words = Some(Words { about, from, text, until: now + WORDS_LAST });
        self.fresh = now;
    }
}

/// Whether a person said who may see us: yes or no.
const fn is_decided(lists: Lists) -> bool {
    lists.contains(Lists::AL) || lists.contains(Lists::BL)
}

/// Somebody on the QQ list, which knows neither names nor groups.
fn friend(account: &str) -> Contact<'_> {
    Contact { account, name: "", lists: Lists::FL, guid: None, groups: GroupIds(b"") }
}

/// Presences of the sign-in follow each other more closely than this. Until it has passed nobody is called offline, so
/// that a light does not go dark for a moment before it turns green.
const SETTLE: Duration = Duration::from_millis(500);
/// A typing mark, unless it is renewed; clients renew it every five seconds.
const TYPING_LASTS: Duration = Duration::from_secs(6);
/// A stranger's request takes the display at most this often.
const ASKED_EVERY: Duration = Duration::from_secs(60);
/// Words that are no message.
const WORDS_LAST: Duration = Duration::from_secs(20);

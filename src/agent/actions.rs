//! What buttons do.
//!
//! It does not know edges (`gesture` does) nor how anything is sent: it leaves wishes for the protocol client.
//!
//! Whatever is about a person is bound to the press: it happens only if that person's name had been on the display for
//! [`READ_FIRST`] when the press began, and still is. A message that comes in between changes nobody's recipient.

use heapless::{String, Vec};

use super::accounts::Account;
use super::gesture::Step;
use super::latch::Answered;
use super::notice::Said;
use super::screen;
use super::settings::{Action, Settings};
use super::state::{State, Stop, View, Wish, has_display};
use crate::limits::ACCOUNT_MAX;
use crate::link::Network;
use crate::message::Outcome;
use crate::presence::Status;
use crate::text::Shown;
use crate::time::{Duration, Instant};

impl State {
    /// A button went down or up at that moment, and all edges from before it have been told. Only what was due by then
    /// is judged: edges from between then and now may follow.
    pub(super) fn button(
        &mut self,
        now: Instant,
        settings: &Settings,
        index: u8,
        pressed: bool,
        at: Instant,
    ) {
        let at = at.min(now);
        self.gestures(now, settings, at);
        if let Some(press) = self.buttons.get_mut(usize::from(index)) {
            press.recogniser.edge(at, pressed);
        } else {
            log::warn!("board: button {index} is pressed, but only {} are configured", self.buttons.len());
        }
        self.gestures(now, settings, at);
    }

    /// Edges of a button were lost, and it was found down or up at that moment. Nothing is judged first: what is due by
    /// the edges that were told may never have been.
    pub(super) fn lost(&mut self, settings: &Settings, index: u8, pressed: bool, at: Instant) {
        let index = usize::from(index);
        if let (Some(press), Some(button)) = (self.buttons.get_mut(index), settings.buttons.get(index)) {
            press.recogniser.lose(at, pressed, button);
        }
    }

    /// Every gesture that is complete by then, oldest first, whichever button it is of. What they do happens now.
    pub(super) fn gestures(&mut self, now: Instant, settings: &Settings, until: Instant) {
        while let Some((due, index)) = self.next_gesture(settings).filter(|(due, _)| *due <= until) {
            let (Some(press), Some(button)) = (self.buttons.get_mut(index), settings.buttons.get(index))
            else {
                return;
            };
            if let Some(step) = press.recogniser.poll(due, button) {
                press.recogniser.catch_up(until, button);
                self.step(now, settings, index, step);
            }
        }
    }

    /// When the next gesture may be complete, and of which button.
    pub(super) fn next_gesture(&self, settings: &Settings) -> Option<(Instant, usize)> {
        let buttons = self.buttons.iter().zip(&settings.buttons).enumerate();
        buttons.filter_map(|(index, (press, button))| Some((press.recogniser.deadline(button)?, index))).min()
    }

    fn step(&mut self, now: Instant, settings: &Settings, index: usize, step: Step) {
        let Some(button) = settings.buttons.get(index) else { return };
        let action = match step {
            Step::Pressed(at) => {
                let free = self.pressed(now, settings, index, at);
                button.press.filter(|_| free)
            }
            Step::Released => button.release,
            Step::Click | Step::Repeat => button.click,
            Step::Double => button.double,
            Step::Hold => button.hold,
            Step::Stuck => {
                log::warn!("board: button {} is stuck; ignored until released", Shown(&button.name));
                None
            }
        };
        if let Some(action) = action.filter(|_| self.stop == Stop::Running) {
            let pressed_at = self.buttons.get(index).map_or(now, |press| press.at);
            self.act(now, settings, action, pressed_at);
        }
        self.turned(now, settings);
    }

    /// A press lights the display. On a dark one it does nothing else; where a link waits for a person it is the
    /// person, and does nothing else either. Says whether it may do more.
    fn pressed(&mut self, now: Instant, settings: &Settings, index: usize, at: Instant) -> bool {
        let dark = has_display(&settings.display) && !self.is_lit(at, &settings.display);
        let parked = self.parked(now, settings);
        self.fresh = now;
        if !dark && self.stop == Stop::Running {
            parked.iter().for_each(|network| self.wish(Wish::Retry(*network)));
        }
        let free = !dark && parked.is_empty();
        if let Some(press) = self.buttons.get_mut(index) {
            press.at = at;
            if !free {
                press.recogniser.spend();
            }
        }
        free
    }

    /// The links that wait for whoever presses a button now: all that wait, while no other is live; else the one whose
    /// page is on the display, for the button has other work on the live one.
    fn parked(&self, now: Instant, settings: &Settings) -> Vec<Network, { Network::ALL.len() }> {
        let shown = self.accounts.any_is_live().then(|| screen::link_shown(now, settings, self));
        let waits = |account: &&Account| {
            account.is_parked() && shown.is_none_or(|network| network == Some(account.network))
        };
        self.accounts.iter().filter(waits).map(|account| account.network).collect()
    }

    fn act(&mut self, now: Instant, settings: &Settings, action: Action, pressed_at: Instant) {
        match action {
            Action::NextReply => self.next_reply(now, settings, pressed_at),
            Action::SendReply => self.send_reply(pressed_at),
            Action::Reply(index) => self.say_at_once(settings, Said::Reply(index), pressed_at),
            Action::Acknowledge => self.acknowledge(settings, pressed_at),
            Action::Nudge => self.say_at_once(settings, Said::Nudge, pressed_at),
            Action::CycleStatus => self.want(next_status(self.wanted())),
            Action::Status(status) => self.want(status),
            Action::NextPage => self.next_page(settings),
            Action::Wake => {}
        }
    }

    /// The person a press was meant for, or nobody if the display changed too late before it, or since.
    fn aimed(&self, pressed_at: Instant) -> Option<String<ACCOUNT_MAX>> {
        let person = &self.person;
        let sure = person.since + READ_FIRST <= pressed_at;
        if !sure && !person.account.is_empty() {
            log::info!("agent: a press came too soon after another person was shown; nothing done");
        }
        (sure && !person.account.is_empty()).then(|| person.account.clone())
    }

    fn next_reply(&mut self, now: Instant, settings: &Settings, pressed_at: Instant) {
        let replies = &settings.replies;
        if replies.texts.is_empty() || !has_display(&settings.display) {
            log::info!("agent: no reply menu: it needs replies.texts and a display");
            return;
        }
        if self.desk.next(now, replies.texts.len(), replies.expire) {
            return;
        }
        // Where the display must not tell who wrote, the menu is what tells it first, and `aimed` guards the sending.
        let hidden = match self.view {
            View::Message(id) if screen::hides_sender(&settings.display) && self.desk.person().is_none() => {
                self.latch.row(id).map(|row| row.from.clone())
            }
            _ => None,
        };
        if let Some(to) = hidden.or_else(|| self.aimed(pressed_at)) {
            let answered = self.latch.answered_now(&to);
            self.desk.open(now, &to, answered, replies.expire);
        }
    }

    /// Sends what the menu chose, or once more what the outcome page says was not delivered.
    fn send_reply(&mut self, pressed_at: Instant) {
        let chosen = self.desk.menu().map(|menu| (Said::Reply(menu.choice), menu.answered));
        let again = || {
            let lost = self.desk.outcome()?;
            matches!(lost.outcome, Outcome::Failed | Outcome::Unsure).then_some((lost.said, lost.answered))
        };
        if let Some((said, answered)) = chosen.or_else(again)
            && let Some(to) = self.aimed(pressed_at).filter(|to| self.desk.person() == Some(to.as_str()))
        {
            self.say(&to, said, answered);
        }
    }

    /// Says something to the person shown, without a menu.
    fn say_at_once(&mut self, settings: &Settings, said: Said, pressed_at: Instant) {
        if matches!(said, Said::Reply(_)) && said.words(&settings.replies).is_empty() {
            return;
        }
        if let Some(to) = self.aimed(pressed_at) {
            let answered = self.latch.answered_now(&to);
            self.say(&to, said, answered);
        }
    }

    fn say(&mut self, to: &str, said: Said, answered: Answered) {
        if self.wishes.is_full() {
            return;
        }
        if let Some(ticket) = self.desk.send(to, said, answered) {
            self.sending(ticket, to, said);
        } else {
            log::warn!("agent: nothing sent: too many replies are still on their way");
        }
    }

    /// The same for somebody who is not at the board: its menu stays as it is. Answers the number of it, if it can go.
    pub(super) fn say_aside(&mut self, to: &str, said: Said) -> Option<u32> {
        if self.wishes.is_full() {
            return None;
        }
        let answered = self.latch.answered_now(to);
        let ticket = self.desk.send_aside(to, said, answered)?;
        self.sending(ticket, to, said);
        Some(ticket)
    }

    fn sending(&mut self, ticket: u32, to: &str, said: Said) {
        self.notices.reply(to, said, Outcome::Sending, "");
        self.wish(Wish::Say(ticket));
    }

    /// Leaves the menu or an outcome; else marks the messages shown as seen; on the contact list, mail and requests.
    fn acknowledge(&mut self, settings: &Settings, pressed_at: Instant) {
        if self.desk.close() || self.words.take().is_some() {
            return;
        }
        match self.view {
            View::Message(id) => {
                let hidden = screen::hides_sender(&settings.display);
                let from = self.latch.row(id).filter(|_| hidden).map(|row| row.from.clone());
                if let Some(from) = from.or_else(|| self.aimed(pressed_at)) {
                    self.acknowledge_of(&from);
                }
            }
            View::Contacts(_) => {
                self.acknowledge_rest();
            }
        }
    }

    /// What somebody wrote has been seen; answers how many messages that were.
    pub(super) fn acknowledge_of(&mut self, from: &str) -> Option<u16> {
        let row = self.latch.take(from)?;
        self.notices.waiting(&row.from, 0);
        Some(row.unread)
    }

    /// Mail and requests have been seen; answers how many of either were new.
    pub(super) fn acknowledge_rest(&mut self) -> (u32, usize) {
        let new = self.requests.iter_mut().filter(|request| !request.seen);
        let requests = new.map(|request| request.seen = true).count();
        (core::mem::take(&mut self.mail), requests)
    }

    /// The status a person wants; where accounts began with different ones, that of the first.
    fn wanted(&self) -> Status {
        self.accounts.iter().next().map_or_else(Status::default, |account| account.wanted)
    }

    /// Our own status, on every network; a link that waits for a person is tried again.
    pub(super) fn want_and_retry(&mut self, status: Status) {
        self.want(status);
        let parked: Vec<Network, { Network::ALL.len() }> = self
            .accounts
            .iter()
            .filter(|account| account.is_parked())
            .map(|account| account.network)
            .collect();
        for network in parked {
            self.wish(Wish::Retry(network));
        }
    }

    /// Our own status, on every network.
    fn want(&mut self, status: Status) {
        self.accounts.iter_mut().for_each(|account| account.wanted = status);
        self.wish(Wish::Status(status));
    }

    /// Leaves the menu or an outcome; else the next older sender waiting, then the contact list page by page.
    fn next_page(&mut self, settings: &Settings) {
        if self.desk.close() || self.words.take().is_some() {
            return;
        }
        self.view = match self.view {
            View::Message(id) => {
                self.latch.older_than(id).map_or(View::Contacts(0), |row| View::Message(row.id))
            }
            View::Contacts(page) if page + 1 < screen::pages(settings, self) => View::Contacts(page + 1),
            View::Contacts(_) => self.latch.newest().map_or(View::Contacts(0), |row| View::Message(row.id)),
        };
    }

    fn wish(&mut self, wish: Wish) {
        if self.wishes.push_back(wish).is_err() {
            log::warn!("agent: too many presses at once; one is ignored");
        }
    }
}

/// Online, busy, away, invisible, and round again.
const fn next_status(status: Status) -> Status {
    match status {
        Status::Online => Status::Busy,
        Status::Busy => Status::Away,
        Status::Away => Status::Invisible,
        _ => Status::Online,
    }
}

/// How long a name must have been readable before a press can be meant for it.
const READ_FIRST: Duration = Duration::from_millis(300);

//! The reply desk: the menu locked to one person, what was sent, and the page that says what became of it.
//!
//! It does not know buttons or the display; who may be written to is decided before.

use heapless::{String, Vec};

use super::latch::Answered;
use super::notice::Said;
use crate::limits::{ACCOUNT_MAX, WHY_MAX};
use crate::message::Outcome;
use crate::text;
use crate::time::{Duration, Instant};

/// The open menu. Whom it is for does not change as long as it is open.
#[derive(Debug)]
pub(super) struct Menu {
    /// To whom.
    pub(super) to: String<ACCOUNT_MAX>,
    /// Index of the text chosen now.
    pub(super) choice: u8,
    /// What the person had read when it opened.
    pub(super) answered: Answered,
    until: Instant,
}

/// Something sent, until newer ones need the room.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// Its number with the client.
    pub(super) ticket: u32,
    /// To whom.
    pub(super) to: String<ACCOUNT_MAX>,
    /// What.
    pub(super) said: Said,
    /// What became of it so far.
    pub(super) outcome: Outcome,
    /// Why it failed.
    pub(super) why: String<WHY_MAX>,
    /// What it answers.
    pub(super) answered: Answered,
}

/// Which outcome is on the display, and until when; while it is open, for as long as it takes.
#[derive(Debug)]
struct Page {
    ticket: u32,
    until: Option<Instant>,
}

/// Menu, sent things, outcome page.
#[derive(Debug, Default)]
pub(super) struct Desk {
    menu: Option<Menu>,
    sent: Vec<Sent, SENT_MAX>,
    page: Option<Page>,
    tickets: u32,
}

impl Desk {
    /// The open menu.
    pub(super) const fn menu(&self) -> Option<&Menu> {
        self.menu.as_ref()
    }

    /// What the outcome page shows.
    pub(super) fn outcome(&self) -> Option<&Sent> {
        self.page.as_ref().and_then(|page| self.sent(page.ticket))
    }

    /// What was sent under that ticket.
    pub(super) fn sent(&self, ticket: u32) -> Option<&Sent> {
        self.sent.iter().find(|sent| sent.ticket == ticket)
    }

    /// Whose name menu or outcome page show.
    pub(super) fn person(&self) -> Option<&str> {
        let menu = self.menu.as_ref().map(|menu| menu.to.as_str());
        menu.or_else(|| self.outcome().map(|sent| sent.to.as_str()))
    }

    /// Opens the menu for somebody.
    pub(super) fn open(&mut self, now: Instant, to: &str, answered: Answered, expire: Duration) {
        self.page = None;
        self.menu = Some(Menu { to: text::cut(to), choice: 0, answered, until: now + expire });
    }

    /// Moves on in the menu; says whether it was open.
    pub(super) fn next(&mut self, now: Instant, texts: usize, expire: Duration) -> bool {
        let Some(menu) = &mut self.menu else { return false };
        let next = usize::from(menu.choice) + 1;
        menu.choice = u8::try_from(if next < texts { next } else { 0 }).unwrap_or(0);
        menu.until = now + expire;
        true
    }

    /// Closes menu and outcome page; says whether there was one.
    pub(super) fn close(&mut self) -> bool {
        let menu = self.menu.take().is_some();
        self.page.take().is_some() || menu
    }

    /// Closes the outcome page: something newer wants to be seen.
    pub(super) fn turn_page(&mut self) {
        self.page = None;
    }

    /// Begins to send, and shows it; answers the ticket, or `None` while as many as fit are still on their way.
    pub(super) fn send(&mut self, to: &str, said: Said, answered: Answered) -> Option<u32> {
        let ticket = self.send_aside(to, said, answered)?;
        self.menu = None;
        self.page = Some(Page { ticket, until: None });
        Some(ticket)
    }

    /// The same without showing it: an open menu stays as it is.
    pub(super) fn send_aside(&mut self, to: &str, said: Said, answered: Answered) -> Option<u32> {
        if self.sent.is_full() {
            let done = self.sent.iter().position(|sent| sent.outcome != Outcome::Sending)?;
            self.sent.remove(done);
        }
        self.tickets = self.tickets.wrapping_add(1);
        let ticket = self.tickets;
        let sent =
            Sent { ticket, to: text::cut(to), said, outcome: Outcome::Sending, why: String::new(), answered };
        // There is room: a full list just lost one.
        let _ = self.sent.push(sent);
        Some(ticket)
    }

    /// What became of something; `None` if that is nothing new.
    pub(super) fn delivery(
        &mut self,
        now: Instant,
        ticket: u32,
        outcome: Outcome,
        why: &str,
    ) -> Option<Sent> {
        let sent = self.sent.iter_mut().find(|sent| sent.ticket == ticket)?;
        if sent.outcome == outcome || matches!(sent.outcome, Outcome::Delivered | Outcome::Failed) {
            return None;
        }
        sent.outcome = outcome;
        sent.why = text::cut(why);
        let sent = sent.clone();
        let shown = self.page.as_ref().is_some_and(|page| page.ticket == ticket);
        match outcome {
            Outcome::Sending => {}
            Outcome::Delivered if shown => self.page = Some(Page { ticket, until: Some(now + GOOD_NEWS) }),
            Outcome::Delivered => {}
            // Never over an open menu: a failure must not change whom the next press is for.
            Outcome::Failed | Outcome::Unsure if self.menu.is_none() => {
                self.page = Some(Page { ticket, until: Some(now + BAD_NEWS) });
            }
            Outcome::Failed | Outcome::Unsure => {}
        }
        Some(sent)
    }

    /// Forgets what has been shown for long enough.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.menu.as_ref().is_some_and(|menu| menu.until <= now) {
            self.menu = None;
        }
        if self.page_until().is_some_and(|until| until <= now) {
            self.page = None;
        }
    }

    /// When the menu forgets whom it is for.
    pub(super) fn menu_until(&self) -> Option<Instant> {
        self.menu.as_ref().map(|menu| menu.until)
    }

    /// When the outcome page goes.
    pub(super) fn page_until(&self) -> Option<Instant> {
        self.page.as_ref().and_then(|page| page.until)
    }
}

/// Things on their way at once; further ones are refused until one is answered.
const SENT_MAX: usize = 4;
/// "Delivered" is read at a glance.
const GOOD_NEWS: Duration = Duration::from_secs(2);
/// A failure has a reason to be read and a choice to be made.
const BAD_NEWS: Duration = Duration::from_secs(15);

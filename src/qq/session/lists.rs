//! Who is on the list and what they do: `List` and `Query_Stat`, page by page.

use super::{Next, Session, Stage};
use crate::limits::{NAME_MAX, QQ_PAGES_MAX, QQ_STAT_EVERY};
use crate::presence::Presence;
use crate::qq::client::Sink;
use crate::qq::friends::Change;
use crate::qq::reply::stats;
use crate::qq::wire::{self, Fields};
use crate::qq::{Event, Uin};
use crate::time::{Duration, Instant};

/// A listing: when its next page is due, and where it begins. `FN=1` marks the last page, and `UN` asks for what comes
/// after a number `[observed: clients]`.
#[derive(Debug, Default)]
pub(super) struct Listing {
    due_at: Option<Instant>,
    /// The last number of the page before; 0 at the beginning.
    after: u32,
    pages: u8,
    /// Pages in a row that were not answered, or refused.
    failures: u8,
}

/// What a page was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Page {
    /// Another one follows.
    More,
    /// The last.
    Last,
    /// There should be more, but the server turns in circles.
    BrokenOff,
}

impl Listing {
    pub(super) const fn due_at(&self) -> Option<Instant> {
        self.due_at
    }

    pub(super) const fn cursor(&self) -> u32 {
        self.after
    }

    /// The first page is due then; after a failure not before its time.
    pub(super) fn restart(&mut self, at: Instant) {
        self.start_over();
        self.due_at = self.due_at.filter(|due| self.failures > 0 && *due > at).or(Some(at));
    }

    /// What its pages marked so far is void: when it is due, it is from the first page.
    const fn start_over(&mut self) {
        (self.after, self.pages) = (0, 0);
    }

    /// It was not told; it is asked for again after `wait`, and twice as long each time: a server that answers everything
    /// but this must not be asked every few seconds for ever.
    pub(super) fn failed(&mut self, now: Instant, wait: Duration) {
        let wait = wait.saturating_mul(2_u32.saturating_pow(self.failures.into()));
        self.failures = self.failures.saturating_add(1);
        self.due_at = Some(now + wait.min(QQ_STAT_EVERY));
    }

    const fn is_first_page(&self) -> bool {
        self.pages == 0
    }

    fn page(&mut self, now: Instant, fields: Fields<'_>) -> Page {
        let last = fields.list("UN").items().filter_map(|uin| Uin::parse(uin.trim_ascii())).last();
        (self.pages, self.failures) = (self.pages + 1, 0);
        let page = match last {
            _ if fields.number("FN").is_none_or(|fn_| fn_ == 1) => Page::Last,
            None => Page::Last,
            Some(last) if last.number() == self.after || self.pages >= QQ_PAGES_MAX => Page::BrokenOff,
            Some(last) => {
                self.after = last.number();
                Page::More
            }
        };
        self.due_at = (page == Page::More).then_some(now);
        if page == Page::BrokenOff {
            log::warn!("qq: a listing has no end; took what came of it");
        }
        page
    }
}

impl Session {
    /// Asks for the list again: it changed, or may have.
    pub(super) fn relist(&mut self, now: Instant) {
        self.list.restart(now);
    }

    /// `FN=1&SN=2&UN=561256,1943497,`. The list is told once it is whole.
    pub(super) fn list_page(&mut self, now: Instant, fields: Fields<'_>, sink: Sink<'_>) {
        if self.list.is_first_page() {
            self.friends.begin();
            self.stat.start_over();
        }
        for uin in fields.list("UN").items().filter_map(|uin| Uin::parse(uin.trim_ascii())) {
            self.friends.list(uin);
        }
        let page = self.list.page(now, fields);
        if page == Page::More {
            return;
        }
        let first = self.stage == Stage::SigningIn;
        if first {
            self.stage = Stage::Listed;
            sink(Event::ListsBegin);
        }
        self.friends.end(page == Page::Last, |change| match change {
            Change::Kept(uin) | Change::Added(uin) if first => {
                sink(Event::Contact { account: &uin.account() })
            }
            Change::Added(uin) => sink(Event::Added { account: &uin.account() }),
            Change::Removed(uin) if !first => sink(Event::Removed { account: &uin.account() }),
            Change::Kept(_) | Change::Removed(_) => {}
        });
        if first {
            sink(Event::ListsEnd);
        }
        self.stat.restart(now);
    }

    /// `FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,`: only friends online are named, so who is not is offline once
    /// the listing is whole.
    pub(super) fn stat_page(&mut self, now: Instant, fields: Fields<'_>, sink: Sink<'_>) -> Next {
        if self.stat.is_first_page() {
            self.friends.begin();
            self.list.start_over();
        }
        let initial = !self.is_entered();
        for stat in stats(fields) {
            let presence = stat.presence.unwrap_or_else(|| {
                log::debug!("qq: {} has a state that is none of 10, 20 and 30", stat.uin);
                Presence::Unknown
            });
            if self.friends.set(stat.uin, presence).is_none() {
                self.stranger(now, stat.uin);
                continue;
            }
            let name = stat.name.map(wire::text::<NAME_MAX>);
            let name = name.as_deref().filter(|name| !name.trim().is_empty());
            if name.is_some() {
                self.friends.name_asked(stat.uin);
            }
            sink(Event::Presence { account: &stat.uin.account(), presence, name, initial });
        }
        match self.stat.page(now, fields) {
            Page::More => return Next::Nothing,
            Page::Last => self.rest_are(Presence::Offline, initial, sink),
            // Of whom it said nothing, what was known before is as doubtful as it was.
            Page::BrokenOff if self.doubt.states => self.rest_are(Presence::Unknown, initial, sink),
            Page::BrokenOff => {}
        }
        self.stat.restart(now + QQ_STAT_EVERY);
        self.doubt.states = false;
        self.own.tell(sink);
        if !initial {
            return Next::Nothing;
        }
        (self.stage, self.poll_at, self.refusals) = (Stage::Entered, now, 0);
        Next::Entered
    }

    /// Only friends' states are told, so whoever is not on the list came onto it unknown to us. A server may name some whom
    /// its list never has: they do not make us ask all the time.
    pub(super) fn stranger(&mut self, now: Instant, uin: Uin) {
        if uin == Uin::SYSTEM || self.stranger_at.is_some_and(|at| now < at + STRANGER_EVERY) {
            return;
        }
        log::info!("qq: {uin} has a state, but is not on the list; asking for the list again");
        self.stranger_at = Some(now);
        self.relist(now);
    }

    /// What they do whom the listing of states did not name.
    fn rest_are(&mut self, presence: Presence, initial: bool, sink: Sink<'_>) {
        self.friends.rest_are(presence, |uin| {
            sink(Event::Presence { account: &uin.account(), presence, name: None, initial });
        });
    }
}

/// A stranger who has a state makes us ask for the list again at most this often.
const STRANGER_EVERY: Duration = Duration::from_secs(3600);

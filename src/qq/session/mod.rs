//! The session of one account: what is due to be asked, and what answers change.
//!
//! It does not know connections: it names one command at a time, and is told its answer or why there was none. It does
//! not know what anything means to a light either: it tells [`Event`]s.

mod edits;
mod lists;
mod mail;
mod own;
mod says;

use core::fmt;

use heapless::String;

use self::edits::Pending;
use self::lists::Listing;
use self::own::Own;
use self::says::Says;
use super::cadence::Cadence;
use super::client::Sink;
use super::command::{Command, Kind, digest};
use super::exchange::Silence;
use super::friends::Friends;
use super::segments::Segments;
use super::wire::{self, Fields};
use super::{Body, Event, Outcome, Settings, Uin};
use crate::limits::{PARK_FIRST, QQ_BODY_MAX, QQ_PENALTY, QQ_POLL_OVERDUE, QQ_RETRY_AFTER};
use crate::presence::Status;
use crate::text::{Shown, Why, why};
use crate::time::{Duration, Instant, earlier};

pub use self::edits::Edit;

/// See the module's words.
pub struct Session {
    settings: Settings,
    seq: u32,
    cadence: Cadence,
    friends: Friends,
    list: Listing,
    stat: Listing,
    own: Own,
    says: Says,
    edit: Option<Pending>,
    segments: Segments,
    poll_at: Instant,
    /// The list was told since the session began.
    listed: bool,
    /// States were told too: presence flows.
    entered: bool,
    /// When the server last answered something that fits.
    heard_at: Instant,
    /// Requests in a row without an answer.
    failures: u8,
    /// The last time we asked what friends do, it was not told.
    blind: bool,
    /// A change of somebody's state may have been lost: only a listing of states, to its end, makes up for it.
    missed: bool,
    /// Sign-ins in a row that were answered with nothing.
    mute_logins: u8,
    /// When RES=20 last came.
    thrown_out_at: Option<Instant>,
}

/// What an answer leads to, beyond what it changes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Nothing,
    /// The server knows us, and the lists follow.
    SignedIn,
    /// The server does not know us any more: sign in again, now.
    SignInAgain,
    /// Presence flows from now on.
    Entered,
}

/// How a session ended, and with it what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Try again, with manners.
    Lost(Why),
    /// Try again after this long.
    LostFor(Duration, Why),
    /// Only a person can mend it.
    Refused(Why),
    /// The account signed in somewhere else.
    Elsewhere,
}

/// What follows from an answer, or from silence.
pub type Step = Result<Next, Ending>;

impl Session {
    /// A session that has not begun; `seed` says where SEQ begins.
    #[must_use]
    pub fn new(settings: Settings, seed: u64) -> Self {
        Self {
            seq: fastrand::Rng::with_seed(seed).u32(SEQ_MIN..SEQ_MAX),
            cadence: Cadence::new(settings.poll),
            own: Own::new(settings.status),
            settings,
            friends: Friends::default(),
            list: Listing::default(),
            stat: Listing::default(),
            says: Says::default(),
            edit: None,
            segments: Segments::default(),
            poll_at: Instant::START,
            listed: false,
            entered: false,
            heard_at: Instant::START,
            failures: 0,
            blind: false,
            missed: false,
            mute_logins: 0,
            thrown_out_at: None,
        }
    }

    /// What it was made with.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether presence flows.
    #[must_use]
    pub const fn is_entered(&self) -> bool {
        self.entered
    }

    /// Whether the last question stayed without an answer, or what friends do is not known for another reason.
    #[must_use]
    pub const fn is_unheard(&self) -> bool {
        self.failures > 0 || self.blind || self.missed
    }

    /// What to ask now, once signed in.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Kind> {
        let mut dues = self.dues();
        if self.entered && self.poll_at + QQ_POLL_OVERDUE <= now {
            // Words of ours, each waiting out its punishment, must not keep us from friends' words for minutes.
            dues.rotate_left(SAYINGS);
        }
        dues.into_iter().find(|(_, at)| at.is_some_and(|at| at <= now)).map(|(kind, _)| kind)
    }

    /// When [`Session::due`] next has something, once signed in.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        self.dues().into_iter().filter_map(|(_, at)| at).min()
    }

    /// When [`Session::tick`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        earlier(self.segments.wake_at(), self.says.wake_at())
    }

    /// When a link without an answer is lost, while this is asked.
    #[must_use]
    pub fn lost_at(&self, kind: Kind) -> Option<Instant> {
        (self.entered && !kind.may_be_punished()).then(|| self.heard_at + self.cadence.lost_after())
    }

    /// Time passed.
    pub fn tick(&mut self, now: Instant, sink: Sink<'_>) {
        self.says.tick(now, sink);
        self.segments.tick(now, &mut |from, words| tell_words(from, words, sink));
    }

    /// Writes what is asked, and notes that it is. The SEQ is a new one each time: a server takes a repeated one for the
    /// same request sent twice `[seed 002]`.
    ///
    /// # Errors
    /// `fmt::Error` if it does not fit, or there is nothing of this kind to ask.
    pub fn ask(&mut self, now: Instant, kind: Kind, to: &mut String<QQ_BODY_MAX>) -> Result<u32, fmt::Error> {
        self.seq = if self.seq < SEQ_MAX { self.seq + 1 } else { SEQ_MIN };
        let ps = if kind == Kind::Login { digest(&self.settings.password) } else { String::new() };
        let command = match kind {
            Kind::Login => Some(Command::Login { ps: &ps, lc: &self.settings.lc }),
            Kind::List => Some(Command::List(self.list.cursor())),
            Kind::QueryStat => Some(Command::QueryStat(self.stat.cursor())),
            Kind::ChangeStat => Some(self.own.ask(now)),
            Kind::GetMsgEx => Some(Command::GetMsgEx),
            Kind::CltMsg => self.says.ask(now),
            Kind::Logout => Some(Command::Logout),
            Kind::GetInfo | Kind::AddToList | Kind::AckAddToList | Kind::DelFromList | Kind::Finger => {
                self.edit.as_ref().map(Pending::command)
            }
        };
        let command = command.ok_or(fmt::Error)?;
        command.write(to, &self.settings.version, self.seq, self.settings.uin)?;
        zeroize::Zeroize::zeroize(ps.into_bytes().as_mut_slice());
        Ok(self.seq)
    }

    /// The answer came.
    ///
    /// # Errors
    /// [`Ending`] if it ends the session.
    pub fn answered(&mut self, now: Instant, kind: Kind, fields: Fields<'_>, sink: Sink<'_>) -> Step {
        (self.heard_at, self.failures) = (now, 0);
        let res = fields.number("RES").unwrap_or(u64::MAX);
        match (kind, res) {
            (Kind::Login, _) => return self.login(now, res, fields),
            (_, RES_NOT_SIGNED_IN) => return self.thrown_out(now),
            (Kind::CltMsg, _) => {
                if self.says.answered(now, res, sink) {
                    self.cadence.talked(now);
                    self.poll_at = self.poll_at.min(now + self.cadence.poll_after(now));
                }
            }
            (Kind::ChangeStat, _) => self.own.answered(now, res, sink),
            (Kind::List, RES_DONE) => self.list_page(now, fields, sink),
            (Kind::QueryStat, RES_DONE) => {
                self.blind = false;
                return Ok(self.stat_page(now, fields, sink));
            }
            (Kind::GetMsgEx, RES_DONE) => {
                self.blind = false;
                self.mail(now, fields, sink);
            }
            (Kind::List | Kind::QueryStat | Kind::GetMsgEx, _) => {
                log::warn!("qq: {} was refused with RES={res}", kind.as_str());
                self.put_off(kind, now + QQ_PENALTY);
                self.blind = true;
            }
            (Kind::Logout, _) => {}
            _ => self.edit_answered(now, res, fields, sink),
        }
        Ok(Next::Nothing)
    }

    /// There was no answer.
    ///
    /// # Errors
    /// [`Ending`] if that ends the session.
    pub fn unanswered(&mut self, now: Instant, kind: Kind, silence: Silence, sink: Sink<'_>) -> Step {
        self.failures = self.failures.saturating_add(1);
        log::debug!("qq: {}: {silence}", kind.as_str());
        match kind {
            Kind::Login => return Err(self.login_unanswered(silence)),
            Kind::CltMsg => self.says.unanswered(now, silence, sink),
            Kind::ChangeStat => self.own.unanswered(now, silence),
            Kind::List => self.list.unanswered(now),
            Kind::QueryStat => self.stat.unanswered(now),
            Kind::GetMsgEx => self.poll_at = now + QQ_RETRY_AFTER,
            Kind::Logout => {}
            _ => self.edit_unanswered(now, silence, sink),
        }
        if kind == Kind::GetMsgEx {
            // The server forgets what it answered, heard or not: friends' states may have changed unknown to us, and that
            // it answers something else says nothing of them.
            self.stat.restart(now + QQ_RETRY_AFTER);
            self.missed = true;
        }
        // Soon it is known whether that was one request or the link.
        self.poll_at = self.poll_at.min(now + QQ_RETRY_AFTER);
        let too_long = self.heard_at + self.cadence.lost_after() <= now;
        if too_long || !self.entered && self.failures >= FAILURES_MAX {
            return Err(Ending::Lost(why(format_args!("{silence}"))));
        }
        Ok(Next::Nothing)
    }

    /// The session is over: what waited is told, what was known of states is forgotten.
    pub fn lost(&mut self, sink: Sink<'_>) {
        (self.listed, self.entered, self.failures) = (false, false, 0);
        (self.blind, self.missed) = (false, false);
        self.own.signed_out();
        self.friends.forget_states();
        (self.list, self.stat) = (Listing::default(), Listing::default());
        self.says.fail("not signed in any more", sink);
        self.drop_edit(sink);
    }

    /// Says something; see [`Client::send`](super::Client::send).
    pub fn say(&mut self, now: Instant, ticket: u32, to: Uin, words: &str, sink: Sink<'_>) {
        self.says.push(now, ticket, to, words, sink);
    }

    /// Our own state from now on.
    pub const fn set_status(&mut self, status: Status) {
        self.own.want(status);
    }

    /// The commands that may be due, the urgent ones first: [`SAYINGS`] that say something come before what only asks.
    fn dues(&self) -> [(Kind, Option<Instant>); 6] {
        let entered = |at: Option<Instant>| at.filter(|_| self.entered);
        let edit =
            self.edit.as_ref().map_or((Kind::GetInfo, None), |edit| (edit.kind(), Some(edit.free_at())));
        [
            (Kind::ChangeStat, self.own.due_at()),
            (Kind::CltMsg, entered(self.says.due_at())),
            (edit.0, entered(edit.1)),
            (Kind::List, self.list.due_at()),
            (Kind::QueryStat, self.stat.due_at()),
            (Kind::GetMsgEx, entered(Some(self.poll_at))),
        ]
    }

    fn put_off(&mut self, kind: Kind, until: Instant) {
        match kind {
            Kind::List => self.list.put_off(until),
            Kind::QueryStat => self.stat.put_off(until),
            _ => self.poll_at = until,
        }
    }

    /// `RES=0&RS=0&HI=60&LI=300`, `RES=0&RS=1&RA=reason`, or `RES=5` for a number that can't be one `[seed 003]`.
    fn login(&mut self, now: Instant, res: u64, fields: Fields<'_>) -> Step {
        self.mute_logins = 0;
        match (res, fields.number("RS").unwrap_or(0)) {
            (RES_DONE, 0) => {
                self.cadence.signed_in(fields.number("HI"), fields.number("LI"));
                self.own.signed_in(now);
                self.list.restart(now);
                self.stat = Listing::default();
                self.poll_at = now;
                Ok(Next::SignedIn)
            }
            (RES_DONE, rs) => {
                let reason = wire::text::<80>(fields.value("RA").unwrap_or_default());
                Err(Ending::Refused(match reason.trim() {
                    "" => why(format_args!("login refused with RS={rs}")),
                    reason => why(format_args!("login refused: {}", Shown(reason))),
                }))
            }
            (RES_ILLEGAL, _) => Err(Ending::Refused(why(format_args!(
                "{} is no legal uin for this server",
                self.settings.uin
            )))),
            (RES_PENALTY, _) => {
                Err(Ending::LostFor(QQ_PENALTY, why(format_args!("login came too often for the server"))))
            }
            (res, _) => Err(Ending::Lost(why(format_args!("login refused with RES={res}")))),
        }
    }

    /// A server answers nothing at all to a VER or LC it does not know, or to a UIN that is none `[seed 003]`. It may also
    /// just be in trouble, so the question is put to people at the third time, and the server left in peace for a while;
    /// to refuse the account for silence would leave a board dark for ever once its server was restarted.
    fn login_unanswered(&mut self, silence: Silence) -> Ending {
        if silence != Silence::Nothing {
            return Ending::Lost(why(format_args!("{silence}")));
        }
        self.mute_logins = self.mute_logins.saturating_add(1);
        if self.mute_logins < MUTE_LOGINS_MAX {
            return Ending::Lost(why(format_args!("the server answered nothing to login")));
        }
        let question = "the server answers nothing to login; are uin, version and lc right?";
        Ending::LostFor(PARK_FIRST, why(format_args!("{question}")))
    }

    /// RES=20. The address our requests come from may have changed, so one more sign-in is tried; if that does not hold
    /// somebody else has the account.
    fn thrown_out(&mut self, now: Instant) -> Step {
        let again = self.thrown_out_at.is_some_and(|at| now < at + self.cadence.li());
        self.thrown_out_at = Some(now);
        // What came for us meanwhile went to nobody, or to them.
        self.missed = true;
        self.says.not_taken();
        if again { Err(Ending::Elsewhere) } else { Ok(Next::SignInAgain) }
    }
}

/// Somebody's words, put together.
fn tell_words(from: Uin, words: &str, sink: Sink<'_>) {
    if from == Uin::SYSTEM {
        return sink(Event::Notice(words));
    }
    sink(Event::Message { from: &from.account(), body: Body::Text(words) });
}

fn deliver(ticket: u32, outcome: Outcome, why: fmt::Arguments<'_>, sink: Sink<'_>) {
    sink(Event::Delivery { ticket, outcome, why: &crate::text::why(why) });
}

/// How many of [`Session::dues`] say something.
const SAYINGS: usize = 3;
/// RES: it was done.
const RES_DONE: u64 = 0;
/// RES: too fast, too often or too long.
const RES_PENALTY: u64 = 3;
/// RES: no legal UIN.
const RES_ILLEGAL: u64 = 5;
/// RES: not signed in.
const RES_NOT_SIGNED_IN: u64 = 20;
/// Questions in a row without an answer that end a sign-in.
const FAILURES_MAX: u8 = 3;
/// Sign-ins in a row answered with nothing after which a person had better look.
const MUTE_LOGINS_MAX: u8 = 3;
/// SEQ has seven digits, like that of most clients `[observed: clients]`.
const SEQ_MIN: u32 = 1_000_000;
const SEQ_MAX: u32 = 9_999_999;

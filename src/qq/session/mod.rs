//! The session of one account: what is due to be asked, and what answers change.
//!
//! It does not know connections: it names one command at a time, and is told its answer or why there was none. It does
//! not know what anything means to a light either: it tells [`Event`]s.

mod edits;
mod lists;
mod mail;
mod own;
mod says;
mod sign_in;
mod standing;

use core::fmt;

use heapless::String;

use self::edits::Pending;
use self::lists::Listing;
use self::own::Own;
use self::says::Says;
use self::standing::{Doubt, Stage};
use super::cadence::Cadence;
use super::client::Sink;
use super::command::{Command, Kind, digest};
use super::exchange::Silence;
use super::friends::Friends;
use super::segments::Segments;
use super::wire::Fields;
use super::{Body, Event, Outcome, Settings, Uin};
use crate::limits::{QQ_BODY_MAX, QQ_PENALTY, QQ_POLL_OVERDUE, QQ_RETRY_AFTER};
use crate::presence::Status;
use crate::text::{Why, why};
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
    /// Times in a row that messages were asked for and nobody told.
    polls_lost: u8,
    stage: Stage,
    doubt: Doubt,
    /// When the server last answered something that fits.
    heard_at: Instant,
    /// Requests in a row without an answer.
    failures: u8,
    /// When somebody who is not on the list last made us ask for it.
    stranger_at: Option<Instant>,
    /// Sign-ins in a row that were answered with nothing.
    mute_logins: u8,
    /// Sign-ins in a row that came to nothing because something was refused.
    refusals: u8,
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

/// Commands that may be due, and when.
type Dues = [Option<(Kind, Instant)>; 3];

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
            polls_lost: 0,
            stage: Stage::default(),
            doubt: Doubt::default(),
            heard_at: Instant::START,
            failures: 0,
            stranger_at: None,
            mute_logins: 0,
            refusals: 0,
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
    pub fn is_entered(&self) -> bool {
        self.stage == Stage::Entered
    }

    /// Whether what friends do is not certainly known: the last question found nobody, or they were not told.
    #[must_use]
    pub const fn is_in_doubt(&self) -> bool {
        self.doubt.is_any()
    }

    /// What to ask now, once signed in.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<Kind> {
        let first = |dues: Dues| dues.into_iter().flatten().find(|(_, at)| *at <= now).map(|(kind, _)| kind);
        if self.is_entered() && self.poll_at + QQ_POLL_OVERDUE <= now {
            // Words of ours, each waiting out its punishment, must not keep us from friends' words for minutes.
            return first(self.questions()).or_else(|| first(self.sayings()));
        }
        first(self.sayings()).or_else(|| first(self.questions()))
    }

    /// When [`Session::due`] next has something, once signed in.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        let dues = self.sayings().into_iter().chain(self.questions());
        dues.flatten().map(|(_, at)| at).min()
    }

    /// When [`Session::tick`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        earlier(self.segments.wake_at(), self.says.wake_at())
    }

    /// When a link without an answer is lost, while this is asked.
    #[must_use]
    pub fn lost_at(&self, kind: Kind) -> Option<Instant> {
        (self.is_entered() && !kind.may_be_punished()).then(|| self.heard_at + self.cadence.lost_after())
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
        (self.heard_at, self.failures, self.doubt.link) = (now, 0, false);
        let res = fields.number("RES").unwrap_or(u64::MAX);
        match (kind, res) {
            (Kind::Login, _) => return self.login(now, res, fields),
            (_, RES_NOT_SIGNED_IN) => return self.thrown_out(now, kind, sink),
            (Kind::CltMsg, _) => {
                if self.says.answered(now, res, sink) {
                    self.cadence.talked(now);
                    self.poll_at = self.poll_at.min(now + self.cadence.poll_after(now));
                }
            }
            (Kind::ChangeStat, _) => self.own.answered(now, res, sink),
            (Kind::List, RES_DONE) => self.list_page(now, fields, sink),
            (Kind::QueryStat, RES_DONE) => return Ok(self.stat_page(now, fields, sink)),
            (Kind::GetMsgEx, RES_DONE) => {
                (self.doubt.mail, self.polls_lost) = (false, 0);
                self.mail(now, fields, sink);
            }
            (Kind::List | Kind::QueryStat | Kind::GetMsgEx, _) => return self.refused(now, kind, res),
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
        self.doubt.unanswered(silence);
        log::debug!("qq: {}: {silence}", kind.as_str());
        match kind {
            Kind::Login => return Err(self.login_unanswered(silence)),
            Kind::CltMsg => self.says.unanswered(now, silence, sink),
            Kind::ChangeStat => self.own.unanswered(now, silence, sink),
            Kind::List => self.list.failed(now, QQ_RETRY_AFTER),
            Kind::QueryStat => self.states_unknown(now, QQ_RETRY_AFTER),
            Kind::GetMsgEx => self.mail_unanswered(now, silence),
            Kind::Logout => {}
            _ => self.edit_unanswered(now, silence, sink),
        }
        if kind != Kind::GetMsgEx {
            // Soon it is known whether that was one request or the link.
            self.poll_at = self.poll_at.min(now + QQ_RETRY_AFTER);
        }
        let too_long = self.heard_at + self.cadence.lost_after() <= now;
        if too_long || !self.is_entered() && self.failures >= FAILURES_MAX {
            return Err(Ending::Lost(why(format_args!("{silence}"))));
        }
        Ok(Next::Nothing)
    }

    /// The session is over: what waited is told, what was known of states is forgotten.
    pub fn lost(&mut self, sink: Sink<'_>) {
        (self.stage, self.doubt, self.failures) = (Stage::default(), Doubt::default(), 0);
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
    pub fn set_status(&mut self, status: Status, sink: Sink<'_>) {
        self.own.want(status, sink);
    }

    /// What we may have to say, the urgent first.
    fn sayings(&self) -> Dues {
        let says = self.says.due_at().map(|at| (Kind::CltMsg, at));
        let edit = self.edit.as_ref().map(|edit| (edit.kind(), edit.free_at()));
        let own = self.own.due_at().map(|at| (Kind::ChangeStat, at));
        [own, says.filter(|_| self.is_entered()), edit.filter(|_| self.is_entered())]
    }

    /// What only asks.
    fn questions(&self) -> Dues {
        [
            self.list.due_at().map(|at| (Kind::List, at)),
            self.stat.due_at().map(|at| (Kind::QueryStat, at)),
            self.is_entered().then_some((Kind::GetMsgEx, self.poll_at)),
        ]
    }

    /// Something that only asks was refused. No source has it, but a server may take any of it for too much.
    fn refused(&mut self, now: Instant, kind: Kind, res: u64) -> Step {
        if !self.is_entered() {
            return Err(self.sign_in_refused(format_args!("{} was refused with RES={res}", kind.as_str())));
        }
        log::warn!("qq: {} was refused with RES={res}", kind.as_str());
        match kind {
            Kind::List => self.list.failed(now, QQ_PENALTY),
            Kind::QueryStat => self.states_unknown(now, QQ_PENALTY),
            _ => (self.poll_at, self.doubt.mail) = (now + QQ_PENALTY, true),
        }
        Ok(Next::Nothing)
    }

    /// States were asked for and not told; they are asked for again so much later.
    fn states_unknown(&mut self, now: Instant, wait: Duration) {
        self.stat.failed(now, wait);
        self.doubt.states = true;
    }

    /// The server forgets what it answered, heard or not: somebody may be a friend now, or do something else, unknown to
    /// us, and that other things are answered says nothing of it. What was never asked for still waits there.
    fn mail_unanswered(&mut self, now: Instant, silence: Silence) {
        let times = 2_u32.saturating_pow(self.polls_lost.into());
        // When the link would be lost is when it is known.
        let lost_at = Some(self.heard_at + self.cadence.lost_after()).filter(|at| now < *at);
        let retry_at = now + QQ_RETRY_AFTER.saturating_mul(times).min(QQ_PENALTY);
        self.poll_at = lost_at.map_or(retry_at, |at| at.min(retry_at));
        if !matches!(silence, Silence::NotSent(_)) {
            self.polls_lost = self.polls_lost.saturating_add(1);
            self.relist(now + QQ_RETRY_AFTER);
            self.stat.restart(now + QQ_RETRY_AFTER);
            (self.doubt.mail, self.doubt.states) = (true, true);
        }
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

/// RES: it was done.
const RES_DONE: u64 = 0;
/// RES: too fast, too often or too long.
const RES_PENALTY: u64 = 3;
/// RES: not signed in.
const RES_NOT_SIGNED_IN: u64 = 20;
/// Questions in a row without an answer that end a sign-in.
const FAILURES_MAX: u8 = 3;
/// SEQ has seven digits, like that of most clients `[observed: clients]`.
const SEQ_MIN: u32 = 1_000_000;
const SEQ_MAX: u32 = 9_999_999;

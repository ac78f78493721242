//! The session with the dispatch or notification server: signing in, lists, presence, keepalive.
//!
//! It reads commands and writes lines; it does not know sockets, reconnects, tickets or switchboards: what it can't do
//! itself it asks for ([`Ask`]), and how it ended it says ([`Ending`]).
//!
//! Rooms in reading order: this file (state and dispatch), [`sign_in`](self) (VER to USR OK), `lists` (SYN), `presence`
//! (CHG, ILN, NLN, FLN, mail), `edits` (ADD to URL), `transfers` (XFR, RNG), `keepalive` (PNG, CHL), `endings` (OUT and numeric errors).

mod edits;
mod endings;
mod keepalive;
mod lists;
mod presence;
mod sign_in;
mod transfers;

use heapless::Vec;

pub use self::edits::Edit;
pub use self::endings::{Ending, Why, why};
pub use self::transfers::DEFAULT_PORT;

use self::keepalive::Ping;
use self::lists::Sync;
use super::client::Sink;
use super::command::{Command, Outbox, TrId};
use super::dialect::AuthKind;
use super::errors::ErrorCode;
use super::{Dialect, Event, ListVersion, NotNow, Settings, Verdict};
use crate::limits::TRANSACTION_TIMEOUT;
use crate::link::Endpoint;
use crate::presence::Status;
use crate::time::{Instant, earlier};

/// What the session needs done by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'a> {
    /// A Passport ticket for this challenge; give it back by [`Session::ticket`].
    Ticket(&'a [u8]),
    /// Somebody invites us to a switchboard.
    Ring {
        /// The session id, opaque.
        session: &'a [u8],
        /// The switchboard's address.
        at: &'a [u8],
        /// The key (CKI), opaque.
        key: &'a [u8],
        /// Who invites.
        account: &'a [u8],
        /// Their friendly name.
        name: &'a [u8],
    },
    /// The switchboard asked for by [`Session::ask_for_switchboard`].
    Switchboard {
        /// Its address.
        at: &'a [u8],
        /// The key (CKI), opaque.
        key: &'a [u8],
    },
    /// There is none: the numeric error, or `None` if nobody answered.
    NoSwitchboard(Option<u16>),
    /// The first CHG was answered: presence flows.
    SignedIn,
}

/// What a command led to.
pub type Step<'a> = Result<Option<Ask<'a>>, Ending>;

/// What the session awaits; every wait has its own deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No link.
    Idle,
    /// `VER` was sent.
    AwaitVer(Wait),
    /// `CVR` was sent.
    AwaitCvr(Wait),
    /// `INF` was sent.
    AwaitInf(Wait),
    /// `USR … I` was sent: a salt, a Passport challenge, or a redirect comes.
    AwaitUsr(Wait),
    /// The Passport exchange runs, on a deadline of its own.
    AwaitTicket,
    /// `USR … S` was sent.
    AwaitOk(Wait),
    /// `SYN` was sent.
    AwaitSyn(Wait),
    /// The rows of the lists come.
    AwaitLists,
    /// The first `CHG` was sent.
    AwaitChg(Wait),
    /// Signed in.
    Online,
}

/// An answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait {
    trid: TrId,
    give_up_at: Instant,
}

/// A command of an established session whose answer is outstanding.
#[derive(Clone, Copy, Debug)]
struct Pending {
    wait: Wait,
    of: Of,
}

/// What an outstanding command was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Chg,
    Switchboard,
    Edit { ticket: u32 },
}

/// One session; [`Session::begin`] starts it over on a new link.
pub struct Session {
    settings: Settings,
    known: Option<ListVersion>,
    state: State,
    dialect: Dialect,
    last_trid: TrId,
    /// The TrId of our last challenge answer: 540 may come for it at any time later.
    last_qry: Option<TrId>,
    wanted: Status,
    /// That could not be told yet, because too much was outstanding.
    untold: bool,
    outbox: Outbox,
    sync: Sync,
    ping: Ping,
    pending: Vec<Pending, PENDING_MAX>,
    /// Where `XFR NS` sent us.
    moved_to: Option<Endpoint>,
}

impl Session {
    /// A session without a link. `known` is the version of the lists we have from an earlier session.
    #[must_use]
    pub fn new(settings: Settings, known: Option<ListVersion>) -> Self {
        let dialect = settings.dialects.first().copied().unwrap_or(Dialect::MSNP2);
        let wanted = settings.status;
        Self {
            settings,
            known,
            state: State::Idle,
            dialect,
            last_trid: 0,
            last_qry: None,
            wanted,
            untold: false,
            outbox: Outbox::new(),
            sync: Sync::default(),
            ping: Ping::default(),
            pending: Vec::new(),
            moved_to: None,
        }
    }

    /// What the account needs to sign in.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The dialect agreed on; before that, the best one offered.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether presence flows.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.state == State::Online
    }

    /// Whether we are signed in so that nobody sees it: no switchboards then (913).
    #[must_use]
    pub fn is_invisible(&self) -> bool {
        self.wanted == Status::Invisible
    }

    /// The link is up: forget the old session and say `VER`.
    pub fn begin(&mut self, now: Instant) {
        self.outbox.reset();
        self.pending.clear();
        self.untold = false;
        self.sync = Sync::default();
        self.ping = Ping::begun(now);
        self.last_trid = 0;
        self.last_qry = None;
        self.say_ver(now);
    }

    /// The link is gone. What was outstanding is answered for.
    pub fn lost(&mut self, sink: Sink<'_>) -> Option<Ask<'static>> {
        self.state = State::Idle;
        self.outbox.reset();
        self.sync = Sync::default();
        self.abandon(sink)
    }

    /// One command of the server.
    ///
    /// # Errors
    /// The [`Ending`] of the session: close the link and do as it says.
    pub fn command<'a>(&mut self, now: Instant, command: &Command<'a>, sink: Sink<'_>) -> Step<'a> {
        if let Some(code) = command.error_code() {
            return self.numeric_error(ErrorCode(code), command, sink);
        }
        match command.verb() {
            b"VER" => self.ver(now, command),
            b"CVR" => self.cvr(now, command),
            b"INF" => self.inf(now, command),
            b"USR" => self.usr(now, command, sink),
            b"XFR" => self.xfr(command),
            b"SYN" => self.syn(now, command, sink),
            b"LST" => self.lst(now, command, sink),
            b"LSG" => self.lsg(now, command, sink),
            b"PRP" | b"REA" | b"BLP" | b"GTC" | b"URL" => self.setting(command, sink),
            b"CHG" => self.chg(now, command, sink),
            b"ILN" | b"NLN" => self.presence(command, sink),
            b"FLN" => Self::fln(command, sink),
            b"ADD" | b"ADC" | b"REM" => self.list_change(command, sink),
            b"ADG" | b"RMG" | b"REG" => self.group_change(command, sink),
            b"RNG" => Self::rng(command),
            b"MSG" => Self::msg(command, sink),
            b"CHL" => self.chl(command),
            b"QNG" => Ok(self.qng(command)),
            b"OUT" => Err(Ending::of_out(command)),
            // Nothing a light shows: phone numbers, personal messages, the client's own settings, advertisements.
            b"BPR" | b"UBX" | b"UUX" | b"SBS" | b"SBP" | b"GCF" | b"NOT" | b"IPG" | b"QRY" | b"SDC"
            | b"SND" | b"IMS" => Ok(None),
            _ => {
                log::debug!("msn: ignored {}", crate::text::Quoted(command.as_line()));
                Ok(None)
            }
        }
    }

    /// Octets came, whatever they mean: the link lives.
    pub fn heard(&mut self, now: Instant) {
        self.ping.heard(now);
    }

    /// Whether a ping has gone unanswered for a while.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.is_online() && self.ping.is_stale()
    }

    /// Does what is due.
    ///
    /// # Errors
    /// The [`Ending`] of the session when an answer that matters did not come.
    pub fn tick(&mut self, now: Instant, sink: Sink<'_>) -> Step<'static> {
        if self.awaited().is_some_and(|(_, wait)| wait.give_up_at <= now) {
            return Err(self.out_of_time());
        }
        if self.sync.give_up_at().is_some_and(|at| at <= now) {
            return self.lists_overdue(now, sink);
        }
        if self.is_online() {
            self.ping(now)?;
        }
        let Some(late) = self.pending.iter().position(|pending| pending.wait.give_up_at <= now) else {
            return Ok(None);
        };
        let pending = self.pending.swap_remove(late);
        log::warn!("msn: no answer to {:?} within {} s", pending.of, TRANSACTION_TIMEOUT.as_secs());
        Ok(Self::unanswered(pending.of, sink))
    }

    /// When [`Session::tick`] is due.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        let answer = self.pending.iter().map(|pending| pending.wait.give_up_at).min();
        let ping = if self.is_online() { Some(self.ping.wake_at()) } else { None };
        let sign_in = self.awaited().map(|(_, wait)| wait.give_up_at);
        earlier(earlier(sign_in, self.sync.give_up_at()), earlier(answer, ping))
    }

    /// Whether something waits to be written.
    #[must_use]
    pub fn has_words(&self) -> bool {
        !self.outbox.is_empty()
    }

    /// What is to be written now.
    pub fn transmit(&mut self) -> Option<&[u8]> {
        self.outbox.take()
    }

    /// Whether the server stopped reading what we write.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.outbox.overflowed()
    }

    /// Says `OUT`: the last thing on this link.
    pub fn sign_out(&mut self, sink: Sink<'_>) {
        if self.state != State::Idle {
            self.outbox.command("OUT").end();
        }
        self.state = State::Idle;
        self.abandon(sink);
    }

    /// Nobody will answer what is outstanding any more.
    fn abandon(&mut self, sink: Sink<'_>) -> Option<Ask<'static>> {
        let mut ask = None;
        for pending in core::mem::take(&mut self.pending) {
            ask = ask.or(Self::unanswered(pending.of, sink));
        }
        ask
    }

    fn uses_md5(&self) -> bool {
        self.dialect.auth() == AuthKind::Md5
    }

    /// The answer the sign-in waits for, by the verb that brings it.
    const fn awaited(&self) -> Option<(&'static str, Wait)> {
        match self.state {
            State::AwaitVer(wait) => Some(("VER", wait)),
            State::AwaitCvr(wait) => Some(("CVR", wait)),
            State::AwaitInf(wait) => Some(("INF", wait)),
            State::AwaitUsr(wait) | State::AwaitOk(wait) => Some(("USR", wait)),
            State::AwaitSyn(wait) => Some(("SYN", wait)),
            State::AwaitChg(wait) => Some(("CHG", wait)),
            State::Idle | State::AwaitTicket | State::AwaitLists | State::Online => None,
        }
    }

    fn out_of_time(&self) -> Ending {
        let verb = self.awaited().map_or("us", |(verb, _)| verb);
        Ending::Lost(why(format_args!("no answer to {verb} within {} s", TRANSACTION_TIMEOUT.as_secs())))
    }

    /// The next TrId: 1 to 2^31 - 1, never 0, which marks what servers send by themselves.
    fn next_trid(&mut self) -> TrId {
        self.last_trid = if self.last_trid >= TRID_MAX { 1 } else { self.last_trid + 1 };
        self.last_trid
    }

    fn wait(&mut self, now: Instant) -> Wait {
        Wait { trid: self.next_trid(), give_up_at: now + TRANSACTION_TIMEOUT }
    }

    /// Notes that an answer is outstanding, and gives the TrId to ask with.
    fn expect(&mut self, now: Instant, of: Of) -> Result<TrId, NotNow> {
        if !self.is_online() {
            return Err(NotNow::NotSignedIn);
        }
        if self.pending.is_full() {
            return Err(NotNow::Busy);
        }
        let wait = self.wait(now);
        // There is room: just asked.
        let _ = self.pending.push(Pending { wait, of });
        Ok(wait.trid)
    }

    /// Takes the outstanding command that this answers.
    fn answered(&mut self, command: &Command<'_>) -> Option<Of> {
        let trid = command.trid()?;
        let at = self.pending.iter().position(|pending| pending.wait.trid == trid)?;
        Some(self.pending.swap_remove(at).of)
    }

    fn unanswered(of: Of, sink: Sink<'_>) -> Option<Ask<'static>> {
        match of {
            Of::Chg => None,
            Of::Switchboard => Some(Ask::NoSwitchboard(None)),
            Of::Edit { ticket } => {
                sink(Event::Edited { ticket, verdict: Verdict::Unsure });
                None
            }
        }
    }
}

/// Whether this is the answer to what we wait for; a word about it if not.
fn answers(command: &Command<'_>, wait: Wait) -> bool {
    let ours = command.trid() == Some(wait.trid);
    if !ours {
        log::warn!("msn: got {}, expected TrId {}", crate::text::Quoted(command.verb()), wait.trid);
    }
    ours
}

/// TrIds stay below 2^31 and start over: some servers read them as signed numbers.
const TRID_MAX: TrId = (1 << 31) - 1;

/// Commands whose answer is outstanding at once; a person can't type faster.
const PENDING_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::msnp::Auth;
    use crate::text::Secret;

    fn online() -> Session {
        let settings = Settings {
            server: crate::link::Endpoint::parse(b"ms.example.net", DEFAULT_PORT).unwrap(),
            account: "desk@example.net".into(),
            password: Secret::new("password".into()),
            auth: Auth::Md5,
            dialects: vec![Dialect::MSNP7],
            status: Status::Online,
        };
        let mut session = Session::new(settings, None);
        session.begin(Instant::START);
        session.transmit();
        session.state = State::Online;
        session
    }

    fn said(session: &mut Session) -> &[u8] {
        session.transmit().unwrap_or_default()
    }

    #[test]
    fn trids_are_never_0_and_start_over_below_2_to_the_31() {
        let mut session = online();
        session.last_trid = TRID_MAX - 2;
        let trids: Vec<TrId> = (0..4).map(|_| session.next_trid()).collect();
        assert_eq!(trids, [2_147_483_646, 2_147_483_647, 1, 2]);
        assert!(trids.iter().all(|trid| i32::try_from(*trid).is_ok()));
    }

    #[test]
    fn an_answer_finds_its_command_across_the_start_over() {
        let mut session = online();
        session.last_trid = TRID_MAX - 1;
        for ticket in [70, 71] {
            session.edit(Instant::START, ticket, Edit::AddGroup("a")).unwrap();
        }
        assert_eq!(said(&mut session), b"ADG 2147483647 a 0\r\nADG 1 a 0\r\n");
        let mut edited = Vec::new();
        for line in [&b"223 1"[..], b"223 2147483647", b"223 2147483647"] {
            let mut sink = |event: Event<'_>| match event {
                Event::Edited { ticket, verdict } => edited.push((ticket, verdict)),
                other => panic!("{other:?}"),
            };
            session.command(Instant::START, &Command::line(line), &mut sink).unwrap();
        }
        assert_eq!(edited, [(71, Verdict::Refused(223)), (70, Verdict::Refused(223))]);
    }
}

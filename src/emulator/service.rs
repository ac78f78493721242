//! The service's one value: who is connected, what they are told, and when something must happen by itself.
//! It does not know what the commands mean; sign-in, notification, switchboard and Passport each have a file.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::accounts::Accounts;
use super::faults::{Fault, Faults, Leave, Step};
use super::notification::Presence;
use super::options::Options;
use super::passport::Ticket;
use super::qq;
use super::switchboard::{Key, Room, Seat};
use super::wire::{Command, Reader, Taken, payload_max};
use super::{Action, ConnId, Dialect, Door};

/// Dispatch server, notification server, switchboard server and Passport in one, without I/O.
///
/// Octets and time go in by [`accept`](Self::accept), [`receive`](Self::receive), [`closed`](Self::closed) and
/// [`tick`](Self::tick); after each call [`poll`](Self::poll) until it answers `None`.
#[derive(Debug)]
pub struct Service {
    pub(super) accounts: Accounts,
    pub(super) options: Options,
    pub(super) faults: Faults,
    pub(super) rng: fastrand::Rng,
    pub(super) now: Duration,
    pub(super) clients: BTreeMap<ConnId, Client>,
    /// Signed-in accounts, by their row, and the connection each is signed in on.
    pub(super) online: BTreeMap<usize, ConnId>,
    pub(super) rooms: BTreeMap<u64, Room>,
    pub(super) keys: VecDeque<Key>,
    pub(super) tickets: VecDeque<Ticket>,
    pub(super) qq: qq::Network,
    pub(super) actions: VecDeque<Action>,
    /// Answers carry another transaction id while this is set.
    pub(super) twisted: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) door: Door,
    /// Where it comes from: a session at the QQ door is known by nothing else.
    pub(super) peer: IpAddr,
    pub(super) reader: Reader,
    pub(super) dialect: Option<Dialect>,
    pub(super) stage: Stage,
    /// Row of the account this connection is known to be of.
    pub(super) who: Option<usize>,
    /// UIN of the request at the QQ door, as it was written.
    pub(super) uin: Option<String>,
    /// When the stage was entered.
    pub(super) since: Duration,
    /// What it is told is not tampered with: a scripted friend.
    pub(super) immune: bool,
    /// Nothing is answered any more.
    deaf: bool,
    pub(super) sent: usize,
    pub(super) pending: usize,
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// Dispatch and notification: before USR.
    Greeting,
    /// Notification: USR … I was answered; the salt of MD5.
    Proving { address: String, salt: String },
    /// Notification: signed in.
    SignedIn(Box<Presence>),
    /// Switchboard: before USR or ANS.
    Knocking,
    /// Switchboard: in a room.
    Seated(Seat),
    /// Passport: octets of an HTTP request.
    Requesting(Vec<u8>),
    /// QQ: one HTTP request and its answer.
    Visiting(qq::Visit),
}

impl Service {
    /// A service for `accounts`; the same `seed` gives the same salts, keys, tickets and challenges.
    #[must_use]
    pub fn new(accounts: Accounts, options: Options, seed: u64) -> Self {
        Self {
            qq: qq::Network::new(&accounts),
            accounts,
            options,
            faults: Faults::default(),
            rng: fastrand::Rng::with_seed(seed),
            now: Duration::ZERO,
            clients: BTreeMap::new(),
            online: BTreeMap::new(),
            rooms: BTreeMap::new(),
            keys: VecDeque::new(),
            tickets: VecDeque::new(),
            actions: VecDeque::new(),
            twisted: false,
        }
    }

    /// The options, to change while running (addresses become known after binding).
    pub fn options_mut(&mut self) -> &mut Options {
        &mut self.options
    }

    /// Arms a fault.
    pub fn fault(&mut self, fault: Fault) {
        self.faults.arm(fault);
    }

    /// Disarms all faults.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// How many faults are armed. One armed `once` is not any more after it happened.
    #[must_use]
    pub fn armed_faults(&self) -> usize {
        self.faults.len()
    }

    /// Whether somebody is signed in with this address.
    #[must_use]
    pub fn is_signed_in(&self, address: &str) -> bool {
        self.session(address).is_some()
    }

    /// Ends an account's session with `OUT`. Says whether there was one.
    pub fn sign_out(&mut self, now: Duration, address: &str, leave: Leave) -> bool {
        self.at(now);
        let Some(conn) = self.session(address) else { return false };
        self.line(conn, &leave.line());
        self.close(conn);
        true
    }

    /// Writes raw octets to an account's session. Says whether there is one.
    pub fn push(&mut self, address: &str, octets: &[u8]) -> bool {
        let Some(conn) = self.session(address) else { return false };
        self.send(conn, octets.to_vec());
        true
    }

    /// A connection came in. `now` is the time since the start, here and below; it never goes back.
    pub fn accept(&mut self, now: Duration, conn: ConnId, door: Door) {
        self.accept_from(now, conn, door, LOOPBACK);
    }

    /// As [`Service::accept`], from somewhere else than this machine.
    pub fn accept_from(&mut self, now: Duration, conn: ConnId, door: Door, peer: IpAddr) {
        self.admit(now, conn, door, peer, false);
    }

    pub(super) fn admit(&mut self, now: Duration, conn: ConnId, door: Door, peer: IpAddr, immune: bool) {
        self.at(now);
        debug_assert!(!self.clients.contains_key(&conn), "connection numbers are used once");
        if self.clients.len() >= self.options.clients_max {
            log::warn!("emulator: connection refused, {} are open", self.clients.len());
            self.actions.push_back(Action::Close(conn));
            return;
        }
        let stage = match door {
            Door::Dispatch | Door::Notification => Stage::Greeting,
            Door::Switchboard => Stage::Knocking,
            Door::Passport => Stage::Requesting(Vec::new()),
            Door::Qq => {
                self.qq_enter(immune);
                Stage::Visiting(qq::Visit::new())
            }
        };
        let (reader, since) = (Reader::default(), self.now);
        let client = Client {
            door,
            peer,
            reader,
            dialect: None,
            stage,
            who: None,
            uin: None,
            since,
            immune,
            deaf: false,
            sent: 0,
            pending: 0,
        };
        self.clients.insert(conn, client);
        match self.tampering(conn, None, Some(Step::Connect)) {
            Some(Tampering::Silence) => self.deafen(conn),
            Some(_) => self.close(conn),
            None => {}
        }
    }

    /// Octets arrived.
    pub fn receive(&mut self, now: Duration, conn: ConnId, octets: &[u8]) {
        self.at(now);
        for chunk in octets.chunks(CHUNK) {
            match self.clients.get_mut(&conn) {
                None => return,
                Some(client) if client.deaf => return,
                Some(Client { stage: Stage::Requesting(_), .. }) => self.request(conn, chunk),
                Some(Client { stage: Stage::Visiting(_), .. }) => self.qq_receive(conn, chunk),
                Some(client) => {
                    client.reader.push(chunk);
                    self.obey(conn);
                }
            }
        }
    }

    /// Carries out every whole command that arrived.
    fn obey(&mut self, conn: ConnId) {
        loop {
            let Some(client) = self.clients.get_mut(&conn).filter(|client| !client.deaf) else { return };
            match client.reader.take(|verb| payload_max(verb, client.door, client.dialect)) {
                Taken::Command(command) => self.command(conn, &command),
                Taken::Blank if self.options.style.blank_lines_wedge => {
                    log::warn!("emulator: blank line, nothing is answered any more [observed: Escargot]");
                    self.deafen(conn);
                }
                Taken::Blank => {}
                Taken::Nothing => return,
                Taken::Broken(why) => {
                    log::warn!("emulator: {why}, closing");
                    self.close(conn);
                }
            }
        }
    }

    fn command(&mut self, conn: ConnId, command: &Command) {
        let Some(client) = self.clients.get(&conn) else { return };
        let door = client.door;
        log::debug!("emulator: {door:?} {} gets {:?}", conn.0, command.verb);
        let step = Step::of(door, &command.verb, command.arg(1));
        let address = match &client.stage {
            Stage::Proving { address, .. } => Some(address.clone()),
            Stage::Greeting if command.verb == "USR" => Some(command.arg(2).to_owned()),
            _ => None,
        };
        match self.tampering(conn, address.as_deref(), step) {
            Some(Tampering::Silence) => return,
            Some(Tampering::HangUp) => return self.close(conn),
            Some(Tampering::Refuse(code)) => return self.error(conn, command, code),
            Some(Tampering::Twist) => self.twisted = true,
            None => {}
        }
        match door {
            Door::Dispatch | Door::Notification => self.notified(conn, command),
            Door::Switchboard => self.boarded(conn, command),
            Door::Passport | Door::Qq => {}
        }
        self.twisted = false;
    }

    /// The client closed the connection.
    pub fn closed(&mut self, now: Duration, conn: ConnId) {
        self.at(now);
        self.forget(conn);
    }

    /// Time passed.
    pub fn tick(&mut self, now: Duration) {
        self.at(now);
        self.notification_tick();
        self.switchboard_tick();
        self.qq_tick();
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Action> {
        let action = self.actions.pop_front()?;
        if let Action::Send(conn, octets) = &action
            && let Some(client) = self.clients.get_mut(conn)
        {
            client.pending = client.pending.saturating_sub(octets.len());
        }
        Some(action)
    }

    /// When [`Service::tick`] must be called at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        [self.notification_deadline(), self.switchboard_deadline(), self.qq_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    // ---- What every room of the service uses ----

    pub(super) fn at(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// The connection an account is signed in on.
    pub(super) fn session(&self, address: &str) -> Option<ConnId> {
        self.online.get(&self.accounts.position(address)?).copied()
    }

    /// The address of the account behind a connection.
    pub(super) fn address(&self, conn: ConnId) -> Option<&str> {
        let who = self.clients.get(&conn)?.who?;
        Some(&self.accounts.at(who).address)
    }

    /// The fault that strikes a connection, if one `pick` knows is armed for it.
    pub(super) fn struck<T>(&mut self, conn: ConnId, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.struck_as(conn, None, pick)
    }

    /// As [`Service::struck`], for a connection that claims to be of `address` and is not known yet.
    pub(super) fn struck_as<T>(
        &mut self,
        conn: ConnId,
        address: Option<&str>,
        pick: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        let client = self.clients.get(&conn).filter(|client| !client.immune)?;
        let known = client.who.map(|who| self.accounts.at(who).address.as_str()).or(client.uin.as_deref());
        self.faults.strike(known.or(address), pick)
    }

    /// How the answer to a step is tampered with, on a connection that claims to be of `address`.
    pub(super) fn tampering(
        &mut self,
        conn: ConnId,
        address: Option<&str>,
        step: Option<Step>,
    ) -> Option<Tampering> {
        let step = step?;
        self.struck_as(conn, address, |fault| match fault {
            Fault::Silence(at) if *at == step => Some(Tampering::Silence),
            Fault::NoQng if step == Step::Png => Some(Tampering::Silence),
            Fault::HangUp(at) if *at == step => Some(Tampering::HangUp),
            Fault::Refuse(at, code) if *at == step => Some(Tampering::Refuse(*code)),
            Fault::WrongTrId(at) if *at == step => Some(Tampering::Twist),
            _ => None,
        })
    }

    fn deafen(&mut self, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.deaf = true;
        }
    }

    /// Ends a connection from our side.
    pub(super) fn close(&mut self, conn: ConnId) {
        if self.clients.contains_key(&conn) {
            self.actions.push_back(Action::Close(conn));
            self.forget(conn);
        }
    }

    /// A connection is gone; whoever cares is told.
    fn forget(&mut self, conn: ConnId) {
        let Some(client) = self.clients.remove(&conn) else { return };
        match client.stage {
            Stage::SignedIn(_) => self.signed_out(conn, client.who),
            Stage::Seated(seat) => self.leave_room(conn, client.who, &seat),
            _ => {}
        }
    }

    /// Digits for salts, keys and challenges.
    pub(super) fn digits(&mut self, count: usize) -> String {
        let first = char::from(self.rng.u8(b'1'..=b'9'));
        std::iter::once(first).chain((1..count).map(|_| char::from(self.rng.u8(b'0'..=b'9')))).collect()
    }

    /// Hex digits for keys and tickets.
    pub(super) fn hex_digits(&mut self, count: usize) -> String {
        (0..count).map(|_| self.rng.digit(16)).collect()
    }
}

/// How the answer to one command is tampered with.
pub(super) enum Tampering {
    /// Nothing is answered.
    Silence,
    /// The connection is closed.
    HangUp,
    /// An error code, or an HTTP status.
    Refuse(u16),
    /// Another transaction id.
    Twist,
}

/// Where connections come from that nobody said it of.
pub(super) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Octets taken from a client at once; what one such piece asks for is bounded by `PENDING_MAX` in `answers`.
const CHUNK: usize = 4096;

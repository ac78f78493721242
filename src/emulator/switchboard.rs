//! Conversations: keys, rooms, who is in them and what they say to each other.
//! It does not know presence; it asks who may be called.

use std::time::Duration;

use super::faults::Fault;
use super::service::{Service, Stage};
use super::sign_in::{MISSING_FIELD, NOT_SIGNED_IN, REFUSED};
use super::wire::{Command, escaped};
use super::{ConnId, Dialect};

/// Something to come in with, good once.
#[derive(Debug)]
pub(super) struct Key {
    word: String,
    who: usize,
    dialect: Dialect,
    /// The room of an invitation; `None` for one's own new room.
    room: Option<u64>,
    until: Duration,
}

/// A conversation.
#[derive(Debug)]
pub(super) struct Room {
    name: String,
    members: Vec<ConnId>,
    last_word: Duration,
}

/// A connection's place in a room.
#[derive(Debug)]
pub(super) struct Seat {
    room: u64,
}

impl Service {
    /// A key for `who`, by XFR SB or RNG.
    pub(super) fn issue_key(&mut self, who: usize, dialect: Dialect, room: Option<u64>) -> String {
        let word = if self.options.style.hex_ids {
            self.hex_digits(20)
        } else {
            format!("{}.{}", self.digits(9), self.digits(10))
        };
        let now = self.now;
        self.keys.retain(|key| key.until > now);
        if self.keys.len() >= KEYS_MAX {
            self.keys.pop_front();
        }
        self.keys.push_back(Key { word: word.clone(), who, dialect, room, until: now + KEY_LIFE });
        word
    }

    /// Uses a key up.
    fn redeem(&mut self, word: &str, address: &str, invited: bool) -> Option<Key> {
        let at = self.keys.iter().position(|key| {
            let owner = &self.accounts.at(key.who).address;
            key.word == word && key.until > self.now && owner == address && key.room.is_some() == invited
        })?;
        self.keys.remove(at)
    }

    /// A command on a switchboard connection.
    pub(super) fn boarded(&mut self, conn: ConnId, command: &Command) {
        let Some(client) = self.clients.get(&conn) else { return };
        let room = match &client.stage {
            Stage::Seated(seat) => Some(seat.room),
            _ => None,
        };
        match (command.verb.as_str(), room) {
            ("OUT", _) => self.close(conn),
            ("USR", None) => self.enter(conn, command),
            ("ANS", None) => self.accept_call(conn, command),
            (_, None) => self.complain(conn, command, NOT_SIGNED_IN),
            ("CAL", Some(room)) => self.call(conn, command, room),
            ("MSG", Some(room)) => self.say(conn, command, room),
            _ => self.complain(conn, command, super::notification::SYNTAX),
        }
    }

    /// `USR n address key`: a room of one's own.
    fn enter(&mut self, conn: ConnId, command: &Command) {
        let Some(key) = self.redeem(command.arg(1), command.arg(0), false) else {
            return self.turn_away(conn, command);
        };
        let name = if self.options.style.hex_ids { self.hex_digits(31) } else { self.digits(8) };
        let id = self.rooms.last_key_value().map_or(1, |(last, _)| last + 1);
        self.rooms.insert(id, Room { name, members: Vec::new(), last_word: self.now });
        self.seat(conn, &key, id);
        let (address, name) = self.wire_names(key.who);
        self.answer(conn, command, &format!("OK {address} {name}"));
    }

    /// `ANS n address key session`: into the room one was called to.
    fn accept_call(&mut self, conn: ConnId, command: &Command) {
        if command.arity() < 3 {
            return self.complain(conn, command, MISSING_FIELD);
        }
        let Some(key) = self.redeem(command.arg(1), command.arg(0), true) else {
            return self.turn_away(conn, command);
        };
        let room =
            key.room.filter(|room| self.rooms.get(room).is_some_and(|room| room.name == command.arg(2)));
        let Some(room) = room else { return self.close(conn) };
        let present = self.members(room, conn);
        for &other in &present {
            if self.struck(other, |fault| (*fault == Fault::LostBeforeJoin).then_some(())).is_some() {
                self.close(other);
            }
        }
        if !self.rooms.contains_key(&room) {
            return self.close(conn);
        }
        self.seat(conn, &key, room);
        let present = self.members(room, conn);
        for (i, &other) in present.iter().enumerate() {
            let Some(line) = self.introduction(other, key.dialect) else { continue };
            let trid = self.answer_trid(command);
            self.line(conn, &format!("IRO {trid} {} {} {line}", i + 1, present.len()));
        }
        self.answer(conn, command, "OK");
        for other in present {
            let dialect =
                self.clients.get(&other).and_then(|client| client.dialect).unwrap_or(Dialect::OLDEST);
            if let Some(line) = self.introduction(conn, dialect) {
                self.line(other, &format!("JOI {line}"));
            }
        }
    }

    /// A wrong key ends the connection.
    fn turn_away(&mut self, conn: ConnId, command: &Command) {
        self.error(conn, command, REFUSED);
        self.close(conn);
    }

    fn seat(&mut self, conn: ConnId, key: &Key, id: u64) {
        if let (Some(client), Some(room)) = (self.clients.get_mut(&conn), self.rooms.get_mut(&id)) {
            client.who = Some(key.who);
            client.dialect = Some(key.dialect);
            client.stage = Stage::Seated(Seat { room: id });
            room.members.push(conn);
        }
    }

    /// `address name [capability]` of who sits on a connection, as IRO and JOI say it to `dialect`.
    fn introduction(&self, conn: ConnId, dialect: Dialect) -> Option<String> {
        let (address, name) = self.wire_names(self.clients.get(&conn)?.who?);
        let capability = if dialect.contact_types() { " 0" } else { "" };
        Some(format!("{address} {name}{capability}"))
    }

    fn wire_names(&self, who: usize) -> (String, String) {
        let account = self.accounts.at(who);
        (account.address.clone(), escaped(&account.name, self.options.style.names))
    }

    /// Everybody in a room but one.
    fn members(&self, room: u64, but: ConnId) -> Vec<ConnId> {
        let members = self.rooms.get(&room).map(|room| room.members.as_slice()).unwrap_or_default();
        members.iter().copied().filter(|&member| member != but).collect()
    }

    /// `CAL n address`: rings somebody's notification session.
    fn call(&mut self, conn: ConnId, command: &Command, room: u64) {
        let address = command.arg(0);
        if address.matches('@').count() != 1 || address.starts_with('@') {
            return self.error(conn, command, BAD_HANDLE);
        }
        let Some(caller) = self.clients.get(&conn).and_then(|client| client.who) else { return };
        let called = self.accounts.position(address);
        let inside = self.rooms.get(&room).is_some_and(|room| {
            room.members
                .iter()
                .any(|member| self.clients.get(member).is_some_and(|client| client.who == called))
        });
        if called.is_some() && inside {
            return self.error(conn, command, IN_ROOM_ALREADY);
        }
        let session = called.and_then(|who| Some((who, self.callable(who, caller)?)));
        let Some((who, session)) = session else { return self.error(conn, command, NOT_ONLINE) };
        let name = self.rooms.get(&room).map(|room| room.name.clone()).unwrap_or_default();
        self.answer(conn, command, &format!("RINGING {name}"));
        if self.struck(conn, |fault| (*fault == Fault::NeverJoins).then_some(())).is_none() {
            self.ring(session, who, caller, room, &name);
        }
    }

    /// `RNG session address CKI key caller name`, no TrId.
    fn ring(&mut self, session: ConnId, who: usize, caller: usize, room: u64, name: &str) {
        let Some(dialect) = self.clients.get(&session).and_then(|client| client.dialect) else { return };
        let mut key = self.issue_key(who, dialect, Some(room));
        if self.struck(session, |fault| (*fault == Fault::StaleKey).then_some(())).is_some() {
            self.keys.pop_back();
            key = "1000000000.1".into();
        }
        let (address, nick) = self.wire_names(caller);
        let line = format!("RNG {name} {} CKI {key} {address} {nick}", self.options.switchboard);
        self.line(session, &line);
    }

    /// `MSG n U|N|A|D length`: to everybody else in the room, byte for byte.
    fn say(&mut self, conn: ConnId, command: &Command, id: u64) {
        let mode = command.arg(0);
        if !matches!(mode, "U" | "N" | "A" | "D") {
            return self.close(conn);
        }
        if !command.payload.windows(4).any(|four| four == b"\r\n\r\n") {
            return log::warn!("emulator: message without an empty line is swallowed [observed: Escargot]");
        }
        if self.struck(conn, |fault| (*fault == Fault::LostAfterMessage).then_some(())).is_some() {
            return self.close(conn);
        }
        let answer = match mode {
            "A" | "D" => Some("ACK"),
            _ => None,
        };
        let asks = mode != "U";
        let trid = self.answer_trid(command);
        if asks && self.struck(conn, |fault| (*fault == Fault::Nak).then_some(())).is_some() {
            return self.line(conn, &format!("NAK {trid}"));
        }
        let others = self.members(id, conn);
        if let Some(room) = self.rooms.get_mut(&id) {
            room.last_word = self.now;
        }
        let Some((address, name)) =
            self.clients.get(&conn).and_then(|client| client.who).map(|who| self.wire_names(who))
        else {
            return;
        };
        for &other in &others {
            self.payload(other, &format!("MSG {address} {name}"), &command.payload);
        }
        if others.is_empty() && asks && !self.options.style.always_ack {
            self.line(conn, &format!("NAK {trid}"));
        } else if let Some(answer) = answer {
            self.line(conn, &format!("{answer} {trid}"));
        }
    }

    /// A seat is empty: BYE to the others; an empty room goes.
    pub(super) fn leave_room(&mut self, conn: ConnId, who: Option<usize>, seat: &Seat) {
        let Some(room) = self.rooms.get_mut(&seat.room) else { return };
        room.members.retain(|&member| member != conn);
        if room.members.is_empty() {
            self.rooms.remove(&seat.room);
        }
        let Some(address) = who.map(|who| self.accounts.at(who).address.clone()) else { return };
        for other in self.members(seat.room, conn) {
            self.line(other, &format!("BYE {address}"));
        }
    }

    /// What time brings to switchboards: whoever never said USR or ANS goes, and idle rooms are cleared.
    pub(super) fn switchboard_tick(&mut self) {
        let now = self.now;
        let late = |client: &super::service::Client| {
            matches!(client.stage, Stage::Knocking) && client.since + KNOCK_TIME <= now
        };
        let knocking: Vec<ConnId> =
            self.clients.iter().filter(|(_, client)| late(client)).map(|(&conn, _)| conn).collect();
        for conn in knocking {
            self.close(conn);
        }
        let Some(idle) = self.options.switchboard_idle else { return };
        let quiet: Vec<u64> =
            self.rooms.iter().filter(|(_, room)| room.last_word + idle <= now).map(|(&id, _)| id).collect();
        for id in quiet {
            self.clear_room(id);
        }
    }

    /// `BYE who 1` to everybody about everybody else, and the room goes.
    fn clear_room(&mut self, id: u64) {
        let Some(room) = self.rooms.remove(&id) else { return };
        let address = |service: &Self, conn: &ConnId| service.address(*conn).map(str::to_owned);
        let people: Vec<(ConnId, Option<String>)> =
            room.members.iter().map(|conn| (*conn, address(self, conn))).collect();
        for (conn, _) in &people {
            for (_, address) in people.iter().filter(|(other, _)| other != conn) {
                self.line(*conn, &format!("BYE {} 1", address.as_deref().unwrap_or_default()));
            }
        }
        for (conn, _) in people {
            self.close(conn);
        }
    }

    /// The earliest of everything [`Service::switchboard_tick`] looks at.
    pub(super) fn switchboard_deadline(&self) -> Option<Duration> {
        let knocking = self.clients.values().filter(|client| matches!(client.stage, Stage::Knocking));
        let knocking = knocking.map(|client| client.since + KNOCK_TIME);
        let idle = self.options.switchboard_idle;
        let rooms = self.rooms.values().filter_map(|room| Some(room.last_word + idle?));
        knocking.chain(rooms).min()
    }
}

/// A connection that never says USR or ANS is closed `[observed: Escargot]`.
const KNOCK_TIME: Duration = Duration::from_secs(60);
/// How long a key is good `[observed: Escargot]`.
const KEY_LIFE: Duration = Duration::from_secs(120);
/// Keys remembered; the oldest makes room.
const KEYS_MAX: usize = 4096;

/// The address is none.
const BAD_HANDLE: u16 = 208;
/// In the room already, or oneself.
const IN_ROOM_ALREADY: u16 = 215;
/// Not online, hidden, blocking, or no such account.
const NOT_ONLINE: u16 = 217;

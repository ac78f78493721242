//! Scripted people at the QQ door: who acts when, each with a small client that signs in, polls, writes and answers.
//! It does not know the service but by its replies: every request is a connection of its own, as anybody's is.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::network::{MT_ACCEPTED, MT_REFUSED, MT_TEXT};
use super::text::requested;
use super::{Act, Command, Script, State};
use crate::emulator::agenda::Agenda;
use crate::emulator::challenge::md5_hex;
use crate::emulator::service::Service;
use crate::emulator::{Action, ConnId, Door};

/// The people of a [`Script`], each with a client of its own. They begin their day when somebody else has come in at
/// the QQ door. Their connection numbers are from 2^49 up.
#[derive(Debug)]
pub struct Friends {
    script: Script,
    cast: Vec<Client>,
    agenda: Agenda<Act>,
    next_conn: u64,
}

/// One person's client: one request at a time.
#[derive(Debug, Default)]
struct Client {
    /// As far as it knows.
    signed_in: bool,
    seq: u32,
    /// Commands to send, with their further fields.
    orders: VecDeque<(Command, String)>,
    flight: Option<Flight>,
    poll_at: Option<Duration>,
    answered: usize,
    /// What the desk is to be asked with once the server says that it wants to be asked.
    asking: Option<String>,
    /// The desk accepted or refused.
    settled: bool,
}

#[derive(Debug)]
struct Flight {
    conn: ConnId,
    command: Command,
    heard: Vec<u8>,
}

impl Friends {
    /// The people of `script`; the same `seed` gives the same small delays.
    #[must_use]
    pub fn new(seed: u64, script: Script) -> Self {
        let cast = script.people.iter().map(|_| Client::default()).collect();
        Self { script, cast, agenda: Agenda::new(seed), next_conn: FIRST_CONN }
    }

    /// Whether a connection is a friend's.
    #[must_use]
    pub fn own(&self, conn: ConnId) -> bool {
        conn.0 >= FIRST_CONN
    }

    /// Time passed: whoever is due acts.
    pub fn tick(&mut self, now: Duration, service: &mut Service) {
        if !service.qq_used() {
            return;
        }
        self.agenda.turn_page(now, &self.script.scenes, self.script.length);
        while let Some((who, act)) = self.agenda.next(now) {
            self.act(who, &act);
        }
        for who in 0..self.cast.len() {
            let client = &mut self.cast[who];
            if client.poll_at.is_some_and(|at| at <= now) {
                client.poll_at = Some(now + POLL);
                client.order(Command::GetMsgEx, String::new());
            }
            self.send(now, who, service);
        }
    }

    /// What the service sent to one of us.
    pub fn take(&mut self, now: Duration, action: Action, service: &mut Service) {
        let (Action::Send(conn, _) | Action::Close(conn)) = &action;
        let flies = |client: &Client| client.flight.as_ref().is_some_and(|flight| flight.conn == *conn);
        let Some(who) = self.cast.iter().position(flies) else { return };
        match action {
            Action::Send(_, octets) => {
                if let Some(flight) = &mut self.cast[who].flight {
                    flight.heard.extend(octets);
                }
            }
            Action::Close(_) => {
                self.land(now, who);
                self.send(now, who, service);
            }
        }
    }

    /// When [`Friends::tick`] must be called at the latest.
    #[must_use]
    pub fn next_deadline(&self, service: &Service) -> Option<Duration> {
        if !service.qq_used() {
            return None;
        }
        let polls = self.cast.iter().filter_map(|client| client.poll_at);
        polls.chain([self.agenda.deadline(self.script.length)]).min()
    }

    fn act(&mut self, who: usize, act: &Act) {
        let (client, person) = (&mut self.cast[who], &self.script.people[who]);
        match act {
            Act::SignIn(state) => {
                client.order(Command::Login, login(&person.password));
                if *state != State::Online {
                    client.order(Command::ChangeStat, format!("&ST={}", state.st()));
                }
            }
            Act::SignOut => client.order(Command::Logout, String::new()),
            Act::Status(state) => client.order(Command::ChangeStat, format!("&ST={}", state.st())),
            Act::Say(text) => {
                client.order(Command::Cltmsg, format!("&UN={}&MG={}", self.script.desk, requested(text)));
            }
            Act::Ask(_) if client.settled => {}
            Act::Ask(words) => {
                client.asking = Some(words.clone());
                client.order(Command::AddToList, format!("&UN={}", self.script.desk));
            }
        }
    }

    /// The next request, if none is under way.
    fn send(&mut self, now: Duration, who: usize, service: &mut Service) {
        let (client, uin) = (&mut self.cast[who], self.script.people[who].uin);
        if client.flight.is_some() {
            return;
        }
        let Some((command, fields)) = client.orders.pop_front() else { return };
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        client.seq += 1;
        client.flight = Some(Flight { conn, command, heard: Vec::new() });
        let body = format!("VER=1.1&CMD={}&SEQ={}&UIN={uin}{fields}", command.name(), client.seq);
        let request = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        // An address of its own each: two numbers from one are allowed, but these are no neighbours.
        let peer = Ipv4Addr::new(192, 0, 2, u8::try_from(who % 250).unwrap_or(0) + 1);
        service.admit(now, conn, Door::Qq, IpAddr::V4(peer), true);
        service.receive(now, conn, request.as_bytes());
    }

    /// The reply is whole.
    fn land(&mut self, now: Duration, who: usize) {
        let (client, person) = (&mut self.cast[who], &self.script.people[who]);
        let Some(flight) = client.flight.take() else { return };
        let text = String::from_utf8_lossy(&flight.heard);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body.trim_end_matches(['\r', '\n']));
        let field = |key: &str| {
            body.split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(name, _)| *name == key)
                .map(|it| it.1)
        };
        match (flight.command, field("RES")) {
            (Command::Login, Some("0")) if field("RS") == Some("0") => {
                client.signed_in = true;
                client.poll_at = Some(now + POLL);
            }
            (Command::Logout, _) => {
                client.signed_in = false;
                client.poll_at = None;
            }
            (_, Some("20")) if client.signed_in => {
                client.signed_in = false;
                client.orders.push_front((Command::Login, login(&person.password)));
            }
            (Command::AddToList, Some("0")) if field("CD") == Some("1") => {
                let words = client.asking.take().unwrap_or_default();
                // Twice: one of the two is lost [seed 003].
                for _ in 0..2 {
                    let fields = format!("&UN={}&CD=2&RS={}", self.script.desk, requested(&words));
                    client.order(Command::AckAddToList, fields);
                }
            }
            (Command::GetMsgEx, Some("0")) => {
                let items = |key| field(key).unwrap_or_default().split(',');
                let desk = self.script.desk.to_string();
                let rows = items("MT").zip(items("UN")).filter(|(_, from)| *from == desk);
                let heard: Vec<u32> = rows.filter_map(|(mt, _)| mt.parse().ok()).collect();
                client.settled |= heard.iter().any(|mt| [MT_ACCEPTED, MT_REFUSED].contains(mt));
                if heard.iter().any(|mt| [MT_TEXT, MT_ACCEPTED].contains(mt)) {
                    self.react(now, who);
                }
            }
            _ => {}
        }
    }

    /// What the desk wrote, or did, is answered after a while, however many rows it was.
    fn react(&mut self, now: Duration, who: usize) {
        let (client, answers) = (&mut self.cast[who], &self.script.people[who].answers);
        let Some(answer) = answers.get(client.answered % answers.len().max(1)) else { return };
        client.answered += 1;
        let saying = self.agenda.somewhat_after(now, 1800..2800);
        self.agenda.add(saying, who, Act::Say(answer.clone()));
    }
}

impl Client {
    fn order(&mut self, command: Command, fields: String) {
        if self.orders.len() < ORDERS_MAX {
            self.orders.push_back((command, fields));
        }
    }
}

fn login(password: &str) -> String {
    format!("&PS={}&M5=1&LC=9326B87B234E7235", md5_hex(password))
}

/// The first connection number of friends.
pub(in crate::emulator) const FIRST_CONN: u64 = 1 << 49;
/// Between two GetMsgEx of one friend.
const POLL: Duration = Duration::from_secs(2);
/// Requests one friend has not sent yet; a penalty holds them up for 20 s.
const ORDERS_MAX: usize = 16;

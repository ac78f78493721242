//! A very small MSN client, without I/O: signs in by MD5 or Passport, shows a state, writes, nudges and listens.
//! It does not know the script, and nothing of the service but what comes over its connections.

use std::time::Duration;

use super::Act;
use super::conversation::{Board, NUDGE, TEXT_HEAD};
use crate::emulator::challenge::{answer, md5_hex};
use crate::emulator::options::Names;
use crate::emulator::wire::{Command, Reader, Taken, escaped};
use crate::emulator::{ConnId, Dialect, Door};

/// What a client wants done.
#[derive(Debug)]
pub(super) enum Order {
    Connect(ConnId, Door),
    Send(ConnId, Vec<u8>),
    Close(ConnId),
}

/// What a client heard from somebody.
#[derive(Debug)]
pub(super) enum Heard {
    Text { from: String },
    Nudge { from: String },
}

/// One person's client.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) account: String,
    password: String,
    state: &'static str,
    trid: u32,
    dialect: Dialect,
    notification: Option<Link>,
    stage: Stage,
    passport: Option<ConnId>,
    pub(super) boards: Vec<Board>,
    /// Bodies for a switchboard that XFR was asked for.
    pub(super) unsent: Vec<String>,
    /// Whom they are for.
    pub(super) partner: String,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) conn: ConnId,
    pub(super) reader: Reader,
}

#[derive(Debug)]
enum Stage {
    Away,
    AwaitVer,
    AwaitInf,
    AwaitProofRequest,
    AwaitTicket { policy: String, answer: Vec<u8> },
    AwaitOk,
    Online,
}

impl Client {
    pub(super) fn new(account: &str, password: &str) -> Self {
        Self {
            account: account.to_owned(),
            password: password.to_owned(),
            state: "NLN",
            trid: 0,
            dialect: Dialect::OLDEST,
            notification: None,
            stage: Stage::Away,
            passport: None,
            boards: Vec::new(),
            unsent: Vec::new(),
            partner: String::new(),
        }
    }

    pub(super) fn has(&self, conn: ConnId) -> bool {
        self.notification.as_ref().is_some_and(|link| link.conn == conn)
            || self.passport == Some(conn)
            || self.boards.iter().any(|board| board.link.conn == conn)
    }

    /// A connection is gone.
    pub(super) fn lost(&mut self, conn: ConnId) {
        self.boards.retain(|board| board.link.conn != conn);
        self.passport = self.passport.filter(|&passport| passport != conn);
        if self.notification.as_ref().is_some_and(|link| link.conn == conn) {
            self.notification = None;
            self.stage = Stage::Away;
            self.unsent.clear();
        }
    }

    /// Does what the script says, as far as the state allows.
    pub(super) fn act(&mut self, now: Duration, act: &Act, desk: &str, next: &mut u64) -> Vec<Order> {
        match act {
            Act::SignIn(state) if self.notification.is_none() => self.sign_in(state, next),
            Act::SignIn(state) | Act::Status(state) => self.status(state),
            Act::SignOut => self.sign_out(),
            Act::Rename(name) => self.rename(name),
            Act::Type => {
                let head = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol";
                self.write(now, desk, format!("{head}\r\nTypingUser: {}\r\n\r\n\r\n", self.account))
            }
            Act::Say(text) => self.write(now, desk, format!("{TEXT_HEAD}{text}")),
            Act::Nudge => self.write(now, desk, NUDGE.to_owned()),
        }
    }

    fn sign_in(&mut self, state: &'static str, next: &mut u64) -> Vec<Order> {
        let conn = fresh(next);
        self.state = state;
        self.notification = Some(Link { conn, reader: Reader::default() });
        self.stage = Stage::AwaitVer;
        let newest_first =
            (Dialect::OLDEST.0..=Dialect::NEWEST.0).rev().map(|number| Dialect(number).to_string());
        let offer = newest_first.collect::<Vec<_>>().join(" ");
        vec![Order::Connect(conn, Door::Notification), self.command(conn, "VER", &format!("{offer} CVR0"))]
    }

    fn sign_out(&mut self) -> Vec<Order> {
        let mut conns: Vec<ConnId> = self.boards.iter().map(|board| board.link.conn).collect();
        conns.extend(self.notification.as_ref().map(|link| link.conn));
        conns
            .into_iter()
            .flat_map(|conn| [Order::Send(conn, b"OUT\r\n".to_vec()), Order::Close(conn)])
            .collect()
    }

    fn status(&mut self, state: &'static str) -> Vec<Order> {
        self.state = state;
        let Some(conn) = self.online() else { return Vec::new() };
        let capability = if self.dialect.compact_lists() { " 0" } else { "" };
        vec![self.command(conn, "CHG", &format!("{state}{capability}"))]
    }

    fn rename(&mut self, name: &str) -> Vec<Order> {
        let Some(conn) = self.online() else { return Vec::new() };
        let name = escaped(name, Names::Escaped);
        if self.dialect.guids() {
            vec![self.command(conn, "PRP", &format!("MFN {name}"))]
        } else {
            let account = self.account.clone();
            vec![self.command(conn, "REA", &format!("{account} {name}"))]
        }
    }

    /// Octets from the service.
    pub(super) fn receive(
        &mut self,
        now: Duration,
        conn: ConnId,
        octets: &[u8],
        next: &mut u64,
        heard: &mut Vec<Heard>,
    ) -> Vec<Order> {
        if self.passport == Some(conn) {
            return self.passport_answer(conn, octets);
        }
        let mut orders = Vec::new();
        if let Some(link) = self.link(conn) {
            link.reader.push(octets);
        }
        while let Some(link) = self.link(conn) {
            match link.reader.take(payload_max) {
                Taken::Command(command) => orders.extend(self.obey(now, conn, &command, next, heard)),
                Taken::Blank => {}
                Taken::Nothing => break,
                Taken::Broken(_) => {
                    orders.push(Order::Close(conn));
                    break;
                }
            }
        }
        orders
    }

    fn link(&mut self, conn: ConnId) -> Option<&mut Link> {
        let boards = self.boards.iter_mut().map(|board| &mut board.link);
        self.notification.iter_mut().chain(boards).find(|link| link.conn == conn)
    }

    fn obey(
        &mut self,
        now: Duration,
        conn: ConnId,
        command: &Command,
        next: &mut u64,
        heard: &mut Vec<Heard>,
    ) -> Vec<Order> {
        if let Some(at) = self.boards.iter().position(|board| board.link.conn == conn) {
            return self.on_board(now, at, command, heard);
        }
        match (command.verb.as_str(), &self.stage) {
            ("VER", Stage::AwaitVer) => self.greeted(conn, command),
            ("INF" | "CVR", Stage::AwaitInf) => {
                self.stage = Stage::AwaitProofRequest;
                let way = if self.dialect.md5() { "MD5" } else { "TWN" };
                let account = self.account.clone();
                vec![self.command(conn, "USR", &format!("{way} I {account}"))]
            }
            ("USR", Stage::AwaitProofRequest) => self.prove(conn, command, next),
            ("USR", Stage::AwaitOk) => {
                self.stage = Stage::Online;
                self.status(self.state)
            }
            ("CHL", Stage::Online) => self.solve(conn, command),
            ("XFR", Stage::Online) => self.open_board(now, command, next),
            ("RNG", Stage::Online) => self.pick_up(now, command, next),
            _ => Vec::new(),
        }
    }

    fn greeted(&mut self, conn: ConnId, command: &Command) -> Vec<Order> {
        let Some(dialect) = Dialect::parse(command.arg(0)) else { return vec![Order::Close(conn)] };
        self.dialect = dialect;
        self.stage = Stage::AwaitInf;
        if dialect.md5() {
            return vec![self.command(conn, "INF", "")];
        }
        let client = format!("0x0409 winnt 5.1 i386 MSNMSGR 6.2.0208 MSMSGS {}", self.account);
        vec![self.command(conn, "CVR", &client)]
    }

    fn prove(&mut self, conn: ConnId, command: &Command, next: &mut u64) -> Vec<Order> {
        let asked = command.arg(2).to_owned();
        if self.dialect.md5() {
            self.stage = Stage::AwaitOk;
            let proof = md5_hex(&format!("{asked}{}", self.password));
            return vec![self.command(conn, "USR", &format!("MD5 S {proof}"))];
        }
        self.stage = Stage::AwaitTicket { policy: asked, answer: Vec::new() };
        let passport = fresh(next);
        self.passport = Some(passport);
        let request = "GET /rdr/pprdr.asp HTTP/1.1\r\nHost: nexus\r\n\r\n";
        vec![Order::Connect(passport, Door::Passport), Order::Send(passport, request.into())]
    }

    /// An answer of nexus or login; its head is all that matters.
    fn passport_answer(&mut self, conn: ConnId, octets: &[u8]) -> Vec<Order> {
        let Stage::AwaitTicket { policy, answer } = &mut self.stage else { return vec![Order::Close(conn)] };
        answer.extend_from_slice(octets);
        let text = String::from_utf8_lossy(answer).into_owned();
        if !text.contains("\r\n\r\n") {
            return Vec::new();
        }
        answer.clear();
        let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest.to_owned());
        if let Some(ticket) = after("from-PP='").and_then(|rest| Some(rest.split_once('\'')?.0.to_owned())) {
            self.stage = Stage::AwaitOk;
            let Some(notification) = self.notification.as_ref().map(|link| link.conn) else {
                return Vec::new();
            };
            return vec![self.command(notification, "USR", &format!("TWN S {ticket}")), Order::Close(conn)];
        }
        let target = after("Location: ").or_else(|| after("DALogin="));
        let target =
            target.map(|rest| rest.split(['\r', ',']).next().unwrap_or_default().replace("https://", ""));
        let Some((_, path)) = target.as_deref().and_then(|target| target.split_once('/')) else {
            return vec![Order::Close(conn)];
        };
        let name = |text: &str| escaped(text, Names::Escaped);
        let request = format!(
            "GET /{path} HTTP/1.1\r\nHost: login\r\nAuthorization: Passport1.4 OrgVerb=GET,\
             OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,sign-in={},pwd={},{policy}\r\n\r\n",
            name(&self.account),
            name(&self.password)
        );
        vec![Order::Send(conn, request.into_bytes())]
    }

    fn solve(&mut self, conn: ConnId, command: &Command) -> Vec<Order> {
        let id = if self.dialect.personal_messages() { "PROD0090YUAUV{2B" } else { "msmsgs@msnmsgr.com" };
        let Some(digest) = answer(command.arg(0), id, self.dialect) else { return Vec::new() };
        let trid = self.next_trid();
        vec![Order::Send(conn, format!("QRY {trid} {id} 32\r\n{digest}").into_bytes())]
    }

    pub(super) fn online(&self) -> Option<ConnId> {
        let conn = self.notification.as_ref()?.conn;
        matches!(self.stage, Stage::Online).then_some(conn)
    }

    pub(super) fn next_trid(&mut self) -> u32 {
        self.trid = self.trid.wrapping_add(1);
        self.trid
    }

    pub(super) fn command(&mut self, conn: ConnId, verb: &str, rest: &str) -> Order {
        let gap = if rest.is_empty() { "" } else { " " };
        Order::Send(conn, format!("{verb} {}{gap}{rest}\r\n", self.next_trid()).into_bytes())
    }
}

pub(super) fn fresh(next: &mut u64) -> ConnId {
    let conn = ConnId(*next);
    *next += 1;
    conn
}

/// The payload verbs a service sends in the dialects we speak.
fn payload_max(verb: &str) -> Option<usize> {
    matches!(verb, "MSG" | "UBX" | "GCF" | "NOT" | "IPG").then_some(64 * 1024)
}

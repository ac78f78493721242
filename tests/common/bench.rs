//! A client on a bench: virtual time, and a server that says what the test says, or signs the client in by itself.
//!
//! It checks that the client always gets on: a `tick` that is due must lead somewhere.

use nudged::link::{Closed, Effect, Link, Room};
use nudged::msnp::notification::Edit;
use nudged::msnp::{Client, Dialect, Event, ListVersion, NotNow, Settings};
use nudged::time::{Duration, Instant};

use super::{settings, told};

/// What the login server answers, once it is asked for a ticket.
pub const TICKET: &str =
    "HTTP/1.1 200 OK\r\nAuthentication-Info: Passport1.4 da-status=success,from-PP='t=1&p=2'\r\n\r\n";
/// What it answers to a wrong password.
pub const REFUSED: &str =
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Passport1.4 da-status=failed\r\n\r\n";

pub struct Bench {
    pub client: Client,
    pub now: Instant,
    dialect: Dialect,
    /// The notification link, once it is asked for.
    link: Option<Link>,
    passport: Option<Link>,
    /// The switchboard link asked for last.
    switchboard: Option<Link>,
    board_said: Vec<u8>,
    passport_said: Vec<u8>,
    pub passport_says: &'static str,
    /// The lists SYN brings: contacts on FL.
    pub contacts: usize,
    told: Vec<String>,
    dialed: Vec<String>,
    said: Vec<u8>,
    closed: usize,
}

impl Bench {
    /// A client that has begun to connect.
    pub fn new(dialect: Dialect) -> Self {
        Self::with(settings(&[dialect]), None, 7)
    }

    pub fn with(settings: Settings, known: Option<ListVersion>, seed: u64) -> Self {
        let dialect = settings.dialects[0];
        let mut bench = Self {
            client: Client::new(settings, known, seed),
            now: Instant::from_millis(5_000),
            dialect,
            link: None,
            passport: None,
            switchboard: None,
            board_said: Vec::new(),
            passport_said: Vec::new(),
            passport_says: TICKET,
            contacts: 0,
            told: Vec::new(),
            dialed: Vec::new(),
            said: Vec::new(),
            closed: 0,
        };
        bench.act(|client, now, sink| client.start(now, sink));
        bench
    }

    /// A client that is signed in; what it did on the way is forgotten.
    pub fn online(dialect: Dialect) -> Self {
        let mut bench = Self::new(dialect);
        bench.sign_in();
        bench
    }

    pub fn sign_in(&mut self) {
        self.open();
        self.serve("");
        assert_eq!(self.told().last().map(String::as_str), Some("state online"));
    }

    pub fn act(&mut self, act: impl FnOnce(&mut Client, Instant, &mut dyn FnMut(Event<'_>))) {
        let lines = &mut self.told;
        act(&mut self.client, self.now, &mut |event| lines.push(told(&event)));
        self.effects();
    }

    /// Does what the client wants done with its links; the login servers answer at once.
    fn effects(&mut self) {
        let mut asked_passport = false;
        let mut opened = None;
        while let Some(effect) = self.client.poll() {
            match effect {
                Effect::Connect { link, to, .. } if link.room == Room::Passport => {
                    opened = Some((link, to.to_string()));
                }
                Effect::Connect { link, to, .. } => {
                    self.dialed.push(to.to_string());
                    if link.room == Room::Notification {
                        self.link = Some(link);
                    } else {
                        self.switchboard = Some(link);
                    }
                }
                Effect::Transmit { link, octets } if link.room == Room::Passport => {
                    asked_passport = true;
                    self.passport_said = octets.to_vec();
                }
                Effect::Transmit { link, octets } => {
                    if Some(link) == self.link {
                        self.said.extend_from_slice(octets);
                    } else {
                        self.board_said.extend_from_slice(octets);
                    }
                }
                Effect::Close(link) => self.closed += usize::from(link.room == Room::Notification),
            }
        }
        if let Some((link, to)) = opened {
            self.passport = Some(link);
            self.act(|client, now, sink| client.connected(now, link, sink));
            assert!(to.ends_with(":443"), "{to}");
        } else if let (true, Some(link)) = (asked_passport, self.passport) {
            // The nexus is asked without credentials, the login server with them.
            let answer = if !self.passport_said().contains("Authorization: ") {
                "HTTP/1.1 200 OK\r\nPassportURLs: DALogin=login.example.net/login2.srf\r\n\r\n"
            } else {
                self.passport_says
            };
            self.act(|client, now, sink| client.bytes(now, link, answer.as_bytes(), sink));
        }
    }

    /// The notification link comes up.
    pub fn open(&mut self) {
        let link = self.link.expect("a link was asked for");
        self.act(|client, now, sink| client.connected(now, link, sink));
    }

    /// The server says lines, CRLF added.
    pub fn line(&mut self, lines: &str) {
        let octets: String = lines.split('\n').map(|line| format!("{line}\r\n")).collect();
        self.octets(octets.as_bytes());
    }

    pub fn octets(&mut self, octets: &[u8]) {
        let link = self.link.expect("a link was asked for");
        self.act(|client, now, sink| client.bytes(now, link, octets, sink));
    }

    pub fn hang_up(&mut self, why: Closed) {
        let link = self.link.expect("a link was asked for");
        self.act(|client, now, sink| client.closed(now, link, why, 0, sink));
    }

    /// Somebody rings, and is there when the client comes: a conversation to be used by [`Bench::board`].
    pub fn ring(&mut self, who: &str) {
        self.line(&format!("RNG 1 10.0.0.1:1863 CKI 1.2 {who} Somebody"));
        let link = self.switchboard.expect("a switchboard was asked for");
        self.act(|client, now, sink| client.connected(now, link, sink));
        self.board(format!("IRO 1 1 1 {who} Somebody\r\nANS 1 OK\r\n").as_bytes());
        self.board_said();
    }

    /// The switchboard asked for last comes up.
    pub fn open_board(&mut self) {
        let link = self.switchboard.expect("a switchboard was asked for");
        self.act(|client, now, sink| client.connected(now, link, sink));
    }

    /// The switchboard says something.
    pub fn board(&mut self, octets: &[u8]) {
        let link = self.switchboard.expect("a switchboard was asked for");
        self.act(|client, now, sink| client.bytes(now, link, octets, sink));
    }

    /// What the client said on switchboards since last asked.
    pub fn board_said(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.board_said)).unwrap()
    }

    /// The last request to a login server.
    pub fn passport_said(&self) -> String {
        String::from_utf8(self.passport_said.clone()).unwrap()
    }

    /// Answers what the client says, as a server of its dialect does, up to the command `before` or the end.
    /// Answers which command was left unanswered.
    pub fn serve(&mut self, before: &str) -> Option<String> {
        loop {
            let said = self.said();
            if said.is_empty() {
                return None;
            }
            for line in said.lines() {
                if !before.is_empty() && line.starts_with(before) {
                    return Some(line.into());
                }
                let answer = self.answer(line);
                if !answer.is_empty() {
                    self.line(&answer);
                }
            }
        }
    }

    pub fn answer(&self, line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let n = words.get(1).copied().unwrap_or_default();
        let dialect = self.dialect;
        match words.as_slice() {
            ["VER", ..] => format!("VER {n} {dialect}"),
            ["CVR", ..] => format!("CVR {n} 1 1 1 http://a http://b"),
            ["INF", ..] => format!("INF {n} MD5"),
            ["USR", _, "MD5", "I", _] => format!("USR {n} MD5 S 1234567890.1"),
            ["USR", _, "TWN", "I", _] => format!("USR {n} TWN S lc=1033,id=507"),
            ["USR", ..] if dialect.number() >= 10 => format!("USR {n} OK desk@example.net 1 0"),
            ["USR", ..] => format!("USR {n} OK desk@example.net Desk 1 0"),
            ["SYN", ..] => self.lists(n),
            ["CHG", rest @ ..] => format!("CHG {}", rest.join(" ")),
            ["PNG"] => "QNG 50".into(),
            _ => String::new(),
        }
    }

    fn lists(&self, n: &str) -> String {
        let all = self.contacts;
        let mut lines = match self.dialect.number() {
            0..=7 => vec![format!("SYN {n} 9")],
            8 | 9 => vec![format!("SYN {n} 9 {all} 0")],
            _ => vec![format!("SYN {n} 2000-01-01 2000-01-02 {all} 0")],
        };
        for i in 1..=all {
            lines.push(match self.dialect.number() {
                0..=7 => format!("LST {n} FL 9 {i} {all} c{i}@example.net C{i}"),
                8 | 9 => format!("LST c{i}@example.net C{i} 11"),
                _ => format!("LST N=c{i}@example.net F=C{i} 11 "),
            });
        }
        if self.dialect <= Dialect::MSNP7 {
            let empty = if all == 0 { &["FL", "AL", "BL", "RL"][..] } else { &["AL", "BL", "RL"] };
            lines.extend(empty.iter().map(|list| format!("LST {n} {list} 9 0 0")));
        }
        lines.join("\n")
    }

    pub fn edit(&mut self, ticket: u32, edit: Edit<'_>) -> bool {
        self.try_edit(ticket, edit).is_ok()
    }

    pub fn try_edit(&mut self, ticket: u32, edit: Edit<'_>) -> Result<(), NotNow> {
        let mut taken = Ok(());
        self.act(|client, now, _| taken = client.edit(now, ticket, edit));
        taken
    }

    /// Time passes, with a tick whenever one is due.
    pub fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        let mut still = 0;
        while let Some(at) = self.client.wake_at().filter(|at| *at <= end) {
            still = if at <= self.now { still + 1 } else { 0 };
            assert!(still < 20, "ticks lead nowhere at {:?}", self.now);
            self.now = self.now.max(at);
            self.act(|client, now, sink| client.tick(now, sink));
        }
        self.now = end;
        self.act(|client, now, sink| client.tick(now, sink));
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.wait(Duration::from_secs(seconds));
    }

    /// Waits until the client dials again, at most a day. Answers how long that took.
    pub fn until_dialed(&mut self) -> Option<Duration> {
        self.dialed.clear();
        let start = self.now;
        while self.dialed.is_empty() && self.now.since(start) < Duration::from_secs(2 * 24 * 3600) {
            let at = self.client.wake_at()?;
            self.now = self.now.max(at);
            self.act(|client, now, sink| client.tick(now, sink));
        }
        Some(self.now.since(start))
    }

    /// What the client told since last asked.
    pub fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut self.told)
    }

    /// What the client said on the notification link since last asked.
    pub fn said(&mut self) -> String {
        String::from_utf8(std::mem::take(&mut self.said)).unwrap()
    }

    /// Where the client dialed since last asked, passport apart.
    pub fn dialed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.dialed)
    }

    /// How many notification links the client closed so far.
    pub const fn closed(&self) -> usize {
        self.closed
    }

    /// The client still talks: a contact's arrival is told.
    #[track_caller]
    pub fn assert_alive(&mut self) {
        self.told.clear();
        self.line("NLN NLN alive@example.net Alive 0");
        assert_eq!(self.told(), ["presence alive@example.net online Alive"]);
    }
}

//! Virtual time, desks with a real client each, and the wires between them and the service.
//!
//! Nothing here waits: time jumps to the next moment at which anything is due. After every step a desk must have at most
//! one connection, and SEQs that are new.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::time::Duration;

use nudged::emulator::{Accounts, Action, ConnId, Door, Emulator, Fault, Options, Service};
use nudged::http::Url;
use nudged::limits::READ_CHUNK;
use nudged::link::{Closed, Effect, Link};
use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::client::Sink;
use nudged::qq::{Body, Client, Edit, Event, Outcome, Say, Settings, Uin, Verdict};
use nudged::text::Secret;
use nudged::time::Instant;

pub(crate) use crate::virtual_time::*;

/// Numbers of the emulator's own accounts: the desk, its friends, and one who is none.
pub(crate) const DESK: u32 = 29_501_213;
pub(crate) const WEI: u32 = 24_259_132;
pub(crate) const LEI: u32 = 36_791_785;
pub(crate) const MEI: u32 = 99_833_581;
pub(crate) const TAO: u32 = 58_713_042;
pub(crate) const PASSWORDS: [(u32, &str); 5] =
    [(DESK, "nudge"), (WEI, "weicheng"), (LEI, "lilei"), (MEI, "hanmeimei"), (TAO, "lintao")];

/// A client, its wire, and what came of it.
pub(crate) struct Desk {
    pub(crate) client: Client,
    peer: IpAddr,
    pub(crate) weather: Weather,
    wire: Option<(Link, ConnId)>,
    written: u64,
    /// Every octet it was handed.
    pub(crate) received: Vec<u8>,
    /// SEQs of the last five minutes.
    seqs: VecDeque<(u64, String)>,
    pub(crate) story: Story,
}

impl Deref for Desk {
    type Target = Story;

    fn deref(&self) -> &Story {
        &self.story
    }
}

/// What a client told and asked.
#[derive(Default)]
pub(crate) struct Story {
    /// Every event as a line, with its time.
    pub(crate) told: Vec<(u64, String)>,
    pub(crate) state: LinkState,
    /// Every state, with its time and sentence.
    pub(crate) states: Vec<(u64, LinkState, String)>,
    pub(crate) own: Option<Status>,
    pub(crate) friends: BTreeMap<u32, Presence>,
    /// From whom, and what.
    pub(crate) heard: Vec<(u32, String)>,
    ends: BTreeMap<u32, Vec<Outcome>>,
    pub(crate) edits: BTreeMap<u32, Verdict>,
    /// The body of every request, with the time it was written at.
    pub(crate) requests: Vec<(u64, String)>,
}

impl Story {
    /// When requests of a command were written, in seconds.
    pub(crate) fn asked(&self, cmd: &str) -> Vec<u64> {
        let cmd = format!("&CMD={cmd}&");
        let asked = self.requests.iter().filter(|(_, body)| format!("{body}&").contains(&cmd));
        asked.map(|(at, _)| at / SECOND).collect()
    }

    pub(crate) fn told_of(&self, what: &str) -> Vec<&str> {
        self.told.iter().map(|(_, line)| line.as_str()).filter(|line| line.contains(what)).collect()
    }

    /// How what was sent under a number ended, if it did.
    pub(crate) fn outcome(&self, ticket: u32) -> Option<Outcome> {
        let ends = self.ends.get(&ticket)?;
        let ended: Vec<_> = ends.iter().filter(|end| **end != Outcome::Sending).collect();
        assert!(ended.len() <= 1, "#{ticket} ended more than once: {ends:?}");
        ended.first().copied().copied()
    }

    /// The most requests in any stretch of so many milliseconds.
    pub(crate) fn busiest(&self, ms: u64) -> usize {
        let (mut first, mut most) = (0, 0);
        for (index, (at, _)) in self.requests.iter().enumerate() {
            while self.requests[first].0 + ms <= *at {
                first += 1;
            }
            most = most.max(index - first + 1);
        }
        most
    }

    fn tell(&mut self, now: u64, event: Event<'_>) {
        let number = |account: &str| Uin::parse(account.as_bytes()).unwrap().number();
        match event {
            Event::State { state, why } => {
                self.state = state;
                self.states.push((now, state, why.to_owned()));
            }
            Event::Own(status) => self.own = status,
            Event::ListsBegin => self.friends.clear(),
            Event::Contact { account } | Event::Added { account } => {
                self.friends.insert(number(account), Presence::Unknown);
            }
            Event::Removed { account } => {
                self.friends.remove(&number(account));
            }
            Event::Presence { account, presence, .. } => {
                self.friends.insert(number(account), presence);
            }
            Event::Message { from, body: Body::Text(words) } => {
                self.heard.push((number(from), words.to_owned()))
            }
            Event::Delivery { ticket, outcome, .. } => self.ends.entry(ticket).or_default().push(outcome),
            Event::Edited { ticket, verdict } => {
                assert!(self.edits.insert(ticket, verdict).is_none(), "#{ticket} is answered twice");
            }
            _ => {}
        }
        self.told.push((now, line(event)));
    }
}

/// An event as a line.
fn line(event: Event<'_>) -> String {
    match event {
        Event::State { state, why } => format!("{state} {why}").trim().to_owned(),
        Event::Own(status) => format!("own {}", status.map_or("unknown", Status::as_str)),
        Event::ListsBegin => "list".into(),
        Event::Contact { account } => format!("contact {account}"),
        Event::ListsEnd => "list end".into(),
        Event::Added { account } => format!("added {account}"),
        Event::Removed { account } => format!("removed {account}"),
        Event::Presence { account, presence, name, initial } => {
            let initial = if initial { " initially" } else { "" };
            format!("{account} is {presence} {}{initial}", name.unwrap_or("-"))
        }
        Event::Message { from, body } => format!("{from} says {body:?}"),
        Event::Friendship { from, step, words } => format!("{from} {step:?} {words}").trim().to_owned(),
        Event::Delivery { ticket, outcome, why } => format!("#{ticket} {} {why}", outcome.as_str()),
        Event::Info { ticket, info } => format!("#{ticket} info of {:?}", info.uin().map(Uin::number)),
        Event::Found { ticket, fields } => {
            format!("#{ticket} found {}", fields.list("UN").items().count())
        }
        Event::Edited { ticket, verdict } => format!("#{ticket} {verdict:?}"),
        Event::Notice(words) => format!("notice {words}"),
    }
}

pub(crate) fn password(uin: u32) -> String {
    PASSWORDS.iter().find(|(number, _)| *number == uin).map_or("x", |(_, password)| password).to_owned()
}

pub(crate) fn settings(uin: u32) -> Settings {
    Settings {
        server: Url::parse(b"http://qq.example.net:8000").unwrap(),
        uin: Uin::new(uin).unwrap(),
        password: Secret::new(password(uin)),
        status: Status::Online,
        poll: Settings::POLL,
        version: Settings::VERSION.into(),
        lc: Settings::LC.into(),
    }
}

/// MD5 of a password, as PS has it.
pub(crate) fn proof(uin: u32) -> String {
    nudged::qq::command::digest(&Secret::new(password(uin))).as_str().to_owned()
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) emulator: Emulator,
    pub(crate) desks: Vec<Desk>,
    mail: Mail,
    next_conn: u64,
    wires: BTreeMap<ConnId, usize>,
    /// Answers to [`World::ask`], and which of them are over.
    answers: BTreeMap<ConnId, Vec<u8>>,
    over: BTreeSet<ConnId>,
    /// Octets a desk is handed at once, at most.
    pub(crate) piece: usize,
    /// Where every answer is cut in two besides.
    pub(crate) split: Option<usize>,
    pub(crate) steps: u64,
    /// Octets of the longest answer to a desk.
    pub(crate) longest: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Accounts::built_in(), nudged::emulator::qq::Options::default())
    }

    pub(crate) fn with(accounts: Accounts, qq: nudged::emulator::qq::Options) -> Self {
        let options = Options { qq, ..Options::default() };
        Self {
            now: 0,
            emulator: Emulator::new(Service::new(accounts, options, 1)),
            desks: Vec::new(),
            mail: Mail::default(),
            next_conn: 0,
            wires: BTreeMap::new(),
            answers: BTreeMap::new(),
            over: BTreeSet::new(),
            piece: READ_CHUNK,
            split: None,
            steps: 0,
            longest: 0,
        }
    }

    /// A world with the desk online, and what it told so far forgotten.
    pub(crate) fn online() -> Self {
        let mut world = Self::new();
        let desk = world.begin(settings(DESK));
        world.run(2 * SECOND);
        assert_eq!(world.desks[desk].state, LinkState::Online, "{:#?}", world.desks[desk].told);
        world.forget(desk);
        world
    }

    pub(crate) fn forget(&mut self, desk: usize) {
        let story = &mut self.desks[desk].story;
        story.told.clear();
        story.states.clear();
        story.requests.clear();
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        &mut self.emulator.service
    }

    pub(crate) fn fault(&mut self, words: &str) {
        self.emulator.service.fault(Fault::parse(words).unwrap_or_else(|wrong| panic!("{wrong}")));
    }

    // ---- Desks ----

    /// A desk begins, at an address of its own. Its number comes back.
    pub(crate) fn begin(&mut self, settings: Settings) -> usize {
        let desk = self.desks.len();
        self.desks.push(Desk {
            client: Client::new(settings, desk as u64 + 7),
            peer: address(desk as u8 + 1),
            weather: Weather::Fair,
            wire: None,
            written: 0,
            received: Vec::new(),
            seqs: VecDeque::new(),
            story: Story::default(),
        });
        self.act(desk, Client::start);
        desk
    }

    /// A client is told something, and what it wants done is done.
    pub(crate) fn act(&mut self, desk: usize, act: impl FnOnce(&mut Client, Instant, Sink<'_>)) {
        let now = self.now;
        let Desk { client, story, .. } = &mut self.desks[desk];
        act(client, Instant::from_millis(now), &mut |event| story.tell(now, event));
        self.grant(desk);
    }

    pub(crate) fn send(&mut self, desk: usize, ticket: u32, to: u32, words: &str) {
        let to = format!("qq:{to}");
        self.act(desk, |client, now, sink| client.send(now, ticket, &to, Say::Text(words), sink));
    }

    pub(crate) fn edit(&mut self, desk: usize, ticket: u32, edit: Edit<'_>) {
        self.act(desk, |client, now, _| client.edit(now, ticket, edit).unwrap());
    }

    pub(crate) fn set_status(&mut self, desk: usize, status: Status) {
        self.act(desk, |client, now, sink| client.set_status(now, status, sink));
    }

    // ---- Guests, without clients ----

    /// Asks the service from somewhere; the answer without HTTP, or `NULL`. Time passes until it is there.
    pub(crate) fn ask(&mut self, peer: IpAddr, body: impl AsRef<[u8]>) -> String {
        let body = body.as_ref();
        let head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
        let octets = self.ask_octets(peer, &[head.as_bytes(), body].concat());
        if octets.is_empty() {
            return "NULL".into();
        }
        let text = String::from_utf8(octets).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(head, format!("{HEAD}{}", body.len() - 2));
        body.strip_suffix("\r\n").unwrap().to_owned()
    }

    /// As [`World::ask`], HTTP and all.
    pub(crate) fn ask_octets(&mut self, peer: IpAddr, octets: &[u8]) -> Vec<u8> {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        let now = Duration::from_millis(self.now);
        self.answers.insert(conn, Vec::new());
        self.emulator.accept_from(now, conn, Door::Qq, peer);
        self.emulator.receive(now, conn, octets);
        self.drain();
        while !self.over.remove(&conn) {
            assert!(self.step(self.now + HOUR), "nothing is answered and nothing is due");
        }
        self.answers.remove(&conn).unwrap()
    }

    /// A number without a client signs in, from an address of its own.
    pub(crate) fn sign_in(&mut self, uin: u32) -> IpAddr {
        let peer = address((uin % 100) as u8 + 100);
        let body = format!("VER=1.1&CMD=Login&SEQ=1&UIN={uin}&PS={}&M5=1&LC={}", proof(uin), Settings::LC);
        let reply = self.ask(peer, body);
        assert!(reply.ends_with("&RES=0&RS=0&HI=60&LI=300"), "{reply}");
        peer
    }

    /// What follows `UIN=…` in the answer to a number without a client.
    pub(crate) fn asks(&mut self, uin: u32, asked: &str) -> String {
        let (cmd, fields) = asked.split_once('&').unwrap_or((asked, ""));
        let reply =
            self.ask(address((uin % 100) as u8 + 100), format!("VER=1.1&CMD={cmd}&SEQ=5&UIN={uin}&{fields}"));
        reply.split_once(&format!("UIN={uin}&")).map_or(reply.clone(), |(_, tail)| tail.to_owned())
    }

    /// A friend writes, with a client that may write as much as it likes.
    pub(crate) fn says(&mut self, from: u32, text: &str) {
        let now = Duration::from_millis(self.now);
        self.emulator.service.qq_write(now, from, DESK, text);
    }

    // ---- Wires ----

    fn post(&mut self, after: u64, parcel: Parcel) {
        self.mail.post(self.now + after, parcel);
    }

    /// Does what a client wants done with links.
    fn grant(&mut self, desk: usize) {
        loop {
            let it = &mut self.desks[desk];
            match it.client.poll() {
                None => return,
                Some(Effect::Connect { link, to, tls }) => {
                    assert_eq!((to.host.as_str(), to.port, tls), ("qq.example.net", 8000, false));
                    assert!(it.wire.is_none(), "a second connection at {} ms", self.now);
                    self.next_conn += 1;
                    let conn = ConnId(self.next_conn);
                    (it.wire, it.written) = (Some((link, conn)), 0);
                    self.wires.insert(conn, desk);
                    let (wait, parcel) = match it.weather {
                        Weather::Fair => (2 * LATENCY, Parcel::Up(conn)),
                        Weather::Refused => (2 * LATENCY, Parcel::Down(conn, Closed::Unreachable)),
                        Weather::Silent => (15 * SECOND, Parcel::Down(conn, Closed::Unreachable)),
                    };
                    self.post(wait, parcel);
                }
                Some(Effect::Transmit { octets, .. }) => {
                    let octets = octets.to_vec();
                    it.written += octets.len() as u64;
                    it.note(self.now, &octets);
                    let conn = it.wire.expect("a link").1;
                    self.post(LATENCY, Parcel::ToService(conn, octets));
                }
                Some(Effect::Close(link)) => {
                    let (known, conn) = it.wire.take().expect("a link");
                    assert_eq!(known, link);
                    self.post(LATENCY, Parcel::DeskClosed(conn));
                }
            }
        }
    }

    fn deliver(&mut self, parcel: Parcel) {
        let now = Duration::from_millis(self.now);
        match parcel {
            Parcel::Up(conn) => {
                let Some((desk, link)) = self.ends_at(conn) else { return };
                if self.desks[desk].weather != Weather::Fair {
                    return self.post(15 * SECOND, Parcel::Down(conn, Closed::Unreachable));
                }
                self.emulator.accept_from(now, conn, Door::Qq, self.desks[desk].peer);
                self.act(desk, |client, now, sink| client.connected(now, link, sink));
                self.drain();
            }
            Parcel::ToService(conn, octets) => {
                let fair = |desk: &usize| self.desks[*desk].weather == Weather::Fair;
                if self.wires.get(&conn).is_some_and(fair) {
                    self.emulator.receive(now, conn, &octets);
                    self.drain();
                }
            }
            Parcel::ToDesk(conn, octets) => {
                let Some((desk, _)) = self.ends_at(conn) else { return };
                if self.desks[desk].weather != Weather::Fair {
                    return;
                }
                let (first, second) = octets.split_at(self.split.unwrap_or(0).min(octets.len()));
                for piece in first.chunks(self.piece).chain(second.chunks(self.piece)) {
                    if let Some((desk, link)) = self.ends_at(conn) {
                        self.desks[desk].received.extend_from_slice(piece);
                        self.act(desk, |client, now, sink| client.bytes(now, link, piece, sink));
                    }
                }
            }
            Parcel::Down(conn, why) => {
                let Some((desk, link)) = self.ends_at(conn) else { return };
                if self.desks[desk].weather == Weather::Silent && why != Closed::Unreachable {
                    return;
                }
                let written = self.desks[desk].written;
                self.desks[desk].wire = None;
                self.wires.remove(&conn);
                self.act(desk, |client, now, sink| client.closed(now, link, why, written, sink));
            }
            Parcel::DeskClosed(conn) => {
                self.wires.remove(&conn);
                self.emulator.closed(now, conn);
                self.drain();
            }
        }
    }

    /// The desk a connection still belongs to, and its name there.
    fn ends_at(&self, conn: ConnId) -> Option<(usize, Link)> {
        let desk = *self.wires.get(&conn)?;
        let (link, _) = self.desks[desk].wire.filter(|(_, open)| *open == conn)?;
        Some((desk, link))
    }

    /// What the service wants done goes on its way; guests hear at once.
    fn drain(&mut self) {
        while let Some(action) = self.emulator.poll() {
            match action {
                Action::Send(conn, octets) => match self.answers.get_mut(&conn) {
                    Some(answer) => answer.extend(octets),
                    None => {
                        self.longest = self.longest.max(octets.len());
                        self.post(LATENCY, Parcel::ToDesk(conn, octets));
                    }
                },
                Action::Close(conn) if self.answers.contains_key(&conn) => {
                    self.over.insert(conn);
                }
                Action::Close(conn) => {
                    let reset = self.emulator.service.qq_was_reset(conn);
                    let why = if reset { Closed::Broken } else { Closed::ByPeer };
                    self.post(LATENCY, Parcel::Down(conn, why));
                }
            }
        }
    }
}

impl Timed for World {
    fn now(&mut self) -> &mut u64 {
        &mut self.now
    }

    fn step(&mut self, end: u64) -> bool {
        let service = self.emulator.next_deadline();
        let desks = self.desks.iter().map(|desk| desk.client.wake_at().map(Instant::as_millis));
        let Some((now, due)) = self.mail.next((self.now, end), service, desks) else { return false };
        assert!(!self.mail.time_stands_still(), "time stands still at {now} ms");
        (self.now, self.steps) = (now, self.steps + 1);
        match due {
            Due::Parcel(parcel) => self.deliver(parcel),
            Due::Service => self.tick(),
            Due::Desk(desk) => self.act(desk, Client::tick),
        }
        true
    }

    fn tick(&mut self) {
        self.emulator.tick(Duration::from_millis(self.now));
        self.drain();
    }
}

impl Desk {
    /// Looks at a request on its way out.
    fn note(&mut self, now: u64, octets: &[u8]) {
        let text = std::str::from_utf8(octets).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let expected = format!(
            "POST / HTTP/1.1\r\nHost: qq.example.net:8000\r\nContent-Type: text/plain; charset=UTF-8\r\n\
             Connection: close\r\nContent-Length: {}",
            body.len()
        );
        assert_eq!(head, expected);
        let seq = body.split('&').nth(2).unwrap().strip_prefix("SEQ=").unwrap().to_owned();
        self.seqs.retain(|(at, _)| at + 5 * MINUTE > now);
        assert!(self.seqs.iter().all(|(_, other)| *other != seq), "SEQ {seq} comes back within LI");
        self.seqs.push_back((now, seq));
        self.story.requests.push((now, body.to_owned()));
    }
}

pub(crate) fn address(host: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, host))
}

/// The head of every answer, up to the length.
pub(crate) const HEAD: &str = "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\n\
    Content-Type: text/plain; charset=UTF-8\r\nContent-Length: ";

//! Switchboards driven by hand: the clock, the server and the links are the test's.

mod bounds;
mod deadlines;
mod outcomes;
mod people;
mod receiving;
mod transcripts;

use std::boxed::Box;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::limits::{
    ACK_TIMEOUT, CONNECT_TIMEOUT, JOIN_TIMEOUT, PAYLOAD_MAX, SWITCHBOARD_IDLE, TRANSACTION_TIMEOUT,
};
use crate::link::Room;
use crate::msnp::{Body, Event, mime};

const ME: &str = "venky_dude@hotmail.com";
const FRIEND: &str = "deadxxx@hotmail.com";
const SECOND: Duration = Duration::from_secs(1);

/// A desk with switchboards, everything they said and did as lines of text.
struct Desk {
    boards: Box<Switchboards>,
    now: Instant,
    heard: Vec<String>,
    done: Vec<String>,
    /// Links are told nothing for a while.
    held: bool,
}

impl Desk {
    fn new() -> Self {
        Self::speaking(Dialect::MSNP7)
    }

    fn speaking(dialect: Dialect) -> Self {
        let mut boards = Box::new(Switchboards::new());
        boards.sign_in(ME, dialect);
        Self {
            boards,
            now: Instant::from_millis(1_000_000),
            heard: Vec::new(),
            done: Vec::new(),
            held: false,
        }
    }

    fn say(&mut self, ticket: u32, to: &str, say: Say<'_>) {
        self.boards.say(self.now, ticket, to, say, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn ring(&mut self, from: &str, session: &str) {
        let at = endpoint("64.4.13.74:1863");
        let (session, key) = (session.as_bytes(), b"989495494.750408580".as_slice());
        self.boards.ring(self.now, Invitation { session, at, key, account: from, name: "Venkatesh" });
        self.poll();
    }

    fn grant(&mut self) {
        let (at, key) = (endpoint("64.4.13.88:1863"), b"989487642.2070896604");
        self.boards.transfer_granted(self.now, at, key, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn lose_the_server(&mut self) {
        self.boards.transfer_lost(&mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn refuse(&mut self, code: Option<u16>) {
        self.boards.transfer_refused(code, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn connected(&mut self, link: Link) {
        self.boards.connected(self.now, link, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn bytes(&mut self, link: Link, octets: impl AsRef<[u8]>) {
        self.boards.bytes(self.now, link, octets.as_ref(), &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn closed(&mut self, link: Link, written: u64) {
        self.boards
            .closed(self.now, link, Closed::Broken, written, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn unreachable(&mut self, link: Link) {
        self.boards
            .closed(self.now, link, Closed::Unreachable, 0, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    fn sign_out(&mut self) {
        self.boards.sign_out(&mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    /// Lets so much time pass, tick by due tick.
    fn wait(&mut self, wait: Duration) {
        let until = self.now + wait;
        while let Some(at) = self.boards.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.tick();
            assert_ne!(self.boards.wake_at(), Some(at), "a deadline that passed is gone");
        }
        self.now = until;
        self.tick();
    }

    fn tick(&mut self) {
        self.boards.tick(self.now, &mut |event| self.heard.push(line_of(event)));
        self.poll();
    }

    /// What was heard since the last time.
    fn heard(&mut self) -> Vec<String> {
        core::mem::take(&mut self.heard)
    }

    /// What links were told since the last time: `0.1 connect …`, `0.1 > …`, `0.1 close`.
    fn done(&mut self) -> Vec<String> {
        core::mem::take(&mut self.done)
    }

    fn poll(&mut self) {
        while !self.held
            && let Some(effect) = self.boards.poll()
        {
            self.done.push(match effect {
                Effect::Connect { link, to, tls: false } => format!("{} connect {to}", name(link)),
                Effect::Connect { .. } => panic!("switchboards know no TLS"),
                Effect::Transmit { link, octets } => format!("{} > {}", name(link), octets.escape_ascii()),
                Effect::Close(link) => format!("{} close", name(link)),
            });
        }
    }

    /// A call up to the moment the friend was called, on a switchboard that was asked for just now.
    fn dial(&mut self, link: Link) {
        assert!(self.boards.wants_transfer(), "a switchboard is needed");
        self.grant();
        self.connected(link);
    }

    /// A call to the friend in which they are there; what waits for them has been sent.
    fn call(&mut self, link: Link) {
        self.dial(link);
        self.bytes(link, "USR 1 OK venky_dude@hotmail.com venkat\r\nCAL 2 RINGING 11717653\r\n");
        self.bytes(link, "JOI deadxxx@hotmail.com Venkatesh\r\n");
    }

    /// An open conversation somebody rang for.
    fn answer(&mut self, from: &str, link: Link) {
        self.ring(from, "11742066");
        self.connected(link);
        self.bytes(link, format!("IRO 1 1 1 {from} Venkatesh\r\nANS 1 OK\r\n"));
    }

    /// Links that are or will be up: what the pool holds on to.
    fn in_use(&self) -> usize {
        self.boards.conversations().filter(|(_, c)| !c.is_vacant()).count()
    }
}

fn link(place: u8, number: u16) -> Link {
    Link { room: Room::Switchboard(place), number }
}

fn name(link: Link) -> String {
    match link.room {
        Room::Switchboard(place) => format!("{place}.{}", link.number),
        room => panic!("a switchboard spoke for {room}"),
    }
}

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text.as_bytes(), 1863).unwrap()
}

fn line_of(event: Event<'_>) -> String {
    match event {
        Event::Message { from, name, body } => match body {
            Body::Text(text) => format!("{from} ({name}): {text}"),
            Body::Invite(what) => format!("{from} ({name}) offers {what}"),
            Body::Nudge => format!("{from} ({name}) nudges"),
            Body::Typing => format!("{from} ({name}) is typing"),
        },
        Event::Delivery { ticket, outcome, why } => {
            let colon = if why.is_empty() { "" } else { ": " };
            format!("{ticket} {}{colon}{why}", outcome.as_str())
        }
        other => panic!("switchboards don't tell {other:?}"),
    }
}

/// A payload command as the server sends it.
fn msg(from: &str, payload: &str) -> String {
    format!("MSG {from} Bob {}\r\n{payload}", payload.len())
}

fn plain(text: &str) -> String {
    format!("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{text}")
}

/// The message of `[seed 001]`, 137 octets.
const HELLO: &str = "MIME-Version: 1.0\\r\\nContent-Type: text/plain; charset=UTF-8\\r\\n\
    X-MMS-IM-Format: FN=Microsoft%20Sans%20Serif; EF=; CO=0; CS=0; PF=22\\r\\n\\r\\nhello";
const HELLO_OCTETS: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
    X-MMS-IM-Format: FN=Microsoft%20Sans%20Serif; EF=; CO=0; CS=0; PF=22\r\n\r\nhello";

/// A file offer as clients up to MSNP8 make it.
const OFFER: &str = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\n\r\n\
    Application-Name: File Transfer\r\nApplication-GUID: {5D3E02AB-6190-11d3-BBBB-00C04F795683}\r\n\
    Invitation-Command: INVITE\r\nInvitation-Cookie: 33267\r\nApplication-File: cat.jpg\r\nApplication-FileSize: 7\r\n\r\n";

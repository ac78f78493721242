//! Switchboards driven by hand: the clock, the server and the links are the test's.

use std::boxed::Box;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;

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

// ---- Transcripts ----

#[test]
fn a_call_goes_as_seed_001_has_it() {
    let mut desk = Desk::new();
    desk.say(7, FRIEND, Say::Text("hello"));
    assert!(desk.boards.wants_transfer(), "XFR 9 SB");
    assert!(!desk.boards.wants_transfer(), "one at a time");
    desk.grant();
    assert_eq!(desk.done(), ["0.1 connect 64.4.13.88:1863"]);
    desk.connected(link(0, 1));
    assert_eq!(desk.done(), [r"0.1 > USR 1 venky_dude@hotmail.com 989487642.2070896604\r\n"]);
    desk.bytes(link(0, 1), "USR 1 OK venky_dude@hotmail.com venkat\r\n");
    assert_eq!(desk.done(), [r"0.1 > CAL 2 deadxxx@hotmail.com\r\n"]);
    desk.bytes(link(0, 1), "CAL 2 RINGING 11717653\r\n");
    assert_eq!(desk.done(), [""; 0]);
    desk.bytes(link(0, 1), "JOI deadxxx@hotmail.com Venkatesh\r\n");
    assert_eq!(desk.done(), [format!(r"0.1 > MSG 3 A 137\r\n{HELLO}")]);
    assert_eq!(desk.heard(), ["7 sending"]);
    desk.bytes(link(0, 1), "ACK 3\r\n");
    assert_eq!(desk.heard(), ["7 delivered"]);
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn a_ring_goes_as_seed_001_has_it() {
    let mut desk = Desk::new();
    desk.ring("deaxxxx@hotmail.com", "11742066");
    assert_eq!(desk.done(), ["0.1 connect 64.4.13.74:1863"]);
    desk.connected(link(0, 1));
    assert_eq!(desk.done(), [r"0.1 > ANS 1 venky_dude@hotmail.com 989495494.750408580 11742066\r\n"]);
    desk.bytes(link(0, 1), "IRO 1 1 1 deaxxxx@hotmail.com Venkatesh\r\nANS 1 OK\r\n");
    desk.bytes(link(0, 1), format!("MSG deaxxxx@hotmail.com Venkatesh 137\r\n{HELLO_OCTETS}"));
    // The seed announces 100 octets for what has 92: the announcement is a misprint, the length decides.
    let typing = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\nTypingUser: deaxxxx@hotmail.com\r\n\r\n\r\n";
    assert_eq!(typing.len(), 92);
    desk.bytes(link(0, 1), format!("MSG deaxxxx@hotmail.com Venkatesh {}\r\n{typing}", typing.len()));
    assert_eq!(
        desk.heard(),
        ["deaxxxx@hotmail.com (Venkatesh): hello", "deaxxxx@hotmail.com (Venkatesh) is typing"]
    );
    assert_eq!(desk.done(), [""; 0]);
}

/// What a server sends over one conversation, whatever the pieces it comes in.
fn called(dialect: Dialect, pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<String>, String) {
    let mut desk = Desk::speaking(dialect);
    desk.say(7, FRIEND, Say::Text("hello"));
    desk.dial(link(0, 1));
    played(desk, pieces)
}

fn rung(dialect: Dialect, pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<String>, String) {
    let mut desk = Desk::speaking(dialect);
    desk.ring(FRIEND, "11742066");
    desk.connected(link(0, 1));
    played(desk, pieces)
}

fn played(mut desk: Desk, pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<String>, String) {
    for piece in pieces {
        desk.bytes(link(0, 1), piece);
    }
    let sent = desk.done().iter().map(|line| line.strip_prefix("0.1 > ").unwrap_or(line)).collect();
    (desk.heard(), sent)
}

/// JOI and IRO end in a capability number from MSNP12 on.
fn capability(dialect: Dialect) -> &'static str {
    if dialect >= Dialect::MSNP12 { " 1073741860" } else { "" }
}

fn server_of_a_call(dialect: Dialect) -> String {
    let caps = capability(dialect);
    format!(
        "USR 1 OK {ME} venkat\r\nPNG\r\nCAL 2 RINGING 9f0c2b7a1e5d4c3b8a7f6e5d4c3b2a1\r\n\
         JOI {FRIEND} D%20%C3%A9{caps}\r\nACK 3\r\n{}JOI eve@x Eve{caps}\r\nBYE eve@x 1\r\n",
        msg(FRIEND, &plain("Oui \u{e9}"))
    )
}

fn server_of_a_ring(dialect: Dialect) -> String {
    let caps = capability(dialect);
    let nudge = core::str::from_utf8(mime::NUDGE).unwrap();
    format!(
        "IRO 1 1 2 {FRIEND} {caps}\r\nIRO 1 2 2 eve@x Eve{caps}\r\nANS 1 OK\r\n{}BYE eve@x\r\nJOI eve@x Eve{caps}\r\n{}",
        msg(FRIEND, nudge),
        msg("eve@x", &plain("OUT\r\nBYE"))
    )
}

#[test]
fn every_dialect_calls_and_is_rung() {
    for dialect in Dialect::ALL {
        let call = server_of_a_call(dialect);
        let (heard, sent) = called(dialect, &mut [call.as_bytes()].into_iter());
        assert_eq!(
            heard,
            ["7 sending", "7 delivered", "deadxxx@hotmail.com (Bob): Oui \u{e9}"],
            "{dialect:?}"
        );
        let expected = format!(r"CAL 2 {FRIEND}\r\nQNG\r\nMSG 3 A 137\r\n{HELLO}");
        assert!(sent.contains(&expected), "{dialect:?}: {sent}");
        let ring = server_of_a_ring(dialect);
        let (heard, _) = rung(dialect, &mut [ring.as_bytes()].into_iter());
        assert_eq!(heard, ["deadxxx@hotmail.com (Bob) nudges", "eve@x (Bob): OUT\r\nBYE"], "{dialect:?}");
    }
}

#[test]
fn any_pieces_of_a_session_mean_the_same() {
    type Play = fn(Dialect, &mut dyn Iterator<Item = &[u8]>) -> (Vec<String>, String);
    let sessions: [(Play, Dialect, String); 2] = [
        (called, Dialect::MSNP12, server_of_a_call(Dialect::MSNP12)),
        (rung, Dialect::MSNP7, server_of_a_ring(Dialect::MSNP7)),
    ];
    for (play, dialect, stream) in sessions {
        let stream = stream.as_bytes();
        let whole = play(dialect, &mut [stream].into_iter());
        for size in [1, 2, 3, 7] {
            assert_eq!(play(dialect, &mut stream.chunks(size)), whole, "pieces of {size}");
        }
        for first in 0..stream.len() {
            for second in first..stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(play(dialect, &mut pieces.into_iter()), whole, "cut at {first} and {second}");
            }
        }
    }
}

#[test]
fn a_challenge_on_a_switchboard_is_answered_by_the_dialect() {
    for (dialect, challenge, answer) in [
        (
            Dialect::MSNP7,
            "20881396011366812350",
            "msmsgs@msnmsgr.com 32\\r\\n0212eaad0876afb8505859ca75d21a78",
        ),
        (
            Dialect::MSNP12,
            "22210219642164014968",
            "PROD0090YUAUV{2B 32\\r\\n85ecb0db8f32113df79ce0892b9a102c",
        ),
    ] {
        let mut desk = Desk::speaking(dialect);
        desk.answer(FRIEND, link(0, 1));
        desk.done();
        desk.bytes(link(0, 1), format!("CHL 0 {challenge}\r\nQRY 2\r\n"));
        assert_eq!(desk.done(), [format!("0.1 > QRY 2 {answer}")]);
        // The TrId was used up: the next message has one of its own.
        desk.say(1, FRIEND, Say::Nudge);
        assert!(desk.done()[0].starts_with("0.1 > MSG 3 A 69"), "a nudge has 69 octets");
    }
}

// ---- Outcomes ----

#[test]
fn two_messages_to_one_person_go_in_order_in_one_conversation() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.say(2, "DeadXXX@hotmail.com", Say::Nudge);
    desk.call(link(0, 1));
    assert_eq!(desk.done().last().unwrap(), &format!(r"0.1 > MSG 3 A 137\r\n{HELLO}"));
    desk.bytes(link(0, 1), "ACK 3\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 4 A 69"));
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(0, 1), "ACK 4\r\n");
    assert_eq!(desk.heard(), ["1 sending", "2 sending", "1 delivered", "2 delivered"]);
    desk.say(3, FRIEND, Say::Nudge);
    assert!(desk.done()[0].starts_with("0.1 > MSG 5 A 69"), "and again without a new switchboard");
}

#[test]
fn a_reply_goes_into_the_conversation_the_friend_opened() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.say(1, FRIEND, Say::Text("hello"));
    assert!(!desk.boards.wants_transfer());
    assert_eq!(desk.done(), [format!(r"0.1 > MSG 2 A 137\r\n{HELLO}")]);
}

#[test]
fn a_reply_waits_for_the_conversation_that_is_being_answered() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(!desk.boards.wants_transfer());
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("IRO 1 1 1 {FRIEND} D\r\nANS 1 OK\r\nACK 2\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_ring_of_the_person_being_called_saves_the_message_when_the_call_fails() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\n");
    desk.ring(FRIEND, "1");
    desk.connected(link(1, 1));
    desk.bytes(link(0, 1), "217 2\r\n");
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(1, 1), format!("IRO 1 1 1 {FRIEND} D\r\nANS 1 OK\r\nACK 2\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_second_message_waits_for_the_first_even_if_a_newer_conversation_opens() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, FRIEND, Say::Nudge);
    desk.answer(FRIEND, link(1, 1));
    desk.done();
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert!(desk.done()[0].starts_with("1.1 > MSG 2 A 69"), "and goes into the newer one");
}

#[test]
fn whoever_else_comes_does_not_answer_the_call() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\nCAL 2 RINGING 1\r\nJOI eve@x Eve\r\n");
    desk.wait(JOIN_TIMEOUT);
    assert_eq!(desk.heard(), ["1 sending", "1 failed: deadxxx@hotmail.com did not answer the call"]);
}

#[test]
fn the_friend_may_be_there_before_the_call_is_answered() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), format!("USR 1 OK a b\r\nJOI {FRIEND} D\r\nCAL 2 RINGING 1\r\nACK 3\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn we_are_not_somebody_else_in_the_room() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("IRO 1 1 2 {ME} v\r\nIRO 1 2 2 {FRIEND} D\r\nANS 1 OK\r\n"));
    desk.say(1, FRIEND, Say::Nudge);
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_conversation_of_three_is_not_for_a_reply_to_one() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), "JOI eve@x Eve\r\n");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    // Eve leaves before the server has granted it: now the old one will do, and the new one is not needed.
    desk.done();
    desk.bytes(link(0, 1), "BYE eve@x\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 2 A 69"));
    desk.grant();
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn a_crowd_larger_than_the_table_is_still_a_crowd() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    for n in 0..9 {
        desk.bytes(link(0, 1), format!("JOI u{n}@x U\r\n"));
    }
    for n in 0..8 {
        desk.bytes(link(0, 1), format!("BYE u{n}@x\r\n"));
    }
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer(), "u8 is still there");
    desk.bytes(link(0, 1), "BYE u8@x\r\n");
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn an_ack_after_the_recipient_left_proves_nothing() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.bytes(link(0, 1), format!("BYE {FRIEND}\r\n"));
    assert_eq!(desk.in_use(), 1, "the answer is waited for");
    desk.bytes(link(0, 1), "ACK 3\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: they left while it was sent"]);
    assert_eq!(desk.in_use(), 0);
}

#[test]
fn an_ack_of_something_else_is_no_answer() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.bytes(link(0, 1), "ACK 2\r\nACK\r\nACK x\r\nNAK 4\r\nACK 0\r\n217 2\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), "ACK 3\r\nACK 3\r\nNAK 3\r\n");
    assert_eq!(desk.heard(), ["1 delivered"]);
}

#[test]
fn a_nak_sends_it_once_more_and_then_it_failed() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.done();
    desk.bytes(link(0, 1), "NAK 3\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 4 A 69"));
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), "NAK 4\r\n");
    assert_eq!(desk.heard(), ["1 failed: refused by the switchboard (NAK)"]);
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn an_error_to_a_message_is_its_end_with_or_without_a_trid() {
    for error in ["282 3\r\n", "713\r\n", "999 3 and more\r\n"] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.call(link(0, 1));
        desk.bytes(link(0, 1), error);
        let heard = desk.heard();
        assert!(heard[1].starts_with(&format!("1 failed: refused: {} ", &error[..3])), "{heard:?}");
        assert_eq!(desk.in_use(), 1, "the conversation goes on");
    }
}

#[test]
fn silence_after_a_message_is_unsure_and_the_next_one_takes_another_switchboard() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    assert_eq!(desk.boards.wake_at(), Some(desk.now + ACK_TIMEOUT));
    desk.wait(ACK_TIMEOUT);
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: nobody acknowledged it"]);
    desk.bytes(link(0, 1), "ACK 3\r\n");
    desk.bytes(link(0, 1), msg(FRIEND, &plain("still here")));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): still here"], "it is listened to");
    desk.say(2, FRIEND, Say::Nudge);
    desk.call(link(1, 1));
    let done = desk.done();
    assert!(done.contains(&"0.1 close".to_string()), "the doubtful one is left: {done:?}");
    desk.bytes(link(1, 1), "ACK 3\r\n");
    assert_eq!(desk.heard(), ["2 sending", "2 delivered"]);
    // Its place is as good as any other.
    desk.closed(link(1, 1), 1000);
    desk.answer(FRIEND, link(0, 2));
    desk.say(3, FRIEND, Say::Nudge);
    desk.bytes(link(0, 2), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["3 sending", "3 delivered"]);
}

#[test]
fn a_message_no_octet_of_which_was_written_goes_again_on_a_new_switchboard_once() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.call(link(0, 1));
    let before: u64 =
        ["USR 1 venky_dude@hotmail.com 989487642.2070896604\r\n", "CAL 2 deadxxx@hotmail.com\r\n"]
            .iter()
            .map(|line| line.len() as u64)
            .sum();
    desk.closed(link(0, 1), before);
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.done();
    desk.call(link(0, 2));
    assert!(desk.done().concat().ends_with("hello"));
    desk.closed(link(0, 2), before);
    assert_eq!(desk.heard(), ["1 failed: connection broken"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_message_one_octet_of_which_was_written_is_unsure() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.call(link(0, 1));
    let before = 51 + 27;
    desk.closed(link(0, 1), before + 1);
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: the conversation ended before it was acknowledged"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn refused_calls_say_why() {
    for (error, why) in [
        ("217 2\r\n", "deadxxx@hotmail.com is offline"),
        ("217\r\n", "deadxxx@hotmail.com is offline"),
        ("208 2\r\n", "deadxxx@hotmail.com can't be called: 208 invalid account"),
        ("216 2\r\n", "deadxxx@hotmail.com can't be called: 216 not on that list"),
    ] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.dial(link(0, 1));
        desk.bytes(link(0, 1), "USR 1 OK a b\r\n");
        desk.done();
        desk.bytes(link(0, 1), error);
        assert_eq!(desk.heard(), ["1 sending".to_string(), format!("1 failed: {why}")]);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        assert!(!desk.boards.wants_transfer());
    }
}

#[test]
fn an_error_about_something_else_refuses_no_call() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\n217 9\r\nCAL 9 RINGING 1\r\nUSR 1 OK a b\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), format!("215 2\r\nJOI {FRIEND} D\r\nACK 3\r\n"));
    assert_eq!(desk.heard(), ["1 delivered"], "215: the person is on the way already");
}

#[test]
fn a_stale_key_asks_for_one_more_switchboard() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "911 1\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.dial(link(0, 2));
    desk.bytes(link(0, 2), "911 1\r\n");
    assert!(desk.heard()[0].starts_with("1 failed: the switchboard refused us: 911 "));
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_switchboard_that_is_not_there_is_asked_for_once_more() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    for number in 1..=2 {
        assert!(desk.boards.wants_transfer());
        desk.grant();
        desk.unreachable(link(0, number));
    }
    assert_eq!(desk.heard(), ["1 sending", "1 failed: no switchboard: server unreachable"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_refused_transfer_ends_what_waits_for_it() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(913));
    let heard = desk.heard();
    assert!(heard[2].starts_with("1 failed: no switchboard: 913 "), "{heard:?}");
    assert!(desk.boards.wants_transfer(), "now for the other person");
    desk.say(3, FRIEND, Say::Nudge);
    desk.lose_the_server();
    assert_eq!(
        desk.heard(),
        [
            "3 sending",
            "2 failed: the connection to the server is lost",
            "3 failed: the connection to the server is lost"
        ]
    );
}

#[test]
fn a_transfer_that_failed_in_passing_is_asked_for_once_more() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(281));
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(281));
    let heard = desk.heard();
    assert!(heard.len() == 2 && heard[1].starts_with("1 failed: no switchboard: 281 "), "{heard:?}");
}

#[test]
fn silence_about_one_switchboard_fails_nobody_else() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(None);
    assert_eq!(desk.heard(), ["1 sending", "2 sending"], "it is asked for once more");
    assert!(desk.boards.wants_transfer());
    desk.refuse(None);
    assert_eq!(desk.heard(), ["1 failed: the server named no switchboard"]);
    assert!(desk.boards.wants_transfer(), "now for the other person");
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    let mut desk = Desk::new();
    for bad in ["", "a b@x", "a@x\r\nOUT", "a\u{a0}@x", &"x".repeat(130)] {
        desk.say(1, bad, Say::Nudge);
        assert_eq!(desk.heard(), ["1 failed: not an address a person can be called by"], "{bad:?}");
    }
    desk.say(2, FRIEND, Say::Text(&"x".repeat(401)));
    assert_eq!(desk.heard(), ["2 failed: 401 octets of text; a message holds 400"]);
    for ticket in 3..=6 {
        desk.say(ticket, FRIEND, Say::Nudge);
    }
    desk.heard();
    desk.say(7, FRIEND, Say::Nudge);
    assert_eq!(desk.heard(), ["7 failed: 4 messages are still on their way"]);
}

#[test]
fn the_longest_text_fits_beside_any_answer() {
    let mut desk = Desk::new();
    let text = "x".repeat(400);
    desk.say(1, FRIEND, Say::Text(&text));
    desk.dial(link(0, 1));
    desk.done();
    // Nothing is taken from the outbox in between: all of it must fit at once.
    desk.held = true;
    let offers = msg(FRIEND, OFFER).repeat(3);
    desk.bytes(link(0, 1), format!("{offers}USR 1 OK a b\r\n{offers}CHL 0 1\r\nPNG\r\nCAL 3 RINGING 1\r\n"));
    desk.held = false;
    desk.bytes(link(0, 1), format!("JOI {FRIEND} D\r\n"));
    let sent = desk.done().concat();
    assert!(sent.ends_with(&text), "the message is whole: {sent}");
    assert_eq!(desk.in_use(), 1);
}

#[test]
fn signing_out_says_goodbye_everywhere_and_ends_every_message() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.ring("eve@x", "5");
    desk.done();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "bob@x", Say::Nudge);
    desk.heard();
    desk.done();
    desk.sign_out();
    assert_eq!(desk.heard(), ["1 unsure: signed out", "2 failed: signed out"]);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close", "1.1 close"]);
    desk.ring(FRIEND, "1");
    assert!(desk.in_use() == 0 && !desk.boards.wants_transfer());
    assert_eq!(desk.boards.wake_at(), None);
}

// ---- Deadlines ----

#[test]
fn every_step_of_a_call_has_its_own_deadline() {
    let steps: [(&str, Duration, &str); 3] = [
        ("", TRANSACTION_TIMEOUT, "the switchboard did not answer"),
        ("USR 1 OK a b\r\n", TRANSACTION_TIMEOUT, "the switchboard did not answer"),
        ("USR 1 OK a b\r\nCAL 2 RINGING 1\r\n", JOIN_TIMEOUT, "deadxxx@hotmail.com did not answer the call"),
    ];
    for (so_far, deadline, why) in steps {
        let mut desk = Desk::new();
        // The call was begun by an earlier message: its own expiry does not disturb.
        desk.say(1, FRIEND, Say::Nudge);
        desk.dial(link(0, 1));
        desk.bytes(link(0, 1), so_far);
        desk.done();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + deadline));
        desk.wait(deadline - Duration::from_millis(1));
        assert_eq!((desk.done(), desk.in_use()), (Vec::new(), 1));
        desk.wait(Duration::from_millis(1));
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        if why.contains("call") {
            assert_eq!(desk.heard(), ["1 sending".to_string(), format!("1 failed: {why}")]);
        } else {
            // Nothing of it was written, so it may go once more; after a minute in all, it has failed.
            assert!(desk.boards.wants_transfer());
            desk.wait(TRANSACTION_TIMEOUT);
            assert_eq!(desk.heard(), ["1 sending", "1 failed: could not be reached within 60 s"]);
        }
    }
}

#[test]
fn a_switchboard_that_answers_neither_time_is_named_as_the_reason() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    for number in 1..=2 {
        assert!(desk.boards.wants_transfer());
        desk.grant();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + CONNECT_TIMEOUT));
        desk.wait(CONNECT_TIMEOUT);
        assert_eq!(desk.done(), [format!("0.{number} connect 64.4.13.88:1863"), format!("0.{number} close")]);
    }
    assert_eq!(desk.heard(), ["1 sending", "1 failed: the switchboard did not answer"]);
}

#[test]
fn a_message_nobody_grants_a_switchboard_for_expires() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.wait(SECOND * 59);
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.wait(SECOND);
    assert_eq!(desk.heard(), ["1 failed: could not be reached within 60 s"]);
    desk.grant();
    assert_eq!(desk.done(), [""; 0], "nobody needs it any more");
}

#[test]
fn an_answered_ring_has_deadlines_too() {
    for (so_far, deadline) in [("", TRANSACTION_TIMEOUT), ("ANS 1 OK\r\n", JOIN_TIMEOUT)] {
        let mut desk = Desk::new();
        desk.ring(FRIEND, "1");
        desk.connected(link(0, 1));
        desk.bytes(link(0, 1), so_far);
        desk.done();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + deadline));
        desk.wait(deadline);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        assert_eq!(desk.heard(), [""; 0]);
    }
}

#[test]
fn whoever_comes_after_ans_ok_opens_the_conversation() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("ANS 1 OK\r\nJOI {FRIEND} D\r\n"));
    desk.say(1, FRIEND, Say::Nudge);
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn an_idle_conversation_is_left_with_out() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.wait(SECOND * 200);
    desk.bytes(link(0, 1), msg(FRIEND, &plain("hi")));
    assert_eq!(desk.boards.wake_at(), Some(desk.now + SWITCHBOARD_IDLE));
    desk.wait(SWITCHBOARD_IDLE - SECOND);
    assert_eq!(desk.done(), [""; 0]);
    desk.wait(SECOND);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
    assert_eq!(desk.boards.wake_at(), None);
}

#[test]
fn half_a_command_is_not_waited_for_longer_than_half_a_minute() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), format!("JOI eve@x Eve\r\nMSG {FRIEND} Bob 100\r\nMIME"));
    desk.done();
    for _ in 0..29 {
        desk.wait(SECOND);
        desk.bytes(link(0, 1), "x");
    }
    assert_eq!(desk.done(), [""; 0]);
    desk.wait(SECOND);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
}

#[test]
fn a_slow_but_steady_server_is_heard_out() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    for octet in msg(FRIEND, &plain("hi")).repeat(2).into_bytes() {
        desk.wait(SECOND / 5);
        desk.bytes(link(0, 1), [octet]);
    }
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): hi", "deadxxx@hotmail.com (Bob): hi"]);
}

// ---- Coming and going ----

#[test]
fn when_everybody_has_left_we_leave() {
    for bye in ["BYE deadxxx@hotmail.com\r\n", "BYE deadxxx@hotmail.com 1\r\n", "BYE DEADXXX@hotmail.com\r\n"]
    {
        let mut desk = Desk::new();
        desk.answer(FRIEND, link(0, 1));
        desk.bytes(link(0, 1), "JOI eve@x Eve\r\nBYE nobody@x\r\nBYE eve@x\r\n");
        desk.done();
        assert_eq!(desk.in_use(), 1);
        desk.bytes(link(0, 1), format!("{bye}JOI late@x L\r\n"));
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
    }
}

#[test]
fn a_server_that_says_out_or_nonsense_is_left() {
    for end in ["OUT\r\n", "OUT SSD\r\n", "MSG a b huge\r\n", "MSG a b 4294967296\r\n"] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.call(link(0, 1));
        desk.done();
        desk.bytes(link(0, 1), end);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"], "{end}");
        assert!(desk.heard()[1].starts_with("1 unsure"), "{end}");
    }
}

#[test]
fn noise_is_passed_over() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let noise = "QNG\r\nQNG 60\r\nQRY 1\r\nXYZ 1 2\r\nNOT 7\r\nOUT\r\n\r\nUBX a@x 3\r\nabc205 21\r\n911\r\nIRO\r\nJOI\r\nBYE\r\n\
                 USR\r\nCAL\r\nANS\r\nCHL\r\nJOI  \r\n\r\n\n";
    desk.bytes(link(0, 1), noise);
    desk.bytes(link(0, 1), [b"ZZZ ".as_slice(), &[b'x'; 5000], b"\r\n"].concat());
    desk.bytes(link(0, 1), msg(FRIEND, &plain("still here")));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): still here"]);
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn the_newest_conversation_with_a_person_wins() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.wait(SECOND);
    desk.answer(FRIEND, link(1, 1));
    let done = desk.done();
    assert_eq!(&done[2..], [r"0.1 > OUT\r\n", "0.1 close"], "the older one is left: {done:?}");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.done()[0].starts_with("1.1 > MSG 2 A 69"));
}

#[test]
fn an_older_conversation_is_kept_while_a_message_is_in_the_air_there() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, FRIEND, Say::Nudge);
    desk.answer(FRIEND, link(1, 1));
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_second_ring_of_the_same_person_takes_the_place_of_the_first() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    assert_eq!(desk.done(), ["0.1 connect 64.4.13.74:1863"]);
    desk.ring(FRIEND, "2");
    assert_eq!(desk.done(), ["0.1 close", "0.2 connect 64.4.13.74:1863"]);
    desk.connected(link(0, 1));
    assert_eq!(desk.done(), [""; 0], "the first one's link is not ours any more");
    desk.connected(link(0, 2));
    assert_eq!(desk.done(), [r"0.2 > ANS 1 venky_dude@hotmail.com 989495494.750408580 2\r\n"]);
}

#[test]
fn rings_between_two_polls_leave_no_link_behind() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.held = true;
    desk.bytes(link(0, 1), format!("BYE {FRIEND}\r\n"));
    desk.ring("eve@x", "1");
    desk.held = false;
    desk.ring("eve@x", "2");
    assert_eq!(
        desk.done(),
        [r"0.1 > OUT\r\n", "0.1 close", "0.3 connect 64.4.13.74:1863"],
        "the second link was never asked for, so nobody closes it"
    );
}

#[test]
fn what_a_dead_link_still_says_is_not_heard() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), "MSG half@x Half 1000\r\na command");
    desk.closed(link(0, 1), 60);
    desk.answer("eve@x", link(0, 2));
    desk.done();
    let hello = msg(FRIEND, &plain("hi"));
    for stale in [link(0, 1), link(0, 3), link(3, 0), link(9, 2)] {
        desk.bytes(stale, &hello);
        desk.bytes(stale, "OUT\r\n");
        desk.connected(stale);
        desk.closed(stale, 0);
    }
    let other = Link { room: Room::Notification, number: 2 };
    desk.bytes(other, &hello);
    assert_eq!((desk.heard(), desk.done(), desk.in_use()), (Vec::new(), Vec::new(), 1));
    desk.bytes(link(0, 2), &hello);
    assert_eq!(
        desk.heard(),
        ["deadxxx@hotmail.com (Bob): hi"],
        "half a command of the old link is forgotten"
    );
}

#[test]
fn a_flood_of_rings_is_answered_once_a_second_in_four_places() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let mut connects = 0;
    for n in 0..10_000_u32 {
        if n % 1000 == 0 {
            desk.wait(SECOND);
        }
        desk.ring(&format!("eve{n}@x"), "1");
        connects += desk.done().iter().filter(|line| line.contains("connect")).count();
        assert!(desk.in_use() <= SWITCHBOARDS_MAX);
    }
    assert!((10..=13).contains(&connects), "{connects} in ten seconds");
    // Rings that come to nothing make room for each other; the conversation is untouched.
    desk.say(1, FRIEND, Say::Nudge);
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_further_ring_displaces_the_conversation_idle_longest_and_never_one_in_use() {
    let mut desk = Desk::new();
    for place in 0..4 {
        desk.answer(&format!("u{place}@x"), link(place, 1));
        desk.wait(SECOND * 2);
    }
    desk.done();
    desk.ring("eve@x", "1");
    assert_eq!(desk.done(), [""; 0], "all were in use within the last ten seconds");
    desk.wait(SECOND * 8);
    desk.bytes(link(0, 1), msg("u0@x", &plain("hi")));
    desk.ring("eve@x", "1");
    assert_eq!(desk.done(), [r"1.1 > OUT\r\n", "1.1 close", "1.2 connect 64.4.13.74:1863"]);
}

#[test]
fn a_person_at_the_button_gets_a_place_in_a_full_pool() {
    let mut desk = Desk::new();
    for place in 0..4 {
        desk.answer(&format!("u{place}@x"), link(place, 1));
        desk.wait(SECOND);
    }
    desk.say(1, "u0@x", Say::Nudge);
    desk.wait(SECOND);
    for place in [2, 3, 1] {
        desk.bytes(link(place, 1), msg("u@x", &plain("hi")));
        desk.wait(SECOND);
    }
    desk.done();
    desk.say(2, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.grant();
    // u0's was used least lately, but a message is in the air there; u2's goes.
    assert_eq!(desk.done(), [r"2.1 > OUT\r\n", "2.1 close", "2.2 connect 64.4.13.88:1863"]);
}

#[test]
fn unusable_invitations_and_transfers_are_declined() {
    let mut desk = Desk::new();
    let long = [b'x'; 129];
    let good = endpoint("h:1863");
    let no_port = Endpoint { port: 0, ..good.clone() };
    let cases: [(&[u8], &Endpoint, &[u8], &str); 6] = [
        (b"1", &no_port, b"k", FRIEND),
        (&long, &good, b"k", FRIEND),
        (b"", &good, b"k", FRIEND),
        (b"1", &good, &long, FRIEND),
        (b"1", &good, b"", FRIEND),
        (b"1", &good, b"k", core::str::from_utf8(&[b'a'; 130]).unwrap()),
    ];
    for (session, at, key, account) in cases {
        desk.boards.ring(desk.now, Invitation { session, at: at.clone(), key, account, name: "" });
        assert_eq!(desk.in_use(), 0);
    }
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.boards.transfer_granted(desk.now, no_port, b"k", &mut |event| desk.heard.push(line_of(event)));
    assert_eq!(desk.heard(), ["1 sending", "1 failed: the server named no usable switchboard"]);
}

#[test]
fn conversations_outlive_a_new_sign_in() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.boards.sign_in(ME, Dialect::MSNP7);
    assert!(desk.boards.wants_transfer(), "the new server was not asked yet");
    desk.bytes(link(0, 1), msg(FRIEND, &plain("hi")));
    assert_eq!(desk.heard(), ["1 sending", "deadxxx@hotmail.com (Bob): hi"]);
}

// ---- Receiving ----

/// A file offer as clients up to MSNP8 make it.
const OFFER: &str = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\n\r\n\
    Application-Name: File Transfer\r\nApplication-GUID: {5D3E02AB-6190-11d3-BBBB-00C04F795683}\r\n\
    Invitation-Command: INVITE\r\nInvitation-Cookie: 33267\r\nApplication-File: cat.jpg\r\nApplication-FileSize: 7\r\n\r\n";

#[test]
fn an_offered_file_is_shown_and_declined_politely() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.bytes(link(0, 1), msg(FRIEND, OFFER));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob) offers cat.jpg"]);
    let done = desk.done();
    assert!(done[0].starts_with("0.1 > MSG 2 U "), "{done:?}");
    for part in ["Invitation-Command: CANCEL", "Invitation-Cookie: 33267", "Cancel-Code: REJECT"] {
        assert!(done[0].contains(part), "{done:?}");
    }
    // Their answer to our refusal is not an offer.
    desk.bytes(link(0, 1), msg(FRIEND, &OFFER.replace("INVITE", "CANCEL")));
    assert_eq!((desk.heard(), desk.done()), (Vec::new(), Vec::new()));
}

#[test]
fn a_file_offered_the_binary_way_is_shown_if_it_is_for_us() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let head = "\0".repeat(48);
    for (to, purpose, heard) in [
        (ME, "5D3E02AB-6190-11D3-BBBB-00C04F795683", &["deadxxx@hotmail.com (Bob) offers a file"][..]),
        ("eve@x", "5D3E02AB-6190-11D3-BBBB-00C04F795683", &[]),
        (ME, "A4268EEC-FEC5-49E5-95C3-F126696BDBF6", &[]),
    ] {
        let offer = format!(
            "MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\nP2P-Dest: {to}\r\n\r\n\
             {head}INVITE MSNMSGR:{to} MSNSLP/1.0\r\n\r\nEUF-GUID: {{{purpose}}}\r\n\r\n\0"
        );
        desk.bytes(link(0, 1), msg(FRIEND, &offer));
        assert_eq!(desk.heard(), heard, "{to} {purpose}");
    }
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn chunked_messages_come_out_whole() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    let id = "{6B28BFA5-9F21-4E3E-8B0E-7D6B8E6A3B11}";
    let first = format!(
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nMessage-ID: {id}\r\nChunks: 2\r\n\r\nhello "
    );
    desk.bytes(link(0, 1), msg(FRIEND, &first));
    assert_eq!(desk.heard(), [""; 0]);
    desk.bytes(link(0, 1), msg("eve@x", &plain("in between")));
    desk.bytes(link(0, 1), msg(FRIEND, &format!("Message-ID: {id}\r\nChunk: 1\r\n\r\nworld")));
    assert_eq!(desk.heard(), ["eve@x (Bob): in between", "deadxxx@hotmail.com (Bob): hello world"]);
}

#[test]
fn messages_of_the_server_and_of_machines_are_not_shown() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let long = plain(&"x".repeat(PAYLOAD_MAX));
    for noise in [
        msg("Hotmail", &plain("buy")),
        msg("hotmail", &plain("buy")),
        msg(FRIEND, "MIME-Version: 1.0\r\nContent-Type: text/x-clientcaps\r\n\r\nClient-Name: X\r\n"),
        msg(FRIEND, "MIME-Version: 1.0\r\nContent-Type: application/x-msnmsgrp2p\r\n\r\n\0\0\0"),
        msg(FRIEND, ""),
        msg(FRIEND, "no header at all"),
        msg(&"a".repeat(130), &plain("hi")),
        msg(FRIEND, &long),
        "MSG 0\r\n".to_string(),
    ] {
        desk.bytes(link(0, 1), &noise);
        assert_eq!(desk.heard(), [""; 0], "{noise}");
    }
    assert_eq!(desk.done(), [""; 0]);
    desk.bytes(link(0, 1), msg(FRIEND, &plain("")));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): "]);
}

#[test]
fn names_are_decoded_and_bounded() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    let payload = plain("hi");
    for (raw, shown) in [
        ("Bob%20100%25", "Bob 100%".to_string()),
        ("", String::new()),
        ("B\u{2605}b", "B\u{2605}b".to_string()),
        (&"%C3%A9".repeat(129), "\u{e9}".repeat(64)),
    ] {
        desk.bytes(link(0, 1), format!("MSG {FRIEND} {raw} {}\r\n{payload}", payload.len()));
        assert_eq!(desk.heard(), [format!("{FRIEND} ({shown}): hi")]);
    }
}

// ---- Bounds ----

#[test]
fn all_of_it_stays_small() {
    assert!(size_of::<Switchboards>() <= 40 * 1024, "{} octets", size_of::<Switchboards>());
}

/// Anything that can happen to switchboards.
#[derive(Clone, Debug)]
enum Happening {
    Say(u8, bool),
    Ring(u8),
    Grant,
    Refuse(Option<u16>),
    Connected(u8),
    Bytes(u8, Vec<u8>),
    Closed(u8, u16),
    Wait(u32),
    Hold,
    Poll,
}

fn happenings() -> impl Strategy<Value = Happening> {
    let place = 0..5_u8;
    let words = prop_oneof![
        Just("USR 1 OK a b\r\n".to_string()),
        Just("CAL 2 RINGING 1\r\n".to_string()),
        (0..3_u8).prop_map(|who| format!("JOI u{who}@x U\r\n")),
        (0..3_u8).prop_map(|who| format!("BYE u{who}@x\r\n")),
        (0..3_u8).prop_map(|who| format!("IRO 1 1 1 u{who}@x U\r\nANS 1 OK\r\n")),
        (0..9_u8).prop_map(|trid| format!("ACK {trid}\r\n")),
        (0..9_u8).prop_map(|trid| format!("NAK {trid}\r\n")),
        (200..999_u16, 0..5_u8).prop_map(|(code, trid)| format!("{code} {trid}\r\n")),
        Just(msg("u1@x", OFFER)),
        Just("CHL 0 123\r\nPNG\r\n".to_string()),
        Just(format!("MSG a b {}\r\n", PAYLOAD_MAX + 1)),
        "\\PC{0,40}",
    ];
    let octets = prop_oneof![
        4 => proptest::collection::vec(words, 1..6).prop_map(|words| words.concat().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ];
    prop_oneof![
        (0..3_u8, any::<bool>()).prop_map(|(who, nudge)| Happening::Say(who, nudge)),
        (0..3_u8).prop_map(Happening::Ring),
        Just(Happening::Grant),
        proptest::option::of(200..999_u16).prop_map(Happening::Refuse),
        place.clone().prop_map(Happening::Connected),
        (place.clone(), octets.clone()).prop_map(|(place, octets)| Happening::Bytes(place, octets)),
        (place.clone(), octets).prop_map(|(place, octets)| Happening::Bytes(place, octets)),
        (place, any::<u16>()).prop_map(|(place, written)| Happening::Closed(place, written % 400)),
        (0..40_000_u32).prop_map(Happening::Wait),
        Just(Happening::Hold),
        Just(Happening::Poll),
    ]
}

/// The newest link of a place.
fn newest(desk: &Desk, place: u8) -> Link {
    desk.boards.places.get(usize::from(place)).map_or(link(place, 1), |place| place.conversation.link())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_message_ends_exactly_once(story in proptest::collection::vec(happenings(), 0..60)) {
        let mut desk = Desk::speaking(Dialect::MSNP9);
        let mut tickets = 0;
        let mut open = std::collections::BTreeSet::new();
        for happening in story {
            match happening {
                Happening::Say(who, nudge) => {
                    tickets += 1;
                    let say = if nudge { Say::Nudge } else { Say::Text("hello") };
                    desk.say(tickets, &format!("u{who}@x"), say);
                }
                Happening::Ring(who) => desk.ring(&format!("u{who}@x"), "1"),
                Happening::Grant if desk.boards.wants_transfer() => desk.grant(),
                Happening::Grant => {}
                Happening::Refuse(code) if desk.boards.wants_transfer() => desk.refuse(code),
                Happening::Refuse(_) => {}
                Happening::Connected(place) => desk.connected(newest(&desk, place)),
                Happening::Bytes(place, octets) => desk.bytes(newest(&desk, place), octets),
                Happening::Closed(place, written) => desk.closed(newest(&desk, place), written.into()),
                Happening::Wait(ms) => desk.wait(Duration::from_millis(ms.into())),
                Happening::Hold => desk.held = true,
                Happening::Poll => desk.held = false,
            }
            desk.poll();
            for line in desk.done() {
                let link = line.split(' ').next().unwrap().to_string();
                if line.contains(" connect ") {
                    prop_assert!(open.insert(link), "connected twice");
                } else if line.ends_with(" close") {
                    prop_assert!(open.remove(&link), "closed what was not open: {}", line);
                } else {
                    prop_assert!(open.contains(&link), "spoke to a link it never opened: {}", line);
                }
            }
            prop_assert!(desk.in_use() <= SWITCHBOARDS_MAX);
        }
        // With no help from anybody, everything comes to its end.
        desk.wait(SECOND * 1000);
        prop_assert_eq!(desk.boards.wake_at(), None);
        prop_assert_eq!(desk.in_use(), 0);
        for ticket in 1..=tickets {
            let mine: Vec<_> = desk.heard.iter().filter(|line| line.starts_with(&format!("{ticket} "))).collect();
            let ends = mine.iter().filter(|line| !line.ends_with("sending")).count();
            prop_assert_eq!(ends, 1, "{:?}", mine);
            prop_assert!(mine.len() == 1 || mine[0].ends_with("sending"));
        }
    }

    #[test]
    fn any_octets_on_any_switchboard_are_survived(
        pieces in proptest::collection::vec((0..4_u8, proptest::collection::vec(any::<u8>(), 0..300)), 0..40),
    ) {
        let mut desk = Desk::speaking(Dialect::MSNP12);
        for place in 0..4 {
            desk.answer(&format!("u{place}@x"), link(place, 1));
            desk.wait(SECOND);
        }
        for (place, octets) in pieces {
            desk.bytes(newest(&desk, place), octets);
            let _ = desk.done();
        }
        desk.wait(SECOND * 400);
        prop_assert_eq!(desk.in_use(), 0, "nobody stays for ever");
    }
}

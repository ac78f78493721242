//! Recorded sessions, replayed to the MSN client octet by octet and in every other way a network can split them.
//!
//! The files of `tests/transcripts/` say what happens in order, one thing a line:
//!
//! ```text
//! # a comment                         ? status invisible        the agent's own act: status, send, nudge, edit, out
//! @ notification                      the link meant from here on: notification, passport, switchboard N
//! O host:port [tls]                   the client opens that link; it comes up
//! C VER 1 MSNP7 CVR0                  the client sends this line (CRLF added)
//! c MIME-Version: 1.0\r\n             the client sends these octets, escapes undone
//! S VER 1 MSNP7                       the server sends this line (CRLF added)
//! s octets                            the server sends these octets, escapes undone
//! X                                   the client closes the link
//! L                                   the server closes the link
//! T 45000                             so many milliseconds pass
//! E state online                      the client tells this event
//! ```
//!
//! What the client does is compared whenever the other side acts.

mod common;

use common::{settings, told};
use nudged::link::{Closed, Effect, Endpoint, Link, Room};
use nudged::msnp::{Client, Dialect, Event, Say, Settings};
use nudged::presence::Status;
use nudged::text::Secret;
use nudged::time::{Duration, Instant};

/// How the server's octets are split on their way.
#[derive(Clone, Copy, Debug)]
enum Split {
    /// A block as it stands.
    Whole,
    /// So many octets at a time.
    Every(usize),
    /// Each block in three parts, by its pair of cuts of that number.
    Cuts(usize),
}

struct Replay {
    client: Client,
    now: Instant,
    split: Split,
    at: Link,
    links: Vec<Link>,
    /// What the client did since the other side last acted, as transcript lines; octets stand in `said`.
    did: Vec<String>,
    said: Vec<(Link, Vec<u8>)>,
    expected: Vec<String>,
    expected_octets: Vec<u8>,
    blocks: Vec<usize>,
}

impl Replay {
    fn new(settings: Settings, split: Split) -> Self {
        let mut replay = Self {
            client: Client::new(settings, None, 7),
            now: Instant::from_millis(1000),
            split,
            at: Link::before_first(Room::Notification),
            links: Vec::new(),
            did: Vec::new(),
            said: Vec::new(),
            expected: Vec::new(),
            expected_octets: Vec::new(),
            blocks: Vec::new(),
        };
        replay.act(|client, now, sink| client.start(now, sink));
        replay
    }

    /// Lets the client do something, and notes what it does.
    fn act(&mut self, act: impl FnOnce(&mut Client, Instant, &mut dyn FnMut(Event<'_>))) {
        let did = &mut self.did;
        act(&mut self.client, self.now, &mut |event| did.push(format!("E {}", told(&event))));
        while let Some(effect) = self.client.poll() {
            match effect {
                Effect::Connect { link, to, tls } => {
                    self.did.push(format!("O {to}{}", if tls { " tls" } else { "" }));
                    self.links.push(link);
                }
                Effect::Transmit { link, octets } => self.said.push((link, octets.to_vec())),
                Effect::Close(link) => {
                    self.did.push("X".into());
                    self.links.retain(|open| *open != link);
                }
            }
        }
    }

    /// Compares what the client did with what the transcript expects.
    fn settle(&mut self, line: usize) {
        let split = self.split;
        let said: Vec<u8> =
            std::mem::take(&mut self.said).into_iter().flat_map(|(_, octets)| octets).collect();
        let octets = std::mem::take(&mut self.expected_octets);
        assert_eq!(
            String::from_utf8_lossy(&said),
            String::from_utf8_lossy(&octets),
            "what the client sent before line {line} ({split:?})"
        );
        let did = std::mem::take(&mut self.did);
        let expected = std::mem::take(&mut self.expected);
        assert_eq!(did, expected, "what the client did before line {line} ({split:?})");
    }

    fn server_says(&mut self, octets: &[u8]) {
        let parts: Vec<&[u8]> = match self.split {
            Split::Whole => vec![octets],
            Split::Every(len) => octets.chunks(len).collect(),
            Split::Cuts(number) => {
                let (first, second) = cuts(octets.len(), number);
                vec![&octets[..first], &octets[first..second], &octets[second..]]
            }
        };
        self.blocks.push(octets.len());
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let link = self.at;
            self.act(|client, now, sink| client.bytes(now, link, part, sink));
        }
    }

    fn link_named(&self, name: &str) -> Link {
        let room = match name.split_once(' ') {
            Some(("switchboard", place)) => Room::Switchboard(place.parse().unwrap()),
            _ if name == "passport" => Room::Passport,
            _ => Room::Notification,
        };
        self.links.iter().copied().rev().find(|link| link.room == room).expect("an open link of that name")
    }

    fn run(&mut self, transcript: &str) {
        let mut pending: Vec<u8> = Vec::new();
        for (index, line) in transcript.lines().enumerate() {
            let number = index + 1;
            let (mark, rest) = line.split_at(line.len().min(1));
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            let speaks = matches!(mark, "S" | "s");
            if !speaks && !pending.is_empty() {
                let octets = std::mem::take(&mut pending);
                self.server_says(&octets);
            }
            match mark {
                "" | "#" | "A" | "P" | "N" => {}
                "S" | "s" => {
                    if pending.is_empty() {
                        self.settle(number);
                    }
                    pending.extend(unescape(rest));
                    if mark == "S" {
                        pending.extend(b"\r\n");
                    }
                }
                "C" => self.expected_octets.extend([rest.as_bytes(), b"\r\n"].concat()),
                "c" => self.expected_octets.extend(unescape(rest)),
                "E" | "X" => self.expected.push(line.into()),
                "O" => {
                    self.expected.push(line.into());
                    self.settle(number);
                    let link = *self.links.last().expect("a link was opened");
                    self.at = link;
                    self.act(|client, now, sink| client.connected(now, link, sink));
                }
                "@" => self.at = self.link_named(rest),
                "L" => {
                    self.settle(number);
                    let link = self.at;
                    self.links.retain(|open| *open != link);
                    self.act(|client, now, sink| client.closed(now, link, Closed::ByPeer, u64::MAX, sink));
                }
                "T" => {
                    self.settle(number);
                    self.now += Duration::from_millis(rest.parse().unwrap());
                    self.act(|client, now, sink| client.tick(now, sink));
                }
                "?" => {
                    self.settle(number);
                    self.ask(rest);
                }
                _ => panic!("line {number}: {line}"),
            }
        }
        if !pending.is_empty() {
            self.server_says(&pending);
        }
        self.settle(transcript.lines().count());
    }

    fn ask(&mut self, words: &str) {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        let (to, text) = rest.split_once(' ').unwrap_or((rest, ""));
        self.act(|client, now, sink| match verb {
            "status" => client.set_status(now, Status::named(rest).unwrap()),
            "send" => client.send(now, 1, to, Say::Text(text), sink),
            "nudge" => client.send(now, 2, to, Say::Nudge, sink),
            "out" => client.sign_out(sink),
            _ => panic!("{words}"),
        });
    }
}

/// `\r`, `\n`, `\\` and `\xNN` undone.
fn unescape(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'\\' {
            octets.push(first);
            continue;
        }
        let (&escape, tail) = rest.split_first().expect("something after a backslash");
        rest = tail;
        match escape {
            b'r' => octets.push(b'\r'),
            b'n' => octets.push(b'\n'),
            b'\\' => octets.push(b'\\'),
            b'x' => {
                let digits = std::str::from_utf8(&rest[..2]).unwrap();
                octets.push(u8::from_str_radix(digits, 16).unwrap());
                rest = &rest[2..];
            }
            other => panic!("\\{}", char::from(other)),
        }
    }
    octets
}

/// The transcript in every chunk size and with every two cuts of every block gives the same session.
///
/// Each replay cuts all blocks at once, each at a pair of its own, so as many replays as the longest block has pairs
/// suffice. Of blocks with more than [`PAIRS_MAX`] pairs (over 100 octets) that many are tried, spread over all of them.
fn replay(transcript: &str, dialects: &[Dialect]) {
    let settings = settings_of(transcript, dialects);
    let mut whole = Replay::new(settings.clone(), Split::Whole);
    whole.run(transcript);
    for len in [1, 2, 3, 7] {
        Replay::new(settings.clone(), Split::Every(len)).run(transcript);
    }
    let most = whole.blocks.iter().map(|len| pairs(*len)).max().unwrap_or(0);
    for number in 0..most.min(PAIRS_MAX) {
        Replay::new(settings.clone(), Split::Cuts(number)).run(transcript);
    }
}

/// The usual account, unless the transcript begins with another: `A address`, `P password`, `N server`.
fn settings_of(transcript: &str, dialects: &[Dialect]) -> Settings {
    let mut settings = settings(dialects);
    for line in transcript.lines() {
        match line.split_once(' ') {
            Some(("A", account)) => settings.account = account.into(),
            Some(("P", password)) => settings.password = Secret::new(password.into()),
            Some(("N", server)) => settings.server = Endpoint::parse(server.as_bytes(), 1863).unwrap(),
            _ => {}
        }
    }
    settings
}

/// In how many ways a block is cut twice.
const fn pairs(len: usize) -> usize {
    len.saturating_sub(1) * len.saturating_sub(2) / 2
}

/// Where the pair of that number cuts.
fn cuts(len: usize, number: usize) -> (usize, usize) {
    let pairs = pairs(len);
    if pairs == 0 {
        return (0, 0);
    }
    let mut left = if pairs > PAIRS_MAX { number * pairs / PAIRS_MAX } else { number % pairs };
    let mut first = 1;
    while left >= len - 1 - first {
        left -= len - 1 - first;
        first += 1;
    }
    (first, first + 1 + left)
}

/// Blocks of up to 100 octets are cut in every way.
const PAIRS_MAX: usize = pairs(100);

#[test]
fn every_pair_of_cuts_is_tried() {
    for len in [3, 4, 17, 100] {
        let all: std::collections::BTreeSet<_> = (0..PAIRS_MAX).map(|number| cuts(len, number)).collect();
        assert_eq!(all.len(), pairs(len), "{len}");
        assert!(all.iter().all(|(first, second)| 0 < *first && first < second && *second < len));
    }
    assert_eq!(cuts(2, 5), (0, 0));
}

macro_rules! transcripts {
    ($($name:ident: $file:literal, [$($dialect:ident),+];)+) => {$(
        #[test]
        fn $name() {
            replay(include_str!(concat!("transcripts/", $file)), &[$(Dialect::$dialect),+]);
        }
    )+};
}

transcripts! {
    msnp2_with_an_empty_list: "msnp2.txt", [MSNP2];
    msnp4_chosen_from_two: "msnp4.txt", [MSNP4, MSNP3];
    msnp5_with_phone_numbers: "msnp5.txt", [MSNP5];
    msnp6_with_a_challenge: "msnp6.txt", [MSNP6];
    msnp7_as_written_in_2001: "msnp7.txt", [MSNP7, MSNP6, MSNP5, MSNP4];
    msnp7_of_escargot: "msnp7-escargot.txt", [MSNP7];
    msnp8_with_a_serial_that_is_current: "msnp8.txt", [MSNP8];
    msnp9_as_written_in_2003: "msnp9.txt", [MSNP10, MSNP9];
    msnp10_of_escargot: "msnp10.txt", [MSNP10];
    msnp11_of_crosstalk: "msnp11.txt", [MSNP11];
    msnp12_of_escargot: "msnp12.txt", [MSNP12];
}

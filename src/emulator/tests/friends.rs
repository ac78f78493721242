//! The scripted day, as somebody at the desk sees it.

use crate::emulator::testing::Rig;
use crate::emulator::{Accounts, ConnId, Door, Options, Script, Style};

const DESK: &str = "desk@example.net";

/// The desk's own session, and every conversation it was called to.
struct Desk {
    rig: Rig,
    session: ConnId,
    boards: Vec<ConnId>,
    /// Every line and message in order, with the whole second it came at.
    seen: Vec<(u64, String)>,
}

impl Desk {
    fn new(options: Options) -> Self {
        let accounts = Accounts::built_in();
        let script = Script::day(&accounts, DESK);
        let dialect = *options.dialects.end().min(&8);
        let mut rig = Rig::with(accounts, options, Some(script));
        rig.wait(0.0);
        let session = rig.online(DESK, "nudge", dialect, "NLN");
        Self { rig, session, boards: Vec::new(), seen: Vec::new() }
    }

    /// Lets time pass in tenths of seconds, answering every call.
    fn live(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.rig.wait(0.1);
            let second = self.rig.now.as_secs();
            for line in self.rig.hear(self.session).lines() {
                self.seen.push((second, line.to_owned()));
                if let Some(rng) = line.strip_prefix("RNG ") {
                    let words: Vec<&str> = rng.split(' ').collect();
                    let board = self.rig.connect(Door::Switchboard);
                    self.rig.say(board, format!("ANS 1 {DESK} {} {}\r\n", words[3], words[0]));
                    self.boards.push(board);
                }
            }
            for board in self.boards.clone() {
                let heard = self.rig.hear(board);
                if !heard.is_empty() {
                    self.seen.push((second, heard));
                }
            }
        }
    }

    fn reply(&mut self, text: &str) {
        let body = format!("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{text}");
        let board = *self.boards.last().unwrap();
        self.rig.say(board, format!("MSG 9 A {}\r\n{body}", body.len()));
    }

    fn when(&self, part: &str) -> Option<u64> {
        self.seen.iter().find(|(_, text)| text.contains(part)).map(|(second, _)| *second)
    }
}

fn options() -> Options {
    Options {
        style: Style { profile: false, ..Style::default() },
        challenges: crate::emulator::Challenges::Off,
        ..Options::default()
    }
}

#[test]
fn friends_come_change_write_and_go() {
    let mut desk = Desk::new(options());
    desk.live(84);
    let expected = [
        ("NLN NLN bob@example.net Bob", 1..=2),
        ("NLN NLN alice@example.net Alice", 3..=4),
        ("NLN AWY carol@example.net Carol%20100%25", 6..=7),
        ("NLN BSY bob@example.net Bob", 9..=10),
        ("TypingUser: alice@example.net", 12..=13),
        ("\r\n\r\nlunch at 12?", 14..=15),
        ("NLN NLN joerg@example.net Jörg%20Müßig%20☕", 22..=23),
        ("\r\n\r\nGrüß dich! Kaffee um drei?", 28..=29),
        ("ID: 1\r\n", 36..=37),
        ("NLN LUN alice@example.net", 52..=53),
        ("Jörg%20Müßig%20(Zürich)", 56..=57),
        ("FLN carol@example.net", 62..=63),
        ("FLN bob@example.net", 77..=78),
    ];
    for (part, seconds) in expected {
        let when = desk.when(part).unwrap_or_else(|| panic!("{part:?} never came: {:#?}", desk.seen));
        assert!(seconds.contains(&when), "{part:?} at {when}");
    }
    desk.seen.clear();
    desk.live(20);
    assert!(desk.when("NLN NLN bob@example.net Bob").is_some(), "the next day begins");
    assert!(desk.when("lunch at 12?").is_some(), "and goes on like the first");
}

#[test]
fn a_reply_is_answered_after_some_typing() {
    let mut desk = Desk::new(options());
    desk.live(17);
    assert!(desk.when("lunch at 12?").is_some());
    desk.seen.clear();
    desk.reply("In five minutes");
    desk.live(1);
    assert_eq!(desk.when("great, see you downstairs"), None, "nobody types that fast");
    desk.live(4);
    let typing = desk.seen.iter().position(|(_, text)| text.contains("TypingUser: alice@example.net"));
    let answer = desk.seen.iter().position(|(_, text)| text.contains("great, see you downstairs"));
    assert!(typing.is_some() && typing < answer, "{:#?}", desk.seen);
    desk.seen.clear();
    desk.reply("ok");
    desk.live(5);
    assert!(desk.when("no problem, some other day").is_some(), "the next answer is another one");
}

#[test]
fn a_desk_that_calls_is_answered() {
    let mut desk = Desk::new(options());
    desk.live(5);
    desk.rig.say(desk.session, "XFR 9 SB\r\n");
    let key = desk.rig.hear(desk.session).trim_end().rsplit(' ').next().unwrap().to_owned();
    let board = desk.rig.connect(Door::Switchboard);
    desk.rig.say(board, format!("USR 1 {DESK} {key}\r\nCAL 2 bob@example.net\r\n"));
    assert!(desk.rig.hear(board).ends_with("JOI bob@example.net Bob\r\n"));
    desk.boards.push(board);
    let nudge = "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";
    desk.rig.say(board, format!("MSG 3 A {}\r\n{nudge}", nudge.len()));
    assert_eq!(desk.rig.hear(board), "ACK 3\r\n");
    desk.live(5);
    assert!(desk.when("yes? what is it?").is_some());
}

#[test]
fn a_conversation_nobody_uses_is_left() {
    let mut desk = Desk::new(options());
    desk.live(53);
    assert!(desk.when("lunch at 12?").is_some() && desk.when("BYE alice@example.net").is_none());
    desk.live(4);
    assert!(desk.when("BYE alice@example.net").is_some());
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let day = || {
        let mut desk = Desk::new(options());
        desk.live(30);
        desk.seen
    };
    assert_eq!(day(), day());
}

#[test]
fn friends_find_in_whatever_the_service_speaks_and_asks() {
    for range in [2..=2, 5..=7, 8..=8, 9..=9, 10..=10, 2..=12] {
        let newest = *range.end();
        let challenges = crate::emulator::Challenges::AfterFirstChg;
        let options = Options { dialects: range.clone(), challenges, redirects: 2, ..options() };
        let accounts = Accounts::built_in();
        let script = Script::day(&accounts, DESK);
        let mut rig = Rig::with(accounts, options, Some(script));
        rig.wait(70.0);
        for friend in ["alice@example.net", "bob@example.net"] {
            assert!(rig.emulator.service.is_signed_in(friend), "{friend} at MSNP{newest}");
        }
    }
}

#[test]
fn faults_spare_the_friends() {
    let mut desk = Desk::new(options());
    for fault in ["silence ver", "cut notification 5", "drip", "noise-payload", "refuse cal 217"] {
        desk.rig.fault(fault);
    }
    desk.rig.wait(20.0);
    assert!(desk.rig.emulator.service.is_signed_in("alice@example.net"));
}

#[test]
fn people_who_are_in_no_account_file_stay_away() {
    let accounts = Accounts::parse("[[account]]\naddress = \"bob@example.net\"\npassword = \"x\"\n").unwrap();
    let script = Script::day(&accounts, "bob@example.net");
    assert_eq!(script.people.len(), 1);
    assert!(script.scenes.iter().all(|scene| scene.who == 0));
}

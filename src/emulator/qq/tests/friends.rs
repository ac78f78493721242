//! The scripted QQ day, as a client at the desk sees it.

use super::{DESK, LC, posted};
use crate::emulator::qq::{Friends, Script};
use crate::emulator::{Accounts, Action, ConnId, Door, Emulator, Options, Service};
use std::collections::BTreeMap;
use std::time::Duration;

/// A desk that asks GetMsgEx each second.
struct Desk {
    emulator: Emulator,
    now: Duration,
    next: u64,
    heard: BTreeMap<ConnId, Vec<u8>>,
    /// Every row of GetMsgEx, with the second it was fetched in: MT, UN, MG.
    rows: Vec<(u64, String, String, String)>,
}

impl Desk {
    fn new() -> Self {
        let accounts = Accounts::built_in();
        let friends = Friends::new(5, Script::day(&accounts, DESK));
        let service = Service::new(accounts, Options::default(), 1);
        let emulator = Emulator::new(service).with_qq_friends(friends);
        Self { emulator, now: Duration::ZERO, next: 1, heard: BTreeMap::new(), rows: Vec::new() }
    }

    fn ask(&mut self, cmd: &str, fields: &str) -> String {
        let conn = ConnId(self.next);
        self.next += 1;
        self.emulator.accept(self.now, conn, Door::Qq);
        let body = format!("VER=1.1&CMD={cmd}&SEQ={}&UIN={DESK}{fields}", self.next);
        self.emulator.receive(self.now, conn, &posted(body.as_bytes()));
        self.drain();
        let heard = String::from_utf8(self.heard.remove(&conn).unwrap_or_default()).unwrap();
        heard.split_once("&RES=").map_or("NULL", |(_, rest)| rest.trim_end()).to_owned()
    }

    fn login(&mut self) {
        let ps = crate::emulator::challenge::md5_hex("nudge");
        let reply = self.ask("Login", &format!("&PS={ps}&M5=1&LC={LC}"));
        assert_eq!(reply, "0&RS=0&HI=60&LI=300");
    }

    fn live(&mut self, seconds: u64) {
        for _ in 0..seconds {
            let end = self.now + Duration::from_secs(1);
            while let Some(at) = self.emulator.next_deadline().filter(|&at| at <= end) {
                self.now = self.now.max(at);
                self.emulator.tick(self.now);
                self.drain();
            }
            self.now = end;
            let reply = self.ask("GetMsgEx", "");
            let list = |key: &str| {
                let field = reply.split('&').find_map(|pair| pair.strip_prefix(key)).unwrap_or_default();
                field.split_terminator(',').map(str::to_owned).collect::<Vec<_>>()
            };
            let second = self.now.as_secs();
            for ((mt, un), mg) in list("MT=").into_iter().zip(list("UN=")).zip(list("MG=")) {
                self.rows.push((second, mt, un, mg));
            }
        }
    }

    fn drain(&mut self) {
        while let Some(action) = self.emulator.poll() {
            if let Action::Send(conn, octets) = action {
                self.heard.entry(conn).or_default().extend(octets);
            }
        }
    }

    fn when(&self, mt: &str, un: &str, mg: &str) -> Option<u64> {
        self.rows.iter().find(|row| (&*row.1, &*row.2, &*row.3) == (mt, un, mg)).map(|row| row.0)
    }
}

#[test]
fn friends_come_change_write_and_go() {
    let mut desk = Desk::new();
    desk.login();
    desk.live(84);
    for (mt, un, mg, seconds) in [
        ("99", "24259132", "10", 2..=4),
        ("99", "36791785", "30", 5..=7),
        ("9", "24259132", "晚上一起吃火锅？ ", 18..=20),
        ("99", "99833581", "10", 26..=28),
        ("99", "36791785", "10", 31..=33),
        ("9", "36791785", "测试 100%25 通过%252c 可以发布了 ", 40..=42),
        ("9", "99833581", "照片发到你邮箱了 ", 48..=50),
        ("99", "24259132", "30", 50..=52),
        ("99", "36791785", "20", 64..=66),
        ("99", "99833581", "20", 69..=71),
        ("99", "24259132", "20", 79..=81),
    ] {
        let found = desk.rows.iter().any(|(when, row_mt, row_un, row_mg)| {
            (&**row_mt, &**row_un, &**row_mg) == (mt, un, mg) && seconds.contains(when)
        });
        assert!(found, "{mt} {un} {mg} did not come at {seconds:?}: {:#?}", desk.rows);
    }
    desk.rows.clear();
    desk.live(21);
    assert!(desk.when("99", "24259132", "10").is_some(), "the next day begins");
    assert!(desk.when("9", "24259132", "晚上一起吃火锅？ ").is_some(), "and goes on like the first");
}

#[test]
fn a_message_is_answered_after_a_while_and_the_next_one_differently() {
    let mut desk = Desk::new();
    desk.login();
    desk.live(10);
    for answer in ["好的，老地方见 ", "没关系，下次吧 "] {
        desk.rows.clear();
        assert_eq!(desk.ask("CLTMSG", "&UN=24259132&MG=好"), "0&");
        desk.live(1);
        assert_eq!(desk.when("9", "24259132", answer), None, "nobody types that fast");
        desk.live(6);
        assert!(desk.when("9", "24259132", answer).is_some(), "{:#?}", desk.rows);
    }
}

#[test]
fn nobody_stirs_before_somebody_comes_in_at_the_qq_door() {
    let mut desk = Desk::new();
    desk.now = Duration::from_secs(500);
    desk.emulator.tick(desk.now);
    assert_eq!(desk.emulator.next_deadline(), None);
    assert!(!desk.emulator.service.qq_is_signed_in(24_259_132));
    desk.login();
    desk.live(4);
    assert_eq!(desk.when("99", "24259132", "10").map(|second| second / 10), Some(50));
    assert!(desk.emulator.service.qq_is_signed_in(24_259_132));
}

#[test]
fn friends_find_in_after_they_lost_their_sessions_and_faults_spare_them() {
    let mut desk = Desk::new();
    desk.emulator.service.fault(crate::emulator::Fault::parse("for 24259132 qq null any").unwrap());
    desk.login();
    desk.live(10);
    desk.emulator.service.qq_sign_out(desk.now, 24_259_132);
    desk.live(4);
    assert!(desk.emulator.service.qq_is_signed_in(24_259_132));
}

#[test]
fn the_same_seed_gives_the_same_day() {
    let day = || {
        let mut desk = Desk::new();
        desk.login();
        desk.live(60);
        desk.rows
    };
    assert_eq!(day(), day());
}

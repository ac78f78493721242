//! The scripted QQ day, as a client at the desk sees it.

use super::{DESK, LC, posted};
use crate::emulator::qq::{Act, Friends, Script};
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
        ("9", "24259132", "晚上一起吃火锅？ ", 19..=21),
        ("99", "99833581", "10", 24..=26),
        ("2", "58713042", "我是林涛，老同学", 31..=33),
        ("99", "36791785", "10", 32..=34),
        ("9", "36791785", "测试 100%25 通过%252c 可以发布了 ", 40..=42),
        ("9", "99833581", "照片发到你邮箱了 ", 53..=55),
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
    desk.live(22);
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
fn a_wish_to_be_friends_is_repeated_daily_until_it_is_answered() {
    for (cd, answer) in [("0", Some("谢谢！周末同学聚会，来吗？ ")), ("1", None)] {
        let mut desk = Desk::new();
        desk.login();
        let asked = |desk: &Desk| desk.when("2", "58713042", "我是林涛，老同学").is_some();
        for day in 0..2 {
            desk.rows.clear();
            desk.live(84);
            assert!(asked(&desk), "day {day}");
        }
        desk.live(14);
        desk.rows.clear();
        for _ in 0..2 {
            desk.ask("Ack_AddToList", &format!("&UN=58713042&CD={cd}&RS="));
            desk.live(21);
        }
        desk.live(10);
        assert_eq!(
            desk.rows.iter().find(|row| row.1 == "9" && row.2 == "58713042").map(|row| &*row.3),
            answer
        );
        let friends = desk.emulator.service.qq_friends(58_713_042);
        assert_eq!(friends.contains(&DESK), answer.is_some());
        desk.live(30);
        desk.rows.clear();
        desk.live(84);
        assert!(!asked(&desk), "once is enough");
    }
}

#[test]
fn nobody_writes_while_a_friend_at_the_other_network_does() {
    let accounts = Accounts::built_in();
    let msn = crate::emulator::Script::day(&accounts, "desk@example.net");
    let qq = Script::day(&accounts, DESK);
    assert_eq!((msn.length, qq.people.len()), (qq.length, 4));
    let penalty = crate::emulator::qq::Options::default().penalty;
    let mut count = 0;
    for scene in &qq.scenes {
        let told = match scene.act {
            Act::Say(_) => scene.at,
            Act::Ask(_) => scene.at + penalty,
            _ => continue,
        };
        count += 1;
        assert!(told < Duration::from_secs(60), "the first minute has it all");
        for other in &msn.scenes {
            if matches!(other.act, crate::emulator::Act::Say(_) | crate::emulator::Act::Nudge) {
                assert!(told.abs_diff(other.at) >= Duration::from_secs(3), "{scene:?} and {other:?}");
            }
        }
    }
    assert_eq!(count, 4);
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

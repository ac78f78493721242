//! What commands do to whom: sessions, presence, queues, pages, penalties, friendships.

use std::net::IpAddr;

use super::{Booth, DESK, PEOPLE, WEI};
use crate::emulator::qq::{Options, State};

#[test]
fn a_session_belongs_to_an_address_and_the_last_login_has_it() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=1&MT=99,&UN=24259132,&MG=10,")]);
    let home = booth.peer;
    booth.peer = IpAddr::from([192, 0, 2, 7]);
    booth.talk(DESK, &[("GetMsgEx", "RES=20"), ("Logout", "RES=0"), ("Change_Stat&ST=40", "RES=20")]);
    assert!(booth.rig.emulator.service.qq_is_signed_in(DESK), "a logout from elsewhere is none");
    booth.login(DESK);
    booth.peer = home;
    booth.talk(DESK, &[("List", "RES=20")]);
    booth.talk(WEI, &[("List", "RES=0&FN=1")]);
}

#[test]
fn whoever_is_silent_for_li_is_gone_and_friends_are_told() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=1&MT=99,&UN=24259132,&MG=10,")]);
    for _ in 0..10 {
        booth.rig.wait(200.0);
        booth.talk(DESK, &[("Query_Stat&TN=0&UN=x", "NULL"), ("List", "RES=0&FN=3")]);
    }
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=1&MT=99,&UN=24259132,&MG=20,")]);
    booth.talk(WEI, &[("GetMsgEx", "RES=20")]);
    booth.rig.wait(299.0);
    assert!(booth.rig.emulator.service.qq_is_signed_in(DESK));
    booth.rig.wait(1.0);
    assert!(!booth.rig.emulator.service.qq_is_signed_in(DESK));
}

#[test]
fn friends_see_states_and_the_invisible_as_gone() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    let mut seen = Vec::new();
    for st in [30, 40, 20, 10, 10] {
        booth.talk(WEI, &[(&format!("Change_Stat&ST={st}"), "RES=0&")]);
        booth.rig.wait(5.0);
        let there = booth.tail("Query_Stat", DESK, "&TN=50&UN=0");
        seen.push(there.contains("24259132"));
    }
    assert_eq!(seen, [true, false, false, true, true]);
    assert_eq!(booth.rig.emulator.service.qq_state(WEI), Some(State::Online));
    let rows = "RES=0&MN=4&MT=99,99,99,99,&UN=24259132,24259132,24259132,24259132,&MG=10,30,20,10,";
    booth.talk(DESK, &[("GetMsgEx", rows)]);
}

#[test]
fn messages_wait_for_who_is_away_and_presence_does_not() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(DESK, &[("Logout", "RES=0")]);
    booth.talk(
        WEI,
        &[("CLTMSG&UN=29501213&MG=%E6%99%9A,安 a+b%2B%26", "RES=0&"), ("Change_Stat&ST=30", "RES=0&")],
    );
    assert_eq!(booth.rig.emulator.service.qq_waiting(DESK), 1);
    booth.login(DESK);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=1&MT=9,&UN=24259132,&MG=晚%252c安 a+b+%26 ,")]);
    booth.talk(DESK, &[("CLTMSG&UN=5550000&MG=nobody", "RES=0&")]);
}

#[test]
fn a_plus_is_a_space_if_the_option_says_so() {
    let mut booth = Booth::new(Options { plus_is_space: true, ..Options::default() });
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(WEI, &[("CLTMSG&UN=29501213&MG=a+b%2Bc", "RES=0&")]);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=2&MT=99,9,&UN=24259132,24259132,&MG=10,a b+c ,")]);
}

#[test]
fn lists_come_in_pages_no_larger_than_the_server_likes() {
    let numbers: Vec<u32> = (20_001..20_301).collect();
    let text = format!("[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = {numbers:?}\n");
    for (size, pages) in [(160, vec![120, 120, 60]), (100, vec![100, 100, 100]), (299, vec![120, 120, 60])] {
        let mut booth = Booth::with(&text, Options::default());
        booth.login(DESK);
        let (mut got, mut cursor, mut sizes) = (Vec::new(), 0, Vec::new());
        loop {
            let tail = booth.tail("List", DESK, &format!("&TN={size}&UN={cursor}"));
            let (head, list) = tail.split_once("&UN=").unwrap();
            let page: Vec<u32> = list.split_terminator(',').map(|number| number.parse().unwrap()).collect();
            let last = head.starts_with("RES=0&FN=1&SN=");
            assert!(last || head.starts_with("RES=0&FN=0&SN="), "{head}");
            assert!(head.ends_with(&format!("&SN={}", page.len())));
            cursor = *page.last().unwrap();
            sizes.push(page.len());
            got.extend(page);
            if last {
                break;
            }
        }
        assert_eq!((sizes, &got), (pages, &numbers));
    }
    let mut booth = Booth::with(&text, Options { page_max: 0, ..Options::default() });
    booth.login(DESK);
    booth.talk(
        DESK,
        &[("List&TN=160&UN=20300", "RES=0&FN=1&SN=0&UN="), ("List&TN=2", "RES=0&FN=0&SN=1&UN=20001,")],
    );
}

#[test]
fn query_stat_goes_on_behind_a_friend_who_left_between_two_pages() {
    let mut booth = Booth::new(Options::default());
    for uin in [DESK, WEI, 106_814, 99_833_581] {
        booth.login(uin);
    }
    let first = "RES=0&FC=270,&FN=0&SN=1&ST=10,&UN=24259132,&NK=微程,";
    booth.talk(DESK, &[("Query_Stat&TN=1&UN=0", first)]);
    booth.talk(WEI, &[("Logout", "RES=0")]);
    booth.talk(
        DESK,
        &[
            ("Query_Stat&TN=1&UN=24259132", "RES=0&FC=0,&FN=0&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,"),
            ("Query_Stat&TN=1&UN=106814", "RES=0&FC=141,&FN=1&SN=1&ST=10,&UN=99833581,&NK=a%252cb%26c%25,"),
        ],
    );
}

/// Begins a request that is punished, and says when the answer came.
fn punished(booth: &mut Booth, cmd: &str, fields: &str, seconds: f64) {
    let conn = booth.begin(format!("VER=1.1&CMD={cmd}&SEQ=99&UIN={DESK}{fields}"));
    assert_eq!(booth.hear(conn), "…".as_bytes(), "{cmd}");
    booth.rig.wait(seconds - 0.1);
    assert_eq!(booth.hear(conn), "…".as_bytes(), "{cmd}");
    booth.rig.wait(0.1);
    let expected = format!("VER=1.1&CMD={cmd}&SEQ=99&UIN={DESK}&RES=3");
    assert_eq!(String::from_utf8(booth.hear(conn)).unwrap(), expected);
}

#[test]
fn penalties_come_late_and_nothing_was_done() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(WEI, &[("GetMsgEx", "RES=0&MN=0&MT=&UN=&MG=")]);
    booth.talk(DESK, &[("CLTMSG&UN=24259132&MG=1", "RES=0&")]);
    punished(&mut booth, "CLTMSG", "&UN=24259132&MG=too soon", 20.0);
    punished(&mut booth, "CLTMSG", &format!("&UN=24259132&MG={}", "A".repeat(401)), 20.0);
    booth.talk(DESK, &[(&format!("CLTMSG&UN=24259132&MG={}", "B".repeat(400)), "RES=0&")]);
    let waiting = booth.tail("GetMsgEx", WEI, "");
    assert_eq!(
        waiting,
        format!("RES=0&MN=3&MT=9,9,9,&UN=29501213,29501213,29501213,&MG=1 ,{}, ,", "B".repeat(400))
    );
    booth.talk(DESK, &[("Change_Stat&ST=30", "RES=0&")]);
    punished(&mut booth, "Change_Stat", "&ST=10", 20.0);
    booth.talk(WEI, &[("GetMsgEx", "RES=0&MN=1&MT=99,&UN=29501213,&MG=30,")]);
    booth.talk(DESK, &[("DelFromList&UN=24259132", "RES=0&")]);
    punished(&mut booth, "DelFromList", "&UN=24259132", 30.0);
    punished(&mut booth, "Ack_AddToList", "&UN=24259132&CD=3&RS=", 20.0);
}

#[test]
fn others_are_served_while_one_waits_out_a_penalty() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.talk(DESK, &[("CLTMSG&UN=24259132&MG=1", "RES=0&")]);
    let late = booth.begin(format!("VER=1.1&CMD=CLTMSG&SEQ=8&UIN={DESK}&UN={WEI}&MG=2"));
    booth.talk(DESK, &[("List", "RES=0&FN=3")]);
    booth.rig.drop(late);
    booth.rig.wait(30.0);
    booth.talk(WEI, &[("List", "RES=0&FN=1")]);
}

#[test]
fn the_same_message_sent_twice_arrives_once() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    let body = format!("VER=1.1&CMD=CLTMSG&SEQ=41&UIN={DESK}&UN={WEI}&MG=once");
    let good = format!("VER=1.1&CMD=CLTMSG&SEQ=41&UIN={DESK}&RES=0&");
    assert_eq!((booth.ask(&body), booth.ask(&body)), (good.clone(), good.clone()));
    booth.rig.wait(2.0);
    assert_eq!(booth.ask(&body), good);
    assert_eq!(booth.rig.emulator.service.qq_waiting(WEI), 1);
    assert!(booth.ask(body.replace("SEQ=41", "SEQ=42")).ends_with("RES=0&"));
    assert_eq!(booth.rig.emulator.service.qq_waiting(WEI), 2, "with another SEQ it is another");
}

#[test]
fn of_two_acks_the_first_is_lost_and_the_second_counts() {
    let mut booth = Booth::new(Options::default());
    booth.login(36_791_785);
    booth.login(WEI);
    let ask = |booth: &mut Booth, uin: u32, fields: &str| {
        let body = format!("VER=1.1&CMD=Ack_AddToList&SEQ=1&UIN={uin}{fields}");
        let first = booth.begin(&body);
        let second = booth.ask(&body);
        assert_eq!(second, format!("VER=1.1&CMD=Ack_AddToList&SEQ=1&UIN={uin}&RES=0"));
        booth.rig.wait(20.0);
        assert_eq!(booth.hear(first), format!("VER=1.1&CMD=Ack_AddToList&SEQ=1&UIN={uin}&RES=3").as_bytes());
    };
    booth.talk(36_791_785, &[("AddToList&UN=24259132", "RES=0&CD=1&UN=24259132")]);
    ask(&mut booth, 36_791_785, "&UN=24259132&CD=2&RS=我是小鱼");
    booth.talk(WEI, &[("GetMsgEx", "RES=0&MN=1&MT=2,&UN=36791785,&MG=我是小鱼,")]);
    assert_eq!(booth.rig.emulator.service.qq_friends(36_791_785), [0; 0]);
    ask(&mut booth, WEI, "&UN=36791785&CD=0&RS=");
    booth.talk(36_791_785, &[("GetMsgEx", "RES=0&MN=1&MT=3,&UN=24259132,&MG=,")]);
    assert_eq!(booth.rig.emulator.service.qq_friends(36_791_785), [WEI]);
    assert_eq!(
        booth.rig.emulator.service.qq_friends(WEI),
        [DESK],
        "accepting adds to the other's list alone"
    );
    ask(&mut booth, WEI, "&UN=29501213&CD=0&RS=");
    ask(&mut booth, WEI, "&UN=36791785&CD=1&RS=x");
    assert_eq!(booth.rig.emulator.service.qq_waiting(36_791_785), 0, "nothing is left to answer");
    ask(&mut booth, 36_791_785, "&UN=24259132&CD=2&RS=again");
    ask(&mut booth, WEI, "&UN=36791785&CD=1&RS=忙, sorry");
    booth.talk(36_791_785, &[("GetMsgEx", "RES=0&MN=1&MT=4,&UN=24259132,&MG=忙%252c sorry,")]);
}

#[test]
fn adding_and_deleting_change_the_list_of_who_asked() {
    let mut booth = Booth::new(Options::default());
    booth.login(36_791_785);
    booth.login(106_814);
    booth.talk(
        36_791_785,
        &[
            ("List", "RES=0&FN=0"),
            ("AddToList&UN=106814", "RES=0&CD=0&UN=106814"),
            ("AddToList&UN=106814", "RES=0&CD=0&UN=106814"),
            ("List&TN=160&UN=0", "RES=0&FN=1&SN=1&UN=106814,"),
            ("AddToList&UN=36791785", "RES=0&CD=2&UN=36791785"),
            ("AddToList&UN=5550000", "RES=0&CD=2&UN=5550000"),
            ("DelFromList&UN=106814", "RES=0&"),
            ("List&TN=160&UN=0", "RES=0&FN=1&SN=0&UN="),
        ],
    );
    assert!(PEOPLE.contains("add = \"open\""));
}

#[test]
fn finger_finds_by_age_sex_and_province() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("Finger&AG=19", "RES=20"), ("Finger&AG=x", "NULL")]);
    booth.login(DESK);
    booth.talk(
        DESK,
        &[
            ("Finger&AG=19&SX=0", "RES=0&FC=0,&FN=1&SN=1&UN=106814,&NK=Hackfan 好,"),
            ("Finger&PV=云南省", "RES=0&FC=270,&FN=1&SN=1&UN=24259132,&NK=微程,"),
            ("Finger&SX=1", "RES=0&FC=&FN=1&SN=0&UN=&NK="),
        ],
    );
}

#[test]
fn a_queue_is_drained_a_reply_at_a_time_and_forgets_its_oldest() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    let now = booth.rig.now;
    for number in 0..600 {
        booth.rig.emulator.service.qq_write(now, WEI, DESK, &number.to_string());
    }
    let mut texts = Vec::new();
    for _ in 0..5 {
        let tail = booth.tail("GetMsgEx", DESK, "");
        assert!(tail.starts_with("RES=0&MN=100&"));
        let list = tail.split_once("&MG=").unwrap().1;
        texts.extend(list.split_terminator(',').map(|text| text.trim().parse::<u32>().unwrap()));
    }
    assert_eq!(texts, (100..600).collect::<Vec<u32>>());
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=0&MT=&UN=&MG=")]);
}

#[test]
fn a_character_may_be_cut_between_two_pieces() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    let text = "好".repeat(200);
    let now = booth.rig.now;
    booth.rig.emulator.service.qq_write(now, WEI, DESK, &text);
    let reply = booth.ask_octets(format!("VER=1.1&CMD=GetMsgEx&SEQ=1&UIN={DESK}"));
    let at = reply.windows(4).position(|four| four == b"&MG=").unwrap() + 4;
    let (first, second) = (&reply[at..at + 400], &reply[at + 401..]);
    assert!(std::str::from_utf8(first).is_err());
    assert_eq!([first, &second[..201]].concat(), format!("{text} ").as_bytes());
}

#[test]
fn comp_stands_behind_li_if_there_is_one() {
    let options = Options { comp: Some("NOKIA8F3A18D6E27".into()), ..Options::default() };
    let mut booth = Booth::new(options);
    let ps = crate::emulator::challenge::md5_hex("nudge");
    let tail = booth.tail("Login", DESK, &format!("&PS={ps}&M5=1&LC=9326B87B234E7235"));
    assert_eq!(tail, "RES=0&RS=0&HI=60&LI=300&COMP=NOKIA8F3A18D6E27");
}

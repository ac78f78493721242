//! Each fault of the QQ door does what its words say.

use super::{Booth, DESK, WEI};
use crate::emulator::Door;
use crate::emulator::qq::Options;

fn booth(fault: &str) -> Booth {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    booth.login(WEI);
    booth.fault(fault);
    booth
}

#[test]
fn an_answer_may_never_come_be_empty_or_be_lost_after_the_deed() {
    for (fault, answer, done) in [
        ("once qq silence CLTMSG", "…", false),
        ("once qq null CLTMSG", "NULL", false),
        ("once qq lost CLTMSG", "NULL", true),
    ] {
        let mut booth = booth(fault);
        booth.talk(DESK, &[("CLTMSG&UN=24259132&MG=1", answer)]);
        assert_eq!(booth.rig.emulator.service.qq_waiting(WEI) > 0, done, "{fault}");
        booth.talk(DESK, &[("CLTMSG&UN=24259132&MG=1", "RES=0&")]);
        assert_eq!(booth.rig.emulator.service.qq_waiting(WEI), 1, "the same one sent again is not two");
    }
}

#[test]
fn a_res_can_be_forced_and_3_comes_late() {
    let mut booth = booth("qq refuse any 20");
    booth.talk(DESK, &[("GetMsgEx", "RES=20"), ("Login&PS=1", "RES=20"), ("Logout", "RES=20")]);
    booth.rig.emulator.service.clear_faults();
    booth.fault("once qq refuse Login 5");
    booth.talk(DESK, &[("Login&PS=1", "RES=5"), ("List", "RES=0&FN=3")]);
    booth.fault("once qq refuse GetMsgEx 3");
    let conn = booth.begin(format!("VER=1.1&CMD=GetMsgEx&SEQ=2&UIN={DESK}"));
    booth.rig.wait(19.9);
    assert_eq!(booth.hear(conn), "…".as_bytes());
    booth.rig.wait(0.1);
    assert_eq!(booth.hear(conn), format!("VER=1.1&CMD=GETMSGEX&SEQ=2&UIN={DESK}&RES=3").as_bytes());
}

#[test]
fn an_answer_can_be_late_doubled_or_of_another_seq() {
    let mut booth = booth("once qq late List 4");
    let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
    booth.rig.wait(3.9);
    assert_eq!(booth.hear(conn), "…".as_bytes());
    booth.rig.wait(0.1);
    assert_eq!(booth.hear(conn), format!("VER=1.1&CMD=LIST&SEQ=2&UIN={DESK}&RES=0&FN=3").as_bytes());
    booth.fault("once qq seq List");
    let reply = booth.ask(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
    assert_eq!(reply, format!("VER=1.1&CMD=LIST&SEQ=-1&UIN={DESK}&RES=0&FN=3"));
    booth.fault("once qq double List");
    let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
    let (first, second) = {
        let heard = booth.rig.hear(conn);
        let half = heard.len() / 2;
        (heard[..half].to_owned(), heard[half..].to_owned())
    };
    assert!(first == second && first.starts_with("HTTP/1.1 200 OK\r\n") && first.ends_with("FN=3\r\n"));
    booth.fault("once qq double Query_Stat");
    let conn = booth.begin(format!("VER=1.1&CMD=Query_Stat&SEQ=2&UIN={DESK}&TN=50&UN=0"));
    let heard = booth.rig.hear(conn);
    let number = heard.find("&RES=0&FN=1\r\nHTTP/1.1 200 OK").unwrap();
    assert!(number < heard.find("&RES=0&FC=270,&FN=1&SN=1&ST=10,&UN=24259132,&NK=微程,\r\n").unwrap());
}

#[test]
fn a_penalty_that_is_forced_is_as_late_as_one_that_was_earned() {
    for (cmd, fields, seconds) in
        [("DelFromList", "&UN=24259132", 30.0), ("CLTMSG", "&UN=24259132&MG=1", 20.0), ("List", "", 20.0)]
    {
        let mut booth = booth(&format!("once qq refuse {cmd} 3"));
        let conn = booth.begin(format!("VER=1.1&CMD={cmd}&SEQ=2&UIN={DESK}{fields}"));
        booth.rig.wait(seconds - 0.1);
        assert_eq!(booth.hear(conn), "…".as_bytes(), "{cmd}");
        booth.rig.wait(0.1);
        assert!(booth.hear(conn).ends_with(b"&RES=3"), "{cmd}");
        assert_eq!(booth.rig.emulator.service.qq_friends(DESK).len(), 3, "nothing was done");
    }
}

#[test]
fn an_answer_can_come_octet_by_octet_all_the_time_it_was_given() {
    let mut booth = booth("once qq trickle List 5");
    let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
    let mut heard = Vec::new();
    for tenth in 1..=50 {
        booth.rig.wait(0.1);
        heard.extend(booth.rig.hear_octets(conn));
        assert_eq!(booth.rig.is_open(conn), tenth < 50, "{tenth}");
    }
    assert_eq!(booth.rig.pieces[&conn], heard.len(), "each by itself");
    assert_eq!(super::body_of(&heard), format!("VER=1.1&CMD=LIST&SEQ=2&UIN={DESK}&RES=0&FN=3").as_bytes());
    // Whoever hangs up in the middle is not written to any more.
    booth.fault("once qq trickle List 5");
    let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=3&UIN={DESK}"));
    booth.rig.wait(1.0);
    booth.rig.drop(conn);
    let before = booth.rig.pieces[&conn];
    booth.rig.wait(10.0);
    assert_eq!(booth.rig.pieces[&conn], before);
}

#[test]
fn a_connection_can_break_after_the_deed() {
    let mut booth = booth("once qq reset CLTMSG");
    let conn = booth.begin(format!("VER=1.1&CMD=CLTMSG&SEQ=2&UIN={DESK}&UN={WEI}&MG=1"));
    assert_eq!(booth.hear(conn), b"NULL");
    let service = &mut booth.rig.emulator.service;
    assert!(service.qq_was_reset(conn) && !service.qq_was_reset(conn), "told once");
    assert_eq!(service.qq_waiting(WEI), 1);
    let other = booth.begin(format!("VER=1.1&CMD=List&SEQ=3&UIN={DESK}"));
    assert!(!booth.rig.emulator.service.qq_was_reset(other));
}

#[test]
fn pages_can_be_made_small_and_a_login_can_have_a_comp() {
    let mut booth = booth("qq page 2");
    booth.talk(
        DESK,
        &[
            ("List&TN=160&UN=0", "RES=0&FN=0&SN=2&UN=24259132,106814,"),
            ("List&TN=160&UN=106814", "RES=0&FN=1&SN=1&UN=99833581,"),
        ],
    );
    booth.fault("qq comp NOKIA8F3A18D6E27");
    let ps = crate::emulator::challenge::md5_hex("nudge");
    let tail = booth.tail("Login", DESK, &format!("&PS={ps}&LC=9326B87B234E7235"));
    assert_eq!(tail, "RES=0&RS=0&HI=60&LI=300&COMP=NOKIA8F3A18D6E27");
}

#[test]
fn the_help_names_every_fault_of_this_door() {
    let help = crate::emulator::Fault::help();
    for word in [
        "silence CMD",
        "null CMD",
        "lost CMD",
        "refuse CMD RES",
        "late CMD [SECONDS]",
        "trickle CMD [SECONDS]",
        "reset CMD",
        "double CMD",
        "seq CMD",
        "refuse-login REASON",
        "elsewhere [SECONDS]",
        "page COUNT",
        "comp WORD",
        "no-length",
        "no-crlf",
        "crlf-inside",
        "raw-commas",
        "strange-rows",
        "null-on-h",
    ] {
        let named = help.lines().filter(|line| line.trim_start().starts_with(&format!("qq {word} ")));
        assert_eq!(named.count(), 1, "{word} in {help}");
    }
    assert!(help.contains("Ack_AddToList"), "the commands are named");
}

#[test]
fn a_login_can_be_refused_with_a_reason() {
    let mut booth = booth("qq refuse-login 系统忙, 请稍候");
    let ps = crate::emulator::challenge::md5_hex("nudge");
    let tail = booth.tail("Login", DESK, &format!("&PS={ps}&LC=9326B87B234E7235"));
    assert_eq!(tail, "RES=0&RS=1&RA=系统忙%252c 请稍候");
}

#[test]
fn a_session_can_be_taken_away() {
    let mut booth = booth("for 29501213 qq elsewhere 30");
    booth.login(DESK);
    booth.login(WEI);
    booth.rig.wait(29.0);
    booth.talk(DESK, &[("List", "RES=0&FN=3")]);
    booth.rig.wait(1.0);
    booth.talk(DESK, &[("List", "RES=20")]);
    booth.talk(WEI, &[("List", "RES=0&FN=1")]);
    booth.login(DESK);
    let now = booth.rig.now;
    assert!(
        booth.rig.emulator.service.qq_sign_out(now, DESK)
            && !booth.rig.emulator.service.qq_sign_out(now, DESK)
    );
    booth.talk(DESK, &[("List", "RES=20")]);
}

#[test]
fn the_frame_of_an_answer_can_lack_its_length_and_its_crlf() {
    const HEAD: &str =
        "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\n";
    let body = format!("VER=1.1&CMD=LIST&SEQ=2&UIN={DESK}&RES=0&FN=3");
    let length = body.len();
    for (fault, expected) in [
        ("qq no-length", format!("{HEAD}\r\n{body}\r\n")),
        ("qq no-crlf", format!("{HEAD}Content-Length: {length}\r\n\r\n{body}")),
        ("qq crlf-inside", format!("{HEAD}Content-Length: {}\r\n\r\n{body}\r\n", length + 2)),
    ] {
        let mut booth = booth(fault);
        let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
        assert_eq!(booth.rig.hear(conn), expected, "{fault}");
    }
}

#[test]
fn commas_can_slip_through_and_rows_be_of_no_known_kind() {
    let mut booth = booth("qq raw-commas");
    booth.login(99_833_581);
    booth.talk(99_833_581, &[("CLTMSG&UN=29501213&MG=a, b", "RES=0&")]);
    booth.talk(
        DESK,
        &[
            ("GetMsgEx", "RES=0&MN=3&MT=99,99,9,&UN=24259132,99833581,99833581,&MG=10,10,a, b ,"),
            (
                "Query_Stat&TN=9",
                "RES=0&FC=270,141,&FN=1&SN=2&ST=10,10,&UN=24259132,99833581,&NK=微程,a,b%26c%25,",
            ),
        ],
    );
    booth.rig.emulator.service.clear_faults();
    booth.fault("qq strange-rows");
    booth.talk(
        DESK,
        &[
            ("GetMsgEx", "RES=0&MN=2&MT=9,77,&UN=10000,10000,&MG=系统消息 ,0,"),
            (
                "Query_Stat&TN=9",
                "RES=0&FC=270,141,&FN=1&SN=2&ST=77,10,&UN=24259132,99833581,&NK=微程,a%252cb%26c%25,",
            ),
        ],
    );
}

#[test]
fn a_lower_case_h_may_be_too_much() {
    let mut booth = booth("qq null-on-h");
    booth.talk(DESK, &[("CLTMSG&UN=24259132&MG=hi", "NULL"), ("CLTMSG&UN=24259132&MG=HI", "RES=0&")]);
}

#[test]
fn the_faults_of_every_door_strike_this_one_too() {
    let mut booth = booth("drip");
    let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
    let length = booth.rig.hear(conn).len();
    assert_eq!(booth.rig.pieces[&conn], length);
    booth.rig.emulator.service.clear_faults();
    for octets in [0, 1, 60, length - 1] {
        booth.fault(&format!("once cut qq {octets}"));
        let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={DESK}"));
        assert_eq!(booth.rig.hear(conn).len(), octets);
        assert!(!booth.rig.is_open(conn));
    }
    booth.fault("once hang-up connect");
    let conn = booth.rig.connect(Door::Qq);
    assert!(!booth.rig.is_open(conn));
    booth.fault("noise");
    booth.talk(DESK, &[("List", "RES=0&FN=3")]);
}

#[test]
fn a_fault_for_one_number_spares_the_others() {
    let mut booth = booth("for 24259132 qq null any");
    booth.talk(DESK, &[("List", "RES=0&FN=3")]);
    booth.talk(WEI, &[("List", "NULL")]);
    booth.rig.emulator.service.clear_faults();
    booth.fault("for 24259132 cut qq 60");
    booth.fault("for 24259132 drip");
    for (uin, length, pieces) in [(DESK, 160, 1), (WEI, 60, 60)] {
        let conn = booth.begin(format!("VER=1.1&CMD=List&SEQ=2&UIN={uin}"));
        let heard = booth.rig.hear(conn).len();
        assert_eq!(
            (heard, booth.rig.pieces[&conn]),
            (length, pieces),
            "the faults of every door know numbers"
        );
    }
}

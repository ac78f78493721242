//! Conversations: keys, calling, several people, modes of MSG, leaving.

use crate::emulator::testing::Rig;
use crate::emulator::{Accounts, Challenges, ConnId, Door, Options, Style};

const TEXT: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi";

/// Anna's board with Bert in it, and Bert's.
fn conversation(rig: &mut Rig, dialect: u8) -> (ConnId, ConnId) {
    let anna = rig.online("anna@example.net", "secret", dialect, "NLN");
    let bert = rig.online("bert@example.net", "hidden, 100%", dialect, "NLN");
    let board = open_board(rig, anna, "anna@example.net");
    let answered = pick_up(rig, board, bert, "bert@example.net");
    rig.hear(board);
    rig.hear(answered);
    (board, answered)
}

fn open_board(rig: &mut Rig, session: ConnId, address: &str) -> ConnId {
    rig.hear(session);
    rig.say(session, "XFR 9 SB\r\n");
    let xfr = rig.hear(session);
    let key = xfr.trim_end().rsplit(' ').next().unwrap().to_owned();
    let board = rig.connect(Door::Switchboard);
    rig.say(board, format!("USR 1 {address} {key}\r\n"));
    assert!(rig.hear(board).starts_with(&format!("USR 1 OK {address} ")));
    board
}

fn pick_up(rig: &mut Rig, board: ConnId, session: ConnId, address: &str) -> ConnId {
    rig.hear(session);
    rig.say(board, format!("CAL 2 {address}\r\n"));
    let rng = rig.hear(session);
    let words: Vec<&str> = rng.trim_end().split(' ').collect();
    assert_eq!((words[0], words[3]), ("RNG", "CKI"), "{rng}");
    let answer = format!("ANS 1 {address} {} {}\r\n", words[4], words[1]);
    let answered = rig.connect(Door::Switchboard);
    rig.say(answered, answer);
    answered
}

#[test]
fn capabilities_stand_in_joi_and_iro_from_msnp12() {
    for (dialect, joi, iro) in [
        (11, "JOI bert@example.net Bert\r\n", "IRO 1 1 1 anna@example.net Anna%20B\r\nANS 1 OK\r\n"),
        (12, "JOI bert@example.net Bert 0\r\n", "IRO 1 1 1 anna@example.net Anna%20B 0\r\nANS 1 OK\r\n"),
    ] {
        let mut rig = Rig::plain();
        let anna = rig.online("anna@example.net", "secret", dialect, "NLN");
        let bert = rig.online("bert@example.net", "hidden, 100%", dialect, "NLN");
        let board = open_board(&mut rig, anna, "anna@example.net");
        let answered = pick_up(&mut rig, board, bert, "bert@example.net");
        assert_eq!(rig.hear(answered), iro);
        assert!(rig.hear(board).ends_with(joi));
    }
}

#[test]
fn messages_are_answered_by_their_mode() {
    let mut rig = Rig::plain();
    let (board, answered) = conversation(&mut rig, 8);
    let said = format!("MSG anna@example.net Anna%20B {}\r\n{TEXT}", TEXT.len());
    for (mode, answer) in [("U", ""), ("N", ""), ("A", "ACK 5\r\n"), ("D", "ACK 5\r\n")] {
        rig.talk(board, &[(&format!("MSG 5 {mode} {}\r\n{TEXT}", TEXT.len()), answer)]);
        assert_eq!(rig.hear(answered), said, "mode {mode}");
    }
    rig.say(answered, "OUT\r\n");
    assert_eq!(rig.hear(board), "BYE bert@example.net\r\n");
    for (mode, answer) in [("U", ""), ("N", "NAK 6\r\n"), ("A", "NAK 6\r\n"), ("D", "NAK 6\r\n")] {
        rig.talk(board, &[(&format!("MSG 6 {mode} {}\r\n{TEXT}", TEXT.len()), answer)]);
    }
    rig.say(board, format!("MSG 7 a {}\r\n{TEXT}", TEXT.len()));
    assert!(!rig.is_open(board), "an unknown mode ends it");
}

#[test]
fn escargot_acknowledges_whatever_became_of_a_message() {
    let options = Options { style: Style::escargot(), challenges: Challenges::Off, ..Options::default() };
    let mut rig = Rig::new(options);
    let (board, answered) = conversation(&mut rig, 9);
    rig.drop(answered);
    rig.hear(board);
    rig.talk(board, &[(&format!("MSG 6 A {}\r\n{TEXT}", TEXT.len()), "ACK 6\r\n")]);
    rig.talk(board, &[(&format!("MSG 6 N {}\r\n{TEXT}", TEXT.len()), "")]);
}

#[test]
fn messages_pass_byte_for_byte_and_only_so_long() {
    let mut rig = Rig::plain();
    let (board, answered) = conversation(&mut rig, 8);
    let invite = "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\n\r\n\
         Application-Name: File Transfer\r\nApplication-GUID: {5D3E02AB-6190-11d3-BBBB-00C04F795683}\r\n\
         Invitation-Command: INVITE\r\nInvitation-Cookie: 33267\r\nApplication-File: \u{1F4F7}.jpg\r\n\0\r\n";
    rig.say(board, format!("MSG 5 N {}\r\n{invite}", invite.len()));
    assert_eq!(rig.hear(answered), format!("MSG anna@example.net Anna%20B {}\r\n{invite}", invite.len()));
    rig.talk(board, &[("MSG 6 A 4\r\nbody", "")]);
    assert_eq!(rig.hear(answered), "", "without an empty line it is swallowed");
    let longest = format!("A: b\r\n\r\n{}", "x".repeat(1664 - 8));
    rig.talk(board, &[(&format!("MSG 7 A 1664\r\n{longest}"), "ACK 7\r\n")]);
    rig.say(board, "MSG 8 A 1665\r\n");
    assert!(!rig.is_open(board));
}

#[test]
fn calls_fail_with_the_right_code() {
    let mut rig = Rig::plain();
    let anna = rig.online("anna@example.net", "secret", 8, "NLN");
    let board = open_board(&mut rig, anna, "anna@example.net");
    rig.talk(
        board,
        &[
            ("CAL 2 @@hotmail.com\r\n", "208 2\r\n"),
            ("CAL 3 nobody\r\n", "208 3\r\n"),
            ("CAL 4 anna@example.net\r\n", "215 4\r\n"),
            ("CAL 5 nobody@example.net\r\n", "217 5\r\n"),
            ("CAL 6 bert@example.net\r\n", "217 6\r\n"),
        ],
    );
    let bert = rig.online("bert@example.net", "hidden, 100%", 8, "HDN");
    rig.talk(board, &[("CAL 7 bert@example.net\r\n", "217 7\r\n")]);
    rig.say(bert, "CHG 5 NLN 0\r\nADD 6 BL anna@example.net x\r\n");
    rig.talk(board, &[("CAL 8 bert@example.net\r\n", "217 8\r\n")]);
    rig.say(bert, "REM 7 BL anna@example.net\r\n");
    let answered = pick_up(&mut rig, board, bert, "bert@example.net");
    rig.hear(board);
    rig.talk(board, &[("CAL 9 bert@example.net\r\n", "215 9\r\n"), ("PNG\r\n", ""), ("ZZZ\r\n", "")]);
    assert!(rig.is_open(answered));
}

#[test]
fn three_people_hear_each_other() {
    let text = crate::emulator::testing::PEOPLE;
    let options = Options { challenges: Challenges::Off, ..Options::default() };
    let mut rig = Rig::with(Accounts::parse(text).unwrap(), options, None);
    let (board, bert) = conversation(&mut rig, 8);
    let dora = rig.online("dora@example.net", "d", 8, "NLN");
    let third = pick_up(&mut rig, bert, dora, "dora@example.net");
    assert_eq!(
        rig.hear(third),
        "IRO 1 1 2 anna@example.net Anna%20B\r\nIRO 1 2 2 bert@example.net Bert\r\nANS 1 OK\r\n"
    );
    assert_eq!(rig.hear(board), "JOI dora@example.net Dora\r\n");
    rig.hear(bert);
    rig.say(third, format!("MSG 1 N {}\r\n{TEXT}", TEXT.len()));
    let said = format!("MSG dora@example.net Dora {}\r\n{TEXT}", TEXT.len());
    assert_eq!((rig.hear(board), rig.hear(bert)), (said.clone(), said));
    rig.drop(board);
    assert_eq!(
        (rig.hear(bert).as_str(), rig.hear(third).as_str()),
        ("BYE anna@example.net\r\n", "BYE anna@example.net\r\n")
    );
}

#[test]
fn keys_are_good_once_for_their_owner_and_two_minutes() {
    let mut rig = Rig::plain();
    let anna = rig.online("anna@example.net", "secret", 8, "NLN");
    let mut key = || -> String {
        rig.say(anna, "XFR 9 SB\r\n");
        rig.hear(anna).trim_end().rsplit(' ').next().unwrap().to_owned()
    };
    let (stolen, used, late) = (key(), key(), key());
    let attempt = |rig: &mut Rig, address: &str, key: &str| {
        let board = rig.connect(Door::Switchboard);
        rig.say(board, format!("USR 1 {address} {key}\r\n"));
        (rig.hear(board), rig.is_open(board))
    };
    assert_eq!(attempt(&mut rig, "bert@example.net", &stolen), ("911 1\r\n".into(), false));
    assert!(attempt(&mut rig, "anna@example.net", &used).1);
    assert_eq!(attempt(&mut rig, "anna@example.net", &used), ("911 1\r\n".into(), false));
    rig.wait(121.0);
    assert_eq!(attempt(&mut rig, "anna@example.net", &late), ("911 1\r\n".into(), false));
}

#[test]
fn a_wrong_session_is_closed_without_a_word() {
    let mut rig = Rig::plain();
    let anna = rig.online("anna@example.net", "secret", 8, "NLN");
    let bert = rig.online("bert@example.net", "hidden, 100%", 8, "NLN");
    let board = open_board(&mut rig, anna, "anna@example.net");
    rig.say(board, "CAL 2 bert@example.net\r\n");
    let rng = rig.hear(bert);
    let key = rng.split(' ').nth(4).unwrap();
    let answered = rig.connect(Door::Switchboard);
    rig.say(answered, format!("ANS 1 bert@example.net {key} 12\r\n"));
    assert_eq!((rig.hear(answered).as_str(), rig.is_open(answered)), ("", false));
}

#[test]
fn nobody_may_stand_at_the_switchboard_for_longer_than_a_minute() {
    let mut rig = Rig::plain();
    let idler = rig.connect(Door::Switchboard);
    rig.wait(59.0);
    assert!(rig.is_open(idler));
    rig.wait(1.1);
    assert!(!rig.is_open(idler));
}

#[test]
fn an_idle_room_is_cleared_with_bye_1() {
    let style = Style { profile: false, ..Style::default() };
    let idle = Some(std::time::Duration::from_secs(300));
    let mut rig = Rig::new(Options {
        style,
        switchboard_idle: idle,
        challenges: Challenges::Off,
        ..Options::default()
    });
    let (board, answered) = conversation(&mut rig, 8);
    rig.wait(200.0);
    rig.say(board, format!("MSG 5 N {}\r\n{TEXT}", TEXT.len()));
    rig.hear(answered);
    rig.wait(299.0);
    assert!(rig.is_open(board));
    rig.wait(2.0);
    assert_eq!((rig.hear(board).as_str(), rig.is_open(board)), ("BYE bert@example.net 1\r\n", false));
    assert_eq!((rig.hear(answered).as_str(), rig.is_open(answered)), ("BYE anna@example.net 1\r\n", false));
}

#[test]
fn a_room_outlives_the_notification_session() {
    let mut rig = Rig::plain();
    let (board, answered) = conversation(&mut rig, 8);
    let now = rig.now;
    assert!(rig.emulator.service.sign_out(now, "anna@example.net", crate::emulator::Leave::ShuttingDown));
    rig.talk(board, &[(&format!("MSG 5 A {}\r\n{TEXT}", TEXT.len()), "ACK 5\r\n")]);
    assert!(rig.hear(answered).starts_with("MSG anna@example.net "));
}

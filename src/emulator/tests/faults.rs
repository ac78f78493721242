//! Each fault does what its word says, to whom it is meant for and to nobody else.

use crate::emulator::testing::Rig;
use crate::emulator::{Door, Options};

const TEXT: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhi";

#[test]
fn a_step_can_be_silent_refused_hung_up_on_or_answered_to_somebody_else() {
    for (fault, answer, open) in [
        ("silence chg", "", true),
        ("refuse chg 800", "800 4\r\n", true),
        ("hang-up chg", "", false),
        ("wrong-trid chg", "CHG 11 NLN\r\n", true),
    ] {
        let mut rig = Rig::plain();
        let anna = rig.sign_in("anna@example.net", "secret", 7);
        rig.fault(&format!("once {fault}"));
        rig.talk(anna, &[("CHG 4 NLN\r\n", answer)]);
        assert_eq!(rig.is_open(anna), open, "{fault}");
        if open {
            rig.talk(anna, &[("CHG 5 BSY\r\n", "CHG 5 BSY\r\n")]);
        }
    }
}

#[test]
fn a_fault_for_one_account_spares_the_others() {
    let mut rig = Rig::plain();
    rig.fault("for anna@example.net refuse usr-i 600");
    let anna = rig.connect(Door::Notification);
    rig.talk(anna, &[("VER 1 MSNP7\r\nUSR 2 MD5 I anna@example.net\r\n", "VER 1 MSNP7\r\n600 2\r\n")]);
    let bert = rig.online("bert@example.net", "hidden, 100%", 7, "NLN");
    rig.fault("for anna@example.net no-qng");
    rig.talk(bert, &[("PNG\r\n", "QNG\r\n")]);
    rig.fault("no-qng");
    rig.talk(bert, &[("PNG\r\n", "")]);
    rig.emulator.service.clear_faults();
    rig.talk(bert, &[("PNG\r\n", "QNG\r\n")]);
}

#[test]
fn a_connection_can_be_mute_or_refused_from_the_start() {
    let mut rig = Rig::plain();
    rig.fault("once silence connect");
    let mute = rig.connect(Door::Notification);
    rig.talk(mute, &[("VER 1 MSNP7\r\nPNG\r\n", "")]);
    assert!(rig.is_open(mute));
    rig.fault("once hang-up connect");
    let refused = rig.connect(Door::Notification);
    assert!(!rig.is_open(refused));
}

#[test]
fn octets_can_be_cut_and_dripped() {
    for octets in 0..24 {
        let mut rig = Rig::plain();
        rig.fault(&format!("cut notification {octets}"));
        let conn = rig.connect(Door::Notification);
        rig.say(conn, "VER 1 MSNP7 MSNP6\r\n");
        rig.say(conn, "INF 2\r\n");
        assert_eq!(rig.hear(conn), &"VER 1 MSNP7\r\nINF 2 MD5\r\n"[..octets]);
        assert!(!rig.is_open(conn), "after {octets}");
    }
    let mut rig = Rig::plain();
    rig.fault("drip");
    let conn = rig.connect(Door::Notification);
    rig.talk(conn, &[("VER 1 MSNP7\r\nINF 2\r\n", "VER 1 MSNP7\r\nINF 2 MD5\r\n")]);
    assert_eq!(rig.pieces[&conn], 24);
}

#[test]
fn a_session_can_be_ended_or_moved_after_a_while() {
    for (fault, line, open) in [
        ("out bare 5", "OUT\r\n", false),
        ("out OTH 5", "OUT OTH\r\n", false),
        ("out SSD 5", "OUT SSD\r\n", false),
        ("out TOU 5", "OUT TOU\r\n", false),
        ("out MIG 5", "OUT MIG\r\n", false),
        ("out RCT:3 5", "OUT RCT 3\r\n", false),
        ("move 10.1.2.3:1863 5", "XFR 0 NS 10.1.2.3:1863 0 127.0.0.1:1863\r\n", true),
        ("move 0 5", "XFR 0 NS 0 0 127.0.0.1:1863\r\n", true),
    ] {
        let mut rig = Rig::plain();
        let anna = rig.online("anna@example.net", "secret", 8, "NLN");
        rig.fault(fault);
        rig.wait(4.9);
        assert_eq!(rig.hear(anna), "", "{fault}");
        rig.wait(20.0);
        assert_eq!((rig.hear(anna).as_str(), rig.is_open(anna)), (line, open), "{fault}");
    }
}

#[test]
fn sign_in_can_be_redirected_even_to_0() {
    let mut rig = Rig::plain();
    rig.fault("once redirect 0");
    let conn = rig.connect(Door::Notification);
    rig.talk(
        conn,
        &[(
            "VER 1 MSNP7\r\nUSR 2 MD5 I anna@example.net\r\n",
            "VER 1 MSNP7\r\nXFR 2 NS 0 0 127.0.0.1:1863\r\n",
        )],
    );
    assert!(!rig.is_open(conn));
    rig.sign_in("anna@example.net", "secret", 7);
}

/// Anna's board, after she called Bert, and what Bert's session heard.
fn called(rig: &mut Rig) -> (crate::emulator::ConnId, String) {
    let anna = rig.online("anna@example.net", "secret", 8, "NLN");
    let bert = rig.online("bert@example.net", "hidden, 100%", 8, "NLN");
    rig.hear(anna);
    rig.say(anna, "XFR 9 SB\r\n");
    let key = rig.hear(anna).trim_end().rsplit(' ').next().unwrap().to_owned();
    let board = rig.connect(Door::Switchboard);
    rig.say(board, format!("USR 1 anna@example.net {key}\r\nCAL 2 bert@example.net\r\n"));
    assert!(rig.hear(board).contains("CAL 2 RINGING "));
    (board, rig.hear(bert))
}

fn answered(rig: &mut Rig, rng: &str) -> crate::emulator::ConnId {
    let words: Vec<&str> = rng.trim_end().split(' ').collect();
    let conn = rig.connect(Door::Switchboard);
    rig.say(conn, format!("ANS 1 bert@example.net {} {}\r\n", words[4], words[1]));
    conn
}

#[test]
fn the_called_one_may_never_hear_of_it() {
    let mut rig = Rig::plain();
    rig.fault("never-joins");
    let (board, rng) = called(&mut rig);
    rig.wait(100.0);
    assert_eq!((rng.as_str(), rig.hear(board).as_str()), ("", ""));
}

#[test]
fn an_invitation_may_carry_a_stale_key() {
    let mut rig = Rig::plain();
    rig.fault("for bert@example.net stale-key");
    let (_, rng) = called(&mut rig);
    let conn = answered(&mut rig, &rng);
    assert_eq!((rig.hear(conn).as_str(), rig.is_open(conn)), ("911 1\r\n", false));
}

#[test]
fn a_switchboard_may_die_before_joi() {
    let mut rig = Rig::plain();
    rig.fault("for anna@example.net lost-before-join");
    let (board, rng) = called(&mut rig);
    answered(&mut rig, &rng);
    assert_eq!((rig.hear(board).as_str(), rig.is_open(board)), ("", false));
}

#[test]
fn a_message_may_be_refused_or_kill_the_switchboard() {
    for (fault, heard, open) in [("nak", "NAK 5\r\n", true), ("lost-after-message", "", false)] {
        let mut rig = Rig::plain();
        let (board, rng) = called(&mut rig);
        let bert = answered(&mut rig, &rng);
        rig.hear(board);
        rig.hear(bert);
        rig.fault(&format!("for anna@example.net {fault}"));
        rig.say(board, format!("MSG 5 A {}\r\n{TEXT}", TEXT.len()));
        assert_eq!((rig.hear(board).as_str(), rig.is_open(board)), (heard, open), "{fault}");
        assert!(!rig.hear(bert).contains("hi"), "not delivered");
    }
}

#[test]
fn noise_stands_between_commands_and_payload_noise_is_as_long_as_it_says() {
    for (fault, noise) in [
        ("noise", "ZZZ\r\nQQQ 0 what ever  it is \r\nWWW 4294967295 %\r\n"),
        (
            "noise-payload",
            "NOT 9\r\nOUT OTH\r\nIPG 11\r\n\r\nOUT SSD\r\nUBN bob@example.net 1 4\r\nOUTONFY PUT 5\r\nOUT\r\n",
        ),
    ] {
        let mut rig = Rig::plain();
        let anna = rig.online("anna@example.net", "secret", 8, "NLN");
        rig.fault(fault);
        rig.talk(anna, &[("PNG\r\n", &format!("{noise}QNG\r\n"))]);
    }
    let mut rig = Rig::plain();
    let anna = rig.online("anna@example.net", "secret", 8, "NLN");
    rig.fault("garbage");
    rig.say(anna, "PNG\r\n");
    let heard = rig.hear(anna);
    assert!(
        heard.contains('\u{fffd}') && heard.contains('\u{1b}') && heard.ends_with("\r\nQNG\r\n"),
        "{heard:?}"
    );
}

#[test]
fn passport_can_fail_too() {
    let mut rig = Rig::new(Options::default());
    let request = "GET /rdr/pprdr.asp HTTP/1.1\r\n\r\n";
    for (fault, answer, open) in [
        ("refuse nexus 503", "HTTP/1.1 503 ", true),
        ("silence nexus", "", true),
        ("hang-up nexus", "", false),
    ] {
        rig.fault(&format!("once {fault}"));
        let conn = rig.connect(Door::Passport);
        rig.say(conn, request);
        let heard = rig.hear(conn);
        assert!(heard.starts_with(answer) && heard.is_empty() == answer.is_empty(), "{fault}: {heard}");
        assert_eq!(rig.is_open(conn), open, "{fault}");
    }
    rig.fault("once for anna@example.net refuse login 401");
    let conn = rig.connect(Door::Passport);
    rig.say(conn, "GET /login2.srf HTTP/1.1\r\nAuthorization: Passport1.4 sign-in=anna%40example.net,pwd=secret\r\n\r\n");
    assert!(rig.hear(conn).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
}

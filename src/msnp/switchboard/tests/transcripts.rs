//! Conversations as `[seed 001]` has them, in every dialect and in any pieces.

use super::*;

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

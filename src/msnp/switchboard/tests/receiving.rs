//! What is heard of what others send, and what is answered to it.

use super::*;

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

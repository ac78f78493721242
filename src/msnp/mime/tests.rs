use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::limits::{CHUNK_TIMEOUT, CHUNKS_MAX, PAYLOAD_MAX};
use crate::msnp::command::Outbox;
use crate::time::{Duration, Instant};

fn content(payload: &[u8]) -> Content<'_> {
    Mime::parse(payload).content()
}

fn words(payload: &[u8]) -> Option<heapless::String<256>> {
    match content(payload) {
        Content::Text(words) => Some(words.text()),
        _ => None,
    }
}

#[test]
fn the_sample_of_seed_001_is_137_octets_both_ways() {
    let sample = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
        X-MMS-IM-Format: FN=Microsoft%20Sans%20Serif; EF=; CO=0; CS=0; PF=22\r\n\r\nhello";
    assert_eq!(sample.len(), 137);
    assert_eq!(text_parts("hello").unwrap().concat(), sample);
    assert_eq!(words(sample).unwrap(), "hello");
    let mut out = Outbox::new();
    out.command("MSG").number(2_u32).word("N").payload(&text_parts("hello").unwrap());
    // Misprint of the seed: `MSG 2 N 137 MIME-Version:` lacks the line end after the length.
    assert!(out.take().unwrap().starts_with(b"MSG 2 N 137\r\nMIME-Version: 1.0\r\n"));
}

#[test]
fn the_sample_of_seed_000_is_read() {
    let sample = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
        X-MMS-IM-Format: FN=%E5%AE%8B%E4%BD%93; EF=; CO=0; CS=86; PF=0\r\n\r\n\
        bhw98\xE4\xBD\xA0\xE5\xA5\xBD\xEF\xBC\x81";
    // The seed prints a plain `!` beside these octets; they are the full-width one.
    assert_eq!(words(sample).unwrap(), "bhw98你好\u{FF01}");
    let format = Mime::parse(sample).header("x-mms-im-format").unwrap();
    assert_eq!(text::decoded::<64>(format), "FN=宋体; EF=; CO=0; CS=86; PF=0");
}

#[test]
fn typing_is_92_octets_where_seed_001_misprints_100() {
    let typing = b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgscontrol\r\n\
        TypingUser: deaxxxx@hotmail.com\r\n\r\n\r\n";
    assert_eq!(typing.len(), 92);
    assert_eq!(content(typing), Content::Typing);
    assert_eq!(
        content(b"Content-Type: text/x-msmsgscontrol\r\n\r\n"),
        Content::Other(b"text/x-msmsgscontrol")
    );
}

#[test]
fn a_nudge_is_69_octets_and_any_line_ends_may_follow_its_id() {
    assert_eq!(nudge_parts().concat().len(), 69);
    for end in ["", "\r\n", "\r\n\r\n", "\r\n\r\n\r\n"] {
        let nudge = format!("MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1{end}");
        assert_eq!(content(nudge.as_bytes()), Content::Nudge, "{end:?}");
    }
    let wink = b"Content-Type: text/x-msnmsgr-datacast\r\n\r\nID: 2\r\nData: x\r\n";
    assert_eq!(content(wink), Content::Other(b"text/x-msnmsgr-datacast"));
}

#[test]
fn words_fit_up_to_the_payload_limit() {
    let longest = "x".repeat(TEXT_ROOM);
    assert_eq!(text_parts(&longest).unwrap().concat().len(), PAYLOAD_MAX);
    assert!(text_parts(&format!("{longest}x")).is_none());
    const { assert!(TEXT_ROOM >= 1500) }
}

#[test]
fn headers_are_found_by_name_in_any_order_case_and_fold() {
    for payload in [
        &b"Content-Type: text/plain\r\n\r\nhi"[..],
        b"X: a:b\r\ncontent-TYPE:text/plain;charset=utf-8\r\nMIME-Version: 1.0\r\n\r\nhi",
        b"MIME-Version: 1.0\nContent-Type: text/plain\n\nhi",
        b"Content-Type:\r\n\ttext/plain;\r\n charset=UTF-8\r\n\r\nhi",
        b"nonsense\r\nContent-Type : text/plain\r\n\r\nhi",
        b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nhi",
    ] {
        assert_eq!(words(payload).unwrap(), "hi", "{}", payload.escape_ascii());
    }
    assert_eq!(Mime::parse(b"Dest: http://x:1/\r\n\r\n").header("dest"), Some(&b"http://x:1/"[..]));
}

#[test]
fn a_missing_body_is_an_empty_one() {
    for payload in [
        &b"Content-Type: text/plain"[..],
        b"Content-Type: text/plain\r\n",
        b"Content-Type: text/plain\r\n\r\n",
    ] {
        assert_eq!(words(payload).unwrap(), "");
    }
    for nothing in [&b""[..], b"\r\n\r\nContent-Type: text/plain", b"\0\xff", b":"] {
        assert_eq!(content(nothing), Content::Other(b""), "{nothing:?}");
    }
}

#[test]
fn words_are_lossy_and_may_be_latin() {
    let payload =
        |charset: &str| [b"Content-Type: text/plain", charset.as_bytes(), b"\r\n\r\ncaf\xe9\0"].concat();
    assert_eq!(words(&payload("")).unwrap(), "caf\u{FFFD}\0");
    assert_eq!(words(&payload("; charset=UTF-8")).unwrap(), "caf\u{FFFD}\0");
    for latin in ["; charset=iso-8859-1", ";format=flowed;CHARSET=\"Windows-1252\""] {
        assert_eq!(words(&payload(latin)).unwrap(), "café\0");
    }
    let Content::Text(long) = content(b"Content-Type: text/plain; charset=latin1\r\n\r\n\xe9\xe9\xe9") else {
        panic!()
    };
    assert_eq!(long.text::<5>(), "éé");
}

#[test]
fn a_file_offer_is_understood_and_declined() {
    let offer = b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\n\r\n\
        Application-Name: File Transfer\r\nApplication-GUID: {5D3E02AB-6190-11d3-BBBB-00C04F795683}\r\n\
        Invitation-Command: INVITE\r\nInvitation-Cookie: 33267\r\nApplication-File: me: a.jpg\r\n\
        Application-FileSize: 44287\r\n\r\n";
    let Content::Invite(invite) = content(offer) else { panic!() };
    assert!(invite.is_offer());
    assert_eq!(invite.what::<64>(), "me: a.jpg");
    assert_eq!(
        invite.refusal_parts().unwrap().concat().escape_ascii().to_string(),
        "MIME-Version: 1.0\\r\\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\\r\\n\\r\\n\
         Invitation-Command: CANCEL\\r\\nInvitation-Cookie: 33267\\r\\nCancel-Code: REJECT\\r\\n\\r\\n"
    );
}

#[test]
fn a_refusal_never_answers_a_refusal_nor_repeats_a_broken_cookie() {
    let invite = |fields: &str| {
        let payload = format!("Content-Type: text/x-msmsgsinvite\r\n\r\n{fields}").into_bytes();
        let Content::Invite(invite) = content(&payload) else { panic!() };
        (invite.refusal_parts().is_some(), invite.what::<64>())
    };
    assert_eq!(
        invite("Application-Name: Voice\r\nInvitation-Command: invite\r\nInvitation-Cookie: 1\r\n"),
        (true, text::cut("Voice"))
    );
    assert!(!invite("Invitation-Command: CANCEL\r\nInvitation-Cookie: 1\r\n").0);
    assert_eq!(invite("Invitation-Command: INVITE\r\n"), (false, text::cut("something")));
    assert!(!invite("Invitation-Command: INVITE\r\nInvitation-Cookie: 1\r\n 2\r\n").0);
    assert!(!invite(&format!("Invitation-Command: INVITE\r\nInvitation-Cookie: {}\r\n", "1".repeat(33))).0);
}

#[test]
fn a_binary_offer_is_recognised() {
    let peer = |words: &str| {
        let head = b"Content-Type: application/x-msnmsgrp2p\r\nP2P-Dest: me@x\r\n\r\n";
        let payload = [&head[..], &[0; 48], words.as_bytes(), &[0; 4]].concat();
        let Content::Peer(peer) = content(&payload) else { panic!() };
        assert_eq!(peer.to, b"me@x");
        (peer.is_offer, peer.is_file)
    };
    let invite = "INVITE MSNMSGR:me@x MSNSLP/1.0\r\nTo: <msnmsgr:me@x>\r\n\r\nEUF-GUID:";
    assert_eq!(
        peer(&format!("{invite} {{5D3E02AB-6190-11D3-BBBB-00C04F795683}}\r\nAppID: 2\r\n")),
        (true, true)
    );
    assert_eq!(
        peer(&format!("{invite} {{A4268EEC-FEC5-49E5-95C3-F126696BDBF6}}\r\nAppID: 1\r\n")),
        (true, false)
    );
    assert_eq!(peer("MSNSLP/1.0 200 OK\r\n"), (false, false));
    let short = b"Content-Type: application/x-msnmsgrp2p\r\n\r\nshort";
    assert_eq!(content(short), Content::Peer(Peer { to: b"", is_offer: false, is_file: false }));
}

#[test]
fn the_servers_own_messages_are_told_apart() {
    let cases: [(&[u8], Content<'_>); 8] = [
        // [seed 001], its misprinted blanks undone.
        (
            b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1011252477\r\n\
              EmailEnabled: 1\r\nMemberIdHigh: 84736\r\nMemberIdLow: -1434729391\r\nsid: 517\r\nkv: 2\r\n\r\n",
            Content::Profile,
        ),
        (
            b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinitialemailnotification; charset=UTF-8\r\n\r\n\
              Inbox-Unread: 293\r\nFolders-Unread: 0\r\nInbox-URL: /cgi-bin/HoTMaiL\r\n\
              Folders-URL: /cgi-bin/folders\r\nPost-URL: http://www.hotmail.com\r\n",
            Content::Mailbox { unread: Some(293) },
        ),
        (
            b"Content-Type: text/x-msmsgsinitialmdatanotification; charset=UTF-8\r\n\r\n\
              Mail-Data: <MD><E><I>9</I><IU>3</IU><O>0</O><OU>0</OU></E><Q><QTM>409600</QTM></Q></MD>\r\n\
              Inbox-URL: /cgi-bin/HoTMaiL\r\n",
            Content::Mailbox { unread: Some(3) },
        ),
        (
            b"Content-Type: text/x-msmsgsinitialmdatanotification\r\n\r\nMail-Data: too-large\r\n",
            Content::Mailbox { unread: None },
        ),
        (
            b"Content-Type: text/x-msmsgsemailnotification; charset=UTF-8\r\n\r\nFrom: Bob\r\nMessage-URL: /x?a:b\r\n\
              Subject: Re: hi\r\nDest-Folder: ACTIVE\r\nFrom-Addr: bob@x\r\nid: 2\r\n",
            Content::NewMail { from: b"Bob", subject: b"Re: hi" },
        ),
        (
            b"Content-Type: text/x-msmsgsemailnotification\r\n\r\nFrom: \r\nFrom-Addr: bob@x\r\n",
            Content::NewMail { from: b"bob@x", subject: b"" },
        ),
        (
            b"MIME-Version: 1.0\r\nContent-Type: application/x-msmsgssystemmessage\r\n\r\nType: 1\r\nArg1: 5\r\n",
            Content::Maintenance { minutes: Some(5) },
        ),
        (b"Content-Type: text/x-clientcaps\r\n\r\nClient-Name: x", Content::Other(b"text/x-clientcaps")),
    ];
    for (payload, expected) in cases {
        assert_eq!(content(payload), expected, "{}", payload.escape_ascii());
    }
}

fn first(id: &str, total: u32, body: &str) -> Vec<u8> {
    format!("Content-Type: text/plain\r\nMessage-ID: {{{id}}}\r\nChunks: {total}\r\n\r\n{body}").into_bytes()
}

fn later(id: &str, index: u32, body: &str) -> Vec<u8> {
    format!("Message-ID: {{{id}}}\r\nChunk: {index}\r\n\r\n{body}").into_bytes()
}

#[test]
fn a_chunked_message_comes_out_whole() {
    let mut chunks = Chunks::new();
    let now = Instant::START;
    assert_eq!(chunks.feed(now, "bob@x", &first("A", 3, "one ")), None);
    assert_eq!(
        words(chunks.feed(now, "bob@x", b"Content-Type: text/plain\r\n\r\nhi").unwrap()).unwrap(),
        "hi"
    );
    // Another person may use the same id, and nobody can write into a stranger's message.
    assert_eq!(chunks.feed(now, "eve@x", &later("A", 1, "lies")), None);
    assert_eq!(chunks.feed(now, "bob@x", &later("A", 1, "two \u{4f60}")), None);
    assert_eq!(
        words(chunks.feed(now, "bob@x", &later("A", 2, "three")).unwrap()).unwrap(),
        "one two 你three"
    );
    // It is gone once it was handed out.
    assert_eq!(chunks.feed(now, "bob@x", &later("A", 3, "four")), None);
    assert_eq!(words(chunks.feed(now, "bob@x", &first("B", 1, "all")).unwrap()).unwrap(), "all");
}

#[test]
fn chunks_out_of_order_or_late_drop_their_message() {
    let mut chunks = Chunks::new();
    let now = Instant::START;
    for wrong in [0, 2, u32::MAX] {
        chunks.feed(now, "bob@x", &first("A", 3, "one "));
        assert_eq!(chunks.feed(now, "bob@x", &later("A", wrong, "two ")), None);
        assert_eq!(chunks.feed(now, "bob@x", &later("A", 1, "two ")), None);
        assert_eq!(chunks.feed(now, "bob@x", &later("A", 2, "three")), None);
    }
    chunks.feed(now, "bob@x", &first("B", 2, "one "));
    assert_eq!(chunks.feed(now + CHUNK_TIMEOUT, "bob@x", &later("B", 1, "two")), None);
    chunks.feed(now, "bob@x", &first("B", 2, "one "));
    let in_time = now + (CHUNK_TIMEOUT - Duration::from_millis(1));
    assert!(chunks.feed(in_time, "bob@x", &later("B", 1, "two")).is_some());
}

#[test]
fn chunked_messages_are_bounded_in_number_and_length() {
    let mut chunks = Chunks::new();
    for (at, id) in ["A", "B", "C"].into_iter().enumerate() {
        assert_eq!(chunks.feed(Instant::from_millis(at as u64), "bob@x", &first(id, 2, id)), None);
    }
    let now = Instant::from_millis(9);
    assert_eq!(chunks.feed(now, "bob@x", &later("A", 1, "2")), None, "the oldest made room");
    assert!(chunks.feed(now, "bob@x", &later("C", 1, "2")).is_some());

    let big = "x".repeat(1500);
    assert_eq!(chunks.feed(now, "bob@x", &first("D", 3, &big)), None);
    assert_eq!(chunks.feed(now, "bob@x", &later("D", 1, &big)), None);
    assert_eq!(chunks.feed(now, "bob@x", &later("D", 2, &big)).unwrap().len(), PAYLOAD_MAX);
    assert!(chunks.feed(now, "bob@x", &first("E", CHUNKS_MAX + 1, "first")).is_some());
    assert!(size_of::<Chunks>() < 4096);
}

proptest! {
    #[test]
    fn any_payload_is_something(payload in any::<Vec<u8>>(), kind in 0..6_usize) {
        let types = ["text/plain", "text/x-msmsgsinvite", "application/x-msnmsgrp2p", "text/x-msmsgsemailnotification",
            "text/x-msmsgsinitialmdatanotification", "text/x-msnmsgr-datacast"];
        let payload = [format!("Content-Type: {}\r\n", types[kind]).as_bytes(), &payload].concat();
        match content(&payload) {
            Content::Text(words) => prop_assert!(words.text::<64>().len() <= 64),
            Content::Invite(invite) => prop_assert!(invite.what::<64>().len() <= 64),
            _ => {}
        }
        let mut chunks = Chunks::new();
        prop_assert!(chunks.feed(Instant::START, "bob@x", &payload).is_none_or(|whole| whole == payload));
    }

    #[test]
    fn what_we_say_is_what_they_read(said in "\\PC{0,300}") {
        let payload = text_parts(&said).unwrap().concat();
        let Content::Text(words) = content(&payload) else { panic!() };
        let read = words.text::<2048>();
        prop_assert_eq!(read.as_str(), said);
    }
}

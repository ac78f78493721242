//! What other MSN clients broke on, one test each: the session lives on, or ends with a sentence and is tried again, and
//! nothing is lost or taken for something else. Framing alone is the decoder's own tests' business, and the pings, silences
//! and endings those of `client.rs`.

mod common;

use std::cell::RefCell;

use common::bench::Bench;
use common::settings;
use nudged::msnp::{Dialect, Say};
use nudged::text::Secret;

thread_local! {
    /// What this test's thread logged.
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Log;

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED.with_borrow_mut(|lines| lines.push(format!("{} {}", record.level(), record.args())));
    }

    fn flush(&self) {}
}

/// What `act` makes the client log.
fn logged(act: impl FnOnce()) -> Vec<String> {
    static LOG: Log = Log;
    // The first test that wants it sets it; for the others it is there.
    let _set = log::set_logger(&LOG);
    log::set_max_level(log::LevelFilter::Trace);
    LOGGED.with_borrow_mut(Vec::clear);
    act();
    LOGGED.take()
}

fn friend_says(payload: &[u8]) -> Vec<u8> {
    [format!("MSG bob@example.net Bob {}\r\n", payload.len()).as_bytes(), payload].concat()
}

// ---- Streams ----

#[test]
fn a_command_cut_anywhere_is_told_once() {
    let stream: String = (1..=8).map(|n| format!("NLN NLN c{n}@example.net C{n} 0 0\r\n")).collect();
    for cut in 0..stream.len() {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.octets(&stream.as_bytes()[..cut]);
        bench.octets(&stream.as_bytes()[cut..]);
        let told = bench.told();
        assert_eq!(told.len(), 8, "cut at {cut}");
        assert_eq!(told[7], "presence c8@example.net online C8");
    }
}

#[test]
fn six_hundred_contacts_come_whole_in_reads_of_any_size() {
    for dialect in [Dialect::MSNP7, Dialect::MSNP9, Dialect::MSNP12] {
        for size in [1, 7, 1024, 1664, 100_000] {
            let mut bench = Bench::new(dialect);
            bench.contacts = 600;
            bench.open();
            let syn = bench.serve("SYN").unwrap();
            bench.told();
            let stream = bench.answer(&syn).replace('\n', "\r\n") + "\r\n";
            for piece in stream.as_bytes().chunks(size) {
                bench.octets(piece);
            }
            let told = bench.told();
            assert_eq!(told.len(), 602, "{dialect}, {size} at a time");
            assert!(told[600].starts_with("contact c600@example.net "));
        }
    }
}

#[test]
fn a_payload_command_cut_before_its_length_waits_for_the_rest() {
    let mut bench = Bench::online(Dialect::MSNP11);
    for piece in [
        "UBX bob@exam",
        "ple.net ",
        "1",
        "0",
        "\r",
        "\n",
        "OUT OTH\r\n",
        "!NLN NLN bob@example.net Bob 0\r\n",
    ] {
        assert_eq!(bench.told(), [""; 0]);
        bench.octets(piece.as_bytes());
    }
    assert_eq!(bench.told(), ["presence bob@example.net online Bob"]);
}

#[test]
fn a_whole_message_does_not_wait_for_a_second_packet_and_two_in_one_are_two() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.ring("bob@example.net");
    let hi = friend_says(b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nhi");
    bench.board(&hi);
    assert_eq!(bench.told(), ["text bob@example.net (Bob) hi"]);
    bench.board(&hi.repeat(2));
    assert_eq!(bench.told().len(), 2);
}

#[test]
fn payloads_of_commands_we_do_not_know_are_not_read_as_commands() {
    for command in [
        "NOT 9",
        "IPG 9",
        "GCF 0 9",
        "GCF Shields.xml 9",
        "UBX bob@example.net 9",
        "UBN bob@example.net 1 9",
        "UBM a 1 2 3 9",
        "ADL 0 9",
        "RML 0 9",
        "FQY 5 9",
        "NFY PUT 9",
        "SDG 0 9",
        "UUX 5 9",
        "MSG Hotmail Hotmail 9",
        "241 9 9",
        "204 9 9",
    ] {
        let mut bench = Bench::online(Dialect::MSNP11);
        bench.octets(format!("{command}\r\nOUT OTH\r\n").as_bytes());
        assert_eq!(bench.told(), [""; 0], "{command}");
        bench.assert_alive();
    }
}

#[test]
fn a_length_that_is_none_ends_the_session_with_what_was_found_and_expected() {
    for length in ["-1", "+5", "4294967296", "99999999999999999999", "many", "", "5 "] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.line(&format!("MSG Hotmail Hotmail {length}"));
        let told = bench.told();
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("state lost got ") && told[0].contains("; expected "), "{told:?}");
        assert!(bench.until_dialed().is_some());
        bench.sign_in();
    }
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.octets(b"MSG Hotmail Hotmail 0\r\n");
    bench.assert_alive();
}

#[test]
fn a_payload_larger_than_any_buffer_is_skipped() {
    let mut bench = Bench::online(Dialect::MSNP11);
    let mut stream = b"GCF Shields.xml 100000\r\n".to_vec();
    stream.resize(stream.len() + 100_000, b'\n');
    bench.octets(&stream);
    bench.assert_alive();
}

#[test]
fn lines_of_two_kilobytes_are_read_and_longer_ones_skipped() {
    let mut bench = Bench::online(Dialect::MSNP9);
    let object = "x".repeat(1990);
    bench.line(&format!("NLN NLN bob@example.net Bob 0 {object}"));
    assert_eq!(bench.told(), ["presence bob@example.net online Bob"]);
    let lines = logged(|| bench.line(&format!("NLN NLN bob@example.net Bob 0 {object}{object}")));
    assert_eq!(bench.told(), [""; 0]);
    assert_eq!(lines, ["WARN msn: skipped a line of 4012 octets that begins \"NLN\""]);
    bench.assert_alive();
}

#[test]
fn octets_that_are_no_text_harm_nobody() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.octets(b"NLN NLN bob@example.net B\xff\xfe\xc3b 0\r\n");
    assert_eq!(bench.told(), ["presence bob@example.net online B\u{fffd}\u{fffd}\u{fffd}b"]);
    bench.octets(b"NLN NLN bob@example.net %ff%00%zz%4 0\r\n\0\0\0\r\n\xff\xff\xff \xff\r\n");
    assert_eq!(bench.told().len(), 1);
    bench.octets(b"MSG Hotmail Hotmail 7\r\n\0\xff\0\r\n\r\n");
    bench.assert_alive();
    bench.ring("bob@example.net");
    bench.board(&friend_says(b"Content-Type: text/plain; charset=UTF-8\r\n\r\na\0b\xff"));
    assert_eq!(bench.told(), ["text bob@example.net (Bob) a\0b\u{fffd}"]);
}

// ---- Fields ----

#[test]
fn an_empty_name_does_not_shift_what_follows() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.line("ILN 5 NLN bob@example.net  268435456 0\nNLN BSY bob@example.net  268435456");
    assert_eq!(bench.told(), ["initial bob@example.net online", "presence bob@example.net busy"]);
}

#[test]
fn a_field_more_or_less_than_usual_ends_nothing() {
    for dialect in [Dialect::MSNP2, Dialect::MSNP9, Dialect::MSNP12] {
        for verb in [
            "VER", "CVR", "INF", "USR", "SYN", "GTC", "BLP", "PRP", "BPR", "LSG", "LST", "CHG", "ILN", "NLN",
            "FLN", "ADD", "ADC", "REM", "ADG", "RMG", "REG", "REA", "RNG", "QNG", "QRY", "URL", "SBS", "SBP",
            "IMS", "SND", "ZZZ", "Q", "XFR", "200", "540x", "CHL",
        ] {
            for fields in 0..12 {
                for field in ["", "0", "7", "NS1", "bob@example.net", "%", "N=", "=", "18446744073709551616"]
                {
                    let mut bench = Bench::online(dialect);
                    bench.line(&format!("{verb}{}", format!(" {field}").repeat(fields)));
                    assert_eq!(bench.closed(), 0, "{dialect} {verb} {fields} times {field:?}");
                }
            }
        }
        let mut bench = Bench::online(dialect);
        bench.line("NLN NLN bob@example.net Bob 0 0 more and more\nFLN bob@example.net 1 0\nILN 5 AWY bob@example.net");
        let expected = [
            "presence bob@example.net online Bob",
            "presence bob@example.net offline",
            "initial bob@example.net away",
        ];
        assert_eq!(bench.told(), expected);
    }
}

#[test]
fn presence_of_somebody_unknown_is_told_and_a_status_never_seen_means_online() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.line(
        "FLN nobody@example.net\nNLN XYZ nobody@example.net Nobody 0\nNLN HDN nobody@example.net Nobody 0",
    );
    let who = "presence nobody@example.net";
    let expected =
        [format!("{who} offline"), format!("{who} online Nobody"), format!("{who} offline Nobody")];
    assert_eq!(bench.told(), expected);
}

#[test]
fn bare_words_are_commands_without_fields() {
    for word in ["QNG", "CHL", "XFR", "NLN", "FLN", "LST", "RNG", "ADD", "500", "911x", "\n\n"] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.line(word);
        bench.assert_alive();
    }
}

#[test]
fn names_come_raw_or_escaped_or_badly_escaped() {
    let mut bench = Bench::online(Dialect::MSNP9);
    for (wire, name) in
        [("Bobby%20★", "Bobby ★"), ("%C3%9Cn%C3%AF", "Ünï"), ("100%", "100%"), ("%2", "%2"), ("%zz", "%zz")]
    {
        bench.line(&format!("NLN NLN bob@example.net {wire} 0"));
        assert_eq!(bench.told(), [format!("presence bob@example.net online {name}")]);
    }
}

#[test]
fn malformed_lines_are_logged_with_what_was_found() {
    let mut bench = Bench::online(Dialect::MSNP9);
    let lines = logged(|| bench.line("NLN NLN\nFLN 10\nLST x\nQNG soon\nVER 1 MSNP9\n205 99\nZZZ \u{1b}[2J"));
    assert_eq!(
        lines,
        [
            "WARN msn: got \"NLN\" in a shape MSNP9 does not have, ignored it",
            "WARN msn: got \"FLN 10\", expected FLN with an address",
            "WARN msn: got \"LST\" in a shape MSNP9 does not have, ignored it",
            "DEBUG msn: got \"QNG soon\", expected QNG with seconds",
            "WARN msn: got \"VER\" out of turn, ignored it",
            "WARN msn: got error 205 for a command we did not send, ignored it",
            "DEBUG msn: ignored \"ZZZ \\u{1b}[2J\"",
        ]
    );
}

// ---- Signing in ----

#[test]
fn a_challenge_is_answered_at_any_moment() {
    for step in ["VER", "CVR", "USR 3", "USR 4", "SYN", "CHG"] {
        let mut bench = Bench::new(Dialect::MSNP9);
        bench.open();
        let asked = bench.serve(step).unwrap();
        bench.line("CHL 0 20881396011366812350");
        let said = bench.said();
        assert!(
            said.ends_with(" msmsgs@msnmsgr.com 32\r\n0212eaad0876afb8505859ca75d21a78"),
            "{step}: {said}"
        );
        let answer = bench.answer(&asked);
        bench.line(&answer);
        bench.serve("");
        assert_eq!(bench.told().last().unwrap(), "state online", "{step}");
    }
}

#[test]
fn a_wrong_challenge_answer_is_told_apart_however_late_it_is() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.said();
    bench.line("CHL 0 1");
    assert!(bench.said().starts_with("QRY 7 "));
    bench.line("540 7");
    assert_eq!(bench.told(), ["state lost 540 wrong answer to the challenge"]);
}

#[test]
fn the_ticket_ends_at_its_quote() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.passport_says = "HTTP/1.1 200 OK\r\n\
        Authentication-Info: Passport1.4 da-status=success,from-PP='t=a&p=b',ru=http://messenger.msn.com\r\n\r\n";
    bench.open();
    assert_eq!(bench.serve("USR 4").unwrap(), "USR 4 TWN S t=a&p=b");
}

#[test]
fn a_password_of_any_characters_reaches_the_login_server_whole() {
    let mut account = settings(&[Dialect::MSNP9]);
    account.password = Secret::new("a,b c%+'ü".into());
    let mut bench = Bench::with(account, None, 1);
    bench.open();
    bench.serve("USR 4");
    let asked = bench.passport_said();
    assert!(
        asked.contains("sign-in=desk%40example.net,pwd=a%2Cb%20c%25%2B%27%C3%BC,lc=1033,id=507\r\n"),
        "{asked}"
    );
}

#[test]
fn no_secret_is_ever_logged() {
    for dialect in [Dialect::MSNP7, Dialect::MSNP9] {
        let lines = logged(|| {
            let mut bench = Bench::new(dialect);
            bench.open();
            bench.serve("");
            bench.line("USR 4 TWN S t=1&p=2\nUSR 4 MD5 S 1\nOUT");
        });
        assert!(lines.iter().any(|line| line.contains("accepted")), "{lines:?}");
        let all = lines.join("\n");
        assert!(!all.contains("t=1") && !all.contains("password") && !all.contains("pwd"), "{all}");
    }
}

#[test]
fn nothing_is_pinged_before_the_session_is_up() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.contacts = 3;
    bench.open();
    bench.serve("SYN");
    bench.line("SYN 5 9 3 0");
    bench.seconds(59);
    assert_eq!(bench.said(), "");
}

#[test]
fn a_server_that_moves_the_session_is_followed_with_nothing_more_said_on_the_old_link() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.dialed();
    bench.line("XFR 0 NS 10.0.0.1:1864\nCHL 0 1\nOUT OTH");
    assert_eq!(bench.told(), ["state connecting"]);
    assert_eq!((bench.said().as_str(), bench.closed()), ("", 1));
    assert_eq!(bench.dialed(), ["10.0.0.1:1864"]);
}

// ---- Conversations ----

#[test]
fn a_switchboard_refused_for_any_reason_fails_the_message_and_nothing_else() {
    for code in [913, 600, 800, 299, 911, 280] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.act(|client, now, sink| client.send(now, 4, "bob@example.net", Say::Text("hi"), sink));
        for trid in 7..=9 {
            if bench.said().contains(&format!("XFR {trid} SB")) {
                bench.line(&format!("{code} {trid}"));
            }
        }
        let told = bench.told();
        assert!(told.last().unwrap().starts_with("delivery 4 failed no switchboard: "), "{code}: {told:?}");
        bench.assert_alive();
    }
}

#[test]
fn a_nudge_is_one_with_any_number_of_line_ends() {
    for ends in 0..4 {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.ring("bob@example.net");
        let nudge = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1{}",
            "\r\n".repeat(ends)
        );
        bench.board(&friend_says(nudge.as_bytes()));
        assert_eq!(bench.told(), ["nudge bob@example.net (Bob)"], "{ends} line ends");
    }
}

#[test]
fn headers_are_read_by_name_in_any_order_and_case() {
    for message in [
        "Content-Type: text/plain; charset=UTF-8\r\nMIME-Version: 1.0\r\n\r\nhi",
        "mime-version: 1.0\r\ncontent-type: TEXT/PLAIN\r\n\r\nhi",
        "MIME-Version: 1.0\r\nX: a: b: c\r\nContent-Type: text/plain;\r\n charset=UTF-8\r\n\r\nhi",
    ] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.ring("bob@example.net");
        bench.board(&friend_says(message.as_bytes()));
        assert_eq!(bench.told(), ["text bob@example.net (Bob) hi"], "{message:?}");
    }
}

#[test]
fn messages_without_a_body_or_without_anything_end_no_conversation() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.ring("bob@example.net");
    for message in
        ["", "\r\n", "Content-Type: text/plain", "Content-Type: text/x-msmsgscontrol\r\n\r\n", ":", "\0"]
    {
        bench.board(&friend_says(message.as_bytes()));
    }
    bench.told();
    let typing = "Content-Type: text/x-msmsgscontrol\r\nTypingUser: bob@example.net\r\n\r\n\r\n";
    bench.board(&friend_says(typing.as_bytes()));
    assert_eq!(bench.told(), ["typing bob@example.net (Bob)"]);
}

#[test]
fn a_ring_during_a_conversation_is_answered_and_one_with_a_stale_key_comes_to_nothing() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.ring("bob@example.net");
    bench.ring("ann@example.net");
    bench.dialed();
    bench.line("RNG 2 10.0.0.2:1863 CKI 9 eve@example.net Eve");
    assert_eq!(bench.dialed(), ["10.0.0.2:1863"]);
    bench.open_board();
    assert_eq!(bench.board_said(), "ANS 1 desk@example.net 9 2\r\n");
    bench.board(b"911 1\r\n");
    assert_eq!(bench.told(), [""; 0]);
    bench.assert_alive();
}

#[test]
fn an_invitation_to_our_own_machine_is_declined() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.dialed();
    for at in
        ["127.0.0.1:22", "localhost:1863", "[::1]:1863", "", ":1863", "x:y", "10.0.0.1:0", "10.0.0.1:99999"]
    {
        bench.line(&format!("RNG 2 {at} CKI 9 eve@example.net Eve"));
        assert_eq!(bench.dialed(), [""; 0], "{at}");
    }
    bench.assert_alive();
}

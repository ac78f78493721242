//! Every form of request that real clients sent, whole and in pieces of every size.

use super::{Booth, DESK, body_of};
use crate::emulator::qq::Options;
use crate::emulator::{ConnId, Door};

const LOGOUT: &str = "VER=1.1&CMD=Logout&SEQ=1&UIN=29501213";
const GOOD: &str = "VER=1.1&CMD=LOGOUT&SEQ=1&UIN=29501213&RES=0";

/// Request heads with `#` for the length, and what comes behind the body.
const FORMS: [(&str, &str, &str); 14] = [
    ("the probe of seed 003", "POST HTTP/1.1\r\nContent-length: #\r\nConnection: close\r\n\r\n", "\r\n\r\n"),
    (
        "the text of seed 003",
        "POST HTTP/1.1\r\nHost: tqq.tencent.com:8000\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-length: #\r\nConnection: close\r\n\r\n",
        "",
    ),
    (
        "PHP, two spaces",
        "POST  HTTP/1.1\r\nHost: tqq.tencent.com\r\nConnection: Keep-Alive\r\nPragma: no-cache\r\nCache-Control: no-cache\r\nAccept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\nUser-Agent: QQClient/1.1\r\nContent-Length: #\r\n\r\n",
        "\r\n\r\n",
    ),
    (
        "Python",
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nAccept-Encoding: identity\r\nContent-Length: #\r\n\r\n",
        "",
    ),
    (
        "Java",
        "POST / HTTP/1.1\r\nProxy-Connection: keep-alive\r\nUser-Agent: Java/1.6.0\r\nHost: h\r\nAccept: text/html, *; q=.2\r\nConnection: keep-alive\r\nContent-type: application/x-www-form-urlencoded\r\nContent-Length: #\r\n\r\n",
        "",
    ),
    (
        "C#, which waits for 100 Continue, or does not",
        "POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nHost: tqq.tencent.com:8000\r\nContent-Length: #\r\nExpect: 100-continue\r\nConnection: Keep-Alive\r\n\r\n",
        "",
    ),
    (
        "Go",
        "POST / HTTP/1.1\r\nHost: h:8000\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: #\r\n\r\n",
        "",
    ),
    (
        "FW, no blank behind Host",
        "POST / HTTP/1.1\r\nHost:h:8000\r\nContent-Type: text/plain\r\nContent-Length: #\r\nConnection: close\r\n\r\n",
        "",
    ),
    ("a whole address", "POST http://tqq.tencent.com:8000/ HTTP/1.1\r\nContent-Length: #\r\n\r\n", ""),
    ("HTTP/1.0", "POST / HTTP/1.0\r\nCONTENT-LENGTH:#\r\n\r\n", ""),
    ("line ends without CR", "POST / HTTP/1.1\nContent-Length: #\n\n", "\n"),
    ("empty lines first", "\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: #\r\n\r\n", ""),
    ("a path", "POST /cgi?CMD=Login HTTP/1.1\r\nContent-Length: #\r\n\r\n", "\r\n"),
    ("something behind it", "POST / HTTP/1.1\r\nContent-Length: #\r\n\r\n", "POST / HTTP/1.1\r\n\r\n"),
];

#[test]
fn every_form_is_served_whole_and_in_pieces_of_every_size() {
    for (name, head, behind) in FORMS {
        let request = format!("{}{LOGOUT}{behind}", head.replace('#', &LOGOUT.len().to_string()));
        for size in 1..=request.len() {
            let mut booth = Booth::new(Options::default());
            booth.rig.chunk = size;
            let conn = booth.rig.connect(Door::Qq);
            booth.rig.say(conn, &request);
            assert_eq!(served(&mut booth, conn, head), GOOD, "{name} in pieces of {size}");
        }
    }
}

#[test]
fn every_form_is_served_cut_once_anywhere() {
    for (name, head, behind) in FORMS {
        let request = format!("{}{LOGOUT}{behind}", head.replace('#', &LOGOUT.len().to_string()));
        for cut in 0..=request.len() {
            let mut booth = Booth::new(Options::default());
            let conn = booth.rig.connect(Door::Qq);
            booth.rig.say(conn, &request[..cut]);
            booth.rig.say(conn, &request[cut..]);
            assert_eq!(served(&mut booth, conn, head), GOOD, "{name} cut at {cut}");
        }
    }
}

/// The body of the answer; `100 Continue` may be before it if it was expected.
fn served(booth: &mut Booth, conn: ConnId, head: &str) -> String {
    let octets = booth.rig.hear_octets(conn);
    assert!(!booth.rig.is_open(conn));
    let expected = octets.strip_prefix(b"HTTP/1.1 100 Continue\r\n\r\n").filter(|_| head.contains("Expect"));
    String::from_utf8(body_of(expected.unwrap_or(&octets))).unwrap()
}

/// A body with CMD and MG as real clients wrote them, and what the other side gets of the latter.
const SAID: [(&str, &str, &str); 7] = [
    // Every value escaped, and a space as `+`, which nobody knows whether the server read; see `Options`.
    ("PHP", "CMD=CLTMSG&SEQ=4711&UIN=29501213&UN=24259132&MG=%E4%BD%A0%E5%A5%BD%2C50%25", "你好%252c50%25"),
    ("PHP", "CMD=CLTMSG&SEQ=4712&UIN=29501213&UN=24259132&MG=%e4%bd%a0+%e5%a5%bd", "你+好"),
    // A text with & in it, which this client took for another field before it escaped anything.
    ("PHP", "CMD=CLTMSG&SEQ=4713&UIN=29501213&UN=24259132&MG=a&b=c", "a"),
    ("Python, C# and Go", "CMD=CLTMSG&SEQ=12345&UIN=29501213&UN=24259132&MG=你好, 1=1", "你好%252c 1=1"),
    ("MQQ", "CMD=CLTMSG&SEQ=1&UIN=29501213&UN=24259132&MG=你%0D%0A好", "你%0d%0a好"),
    ("Java, in the order of its map", "MG=hi&UN=24259132&CMD=CLTMSG&UIN=29501213&SEQ=4711", "hi"),
    (
        "ours",
        "CMD=CLTMSG&SEQ=7654321&UIN=29501213&UN=24259132&MG=a%26b%3Dc%2C 50%25 %2B%0A好",
        "a%26b=c%252c 50%25 +%0a好",
    ),
];

#[test]
fn what_each_client_wrote_arrives() {
    for (client, body, expected) in SAID {
        let mut booth = Booth::new(Options::default());
        booth.login(DESK);
        let reply = booth.ask(format!("VER=1.1&{body}"));
        assert!(reply.ends_with("&RES=0&"), "{client}: {reply}");
        booth.login(24_259_132);
        let tail = booth.tail("GetMsgEx", 24_259_132, "");
        assert_eq!(tail, format!("RES=0&MN=1&MT=9,&UN=29501213,&MG={expected} ,"), "{client}");
    }
}

#[test]
fn who_expects_100_continue_is_told_so_once_before_the_body() {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: h:8000\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        LOGOUT.len()
    );
    for size in 1..=head.len() {
        let mut booth = Booth::new(Options::default());
        booth.rig.chunk = size;
        let conn = booth.rig.connect(Door::Qq);
        booth.rig.say(conn, &head[..head.len() - 1]);
        assert_eq!(booth.rig.hear(conn), "");
        booth.rig.say(conn, &head[head.len() - 1..]);
        assert_eq!(booth.rig.hear(conn), "HTTP/1.1 100 Continue\r\n\r\n");
        booth.rig.say(conn, LOGOUT);
        assert_eq!(booth.hear(conn), GOOD.as_bytes());
    }
    let mut booth = Booth::new(Options::default());
    let conn = booth.rig.connect(Door::Qq);
    booth.rig.say(conn, head + LOGOUT);
    assert_eq!(booth.hear(conn), GOOD.as_bytes(), "who did not wait is not told");
}

#[test]
fn fields_may_come_in_any_order_and_cmd_in_any_case() {
    let mut booth = Booth::new(Options::default());
    let fields =
        ["VER=1.1", "PS=7fdf6f2e2b4c07e8c9ecb4f5b1b0a3d0", "LC=9326B87B234E7235", "M5=1", "CMD=Login"];
    let java = ["VER=1.1", fields[1], fields[2], "M5=1", "CMD=Login", "UIN=29501213", "SEQ=3"].join("&");
    assert!(booth.ask(java).ends_with("&RES=0&RS=1&RA=密码错误"), "a map's order");
    for turn in 0..fields.len() {
        let mut turned = fields.to_vec();
        turned.rotate_left(turn);
        let reply = booth.ask(format!("{}&UIN={DESK}&SEQ=3&", turned.join("&")));
        assert_eq!(reply, format!("VER=1.1&CMD=LOGIN&SEQ=3&UIN={DESK}&RES=0&RS=1&RA=密码错误"));
    }
    booth.login(DESK);
    let reply = booth.ask("VER=1.1&CMD=Change_stat&SEQ=1&UIN=29501213&ST=30");
    assert_eq!(reply, "VER=1.1&CMD=Change_stat&SEQ=1&UIN=29501213&RES=0&", "as PHP wrote it");
    let reply = booth.ask("UIN=29501213&SEQ=&CMD=getMSGex&VER=1.2");
    assert_eq!(reply, "VER=1.2&CMD=GETMSGEX&SEQ=&UIN=29501213&RES=0&MN=0&MT=&UN=&MG=");
}

#[test]
fn a_proof_may_be_upper_case_and_have_a_blank_behind() {
    let proof = crate::emulator::challenge::md5_hex("nudge");
    for ps in [proof.clone(), proof.to_ascii_uppercase(), format!("{proof} "), format!("{proof}%20")] {
        let mut booth = Booth::new(Options::default());
        let tail = booth.tail("Login", DESK, &format!("&PS={ps}&M5=1&LC=9326B87B234E7235"));
        assert_eq!(tail, "RES=0&RS=0&HI=60&LI=300");
    }
}

#[test]
fn what_is_no_post_with_a_length_gets_nothing() {
    for request in [
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "POST / HTTP/1.1\r\n\r\nVER=1.1&CMD=Logout&SEQ=1&UIN=29501213",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 16385\r\n\r\n",
        "POST /\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "POSTER\r\n",
        "\u{1}\u{2}",
    ] {
        let mut booth = Booth::new(Options::default());
        let conn = booth.rig.connect(Door::Qq);
        booth.rig.say(conn, request);
        assert_eq!(booth.hear(conn), b"NULL", "{request:?}");
    }
    let mut booth = Booth::new(Options::default());
    let conn = booth.rig.connect(Door::Qq);
    booth.rig.say(conn, format!("POST / HTTP/1.1\r\nX: {}", "x".repeat(9000)));
    assert_eq!(booth.hear(conn), b"NULL", "a head without end");
    let conn = booth.rig.connect(Door::Qq);
    for _ in 0..8 {
        booth.rig.say(conn, "\r\n".repeat(512));
        assert!(booth.rig.is_open(conn));
    }
    booth.rig.say(conn, "\r\n");
    assert_eq!(booth.hear(conn), b"NULL", "empty lines without end");
}

#[test]
fn who_never_finishes_is_not_waited_for() {
    let mut booth = Booth::new(Options::default());
    let conn = booth.rig.connect(Door::Qq);
    booth.rig.say(conn, "POST / HTTP/1.1\r\n");
    booth.rig.wait(59.0);
    assert!(booth.rig.is_open(conn));
    booth.rig.wait(1.0);
    assert_eq!(booth.hear(conn), b"NULL");
}

proptest::proptest! {
    #[test]
    fn no_octets_do_harm(octets in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let mut booth = Booth::new(Options::default());
        booth.login(DESK);
        let conn = booth.rig.connect(Door::Qq);
        booth.rig.say(conn, &octets);
        booth.begin(&octets);
        for cmd in ["Login", "CLTMSG", "Ack_AddToList", "GetInfo", "Finger"] {
            let head = format!("VER=1.1&CMD={cmd}&SEQ=1&UIN={DESK}&UN=24259132&LV=3&CD=0&MG=").into_bytes();
            booth.begin([head, octets.clone()].concat());
        }
        booth.talk(DESK, &[("Logout", "RES=0")]);
    }
}

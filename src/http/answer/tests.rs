use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Everything a stream of responses says, read in pieces that end at `cuts`, then closed.
fn read(stream: &[u8], cuts: &[usize]) -> Vec<String> {
    let mut answer = Answer::<8>::new();
    let mut seen = Vec::new();
    let mut from = 0;
    let tell = |answer: &Answer<8>| {
        let show = |octets: &[u8]| octets.escape_ascii().to_string();
        let mut line = format!("{} {}", answer.status().unwrap(), show(answer.body()));
        for name in ["LOCATION", "authentication-info", "no colon"] {
            if let Some(value) = answer.header(name) {
                line += &format!(" {name}={}", show(value));
            }
        }
        line
    };
    for to in cuts.iter().copied().chain([stream.len()]) {
        let mut piece = &stream[from..to];
        from = to;
        while !piece.is_empty() {
            let (used, whole) = answer.feed(piece);
            piece = &piece[used..];
            match whole {
                Ok(false) => assert!(piece.is_empty()),
                Ok(true) => {
                    seen.push(tell(&answer));
                    answer.reset();
                }
                Err(fault) => {
                    seen.push(fault.to_string());
                    return seen;
                }
            }
        }
    }
    match answer.closed() {
        Ok(()) => seen.push(tell(&answer)),
        Err(Fault::Nothing) if !seen.is_empty() => {}
        Err(fault) => seen.push(fault.to_string()),
    }
    seen
}

/// Reads the stream whole, in pieces of 1, 2, 3 and 7, and cut anywhere in two places: all must say the same.
fn say(stream: &[u8]) -> Vec<String> {
    let whole = read(stream, &[]);
    for step in [1, 2, 3, 7] {
        let cuts: Vec<usize> = (step..stream.len()).step_by(step).collect();
        assert_eq!(read(stream, &cuts), whole, "pieces of {step}");
    }
    if stream.len() < 400 {
        for first in 0..stream.len() {
            for second in first..stream.len() {
                assert_eq!(read(stream, &[first, second]), whole, "cut at {first} and {second}");
            }
        }
    }
    whole
}

#[test]
fn a_body_ends_by_its_length_or_by_the_close() {
    assert_eq!(say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), ["200 hello"]);
    assert_eq!(say(b"HTTP/1.1 200 OK\r\ncontent-LENGTH:0\r\n\r\n"), ["200 "]);
    assert_eq!(say(b"HTTP/1.0 200\nServer: x\n\nhello"), ["200 hello"]);
    assert_eq!(say(b"HTTP/1.1 404 Pas trouv\xe9\r\n\r\n"), ["404 "]);
    assert_eq!(say(b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n"), ["204 "]);
    assert_eq!(say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), ["200 hello"]);
    // More than is kept.
    assert_eq!(say(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world"), ["200 hello, w"]);
    assert_eq!(say(b"HTTP/1.1 200 OK\r\n\r\nhello, world"), ["200 hello, w"]);
}

#[test]
fn responses_may_follow_each_other_with_line_ends_between() {
    let one = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(say(format!("{one}\r\n{one}\r\n").as_bytes()), ["200 hi", "200 hi"]);
    assert_eq!(say(format!("\n\r\n{one}").as_bytes()), ["200 hi"]);
}

#[test]
fn go_on_and_early_hints_are_passed_over() {
    let stream = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLocation: /no\r\n\r\n\
        HTTP/1.1 302 Found\r\nLocation: /yes\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(say(stream), ["302  LOCATION=/yes"]);
}

#[test]
fn chunks_are_joined() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 3\r\n\r\n";
    assert_eq!(say(format!("{head}3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n").as_bytes()), ["200 hello"]);
    assert_eq!(
        say(format!("{head}0A \r\nhello, wor\r\n00\r\nTrailer: x\r\n\r\n").as_bytes()),
        ["200 hello, w"]
    );
    assert_eq!(say(format!("{head}2\nhi\n0\n\n").as_bytes()), ["200 hi"]);
    for bad in ["\r\n", "x\r\n", ";\r\n", "2\r\nhi!\r\n", "-1\r\n", "1x\r\n"] {
        assert_eq!(say(format!("{head}{bad}").as_bytes()), [Fault::BadChunk.to_string()], "{bad:?}");
    }
    for long in ["100001\r\n", "fffffffffffffffff\r\n"] {
        let mut stream = format!("{head}{long}").into_bytes();
        stream.resize(stream.len() + 0x0010_0001, b'x');
        assert_eq!(read(&stream, &[]), [Fault::BodyTooLong.to_string()]);
    }
}

#[test]
fn headers_are_found_in_any_case_folded_and_among_strangers() {
    let stream =
        b"HTTP/1.1 200 OK\r\nServer: x\r\nno colon\r\n folded stranger\r\nLOCATION : /a\r\n\t/b \r\n  /c\r\n\
        X-Location: no\r\nauthentication-info:a:b\r\nLocation: second\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(say(stream), ["200  LOCATION=/a  \\t/b     /c authentication-info=a:b"]);
}

#[test]
fn strangers_of_any_length_do_no_harm_within_the_head() {
    let cookie = format!("Set-Cookie: {}\r\n", "x".repeat(5000));
    let head = format!("HTTP/1.1 302 Found\r\n{cookie} more\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(say(head.as_bytes()), ["302  LOCATION=/a"]);
    let many = |count| {
        let many = "Set-Cookie: x\r\n".repeat(count);
        say(format!("HTTP/1.1 302 Found\r\n{many}Location: /a\r\nContent-Length: 0\r\n\r\n").as_bytes())
    };
    assert_eq!(many(HTTP_HEADERS_MAX - 2), ["302  LOCATION=/a"]);
    assert_eq!(many(HTTP_HEADERS_MAX - 1), [Fault::TooManyHeaders.to_string()]);
}

#[test]
fn heads_are_bounded() {
    let too_long = [Fault::HeadTooLong(HTTP_HEAD_MAX).to_string()];
    let long = "x".repeat(HTTP_HEAD_MAX);
    assert_eq!(say(format!("{long}x").as_bytes()), too_long);
    assert_eq!(say(format!("HTTP/1.1 200 {long}\r\n\r\n").as_bytes()), too_long);
    assert_eq!(say(format!("HTTP/1.1 200 OK\r\nLocation: {long}\r\n\r\n").as_bytes()), too_long);
    assert_eq!(say(format!("HTTP/1.1 200 OK\r\nLocation: /\r\n {long}\r\n\r\n").as_bytes()), too_long);
    assert_eq!(say(format!("HTTP/1.1 200 OK\r\n{long}\r\n\r\n").as_bytes()), too_long);
    let head = "HTTP/1.1 200 OK\r\nX: \r\n\r\n";
    let most = head.replace("X: ", &format!("X: {}", &long[head.len()..]));
    assert_eq!(say(format!("{most}hi").as_bytes()), ["200 hi"]);
}

#[test]
fn what_is_no_answer_is_told_apart() {
    for (stream, fault) in [
        (&b""[..], Fault::Nothing),
        (b"\r\n", Fault::Nothing),
        (b"HTTP/1.1 200 OK\r\nContent-Le", Fault::CutShort),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", Fault::CutShort),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", Fault::CutShort),
        (b"VER 1 MSNP9\r\n", Fault::NotHttp),
        (b"HTTP/2 200\r\n", Fault::NotHttp),
        (b"HTTP/1.1 20\r\n", Fault::NotHttp),
        (b"HTTP/1.1 099 x\r\n", Fault::NotHttp),
        (b"<html>\r\n", Fault::NotHttp),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", Fault::BadLength),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", Fault::BadLength),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", Fault::BadLength),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n", Fault::BodyTooLong),
    ] {
        assert_eq!(say(stream), [fault.to_string()], "{}", stream.escape_ascii());
    }
}

#[test]
fn a_reset_leaves_nothing_behind() {
    let mut answer = Answer::<8>::new();
    let stream = b"HTTP/1.1 200 OK\r\nAuthentication-Info: secret\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(answer.feed(stream), (stream.len(), Ok(true)));
    answer.reset();
    assert_eq!(
        (answer.status(), answer.header("Authentication-Info"), answer.body()),
        (None, None, &b""[..])
    );
}

proptest! {
    #[test]
    fn any_octets_in_any_pieces_say_the_same(
        parts in proptest::collection::vec(
            prop_oneof![
                Just(b"HTTP/1.1 200 OK\r\n".to_vec()), Just(b"Content-Length: 3\r\n".to_vec()),
                Just(b"Transfer-Encoding: chunked\r\n".to_vec()), Just(b"Location: /\r\n x\r\n".to_vec()),
                Just(b"\r\n".to_vec()), Just(b"2\r\nhi\r\n".to_vec()), Just(b"0\r\n\r\n".to_vec()), any::<Vec<u8>>(),
            ],
            0..10,
        ),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8),
    ) {
        let stream = parts.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(read(&stream, &cuts), read(&stream, &[]));
    }
}

#[test]
fn a_body_is_handed_on_whole_in_any_pieces_of_any_framing() {
    for stream in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world\r\n"[..],
        b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\nhello, world",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
    ] {
        for step in 1..stream.len() {
            let mut answer = Answer::<0>::new();
            let mut body = Vec::new();
            for piece in stream.chunks(step) {
                let (_, read) = answer.feed_to(piece, &mut |octets| body.extend_from_slice(octets));
                read.unwrap();
            }
            answer.closed().unwrap();
            assert_eq!(body, b"hello, world", "pieces of {step}");
            assert!(answer.body().is_empty(), "nothing is kept of it");
        }
    }
}

#[test]
fn what_is_read_of_a_head_has_a_size_of_its_own() {
    let mut answer = Answer::<2, 48>::new();
    let stream = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(answer.feed(stream), (stream.len(), Ok(true)));
    assert_eq!(answer.body(), b"hi");
    answer.reset();
    let stream = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(answer.feed(stream).1, Err(Fault::HeadTooLong(48)));
}

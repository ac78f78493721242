//! What no server may do to the client, whatever it sends: make it panic, hang, grow, or allocate once it is signed in.

mod common;

use common::bench::Bench;
use nudged::link::{Effect, Link, Room};
use nudged::msnp::{Client, Dialect, Event};
use nudged::time::Duration;
use proptest::prelude::*;

const STEPS: [&str; 8] = ["VER", "CVR", "INF", "USR 3", "USR 4", "SYN", "CHG", "nothing is left unanswered"];

/// Octets a server might send: pieces of its words, fields that fit and fields that do not, and noise.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let verb = prop::sample::select(vec![
        "VER", "CVR", "INF", "USR", "XFR", "SYN", "LST", "LSG", "PRP", "BPR", "REA", "BLP", "GTC", "CHG",
        "ILN", "NLN", "FLN", "ADD", "ADC", "REM", "ADG", "RMG", "REG", "RNG", "MSG", "CHL", "QNG", "QRY",
        "NOT", "UBX", "GCF", "OUT", "911", "201", "500", "715",
    ]);
    let field = prop_oneof![
        prop::sample::select(vec![
            "0",
            "1",
            "2",
            "3",
            "4",
            "5",
            "6",
            "7",
            "8",
            "",
            "NS",
            "SB",
            "MD5",
            "TWN",
            "S",
            "I",
            "OK",
            "FL",
            "AL",
            "BL",
            "RL",
            "MSNP9",
            "bob@example.net",
            "10.0.0.1:1863",
            "0",
            "127.0.0.1",
            "CKI",
            "N=a@b",
            "F=x",
            "C=aabbccdd-1111-4222-8333-444455556666",
            "OTH",
            "RCT",
            "MIG",
            "TOU",
            "MFN",
            "%20",
            "4294967295",
            "18446744073709551616",
            "-1",
            "NLN",
            "HDN",
        ])
        .prop_map(|field| field.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    let line = (verb, prop::collection::vec(field, 0..9)).prop_map(|(verb, fields)| {
        let mut line = verb.as_bytes().to_vec();
        for field in fields {
            line.push(b' ');
            line.extend(field);
        }
        line.extend(b"\r\n");
        line
    });
    let piece = prop_oneof![8 => line, 1 => prop::collection::vec(any::<u8>(), 0..200)];
    prop::collection::vec(piece, 1..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_server_says_at_any_step_the_client_goes_on(
        dialect in prop::sample::select(Dialect::ALL.to_vec()),
        step in prop::sample::select(STEPS.to_vec()),
        octets in octets(),
        chunk in 1_usize..2000,
        wait in prop::sample::select(vec![0_u64, 1, 21, 31, 61]),
    ) {
        let mut bench = Bench::new(dialect);
        bench.open();
        bench.serve(step);
        for part in octets.chunks(chunk) {
            bench.octets(part);
        }
        // `wait` itself checks that what is due leads somewhere.
        bench.seconds(wait);
        let told = bench.told();
        let state = told.iter().rfind(|line| line.starts_with("state ")).cloned().unwrap_or_default();
        if state.starts_with("state refused") {
            bench.act(|client, now, sink| client.retry_now(now, sink));
        } else if ["lost", "elsewhere"].iter().any(|word| state.starts_with(&format!("state {word}"))) {
            prop_assert!(bench.until_dialed().is_some(), "{}", state);
        }
        // Wherever it stands, a server in good order gets it signed in again.
        bench.hang_up(nudged::link::Closed::Broken);
        if bench.until_dialed().is_none() {
            bench.act(|client, now, sink| client.retry_now(now, sink));
        }
        bench.said();
        bench.open();
        bench.serve("");
        prop_assert_eq!(bench.told().pop().unwrap_or_default(), "state online");
    }
}

/// Hands octets to the client and takes what it says, as the driver does.
fn turn(client: &mut Client, now: nudged::time::Instant, octets: &[u8], events: &mut u64) {
    let link = Link { room: Room::Notification, number: 1 };
    client.bytes(now, link, octets, &mut |_: Event<'_>| *events += 1);
    while let Some(effect) = client.poll() {
        if let Effect::Transmit { octets, .. } = effect {
            assert!(!octets.is_empty());
        }
    }
}

#[test]
fn once_signed_in_nothing_that_comes_allocates() {
    for dialect in [Dialect::MSNP7, Dialect::MSNP9, Dialect::MSNP12] {
        let mut bench = Bench::online(dialect);
        let message =
            b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsemailnotification\r\n\r\nFrom-Addr: a@b\r\n";
        let head = format!("MSG Hotmail Hotmail {}\r\n", message.len());
        let stream = [
            b"ILN 6 NLN bob@example.net Bob%20B%C3%B6b 0 0\r\nNLN AWY bob@example.net  0\r\nFLN bob@example.net\r\n" as &[u8],
            b"CHL 0 20881396011366812350\r\nQNG 60\r\nADD 0 RL 5 eve@example.net Eve\r\nADC 0 RL N=eve@example.net F=Eve\r\n",
            b"REM 0 RL eve@example.net\r\nUBX bob@example.net 3\r\nabcLST N=bob@example.net F=Bob 3 \r\nZZZ 1 2 3\r\n205 99\r\n",
            head.as_bytes(),
            message,
            b"RNG 1 10.0.0.1:1863 CKI 1 bob@example.net Bob\r\n",
        ]
        .concat();
        let (mut events, mut now) = (0, bench.now);
        let info = allocation_counter::measure(|| {
            for _ in 0..100 {
                now += Duration::from_secs(1);
                for part in stream.chunks(100) {
                    turn(&mut bench.client, now, part, &mut events);
                }
                bench.client.tick(now, &mut |_: Event<'_>| events += 1);
            }
        });
        assert!(events > 500, "{dialect}: {events}");
        assert_eq!(info.count_total, 0, "{dialect}: {info:?}");
    }
}

#[test]
fn a_client_is_as_large_after_a_flood_as_before() {
    let mut bench = Bench::online(Dialect::MSNP9);
    let flood: String = (0..20_000)
        .map(|n| format!("RNG {n} 10.0.0.1:1863 CKI {n} c{n}@example.net C\r\nADD 0 RL {n} c{n}@example.net C\r\nCHL 0 {n}\r\n"))
        .collect();
    let (mut events, now) = (0, bench.now);
    let info = allocation_counter::measure(|| {
        for part in flood.as_bytes().chunks(nudged::limits::READ_CHUNK) {
            turn(&mut bench.client, now, part, &mut events);
        }
    });
    assert!(events >= 20_000, "{events}");
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn the_size_of_a_client_is_known() {
    // Four switchboards, two chunked messages and the notification link, each with its line, payload and outbox.
    let size = std::mem::size_of::<Client>();
    assert!(size < 64 * 1024, "{size} octets");
}

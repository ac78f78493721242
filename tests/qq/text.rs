//! What is typed in one client arrives at another as it was typed, the whole way over both readings of the documents; any
//! split of any answer is the same answer; and no octets do harm.

use std::fmt::Write as _;

use nudged::emulator::Accounts;
use nudged::emulator::qq::Options;
use nudged::link::{Closed, Effect};
use nudged::presence::{LinkState, Status};
use nudged::qq::{Client, Edit, Outcome, Settings, Uin};
use nudged::time::{Duration, Instant};
use proptest::prelude::*;

use crate::world::*;

/// Two desks that know each other, the second of which is a friend's.
fn two() -> World {
    let mut world = World::online();
    world.begin(settings(WEI));
    world.run(2 * SECOND);
    assert_eq!(world.desks[1].state, LinkState::Online);
    world
}

/// What can't get through: controls but line ends and tabs are dropped where they arrive, and a person's own `%2c` is
/// nothing else than an escaped comma.
fn expected(text: &str) -> String {
    let text = text.replace("%2c", ",").replace("%2C", ",");
    text.chars().filter(|c| !c.is_ascii_control() || matches!(c, '\r' | '\n' | '\t')).collect()
}

/// Likewise, of a text that its server cuts into pieces, each of which is escaped on its own.
fn expected_in_pieces(text: &str) -> String {
    let mut octets = Vec::new();
    for piece in text.as_bytes().chunks(400) {
        let mut rest = piece;
        while let [first, tail @ ..] = rest {
            let is_comma = rest.len() > 2 && rest[..3].eq_ignore_ascii_case(b"%2c");
            octets.push(if is_comma { b',' } else { *first });
            rest = if is_comma { &rest[3..] } else { tail };
        }
    }
    octets.retain(|octet| !octet.is_ascii_control() || matches!(octet, b'\r' | b'\n' | b'\t'));
    String::from_utf8(octets).unwrap()
}

/// Pieces a text is made of: everything that means something on the way, and everything else.
fn words(longest: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "\\PC{1,6}",
        1 => any::<char>().prop_map(String::from),
        2 => prop::sample::select(vec![
            ",", "%", "&", "=", "+", "\r\n", "\n", "\t", " ", "  ", "%2c", "%252c", "%252C", "%25", "%0a", "&MG=", ",&",
            "\0", "\x1b[2J", "你好", "😀", "é", "\u{202e}", "%%2c", "%2", "%",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec(piece, 1..longest / 6).prop_map(move |pieces| {
        let mut text = pieces.concat();
        while text.len() > longest {
            text.pop();
        }
        text
    })
}

/// Sends a text from the first desk to the second. What arrived, message by message.
fn sent(text: &str) -> Vec<String> {
    let mut world = two();
    world.send(0, 1, WEI, text);
    world.run(30 * SECOND);
    assert_eq!(world.desks[0].outcome(1), Some(Outcome::Delivered), "{text:?}: {:?}", world.desks[0].told);
    assert!(world.desks[1].heard.iter().all(|(from, _)| *from == DESK));
    world.desks[1].heard.iter().map(|(_, text)| text.clone()).collect()
}

#[test]
fn a_text_that_is_cut_between_its_characters_arrives_in_two_messages() {
    for head in 392..=400 {
        let mut text = "a".repeat(head);
        while text.len() + 3 <= 400 {
            text.push('你');
        }
        let arrived = sent(&text);
        assert_eq!(arrived.concat(), text, "{head}");
        assert_eq!(arrived.len(), if text.len() > 399 { 2 } else { 1 }, "{head}");
    }
}

#[test]
fn what_is_not_one_to_four_hundred_octets_is_not_sent_at_all() {
    let mut world = two();
    for (ticket, text) in [(1, String::new()), (2, "你".repeat(134))] {
        world.send(0, ticket, WEI, &text);
        assert_eq!(world.desks[0].outcome(ticket), Some(Outcome::Failed));
    }
    world.run(MINUTE);
    assert!(world.desks[0].asked("CLTMSG").is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn what_one_types_another_reads(text in words(399)) {
        let arrived = sent(&text);
        prop_assert_eq!(arrived, [expected(&text)]);
    }

    #[test]
    fn what_is_too_long_for_one_message_is_read_in_two(text in words(360), tail in "[你好😀é&,]{0,14}") {
        let mut text = text + &tail;
        while text.len() > 400 {
            text.pop();
        }
        while text.len() < 400 {
            text.push('+');
        }
        // An escape or a line end that the cut goes through is put together by nobody.
        let cut = (0..=398).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let parts: Vec<String> = [&text[..cut], &text[cut..]].map(expected).into_iter().filter(|part| !part.is_empty()).collect();
        let arrived: Vec<String> = sent(&text).into_iter().filter(|part| !part.is_empty()).collect();
        prop_assert_eq!(arrived, parts);
    }

    #[test]
    fn what_a_friend_writes_at_any_length_is_put_together(text in words(1200)) {
        // Of a piece with somebody's own `%2c` the length is not known exactly, so a blank ends it in any case.
        let own_comma = |piece: &[u8]| piece.windows(3).any(|at| at.eq_ignore_ascii_case(b"%2c"));
        prop_assume!(!text.as_bytes().chunks(400).any(|piece| piece.len() == 400 && piece.ends_with(b" ") && own_comma(piece)));
        let mut world = World::online();
        world.says(LEI, &text);
        world.run(30 * SECOND);
        let heard: Vec<&str> = world.desks[0].heard.iter().map(|(_, text)| text.as_str()).collect();
        prop_assert_eq!(heard, [expected_in_pieces(&text)]);
    }

    #[test]
    fn names_and_words_of_friendship_arrive_as_they_were_written(name in words(60), why in words(150)) {
        prop_assume!(!expected(&name).trim().is_empty() && !expected(&why).trim().is_empty());
        let quoted = |text: &str| text.chars().fold(String::new(), |mut quoted, c| {
            let _ = write!(quoted, "\\U{:08X}", u32::from(c));
            quoted
        });
        let accounts = format!(
            "[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = [{WEI}]\n\
             [[qq]]\nuin = {WEI}\npassword = \"weicheng\"\nname = \"{}\"\n", quoted(&name)
        );
        let options = Options { ack_twice: false, ..Options::default() };
        let mut world = World::with(Accounts::parse(&accounts).unwrap(), options);
        world.begin(settings(WEI));
        world.begin(settings(DESK));
        world.run(2 * SECOND);
        let told = world.desks[1].told_of("is online").join("");
        prop_assert!(told.contains(&expected(&name)), "{told:?} {name:?}");
        world.edit(0, 1, Edit::Ask(Uin::new(DESK).unwrap(), &why));
        world.run(20 * SECOND);
        let told = world.desks[1].told_of("Asked").join("");
        prop_assert!(told.contains(expected(&why).trim_end()), "{told:?} {why:?}");
    }
}

// ---- Splits ----

/// No answer of such a day is longer.
const LONGEST: usize = 1300;

/// A sign-in, mail of every kind, a reply and a question, with every answer handed over in these pieces.
fn day(piece: usize, split: Option<usize>) -> Vec<String> {
    let mut world = World::new();
    (world.piece, world.split) = (piece, split);
    world.sign_in(WEI);
    world.sign_in(TAO);
    world.begin(Settings { status: Status::Busy, ..settings(DESK) });
    world.run(2 * SECOND);
    world.asks(WEI, "Change_Stat&ST=30");
    world.says(WEI, "你好, 50%&x=1+1\r\n");
    world.says(LEI, &"很长".repeat(140));
    world.asks(TAO, "Ack_AddToList&UN=29501213&CD=2&RS=x");
    world.asks(TAO, "Ack_AddToList&UN=29501213&CD=2&RS=我是林涛");
    world.send(0, 1, WEI, "好的, a&b=c");
    world.edit(0, 2, Edit::Find(Uin::new(LEI).unwrap(), 3));
    world.run(30 * SECOND);
    assert!(world.longest < LONGEST);
    world.desks[0].story.told.drain(..).map(|(at, line)| format!("{at} {line}")).collect()
}

#[test]
fn any_split_of_every_answer_tells_the_same_at_the_same_time() {
    let whole = day(usize::MAX, None);
    assert!(
        whole.iter().any(|line| line.contains("很长")) && whole.iter().any(|line| line.contains("我是林涛"))
    );
    for size in (1..60).chain([100, 200, 500]) {
        assert_eq!(day(size, None), whole, "pieces of {size}");
    }
    for at in 1..LONGEST {
        assert_eq!(day(usize::MAX, Some(at)), whole, "cut at {at}");
    }
}

// ---- Octets of any kind ----

/// Something like an answer, and something not like one.
fn answer() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        2 => any::<Vec<u8>>(),
        6 => prop::sample::select(vec![
            "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 502 Bad Gateway\r\n", "\r\n", "\r\n\r\n",
            "Content-Length: 70\r\n", "Content-Length: 99999999999999999999\r\n", "Content-Length: 0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n", "7fffffffffffffff\r\n", "A: B\r\n", "VER=1.1&CMD=GETMSGEX&SEQ=-1&",
            "CMD=LOGIN&SEQ=-1&RES=0&RS=0&HI=0&LI=0", "CMD=LIST&SEQ=-1&RES=0&FN=0&SN=9&UN=1,2,", "RES=20", "RES=0&",
            "CMD=QUERY_STAT&SEQ=-1&RES=0&FN=0&UN=3,3,3,&ST=10,&NK=", "MN=3&MT=9,9,99,&UN=1,1,1,&MG=", ",,,,,,,,", "%252c%",
            "你", "\0\0\0\0", "CMD=CLTMSG&SEQ=-1&RES=3",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        1 => (any::<u8>(), 1_usize..70_000).prop_map(|(octet, count)| vec![octet; count]),
    ];
    prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat())
}

/// A server that answers nothing but such octets, for a while. How the client stands, and the octets it holds.
fn heap_after(answers: &[Vec<u8>], cut: usize) -> (usize, i64) {
    let mut client = Client::new(settings(DESK), 3);
    let mut connections = 0;
    let info = allocation_counter::measure(|| {
        let mut now = Instant::START;
        client.start(now, &mut |_| {});
        for octets in answers.iter().cycle().take(answers.len() * 4) {
            let mut link = None;
            while let Some(effect) = client.poll() {
                if let Effect::Connect { link: new, .. } = effect {
                    (link, connections) = (Some(new), connections + 1);
                }
            }
            let Some(link) = link else {
                let Some(at) = client.wake_at() else { break };
                now = at.max(now);
                client.tick(now, &mut |_| {});
                continue;
            };
            client.connected(now, link, &mut |_| {});
            while client.poll().is_some() {}
            for piece in octets.chunks(cut) {
                client.bytes(now, link, piece, &mut |_| {});
            }
            now += Duration::from_millis(50);
            client.closed(now, link, Closed::ByPeer, 200, &mut |_| {});
            client.send(now, 1, "qq:24259132", nudged::qq::Say::Text("hi"), &mut |_| {});
        }
    });
    (connections, info.bytes_current)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_octets_for_answers_hang_it_or_make_it_grow(
        answers in prop::collection::vec(answer(), 1..12), cut in 1_usize..2000
    ) {
        let (connections, octets) = heap_after(&answers, cut);
        prop_assert!(connections >= 1);
        // One answer of the greatest length, and the friends it may have named.
        prop_assert!(octets <= 2 * 64 * 1024 + 16 * 1024, "{octets} octets held");
    }
}

#[test]
fn a_server_that_floods_is_held_to_one_answers_room() {
    let head = b"HTTP/1.1 200 OK\r\n\r\nVER=1.1&CMD=LOGIN&SEQ=-1&UIN=29501213&RES=0&".to_vec();
    for octet in [b'A', b',', b'&', b'\r', b'\n', 0] {
        let flood = [head.clone(), vec![octet; 4 << 20]].concat();
        let (connections, octets) = heap_after(&[flood], 4096);
        assert!(connections >= 1 && octets <= 80 * 1024, "{octet}: {octets} octets held");
    }
}

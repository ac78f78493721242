//! Who comes and goes, who is left, and whose conversation makes room for another.

use super::*;

#[test]
fn when_everybody_has_left_we_leave() {
    for bye in ["BYE deadxxx@hotmail.com\r\n", "BYE deadxxx@hotmail.com 1\r\n", "BYE DEADXXX@hotmail.com\r\n"]
    {
        let mut desk = Desk::new();
        desk.answer(FRIEND, link(0, 1));
        desk.bytes(link(0, 1), "JOI eve@x Eve\r\nBYE nobody@x\r\nBYE eve@x\r\n");
        desk.done();
        assert_eq!(desk.in_use(), 1);
        desk.bytes(link(0, 1), format!("{bye}JOI late@x L\r\n"));
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
    }
}

#[test]
fn a_server_that_says_out_or_nonsense_is_left() {
    for end in ["OUT\r\n", "OUT SSD\r\n", "MSG a b huge\r\n", "MSG a b 4294967296\r\n"] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.call(link(0, 1));
        desk.done();
        desk.bytes(link(0, 1), end);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"], "{end}");
        assert!(desk.heard()[1].starts_with("1 unsure"), "{end}");
    }
}

#[test]
fn noise_is_passed_over() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let noise = "QNG\r\nQNG 60\r\nQRY 1\r\nXYZ 1 2\r\nNOT 7\r\nOUT\r\n\r\nUBX a@x 3\r\nabc205 21\r\n911\r\nIRO\r\nJOI\r\nBYE\r\n\
                 USR\r\nCAL\r\nANS\r\nCHL\r\nJOI  \r\n\r\n\n";
    desk.bytes(link(0, 1), noise);
    desk.bytes(link(0, 1), [b"ZZZ ".as_slice(), &[b'x'; 5000], b"\r\n"].concat());
    desk.bytes(link(0, 1), msg(FRIEND, &plain("still here")));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): still here"]);
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn the_newest_conversation_with_a_person_wins() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.wait(SECOND);
    desk.answer(FRIEND, link(1, 1));
    let done = desk.done();
    assert_eq!(&done[2..], [r"0.1 > OUT\r\n", "0.1 close"], "the older one is left: {done:?}");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.done()[0].starts_with("1.1 > MSG 2 A 69"));
}

#[test]
fn an_older_conversation_is_kept_while_a_message_is_in_the_air_there() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, FRIEND, Say::Nudge);
    desk.answer(FRIEND, link(1, 1));
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_second_ring_of_the_same_person_takes_the_place_of_the_first() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    assert_eq!(desk.done(), ["0.1 connect 64.4.13.74:1863"]);
    desk.ring(FRIEND, "2");
    assert_eq!(desk.done(), ["0.1 close", "0.2 connect 64.4.13.74:1863"]);
    desk.connected(link(0, 1));
    assert_eq!(desk.done(), [""; 0], "the first one's link is not ours any more");
    desk.connected(link(0, 2));
    assert_eq!(desk.done(), [r"0.2 > ANS 1 venky_dude@hotmail.com 989495494.750408580 2\r\n"]);
}

#[test]
fn rings_between_two_polls_leave_no_link_behind() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.held = true;
    desk.bytes(link(0, 1), format!("BYE {FRIEND}\r\n"));
    desk.ring("eve@x", "1");
    desk.held = false;
    desk.ring("eve@x", "2");
    assert_eq!(
        desk.done(),
        [r"0.1 > OUT\r\n", "0.1 close", "0.3 connect 64.4.13.74:1863"],
        "the second link was never asked for, so nobody closes it"
    );
}

#[test]
fn what_a_dead_link_still_says_is_not_heard() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), "MSG half@x Half 1000\r\na command");
    desk.closed(link(0, 1), 60);
    desk.answer("eve@x", link(0, 2));
    desk.done();
    let hello = msg(FRIEND, &plain("hi"));
    for stale in [link(0, 1), link(0, 3), link(3, 0), link(9, 2)] {
        desk.bytes(stale, &hello);
        desk.bytes(stale, "OUT\r\n");
        desk.connected(stale);
        desk.closed(stale, 0);
    }
    let other = Link { room: Room::Notification, number: 2 };
    desk.bytes(other, &hello);
    assert_eq!((desk.heard(), desk.done(), desk.in_use()), (Vec::new(), Vec::new(), 1));
    desk.bytes(link(0, 2), &hello);
    assert_eq!(
        desk.heard(),
        ["deadxxx@hotmail.com (Bob): hi"],
        "half a command of the old link is forgotten"
    );
}

#[test]
fn a_flood_of_rings_is_answered_once_a_second_in_four_places() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    let mut connects = 0;
    for n in 0..10_000_u32 {
        if n % 1000 == 0 {
            desk.wait(SECOND);
        }
        desk.ring(&format!("eve{n}@x"), "1");
        connects += desk.done().iter().filter(|line| line.contains("connect")).count();
        assert!(desk.in_use() <= SWITCHBOARDS_MAX);
    }
    assert!((10..=13).contains(&connects), "{connects} in ten seconds");
    // Rings that come to nothing make room for each other; the conversation is untouched.
    desk.say(1, FRIEND, Say::Nudge);
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_further_ring_displaces_the_conversation_idle_longest_and_never_one_in_use() {
    let mut desk = Desk::new();
    for place in 0..4 {
        desk.answer(&format!("u{place}@x"), link(place, 1));
        desk.wait(SECOND * 2);
    }
    desk.done();
    desk.ring("eve@x", "1");
    assert_eq!(desk.done(), [""; 0], "all were in use within the last ten seconds");
    desk.wait(SECOND * 8);
    desk.bytes(link(0, 1), msg("u0@x", &plain("hi")));
    desk.ring("eve@x", "1");
    assert_eq!(desk.done(), [r"1.1 > OUT\r\n", "1.1 close", "1.2 connect 64.4.13.74:1863"]);
}

#[test]
fn a_person_at_the_button_gets_a_place_in_a_full_pool() {
    let mut desk = Desk::new();
    for place in 0..4 {
        desk.answer(&format!("u{place}@x"), link(place, 1));
        desk.wait(SECOND);
    }
    desk.say(1, "u0@x", Say::Nudge);
    desk.wait(SECOND);
    for place in [2, 3, 1] {
        desk.bytes(link(place, 1), msg("u@x", &plain("hi")));
        desk.wait(SECOND);
    }
    desk.done();
    desk.say(2, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.grant();
    // u0's was used least lately, but a message is in the air there; u2's goes.
    assert_eq!(desk.done(), [r"2.1 > OUT\r\n", "2.1 close", "2.2 connect 64.4.13.88:1863"]);
}

#[test]
fn unusable_invitations_and_transfers_are_declined() {
    let mut desk = Desk::new();
    let long = [b'x'; 129];
    let good = endpoint("h:1863");
    let no_port = Endpoint { port: 0, ..good.clone() };
    let cases: [(&[u8], &Endpoint, &[u8], &str); 6] = [
        (b"1", &no_port, b"k", FRIEND),
        (&long, &good, b"k", FRIEND),
        (b"", &good, b"k", FRIEND),
        (b"1", &good, &long, FRIEND),
        (b"1", &good, b"", FRIEND),
        (b"1", &good, b"k", core::str::from_utf8(&[b'a'; 130]).unwrap()),
    ];
    for (session, at, key, account) in cases {
        desk.boards.ring(desk.now, Invitation { session, at: at.clone(), key, account, name: "" });
        assert_eq!(desk.in_use(), 0);
    }
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.boards.transfer_granted(desk.now, no_port, b"k", &mut |event| desk.heard.push(line_of(event)));
    assert_eq!(desk.heard(), ["1 sending", "1 failed: the server named no usable switchboard"]);
}

#[test]
fn conversations_outlive_a_new_sign_in() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.boards.sign_in(ME, Dialect::MSNP7);
    assert!(desk.boards.wants_transfer(), "the new server was not asked yet");
    desk.bytes(link(0, 1), msg(FRIEND, &plain("hi")));
    assert_eq!(desk.heard(), ["1 sending", "deadxxx@hotmail.com (Bob): hi"]);
}

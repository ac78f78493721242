//! Nothing grows, nothing hangs, and every message ends exactly once, whatever happens.

use proptest::prelude::*;

use super::*;

#[test]
fn all_of_it_stays_small() {
    assert!(size_of::<Switchboards>() <= 40 * 1024, "{} octets", size_of::<Switchboards>());
}

/// Anything that can happen to switchboards.
#[derive(Clone, Debug)]
enum Happening {
    Say(u8, bool),
    Ring(u8),
    Grant,
    Refuse(Option<u16>),
    Connected(u8),
    Bytes(u8, Vec<u8>),
    Closed(u8, u16),
    Wait(u32),
    Hold,
    Poll,
}

fn happenings() -> impl Strategy<Value = Happening> {
    let place = 0..5_u8;
    let words = prop_oneof![
        Just("USR 1 OK a b\r\n".to_string()),
        Just("CAL 2 RINGING 1\r\n".to_string()),
        (0..3_u8).prop_map(|who| format!("JOI u{who}@x U\r\n")),
        (0..3_u8).prop_map(|who| format!("BYE u{who}@x\r\n")),
        (0..3_u8).prop_map(|who| format!("IRO 1 1 1 u{who}@x U\r\nANS 1 OK\r\n")),
        (0..9_u8).prop_map(|trid| format!("ACK {trid}\r\n")),
        (0..9_u8).prop_map(|trid| format!("NAK {trid}\r\n")),
        (200..999_u16, 0..5_u8).prop_map(|(code, trid)| format!("{code} {trid}\r\n")),
        Just(msg("u1@x", OFFER)),
        Just("CHL 0 123\r\nPNG\r\n".to_string()),
        Just(format!("MSG a b {}\r\n", PAYLOAD_MAX + 1)),
        "\\PC{0,40}",
    ];
    let octets = prop_oneof![
        4 => proptest::collection::vec(words, 1..6).prop_map(|words| words.concat().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ];
    prop_oneof![
        (0..3_u8, any::<bool>()).prop_map(|(who, nudge)| Happening::Say(who, nudge)),
        (0..3_u8).prop_map(Happening::Ring),
        Just(Happening::Grant),
        proptest::option::of(200..999_u16).prop_map(Happening::Refuse),
        place.clone().prop_map(Happening::Connected),
        (place.clone(), octets.clone()).prop_map(|(place, octets)| Happening::Bytes(place, octets)),
        (place.clone(), octets).prop_map(|(place, octets)| Happening::Bytes(place, octets)),
        (place, any::<u16>()).prop_map(|(place, written)| Happening::Closed(place, written % 400)),
        (0..40_000_u32).prop_map(Happening::Wait),
        Just(Happening::Hold),
        Just(Happening::Poll),
    ]
}

/// The newest link of a place.
fn newest(desk: &Desk, place: u8) -> Link {
    desk.boards.places.get(usize::from(place)).map_or(link(place, 1), |place| place.conversation.link())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_message_ends_exactly_once(story in proptest::collection::vec(happenings(), 0..60)) {
        let mut desk = Desk::speaking(Dialect::MSNP9);
        let mut tickets = 0;
        let mut open = std::collections::BTreeSet::new();
        for happening in story {
            match happening {
                Happening::Say(who, nudge) => {
                    tickets += 1;
                    let say = if nudge { Say::Nudge } else { Say::Text("hello") };
                    desk.say(tickets, &format!("u{who}@x"), say);
                }
                Happening::Ring(who) => desk.ring(&format!("u{who}@x"), "1"),
                Happening::Grant if desk.boards.wants_transfer() => desk.grant(),
                Happening::Grant => {}
                Happening::Refuse(code) if desk.boards.wants_transfer() => desk.refuse(code),
                Happening::Refuse(_) => {}
                Happening::Connected(place) => desk.connected(newest(&desk, place)),
                Happening::Bytes(place, octets) => desk.bytes(newest(&desk, place), octets),
                Happening::Closed(place, written) => desk.closed(newest(&desk, place), written.into()),
                Happening::Wait(ms) => desk.wait(Duration::from_millis(ms.into())),
                Happening::Hold => desk.held = true,
                Happening::Poll => desk.held = false,
            }
            desk.poll();
            for line in desk.done() {
                let link = line.split(' ').next().unwrap().to_string();
                if line.contains(" connect ") {
                    prop_assert!(open.insert(link), "connected twice");
                } else if line.ends_with(" close") {
                    prop_assert!(open.remove(&link), "closed what was not open: {}", line);
                } else {
                    prop_assert!(open.contains(&link), "spoke to a link it never opened: {}", line);
                }
            }
            prop_assert!(desk.in_use() <= SWITCHBOARDS_MAX);
        }
        // With no help from anybody, everything comes to its end.
        desk.wait(SECOND * 1000);
        prop_assert_eq!(desk.boards.wake_at(), None);
        prop_assert_eq!(desk.in_use(), 0);
        for ticket in 1..=tickets {
            let mine: Vec<_> = desk.heard.iter().filter(|line| line.starts_with(&format!("{ticket} "))).collect();
            let ends = mine.iter().filter(|line| !line.ends_with("sending")).count();
            prop_assert_eq!(ends, 1, "{:?}", mine);
            prop_assert!(mine.len() == 1 || mine[0].ends_with("sending"));
        }
    }

    #[test]
    fn any_octets_on_any_switchboard_are_survived(
        pieces in proptest::collection::vec((0..4_u8, proptest::collection::vec(any::<u8>(), 0..300)), 0..40),
    ) {
        let mut desk = Desk::speaking(Dialect::MSNP12);
        for place in 0..4 {
            desk.answer(&format!("u{place}@x"), link(place, 1));
            desk.wait(SECOND);
        }
        for (place, octets) in pieces {
            desk.bytes(newest(&desk, place), octets);
            let _ = desk.done();
        }
        desk.wait(SECOND * 400);
        prop_assert_eq!(desk.in_use(), 0, "nobody stays for ever");
    }
}

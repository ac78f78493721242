//! Properties: whatever happens in whatever order.

use super::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Wait(u64),
    Text(usize),
    Nudge(usize),
    Edge(u8, bool),
    Delivery(u32, usize),
    Link(usize),
    Presence(usize, usize),
    Typing(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => prop_oneof![0_u64..100, 0_u64..800, 0_u64..3000, 50_000_u64..70_000].prop_map(Step::Wait),
        3 => (0_usize..3).prop_map(Step::Text),
        1 => (0_usize..3).prop_map(Step::Nudge),
        8 => (0_u8..4, any::<bool>()).prop_map(|(index, pressed)| Step::Edge(index, pressed)),
        2 => (0_u32..12, 0_usize..4).prop_map(|(ticket, outcome)| Step::Delivery(ticket, outcome)),
        1 => (0_usize..8).prop_map(Step::Link),
        1 => (0_usize..3, 0_usize..8).prop_map(|(who, what)| Step::Presence(who, what)),
        1 => (0_usize..3).prop_map(Step::Typing),
    ];
    proptest::collection::vec(step, 0..80)
}

const WHO: [(&str, &str); 3] = [(BOB, "Bob"), (AMY, "Amy"), (CAT, "wei")];

fn play(bench: &mut Bench, steps: &[Step], links: bool) -> Vec<u64> {
    let mut presses = vec![];
    for step in steps {
        match *step {
            Step::Wait(ms) => bench.wait(ms),
            Step::Text(who) => bench.text(WHO[who].0, "hi"),
            Step::Nudge(who) => bench.msn(Event::Message { from: WHO[who].0, name: "", body: Body::Nudge }),
            Step::Typing(who) => bench.msn(Event::Message { from: WHO[who].0, name: "", body: Body::Typing }),
            Step::Edge(index, pressed) => {
                if pressed {
                    presses.push(bench.now);
                }
                bench.edge(index, pressed);
                bench.wait(55);
            }
            Step::Delivery(ticket, outcome) => {
                let all = [Outcome::Sending, Outcome::Delivered, Outcome::Failed, Outcome::Unsure];
                bench.delivery(ticket, all[outcome], "because");
            }
            Step::Link(state) if links => bench.link(
                [
                    LinkState::Connecting,
                    LinkState::SigningIn,
                    LinkState::Online,
                    LinkState::Stale,
                    LinkState::Lost,
                    LinkState::Elsewhere,
                    LinkState::Refused,
                    LinkState::Online,
                ][state],
            ),
            Step::Link(_) => {}
            Step::Presence(who, what) => bench.msn(Event::Presence {
                account: WHO[who].0,
                presence: [
                    Presence::Online,
                    Presence::Away,
                    Presence::Busy,
                    Presence::Idle,
                    Presence::Brb,
                    Presence::Phone,
                    Presence::Lunch,
                    Presence::Offline,
                ][what],
                name: None,
                initial: false,
            }),
        }
    }
    bench.wait(20_000);
    presses
}

/// Whose name a screen shows, read as a person would.
fn name_on(screen: &Screen) -> Option<&str> {
    let first = screen.rows.first()?;
    let name = match screen.layout {
        Layout::Message => first.split("  ").next()?,
        Layout::Menu | Layout::Notice => first.strip_prefix("To: ")?,
        Layout::List | Layout::Card => return None,
    };
    WHO.iter().map(|who| who.1).find(|who| *who == name)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Judged from the outside: for everything sent there was a press such that the recipient's name, and no other,
    /// was on the display from 300 ms before the press until the sending.
    #[test]
    fn nothing_is_ever_sent_to_anybody_but_the_person_shown(steps in steps()) {
        let mut settings = settings();
        settings.buttons.push(button("fourth", Action::Reply(0), Some(Action::Nudge), Action::Reply(1)));
        let mut bench = Bench::online_with(settings);
        let presses = play(&mut bench, &steps, false);
        for (sent_at, _, to, _) in &bench.sent {
            let name = WHO.iter().find(|who| who.0 == to).unwrap().1;
            let shown_since = |from: u64| {
                let during = bench.frames.iter().enumerate().filter(|(index, (at, _))| {
                    let ended = bench.frames.get(index + 1).map_or(u64::MAX, |next| next.0);
                    *at < *sent_at && ended > from
                });
                during.into_iter().all(|(_, (_, frame))| name_on(&frame.screen) == Some(name))
            };
            let meant = presses.iter().any(|press| press < sent_at && shown_since(press.saturating_sub(299)));
            prop_assert!(meant, "sent to {to} at {sent_at}, pressed at {presses:?}");
        }
    }

    /// A light of a contact shows the link's look and nothing else while the link is down, and never panics.
    #[test]
    fn no_colour_outlives_its_link_and_every_notice_adds_up(steps in steps()) {
        let mut bench = Bench::online();
        let mut state = LinkState::Online;
        let mut unread: std::collections::BTreeMap<String, u16> = std::collections::BTreeMap::new();
        for step in &steps {
            play_one(&mut bench, *step);
            for notice in bench.notices.drain(..) {
                match notice {
                    Notice::Link { state: new, .. } => state = new,
                    Notice::Waiting { from, unread: count } => { unread.insert(from.to_string(), count); }
                    _ => {}
                }
            }
            let frame = bench.frame();
            prop_assert_eq!(frame.leds[2], MSN.of_link(state));
            if state != LinkState::Online {
                prop_assert_eq!(frame.leds[0], MSN.of_link(state));
                prop_assert_eq!(frame.leds[1], MSN.of_link(state));
            }
            let latched: u16 = bench.state.latch.iter().map(|row| row.unread).sum();
            prop_assert_eq!(unread.values().sum::<u16>(), latched);
            if state == LinkState::Online && bench.state.shots.is_empty() {
                prop_assert_eq!(frame.leds[1].rhythm == Rhythm::DoubleBlink, latched > 0);
            }
        }
    }
}

fn play_one(bench: &mut Bench, step: Step) {
    let now = bench.now;
    match step {
        Step::Wait(ms) => bench.wait(ms),
        Step::Edge(index, pressed) => {
            bench.edge(index, pressed);
            bench.wait(55);
        }
        Step::Text(who) => bench.text(WHO[who].0, "hi"),
        Step::Nudge(who) => bench.msn(Event::Message { from: WHO[who].0, name: "", body: Body::Nudge }),
        Step::Typing(who) => bench.msn(Event::Message { from: WHO[who].0, name: "", body: Body::Typing }),
        Step::Delivery(ticket, outcome) => {
            let all = [Outcome::Sending, Outcome::Delivered, Outcome::Failed, Outcome::Unsure];
            bench.delivery(ticket, all[outcome], "because");
        }
        _ => {
            play(bench, &[step], true);
        }
    }
    assert!(bench.now >= now);
}

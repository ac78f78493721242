//! MSN and QQ on one desk, on virtual time: neither delays the other, whatever becomes of it.

use nudged::emulator::Fault;
use nudged::emulator::qq::{Act, Person, Scene, Script, State};
use nudged::presence::{LinkState, Presence};

use crate::desk::*;
use crate::world::*;

/// Wei's day: `acts` at these seconds.
fn wei(acts: &[(u64, Act)]) -> Script {
    let at = std::time::Duration::from_secs;
    let scenes = acts.iter().map(|(second, act)| Scene { at: at(*second), who: 0, act: act.clone() });
    let answers = (1..=500).map(|number| format!("好的 {number}")).collect();
    Script {
        desk: DESK_UIN,
        people: vec![Person { uin: WEI_UIN, password: "weicheng".into(), answers }],
        scenes: scenes.collect(),
        length: at(366 * 86_400),
    }
}

fn says(words: &str) -> Act {
    Act::Say(words.into())
}

/// Bob and Wei are there, and the desk is signed in to both.
fn on_both(acts: &[(u64, Act)]) -> World {
    let mut world = World::with_qq(wei(acts));
    world.invite(BOB, "builder");
    world.begin(settings_of_both(account(9)), None);
    let both = |world: &World| {
        let it = &world.desks[0];
        it.link == LinkState::Online && it.qq == Some(LinkState::Online)
    };
    let online = world.run_until(10 * SECOND, both);
    world.must(online, "both networks are online within ten seconds");
    world
}

#[test]
fn friends_of_both_networks_are_seen_read_and_answered() {
    let mut world = on_both(&[
        (0, Act::SignIn(State::Online)),
        (60, Act::Status(State::Busy)),
        (100, says("在吗，朋友？")),
    ]);
    world.run(30 * SECOND);
    assert_eq!(world.desks[0].claimed(BOBS), Some(Presence::Online));
    assert_eq!(world.desks[0].claimed(WEIS), Some(Presence::Online));
    world.run(50 * SECOND);
    assert_eq!(world.desks[0].claimed(WEIS), Some(Presence::Busy));
    let came = world
        .run_until(60 * SECOND, |world| world.desks[0].messages.contains_key("qq:24259132: 在吗，朋友？"));
    world.must(came, "Wei's words came");
    assert_eq!(world.desks[0].led(WEIS), LOOKS.waiting);
    assert_eq!(world.desks[0].rows()[..2], ["微程", "在吗，朋友？"]);
    world.run(SECOND);
    world.press(0, REPLY, CLICK);
    world.run(20 * SECOND);
    assert_eq!(world.desks[0].qq_replies["Yes"].delivered, 1);
    world.must(world.desks[0].messages.contains_key("qq:24259132: 好的 1"), "Wei read it, and answered");
    world.says(0, "hi");
    world.run(5 * SECOND);
    world.press(0, REPLY + 1, CLICK);
    world.run(20 * SECOND);
    assert_eq!(world.desks[0].replies["No"].delivered, 1);
    assert_eq!(world.guests[0].heard, ["No"]);
}

/// What MSN did in twenty minutes, with a QQ server that is well or not: every moment something left for the notification
/// server, and every moment Bob's light changed.
fn msn_beside(fault: Option<&str>) -> (Vec<u64>, Vec<(u64, Presence)>) {
    let mut world = on_both(&[(0, Act::SignIn(State::Online))]);
    world.title = format!("{fault:?}");
    let settle = 30 * SECOND - world.now;
    world.run(settle);
    if let Some(fault) = fault {
        world.fault(fault);
    }
    let (mut lights, mut pings) = (Vec::new(), Vec::new());
    let states = ["BSY", "NLN", "AWY", "LUN", "NLN"];
    for round in 0..240 {
        if round % 20 == 0 {
            world.guest(0, |bob, next| bob.be(states[round / 20 % states.len()], next));
        }
        let before = world.now;
        let until = before + 5 * SECOND;
        while world.now < until {
            let pinged = world.logged(&["> PNG"]);
            let claimed = world.desks[0].claimed(BOBS);
            let left = until - world.now;
            world.run_until(left, |world| {
                world.logged(&["> PNG"]) > pinged || world.desks[0].claimed(BOBS) != claimed
            });
            if world.logged(&["> PNG"]) > pinged {
                pings.push(world.now);
            }
            if let Some(now) = world.desks[0].claimed(BOBS).filter(|now| Some(*now) != claimed) {
                lights.push((world.now, now));
            }
        }
        world.forget_log();
    }
    assert_eq!(world.desks[0].sign_ins(0, world.now), 1, "MSN stays where it is");
    (pings, lights)
}

#[test]
fn a_qq_server_that_punishes_or_dies_delays_neither_a_ping_nor_a_light() {
    let (pings, lights) = msn_beside(None);
    assert!(pings.len() >= 12 && lights.len() >= 10, "{} pings, {} changes", pings.len(), lights.len());
    for fault in [
        "qq refuse GetMsgEx 3",
        "qq late any 30",
        "qq silence any",
        "qq null any",
        "qq refuse any 20",
        "qq lost any",
    ] {
        let beside = msn_beside(Some(fault));
        assert_eq!(beside.0, pings, "{fault}: the pings");
        assert_eq!(beside.1, lights, "{fault}: Bob's light");
    }
}

#[test]
fn a_reply_to_bob_leaves_while_qq_waits_out_its_punishment() {
    let mut world = on_both(&[(0, Act::SignIn(State::Online)), (30, says("hi"))]);
    world.run(60 * SECOND);
    world.fault("qq refuse CLTMSG 3");
    world.press(0, REPLY, CLICK);
    world.run(2 * SECOND);
    assert_eq!(world.desks[0].qq_replies["Yes"].open(), 1, "RES=3 comes after 20 s");
    world.says(0, "hello");
    world.run(2 * SECOND);
    let asked = world.now;
    world.press(0, REPLY + 1, CLICK);
    let delivered = world.run_until(5 * SECOND, |world| world.desks[0].replies["No"].delivered == 1);
    world.must(delivered, "Bob has his answer");
    println!("answered in {} ms", world.now - asked);
    assert_eq!(world.desks[0].qq_replies["Yes"].open(), 1, "Wei's is still on its way");
    world.service().clear_faults();
    world.run(120 * SECOND);
    assert_eq!(world.desks[0].qq_replies["Yes"].open(), 0);
}

#[test]
fn msn_in_trouble_does_not_concern_qq() {
    for fault in ["no-qng", "silence PNG", "out bare", "out OTH", "noise", "garbage"] {
        let fault = Fault::parse(fault).unwrap();
        let mut world = on_both(&[(0, Act::SignIn(State::Online)), (200, Act::Status(State::Busy))]);
        world.title = format!("{fault:?}");
        world.service().fault(fault);
        world.run(400 * SECOND);
        let it = &world.desks[0];
        assert_eq!(it.qq_sign_ins(0, world.now), 1);
        assert_eq!(it.claimed(WEIS), Some(Presence::Busy));
    }
}

#[test]
fn the_end_signs_out_of_both() {
    let mut world = on_both(&[(0, Act::SignIn(State::Online))]);
    world.stop(0);
    world.run(2 * SECOND);
    world.must(world.desks[0].stopped, "stopped within two seconds");
    world.must(!world.emulator.service.qq_is_signed_in(DESK_UIN), "Logout was said");
}

#[test]
fn a_change_that_is_lost_on_the_way_is_not_missed() {
    let mut world = on_both(&[(0, Act::SignIn(State::Online)), (60, Act::Status(State::Busy))]);
    world.run(50 * SECOND);
    world.fault("once for 29501213 qq lost GetMsgEx");
    // The rules of the world look at Wei's light after every step.
    world.run(60 * SECOND);
    assert_eq!(world.service().armed_faults(), 0, "the answer was lost");
    assert_eq!(world.desks[0].claimed(WEIS), Some(Presence::Busy));
}

/// Wei's week: a new state or a few words about every quarter of an hour.
fn week_of_wei(chance: &mut fastrand::Rng) -> Vec<(u64, Act)> {
    let mut acts = vec![(0, Act::SignIn(State::Online))];
    let mut at = 0;
    for number in 0.. {
        at += chance.u64(60..1800);
        if at > 7 * DAY / SECOND {
            return acts;
        }
        let act = match chance.u8(0..6) {
            0 => Act::SignOut,
            1 => Act::SignIn(State::Busy),
            2 => Act::Status(State::Busy),
            3 => Act::Status(State::Online),
            4 => Act::Status(State::Invisible),
            _ => says(&format!("第 {number} 句")),
        };
        acts.push((at, act));
    }
    acts
}

/// What goes wrong at the QQ server in a week, each for some minutes.
const TROUBLE: [&str; 12] = [
    "qq null any",
    "qq silence any",
    "qq lost any",
    "qq late any 30",
    "qq refuse any 20",
    "qq refuse any 3",
    "qq double any",
    "qq seq any",
    "qq no-length",
    "qq raw-commas",
    "qq strange-rows",
    "qq elsewhere 30",
];

#[test]
fn a_week_in_which_everything_goes_wrong_on_both_sides() {
    let mut chance = fastrand::Rng::with_seed(20);
    let mut world = on_both(&week_of_wei(&mut chance));
    world.title = "a week of both".into();
    world.slack = 66 * SECOND;
    world.qq_slack = 90 * SECOND;
    for hour in 0..7 * 24_u64 {
        match hour % 6 {
            0 => world.cut(0),
            1 => {
                world.fall_silent();
                world.run(chance.u64(1..15) * MINUTE);
                world.weather = Weather::Fair;
            }
            2 => world.fault("no-qng"),
            _ => {
                let trouble = TROUBLE[chance.usize(0..TROUBLE.len())];
                world.fault(&format!("for {DESK_UIN} {trouble}"));
            }
        }
        world.guest(0, |bob, next| bob.be(["NLN", "BSY", "AWY"][chance.usize(0..3)], next));
        world.says(0, &format!("hour {hour}"));
        world.run(chance.u64(1..10) * MINUTE);
        world.press(0, if hour % 2 == 0 { REPLY } else { SEEN }, CLICK);
        world.run(5 * MINUTE);
        world.service().clear_faults();
        // The fault may have caught Bob, too.
        world.guest(0, |bob, _| bob.go());
        world.guest(0, |bob, next| bob.be("NLN", next));
        let rest = (hour + 1) * HOUR - world.now.min((hour + 1) * HOUR);
        world.run(rest);
    }
    world.press(0, SEEN, CLICK);
    world.run(20 * MINUTE);
    let it = &world.desks[0];
    let tallies = it.replies.values().chain(it.qq_replies.values());
    let open: usize = tallies.map(|tally| tally.open()).sum();
    let wei = it.messages.keys().filter(|message| message.starts_with(WEI)).count();
    println!(
        "a week: MSN signed in {} times, QQ {} times; {} connections, woken {:?}; {wei} messages of Wei; replies {:?} {:?}",
        it.sign_ins(0, world.now),
        it.qq_sign_ins(0, world.now),
        it.connects,
        it.woken,
        it.replies,
        it.qq_replies,
    );
    world.must(open == 0, "every reply has ended");
    world
        .must(it.link == LinkState::Online && it.qq == Some(LinkState::Online), "both are online in the end");
    world.must(it.claimed(BOBS) == Some(Presence::Online), "Bob's light is right");
}

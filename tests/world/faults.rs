//! Everything the service can do wrong, at every step, in a dialect of each family: the light is never wrong, what was
//! said is accounted for, and the agent comes back by itself or waits for a person, as the fault deserves.
//!
//! What must hold after every single step is checked by `world`; here stand the faults and what must have come of them.

use nudged::presence::{LinkState, Presence};

use crate::desk::*;
use crate::world::*;

/// One of each family: MD5 with long rows, Passport with numbers, Passport with GUIDs.
const FAMILIES: [u8; 3] = [7, 9, 12];

/// When a fault is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// Before the agent's first octet.
    TheBeginning,
    /// When the agent is signed in, and somebody waits for an answer.
    ThereOn,
}

/// What becomes of the link while a fault lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It may be up or down; when the fault ends it comes up by itself.
    Recovers,
    /// It never goes down.
    Lives,
    /// A person has to press a button.
    Parks(LinkState),
}

/// What a whole story showed.
struct Outcome {
    connects: usize,
    replies: Tally,
}

/// Bob is there; the agent comes; they talk, with `fault` in force; then it ends, and all is well again.
fn story(dialect: u8, fault: &str, from: From, fate: Fate) -> Outcome {
    let mut world = World::new();
    world.title = format!("MSNP{dialect}, {fault}, {from:?}, {fate:?}");
    world.invite(BOB, "builder");
    if from == From::TheBeginning {
        world.fault(fault);
    }
    let desk = world.begin(settings(account(dialect)), None);
    if from == From::ThereOn {
        world.run_until_online(desk, 10 * SECOND);
    }
    world.run(100 * SECOND);
    talk(&mut world, desk, fault, from);
    world.run(100 * SECOND);
    let it = &world.desks[desk];
    let connects = it.connects;
    let haste = most_in_a_minute(&it.states);
    world.must(haste <= HASTE_MAX, &format!("{haste} sign-ins within a minute hammer the server"));
    match fate {
        Fate::Lives => {
            world.must(it.sign_ins(0, world.now) == 1 && it.link.is_live(), "the session lives on")
        }
        Fate::Parks(state) => world.must(it.link == state, &format!("expected {state}, found {}", it.link)),
        Fate::Recovers => world.must(
            !matches!(it.link, LinkState::Refused | LinkState::Elsewhere),
            &format!("nobody has to be asked: {} {}", it.link, it.why),
        ),
    }
    world.note("the fault ends");
    if fault.contains("once") {
        world.must(world.emulator.service.armed_faults() == 0, "the fault happened");
    }
    world.service().clear_faults();
    // The fault may have caught Bob on his way back.
    world.guest(0, |bob, _| bob.go());
    world.guest(0, |bob, next| bob.be("NLN", next));
    recover(&mut world, desk, fate);
    all_is_well(&mut world, desk);
    let mut replies = Tally::default();
    for tally in world.desks[desk].replies.values() {
        replies.begun += tally.begun;
        replies.delivered += tally.delivered;
        replies.failed += tally.failed;
        replies.unsure += tally.unsure;
    }
    Outcome { connects, replies }
}

/// Bob writes, is answered in his window; writes, closes it, is answered in a new one; comes and goes.
fn talk(world: &mut World, desk: usize, fault: &str, from: From) {
    world.says(0, "are you there?");
    world.run(5 * SECOND);
    reply(world, desk, 0);
    world.run(20 * SECOND);
    world.guest(0, |bob, _| bob.leave_rooms());
    world.guest(0, |bob, next| bob.be("BSY", next));
    world.says(0, "hello?");
    world.run(5 * SECOND);
    world.guest(0, |bob, _| bob.leave_rooms());
    world.run(SECOND);
    if from == From::ThereOn {
        world.fault(fault);
    }
    reply(world, desk, 1);
    world.run(100 * SECOND);
    world.guest(0, |bob, _| bob.go());
    world.run(10 * SECOND);
    world.guest(0, |bob, next| bob.be("NLN", next));
    world.run(10 * SECOND);
}

/// Presses a reply's button, unless the press would be taken for a wish to sign in again.
fn reply(world: &mut World, desk: usize, index: u8) {
    if world.desks[desk].link.is_live() {
        world.press(desk, REPLY + index, CLICK);
    }
}

fn recover(world: &mut World, desk: usize, fate: Fate) {
    if let Fate::Parks(state) = fate {
        let before = world.desks[desk].connects;
        world.run(3 * MINUTE);
        let it = &world.desks[desk];
        world.must(it.connects == before && it.link == state, "parked is parked");
        world.press(desk, SEEN, CLICK);
    }
    world.run_until_online(desk, 10 * MINUTE);
    world.run(2 * MINUTE);
    world.must(world.desks[desk].link == LinkState::Online, "online is online");
}

/// Nothing is left behind: the light is right, and words go both ways exactly once.
fn all_is_well(world: &mut World, desk: usize) {
    // Whatever still waits is seen, and pages about failures are read.
    for _ in 0..3 {
        world.press(desk, SEEN, CLICK);
    }
    world.run(MINUTE);
    for (text, tally) in &world.desks[desk].replies {
        world.must(tally.open() == 0, &format!("nobody knows what became of {text:?}: {tally:?}"));
    }
    let shown = world.desks[desk].claimed(BOBS);
    world.must(shown == Some(Presence::Online), &format!("Bob is online, shown {shown:?}"));
    world.guest(0, |bob, _| bob.leave_rooms());
    world.says(0, "back again");
    world.run(5 * SECOND);
    let heard = world.desks[desk].messages.get("bob@example.net: back again");
    world.must(heard == Some(&1), "Bob's words come once");
    world.press(desk, REPLY + 3, CLICK);
    world.run(5 * SECOND);
    let heard = world.guests[0].heard.iter().filter(|text| *text == REPLIES[3]).count();
    world.must(heard == 1, "Bob hears the answer once");
    world.must(world.desks[desk].replies[REPLIES[3]].delivered == 1, "and we know");
    world.guest(0, |bob, next| bob.be("AWY", next));
    world.run(2 * SECOND);
    let shown = world.desks[desk].claimed(BOBS);
    world.must(shown == Some(Presence::Away), &format!("Bob is away, shown {shown:?}"));
}

/// Sign-ins in a minute at the very most, each redirect counted: five tries in the first minute, each with four hops.
const HASTE_MAX: usize = 36;

fn most_in_a_minute(states: &[(u64, LinkState)]) -> usize {
    let begun = states.iter().filter(|(_, state)| *state == LinkState::SigningIn).map(|(at, _)| *at);
    let begun: Vec<u64> = begun.collect();
    let within = |from: u64| begun.iter().filter(|at| (from..from + MINUTE).contains(*at)).count();
    begun.iter().map(|from| within(*from)).max().unwrap_or(0)
}

/// `fault` for good and once, in every family that has the step.
fn everywhere(fault: &str, from: From, fate: Fate) {
    let fits = |dialect: u8| match dialect {
        ..=7 => !["nexus", "login", "passport", "CVR"].iter().any(|word| fault.contains(word)),
        _ => !fault.contains("INF"),
    };
    for dialect in FAMILIES.into_iter().filter(|dialect| fits(*dialect)) {
        story(dialect, fault, from, fate);
        story(dialect, &format!("once {fault}"), from, fate);
    }
}

/// A fault of the agent's own connections, Bob's are spared.
fn ours(fault: &str) -> String {
    format!("for {DESK} {fault}")
}

#[test]
fn no_answer_where_one_is_due() {
    for step in ["connect", "VER", "INF", "CVR", "nexus", "login"] {
        everywhere(&format!("silence {step}"), From::TheBeginning, Fate::Recovers);
    }
    for step in ["usr-i", "usr-s", "SYN", "CHG", "PNG", "QRY"] {
        everywhere(&ours(&format!("silence {step}")), From::TheBeginning, Fate::Recovers);
    }
    for step in ["board-usr", "ANS"] {
        everywhere(&format!("silence {step}"), From::ThereOn, Fate::Lives);
    }
    everywhere("silence ANS", From::TheBeginning, Fate::Lives);
    for step in ["XFR", "CAL", "MSG"] {
        everywhere(&ours(&format!("silence {step}")), From::TheBeginning, Fate::Lives);
    }
    everywhere(&ours("no-qng"), From::TheBeginning, Fate::Recovers);
}

#[test]
fn hanging_up_instead_of_an_answer() {
    for step in ["connect", "VER", "INF", "CVR", "nexus", "login"] {
        everywhere(&format!("hang-up {step}"), From::TheBeginning, Fate::Recovers);
    }
    for step in ["usr-i", "usr-s", "SYN", "CHG", "PNG", "QRY", "XFR"] {
        everywhere(&ours(&format!("hang-up {step}")), From::TheBeginning, Fate::Recovers);
    }
    for step in ["board-usr", "ANS"] {
        everywhere(&format!("hang-up {step}"), From::ThereOn, Fate::Lives);
    }
    everywhere("hang-up ANS", From::TheBeginning, Fate::Lives);
    for step in ["CAL", "MSG"] {
        everywhere(&ours(&format!("hang-up {step}")), From::TheBeginning, Fate::Lives);
    }
}

#[test]
fn answers_under_another_number() {
    for step in ["VER", "INF", "CVR"] {
        everywhere(&format!("wrong-trid {step}"), From::TheBeginning, Fate::Recovers);
    }
    for step in ["usr-i", "usr-s", "SYN", "CHG", "QRY"] {
        everywhere(&ours(&format!("wrong-trid {step}")), From::TheBeginning, Fate::Recovers);
    }
    for step in ["board-usr", "ANS"] {
        everywhere(&format!("wrong-trid {step}"), From::ThereOn, Fate::Lives);
    }
    everywhere("wrong-trid ANS", From::TheBeginning, Fate::Lives);
    for step in ["XFR", "CAL", "MSG"] {
        everywhere(&ours(&format!("wrong-trid {step}")), From::TheBeginning, Fate::Lives);
    }
}

#[test]
fn error_codes_that_pass() {
    for (step, code) in [("VER", 500), ("INF", 600), ("CVR", 715), ("nexus", 503), ("login", 500)] {
        everywhere(&format!("refuse {step} {code}"), From::TheBeginning, Fate::Recovers);
    }
    for (step, code) in [("usr-i", 910), ("usr-s", 601), ("SYN", 603), ("CHG", 201), ("PNG", 715)] {
        everywhere(&ours(&format!("refuse {step} {code}")), From::TheBeginning, Fate::Recovers);
    }
    everywhere("refuse board-usr 911", From::ThereOn, Fate::Lives);
    everywhere("refuse ANS 911", From::ThereOn, Fate::Lives);
    for (step, code) in [("XFR", 800), ("XFR", 913), ("CAL", 217), ("CAL", 713), ("MSG", 282), ("MSG", 500)] {
        everywhere(&ours(&format!("refuse {step} {code}")), From::TheBeginning, Fate::Lives);
    }
}

#[test]
fn refused_credentials_wait_for_a_person_after_one_fresh_try() {
    let refused = Fate::Parks(LinkState::Refused);
    for dialect in FAMILIES {
        let outcome = story(dialect, &ours("refuse usr-s 911"), From::TheBeginning, refused);
        assert!(outcome.connects <= 8, "two tries of at most four connections: {}", outcome.connects);
        story(dialect, &ours("refuse usr-i 911"), From::TheBeginning, refused);
        story(dialect, &ours("refuse usr-s 924"), From::TheBeginning, refused);
        story(dialect, &ours("refuse QRY 540"), From::TheBeginning, refused);
        story(dialect, &format!("once {}", ours("refuse usr-s 911")), From::TheBeginning, Fate::Recovers);
        if dialect >= 8 {
            story(dialect, "refuse login 401", From::TheBeginning, refused);
            story(dialect, "once refuse login 401", From::TheBeginning, Fate::Recovers);
        }
    }
}

#[test]
fn sessions_that_the_server_ends() {
    for reason in ["bare", "SSD", "MIG", "RCT:2"] {
        everywhere(&ours(&format!("out {reason} 10")), From::TheBeginning, Fate::Recovers);
        everywhere(&ours(&format!("out {reason} 0")), From::ThereOn, Fate::Recovers);
    }
    for (reason, state) in [("OTH", LinkState::Elsewhere), ("TOU", LinkState::Refused)] {
        for dialect in FAMILIES {
            story(dialect, &ours(&format!("out {reason} 10")), From::TheBeginning, Fate::Parks(state));
        }
    }
    everywhere(&ours("move ns.example.net:1863 10"), From::TheBeginning, Fate::Recovers);
    everywhere(&ours("move nowhere.example.net:1863 10"), From::TheBeginning, Fate::Recovers);
    everywhere(&ours("move 127.0.0.1:1863 10"), From::TheBeginning, Fate::Recovers);
    everywhere(&ours("move 0 10"), From::TheBeginning, Fate::Recovers);
    everywhere(&ours("redirect ns.example.net:1863"), From::TheBeginning, Fate::Recovers);
    everywhere(&ours("redirect nowhere.example.net:1863"), From::TheBeginning, Fate::Recovers);
}

#[test]
fn connections_cut_after_every_so_many_octets() {
    for octets in [1, 13, 60, 150, 400, 900, 1500] {
        everywhere(&ours(&format!("cut notification {octets}")), From::TheBeginning, Fate::Recovers);
    }
    for octets in [1, 20, 40, 80, 120, 160] {
        everywhere(&ours(&format!("cut switchboard {octets}")), From::TheBeginning, Fate::Lives);
    }
    for octets in [1, 20, 60] {
        everywhere(&format!("cut dispatch {octets}"), From::TheBeginning, Fate::Recovers);
    }
    for octets in [1, 60, 300] {
        everywhere(&format!("cut passport {octets}"), From::TheBeginning, Fate::Recovers);
    }
}

#[test]
fn octets_one_by_one_and_noise_between_them_disturb_nobody() {
    for fault in ["drip", "noise", "noise-payload", "garbage"] {
        for dialect in FAMILIES {
            let outcome = story(dialect, &ours(fault), From::TheBeginning, Fate::Lives);
            assert_eq!(outcome.replies.delivered, outcome.replies.begun, "MSNP{dialect} {fault}");
        }
    }
}

#[test]
fn conversations_that_fail_say_so() {
    for dialect in FAMILIES {
        let ended = |fault: &str| story(dialect, &ours(fault), From::TheBeginning, Fate::Lives).replies;
        assert!(ended("never-joins").failed >= 1, "MSNP{dialect}: who is never rung can't hear");
        assert!(ended("nak").failed >= 1, "MSNP{dialect}: a NAK twice is the end");
        assert!(ended("lost-after-message").unsure >= 1, "MSNP{dialect}: nobody knows");
        ended("lost-before-join");
        ended("stale-key");
        ended("once never-joins");
        assert_eq!(ended("once nak").failed, 0, "MSNP{dialect}: one NAK is mended");
        ended("once lost-after-message");
        ended("once lost-before-join");
        ended("once stale-key");
    }
}

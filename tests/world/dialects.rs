//! A whole evening in every dialect: sign-in, friends, messages, replies, nudges, the challenge, the end.

use nudged::emulator::{Accounts, Options, Style};
use nudged::frame::{Layout, Look};
use nudged::presence::{LinkState, Presence, Status};

use crate::desk::*;
use crate::world::*;

fn evening(dialect: u8, piece: usize, style: Style) {
    let mut world = World::with(Accounts::built_in(), Options { style, ..options() });
    world.title = format!("MSNP{dialect} in pieces of {piece}");
    world.piece = piece;
    let desk = world.begin(settings(account(dialect)), None);
    assert_eq!(world.desks[desk].led(LINK), LOOKS.of_link(LinkState::Connecting));
    world.run_until_online(desk, 10 * SECOND);
    let states: Vec<LinkState> = world.desks[desk].states.iter().map(|(_, state)| *state).collect();
    let online = [LinkState::SigningIn, LinkState::Online];
    world.must(states.ends_with(&online), &format!("{states:?}"));
    world.must(world.logged(&["> VER", &format!("MSNP{dialect}")]) >= 1, "the dialect is offered");
    world.run(SECOND);
    bob_comes_and_goes(&mut world, desk);
    bob_writes_and_is_answered(&mut world, desk);
    both_nudge(&mut world, desk);
    the_challenge_is_answered(&mut world, desk, dialect);
    our_status_changes(&mut world, desk);
    the_desk_signs_out(&mut world, desk);
}

fn bob_comes_and_goes(world: &mut World, desk: usize) {
    assert_eq!(world.desks[desk].claimed(BOBS), Some(Presence::Offline), "nobody is there");
    assert_eq!(world.desks[desk].claimed(ME), Some(Presence::Online));
    world.invite(BOB, "builder");
    for (state, presence) in [
        ("NLN", Presence::Online),
        ("BSY", Presence::Busy),
        ("AWY", Presence::Away),
        ("IDL", Presence::Idle),
        ("BRB", Presence::Brb),
        ("PHN", Presence::Phone),
        ("LUN", Presence::Lunch),
        ("NLN", Presence::Online),
    ] {
        world.guest(0, |bob, next| bob.be(state, next));
        world.run(100);
        assert_eq!(world.desks[desk].claimed(BOBS), Some(presence), "{state}");
    }
    world.guest(0, |bob, _| bob.go());
    world.run(100);
    assert_eq!(world.desks[desk].claimed(BOBS), Some(Presence::Offline));
    world.guest(0, |bob, next| bob.be("NLN", next));
    world.run(100);
    assert_eq!(world.guests[0].sees[DESK], "NLN");
}

fn bob_writes_and_is_answered(world: &mut World, desk: usize) {
    world.says(0, "lunch at 12?");
    world.run(SECOND);
    let it = &world.desks[desk];
    assert_eq!((it.led(BOBS), it.led(POST)), (LOOKS.waiting, LOOKS.waiting), "the message lights the LEDs");
    assert_eq!(it.frame.screen.layout, Layout::Message);
    let rows = it.rows().join("/");
    world.must(rows.starts_with("Bob") && rows.contains("lunch at 12?"), &rows);

    world.press(desk, MENU, CLICK);
    world.press(desk, MENU, CLICK);
    let it = &world.desks[desk];
    assert_eq!(it.frame.screen.layout, Layout::Menu);
    let rows = it.rows().join("/");
    world.must(rows.contains("Bob") && rows.contains(REPLIES[1]), &rows);
    world.press(desk, MENU, HOLD);
    let it = &world.desks[desk];
    assert_eq!(world.guests[0].heard, [REPLIES[1]]);
    assert_eq!(it.replies[REPLIES[1]].delivered, 1);
    assert_eq!(it.led(BOBS), LOOKS.delivered);
    world.run(1500);
    let it = &world.desks[desk];
    assert_eq!(it.claimed(BOBS), Some(Presence::Online), "answered, nothing waits");
    assert_eq!(it.led(POST), Look::OFF);

    world.says(0, "fine :)");
    world.run(SECOND);
    assert_eq!(world.desks[desk].led(POST), LOOKS.waiting);
    assert_eq!(world.desks[desk].messages.len(), 2);
    // Bob's window is closed; the answer needs a conversation of our own.
    world.guest(0, |bob, _| bob.leave_rooms());
    world.run(SECOND);
    world.press(desk, REPLY + 2, CLICK);
    world.run(2 * SECOND);
    assert_eq!(world.guests[0].heard, [REPLIES[1], REPLIES[2]]);
    assert_eq!(world.desks[desk].replies[REPLIES[2]].delivered, 1);
}

fn both_nudge(world: &mut World, desk: usize) {
    world.guest(0, |bob, next| bob.nudge(DESK, next));
    world.run(500);
    assert_eq!(world.desks[desk].led(BOBS), LOOKS.nudge);
    world.run(2 * SECOND);
    assert_eq!(world.desks[desk].led(BOBS), LOOKS.waiting);
    world.double(desk, SEEN);
    world.run(SECOND);
    assert_eq!(world.guests[0].nudges, 1);
    world.run(3 * SECOND);
    world.says(0, "ouch");
    world.run(SECOND);
    assert_eq!(world.desks[desk].led(POST), LOOKS.waiting);
    world.press(desk, SEEN, CLICK);
    assert_eq!(world.desks[desk].led(POST), Look::OFF, "acknowledged");
}

fn the_challenge_is_answered(world: &mut World, desk: usize, dialect: u8) {
    world.forget_log();
    let now = std::time::Duration::from_millis(world.now);
    let asked = world.service().challenge(now, DESK);
    assert_eq!(asked, dialect >= 6);
    world.run(2 * MINUTE);
    if asked {
        assert_eq!(world.logged(&["< CHL 0"]), 1);
        assert_eq!(world.logged(&["< QRY"]), 1, "the service took the answer");
    }
    assert_eq!(world.desks[desk].link, LinkState::Online);
}

fn our_status_changes(world: &mut World, desk: usize) {
    for (status, look, seen) in [
        (Status::Busy, LOOKS.of_status(Status::Busy), "BSY"),
        (Status::Away, LOOKS.of_status(Status::Away), "AWY"),
        (Status::Invisible, LOOKS.invisible, "FLN"),
        (Status::Online, LOOKS.of_status(Status::Online), "NLN"),
    ] {
        world.press(desk, STATUS, HOLD);
        assert_eq!(world.desks[desk].own, Some(status));
        assert_eq!(world.desks[desk].led(ME), look);
        assert_eq!(world.guests[0].sees[DESK], seen);
    }
}

fn the_desk_signs_out(world: &mut World, desk: usize) {
    assert_eq!(world.desks[desk].sign_ins(0, world.now), 1, "one session all evening");
    world.forget_log();
    world.stop(desk);
    world.run(SECOND);
    assert!(world.desks[desk].stopped);
    assert!(world.logged(&["msn#", "> OUT"]) == 1, "the last word is OUT");
    assert_eq!(world.guests[0].sees[DESK], "FLN");
    assert_eq!(world.desks[desk].wake.0, None, "nothing is left to do");
}

#[test]
fn an_evening_goes_well_in_every_dialect() {
    (2..=12).for_each(|dialect| evening(dialect, usize::MAX, Style::default()));
}

#[test]
fn an_evening_goes_well_with_a_server_that_spells_as_revived_ones_do() {
    (2..=12).for_each(|dialect| evening(dialect, usize::MAX, Style::escargot()));
}

#[test]
fn an_evening_goes_well_with_a_server_that_follows_the_old_documents() {
    (2..=12).for_each(|dialect| evening(dialect, usize::MAX, Style::documents()));
}

#[test]
fn an_evening_goes_well_octet_by_octet() {
    [2, 7, 8, 9, 10, 12].into_iter().for_each(|dialect| evening(dialect, 1, Style::default()));
}

#[test]
fn a_reply_that_never_left_the_machine_is_said_again_and_heard_once() {
    for dialect in [7, 9, 12] {
        let mut world = World::new();
        world.invite(BOB, "builder");
        let desk = world.begin(settings(account(dialect)), None);
        world.run_until_online(desk, 10 * SECOND);
        world.run(SECOND);
        world.says(0, "hello");
        world.run(SECOND);
        world.stick(desk);
        world.press(desk, REPLY, CLICK);
        world.run(SECOND);
        assert_eq!(world.guests[0].heard.len(), 0);
        world.cut_switchboards(desk);
        world.run(5 * SECOND);
        assert_eq!(world.guests[0].heard, [REPLIES[0]]);
        assert_eq!(world.desks[desk].replies[REPLIES[0]].delivered, 1);
    }
}

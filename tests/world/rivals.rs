//! Two agents on one account: each throws the other out, and neither may make a game of it.

use nudged::presence::LinkState;

use crate::desk::*;
use crate::world::*;

#[test]
fn two_agents_of_one_account_sign_in_at_most_six_times_a_day_each() {
    for dialect in [7, 9, 12] {
        let mut world = World::new();
        world.title = format!("MSNP{dialect}, two desks");
        world.invite(BOB, "builder");
        let first = world.begin(settings(account(dialect)), None);
        world.run_until_online(first, 10 * SECOND);
        world.run(5 * MINUTE);
        let second = world.begin(settings(account(dialect)), None);
        world.run_until_online(second, 10 * SECOND);
        world.run(SECOND);
        assert_eq!(world.desks[first].link, LinkState::Elsewhere);
        assert_eq!(world.desks[first].led(BOBS), LOOKS.of_link(LinkState::Elsewhere));
        let start = world.now;
        world.run(3 * DAY);
        for desk in [first, second] {
            for day in 0..3 {
                let from = start + day * DAY;
                let count = world.desks[desk].sign_ins(from, from + DAY);
                world.must(count <= 6, &format!("desk {desk} signs in {count} times on day {day}"));
            }
        }
        let all = world.desks[first].sign_ins(0, world.now) + world.desks[second].sign_ins(0, world.now);
        world.must(all >= 6, &format!("both keep trying, if rarely: {all}"));
        let online = [first, second].map(|desk| world.desks[desk].link == LinkState::Online);
        assert!(online[0] != online[1], "one of them is there: {online:?}");
    }
}

#[test]
fn a_person_at_a_parked_desk_brings_it_back_with_one_press() {
    let mut world = World::new();
    world.invite(BOB, "builder");
    let first = world.begin(settings(account(9)), None);
    world.run_until_online(first, 10 * SECOND);
    let second = world.begin(settings(account(9)), None);
    world.run_until_online(second, 10 * SECOND);
    world.run(SECOND);
    assert_eq!(world.desks[first].link, LinkState::Elsewhere);
    world.press(first, SEEN, CLICK);
    world.run_until_online(first, 10 * SECOND);
    world.run(SECOND);
    assert_eq!(world.desks[second].link, LinkState::Elsewhere);
}

//! A month in the life of a desk: a server that restarts every day, a network that breaks and falls silent, a friend with
//! a life of his own.

use nudged::presence::Presence;

use crate::desk::*;
use crate::world::*;

/// What the month showed of the link.
#[derive(Default)]
struct Watch {
    /// Milliseconds in which the server could be reached.
    reachable: u64,
    /// Of these, those in which the light told of friends.
    online: u64,
}

impl Watch {
    /// Lets time pass and looks.
    fn run(&mut self, world: &mut World, ms: u64) {
        let end = world.now + ms;
        while world.now < end {
            let before = world.now;
            let live = world.desks[0].link.is_live();
            let fair = world.weather == Weather::Fair;
            world.run_until(end - before, |world| world.desks[0].link.is_live() != live);
            if fair {
                self.reachable += world.now - before;
                self.online += if live { world.now - before } else { 0 };
            }
        }
    }
}

/// What happens in a month, and when.
#[derive(Clone, Copy, Debug)]
enum Event {
    Restart {
        minutes: u64,
    },
    Cut,
    Silence {
        minutes: u64,
    },
    Bob(&'static str),
    BobLeaves,
    BobSays,
    /// Bob writes, and the network falls silent as he is answered.
    AnswerLost {
        minutes: u64,
    },
}

fn events(day: u64, chance: &mut fastrand::Rng) -> Vec<(u64, Event)> {
    let mut events = vec![(0, Event::Restart { minutes: chance.u64(1..=10) })];
    events.extend((0..3).map(|_| (0, Event::Cut)));
    events.extend((0..2).map(|_| (0, Event::Silence { minutes: chance.u64(1..=20) })));
    for state in ["NLN", "BSY", "AWY", "NLN", "LUN", "NLN"] {
        events.push((0, Event::Bob(state)));
        events.push((0, Event::BobSays));
    }
    events.push((0, Event::BobLeaves));
    events.push((0, Event::AnswerLost { minutes: chance.u64(1..=5) }));
    for event in &mut events {
        event.0 = day * DAY + chance.u64(0..DAY);
    }
    events.sort_by_key(|event| event.0);
    events
}

fn happens(world: &mut World, watch: &mut Watch, event: Event, said: &mut usize) {
    match event {
        Event::Restart { minutes } => {
            world.server_goes();
            watch.run(world, minutes * MINUTE);
            world.weather = Weather::Fair;
            world.guest(0, |bob, next| bob.be("NLN", next));
        }
        Event::Cut => world.cut(0),
        Event::Silence { minutes } => {
            world.fall_silent();
            watch.run(world, minutes * MINUTE);
            world.weather = Weather::Fair;
        }
        Event::Bob(state) => world.guest(0, |bob, next| bob.be(state, next)),
        Event::BobLeaves => world.guest(0, |bob, _| bob.go()),
        Event::BobSays => {
            *said += 1;
            let text = format!("word {said}");
            world.says(0, &text);
            watch.run(world, 5 * SECOND);
            if world.desks[0].link.is_live() {
                // Answered, or just seen.
                let button = if said.is_multiple_of(2) { REPLY } else { SEEN };
                world.press(0, button, CLICK);
            }
            watch.run(world, MINUTE);
            world.guest(0, |bob, _| bob.leave_rooms());
        }
        Event::AnswerLost { minutes } => {
            *said += 1;
            let text = format!("word {said}");
            world.says(0, &text);
            watch.run(world, 5 * SECOND);
            world.fall_silent();
            if world.desks[0].link.is_live() {
                world.press(0, REPLY + 1, CLICK);
            }
            watch.run(world, minutes * MINUTE);
            world.weather = Weather::Fair;
        }
    }
}

fn month(dialect: u8) {
    let mut world = World::new();
    world.title = format!("MSNP{dialect}, a month");
    // Silence is noticed by an unanswered PNG: a light may lag so long, and no longer.
    world.slack = 60 * SECOND + 5 * SECOND + SECOND;
    let mut chance = fastrand::Rng::with_seed(u64::from(dialect));
    let mut watch = Watch::default();
    world.invite(BOB, "builder");
    let mut with_display = settings(account(dialect));
    with_display.display.blank_after = nudged::time::Duration::from_secs(60);
    world.begin(with_display, None);
    let (mut said, mut after_a_week) = (0, Spent::default());
    for day in 0..30 {
        for (at, event) in events(day, &mut chance) {
            let wait = at.saturating_sub(world.now);
            watch.run(&mut world, wait);
            happens(&mut world, &mut watch, event, &mut said);
        }
        if day == 7 {
            after_a_week = world.desks[0].spent;
        }
    }
    world.run(10 * MINUTE);
    let share = watch.online as f64 / watch.reachable as f64;
    let it = &world.desks[0];
    let grown = it.spent.octets - after_a_week.octets;
    println!(
        "MSNP{dialect}: online {:.3} % of {} h, {} sign-ins, {} connections, {} steps, woken {:?}, replies {:?}, \
         {} allocations in {} calls, {grown} octets more than after a week",
        share * 100.0,
        watch.reachable / HOUR,
        it.sign_ins(0, world.now),
        it.connects,
        world.steps,
        it.woken,
        it.replies,
        it.spent.allocations,
        it.spent.calls,
    );
    world.must(share > 0.99, &format!("online {share} of the server's time"));
    world.must(grown <= 1024, &format!("{grown} octets grown in three weeks"));
    world.must(it.replies.values().all(|tally| tally.open() == 0), "every reply has ended");
    world.must(it.claimed(BOBS) == Some(world.guests[0].presence()), "the light is right at the end");
    world.must(world.guests[0].presence() != Presence::Unknown, "Bob is somewhere");
    let named = ["Link", "Gesture", "Effect", "Display", "ReplyMenu", "network"];
    world.must(it.woken.keys().all(|reason| named.contains(&reason.as_str())), "woken for named reasons");
    // A PNG a minute, its answer, and what the day brought: an idle desk sleeps.
    let idle = it.woken["Link"] + it.woken["network"];
    world.must(idle < 30 * 24 * 60 * 5, &format!("woken {idle} times"));
}

#[test]
fn a_month_with_a_server_that_restarts_and_a_network_that_breaks() {
    month(7);
}

#[test]
fn a_month_by_passport() {
    month(12);
}

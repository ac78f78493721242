//! A week of a desk: a server with all its habits at random, a network that breaks, a friend with a real client, and
//! friends who write without one.

use std::collections::BTreeMap;

use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::Outcome;

use crate::world::*;

/// What may befall the next request of a command, or the next of any.
const FAULTS: [&str; 14] = [
    "qq silence CMD",
    "qq null CMD",
    "qq lost CMD",
    "qq reset CMD",
    "qq refuse CMD 3",
    "qq refuse CMD 20",
    "qq late CMD 30",
    "qq late CMD 70",
    "qq trickle CMD 20",
    "qq trickle CMD 60",
    "qq double CMD",
    "qq seq CMD",
    "qq no-length",
    "qq crlf-inside",
];
const COMMANDS: [&str; 7] = ["any", "Login", "List", "Query_Stat", "GetMsgEx", "CLTMSG", "Change_Stat"];

/// Words that are told from all others: `<12>`.
fn tokens(text: &str) -> Vec<u32> {
    let starts = text.match_indices('<').map(|(at, _)| &text[at + 1..]);
    starts.filter_map(|rest| rest.split_once('>')?.0.parse().ok()).collect()
}

/// Everything that happened, counted.
#[derive(Default)]
struct Week {
    chance: fastrand::Rng,
    /// The last word said by anybody.
    word: u32,
    /// Tickets of the desk, and their words.
    sent: Vec<u32>,
    faults: usize,
    /// Milliseconds online, and all of those in which the server could be reached.
    online: u64,
    reachable: u64,
}

impl Week {
    fn run(&mut self, world: &mut World, ms: u64) {
        let end = world.now + ms;
        let live = |world: &World| matches!(world.desks[0].state, LinkState::Online | LinkState::Stale);
        while world.now < end {
            let (before, was) = (world.now, live(world));
            world.run_until(end - before, |world| live(world) != was);
            if world.desks[0].weather == Weather::Fair {
                self.reachable += world.now - before;
                self.online += if was { world.now - before } else { 0 };
            }
        }
    }

    fn word(&mut self) -> String {
        self.word += 1;
        let filler = ["", "你好", "好的, 50%", "&MG=,", "a=b+c"][self.word as usize % 5];
        let long = if self.word.is_multiple_of(11) { "很长的话".repeat(60) } else { String::new() };
        format!("<{}>{filler}{long}", self.word)
    }

    /// Something happens.
    fn happen(&mut self, world: &mut World) {
        match self.chance.u32(0..100) {
            0..25 => {
                let fault = FAULTS[self.chance.usize(..FAULTS.len())];
                let fault = fault.replace("CMD", COMMANDS[self.chance.usize(..COMMANDS.len())]);
                self.faults += 1;
                world.fault(&format!("once for {DESK} {fault}"));
            }
            25..30 => {
                self.faults += 1;
                let octets = self.chance.u32(0..400);
                world.fault(&format!("once for {DESK} cut qq {octets}"));
            }
            30..33 => {
                // As another client does that looks in once.
                let now = std::time::Duration::from_millis(world.now);
                world.service().qq_sign_out(now, DESK);
            }
            33..37 => {
                let minutes = self.chance.u64(1..20);
                let weather = [Weather::Silent, Weather::Refused][self.chance.usize(..2)];
                world.desks[0].weather = weather;
                self.run(world, minutes * MINUTE);
                world.desks[0].weather = Weather::Fair;
            }
            37..55 => {
                let text = self.word();
                world.says([WEI, LEI, MEI][self.chance.usize(..3)], &text);
            }
            55..70 => {
                // By a real client, which must not be hasty.
                let text = self.word();
                let ticket = self.word;
                world.send(1, ticket, DESK, &text.chars().take(100).collect::<String>());
            }
            70..90 => {
                let text = format!("<{}>好的", self.word + 1);
                self.word += 1;
                self.sent.push(self.word);
                world.send(0, self.word, WEI, &text);
            }
            90..95 => {
                let status = [Status::Online, Status::Busy, Status::Invisible][self.chance.usize(..3)];
                world.set_status(0, status);
            }
            _ => {
                world.sign_in(LEI);
                let st = [10, 30, 40][self.chance.usize(..3)];
                world.asks(LEI, &format!("Change_Stat&ST={st}"));
            }
        }
    }
}

/// Every word that reached the desk whole was told once, and none that did not.
fn nothing_lost_nothing_doubled(world: &World) -> usize {
    let told: Vec<u32> = world.desks[0].heard.iter().flat_map(|(_, text)| tokens(text)).collect();
    let mut count: BTreeMap<u32, usize> = BTreeMap::new();
    told.iter().for_each(|word| *count.entry(*word).or_default() += 1);
    let twice: Vec<_> = count.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "told twice: {twice:?}");
    let came = tokens(&String::from_utf8_lossy(&world.desks[0].received));
    let lost: Vec<_> = came.iter().filter(|word| !count.contains_key(word)).collect();
    assert!(lost.is_empty(), "came and were not told: {lost:?}");
    told.len()
}

fn week(seed: u64) {
    let mut world = World::new();
    world.begin(settings(DESK));
    world.begin(settings(WEI));
    let mut week = Week { chance: fastrand::Rng::with_seed(seed), ..Week::default() };
    week.run(&mut world, 5 * SECOND);
    while world.now < 7 * DAY {
        week.happen(&mut world);
        let wait = week.chance.u64(SECOND..8 * MINUTE);
        week.run(&mut world, wait);
    }
    world.service().clear_faults();
    // The longest rest is a day, for a desk that was thrown out again and again.
    world.run_until(25 * HOUR, |world| world.desks[0].state == LinkState::Online);
    world.run(10 * MINUTE);
    let told = nothing_lost_nothing_doubled(&world);

    let desk = &world.desks[0];
    assert_eq!(desk.state, LinkState::Online, "{:?}", &desk.states[desk.states.len() - 5..]);
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for ticket in &week.sent {
        let outcome = desk.outcome(*ticket).unwrap_or_else(|| panic!("#{ticket} never ended"));
        let arrived = world.desks[1].heard.iter().filter(|(_, text)| tokens(text) == [*ticket]).count();
        let right = match outcome {
            Outcome::Delivered => arrived == 1,
            Outcome::Failed => arrived == 0,
            _ => arrived <= 1,
        };
        assert!(right, "#{ticket} {} arrived {arrived} times", outcome.as_str());
        *ends.entry(outcome.as_str()).or_default() += 1;
    }
    let logins = desk.asked("Login");
    let hour = |hour: u64| logins.iter().filter(|at| **at / 3600 == hour).count();
    let hours = world.now / HOUR;
    let (busiest, most) = (desk.busiest(MINUTE), (0..=hours).map(hour).max().unwrap());
    let share = week.online as f64 / week.reachable as f64;
    println!(
        "a week of {} faults: online {:.1} % of the time, {} requests ({} an hour, at most {busiest} a minute), {} logins \
         (at most {most} an hour), {told} of {} words told, replies {ends:?}, {} steps",
        week.faults,
        share * 100.0,
        desk.requests.len(),
        desk.requests.len() as u64 / hours,
        logins.len(),
        week.word as usize - week.sent.len(),
        world.steps,
    );
    assert!(busiest <= 30, "{busiest} requests in a minute");
    assert!(most <= 20, "{most} logins in an hour");
    assert!(desk.requests.len() as u64 / hours <= 600, "requests an hour");
    assert!(share > 0.5, "online {share} of the time");
    for (uin, presence) in &desk.friends {
        let shown = match world.emulator.service.qq_state(*uin).map(nudged::emulator::qq::State::shown) {
            Some(10) => Presence::Online,
            Some(30) => Presence::Busy,
            _ => Presence::Offline,
        };
        assert_eq!(*presence, shown, "{uin}");
    }
}

#[test]
fn a_week_with_every_fault_loses_no_word_and_doubles_none() {
    week(1);
}

#[test]
fn another_week_in_which_somebody_else_often_takes_the_session() {
    week(3);
}

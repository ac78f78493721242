//! Anything at any moment: both networks with every fault, links that break, others who sign in, friends with lives of
//! their own, people at the board and at shells. What must hold always is looked at after every step; what must be true
//! once all is well again, at the end.

use std::cell::RefCell;
use std::collections::BTreeMap;

use nudged::agent::control::{Answer, ContactAct, GroupAct, Phone, Report, Request};
use nudged::agent::{Input, Snapshot};
use nudged::emulator::Leave;
use nudged::emulator::qq::{Act, Person, Scene, Script, State};
use nudged::limits::READ_CHUNK;
use nudged::link::Network;
use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::info::Sex;
use nudged::time::Instant;

use crate::desk::*;
use crate::people::{self, AMY, EVE};
use crate::world::*;

const LEI: &str = "qq:10005";
const LEI_UIN: u32 = 10_005;
/// Takes words and never fetches them: what waits for her is what arrived.
const MEI: &str = "qq:10006";
const MEI_UIN: u32 = 10_006;
/// What is said to Mei by name.
const TO_MEI: [&str; 2] = ["梅, one & two", "再见"];

const NUMBERS: &str = r#"
[[qq]]
uin = 29501213
password = "nudge"
name = "书桌"
add = "ask"
friends = [24259132, 10005]

[[qq]]
uin = 24259132
password = "weicheng"
name = "微程"
friends = [29501213]
add = "open"

[[qq]]
uin = 10005
password = "five"
name = "李雷"
add = "open"

[[qq]]
uin = 10006
password = "six"
name = "韩梅梅"
add = "ask"

[[qq]]
uin = 10008
password = "eight"
add = "ask"

[[qq]]
uin = 10007
password = "seven"
add = "closed"
"#;

/// When Wei's day ends.
const SCRIPT: u64 = 2 * HOUR;
/// What befalls the desk once, at one of the servers.
const FAULTS: [&str; 40] = [
    "silence ADD",
    "silence ADC",
    "silence REM",
    "silence CHG",
    "silence XFR",
    "silence SYN",
    "silence PNG",
    "silence usr-s",
    "refuse ADD 215",
    "refuse CHG 800",
    "refuse XFR 911",
    "refuse CAL 217",
    "refuse usr-i 600",
    "hang-up REM",
    "hang-up SYN",
    "hang-up CAL",
    "wrong-trid ADD",
    "wrong-trid CHG",
    "never-joins",
    "nak",
    "lost-before-join",
    "lost-after-message",
    "stale-key",
    "noise",
    "noise-payload",
    "garbage",
    "out RCT:2 30",
    "out bare 40",
    "qq silence CMD",
    "qq null CMD",
    "qq lost CMD",
    "qq reset CMD",
    "qq refuse CMD 3",
    "qq refuse CMD 20",
    "qq late CMD 30",
    "qq late CMD 70",
    "qq trickle CMD 20",
    "qq double CMD",
    "qq seq CMD",
    "qq crlf-inside",
];
const COMMANDS: [&str; 14] = [
    "any",
    "CLTMSG",
    "CLTMSG",
    "Login",
    "List",
    "Query_Stat",
    "GetMsgEx",
    "GetMsgEx",
    "CLTMSG",
    "Change_Stat",
    "AddToList",
    "Ack_AddToList",
    "DelFromList",
    "GetInfo",
];
const STATES: [&str; 6] = ["NLN", "BSY", "AWY", "LUN", "PHN", "HDN"];

/// A request under way.
struct Asked {
    at: u64,
    within: u64,
    what: String,
}

/// What was seen at the last step.
#[derive(Default)]
struct Seen {
    asked: BTreeMap<u32, Asked>,
    slowest: u64,
    woken: u64,
    /// Times in a row the agent was woken, and wanted to be woken at once again.
    restless: u32,
}

struct Anything {
    chance: fastrand::Rng,
    desk: usize,
    seen: RefCell<Seen>,
    words: u32,
    /// Unread messages by sender, as a status told them last, and all that were ever received of them.
    waiting: BTreeMap<String, (usize, usize)>,
    /// Somebody acknowledged or answered since then.
    answered: bool,
    counts: BTreeMap<&'static str, usize>,
}

impl Anything {
    fn new(seed: u64) -> Self {
        Self {
            chance: fastrand::Rng::with_seed(seed),
            desk: 0,
            seen: RefCell::default(),
            words: 0,
            waiting: BTreeMap::new(),
            answered: false,
            counts: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.chance.usize(..of.len())]
    }

    /// A word nobody said before.
    fn word(&mut self) -> String {
        self.words += 1;
        format!("word {}, ok?", self.words)
    }

    // ---- After every step ----

    fn look(&self, world: &World) {
        let it = &world.desks[self.desk];
        let mut seen = self.seen.borrow_mut();
        let seen = &mut *seen;
        seen.asked.retain(|ticket, asked| {
            let took = world.now - asked.at;
            world.must(took <= asked.within, &format!("{} within {} ms", asked.what, asked.within));
            let open = !it.answers.contains_key(ticket);
            seen.slowest = if open { seen.slowest } else { seen.slowest.max(took) };
            open
        });
        let woken = it.woken.iter().filter(|(why, _)| *why != "network").map(|(_, count)| count).sum();
        if woken != std::mem::replace(&mut seen.woken, woken) {
            let past = it.wake.0.is_some_and(|at| at <= world.now);
            seen.restless = if past { seen.restless + 1 } else { 0 };
            world.must(seen.restless < 2, &format!("{:?} is in the past, twice", it.wake));
        }
        world.must(it.link != LinkState::Stopped || it.stopped, "nobody stopped it");
        let arrived = world.emulator.service.qq_waiting(MEI_UIN);
        let to_mei = it.replies_to.get(MEI).copied().unwrap_or_default();
        let (sure, most) = (to_mei.delivered, to_mei.begun - to_mei.failed);
        let right = (sure..=most).contains(&arrived);
        world.must(right, &format!("{arrived} reached Mei, not {sure} to {most}"));
    }

    fn run(&self, world: &mut World, ms: u64) {
        let end = world.now + ms;
        world.run_until(ms, |world| {
            self.look(world);
            false
        });
        assert_eq!(world.now, end);
    }

    fn until(&self, world: &mut World, ms: u64, what: &str, holds: impl Fn(&World) -> bool) {
        let held = world.run_until(ms, |world| {
            self.look(world);
            holds(world)
        });
        world.must(held, what);
    }

    // ---- A person ----

    fn ask(&mut self, world: &mut World, within: u64, request: Request<'_>) -> u32 {
        let desk = self.desk;
        let ticket = 1 + world.desks[desk].requests;
        world.desks[desk].requests = ticket;
        world.note(&format!("#{ticket}: {request:?}"));
        world.turn(desk, Input::Control { ticket, request });
        let asked = Asked { at: world.now, within, what: format!("#{ticket} {request:?} is answered") };
        self.seen.borrow_mut().asked.insert(ticket, asked);
        self.look(world);
        ticket
    }

    /// Asks, and waits for the answer.
    fn hear(&mut self, world: &mut World, within: u64, request: Request<'_>) -> Answer {
        let (ticket, desk) = (self.ask(world, within, request), self.desk);
        let what = format!("an answer to {request:?} in {within} ms");
        self.until(world, within, &what, |world| world.desks[desk].answers.contains_key(&ticket));
        world.desks[desk].answers[&ticket].clone()
    }

    fn done(&mut self, world: &mut World, within: u64, request: Request<'_>) {
        let answer = self.hear(world, within, request);
        world.must(matches!(answer, Answer::Done(_)), &format!("{request:?} is done: {answer:?}"));
    }

    fn press(&mut self, world: &mut World, index: u8, ms: u64) {
        world.note(&format!("button {index} for {ms} ms"));
        for (pressed, wait) in [(true, ms), (false, 400)] {
            let at = Instant::from_millis(world.now);
            world.turn(self.desk, Input::Button { index, pressed, at });
            self.run(world, wait);
        }
    }

    /// How everything stands: what no event may have changed is as it was.
    fn status(&mut self, world: &mut World) -> Report {
        let answer = self.hear(world, 0, Request::Status);
        let Answer::Status(report) = answer else { panic!("{answer:?}") };
        let it = &world.desks[self.desk];
        for account in &report.accounts {
            let told = if account.network == Network::Msn { Some(it.link) } else { it.qq };
            world.must(told == Some(account.link), &format!("{:?} was told: {account:?}", told));
            let dark = account.contacts.iter().all(|known| known.presence == Presence::Unknown);
            let up = account.link.is_live() || account.link == LinkState::SigningIn;
            world.must(up || dark && account.own.is_none(), "a lost link knows nothing");
        }
        let mut now = BTreeMap::new();
        for from in [BOB, AMY, EVE, WEI, LEI] {
            // Words of friends; those of requests wait elsewhere.
            let heads = [format!("{from}: word"), format!("{from}: 第")];
            let said = |message: &&String| heads.iter().any(|head| message.starts_with(head));
            let heard = it.messages.keys().filter(said).count();
            let unread = report.waiting.iter().find(|row| row.account == from).map_or(0, |row| row.unread);
            now.insert(from.to_owned(), (usize::from(unread), heard));
            let (had, knew) = self.waiting.get(from).copied().unwrap_or_default();
            let expected = had + heard - knew;
            let right = if self.answered { unread as usize <= expected } else { unread as usize == expected };
            world.must(right, &format!("{unread} of {from} wait; there were {had}, and {heard} for {knew}"));
        }
        // A reply still on its way may answer later.
        let under_way = it.replies_to.values().any(|tally| tally.open() > 0);
        (self.waiting, self.answered) = (now, under_way);
        *report
    }

    // ---- Events ----

    fn request(&mut self, world: &mut World) {
        let msn = self.one(&["bobby", BOB, "AMY@example.net", AMY, EVE, "nobody@example.net"]);
        let qq = self.one(&["wei", LEI, LEI, "qq:10007", "qq:10008", "qq:77777"]);
        let who = if self.chance.bool() { msn } else { qq };
        let index = self.chance.usize(..4);
        let status = self.one(&Status::ALL);
        let group = self.one(&["Friends", "Work", "Job", "工作"]);
        let act = match self.chance.u8(..9) {
            0 | 1 => ContactAct::Add(""),
            2 => ContactAct::Add("it is me"),
            3 => ContactAct::Accept,
            4 => ContactAct::Refuse(if who == qq { "no, & no" } else { "" }),
            5 => ContactAct::Remove,
            6 => ContactAct::Block,
            7 => ContactAct::Unblock,
            _ => ContactAct::Find,
        };
        let request = match self.chance.u8(..26) {
            0..10 => Request::Contact { who, act },
            10 => Request::Search { age: 19, sex: Sex::Female, province: "江苏" },
            11 => Request::Acknowledge(Some(who)),
            12 => Request::Acknowledge(None),
            13 => Request::Reply { index, to: None },
            14 => Request::Reply { index, to: Some(msn) },
            15 | 16 => Request::Reply { index: 4 + index % 2, to: Some(MEI) },
            17 => Request::Set(status),
            18 => Request::Name(if status == Status::Busy { "Desk (at work)" } else { "Desk ☕" }),
            19 => Request::Phone(Phone::Mobile, if status == Status::Busy { "" } else { "+49 30 1" }),
            20 => Request::Group(match self.chance.u8(..3) {
                0 => GroupAct::Add(group),
                1 => GroupAct::Remove(group),
                _ => GroupAct::Rename(group, "Job"),
            }),
            21 => Request::Group(GroupAct::Move { who, group }),
            _ => Request::Reply { index: 4 + index % 2, to: Some(MEI) },
        };
        self.answered |= matches!(request, Request::Acknowledge(_) | Request::Reply { .. });
        let within = match request {
            Request::Acknowledge(_) => 0,
            Request::Set(_) => 120 * SECOND,
            _ => 180 * SECOND,
        };
        self.ask(world, within, request);
        self.count("requests");
    }

    fn at_the_board(&mut self, world: &mut World) {
        self.answered = true;
        let (index, ms) = match self.chance.u8(..10) {
            0 => (MENU, CLICK),
            1 => (MENU, HOLD),
            2 => (SEEN, CLICK),
            3 => (SEEN, HOLD),
            4 => (STATUS, HOLD),
            5 => (STATUS, CLICK),
            more => (REPLY + more % 4, CLICK),
        };
        self.press(world, index, ms);
        self.count("presses");
    }

    fn friend(&mut self, world: &mut World) {
        let (guest, state) = (self.chance.usize(..2), self.one(&STATES));
        match self.chance.u8(..10) {
            0..3 => world.guest(guest, |guest, next| guest.be(state, next)),
            3 => world.guest(guest, |guest, _| guest.go()),
            4 => world.guest(guest, |guest, _| guest.leave_rooms()),
            5 | 6 => {
                let word = self.word();
                world.says(guest, &word);
            }
            7 => {
                let word = self.word();
                let now = std::time::Duration::from_millis(world.now);
                world.service().qq_write(now, LEI_UIN, DESK_UIN, &word);
            }
            8 => world.guest(1, |amy, _| amy.list("ADD", DESK)),
            _ => world.guest(1, |amy, _| amy.list("REM", DESK)),
        }
        self.count("friends' acts");
    }

    fn trouble(&mut self, world: &mut World) {
        let now = std::time::Duration::from_millis(world.now);
        match self.chance.u8(..30) {
            0 => world.cut(self.desk),
            1 => world.cut_switchboards(self.desk),
            2 => world.stick(self.desk),
            3 | 4 => {
                if self.chance.bool() {
                    world.fall_silent();
                } else {
                    world.weather = Weather::Refused;
                    world.cut(self.desk);
                }
                let ms = self.chance.u64(SECOND..5 * MINUTE);
                self.run(world, ms);
                world.weather = Weather::Fair;
            }
            5 => drop(world.service().sign_out(now, DESK, Leave::Elsewhere)),
            6 => drop(world.service().sign_out(now, DESK, Leave::ShuttingDown)),
            7 | 8 => drop(world.service().qq_sign_out(now, DESK_UIN)),
            9 => world.service().clear_faults(),
            10 => {
                let octets = self.chance.u32(..400);
                let door = self.one(&["notification", "switchboard", "qq", "passport"]);
                let whose = if door == "qq" { DESK_UIN.to_string() } else { DESK.to_owned() };
                world.fault(&format!("once for {whose} cut {door} {octets}"));
            }
            _ => {
                let command = self.one(&COMMANDS);
                let fault = self.one(&FAULTS).replace("CMD", command);
                let whose = if fault.starts_with("qq ") { DESK_UIN.to_string() } else { DESK.to_owned() };
                world.fault(&format!("once for {whose} {fault}"));
            }
        }
        self.count("troubles");
    }

    fn happen(&mut self, world: &mut World) {
        match self.chance.u8(..100) {
            0..25 => self.trouble(world),
            25..55 => self.request(world),
            55..75 => self.friend(world),
            75..88 => self.at_the_board(world),
            _ => drop(self.status(world)),
        }
        let wait = match self.chance.u8(..10) {
            0..4 => self.chance.u64(..200),
            4..8 => self.chance.u64(..20 * SECOND),
            _ => self.chance.u64(..4 * MINUTE),
        };
        self.run(world, wait);
    }

    // ---- When all is well again ----

    /// Nothing goes wrong any more, and a person tells parked links to try again.
    fn recover(&mut self, world: &mut World) {
        world.service().clear_faults();
        world.weather = Weather::Fair;
        // Calls from before are over, with whatever befell them.
        world.guest(0, |bob, _| bob.leave_rooms());
        let wait = (SCRIPT + 10 * MINUTE).saturating_sub(world.now);
        self.run(world, wait.max(4 * MINUTE));
        let desk = self.desk;
        self.ask(world, 120 * SECOND, Request::Set(Status::Busy));
        self.until(world, 30 * MINUTE, "both links come back", |world| {
            let it = &world.desks[desk];
            it.link == LinkState::Online && it.qq == Some(LinkState::Online)
        });
        self.run(world, MINUTE);
        let open = self.seen.borrow().asked.len();
        world.must(open == 0, "every request has its answer");
    }

    /// What was asked comes to a good end, and then the board shows what is.
    fn settle(&mut self, world: &mut World) {
        for (who, act) in [
            (BOB, ContactAct::Unblock),
            (BOB, ContactAct::Add("")),
            (WEI, ContactAct::Add("")),
            (LEI, ContactAct::Add("")),
        ] {
            self.done(world, 10 * SECOND, Request::Contact { who, act });
        }
        for request in self.status(world).requests {
            let (who, act) = (request.account.as_str(), ContactAct::Accept);
            self.done(world, MINUTE, Request::Contact { who, act });
        }
        let open = self.status(world).requests;
        world.must(open.is_empty(), &format!("decided on: {open:?}"));
        self.answered = true;
        self.done(world, 0, Request::Acknowledge(None));
        self.done(world, 2 * MINUTE, Request::Set(Status::Online));
        world.guest(0, |bob, next| bob.be("BSY", next));
        self.run(world, 6 * MINUTE);
        self.truth(world);
    }

    fn truth(&mut self, world: &mut World) {
        let report = self.status(world);
        let (msn, qq) = (&report.accounts[0], &report.accounts[1]);
        world.must(msn.own == Some(Status::Online) && qq.own == Some(Status::Online), "we are online");
        let own = world.emulator.service.qq_state(DESK_UIN);
        world.must(own == Some(State::Online), &format!("on qq, too: {own:?}"));
        world.must(world.guests[0].sees.get(DESK).is_some_and(|state| state == "NLN"), "Bob sees us");
        let mut friends = world.emulator.service.qq_friends(DESK_UIN).to_vec();
        friends.sort_unstable();
        let mut known: Vec<u32> = qq.contacts.iter().map(|it| it.account[3..].parse().unwrap()).collect();
        known.sort_unstable();
        world.must(known == friends, &format!("{known:?} are friends: {friends:?}"));
        for contact in &qq.contacts {
            let uin: u32 = contact.account[3..].parse().unwrap();
            let shown = match world.emulator.service.qq_state(uin).map(State::shown) {
                Some(10) => Presence::Online,
                Some(30) => Presence::Busy,
                _ => Presence::Offline,
            };
            world.must(contact.presence == shown, &format!("{shown}: {contact:?}"));
        }
        for contact in &msn.contacts {
            let guest =
                world.guests.iter().find(|guest| guest.account.eq_ignore_ascii_case(&contact.account));
            let is = guest.map_or(Presence::Offline, crate::guest::Guest::presence);
            // Whoever does not have us on AL hides; Amy lets everybody.
            world.must(contact.presence == is, &format!("{is}: {contact:?}"));
        }
        let it = &world.desks[self.desk];
        world.must(it.claimed(BOBS) == Some(Presence::Busy), "Bob's light");
        let wei = qq.contacts.iter().find(|contact| contact.account == WEI).map(|contact| contact.presence);
        world.must(it.claimed(WEIS) == wei, "Wei's light");
        for (led, look) in [
            (LINK, LOOKS.of_link(LinkState::Online)),
            (QQ_LINK, LOOKS.of_link(LinkState::Online)),
            (ME, LOOKS.of_status(Status::Online)),
        ] {
            world.must(it.led(led) == look, &format!("LED {led} is {:?}", it.led(led)));
        }
        for (to, tally) in &it.replies_to {
            world.must(tally.open() == 0, &format!("what was said to {to} has ended: {tally:?}"));
        }
    }

    /// While one server hangs the other network does not know of it.
    fn beside(&mut self, world: &mut World) {
        let add = |who| Request::Contact { who, act: ContactAct::Add("") };
        let remove = |who| Request::Contact { who, act: ContactAct::Remove };
        world.fault(&format!("for {DESK_UIN} qq silence any"));
        let desk = self.desk;
        for state in ["NLN", "AWY"] {
            let find = Request::Contact { who: WEI, act: ContactAct::Find };
            self.ask(world, 180 * SECOND, find);
            world.guest(0, |bob, next| bob.be(state, next));
            let is = world.guests[0].presence();
            let shown = |world: &World| world.desks[desk].claimed(BOBS) == Some(is);
            self.until(world, SECOND, "Bob's light is in time", shown);
            self.done(world, SECOND, add(EVE));
            self.done(world, SECOND, remove(EVE));
            self.answered = true;
            self.done(world, 3 * SECOND, Request::Reply { index: 0, to: Some(BOB) });
            self.run(world, 40 * SECOND);
        }
        world.service().clear_faults();
        self.run(world, 3 * MINUTE);
        for fault in ["no-qng", "silence ADD", "silence ADC", "silence XFR"] {
            world.fault(&format!("for {DESK} {fault}"));
        }
        self.ask(world, 180 * SECOND, add(EVE));
        self.answered = true;
        self.ask(world, 180 * SECOND, Request::Reply { index: 1, to: Some(BOB) });
        for _ in 0..2 {
            self.done(world, 8 * SECOND, Request::Reply { index: 4, to: Some(MEI) });
            self.done(world, 8 * SECOND, remove(LEI));
            self.done(world, 8 * SECOND, add(LEI));
            self.run(world, 20 * SECOND);
        }
        world.service().clear_faults();
        self.run(world, 4 * MINUTE);
    }

    /// An hour in which nothing happens.
    fn quiet(&mut self, world: &mut World) {
        world.piece = READ_CHUNK;
        self.run(world, 10 * MINUTE);
        world.desks[self.desk].woken.clear();
        self.seen.borrow_mut().woken = 0;
        self.run(world, HOUR);
        let woken = &world.desks[self.desk].woken;
        world
            .must(woken.keys().all(|why| ["Link", "network"].contains(&why.as_str())), &format!("{woken:?}"));
        // QQ is asked each 15 s, MSN each 60 s: connected, an answer, closed.
        let most = 240 * 4 + 80 * 2 + 20 * 8;
        let count: u64 = woken.values().sum();
        world.must(count <= most, &format!("woken {woken:?}, more than {most} times"));
    }

    /// The end, in the middle of everything.
    fn end(&mut self, world: &mut World) {
        world.stop(self.desk);
        let desk = self.desk;
        self.seen.borrow_mut().asked.values_mut().for_each(|asked| asked.within = u64::MAX);
        let stopped = world.run_until(2 * SECOND, |world| world.desks[desk].stopped);
        world.must(stopped, "stopped within two seconds");
        let it = &world.desks[desk];
        world.must((1..=it.requests).all(|ticket| it.answers.contains_key(&ticket)), "all are answered");
        world.must(it.replies_to.values().all(|tally| tally.open() == 0), "all have ended");
    }

    /// Another agent, in the place of one that has stopped: what was said is accounted for together.
    fn begin(&mut self, world: &mut World, dialect: u8, kept: Option<Snapshot>) {
        let old = self.desk;
        self.desk = world.begin(wishes(dialect), kept);
        let Desk { replies, qq_replies, replies_to, .. } = &world.desks[old];
        let (replies, qq_replies, replies_to) = (replies.clone(), qq_replies.clone(), replies_to.clone());
        let new = &mut world.desks[self.desk];
        (new.replies, new.qq_replies, new.replies_to) = (replies, qq_replies, replies_to);
        let slowest = self.seen.borrow().slowest;
        self.seen = RefCell::new(Seen { slowest, ..Seen::default() });
        self.waiting.clear();
    }

    /// Stopped and begun again, with what was kept.
    fn again(&mut self, world: &mut World, dialect: u8) {
        for _ in 0..6 {
            self.request(world);
        }
        self.end(world);
        let kept = world.desks[self.desk].snapshot.take();
        self.begin(world, dialect, kept);
        self.count("restarts");
    }
}

fn wishes(dialect: u8) -> nudged::agent::Settings {
    let mut settings = settings_of_both(account(dialect));
    for (name, account) in [("bobby", BOB), ("wei", WEI)] {
        settings.people.push(nudged::agent::Person { name: name.into(), account: account.into() });
    }
    settings.replies.texts.extend(TO_MEI.map(String::from));
    settings
}

/// What Wei does: a new state, a few words or a request every few minutes.
fn script(chance: &mut fastrand::Rng) -> Script {
    let mut scenes = vec![(0, Act::SignIn(State::Online))];
    let mut at = 0;
    while at < SCRIPT / SECOND {
        at += chance.u64(10..600);
        scenes.push((
            at,
            match chance.u8(..7) {
                0 => Act::SignOut,
                1 => Act::SignIn(State::Busy),
                2 => Act::Status(State::Busy),
                3 => Act::Status(State::Online),
                4 => Act::Status(State::Invisible),
                5 => Act::Ask(format!("可以吗？{at}")),
                _ => Act::Say(format!("第 {at} 秒")),
            },
        ));
    }
    let at = std::time::Duration::from_secs;
    Script {
        desk: DESK_UIN,
        people: vec![Person { uin: WEI_UIN, password: "weicheng".into(), answers: Vec::new() }],
        scenes: scenes.into_iter().map(|(second, act)| Scene { at: at(second), who: 0, act }).collect(),
        length: at(366 * 86_400),
    }
}

fn anything(seed: u64, events: usize) {
    let mut it = Anything::new(seed);
    let dialect = it.chance.u8(2..=12);
    let mut world = World::of(people::and(NUMBERS), script(&mut it.chance));
    world.title = format!("seed {seed}, MSNP{dialect}");
    world.slack = 66 * SECOND;
    world.qq_slack = 2 * MINUTE;
    world.piece = it.one(&[1, 7, 100, READ_CHUNK, READ_CHUNK]);
    world.invite(BOB, "builder");
    world.invite(AMY, "pond");
    it.desk = world.begin(wishes(dialect), None);
    for event in 0..events {
        it.happen(&mut world);
        if event == events / 2 {
            it.again(&mut world, dialect);
        }
    }
    it.recover(&mut world);
    it.settle(&mut world);
    it.beside(&mut world);
    it.settle(&mut world);
    it.quiet(&mut world);
    it.truth(&mut world);
    the_server_kept(&mut it, &mut world, dialect);
    let desk = &world.desks[it.desk];
    println!(
        "{}: {:?}, {} h, {} steps, slowest answer {} s, replies {:?}",
        world.title,
        it.counts,
        world.now / HOUR,
        world.steps,
        it.seen.borrow().slowest / SECOND,
        desk.replies_to,
    );
    for _ in 0..6 {
        it.request(&mut world);
    }
    it.end(&mut world);
}

/// Somebody who knows nothing yet is told the same lists.
fn the_server_kept(it: &mut Anything, world: &mut World, dialect: u8) {
    let names = |report: Report| {
        let contacts = &report.accounts[0].contacts;
        let names = contacts.iter().map(|known| {
            // Up to MSNP9 whoever is in no group is in this one.
            let groups = known.groups.iter().filter(|name| *name != "Other Contacts");
            (known.account.clone(), known.blocked, groups.cloned().collect::<Vec<_>>())
        });
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let known = names(it.status(world));
    it.end(world);
    it.begin(world, dialect, None);
    let desk = it.desk;
    it.until(world, MINUTE, "online", |world| world.desks[desk].link == LinkState::Online);
    let kept = names(it.status(world));
    world.must(known == kept, &format!("{known:?} is what the server has: {kept:?}"));
}

#[test]
fn anything_may_happen_at_any_moment() {
    for seed in seeds() {
        anything(seed, 250);
    }
}

/// A few; or as many as the environment says, for long nights.
fn seeds() -> std::ops::Range<u64> {
    let of = |name: &str| std::env::var(name).ok()?.parse().ok();
    let first = of("SEED").unwrap_or(1);
    first..first + of("SEEDS").unwrap_or(3)
}

//! Whole little stories on virtual time: what the network says and the fingers do, and what the board shows of it.

use std::string::{String, ToString};
use std::vec::Vec;

mod two_networks;

use proptest::prelude::*;

use super::accounts::{Account, Accounts};
use super::roster::Roster;
use super::settings::*;
use super::state::{State, Wish};
use super::*;
use crate::frame::{Layout, Look, Rhythm, Screen};
use crate::link::Endpoint;
use crate::message::{Body, Outcome};
use crate::msnp::{Auth, Contact, Event, GroupIds, ListVersion, Lists, Who};
use crate::presence::{LinkState, Presence, Status};
use crate::text::{self, Secret};
use crate::time::Duration;

const BOB: &str = "bob@example.net";
const AMY: &str = "amy@example.net";
const CAT: &str = "cat@example.net";
const LEFT: u8 = 0;
const RIGHT: u8 = 1;

const MSN: Palette = Palette::MSN;

fn button(name: &str, click: Action, double: Option<Action>, hold: Action) -> Button {
    Button { name: name.into(), click: Some(click), double, hold: Some(hold), ..Button::default() }
}

fn light(led: u8, subject: Subject) -> Light {
    Light { leds: vec![led], subject, palette: MSN }
}

fn of(accounts: &[&str]) -> Whose {
    Whose::These(accounts.iter().map(|account| Member::Account((*account).into())).collect())
}

/// LEDs: 0 Bob's presence, 1 messages of everyone, 2 the link, 3 own status and, over it, mail.
fn settings() -> Settings {
    Settings {
        msn: None,
        qq: None,
        people: vec![Person { name: "wei".into(), account: CAT.into() }],
        leds: ["desk", "post", "link", "me"].map(String::from).into(),
        lights: vec![
            light(0, Subject::PresenceOf(of(&[BOB]))),
            light(1, Subject::MessagesOf(Whose::Everyone)),
            light(2, Subject::Link(Network::Msn)),
            light(3, Subject::OwnStatus),
            light(3, Subject::Mail),
        ],
        replies: Replies { texts: ["Yes", "No", "Later"].map(String::from).into(), ..Replies::default() },
        buttons: vec![
            button("left", Action::NextReply, None, Action::SendReply),
            button("right", Action::Acknowledge, Some(Action::Nudge), Action::NextPage),
            button("third", Action::Reply(2), None, Action::CycleStatus),
        ],
        display: Display::default(),
    }
}

/// State on virtual time, with everything that came out of it.
struct Bench {
    settings: Settings,
    state: State,
    now: u64,
    notices: Vec<Notice>,
    frames: Vec<(u64, Frame)>,
    sent: Vec<(u64, u32, String, String)>,
    wishes: Vec<Wish>,
    saves: usize,
    stopped: bool,
    wake: (Option<Instant>, Reason),
}

impl Bench {
    fn new(settings: Settings) -> Self {
        let accounts = accounts(&settings);
        Self::with(settings, accounts)
    }

    fn with(settings: Settings, accounts: Accounts) -> Self {
        let mut state = State::new(&settings, accounts);
        state.turned(Instant::START, &settings);
        let mut bench = Self {
            settings,
            state,
            now: 0,
            notices: vec![],
            frames: vec![],
            sent: vec![],
            wishes: vec![],
            saves: 0,
            stopped: false,
            wake: (None, Reason::Nothing),
        };
        bench.turn(|_, _, _| {});
        bench.notices.clear();
        bench
    }

    /// Signed in, everybody settled: Bob online, Amy busy, wei (Cat) offline.
    fn online() -> Self {
        Self::online_with(settings())
    }

    fn online_with(settings: Settings) -> Self {
        let mut bench = Self::new(settings);
        bench.link(LinkState::Connecting);
        bench.link(LinkState::SigningIn);
        bench.lists(&[(BOB, "Bob", 11), (AMY, "Amy", 3), (CAT, "Cat", 1), ("bad@example.net", "Bad", 5)]);
        bench.link(LinkState::Online);
        bench.msn(Event::Own(Status::Online));
        bench.presence(BOB, Presence::Online);
        bench.presence(AMY, Presence::Busy);
        bench.wait(1000);
        bench.notices.clear();
        bench.frames.drain(..bench.frames.len() - 1);
        bench
    }

    /// One turn of the driver: something happens, then the agent is polled until it sleeps.
    fn turn(&mut self, happens: impl FnOnce(&mut State, Instant, &Settings)) {
        let now = Instant::from_millis(self.now);
        self.state.tick(now, &self.settings);
        happens(&mut self.state, now, &self.settings);
        while let Some(wish) = self.state.wishes.pop_front() {
            if let Wish::Say(ticket) = wish {
                let sent = self.state.desk.sent(ticket).unwrap();
                let words = sent.said.words(&self.settings.replies).to_string();
                self.sent.push((self.now, ticket, sent.to.to_string(), words));
            }
            self.wishes.push(wish);
        }
        self.state.turned(now, &self.settings);
        loop {
            match self.state.poll(now, &self.settings, None) {
                Output::Notice(notice) => self.notices.push(notice),
                Output::Show(frame) => self.frames.push((self.now, frame.clone())),
                Output::SaveSnapshot => self.saves += 1,
                Output::Stopped => self.stopped = true,
                Output::WakeAt { at, reason } => {
                    assert!(at.is_none_or(|at| at > now), "{reason:?} is still due at {now}");
                    self.wake = (at, reason);
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Time passes; the driver wakes at every deadline.
    fn wait(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(at) = self.wake.0.map(Instant::as_millis).filter(|at| *at <= end) {
            self.now = at;
            self.turn(|_, _, _| {});
        }
        self.now = end;
        self.turn(|_, _, _| {});
    }

    fn msn(&mut self, event: Event<'_>) {
        self.turn(|state, now, _| state.msn(now, event));
    }

    fn link(&mut self, state: LinkState) {
        self.msn(Event::State { state, why: "" });
    }

    fn lists(&mut self, contacts: &[(&str, &str, u8)]) {
        self.msn(Event::ListsBegin);
        for (account, name, lists) in contacts {
            self.msn(Event::Contact(contact(account, name, *lists)));
        }
        self.msn(Event::ListsEnd(&ListVersion::default()));
    }

    fn presence(&mut self, account: &str, presence: Presence) {
        self.msn(Event::Presence { account, presence, name: None, initial: true });
    }

    fn text(&mut self, from: &str, words: &str) {
        self.msn(Event::Message { from, name: "", body: Body::Text(words) });
    }

    fn delivery(&mut self, ticket: u32, outcome: Outcome, why: &str) {
        self.msn(Event::Delivery { ticket, outcome, why });
    }

    fn edge(&mut self, index: u8, pressed: bool) {
        self.turn(|state, now, settings| state.button(now, settings, index, pressed, now));
    }

    fn click(&mut self, index: u8) {
        self.hold(index, 60);
    }

    fn hold(&mut self, index: u8, ms: u64) {
        self.edge(index, true);
        self.wait(ms);
        self.edge(index, false);
        self.wait(55);
    }

    /// Edges that waited while something held the thread: the driver tells them before it tells the time.
    fn late(&mut self, edges: &[(u8, bool, u64)]) {
        let now = Instant::from_millis(self.now);
        for &(index, pressed, at) in edges {
            self.state.button(now, &self.settings, index, pressed, Instant::from_millis(at));
        }
        self.turn(|_, _, _| {});
    }

    fn frame(&self) -> &Frame {
        &self.frames.last().unwrap().1
    }

    fn screen(&self) -> &Screen {
        &self.frame().screen
    }

    fn rows(&self) -> Vec<&str> {
        self.screen().rows.iter().map(|row| row.as_str()).collect()
    }

    fn led(&self, index: usize) -> Look {
        self.frame().leds[index]
    }

    /// What came since the last call, as words.
    fn told(&mut self) -> Vec<String> {
        self.notices.drain(..).map(|notice| words(&notice)).collect()
    }
}

/// The accounts of a desk: MSN's, whether or not there is a client behind it, and QQ's if it is configured.
fn accounts(settings: &Settings) -> Accounts {
    let mut accounts = Accounts::default();
    accounts.push(Account::new(Network::Msn, Status::Online, Roster::of(Network::Msn)));
    if let Some(qq) = &settings.qq {
        accounts.push(Account::new(Network::Qq, qq.status, Roster::of(Network::Qq)));
    }
    accounts
}

fn contact<'a>(account: &'a str, name: &'a str, lists: u8) -> Contact<'a> {
    Contact { account, name, lists: Lists(lists), guid: None, groups: GroupIds(b"") }
}

fn words(notice: &Notice) -> String {
    match notice {
        Notice::Link { state, why, .. } => format!("link {state} {why}"),
        Notice::Own { status, .. } => format!("own {}", status.map_or("none", Status::as_str)),
        Notice::Contact { account, presence, name } => format!("{account} {presence} {name}"),
        Notice::Message { from, kind, text } => format!("{} of {from}: {text}", kind.as_str()),
        Notice::Waiting { from, unread } => format!("waiting {from} {unread}"),
        Notice::Reply { to, text, outcome, why } => format!("reply {to} {text} {} {why}", outcome.as_str()),
    }
}

// ---- Signing in ----

#[test]
fn the_start_shows_every_link_state_and_never_a_presence_before_it_is_known() {
    let mut bench = Bench::new(settings());
    assert_eq!(bench.screen().layout, Layout::Notice);
    assert_eq!(bench.rows(), ["starting"]);
    for (state, row) in [(LinkState::Connecting, "connecting"), (LinkState::SigningIn, "signing in")] {
        bench.link(state);
        assert_eq!(bench.rows(), [row]);
        assert_eq!(bench.led(0), MSN.of_link(state));
        assert_eq!(bench.led(2), MSN.of_link(state));
    }
    assert_eq!(bench.told(), ["link connecting ", "link signing-in "]);
    bench.lists(&[(BOB, "Bob", 11)]);
    assert_eq!(bench.rows(), ["signing in", "Bob                 ?"]);
}

#[test]
fn the_burst_of_a_sign_in_flashes_nothing_and_calls_nobody_offline_too_soon() {
    let mut bench = Bench::new(settings());
    bench.link(LinkState::SigningIn);
    bench.lists(&[(BOB, "Bob", 11), (AMY, "Amy", 3)]);
    bench.frames.clear();
    bench.told();
    bench.link(LinkState::Online);
    bench.wait(300);
    bench.presence(BOB, Presence::Online);
    bench.wait(2000);
    let desk: Vec<Look> = bench.frames.iter().map(|(_, frame)| frame.leds[0]).collect();
    assert_eq!(desk[0], MSN.of_link(LinkState::SigningIn));
    assert!(desk[1..].iter().all(|look| *look == MSN.of_presence(Presence::Online)), "{desk:?}");
    assert_eq!(bench.told(), ["link online ", "bob@example.net online Bob", "amy@example.net offline Amy"]);
    assert_eq!(bench.rows(), ["…                 1/2", "Bob            online", "Amy           offline"]);
    assert_eq!(bench.wake.0, Some(Instant::from_millis(60_000)), "then only the display's darkness is due");
}

#[test]
fn all_followed_contacts_are_known_half_a_second_after_sign_in() {
    let mut bench = Bench::new(settings());
    bench.lists(&[(BOB, "Bob", 11)]);
    bench.link(LinkState::Online);
    assert_eq!(bench.wake, (Some(Instant::from_millis(500)), Reason::Link));
    bench.wait(500);
    assert_eq!(bench.told(), ["link online ", "bob@example.net offline Bob"]);
    assert_eq!(bench.led(0), Look::OFF);
}

#[test]
fn a_lost_link_takes_every_colour_with_it_at_once() {
    let mut bench = Bench::online();
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Online));
    bench.link(LinkState::Stale);
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Stale); 4]);
    bench.link(LinkState::Online);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Online), "an answer brings it back");
    bench.msn(Event::State { state: LinkState::Lost, why: "connection broken" });
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Lost); 4]);
    assert_eq!(bench.rows(), ["connection lost", "connection broken", "trying again by", "itself"]);
    let told = bench.told();
    assert_eq!(told[..3], ["link stale ", "link online ", "link lost connection broken"]);
    assert_eq!(told.len(), 8, "three contacts are unknown: {told:?}");
    assert!(told.contains(&"bob@example.net unknown Bob".to_string()));
    bench.link(LinkState::Connecting);
    assert_eq!(bench.rows()[0], "connecting");
    assert!(bench.rows().contains(&"Bob                 ?"), "names stay: {:?}", bench.rows());
}

#[test]
fn lights_may_be_about_several_people_groups_mail_and_ourselves() {
    let mut settings = settings();
    settings.lights[0].subject = Subject::PresenceOf(Whose::These(vec![Member::Group("Friends".into())]));
    let mut bench = Bench::new(settings);
    bench.msn(Event::ListsBegin);
    bench.msn(Event::Group { id: crate::msnp::GroupId::Number(3), name: "Friends" });
    for account in [BOB, AMY] {
        bench.msn(Event::Contact(Contact { groups: GroupIds(b"3"), ..contact(account, "", 1) }));
    }
    bench.msn(Event::ListsEnd(&ListVersion::default()));
    bench.link(LinkState::Online);
    bench.msn(Event::Own(Status::Invisible));
    bench.presence(AMY, Presence::Away);
    bench.wait(600);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Away));
    bench.presence(BOB, Presence::Busy);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Busy), "busy is nearer than away");
    assert_eq!(bench.led(3), MSN.invisible);
    bench.msn(Event::Mail { unread: Some(2), from: "" });
    assert_eq!(bench.led(3), MSN.mail);
    assert_eq!(bench.rows()[0], "invisible… mail 2 2/2");
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.led(3), MSN.invisible, "acknowledged");
    bench.text(AMY, "hi");
    assert_eq!(bench.led(0), MSN.waiting);
}

// ---- Messages ----

#[test]
fn a_message_is_latched_shown_answered_and_gone() {
    let mut bench = Bench::online();
    bench.text(BOB, "Lunch at noon? The usual place, table by the window");
    assert_eq!(
        bench.told(),
        [
            "text of bob@example.net: Lunch at noon? The usual place, table by the window",
            "waiting bob@example.net 1"
        ]
    );
    assert_eq!(bench.screen().layout, Layout::Message);
    assert_eq!(bench.rows(), ["Bob", "Lunch at noon? The", "usual place, table by", "the window"]);
    assert_eq!((bench.led(0), bench.led(1)), (MSN.waiting, MSN.waiting));
    assert_eq!(bench.led(3), MSN.of_presence(Presence::Online), "own status is not about Bob");

    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.screen().layout, Layout::Menu);
    assert_eq!(
        bench.rows(),
        ["To: Bob", "Yes", "click left: next", "hold left: send", "click right: cancel"]
    );
    bench.click(LEFT);
    assert_eq!(bench.rows()[1], "No");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent, [(bench.sent[0].0, 1, BOB.to_string(), "No".to_string())]);
    assert_eq!(bench.rows(), ["To: Bob", "No", "sending..."]);
    bench.delivery(1, Outcome::Sending, "");
    assert_eq!(bench.told(), ["reply bob@example.net No sending "], "once");
    assert_eq!(bench.led(0), MSN.waiting, "not yet");

    bench.delivery(1, Outcome::Delivered, "");
    assert_eq!(bench.told(), ["reply bob@example.net No delivered ", "waiting bob@example.net 0"]);
    assert_eq!(bench.rows(), ["To: Bob", "No", "delivered"]);
    assert_eq!(bench.led(0), MSN.delivered);
    bench.wait(1000);
    assert_eq!((bench.led(0), bench.led(1)), (MSN.of_presence(Presence::Online), Look::OFF));
    bench.wait(1000);
    assert_eq!(bench.screen().layout, Layout::List);
    bench.delivery(1, Outcome::Failed, "an echo");
    assert_eq!(bench.told(), [""; 0], "what was delivered stays delivered");
}

#[test]
fn a_message_that_comes_between_press_and_delivery_goes_on_waiting() {
    let mut bench = Bench::online();
    bench.text(BOB, "one");
    bench.wait(1000);
    bench.click(LEFT);
    bench.text(BOB, "two");
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Delivered, "");
    assert!(bench.told().contains(&"waiting bob@example.net 1".to_string()));
    bench.wait(3000);
    assert_eq!(bench.rows(), ["Bob", "two"]);
    assert_eq!(bench.led(0), MSN.waiting);
}

#[test]
fn a_failed_reply_says_why_and_goes_again_at_the_next_send() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Failed, "bob@example.net is offline");
    assert_eq!(
        bench.rows(),
        ["To: Bob", "Yes", "not delivered", "bob@example.net is", "offline", "hold left: send again"]
    );
    assert_eq!(bench.led(0), MSN.failed);
    bench.wait(3000);
    assert_eq!(bench.led(0), MSN.waiting, "still unanswered");
    bench.hold(LEFT, 700);
    let again: Vec<_> =
        bench.sent.iter().map(|(_, ticket, to, text)| (*ticket, &to[..], &text[..])).collect();
    assert_eq!(again, [(1, BOB, "Yes"), (2, BOB, "Yes")]);
    bench.delivery(2, Outcome::Delivered, "");
    assert_eq!(bench.state.latch.iter().len(), 0);
}

#[test]
fn a_reply_nobody_knows_the_fate_of_is_not_sent_again_by_itself() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Unsure, "no answer");
    assert_eq!(bench.rows()[2], "perhaps delivered");
    bench.wait(100_000);
    assert_eq!(bench.sent.len(), 1);
    assert_eq!(bench.state.latch.iter().len(), 1, "it still waits");
}

#[test]
fn the_menu_stays_with_its_person_and_forgets_them_in_time() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.text(AMY, "me too");
    assert_eq!(bench.rows()[0], "To: Bob");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent[0].2, BOB);
    bench.delivery(1, Outcome::Delivered, "");
    bench.wait(2100);
    assert_eq!(bench.rows()[0], "Amy");

    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.rows()[0], "To: Amy");
    bench.settings.display.blank_after = Duration::ZERO;
    bench.wait(60_000);
    assert_eq!(bench.rows()[0], "Amy", "expired");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent.len(), 1, "no menu, nothing to send");
}

#[test]
fn another_button_leaves_the_menu_without_acknowledging() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.rows(), ["Bob", "hi"]);
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.screen().layout, Layout::List);
    assert_eq!(bench.told().last().unwrap(), "waiting bob@example.net 0");
}

#[test]
fn a_press_within_300_ms_of_another_person_does_nothing_to_anybody() {
    for (wait, acts) in [(0, false), (200, false), (299, false), (300, true), (1000, true)] {
        let mut bench = Bench::online();
        bench.text(BOB, "hi");
        bench.wait(5000);
        bench.text(AMY, "ho");
        bench.wait(wait);
        bench.click(2);
        assert_eq!(bench.sent.len(), usize::from(acts), "{wait} ms");
        if acts {
            assert_eq!(bench.sent[0].2, AMY);
        }
    }
}

#[test]
fn a_hold_begun_for_one_person_never_ends_up_with_another() {
    let mut settings = settings();
    settings.buttons[0].hold = Some(Action::Reply(0));
    settings.buttons[0].hold_after = Duration::from_millis(2000);
    let mut bench = Bench::online_with(settings);
    bench.text(BOB, "hi");
    bench.wait(5000);
    bench.edge(LEFT, true);
    bench.wait(500);
    bench.text(AMY, "ho");
    bench.wait(5000);
    assert!(bench.sent.is_empty(), "{:?}", bench.sent);
}

#[test]
fn nudges_come_and_go() {
    let mut bench = Bench::online();
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Nudge });
    assert_eq!(bench.rows(), ["Bob", "nudges you"]);
    assert_eq!(bench.led(0), MSN.nudge);
    assert_eq!(bench.told(), ["nudge of bob@example.net: ", "waiting bob@example.net 1"]);
    bench.wait(2000);
    assert_eq!(bench.led(0), MSN.waiting);
    bench.edge(RIGHT, true);
    bench.wait(50);
    bench.edge(RIGHT, false);
    bench.wait(50);
    bench.click(RIGHT);
    assert_eq!((bench.sent[0].2.as_str(), bench.sent[0].3.as_str()), (BOB, ""));
    assert_eq!(bench.rows(), ["To: Bob", "(nudge)", "sending..."]);
}

#[test]
fn a_typing_mark_lasts_six_seconds_and_wakes_nobody() {
    let mut bench = Bench::online();
    bench.wait(70_000);
    assert!(!bench.screen().lit);
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Typing });
    assert!(!bench.screen().lit);
    bench.wait(5000);
    bench.click(RIGHT);
    assert_eq!(bench.rows()[1], "Bob            typing");
    bench.wait(1000);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.text(BOB, "hi");
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Typing });
    assert_eq!(bench.rows(), ["Bob", "hi", "is typing..."]);
}

#[test]
fn strangers_and_blocked_people_light_nothing() {
    let mut bench = Bench::online();
    bench.frames.drain(..bench.frames.len() - 1);
    for from in ["stranger@example.net", "bad@example.net"] {
        for body in [Body::Text("hi"), Body::Nudge, Body::Typing, Body::Invite("file")] {
            bench.msn(Event::Message { from, name: "", body });
        }
    }
    assert_eq!((bench.told(), bench.frames.len()), (vec![], 1));
}

#[test]
fn who_adds_us_is_told_once_and_their_leaving_too() {
    let mut bench = Bench::online();
    let saves = bench.saves;
    let row = contact("new@example.net", "New", 8);
    bench.msn(Event::Added { contact: row, unasked: true });
    bench.msn(Event::Added { contact: row, unasked: true });
    bench.msn(Event::Added { contact: contact("bad@example.net", "", 8), unasked: true });
    assert_eq!(bench.told(), ["request of new@example.net: "]);
    assert!(bench.saves > saves);
    bench.msn(Event::Removed {
        list: Lists::RL,
        who: Who::Account("new@example.net"),
        group: None,
        unasked: true,
    });
    assert_eq!(bench.state.accounts.find("new@example.net"), None);
}

#[test]
fn a_friend_who_puts_us_back_on_their_list_asks_nothing() {
    let mut bench = Bench::online();
    bench.msn(Event::Removed { list: Lists::RL, who: Who::Account(BOB), group: None, unasked: true });
    bench.msn(Event::Added { contact: contact(BOB, "Bob", 8), unasked: true });
    assert_eq!(bench.told(), Vec::<String>::new());
    bench.msn(Event::Added { contact: contact("allowed@example.net", "", 2), unasked: false });
    bench.msn(Event::Added { contact: contact("allowed@example.net", "", 8), unasked: true });
    assert_eq!(bench.told(), Vec::<String>::new());
}

#[test]
fn whom_we_add_is_offline_until_they_say_otherwise() {
    let mut bench = Bench::online();
    bench.msn(Event::Added { contact: contact("new@example.net", "New", 1), unasked: false });
    bench.wait(600);
    assert_eq!(bench.told(), ["new@example.net offline New"]);
    bench.msn(Event::Removed {
        list: Lists::FL,
        who: Who::Account("new@example.net"),
        group: None,
        unasked: false,
    });
    assert_eq!(bench.told(), ["new@example.net unknown New"]);
    assert_eq!(bench.state.accounts.find("new@example.net"), None);
}

#[test]
fn short_names_win_over_friendly_names_and_those_over_addresses() {
    let mut bench = Bench::online();
    bench.text(CAT, "你好");
    assert_eq!(bench.rows(), ["wei", "你好"]);
    bench.text(BOB, "a");
    bench.text(BOB, "b");
    assert_eq!(bench.rows(), ["Bob            (2) +1", "b"]);
    bench.msn(Event::Renamed { account: BOB, name: "Rob\u{1b}[31m\u{202e}ert" });
    assert_eq!(bench.rows()[0], "Rob[31mert     (2) +1");
}

#[test]
fn pages_go_through_the_senders_waiting_and_then_the_contacts() {
    let mut settings = settings();
    settings.display.rows = 3;
    let mut bench = Bench::online_with(settings);
    bench.presence("bad@example.net", Presence::Online);
    bench.text(BOB, "hi");
    bench.text(AMY, "ho");
    let mut seen = vec![];
    for _ in 0..5 {
        seen.push(bench.rows()[..2].join("/"));
        bench.hold(RIGHT, 700);
    }
    let list = "online            3/4/Bad            online";
    assert_eq!(
        seen,
        [
            "Amy                +1/ho",
            "Bob                +1/hi",
            list,
            "online            3/4/Amy              busy",
            seen[0].as_str()
        ]
    );
}

#[test]
fn a_page_that_is_gone_becomes_the_last_one_and_darkness_turns_back_to_the_first() {
    let mut settings = settings();
    settings.display.rows = 2;
    let mut bench = Bench::online_with(settings);
    bench.presence(AMY, Presence::Away);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.hold(RIGHT, 700);
    assert_eq!(bench.rows()[1], "Amy              away");
    bench.presence(AMY, Presence::Offline);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.presence(AMY, Presence::Away);
    assert_eq!(bench.rows()[1], "Amy              away");
    bench.wait(100_000);
    bench.click(RIGHT);
    assert_eq!(bench.rows()[1], "Bob            online");
}

#[test]
fn privacy_keeps_words_and_names_from_passers_by() {
    let mut quiet = settings();
    quiet.display.privacy = Privacy::Sender;
    let mut bench = Bench::online_with(quiet);
    bench.text(BOB, "secret");
    assert_eq!(bench.rows(), ["Bob"]);

    let mut silent = settings();
    silent.display.privacy = Privacy::None;
    let mut bench = Bench::online_with(silent);
    bench.text(BOB, "secret");
    bench.wait(1000);
    assert_eq!(bench.rows(), ["a message waits"]);
    bench.click(2);
    assert!(bench.sent.is_empty(), "a name nobody could read is not written to at once");
    bench.click(LEFT);
    assert_eq!(bench.rows()[0], "To: Bob", "the menu must tell");
    bench.wait(300);
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent[0].2, BOB);
}

#[test]
fn server_words_and_mail_reach_the_display() {
    let mut bench = Bench::online();
    bench.msn(Event::Notice("The server will be down for maintenance"));
    assert_eq!(bench.rows(), ["server says", "The server will be", "down for maintenance"]);
    bench.wait(20_000);
    assert_eq!(bench.screen().layout, Layout::List);
    bench.msn(Event::Mail { unread: None, from: "post@example.net" });
    assert_eq!(bench.told(), ["mail of post@example.net: "]);
    assert_eq!(bench.led(3), MSN.mail);
    bench.msn(Event::Mail { unread: Some(0), from: "" });
    assert_eq!(bench.led(3), MSN.of_presence(Presence::Online));
}

// ---- Display and buttons ----

#[test]
fn the_display_goes_dark_and_the_first_press_only_lights_it() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(60_000);
    assert_eq!(*bench.screen(), Screen::default());
    assert_eq!(bench.led(0), MSN.waiting, "the light goes on telling");
    bench.hold(2, 1000);
    assert_eq!(bench.rows(), ["Bob", "hi"]);
    assert!(bench.sent.is_empty() && bench.wishes.is_empty(), "{:?}", bench.wishes);
    bench.click(2);
    assert_eq!(bench.sent[0].2, BOB);
    bench.wait(100_000);
    bench.text(AMY, "ho");
    assert!(bench.screen().lit, "a message lights it");
}

#[test]
fn what_the_dark_display_hides_is_not_sent() {
    let mut bench = Bench::online();
    bench.settings.replies.expire = Duration::from_secs(600);
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.wait(61_000);
    assert!(!bench.screen().lit);
    bench.click(LEFT);
    bench.wait(1000);
    bench.hold(LEFT, 700);
    assert!(bench.sent.is_empty());
}

#[test]
fn a_board_without_a_display_answers_who_wrote_last_and_has_no_menu() {
    let mut settings = settings();
    settings.display.rows = 0;
    let mut bench = Bench::online_with(settings);
    assert!(!bench.screen().lit);
    bench.text(BOB, "hi");
    bench.wait(500_000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    assert!(bench.sent.is_empty());
    bench.click(2);
    assert_eq!((bench.sent[0].2.as_str(), bench.sent[0].3.as_str()), (BOB, "Later"));
    bench.delivery(1, Outcome::Failed, "");
    bench.text(AMY, "ho");
    bench.wait(1000);
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent.len(), 1, "Bob's reply does not go to Amy");
}

#[test]
fn our_status_goes_round_and_shows_what_the_server_confirmed() {
    let mut bench = Bench::online();
    for (wanted, word) in [
        (Status::Busy, "online…"),
        (Status::Away, "busy…"),
        (Status::Invisible, "away…"),
        (Status::Online, "invisible…"),
    ] {
        bench.hold(2, 700);
        assert_eq!(bench.wishes.pop(), Some(Wish::Status(wanted)));
        assert!(bench.rows()[0].starts_with(word), "{:?}", bench.rows());
        bench.msn(Event::Own(wanted));
        assert!(bench.rows()[0].starts_with(wanted.as_str()) && !bench.rows()[0].contains('…'));
    }
    assert_eq!(bench.told(), ["own busy", "own away", "own invisible", "own online"]);
}

#[test]
fn a_press_ends_the_waiting_of_a_link_that_needs_a_person() {
    for (state, row) in
        [(LinkState::Elsewhere, "signed in elsewhere"), (LinkState::Refused, "sign-in refused")]
    {
        let mut bench = Bench::online();
        bench.wait(100_000);
        bench.link(state);
        assert_eq!(bench.rows()[0], row, "it lights the display");
        bench.click(RIGHT);
        assert_eq!(bench.wishes, [Wish::Retry(Network::Msn)]);
        bench.wait(100_000);
        bench.click(RIGHT);
        assert_eq!(
            bench.wishes,
            [Wish::Retry(Network::Msn)],
            "the first press on a dark display only lights it"
        );
    }
    let mut bench = Bench::online();
    bench.link(LinkState::Lost);
    bench.click(RIGHT);
    assert_eq!(bench.wishes, [], "a broken link comes back by itself");
}

#[test]
fn a_stuck_button_and_a_button_nobody_configured_do_nothing() {
    let mut bench = Bench::online();
    bench.edge(7, true);
    bench.edge(2, true);
    bench.wait(60_000);
    assert_eq!(bench.wishes, [Wish::Status(Status::Busy)], "the hold, once");
    bench.edge(2, false);
    bench.wait(1000);
    assert_eq!(bench.wishes.len(), 1);
}

#[test]
fn a_click_that_is_told_a_second_late_is_a_click_and_no_hold() {
    let mut settings = settings();
    settings.buttons[2].click = Some(Action::Status(Status::Busy));
    settings.buttons[2].hold = Some(Action::Status(Status::Away));
    let mut bench = Bench::online_with(settings);
    let began = bench.now;
    bench.now += 1100;
    bench.late(&[(2, true, began + 100), (2, false, began + 200)]);
    assert_eq!(bench.wishes, [Wish::Status(Status::Busy)]);
    bench.wishes.clear();
    let began = bench.now;
    bench.now += 5000;
    bench.late(&[
        (2, true, began),
        (2, false, began + 601),
        (2, true, began + 700),
        (2, false, began + 1300),
    ]);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away), Wish::Status(Status::Busy)]);
}

#[test]
fn lost_edges_let_no_time_pass_and_end_what_was_under_way() {
    let mut agent = Agent::new(settings(), None, 1);
    let at = Instant::from_millis;
    let mut told = |input| {
        agent.handle(at(1100), input);
        loop {
            if let Output::WakeAt { reason, .. } = agent.poll(at(1100)) {
                return reason;
            }
        }
    };
    assert_eq!(told(Input::Button { index: LEFT, pressed: true, at: at(100) }), Reason::Gesture);
    assert_eq!(told(Input::Lost { index: LEFT, pressed: false, at: at(1100) }), Reason::Display, "no hold");
    assert_eq!(
        told(Input::Lost { index: 99, pressed: true, at: at(1100) }),
        Reason::Display,
        "there is none"
    );
    assert_eq!(
        told(Input::Lost { index: RIGHT, pressed: true, at: at(1100) }),
        Reason::Gesture,
        "stuck, some day"
    );
}

#[test]
fn an_edge_lets_time_pass_for_gestures_only_as_far_as_itself() {
    let mut agent = Agent::new(settings(), None, 1);
    let at = Instant::from_millis;
    let mut told = |input| {
        agent.handle(at(1100), input);
        loop {
            if let Output::WakeAt { at, reason } = agent.poll(at(1100)) {
                return (at, reason);
            }
        }
    };
    let gesture = |ms| (Some(at(ms)), Reason::Gesture);
    assert_eq!(told(Input::Button { index: LEFT, pressed: true, at: at(100) }), gesture(150));
    assert_eq!(told(Input::Button { index: LEFT, pressed: false, at: at(200) }), gesture(250));
    assert_eq!(told(Input::Tick).1, Reason::Display);
    // What comes from the future came now, and what comes from before the last edge came with it.
    assert_eq!(told(Input::Button { index: RIGHT, pressed: true, at: at(9000) }), gesture(1150));
    assert_eq!(
        told(Input::Button { index: RIGHT, pressed: false, at: at(500) }).1,
        Reason::Display,
        "a bounce"
    );
}

#[test]
fn what_several_buttons_did_meanwhile_is_done_in_the_order_they_did_it() {
    let mut settings = settings();
    for (button, status) in settings.buttons.iter_mut().zip([Status::Away, Status::Busy, Status::Brb]) {
        *button = Button { release: Some(Action::Status(status)), ..Button::default() };
    }
    let mut bench = Bench::online_with(settings);
    let began = bench.now;
    bench.now += 2000;
    bench.late(&[
        (2, true, began),
        (0, true, began + 100),
        (1, true, began + 200),
        (1, false, began + 1000),
        (2, false, began + 1010),
        (0, false, began + 1020),
    ]);
    let wishes = [Status::Busy, Status::Brb, Status::Away].map(Wish::Status);
    assert_eq!(bench.wishes, wishes);
}

#[test]
fn press_and_release_act_by_themselves_but_on_a_dark_display_neither_does() {
    let mut settings = settings();
    settings.buttons[LEFT as usize] = Button {
        press: Some(Action::Status(Status::Away)),
        release: Some(Action::Status(Status::Online)),
        ..Button::default()
    };
    let mut bench = Bench::online_with(settings);
    bench.edge(LEFT, true);
    bench.wait(50);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away)]);
    bench.wait(3000);
    bench.edge(LEFT, false);
    bench.wait(50);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away), Wish::Status(Status::Online)]);
    bench.wishes.clear();
    bench.wait(60_000);
    assert!(!bench.screen().lit);
    bench.hold(LEFT, 400);
    assert!(bench.screen().lit);
    assert_eq!(bench.wishes, []);
}

#[test]
fn a_button_held_walks_through_the_menu() {
    let mut settings = settings();
    let left = &mut settings.buttons[LEFT as usize];
    (left.hold, left.repeat) = (None, Some(Duration::from_millis(300)));
    let mut bench = Bench::online_with(settings);
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.rows()[..2], ["To: Bob", "Yes"]);
    bench.hold(LEFT, 1000);
    assert_eq!(bench.rows()[..2], ["To: Bob", "Later"], "two steps, and the release is none");
}

// ---- The shell around it ----

fn msn_settings(account: &str) -> crate::msnp::Settings {
    crate::msnp::Settings {
        server: Endpoint { host: text::cut("ms.example.net"), port: 1863 },
        account: account.into(),
        password: Secret::new("canary".into()),
        auth: Auth::Md5,
        dialects: vec![],
        status: Status::Busy,
    }
}

fn outputs(agent: &mut Agent, now: u64) -> Vec<String> {
    let mut out = vec![];
    loop {
        match agent.poll(Instant::from_millis(now)) {
            Output::Notice(notice) => out.push(words(&notice)),
            Output::Show(frame) => {
                let looks: Vec<String> = frame.leds.iter().map(|look| look.rhythm.to_string()).collect();
                out.push(format!("show {} {}", looks.join(" "), frame.screen.rows.join("/")));
            }
            Output::WakeAt { at, reason } => {
                out.push(format!("wake {:?} {reason:?}", at.map(Instant::as_millis)));
                return out;
            }
            other => out.push(format!("{other:?}").split(' ').next().unwrap().to_string()),
        }
    }
}

#[test]
fn the_first_poll_tells_the_first_state_once() {
    let settings = Settings { msn: None, ..settings() };
    let mut agent = Agent::new(settings, None, 1);
    assert_eq!(
        outputs(&mut agent, 5),
        ["show breathe breathe breathe breathe starting/no contacts", "wake Some(60005) Display"]
    );
    assert_eq!(outputs(&mut agent, 6), ["wake Some(60005) Display"]);
    agent.handle(Instant::from_millis(60_005), Input::Tick);
    assert_eq!(outputs(&mut agent, 60_005), ["show breathe breathe breathe breathe ", "wake None Nothing"]);
}

#[test]
fn stopping_signs_out_and_leaves_the_board_blank() {
    let mut agent = Agent::new(settings(), None, 1);
    outputs(&mut agent, 0);
    agent.handle(Instant::from_millis(10), Input::Stop);
    assert_eq!(outputs(&mut agent, 10), ["show off off off off ", "Stopped", "wake None Nothing"]);
    agent.handle(Instant::from_millis(20), Input::Stop);
    assert_eq!(outputs(&mut agent, 20), ["wake None Nothing"]);
}

#[test]
fn a_server_that_does_not_let_go_holds_the_end_up_for_a_second_only() {
    let mut bench = Bench::online();
    bench.turn(|state, now, _| assert!(state.stop(now) && !state.stop(now)));
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Stopping); 4]);
    assert_eq!(bench.rows(), ["signing out"]);
    bench.hold(2, 700);
    assert_eq!(bench.wishes, [], "buttons are over");
    bench.wait(200);
    assert!(!bench.stopped);
    bench.wait(100);
    assert!(bench.stopped);
    assert_eq!((bench.frame().leds[..].to_vec(), bench.screen()), (vec![Look::OFF; 4], &Screen::default()));

    let mut bench = Bench::online();
    bench.turn(|state, now, _| assert!(state.stop(now)));
    bench.link(LinkState::Stopped);
    assert!(bench.stopped);
}

#[test]
fn a_restart_shows_names_at_once_and_no_presence() {
    let mut first = Agent::new(Settings { msn: Some(msn_settings("me@example.net")), ..settings() }, None, 1);
    assert_eq!(first.snapshot(), None);
    let now = Instant::START;
    for event in [
        Event::ListsBegin,
        Event::Contact(contact(BOB, "Bob", 3)),
        Event::ListsEnd(&ListVersion { list: text::cut("7"), settings: text::cut("") }),
        Event::Presence { account: BOB, presence: Presence::Online, name: None, initial: true },
    ] {
        first.state.msn(now, event);
    }
    assert!(outputs(&mut first, 0).contains(&"SaveSnapshot".to_string()));
    let snapshot = first.snapshot().unwrap();

    let again = |account: &str| {
        let settings = Settings { msn: Some(msn_settings(account)), ..settings() };
        let mut agent = Agent::new(settings, Some(snapshot.clone()), 1);
        outputs(&mut agent, 0).into_iter().find(|out| out.starts_with("show")).unwrap()
    };
    assert!(
        again("ME@example.net").ends_with("connecting/Bob                 ?"),
        "{}",
        again("me@example.net")
    );
    assert!(again("other@example.net").ends_with(" connecting"), "another account's lists are not shown");

    let mut moved = msn_settings("me@example.net");
    moved.server.port = 1864;
    let mut agent = Agent::new(Settings { msn: Some(moved), ..settings() }, Some(snapshot.clone()), 1);
    assert_eq!(agent.snapshot(), None, "nor another server's");
    outputs(&mut agent, 0);
}

// ---- Bounds ----

/// A roster such as people have, `count` contacts long.
fn sign_in(state: &mut State, count: usize) {
    let now = Instant::START;
    state.msn(now, Event::ListsBegin);
    for number in 0..count {
        let account = format!("firstname.lastname{number}@example.net");
        let name = format!("Firstname L. {number}");
        state.msn(now, Event::Contact(contact(&account, &name, 11)));
    }
    state.msn(now, Event::ListsEnd(&ListVersion::default()));
    state.msn(now, Event::State { state: LinkState::Online, why: "" });
}

#[test]
fn a_contact_costs_at_most_a_hundred_octets() {
    // And four thousand for the groups, however many there are.
    for (count, most) in [(600, 64_000), (1000, 104_000)] {
        let mut state = State::new(&settings(), accounts(&settings()));
        // The texts of the events themselves are freed again; what stays is the roster.
        let info = allocation_counter::measure(|| sign_in(&mut state, count));
        assert_eq!(state.accounts.followed().count(), count);
        assert!(info.bytes_current <= most, "{count} contacts take {} octets", info.bytes_current);
        assert!(info.bytes_current > 0);
        println!("{count} contacts: {} octets; state {} octets", info.bytes_current, size_of::<State>());
    }
}

#[test]
fn after_sign_in_no_event_allocates() {
    let settings = settings();
    let mut state = State::new(&settings, accounts(&settings));
    sign_in(&mut state, 1000);
    let friend = "firstname.lastname500@example.net";
    let long = "n".repeat(120);
    let mut now = 0;
    let mut turns = 0;
    let info = allocation_counter::measure(|| {
        for round in 0_u8..100 {
            let name = if round % 2 == 0 { Some(long.as_str()) } else { Some("short") };
            let added = if round % 2 == 0 { "new@example.net" } else { "newer@example.net" };
            for event in [
                Event::Presence { account: friend, presence: Presence::Busy, name, initial: false },
                Event::Message { from: friend, name: "", body: Body::Text(&long) },
                Event::Message { from: friend, name: "", body: Body::Nudge },
                Event::Message { from: "stranger@example.net", name: "", body: Body::Typing },
                Event::Added { contact: contact(added, "New", 9), unasked: true },
                Event::Renamed { account: added, name: &long },
                Event::Removed { list: Lists(9), who: Who::Account(added), group: None, unasked: true },
                Event::Mail { unread: None, from: friend },
                Event::Delivery { ticket: u32::from(round), outcome: Outcome::Delivered, why: "" },
                Event::State { state: LinkState::Lost, why: &long },
                Event::State { state: LinkState::Online, why: "" },
            ] {
                for ms in [0, 400, 50] {
                    now += ms;
                    let at = Instant::from_millis(now);
                    state.tick(at, &settings);
                    if ms == 0 {
                        state.msn(at, event);
                    } else {
                        state.button(at, &settings, round % 3, ms == 400, at);
                    }
                    while state.wishes.pop_front().is_some() {}
                    state.turned(at, &settings);
                    while !matches!(state.poll(at, &settings, None), Output::WakeAt { .. }) {}
                    turns += 1;
                }
            }
        }
    });
    assert_eq!(turns, 3300);
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn a_thousand_contacts_sign_in_and_start_again_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(|| {
        let with_msn = || Settings { msn: Some(msn_settings("me@example.net")), ..settings() };
        let mut agent = Agent::new(with_msn(), None, 1);
        sign_in(&mut agent.state, 1000);
        outputs(&mut agent, 0);
        let octets = postcard::to_allocvec(&agent.snapshot().unwrap()).unwrap();
        let agent = Agent::new(with_msn(), Some(postcard::from_bytes(&octets).unwrap()), 1);
        for number in 0..1000 {
            let account = format!("firstname.lastname{number}@example.net");
            assert_eq!(agent.state.accounts.find(&account).unwrap().name, format!("Firstname L. {number}"));
        }
    });
    thread.unwrap().join().unwrap();
}

// ---- Any order of things ----

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

//! Whole little stories on virtual time: what the network says and the fingers do, and what the board shows of it.

mod any_order;
mod bounds;
mod display_and_buttons;
mod messages;
mod signing_in;
mod turns;
mod two_networks;

use std::string::{String, ToString};
use std::vec::Vec;

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
        Notice::Own { status, .. } => format!("own {}", status.as_str()),
        Notice::Contact { account, presence, name } => format!("{account} {presence} {name}"),
        Notice::Message { from, kind, text } => format!("{} of {from}: {text}", kind.as_str()),
        Notice::Waiting { from, unread } => format!("waiting {from} {unread}"),
        Notice::Reply { to, text, outcome, why } => format!("reply {to} {text} {} {why}", outcome.as_str()),
    }
}

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

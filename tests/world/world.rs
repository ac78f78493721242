//! Time, the wires between agents, friends and the service, and what must hold after every step.
//!
//! Nothing here waits: time jumps to the next moment at which anything is due.

mod log;
mod rules;
mod wires;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use nudged::agent::{Agent, Input, Output, Reason, Settings, Snapshot};
use nudged::emulator::qq::{Friends, Script, State};
use nudged::emulator::{Accounts, ConnId, Door, Emulator, Fault, Options, Service};
use nudged::limits::READ_CHUNK;
use nudged::link::{Closed, Endpoint, Link};
use nudged::presence::{LinkState, Presence};
use nudged::time::Instant;

use crate::desk::{Desk, WEI_UIN};
use crate::guest::{Guest, Order};
pub(crate) use crate::virtual_time::*;

/// How somebody really is, and was until a light had to know.
#[derive(Debug)]
struct Truth(VecDeque<(u64, Presence)>);

impl Default for Truth {
    fn default() -> Self {
        Self(VecDeque::from([(0, Presence::Offline)]))
    }
}

impl Truth {
    /// Says whether that is new.
    fn observe(&mut self, now: u64, slack: u64, presence: Presence) -> bool {
        let new = self.0.back().is_none_or(|(_, last)| *last != presence);
        if new {
            self.0.push_back((now, presence));
        }
        while self.0.get(1).is_some_and(|(at, _)| at + slack < now) {
            self.0.pop_front();
        }
        new
    }

    fn allows(&self, claimed: Presence) -> bool {
        self.0.iter().any(|(_, true_then)| *true_then == claimed)
    }
}

/// A connection of a desk.
struct Wire {
    desk: usize,
    link: Link,
    door: Door,
    /// Swallows everything, both ways.
    dead: bool,
    /// What is written stays in the desk's own buffers.
    stuck: bool,
}

enum Want {
    Connect(Link, Box<Endpoint>, bool),
    Transmit(Link, Vec<u8>),
    Close(Link),
}

pub(crate) struct World {
    pub(crate) now: u64,
    pub(crate) emulator: Emulator,
    accounts: Accounts,
    options: Options,
    pub(crate) desks: Vec<Desk>,
    pub(crate) guests: Vec<Guest>,
    mail: Mail,
    next_conn: u64,
    next_guest_conn: u64,
    wires: BTreeMap<ConnId, Wire>,
    pub(crate) weather: Weather,
    /// Octets a desk is handed at once, at most.
    pub(crate) piece: usize,
    /// How long a light may lag behind the first guest's real presence; milliseconds.
    pub(crate) slack: u64,
    truth: Truth,
    /// How long a light may lag behind Wei's real presence; milliseconds.
    pub(crate) qq_slack: u64,
    qq_truth: Truth,
    log: VecDeque<String>,
    pub(crate) steps: u64,
    /// What this world is about, for the reader of a failure.
    pub(crate) title: String,
}

/// Addresses of the doors as everybody in the world knows them.
pub(crate) fn options() -> Options {
    Options {
        dispatch: "ds.example.net:1863".into(),
        notification: "ns.example.net:1863".into(),
        switchboard: "sb.example.net:1863".into(),
        passport: "https://login.example.net".into(),
        ..Options::default()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(Accounts::built_in(), options())
    }

    pub(crate) fn with(accounts: Accounts, options: Options) -> Self {
        Self {
            now: 0,
            emulator: Emulator::new(Service::new(accounts.clone(), options.clone(), 1)),
            accounts,
            options,
            desks: Vec::new(),
            guests: Vec::new(),
            mail: Mail::default(),
            next_conn: 0,
            next_guest_conn: 1 << 40,
            wires: BTreeMap::new(),
            weather: Weather::Fair,
            piece: READ_CHUNK,
            slack: 600 + 4 * LATENCY,
            truth: Truth::default(),
            qq_slack: 25 * SECOND,
            qq_truth: Truth::default(),
            log: VecDeque::new(),
            steps: 0,
            title: String::new(),
        }
    }

    /// The same, with scripted people at the QQ door.
    pub(crate) fn with_qq(script: Script) -> Self {
        Self::of(Accounts::built_in(), script)
    }

    /// The same with these accounts.
    pub(crate) fn of(accounts: Accounts, script: Script) -> Self {
        let mut world = Self::with(accounts, options());
        let service = Service::new(world.accounts.clone(), world.options.clone(), 1);
        world.emulator = Emulator::new(service).with_qq_friends(Friends::new(1, script));
        world
    }

    pub(crate) fn service(&mut self) -> &mut Service {
        &mut self.emulator.service
    }

    pub(crate) fn fault(&mut self, text: &str) {
        self.note(&format!("fault {text}"));
        self.emulator.service.fault(Fault::parse(text).unwrap());
    }

    // ---- Who is there ----

    /// A desk begins. Its number comes back.
    pub(crate) fn begin(&mut self, settings: Settings, snapshot: Option<Snapshot>) -> usize {
        let desk = self.desks.len();
        self.desks.push(Desk::new(Agent::new(settings, snapshot, desk as u64 + 7)));
        self.note(&format!("desk {desk} begins"));
        self.serve(desk);
        desk
    }

    /// A guest comes and signs in.
    pub(crate) fn invite(&mut self, account: &str, password: &str) -> usize {
        self.guests.push(Guest::new(account, password));
        let guest = self.guests.len() - 1;
        self.guest(guest, |guest, next| guest.be("NLN", next));
        guest
    }

    /// A guest does something, and everything that follows from it without time.
    pub(crate) fn guest(&mut self, guest: usize, acts: impl FnOnce(&mut Guest, &mut u64) -> Vec<Order>) {
        let orders = acts(&mut self.guests[guest], &mut self.next_guest_conn);
        self.carry_out(orders);
        self.drain();
    }

    pub(crate) fn says(&mut self, guest: usize, text: &str) {
        self.note(&format!("guest {guest} says {text:?}"));
        self.guest(guest, |guest, next| guest.say(crate::desk::DESK, text, next));
    }

    fn carry_out(&mut self, orders: Vec<Order>) {
        let now = Duration::from_millis(self.now);
        for order in orders {
            match order {
                Order::Open(conn, door) => self.emulator.accept(now, conn, door),
                Order::Say(conn, octets) => self.emulator.receive(now, conn, &octets),
                Order::Close(conn) => self.emulator.closed(now, conn),
            }
        }
    }

    // ---- A person ----

    /// Presses a button for so long, and waits until the gesture is over.
    pub(crate) fn press(&mut self, desk: usize, index: u8, ms: u64) {
        self.note(&format!("desk {desk}: button {index} for {ms} ms"));
        self.edge(desk, index, true);
        self.run(ms);
        self.edge(desk, index, false);
        self.run(400);
    }

    fn edge(&mut self, desk: usize, index: u8, pressed: bool) {
        let at = Instant::from_millis(self.now);
        self.turn(desk, Input::Button { index, pressed, at });
    }

    pub(crate) fn double(&mut self, desk: usize, index: u8) {
        self.note(&format!("desk {desk}: button {index} twice"));
        for _ in 0..2 {
            self.edge(desk, index, true);
            self.run(60);
            self.edge(desk, index, false);
            self.run(100);
        }
        self.run(400);
    }

    pub(crate) fn stop(&mut self, desk: usize) {
        self.note(&format!("desk {desk} is asked to stop"));
        self.turn(desk, Input::Stop);
    }

    // ---- What goes wrong outside ----

    /// Every connection of a desk breaks.
    pub(crate) fn cut(&mut self, desk: usize) {
        self.note("cut");
        let conns: Vec<ConnId> = self.desks[desk].links.values().copied().collect();
        for conn in conns {
            self.emulator.closed(Duration::from_millis(self.now), conn);
            self.post(0, Parcel::Down(conn, Closed::Broken));
        }
        self.drain();
    }

    /// The switchboards of a desk still take octets, but nothing leaves the machine any more.
    pub(crate) fn stick(&mut self, desk: usize) {
        self.note("switchboards stuck");
        let stuck = self.wires.values_mut();
        stuck.filter(|wire| wire.desk == desk && wire.door == Door::Switchboard).for_each(|w| w.stuck = true);
    }

    /// Every switchboard of a desk breaks.
    pub(crate) fn cut_switchboards(&mut self, desk: usize) {
        let boards = self.wires.iter().filter(|(_, w)| w.desk == desk && w.door == Door::Switchboard);
        let conns: Vec<ConnId> = boards.map(|(conn, _)| *conn).collect();
        for conn in conns {
            self.emulator.closed(Duration::from_millis(self.now), conn);
            self.post(0, Parcel::Down(conn, Closed::Broken));
        }
        self.drain();
    }

    /// Nothing comes through any more. Connections of before stay dead when that is over.
    pub(crate) fn fall_silent(&mut self) {
        self.note("silence");
        self.weather = Weather::Silent;
        let mut conns = Vec::new();
        for (conn, wire) in self.wires.iter_mut().filter(|(_, wire)| !wire.dead) {
            wire.dead = true;
            conns.push(*conn);
        }
        // The server's own keepalive.
        conns.into_iter().for_each(|conn| self.post(15 * MINUTE, Parcel::DeskClosed(conn)));
    }

    /// The server ends, all connections with it, and forgets everything.
    pub(crate) fn server_goes(&mut self) {
        self.note("the server goes down");
        self.weather = Weather::Refused;
        let conns: Vec<ConnId> = self.wires.iter().filter(|(_, wire)| !wire.dead).map(|(c, _)| *c).collect();
        conns.into_iter().for_each(|conn| self.post(LATENCY, Parcel::Down(conn, Closed::ByPeer)));
        self.guests.iter_mut().for_each(Guest::forget_connections);
        let service = Service::new(self.accounts.clone(), self.options.clone(), self.now);
        self.emulator = Emulator::new(service);
        self.observe();
    }

    // ---- Time ----

    pub(crate) fn run_until_online(&mut self, desk: usize, ms: u64) {
        let online = self.run_until(ms, |world| world.desks[desk].link == LinkState::Online);
        if !online {
            self.fail(&format!("desk {desk} is not online within {} s", ms / 1000));
        }
    }

    /// Nothing else is due: a desk wakes because it wanted to.
    fn wake(&mut self, desk: usize) {
        let reason = self.desks[desk].wake.1;
        if reason == Reason::Nothing {
            self.fail("woken for nothing");
        }
        *self.desks[desk].woken.entry(format!("{reason:?}")).or_default() += 1;
        self.turn(desk, Input::Tick);
    }

    /// Notes how the first guest and Wei really are.
    fn observe(&mut self) {
        if let Some(presence) = self.guests.first().map(Guest::presence)
            && self.truth.observe(self.now, self.slack, presence)
        {
            self.note(&format!("guest 0 is {presence}"));
        }
        let wei = match self.emulator.service.qq_state(WEI_UIN).map(State::st) {
            Some(10) => Presence::Online,
            Some(30) => Presence::Busy,
            _ => Presence::Offline,
        };
        if self.qq_truth.observe(self.now, self.qq_slack, wei) {
            self.note(&format!("wei is {wei}"));
        }
    }

    // ---- The agent's turns ----

    fn turn_network(&mut self, desk: usize, input: Input<'_>) {
        *self.desks[desk].woken.entry("network".into()).or_default() += 1;
        self.turn(desk, input);
    }

    pub(crate) fn turn(&mut self, desk: usize, input: Input<'_>) {
        let now = Instant::from_millis(self.now);
        let it = &mut self.desks[desk];
        let info = allocation_counter::measure(|| it.agent.handle(now, input));
        it.spent.calls += 1;
        it.spent.allocations += info.count_total;
        it.spent.octets += info.bytes_current;
        self.serve(desk);
        self.observe();
        self.check(desk);
    }

    fn serve(&mut self, desk: usize) {
        let now = Instant::from_millis(self.now);
        let mut wants = Vec::new();
        let mut notes = Vec::new();
        let it = &mut self.desks[desk];
        loop {
            let mut output = None;
            let agent = &mut it.agent;
            let info = allocation_counter::measure(|| output = Some(agent.poll(now)));
            it.spent.allocations += info.count_total;
            it.spent.octets += info.bytes_current;
            match output.unwrap() {
                Output::Connect { link, to, tls } => {
                    wants.push(Want::Connect(link, Box::new(to.clone()), tls))
                }
                Output::Transmit { link, octets } => wants.push(Want::Transmit(link, octets.to_vec())),
                Output::Close(link) => wants.push(Want::Close(link)),
                Output::Show(frame) => it.frame = frame.clone(),
                Output::Notice(notice) => {
                    notes.push(format!("desk {desk}: {notice:?}"));
                    it.notice(self.now, &notice);
                }
                Output::Answer { ticket, answer } => {
                    notes.push(format!("desk {desk}: answer {ticket}: {answer:?}"));
                    let first = it.answers.insert(ticket, answer).is_none();
                    assert!(first, "request {ticket} is answered twice");
                }
                Output::SaveSnapshot => it.snapshot = it.agent.snapshot(),
                Output::Stopped => it.stopped = true,
                Output::WakeAt { at, reason } => {
                    it.wake = (at.map(Instant::as_millis), reason);
                    break;
                }
            }
        }
        notes.iter().for_each(|note| self.note(note));
        wants.into_iter().for_each(|want| self.grant(desk, want));
    }
}

impl Timed for World {
    fn now(&mut self) -> &mut u64 {
        &mut self.now
    }

    fn step(&mut self, end: u64) -> bool {
        let service = self.emulator.next_deadline();
        let desks = self.desks.iter().map(|desk| desk.wake.0);
        let Some((now, due)) = self.mail.next((self.now, end), service, desks) else { return false };
        if self.mail.time_stands_still() {
            self.fail("time stands still");
        }
        (self.now, self.steps) = (now, self.steps + 1);
        match due {
            Due::Parcel(parcel) => self.deliver(parcel),
            Due::Service => self.tick(),
            Due::Desk(desk) => self.wake(desk),
        }
        true
    }

    fn tick(&mut self) {
        self.emulator.tick(Duration::from_millis(self.now));
        self.drain();
    }
}

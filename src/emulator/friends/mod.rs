//! Scripted people: who acts when, and how they answer whoever writes to them.
//! It does not know MSNP; each friend has a [`client`] that speaks it.

mod client;
mod conversation;
mod script;

use std::time::Duration;

use super::qq;
use super::service::{LOOPBACK, Service};
use super::{Action, ConnId};
use client::{Client, Heard, Order};
pub use script::{Act, Person, Scene, Script};

/// The people of a [`Script`], each with a client of its own. Their connection numbers are from 2^48 up.
#[derive(Debug)]
pub struct Friends {
    script: Script,
    rng: fastrand::Rng,
    cast: Vec<Member>,
    agenda: Vec<Due>,
    /// When the present run of the script began; `None` before the first tick.
    day: Option<Duration>,
    next_conn: u64,
}

#[derive(Debug)]
struct Member {
    client: Client,
    answered: usize,
}

#[derive(Debug)]
struct Due {
    at: Duration,
    who: usize,
    act: Act,
}

impl Friends {
    /// The people of `script`; the same `seed` gives the same small delays.
    #[must_use]
    pub fn new(seed: u64, script: Script) -> Self {
        let cast = script
            .people
            .iter()
            .map(|person| Member { client: Client::new(&person.account, &person.password), answered: 0 });
        let cast = cast.collect();
        Self {
            script,
            rng: fastrand::Rng::with_seed(seed),
            cast,
            agenda: Vec::new(),
            day: None,
            next_conn: FIRST_CONN,
        }
    }

    /// Whether a connection is a friend's.
    #[must_use]
    pub fn own(&self, conn: ConnId) -> bool {
        (FIRST_CONN..qq::FIRST_CONN).contains(&conn.0)
    }

    /// Time passed: whoever is due acts.
    pub fn tick(&mut self, now: Duration, service: &mut Service) {
        self.turn_page(now);
        while let Some(at) = self.agenda.iter().position(|due| due.at <= now) {
            let due = self.agenda.remove(at);
            let Some(member) = self.cast.get_mut(due.who) else { continue };
            let orders = member.client.act(now, &due.act, &self.script.desk, &mut self.next_conn);
            self.carry_out(now, due.who, orders, service);
        }
        for who in 0..self.cast.len() {
            let orders = self.cast[who].client.leave_idle(now);
            self.carry_out(now, who, orders, service);
        }
    }

    /// What the service sent to one of us.
    pub fn take(&mut self, now: Duration, action: Action, service: &mut Service) {
        let (Action::Send(conn, _) | Action::Close(conn)) = &action;
        let Some(who) = self.cast.iter().position(|member| member.client.has(*conn)) else { return };
        let client = &mut self.cast[who].client;
        let mut heard = Vec::new();
        let orders = match action {
            Action::Send(conn, octets) => client.receive(now, conn, &octets, &mut self.next_conn, &mut heard),
            Action::Close(conn) => {
                client.lost(conn);
                Vec::new()
            }
        };
        self.carry_out(now, who, orders, service);
        for heard in heard {
            self.react(now, who, &heard);
        }
    }

    /// When [`Friends::tick`] must be called at the latest.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let Some(day) = self.day else { return Some(Duration::ZERO) };
        let acts = self.agenda.iter().map(|due| due.at);
        let idle = self.cast.iter().filter_map(|member| member.client.idle_at());
        acts.chain(idle).chain([day + self.script.length]).min()
    }

    /// Puts the script on the agenda, at the start and whenever it has run out.
    fn turn_page(&mut self, now: Duration) {
        let start = match self.day {
            None => now,
            Some(day) if day + self.script.length <= now => day + self.script.length,
            Some(_) => return,
        };
        self.day = Some(start);
        for scene in &self.script.scenes {
            let delay = Duration::from_millis(self.rng.u64(0..JITTER_MS));
            self.agenda.push(Due { at: start + scene.at + delay, who: scene.who, act: scene.act.clone() });
        }
        self.agenda.sort_by_key(|due| due.at);
    }

    fn carry_out(&mut self, now: Duration, who: usize, orders: Vec<Order>, service: &mut Service) {
        for order in orders {
            match order {
                Order::Connect(conn, door) => service.admit(now, conn, door, LOOPBACK, true),
                Order::Send(conn, octets) => service.receive(now, conn, &octets),
                Order::Close(conn) => {
                    self.cast[who].client.lost(conn);
                    service.closed(now, conn);
                }
            }
        }
    }

    /// A message from the desk is answered after some typing, a nudge with a word.
    fn react(&mut self, now: Duration, who: usize, heard: &Heard) {
        let (from, answers) = match heard {
            Heard::Text { from } => (from, &self.script.people[who].answers),
            Heard::Nudge { from } => (from, &self.script.people[who].nudged),
        };
        if *from != self.script.desk || answers.is_empty() {
            return;
        }
        let member = &mut self.cast[who];
        let answer = answers[member.answered % answers.len()].clone();
        member.answered += 1;
        let typing = now + Duration::from_millis(self.rng.u64(900..1600));
        let saying = typing + Duration::from_millis(self.rng.u64(1800..2800));
        self.agenda.push(Due { at: typing, who, act: Act::Type });
        self.agenda.push(Due { at: saying, who, act: Act::Say(answer) });
        self.agenda.sort_by_key(|due| due.at);
    }
}

/// The first connection number of friends.
const FIRST_CONN: u64 = 1 << 48;
/// Each scene comes up to so many milliseconds late.
const JITTER_MS: u64 = 900;

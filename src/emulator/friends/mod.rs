//! Scripted people: who acts when, and how they answer whoever writes to them.
//! It does not know MSNP; each friend has a [`client`] that speaks it.

mod client;
mod conversation;
mod script;

use std::time::Duration;

use super::agenda::Agenda;
use super::qq;
use super::service::{LOOPBACK, Service};
use super::{Action, ConnId};
use client::{Client, Heard, Order};
pub use script::{Act, Person, Scene, Script};

/// The people of a [`Script`], each with a client of its own. Their connection numbers are from 2^48 up.
#[derive(Debug)]
pub struct Friends {
    script: Script,
    cast: Vec<Member>,
    agenda: Agenda<Act>,
    next_conn: u64,
}

#[derive(Debug)]
struct Member {
    client: Client,
    answered: usize,
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
        Self { script, cast, agenda: Agenda::new(seed), next_conn: FIRST_CONN }
    }

    /// Whether a connection is a friend's.
    #[must_use]
    pub fn own(&self, conn: ConnId) -> bool {
        (FIRST_CONN..qq::FIRST_CONN).contains(&conn.0)
    }

    /// Time passed: whoever is due acts.
    pub fn tick(&mut self, now: Duration, service: &mut Service) {
        self.agenda.turn_page(now, &self.script.scenes, self.script.length);
        while let Some((who, act)) = self.agenda.next(now) {
            let Some(member) = self.cast.get_mut(who) else { continue };
            let orders = member.client.act(now, &act, &self.script.desk, &mut self.next_conn);
            self.carry_out(now, who, orders, service);
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
        let idle = self.cast.iter().filter_map(|member| member.client.idle_at());
        idle.chain([self.agenda.deadline(self.script.length)]).min()
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
        let typing = self.agenda.somewhat_after(now, 900..1600);
        let saying = self.agenda.somewhat_after(typing, 1800..2800);
        self.agenda.add(typing, who, Act::Type);
        self.agenda.add(saying, who, Act::Say(answer));
    }
}

/// The first connection number of friends.
const FIRST_CONN: u64 = 1 << 48;

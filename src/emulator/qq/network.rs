//! The numbers of the QQ server: who is signed in from where, who has whom, and what waits to be fetched.
//! It does not know HTTP, nor how anything is spelt.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use super::text;
use crate::emulator::ConnId;
use crate::emulator::accounts::{Accounts, FRIENDS_MAX, QqAccount};

/// Everybody.
#[derive(Debug)]
pub(in crate::emulator) struct Network {
    members: BTreeMap<u32, Member>,
    /// Somebody who is no scripted friend came in at the door.
    pub(super) used: bool,
    /// Connections that were closed to break, the last few: whoever carries them asks at once, or never.
    pub(super) resets: BTreeSet<ConnId>,
}

/// One number.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) account: QqAccount,
    pub(super) friends: Vec<u32>,
    pub(super) session: Option<Session>,
    queue: VecDeque<Row>,
    /// Who asked to have this number as a friend and was not answered.
    asking: Vec<u32>,
}

/// Somebody is signed in: known by the address requests come from, nothing else `[seed 003]`.
#[derive(Debug)]
pub(super) struct Session {
    peer: IpAddr,
    pub(super) state: State,
    /// The last request.
    heard: Duration,
    pub(super) message_at: Option<Duration>,
    pub(super) change_at: Option<Duration>,
    /// An Ack_AddToList that was lost; the next soon after it counts.
    pub(super) lost_ack: Option<Duration>,
    /// When a fault gives the session to somebody else.
    taken_at: Option<Duration>,
    /// SEQ and the rest of the last accepted messages, so that the same request sent twice is one message.
    pub(super) sent: VecDeque<(Duration, Vec<u8>)>,
}

/// Own states, ST.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 10.
    Online,
    /// 20.
    Offline,
    /// 30.
    Busy,
    /// 40; friends see 20.
    Invisible,
}

impl State {
    /// The state of an ST.
    #[must_use]
    pub fn of(st: u32) -> Option<Self> {
        Some(match st {
            10 => Self::Online,
            20 => Self::Offline,
            30 => Self::Busy,
            40 => Self::Invisible,
            _ => return None,
        })
    }

    /// The ST one sets it by.
    #[must_use]
    pub fn st(self) -> u32 {
        match self {
            Self::Online => 10,
            Self::Offline => OFFLINE,
            Self::Busy => 30,
            Self::Invisible => 40,
        }
    }

    /// The ST that friends see.
    #[must_use]
    pub fn shown(self) -> u32 {
        match self {
            Self::Online => 10,
            Self::Busy => 30,
            Self::Offline | Self::Invisible => OFFLINE,
        }
    }
}

/// A row of GetMsgEx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) mt: u32,
    pub(super) from: u32,
    pub(super) text: Vec<u8>,
}

impl Network {
    pub(in crate::emulator) fn new(accounts: &Accounts) -> Self {
        let members = accounts.qq().map(|account| {
            let member = Member {
                account: account.clone(),
                friends: account.friends.clone(),
                session: None,
                queue: VecDeque::new(),
                asking: Vec::new(),
            };
            (account.uin, member)
        });
        Self { members: members.collect(), used: false, resets: BTreeSet::new() }
    }

    /// A connection that is about to be closed breaks.
    pub(super) fn reset(&mut self, conn: ConnId) {
        if self.resets.len() >= RESETS_MAX {
            self.resets.pop_first();
        }
        self.resets.insert(conn);
    }

    pub(super) fn member(&self, uin: u32) -> Option<&Member> {
        self.members.get(&uin)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// The member behind a request, if signed in from there. To be heard keeps the session alive.
    pub(super) fn session(&mut self, now: Duration, uin: u32, peer: IpAddr) -> Option<&mut Session> {
        let session = self.members.get_mut(&uin)?.session.as_mut().filter(|session| session.peer == peer)?;
        session.heard = now;
        Some(session)
    }

    /// The ST of a number as its friends see it.
    pub(super) fn shown(&self, uin: u32) -> u32 {
        let session = self.members.get(&uin).and_then(|member| member.session.as_ref());
        session.map_or(OFFLINE, |session| session.state.shown())
    }

    /// Signs in, in the place of whoever was: there is one session a number. Friends see it at once.
    pub(super) fn sign_in(&mut self, now: Duration, uin: u32, peer: IpAddr, taken_at: Option<Duration>) {
        let before = self.shown(uin);
        let Some(member) = self.members.get_mut(&uin) else { return };
        member.session = Some(Session {
            peer,
            state: State::Online,
            heard: now,
            message_at: None,
            change_at: None,
            lost_ack: None,
            taken_at,
            sent: VecDeque::new(),
        });
        self.announce(uin, before);
    }

    /// Ends a session; friends see it. Presence that was not fetched is forgotten, messages wait. Says whether there
    /// was one.
    pub(super) fn sign_out(&mut self, uin: u32) -> bool {
        let before = self.shown(uin);
        let Some(member) = self.members.get_mut(&uin) else { return false };
        let was = member.session.take().is_some();
        member.queue.retain(|row| row.mt != MT_STATE);
        self.announce(uin, before);
        was
    }

    pub(super) fn set_state(&mut self, uin: u32, state: State) {
        let before = self.shown(uin);
        if let Some(session) = self.members.get_mut(&uin).and_then(|member| member.session.as_mut()) {
            session.state = state;
        }
        self.announce(uin, before);
    }

    /// Tells everybody who has the number and is signed in what it shows now, if that is another state than `before`.
    fn announce(&mut self, uin: u32, before: u32) {
        let shown = self.shown(uin);
        if shown == before {
            return;
        }
        let row = Row { mt: MT_STATE, from: uin, text: shown.to_string().into_bytes() };
        for member in self.members.values_mut().filter(|member| member.friends.contains(&uin)) {
            if member.session.is_some() {
                member.enqueue(row.clone());
            }
        }
    }

    /// Ends the sessions that were silent for `limit`, or whose time to be taken away has come.
    pub(super) fn expire(&mut self, now: Duration, limit: Duration) {
        let ended = |member: &Member| member.ends_at(limit).is_some_and(|at| at <= now);
        let ended: Vec<u32> = self.members().filter(|member| ended(member)).map(|m| m.account.uin).collect();
        for uin in ended {
            log::info!("emulator: qq {uin} is signed out");
            self.sign_out(uin);
        }
    }

    pub(super) fn deadline(&self, limit: Duration) -> Option<Duration> {
        self.members().filter_map(|member| member.ends_at(limit)).min()
    }

    /// A message, in pieces; one to a number nobody has is lost.
    pub(super) fn write(&mut self, from: u32, to: u32, message: &[u8]) {
        let Some(member) = self.members.get_mut(&to) else { return };
        for piece in text::pieces(message) {
            member.enqueue(Row { mt: MT_TEXT, from, text: piece });
        }
    }

    /// The next rows for a member, up to what one reply holds.
    pub(super) fn fetch(&mut self, uin: u32) -> Vec<Row> {
        let Some(member) = self.members.get_mut(&uin) else { return Vec::new() };
        let mut octets = 0;
        let fits = member.queue.iter().take(ROWS_MAX).take_while(|row| {
            octets += row.text.len();
            octets <= FETCH_MAX
        });
        let count = fits.count();
        member.queue.drain(..count).collect()
    }

    pub(super) fn waiting(&self, uin: u32) -> usize {
        self.members.get(&uin).map_or(0, |member| member.queue.len())
    }

    /// Puts `friend` on somebody's list. Says whether it is there now.
    pub(super) fn befriend(&mut self, uin: u32, friend: u32) -> bool {
        let Some(member) = self.members.get_mut(&uin) else { return false };
        let there = member.friends.contains(&friend);
        if !there && member.friends.len() < FRIENDS_MAX {
            member.friends.push(friend);
            return true;
        }
        there
    }

    /// Takes `friend` off somebody's list. Says whether it was there.
    pub(super) fn unfriend(&mut self, uin: u32, friend: u32) -> bool {
        let Some(member) = self.members.get_mut(&uin) else { return false };
        let before = member.friends.len();
        member.friends.retain(|&other| other != friend);
        member.friends.len() < before
    }

    /// `uin` asks `other` to be allowed to have it as a friend.
    pub(super) fn ask(&mut self, uin: u32, other: u32, why: &str) {
        let Some(member) = self.members.get_mut(&other) else { return };
        if !member.asking.contains(&uin) && member.asking.len() < FRIENDS_MAX {
            member.asking.push(uin);
        }
        member.enqueue(Row { mt: MT_ASKS, from: uin, text: why.into() });
    }

    /// `uin` answers `other`, who asked; nothing happens if it did not.
    pub(super) fn answer(&mut self, uin: u32, other: u32, accepted: bool, why: &str) {
        let Some(member) = self.members.get_mut(&uin) else { return };
        let Some(at) = member.asking.iter().position(|&asking| asking == other) else { return };
        member.asking.remove(at);
        if accepted {
            self.befriend(other, uin);
        }
        let mt = if accepted { MT_ACCEPTED } else { MT_REFUSED };
        if let Some(member) = self.members.get_mut(&other) {
            member.enqueue(Row { mt, from: uin, text: why.into() });
        }
    }
}

impl Member {
    fn enqueue(&mut self, row: Row) {
        if self.queue.len() >= QUEUE_MAX {
            log::warn!("emulator: qq {} fetches too rarely, its oldest row is lost", self.account.uin);
            self.queue.pop_front();
        }
        self.queue.push_back(row);
    }

    fn ends_at(&self, limit: Duration) -> Option<Duration> {
        let session = self.session.as_ref()?;
        let silent = session.heard + limit;
        Some(session.taken_at.map_or(silent, |at| at.min(silent)))
    }
}

/// Message types, MT: text of a user, a friend's new state, and three about becoming friends `[seed 003]`.
pub(super) const MT_TEXT: u32 = 9;
pub(super) const MT_STATE: u32 = 99;
const MT_ASKS: u32 = 2;
pub(super) const MT_ACCEPTED: u32 = 3;
pub(super) const MT_REFUSED: u32 = 4;
/// The ST of whoever is not there, or hides.
pub(super) const OFFLINE: u32 = 20;
/// Rows that wait for one number; the oldest makes room.
const QUEUE_MAX: usize = 500;
/// Broken connections that nobody asked about.
const RESETS_MAX: usize = 64;
/// Rows of one GetMsgEx, and octets of their texts before escapes. The rest comes with the next one.
const ROWS_MAX: usize = 100;
const FETCH_MAX: usize = 8 * 1024;

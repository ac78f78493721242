//! The HTTP QQ interface of 2005: POST requests, each on a connection of its own, answered as its documents show.
//! It does not know MSN; it shares the service's accounts file, faults and clock, its friends' agenda, and nothing else.
//!
//! Rules are cited as `[seed 002]` (a description for C# and Delphi), `[seed 003]` (the protocol as somebody probed
//! it) and `[seed 004]` (a translation of that). Where they differ:
//!
//! | | `[seed 002]` | `[seed 003]` | here |
//! | --- | --- | --- | --- |
//! | CMD of the Login answer | `Login` | `LOGIN` | 003, or [`Spelling::Seed002`] |
//! | "nobody may add me" | `CD=3` | `CD=2` | 003, or the spelling |
//! | behind the answer of CLTMSG | nothing | `&` | 003, or the spelling |
//! | behind the answer of Ack_AddToList | `&` | nothing | 003, or the spelling |
//! | a state in MG | `30 ` | `30` | 003, or the spelling |
//! | the end of GetMsgEx | `,&` | `,` | 003, or the spelling |
//! | refused Login | `RA=登录失败` | `RA=密码错误` | 003 for a wrong password, 002 for a number nobody has |
//! | SEQ of the printed Query_Stat | `-1` | as sent | 003, or the fault `qq seq` |
//!
//! What a document says against itself: `[seed 003]` prints pieces of 401 and 402 octets and counts them as 400 or
//! fewer, and once prints two MT for one message; its prose (one space behind, then pieces of 400) is followed. It
//! says that TN and UN are unknown and UN without effect; other clients paged by them, and so does this server, from
//! the start if UN is on no list. Its text of more than 400 octets gets RES=3 and still arrived in two pieces: it was
//! sent by a client of another kind, here [`Service::qq_write`].
//!
//! What no document says is in [`Options`], each with its reason.

mod commands;
mod faults;
mod friends;
mod http;
mod info;
mod network;
mod options;
mod request;
mod script;
#[cfg(test)]
mod tests;
mod text;

use std::collections::VecDeque;
use std::time::Duration;

use super::ConnId;
use super::service::{Service, Stage};
use commands::{Answer, Asker};
pub use faults::{Fault, Step};
pub(super) use friends::FIRST_CONN;
pub use friends::Friends;
use http::{CONTINUE, Crlf, Frame, Progress};
pub(super) use network::Network;
pub use network::State;
pub use options::{Options, Spelling};
pub use request::Command;
use request::{Null, Request};
pub use script::{Act, Person, Scene, Script};

/// What a connection at the QQ door is about.
#[derive(Debug)]
pub(super) enum Visit {
    /// Octets of the request, and whether `100 Continue` was said.
    Asking { octets: Vec<u8>, continued: bool },
    /// The answer comes at this time, whole or octet by octet.
    Waiting { until: Duration, octets: VecDeque<u8>, every: Option<Duration> },
    /// There will be no answer.
    Ignored,
}

impl Visit {
    pub(super) fn new() -> Self {
        Self::Asking { octets: Vec::new(), continued: false }
    }
}

impl Service {
    /// Whether a number is signed in.
    #[must_use]
    pub fn qq_is_signed_in(&self, uin: u32) -> bool {
        self.qq_state(uin).is_some()
    }

    /// The state a signed-in number has set.
    #[must_use]
    pub fn qq_state(&self, uin: u32) -> Option<State> {
        Some(self.qq.member(uin)?.session.as_ref()?.state)
    }

    /// The friends of a number, in the order of List.
    #[must_use]
    pub fn qq_friends(&self, uin: u32) -> &[u32] {
        self.qq.member(uin).map_or(&[], |member| &member.friends)
    }

    /// How many rows wait for a number's next GetMsgEx.
    #[must_use]
    pub fn qq_waiting(&self, uin: u32) -> usize {
        self.qq.waiting(uin)
    }

    /// Ends a number's session as another client that signs in does: RES=20 from then on. Says whether there was one.
    pub fn qq_sign_out(&mut self, now: Duration, uin: u32) -> bool {
        self.at(now);
        self.qq.sign_out(uin)
    }

    /// A message from a client of another kind, which may write as much as it likes. `from` need not exist: 10000 is
    /// the system.
    pub fn qq_write(&mut self, now: Duration, from: u32, to: u32, text: &str) {
        self.at(now);
        self.qq.write(from, to, text.as_bytes());
    }

    /// Whether a connection that was closed breaks, which is RST on a socket, rather than ends. To be asked at
    /// [`Action::Close`](super::Action::Close), once.
    pub fn qq_was_reset(&mut self, conn: ConnId) -> bool {
        self.qq.resets.remove(&conn)
    }

    /// Octets at the QQ door.
    pub(super) fn qq_receive(&mut self, conn: ConnId, chunk: &[u8]) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        let Stage::Visiting(Visit::Asking { octets, continued }) = &mut client.stage else { return };
        octets.extend_from_slice(chunk);
        match http::read(octets) {
            Progress::More { expects } => {
                if expects && !std::mem::replace(continued, true) {
                    self.send(conn, CONTINUE.to_vec());
                }
            }
            Progress::Nonsense => {
                log::info!("emulator: qq {}: no POST with Content-Length, closing", conn.0);
                self.close(conn);
            }
            Progress::Whole(body) => {
                client.stage = Stage::Visiting(Visit::Ignored);
                self.qq.expire(self.now, limit(&self.options.qq));
                if self.qq_serve(conn, &body).is_err() {
                    log::info!("emulator: qq {}: no answer to that", conn.0);
                    self.close(conn);
                }
            }
        }
    }

    fn qq_serve(&mut self, conn: ConnId, body: &[u8]) -> Result<(), Null> {
        let request = Request::parse(body, &self.options.qq)?;
        let command = request.command;
        log::debug!("emulator: qq {} gets {command:?}", conn.0);
        let client = self.clients.get_mut(&conn).ok_or(Null)?;
        client.uin = Some(request.who.clone());
        let asker = Asker { conn, peer: client.peer, uin: request.uin.unwrap_or(0) };
        if self.qq_armed(conn, |fault| matches!(fault, Fault::Silence(step) if step.is(command))) {
            return Ok(());
        }
        if self.qq_armed(conn, |fault| matches!(fault, Fault::Null(step) if step.is(command))) {
            return Err(Null);
        }
        let refusal = self.qq_struck(conn, |fault| match fault {
            Fault::Refuse(step, code) if step.is(command) => Some(*code),
            _ => None,
        });
        let answer = match refusal {
            Some(3) if command == Command::DelFromList => Answer::Penalty(self.options.qq.delete_penalty),
            Some(3) => Answer::Penalty(self.options.qq.penalty),
            Some(code) => Answer::Code(code),
            None => self.qq_answer(&asker, &request)?,
        };
        if self.qq_armed(conn, |fault| matches!(fault, Fault::Lost(step) if step.is(command))) {
            return Err(Null);
        }
        if self.qq_armed(conn, |fault| matches!(fault, Fault::Reset(step) if step.is(command))) {
            self.qq.reset(conn);
            return Err(Null);
        }
        self.qq_reply(conn, &request, &answer);
        Ok(())
    }

    /// Writes an answer, now or later.
    fn qq_reply(&mut self, conn: ConnId, request: &Request, answer: &Answer) {
        let command = request.command;
        let late = self.qq_struck(conn, |fault| match fault {
            Fault::Late(step, wait) if step.is(command) => Some(*wait),
            _ => None,
        });
        let late = late.unwrap_or(Duration::ZERO)
            + match answer {
                Answer::Penalty(wait) => *wait,
                _ => Duration::ZERO,
            };
        let octets = self.qq_responses(conn, request, answer);
        let trickle = self.qq_struck(conn, |fault| match fault {
            Fault::Trickle(step, whole) if step.is(command) => Some(*whole),
            _ => None,
        });
        if late.is_zero() && trickle.is_none() {
            return self.qq_finish(conn, octets);
        }
        let count = u32::try_from(octets.len()).unwrap_or(u32::MAX).max(1);
        let every = trickle.map(|whole| whole / count);
        let until = self.now + late + every.unwrap_or_default();
        if let Some(client) = self.clients.get_mut(&conn) {
            client.stage = Stage::Visiting(Visit::Waiting { until, octets: octets.into(), every });
        }
    }

    /// One HTTP response, or two.
    fn qq_responses(&mut self, conn: ConnId, request: &Request, answer: &Answer) -> Vec<u8> {
        let command = request.command;
        let older = command == Command::Login && self.options.qq.spelling == Spelling::Seed002;
        let shout = command.shouted() && !older;
        let seq = self.qq_armed(conn, |fault| matches!(fault, Fault::Seq(step) if step.is(command)));
        let echo = request.echo(shout, seq.then_some("-1"));
        let frame = self.qq_frame(conn);
        let whole = |res: u32, tail: &[u8]| {
            http::response(&[&echo, format!("&RES={res}").as_bytes(), tail].concat(), frame)
        };
        let mut octets = match answer {
            Answer::Done(tail) => whole(0, tail),
            Answer::Code(code) => whole(*code, b""),
            Answer::Penalty(_) => whole(3, b""),
            Answer::Twice(first, second) => return [whole(0, first), whole(0, second)].concat(),
        };
        if self.qq_armed(conn, |fault| matches!(fault, Fault::Double(step) if step.is(command))) {
            octets.extend_from_within(..);
        }
        octets
    }

    fn qq_frame(&mut self, conn: ConnId) -> Frame {
        let length = !self.qq_armed(conn, |fault| *fault == Fault::NoLength);
        let crlf = if self.qq_armed(conn, |fault| *fault == Fault::NoCrlf) {
            Crlf::None
        } else if self.qq_armed(conn, |fault| *fault == Fault::CrlfInside) {
            Crlf::Inside
        } else {
            Frame::PLAIN.crlf
        };
        Frame { length, crlf }
    }

    /// One request a connection.
    fn qq_finish(&mut self, conn: ConnId, octets: Vec<u8>) {
        self.send(conn, octets);
        self.close(conn);
    }

    /// The fault of this room that strikes a request, if one `pick` knows is armed for its number.
    fn qq_struck<T>(&mut self, conn: ConnId, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.struck(conn, |fault| match fault {
            super::Fault::Qq(fault) => pick(fault),
            _ => None,
        })
    }

    fn qq_armed(&mut self, conn: ConnId, is: impl Fn(&Fault) -> bool) -> bool {
        self.qq_struck(conn, |fault| is(fault).then_some(())).is_some()
    }

    pub(super) fn qq_tick(&mut self) {
        self.qq.expire(self.now, limit(&self.options.qq));
        let now = self.now;
        let due = self.clients.iter().filter(|(_, client)| client.visit_ends().is_some_and(|at| at <= now));
        let due: Vec<ConnId> = due.map(|(conn, _)| *conn).collect();
        for conn in due {
            let visit = self.clients.get_mut(&conn).map(|client| &mut client.stage);
            match visit {
                Some(Stage::Visiting(Visit::Waiting { octets, every: Some(every), until })) => {
                    *until += *every;
                    let octet = octets.pop_front();
                    let last = octets.is_empty();
                    self.send(conn, octet.into_iter().collect());
                    if last {
                        self.close(conn);
                    }
                }
                Some(Stage::Visiting(Visit::Waiting { octets, .. })) => {
                    let octets = std::mem::take(octets).into();
                    self.qq_finish(conn, octets);
                }
                _ => self.close(conn),
            }
        }
    }

    pub(super) fn qq_deadline(&self) -> Option<Duration> {
        let visits = self.clients.values().filter_map(super::service::Client::visit_ends);
        visits.chain(self.qq.deadline(limit(&self.options.qq))).min()
    }

    pub(super) fn qq_used(&self) -> bool {
        self.qq.used
    }

    /// Somebody came in at the QQ door.
    pub(super) fn qq_enter(&mut self, friend: bool) {
        self.qq.used |= !friend;
    }
}

impl super::service::Client {
    /// When something happens by itself to a connection at the QQ door: the answer, or the end of patience.
    fn visit_ends(&self) -> Option<Duration> {
        match &self.stage {
            Stage::Visiting(Visit::Asking { .. }) => Some(self.since + REQUEST_TIME),
            Stage::Visiting(Visit::Waiting { until, .. }) => Some(*until),
            _ => None,
        }
    }
}

fn limit(options: &Options) -> Duration {
    Duration::from_secs(options.limit.into())
}

/// A request that takes longer is given up.
const REQUEST_TIME: Duration = Duration::from_secs(60);

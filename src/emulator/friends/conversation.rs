//! A friend's conversations: calling, being called, writing, listening, leaving.
//! It does not know sign-in or the script.

use std::time::Duration;

use super::client::{Client, Heard, Link, Order, fresh};
use crate::emulator::wire::{Command, Reader};
use crate::emulator::{ConnId, Door};

/// A conversation.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) link: Link,
    pub(super) with: String,
    /// Somebody is there to hear.
    pub(super) joined: bool,
    pub(super) queue: Vec<String>,
    pub(super) used: Duration,
}

impl Client {
    /// A message to somebody: on the conversation there is, or on a new one.
    pub(super) fn write(&mut self, now: Duration, to: &str, body: String) -> Vec<Order> {
        let trid = self.next_trid();
        if let Some(board) = self.boards.iter_mut().find(|board| board.with == to) {
            board.used = now;
            if board.joined {
                return vec![message(board.link.conn, trid, &body)];
            }
            board.queue.push(body);
            return Vec::new();
        }
        let Some(conn) = self.online() else { return Vec::new() };
        to.clone_into(&mut self.partner);
        self.unsent.push(body);
        if self.unsent.len() > 1 { Vec::new() } else { vec![self.command(conn, "XFR", "SB")] }
    }

    /// Leaves conversations nobody used for a while.
    pub(super) fn leave_idle(&mut self, now: Duration) -> Vec<Order> {
        let idle = self.boards.iter().filter(|board| board.used + IDLE <= now);
        idle.flat_map(|board| {
            [Order::Send(board.link.conn, b"OUT\r\n".to_vec()), Order::Close(board.link.conn)]
        })
        .collect()
    }

    /// When [`Client::leave_idle`] has something to do.
    pub(super) fn idle_at(&self) -> Option<Duration> {
        self.boards.iter().map(|board| board.used + IDLE).min()
    }

    /// `XFR n SB address CKI key`: to the switchboard, and call.
    pub(super) fn open_board(&mut self, now: Duration, command: &Command, next: &mut u64) -> Vec<Order> {
        if command.arg(0) != "SB" {
            return Vec::new();
        }
        let (key, account, partner) = (command.arg(3), self.account.clone(), self.partner.clone());
        let first = format!("{account} {key}");
        let queue = std::mem::take(&mut self.unsent);
        self.board(now, next, &partner, "USR", &first, queue)
    }

    /// `RNG session address CKI key caller name`: to the switchboard, and answer.
    pub(super) fn pick_up(&mut self, now: Duration, command: &Command, next: &mut u64) -> Vec<Order> {
        let field = |at: usize| command.fields.get(at).cloned().unwrap_or_default();
        let first = format!("{} {} {}", self.account, field(3), field(0));
        self.board(now, next, &field(4), "ANS", &first, Vec::new())
    }

    fn board(
        &mut self,
        now: Duration,
        next: &mut u64,
        with: &str,
        verb: &str,
        first: &str,
        queue: Vec<String>,
    ) -> Vec<Order> {
        let conn = fresh(next);
        let link = Link { conn, reader: Reader::default() };
        self.boards.push(Board { link, with: with.to_owned(), joined: false, queue, used: now });
        vec![Order::Connect(conn, Door::Switchboard), self.command(conn, verb, first)]
    }

    pub(super) fn on_board(
        &mut self,
        now: Duration,
        at: usize,
        command: &Command,
        heard: &mut Vec<Heard>,
    ) -> Vec<Order> {
        let board = &mut self.boards[at];
        let (conn, with) = (board.link.conn, board.with.clone());
        match command.verb.as_str() {
            "USR" => vec![self.command(conn, "CAL", &with)],
            "JOI" | "IRO" => {
                board.joined = true;
                let queue = std::mem::take(&mut board.queue);
                queue.iter().map(|body| message(conn, self.next_trid(), body)).collect()
            }
            "MSG" => {
                board.used = now;
                let from = command.fields.first().cloned().unwrap_or_default();
                let text = String::from_utf8_lossy(&command.payload).into_owned();
                if text.contains("Content-Type: text/plain") {
                    heard.push(Heard::Text { from });
                } else if text.contains("text/x-msnmsgr-datacast") && text.contains("ID: 1\r\n") {
                    heard.push(Heard::Nudge { from });
                }
                Vec::new()
            }
            "BYE" | "911" | "208" | "215" | "216" | "217" => vec![Order::Close(conn)],
            _ => Vec::new(),
        }
    }
}

fn message(conn: ConnId, trid: u32, body: &str) -> Order {
    Order::Send(conn, format!("MSG {trid} N {}\r\n{body}", body.len()).into_bytes())
}

/// A conversation nobody used for so long is left.
const IDLE: Duration = Duration::from_secs(40);

/// The head of a text.
pub(super) const TEXT_HEAD: &str = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
     X-MMS-IM-Format: FN=Microsoft%20Sans%20Serif; EF=; CO=0; CS=0; PF=22\r\n\r\n";

/// A whole nudge.
pub(super) const NUDGE: &str =
    "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";

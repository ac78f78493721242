//! A friend: a small MSNP5 client of its own, spoken straight to the service. It shares no code with either side.
//!
//! It does not know time or wires; what it wants done it says in [`Order`]s.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use nudged::emulator::{ConnId, Door};
use nudged::presence::Presence;

/// What a friend's client wants done.
pub(crate) enum Order {
    Open(ConnId, Door),
    Say(ConnId, Vec<u8>),
    Close(ConnId),
}

/// A person with a client, and all that was said to them.
pub(crate) struct Guest {
    pub(crate) account: String,
    password: String,
    trid: u32,
    session: Option<ConnId>,
    /// What the service confirmed: a state's three letters, or `FLN`.
    pub(crate) state: String,
    wanted: &'static str,
    /// Bodies for a switchboard that was asked for, and who is to hear them.
    unsent: Vec<String>,
    partner: String,
    boards: Vec<Board>,
    inputs: BTreeMap<ConnId, Vec<u8>>,
    /// Every text received.
    pub(crate) heard: Vec<String>,
    pub(crate) nudges: usize,
    /// The last state seen of everybody.
    pub(crate) sees: BTreeMap<String, String>,
}

struct Board {
    conn: ConnId,
    with: String,
    joined: bool,
    queue: Vec<String>,
}

impl Guest {
    pub(crate) fn new(account: &str, password: &str) -> Self {
        Self {
            account: account.into(),
            password: password.into(),
            trid: 0,
            session: None,
            state: "FLN".into(),
            wanted: "NLN",
            unsent: Vec::new(),
            partner: String::new(),
            boards: Vec::new(),
            inputs: BTreeMap::new(),
            heard: Vec::new(),
            nudges: 0,
            sees: BTreeMap::new(),
        }
    }

    /// What others rightly see of this person.
    pub(crate) fn presence(&self) -> Presence {
        match self.state.as_str() {
            "NLN" => Presence::Online,
            "BSY" => Presence::Busy,
            "AWY" => Presence::Away,
            "IDL" => Presence::Idle,
            "BRB" => Presence::Brb,
            "PHN" => Presence::Phone,
            "LUN" => Presence::Lunch,
            _ => Presence::Offline,
        }
    }

    pub(crate) fn has(&self, conn: ConnId) -> bool {
        self.inputs.contains_key(&conn)
    }

    /// Signs in with a state, or changes to it.
    pub(crate) fn be(&mut self, state: &'static str, next: &mut u64) -> Vec<Order> {
        self.wanted = state;
        match self.session {
            Some(conn) => vec![self.command(conn, "CHG", state)],
            None => {
                let conn = self.open(next);
                self.session = Some(conn);
                vec![Order::Open(conn, Door::Notification), self.command(conn, "VER", "MSNP5 CVR0")]
            }
        }
    }

    /// Signs out of everything.
    pub(crate) fn go(&mut self) -> Vec<Order> {
        let mut orders = self.leave_rooms();
        if let Some(conn) = self.session {
            orders.push(Order::Say(conn, b"OUT\r\n".to_vec()));
            orders.push(Order::Close(conn));
            self.lost(conn);
        }
        orders
    }

    /// Leaves every conversation.
    pub(crate) fn leave_rooms(&mut self) -> Vec<Order> {
        let conns: Vec<ConnId> = self.boards.iter().map(|board| board.conn).collect();
        conns.iter().for_each(|conn| self.lost(*conn));
        conns.into_iter().flat_map(|conn| [Order::Say(conn, b"OUT\r\n".into()), Order::Close(conn)]).collect()
    }

    /// The service is gone, and every connection with it.
    pub(crate) fn forget_connections(&mut self) {
        let conns: Vec<ConnId> = self.inputs.keys().copied().collect();
        conns.into_iter().for_each(|conn| self.lost(conn));
    }

    pub(crate) fn say(&mut self, to: &str, text: &str, next: &mut u64) -> Vec<Order> {
        let head = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n";
        self.write(to, format!("{head}{text}"), next)
    }

    pub(crate) fn nudge(&mut self, to: &str, next: &mut u64) -> Vec<Order> {
        let body = "MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";
        self.write(to, body.into(), next)
    }

    /// Puts somebody on the list, or takes them off it: `ADD` or `REM`.
    pub(crate) fn list(&mut self, verb: &str, who: &str) -> Vec<Order> {
        let Some(session) = self.session else { return Vec::new() };
        let name = if verb == "ADD" { format!(" {who}") } else { String::new() };
        vec![self.command(session, verb, &format!("FL {who}{name}"))]
    }

    /// Lets somebody see us.
    pub(crate) fn allow(&mut self, who: &str) -> Vec<Order> {
        let Some(session) = self.session else { return Vec::new() };
        vec![self.command(session, "ADD", &format!("AL {who} {who}"))]
    }

    fn write(&mut self, to: &str, body: String, _: &mut u64) -> Vec<Order> {
        if let Some(board) = self.boards.iter_mut().find(|board| board.with == to) {
            if !board.joined {
                board.queue.push(body);
                return Vec::new();
            }
            let conn = board.conn;
            return vec![self.message(conn, &body)];
        }
        let Some(session) = self.session else { return Vec::new() };
        self.partner = to.into();
        self.unsent.push(body);
        vec![self.command(session, "XFR", "SB")]
    }

    /// A connection is gone.
    pub(crate) fn lost(&mut self, conn: ConnId) {
        self.inputs.remove(&conn);
        self.boards.retain(|board| board.conn != conn);
        if self.session == Some(conn) {
            self.session = None;
            self.state = "FLN".into();
            self.unsent.clear();
        }
    }

    /// Octets from the service.
    pub(crate) fn receive(&mut self, conn: ConnId, octets: &[u8], next: &mut u64) -> Vec<Order> {
        let Some(input) = self.inputs.get_mut(&conn) else { return Vec::new() };
        input.extend_from_slice(octets);
        let mut orders = Vec::new();
        while let Some((fields, payload)) = self.inputs.get_mut(&conn).and_then(take_command) {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            let board = self.boards.iter().position(|board| board.conn == conn);
            orders.extend(match board {
                Some(board) => self.on_board(board, &fields, &payload),
                None => self.on_session(conn, &fields, next),
            });
        }
        orders
    }

    fn on_session(&mut self, conn: ConnId, fields: &[&str], next: &mut u64) -> Vec<Order> {
        match *fields {
            ["VER", _, "MSNP5", ..] => vec![self.command(conn, "INF", "")],
            ["INF", ..] => {
                let account = self.account.clone();
                vec![self.command(conn, "USR", &format!("MD5 I {account}"))]
            }
            ["USR", _, "MD5", "S", salt] => {
                let digest = Md5::digest(format!("{salt}{}", self.password));
                let hex: String = digest.iter().map(|octet| format!("{octet:02x}")).collect();
                vec![self.command(conn, "USR", &format!("MD5 S {hex}"))]
            }
            ["USR", _, "OK", ..] => vec![self.command(conn, "CHG", self.wanted)],
            ["CHG", _, state, ..] => {
                self.state = state.into();
                Vec::new()
            }
            ["ILN", _, state, who, ..] | ["NLN", state, who, ..] => {
                self.sees.insert(who.into(), state.into());
                Vec::new()
            }
            ["FLN", who, ..] => {
                self.sees.insert(who.into(), "FLN".into());
                Vec::new()
            }
            ["XFR", _, "SB", _, "CKI", key] => {
                let (partner, queue) = (self.partner.clone(), std::mem::take(&mut self.unsent));
                let first = format!("{} {key}", self.account);
                self.board(&partner, "USR", &first, queue, next)
            }
            ["RNG", session, _, "CKI", key, caller, ..] => {
                let first = format!("{} {key} {session}", self.account);
                self.board(caller, "ANS", &first, Vec::new(), next)
            }
            _ => Vec::new(),
        }
    }

    fn board(
        &mut self,
        with: &str,
        verb: &str,
        first: &str,
        queue: Vec<String>,
        next: &mut u64,
    ) -> Vec<Order> {
        let conn = self.open(next);
        self.boards.push(Board { conn, with: with.into(), joined: false, queue });
        vec![Order::Open(conn, Door::Switchboard), self.command(conn, verb, first)]
    }

    fn on_board(&mut self, board: usize, fields: &[&str], payload: &str) -> Vec<Order> {
        let board = &mut self.boards[board];
        let (conn, with) = (board.conn, board.with.clone());
        match *fields {
            ["USR", ..] => vec![self.command(conn, "CAL", &with)],
            ["JOI", ..] | ["IRO", ..] => {
                board.joined = true;
                let queue = std::mem::take(&mut board.queue);
                queue.iter().map(|body| self.message(conn, body)).collect()
            }
            ["MSG", ..] => {
                if payload.contains("text/x-msnmsgr-datacast") && payload.contains("ID: 1\r\n") {
                    self.nudges += 1;
                } else if let Some((head, text)) = payload.split_once("\r\n\r\n")
                    && head.contains("Content-Type: text/plain")
                {
                    self.heard.push(text.into());
                }
                Vec::new()
            }
            ["BYE", ..] => {
                self.lost(conn);
                vec![Order::Close(conn)]
            }
            _ => Vec::new(),
        }
    }

    fn open(&mut self, next: &mut u64) -> ConnId {
        *next += 1;
        let conn = ConnId(*next);
        self.inputs.insert(conn, Vec::new());
        conn
    }

    fn command(&mut self, conn: ConnId, verb: &str, rest: &str) -> Order {
        self.trid += 1;
        let gap = if rest.is_empty() { "" } else { " " };
        Order::Say(conn, format!("{verb} {}{gap}{rest}\r\n", self.trid).into_bytes())
    }

    fn message(&mut self, conn: ConnId, body: &str) -> Order {
        self.trid += 1;
        Order::Say(conn, format!("MSG {} N {}\r\n{body}", self.trid, body.len()).into_bytes())
    }
}

/// The first whole command of what came: its fields, and the payload of a MSG.
fn take_command(input: &mut Vec<u8>) -> Option<(Vec<String>, String)> {
    let end = input.windows(2).position(|two| two == b"\r\n")?;
    let line = String::from_utf8_lossy(&input[..end]).into_owned();
    let fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let length = if fields[0] == "MSG" { fields.last()?.parse().ok()? } else { 0 };
    let whole = end + 2 + length;
    if input.len() < whole {
        return None;
    }
    let payload = String::from_utf8_lossy(&input[end + 2..whole]).into_owned();
    input.drain(..whole);
    Some((fields, payload))
}

//! A friend with a client of their own: a few lines of MSNP7 over blocking sockets. It shares no code with the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use md5::{Digest, Md5};

use super::process::DEADLINE;

/// Somebody signed in at the service.
pub(crate) struct Friend {
    address: String,
    server: Talk,
    board: Option<Talk>,
}

impl Friend {
    pub(crate) fn sign_in(server: &str, address: &str, password: &str) -> Self {
        let mut server = Talk::to(server);
        server.ask("VER 1 MSNP7 CVR0");
        let salt = server.ask(&format!("USR 2 MD5 I {address}"));
        let salt = salt.split(' ').nth(4).expect("a salt").to_owned();
        let answer: String =
            Md5::digest(format!("{salt}{password}")).iter().map(|octet| format!("{octet:02x}")).collect();
        assert!(server.ask(&format!("USR 3 MD5 S {answer}")).starts_with("USR 3 OK"));
        server.ask("CHG 4 NLN");
        Self { address: address.to_owned(), server, board: None }
    }

    /// Changes the state: `NLN`, `BSY`, …
    pub(crate) fn is(&mut self, state: &str) {
        self.server.ask(&format!("CHG 5 {state}"));
    }

    /// Puts somebody on the own list, who is told.
    pub(crate) fn adds(&mut self, whom: &str) {
        assert!(self.server.ask(&format!("ADD 7 FL {whom} {whom}")).starts_with("ADD 7 FL"));
    }

    /// Opens a conversation with somebody and waits until they are there.
    pub(crate) fn calls(&mut self, whom: &str) {
        let answer = self.server.ask("XFR 6 SB");
        let fields: Vec<&str> = answer.split(' ').collect();
        let mut board = Talk::to(fields[3]);
        board.ask(&format!("USR 1 {} {}", self.address, fields[5]));
        board.ask(&format!("CAL 2 {whom}"));
        board.hear("JOI ");
        self.board = Some(board);
    }

    /// Answers the next call and waits until the conversation is open.
    pub(crate) fn answers(&mut self) {
        let ring = self.server.hear("RNG ");
        let fields: Vec<&str> = ring.split(' ').collect();
        let mut board = Talk::to(fields[2]);
        board.say(&format!("ANS 1 {} {} {}", self.address, fields[4], fields[1]));
        board.hear("ANS 1 OK");
        self.board = Some(board);
    }

    /// Leaves the conversation.
    pub(crate) fn leaves(&mut self) {
        if let Some(mut board) = self.board.take() {
            board.say("OUT");
        }
    }

    pub(crate) fn says(&mut self, text: &str) {
        self.sends(&format!("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n{text}"));
    }

    /// The payload of the next message.
    pub(crate) fn hears(&mut self) -> String {
        let board = self.board.as_mut().expect("a conversation");
        let head = board.hear("MSG ");
        let length = head.rsplit(' ').next().and_then(|length| length.parse().ok()).expect("a length");
        let mut payload = vec![0; length];
        board.0.read_exact(&mut payload).unwrap();
        String::from_utf8(payload).unwrap()
    }

    fn sends(&mut self, payload: &str) {
        let board = self.board.as_mut().expect("a conversation");
        board.0.get_mut().write_all(format!("MSG 3 A {}\r\n{payload}", payload.len()).as_bytes()).unwrap();
        board.hear("ACK 3");
    }
}

/// A connection that speaks in lines.
struct Talk(BufReader<TcpStream>);

impl Talk {
    fn to(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap_or_else(|error| panic!("{address}: {error}"));
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(BufReader::new(stream))
    }

    fn say(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).unwrap();
    }

    /// The answer with the same verb and number; notices in between are passed over.
    fn ask(&mut self, line: &str) -> String {
        self.say(line);
        let mut fields = line.split(' ');
        let start = format!("{} {} ", fields.next().unwrap(), fields.next().unwrap());
        self.hear(&start)
    }

    /// The next line that starts so.
    fn hear(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            let octets =
                self.0.read_line(&mut line).unwrap_or_else(|error| panic!("awaiting {start}: {error}"));
            assert!(octets > 0, "closed while awaiting {start}");
            if line.starts_with(start) {
                return line.trim_end().to_owned();
            }
        }
    }
}

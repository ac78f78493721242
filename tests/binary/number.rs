//! A QQ number with a client of its own: what it posts is answered, and no more. It shares no code with the program.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpStream;

use md5::{Digest, Md5};

use super::desk::Desk;
use super::process::DEADLINE;

/// A number signed in at the service.
pub(crate) struct Number {
    server: String,
    uin: u32,
    seq: Cell<u32>,
}

impl Number {
    pub(crate) fn sign_in(desk: &Desk, uin: u32, password: &str) -> Self {
        let number =
            Self { server: desk.service.qq.clone(), uin, seq: Cell::new(fastrand::u32(1000..9_999_999)) };
        let proof: String = Md5::digest(password).iter().map(|octet| format!("{octet:02x}")).collect();
        let answer = number.posts(&format!("CMD=Login&PS={proof}&M5=1&LC=9326B87B234E7235"));
        assert!(answer.contains("RES=0&RS=0"), "{answer}");
        number
    }

    /// The desk's friend.
    pub(crate) fn wei(desk: &Desk) -> Self {
        Self::sign_in(desk, 24_259_132, "weicheng")
    }

    /// One request; the whole answer.
    pub(crate) fn posts(&self, request: &str) -> String {
        self.seq.set(self.seq.get() + 1);
        let body = format!("VER=1.1&SEQ={}&UIN={}&{request}", self.seq.get(), self.uin);
        let mut door = TcpStream::connect(&self.server).unwrap();
        door.set_read_timeout(Some(DEADLINE)).unwrap();
        write!(door, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        door.read_to_string(&mut answer).unwrap();
        answer
    }
}

//! The QQ door, octet by octet.

mod commands;
mod faults;
mod forms;
mod friends;
mod seeds;
mod sockets;

use std::net::IpAddr;

use crate::emulator::qq::Options;
use crate::emulator::testing::Rig;
use crate::emulator::{Accounts, ConnId, Door};

/// The numbers of the documents, with what these print about them. Real names and mail addresses are replaced.
const PEOPLE: &str = r#"
[[qq]]
uin = 29501213
password = "nudge"
name = "书桌"
friends = [24259132, 106814, 99833581]

[[qq]]
uin = 24259132
password = "weicheng"
name = "微程"
face = 270
friends = [29501213]
[qq.info]
AD = "云南昆明"
AG = "0"
EM = "w@example.com"
HP = "msger.org(建设中…)"
JB = "程序员"
PC = "650000"
PH = "0871-6466529"
PR = "网络为媒,关系为本,信息为财,客户为主.\r\n"
PV = "云南省"
RN = "刘X"
SC = "社会大学"
SX = "0"

[[qq]]
uin = 106814
password = "h"
name = "Hackfan 好"
add = "open"
friends = [29501213]
[qq.info]
AD = "地址"
AG = "19"
BT = "2"
CO = "6"
CT = "苏州"
CY = "中华人民共和国"
EM = "h@example.com"
HP = "http://blog.example.net"
JB = "学生"
MO = "136********"
PC = "邮编"
PH = "电话"
PR = "The guy is updating to .NET Frameword......"
PV = "江苏"
RN = "胡X"
SC = "毕业院校"
SH = "3"

[[qq]]
uin = 99833581
password = "x"
name = "a,b&c%"
face = 141
friends = [29501213]

[[qq]]
uin = 36791785
password = "closed"
add = "closed"
"#;

const DESK: u32 = 29_501_213;
const WEI: u32 = 24_259_132;
const LC: &str = "9326B87B234E7235";

/// A service with [`PEOPLE`] and somebody who asks it.
struct Booth {
    rig: Rig,
    peer: IpAddr,
}

impl Booth {
    fn new(options: Options) -> Self {
        Self::with(PEOPLE, options)
    }

    fn with(people: &str, options: Options) -> Self {
        let accounts = Accounts::parse(people).unwrap();
        let options = crate::emulator::Options { qq: options, ..Default::default() };
        Self { rig: Rig::with(accounts, options, None), peer: IpAddr::from([127, 0, 0, 1]) }
    }

    /// Sends a request in the plainest form.
    fn begin(&mut self, body: impl AsRef<[u8]>) -> ConnId {
        let conn = self.rig.connect_from(Door::Qq, self.peer);
        self.rig.say(conn, posted(body.as_ref()));
        conn
    }

    /// What came by now, without HTTP: `NULL` for nothing and closed, `…` for nothing yet.
    fn hear(&mut self, conn: ConnId) -> Vec<u8> {
        let octets = self.rig.hear_octets(conn);
        match (octets.is_empty(), self.rig.is_open(conn)) {
            (true, true) => "…".into(),
            (true, false) => "NULL".into(),
            (false, open) => {
                assert!(!open, "closed after the answer");
                body_of(&octets)
            }
        }
    }

    fn ask_octets(&mut self, body: impl AsRef<[u8]>) -> Vec<u8> {
        let conn = self.begin(body);
        self.hear(conn)
    }

    fn ask(&mut self, body: impl AsRef<[u8]>) -> String {
        String::from_utf8(self.ask_octets(body)).unwrap()
    }

    /// What follows `UIN=…` in the answer to a command.
    fn tail(&mut self, cmd: &str, uin: u32, fields: &str) -> String {
        let reply = self.ask(format!("VER=1.1&CMD={cmd}&SEQ=7&UIN={uin}{fields}"));
        match reply.split_once(&format!("UIN={uin}&")) {
            Some((_, tail)) => tail.to_owned(),
            None => reply,
        }
    }

    fn login(&mut self, uin: u32) {
        let accounts = Accounts::parse(PEOPLE).unwrap();
        let password = accounts.qq().find(|account| account.uin == uin).unwrap().password.clone();
        let proof = crate::emulator::challenge::md5_hex(&password);
        let tail = self.tail("Login", uin, &format!("&PS={proof}&M5=1&LC={LC}"));
        assert_eq!(tail, "RES=0&RS=0&HI=60&LI=300");
    }

    /// Each left side is the command and its fields, each right side what follows UIN.
    fn talk(&mut self, uin: u32, exchanges: &[(&str, &str)]) {
        for (asked, expected) in exchanges {
            let (cmd, fields) =
                asked.split_once('&').map_or((*asked, ""), |(cmd, _)| (cmd, &asked[cmd.len()..]));
            assert_eq!(self.tail(cmd, uin, fields), *expected, "after {asked:?}");
        }
    }

    fn fault(&mut self, words: &str) {
        self.rig.fault(words);
    }
}

/// A request as most clients wrote it.
fn posted(body: &[u8]) -> Vec<u8> {
    let head =
        format!("POST / HTTP/1.1\r\nHost: qq.example.net:8000\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The body of a response with exactly the usual head, and the CRLF behind it.
fn body_of(octets: &[u8]) -> Vec<u8> {
    let head = b"HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: ";
    let rest = octets.strip_prefix(head).unwrap_or_else(|| panic!("{:?}", String::from_utf8_lossy(octets)));
    let end = rest.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let length: usize = std::str::from_utf8(&rest[..end]).unwrap().parse().unwrap();
    let body = &rest[end + 4..];
    assert_eq!(&body[length..], b"\r\n", "one CRLF outside the length");
    body[..length].to_vec()
}

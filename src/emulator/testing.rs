//! A service on virtual time for the tests of this room: connections by name, octets in, octets out.
//! It does not check anything by itself but what [`Rig::talk`] is told to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::{Accounts, Action, ConnId, Door, Emulator, Fault, Friends, Options, Script, Service, Style};

/// Two people who know each other, and one who is only on a list.
pub(crate) const PEOPLE: &str = r#"
[[account]]
address = "anna@example.net"
password = "secret"
name = "Anna B"
serial = 69
groups = ["Friends"]
phones = { PHH = "555 1" }
[[account.contact]]
address = "bert@example.net"
groups = ["Friends"]
[[account.contact]]
address = "cleo@example.net"
name = "Cléo"
lists = ["BL"]

[[account]]
address = "bert@example.net"
password = "hidden, 100%"
name = "Bert"
serial = 7
phones = { PHM = "555 2" }
[[account.contact]]
address = "anna@example.net"

[[account]]
address = "dora@example.net"
password = "d"
name = "Dora"
serial = 3
md5 = false
"#;

pub(crate) struct Rig {
    pub(crate) emulator: Emulator,
    pub(crate) now: Duration,
    pub(crate) chunk: usize,
    next: u64,
    heard: BTreeMap<ConnId, Vec<u8>>,
    open: Vec<ConnId>,
    /// How many pieces came in for each connection.
    pub(crate) pieces: BTreeMap<ConnId, usize>,
}

impl Rig {
    pub(crate) fn new(options: Options) -> Self {
        Self::with(Accounts::parse(PEOPLE).unwrap(), options, None)
    }

    /// Without profile and challenge, and with the salt of `[seed 001]`.
    pub(crate) fn plain() -> Self {
        let style = Style { profile: false, ..Style::default() };
        let challenges = super::Challenges::Off;
        Self::new(Options {
            style,
            challenges,
            salt: Some("989048851.1851137130".into()),
            ..Options::default()
        })
    }

    pub(crate) fn with(accounts: Accounts, options: Options, script: Option<Script>) -> Self {
        let emulator = Emulator::new(Service::new(accounts, options, 1));
        let emulator = match script {
            Some(script) => emulator.with_friends(Friends::new(5, script)),
            None => emulator,
        };
        Self {
            emulator,
            now: Duration::ZERO,
            chunk: usize::MAX,
            next: 1,
            heard: BTreeMap::new(),
            open: Vec::new(),
            pieces: BTreeMap::new(),
        }
    }

    pub(crate) fn connect(&mut self, door: Door) -> ConnId {
        self.connect_from(door, super::service::LOOPBACK)
    }

    pub(crate) fn connect_from(&mut self, door: Door, peer: IpAddr) -> ConnId {
        let conn = ConnId(self.next);
        self.next += 1;
        self.open.push(conn);
        self.emulator.accept_from(self.now, conn, door, peer);
        self.drain();
        conn
    }

    pub(crate) fn say(&mut self, conn: ConnId, octets: impl AsRef<[u8]>) {
        for piece in octets.as_ref().chunks(self.chunk) {
            self.emulator.receive(self.now, conn, piece);
            self.drain();
        }
    }

    pub(crate) fn drop(&mut self, conn: ConnId) {
        self.open.retain(|&other| other != conn);
        self.emulator.closed(self.now, conn);
        self.drain();
    }

    /// What came for a connection since the last call.
    pub(crate) fn hear(&mut self, conn: ConnId) -> String {
        String::from_utf8_lossy(&self.hear_octets(conn)).into_owned()
    }

    /// As [`Rig::hear`], before it is read as text.
    pub(crate) fn hear_octets(&mut self, conn: ConnId) -> Vec<u8> {
        self.heard.remove(&conn).unwrap_or_default()
    }

    pub(crate) fn is_open(&self, conn: ConnId) -> bool {
        self.open.contains(&conn)
    }

    /// Time passes, deadline by deadline.
    pub(crate) fn wait(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        while let Some(deadline) = self.emulator.next_deadline().filter(|&deadline| deadline <= end) {
            self.now = self.now.max(deadline);
            self.emulator.tick(self.now);
            self.drain();
        }
        self.now = end;
        self.emulator.tick(end);
        self.drain();
    }

    pub(crate) fn fault(&mut self, text: &str) {
        self.emulator.service.fault(Fault::parse(text).unwrap());
    }

    /// Says each left side and expects exactly the right side back.
    pub(crate) fn talk(&mut self, conn: ConnId, exchanges: &[(&str, &str)]) {
        for (said, expected) in exchanges {
            self.say(conn, said);
            assert_eq!(self.hear(conn), *expected, "after {said:?}");
        }
    }

    /// Signs somebody in at a dialect, with everything said thrown away.
    pub(crate) fn sign_in(&mut self, address: &str, password: &str, dialect: u8) -> ConnId {
        let conn = self.connect(Door::Notification);
        self.say(conn, format!("VER 1 MSNP{dialect} CVR0\r\n"));
        assert_eq!(self.hear(conn), format!("VER 1 MSNP{dialect}\r\n"));
        let way = if dialect <= 7 { "MD5" } else { "TWN" };
        self.say(conn, format!("USR 2 {way} I {address}\r\n"));
        let proof = if dialect <= 7 {
            let answer = self.hear(conn);
            let salt = answer.trim_end().rsplit(' ').next().unwrap().to_owned();
            super::challenge::md5_hex(&format!("{salt}{password}"))
        } else {
            self.ticket(address, password)
        };
        self.say(conn, format!("USR 3 {way} S {proof}\r\n"));
        let answer = self.hear(conn);
        assert!(answer.contains(&format!("USR 3 OK {address}")), "{answer}");
        conn
    }

    /// Signed in, and `CHG state`.
    pub(crate) fn online(&mut self, address: &str, password: &str, dialect: u8, state: &str) -> ConnId {
        let conn = self.sign_in(address, password, dialect);
        self.say(conn, format!("CHG 4 {state} 0\r\n"));
        self.hear(conn);
        conn
    }

    /// A ticket from the login, without the nexus.
    pub(crate) fn ticket(&mut self, address: &str, password: &str) -> String {
        let conn = self.connect(Door::Passport);
        let escape = |text: &str| super::wire::escaped(text, super::Names::Escaped);
        let (name, password) = (escape(address), escape(password));
        let request = format!(
            "GET /login2.srf HTTP/1.1\r\nHost: x\r\nAuthorization: Passport1.4 OrgVerb=GET,sign-in={name},pwd={password},ct=1\r\nConnection: close\r\n\r\n"
        );
        self.say(conn, request);
        let answer = self.hear(conn);
        let ticket = answer.split("from-PP='").nth(1).and_then(|rest| rest.split('\'').next());
        ticket.unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn drain(&mut self) {
        while let Some(action) = self.emulator.poll() {
            match action {
                Action::Send(conn, octets) => {
                    *self.pieces.entry(conn).or_default() += 1;
                    self.heard.entry(conn).or_default().extend(octets);
                }
                Action::Close(conn) => self.open.retain(|&other| other != conn),
            }
        }
    }
}

//! `nudged emulate --qq`, the door a person opens, and the same client through real sockets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nudged::http::Url;
use nudged::link::{Closed, Effect, Link};
use nudged::presence::LinkState;
use nudged::qq::{Client, Event, Outcome, Say, Settings, Uin};
use nudged::time::Instant;

use crate::world::{DESK, settings};

/// The program, until the test is over.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The program with a QQ door, and where that is.
fn emulate(faults: &[&str]) -> (Program, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nudged"));
    command.args(["emulate", "--msn", "127.0.0.1:0", "--passport", "127.0.0.1:0", "--qq", "127.0.0.1:0"]);
    for fault in faults {
        command.args(["--fault", fault]);
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let program = Program(child);
    let mut lines = lines.map(Result::unwrap);
    let door = lines.find_map(|line| line.strip_prefix("qq ").map(str::to_owned)).unwrap();
    (program, door)
}

/// A client on blocking sockets.
struct Desk {
    client: Client,
    since: std::time::Instant,
    wire: Option<(Link, TcpStream)>,
    state: LinkState,
    friends: Vec<String>,
    outcome: Option<Outcome>,
}

impl Desk {
    fn new(door: &str) -> Self {
        let server = Url::parse(format!("http://{door}").as_bytes()).unwrap();
        Self {
            client: Client::new(Settings { server, uin: Uin::new(DESK).unwrap(), ..settings(DESK) }, 1),
            since: std::time::Instant::now(),
            wire: None,
            state: LinkState::Starting,
            friends: Vec::new(),
            outcome: None,
        }
    }

    fn act(&mut self, act: impl FnOnce(&mut Client, Instant, &mut dyn FnMut(Event<'_>))) {
        let now = Instant::from_millis(u64::try_from(self.since.elapsed().as_millis()).unwrap());
        let Self { client, state, friends, outcome, .. } = self;
        act(client, now, &mut |event| match event {
            Event::State { state: new, .. } => *state = new,
            Event::Contact { account } => friends.push(account.to_owned()),
            Event::Delivery { outcome: new, .. } => *outcome = Some(new),
            _ => {}
        });
    }

    /// Does what the client wants until it has what it waits for.
    fn until(&mut self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            match self.client.poll() {
                Some(Effect::Connect { link, to, .. }) => {
                    let stream = TcpStream::connect((to.host.as_str(), to.port)).unwrap();
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    self.wire = Some((link, stream));
                    self.act(|client, now, sink| client.connected(now, link, sink));
                }
                Some(Effect::Transmit { octets, .. }) => {
                    let (_, stream) = self.wire.as_mut().unwrap();
                    stream.write_all(octets).unwrap();
                }
                Some(Effect::Close(_)) => self.wire = None,
                None => self.read(),
            }
        }
    }

    fn read(&mut self) {
        let (link, stream) = self.wire.as_mut().expect("it waits for an answer");
        let link = *link;
        let mut buffer = [0; 512];
        match stream.read(&mut buffer) {
            Ok(0) => self.closed(link, Closed::ByPeer),
            Ok(count) => self.act(|client, now, sink| client.bytes(now, link, &buffer[..count], sink)),
            // A child of another test may end at this moment.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => {
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                self.closed(link, Closed::Broken);
            }
        }
    }

    fn closed(&mut self, link: Link, why: Closed) {
        self.wire = None;
        self.act(|client, now, sink| client.closed(now, link, why, 100, sink));
    }
}

#[test]
fn a_client_signs_in_speaks_and_leaves_over_real_sockets() {
    for (faults, outcome) in [
        (&[][..], Outcome::Delivered),
        (&["drip", "qq page 1", "qq seq any", "qq comp NOKIA8F3A18D6E27"], Outcome::Delivered),
        (&["qq double any", "qq no-length"], Outcome::Delivered),
        (&["qq reset CLTMSG"], Outcome::Unsure),
        (&["qq lost CLTMSG"], Outcome::Unsure),
    ] {
        let (_program, door) = emulate(faults);
        let mut desk = Desk::new(&door);
        desk.act(Client::start);
        desk.until(|desk| desk.state == LinkState::Online);
        assert_eq!(desk.friends, ["qq:24259132", "qq:36791785", "qq:99833581"], "{faults:?}");
        desk.act(|client, now, sink| client.send(now, 1, "qq:24259132", Say::Text("好的, 一会儿见"), sink));
        desk.until(|desk| desk.outcome.is_some_and(|outcome| outcome != Outcome::Sending));
        assert_eq!(desk.outcome, Some(outcome), "{faults:?}");
        desk.act(Client::sign_out);
        desk.until(|desk| desk.state == LinkState::Stopped);
    }
}

#[test]
fn the_faults_of_the_qq_door_are_listed_on_request() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nudged"));
    let listed = command.args(["emulate", "--qq", "127.0.0.1:0", "--fault", "help"]).output().unwrap();
    assert!(listed.status.success() && listed.stderr.is_empty());
    let listed = String::from_utf8(listed.stdout).unwrap();
    for word in [
        "silence",
        "null",
        "lost",
        "refuse",
        "late",
        "trickle",
        "reset",
        "double",
        "seq",
        "refuse-login",
        "elsewhere",
        "page",
        "comp",
        "no-length",
        "no-crlf",
        "crlf-inside",
        "raw-commas",
        "strange-rows",
        "null-on-h",
    ] {
        assert!(listed.lines().any(|line| line.starts_with(&format!("  qq {word} "))), "{word} in {listed}");
    }
    assert!(listed.contains("Query_Stat"), "{listed}");
}

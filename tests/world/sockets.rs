//! The same agent through the driver and real sockets, against the service on port 0: every dialect, by way of the
//! dispatch server, Passport under TLS with the service's own authority.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use nudged::agent::{Agent, MessageKind, Notice, Snapshot};
use nudged::board::Event;
use nudged::control::Control;
use nudged::driver::{self, Edges, Surface};
use nudged::emulator::server::{Doors, Server};
use nudged::emulator::{Accounts, Act, Emulator, Friends, Options, Person, Scene, Script, Service};
use nudged::frame::{Frame, Look};
use nudged::http::Url;
use nudged::link::Endpoint;
use nudged::msnp::{self, Auth, Outcome};
use nudged::net::{self, Links};
use nudged::presence::{LinkState, Presence};
use nudged::store::Store;
use nudged::time::Instant;
use nudged::watchdog::Watchdog;
use smol::channel::{Receiver, Sender};
use smol::{LocalExecutor, Timer, future};

use crate::desk::*;

/// What a board was shown and told.
#[derive(Default)]
struct Seen {
    frame: Frame,
    notices: Vec<Notice>,
    blanked: bool,
}

/// A board without hardware: it remembers, and its fingers are a channel.
struct Board {
    seen: Rc<RefCell<Seen>>,
    fingers: Receiver<Event>,
}

impl Surface for Board {
    fn show(&mut self, _: Instant, frame: &Frame) -> io::Result<()> {
        self.seen.borrow_mut().frame = frame.clone();
        Ok(())
    }

    fn notice(&mut self, _: Instant, notice: &Notice) -> io::Result<()> {
        self.seen.borrow_mut().notices.push(notice.clone());
        Ok(())
    }

    async fn next(&mut self) -> io::Result<Event> {
        Ok(self.fingers.recv().await.expect("the test holds the other end"))
    }

    fn blank(&mut self) -> io::Result<()> {
        self.seen.borrow_mut().blanked = true;
        Ok(())
    }
}

/// Bob comes, writes every few seconds, and answers.
fn script(accounts: &Accounts) -> Script {
    let bob = accounts.account(BOB).unwrap();
    let person = Person {
        account: bob.address.clone(),
        password: bob.password.clone(),
        answers: vec!["fine :)".into()],
        nudged: Vec::new(),
    };
    let scene = |ms, act| Scene { at: Duration::from_millis(ms), who: 0, act };
    Script {
        desk: DESK.into(),
        people: vec![person],
        scenes: vec![scene(0, Act::SignIn("BSY")), scene(1500, Act::Say("lunch?".into()))],
        length: Duration::from_secs(4),
    }
}

/// Where the service really is.
fn account_at(dialect: u8, server: &Server) -> msnp::Settings {
    let mut account = account(dialect);
    let doors = server.addresses();
    account.server = Endpoint::parse(doors.dispatch.to_string().as_bytes(), 1863).unwrap();
    if let Auth::Tweener { nexus } = &mut account.auth {
        *nexus = Url::parse(doors.nexus.as_bytes()).unwrap();
    }
    account
}

/// Waits until something was seen.
async fn until(dialect: u8, seen: &RefCell<Seen>, what: &str, holds: impl Fn(&Seen) -> bool) {
    for _ in 0..3000 {
        if holds(&seen.borrow()) {
            return;
        }
        Timer::after(Duration::from_millis(10)).await;
    }
    let seen = seen.borrow();
    panic!("MSNP{dialect}: {what} did not come; {:?}\n{:#?}", seen.frame, seen.notices);
}

fn is_online(seen: &Seen) -> bool {
    let mut links = seen.notices.iter().filter_map(|notice| match notice {
        Notice::Link { state, .. } => Some(*state),
        _ => None,
    });
    links.next_back() == Some(LinkState::Online)
}

fn said(seen: &Seen, words: &str) -> bool {
    seen.notices.iter().any(|notice| match notice {
        Notice::Message { from, kind: MessageKind::Text, text } => from == BOB && text == words,
        _ => false,
    })
}

fn delivered(seen: &Seen) -> bool {
    seen.notices.iter().any(|notice| match notice {
        Notice::Reply { text, outcome, .. } => text == REPLIES[0] && *outcome == Outcome::Delivered,
        _ => false,
    })
}

/// What a person sees and does, start to end.
async fn person(dialect: u8, seen: Rc<RefCell<Seen>>, fingers: Sender<Event>, started: std::time::Instant) {
    let led = |seen: &Seen, led: usize| seen.frame.leds.get(led).copied();
    let busy = LOOKS.of_presence(Presence::Busy);
    until(dialect, &seen, "the session", is_online).await;
    until(dialect, &seen, "Bob", |seen| {
        [Some(busy), Some(LOOKS.waiting)].contains(&led(seen, BOBS)) && led(seen, LINK).is_some()
    })
    .await;
    until(dialect, &seen, "Bob's message", |seen| said(seen, "lunch?")).await;
    until(dialect, &seen, "its light", |seen| led(seen, POST) == Some(LOOKS.waiting)).await;
    Timer::after(Duration::from_millis(400)).await;
    for pressed in [true, false] {
        let at = Instant::START + started.elapsed();
        fingers.send(Event::Button { index: REPLY, pressed, at }).await.unwrap();
        Timer::after(Duration::from_millis(80)).await;
    }
    until(dialect, &seen, "the delivery", delivered).await;
    until(dialect, &seen, "Bob's answer", |seen| said(seen, "fine :)")).await;
    fingers.send(Event::Quit).await.unwrap();
}

async fn a_session(dialect: u8) {
    let accounts = Accounts::built_in();
    let friends = Friends::new(u64::from(dialect), script(&accounts));
    let service = Service::new(accounts, Options::default(), u64::from(dialect));
    let emulator = Emulator::new(service).with_friends(friends);
    let server = Server::bind(emulator, &Doors::default()).await.unwrap();
    let remote = server.remote();

    let dir = tempfile::tempdir().unwrap();
    let ca_file = dir.path().join("ca.pem");
    std::fs::write(&ca_file, server.ca_pem()).unwrap();
    let links = Links::new(net::Options { ca_file: Some(ca_file), ..net::Options::default() }).unwrap();

    let mut agent = Agent::new(settings(account_at(dialect, &server)), None, 1);
    let (fingers, pressed) = smol::channel::unbounded();
    let seen = Rc::new(RefCell::new(Seen::default()));
    let mut board = Board { seen: Rc::clone(&seen), fingers: pressed };
    let store = Some(Store::open(dir.path()));
    let started = std::time::Instant::now();
    let edges = Edges { links, store, control: Control::nowhere(), watchdog: Watchdog::default() };
    let running = driver::run(&mut agent, &mut board, edges, started);
    let serving = async {
        server.run().await.unwrap();
        unreachable!("it serves until dropped")
    };
    let living = async {
        let (ended, ()) = future::zip(running, person(dialect, Rc::clone(&seen), fingers, started)).await;
        let wakeups = ended.unwrap();
        assert!(wakeups.link > 0 && wakeups.board == 3, "MSNP{dialect}: {wakeups}");
        // OUT, or the end of the connection, may still be on its way.
        for _ in 0..200 {
            if !remote.with(|emulator, _| emulator.service.is_signed_in(DESK)) {
                return;
            }
            Timer::after(Duration::from_millis(10)).await;
        }
        panic!("MSNP{dialect}: still signed in");
    };
    future::or(serving, living).await;
    assert!(seen.borrow().blanked, "MSNP{dialect}");
    assert!(seen.borrow().frame.leds.iter().all(|look| *look == Look::OFF), "MSNP{dialect}");
    let kept = Store::open(dir.path()).load::<Snapshot>();
    assert!(kept.is_some(), "MSNP{dialect}: the lists are kept");
}

#[test]
fn every_dialect_works_over_real_sockets_by_way_of_the_dispatch_server() {
    let executor = LocalExecutor::new();
    smol::block_on(executor.run(async {
        let sessions: Vec<_> = (2..=12).map(|dialect| executor.spawn(a_session(dialect))).collect();
        for session in sessions {
            session.await;
        }
    }));
}

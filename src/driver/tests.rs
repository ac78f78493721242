//! The loop with a scripted core, a board without hardware, and real sockets.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::Read as _;
use std::net::SocketAddr;
use std::rc::Rc;

use async_net::TcpListener;
use serde::Serialize;
use smol::channel::{self, Receiver, Sender};
use smol::future::zip;
use smol::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::agent::Notice;
use crate::frame::Frame;
use crate::link::{Closed, Endpoint, Link, Room};

const LINK: Link = Link { room: Room::Notification, number: 1 };

/// What a scripted core wants done.
#[derive(Clone, Debug)]
enum Act {
    Connect(Box<Endpoint>, bool),
    Transmit(&'static [u8]),
    Close,
    Show,
    Save,
    Answer(u32, &'static str),
    Stopped,
}

/// What a scripted core was told.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    Connected,
    Bytes(Vec<u8>),
    Closed(Closed, u64),
    Button(u8, bool),
    Lost(u8, bool),
    Control(u32, String),
    Tick,
    Stop,
}

/// A core that answers inputs by a script.
struct Script<F> {
    acts: VecDeque<Act>,
    current: Option<Act>,
    told: Vec<(Instant, Told)>,
    wake: (Option<Instant>, Reason),
    frame: Frame,
    /// Whether there is a snapshot.
    whole: bool,
    answer: F,
}

impl<F: FnMut(&mut (Option<Instant>, Reason), Instant, &Told) -> Vec<Act>> Script<F> {
    fn new(acts: Vec<Act>, answer: F) -> Self {
        Self {
            acts: acts.into(),
            current: None,
            told: Vec::new(),
            wake: (None, Reason::Nothing),
            frame: Frame::default(),
            whole: true,
            answer,
        }
    }

    fn told(&self) -> Vec<Told> {
        self.told.iter().map(|(_, told)| told.clone()).collect()
    }
}

impl<F: FnMut(&mut (Option<Instant>, Reason), Instant, &Told) -> Vec<Act>> Core for Script<F> {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        let told = match input {
            Input::Connected(_) => Told::Connected,
            Input::Bytes(_, octets) => Told::Bytes(octets.to_vec()),
            Input::Closed { why, written, .. } => Told::Closed(why, written),
            Input::Button { index, pressed, .. } => Told::Button(index, pressed),
            Input::Lost { index, pressed, .. } => Told::Lost(index, pressed),
            Input::Control { ticket, request } => Told::Control(ticket, format!("{request:?}")),
            Input::Tick => Told::Tick,
            Input::Stop => Told::Stop,
        };
        self.acts.extend((self.answer)(&mut self.wake, now, &told));
        self.told.push((now, told));
    }

    fn poll(&mut self, _: Instant) -> Output<'_> {
        self.current = self.acts.pop_front();
        match &self.current {
            Some(Act::Connect(to, tls)) => Output::Connect { link: LINK, to, tls: *tls },
            Some(Act::Transmit(octets)) => Output::Transmit { link: LINK, octets },
            Some(Act::Close) => Output::Close(LINK),
            Some(Act::Show) => Output::Show(&self.frame),
            Some(Act::Save) => Output::SaveSnapshot,
            Some(Act::Answer(ticket, say)) => {
                Output::Answer { ticket: *ticket, answer: Answer::Done((*say).into()) }
            }
            Some(Act::Stopped) => Output::Stopped,
            None => Output::WakeAt { at: self.wake.0, reason: self.wake.1 },
        }
    }

    fn snapshot(&self) -> Option<impl Serialize> {
        self.whole.then_some(self.told.len() as u32)
    }
}

/// A board that counts what it shows; its buttons are a channel, and it may break.
struct Board {
    presses: Receiver<io::Result<Event>>,
    shown: usize,
    blanked: usize,
    breaks: bool,
    /// How long it takes to show something.
    takes: Duration,
    /// As real boards: whoever wanted to quit still does when asked again.
    quit: bool,
}

impl Board {
    fn new() -> (Self, Sender<io::Result<Event>>) {
        let (press, presses) = channel::unbounded();
        (Self { presses, shown: 0, blanked: 0, breaks: false, takes: Duration::ZERO, quit: false }, press)
    }
}

impl Surface for Board {
    fn show(&mut self, _: Instant, _: &Frame) -> io::Result<()> {
        self.shown += 1;
        std::thread::sleep(self.takes);
        if self.breaks { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }

    fn notice(&mut self, _: Instant, _: &Notice) -> io::Result<()> {
        Ok(())
    }

    async fn next(&mut self) -> io::Result<Event> {
        if self.quit {
            return Ok(Event::Quit);
        }
        match self.presses.recv().await {
            Ok(event) => {
                self.quit = matches!(event, Ok(Event::Quit));
                event
            }
            Err(_) => future::pending().await,
        }
    }

    fn blank(&mut self) -> io::Result<()> {
        self.blanked += 1;
        Ok(())
    }
}

fn clock() -> Clock {
    Clock(std::time::Instant::now())
}

fn edges(store: Option<Store>) -> Edges {
    Edges {
        links: Links::new(net::Options::default()).unwrap(),
        store,
        control: Control::nowhere(),
        watchdog: Watchdog::default(),
    }
}

/// Stops in good order when told to.
fn obedient(_: &mut (Option<Instant>, Reason), _: Instant, told: &Told) -> Vec<Act> {
    if *told == Told::Stop { vec![Act::Stopped] } else { Vec::new() }
}

async fn listen() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, Endpoint { host: "127.0.0.1".try_into().unwrap(), port })
}

#[test]
fn a_session_goes_from_the_first_octet_to_the_last_word() {
    smol::block_on(async {
        let (listener, to) = listen().await;
        let (ask, signals) = channel::unbounded();
        let mut core =
            Script::new(vec![Act::Show, Act::Connect(Box::new(to), false)], |_: &mut _, _, told: &Told| {
                match told {
                    Told::Connected => vec![Act::Transmit(b"VER 1 MSNP9\r\n")],
                    Told::Bytes(_) => {
                        ask.try_send(()).unwrap();
                        vec![Act::Show]
                    }
                    Told::Stop => vec![Act::Transmit(b"OUT\r\n"), Act::Close, Act::Stopped],
                    _ => Vec::new(),
                }
            });
        let (mut board, _press) = Board::new();
        let theirs = async {
            let mut peer = listener.accept().await.unwrap().0;
            let mut hello = [0; 13];
            peer.read_exact(&mut hello).await.unwrap();
            peer.write_all(b"VER 1 MSNP9\r\n").await.unwrap();
            let mut rest = Vec::new();
            peer.read_to_end(&mut rest).await.unwrap();
            rest
        };
        let (ended, rest) =
            zip(run_until(&mut core, &mut board, edges(None), clock(), signals), theirs).await;
        assert_eq!(rest, b"OUT\r\n");
        let wakeups = ended.unwrap();
        assert_eq!((wakeups.link, wakeups.signal, wakeups.board), (2, 1, 0));
        assert_eq!(core.told(), [Told::Connected, Told::Bytes(b"VER 1 MSNP9\r\n".to_vec()), Told::Stop]);
        assert_eq!((board.shown, board.blanked), (2, 1));
    });
}

#[test]
fn buttons_reach_the_core_and_quit_stops_it() {
    smol::block_on(async {
        let mut core = Script::new(vec![], obedient);
        let (mut board, press) = Board::new();
        for event in [
            Event::Button { index: 1, pressed: true, at: Instant::START },
            Event::Button { index: 1, pressed: false, at: Instant::START },
            Event::Quit,
        ] {
            press.try_send(Ok(event)).unwrap();
        }
        let wakeups =
            run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending()).await.unwrap();
        assert_eq!(core.told(), [Told::Button(1, true), Told::Button(1, false), Told::Stop]);
        assert_eq!((wakeups.board, board.blanked), (3, 1));
    });
}

/// A board on a bus that holds the thread: each of its turns takes [`HELD`]. Edges wait meanwhile.
struct Stiff {
    started: std::time::Instant,
    /// Edges to come: milliseconds, down or up.
    edges: VecDeque<(u64, bool)>,
    /// How many turns it had, and when the last one ended.
    turns: (usize, Instant),
    peer: Option<Peer>,
}

/// Whom the core writes to, on the thread of the loop.
struct Peer {
    listener: std::net::TcpListener,
    stream: Option<std::net::TcpStream>,
    /// When lines of five octets were due that it has not read yet, in order.
    owed: Rc<RefCell<VecDeque<Instant>>>,
    heard: Vec<u8>,
}

impl Peer {
    /// Reads every line that was due until then. If one has not left the core, it never comes: nothing else runs meanwhile.
    fn hear(&mut self, until: Instant) {
        while self.owed.borrow().front().is_some_and(|due| *due <= until) {
            self.owed.borrow_mut().pop_front();
            let stream = self.stream.get_or_insert_with(|| {
                let (stream, _) = self.listener.accept().unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                stream
            });
            let mut line = [0; 5];
            stream.read_exact(&mut line).expect("what was due has left us");
            self.heard.push(line[0]);
        }
    }
}

impl Stiff {
    fn new(started: std::time::Instant, edges: &[(u64, bool)]) -> Self {
        Self { started, edges: edges.iter().copied().collect(), turns: (0, Instant::START), peer: None }
    }
}

const HELD: Duration = Duration::from_millis(200);

impl Surface for Stiff {
    fn show(&mut self, _: Instant, _: &Frame) -> io::Result<()> {
        Ok(())
    }

    fn notice(&mut self, _: Instant, _: &Notice) -> io::Result<()> {
        Ok(())
    }

    async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(edge) = self.waiting_edge() {
                return Ok(edge);
            }
            if let Some(peer) = &mut self.peer {
                peer.hear(self.turns.1);
            }
            std::thread::sleep(HELD);
            self.turns = (self.turns.0 + 1, Clock(self.started).now());
            future::yield_now().await;
        }
    }

    fn waiting_edge(&mut self) -> Option<Event> {
        let at = Instant::from_millis(self.edges.front()?.0);
        (at <= Clock(self.started).now()).then_some(())?;
        let pressed = self.edges.pop_front()?.1;
        Some(Event::Button { index: 0, pressed, at })
    }

    fn blank(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn edges_that_wait_are_told_before_the_deadline_that_woke_us() {
    smol::block_on(async {
        let mut core = Script::new(vec![], |_: &mut _, _, told: &Told| match told {
            Told::Tick => vec![Act::Stopped],
            _ => Vec::new(),
        });
        core.wake = (Some(Instant::from_millis(350)), Reason::Gesture);
        let started = std::time::Instant::now();
        // Both came during the second turn, which the deadline waited for, too.
        let mut board = Stiff::new(started, &[(250, true), (300, false)]);
        let running = run_until(&mut core, &mut board, edges(None), Clock(started), smol::stream::pending());
        running.await.unwrap();
        assert_eq!(core.told(), [Told::Button(0, true), Told::Button(0, false), Told::Tick]);
    });
}

#[test]
fn lost_edges_are_told_in_their_place() {
    let mut core = Script::new(vec![], |_: &mut _, _, _: &Told| Vec::new());
    let started = std::time::Instant::now();
    let mut board = Stiff::new(started, &[(0, true)]);
    let lost = Event::Lost { index: 1, pressed: false, at: Instant::START };
    hear(&mut core, &mut board, Some(lost), Instant::START);
    assert_eq!(core.told(), [Told::Lost(1, false), Told::Button(0, true)]);
}

#[test]
fn a_board_that_holds_the_thread_makes_a_ping_and_a_reply_late_by_one_turn_at_most() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = Endpoint { host: "127.0.0.1".try_into().unwrap(), port: listener.local_addr().unwrap().port() };
    let started = std::time::Instant::now();
    let clicks = [(1500, true), (1600, false), (2700, true), (2800, false)];
    let owed = Rc::new(RefCell::new(VecDeque::new()));
    let (mut pings, owes) = (VecDeque::new(), Rc::clone(&owed));
    let mut core = Script::new(
        vec![Act::Connect(Box::new(to), false)],
        |wake: &mut (Option<Instant>, Reason), now: Instant, told: &Told| {
            let mut acts = Vec::new();
            match told {
                Told::Connected => {
                    pings.extend((1..=10).map(|n| now + Duration::from_millis(310 * n)));
                    let mut all: Vec<_> = pings.iter().copied().collect();
                    all.extend([1600, 2800].map(Instant::from_millis));
                    all.sort();
                    owes.borrow_mut().extend(all);
                }
                Told::Tick => {
                    while pings.front().is_some_and(|due| *due <= now) {
                        pings.pop_front();
                        acts.push(Act::Transmit(b"PNG\r\n"));
                    }
                    acts.extend(pings.is_empty().then_some(Act::Stopped));
                }
                Told::Button(_, false) => acts.push(Act::Transmit(b"MSG\r\n")),
                _ => {}
            }
            *wake = (pings.front().copied(), Reason::Link);
            acts
        },
    );
    let mut board = Stiff::new(started, &clicks);
    board.peer = Some(Peer { listener, stream: None, owed, heard: Vec::new() });
    let running = run_until(&mut core, &mut board, edges(None), Clock(started), smol::stream::pending());
    smol::block_on(running).unwrap();
    let mut peer = board.peer.unwrap();
    assert!(board.turns.0 > 1 && peer.heard.len() > 1, "lines left between turns");
    peer.hear(Instant::from_millis(u64::MAX));
    assert_eq!(peer.heard.iter().filter(|first| **first == b'P').count(), 10);
    assert_eq!(peer.heard.len(), 12);
}

#[test]
fn a_deadline_is_kept_not_early_and_counted_by_its_reason() {
    smol::block_on(async {
        let (ask, signals) = channel::unbounded();
        let mut core =
            Script::new(vec![], |wake: &mut (Option<Instant>, Reason), now: Instant, told: &Told| {
                match told {
                    Told::Tick if wake.1 == Reason::Link => {
                        *wake = (Some(now + Duration::from_millis(20)), Reason::Gesture);
                    }
                    Told::Tick => {
                        *wake = (None, Reason::Nothing);
                        ask.try_send(()).unwrap();
                    }
                    _ => return vec![Act::Stopped],
                }
                Vec::new()
            });
        core.wake = (Some(Instant::from_millis(30)), Reason::Link);
        let (mut board, _press) = Board::new();
        let wakeups = run_until(&mut core, &mut board, edges(None), clock(), signals).await.unwrap();
        assert_eq!(core.told(), [Told::Tick, Told::Tick, Told::Stop]);
        assert!(core.told[0].0 >= Instant::from_millis(30));
        assert!(core.told[1].0 >= core.told[0].0 + Duration::from_millis(20));
        assert_eq!(wakeups.deadline, [0, 1, 1, 0, 0, 0, 0]);
        assert_eq!(
            wakeups.to_string(),
            "link 0, board 0, control 0, signal 1, driver 0, watchdog 0, Nothing 0, Link 1, Gesture 1, Effect 0, ReplyMenu 0, Display 0, Control 0"
        );
    });
}

#[test]
fn a_core_that_asks_for_the_past_does_not_take_the_processor() {
    smol::block_on(async {
        let (ask, signals) = channel::unbounded();
        let mut ticks = 0_u64;
        let mut core = Script::new(vec![], |_: &mut _, now: Instant, told: &Told| {
            ticks += 1;
            if now >= Instant::from_millis(60) && *told == Told::Tick {
                let _ = ask.try_send(());
            }
            if *told == Told::Stop { vec![Act::Stopped] } else { Vec::new() }
        });
        core.wake = (Some(Instant::START), Reason::Effect);
        let (mut board, _press) = Board::new();
        run_until(&mut core, &mut board, edges(None), clock(), signals).await.unwrap();
        let last = core.told.last().unwrap().0.as_millis();
        drop(core);
        assert!(ticks <= last + 2, "{ticks} ticks in {last} ms");
    });
}

#[test]
fn a_core_that_does_not_stop_is_given_its_time_and_no_more() {
    smol::block_on(async {
        let (listener, to) = listen().await;
        let mut core =
            Script::new(vec![Act::Connect(Box::new(to), false)], |_: &mut _, _, told: &Told| match told {
                Told::Connected => vec![Act::Transmit(&[b'x'; 60_000])],
                _ => Vec::new(),
            });
        let (mut board, press) = Board::new();
        press.try_send(Ok(Event::Quit)).unwrap();
        // The peer reads nothing, ever.
        let start = std::time::Instant::now();
        let running = run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending());
        let (ended, _peer) = zip(running, listener.accept()).await;
        ended.unwrap();
        // The sum of the limits is checked where they stand; this only tells them from the next longer ones, 15 s.
        assert!((SIGN_OUT..Duration::from_secs(10)).contains(&start.elapsed()), "{:?}", start.elapsed());
        assert_eq!(board.blanked, 1);
    });
}

#[test]
fn a_second_signal_ends_at_once_with_a_dark_board() {
    smol::block_on(async {
        let (ask, signals) = channel::unbounded();
        ask.try_send(()).unwrap();
        ask.try_send(()).unwrap();
        let mut core = Script::new(vec![], |_: &mut _, _, _: &Told| Vec::new());
        let (mut board, _press) = Board::new();
        let start = std::time::Instant::now();
        let wakeups = run_until(&mut core, &mut board, edges(None), clock(), signals).await.unwrap();
        assert!(start.elapsed() < SIGN_OUT);
        assert_eq!((wakeups.signal, board.blanked), (2, 1));
        assert_eq!(core.told(), [Told::Stop]);
    });
}

#[test]
fn a_board_that_breaks_ends_the_program_after_the_sign_out() {
    smol::block_on(async {
        let mut core = Script::new(vec![Act::Show, Act::Show], obedient);
        let (mut board, _press) = Board::new();
        board.breaks = true;
        let error = run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(core.told(), [Told::Stop]);
        assert_eq!((board.shown, board.blanked), (1, 0), "a broken board is left alone");
        let mut core = Script::new(vec![], obedient);
        let (mut board, press) = Board::new();
        press.try_send(Err(io::ErrorKind::UnexpectedEof.into())).unwrap();
        let error = run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    });
}

#[test]
fn a_board_that_wants_to_quit_is_heard_once() {
    smol::block_on(async {
        let (mut board, press) = Board::new();
        // It takes its time to sign out.
        let mut core =
            Script::new(vec![], |wake: &mut (Option<Instant>, Reason), now, told: &Told| match told {
                Told::Stop => {
                    *wake = (Some(now + Duration::from_millis(50)), Reason::Link);
                    Vec::new()
                }
                Told::Tick => vec![Act::Stopped],
                _ => Vec::new(),
            });
        press.try_send(Ok(Event::Quit)).unwrap();
        let ended = run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending()).await;
        assert_eq!(ended.unwrap().board, 1);
        assert_eq!(core.told(), [Told::Stop, Told::Tick]);
    });
}

#[test]
fn the_snapshot_is_saved_soon_the_first_time_and_again_at_the_end() {
    smol::block_on(async {
        let dir = tempfile::tempdir().unwrap();
        let (mut board, press) = Board::new();
        let mut core = Script::new(vec![Act::Save], |_: &mut _, _, told: &Told| match told {
            Told::Button(..) => vec![Act::Save],
            Told::Stop => vec![Act::Stopped],
            _ => Vec::new(),
        });
        let store = Store::open(dir.path());
        let running = run_until(&mut core, &mut board, edges(Some(store)), clock(), smol::stream::pending());
        let watching = async {
            while Store::open(dir.path()).load::<u32>().is_none() {
                smol::future::yield_now().await;
            }
            let first = Store::open(dir.path()).load::<u32>();
            press.try_send(Ok(Event::Button { index: 0, pressed: true, at: Instant::START })).unwrap();
            press.try_send(Ok(Event::Quit)).unwrap();
            first
        };
        let (ended, first) = zip(running, watching).await;
        assert_eq!(first, Some(0));
        assert_eq!(ended.unwrap().driver, 1);
        assert_eq!(
            Store::open(dir.path()).load::<u32>(),
            Some(2),
            "the button and the stop were told by then"
        );
    });
}

#[test]
fn a_snapshot_that_is_not_whole_leaves_the_one_before_alone() {
    smol::block_on(async {
        let dir = tempfile::tempdir().unwrap();
        Store::open(dir.path()).save(&7_u32, Instant::START);
        let mut core = Script::new(vec![Act::Save], |_: &mut _, _, told: &Told| match told {
            Told::Button(..) => vec![Act::Save],
            Told::Stop => vec![Act::Stopped],
            _ => Vec::new(),
        });
        core.whole = false;
        let (mut board, press) = Board::new();
        let store = Some(Store::open(dir.path()));
        let running = run_until(&mut core, &mut board, edges(store), clock(), smol::stream::pending());
        let pressing = async {
            smol::Timer::after(Duration::from_millis(20)).await;
            press.try_send(Ok(Event::Button { index: 0, pressed: true, at: Instant::START })).unwrap();
            press.try_send(Ok(Event::Quit)).unwrap();
        };
        let wakeups = zip(running, pressing).await.0.unwrap();
        assert_eq!(wakeups.driver, 1, "it is not asked again and again");
        assert_eq!(Store::open(dir.path()).load::<u32>(), Some(7));
    });
}

#[test]
#[cfg(feature = "emulator")]
fn in_a_process_of_its_own_all_of_this_adds_one_parked_thread_and_sigterm_ends_it_well() {
    const NAME: &str =
        "driver::tests::in_a_process_of_its_own_all_of_this_adds_one_parked_thread_and_sigterm_ends_it_well";
    const CHILD: &str = "NUDGED_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        return child();
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME, "--test-threads=1", "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("added [\"async-io\"], core 0, dumpable 0"), "{text}");
}

/// Names by UDP, TLS, signals, files, hardening: then counts.
#[cfg(feature = "emulator")]
fn child() {
    use rustix::process::{Resource, Signal, dumpable_behavior, getpid, getrlimit, kill_process};

    let threads = || -> std::collections::BTreeMap<_, _> {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap());
        tasks
            .map(|task| (task.file_name(), std::fs::read_to_string(task.path().join("comm")).unwrap()))
            .collect()
    };
    let before = threads();
    harden();
    let ended = smol::block_on(async {
        let authority = net::tls_tests::Authority::new();
        let server = authority.server(&["login.example.net"], |_| {});
        let (listener, mut to) = listen().await;
        to.host = "login.example.net".try_into().unwrap();
        let names = async_net::UdpSocket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let resolv_conf = dir.path().join("resolv.conf");
        std::fs::write(&resolv_conf, "nameserver 127.0.0.1\n").unwrap();
        let mut options = authority.options();
        options.dns.hosts = "/nowhere".into();
        options.dns.resolv_conf = resolv_conf;
        options.dns.port = names.local_addr().unwrap().port();

        let mut core =
            Script::new(vec![Act::Connect(Box::new(to), true), Act::Save], |_: &mut _, _, told: &Told| {
                match told {
                    Told::Connected => vec![Act::Transmit(b"hello")],
                    Told::Stop => vec![Act::Close, Act::Stopped],
                    _ => Vec::new(),
                }
            });
        let (mut board, _press) = Board::new();
        let store = Some(Store::open(dir.path()));
        let edges = Edges {
            links: Links::new(options).unwrap(),
            store,
            control: Control::nowhere(),
            watchdog: Watchdog::default(),
        };
        let running = run(&mut core, &mut board, edges, std::time::Instant::now());
        let serving = async {
            let mut stream = server.accept(listener.accept().await.unwrap().0).await.unwrap();
            let mut hello = [0; 5];
            stream.read_exact(&mut hello).await.unwrap();
            kill_process(getpid(), Signal::TERM).unwrap();
            stream.read_to_end(&mut Vec::new()).await.unwrap();
        };
        let naming = net::dns::serve_loopback(&names);
        zip(running, future::or(serving, naming)).await.0
    });
    assert_eq!(ended.unwrap().signal, 1);
    let added: Vec<_> = threads()
        .into_iter()
        .filter(|(id, _)| !before.contains_key(id))
        .map(|(_, name)| name.trim().to_owned())
        .collect();
    let core = getrlimit(Resource::Core).current.unwrap();
    let dumpable = dumpable_behavior().unwrap() as i32;
    println!("added {added:?}, core {core}, dumpable {dumpable}");
}

#[test]
fn who_asks_at_the_socket_reaches_the_core_and_gets_its_answer_even_as_the_loop_ends() {
    smol::block_on(async {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.sock");
        let control = Control::open(&path).unwrap();
        let (ask, signals) = channel::unbounded();
        let mut core = Script::new(vec![], |_: &mut _, _, told: &Told| match told {
            Told::Control(2, _) => vec![Act::Answer(2, "first")],
            Told::Control(..) => {
                ask.try_send(()).unwrap();
                Vec::new()
            }
            Told::Stop => vec![Act::Answer(3, "last"), Act::Stopped],
            _ => Vec::new(),
        });
        let (mut board, _press) = Board::new();
        let edges = Edges { control, ..edges(None) };
        let theirs = async {
            let mut said = Vec::new();
            for line in ["[\"dance\"]\n", "[\"ack\",\"bob\"]\n", "[\"status\"]\n"] {
                let mut stream = smol::Async::<std::os::unix::net::UnixStream>::connect(&path).await.unwrap();
                stream.write_all(line.as_bytes()).await.unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).await.unwrap();
                said.push(answer);
            }
            said
        };
        let (ended, said) = zip(run_until(&mut core, &mut board, edges, clock(), signals), theirs).await;
        let words = ["unknown word \\\"dance\\\"", "\"first\"", "\"last\""];
        assert!(said.iter().zip(words).all(|(said, word)| said.contains(word)), "{said:?}");
        let asked = "Acknowledge(Some(\"bob\"))";
        assert_eq!(
            core.told(),
            // A request that makes no sense has a number, but does not reach the core.
            [Told::Control(2, asked.into()), Told::Control(3, "Status".into()), Told::Stop]
        );
        assert_eq!(ended.unwrap().control, 3);
        assert!(!path.exists());
    });
}

/// Runs a core that wakes that often until its fifteenth tick, with a watchdog; says what was written to that.
fn watched(rest: Duration, mut board: Board) -> (Result<Wakeups, io::ErrorKind>, String) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("watchdog-of-a-test");
    std::fs::write(&path, "").unwrap();
    let mut ticks = 0;
    let mut core = Script::new(vec![Act::Show], |wake: &mut (Option<Instant>, Reason), now, told: &Told| {
        ticks += u32::from(*told == Told::Tick);
        *wake = (Some(now + rest), Reason::Link);
        // Told to stop it takes its time.
        if ticks == 15 { vec![Act::Stopped] } else { vec![Act::Show] }
    });
    core.wake = (Some(Instant::START + rest), Reason::Link);
    let watchdog = Watchdog { systemd: None, device: Some(crate::watchdog::Device::new(path.clone())) };
    let edges = Edges { watchdog, ..edges(None) };
    let running = run_until(&mut core, &mut board, edges, clock(), smol::stream::pending());
    let ended = smol::block_on(running).map_err(|error| error.kind());
    (ended, std::fs::read_to_string(path).unwrap())
}

#[test]
fn a_loop_that_turns_arms_the_watchdog_and_a_polite_end_disarms_it() {
    let (ended, written) = watched(Duration::from_millis(20), Board::new().0);
    assert_eq!(written, "V");
    assert!(ended.unwrap().watchdog <= 1);
}

#[test]
fn a_loop_in_which_the_board_never_has_its_turn_feeds_no_watchdog() {
    // Every time the next deadline has passed before anybody else could be asked.
    let slow = Board { takes: Duration::from_millis(20), ..Board::new().0 };
    assert_eq!(watched(Duration::ZERO, slow).1, "");
}

#[test]
fn a_board_that_breaks_at_once_arms_no_watchdog() {
    let broken = Board { breaks: true, ..Board::new().0 };
    assert_eq!(watched(Duration::from_millis(20), broken), (Err(io::ErrorKind::BrokenPipe), String::new()));
}

#[test]
fn without_a_watchdog_nothing_wakes_the_loop_that_did_not_before() {
    let mut core = Script::new(vec![], |wake: &mut (Option<Instant>, Reason), _, told: &Told| match told {
        Told::Tick => vec![Act::Stopped],
        _ => {
            wake.0 = None;
            Vec::new()
        }
    });
    core.wake = (Some(Instant::from_millis(300)), Reason::Link);
    let mut board = Board::new().0;
    let running = run_until(&mut core, &mut board, edges(None), clock(), smol::stream::pending());
    let mut once = Wakeups::default();
    once.deadline_of(Reason::Link);
    assert_eq!(smol::block_on(running).unwrap(), once);
}

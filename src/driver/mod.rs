//! The one loop: it reads the clock, waits for links, the board, people at shells, signals and time, and tells the core;
//! what the core wants done, it does.
//!
//! It does not know what anything means. It is the only room that reads the monotonic clock for others.
//!
//! A board may hold the thread: a bus transfer can take a second before it fails. So what the core wants written goes to
//! the kernel before the board has its turn, what is due is looked at before each of its turns, and edges of buttons that
//! wait in the kernel meanwhile are told before anything else, with the moments they came.

mod clock;
mod harden;
mod roles;
mod wait;
mod wakeups;

use std::fmt;
use std::io;
use std::pin::pin;

use async_signal::{Signal, Signals};
use smol::Timer;
use smol::future;
use smol::stream::{Stream, StreamExt};

use self::clock::Clock;
pub use self::harden::harden;
pub use self::roles::{Core, Surface};
use self::wait::{Turn, Wake, wait};
pub use self::wakeups::Wakeups;
use crate::agent::control::Answer;
use crate::agent::{Input, Output, Reason};
use crate::board::Event;
use crate::control::{Asked, Control};
use crate::net::{self, Links};
use crate::store::Store;
use crate::time::{self, Duration, Instant};
use crate::watchdog::Watchdog;

/// What the loop reaches the world by, beside the board.
#[derive(Debug)]
pub struct Edges {
    /// Connections.
    pub links: Links,
    /// Where the snapshot is kept; `None` keeps nothing.
    pub store: Option<Store>,
    /// People at shells.
    pub control: Control,
    /// Who restarts us.
    pub watchdog: Watchdog,
}

/// Runs until somebody asks for the end: SIGTERM, SIGINT, SIGHUP or the board's [`Event::Quit`]. Then the core has 1.5 s to
/// sign out, the links a moment to flush, and the board goes dark. The whole end takes less than 2 s, unless buses hang: each
/// that does may add a second, and six of them all that may be added. A second signal ends it at once.
/// `started` is the moment the core calls [`Instant::START`]; the board's animations count from it, too.
/// There is one task and nothing to spawn; run it under `smol::block_on`, which turns the reactor on its own thread.
///
/// # Errors
/// If the board fails (exit code 74): the core signs out first. Or if the signals cannot be listened to.
pub async fn run<C: Core, S: Surface>(
    core: &mut C,
    surface: &mut S,
    edges: Edges,
    started: std::time::Instant,
) -> io::Result<Wakeups> {
    // A terminal that is closed is somebody who goes: friends see us leave then, too.
    let signals = Signals::new([Signal::Term, Signal::Int, Signal::Hup])?;
    let clock = Clock(started);
    run_until(core, surface, edges, clock, signals.filter_map(Result::ok).map(|_| ())).await
}

/// [`run`] with signals from anywhere.
async fn run_until<C: Core, S: Surface>(
    core: &mut C,
    surface: &mut S,
    edges: Edges,
    clock: Clock,
    signals: impl Stream<Item = ()>,
) -> io::Result<Wakeups> {
    let signals = pin!(signals);
    let Edges { links, store, control, watchdog } = edges;
    let (end, turn, wakeups) = Default::default();
    let mut driver = Loop { core, surface, links, store, control, watchdog, end, turn, wakeups };
    driver.run(clock, signals).await;
    log::debug!("driver: woken by {}", driver.wakeups);
    driver.end.failure.map_or(Ok(driver.wakeups), Err)
}

struct Loop<'a, C, S> {
    core: &'a mut C,
    surface: &'a mut S,
    links: Links,
    store: Option<Store>,
    control: Control,
    watchdog: Watchdog,
    end: End,
    turn: Turn,
    wakeups: Wakeups,
}

/// How the end stands.
#[derive(Debug, Default)]
struct End {
    /// The core was told to stop; by then it has, or we don't wait for it.
    by: Option<Instant>,
    /// The board said that somebody wants to quit, and would say so again at once.
    quit: bool,
    /// Nothing is left to wait for.
    now: bool,
    /// Somebody lost patience: not even for flushing.
    hasty: bool,
    /// The board failed.
    failure: Option<io::Error>,
}

impl<C: Core, S: Surface> Loop<'_, C, S> {
    async fn run(&mut self, clock: Clock, mut signals: impl Stream<Item = ()> + Unpin) {
        let mut now = clock.now();
        let mut timer = Timer::never();
        loop {
            let (at, reason) = self.perform(now);
            if self.end.now {
                break;
            }
            // At the end, saving waits until everybody is served.
            let own = self.end.by.or_else(|| self.store.as_ref().and_then(Store::due));
            match time::earlier(time::earlier(at, own), self.attend(now)) {
                // Never at once: a deadline that stays in the past must not take the whole processor.
                Some(at) => timer.set_at(clock.at(at.max(now + TICK))),
                None => timer = Timer::never(),
            }
            self.links.flush().await;
            let listens = self.end.failure.is_none() && !self.end.quit;
            let board = listens.then_some(&mut *self.surface);
            let (links, control, turn) = (&mut self.links, &mut self.control, &mut self.turn);
            let wake = wait(links, board, control, turn, &mut signals, &mut timer).await;
            now = clock.now();
            if listens {
                let first = if let Wake::Board(Ok(event)) = wake { Some(event) } else { None };
                hear(self.core, self.surface, first, now);
            }
            match wake {
                Wake::Link(event) => {
                    self.wakeups.link += 1;
                    log::debug!("driver: {now}: woken by {}", Described(&event));
                    self.core.handle(now, input(event));
                }
                Wake::Board(event) => self.handle_board(now, event),
                Wake::Control(asked) => self.handle_control(now, &asked),
                Wake::Signal => self.handle_signal(now),
                Wake::Deadline => self.handle_deadline(now, at, reason),
            }
        }
        self.say_goodbye(clock.now(), signals).await;
    }

    /// Does what the core wants done, until it wants to wait.
    fn perform(&mut self, now: Instant) -> (Option<Instant>, Reason) {
        loop {
            let done = match self.core.poll(now) {
                Output::Connect { link, to, tls } => {
                    self.links.open(link, to, tls);
                    Ok(())
                }
                Output::Transmit { link, octets } => {
                    self.links.write(link, octets);
                    Ok(())
                }
                Output::Close(link) => {
                    self.links.close(link);
                    Ok(())
                }
                Output::Answer { ticket, answer } => {
                    self.control.answer(ticket, &answer);
                    Ok(())
                }
                Output::Show(_) | Output::Notice(_) if self.end.failure.is_some() => Ok(()),
                Output::Show(frame) => self.surface.show(now, frame),
                Output::Notice(notice) => self.surface.notice(now, &notice),
                Output::SaveSnapshot => {
                    self.store.iter_mut().for_each(Store::touch);
                    Ok(())
                }
                Output::Stopped => {
                    self.end.now = true;
                    Ok(())
                }
                Output::WakeAt { at, reason } => return (at, reason),
            };
            if let Err(error) = done {
                self.fail(now, error);
            }
        }
    }

    /// Watchdogs that are due are fed, if everybody had their turn. Says when that must be looked at again.
    fn attend(&mut self, now: Instant) -> Option<Instant> {
        if self.end.failure.is_none() {
            self.watchdog.tell(now, self.core.summary());
        }
        if !self.turn.is_whole() {
            return self.watchdog.due().map(|due| due.max(now + SOON));
        }
        if self.watchdog.due().is_some_and(|due| due <= now) {
            self.watchdog.feed(now);
            self.turn = Turn::default();
        }
        self.watchdog.due()
    }

    fn handle_board(&mut self, now: Instant, event: io::Result<Event>) {
        self.wakeups.board += 1;
        log::debug!("driver: {now}: woken by the board: {event:?}");
        match event {
            // The core has heard of it.
            Ok(Event::Button { .. } | Event::Lost { .. }) => {}
            Ok(Event::Quit) => {
                self.end.quit = true;
                self.stop(now);
            }
            Err(error) => self.fail(now, error),
        }
    }

    fn handle_control(&mut self, now: Instant, asked: &Asked) {
        self.wakeups.control += 1;
        let ticket = asked.ticket;
        log::debug!("driver: {now}: woken by request {ticket}");
        match asked.words.request() {
            Ok(request) => self.core.handle(now, Input::Control { ticket, request }),
            Err(wrong) => self.control.answer(ticket, &Answer::Wrong(wrong)),
        }
    }

    fn handle_signal(&mut self, now: Instant) {
        self.wakeups.signal += 1;
        if self.end.by.is_some() {
            log::info!("driver: asked again to stop; ending at once");
            self.end.hasty = true;
            self.end.now = true;
        } else {
            log::info!("driver: asked to stop");
            self.stop(now);
        }
    }

    /// The timer rang: for the core, for the store, or because the core takes too long to stop.
    fn handle_deadline(&mut self, now: Instant, at: Option<Instant>, reason: Reason) {
        if self.end.by.is_some_and(|by| by <= now) {
            log::warn!("driver: the sign-out takes too long; ending without it");
            self.end.now = true;
            return;
        }
        if at.is_some_and(|at| at <= now) {
            self.wakeups.deadline_of(reason);
            log::debug!("driver: {now}: woken by a deadline: {reason:?}");
            self.core.handle(now, Input::Tick);
        } else if self.watchdog.due().is_some_and(|due| due <= now) {
            self.wakeups.watchdog += 1;
            log::debug!("driver: {now}: woken for a watchdog");
        } else {
            self.wakeups.driver += 1;
        }
        let due = self.store.as_ref().and_then(Store::due);
        if self.end.by.is_none() && due.is_some_and(|due| due <= now) {
            self.save(now);
        }
    }

    /// Saves what a restart may know. While it is not whole nothing is: the core asks again when it is.
    fn save(&mut self, now: Instant) {
        let Some(store) = &mut self.store else { return };
        log::debug!("driver: {now}: saving the snapshot");
        match self.core.snapshot() {
            Some(snapshot) => store.save(&snapshot, now),
            None => store.forget(),
        }
    }

    /// The first failure of the board counts; without a board the agent has nothing to live for.
    fn fail(&mut self, now: Instant, error: io::Error) {
        if self.end.failure.is_none() {
            log::debug!("driver: {now}: the board failed: {error}");
            self.end.failure = Some(error);
        }
        self.stop(now);
    }

    fn stop(&mut self, now: Instant) {
        if self.end.by.is_none() {
            self.end.by = Some(now + SIGN_OUT);
            self.watchdog.stopping();
            self.core.handle(now, Input::Stop);
        }
    }

    /// Last words go out, the board goes dark, what changed is saved: the slowest comes last, when nobody waits any more.
    async fn say_goodbye(&mut self, now: Instant, mut signals: impl Stream<Item = ()> + Unpin) {
        if !self.end.hasty {
            let flushed = async {
                future::zip(self.links.close_all(FLUSH), self.control.close(FLUSH)).await;
            };
            let impatient = async {
                signals.next().await;
            };
            future::or(flushed, impatient).await;
        }
        if self.end.failure.is_none() {
            self.end.failure = self.surface.blank().err();
        }
        if self.store.as_ref().and_then(Store::due).is_some() {
            self.save(now);
        }
        // Last: a goodbye that hangs is a hang.
        self.watchdog.disarm();
    }
}

/// Tells the core every edge that waits, oldest first: the one that ended the wait, and those behind it. Only then it may
/// be told that time has passed, or the first half of a click would be taken for a hold.
fn hear<C: Core, S: Surface>(core: &mut C, surface: &mut S, first: Option<Event>, now: Instant) {
    let waiting = std::iter::from_fn(|| surface.waiting_edge());
    for event in first.into_iter().chain(waiting).take(EDGES_MAX) {
        match event {
            Event::Button { index, pressed, at } => core.handle(now, Input::Button { index, pressed, at }),
            Event::Lost { index, pressed, at } => core.handle(now, Input::Lost { index, pressed, at }),
            Event::Quit => {}
        }
    }
}

const fn input(event: net::Event<'_>) -> Input<'_> {
    match event {
        net::Event::Connected(link) => Input::Connected(link),
        net::Event::Bytes(link, octets) => Input::Bytes(link, octets),
        net::Event::Closed { link, why, written } => Input::Closed { link, why, written },
    }
}

/// A link's event for the log, without its octets: they may be secret.
struct Described<'a>(&'a net::Event<'a>);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            net::Event::Connected(link) => write!(f, "{}: connected", link.room),
            net::Event::Bytes(link, octets) => write!(f, "{}: {} octets", link.room, octets.len()),
            net::Event::Closed { link, why, written } => {
                write!(f, "{}: {why} after {written} octets written", link.room)
            }
        }
    }
}

/// How long the core may take to sign out.
const SIGN_OUT: Duration = Duration::from_millis(1500);
/// How long the links may take to flush then.
const FLUSH: Duration = Duration::from_millis(300);
const _: () = assert!(SIGN_OUT.as_millis() + FLUSH.as_millis() < 2000, "the promise of `run`");
/// Edges told at once: more than all lines together keep. A line that never rests must not stop the rest.
const EDGES_MAX: usize = 1024;
/// When a watchdog is due and somebody had no turn yet, they get the time for one.
const SOON: Duration = Duration::from_millis(100);
/// The clock's grain.
const TICK: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;

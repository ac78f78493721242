//! The emulator between its connections and its clock. It does not know sockets.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::net::IpAddr;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use smol::Timer;
use smol::future::or;

use crate::emulator::{Action, ConnId, Door, Emulator};

pub(super) type Shared = Rc<RefCell<Hub>>;

/// The emulator and what waits to be written.
pub(super) struct Hub {
    pub(super) emulator: Emulator,
    start: Instant,
    pub(super) outboxes: BTreeMap<ConnId, Outbox>,
    next_conn: u64,
    /// Sockets that are open, TLS handshakes among them.
    pub(super) sockets: usize,
    /// Whoever waits for the next deadline; woken when it may have moved.
    clock: Option<Waker>,
}

#[derive(Default)]
pub(super) struct Outbox {
    pub(super) chunks: VecDeque<Vec<u8>>,
    pub(super) octets: usize,
    pub(super) closing: bool,
    /// It is to break, by RST, and not to end.
    pub(super) reset: bool,
    pub(super) waker: Option<Waker>,
}

impl Hub {
    pub(super) fn new(emulator: Emulator) -> Self {
        Self {
            emulator,
            start: Instant::now(),
            outboxes: BTreeMap::new(),
            next_conn: 1,
            sockets: 0,
            clock: None,
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Counts one socket more, if there may be one.
    pub(super) fn make_room(&mut self) -> bool {
        let room = self.sockets < SOCKETS_MAX;
        if room {
            self.sockets += 1;
        } else {
            log::warn!("emulator: connection refused, {SOCKETS_MAX} are open");
        }
        room
    }

    pub(super) fn open(&mut self, door: Door, peer: IpAddr) -> ConnId {
        let conn = ConnId(self.next_conn);
        self.next_conn += 1;
        self.outboxes.insert(conn, Outbox::default());
        self.emulator.accept_from(self.now(), conn, door, peer);
        self.pump();
        conn
    }

    /// Takes everything out of the emulator and wakes whom it concerns.
    pub(super) fn pump(&mut self) {
        while let Some(action) = self.emulator.poll() {
            let (Action::Send(conn, _) | Action::Close(conn)) = &action;
            let Some(outbox) = self.outboxes.get_mut(conn) else { continue };
            match action {
                Action::Send(conn, octets) if outbox.octets + octets.len() > OUTBOX_MAX => {
                    log::warn!("emulator: {} reads too slowly, closing", conn.0);
                    outbox.chunks.clear();
                    outbox.closing = true;
                }
                Action::Send(_, octets) => {
                    outbox.octets += octets.len();
                    outbox.chunks.push_back(octets);
                }
                Action::Close(conn) => {
                    outbox.closing = true;
                    outbox.reset = self.emulator.service.qq_was_reset(conn);
                }
            }
            if let Some(waker) = outbox.waker.take() {
                waker.wake();
            }
        }
        if let Some(waker) = self.clock.take() {
            waker.wake();
        }
    }

    pub(super) fn receive(&mut self, conn: ConnId, octets: &[u8]) {
        self.emulator.receive(self.now(), conn, octets);
        self.pump();
    }

    pub(super) fn close(&mut self, conn: ConnId) {
        self.outboxes.remove(&conn);
        self.emulator.closed(self.now(), conn);
        self.pump();
    }

    /// The client will send no more; what waits for it is still written.
    pub(super) fn hang_up(&mut self, conn: ConnId) {
        self.emulator.closed(self.now(), conn);
        self.pump();
        if let Some(outbox) = self.outboxes.get_mut(&conn) {
            outbox.closing = true;
            if let Some(waker) = outbox.waker.take() {
                waker.wake();
            }
        }
    }

    fn tick(&mut self) {
        self.emulator.tick(self.now());
        self.pump();
    }
}

/// Calls the emulator whenever its deadline has come.
pub(super) async fn keep_time(hub: Shared) {
    loop {
        hub.borrow_mut().tick();
        let (deadline, start) = {
            let hub = hub.borrow();
            (hub.emulator.next_deadline(), hub.start)
        };
        let timer = async {
            match deadline {
                Some(deadline) => Timer::at(start + deadline.max(MOMENT)).await,
                None => smol::future::pending().await,
            };
        };
        let mut armed = false;
        let moved = poll_fn(|context| {
            if std::mem::replace(&mut armed, true) && hub.borrow().clock.is_none() {
                return Poll::Ready(());
            }
            hub.borrow_mut().clock = Some(context.waker().clone());
            Poll::Pending
        });
        or(timer, moved).await;
        // At most one turn a moment, however busy the connections are.
        Timer::after(MOMENT).await;
    }
}

/// Sockets at once, whatever the service's own limit is; further ones are closed on arrival.
const SOCKETS_MAX: usize = 1024;
/// Octets that wait to be written on one connection; whoever lets more wait is closed.
const OUTBOX_MAX: usize = 1024 * 1024;
/// The shortest time between two turns of the clock.
const MOMENT: Duration = Duration::from_millis(5);

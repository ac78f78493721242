//! One connection: a line in, a line out, each within its time.
//!
//! It does not know what the words mean.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use smol::future::Future as _;
use smol::io::{AsyncRead as _, AsyncWrite as _};
use smol::{Async, Timer};

use super::json;
use super::parse::Words;
use crate::agent::control::Answer;
use crate::time::Duration;

/// See the module's words.
#[derive(Debug)]
pub(super) struct Client {
    stream: Async<UnixStream>,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The line is on its way.
    Reading { line: Vec<u8>, until: Timer },
    /// It was read and not handed on yet, or the answer is awaited; that has its own deadline elsewhere.
    Waiting { ticket: u32 },
    /// The answer is on its way.
    Writing { line: Vec<u8>, written: usize, until: Timer },
    /// There is no more to be done.
    Gone,
}

impl Client {
    /// `None` if the system has no room for it.
    pub(super) fn new(stream: UnixStream, patience: Duration) -> Option<Self> {
        let stream = Async::new(stream)
            .inspect_err(|error| log::warn!("control: a client was not let in: {error}"))
            .ok()?;
        let state = State::Reading { line: Vec::new(), until: Timer::after(patience) };
        Some(Self { stream, state })
    }

    /// Goes on as far as it gets. Answers with the words once they are whole; [`Client::wait_for`] is due then.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, patience: Duration) -> Option<Words> {
        let words = match &mut self.state {
            State::Reading { .. } => self.read(cx)?,
            State::Writing { .. } => {
                self.write(cx);
                return None;
            }
            State::Waiting { .. } | State::Gone => return None,
        };
        match words {
            Ok(words) => Some(words),
            Err(wrong) => {
                self.say(json::line(&Answer::Wrong(wrong)), patience);
                self.write(cx);
                None
            }
        }
    }

    pub(super) fn wait_for(&mut self, ticket: u32) {
        self.state = State::Waiting { ticket };
    }

    pub(super) fn waits_for(&self, number: u32) -> bool {
        matches!(self.state, State::Waiting { ticket } if ticket == number)
    }

    pub(super) fn say(&mut self, line: Vec<u8>, patience: Duration) {
        self.state = State::Writing { line, written: 0, until: Timer::after(patience) };
    }

    pub(super) const fn is_writing(&self) -> bool {
        matches!(self.state, State::Writing { .. })
    }

    /// Whether its line is not whole yet.
    pub(super) const fn is_silent(&self) -> bool {
        matches!(self.state, State::Reading { .. })
    }

    pub(super) const fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether nobody is there any more to read the answer awaited. Who only says no more is still there.
    pub(super) fn has_left(&self) -> bool {
        let mut sockets = [PollFd::new(self.stream.get_ref(), PollFlags::empty())];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        matches!(self.state, State::Waiting { .. })
            && poll(&mut sockets, Some(&at_once)).is_ok()
            && sockets.iter().any(|socket| socket.revents().contains(PollFlags::HUP))
    }

    /// Sends it away, and says why.
    pub(super) fn dismiss(self, why: &str) {
        match self.stream.into_inner() {
            Ok(stream) => refuse(stream, why),
            Err(error) => log::debug!("control: somebody was sent away and not told: {error}"),
        }
    }

    /// The line, once it is whole, or what is wrong with it.
    fn read(&mut self, cx: &mut Context<'_>) -> Option<Result<Words, String>> {
        let State::Reading { line, until } = &mut self.state else { return None };
        let mut chunk = [0; CHUNK];
        loop {
            match Pin::new(&mut self.stream).poll_read(cx, &mut chunk) {
                Poll::Pending => break,
                // Somebody only looked whether anybody answers here, or lost interest.
                Poll::Ready(Ok(0) | Err(_)) => {
                    self.state = State::Gone;
                    return None;
                }
                Poll::Ready(Ok(count)) => line.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            }
            if let Some(end) = line.iter().position(|octet| *octet == b'\n') {
                return Some(words(line.get(..end).unwrap_or_default()));
            }
            if line.len() > LINE_MAX {
                return Some(Err(format!("found a line of more than {LINE_MAX} octets; {EXPECTED}")));
            }
        }
        let late = Pin::new(until).poll(cx).is_ready();
        late.then(|| Err(format!("no whole line came in time; {EXPECTED}")))
    }

    fn write(&mut self, cx: &mut Context<'_>) {
        let State::Writing { line, written, until } = &mut self.state else { return };
        while let Some(rest) = line.get(*written..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.stream).poll_write(cx, rest) {
                Poll::Ready(Ok(count)) if count > 0 => *written += count,
                Poll::Ready(_) => break,
                Poll::Pending => {
                    if Pin::new(until).poll(cx).is_pending() {
                        return;
                    }
                    log::debug!("control: a client did not read its answer in time");
                    break;
                }
            }
        }
        take_the_rest(self.stream.get_ref());
        self.state = State::Gone;
    }
}

/// Says no to somebody who is not let in, or not any more, as far as that is possible at once.
pub(super) fn refuse(mut stream: UnixStream, why: &str) {
    let line = json::line(&Answer::Failed(why.to_owned()));
    let said = stream.set_nonblocking(true).and_then(|()| stream.write_all(&line));
    if let Err(error) = said {
        log::debug!("control: somebody was refused and not told: {error}");
    }
    take_the_rest(&stream);
}

/// Reads what came and is not wanted, at most a line of it: a socket that is closed with something unread gives its
/// reader an error behind the answer instead of the end.
fn take_the_rest(mut stream: &UnixStream) {
    let mut chunk = [0; LINE_MAX];
    let _unwanted = stream.read(&mut chunk);
}

fn words(line: &[u8]) -> Result<Words, String> {
    serde_json::from_slice(line).map(Words::new).map_err(|_| format!("found no words; {EXPECTED}"))
}

const EXPECTED: &str = "expected one line, a JSON array of words like [\"status\"]";
/// Octets of a line: a few hundred of words, each perhaps escaped.
pub(super) const LINE_MAX: usize = 8 * 1024;
const CHUNK: usize = 1024;

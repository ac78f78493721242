//! The control room: people and scripts at a shell talk to the running agent through a unix socket.
//!
//! It does not know what a request means, nor the agent: whoever calls [`Control::next`] asks it, and brings the answer
//! back by [`Control::answer`]. There is no thread and no task.
//!
//! A client sends one line, a JSON array of words as they were typed behind `nudged`, such as
//! `["contact","add","qq:24259132","hello"]`; it gets one line, a JSON object, and the connection is closed. Whoever is
//! not root, not the user this process runs as and not in the socket file's group gets a refusal. All of it is bounded:
//! clients at once, octets of a line, and the time for reading and for writing one.
//!
//! In reading order: `place` (the socket file), `peer` (who may), `client` (one connection), `parse` (words to a
//! request), `json` (answers to a line).

mod client;
mod json;
mod parse;
mod peer;
mod place;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use smol::future::{self, Future as _};
use smol::{Async, Timer};

use self::client::Client;
use self::peer::Guard;
use self::place::Place;
use crate::agent::control::Answer;
use crate::time::Duration;

pub use self::parse::Words;

/// The socket, and who is talking on it. One value, polled by one task.
#[derive(Debug)]
pub struct Control {
    door: Option<Door>,
    clients: Vec<Client>,
    tickets: u32,
    /// How long a client may take to say its line, and to read ours.
    patience: Duration,
}

#[derive(Debug)]
struct Door {
    listener: Async<UnixListener>,
    guard: Guard,
    /// After a failure nobody is let in until then: the same one would come again at once.
    rest: Option<Timer>,
    /// Removes the file when this value goes.
    place: Place,
}

/// Somebody asks for something; [`Control::answer`] with this ticket answers.
#[derive(Debug)]
pub struct Asked {
    /// Its number; numbers start over after 2^32.
    pub ticket: u32,
    /// What, still in words.
    pub words: Words,
}

/// Why there is no socket.
#[derive(Debug)]
pub struct NoSocket {
    path: PathBuf,
    why: String,
}

impl fmt::Display for NoSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.why)
    }
}

impl std::error::Error for NoSocket {}

impl Control {
    /// No socket: nobody ever asks.
    #[must_use]
    pub const fn nowhere() -> Self {
        Self { door: None, clients: Vec::new(), tickets: 0, patience: PATIENCE }
    }

    /// Makes the socket, mode 0660. One that is left over from a process that died is replaced.
    ///
    /// # Errors
    /// If another process answers on it, if something else is in its place, or if the file system refuses.
    pub fn open(path: &Path) -> Result<Self, NoSocket> {
        let wrong = |why: String| NoSocket { path: path.to_owned(), why };
        let (listener, place) = place::bind(path).map_err(wrong)?;
        let guard = Guard::of(&place);
        let listener = Async::new(listener).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { door: Some(Door { listener, guard, rest: None, place }), ..Self::nowhere() })
    }

    /// The next one who asks; waits for ever if nobody does. It may be dropped and called again at any moment: nothing is
    /// lost.
    pub async fn next(&mut self) -> Asked {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// Hands an answer to whoever asked, if they are still there; it goes out as [`Control::next`] runs again.
    pub fn answer(&mut self, ticket: u32, answer: &Answer) {
        match self.clients.iter_mut().find(|client| client.waits_for(ticket)) {
            Some(client) => client.say(json::line(answer), self.patience),
            None => log::debug!("control: request {ticket} is answered, but who asked has gone"),
        }
    }

    /// Lets nobody in any more, and waits until every answer is written, but no longer than `within`.
    pub async fn close(&mut self, within: Duration) {
        self.door = None;
        let written = poll_fn(|cx| {
            self.clients.retain_mut(|client| {
                let _unasked = client.poll(cx, self.patience);
                client.is_writing()
            });
            if self.clients.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        let late = async {
            Timer::after(within).await;
        };
        future::or(written, late).await;
        self.clients.clear();
    }

    /// Where the socket is, if there is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.door.as_ref().map(|door| door.place.path())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Asked> {
        // Who has gone makes room for who comes.
        if let Some(asked) = self.hear(cx, 0) {
            return Poll::Ready(asked);
        }
        let known = self.clients.len();
        self.let_in(cx);
        self.hear(cx, known).map_or(Poll::Pending, Poll::Ready)
    }

    /// Goes on with the clients from that place on, until one has asked.
    fn hear(&mut self, cx: &mut Context<'_>, first: usize) -> Option<Asked> {
        let (tickets, patience) = (&mut self.tickets, self.patience);
        let asked = self.clients.iter_mut().skip(first).find_map(|client| {
            let words = client.poll(cx, patience)?;
            *tickets = tickets.wrapping_add(1);
            client.wait_for(*tickets);
            Some(Asked { ticket: *tickets, words })
        });
        self.clients.retain(|client| !client.is_gone());
        asked
    }

    /// Everybody who is at the door, so many at a time.
    fn let_in(&mut self, cx: &mut Context<'_>) {
        let Some(door) = &mut self.door else { return };
        let heard = self.clients.len();
        for _ in 0..AT_ONCE {
            if self.clients.len() >= CLIENTS_MAX && self.clients.len() > heard {
                // Who was let in just now may have gone long ago: nobody is refused for their sake.
                break;
            }
            let comes = door.poll(cx);
            if comes.is_ready() && self.clients.len() >= CLIENTS_MAX {
                // An answer may take minutes; people don't always wait that long.
                self.clients.retain(|client| !client.has_left());
            }
            match comes {
                Poll::Pending => return,
                Poll::Ready(Ok(stream)) if self.clients.len() < CLIENTS_MAX => {
                    match door.guard.admit(&stream) {
                        Ok(()) => self.clients.extend(Client::new(stream, self.patience)),
                        Err(why) => client::refuse(stream, why),
                    }
                }
                Poll::Ready(Ok(stream)) => {
                    client::refuse(stream, "too many are asking at once; try again in a moment");
                }
                Poll::Ready(Err(error)) => {
                    log::warn!(
                        "control: nobody can be let in: {error}; trying again in {} s",
                        REST.as_secs()
                    );
                    door.rest = Some(Timer::after(REST));
                }
            }
        }
        // There may be more; others have their turn first.
        cx.waker().wake_by_ref();
    }
}

impl Door {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        if let Some(rest) = &mut self.rest {
            ready!(Pin::new(rest).poll(cx));
            self.rest = None;
        }
        loop {
            match self.listener.get_ref().accept() {
                Ok((stream, _)) => return Poll::Ready(Ok(stream)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.listener.poll_readable(cx))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// Clients at once: people at shells and a script or two. Further ones are refused.
const CLIENTS_MAX: usize = 8;
/// The time for a line: programs write and read theirs at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many are let in before others have their turn.
const AT_ONCE: usize = 16;
/// The pause after the system refused to let anybody in, as it does when there are no file descriptors left.
const REST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;

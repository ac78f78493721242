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
    /// Who is at the door and not let in yet.
    comes: Option<UnixStream>,
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
        Ok(Self { door: Some(Door { listener, guard, comes: None, rest: None, place }), ..Self::nowhere() })
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
        for _ in 0..AT_ONCE {
            // Whoever comes is taken before the others are heard: who had gone by then takes no place of theirs.
            let comes = self.door.as_mut().map_or(Poll::Pending, |door| door.poll(cx));
            if let Some(asked) = self.hear(cx) {
                return Poll::Ready(asked);
            }
            if comes.is_pending() {
                return Poll::Pending;
            }
            self.let_in();
        }
        // There may be more; others have their turn first.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Goes on with the clients, until one has asked.
    fn hear(&mut self, cx: &mut Context<'_>) -> Option<Asked> {
        let (tickets, patience) = (&mut self.tickets, self.patience);
        let asked = self.clients.iter_mut().find_map(|client| {
            let words = client.poll(cx, patience)?;
            *tickets = tickets.wrapping_add(1);
            client.wait_for(*tickets);
            Some(Asked { ticket: *tickets, words })
        });
        self.clients.retain(|client| !client.is_gone());
        asked
    }

    /// Whoever is at the door, if they may and there is room.
    fn let_in(&mut self) {
        let Some(door) = &mut self.door else { return };
        let Some(stream) = door.comes.take() else { return };
        match door.guard.admit(&stream) {
            Ok(()) if self.has_room() => self.clients.extend(Client::new(stream, self.patience)),
            Ok(()) => client::refuse(stream, TOO_MANY),
            Err(why) => client::refuse(stream, why),
        }
    }

    /// Whether one more may be let in, perhaps in the place of another.
    fn has_room(&mut self) -> bool {
        if self.clients.len() >= CLIENTS_MAX {
            // An answer may take minutes; people don't always wait that long.
            self.clients.retain(|client| !client.has_left());
        }
        if self.clients.len() >= CLIENTS_MAX {
            // A program says its line at once: who has been silent for longest hardly will.
            let Some(silent) = self.clients.iter().position(Client::is_silent) else { return false };
            self.clients.remove(silent).dismiss(TOO_MANY);
        }
        true
    }
}

impl Door {
    /// Ready when somebody is at the door, in `comes`.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.comes.is_none() {
            if let Some(rest) = &mut self.rest {
                ready!(Pin::new(rest).poll(cx));
                self.rest = None;
            }
            match ready!(self.accept(cx)) {
                Ok(stream) => self.comes = Some(stream),
                Err(error) => {
                    let rest = REST.as_secs();
                    log::warn!("control: nobody can be let in: {error}; trying again in {rest} s");
                    self.rest = Some(Timer::after(REST));
                }
            }
        }
        Poll::Ready(())
    }

    fn accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
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

/// Clients at once: people at shells and a script or two. Further ones take the place of who has not said a whole line
/// yet; if all have, they are refused.
const CLIENTS_MAX: usize = 8;
const TOO_MANY: &str = "too many are asking at once; try again in a moment";
/// The time for a line: programs write and read theirs at once.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many are let in before others have their turn.
const AT_ONCE: usize = 16;
/// The pause after the system refused to let anybody in, as it does when there are no file descriptors left.
const REST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;

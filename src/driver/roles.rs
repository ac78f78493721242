//! What the loop joins: a core that decides, and a surface that shows.
//!
//! It does not know the loop.

use std::fmt;
use std::future::Future;
use std::io;

use serde::Serialize;

use crate::agent::{Agent, Input, Notice, Output};
use crate::board::{Board, Event};
use crate::frame::Frame;
use crate::time::Instant;

/// What the loop drives: the agent, or something that behaves like it.
pub trait Core {
    /// Takes what happened.
    fn handle(&mut self, now: Instant, input: Input<'_>);

    /// The next thing to do; called until it answers [`Output::WakeAt`].
    fn poll(&mut self, now: Instant) -> Output<'_>;

    /// What a restart may know at once; `None` while it is not whole: what was saved before is better then.
    fn snapshot(&self) -> Option<impl Serialize>;

    /// How everything stands, in a few words for whoever supervises the program.
    fn summary(&self) -> impl fmt::Display {
        ""
    }
}

/// What shows frames and has buttons: a board.
pub trait Surface {
    /// Shows a frame.
    ///
    /// # Errors
    /// What the device or the terminal says. The loop signs out and ends.
    fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()>;

    /// Tells scripts what happened beyond what the frame shows.
    ///
    /// # Errors
    /// As for [`Surface::show`].
    fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()>;

    /// The next press or release; meanwhile it animates. It may be dropped and called again at any moment.
    ///
    /// # Errors
    /// As for [`Surface::show`].
    fn next(&mut self) -> impl Future<Output = io::Result<Event>>;

    /// The oldest press or release that came and was not told yet. It returns at once and does nothing else: the loop
    /// asks for all of them before it tells the core how late it is. A surface that keeps none has none.
    fn waiting_edge(&mut self) -> Option<Event> {
        None
    }

    /// Puts every output into its `stopped` state.
    ///
    /// # Errors
    /// As for [`Surface::show`].
    fn blank(&mut self) -> io::Result<()>;
}

impl Surface for Board {
    fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        Self::show(self, now, frame)
    }

    fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()> {
        Self::notice(self, now, notice)
    }

    async fn next(&mut self) -> io::Result<Event> {
        Self::next(self).await
    }

    fn waiting_edge(&mut self) -> Option<Event> {
        Self::waiting_edge(self)
    }

    fn blank(&mut self) -> io::Result<()> {
        Self::blank(self)
    }
}

impl Core for Agent {
    fn handle(&mut self, now: Instant, input: Input<'_>) {
        Self::handle(self, now, input);
    }

    fn poll(&mut self, now: Instant) -> Output<'_> {
        Self::poll(self, now)
    }

    fn snapshot(&self) -> Option<impl Serialize> {
        Self::snapshot(self)
    }

    fn summary(&self) -> impl fmt::Display {
        Self::summary(self)
    }
}

//! A wait: what ends it, and who had their turn in it.
//!
//! It does not know what follows.

use std::io;

use smol::Timer;
use smol::future;
use smol::stream::{Stream, StreamExt};

use super::Surface;
use crate::board::Event;
use crate::control::{Asked, Control};
use crate::net::{self, Links};

/// Who had their turn since the watchdogs were fed. Only if all had, a watchdog is fed: what it then knows is not that the
/// thread runs, but that nobody is left out.
#[derive(Debug, Default)]
pub(super) struct Turn {
    links: bool,
    board: bool,
    control: bool,
}

impl Turn {
    pub(super) const fn is_whole(&self) -> bool {
        self.links && self.board && self.control
    }
}

/// What ended a wait.
pub(super) enum Wake<'a> {
    Link(net::Event<'a>),
    Board(io::Result<Event>),
    Control(Asked),
    Signal,
    Deadline,
}

/// Waits for whatever comes first. Signals are looked at first, so that no flood delays the end; links, board and people
/// at shells take turns at random, so that none starves the others.
pub(super) async fn wait<'a, S: Surface>(
    links: &'a mut Links,
    board: Option<&mut S>,
    control: &mut Control,
    turn: &mut Turn,
    signals: &mut (impl Stream<Item = ()> + Unpin),
    timer: &mut Timer,
) -> Wake<'a> {
    let signal = async {
        match signals.next().await {
            Some(()) => Wake::Signal,
            None => future::pending().await,
        }
    };
    let deadline = async {
        timer.await;
        Wake::Deadline
    };
    let link = async {
        turn.links = true;
        Wake::Link(links.next().await)
    };
    let board = async {
        turn.board = true;
        match board {
            Some(board) => Wake::Board(board.next().await),
            None => future::pending().await,
        }
    };
    let control = async {
        turn.control = true;
        Wake::Control(control.next().await)
    };
    let edges = future::race(link, future::race(board, control));
    future::or(signal, future::or(deadline, edges)).await
}

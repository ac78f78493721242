//! A test on a board: the agent's loop with something much simpler than an agent in it, so that signals, missing parts and
//! the dark end are the same.
//!
//! Does not know what is tested.

use serde::Serialize;

use crate::agent::{Button, Input, Output, Reason};
use crate::board::{self, Setup, terminal};
use crate::cli::failure::{Exit, Failure, complain, say};
use crate::cli::wiring;
use crate::config::BoardChoice;
use crate::control::Control;
use crate::driver::{self, Core, Edges};
use crate::frame::Frame;
use crate::net::{self, Links};
use crate::time::Instant;

/// What a test does.
pub(super) trait Act {
    /// Puts on the stage what is due by now, and says when it goes on. Called as often as anybody likes.
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next;

    /// A button went down or up at that moment. All edges that wait are told before [`Act::act`] is called again.
    fn button(&mut self, _at: Instant, _index: u8, _pressed: bool, _stage: &mut Stage) {}

    /// Edges of a button were lost; it is down or up at that moment. Told like an edge.
    fn lost(&mut self, _at: Instant, _index: u8, _pressed: bool, _stage: &mut Stage) {}
}

/// When a test goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Then.
    At(Instant),
    /// When a button is pressed.
    Pressed,
    /// It is over.
    Over,
}

/// What people are shown and told.
#[derive(Debug, Default)]
pub(super) struct Stage {
    /// What the board shows.
    pub(super) frame: Frame,
    /// Sentences since the last time.
    pub(super) lines: Vec<String>,
}

/// Plays a test on a board until it is over or somebody asks for its end.
pub(super) fn run(
    board: &BoardChoice,
    leds: Vec<String>,
    buttons: Vec<Button>,
    act: impl Act,
) -> Result<(), Failure> {
    let started = std::time::Instant::now();
    let setup = Setup { leds, buttons, started };
    let links = Links::new(net::Options::default()).map_err(|error| Failure::new(Exit::Other, error))?;
    let edges = Edges { links, store: None, control: Control::nowhere() };
    let mut play = Play::new(act, *board == BoardChoice::Headless);
    smol::block_on(async {
        let mut surface = board::open(&board.to_string(), setup).map_err(|error| wiring::unopened(&error))?;
        let ended = driver::run(&mut play, &mut surface, edges, started).await;
        ended.map_err(|error| Failure::new(Exit::Io, format!("board {board}: {error}")))
    })?;
    play.failure.map_or(Ok(()), Err)
}

struct Play<A> {
    act: A,
    stage: Stage,
    shown: Option<Frame>,
    /// Stdout is for the board's own lines.
    aside: bool,
    over: bool,
    told: bool,
    failure: Option<Failure>,
}

impl<A: Act> Play<A> {
    fn new(act: A, aside: bool) -> Self {
        Self { act, stage: Stage::default(), shown: None, aside, over: false, told: false, failure: None }
    }

    /// Tells what is to be told: in the picture of a terminal, or else on stdout. A reader who has gone ends the test.
    fn tell(&mut self) {
        for line in self.stage.lines.drain(..) {
            if terminal::take_log_line(&line) {
                continue;
            }
            if self.aside {
                complain(&line);
            } else if let Err(failure) = say(&format!("{line}\n")) {
                self.over = true;
                self.failure.get_or_insert(failure);
            }
        }
    }
}

impl<A: Act> Core for Play<A> {
    fn handle(&mut self, _now: Instant, input: Input<'_>) {
        match input {
            Input::Button { index, pressed, at } => {
                self.act.button(at, index, pressed, &mut self.stage);
            }
            Input::Lost { index, pressed, at } => {
                self.act.lost(at, index, pressed, &mut self.stage);
            }
            Input::Stop => self.over = true,
            _ => {}
        }
    }

    fn poll(&mut self, now: Instant) -> Output<'_> {
        let next = if self.over { Next::Over } else { self.act.act(now, &mut self.stage) };
        self.tell();
        if !self.over && self.shown.as_ref() != Some(&self.stage.frame) {
            return Output::Show(self.shown.insert(self.stage.frame.clone()));
        }
        self.over |= next == Next::Over;
        if self.over && !std::mem::replace(&mut self.told, true) {
            return Output::Stopped;
        }
        let at = if let Next::At(at) = next { Some(at) } else { None };
        Output::WakeAt { at, reason: if at.is_some() { Reason::Effect } else { Reason::Nothing } }
    }

    fn snapshot(&self) -> Option<impl Serialize> {
        None::<()>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Twice(u32);

    impl Act for Twice {
        fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
            stage.frame.screen.lit = now > Instant::START;
            self.0 += 1;
            if now < Instant::from_millis(10) { Next::At(Instant::from_millis(10)) } else { Next::Over }
        }
    }

    #[test]
    fn a_frame_is_shown_before_the_play_waits_and_the_end_is_told_once() {
        let mut play = Play::new(Twice(0), true);
        assert!(matches!(play.poll(Instant::START), Output::Show(_)));
        let at = Some(Instant::from_millis(10));
        assert!(matches!(play.poll(Instant::START), Output::WakeAt { at: found, .. } if found == at));
        let late = Instant::from_millis(10);
        assert!(matches!(play.poll(late), Output::Show(frame) if frame.screen.lit));
        assert!(matches!(play.poll(late), Output::Stopped));
        assert!(matches!(play.poll(late), Output::WakeAt { at: None, .. }));
    }

    #[test]
    fn whoever_asks_for_the_end_gets_it_at_once() {
        let mut play = Play::new(Twice(0), true);
        play.handle(Instant::START, Input::Stop);
        assert!(matches!(play.poll(Instant::START), Output::Stopped));
        assert_eq!(play.act.0, 0);
    }
}

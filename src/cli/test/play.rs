//! A test on a board: the agent's loop with something much simpler than an agent in it, so that signals, missing parts and
//! the dark end are the same. What is missing is said as soon as it is known, and once more by the exit code.
//!
//! Does not know what is tested.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use serde::Serialize;

use crate::agent::{Button, Input, Notice, Output, Reason};
use crate::board::{self, Board, Event, Part, Setup, terminal};
use crate::cli::failure::{Exit, Failure, complain, say};
use crate::cli::wiring;
use crate::config::BoardChoice;
use crate::control::Control;
use crate::driver::{self, Core, Edges, Surface};
use crate::frame::Frame;
use crate::net::{self, Links};
use crate::time::{self, Duration, Instant};
use crate::watchdog::Watchdog;

/// What a test does.
pub(super) trait Act {
    /// Puts on the stage what is due by now, and says when it goes on. Called as often as anybody likes.
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next;

    /// What is on the stage is shown by now: tells what should be seen of it. Called as often as anybody likes.
    fn shown(&mut self, _stage: &mut Stage) {}

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
    /// Which of the parts that are tested are missing now; none is left out.
    pub(super) missing: Vec<bool>,
}

impl Stage {
    /// Whether the part of that place is missing.
    pub(super) fn is_missing(&self, place: usize) -> bool {
        self.missing.get(place).copied().unwrap_or(false)
    }
}

/// A part that is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tested {
    pub(super) part: Part,
    pub(super) name: String,
    /// Its name and where it hangs.
    pub(super) told: String,
}

impl Tested {
    /// Buttons hang on lines: what is missing of them is known at once.
    const fn is_button(&self) -> bool {
        matches!(self.part, Part::Button(_))
    }
}

/// Plays a test on a board until it is over or somebody asks for its end.
pub(super) fn run(
    board: &BoardChoice,
    tested: Vec<Tested>,
    buttons: Vec<Button>,
    act: impl Act,
) -> Result<(), Failure> {
    let started = std::time::Instant::now();
    let is_led = |tested: &&Tested| matches!(tested.part, Part::Led(_));
    let leds = tested.iter().filter(is_led).map(|led| led.name.clone()).collect();
    let setup = Setup { leds, buttons, started };
    let links = Links::new(net::Options::default()).map_err(|error| Failure::new(Exit::Other, error))?;
    let edges = Edges { links, store: None, control: Control::nowhere(), watchdog: Watchdog::default() };
    smol::block_on(async {
        let surface = board::open(&board.to_string(), setup).map_err(|error| wiring::unopened(&error))?;
        let mut watched = Watched::new(surface, tested.iter().map(|tested| tested.part).collect());
        let faults = Rc::clone(&watched.faults);
        let mut play = Play::new(act, tested, faults, *board == BoardChoice::Headless);
        play.is_real = !board.has_every_name();
        if play.is_real && !play.tested.iter().all(Tested::is_button) {
            play.settled_at = Instant::START + SETTLES;
        }
        let ended = driver::run(&mut play, &mut watched, edges, started).await;
        ended.map_err(|error| Failure::new(Exit::Io, format!("board {board}: {error}")))?;
        play.verdict()
    })
}

/// Why each part that is tested is missing, if it is.
type Faults = Rc<RefCell<Vec<Option<String>>>>;

/// A board, and somebody who looks after each of its turns what of it is missing.
struct Watched {
    board: Board,
    parts: Vec<Part>,
    faults: Faults,
}

impl Watched {
    fn new(board: Board, parts: Vec<Part>) -> Self {
        let faults = Rc::new(RefCell::new(vec![None; parts.len()]));
        let mut watched = Self { board, parts, faults };
        watched.look();
        watched
    }

    fn look(&mut self) {
        for (fault, part) in self.faults.borrow_mut().iter_mut().zip(&self.parts) {
            let missing = self.board.missing(*part);
            if fault.as_deref() != missing {
                *fault = missing.map(str::to_owned);
            }
        }
    }
}

impl Surface for Watched {
    fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        let shown = self.board.show(now, frame);
        self.look();
        shown
    }

    fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()> {
        self.board.notice(now, notice)
    }

    async fn next(&mut self) -> io::Result<Event> {
        self.board.next().await
    }

    /// The loop asks for edges whenever it was woken: what [`Board::next`] came upon is known from here.
    fn waiting_edge(&mut self) -> Option<Event> {
        self.look();
        self.board.waiting_edge()
    }

    fn blank(&mut self) -> io::Result<()> {
        self.board.blank()
    }
}

struct Play<A> {
    act: A,
    tested: Vec<Tested>,
    faults: Faults,
    /// What was said of each part: why it is missing, if it is.
    said: Vec<Option<String>>,
    /// Which parts were missing at any time.
    failed: Vec<bool>,
    /// Whether parts may be missing: simulated ones never are.
    is_real: bool,
    /// Before then nobody knows what hangs on buses.
    settled_at: Instant,
    stage: Stage,
    shown: Option<Frame>,
    /// Stdout is for the board's own lines.
    aside: bool,
    over: bool,
    told: bool,
    failure: Option<Failure>,
}

impl<A: Act> Play<A> {
    fn new(act: A, tested: Vec<Tested>, faults: Faults, aside: bool) -> Self {
        Self {
            act,
            faults,
            said: vec![None; tested.len()],
            failed: vec![false; tested.len()],
            tested,
            is_real: false,
            settled_at: Instant::START,
            stage: Stage::default(),
            shown: None,
            aside,
            over: false,
            told: false,
            failure: None,
        }
    }

    /// Says what is missing since the last time, and what is there again. Nothing at all to test is the end.
    fn look(&mut self) {
        let faults = self.faults.borrow();
        let parts = self.tested.iter().zip(faults.iter()).zip(self.said.iter_mut().zip(&mut self.failed));
        for ((tested, fault), (said, failed)) in parts {
            if said == fault {
                continue;
            }
            *failed |= fault.is_some();
            self.stage.lines.push(match fault {
                Some(why) => format!("{}: missing: {why}", tested.told),
                None => format!("{}: there now", tested.told),
            });
            said.clone_from(fault);
        }
        self.stage.missing = faults.iter().map(Option::is_some).collect();
        self.over |= !faults.is_empty() && faults.iter().all(Option::is_some);
    }

    /// How it ended: what was missing at any time was not tested well.
    fn verdict(self) -> Result<(), Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let failed = self.tested.iter().zip(&self.failed).filter(|(_, failed)| **failed);
        let names: Vec<&str> = failed.map(|(tested, _)| tested.name.as_str()).collect();
        if names.is_empty() {
            return Ok(());
        }
        let text =
            format!("test: missing: {}; to see what this machine lacks: nudged doctor", names.join(", "));
        Err(Failure::new(Exit::Io, text))
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
        self.look();
        let next = match self.over {
            true => Next::Over,
            false if now < self.settled_at => Next::At(self.settled_at),
            false => self.act.act(now, &mut self.stage),
        };
        if !self.over && self.shown.as_ref() != Some(&self.stage.frame) {
            return Output::Show(self.shown.insert(self.stage.frame.clone()));
        }
        self.over |= next == Next::Over;
        if !self.over && now >= self.settled_at {
            self.act.shown(&mut self.stage);
        }
        self.tell();
        if self.over && !std::mem::replace(&mut self.told, true) {
            return Output::Stopped;
        }
        let at = if let Next::At(at) = next { Some(at) } else { None };
        // A board wakes nobody when it loses something.
        let look_at = self.is_real.then_some(now + LOOK_AFTER);
        let at = time::earlier(at, look_at);
        Output::WakeAt { at, reason: if at.is_some() { Reason::Effect } else { Reason::Nothing } }
    }

    fn snapshot(&self) -> Option<impl Serialize> {
        None::<()>
    }
}

/// What hangs on a bus has had its first tries by then.
const SETTLES: Duration = Duration::from_millis(500);
/// Between two looks at what is missing.
const LOOK_AFTER: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    struct Twice(u32);

    /// It, of parts of these names.
    fn play<A: Act>(act: A, names: &[&str]) -> Play<A> {
        let tested = names.iter().enumerate().map(|(place, name)| Tested {
            part: Part::Led(place),
            name: (*name).into(),
            told: format!("{name} (GPIO{place})"),
        });
        let faults = Rc::new(RefCell::new(vec![None; names.len()]));
        Play::new(act, tested.collect(), faults, true)
    }

    impl Act for Twice {
        fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
            stage.frame.screen.lit = now > Instant::START;
            self.0 += 1;
            if now < Instant::from_millis(10) { Next::At(Instant::from_millis(10)) } else { Next::Over }
        }
    }

    #[test]
    fn a_frame_is_shown_before_the_play_waits_and_the_end_is_told_once() {
        let mut play = play(Twice(0), &[]);
        assert!(matches!(play.poll(Instant::START), Output::Show(_)));
        let at = Some(Instant::from_millis(10));
        assert!(matches!(play.poll(Instant::START), Output::WakeAt { at: found, .. } if found == at));
        let late = Instant::from_millis(10);
        assert!(matches!(play.poll(late), Output::Show(frame) if frame.screen.lit));
        assert!(matches!(play.poll(late), Output::Stopped));
        assert!(matches!(play.poll(late), Output::WakeAt { at: None, .. }));
    }

    /// Half a minute of light, in three steps.
    struct Ticks;

    impl Act for Ticks {
        fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
            stage.frame.screen.lit = true;
            if now < Instant::from_millis(30_000) {
                return Next::At(now + Duration::from_secs(10));
            }
            Next::Over
        }
    }

    /// What it says until its end, when each part is missing as told from that moment on.
    fn played(play: &mut Play<Ticks>, faults: &[(u64, usize, Option<&str>)]) -> Vec<String> {
        let (mut now, mut said) = (Instant::START, Vec::new());
        loop {
            for (_, place, why) in faults.iter().filter(|(at, ..)| *at == now.as_millis()) {
                play.faults.borrow_mut()[*place] = why.map(str::to_owned);
            }
            play.look();
            said.append(&mut play.stage.lines);
            match play.poll(now) {
                Output::Stopped => return said,
                Output::WakeAt { at, .. } => now = at.unwrap(),
                _ => {}
            }
        }
    }

    #[test]
    fn what_is_missing_is_said_as_soon_as_it_is_known_and_the_exit_code_tells_it() {
        let mut play = play(Ticks, &["desk", "team"]);
        (play.is_real, play.settled_at) = (true, Instant::from_millis(500));
        let faults = [(0, 0, Some("it is taken")), (2000, 0, None), (3000, 1, Some("it is gone"))];
        let said = played(&mut play, &faults);
        assert_eq!(
            said,
            [
                "desk (GPIO0): missing: it is taken",
                "desk (GPIO0): there now",
                "team (GPIO1): missing: it is gone"
            ]
        );
        assert_eq!(play.stage.missing, [false, true]);
        let expected = "test: missing: desk, team; to see what this machine lacks: nudged doctor";
        assert_eq!(play.verdict(), Err(Failure::new(Exit::Io, expected)));
        let mut well = self::play(Ticks, &["desk"]);
        assert_eq!(played(&mut well, &[]), [""; 0]);
        assert_eq!(well.verdict(), Ok(()));
    }

    #[test]
    fn nothing_at_all_to_test_is_the_end_at_once() {
        let mut play = play(Ticks, &["desk", "team"]);
        (play.is_real, play.settled_at) = (true, Instant::from_millis(500));
        let faults = [(0, 0, Some("it is taken")), (1000, 1, Some("it is gone"))];
        assert_eq!(played(&mut play, &faults).len(), 2);
        assert!(play.over && play.verdict().is_err());
    }

    #[test]
    fn whoever_asks_for_the_end_gets_it_at_once() {
        let mut play = play(Twice(0), &[]);
        play.handle(Instant::START, Input::Stop);
        assert!(matches!(play.poll(Instant::START), Output::Stopped));
        assert_eq!(play.act.0, 0);
    }
}

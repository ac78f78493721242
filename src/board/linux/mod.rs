//! The board of a real machine: LEDs, buttons and a display on the lines and buses of a Linux board.
//! It knows what to do when something is missing; how lines are found and buses opened stands in `kernel`.
//!
//! Whatever is missing, taken or broken is left out, said once, and tried again; nothing here ends the program.

mod breaker;
mod chips;
mod darken;
mod display;
mod faults;
mod kernel;
mod keys;
mod lamps;
mod light;
mod lines;
mod slot;
pub mod survey;

use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;
use smol::Timer;

use self::breaker::{PROBE_AFTER, Turn};
use self::display::Display;
use self::keys::Keys;
use self::lamps::Lamps;
use crate::board::files::{self, BoardFile, Line};
use crate::board::{Event, Part, Setup, clock_since};
use crate::frame::{Frame, Screen};
use crate::nearest;
use crate::time::{self, Duration, Instant};

pub use kernel::Kernel;
pub use keys::{Edge, Edges};
pub use lines::{Lines, Place};

/// What a machine offers.
pub trait Hal {
    /// A line that drives something.
    type Pin: OutputPin<Error: fmt::Display>;
    /// A line that a button drives.
    type Edges: Edges;
    /// An I2C bus with a display.
    type Bus: I2c<Error: fmt::Display>;
    /// A device behind SPI: a strip of LEDs, or a display.
    type Spi: SpiDevice<Error: fmt::Display>;

    /// The chip that a line is on: the same for all lines that a bus would hold together. No bus is asked.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn chip(&mut self, line: &Line) -> Result<PathBuf, String>;
    /// Takes a line as an output, off.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn output(&mut self, line: &Line, active_low: bool) -> Result<Self::Pin, String>;
    /// Takes a line as the input of a button. If the machine can tell bounces of up to `debounce` from edges, it does;
    /// else it tells them all.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn input(&mut self, button: &files::Button, debounce: Duration) -> Result<Self::Edges, String>;
    /// Opens a bus.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn bus(&mut self, path: &Path) -> Result<Self::Bus, String>;
    /// Opens a device behind SPI: mode 0, most significant bit first, at most `speed` hertz.
    ///
    /// # Errors
    /// A sentence without a subject.
    fn spi(&mut self, path: &Path, speed: u32) -> Result<Self::Spi, String>;
    /// Where the LED class is.
    fn classes(&self) -> &Path;

    /// What tells the time, if `started` is [`Instant::START`].
    #[must_use]
    fn clock(started: std::time::Instant) -> impl Fn() -> Instant + Copy {
        clock_since(started)
    }

    /// Holds the thread for so long.
    fn sleep(lasts: Duration) {
        std::thread::sleep(lasts);
    }
}

/// The board of a real machine.
pub struct Linux<H: Hal = Kernel> {
    setup: Setup,
    hal: H,
    lamps: Lamps<H::Pin, H::Spi>,
    /// Whether the last transfer was that of the strip.
    strip_was_last: bool,
    keys: Keys<H::Edges>,
    display: Option<Display<H::Bus, H::Spi, H::Pin>>,
    /// When it has its next turn.
    display_at: Option<Instant>,
    /// Why it is missing, if it is.
    display_lost: Option<String>,
    shown: Option<Screen>,
}

impl<H: Hal> fmt::Debug for Linux<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linux").field("setup", &self.setup).finish_non_exhaustive()
    }
}

impl Linux {
    /// The board of this machine, wired as `file` says.
    ///
    /// # Errors
    /// A sentence, if the configuration names a LED or a button that the file does not have. What the file has and the
    /// machine lacks is no error.
    pub fn open(file: &BoardFile, setup: Setup) -> Result<Self, String> {
        Self::on(Kernel, file, setup)
    }
}

impl<H: Hal> Linux<H> {
    /// [`Linux::open`] on another machine.
    ///
    /// # Errors
    /// As there.
    pub fn on(hal: H, file: &BoardFile, setup: Setup) -> Result<Self, String> {
        let lamps = Lamps::of(file, &setup.leds)?;
        let keys = Keys::of(file, &setup.buttons)?;
        let display = file.display.as_ref().map(Display::new);
        let display_at = display.is_some().then_some(Instant::START);
        let mut board = Self {
            setup,
            hal,
            lamps,
            strip_was_last: false,
            keys,
            display,
            display_at,
            display_lost: None,
            shown: None,
        };
        let clock = board.clock();
        board.keys.try_missing(&mut board.hal, &clock);
        board.lamps.turn(clock(), &mut board.hal, &clock);
        Ok(board)
    }

    /// Columns and rows of text its display has room for, if it has one.
    pub(super) fn room(&self) -> Option<(u8, u8)> {
        self.display.as_ref().map(Display::room)
    }

    /// Why a part can't be used now, as [`crate::board::Board::missing`] says.
    #[must_use]
    pub fn missing(&self, part: Part) -> Option<&str> {
        match part {
            Part::Led(place) => self.lamps.missing(place),
            Part::Button(place) => self.keys.missing(place),
            Part::Display => self.display_lost.as_deref(),
        }
    }

    /// Shows a frame: LEDs at once, strip and display little by little while [`Linux::next`] is awaited.
    ///
    /// # Errors
    /// None: what fails is logged and tried again.
    pub fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        self.lamps.show(now, &frame.leds, &self.clock());
        self.show_screen(now, &frame.screen);
        Ok(())
    }

    /// The next edge of a button. Lights blink, the display is drawn, and what is missing is looked for, while this is
    /// awaited. Edges come before transfers: a bus may hold the thread.
    ///
    /// # Errors
    /// None.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            if let Some(event) = self.waiting_edge() {
                return Ok(event);
            }
            let now = self.clock()();
            let due = self.turn(now);
            let started = self.setup.started;
            let pause = async {
                match due {
                    // The rest of the program has its turn between two transfers.
                    Some(due) if due <= now => smol::future::yield_now().await,
                    Some(due) => drop(Timer::at(started + due.since(Instant::START)).await),
                    None => smol::future::pending().await,
                }
            };
            let (clock, keys) = (self.clock(), &mut self.keys);
            smol::future::or(poll_fn(|cx| keys.poll_more(&clock, cx)), pause).await;
        }
    }

    /// The oldest edge that was not told yet. Answers at once; no bus is used.
    pub fn waiting_edge(&mut self) -> Option<Event> {
        self.keys.waiting(&self.clock())
    }

    fn clock(&self) -> impl Fn() -> Instant + Copy + use<H> {
        H::clock(self.setup.started)
    }

    /// Does what is due: blinks, looks for what is missing, makes at most one transfer. Says when the next turn is.
    fn turn(&mut self, now: Instant) -> Option<Instant> {
        let clock = self.clock();
        // What held the thread was as long as a turn may be: whoever comes behind it has the next one.
        let held =
            self.lamps.turn(now, &mut self.hal, &clock) || self.keys.try_missing(&mut self.hal, &clock);
        if !held {
            self.transfer(now);
        }
        let parts = time::earlier(self.lamps.due(now), self.keys.due());
        time::earlier(parts, self.display_at)
    }

    /// At most one transfer: where both want one, the strip and the display take turns.
    fn transfer(&mut self, now: Instant) {
        let drawing = self.display_at.is_some_and(|at| at <= now);
        self.strip_was_last = self.lamps.wants_transfer(now) && !(drawing && self.strip_was_last);
        if self.strip_was_last {
            let clock = self.clock();
            self.lamps.feed(&mut self.hal, clock);
        } else if drawing {
            self.draw(now);
        }
    }

    fn show_screen(&mut self, now: Instant, screen: &Screen) {
        if let Some(display) = &mut self.display
            && self.shown.as_ref() != Some(screen)
        {
            display.show(screen);
            self.shown = Some(screen.clone());
            // One that does not answer says itself when it is tried next.
            self.display_at = Some(now);
        }
    }

    /// One step of the display: at most one transfer.
    fn display_turn(&mut self) -> Turn {
        let clock = self.clock();
        let Some(display) = &mut self.display else { return Turn::Done };
        display.turn(clock, |wires| display::open(&mut self.hal, wires))
    }

    fn draw(&mut self, now: Instant) {
        self.display_at = match self.display_turn() {
            Turn::Done => None,
            Turn::More => Some(now),
            Turn::Wait(at) => Some(at),
            Turn::Lost(why, at) => {
                faults::missing("display", &why, PROBE_AFTER);
                self.display_lost = Some(why);
                Some(at)
            }
            Turn::Back => {
                faults::back("display");
                self.display_lost = None;
                Some(now)
            }
        };
    }
}

fn no_such(kind: &str, name: &str, known: Vec<&str>) -> String {
    let hint = if known.is_empty() { "it has none".into() } else { nearest::hint(name, known) };
    format!("the board has no {kind} \"{}\"; {hint}", crate::text::Shown(name))
}

#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{HashMap, VecDeque};
    use std::rc::Rc;
    use std::task::{Context, Poll};

    use smol::future::{block_on, poll_once};

    use super::display::models::I2cBus;
    use super::light::tests::{Recorded, Wire};
    use super::*;
    use crate::board::files::{Strip, Wires};
    use crate::board::gestures::tests::button;
    use crate::board::pixels::tests::screen;
    use crate::frame::{Layout, Look, Rgb, Rhythm};

    /// A machine of the imagination.
    #[derive(Clone, Debug, Default)]
    struct Machine(Rc<RefCell<Parts>>);

    #[derive(Debug, Default)]
    struct Parts {
        pins: HashMap<String, Recorded>,
        taken: HashMap<String, String>,
        edges: HashMap<String, VecDeque<Result<Edge, String>>>,
        down: Vec<String>,
        bus: I2cBus,
        wire: Wire,
    }

    #[derive(Debug)]
    struct Told(Machine, String);

    impl Edges for Told {
        fn is_down(&mut self) -> io::Result<bool> {
            Ok(self.0.0.borrow().down.contains(&self.1))
        }

        fn waiting(&mut self) -> io::Result<Option<Edge>> {
            let mut parts = self.0.0.borrow_mut();
            let edge = parts.edges.entry(self.1.clone()).or_default().pop_front();
            if let Some(Ok(edge)) = &edge {
                parts.down.retain(|line| *line != self.1);
                parts.down.extend(edge.pressed.then(|| self.1.clone()));
            }
            edge.transpose().map_err(io::Error::other)
        }

        fn poll_more(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Hal for Machine {
        type Pin = Recorded;
        type Edges = Told;
        type Bus = I2cBus;
        type Spi = Wire;

        fn chip(&mut self, _: &Line) -> Result<PathBuf, String> {
            Ok("/dev/gpiochip0".into())
        }

        fn output(&mut self, line: &Line, _: bool) -> Result<Recorded, String> {
            let mut parts = self.0.borrow_mut();
            match parts.taken.get(&line.to_string()) {
                Some(consumer) => Err(format!("it is used by \"{consumer}\"")),
                None => Ok(parts.pins.entry(line.to_string()).or_default().clone()),
            }
        }

        fn input(&mut self, button: &files::Button, _: Duration) -> Result<Told, String> {
            match self.0.borrow().taken.get(&button.line.to_string()) {
                Some(consumer) => Err(format!("it is used by \"{consumer}\"")),
                None => Ok(Told(self.clone(), button.line.to_string())),
            }
        }

        fn bus(&mut self, _: &Path) -> Result<I2cBus, String> {
            Ok(self.0.borrow().bus.clone())
        }

        fn spi(&mut self, path: &Path, speed: u32) -> Result<Wire, String> {
            assert_eq!((path.to_str(), speed), (Some("/dev/spidev0.0"), 1_000_000));
            Ok(self.0.borrow().wire.clone())
        }

        fn classes(&self) -> &Path {
            Path::new("/nonexistent")
        }
    }

    impl Machine {
        fn levels(&self, line: &str) -> Vec<bool> {
            self.0.borrow().pins.get(line).map_or_else(Vec::new, |pin| pin.0.borrow().clone())
        }

        fn pixels(&self) -> Vec<[u8; 4]> {
            self.0.borrow().wire.0.borrow().pixels.clone()
        }

        fn edge(&self, line: &str, edge: Result<bool, String>) {
            self.past_edge(line, edge, 0);
        }

        /// One that came so many milliseconds ago.
        fn past_edge(&self, line: &str, edge: Result<bool, String>, age: u64) {
            let age = Duration::from_millis(age);
            let edge = edge.map(|pressed| Edge { pressed, age, lost: 0 });
            self.0.borrow_mut().edges.entry(line.into()).or_default().push_back(edge);
        }
    }

    fn board(machine: &Machine) -> Linux<Machine> {
        wired(machine, &BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap(), &["desk", "rgb"])
    }

    /// A board with a strip of twenty pixels, the last two of which are a LED, and a display.
    fn board_with_strip(machine: &Machine) -> Linux<Machine> {
        let mut file = BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap();
        let mut led = file.led("desk").unwrap().clone();
        (led.name, led.wires) = ("strip".into(), Wires::Pixels(18..20));
        file.leds.push(led);
        file.strip = Some(Strip { bus: "/dev/spidev0.0".into(), pixels: 20, speed: 1_000_000 });
        machine.0.borrow_mut().wire = Wire::of(20);
        wired(machine, &file, &["desk", "strip"])
    }

    fn wired(machine: &Machine, file: &BoardFile, leds: &[&str]) -> Linux<Machine> {
        let setup = Setup {
            leds: leds.iter().map(|led| (*led).into()).collect(),
            buttons: vec![button("left"), button("right")],
            started: std::time::Instant::now(),
        };
        Linux::on(machine.clone(), file, setup).unwrap()
    }

    fn frame(look: Look, rows: &[&str]) -> Frame {
        Frame { leds: [look, look].into_iter().collect(), screen: screen(Layout::List, rows) }
    }

    fn later(board: &mut Linux<Machine>, by: Duration) {
        board.setup.started -= by;
    }

    /// Awaits the board until it has nothing more to do at once.
    fn settle(board: &mut Linux<Machine>) {
        for _ in 0..200 {
            let event = block_on(poll_once(board.next()));
            assert!(event.is_none(), "{event:?}");
        }
    }

    const RED: Rgb = Rgb::new(255, 0, 0);

    #[test]
    fn a_frame_becomes_lines_and_pixels() {
        let machine = Machine::default();
        let mut board = board(&machine);
        let frame = frame(Look::new(RED, Rhythm::Steady), &["Online", "Bob"]);
        board.show(board.setup.now(), &frame).unwrap();
        settle(&mut board);
        assert_eq!(machine.levels("GPIO17"), [false, true, false, true]);
        assert_eq!(machine.levels("GPIO22"), [false, true, false, true]);
        assert_eq!(machine.levels("GPIO23"), [false, true, false], "only a change is sure to arrive");
        assert!(machine.levels("GPIO27").is_empty(), "nobody asked for it");
        assert!(machine.0.borrow().bus.shows(&frame.screen));
        board.blank().unwrap();
        assert_eq!(machine.levels("GPIO17"), [false, true, false, true, false]);
        assert!(machine.0.borrow().bus.is_dark());
    }

    #[test]
    fn the_picture_after_a_transfer_that_failed_is_drawn_at_once() {
        let machine = Machine::default();
        let mut board = board(&machine);
        let mut shows = |rows: &[&str], naks: usize| {
            machine.0.borrow().bus.0.borrow_mut().naks = naks;
            let frame = frame(Look::OFF, rows);
            board.show(board.setup.now(), &frame).unwrap();
            settle(&mut board);
            // As long as a try waits for the next.
            later(&mut board, Duration::from_millis(200));
            settle(&mut board);
            assert!(machine.0.borrow().bus.shows(&frame.screen), "{rows:?}");
        };
        shows(&["Online", "Bob"], 0);
        shows(&["Online", "Amy"], 1);
        shows(&["Online", "Eve"], 0);
    }

    #[test]
    fn a_display_on_spi_has_a_line_for_commands_and_is_reset_first() {
        let machine = Machine::default();
        let line = |name: &str| Line::Named(name.into());
        let file = BoardFile {
            display: Some(files::Display {
                panel: files::Panel::Oled {
                    controller: files::Controller::Sh1106,
                    size: crate::board::pixels::Size::W128H64,
                    column_offset: 2,
                },
                wires: files::DisplayWires::Spi {
                    bus: "/dev/spidev0.0".into(),
                    data_command: line("GPIO25"),
                    reset: Some(line("GPIO24")),
                },
                upside_down: false,
                contrast: 0x8F,
            }),
            ..BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap()
        };
        let mut board = wired(&machine, &file, &["desk"]);
        board.show(board.setup.now(), &frame(Look::OFF, &["Online"])).unwrap();
        for _ in 0..3 {
            settle(&mut board);
            later(&mut board, Duration::from_millis(200));
        }
        assert_eq!(machine.levels("GPIO24"), [true, false]);
        let transfers = machine.0.borrow().wire.0.borrow().transfers.clone();
        assert_eq!(transfers[0][..2], [0xE3, 0xAE]);
        assert_eq!(transfers[1], [0xB0, 0x02, 0x10]);
        assert_eq!(machine.levels("GPIO25")[..3], [false, false, true]);
        assert_eq!(transfers[2].len(), 31);
        assert_eq!(transfers.last().unwrap()[..], [0xAF]);
    }

    #[test]
    fn a_turn_makes_one_transfer_and_lets_the_others_have_theirs() {
        let machine = Machine::default();
        let mut board = board(&machine);
        board.show(board.setup.now(), &frame(Look::OFF, &["Online"])).unwrap();
        let transfers = |machine: &Machine| machine.0.borrow().bus.transfers();
        for turn in 1..20 {
            assert!(block_on(poll_once(board.next())).is_none());
            assert_eq!(transfers(&machine), turn);
        }
    }

    /// The next event, without its moment.
    fn next(board: &mut Linux<Machine>) -> Option<(u8, bool)> {
        match block_on(poll_once(board.next()))?.unwrap() {
            Event::Button { index, pressed, .. } | Event::Lost { index, pressed, .. } => {
                Some((index, pressed))
            }
            Event::Quit => panic!("nobody asked for it"),
        }
    }

    #[test]
    fn strip_and_display_take_turns_and_both_end_right() {
        let machine = Machine::default();
        let mut board = board_with_strip(&machine);
        let frame = frame(Look::new(RED, Rhythm::Steady), &["Online"]);
        board.show(board.setup.now(), &frame).unwrap();
        let transfers = || {
            let parts = machine.0.borrow();
            (parts.wire.0.borrow().transfers.len(), parts.bus.transfers())
        };
        // Head, pixels and end of the strip are 94 octets: three transfers.
        for (turn, expected) in (1..).zip([(1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (3, 4)]) {
            assert!(block_on(poll_once(board.next())).is_none());
            assert_eq!(transfers(), expected, "turn {turn}");
        }
        settle(&mut board);
        let now = board.setup.now();
        assert_eq!((transfers().0, board.turn(now)), (3, None), "nothing changes, nothing is sent");
        let (dark, red) = ([0xE0, 0, 0, 0], [0xFF, 0, 0, 255]);
        assert_eq!(machine.pixels(), [[dark; 18].to_vec(), vec![red; 2]].concat());
        board.blank().unwrap();
        assert_eq!(machine.pixels(), [dark; 20]);
    }

    #[test]
    fn a_fading_strip_moves_while_the_display_is_drawn() {
        let machine = Machine::default();
        let mut board = board_with_strip(&machine);
        board.show(board.setup.now(), &frame(Look::new(RED, Rhythm::Breathe), &["Online"])).unwrap();
        let lit = |machine: &Machine| machine.pixels()[19][3];
        for _ in 0..8 {
            assert!(block_on(poll_once(board.next())).is_none());
        }
        let low = lit(&machine);
        later(&mut board, Duration::from_millis(1000));
        for _ in 0..8 {
            assert!(block_on(poll_once(board.next())).is_none());
        }
        assert!((15..60).contains(&low) && lit(&machine) > 100, "{low}, {}", lit(&machine));
    }

    #[test]
    fn what_moves_on_a_strip_that_is_lost_wakes_nobody() {
        let machine = Machine::default();
        let mut board = board_with_strip(&machine);
        board.show(board.setup.now(), &frame(Look::OFF, &["Online"])).unwrap();
        settle(&mut board);
        machine.0.borrow().wire.refuse(4);
        let fading = Frame {
            leds: [Look::OFF, Look::new(RED, Rhythm::Breathe)].into_iter().collect(),
            ..frame(Look::OFF, &["Online"])
        };
        board.show(board.setup.now(), &fading).unwrap();
        for _ in 0..3 {
            settle(&mut board);
            later(&mut board, Duration::from_millis(100));
        }
        settle(&mut board);
        let now = board.setup.now();
        assert!(board.turn(now).is_some_and(|due| due > now + Duration::from_secs(4)));
        for _ in 0..2 {
            later(&mut board, Duration::from_secs(5));
            settle(&mut board);
        }
        assert!(machine.pixels()[19][3] > 0, "it is back, and where the rhythm is by now");
        let now = board.setup.now();
        assert!(board.turn(now).is_some_and(|due| due <= now + Duration::from_millis(50)));
    }

    #[test]
    fn edges_come_through_with_the_index_of_the_configuration() {
        let machine = Machine::default();
        let mut board = board(&machine);
        machine.edge("GPIO6", Ok(true));
        machine.edge("GPIO6", Ok(false));
        assert_eq!(next(&mut board), Some((1, true)));
        assert_eq!(next(&mut board), Some((1, false)));
    }

    #[test]
    fn edges_that_wait_are_told_oldest_first_with_their_moments_and_before_any_transfer() {
        let machine = Machine::default();
        let mut board = board(&machine);
        later(&mut board, Duration::from_secs(60));
        board.show(board.setup.now(), &frame(Look::OFF, &["Online"])).unwrap();
        for (line, pressed, age) in
            [("GPIO5", true, 900), ("GPIO5", false, 400), ("GPIO6", true, 700), ("GPIO6", false, 650)]
        {
            machine.past_edge(line, Ok(pressed), age);
        }
        let now = board.setup.now();
        let told: Vec<(u8, bool, u64)> = std::iter::from_fn(|| board.waiting_edge())
            .map(|event| match event {
                Event::Button { index, pressed, at } => (index, pressed, now.since(at).as_millis() as u64),
                other => panic!("{other:?}"),
            })
            .collect();
        let order: Vec<(u8, bool)> = told.iter().map(|(index, pressed, _)| (*index, *pressed)).collect();
        assert_eq!(order, [(0, true), (1, true), (1, false), (0, false)]);
        for ((_, _, age), expected) in told.iter().zip([900, 700, 650, 400]) {
            assert!((expected - 300..=expected).contains(age), "{told:?}");
        }
        machine.edge("GPIO5", Ok(true));
        assert_eq!(next(&mut board), Some((0, true)));
        assert_eq!(machine.0.borrow().bus.transfers(), 0);
    }

    #[test]
    fn a_button_that_vanishes_while_pressed_is_let_go_and_looked_for_again() {
        let machine = Machine::default();
        let mut board = board(&machine);
        machine.edge("GPIO5", Ok(true));
        machine.edge("GPIO5", Err("gone".into()));
        assert_eq!(next(&mut board), Some((0, true)));
        assert_eq!(next(&mut board), Some((0, false)));
        machine.edge("GPIO5", Ok(true));
        assert_eq!(next(&mut board), None);
        later(&mut board, Duration::from_secs(30));
        assert_eq!(next(&mut board), None);
        assert_eq!(next(&mut board), Some((0, true)));
    }

    #[test]
    fn a_button_that_is_down_at_the_start_is_told_of_once_and_only_if_it_stays_so() {
        let machine = Machine::default();
        machine.0.borrow_mut().down = vec!["GPIO5".into(), "GPIO6".into()];
        let mut board = board(&machine);
        machine.edge("GPIO6", Ok(false));
        assert_eq!(next(&mut board), Some((1, false)), "the agent knows that a release alone is nothing");
        settle(&mut board);
        let now = board.setup.now();
        assert!(board.turn(now).is_some_and(|due| due <= now + Duration::from_millis(500)));
        later(&mut board, Duration::from_millis(500));
        settle(&mut board);
        assert_eq!(board.turn(board.setup.now()), None, "it was told");
        machine.edge("GPIO5", Ok(false));
        machine.edge("GPIO5", Ok(true));
        assert_eq!(next(&mut board), Some((0, false)));
        assert_eq!(next(&mut board), Some((0, true)), "from then on it works");
    }

    #[test]
    fn a_button_that_moved_without_an_edge_is_told_of_as_soon_as_it_has_rested() {
        let machine = Machine::default();
        let mut board = board(&machine);
        machine.edge("GPIO5", Ok(true));
        assert_eq!(next(&mut board), Some((0, true)));
        settle(&mut board);
        let now = board.setup.now();
        assert!(board.turn(now).is_some_and(|due| due <= now + Duration::from_millis(100)));
        machine.0.borrow_mut().down.clear();
        later(&mut board, Duration::from_millis(100));
        let told = (0..2).find_map(|_| block_on(poll_once(board.next())));
        assert!(matches!(told, Some(Ok(Event::Lost { index: 0, pressed: false, .. }))), "{told:?}");
        later(&mut board, Duration::from_millis(100));
        settle(&mut board);
        assert_eq!(board.turn(board.setup.now()), None, "it rests");
    }

    #[test]
    fn a_line_that_is_taken_is_left_out_and_used_once_it_is_free() {
        let machine = Machine::default();
        machine.0.borrow_mut().taken.insert("GPIO17".into(), "fan".into());
        let mut board = board(&machine);
        board.show(board.setup.now(), &frame(Look::new(RED, Rhythm::Steady), &[])).unwrap();
        settle(&mut board);
        assert!(machine.levels("GPIO17").is_empty());
        assert_eq!(machine.levels("GPIO22").last(), Some(&true), "the others work");
        machine.0.borrow_mut().taken.clear();
        settle(&mut board);
        assert!(machine.levels("GPIO17").is_empty(), "not before its time");
        later(&mut board, Duration::from_secs(30));
        settle(&mut board);
        assert_eq!(machine.levels("GPIO17"), [true], "and shows what it should by now");
    }

    #[test]
    fn darkening_puts_out_what_it_reaches_and_says_what_it_does_not() {
        let machine = Machine::default();
        machine.0.borrow_mut().taken.insert("GPIO17".into(), "fan".into());
        let bus = machine.0.borrow().bus.clone();
        let mut board = board(&machine);
        board.show(board.setup.now(), &frame(Look::new(RED, Rhythm::Steady), &["Online"])).unwrap();
        settle(&mut board);
        assert!(!bus.is_dark());
        let before = bus.transfers();
        assert_eq!(board.darken(), ["led \"desk\" on GPIO17: it is used by \"fan\""]);
        assert_eq!(machine.levels("GPIO22").last(), Some(&false));
        assert!(bus.is_dark());
        assert!(bus.transfers() > before + 2, "its memory is cleared");
        machine.0.borrow_mut().taken.clear();
        assert_eq!(self::board(&machine).darken(), [""; 0]);
    }

    #[test]
    fn lights_blink_while_the_board_is_awaited() {
        let machine = Machine::default();
        let mut board = board(&machine);
        board.show(board.setup.now(), &frame(Look::new(RED, Rhythm::Blink), &[])).unwrap();
        settle(&mut board);
        let before = machine.levels("GPIO17").len();
        for _ in 0..3 {
            later(&mut board, Duration::from_millis(500));
            settle(&mut board);
        }
        assert_eq!(machine.levels("GPIO17")[before..], [false, true, false]);
    }

    #[test]
    fn an_idle_board_has_nothing_to_wake_up_for() {
        let machine = Machine::default();
        let mut board = board(&machine);
        board.show(board.setup.now(), &frame(Look::new(RED, Rhythm::Steady), &["Online"])).unwrap();
        settle(&mut board);
        let now = board.setup.now();
        assert_eq!(board.turn(now), None);
    }

    #[test]
    fn a_name_the_board_lacks_is_told_with_the_nearest() {
        let file = BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap();
        let setup =
            Setup { leds: vec!["dest".into()], buttons: Vec::new(), started: std::time::Instant::now() };
        let error = Linux::on(Machine::default(), &file, setup).unwrap_err();
        assert_eq!(error, "the board has no led \"dest\"; did you mean \"desk\"?");
        assert_eq!(
            no_such("led", "lamp", vec!["desk", "team"]),
            "the board has no led \"lamp\"; expected desk or team"
        );
        assert_eq!(no_such("button", "left", vec![]), "the board has no button \"left\"; it has none");
    }
}

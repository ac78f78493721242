//! The board on a machine of the imagination, on virtual time.

use std::cell::{Cell, RefCell};
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

thread_local! {
    /// Each test's time, which passes only if the test says so.
    pub(super) static NOW: Rc<Cell<Instant>> = Rc::default();
}

pub(super) fn now() -> Instant {
    NOW.with(|now| now.get())
}

pub(super) fn pass(ms: u64) {
    NOW.with(|at| at.set(at.get() + Duration::from_millis(ms)));
}

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

    fn clock(_: std::time::Instant) -> impl Fn() -> Instant + Copy {
        now
    }

    fn sleep(lasts: Duration) {
        pass(lasts.as_millis().try_into().unwrap());
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
    board.show(now(), &frame).unwrap();
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
        board.show(now(), &frame).unwrap();
        settle(&mut board);
        // As long as a try waits for the next.
        pass(200);
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
    board.show(now(), &frame(Look::OFF, &["Online"])).unwrap();
    for _ in 0..3 {
        settle(&mut board);
        pass(200);
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
    board.show(now(), &frame(Look::OFF, &["Online"])).unwrap();
    let transfers = |machine: &Machine| machine.0.borrow().bus.transfers();
    for turn in 1..20 {
        assert!(block_on(poll_once(board.next())).is_none());
        assert_eq!(transfers(&machine), turn);
    }
}

/// The next event, without its moment.
fn next(board: &mut Linux<Machine>) -> Option<(u8, bool)> {
    match block_on(poll_once(board.next()))?.unwrap() {
        Event::Button { index, pressed, .. } | Event::Lost { index, pressed, .. } => Some((index, pressed)),
        Event::Quit => panic!("nobody asked for it"),
    }
}

#[test]
fn strip_and_display_take_turns_and_both_end_right() {
    let machine = Machine::default();
    let mut board = board_with_strip(&machine);
    let frame = frame(Look::new(RED, Rhythm::Steady), &["Online"]);
    board.show(now(), &frame).unwrap();
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
    assert_eq!((transfers().0, board.turn(now())), (3, None), "nothing changes, nothing is sent");
    let (dark, red) = ([0xE0, 0, 0, 0], [0xFF, 0, 0, 255]);
    assert_eq!(machine.pixels(), [[dark; 18].to_vec(), vec![red; 2]].concat());
    board.blank().unwrap();
    assert_eq!(machine.pixels(), [dark; 20]);
}

#[test]
fn a_fading_strip_moves_while_the_display_is_drawn() {
    let machine = Machine::default();
    let mut board = board_with_strip(&machine);
    board.show(now(), &frame(Look::new(RED, Rhythm::Breathe), &["Online"])).unwrap();
    let lit = |machine: &Machine| machine.pixels()[19][3];
    for _ in 0..8 {
        assert!(block_on(poll_once(board.next())).is_none());
    }
    let low = lit(&machine);
    pass(1000);
    for _ in 0..8 {
        assert!(block_on(poll_once(board.next())).is_none());
    }
    assert!((15..60).contains(&low) && lit(&machine) > 100, "{low}, {}", lit(&machine));
}

#[test]
fn what_moves_on_a_strip_that_is_lost_wakes_nobody() {
    let machine = Machine::default();
    let mut board = board_with_strip(&machine);
    board.show(now(), &frame(Look::OFF, &["Online"])).unwrap();
    settle(&mut board);
    machine.0.borrow().wire.refuse(4);
    let fading = Frame {
        leds: [Look::OFF, Look::new(RED, Rhythm::Breathe)].into_iter().collect(),
        ..frame(Look::OFF, &["Online"])
    };
    board.show(now(), &fading).unwrap();
    for _ in 0..3 {
        settle(&mut board);
        pass(100);
    }
    settle(&mut board);
    assert!(board.turn(now()).is_some_and(|due| due > now() + Duration::from_secs(4)));
    for _ in 0..2 {
        pass(5_000);
        settle(&mut board);
    }
    assert!(machine.pixels()[19][3] > 0, "it is back, and where the rhythm is by now");
    assert!(board.turn(now()).is_some_and(|due| due <= now() + Duration::from_millis(50)));
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
    pass(60_000);
    board.show(now(), &frame(Look::OFF, &["Online"])).unwrap();
    for (line, pressed, age) in
        [("GPIO5", true, 900), ("GPIO5", false, 400), ("GPIO6", true, 700), ("GPIO6", false, 650)]
    {
        machine.past_edge(line, Ok(pressed), age);
    }
    let told: Vec<(u8, bool, u64)> = std::iter::from_fn(|| board.waiting_edge())
        .map(|event| match event {
            Event::Button { index, pressed, at } => (index, pressed, now().since(at).as_millis() as u64),
            other => panic!("{other:?}"),
        })
        .collect();
    let order: Vec<(u8, bool)> = told.iter().map(|(index, pressed, _)| (*index, *pressed)).collect();
    assert_eq!(order, [(0, true), (1, true), (1, false), (0, false)]);
    for ((_, _, age), expected) in told.iter().zip([900, 700, 650, 400]) {
        assert_eq!(*age, expected, "{told:?}");
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
    pass(30_000);
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
    assert!(board.turn(now()).is_some_and(|due| due <= now() + Duration::from_millis(500)));
    pass(500);
    settle(&mut board);
    assert_eq!(board.turn(now()), None, "it was told");
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
    assert!(board.turn(now()).is_some_and(|due| due <= now() + Duration::from_millis(100)));
    machine.0.borrow_mut().down.clear();
    pass(100);
    let told = (0..2).find_map(|_| block_on(poll_once(board.next())));
    assert!(matches!(told, Some(Ok(Event::Lost { index: 0, pressed: false, .. }))), "{told:?}");
    pass(100);
    settle(&mut board);
    assert_eq!(board.turn(now()), None, "it rests");
}

#[test]
fn a_line_that_is_taken_is_left_out_and_used_once_it_is_free() {
    let machine = Machine::default();
    machine.0.borrow_mut().taken.insert("GPIO17".into(), "fan".into());
    let mut board = board(&machine);
    board.show(now(), &frame(Look::new(RED, Rhythm::Steady), &[])).unwrap();
    settle(&mut board);
    assert!(machine.levels("GPIO17").is_empty());
    assert_eq!(machine.levels("GPIO22").last(), Some(&true), "the others work");
    machine.0.borrow_mut().taken.clear();
    settle(&mut board);
    assert!(machine.levels("GPIO17").is_empty(), "not before its time");
    pass(30_000);
    settle(&mut board);
    assert_eq!(machine.levels("GPIO17"), [true], "and shows what it should by now");
}

#[test]
fn darkening_puts_out_what_it_reaches_and_says_what_it_does_not() {
    let machine = Machine::default();
    machine.0.borrow_mut().taken.insert("GPIO17".into(), "fan".into());
    let bus = machine.0.borrow().bus.clone();
    let mut board = board(&machine);
    board.show(now(), &frame(Look::new(RED, Rhythm::Steady), &["Online"])).unwrap();
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
    board.show(now(), &frame(Look::new(RED, Rhythm::Blink), &[])).unwrap();
    settle(&mut board);
    let before = machine.levels("GPIO17").len();
    for _ in 0..3 {
        pass(500);
        settle(&mut board);
    }
    assert_eq!(machine.levels("GPIO17")[before..], [false, true, false]);
}

#[test]
fn an_idle_board_has_nothing_to_wake_up_for() {
    let machine = Machine::default();
    let mut board = board(&machine);
    board.show(now(), &frame(Look::new(RED, Rhythm::Steady), &["Online"])).unwrap();
    settle(&mut board);
    assert_eq!(board.turn(now()), None);
}

#[test]
fn a_name_the_board_lacks_is_told_with_the_nearest() {
    let file = BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap();
    let setup = Setup { leds: vec!["dest".into()], buttons: Vec::new(), started: std::time::Instant::now() };
    let error = Linux::on(Machine::default(), &file, setup).unwrap_err();
    assert_eq!(error, "the board has no led \"dest\"; did you mean \"desk\"?");
    assert_eq!(
        no_such("led", "lamp", vec!["desk", "team"]),
        "the board has no led \"lamp\"; expected desk or team"
    );
    assert_eq!(no_such("button", "left", vec![]), "the board has no button \"left\"; it has none");
}

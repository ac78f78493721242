//! LEDs on a port expander whose bus hangs, on virtual time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::{fmt, io};

use embedded_hal::digital::ErrorType;

use super::*;
use crate::board::linux::display::models::I2cBus;
use crate::board::linux::light::tests::Wire;
use crate::board::linux::{Edge, Edges};
use crate::frame::{Rgb, Rhythm};

/// What an expander and its driver make of a write while the bus hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Driver {
    /// It is lost, and nobody says so.
    Silent,
    /// So it is, and the driver believes that it arrived: the same level again does not go to the bus.
    Forgetful,
    /// It is lost, and the driver says so.
    Honest,
}

const DRIVERS: [Driver; 3] = [Driver::Silent, Driver::Forgetful, Driver::Honest];

/// A processor's own lines, called `own/N`, and expanders, which are told apart by what stands before the slash.
#[derive(Clone, Debug)]
struct Machine(Rc<RefCell<Parts>>);

#[derive(Debug)]
struct Parts {
    now: Instant,
    driver: Driver,
    /// Chips whose bus holds every transfer, and for how long; what takes less than 50 ms arrives.
    hung: Vec<String>,
    holds: Duration,
    /// Chips that do not answer.
    gone: Vec<String>,
    /// Every line: what its driver believes, and its level.
    lines: BTreeMap<String, (bool, bool)>,
    /// Transfers, and those that were held, with their beginnings.
    transfers: usize,
    held: Vec<Instant>,
}

#[derive(Debug)]
struct Far(Machine, String);

#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl embedded_hal::digital::Error for Lost {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl ErrorType for Far {
    type Error = Lost;
}

impl OutputPin for Far {
    fn set_low(&mut self) -> Result<(), Lost> {
        self.0.write(&self.1, false)
    }

    fn set_high(&mut self) -> Result<(), Lost> {
        self.0.write(&self.1, true)
    }
}

#[derive(Debug)]
struct NoEdges;

impl Edges for NoEdges {
    fn is_down(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    fn waiting(&mut self) -> io::Result<Option<Edge>> {
        Ok(None)
    }

    fn poll_more(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl Hal for Machine {
    type Pin = Far;
    type Edges = NoEdges;
    type Bus = I2cBus;
    type Spi = Wire;

    fn chip(&mut self, line: &Line) -> Result<PathBuf, String> {
        Ok(chip(&line.to_string()).into())
    }

    fn output(&mut self, line: &Line, _: bool) -> Result<Far, String> {
        let line = line.to_string();
        self.write(&line, false).map_err(|error| error.to_string())?;
        Ok(Far(self.clone(), line))
    }

    fn input(&mut self, _: &files::Button, _: Duration) -> Result<NoEdges, String> {
        Err("nobody asks".into())
    }

    fn bus(&mut self, _: &Path) -> Result<I2cBus, String> {
        Err("nobody asks".into())
    }

    fn spi(&mut self, _: &Path, _: u32) -> Result<Wire, String> {
        Err("nobody asks".into())
    }

    fn classes(&self) -> &Path {
        Path::new("/nonexistent")
    }
}

fn chip(line: &str) -> &str {
    line.split('/').next().unwrap()
}

impl Machine {
    fn new(driver: Driver) -> Self {
        Self(Rc::new(RefCell::new(Parts {
            now: Instant::START,
            driver,
            hung: Vec::new(),
            holds: Duration::from_secs(1),
            gone: Vec::new(),
            lines: BTreeMap::new(),
            transfers: 0,
            held: Vec::new(),
        })))
    }

    fn write(&self, line: &str, on: bool) -> Result<(), Lost> {
        let parts = &mut *self.0.borrow_mut();
        let fresh = !parts.lines.contains_key(line);
        let (believed, level) = parts.lines.entry(line.to_owned()).or_default();
        if parts.driver == Driver::Forgetful && *believed == on && !fresh {
            return Ok(());
        }
        *believed = on;
        parts.transfers += 1;
        if parts.gone.iter().any(|gone| gone == chip(line)) {
            return Err(Lost);
        }
        if parts.hung.iter().any(|hung| hung == chip(line)) {
            parts.held.push(parts.now);
            parts.now += parts.holds;
            if parts.holds < Duration::from_millis(50) {
                *level = on;
                return Ok(());
            }
            return if parts.driver == Driver::Honest { Err(Lost) } else { Ok(()) };
        }
        *level = on;
        Ok(())
    }

    fn clock(&self) -> impl Fn() -> Instant + Copy + '_ {
        || self.0.borrow().now
    }

    fn now(&self) -> Instant {
        self.0.borrow().now
    }

    fn hang(&self, chips: &[&str]) {
        self.0.borrow_mut().hung = chips.iter().map(|chip| (*chip).to_owned()).collect();
    }

    fn is_lit(&self, line: &str) -> bool {
        self.0.borrow().lines[line].1
    }

    fn held(&self) -> usize {
        self.0.borrow().held.len()
    }
}

/// The LEDs of a machine, and somebody who gives them their turns.
struct Bench {
    machine: Machine,
    lamps: Lamps<Far, Wire>,
}

impl Bench {
    /// LEDs on these lines; three with commas between are one of colours.
    fn new(machine: Machine, lines: &[&str]) -> Self {
        let mut text = String::new();
        for (place, line) in lines.iter().enumerate() {
            let wires = match line.split(',').collect::<Vec<_>>()[..] {
                [red, green, blue] => format!("red = '{red}'\ngreen = '{green}'\nblue = '{blue}'"),
                _ => format!("line = '{line}'"),
            };
            text += &format!("[leds.l{place}]\n{wires}\n");
        }
        let names: Vec<String> = (0..lines.len()).map(|place| format!("l{place}")).collect();
        let lamps = Lamps::of(&BoardFile::parse(&text).unwrap(), &names).unwrap();
        Self { machine, lamps }
    }

    /// What anybody else waits for a turn, which is never more than one write of a chip that hangs.
    fn turn(&mut self) {
        let (before, held) = (self.machine.now(), self.machine.held());
        let mut hal = self.machine.clone();
        self.lamps.turn(before, &mut hal, &self.machine.clock());
        self.paid(before, held);
    }

    fn show(&mut self, looks: &[Look]) {
        let (before, held) = (self.machine.now(), self.machine.held());
        self.lamps.show(before, looks, &self.machine.clock());
        self.paid(before, held);
    }

    fn paid(&self, before: Instant, held: usize) {
        assert!(self.machine.now().since(before) <= Duration::from_secs(1));
        assert!(self.machine.held() <= held + 1, "one write that is held a turn");
    }

    /// Gives them their turns until then. Whoever is due at once twenty times over is due for ever.
    fn run_until(&mut self, until: Instant) {
        let mut at_once = 0;
        loop {
            self.turn();
            let now = self.machine.now();
            let Some(due) = self.lamps.due(now).filter(|due| *due < until) else { break };
            at_once = if due > now { 0 } else { at_once + 1 };
            assert!(at_once < 20, "never settles");
            self.machine.0.borrow_mut().now = due.max(now);
        }
        let now = self.machine.now().max(until);
        self.machine.0.borrow_mut().now = now;
    }

    fn run(&mut self, ms: u64) {
        self.run_until(self.machine.now() + Duration::from_millis(ms));
    }
}

const RED: Rgb = Rgb::new(255, 0, 0);
const ON: Look = Look::new(RED, Rhythm::Steady);
const BLINK: Look = Look::new(RED, Rhythm::Blink);
const EIGHT: [&str; 8] = ["far/0", "far/1", "far/2", "far/3", "far/4", "far/5", "far/6", "far/7"];

#[test]
fn a_chip_that_hangs_holds_one_write_in_five_seconds_however_many_lights_blink_on_it() {
    for driver in DRIVERS {
        let lines = [&["own/1"][..], &EIGHT].concat();
        let mut bench = Bench::new(Machine::new(driver), &lines);
        bench.show(&[BLINK; 9]);
        bench.run(10_000);
        assert_eq!(bench.machine.held(), 0);
        bench.machine.hang(&["far"]);
        bench.run(60_000);
        let held = bench.machine.0.borrow().held.clone();
        assert!((12..=13).contains(&held.len()), "{driver:?}: {held:?}");
        for pair in held.windows(2) {
            assert!(pair[1].since(pair[0]) >= Duration::from_secs(5), "{driver:?}: {pair:?}");
        }
        let told = "a write took 1000 ms, expected at most 50; check the wires of its bus";
        let missing: Vec<_> = (0..9).map(|place| bench.lamps.missing(place)).collect();
        assert_eq!((missing[0], &missing[1..]), (None, &[Some(told); 8][..]), "{driver:?}");
    }
}

#[test]
fn lights_of_other_chips_go_on_while_one_hangs() {
    let mut bench = Bench::new(Machine::new(Driver::Silent), &["far/0", "own/1"]);
    bench.show(&[ON, BLINK]);
    bench.run(10_000);
    bench.machine.hang(&["far"]);
    bench.show(&[Look::OFF, BLINK]);
    let began = bench.machine.now();
    let mut changes = Vec::new();
    while bench.machine.now().since(began) < Duration::from_secs(20) {
        let before = bench.machine.is_lit("own/1");
        bench.run(10);
        changes.extend((bench.machine.is_lit("own/1") != before).then(|| bench.machine.now()));
    }
    // What falls into the second that is held is made up for, as it is with a display.
    assert!((32..=40).contains(&changes.len()), "{}", changes.len());
}

#[test]
fn whatever_changed_while_its_chip_hung_a_light_is_right_within_six_seconds_of_its_return() {
    for driver in DRIVERS {
        for (before, during) in [(ON, Look::OFF), (Look::OFF, ON), (ON, ON), (BLINK, ON), (BLINK, Look::OFF)]
        {
            for lasts in (300..11_000).step_by(700) {
                let mut bench = Bench::new(Machine::new(driver), &EIGHT[..3]);
                bench.show(&[before; 3]);
                bench.run(3000);
                bench.machine.hang(&["far"]);
                bench.show(&[before, during, before]);
                bench.run(lasts);
                bench.show(&[during; 3]);
                bench.run(lasts);
                bench.machine.hang(&[]);
                bench.run(6000);
                for line in &EIGHT[..3] {
                    let lit = bench.machine.is_lit(line);
                    assert_eq!(lit, during == ON, "{driver:?} {before:?} {during:?} {lasts}: {line}");
                }
                assert_eq!(bench.lamps.missing(1), None);
                assert_eq!(bench.lamps.due(bench.machine.now()), None, "nothing is left to do");
            }
        }
    }
}

#[test]
fn three_lines_of_one_light_are_one_write_a_turn_and_have_their_colour_on_return() {
    for driver in DRIVERS {
        let mut bench = Bench::new(Machine::new(driver), &["far/0,far/1,far/2"]);
        bench.show(&[Look::new(Rgb::new(0, 255, 0), Rhythm::Steady)]);
        bench.run(1000);
        bench.machine.hang(&["far"]);
        bench.show(&[Look::new(Rgb::new(255, 0, 255), Rhythm::Steady)]);
        bench.run(17_000);
        bench.machine.hang(&[]);
        bench.run(6000);
        let lit = ["far/0", "far/1", "far/2"].map(|line| bench.machine.is_lit(line));
        assert_eq!(lit, [true, false, true], "{driver:?}");
    }
}

#[test]
fn a_chip_that_hangs_from_the_start_is_found_when_it_is_well() {
    for driver in DRIVERS {
        let machine = Machine::new(driver);
        machine.hang(&["far"]);
        let lines = [&EIGHT[..4], &["own/1"]].concat();
        let mut bench = Bench::new(machine, &lines);
        bench.turn();
        bench.show(&[ON; 5]);
        bench.run(2500);
        assert!(bench.machine.is_lit("own/1"), "it waits for a second, not for all of them");
        bench.run(37_500);
        assert!(bench.machine.held() <= 9, "{driver:?}: {}", bench.machine.held());
        bench.machine.hang(&[]);
        bench.run(6000);
        assert!(lines.iter().all(|line| bench.machine.is_lit(line)), "{driver:?}");
    }
}

#[test]
fn two_chips_that_hang_are_never_waited_for_in_one_turn() {
    let mut bench = Bench::new(Machine::new(Driver::Silent), &["far/0", "near/0", "far/1,near/1,own/1"]);
    bench.show(&[ON; 3]);
    bench.run(1000);
    bench.machine.hang(&["far", "near"]);
    bench.show(&[BLINK; 3]);
    bench.run(30_000);
    // The one with lines of both is a chip of its own.
    assert!(bench.machine.held() <= 3 * 7, "{}", bench.machine.held());
    bench.machine.hang(&["near"]);
    bench.show(&[ON; 3]);
    bench.run(6000);
    assert!(bench.machine.is_lit("far/0"));
    assert!(bench.lamps.missing(0).is_none() && bench.lamps.missing(1).is_some());
}

#[test]
fn a_chip_that_hung_and_is_gone_now_is_missing_like_any_other() {
    let mut bench = Bench::new(Machine::new(Driver::Honest), &["far/0", "far/1"]);
    bench.show(&[BLINK; 2]);
    bench.run(1000);
    bench.machine.hang(&["far"]);
    bench.run(3000);
    bench.machine.0.borrow_mut().gone = vec!["far".into()];
    bench.run(7000);
    for place in [0, 1] {
        let told = bench.lamps.missing(place).unwrap();
        assert!(told.contains("timed out") && !told.contains("1000 ms"), "{told}");
    }
    bench.machine.hang(&[]);
    bench.machine.0.borrow_mut().gone.clear();
    bench.show(&[ON; 2]);
    bench.run(30_000);
    assert!(bench.machine.is_lit("far/0") && bench.machine.is_lit("far/1"));
}

#[test]
fn what_hangs_at_the_end_is_said_and_the_rest_is_dark() {
    let mut bench = Bench::new(Machine::new(Driver::Silent), &["far/0", "far/1", "own/1"]);
    bench.show(&[ON; 3]);
    bench.run(1000);
    bench.machine.hang(&["far"]);
    let (machine, mut hal) = (bench.machine.clone(), bench.machine.clone());
    let before = machine.now();
    let lit = bench.lamps.put_out(&mut hal, machine.clock(), Duration::from_millis(250));
    assert_eq!(machine.now().since(before), Duration::from_secs(1));
    assert_eq!(lit.len(), 2, "{lit:?}");
    assert!(lit[0].starts_with("led \"l0\" on far/0: a write took 1000 ms"), "{lit:?}");
    assert!(!machine.is_lit("own/1"));
}

#[test]
fn a_chip_that_is_well_gets_a_write_a_change_and_no_turn_more() {
    let mut bench = Bench::new(Machine::new(Driver::Silent), &EIGHT);
    bench.turn();
    let first = bench.machine.0.borrow().transfers;
    bench.show(&[ON; 8]);
    for _ in 0..10 {
        bench.turn();
    }
    assert_eq!(bench.machine.0.borrow().transfers, first + 8);
    assert_eq!(bench.lamps.due(bench.machine.now()), None);
}

#[test]
fn a_write_that_was_refused_is_made_again_within_six_seconds_whatever_its_driver_believes() {
    for driver in DRIVERS {
        let mut bench = Bench::new(Machine::new(driver), &EIGHT[..2]);
        bench.show(&[ON; 2]);
        bench.run(1000);
        bench.machine.0.borrow_mut().gone = vec!["far".into()];
        bench.show(&[Look::OFF, ON]);
        bench.run(1000);
        {
            // It lost its power: what did not change is dark, too.
            let mut parts = bench.machine.0.borrow_mut();
            parts.gone.clear();
            parts.lines.values_mut().for_each(|line| line.1 = false);
        }
        bench.machine.0.borrow_mut().lines.get_mut("far/0").unwrap().1 = true;
        bench.run(6000);
        assert!(!bench.machine.is_lit("far/0") && bench.machine.is_lit("far/1"), "{driver:?}");
    }
}

#[test]
fn what_the_last_program_could_not_switch_off_is_dark_or_right_as_soon_as_the_next_one_has_it() {
    for driver in DRIVERS {
        let mut bench = Bench::new(Machine::new(driver), &["far/0", "far/1", "far/2,far/3,own/0"]);
        bench.show(&[ON; 3]);
        bench.run(1000);
        bench.machine.hang(&["far"]);
        bench.show(&[Look::OFF; 3]);
        bench.run(6000);
        assert!(["far/0", "far/1", "far/2"].iter().all(|line| bench.machine.is_lit(line)), "{driver:?}");
        bench.machine.hang(&[]);
        let mut next = Bench::new(bench.machine.clone(), &["far/0", "far/1", "far/2,far/3,own/0"]);
        next.turn();
        next.show(&[Look::OFF, ON, Look::OFF]);
        next.run(100);
        let lit = ["far/0", "far/1", "far/2", "own/0"].map(|line| next.machine.is_lit(line));
        assert_eq!(lit, [false, true, false, false], "{driver:?}");
    }
}

#[test]
fn at_the_end_what_is_missing_is_tried_once_more_and_what_hangs_holds_nobody_else() {
    let lines = ["far/0", "near/0", "far/1", "third/0", "own/1"];
    let mut bench = Bench::new(Machine::new(Driver::Honest), &lines);
    bench.show(&[ON; 5]);
    bench.run(1000);
    bench.machine.0.borrow_mut().gone = vec!["third".into()];
    bench.show(&[ON, ON, ON, BLINK, ON]);
    bench.run(600);
    bench.machine.0.borrow_mut().gone.clear();
    assert!(bench.lamps.missing(3).is_some());
    bench.machine.hang(&["far", "near"]);
    let (machine, mut hal) = (bench.machine.clone(), bench.machine.clone());
    let lit = bench.lamps.put_out(&mut hal, machine.clock(), Duration::from_millis(250));
    assert!(!machine.is_lit("third/0") && !machine.is_lit("own/1"), "{lit:?}");
    assert_eq!(lit.len(), 3, "{lit:?}");
}

#[test]
fn the_end_comes_within_three_seconds_however_many_chips_hang() {
    let lines = ["a/0,own/0,own/1", "b/0", "c/0", "d/0,own/2,own/3", "e/0", "own/4"];
    let mut bench = Bench::new(Machine::new(Driver::Honest), &lines);
    bench.show(&[ON; 6]);
    bench.run(1000);
    bench.machine.hang(&["a", "b", "c", "d", "e"]);
    let (machine, mut hal) = (bench.machine.clone(), bench.machine.clone());
    let before = machine.now();
    let lit = bench.lamps.put_out(&mut hal, machine.clock(), Duration::from_millis(250));
    assert_eq!(machine.now().since(before), Duration::from_secs(3));
    let untried = |place: usize| lit[place].contains("no time");
    assert_eq!((lit.len(), untried(2), untried(3), untried(5)), (6, false, true, true), "{lit:?}");
    // Of what was reached nothing is said but the truth.
    let mut bench = Bench::new(Machine::new(Driver::Honest), &["own/4", "a/0", "b/0", "c/0"]);
    bench.show(&[ON; 4]);
    bench.run(1000);
    bench.machine.hang(&["a", "b", "c"]);
    let (machine, mut hal) = (bench.machine.clone(), bench.machine.clone());
    let lit = bench.lamps.put_out(&mut hal, machine.clock(), Duration::from_millis(250));
    assert!(lit.len() == 3 && !lit.iter().any(|told| told.contains("own/4")), "{lit:?}");
}

#[test]
fn a_turn_ends_with_the_light_after_which_many_short_writes_are_a_long_one() {
    let lines = ["far/0,far/1,far/2", "far/3,far/4,far/5", "far/6"];
    let machine = Machine::new(Driver::Honest);
    machine.hang(&["far"]);
    machine.0.borrow_mut().holds = Duration::from_millis(40);
    let mut bench = Bench::new(machine, &lines);
    for _ in 0..3 {
        let before = bench.machine.now();
        let mut hal = bench.machine.clone();
        assert!(bench.lamps.turn(before, &mut hal, &bench.machine.clock()), "the others have the next turn");
        let most = Duration::from_millis(12 * 40);
        assert!(bench.machine.now().since(before) <= most, "three lines are taken and made sure of");
    }
    let (now, transfers) = (bench.machine.now(), bench.machine.0.borrow().transfers);
    bench.turn();
    assert_eq!((bench.machine.now(), bench.machine.0.borrow().transfers), (now, transfers), "it rests");
    assert!((0..3).all(|place| bench.lamps.missing(place).is_none()));
}

//! Every kind of display against its model: what people see in the end, whatever the bus does meanwhile.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::prelude::*;

use super::models::{I2cBus, Line, SpiBus, Wire};
use super::*;
use crate::board::files::{self, Controller};
use crate::board::pixels::Size;
use crate::board::pixels::tests::screen;
use crate::frame::Layout;
use crate::time::Duration;

type Tested = Display<I2cBus, SpiBus, Line>;

/// A display, its model, and the wires between.
struct Bench {
    name: String,
    display: Tested,
    wire: Rc<RefCell<Wire>>,
    spi: Option<SpiBus>,
}

impl Bench {
    fn oled(controller: Controller, size: Size, upside_down: bool) -> Self {
        let bus = I2cBus::glass(controller, size);
        let panel = files::Panel::Oled { controller, size, column_offset: size.column_offset(controller) };
        Self::over_i2c(panel, upside_down, bus)
    }

    fn letters(columns: u8, rows: u8) -> Self {
        Self::over_i2c(files::Panel::Characters { columns, rows }, false, I2cBus::letters(columns, rows))
    }

    fn over_i2c(panel: files::Panel, upside_down: bool, I2cBus(wire): I2cBus) -> Self {
        let wires = DisplayWires::I2c { bus: "/dev/i2c-1".into(), address: 0x3C };
        let name = format!("{panel:?}");
        let display = Display::new(&files::Display { panel, wires, upside_down, contrast: 0x8F });
        Self { name, display, wire, spi: None }
    }

    fn over_spi(controller: Controller, size: Size) -> Self {
        let spi = SpiBus::glass(controller, size);
        let panel = files::Panel::Oled { controller, size, column_offset: size.column_offset(controller) };
        let line = |name: &str| files::Line::Named(name.into());
        let wires = DisplayWires::Spi {
            bus: "/dev/spidev0.0".into(),
            data_command: line("GPIO25"),
            reset: Some(line("GPIO27")),
        };
        let display = Display::new(&files::Display { panel, wires, upside_down: false, contrast: 0x8F });
        Self { name: format!("{panel:?} over SPI"), display, wire: Rc::clone(&spi.wire), spi: Some(spi) }
    }

    /// One of each.
    fn all() -> Vec<Self> {
        let mut benches =
            vec![Self::letters(16, 2), Self::letters(20, 4), Self::letters(40, 2), Self::letters(16, 1)];
        for controller in [Controller::Ssd1306, Controller::Sh1106] {
            benches.push(Self::over_spi(controller, Size::W128H64));
            for size in Size::ALL {
                benches.push(Self::oled(controller, size, false));
                benches.push(Self::oled(controller, size, true));
            }
        }
        benches
    }

    fn show(&mut self, rows: &[&str], lit: bool) -> Screen {
        let screen = Screen { lit, ..screen(Layout::List, rows) };
        self.display.show(&screen);
        screen
    }

    fn now(&self) -> Instant {
        self.wire.borrow().clock.get()
    }

    fn sleep_until(&self, at: Instant) {
        let wire = self.wire.borrow();
        wire.clock.set(at.max(wire.clock.get()));
    }

    /// One turn: at most one transfer of at most 32 octets.
    fn turn(&mut self) -> Turn {
        let (clock, before) = (Rc::clone(&self.wire.borrow().clock), self.wire.borrow().log.len());
        let (wire, spi) = (&self.wire, &self.spi);
        let turn = self.display.turn(
            || clock.get(),
            |_| {
                Ok(match spi {
                    None => Port::I2c { bus: I2cBus(Rc::clone(wire)), address: 0x3C },
                    Some(spi) => Port::Spi {
                        device: spi.clone(),
                        data_command: spi.data.clone(),
                        reset: Some(spi.reset.clone()),
                    },
                })
            },
        );
        let sent = &self.wire.borrow().log[before..];
        assert!(sent.len() <= 1 && sent.iter().all(|(_, octets)| *octets <= 32), "{}: {sent:?}", self.name);
        turn
    }

    /// Turns, each at its time, until nothing is left to do; what was more than work comes back.
    fn settle(&mut self) -> Vec<Turn> {
        let mut seen = Vec::new();
        for _ in 0..2000 {
            let turn = self.turn();
            match turn {
                Turn::Done => return seen,
                Turn::More => {}
                Turn::Wait(at) => self.sleep_until(at),
                Turn::Lost(_, at) => {
                    seen.push(turn);
                    self.sleep_until(at);
                }
                Turn::Back => seen.push(turn),
            }
        }
        panic!("{} never settles", self.name);
    }

    fn assert_shows(&self, screen: &Screen) {
        assert!(self.wire.borrow().shows(screen), "{} shows something else", self.name);
    }

    fn octets_since(&self, transfer: usize) -> usize {
        self.wire.borrow().log[transfer..].iter().map(|(_, octets)| octets).sum()
    }

    fn transfers(&self) -> usize {
        self.wire.borrow().log.len()
    }
}

#[test]
fn the_first_picture_is_complete_before_the_light_comes_on() {
    for mut bench in Bench::all() {
        let wanted = bench.show(&["Online", "Bob"], true);
        loop {
            let dark = bench.wire.borrow().is_dark();
            assert!(dark || bench.wire.borrow().shows(&wanted), "{} is lit too early", bench.name);
            match bench.turn() {
                Turn::Done => break,
                Turn::Wait(at) => bench.sleep_until(at),
                turn => assert_eq!(turn, Turn::More),
            }
        }
        bench.assert_shows(&wanted);
        assert!(bench.transfers() < 60, "{}: {} transfers", bench.name, bench.transfers());
    }
}

#[test]
fn only_what_changed_is_sent() {
    for mut bench in Bench::all() {
        bench.show(&["Online", "Bob"], true);
        bench.settle();
        let before = bench.transfers();
        bench.show(&["Online", "Bob"], true);
        bench.settle();
        assert_eq!(bench.transfers(), before, "{}", bench.name);
        let other = bench.show(&["Onlime", "Bob"], true);
        bench.settle();
        bench.assert_shows(&other);
        let sent = bench.octets_since(before);
        assert!(sent > 0 && sent < 40, "{}: {sent} octets for one letter", bench.name);
    }
}

#[test]
fn a_display_that_is_to_be_dark_loses_its_light_first_and_is_cleared_behind_the_curtain() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        let dark = bench.show(&[], false);
        assert_eq!(bench.turn(), Turn::More);
        assert!(bench.wire.borrow().is_dark(), "{}", bench.name);
        bench.settle();
        bench.assert_shows(&dark);
    }
}

#[test]
fn a_failure_now_and_then_is_nothing_to_speak_of() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.wire.borrow_mut().naks = 2;
        let wanted = bench.show(&["Bob"], true);
        let started = bench.now();
        assert_eq!(bench.settle(), [], "{}", bench.name);
        assert!(bench.now() >= started + Duration::from_millis(200), "{} waits between tries", bench.name);
        bench.assert_shows(&wanted);
    }
}

#[test]
fn a_picture_that_is_taken_back_while_its_transfer_fails_leaves_nothing_behind() {
    for mut bench in Bench::all() {
        let wanted = bench.show(&["Online"], true);
        bench.settle();
        bench.show(&["Message"], true);
        while bench.wire.borrow().shows(&wanted) {
            let mut wire = bench.wire.borrow_mut();
            (wire.naks, wire.naks_after) = (1, 20);
            drop(wire);
            if let Turn::Wait(at) = bench.turn() {
                bench.sleep_until(at);
            }
            bench.wire.borrow_mut().naks = 0;
            if bench.wire.borrow().shows(&wanted) {
                bench.turn();
            }
        }
        bench.show(&["Online"], true);
        let soon = bench.now() + Duration::from_secs(1);
        while bench.now() < soon {
            if let Turn::Wait(at) = bench.turn() {
                bench.sleep_until(at);
            }
            bench.sleep_until(bench.now() + Duration::from_millis(1));
        }
        bench.assert_shows(&wanted);
    }
}

#[test]
fn a_display_that_lost_its_power_for_one_transfer_is_right_within_six_seconds() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        let wanted = bench.show(&["Bob"], true);
        bench.wire.borrow_mut().naks = 1;
        assert!(matches!(bench.turn(), Turn::Wait(_)), "{}", bench.name);
        bench.wire.borrow_mut().power_cycle();
        bench.sleep_until(bench.now() + Duration::from_millis(100));
        let returned = bench.now();
        bench.settle();
        bench.assert_shows(&wanted);
        assert!(bench.now().since(returned) <= Duration::from_secs(6), "{}", bench.name);
    }
}

#[test]
fn a_display_that_comes_back_on_a_bus_that_fails_now_and_then_is_said_to_be_back() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.wire.borrow_mut().powered = false;
        bench.show(&["Bob"], true);
        while !matches!(bench.turn(), Turn::Lost(..)) {
            bench.sleep_until(bench.now() + Duration::from_millis(100));
        }
        bench.wire.borrow_mut().powered = true;
        let by = bench.now() + Duration::from_secs(60);
        for turn in 1.. {
            bench.wire.borrow_mut().naks = usize::from(turn % 12 == 0);
            match bench.turn() {
                Turn::Back => break,
                Turn::Wait(at) => bench.sleep_until(at),
                _ => {}
            }
            assert!(bench.now() < by, "{}", bench.name);
        }
    }
}

#[test]
fn a_display_that_comes_back_is_told_everything_again() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.wire.borrow_mut().powered = false;
        let wanted = bench.show(&["Bob"], true);
        let mut lost = Vec::new();
        while bench.now() < Instant::from_millis(60_000) {
            match bench.turn() {
                Turn::Wait(at) => bench.sleep_until(at),
                Turn::Lost(why, at) => {
                    lost.push(why);
                    bench.sleep_until(at);
                }
                turn => assert_eq!(turn, Turn::More, "a reset line needs no answer"),
            }
        }
        assert_eq!(lost.len(), 1, "{}: said once", bench.name);
        let expected = if bench.spi.is_some() {
            "/dev/spidev0.0 can't be written to"
        } else {
            "0x3c on /dev/i2c-1 does not answer"
        };
        assert!(lost[0].starts_with(expected), "{}", lost[0]);
        bench.wire.borrow_mut().power_cycle();
        let returned = bench.now();
        assert_eq!(bench.settle(), [Turn::Back], "{}", bench.name);
        bench.assert_shows(&wanted);
        assert!(bench.now().since(returned) <= Duration::from_secs(6), "{}", bench.name);
    }
}

#[test]
fn a_display_that_lost_its_power_in_the_dark_is_right_when_it_is_lit_again() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.show(&["Online"], false);
        bench.settle();
        bench.wire.borrow_mut().power_cycle();
        let wanted = bench.show(&["Online"], true);
        bench.settle();
        bench.assert_shows(&wanted);
    }
}

#[test]
fn a_display_that_lost_its_power_unnoticed_is_right_after_the_first_change_a_minute_later() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.sleep_until(bench.now() + Duration::from_secs(60));
        bench.wire.borrow_mut().power_cycle();
        let before = bench.transfers();
        bench.settle();
        assert_eq!(bench.transfers(), before, "{}: nothing wakes up for it", bench.name);
        // It may be still starting when we are not.
        bench.sleep_until(bench.now() + Duration::from_millis(50));
        let wanted = bench.show(&["Onlime"], true);
        assert_eq!(bench.settle(), [], "{}", bench.name);
        bench.assert_shows(&wanted);
    }
}

#[test]
fn one_that_did_not_is_sent_everything_once_and_nobody_sees_it() {
    for mut bench in Bench::all() {
        bench.show(&["Online"], true);
        bench.settle();
        bench.sleep_until(bench.now() + Duration::from_secs(60));
        let before = bench.transfers();
        let wanted = bench.show(&["Onlime"], true);
        bench.wire.borrow_mut().flickered();
        bench.settle();
        bench.assert_shows(&wanted);
        assert!(bench.transfers() > before + 2, "{}", bench.name);
        assert!(!bench.wire.borrow_mut().flickered(), "{}", bench.name);
        let before = bench.transfers();
        bench.show(&["Online"], true);
        bench.settle();
        assert!(bench.octets_since(before) < 40, "{}: and then only what changes", bench.name);
        // What is to be dark waits for none of that.
        bench.sleep_until(bench.now() + Duration::from_secs(60));
        bench.show(&[], false);
        assert_eq!(bench.turn(), Turn::More);
        assert!(bench.wire.borrow().is_dark(), "{}", bench.name);
    }
}

#[test]
fn a_bus_that_holds_every_call_gets_one_in_five_seconds_and_is_spoken_of_once() {
    for naks in [0, usize::MAX] {
        for mut bench in Bench::all() {
            bench.show(&["Online"], true);
            bench.settle();
            let before = bench.transfers();
            {
                let mut wire = bench.wire.borrow_mut();
                (wire.takes, wire.naks) = (Duration::from_secs(1), naks);
            }
            let wanted = bench.show(&["Bob"], true);
            let (started, mut lost) = (bench.now(), Vec::new());
            while bench.now().since(started) < Duration::from_secs(61) {
                // Now and then there is something else to show; that hurries nothing.
                bench.display.show(&wanted);
                match bench.turn() {
                    Turn::Lost(why, _) => lost.push(why),
                    Turn::Wait(_) | Turn::More => {}
                    turn => panic!("{turn:?}"),
                }
                bench.sleep_until(bench.now() + Duration::from_millis(7));
            }
            let log: Vec<Instant> = bench.wire.borrow().log[before..].iter().map(|(at, _)| *at).collect();
            let apart = |pair: &[Instant]| pair[1].since(pair[0]) >= Duration::from_secs(5);
            assert!(log.windows(2).all(apart), "{}: {log:?}", bench.name);
            assert!((12..=13).contains(&log.len()), "{}: {log:?}", bench.name);
            assert_eq!(lost.len(), 1, "{}", bench.name);
            let why =
                if naks == 0 { "held its bus for 1000 ms, expected at most 50" } else { "check its wires" };
            assert!(lost[0].contains(why) || bench.spi.is_some(), "{}", lost[0]);
            {
                let mut wire = bench.wire.borrow_mut();
                (wire.takes, wire.naks) = (Duration::from_millis(3), 0);
            }
            let returned = bench.now();
            assert_eq!(bench.settle(), [Turn::Back], "{}", bench.name);
            assert!(bench.now().since(returned) <= Duration::from_secs(6), "{}", bench.name);
            bench.assert_shows(&wanted);
        }
    }
}

#[test]
fn a_bus_that_is_missing_is_looked_for_again() {
    let mut bench = Bench::oled(Controller::Ssd1306, Size::W128H64, false);
    let at = Instant::from_millis;
    let missing = |bench: &mut Bench, now| bench.display.turn(|| at(now), |_| Err("no such file".into()));
    assert_eq!(missing(&mut bench, 0), Turn::Wait(at(100)));
    assert_eq!(missing(&mut bench, 100), Turn::Wait(at(200)));
    assert_eq!(missing(&mut bench, 200), Turn::Lost("no such file".into(), at(5200)));
    assert_eq!(missing(&mut bench, 5200), Turn::Wait(at(10_200)));
    bench.sleep_until(at(10_200));
    assert_eq!(bench.settle(), [Turn::Back]);
}

#[test]
fn a_bus_that_is_long_to_open_counts_as_one_that_holds_a_transfer() {
    for bench in &mut Bench::all() {
        let (clock, wire) = (Rc::clone(&bench.wire.borrow().clock), Rc::clone(&bench.wire));
        let open = |_: &DisplayWires| {
            clock.set(clock.get() + Duration::from_millis(51));
            Ok(Port::I2c { bus: I2cBus(wire), address: 0x3C })
        };
        let Turn::Lost(why, at) = bench.display.turn(|| clock.get(), open) else { panic!("{}", bench.name) };
        assert!(why.contains("for 51 ms, expected at most 50"), "{why}");
        assert_eq!(at, Instant::from_millis(5000), "{}", bench.name);
    }
}

#[test]
fn a_bus_that_answers_short_questions_only_is_spoken_of_once() {
    let mut bench = Bench::oled(Controller::Ssd1306, Size::W128H64, false);
    let wanted = bench.show(&["Online"], true);
    let mut lost = 0;
    while bench.now() < Instant::from_millis(30_000) {
        let probing = bench.display.breaker.is_open();
        bench.wire.borrow_mut().naks = usize::from(!probing);
        match bench.turn() {
            Turn::Wait(at) => bench.sleep_until(at),
            Turn::Lost(_, at) => (lost, ()) = (lost + 1, bench.sleep_until(at)),
            turn => assert_eq!(turn, Turn::More, "not back before everything is shown"),
        }
    }
    assert_eq!(lost, 1);
    bench.wire.borrow_mut().naks = 0;
    assert_eq!(bench.settle(), [Turn::Back]);
    bench.assert_shows(&wanted);
}

#[test]
fn a_display_tells_how_much_text_it_has_room_for() {
    let room = |bench: Bench| bench.display.room();
    assert_eq!(room(Bench::oled(Controller::Ssd1306, Size::W128H64, false)), (21, 6));
    assert_eq!(room(Bench::oled(Controller::Ssd1306, Size::W64H32, false)), (10, 3));
    assert_eq!(room(Bench::letters(20, 4)), (20, 4));
}

#[test]
fn a_reset_line_is_pulled_once_before_anything_is_said() {
    let mut bench = Bench::over_spi(Controller::Sh1106, Size::W128H64);
    bench.show(&["Online"], true);
    let spi = bench.spi.clone().unwrap();
    assert_eq!((bench.turn(), spi.reset.0.get()), (Turn::More, true));
    assert_eq!(bench.turn(), Turn::Wait(Instant::from_millis(10)));
    bench.sleep_until(Instant::from_millis(10));
    assert_eq!((bench.turn(), spi.reset.0.get()), (Turn::More, false));
    assert_eq!(bench.turn(), Turn::Wait(Instant::from_millis(110)));
    assert_eq!(bench.transfers(), 0);
    bench.settle();
    assert_eq!(spi.reset.1.get(), 1);
}

#[test]
fn what_a_port_puts_around_octets() {
    let recorded = Rc::new(RefCell::new(Vec::new()));
    let wires = |spi| -> Port<Recorder, Recorder, Recorder> {
        let recorder = Recorder(Rc::clone(&recorded), "");
        match spi {
            false => Port::I2c { bus: recorder, address: 0x3D },
            true => Port::Spi {
                device: recorder,
                data_command: Recorder(Rc::clone(&recorded), "dc"),
                reset: Some(Recorder(Rc::clone(&recorded), "reset")),
            },
        }
    };
    let transfers = [
        Transfer::Reset(true),
        Transfer::Reset(false),
        Transfer::Commands(vec![0xB3, 0x02]),
        Transfer::Pixels(vec![0xFF, 0x81]),
        Transfer::Levels(vec![0x0C, 0x08]),
    ];
    let mut i2c = wires(false);
    transfers.iter().for_each(|transfer| i2c.carry(transfer).unwrap());
    assert_eq!(recorded.take(), ["3d: 00 b3 02", "3d: 40 ff 81", "3d: 0c 08"]);
    let mut spi = wires(true);
    let failed: Vec<bool> = transfers.iter().map(|transfer| spi.carry(transfer).is_err()).collect();
    assert_eq!(failed, [false, false, false, false, true]);
    assert_eq!(recorded.take(), ["reset high", "reset low", "dc low", "b3 02", "dc high", "ff 81"]);
}

/// A bus and a line that write down what happens to them.
struct Recorder(Rc<RefCell<Vec<String>>>, &'static str);

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ")
}

#[derive(Debug)]
struct Never;

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("never")
    }
}

impl embedded_hal::i2c::Error for Never {
    fn kind(&self) -> embedded_hal::i2c::ErrorKind {
        embedded_hal::i2c::ErrorKind::Other
    }
}

impl embedded_hal::spi::Error for Never {
    fn kind(&self) -> embedded_hal::spi::ErrorKind {
        embedded_hal::spi::ErrorKind::Other
    }
}

impl embedded_hal::digital::Error for Never {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl embedded_hal::i2c::ErrorType for Recorder {
    type Error = Never;
}

impl embedded_hal::spi::ErrorType for Recorder {
    type Error = Never;
}

impl embedded_hal::digital::ErrorType for Recorder {
    type Error = Never;
}

impl OutputPin for Recorder {
    fn set_low(&mut self) -> Result<(), Never> {
        self.0.borrow_mut().push(format!("{} low", self.1));
        Ok(())
    }

    fn set_high(&mut self) -> Result<(), Never> {
        self.0.borrow_mut().push(format!("{} high", self.1));
        Ok(())
    }
}

impl SpiDevice for Recorder {
    fn transaction(&mut self, operations: &mut [embedded_hal::spi::Operation<'_, u8>]) -> Result<(), Never> {
        let [embedded_hal::spi::Operation::Write(octets)] = operations else { panic!("one write") };
        self.0.borrow_mut().push(hex(octets));
        Ok(())
    }
}

impl embedded_hal::i2c::I2c for Recorder {
    fn transaction(
        &mut self,
        address: u8,
        operations: &mut [embedded_hal::i2c::Operation<'_>],
    ) -> Result<(), Never> {
        let [embedded_hal::i2c::Operation::Write(octets)] = operations else { panic!("one write") };
        self.0.borrow_mut().push(format!("{address:02x}: {}", hex(octets)));
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn whatever_fails_in_between_the_last_picture_is_shown_in_the_end(
        script in proptest::collection::vec(
            (0..4_usize, 0..6_usize, 0..33_usize, 0..80_usize, any::<bool>(), 1..4_u64), 1..10,
        ),
    ) {
        for mut bench in [
            Bench::oled(Controller::Ssd1306, Size::W128H64, false),
            Bench::oled(Controller::Sh1106, Size::W72H40, true),
            Bench::over_spi(Controller::Sh1106, Size::W128H32),
            Bench::letters(16, 2),
            Bench::letters(20, 4),
        ] {
            let pictures = [&["Online"][..], &["Bob", "hi"], &["Ωμέγα"], &[]];
            let mut last = Screen::default();
            for &(choice, naks, naks_after, turns, cycles, ms) in &script {
                last = bench.show(pictures[choice], choice < 3);
                {
                    let mut wire = bench.wire.borrow_mut();
                    (wire.naks, wire.naks_after) = (naks, naks_after);
                    wire.takes = Duration::from_millis(ms);
                }
                for _ in 0..turns {
                    if let Turn::Wait(at) | Turn::Lost(_, at) = bench.turn() { bench.sleep_until(at) }
                }
                // Power fails only where it can be noticed: while nobody answers, or in the dark.
                if cycles && bench.display.breaker.is_open() {
                    bench.wire.borrow_mut().power_cycle();
                }
            }
            bench.wire.borrow_mut().naks = 0;
            bench.settle();
            prop_assert!(bench.wire.borrow().shows(&last), "{}", bench.name);
        }
    }
}

//! The SSD1306 on an I2C bus, a little at a time: one transfer of at most 32 octets a turn, only what changed, and a
//! display that is not there, or comes back, is nothing to stop for.
//! It does not know Linux: the bus is any `embedded_hal` I2C.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;

use embedded_hal::i2c::{ErrorType, I2c, Operation, SevenBitAddress};
use ssd1306::I2CDisplayInterface;
use ssd1306::command::{AddrMode, Command, VcomhLevel};

use crate::board::files::{Display, DisplayWires, Panel};
use crate::board::pixels::{Picture, Size};
use crate::time::{Duration, Instant};

/// What is wired where.
#[derive(Clone, Debug)]
pub(super) struct Wiring {
    bus: PathBuf,
    address: u8,
    size: Size,
    column_offset: u8,
    upside_down: bool,
}

impl Wiring {
    /// The display, if it is one of these.
    pub(super) fn of(display: &Display) -> Option<Self> {
        let Panel::Oled { size, column_offset, .. } = display.panel else { return None };
        let DisplayWires::I2c { bus, address } = display.wires.clone() else { return None };
        Some(Self { bus, address, size, column_offset, upside_down: display.upside_down })
    }
}

/// A display and what we know of it.
#[derive(Debug)]
pub(super) struct Oled<B> {
    wiring: Wiring,
    bus: Option<B>,
    /// Whether the controller has been told all it must know after power came.
    ready: bool,
    /// Transfers in a row that went wrong.
    failures: u8,
    /// Whether it stopped answering.
    absent: bool,
    wanted: Picture,
    /// Octets the display's memory holds, by page; `None` is unknown.
    holds: Vec<Option<u8>>,
    /// Where the next octet written would land.
    cursor: Option<(usize, usize)>,
    lit: bool,
    on: Option<bool>,
}

/// What a turn came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is more to send.
    More,
    /// Everything is shown.
    Done,
    /// Nothing can be done before then.
    Wait(Instant),
    /// It stopped answering just now: say so once, go on at that time.
    Lost(String, Instant),
    /// It answers again.
    Back,
}

impl<B: I2c<Error: fmt::Display>> Oled<B> {
    pub(super) fn new(wiring: Wiring) -> Self {
        let size = wiring.size;
        Self {
            wiring,
            bus: None,
            ready: false,
            failures: 0,
            absent: false,
            wanted: Picture::dark(size),
            holds: vec![None; size.width() * size.height() / 8],
            cursor: None,
            lit: false,
            on: None,
        }
    }

    /// The size of its pictures.
    pub(super) const fn size(&self) -> Size {
        self.wiring.size
    }

    /// The device file of its bus.
    pub(super) fn bus_path(&self) -> PathBuf {
        self.wiring.bus.clone()
    }

    /// From now on the display shows this; it is off unless `lit`. When it is lit it is told everything afresh: a
    /// display that lost its power meanwhile comes to its senses.
    pub(super) fn show(&mut self, picture: Picture, lit: bool) {
        self.ready &= self.lit || !lit;
        (self.wanted, self.lit) = (picture, lit);
    }

    /// One step: at most one transfer. `open` opens the bus when it is not.
    pub(super) fn turn(&mut self, now: Instant, open: impl FnOnce() -> Result<B, String>) -> Turn {
        let Some(step) = self.next_step() else { return Turn::Done };
        let bus = match self.bus.take() {
            Some(bus) => Ok(bus),
            None => open(),
        };
        let mut bus = match bus {
            Ok(bus) => bus,
            Err(why) => return self.failed(now, why),
        };
        match bus.write(self.wiring.address, &step.octets()) {
            Ok(()) => {
                self.bus = Some(bus);
                self.done(&step)
            }
            Err(error) => {
                // While nothing answers the bus is opened afresh each time: its driver may have gone with it.
                self.bus = (!self.absent).then_some(bus);
                let Wiring { address, bus, .. } = &self.wiring;
                let at = format!("{address:#04x} on {}", bus.display());
                self.failed(now, format!("{at} does not answer ({error}); check its wires and address"))
            }
        }
    }

    fn next_step(&self) -> Option<Step> {
        if !self.ready {
            return Some(Step::Init(commands(&initialisation(&self.wiring))));
        }
        if !self.lit && self.on != Some(false) {
            return Some(Step::Switch(false));
        }
        if let Some((page, column)) = self.first_difference() {
            if self.cursor != Some((page, column)) {
                return Some(Step::Seek { page, column, offset: self.wiring.column_offset });
            }
            return Some(Step::Draw { page, column, octets: self.run(page, column) });
        }
        (self.lit && self.on != Some(true)).then_some(Step::Switch(true))
    }

    /// The first octet the display does not hold yet.
    fn first_difference(&self) -> Option<(usize, usize)> {
        let width = self.size().width();
        (0..self.size().height() / 8).find_map(|page| {
            let wanted = self.wanted.page(page).iter();
            let holds = self.holds.iter().skip(page * width);
            let column = wanted.zip(holds).position(|(wanted, holds)| Some(*wanted) != *holds)?;
            Some((page, column))
        })
    }

    /// The octets from there to the last one of the page that differs, as many as go into a transfer.
    fn run(&self, page: usize, column: usize) -> Vec<u8> {
        let start = page * self.size().width() + column;
        let wanted: Vec<u8> = self.wanted.page(page).iter().skip(column).take(DATA_MAX).copied().collect();
        let holds = self.holds.iter().skip(start);
        let differs = |(index, (wanted, holds)): (usize, (&u8, &Option<u8>))| {
            (Some(*wanted) != *holds).then_some(index + 1)
        };
        let length = wanted.iter().zip(holds).enumerate().filter_map(differs).max().unwrap_or(0);
        wanted.into_iter().take(length).collect()
    }

    fn done(&mut self, step: &Step) -> Turn {
        self.failures = 0;
        match step {
            Step::Init(_) => {
                self.holds.fill(None);
                (self.ready, self.cursor, self.on) = (true, None, None);
            }
            Step::Switch(on) => self.on = Some(*on),
            Step::Seek { page, column, .. } => self.cursor = Some((*page, *column)),
            Step::Draw { page, column, octets } => {
                let width = self.size().width();
                for (held, octet) in self.holds.iter_mut().skip(page * width + column).zip(octets) {
                    *held = Some(*octet);
                }
                let next = column + octets.len();
                // At the end of a page the controller starts over in the same page.
                self.cursor = (next < width).then_some((*page, next));
            }
        }
        if std::mem::take(&mut self.absent) { Turn::Back } else { Turn::More }
    }

    fn failed(&mut self, now: Instant, why: String) -> Turn {
        // Whether the octets arrived is anybody's guess.
        self.cursor = None;
        self.failures = self.failures.saturating_add(1);
        if self.absent {
            return Turn::Wait(now + PROBE_AFTER);
        }
        if self.failures >= FAILURES_MAX {
            (self.absent, self.ready) = (true, false);
            return Turn::Lost(why, now + PROBE_AFTER);
        }
        Turn::Wait(now + RETRY_AFTER)
    }
}

/// One transfer.
#[derive(Debug)]
enum Step {
    /// Everything a controller must be told after power came.
    Init(Vec<u8>),
    /// Light or no light; the memory is kept.
    Switch(bool),
    /// Where the next octets go.
    Seek { page: usize, column: usize, offset: u8 },
    /// Octets from there on.
    Draw { page: usize, column: usize, octets: Vec<u8> },
}

impl Step {
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Init(octets) => octets.clone(),
            Self::Switch(on) => commands(&[Command::DisplayOn(*on)]),
            Self::Seek { page, column, offset } => {
                let row = u8::try_from(page * 8).unwrap_or(0);
                let column = u8::try_from(*column).unwrap_or(0) + offset;
                commands(&[Command::PageStart(row.into()), Command::ColStart(column)])
            }
            Self::Draw { octets, .. } => std::iter::once(DATA).chain(octets.iter().copied()).collect(),
        }
    }
}

/// The controller off, with its charge pump running, in page mode, the right way up.
fn initialisation(wiring: &Wiring) -> [Command; 16] {
    let tall = wiring.size.height() == 64;
    let upright = !wiring.upside_down;
    [
        Command::DisplayOn(false),
        Command::DisplayClockDiv(0x8, 0x0),
        Command::Multiplex(if tall { 63 } else { 31 }),
        Command::DisplayOffset(0),
        Command::StartLine(0),
        Command::ChargePump(true),
        Command::AddressMode(AddrMode::Page),
        Command::ComPinConfig(tall, false),
        Command::SegmentRemap(upright),
        Command::ReverseComDir(upright),
        Command::PreChargePeriod(0x1, 0xF),
        Command::Contrast(0x8F),
        Command::VcomhDeselect(VcomhLevel::V077),
        Command::AllOn(false),
        Command::Invert(false),
        Command::EnableScroll(false),
    ]
}

/// Commands as the octets of one transfer.
fn commands(list: &[Command]) -> Vec<u8> {
    let mut interface = I2CDisplayInterface::new(Recorder(vec![COMMANDS]));
    for command in list {
        // A recorder takes everything.
        let _ = command.send(&mut interface);
    }
    interface.release().0
}

/// A bus that writes down what it is told to send, so that many small transfers become one.
#[derive(Debug)]
struct Recorder(Vec<u8>);

impl ErrorType for Recorder {
    type Error = Infallible;
}

impl I2c<SevenBitAddress> for Recorder {
    fn transaction(&mut self, _address: u8, operations: &mut [Operation<'_>]) -> Result<(), Infallible> {
        for operation in operations {
            if let Operation::Write(octets) = operation {
                // Every transfer begins with an octet that says "commands follow".
                self.0.extend(octets.iter().skip(1));
            }
        }
        Ok(())
    }
}

/// First octet of a transfer of commands.
const COMMANDS: u8 = 0x00;
/// First octet of a transfer of pixels.
const DATA: u8 = 0x40;
/// Pixel octets of a transfer; with the first octet that is 32, three milliseconds at 100 kHz.
const DATA_MAX: usize = 31;
/// A NAK now and then is normal; so many in a row are not.
const FAILURES_MAX: u8 = 3;
/// Between a transfer that failed and the next try.
const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Between tries to find a display that does not answer.
const PROBE_AFTER: Duration = Duration::from_secs(5);

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use embedded_hal::i2c::{ErrorKind, NoAcknowledgeSource};
    use proptest::prelude::*;

    use super::*;
    use crate::board::pixels::tests::screen;
    use crate::frame::Layout;

    /// A panel as its datasheet describes it, as far as we use it.
    #[derive(Debug)]
    pub(in crate::board::linux) struct Panel {
        memory: [u8; 1024],
        page: usize,
        column: usize,
        pub(in crate::board::linux) on: bool,
        pub(in crate::board::linux) powered: bool,
        initialised: bool,
        pub(in crate::board::linux) transfers: Vec<usize>,
        /// Transfers to refuse, counted down.
        naks: usize,
    }

    #[derive(Clone, Debug)]
    pub(in crate::board::linux) struct Bus(pub(in crate::board::linux) Rc<RefCell<Panel>>);

    impl Default for Bus {
        fn default() -> Self {
            Self(Rc::new(RefCell::new(Panel {
                memory: [0xA5; 1024],
                page: 0,
                column: 0,
                on: false,
                powered: true,
                initialised: false,
                transfers: Vec::new(),
                naks: 0,
            })))
        }
    }

    impl Bus {
        fn power_cycle(&self) {
            let mut panel = self.0.borrow_mut();
            panel.memory.fill(0x5A);
            (panel.on, panel.initialised, panel.powered) = (false, false, true);
        }

        pub(in crate::board::linux) fn shows(&self, picture: &Picture) -> bool {
            let panel = self.0.borrow();
            panel.on && (0..8).all(|page| panel.memory[page * 128..][..128] == *picture.page(page))
        }
    }

    impl ErrorType for Bus {
        type Error = ErrorKind;
    }

    impl I2c for Bus {
        fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), ErrorKind> {
            assert_eq!((address, operations.len()), (0x3C, 1));
            let Operation::Write(octets) = &operations[0] else { panic!("nothing is read") };
            let mut panel = self.0.borrow_mut();
            panel.transfers.push(octets.len());
            if !panel.powered || panel.naks > 0 {
                panel.naks = panel.naks.saturating_sub(1);
                return Err(ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address));
            }
            match octets.split_first() {
                Some((&DATA, pixels)) => pixels.iter().for_each(|&octet| panel.pixel(octet)),
                Some((&COMMANDS, commands)) => panel.commands(commands),
                _ => panic!("no control octet"),
            }
            Ok(())
        }
    }

    impl Panel {
        fn pixel(&mut self, octet: u8) {
            self.memory[self.page * 128 + self.column] = octet;
            self.column = (self.column + 1) % 128;
        }

        fn commands(&mut self, mut octets: &[u8]) {
            while let Some((&command, rest)) = octets.split_first() {
                let arguments = usize::from(matches!(command, 0x20 | 0x81 | 0x8D | 0xA8 | 0xD3..=0xDB));
                match command {
                    0x00..=0x0F => self.column = self.column & 0xF0 | usize::from(command),
                    0x10..=0x1F => self.column = self.column & 0x0F | usize::from(command & 0x0F) << 4,
                    0xB0..=0xB7 => self.page = usize::from(command & 7),
                    0xAE | 0xAF => self.on = command == 0xAF && self.initialised,
                    0x8D => self.initialised = rest[0] == 0x14,
                    0x20 => assert_eq!(rest[0], 2, "page mode"),
                    _ => {}
                }
                octets = &rest[arguments..];
            }
        }
    }

    pub(in crate::board::linux) fn wiring() -> Wiring {
        Wiring {
            bus: PathBuf::from("/dev/i2c-1"),
            address: 0x3C,
            size: Size::W128H64,
            column_offset: 0,
            upside_down: false,
        }
    }

    fn picture(rows: &[&str]) -> Picture {
        Picture::of(&screen(Layout::List, rows), Size::W128H64)
    }

    /// Turns until nothing is left to do; each makes at most one transfer of at most 32 octets.
    fn settle(oled: &mut Oled<Bus>, bus: &Bus, mut now: Instant) -> Vec<Turn> {
        let mut seen = Vec::new();
        loop {
            let before = bus.0.borrow().transfers.len();
            let turn = oled.turn(now, || Ok(bus.clone()));
            let transfers = bus.0.borrow().transfers[before..].to_vec();
            assert!(transfers.len() <= 1 && transfers.iter().all(|&octets| octets <= 32), "{transfers:?}");
            match turn {
                Turn::Done => return seen,
                Turn::More => continue,
                Turn::Wait(at) | Turn::Lost(_, at) => now = at,
                Turn::Back => {}
            }
            seen.push(turn);
            assert!(seen.len() < 100, "never settles");
        }
    }

    #[test]
    fn the_first_picture_is_complete_before_the_light_comes_on() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        let wanted = picture(&["Online", "Bob"]);
        oled.show(wanted.clone(), true);
        loop {
            match oled.turn(Instant::START, || Ok(bus.clone())) {
                Turn::Done => break,
                turn => assert_eq!(turn, Turn::More),
            }
            assert!(!bus.0.borrow().on || bus.shows(&wanted), "lit too early");
        }
        assert!(bus.shows(&wanted));
        let transfers = bus.0.borrow().transfers.len();
        assert!(transfers < 60, "{transfers} transfers");
    }

    #[test]
    fn only_what_changed_is_sent() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        oled.show(picture(&["Online", "Bob"]), true);
        settle(&mut oled, &bus, Instant::START);
        bus.0.borrow_mut().transfers.clear();
        oled.show(picture(&["Online", "Bob"]), true);
        settle(&mut oled, &bus, Instant::START);
        assert!(bus.0.borrow().transfers.is_empty());
        oled.show(picture(&["Online", "Bod"]), true);
        settle(&mut oled, &bus, Instant::START);
        let sent: usize = bus.0.borrow().transfers.iter().sum();
        assert!(sent < 40, "{sent} octets for one letter");
    }

    #[test]
    fn a_dark_display_is_switched_off_first_and_cleared_behind_the_curtain() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        oled.show(picture(&["Online"]), true);
        settle(&mut oled, &bus, Instant::START);
        oled.show(Picture::dark(Size::W128H64), false);
        assert_eq!(oled.turn(Instant::START, || unreachable!()), Turn::More);
        assert!(!bus.0.borrow().on);
        settle(&mut oled, &bus, Instant::START);
        assert_eq!(bus.0.borrow().memory, [0; 1024]);
    }

    #[test]
    fn a_nak_now_and_then_is_nothing_to_speak_of() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        oled.show(picture(&["Online"]), true);
        settle(&mut oled, &bus, Instant::START);
        bus.0.borrow_mut().naks = 2;
        oled.show(picture(&["Bob"]), true);
        let seen = settle(&mut oled, &bus, Instant::START);
        assert_eq!(seen, [Turn::Wait(Instant::from_millis(100)), Turn::Wait(Instant::from_millis(200))]);
        assert!(bus.shows(&picture(&["Bob"])));
    }

    #[test]
    fn a_display_that_comes_back_is_told_everything_again() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        oled.show(picture(&["Online"]), true);
        settle(&mut oled, &bus, Instant::START);
        bus.0.borrow_mut().powered = false;
        oled.show(picture(&["Bob"]), true);
        let mut now = Instant::START;
        let mut lost = 0;
        for _ in 0..10 {
            match oled.turn(now, || Ok(bus.clone())) {
                Turn::Wait(at) => now = at,
                Turn::Lost(why, at) => {
                    assert!(why.starts_with("0x3c on /dev/i2c-1 does not answer"), "{why}");
                    (lost, now) = (lost + 1, at);
                }
                turn => panic!("{turn:?}"),
            }
        }
        assert_eq!(lost, 1, "said once");
        let before = now;
        assert_eq!(oled.turn(now, || Ok(bus.clone())), Turn::Wait(before + Duration::from_secs(5)));
        bus.power_cycle();
        let seen = settle(&mut oled, &bus, now);
        assert_eq!(seen, [Turn::Back]);
        assert!(bus.shows(&picture(&["Bob"])));
    }

    #[test]
    fn a_display_that_lost_its_power_in_the_dark_is_right_when_it_is_lit_again() {
        let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
        oled.show(picture(&["Online"]), true);
        settle(&mut oled, &bus, Instant::START);
        oled.show(picture(&["Online"]), false);
        settle(&mut oled, &bus, Instant::START);
        bus.power_cycle();
        oled.show(picture(&["Online"]), true);
        settle(&mut oled, &bus, Instant::START);
        assert!(bus.shows(&picture(&["Online"])));
    }

    #[test]
    fn a_bus_that_is_missing_is_looked_for_again() {
        let mut oled: Oled<Bus> = Oled::new(wiring());
        let at = Instant::from_millis;
        let mut missing = |now| oled.turn(at(now), || Err("no such file".into()));
        assert_eq!(missing(0), Turn::Wait(at(100)));
        assert_eq!(missing(100), Turn::Wait(at(200)));
        assert_eq!(missing(200), Turn::Lost("no such file".into(), at(5200)));
        assert_eq!(missing(5200), Turn::Wait(at(10_200)));
        assert_eq!(oled.turn(at(10_200), || Ok(Bus::default())), Turn::Back);
    }

    #[test]
    fn the_first_transfer_says_all_a_controller_needs() {
        let octets = commands(&initialisation(&wiring()));
        let expected = [
            0x00, 0xAE, 0xD5, 0x80, 0xA8, 0x3F, 0xD3, 0x00, 0x40, 0x8D, 0x14, 0x20, 0x02, 0xDA, 0x12, 0xA1,
            0xC8, 0xD9, 0xF1, 0x81, 0x8F, 0xDB, 0x20, 0xA4, 0xA6, 0x2E,
        ];
        assert_eq!(octets, expected);
        let flat = Wiring { size: Size::W128H32, upside_down: true, ..wiring() };
        let octets = commands(&initialisation(&flat));
        for pair in [[0xA8, 0x1F], [0xDA, 0x02], [0xA0, 0xC0]] {
            assert!(octets.windows(2).any(|window| window == pair), "{pair:x?} in {octets:x?}");
        }
    }

    #[test]
    fn columns_left_of_the_panel_are_skipped() {
        let step = Step::Seek { page: 3, column: 120, offset: 2 };
        assert_eq!(step.octets(), [0x00, 0xB3, 0x0A, 0x17]);
    }

    proptest! {
        #[test]
        fn whatever_fails_in_between_the_last_picture_is_shown_in_the_end(
            script in proptest::collection::vec((0..4_usize, 0..6_usize, 0..80_usize), 1..12),
        ) {
            let (bus, mut oled) = (Bus::default(), Oled::new(wiring()));
            let pictures = [&["Online"][..], &["Bob", "hi"], &["Ωμέγα"], &[]].map(picture);
            let mut now = Instant::START;
            let mut last = 0;
            for (choice, naks, turns) in script {
                last = choice;
                oled.show(pictures[choice].clone(), true);
                bus.0.borrow_mut().naks = naks;
                for _ in 0..turns {
                    if let Turn::Wait(at) | Turn::Lost(_, at) = oled.turn(now, || Ok(bus.clone())) { now = at }
                }
            }
            bus.0.borrow_mut().naks = 0;
            settle(&mut oled, &bus, now);
            prop_assert!(bus.shows(&pictures[last]));
        }
    }
}

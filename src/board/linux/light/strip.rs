//! A strip of APA102 or SK9822 pixels behind SPI, a little at a time: one transfer of at most 32 octets a turn, and
//! nothing while nothing changes.
//! It does not know LEDs and rhythms: it is told what each pixel shows. Nor Linux: the bus is any `embedded_hal` SPI.
//!
//! A frame is 32 zero bits, four octets for each pixel (`111` and five bits of global brightness, blue, green, red), and
//! an end. Every pixel hands on what comes after its own octets, half a clock late, so the end is at least half a bit for
//! each of them; a SK9822 shows what it got only after 32 more zero bits, so the end begins with those. Nothing in it may
//! be ones: a strip longer than it was said to be would take them for white pixels. The clock may rest in between, so a
//! frame goes in pieces; what changes meanwhile goes with the next frame.
//!
//! A strip can't answer. What is noticed is a bus that is missing, refuses, or hangs; pixels that lost their power are
//! right again after the next change.

use std::fmt;
use std::ops::Range;

use embedded_hal::spi::SpiDevice;

use super::colour::DARK;
use crate::board::files;
use crate::board::linux::breaker::{Breaker, LONG, Turn, Verdict};
use crate::time::Instant;

/// A strip and what we know of it.
#[derive(Debug)]
pub(crate) struct Strip<B> {
    wiring: files::Strip,
    bus: Option<B>,
    breaker: Breaker,
    /// What every pixel shall show.
    wanted: Vec<[u8; 4]>,
    /// What every pixel shows once the frame of now, or the last one, is complete.
    framed: Vec<[u8; 4]>,
    /// Octets of that frame that were sent.
    sent: usize,
    /// Zero octets that it begins with.
    head: usize,
    /// Whether a frame broke off, or none was sent yet: nobody knows which octet of which pixel the strip waits for.
    unsure: bool,
    /// Whether it was said that it is lost: until a whole frame went through.
    lost: bool,
}

impl<B: SpiDevice<Error: fmt::Display>> Strip<B> {
    /// One of which nothing is known, and which shall be dark.
    pub(crate) fn new(wiring: files::Strip) -> Self {
        let dark = vec![DARK; usize::from(wiring.pixels)];
        Self {
            wiring,
            bus: None,
            breaker: Breaker::new(),
            wanted: dark.clone(),
            framed: dark,
            sent: usize::MAX,
            head: START,
            unsure: true,
            lost: false,
        }
    }

    /// From now on these pixels show these octets; those that the strip does not have are left out.
    pub(crate) fn set(&mut self, pixels: Range<u8>, octets: [u8; 4]) {
        let (start, length) = (usize::from(pixels.start), pixels.len());
        self.wanted.iter_mut().skip(start).take(length).for_each(|pixel| *pixel = octets);
    }

    /// Whether its bus is known not to work.
    pub(crate) const fn is_lost(&self) -> bool {
        self.breaker.is_open()
    }

    /// Its next transfer may go at once: whoever asks has no time to wait.
    pub(crate) const fn hurry(&mut self) {
        self.breaker.hurry();
    }

    /// When [`Strip::turn`] has something to do next.
    pub(crate) fn due(&self, now: Instant) -> Option<Instant> {
        (!self.is_done()).then(|| self.breaker.wait(now).unwrap_or(now))
    }

    /// One step: at most one transfer, timed by `clock`. `open` opens the bus when it is not.
    pub(crate) fn turn(
        &mut self,
        clock: impl Fn() -> Instant,
        open: impl FnOnce(&files::Strip) -> Result<B, String>,
    ) -> Turn {
        let before = clock();
        if let Some(at) = self.breaker.wait(before) {
            return Turn::Wait(at);
        }
        if self.is_done() {
            return Turn::Done;
        }
        if self.sent >= self.length() {
            self.begin();
        }
        let outcome = match self.bus.take() {
            Some(bus) => Ok(bus),
            None => open(&self.wiring),
        }
        .and_then(|bus| self.transfer(bus));
        let after = clock();
        match self.breaker.record(before, after, outcome.is_ok()) {
            Verdict::Passed | Verdict::Closed if self.lost && !self.unsure => {
                self.lost = false;
                Turn::Back
            }
            Verdict::Passed | Verdict::Closed => Turn::More,
            Verdict::Opened(at) if !self.lost => {
                self.lost = true;
                let why = outcome.err().unwrap_or_else(|| self.took(before, after));
                self.broken_off(Turn::Lost(why, at))
            }
            Verdict::Failed(at) | Verdict::StillOpen(at) | Verdict::Opened(at) => {
                self.broken_off(Turn::Wait(at))
            }
        }
    }

    /// Sends the next octets of the frame; of a bus that is known not to work, it only asks whether it takes zeros.
    fn transfer(&mut self, mut bus: B) -> Result<(), String> {
        let most = if self.breaker.is_open() { self.head } else { TRANSFER_MAX };
        let zeros = |octets: usize| std::iter::repeat_n(0, octets);
        let pixels = self.framed.iter().flatten().copied();
        let frame = zeros(self.head).chain(pixels).chain(zeros(self.length() - self.body_end()));
        let octets: Vec<u8> = frame.skip(self.sent).take(most).collect();
        bus.write(&octets).map_err(|error| {
            format!("{} takes no octets ({error}); ask `nudged doctor`", self.wiring.bus.display())
        })?;
        self.bus = Some(bus);
        self.sent += octets.len();
        self.unsure &= self.sent < self.length();
        Ok(())
    }

    /// Starts a frame of what is wanted now.
    fn begin(&mut self) {
        self.framed.copy_from_slice(&self.wanted);
        self.sent = 0;
        // The first zeros may be taken for the rest of a pixel.
        self.head = if self.unsure { 2 * START } else { START };
    }

    /// Whatever arrived, the frame is sent again from its start.
    fn broken_off(&mut self, turn: Turn) -> Turn {
        (self.bus, self.sent, self.unsure) = (None, usize::MAX, true);
        turn
    }

    fn took(&self, before: Instant, after: Instant) -> String {
        let (took, most) = (after.since(before).as_millis(), LONG.as_millis());
        format!(
            "{} took {took} ms for a transfer, expected at most {most}; check its wires",
            self.wiring.bus.display()
        )
    }

    fn is_done(&self) -> bool {
        !self.unsure && self.sent >= self.length() && self.framed == self.wanted
    }

    /// Octets up to the last pixel.
    const fn body_end(&self) -> usize {
        self.head + 4 * self.framed.len()
    }

    /// Octets of a frame.
    const fn length(&self) -> usize {
        self.body_end() + START + self.framed.len().div_ceil(16)
    }
}

/// Octets of 32 zero bits.
const START: usize = 4;
/// Octets of a transfer; three milliseconds at 100 kHz.
const TRANSFER_MAX: usize = 32;

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use embedded_hal::spi::{ErrorKind, ErrorType, Operation};
    use proptest::prelude::*;

    use super::*;
    use crate::time::Duration;

    /// A strip as its datasheet describes it, and the bus before it.
    #[derive(Debug, Default)]
    pub(crate) struct Chain {
        pub(crate) pixels: Vec<[u8; 4]>,
        pub(crate) transfers: Vec<Vec<u8>>,
        pub(in crate::board::linux) now: Instant,
        /// How the next transfers go wrong.
        pub(in crate::board::linux) faults: Vec<Fault>,
        waits_for: Awaits,
        /// The pixel that is next, and its octets so far.
        next: usize,
        word: Vec<u8>,
    }

    #[derive(Debug, Default, PartialEq)]
    enum Awaits {
        /// So many more zero octets.
        #[default]
        Power,
        Zeros(usize),
        FirstOne,
        Pixels,
    }

    #[derive(Clone, Copy, Debug)]
    pub(in crate::board::linux) enum Fault {
        /// So many octets arrive, then it fails.
        BreaksOff(usize),
        /// Everything arrives, after a second.
        Hangs,
    }

    impl Chain {
        fn take(&mut self, octet: u8) {
            match self.waits_for {
                Awaits::Power => self.waits_for = Awaits::Zeros(START - usize::from(octet == 0)),
                Awaits::Zeros(_) if octet != 0 => self.waits_for = Awaits::Zeros(START),
                Awaits::Zeros(1) => self.waits_for = Awaits::FirstOne,
                Awaits::Zeros(left) => self.waits_for = Awaits::Zeros(left - 1),
                Awaits::FirstOne if octet == 0 => {}
                Awaits::FirstOne => {
                    (self.waits_for, self.next, self.word) = (Awaits::Pixels, 0, vec![octet]);
                }
                Awaits::Pixels => self.take_pixel(octet),
            }
        }

        /// A pixel is read to its end before zeros can mean anything else.
        fn take_pixel(&mut self, octet: u8) {
            self.word.push(octet);
            let Ok(word) = <[u8; 4]>::try_from(self.word.as_slice()) else { return };
            self.word.clear();
            if word == [0; 4] {
                self.waits_for = Awaits::FirstOne;
                return;
            }
            if let Some(pixel) = self.pixels.get_mut(self.next) {
                *pixel = word;
            }
            self.next += 1;
        }
    }

    #[derive(Clone, Debug, Default)]
    pub(crate) struct Wire(pub(crate) Rc<RefCell<Chain>>);

    impl ErrorType for Wire {
        type Error = Refused;
    }

    #[derive(Clone, Copy, Debug)]
    pub(crate) struct Refused;

    impl embedded_hal::spi::Error for Refused {
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("refused")
        }
    }

    impl SpiDevice for Wire {
        fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), Refused> {
            let [Operation::Write(octets)] = operations else { panic!("one write, nothing else") };
            let mut chain = self.0.borrow_mut();
            let fault = (!chain.faults.is_empty()).then(|| chain.faults.remove(0));
            chain.transfers.push(octets.to_vec());
            let arrive = match fault {
                Some(Fault::BreaksOff(after)) => after.min(octets.len()),
                _ => octets.len(),
            };
            octets.iter().take(arrive).for_each(|octet| chain.take(*octet));
            chain.now += Duration::from_millis(if matches!(fault, Some(Fault::Hangs)) { 1000 } else { 1 });
            if matches!(fault, Some(Fault::BreaksOff(_))) { Err(Refused) } else { Ok(()) }
        }
    }

    pub(crate) fn wiring(pixels: u8) -> files::Strip {
        files::Strip { bus: "/dev/spidev0.0".into(), pixels, speed: 1_000_000 }
    }

    impl Wire {
        pub(crate) fn of(pixels: u8) -> Self {
            let pixels = vec![[0; 4]; usize::from(pixels)];
            Self(Rc::new(RefCell::new(Chain { pixels, ..Chain::default() })))
        }

        fn turn(&self, strip: &mut Strip<Self>) -> Turn {
            strip.turn(|| self.0.borrow().now, |_| Ok(self.clone()))
        }

        fn wait(&self, until: Instant) {
            self.0.borrow_mut().now = until;
        }

        /// Turns until nothing is left to do; each makes at most one transfer of at most 32 octets.
        fn settle(&self, strip: &mut Strip<Self>) -> Vec<Turn> {
            let mut seen = Vec::new();
            for _ in 0..500 {
                let before = self.0.borrow().transfers.len();
                let turn = self.turn(strip);
                let transfers = self.0.borrow().transfers[before..].to_vec();
                assert!(transfers.len() <= 1 && transfers.iter().all(|octets| octets.len() <= 32));
                match turn {
                    Turn::Done => return seen,
                    Turn::More => continue,
                    Turn::Wait(at) | Turn::Lost(_, at) => self.wait(at),
                    Turn::Back => {}
                }
                seen.push(turn);
            }
            panic!("never settles");
        }

        /// From now on it refuses that many transfers.
        pub(in crate::board::linux) fn refuse(&self, transfers: usize) {
            self.0.borrow_mut().faults = vec![Fault::BreaksOff(0); transfers];
        }

        /// What went through it since the last look.
        fn taken(&self) -> Vec<u8> {
            std::mem::take(&mut self.0.borrow_mut().transfers).concat()
        }
    }

    const RED: [u8; 4] = [0xFF, 0, 0, 255];
    const DIM: [u8; 4] = [0xE4, 0, 70, 198];

    const HELD: &str = "/dev/spidev0.0 took 1000 ms for a transfer, expected at most 50; check its wires";

    #[test]
    fn frames_are_the_octets_of_the_datasheet() {
        let (wire, mut strip) = (Wire::of(3), Strip::new(wiring(3)));
        strip.set(0..1, RED);
        strip.set(2..3, DIM);
        assert!(wire.settle(&mut strip).is_empty());
        let frame = [RED, DARK, DIM].concat();
        // Sure to be understood: twice the zeros, since nobody knows what was sent before.
        assert_eq!(wire.taken(), [&[0; 8][..], &frame, &[0; 5]].concat());
        strip.set(0..3, DARK);
        wire.settle(&mut strip);
        assert_eq!(wire.taken(), [&[0; 4][..], &[DARK; 3].concat(), &[0; 5]].concat());
        assert_eq!(wire.0.borrow().pixels, [DARK; 3]);
    }

    #[test]
    fn a_long_strip_gets_half_a_bit_of_end_for_each_pixel_and_pieces_of_32_octets() {
        let (wire, mut strip) = (Wire::of(64), Strip::new(wiring(64)));
        wire.settle(&mut strip);
        wire.taken();
        strip.set(60..64, RED);
        wire.settle(&mut strip);
        assert_eq!(wire.0.borrow().transfers.len(), 9);
        let octets = wire.taken();
        assert_eq!(octets.len(), 4 + 64 * 4 + 4 + 4);
        assert!(octets.ends_with(&[&RED[..], &[0; 8]].concat()));
        assert_eq!(wire.0.borrow().pixels[59..], [DARK, RED, RED, RED, RED]);
    }

    #[test]
    fn nothing_is_sent_while_nothing_changes() {
        let (wire, mut strip) = (Wire::of(8), Strip::new(wiring(8)));
        strip.set(0..8, RED);
        wire.settle(&mut strip);
        wire.taken();
        strip.set(0..8, RED);
        assert_eq!((strip.due(Instant::START), wire.turn(&mut strip)), (None, Turn::Done));
        // Pixels it does not have are nobody's.
        strip.set(8..20, RED);
        assert_eq!(wire.turn(&mut strip), Turn::Done);
        assert!(wire.taken().is_empty());
    }

    #[test]
    fn what_changes_within_a_frame_goes_with_the_next_one() {
        let (wire, mut strip) = (Wire::of(16), Strip::new(wiring(16)));
        wire.settle(&mut strip);
        wire.taken();
        strip.set(0..16, RED);
        assert_eq!(wire.turn(&mut strip), Turn::More);
        strip.set(0..16, DIM);
        wire.settle(&mut strip);
        let frame = |pixel: [u8; 4]| [&[0; 4][..], &[pixel; 16].concat(), &[0; 5]].concat();
        assert_eq!(wire.taken(), [frame(RED), frame(DIM)].concat());
    }

    #[test]
    fn three_failures_or_one_that_hangs_open_the_breaker_and_everything_is_sent_again() {
        for (faults, told) in [
            (vec![Fault::BreaksOff(5); 4], "/dev/spidev0.0 takes no octets (refused); ask `nudged doctor`"),
            (vec![Fault::Hangs, Fault::Hangs], HELD),
        ] {
            let (wire, mut strip) = (Wire::of(4), Strip::new(wiring(4)));
            wire.settle(&mut strip);
            wire.0.borrow_mut().pixels.fill([0; 4]);
            wire.0.borrow_mut().faults = faults;
            strip.set(0..1, RED);
            wire.taken();
            let seen = wire.settle(&mut strip);
            let lost: Vec<&String> = seen
                .iter()
                .filter_map(|turn| if let Turn::Lost(why, _) = turn { Some(why) } else { None })
                .collect();
            assert_eq!(lost, [told], "said once");
            assert_eq!(seen.last(), Some(&Turn::Back));
            let probe = [0; 8];
            assert_eq!(wire.0.borrow().transfers.iter().filter(|octets| **octets == probe).count(), 2);
            assert_eq!(wire.0.borrow().pixels, [RED, DARK, DARK, DARK]);
            assert!(!strip.is_lost());
        }
    }

    #[test]
    fn a_bus_that_is_lost_is_probed_every_five_seconds_even_if_nothing_changes() {
        let (wire, mut strip) = (Wire::of(1), Strip::new(wiring(1)));
        wire.0.borrow_mut().faults = vec![Fault::Hangs; 3];
        let at = Instant::from_millis;
        assert_eq!(wire.turn(&mut strip), Turn::Lost(HELD.into(), at(5000)));
        assert!(strip.is_lost());
        assert_eq!(wire.turn(&mut strip), Turn::Wait(at(5000)), "not before its time");
        assert_eq!(strip.due(at(1000)), Some(at(5000)));
        for probe in [5000, 10_000] {
            wire.wait(at(probe));
            assert_eq!(wire.turn(&mut strip), Turn::Wait(at(probe + 5000)));
        }
        wire.wait(at(15_000));
        assert_eq!([wire.turn(&mut strip), wire.turn(&mut strip)], [Turn::More, Turn::Back]);
    }

    #[test]
    fn a_bus_that_is_missing_is_looked_for_again() {
        let mut strip: Strip<Wire> = Strip::new(wiring(1));
        let at = Instant::from_millis;
        let mut missing = |now| strip.turn(|| at(now), |_| Err("no such file".into()));
        assert_eq!(missing(0), Turn::Wait(at(100)));
        assert_eq!(missing(100), Turn::Wait(at(200)));
        assert_eq!(missing(200), Turn::Lost("no such file".into(), at(5200)));
        assert_eq!(missing(5200), Turn::Wait(at(10_200)));
        let wire = Wire::of(1);
        let mut found = || strip.turn(|| at(10_200), |_| Ok(wire.clone()));
        assert_eq!([found(), found(), found()], [Turn::More, Turn::Back, Turn::Done]);
    }

    #[test]
    fn a_bus_that_is_long_to_open_counts_as_one_that_holds_a_transfer() {
        let (wire, mut strip) = (Wire::of(1), Strip::new(wiring(1)));
        let open = |_: &files::Strip| {
            wire.0.borrow_mut().now += Duration::from_millis(50);
            Ok(wire.clone())
        };
        let turn = strip.turn(|| wire.0.borrow().now, open);
        let why = "/dev/spidev0.0 took 51 ms for a transfer, expected at most 50; check its wires";
        assert_eq!(turn, Turn::Lost(why.into(), Instant::from_millis(5000)));
    }

    #[test]
    fn a_bus_that_passes_every_probe_and_fails_every_frame_is_lost_once() {
        let (wire, mut strip) = (Wire::of(16), Strip::new(wiring(16)));
        let mut seen = Vec::new();
        for _ in 0..100 {
            wire.0.borrow_mut().faults = if strip.is_lost() { Vec::new() } else { vec![Fault::Hangs] };
            let turn = wire.turn(&mut strip);
            if let Turn::Wait(at) | Turn::Lost(_, at) = turn {
                wire.wait(at);
            }
            seen.push(turn);
        }
        assert_eq!(seen.iter().filter(|turn| matches!(turn, Turn::Lost(..))).count(), 1);
        assert!(!seen.contains(&Turn::Back));
    }

    fn fault() -> impl Strategy<Value = Fault> {
        prop_oneof![4 => (0..33_usize).prop_map(Fault::BreaksOff), 1 => Just(Fault::Hangs)]
    }

    proptest! {
        #[test]
        fn whatever_fails_in_between_the_last_picture_is_shown_in_the_end(
            pixels in 1..=64_u8,
            script in proptest::collection::vec(
                ((0..64_u8, 0..64_u8), 0..4_usize, proptest::collection::vec(fault(), 0..6), 0..30_usize),
                1..12,
            ),
        ) {
            let (wire, mut strip) = (Wire::of(pixels), Strip::new(wiring(pixels)));
            let mut wanted = vec![DARK; usize::from(pixels)];
            for ((from, to), choice, faults, turns) in script {
                let octets = [DARK, RED, DIM, [0xE1, 0, 1, 0]][choice];
                strip.set(from..to, octets);
                wanted.iter_mut().take(to.into()).skip(from.into()).for_each(|pixel| *pixel = octets);
                wire.0.borrow_mut().faults = faults;
                for _ in 0..turns {
                    if let Turn::Wait(at) | Turn::Lost(_, at) = wire.turn(&mut strip) { wire.wait(at) }
                }
            }
            wire.0.borrow_mut().faults.clear();
            wire.settle(&mut strip);
            prop_assert_eq!(&wire.0.borrow().pixels, &wanted);
            prop_assert_eq!(strip.due(Instant::START), None);
        }
    }
}

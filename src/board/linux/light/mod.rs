//! LEDs: on lines, alone or three to a colour or a traffic light; of the kernel's LED class, which can blink them by
//! itself; and on a strip.
//! It does not know chips and buses: a line is any `embedded_hal` output, and a strip is told what to show by `lamps`.

mod class;
mod colour;
mod pin;
mod rhythm;
mod strip;
mod write;

use std::fmt;
use std::ops::Range;

use embedded_hal::digital::OutputPin;

use crate::frame::{Look, Rgb};
use crate::time::{Duration, Instant};

pub(super) use class::{Class, names};
pub(super) use pin::Pin;
pub(super) use strip::Strip;
pub(super) use write::{Trouble, timed};

/// A LED, its look, and since when.
#[derive(Debug)]
pub(super) struct Led<P> {
    drive: Drive<P>,
    look: Look,
    since: Instant,
}

/// What a LED hangs on. Lines remember what was set last.
#[derive(Debug)]
pub(super) enum Drive<P> {
    /// One line.
    Mono(Pin<P>),
    /// Red, green, blue.
    Rgb([Pin<P>; 3]),
    /// Lamps of red, amber, green.
    Signal([Pin<P>; 3]),
    /// The kernel.
    Class(Class),
    /// The strip.
    Pixels(Pixels),
}

/// Pixels of a strip that are one LED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    /// Which.
    pub(super) places: Range<u8>,
    /// Percent of the full brightness that they never exceed.
    pub(super) brightness: u8,
    /// What they must be given to look white.
    pub(super) white: Rgb,
}

impl<P: OutputPin<Error: fmt::Display>> Led<P> {
    pub(super) const fn new(drive: Drive<P>) -> Self {
        Self { drive, look: Look::OFF, since: Instant::START }
    }

    /// From now on it looks like this, once [`Led::step`] has seen to it.
    pub(super) const fn show(&mut self, now: Instant, look: Look) {
        (self.look, self.since) = (look, now);
    }

    /// Whatever it was told counts for nothing: others may have written to it.
    pub(super) const fn forget(&mut self) {
        if let Drive::Class(class) = &mut self.drive {
            class.forget();
        }
    }

    /// Whether it is known to be dark; of pixels their strip knows.
    pub(super) fn is_dark(&self) -> bool {
        match &self.drive {
            Drive::Mono(pin) => pin.is_off(),
            Drive::Rgb(pins) | Drive::Signal(pins) => pins.iter().all(Pin::is_off),
            Drive::Class(class) => class.is_off(),
            Drive::Pixels(_) => true,
        }
    }

    /// What it was told may be gone from what it hangs on.
    pub(super) const fn doubt(&mut self) {
        match &mut self.drive {
            Drive::Mono(pin) => pin.doubt(),
            Drive::Rgb([one, two, three]) | Drive::Signal([one, two, three]) => {
                one.doubt();
                two.doubt();
                three.doubt();
            }
            Drive::Class(class) => class.forget(),
            Drive::Pixels(_) => {}
        }
    }

    /// Writes what is to be written by now, until a write takes too long: what that one was for, and what was to come
    /// after it, is written by the next step.
    pub(super) fn step(&mut self, now: Instant, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        let on = rhythm::is_on(self.look.rhythm, self.rhythm_time(now));
        let colour = if on { self.look.rgb } else { Rgb::OFF };
        match &mut self.drive {
            Drive::Mono(pin) => pin.set(colour != Rgb::OFF, clock),
            Drive::Rgb(pins) => pin::set(pins, colour::channels(colour), clock),
            Drive::Signal(pins) => pin::set(pins, colour::signal(colour), clock),
            Drive::Class(class) => class.show(now, self.look, on, clock),
            Drive::Pixels(_) => Ok(()),
        }
    }

    /// What its pixels show now, if it has some: which they are, and the octets of each.
    pub(super) fn pixels(&self, now: Instant) -> Option<(Range<u8>, [u8; 4])> {
        let Drive::Pixels(Pixels { places, brightness, white }) = &self.drive else { return None };
        let level = self.look.rhythm.brightness_at(self.rhythm_time(now));
        let colour = colour::balanced(self.look.rgb, *white);
        Some((places.clone(), colour::pixel(colour, level, *brightness)))
    }

    /// When it looks different next, and somebody here has to see to it.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let (rhythm, ms) = (self.look.rhythm, self.rhythm_time(now));
        let after = |wait: Option<u64>| wait.map(|ms| now + Duration::from_millis(ms));
        match &self.drive {
            _ if self.look.rgb == Rgb::OFF => None,
            Drive::Class(class) => class.due(after(rhythm::next_switch(rhythm, ms))),
            Drive::Pixels(_) => after(rhythm.next_change(ms)),
            _ => after(rhythm::next_switch(rhythm, ms)),
        }
    }

    fn rhythm_time(&self, now: Instant) -> u64 {
        now.since(self.since).as_millis().try_into().unwrap_or(0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;
    use std::rc::Rc;

    use embedded_hal::digital::ErrorType;

    use super::*;
    use crate::frame::Rhythm;

    pub(in crate::board::linux) use super::strip::tests::{Fault, Wire};

    /// A line that writes down what it was set to.
    #[derive(Clone, Debug, Default)]
    pub(in crate::board::linux) struct Recorded(pub(in crate::board::linux) Rc<RefCell<Vec<bool>>>);

    impl ErrorType for Recorded {
        type Error = Infallible;
    }

    impl OutputPin for Recorded {
        fn set_low(&mut self) -> Result<(), Infallible> {
            self.0.borrow_mut().push(false);
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.0.borrow_mut().push(true);
            Ok(())
        }
    }

    impl<P: OutputPin<Error: fmt::Display>> Led<P> {
        /// It looks like this now.
        pub(in crate::board::linux) fn shows(&mut self, now: Instant, look: Look) {
            self.show(now, look);
            self.steps(now);
        }

        /// It is written what is due; no write takes any time.
        pub(super) fn steps(&mut self, now: Instant) {
            self.step(now, &|| now).unwrap();
        }
    }

    const RED: Rgb = Rgb::new(255, 0, 0);

    fn levels(pins: &[Recorded; 3]) -> [bool; 3] {
        pins.each_ref().map(|pin| *pin.0.borrow().last().unwrap())
    }

    #[test]
    fn a_line_is_written_only_when_it_changes_and_exactly_in_time() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        let at = Instant::from_millis;
        led.shows(at(100), Look::new(RED, Rhythm::Blink));
        for _ in 0..3 {
            led.steps(at(300));
        }
        assert_eq!(led.next_change(at(300)), Some(at(600)));
        led.steps(at(600));
        led.steps(at(1100));
        led.shows(at(1200), Look::new(RED, Rhythm::Steady));
        assert_eq!(led.next_change(at(1200)), None);
        led.shows(at(1300), Look::OFF);
        assert_eq!(*pin.0.borrow(), [true, false, true, false]);
    }

    #[test]
    fn three_lines_make_a_colour() {
        let pins = [(); 3].map(|()| Recorded::default());
        let mut led = Led::new(Drive::Rgb(pins.clone().map(Pin::new)));
        for (rgb, expected) in [
            (Rgb::new(255, 90, 0), [true, true, false]),
            (Rgb::new(0, 30, 200), [false, false, true]),
            (Rgb::OFF, [false; 3]),
            (Rgb::new(200, 200, 200), [true; 3]),
        ] {
            led.shows(Instant::START, Look::new(rgb, Rhythm::Steady));
            assert_eq!(levels(&pins), expected, "{rgb}");
        }
    }

    #[test]
    fn a_traffic_light_blinks_with_the_lamp_that_is_meant() {
        let pins = [(); 3].map(|()| Recorded::default());
        let mut led = Led::new(Drive::Signal(pins.clone().map(Pin::new)));
        let at = Instant::from_millis;
        led.shows(at(0), Look::new(Rgb::new(255, 90, 0), Rhythm::Blink));
        assert_eq!(levels(&pins), [false, true, false]);
        assert_eq!(led.next_change(at(0)), Some(at(500)));
        led.steps(at(500));
        assert_eq!(levels(&pins), [false; 3]);
        led.steps(at(1000));
        assert_eq!(levels(&pins), [false, true, false]);
        led.shows(at(1200), Look::new(Rgb::new(0, 255, 255), Rhythm::Steady));
        assert_eq!(levels(&pins), [true; 3]);
        assert_eq!(led.next_change(at(1200)), None);
        led.shows(at(1300), Look::OFF);
        assert_eq!(levels(&pins), [false; 3]);
    }

    #[test]
    fn a_rhythm_without_a_colour_is_dark_and_still() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        led.shows(Instant::START, Look::new(Rgb::OFF, Rhythm::Blink));
        led.steps(Instant::START);
        assert_eq!(led.next_change(Instant::START), None);
        assert_eq!(*pin.0.borrow(), [false, true, false], "it is made sure of once");
    }

    #[test]
    fn pixels_fade_twenty_times_a_second_and_are_still_otherwise() {
        let pixels = Pixels { places: 2..4, brightness: 100, white: Rgb::new(255, 128, 255) };
        let mut led: Led<Recorded> = Led::new(Drive::Pixels(pixels));
        let at = Instant::from_millis;
        assert_eq!(led.pixels(at(0)), Some((2..4, [0xE0, 0, 0, 0])));
        led.shows(at(1000), Look::new(Rgb::new(255, 255, 0), Rhythm::Breathe));
        assert_eq!(led.pixels(at(1000)), Some((2..4, [0xFF, 0, 10, 20])));
        assert_eq!(led.pixels(at(3000)), Some((2..4, [0xFF, 0, 128, 255])));
        assert_eq!(led.next_change(at(3000)), Some(at(3050)));
        led.shows(at(4000), Look::new(RED, Rhythm::SlowBlink));
        assert_eq!(led.next_change(at(4000)), Some(at(5000)));
        led.shows(at(4000), Look::new(RED, Rhythm::Steady));
        assert_eq!(led.next_change(at(4000)), None);
    }
}

//! LEDs: on lines, alone or three to a colour or a traffic light; of the kernel's LED class, which can blink them by
//! itself; and on a strip.
//! It does not know chips and buses: a line is any `embedded_hal` output, and a strip is told what to show by `lamps`.

mod class;
mod colour;
mod pin;
mod rhythm;
mod strip;

use std::fmt;
use std::ops::Range;

use embedded_hal::digital::OutputPin;

use crate::board::light;
use crate::frame::{Look, Rgb};
use crate::time::{Duration, Instant};

pub(super) use class::{Class, names};
pub(super) use pin::Pin;
pub(super) use strip::Strip;

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

    /// From now on it looks like this.
    pub(super) fn show(&mut self, now: Instant, look: Look) -> Result<(), String> {
        (self.look, self.since) = (look, now);
        if let Drive::Class(class) = &mut self.drive {
            class.show(now, look)?;
        }
        self.step(now)
    }

    /// Dark, whatever others did to it since we wrote last.
    pub(super) fn blank(&mut self, now: Instant) -> Result<(), String> {
        if let Drive::Class(class) = &mut self.drive {
            class.forget();
        }
        self.show(now, Look::OFF)
    }

    /// Switches what the rhythm wants switched by now.
    pub(super) fn step(&mut self, now: Instant) -> Result<(), String> {
        let on = rhythm::is_on(self.look.rhythm, self.rhythm_time(now));
        let colour = if on { self.look.rgb } else { Rgb::OFF };
        match &mut self.drive {
            Drive::Mono(pin) => pin.set(colour != Rgb::OFF),
            Drive::Rgb(pins) => pin::set(pins, colour::channels(colour)),
            Drive::Signal(pins) => pin::set(pins, colour::signal(colour)),
            Drive::Class(class) => class.step(now, on),
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
            Drive::Pixels(_) => after(light::next_change(rhythm, ms)),
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

    pub(in crate::board::linux) use super::strip::tests::Wire;

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

    const RED: Rgb = Rgb::new(255, 0, 0);

    fn levels(pins: &[Recorded; 3]) -> [bool; 3] {
        pins.each_ref().map(|pin| *pin.0.borrow().last().unwrap())
    }

    #[test]
    fn a_line_is_written_only_when_it_changes_and_exactly_in_time() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        let at = Instant::from_millis;
        led.show(at(100), Look::new(RED, Rhythm::Blink)).unwrap();
        for _ in 0..3 {
            led.step(at(300)).unwrap();
        }
        assert_eq!(led.next_change(at(300)), Some(at(600)));
        led.step(at(600)).unwrap();
        led.step(at(1100)).unwrap();
        led.show(at(1200), Look::new(RED, Rhythm::Steady)).unwrap();
        assert_eq!(led.next_change(at(1200)), None);
        led.show(at(1300), Look::OFF).unwrap();
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
            led.show(Instant::START, Look::new(rgb, Rhythm::Steady)).unwrap();
            assert_eq!(levels(&pins), expected, "{rgb}");
        }
    }

    #[test]
    fn a_traffic_light_blinks_with_the_lamp_that_is_meant() {
        let pins = [(); 3].map(|()| Recorded::default());
        let mut led = Led::new(Drive::Signal(pins.clone().map(Pin::new)));
        let at = Instant::from_millis;
        led.show(at(0), Look::new(Rgb::new(255, 90, 0), Rhythm::Blink)).unwrap();
        assert_eq!(levels(&pins), [false, true, false]);
        assert_eq!(led.next_change(at(0)), Some(at(500)));
        led.step(at(500)).unwrap();
        assert_eq!(levels(&pins), [false; 3]);
        led.step(at(1000)).unwrap();
        assert_eq!(levels(&pins), [false, true, false]);
        led.show(at(1200), Look::new(Rgb::new(0, 255, 255), Rhythm::Steady)).unwrap();
        assert_eq!(levels(&pins), [true; 3]);
        assert_eq!(led.next_change(at(1200)), None);
        led.show(at(1300), Look::OFF).unwrap();
        assert_eq!(levels(&pins), [false; 3]);
    }

    #[test]
    fn a_rhythm_without_a_colour_is_dark_and_still() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        led.show(Instant::START, Look::new(Rgb::OFF, Rhythm::Blink)).unwrap();
        assert_eq!(led.next_change(Instant::START), None);
        assert_eq!(*pin.0.borrow(), [false]);
    }

    #[test]
    fn pixels_fade_twenty_times_a_second_and_are_still_otherwise() {
        let pixels = Pixels { places: 2..4, brightness: 100, white: Rgb::new(255, 128, 255) };
        let mut led: Led<Recorded> = Led::new(Drive::Pixels(pixels));
        let at = Instant::from_millis;
        assert_eq!(led.pixels(at(0)), Some((2..4, [0xE0, 0, 0, 0])));
        led.show(at(1000), Look::new(Rgb::new(255, 255, 0), Rhythm::Breathe)).unwrap();
        assert_eq!(led.pixels(at(1000)), Some((2..4, [0xFF, 0, 10, 20])));
        assert_eq!(led.pixels(at(3000)), Some((2..4, [0xFF, 0, 128, 255])));
        assert_eq!(led.next_change(at(3000)), Some(at(3050)));
        led.show(at(4000), Look::new(RED, Rhythm::SlowBlink)).unwrap();
        assert_eq!(led.next_change(at(4000)), Some(at(5000)));
        led.show(at(4000), Look::new(RED, Rhythm::Steady)).unwrap();
        assert_eq!(led.next_change(at(4000)), None);
    }
}

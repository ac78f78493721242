//! The LEDs that the configuration names, each on what its board file says, and the strip that some of them are on.
//! It does not know how each kind is driven: that stands in `light`.

use std::fmt;

use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;

use super::breaker::{PROBE_AFTER, Turn};
use super::darken::finish;
use super::light::{Class, Drive, Led, Pin, Pixels, Strip};
use super::slot::Slot;
use super::{Hal, faults, no_such};
use crate::board::files::{self, BoardFile, Line, Wires};
use crate::frame::Look;
use crate::time::{self, Instant};

/// All of them, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Lamps<P, S> {
    all: Vec<Lamp<P>>,
    strip: Option<Strip<S>>,
    /// Why the strip is missing, if it is.
    strip_lost: Option<String>,
}

/// A LED that the configuration names, there or not.
#[derive(Debug)]
struct Lamp<P> {
    wiring: files::Led,
    look: Look,
    slot: Slot<Led<P>>,
}

impl<P: OutputPin<Error: fmt::Display>, S: SpiDevice<Error: fmt::Display>> Lamps<P, S> {
    /// The LEDs of those names. The strip is left alone if none of them is on it.
    ///
    /// # Errors
    /// A sentence, if the board has no such LED.
    pub(super) fn of(file: &BoardFile, names: &[String]) -> Result<Self, String> {
        let lamp = |name: &String| {
            let wiring = file.led(name).cloned().ok_or_else(|| {
                no_such("led", name, file.leds.iter().map(|led| led.name.as_str()).collect())
            })?;
            Ok(Lamp { wiring, look: Look::OFF, slot: Slot::wanted() })
        };
        let all = names.iter().map(lamp).collect::<Result<Vec<_>, String>>()?;
        let on_strip = |lamp: &Lamp<P>| matches!(lamp.wiring.wires, Wires::Pixels(_));
        let strip = file.strip.clone().filter(|_| all.iter().any(on_strip)).map(Strip::new);
        Ok(Self { all, strip, strip_lost: None })
    }

    /// From now on they look like this.
    pub(super) fn show(&mut self, now: Instant, looks: &[Look]) {
        for (lamp, &look) in self.all.iter_mut().zip(looks) {
            if lamp.look != look {
                lamp.look = look;
                lamp.apply(now, |led| led.show(now, look));
            }
        }
        self.paint(now);
    }

    /// Looks for those that are missing, if it is time.
    pub(super) fn try_missing<H: Hal<Pin = P, Spi = S>>(&mut self, now: Instant, hal: &mut H) {
        for lamp in &mut self.all {
            if lamp.slot.retry_at().is_some_and(|at| at <= now) {
                let found = drive(hal, &lamp.wiring).map(Led::new).and_then(|mut led| {
                    led.show(now, lamp.look)?;
                    Ok(led)
                });
                lamp.slot.settle(now, &lamp.wiring.described(), found);
            }
        }
    }

    /// Switches what rhythms want switched by now.
    pub(super) fn step(&mut self, now: Instant) {
        for lamp in &mut self.all {
            lamp.apply(now, |led| led.step(now));
        }
        self.paint(now);
    }

    /// Why the LED of that place is missing, if it is; one on the strip is missing with the strip.
    pub(super) fn missing(&self, place: usize) -> Option<&str> {
        let lamp = self.all.get(place)?;
        let on_strip = matches!(lamp.wiring.wires, Wires::Pixels(_));
        lamp.slot.missing().or_else(|| self.strip_lost.as_deref().filter(|_| on_strip))
    }

    /// When there is something to do next.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        // What moves on a strip that is lost needs nobody.
        let is_seen =
            |led: &Led<P>| led.pixels(now).is_none() || !self.strip.as_ref().is_some_and(Strip::is_lost);
        let lamps = self.all.iter().filter_map(|lamp| match &lamp.slot {
            Slot::Ready(led) => led.next_change(now).filter(|_| is_seen(led)),
            missing => missing.retry_at(),
        });
        time::earlier(lamps.min(), self.strip.as_ref().and_then(|strip| strip.due(now)))
    }

    /// Whether [`Lamps::feed`] has something to do now.
    pub(super) fn wants_transfer(&self, now: Instant) -> bool {
        self.strip.as_ref().and_then(|strip| strip.due(now)).is_some_and(|at| at <= now)
    }

    /// Sends the strip the next octets, if there are some: at most one transfer.
    pub(super) fn feed<H: Hal<Pin = P, Spi = S>>(&mut self, hal: &mut H, clock: impl Fn() -> Instant) {
        match self.strip_turn(hal, clock) {
            Turn::More | Turn::Done | Turn::Wait(_) => {}
            Turn::Lost(why, _) => {
                faults::missing("strip", &why, PROBE_AFTER);
                self.strip_lost = Some(why);
            }
            Turn::Back => {
                faults::back("strip");
                self.strip_lost = None;
            }
        }
    }

    /// All of them dark, whatever they were; the strip has time until then. Says what is not known to be dark.
    pub(super) fn put_out<H: Hal<Pin = P, Spi = S>>(
        &mut self,
        hal: &mut H,
        clock: impl Fn() -> Instant + Copy,
        by: Instant,
    ) -> Vec<String> {
        let now = clock();
        for lamp in &mut self.all {
            lamp.look = Look::OFF;
            lamp.apply(now, |led| led.blank(now));
        }
        self.paint(now);
        let missing = self.all.iter().filter_map(|lamp| match &lamp.slot {
            Slot::Ready(_) => None,
            Slot::Missing { told, .. } => Some(format!("{}: {told}", lamp.wiring.described())),
        });
        let mut lit: Vec<String> = missing.collect();
        let dark = finish(clock, by, || self.strip_turn(hal, clock));
        lit.extend(dark.err().map(|why| format!("strip: {why}")));
        lit
    }

    fn strip_turn<H: Hal<Pin = P, Spi = S>>(&mut self, hal: &mut H, clock: impl Fn() -> Instant) -> Turn {
        let Some(strip) = &mut self.strip else { return Turn::Done };
        strip.turn(clock, |wiring| hal.spi(&wiring.bus, wiring.speed))
    }

    /// Tells the strip what its pixels show now.
    fn paint(&mut self, now: Instant) {
        let Some(strip) = &mut self.strip else { return };
        for lamp in &self.all {
            if let Slot::Ready(led) = &lamp.slot
                && let Some((places, octets)) = led.pixels(now)
            {
                strip.set(places, octets);
            }
        }
    }
}

impl<P: OutputPin<Error: fmt::Display>> Lamp<P> {
    /// Does something with the LED, if it is there; one that fails is missing from then on.
    fn apply(&mut self, now: Instant, action: impl FnOnce(&mut Led<P>) -> Result<(), String>) {
        if let Slot::Ready(led) = &mut self.slot
            && let Err(why) = action(led)
        {
            self.slot.settle(now, &self.wiring.described(), Err(why));
        }
    }
}

/// Takes what a LED hangs on.
fn drive<H: Hal>(hal: &mut H, wiring: &files::Led) -> Result<Drive<H::Pin>, String> {
    let files::Led { brightness, white, .. } = *wiring;
    let mut pin = |line: &Line| hal.output(line, wiring.active_low).map(Pin::new);
    Ok(match &wiring.wires {
        Wires::Mono(line) => Drive::Mono(pin(line)?),
        Wires::Rgb([red, green, blue]) => Drive::Rgb([pin(red)?, pin(green)?, pin(blue)?]),
        Wires::Signal([red, amber, green]) => Drive::Signal([pin(red)?, pin(amber)?, pin(green)?]),
        Wires::Class(name) => Drive::Class(Class::open(hal.classes(), name, brightness, white)?),
        Wires::Pixels(places) => Drive::Pixels(Pixels { places: places.clone(), brightness, white }),
    })
}

impl files::Led {
    fn described(&self) -> String {
        match &self.wires {
            Wires::Mono(line) => format!("led \"{}\" on {line}", self.name),
            Wires::Rgb([red, green, blue]) => format!("led \"{}\" on {red}, {green}, {blue}", self.name),
            Wires::Signal([red, amber, green]) => format!("led \"{}\" on {red}, {amber}, {green}", self.name),
            Wires::Pixels(pixels) => {
                format!("led \"{}\" (pixels {} to {})", self.name, pixels.start, pixels.end.saturating_sub(1))
            }
            Wires::Class(class) => format!("led \"{}\" (class:{class})", self.name),
        }
    }
}

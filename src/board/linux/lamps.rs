//! The LEDs that the configuration names, each on what its board file says, and the strip that some of them are on.
//! It does not know how each kind is driven: that stands in `light`.
//!
//! A turn ends with the first write that holds the thread, or with the LED after whose writes all of them together did.
//! What else wants writing has the next turn, which is at once: whoever waits for something else is served between the two.

use std::fmt;
use std::path::PathBuf;

use embedded_hal::digital::OutputPin;
use embedded_hal::spi::SpiDevice;

use super::breaker::{Breaker, PROBE_AFTER, Turn};
use super::chips::Chip;
use super::darken::finish;
use super::light::{Class, Drive, Led, Pin, Pixels, Strip, Trouble, timed};
use super::slot::Slot;
use super::{Hal, faults, no_such};
use crate::board::files::{self, BoardFile, Line, Wires};
use crate::frame::Look;
use crate::time::{self, Duration, Instant};

/// All of them, in the order of the configuration.
#[derive(Debug)]
pub(super) struct Lamps<P, S> {
    all: Vec<Lamp<P>>,
    /// The chips they are on, as many as there are LEDs; some are no one's.
    chips: Vec<Chip>,
    /// Whether this turn ended before everything was written.
    put_off: bool,
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
    /// The place of its chip.
    chip: usize,
    /// The chips of all its lines, as they were when it was looked for last.
    on: Vec<PathBuf>,
}

impl<P: OutputPin<Error: fmt::Display>, S: SpiDevice<Error: fmt::Display>> Lamps<P, S> {
    #[cfg(test)]
    pub(super) fn was_there(&self, place: usize) -> bool {
        self.all[place].slot.was_there()
    }

    /// The LEDs of those names. The strip is left alone if none of them is on it.
    ///
    /// # Errors
    /// A sentence, if the board has no such LED.
    pub(super) fn of(file: &BoardFile, names: &[String]) -> Result<Self, String> {
        let lamp = |(chip, name): (usize, &String)| {
            let wiring = file.led(name).cloned().ok_or_else(|| {
                no_such("led", name, file.leds.iter().map(|led| led.name.as_str()).collect())
            })?;
            Ok(Lamp { wiring, look: Look::OFF, slot: Slot::wanted(), chip, on: Vec::new() })
        };
        let all = names.iter().enumerate().map(lamp).collect::<Result<Vec<_>, String>>()?;
        let chips = all.iter().map(|_| Chip::new(None)).collect();
        let strip = file.strip.clone().filter(|_| all.iter().any(Lamp::is_on_strip)).map(Strip::new);
        Ok(Self { all, chips, put_off: false, strip, strip_lost: None })
    }

    /// From now on they look like this.
    pub(super) fn show(&mut self, now: Instant, looks: &[Look], clock: &dyn Fn() -> Instant) {
        for (lamp, &look) in self.all.iter_mut().zip(looks) {
            if lamp.look != look {
                lamp.look(now, look);
            }
        }
        self.put_off = false;
        self.step(now, clock);
    }

    /// One turn: looks for those that are missing, if it is time, and switches what rhythms want switched by now. Says
    /// whether it ended early, since a write held the thread.
    pub(super) fn turn<H: Hal<Pin = P, Spi = S>>(
        &mut self,
        now: Instant,
        hal: &mut H,
        clock: &dyn Fn() -> Instant,
    ) -> bool {
        self.put_off = false;
        for place in 0..self.all.len() {
            let Some(lamp) = self.all.get(place).filter(|_| !self.put_off) else { break };
            let admits = self.chips.get(lamp.chip).is_some_and(|chip| chip.admits(place, now));
            if admits && lamp.slot.is_due(now) {
                self.find(place, now, hal, clock);
                self.put_off |= Breaker::is_long(now, clock());
            }
        }
        self.step(now, clock);
        self.put_off
    }

    /// Why the LED of that place is missing, if it is: by itself, with its chip, or with the strip.
    pub(super) fn missing(&self, place: usize) -> Option<&str> {
        let lamp = self.all.get(place)?;
        let strip = self.strip_lost.as_deref().filter(|_| lamp.is_on_strip());
        lamp.slot.missing().or_else(|| self.chips.get(lamp.chip)?.lost()).or(strip)
    }

    /// When there is something to do next.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        if self.put_off {
            return Some(now);
        }
        // What moves on a strip that is lost needs nobody.
        let is_seen =
            |led: &Led<P>| led.pixels(now).is_none() || !self.strip.as_ref().is_some_and(Strip::is_lost);
        let lamps = self.all.iter().enumerate().filter_map(|(place, lamp)| {
            if let Some(tries_at) = self.chips.get(lamp.chip)?.tries_at(place, now) {
                return tries_at;
            }
            match &lamp.slot {
                Slot::Ready(led) => led.next_change(now).filter(|_| is_seen(led)),
                missing => missing.retry_at(),
            }
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

    /// All of them dark, whatever they were: every chip that hangs takes the time of one write, three of them at most, and
    /// then the strip has that much. Says what is not known to be dark.
    pub(super) fn put_out<H: Hal<Pin = P, Spi = S>>(
        &mut self,
        hal: &mut H,
        clock: impl Fn() -> Instant + Copy,
        patience: Duration,
    ) -> Vec<String> {
        let now = clock();
        for lamp in &mut self.all {
            lamp.look(now, Look::OFF);
            if let Slot::Ready(led) = &mut lamp.slot {
                led.forget();
            }
            lamp.slot.try_at(now);
        }
        // What is left alone may be back: it is tried once more.
        self.chips.iter_mut().for_each(Chip::hurry);
        self.strip.iter_mut().for_each(Strip::hurry);
        // A turn ends where it is held, and the next one passes by: what works is dark though something hangs before it.
        let by = now + HELD_AT_THE_END;
        let mut late = false;
        while !late && self.turn(clock(), hal, &clock) {
            late = clock() >= by;
        }
        let told = |(place, lamp): (usize, &Lamp<P>)| {
            let held = self.chips.get(lamp.chip).and_then(Chip::lost);
            let why = match &lamp.slot {
                Slot::Ready(led) => held.or((!led.is_dark()).then_some(UNWRITTEN))?,
                missing => missing.missing().or(held).unwrap_or(UNTRIED),
            };
            Some(format!("{}: {why}", self.all.get(place)?.wiring.described()))
        };
        let mut lit: Vec<String> = self.all.iter().enumerate().filter_map(told).collect();
        let dark = finish(clock, clock() + patience, H::sleep, || self.strip_turn(hal, clock));
        lit.extend(dark.err().map(|why| format!("strip: {why}")));
        lit
    }

    /// Writes what is to be written by now.
    fn step(&mut self, now: Instant, clock: &dyn Fn() -> Instant) {
        for place in 0..self.all.len() {
            let Some(lamp) = self.all.get_mut(place).filter(|_| !self.put_off) else { break };
            let admits = self.chips.get(lamp.chip).is_some_and(|chip| chip.admits(place, now));
            if let (true, Slot::Ready(led)) = (admits, &mut lamp.slot) {
                let outcome = led.step(now, clock);
                self.settle(place, now, outcome);
                self.put_off |= Breaker::is_long(now, clock());
            }
        }
        self.paint(now);
    }

    /// Looks for one that is missing.
    fn find<H: Hal<Pin = P, Spi = S>>(
        &mut self,
        place: usize,
        now: Instant,
        hal: &mut H,
        clock: &dyn Fn() -> Instant,
    ) {
        let Some(lamp) = self.all.get(place) else { return };
        let was_lost = lamp.slot.is_lost();
        let outcome = match chips_of(hal, &lamp.wiring) {
            Ok(on) => {
                let chip = self.join(place, shared(&on));
                if !self.chips.get(chip).is_some_and(|chip| chip.admits(place, now)) {
                    return;
                }
                let Some(lamp) = self.all.get_mut(place) else { return };
                lamp.on = on;
                lamp.find(now, hal, clock)
            }
            Err(why) => Err(Trouble::Refused(why)),
        };
        if outcome.is_ok() && was_lost {
            self.doubt_others(place);
        }
        self.settle(place, now, outcome);
    }

    /// A light is there that was lost: whatever happened to its chip happened to all lights on it, and those that did not
    /// change meanwhile did not notice.
    fn doubt_others(&mut self, place: usize) {
        let Some(on) = self.all.get(place).map(|lamp| lamp.on.clone()) else { return };
        let is_other = |(other, lamp): &(usize, &mut Lamp<P>)| {
            *other != place && lamp.on.iter().any(|chip| on.contains(chip))
        };
        self.put_off = true;
        for (_, lamp) in self.all.iter_mut().enumerate().filter(is_other) {
            if let Slot::Ready(led) = &mut lamp.slot {
                led.doubt();
            }
        }
    }

    /// Puts a LED to the others on that chip. Says which it is.
    fn join(&mut self, place: usize, id: Option<PathBuf>) -> usize {
        let before = self.all.get(place).map_or(place, |lamp| lamp.chip);
        if self.chips.get(before).is_some_and(|chip| chip.id == id) {
            return before;
        }
        // One that goes elsewhere tries it for the others no more.
        self.chips.iter_mut().filter(|chip| chip.is_tried_by(place)).for_each(Chip::release);
        let known = self.chips.iter().position(|chip| id.is_some() && chip.id == id);
        let joined = known.unwrap_or_else(|| {
            let others = || self.all.iter().enumerate().filter(|(other, _)| *other != place);
            let is_free = |chip: &usize| others().all(|(_, lamp)| lamp.chip != *chip);
            let free = (0..self.chips.len()).find(is_free).unwrap_or(before);
            self.chips.iter_mut().skip(free).take(1).for_each(|chip| *chip = Chip::new(id.clone()));
            free
        });
        self.all.iter_mut().skip(place).take(1).for_each(|lamp| lamp.chip = joined);
        joined
    }

    /// Takes in what became of a LED's writes.
    fn settle(&mut self, place: usize, now: Instant, outcome: Result<(), Trouble>) {
        let Some(lamp) = self.all.get_mut(place) else { return };
        let Some(chip) = self.chips.get_mut(lamp.chip) else { return };
        let (was_lost, index) = (chip.lost().is_some(), lamp.chip);
        match outcome {
            Ok(()) if !was_lost => {}
            Ok(()) => {
                chip.release();
                self.put_off = true;
                faults::back(&self.with_others(place, index));
            }
            Err(Trouble::Refused(why)) => {
                // Whoever refuses at once holds nobody; the others see for themselves.
                if chip.is_tried_by(place) {
                    chip.release();
                    self.put_off = true;
                }
                lamp.slot.settle(now, &lamp.wiring.described(), Err(why));
            }
            Err(Trouble::Held(before, after)) => {
                self.put_off = true;
                let news = chip.hold(place, before, after).map(str::to_owned);
                if let Some(why) = news {
                    faults::missing(&self.with_others(place, index), &why, PROBE_AFTER);
                }
            }
        }
    }

    /// What messages call a LED and those that share its chip.
    fn with_others(&self, place: usize, chip: usize) -> String {
        let what = self.all.get(place).map_or_else(String::new, |lamp| lamp.wiring.described());
        match self.all.iter().filter(|lamp| lamp.chip == chip).count() {
            0 | 1 => what,
            count => format!("{what}, with {} more on its chip,", count - 1),
        }
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
    fn is_on_strip(&self) -> bool {
        matches!(self.wiring.wires, Wires::Pixels(_))
    }

    /// From now on it looks like this, once it was written.
    fn look(&mut self, now: Instant, look: Look) {
        self.look = look;
        if let Slot::Ready(led) = &mut self.slot {
            led.show(now, look);
        }
    }

    /// Takes what it hangs on, if that is to be had and nothing holds it.
    fn find<H: Hal<Pin = P>>(
        &mut self,
        now: Instant,
        hal: &mut H,
        clock: &dyn Fn() -> Instant,
    ) -> Result<(), Trouble> {
        let mut led = Led::new(drive(hal, &self.wiring, clock)?);
        led.show(now, self.look);
        led.step(now, clock)?;
        self.slot.settle(now, &self.wiring.described(), Ok(led));
        Ok(())
    }
}

/// Takes what a LED hangs on.
fn drive<H: Hal>(
    hal: &mut H,
    wiring: &files::Led,
    clock: &dyn Fn() -> Instant,
) -> Result<Drive<H::Pin>, Trouble> {
    let files::Led { brightness, white, .. } = *wiring;
    let mut pin = |line: &Line| timed(clock, || hal.output(line, wiring.active_low)).map(Pin::new);
    Ok(match &wiring.wires {
        Wires::Mono(line) => Drive::Mono(pin(line)?),
        Wires::Rgb([red, green, blue]) => Drive::Rgb([pin(red)?, pin(green)?, pin(blue)?]),
        Wires::Signal([red, amber, green]) => Drive::Signal([pin(red)?, pin(amber)?, pin(green)?]),
        Wires::Class(name) => Drive::Class(Class::open(hal.classes(), name, brightness, white, clock)?),
        Wires::Pixels(places) => Drive::Pixels(Pixels { places: places.clone(), brightness, white }),
    })
}

/// What a LED hangs on: the chips of its lines, the device of a LED of the kernel's.
fn chips_of<H: Hal>(hal: &mut H, wiring: &files::Led) -> Result<Vec<PathBuf>, String> {
    match &wiring.wires {
        Wires::Mono(line) => Ok(vec![hal.chip(line)?]),
        Wires::Rgb(lines) | Wires::Signal(lines) => lines.iter().map(|line| hal.chip(line)).collect(),
        Wires::Class(name) => {
            Ok(hal.classes().join(name).join("device").canonicalize().into_iter().collect())
        }
        Wires::Pixels(_) => Ok(Vec::new()),
    }
}

/// What a LED shares with others that a bus would hold along with it: the one chip of all its lines.
fn shared(chips: &[PathBuf]) -> Option<PathBuf> {
    let (first, rest) = chips.split_first()?;
    rest.iter().all(|chip| chip == first).then(|| first.clone())
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

/// Said of what those that hung before it left no time for.
const UNWRITTEN: &str = "there was no time to put it out; try again";
/// The same, of what was not even there.
const UNTRIED: &str = "there was no time to look for it; try again";
/// After so long at the end nothing more is tried that might hang: three chips that hold a write for a second each.
const HELD_AT_THE_END: Duration = Duration::from_millis(2500);

#[cfg(test)]
mod tests;

//! Lines that light something.
//! It does not know chips: a line is any `embedded_hal` output.

use std::fmt;

use embedded_hal::digital::{OutputPin, PinState};

use super::write::{Trouble, timed};
use crate::time::Instant;

/// A line that is written only when it changes, or when nobody knows what became of the last write.
#[derive(Debug)]
pub(crate) struct Pin<P> {
    pin: P,
    /// What it was told last.
    told: bool,
    /// Whether that may not have arrived.
    doubted: bool,
}

impl<P: OutputPin<Error: fmt::Display>> Pin<P> {
    /// A line that was just taken, off. Its chip may not have heard of that: what is on since the last program could not
    /// switch it off is off already to a driver that keeps what it believes.
    pub(crate) const fn new(pin: P) -> Self {
        Self { pin, told: false, doubted: true }
    }

    /// What it was told may not be what it is.
    pub(super) const fn doubt(&mut self) {
        self.doubted = true;
    }

    /// Whether it is known to be off.
    pub(super) const fn is_off(&self) -> bool {
        !self.told && !self.doubted
    }

    pub(super) fn set(&mut self, on: bool, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        let again = self.told == on;
        if again && !self.doubted {
            return Ok(());
        }
        self.write(on, clock)?;
        if again {
            // Drivers of some expanders keep a level from their chip that they believe it has, and older ones never say
            // that a write failed: only a change is sure to go there.
            self.write(!on, clock)?;
            self.write(on, clock)?;
        }
        self.doubted = false;
        Ok(())
    }

    fn write(&mut self, on: bool, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        let pin = &mut self.pin;
        let written = timed(clock, || {
            pin.set_state(PinState::from(on))
                .map_err(|error| format!("it can't be set ({error}); check its chip, or ask `nudged doctor`"))
        });
        self.told = on;
        self.doubted |= written.is_err();
        written
    }
}

/// Sets three of them.
pub(super) fn set<P: OutputPin<Error: fmt::Display>>(
    pins: &mut [Pin<P>; 3],
    on: [bool; 3],
    clock: &dyn Fn() -> Instant,
) -> Result<(), Trouble> {
    pins.iter_mut().zip(on).try_for_each(|(pin, on)| pin.set(on, clock))
}

//! Lines that light something.
//! It does not know chips: a line is any `embedded_hal` output.

use std::fmt;

use embedded_hal::digital::{OutputPin, PinState};

/// A line that is written only when it changes.
#[derive(Debug)]
pub(crate) struct Pin<P> {
    pin: P,
    set: Option<bool>,
}

impl<P: OutputPin<Error: fmt::Display>> Pin<P> {
    pub(crate) const fn new(pin: P) -> Self {
        Self { pin, set: None }
    }

    pub(super) fn set(&mut self, on: bool) -> Result<(), String> {
        if self.set == Some(on) {
            return Ok(());
        }
        self.pin
            .set_state(PinState::from(on))
            .map_err(|error| format!("it can't be set ({error}); check its chip, or ask `nudged doctor`"))?;
        self.set = Some(on);
        Ok(())
    }
}

/// Sets three of them.
pub(super) fn set<P: OutputPin<Error: fmt::Display>>(
    pins: &mut [Pin<P>; 3],
    on: [bool; 3],
) -> Result<(), String> {
    pins.iter_mut().zip(on).try_for_each(|(pin, on)| pin.set(on))
}

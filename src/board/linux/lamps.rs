//! The LEDs that the configuration names, each on what its board file says.
//! It does not know how each kind is driven: that stands in `led`.

use embedded_hal::digital::OutputPin;

use super::Hal;
use super::led::{Class, Drive, Led, Pin};
use super::slot::Slot;
use crate::board::files::{self, Line, Wires};
use crate::frame::Look;
use crate::time::Instant;

/// A LED that the configuration names, there or not.
#[derive(Debug)]
pub(super) struct Lamp<P> {
    pub(super) wiring: files::Led,
    pub(super) look: Look,
    pub(super) slot: Slot<Led<P>>,
}

impl<P: OutputPin> Lamp<P> {
    /// Does something with the LED, if it is there; one that fails is missing from then on.
    pub(super) fn apply(&mut self, now: Instant, action: impl FnOnce(&mut Led<P>) -> Result<(), String>) {
        if let Slot::Ready(led) = &mut self.slot
            && let Err(why) = action(led)
        {
            self.slot.settle(now, &self.wiring.described(), Err(why));
        }
    }
}

/// Takes what a LED hangs on.
pub(super) fn drive<H: Hal>(hal: &mut H, wiring: &files::Led) -> Result<Drive<H::Pin>, String> {
    let mut pin = |line: &Line| hal.output(line, wiring.active_low).map(Pin::new);
    Ok(match &wiring.wires {
        Wires::Mono(line) => Drive::Mono(pin(line)?),
        Wires::Rgb([red, green, blue]) => Drive::Rgb([pin(red)?, pin(green)?, pin(blue)?]),
        Wires::Signal(_) | Wires::Pixels(_) => return Err("is of a kind that is not driven yet".into()),
        Wires::Class(name) => Drive::Class(Class::open(hal.classes(), name)?),
    })
}

impl files::Led {
    pub(super) fn described(&self) -> String {
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

//! The wires of a display: an I2C address, or an SPI bus and a line that tells commands from pixels.
//! It does not know what they carry.

use std::fmt;

use embedded_hal::digital::OutputPin;
use embedded_hal::i2c::I2c;
use embedded_hal::spi::SpiDevice;

use super::super::Hal;
use super::Transfer;
use crate::board::files::DisplayWires;

/// Opened wires.
#[derive(Debug)]
pub(in crate::board::linux) enum Port<B, S, P> {
    I2c {
        bus: B,
        address: u8,
    },
    /// An SPI bus acknowledges nothing: a display that is not there looks like one that is.
    Spi {
        device: S,
        /// High for pixels.
        data_command: P,
        /// High while the controller is reset; the line itself is low then.
        reset: Option<P>,
    },
}

/// The wires of a machine.
pub(in crate::board::linux) type PortOf<H> = Port<<H as Hal>::Bus, <H as Hal>::Spi, <H as Hal>::Pin>;

/// Opens what a board file names.
///
/// # Errors
/// A sentence.
pub(in crate::board::linux) fn open<H: Hal>(hal: &mut H, wires: &DisplayWires) -> Result<PortOf<H>, String> {
    match wires {
        DisplayWires::I2c { bus, address } => Ok(Port::I2c { bus: hal.bus(bus)?, address: *address }),
        DisplayWires::Spi { bus, data_command, reset } => {
            let mut line = |line, active_low, what| {
                hal.output(line, active_low).map_err(|why| format!("its {what} line {line}: {why}"))
            };
            let data_command = line(data_command, false, "data/command")?;
            let reset = reset.as_ref().map(|reset| line(reset, true, "reset")).transpose()?;
            Ok(Port::Spi { device: hal.spi(bus, SPEED)?, data_command, reset })
        }
    }
}

impl<B, S, P> Port<B, S, P>
where
    B: I2c<Error: fmt::Display>,
    S: SpiDevice<Error: fmt::Display>,
    P: OutputPin<Error: fmt::Display>,
{
    /// Makes one transfer.
    ///
    /// # Errors
    /// A sentence without a subject.
    pub(super) fn carry(&mut self, transfer: &Transfer) -> Result<(), String> {
        match self {
            Self::I2c { bus, address } => {
                let Some(octets) = framed(transfer) else { return Ok(()) };
                bus.write(*address, &octets).map_err(|error| {
                    format!("does not answer ({error}); check its wires and address, or ask `nudged doctor`")
                })
            }
            Self::Spi { device, data_command, reset } => {
                let unset =
                    |error: P::Error| format!("has a line that can't be set ({error}); ask `nudged doctor`");
                let octets = match transfer {
                    Transfer::Reset(true) => {
                        return reset.as_mut().map_or(Ok(()), P::set_high).map_err(unset);
                    }
                    Transfer::Reset(false) => {
                        return reset.as_mut().map_or(Ok(()), P::set_low).map_err(unset);
                    }
                    Transfer::Levels(_) => {
                        return Err("has no port expander; expected an I2C bus in the board file".into());
                    }
                    Transfer::Commands(octets) => data_command.set_low().map(|()| octets),
                    Transfer::Pixels(octets) => data_command.set_high().map(|()| octets),
                };
                let octets = octets.map_err(unset)?;
                device
                    .write(octets)
                    .map_err(|error| format!("can't be written to ({error}); ask `nudged doctor`"))
            }
        }
    }
}

/// On I2C an octet says what follows it; for an expander nothing does.
fn framed(transfer: &Transfer) -> Option<Vec<u8>> {
    let after = |first: u8, octets: &[u8]| std::iter::once(first).chain(octets.iter().copied()).collect();
    match transfer {
        Transfer::Commands(octets) => Some(after(COMMANDS, octets)),
        Transfer::Pixels(octets) => Some(after(PIXELS, octets)),
        Transfer::Levels(octets) => Some(octets.clone()),
        Transfer::Reset(_) => None,
    }
}

/// Before commands.
pub(super) const COMMANDS: u8 = 0x00;
/// Before pixels.
pub(super) const PIXELS: u8 = 0x40;
/// Hertz: 32 octets in a quarter of a millisecond, and long wires do no harm. An SH1106 takes up to 4 MHz.
const SPEED: u32 = 1_000_000;

//! The calls of spidev. It does not know what the octets mean.

use super::Shared;
use super::cuse::{Calls, ENOTTY, Ioctl, Octets, Outcome, carried_out, with_memory};

/// One part behind SPI.
pub(super) struct Spi {
    bus: Shared,
    part: u16,
}

impl Spi {
    pub(super) fn new(bus: &Shared, part: u16) -> Self {
        Self { bus: bus.clone(), part }
    }

    /// It comes up to three times, as with I2C: for the list of transfers, for their octets, and to be carried out.
    /// Nobody answers on SPI, so it always succeeds.
    fn transfers(&self, argument: u64, length: u64, given: &Octets<'_>) -> Outcome {
        let mut needed = vec![(argument, length)];
        let start = length as usize;
        if given.0.len() < start {
            return Ok(with_memory(&needed, &[]));
        }
        let each = (0..start).step_by(TRANSFER);
        // The caller's memory, and how much of it.
        let pieces: Vec<(u64, u64)> = each
            .map(|at| (given.u64(at), u64::from(given.u32(at + 16))))
            .filter(|piece| piece.1 > 0)
            .collect();
        let octets = &given.0[start..];
        let total: u64 = pieces.iter().map(|piece| piece.1).sum();
        if (octets.len() as u64) < total {
            needed.extend(pieces);
            return Ok(with_memory(&needed, &[]));
        }
        self.bus.write_spi(self.part, octets);
        Ok(carried_out(i32::try_from(total).unwrap(), &[]))
    }
}

impl Calls for Spi {
    fn ioctl(&mut self, _file: u64, call: &Ioctl<'_>) -> Outcome {
        let length = u64::from(call.number >> 16 & 0x3FFF);
        match call.number & !(0x3FFF << 16) {
            MESSAGE => self.transfers(call.argument, length, &call.given),
            WR_MODE | WR_BITS_PER_WORD | WR_MAX_SPEED_HZ => Ok(carried_out(0, &[])),
            _ => Err(ENOTTY),
        }
    }
}

/// Octets of `struct spi_ioc_transfer`: where to send from is its first number, how much its third.
const TRANSFER: usize = 32;

// Calls, without their lengths.
const MESSAGE: u32 = 0x4000_6B00;
const WR_MODE: u32 = 0x4000_6B01;
const WR_BITS_PER_WORD: u32 = 0x4000_6B03;
const WR_MAX_SPEED_HZ: u32 = 0x4000_6B04;

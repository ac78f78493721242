//! The calls of i2c-dev. It does not know what hangs on the bus.

use std::collections::HashMap;

use super::Shared;
use super::cuse::{Calls, EINVAL, ENOTTY, Ioctl, Octets, Outcome, carried_out, with_memory};

/// A bus as `/dev/i2c-1`.
pub(super) struct I2c {
    bus: Shared,
    /// Addresses chosen, by file.
    addresses: HashMap<u64, u16>,
}

impl I2c {
    pub(super) fn new(bus: &Shared) -> Self {
        Self { bus: bus.clone(), addresses: HashMap::new() }
    }
}

impl Calls for I2c {
    fn close(&mut self, file: u64) {
        self.addresses.remove(&file);
    }

    fn read(&mut self, file: u64, length: usize) -> Outcome {
        let mut octets = vec![0; length];
        if self.bus.read(self.address(file), &mut octets) { Ok(octets) } else { Err(EREMOTEIO) }
    }

    fn write(&mut self, file: u64, octets: &[u8]) -> Outcome {
        if self.bus.write(self.address(file), octets) { Ok(Vec::new()) } else { Err(EREMOTEIO) }
    }

    fn ioctl(&mut self, file: u64, call: &Ioctl<'_>) -> Outcome {
        match call.number {
            I2C_SLAVE | I2C_SLAVE_FORCE => {
                self.addresses.insert(file, u16::try_from(call.argument).map_err(|_| EINVAL)?);
                Ok(carried_out(0, &[]))
            }
            I2C_PEC | I2C_RETRIES | I2C_TIMEOUT => Ok(carried_out(0, &[])),
            I2C_FUNCS if call.room < 8 => Ok(with_memory(&[], &[(call.argument, 8)])),
            I2C_FUNCS => Ok(carried_out(0, &FUNC_I2C.to_le_bytes())),
            I2C_RDWR => self.transfers(call.argument, &call.given, call.room),
            _ => Err(ENOTTY),
        }
    }
}

impl I2c {
    /// Before one is chosen it is 0, where nobody answers.
    fn address(&self, file: u64) -> u16 {
        self.addresses.get(&file).copied().unwrap_or(0)
    }

    /// It comes up to three times: twice the kernel is told which of the caller's memory is needed, to know what to
    /// need next, and then the messages are carried out.
    fn transfers(&self, argument: u64, given: &Octets<'_>, room: usize) -> Outcome {
        let mut needed = vec![(argument, MESSAGE)];
        if given.0.len() < 16 {
            return Ok(with_memory(&needed, &[]));
        }
        let (list, count) = (given.u64(0), given.u32(8) as usize);
        if count == 0 || count > 42 {
            return Err(EINVAL);
        }
        needed.push((list, MESSAGE * count as u64));
        let start = 16 * (1 + count);
        if given.0.len() < start {
            return Ok(with_memory(&needed, &[]));
        }
        let messages: Vec<Message> = (1..=count).map(|index| Message::at(given, 16 * index)).collect();
        let (reads, writes): (Vec<&Message>, Vec<&Message>) =
            messages.iter().partition(|message| message.reads);
        let length = |messages: &[&Message]| messages.iter().map(|message| message.length).sum::<usize>();
        if given.0.len() < start + length(&writes) || room < length(&reads) {
            let places = |messages: &[&Message]| -> Vec<(u64, u64)> {
                let places = messages.iter().map(|message| (message.memory, message.length as u64));
                places.filter(|(_, length)| *length > 0).collect()
            };
            needed.extend(places(&writes));
            return Ok(with_memory(&needed, &places(&reads)));
        }
        self.carry_out(&messages, &given.0[start..])
    }

    fn carry_out(&self, messages: &[Message], mut octets: &[u8]) -> Outcome {
        let mut answers = Vec::new();
        for message in messages {
            let answered = if message.reads {
                let mut answer = vec![0; message.length];
                let answered = self.bus.read(message.address, &mut answer);
                answers.extend(answer);
                answered
            } else {
                let (these, later) = octets.split_at(message.length);
                octets = later;
                self.bus.write(message.address, these)
            };
            if !answered {
                return Err(EREMOTEIO);
            }
        }
        Ok(carried_out(i32::try_from(messages.len()).unwrap(), &answers))
    }
}

/// One of the messages of I2C_RDWR.
struct Message {
    address: u16,
    reads: bool,
    length: usize,
    memory: u64,
}

impl Message {
    fn at(octets: &Octets<'_>, at: usize) -> Self {
        Self {
            address: octets.u16(at),
            reads: octets.u16(at + 2) & 1 == 1,
            length: octets.u16(at + 4).into(),
            memory: octets.u64(at + 8),
        }
    }
}

/// Octets of the head of I2C_RDWR, and of each of its messages.
const MESSAGE: u64 = 16;

// Calls of i2c-dev.
const I2C_RETRIES: u32 = 0x0701;
const I2C_TIMEOUT: u32 = 0x0702;
const I2C_SLAVE: u32 = 0x0703;
const I2C_FUNCS: u32 = 0x0705;
const I2C_SLAVE_FORCE: u32 = 0x0706;
const I2C_RDWR: u32 = 0x0707;
const I2C_PEC: u32 = 0x0708;
/// Plain transfers; no SMBus.
const FUNC_I2C: u64 = 1;

/// What a controller says when nobody answers.
const EREMOTEIO: i32 = 121;

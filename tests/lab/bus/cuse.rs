//! A character device with the calls of i2c-dev, in the octets of the kernel's FUSE protocol. It does not know what
//! hangs on the bus.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use super::Shared;

/// Answers the kernel until the device is closed.
pub(super) fn serve(name: &str, bus: &Shared) -> io::Result<()> {
    let mut kernel = OpenOptions::new().read(true).write(true).open("/dev/cuse")?;
    let mut device = Device { name: name.to_owned(), bus: bus.clone(), addresses: HashMap::new(), opened: 0 };
    let mut buffer = vec![0; 1 << 17];
    loop {
        let length = kernel.read(&mut buffer)?;
        let request = Octets(&buffer[..length]);
        if request.u32(4) == INTERRUPT {
            continue;
        }
        answer(&mut kernel, request.u64(8), device.obey(&request))?;
    }
}

fn answer(kernel: &mut File, unique: u64, outcome: Outcome) -> io::Result<()> {
    let (error, body) = match outcome {
        Ok(body) => (0, body),
        Err(errno) => (-errno, Vec::new()),
    };
    let length = u32::try_from(HEAD_OUT + body.len()).unwrap();
    kernel
        .write_all(&[&length.to_le_bytes()[..], &error.to_le_bytes(), &unique.to_le_bytes(), &body].concat())
}

/// Numbers in octets.
struct Octets<'a>(&'a [u8]);

impl Octets<'_> {
    fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap())
    }

    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap())
    }
}

/// The body of an answer, or the kernel's number of an error.
type Outcome = Result<Vec<u8>, i32>;

struct Device {
    name: String,
    bus: Shared,
    /// Addresses chosen, by handle.
    addresses: HashMap<u64, u16>,
    opened: u64,
}

impl Device {
    fn obey(&mut self, request: &Octets<'_>) -> Outcome {
        let body = Octets(&request.0[HEAD_IN..]);
        match request.u32(4) {
            CUSE_INIT => Ok(self.init()),
            OPEN => Ok(self.open()),
            RELEASE => {
                self.addresses.remove(&body.u64(0));
                Ok(Vec::new())
            }
            READ => self.read(body.u64(0), body.u32(16) as usize),
            WRITE => self.write(body.u64(0), &body.0[40..40 + body.u32(16) as usize]),
            IOCTL => self.ioctl(&body),
            _ => Err(ENOSYS),
        }
    }

    fn init(&self) -> Vec<u8> {
        // Version 7.31, ioctls that may ask for memory, the longest read and write, no device number.
        let mut body: Vec<u8> = [7_u32, 31, 0, 1, 1 << 16, 1 << 16, 0, 0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        body.resize(72, 0);
        body.extend(format!("DEVNAME={}\0", self.name).bytes());
        body
    }

    fn open(&mut self) -> Vec<u8> {
        self.opened += 1;
        self.addresses.insert(self.opened, 0);
        [&self.opened.to_le_bytes()[..], &DIRECT_IO.to_le_bytes(), &[0; 4]].concat()
    }

    fn read(&self, handle: u64, length: usize) -> Outcome {
        let mut octets = vec![0; length];
        if self.bus.read(self.addresses[&handle], &mut octets) { Ok(octets) } else { Err(EREMOTEIO) }
    }

    fn write(&self, handle: u64, octets: &[u8]) -> Outcome {
        let length = u32::try_from(octets.len()).unwrap();
        let taken = self.bus.write(self.addresses[&handle], octets);
        if taken { Ok([length.to_le_bytes(), [0; 4]].concat()) } else { Err(EREMOTEIO) }
    }

    fn ioctl(&mut self, body: &Octets<'_>) -> Outcome {
        let (handle, argument) = (body.u64(0), body.u64(16));
        let (given, room) = (body.u32(24) as usize, body.u32(28) as usize);
        match body.u32(12) {
            I2C_SLAVE | I2C_SLAVE_FORCE => {
                self.addresses.insert(handle, u16::try_from(argument).map_err(|_| EINVAL)?);
                Ok(carried_out(0, &[]))
            }
            I2C_PEC | I2C_RETRIES | I2C_TIMEOUT => Ok(carried_out(0, &[])),
            I2C_FUNCS if room < 8 => Ok(with_memory(&[], &[(argument, 8)])),
            I2C_FUNCS => Ok(carried_out(0, &FUNC_I2C.to_le_bytes())),
            I2C_RDWR => self.transfers(argument, &Octets(&body.0[32..32 + given]), room),
            _ => Err(ENOTTY),
        }
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

/// An ioctl that is done.
fn carried_out(result: i32, octets: &[u8]) -> Vec<u8> {
    [&result.to_le_bytes()[..], &[0; 12], octets].concat()
}

/// An ioctl that shall come again, with these pieces of the caller's memory, and room for those.
fn with_memory(given: &[(u64, u64)], room: &[(u64, u64)]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap();
    let head = [0, RETRY, number(given.len()), number(room.len())];
    let pieces = given.iter().chain(room).flat_map(|(at, length)| [at.to_le_bytes(), length.to_le_bytes()]);
    head.iter().flat_map(|number| number.to_le_bytes()).chain(pieces.flatten()).collect()
}

const HEAD_IN: usize = 40;
const HEAD_OUT: usize = 16;
/// Octets of the head of I2C_RDWR, and of each of its messages.
const MESSAGE: u64 = 16;

// Requests.
const OPEN: u32 = 14;
const READ: u32 = 15;
const WRITE: u32 = 16;
const RELEASE: u32 = 18;
const INTERRUPT: u32 = 36;
const IOCTL: u32 = 39;
const CUSE_INIT: u32 = 4096;

/// The flag of an answer that asks for the ioctl again.
const RETRY: u32 = 4;
/// The flag of an opened device that keeps its reads and writes as they are.
const DIRECT_IO: u32 = 1;

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

const EINVAL: i32 = 22;
const ENOTTY: i32 = 25;
const ENOSYS: i32 = 38;
/// What a controller says when nobody answers.
const EREMOTEIO: i32 = 121;

//! A character device that is a program, in the octets of the kernel's FUSE protocol. It does not know what the calls of
//! the device mean.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

/// The calls of a kind of device, by the number of an open file.
pub(super) trait Calls {
    fn close(&mut self, _file: u64) {}
    fn read(&mut self, _file: u64, _length: usize) -> Outcome {
        Err(EINVAL)
    }
    /// Answers with nothing: everything was taken.
    fn write(&mut self, _file: u64, _octets: &[u8]) -> Outcome {
        Err(EINVAL)
    }
    /// Answers by [`carried_out`], or asks for the caller's memory by [`with_memory`].
    fn ioctl(&mut self, file: u64, call: &Ioctl<'_>) -> Outcome;
}

/// An ioctl.
pub(super) struct Ioctl<'a> {
    pub(super) number: u32,
    pub(super) argument: u64,
    /// The memory that was asked for.
    pub(super) given: Octets<'a>,
    /// Octets that the answer may have.
    pub(super) room: usize,
}

/// Answers the kernel until the device is closed.
pub(super) fn serve(name: &str, calls: impl Calls) -> io::Result<()> {
    let mut kernel = OpenOptions::new().read(true).write(true).open("/dev/cuse")?;
    let mut device = Device { name: name.to_owned(), calls, opened: 0 };
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
pub(super) struct Octets<'a>(pub(super) &'a [u8]);

impl Octets<'_> {
    pub(super) fn u16(&self, at: usize) -> u16 {
        u16::from_le_bytes(self.0[at..at + 2].try_into().unwrap())
    }

    pub(super) fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    pub(super) fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap())
    }
}

/// The body of an answer, or the kernel's number of an error.
pub(super) type Outcome = Result<Vec<u8>, i32>;

struct Device<C> {
    name: String,
    calls: C,
    opened: u64,
}

impl<C: Calls> Device<C> {
    fn obey(&mut self, request: &Octets<'_>) -> Outcome {
        let body = Octets(&request.0[HEAD_IN..]);
        match request.u32(4) {
            CUSE_INIT => Ok(self.init()),
            OPEN => Ok(self.open()),
            RELEASE => {
                self.calls.close(body.u64(0));
                Ok(Vec::new())
            }
            READ => self.calls.read(body.u64(0), body.u32(16) as usize),
            WRITE => self.write(&body),
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
        [&self.opened.to_le_bytes()[..], &DIRECT_IO.to_le_bytes(), &[0; 4]].concat()
    }

    fn write(&mut self, body: &Octets<'_>) -> Outcome {
        let length = body.u32(16);
        self.calls.write(body.u64(0), &body.0[40..40 + length as usize])?;
        Ok([length.to_le_bytes(), [0; 4]].concat())
    }

    fn ioctl(&mut self, body: &Octets<'_>) -> Outcome {
        let given = Octets(&body.0[32..32 + body.u32(24) as usize]);
        let call = Ioctl { number: body.u32(12), argument: body.u64(16), given, room: body.u32(28) as usize };
        self.calls.ioctl(body.u64(0), &call)
    }
}

/// An ioctl that is done.
pub(super) fn carried_out(result: i32, octets: &[u8]) -> Vec<u8> {
    [&result.to_le_bytes()[..], &[0; 12], octets].concat()
}

/// An ioctl that shall come again, with these pieces of the caller's memory, and room for those.
pub(super) fn with_memory(given: &[(u64, u64)], room: &[(u64, u64)]) -> Vec<u8> {
    let number = |length: usize| u32::try_from(length).unwrap();
    let head = [0, RETRY, number(given.len()), number(room.len())];
    let pieces = given.iter().chain(room).flat_map(|(at, length)| [at.to_le_bytes(), length.to_le_bytes()]);
    head.iter().flat_map(|number| number.to_le_bytes()).chain(pieces.flatten()).collect()
}

const HEAD_IN: usize = 40;
const HEAD_OUT: usize = 16;

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

pub(super) const EINVAL: i32 = 22;
pub(super) const ENOTTY: i32 = 25;
const ENOSYS: i32 = 38;

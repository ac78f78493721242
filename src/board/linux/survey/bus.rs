//! Buses: whether they are there, and which addresses of an I2C bus answer.
//! It does not know what should answer.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use embedded_hal::i2c::I2c;
use linux_embedded_hal::I2cdev;
use linux_embedded_hal::i2cdev::linux::LinuxI2CError;
use rustix::io::Errno;

use super::node::{Access, Node};
use crate::time::Duration;

/// An I2C bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bus {
    /// Its device file.
    pub node: Node,
    /// Whether the kernel has the bus, device file or not; `None` if the file's name does not tell.
    pub adapter: Option<bool>,
    /// Who is there.
    pub scan: Scan,
}

/// Who answers on an I2C bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    /// Nobody was asked.
    #[default]
    No,
    /// Everybody was asked.
    Done {
        /// Addresses that answer.
        answers: Vec<u8>,
        /// Addresses that a driver of the kernel keeps for itself; they were not asked.
        kept: Vec<u8>,
    },
    /// The bus can't be asked at all.
    Deaf(String),
    /// It does not get to the end.
    Stuck {
        /// The address that was asked then.
        at: u8,
        /// What happened.
        why: String,
    },
}

impl Bus {
    /// The longest a scan may take; a bus that hangs the kernel for longer is called stuck, and left alone.
    pub const PATIENCE: Duration = Duration::from_secs(3);

    /// Looks whether it is there.
    pub(super) fn look(root: &Path, path: &Path) -> Self {
        Self { node: Node::at(root, path), adapter: in_sysfs(root, "i2c", path, "i2c-"), scan: Scan::No }
    }

    /// Asks every address, if the bus may be opened.
    pub(super) fn scanned(self) -> Self {
        if self.node.access != Access::Open {
            return self;
        }
        let (tell, told) = mpsc::channel();
        let path = self.node.path.clone();
        // A call into a driver that hangs can't be called back: it is left behind, and ends with the program.
        thread::spawn(move || tell.send(scan_file(&path)));
        let late = Scan::Stuck { at: FIRST, why: "the kernel does not come back from a call".into() };
        Self { scan: told.recv_timeout(Self::PATIENCE).unwrap_or(late), ..self }
    }
}

fn scan_file(path: &Path) -> Scan {
    let mut bus = match I2cdev::new(path) {
        Ok(bus) => bus,
        Err(error) => return Scan::Deaf(error.to_string()),
    };
    scan(|address| {
        let before = Instant::now();
        let mut octet = [0];
        let answer = bus.read(address, &mut octet).map_err(|error| errno(error.inner()));
        (answer, before.elapsed())
    })
}

fn errno(error: &LinuxI2CError) -> Errno {
    let number = match error {
        LinuxI2CError::Errno(number) => Some(*number),
        LinuxI2CError::Io(error) => error.raw_os_error(),
    };
    number.map_or(Errno::IO, Errno::from_raw_os_error)
}

/// Asks one address after the other for an octet, and stops at the first sign that the bus is not well. Reading writes
/// nothing into whatever is there.
fn scan(mut ask: impl FnMut(u8) -> (Result<(), Errno>, Duration)) -> Scan {
    let (mut answers, mut kept) = (Vec::new(), Vec::new());
    for at in FIRST..=LAST {
        let (answer, took) = ask(at);
        if took > LONG {
            return Scan::Stuck { at, why: format!("one octet took {} ms", took.as_millis()) };
        }
        match answer {
            Ok(()) => answers.push(at),
            Err(Errno::NXIO | Errno::REMOTEIO | Errno::NODEV) => {}
            Err(Errno::BUSY) => kept.push(at),
            Err(error @ (Errno::OPNOTSUPP | Errno::NOTTY)) => return Scan::Deaf(error.to_string()),
            Err(error) => return Scan::Stuck { at, why: error.to_string() },
        }
    }
    Scan::Done { answers, kept }
}

/// An SPI bus with its chip select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiBus {
    /// Its device file.
    pub node: Node,
    /// Whether the kernel has it, device file or not; `None` if the file's name does not tell.
    pub device: Option<bool>,
}

impl SpiBus {
    /// Looks whether it is there.
    pub(super) fn look(root: &Path, path: &Path) -> Self {
        Self { node: Node::at(root, path), device: in_sysfs(root, "spi", path, "spidev") }
    }
}

/// Whether the kernel knows the device behind a device file's name, whose kind begins like that.
fn in_sysfs(root: &Path, kind: &str, path: &Path, begin: &str) -> Option<bool> {
    let name = path.file_name()?.to_str()?;
    let number = name.strip_prefix(begin)?;
    let name = if kind == "spi" { format!("spi{number}") } else { name.to_owned() };
    let device: PathBuf = root.join("sys/bus").join(kind).join("devices").join(name);
    Some(device.exists())
}

/// The first address that is not reserved.
const FIRST: u8 = 0x08;
/// The last one.
const LAST: u8 = 0x77;
/// An octet at 100 kHz takes a fifth of a millisecond.
const LONG: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[test]
    fn every_address_is_asked_once_and_those_of_drivers_are_told_apart() {
        let mut asked = Vec::new();
        let found = scan(|address| {
            asked.push(address);
            let answer = match address {
                0x3c => Ok(()),
                0x68 => Err(Errno::BUSY),
                address if address % 2 == 0 => Err(Errno::NXIO),
                _ => Err(Errno::REMOTEIO),
            };
            (answer, SOON)
        });
        assert_eq!(found, Scan::Done { answers: vec![0x3c], kept: vec![0x68] });
        assert_eq!(asked, (0x08..=0x77).collect::<Vec<u8>>());
    }

    #[test]
    fn the_first_sign_of_a_stuck_bus_ends_it() {
        let mut asked = 0;
        let slow = scan(|_| {
            asked += 1;
            (Err(Errno::NXIO), Duration::from_secs(1))
        });
        assert_eq!(slow, Scan::Stuck { at: 0x08, why: "one octet took 1000 ms".into() });
        assert_eq!(asked, 1);
        let odd = scan(|address| (Err(if address < 0x10 { Errno::NXIO } else { Errno::TIMEDOUT }), SOON));
        assert!(matches!(odd, Scan::Stuck { at: 0x10, .. }), "{odd:?}");
        assert!(matches!(scan(|_| (Err(Errno::OPNOTSUPP), SOON)), Scan::Deaf(_)));
    }

    #[test]
    fn what_is_no_bus_is_not_asked() {
        let bus = Bus::look(Path::new("/"), Path::new("/dev/i2c-4711")).scanned();
        assert_eq!((bus.node.access, bus.scan), (Access::Missing, Scan::No));
        let null = Bus::look(Path::new("/"), Path::new("/dev/null")).scanned();
        assert!(matches!(null.scan, Scan::Deaf(_)), "{null:?}");
    }
}

//! Words to a bus, and its answers: one connection to a socket for each. It does not know what the checks want.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::glass::Glass;
use super::{Bus, Counts, Mode, SpiLines};
use crate::guest::until;
use crate::process::DEADLINE;

/// Answers what is asked, in a thread of its own.
pub(super) fn listen(mut obey: impl FnMut(&str) -> String + Send + 'static) -> io::Result<()> {
    let _ = fs::remove_file(SOCKET);
    let socket = UnixListener::bind(SOCKET)?;
    thread::spawn(move || {
        for connection in socket.incoming() {
            let mut connection = connection.unwrap();
            let mut words = String::new();
            connection.read_to_string(&mut words).unwrap();
            connection.write_all(obey(&words).as_bytes()).unwrap();
        }
    });
    Ok(())
}

pub(super) fn obey(bus: &mut Bus, words: &str) -> String {
    let mut answer = String::new();
    match words.split_once(' ').unwrap_or((words, "")) {
        // Whether somebody listens.
        ("", _) => {}
        ("well", _) => bus.set(Mode::Well),
        ("unplugged", _) => bus.set(Mode::Unplugged),
        ("hung", _) => bus.set(Mode::Hung),
        ("slow", _) => bus.set(Mode::Slow),
        ("lines", files) => {
            let (data_command, reset) = files.split_once(' ').unwrap();
            bus.spi_lines = Some(SpiLines { data_command: data_command.into(), reset: reset.into() });
        }
        ("count", _) => {
            let Counts { transfers, refused, longest } = std::mem::take(&mut bus.counts);
            write!(answer, "{transfers} {refused} {longest}").unwrap();
        }
        ("holding", _) => write!(answer, "{}", bus.holding).unwrap(),
        ("show", address) => answer = bus.part(address.parse().unwrap()).unwrap().words(),
        ("strange", address) => {
            write!(answer, "{}", bus.part(address.parse().unwrap()).unwrap().strange()).unwrap();
        }
        _ => panic!("the bus does not understand \"{words}\""),
    }
    answer
}

/// The checks' end.
pub(crate) struct Steering;

/// What happened since they were asked for before.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) transfers: u64,
    pub(crate) refused: u64,
    pub(crate) longest: u64,
}

impl Steering {
    /// Waits for the bus to be there.
    pub(crate) fn connect() -> Self {
        until("the bus", Duration::from_secs(10), || {
            (DEVICES.iter().all(|device| fs::metadata(device).is_ok()) && UnixStream::connect(SOCKET).is_ok())
                .then_some(())
        });
        Self
    }

    /// How the bus is from now on: `well`, `unplugged`, `hung`, `slow`.
    pub(crate) fn is(&self, mode: &str) {
        Self::ask(mode);
    }

    /// Which lines go to the OLED behind SPI: the files of their levels.
    pub(crate) fn has_lines(&self, data_command: &Path, reset: &Path) {
        Self::ask(&format!("lines {} {}", data_command.display(), reset.display()));
    }

    pub(crate) fn count(&self) -> Counted {
        let answer = Self::ask("count");
        let numbers: Vec<u64> = answer.split(' ').map(|number| number.parse().unwrap()).collect();
        let [transfers, refused, longest] = numbers[..] else { panic!("{answer}") };
        Counted { transfers, refused, longest }
    }

    /// Waits until the bus holds a transfer, the next one if it holds one now.
    pub(crate) fn await_hold(&self) {
        for holding in [false, true] {
            until("the bus", DEADLINE, || (self.is_holding() == holding).then_some(()));
        }
    }

    /// Whether the bus holds a transfer now.
    pub(crate) fn is_holding(&self) -> bool {
        Self::ask("holding") == "true"
    }

    /// What an OLED shows.
    pub(crate) fn glass(&self, address: u16) -> Glass {
        Glass::parse(&self.words(address), 128)
    }

    /// What any display shows.
    pub(crate) fn words(&self, address: u16) -> String {
        Self::ask(&format!("show {address}"))
    }

    /// How many octets made no sense to it.
    pub(crate) fn strange(&self, address: u16) -> u64 {
        Self::ask(&format!("strange {address}")).parse().unwrap()
    }

    fn ask(words: &str) -> String {
        let mut connection = UnixStream::connect(SOCKET).unwrap();
        connection.write_all(words.as_bytes()).unwrap();
        connection.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    }
}

/// What there is while the bus is plugged.
pub(crate) const DEVICES: [&str; 3] = ["/dev/i2c-1", "/dev/spidev0.0", "/dev/spidev0.1"];
const SOCKET: &str = "/tmp/bus.sock";

//! A bus with displays on it, which is `/dev/i2c-1` of the machine, and two parts behind SPI: the kernel's CUSE lets a
//! program be a device. It does not know the driver under test; the checks steer it through a socket, see [`control`].

pub(crate) mod apa102;
mod control;
mod cuse;
pub(crate) mod glass;
pub(crate) mod hd44780;
mod i2c;
mod oled;
pub(crate) mod sh1106;
mod spi;
pub(crate) mod ssd1306;

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

pub(crate) use control::{DEVICES, Steering};

/// Something that hangs on the bus.
trait Part: Send {
    fn write(&mut self, transfer: &[u8]);
    fn read(&mut self) -> u8;
    /// It forgets everything.
    fn power_comes_back(&mut self);
    /// What eyes would see.
    fn words(&self) -> String;
    /// How many octets made no sense, or came when nobody listened.
    fn strange(&self) -> usize;
}

/// How the bus is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Well,
    /// All parts are unplugged, and without power.
    Unplugged,
    /// Each transfer is held for a second and then fails.
    Hung,
    /// As a bus at 20 kHz.
    Slow,
}

/// The lines beside SPI, as files that say "1" when they are high.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SpiLines {
    /// High while pixels come, low for commands.
    data_command: PathBuf,
    /// Low is reset.
    reset: PathBuf,
}

/// The bus.
struct Bus {
    mode: Mode,
    parts: Vec<(u16, Box<dyn Part>)>,
    spi_lines: Option<SpiLines>,
    counts: Counts,
    /// Whether a transfer is being held.
    holding: bool,
}

/// What happened on the bus.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    transfers: u64,
    refused: u64,
    /// Octets of the longest transfer.
    longest: usize,
}

impl Bus {
    fn new() -> Self {
        let parts: Vec<(u16, Box<dyn Part>)> = vec![
            (SSD1306, Box::new(ssd1306::Ssd1306::default())),
            (SH1106, Box::new(sh1106::Sh1106::default())),
            (HD44780, Box::new(hd44780::Hd44780::default())),
            (SPI_OLED, Box::new(sh1106::Sh1106::default())),
            (SPI_STRIP, Box::new(apa102::Apa102::default())),
        ];
        Self { mode: Mode::Well, parts, spi_lines: None, counts: Counts::default(), holding: false }
    }

    fn set(&mut self, mode: Mode) {
        if mode == Mode::Unplugged {
            self.parts.iter_mut().for_each(|(_, part)| part.power_comes_back());
        }
        self.mode = mode;
    }

    fn part(&mut self, address: u16) -> Option<&mut Box<dyn Part>> {
        self.parts.iter_mut().find(|(at, _)| *at == address).map(|(_, part)| part)
    }
}

/// The bus as the device sees it.
#[derive(Clone)]
struct Shared(Arc<Mutex<Bus>>);

impl Shared {
    /// Whether a part took it.
    fn write(&self, address: u16, octets: &[u8]) -> bool {
        self.transfer(address, octets.len(), |part| part.write(octets))
    }

    /// Whether a part answered.
    fn read(&self, address: u16, octets: &mut [u8]) -> bool {
        self.transfer(address, octets.len(), |part| octets.fill(part.read()))
    }

    /// What a part gets by SPI, and by the lines beside it.
    fn write_spi(&self, part: u16, octets: &[u8]) {
        let lines = if part == SPI_OLED { self.0.lock().unwrap().spi_lines.clone() } else { None };
        let is_high = |file: &PathBuf| fs::read_to_string(file).unwrap().trim() == "1";
        let framed = match &lines {
            Some(lines) if !is_high(&lines.reset) => return,
            Some(lines) => [&[if is_high(&lines.data_command) { 0x40 } else { 0x00 }][..], octets].concat(),
            None => octets.to_vec(),
        };
        self.transfer(part, octets.len(), |part| part.write(&framed));
    }

    fn begin(&self) -> Mode {
        let bus = &mut *self.0.lock().unwrap();
        bus.holding = bus.mode == Mode::Hung;
        bus.mode
    }

    fn transfer(&self, address: u16, length: usize, action: impl FnOnce(&mut Box<dyn Part>)) -> bool {
        // Not while the bus is locked: it must hear when it is to be well again.
        let mode = self.begin();
        thread::sleep(match mode {
            Mode::Hung => HOLD,
            Mode::Slow => OCTET * u32::try_from(length + 1).unwrap(),
            Mode::Well | Mode::Unplugged => Duration::ZERO,
        });
        let bus = &mut *self.0.lock().unwrap();
        bus.holding = false;
        bus.counts.transfers += 1;
        bus.counts.longest = bus.counts.longest.max(length);
        let taken = matches!(mode, Mode::Well | Mode::Slow);
        let part = if taken { bus.part(address) } else { None };
        let answered = part.map(action).is_some();
        bus.counts.refused += u64::from(!answered);
        answered
    }
}

/// Is the bus until it is killed.
pub(crate) fn run() -> std::io::Result<()> {
    let bus = Shared(Arc::new(Mutex::new(Bus::new())));
    let steered = bus.clone();
    control::listen(move |words| control::obey(&mut steered.0.lock().unwrap(), words))?;
    for (name, part) in [("spidev0.0", SPI_OLED), ("spidev0.1", SPI_STRIP)] {
        let calls = spi::Spi::new(&bus, part);
        thread::spawn(move || cuse::serve(name, calls));
    }
    cuse::serve("i2c-1", i2c::I2c::new(&bus))
}

pub(crate) const SSD1306: u16 = 0x3C;
pub(crate) const SH1106: u16 = 0x3D;
pub(crate) const HD44780: u16 = 0x27;
// What hangs on SPI has no address; these are beyond those of I2C.
pub(crate) const SPI_OLED: u16 = 0x100;
pub(crate) const SPI_STRIP: u16 = 0x101;
const HOLD: Duration = Duration::from_secs(1);
/// Nine bits at 20 kHz.
const OCTET: Duration = Duration::from_micros(450);

//! Board files: what is wired where, in TOML. The ones of `boards/` are compiled in.
//! It does not know whether the wires are there.

mod line;
mod parse;

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::board::Unopened;
use crate::board::pixels::{self, Size};
use crate::frame::{Layout, Rgb};
use crate::nearest;
use crate::text::Shown;

#[cfg(feature = "hardware")]
pub(super) use line::HEADER_CHIPS;
pub use line::Line;

/// What a board file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardFile {
    /// One sentence for `nudged list boards`.
    pub about: String,
    /// Beginnings of the names that machines of this kind have in their device tree.
    pub models: Vec<String>,
    /// LEDs, in the order of the file.
    pub leds: Vec<Led>,
    /// Buttons, in the order of the file.
    pub buttons: Vec<Button>,
    /// The strip whose pixels LEDs may be, if there is one.
    pub strip: Option<Strip>,
    /// The display, if there is one.
    pub display: Option<Display>,
    /// Lines that usually have another job: see [`BoardFile::warnings`].
    pub clashes: Vec<Mistake>,
}

/// A LED and its wires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Led {
    /// Its name.
    pub name: String,
    /// How it is driven.
    pub wires: Wires,
    /// Whether the line is low when it is lit.
    pub active_low: bool,
    /// Percent of its full brightness that it never exceeds, 1 to 100; only for LEDs that can be dimmed.
    pub brightness: u8,
    /// What this LED must be given to look white, for LEDs whose channels can be dimmed; `#ffffff` is no correction.
    pub white: Rgb,
}

/// How a LED is driven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wires {
    /// One line: on or off.
    Mono(Line),
    /// Red, green and blue: seven colours.
    Rgb([Line; 3]),
    /// Red, amber and green lamps beside one another, as on a traffic light: the one nearest to the colour is lit, and
    /// all three for a colour that none is like.
    Signal([Line; 3]),
    /// A LED of the kernel's LED class, by its name in `/sys/class/leds`.
    Class(String),
    /// Pixels of the board's strip, from 0; never empty, and all on the strip.
    Pixels(Range<u8>),
}

/// A strip of LEDs in a row, fed through SPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// The device file of its bus.
    pub bus: PathBuf,
    /// How many pixels it has, 1 to 64. It is an APA102 or one that speaks like it (SK9822).
    pub pixels: u8,
    /// The clock of its bus in hertz, 100 000 to 8 000 000.
    pub speed: u32,
}

/// A button and its wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Its name.
    pub name: String,
    /// Its line.
    pub line: Line,
    /// What holds the line while the button is not pressed.
    pub pull: Pull,
    /// Whether the line is low while it is pressed; by default it is, unless `pull` is down.
    pub active_low: bool,
}

/// What holds a line that nothing drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pull {
    /// A resistor of the chip to the supply.
    #[default]
    Up,
    /// A resistor of the chip to ground.
    Down,
    /// A resistor on the board.
    None,
}

/// A display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// What it is.
    pub panel: Panel,
    /// How it is reached.
    pub wires: DisplayWires,
    /// Whether it is mounted upside down; panels of characters can't be turned.
    pub upside_down: bool,
    /// How bright an OLED is, 0 to 255, not evenly.
    pub contrast: u8,
}

/// Kinds of displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Pixels.
    Oled {
        /// Its controller.
        controller: Controller,
        /// Its pixels.
        size: Size,
        /// Columns of the controller left of the first pixel, 0 to 64.
        column_offset: u8,
    },
    /// An HD44780 behind a PCF8574: characters.
    Characters {
        /// Characters across, 8 to 40.
        columns: u8,
        /// Lines, 1 to 4.
        rows: u8,
    },
}

impl Panel {
    /// Columns and rows of text in a list on it, heading included: what the rows of a screen are written for.
    #[must_use]
    pub const fn room(self) -> (u8, u8) {
        match self {
            Self::Oled { size, .. } => pixels::room(Layout::List, size),
            Self::Characters { columns, rows } => (columns, rows),
        }
    }
}

/// Controllers of OLEDs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controller {
    /// Solomon Systech SSD1306.
    #[default]
    Ssd1306,
    /// Sino Wealth SH1106: 132 columns of memory, and pages only.
    Sh1106,
}

impl Controller {
    /// Columns of its memory.
    #[must_use]
    pub const fn columns(self) -> u8 {
        match self {
            Self::Ssd1306 => 128,
            Self::Sh1106 => 132,
        }
    }
}

/// How a display is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisplayWires {
    /// By I2C.
    I2c {
        /// The device file of the bus.
        bus: PathBuf,
        /// Its address there, 7 bits: 0x08 to 0x77.
        address: u8,
    },
    /// By SPI, with a line that tells commands from pixels: OLEDs only.
    Spi {
        /// The device file of the bus.
        bus: PathBuf,
        /// Low for commands, high for pixels.
        data_command: Line,
        /// Low resets the controller.
        reset: Option<Line>,
    },
}

/// Something wrong in a board file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which octets of the text.
    pub span: Range<usize>,
    /// What it is, and what would be right.
    pub text: String,
}

impl BoardFile {
    /// Reads a board file.
    ///
    /// # Errors
    /// Every mistake, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<Mistake>> {
        parse::parse(text)
    }

    /// What is legal and probably not meant, in the order of the file: lines that usually have another job (I2C, SPI,
    /// the serial console, the EEPROM of add-on boards).
    #[must_use]
    pub fn warnings(&self) -> Vec<Mistake> {
        self.clashes.clone()
    }

    /// The LED of that name.
    #[must_use]
    pub fn led(&self, name: &str) -> Option<&Led> {
        self.leds.iter().find(|led| led.name == name)
    }

    /// The button of that name.
    #[must_use]
    pub fn button(&self, name: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.name == name)
    }
}

/// The text of a board file, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// For messages: a path, or `boards/NAME.toml` for one that is compiled in.
    pub path: PathBuf,
    /// The text.
    pub text: Cow<'static, str>,
    /// Its name, if it is compiled in: then nobody can change it but by a copy in [`OVERRIDES`].
    pub built_in: Option<&'static str>,
}

impl Source {
    /// Finds a board file: a path if `name` looks like one, else `/etc/nudged/boards/NAME.toml`, else a compiled-in one.
    ///
    /// # Errors
    /// [`Missing`].
    pub fn find(name: &str) -> Result<Self, Missing> {
        Self::find_in(Path::new(OVERRIDES), name)
    }

    fn find_in(overrides: &Path, name: &str) -> Result<Self, Missing> {
        if name.contains('/') || name.ends_with(".toml") {
            return read(PathBuf::from(name));
        }
        if name.is_empty() || name.starts_with('.') {
            return Err(Missing::Unknown(name.into()));
        }
        let file = overrides.join(format!("{name}.toml"));
        match read(file) {
            Err(Missing::Unreadable(_, error)) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        let shipped = BUILT_IN.into_iter().find(|(known, _)| *known == name);
        let (name, text) = shipped.ok_or_else(|| Missing::Unknown(name.into()))?;
        let path = PathBuf::from(format!("boards/{name}.toml"));
        Ok(Self { path, text: Cow::Borrowed(text), built_in: Some(name) })
    }
}

/// Finds a board file (see [`Source::find`]) and reads it.
///
/// # Errors
/// [`Unopened::Missing`] and [`Unopened::Wrong`].
pub fn load(name: &str) -> Result<(Source, BoardFile), Unopened> {
    let source = Source::find(name).map_err(Unopened::Missing)?;
    match BoardFile::parse(&source.text) {
        Ok(file) => Ok((source, file)),
        Err(mistakes) => Err(Unopened::Wrong(source, mistakes)),
    }
}

/// The text of a board file that comes with the program.
#[must_use]
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Why there is no board file.
#[derive(Debug)]
pub enum Missing {
    /// No board has that name.
    Unknown(String),
    /// The file cannot be read.
    Unreadable(PathBuf, io::Error),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                let known: Vec<&str> = names().map(|(name, _)| name).collect();
                let known = known.into_iter().chain(["the path of a board file"]);
                write!(f, "no board is called \"{}\"; {}", Shown(name), nearest::hint(name, known))
            }
            Self::Unreadable(path, error) => {
                write!(f, "{}: {}", Shown(&path.to_string_lossy()), unreadable(error))
            }
        }
    }
}

impl std::error::Error for Missing {}

/// Why a file can't be read, without its name.
pub fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file; boards that need none: nudged list boards".into(),
        _ => error.to_string(),
    }
}

/// Every board there is without a file of one's own: its name and what it is.
pub fn names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let simulated = [
        ("terminal", "lamps, display and buttons in this terminal; needs nothing"),
        ("headless", "JSON lines on stdout, button words on stdin; for scripts and tests"),
    ];
    simulated.into_iter().chain(BUILT_IN.iter().map(|(name, text)| (*name, about(text))))
}

/// The compiled-in board for a machine, by the name it has in its device tree (`/proc/device-tree/model`): the one with
/// the longest beginning of that name among its `models`, else `generic`. `None` if the machine has no such name, as PCs
/// have none.
#[must_use]
pub fn propose(model: &str) -> Option<&'static str> {
    let model = model.trim_matches(['\0', '\n', ' ']);
    if model.is_empty() {
        return None;
    }
    let begins = BUILT_IN.iter().flat_map(|(name, text)| {
        let models = BoardFile::parse(text).unwrap_or_default().models;
        models.into_iter().filter(|begin| model.starts_with(begin.as_str())).map(|begin| (begin.len(), *name))
    });
    Some(begins.max().map_or("generic", |(_, name)| name))
}

/// What a compiled-in board says of itself.
fn about(text: &'static str) -> &'static str {
    let root = toml::de::DeTable::parse(text).ok();
    match root.as_ref().and_then(|root| root.get_ref().get("about")).map(toml::Spanned::get_ref) {
        // Only a text with escapes would have to be put together anew.
        Some(toml::de::DeValue::String(Cow::Borrowed(about))) => about,
        _ => "",
    }
}

fn read(path: PathBuf) -> Result<Source, Missing> {
    use std::io::Read;

    let mut octets = Vec::new();
    let read = fs::File::open(&path).and_then(|file| file.take(FILE_MAX + 1).read_to_end(&mut octets));
    let text = read.and_then(|_| {
        if octets.len() as u64 > FILE_MAX {
            return Err(io::Error::other("longer than any board file; expected at most 64 KiB"));
        }
        String::from_utf8(octets).map_err(|_| io::Error::other("is not UTF-8 text"))
    });
    match text {
        Ok(text) => Ok(Source { path, text: Cow::Owned(text), built_in: None }),
        Err(error) => Err(Missing::Unreadable(path, error)),
    }
}

/// The boards that are compiled in, by their names, in the order in which they are listed.
const BUILT_IN: [(&str, &str); 12] = [
    ("rpi", include_str!("../../../boards/rpi.toml")),
    ("rpi-1", include_str!("../../../boards/rpi-1.toml")),
    ("rpi-zero", include_str!("../../../boards/rpi-zero.toml")),
    ("rpi-zero-2w", include_str!("../../../boards/rpi-zero-2w.toml")),
    ("rpi-2", include_str!("../../../boards/rpi-2.toml")),
    ("rpi-3", include_str!("../../../boards/rpi-3.toml")),
    ("rpi-4", include_str!("../../../boards/rpi-4.toml")),
    ("rpi-5", include_str!("../../../boards/rpi-5.toml")),
    ("generic", include_str!("../../../boards/generic.toml")),
    ("oled-bonnet", include_str!("../../../boards/oled-bonnet.toml")),
    ("oled-joystick", include_str!("../../../boards/oled-joystick.toml")),
    ("traffic-hat", include_str!("../../../boards/traffic-hat.toml")),
];
/// Files here take the place of compiled-in ones.
pub const OVERRIDES: &str = "/etc/nudged/boards";
/// Octets of a board file; who has more mistook the file.
const FILE_MAX: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_board_says_what_it_is_and_clashes_with_nothing() {
        for (name, text) in BUILT_IN {
            let file = BoardFile::parse(text).unwrap_or_else(|wrong| panic!("{name}: {wrong:?}"));
            assert_eq!((about(text), file.warnings()), (file.about.as_str(), vec![]), "{name}");
            assert!((20..=66).contains(&file.about.len()) && Shown(&file.about).to_string() == file.about);
            assert!(file.led("desk").is_some() && file.button("left").is_some(), "{name}");
        }
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/boards");
        assert_eq!(fs::read_dir(here).unwrap().count(), BUILT_IN.len(), "a board file is not compiled in");
    }

    #[test]
    fn the_documented_wiring_is_that_of_every_pi_with_forty_pins() {
        for name in ["rpi", "rpi-zero", "rpi-zero-2w", "rpi-2", "rpi-3", "rpi-4", "rpi-5"] {
            let file = BoardFile::parse(&Source::find(name).unwrap().text).unwrap();
            let line = |name: &str| Line::Named(name.into());
            assert_eq!(file.led("desk").unwrap().wires, Wires::Mono(line("GPIO17")), "{name}");
            assert_eq!(file.led("team").unwrap().wires, Wires::Mono(line("GPIO27")));
            assert_eq!(file.led("rgb").unwrap().wires, Wires::Rgb(["GPIO22", "GPIO23", "GPIO24"].map(line)));
            assert_eq!(file.led("act").unwrap().wires, Wires::Class("ACT".into()));
            let buttons = ["left", "right"].map(|name| file.button(name).unwrap());
            assert_eq!(buttons.map(|button| button.line.clone()), ["GPIO5", "GPIO6"].map(line));
            assert!(buttons.iter().all(|button| button.active_low && button.pull == Pull::Up));
            let wires = DisplayWires::I2c { bus: "/dev/i2c-1".into(), address: 0x3c };
            assert_eq!(file.display.unwrap().wires, wires);
        }
    }

    #[test]
    fn a_machine_is_known_by_the_longest_beginning_of_its_name() {
        for (model, board) in [
            ("Raspberry Pi Zero Rev 1.3", "rpi-zero"),
            ("Raspberry Pi Zero W Rev 1.1\0", "rpi-zero"),
            ("Raspberry Pi Zero 2 W Rev 1.0\0", "rpi-zero-2w"),
            ("Raspberry Pi Model B Plus Rev 1.2", "rpi-zero"),
            ("Raspberry Pi Model B Rev 2", "rpi-1"),
            ("Raspberry Pi 400 Rev 1.0", "rpi-4"),
            ("Raspberry Pi 500 Rev 1.0", "rpi-5"),
            ("Raspberry Pi Compute Module 4 Rev 1.1", "rpi"),
            ("Libre Computer AML-S905X-CC", "generic"),
        ] {
            assert_eq!(propose(model), Some(board), "{model}");
        }
        assert_eq!(propose("\0"), None);
    }

    #[test]
    fn a_file_of_ones_own_takes_the_place_of_a_built_in_one() {
        let folder = tempfile::tempdir().unwrap();
        let find = |name: &str| Source::find_in(folder.path(), name);
        let shipped = find("rpi").unwrap();
        assert_eq!((shipped.path.as_path(), shipped.built_in), (Path::new("boards/rpi.toml"), Some("rpi")));
        fs::write(folder.path().join("rpi.toml"), "# mine").unwrap();
        let mine = find("rpi").unwrap();
        assert_eq!((&*mine.text, mine.built_in), ("# mine", None));
        let path = folder.path().join("rpi.toml");
        assert_eq!(find(path.to_str().unwrap()).unwrap().text, "# mine");
    }

    #[test]
    fn an_unknown_board_names_the_nearest() {
        let text = Source::find("rpi-zero2w").unwrap_err().to_string();
        assert_eq!(text, "no board is called \"rpi-zero2w\"; did you mean \"rpi-zero-2w\"?");
        let text = Source::find("rpi4").unwrap_err().to_string();
        assert_eq!(text, "no board is called \"rpi4\"; did you mean \"rpi-4\"?");
        let text = Source::find("nope").unwrap_err().to_string();
        assert!(
            text.starts_with("no board is called \"nope\"; expected terminal, headless, rpi, rpi-1, "),
            "{text}"
        );
        assert!(text.ends_with(", traffic-hat or the path of a board file"), "{text}");
        assert!(!Source::find("\u{1b}").unwrap_err().to_string().contains('\u{1b}'));
        assert!(matches!(Source::find("./no/such.toml"), Err(Missing::Unreadable(..))));
        assert!(matches!(Source::find("../x"), Err(Missing::Unreadable(..))));
        assert!(matches!(Source::find(""), Err(Missing::Unknown(_))));
    }

    #[test]
    fn what_is_no_board_file_is_refused_before_it_fills_the_memory() {
        let text = Source::find("/dev/zero").unwrap_err().to_string();
        assert_eq!(text, "/dev/zero: longer than any board file; expected at most 64 KiB");
    }
}

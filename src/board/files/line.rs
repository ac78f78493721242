//! Names of GPIO lines as people write them: `GPIO17`, `J8:11`, `pinctrl-rp1/17`.
//! It does not know whether there is such a line; numbers of chips have no place here.

use std::fmt;

/// A line, by a name that survives kernels and models.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line {
    /// By the name the kernel gives it, such as `GPIO17`.
    Named(String),
    /// By the label of its chip and its place there.
    At {
        /// The label, such as `pinctrl-rp1`.
        chip: String,
        /// The place.
        offset: u32,
    },
}

impl Line {
    /// Reads a name. A pin of the 40-pin header becomes the name of its line.
    ///
    /// # Errors
    /// A sentence without a subject: `"is ground"`, `"is no line; expected …"`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(pin) = text.strip_prefix("J8:") {
            return header_pin(pin).map(|gpio| Self::Named(format!("GPIO{gpio}")));
        }
        if let Some((chip, offset)) = text.rsplit_once('/') {
            let offset = crate::text::number(offset.as_bytes()).and_then(|offset| offset.try_into().ok());
            return match offset {
                Some(_) if chip.starts_with("gpiochip") || chip.starts_with("/dev/") => {
                    Err("names a chip by its number, which changes between kernels; use its label".into())
                }
                Some(offset) if !chip.is_empty() => Ok(Self::At { chip: chip.into(), offset }),
                _ => Err(format!("is no line; expected {EXPECTED}")),
            };
        }
        let legal = |c: char| c.is_ascii_graphic() && !"\"':".contains(c);
        if text.is_empty() || text.len() > NAME_MAX || !text.chars().all(legal) {
            return Err(format!("is no line; expected {EXPECTED}"));
        }
        if text.bytes().all(|octet| octet.is_ascii_digit()) {
            return Err(format!("is a bare number; expected \"GPIO{text}\" or \"J8:{text}\""));
        }
        Ok(Self::Named(text.into()))
    }

    /// Which GPIO of a Raspberry Pi's header it is, 0 to 27, where its spelling says so: `GPIO17`, `pinctrl-rp1/17`.
    #[must_use]
    pub fn gpio(&self) -> Option<u8> {
        let gpio = match self {
            Self::Named(name) => {
                let digits =
                    name.strip_prefix("GPIO").filter(|digits| !digits.starts_with('0') || *digits == "0");
                u8::try_from(crate::text::number(digits?.as_bytes())?).ok()
            }
            Self::At { chip, offset } if HEADER_CHIPS.contains(&chip.as_str()) => (*offset).try_into().ok(),
            Self::At { .. } => None,
        };
        gpio.filter(|gpio| *gpio < HEADER_LINES)
    }

    /// Whether both are the same wire, whichever way they are spelt.
    pub(super) fn is(&self, other: &Self) -> bool {
        self == other || self.gpio().is_some_and(|gpio| other.gpio() == Some(gpio))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::At { chip, offset } => write!(f, "{chip}/{offset}"),
        }
    }
}

fn header_pin(text: &str) -> Result<u8, String> {
    let pin = crate::text::number(text.as_bytes()).and_then(|pin| usize::try_from(pin).ok());
    match pin.and_then(|pin| HEADER.get(pin.checked_sub(1)?)) {
        None => Err("is no pin of the header; expected J8:1 to J8:40".into()),
        Some(Pin::Gpio(gpio)) => Ok(*gpio),
        Some(Pin::Ground) => Err("is ground, no line".into()),
        Some(Pin::Volts(volts)) => Err(format!("is {volts} V, no line")),
    }
}

/// What a pin of the header is.
enum Pin {
    Gpio(u8),
    Ground,
    Volts(&'static str),
}

use Pin::{Gpio, Ground, Volts};

/// The 40 pins, the same on every model since 2014.
#[rustfmt::skip]
const HEADER: [Pin; 40] = [
    Volts("3.3"), Volts("5"), Gpio(2), Volts("5"), Gpio(3), Ground, Gpio(4), Gpio(14), Ground, Gpio(15),
    Gpio(17), Gpio(18), Gpio(27), Ground, Gpio(22), Gpio(23), Volts("3.3"), Gpio(24), Gpio(10), Ground,
    Gpio(9), Gpio(25), Gpio(11), Gpio(8), Ground, Gpio(7), Gpio(0), Gpio(1), Gpio(5), Ground,
    Gpio(6), Gpio(12), Gpio(13), Ground, Gpio(19), Gpio(16), Gpio(26), Gpio(20), Ground, Gpio(21),
];
/// Labels of the chips behind the header, the newest first; its lines are the first of each.
pub(in crate::board) const HEADER_CHIPS: [&str; 4] =
    ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2836", "pinctrl-bcm2835"];
/// Lines of the header: GPIO0 to GPIO27.
const HEADER_LINES: u8 = 28;
/// For complaints.
const EXPECTED: &str =
    "a name like \"GPIO17\", a pin like \"J8:11\" or a chip's label and place like \"pinctrl-rp1/17\"";
/// Octets of a line's name in the kernel, without its end.
const NAME_MAX: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_three_spellings() {
        let named = Line::Named("GPIO17".into());
        assert_eq!(Line::parse("GPIO17"), Ok(named.clone()));
        assert_eq!(Line::parse("J8:11"), Ok(named));
        assert_eq!(Line::parse("J8:40"), Ok(Line::Named("GPIO21".into())));
        let at = Line::At { chip: "pinctrl-rp1".into(), offset: 17 };
        assert_eq!(Line::parse("pinctrl-rp1/17"), Ok(at.clone()));
        assert_eq!(at.to_string(), "pinctrl-rp1/17");
        assert_eq!(
            Line::parse("1c20800.pinctrl/6"),
            Ok(Line::At { chip: "1c20800.pinctrl".into(), offset: 6 })
        );
    }

    #[test]
    fn what_is_no_line_is_told_why() {
        let why = |text| Line::parse(text).unwrap_err();
        assert_eq!(why("J8:6"), "is ground, no line");
        assert_eq!(why("J8:1"), "is 3.3 V, no line");
        assert!(why("J8:41").contains("J8:1 to J8:40"));
        assert!(why("17").contains("\"GPIO17\""));
        assert!(why("gpiochip4/17").contains("label"));
        for text in ["", " ", "GPIO 17", "/17", "rp1/", "rp1/x", "\u{1b}[2J", &"x".repeat(32)] {
            assert!(Line::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_wire_is_the_same_in_every_spelling() {
        let gpio = |text| Line::parse(text).unwrap().gpio();
        for text in ["GPIO17", "J8:11", "pinctrl-rp1/17", "pinctrl-bcm2835/17"] {
            assert_eq!(gpio(text), Some(17), "{text}");
            assert!(Line::parse(text).unwrap().is(&Line::parse("GPIO17").unwrap()));
        }
        for text in ["GPIO28", "GPIO017", "GPIO", "GPIO300", "LAMP", "expander/17", "pinctrl-rp1/28"] {
            assert_eq!(gpio(text), None, "{text}");
        }
        assert_eq!(gpio("GPIO0"), Some(0));
        assert!(!Line::parse("x/1").unwrap().is(&Line::parse("y/1").unwrap()));
    }

    #[test]
    fn the_header_has_every_line_once() {
        let mut lines: Vec<u8> =
            HEADER.iter().filter_map(|pin| if let Gpio(gpio) = pin { Some(*gpio) } else { None }).collect();
        lines.sort_unstable();
        assert_eq!(lines, (0..28).collect::<Vec<u8>>());
    }
}

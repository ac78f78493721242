//! The GPIO lines of this machine, and which of them is meant: by name over all chips, or by a chip's label and a place.
//! It does not know what hangs on them.

use std::path::{Path, PathBuf};

use gpiocdev::Request;
use gpiocdev::request::Builder;

use crate::board::files::{HEADER_CHIPS, Line};
use crate::nearest::nearest;
use crate::text::Shown;

/// The lines of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Every line of every chip that could be opened, in the order of the chips.
    pub places: Vec<Place>,
    /// Chips that could not be opened: device file and why.
    pub refused: Vec<(PathBuf, String)>,
}

/// A line of a chip of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chip's device file.
    pub chip: PathBuf,
    /// The chip's label.
    pub label: String,
    /// Its number there.
    pub offset: u32,
    /// Its name; often empty.
    pub name: String,
    /// Who uses it; empty when it is free.
    pub consumer: String,
}

impl Lines {
    /// The lines of this machine now.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let mut lines = Self::default();
        let chips = gpiocdev::chip::chips().unwrap_or_default();
        for chip in chips {
            match places(&chip) {
                Ok(places) => lines.places.extend(places),
                Err(error) => lines.refused.push((chip, error.to_string())),
            }
        }
        lines
    }

    /// The one line meant.
    ///
    /// Kernels do not agree on names: to Raspberry Pi's own GPIO9 is `GPIO9`, to the mainline kernel it is `SPI_MISO`. On
    /// the chip behind the header of a Raspberry Pi `GPIO9` is line 9 by any name.
    ///
    /// # Errors
    /// A sentence without a subject: there is none, or several, or the chip may not be opened.
    pub fn find(&self, line: &Line) -> Result<&Place, String> {
        let mut found: Vec<&Place> = self.places.iter().filter(|place| place.is_meant_by(line)).collect();
        if found.is_empty() {
            found = self.places.iter().filter(|place| place.is_gpio(line)).collect();
        }
        // An expander may repeat the names of the header; the header's own chip wins.
        if found.len() > 1 && found.iter().any(|place| place.is_on_header()) {
            found.retain(|place| place.is_on_header());
        }
        match found.as_slice() {
            [] => Err(self.missing(line)),
            [one] => Ok(one),
            several => Err(ambiguous(several)),
        }
    }

    fn missing(&self, line: &Line) -> String {
        if let Some((chip, why)) = self.refused.first() {
            let chip = chip.to_string_lossy();
            return format!("may be on {}, which cannot be opened: {why}; ask `nudged doctor`", Shown(&chip));
        }
        if self.places.is_empty() {
            return "this machine has no GPIO chip; ask `nudged doctor`".into();
        }
        let guess = match line {
            Line::Named(name) => {
                let names: Vec<&str> = self.places.iter().map(|place| place.name.as_str()).collect();
                nearest(name, names).map(str::to_owned)
            }
            Line::At { chip, offset } => {
                let labels: Vec<&str> = self.places.iter().map(|place| place.label.as_str()).collect();
                nearest(chip, labels).filter(|label| label != chip).map(|label| format!("{label}/{offset}"))
            }
        };
        let guess = guess.map_or_else(String::new, |guess| format!("did you mean \"{}\"? ", Shown(&guess)));
        format!("this machine has no such line; {guess}`nudged list lines` shows those it has")
    }
}

impl Place {
    fn is_meant_by(&self, line: &Line) -> bool {
        match line {
            Line::Named(name) => self.name == *name,
            Line::At { chip, offset } => self.label == *chip && self.offset == *offset,
        }
    }

    /// Whether it is the line that everybody calls by that number, though this kernel does not.
    fn is_gpio(&self, line: &Line) -> bool {
        let named = matches!(line, Line::Named(_));
        named && self.is_on_header() && line.gpio().is_some_and(|gpio| u32::from(gpio) == self.offset)
    }

    fn is_on_header(&self) -> bool {
        HEADER_CHIPS.contains(&self.label.as_str())
    }

    /// Asks the kernel for the line.
    pub(super) fn request(&self, with: impl FnOnce(&mut Builder)) -> Result<Request, gpiocdev::Error> {
        let mut builder = Request::builder();
        builder.on_chip(&self.chip).with_line(self.offset).with_consumer("nudged");
        with(&mut builder);
        builder.request()
    }

    /// Why [`Place::request`] failed: the kernel says that a line is taken; whose it is must be asked.
    pub(super) fn refusal(&self, error: &gpiocdev::Error) -> String {
        let now = places(&self.chip).unwrap_or_default();
        match now.iter().find(|place| place.offset == self.offset).map(|place| place.consumer.as_str()) {
            None | Some("") => format!("{}: {error}; ask `nudged doctor`", self.chip.display()),
            Some(consumer) => {
                format!("it is used by \"{}\"; stop that, or wire another line", Shown(consumer))
            }
        }
    }
}

fn places(path: &Path) -> Result<Vec<Place>, gpiocdev::Error> {
    let chip = gpiocdev::Chip::from_path(path)?;
    let label = chip.info()?.label;
    let place = |info: gpiocdev::line::Info| Place {
        chip: path.into(),
        label: label.clone(),
        offset: info.offset,
        consumer: if info.used && info.consumer.is_empty() { "the kernel".into() } else { info.consumer },
        name: info.name,
    };
    Ok(chip.line_info_iter()?.filter_map(Result::ok).map(place).collect())
}

fn ambiguous(several: &[&Place]) -> String {
    let spelling = |place: &Place| format!("{}/{}", Shown(&place.label), place.offset);
    let mut spellings: Vec<String> = several.iter().map(|place| spelling(place)).collect();
    spellings.dedup();
    if let [twins] = spellings.as_slice() {
        let chips: Vec<String> = several.iter().map(|place| place.chip.display().to_string()).collect();
        return format!("{} have a {twins} each; name the line in the device tree", chips.join(" and "));
    }
    format!("several lines have that name; expected one of {}", spellings.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(chips: &[(&str, &[(u32, &str)])]) -> Lines {
        let chips = chips.iter().enumerate();
        let places = chips.flat_map(|(index, (label, lines))| {
            lines.iter().map(move |(offset, name)| Place {
                chip: format!("/dev/gpiochip{index}").into(),
                label: (*label).into(),
                offset: *offset,
                name: (*name).into(),
                consumer: "".into(),
            })
        });
        Lines { places: places.collect(), refused: Vec::new() }
    }

    fn named(name: &str) -> Line {
        Line::Named(name.into())
    }

    fn at(chip: &str, offset: u32) -> Line {
        Line::At { chip: chip.into(), offset }
    }

    #[test]
    fn a_line_is_found_by_name_or_by_label_whatever_the_number_of_the_chip() {
        let header: (&str, &[_]) = ("pinctrl-rp1", &[(4, "GPIO4"), (17, "GPIO17")]);
        let inner: (&str, &[_]) = ("gpio-brcmstb@107d508500", &[(17, "")]);
        for chips in [[header, inner], [inner, header]] {
            let machine = machine(&chips);
            assert_eq!(machine.find(&named("GPIO17")).unwrap().label, "pinctrl-rp1");
            assert_eq!(machine.find(&at("gpio-brcmstb@107d508500", 17)).unwrap().name, "");
        }
    }

    #[test]
    fn of_two_lines_with_one_name_the_header_has_the_right_one() {
        let machine = machine(&[("expander", &[(3, "GPIO17")]), ("pinctrl-rp1", &[(17, "GPIO17")])]);
        assert_eq!(machine.find(&named("GPIO17")).unwrap().label, "pinctrl-rp1");
        assert_eq!(machine.find(&at("expander", 3)).unwrap().offset, 3);
    }

    #[test]
    fn two_lines_with_one_name_elsewhere_are_a_question() {
        let two = machine(&[("a", &[(0, "LAMP")]), ("b", &[(1, "LAMP")])]);
        let why = two.find(&named("LAMP")).unwrap_err();
        assert_eq!(why, "several lines have that name; expected one of a/0, b/1");
        let twins = machine(&[("a", &[(0, "")]), ("a", &[(0, "")])]);
        let why = twins.find(&at("a", 0)).unwrap_err();
        assert!(why.starts_with("/dev/gpiochip0 and /dev/gpiochip1 have a a/0 each"), "{why}");
    }

    #[test]
    fn on_the_header_a_gpio_is_found_by_its_number_where_the_kernel_has_other_names() {
        let mainline = machine(&[("pinctrl-bcm2711", &[(9, "SPI_MISO"), (17, "GPIO17"), (40, "PWM0")])]);
        assert_eq!(mainline.find(&named("GPIO9")).unwrap().name, "SPI_MISO");
        assert_eq!(mainline.find(&named("SPI_MISO")).unwrap().offset, 9);
        assert!(mainline.find(&named("GPIO40")).is_err(), "not on the header");
        let other = machine(&[("1c20800.pinctrl", &[(9, "")])]);
        assert!(other.find(&named("GPIO9")).is_err(), "numbers mean something else there");
    }

    #[test]
    fn what_is_not_there_is_told_with_what_may_be_meant() {
        let pi = machine(&[("pinctrl-bcm2835", &[(17, "GPIO17")])]);
        let why = |line| pi.find(&line).unwrap_err();
        assert!(why(named("GPIO71")).contains("did you mean \"GPIO17\"?"), "{}", why(named("GPIO71")));
        let label = why(at("pinctrl-bcm2836", 17));
        assert!(label.contains("did you mean \"pinctrl-bcm2835/17\"?"), "{label}");
        assert!(!why(at("pinctrl-bcm2835", 99)).contains("did you mean"));
        assert!(Lines::default().find(&named("GPIO17")).unwrap_err().contains("no GPIO chip"));
        let closed = Lines {
            refused: vec![("/dev/gpiochip0".into(), "permission denied".into())],
            ..Lines::default()
        };
        assert!(closed.find(&named("GPIO17")).unwrap_err().contains("/dev/gpiochip0"));
    }
}

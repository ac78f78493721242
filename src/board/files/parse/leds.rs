//! Lights, buttons and the strip of a board file.
//! It does not know how any of them is driven, only which of them can be dimmed.

use std::ops::Range;

use toml::de::DeTable;

use super::{Part, Reader, Value};
use crate::board::files::{Button, Led, Pull, Strip, Wires};
use crate::frame::Rgb;
use crate::text::{Shown, number};

impl Reader {
    pub(super) fn led(&mut self, name: &str, place: Range<usize>, table: &DeTable<'_>) -> Option<Led> {
        let owner = format!("led \"{name}\"");
        self.keys(table, &owner, &LED_KEYS);
        let wires = self.wires(&owner, place, table);
        let active_low = self.flag(table, "active_low").unwrap_or(false);
        let brightness = self.percent(table, "brightness").unwrap_or(100);
        let white = self.colour(table, "white").unwrap_or(Rgb::new(255, 255, 255));
        let wires = wires?;
        if matches!(wires, Wires::Class(_) | Wires::Pixels(_)) {
            self.refuse(
                table,
                &owner,
                "active_low",
                "only lines have that; neither class: nor pixels need it",
            );
        } else {
            self.refuse(table, &owner, "brightness", UNDIMMED);
            self.refuse(table, &owner, "white", UNDIMMED);
        }
        Some(Led { name: name.into(), wires, active_low, brightness, white })
    }

    fn wires(&mut self, owner: &str, place: Range<usize>, table: &DeTable<'_>) -> Option<Wires> {
        let present = WIRES.into_iter().filter_map(|key| Some((key, table.get(key)?)));
        let (keys, values): (Vec<&str>, Vec<&Value<'_>>) = present.unzip();
        match (keys.as_slice(), values.as_slice()) {
            (["line"], [line]) => self.mono(line, owner),
            (["pixels"], [pixels]) => self.pixels(pixels, owner),
            (["red", "green", "blue"], [red, green, blue]) => {
                let [red, green, blue] = [red, green, blue].map(|value| self.line(value, owner));
                Some(Wires::Rgb([red?, green?, blue?]))
            }
            (["red", "amber", "green"], [red, amber, green]) => {
                let [red, amber, green] = [red, amber, green].map(|value| self.line(value, owner));
                Some(Wires::Signal([red?, amber?, green?]))
            }
            _ => {
                self.mistake(
                    place,
                    format!(
                        "{owner} needs line, or pixels, or red, green and blue together, or red, amber and green"
                    ),
                );
                None
            }
        }
    }

    fn mono(&mut self, value: &Value<'_>, owner: &str) -> Option<Wires> {
        let Some(class) = value.get_ref().as_str().and_then(|text| text.strip_prefix("class:")) else {
            return self.line(value, owner).map(Wires::Mono);
        };
        let legal = |c: char| c.is_ascii_graphic() && c != '/';
        if class.is_empty() || class.starts_with('.') || !class.chars().all(legal) {
            self.mistake(
                value.span(),
                format!("{owner}: \"{}\" is no name in /sys/class/leds, such as \"class:ACT\"", Shown(class)),
            );
            return None;
        }
        self.take(value.span(), owner, Part::Class(class.into())).then(|| Wires::Class(class.into()))
    }

    /// `3` or `"0-7"`: pixels of the strip, counted from 0.
    fn pixels(&mut self, value: &Value<'_>, owner: &str) -> Option<Wires> {
        let Some(pixels) = self.pixels else {
            self.mistake(
                value.span(),
                format!("{owner}: pixels are those of a strip; the board file needs [strip]"),
            );
            return None;
        };
        let range = if let Some(one) = value.get_ref().as_integer() {
            u8::from_str_radix(one.as_str(), one.radix()).ok().map(|one| (one, one))
        } else if let Some(text) = value.get_ref().as_str() {
            let end = |text: &str| number(text.as_bytes()).and_then(|end| u8::try_from(end).ok());
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            end(first).zip(end(last))
        } else {
            self.wrong_type(value, owner, "a pixel such as 3, or pixels such as \"0-7\"");
            return None;
        };
        let Some((first, last)) = range.filter(|(first, last)| first <= last && *last < pixels) else {
            let most = pixels - 1;
            self.mistake(
                value.span(),
                format!("{owner}: the strip has the pixels 0 to {most}; expected one, or some such as \"0-{most}\""),
            );
            return None;
        };
        let free = (first..=last).all(|pixel| self.take(value.span(), owner, Part::Pixel(pixel)));
        free.then_some(Wires::Pixels(first..last + 1))
    }

    pub(super) fn strip(&mut self, place: Range<usize>, table: &DeTable<'_>) -> Option<Strip> {
        self.keys(table, "the strip", &["driver", "bus", "pixels", "speed"]);
        self.pixels = Some(STRIP_MAX);
        self.choice(table, "driver", &[("apa102", ())]);
        let speed = self.frequency(table, "speed", SPEEDS, "\"100kHz\" to \"8MHz\"").unwrap_or(SPEED);
        let bus = self.strip_bus(table, place.clone());
        if !table.contains_key("pixels") {
            self.mistake(place, "the strip needs pixels, such as pixels = 8".into());
        }
        let pixels = self.number(table, "pixels", 1..=STRIP_MAX)?;
        self.pixels = Some(pixels);
        Some(Strip { bus: bus?.into(), pixels, speed })
    }

    /// The device file of the strip's bus.
    fn strip_bus<'v>(&mut self, table: &'v DeTable<'_>, place: Range<usize>) -> Option<&'v str> {
        let (span, bus) = match table.get("bus") {
            Some(value) => (value.span(), self.text(value, "bus")?),
            None => (place, SPI_BUS),
        };
        let Some(number) = spi(bus) else {
            let right = "the strip is on SPI; expected a device file such as";
            self.mistake(span, format!("bus \"{}\": {right} \"{SPI_BUS}\"", Shown(bus)));
            return None;
        };
        self.take(span, "the strip", Part::Spi(number)).then_some(bus)
    }

    pub(super) fn button(&mut self, name: &str, place: Range<usize>, table: &DeTable<'_>) -> Option<Button> {
        let owner = format!("button \"{name}\"");
        self.keys(table, &owner, &["line", "pull", "active_low"]);
        let pulls = [("up", Pull::Up), ("down", Pull::Down), ("none", Pull::None)];
        let pull = self.choice(table, "pull", &pulls).unwrap_or_default();
        let active_low = self.flag(table, "active_low").unwrap_or(pull != Pull::Down);
        let Some(value) = table.get("line") else {
            self.mistake(place, format!("{owner} needs line, such as line = \"GPIO5\""));
            return None;
        };
        Some(Button { name: name.into(), line: self.line(value, &owner)?, pull, active_low })
    }
}

/// The number of the bus, if a device file is one of SPI: 0 of `/dev/spidev0.1`.
pub(super) fn spi(bus: &str) -> Option<u64> {
    let (bus, chip) = bus.strip_prefix("/dev/spidev")?.split_once('.')?;
    number(chip.as_bytes()).and(number(bus.as_bytes()))
}

/// What an LED may have.
pub(super) const LED_KEYS: [&str; 9] =
    ["line", "red", "amber", "green", "blue", "pixels", "active_low", "brightness", "white"];
/// Those of them that say where its wires go, in the order in which they are asked for.
const WIRES: [&str; 6] = ["line", "pixels", "red", "amber", "green", "blue"];
/// Why an LED on lines has neither brightness nor white.
const UNDIMMED: &str = "a line is on or off; only class: and pixels can be dimmed";
/// Pixels of a strip: more than anybody has friends on one desk.
const STRIP_MAX: u8 = 64;
/// Hertz of the bus of a strip.
const SPEEDS: std::ops::RangeInclusive<u32> = 100_000..=8_000_000;
/// What all strips and all wires between them can do.
const SPEED: u32 = 1_000_000;
/// The first chip of the bus on the header.
pub(super) const SPI_BUS: &str = "/dev/spidev0.0";

//! The display of a board file: what it is, how it is reached, and which keys have a meaning for it.
//! It does not know what any of it says to a controller.

use std::ops::Range;

use toml::de::DeTable;

use super::leds::{SPI_BUS, spi};
use super::{Part, Reader};
use crate::board::files::{Controller, Display, DisplayWires, Panel};
use crate::board::pixels::Size;
use crate::text::Shown;

/// What `driver` can be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    Oled(Controller),
    Characters,
}

impl Reader {
    pub(super) fn display(&mut self, place: Range<usize>, table: &DeTable<'_>) -> Option<Display> {
        self.keys(table, OWNER, &DISPLAY_KEYS);
        let driver = self.choice(table, "driver", &DRIVERS).unwrap_or(Driver::Oled(Controller::Ssd1306));
        let panel = match driver {
            Driver::Oled(controller) => self.oled(table, controller),
            Driver::Characters => self.characters(table),
        };
        let is_oled = driver != Driver::Characters;
        let upside_down = is_oled && self.upside_down(table);
        let contrast = if is_oled { self.number(table, "contrast", 0..=255) } else { None };
        let contrast = contrast.unwrap_or(CONTRAST);
        let bus = self.display_bus(table);
        let wires = match spi(bus) {
            Some(number) => self.by_spi(place, table, (bus, number), driver)?,
            None => self.by_i2c(table, bus, driver),
        };
        Some(Display { panel, wires, upside_down, contrast })
    }

    /// The device file of the bus. If that is wrong, one that lets the rest of the table be judged.
    fn display_bus<'v>(&mut self, table: &'v DeTable<'_>) -> &'v str {
        let Some(value) = table.get("bus") else { return I2C_BUS };
        let Some(bus) = self.text(value, "bus") else { return I2C_BUS };
        let meant = if bus.contains("spi") { SPI_BUS } else { I2C_BUS };
        if spi(bus).is_some() || (bus.starts_with("/dev/") && meant == I2C_BUS) {
            return bus;
        }
        let text = format!("bus \"{}\": expected a device file such as \"{meant}\"", Shown(bus));
        self.mistake(value.span(), text);
        meant
    }

    fn oled(&mut self, table: &DeTable<'_>, controller: Controller) -> Panel {
        let sizes = Size::ALL.map(|size| (size.as_str(), size));
        let is_told = table.contains_key("size");
        let size = if is_told { self.choice(table, "size", &sizes) } else { Some(Size::default()) };
        let offset = self.number(table, "column_offset", 0..=OFFSET_MAX);
        if let (Some(value), Some(offset), Some(size)) = (table.get("column_offset"), offset, size)
            && let Some(text) = beyond_memory(controller, size, offset)
        {
            self.mistake(value.span(), text);
        }
        let size = size.unwrap_or_default();
        let column_offset = offset.unwrap_or_else(|| size.column_offset(controller));
        Panel::Oled { controller, size, column_offset }
    }

    fn characters(&mut self, table: &DeTable<'_>) -> Panel {
        self.refuse(table, OWNER, "column_offset", "only OLEDs have one");
        self.refuse(table, OWNER, "rotation", "an hd44780 cannot turn its characters");
        self.refuse(table, OWNER, "contrast", "an hd44780 has a trimmer for that");
        let (columns, rows) = self.choice(table, "size", &CHARACTERS).unwrap_or((16, 2));
        Panel::Characters { columns, rows }
    }

    fn upside_down(&mut self, table: &DeTable<'_>) -> bool {
        let Some(value) = table.get("rotation") else { return false };
        let Some(rotation) = value.get_ref().as_integer() else {
            self.wrong_type(value, "rotation", "0 or 180");
            return false;
        };
        if !matches!(rotation.as_str(), "0" | "180") {
            self.mistake(value.span(), format!("rotation {rotation}: expected 0 or 180"));
        }
        rotation.as_str() == "180"
    }

    fn by_i2c(&mut self, table: &DeTable<'_>, bus: &str, driver: Driver) -> DisplayWires {
        self.refuse(table, OWNER, "dc", "only displays on SPI have that line");
        self.refuse(table, OWNER, "reset", "on I2C nothing drives it; wire that pin to 3.3 V");
        let usual = if driver == Driver::Characters { 0x27 } else { 0x3c };
        let address = self.number(table, "address", 0x08..=0x77).unwrap_or(usual);
        DisplayWires::I2c { bus: bus.into(), address }
    }

    fn by_spi(
        &mut self,
        place: Range<usize>,
        table: &DeTable<'_>,
        (bus, number): (&str, u64),
        driver: Driver,
    ) -> Option<DisplayWires> {
        let span = table.get("bus").map_or(place.clone(), |value| value.span());
        if driver == Driver::Characters {
            let text =
                "an hd44780 is reached through a PCF8574 on I2C; expected a bus such as \"/dev/i2c-1\"";
            self.mistake(span, text.into());
            return None;
        }
        self.refuse(table, OWNER, "address", "only displays on I2C have one");
        let free = self.take(span, OWNER, Part::Spi(number));
        let reset = table.get("reset").map(|value| self.line(value, "reset of the display"));
        let Some(dc) = table.get("dc") else {
            let text = format!("{OWNER} needs dc on {bus}: the line of its pin DC, such as dc = \"GPIO24\"");
            self.mistake(place, text);
            return None;
        };
        let data_command = self.line(dc, "dc of the display")?;
        if !free || reset == Some(None) {
            return None;
        }
        Some(DisplayWires::Spi { bus: bus.into(), data_command, reset: reset.flatten() })
    }
}

/// A complaint, if a picture moved so far would leave the memory of the controller.
fn beyond_memory(controller: Controller, size: Size, offset: u8) -> Option<String> {
    let (name, hint) = match controller {
        Controller::Ssd1306 => ("ssd1306", "; a wide panel that needs 2 is an sh1106"),
        Controller::Sh1106 => ("sh1106", ""),
    };
    let (columns, most) = (controller.columns(), size.column_offset_max(controller));
    let told =
        || format!("column_offset {offset}: an {name} has {columns} columns; at {} expected", size.as_str());
    match most {
        _ if offset <= most => None,
        0 => Some(format!("{} 0{hint}", told())),
        _ => Some(format!("{} 0 to {most}", told())),
    }
}

/// For complaints.
const OWNER: &str = "the display";
/// What a display may have.
pub(super) const DISPLAY_KEYS: [&str; 9] =
    ["driver", "bus", "address", "dc", "reset", "size", "column_offset", "rotation", "contrast"];
const DRIVERS: [(&str, Driver); 3] = [
    ("ssd1306", Driver::Oled(Controller::Ssd1306)),
    ("sh1106", Driver::Oled(Controller::Sh1106)),
    ("hd44780", Driver::Characters),
];
/// Characters across and lines, as panels are sold.
const CHARACTERS: [(&str, (u8, u8)); 7] = [
    ("16x2", (16, 2)),
    ("20x4", (20, 4)),
    ("8x2", (8, 2)),
    ("16x1", (16, 1)),
    ("16x4", (16, 4)),
    ("20x2", (20, 2)),
    ("40x2", (40, 2)),
];
/// The bus on the header.
const I2C_BUS: &str = "/dev/i2c-1";
/// What SSD1306 panels wake up with, a little more.
const CONTRAST: u8 = 0x8f;
/// See [`Panel::Oled`].
const OFFSET_MAX: u8 = 64;

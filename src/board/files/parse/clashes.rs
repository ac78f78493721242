//! Pins of the header that usually have another job.
//! It does not know the machine: whoever has freed a pin knows better than these warnings.

use super::{Part, Use};
use crate::board::files::{BoardFile, DisplayWires, Mistake};

/// A warning for each line that clashes, in the order of the file.
pub(super) fn find(used: &[Use], file: &BoardFile) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = used
        .iter()
        .filter_map(|Use { what, owner, span }| {
            let Part::Line(line) = what else { return None };
            let why = why(line.gpio()?, file)?;
            Some(Mistake { span: span.clone(), text: format!("{owner}: {line} {why}; wire another line") })
        })
        .collect();
    found.sort_by_key(|mistake| mistake.span.start);
    found
}

/// What else the pin is for.
fn why(gpio: u8, file: &BoardFile) -> Option<String> {
    match gpio {
        0 | 1 => Some("identifies add-on boards when the machine starts".into()),
        2 | 3 => Some(i2c(gpio, file)),
        7..=11 if has_spi0(file) => {
            let name = ["CE1", "CE0", "MISO", "MOSI", "SCLK"].get(usize::from(gpio - 7))?;
            Some(format!("is {name} of SPI0, which this board uses"))
        }
        14 => Some("is TXD of the serial console".into()),
        15 => Some("is RXD of the serial console".into()),
        _ => None,
    }
}

fn i2c(gpio: u8, file: &BoardFile) -> String {
    let name = if gpio == 2 { "SDA" } else { "SCL" };
    let display = file.display.as_ref().map(|display| &display.wires);
    match display {
        Some(DisplayWires::I2c { bus, .. }) if bus.as_os_str() == "/dev/i2c-1" => {
            format!("is {name} of /dev/i2c-1, and the display needs that")
        }
        _ => format!("is {name} of /dev/i2c-1 and has a pull-up that cannot be switched off"),
    }
}

fn has_spi0(file: &BoardFile) -> bool {
    let display = file.display.as_ref().and_then(|display| match &display.wires {
        DisplayWires::Spi { bus, .. } => Some(bus),
        DisplayWires::I2c { .. } => None,
    });
    let buses = display.into_iter().chain(file.strip.as_ref().map(|strip| &strip.bus));
    buses.into_iter().any(|bus| bus.to_string_lossy().starts_with("/dev/spidev0."))
}

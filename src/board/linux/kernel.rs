//! The machine as Linux offers it: lines by name over all chips (GPIO uAPI v2), I2C device files, the LED class.
//! It does not know what hangs on them.

use std::path::Path;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

use embedded_hal::digital::{ErrorType, OutputPin};
use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use gpiocdev::request::Builder;
use linux_embedded_hal::I2cdev;
use smol::Async;

use super::{Edges, Hal};
use crate::board::files::{Button, Line, Pull};
use crate::text::Shown;
use crate::time::Duration;

/// The kernel this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Hal for Kernel {
    type Pin = Output;
    type Edges = Input;
    type Bus = I2cdev;

    fn output(&mut self, line: &Line, active_low: bool) -> Result<Output, String> {
        let place = find(line)?;
        let mut builder = place.builder();
        builder.as_output(Value::Inactive);
        if active_low {
            builder.as_active_low();
        }
        Ok(Output(place.request(&mut builder)?))
    }

    fn input(&mut self, button: &Button, debounce: Duration) -> Result<Input, String> {
        let place = find(&button.line)?;
        let mut builder = place.builder();
        builder.as_input().with_edge_detection(EdgeDetection::BothEdges).with_bias(match button.pull {
            Pull::Up => Bias::PullUp,
            Pull::Down => Bias::PullDown,
            Pull::None => Bias::Disabled,
        });
        if button.active_low {
            builder.as_active_low();
        }
        if !debounce.is_zero() {
            builder.with_debounce_period(debounce);
        }
        let request = place.request(&mut builder)?;
        Async::new(request).map(Input).map_err(|error| error.to_string())
    }

    fn bus(&mut self, path: &Path) -> Result<I2cdev, String> {
        I2cdev::new(path).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn classes(&self) -> &Path {
        Path::new("/sys/class/leds")
    }
}

/// A line that lights something; "high" means lit, the chip turns it over where that is wired so.
#[derive(Debug)]
pub struct Output(Request);

/// Why a line could not be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError(gpiocdev::Error);

impl embedded_hal::digital::Error for LineError {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl ErrorType for Output {
    type Error = LineError;
}

impl OutputPin for Output {
    fn set_low(&mut self) -> Result<(), LineError> {
        self.0.set_lone_value(Value::Inactive).map_err(LineError)
    }

    fn set_high(&mut self) -> Result<(), LineError> {
        self.0.set_lone_value(Value::Active).map_err(LineError)
    }
}

/// A line that a button pulls.
#[derive(Debug)]
pub struct Input(Async<Request>);

impl Edges for Input {
    fn poll_edge(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            ready!(self.0.poll_readable(cx))?;
            let request = self.0.get_ref();
            if !request.has_edge_event().map_err(io::Error::other)? {
                continue;
            }
            // One event at a time: what is read beyond the first would be lost.
            let mut octets = vec![0; request.edge_event_u64_size()];
            let event = request
                .read_edge_events_into_slice(&mut octets)
                .and_then(|_| request.edge_event_from_slice(&octets))
                .map_err(io::Error::other)?;
            return Poll::Ready(Ok(event.kind == EdgeKind::Rising));
        }
    }
}

/// A line of a chip of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The chip's device file.
    pub chip: std::path::PathBuf,
    /// The chip's label.
    pub label: String,
    /// Its number there.
    pub offset: u32,
    /// Its name; often empty.
    pub name: String,
    /// Who uses it; empty when it is free.
    pub consumer: String,
}

impl Place {
    fn builder(&self) -> Builder {
        let mut builder = Request::builder();
        builder.on_chip(&self.chip).with_line(self.offset).with_consumer("nudged");
        builder
    }

    /// Asks the kernel for the line; if it is taken, says by whom.
    fn request(&self, builder: &mut Builder) -> Result<Request, String> {
        builder.request().map_err(|error| {
            if self.consumer.is_empty() {
                format!("{}: {error}", self.chip.display())
            } else {
                format!("it is used by \"{}\"; stop that, or wire another line", Shown(&self.consumer))
            }
        })
    }
}

/// Every line of every chip, in the order of the chips.
///
/// # Errors
/// A sentence, when no chip can be opened.
pub fn lines() -> Result<Vec<Place>, String> {
    let mut found = Vec::new();
    let mut refused = None;
    let chips = gpiocdev::chip::chips().map_err(|error| format!("no GPIO chip can be found: {error}"))?;
    for path in chips {
        match lines_of(&path) {
            Ok(lines) => found.extend(lines),
            Err(error) => refused = Some(format!("{}: {error}", path.display())),
        }
    }
    match refused {
        Some(refused) if found.is_empty() => Err(refused),
        _ if found.is_empty() => Err("this machine has no GPIO chip".into()),
        _ => Ok(found),
    }
}

fn lines_of(path: &Path) -> Result<Vec<Place>, gpiocdev::Error> {
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

/// The one line meant.
fn find(line: &Line) -> Result<Place, String> {
    choose(line, lines()?)
}

fn choose(line: &Line, lines: Vec<Place>) -> Result<Place, String> {
    let meant = |place: &Place| match line {
        Line::Named(name) => place.name == *name,
        Line::At { chip, offset } => place.label == *chip && place.offset == *offset,
    };
    let mut found: Vec<Place> = lines.into_iter().filter(meant).collect();
    // An expander may repeat the names of the header; the header's own chip wins.
    if found.len() > 1 && found.iter().any(is_header) {
        found.retain(is_header);
    }
    match found.len() {
        0 => Err("this machine has no such line; `gpioinfo` shows those it has".into()),
        1 => found.pop().ok_or_else(String::new),
        _ => {
            let places: Vec<String> =
                found.iter().map(|place| format!("{}/{}", Shown(&place.label), place.offset)).collect();
            Err(format!("several lines have that name; expected one of {}", places.join(", ")))
        }
    }
}

fn is_header(place: &Place) -> bool {
    HEADERS.contains(&place.label.as_str())
}

/// Labels of the chips behind the 40-pin header of Raspberry Pis.
const HEADERS: [&str; 4] = ["pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835", "pinctrl-bcm2836"];

#[cfg(test)]
mod tests {
    use super::*;

    fn place(label: &str, offset: u32, name: &str) -> Place {
        Place {
            chip: "/dev/gpiochip0".into(),
            label: label.into(),
            offset,
            name: name.into(),
            consumer: "".into(),
        }
    }

    /// A Pi 5 with an expander that repeats a name.
    fn machine() -> Vec<Place> {
        vec![
            place("gpio-brcmstb@107d508500", 17, ""),
            place("expander", 3, "GPIO17"),
            place("pinctrl-rp1", 17, "GPIO17"),
            place("a", 0, "LAMP"),
            place("b", 1, "LAMP"),
        ]
    }

    #[test]
    fn a_line_is_found_by_name_or_by_label_whatever_the_number_of_the_chip() {
        let named = |name: &str| choose(&Line::Named(name.into()), machine());
        assert_eq!(named("GPIO17").unwrap().label, "pinctrl-rp1");
        let at = Line::At { chip: "expander".into(), offset: 3 };
        assert_eq!(choose(&at, machine()).unwrap().label, "expander");
        assert!(named("GPIO99").unwrap_err().contains("no such line"));
        assert!(named("LAMP").unwrap_err().ends_with("expected one of a/0, b/1"));
    }
}

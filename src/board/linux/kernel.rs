//! The machine as Linux offers it: lines (GPIO uAPI v2), I2C device files, the LED class.
//! It does not know what hangs on them; how a line is found stands in `lines`.

use std::path::Path;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

use embedded_hal::digital::{ErrorType, OutputPin};
use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use linux_embedded_hal::I2cdev;
use smol::Async;

use super::lines::Lines;
use super::{Edges, Hal};
use crate::board::files::{Button, Line, Pull};
use crate::time::Duration;

/// The kernel this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Hal for Kernel {
    type Pin = Output;
    type Edges = Input;
    type Bus = I2cdev;

    fn output(&mut self, line: &Line, active_low: bool) -> Result<Output, String> {
        let lines = Lines::of_this_machine();
        let place = lines.find(line)?;
        let request = place.request(|builder| {
            builder.as_output(Value::Inactive);
            if active_low {
                builder.as_active_low();
            }
        });
        request.map(Output).map_err(|error| place.refusal(&error))
    }

    fn input(&mut self, button: &Button, debounce: Duration) -> Result<Input, String> {
        let lines = Lines::of_this_machine();
        let place = lines.find(&button.line)?;
        let request = place.request(|builder| {
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
        });
        let request = request.map_err(|error| place.refusal(&error))?;
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

//! The machine as Linux offers it: lines (GPIO uAPI v2), I2C and SPI device files, the LED class.
//! It does not know what hangs on them; how a line is found stands in `lines`.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::Instant;
use std::{fmt, io};

use embedded_hal::digital::{ErrorType, OutputPin};
use gpiocdev::Request;
use gpiocdev::line::{Bias, EdgeDetection, EdgeKind, Value};
use linux_embedded_hal::spidev::{SpiModeFlags, SpidevOptions};
use linux_embedded_hal::{I2cdev, SpidevDevice};
use rustix::time::{ClockId, clock_gettime};
use smol::Async;

use super::breaker::LONG;
use super::lines::Lines;
use super::{Edge, Edges, Hal};
use crate::board::files::{Button, Line, Pull};
use crate::time::Duration;

/// The kernel this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Hal for Kernel {
    type Pin = Output;
    type Edges = Input;
    type Bus = I2cdev;
    type Spi = SpidevDevice;

    fn chip(&mut self, line: &Line) -> Result<PathBuf, String> {
        Lines::of_this_machine().find(line).map(|place| place.chip.clone())
    }

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
        let asked = ask_for_most(|extras| {
            place.request(|builder| {
                builder.as_input().with_edge_detection(EdgeDetection::BothEdges);
                builder.with_kernel_event_buffer_size(EDGES_KEPT);
                if button.active_low {
                    builder.as_active_low();
                }
                if extras.pull {
                    builder.with_bias(bias(button.pull));
                }
                if extras.debounce && !debounce.is_zero() {
                    builder.with_debounce_period(debounce);
                }
            })
        });
        let (request, granted) = asked.map_err(|error| place.refusal(&error))?;
        let what = format!("button \"{}\" on {}", button.name, button.line);
        if !granted.pull && button.pull != Pull::None {
            log::info!("board: {what}: its chip has no pull; a resistor must do that");
        }
        if !granted.debounce {
            log::info!("board: {what}: the kernel does not debounce it; nudged does");
        }
        let words = vec![0; request.edge_event_u64_size() * EDGES_READ];
        let lasted = if granted.debounce { debounce } else { Duration::ZERO };
        let request = Async::new(request).map_err(|error| error.to_string())?;
        Ok(Input { request, words, read: VecDeque::new(), number: 0, lasted })
    }

    fn bus(&mut self, path: &Path) -> Result<I2cdev, String> {
        I2cdev::new(path).map_err(|error| unopened(path, &error))
    }

    fn spi(&mut self, path: &Path, speed: u32) -> Result<SpidevDevice, String> {
        let mut device = SpidevDevice::open(path).map_err(|error| unopened(path, &error))?;
        let options =
            SpidevOptions::new().bits_per_word(8).max_speed_hz(speed).mode(SpiModeFlags::SPI_MODE_0).build();
        device.configure(&options).map_err(|error| unopened(path, &error))?;
        Ok(device)
    }

    fn classes(&self) -> &Path {
        Path::new("/sys/class/leds")
    }
}

fn unopened(path: &Path, error: &impl fmt::Display) -> String {
    let shown = path.display();
    match path.try_exists() {
        Ok(false) => format!("there is no {shown}; ask `nudged doctor`"),
        _ => format!("{shown}: {error}; ask `nudged doctor`"),
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
pub struct Input {
    request: Async<Request>,
    words: Vec<u64>,
    /// Edges read and not told.
    read: VecDeque<Noted>,
    /// The kernel's number of the last edge read; it counts them from 1.
    number: u32,
    /// How long a level has lasted when the kernel notes its edge: a debounced edge has the moment at which the kernel
    /// was sure of it. With this taken off, edges of all lines have the same meaning, and whoever debounces again has
    /// nothing left to wait for.
    lasted: Duration,
}

/// An edge as the kernel noted it.
#[derive(Clone, Copy, Debug)]
struct Noted {
    /// When, by the kernel's monotonic clock, in nanoseconds.
    at: u64,
    pressed: bool,
    lost: u32,
}

impl Edges for Input {
    fn is_down(&mut self) -> io::Result<bool> {
        Ok(self.request.get_ref().lone_value().map_err(io::Error::other)? == Value::Active)
    }

    fn waiting(&mut self) -> io::Result<Option<Edge>> {
        if self.read.is_empty() {
            // The kernel is asked, not the reactor: that had no turn while the thread was held.
            self.read().map_err(io::Error::other)?;
        }
        let edge = |Noted { at, pressed, lost }| Edge { pressed, age: age(at) + self.lasted, lost };
        Ok(self.read.pop_front().map(edge))
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.request.poll_readable(cx)
    }
}

impl Input {
    /// Reads the edges that the kernel keeps, some at a time.
    fn read(&mut self) -> Result<(), gpiocdev::Error> {
        let request = self.request.get_ref();
        if !request.has_edge_event()? {
            return Ok(());
        }
        let count = request.read_edge_events_into_slice(&mut self.words)?;
        for words in self.words.get(..count).unwrap_or_default().chunks_exact(request.edge_event_u64_size()) {
            let event = request.edge_event_from_slice(words)?;
            let lost = lost_between(self.number, event.line_seqno);
            self.number = event.line_seqno;
            let (at, pressed) = (event.timestamp_ns, event.kind == EdgeKind::Rising);
            self.read.push_back(Noted { at, pressed, lost });
        }
        Ok(())
    }
}

/// How many edges the kernel noted between these two and threw away: of more than it keeps it drops the oldest.
const fn lost_between(number: u32, next: u32) -> u32 {
    next.wrapping_sub(number).wrapping_sub(1)
}

/// How long ago that was by the monotonic clock, which is the one of the kernel's edges.
fn age(at_ns: u64) -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    let now = Duration::new(now.tv_sec.try_into().unwrap_or(0), now.tv_nsec.try_into().unwrap_or(0));
    now.saturating_sub(Duration::from_nanos(at_ns))
}

/// What a line is asked for and some chips or kernels refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extras {
    pull: bool,
    debounce: bool,
}

/// Asks for everything, then for less. Of several refusals the first one counts. A chip whose bus hangs is not asked again.
fn ask_for_most<T, E>(ask: impl Fn(Extras) -> Result<T, E>) -> Result<(T, Extras), E> {
    let all = Extras { pull: true, debounce: true };
    let began = Instant::now();
    let refused = match ask(all) {
        Ok(granted) => return Ok((granted, all)),
        Err(why) => why,
    };
    // Errors differ from chip to chip; a line that is not to be had at all refuses the last try, too.
    let less = [(true, false), (false, true), (false, false)];
    let less = less.map(|(pull, debounce)| Extras { pull, debounce });
    let mut less = less.into_iter().take_while(|_| began.elapsed() <= LONG);
    less.find_map(|extras| Some((ask(extras).ok()?, extras))).ok_or(refused)
}

const fn bias(pull: Pull) -> Bias {
    match pull {
        Pull::Up => Bias::PullUp,
        Pull::Down => Bias::PullDown,
        Pull::None => Bias::Disabled,
    }
}

/// Edges the kernel keeps for a line until they are read, the newest: bounces of several presses where it does not
/// debounce. That others were dropped before them is seen by their numbers.
const EDGES_KEPT: u32 = 64;
/// Edges read at once.
const EDGES_READ: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_had_with_as_much_as_its_chip_grants() {
        let chip = |pull: bool, debounce: bool| {
            move |extras: Extras| {
                if (extras.pull && !pull) || (extras.debounce && !debounce) {
                    Err(String::from("EINVAL"))
                } else {
                    Ok(())
                }
            }
        };
        for (pull, debounce) in [(true, true), (true, false), (false, true), (false, false)] {
            assert_eq!(ask_for_most(chip(pull, debounce)), Ok(((), Extras { pull, debounce })));
        }
        let tries = std::cell::Cell::new(0);
        let busy = |_| {
            tries.set(tries.get() + 1);
            Err::<(), _>(format!("try {}", tries.get()))
        };
        assert_eq!(ask_for_most(busy), Err("try 1".into()));
    }

    #[test]
    fn edges_that_the_kernel_dropped_are_missed_by_their_numbers() {
        for (number, next, lost) in
            [(0, 1, 0), (1, 2, 0), (0, 7, 6), (41, 106, 64), (u32::MAX, 0, 0), (u32::MAX, 3, 3)]
        {
            assert_eq!(lost_between(number, next), lost, "{number}, {next}");
        }
    }

    #[test]
    fn the_age_of_an_edge_is_told_by_the_clock_of_the_kernel() {
        let now = clock_gettime(ClockId::Monotonic);
        let now = Duration::new(now.tv_sec.try_into().unwrap(), now.tv_nsec.try_into().unwrap());
        let second_ago = u64::try_from((now - Duration::from_secs(1)).as_nanos()).unwrap();
        assert!((1000..30_000).contains(&age(second_ago).as_millis()));
        assert_eq!(age(u64::MAX), Duration::ZERO, "none comes from the future");
    }
}

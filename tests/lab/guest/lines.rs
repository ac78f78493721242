//! GPIO chips whose far ends are ours (the kernel's gpio-sim). It does not know who asks for their lines.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use gpiocdev::Request;
use gpiocdev::line::Value;

use super::until;
use crate::process::DEADLINE;

/// A chip that was plugged in; it is gone when this value goes.
pub(super) struct Chip {
    /// Its directory in configfs.
    config: PathBuf,
    /// Its directory in sysfs.
    device: PathBuf,
    names: Vec<String>,
}

impl Chip {
    /// A chip with that label and lines of these names, from offset 0; "" has none.
    pub(super) fn plug<'a>(label: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let config = PathBuf::from("/sys/kernel/config/gpio-sim").join(label);
        let bank = config.join("bank");
        fs::create_dir_all(&bank).unwrap_or_else(|error| panic!("{label}: {error}"));
        fs::write(bank.join("num_lines"), names.len().to_string()).unwrap();
        fs::write(bank.join("label"), label).unwrap();
        for (offset, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            let line = bank.join(format!("line{offset}"));
            fs::create_dir(&line).unwrap();
            fs::write(line.join("name"), name).unwrap();
        }
        fs::write(config.join("live"), "1").unwrap_or_else(|error| panic!("{label}: {error}"));
        let word = |file: PathBuf| fs::read_to_string(file).unwrap().trim().to_owned();
        let device = PathBuf::from("/sys/devices/platform")
            .join(word(config.join("dev_name")))
            .join(word(bank.join("chip_name")));
        let chip = Self { config, device, names };
        until("the chip's device file", Duration::from_secs(5), || chip.path().exists().then_some(()));
        chip
    }

    /// Its device file.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from("/dev").join(self.device.file_name().unwrap())
    }

    pub(super) fn offset(&self, line: &str) -> usize {
        self.names.iter().position(|name| name == line).unwrap_or_else(|| panic!("no line {line}"))
    }

    /// Another program holds the line, and keeps it at that value, until what comes back is dropped.
    pub(super) fn taken_by(&self, consumer: &str, line: &str, value: Value) -> Request {
        let offset = u32::try_from(self.offset(line)).unwrap();
        let mut builder = Request::builder();
        builder.on_chip(self.path()).with_line(offset).with_consumer(consumer).as_output(value);
        builder.request().unwrap()
    }

    /// Whether a line is high.
    pub(super) fn is_high(&self, line: &str) -> bool {
        fs::read_to_string(self.level(line)).unwrap().trim() == "1"
    }

    /// The file that says at which level a line is.
    pub(super) fn level(&self, line: &str) -> PathBuf {
        self.file(line, "value")
    }

    /// What the world does to a line.
    pub(super) fn pull(&self, line: &str, up: bool) {
        fs::write(self.file(line, "pull"), if up { "pull-up" } else { "pull-down" }).unwrap();
    }

    /// A button to ground, pressed for that long: its contact bounces as it closes and as it opens.
    pub(super) fn press(&self, line: &str, lasts: Duration) {
        self.bounce(line, false);
        thread::sleep(lasts);
        self.bounce(line, true);
    }

    /// Five times there and back within some milliseconds, then there to stay.
    fn bounce(&self, line: &str, up: bool) {
        for _ in 0..5 {
            self.pull(line, up);
            thread::sleep(Duration::from_millis(1));
            self.pull(line, !up);
            thread::sleep(Duration::from_millis(1));
        }
        self.pull(line, up);
    }

    /// Waits until the line is at that level.
    pub(super) fn await_level(&self, line: &str, high: bool, within: Duration) {
        let what = format!("{line} {}", if high { "high" } else { "low" });
        until(&what, within, || (self.is_high(line) == high).then_some(()));
    }

    /// Waits until a line has been at that level for that long without a break.
    pub(super) fn await_steady(&self, line: &str, high: bool, lasts: Duration) {
        let mut since = Instant::now();
        until(&format!("{line} steadily {}", if high { "high" } else { "low" }), DEADLINE, || {
            if self.is_high(line) != high {
                since = Instant::now();
            }
            (since.elapsed() >= lasts).then_some(())
        });
    }

    fn file(&self, line: &str, name: &str) -> PathBuf {
        self.device.join(format!("sim_gpio{}", self.offset(line))).join(name)
    }
}

impl Drop for Chip {
    fn drop(&mut self) {
        let _ = fs::write(self.config.join("live"), "0");
        let bank = self.config.join("bank");
        for offset in 0..self.names.len() {
            let _ = fs::remove_dir(bank.join(format!("line{offset}")));
        }
        let _ = fs::remove_dir(bank);
        let _ = fs::remove_dir(&self.config);
    }
}

/// The only chip of a Pi Zero W, with the names of a mainline kernel.
pub(super) fn pi_zero() -> Chip {
    let [chip] =
        plug_all(include_str!("../../boards/lines/debian-zero-w.txt")).try_into().ok().expect("one chip");
    chip
}

/// The chips of a Pi 5 with Raspberry Pi's own kernel: the header's, and others.
pub(super) fn pi_5() -> (Chip, Vec<Chip>) {
    let mut chips = plug_all(include_str!("../../boards/lines/raspberrypi-5-b.txt"));
    (chips.remove(0), chips)
}

/// The chips of a list of `tests/boards/lines`.
fn plug_all(list: &str) -> Vec<Chip> {
    let mut chips: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in list.lines().filter(|row| !row.starts_with(['#', 'm', 'b'])) {
        match (row.strip_prefix("chip "), chips.last_mut()) {
            (Some(label), _) => chips.push((label, Vec::new())),
            (None, Some((_, names))) => {
                names.extend(row.split_whitespace().map(|name| name.trim_matches('"')))
            }
            (None, None) => panic!("names of no chip: {row}"),
        }
    }
    chips.into_iter().map(|(label, names)| Chip::plug(label, names)).collect()
}

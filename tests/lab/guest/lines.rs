//! GPIO chips whose far ends are ours (the kernel's gpio-sim). It does not know who asks for their lines.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::{names, until};

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

    /// Whether a line is high.
    pub(super) fn is_high(&self, line: &str) -> bool {
        fs::read_to_string(self.file(line, "value")).unwrap().trim() == "1"
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
        let mut since = None;
        until(&format!("{line} steadily {high}"), super::super::process::DEADLINE, || {
            since = self.is_high(line).eq(&high).then(|| since.unwrap_or_else(std::time::Instant::now));
            since.filter(|since| since.elapsed() >= lasts).map(drop)
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

/// The header of a Pi Zero W.
pub(super) fn pi_zero() -> Chip {
    Chip::plug("pinctrl-bcm2835", names::ZERO_W)
}

/// The header of a Pi 5.
pub(super) fn pi_5() -> Chip {
    Chip::plug("pinctrl-rp1", names::PI_5)
}

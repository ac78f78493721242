//! The kernel's watchdog: a device file that resets the machine if it is open and nobody writes to it.
//!
//! It does not know who feeds it. Only writes are needed: an octet feeds, `V` before the end disarms (the "magic close" of
//! the kernel's watchdog API); how long the device waits stands in sysfs.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::text::number;
use crate::time::{Duration, Instant};

/// A watchdog device. It counts down from the moment it is opened, and goes on when this value is dropped.
#[derive(Debug)]
pub struct Device {
    path: PathBuf,
    /// What the kernel tells of it.
    facts: PathBuf,
    file: Option<File>,
    /// How often it is fed.
    every: Duration,
    /// When it is fed, or opened, next; `None` at the end.
    due: Option<Instant>,
    /// Why it could not be opened the last time; told once.
    told: Option<ErrorKind>,
}

impl Device {
    /// The device of that name, `/dev/watchdogN`. It is not opened yet.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        let facts = Path::new("/sys/class/watchdog").join(path.file_name().unwrap_or_default());
        Self { path, facts, file: None, every: RETRY, due: Some(Instant::START), told: None }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn feed(&mut self, now: Instant) {
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        match self.file.as_mut().map(|file| file.write_all(FOOD)) {
            None => self.open(),
            Some(Ok(())) => {}
            Some(Err(error)) => {
                log::warn!("watchdog {}: it can't be fed: {error}; opening it anew", self.path.display());
                self.file = None;
            }
        }
        self.due = Some(now + self.every);
    }

    pub(super) fn stopping(&mut self) {
        if self.file.is_none() {
            self.due = None;
        }
    }

    pub(super) fn disarm(&mut self) {
        self.due = None;
        if let Some(Err(error)) = self.file.take().map(|mut file| file.write_all(MAGIC_CLOSE)) {
            log::error!("watchdog {}: it can't be disarmed: {error}", self.path.display());
        }
    }

    fn open(&mut self) {
        let path = self.path.display();
        match OpenOptions::new().write(true).open(&self.path) {
            Ok(file) => {
                self.file = Some(file);
                self.told = None;
                let patience = self.patience();
                self.every = patience / FEEDS;
                log::info!(
                    "watchdog {path}: armed; it resets the machine after {} s unfed",
                    patience.as_secs()
                );
                if self.fact("nowayout") == Some(1) {
                    log::warn!(
                        "watchdog {path}: nowayout is set: it resets the machine after the agent's end, too"
                    );
                }
            }
            Err(error) => {
                self.every = RETRY;
                let told = self.told.replace(error.kind());
                if told != Some(error.kind()) {
                    log::warn!(
                        "watchdog {path}: {}; going on without it, trying again every {} s",
                        Refused(&error),
                        RETRY.as_secs()
                    );
                }
            }
        }
    }

    /// How long it waits to be fed.
    fn patience(&self) -> Duration {
        let seconds = self.fact("timeout").filter(|seconds| *seconds > 0);
        seconds.map_or(PATIENCE, Duration::from_secs)
    }

    fn fact(&self, name: &str) -> Option<u64> {
        number(fs::read_to_string(self.facts.join(name)).ok()?.trim().as_bytes())
    }
}

/// Why a device can't be opened, for people.
struct Refused<'a>(&'a io::Error);

impl std::fmt::Display for Refused<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.kind() {
            ErrorKind::ResourceBusy => {
                f.write_str("another program holds it, as systemd does where RuntimeWatchdogSec is set")
            }
            ErrorKind::NotFound => f.write_str("there is no such device"),
            _ => write!(f, "it can't be opened: {}; nudged doctor says what mends it", self.0),
        }
    }
}

/// Feeds in the time the device waits. A bus may hold the one thread for a second, and a feed may be lost: with three there
/// is time for both.
const FEEDS: u32 = 3;
/// How long a device is taken to wait whose kernel does not tell (`CONFIG_WATCHDOG_SYSFS` is off): the shortest usual one,
/// that of a Raspberry Pi, has 15 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// Whoever holds the device may let it go.
const RETRY: Duration = Duration::from_secs(60);
/// Any octet but that of [`MAGIC_CLOSE`].
const FOOD: &[u8] = b".";
const MAGIC_CLOSE: &[u8] = b"V";

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that stands for the device, and what sysfs tells of it.
    struct Fake {
        home: tempfile::TempDir,
        device: Device,
    }

    impl Fake {
        fn new(facts: &[(&str, &str)]) -> Self {
            let home = tempfile::tempdir().unwrap();
            let path = home.path().join("watchdog7");
            fs::write(&path, "").unwrap();
            facts.iter().for_each(|(name, fact)| fs::write(home.path().join(name), fact).unwrap());
            let device = Device { facts: home.path().into(), ..Device::new(path) };
            Self { home, device }
        }

        fn written(&self) -> String {
            fs::read_to_string(self.home.path().join("watchdog7")).unwrap()
        }
    }

    fn s(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn it_is_opened_by_the_first_feed_fed_at_a_third_of_its_patience_and_disarmed_at_the_end() {
        let mut fake = Fake::new(&[("timeout", "15\n")]);
        assert!(fake.device.file.is_none(), "nothing counts down yet");
        fake.device.feed(s(2));
        assert_eq!((fake.device.due(), fake.written().as_str()), (Some(s(7)), ""), "opening feeds");
        fake.device.feed(s(6));
        assert_eq!(fake.written(), "");
        fake.device.feed(s(8));
        assert_eq!((fake.device.due(), fake.written().as_str()), (Some(s(13)), "."));
        fake.device.stopping();
        fake.device.feed(s(14));
        assert_eq!(fake.written(), "..", "an end that takes its time is fed");
        fake.device.disarm();
        fake.device.feed(s(99));
        fake.device.disarm();
        assert_eq!((fake.device.due(), fake.written().as_str()), (None, "..V"));
    }

    #[test]
    fn whoever_just_vanishes_disarms_nothing() {
        let mut fake = Fake::new(&[("timeout", "3")]);
        fake.device.feed(s(0));
        fake.device.feed(s(1));
        fake.device = Device::new("/dev/null".into());
        assert_eq!(fake.written(), ".");
    }

    #[test]
    fn a_kernel_that_does_not_tell_its_patience_is_taken_for_a_hasty_one() {
        for facts in [&[][..], &[("timeout", "0\n")], &[("timeout", "soon")]] {
            let mut fake = Fake::new(facts);
            fake.device.feed(s(0));
            assert_eq!(fake.device.due(), Some(Instant::START + PATIENCE / FEEDS), "{facts:?}");
        }
    }

    #[test]
    fn a_device_that_can_not_be_opened_is_tried_again_but_not_at_the_end() {
        let mut fake = Fake::new(&[("timeout", "15")]);
        let path = fake.device.path.clone();
        fs::remove_file(&path).unwrap();
        fake.device.feed(s(0));
        assert_eq!(fake.device.due(), Some(s(60)));
        fs::write(&path, "").unwrap();
        fake.device.feed(s(60));
        assert_eq!(fake.device.due(), Some(s(65)));
        let mut late = Fake::new(&[]);
        late.device.stopping();
        late.device.feed(s(5));
        late.device.disarm();
        assert!(late.device.due().is_none() && late.device.file.is_none());
        assert_eq!(late.written(), "");
    }

    #[test]
    fn a_device_that_fails_is_opened_anew() {
        let mut fake = Fake::new(&[("timeout", "15")]);
        fake.device.feed(s(0));
        fake.device.file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        fake.device.feed(s(5));
        assert!(fake.device.file.is_none());
        assert_eq!(fake.device.due(), Some(s(10)), "the machine's countdown runs");
        fake.device.feed(s(10));
        fake.device.feed(s(15));
        assert_eq!(fake.written(), ".");
    }

    #[test]
    fn what_facts_belong_to_a_device_tells_its_name() {
        assert_eq!(Device::new("/dev/watchdog1".into()).facts, Path::new("/sys/class/watchdog/watchdog1"));
    }
}

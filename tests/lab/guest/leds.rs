//! LEDs of the kernel's LED class whose light is ours to see (the kernel's uleds). It does not know who lights them.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::until;

/// A LED that stays until the machine ends.
pub(super) struct SeenLed {
    name: String,
    /// Every brightness it was given.
    seen: Arc<Mutex<Vec<i32>>>,
}

impl SeenLed {
    pub(super) fn plug(name: &str, max: i32) -> Self {
        let mut file = OpenOptions::new().read(true).write(true).open("/dev/uleds").unwrap();
        let mut octets = [0; 64 + 4];
        octets[..name.len()].copy_from_slice(name.as_bytes());
        octets[64..].copy_from_slice(&max.to_ne_bytes());
        file.write_all(&octets).unwrap_or_else(|error| panic!("{name}: {error}"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&seen);
        thread::spawn(move || {
            let mut brightness = [0; 4];
            while file.read_exact(&mut brightness).is_ok() {
                told.lock().unwrap().push(i32::from_ne_bytes(brightness));
            }
        });
        let led = Self { name: name.to_owned(), seen };
        until("the LED", Duration::from_secs(5), || led.folder().exists().then_some(()));
        led
    }

    pub(super) fn folder(&self) -> PathBuf {
        PathBuf::from("/sys/class/leds").join(&self.name)
    }

    /// The trigger that is set.
    pub(super) fn trigger(&self) -> String {
        let triggers = std::fs::read_to_string(self.folder().join("trigger")).unwrap();
        let set = triggers.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
        set.unwrap_or("none").to_owned()
    }

    /// The brightness it was given last.
    pub(super) fn brightness(&self) -> Option<i32> {
        self.seen.lock().unwrap().last().copied()
    }

    /// Everything it was given since this was asked before.
    pub(super) fn take(&self) -> Vec<i32> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

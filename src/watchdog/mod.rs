//! Watchdogs: whoever restarts the agent, or the whole machine, when its loop does not turn any more.
//!
//! It does not know the loop, and has no thread and no timer: the driver feeds, after a whole turn, so that a hang
//! anywhere on its one thread starves both watchdogs. `systemd` is one, told by datagrams, and learns the rest of a
//! service's life besides; `device` is the other, the kernel's, a file.

mod device;
mod systemd;

use std::fmt;

use crate::time::{self, Instant};

pub use self::device::Device;
pub use self::systemd::Systemd;

/// The watchdogs there are; by default none, and then nothing is ever due.
#[derive(Debug, Default)]
pub struct Watchdog {
    /// The service manager, if one started us.
    pub systemd: Option<Systemd>,
    /// The kernel's, if the configuration names one.
    pub device: Option<Device>,
}

impl Watchdog {
    /// Says how everything stands, as often as it may have changed; the first time, that the service is ready.
    pub fn tell(&mut self, now: Instant, how: impl fmt::Display) {
        if let Some(systemd) = &mut self.systemd {
            systemd.tell(now, how);
        }
    }

    /// When the next one must be fed, or told.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        let systemd = self.systemd.as_ref().and_then(Systemd::due);
        time::earlier(systemd, self.device.as_ref().and_then(Device::due))
    }

    /// Feeds those whose time it is. The first time for a device arms it: the board is up then.
    pub fn feed(&mut self, now: Instant) {
        self.systemd.iter_mut().for_each(|systemd| systemd.feed(now));
        self.device.iter_mut().for_each(|device| device.feed(now));
    }

    /// The end begins: nothing is armed any more, but what is armed must be fed on.
    pub fn stopping(&mut self) {
        self.systemd.iter_mut().for_each(Systemd::stopping);
        self.device.iter_mut().for_each(Device::stopping);
    }

    /// The very end, a polite one. A watchdog that is dropped without it resets the machine.
    pub fn disarm(&mut self) {
        self.device.iter_mut().for_each(Device::disarm);
    }
}

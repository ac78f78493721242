//! The buses of the machine, plugged in and out. It does not know what happens on them.

use std::fs;
use std::process::{Child, Command};
use std::time::Duration;

use super::until;
use crate::bus::{DEVICES, Steering};

/// The buses, plugged in; they are gone when this value goes.
pub(super) struct PluggedBus {
    program: Child,
    pub(super) steering: Steering,
}

impl PluggedBus {
    pub(super) fn plug() -> Self {
        let program = Command::new("/proc/self/exe").env("NUDGED_LAB_ROLE", "bus").spawn().unwrap();
        Self { program, steering: Steering::connect() }
    }
}

impl Drop for PluggedBus {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
        until("the end of the bus", Duration::from_secs(5), || {
            DEVICES.iter().all(|device| fs::metadata(device).is_err()).then_some(())
        });
    }
}

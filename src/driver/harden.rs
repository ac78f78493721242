//! What the process asks of the kernel against leaking its memory.
//!
//! It does not know which secrets there are.

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps, and forbids other processes of the same user to read this one's memory: passwords and tickets are
/// in it. Call it first of all. What the kernel refuses is a warning, not an end.
pub fn harden() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        log::warn!("driver: core dumps stay on: {error}");
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        log::warn!("driver: other processes may read this one's memory: {error}");
    }
}

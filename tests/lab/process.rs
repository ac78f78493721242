//! What the friend of `tests/binary` shares with the checks: patience.

use std::time::Duration;

/// The longest wait for anything that should happen: an emulated processor on a busy machine is slow.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

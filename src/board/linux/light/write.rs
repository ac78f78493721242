//! Writes to what a light hangs on, each with an eye on the clock.
//! It does not know what is written, nor what follows from its trouble.

use crate::board::linux::breaker::Breaker;
use crate::time::Instant;

/// Why a light does not look as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// What it hangs on refused: a sentence without a subject that ends in what to do.
    Refused(String),
    /// A write that began and ended then took too long, whatever came of it; nothing was written after it.
    Held(Instant, Instant),
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Refused(why)
    }
}

/// Makes a write.
pub(crate) fn timed<T>(
    clock: &dyn Fn() -> Instant,
    write: impl FnOnce() -> Result<T, String>,
) -> Result<T, Trouble> {
    let before = clock();
    let outcome = write();
    let after = clock();
    if Breaker::is_long(before, after) {
        return Err(Trouble::Held(before, after));
    }
    outcome.map_err(Trouble::Refused)
}

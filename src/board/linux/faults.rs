//! What the log says of a part that is missing, and of one that is back: the same of lights, buttons, strip and display.
//! It does not know what is missing, nor why.
//!
//! It stands alone so that a log filter can name it: whoever tells people of faults in words of their own wants these off.

use crate::time::Duration;

/// `what` is missing, because of `why`: a sentence without a subject that ends in what to do.
pub(super) fn missing(what: &str, why: &str, every: Duration) {
    log::warn!("board: {what} is missing, tried again every {} s: {why}", every.as_secs());
}

/// `what` is there again, or at last.
pub(super) fn back(what: &str) {
    log::info!("board: {what} is there now");
}

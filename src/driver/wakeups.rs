//! What woke the loop, counted.
//!
//! It does not know what follows from it.

use std::fmt;

use crate::agent::Reason;

/// What woke the loop, how many times: on an idle board, next to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wakeups {
    /// Something happened to a link.
    pub link: u64,
    /// The board reported something.
    pub board: u64,
    /// Somebody at a shell asked for something.
    pub control: u64,
    /// A signal came.
    pub signal: u64,
    /// The driver had something to do: save the snapshot, or end.
    pub driver: u64,
    /// A watchdog had to be fed, or systemd to be told: without either never.
    pub watchdog: u64,
    /// A deadline of the core came, by its [`Reason`], in the order of that type.
    pub deadline: [u64; REASONS.len()],
}

impl Wakeups {
    /// A deadline of the core came.
    pub(super) fn deadline_of(&mut self, reason: Reason) {
        let place = REASONS.iter().position(|known| *known == reason);
        if let Some(count) = place.and_then(|place| self.deadline.get_mut(place)) {
            *count += 1;
        }
    }
}

impl fmt::Display for Wakeups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { link, board, control, signal, driver, watchdog, deadline } = self;
        write!(f, "link {link}, board {board}, control {control}, signal {signal}, driver {driver}")?;
        write!(f, ", watchdog {watchdog}")?;
        REASONS.iter().zip(deadline).try_for_each(|(reason, count)| write!(f, ", {reason:?} {count}"))
    }
}

const REASONS: [Reason; 7] = [
    Reason::Nothing,
    Reason::Link,
    Reason::Gesture,
    Reason::Effect,
    Reason::ReplyMenu,
    Reason::Display,
    Reason::Control,
];

//! The checks, in the order in which they run. Each leaves the machine as it found it.

mod lights;
mod lines;
mod parts;

use super::Check;

/// Names and checks.
macro_rules! checks {
    ($($room:ident :: $check:ident),* $(,)?) => {
        &[$((stringify!($check), $room::$check)),*]
    };
}

pub(super) const ALL: &[Check] = checks![
    parts::displays_are_as_their_data_sheets_say,
    lines::a_friend_goes_busy_and_a_line_changes_its_level,
    lines::a_press_that_bounces_sends_one_reply,
];

//! Lines: LEDs and buttons by name, on whichever chip.

use std::time::Duration;

use crate::guest::desk::{DESK, Desk};
use crate::guest::lines::pi_zero;
use crate::process::DEADLINE;

/// Longer than any rhythm holds a level, but those that never change.
const STILL: Duration = Duration::from_millis(2500);

const LAMP: &str = "[leds.desk]\nline = \"GPIO17\"\n";
const PRESENCE: &str = "[[light]]\nled = \"desk\"\npresence_of = \"bob\"\n";
const KEYS: &str = "[leds.desk]\nline = \"GPIO17\"\n[buttons.left]\nline = \"GPIO5\"\n";

pub(super) fn a_friend_goes_busy_and_a_line_changes_its_level() {
    let chip = pi_zero();
    let desk = Desk::new("busy", LAMP, PRESENCE);
    let agent = desk.online();
    let mut bob = desk.bob();
    chip.await_steady("GPIO17", true, STILL);
    bob.is("BSY");
    // Busy beats like a heart.
    for high in [false, true, false] {
        chip.await_level("GPIO17", high, DEADLINE);
    }
    bob.is("NLN");
    chip.await_steady("GPIO17", true, STILL);
    agent.signal(rustix::process::Signal::TERM);
    assert_eq!(agent.ends_within(Duration::from_secs(2)).code(), Some(0));
    assert!(!chip.is_high("GPIO17"), "lit after the end");
}

pub(super) fn a_press_that_bounces_sends_one_reply() {
    let chip = pi_zero();
    chip.pull("GPIO5", true);
    let replies = "[replies]\ntexts = [\"Yes\"]\n[buttons]\nleft = { click = \"reply:1\" }\n";
    let desk = Desk::new("press", KEYS, &format!("{PRESENCE}{replies}"));
    let _agent = desk.online();
    let mut bob = desk.bob();
    bob.calls(DESK);
    bob.says("lunch?");
    std::thread::sleep(Duration::from_secs(1));
    chip.press("GPIO5", Duration::from_millis(120));
    assert!(bob.hears().ends_with("\r\n\r\nYes"));
}

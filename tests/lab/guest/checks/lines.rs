//! Lines: LEDs and buttons by name, on whichever chip.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gpiocdev::line::Value;

use crate::guest::desk::{DESK, Desk};
use crate::guest::lines::{Chip, pi_5, pi_zero};
use crate::guest::until;
use crate::guest::wiring::{BUTTON, LAMP, PRESENCE};
use crate::process::DEADLINE;

/// Longer than any rhythm holds a level, but those that never change.
const STILL: Duration = Duration::from_millis(2500);

/// LEDs of the Pi 5, each found in another way.
const NAMES: [&str; 5] = ["by-name", "by-pin", "by-place", "by-offset", "twice"];

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
    agent.stops_within(Duration::from_secs(2));
    assert!(!chip.is_high("GPIO17"), "lit after the end");
}

pub(super) fn a_line_is_found_by_its_number_where_the_kernel_has_another_name() {
    let chip = pi_zero();
    let desk = Desk::new("number", "[leds.desk]\nline = \"GPIO9\"\n", PRESENCE);
    let _agent = desk.online();
    let _bob = desk.bob();
    chip.await_steady("SPI_MISO", true, STILL);
}

pub(super) fn three_lines_make_a_colour() {
    let chip = pi_zero();
    let board = "[leds.desk]\nred = \"GPIO22\"\ngreen = \"GPIO23\"\nblue = \"GPIO24\"\n";
    let desk = Desk::new("colour", board, PRESENCE);
    let _agent = desk.online();
    let mut bob = desk.bob();
    chip.await_steady("GPIO23", true, STILL);
    assert!(!chip.is_high("GPIO22") && !chip.is_high("GPIO24"), "online is green");
    bob.is("BSY");
    chip.await_level("GPIO22", true, DEADLINE);
    assert!(!chip.is_high("GPIO23") && !chip.is_high("GPIO24"), "busy is red");
}

pub(super) fn a_traffic_light_is_green_amber_or_red() {
    let chip = pi_zero();
    let desk = Desk::new("traffic", include_str!("../../../../boards/traffic-hat.toml"), PRESENCE);
    let agent = desk.online();
    let mut bob = desk.bob();
    let (red, amber, green) = ("GPIO24", "GPIO23", "GPIO22");
    lit_alone(&chip, green, [red, amber]);
    bob.is("AWY");
    lit_alone(&chip, amber, [red, green]);
    bob.is("BSY");
    lit_alone(&chip, red, [amber, green]);
    bob.is("NLN");
    lit_alone(&chip, green, [red, amber]);
    agent.stops_within(Duration::from_secs(2));
    assert!([red, amber, green].iter().all(|line| !chip.is_high(line)), "lit after the end");
}

/// Waits until one line is lit, and then for a rhythm in which the others never are.
fn lit_alone(chip: &Chip, line: &str, others: [&str; 2]) {
    until(&format!("{line} alone"), DEADLINE, || {
        (chip.is_high(line) && others.iter().all(|other| !chip.is_high(other))).then_some(())
    });
    let by = Instant::now() + STILL;
    while Instant::now() < by {
        let lit = others.iter().find(|other| chip.is_high(other));
        assert_eq!(lit, None, "beside {line}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(super) fn a_press_that_bounces_sends_one_reply() {
    let chip = pi_zero();
    chip.pull("GPIO5", true);
    let replies = "[replies]\ntexts = [\"Yes\"]\n[buttons]\nleft = { click = \"reply:1\" }\n";
    let desk = Desk::new("press", &format!("{LAMP}{BUTTON}"), &format!("{PRESENCE}{replies}"));
    let _agent = desk.online();
    let mut bob = desk.bob();
    bob.calls(DESK);
    bob.says("lunch?");
    std::thread::sleep(Duration::from_secs(1));
    chip.press("GPIO5", Duration::from_millis(120));
    assert!(bob.hears().ends_with("\r\n\r\nYes"));
}

pub(super) fn lines_that_are_taken_or_missing_are_used_once_they_can_be() {
    let chip = pi_zero();
    let taken = chip.taken_by("fan-control", "GPIO17", Value::Inactive);
    let board = format!("{LAMP}[leds.works]\nline = \"GPIO27\"\n[leds.late]\nline = \"expander/1\"\n");
    let lights = "[[light]]\nled = [\"desk\", \"works\", \"late\"]\npresence_of = \"bob\"\n";
    let desk = Desk::new("taken", &board, lights);
    let agent = desk.online();
    let _bob = desk.bob();
    agent.await_log(
        "led \"desk\" on GPIO17 is missing, tried again every 30 s: it is used by \"fan-control\"",
    );
    agent.await_log("led \"late\" on expander/1 is missing");
    chip.await_level("GPIO27", true, DEADLINE);
    assert!(!chip.is_high("GPIO17"), "it is not ours");
    drop(taken);
    let expander = Chip::plug("expander", ["", "LAMP"]);
    // They are looked for every 30 s.
    chip.await_level("GPIO17", true, Duration::from_secs(35));
    expander.await_level("LAMP", true, DEADLINE);
    agent.await_log("led \"desk\" on GPIO17 is there now");
    // Before the chips are pulled out.
    drop(agent);
}

pub(super) fn a_pi_5_is_wired_by_names_by_pins_and_by_places() {
    let (header, _others) = pi_5();
    let expander = Chip::plug("expander", ["", "", "", "GPIO17", "LAMP"]);
    let second = Chip::plug("second", ["LAMP"]);
    let lines = ["GPIO17", "J8:13", "expander/3", "pinctrl-rp1/22", "LAMP"];
    let mut board = String::new();
    for (name, line) in NAMES.iter().zip(lines) {
        write!(board, "[leds.{name}]\nline = \"{line}\"\n").unwrap();
    }
    // The line is low while the LED is lit.
    board.push_str("[leds.turned]\nline = \"GPIO23\"\nactive_low = true\n");
    let lights = "[[light]]\nled = [\"by-name\", \"by-pin\", \"by-place\", \"by-offset\", \"twice\", \"turned\"]\n\
                  presence_of = \"bob\"\n";
    let desk = Desk::new("pi5", &board, lights);
    let agent = desk.online();
    header.await_level("GPIO23", true, DEADLINE);
    let _bob = desk.bob();
    for line in ["GPIO17", "GPIO27", "GPIO22"] {
        header.await_level(line, true, DEADLINE);
    }
    expander.await_level("GPIO17", true, DEADLINE);
    header.await_level("GPIO23", false, DEADLINE);
    let told = agent.await_log("led \"twice\" on LAMP");
    assert!(told.contains("expander/4") && told.contains("second/0"), "{told}");
    assert!(!expander.is_high("LAMP") && !second.is_high("LAMP"), "it chose one of two");
}

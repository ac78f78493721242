//! What `nudged test` does to LEDs and displays, and hears from buttons.

use std::time::Duration;

use gpiocdev::line::Value;
use rustix::process::Signal;

use crate::bus::SSD1306;
use crate::guest::agent::Agent;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::Desk;
use crate::guest::golden::golden;
use crate::guest::lines::{Chip, pi_zero};
use crate::guest::wiring::{BUTTON, OLED};
use crate::process::DEADLINE;

const LAMPS: &str = "[leds.desk]\nline = \"GPIO17\"\n\
                     [leds.rgb]\nred = \"GPIO22\"\ngreen = \"GPIO23\"\nblue = \"GPIO24\"\n";
const LINES: [&str; 4] = ["GPIO17", "GPIO22", "GPIO23", "GPIO24"];

pub(super) fn a_test_lights_each_line_in_turn_and_leaves_all_dark() {
    let chip = pi_zero();
    let desk = Desk::new("lamps", LAMPS, "");
    let test = test(&desk, "leds");
    for (told, lit) in [
        ("desk (GPIO17): on", &[0][..]),
        ("rgb (GPIO22, GPIO23, GPIO24): red", &[1]),
        ("rgb (GPIO22, GPIO23, GPIO24): green", &[2]),
        ("rgb (GPIO22, GPIO23, GPIO24): blue", &[3]),
        ("rgb (GPIO22, GPIO23, GPIO24): white", &[1, 2, 3]),
        ("all: blink: ", &[0, 1, 2, 3]),
    ] {
        test.await_log(told);
        await_lit(&chip, lit);
    }
    // It goes on with other rhythms until somebody has seen enough.
    test.signal(Signal::INT);
    assert_eq!(test.ends_within(Duration::from_secs(2)).code(), Some(0));
    assert!(LINES.iter().all(|line| !chip.is_high(line)), "lit after the end");
}

/// Waits until these of the lines are high, and no others.
fn await_lit(chip: &Chip, lit: &[usize]) {
    crate::guest::until(&format!("lines {lit:?} alone"), DEADLINE, || {
        let high: Vec<usize> = (0..LINES.len()).filter(|at| chip.is_high(LINES[*at])).collect();
        (high == lit).then_some(())
    });
}

pub(super) fn a_test_says_which_led_is_missing_and_lights_the_others() {
    let chip = pi_zero();
    let taken = chip.taken_by("fan-control", "GPIO17", Value::Inactive);
    let desk = Desk::new("gaps", &format!("{LAMPS}[leds.late]\nline = \"expander/1\"\n"), "");
    let test = test(&desk, "leds");
    test.await_log("desk (GPIO17): missing: it is used by \"fan-control\"; stop that, or wire another line");
    test.await_log("late (expander/1): missing: this machine has no such line; `nudged list lines` shows");
    for (told, lit) in [
        ("rgb (GPIO22, GPIO23, GPIO24): red", &[1][..]),
        ("rgb (GPIO22, GPIO23, GPIO24): green", &[2]),
        ("all but desk, late: blink: ", &[1, 2, 3]),
    ] {
        test.await_log(told);
        await_lit(&chip, lit);
    }
    let log = test.log();
    assert!(!log.contains(": on") && !log.contains("board:"), "{log}");
    test.signal(Signal::INT);
    test.await_log("test: missing: desk, late; to see what this machine lacks: nudged doctor");
    assert_eq!(test.ends_within(Duration::from_secs(2)).code(), Some(74));
    drop(taken);
}

pub(super) fn a_test_of_a_display_that_does_not_answer_ends_with_the_reason() {
    let bus = PluggedBus::plug();
    bus.steering.is("unplugged");
    let desk = Desk::new("nobody", OLED, "");
    let test = test(&desk, "display");
    test.await_log("display (128x64 pixels): missing: 0x3c on /dev/i2c-1 does not answer (");
    test.await_log("test: missing: display; to see what this machine lacks: nudged doctor");
    assert_eq!(test.ends_within(Duration::from_secs(2)).code(), Some(74));
}

pub(super) fn a_test_draws_its_card_and_leaves_the_display_dark() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("card", OLED, "");
    let test = test(&desk, "display");
    test.await_log("display (128x64 pixels): a line along every edge, \"/tmp/card/board.toml\"");
    golden("oled-card", || bus.steering.glass(SSD1306));
    assert_eq!(test.ends_within(Duration::from_secs(15)).code(), Some(0), "ten seconds");
    assert!(bus.steering.glass(SSD1306).is_dark());
    assert_eq!(bus.steering.strange(SSD1306), 0);
}

pub(super) fn a_test_tells_gestures_of_a_button_that_bounces() {
    let chip = pi_zero();
    chip.pull("GPIO5", true);
    let desk = Desk::new("gestures", BUTTON, "");
    let test = test(&desk, "buttons");
    test.await_log("press left: click, double and hold; Ctrl-C ends it");
    chip.press("GPIO5", Duration::from_millis(120));
    test.await_log("left  click");
    chip.press("GPIO5", Duration::from_millis(100));
    std::thread::sleep(Duration::from_millis(100));
    chip.press("GPIO5", Duration::from_millis(100));
    test.await_log("left  double");
    // Its last release; the next press is a gesture of its own.
    std::thread::sleep(Duration::from_millis(500));
    chip.press("GPIO5", Duration::from_millis(900));
    test.await_log("left  hold");
    std::thread::sleep(Duration::from_millis(200));
    let told: Vec<(f64, String)> = test.log().lines().filter_map(edge).collect();
    let words: Vec<&str> = told.iter().map(|(_, word)| word.as_str()).collect();
    // However often the contact bounced.
    let once = ["pressed", "released"];
    let double = ["pressed", "double", "released"];
    let all = [&once[..], &["click"], &once, &double, &["pressed", "hold", "released"]].concat();
    assert_eq!(words, all, "{}", test.log());
    let lasted = told[1].0 - told[0].0;
    assert!((0.09..0.3).contains(&lasted), "a press of 120 ms took {lasted} s");
    test.signal(Signal::INT);
    assert_eq!(test.ends_within(Duration::from_secs(2)).code(), Some(0));
}

pub(super) fn a_test_reports_a_button_that_is_down_at_the_start() {
    let chip = pi_zero();
    chip.pull("GPIO5", false);
    // The simulated chip lets a pull of its own win over the world's.
    let desk = Desk::new("down", &format!("{BUTTON}pull = \"none\"\n"), "");
    let test = test(&desk, "buttons");
    test.await_log("button \"left\" on GPIO5 is pressed at the start; ignored until it is released");
    chip.pull("GPIO5", true);
    std::thread::sleep(Duration::from_millis(200));
    assert!(!test.log().contains("left  click"), "{}", test.log());
    chip.press("GPIO5", Duration::from_millis(100));
    test.await_log("left  click");
}

/// `nudged test` of a part; what it says is in its log.
fn test(desk: &Desk, part: &str) -> Agent {
    let mut command = desk.nudged("test");
    command.arg(part);
    Agent::start(command, &format!("test-{part}"))
}

/// The seconds and the word of a line such as `   1.234 s  left  pressed`.
fn edge(line: &str) -> Option<(f64, String)> {
    let (at, word) = line.split_once(" s  left  ")?;
    Some((at.trim().parse().ok()?, word.to_owned()))
}

//! What is left when the agent ends without a chance to clean up.

use gpiocdev::line::Value;

use crate::bus::SSD1306;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::Desk;
use crate::guest::leds::SeenLed;
use crate::guest::lines::pi_zero;
use crate::guest::until;
use crate::guest::wiring::OLED;
use crate::process::DEADLINE;

pub(super) fn after_a_kill_blank_puts_everything_off() {
    let chip = pi_zero();
    let bus = PluggedBus::plug();
    let led = SeenLed::plug("lab:left", 255);
    let leds = "[leds.desk]\nline = \"class:lab:left\"\n[leds.lamp]\nline = \"GPIO17\"\n";
    let desk = Desk::new(
        "killed",
        &format!("{leds}{OLED}"),
        "[[light]]\nled = [\"desk\", \"lamp\"]\npresence_of = \"bob\"\n",
    );
    let agent = desk.online();
    let mut bob = desk.bob();
    bob.is("BSY");
    until("the trigger", DEADLINE, || (led.trigger() == "pattern").then_some(()));
    until("a picture", DEADLINE, || (!bus.steering.glass(SSD1306).is_dark()).then_some(()));
    agent.dies();
    assert_eq!(led.trigger(), "pattern", "the kernel goes on");
    assert!(!bus.steering.glass(SSD1306).is_dark(), "the display goes on");
    let blank = desk.nudged("blank").output().unwrap();
    assert!(blank.status.success(), "{blank:?}");
    assert_eq!((led.trigger().as_str(), led.brightness()), ("none", Some(0)));
    assert!(bus.steering.glass(SSD1306).is_dark());
    assert!(!chip.is_high("GPIO17"));
}

pub(super) fn blank_puts_off_what_it_can_and_says_who_has_the_rest() {
    let chip = pi_zero();
    let led = SeenLed::plug("lab:right", 255);
    let board = "[leds.lamp]\nline = \"GPIO17\"\n[leds.desk]\nline = \"class:lab:right\"\n";
    let desk = Desk::new("held", board, "");
    let taken = chip.taken_by("fan-control", "GPIO17", Value::Active);
    light(&led);
    let blank = desk.nudged("blank").output().unwrap();
    assert_eq!(blank.status.code(), Some(74), "{blank:?}");
    assert_eq!(
        String::from_utf8(blank.stderr).unwrap(),
        "nudged: blank: led \"lamp\" on GPIO17: it is used by \"fan-control\"; stop that, or wire another line\n"
    );
    assert_eq!(led.brightness(), Some(0), "the rest is dark");
    assert!(chip.is_high("GPIO17"), "it is not ours");
    drop(taken);
    assert!(desk.nudged("blank").output().unwrap().status.success());
    assert!(!chip.is_high("GPIO17"));
}

pub(super) fn blank_needs_nothing_of_a_configuration_but_its_board() {
    let led = SeenLed::plug("lab:broken", 255);
    // A table that never ends: not even the board could be read.
    let desk = Desk::new("broken", "[leds.desk]\nline = \"class:lab:broken\"\n", "[[light\n");
    light(&led);
    let blank = desk.nudged("blank").output().unwrap();
    assert!(blank.status.success() && blank.stderr.is_empty(), "{blank:?}");
    assert_eq!(led.brightness(), Some(0));
}

/// Somebody lights a LED.
fn light(led: &SeenLed) {
    std::fs::write(led.folder().join("brightness"), "255").unwrap();
    until("the light", DEADLINE, || (led.brightness() == Some(255)).then_some(()));
}

//! What is left when the agent ends without a chance to clean up.

use std::time::Duration;

use rustix::process::Signal;

use crate::bus::SSD1306;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::Desk;
use crate::guest::leds::SeenLed;
use crate::guest::lines::pi_zero;
use crate::guest::until;
use crate::process::DEADLINE;

pub(super) fn after_a_kill_blank_puts_everything_off() {
    let chip = pi_zero();
    let bus = PluggedBus::plug();
    let led = SeenLed::plug("lab:left", 255);
    let board = "[leds.desk]\nline = \"class:lab:left\"\n[leds.lamp]\nline = \"GPIO17\"\n\
                 [display]\ndriver = \"ssd1306\"\nbus = \"/dev/i2c-1\"\naddress = 0x3c\nsize = \"128x64\"\n";
    let desk = Desk::new("killed", board, "[[light]]\nled = [\"desk\", \"lamp\"]\npresence_of = \"bob\"\n");
    let agent = desk.online();
    let mut bob = desk.bob();
    bob.is("BSY");
    until("the trigger", DEADLINE, || (led.trigger() == "pattern").then_some(()));
    until("a picture", DEADLINE, || (!bus.steering.glass(SSD1306).is_dark()).then_some(()));
    agent.signal(Signal::KILL);
    assert!(!agent.ends_within(Duration::from_secs(1)).success());
    assert_eq!(led.trigger(), "pattern", "the kernel goes on");
    assert!(!bus.steering.glass(SSD1306).is_dark(), "the display goes on");
    let blank = desk.nudged("blank").output().unwrap();
    assert!(blank.status.success(), "{blank:?}");
    assert_eq!((led.trigger().as_str(), led.brightness()), ("none", Some(0)));
    assert!(bus.steering.glass(SSD1306).is_dark());
    assert!(!chip.is_high("GPIO17"));
}

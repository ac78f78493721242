//! Displays on a bus that can be slow, silent, stuck or gone.

use std::thread;
use std::time::{Duration, Instant};

use crate::bus::glass::Glass;
use crate::bus::{HD44780, SH1106, SPI_OLED, SSD1306};
use crate::friend::Friend;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::{DESK, Desk};
use crate::guest::golden::{golden, golden_words};
use crate::guest::lines::pi_zero;
use crate::guest::until;
use crate::guest::wiring::{BUTTON, OLED};
use crate::process::DEADLINE;

/// By when a display that came back shows everything again: a probe every five seconds, and time to draw.
const BACK: Duration = Duration::from_secs(6);
/// What a bus that holds every call for a second may cost a message.
const HELD: Duration = Duration::from_millis(1100);
/// The longest transfer, in octets.
const LONGEST: u64 = 32;

const LCD: &str = "[display]\ndriver = \"hd44780\"\nbus = \"/dev/i2c-1\"\naddress = 0x27\nsize = \"20x4\"\n";
const REPLIES: &str = "[replies]\ntexts = [\"Yes\"]\n[buttons]\nleft = { click = \"reply:1\" }\n";

pub(super) fn an_oled_shows_the_list_and_a_message() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("oled", OLED, "");
    let _agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
    bob.calls(DESK);
    bob.says("lunch at the usual place?");
    golden("oled-message", || bus.steering.glass(SSD1306));
    let counted = bus.steering.count();
    assert!(counted.transfers > 20 && counted.refused == 0 && counted.longest <= LONGEST, "{counted:?}");
    assert_eq!(bus.steering.strange(SSD1306), 0);
}

pub(super) fn an_sh1106_shows_the_same_picture() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("sh1106", &OLED.replace("ssd1306", "sh1106").replace("0x3c", "0x3d"), "");
    let agent = desk.online();
    let _bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SH1106));
    assert_eq!(bus.steering.strange(SH1106), 0);
    let counted = bus.steering.count();
    assert!(counted.refused == 0 && counted.longest <= LONGEST, "{counted:?}");
    agent.stops_within(Duration::from_secs(2));
    assert!(bus.steering.glass(SH1106).is_dark());
}

pub(super) fn a_panel_of_characters_shows_the_list_and_a_message() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("characters", LCD, "");
    let agent = desk.online();
    let mut bob = desk.bob();
    golden_words("characters-list", || bus.steering.words(HD44780));
    bob.calls(DESK);
    bob.says("lunch at the usual place? 10\u{b0} outside");
    golden_words("characters-message", || bus.steering.words(HD44780));
    assert_eq!(bus.steering.strange(HD44780), 0);
    let counted = bus.steering.count();
    assert!(counted.refused == 0 && counted.longest <= LONGEST, "{counted:?}");
    agent.stops_within(Duration::from_secs(2));
    assert_eq!(bus.steering.words(HD44780), "\n\n\n\nlight off\n");
}

pub(super) fn a_hat_with_an_oled_on_spi_and_keys_works_as_it_is_sold() {
    const HAT: &str = include_str!("../../../../boards/oled-joystick.toml");
    let chip = pi_zero();
    // Where they are on the HAT; the file says the same in its own way.
    let (data_command, reset, key1) = ("GPIO24", "GPIO25", "GPIO21");
    for key in ["GPIO5", "GPIO6", "GPIO13", "GPIO16", "GPIO19", "GPIO20", key1, "GPIO26"] {
        chip.pull(key, true);
    }
    let bus = PluggedBus::plug();
    bus.steering.has_lines(&chip.level(data_command), &chip.level(reset));
    let desk = Desk::new("hat", HAT, &REPLIES.replace("left", "key1"));
    let agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SPI_OLED).turned());
    bob.calls(DESK);
    bob.says("lunch at the usual place?");
    golden("oled-message", || bus.steering.glass(SPI_OLED).turned());
    // A press is meant for what could be read before.
    thread::sleep(Duration::from_millis(1500));
    chip.press(key1, Duration::from_millis(100));
    assert!(bob.hears().ends_with("\r\n\r\nYes"));
    let counted = bus.steering.count();
    assert!(counted.transfers > 20 && counted.longest <= LONGEST, "{counted:?}");
    assert_eq!(bus.steering.strange(SPI_OLED), 0);
    agent.stops_within(Duration::from_secs(2));
    assert!(bus.steering.glass(SPI_OLED).is_dark());
}

pub(super) fn an_oled_goes_dark_at_the_end() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("dark", OLED, "");
    let agent = desk.online();
    golden("oled-alone", || bus.steering.glass(SSD1306));
    agent.stops_within(Duration::from_secs(2));
    assert!(bus.steering.glass(SSD1306).is_dark());
}

pub(super) fn an_oled_that_was_unplugged_is_drawn_anew_on_return() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("unplugged", OLED, "");
    let agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
    bus.steering.is("unplugged");
    bob.is("BSY");
    agent.await_log("does not answer");
    // Long enough for the agent to have tried in vain.
    thread::sleep(Duration::from_secs(3));
    bob.is("NLN");
    bus.steering.is("well");
    returns("oled-list", || bus.steering.glass(SSD1306));
    agent.await_log("there now");
}

pub(super) fn an_oled_whose_power_failed_unnoticed_is_right_when_it_is_lit_next() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("unnoticed", OLED, "[display]\nblank_after = \"5s\"\n");
    let _agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
    bus.steering.is("unplugged");
    bus.steering.is("well");
    bus.steering.count();
    // Nothing is sent to a display that shows what it should: the next is that it is switched off.
    until("the blank display", DEADLINE, || (bus.steering.count().transfers > 0).then_some(()));
    bob.calls(DESK);
    bob.says("lunch at the usual place?");
    golden("oled-message", || bus.steering.glass(SSD1306));
}

pub(super) fn a_bus_that_vanishes_and_returns_is_opened_anew() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("vanished", OLED, "");
    let agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
    drop(bus);
    bob.is("BSY");
    agent.await_log("board: display is missing, tried again every 5 s: ");
    bob.is("NLN");
    let bus = PluggedBus::plug();
    returns("oled-list", || bus.steering.glass(SSD1306));
}

/// The golden picture is there in time.
fn returns(name: &str, glass: impl FnMut() -> Glass) {
    let start = Instant::now();
    golden(name, glass);
    let took = start.elapsed();
    assert!(took <= BACK, "it was back after {took:?}");
}

pub(super) fn a_slow_bus_shows_the_same() {
    let bus = PluggedBus::plug();
    bus.steering.is("slow");
    let desk = Desk::new("slow", OLED, "");
    let _agent = desk.online();
    let _bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
}

pub(super) fn a_bus_that_hangs_makes_a_call_no_more_than_a_second_late() {
    let bus = PluggedBus::plug();
    let desk = Desk::new("hung", OLED, "");
    let agent = desk.online();
    let mut bob = desk.bob();
    // To join is to dial a switchboard and sign in there.
    let call = |bob: &mut Friend| {
        let start = Instant::now();
        bob.calls(DESK);
        let took = start.elapsed();
        bob.leaves();
        took
    };
    let usual = (0..2).map(|_| call(&mut bob)).max().unwrap();
    bus.steering.is("hung");
    // Something to draw, then probes.
    bob.is("BSY");
    let held = (0..3).map(|_| {
        bus.steering.await_hold();
        call(&mut bob)
    });
    in_time("a call", usual, held.max().unwrap());
    bus.steering.is("well");
    agent.await_log("there now");
}

pub(super) fn a_bus_that_hangs_makes_a_reply_no_more_than_a_second_late() {
    let chip = pi_zero();
    chip.pull("GPIO5", true);
    let bus = PluggedBus::plug();
    let desk = Desk::new("reply", &format!("{OLED}{BUTTON}"), REPLIES);
    let _agent = desk.online();
    let mut bob = desk.bob();
    bob.calls(DESK);
    let reply = |bob: &mut Friend| {
        let start = Instant::now();
        chip.press("GPIO5", Duration::from_millis(100));
        assert!(bob.hears().ends_with("\r\n\r\nYes"));
        start.elapsed()
    };
    let says = |bob: &mut Friend, round: u32| {
        bob.says(&format!("hello, for the {round}th time"));
        // A press is meant for what could be read before.
        thread::sleep(Duration::from_millis(1500));
    };
    says(&mut bob, 0);
    let usual = reply(&mut bob);
    bus.steering.is("hung");
    let held = (1..4).map(|round| {
        says(&mut bob, round);
        bus.steering.await_hold();
        reply(&mut bob)
    });
    in_time("a reply", usual, held.max().unwrap());
}

fn in_time(what: &str, usual: Duration, held: Duration) {
    println!("   {what} took {usual:?}, on a bus that hangs {held:?} at most");
    assert!(held <= usual + HELD, "{what}: {usual:?} became {held:?}");
}

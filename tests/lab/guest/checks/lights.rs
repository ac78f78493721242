//! LEDs of the kernel's LED class: the kernel moves them, and nobody wakes up for it.

use std::thread;
use std::time::Duration;

use crate::bus::SPI_STRIP;
use crate::guest::agent::Agent;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::Desk;
use crate::guest::leds::SeenLed;
use crate::guest::machine::Unloaded;
use crate::guest::until;
use crate::guest::wiring::PRESENCE;
use crate::process::DEADLINE;

pub(super) fn the_kernel_moves_a_led_and_the_agent_sleeps() {
    let led = SeenLed::plug("lab:heart", 255);
    let desk = Desk::new("class", "[leds.desk]\nline = \"class:lab:heart\"\n", PRESENCE);
    let agent = desk.online();
    let mut bob = desk.bob();
    until("a still light", DEADLINE, || (led.trigger() == "none").then_some(()));
    until("steady light", DEADLINE, || (led.brightness() == Some(255)).then_some(()));
    // A heartbeat, in 255 levels.
    bob.is("BSY");
    until("the trigger", DEADLINE, || (led.trigger() == "pattern").then_some(()));
    assert!(sleeps_while_it_moves(&agent, &led) > 20, "a fade has steps");
    bob.is("NLN");
    until("a still light", DEADLINE, || (led.trigger() == "none").then_some(()));
    until("steady light", DEADLINE, || (led.brightness() == Some(255)).then_some(()));
}

pub(super) fn a_kernel_without_patterns_blinks_with_its_timer() {
    let _pattern = Unloaded::new(c"ledtrig_pattern", "ledtrig-pattern.ko");
    let led = SeenLed::plug("lab:blinks", 1);
    // Who was never heard of is unknown, a second on and two off.
    let lights = "[[light]]\nled = \"desk\"\npresence_of = \"nobody@example.net\"\n";
    let desk = Desk::new("timer", "[leds.desk]\nline = \"class:lab:blinks\"\n", lights);
    let agent = desk.online();
    until("the trigger", DEADLINE, || (led.trigger() == "timer").then_some(()));
    assert!(sleeps_while_it_moves(&agent, &led) >= 2);
}

pub(super) fn pixels_of_a_strip_show_a_friend_and_are_dark_at_the_end() {
    const STRIP: &str = "[strip]\ndriver = \"apa102\"\nbus = \"/dev/spidev0.1\"\npixels = 8\n\
                         [leds.desk]\npixels = \"2-3\"\nbrightness = \"50%\"\n";
    let bus = PluggedBus::plug();
    let desk = Desk::new("strip", STRIP, PRESENCE);
    let agent = desk.online();
    let mut bob = desk.bob();
    // What is lit, and whether it is green and red.
    let lit = || -> Vec<(usize, bool, bool)> {
        let words = bus.steering.words(SPI_STRIP);
        let lit = words.lines().enumerate().filter(|(_, line)| !line.starts_with("#000000"));
        lit.map(|(pixel, line)| (pixel, line[3..5] != *"00", line[1..3] > line[3..5])).collect()
    };
    until("green", DEADLINE, || (lit() == [(2, true, false), (3, true, false)]).then_some(()));
    bob.is("BSY");
    until("red", DEADLINE, || (lit() == [(2, false, true), (3, false, true)]).then_some(()));
    assert_eq!(bus.steering.strange(SPI_STRIP), 0);
    assert!(bus.steering.count().longest <= 32);
    agent.stops_within(Duration::from_secs(2));
    assert_eq!(lit(), []);
}

/// How often the LED changed while the agent slept through it all.
fn sleeps_while_it_moves(agent: &Agent, led: &SeenLed) -> usize {
    // By then what the change itself asks for is done, and the list has settled.
    thread::sleep(Duration::from_millis(1500));
    led.take();
    let before = agent.sleeps();
    thread::sleep(Duration::from_secs(4));
    let woken = agent.sleeps() - before;
    assert_eq!(woken, 0, "it was woken; the log says by whom:\n{}", agent.log());
    led.take().len()
}

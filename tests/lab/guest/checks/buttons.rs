//! Gestures are judged by the kernel's clock, whatever the agent was kept from meanwhile.

use std::thread;
use std::time::{Duration, Instant};

use crate::friend::Friend;
use crate::guest::agent::Agent;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::{DESK, Desk};
use crate::guest::lines::{Chip, pi_zero};
use crate::guest::until;
use crate::guest::wiring::{BUTTON, OLED};
use crate::process::DEADLINE;

const REPLIES: &str = "[replies]\ntexts = [\"Clicked\", \"Held\", \"Twice\"]\n\
    [buttons]\nleft = { click = \"reply:1\", hold = \"reply:2\", double = \"reply:3\" }\n";

pub(super) fn a_click_that_ends_while_the_bus_holds_a_call_is_no_hold() {
    let mut scene = Scene::set("click");
    let start = Instant::now();
    scene.goes_down_and_is_held();
    scene.chip.pull(KEY, true);
    let lasted = start.elapsed();
    assert!(lasted < Duration::from_millis(500), "the check itself was too slow: {lasted:?}");
    assert!(scene.bus.steering.is_holding(), "the release came too late");
    scene.hears("Clicked");
}

pub(super) fn a_hold_while_the_bus_holds_a_call_is_a_hold() {
    let mut scene = Scene::set("hold");
    scene.is_held();
    // Both edges wait for the agent together, as those of a click would.
    scene.chip.press(KEY, Duration::from_millis(700));
    scene.hears("Held");
}

pub(super) fn a_double_while_the_bus_holds_a_call_is_a_double() {
    let mut scene = Scene::set("double");
    scene.is_held();
    scene.chip.press(KEY, Duration::from_millis(100));
    thread::sleep(Duration::from_millis(120));
    scene.chip.press(KEY, Duration::from_millis(100));
    scene.hears("Twice");
}

pub(super) fn a_storm_of_edges_while_the_bus_holds_a_call_is_no_gesture_and_is_told_of() {
    let mut scene = Scene::with("storm", &REPLIES.replace("double =", "debounce = \"1ms\", double ="));
    scene.goes_down_and_is_held();
    // The kernel keeps 64 edges. Its tick is 4 ms, and a level that lasts for two of them has an edge.
    for turn in 0..84 {
        scene.chip.pull(KEY, turn % 2 == 0);
        thread::sleep(Duration::from_millis(9));
    }
    scene.chip.pull(KEY, true);
    assert!(scene.bus.steering.is_holding(), "the storm lasted too long");
    scene.bus.steering.is("well");
    let lost = "button \"left\" on GPIO5: it moved too often while nudged was busy";
    until("the log", DEADLINE, || scene.agent.log().contains(lost).then_some(()));
    assert!(scene.agent.log().contains("it is up now"), "{}", scene.agent.log());
    // Neither the hold that seemed to be nor a click: what is heard first is the next press.
    scene.chip.press(KEY, Duration::from_millis(100));
    thread::sleep(Duration::from_millis(120));
    scene.chip.press(KEY, Duration::from_millis(100));
    scene.hears("Twice");
    assert_eq!(scene.agent.log().matches(lost).count(), 1, "{}", scene.agent.log());
}

/// A desk with a button and a display, and Bob, who asked something.
struct Scene {
    // Before the chip that it holds lines of.
    agent: Agent,
    chip: Chip,
    bus: PluggedBus,
    _desk: Desk,
    bob: Friend,
}

impl Scene {
    fn set(name: &str) -> Self {
        Self::with(name, REPLIES)
    }

    fn with(name: &str, replies: &str) -> Self {
        let (chip, bus) = (pi_zero(), PluggedBus::plug());
        chip.pull(KEY, true);
        let desk = Desk::new(name, &format!("{BUTTON}{OLED}"), replies);
        let agent = desk.online();
        let mut bob = desk.bob();
        bob.calls(DESK);
        bob.says("lunch?");
        // A press is meant for what could be read before.
        thread::sleep(Duration::from_millis(1500));
        Self { agent, chip, bus, _desk: desk, bob }
    }

    /// From now on the bus holds a call for a second.
    fn is_held(&mut self) {
        self.bus.steering.is("hung");
        self.bob.says("or tomorrow?");
        self.bus.steering.await_hold();
    }

    /// The button goes down, and a moment later the bus holds a call.
    fn goes_down_and_is_held(&mut self) {
        // The bus was well: what the message wants drawn is the first call that it holds.
        self.bus.steering.is("hung");
        self.chip.pull(KEY, false);
        // The agent has heard of the press by the time it is held.
        thread::sleep(Duration::from_millis(100));
        self.bob.says("or tomorrow?");
        until("the hold", DEADLINE, || self.bus.steering.is_holding().then_some(()));
    }

    /// The next reply.
    fn hears(&mut self, reply: &str) {
        let heard = self.bob.hears();
        assert!(heard.ends_with(&format!("\r\n\r\n{reply}")), "{heard}");
    }
}

const KEY: &str = "GPIO5";

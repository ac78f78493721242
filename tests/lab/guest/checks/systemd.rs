//! The unit, the rules and the groups that ship, where systemd runs them: nothing of it is changed but where its comments say
//! that it may be.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::guest::leds::SeenLed;
use crate::guest::lines::pi_zero;
use crate::guest::unit::Unit;
use crate::guest::until;
use crate::guest::wiring::{LAMP, PRESENCE};
use crate::process::DEADLINE;

/// A LED that 60-nudged.rules gives to the group gpio.
const OURS: &str = "[leds.desk]\nline = \"class:nudged\"\n";
/// As the unit's comment says for a LED of the kernel.
const LEDS: &str = "ProtectKernelTunables=no";
const STILL: Duration = Duration::from_millis(2500);
/// RestartSec, and the time of a start.
const AGAIN: Duration = Duration::from_secs(10);

pub(super) fn the_unit_starts_as_a_user_of_its_own_and_a_friend_lights_the_line() {
    let chip = pi_zero();
    let unit = Unit::install("unit", LAMP, PRESENCE, "");
    assert!(unit.start(), "{}", unit.journal("debug"));
    assert_eq!(unit.is("ActiveState"), "active");
    let status = fs::read_to_string(format!("/proc/{}/status", unit.is("MainPID"))).unwrap();
    let user = status.lines().find_map(|row| row.strip_prefix("Uid:")).unwrap();
    assert!(!user.split_whitespace().any(|id| id == "0"), "{user}");
    let mut bob = unit.desk.bob();
    chip.await_steady("GPIO17", true, STILL);
    unit.awaits("StatusText", "msn online; 1 contact online", DEADLINE);
    let asked = Unit::status().output().unwrap();
    assert!(String::from_utf8_lossy(&asked.stdout).contains("bob  online"), "{asked:?}");
    bob.is("BSY");
    for high in [false, true, false] {
        chip.await_level("GPIO17", high, DEADLINE);
    }
    assert_eq!(unit.journal("warning"), "", "nothing it needs is forbidden");
}

pub(super) fn a_led_of_the_kernel_that_is_ours_is_lit_without_root() {
    let led = SeenLed::plug("nudged", 255);
    let unit = Unit::install("led", OURS, PRESENCE, LEDS);
    assert!(unit.start(), "{}", unit.journal("debug"));
    let mut bob = unit.desk.bob();
    until("light", DEADLINE, || led.brightness().is_some_and(|light| light > 0).then_some(()));
    bob.is("BSY");
    until("the kernel's pattern", DEADLINE, || (led.trigger() == "pattern").then_some(()));
    assert_eq!(unit.journal("warning"), "");
    // The kernel goes on with it, until ExecStopPost puts it out; then it is started again.
    unit.signal("KILL");
    until("the dark", AGAIN / 2, || (led.trigger() == "none" && led.brightness() == Some(0)).then_some(()));
    unit.awaits("NRestarts", "1", AGAIN);
    until("the kernel's pattern", AGAIN, || (led.trigger() == "pattern").then_some(()));
    unit.stop();
    assert_eq!((led.trigger().as_str(), led.brightness()), ("none", Some(0)));
}

pub(super) fn an_agent_that_stands_still_is_started_again() {
    let chip = pi_zero();
    let unit = Unit::install("still", LAMP, PRESENCE, "");
    assert!(unit.start());
    unit.signal("STOP");
    let watchdog = Duration::from_secs(60);
    unit.awaits("NRestarts", "1", watchdog + AGAIN);
    unit.awaits("ActiveState", "active", AGAIN);
    assert!(unit.journal("err").contains("Watchdog timeout"), "{}", unit.journal("err"));
    let _bob = unit.desk.bob();
    chip.await_steady("GPIO17", true, STILL);
}

pub(super) fn a_stop_signs_out_within_two_seconds_and_leaves_the_board_dark() {
    let chip = pi_zero();
    let unit = Unit::install("stop", LAMP, PRESENCE, "");
    assert!(unit.start());
    let _bob = unit.desk.bob();
    chip.await_steady("GPIO17", true, STILL);
    let began = Instant::now();
    unit.stop();
    let took = began.elapsed();
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!((unit.is("ActiveState"), unit.is("Result")), ("inactive".into(), "success".into()));
    assert!(!chip.is_high("GPIO17"));
    assert!(!fs::exists("/run/nudged").unwrap(), "and nothing of it in /run");
}

pub(super) fn a_wrong_configuration_is_not_tried_again() {
    let _chip = pi_zero();
    let unit = Unit::install("wrong", LAMP, PRESENCE, "");
    let mut file = OpenOptions::new().append(true).open("/etc/nudged/nudged.toml").unwrap();
    file.write_all(b"ledd = \"desk\"\n").unwrap();
    assert!(!unit.start());
    std::thread::sleep(AGAIN);
    assert_eq!((unit.is("ActiveState"), unit.is("NRestarts")), ("failed".into(), "0".into()));
    assert_eq!(unit.is("ExecMainStatus"), "78");
    let told = unit.journal("err");
    assert!(told.contains("/etc/nudged/nudged.toml:") && told.contains("did you mean \"led\"?"), "{told}");
}

pub(super) fn members_of_the_group_that_is_named_may_ask_the_agent() {
    const GROUP: &str = "nudged-talk";
    let made = Command::new("/usr/bin/systemd-sysusers").args(["--inline", "g nudged-talk - -"]).status();
    assert!(made.unwrap().success());
    let groups = fs::read_to_string("/etc/group").unwrap();
    let row = groups.lines().find(|row| row.starts_with(GROUP)).unwrap();
    let id: u32 = row.split(':').nth(2).unwrap().parse().unwrap();
    let _chip = pi_zero();
    let unit = Unit::install("talk", LAMP, PRESENCE, &format!("Group={GROUP}"));
    assert!(unit.start(), "{}", unit.journal("debug"));
    let status = |group| Unit::status().uid(NOBODY).gid(group).output().unwrap();
    assert!(status(id).status.success(), "{:?}", status(id));
    assert_eq!(status(NOBODY).status.code(), Some(74), "{:?}", status(NOBODY));
}

const NOBODY: u32 = 65_534;

//! What `nudged doctor` finds on machines that are wired well, badly, or not for this user.

use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use gpiocdev::line::Value;

use crate::bus::SSD1306;
use crate::guest::buses::PluggedBus;
use crate::guest::desk::{DESK, Desk};
use crate::guest::golden::golden;
use crate::guest::lines::{Chip, pi_zero};
use crate::guest::wiring::{BUTTON, LAMP, OLED, PRESENCE};

const REPLIES: &str = "[replies]\ntexts = [\"Yes\"]\n[buttons]\nleft = { click = \"reply:1\" }\n";

pub(super) fn the_doctor_finds_nothing_wrong_where_all_is_well() {
    let (_chip, _bus) = (pi_zero(), PluggedBus::plug());
    let _users = Users::enrol();
    let desk = desk("well");
    let told = well(&mut desk.nudged("doctor"));
    expect(
        &told,
        &[
            "ok  machine: linux,dummy-virt",
            "ok  configuration: /tmp/well/nudged.toml",
            "ok  board: /tmp/well/board.toml",
            "ok  lines: root may use /dev/gpiochip0, /dev/gpiochip1",
            "pinctrl-bcm2835 (54 lines)",
            "ok  led desk on GPIO17: pinctrl-bcm2835/17, free",
            "ok  button left on GPIO5: pinctrl-bcm2835/5, free",
            "ok  i2c: root may use /dev/i2c-1",
            "ok  display at 0x3c on /dev/i2c-1: it answers",
            "ok  password of msn: /tmp/well/pw",
        ],
    );
}

pub(super) fn the_doctor_tells_a_silent_bus_from_one_that_hangs_and_from_none() {
    let _chip = pi_zero();
    let bus = PluggedBus::plug();
    let desk = desk("ill");
    bus.steering.is("unplugged");
    let told = wrong(&mut desk.nudged("doctor"));
    expect(
        &told,
        &["!!  display at 0x3c on /dev/i2c-1: nothing answers there; nor anywhere else", "SDA is pin 3"],
    );
    bus.steering.is("hung");
    let start = Instant::now();
    let told = wrong(&mut desk.nudged("doctor"));
    let took = start.elapsed();
    expect(
        &told,
        &["!!  display at 0x3c on /dev/i2c-1: the bus is stuck: ", "take off what hangs on the bus"],
    );
    assert!(took < Duration::from_secs(6), "it took {took:?}");
    bus.steering.is("well");
    expect(&well(&mut desk.nudged("doctor")), &["ok  display at 0x3c on /dev/i2c-1: it answers"]);
    drop(bus);
    expect(&wrong(&mut desk.nudged("doctor")), &["!!  i2c: there is no /dev/i2c-1", "sudo modprobe i2c-dev"]);
}

pub(super) fn the_doctor_says_who_has_taken_a_line_and_which_is_missing() {
    let chip = pi_zero();
    let board = "[leds.desk]\nline = \"GPIO17\"\n[leds.far]\nline = \"expander/1\"\n";
    let light = "[[light]]\nled = [\"desk\", \"far\"]\npresence_of = \"bob\"\n";
    let desk = Desk::new("fan", board, light);
    let taken = chip.taken_by("fan-control", "GPIO17", Value::Inactive);
    let told = wrong(&mut desk.nudged("doctor"));
    expect(
        &told,
        &[
            "!!  led desk on GPIO17: pinctrl-bcm2835/17 is used by \"fan-control\"",
            "!!  led far on expander/1: this machine has no such line",
            "2 things are wrong",
        ],
    );
    drop(taken);
    let _expander = Chip::plug("expander", ["", ""]);
    expect(&well(&mut desk.nudged("doctor")), &["ok  led far on expander/1: expander/1, free"]);
}

pub(super) fn the_doctor_says_what_a_user_lacks_and_is_content_when_that_is_mended() {
    let (_chip, _bus) = (pi_zero(), PluggedBus::plug());
    let _users = Users::enrol();
    let desk = desk("kim");
    let kims = |group: u32| {
        let mut command = desk.nudged("doctor");
        command.uid(KIM).gid(group);
        command
    };
    let only_root = Nodes::belong_to(0, 0o600);
    let told = wrong(&mut kims(KIM));
    expect(
        &told,
        &[
            "!!  lines: kim may not open /dev/gpiochip0, /dev/gpiochip1 (group root, mode 0600)",
            "SUBSYSTEM==\"gpio\", KERNEL==\"gpiochip[0-9]*\", GROUP=\"gpio\", MODE=\"0660\"",
            "sudo usermod -aG gpio kim",
            "!!  i2c: kim may not open /dev/i2c-1 (group root, mode 0600)",
            "sudo groupadd --system i2c",
            "sudo usermod -aG i2c kim",
            "--  password of msn: /tmp/kim/pw may not be read by kim",
        ],
    );
    drop(only_root);
    let _groups = Nodes::belong_to(GPIO, 0o660);
    let told = wrong(&mut kims(KIM));
    expect(&told, &["(group gpio, mode 0660)", "sudo usermod -aG gpio kim    and log in again"]);
    let told = well(&mut kims(GPIO));
    expect(
        &told,
        &["ok  lines: kim may use ", "ok  i2c: kim may use /dev/i2c-1", "0x3c on /dev/i2c-1: it answers"],
    );
}

pub(super) fn the_doctor_disturbs_no_agent() {
    let _chip = pi_zero();
    let bus = PluggedBus::plug();
    let desk = desk("undisturbed");
    let agent = desk.online();
    let mut bob = desk.bob();
    golden("oled-list", || bus.steering.glass(SSD1306));
    for _ in 0..2 {
        let told = well(&mut desk.nudged("doctor"));
        expect(
            &told,
            &["ok  led desk on GPIO17: pinctrl-bcm2835/17, used by nudged", "0x3c on /dev/i2c-1: it answers"],
        );
    }
    golden("oled-list", || bus.steering.glass(SSD1306));
    bob.calls(DESK);
    bob.says("lunch at the usual place?");
    golden("oled-message", || bus.steering.glass(SSD1306));
    assert_eq!(bus.steering.strange(SSD1306), 0);
    assert!(!agent.log().contains("display"), "it noticed:\n{}", agent.log());
}

/// A desk with one of everything.
fn desk(name: &str) -> Desk {
    Desk::new(name, &format!("{LAMP}{BUTTON}{OLED}"), &format!("{PRESENCE}{REPLIES}"))
}

/// What the doctor says when nothing is wrong.
fn well(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", told(&output));
    told(&output)
}

/// What the doctor says when something is.
fn wrong(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    told(&output)
}

fn told(output: &Output) -> String {
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn expect(told: &str, words: &[&str]) {
    for word in words {
        assert!(told.contains(word), "no \"{word}\" in\n{told}");
    }
}

/// Device files of chips and of the bus that belong to somebody else, until this value goes.
struct Nodes(Vec<(PathBuf, Metadata)>);

impl Nodes {
    fn belong_to(group: u32, mode: u32) -> Self {
        let wanted = |name: &str| name.starts_with("gpiochip") || name == "i2c-1";
        let nodes = fs::read_dir("/dev").unwrap().map(|entry| entry.unwrap());
        let nodes = nodes.filter(|node| wanted(node.file_name().to_str().unwrap()));
        let nodes: Vec<_> = nodes.map(|node| (node.path(), node.metadata().unwrap())).collect();
        nodes.iter().for_each(|(node, _)| give(node, group, mode));
        Self(nodes)
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        self.0.iter().for_each(|(node, before)| give(node, before.gid(), before.mode() & 0o777));
    }
}

fn give(node: &Path, group: u32, mode: u32) {
    chown(node, None, Some(group)).unwrap();
    fs::set_permissions(node, Permissions::from_mode(mode)).unwrap();
}

/// The users of the machine, until this value goes.
struct Users;

impl Users {
    fn enrol() -> Self {
        fs::create_dir_all("/etc").unwrap();
        fs::write("/etc/passwd", format!("root:x:0:0::/:\nkim:x:{KIM}:{KIM}::/:\n")).unwrap();
        fs::write("/etc/group", format!("root:x:0:\nkim:x:{KIM}:\ngpio:x:{GPIO}:\n")).unwrap();
        Self
    }
}

impl Drop for Users {
    fn drop(&mut self) {
        for file in ["/etc/passwd", "/etc/group"] {
            let _ = fs::remove_file(file);
        }
    }
}

const KIM: u32 = 1000;
const GPIO: u32 = 997;

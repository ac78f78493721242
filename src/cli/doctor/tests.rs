//! Machines there are, and what is said of each.

use super::examine::examine;
use super::*;
use crate::board::linux::survey::{
    Access, Boot, Bus, ClassLed, Clock, Keeper, Node, Scan, SpiBus, User, Watchdog,
};
use crate::board::linux::{Lines, Place};
use crate::cli::doctor::{buses, lines, watchdog::WATCHDOG};

const TODAY: u64 = 1_795_255_200;

fn node(path: &str, access: Access) -> Node {
    Node { path: path.into(), access }
}

fn refused(group: &str, mode: u32) -> Access {
    Access::Refused { group: group.into(), mode, why: "Permission denied (os error 13)".into() }
}

fn user(groups: &[&str], enrolled: &[&str], known: &[&str]) -> User {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    User {
        name: "kim".into(),
        root: false,
        groups: owned(groups),
        enrolled: owned(enrolled),
        known: owned(known),
    }
}

/// The header's chip with all its lines, one of which is somebody's.
fn header(label: &str, chip: &str, consumer: (u32, &str)) -> Lines {
    let place = |offset: u32| Place {
        chip: chip.into(),
        label: label.into(),
        offset,
        name: format!("GPIO{offset}"),
        consumer: if offset == consumer.0 { consumer.1.into() } else { String::new() },
    };
    Lines { places: (0..28).map(place).collect(), refused: Vec::new() }
}

fn act(writable: bool) -> ClassLed {
    ClassLed {
        name: "ACT".into(),
        max_brightness: 255,
        trigger: "mmc0".into(),
        triggers: ["none", "mmc0", "timer", "pattern"].map(str::to_owned).to_vec(),
        colours: Vec::new(),
        writable,
    }
}

fn i2c(access: Access, adapter: bool, scan: Scan) -> Bus {
    Bus { node: node("/dev/i2c-1", access), adapter: Some(adapter), scan }
}

fn named(name: &str, model: Option<&str>) -> Board {
    board(Some(BoardChoice::of(name)), model)
}

/// A Raspberry Pi 4 where everything is as it should be, with the board `rpi`.
fn well() -> Case {
    let model = "Raspberry Pi 4 Model B Rev 1.4";
    Case {
        survey: Survey {
            model: Some(model.into()),
            user: user(&["kim", "gpio", "i2c", "spi"], &["gpio", "i2c", "spi"], &["gpio", "i2c", "spi"]),
            chips: vec![node("/dev/gpiochip0", Access::Open)],
            lines: header("pinctrl-bcm2711", "/dev/gpiochip0", (17, "nudged")),
            leds: vec![act(true)],
            i2c: vec![i2c(Access::Open, true, Scan::Done { answers: vec![0x3c], kept: vec![0x68] })],
            i2c_nodes: vec!["/dev/i2c-1".into()],
            spi: Vec::new(),
            watchdog: None,
            boot: Some(Boot {
                path: "/boot/firmware/config.txt".into(),
                text: "dtparam=i2c_arm=on\n".into(),
            }),
            clock: Clock { now: TODAY, synchronised: Some(true), keeper: Some(Keeper::Timesyncd) },
        },
        file: "/etc/nudged/nudged.toml".into(),
        named: false,
        board_option: None,
        settings: Settings::Right,
        used: Some(Used {
            leds: ["desk", "team", "rgb"].map(str::to_owned).to_vec(),
            buttons: vec!["left".to_owned()],
        }),
        board: named("rpi", Some(model)),
        secrets: vec![Secret {
            network: "msn",
            file: "/etc/nudged/msn.password".into(),
            refused: None,
            ours: false,
        }],
    }
}

fn told(case: &Case) -> String {
    finding::shown(&examine(case))
}

#[track_caller]
fn expect(case: &Case, golden: &str) {
    let told = told(case);
    assert!(told == golden, "found\n{told}\nexpected\n{golden}");
}

#[test]
fn all_is_well() {
    expect(&well(), include_str!("golden/well.txt"));
}

#[test]
fn a_fresh_raspberry_pi_with_nothing_switched_on() {
    let mut case = well();
    let model = "Raspberry Pi Zero 2 W Rev 1.0";
    case.survey = Survey {
        model: Some(model.into()),
        lines: header("pinctrl-bcm2835", "/dev/gpiochip0", (99, "")),
        leds: vec![act(false)],
        i2c: vec![i2c(Access::Missing, false, Scan::No)],
        i2c_nodes: vec!["/dev/i2c-2".into()],
        boot: Some(Boot { path: "/boot/firmware/config.txt".into(), text: "#dtparam=i2c_arm=on\n".into() }),
        clock: Clock { now: TODAY, synchronised: Some(false), keeper: Some(Keeper::Timesyncd) },
        ..case.survey
    };
    case.settings = Settings::Missing;
    case.used = None;
    case.secrets.clear();
    case.board = board(None, Some(model));
    expect(&case, include_str!("golden/fresh.txt"));
}

#[test]
fn what_is_wrong_with_the_board_of_the_command_line_is_not_told_of_the_configuration() {
    let mistake = |file: &str| Mistake { file: file.into(), place: None, text: "odd".into() };
    let settings = |files: &[&str]| {
        Settings::of(Path::new("my.toml"), &files.iter().map(|file| mistake(file)).collect::<Vec<_>>())
    };
    let mut case = well();
    (case.file, case.named, case.board_option) = ("my.toml".into(), true, Some("mine".into()));
    case.settings = settings(&["--board", "boards/mine.toml", "boards/mine.toml"]);
    assert!(told(&case).contains("\nok  configuration: my.toml\n"), "{}", told(&case));
    // The board lacks what the configuration names: that can only be seen with both.
    case.settings = settings(&["my.toml", "my.toml"]);
    let text = told(&case);
    let mend = "!!  configuration: my.toml has 2 mistakes\n      \
                to see where, and what would be right: nudged check --config my.toml --board mine\n";
    assert!(text.contains(mend), "{text}");
}

#[test]
fn a_board_of_the_command_line_needs_no_configuration() {
    let mut case = well();
    (case.settings, case.board_option) = (Settings::Missing, Some("rpi".into()));
    let text = told(&case);
    assert!(text.contains("--  configuration: there is no /etc/nudged/nudged.toml\n"), "{text}");
    assert!(text.ends_with("\nnothing is wrong\n"), "{text}");
    // Unless it was asked for.
    case.named = true;
    assert!(told(&case).contains("!!  configuration: there is no"), "{}", told(&case));
    (case.named, case.board_option) = (false, None);
    assert!(told(&case).contains("!!  configuration: there is no"), "{}", told(&case));
}

#[test]
fn plain_debian_where_nobody_made_a_group_for_lines() {
    let mut case = well();
    let user = user(&["kim"], &["i2c"], &["i2c", "kim"]);
    case.survey = Survey {
        user,
        chips: vec![
            node("/dev/gpiochip0", refused("root", 0o600)),
            node("/dev/gpiochip1", refused("root", 0o600)),
        ],
        lines: Lines {
            places: Vec::new(),
            refused: vec![("/dev/gpiochip0".into(), "Permission denied".into())],
        },
        leds: Vec::new(),
        i2c: vec![i2c(refused("i2c", 0o660), true, Scan::No)],
        boot: None,
        clock: Clock { now: 86_400, synchronised: None, keeper: None },
        ..case.survey
    };
    case.settings = Settings::Wrong(3);
    case.used = None;
    case.secrets = vec![Secret {
        network: "msn",
        file: "/etc/nudged/msn.password".into(),
        refused: Some(secrets::Refused {
            file: "/etc/nudged/msn.password".into(),
            why: secrets::Why::Open { mode: 0o644 },
            remedy: "nudged passwd msn".into(),
        }),
        ours: false,
    }];
    expect(&case, include_str!("golden/debian.txt"));
    case.secrets[0].ours = true;
    assert!(told(&case).contains("\n      chmod 600 /etc/nudged/msn.password\n"), "{}", told(&case));
}

#[test]
fn a_raspberry_pi_5_with_a_line_taken_and_the_display_elsewhere() {
    let mut case = well();
    let model = "Raspberry Pi 5 Model B Rev 1.0";
    case.survey = Survey {
        model: Some(model.into()),
        chips: ["/dev/gpiochip0", "/dev/gpiochip10"].map(|path| node(path, Access::Open)).to_vec(),
        lines: header("pinctrl-rp1", "/dev/gpiochip0", (27, "lirc_rpi")),
        leds: vec![act(false)],
        i2c: vec![i2c(Access::Open, true, Scan::Done { answers: vec![0x3d, 0x50], kept: Vec::new() })],
        ..case.survey
    };
    case.board = named("rpi", Some(model));
    expect(&case, include_str!("golden/pi5.txt"));
}

#[test]
fn a_stuck_bus_is_not_called_a_missing_display() {
    let mut case = well();
    let why = "one octet took 1000 ms".to_owned();
    case.survey.i2c = vec![i2c(Access::Open, true, Scan::Stuck { at: 0x08, why })];
    expect(&case, include_str!("golden/stuck.txt"));
}

#[test]
fn a_board_nobody_knows_and_a_machine_nobody_knows() {
    let mut case = well();
    case.board = named("rpi-zero2w", case.survey.model.as_deref());
    let text = told(&case);
    let unknown = "!!  board: no board is called \"rpi-zero2w\"; did you mean \"rpi-zero-2w\"?\n";
    assert!(text.contains(unknown), "{text}");
    assert!(
        text.contains("\n      board = \"rpi-4\"    in /etc/nudged/nudged.toml, above its first [section]\n"),
        "{text}"
    );
    case.survey.model = Some("Acme Board One".into());
    case.board = board(None, case.survey.model.as_deref());
    case.secrets.clear();
    expect(&case, include_str!("golden/unknown.txt"));
}

#[test]
fn a_board_file_that_can_not_be_read_is_mended_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let mut case = well();
    case.board = named(file.to_str().unwrap(), case.survey.model.as_deref());
    assert!(
        told(&case).contains("      name another; which there are: nudged list boards\n"),
        "{}",
        told(&case)
    );
    std::fs::write(&file, "[leds.desk]\nlime = 'GPIO17'\n").unwrap();
    case.board = named(file.to_str().unwrap(), case.survey.model.as_deref());
    let text = told(&case);
    assert!(text.contains("mine.toml:2:1: ") && text.contains("      put it right in that file; "), "{text}");
    assert!(!text.contains("board = "), "{text}");
}

#[test]
fn a_led_of_the_kernel_that_wakes_the_program_is_no_fault_but_has_a_mend() {
    let mut case = wired("[leds.act]\nline = 'class:ACT'\n");
    let advice = |case: &Case| {
        let text = told(case);
        assert!(
            text.ends_with("\nnothing is wrong\n") && text.contains("ok  led act on class:ACT: 0 to 255\n")
        );
        text.lines().skip_while(|line| !line.starts_with("--")).take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(advice(&case).is_empty());
    case.survey.leds[0].triggers.retain(|trigger| trigger != "pattern");
    assert_eq!(
        advice(&case),
        [
            "--  led act on class:ACT: what moves on it otherwise than on and off wakes the program, as the trigger \"pattern\" is not there",
            "      sudo modprobe ledtrig-pattern",
            "      echo ledtrig-pattern | sudo tee /etc/modules-load.d/nudged-ledtrig-pattern.conf    for the next start",
        ]
    );
    case.survey.leds[0].triggers.clear();
    assert!(advice(&case)[0].starts_with("--  led act on class:ACT: what moves on it wakes the program"));
    case.used = Some(Used::default());
    assert!(advice(&case).is_empty(), "nobody uses it");
}

#[test]
fn a_board_for_another_machine_is_told_with_the_one_for_this() {
    let mut case = well();
    if let Some(Wiring { file, .. }) = &mut case.board.file {
        file.models = vec!["Raspberry Pi 5".into()];
    }
    let text = told(&case);
    assert!(
        text.contains("!!  board: rpi is wired for another machine\n      board = \"rpi-4\"    in"),
        "{text}"
    );
}

/// A case with this board file.
fn wired(text: &str) -> Case {
    let mut case = well();
    let file = BoardFile::parse(text).unwrap();
    case.used = None;
    let source = Source { path: "boards/mine.toml".into(), text: text.to_owned().into(), built_in: None };
    case.board.file = Some(Wiring { source, file });
    case
}

#[test]
fn one_line_by_two_names_is_told() {
    let mut case = wired("[leds.desk]\nline = 'GPIO17'\n[buttons.left]\nline = 'acme/17'\n");
    case.survey.lines = header("acme", "/dev/gpiochip0", (99, ""));
    let text = told(&case);
    assert!(text.contains("!!  button left on acme/17: it is the line of led desk, too\n"), "{text}");
}

#[test]
fn a_line_that_is_not_there_has_its_own_words() {
    let text = told(&wired("[leds.desk]\nline = 'GPIO71'\n"));
    assert!(text.contains("!!  led desk on GPIO71: this machine has no such line; did you mean"), "{text}");
}

#[test]
fn a_bus_may_lack_its_driver_its_switch_or_only_a_reboot() {
    let mut case = well();
    case.survey.i2c = vec![i2c(Access::Missing, true, Scan::No)];
    assert!(told(&case).contains("      sudo modprobe i2c-dev\n"), "{}", told(&case));
    case.survey.i2c = vec![i2c(Access::Missing, false, Scan::No)];
    assert!(told(&case).contains("      sudo reboot    (/boot/firmware/config.txt has it already)\n"));
    case.survey.boot = None;
    case.survey.i2c_nodes = vec!["/dev/i2c-0".into()];
    assert!(told(&case).contains("\n      nudged list boards rpi | sudo tee /etc/nudged/boards/rpi.toml\n"));
    let change =
        "bus = \"/dev/i2c-0\"    in /etc/nudged/boards/rpi.toml below [display], in place of the one there";
    assert!(told(&case).contains(change), "{}", told(&case));
    case.survey.spi = vec![SpiBus { node: node("/dev/spidev0.0", Access::Missing), device: Some(false) }];
    case.survey.boot = Some(Boot { path: "/boot/config.txt".into(), text: String::new() });
    let text = told(&case);
    assert!(text.contains("      echo 'dtparam=spi=on' | sudo tee -a /boot/config.txt\n"), "{text}");
}

#[test]
fn a_board_file_of_ones_own_is_changed_where_it_is_whatever_its_folder_is_called() {
    let mut case = wired("[display]\n");
    case.survey.i2c = vec![i2c(Access::Open, true, Scan::Done { answers: vec![0x3d], kept: Vec::new() })];
    let text = told(&case);
    let change = "\n      address = 0x3d    in boards/mine.toml below [display], in place of the one there\n";
    assert!(text.contains(change) && !text.contains("list boards mine"), "{text}");
}

#[test]
fn who_was_put_into_a_group_must_only_log_in_again() {
    let mut case = well();
    case.survey.user.groups = vec!["kim".into()];
    case.survey.chips = vec![node("/dev/gpiochip0", refused("gpio", 0o660))];
    let text = told(&case);
    assert!(text.contains("\n      log in again: kim is in the group gpio since\n"), "{text}");
    assert!(!text.contains("usermod"), "{text}");
    // In a sandbox the group is not enough.
    case.survey.user.groups = vec!["gpio".into()];
    assert!(told(&case).contains("DeviceAllow=char-gpiochip rw\n"));
}

#[test]
fn a_simulated_board_needs_nothing_of_the_machine() {
    let mut case = well();
    case.board = named("terminal", None);
    let text = told(&case);
    assert!(text.contains("ok  board: terminal") && !text.contains("i2c"), "{text}");
}

/// A machine with a watchdog that the configuration names, held by that program, and what is said of it.
fn guarded(access: Access, active: bool, holder: Option<&str>) -> Case {
    let mut case = well();
    case.survey.watchdog = Some(Watchdog {
        node: node("/dev/watchdog0", access),
        active: Some(active),
        nowayout: false,
        holder: holder.map(str::to_owned),
        first: None,
    });
    case
}

fn of_watchdog(case: &Case) -> String {
    let told = told(case);
    let rows =
        told.lines().skip_while(|row| !row.contains("watchdog")).take_while(|row| !row.contains("clock"));
    rows.map(|row| format!("{row}\n")).collect()
}

#[test]
fn a_watchdog_nobody_holds_is_well_and_so_is_our_own() {
    assert_eq!(of_watchdog(&well()), "", "nobody asked for one");
    let free = of_watchdog(&guarded(Access::Open, false, None));
    assert_eq!(free, "ok  watchdog: kim may use /dev/watchdog0\n");
    let ours = of_watchdog(&guarded(Access::Open, true, Some("nudged")));
    assert_eq!(ours, format!("{free}ok  watchdog: /dev/watchdog0 is fed by nudged\n"));
    let unknown = of_watchdog(&guarded(Access::Open, true, None));
    assert!(unknown.ends_with(
        "--  watchdog: /dev/watchdog0 is armed already; by whom is told to root: sudo nudged doctor\n"
    ));
}

#[test]
fn a_watchdog_that_somebody_holds_is_told_with_who_and_how_to_get_it() {
    let systemd = of_watchdog(&guarded(Access::Open, true, Some("systemd")));
    assert!(
        systemd.contains("!!  watchdog: /dev/watchdog0 is held by systemd, as RuntimeWatchdogSec says\n")
            && systemd.contains("take [watchdog] out of /etc/nudged/nudged.toml\n")
            && systemd.contains("sudo mkdir -p /etc/systemd/system.conf.d\n")
            && systemd
                .contains("RuntimeWatchdogSec=0\\n' | sudo tee /etc/systemd/system.conf.d/60-nudged.conf\n"),
        "{systemd}"
    );
    let other = of_watchdog(&guarded(Access::Open, true, Some("watchdogd")));
    assert!(other.contains("!!  watchdog: /dev/watchdog0 is held by \"watchdogd\"\n"), "{other}");
}

#[test]
fn a_watchdog_that_is_missing_or_not_ours_has_the_line_that_mends_it() {
    let mut case = guarded(refused("root", 0o600), false, None);
    case.survey.user.known.push("watchdog".into());
    let told = of_watchdog(&case);
    assert!(
        told.contains(&format!("      echo '{}' | sudo tee -a {}\n", WATCHDOG.rule, examine::RULES))
            && told.contains("      sudo usermod -aG watchdog kim    and log in again\n"),
        "{told}"
    );
    case.survey.user.groups.push("watchdog".into());
    case.survey.watchdog = guarded(refused("watchdog", 0o660), false, None).survey.watchdog;
    assert!(of_watchdog(&case).contains("      in the unit of the service: DeviceAllow=char-watchdog rw\n"));
    let mut case = guarded(Access::Missing, false, None);
    let told = of_watchdog(&case);
    assert!(
        told.contains(
            "!!  watchdog: there is no /dev/watchdog0\n      echo 'dtparam=watchdog=on' | sudo tee -a"
        ),
        "{told}"
    );
    case.survey.boot = None;
    assert!(of_watchdog(&case).contains("      sudo modprobe softdog\n"));
    case.survey.watchdog.iter_mut().for_each(|watchdog| watchdog.first = Some("/dev/watchdog1".into()));
    let told = of_watchdog(&case);
    assert!(
        told.contains("below [watchdog]: device = \"/dev/watchdog1\"\n") && !told.contains("softdog"),
        "{told}"
    );
}

#[test]
fn a_watchdog_that_can_not_be_disarmed_is_worth_a_word() {
    let mut case = guarded(Access::Open, false, None);
    case.survey.watchdog.iter_mut().for_each(|watchdog| watchdog.nowayout = true);
    assert!(of_watchdog(&case).contains("--  watchdog: /dev/watchdog0 can't be disarmed (nowayout): "));
}

#[test]
fn a_clock_that_nobody_set_is_mended_by_whoever_keeps_it() {
    let clock = |synchronised, keeper| {
        let mut case = well();
        case.survey.clock = Clock { now: TODAY, synchronised, keeper };
        let told = told(&case);
        let at = told.find("  clock: ").expect("a line") - 2;
        let end = told.find("\nok  password").expect("the next one");
        told[at..end].to_owned()
    };
    let wrong = "!!  clock: 2026-11-21, and the network has not set it since the start, or not for hours";
    for (keeper, line) in [
        (None, "\n      sudo timedatectl set-ntp true\n"),
        (Some(Keeper::Timesyncd), ": timedatectl timesync-status\n"),
        (Some(Keeper::Chrony), ": chronyc -n sources\n"),
        (Some(Keeper::Ntpd), ": ntpq -pn\n"),
    ] {
        let told = clock(Some(false), keeper);
        assert!(told.starts_with(wrong) && told.contains(line), "{told}");
        assert_eq!(told.contains("set-ntp"), keeper.is_none(), "what runs need not be switched on: {told}");
        assert_eq!(clock(Some(true), keeper), "ok  clock: 2026-11-21, set by the network");
        assert_eq!(clock(None, keeper), "ok  clock: 2026-11-21; who sets it is not known");
    }
}

#[test]
fn the_rules_it_says_are_the_rules_of_the_file() {
    let file = include_str!("../../../deploy/60-nudged.rules");
    for rule in [lines::CHIPS.rule, buses::I2C.rule, buses::SPI.rule, lines::CLASS_RULE, WATCHDOG.rule] {
        assert!(file.lines().any(|line| line == rule), "{rule}");
        assert!(!rule.contains('\''), "a shell takes it between single quotes");
    }
    assert_eq!(
        examine::RULES,
        format!("/etc/udev/rules.d/{}", Path::new("deploy/60-nudged.rules").file_name().unwrap().display())
    );
}

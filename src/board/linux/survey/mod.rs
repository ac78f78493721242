//! Facts about this machine that decide whether a board works, as data: who may use what, and what is there.
//! It does not know boards, nor what a fact means for one. Nothing is changed, taken or written; nothing needs root.

mod boot;
mod bus;
mod clock;
mod leds;
mod node;
mod user;
mod watchdog;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Lines;

pub use boot::Boot;
pub use bus::{Bus, Scan, SpiBus};
pub use clock::{Clock, Keeper};
pub use leds::ClassLed;
pub use node::{Access, Node};
pub use user::User;
pub use watchdog::Watchdog;

/// What there is, and who may use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The name the device tree gives the machine; most PCs have none.
    pub model: Option<String>,
    /// Who asks.
    pub user: User,
    /// Device files of GPIO chips, in the order of their numbers.
    pub chips: Vec<Node>,
    /// The lines of the chips that may be opened.
    pub lines: Lines,
    /// LEDs of the kernel's LED class.
    pub leds: Vec<ClassLed>,
    /// The I2C buses asked for, in that order.
    pub i2c: Vec<Bus>,
    /// Device files of all I2C buses.
    pub i2c_nodes: Vec<PathBuf>,
    /// The SPI buses asked for, in that order.
    pub spi: Vec<SpiBus>,
    /// The watchdog asked for.
    pub watchdog: Option<Watchdog>,
    /// What a Raspberry Pi is told when it starts; other machines have no such file.
    pub boot: Option<Boot>,
    /// The clock, as far as files know.
    pub clock: Clock,
}

/// What to look at beyond what every machine has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Device files of I2C buses.
    pub i2c: Vec<PathBuf>,
    /// Device files of SPI buses.
    pub spi: Vec<PathBuf>,
    /// The device file of a watchdog.
    pub watchdog: Option<PathBuf>,
}

impl Survey {
    /// Looks at this machine. A bus that hangs takes [`Bus::PATIENCE`].
    #[must_use]
    pub fn of_this_machine(wanted: &Wanted) -> Self {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self {
            lines: Lines::of_this_machine(),
            i2c: wanted.i2c.iter().map(|path| Bus::look(Path::new("/"), path).scanned()).collect(),
            ..Self::at(Path::new("/"), wanted, seconds)
        }
    }

    /// As much of it as stands in files below a directory; no device is asked anything.
    fn at(root: &Path, wanted: &Wanted, now: u64) -> Self {
        let model = ["sys/firmware/devicetree/base/model", "proc/device-tree/model"];
        let model = model.iter().find_map(|file| fs::read_to_string(root.join(file)).ok());
        Self {
            model: model.map(|model| model.trim_matches(['\0', '\n', ' ']).to_owned()),
            user: User::at(root),
            chips: node::named(root, "gpiochip"),
            lines: Lines::default(),
            leds: leds::at(&root.join("sys/class/leds")),
            i2c: wanted.i2c.iter().map(|path| Bus::look(root, path)).collect(),
            i2c_nodes: node::named(root, "i2c-").into_iter().map(|node| node.path).collect(),
            spi: wanted.spi.iter().map(|path| SpiBus::look(root, path)).collect(),
            watchdog: wanted.watchdog.as_ref().map(|path| Watchdog::look(root, path)),
            boot: Boot::at(root),
            clock: Clock::at(root, now),
        }
    }
}

/// The LEDs of the kernel's LED class on this machine, in alphabetical order.
#[must_use]
pub fn class_leds() -> Vec<ClassLed> {
    leds::at(Path::new("/sys/class/leds"))
}

/// A path of the machine below the directory that stands for its `/`.
fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A machine made of files.
    pub(super) fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_machine_is_read_from_its_files() {
        let root = machine(&[
            ("sys/firmware/devicetree/base/model", "Raspberry Pi 4 Model B Rev 1.4\0"),
            ("etc/passwd", "root:x:0:0::/root:/bin/sh\n"),
            ("etc/group", "root:x:0:\ngpio:x:997:kim\ni2c:x:994:kim,root\n"),
            ("dev/gpiochip10", ""),
            ("dev/gpiochip1", ""),
            ("dev/gpiochips", ""),
            ("dev/i2c-1", ""),
            ("sys/bus/i2c/devices/i2c-1/name", ""),
            ("sys/class/leds/ACT/max_brightness", "255\n"),
            ("sys/class/leds/ACT/brightness", "0\n"),
            ("sys/class/leds/ACT/trigger", "none [mmc0] timer\n"),
            ("sys/class/leds/case/max_brightness", "255\n"),
            ("sys/class/leds/case/multi_index", "red green blue\n"),
            ("boot/firmware/config.txt", "dtparam=i2c_arm=on\n"),
            ("run/systemd/timesync/synchronized", ""),
        ]);
        let wanted = Wanted {
            i2c: vec!["/dev/i2c-1".into(), "/dev/i2c-7".into()],
            spi: vec!["/dev/spidev0.0".into()],
            watchdog: None,
        };
        let survey = Survey::at(root.path(), &wanted, 5);
        assert_eq!(survey.model.as_deref(), Some("Raspberry Pi 4 Model B Rev 1.4"));
        let chips: Vec<_> = survey.chips.iter().map(|chip| chip.path.to_str().unwrap()).collect();
        assert_eq!(chips, ["/dev/gpiochip1", "/dev/gpiochip10"]);
        assert!(survey.chips.iter().all(|chip| chip.access == Access::Open));
        assert_eq!(survey.user.known, ["root", "gpio", "i2c"]);
        assert_eq!(survey.leds[0].trigger, "mmc0");
        assert_eq!(survey.leds[0].triggers, ["none", "mmc0", "timer"]);
        assert_eq!(survey.leds[1].colours, ["red", "green", "blue"]);
        assert_eq!((survey.leds[0].writable, survey.leds[1].writable), (true, false));
        assert_eq!(survey.i2c[0].adapter, Some(true));
        assert_eq!((survey.i2c[1].adapter, &survey.i2c[1].node.access), (Some(false), &Access::Missing));
        assert_eq!(survey.i2c_nodes, [PathBuf::from("/dev/i2c-1")]);
        assert_eq!(survey.spi[0].device, Some(false));
        assert_eq!(survey.boot.unwrap().path, Path::new("/boot/firmware/config.txt"));
        let keeper = Some(Keeper::Timesyncd);
        assert_eq!(survey.clock, Clock { now: 5, synchronised: Some(true), keeper });
    }

    #[test]
    fn an_empty_machine_has_nothing_and_that_is_no_fault() {
        let root = machine(&[]);
        let survey = Survey::at(root.path(), &Wanted::default(), 0);
        assert_eq!(survey, Survey { user: survey.user.clone(), ..Survey::default() });
    }

    #[test]
    fn a_device_file_that_may_not_be_opened_says_whose_it_is() {
        let root = machine(&[("dev/gpiochip0", ""), ("etc/group", "")]);
        let file = root.path().join("dev/gpiochip0");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o040)).unwrap();
        let access = Survey::at(root.path(), &Wanted::default(), 0).chips.remove(0).access;
        // Root may open everything.
        match access {
            Access::Open => assert!(rustix::process::geteuid().is_root()),
            Access::Refused { mode, .. } => assert_eq!(mode, 0o040),
            Access::Missing => panic!("it is there"),
        }
    }
}

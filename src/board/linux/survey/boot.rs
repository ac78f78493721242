//! What the firmware of a Raspberry Pi is told: `config.txt`.
//! It does not change it.

use std::fs;
use std::path::{Path, PathBuf};

/// The file, and what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// Where it is: systems since 2023 have it elsewhere than those before.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl Boot {
    /// The file that counts. Where both are, the older place only holds a note that it has moved.
    pub(super) fn at(root: &Path) -> Option<Self> {
        PLACES.iter().find_map(|place| {
            let text = fs::read(super::below(root, Path::new(place))).ok()?;
            Some(Self { path: place.into(), text: String::from_utf8_lossy(&text).into_owned() })
        })
    }

    /// Whether a parameter such as `i2c_arm` is switched on. Sections for other models are not told apart.
    #[must_use]
    pub fn has(&self, parameter: &str) -> bool {
        let values = self.text.lines().filter_map(|line| line.trim().strip_prefix("dtparam="));
        values.flat_map(|values| values.split(',')).any(|one| {
            let (name, value) = one.trim().split_once('=').unwrap_or((one.trim(), "on"));
            name == parameter && matches!(value, "on" | "true" | "yes" | "1")
        })
    }
}

const PLACES: [&str; 2] = ["/boot/firmware/config.txt", "/boot/config.txt"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_counts_only_where_it_is_switched_on() {
        let boot = |text: &str| Boot { path: "".into(), text: text.to_owned() };
        assert!(boot("[all]\n dtparam=i2c_arm=on\n").has("i2c_arm"));
        assert!(boot("dtparam=audio=on,spi=on").has("spi"));
        assert!(boot("dtparam=spi").has("spi"));
        for off in ["#dtparam=i2c_arm=on", "dtparam=i2c_arm=off", "dtparam=i2c_arm_baudrate=400000", ""] {
            assert!(!boot(off).has("i2c_arm"), "{off}");
        }
    }

    #[test]
    fn the_newer_place_counts_where_both_are() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(Boot::at(root.path()), None);
        fs::create_dir_all(root.path().join("boot/firmware")).unwrap();
        fs::write(root.path().join("boot/config.txt"), "old").unwrap();
        assert_eq!(Boot::at(root.path()).unwrap().path, Path::new("/boot/config.txt"));
        fs::write(root.path().join("boot/firmware/config.txt"), "new").unwrap();
        assert_eq!(Boot::at(root.path()).unwrap().text, "new");
    }
}

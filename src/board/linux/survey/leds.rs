//! LEDs of the kernel's LED class: what they are, and whether they are ours to write.
//! It does not light them.

use std::fs;
use std::path::Path;

use rustix::fs::{Access, access};

/// A LED of the kernel's LED class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassLed {
    /// Its name below `/sys/class/leds`.
    pub name: String,
    /// Its greatest brightness; 1 means on and off only.
    pub max_brightness: u64,
    /// The trigger that moves it now; `none` if nothing does.
    pub trigger: String,
    /// Every trigger it can be given now; modules that are not loaded bring more.
    pub triggers: Vec<String>,
    /// The colours of a multicolour LED, in their order there; of others none.
    pub colours: Vec<String>,
    /// Whether this user may write brightness and trigger.
    pub writable: bool,
}

/// The LEDs below a directory, in alphabetical order.
pub(super) fn at(classes: &Path) -> Vec<ClassLed> {
    crate::board::linux::light::names(classes)
        .into_iter()
        .map(|name| led(&classes.join(&name), name))
        .collect()
}

fn led(folder: &Path, name: String) -> ClassLed {
    let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    let writable = |file: &str| access(folder.join(file), Access::WRITE_OK).is_ok();
    let trigger = read("trigger");
    let triggers = || trigger.split_whitespace();
    let active = triggers().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
    ClassLed {
        name,
        max_brightness: crate::text::number(read("max_brightness").trim().as_bytes()).unwrap_or(0),
        trigger: active.unwrap_or("none").to_owned(),
        triggers: triggers().map(|word| word.trim_matches(['[', ']']).to_owned()).collect(),
        colours: read("multi_index").split_whitespace().map(str::to_owned).collect(),
        writable: writable("brightness") && writable("trigger"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::board::linux::light::tests::Recorded;
    use crate::board::linux::light::{Class, Drive, Led};
    use crate::frame::{Look, Rgb, Rhythm};
    use crate::time::Instant;

    /// Files a LED may have, with what stands in them; those of its triggers among them.
    const FILES: [(&str, &str); 13] = [
        ("brightness", "?"),
        ("brightness_hw_changed", "?"),
        ("delay_off", "?"),
        ("delay_on", "?"),
        ("hr_pattern", "?"),
        ("invert", "?"),
        ("max_brightness", "255"),
        ("multi_index", "red green blue"),
        ("multi_intensity", "?"),
        ("pattern", "?"),
        ("repeat", "?"),
        ("trigger", ""),
        ("uevent", "?"),
    ];

    /// The files that were written while a LED with these triggers showed everything there is to show.
    fn written(triggers: &str) -> BTreeSet<&'static str> {
        let classes = tempfile::tempdir().unwrap();
        let folder = classes.path().join("ACT");
        fs::create_dir(&folder).unwrap();
        let text = |(file, text): (_, &'static str)| {
            if file == "trigger" { triggers.to_owned() } else { text.into() }
        };
        let reset = || FILES.iter().for_each(|file| fs::write(folder.join(file.0), text(*file)).unwrap());
        let touched = || {
            FILES.into_iter().filter(|file| fs::read_to_string(folder.join(file.0)).unwrap() != text(*file))
        };
        reset();
        let at_once = || Instant::START;
        let class = Class::open(classes.path(), "ACT", 100, Rgb::new(255, 255, 255), &at_once).unwrap();
        let mut found: BTreeSet<_> = touched().map(|(file, _)| file).collect();
        let mut led = Led::<Recorded>::new(Drive::Class(class));
        for rhythm in Rhythm::ALL {
            reset();
            led.shows(Instant::START, Look::new(Rgb::new(255, 0, 0), rhythm));
            found.extend(touched().map(|(file, _)| file));
        }
        found
    }

    #[test]
    fn the_rules_give_away_the_files_that_are_written_and_no_others() {
        let written: BTreeSet<_> = ["[mmc0] none pattern timer", "[mmc0] none timer", "[mmc0] none"]
            .into_iter()
            .flat_map(written)
            .collect();
        let rules = include_str!("../../../../deploy/60-nudged.rules");
        let runs: Vec<&str> = rules.split('"').filter(|word| word.contains("/sys%p/")).collect();
        assert_eq!(runs.len(), 4, "chgrp and chmod, for our LEDs and for the one on the board");
        for run in runs {
            let given: BTreeSet<_> = run.split(' ').filter_map(|word| word.strip_prefix("/sys%p/")).collect();
            assert_eq!(given, written, "{run}");
        }
    }
}

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

//! Golden pictures: what displays must show, pixel by pixel. It does not know where pictures come from.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use super::kept;
use crate::bus::glass::Glass;

/// Waits until the picture is the golden one of that name; what is there at last is kept in any case.
///
/// A picture that must change is looked at as `target/lab/out/NAME.png`; then NAME.txt beside it becomes the golden one.
pub(super) fn golden(name: &str, mut glass: impl FnMut() -> Glass) {
    let mut last = None;
    let found = settled(name, || last.insert(glass()).text());
    if let Some(glass) = last {
        fs::write(kept::path(&format!("{name}.png")), glass.png()).unwrap();
    }
    is_golden(name, &found);
}

/// The same for a display that has characters.
pub(super) fn golden_words(name: &str, words: impl FnMut() -> String) {
    is_golden(name, &settled(name, words));
}

/// What is shown once it is golden, or when patience ends.
fn settled(name: &str, mut shown: impl FnMut() -> String) -> String {
    let by = Instant::now() + PATIENCE;
    loop {
        let found = shown();
        if found == wanted(name) || Instant::now() > by {
            return found;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn is_golden(name: &str, found: &str) {
    fs::write(kept::path(&format!("{name}.txt")), found).unwrap();
    assert!(found == wanted(name), "{name} is not golden but:\n{found}");
}

fn wanted(name: &str) -> &'static str {
    GOLDEN.iter().find(|(golden, _)| *golden == name).map_or("", |(_, wanted)| *wanted)
}

macro_rules! pictures {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../golden/", $name, ".txt")))),*]
    };
}

const GOLDEN: &[(&str, &str)] = pictures![
    "characters-list",
    "characters-message",
    "oled-alone",
    "oled-card",
    "oled-list",
    "oled-message"
];
const PATIENCE: Duration = Duration::from_secs(8);

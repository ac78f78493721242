//! Golden pictures: what displays must show, pixel by pixel. It does not know where pictures come from.

use std::fs;
use std::time::{Duration, Instant};

use crate::bus::glass::Glass;

/// Waits until the picture is the golden one of that name; what is there at last is kept in any case.
///
/// A picture that must change is looked at as `target/lab/out/NAME.png`; then NAME.txt beside it becomes the golden one.
pub(super) fn golden(name: &str, mut glass: impl FnMut() -> Glass) {
    let wanted = GOLDEN.iter().find(|(golden, _)| *golden == name).map_or("", |(_, wanted)| *wanted);
    let by = Instant::now() + PATIENCE;
    let found = loop {
        let found = glass();
        if found.text() == wanted || Instant::now() > by {
            break found;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    keep(name, &found);
    let text = found.text();
    assert!(text == wanted, "{name} is not the golden picture but:\n{text}");
}

/// Puts a picture where the host finds it.
pub(super) fn keep(name: &str, glass: &Glass) {
    fs::write(format!("/out/{name}.txt"), glass.text()).unwrap();
    fs::write(format!("/out/{name}.png"), glass.png()).unwrap();
}

macro_rules! pictures {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../golden/", $name, ".txt")))),*]
    };
}

const GOLDEN: &[(&str, &str)] = pictures!["oled-alone", "oled-list", "oled-message"];
const PATIENCE: Duration = Duration::from_secs(8);

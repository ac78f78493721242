//! LEDs of the kernel's LED class: directories below `/sys/class/leds`. The kernel moves them by itself where it can.
//! It does not know who chose the look, nor what else a LED can hang on.
//!
//! `pattern` plays any rhythm, but is a module of its own on most kernels and must have been loaded (`ledtrig-pattern`);
//! `timer` only blinks. What neither takes is moved from here. A LED of several colours keeps its colour in
//! `multi_intensity`; what moves is its `brightness`, so both work together.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{colour, rhythm};
use crate::frame::{Look, Rgb, Rhythm};

/// A LED of the kernel's LED class.
#[derive(Debug)]
pub(crate) struct Class {
    folder: PathBuf,
    /// The brightness it is capable of.
    max: u64,
    /// The brightness it never exceeds.
    limit: u64,
    white: Rgb,
    /// Its colours, if it has several.
    channels: Vec<Channel>,
    moved_by: MovedBy,
    /// What it was told last; `None` if part of that failed.
    shown: Option<Look>,
    /// Whether its brightness is that of light, as far as we moved it.
    set: Option<bool>,
}

/// A colour of a LED that has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Red,
    Green,
    Blue,
    /// Amber, white, violet, infrared: nothing we mix with.
    Other,
}

/// Who moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MovedBy {
    /// Nobody.
    Nobody,
    /// The kernel; nothing wakes up here.
    Kernel,
    /// We: the kernel has no trigger for it.
    Us,
}

impl Class {
    /// The LED of that name, dark; it must be there, and ours to write. It is never brighter than `percent` of what it is
    /// capable of, and needs `white` to look white if it has several colours.
    pub(crate) fn open(classes: &Path, name: &str, percent: u8, white: Rgb) -> Result<Self, String> {
        let folder = classes.join(name);
        if !folder.is_dir() {
            let known = names(classes).join(", ");
            return Err(format!(
                "there is no {}; this machine has {}",
                folder.display(),
                if known.is_empty() { "no LEDs of that kind" } else { &known }
            ));
        }
        let max = crate::text::number(read(&folder, "max_brightness")?.trim().as_bytes());
        let max = max.and_then(|max| u32::try_from(max).ok()).map_or(1, u64::from).max(1);
        // Rounded up: what is limited is not dark.
        let limit = (max * u64::from(percent.clamp(1, 100))).div_ceil(100);
        let index = folder.join("multi_index");
        let channels = if index.exists() { channels(&read(&folder, "multi_index")?) } else { Vec::new() };
        let moved_by = MovedBy::Nobody;
        let mut class = Self { folder, max, limit, white, channels, moved_by, shown: None, set: None };
        class.show(Look::OFF)?;
        class.step(false)?;
        Ok(class)
    }

    /// Whether nothing has to be done here while it moves.
    pub(super) fn moves_by_itself(&self) -> bool {
        self.moved_by != MovedBy::Us
    }

    /// Whatever it was told counts for nothing: others may have written to it.
    pub(super) fn forget(&mut self) {
        self.shown = None;
    }

    /// From now on it looks like this, once [`Class::step`] has set its brightness.
    pub(super) fn show(&mut self, look: Look) -> Result<(), String> {
        if self.shown == Some(look) {
            return Ok(());
        }
        (self.shown, self.set, self.moved_by) = (None, None, MovedBy::Nobody);
        // A trigger that runs would go on beside the new one's first values.
        self.set_trigger("none")?;
        let lit = look.rgb != Rgb::OFF && look.rhythm != Rhythm::Off;
        if lit && !self.channels.is_empty() {
            self.write("multi_intensity", &self.intensities(look.rgb))?;
        }
        if lit && look.rhythm.keyframes().len() > 1 {
            self.moved_by = self.hand_over(look.rhythm)?;
        }
        self.shown = Some(look);
        Ok(())
    }

    /// Lets the kernel move it, if it can.
    fn hand_over(&self, rhythm: Rhythm) -> Result<MovedBy, String> {
        let known = read(&self.folder, "trigger").unwrap_or_default();
        let known = |trigger| known.split_whitespace().any(|word| word.trim_matches(['[', ']']) == trigger);
        for (trigger, start) in [("pattern", Self::pattern as Start), ("timer", Self::timer)] {
            if !known(trigger) {
                continue;
            }
            match start(self, rhythm) {
                Ok(true) => return Ok(MovedBy::Kernel),
                Ok(false) => {}
                Err(why) => {
                    log::debug!("board: {why}; the trigger \"{trigger}\" is left alone");
                    self.set_trigger("none")?;
                }
            }
        }
        Ok(MovedBy::Us)
    }

    /// The trigger that plays brightnesses.
    fn pattern(&self, rhythm: Rhythm) -> Result<bool, String> {
        self.set_trigger("pattern")?;
        // It repeats for ever unless it was told otherwise; some LEDs refuse to be told.
        let _ = self.write("repeat", "-1");
        self.write("pattern", &rhythm::pattern(rhythm, self.limit))?;
        Ok(true)
    }

    /// The trigger that only blinks, with the brightness there was before.
    fn timer(&self, rhythm: Rhythm) -> Result<bool, String> {
        let [(255, on), (0, off)] = rhythm.keyframes() else { return Ok(false) };
        self.write("brightness", &self.limit.to_string())?;
        self.set_trigger("timer")?;
        self.write("delay_on", &on.to_string())?;
        self.write("delay_off", &off.to_string())?;
        Ok(true)
    }

    /// Switches it, unless the kernel does.
    pub(super) fn step(&mut self, on: bool) -> Result<(), String> {
        let on = on && self.shown.is_some_and(|look| look.rgb != Rgb::OFF);
        if self.moved_by == MovedBy::Kernel || self.set == Some(on) {
            return Ok(());
        }
        self.write("brightness", &if on { self.limit } else { 0 }.to_string())?;
        self.set = Some(on);
        Ok(())
    }

    /// How strong each of its colours must be for a colour. What it can't show, as blue on a LED of red and green, lights
    /// all of them: better a wrong colour than none.
    fn intensities(&self, rgb: Rgb) -> String {
        let Rgb { red, green, blue } = if self.max >= rhythm::LEVELS_MIN {
            colour::balanced(rgb, self.white)
        } else {
            let [red, green, blue] = colour::channels(rgb).map(|on| if on { u8::MAX } else { 0 });
            Rgb { red, green, blue }
        };
        let share = |channel: &Channel| match channel {
            Channel::Red => red,
            Channel::Green => green,
            Channel::Blue => blue,
            Channel::Other => 0,
        };
        let level = |share: u8| (u64::from(share) * self.max).div_ceil(255);
        let levels: Vec<u64> = self.channels.iter().map(share).map(level).collect();
        let all = levels.iter().all(|level| *level == 0);
        let words = levels.iter().map(|level| if all { self.max } else { *level }.to_string());
        words.collect::<Vec<_>>().join(" ")
    }

    fn set_trigger(&self, trigger: &str) -> Result<(), String> {
        self.write("trigger", trigger)
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        let path = self.folder.join(file);
        let write = |path: &Path| -> io::Result<()> {
            // The file is one of the kernel's: it is neither made nor cut.
            io::Write::write_all(&mut fs::OpenOptions::new().write(true).open(path)?, text.as_bytes())
        };
        write(&path).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied => {
                format!("{}: {error}; give it to the user this runs as", path.display())
            }
            _ => format!("{}: {error}", path.display()),
        })
    }
}

/// Starts a trigger for a rhythm; `false` if it can't play that.
type Start = fn(&Class, Rhythm) -> Result<bool, String>;

fn read(folder: &Path, file: &str) -> Result<String, String> {
    let path = folder.join(file);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The colours of a LED, from its `multi_index`.
fn channels(index: &str) -> Vec<Channel> {
    let channel = |word| match word {
        "red" => Channel::Red,
        "green" => Channel::Green,
        "blue" => Channel::Blue,
        _ => Channel::Other,
    };
    index.split_whitespace().map(channel).collect()
}

/// The LEDs of the kernel's LED class, in alphabetical order.
pub(crate) fn names(classes: &Path) -> Vec<String> {
    let entries = fs::read_dir(classes).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::board::linux::light::tests::Recorded;
    use crate::board::linux::light::{Drive, Led};
    use crate::time::Instant;

    const RED: Rgb = Rgb::new(255, 0, 0);
    const AMBER: Rgb = Rgb::new(255, 90, 0);
    const WHITE: Rgb = Rgb::new(255, 255, 255);
    const FILES: [&str; 6] = ["brightness", "multi_intensity", "pattern", "repeat", "delay_on", "delay_off"];

    /// A directory like one below `/sys/class/leds`, and the LED in it.
    struct Fake {
        classes: TempDir,
        led: Led<Recorded>,
        triggers: &'static str,
    }

    impl Fake {
        fn of(triggers: &'static str, max: &str, percent: u8, index: Option<&str>) -> Self {
            let classes = tempfile::tempdir().unwrap();
            let folder = classes.path().join("ACT");
            fs::create_dir(&folder).unwrap();
            let index = index.map(|index| ("multi_index", index));
            for (file, text) in [("trigger", triggers), ("max_brightness", max)].into_iter().chain(index) {
                fs::write(folder.join(file), text).unwrap();
            }
            for file in FILES {
                fs::write(folder.join(file), "").unwrap();
            }
            let white = Rgb::new(255, 128, 255);
            let class = Class::open(classes.path(), "ACT", percent, white).unwrap();
            let mut fake = Self { classes, led: Led::new(Drive::Class(class)), triggers };
            assert_eq!((fake.taken("brightness").as_str(), &fake.taken("trigger")[..4]), ("0", "none"));
            fake
        }

        /// What a file holds. Plain files keep old octets behind shorter new ones, and no list of triggers, so each is
        /// as it was after each look.
        fn taken(&mut self, file: &str) -> String {
            let path = self.classes.path().join("ACT").join(file);
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, if file == "trigger" { self.triggers } else { "" }).unwrap();
            text
        }

        fn show(&mut self, rgb: Rgb, rhythm: Rhythm) {
            self.led.show(Instant::START, Look::new(rgb, rhythm)).unwrap();
        }

        /// Makes a file one that can't be written.
        fn refuse(&self, file: &str) {
            let path = self.classes.path().join("ACT").join(file);
            fs::remove_file(&path).unwrap();
            fs::create_dir(path).unwrap();
        }

        /// Nothing was written since the last look.
        fn is_untouched(&mut self) -> bool {
            let files = FILES.map(|file| self.taken(file));
            self.taken("trigger") == self.triggers && files.concat().is_empty()
        }

        fn next_change(&self) -> Option<u64> {
            self.led.next_change(Instant::START).map(Instant::as_millis)
        }
    }

    #[test]
    fn steady_light_is_brightness_alone() {
        let mut led = Fake::of("[none] timer pattern", "255\n", 100, None);
        led.show(RED, Rhythm::Steady);
        assert_eq!(led.taken("brightness"), "255");
        led.show(Rgb::new(0, 0, 40), Rhythm::Steady);
        assert_eq!(led.taken("brightness"), "255", "one colour is on for any");
        led.show(Rgb::OFF, Rhythm::Off);
        assert_eq!((led.taken("brightness").as_str(), &led.taken("trigger")[..4]), ("0", "none"));
        assert_eq!(led.taken("multi_intensity"), "");
    }

    #[test]
    fn the_kernel_moves_what_it_can_and_nothing_wakes_up() {
        let mut led = Fake::of("[none] timer pattern", "255", 100, None);
        led.show(RED, Rhythm::DoubleBlink);
        assert_eq!(led.taken("pattern"), "255 150 255 0 0 200 0 0 255 150 255 0 0 1000 0 0");
        assert_eq!(led.taken("repeat"), "-1");
        assert!(led.taken("trigger").starts_with("pattern"));
        assert_eq!((led.taken("brightness").as_str(), led.next_change()), ("", None));
        let mut led = Fake::of("[none] timer", "255", 100, None);
        led.show(RED, Rhythm::SlowBlink);
        assert!(led.taken("trigger").starts_with("timer"));
        assert_eq!([led.taken("delay_on"), led.taken("delay_off")], ["1000", "2000"]);
        assert_eq!(led.next_change(), None);
    }

    #[test]
    fn the_limit_holds_for_steady_light_and_for_every_trigger() {
        let mut led = Fake::of("[none] timer pattern", "255", 10, None);
        led.show(RED, Rhythm::Steady);
        assert_eq!(led.taken("brightness"), "26");
        led.show(RED, Rhythm::Blink);
        assert_eq!(led.taken("pattern"), "26 500 26 0 0 500 0 0");
        led.show(RED, Rhythm::Breathe);
        assert_eq!(led.taken("pattern"), "3 2000 26 2000");
        let mut led = Fake::of("[none] timer", "100", 1, None);
        led.show(RED, Rhythm::Blink);
        assert_eq!(led.taken("brightness"), "1", "the trigger blinks with what it finds");
        let mut led = Fake::of("none", "1", 10, None);
        led.show(RED, Rhythm::Steady);
        assert_eq!(led.taken("brightness"), "1", "what can't be dimmed is on");
    }

    #[test]
    fn a_led_of_several_colours_gets_the_colour_balanced_and_the_rhythm_beside_it() {
        let mut led = Fake::of("[none] pattern", "255", 50, Some("green red blue\n"));
        led.show(AMBER, Rhythm::Breathe);
        assert_eq!(led.taken("multi_intensity"), "46 255 0", "in the order of the LED");
        assert_eq!(led.taken("pattern"), "11 2000 128 2000");
        assert_eq!((led.taken("brightness").as_str(), led.next_change()), ("", None));
        led.show(WHITE, Rhythm::Steady);
        assert_eq!(led.taken("multi_intensity"), "128 255 255");
        assert_eq!(led.taken("brightness"), "128");
        led.show(Rgb::OFF, Rhythm::Off);
        assert_eq!([led.taken("multi_intensity"), led.taken("brightness")], ["", "0"]);
    }

    #[test]
    fn colours_are_scaled_to_the_levels_there_are_and_never_vanish() {
        let mut led = Fake::of("none", "1000", 100, Some("red green blue white"));
        led.show(Rgb::new(40, 40, 0), Rhythm::Steady);
        assert_eq!(led.taken("multi_intensity"), "157 83 0 0");
        let mut led = Fake::of("none", "1", 100, Some("red green blue"));
        led.show(AMBER, Rhythm::Steady);
        assert_eq!(led.taken("multi_intensity"), "1 1 0", "as on three lines");
        let mut led = Fake::of("none", "255", 100, Some("red green"));
        led.show(Rgb::new(0, 0, 255), Rhythm::Steady);
        assert_eq!(led.taken("multi_intensity"), "255 255");
        let mut led = Fake::of("none", "255", 100, Some("amber white"));
        led.show(RED, Rhythm::Steady);
        assert_eq!(led.taken("multi_intensity"), "255 255");
    }

    #[test]
    fn the_same_look_again_writes_nothing() {
        let mut led = Fake::of("[none] pattern timer", "255", 100, Some("red green blue"));
        for rhythm in Rhythm::ALL {
            led.show(AMBER, rhythm);
            assert!(!led.is_untouched(), "{rhythm}");
            led.show(AMBER, rhythm);
            assert!(led.is_untouched(), "{rhythm}");
        }
    }

    #[test]
    fn dark_at_the_end_is_written_whatever_it_was() {
        let mut led = Fake::of("[none] pattern", "255", 100, None);
        led.led.blank(Instant::START).unwrap();
        assert_eq!((led.taken("brightness").as_str(), &led.taken("trigger")[..4]), ("0", "none"));
    }

    #[test]
    fn a_rhythm_beyond_the_timer_trigger_is_ours() {
        let mut led = Fake::of("[none] timer", "255", 100, None);
        led.show(RED, Rhythm::DoubleBlink);
        assert_eq!(led.taken("delay_on"), "");
        assert_eq!(led.next_change(), Some(150));
    }

    #[test]
    fn without_a_trigger_the_program_blinks() {
        let mut led = Fake::of("[none] mmc0", "1", 100, None);
        led.show(RED, Rhythm::Blink);
        assert_eq!(led.next_change(), Some(500));
        led.taken("brightness");
        led.led.step(Instant::from_millis(500)).unwrap();
        assert_eq!(led.taken("brightness"), "0");
    }

    #[test]
    fn a_trigger_that_refuses_makes_way_for_the_next_and_then_for_us() {
        let mut led = Fake::of("[none] pattern timer", "255", 100, None);
        led.refuse("pattern");
        led.show(RED, Rhythm::Blink);
        assert_eq!([led.taken("delay_on"), led.taken("delay_off")], ["500", "500"]);
        assert_eq!(led.next_change(), None);
        let mut led = Fake::of("[none] pattern timer", "255", 100, Some("red green blue"));
        led.refuse("pattern");
        led.refuse("delay_on");
        led.show(RED, Rhythm::Blink);
        assert!(led.taken("trigger").starts_with("none"), "no trigger is left running");
        assert_eq!((led.taken("brightness").as_str(), led.next_change()), ("255", Some(500)));
        led.led.step(Instant::from_millis(500)).unwrap();
        assert_eq!(led.taken("brightness"), "0");
    }

    #[test]
    fn a_look_that_failed_is_written_again() {
        let mut led = Fake::of("none", "255", 100, Some("red green blue"));
        led.refuse("multi_intensity");
        let look = Look::new(RED, Rhythm::Steady);
        assert!(led.led.show(Instant::START, look).unwrap_err().contains("ACT/multi_intensity: "));
        let path = led.classes.path().join("ACT/multi_intensity");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "").unwrap();
        led.led.show(Instant::START, look).unwrap();
        assert_eq!([led.taken("multi_intensity"), led.taken("brightness")], ["255 0 0", "255"]);
    }

    #[test]
    fn a_led_that_is_not_there_is_told_with_those_that_are() {
        let led = Fake::of("none", "1", 100, None);
        let error = Class::open(led.classes.path(), "PWR", 100, WHITE).unwrap_err();
        assert!(error.ends_with("PWR; this machine has ACT"), "{error}");
    }
}

//! LEDs of the kernel's LED class: directories below `/sys/class/leds`. The kernel moves them by itself where it can.
//! It does not know who chose the look, nor what else a LED can hang on.
//!
//! `pattern` plays any rhythm, but is a module of its own on most kernels and must have been loaded (`ledtrig-pattern`);
//! `timer` only blinks. What neither takes is moved from here. A LED of several colours keeps its colour in
//! `multi_intensity`; what moves is its `brightness`, so both work together.
//!
//! The files of a trigger are there from the moment it is set, and root's until udev heard of them: what they refuse is
//! written again a few times. Meanwhile the trigger stays set, since they would vanish with it, and the LED is lit.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::write::{Trouble, timed};
use super::{colour, rhythm};
use crate::frame::{Look, Rgb, Rhythm};
use crate::time::{Duration, Instant};

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
    /// The kernel soon: this trigger is set, and its files, which refused so often, are written again then.
    Soon { trigger: usize, refusals: u8, at: Instant },
    /// We: the kernel has no trigger for it.
    Us,
}

impl Class {
    /// The LED of that name, dark; it must be there, and ours to write. It is never brighter than `percent` of what it is
    /// capable of, and needs `white` to look white if it has several colours.
    pub(crate) fn open(
        classes: &Path,
        name: &str,
        percent: u8,
        white: Rgb,
        clock: &dyn Fn() -> Instant,
    ) -> Result<Self, Trouble> {
        let folder = classes.join(name);
        if !folder.is_dir() {
            let why = match names(classes).join(", ").as_str() {
                "" => format!("there is no {}, nor any other; ask `nudged doctor`", folder.display()),
                known => format!("there is no {}; in the board file name one of {known}", folder.display()),
            };
            return Err(Trouble::Refused(why));
        }
        let max = crate::text::number(read(&folder, "max_brightness")?.trim().as_bytes());
        let max = max.and_then(|max| u32::try_from(max).ok()).map_or(1, u64::from).max(1);
        // Rounded up: what is limited is not dark.
        let limit = (max * u64::from(percent.clamp(1, 100))).div_ceil(100);
        let index = folder.join("multi_index");
        let channels = if index.exists() { channels(&read(&folder, "multi_index")?) } else { Vec::new() };
        let moved_by = MovedBy::Nobody;
        let mut class = Self { folder, max, limit, white, channels, moved_by, shown: None, set: None };
        class.show(Instant::START, Look::OFF, false, clock)?;
        Ok(class)
    }

    /// When [`Class::show`] has something to do; `switch` is when it looks different next, as far as we move it.
    pub(super) fn due(&self, switch: Option<Instant>) -> Option<Instant> {
        match self.moved_by {
            MovedBy::Nobody | MovedBy::Kernel => None,
            MovedBy::Soon { at, .. } => Some(at),
            MovedBy::Us => switch,
        }
    }

    /// Whatever it was told counts for nothing: others may have written to it.
    pub(super) const fn forget(&mut self) {
        self.shown = None;
    }

    /// Whether it is known to be off.
    pub(super) fn is_off(&self) -> bool {
        self.shown == Some(Look::OFF)
    }

    /// It looks like this, and is `on` as far as we move it.
    pub(super) fn show(
        &mut self,
        now: Instant,
        look: Look,
        on: bool,
        clock: &dyn Fn() -> Instant,
    ) -> Result<(), Trouble> {
        if self.shown != Some(look) {
            self.begin(now, look, clock)?;
        }
        let stepped = self.step(now, on, clock);
        if stepped.is_err() {
            self.forget();
        }
        stepped
    }

    /// Makes it ready for a look; what is left is its brightness.
    fn begin(&mut self, now: Instant, look: Look, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        (self.shown, self.set, self.moved_by) = (None, None, MovedBy::Nobody);
        // A trigger that runs would go on beside the new one's first values.
        self.set_trigger("none", clock)?;
        let lit = look.rgb != Rgb::OFF && look.rhythm != Rhythm::Off;
        if lit && !self.channels.is_empty() {
            self.write("multi_intensity", &self.intensities(look.rgb), clock)?;
        }
        if lit && look.rhythm.keyframes().len() > 1 {
            self.hand_over(now, look.rhythm, 0, clock)?;
        }
        self.shown = Some(look);
        Ok(())
    }

    /// Lets the first trigger that can from that one on move it; else we do.
    fn hand_over(
        &mut self,
        now: Instant,
        rhythm: Rhythm,
        from: usize,
        clock: &dyn Fn() -> Instant,
    ) -> Result<(), Trouble> {
        let known = read(&self.folder, "trigger").unwrap_or_default();
        let known = |name| known.split_whitespace().any(|word| word.trim_matches(['[', ']']) == name);
        self.moved_by = MovedBy::Us;
        for (index, trigger) in TRIGGERS.iter().enumerate().skip(from) {
            if !known(trigger.name) || (trigger.words)(rhythm, self.limit).is_empty() {
                continue;
            }
            if trigger.wants_light {
                self.light(clock)?;
            }
            match self.set_trigger(trigger.name, clock) {
                Ok(()) => return self.instruct(now, rhythm, (index, 0), clock),
                Err(held @ Trouble::Held(..)) => return Err(held),
                Err(Trouble::Refused(why)) => {
                    log::debug!("board: {why}; the trigger \"{}\" is left alone", trigger.name)
                }
            }
        }
        Ok(())
    }

    /// Tells the trigger that is set what to play; after so many refusals, and one more, there is another try or another
    /// trigger.
    fn instruct(
        &mut self,
        now: Instant,
        rhythm: Rhythm,
        (index, refusals): (usize, u8),
        clock: &dyn Fn() -> Instant,
    ) -> Result<(), Trouble> {
        let Some(trigger) = TRIGGERS.get(index) else { return Ok(()) };
        let refusals = refusals + 1;
        let mut words = (trigger.words)(rhythm, self.limit).into_iter();
        match words.try_for_each(|(file, text)| self.write(file, &text, clock)) {
            Ok(()) => self.moved_by = MovedBy::Kernel,
            Err(held @ Trouble::Held(..)) => return Err(held),
            Err(Trouble::Refused(_)) if refusals < REFUSALS_MAX => {
                if !trigger.wants_light {
                    self.light(clock)?;
                }
                self.moved_by = MovedBy::Soon { trigger: index, refusals, at: now + AGAIN_AFTER };
            }
            Err(Trouble::Refused(why)) => {
                log::debug!("board: {why}; the trigger \"{}\" is left alone", trigger.name);
                self.set_trigger("none", clock)?;
                self.hand_over(now, rhythm, index + 1, clock)?;
            }
        }
        Ok(())
    }

    fn light(&self, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        self.write("brightness", &self.limit.to_string(), clock)
    }

    /// Switches it, unless the kernel does; asks the kernel again, if it is time.
    fn step(&mut self, now: Instant, on: bool, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        if let (MovedBy::Soon { trigger, refusals, at }, Some(look)) = (self.moved_by, self.shown)
            && at <= now
        {
            self.instruct(now, look.rhythm, (trigger, refusals), clock)?;
        }
        let on = on && self.shown.is_some_and(|look| look.rgb != Rgb::OFF);
        let is_ours = matches!(self.moved_by, MovedBy::Nobody | MovedBy::Us);
        if !is_ours || self.set == Some(on) {
            return Ok(());
        }
        self.write("brightness", &if on { self.limit } else { 0 }.to_string(), clock)?;
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

    fn set_trigger(&self, trigger: &str, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        self.write("trigger", trigger, clock)
    }

    fn write(&self, file: &str, text: &str, clock: &dyn Fn() -> Instant) -> Result<(), Trouble> {
        let path = self.folder.join(file);
        let write = |path: &Path| -> io::Result<()> {
            // The file is one of the kernel's: it is neither made nor cut.
            io::Write::write_all(&mut fs::OpenOptions::new().write(true).open(path)?, text.as_bytes())
        };
        timed(clock, || {
            write(&path).map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied => {
                    format!("{}: {error}; `nudged doctor` says how to be allowed", path.display())
                }
                _ => format!("{}: {error}; ask `nudged doctor`", path.display()),
            })
        })
    }
}

/// A trigger of the kernel.
struct Trigger {
    name: &'static str,
    /// Whether it blinks with the brightness it finds when it is set.
    wants_light: bool,
    /// What to write into which of its files for a rhythm up to a brightness; nothing if it can't play that.
    words: fn(Rhythm, u64) -> Vec<(&'static str, String)>,
}

/// Those that play rhythms, the best first.
const TRIGGERS: [Trigger; 2] = [
    Trigger { name: "pattern", wants_light: false, words: pattern },
    Trigger { name: "timer", wants_light: true, words: timer },
];
/// A trigger is left alone after so many.
const REFUSALS_MAX: u8 = 6;
/// Between two tries; udev takes some tens of milliseconds.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// The trigger that plays brightnesses: for ever, unless it is told otherwise after it was set.
fn pattern(rhythm: Rhythm, limit: u64) -> Vec<(&'static str, String)> {
    vec![("pattern", rhythm::pattern(rhythm, limit))]
}

/// The trigger that only blinks.
fn timer(rhythm: Rhythm, _: u64) -> Vec<(&'static str, String)> {
    let [(255, on), (0, off)] = rhythm.keyframes() else { return Vec::new() };
    vec![("delay_on", on.to_string()), ("delay_off", off.to_string())]
}

fn read(folder: &Path, file: &str) -> Result<String, String> {
    let path = folder.join(file);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}; ask `nudged doctor`", path.display()))
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

    /// A clock for writes that take no time.
    const STILL: fn() -> Instant = || Instant::START;
    const RED: Rgb = Rgb::new(255, 0, 0);
    const AMBER: Rgb = Rgb::new(255, 90, 0);
    const WHITE: Rgb = Rgb::new(255, 255, 255);
    const FILES: [&str; 5] = ["brightness", "multi_intensity", "pattern", "delay_on", "delay_off"];

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
            let class = Class::open(classes.path(), "ACT", percent, white, &STILL).unwrap();
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
            self.led.shows(Instant::START, Look::new(rgb, rhythm));
        }

        /// Makes a file one that can't be written.
        fn refuse(&self, file: &str) {
            let path = self.classes.path().join("ACT").join(file);
            fs::remove_file(&path).unwrap();
            fs::create_dir(path).unwrap();
        }

        /// Udev gives it away, and what it is told is seen.
        fn allow(&self, file: &str) {
            let path = self.classes.path().join("ACT").join(file);
            fs::remove_dir(&path).unwrap();
            fs::write(path, "").unwrap();
        }

        /// Wakes up whenever it wants to until then, and says when.
        fn sleep_until(&mut self, ms: u64) -> Vec<u64> {
            let (mut now, mut woken) = (Instant::START, Vec::new());
            while let Some(at) = self.led.next_change(now).filter(|at| at.as_millis() <= ms) {
                now = at;
                self.led.steps(now);
                woken.push(now.as_millis());
            }
            woken
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
        led.led.forget();
        led.led.shows(Instant::START, Look::OFF);
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
        led.led.steps(Instant::from_millis(500));
        assert_eq!(led.taken("brightness"), "0");
    }

    #[test]
    fn files_that_udev_gives_away_a_little_later_are_written_then_and_the_kernel_moves_it() {
        for (triggers, file, text) in [
            ("[none] timer pattern", "pattern", "26 500 26 0 0 500 0 0"),
            ("[none] timer", "delay_off", "500"),
        ] {
            let mut led = Fake::of(triggers, "255", 10, None);
            led.refuse(file);
            led.show(RED, Rhythm::Blink);
            let trigger = led.taken("trigger");
            assert!(!trigger.starts_with("none"), "its files would vanish: {trigger}");
            assert_eq!(led.taken("brightness"), "26", "lit meanwhile, and no more than it may be");
            assert_eq!(led.sleep_until(250), [100, 200]);
            led.allow(file);
            assert_eq!(led.sleep_until(9999), [300], "and nothing wakes up from then on");
            assert_eq!(led.taken(file), text);
            assert_eq!(led.taken("trigger"), triggers, "it was not set again");
        }
    }

    #[test]
    fn a_trigger_that_goes_on_refusing_makes_way_for_the_next_and_then_for_us() {
        let mut led = Fake::of("[none] pattern timer", "255", 100, None);
        led.refuse("pattern");
        led.show(RED, Rhythm::Blink);
        assert_eq!(led.sleep_until(9999), [100, 200, 300, 400, 500]);
        assert_eq!([led.taken("delay_on"), led.taken("delay_off")], ["500", "500"]);
        assert!(led.taken("trigger").starts_with("timer"));
        let mut led = Fake::of("[none] pattern timer", "255", 100, Some("red green blue"));
        led.refuse("pattern");
        led.refuse("delay_on");
        led.show(RED, Rhythm::Blink);
        // Five tries each, then the rhythm.
        let tries = [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000];
        assert_eq!(led.sleep_until(2000), [&tries[..], &[1500, 2000]].concat());
        assert!(led.taken("trigger").starts_with("none"), "no trigger is left running");
        assert_eq!(led.taken("brightness"), "255");
        assert_eq!(led.next_change(), Some(500), "it blinks");
    }

    #[test]
    fn another_look_ends_the_tries() {
        let mut led = Fake::of("[none] pattern", "255", 100, None);
        led.refuse("pattern");
        led.show(RED, Rhythm::Blink);
        led.show(RED, Rhythm::Steady);
        assert_eq!(led.next_change(), None);
        assert!(led.taken("trigger").starts_with("none"));
        assert_eq!(led.taken("brightness"), "255");
    }

    #[test]
    fn a_look_that_failed_is_written_again() {
        let mut led = Fake::of("none", "255", 100, Some("red green blue"));
        led.refuse("multi_intensity");
        let look = Look::new(RED, Rhythm::Steady);
        led.led.show(Instant::START, look);
        let refused = led.led.step(Instant::START, &STILL).unwrap_err();
        assert!(matches!(refused, Trouble::Refused(why) if why.contains("ACT/multi_intensity: ")));
        let path = led.classes.path().join("ACT/multi_intensity");
        fs::remove_dir(&path).unwrap();
        fs::write(&path, "").unwrap();
        led.led.shows(Instant::START, look);
        assert_eq!([led.taken("multi_intensity"), led.taken("brightness")], ["255 0 0", "255"]);
    }

    #[test]
    fn after_a_write_that_held_the_thread_nothing_is_written_and_then_all_of_it() {
        let mut led = Fake::of("none timer [pattern]", "255", 100, Some("red green blue"));
        let look = Look::new(RED, Rhythm::Blink);
        for after in 0..4 {
            led.led.forget();
            led.led.show(Instant::START, look);
            // The clock is looked at before and after each write.
            let looks = std::cell::Cell::new(0);
            let clock = || {
                looks.set(looks.get() + 1);
                Instant::from_millis(if looks.get() > 2 * after + 1 { 1000 } else { 0 })
            };
            let outcome = led.led.step(Instant::START, &clock);
            assert_eq!(outcome, Err(Trouble::Held(Instant::START, Instant::from_millis(1000))));
            assert_eq!(looks.get(), 2 * after + 2);
            led.led.steps(Instant::START);
            assert_eq!(&led.taken("trigger")[..7], "pattern");
            assert_eq!(
                (led.taken("multi_intensity").as_str(), &led.taken("pattern")[..7]),
                ("255 0 0", "255 500")
            );
        }
    }

    #[test]
    fn a_led_that_is_not_there_is_told_with_those_that_are() {
        let led = Fake::of("none", "1", 100, None);
        let Err(Trouble::Refused(why)) = Class::open(led.classes.path(), "PWR", 100, WHITE, &STILL) else {
            panic!("it is there");
        };
        assert!(why.ends_with("PWR; in the board file name one of ACT"), "{why}");
    }
}

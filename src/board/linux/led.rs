//! LEDs: on lines, alone or three to a colour, and of the kernel's LED class, which can blink them by itself.
//! It does not know chips: a line is any `embedded_hal` output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use embedded_hal::digital::{OutputPin, PinState};

use super::on_off;
use crate::frame::{Look, Rgb, Rhythm};
use crate::time::{Duration, Instant};

/// A LED, its look, and since when.
#[derive(Debug)]
pub(super) struct Led<P> {
    drive: Drive<P>,
    look: Look,
    since: Instant,
}

/// What a LED hangs on. Lines remember what was set last.
#[derive(Debug)]
pub(super) enum Drive<P> {
    /// One line.
    Mono(Pin<P>),
    /// Red, green, blue.
    Rgb([Pin<P>; 3]),
    /// The kernel.
    Class(Class),
}

impl<P: OutputPin> Led<P> {
    pub(super) const fn new(drive: Drive<P>) -> Self {
        Self { drive, look: Look::OFF, since: Instant::START }
    }

    /// From now on it looks like this.
    pub(super) fn show(&mut self, now: Instant, look: Look) -> Result<(), String> {
        (self.look, self.since) = (look, now);
        if let Drive::Class(class) = &mut self.drive {
            class.show(look)?;
        }
        self.step(now)
    }

    /// Switches what the rhythm wants switched by now.
    pub(super) fn step(&mut self, now: Instant) -> Result<(), String> {
        let on = on_off::is_on(self.look.rhythm, self.rhythm_time(now));
        let colour = if on { self.look.rgb } else { Rgb::OFF };
        match &mut self.drive {
            Drive::Mono(pin) => pin.set(colour != Rgb::OFF),
            Drive::Rgb(pins) => pins.iter_mut().zip(channels(colour)).try_for_each(|(pin, on)| pin.set(on)),
            Drive::Class(class) => class.step(on),
        }
    }

    /// When [`Led::step`] has something to do next.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        if matches!(&self.drive, Drive::Class(class) if class.blinks_by_itself()) || self.look.rgb == Rgb::OFF
        {
            return None;
        }
        let ms = on_off::next_switch(self.look.rhythm, self.rhythm_time(now))?;
        Some(now + Duration::from_millis(ms))
    }

    fn rhythm_time(&self, now: Instant) -> u64 {
        now.since(self.since).as_millis().try_into().unwrap_or(0)
    }
}

/// Which of three lines are on for a colour: those with at least a third of the strongest, so that amber, mostly red
/// with a little green, is not taken for red.
fn channels(colour: Rgb) -> [bool; 3] {
    let Rgb { red, green, blue } = colour;
    let strongest = u16::from(red.max(green).max(blue));
    [red, green, blue].map(|channel| channel > 0 && u16::from(channel) * 3 >= strongest)
}

/// A line that is written only when it changes.
#[derive(Debug)]
pub(super) struct Pin<P> {
    pin: P,
    set: Option<bool>,
}

impl<P: OutputPin> Pin<P> {
    pub(super) const fn new(pin: P) -> Self {
        Self { pin, set: None }
    }

    fn set(&mut self, on: bool) -> Result<(), String> {
        if self.set == Some(on) {
            return Ok(());
        }
        self.pin.set_state(PinState::from(on)).map_err(|error| format!("{error:?}"))?;
        self.set = Some(on);
        Ok(())
    }
}

/// A LED of the kernel's LED class: a directory below `/sys/class/leds`.
#[derive(Debug)]
pub(super) struct Class {
    folder: PathBuf,
    max: u64,
    triggers: Vec<String>,
    moved_by: MovedBy,
    lit: bool,
    set: Option<bool>,
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
    /// The LED of that name; it must be there, and ours to write.
    pub(super) fn open(classes: &Path, name: &str) -> Result<Self, String> {
        let folder = classes.join(name);
        if !folder.is_dir() {
            let known = names(classes).join(", ");
            return Err(format!(
                "there is no {}; this machine has {}",
                folder.display(),
                if known.is_empty() { "no LEDs of that kind" } else { &known }
            ));
        }
        let max = read(&folder, "max_brightness")?;
        let max = crate::text::number(max.trim().as_bytes()).filter(|max| *max > 0).unwrap_or(1);
        let class =
            Self { folder, max, triggers: Vec::new(), moved_by: MovedBy::Nobody, lit: false, set: None };
        class.set_trigger("none")?;
        class.write("brightness", "0")?;
        Ok(class)
    }

    /// Whether nothing has to be done here while it moves.
    fn blinks_by_itself(&self) -> bool {
        self.moved_by != MovedBy::Us
    }

    fn show(&mut self, look: Look) -> Result<(), String> {
        self.set = None;
        self.lit = look.rgb != Rgb::OFF;
        let moving = self.lit && look.rhythm.keyframes().len() > 1;
        // A trigger that runs would go on beside the new one's first values.
        self.set_trigger("none")?;
        self.moved_by = MovedBy::Nobody;
        if moving {
            let triggers = read(&self.folder, "trigger")?;
            self.triggers =
                triggers.split_whitespace().map(|word| word.trim_matches(['[', ']']).into()).collect();
            self.moved_by = if self.hand_over(look.rhythm)? { MovedBy::Kernel } else { MovedBy::Us };
        }
        Ok(())
    }

    /// Lets the kernel move it, if it can.
    fn hand_over(&self, rhythm: Rhythm) -> Result<bool, String> {
        let can = |trigger: &str| self.triggers.iter().any(|known| known == trigger);
        if can("pattern") {
            self.set_trigger("pattern")?;
            // Without `repeat`, an old kernel repeats for ever as well.
            let _ = self.write("repeat", "-1");
            self.write("pattern", &pattern(rhythm, self.max))?;
            return Ok(true);
        }
        if let (true, [(255, on), (0, off)]) = (can("timer"), rhythm.keyframes()) {
            self.write("brightness", &self.max.to_string())?;
            self.set_trigger("timer")?;
            self.write("delay_on", &on.to_string())?;
            self.write("delay_off", &off.to_string())?;
            return Ok(true);
        }
        Ok(false)
    }

    fn step(&mut self, on: bool) -> Result<(), String> {
        let on = on && self.lit;
        if self.moved_by == MovedBy::Kernel || self.set == Some(on) {
            return Ok(());
        }
        self.write("brightness", &if on { self.max } else { 0 }.to_string())?;
        self.set = Some(on);
        Ok(())
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
        write(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}

fn read(folder: &Path, file: &str) -> Result<String, String> {
    let path = folder.join(file);
    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

/// The LEDs of the kernel's LED class, in alphabetical order.
pub(super) fn names(classes: &Path) -> Vec<String> {
    let entries = fs::read_dir(classes).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// A rhythm as the kernel's `pattern` trigger reads it: brightness and milliseconds in turns. It moves evenly from one
/// brightness to the next; a second entry of no length makes that a step.
fn pattern(rhythm: Rhythm, max: u64) -> String {
    let steps: Vec<(u64, u64)> = if rhythm.fades() && max >= FADES_FROM {
        let fade = rhythm.keyframes().iter();
        return joined(fade.map(|(level, lasts)| (u64::from(*level) * max / 255, u64::from(*lasts))));
    } else if rhythm.fades() {
        on_off::switches(rhythm).into_iter().map(|(on, lasts)| (if on { max } else { 0 }, lasts)).collect()
    } else {
        rhythm
            .keyframes()
            .iter()
            .map(|(level, lasts)| (u64::from(*level) * max / 255, u64::from(*lasts)))
            .collect()
    };
    joined(steps.into_iter().flat_map(|(level, lasts)| [(level, lasts), (level, 0)]))
}

fn joined(steps: impl Iterator<Item = (u64, u64)>) -> String {
    steps.map(|(level, lasts)| format!("{level} {lasts}")).collect::<Vec<_>>().join(" ")
}

/// With fewer levels a fade is a staircase; a blink is honest.
const FADES_FROM: u64 = 8;

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;
    use std::convert::Infallible;
    use std::rc::Rc;

    use embedded_hal::digital::ErrorType;

    use super::*;

    /// A line that writes down what it was set to.
    #[derive(Clone, Debug, Default)]
    pub(in crate::board::linux) struct Recorded(pub(in crate::board::linux) Rc<RefCell<Vec<bool>>>);

    impl ErrorType for Recorded {
        type Error = Infallible;
    }

    impl OutputPin for Recorded {
        fn set_low(&mut self) -> Result<(), Infallible> {
            self.0.borrow_mut().push(false);
            Ok(())
        }

        fn set_high(&mut self) -> Result<(), Infallible> {
            self.0.borrow_mut().push(true);
            Ok(())
        }
    }

    const RED: Rgb = Rgb::new(255, 0, 0);

    #[test]
    fn a_line_is_written_only_when_it_changes_and_exactly_in_time() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        let at = Instant::from_millis;
        led.show(at(100), Look::new(RED, Rhythm::Blink)).unwrap();
        for _ in 0..3 {
            led.step(at(300)).unwrap();
        }
        assert_eq!(led.next_change(at(300)), Some(at(600)));
        led.step(at(600)).unwrap();
        led.step(at(1100)).unwrap();
        led.show(at(1200), Look::new(RED, Rhythm::Steady)).unwrap();
        assert_eq!(led.next_change(at(1200)), None);
        led.show(at(1300), Look::OFF).unwrap();
        assert_eq!(*pin.0.borrow(), [true, false, true, false]);
    }

    #[test]
    fn three_lines_make_a_colour() {
        let pins = [(); 3].map(|()| Recorded::default());
        let mut led = Led::new(Drive::Rgb(pins.clone().map(Pin::new)));
        led.show(Instant::START, Look::new(Rgb::new(255, 90, 0), Rhythm::Steady)).unwrap();
        let levels = || pins.each_ref().map(|pin| *pin.0.borrow().last().unwrap());
        assert_eq!(levels(), [true, true, false]);
        led.show(Instant::START, Look::new(Rgb::new(0, 30, 200), Rhythm::Steady)).unwrap();
        assert_eq!(levels(), [false, false, true]);
        led.show(Instant::START, Look::OFF).unwrap();
        assert_eq!(levels(), [false; 3]);
        assert_eq!(channels(Rgb::new(200, 200, 200)), [true; 3]);
    }

    #[test]
    fn a_rhythm_without_a_colour_is_dark_and_still() {
        let pin = Recorded::default();
        let mut led = Led::new(Drive::Mono(Pin::new(pin.clone())));
        led.show(Instant::START, Look::new(Rgb::OFF, Rhythm::Blink)).unwrap();
        assert_eq!(led.next_change(Instant::START), None);
        assert_eq!(*pin.0.borrow(), [false]);
    }

    /// A directory like one below `/sys/class/leds`.
    fn class(triggers: &str, max: &str) -> (tempfile::TempDir, Led<Recorded>) {
        let classes = tempfile::tempdir().unwrap();
        let folder = classes.path().join("ACT");
        fs::create_dir(&folder).unwrap();
        for (file, text) in [("trigger", triggers), ("max_brightness", max)] {
            fs::write(folder.join(file), text).unwrap();
        }
        for file in ["brightness", "pattern", "repeat", "delay_on", "delay_off"] {
            fs::write(folder.join(file), "").unwrap();
        }
        let class = Class::open(classes.path(), "ACT").unwrap();
        // A plain file does not keep the list, as the kernel's does.
        fs::write(folder.join("trigger"), triggers).unwrap();
        fs::write(folder.join("brightness"), "").unwrap();
        (classes, Led::new(Drive::Class(class)))
    }

    /// What a file holds. Plain files keep old octets behind shorter new ones, so they are emptied after each look.
    fn taken(classes: &tempfile::TempDir, file: &str) -> String {
        let path = classes.path().join("ACT").join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, "").unwrap();
        text
    }

    #[test]
    fn steady_light_is_brightness_alone() {
        let (classes, mut led) = class("[none] timer pattern", "255\n");
        led.show(Instant::START, Look::new(RED, Rhythm::Steady)).unwrap();
        assert_eq!(taken(&classes, "brightness"), "255");
        led.show(Instant::START, Look::OFF).unwrap();
        assert_eq!(taken(&classes, "brightness"), "0");
    }

    #[test]
    fn the_kernel_moves_what_it_can_and_nothing_wakes_up() {
        let (classes, mut led) = class("[none] timer pattern", "255");
        led.show(Instant::START, Look::new(RED, Rhythm::DoubleBlink)).unwrap();
        assert_eq!(taken(&classes, "pattern"), "255 150 255 0 0 200 0 0 255 150 255 0 0 1000 0 0");
        assert_eq!(taken(&classes, "repeat"), "-1");
        assert!(taken(&classes, "trigger").starts_with("pattern"));
        assert_eq!(led.next_change(Instant::START), None);
        let (classes, mut led) = class("[none] timer", "255");
        led.show(Instant::START, Look::new(RED, Rhythm::SlowBlink)).unwrap();
        assert!(taken(&classes, "trigger").starts_with("timer"));
        assert_eq!([taken(&classes, "delay_on"), taken(&classes, "delay_off")], ["1000", "2000"]);
        assert_eq!(led.next_change(Instant::START), None);
    }

    #[test]
    fn a_rhythm_beyond_the_timer_trigger_is_ours() {
        let (classes, mut led) = class("[none] timer", "255");
        led.show(Instant::START, Look::new(RED, Rhythm::DoubleBlink)).unwrap();
        assert_eq!(taken(&classes, "delay_on"), "");
        assert_eq!(led.next_change(Instant::START), Some(Instant::from_millis(150)));
    }

    #[test]
    fn without_a_trigger_the_program_blinks() {
        let (classes, mut led) = class("[none] mmc0", "1");
        led.show(Instant::START, Look::new(RED, Rhythm::Blink)).unwrap();
        assert_eq!(led.next_change(Instant::START), Some(Instant::from_millis(500)));
        taken(&classes, "brightness");
        led.step(Instant::from_millis(500)).unwrap();
        assert_eq!(taken(&classes, "brightness"), "0");
    }

    #[test]
    fn a_fade_is_a_fade_where_there_are_levels_and_a_blink_where_there_are_none() {
        assert_eq!(pattern(Rhythm::Breathe, 255), "20 2000 255 2000");
        let blink = pattern(Rhythm::Breathe, 1);
        assert!(blink.starts_with("1 ") && blink.split(' ').count() == 8, "{blink}");
    }

    #[test]
    fn a_led_that_is_not_there_is_told_with_those_that_are() {
        let (classes, _) = class("none", "1");
        let error = Class::open(classes.path(), "PWR").unwrap_err();
        assert!(error.ends_with("PWR; this machine has ACT"), "{error}");
    }
}

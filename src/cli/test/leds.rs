//! Every LED in turn, by its name and in its colours; then all of them in every rhythm.
//!
//! Does not know how a LED is driven, only whether it has colours.

use super::play::{Next, Tested};
use super::{Act, Stage};
use crate::board::Part;
use crate::board::files::{self, Wires};
use crate::frame::{Look, Rgb, Rhythm};
use crate::time::{Duration, Instant};

/// A LED.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lamp {
    pub(super) name: String,
    /// Its name and where it hangs.
    told: String,
    colours: &'static [(&'static str, Rgb)],
}

impl Lamp {
    /// A LED of a board file.
    pub(super) fn of(led: &files::Led) -> Self {
        let (place, colours): (String, &[_]) = match &led.wires {
            Wires::Mono(line) => (line.to_string(), ON),
            Wires::Rgb([red, green, blue]) => (format!("{red}, {green}, {blue}"), COLOURS),
            Wires::Signal([red, amber, green]) => (format!("{red}, {amber}, {green}"), SIGNALS),
            Wires::Class(name) => (format!("class:{name}"), if has_colours(name) { COLOURS } else { ON }),
            Wires::Pixels(pixels) => {
                (format!("pixels {} to {}", pixels.start, pixels.end.saturating_sub(1)), COLOURS)
            }
        };
        Self { name: led.name.clone(), told: format!("{} ({place})", led.name), colours }
    }

    /// A LED on a screen.
    pub(super) fn simulated(name: String) -> Self {
        Self { told: name.clone(), name, colours: COLOURS }
    }

    /// The part of the board that it is.
    pub(super) fn tested(&self, place: usize) -> Tested {
        Tested { part: Part::Led(place), name: self.name.clone(), told: self.told.clone() }
    }
}

#[cfg(feature = "hardware")]
fn has_colours(class: &str) -> bool {
    let leds = crate::board::linux::survey::class_leds();
    leds.iter().any(|led| led.name == class && !led.colours.is_empty())
}

#[cfg(not(feature = "hardware"))]
fn has_colours(_: &str) -> bool {
    false
}

/// The whole test.
#[derive(Debug)]
pub(super) struct Script {
    names: Vec<String>,
    steps: std::vec::IntoIter<Step>,
    /// The one that is seen now, until it was told.
    untold: Option<Step>,
    until: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// The only LED that is lit, by its place; none if all of them are.
    alone: Option<usize>,
    told: String,
    looks: Vec<Look>,
    lasts: Duration,
}

impl Script {
    pub(super) fn new(lamps: &[Lamp]) -> Self {
        let alone = lamps.iter().enumerate().flat_map(|(place, lamp)| {
            lamp.colours.iter().map(move |(word, rgb)| {
                let mut looks = vec![Look::OFF; lamps.len()];
                looks.iter_mut().skip(place).take(1).for_each(|look| *look = Look::new(*rgb, Rhythm::Steady));
                Step { alone: Some(place), told: format!("{}: {word}", lamp.told), looks, lasts: ALONE }
            })
        });
        let together = Rhythm::ALL.into_iter().filter_map(|rhythm| {
            let told = format!("{rhythm}: {}", described(rhythm)?);
            Some(Step {
                alone: None,
                told,
                looks: vec![Look::new(WHITE, rhythm); lamps.len()],
                lasts: long(rhythm),
            })
        });
        let steps: Vec<Step> = alone.chain(together).collect();
        let names = lamps.iter().map(|lamp| lamp.name.clone()).collect();
        Self { names, steps: steps.into_iter(), untold: None, until: Instant::START }
    }
}

impl Act for Script {
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
        if now >= self.until {
            // Nobody waits for light from what is missing.
            let is_seen = |step: &Step| step.alone.is_none_or(|place| !stage.is_missing(place));
            let Some(step) = self.steps.find(is_seen) else { return Next::Over };
            stage.frame.leds = step.looks.iter().copied().collect();
            self.until = now + step.lasts;
            self.untold = Some(step);
        }
        Next::At(self.until)
    }

    /// A LED that turned out to be missing when it was to be lit is not said to be lit.
    fn shown(&mut self, stage: &mut Stage) {
        let Some(step) = self.untold.take() else { return };
        match step.alone {
            Some(place) if stage.is_missing(place) => {}
            Some(_) => stage.lines.push(step.told),
            None => {
                let names = self.names.iter().enumerate();
                let dark = names.filter(|(place, _)| stage.is_missing(*place)).map(|(_, name)| name.as_str());
                let dark: Vec<&str> = dark.collect();
                let but = if dark.is_empty() { String::new() } else { format!(" but {}", dark.join(", ")) };
                stage.lines.push(format!("all{but}: {}", step.told));
            }
        }
    }
}

/// A whole period, and two seconds at least.
fn long(rhythm: Rhythm) -> Duration {
    Duration::from_millis(rhythm.period_ms()).max(SHORTEST)
}

/// What should be seen of a rhythm; nothing is said of those that do not move.
const fn described(rhythm: Rhythm) -> Option<&'static str> {
    Some(match rhythm {
        Rhythm::Steady | Rhythm::Off => return None,
        Rhythm::Blink => "half a second on, half a second off",
        Rhythm::SlowBlink => "one second on, two off",
        Rhythm::DoubleBlink => "two flashes, a pause",
        Rhythm::TripleBlink => "three flashes, a long pause",
        Rhythm::Breathe => "swells and fades; on and off where it can't be dimmed",
        Rhythm::Heartbeat => "like a pulse",
        Rhythm::Flutter => "three flashes a second",
    })
}

const WHITE: Rgb = Rgb::new(255, 255, 255);
const ON: &[(&str, Rgb)] = &[("on", WHITE)];
const COLOURS: &[(&str, Rgb)] = &[
    ("red", Rgb::new(255, 0, 0)),
    ("green", Rgb::new(0, 255, 0)),
    ("blue", Rgb::new(0, 0, 255)),
    ("white", WHITE),
];
const SIGNALS: &[(&str, Rgb)] =
    &[("red", Rgb::new(255, 0, 0)), ("amber", Rgb::new(255, 160, 0)), ("green", Rgb::new(0, 255, 0))];
/// How long one LED shows one colour.
const ALONE: Duration = Duration::from_millis(1500);
const SHORTEST: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::BoardFile;

    /// Everything said, with the looks at that moment and when it was.
    fn played(lamps: &[Lamp]) -> Vec<(u64, String, Vec<Look>)> {
        let (mut script, mut stage, mut now) = (Script::new(lamps), Stage::default(), Instant::START);
        let mut seen = Vec::new();
        while let Next::At(at) = script.act(now, &mut stage) {
            assert!(stage.lines.is_empty(), "said before it is shown");
            script.shown(&mut stage);
            let told = stage.lines.pop().unwrap();
            seen.push((now.as_millis(), told, stage.frame.leds.to_vec()));
            assert_eq!(script.act(now, &mut stage), Next::At(at));
            script.shown(&mut stage);
            assert!(stage.lines.is_empty(), "said twice");
            now = at;
        }
        seen
    }

    #[test]
    fn a_led_that_is_missing_is_passed_over_and_never_said_to_be_lit() {
        let lamps = ["desk", "team", "rgb"].map(|name| Lamp::simulated(name.into()));
        let (mut script, mut now) = (Script::new(&lamps), Instant::START);
        let mut stage = Stage { missing: vec![true, false, false], ..Stage::default() };
        let mut told = Vec::new();
        while let Next::At(at) = script.act(now, &mut stage) {
            // It is found out when it is to be lit for the second time.
            if told.len() == 5 {
                stage.missing[2] = true;
            }
            script.shown(&mut stage);
            told.append(&mut stage.lines);
            now = at;
        }
        let colours =
            |name: &str, words: &[&str]| words.iter().map(|word| format!("{name}: {word}")).collect();
        let alone: [Vec<String>; 2] =
            [colours("team", &["red", "green", "blue", "white"]), colours("rgb", &["red"])];
        assert_eq!(told[..5], alone.concat());
        assert_eq!(told[5], "all but desk, rgb: blink: half a second on, half a second off");
    }

    #[test]
    fn each_led_is_lit_alone_by_its_name_and_then_every_rhythm_is_seen_once() {
        let board = BoardFile::parse(
            "[leds.desk]\nline = 'GPIO17'\n[leds.rgb]\nred = 'GPIO22'\ngreen = 'GPIO23'\nblue = 'GPIO24'\n",
        )
        .unwrap();
        let lamps: Vec<Lamp> = board.leds.iter().map(Lamp::of).collect();
        let seen = played(&lamps);
        let told: Vec<&str> = seen.iter().map(|(_, told, _)| told.as_str()).collect();
        assert_eq!(
            told[..6],
            [
                "desk (GPIO17): on",
                "rgb (GPIO22, GPIO23, GPIO24): red",
                "rgb (GPIO22, GPIO23, GPIO24): green",
                "rgb (GPIO22, GPIO23, GPIO24): blue",
                "rgb (GPIO22, GPIO23, GPIO24): white",
                "all: blink: half a second on, half a second off",
            ]
        );
        let lit = |looks: &[Look]| looks.iter().map(|look| *look != Look::OFF).collect::<Vec<bool>>();
        assert_eq!(lit(&seen[0].2), [true, false]);
        assert!(seen[1..5].iter().all(|(_, _, looks)| lit(looks) == [false, true]));
        assert_eq!(seen[2].2[1], Look::new(Rgb::new(0, 255, 0), Rhythm::Steady));
        let rhythms: Vec<Rhythm> = seen[5..].iter().map(|(_, _, looks)| looks[0].rhythm).collect();
        let moving: Vec<Rhythm> =
            Rhythm::ALL.into_iter().filter(|rhythm| rhythm.keyframes().len() > 1).collect();
        assert_eq!(rhythms, moving);
        assert!(seen.last().unwrap().0 < 30_000, "nobody looks at a lamp for longer");
    }
}

//! Every LED in turn, by its name and in its colours; then all of them in every rhythm.
//!
//! Does not know how a LED is driven, only whether it has colours.

use super::{Act, Stage, play::Next};
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
    steps: std::vec::IntoIter<Step>,
    until: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
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
                Step { told: format!("{}: {word}", lamp.told), looks, lasts: ALONE }
            })
        });
        let together = Rhythm::ALL.into_iter().filter_map(|rhythm| {
            let told = format!("all: {rhythm}: {}", described(rhythm)?);
            Some(Step { told, looks: vec![Look::new(WHITE, rhythm); lamps.len()], lasts: long(rhythm) })
        });
        let steps: Vec<Step> = alone.chain(together).collect();
        Self { steps: steps.into_iter(), until: Instant::START }
    }
}

impl Act for Script {
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
        if now >= self.until {
            let Some(step) = self.steps.next() else { return Next::Over };
            stage.lines.push(step.told);
            stage.frame.leds = step.looks.into_iter().collect();
            self.until = now + step.lasts;
        }
        Next::At(self.until)
    }
}

/// A whole period, and two seconds at least.
fn long(rhythm: Rhythm) -> Duration {
    let period: u64 = rhythm.keyframes().iter().map(|(_, lasts)| u64::from(*lasts)).sum();
    Duration::from_millis(period).max(SHORTEST)
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
            let told = stage.lines.pop().unwrap();
            seen.push((now.as_millis(), told, stage.frame.leds.to_vec()));
            assert_eq!((script.act(now, &mut stage), stage.lines.len()), (Next::At(at), 0), "said twice");
            now = at;
        }
        seen
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

//! What a board shows: lights with a colour and a rhythm, and rows of text. Network-neutral and pixel-free: a frame knows
//! rows and columns; pixels are made in `board/`.

use core::fmt;

use heapless::{String, Vec};

use crate::limits::{LEDS_MAX, ROW_MAX, ROWS_MAX};

/// A colour, 8 bits a channel, as it would be on a screen. Boards correct for their LEDs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

impl Rgb {
    /// No light.
    pub const OFF: Self = Self::new(0, 0, 0);

    /// The colour of three channels.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }
}

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

/// How a light moves. No rhythm flashes faster than three times a second (WCAG 2.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rhythm {
    /// On.
    Steady,
    /// Dark, whatever the colour.
    #[default]
    Off,
    /// Half a second on, half a second off.
    Blink,
    /// A second on, two off.
    SlowBlink,
    /// Two short flashes, a pause.
    DoubleBlink,
    /// Three short flashes, a long pause.
    TripleBlink,
    /// Swells and fades in four seconds.
    Breathe,
    /// Two quick swells, a rest: like a pulse.
    Heartbeat,
    /// Flashes three times a second.
    Flutter,
}

impl Rhythm {
    /// Every rhythm, in the order of error texts and `list`.
    pub const ALL: [Self; 9] = [
        Self::Steady,
        Self::Off,
        Self::Blink,
        Self::SlowBlink,
        Self::DoubleBlink,
        Self::TripleBlink,
        Self::Breathe,
        Self::Heartbeat,
        Self::Flutter,
    ];

    /// The word of configuration and headless lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Off => "off",
            Self::Blink => "blink",
            Self::SlowBlink => "slow-blink",
            Self::DoubleBlink => "double-blink",
            Self::TripleBlink => "triple-blink",
            Self::Breathe => "breathe",
            Self::Heartbeat => "heartbeat",
            Self::Flutter => "flutter",
        }
    }

    /// The rhythm as keyframes: brightness (0 to 255) and how long it lasts in milliseconds, repeated for ever.
    /// Between two keyframes of a fading rhythm ([`Rhythm::fades`]) brightness moves evenly; otherwise it steps.
    #[must_use]
    pub const fn keyframes(self) -> &'static [(u8, u16)] {
        match self {
            Self::Steady => &[(255, 1000)],
            Self::Off => &[(0, 1000)],
            Self::Blink => &[(255, 500), (0, 500)],
            Self::SlowBlink => &[(255, 1000), (0, 2000)],
            Self::DoubleBlink => &[(255, 150), (0, 200), (255, 150), (0, 1000)],
            Self::TripleBlink => &[(255, 150), (0, 200), (255, 150), (0, 200), (255, 150), (0, 3000)],
            Self::Breathe => &[(20, 2000), (255, 2000)],
            Self::Heartbeat => &[(40, 150), (255, 200), (40, 200), (255, 200), (40, 1250)],
            Self::Flutter => &[(255, 170), (0, 170)],
        }
    }

    /// Whether brightness moves evenly between keyframes instead of stepping.
    #[must_use]
    pub const fn fades(self) -> bool {
        matches!(self, Self::Breathe | Self::Heartbeat)
    }

    /// The brightness, 0 to 255, `ms` milliseconds after the rhythm began.
    #[must_use]
    pub fn brightness_at(self, ms: u64) -> u8 {
        let frames = self.keyframes();
        let mut into = ms % self.period_ms();
        for (index, &(level, lasts)) in frames.iter().enumerate() {
            let lasts = u64::from(lasts);
            if into < lasts {
                let next = frames.get(index + 1).or(frames.first()).map_or(level, |frame| frame.0);
                return if self.fades() { between(level, next, into, lasts) } else { level };
            }
            into -= lasts;
        }
        0
    }

    /// Milliseconds after which it starts over; at least 1.
    #[must_use]
    pub fn period_ms(self) -> u64 {
        self.keyframes().iter().map(|(_, lasts)| u64::from(*lasts)).sum::<u64>().max(1)
    }

    /// Milliseconds from `ms` after the rhythm began until its brightness changes: the next keyframe, or the next small
    /// step of one that fades. `None` means it never does, and nothing needs to wake up.
    #[must_use]
    pub fn next_change(self, ms: u64) -> Option<u64> {
        let frames = self.keyframes();
        if frames.len() < 2 {
            return None;
        }
        if self.fades() {
            return Some(FADE_STEP_MS);
        }
        let mut left = ms % self.period_ms();
        for (_, lasts) in frames {
            let lasts = u64::from(*lasts);
            if left < lasts {
                return Some(lasts - left);
            }
            left -= lasts;
        }
        None
    }
}

/// `done` of `whole` parts of the way from one level to another.
fn between(from: u8, to: u8, done: u64, whole: u64) -> u8 {
    let (low, high) = (u64::from(from), u64::from(to));
    let level = (low * (whole - done) + high * done) / whole.max(1);
    u8::try_from(level).unwrap_or(u8::MAX)
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One LED's look. A light that is off has no colour, so two dark lights are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Look {
    /// Its colour.
    pub rgb: Rgb,
    /// How it moves.
    pub rhythm: Rhythm,
}

impl Look {
    /// Dark.
    pub const OFF: Self = Self { rgb: Rgb::OFF, rhythm: Rhythm::Off };

    /// A colour with a rhythm.
    #[must_use]
    pub const fn new(rgb: Rgb, rhythm: Rhythm) -> Self {
        Self { rgb, rhythm }
    }
}

/// How a display arranges the rows of a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// The first row is a heading, the rest are a list: contacts and what they do.
    #[default]
    List,
    /// The first row is a sender, the rest their words.
    Message,
    /// The first row is a question, the second the answer chosen now, the rest hints: the reply menu.
    Menu,
    /// A few rows in the middle: a link's state, an error.
    Notice,
    /// The same, and a line along every edge: a test card.
    Card,
}

/// What a display shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// How the rows are arranged.
    pub layout: Layout,
    /// Rows of text, top down, already free of characters that must not be shown. Boards cut what is too wide.
    pub rows: Vec<String<ROW_MAX>, ROWS_MAX>,
    /// Whether the display is on; an OLED that shows nothing lives longer.
    pub lit: bool,
}

/// Everything a board shows, whole. Two equal frames look the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The LEDs, in the order of the configuration's LED names.
    pub leds: Vec<Look, LEDS_MAX>,
    /// The display.
    pub screen: Screen,
}

/// Twenty steps a second look like none.
const FADE_STEP_MS: u64 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_that_does_not_move_never_wakes_anybody() {
        assert_eq!(Rhythm::Steady.next_change(12_345), None);
        assert_eq!(Rhythm::Off.next_change(0), None);
    }

    #[test]
    fn a_blink_wakes_exactly_when_the_brightness_steps() {
        for rhythm in Rhythm::ALL.into_iter().filter(|rhythm| !rhythm.fades()) {
            let mut at = 0;
            for _ in 0..20 {
                let Some(step) = rhythm.next_change(at) else { break };
                for ms in at..at + step {
                    assert_eq!(rhythm.brightness_at(ms), rhythm.brightness_at(at), "{rhythm} at {ms}");
                }
                at += step;
            }
        }
    }

    #[test]
    fn a_fading_light_moves_twenty_times_a_second() {
        assert_eq!(Rhythm::Breathe.next_change(1999), Some(50));
        assert_eq!(Rhythm::Heartbeat.next_change(7), Some(50));
    }
}

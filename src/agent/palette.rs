//! How every state looks: colour and rhythm.
//!
//! It does not know which state holds. Rhythms are the same in every palette, so whoever has learnt them can read any
//! light, in any colour and without; palettes differ in hues. On one light, states that call for different behaviour
//! (at the keyboard, busy, away, gone, unknown, somebody wrote, the link is down) never share a rhythm.

use crate::frame::{Look, Rgb, Rhythm};
use crate::presence::{LinkState, Presence, Status};

/// How every state looks: `[presence]`, message waiting, link states. See [`Palette::MSN`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// By presence, in the order of [`Presence`].
    pub presence: [Look; 9],
    /// Our own status invisible.
    pub invisible: Look,
    /// Messages wait.
    pub waiting: Look,
    /// Mail waits.
    pub mail: Look,
    /// A nudge, for two seconds.
    pub nudge: Look,
    /// A reply was delivered, for a second.
    pub delivered: Look,
    /// A reply failed or is unsure, for three seconds.
    pub failed: Look,
    /// By link state, in the order of [`LinkState`]; the look of `Online` is for lights with `link` only.
    pub link: [Look; 10],
}

impl Default for Palette {
    fn default() -> Self {
        Self::MSN
    }
}

impl Palette {
    /// Green, amber, red, as MSN Messenger's own icons; blue and magenta for the link.
    pub const MSN: Self = Self::of(&Hues {
        presence: [
            Rgb::new(0, 255, 0),
            Rgb::new(255, 90, 0),
            Rgb::new(255, 0, 0),
            Rgb::new(90, 32, 0),
            Rgb::new(255, 120, 0),
            Rgb::new(255, 0, 60),
            Rgb::new(200, 50, 0),
            Rgb::OFF,
            Rgb::new(40, 40, 40),
        ],
        invisible: Rgb::new(60, 60, 60),
        waiting: Rgb::new(0, 255, 255),
        mail: Rgb::new(255, 200, 80),
        nudge: Rgb::new(255, 255, 255),
        delivered: Rgb::new(120, 255, 120),
        failed: Rgb::new(255, 40, 0),
        link: LINK_HUES,
    });

    /// Green, yellow, red, purple, as office programs paint them.
    pub const TEAMS: Self = Self::of(&Hues {
        presence: [
            Rgb::new(0, 255, 64),
            Rgb::new(255, 200, 0),
            Rgb::new(220, 0, 0),
            Rgb::new(90, 70, 0),
            Rgb::new(255, 230, 0),
            Rgb::new(176, 60, 222),
            Rgb::new(200, 150, 0),
            Rgb::OFF,
            Rgb::new(40, 40, 40),
        ],
        invisible: Rgb::new(60, 60, 60),
        waiting: Rgb::new(120, 80, 255),
        mail: Rgb::new(255, 200, 80),
        nudge: Rgb::new(255, 255, 255),
        delivered: Rgb::new(120, 255, 120),
        failed: Rgb::new(255, 40, 0),
        link: LINK_HUES,
    });

    /// Blue, yellow, vermilion: hues that stay apart without red or green vision.
    pub const CVD: Self = Self::of(&Hues {
        presence: [
            Rgb::new(0, 90, 255),
            Rgb::new(255, 220, 0),
            Rgb::new(255, 70, 0),
            Rgb::new(90, 78, 0),
            Rgb::new(255, 235, 80),
            Rgb::new(170, 40, 0),
            Rgb::new(180, 150, 0),
            Rgb::OFF,
            Rgb::new(40, 40, 40),
        ],
        invisible: Rgb::new(60, 60, 60),
        waiting: Rgb::new(255, 255, 255),
        mail: Rgb::new(255, 220, 120),
        nudge: Rgb::new(200, 220, 255),
        delivered: Rgb::new(150, 190, 255),
        failed: Rgb::new(255, 90, 0),
        link: [
            Rgb::new(60, 60, 60),
            Rgb::new(0, 60, 160),
            Rgb::new(0, 120, 255),
            Rgb::new(0, 30, 80),
            Rgb::new(90, 90, 110),
            Rgb::new(0, 60, 255),
            Rgb::new(80, 60, 200),
            Rgb::new(255, 60, 0),
            Rgb::new(50, 50, 70),
            Rgb::OFF,
        ],
    });

    /// White only, for lights of one colour: rhythm first, brightness where a rhythm is shared.
    pub const MONO: Self = Self::of(&Hues {
        presence: [
            grey(255),
            grey(255),
            grey(255),
            grey(90),
            grey(210),
            grey(160),
            grey(170),
            Rgb::OFF,
            grey(60),
        ],
        invisible: grey(60),
        waiting: grey(255),
        mail: grey(255),
        nudge: grey(255),
        delivered: grey(255),
        failed: grey(160),
        link: [
            grey(50),
            grey(130),
            grey(160),
            grey(90),
            grey(140),
            grey(255),
            grey(140),
            grey(210),
            grey(70),
            Rgb::OFF,
        ],
    });

    /// The words of configuration, in the order of error texts.
    pub const NAMES: [&'static str; 4] = ["msn", "teams", "cvd", "mono"];

    /// The palette of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "msn" => Self::MSN,
            "teams" => Self::TEAMS,
            "cvd" => Self::CVD,
            "mono" => Self::MONO,
            _ => return None,
        })
    }

    /// Hues with the rhythms every palette shares.
    const fn of(hues: &Hues) -> Self {
        use Rhythm::{Blink, Breathe, DoubleBlink, Flutter, Heartbeat, Off, SlowBlink, Steady, TripleBlink};
        let [online, away, busy, idle, brb, phone, lunch, offline, unknown] = hues.presence;
        let [starting, connecting, signing_in, up, stale, lost, elsewhere, refused, stopping, stopped] =
            hues.link;
        Self {
            presence: [
                Look::new(online, Steady),
                Look::new(away, Breathe),
                Look::new(busy, Heartbeat),
                Look::new(idle, Breathe),
                Look::new(brb, Breathe),
                Look::new(phone, Heartbeat),
                Look::new(lunch, Breathe),
                Look::new(offline, Off),
                Look::new(unknown, SlowBlink),
            ],
            invisible: Look::new(hues.invisible, TripleBlink),
            waiting: Look::new(hues.waiting, DoubleBlink),
            mail: Look::new(hues.mail, TripleBlink),
            nudge: Look::new(hues.nudge, Flutter),
            delivered: Look::new(hues.delivered, Blink),
            failed: Look::new(hues.failed, TripleBlink),
            link: [
                Look::new(starting, Breathe),
                Look::new(connecting, Breathe),
                Look::new(signing_in, Blink),
                Look::new(up, Steady),
                Look::new(stale, SlowBlink),
                Look::new(lost, SlowBlink),
                Look::new(elsewhere, DoubleBlink),
                Look::new(refused, TripleBlink),
                Look::new(stopping, Blink),
                Look::new(stopped, Off),
            ],
        }
    }

    /// The look of a presence.
    #[must_use]
    pub fn of_presence(&self, presence: Presence) -> Look {
        self.presence.get(presence as usize).copied().unwrap_or(Look::OFF)
    }

    /// The look of our own status.
    #[must_use]
    pub fn of_status(&self, status: Status) -> Look {
        status.presence().map_or(self.invisible, |presence| self.of_presence(presence))
    }

    /// The look of a link state.
    #[must_use]
    pub fn of_link(&self, state: LinkState) -> Look {
        self.link.get(state as usize).copied().unwrap_or(Look::OFF)
    }
}

/// The colours of a palette, in the order of [`Palette`]'s fields.
struct Hues {
    presence: [Rgb; 9],
    invisible: Rgb,
    waiting: Rgb,
    mail: Rgb,
    nudge: Rgb,
    delivered: Rgb,
    failed: Rgb,
    link: [Rgb; 10],
}

/// Blue while it comes and goes, magenta when the account is used elsewhere, red when it was refused.
const LINK_HUES: [Rgb; 10] = [
    Rgb::new(60, 60, 60),
    Rgb::new(0, 0, 255),
    Rgb::new(0, 60, 255),
    Rgb::new(0, 60, 20),
    Rgb::new(70, 70, 90),
    Rgb::new(0, 0, 255),
    Rgb::new(255, 0, 255),
    Rgb::new(255, 0, 0),
    Rgb::new(60, 60, 60),
    Rgb::OFF,
];

const fn grey(level: u8) -> Rgb {
    Rgb::new(level, level, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, Palette); 4] =
        [("msn", Palette::MSN), ("teams", Palette::TEAMS), ("cvd", Palette::CVD), ("mono", Palette::MONO)];

    /// Every look but that of `stopped`, which is darkness like that of `offline`: nothing is shown any more.
    fn looks(palette: &Palette) -> Vec<Look> {
        let single = [
            palette.invisible,
            palette.waiting,
            palette.mail,
            palette.nudge,
            palette.delivered,
            palette.failed,
        ];
        palette.presence.iter().chain(&single).chain(&palette.link[..9]).copied().collect()
    }

    #[test]
    fn no_two_states_look_the_same_in_any_palette() {
        for (name, palette) in ALL {
            let looks = looks(&palette);
            for (index, look) in looks.iter().enumerate() {
                assert!(!looks[..index].contains(look), "{name}: {look:?} twice");
            }
        }
    }

    #[test]
    fn mono_has_no_hue_and_tells_every_state_apart_by_rhythm_and_brightness() {
        for look in looks(&Palette::MONO) {
            assert!(look.rgb.red == look.rgb.green && look.rgb.green == look.rgb.blue);
        }
    }

    #[test]
    fn what_calls_for_another_behaviour_has_another_rhythm() {
        use Presence::{Away, Busy, Offline, Online, Unknown};
        for (name, palette) in ALL {
            let mut rhythms: Vec<Rhythm> =
                [Online, Away, Busy, Offline, Unknown].map(|p| palette.of_presence(p).rhythm).into();
            rhythms.extend(
                [palette.waiting, palette.nudge, palette.delivered, palette.failed].map(|l| l.rhythm),
            );
            for (index, rhythm) in rhythms.iter().enumerate() {
                assert!(!rhythms[..index].contains(rhythm), "{name}: {rhythm} twice");
            }
        }
    }

    #[test]
    fn rhythms_are_the_same_in_every_palette() {
        let rhythms = |palette: &Palette| looks(palette).iter().map(|look| look.rhythm).collect::<Vec<_>>();
        for (name, palette) in ALL {
            assert_eq!(rhythms(&palette), rhythms(&Palette::MSN), "{name}");
        }
    }

    /// Deuteranopia and protanopia leave blue against the sum of red and green, and brightness.
    #[test]
    fn without_red_green_vision_the_presences_of_cvd_stay_apart() {
        let seen = |rgb: Rgb| {
            let (red, green, blue) = (i32::from(rgb.red), i32::from(rgb.green), i32::from(rgb.blue));
            ((red + green) / 2 - blue, (red + 2 * green + blue) / 4)
        };
        use Presence::{Away, Busy, Online};
        let sights = [Online, Away, Busy].map(|p| seen(Palette::CVD.of_presence(p).rgb));
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let apart = (sights[a].0 - sights[b].0).abs() + (sights[a].1 - sights[b].1).abs();
            assert!(apart > 80, "{apart}");
        }
    }

    #[test]
    fn every_name_is_a_palette() {
        for name in Palette::NAMES {
            let known = ALL.iter().find(|(other, _)| *other == name).map(|(_, palette)| palette.clone());
            assert_eq!(Palette::named(name), known);
        }
        assert_eq!(Palette::named("sepia"), None);
        assert_eq!(Palette::default(), Palette::MSN);
    }

    #[test]
    fn states_find_their_look() {
        let palette = Palette::MSN;
        assert_eq!(palette.of_presence(Presence::Unknown), palette.presence[8]);
        assert_eq!(palette.of_status(Status::Invisible), palette.invisible);
        assert_eq!(palette.of_status(Status::Busy), palette.presence[2]);
        assert_eq!(palette.of_link(LinkState::Stopped), Look::OFF);
        assert_eq!(palette.of_link(LinkState::Refused), palette.link[7]);
    }
}

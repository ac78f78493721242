//! Colours on LEDs that are not screens: white balance, three lines, a traffic light, dimmable pixels.
//! It does not know what a colour means or what carries it.

use crate::frame::Rgb;

/// What a LED must be given to show a colour, if it needs `white` to look white.
pub(super) fn balanced(colour: Rgb, white: Rgb) -> Rgb {
    // Rounded up, so that a channel of a colour is lost only where there is none.
    let scaled = |channel: u8, most: u8| {
        let level = (u16::from(channel) * u16::from(most)).div_ceil(255);
        u8::try_from(level).unwrap_or(u8::MAX)
    };
    Rgb::new(
        scaled(colour.red, white.red),
        scaled(colour.green, white.green),
        scaled(colour.blue, white.blue),
    )
}

/// Which of three channels are on for a colour, where they can't be dimmed: those with at least a third of the
/// strongest, so that amber, mostly red with a little green, is not taken for red.
pub(super) fn channels(colour: Rgb) -> [bool; 3] {
    let Rgb { red, green, blue } = colour;
    let strongest = u16::from(red.max(green).max(blue));
    [red, green, blue].map(|channel| channel > 0 && u16::from(channel) * 3 >= strongest)
}

/// Which lamps of a traffic light are on for a colour: red, amber, green. The one nearest in hue; all three for white,
/// grey, cyan, blue, purple and magenta, which none of them is like. How bright the colour is does not matter.
pub(super) fn signal(colour: Rgb) -> [bool; 3] {
    if colour == Rgb::OFF {
        return [false; 3];
    }
    match hue(colour) {
        // Amber begins early: on LEDs it is red with a little green, while on a screen it is nearly yellow.
        Some(0..12 | 330..) => [true, false, false],
        Some(12..80) => [false, true, false],
        Some(80..=150) => [false, false, true],
        _ => [true; 3],
    }
}

/// The hue in degrees: red 0, yellow 60, green 120, blue 240. `None` for what is nearer to grey than to any hue.
fn hue(colour: Rgb) -> Option<u16> {
    let Rgb { red, green, blue } = colour;
    let (strongest, weakest) = (red.max(green).max(blue), red.min(green).min(blue));
    let spread = i32::from(strongest - weakest);
    if spread * 2 < i32::from(strongest) || spread == 0 {
        return None;
    }
    let from = |base: i32, more: u8, less: u8| base + 60 * (i32::from(more) - i32::from(less)) / spread;
    let degrees = match strongest {
        _ if strongest == red => from(0, green, blue),
        _ if strongest == green => from(120, blue, red),
        _ => from(240, red, green),
    };
    u16::try_from(degrees.rem_euclid(360)).ok()
}

/// A pixel of an APA102 for a colour that is balanced already, at a brightness of 0 to 255, of which `percent` is the
/// most there may ever be. The five bits of global brightness are as small as the colour allows, so that the eight bits
/// of each channel are as fine as they can be; they don't depend on `level`, so a fade moves only one of the two.
pub(super) fn pixel(colour: Rgb, level: u8, percent: u8) -> [u8; 4] {
    let Rgb { red, green, blue } = colour;
    let strongest = u32::from(red.max(green).max(blue));
    if strongest == 0 || level == 0 {
        return DARK;
    }
    let percent = u32::from(percent.min(100));
    let global = (strongest * percent * GLOBAL_MAX).div_ceil(255 * 100).clamp(1, GLOBAL_MAX);
    let whole = 100 * global * 255;
    let octet = |channel: u8| {
        let parts = u32::from(channel) * percent * GLOBAL_MAX * u32::from(level);
        u8::try_from((parts + whole / 2) / whole).unwrap_or(u8::MAX)
    };
    [HEAD | u8::try_from(global).unwrap_or(0), octet(blue), octet(green), octet(red)]
}

/// What a pixel begins with.
const HEAD: u8 = 0xE0;
/// The most five bits can be.
const GLOBAL_MAX: u32 = 31;
/// A pixel without light.
pub(super) const DARK: [u8; 4] = [HEAD, 0, 0, 0];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::Palette;
    use crate::frame::Look;

    const RED: [bool; 3] = [true, false, false];
    const AMBER: [bool; 3] = [false, true, false];
    const GREEN: [bool; 3] = [false, false, true];
    const NONE: [bool; 3] = [false; 3];
    const ALL: [bool; 3] = [true; 3];

    #[test]
    fn every_state_of_the_default_palette_lights_the_lamp_it_should() {
        let palette = Palette::default();
        let lamps = |look: Look| signal(look.rgb);
        // Online, away, busy, idle, brb, phone, lunch, offline, unknown.
        let presence = [GREEN, AMBER, RED, AMBER, AMBER, RED, AMBER, NONE, ALL];
        assert_eq!(palette.presence.map(lamps), presence);
        // Starting, connecting, signing in, online, stale, lost, elsewhere, refused, stopping, stopped.
        let link = [ALL, ALL, ALL, GREEN, ALL, ALL, ALL, RED, ALL, NONE];
        assert_eq!(palette.link.map(lamps), link);
        assert_eq!([palette.delivered, palette.failed, palette.mail].map(lamps), [GREEN, RED, AMBER]);
        assert_eq!([palette.waiting, palette.nudge, palette.invisible].map(lamps), [ALL; 3]);
    }

    #[test]
    fn what_is_lit_in_any_palette_is_lit_on_a_traffic_light() {
        for name in Palette::NAMES {
            let palette = Palette::named(name).unwrap();
            for look in palette.presence.iter().chain(&palette.link) {
                assert_eq!(signal(look.rgb) == NONE, look.rgb == Rgb::OFF, "{name}: {look:?}");
            }
        }
        let teams = Palette::TEAMS.presence.map(|look| signal(look.rgb));
        assert_eq!(teams, [GREEN, AMBER, RED, AMBER, AMBER, ALL, AMBER, NONE, ALL]);
    }

    #[test]
    fn the_words_for_red_amber_and_green_are_taken_as_they_are_meant() {
        for (rgb, lamps) in [
            (Rgb::new(255, 191, 0), AMBER),
            (Rgb::new(255, 255, 0), AMBER),
            (Rgb::new(255, 40, 40), RED),
            (Rgb::new(0, 1, 0), GREEN),
            (Rgb::new(0, 0, 255), ALL),
            (Rgb::new(255, 0, 255), ALL),
            (Rgb::new(0, 255, 255), ALL),
            (Rgb::new(1, 1, 1), ALL),
        ] {
            assert_eq!(signal(rgb), lamps, "{rgb}");
        }
    }

    #[test]
    fn white_balance_scales_channels_and_keeps_those_there_are() {
        let white = Rgb::new(255, 176, 240);
        assert_eq!(balanced(Rgb::new(255, 255, 255), white), white);
        assert_eq!(balanced(Rgb::new(255, 90, 0), white), Rgb::new(255, 63, 0));
        assert_eq!(balanced(Rgb::new(1, 1, 1), white), Rgb::new(1, 1, 1));
        let plain = Rgb::new(255, 255, 255);
        assert_eq!(balanced(Rgb::new(7, 90, 200), plain), Rgb::new(7, 90, 200));
    }

    #[test]
    fn pixels_are_the_octets_of_the_datasheet() {
        let amber = Rgb::new(255, 90, 0);
        assert_eq!(pixel(amber, 255, 100), [0xFF, 0, 90, 255]);
        assert_eq!(pixel(Rgb::OFF, 255, 100), [0xE0, 0, 0, 0]);
        assert_eq!(pixel(amber, 0, 100), DARK);
        // A tenth of 31 is 3.1: four, and the rest by the channels.
        assert_eq!(pixel(amber, 255, 10), [0xE4, 0, 70, 198]);
        // A dim colour has small global brightness and fine channels.
        assert_eq!(pixel(Rgb::new(40, 40, 40), 255, 100), [0xE5, 248, 248, 248]);
        assert_eq!(pixel(amber, 20, 10), [0xE4, 0, 5, 16]);
    }

    proptest! {
        #[test]
        fn a_pixel_never_exceeds_its_limit_and_is_never_dark_by_rounding(
            red: u8, green: u8, blue: u8, level: u8, percent in 1_u8..=100,
        ) {
            let [head, b, g, r] = pixel(Rgb::new(red, green, blue), level, percent);
            prop_assert_eq!(head & 0xE0, 0xE0);
            for (channel, octet) in [(red, r), (green, g), (blue, b)] {
                let light = f64::from(octet) * f64::from(head & 0x1F) / 31.0;
                let meant = f64::from(channel) * f64::from(percent) / 100.0 * f64::from(level) / 255.0;
                prop_assert!((light - meant).abs() <= 0.51 * f64::from(head & 0x1F) / 31.0, "{light} {meant}");
            }
            let full = pixel(Rgb::new(red, green, blue), 255, percent);
            let lit = red.max(green).max(blue) > 0;
            prop_assert_eq!(full[1..].iter().any(|octet| *octet > 0), lit);
        }
    }
}

//! Rhythms for lights that can only be on or off, and for the kernel.
//! It does not know lines or files.

use crate::frame::Rhythm;

/// Whether a light that can only be on or off is on, `ms` milliseconds after the rhythm began. One that fades becomes
/// a blink of its own length, still unlike every other rhythm.
pub(super) fn is_on(rhythm: Rhythm, ms: u64) -> bool {
    rhythm.brightness_at(ms) >= HALF
}

/// Milliseconds until [`is_on`] changes; `None` if it never does.
pub(super) fn next_switch(rhythm: Rhythm, ms: u64) -> Option<u64> {
    if !rhythm.fades() {
        return rhythm.next_change(ms);
    }
    let now = is_on(rhythm, ms);
    (1..=rhythm.period_ms()).find(|step| is_on(rhythm, ms + step) != now)
}

/// A whole period of [`is_on`] from its first change on: on or off, and for how many milliseconds. Empty if it never
/// changes.
pub(super) fn switches(rhythm: Rhythm) -> Vec<(bool, u64)> {
    let Some(first) = next_switch(rhythm, 0) else { return Vec::new() };
    let mut all = Vec::new();
    let mut at = first;
    while at < first + rhythm.period_ms() {
        let Some(lasts) = next_switch(rhythm, at) else { break };
        all.push((is_on(rhythm, at), lasts));
        at += lasts;
    }
    all
}

/// A rhythm as the kernel's `pattern` trigger reads it, up to the brightness `limit`: brightness and milliseconds in
/// turns. It moves evenly from one brightness to the next; a second entry of no length makes that a step.
pub(super) fn pattern(rhythm: Rhythm, limit: u64) -> String {
    // Rounded up: what is not dark stays so.
    let level = |level: u8| (u64::from(level) * limit).div_ceil(255);
    let frames = rhythm.keyframes().iter().map(|&(brightness, lasts)| (level(brightness), u64::from(lasts)));
    if !rhythm.fades() {
        return joined(stepped(frames));
    }
    if limit >= LEVELS_MIN {
        return joined(frames);
    }
    joined(stepped(switches(rhythm).into_iter().map(|(on, lasts)| (if on { limit } else { 0 }, lasts))))
}

fn stepped(frames: impl Iterator<Item = (u64, u64)>) -> impl Iterator<Item = (u64, u64)> {
    frames.flat_map(|(level, lasts)| [(level, lasts), (level, 0)])
}

fn joined(steps: impl Iterator<Item = (u64, u64)>) -> String {
    steps.map(|(level, lasts)| format!("{level} {lasts}")).collect::<Vec<_>>().join(" ")
}

/// From this brightness on a light that cannot be dimmed is on.
const HALF: u8 = 128;
/// With fewer levels a fade is a staircase, and a colour a guess; on and off are honest.
pub(super) const LEVELS_MIN: u64 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_and_off_alone_still_tell_all_rhythms_apart() {
        let seen: Vec<_> = Rhythm::ALL.iter().map(|&rhythm| (switches(rhythm), is_on(rhythm, 0))).collect();
        for (index, one) in seen.iter().enumerate() {
            assert!(!seen[..index].contains(one), "{} looks like another", Rhythm::ALL[index]);
        }
        assert_eq!(switches(Rhythm::Blink), [(false, 500), (true, 500)]);
        let breath: u64 = switches(Rhythm::Breathe).iter().map(|(_, lasts)| lasts).sum();
        assert_eq!((switches(Rhythm::Breathe).len(), breath), (2, 4000));
        assert_eq!(switches(Rhythm::Heartbeat).len(), 4);
    }

    #[test]
    fn a_switch_is_found_to_the_millisecond() {
        for rhythm in Rhythm::ALL {
            let mut at = 0;
            for _ in 0..12 {
                let Some(step) = next_switch(rhythm, at) else { break };
                assert_ne!(is_on(rhythm, at + step), is_on(rhythm, at));
                assert_eq!(is_on(rhythm, at + step - 1), is_on(rhythm, at), "{rhythm}");
                at += step;
            }
        }
    }
    #[test]
    fn a_fade_is_a_fade_where_there_are_levels_and_a_blink_where_there_are_none() {
        assert_eq!(pattern(Rhythm::Breathe, 255), "20 2000 255 2000");
        assert_eq!(pattern(Rhythm::Breathe, 26), "3 2000 26 2000");
        let blink = pattern(Rhythm::Breathe, 1);
        assert!(blink.starts_with("1 ") && blink.split(' ').count() == 8, "{blink}");
    }

    #[test]
    fn the_kernel_takes_every_pattern_and_repeats_it_in_the_period_of_the_rhythm() {
        for rhythm in Rhythm::ALL.into_iter().filter(|rhythm| rhythm.keyframes().len() > 1) {
            for limit in [1, 7, 8, 26, 255, 65_535] {
                let numbers: Vec<u64> =
                    pattern(rhythm, limit).split(' ').map(|number| number.parse().unwrap()).collect();
                let levels: Vec<u64> = numbers.iter().step_by(2).copied().collect();
                assert!(levels.len() >= 2 && numbers.len() == 2 * levels.len(), "at least two pairs");
                assert_eq!(levels.iter().max(), Some(&limit), "{rhythm} never exceeds its limit");
                let period: u64 = numbers.iter().skip(1).step_by(2).sum();
                assert_eq!(period, rhythm.period_ms(), "{rhythm}");
            }
        }
    }
}

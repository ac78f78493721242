//! Rhythms for lights that can only be on or off.
//! It does not know lines.

use crate::frame::Rhythm;

/// Whether a light that can only be on or off is on, `ms` milliseconds after the rhythm began. One that fades becomes
/// a blink of its own length, still unlike every other rhythm.
pub(super) fn is_on(rhythm: Rhythm, ms: u64) -> bool {
    rhythm.brightness_at(ms) >= HALF
}

/// Milliseconds until [`is_on`] changes; `None` if it never does.
pub(super) fn next_switch(rhythm: Rhythm, ms: u64) -> Option<u64> {
    let period: u64 = rhythm.keyframes().iter().map(|(_, lasts)| u64::from(*lasts)).sum();
    let now = is_on(rhythm, ms);
    (1..=period).find(|step| is_on(rhythm, ms + step) != now)
}

/// A whole period of [`is_on`] from its first change on: on or off, and for how many milliseconds. Empty if it never
/// changes.
pub(super) fn switches(rhythm: Rhythm) -> Vec<(bool, u64)> {
    let period: u64 = rhythm.keyframes().iter().map(|(_, lasts)| u64::from(*lasts)).sum();
    let Some(first) = next_switch(rhythm, 0) else { return Vec::new() };
    let mut all = Vec::new();
    let mut at = first;
    while at < first + period {
        let Some(lasts) = next_switch(rhythm, at) else { break };
        all.push((is_on(rhythm, at), lasts));
        at += lasts;
    }
    all
}

/// From this brightness on a light that cannot be dimmed is on.
const HALF: u8 = 128;

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
}

//! When a light looks different next, for boards that move lights themselves.
//! It does not know colours or lines.

use crate::frame::Rhythm;

/// Milliseconds from `ms` after the rhythm began until its brightness changes: the next keyframe, or the next small
/// step of one that fades. `None` means it never does, and nothing needs to wake up.
pub(super) fn next_change(rhythm: Rhythm, ms: u64) -> Option<u64> {
    let frames = rhythm.keyframes();
    if frames.len() < 2 {
        return None;
    }
    if rhythm.fades() {
        return Some(FADE_STEP_MS);
    }
    let period: u64 = frames.iter().map(|(_, lasts)| u64::from(*lasts)).sum();
    let mut left = ms % period;
    for (_, lasts) in frames {
        let lasts = u64::from(*lasts);
        if left < lasts {
            return Some(lasts - left);
        }
        left -= lasts;
    }
    None
}

/// Twenty steps a second look like none.
const FADE_STEP_MS: u64 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_that_does_not_move_never_wakes_anybody() {
        assert_eq!(next_change(Rhythm::Steady, 12_345), None);
        assert_eq!(next_change(Rhythm::Off, 0), None);
    }

    #[test]
    fn a_blink_wakes_exactly_when_the_brightness_steps() {
        for rhythm in Rhythm::ALL.into_iter().filter(|rhythm| !rhythm.fades()) {
            let mut at = 0;
            for _ in 0..20 {
                let Some(step) = next_change(rhythm, at) else { break };
                for ms in at..at + step {
                    assert_eq!(rhythm.brightness_at(ms), rhythm.brightness_at(at), "{rhythm} at {ms}");
                }
                at += step;
            }
        }
    }

    #[test]
    fn a_fading_light_moves_twenty_times_a_second() {
        assert_eq!(next_change(Rhythm::Breathe, 1999), Some(50));
        assert_eq!(next_change(Rhythm::Heartbeat, 7), Some(50));
    }
}

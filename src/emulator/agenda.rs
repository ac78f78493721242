//! When the scenes of a script are due, day after day, each a little late. It does not know what anybody does in them.

use std::ops::Range;
use std::time::Duration;

/// Something done at a time.
#[derive(Debug, Clone)]
pub struct Scene<Act> {
    /// Since the beginning of the script; on an agenda since the beginning of time.
    pub at: Duration,
    /// Which of the people.
    pub who: usize,
    /// What.
    pub act: Act,
}

/// What is still to be done, in order of time.
#[derive(Debug)]
pub(super) struct Agenda<Act> {
    rng: fastrand::Rng,
    due: Vec<Scene<Act>>,
    /// When the present run of the script began; `None` before the first.
    day: Option<Duration>,
}

impl<Act: Clone> Agenda<Act> {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), due: Vec::new(), day: None }
    }

    /// Adds a script that takes so long, at the start and whenever it has run out.
    pub(super) fn turn_page(&mut self, now: Duration, scenes: &[Scene<Act>], length: Duration) {
        let start = match self.day {
            None => now,
            Some(day) if day + length <= now => day + length,
            Some(_) => return,
        };
        self.day = Some(start);
        for scene in scenes {
            let at = self.somewhat_after(start + scene.at, 0..JITTER_MS);
            self.due.push(Scene { at, ..scene.clone() });
        }
        self.due.sort_by_key(|due| due.at);
    }

    /// A moment so many milliseconds later.
    pub(super) fn somewhat_after(&mut self, at: Duration, ms: Range<u64>) -> Duration {
        at + Duration::from_millis(self.rng.u64(ms))
    }

    /// Somebody does something besides the script; `at` is since the beginning of time.
    pub(super) fn add(&mut self, at: Duration, who: usize, act: Act) {
        self.due.push(Scene { at, who, act });
        self.due.sort_by_key(|due| due.at);
    }

    /// Who acts now, and how.
    pub(super) fn next(&mut self, now: Duration) -> Option<(usize, Act)> {
        let first = self.due.first().filter(|due| due.at <= now)?;
        let found = (first.who, first.act.clone());
        self.due.remove(0);
        Some(found)
    }

    /// When something is due or the page is to be turned: at once before the first day.
    pub(super) fn deadline(&self, length: Duration) -> Duration {
        let Some(day) = self.day else { return Duration::ZERO };
        let page = day + length;
        self.due.first().map_or(page, |due| due.at.min(page))
    }
}

/// Each scene comes up to so many milliseconds late.
const JITTER_MS: u64 = 900;

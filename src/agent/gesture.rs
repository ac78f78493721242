//! Gestures of one button, from its edges: click, double, hold.
//!
//! It does not know what a gesture does. An edge counts once its level has lasted for the debounce time, and then from
//! the moment it came, so bounces cost patience but no precision. A press gives at most one gesture.

use super::settings::Button;
use crate::time::{Duration, Instant, earlier};

/// What came of the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The button went down at that moment; a gesture may follow, unless [`Recogniser::spend`] is called.
    Pressed(Instant),
    /// A short press is over, and no second one followed where a double is bound.
    Click,
    /// The second of two short presses began.
    Double,
    /// The button is down for long enough, and still is.
    Hold,
    /// The button is down for so long that it must be stuck; its release will mean nothing.
    Stuck,
}

/// Where a button stands.
#[derive(Clone, Copy, Debug, Default)]
enum Phase {
    /// Up.
    #[default]
    Up,
    /// Down; which gesture it will be is open.
    Down { since: Instant },
    /// Up after a short press; a second one would make a double.
    Between { until: Instant },
    /// Down, and its gesture is over.
    Spent { since: Instant, warned: bool },
}

/// One button.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Recogniser {
    raw: bool,
    raw_since: Instant,
    level: bool,
    phase: Phase,
}

impl Recogniser {
    /// An edge. Call [`Recogniser::poll`] until `None` before, so that nothing older is open.
    pub(super) fn edge(&mut self, now: Instant, pressed: bool) {
        if self.raw != pressed {
            self.raw = pressed;
            self.raw_since = now;
        }
    }

    /// The press under way gives no gesture.
    pub(super) fn spend(&mut self) {
        if let Phase::Down { since } = self.phase {
            self.phase = Phase::Spent { since, warned: false };
        }
    }

    /// The next step that is due, oldest first.
    pub(super) fn poll(&mut self, now: Instant, button: &Button) -> Option<Step> {
        loop {
            let open = self.raw != self.level;
            if let Some(due) = self.due(button)
                && due <= now
                && (!open || due < self.raw_since)
            {
                return self.expire(due, button);
            }
            if !open || now < self.raw_since + button.debounce {
                return None;
            }
            self.level = self.raw;
            if let Some(step) = self.accept(button) {
                return Some(step);
            }
        }
    }

    /// When `poll` has something to say, if no edge comes before.
    pub(super) fn deadline(&self, button: &Button) -> Option<Instant> {
        if self.raw == self.level {
            return self.due(button);
        }
        let due = self.due(button).filter(|due| *due < self.raw_since);
        earlier(due, Some(self.raw_since + button.debounce))
    }

    /// When the phase ends by itself.
    fn due(&self, button: &Button) -> Option<Instant> {
        match self.phase {
            Phase::Up | Phase::Spent { warned: true, .. } => None,
            Phase::Down { since } if button.hold.is_some() => {
                Some(since + button.hold_after.min(STUCK_AFTER))
            }
            Phase::Down { since } | Phase::Spent { since, warned: false } => Some(since + STUCK_AFTER),
            Phase::Between { until } => Some(until),
        }
    }

    fn expire(&mut self, due: Instant, button: &Button) -> Option<Step> {
        match self.phase {
            Phase::Up => None,
            Phase::Down { since } if button.hold.is_some() && due < since + STUCK_AFTER => {
                self.phase = Phase::Spent { since, warned: false };
                Some(Step::Hold)
            }
            Phase::Down { since } | Phase::Spent { since, .. } => {
                self.phase = Phase::Spent { since, warned: true };
                Some(Step::Stuck)
            }
            Phase::Between { .. } => {
                self.phase = Phase::Up;
                Some(Step::Click)
            }
        }
    }

    /// A new level has lasted.
    fn accept(&mut self, button: &Button) -> Option<Step> {
        let at = self.raw_since;
        match (self.level, self.phase) {
            (true, Phase::Between { .. }) => {
                self.phase = Phase::Spent { since: at, warned: false };
                Some(Step::Double)
            }
            (true, _) => {
                self.phase = Phase::Down { since: at };
                Some(Step::Pressed(at))
            }
            (false, Phase::Down { .. }) if button.double.is_some() => {
                self.phase = Phase::Between { until: at + button.double_within };
                None
            }
            (false, Phase::Down { .. }) => {
                self.phase = Phase::Up;
                Some(Step::Click)
            }
            (false, _) => {
                self.phase = Phase::Up;
                None
            }
        }
    }
}

/// A button down for this long is stuck, or something stands on it.
const STUCK_AFTER: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::settings::Action;
    use super::*;

    fn button(double: bool, hold: bool) -> Button {
        let action = |bound: bool| bound.then_some(Action::Wake);
        Button {
            name: "left".into(),
            click: Some(Action::Wake),
            double: action(double),
            hold: action(hold),
            hold_after: Duration::from_millis(600),
            double_within: Duration::from_millis(350),
            debounce: Duration::from_millis(20),
        }
    }

    /// Plays edges (a moment and a level each) and then time until nothing is due; gestures with the moment they came.
    fn play(button: &Button, edges: &[(u64, bool)]) -> Vec<(u64, Step)> {
        let mut recogniser = Recogniser::default();
        let mut out = Vec::new();
        let mut edges = edges.iter().peekable();
        let mut now = 0;
        loop {
            let at = Instant::from_millis(now);
            while let Some(step) = recogniser.poll(at, button) {
                out.push((now, step));
            }
            if let Some(due) = recogniser.deadline(button) {
                assert!(due > at, "a deadline at {due} is still open at {at}");
            }
            while edges.peek().is_some_and(|(when, _)| *when == now) {
                recogniser.edge(at, edges.next().unwrap().1);
            }
            let due = recogniser.deadline(button).map(Instant::as_millis);
            let Some(next) = due.into_iter().chain(edges.peek().map(|edge| edge.0)).min() else { return out };
            now = next.max(now);
        }
    }

    fn gestures(button: &Button, edges: &[(u64, bool)]) -> Vec<(u64, Step)> {
        let mut steps = play(button, edges);
        steps.retain(|(_, step)| !matches!(step, Step::Pressed(_)));
        steps
    }

    #[test]
    fn a_short_press_is_a_click_at_once_when_no_double_is_bound() {
        assert_eq!(gestures(&button(false, true), &[(100, true), (200, false)]), [(220, Step::Click)]);
    }

    #[test]
    fn a_short_press_waits_for_its_double_only_when_one_is_bound() {
        assert_eq!(gestures(&button(true, true), &[(100, true), (200, false)]), [(550, Step::Click)]);
        let twice = [(100, true), (200, false), (400, true), (900, false)];
        assert_eq!(gestures(&button(true, true), &twice), [(420, Step::Double)]);
        assert_eq!(gestures(&button(false, true), &twice), [(220, Step::Click), (920, Step::Click)]);
    }

    #[test]
    fn a_second_press_that_comes_too_late_is_another_click() {
        let late = [(100, true), (200, false), (551, true), (600, false)];
        assert_eq!(gestures(&button(true, false), &late), [(550, Step::Click), (950, Step::Click)]);
    }

    #[test]
    fn a_long_press_fires_while_still_down_and_only_once() {
        assert_eq!(gestures(&button(true, true), &[(100, true), (5000, false)]), [(700, Step::Hold)]);
    }

    #[test]
    fn a_long_press_without_a_hold_bound_is_a_click() {
        assert_eq!(gestures(&button(false, false), &[(100, true), (5000, false)]), [(5020, Step::Click)]);
    }

    #[test]
    fn bounces_make_no_second_press() {
        let bouncing = [
            (100, true),
            (103, false),
            (105, true),
            (112, false),
            (113, true),
            (300, false),
            (302, true),
            (309, false),
        ];
        assert_eq!(
            play(&button(false, true), &bouncing),
            [(133, Step::Pressed(Instant::from_millis(113))), (329, Step::Click)]
        );
        assert_eq!(play(&button(false, true), &[(100, true), (110, false)]), []);
    }

    #[test]
    fn a_stuck_button_is_reported_once_and_its_release_means_nothing() {
        assert_eq!(gestures(&button(false, false), &[(0, true), (60_000, false)]), [(10_000, Step::Stuck)]);
        assert_eq!(
            gestures(&button(false, true), &[(0, true), (60_000, false)]),
            [(600, Step::Hold), (10_000, Step::Stuck)]
        );
    }

    #[test]
    fn a_spent_press_gives_nothing() {
        let button = button(true, true);
        let mut recogniser = Recogniser::default();
        recogniser.edge(Instant::START, true);
        assert!(matches!(recogniser.poll(Instant::from_millis(20), &button), Some(Step::Pressed(_))));
        recogniser.spend();
        assert_eq!(recogniser.poll(Instant::from_millis(5000), &button), None);
        recogniser.edge(Instant::from_millis(5000), false);
        assert_eq!(recogniser.poll(Instant::from_millis(9000), &button), None);
        assert_eq!(recogniser.deadline(&button), None);
    }

    proptest! {
        #[test]
        fn any_edge_train_gives_at_most_one_gesture_a_press(
            double: bool,
            hold: bool,
            gaps in proptest::collection::vec((0_u64..900, any::<bool>()), 0..60),
        ) {
            let mut now = 0;
            let edges: Vec<(u64, bool)> = gaps.into_iter().map(|(gap, level)| { now += gap; (now, level) }).collect();
            let steps = play(&button(double, hold), &edges);
            let (mut presses, mut gestures) = (0, 0);
            for (_, step) in &steps {
                match step {
                    Step::Pressed(_) => presses += 1,
                    Step::Click | Step::Double | Step::Hold => gestures += 1,
                    Step::Stuck => {}
                }
                prop_assert!(gestures <= presses, "{steps:?}");
            }
            prop_assert!(steps.iter().all(|(_, step)| double || *step != Step::Double));
            prop_assert!(steps.iter().all(|(_, step)| hold || *step != Step::Hold));
        }
    }
}

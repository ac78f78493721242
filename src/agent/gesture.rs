//! Gestures of one button, from the moments of its edges: press, release, click, double, hold, repeat.
//!
//! It does not know what a gesture does. An edge counts once its level has lasted for the debounce time, and then from
//! the moment it came, so bounces cost patience but no precision. Nor does it matter when an edge was told, as long as
//! all edges of a button come in their order, and before time is said to have come further than they: a kernel that
//! debounces tells an edge only when its level has lasted, so what is due is judged one debounce time later, when no
//! edge from before it can be on its way any more.

use super::settings::Button;
use crate::time::{Duration, Instant, earlier};

/// What came of the edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The button went down at that moment; a gesture may follow, unless [`Recogniser::spend`] is called.
    Pressed(Instant),
    /// It went up again, where that means something by itself.
    Released,
    /// A short press is over, and no second one followed where a double is bound.
    Click,
    /// The second of two short presses began.
    Double,
    /// The button is down for long enough, and still is.
    Hold,
    /// The same where holding repeats the click; and again and again.
    Repeat,
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
    /// Down, and its click has been repeated.
    Repeating { since: Instant, next: Instant },
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
    /// An edge. Call [`Recogniser::poll`] for the moment it came until `None` before, so that nothing older is open.
    /// None comes before the one before it.
    pub(super) fn edge(&mut self, at: Instant, pressed: bool) {
        if self.raw != pressed {
            self.raw = pressed;
            self.raw_since = at.max(self.raw_since);
        }
    }

    /// Edges were lost: since the last one it may have done anything, and now it is down or up. What was under way gives
    /// no gesture, not even one that would have been due by now, so it is not polled before; the next press counts.
    ///
    /// A button that acts on its way down and up is a switch: where it stands now is what counts.
    pub(super) fn lose(&mut self, at: Instant, pressed: bool, button: &Button) {
        let at = at.max(self.raw_since);
        (self.raw, self.raw_since) = (pressed, at);
        if button.press.is_some() || button.release.is_some() {
            if let Phase::Down { since } = &mut self.phase {
                *since = at;
            }
        } else {
            self.level = pressed;
            self.phase = if pressed { Phase::Spent { since: at, warned: false } } else { Phase::Up };
        }
    }

    /// The press under way gives no gesture.
    pub(super) fn spend(&mut self) {
        if let Phase::Down { since } = self.phase {
            self.phase = Phase::Spent { since, warned: false };
        }
    }

    /// Leaves out the repeats that should have come by now: nobody saw what the one before them did.
    pub(super) fn catch_up(&mut self, now: Instant, button: &Button) {
        if let (Phase::Repeating { next, .. }, Some(every)) = (&mut self.phase, button.repeat)
            && *next + button.debounce <= now
        {
            let late = now.since(*next + button.debounce).as_millis();
            let missed = late / every.as_millis().max(1) + 1;
            *next += every * u32::try_from(missed).unwrap_or(u32::MAX);
        }
    }

    /// The next step that is due, oldest first. Every edge from before `now` has been told.
    pub(super) fn poll(&mut self, now: Instant, button: &Button) -> Option<Step> {
        loop {
            if let Some(due) = self.due(button)
                && self.is_certain(due, now, button)
            {
                return self.expire(due, button);
            }
            if self.raw == self.level || now < self.raw_since + button.debounce {
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
        let settles = (self.raw != self.level).then(|| self.raw_since + button.debounce);
        match self.due(button) {
            Some(due) if due < self.raw_since => earlier(Some(due), settles),
            Some(due) if settles.is_none() => Some(due + button.debounce),
            _ => settles,
        }
    }

    /// Whether no edge from before that moment can come any more.
    fn is_certain(&self, due: Instant, now: Instant, button: &Button) -> bool {
        due < self.raw_since || (self.raw == self.level && due + button.debounce <= now)
    }

    /// When the phase ends by itself.
    fn due(&self, button: &Button) -> Option<Instant> {
        match self.phase {
            Phase::Up | Phase::Spent { warned: true, .. } => None,
            Phase::Down { since } if button.hold.is_some() || button.repeat.is_some() => {
                Some(since + button.hold_after.min(STUCK_AFTER))
            }
            Phase::Repeating { since, next } => Some(next.min(since + STUCK_AFTER)),
            Phase::Down { since } | Phase::Spent { since, warned: false } => Some(since + STUCK_AFTER),
            Phase::Between { until } => Some(until),
        }
    }

    fn expire(&mut self, due: Instant, button: &Button) -> Option<Step> {
        let (phase, step) = match self.phase {
            Phase::Up => return None,
            Phase::Between { .. } => (Phase::Up, Step::Click),
            Phase::Down { since } | Phase::Repeating { since, .. } | Phase::Spent { since, .. }
                if due >= since + STUCK_AFTER =>
            {
                (Phase::Spent { since, warned: true }, Step::Stuck)
            }
            Phase::Down { since } if button.hold.is_some() => {
                (Phase::Spent { since, warned: false }, Step::Hold)
            }
            Phase::Down { since } | Phase::Repeating { since, .. } | Phase::Spent { since, .. } => {
                let next = due + button.repeat.unwrap_or(STUCK_AFTER);
                (Phase::Repeating { since, next }, Step::Repeat)
            }
        };
        self.phase = phase;
        Some(step)
    }

    /// A new level has lasted.
    fn accept(&mut self, button: &Button) -> Option<Step> {
        let at = self.raw_since;
        let (phase, step) = match (self.level, self.phase) {
            (true, Phase::Between { .. }) => (Phase::Spent { since: at, warned: false }, Some(Step::Double)),
            (true, _) => (Phase::Down { since: at }, Some(Step::Pressed(at))),
            (false, Phase::Down { .. }) if button.release.is_some() => (Phase::Up, Some(Step::Released)),
            (false, Phase::Down { .. }) if button.double.is_some() => {
                (Phase::Between { until: at + button.double_within }, None)
            }
            (false, Phase::Down { .. }) => (Phase::Up, Some(Step::Click)),
            (false, _) => (Phase::Up, None),
        };
        self.phase = phase;
        step
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
        Button { click: Some(Action::Wake), double: action(double), hold: action(hold), ..Button::default() }
    }

    fn repeating(double: bool) -> Button {
        Button { repeat: Some(Duration::from_millis(300)), ..button(double, false) }
    }

    fn on_edges() -> Button {
        Button { press: Some(Action::Wake), release: Some(Action::Wake), ..Button::default() }
    }

    /// A moment and a level.
    type Edge = (u64, bool);

    /// Steps with the moment each was told.
    type Steps = Vec<(u64, Step)>;

    /// Lets time pass until then, as the agent does.
    fn pass(recogniser: &mut Recogniser, button: &Button, until: u64, now: u64, steps: &mut Steps) {
        let until = Instant::from_millis(until);
        while let Some(due) = recogniser.deadline(button).filter(|due| *due <= until) {
            if let Some(step) = recogniser.poll(due, button) {
                recogniser.catch_up(until, button);
                steps.push((now, step));
            }
            assert_ne!(recogniser.deadline(button), Some(due), "it would be due for ever");
        }
    }

    /// Plays edges, each told at its moment, and then time until nothing is due.
    fn play(button: &Button, edges: &[Edge]) -> Steps {
        let mut recogniser = Recogniser::default();
        let mut out = Vec::new();
        let mut edges = edges.iter().peekable();
        let mut now = 0;
        loop {
            pass(&mut recogniser, button, now, now, &mut out);
            while edges.peek().is_some_and(|(when, _)| *when == now) {
                recogniser.edge(Instant::from_millis(now), edges.next().unwrap().1);
                pass(&mut recogniser, button, now, now, &mut out);
            }
            let due = recogniser.deadline(button).map(Instant::as_millis);
            let Some(next) = due.into_iter().chain(edges.peek().map(|edge| edge.0)).min() else { return out };
            now = next.max(now);
        }
    }

    /// Plays edges to an agent that is awake only at these moments. Then it is told all edges that the kernel had told by
    /// then, so long after they came, and only then what time it is.
    fn play_late(button: &Button, edges: &[Edge], lag: Duration, awake: impl Iterator<Item = u64>) -> Steps {
        let mut recogniser = Recogniser::default();
        let mut out = Vec::new();
        let mut edges = edges.iter().peekable();
        for now in awake {
            while let Some((at, level)) =
                edges.next_if(|(at, _)| Instant::from_millis(*at) + lag <= Instant::from_millis(now))
            {
                pass(&mut recogniser, button, *at, now, &mut out);
                recogniser.edge(Instant::from_millis(*at), *level);
                pass(&mut recogniser, button, *at, now, &mut out);
            }
            pass(&mut recogniser, button, now, now, &mut out);
        }
        out
    }

    fn gestures(button: &Button, edges: &[Edge]) -> Steps {
        let mut steps = play(button, edges);
        steps.retain(|(_, step)| !matches!(step, Step::Pressed(_)));
        steps
    }

    #[test]
    fn a_short_press_is_a_click_at_once_when_no_double_is_bound() {
        assert_eq!(gestures(&button(false, true), &[(100, true), (200, false)]), [(250, Step::Click)]);
    }

    #[test]
    fn a_short_press_waits_for_its_double_only_when_one_is_bound() {
        assert_eq!(gestures(&button(true, true), &[(100, true), (200, false)]), [(600, Step::Click)]);
        let twice = [(100, true), (200, false), (400, true), (900, false)];
        assert_eq!(gestures(&button(true, true), &twice), [(450, Step::Double)]);
        assert_eq!(gestures(&button(false, true), &twice), [(250, Step::Click), (950, Step::Click)]);
    }

    #[test]
    fn a_second_press_that_comes_too_late_is_another_click() {
        let late = [(100, true), (200, false), (551, true), (650, false)];
        assert_eq!(gestures(&button(true, false), &late), [(551, Step::Click), (1050, Step::Click)]);
        let in_time = [(100, true), (200, false), (550, true), (650, false)];
        assert_eq!(gestures(&button(true, false), &in_time), [(600, Step::Double)]);
    }

    #[test]
    fn a_long_press_fires_while_still_down_and_only_once() {
        assert_eq!(gestures(&button(true, true), &[(100, true), (5000, false)]), [(750, Step::Hold)]);
        assert_eq!(gestures(&button(false, true), &[(100, true), (700, false)]), [(750, Step::Click)]);
        assert_eq!(gestures(&button(false, true), &[(100, true), (701, false)]), [(701, Step::Hold)]);
    }

    #[test]
    fn a_long_press_without_a_hold_bound_is_a_click() {
        assert_eq!(gestures(&button(false, false), &[(100, true), (5000, false)]), [(5050, Step::Click)]);
    }

    #[test]
    fn a_button_that_repeats_clicks_again_and_again_until_it_is_let_go() {
        let repeat = |at| (at, Step::Repeat);
        for double in [false, true] {
            let held = [(100, true), (1320, false)];
            assert_eq!(gestures(&repeating(double), &held), [repeat(750), repeat(1050), repeat(1320)]);
        }
        assert_eq!(gestures(&repeating(false), &[(100, true), (300, false)]), [(350, Step::Click)]);
        let twice = [(100, true), (200, false), (400, true), (3000, false)];
        assert_eq!(gestures(&repeating(true), &twice), [(450, Step::Double)]);
        let stuck = gestures(&repeating(false), &[(0, true), (60_000, false)]);
        assert_eq!(stuck.len(), 33);
        assert_eq!(stuck.last(), Some(&(10_050, Step::Stuck)));
    }

    #[test]
    fn repeats_that_nobody_could_see_are_left_out() {
        let button = repeating(false);
        let steps =
            play_late(&button, &[(100, true), (5000, false)], Duration::ZERO, [150, 2000, 9000].into_iter());
        let pressed = Step::Pressed(Instant::from_millis(100));
        // At 2000 the one of 700 is told, late; the next is that of 2200, which is late, too.
        assert_eq!(steps, [(150, pressed), (2000, Step::Repeat), (9000, Step::Repeat)]);
    }

    #[test]
    fn press_and_release_come_at_once_whatever_lies_between() {
        let down = Step::Pressed(Instant::from_millis(100));
        for up in [200, 5000] {
            let steps = play(&on_edges(), &[(100, true), (up, false)]);
            assert_eq!(steps, [(150, down), (up + 50, Step::Released)]);
        }
        let steps = gestures(&on_edges(), &[(0, true), (60_000, false)]);
        assert_eq!(steps, [(10_050, Step::Stuck)], "a release of a stuck button means nothing");
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
            [(163, Step::Pressed(Instant::from_millis(113))), (359, Step::Click)]
        );
        assert_eq!(play(&button(false, true), &[(100, true), (110, false)]), []);
    }

    #[test]
    fn a_stuck_button_is_reported_once_and_its_release_means_nothing() {
        let stuck = [(0, true), (60_000, false), (61_000, true), (61_100, false)];
        assert_eq!(
            gestures(&button(false, false), &stuck),
            [(10_050, Step::Stuck), (61_150, Step::Click)],
            "and then it works again"
        );
        assert_eq!(
            gestures(&button(false, true), &stuck),
            [(650, Step::Hold), (10_050, Step::Stuck), (61_150, Step::Click)]
        );
    }

    #[test]
    fn a_release_alone_is_nothing() {
        assert_eq!(play(&button(true, true), &[(100, false), (200, false)]), []);
    }

    #[test]
    fn a_spent_press_gives_nothing() {
        for button in [button(true, true), repeating(true), on_edges()] {
            let mut recogniser = Recogniser::default();
            recogniser.edge(Instant::START, true);
            assert!(matches!(recogniser.poll(Instant::from_millis(50), &button), Some(Step::Pressed(_))));
            recogniser.spend();
            assert_eq!(recogniser.poll(Instant::from_millis(5000), &button), None);
            recogniser.edge(Instant::from_millis(5000), false);
            assert_eq!(recogniser.poll(Instant::from_millis(9000), &button), None);
            assert_eq!(recogniser.deadline(&button), None);
        }
    }

    #[test]
    fn an_edge_before_the_one_before_it_comes_with_that() {
        let mut recogniser = Recogniser::default();
        recogniser.edge(Instant::from_millis(500), true);
        recogniser.edge(Instant::from_millis(100), false);
        recogniser.edge(Instant::from_millis(200), true);
        let pressed = Some(Step::Pressed(Instant::from_millis(500)));
        assert_eq!(recogniser.poll(Instant::from_millis(550), &button(false, true)), pressed);
    }

    /// What comes of edges that were told, once others were lost and the button was found so, and of those after them.
    fn after_a_loss(button: &Button, before: &[Edge], found: Edge, after: &[Edge]) -> Vec<Step> {
        let mut recogniser = Recogniser::default();
        let mut steps = Vec::new();
        for (at, level) in before {
            pass(&mut recogniser, button, *at, *at, &mut steps);
            recogniser.edge(Instant::from_millis(*at), *level);
        }
        steps.clear();
        recogniser.lose(Instant::from_millis(found.0), found.1, button);
        for (at, level) in after {
            pass(&mut recogniser, button, *at, *at, &mut steps);
            recogniser.edge(Instant::from_millis(*at), *level);
        }
        pass(&mut recogniser, button, 1_000_000, 1_000_000, &mut steps);
        steps.retain(|(_, step)| !matches!(step, Step::Pressed(_)));
        told(steps)
    }

    /// A press under way, one that is over, a double under way, one not debounced yet, none.
    const BEFORE: [&[Edge]; 5] = [
        &[(100, true)],
        &[(100, true), (200, false)],
        &[(100, true), (200, false), (350, true)],
        &[(990, true)],
        &[],
    ];

    #[test]
    fn nothing_comes_of_a_press_whose_edges_are_lost_and_the_next_one_works() {
        for button in [button(false, true), button(true, true), button(false, false), repeating(true)] {
            for before in BEFORE {
                assert_eq!(after_a_loss(&button, before, (1000, false), &[]), [], "{before:?}");
                let click = after_a_loss(&button, before, (1000, false), &[(1001, true), (1100, false)]);
                assert_eq!(click, [Step::Click], "{before:?}");
            }
        }
    }

    #[test]
    fn a_button_found_down_is_no_hold_but_may_be_stuck_and_works_once_it_was_released() {
        for button in [button(false, true), button(true, true), repeating(false)] {
            for before in BEFORE {
                let down = |after| after_a_loss(&button, before, (1000, true), after);
                assert_eq!(down(&[]), [Step::Stuck], "{before:?}");
                assert_eq!(down(&[(10_000, false)]), [], "{before:?}");
                assert_eq!(down(&[(1500, false), (2000, true), (2100, false)]), [Step::Click], "{before:?}");
            }
        }
    }

    #[test]
    fn of_a_switch_it_counts_where_it_stands() {
        let switch = on_edges();
        let down = &[(100, true), (200, true)];
        assert_eq!(after_a_loss(&switch, down, (30_000, false), &[]), [Step::Released]);
        assert_eq!(after_a_loss(&switch, down, (30_000, true), &[(31_000, false)]), [Step::Released]);
        assert_eq!(
            after_a_loss(&switch, &[], (1000, true), &[(2000, false)]),
            [Step::Released],
            "and pressed"
        );
        assert_eq!(after_a_loss(&switch, &[(990, true)], (1000, false), &[]), []);
        let mut up = Recogniser::default();
        up.lose(Instant::from_millis(1000), true, &switch);
        assert_eq!(
            up.poll(Instant::from_millis(1050), &switch),
            Some(Step::Pressed(Instant::from_millis(1000)))
        );
    }

    fn any_button() -> impl Strategy<Value = Button> {
        prop_oneof![
            (any::<bool>(), any::<bool>()).prop_map(|(double, hold)| button(double, hold)),
            any::<bool>().prop_map(repeating),
            Just(on_edges()),
        ]
    }

    fn train(gaps: Vec<u64>) -> Vec<Edge> {
        let mut at = 0;
        let ends = gaps.into_iter().map(|gap| {
            at += gap;
            at
        });
        ends.zip([true, false].into_iter().cycle()).collect()
    }

    fn wakings(gaps: Vec<u64>) -> impl Iterator<Item = u64> {
        let ends = train(gaps).into_iter().map(|(at, _)| at);
        ends.chain([1_000_000])
    }

    /// What came, whenever it was told. Of repeats in a row only that there were some: late ones are left out.
    fn told(steps: Steps) -> Vec<Step> {
        let mut steps: Vec<Step> = steps.into_iter().map(|(_, step)| step).collect();
        steps.dedup_by(|a, b| (*a, *b) == (Step::Repeat, Step::Repeat));
        steps
    }

    proptest! {
        #[test]
        fn any_edge_train_gives_at_most_one_gesture_a_press(
            button in any_button(),
            gaps in proptest::collection::vec((0_u64..900, any::<bool>()), 0..60),
        ) {
            let mut now = 0;
            let edges: Vec<Edge> = gaps.into_iter().map(|(gap, level)| { now += gap; (now, level) }).collect();
            let steps = told(play(&button, &edges));
            let (mut presses, mut gestures) = (0, 0);
            for step in &steps {
                match step {
                    Step::Pressed(_) => presses += 1,
                    Step::Click | Step::Double | Step::Hold | Step::Released | Step::Repeat => gestures += 1,
                    Step::Stuck => {}
                }
                prop_assert!(gestures <= presses, "{steps:?}");
            }
            prop_assert!(steps.iter().all(|step| button.double.is_some() || *step != Step::Double));
            prop_assert!(steps.iter().all(|step| button.hold.is_some() || *step != Step::Hold));
            prop_assert!(steps.iter().all(|step| button.release.is_some() || *step != Step::Released));
        }

        #[test]
        fn edges_told_late_and_together_give_the_gestures_of_edges_told_at_once(
            button in any_button(),
            gaps in proptest::collection::vec(prop_oneof![1_u64..60, 50_u64..900, Just(11_000)], 0..40),
            awake in proptest::collection::vec(1_u64..3000, 0..40),
        ) {
            let edges = train(gaps);
            let late = play_late(&button, &edges, Duration::ZERO, wakings(awake));
            prop_assert_eq!(told(late), told(play(&button, &edges)));
        }

        #[test]
        fn a_loss_leaves_no_trace_of_what_was_before(
            button in any_button(),
            gaps in proptest::collection::vec(1_u64..900, 0..12),
            after in proptest::collection::vec(1_u64..900, 0..12),
        ) {
            let last = gaps.iter().sum::<u64>();
            let shift = |train: Vec<Edge>| train.into_iter().map(|(at, level)| (at + last + 1, level)).collect::<Vec<_>>();
            // A switch that was down is told to have gone up.
            prop_assume!(button.press.is_none());
            let (found, after) = ((last, false), shift(train(after)));
            prop_assert_eq!(
                after_a_loss(&button, &train(gaps), found, &after),
                after_a_loss(&button, &[], found, &after)
            );
        }

        /// The kernel tells an edge when its level has lasted for the debounce time, and leaves bounces out.
        #[test]
        fn a_kernel_that_debounces_makes_no_difference(
            button in any_button(),
            gaps in proptest::collection::vec(prop_oneof![50_u64..900, Just(600), Just(350)], 0..40),
            awake in proptest::collection::vec(1_u64..300, 0..400),
        ) {
            let edges = train(gaps);
            let late = play_late(&button, &edges, button.debounce, wakings(awake));
            prop_assert_eq!(told(late), told(play(&button, &edges)));
        }
    }
}

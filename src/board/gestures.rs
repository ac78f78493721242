//! Edges of buttons made from words and keys: a click is a press and, a little later, a release.
//! It does not know what a gesture does; the agent recognises it again from the edges.

use std::collections::VecDeque;

use crate::agent::Button;
use crate::board::Event;
use crate::time::{Duration, Instant};

/// Edges waiting for their time. They keep their distances even when they are fetched late.
#[derive(Debug)]
pub(super) struct Gestures {
    buttons: Vec<Button>,
    steps: VecDeque<Step>,
    /// When the last edge was fetched.
    last: Instant,
    /// By button: from when on a press is no second half of a double.
    settled: Vec<Instant>,
}

/// One edge.
#[derive(Clone, Copy, Debug)]
struct Step {
    index: u8,
    pressed: bool,
    /// After the edge before it.
    wait: Duration,
    /// Whether the gesture before it on this button must be over.
    apart: bool,
    /// Whether it goes on with what the edge before it began: then it came when it was due, however late it is fetched.
    follows: bool,
    /// Whether it ends a gesture.
    ends: bool,
}

/// Too many edges are waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Full;

impl Gestures {
    pub(super) fn new(buttons: Vec<Button>) -> Self {
        let settled = vec![Instant::START; buttons.len()];
        Self { buttons, steps: VecDeque::new(), last: Instant::START, settled }
    }

    pub(super) fn buttons(&self) -> &[Button] {
        &self.buttons
    }

    /// The button of that name.
    pub(super) fn named(&self, name: &str) -> Option<u8> {
        self.buttons.iter().position(|button| button.name == name).and_then(|index| index.try_into().ok())
    }

    /// One edge, as soon as those before it are done.
    pub(super) fn edge(&mut self, index: u8, pressed: bool) -> Result<(), Full> {
        self.push(&[Step { index, pressed, wait: Duration::ZERO, apart: false, follows: false, ends: false }])
    }

    /// A press and a release that are a click, and never half of a double with the gesture before.
    pub(super) fn click(&mut self, index: u8) -> Result<(), Full> {
        let short = self.short(index);
        self.push(&[down(index, Duration::ZERO, true), up(index, short, true)])
    }

    /// A press and a release; two soon after one another are a double.
    pub(super) fn tap(&mut self, index: u8) -> Result<(), Full> {
        let short = self.short(index);
        self.push(&[down(index, short, false), up(index, short, false)])
    }

    /// Two presses and releases that are a double.
    pub(super) fn double(&mut self, index: u8) -> Result<(), Full> {
        let (short, gap) = (self.short(index), self.gap(index));
        self.push(&[
            down(index, Duration::ZERO, true),
            up(index, short, false),
            Step { follows: true, ..down(index, gap, false) },
            up(index, short, true),
        ])
    }

    /// A press and a release after `long`; without it, after the button's hold time and a little.
    pub(super) fn hold(&mut self, index: u8, long: Option<Duration>) -> Result<(), Full> {
        let long = long.or_else(|| self.button(index).map(|button| button.hold_after + BEYOND_HOLD));
        self.push(&[down(index, Duration::ZERO, true), up(index, long.unwrap_or(BEYOND_HOLD), true)])
    }

    /// When the next edge is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let step = self.steps.front()?;
        let settled = self.settled.get(usize::from(step.index)).copied().unwrap_or_default();
        let due = self.last + step.wait;
        Some(if step.apart { due.max(settled) } else { due })
    }

    /// The next edge, if it is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Event> {
        let due = self.due().filter(|due| *due <= now)?;
        let step = self.steps.pop_front()?;
        let at = if step.follows { due } else { now };
        self.last = at;
        if step.ends {
            let within = self.button(step.index).map_or(Duration::ZERO, |button| button.double_within);
            if let Some(settled) = self.settled.get_mut(usize::from(step.index)) {
                *settled = at + within + MARGIN;
            }
        }
        Some(Event::Button { index: step.index, pressed: step.pressed, at })
    }

    fn push(&mut self, steps: &[Step]) -> Result<(), Full> {
        if self.steps.len() + steps.len() > STEPS_MAX {
            return Err(Full);
        }
        self.steps.extend(steps);
        Ok(())
    }

    fn button(&self, index: u8) -> Option<&Button> {
        self.buttons.get(usize::from(index))
    }

    /// Longer than a bounce, shorter than a hold.
    fn short(&self, index: u8) -> Duration {
        self.button(index).map_or(MARGIN, |button| (button.debounce + MARGIN).min(button.hold_after / 2))
    }

    /// Longer than a bounce, short enough for a double.
    fn gap(&self, index: u8) -> Duration {
        self.button(index).map_or(MARGIN, |button| (button.debounce + MARGIN).min(button.double_within / 2))
    }
}

const fn down(index: u8, wait: Duration, apart: bool) -> Step {
    Step { index, pressed: true, wait, apart, follows: false, ends: false }
}

const fn up(index: u8, wait: Duration, ends: bool) -> Step {
    Step { index, pressed: false, wait, apart: false, follows: true, ends }
}

/// Edges waiting at once; sixteen doubles.
const STEPS_MAX: usize = 64;
/// What lies safely beyond a limit.
const MARGIN: Duration = Duration::from_millis(30);
/// A hold lasts this much longer than it must.
const BEYOND_HOLD: Duration = Duration::from_millis(100);

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::board) fn button(name: &str) -> Button {
        Button { name: name.into(), debounce: Duration::from_millis(20), ..Button::default() }
    }

    /// Fetches every edge at the moment it is due: (ms, index, pressed).
    fn played(gestures: &mut Gestures) -> Vec<(u64, u8, bool)> {
        let mut edges = Vec::new();
        while let Some(due) = gestures.due() {
            let Some(Event::Button { index, pressed, at }) = gestures.take(due) else { panic!("not due") };
            edges.push((at.as_millis(), index, pressed));
        }
        edges
    }

    #[test]
    fn a_click_is_longer_than_a_bounce_and_shorter_than_a_hold() {
        let mut gestures = Gestures::new(vec![button("left")]);
        gestures.click(0).unwrap();
        assert_eq!(played(&mut gestures), [(0, 0, true), (50, 0, false)]);
    }

    #[test]
    fn two_clicks_never_make_a_double_but_another_button_need_not_wait() {
        let mut gestures = Gestures::new(vec![button("left"), button("right")]);
        gestures.click(0).unwrap();
        gestures.click(1).unwrap();
        gestures.click(0).unwrap();
        let edges = played(&mut gestures);
        assert_eq!(edges[2], (50, 1, true));
        assert!(edges[4].0 - edges[1].0 > 350, "{edges:?}");
    }

    #[test]
    fn two_taps_make_a_double() {
        let mut gestures = Gestures::new(vec![button("left")]);
        gestures.tap(0).unwrap();
        gestures.tap(0).unwrap();
        let edges = played(&mut gestures);
        assert!(edges[2].0 - edges[1].0 < 350 && edges[2].0 - edges[1].0 > 20, "{edges:?}");
    }

    #[test]
    fn a_double_and_a_hold_have_the_buttons_own_times() {
        let slow = Button { debounce: Duration::from_millis(200), ..button("left") };
        let mut gestures = Gestures::new(vec![slow]);
        gestures.double(0).unwrap();
        gestures.hold(0, None).unwrap();
        gestures.hold(0, Some(Duration::from_millis(5))).unwrap();
        let edges = played(&mut gestures);
        let gaps: Vec<u64> = edges.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        assert_eq!(gaps, [230, 175, 230, 380, 700, 380, 5]);
    }

    #[test]
    fn edges_fetched_late_keep_their_distance() {
        let mut gestures = Gestures::new(vec![button("left")]);
        gestures.click(0).unwrap();
        let late = Instant::from_millis(5000);
        assert_eq!(gestures.take(late), Some(Event::Button { index: 0, pressed: true, at: late }));
        assert_eq!(gestures.take(late), None);
        let due = Instant::from_millis(5050);
        assert_eq!(gestures.due(), Some(due));
        let later = gestures.take(Instant::from_millis(9000));
        assert_eq!(later, Some(Event::Button { index: 0, pressed: false, at: due }), "a click stays a click");
    }

    #[test]
    fn a_flood_of_words_is_refused() {
        let mut gestures = Gestures::new(vec![button("left")]);
        let taken = (0..1000).filter(|_| gestures.double(0).is_ok()).count();
        assert_eq!(taken, 16);
        assert_eq!(gestures.edge(0, true), Err(Full));
    }
}

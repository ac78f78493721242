//! The buttons of a real machine: which lines are there, and the edges the kernel kept of them, in the order they came.
//! It does not know what a gesture is, nor what else hangs on the machine.
//!
//! The kernel keeps edges with the moment each came. So it does not matter when they are read, and nothing here judges
//! by the time of reading. But it keeps only so many: a button that moves more often while nobody reads loses the oldest.
//! Then nobody knows what those that are left belong to, so they are thrown away with them, and where the line is now is
//! told instead.

use std::io;
use std::task::{Context, Poll};

use super::breaker::{Breaker, PROBE_AFTER};
use super::slot::{RETRY_AFTER, Slot};
use super::{Hal, no_such};
use crate::agent;
use crate::board::Event;
use crate::board::files::{self, BoardFile};
use crate::time::{Duration, Instant};

/// The edges of a line.
pub trait Edges {
    /// Whether the button is down. Asked when the line was taken, when edges were lost, and when it has come to rest, to
    /// see that they were not; else the edges tell.
    ///
    /// # Errors
    /// When the line is gone.
    fn is_down(&mut self) -> io::Result<bool>;

    /// The oldest edge that was not told yet. Answers at once.
    ///
    /// # Errors
    /// When the line is gone.
    fn waiting(&mut self) -> io::Result<Option<Edge>>;

    /// Ready when [`Edges::waiting`] may have more to tell.
    ///
    /// # Errors
    /// When the line is gone.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// A button went down or up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Down or up.
    pub pressed: bool,
    /// How long ago its contact came to rest there.
    pub age: Duration,
    /// How many edges of this line came after the one told before it, and are lost.
    pub lost: u32,
}

/// The buttons that the configuration names, in its order.
#[derive(Debug)]
pub(super) struct Keys<E>(Vec<Key<E>>);

/// A button, there or not.
#[derive(Debug)]
struct Key<E> {
    wiring: files::Button,
    debounce: Duration,
    slot: Slot<E>,
    /// What is told next.
    head: Option<Head>,
    /// Whether it was down by what was told last.
    pressed: bool,
    /// It was down when its line was taken. If it still is then, somebody should know.
    odd_at: Option<Instant>,
    /// When its level is compared with its last edge.
    check_at: Option<Instant>,
    /// When the log told last that edges were lost.
    warned_at: Option<Instant>,
}

/// What is told next of a button.
#[derive(Clone, Copy, Debug)]
struct Head {
    at: Instant,
    pressed: bool,
    /// It is no edge: edges were lost, and this is where the button was found.
    lost: bool,
}

impl<E: Edges> Keys<E> {
    #[cfg(test)]
    pub(super) fn was_there(&self, place: usize) -> bool {
        self.0[place].slot.was_there()
    }

    /// None of them is there yet.
    ///
    /// # Errors
    /// A sentence, if the file lacks one.
    pub(super) fn of(file: &BoardFile, buttons: &[agent::Button]) -> Result<Self, String> {
        let key = |button: &agent::Button| {
            let wiring = file.button(&button.name).cloned().ok_or_else(|| {
                let known = file.buttons.iter().map(|button| button.name.as_str()).collect();
                no_such("button", &button.name, known)
            })?;
            let (debounce, slot) = (button.debounce, Slot::wanted());
            let (head, pressed, odd_at, check_at, warned_at) = (None, false, None, None, None);
            Ok(Key { wiring, debounce, slot, head, pressed, odd_at, check_at, warned_at })
        };
        buttons.iter().map(key).collect::<Result<_, String>>().map(Self)
    }

    /// Looks for lines that are missing and for edges that nobody told, and tells of buttons that nobody let go since.
    /// Says whether the thread was held: a line of a port expander is behind a bus that may hang, and the others' turn
    /// comes later then.
    pub(super) fn try_missing<H: Hal<Edges = E>>(
        &mut self,
        hal: &mut H,
        clock: &dyn Fn() -> Instant,
    ) -> bool {
        for key in &mut self.0 {
            let now = clock();
            if key.slot.is_due(now) {
                key.find(hal, clock);
            }
            if key.check_at.is_some_and(|at| at <= now) {
                key.check(clock);
            }
            if Breaker::is_long(now, clock()) {
                return true;
            }
            if key.odd_at.is_some_and(|at| at <= now) {
                key.odd_at = None;
                let what = key.described();
                log::warn!(
                    "board: {what} is pressed at the start; ignored until it is released; if nobody presses it, \
                     mend its pull or active_low in the board file"
                );
            }
        }
        false
    }

    /// When [`Keys::try_missing`] has something to do; at once if it found what is to be told.
    pub(super) fn due(&self) -> Option<Instant> {
        let due = |key: &Key<E>| {
            let parts = [key.slot.retry_at(), key.odd_at, key.check_at, key.head.map(|head| head.at)];
            parts.into_iter().flatten().min()
        };
        self.0.iter().filter_map(due).min()
    }

    /// The oldest edge of any button that was not told yet; before all of them, that edges of one are lost: the others
    /// let time pass, and by the edges that were told of it that may make a gesture. Answers at once. A line that fails is
    /// missing from then on, and its button is up.
    pub(super) fn waiting(&mut self, clock: &dyn Fn() -> Instant) -> Option<Event> {
        self.0.iter_mut().for_each(|key| key.look(clock));
        let heads = self.0.iter().zip(0_u8..).filter_map(|(key, index)| Some((key.head?, index)));
        let (_, index) = heads.min_by_key(|(head, _)| (!head.lost, head.at))?;
        let key = self.0.get_mut(usize::from(index))?;
        let Head { at, pressed, lost } = key.head.take()?;
        key.pressed = pressed;
        Some(if lost { Event::Lost { index, pressed, at } } else { Event::Button { index, pressed, at } })
    }

    /// Why the button of that place is missing, if it is.
    pub(super) fn missing(&self, place: usize) -> Option<&str> {
        self.0.get(place)?.slot.missing()
    }

    /// Ready when [`Keys::waiting`] may have more to tell, or [`Keys::due`] is another.
    pub(super) fn poll_more(&mut self, clock: &dyn Fn() -> Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut more = Poll::Pending;
        for key in &mut self.0 {
            let Slot::Ready(edges) = &mut key.slot else { continue };
            if let Poll::Ready(outcome) = edges.poll_more(cx) {
                more = Poll::Ready(());
                if let Err(error) = outcome {
                    key.lose(clock(), &error);
                }
            }
        }
        more
    }
}

impl<E: Edges> Key<E> {
    fn find<H: Hal<Edges = E>>(&mut self, hal: &mut H, clock: &dyn Fn() -> Instant) {
        let before = clock();
        let found = hal.input(&self.wiring, self.debounce).and_then(|mut edges| {
            let now = clock();
            if Breaker::is_long(before, now) {
                // Where it is costs as much again: that has a turn of its own.
                self.check_at = Some(now + REST);
                return Ok(edges);
            }
            let down = edges.is_down().map_err(|error| unread(&error))?;
            // A pull may take its time to charge what hangs on the line: nobody is accused at once.
            self.odd_at = down.then_some(clock() + ODD_AFTER);
            Ok(edges)
        });
        let now = clock();
        // Where every try holds the thread there are few.
        let every = if Breaker::is_long(before, now) { RETRY_AFTER } else { PROBE_AFTER };
        self.slot.settle_for(now, &self.described(), found, every);
    }

    /// Reads the next edge, if there is one and none is waiting to be told.
    fn look(&mut self, clock: &dyn Fn() -> Instant) {
        let (None, Slot::Ready(edges)) = (self.head, &mut self.slot) else { return };
        let edge = edges.waiting();
        // An edge tells how long ago it was: how long it took to get here counts.
        self.hear(clock(), edge);
    }

    fn hear(&mut self, now: Instant, edge: io::Result<Option<Edge>>) {
        match edge {
            Ok(None) => {}
            Ok(Some(Edge { pressed, age, lost: 0 })) => {
                let at = Instant::START + now.since(Instant::START).saturating_sub(age);
                self.tell(now, Head { at, pressed, lost: false });
            }
            Ok(Some(edge)) => self.start_over(now, edge.lost),
            Err(error) => self.lose(now, &error),
        }
    }

    fn tell(&mut self, now: Instant, head: Head) {
        (self.head, self.odd_at, self.check_at) = (Some(head), None, Some(now + REST));
    }

    /// So many edges were lost: throws away those that are left, and takes the line as it is.
    fn start_over(&mut self, now: Instant, lost: u32) {
        let Slot::Ready(edges) = &mut self.slot else { return };
        let found = drain(edges).and_then(|left| Ok((left, edges.is_down()?)));
        match found {
            Ok((left, pressed)) => {
                self.tell(now, Head { at: now, pressed, lost: true });
                let lost = lost.saturating_add(left);
                self.warn(
                    now,
                    pressed,
                    &format!("it moved too often while nudged was busy, {lost} edges are lost"),
                );
            }
            Err(error) => self.lose(now, &error),
        }
    }

    /// Compares the line with its last edge: one that hangs behind a bus may move without its chip's saying so.
    fn check(&mut self, clock: &dyn Fn() -> Instant) {
        self.check_at = None;
        let (None, Slot::Ready(edges)) = (self.head, &mut self.slot) else { return };
        // Where a line can't be asked its edges stand.
        let Ok(pressed) = edges.is_down() else { return };
        if pressed == self.pressed {
            return;
        }
        // The edge may have come just now.
        self.look(clock);
        if self.head.is_none() && matches!(self.slot, Slot::Ready(_)) {
            let now = clock();
            self.tell(now, Head { at: now, pressed, lost: true });
            self.warn(now, pressed, "it is not where its last edge left it");
        }
    }

    /// Says that edges are lost: once of a button that loses them again and again.
    fn warn(&mut self, now: Instant, pressed: bool, why: &str) {
        let again = self.warned_at.is_some_and(|at| now < at + WARN_AGAIN);
        let level = if again { log::Level::Debug } else { log::Level::Warn };
        let (what, now_is) = (self.described(), if pressed { "down" } else { "up" });
        log::log!(
            level,
            "board: {what}: {why}; it is {now_is} now; presses from before count for nothing, press again"
        );
        if !again {
            self.warned_at = Some(now);
        }
    }

    fn lose(&mut self, now: Instant, error: &io::Error) {
        self.slot.settle(now, &self.described(), Err(unread(error)));
        (self.odd_at, self.check_at) = (None, None);
        // A press that was not told never happened. One that was told ends; if not by an edge nobody knows when.
        let release = self.head.filter(|head| !head.pressed);
        let release = release.unwrap_or(Head { at: now, pressed: false, lost: true });
        self.head = self.pressed.then_some(release);
    }

    fn described(&self) -> String {
        format!("button \"{}\" on {}", self.wiring.name, self.wiring.line)
    }
}

/// Reads the edges that wait, and says how many they were, with those lost between them. Of a line that never rests only
/// as many as the kernel could have kept: it is at rest when it is asked, or loses more.
fn drain<E: Edges>(edges: &mut E) -> io::Result<u32> {
    let mut count = 0_u32;
    for _ in 0..DRAINED_MAX {
        let Some(edge) = edges.waiting()? else { break };
        count = count.saturating_add(edge.lost).saturating_add(1);
    }
    Ok(count)
}

fn unread(error: &io::Error) -> String {
    format!("it can't be read ({error}); ask `nudged doctor`")
}

/// A button that is down for so long after its line was taken is not just a line that charges.
const ODD_AFTER: Duration = Duration::from_millis(500);
/// A button without an edge for so long has come to rest: longer than a bounce, and shorter than a hold.
const REST: Duration = Duration::from_millis(100);
/// That edges of a button are lost is not told again for so long: a loose wire never ends.
const WARN_AGAIN: Duration = Duration::from_secs(600);
/// Edges thrown away at once: more than the kernel keeps of a line.
const DRAINED_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    use super::*;
    use crate::board::linux::display::models::I2cBus;
    use crate::board::linux::light::tests::{Recorded, Wire};
    use std::path::{Path, PathBuf};

    /// A line with edges that wait.
    #[derive(Debug, Default)]
    struct Line {
        down: bool,
        edges: VecDeque<Edge>,
        broken: bool,
        /// Milliseconds that it takes to ask it where it is.
        slow: u64,
        clock: Rc<Cell<Instant>>,
    }

    impl Edges for Line {
        fn is_down(&mut self) -> io::Result<bool> {
            self.clock.set(self.clock.get() + Duration::from_millis(self.slow));
            if self.broken { Err(io::Error::other("no answer")) } else { Ok(self.down) }
        }

        fn waiting(&mut self) -> io::Result<Option<Edge>> {
            Ok(self.edges.pop_front())
        }

        fn poll_more(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Line {
        /// One came so many milliseconds ago, after so many that are lost.
        fn edge(&mut self, pressed: bool, age: u64, lost: u32) {
            self.edges.push_back(Edge { pressed, age: Duration::from_millis(age), lost });
            self.down = pressed;
        }
    }

    /// Buttons on these lines, and a clock that stands at ten seconds.
    struct Bench(Keys<Line>, Rc<Cell<Instant>>);

    impl Bench {
        fn of(lines: impl IntoIterator<Item = Line>) -> Self {
            let file = BoardFile::parse(include_str!("../../../boards/rpi.toml")).unwrap();
            let buttons: Vec<_> = ["left", "right"].map(crate::board::gestures::tests::button).into();
            let mut keys = Keys::of(&file, &buttons).unwrap();
            let clock = Rc::new(Cell::new(Instant::from_millis(10_000)));
            for (key, line) in keys.0.iter_mut().zip(lines) {
                key.slot = Slot::Ready(Line { clock: Rc::clone(&clock), ..line });
            }
            Self(keys, clock)
        }

        fn next(&mut self) -> Option<Event> {
            self.0.waiting(&|| self.1.get())
        }

        fn line(&mut self, index: usize) -> &mut Line {
            let Slot::Ready(line) = &mut self.0.0[index].slot else { panic!("it is there") };
            line
        }

        /// Everything there is to tell: which, down or up, and whether edges are lost.
        fn told(&mut self) -> Vec<(u8, bool, bool)> {
            let event = |event| match event {
                Event::Button { index, pressed, .. } => (index, pressed, false),
                Event::Lost { index, pressed, .. } => (index, pressed, true),
                Event::Quit => panic!("nobody asked for it"),
            };
            std::iter::from_fn(|| self.next()).map(event).collect()
        }

        /// What is told after it rested.
        fn told_after_rest(&mut self) -> Vec<(u8, bool, bool)> {
            let due = self.0.0.iter().filter_map(|key| key.check_at).max().expect("it will be looked at");
            self.1.set(due);
            self.0
                .0
                .iter_mut()
                .filter(|key| key.check_at.is_some())
                .for_each(|key| key.check(&|| self.1.get()));
            self.told()
        }
    }

    #[test]
    fn edges_behind_a_gap_are_thrown_away_and_the_level_is_told_instead() {
        for down in [false, true] {
            let mut bench = Bench::of([Line::default()]);
            bench.line(0).edge(true, 900, 0);
            bench.line(0).edge(false, 400, 30);
            for age in [300, 200, 100] {
                bench.line(0).edge(true, age, 0);
                bench.line(0).edge(false, age - 50, 0);
            }
            bench.line(0).down = down;
            assert_eq!(bench.told(), [(0, true, false), (0, down, true)]);
            bench.line(0).edge(!down, 0, 0);
            assert_eq!(bench.told(), [(0, !down, false)], "the next one counts");
        }
    }

    #[test]
    fn a_gap_is_told_before_the_edges_of_other_buttons_however_old_they_are() {
        let mut bench = Bench::of([Line::default(), Line::default()]);
        bench.line(0).edge(true, 2000, 0);
        bench.line(0).edge(false, 100, 9);
        bench.line(1).edge(true, 1000, 0);
        bench.line(1).edge(false, 900, 0);
        let expected = [(0, true, false), (0, false, true), (1, true, false), (1, false, false)];
        assert_eq!(bench.told(), expected);
    }

    #[test]
    fn a_line_that_never_rests_stops_nobody() {
        let mut bench = Bench::of([Line::default()]);
        (0..DRAINED_MAX + 3)
            .for_each(|index| bench.line(0).edge(index % 2 == 0, 0, u32::from(index == 0) * u32::MAX));
        let told = bench.told();
        assert_eq!((told.len(), told[0].2), (3, true), "{told:?}");
    }

    #[test]
    fn a_line_that_moved_without_an_edge_is_found_where_it_is() {
        let mut bench = Bench::of([Line::default()]);
        bench.line(0).edge(true, 0, 0);
        assert_eq!(bench.told(), [(0, true, false)]);
        assert_eq!(bench.told_after_rest(), [], "it is where it was left");
        assert_eq!(bench.0.0[0].check_at, None, "and asked once");
        bench.line(0).edge(true, 0, 0);
        assert_eq!(bench.told(), [(0, true, false)]);
        bench.line(0).down = false;
        assert_eq!(bench.told_after_rest(), [(0, false, true)]);
        assert_eq!(bench.told_after_rest(), []);
    }

    #[test]
    fn an_edge_that_comes_as_the_line_is_asked_is_not_lost() {
        let mut bench = Bench::of([Line::default()]);
        bench.line(0).edge(true, 0, 0);
        assert_eq!(bench.told(), [(0, true, false)]);
        bench.line(0).edge(false, 0, 0);
        assert_eq!(bench.told_after_rest(), [(0, false, false)]);
    }

    #[test]
    fn where_a_line_does_not_answer_its_edges_stand() {
        let mut bench = Bench::of([Line::default()]);
        bench.line(0).edge(true, 0, 0);
        assert_eq!(bench.told(), [(0, true, false)]);
        bench.line(0).broken = true;
        assert_eq!(bench.told_after_rest(), []);
        bench.line(0).broken = false;
        bench.line(0).edge(false, 0, 0);
        assert_eq!(bench.told(), [(0, false, false)]);
    }

    #[test]
    fn that_edges_are_lost_is_said_once_in_a_while() {
        let mut bench = Bench::of([Line::default()]);
        let key = &mut bench.0.0[0];
        let said: Vec<_> = [0, 1, 599, 600, 601]
            .map(|second| {
                key.warn(Instant::from_millis(second * 1000), false, "why");
                key.warned_at.map(|at| at.as_millis() / 1000)
            })
            .into();
        assert_eq!(said, [0, 0, 0, 600, 600].map(Some));
    }

    #[test]
    fn an_edge_that_came_while_its_chip_held_the_thread_keeps_its_moment() {
        let mut bench = Bench::of([Line::default()]);
        bench.line(0).edge(true, 0, 0);
        assert_eq!(bench.told(), [(0, true, false)]);
        // It is asked at 10.1 s where it is, which takes a second; 600 ms ago by then it was released.
        bench.line(0).slow = 1000;
        bench.line(0).edge(false, 600, 0);
        bench.1.set(Instant::from_millis(10_100));
        bench.0.0[0].check(&|| bench.1.get());
        let Some(Event::Button { pressed: false, at, .. }) = bench.next() else { panic!("it was released") };
        assert_eq!(at, Instant::from_millis(10_500));
    }

    /// A machine whose every line is on a chip that holds the thread for a second and then fails.
    struct Hung(Rc<Cell<Instant>>);

    impl Hal for Hung {
        type Pin = Recorded;
        type Edges = Line;
        type Bus = I2cBus;
        type Spi = Wire;

        fn chip(&mut self, _: &files::Line) -> Result<PathBuf, String> {
            unreachable!("only buttons are looked for")
        }

        fn output(&mut self, _: &files::Line, _: bool) -> Result<Recorded, String> {
            unreachable!("only buttons are looked for")
        }

        fn input(&mut self, _: &files::Button, _: Duration) -> Result<Line, String> {
            self.0.set(self.0.get() + Duration::from_secs(1));
            Err("it timed out".into())
        }

        fn bus(&mut self, _: &Path) -> Result<I2cBus, String> {
            unreachable!("only buttons are looked for")
        }

        fn spi(&mut self, _: &Path, _: u32) -> Result<Wire, String> {
            unreachable!("only buttons are looked for")
        }

        fn classes(&self) -> &Path {
            unreachable!("only buttons are looked for")
        }
    }

    #[test]
    fn of_buttons_behind_a_bus_that_hangs_one_is_looked_for_at_a_time() {
        let mut bench = Bench::of([]);
        let mut hung = Hung(Rc::clone(&bench.1));
        for _ in 0..2 {
            let before = bench.1.get();
            for seconds in 1..=2 {
                assert!(bench.0.try_missing(&mut hung, &|| bench.1.get()), "it held the thread");
                assert_eq!(bench.1.get(), before + Duration::from_secs(seconds));
            }
            assert!(!bench.0.try_missing(&mut hung, &|| bench.1.get()));
            assert_eq!(bench.1.get(), before + Duration::from_secs(2));
            bench.1.set(bench.0.due().unwrap() + Duration::from_secs(1));
        }
    }
}

//! The buttons of a real machine: which lines are there, and the edges the kernel kept of them, in the order they came.
//! It does not know what a gesture is, nor what else hangs on the machine.
//!
//! The kernel keeps edges with the moment each came. So it does not matter when they are read, and nothing here judges
//! by the time of reading.

use std::io;
use std::task::{Context, Poll};

use super::{Hal, Slot, no_such};
use crate::agent;
use crate::board::Event;
use crate::board::files::{self, BoardFile};
use crate::time::{self, Duration, Instant};

/// The edges of a line.
pub trait Edges {
    /// Whether the button is down. Asked once, when the line was taken; from then on the edges tell.
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
    /// The edge that is told next.
    head: Option<(Instant, bool)>,
    /// What was told last.
    pressed: bool,
    /// It was down when its line was taken. If it still is then, somebody should know.
    odd_at: Option<Instant>,
}

impl<E: Edges> Keys<E> {
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
            Ok(Key { wiring, debounce, slot, head: None, pressed: false, odd_at: None })
        };
        buttons.iter().map(key).collect::<Result<_, String>>().map(Self)
    }

    /// Looks for lines that are missing, and tells of buttons that nobody let go since.
    pub(super) fn try_missing<H: Hal<Edges = E>>(&mut self, now: Instant, hal: &mut H) {
        for key in &mut self.0 {
            if key.slot.retry_at().is_some_and(|at| at <= now) {
                key.find(now, hal);
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
    }

    /// When [`Keys::try_missing`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.iter().filter_map(|key| time::earlier(key.slot.retry_at(), key.odd_at)).min()
    }

    /// The oldest edge of any button that was not told yet. Answers at once. A line that fails is missing from then on,
    /// and its button is up. `started` is [`Instant::START`].
    pub(super) fn waiting(&mut self, started: std::time::Instant) -> Option<Event> {
        self.0.iter_mut().for_each(|key| key.look(started));
        let heads = self.0.iter().zip(0_u8..).filter_map(|(key, index)| Some((key.head?, index)));
        let ((_, _), index) = heads.min_by_key(|((at, _), _)| *at)?;
        let key = self.0.get_mut(usize::from(index))?;
        let (at, pressed) = key.head.take()?;
        key.pressed = pressed;
        Some(Event::Button { index, pressed, at })
    }

    /// Ready when [`Keys::waiting`] may have more to tell, or [`Keys::due`] is another.
    pub(super) fn poll_more(&mut self, now: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let mut more = Poll::Pending;
        for key in &mut self.0 {
            let Slot::Ready(edges) = &mut key.slot else { continue };
            if let Poll::Ready(outcome) = edges.poll_more(cx) {
                more = Poll::Ready(());
                if let Err(error) = outcome {
                    key.lose(now, &error);
                }
            }
        }
        more
    }
}

impl<E: Edges> Key<E> {
    fn find<H: Hal<Edges = E>>(&mut self, now: Instant, hal: &mut H) {
        let found = hal.input(&self.wiring, self.debounce).and_then(|mut edges| {
            let down = edges.is_down().map_err(|error| error.to_string())?;
            // A pull may take its time to charge what hangs on the line: nobody is accused at once.
            self.odd_at = down.then_some(now + ODD_AFTER);
            Ok(edges)
        });
        self.slot.settle(now, &self.described(), found);
    }

    /// Reads the next edge, if there is one and none is waiting to be told.
    fn look(&mut self, started: std::time::Instant) {
        let (None, Slot::Ready(edges)) = (self.head, &mut self.slot) else { return };
        match edges.waiting() {
            Ok(None) => {}
            Ok(Some(Edge { pressed, age })) => {
                self.head = Some((Instant::START + started.elapsed().saturating_sub(age), pressed));
                self.odd_at = None;
            }
            Err(error) => self.lose(Instant::START + started.elapsed(), &error),
        }
    }

    fn lose(&mut self, now: Instant, error: &io::Error) {
        self.slot.settle(now, &self.described(), Err(error.to_string()));
        self.odd_at = None;
        // A press that was not told never happened; one that was told ends, if not by an edge of the line then now.
        let release = self.head.filter(|(_, pressed)| !pressed).unwrap_or((now, false));
        self.head = self.pressed.then_some(release);
    }

    fn described(&self) -> String {
        format!("button \"{}\" on {}", self.wiring.name, self.wiring.line)
    }
}

/// A button that is down for so long after its line was taken is not just a line that charges.
const ODD_AFTER: Duration = Duration::from_millis(500);

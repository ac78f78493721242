//! The lines shown under the picture: log lines while a terminal is drawn, and what happened.
//! It does not know who logs.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Offers a log line to the terminal board. `true` means it is shown there, and writing it to stderr as well would
/// destroy the picture; `false` that no terminal is drawn.
#[must_use]
pub fn take_log_line(line: &str) -> bool {
    let mut ring = ring();
    if !ring.drawn {
        return false;
    }
    ring.push(line);
    true
}

/// The last lines, and who draws them.
struct Ring {
    drawn: bool,
    lines: VecDeque<String>,
    fresh: bool,
    waker: Option<Waker>,
}

impl Ring {
    fn push(&mut self, line: &str) {
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        let end = line.char_indices().nth(LINE_MAX).map_or(line.len(), |(end, _)| end);
        self.lines.push_back(line.get(..end).unwrap_or(line).into());
        self.fresh = true;
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// From now on log lines are drawn, or not any more.
pub(super) fn set_drawn(drawn: bool) {
    ring().drawn = drawn;
}

/// Adds a line of the board itself.
pub(super) fn add(line: &str) {
    ring().push(line);
}

/// The last `count` lines, oldest first.
pub(super) fn last(count: usize) -> Vec<String> {
    let mut ring = ring();
    ring.fresh = false;
    ring.lines.iter().skip(ring.lines.len().saturating_sub(count)).cloned().collect()
}

/// Waits until there is a line that [`last`] has not seen.
pub(super) async fn fresh() {
    std::future::poll_fn(|cx| {
        let mut ring = ring();
        if ring.fresh {
            return std::task::Poll::Ready(());
        }
        ring.waker = Some(cx.waker().clone());
        std::task::Poll::Pending
    })
    .await;
}

fn ring() -> MutexGuard<'static, Ring> {
    RING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The logger is one for the whole process, and so is the terminal.
static RING: Mutex<Ring> =
    Mutex::new(Ring { drawn: false, lines: VecDeque::new(), fresh: false, waker: None });
/// Lines kept; more than the highest terminal shows is of no use.
const LINES_MAX: usize = 64;
/// Characters of a line kept; wider terminals are rare.
const LINE_MAX: usize = 400;

#[cfg(test)]
mod tests {
    use smol::future::{block_on, poll_once};

    use super::*;

    #[test]
    fn lines_are_taken_only_while_a_terminal_is_drawn() {
        assert!(!take_log_line("before"));
        set_drawn(true);
        assert!(block_on(poll_once(fresh())).is_none());
        for number in 0..200 {
            assert!(take_log_line(&format!("line {number}")));
        }
        assert!(block_on(poll_once(fresh())).is_some());
        assert_eq!(last(2), ["line 198", "line 199"]);
        assert_eq!(last(1000).len(), LINES_MAX);
        assert!(block_on(poll_once(fresh())).is_none());
        set_drawn(false);
        assert!(!take_log_line("after"));
    }
}

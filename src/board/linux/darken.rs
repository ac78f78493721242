//! Every light off and the display dark, with the patience of whoever asks.
//! It does not know who left them on.

use std::io;

use super::breaker::Turn;
use super::display::Display;
use super::{Hal, Linux};
use crate::frame::Screen;
use crate::time::{Duration, Instant};

impl<H: Hal> Linux<H> {
    /// Every LED off, the display off, since the program is about to end: strip and display take a quarter of a second
    /// each at most, and a transfer more; chips of lines that hang a write each, three at most. What fails is left alone.
    ///
    /// # Errors
    /// None.
    pub fn blank(&mut self) -> io::Result<()> {
        self.put_out(HASTE);
        Ok(())
    }

    /// The same with two seconds instead. Says what is not known to be dark: a sentence for each, such as
    /// `led "desk" on GPIO17: it is used by "x"`.
    pub fn darken(&mut self) -> Vec<String> {
        self.put_out(PATIENCE)
    }

    fn put_out(&mut self, patience: Duration) -> Vec<String> {
        let clock = self.clock();
        self.show_screen(clock(), &Screen::default());
        let mut lit = self.lamps.put_out(&mut self.hal, clock, patience);
        // One that is left alone may be back: it is tried once more.
        self.display.iter_mut().for_each(Display::hurry);
        // First the light goes, then the memory is cleared.
        let dark = finish(clock, clock() + patience, H::sleep, || self.display_turn());
        lit.extend(dark.err().map(|why| format!("display: {why}")));
        lit
    }
}

/// Makes one transfer after the other until nothing is left to send, or until then.
pub(super) fn finish(
    clock: impl Fn() -> Instant,
    by: Instant,
    sleep: impl Fn(Duration),
    mut turn: impl FnMut() -> Turn,
) -> Result<(), String> {
    loop {
        match turn() {
            Turn::Done => return Ok(()),
            Turn::Lost(why, _) => return Err(why),
            _ if clock() >= by => return Err("it does not take all of it in time; check its wires".into()),
            Turn::More | Turn::Back => {}
            Turn::Wait(at) => sleep(at.min(by).since(clock())),
        }
    }
}

/// All of a display's memory takes 150 ms at 100 kHz.
const HASTE: Duration = Duration::from_millis(250);
/// What fails gets the tries it has while the agent runs.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these turns, one after the other, when time stands still.
    fn finished(turns: impl IntoIterator<Item = Turn>) -> Result<(), String> {
        let mut turns = turns.into_iter();
        finish(|| Instant::from_millis(5), Instant::from_millis(9), |_| (), || turns.next().unwrap())
    }

    #[test]
    fn a_transfer_that_fails_is_made_again_until_the_bus_is_given_up() {
        let soon = || Turn::Wait(Instant::from_millis(5));
        assert_eq!(finished([Turn::More, soon(), Turn::Back, Turn::More, Turn::Done]), Ok(()));
        let lost = Turn::Lost("no answer".into(), Instant::from_millis(5000));
        assert_eq!(finished([soon(), soon(), lost]), Err("no answer".into()));
    }

    #[test]
    fn patience_has_an_end() {
        let late = || Instant::from_millis(10);
        let wrong = finish(late, Instant::from_millis(9), |_| (), || Turn::More).unwrap_err();
        assert!(wrong.contains("in time"), "{wrong}");
    }
}

//! Every light off and the display dark, with the patience of somebody who has nothing else to do.
//! It does not know who left them on.

use std::thread;

use super::breaker::Turn;
use super::{Hal, Linux, display};
use crate::frame::Frame;
use crate::time::{Duration, Instant};

impl<H: Hal> Linux<H> {
    /// Puts out every LED of the setup and the display. Unlike [`Linux::blank`] it gives what fails the tries it has while
    /// the agent runs, and says what is not known to be dark: a sentence for each, such as
    /// `led "desk" on GPIO17: it is used by "x"`. Strip and display take two seconds each at most, and a transfer more.
    pub fn darken(&mut self) -> Vec<String> {
        // A board of lines and buses fails at nothing: what does not work is tried again.
        let _ = self.show(self.setup.now(), &Frame::default());
        let setup = &self.setup;
        let clock = || setup.now();
        let mut lit = self.lamps.darken(&mut self.hal, clock, clock() + PATIENCE);
        if let Some(display) = &mut self.display {
            let hal = &mut self.hal;
            let turn = || display.turn(clock, |wires| display::open(hal, wires));
            let dark = finish(clock, clock() + PATIENCE, turn);
            lit.extend(dark.err().map(|why| format!("display: {why}")));
        }
        lit
    }
}

/// Makes one transfer after the other until nothing is left to send, or until then.
pub(super) fn finish(
    clock: impl Fn() -> Instant,
    by: Instant,
    mut turn: impl FnMut() -> Turn,
) -> Result<(), String> {
    loop {
        match turn() {
            Turn::Done => return Ok(()),
            Turn::Lost(why, _) => return Err(why),
            _ if clock() >= by => return Err("it does not take all of it in time; check its wires".into()),
            Turn::More | Turn::Back => {}
            Turn::Wait(at) => thread::sleep(at.min(by).since(clock())),
        }
    }
}

/// All of a display's memory takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of these turns, one after the other, when time stands still.
    fn finished(turns: impl IntoIterator<Item = Turn>) -> Result<(), String> {
        let mut turns = turns.into_iter();
        finish(|| Instant::from_millis(5), Instant::from_millis(9), || turns.next().unwrap())
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
        let wrong = finish(late, Instant::from_millis(9), || Turn::More).unwrap_err();
        assert!(wrong.contains("in time"), "{wrong}");
    }
}

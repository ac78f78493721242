//! A test card: a line along every edge, the board's name, what the display is, letters, and something that moves.
//!
//! Does not know pixels.

use super::{Act, Stage, play::Next};
use crate::frame::{Layout, Screen};
use crate::text::{Shown, cut};
use crate::time::{Duration, Instant};

/// The card.
#[derive(Debug)]
pub(super) struct Card {
    board: String,
    panel: String,
    begun: bool,
}

impl Card {
    /// The card of a board, with what its display is in a few words.
    pub(super) fn new(board: &str, panel: &str) -> Self {
        Self { board: Shown(board).to_string(), panel: panel.to_owned(), begun: false }
    }
}

impl Act for Card {
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
        if !std::mem::replace(&mut self.begun, true) {
            stage.lines.push(format!(
                "display ({}): a line along every edge, \"{}\", a mark that moves to and fro, letters; Ctrl-C ends it",
                self.panel, self.board
            ));
        }
        if now >= Instant::START + LASTS {
            return Next::Over;
        }
        let step = now.as_millis() / STEP_MS;
        // The flattest displays show two rows.
        let rows = [self.board.as_str(), &track(step), &self.panel, LETTERS];
        stage.frame.screen =
            Screen { layout: Layout::Card, rows: rows.into_iter().map(cut).collect(), lit: true };
        Next::At(Instant::from_millis((step + 1) * STEP_MS))
    }
}

/// A mark on its way to and fro.
fn track(step: u64) -> String {
    let turn = 2 * (TRACK - 1);
    let place = step % turn;
    let place = place.min(turn - place);
    (0..TRACK).map(|at| if at == place { '#' } else { '.' }).collect()
}

const LETTERS: &str = "AaGg 0123 ÄöÜß é €";
/// Places of the mark; the narrowest displays have eight letters a row.
const TRACK: u64 = 8;
const STEP_MS: u64 = 500;
const LASTS: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::pixels::{Picture, Size};

    #[test]
    fn the_mark_moves_to_and_fro_and_nothing_lasts_for_ever() {
        let marks: Vec<String> = (0..16).map(track).collect();
        assert_eq!(marks[..2], ["#.......", ".#......"]);
        assert_eq!((marks[7].as_str(), &marks[8], &marks[14]), (".......#", &marks[6], &marks[0]));
        let mut card = Card::new("rpi", "128x64 pixels");
        let mut stage = Stage::default();
        assert_eq!(card.act(Instant::START, &mut stage), Next::At(Instant::from_millis(500)));
        assert_eq!(card.act(Instant::from_millis(10_000), &mut stage), Next::Over);
        assert_eq!(stage.lines.len(), 1);
    }

    #[test]
    fn every_pixel_along_the_edges_is_lit_on_every_size() {
        let mut stage = Stage::default();
        Card::new("rpi\u{1b}", "pixels").act(Instant::START, &mut stage);
        for size in Size::ALL {
            let picture = Picture::of(&stage.frame.screen, size);
            for page in [0, size.height() / 8 - 1] {
                let edge = if page == 0 { 1 } else { 0x80 };
                assert!(picture.page(page).iter().all(|column| column & edge != 0), "{size:?}");
            }
            for page in 0..size.height() / 8 {
                let columns = picture.page(page);
                assert_eq!((columns[0], columns[size.width() - 1]), (0xFF, 0xFF), "{size:?}");
            }
        }
    }
}

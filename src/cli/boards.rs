//! The boards that are known by name, as `config/` asks for them and `nudged list boards` shows them.
//!
//! Does not drive any of them.

use crate::board::Unopened;
use crate::board::files::{self, Missing, Source};
use crate::config::{BoardChoice, BoardNames, Boards, Mistake};
use crate::text::place;

/// The boards compiled in, and board files.
#[derive(Debug)]
pub(super) struct BoardFiles;

impl Boards for BoardFiles {
    fn known(&self) -> Vec<String> {
        let simulated = |name: &str| BoardChoice::of(name).has_every_name();
        crate::board::names().map(|(name, _)| name.to_owned()).filter(|name| !simulated(name)).collect()
    }

    fn names(&self, board: &BoardChoice) -> Result<Option<BoardNames>, Vec<Mistake>> {
        let unusable = |file: String, why: String| Err(vec![Mistake { file, place: None, text: why }]);
        let (source, file) = match files::load(&board.to_string()) {
            Ok(found) => found,
            Err(Unopened::Missing(Missing::Unknown(_))) => return Ok(None),
            Err(Unopened::Missing(Missing::Unreadable(path, error))) => {
                return unusable(path.display().to_string(), files::unreadable(&error));
            }
            Err(Unopened::Wrong(source, wrong)) => return Err(mistakes(&source, &wrong)),
            Err(other) => return unusable(board.to_string(), other.to_string()),
        };
        Ok(Some(BoardNames {
            board: board.to_string(),
            leds: file.leds.iter().map(|led| led.name.clone()).collect(),
            buttons: file.buttons.iter().map(|button| button.name.clone()).collect(),
            warnings: mistakes(&source, &file.warnings()),
        }))
    }
}

/// Mistakes of a board file, each at its place.
pub(super) fn mistakes(source: &Source, wrong: &[files::Mistake]) -> Vec<Mistake> {
    let placed = |mistake: &files::Mistake| Mistake {
        file: source.path.display().to_string(),
        place: Some(place(&source.text, mistake.span.start)),
        text: mistake.text.clone(),
    };
    wrong.iter().map(placed).collect()
}

//! The boards that are known by name, as `config/` asks for them and `nudged list boards` shows them.
//!
//! Does not drive any of them.

use crate::board::files::{self, BoardFile, Missing, Source};
use crate::config::{BoardChoice, BoardNames, Boards, Mistake};

/// The boards compiled in, and board files.
#[derive(Debug)]
pub(super) struct BoardFiles;

impl Boards for BoardFiles {
    fn known(&self) -> Vec<String> {
        let simulated = |name: &str| BoardChoice::of(name).has_every_name();
        crate::board::names().map(|(name, _)| name.to_owned()).filter(|name| !simulated(name)).collect()
    }

    fn names(&self, board: &BoardChoice) -> Result<Option<BoardNames>, Vec<Mistake>> {
        let source = match Source::find(&board.to_string()) {
            Ok(source) => source,
            Err(Missing::Unknown(_)) => return Ok(None),
            Err(Missing::Unreadable(path, error)) => {
                let text = error.to_string();
                return Err(vec![Mistake { file: path.display().to_string(), place: None, text }]);
            }
        };
        let mistake = |mistake: files::Mistake| Mistake {
            file: source.path.display().to_string(),
            place: Some(source.position(mistake.span.start)),
            text: mistake.text,
        };
        let file = BoardFile::parse(&source.text)
            .map_err(|mistakes| mistakes.into_iter().map(mistake).collect::<Vec<_>>())?;
        Ok(Some(BoardNames {
            board: board.to_string(),
            leds: file.leds.iter().map(|led| led.name.clone()).collect(),
            buttons: file.buttons.iter().map(|button| button.name.clone()).collect(),
            warnings: file.warnings().into_iter().map(mistake).collect(),
        }))
    }
}

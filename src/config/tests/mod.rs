//! The configuration from outside: texts in, values or exact messages out. Below is what every room of it asks with.

mod accounts;
mod board;
mod files;
mod mistakes;
mod right;
mod sections;

use std::path::Path;

use super::*;

/// A world with one real board.
struct OneBoard;

impl Boards for OneBoard {
    fn known(&self) -> Vec<String> {
        vec!["rpi-zero-2w".to_owned()]
    }

    fn names(&self, board: &BoardChoice) -> Result<Option<BoardNames>, Vec<Mistake>> {
        match board {
            BoardChoice::Named(name) if name == "rpi-zero-2w" => Ok(Some(BoardNames {
                board: name.clone(),
                leds: vec!["red".to_owned(), "amber".to_owned()],
                buttons: vec!["left".to_owned()],
                warnings: vec![Mistake { file: "b".to_owned(), place: Some((1, 2)), text: "odd".to_owned() }],
            })),
            BoardChoice::File(path) if path.ends_with("wrong.toml") => {
                let mistake = |line, text: &str| Mistake {
                    file: path.display().to_string(),
                    place: Some((line, 1)),
                    text: text.to_owned(),
                };
                Err(vec![mistake(2, "odd"), mistake(7, "odder")])
            }
            BoardChoice::File(path) => Err(vec![Mistake {
                file: path.display().to_string(),
                place: None,
                text: "there is no such file".to_owned(),
            }]),
            _ => Ok(None),
        }
    }
}

fn parsed(text: &str) -> Result<Config, Vec<Mistake>> {
    parse(Source { file: "f", text, base: Path::new("/etc/nudged"), board: None }, &OneBoard)
}

fn right(text: &str) -> Config {
    parsed(text).unwrap_or_else(|mistakes| panic!("{}", lines(&mistakes)))
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

/// The messages for `text` before a `[msn]` without mistakes; their lines are counted from the start of `text`.
fn mistakes_before_msn(text: &str) -> String {
    parsed(&format!("{text}\n{MSN}")).map_or_else(|mistakes| lines(&mistakes), |_| String::new())
}

/// The messages for the keys of a section, whose header is line 1.
fn mistakes_in(header: &str, keys: &str) -> String {
    parsed(&format!("{header}\n{keys}")).map_or_else(|mistakes| lines(&mistakes), |_| String::new())
}

const MSN: &str = "[msn]\nserver = \"10.0.0.1\"\naccount = \"desk@example.net\"\nauth = \"md5\"\n";

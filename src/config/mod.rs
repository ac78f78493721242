//! The configuration: TOML text in, a checked [`Config`] or every mistake at once out.
//!
//! In reading order: `mistake` (where a mistake stands), `tree` (sections and typed values), then one room for each
//! section of the file. Knows no protocol, no wire and no pixel: whoever does asks here what the person wants.

mod account;
mod board;
pub(crate) mod buttons;
mod display;
mod duration;
mod lights;
mod mistake;
mod msn;
mod networks;
mod people;
mod qq;
mod replies;
pub mod secrets;
mod tree;
mod watchdog;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::agent;
use crate::link::Network;
use crate::text::{NAME_RULE, is_name, place};

pub use board::{BoardChoice, BoardNames, Boards};
pub use mistake::Mistake;

use mistake::Notes;
use tree::{Section, Text, quoted};

/// A configuration without mistakes.
#[derive(Debug)]
pub struct Config {
    /// What the agent is told. Passwords are empty until [`secrets::read`] finds them.
    pub agent: agent::Settings,
    /// The board to drive.
    pub board: BoardChoice,
    /// Where each account's password is, unless the service manager hands it over.
    pub password_files: Vec<(Network, PathBuf)>,
    /// Certificates to trust beside the usual ones.
    pub ca_file: Option<CaFile>,
    /// The kernel's watchdog to feed, `/dev/watchdogN`.
    pub watchdog: Option<PathBuf>,
    /// What is legal but probably not meant, in the order of the file; then the same of the board file.
    pub warnings: Vec<Mistake>,
}

/// A file of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFile {
    /// Where it is.
    pub path: PathBuf,
    /// The configuration that names it, as the person calls that.
    file: String,
    /// Where in there, as in [`Mistake`].
    place: (usize, usize),
}

impl CaFile {
    /// It can't serve: a mistake at the place that names it.
    #[must_use]
    pub fn mistake(&self, why: &dyn fmt::Display) -> Mistake {
        Mistake { file: self.file.clone(), place: Some(self.place), text: format!("ca_file: {why}") }
    }
}

/// A configuration file as it was found.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// How messages name the file.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The directory relative paths start from: the one the file is in.
    pub base: &'a Path,
    /// A board that takes the place of the one in the file (`--board`).
    pub board: Option<&'a BoardChoice>,
}

/// Reads a configuration.
///
/// # Errors
/// Every mistake, in the order of the file; then those of the board file.
pub fn parse(source: Source<'_>, boards: &dyn Boards) -> Result<Config, Vec<Mistake>> {
    let mut notes = Notes::default();
    let root = tree::parsed(source.text, &mut notes);
    let root = Section::open("", &root, &KEYS, &mut notes);
    let config = config(root, source, boards, &mut notes);
    let (mistakes, mut warnings) = notes.finish(source.file, source.text);
    match config {
        Some(mut config) if mistakes.is_empty() => {
            warnings.append(&mut config.warnings);
            Ok(Config { warnings, ..config })
        }
        _ => Err(mistakes),
    }
}

/// Walks every section, whatever is wrong with the ones before it.
fn config(root: Section<'_>, source: Source<'_>, boards: &dyn Boards, notes: &mut Notes) -> Option<Config> {
    let (board, names) = board_of(root, source, boards, notes);
    let networks = networks::Networks::of(root);
    networks.expect_one(root, notes);
    let msn =
        section(root, "msn", "[msn]", &msn::KEYS, notes, |msn, notes| msn::read(msn, source.base, notes));
    let qq = section(root, "qq", "[qq]", &qq::KEYS, notes, |qq, notes| qq::read(qq, source.base, notes));
    let people = people::People::read(root, networks, notes);
    let lights = lights::Lights::read(root, &people, names.as_ref(), notes);
    let replies = replies::read(root, networks, notes);
    let buttons = buttons::read(root, replies.texts.len(), names.as_ref(), notes);
    let display = display::read(root, notes);
    let watchdog = watchdog::read(root, notes);
    let (msn, qq) = (msn?, qq?);
    let msn_file = msn.as_ref().map(|msn| (Network::Msn, msn.password_file.clone()));
    let qq_file = qq.as_ref().map(|qq| (Network::Qq, qq.password_file.clone()));
    let ca_file = msn.as_ref().and_then(|msn| msn.ca_file.clone()).map(|(path, at)| CaFile {
        path,
        file: source.file.to_owned(),
        place: place(source.text, at),
    });
    Some(Config {
        agent: agent::Settings {
            msn: msn.map(|msn| msn.settings),
            qq: qq.map(|qq| qq.settings),
            people: people.people,
            leds: lights.leds,
            lights: lights.lights,
            replies,
            buttons,
            display,
        },
        board,
        password_files: msn_file.into_iter().chain(qq_file).collect(),
        ca_file,
        watchdog,
        warnings: names.map_or_else(Vec::new, |names| names.warnings),
    })
}

/// A section that may be missing: `Some(None)` if it is, `None` if it is wrong.
#[expect(clippy::option_option, reason = "missing and wrong are two things")]
fn section<'a, T>(
    root: Section<'a>,
    key: &str,
    title: &'static str,
    keys: &[&str],
    notes: &mut Notes,
    read: impl FnOnce(Section<'a>, &mut Notes) -> Option<T>,
) -> Option<Option<T>> {
    if root.value(key).is_none() {
        return Some(None);
    }
    let section = root.section(key, title, keys, notes)?;
    read(section, notes).map(Some)
}

/// The board, and its names unless it has every name.
fn board_of(
    root: Section<'_>,
    source: Source<'_>,
    boards: &dyn Boards,
    notes: &mut Notes,
) -> (BoardChoice, Option<BoardNames>) {
    let written = root.text("board", "terminal", notes);
    if let Some(board) = source.board {
        return (board.clone(), board::names(board, boards, notes, Notes::board_option));
    }
    let Some(text) = written else { return (BoardChoice::default(), None) };
    let board = BoardChoice::of(text.get_ref()).from(source.base);
    let names =
        board::names(&board, boards, notes, |notes, wrong| notes.value(&text, format!("board: {wrong}")));
    (board, names)
}

/// A name of the person's own for a light, a button, a contact or a set.
fn name_of(key: &str, text: &Text<'_>, notes: &mut Notes) -> Option<String> {
    let name = *text.get_ref();
    if !is_name(name) {
        notes.value(text, format!("{key}: found {}, expected {NAME_RULE}", quoted(name)));
        return None;
    }
    Some(name.to_owned())
}

/// Why a configuration file gave no configuration.
#[derive(Debug)]
pub enum Refused {
    /// The file could not be read.
    Unreadable(io::Error),
    /// It was read, and these are its mistakes.
    Mistakes(Vec<Mistake>),
}

/// Reads a configuration file.
///
/// # Errors
/// [`Refused`].
pub fn load(path: &Path, board: Option<&BoardChoice>, boards: &dyn Boards) -> Result<Config, Refused> {
    let text = read_file(path)?;
    let file = path.display().to_string();
    parse(Source { file: &file, text: &text, base: directory_of(path), board }, boards)
        .map_err(Refused::Mistakes)
}

/// The board a configuration file names, even if everything else in it is wrong; `None` if it names none. Wires are
/// tested, and lights put out, whatever is the matter with accounts.
///
/// # Errors
/// [`Refused`]; mistakes only of this one key, or of the TOML if that hides it.
pub fn board(path: &Path) -> Result<Option<BoardChoice>, Refused> {
    let text = read_file(path)?;
    let mut notes = Notes::default();
    let root = tree::parsed(&text, &mut notes);
    let root = Section::open("", &root, &KEYS, &mut Notes::default());
    if let Some(written) = root.text("board", "terminal", &mut notes) {
        return Ok(Some(BoardChoice::of(written.get_ref()).from(directory_of(path))));
    }
    expect_none(notes, path, &text)?;
    Ok(None)
}

/// Where the configuration file says the password of an account is, even if much else in it is wrong: `nudged passwd`
/// writes there before anything works.
///
/// # Errors
/// [`Refused`]; mistakes only of the TOML itself, and of this one section and key.
pub fn password_file(path: &Path, network: Network) -> Result<PathBuf, Refused> {
    let text = read_file(path)?;
    let mut notes = Notes::default();
    let root = tree::parsed(&text, &mut notes);
    let root = Section::open("", &root, &KEYS, &mut Notes::default());
    let (title, keys) = match network {
        Network::Msn => ("[msn]", &msn::KEYS),
        Network::Qq => ("[qq]", &qq::KEYS),
    };
    let default = default_password_file(network);
    let found = match root.section(network.as_str(), title, keys, &mut Notes::default()) {
        Some(section) => account::path(section, "password_file", default, directory_of(path), &mut notes),
        None => {
            let at = root.value(network.as_str()).map_or(root.at(), |value| value.span().start);
            notes.missing(
                at,
                format!("there is no {title} whose password it would be; add that section first"),
            );
            None
        }
    };
    expect_none(notes, path, &text)?;
    Ok(found.unwrap_or_else(|| default.into()))
}

/// Refuses a file that there are mistakes in.
fn expect_none(notes: Notes, path: &Path, text: &str) -> Result<(), Refused> {
    let (mistakes, _) = notes.finish(&path.display().to_string(), text);
    if mistakes.is_empty() { Ok(()) } else { Err(Refused::Mistakes(mistakes)) }
}

/// Where the relative paths of a file start from.
fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Where the password of an account is when the configuration does not say.
#[must_use]
pub const fn default_password_file(network: Network) -> &'static str {
    match network {
        Network::Msn => MSN_PASSWORD_FILE,
        Network::Qq => QQ_PASSWORD_FILE,
    }
}

fn read_file(path: &Path) -> Result<String, Refused> {
    let mut octets = Vec::new();
    let file = File::open(path).map_err(Refused::Unreadable)?;
    file.take(FILE_MAX + 1).read_to_end(&mut octets).map_err(Refused::Unreadable)?;
    let mistake = |place, text: String| {
        Refused::Mistakes(vec![Mistake { file: path.display().to_string(), place, text }])
    };
    if octets.len() as u64 > FILE_MAX {
        return Err(mistake(
            None,
            format!("found more than {FILE_MAX} octets, expected a configuration file"),
        ));
    }
    String::from_utf8(octets).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        mistake(Some(place(&text, good)), "found octets that are no UTF-8, expected a text".to_owned())
    })
}

/// Every key the file may have, as `section`, `key`; sections whose keys are the person's own names come with one of the
/// values' keys.
#[cfg(test)]
fn every_key() -> Vec<(&'static str, &'static str)> {
    let sections: [(&str, &[&str]); 8] = [
        ("", &KEYS),
        ("msn", &msn::KEYS),
        ("qq", &qq::KEYS),
        ("light", &lights::KEYS),
        ("replies", &replies::KEYS),
        ("buttons", &buttons::KEYS),
        ("display", &display::KEYS),
        ("watchdog", &watchdog::KEYS),
    ];
    sections.into_iter().flat_map(|(section, keys)| keys.iter().map(move |key| (section, *key))).collect()
}

/// Where the configuration is when the command line does not say.
pub const CONFIG_FILE: &str = "/etc/nudged/nudged.toml";

const MSN_PASSWORD_FILE: &str = "/etc/nudged/msn.password";
const QQ_PASSWORD_FILE: &str = "/etc/nudged/qq.password";
/// The keys outside every section, and the sections.
const KEYS: [&str; 10] =
    ["board", "msn", "qq", "people", "sets", "light", "replies", "buttons", "display", "watchdog"];
/// Octets of a configuration file; a person's is a hundredth of it.
const FILE_MAX: u64 = 256 * 1024;

#[cfg(test)]
mod tests;

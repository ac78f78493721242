//! `nudged doctor`: what keeps a board from working, and the line that mends it.
//!
//! Gathers the facts; what follows from them stands in `examine`, which no machine is needed for.

mod buses;
mod examine;
mod finding;
mod lines;
#[cfg(test)]
mod tests;
mod watchdog;

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure, say};
use super::wiring::{Part, Wiring};
use super::{Command, start};
use crate::board::files::{self, DisplayWires, Source};
use crate::board::linux::survey::{Survey, Wanted};
use crate::board::{BoardFile, Unopened};
use crate::config::{self, BoardChoice, Config, Mistake, Refused, secrets};
use crate::link::Network;

pub(super) const COMMAND: Command = Command {
    name: "doctor",
    about: "say what is missing on this machine, and the line that mends it",
    help: HELP,
    options: &["config", "board"],
    words: &[],
    more: false,
    run: doctor,
};

const HELP: &str = "\
Looks at everything a board needs of this machine: the model, the configuration,
who may use lines and buses, every line and LED of the board file, which
addresses answer, the watchdog, the clock, the passwords.
Each line begins with

  ok  all is well
  !!  something is wrong; below it stands the line to type or to write that
      mends it
  --  it could not be looked at, or the configuration does not use it

Needs no root, takes no line, signs in nowhere, and leaves a running agent
alone. On an I2C bus of the board every address is asked for one octet. About
the clock timedatectl, chronyc and ntpq are asked, those that are there.

Usage: nudged doctor [--config FILE] [--board NAME|FILE]

Options:
      --config FILE      the configuration  [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  look at this board instead of the one in the
                         configuration
  -h, --help             this text

Exit codes: 0 nothing is wrong, 1 something is.
";

/// Everything that is known.
#[derive(Debug)]
struct Case {
    survey: Survey,
    /// The configuration file, as the person calls it.
    file: PathBuf,
    /// Whether it had to be named: then commands need it, too.
    named: bool,
    /// The board of the command line, which takes the place of the configured one.
    board_option: Option<String>,
    settings: Settings,
    /// What the configuration uses of the board; `None` if that can't be known.
    used: Option<Used>,
    board: Board,
    secrets: Vec<Secret>,
}

/// What came of reading the configuration.
#[derive(Debug)]
enum Settings {
    Missing,
    Unreadable(String),
    /// So many mistakes in it.
    Wrong(usize),
    Right,
}

impl Settings {
    /// What is wrong with the board or its file is told of the board.
    fn of(file: &Path, mistakes: &[Mistake]) -> Self {
        let file = file.display().to_string();
        match mistakes.iter().filter(|mistake| mistake.file == file).count() {
            0 => Self::Right,
            count => Self::Wrong(count),
        }
    }
}

/// The board.
#[derive(Debug, Default)]
struct Board {
    /// What the configuration or the command line names, if they do.
    choice: Option<BoardChoice>,
    /// Which one is for this machine, as far as its model tells.
    proposed: Option<String>,
    /// The file of the one named, or else of the one proposed, and where that is.
    file: Option<Wiring>,
    /// Why the one named can't be used.
    wrong: Option<Unopened>,
    /// Whether somebody has a `generic` board file of their own.
    own_generic: bool,
}

/// Names of the configuration.
#[derive(Debug, Default)]
struct Used {
    leds: Vec<String>,
    buttons: Vec<String>,
}

impl Case {
    /// Whether something is amiss if that part is. Of a configuration nobody can read all of it may be used.
    fn needs(&self, part: Part<'_>) -> bool {
        let Some(used) = &self.used else { return true };
        match part {
            Part::Led(name) => used.leds.iter().any(|led| led == name),
            Part::Button(name) => used.buttons.iter().any(|button| button == name),
            Part::Display => true,
        }
    }
}

/// What came of reading a password.
#[derive(Debug)]
struct Secret {
    /// `msn` or `qq`.
    network: &'static str,
    file: PathBuf,
    refused: Option<secrets::Refused>,
    /// Whether this user may write it, as far as its directory goes.
    ours: bool,
}

fn doctor(options: &Options) -> Result<(), Failure> {
    let findings = examine::examine(&case(options));
    say(&finding::shown(&findings))?;
    let wrong = findings.iter().any(finding::Finding::is_wrong);
    if wrong { Err(Failure::silent(Exit::Other)) } else { Ok(()) }
}

fn case(options: &Options) -> Case {
    let file = start::config_file(options);
    let named = start::board(options);
    let (settings, config) = match config::load(&file, named.as_ref(), &BoardFiles) {
        Ok(config) => (Settings::Right, Some(config)),
        Err(Refused::Mistakes(mistakes)) => (Settings::of(&file, &mistakes), None),
        Err(Refused::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => {
            (Settings::Missing, None)
        }
        Err(Refused::Unreadable(error)) => (Settings::Unreadable(error.to_string()), None),
    };
    // A configuration with mistakes still names its board.
    let choice = named.or_else(|| config::board(&file).ok().flatten());
    let mut survey = Survey::of_this_machine(&Wanted::default());
    let board = board(choice, survey.model.as_deref());
    let buses = board.file.as_ref().map(|wiring| wanted(&wiring.file)).unwrap_or_default();
    let watchdog = config.as_ref().and_then(|config| config.watchdog.clone());
    let wanted = Wanted { watchdog, ..buses };
    if wanted != Wanted::default() {
        survey = Survey::of_this_machine(&wanted);
    }
    survey.clock = survey.clock.asked();
    let secrets = config.as_ref().map(|config| secrets_of(config, options)).unwrap_or_default();
    let used = config.map(|config| Used {
        leds: config.agent.leds,
        buttons: config.agent.buttons.into_iter().map(|button| button.name).collect(),
    });
    let (named, board_option) = (options.config.is_some(), options.board.clone());
    Case { survey, file, named, board_option, settings, used, board, secrets }
}

fn board(choice: Option<BoardChoice>, model: Option<&str>) -> Board {
    let proposed = model.and_then(files::propose).map(str::to_owned);
    // The lines of the generic board are an example, and those of no machine in particular.
    let likely = proposed.as_deref().filter(|name| *name != GENERIC);
    let read = choice.clone().or_else(|| likely.map(BoardChoice::of));
    let (file, wrong) = match read.as_ref().map(Wiring::of) {
        Some(Ok(wiring)) => (wiring, None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let shipped = Source::find(GENERIC).is_ok_and(|found| found.built_in.is_some());
    Board { choice, proposed, file, wrong, own_generic: !shipped }
}

/// The buses a board needs.
fn wanted(file: &BoardFile) -> Wanted {
    let mut wanted = Wanted::default();
    match file.display.as_ref().map(|display| &display.wires) {
        Some(DisplayWires::I2c { bus, .. }) => wanted.i2c.push(bus.clone()),
        Some(DisplayWires::Spi { bus, .. }) => wanted.spi.push(bus.clone()),
        None => {}
    }
    wanted.spi.extend(file.strip.iter().map(|strip| strip.bus.clone()));
    wanted
}

fn secrets_of(config: &Config, options: &Options) -> Vec<Secret> {
    let secret = |(network, file): &(Network, PathBuf)| Secret {
        network: network.as_str(),
        file: file.clone(),
        refused: start::password(*network, file, options).err(),
        ours: file.parent().is_some_and(|folder| access(folder, Access::WRITE_OK).is_ok()),
    };
    config.password_files.iter().map(secret).collect()
}

/// The board for machines that nobody knows.
const GENERIC: &str = "generic";

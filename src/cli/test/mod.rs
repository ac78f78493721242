//! `nudged test`: the wires of a board, one part at a time, with nothing but a board.
//!
//! Joins the parts and the loop; what a part does stands beside this file.

mod buttons;
mod card;
mod leds;
mod play;

use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure};
use super::filter::Filter;
use super::wiring::{self, Wiring};
use super::{Command, start};
use crate::agent::{Button, Settings};
use crate::board::Part;
use crate::board::files::Panel;
use crate::config::{self, BoardChoice};
use crate::nearest;

use play::{Act, Stage, Tested};

pub(super) const COMMAND: Command = Command {
    name: "test",
    about: "test the wires: light each LED, echo gestures, draw a test card",
    help: HELP,
    options: &["config", "board", "log"],
    words: &["what to test: leds, buttons or display"],
    more: false,
    run: test,
};

const HELP: &str = "\
Tests the wires of the board, and says what should be seen:

  leds     lights each LED in turn by its name, in its colours; then all of them
           in every rhythm
  buttons  tells every press and release with its time, and which gesture it
           was, until Ctrl-C
  display  draws a test card for ten seconds, or until Ctrl-C

It needs no account: of the configuration it reads the board, and the times of
buttons if the rest is right. What is missing is said, with the reason, and the
rest is tested. Nobody can see from here whether a LED or a strip is wired to
what is there: that is what your eyes are for. Everything is dark again however
it ends. The agent must be stopped: it holds the same lines.

Usage: nudged test leds|buttons|display [--config FILE] [--board NAME|FILE]

Options:
      --config FILE      the configuration that names the board
                         [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  test this board, whatever the configuration says
      --log FILTER       what to log on stderr, as for `nudged run`
                         [default: $NUDGED_LOG, or warnings and what the board
                         says]
  -h, --help             this text

Exit codes: 0 tested, or asked to stop, 74 something was missing (the rest is
tested), 78 there is no such board, or it has nothing of that kind.
";

fn test(options: &Options) -> Result<(), Failure> {
    let part = options.words.first().map_or("", String::as_str);
    if !PARTS.contains(&part) {
        return Err(Failure::usage(&format!("test: found \"{part}\"; {}", nearest::hint(part, PARTS))));
    }
    let quiet = Filter::parse(QUIET).map_err(|wrong| Failure::new(Exit::Other, wrong))?;
    start::log_unless_told(options, quiet)?;
    let bench = Bench::of(options)?;
    match part {
        "leds" => {
            let lamps = bench.lamps();
            bench.expect(!lamps.is_empty(), "LEDs")?;
            let tested = lamps.iter().enumerate().map(|(place, lamp)| lamp.tested(place)).collect();
            play::run(&bench.board, tested, Vec::new(), leds::Script::new(&lamps))
        }
        "buttons" => {
            let buttons = bench.buttons();
            bench.expect(!buttons.is_empty(), "buttons")?;
            let tested =
                buttons.iter().enumerate().map(|(place, button)| bench.button(place, button)).collect();
            play::run(&bench.board, tested, buttons.clone(), buttons::Echo::new(buttons))
        }
        _ => {
            let panel = bench.panel();
            bench.expect(panel.is_some(), "display")?;
            let panel = panel.unwrap_or_default();
            let card = card::Card::new(&bench.board.to_string(), &panel);
            let told = format!("display ({panel})");
            let display = Tested { part: Part::Display, name: "display".to_owned(), told };
            play::run(&bench.board, vec![display], Vec::new(), card)
        }
    }
}

/// What is tested.
struct Bench {
    board: BoardChoice,
    /// What its file says; simulated boards have none.
    wiring: Option<Wiring>,
    /// What the configuration says, if it is right.
    settings: Option<Settings>,
}

impl Bench {
    fn of(options: &Options) -> Result<Self, Failure> {
        let board = wiring::board(options)?;
        let wiring = wiring::wiring(&board)?;
        let config = config::load(&start::config_file(options), Some(&board), &BoardFiles);
        Ok(Self { board, wiring, settings: config.ok().map(|config| config.agent) })
    }

    fn expect(&self, there: bool, what: &str) -> Result<(), Failure> {
        if there {
            return Ok(());
        }
        Err(Failure::new(Exit::Config, format!("test: board {} has no {what}", self.board)))
    }

    /// Every LED of the board; of a simulated one, what the configuration names, or else a few.
    fn lamps(&self) -> Vec<leds::Lamp> {
        if let Some(wiring) = &self.wiring {
            return wiring.file.leds.iter().map(leds::Lamp::of).collect();
        }
        let named = self.settings.as_ref().map(|settings| settings.leds.clone());
        let names = named.filter(|names| !names.is_empty());
        let names = names.unwrap_or_else(|| SOME_LEDS.map(str::to_owned).to_vec());
        names.into_iter().map(leds::Lamp::simulated).collect()
    }

    /// Every button of the board, with the times of the configuration where it has some.
    fn buttons(&self) -> Vec<Button> {
        let told = self.settings.as_ref().map(|settings| settings.buttons.clone()).unwrap_or_default();
        let names: Vec<String> = match &self.wiring {
            Some(wiring) => wiring.file.buttons.iter().map(|button| button.name.clone()).collect(),
            None if told.is_empty() => SOME_BUTTONS.map(str::to_owned).to_vec(),
            None => return told,
        };
        let timed = |name: String| {
            let told = told.iter().find(|button| button.name == name).cloned();
            told.unwrap_or_else(|| Button { name, ..Button::default() })
        };
        names.into_iter().map(timed).collect()
    }

    /// A button as a part of the board.
    fn button(&self, place: usize, Button { name, .. }: &Button) -> Tested {
        let wired = self.wiring.as_ref().and_then(|wiring| wiring.file.button(name));
        let told = wired.map_or_else(|| name.clone(), |button| format!("{name} ({})", button.line));
        Tested { part: Part::Button(place), name: name.clone(), told }
    }

    /// What the display is, in a few words, if there is one.
    fn panel(&self) -> Option<String> {
        let Some(wiring) = &self.wiring else { return Some(SIMULATED_PANEL.to_owned()) };
        Some(match wiring.file.display.as_ref()?.panel {
            Panel::Oled { size, .. } => format!("{} pixels", size.as_str()),
            Panel::Characters { columns, rows } => format!("{columns}x{rows} letters"),
        })
    }
}

/// What is missing the test says itself.
const QUIET: &str = "board=info,board::linux::faults=off,warn";
const PARTS: [&str; 3] = ["leds", "buttons", "display"];
/// What simulated boards have when nobody says: what README wires.
const SOME_LEDS: [&str; 3] = ["desk", "team", "rgb"];
const SOME_BUTTONS: [&str; 2] = ["left", "right"];
const SIMULATED_PANEL: &str = "128x64 pixels";

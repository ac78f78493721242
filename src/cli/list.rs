//! `nudged list`: what there is to choose from.
//!
//! Takes no line and lights nothing.

use super::Command;
use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure, say};
use crate::board::files;
use crate::config::{BoardChoice, Boards as _};
use crate::nearest;
use crate::text::Shown;

pub(super) const COMMAND: Command = Command {
    name: "list",
    about: "list what there is: boards, lines, leds",
    help: HELP,
    options: &["config", "board"],
    words: &["what to list: boards, lines or leds"],
    // The name of a board.
    more: true,
    run: list,
};

const HELP: &str = "\
Lists what there is to choose from:

  boards  what --board and the configuration's board key know by name; with a
          NAME behind it, the board file of that name as it comes with nudged:
          what to wire where, and what to copy for a wiring of your own:
            sudo mkdir -p /etc/nudged/boards
            nudged list boards rpi | sudo tee /etc/nudged/boards/rpi.toml
  lines   every GPIO line of this machine: its chip's label, its place there,
          its name, who uses it, and what the board file has on it
  leds    the LEDs the kernel drives, for line = \"class:NAME\": greatest
          brightness, the trigger that moves it, its colours, and whether this
          user may write to it

Usage: nudged list boards [NAME]
       nudged list lines|leds [--config FILE] [--board NAME|FILE]

Options:
      --config FILE      the configuration that names the board
                         [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  mark the lines and LEDs of this board
  -h, --help             this text

Exit codes: 0 listed, 74 there is no chip or no LED, or a chip can't be opened
(those that can are listed), 78 there is no such board or configuration, or the
board file of --board is wrong.
";

fn list(options: &Options) -> Result<(), Failure> {
    let words: Vec<&str> = options.words.iter().map(String::as_str).collect();
    match words[..] {
        ["boards", ..] if options.board.is_some() || options.config.is_some() => {
            let option = if options.board.is_some() { "--board" } else { "--config" };
            Err(Failure::usage(&format!("list: boards takes no {option}; it lists those there are")))
        }
        ["boards"] => say(&crate::board::names()
            .map(|(name, about)| format!("{name:<14}{about}\n"))
            .collect::<String>()),
        ["boards", name] => board(name),
        ["lines"] => machine::lines(options),
        ["leds"] => machine::leds(options),
        ["boards" | "lines" | "leds", .., extra] => {
            Err(Failure::usage(&format!("list: unexpected \"{extra}\"")))
        }
        _ => {
            let wrong = words.first().unwrap_or(&"");
            let hint = nearest::hint(wrong, ["boards", "lines", "leds"]);
            Err(Failure::usage(&format!("list: found \"{wrong}\"; {hint}")))
        }
    }
}

/// A board file as it comes with the program, never the copy that took its place: whoever pipes it there has emptied that.
fn board(name: &str) -> Result<(), Failure> {
    if let Some(text) = files::built_in(name) {
        return say(text);
    }
    let why = if BoardChoice::of(name).has_every_name() {
        "is only simulated and has no file".to_owned()
    } else {
        let known = BoardFiles.known();
        format!("does not come with nudged; {}", nearest::hint(name, known.iter().map(String::as_str)))
    };
    Err(Failure::new(Exit::Config, format!("list: board \"{}\" {why}", Shown(name))))
}

#[cfg(feature = "hardware")]
mod machine {
    use super::super::table::table;
    use super::super::wiring::{self, Wiring};
    use super::{Exit, Failure, Options, Shown, say};
    use crate::board::BoardFile;
    use crate::board::files::{Line, Wires};
    use crate::board::linux::survey::{self, ClassLed};
    use crate::board::linux::{Lines, Place};

    pub(super) fn lines(options: &Options) -> Result<(), Failure> {
        let board = marked(options)?;
        let lines = Lines::of_this_machine();
        if lines.places.is_empty() && lines.refused.is_empty() {
            return Err(Failure::new(Exit::Io, "list: this machine has no GPIO chip; ask `nudged doctor`"));
        }
        if !lines.places.is_empty() {
            say(&lines_text(&lines, board.as_ref()))?;
        }
        Failure::all(lines.refused.iter().map(|(chip, why)| {
            let chip = chip.display();
            Failure::new(Exit::Io, format!("list: {chip} can't be opened: {why}; ask `nudged doctor`"))
        }))
    }

    pub(super) fn leds(options: &Options) -> Result<(), Failure> {
        let board = marked(options)?;
        let leds = survey::class_leds();
        if leds.is_empty() {
            return Err(Failure::new(Exit::Io, "list: the kernel of this machine drives no LED"));
        }
        say(&leds_text(&leds, board.as_ref()))
    }

    /// The board whose lines are marked. What the command line names must be right; without a configured board, or with a
    /// wrong one, there is still something to list.
    fn marked(options: &Options) -> Result<Option<BoardFile>, Failure> {
        let wiring = match wiring::board(options) {
            Ok(board) if options.board.is_some() => wiring::wiring(&board)?,
            Ok(board) => Wiring::of(&board).unwrap_or_default(),
            Err(wrong) if options.config.is_some() => return Err(wrong),
            Err(_) => None,
        };
        Ok(wiring.map(|wiring| wiring.file))
    }

    fn lines_text(lines: &Lines, board: Option<&BoardFile>) -> String {
        let uses = board.map(wiring::uses).unwrap_or_default();
        let head = ["chip", "line", "name", "used by", "board file"].map(str::to_owned).to_vec();
        let rows = lines.places.iter().map(|place| {
            let here = |line: &Line| lines.find(line).is_ok_and(|meant| same(meant, place));
            let on_it: Vec<&str> =
                uses.iter().filter(|one| here(one.line)).map(|one| one.what.as_str()).collect();
            vec![
                Shown(&place.label).to_string(),
                place.offset.to_string(),
                Shown(&place.name).to_string(),
                Shown(&place.consumer).to_string(),
                on_it.join(", "),
            ]
        });
        table("", std::iter::once(head).chain(rows).collect())
    }

    fn same(one: &Place, other: &Place) -> bool {
        (&one.chip, one.offset) == (&other.chip, other.offset)
    }

    fn leds_text(leds: &[ClassLed], board: Option<&BoardFile>) -> String {
        let head = ["name", "brightness", "trigger", "colours", "may write", "board file"];
        let rows = leds.iter().map(|led| {
            let on_it = board.iter().flat_map(|file| &file.leds);
            let on_it: Vec<String> = on_it
                .filter(|wired| matches!(&wired.wires, Wires::Class(name) if *name == led.name))
                .map(|wired| format!("led {}", wired.name))
                .collect();
            vec![
                Shown(&led.name).to_string(),
                format!("0 to {}", led.max_brightness),
                Shown(&led.trigger).to_string(),
                Shown(&led.colours.join(" ")).to_string(),
                if led.writable { "yes" } else { "no" }.to_owned(),
                on_it.join(", "),
            ]
        });
        table("", std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn place(chip: &str, offset: u32, name: &str, consumer: &str) -> Place {
            Place {
                chip: format!("/dev/{chip}").into(),
                label: chip.into(),
                offset,
                name: name.into(),
                consumer: consumer.into(),
            }
        }

        #[test]
        fn lines_are_aligned_marked_and_can_not_steer_a_terminal() {
            let lines = Lines {
                places: vec![
                    place("pinctrl-rp1", 5, "GPIO5", "nudged"),
                    place("pinctrl-rp1", 22, "GPIO22", ""),
                    place("expander\u{1b}[2J", 7, "", "lirc\n"),
                ],
                refused: Vec::new(),
            };
            let board = BoardFile::parse(
                "[leds.rgb]\nred = 'GPIO22'\ngreen = 'GPIO23'\nblue = 'GPIO24'\n\
                 [leds.act]\nline = 'class:ACT'\n[buttons.left]\nline = 'GPIO5'\n",
            )
            .unwrap();
            assert_eq!(
                lines_text(&lines, Some(&board)),
                "chip               line  name    used by    board file\n\
                 pinctrl-rp1        5     GPIO5   nudged     button left\n\
                 pinctrl-rp1        22    GPIO22             led rgb red\n\
                 expander\\u{1b}[2J  7             lirc\\u{a}\n"
            );
            assert!(!lines_text(&lines, None).contains("button"));
        }

        #[test]
        fn leds_of_the_kernel_say_what_they_can_and_whose_they_are() {
            let led = |name: &str, writable, colours: &[&str]| ClassLed {
                name: name.into(),
                max_brightness: 255,
                trigger: "mmc0".into(),
                triggers: Vec::new(),
                colours: colours.iter().map(|colour| (*colour).into()).collect(),
                writable,
            };
            let leds = [led("ACT", false, &[]), led("case:rgb", true, &["red", "green", "blue"])];
            let board = BoardFile::parse("[leds.act]\nline = 'class:ACT'\n").unwrap();
            assert_eq!(
                leds_text(&leds, Some(&board)),
                "name      brightness  trigger  colours         may write  board file\n\
                 ACT       0 to 255    mmc0                     no         led act\n\
                 case:rgb  0 to 255    mmc0     red green blue  yes\n"
            );
        }
    }
}

#[cfg(not(feature = "hardware"))]
mod machine {
    use super::{Exit, Failure, Options};

    pub(super) fn lines(_: &Options) -> Result<(), Failure> {
        Err(Failure::new(Exit::Other, "list: this nudged was built without the feature `hardware`"))
    }

    pub(super) fn leds(options: &Options) -> Result<(), Failure> {
        lines(options)
    }
}

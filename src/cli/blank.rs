//! `nudged blank`: every output of the board into its stopped state, whoever left it on.
//!
//! Knows the board and nothing else: it works with a configuration full of mistakes.

use super::arguments::Options;
use super::failure::Failure;
use super::{Command, wiring};

pub(super) const COMMAND: Command = Command {
    name: "blank",
    about: "put out every light and the display of the board",
    help: HELP,
    options: &["config", "board"],
    words: &[],
    more: false,
    run: blank,
};

const HELP: &str = "\
Puts every LED and the display that the board file has into the stopped state:
off, dark. For what a killed agent left on, as a Raspberry Pi's kernel keeps
lines at their level and LEDs blinking; the systemd unit runs it after the
agent, however that ended. Of the configuration it reads the board alone, so it
works when the rest is wrong. Stop the agent first: a line that it holds is left
to it. With a board that is only simulated there is nothing to do.

Usage: nudged blank [--config FILE] [--board NAME|FILE]

Options:
      --config FILE      the configuration that names the board
                         [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  put out this board, whatever the configuration says
  -h, --help             this text

Exit codes: 0 everything is dark, 74 something can't be reached (the rest is
dark), 78 there is no such board, or its file is wrong.
";

fn blank(options: &Options) -> Result<(), Failure> {
    let board = wiring::board(options)?;
    match wiring::wiring(&board)? {
        Some(wiring) => darken(&wiring),
        None => Ok(()),
    }
}

#[cfg(feature = "hardware")]
fn darken(wiring: &wiring::Wiring) -> Result<(), Failure> {
    use super::failure::Exit;
    use crate::board::{Linux, Setup, Unopened};

    let leds = wiring.file.leds.iter().map(|led| led.name.clone()).collect();
    let setup = Setup { leds, buttons: Vec::new(), started: std::time::Instant::now() };
    let mut board = Linux::open(&wiring.file, setup)
        .map_err(|why| wiring::unopened(&Unopened::Unfit(wiring.source.path.clone(), why)))?;
    let lit = board.darken();
    Failure::all(lit.into_iter().map(|why| Failure::new(Exit::Io, format!("blank: {why}"))))
}

#[cfg(not(feature = "hardware"))]
fn darken(wiring: &wiring::Wiring) -> Result<(), Failure> {
    Err(wiring::unopened(&crate::board::without_hardware(wiring.source.path.clone())))
}

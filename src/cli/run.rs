//! `nudged run`: the agent with a real server and a board.
//!
//! Joins the rooms; what they do then is theirs.

use std::path::PathBuf;
use std::time::Instant;

use super::arguments::Options;
use super::failure::{Exit, Failure};
use super::{Command, start, wiring};
use crate::agent::{self, Agent, Snapshot};
use crate::board::{self, Setup};
use crate::config::BoardChoice;
use crate::control::Control;
use crate::driver::{self, Edges};
use crate::net::Links;
use crate::store::Store;
use crate::watchdog::{Device, Systemd, Watchdog};

pub(super) const COMMAND: Command = Command {
    name: "run",
    about: "run the agent: sign in, drive the lights, answer the buttons",
    help: HELP,
    options: &["config", "board", "state-dir", "socket", "log"],
    words: &[],
    more: false,
    run,
};

const HELP: &str = "\
Runs the agent until Ctrl-C or SIGTERM: signs in, shows presence and messages on
the board, sends canned replies at the press of a button. It never ends because
of a server's answer; it shows it and tries again, or waits for a person.

Usage: nudged run [OPTIONS]

Options:
      --config FILE      the configuration  [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  drive this board instead of the one in the
                         configuration: a name that `nudged list boards` shows,
                         or a board file
      --state-dir DIR    keep the contact list here over a restart
                         [default: $STATE_DIRECTORY]
      --socket FILE      make the socket for `nudged status` and its like here
                         [default: control.sock in $RUNTIME_DIRECTORY; without
                         one, no socket]
      --log FILTER       what to log on stderr: off, error, warn, info, debug,
                         trace, or ROOM=LEVEL; several between commas, as in
                         msnp=debug,net=trace,warn
                         [default: $NUDGED_LOG, or info]
  -h, --help             this text

Exit codes: 0 asked to stop, 64 wrong command line, 74 the board or a file can't
be used, 78 wrong configuration.
";

/// Everything the agent needs to live.
#[derive(Debug)]
pub(super) struct Life {
    /// What the agent is told, the password among it.
    pub(super) settings: agent::Settings,
    /// What it shows itself on.
    pub(super) board: BoardChoice,
    /// How it reaches the world.
    pub(super) links: Links,
    /// Where it keeps its contact list; `None` keeps nothing.
    pub(super) state_dir: Option<PathBuf>,
    /// Where people at shells reach it; `None` lets nobody.
    pub(super) socket: Option<PathBuf>,
    /// Who restarts it.
    pub(super) watchdog: Watchdog,
    /// Spreads its reconnects.
    pub(super) seed: u64,
}

fn run(options: &Options) -> Result<(), Failure> {
    start::log(options)?;
    // Before the password is in this process's memory.
    driver::harden();
    let mut config = start::config(options)?;
    for warning in &config.warnings {
        log::warn!("config: {warning}");
    }
    start::unlock(&mut config, options)?;
    let socket = start::socket(options);
    if socket.is_none() {
        log::info!("control: no RUNTIME_DIRECTORY and no --socket: nudged status can't reach this agent");
    }
    smol::block_on(live(Life {
        links: start::links(&config)?,
        settings: config.agent,
        board: config.board,
        state_dir: start::state_dir(options),
        socket,
        watchdog: Watchdog { systemd: Systemd::of_environment(), device: config.watchdog.map(Device::new) },
        seed: fastrand::u64(..),
    }))
}

/// Joins everything and drives the agent until it has stopped.
pub(super) async fn live(life: Life) -> Result<(), Failure> {
    let started = Instant::now();
    let store = life.state_dir.map(Store::open);
    let control = match life.socket {
        Some(socket) => Control::open(&socket).map_err(|error| Failure::new(Exit::Io, error))?,
        None => Control::nowhere(),
    };
    let mut board = board::open(&life.board.to_string(), Setup::of(&life.settings, started))
        .map_err(|error| wiring::unopened(&error))?;
    let snapshot = store.as_ref().and_then(Store::load::<Snapshot>);
    let mut settings = life.settings;
    if let Some((columns, rows)) = board.room() {
        (settings.display.columns, settings.display.rows) = (columns, rows);
    }
    let mut agent = Box::new(Agent::new(settings, snapshot, life.seed));
    let edges = Edges { links: life.links, store, control, watchdog: life.watchdog };
    driver::run(&mut *agent, &mut board, edges, started)
        .await
        .map(|_wakeups| ())
        .map_err(|error| Failure::new(Exit::Io, format!("board {}: {error}", life.board)))
}

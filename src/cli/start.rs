//! What several commands begin with: the log, the configuration, the password.
//!
//! Does not know what the command does then.

use std::path::{Path, PathBuf};

use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure};
use super::filter::Filter;
use super::logging;
use crate::config::{self, BoardChoice, CONFIG_FILE, Config, secrets};

/// Begins to log as `--log`, or else `NUDGED_LOG`, says.
pub(super) fn log(options: &Options) -> Result<(), Failure> {
    let variable = || std::env::var("NUDGED_LOG").ok().filter(|text| !text.is_empty());
    let (source, text) = match &options.log {
        Some(text) => ("--log", Some(text.clone())),
        None => ("NUDGED_LOG", variable()),
    };
    let filter = text.map_or_else(|| Ok(Filter::default()), |text| Filter::parse(&text));
    logging::start(filter.map_err(|wrong| Failure::usage(&format!("{source}: {wrong}")))?);
    Ok(())
}

/// The configuration file a command reads.
pub(super) fn config_file(options: &Options) -> PathBuf {
    options.config.clone().unwrap_or_else(|| CONFIG_FILE.into())
}

/// The board of the command line, if it names one.
pub(super) fn board(options: &Options) -> Option<BoardChoice> {
    options.board.as_deref().map(BoardChoice::of)
}

/// Reads the configuration, with every mistake in the failure.
pub(super) fn config(options: &Options) -> Result<Config, Failure> {
    let file = config_file(options);
    config::load(&file, board(options).as_ref(), &BoardFiles)
        .map_err(|refused| Failure::refused(&file, &refused))
}

/// Puts the password into the account.
pub(super) fn unlock(config: &mut Config) -> Result<(), Failure> {
    let Some(msn) = &mut config.agent.msn else { return Ok(()) };
    msn.password = secrets::read("msn", &config.password_file).map_err(|refused| {
        Failure::new(Exit::Config, format!("the password of {}: {refused}", msn.account))
    })?;
    Ok(())
}

/// Where the agent keeps what it knows over a restart: `--state-dir`, or the first of systemd's. Without either nothing is
/// kept, and the first sign-in after a start takes a little longer.
pub(super) fn state_dir(options: &Options) -> Option<PathBuf> {
    let systemd = || {
        let all = std::env::var_os("STATE_DIRECTORY")?;
        let first = all.to_str()?.split(':').next().filter(|first| !first.is_empty())?;
        Some(Path::new(first).to_owned())
    };
    options.state_dir.clone().or_else(systemd)
}

//! What several commands begin with: the log, the configuration, the password.
//!
//! Does not know what the command does then.

use std::path::{Path, PathBuf};

use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure};
use super::filter::Filter;
use super::logging;
use crate::agent;
use crate::config::{self, BoardChoice, CONFIG_FILE, Config, secrets};
use crate::link::Network;
use crate::net::{self, Links};
use crate::text::Secret;

/// Begins to log as `--log`, or else `NUDGED_LOG`, says.
pub(super) fn log(options: &Options) -> Result<(), Failure> {
    log_unless_told(options, Filter::default())
}

/// The same, with a filter of the command's own where nobody says anything.
pub(super) fn log_unless_told(options: &Options, own: Filter) -> Result<(), Failure> {
    let variable = || std::env::var("NUDGED_LOG").ok().filter(|text| !text.is_empty());
    let (source, text) = match &options.log {
        Some(text) => ("--log", Some(text.clone())),
        None => ("NUDGED_LOG", variable()),
    };
    let filter = text.map_or(Ok(own), |text| Filter::parse(&text));
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

/// Puts the passwords into the accounts.
pub(super) fn unlock(config: &mut Config, options: &Options) -> Result<(), Failure> {
    for (network, file) in &config.password_files {
        let found = password(*network, file, options).map_err(|refused| {
            let account = account(*network, &config.agent);
            Failure::new(Exit::Config, format!("the password of {account}: {refused}"))
        })?;
        match network {
            Network::Msn => config.agent.msn.iter_mut().for_each(|msn| msn.password = found.clone()),
            Network::Qq => config.agent.qq.iter_mut().for_each(|qq| qq.password = found.clone()),
        }
    }
    Ok(())
}

fn account(network: Network, agent: &agent::Settings) -> String {
    match network {
        Network::Msn => agent.msn.as_ref().map_or_else(String::new, |msn| msn.account.clone()),
        Network::Qq => agent.qq.as_ref().map_or_else(String::new, |qq| qq.uin.account().as_str().to_owned()),
    }
}

/// The password of an account.
pub(super) fn password(network: Network, file: &Path, options: &Options) -> Result<Secret, secrets::Refused> {
    secrets::read(network.as_str(), file).map_err(|refused| refused.with_config(options.config.as_deref()))
}

/// Whom connections trust, and how names become addresses. A file of certificates that can't serve is told with the
/// place it is named at.
pub(super) fn links(config: &Config) -> Result<Links, Failure> {
    let ca_file = config.ca_file.as_ref();
    let options = net::Options { ca_file: ca_file.map(|ca| ca.path.clone()), ..net::Options::default() };
    Links::new(options).map_err(|error| match ca_file {
        Some(ca_file) => Failure::mistakes(&[ca_file.mistake(&error)]),
        None => Failure::new(Exit::Config, error),
    })
}

/// Where the agent keeps what it knows over a restart: `--state-dir`, or the first of systemd's. Without either nothing is
/// kept, and the first sign-in after a start takes a little longer.
pub(super) fn state_dir(options: &Options) -> Option<PathBuf> {
    options.state_dir.clone().or_else(|| directory("STATE_DIRECTORY"))
}

/// Where the control socket is: `--socket`, or `control.sock` in the first of systemd's.
pub(super) fn socket(options: &Options) -> Option<PathBuf> {
    options.socket.clone().or_else(|| Some(directory("RUNTIME_DIRECTORY")?.join("control.sock")))
}

/// The first of the directories that systemd made.
fn directory(variable: &str) -> Option<PathBuf> {
    let all = std::env::var_os(variable)?;
    let first = all.to_str()?.split(':').next().filter(|first| !first.is_empty())?;
    Some(Path::new(first).to_owned())
}

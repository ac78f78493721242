//! `nudged demo`: the agent against the emulator on loopback, with scripted friends.
//!
//! Knows the demo's account; what the friends do is the emulator's.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use smol::future::FutureExt as _;

use super::arguments::Options;
use super::boards::BoardFiles;
use super::failure::{Exit, Failure};
use super::run::{self, Life};
use super::{Command, start};
use crate::config::{self, BoardChoice, Config, Source};
use crate::emulator::server::{Doors, Server};
use crate::emulator::{self, Accounts, Emulator, Friends, Script, Service, qq};
use crate::http::Url;
use crate::link::Endpoint;
use crate::msnp::Auth;
use crate::net::{self, Links};
use crate::text::Secret;
use crate::watchdog::Watchdog;

pub(super) const COMMAND: Command = Command {
    name: "demo",
    about: "see it work on this screen: scripted friends, nothing else needed",
    help: HELP,
    options: &["board", "seed", "log"],
    words: &[],
    more: false,
    run: demo,
};

const HELP: &str = "\
Shows the whole thing on this screen: an MSN and a QQ service on this machine
alone, friends who come and go, write, nudge and answer, and the desk light that
shows it. Press the keys it names; Ctrl-C ends it. Nothing is written, and
nothing leaves this machine.

Usage: nudged demo [--board terminal|headless] [--seed N]

Options:
      --board NAME  terminal, or headless for JSON lines out and words in
                    [default: terminal]
      --seed N      the same number plays the same story
                    [default: a new one each time]
      --log FILTER  what to log on stderr, as for `nudged run`
                    [default: $NUDGED_LOG, or info]
  -h, --help        this text
";

fn demo(options: &Options) -> Result<(), Failure> {
    let board = start::board(options).unwrap_or_default();
    if !board.has_every_name() {
        return Err(Failure::usage(&format!(
            "demo: found the board \"{board}\", expected terminal or headless"
        )));
    }
    start::log(options)?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let config = configuration(&board)?;
    smol::block_on(async {
        let server =
            service(seed).await.map_err(|error| Failure::new(Exit::Other, format!("demo: {error}")))?;
        let life = life(config, &server, seed)?;
        let served =
            async { server.run().await.map_err(|error| Failure::new(Exit::Other, format!("demo: {error}"))) };
        run::live(life).or(served).await
    })
}

/// The demo's configuration, which ships inside the program.
fn configuration(board: &BoardChoice) -> Result<Config, Failure> {
    let source = Source { file: "demo.toml", text: CONFIGURATION, base: Path::new(""), board: Some(board) };
    config::parse(source, &BoardFiles).map_err(|mistakes| Failure::mistakes(&mistakes))
}

/// Points the accounts at the services.
fn life(config: Config, server: &Server, seed: u64) -> Result<Life, Failure> {
    let mut settings = config.agent;
    let addresses = server.addresses();
    let wrong = |what: &dyn std::fmt::Display| Failure::new(Exit::Other, format!("demo: {what}"));
    if let Some(msn) = &mut settings.msn {
        let address = addresses.dispatch.to_string();
        msn.server = Endpoint::parse(address.as_bytes(), 0).map_err(|error| wrong(&error))?;
        let nexus = Url::parse(addresses.nexus.as_bytes()).map_err(|error| wrong(&error))?;
        msn.auth = Auth::Tweener { nexus };
        msn.password = Secret::new(PASSWORD.to_owned());
    }
    if let (Some(qq), Some(address)) = (&mut settings.qq, addresses.qq) {
        qq.server = Url::parse(format!("http://{address}").as_bytes()).map_err(|error| wrong(&error))?;
        qq.password = Secret::new(PASSWORD.to_owned());
    }
    let net = net::Options { ca_pem: Some(server.ca_pem().to_owned()), ..net::Options::default() };
    let links = Links::new(net).map_err(|error| wrong(&error))?;
    Ok(Life {
        settings,
        board: config.board,
        links,
        state_dir: None,
        socket: None,
        watchdog: Watchdog::default(),
        seed,
    })
}

/// The services with their friends, listening on free ports of the loopback.
async fn service(seed: u64) -> io::Result<Server> {
    let accounts = Accounts::built_in();
    let friends = Friends::new(seed, Script::day(&accounts, ACCOUNT));
    let qq_friends = qq::Friends::new(seed, qq::Script::day(&accounts, UIN));
    let service = Service::new(accounts, emulator::Options::default(), seed);
    let emulator = Emulator::new(service).with_friends(friends).with_qq_friends(qq_friends);
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Server::bind(emulator, &Doors { qq: Some(any), ..Doors::default() }).await
}

/// Whose desk the demo is.
const ACCOUNT: &str = "desk@example.net";
const UIN: u32 = 29_501_213;
const CONFIGURATION: &str = include_str!("../../config/demo.toml");
/// What both have in the emulator's accounts.
const PASSWORD: &str = "nudge";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_configuration_is_right() {
        let config = configuration(&BoardChoice::Headless).unwrap();
        assert_eq!(config.board, BoardChoice::Headless);
        assert_eq!(config.agent.leds, ["alice", "bob", "wei", "letter", "self", "qq"]);
        assert!(config.warnings.is_empty());
    }
}

//! `nudged emulate`: the emulator by itself, for other clients too.
//!
//! Knows where it listens; what it says is the emulator's.

use std::io;
use std::net::SocketAddr;

use async_signal::{Signal, Signals};
use smol::future::FutureExt as _;
use smol::stream::StreamExt as _;

use super::arguments::Options;
use super::failure::{Exit, Failure, say};
use super::{Command, start};
use crate::emulator::server::{Doors, Server};
use crate::emulator::{self, Accounts, Emulator, Fault, Service};

pub(super) const COMMAND: Command = Command {
    name: "emulate",
    about: "run the demo's services by themselves, for other clients too",
    help: HELP,
    options: &["msn", "passport", "qq", "accounts", "ca", "fault", "log"],
    words: &[],
    more: false,
    run: emulate,
};

const HELP: &str = "\
Runs the services of the demo by themselves: dispatch, notification and
switchboard servers for MSNP2 to MSNP12, the Passport sign-in, and with --qq the
HTTP QQ interface. For tests and for other clients; it is no service for the
open internet.

Of its own accounts desk@example.net and QQ 29501213 are for you, both with the
password nudge; with --ca FILE there, FILE is the ca_file of [msn].

Usage: nudged emulate [OPTIONS]

Options:
      --msn ADDR       where MSN clients connect; notification server and
                       switchboard take the next two ports, or any if it is 0
                       [default: 127.0.0.1:1863]
      --passport ADDR  where the Passport sign-in is, by https
                       [default: 127.0.0.1:1443]
      --qq ADDR        where the HTTP QQ interface is, like 127.0.0.1:8000
                       [default: it is not]
      --accounts FILE  accounts and their lists, in TOML  [default: the demo's]
      --ca FILE        write the certificate authority of the Passport sign-in
                       there, for clients
      --fault WORDS    misbehave; may be given several times. `--fault help`
                       lists them
      --log FILTER     what to log on stderr, as for `nudged run`
                       [default: $NUDGED_LOG, or info]
  -h, --help           this text
";

fn emulate(options: &Options) -> Result<(), Failure> {
    if options.faults.iter().any(|words| words == "help") {
        return say(&Fault::help());
    }
    start::log(options)?;
    let accounts = accounts(options)?;
    let mut service = Service::new(accounts, emulator::Options::default(), fastrand::u64(..));
    for words in &options.faults {
        service.fault(Fault::parse(words).map_err(|wrong| Failure::usage(&format!("--fault: {wrong}")))?);
    }
    let doors = doors(options)?;
    smol::block_on(serve(Emulator::new(service), &doors, options))
}

fn accounts(options: &Options) -> Result<Accounts, Failure> {
    let Some(file) = &options.accounts else { return Ok(Accounts::built_in()) };
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    Accounts::parse(&text).map_err(|wrong| Failure::new(Exit::Config, format!("{}: {wrong}", file.display())))
}

/// The dispatch server is where clients come first; the other two MSN doors are the ports behind it, or any free ones.
fn doors(options: &Options) -> Result<Doors, Failure> {
    let dispatch = address("msn", options.msn.as_deref().unwrap_or(MSN))?;
    let passport = address("passport", options.passport.as_deref().unwrap_or(PASSPORT))?;
    let next = |steps: u16| {
        let port = if dispatch.port() == 0 { Some(0) } else { dispatch.port().checked_add(steps) };
        port.map(|port| SocketAddr::new(dispatch.ip(), port)).ok_or_else(|| {
            let right = "a port up to 65533, as notification server and switchboard take the next two";
            Failure::usage(&format!("--msn: found \"{dispatch}\", expected {right}"))
        })
    };
    let qq = options.qq.as_deref().map(|text| address("qq", text)).transpose()?;
    Ok(Doors { dispatch, notification: next(1)?, switchboard: next(2)?, passport, qq, ..Doors::default() })
}

fn address(option: &str, text: &str) -> Result<SocketAddr, Failure> {
    text.parse().map_err(|_| {
        Failure::usage(&format!("--{option}: found \"{text}\", expected an address and a port, like {MSN}"))
    })
}

/// Serves until Ctrl-C or SIGTERM.
async fn serve(emulator: Emulator, doors: &Doors, options: &Options) -> Result<(), Failure> {
    let broken = |error: io::Error| Failure::new(Exit::Io, format!("emulate: {error}"));
    let mut signals = Signals::new([Signal::Term, Signal::Int]).map_err(broken)?;
    let server = Server::bind(emulator, doors).await.map_err(broken)?;
    if let Some(file) = &options.ca {
        std::fs::write(file, server.ca_pem()).map_err(|error| Failure::file(file, &error))?;
    }
    let addresses = server.addresses();
    let qq = addresses.qq.map_or_else(String::new, |qq| format!("qq {qq}\n"));
    say(&format!(
        "msn {}\nnotification {}\nswitchboard {}\nnexus {}\n{qq}",
        addresses.dispatch, addresses.notification, addresses.switchboard, addresses.nexus
    ))?;
    let ended = async {
        signals.next().await;
        Ok(())
    };
    ended.or(server.run()).await.map_err(broken)
}

const MSN: &str = "127.0.0.1:1863";
const PASSPORT: &str = "127.0.0.1:1443";

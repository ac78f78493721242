//! `nudged status`, `ack`, `reply`, `set`, `contact`, `group`, `name`, `phone`: a person talks to the running agent.
//!
//! Knows the commands' help and that words go to the agent and an answer comes back; what they mean is the agent's.

mod ask;
mod show;

use std::path::PathBuf;

use super::arguments::Options;
use super::failure::{Exit, Failure, say};
use super::{Command, start};
use crate::control::Words;

/// The end of every help text here.
macro_rules! OPTIONS {
    () => {
        "
Options:
      --socket FILE  where the agent listens
                     [default: control.sock in $RUNTIME_DIRECTORY, or in
                     /run/nudged]
      --json         print the agent's answer as it is: one JSON object
  -h, --help         this text

Exit codes: 0 it is so, 1 refused or not known, 64 wrong command line, 74 no
agent answers.
"
    };
}

/// What WHO may be.
macro_rules! WHO {
    () => {
        "
WHO is a short name of [people], an address like bob@example.net, or
qq:24259132.
"
    };
}

pub(super) const STATUS: Command = Command {
    name: "status",
    about: "ask the running agent how everything stands",
    help: concat!(
        "\
Asks the running agent how everything stands: its links, whom it follows, what
waits.

Usage: nudged status [OPTIONS]
",
        OPTIONS!()
    ),
    run: |options| talk("status", options),
    ..TALKS
};

pub(super) const ACK: Command = Command {
    name: "ack",
    about: "mark the messages waiting as seen",
    help: concat!(
        "\
Marks what waits as seen, as the button does: all messages, mail and requests,
or the messages of one person.

Usage: nudged ack [WHO] [OPTIONS]
",
        WHO!(),
        OPTIONS!()
    ),
    run: |options| talk("ack", options),
    ..TALKS
};

pub(super) const REPLY: Command = Command {
    name: "reply",
    about: "send a canned reply",
    help: concat!(
        "\
Sends a canned reply of the configuration, and waits until it is known what
became of it. N counts from 1; `nudged status` shows them. Without WHO it goes
to the sender waiting who wrote last.

Usage: nudged reply N [WHO] [OPTIONS]
",
        WHO!(),
        OPTIONS!()
    ),
    run: |options| talk("reply", options),
    ..TALKS
};

pub(super) const SET: Command = Command {
    name: "set",
    about: "change your own status, on every network",
    help: concat!(
        "\
Changes your own status on every network: online, busy, away, brb, phone, lunch,
idle, invisible. A network that is not there is told at the next sign-in; one
that waits for a person, because it refused the account or somebody signed in
elsewhere, is tried again at once. A QQ server that was just told something may
take half a minute to answer.

Usage: nudged set STATUS [OPTIONS]
",
        OPTIONS!()
    ),
    run: |options| talk("set", options),
    ..TALKS
};

pub(super) const CONTACT: Command = Command {
    name: "contact",
    about: "add, accept, refuse, remove, block or find people",
    help: concat!(
        "\
Changes who is on your lists, and waits for the network's answer. A QQ server
that was just told something may take half a minute.

Usage: nudged contact WHAT WHO [WORDS] [OPTIONS]

      add WHO [NAME|WORDS]  put them on the list: on MSN under this name; on QQ,
                            if they want to be asked first, in these words
      accept WHO            accept their request
      refuse WHO [WORDS]    refuse it: on QQ in these words; MSN has no refusal,
                            and blocks them
      remove WHO            take them off the list; on MSN, who may see you
                            stays as it is
      block WHO             MSN: they neither see nor reach you
      unblock WHO           MSN: they do again
      find WHO              QQ: what they tell of themselves
      find AGE male|female PROVINCE
                            QQ: people like that, as far as the server tells
",
        WHO!(),
        OPTIONS!()
    ),
    run: |options| talk("contact", options),
    ..TALKS
};

pub(super) const GROUP: Command = Command {
    name: "group",
    about: "add, rename or remove groups of MSN, or move people",
    help: concat!(
        "\
Changes the groups of your MSN list, and waits for the server's answer. QQ has
no groups.

Usage: nudged group add NAME [OPTIONS]
       nudged group rename OLD NEW [OPTIONS]
       nudged group remove NAME [OPTIONS]
       nudged group move WHO GROUP [OPTIONS]

Who is moved is in that group then, and in no other.
",
        WHO!(),
        OPTIONS!()
    ),
    run: |options| talk("group", options),
    ..TALKS
};

pub(super) const NAME: Command = Command {
    name: "name",
    about: "change the name MSN friends see",
    help: concat!(
        "\
Changes the name your MSN friends see. QQ has no word for it.

Usage: nudged name TEXT [OPTIONS]
",
        OPTIONS!()
    ),
    run: |options| talk("name", options),
    ..TALKS
};

pub(super) const PHONE: Command = Command {
    name: "phone",
    about: "change a telephone number MSN friends see",
    help: concat!(
        "\
Changes a telephone number your MSN friends see; \"\" removes it.

Usage: nudged phone home|work|mobile NUMBER [OPTIONS]
",
        OPTIONS!()
    ),
    run: |options| talk("phone", options),
    ..TALKS
};

/// What these commands have in common: the agent reads their words.
const TALKS: Command = Command {
    name: "",
    about: "",
    help: "",
    options: &["socket", "json"],
    words: &[],
    more: true,
    run: |_| Ok(()),
};

/// Hands the words to the agent, and shows the answer.
fn talk(command: &str, options: &Options) -> Result<(), Failure> {
    let mut words = vec![command.to_owned()];
    words.extend_from_slice(&options.words);
    // What makes no sense to any agent needs none to say so.
    Words::new(words.clone()).request().map_err(|wrong| Failure::usage(&wrong))?;
    let answer = ask::ask(&socket(options), &words)?;
    if options.json {
        say(&answer.line)?;
        return answer.exit.map_or(Ok(()), |exit| Err(Failure::silent(exit)));
    }
    match answer.exit {
        None => say(&show::shown(&answer.object)),
        Some(Exit::Usage) => Err(Failure::usage(&answer.say())),
        Some(exit) => Err(Failure::new(exit, answer.say())),
    }
}

/// Where the agent listens: the one place it makes its socket in, or the usual one of the service.
fn socket(options: &Options) -> PathBuf {
    start::socket(options).unwrap_or_else(|| SOCKET.into())
}

/// Where the socket is when nobody says otherwise: that of the systemd unit.
const SOCKET: &str = "/run/nudged/control.sock";

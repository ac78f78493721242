//! `nudged check`: every mistake of a configuration at once, or what it will do.
//!
//! Signs in nowhere and touches no board.

use std::fmt::Write as _;
use std::path::Path;

use super::arguments::Options;
use super::failure::{Exit, Failure, complain, say};
use super::{Command, start};
use crate::agent::{Button, Light, Settings, Subject, Whose};
use crate::config::{Config, buttons};
use crate::link::Network;
use crate::msnp::{self, Auth};
use crate::qq;

pub(super) const COMMAND: Command = Command {
    name: "check",
    about: "read the configuration and name every mistake in it",
    help: HELP,
    options: &["config", "board"],
    words: &[],
    more: false,
    run: check,
};

const HELP: &str = "\
Reads the configuration and names every mistake at once, as FILE:LINE:COLUMN:
what was found, and what would be right. Signs in nowhere. If all is well it
says what the agent will do.

Usage: nudged check [--config FILE] [--board NAME|FILE]

Options:
      --config FILE      the configuration  [default: /etc/nudged/nudged.toml]
      --board NAME|FILE  check it for this board instead of the one in the file
  -h, --help             this text

Exit codes: 0 no mistakes, 74 the file can't be read, 78 mistakes, or no such
file.
";

fn check(options: &Options) -> Result<(), Failure> {
    let file = start::config_file(options);
    let config = start::config(options)?;
    for warning in &config.warnings {
        complain(&format!("warning: {warning}"));
    }
    let passwords = config.password_files.iter();
    let passwords = passwords.filter_map(|(network, file)| check_password(*network, file, options).err());
    Failure::all(passwords.chain(start::links(&config).err()))?;
    say(&format!("{}: ok\n{}", file.display(), summary(&config)))
}

/// Whoever runs `check` need not be the one who may read the password; but a file laid open is wrong for all.
fn check_password(network: Network, file: &Path, options: &Options) -> Result<(), Failure> {
    match start::password(network, file, options) {
        Err(refused) if refused.is_out_of_reach() => complain(&format!("warning: {refused}")),
        Err(refused) => return Err(Failure::new(Exit::Config, refused)),
        Ok(_) => {}
    }
    Ok(())
}

/// What the agent will do with it, a line for each thing.
fn summary(config: &Config) -> String {
    let mut rows = vec![("board", config.board.to_string())];
    let agent = &config.agent;
    rows.extend(agent.msn.as_ref().map(|msn| ("msn", account(msn))));
    rows.extend(agent.qq.as_ref().map(|qq| ("qq", number(qq))));
    rows.extend(agent.lights.iter().map(|one| ("light", light(agent, one))));
    if !agent.replies.texts.is_empty() {
        let numbered = agent.replies.texts.iter().zip(1..).map(|(text, number)| format!("{number} {text}\n"));
        rows.push(("replies", numbered.collect()));
    }
    rows.extend(agent.buttons.iter().map(|one| ("button", button(one))));
    rows.extend(config.watchdog.iter().map(|device| ("watchdog", guarded(device))));
    rows.iter().fold(String::new(), |mut out, (what, text)| {
        for (at, line) in text.lines().enumerate() {
            // A string takes everything.
            let _ = writeln!(out, "  {:<8} {line}", if at == 0 { what } else { "" });
        }
        out
    })
}

fn guarded(device: &Path) -> String {
    format!("{} resets the machine if the agent hangs, crashes or is killed", device.display())
}

fn account(msn: &msnp::Settings) -> String {
    let dialects: Vec<String> = msn.dialects.iter().map(ToString::to_string).collect();
    let how = match &msn.auth {
        Auth::Tweener { nexus } => format!("a Passport ticket by way of {}", nexus.to),
        Auth::Md5 => "MD5 over the plain connection".to_owned(),
    };
    format!(
        "{} signs in at {} as {}\nwith {how}\noffering {}",
        msn.account,
        msn.server,
        msn.status,
        dialects.join(" ")
    )
}

fn number(qq: &qq::Settings) -> String {
    let (account, server, poll) = (qq.uin.account(), &qq.server.to, qq.poll.as_secs());
    format!("{account} signs in at {server} as {}\nover plain http, and asks every {poll} s", qq.status)
}

fn light(agent: &Settings, light: &Light) -> String {
    let leds: Vec<&str> = light
        .leds
        .iter()
        .filter_map(|index| agent.leds.get(usize::from(*index)))
        .map(String::as_str)
        .collect();
    let subject = match &light.subject {
        Subject::PresenceOf(whose) => format!("the presence of {}", people(whose)),
        Subject::MessagesOf(whose) => format!("messages of {}", people(whose)),
        Subject::OwnStatus => "our own status".to_owned(),
        Subject::Link(network) => format!("the connection to {}", network.as_str()),
        Subject::Mail => "unread mail".to_owned(),
    };
    format!("{} shows {subject}", leds.join(" and "))
}

fn people(whose: &Whose) -> String {
    use crate::agent::Member;
    match whose {
        Whose::Everyone => "everyone".to_owned(),
        Whose::These(members) => {
            let words: Vec<String> = members
                .iter()
                .map(|member| match member {
                    Member::Account(account) => account.clone(),
                    Member::Group(group) => format!("the group {group}"),
                })
                .collect();
            words.join(", ")
        }
    }
}

fn button(button: &Button) -> String {
    let gestures = [
        ("press", button.press),
        ("release", button.release),
        ("click", button.click),
        ("double", button.double),
        ("hold", button.hold),
    ];
    let mut words: Vec<String> = gestures
        .into_iter()
        .filter_map(|(gesture, action)| Some(format!("{gesture} {}", buttons::word(action?))))
        .collect();
    if let (Some(every), Some(action)) = (button.repeat, button.click) {
        words.push(format!("held {} every {} ms", buttons::word(action), every.as_millis()));
    }
    format!("{}: {}", button.name, words.join(", "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::agent::Action;

    #[test]
    fn a_button_is_told_with_everything_it_does() {
        let walks = Button {
            name: "left".into(),
            click: Some(Action::NextReply),
            repeat: Some(Duration::from_millis(300)),
            ..Button::default()
        };
        assert_eq!(button(&walks), "left: click next-reply, held next-reply every 300 ms");
        let acts = Button {
            name: "door".into(),
            press: Some(Action::Reply(0)),
            release: Some(Action::Wake),
            ..Button::default()
        };
        assert_eq!(button(&acts), "door: press reply:1, release wake");
    }
}

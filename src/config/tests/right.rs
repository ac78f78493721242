//! What right configurations become, the documented one above all.

use super::*;
use crate::agent::{Action, Member, Palette, Privacy, Subject, Whose};
use crate::msnp::Auth;
use crate::presence::Status;
use crate::time::Duration;

#[test]
fn the_smallest_configuration_gets_every_default() {
    let config = right(include_str!("../../../config/minimal.toml"));
    let msn = config.agent.msn.as_ref().unwrap();
    assert_eq!(config.board, BoardChoice::Terminal);
    assert_eq!(config.password_files, [(Network::Msn, "/etc/nudged/msn.password".into())]);
    assert_eq!(config.ca_file, None);
    assert_eq!(msn.account, "desk@example.net");
    assert_eq!((msn.server.host.as_str(), msn.server.port), ("ms.example.net", 1863));
    assert!(matches!(&msn.auth, Auth::Tweener { nexus } if nexus.tls && nexus.path == "/rdr/pprdr.asp"));
    let offered: Vec<String> = msn.dialects.iter().map(ToString::to_string).collect();
    assert_eq!(offered, ["MSNP12", "MSNP11", "MSNP10", "MSNP9", "MSNP8"]);
    assert_eq!(msn.status, Status::Online);
    assert_eq!(config.agent.leds, ["desk"]);
    assert_eq!(config.agent.lights[0].palette, Palette::MSN);
    assert_eq!(config.agent.replies.expire, Duration::from_secs(60));
    assert_eq!(config.agent.display.blank_after, Duration::from_secs(60));
    assert_eq!(config.agent.display.privacy, Privacy::Full);
    assert!(config.warnings.is_empty());
}

#[test]
fn names_become_addresses_and_indices() {
    let config = right(&format!(
        "board = \"headless\"\n\
         [people]\nzoe = \"zoe@example.net\"\nbob = \"bob@example.net\"\n\
         [sets]\nteam = [\"bob\", \"bob@example.net\", \"group:Work\"]\nall = [\"bob\", \"everyone\"]\n\
         [[light]]\nled = [\"z\", \"a\"]\npresence_of = [\"team\", \"zoe\"]\n\
         [[light]]\nled = \"a\"\nmessages_of = \"all\"\n\
         [replies]\ntexts = [\"Yes\", \"No\"]\nexpire = \"5m\"\n\
         [buttons]\nright = {{ hold = \"reply:2\", hold_after = \"1s\" }}\nleft = {{ click = \"status:away\" }}\n\
         [display]\nblank_after = \"0s\"\nprivacy = \"none\"\n{MSN}status = \"invisible\"\n"
    ));
    let agent = &config.agent;
    assert_eq!(agent.people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["zoe", "bob"]);
    assert_eq!(agent.leds, ["z", "a"]);
    assert_eq!(agent.lights[0].leds, [0, 1]);
    assert_eq!(agent.lights[1].leds, [1]);
    assert_eq!(
        agent.lights[0].subject,
        Subject::PresenceOf(Whose::These(vec![
            Member::Account("bob@example.net".to_owned()),
            Member::Group("Work".to_owned()),
            Member::Account("zoe@example.net".to_owned()),
        ]))
    );
    assert_eq!(agent.lights[1].subject, Subject::MessagesOf(Whose::Everyone));
    assert_eq!(
        agent.buttons.iter().map(|button| button.name.as_str()).collect::<Vec<_>>(),
        ["right", "left"]
    );
    assert_eq!(agent.buttons[0].hold, Some(Action::Reply(1)));
    assert_eq!(agent.buttons[0].hold_after, Duration::from_secs(1));
    assert_eq!(agent.buttons[0].double_within, Duration::from_millis(350));
    assert_eq!(agent.buttons[1].click, Some(Action::Status(Status::Away)));
    assert_eq!(agent.display.blank_after, Duration::ZERO);
    assert_eq!(agent.display.privacy, Privacy::None);
    assert_eq!(agent.msn.as_ref().unwrap().status, Status::Invisible);
}

const DOCUMENTED: &str = include_str!("../../../config/nudged.toml");

/// The documented configuration with every setting that is commented out put into force.
fn uncommented() -> String {
    let setting = |line: &&str| {
        line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '['))
    };
    DOCUMENTED
        .lines()
        .map(|line| if setting(&line) { &line[1..] } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_documented_configuration_is_right_with_and_without_its_comments() {
    assert!(right(DOCUMENTED).warnings.is_empty());
    let config = right(&uncommented());
    assert!(config.warnings.is_empty());
    assert_eq!(config.agent.buttons.len(), 5);
    assert!(config.ca_file.is_some());
    assert_eq!(config.watchdog.as_deref(), Some(Path::new("/dev/watchdog0")));
    assert_eq!(right(DOCUMENTED).watchdog, None);
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let (written, uncommented) = (right(DOCUMENTED), right(&uncommented()));
    let (a, b) = (written.agent.msn.unwrap(), uncommented.agent.msn.unwrap());
    assert_eq!(a.dialects, b.dialects);
    assert_eq!(a.status, b.status);
    let least = right("[qq]\nserver = \"http://127.0.0.1:8000\"\nuin = 29501213\n");
    let (a, b) = (least.agent.qq.unwrap(), uncommented.agent.qq.unwrap());
    assert_eq!((a.status, a.poll, a.version, a.lc), (b.status, b.poll, b.version, b.lc));
    assert_eq!(least.password_files[0], uncommented.password_files[1]);
    assert_eq!(written.board, uncommented.board);
    assert_eq!(written.password_files[0], uncommented.password_files[0]);
    assert!(uncommented.agent.lights.starts_with(&written.agent.lights));
    assert_eq!(written.agent.replies, uncommented.agent.replies);
    assert_eq!(written.agent.display, uncommented.agent.display);
    let (plain, told) = (&uncommented.agent.buttons[0], &uncommented.agent.buttons[2]);
    assert_eq!(
        (plain.hold_after, plain.double_within, plain.debounce),
        (told.hold_after, told.double_within, told.debounce)
    );
}

#[test]
fn every_key_the_parser_takes_is_documented_in_its_section() {
    let text = uncommented();
    let (root, errors) = toml::de::DeTable::parse_recoverable(&text);
    assert!(errors.is_empty());
    let root = toml::de::DeValue::Table(root.into_inner());
    for (section, key) in every_key() {
        let found = match section {
            "" => root.get(key).is_some(),
            "light" => (0..)
                .map_while(|n| root["light"].get_ref().get(n))
                .any(|row| row.get_ref().get(key).is_some()),
            "buttons" => {
                let buttons = root["buttons"].get_ref().as_table().unwrap();
                buttons.values().any(|button| button.get_ref().get(key).is_some())
            }
            section => root[section].get_ref().get(key).is_some(),
        };
        assert!(found, "[{section}] {key}");
    }
}

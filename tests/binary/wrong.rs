//! What a person, or the world, can get wrong.

use std::fs;

use super::desk::{Auth, Desk};
use super::ends::GRACE;
use super::process::Program;

#[test]
fn a_wrong_configuration_is_78_with_every_mistake() {
    let desk = Desk::new(Auth::Md5);
    let text = fs::read_to_string(desk.config()).unwrap();
    fs::write(desk.config(), text.replace("server", "sever").replace("hold = \"wake\"", "hold = \"woke\""))
        .unwrap();
    let ended = desk.run().ends_within(GRACE);
    assert_eq!((ended.status.code(), ended.out.len()), (Some(78), 0), "{}", ended.err);
    for mistake in ["unknown key \"sever\"", "server", "\"woke\"; did you mean \"wake\"?"] {
        assert!(ended.err.contains(mistake), "{mistake} in {}", ended.err);
    }
    let place = format!("{}:", desk.config().display());
    assert!(
        ended.err.lines().count() >= 3 && ended.err.lines().all(|line| line.starts_with(&place)),
        "{}",
        ended.err
    );
}

#[test]
fn an_option_nobody_knows_is_64() {
    let desk = Desk::new(Auth::Md5);
    let mut command = desk.command();
    command.arg("--colour");
    let ended = Program::start(command).ends_within(GRACE);
    assert_eq!((ended.status.code(), ended.out.len()), (Some(64), 0));
    assert!(
        ended.err.starts_with("nudged: run: unknown option \"--colour\"; expected --config"),
        "{}",
        ended.err
    );
}

#[test]
fn a_password_that_others_can_read_is_78_with_the_line_that_mends_it() {
    let desk = Desk::new(Auth::Md5);
    desk.write_password("canary", 0o644);
    let ended = desk.run().ends_within(GRACE);
    assert_eq!((ended.status.code(), ended.out.len()), (Some(78), 0));
    let mend = format!("chmod 600 {}\n", desk.home.path().join("pw").display());
    assert!(ended.err.ends_with(&mend), "{}", ended.err);
}

#[test]
fn a_wrong_password_is_said_and_tried_once_more_later() {
    for auth in [Auth::Md5, Auth::Passport] {
        let desk = Desk::new(auth);
        desk.write_password("mistyped", 0o600);
        let mut program = desk.run();
        let lost = program.await_link("lost");
        let why = lost["why"].as_str().unwrap_or_default();
        assert!(!why.is_empty() && !why.contains("mistyped"), "{lost}");
        program.word("quit");
        let ended = program.ends_within(GRACE);
        assert_eq!(ended.status.code(), Some(0));
        assert!(ended.err.contains(&format!("{why}; trying again in ")), "{why}\n{}", ended.err);
    }
}

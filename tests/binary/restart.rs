//! What a restart knows at once.

use std::fs;

use serde_json::json;

use super::desk::{Auth, BOB, Desk};
use super::ends::GRACE;
use super::process::Program;
use super::tap::Tap;

#[test]
fn a_restart_shows_names_before_it_is_online_and_asks_for_no_lists() {
    let desk = Desk::new(Auth::Md5);
    let tap = Tap::before(&desk.service.notification);
    desk.configure(Auth::Md5, &tap.address);
    // Nobody is named in the configuration, so every name comes from the lists.
    let text = fs::read_to_string(desk.config()).unwrap();
    let unnamed = text.replace("bob = \"bob@example.net\"", "").replace("\"bob\"", "\"everyone\"");
    fs::write(desk.config(), unnamed).unwrap();
    let mut command = desk.command();
    command.arg("--state-dir").arg(desk.home.path().join("state"));
    let mut first = Program::start(command);
    first.await_json(&json!({ "contact": BOB, "presence": "offline", "name": "Bob" }));
    first.word("quit");
    assert_eq!(first.ends_within(GRACE).status.code(), Some(0));
    assert!(syn(&tap).ends_with(" 0"), "it knew nothing");

    tap.forget();
    let mut command = desk.command();
    command.arg("--state-dir").arg(desk.home.path().join("state"));
    let mut second = Program::start(command);
    second.await_line("a name", |line| line.contains("\"display\"") && line.contains("Bob"));
    assert!(!second.said.iter().any(|line| line.contains("\"signing-in\"")), "{:?}", second.said);
    second.await_link("online");
    assert!(!syn(&tap).ends_with(" 0"), "it offers the serial it knows");
    second.await_json(&json!({ "contact": BOB, "presence": "offline", "name": "Bob" }));
}

/// The SYN line of the sign-in.
fn syn(tap: &Tap) -> String {
    let said = tap.said();
    said.lines().find(|line| line.starts_with("SYN ")).expect("a SYN").to_owned()
}

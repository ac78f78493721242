//! Words on stdin as presses of buttons, and what comes of them.

use serde_json::json;

use super::desk::{Auth, BOB, DESK, Desk};
use super::friend::Friend;
use super::process::Program;
use super::sign_in::has_the_form;

/// A friend who said something, and the agent that lets it wait.
fn asked(desk: &Desk, words: &str) -> (Friend, Program) {
    let mut bob = desk.bob();
    let mut program = desk.online();
    bob.calls(DESK);
    bob.says(words);
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    (bob, program)
}

#[test]
fn a_message_is_shown_and_answered_by_two_buttons() {
    let desk = Desk::new(Auth::Md5);
    let mut bob = desk.bob();
    let mut program = desk.online();
    bob.calls(DESK);
    bob.says("lunch?");
    let message =
        program.await_json(&json!({ "message": { "from": BOB, "kind": "text", "text": "lunch?" } }));
    assert_eq!(message["message"].as_object().unwrap().len(), 3);
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    let display = program.await_json(&json!({ "lit": true }));
    assert!(display["display"].to_string().contains("lunch?"), "{display}");

    program.word("hold pause 400");
    program.word("click left");
    program.await_line("the menu", |line| line.contains("\"display\"") && line.contains("Yes"));
    program.word("click left");
    program.word("hold left");
    program.await_json(&json!({ "reply": { "to": BOB, "text": "No", "outcome": "sending" } }));
    assert!(bob.hears().ends_with("\r\n\r\nNo"));
    program.await_json(&json!({ "reply": { "to": BOB, "text": "No", "outcome": "delivered" } }));
    program.said.iter().for_each(|line| has_the_form(line));
}

#[test]
fn a_double_press_nudges_whoever_is_shown() {
    let desk = Desk::new(Auth::Passport);
    let (mut bob, mut program) = asked(&desk, "hello?");
    program.word("hold pause 400");
    program.word("double right");
    program.await_json(&json!({ "reply": { "to": BOB, "outcome": "delivered" } }));
    let nudge = bob.hears();
    assert!(nudge.contains("text/x-msnmsgr-datacast") && nudge.contains("ID: 1"), "{nudge}");
}

#[test]
fn a_conversation_that_the_friend_left_is_opened_anew_for_a_reply() {
    let desk = Desk::new(Auth::Md5);
    let (mut bob, mut program) = asked(&desk, "call me");
    bob.leaves();
    program.word("hold pause 400");
    program.word("click left");
    program.word("hold left");
    bob.answers();
    assert!(bob.hears().ends_with("\r\n\r\nYes"));
    program.await_json(&json!({ "reply": { "to": BOB, "text": "Yes", "outcome": "delivered" } }));
}

#[test]
fn acknowledging_and_the_own_status_are_presses_too() {
    let desk = Desk::new(Auth::Md5);
    let (_bob, mut program) = asked(&desk, "hello?");
    program.word("hold pause 400");
    program.word("click right");
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 0 } }));
    program.word("hold right");
    program.await_json(&json!({ "own": "msn", "presence": "busy" }));
}

#[test]
fn a_word_that_is_none_is_answered_and_changes_nothing() {
    let desk = Desk::new(Auth::Md5);
    let mut program = desk.online();
    program.word("pres left");
    let error = "unknown word \"pres\"; expected press, release, click, double, hold, quit";
    program.await_json(&json!({ "error": error }));
    program.word("click lef");
    program.await_json(&json!({ "error": "unknown button \"lef\"; expected one of: left, right, pause" }));
    program.word("hold right");
    program.await_json(&json!({ "own": "msn", "presence": "busy" }));
}

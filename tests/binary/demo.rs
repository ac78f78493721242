//! `nudged demo`: a whole story that needs nothing.

use serde_json::{Value, json};

use super::ends::GRACE;
use super::process::{Program, host_nudged, parsed};
use super::sign_in::has_the_form;

#[test]
fn the_demo_tells_the_same_story_for_the_same_seed() {
    let mut both = [demo(), demo()];
    let stories = both.each_mut().map(|program| {
        program.await_link("online");
        program.await_json(&json!({ "contact": "bob@example.net", "presence": "online", "name": "Bob" }));
        program.await_json(&json!({ "led": "bob", "rhythm": "steady" }));
        program.await_json(&json!({ "message": { "from": "alice@example.net", "kind": "text" } }));
        program.await_json(&json!({ "led": "letter" }));
        program.said.iter().for_each(|line| has_the_form(line));
        story(&program.said)
    });
    assert!(stories[0].len() > 8, "{:?}", stories[0]);
    assert_eq!(stories[0], stories[1]);
    for mut program in both {
        program.word("quit");
        let ended = program.ends_within(GRACE);
        assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    }
}

fn demo() -> Program {
    let mut command = host_nudged();
    command.args(["demo", "--board", "headless", "--seed", "1"]);
    Program::start(command)
}

/// Who came, went and wrote, in order, without the times.
fn story(lines: &[String]) -> Vec<Value> {
    let told = lines
        .iter()
        .map(|line| parsed(line))
        .filter(|line| ["contact", "message", "waiting"].iter().any(|kind| line.get(kind).is_some()));
    told.map(|mut line| {
        line.as_object_mut().unwrap().remove("at_ms");
        line
    })
    .collect()
}

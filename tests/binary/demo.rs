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
        program.await_json(&json!({ "message": { "from": "qq:24259132", "kind": "text" } }));
        program.said.iter().for_each(|line| has_the_form(line));
        [false, true].map(|qq| story(&program.said, qq))
    });
    let [[msn, qq], [msn_again, qq_again]] = &stories;
    assert!(msn.len() > 8 && qq.len() > 4, "{msn:?} {qq:?}");
    // Which network is a moment before the other is not part of the story, nor how far MSN's has come by then.
    let told = msn.len().min(msn_again.len());
    assert_eq!(msn[..told], msn_again[..told]);
    assert_eq!(qq, qq_again);
    assert!(qq.iter().any(|line| line["name"] == "微程"), "{qq:?}");
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

/// Who came, went and wrote on a network, in order, without the times.
fn story(lines: &[String], qq: bool) -> Vec<Value> {
    let told = lines
        .iter()
        .map(|line| parsed(line))
        .filter(|line| ["contact", "message", "waiting"].iter().any(|kind| line.get(kind).is_some()))
        .filter(|line| line.to_string().contains("\"qq:") == qq);
    told.map(|mut line| {
        line.as_object_mut().unwrap().remove("at_ms");
        line
    })
    .collect()
}

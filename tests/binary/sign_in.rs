//! Signing in, both ways, and the form of what the headless board prints on the way. These tests are also run with
//! the programs of other processors.

use serde_json::{Value, json};

use super::desk::{Auth, BOB, Desk};
use super::process::{Program, parsed};

#[test]
fn signs_in_by_md5() {
    signs_in(Auth::Md5);
}

#[test]
fn signs_in_by_passport_over_tls() {
    signs_in(Auth::Passport);
}

fn signs_in(auth: Auth) {
    let desk = Desk::new(auth);
    let mut bob = desk.bob();
    let mut program = desk.run();
    program.await_json(&json!({ "contact": BOB, "presence": "online", "name": "Bob" }));
    bob.is("BSY");
    program.await_json(&json!({ "contact": BOB, "presence": "busy" }));
    program.await_json(&json!({ "led": "desk", "rgb": "#ff0000", "rhythm": "heartbeat" }));
    report(&program, auth);
    program.word("quit");
    let ended = program.ends_within(super::ends::GRACE);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    ended.out.iter().for_each(|line| has_the_form(line));
    starts_whole_and_once(&ended.out);
}

/// What it costs to be signed in; `cargo test -- --nocapture` shows it. Under an emulated processor the memory is the
/// emulator's as well.
fn report(program: &Program, auth: Auth) {
    let (peak, threads) = (program.status("VmHWM"), program.status("Threads"));
    println!("signed in by {auth:?}: at most {peak} KiB, {threads} threads");
}

/// The first state of everything is there, exactly once: the first line of an LED or of the display, and of the link.
fn starts_whole_and_once(lines: &[String]) {
    let first = parsed(&lines[0]);
    assert_eq!((&first["link"], &first["state"]), (&json!("msn"), &json!("starting")), "{lines:?}");
    let at_start = lines.iter().map(|line| parsed(line));
    let before_sign_in: Vec<Value> = at_start.take_while(|line| line["state"] != "signing-in").collect();
    for (key, value) in [("led", "desk"), ("led", "link"), ("state", "starting"), ("state", "connecting")] {
        let count = before_sign_in.iter().filter(|line| line[key] == value).count();
        assert_eq!(count, 1, "{key} {value} in {before_sign_in:?}");
    }
    assert_eq!(before_sign_in.iter().filter(|line| line.get("display").is_some()).count(), 1);
}

/// A line of the headless board has `at_ms` and then exactly the keys of its kind, with values of their kinds.
pub(crate) fn has_the_form(line: &str) {
    let value = parsed(line);
    let fields = value.as_object().unwrap_or_else(|| panic!("no object: {line}"));
    assert!(line.starts_with("{\"at_ms\":") && value["at_ms"].is_u64(), "{line}");
    let kinds: [(&str, &[&str], &[&str]); 9] = [
        ("link", &["state"], &["why"]),
        ("own", &["presence"], &[]),
        ("contact", &["presence", "name"], &[]),
        ("led", &["rgb", "rhythm"], &[]),
        ("display", &["lit"], &[]),
        ("message", &[], &[]),
        ("waiting", &[], &[]),
        ("reply", &[], &[]),
        ("error", &[], &[]),
    ];
    let kind = kinds.iter().find(|(key, ..)| fields.contains_key(*key));
    let (key, needed, allowed) = kind.unwrap_or_else(|| panic!("of no kind: {line}"));
    assert!(needed.iter().all(|needed| fields.contains_key(*needed)), "{line}");
    let is_known = |field: &str| {
        field == "at_ms" || field == *key || needed.contains(&field) || allowed.contains(&field)
    };
    assert!(fields.keys().all(|field| is_known(field)), "{line}");
    assert!(well_valued(key, &value), "{line}");
}

fn well_valued(kind: &str, value: &Value) -> bool {
    let one_of = |found: &Value, words: &str| {
        found.as_str().is_some_and(|found| words.split(' ').any(|word| word == found))
    };
    let texts = |found: &Value, keys: &[&str]| keys.iter().all(|key| found[key].is_string());
    match kind {
        "link" => one_of(&value["link"], "msn qq") && one_of(&value["state"], LINK_STATES),
        "own" => {
            one_of(&value["own"], "msn qq") && one_of(&value["presence"], &format!("{PRESENCES} invisible"))
        }
        "contact" => one_of(&value["presence"], PRESENCES) && texts(value, &["contact", "name"]),
        "led" => {
            let rgb = value["rgb"].as_str().and_then(|rgb| rgb.strip_prefix('#')).unwrap_or_default();
            let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            rgb.len() == 6 && rgb.chars().all(is_hex) && one_of(&value["rhythm"], RHYTHMS)
        }
        "display" => {
            let rows = value["display"].as_array();
            rows.is_some_and(|rows| rows.iter().all(Value::is_string)) && value["lit"].is_boolean()
        }
        "message" => one_of(&value["message"]["kind"], KINDS) && texts(&value["message"], &["from", "text"]),
        "waiting" => texts(&value["waiting"], &["from"]) && value["waiting"]["unread"].is_u64(),
        "reply" => one_of(&value["reply"]["outcome"], OUTCOMES) && texts(&value["reply"], &["to", "text"]),
        _ => value["error"].is_string(),
    }
}

const LINK_STATES: &str =
    "starting connecting signing-in online stale lost elsewhere refused stopping stopped";
const PRESENCES: &str = "online away busy idle brb phone lunch offline unknown";
const RHYTHMS: &str = "steady off blink slow-blink double-blink triple-blink breathe heartbeat flutter";
const KINDS: &str = "text nudge typing request accepted refused mail invite";
const OUTCOMES: &str = "sending delivered failed unsure";

//! `nudged test`: what it shows, what it says, and that everything is dark afterwards.

use std::process::Command;

use rustix::process::Signal;
use serde_json::json;

use super::process::{DEADLINE, Program, clean, nudged};

/// The program with this board, and without a configuration.
fn test(part: &str, board: &str) -> Command {
    let mut command = nudged();
    command.args(["test", part, "--board", board, "--config", "/no/such"]);
    command
}

/// The same with stderr in stdout, where its lines can be waited for.
fn in_one(command: &Command) -> Command {
    let mut shell = clean("sh");
    shell.args(["-c", "exec \"$0\" \"$@\" 2>&1"]).arg(command.get_program()).args(command.get_args());
    shell
}

#[test]
fn each_led_is_lit_by_its_name_and_a_signal_puts_it_out() {
    let mut program = Program::start(test("leds", "headless"));
    program.await_json(&json!({ "led": "desk", "rgb": "#ff0000", "rhythm": "steady" }));
    program.await_json(&json!({ "led": "desk", "rgb": "#00ff00" }));
    program.signal(Signal::TERM);
    let ended = program.ends_within(DEADLINE);
    assert_eq!(ended.status.code(), Some(0), "{}", ended.err);
    assert!(ended.out.last().unwrap().contains("\"rhythm\":\"off\""), "{:?}", ended.out);
    assert_eq!(ended.err.lines().take(2).collect::<Vec<_>>(), ["desk: red", "desk: green"]);
}

#[test]
fn gestures_are_told_until_ctrl_c() {
    let mut program = Program::start(in_one(&test("buttons", "headless")));
    program.await_line("the names", |line| line.starts_with("press left, right:"));
    program.word("click left");
    program.await_line("a press", |line| line.ends_with(" s  left  pressed"));
    program.await_line("a release", |line| line.ends_with(" s  left  released"));
    program.await_line("a click", |line| line.ends_with(" s  left  click"));
    program.word("double right");
    program.await_line("a double", |line| line.ends_with(" s  right  double"));
    program.word("hold left");
    program.await_line("a hold", |line| line.ends_with(" s  left  hold"));
    program.signal(Signal::INT);
    assert_eq!(program.ends_within(DEADLINE).status.code(), Some(0));
}

#[test]
fn a_test_card_has_the_name_of_the_board_and_goes_dark() {
    let mut program = Program::start(test("display", "headless"));
    let card = program.await_json(&json!({ "lit": true }));
    assert_eq!(card["display"][0], "headless", "{card}");
    program.await_line("the mark moves", |line| line.contains(".#......"));
    program.word("quit");
    let ended = program.ends_within(DEADLINE);
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.out.last().unwrap().contains("\"lit\":false"), "{:?}", ended.out);
}

#[test]
fn what_should_be_seen_is_told_between_the_lines_of_a_terminal_that_is_none() {
    let mut program = Program::start(test("leds", "terminal"));
    program.await_line("the lamp", |line| line.ends_with("desk: #ff0000 steady"));
    program.await_line("the words", |line| line == "desk: red");
    program.close_stdout();
    let ended = program.ends_within(DEADLINE);
    assert_eq!(ended.status.code(), Some(74), "{}", ended.err);
}

/// The end of a test of a board that this machine is not.
fn elsewhere(part: &str, board: &str) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("elsewhere.toml");
    std::fs::write(&file, board).unwrap();
    let ended = Program::start(test(part, file.to_str().unwrap())).ends_within(DEADLINE);
    (ended.status.code(), ended.out.join("\n"), ended.err)
}

#[test]
fn what_is_missing_is_said_once_with_the_reason_and_nothing_is_said_to_be_there() {
    for (part, board, told, name) in [
        ("leds", "[leds.desk]\nline = 'nowhere/17'\n", "desk (nowhere/17): missing: ", "desk"),
        ("buttons", "[buttons.left]\nline = 'nowhere/5'\n", "left (nowhere/5): missing: ", "left"),
        (
            "display",
            "[display]\ndriver = 'ssd1306'\nbus = '/dev/nowhere'\nsize = '128x64'\n",
            "display (128x64 pixels): missing: there is no /dev/nowhere; ",
            "display",
        ),
        (
            "leds",
            "[strip]\nbus = '/dev/spidev9.9'\npixels = 4\n[leds.row]\npixels = '0-3'\n",
            "row (pixels 0 to 3): missing: there is no /dev/spidev9.9; ",
            "row",
        ),
    ] {
        let (code, out, err) = elsewhere(part, board);
        assert_eq!(code, Some(74), "{out}\n{err}");
        assert!(out.starts_with(told) && out.lines().count() == 1, "{out}\n{err}");
        let last = format!("nudged: test: missing: {name}; to see what this machine lacks: nudged doctor\n");
        assert_eq!(err, last, "{out}");
    }
}

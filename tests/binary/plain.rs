//! The terminal board where stdout is no terminal.

use super::desk::{Auth, Desk, run};
use super::ends::GRACE;
use super::process::Program;

#[test]
fn a_terminal_board_without_a_terminal_prints_lines_for_people() {
    let desk = Desk::new(Auth::Md5);
    let mut command = run(&desk.config(), "terminal");
    command.env("TERM", "xterm-256color");
    let mut program = Program::start(command);
    program.await_line("the sign-in", |line| line.contains("msn: online"));
    program.await_line("Bob", |line| line.contains("Bob (bob@example.net) is offline"));
    program.signal(rustix::process::Signal::TERM);
    let ended = program.ends_within(GRACE);
    assert_eq!(ended.status.code(), Some(0));
    let control = ended.out.iter().find(|line| line.chars().any(char::is_control));
    assert_eq!(control, None);
    assert!(
        ended.out.iter().all(|line| !line.trim().is_empty() && !line.starts_with('{')),
        "{:?}",
        ended.out
    );
}

//! The board: who names it, and what its own file says.

use super::*;

#[test]
fn a_board_of_the_command_line_wins_and_is_checked() {
    let text = format!("board = \"nonsense\"\n[[light]]\nled = \"green\"\nmail = true\n{MSN}");
    let with = |word: &str| {
        let board = BoardChoice::of(word);
        parse(Source { file: "f", text: &text, base: Path::new(""), board: Some(&board) }, &OneBoard)
            .map_err(|mistakes| lines(&mistakes))
    };
    assert_eq!(with("headless").unwrap().board, BoardChoice::Headless);
    assert_eq!(
        with("rpi-zero-2w").unwrap_err(),
        "f:3:7: led \"green\": board rpi-zero-2w has no such LED (it has red and amber)\n"
    );
    assert_eq!(
        with("treminal").unwrap_err(),
        "--board: no board is called \"treminal\"; did you mean \"terminal\"?\n"
    );
}

#[test]
fn every_mistake_of_a_board_file_is_told_at_its_own_place() {
    let whole = format!("board = \"wrong.toml\"\nreplise = 1\n{MSN}");
    assert_eq!(
        lines(&parsed(&whole).unwrap_err()),
        "f:2:1: unknown key \"replise\"; did you mean \"replies\"?\n\
         /etc/nudged/wrong.toml:2:1: odd\n\
         /etc/nudged/wrong.toml:7:1: odder\n"
    );
}

#[test]
fn what_is_odd_in_a_board_file_is_told_after_what_is_odd_here() {
    let config = right(
        "board = \"rpi-zero-2w\"\n[msn]\nserver = \"10.0.0.1\"\naccount = \"a@b\"\nauth = \"md5\"\nnexus = \"https://h/x\"\n",
    );
    assert_eq!(
        lines(&config.warnings),
        "f:6:9: nexus: not used with auth = \"md5\"; remove it\nb:1:2: odd\n"
    );
}

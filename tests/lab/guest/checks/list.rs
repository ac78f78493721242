//! What `nudged list` says of the machine.

use std::process::Command;

use crate::guest::desk::Desk;
use crate::guest::leds::SeenLed;
use crate::guest::lines::pi_zero;

const BOARD: &str = "[leds.desk]\nline = \"GPIO17\"\n[leds.heart]\nline = \"class:lab:listed\"\n\
                     [buttons.left]\nline = \"GPIO9\"\n";
const LIGHT: &str = "[[light]]\nled = \"desk\"\npresence_of = \"bob\"\n";

pub(super) fn lines_are_listed_with_their_users_and_what_the_board_has_on_them() {
    let _chip = pi_zero();
    let desk = Desk::new("listed", BOARD, LIGHT);
    let _agent = desk.online();
    let told = said(desk.nudged("list").arg("lines"));
    // The agent takes the line that its configuration uses. The kernel calls GPIO9 by another name.
    for row in [
        "chip line name used by board file",
        "pinctrl-bcm2835 17 GPIO17 nudged led desk",
        "pinctrl-bcm2835 9 SPI_MISO button left",
        "pinctrl-bcm2835 18 GPIO18",
    ] {
        assert!(has_row(&told, row), "no {row} in\n{told}");
    }
}

pub(super) fn leds_are_listed_with_their_triggers_and_what_the_board_has_on_them() {
    let led = SeenLed::plug("lab:listed", 255);
    std::fs::write(led.folder().join("trigger"), "timer").unwrap();
    let _other = SeenLed::plug("lab:nobodys", 1);
    let desk = Desk::new("leds", BOARD, "");
    let told = said(desk.nudged("list").arg("leds"));
    for row in [
        "name brightness trigger colours may write board file",
        "lab:listed 0 to 255 timer yes led heart",
        "lab:nobodys 0 to 1 none yes",
    ] {
        assert!(has_row(&told, row), "no {row} in\n{told}");
    }
    std::fs::write(led.folder().join("trigger"), "none").unwrap();
}

/// What a command says that ends well.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether a table has that row, however wide its columns are.
fn has_row(table: &str, row: &str) -> bool {
    table.lines().any(|line| line.split_whitespace().eq(row.split(' ')))
}

//! The board files that ship, against what real kernels call their lines, and against the configurations that ship.
//!
//! `lines/` has a list for each machine: `model` is what its device tree calls it, `boards` the files that are meant for
//! it, and each `chip` its label and the names of its lines from 0; `""` is a line without a name. The head of a list
//! says which kernel it was taken from.
#![cfg(feature = "hardware")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use nudged::board::files::{BoardFile, DisplayWires, Line, Source, Wires, names, propose};
use nudged::board::linux::{Lines, Place};

/// A machine as its kernel describes it.
#[derive(Default)]
struct Machine {
    list: String,
    models: Vec<String>,
    boards: Vec<String>,
    lines: Lines,
}

impl Machine {
    fn read(list: &str, text: &str) -> Self {
        let mut machine = Self { list: list.into(), ..Self::default() };
        let (mut label, mut offset) = ("", 0);
        for row in text.lines().filter(|row| !row.starts_with('#')) {
            match row.split_once(' ') {
                Some(("model", model)) => machine.models.push(model.into()),
                Some(("boards", boards)) => machine.boards.extend(boards.split(' ').map(str::to_owned)),
                Some(("chip", chip)) => (label, offset) = (chip, 0),
                _ => {
                    for name in words(row) {
                        machine.lines.places.push(place(label, offset, name));
                        offset += 1;
                    }
                }
            }
        }
        machine
    }
}

fn place(label: &str, offset: u32, name: String) -> Place {
    Place { chip: format!("/dev/{label}").into(), label: label.into(), offset, name, consumer: String::new() }
}

/// Words and quoted words.
fn words(row: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, part) in row.split('"').enumerate() {
        if index % 2 == 1 {
            found.push(part.to_owned());
        } else {
            found.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    found
}

fn machines() -> Vec<Machine> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boards/lines");
    let lists = std::fs::read_dir(folder).expect("lists of lines");
    lists
        .map(|list| {
            let path = list.expect("a list").path();
            let text = std::fs::read_to_string(&path).expect("text");
            Machine::read(&path.file_name().expect("a name").to_string_lossy(), &text)
        })
        .collect()
}

/// The names of the boards that are files.
fn boards() -> Vec<&'static str> {
    names().map(|(name, _)| name).filter(|name| !["terminal", "headless"].contains(name)).collect()
}

fn text(board: &str) -> String {
    let source = Source::find(board).expect("a board");
    assert!(source.path.starts_with("boards"), "{}: not the one that ships", source.path.display());
    source.text.into_owned()
}

/// Every line of a board.
fn lines(board: &BoardFile) -> Vec<Line> {
    let leds = board.leds.iter().flat_map(|led| match &led.wires {
        Wires::Mono(line) => vec![line.clone()],
        Wires::Rgb(lines) | Wires::Signal(lines) => lines.to_vec(),
        Wires::Class(_) | Wires::Pixels(_) => Vec::new(),
    });
    let buttons = board.buttons.iter().map(|button| button.line.clone());
    let display = match board.display.as_ref().map(|display| &display.wires) {
        Some(DisplayWires::Spi { data_command, reset, .. }) => {
            [Some(data_command.clone()), reset.clone()].into_iter().flatten().collect()
        }
        _ => Vec::new(),
    };
    leds.chain(buttons).chain(display).collect()
}

/// What the comments of a board file say: `(line, pin)` of every row such as `line = "GPIO17"   # pin 11`.
fn pins(text: &str) -> Vec<(Line, u8)> {
    let pin = |row: &str| {
        let (setting, pin) = row.split_once("# pin ")?;
        let line = Line::parse(setting.split('"').nth(1)?).expect("a line");
        Some((line, pin.trim().parse().expect("a pin")))
    };
    text.lines().filter_map(pin).collect()
}

#[test]
fn every_line_of_every_board_is_on_every_machine_it_is_for_and_at_the_pin_that_it_says() {
    let mut proved = BTreeSet::new();
    for machine in machines() {
        for board in &machine.boards {
            let text = text(board);
            let pins = pins(&text);
            for line in lines(&BoardFile::parse(&text).expect("a right board file")) {
                let told = format!("{board} on {}: {line}", machine.list);
                let found = machine.lines.find(&line).unwrap_or_else(|why| panic!("{told} {why}"));
                let (offset, name) = (found.offset, found.name.as_str());
                let pin = pins.iter().find(|(said, _)| *said == line).expect(&told).1;
                // Any other name is that of something on the board itself, such as the reset of its network.
                let calls = [format!("GPIO{offset}"), format!("PIN{pin}"), format!("7J1 Header Pin{pin}")];
                let is_clock = (name, offset) == ("GPIO_GCLK", 4);
                assert!(is_clock || calls.iter().any(|call| call == name), "{told} is {name}");
            }
            proved.insert(board.clone());
        }
    }
    let boards: BTreeSet<String> = boards().into_iter().map(str::to_owned).collect();
    assert_eq!(proved, boards, "a board is on no machine");
}

#[test]
fn every_pin_in_a_comment_is_the_pin_of_the_line_before_it() {
    for board in boards() {
        let said = pins(&text(board));
        assert!(said.len() >= 4 || board == "oled-bonnet", "{board}");
        for (line, pin) in said.iter().filter(|_| board != "generic") {
            assert_eq!(Line::parse(&format!("J8:{pin}")).as_ref(), Ok(line), "{board}");
        }
    }
}

/// What the drawing of a board file has at each pin: rows such as `#   desk   11 o o 12  left`.
fn drawn(text: &str) -> Vec<(u8, String)> {
    let row = |row: &str| {
        let (left, right) = row.strip_prefix('#')?.split_once(" o o ")?;
        let (label, odd) = left.rsplit_once(' ')?;
        let (even, other) = right.split_once(' ').unwrap_or((right, ""));
        let (odd, even): (u8, u8) = (odd.parse().ok()?, even.parse().ok()?);
        assert_eq!((odd % 2, even), (1, odd + 1), "{row}");
        Some([(odd, label.trim().to_owned()), (even, other.trim().to_owned())])
    };
    text.lines().filter_map(row).flatten().collect()
}

#[test]
fn the_drawing_of_a_board_has_each_part_at_its_pin_and_ground_where_ground_is() {
    for board in boards() {
        let text = text(board);
        let (pins, drawn) = (pins(&text), drawn(&text));
        let at = |line: &Line, name: &str| {
            let (_, pin) = pins.iter().find(|(said, _)| said == line).expect("a pin");
            let label = drawn.iter().find(|(drawn, _)| drawn == pin).map_or("", |(_, label)| label);
            assert_eq!(label.trim_start_matches("rgb "), name, "{board}, pin {pin}");
        };
        let file = BoardFile::parse(&text).expect("a right board file");
        for led in &file.leds {
            match &led.wires {
                Wires::Mono(line) => at(line, &led.name),
                Wires::Rgb(lines) => lines.iter().zip(["red", "green", "blue"]).for_each(|(l, n)| at(l, n)),
                Wires::Signal(lines) => {
                    lines.iter().zip(["red", "amber", "green"]).for_each(|(l, n)| at(l, n))
                }
                Wires::Class(_) | Wires::Pixels(_) => {}
            }
        }
        file.buttons.iter().for_each(|button| at(&button.line, &button.name));
        for (pin, label) in drawn {
            let supply = label.contains("3.3 V") || label.contains("ground");
            let is = matches!(pin, 1 | 6 | 9 | 14 | 17 | 20 | 25 | 30 | 34 | 39);
            assert!(!supply || is, "{board}, pin {pin}: {label}");
        }
    }
}

#[test]
fn for_every_machine_its_own_board_is_proposed() {
    for machine in machines() {
        for model in &machine.models {
            assert_eq!(propose(model), machine.boards.first().map(String::as_str), "{model}");
        }
    }
}

#[test]
fn on_the_old_model_b_the_wiring_of_the_long_header_would_take_the_network_down() {
    let old = machines().into_iter().find(|machine| machine.list == "raspberrypi-b.txt").expect("a list");
    let right = Line::parse("GPIO6").expect("a line");
    assert_eq!(old.lines.find(&right).expect("a line").name, "LAN_RUN");
    assert_eq!(propose("Raspberry Pi Model B Rev 2"), Some("rpi-1"));
}

/// Whether `nudged check` ended with 0, and what it complained of.
fn checked(config: &Path, board: &str) -> (bool, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_nudged"))
        .args(["check", "--board", board, "--config"])
        .arg(config)
        .output()
        .expect("the program runs");
    (ran.status.success(), String::from_utf8_lossy(&ran.stderr).into_owned())
}

#[test]
fn the_configurations_that_ship_suit_every_board_that_has_what_they_name() {
    for name in ["minimal.toml", "nudged.toml"] {
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name);
        for board in boards() {
            let (right, told) = checked(&config, board);
            if (name, board) == ("nudged.toml", "traffic-hat") {
                let mistakes: Vec<&str> =
                    told.lines().filter(|line| !line.starts_with("warning: ")).collect();
                assert!(!right && mistakes.len() == 1 && mistakes[0].contains("button \"right\""), "{told}");
            } else {
                assert!(right, "{name} with {board}: {told}");
            }
        }
    }
}

#[test]
fn check_warns_of_lines_that_clash_at_their_places_in_the_board_file() {
    let folder = tempfile::tempdir().expect("a directory");
    let board = folder.path().join("mine.toml");
    let text = "[leds.desk]\nline = \"J8:3\"\n[buttons.left]\nline = \"pinctrl-rp1/14\"\n[display]\n";
    std::fs::write(&board, text).expect("written");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/minimal.toml");
    let board = board.to_str().expect("UTF-8");
    let (right, told) = checked(&config, board);
    assert!(right, "{told}");
    let warning = |place: &str, text: &str| format!("warning: {board}:{place}: {text}; wire another line\n");
    let expected = warning("2:8", "led \"desk\": GPIO2 is SDA of /dev/i2c-1, and the display needs that")
        + &warning("4:8", "button \"left\": pinctrl-rp1/14 is TXD of the serial console");
    assert!(told.contains(&expected), "{told}");
}

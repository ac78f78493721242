use proptest::prelude::*;

use super::*;
use crate::board::files::{Controller, Display, DisplayWires, Panel, Strip, Wires};
use crate::board::pixels::Size;
use crate::frame::Rgb;

/// `line: text` of every mistake.
fn mistakes(text: &str) -> Vec<String> {
    let mistakes = BoardFile::parse(text).unwrap_err();
    let line = |mistake: &Mistake| text[..mistake.span.start].matches('\n').count() + 1;
    mistakes.iter().map(|mistake| format!("{}: {}", line(mistake), mistake.text)).collect()
}

#[test]
fn everything_has_a_default_but_the_lines() {
    let file = BoardFile::parse("[leds.b]\nline='GPIO2'\n[leds.a]\nred='J8:11'\ngreen='x/1'\nblue='x/2'\n[buttons.ok]\nline='GPIO5'\npull='down'\n[display]\n").unwrap();
    let names: Vec<&str> = file.leds.iter().map(|led| led.name.as_str()).collect();
    assert_eq!(names, ["b", "a"]);
    assert!(!file.leds[0].active_low && !file.buttons[0].active_low);
    let display = file.display.unwrap();
    let panel = Panel::Oled { controller: Controller::Ssd1306, size: Size::W128H64, column_offset: 0 };
    let wires = DisplayWires::I2c { bus: "/dev/i2c-1".into(), address: 0x3c };
    assert_eq!((display.panel, display.wires, display.upside_down), (panel, wires, false));
    assert_eq!(BoardFile::parse(""), Ok(BoardFile::default()));
}

#[test]
fn every_mistake_is_found_at_once_and_in_order() {
    let text = "\
[led.x]
[leds.desk]
line = 17
activelow = true
[leds.rgb]
red = 'GPIO22'
[leds.two]
line = 'J8:9'
[leds.three]
line = 'GPIO5'
[buttons.left]
line = 'GPIO5'
pull = 'upp'
[buttons.right]
[buttons.'a b']
line = 'GPIO7'
[display]
bus = 'i2c-1'
address = 0x99
size = '64x64'
colour = 1
rotation = 90
column_offset = 65
";
    let sizes = Size::ALL.map(|size| format!("\"{}\"", size.as_str())).join(" or ");
    assert_eq!(
        mistakes(text),
        [
            "1: a board file has no key \"led\"; did you mean \"leds\"?",
            "3: led \"desk\": expected text in quotes, got a value of type integer",
            "4: led \"desk\" has no key \"activelow\"; did you mean \"active_low\"?",
            "5: led \"rgb\" needs line, or pixels, or red, green and blue together, or red, amber and green",
            "8: led \"two\": \"J8:9\" is ground, no line",
            "12: button \"left\": GPIO5 is already used by led \"three\"",
            "13: pull \"upp\": expected \"up\" or \"down\" or \"none\"",
            "14: button \"right\" needs line, such as line = \"GPIO5\"",
            "15: buttons have names of 1 to 32 letters, digits, \"-\", \"_\" or \".\", got \"a b\"",
            "18: bus \"i2c-1\": expected a device file such as \"/dev/i2c-1\"",
            "19: address 0x99: expected 0x08 to 0x77",
            &format!("20: size \"64x64\": expected {sizes}"),
            "21: the display has no key \"colour\"; expected driver, bus, address, dc, reset, size, column_offset, \
             rotation or contrast",
            "22: rotation 90: expected 0 or 180",
            "23: column_offset 65: expected 0 to 64",
        ]
    );
}

#[test]
fn a_board_takes_every_name_a_configuration_takes() {
    let file =
        BoardFile::parse("[leds.'\u{706f}.1']\nline = 'GPIO17'\n[buttons.'links.unten']\nline = 'GPIO5'\n")
            .unwrap();
    assert!(file.led("\u{706f}.1").is_some() && file.button("links.unten").is_some());
}

#[test]
fn a_board_may_have_one_of_everything() {
    let file = BoardFile::parse(
        "about = 'all of it'\nmodels = ['Raspberry Pi 4', 'X']\n\
         [strip]\npixels = 8\nspeed = '400kHz'\n\
         [leds.light]\nred = 'GPIO1'\namber = 'GPIO2'\ngreen = 'GPIO3'\nactive_low = true\n\
         [leds.one]\npixels = 0\n\
         [leds.some]\npixels = '1-7'\nbrightness = '40%'\nwhite = '#ffB070'\n\
         [leds.act]\nline = 'class:ACT'\nbrightness = '1%'\n",
    )
    .unwrap();
    assert_eq!((file.about.as_str(), file.models.len()), ("all of it", 2));
    assert_eq!(file.strip, Some(Strip { bus: "/dev/spidev0.0".into(), pixels: 8, speed: 400_000 }));
    let line = |name: &str| Line::Named(name.into());
    assert_eq!(file.leds[0].wires, Wires::Signal(["GPIO1", "GPIO2", "GPIO3"].map(line)));
    assert!(file.leds[0].active_low);
    assert_eq!((&file.leds[1].wires, file.leds[1].brightness), (&Wires::Pixels(0..1), 100));
    assert_eq!((&file.leds[2].wires, file.leds[2].brightness), (&Wires::Pixels(1..8), 40));
    assert_eq!(file.leds[2].white, Rgb::new(0xff, 0xb0, 0x70));
    assert_eq!(file.leds[3].white, Rgb::new(255, 255, 255));
}

/// The display of a board file that has nothing else.
fn display(keys: &str) -> Display {
    BoardFile::parse(&format!("[display]\n{keys}\n")).unwrap().display.unwrap()
}

#[test]
fn every_kind_of_display_has_its_own_defaults() {
    let sh1106 = display("driver = 'sh1106'\nrotation = 180\ncontrast = 255");
    let panel = Panel::Oled { controller: Controller::Sh1106, size: Size::W128H64, column_offset: 2 };
    assert_eq!((sh1106.panel, sh1106.upside_down, sh1106.contrast), (panel, true, 255));

    let spi =
        display("driver = 'sh1106'\nbus = '/dev/spidev0.1'\ndc = 'J8:18'\nreset = 'x/1'\ncolumn_offset = 4");
    let line = |text: &str| Line::parse(text).unwrap();
    let wires = DisplayWires::Spi {
        bus: "/dev/spidev0.1".into(),
        data_command: line("GPIO24"),
        reset: Some(line("x/1")),
    };
    assert_eq!(spi.wires, wires);

    let characters = display("driver = 'hd44780'\nsize = '20x4'");
    assert_eq!(characters.panel, Panel::Characters { columns: 20, rows: 4 });
    assert_eq!(characters.wires, DisplayWires::I2c { bus: "/dev/i2c-1".into(), address: 0x27 });
    assert_eq!(display("driver = 'hd44780'").panel, Panel::Characters { columns: 16, rows: 2 });

    for (driver, controller) in [("ssd1306", Controller::Ssd1306), ("sh1106", Controller::Sh1106)] {
        for size in Size::ALL {
            let column_offset = size.column_offset(controller);
            let panel = display(&format!("driver = '{driver}'\nsize = '{}'", size.as_str())).panel;
            assert_eq!(panel, Panel::Oled { controller, size, column_offset });
            assert!(column_offset <= size.column_offset_max(controller), "{controller:?} {size:?}");
        }
    }
}

#[test]
fn what_a_light_cannot_do_is_told_with_the_reason() {
    let text = "\
[strip]
pixels = 4
[leds.line]
line = 'GPIO17'
brightness = '40%'
white = '#ffb070'
[leds.class]
line = 'class:ACT'
active_low = false
[leds.again]
line = 'class:ACT'
[leds.bright]
pixels = 1
brightness = '0%'
white = '#000000'
[leds.both]
line = 'GPIO4'
pixels = 2
[leds.far]
pixels = '2-4'
[leds.twice]
pixels = '0-1'
[leds.half]
red = 'GPIO20'
green = 'GPIO21'
[leds.kind]
pixels = 1.5
brightness = 40
";
    let dims = "a line is on or off; only class: and pixels can be dimmed";
    assert_eq!(
        mistakes(text),
        [
            &format!("5: led \"line\": brightness: {dims}"),
            &format!("6: led \"line\": white: {dims}"),
            "9: led \"class\": active_low: only lines have that; neither class: nor pixels need it",
            "11: led \"again\": class:ACT is already used by led \"class\"",
            "14: brightness \"0%\": expected \"1%\" to \"100%\"",
            "15: white \"#000000\": expected a colour such as \"#ffb070\"",
            "16: led \"both\" needs line, or pixels, or red, green and blue together, or red, amber and green",
            "20: led \"far\": the strip has the pixels 0 to 3; expected one, or some such as \"0-3\"",
            "22: led \"twice\": pixel 1 is already used by led \"bright\"",
            "23: led \"half\" needs line, or pixels, or red, green and blue together, or red, amber and green",
            "27: led \"kind\": expected a pixel such as 3, or pixels such as \"0-7\", got a value of type float",
            "28: brightness: expected \"1%\" to \"100%\", got a value of type integer",
        ]
    );
}

#[test]
fn what_a_strip_cannot_be_is_told() {
    assert_eq!(
        mistakes("[leds.a]\npixels = 1\n"),
        ["2: led \"a\": pixels are those of a strip; the board file needs [strip]"]
    );
    assert_eq!(
        mistakes("[strip]\ndriver = 'ws2812'\nbus = '/dev/i2c-1'\nspeed = '9MHz'\n[leds.a]\npixels = 63\n"),
        [
            "1: the strip needs pixels, such as pixels = 8",
            "2: driver \"ws2812\": expected \"apa102\"",
            "3: bus \"/dev/i2c-1\": the strip is on SPI; expected a device file such as \"/dev/spidev0.0\"",
            "4: speed \"9MHz\": expected \"100kHz\" to \"8MHz\"",
        ]
    );
    for speed in ["1 MHz", "1mhz", "99999Hz", "MHz", "99999999999999999999MHz", ""] {
        assert_eq!(mistakes(&format!("[strip]\npixels = 1\nspeed = '{speed}'")).len(), 1, "{speed}");
    }
    for pixels in ["0", "65", "-1", "'8'"] {
        assert_eq!(mistakes(&format!("[strip]\npixels = {pixels}")).len(), 1, "{pixels}");
    }
}

#[test]
fn what_a_display_cannot_have_is_told_with_the_reason() {
    assert_eq!(
        mistakes("[display]\ncolumn_offset = 2\n"),
        [
            "2: column_offset 2: an ssd1306 has 128 columns; at 128x64 expected 0; a wide panel that needs 2 is an sh1106"
        ]
    );
    assert_eq!(
        mistakes("[display]\ndriver = 'sh1106'\ncolumn_offset = 5\n"),
        ["3: column_offset 5: an sh1106 has 132 columns; at 128x64 expected 0 to 4"]
    );
    assert_eq!(
        mistakes("[display]\nbus = '/dev/spidev0.0'\naddress = 0x3c\nreset = 'GPIO25'\n"),
        [
            "1: the display needs dc on /dev/spidev0.0: the line of its pin DC, such as dc = \"GPIO24\"",
            "3: the display: address: only displays on I2C have one",
        ]
    );
    assert_eq!(
        mistakes("[display]\ndc = 'GPIO24'\nreset = 'GPIO25'\nrotation = '180'\n"),
        [
            "2: the display: dc: only displays on SPI have that line",
            "3: the display: reset: on I2C nothing drives it; wire that pin to 3.3 V",
            "4: rotation: expected 0 or 180, got a value of type string",
        ]
    );
    assert_eq!(
        mistakes(
            "[display]\ndriver = 'hd44780'\nsize = '128x64'\nrotation = 180\ncontrast = 9\ncolumn_offset = 2\n"
        ),
        [
            "3: size \"128x64\": expected \"16x2\" or \"20x4\" or \"8x2\" or \"16x1\" or \"16x4\" or \"20x2\" or \"40x2\"",
            "4: the display: rotation: an hd44780 cannot turn its characters",
            "5: the display: contrast: an hd44780 has a trimmer for that",
            "6: the display: column_offset: only OLEDs have one",
        ]
    );
    assert_eq!(
        mistakes("[display]\ndriver = 'hd44780'\nbus = '/dev/spidev0.0'\n"),
        ["3: an hd44780 is reached through a PCF8574 on I2C; expected a bus such as \"/dev/i2c-1\""]
    );
    for bus in ["/dev/spidev0", "/dev/spidev0.0/..", "spidev0.0", "i2c-1", ""] {
        let mistakes = mistakes(&format!("[display]\ndc = 'GPIO24'\nbus = '{bus}'\n"));
        assert!(mistakes.iter().any(|mistake| mistake.starts_with("3: bus \"")), "{mistakes:?}");
    }
}

#[test]
fn nothing_serves_two() {
    let text = "\
[strip]
pixels = 4
[leds.desk]
line = 'GPIO17'
[leds.same]
line = 'pinctrl-rp1/17'
[buttons.left]
line = 'J8:18'
[display]
bus = '/dev/spidev0.1'
dc = 'GPIO24'
reset = 'J8:11'
";
    assert_eq!(
        mistakes(text),
        [
            "6: led \"same\": pinctrl-rp1/17 is already used by led \"desk\"",
            "10: the display: SPI bus 0 is already used by the strip",
            "11: dc of the display: GPIO24 is already used by button \"left\"",
            "12: reset of the display: GPIO17 is already used by led \"desk\"",
        ]
    );
}

/// `line: text` of every warning.
fn warnings(text: &str) -> Vec<String> {
    let line = |mistake: &Mistake| text[..mistake.span.start].matches('\n').count() + 1;
    let warnings = BoardFile::parse(text).unwrap().warnings();
    warnings.iter().map(|mistake| format!("{}: {}", line(mistake), mistake.text)).collect()
}

#[test]
fn pins_with_another_job_are_told() {
    let leds = "\
[leds.add-on]
line = 'J8:28'
[leds.data]
line = 'GPIO2'
[leds.clock]
line = 'pinctrl-bcm2711/3'
[leds.spi]
red = 'GPIO7'
green = 'GPIO9'
blue = 'GPIO17'
[leds.other]
line = 'expander/2'
[buttons.console]
line = 'GPIO15'
";
    let always = "15 is RXD of the serial console; wire another line";
    assert_eq!(
        warnings(leds),
        [
            "2: led \"add-on\": GPIO1 identifies add-on boards when the machine starts; wire another line",
            "4: led \"data\": GPIO2 is SDA of /dev/i2c-1 and has a pull-up that cannot be switched off; wire another line",
            "6: led \"clock\": pinctrl-bcm2711/3 is SCL of /dev/i2c-1 and has a pull-up that cannot be switched off; \
             wire another line",
            &format!("14: button \"console\": GPIO{always}"),
        ]
    );
    let on_i2c = warnings(&format!("{leds}[display]\n"));
    assert!(on_i2c[1].ends_with("GPIO2 is SDA of /dev/i2c-1, and the display needs that; wire another line"));
    for with_spi in ["[strip]\npixels = 1\n", "[display]\nbus = '/dev/spidev0.0'\ndc = 'GPIO14'\n"] {
        let on_spi = warnings(&format!("{leds}{with_spi}"));
        assert_eq!(
            on_spi[3],
            "8: led \"spi\": GPIO7 is CE1 of SPI0, which this board uses; wire another line"
        );
        assert!(on_spi[4].contains("GPIO9 is MISO of SPI0"));
        assert!(!with_spi.contains("dc") || on_spi[6].starts_with("17: dc of the display: GPIO14 is TXD"));
    }
}

#[test]
fn the_models_of_a_board_are_texts_that_say_something() {
    assert_eq!(
        mistakes("about = 1\nmodels = ['', 2]\n"),
        [
            "1: about: expected text in quotes, got a value of type integer",
            "2: models: \"\" begins every name; expected one such as \"Raspberry Pi 4\"",
            "2: models: expected text in quotes, got a value of type integer",
        ]
    );
    assert_eq!(mistakes("models = 'x'"), ["1: models: expected a list of texts, got a value of type string"]);
}

#[test]
fn every_key_there_is_stands_in_the_board_file_that_explains_them() {
    let text = include_str!("../../../../boards/rpi.toml");
    let told =
        |key: &str| text.lines().any(|row| row.trim_start_matches('#').starts_with(&format!("{key} = ")));
    let buttons = ["line", "pull", "active_low"];
    let strip = ["driver", "bus", "pixels", "speed"];
    for key in leds::LED_KEYS.iter().chain(&display::DISPLAY_KEYS).chain(&buttons).chain(&strip) {
        assert!(told(key), "{key}");
    }
}

#[test]
fn the_examples_of_that_file_are_right_once_they_are_uncommented() {
    let text = include_str!("../../../../boards/rpi.toml");
    let example = |row: &&str| {
        row.strip_prefix('#').is_some_and(|row| row.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
    };
    // Those of the display want another bus.
    let (text, _) = text.split_once("[display]").unwrap();
    let rows: Vec<&str> = text.lines().map(|row| if example(&row) { &row[1..] } else { row }).collect();
    let file = BoardFile::parse(&rows.join("\n")).unwrap();
    assert_eq!((file.leds.len(), file.buttons.len(), file.warnings()), (6, 2, vec![]));
    assert!(file.strip.is_some());
}

#[test]
fn a_slip_of_the_pen_is_told_with_the_rest() {
    let mistakes = mistakes("[leds.desk]\nline = GPIO17\n[buttons.left]\nlin = 'GPIO5'\n");
    assert!(mistakes[0].starts_with("2: toml: "), "{mistakes:?}");
    assert!(mistakes.iter().any(|mistake| mistake.starts_with("4: ")), "{mistakes:?}");
}

#[test]
fn a_name_from_the_file_system_cannot_climb() {
    for class in ["", "../../x", "..", "a/b"] {
        assert_eq!(mistakes(&format!("[leds.a]\nline = 'class:{class}'")).len(), 1, "{class}");
    }
}

#[test]
fn a_board_has_room_for_so_many_lights() {
    let lights: String = (0..17).map(|index| format!("[leds.l{index}]\nline='GPIO{index}'\n")).collect();
    assert_eq!(mistakes(&lights), ["33: too many leds; a board can have 16"]);
}

proptest! {
    #[test]
    fn no_text_panics_and_every_span_lies_in_the_text(text in "(\\[(leds|buttons|display|strip)(\\.[a-z]{1,3})?\\]\n|(line|red|pull|bus|address|pixels|white|speed|dc) = ('[A-Z0-9:/#%-]{0,7}'|[0-9-]{1,3}|true)\n|.){0,20}") {
        let found = match BoardFile::parse(&text) {
            Ok(file) => file.warnings(),
            Err(mistakes) => {
                prop_assert!(!mistakes.is_empty());
                mistakes
            }
        };
        for mistake in found {
            prop_assert!(mistake.span.end <= text.len());
        }
    }
}

//! Reads a board file and finds every mistake at once, each with its place.
//! It does not know files.

use std::path::PathBuf;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{
    BoardFile, Button, Controller, Display, DisplayWires, Led, Line, Mistake, Panel, Pull, Wires, nearest,
};
use crate::board::pixels::Size;
use crate::frame::Rgb;
use crate::limits::{BUTTONS_MAX, LEDS_MAX};
use crate::text::Shown;

/// See [`BoardFile::parse`].
pub(super) fn parse(text: &str) -> Result<BoardFile, Vec<Mistake>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::default();
    for error in errors {
        let text = error.message().lines().collect::<Vec<_>>().join(", ");
        reader
            .mistakes
            .push(Mistake { span: error.span().unwrap_or(0..0), text: format!("toml: {}", Shown(&text)) });
    }
    let file = reader.file(root.get_ref());
    if reader.mistakes.is_empty() {
        return Ok(file);
    }
    reader.mistakes.sort_by_key(|mistake| mistake.span.start);
    Err(reader.mistakes)
}

/// What was found so far.
#[derive(Default)]
struct Reader {
    mistakes: Vec<Mistake>,
    /// Lines in use, and by what.
    used: Vec<(Line, String)>,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl Reader {
    fn file(&mut self, root: &DeTable<'_>) -> BoardFile {
        self.keys(root, "a board file", &["leds", "buttons", "display"]);
        let mut file = BoardFile::default();
        for (name, place, table) in self.section(root, "leds", LEDS_MAX) {
            file.leds.extend(self.led(&name, &place, table));
        }
        for (name, place, table) in self.section(root, "buttons", BUTTONS_MAX) {
            file.buttons.extend(self.button(&name, &place, table));
        }
        if let Some(table) = root.get("display").and_then(|value| self.table(value, "display")) {
            file.display = Some(self.display(table));
        }
        file
    }

    /// The tables of `[leds.*]` or `[buttons.*]` with their names, in the order of the file.
    fn section<'v, 't>(
        &mut self,
        root: &'v DeTable<'t>,
        key: &str,
        most: usize,
    ) -> Vec<(String, Spanned<()>, &'v DeTable<'t>)> {
        let Some(section) = root.get(key).and_then(|value| self.table(value, key)) else { return Vec::new() };
        let mut entries: Vec<_> = section.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        if let Some((name, _)) = entries.get(most) {
            self.mistake(name.span(), format!("too many {key}; a board can have {most}"));
        }
        let mut found = Vec::new();
        for (name, value) in entries {
            let place = Spanned::new(name.span(), ());
            if !is_name(name.get_ref()) {
                self.mistake(
                    name.span(),
                    format!(
                        "{key} have names of letters, digits, - and _, got \"{}\"",
                        Shown(name.get_ref())
                    ),
                );
            } else if let Some(table) = self.table(value, &format!("{key}.{}", name.get_ref())) {
                found.push((name.get_ref().to_string(), place, table));
            }
        }
        found
    }

    fn led(&mut self, name: &str, place: &Spanned<()>, table: &DeTable<'_>) -> Option<Led> {
        let owner = format!("led \"{name}\"");
        self.keys(table, &owner, &["line", "red", "green", "blue", "active_low"]);
        let active_low = self.flag(table, "active_low").unwrap_or(false);
        let colours = ["red", "green", "blue"].map(|key| table.get(key));
        let wires = match (table.get("line"), colours) {
            (Some(line), [None, None, None]) => self.mono(line, &owner),
            (None, [Some(red), Some(green), Some(blue)]) => {
                let [red, green, blue] = [red, green, blue].map(|value| self.line(value, &owner));
                Some(Wires::Rgb([red?, green?, blue?]))
            }
            _ => {
                self.mistake(place.span(), format!("{owner} needs line, or red, green and blue together"));
                None
            }
        };
        Some(Led {
            name: name.into(),
            wires: wires?,
            active_low,
            brightness: 100,
            white: Rgb::new(255, 255, 255),
        })
    }

    fn mono(&mut self, value: &Value<'_>, owner: &str) -> Option<Wires> {
        let Some(class) = value.get_ref().as_str().and_then(|text| text.strip_prefix("class:")) else {
            return self.line(value, owner).map(Wires::Mono);
        };
        let legal = |c: char| c.is_ascii_graphic() && c != '/';
        if class.is_empty() || class.starts_with('.') || !class.chars().all(legal) {
            self.mistake(
                value.span(),
                format!("{owner}: \"{}\" is no name in /sys/class/leds, such as \"class:ACT\"", Shown(class)),
            );
            return None;
        }
        Some(Wires::Class(class.into()))
    }

    fn button(&mut self, name: &str, place: &Spanned<()>, table: &DeTable<'_>) -> Option<Button> {
        let owner = format!("button \"{name}\"");
        self.keys(table, &owner, &["line", "pull", "active_low"]);
        let pulls = [("up", Pull::Up), ("down", Pull::Down), ("none", Pull::None)];
        let pull = self.choice(table, "pull", &pulls).unwrap_or_default();
        let active_low = self.flag(table, "active_low").unwrap_or(pull != Pull::Down);
        let Some(value) = table.get("line") else {
            self.mistake(place.span(), format!("{owner} needs line, such as line = \"GPIO5\""));
            return None;
        };
        Some(Button { name: name.into(), line: self.line(value, &owner)?, pull, active_low })
    }

    fn display(&mut self, table: &DeTable<'_>) -> Display {
        let known = ["driver", "bus", "address", "size", "column_offset", "rotation"];
        self.keys(table, "the display", &known);
        let sizes = Size::ALL.map(|size| (size.as_str(), size));
        let bus = table.get("bus").and_then(|value| {
            let bus = self.text(value, "bus").filter(|bus| bus.starts_with("/dev/"));
            if bus.is_none() && value.get_ref().is_str() {
                self.mistake(value.span(), "bus: expected a device file such as \"/dev/i2c-1\"".into());
            }
            bus
        });
        let rotation = self.number(table, "rotation", 0..=180).unwrap_or(0);
        if let (Some(value), true) = (table.get("rotation"), !matches!(rotation, 0 | 180)) {
            self.mistake(value.span(), format!("rotation {rotation}: expected 0 or 180"));
        }
        let controllers = [("ssd1306", Controller::Ssd1306), ("sh1106", Controller::Sh1106)];
        Display {
            panel: Panel::Oled {
                controller: self.choice(table, "driver", &controllers).unwrap_or_default(),
                size: self.choice(table, "size", &sizes).unwrap_or_default(),
                column_offset: self.number(table, "column_offset", 0..=4).unwrap_or(0),
            },
            wires: DisplayWires::I2c {
                bus: PathBuf::from(bus.unwrap_or("/dev/i2c-1")),
                address: self.number(table, "address", 0x08..=0x77).unwrap_or(0x3c),
            },
            upside_down: rotation == 180,
            contrast: 0x8f,
        }
    }

    /// Reads a line and sees to it that nothing else uses it.
    fn line(&mut self, value: &Value<'_>, owner: &str) -> Option<Line> {
        let text = self.text(value, owner)?;
        let line = match Line::parse(text) {
            Ok(line) => line,
            Err(why) => {
                self.mistake(value.span(), format!("{owner}: \"{}\" {why}", Shown(text)));
                return None;
            }
        };
        match self.used.iter().find(|(used, _)| *used == line) {
            Some((_, other)) => {
                let text = format!("{owner}: {line} is already used by {other}");
                self.mistake(value.span(), text);
                None
            }
            None => {
                self.used.push((line.clone(), owner.into()));
                Some(line)
            }
        }
    }

    /// Complains of keys that nobody reads.
    fn keys(&mut self, table: &DeTable<'_>, owner: &str, known: &[&str]) {
        for (key, _) in table {
            if known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let guess = nearest(key.get_ref(), known)
                .map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
            self.mistake(
                key.span(),
                format!(
                    "{owner} has no key \"{}\"{guess} expected {}",
                    Shown(key.get_ref()),
                    known.join(", ")
                ),
            );
        }
    }

    fn table<'v, 't>(&mut self, value: &'v Value<'t>, what: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, what, "a table");
        }
        table
    }

    fn text<'v>(&mut self, value: &'v Value<'_>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, what, "text in quotes");
        }
        text
    }

    fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, key, "true or false");
        }
        flag
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
        let value = table.get(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, key, "a number");
            return None;
        };
        let number = u8::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let (low, high) = range.into_inner();
            let expected = if integer.radix() == 16 {
                format!("{low:#04x} to {high:#04x}")
            } else {
                format!("{low} to {high}")
            };
            self.mistake(value.span(), format!("{key} {integer}: expected {expected}"));
        }
        number
    }

    fn choice<T: Copy>(&mut self, table: &DeTable<'_>, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let value = table.get(key)?;
        let text = self.text(value, key)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.mistake(value.span(), format!("{key} \"{}\": expected {}", Shown(text), words.join(" or ")));
        }
        found.map(|(_, choice)| *choice)
    }

    fn wrong_type(&mut self, value: &Value<'_>, what: &str, expected: &str) {
        let found = value.get_ref().type_str();
        self.mistake(value.span(), format!("{what}: expected {expected}, got a value of type {found}"));
    }

    fn mistake(&mut self, span: std::ops::Range<usize>, text: String) {
        self.mistakes.push(Mistake { span, text });
    }
}

fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    !name.is_empty() && name.len() <= NAME_MAX && name.chars().all(legal)
}

/// Octets of the name of a LED or button.
const NAME_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
rotation = 90
column_offset = -1
";
        assert_eq!(
            mistakes(text),
            [
                "1: a board file has no key \"led\"; did you mean \"leds\"? expected leds, buttons, display",
                "3: led \"desk\": expected text in quotes, got a value of type integer",
                "4: led \"desk\" has no key \"activelow\"; did you mean \"active_low\"? expected line, red, green, blue, active_low",
                "5: led \"rgb\" needs line, or red, green and blue together",
                "8: led \"two\": \"J8:9\" is ground, no line",
                "12: button \"left\": GPIO5 is already used by led \"three\"",
                "13: pull \"upp\": expected \"up\" or \"down\" or \"none\"",
                "14: button \"right\" needs line, such as line = \"GPIO5\"",
                "15: buttons have names of letters, digits, - and _, got \"a b\"",
                "18: bus: expected a device file such as \"/dev/i2c-1\"",
                "19: address 0x99: expected 0x08 to 0x77",
                "20: size \"64x64\": expected \"128x64\" or \"128x32\"",
                "21: rotation 90: expected 0 or 180",
                "22: column_offset -1: expected 0 to 4",
            ]
        );
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
        fn no_text_panics_and_every_span_lies_in_the_text(text in "(\\[(leds|buttons|display)(\\.[a-z]{1,3})?\\]\n|(line|red|pull|bus|address) = ('[A-Z0-9:/]{0,5}'|[0-9-]{1,3}|true)\n|.){0,20}") {
            if let Err(mistakes) = BoardFile::parse(&text) {
                prop_assert!(!mistakes.is_empty());
                for mistake in mistakes {
                    prop_assert!(mistake.span.end <= text.len());
                }
            }
        }
    }
}

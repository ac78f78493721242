//! Values of a board file by their types, each with a complaint that says what would be right.
//! It does not know what they are for.

use toml::de::DeTable;

use super::{Reader, Value};
use crate::frame::Rgb;
use crate::text::{Shown, number};

impl Reader {
    pub(super) fn table<'v, 't>(&mut self, value: &'v Value<'t>, what: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, what, "a table");
        }
        table
    }

    pub(super) fn text<'v>(&mut self, value: &'v Value<'_>, what: &str) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, what, "text in quotes");
        }
        text
    }

    pub(super) fn flag(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, key, "true or false");
        }
        flag
    }

    pub(super) fn number(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        range: std::ops::RangeInclusive<u8>,
    ) -> Option<u8> {
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

    pub(super) fn choice<T: Copy>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        choices: &[(&str, T)],
    ) -> Option<T> {
        let value = table.get(key)?;
        let text = self.text(value, key)?;
        let found = choices.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            self.mistake(value.span(), format!("{key} \"{}\": expected {}", Shown(text), words.join(" or ")));
        }
        found.map(|(_, choice)| *choice)
    }

    /// A share of the whole in percent, 1 to 100: `"40%"`.
    pub(super) fn percent(&mut self, table: &DeTable<'_>, key: &str) -> Option<u8> {
        let percent = |text: &str| {
            let percent = number(text.strip_suffix('%')?.as_bytes())?;
            u8::try_from(percent).ok().filter(|percent| (1..=100).contains(percent))
        };
        self.worded(table, key, percent, "\"1%\" to \"100%\"")
    }

    /// A colour, anything but darkness: `"#ffb070"`.
    pub(super) fn colour(&mut self, table: &DeTable<'_>, key: &str) -> Option<Rgb> {
        let colour = |text: &str| {
            let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
            if !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
                return None;
            }
            let channel = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            Some(Rgb::new(channel(0)?, channel(2)?, channel(4)?)).filter(|colour| *colour != Rgb::OFF)
        };
        self.worded(table, key, colour, "a colour such as \"#ffb070\"")
    }

    /// A frequency in hertz: `"400kHz"`, `"1MHz"`.
    pub(super) fn frequency(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        range: std::ops::RangeInclusive<u32>,
        expected: &str,
    ) -> Option<u32> {
        let hertz = |text: &str| {
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let unit = match text.get(digits.len()..)? {
                "Hz" => 1,
                "kHz" => 1_000,
                "MHz" => 1_000_000,
                _ => return None,
            };
            let hertz = number(digits.as_bytes())?.checked_mul(unit)?;
            u32::try_from(hertz).ok().filter(|hertz| range.contains(hertz))
        };
        self.worded(table, key, hertz, expected)
    }

    /// A text with a meaning of its own.
    fn worded<T>(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        meaning: impl Fn(&str) -> Option<T>,
        expected: &str,
    ) -> Option<T> {
        let value = table.get(key)?;
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, key, expected);
            return None;
        };
        let found = meaning(text);
        if found.is_none() {
            self.mistake(value.span(), format!("{key} \"{}\": expected {expected}", Shown(text)));
        }
        found
    }

    pub(super) fn wrong_type(&mut self, value: &Value<'_>, what: &str, expected: &str) {
        let found = value.get_ref().type_str();
        self.mistake(value.span(), format!("{what}: expected {expected}, got a value of type {found}"));
    }
}

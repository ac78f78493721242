//! Reads a board file and finds every mistake at once, each with its place.
//! It does not know files.
//!
//! In reading order: this page (the file and its sections), `leds` (lights, buttons and the strip), `display`, `values`
//! (texts, numbers, choices), `clashes` (pins that have another job).

mod clashes;
mod display;
mod leds;
mod values;

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{BoardFile, Line, Mistake};
use crate::limits::{BUTTONS_MAX, LEDS_MAX};
use crate::nearest;
use crate::text::{NAME_RULE, Shown, is_name};

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
    /// What is in use, and by what.
    used: Vec<Use>,
    /// Pixels of the strip: how many an LED may count on, even if what the file says of it is wrong.
    pixels: Option<u8>,
}

/// Something that only one part of a board can have.
struct Use {
    what: Part,
    owner: String,
    span: Range<usize>,
}

enum Part {
    Line(Line),
    Class(String),
    Pixel(u8),
    /// An SPI bus, by its number: a strip listens whichever chip is selected.
    Spi(u64),
}

impl Part {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Line(one), Self::Line(other)) => one.is(other),
            (Self::Class(one), Self::Class(other)) => one == other,
            (Self::Pixel(one), Self::Pixel(other)) => one == other,
            (Self::Spi(one), Self::Spi(other)) => one == other,
            _ => false,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => line.fmt(f),
            Self::Class(class) => write!(f, "class:{class}"),
            Self::Pixel(pixel) => write!(f, "pixel {pixel}"),
            Self::Spi(bus) => write!(f, "SPI bus {bus}"),
        }
    }
}

type Value<'t> = Spanned<DeValue<'t>>;

/// A table of a section: its name, where that stands, and what is in it.
type Entry<'v, 't> = (String, Range<usize>, &'v DeTable<'t>);

impl Reader {
    fn file(&mut self, root: &DeTable<'_>) -> BoardFile {
        self.keys(root, "a board file", &KEYS);
        let mut file = BoardFile {
            about: root.get("about").and_then(|value| self.text(value, "about")).unwrap_or_default().into(),
            models: self.models(root),
            ..BoardFile::default()
        };
        if let Some((place, table)) = self.one(root, "strip") {
            file.strip = self.strip(place, table);
        }
        for (name, place, table) in self.section(root, "leds", LEDS_MAX) {
            file.leds.extend(self.led(&name, place, table));
        }
        for (name, place, table) in self.section(root, "buttons", BUTTONS_MAX) {
            file.buttons.extend(self.button(&name, place, table));
        }
        if let Some((place, table)) = self.one(root, "display") {
            file.display = self.display(place, table);
        }
        file.clashes = clashes::find(&self.used, &file);
        file
    }

    fn models(&mut self, root: &DeTable<'_>) -> Vec<String> {
        let Some(value) = root.get("models") else { return Vec::new() };
        let Some(models) = value.get_ref().as_array() else {
            self.wrong_type(value, "models", "a list of texts");
            return Vec::new();
        };
        let mut found = Vec::new();
        for model in models.iter() {
            match self.text(model, "models") {
                Some("") => self.mistake(
                    model.span(),
                    "models: \"\" begins every name; expected one such as \"Raspberry Pi 4\"".into(),
                ),
                model => found.extend(model.map(str::to_owned)),
            }
        }
        found
    }

    /// A section that a file has once, and where its name stands.
    fn one<'v, 't>(&mut self, root: &'v DeTable<'t>, key: &str) -> Option<(Range<usize>, &'v DeTable<'t>)> {
        let (name, value) = root.get_key_value(key)?;
        Some((name.span(), self.table(value, key)?))
    }

    /// The tables of `[leds.*]` or `[buttons.*]` with their names, in the order of the file.
    fn section<'v, 't>(&mut self, root: &'v DeTable<'t>, key: &str, most: usize) -> Vec<Entry<'v, 't>> {
        let Some(section) = root.get(key).and_then(|value| self.table(value, key)) else { return Vec::new() };
        let mut entries: Vec<_> = section.iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        if let Some((name, _)) = entries.get(most) {
            self.mistake(name.span(), format!("too many {key}; a board can have {most}"));
        }
        let mut found = Vec::new();
        for (name, value) in entries {
            if !is_name(name.get_ref()) {
                let text = format!("{key} have names of {NAME_RULE}, got \"{}\"", Shown(name.get_ref()));
                self.mistake(name.span(), text);
            } else if let Some(table) = self.table(value, &format!("{key}.{}", name.get_ref())) {
                found.push((name.get_ref().to_string(), name.span(), table));
            }
        }
        found
    }

    /// Reads a line and sees to it that nothing else uses it.
    fn line(&mut self, value: &Value<'_>, owner: &str) -> Option<Line> {
        let text = self.text(value, owner)?;
        match Line::parse(text) {
            Ok(line) => self.take(value.span(), owner, Part::Line(line.clone())).then_some(line),
            Err(why) => {
                self.mistake(value.span(), format!("{owner}: \"{}\" {why}", Shown(text)));
                None
            }
        }
    }

    /// Whether nothing else uses this; it is used now.
    fn take(&mut self, span: Range<usize>, owner: &str, what: Part) -> bool {
        if let Some(Use { owner: other, .. }) = self.used.iter().find(|used| used.what.is(&what)) {
            let text = format!("{owner}: {what} is already used by {other}");
            self.mistake(span, text);
            return false;
        }
        self.used.push(Use { what, owner: owner.into(), span });
        true
    }

    /// Complains of keys that nobody reads.
    fn keys(&mut self, table: &DeTable<'_>, owner: &str, known: &[&str]) {
        for (key, _) in table {
            if known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let hint = nearest::hint(key.get_ref(), known.iter().copied());
            self.mistake(key.span(), format!("{owner} has no key \"{}\"; {hint}", Shown(key.get_ref())));
        }
    }

    /// Complains of a key that means nothing for what the rest of the table describes.
    fn refuse(&mut self, table: &DeTable<'_>, owner: &str, key: &str, why: &str) {
        if let Some((name, _)) = table.get_key_value(key) {
            self.mistake(name.span(), format!("{owner}: {key}: {why}"));
        }
    }

    fn mistake(&mut self, span: Range<usize>, text: String) {
        self.mistakes.push(Mistake { span, text });
    }
}

/// What a board file has.
const KEYS: [&str; 6] = ["about", "models", "leds", "buttons", "strip", "display"];

#[cfg(test)]
mod tests;

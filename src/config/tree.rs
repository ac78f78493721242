//! The walk over the TOML library's spanned tree: sections, typed values, unknown keys.
//!
//! Knows no section by name; what a key means is for the rooms beside it.

use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::duration;
use super::mistake::Notes;
use crate::nearest;
use crate::time::Duration;

/// A string of the file and its place.
pub(super) type Text<'a> = Spanned<&'a str>;

/// One table of the file, with the keys it may have.
#[derive(Clone, Copy)]
pub(super) struct Section<'a> {
    /// As people write it: `[msn]`.
    title: &'static str,
    table: &'a DeTable<'a>,
    /// Where it begins.
    at: usize,
}

impl<'a> Section<'a> {
    /// A table whose keys are fixed: reports every other key.
    pub(super) fn open(
        title: &'static str,
        found: &'a Spanned<DeTable<'a>>,
        keys: &[&str],
        notes: &mut Notes,
    ) -> Self {
        let section = Self { title, table: found.get_ref(), at: found.span().start };
        section.refuse_other_keys(keys, notes);
        section
    }

    /// The same for a value that should be a table.
    pub(super) fn of_value(
        title: &'static str,
        found: &'a Spanned<DeValue<'a>>,
        keys: &[&str],
        notes: &mut Notes,
    ) -> Option<Self> {
        let DeValue::Table(table) = found.get_ref() else {
            notes.value(found, format!("{title}: found {}, expected a table", described(found)));
            return None;
        };
        let section = Self { title, table, at: found.span().start };
        section.refuse_other_keys(keys, notes);
        Some(section)
    }

    fn refuse_other_keys(&self, keys: &[&str], notes: &mut Notes) {
        for key in self.table.keys().filter(|key| !keys.contains(&key.get_ref().as_ref())) {
            let hint = nearest::hint(key.get_ref(), keys.iter().copied());
            let home = if self.title.is_empty() { String::new() } else { format!(" in {}", self.title) };
            notes.structure(key, format!("unknown key {}{home}; {hint}", quoted(key.get_ref())));
        }
    }

    /// Where the section begins: its header, or its `{`.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The value of a key.
    pub(super) fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table.get(key)
    }

    /// A sub-table with fixed keys.
    pub(super) fn section(
        &self,
        key: &str,
        title: &'static str,
        keys: &[&str],
        notes: &mut Notes,
    ) -> Option<Self> {
        Section::of_value(title, self.value(key)?, keys, notes)
    }

    /// A sub-table whose keys are names of the person's own, in the order of the file.
    pub(super) fn entries(
        &self,
        key: &str,
        title: &str,
        notes: &mut Notes,
    ) -> Vec<(Text<'a>, &'a Spanned<DeValue<'a>>)> {
        let Some(found) = self.value(key) else { return Vec::new() };
        let DeValue::Table(table) = found.get_ref() else {
            notes.value(found, format!("{title}: found {}, expected a table", described(found)));
            return Vec::new();
        };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(name, value)| (Spanned::new(name.span(), name.get_ref().as_ref()), value))
            .collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        entries
    }

    /// The tables of a `[[key]]`.
    pub(super) fn tables(
        &self,
        key: &str,
        title: &'static str,
        keys: &[&str],
        notes: &mut Notes,
    ) -> Vec<Self> {
        let Some(found) = self.value(key) else { return Vec::new() };
        let DeValue::Array(rows) = found.get_ref() else {
            notes.value(found, format!("{key}: found {}, expected {title}", described(found)));
            return Vec::new();
        };
        rows.iter().filter_map(|row| Section::of_value(title, row, keys, notes)).collect()
    }

    /// A string. `example` is what a right one looks like.
    pub(super) fn text(&self, key: &str, example: &str, notes: &mut Notes) -> Option<Text<'a>> {
        text(key, self.value(key)?, example, notes)
    }

    /// A string that must be there.
    pub(super) fn needed(&self, key: &str, example: &str, notes: &mut Notes) -> Option<Text<'a>> {
        if self.value(key).is_none() {
            notes.missing(self.at, format!("{} has no {key}; add {key} = \"{example}\"", self.title));
        }
        self.text(key, example, notes)
    }

    /// One string or a list of them; empty lists are refused.
    pub(super) fn texts(&self, key: &str, example: &str, notes: &mut Notes) -> Option<Vec<Text<'a>>> {
        texts(key, self.value(key)?, example, notes)
    }

    /// One of a few words.
    pub(super) fn word<T>(
        &self,
        key: &str,
        words: &[&str],
        named: impl Fn(&str) -> Option<T>,
        notes: &mut Notes,
    ) -> Option<T> {
        let text = self.text(key, words.first().unwrap_or(&""), notes)?;
        let meaning = named(text.get_ref());
        if meaning.is_none() {
            let near = nearest::nearest(text.get_ref(), words.iter().copied());
            let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
            let right = nearest::listed(words.iter().copied());
            notes.value(&text, format!("{key}: found {}, expected {right}{hint}", quoted(text.get_ref())));
        }
        meaning
    }

    /// A whole number inside a range, which must be there.
    pub(super) fn whole(
        &self,
        key: &str,
        example: u64,
        range: RangeInclusive<u64>,
        notes: &mut Notes,
    ) -> Option<u64> {
        let Some(value) = self.value(key) else {
            notes.missing(self.at, format!("{} has no {key}; add {key} = {example}", self.title));
            return None;
        };
        let number = match value.get_ref() {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let right = format!("a number of {} to {} such as {example}", range.start(), range.end());
            notes.value(value, format!("{key}: found {}, expected {right}", described(value)));
        }
        number
    }

    /// A duration inside a range.
    pub(super) fn duration(
        &self,
        key: &str,
        range: RangeInclusive<Duration>,
        notes: &mut Notes,
    ) -> Option<Duration> {
        let example = duration::written(*range.start());
        let text = self.text(key, &example, notes)?;
        let Some(found) = duration::parse(text.get_ref()) else {
            let wrong = quoted(text.get_ref());
            let right = format!("a whole number and a unit (ms, s, m or h) such as \"{example}\"");
            notes.value(&text, format!("{key}: found {wrong}, expected {right}"));
            return None;
        };
        if range.contains(&found) {
            return Some(found);
        }
        let wrong = quoted(text.get_ref());
        notes.value(&text, format!("{key}: found {wrong}, expected {}", duration::range(&range)));
        None
    }

    /// A key that is either absent or `true`.
    pub(super) fn only_true(&self, key: &str, notes: &mut Notes) -> bool {
        match self.value(key) {
            None => false,
            Some(value) if matches!(value.get_ref(), DeValue::Boolean(true)) => true,
            Some(value) => {
                notes.value(
                    value,
                    format!("{key}: found {}, expected true, or no such key at all", described(value)),
                );
                false
            }
        }
    }
}

/// The whole file, as far as it can be read.
pub(super) fn parsed<'a>(text: &'a str, notes: &mut Notes) -> Spanned<DeTable<'a>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let what = match (error.message(), text.get(span.clone())) {
            (said @ "duplicate key", Some(key)) => format!("{said} {}", quoted(key)),
            (said, _) => said.to_owned(),
        };
        notes.syntax(span.start, what);
    }
    root
}

/// A string.
pub(super) fn text<'a>(
    key: &str,
    found: &'a Spanned<DeValue<'a>>,
    example: &str,
    notes: &mut Notes,
) -> Option<Text<'a>> {
    if let DeValue::String(text) = found.get_ref() {
        return Some(Spanned::new(found.span(), text.as_ref()));
    }
    notes.value(found, format!("{key}: found {}, expected a text such as \"{example}\"", described(found)));
    None
}

/// One string or a list of them; a list must not be empty. `None` if there is none; strings beside a mistake are kept.
pub(super) fn texts<'a>(
    key: &str,
    found: &'a Spanned<DeValue<'a>>,
    example: &str,
    notes: &mut Notes,
) -> Option<Vec<Text<'a>>> {
    let DeValue::Array(rows) = found.get_ref() else {
        return text(key, found, example, notes).map(|text| vec![text]);
    };
    if rows.is_empty() {
        notes.value(found, format!("{key}: found an empty list, expected texts such as [\"{example}\"]"));
        return None;
    }
    Some(rows.iter().filter_map(|row| text(key, row, example, notes)).collect())
}

/// A text of the file between quotes, short enough for one line.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(text))
}

/// What was found, short enough for one line.
fn described(found: &Spanned<DeValue<'_>>) -> String {
    match found.get_ref() {
        DeValue::String(text) => format!("the text {}", quoted(text)),
        DeValue::Integer(number) => format!("the number {}", cut(&number.to_string())),
        DeValue::Float(number) => format!("the number {}", cut(number.as_str())),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(when) => format!("the date {when}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(FOUND_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Characters of the file's own text that a message repeats.
const FOUND_MAX: usize = 60;

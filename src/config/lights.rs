//! `[[light]]`: which LED shows what.
//!
//! Does not know what a palette looks like, nor how an LED is wired.

use toml::Spanned;

use super::board::BoardNames;
use super::mistake::Notes;
use super::name_of;
use super::people::People;
use super::tree::{Section, quoted};
use crate::agent::{Light, Network, Palette, Subject};
use crate::limits::LEDS_MAX;
use crate::nearest;

/// The keys of `[[light]]`.
pub(super) const KEYS: [&str; 7] =
    ["led", "presence_of", "messages_of", "own_status", "link", "mail", "palette"];

/// LED names in the order they first come, and the lights on them.
#[derive(Debug, Default)]
pub(super) struct Lights {
    pub(super) leds: Vec<String>,
    pub(super) lights: Vec<Light>,
}

impl Lights {
    /// Reads every `[[light]]`. `names` are those of the board, or `None` for a board that has every name.
    pub(super) fn read(
        root: Section<'_>,
        people: &People,
        names: Option<&BoardNames>,
        notes: &mut Notes,
    ) -> Self {
        let mut all = Self::default();
        for section in root.tables("light", TITLE, &KEYS, notes) {
            if all.lights.len() == LIGHTS_MAX {
                notes.missing(
                    section.at(),
                    format!("found more than {LIGHTS_MAX} lights, expected at most that"),
                );
                break;
            }
            let leds = all.leds(section, names, notes);
            let subject = subject(section, people, notes);
            let palette = palette_of(section, notes);
            if let (Some(leds), Some(subject), Some(palette)) = (leds, subject, palette) {
                all.lights.push(Light { leds, subject, palette });
            }
        }
        all
    }

    fn leds(
        &mut self,
        section: Section<'_>,
        names: Option<&BoardNames>,
        notes: &mut Notes,
    ) -> Option<Vec<u8>> {
        if section.value("led").is_none() {
            notes.missing(section.at(), format!("{TITLE} has no led; add led = \"desk\""));
        }
        let mut indices = Vec::new();
        for text in section.texts("led", "desk", notes)? {
            let Some(name) = name_of("led", &text, notes) else { continue };
            if let Some(names) = names {
                names.expect_led(&text, notes);
            }
            match self.index_of(name) {
                Some(index) if indices.contains(&index) => {
                    notes.value(
                        &text,
                        format!("led: found {} twice, expected it once", quoted(text.get_ref())),
                    );
                }
                Some(index) => indices.push(index),
                None => notes.structure(
                    &text,
                    format!(
                        "led: found one name more than {LEDS_MAX}, expected at most {LEDS_MAX} different LEDs"
                    ),
                ),
            }
        }
        Some(indices)
    }

    fn index_of(&mut self, name: String) -> Option<u8> {
        let known = self.leds.iter().position(|led| *led == name);
        let index = known.unwrap_or(self.leds.len());
        if index == LEDS_MAX {
            return None;
        }
        if known.is_none() {
            self.leds.push(name);
        }
        u8::try_from(index).ok()
    }
}

/// The one subject of a light.
fn subject(section: Section<'_>, people: &People, notes: &mut Notes) -> Option<Subject> {
    let found: Vec<&str> = SUBJECTS.into_iter().filter(|key| section.value(key).is_some()).collect();
    let [key] = found.as_slice() else {
        let found = if found.is_empty() { "none".to_owned() } else { found.join(" and ") };
        let right = nearest::listed(SUBJECTS);
        notes.missing(
            section.at(),
            format!("{TITLE} needs exactly one subject, found {found}; expected one of {right}"),
        );
        return None;
    };
    let mut whose = |key| {
        let names = section.texts(key, "bob", notes)?;
        Some(people.whose(key, &names, notes))
    };
    match *key {
        "presence_of" => whose(key).map(Subject::PresenceOf),
        "messages_of" => whose(key).map(Subject::MessagesOf),
        "own_status" => section.only_true(key, notes).then_some(Subject::OwnStatus),
        "mail" => {
            let mail = section.only_true(key, notes);
            if let Some(value) = section.value(key).filter(|_| mail) {
                people.networks.expect(Network::Msn, key, &Spanned::new(value.span(), "true"), notes);
            }
            mail.then_some(Subject::Mail)
        }
        _ => link(section, key, people, notes).map(Subject::Link),
    }
}

fn link(section: Section<'_>, key: &str, people: &People, notes: &mut Notes) -> Option<Network> {
    let words = Network::ALL.map(Network::as_str);
    let named = |word: &str| Network::ALL.into_iter().find(|network| network.as_str() == word);
    let network = section.word(key, &words, named, notes)?;
    let text = section.text(key, network.as_str(), notes)?;
    people.networks.expect(network, key, &text, notes);
    Some(network)
}

fn palette_of(section: Section<'_>, notes: &mut Notes) -> Option<Palette> {
    match section.value("palette") {
        None => Some(Palette::MSN),
        Some(_) => section.word("palette", &Palette::NAMES, Palette::named, notes),
    }
}

/// What a light can be about.
const SUBJECTS: [&str; 5] = ["presence_of", "messages_of", "own_status", "link", "mail"];
/// How people write the section.
const TITLE: &str = "[[light]]";
/// Lights of one configuration, several on one LED included: four layers on each of the most LEDs there can be.
const LIGHTS_MAX: usize = 4 * LEDS_MAX;

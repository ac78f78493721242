//! Log filters: which room may say what, as `--log` and `NUDGED_LOG` write it.
//!
//! Knows no log line; only targets and levels.

use log::{LevelFilter, Metadata};

use crate::nearest;

/// Levels for rooms, and one for the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    rest: LevelFilter,
    /// Longest first, so the first that fits is the closest.
    rooms: Vec<(String, LevelFilter)>,
}

impl Default for Filter {
    fn default() -> Self {
        Self { rest: LevelFilter::Info, rooms: Vec::new() }
    }
}

impl Filter {
    /// Reads `LEVEL`, `ROOM=LEVEL`, or several of them between commas; of two for the same room the last one holds.
    ///
    /// # Errors
    /// A sentence naming the part that is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut filter = Self::default();
        for part in text.split(',').map(str::trim) {
            match part.split_once('=') {
                None => filter.rest = level(part)?,
                Some((target, word)) => {
                    let (target, level) = (room(target.trim())?, level(word.trim())?);
                    filter.rooms.retain(|(known, _)| *known != target);
                    filter.rooms.push((target, level));
                }
            }
        }
        filter.rooms.sort_by_key(|(target, _)| std::cmp::Reverse(target.len()));
        Ok(filter)
    }

    /// Whether a line of this target and level is wanted. Other people's crates say no more than warnings unless they
    /// are named.
    pub(super) fn wants(&self, line: &Metadata<'_>) -> bool {
        let target = line.target();
        let own = target.strip_prefix(OWN).and_then(|rest| rest.strip_prefix("::"));
        let is_own = own.is_some() || target == OWN;
        let short = own.unwrap_or(target);
        let named = self.rooms.iter().find(|(room, _)| {
            short.strip_prefix(room.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        let level = match named {
            Some((_, level)) => *level,
            None if is_own => self.rest,
            None => self.rest.min(LevelFilter::Warn),
        };
        line.level() <= level
    }

    /// The most that any room may say.
    pub(super) fn most(&self) -> LevelFilter {
        self.rooms.iter().map(|(_, level)| *level).chain([self.rest]).max().unwrap_or(self.rest)
    }
}

fn level(word: &str) -> Result<LevelFilter, String> {
    LEVELS.iter().find(|(name, _)| *name == word).map(|(_, level)| *level).ok_or_else(|| {
        let levels = LEVELS.iter().map(|(name, _)| *name);
        let near = nearest::nearest(word, levels.clone());
        let hint = near.map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
        format!("found \"{word}\", expected {} or ROOM=LEVEL{hint}", levels.collect::<Vec<_>>().join(", "))
    })
}

/// A room, or a part of one such as `msnp::decoder`.
fn room(target: &str) -> Result<String, String> {
    let first = target.split("::").next().unwrap_or(target);
    if ROOMS.contains(&first) || FOREIGN.contains(&first) {
        return Ok(target.to_owned());
    }
    let hint = nearest::hint(first, ROOMS.into_iter().chain(FOREIGN));
    Err(format!("found the room \"{first}\"; {hint}"))
}

/// How our own targets begin.
pub(super) const OWN: &str = "nudged";
/// The rooms that log.
const ROOMS: [&str; 14] = [
    "agent", "board", "cli", "config", "control", "driver", "emulator", "http", "link", "msnp", "net", "qq",
    "store", "text",
];
/// Crates of others that log and that one may want to hear.
const FOREIGN: [&str; 3] = ["rustls", "async_io", "polling"];
const LEVELS: [(&str, LevelFilter); 6] = [
    ("off", LevelFilter::Off),
    ("error", LevelFilter::Error),
    ("warn", LevelFilter::Warn),
    ("info", LevelFilter::Info),
    ("debug", LevelFilter::Debug),
    ("trace", LevelFilter::Trace),
];

#[cfg(test)]
mod tests {
    use log::Level;

    use super::*;

    fn wants(filter: &str, target: &str, level: Level) -> bool {
        Filter::parse(filter).unwrap().wants(&Metadata::builder().target(target).level(level).build())
    }

    #[test]
    fn the_closest_room_decides() {
        let filter = "msnp=debug,net=trace,warn,msnp::decoder=error";
        assert!(wants(filter, "nudged::msnp::client", Level::Debug));
        assert!(!wants(filter, "nudged::msnp::client", Level::Trace));
        assert!(wants(filter, "nudged::net", Level::Trace));
        assert!(wants(filter, "nudged::agent", Level::Warn));
        assert!(!wants(filter, "nudged::agent", Level::Info));
        assert!(!wants(filter, "nudged::msnp::decoder", Level::Warn));
        assert!(!wants(filter, "nudged::network", Level::Trace), "a room is no prefix of another's name");
        assert_eq!(Filter::parse(filter).unwrap().most(), LevelFilter::Trace);
    }

    #[test]
    fn without_a_level_for_the_rest_it_is_info() {
        assert!(wants("net=off", "nudged::agent", Level::Info));
        assert!(!wants("net=off", "nudged::net::dns", Level::Error));
        assert!(wants("net=off,net=info", "nudged::net", Level::Info));
    }

    #[test]
    fn crates_of_others_are_quiet_until_named() {
        assert!(!wants("trace", "rustls::client", Level::Debug));
        assert!(wants("trace", "rustls::client", Level::Warn));
        assert!(wants("rustls=debug", "rustls::client", Level::Debug));
        assert!(!wants("error", "rustls::client", Level::Warn));
    }

    #[test]
    fn a_wrong_part_is_named_with_the_nearest_right_one() {
        let wrong = |text| Filter::parse(text).unwrap_err();
        assert_eq!(
            wrong("infos"),
            "found \"infos\", expected off, error, warn, info, debug, trace or ROOM=LEVEL; did you mean \"info\"?"
        );
        assert_eq!(
            wrong("net=loud"),
            "found \"loud\", expected off, error, warn, info, debug, trace or ROOM=LEVEL"
        );
        assert_eq!(wrong("msn=debug"), "found the room \"msn\"; did you mean \"msnp\"?");
        assert_eq!(wrong(""), "found \"\", expected off, error, warn, info, debug, trace or ROOM=LEVEL");
    }
}

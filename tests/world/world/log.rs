//! What happened, for the reader of a failure.

use nudged::link::Link;

use super::World;

impl World {
    pub(crate) fn note(&mut self, what: &str) {
        if self.log.len() >= LOG_MAX {
            self.log.pop_front();
        }
        let line: String = what.chars().take(200).collect();
        self.log.push_back(format!("{:>10}.{:03} {line}", self.now / 1000, self.now % 1000));
    }

    pub(super) fn note_octets(&mut self, desk: usize, link: Link, way: &str, octets: &[u8]) {
        for line in octets.split_inclusive(|octet| *octet == b'\n') {
            let head = format!("desk {desk} {}#{} {way}", link.room, link.number);
            self.note(&format!("{head} {}", line.trim_ascii_end().escape_ascii()));
        }
    }

    /// How many lines of the log hold all of these words.
    pub(crate) fn logged(&self, words: &[&str]) -> usize {
        self.log.iter().filter(|line| words.iter().all(|word| line.contains(word))).count()
    }

    pub(crate) fn forget_log(&mut self) {
        self.log.clear();
    }

    pub(crate) fn fail(&self, what: &str) -> ! {
        let tail: Vec<&str> = self.log.iter().rev().take(700).rev().map(String::as_str).collect();
        panic!("{} at {} ms: {what}\n{}", self.title, self.now, tail.join("\n"));
    }

    pub(crate) fn must(&self, holds: bool, what: &str) {
        if !holds {
            self.fail(what);
        }
    }
}

/// Lines that are kept.
const LOG_MAX: usize = 3000;

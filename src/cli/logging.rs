//! The log: filtered lines on stderr, or in a sink while a terminal board draws.
//!
//! Does not know what the lines are about. Control characters never reach a terminal or the journal.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use log::{Level, Log, Metadata, Record};

use super::filter::{Filter, OWN};
use super::sites::Sites;
use crate::board::terminal;
use crate::text::Shown;

/// Begins to log.
pub(super) fn start(filter: Filter) {
    let style = if is_journal() { Style::Journal } else { Style::Plain };
    let most = filter.most();
    let log = LOG.get_or_init(|| Stderr { filter, style, started: Instant::now(), state: Mutex::default() });
    // Fails only when something logs already, as in tests that run side by side.
    if log::set_logger(log).is_ok() {
        log::set_max_level(most);
    }
}

/// Whether stderr is the journal's own stream, `device:inode`. The variable alone is not enough: a terminal started by a
/// service has it too.
pub(super) fn is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(std::io::stderr())
        .is_ok_and(|facts| format!("{}:{}", facts.st_dev, facts.st_ino) == stream)
}

static LOG: OnceLock<Stderr> = OnceLock::new();

struct Stderr {
    filter: Filter,
    style: Style,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sites: Sites,
    /// Kept from line to line, so a line costs no allocation.
    line: String,
}

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.filter.wants(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(((file, line), count)) = state.sites.over(ms) {
            let text = format_args!("log: {count} more lines of {file}:{line} were left out");
            self.put(&mut state, &Line { ms, level: Level::Warn, target: OWN, text });
        }
        // What somebody asked for by name, debug and trace, is never left out.
        let bounded = record.level() <= Level::Info;
        let site = (record.file_static().unwrap_or(""), record.line().unwrap_or(0));
        if !bounded || state.sites.admit(site, ms) {
            let line = Line { ms, level: record.level(), target: record.target(), text: *record.args() };
            self.put(&mut state, &line);
        }
    }

    fn flush(&self) {}
}

impl Stderr {
    fn put(&self, state: &mut State, line: &Line<'_>) {
        let buffer = &mut state.line;
        buffer.clear();
        // A string takes everything.
        let _ = line.write(self.style, buffer);
        // A board that is drawn on the terminal shows the line itself: on stderr it would tear the picture.
        if !terminal::take_log_line(buffer) {
            buffer.push('\n');
            // Nobody can be told when stderr has gone.
            let _ = std::io::stderr().lock().write_all(buffer.as_bytes());
        }
    }
}

/// How a line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// `   1.234 warn  msn: …`: seconds since the start.
    Plain,
    /// `<4>msn: …`: the journal has a clock of its own.
    Journal,
}

struct Line<'a> {
    ms: u64,
    level: Level,
    target: &'a str,
    text: fmt::Arguments<'a>,
}

impl Line<'_> {
    fn write(&self, style: Style, out: &mut String) -> fmt::Result {
        match style {
            Style::Journal => write!(out, "<{}>", priority(self.level))?,
            Style::Plain => {
                let word = word(self.level);
                write!(out, "{:>4}.{:03} {word:<5} ", self.ms / 1000, self.ms % 1000)?;
            }
        }
        // Whoever reads debug lines wants to know how to filter them.
        if self.level >= Level::Debug {
            let room = self.target.strip_prefix(OWN).and_then(|rest| rest.strip_prefix("::"));
            write!(out, "[{}] ", Shown(room.unwrap_or(self.target)))?;
        }
        write!(Escaped(out), "{}", self.text)
    }
}

/// Escapes what must not reach a terminal, and cuts what nobody reads.
struct Escaped<'a>(&'a mut String);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() > LINE_MAX {
            return Ok(());
        }
        write!(self.0, "{}", Shown(text))?;
        if self.0.len() > LINE_MAX {
            let end = (0..=LINE_MAX).rev().find(|&end| self.0.is_char_boundary(end)).unwrap_or(0);
            self.0.truncate(end);
            self.0.push_str(" …");
        }
        Ok(())
    }
}

/// The priority of syslog, as the journal reads it.
const fn priority(level: Level) -> u8 {
    match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

/// Octets of a line; trace lines of a long payload are the longest.
const LINE_MAX: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(style: Style, level: Level, text: &str) -> String {
        let mut out = String::new();
        Line { ms: 61_007, level, target: "nudged::msnp::client", text: format_args!("{text}") }
            .write(style, &mut out)
            .unwrap();
        out
    }

    #[test]
    fn a_plain_line_has_seconds_and_a_level() {
        assert_eq!(line(Style::Plain, Level::Warn, "msn: lost"), "  61.007 warn  msn: lost");
        assert_eq!(line(Style::Plain, Level::Debug, "waking"), "  61.007 debug [msnp::client] waking");
    }

    #[test]
    fn a_line_for_the_journal_has_a_priority_and_no_time() {
        let lines = [Level::Error, Level::Warn, Level::Info, Level::Trace]
            .map(|level| line(Style::Journal, level, "x"));
        assert_eq!(lines, ["<3>x", "<4>x", "<6>x", "<7>[msnp::client] x"]);
    }

    #[test]
    fn control_characters_are_escaped_and_long_lines_cut() {
        assert_eq!(
            line(Style::Journal, Level::Info, "a\n<3>b\x1b[2J\u{202e}"),
            "<6>a\\u{a}<3>b\\u{1b}[2J\\u{202e}"
        );
        let long = line(Style::Journal, Level::Info, &"é".repeat(100_000));
        assert!(long.len() <= LINE_MAX + 8 && long.ends_with(" …"), "{}", long.len());
    }
}

//! Durations of configuration and command line: a whole number and a unit, `"500ms"`, `"60s"`, `"5m"`, `"2h"`.
//!
//! Knows no key; ranges are the caller's.

use std::ops::RangeInclusive;

use crate::time::Duration;

/// Reads a duration; `None` if it is no number followed by `ms`, `s`, `m` or `h`, or far too long.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number = crate::text::number(number.as_bytes())?;
    let ms = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    Some(Duration::from_millis(number.checked_mul(ms)?))
}

/// A duration as one would write it in the configuration: in the largest unit that leaves a whole number.
pub(super) fn written(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let largest = UNITS.iter().rev().find(|(_, unit)| ms != 0 && ms % unit == 0);
    largest.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", ms / unit))
}

/// `"1s" to "5m"`.
pub(super) fn range(range: &RangeInclusive<Duration>) -> String {
    format!("\"{}\" to \"{}\"", written(*range.start()), written(*range.end()))
}

/// Units and their milliseconds, ascending.
const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_number_and_a_unit() {
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("60s"), Some(Duration::from_secs(60)));
        assert_eq!(parse("5m"), Some(Duration::from_secs(300)));
        assert_eq!(parse("2h"), Some(Duration::from_secs(7200)));
        for wrong in ["", "60", "s", "-1s", "+1s", "1 s", "1.5s", "1S", "1d", "99999999999999999999s"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert_eq!(parse(&format!("{}h", u64::MAX)), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for text in ["0s", "1ms", "350ms", "1s", "90s", "2m", "3h"] {
            assert_eq!(written(parse(text).unwrap()), text);
        }
        assert_eq!(written(Duration::from_secs(60)), "1m");
        assert_eq!(range(&(Duration::from_millis(1500)..=Duration::from_secs(3600))), "\"1500ms\" to \"1h\"");
    }
}

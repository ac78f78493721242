//! The incremental decoder: octets in, [`Command`]s out, for any split of the stream.
//!
//! It knows line ends, payload lengths and nothing else. It stands beside the session, so the same octets give the same
//! commands whoever is listening.

use core::fmt;

use heapless::Vec;

use super::command::Command;
use crate::limits::{LINE_HOPELESS, LINE_MAX, PAYLOAD_HOPELESS, PAYLOAD_MAX};
use crate::text::{self, Quoted};

/// What the stream held.
pub enum Unit<'a> {
    /// A whole command.
    Command(Command<'a>),
    /// A line longer than [`LINE_MAX`], skipped to its LF.
    Overlong {
        /// Its octets, line end included.
        len: usize,
        /// Its first [`LINE_MAX`] octets.
        head: &'a [u8],
    },
}

/// Why a stream can't be read on: where the next command begins is not known any more, so the link must be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A line went on for more than [`LINE_HOPELESS`] octets.
    EndlessLine,
    /// A payload command without a usable length in its last field.
    LengthLost([u8; 3]),
    /// A payload of more than [`PAYLOAD_HOPELESS`] octets was announced.
    PayloadTooLong(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndlessLine => write!(f, "a line of over {LINE_HOPELESS} octets; expected a line end"),
            Self::LengthLost(verb) => {
                write!(f, "{} without a length; expected a number of octets as its last field", Quoted(verb))
            }
            Self::PayloadTooLong(len) => {
                write!(f, "a payload of {len} octets; expected at most {PAYLOAD_HOPELESS}")
            }
        }
    }
}

/// Where in the stream the decoder stands.
enum Place {
    Line,
    /// Skipping an overlong line of so many octets to its LF.
    Overlong(usize),
    Payload {
        len: u64,
        left: u64,
    },
}

/// See the module's words.
pub struct Decoder {
    place: Place,
    line: Vec<u8, LINE_MAX>,
    payload: Vec<u8, PAYLOAD_MAX>,
    /// The last feed completed a unit: its octets go before new ones come.
    complete: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// At the beginning of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::Line, line: Vec::new(), payload: Vec::new(), complete: false }
    }

    /// Forgets everything, for a new link.
    pub fn reset(&mut self) {
        self.place = Place::Line;
        self.line.clear();
        self.payload.clear();
        self.complete = false;
    }

    /// Whether octets of an incomplete unit are held: a peer may not leave it at that for long.
    #[must_use]
    pub fn is_midway(&self) -> bool {
        !(self.complete || matches!(self.place, Place::Line) && self.line.is_empty())
    }

    /// Reads up to the end of the next unit. Answers how many octets were used, and the unit if one is complete; call
    /// again with the rest until nothing is left.
    ///
    /// # Errors
    /// A [`Fault`] is final: close the link.
    pub fn feed(&mut self, octets: &[u8]) -> (usize, Result<Option<Unit<'_>>, Fault>) {
        if self.complete {
            self.reset();
        }
        let mut used = 0;
        while let Some(rest) = octets.get(used..).filter(|rest| !rest.is_empty()) {
            match self.place {
                Place::Line => used += self.take_line(rest),
                Place::Overlong(len) => used += self.skip_line(rest, len),
                Place::Payload { len, left } => used += self.take_payload(rest, len, left),
            }
            match self.place {
                Place::Line if self.line.last() == Some(&b'\n') => {
                    if let Err(fault) = self.end_line() {
                        return (used, Err(fault));
                    }
                }
                Place::Overlong(len) if len > LINE_HOPELESS => {
                    return (used, Err(Fault::EndlessLine));
                }
                Place::Overlong(_) if self.complete => {
                    if let Some(verb) = payload_verb(Command::line(&self.line).verb()) {
                        return (used, Err(Fault::LengthLost(verb)));
                    }
                }
                _ => {}
            }
            if self.complete {
                return (used, Ok(Some(self.unit())));
            }
        }
        (used, Ok(None))
    }

    /// Takes octets up to and with the LF.
    fn take_line(&mut self, octets: &[u8]) -> usize {
        let end = octets.iter().position(|octet| *octet == b'\n').map_or(octets.len(), |lf| lf + 1);
        let room = LINE_MAX - self.line.len();
        // As much as there is room for, so that the head of an overlong line is the same for any split.
        let part = octets.get(..end.min(room)).unwrap_or_default();
        let _fits = self.line.extend_from_slice(part);
        if end > room {
            self.place = Place::Overlong(LINE_MAX);
        }
        part.len()
    }

    fn skip_line(&mut self, octets: &[u8], len: usize) -> usize {
        let lf = octets.iter().position(|octet| *octet == b'\n');
        let part = lf.map_or(octets.len(), |lf| lf + 1);
        self.place = Place::Overlong(len.saturating_add(part));
        self.complete = lf.is_some();
        part
    }

    fn take_payload(&mut self, octets: &[u8], len: u64, left: u64) -> usize {
        let part = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len());
        if len <= PAYLOAD_MAX as u64 {
            let _fits = self.payload.extend_from_slice(octets.get(..part).unwrap_or_default());
        }
        let left = left.saturating_sub(part as u64);
        self.place = Place::Payload { len, left };
        self.complete = left == 0;
        part
    }

    /// The line is whole: strip its end, and see whether a payload follows.
    fn end_line(&mut self) -> Result<(), Fault> {
        self.line.pop();
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        if self.line.is_empty() {
            return Ok(());
        }
        match payload_len(&self.line)? {
            None | Some(0) => self.complete = true,
            Some(len) => self.place = Place::Payload { len, left: len },
        }
        Ok(())
    }

    fn unit(&self) -> Unit<'_> {
        match self.place {
            Place::Line => Unit::Command(Command::line(&self.line)),
            Place::Overlong(len) => Unit::Overlong { len, head: &self.line },
            Place::Payload { len, .. } => {
                Unit::Command(Command::with_payload(&self.line, &self.payload, len))
            }
        }
    }
}

/// Server verbs that carry a payload, whose last field is its length in octets. MSNP2 to MSNP21, so that a server of a
/// newer dialect than ours can't put us out of step. A verb in no table is a plain line.
const PAYLOAD_VERBS: [&[u8; 3]; 14] = [
    b"MSG", // MSNP2
    b"NOT", b"IPG", // MSNP5
    b"GCF", b"UBX", b"UUX", // MSNP11
    b"ADL", b"RML", b"FQY", b"UBN", b"UBM", // MSNP13
    b"NFY", b"SDG", b"PUT", // MSNP21
];

/// Numeric errors that carry a payload when a length follows their TrId (MSNP13 and later).
const PAYLOAD_ERRORS: [&[u8; 3]; 4] = [b"204", b"240", b"241", b"933"];

/// The length of the payload after a line; `None` for a plain line.
fn payload_len(line: &[u8]) -> Result<Option<u64>, Fault> {
    let command = Command::line(line);
    let verb = command.verb();
    let last = command.fields().last();
    if PAYLOAD_ERRORS.iter().any(|code| verb == *code) {
        return Ok(command.field(1).and_then(text::number).filter(|len| *len <= PAYLOAD_HOPELESS));
    }
    let Some(verb) = payload_verb(verb) else {
        return Ok(None);
    };
    // `ADL 5 OK` and `RML 5 OK` acknowledge, they carry nothing.
    if last == Some(b"OK") {
        return Ok(None);
    }
    match last.and_then(text::number) {
        None => Err(Fault::LengthLost(verb)),
        Some(len) if len > PAYLOAD_HOPELESS => Err(Fault::PayloadTooLong(len)),
        Some(len) => Ok(Some(len)),
    }
}

fn payload_verb(verb: &[u8]) -> Option<[u8; 3]> {
    PAYLOAD_VERBS.iter().find(|known| verb == **known).map(|known| **known)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// What a stream holds, read in pieces that end at `cuts`: a line of text for each unit, and the fault.
    fn read(stream: &[u8], cuts: &[usize]) -> Vec<String> {
        let mut decoder = Decoder::new();
        let mut seen = Vec::new();
        let mut from = 0;
        for to in cuts.iter().copied().chain([stream.len()]) {
            let mut piece = &stream[from..to];
            from = to;
            while !piece.is_empty() {
                let (used, unit) = decoder.feed(piece);
                assert!(used > 0, "no progress");
                piece = &piece[used..];
                match unit {
                    Ok(None) => {}
                    Ok(Some(Unit::Command(command))) => {
                        seen.push(format!(
                            "{} {:?} {}",
                            command.as_line().escape_ascii(),
                            command.payload().map(|p| p.escape_ascii().to_string()),
                            command.payload_len()
                        ));
                    }
                    Ok(Some(Unit::Overlong { len, head })) => {
                        seen.push(format!("overlong {len} {}", head.len()))
                    }
                    Err(fault) => {
                        seen.push(fault.to_string());
                        return seen;
                    }
                }
            }
        }
        if decoder.is_midway() {
            seen.push("midway".into());
        }
        seen
    }

    fn every(stream: &[u8], step: usize) -> Vec<usize> {
        (step..stream.len()).step_by(step).collect()
    }

    fn whole(stream: &[u8]) -> Vec<String> {
        read(stream, &[])
    }

    /// Everything at once: pushed notices, payloads that look like commands, blank lines, both line ends, errors.
    const SESSION: &[u8] = b"VER 4 MSNP9 CVR0\r\n\r\nMSG Hotmail Hotmail 17\r\nLoginTime: 1\r\n\r\n\nILN 5 NLN bob@x  0\n\
        NOT 14\r\nOUT OTH\r\nOUT\r\nUBX bob@x 0\r\n205 21\r\n240 3 6\r\n<a/>\r\n911\r\nLST a \xff\xc3\x28\0 3 \rx \r\nQNG 60\r\n";

    #[test]
    fn a_session_comes_out_as_it_was_sent() {
        assert_eq!(
            whole(SESSION),
            [
                r#"VER 4 MSNP9 CVR0 Some("") 0"#,
                r#"MSG Hotmail Hotmail 17 Some("LoginTime: 1\\r\\n\\r\\n\\n") 17"#,
                r#"ILN 5 NLN bob@x  0 Some("") 0"#,
                r#"NOT 14 Some("OUT OTH\\r\\nOUT\\r\\n") 14"#,
                r#"UBX bob@x 0 Some("") 0"#,
                r#"205 21 Some("") 0"#,
                r#"240 3 6 Some("<a/>\\r\\n") 6"#,
                r#"911 Some("") 0"#,
                r#"LST a \xff\xc3(\x00 3 \rx  Some("") 0"#,
                r#"QNG 60 Some("") 0"#,
            ]
        );
    }

    #[test]
    fn any_pieces_give_the_same_units() {
        let expected = whole(SESSION);
        for step in [1, 2, 3, 7] {
            assert_eq!(read(SESSION, &every(SESSION, step)), expected, "pieces of {step}");
        }
        for first in 0..SESSION.len() {
            for second in first..SESSION.len() {
                assert_eq!(read(SESSION, &[first, second]), expected, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_length_must_be_digits() {
        let lost = r#""MSG" without a length; expected a number of octets as its last field"#;
        for bad in ["-5", "+5", "", "5x", "0x5", "18446744073709551616", "5\0"] {
            assert_eq!(whole(format!("MSG a b {bad}\r\nOUT OTH\r\n").as_bytes()), [lost], "{bad:?}");
        }
        assert_eq!(whole(b"MSG\r\n"), [lost]);
        assert_eq!(whole(b"MSG a b 1048577\r\n"), ["a payload of 1048577 octets; expected at most 1048576"]);
        assert_eq!(whole(b"MSG a b 002\r\nhiOUT\r\n"), [r#"MSG a b 002 Some("hi") 2"#, r#"OUT Some("") 0"#]);
        assert_eq!(whole(b"MSG a b 0\r\nOUT\r\n"), [r#"MSG a b 0 Some("") 0"#, r#"OUT Some("") 0"#]);
    }

    #[test]
    fn acknowledgements_of_payload_verbs_carry_nothing() {
        let units = whole(b"ADL 5 OK\r\nRML 6 OK\r\nUUX 7 0\r\nOUT\r\n");
        assert_eq!(units.len(), 4);
        assert_eq!(units[3], r#"OUT Some("") 0"#);
    }

    #[test]
    fn an_error_with_more_words_is_a_line_unless_it_is_one_with_a_payload() {
        let units =
            whole(b"209 4 9\r\nQNG\r\n241 5 why\r\nQNG\r\n204 6 99999999999\r\nQNG\r\n204 7 3\r\nabcQNG\r\n");
        assert_eq!(units.iter().filter(|unit| unit.starts_with("QNG ")).count(), 4);
        assert_eq!(units[6], r#"204 7 3 Some("abc") 3"#);
    }

    #[test]
    fn an_overlong_line_is_skipped_and_the_next_command_is_whole() {
        for end in ["\n", "\r\n"] {
            let mut stream = b"ILN 5 NLN ".to_vec();
            stream.resize(LINE_MAX * 3, b'x');
            stream.extend_from_slice(end.as_bytes());
            let len = stream.len();
            stream.extend_from_slice(b"QNG 60\r\n");
            let expected = [format!("overlong {len} {LINE_MAX}"), r#"QNG 60 Some("") 0"#.into()];
            assert_eq!(whole(&stream), expected);
            for step in [1, 2, 3, 7, 1024, LINE_MAX - 1, LINE_MAX, LINE_MAX + 1] {
                assert_eq!(read(&stream, &every(&stream, step)), expected, "pieces of {step}");
            }
        }
    }

    #[test]
    fn the_longest_line_kept_counts_its_end() {
        let mut stream = alloc::vec![b'x'; LINE_MAX - 2];
        stream.extend_from_slice(b"\r\n");
        assert!(whole(&stream)[0].starts_with("xxx"));
        stream.insert(0, b'x');
        assert_eq!(whole(&stream), [format!("overlong {} {LINE_MAX}", LINE_MAX + 1)]);
    }

    #[test]
    fn a_payload_verb_in_an_overlong_line_has_lost_its_length() {
        let mut stream = b"MSG bob@x ".to_vec();
        stream.resize(LINE_MAX + 1, b'x');
        stream.extend_from_slice(b" 12\r\n");
        for step in [1, 7, 1024, stream.len()] {
            let units = read(&stream, &every(&stream, step));
            assert_eq!(units, [Fault::LengthLost(*b"MSG").to_string()], "pieces of {step}");
        }
    }

    #[test]
    fn an_endless_line_is_a_fault() {
        let stream = alloc::vec![b'x'; LINE_HOPELESS + 1];
        assert_eq!(whole(&stream[..LINE_HOPELESS]), ["midway"]);
        for step in [999, stream.len()] {
            assert_eq!(read(&stream, &every(&stream, step)), [Fault::EndlessLine.to_string()]);
        }
    }

    #[test]
    fn an_overlong_payload_is_skipped_by_its_length_without_being_kept() {
        let len = PAYLOAD_MAX + 1;
        let mut stream = format!("MSG a b {len}\r\n").into_bytes();
        stream.extend(core::iter::repeat_n(b"OUT OTH\r\n", 1).flatten());
        stream.resize(stream.len() - 9 + len, b'y');
        stream.extend_from_slice(b"QNG\r\n");
        for step in [1, 7, 1024, stream.len()] {
            let units = read(&stream, &every(&stream, step));
            assert_eq!(units, [format!("MSG a b {len} None {len}"), r#"QNG Some("") 0"#.into()]);
        }
        assert!(size_of::<Decoder>() <= LINE_MAX + PAYLOAD_MAX + 64);
    }

    #[test]
    fn a_reset_forgets_a_half_read_payload() {
        let mut decoder = Decoder::new();
        let _ = decoder.feed(b"MSG a b 12\r\nhalf");
        assert!(decoder.is_midway());
        decoder.reset();
        assert!(!decoder.is_midway());
        assert!(matches!(decoder.feed(b"QNG\r\n"), (5, Ok(Some(Unit::Command(c)))) if c.verb() == b"QNG"));
    }

    proptest! {
        #[test]
        fn any_octets_in_any_pieces_give_the_same(
            words in proptest::collection::vec(
                prop_oneof![
                    Just(b"MSG a b 5\r\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"NOT ".to_vec()),
                    Just(b"240 1 2\n".to_vec()), Just(b"\r".to_vec()), any::<Vec<u8>>(),
                ],
                0..12,
            ),
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..8),
        ) {
            let stream = words.concat();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            prop_assert_eq!(read(&stream, &cuts), whole(&stream));
        }
    }
}

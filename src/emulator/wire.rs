//! The octets a client sends, cut into commands, and the few spellings a server writes: percent escapes and names.
//! It does not know what a command means.

use super::options::Names;
use super::{Dialect, Door};

/// One command of a client: the verb in upper case, its fields, and the payload when the verb carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) verb: String,
    /// Everything after the verb, split on single spaces, empty fields kept.
    pub(crate) fields: Vec<String>,
    pub(crate) payload: Vec<u8>,
}

impl Command {
    /// The transaction id when it is a number a client may use (0 to 2^32-1), as written.
    pub(crate) fn trid(&self) -> Option<&str> {
        self.fields.first().map(String::as_str).filter(|text| is_number(text) && text.parse::<u32>().is_ok())
    }

    /// The `index`th field after the transaction id, empty when absent.
    pub(crate) fn arg(&self, index: usize) -> &str {
        self.fields.get(index + 1).map_or("", String::as_str)
    }

    /// How many fields follow the transaction id.
    pub(crate) fn arity(&self) -> usize {
        self.fields.len().saturating_sub(1)
    }
}

/// What the reader found next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A whole command.
    Command(Command),
    /// An empty or one-character line, as a client makes by writing CRLF after a payload.
    Blank,
    /// More octets are needed.
    Nothing,
    /// The stream cannot be followed any more: a line or a payload beyond its limit.
    Broken(&'static str),
}

/// Octets of one connection that are no whole command yet. Never holds more than one line and one payload.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    octets: Vec<u8>,
    start: usize,
}

impl Reader {
    /// Octets that arrived. The caller empties the reader with [`Reader::take`] before it pushes again.
    pub(crate) fn push(&mut self, octets: &[u8]) {
        self.octets.drain(..self.start);
        self.start = 0;
        self.octets.extend_from_slice(octets);
    }

    /// The next command; `payloads` says which verbs carry a payload and how long it may be.
    pub(crate) fn take(&mut self, payloads: impl Fn(&str) -> Option<usize>) -> Taken {
        let rest = &self.octets[self.start..];
        let Some(end) = rest.iter().position(|&octet| octet == b'\n') else {
            return if rest.len() > LINE_MAX { Taken::Broken("line too long") } else { Taken::Nothing };
        };
        if end > LINE_MAX {
            return Taken::Broken("line too long");
        }
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        if line.len() < 2 {
            self.start += end + 1;
            return Taken::Blank;
        }
        let text = String::from_utf8_lossy(line).into_owned();
        let mut fields = text.split(' ').map(str::to_owned);
        let verb = fields.next().unwrap_or_default().to_ascii_uppercase();
        let fields: Vec<String> = fields.collect();
        let Some(limit) = payloads(&verb) else {
            self.start += end + 1;
            return Taken::Command(Command { verb, fields, payload: Vec::new() });
        };
        let Some(length) =
            fields.last().filter(|text| is_number(text)).and_then(|text| text.parse::<usize>().ok())
        else {
            return Taken::Broken("payload length is no number");
        };
        if length > limit {
            return Taken::Broken("payload too long");
        }
        let Some(payload) = rest.get(end + 1..end + 1 + length) else { return Taken::Nothing };
        let payload = payload.to_vec();
        self.start += end + 1 + length;
        Taken::Command(Command { verb, fields, payload })
    }
}

/// Whether `text` is digits only.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit())
}

/// `%XX` undone; a `%` without two hex digits stays as it is.
pub(crate) fn unescaped(text: &str) -> String {
    let octets = text.as_bytes();
    let mut plain = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        let hex = octets.get(at + 1..at + 3).and_then(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .filter(|pair| !pair.contains('+'))
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
        });
        match (octets[at], hex) {
            (b'%', Some(octet)) => {
                plain.push(octet);
                at += 3;
            }
            (octet, _) => {
                plain.push(octet);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// A name as it goes on the wire.
pub(crate) fn escaped(text: &str, names: Names) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let plain = match names {
            Names::Raw => !matches!(character, '%' | ' ') && !character.is_control(),
            Names::Escaped => character.is_ascii_alphanumeric() || "-_.!~*'()".contains(character),
        };
        if plain {
            out.push(character);
        } else {
            let mut buffer = [0; 4];
            for octet in character.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{octet:02X}"));
            }
        }
    }
    out
}

/// Lower-case hex of some octets.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The longest payload of a verb a client of `dialect` sends to `door`, or `None` for a plain line.
pub(crate) fn payload_max(verb: &str, door: Door, dialect: Option<Dialect>) -> Option<usize> {
    match (verb, door) {
        ("MSG", Door::Switchboard) => Some(MESSAGE_MAX),
        ("QRY", Door::Notification) if dialect.is_some_and(Dialect::challenges) => Some(128),
        ("UUX", Door::Notification) if dialect.is_some_and(Dialect::personal_messages) => Some(PERSONAL_MAX),
        _ => None,
    }
}

/// Octets of a line; a 129-octet address, a 387-octet name and a 1 kB picture object fit four times over.
pub(crate) const LINE_MAX: usize = 8 * 1024;
/// Octets of a message on a switchboard `[Movva99]`; the server closes beyond `[observed: Escargot]`.
pub(crate) const MESSAGE_MAX: usize = 1664;
/// Octets of a personal message (UUX).
const PERSONAL_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reader: &mut Reader, door: Door) -> Vec<Taken> {
        let mut found = Vec::new();
        loop {
            match reader.take(|verb| payload_max(verb, door, Some(Dialect(8)))) {
                Taken::Nothing => return found,
                Taken::Broken(why) => {
                    found.push(Taken::Broken(why));
                    return found;
                }
                taken => found.push(taken),
            }
        }
    }

    fn line(verb: &str, fields: &[&str], payload: &[u8]) -> Taken {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        Taken::Command(Command { verb: verb.into(), fields, payload: payload.to_vec() })
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_commands() {
        let stream = b"ver 1 MSNP8 CVR0\r\nQRY 2 msmsgs@msnmsgr.com 4\r\nab\r\nPNG\nADD 3 FL a  b\r\n";
        let expected = vec![
            line("VER", &["1", "MSNP8", "CVR0"], b""),
            line("QRY", &["2", "msmsgs@msnmsgr.com", "4"], b"ab\r\n"),
            line("PNG", &[], b""),
            line("ADD", &["3", "FL", "a", "", "b"], b""),
        ];
        for size in 1..=stream.len() {
            let mut reader = Reader::default();
            let mut found = Vec::new();
            for chunk in stream.chunks(size) {
                reader.push(chunk);
                found.extend(all(&mut reader, Door::Notification));
            }
            assert_eq!(found, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn a_line_or_payload_beyond_its_limit_breaks_the_stream() {
        let mut reader = Reader::default();
        reader.push(&[b'x'; LINE_MAX + 1]);
        assert_eq!(reader.take(|_| None), Taken::Broken("line too long"));
        for (length, why) in [
            ("1665", "payload too long"),
            ("-1", "payload length is no number"),
            ("x", "payload length is no number"),
        ] {
            let mut reader = Reader::default();
            reader.push(format!("MSG 1 A {length}\r\n").as_bytes());
            assert_eq!(reader.take(|_| Some(MESSAGE_MAX)), Taken::Broken(why), "{length}");
        }
    }

    #[test]
    fn a_line_end_after_a_payload_is_a_blank_line() {
        let mut reader = Reader::default();
        reader.push(b"MSG 1 U 2\r\nhi\r\nOUT\r\n");
        assert_eq!(
            all(&mut reader, Door::Switchboard),
            [line("MSG", &["1", "U", "2"], b"hi"), Taken::Blank, line("OUT", &[], b"")]
        );
    }

    #[test]
    fn escapes_go_both_ways() {
        assert_eq!(escaped("Zoë 100%\r\n", Names::Raw), "Zoë%20100%25%0D%0A");
        assert_eq!(escaped("Zoë <x>", Names::Escaped), "Zo%C3%AB%20%3Cx%3E");
        for text in ["Zoë 100%", "", "a+b", "★ %zz", "日本"] {
            assert_eq!(unescaped(&escaped(text, Names::Raw)), text);
            assert_eq!(unescaped(&escaped(text, Names::Escaped)), text);
        }
        assert_eq!(unescaped("%C3%AB%2%zz%+1%"), "ë%2%zz%+1%");
        assert_eq!(unescaped("%FF"), "\u{fffd}");
    }

    #[test]
    fn a_transaction_id_is_a_number_of_32_bits() {
        for (field, good) in [
            ("0", true),
            ("4294967295", true),
            ("4294967296", false),
            ("-1", false),
            ("+1", false),
            ("x", false),
        ] {
            let command = Command { verb: "VER".into(), fields: vec![field.into()], payload: vec![] };
            assert_eq!(command.trid().is_some(), good, "{field}");
        }
    }
}

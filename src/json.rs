//! Lines of JSON that scripts read and people look at: what a terminal must not see is written as `\u….`, so the reader
//! gets the same text and the person is safe.
//! It does not know what the lines say.

use std::io::{self, Write};

use serde::Serialize;

use crate::text::is_showable;

/// Writes a value as one line behind what is there already, LF included.
///
/// # Errors
/// Only if the value says that it can't be written, such as a map whose keys are no strings.
pub(crate) fn write_line(to: &mut Vec<u8>, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *to, Safe))?;
    to.push(b'\n');
    Ok(())
}

/// JSON as usual but for what must not be seen.
struct Safe;

impl serde_json::ser::Formatter for Safe {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut octets = [0; 4];
        for c in fragment.chars() {
            if is_showable(c) {
                writer.write_all(c.encode_utf8(&mut octets).as_bytes())?;
            } else {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_reader_gets_every_text_and_a_terminal_only_what_can_be_shown(text in any::<String>()) {
            let mut line = b"before".to_vec();
            write_line(&mut line, &text).unwrap();
            let line = std::str::from_utf8(&line).unwrap().strip_prefix("before").unwrap();
            let line = line.strip_suffix('\n').unwrap();
            prop_assert!(line.chars().all(is_showable), "{line:?}");
            prop_assert_eq!(serde_json::from_str::<String>(line).unwrap(), text);
        }
    }
}

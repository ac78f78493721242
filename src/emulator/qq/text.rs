//! Escapes of requests and replies, and the pieces long messages come in.
//! It does not know which field is which.

/// A value of a request: `%XX` once; sequences that are none stay as they are.
pub(super) fn unescaped(value: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut plain = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = if first == b'%' { octet(tail) } else { None };
        if let Some(octet) = escaped {
            plain.push(octet);
            rest = &tail[2..];
            continue;
        }
        plain.push(if first == b'+' && plus_is_space { b' ' } else { first });
        rest = tail;
    }
    plain
}

fn octet(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*digits.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// A value of a reply. A comma is escaped for the sake of lists first, and everything a reply must not hold after
/// that: `,` is `%252c` and `\r\n` is `%0d%0a` in one and the same value `[seed 002]`.
pub(super) fn escaped(value: &[u8]) -> Vec<u8> {
    outer(&inner(value))
}

/// As [`escaped`], with commas left as they are: what a server that forgot the inner pass would write.
pub(super) fn escaped_but_commas(value: &[u8]) -> Vec<u8> {
    outer(value)
}

fn inner(value: &[u8]) -> Vec<u8> {
    value.iter().flat_map(|&octet| if octet == b',' { b"%2c".to_vec() } else { vec![octet] }).collect()
}

fn outer(value: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(value.len());
    for &octet in value {
        match octet {
            b'%' | b'&' | 0..=0x1F | 0x7F => escaped.extend_from_slice(format!("%{octet:02x}").as_bytes()),
            _ => escaped.push(octet),
        }
    }
    escaped
}

/// A message as the reader's rows have it: one space behind it, and cut every 400 octets, through characters too
/// `[seed 003]`.
pub(super) fn pieces(text: &[u8]) -> Vec<Vec<u8>> {
    let mut whole = text.to_vec();
    whole.push(b' ');
    whole.chunks(PIECE_MAX).map(<[u8]>::to_vec).collect()
}

/// A value of a request, with everything escaped that splitting or unescaping it could take for its own.
pub(super) fn requested(text: &str) -> String {
    let escape = |character: char| match character {
        '%' | '&' | '=' | ',' | '+' | '\0'..='\x1F' | '\x7F' => format!("%{:02X}", u32::from(character)),
        character => character.to_string(),
    };
    text.chars().map(escape).collect()
}

/// Octets of a message in one row, and of the text of one CLTMSG `[seed 003]`.
pub(super) const PIECE_MAX: usize = 400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_escapes_commas_twice_and_the_rest_once() {
        let text = "信息为财,客户为主.\r\n";
        assert_eq!(escaped(text.as_bytes()), "信息为财%252c客户为主.%0d%0a".as_bytes());
        assert_eq!(escaped(b"\x01"), b"%01", "CV of [seed 003]");
        assert_eq!(escaped(b"100% a&b=c +\x7f"), b"100%25 a%26b=c +%7f");
        assert_eq!(escaped_but_commas(b"a,b%"), b"a,b%25");
    }

    #[test]
    fn a_request_is_unescaped_once_and_broken_sequences_stay() {
        assert_eq!(unescaped("%E4%BD%a0 a%2Cb".as_bytes(), false), "你 a,b".as_bytes());
        assert_eq!(unescaped(b"%252c", false), b"%2c");
        assert_eq!(unescaped(b"%", false), b"%");
        assert_eq!(unescaped(b"%4", false), b"%4");
        assert_eq!(unescaped(b"%zz%4g%+1a", false), b"%zz%4g%+1a");
        assert_eq!(unescaped(b"a+b", false), b"a+b");
        assert_eq!(unescaped(b"a+b%2B", true), b"a b+");
    }

    #[test]
    fn messages_are_cut_at_400_octets_with_one_space_behind() {
        let lengths = |count: usize| pieces(&vec![b'A'; count]).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(399), [400]);
        assert_eq!(lengths(400), [400, 1]);
        assert_eq!(lengths(401), [400, 2]);
        assert_eq!(lengths(0), [1]);
        let chinese = "好".repeat(150);
        let cut = pieces(chinese.as_bytes());
        assert!(std::str::from_utf8(&cut[0]).is_err(), "400 is no multiple of 3");
        assert_eq!(cut.concat(), format!("{chinese} ").into_bytes());
    }

    #[test]
    fn what_is_escaped_for_a_request_comes_out_again() {
        for text in ["100%, a&b=c +1\r\n", "%2c%252c", "你好", ""] {
            let escaped = requested(text);
            assert!(!escaped.contains(['&', '=', ',', '+', '\r', '\n']));
            for plus in [false, true] {
                assert_eq!(unescaped(escaped.as_bytes(), plus), text.as_bytes());
            }
        }
    }
}

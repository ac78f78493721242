//! How requests and replies are written: `KEY=VALUE` pairs joined by `&`, lists joined by commas, and the escapes of both.
//!
//! It knows no commands. It reads any octets, and never fails: what is missing is absent.

use core::fmt;

use heapless::{String, Vec};

use crate::text;

/// A body of pairs. Fields may stand in any order and keys in any case; empty pairs are passed over, such as the one a
/// trailing `&` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    body: &'a [u8],
    broke_off: bool,
}

impl<'a> Fields<'a> {
    /// The fields of a body.
    #[must_use]
    pub const fn new(body: &'a [u8]) -> Self {
        Self { body, broke_off: false }
    }

    /// The fields of as much of a body as came.
    #[must_use]
    pub const fn broken_off(body: &'a [u8]) -> Self {
        Self { body, broke_off: true }
    }

    /// Whether the body broke off in the value of this key: there may be more of it.
    #[must_use]
    pub fn breaks_off_in(self, key: &str) -> bool {
        let last = || self.body.rsplit(|octet| *octet == b'&').next().unwrap_or_default();
        self.broke_off && Self::new(last()).value(key).is_some()
    }

    /// All pairs, each split at its first `=`.
    pub fn pairs(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.body.split(|octet| *octet == b'&').filter_map(|pair| {
            let at = pair.iter().position(|octet| *octet == b'=')?;
            Some((pair.get(..at)?, pair.get(at + 1..)?))
        })
    }

    /// The value of a key, as it was written.
    #[must_use]
    pub fn value(self, key: &str) -> Option<&'a [u8]> {
        self.pairs().find(|(name, _)| name.eq_ignore_ascii_case(key.as_bytes())).map(|(_, value)| value)
    }

    /// The value of a key that is a number; blanks around it do not matter.
    #[must_use]
    pub fn number(self, key: &str) -> Option<u64> {
        text::number(self.value(key)?.trim_ascii())
    }

    /// The items of a key's list; none if it is absent.
    #[must_use]
    pub fn list(self, key: &str) -> List<'a> {
        List::new(self.value(key).unwrap_or_default())
    }
}

/// A list: a comma ends each item, or each but the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List<'a>(Option<&'a [u8]>);

impl<'a> List<'a> {
    /// The list a value holds; an empty value is an empty list.
    #[must_use]
    pub fn new(value: &'a [u8]) -> Self {
        let whole = value.strip_suffix(b",").unwrap_or(value);
        Self((!value.is_empty()).then_some(whole))
    }

    /// Its items, as they were written.
    pub fn items(self) -> impl Iterator<Item = &'a [u8]> + Clone {
        self.0.into_iter().flat_map(|whole| whole.split(|octet| *octet == b','))
    }

    /// How many there are.
    #[must_use]
    pub fn count(self) -> usize {
        self.items().count()
    }

    /// Takes the next item, and joins what follows to it, comma included, as long as `goes_on` says so of the latest
    /// item and there is another.
    pub fn take(&mut self, mut goes_on: impl FnMut(&[u8]) -> bool) -> Option<&'a [u8]> {
        let whole = self.0?;
        let mut from = 0;
        while let Some(len) = whole.get(from..)?.iter().position(|octet| *octet == b',') {
            let comma = from + len;
            if !goes_on(whole.get(from..comma)?) {
                self.0 = whole.get(comma + 1..);
                return whole.get(..comma);
            }
            from = comma + 1;
        }
        self.0.take()
    }
}

/// The octets of a value as its author wrote them: escapes undone.
///
/// A comma in somebody's text is escaped on its own, as `%2c`, and then once more with everything else, as `%252c`; a line
/// end only once, as `%0d%0a` `[seed 002]`. So `%252c` is a comma like `%2c`, and a person's own `%2c` is lost to that.
pub fn decoded(value: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    let mut rest = value;
    core::iter::from_fn(move || {
        if let [b'%', b'2', b'5', b'2', b'c' | b'C', after @ ..] = rest {
            rest = after;
            return Some(b',');
        }
        next_octet(&mut rest)
    })
}

/// Whether an octet goes on to people: of the controls, only line ends and tabs do.
#[must_use]
pub const fn is_kept(octet: u8) -> bool {
    !octet.is_ascii_control() || matches!(octet, b'\r' | b'\n' | b'\t')
}

/// The octets of a value that go on to people: [`decoded`], as far as they are [kept](is_kept).
pub fn plain(value: &[u8]) -> impl Iterator<Item = u8> + Clone + '_ {
    decoded(value).filter(|octet| is_kept(*octet))
}

/// How many octets of a value its server counted, at least and at most: what reads as a comma may have been a person's own
/// `%2c`. Those count that nobody gets to see.
#[must_use]
pub fn lengths(value: &[u8]) -> (usize, usize) {
    let mut rest = value;
    (decoded(value).count(), core::iter::from_fn(move || next_octet(&mut rest)).count())
}

/// A value that broke off, without what may be half an escape.
#[must_use]
pub fn whole_escapes(value: &[u8]) -> &[u8] {
    let is_half = |tail: &[u8]| match tail {
        [b'%', digit] => text::hex_digit(*digit).is_some(),
        tail => b"%252".starts_with(tail),
    };
    let cut = (0..value.len()).rev().take(4).find(|at| value.get(*at..).is_some_and(is_half));
    value.get(..cut.unwrap_or(value.len())).unwrap_or_default()
}

/// Takes an octet, or an escape for what it stands for.
fn next_octet(rest: &mut &[u8]) -> Option<u8> {
    let (&first, tail) = rest.split_first()?;
    if first == b'%'
        && let [high, low, after @ ..] = tail
        && let (Some(high), Some(low)) = (text::hex_digit(*high), text::hex_digit(*low))
    {
        *rest = after;
        return Some(high << 4 | low);
    }
    *rest = tail;
    Some(first)
}

/// A value as text, cut at a character.
#[must_use]
pub fn text<const N: usize>(value: &[u8]) -> String<N> {
    let mut octets: Vec<u8, N> = Vec::new();
    for octet in plain(value) {
        if octets.push(octet).is_err() {
            octets.truncate(whole_characters(&octets));
            break;
        }
    }
    text::lossy(&octets)
}

/// How many octets of it are whole characters, if it was cut at its end; what is no text in its middle stays.
#[must_use]
pub fn whole_characters(octets: &[u8]) -> usize {
    let cut = octets.utf8_chunks().last().map_or(0, |last| {
        let tail = last.invalid();
        let unfinished = core::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
        if unfinished { tail.len() } else { 0 }
    });
    octets.len().saturating_sub(cut)
}

/// Writes text as a value: what would end a pair or an item is escaped, controls too, and `+`, which some servers take
/// for a blank. Everything else goes as it is, in UTF-8 `[seed 002]`.
///
/// # Errors
/// Only those of `to`.
pub fn escape(to: &mut impl fmt::Write, text: &str) -> fmt::Result {
    for c in text.chars() {
        if matches!(c, '%' | '&' | '=' | ',' | '+') || c.is_ascii_control() {
            write!(to, "%{:02X}", u32::from(c))?;
        } else {
            to.write_char(c)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::string::String as Heap;
    use std::vec::Vec as Many;

    use proptest::prelude::*;

    use super::*;

    fn items(value: &[u8]) -> Many<&[u8]> {
        List::new(value).items().collect()
    }

    fn whole(value: &[u8]) -> Many<u8> {
        plain(value).collect()
    }

    #[test]
    fn fields_come_in_any_order_and_case_with_empty_pairs_between() {
        let fields = Fields::new(b"res=0&&CMD=cltmsg&uin=7&MG=a=b&junk&SEQ= 12 &");
        assert_eq!(fields.number("RES"), Some(0));
        assert_eq!(fields.value("UIN"), Some(&b"7"[..]));
        assert_eq!(fields.value("UN"), None);
        assert_eq!(fields.value("MG"), Some(&b"a=b"[..]), "split at the first = only");
        assert_eq!(fields.number("SEQ"), Some(12));
        assert_eq!(fields.number("MG"), None);
    }

    #[test]
    fn a_list_loses_exactly_one_trailing_empty_item() {
        assert_eq!(items(b""), [&b""[..]; 0]);
        assert_eq!(items(b","), [b""]);
        assert_eq!(items(b"1"), [b"1"]);
        assert_eq!(items(b"1,2,"), [b"1", b"2"]);
        assert_eq!(items(b"1,,"), [&b"1"[..], b""]);
    }

    #[test]
    fn items_are_joined_as_long_as_they_go_on() {
        let mut list = List::new(b"a,b,c ,d,");
        assert_eq!(list.take(|item| !item.ends_with(b" ")), Some(&b"a,b,c "[..]));
        assert_eq!(list.take(|_| true), Some(&b"d"[..]));
        assert_eq!(list.take(|_| true), None);
    }

    #[test]
    fn both_escapes_of_a_comma_and_the_one_of_a_line_end_are_read() {
        let printed = "网络为媒%252c关系为本%252c信息为财%252c客户为主.%0d%0a";
        assert_eq!(text::<128>(printed.as_bytes()), "网络为媒,关系为本,信息为财,客户为主.\r\n");
        assert_eq!(whole(b"a%2cb%2Cc%252Cd%25%26%3d"), b"a,b,c,d%&=");
        assert_eq!(whole(b"100%, %zz %4"), b"100%, %zz %4", "what is no escape stays");
        assert_eq!(whole(b"%01%1b[31m\x7f%0A%09x"), b"[31m\n\tx", "controls go");
    }

    #[test]
    fn a_value_is_cut_at_a_character() {
        assert_eq!(text::<4>("你好".as_bytes()), "你");
        assert_eq!(text::<6>("你好".as_bytes()), "你好");
        assert_eq!(text::<8>(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn what_ends_a_pair_or_an_item_is_escaped_and_chinese_is_not() {
        let mut out = Heap::new();
        escape(&mut out, "50% a&b=c, 1+1\r\n你好").unwrap();
        assert_eq!(out, "50%25 a%26b%3Dc%2C 1%2B1%0D%0A你好");
    }

    /// What a server makes of a text in a list: commas first, then everything else.
    fn served(text: &str) -> Heap {
        let mut out = Heap::new();
        for c in text.chars() {
            match c {
                ',' => out.push_str("%252c"),
                '%' | '&' => out.push_str(&format!("%{:02x}", u32::from(c))),
                c if c.is_ascii_control() => out.push_str(&format!("%{:02x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]{0,60}") {
            prop_assume!(!text.to_ascii_lowercase().contains("%2c"));
            let mut wire = Heap::new();
            escape(&mut wire, &text).unwrap();
            prop_assert!(!wire.contains(['&', '=', ',', '+']) && !wire.chars().any(|c| c.is_ascii_control()));
            prop_assert_eq!(&whole(wire.as_bytes()), text.as_bytes());
            prop_assert_eq!(&whole(served(&text).as_bytes()), text.as_bytes());
        }

        #[test]
        fn any_octets_are_fields_and_lists(body in any::<Many<u8>>()) {
            let fields = Fields::new(&body);
            for (_, value) in fields.pairs() {
                let mut list = List::new(value);
                let taken = core::iter::from_fn(|| list.take(|_| false)).count();
                prop_assert_eq!(taken, List::new(value).count());
                prop_assert!(text::<16>(value).len() <= 16);
            }
        }

        #[test]
        fn a_list_of_anything_without_commas_comes_back(
            list in proptest::collection::vec("[^,]{0,8}", 0..8), trailing in any::<bool>()
        ) {
            prop_assume!(trailing || list.last().is_some_and(|last| !last.is_empty()));
            let mut wire = list.join(",");
            if trailing && !list.is_empty() {
                wire.push(',');
            }
            let back: Many<&[u8]> = items(wire.as_bytes());
            let expected: Many<&[u8]> = list.iter().map(|item| item.as_bytes()).collect();
            prop_assert_eq!(back, expected);
        }
    }
}

//! Text rules everybody uses: bounded strings, percent escapes, and what may reach a screen or a log.
//!
//! Wire text is octets. It becomes a `String` only through [`decoded`] or [`lossy`], which never fail: octets that are
//! no UTF-8 become U+FFFD.

use core::fmt::{self, Write as _};

use heapless::String;

use crate::limits::{LINE_MAX, OWN_NAME_MAX};

/// Appends as much of `text` as fits, cut at a character. Says whether all of it fitted.
pub fn push_cut<const N: usize>(to: &mut String<N>, text: &str) -> bool {
    for c in text.chars() {
        if to.push(c).is_err() {
            return false;
        }
    }
    true
}

/// A bounded copy of `text`, cut at a character.
#[must_use]
pub fn cut<const N: usize>(text: &str) -> String<N> {
    let mut out = String::new();
    push_cut(&mut out, text);
    out
}

/// A bounded copy of `text`; one that is too long ends in [`MARK`].
#[must_use]
pub fn cut_marked<const N: usize>(text: &str) -> String<N> {
    let mut out = String::new();
    if !push_cut(&mut out, text) {
        push_mark(&mut out);
    }
    out
}

/// Appends [`MARK`], in the place of the last characters if there is no room.
pub fn push_mark<const N: usize>(to: &mut String<N>) {
    while to.len() + MARK.len() > N && to.pop().is_some() {}
    push_cut(to, MARK);
}

/// What a text ends in that goes on where nobody can read it.
pub const MARK: &str = "…";

/// A short sentence for people: lower case, no period.
pub type Why = String<96>;

/// Formats a [`Why`], cut where it gets too long.
#[must_use]
pub fn why(text: fmt::Arguments<'_>) -> Why {
    struct Cut(Why);
    impl fmt::Write for Cut {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            push_cut(&mut self.0, s);
            Ok(())
        }
    }
    let mut cut = Cut(Why::new());
    let _never = cut.write_fmt(text);
    cut.0
}

/// Octets as text: UTF-8 as it is, anything else as U+FFFD; cut at a character.
#[must_use]
pub fn lossy<const N: usize>(octets: &[u8]) -> String<N> {
    let mut out = String::new();
    for chunk in octets.utf8_chunks() {
        if !push_cut(&mut out, chunk.valid()) {
            break;
        }
        if !chunk.invalid().is_empty() && out.push(char::REPLACEMENT_CHARACTER).is_err() {
            break;
        }
    }
    out
}

/// Percent escapes undone, then [`lossy`]. A `%` without two hex digits is kept as it stands, so raw UTF-8
/// names (`[observed: Escargot]`) and escaped ones (`[seed 000]`) both come out right. `+` is not a space.
///
/// Only the first [`LINE_MAX`] plain octets count: no field of a line is longer, and no `N` in use is.
#[must_use]
pub fn decoded<const N: usize>(octets: &[u8]) -> String<N> {
    let mut plain: heapless::Vec<u8, LINE_MAX> = heapless::Vec::new();
    for octet in unescaped(octets) {
        if plain.push(octet).is_err() {
            break;
        }
    }
    lossy(&plain)
}

/// The octets of a percent-escaped field, one by one.
pub fn unescaped(octets: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut rest = octets;
    core::iter::from_fn(move || {
        let (&first, tail) = rest.split_first()?;
        if first == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            rest = after;
            return Some(high << 4 | low);
        }
        rest = tail;
        Some(first)
    })
}

/// Writes `text` with everything percent-escaped but ASCII letters, digits and `-_.~`: fit for a friendly name in an MSNP
/// line and for a credential in a Passport header, where a raw comma would end the value and `@` goes as `%40`
/// `[seed 000]`. Servers of all kinds undo it: the first ones demanded it of everything outside ASCII, a living one
/// takes either form `[observed: Escargot]`.
///
/// # Errors
/// Only those of `to`.
pub fn escape(to: &mut impl fmt::Write, text: &[u8]) -> fmt::Result {
    for &octet in text {
        if octet.is_ascii_alphanumeric() || b"-_.~".contains(&octet) {
            to.write_char(char::from(octet))?;
        } else {
            write!(to, "%{octet:02X}")?;
        }
    }
    Ok(())
}

/// Text that [`escape`]s itself where it is written.
#[derive(Clone, Copy)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escape(f, self.0.as_bytes())
    }
}

/// The value of one hexadecimal digit.
#[must_use]
pub fn hex_digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

/// A decimal number made of digits only: no sign, no blanks, and not empty.
#[must_use]
pub fn number(octets: &[u8]) -> Option<u64> {
    if octets.is_empty() {
        return None;
    }
    octets.iter().try_fold(0_u64, |sum, octet| {
        let digit = octet.is_ascii_digit().then(|| octet - b'0')?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Whether a text can be a name of the person's own, for a LED, a button, a contact or a set: 1 to [`OWN_NAME_MAX`]
/// letters, of any script, digits, `-`, `_` and `.`, so that it is one word of a line and fit for a display.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let legal = |c: char| is_showable(c) && (c.is_alphanumeric() || "-_.".contains(c));
    !text.is_empty() && text.chars().count() <= OWN_NAME_MAX && text.chars().all(legal)
}

/// What [`is_name`] takes, for people: `1 to 32 letters, …`.
pub const NAME_RULE: &str = "1 to 32 letters, digits, \"-\", \"_\" or \".\"";

/// Line and column of an octet of a text, both counted from 1. A column is a character, an octet inside one counts as its
/// start, and a byte-order mark is none.
#[must_use]
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.char_indices().take_while(|(offset, c)| offset + c.len_utf8() <= at).map(|(_, c)| c);
    before.fold((1, 1), |(line, column), c| match c {
        '\n' => (line + 1, 1),
        '\u{FEFF}' if (line, column) == (1, 1) => (1, 1),
        _ => (line, column + 1),
    })
}

/// Whether a character may be shown as it is: no control (C0, DEL, C1), no character that turns the direction of
/// writing, and none that hides itself. Variation selectors pass: they only choose how the character before them looks.
#[must_use]
pub fn is_showable(c: char) -> bool {
    let unseen = matches!(
        c,
        '\u{00AD}'
            | '\u{061C}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}'
    );
    !c.is_control() && !unseen
}

/// Columns a character takes on a display: East Asian wide ones and pictures take two, marks on the letter before and
/// selectors none. Numbers in circles and Roman numerals are drawn wide, as in East Asian fonts.
///
/// What [`is_showable`] refuses reaches no display; its columns mean nothing.
#[must_use]
pub const fn cells(c: char) -> usize {
    match c {
        '\u{0300}'..='\u{036F}'
        | '\u{1AB0}'..='\u{1AFF}'
        | '\u{20D0}'..='\u{20FF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{1F3FB}'..='\u{1F3FF}'
        | '\u{E0100}'..='\u{E01EF}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2160}'..='\u{217F}'
        | '\u{224C}'
        | '\u{2312}'
        | '\u{2460}'..='\u{24FF}'
        | '\u{25CE}'
        | '\u{2605}'..='\u{2606}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

/// Whether a line may end between two characters that no space parts: after a wide one, but not after what opens, nor
/// before what closes.
#[must_use]
pub const fn breaks_between(before: char, after: char) -> bool {
    let opens = matches!(before, '（' | '［' | '｛' | '〈' | '《' | '「' | '『' | '【' | '〔' | '〖');
    let closes = matches!(
        after,
        '）' | '］'
            | '｝'
            | '〉'
            | '》'
            | '」'
            | '』'
            | '】'
            | '〕'
            | '〗'
            | '，'
            | '。'
            | '、'
            | '；'
            | '：'
            | '？'
            | '！'
            | 'ー'
            | '～'
            | '”'
            | '’'
            | '…'
            | '—'
            | ')'
            | ']'
            | '}'
            | ','
            | '.'
            | ';'
            | ':'
            | '?'
            | '!'
    );
    cells(before) == 2 && !opens && !closes
}

/// Text from a stranger, for people's eyes: what [`is_showable`] refuses is written as `\u{…}`.
#[derive(Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_showable(c) { fmt::Write::write_char(f, c)? } else { write!(f, "{}", c.escape_unicode())? }
        }
        Ok(())
    }
}

/// Octets from a stranger, for a log line: [`Shown`] in quotation marks, cut after 80 characters and then marked `…`.
#[derive(Clone, Copy)]
pub struct Quoted<'a>(pub &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        let mut left = QUOTED_MAX;
        for c in self.0.utf8_chunks().flat_map(|chunk| {
            let bad = (!chunk.invalid().is_empty()).then_some(char::REPLACEMENT_CHARACTER);
            chunk.valid().chars().chain(bad)
        }) {
            if left == 0 {
                f.write_str("…")?;
                break;
            }
            left -= 1;
            Shown(c.encode_utf8(&mut [0; 4])).fmt(f)?;
        }
        f.write_str("\"")
    }
}

/// A password, ticket or key: never printed, wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(zeroize::Zeroizing<alloc::string::String>);

impl Secret {
    /// Takes a secret over.
    #[must_use]
    pub fn new(text: alloc::string::String) -> Self {
        Self(zeroize::Zeroizing::new(text))
    }

    /// The secret itself: call this only where it goes on the wire.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Characters of a [`Quoted`]: one log line stays one line of a terminal.
const QUOTED_MAX: usize = 80;

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String as Heap, ToString};
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_out_right_escaped_and_raw() {
        let cases: [(&[u8], &str); 12] = [
            (b"Bob%20100%25", "Bob 100%"),
            ("Bobby%20★".as_bytes(), "Bobby ★"),
            (b"%E5%AE%8B%E4%BD%93", "宋体"),
            (b"100%", "100%"),
            (b"%4", "%4"),
            (b"%zz%41", "%zzA"),
            (b"%2541", "%41"),
            (b"a+b", "a+b"),
            (b"", ""),
            (b"\xff\xfeA", "\u{FFFD}\u{FFFD}A"),
            (b"%C3", "\u{FFFD}"),
            (b"a%00b", "a\0b"),
        ];
        for (wire, name) in cases {
            assert_eq!(decoded::<64>(wire), name, "{wire:?}");
        }
    }

    #[test]
    fn text_is_cut_at_a_character() {
        assert_eq!(cut::<7>("宋体字"), "宋体");
        assert_eq!(lossy::<4>(b"ab\xffc"), "ab");
        assert_eq!(decoded::<2>("%E5%AE%8B".as_bytes()), "");
        let mut text: String<3> = String::new();
        assert!(push_cut(&mut text, "abc"));
        assert!(!push_cut(&mut text, "d"));
    }

    #[test]
    fn a_credential_is_escaped_as_passport_wants_it() {
        let mut out = Heap::new();
        escape(&mut out, b"example@passport.com").unwrap();
        assert_eq!(out, "example%40passport.com");
        out.clear();
        escape(&mut out, "a,b%c+d é'\r\n".as_bytes()).unwrap();
        assert_eq!(out, "a%2Cb%25c%2Bd%20%C3%A9%27%0D%0A");
    }

    #[test]
    fn a_number_is_digits_and_nothing_else() {
        for good in ["0", "7", "007", "18446744073709551615"] {
            assert_eq!(number(good.as_bytes()), good.parse().ok(), "{good}");
        }
        for bad in ["", "-1", "+5", " 5", "5 ", "5x", "0x5", "18446744073709551616", "٣"] {
            assert_eq!(number(bad.as_bytes()), None, "{bad:?}");
        }
    }

    #[test]
    fn what_turns_or_hides_is_written_out() {
        assert_eq!(
            Shown("a\u{202e}b\u{1b}[2J\u{200d}\u{85}").to_string(),
            "a\\u{202e}b\\u{1b}[2J\\u{200d}\\u{85}"
        );
        assert_eq!(Shown("Zoë ★\u{fe0f} 宋体").to_string(), "Zoë ★\u{fe0f} 宋体");
    }

    #[test]
    fn lines_end_after_wide_characters_but_not_inside_words_or_before_what_closes() {
        let broken = |text: &str| {
            let mut out = Heap::new();
            for (c, next) in text.chars().zip(text.chars().skip(1).map(Some).chain([None])) {
                out.push(c);
                if next.is_some_and(|next| breaks_between(c, next)) {
                    out.push('|');
                }
            }
            out
        };
        assert_eq!(broken("hello 你好Bob你"), "hello 你|好|Bob你");
        assert_eq!(broken("你好，（真的）。她……说"), "你|好，|（真|的）。|她……说");
        assert_eq!(broken("コーヒー「を」!"), "コー|ヒー|「を」!");
    }

    #[test]
    fn columns_are_those_of_east_asian_type() {
        for (columns, text) in
            [(0, "\u{301}\u{FE0F}\u{1F3FD}\u{E0100}"), (1, "aé€Жｱ…“"), (2, "中ア한！①Ⅳ★👍𠀀")]
        {
            assert!(text.chars().all(|c| cells(c) == columns), "{columns}: {text}");
        }
    }

    #[test]
    fn a_quotation_is_cut_after_80_characters_and_says_so() {
        let exact = "x".repeat(80);
        assert_eq!(Quoted(exact.as_bytes()).to_string(), format!("\"{exact}\""));
        assert_eq!(Quoted(format!("{exact}y").as_bytes()).to_string(), format!("\"{exact}…\""));
        assert_eq!(Quoted(&[0xff; 200]).to_string(), format!("\"{}…\"", "\u{FFFD}".repeat(80)));
        assert_eq!(Quoted(b"a\0\xc3").to_string(), "\"a\\u{0}\u{FFFD}\"");
    }

    #[test]
    fn a_name_is_one_word_of_any_script() {
        for right in ["desk", "left-2", "a.b_c", "\u{706f}1", &"x".repeat(OWN_NAME_MAX)] {
            assert!(is_name(right), "{right}");
        }
        // The last is a letter that shows nothing.
        for wrong in ["", "a b", "a\n", "a/b", "\"", "\u{1b}", &"x".repeat(OWN_NAME_MAX + 1), "\u{3164}"] {
            assert!(!is_name(wrong), "{wrong:?}");
        }
        assert!(NAME_RULE.starts_with(&format!("1 to {OWN_NAME_MAX} ")));
    }

    #[test]
    fn columns_are_characters() {
        let text = "a = 1\nüé = 2\r\nz";
        assert_eq!(place(text, 0), (1, 1));
        assert_eq!(place(text, text.find('\u{e9}').unwrap()), (2, 2));
        assert_eq!(place(text, text.find('2').unwrap()), (2, 6));
        assert_eq!(place(text, text.find('z').unwrap()), (3, 1));
        assert_eq!(place(text, 999), (3, 2));
        assert_eq!(place("\u{FEFF}a", 3), (1, 1));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("hunter2".into());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(secret.reveal(), "hunter2");
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(octets in any::<Vec<u8>>()) {
            let mut wire = Heap::new();
            escape(&mut wire, &octets).unwrap();
            prop_assert!(wire.bytes().all(|octet| octet.is_ascii_graphic() && octet != b','));
            prop_assert_eq!(unescaped(wire.as_bytes()).collect::<Vec<u8>>(), octets);
        }

        #[test]
        fn nothing_shown_can_steer_a_terminal(octets in any::<Vec<u8>>()) {
            let shown = format!("{}{}", Quoted(&octets), Shown(&lossy::<64>(&octets)));
            prop_assert!(shown.chars().all(is_showable), "{:?}", shown);
        }

        #[test]
        fn lossy_agrees_with_the_standard_library(octets in any::<Vec<u8>>()) {
            prop_assert_eq!(Heap::from(lossy::<1024>(&octets).as_str()), Heap::from_utf8_lossy(&octets));
        }
    }
}

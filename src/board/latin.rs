//! Letters spelt with those that every display has: ASCII.
//! It does not know which display lacks which.
//!
//! Marks are left off and letters of other alphabets spelt by ear; who reads them knows what is meant.

/// A character in ASCII; `None` for one that is ASCII already, takes no room, or can't be spelt.
pub(super) fn spelt(c: char) -> Option<&'static str> {
    let nth = |list: &'static str, first: char| {
        let index = u32::from(c).checked_sub(u32::from(first))?;
        list.split_ascii_whitespace().nth(usize::try_from(index).ok()?)
    };
    match c {
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{3000}' => Some(" "),
        '¡'..='ÿ' => nth(LATIN_1, '¡'),
        'Ā'..='ſ' => nth(LATIN_EXTENDED_A, 'Ā'),
        'Ά'..='ώ' => nth(GREEK, 'Ά'),
        'Ѐ'..='џ' => nth(CYRILLIC, 'Ѐ'),
        '！'..='～' => {
            let index = usize::try_from(u32::from(c) - u32::from('！')).ok()?;
            ASCII.get(index..=index)
        }
        'Ș' => Some("S"),
        'ș' => Some("s"),
        'Ț' => Some("T"),
        'ț' => Some("t"),
        'Ґ' => Some("G"),
        'ґ' => Some("g"),
        'ẞ' => Some("SS"),
        '‐'..='―' | '−' => Some("-"),
        '‘'..='‛' | '′' | '‹' | '›' => Some("'"),
        '“'..='‟' | '″' | '「'..='』' => Some("\""),
        '•' | '‣' | '・' => Some("*"),
        '…' => Some("..."),
        '‰' => Some("%"),
        '€' => Some("EUR"),
        '№' => Some("No"),
        '™' => Some("(TM)"),
        '←' => Some("<-"),
        '→' => Some("->"),
        '。' => Some("."),
        '、' => Some(","),
        '《' => Some("<"),
        '》' => Some(">"),
        _ => None,
    }
}

/// From `¡`; signs as well as there is anything like them.
const LATIN_1: &str = "! c L ? Y | S \" (c) a < - ? (R) - o +- 2 3 ' u P . , 1 o > 1/4 1/2 3/4 ? \
    A A A A A A AE C E E E E I I I I D N O O O O O x O U U U U Y Th ss \
    a a a a a a ae c e e e e i i i i d n o o o o o / o u u u u y th y";
const LATIN_EXTENDED_A: &str = "A a A a A a C c C c C c C c D d D d E e E e E e E e E e G g G g G g G g \
    H h H h I i I i I i I i I i IJ ij J j K k k L l L l L l L l L l N n N n N n 'n NG ng O o O o O o OE oe \
    R r R r R r S s S s S s S s T t T t T t U u U u U u U u U u U u W w Y y Y Z z Z z Z z s";
/// From `Ά`; `?` stands where Unicode has nothing.
const GREEK: &str = "A . E I I ? O ? Y O i A V G D E Z I Th I K L M N X O P R ? S T Y F Ch Ps O I Y \
    a e i i y a v g d e z i th i k l m n x o p r s s t y f ch ps o i y o y o";
const CYRILLIC: &str = "E Yo Dj G Ye Dz I Yi J Lj Nj C K I U Dz \
    A B V G D E Zh Z I Y K L M N O P R S T U F Kh Ts Ch Sh Shch ' Y ' E Yu Ya \
    a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh shch ' y ' e yu ya \
    e yo dj g ye dz i yi j lj nj c k i u dz";
/// What the wide forms from `！` are the wide forms of.
const ASCII: &str =
    "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

#[cfg(test)]
mod tests {
    use super::*;

    fn in_ascii(text: &str) -> String {
        text.chars().map(|c| spelt(c).map_or_else(|| c.to_string(), Into::into)).collect()
    }

    #[test]
    fn words_of_four_alphabets_can_be_read() {
        for (word, spelling) in [
            ("Zoë Müller", "Zoe Muller"),
            ("Straße", "Strasse"),
            ("Łódź, święto", "Lodz, swieto"),
            ("ſ ž Ÿ œ ĳ", "s z Y oe ij"),
            ("Ωμέγα Ελένη ψ", "Omega Eleni ps"),
            ("Борис Щукин, Ђорђе, Ґанок", "Boris Shchukin, Djordje, Ganok"),
            ("Ѐ ё Џ џ я", "E yo Dz dz ya"),
            ("„Wait“ – it’s 5 €…", "\"Wait\" - it's 5 EUR..."),
            ("ＯＫ？～！", "OK?~!"),
            ("¿Qué? ¡ÿ!", "?Que? !y!"),
        ] {
            assert_eq!(in_ascii(word), spelling);
        }
        assert_eq!((spelt('a'), spelt('在'), spelt('🙂'), spelt('\u{301}')), (None, None, None, None));
    }

    #[test]
    fn every_spelling_is_ascii_and_the_tables_are_whole() {
        for c in '\u{80}'..='\u{FFFF}' {
            assert!(spelt(c).is_none_or(|letters| letters.is_ascii() && !letters.is_empty()), "{c}");
        }
        for c in ('¡'..='ſ').chain('Ά'..='ώ').chain('Ѐ'..='џ') {
            assert!(spelt(c).is_some(), "{c}");
        }
    }
}

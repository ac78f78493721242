//! What differs between MSNP2 and MSNP12, as questions a [`Dialect`] answers.
//!
//! It knows tables, not sessions: who asks, and when, is the business of the rooms that speak.

use core::fmt;

use super::challenge::Product;
use crate::text;

/// A protocol version both sides can agree on in VER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect(u8);

/// How an account proves itself, as the dialect demands it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthKind {
    /// `USR MD5`: a digest over the plain connection.
    Md5,
    /// `USR TWN`: a ticket of a Passport login server.
    Tweener,
}

/// The shape of what SYN brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SynShape {
    /// `SYN t serial`; then rows with TrId and serial, list by list: `LST t FL serial i n account name`. RL comes last and
    /// ends it with its row n of n, or with `LST t RL serial 0 0`. An equal serial means nothing follows.
    ListByList,
    /// `SYN t serial contacts groups`; then bare rows `LST account name lists groups`, ended by their number. Without the
    /// two counts nothing follows.
    Counted,
    /// `SYN t stamp stamp contacts groups`; then rows `LST N=account F=name C=guid lists groups`, ended by their number.
    /// Without the two counts nothing follows.
    Tagged,
}

/// How a friendly name is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rename {
    /// `REA t account name`, for ourselves and for contacts.
    Rea,
    /// `PRP t MFN name` for ourselves; contacts by `SBP t guid MFN name`.
    PrpMfn,
}

impl Dialect {
    /// The first one in public use.
    pub const MSNP2: Self = Self(2);
    /// As MSNP2.
    pub const MSNP3: Self = Self(3);
    /// As MSNP2.
    pub const MSNP4: Self = Self(4);
    /// Phone numbers, NOT.
    pub const MSNP5: Self = Self(5);
    /// CHL and QRY.
    pub const MSNP6: Self = Self(6);
    /// Groups.
    pub const MSNP7: Self = Self(7);
    /// Passport; SYN counts its rows.
    pub const MSNP8: Self = Self(8);
    /// Display pictures; QNG names seconds.
    pub const MSNP9: Self = Self(9);
    /// GUIDs, ADC, tagged rows.
    pub const MSNP10: Self = Self(10);
    /// Personal messages; the new challenge.
    pub const MSNP11: Self = Self(11);
    /// As MSNP11, with the kind of contact in LST.
    pub const MSNP12: Self = Self(12);

    /// All that are spoken here, best first.
    pub const ALL: [Self; 11] = [
        Self::MSNP12,
        Self::MSNP11,
        Self::MSNP10,
        Self::MSNP9,
        Self::MSNP8,
        Self::MSNP7,
        Self::MSNP6,
        Self::MSNP5,
        Self::MSNP4,
        Self::MSNP3,
        Self::MSNP2,
    ];

    /// Those that sign in by MD5, best first.
    #[must_use]
    pub fn for_md5() -> &'static [Self] {
        const ALL: [Dialect; 11] = Dialect::ALL;
        ALL.split_at(TWEENER_COUNT).1
    }

    /// Those that sign in by Passport, best first.
    #[must_use]
    pub fn for_tweener() -> &'static [Self] {
        const ALL: [Dialect; 11] = Dialect::ALL;
        ALL.split_at(TWEENER_COUNT).0
    }

    /// Reads the wire name in any case `[observed: Escargot]`; `None` for `CVR0` and dialects not spoken here.
    #[must_use]
    pub fn parse(word: &[u8]) -> Option<Self> {
        let (letters, digits) = word.split_at_checked(4)?;
        // `MSNP08` is no name.
        if !letters.eq_ignore_ascii_case(b"MSNP") || digits.first() == Some(&b'0') {
            return None;
        }
        let number = u8::try_from(text::number(digits)?).ok()?;
        (Self::MSNP2.0..=Self::MSNP12.0).contains(&number).then_some(Self(number))
    }

    /// Its number: 8 for MSNP8.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// How `USR` goes on. A server closes the link, without a word, on the other kind `[observed: Escargot]`.
    #[must_use]
    pub const fn auth(self) -> AuthKind {
        if self.0 >= 8 { AuthKind::Tweener } else { AuthKind::Md5 }
    }

    /// Whether INF is asked before USR (up to MSNP7); later ones have CVR there.
    #[must_use]
    pub const fn has_inf(self) -> bool {
        self.0 <= 7
    }

    /// Whether `USR OK` has the friendly name after the account. Later ones tell it by `PRP MFN` in SYN; some servers
    /// send it all the same: there the last two fields are flags and what is before them is a name.
    #[must_use]
    pub const fn usr_ok_has_name(self) -> bool {
        self.0 <= 9
    }

    /// Whether CHG carries a numeric capability, and ILN and NLN tell one. A CHG without it is answered by silence
    /// `[observed: Escargot]`, against `[seed 001]`, which knows MSNP7 only.
    #[must_use]
    pub const fn has_capability(self) -> bool {
        self.0 >= 8
    }

    /// The shape of what SYN brings.
    #[must_use]
    pub const fn syn_shape(self) -> SynShape {
        match self.0 {
            0..=7 => SynShape::ListByList,
            8 | 9 => SynShape::Counted,
            _ => SynShape::Tagged,
        }
    }

    /// Whether PRP and BPR tell phone numbers.
    #[must_use]
    pub const fn has_phones(self) -> bool {
        self.0 >= 5
    }

    /// Whether contacts are in groups (LSG, ADG, RMG, REG).
    #[must_use]
    pub const fn has_groups(self) -> bool {
        self.0 >= 7
    }

    /// Whether contacts and groups have GUIDs: then REM from FL, and everything about groups, takes them, and contacts are
    /// added by `ADC t FL N=account F=name` instead of `ADD t FL account name`. The other verb closes the link
    /// `[observed: Escargot]`.
    #[must_use]
    pub const fn has_guids(self) -> bool {
        self.0 >= 10
    }

    /// How friendly names are changed.
    #[must_use]
    pub const fn rename(self) -> Rename {
        if self.0 >= 10 { Rename::PrpMfn } else { Rename::Rea }
    }

    /// The product whose key answers CHL. Escargot's older server refused the first one from MSNP11 on.
    #[must_use]
    pub const fn product(self) -> &'static Product {
        if self.0 >= 11 { &Product::MSNP11 } else { &Product::MSNP6 }
    }
}

/// The dialect a VER answer settles on: the first field that names one we offered. Servers answer with the one they choose
/// `[observed: Escargot]`, with the whole list they share with us `[seed 001]`, or with `0` or nothing we know: `None`.
pub fn choose<'a>(offered: &[Dialect], answered: impl IntoIterator<Item = &'a [u8]>) -> Option<Dialect> {
    answered.into_iter().filter_map(Dialect::parse).find(|dialect| offered.contains(dialect))
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MSNP{}", self.0)
    }
}

/// MSNP12 to MSNP8.
const TWEENER_COUNT: usize = 5;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::super::command::Command;
    use super::*;

    #[test]
    fn every_dialect_reads_its_own_name_in_any_case() {
        assert_eq!(Dialect::ALL.len(), 11);
        for dialect in Dialect::ALL {
            let name = dialect.to_string();
            assert_eq!(Dialect::parse(name.as_bytes()), Some(dialect));
            assert_eq!(Dialect::parse(name.to_lowercase().as_bytes()), Some(dialect));
        }
        for not in ["CVR0", "CVRO", "0", "", "MSNP", "MSNP1", "MSNP13", "MSNP08", "MSNP8x", "MSNP264", "MSN8"]
        {
            assert_eq!(Dialect::parse(not.as_bytes()), None, "{not}");
        }
        assert!(Dialect::ALL.is_sorted_by(|better, worse| better > worse));
    }

    #[test]
    fn both_ways_to_sign_in_share_all_dialects_out() {
        assert!(Dialect::for_md5().iter().all(|dialect| dialect.auth() == AuthKind::Md5));
        assert!(Dialect::for_tweener().iter().all(|dialect| dialect.auth() == AuthKind::Tweener));
        assert_eq!(Dialect::for_tweener().first(), Some(&Dialect::MSNP12));
        assert_eq!(Dialect::for_md5().first(), Some(&Dialect::MSNP7));
        assert_eq!([Dialect::for_tweener(), Dialect::for_md5()].concat(), Dialect::ALL);
    }

    #[test]
    fn a_ver_answer_settles_on_what_both_know() {
        let settle =
            |offered: &[Dialect], answer: &[u8]| choose(offered, Command::line(answer).fields().skip(1));
        let (md5, all) = (Dialect::for_md5(), &Dialect::ALL[..]);
        // One choice [observed: Escargot]; the shared list [seed 001]; ours and a lower one [seed 000].
        assert_eq!(settle(md5, b"VER 1 MSNP7"), Some(Dialect::MSNP7));
        assert_eq!(settle(md5, b"VER 0 MSNP7 MSNP6 MSNP5 MSNP4"), Some(Dialect::MSNP7));
        assert_eq!(settle(&[Dialect::MSNP10, Dialect::MSNP9], b"VER 4 MSNP9 CVR0 "), Some(Dialect::MSNP9));
        assert_eq!(settle(all, b"VER 1 msnp8"), Some(Dialect::MSNP8));
        // Newer ones first, one we did not offer, none at all.
        assert_eq!(settle(all, b"VER 1 MSNP18 MSNP12 CVR0"), Some(Dialect::MSNP12));
        assert_eq!(settle(md5, b"VER 1 MSNP12 MSNP5"), Some(Dialect::MSNP5));
        for none in [&b"VER 1 0"[..], b"VER 1 0 CVR0", b"VER 1", b"VER 1 MSNP12", b"VER 1 MSNP21"] {
            assert_eq!(settle(md5, none), None, "{none:?}");
        }
    }

    /// A column per question, a row per dialect: what the questions answer must be what the table says.
    #[test]
    fn the_dialects_differ_as_the_table_says() {
        // inf caps phones groups guids
        let table = [
            (2, "inf .... ...... ...... ....."),
            (3, "inf .... ...... ...... ....."),
            (4, "inf .... ...... ...... ....."),
            (5, "inf .... phones ...... ....."),
            (6, "inf .... phones ...... ....."),
            (7, "inf .... phones groups ....."),
            (8, "... caps phones groups ....."),
            (9, "... caps phones groups ....."),
            (10, "... caps phones groups guids"),
            (11, "... caps phones groups guids"),
            (12, "... caps phones groups guids"),
        ];
        for (number, row) in table {
            let d = Dialect(number);
            let answers = [
                (d.has_inf(), "inf"),
                (d.has_capability(), "caps"),
                (d.has_phones(), "phones"),
                (d.has_groups(), "groups"),
                (d.has_guids(), "guids"),
            ];
            for (answer, word) in answers {
                assert_eq!(answer, row.contains(word), "{d} {word}");
            }
            assert_eq!(d.usr_ok_has_name(), number < 10);
            assert_eq!(d.has_guids(), d.rename() == Rename::PrpMfn);
            assert_eq!(d.has_guids(), d.syn_shape() == SynShape::Tagged);
            assert_eq!(d.has_inf(), d.syn_shape() == SynShape::ListByList);
            assert_eq!(d.product().id.starts_with("PROD"), number >= 11);
        }
    }
}

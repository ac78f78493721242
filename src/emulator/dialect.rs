//! A protocol version, MSNP2 to MSNP12, and what each one brought or took away.
//! It does not know how versions are agreed on.

/// The number in `MSNPn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dialect(pub u8);

impl Dialect {
    /// The oldest dialect the emulator speaks.
    pub const OLDEST: Self = Self(2);
    /// The newest dialect the emulator speaks.
    pub const NEWEST: Self = Self(12);

    /// `MSNP9` to 9, any letter case; `None` for other words (`CVR0`).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let (head, number) = word.split_at_checked(4)?;
        if !head.eq_ignore_ascii_case("MSNP") || number.starts_with('+') {
            return None;
        }
        number.parse().ok().map(Self)
    }

    /// INF and USR MD5, until MSNP7; USR TWN with a Passport ticket from MSNP8.
    pub(crate) fn md5(self) -> bool {
        self.0 <= 7
    }

    /// PRP and BPR, from MSNP5.
    pub(crate) fn phones(self) -> bool {
        self.0 >= 5
    }

    /// CHL and QRY, from MSNP6.
    pub(crate) fn challenges(self) -> bool {
        self.0 >= 6
    }

    /// Contact groups and LSG, from MSNP7.
    pub(crate) fn groups(self) -> bool {
        self.0 >= 7
    }

    /// LST, LSG, BPR, PRP, GTC and BLP of SYN without TrId, one LST a contact; and CHG with a capability number.
    pub(crate) fn compact_lists(self) -> bool {
        self.0 >= 8
    }

    /// A picture object in CHG, ILN and NLN; `QNG seconds`.
    pub(crate) fn objects(self) -> bool {
        self.0 >= 9
    }

    /// ADC and GUIDs instead of ADD and numbers; names by PRP MFN; no list serial in answers.
    pub(crate) fn guids(self) -> bool {
        self.0 >= 10
    }

    /// UUX, UBX, SBS, GCF, and the second challenge algorithm.
    pub(crate) fn personal_messages(self) -> bool {
        self.0 >= 11
    }

    /// The type of a contact in LST, and capabilities in IRO and JOI.
    pub(crate) fn contact_types(self) -> bool {
        self.0 >= 12
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MSNP{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_other_words_are_none() {
        assert_eq!(Dialect::parse("msnp12"), Some(Dialect(12)));
        assert_eq!(Dialect::parse("MSNP2"), Some(Dialect(2)));
        for word in ["CVR0", "MSNP", "MSNP+2", "MSNPx", "MSNP999", "ünï"] {
            assert_eq!(Dialect::parse(word), None, "{word}");
        }
    }
}

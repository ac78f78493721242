//! Answers to a server's challenges: CHL by QRY, and the salt of `USR MD5`.
//!
//! Pure functions of octets; when to answer is the session's business. Answers are lower-case hex: another case is refused
//! `[observed: Escargot]`.

use core::fmt::Write as _;

use heapless::String;
use md5::{Digest, Md5};

use crate::text::Secret;

/// 32 lower-case hex digits.
pub type Hex = String<32>;

/// A client product known to servers: what QRY names, and the key that proves it.
#[derive(Debug, PartialEq, Eq)]
pub struct Product {
    /// The id QRY names.
    pub id: &'static str,
    key: &'static str,
    scheme: Scheme,
}

/// How the answer to CHL is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// MD5 of challenge and key `[seed 001]`.
    Digest,
    /// The words of that digest, mixed with the words of challenge and id.
    Mixed,
}

impl Product {
    /// For MSNP6 to MSNP10 `[seed 001]`.
    pub const MSNP6: Self =
        Self { id: "msmsgs@msnmsgr.com", key: "Q1P7W2E4J9R8U3S5", scheme: Scheme::Digest };
    /// For MSNP11 and MSNP12.
    pub const MSNP11: Self = Self { id: "PROD0090YUAUV{2B", key: "YMM8C_H7KCQ2S_KL", scheme: Scheme::Mixed };

    /// The 32 octets of `QRY t id 32` for `CHL 0 challenge`.
    #[must_use]
    pub fn answer(&self, challenge: &[u8]) -> Hex {
        let digest = digest(&[challenge, self.key.as_bytes()]);
        match self.scheme {
            Scheme::Digest => hex(&digest),
            Scheme::Mixed => hex(&mixed(challenge, self.id.as_bytes(), digest)),
        }
    }
}

/// The answer to `USR t MD5 S salt`: the digest of salt and password `[seed 001]`.
#[must_use]
pub fn md5_answer(salt: &[u8], password: &Secret) -> Hex {
    hex(&digest(&[salt, password.reveal().as_bytes()]))
}

fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(part);
    }
    md5.finalize().into()
}

/// The answer of MSNP11: two sums over challenge and id, folded into the digest. The digest's words enter the result as
/// they are. One server masked them there too and so refused right answers `[observed: Escargot]`; the published vectors
/// decide.
fn mixed(challenge: &[u8], id: &[u8], digest: [u8; 16]) -> [u8; 16] {
    let raw = words(digest);
    let [a0, a1, a2, a3] = raw.map(|word| u64::from(word) & MODULUS);
    // Filled up with '0' to whole pairs of words.
    let mut octets = challenge.iter().chain(id).copied();
    let (mut high, mut low) = (0_u64, 0_u64);
    while let Some(first) = octets.next() {
        let mut pair = [b'0'; 8];
        for (octet, from) in pair.iter_mut().zip(core::iter::once(first).chain(octets.by_ref())) {
            *octet = from;
        }
        let both = u64::from_le_bytes(pair);
        let (even, odd) = (both & 0xFFFF_FFFF, both >> 32);
        let step = ((FACTOR * even % MODULUS + high) * a0 + a1) % MODULUS;
        high = ((odd + step) % MODULUS * a2 + a3) % MODULUS;
        low = (low + high + step) % MODULUS;
    }
    high = (high + a1) % MODULUS;
    low = (low + a3) % MODULUS;
    let folded = u128::from(high | low << 32);
    (u128::from_le_bytes(digest) ^ (folded | folded << 64)).to_le_bytes()
}

/// Four little-endian words.
fn words(digest: [u8; 16]) -> [u32; 4] {
    let all = u128::from_le_bytes(digest);
    #[expect(clippy::cast_possible_truncation, reason = "each word is the low 32 bits of what is left")]
    [all as u32, (all >> 32) as u32, (all >> 64) as u32, (all >> 96) as u32]
}

fn hex(octets: &[u8; 16]) -> Hex {
    let mut text = Hex::new();
    for octet in octets {
        // 16 octets are 32 digits: they fit.
        let _fits = write!(text, "{octet:02x}");
    }
    text
}

/// 2^31 - 1.
const MODULUS: u64 = 0x7FFF_FFFF;
/// The factor of every even word.
const FACTOR: u64 = 0x0E79_A9C1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_answers_of_msnp6_are_the_published_ones() {
        for (challenge, answer) in [
            ("20881396011366812350", "0212eaad0876afb8505859ca75d21a78"), // [seed 001]
            ("22299241447072743325", "20dba7e6e9817826b9cd5240cc8add99"),
            ("12345678901234567890", "8ba1bb9d6dbf624fee31a2053af5fdd0"),
            ("15570131571988941333", "8f2f5a91b72102cd28355e9fc9000d6e"),
        ] {
            assert_eq!(Product::MSNP6.answer(challenge.as_bytes()), answer);
        }
        let other = Product { id: "PROD0038W!61ZTF9", key: "VT6PX?UQTM4WM%YR", scheme: Scheme::Digest };
        assert_eq!(other.answer(b"20881396011366812350"), "b9da101e922c8e0577ba859ce6c8035c");
    }

    #[test]
    fn the_answers_of_msnp11_are_the_published_ones() {
        for (challenge, answer) in [
            ("22210219642164014968", "85ecb0db8f32113df79ce0892b9a102c"),
            ("36819795137093047918", "e7ad3cb09d3e9e4e7c720175984809e9"),
            ("21948129323261853323", "59bcf63ed21f44906c3d3e121ddbed65"),
            ("41525959199453244913", "dcb8ff529e4dd12cc43389851128d2db"),
        ] {
            assert_eq!(Product::MSNP11.answer(challenge.as_bytes()), answer);
        }
        let later = Product { id: "PROD0113H11T8$X_", key: "RG@XY*28Q5QHS%Q5", scheme: Scheme::Mixed };
        assert_eq!(later.answer(b"11533365622852247127"), "f086d1ded067186deca8dba2231602cf");
        // 27 digits: challenge and id fill no whole pair of words.
        assert_eq!(later.answer(b"237191752526424888127371168"), "65b6b623c649c25629af048d34066040");
        let first = Product { scheme: Scheme::Mixed, ..Product::MSNP6 };
        assert_eq!(first.answer(b"1663122458434562624782678054"), "36ff7a065a01dfbb1e5eb5655508b455");
    }

    #[test]
    fn the_steps_on_the_way_are_the_published_ones() {
        let digest = digest(&[b"22210219642164014968", Product::MSNP11.key.as_bytes()]);
        assert_eq!(hex(&digest), "ec4917aa5b3017159e3947f8ff981604");
        let masked = words(digest).map(|word| u64::from(word) & MODULUS);
        assert_eq!(masked, [706_169_324, 353_841_243, 2_017_933_726, 68_589_823]);
    }

    #[test]
    fn the_md5_answer_is_salt_then_password() {
        let password = |text: &str| Secret::new(text.into());
        assert_eq!(
            md5_answer(b"1234567890.123456789", &password("password")),
            "f59af8f2fa91d38aff7c870c17f99903"
        );
        // [seed 001] prints 3b7926d277068ec49576a0c40598ff21 for this salt, but keeps its password to itself; the digest
        // of the empty string tells at least that the order of the parts, and nothing between them, is what is hashed.
        assert_eq!(md5_answer(b"", &password("")), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(md5_answer(b"ab", &password("c")), md5_answer(b"a", &password("bc")));
    }

    proptest! {
        #[test]
        fn any_challenge_has_an_answer(challenge in any::<alloc::vec::Vec<u8>>()) {
            for product in [Product::MSNP6, Product::MSNP11] {
                let answer = product.answer(&challenge);
                prop_assert!(answer.len() == 32 && answer.bytes().all(|d| d.is_ascii_digit() || (b'a'..=b'f').contains(&d)));
            }
        }
    }
}

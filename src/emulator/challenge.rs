//! The answer a client must give to CHL, by both algorithms.
//! It does not know when a client is challenged.

use md5::{Digest, Md5};

use super::Dialect;
use super::wire::hex;

/// The right 32 hex digits for `challenge` from the product `id` at `dialect`; `None` when that product may not
/// be used there.
pub(crate) fn answer(challenge: &str, id: &str, dialect: Dialect) -> Option<String> {
    let product = PRODUCTS.iter().find(|product| product.id == id && dialect <= product.newest)?;
    let digest: [u8; 16] = Md5::digest(format!("{challenge}{}", product.key)).into();
    if dialect.personal_messages() { Some(hex(&mixed(digest, challenge, id))) } else { Some(hex(&digest)) }
}

/// Lower-case hex of MD5, for USR MD5 too.
pub(crate) fn md5_hex(text: &str) -> String {
    hex(&Md5::digest(text))
}

/// The second algorithm, from MSNP11: the digest XORed with a 64-bit hash over challenge and product id.
fn mixed(digest: [u8; 16], challenge: &str, id: &str) -> [u8; 16] {
    let words = |octets: &[u8]| -> Vec<u64> {
        octets
            .chunks_exact(4)
            .map(|word| u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]])))
            .collect()
    };
    let factors: Vec<u64> = words(&digest).into_iter().map(|word| word & MODULUS).collect();
    let mut text = format!("{challenge}{id}").into_bytes();
    text.resize(text.len().next_multiple_of(8), b'0');
    let (mut high, mut low) = (0u64, 0u64);
    for pair in words(&text).chunks_exact(2) {
        let mut step = (MAGIC * pair[0]) % MODULUS;
        step = ((step + high) * factors[0] + factors[1]) % MODULUS;
        high = (pair[1] + step) % MODULUS;
        high = (high * factors[2] + factors[3]) % MODULUS;
        low += high + step;
    }
    high = (high + factors[1]) % MODULUS;
    low = (low + factors[3]) % MODULUS;
    let mut key = [0; 8];
    key[..4].copy_from_slice(&(high as u32).to_le_bytes());
    key[4..].copy_from_slice(&(low as u32).to_le_bytes());
    std::array::from_fn(|at| digest[at] ^ key[at % 8])
}

struct Product {
    id: &'static str,
    key: &'static str,
    newest: Dialect,
}

const MODULUS: u64 = 0x7FFF_FFFF;
const MAGIC: u64 = 0x0E79_A9C1;

const PRODUCTS: [Product; 4] = [
    Product { id: "msmsgs@msnmsgr.com", key: "Q1P7W2E4J9R8U3S5", newest: Dialect(10) },
    Product { id: "PROD0038W!61ZTF9", key: "VT6PX?UQTM4WM%YR", newest: Dialect(10) },
    Product { id: "PROD0090YUAUV{2B", key: "YMM8C_H7KCQ2S_KL", newest: Dialect(12) },
    Product { id: "PROD0101{0RM?UBW", key: "CFHUR$52U_{VIX5T", newest: Dialect(12) },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_answers_come_out() {
        let old = [
            ("20881396011366812350", "msmsgs@msnmsgr.com", "0212eaad0876afb8505859ca75d21a78"),
            ("22299241447072743325", "msmsgs@msnmsgr.com", "20dba7e6e9817826b9cd5240cc8add99"),
            ("15570131571988941333", "msmsgs@msnmsgr.com", "8f2f5a91b72102cd28355e9fc9000d6e"),
            ("20881396011366812350", "PROD0038W!61ZTF9", "b9da101e922c8e0577ba859ce6c8035c"),
        ];
        for (challenge, id, right) in old {
            assert_eq!(answer(challenge, id, Dialect(7)).as_deref(), Some(right));
            assert_eq!(answer(challenge, id, Dialect(11)), None, "an old product is refused from MSNP11");
        }
        let new = [
            ("22210219642164014968", "85ecb0db8f32113df79ce0892b9a102c"),
            ("36819795137093047918", "e7ad3cb09d3e9e4e7c720175984809e9"),
            ("21948129323261853323", "59bcf63ed21f44906c3d3e121ddbed65"),
            ("41525959199453244913", "dcb8ff529e4dd12cc43389851128d2db"),
        ];
        for (challenge, right) in new {
            assert_eq!(answer(challenge, "PROD0090YUAUV{2B", Dialect(12)).as_deref(), Some(right));
        }
    }

    #[test]
    fn the_md5_vector_comes_out() {
        assert_eq!(md5_hex("1234567890.123456789password"), "f59af8f2fa91d38aff7c870c17f99903");
    }
}

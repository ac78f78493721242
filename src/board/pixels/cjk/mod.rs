//! The glyphs of wide scripts: all of GB 2312, what is frequent of Big5, JIS X 0208, and KS X 1001.
//! It does not know how wide a character is: `text::cells` says that, and `font` draws.
//!
//! `make.py`, beside this file, made them from fonts under the SIL Open Font License 1.1; they are under it themselves,
//! see `LICENSE`, there too. They are 9 by 9 pixels, which is what a row of the display has room for; the rare ones that
//! nobody has drawn so small are 11 by 11 and touch what stands above or below.

/// The lit pixels of a character's glyph, across and down from the left end of its baseline.
pub(super) fn glyph(c: char) -> Option<impl Iterator<Item = (i32, i32)>> {
    let code = u16::try_from(u32::from(c)).ok()?;
    [&SMALL, &LARGE].into_iter().find_map(|strike| strike.glyph(code))
}

/// Glyphs of one size.
struct Strike {
    /// Pixels across and down.
    side: usize,
    /// Where the first pixel stands: across, in the middle of two columns, and down.
    origin: (i32, i32),
    /// The characters, ascending, big-endian.
    codes: &'static [[u8; 2]],
    /// Their pixels, row by row, the leftmost in the highest bit, without gaps between glyphs.
    pixels: &'static [u8],
}

impl Strike {
    fn glyph(&self, code: u16) -> Option<impl Iterator<Item = (i32, i32)>> {
        let index = self.codes.binary_search_by_key(&code, |octets| u16::from_be_bytes(*octets)).ok()?;
        let first = index * self.side * self.side;
        let (left, top) = self.origin;
        let rows = (top..).zip((0..self.side).map(move |row| first + row * self.side));
        Some(rows.flat_map(move |(y, start)| {
            (left..).zip(start..start + self.side).filter(|&(_, bit)| self.lit(bit)).map(move |(x, _)| (x, y))
        }))
    }

    fn lit(&self, bit: usize) -> bool {
        self.pixels.get(bit / 8).is_some_and(|octet| octet << (bit % 8) & 0x80 != 0)
    }
}

static SMALL: Strike = STRIKES.0;
static LARGE: Strike = STRIKES.1;

/// Both sizes, taken apart while the program is built; `make.py` says how the file is laid out.
const STRIKES: (Strike, Strike) = {
    let (counts, rest) = include_bytes!("glyphs.bin").split_at(4);
    let small = u16::from_be_bytes([counts[0], counts[1]]) as usize;
    let large = u16::from_be_bytes([counts[2], counts[3]]) as usize;
    let (small_codes, rest) = rest.split_at(2 * small);
    let (large_codes, rest) = rest.split_at(2 * large);
    let (small_pixels, large_pixels) = rest.split_at((small * 9 * 9).div_ceil(8));
    assert!(large_pixels.len() == (large * 11 * 11).div_ceil(8), "glyphs.bin is not what make.py makes");
    (
        Strike { side: 9, origin: (1, -8), codes: small_codes.as_chunks().0, pixels: small_pixels },
        Strike { side: 11, origin: (0, -9), codes: large_codes.as_chunks().0, pixels: large_pixels },
    )
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::cells;

    /// Every character there is a glyph for.
    fn characters() -> impl Iterator<Item = char> {
        let code = |octets: &[u8; 2]| char::from_u32(u16::from_be_bytes(*octets).into()).unwrap();
        [&SMALL, &LARGE].into_iter().flat_map(move |strike| strike.codes.iter().map(code))
    }

    #[test]
    fn every_glyph_is_found_has_pixels_and_stays_in_its_columns() {
        assert_eq!(characters().count(), 13_693 + 969);
        for c in characters() {
            let across = if cells(c) == 2 { 0..12 } else { 0..6 };
            let pixels: Vec<_> = glyph(c).unwrap().collect();
            assert!(!pixels.is_empty(), "{c:?}");
            assert!(pixels.iter().all(|(x, y)| across.contains(x) && (-9..2).contains(y)), "{c:?}");
        }
        assert!([&SMALL, &LARGE].iter().all(|strike| strike.codes.is_sorted()));
    }

    #[test]
    fn no_character_has_two_glyphs_and_others_have_none() {
        assert!(LARGE.codes.iter().all(|octets| SMALL.codes.binary_search(octets).is_err()));
        for c in ['A', 'é', '…', '\u{3000}', '뷁', '🙂', '\u{20000}', '\u{10FFFF}', '\0'] {
            assert!(glyph(c).is_none(), "{c:?}");
        }
    }

    #[test]
    #[rustfmt::skip]
    fn a_glyph_is_the_one_it_was_drawn_as() {
        let drawn = |c| {
            let lit: Vec<_> = glyph(c).unwrap().collect();
            let row = |y| (0..12).map(|x| if lit.contains(&(x, y)) { '#' } else { '.' }).collect::<String>();
            (-9..2).map(row).collect::<Vec<_>>()
        };
        assert_eq!(
            drawn('中'),
            [
                "............", ".....#......", ".....#......", ".#########..", ".#...#...#..", ".#...#...#..",
                ".#########..", ".....#......", ".....#......", ".....#......", "............",
            ]
        );
        assert_eq!(
            drawn('晖'),
            [
                "....#######.", "###.#.....#.", "#.#...#.....", "#.#.#######.", "#.#..#......", "###.#..#....",
                "#.#.#######.", "#.#....#....", "#.#.#######.", "###....#....", ".......#....",
            ]
        );
    }
}

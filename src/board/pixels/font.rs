//! Which glyph a character has and how wide it is; a character without one becomes a box.
//! It does not know where text stands.
//!
//! The letters are UW ttyp0, 6 by 11 pixels, regular and bold, © 2012–2015 Uwe Waldmann, under the TTYP0 licence
//! (SPDX `TTYP0`): free to use, embed and pass on with its notice; changed glyphs need another name, and ours are not
//! changed. It has Latin with everything of Latin-1 and Latin Extended-A, Greek and Cyrillic. The data are those of the
//! U8g2 library, by way of the `u8g2-fonts` package (MIT OR Apache-2.0).
//!
//! A display of 16 pixels' height has the smaller letters of Misc Fixed, 5 by 8 pixels, which is in the public domain.
//! They are Latin-1 and Cyrillic; whatever else can be is spelt with those.
//!
//! Wide characters are in `cjk`, a feature. Both stand on one baseline: the small wide glyphs reach from the top of the
//! capitals to one pixel below them.

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use u8g2_fonts::FontRenderer;
use u8g2_fonts::fonts::{
    u8g2_font_5x8_t_cyrillic, u8g2_font_5x8_tf, u8g2_font_t0_11_t_all, u8g2_font_t0_11b_te,
};
use u8g2_fonts::types::{FontColor, VerticalPosition};

use super::Picture;
use crate::board::latin;
use crate::board::rows::columns;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// For words.
    Regular,
    /// For headings; scripts without bold glyphs stay regular.
    Bold,
    /// For displays that have room for nothing larger.
    Small,
}

/// Pixels of a column: the width of a letter, half that of a wide character.
pub(super) const fn cell(weight: Weight) -> i32 {
    match weight {
        Weight::Regular | Weight::Bold => 6,
        Weight::Small => 5,
    }
}

/// Pixels a text is wide.
pub(super) fn width(text: &str, weight: Weight) -> i32 {
    text.chars().map(|c| advance(c, weight)).sum()
}

/// Pixels from a character to the next, so that what was counted in columns fits.
fn advance(c: char, weight: Weight) -> i32 {
    cell(weight) * i32::try_from(columns(c)).unwrap_or(0)
}

/// A text in letters there are: the small ones are fewer.
pub(super) fn spelt(text: &str, weight: Weight) -> String {
    if weight != Weight::Small {
        return text.into();
    }
    let mut out = String::new();
    for c in text.chars() {
        match latin::spelt(c) {
            Some(letters) if !c.is_ascii() && !has(c, weight) => out.push_str(letters),
            _ => out.push(c),
        }
    }
    out
}

/// Draws a text from `at`, the left end of its baseline.
pub(super) fn draw(text: &str, mut at: Point, weight: Weight, colour: BinaryColor, to: &mut Picture) {
    for c in text.chars() {
        let advance = advance(c, weight);
        let drawn = advance == 0
            || c.is_whitespace()
            || advance == cell(weight) && letter(c, at, weight, colour, to)
            || wide(c, at, colour, to);
        if !drawn {
            outline(at, advance, weight, colour, to);
        }
        at.x += advance;
    }
}

/// Draws a letter, if the first font of the chain that has it is found.
fn letter(c: char, at: Point, weight: Weight, colour: BinaryColor, to: &mut Picture) -> bool {
    if weight == Weight::Small && c == '…' {
        return small_ellipsis(at, colour, to);
    }
    // The picture takes every pixel, so an error says that there is no such glyph.
    let draw = |font: &FontRenderer| {
        font.render(c, at, VerticalPosition::Baseline, FontColor::Transparent(colour), to).is_ok()
    };
    chain(weight).iter().any(draw)
}

/// The small fonts have none.
fn small_ellipsis(at: Point, colour: BinaryColor, to: &mut Picture) -> bool {
    let dots = [0, 2, 4].map(|x| Pixel(at + Point::new(x, -1), colour));
    let Ok(()) = to.draw_iter(dots);
    true
}

/// Whether a character that is not ASCII is drawn.
fn has(c: char, weight: Weight) -> bool {
    let measure = |font: &FontRenderer| {
        font.get_rendered_dimensions(c, Point::zero(), VerticalPosition::Baseline).is_ok()
    };
    c == '…' || chain(weight).iter().any(measure)
}

/// The fonts to look for a letter in.
fn chain(weight: Weight) -> &'static [FontRenderer] {
    match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
        Weight::Small => &SMALL,
    }
}

/// Draws a glyph of the wide scripts, if there is one.
#[cfg(feature = "cjk")]
fn wide(c: char, at: Point, colour: BinaryColor, to: &mut Picture) -> bool {
    let Some(glyph) = super::cjk::glyph(c) else { return false };
    let Ok(()) = to.draw_iter(glyph.map(|(x, y)| Pixel(at + Point::new(x, y), colour)));
    true
}

/// Without the feature there are none.
#[cfg(not(feature = "cjk"))]
const fn wide(_: char, _: Point, _: BinaryColor, _: &mut Picture) -> bool {
    false
}

/// What stands where a glyph is missing: a box as wide as the character.
fn outline(at: Point, advance: i32, weight: Weight, colour: BinaryColor, to: &mut Picture) {
    let (above, tall) = match weight {
        Weight::Small => (6, 6),
        _ if advance == cell(weight) => (7, 7),
        _ => (8, 9),
    };
    let size = Size::new(u32::try_from(advance - 1).unwrap_or(0), tall);
    let frame = Rectangle::new(at - Point::new(0, above), size);
    let _ = frame.into_styled(PrimitiveStyle::with_stroke(colour, 1)).draw(to);
}

static REGULAR: [FontRenderer; 1] = [FontRenderer::new::<u8g2_font_t0_11_t_all>()];
static BOLD: [FontRenderer; 2] =
    [FontRenderer::new::<u8g2_font_t0_11b_te>(), FontRenderer::new::<u8g2_font_t0_11_t_all>()];
static SMALL: [FontRenderer; 2] =
    [FontRenderer::new::<u8g2_font_5x8_tf>(), FontRenderer::new::<u8g2_font_5x8_t_cyrillic>()];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Size as Panel;
    use super::*;
    use crate::text::{cells, is_showable};

    /// A character drawn in the middle of a panel: the pixels it lit for 18 around, from its place.
    fn lit(c: char, weight: Weight) -> Vec<(i32, i32)> {
        let mut picture = Picture::dark(Panel::W128H64);
        draw(c.encode_utf8(&mut [0; 4]), Point::new(40, 30), weight, BinaryColor::On, &mut picture);
        let around = (12..48).flat_map(|y| (22..58).map(move |x| (x, y)));
        around.filter(|&(x, y)| picture.is_lit(x, y)).map(|(x, y)| (x as i32 - 40, y as i32 - 30)).collect()
    }

    /// What stands for a missing glyph of this width.
    fn missing(advance: i32) -> Vec<(i32, i32)> {
        lit(if advance == 6 { '\u{E000}' } else { '\u{1F642}' }, Weight::Regular)
    }

    /// Every character of GB 2312: the 682 that are no hanzi, then the 6763 that are.
    fn gb2312() -> impl Iterator<Item = char> {
        include_str!("cjk/gb2312.txt").chars().filter(|c| *c != '\n')
    }

    #[test]
    fn latin_greek_and_cyrillic_have_glyphs_of_six_pixels() {
        let text = "Zoë Müller ß Łódź Ωμέγα Ёлка Ђорђе „…“ — €";
        for c in text.chars().filter(|c| *c != ' ') {
            assert_eq!(advance(c, Weight::Regular), 6, "{c}");
            assert_ne!(lit(c, Weight::Regular), missing(6), "{c}");
            assert_ne!(lit(c, Weight::Bold), missing(6), "{c}");
        }
    }

    #[test]
    fn marks_and_controls_take_no_room_and_strangers_take_a_box_of_their_width() {
        assert_eq!(width("e\u{301}\u{202e}\u{1b}👍\u{1F3FD}", Weight::Regular), 18);
        assert!(lit('\u{301}', Weight::Regular).is_empty());
        let sides = |pixels: Vec<(i32, i32)>| {
            let (xs, ys): (Vec<_>, Vec<_>) = pixels.into_iter().unzip();
            (
                xs.iter().min().copied(),
                xs.iter().max().copied(),
                ys.iter().min().copied(),
                ys.iter().max().copied(),
            )
        };
        assert_eq!(sides(missing(6)), (Some(0), Some(4), Some(-7), Some(-1)));
        assert_eq!(sides(missing(12)), (Some(0), Some(10), Some(-8), Some(0)));
    }

    #[test]
    #[cfg(not(feature = "cjk"))]
    fn without_the_feature_every_wide_character_is_a_box() {
        for c in gb2312().filter(|c| cells(*c) == 2 && !c.is_whitespace()) {
            assert_eq!(lit(c, Weight::Regular), missing(12), "{c}");
        }
    }

    #[test]
    #[cfg(feature = "cjk")]
    fn every_character_of_gb2312_has_a_glyph() {
        assert_eq!(gb2312().count(), 682 + 6763);
        let boxes: String =
            gb2312().filter(|c| lit(*c, Weight::Regular) == missing(advance(*c, Weight::Regular))).collect();
        assert_eq!(boxes, "");
        let blank: String = gb2312().filter(|c| lit(*c, Weight::Regular).is_empty()).collect();
        assert_eq!(blank, "\u{3000}");
    }

    #[test]
    fn every_character_stays_in_its_columns_and_its_row() {
        for c in (0..0x1_1000).chain(0x1_F000..0x2_0100).chain(0xE_0000..0xE_0200).filter_map(char::from_u32)
        {
            let advance = advance(c, Weight::Regular);
            assert_eq!(advance, if is_showable(c) { 6 * cells(c) as i32 } else { 0 }, "{c:?}");
            // Wide characters have no other bold.
            let bold = if advance == 6 { lit(c, Weight::Bold) } else { Vec::new() };
            for (x, y) in lit(c, Weight::Regular).into_iter().chain(bold) {
                assert!((0..advance).contains(&x) && (-9..3).contains(&y), "{c:?} at {x}, {y}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_text_is_as_wide_as_its_columns(text: String) {
            let columns: usize = text.chars().filter(|c| is_showable(*c)).map(cells).sum();
            prop_assert_eq!(width(&text, Weight::Regular), 6 * columns as i32);
            prop_assert_eq!(width(&text, Weight::Small), 5 * columns as i32);
        }
    }
}

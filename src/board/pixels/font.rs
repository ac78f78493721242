//! Which glyph a character has and how wide it is; a character without one becomes a box.
//! It does not know where text stands.
//!
//! The letters are UW ttyp0, 6 by 11 pixels, regular and bold, © 2012–2015 Uwe Waldmann, under the TTYP0 licence
//! (SPDX `TTYP0`): free to use, embed and pass on with its notice; changed glyphs need another name, and ours are not
//! changed. It has Latin with everything of Latin-1 and Latin Extended-A, Greek and Cyrillic. The data are those of the
//! U8g2 library, by way of the `u8g2-fonts` package (MIT OR Apache-2.0).

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{PrimitiveStyle, Rectangle};
use u8g2_fonts::FontRenderer;
use u8g2_fonts::fonts::{u8g2_font_t0_11_t_all, u8g2_font_t0_11b_te};
use u8g2_fonts::types::{FontColor, VerticalPosition};

use super::Picture;
use crate::text::is_showable;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// For words.
    Regular,
    /// For headings; scripts without bold glyphs stay regular.
    Bold,
}

/// Pixels from one row of text to the next.
pub(super) const PITCH: i32 = 10;
/// Pixels a letter rises above its baseline.
pub(super) const ASCENT: i32 = 8;

/// Pixels a text is wide.
pub(super) fn width(text: &str, weight: Weight) -> i32 {
    text.chars().map(|c| advance(c, weight)).sum()
}

/// Pixels from a character to the next.
pub(super) fn advance(c: char, weight: Weight) -> i32 {
    if is_invisible(c) {
        return 0;
    }
    face(c, weight).map_or(BOX_ADVANCE, |(_, advance)| advance)
}

/// Draws a text from `at`, the left end of its baseline; says where the next character would stand.
pub(super) fn draw(
    text: &str,
    mut at: Point,
    weight: Weight,
    colour: BinaryColor,
    to: &mut Picture,
) -> Point {
    for c in text.chars().filter(|&c| !is_invisible(c)) {
        if let Some((font, advance)) = face(c, weight) {
            // It has the glyph, and the picture takes every pixel: there is nothing left to fail.
            let _ = font.render(c, at, VerticalPosition::Baseline, FontColor::Transparent(colour), to);
            at.x += advance;
        } else {
            draw_box(at, colour, to);
            at.x += BOX_ADVANCE;
        }
    }
    at
}

/// The font that has a character, and the character's width. The first in the chain wins; fonts for further scripts
/// are appended here.
fn face(c: char, weight: Weight) -> Option<(&'static FontRenderer, i32)> {
    let chain: &[&FontRenderer] = match weight {
        Weight::Regular => &[&REGULAR],
        Weight::Bold => &[&BOLD, &REGULAR],
    };
    chain.iter().find_map(|font| {
        let size = font.get_rendered_dimensions(c, Point::zero(), VerticalPosition::Baseline).ok()?;
        Some((*font, size.advance.x))
    })
}

/// Marks that would stand on the letter before, and selectors of emoji: left out rather than shown as boxes.
fn is_invisible(c: char) -> bool {
    !is_showable(c)
        || matches!(c, '\u{300}'..='\u{36F}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}')
}

fn draw_box(at: Point, colour: BinaryColor, to: &mut Picture) {
    let frame = Rectangle::new(at - Point::new(0, 6), Size::new(5, 7));
    let _ = frame.into_styled(PrimitiveStyle::with_stroke(colour, 1)).draw(to);
}

static REGULAR: FontRenderer = FontRenderer::new::<u8g2_font_t0_11_t_all>();
static BOLD: FontRenderer = FontRenderer::new::<u8g2_font_t0_11b_te>();
/// Pixels from a box to the next character.
const BOX_ADVANCE: i32 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_greek_and_cyrillic_have_glyphs_of_six_pixels() {
        let text = "Zoë Müller ß Łódź Ωμέγα Ёлка Ђорђе „…“ — €";
        for c in text.chars() {
            assert!(face(c, Weight::Regular).is_some(), "{c}");
            assert_eq!((advance(c, Weight::Regular), advance(c, Weight::Bold)), (6, 6), "{c}");
        }
    }

    #[test]
    fn marks_and_controls_take_no_room_and_strangers_take_a_box() {
        assert_eq!(width("e\u{301}\u{202e}\u{1b}", Weight::Regular), 6);
        assert_eq!(width("中", Weight::Regular), BOX_ADVANCE);
    }
}

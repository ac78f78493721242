//! What a layout has to go by on each size of display: margins, columns, where a heading ends.
//! It does not know the layouts.

use super::Size;
use super::font::{self, Weight};

/// Measures of a display, in pixels unless they say columns.
pub(super) struct Sheet {
    pub(super) width: i32,
    pub(super) height: i32,
    /// The letters of words, and those of headings.
    pub(super) regular: Weight,
    pub(super) bold: Weight,
    /// From one row to the next.
    pub(super) pitch: i32,
    /// From the top of a row to its baseline.
    pub(super) ascent: i32,
    /// Left of a row.
    pub(super) margin: i32,
    /// Columns of a row.
    pub(super) columns: usize,
    /// Columns inside a frame or a bright field.
    pub(super) inner: usize,
    /// Whether a notice has a frame: it costs a row and a column.
    pub(super) framed: bool,
    pub(super) heading: Heading,
    pub(super) field: Field,
}

/// Where a heading stands.
pub(super) struct Heading {
    /// Its height.
    pub(super) tall: i32,
    /// The baseline of its text.
    pub(super) baseline: i32,
    /// Where the first row below it begins.
    pub(super) below: i32,
}

/// The bright field of a menu's answer.
pub(super) struct Field {
    /// The baseline of the question above it.
    pub(super) question: i32,
    /// Where it begins.
    pub(super) top: i32,
    /// Bright rows above and below its text.
    pub(super) padding: i32,
    /// Lines of text it has at most.
    pub(super) lines: usize,
    /// Of its corners.
    pub(super) radius: u32,
}

impl Sheet {
    /// The measures of a display of that size.
    pub(super) fn of(size: Size) -> Self {
        let pixels = |side: usize| i32::try_from(side).unwrap_or(0);
        let (width, height) = (pixels(size.width()), pixels(size.height()));
        let small = size == Size::W96H16;
        let (regular, bold) =
            if small { (Weight::Small, Weight::Small) } else { (Weight::Regular, Weight::Bold) };
        let columns = width / font::cell(regular);
        let framed = width == 128;
        let (heading, field) = parts(size);
        Self {
            width,
            height,
            regular,
            bold,
            pitch: if small { 8 } else { 10 },
            ascent: if small { 7 } else { 8 },
            margin: ((width - columns * font::cell(regular)) / 2).min(1),
            columns: usize::try_from(columns).unwrap_or(0),
            inner: usize::try_from(if framed { columns - 1 } else { columns }).unwrap_or(0),
            framed,
            heading,
            field,
        }
    }

    /// The tops of the rows that have room from there on.
    pub(super) fn rows_from(&self, top: i32) -> impl Iterator<Item = i32> + use<> {
        (top..=self.height - self.pitch).step_by(usize::try_from(self.pitch).unwrap_or(1))
    }
}

/// The flatter a display, the fewer pixels there are between a heading and the rows.
const fn parts(size: Size) -> (Heading, Field) {
    let (tall, baseline, below) = match size {
        Size::W128H64 | Size::W64H48 => (12, 9, 13),
        Size::W128H32 | Size::W64H32 => (11, 9, 12),
        Size::W72H40 => (9, 8, 10),
        Size::W96H16 => (8, 7, 8),
    };
    let (question, top, padding, lines, radius) = match size {
        Size::W128H64 => (9, 13, 4, 2, 4),
        Size::W128H32 => (9, 14, 2, 1, 4),
        Size::W64H48 => (9, 13, 2, 2, 3),
        Size::W72H40 => (9, 14, 3, 2, 3),
        Size::W64H32 => (8, 10, 1, 2, 2),
        Size::W96H16 => (7, 8, 0, 1, 0),
    };
    (Heading { tall, baseline, below }, Field { question, top, padding, lines, radius })
}

//! Where the rows of a screen stand: the layouts, on every size of display.
//! It does not know why a screen has the layout it has.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{
    CornerRadii, Line, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, RoundedRectangle, StrokeAlignment,
};

use super::Picture;
use super::font::{self, Weight};
use super::sheet::Sheet;
use crate::board::rows::{fitted, shortened, squeezed, wrapped};
use crate::frame::{Layout, Screen};

/// Draws a screen on a dark picture.
pub(super) fn draw(screen: &Screen, picture: &mut Picture) {
    let sheet = Sheet::of(picture.size());
    let rows: Vec<String> = screen.rows.iter().map(|row| font::spelt(row, sheet.regular)).collect();
    match screen.layout {
        Layout::List => list(&rows, &sheet, picture),
        Layout::Message => message(&rows, &sheet, picture),
        Layout::Menu => menu(&rows, &sheet, picture),
        Layout::Notice => notice(&rows, &sheet, picture),
        Layout::Card => {
            notice(&rows, &sheet, picture);
            edges(&sheet, picture);
        }
    }
}

/// A bar across the top, rows below.
fn list(rows: &[String], sheet: &Sheet, picture: &mut Picture) {
    let Some((heading, rest)) = rows.split_first() else { return };
    fill(Rectangle::new(Point::zero(), size(sheet.width, sheet.heading.tall)), 0, picture);
    let at = Point::new(sheet.margin, sheet.heading.baseline);
    font::draw(&squeezed(heading, sheet.columns, ELLIPSIS), at, sheet.bold, BinaryColor::Off, picture);
    for (row, y) in rest.iter().zip(sheet.rows_from(sheet.heading.below)) {
        let at = Point::new(sheet.margin, y + sheet.ascent);
        font::draw(&squeezed(row, sheet.columns, ELLIPSIS), at, sheet.regular, BinaryColor::On, picture);
    }
}

/// The sender on a tab, their words below.
fn message(rows: &[String], sheet: &Sheet, picture: &mut Picture) {
    let Some((sender, rest)) = rows.split_first() else { return };
    let Sheet { width, columns, .. } = *sheet;
    let tall = sheet.heading.tall;
    let sender = squeezed(sender, columns, ELLIPSIS);
    let tab = (font::width(&sender, sheet.bold) + 6).min(width);
    let corners = CornerRadii { top_right: Size::new(4, 4), ..CornerRadii::new(Size::zero()) };
    let shape = Rectangle::new(Point::zero(), size(tab, tall));
    let _ = RoundedRectangle::new(shape, corners).into_styled(solid()).draw(picture);
    let _ = Line::new(Point::new(0, tall - 1), Point::new(width - 1, tall - 1))
        .into_styled(stroke())
        .draw(picture);
    // A name that leaves room stands off the edge.
    let x = if tab < width { sheet.margin + 1 } else { sheet.margin };
    font::draw(&sender, Point::new(x, sheet.heading.baseline), sheet.bold, BinaryColor::Off, picture);
    let room = sheet.rows_from(sheet.heading.below).count();
    let lines: Vec<String> = rest.iter().flat_map(|row| wrapped(row, columns)).collect();
    for (line, y) in
        shortened(lines, room, columns, ELLIPSIS).iter().zip(sheet.rows_from(sheet.heading.below))
    {
        let at = Point::new(sheet.margin, y + sheet.ascent);
        font::draw(line, at, sheet.regular, BinaryColor::On, picture);
    }
}

/// A question, the answer chosen now on a bright field, hints at the foot.
fn menu(rows: &[String], sheet: &Sheet, picture: &mut Picture) {
    let Some((question, rest)) = rows.split_first() else { return };
    let at = Point::new(sheet.margin, sheet.field.question);
    font::draw(&fitted(question, sheet.columns, ELLIPSIS), at, sheet.bold, BinaryColor::On, picture);
    let Some((answer, hints)) = rest.split_first() else { return };
    let field = &sheet.field;
    let lines = shortened(wrapped(answer, sheet.inner), field.lines, sheet.inner, ELLIPSIS);
    let tall = sheet.pitch * i32::try_from(lines.len()).unwrap_or(1) + 2 * field.padding;
    fill(Rectangle::new(Point::new(0, field.top), size(sheet.width, tall)), field.radius, picture);
    for (line, y) in lines.iter().zip(sheet.rows_from(field.top + field.padding)) {
        centred(line, y + sheet.ascent, sheet, sheet.bold, BinaryColor::Off, picture);
    }
    let fits = sheet.rows_from(field.top + tall).count();
    let hints = hints.iter().take(fits);
    let foot = sheet.height - sheet.pitch * i32::try_from(hints.len()).unwrap_or(0);
    for (hint, y) in hints.zip(sheet.rows_from(foot)) {
        let hint = fitted(hint.trim(), sheet.columns, ELLIPSIS);
        centred(&hint, y + sheet.ascent, sheet, sheet.regular, BinaryColor::On, picture);
    }
}

/// A few rows in the middle, in a frame where there is room for one.
fn notice(rows: &[String], sheet: &Sheet, picture: &mut Picture) {
    if sheet.framed {
        let border = Rectangle::new(Point::zero(), size(sheet.width, sheet.height));
        let shape = RoundedRectangle::with_equal_corners(border, Size::new(6, 6));
        let _ = shape.into_styled(outline()).draw(picture);
    }
    let free = if sheet.framed { sheet.height - 4 } else { sheet.height };
    let room = usize::try_from(free / sheet.pitch).unwrap_or(0);
    let heading = rows.first().map_or(0, |row| wrapped(row, sheet.inner).len());
    let lines = rows.iter().flat_map(|row| wrapped(row, sheet.inner)).collect();
    let lines = shortened(lines, room, sheet.inner, ELLIPSIS);
    let tall = sheet.pitch * i32::try_from(lines.len()).unwrap_or(0);
    let top = (sheet.height - tall) / 2;
    for ((index, line), y) in lines.iter().enumerate().zip(sheet.rows_from(top)) {
        let weight = if index < heading { sheet.bold } else { sheet.regular };
        centred(line, y + sheet.ascent, sheet, weight, BinaryColor::On, picture);
    }
}

/// A line along every edge: whoever sees all four has every pixel where it belongs.
fn edges(sheet: &Sheet, picture: &mut Picture) {
    let whole = Rectangle::new(Point::zero(), size(sheet.width, sheet.height));
    let _ = whole.into_styled(outline()).draw(picture);
}

/// Draws a text in the middle between left and right.
fn centred(text: &str, y: i32, sheet: &Sheet, weight: Weight, colour: BinaryColor, picture: &mut Picture) {
    let text = text.trim();
    // The last column of a glyph is empty; leaving it out of account looks centred.
    let x = (sheet.width + 1 - font::width(text, weight)) / 2;
    font::draw(text, Point::new(x, y), weight, colour, picture);
}

fn fill(area: Rectangle, radius: u32, picture: &mut Picture) {
    let shape = RoundedRectangle::with_equal_corners(area, Size::new(radius, radius));
    let _ = shape.into_styled(solid()).draw(picture);
}

const fn solid() -> PrimitiveStyle<BinaryColor> {
    PrimitiveStyle::with_fill(BinaryColor::On)
}

/// A line inside the edge of a shape.
const fn outline() -> PrimitiveStyle<BinaryColor> {
    PrimitiveStyleBuilder::new()
        .stroke_color(BinaryColor::On)
        .stroke_width(1)
        .stroke_alignment(StrokeAlignment::Inside)
        .build()
}

const fn stroke() -> PrimitiveStyle<BinaryColor> {
    PrimitiveStyle::with_stroke(BinaryColor::On, 1)
}

fn size(width: i32, height: i32) -> Size {
    let side = |pixels: i32| u32::try_from(pixels).unwrap_or(0);
    Size::new(side(width), side(height))
}

/// What a text that was cut ends in.
const ELLIPSIS: char = '…';

#[cfg(test)]
mod tests {
    use super::super::Size as Panel;
    use super::super::tests::screen;
    use super::*;

    #[test]
    fn the_room_a_layout_states_is_the_room_it_has() {
        for size in Panel::ALL {
            for layout in [Layout::List, Layout::Message, Layout::Menu, Layout::Notice] {
                let (columns, rows) = super::super::room(layout, size);
                let row = "M".repeat(columns.into());
                let rows: Vec<&str> = (0..rows).map(|_| row.as_str()).collect();
                let full = Picture::of(&screen(layout, &rows), size);
                let mut other = rows.clone();
                *other.last_mut().unwrap() = "otherwise";
                let other = Picture::of(&screen(layout, &other), size);
                assert_ne!(full, other, "{layout:?} {size:?} has no room for its last row");
                let mut more = rows.clone();
                more.push("more");
                let more = Picture::of(&screen(layout, &more), size);
                let counted = matches!(layout, Layout::List | Layout::Menu);
                assert!(!counted || full == more, "{layout:?} {size:?} has more rows than it says");
                let cut = Picture::of(&screen(layout, &[&format!("{row}M")]), size);
                let whole = Picture::of(&screen(layout, &rows[..1]), size);
                assert_ne!(cut, whole, "{layout:?} {size:?} has more columns than it says");
            }
        }
    }
}

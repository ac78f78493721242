//! Where the rows of a screen stand: the four layouts.
//! It does not know why a screen has the layout it has.

use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{Drawable, Point, Primitive, Size};
use embedded_graphics::primitives::{
    CornerRadii, Line, PrimitiveStyle, PrimitiveStyleBuilder, Rectangle, RoundedRectangle, StrokeAlignment,
};

use super::Picture;
use super::font::{self, ASCENT, PITCH, Weight};
use crate::frame::{Layout, Screen};
use crate::text::breaks_between;

/// Draws a screen on a dark picture.
pub(super) fn draw(screen: &Screen, picture: &mut Picture) {
    let rows: Vec<&str> = screen.rows.iter().map(|row| row.as_str()).collect();
    match screen.layout {
        Layout::List => list(&rows, picture),
        Layout::Message => message(&rows, picture),
        Layout::Menu => menu(&rows, picture),
        Layout::Notice => notice(&rows, picture),
    }
}

/// A bar across the top, rows below.
fn list(rows: &[&str], picture: &mut Picture) {
    let Some((heading, rest)) = rows.split_first() else { return };
    let Heading { tall, baseline, below } = heading_of(picture);
    fill(Rectangle::new(Point::zero(), Size::new(128, unsigned(tall))), 0, picture);
    put(heading, Point::new(MARGIN, baseline), FULL, Weight::Bold, BinaryColor::Off, picture);
    for (row, y) in rest.iter().zip((below..).step_by(PITCH_STEP)) {
        put(row, Point::new(MARGIN, y + ASCENT), FULL, Weight::Regular, BinaryColor::On, picture);
    }
}

/// The sender on a tab, their words below.
fn message(rows: &[&str], picture: &mut Picture) {
    let Some((sender, rest)) = rows.split_first() else { return };
    let Heading { tall, baseline, below } = heading_of(picture);
    let sender = fitted(sender, FULL);
    let tab = unsigned((font::width(&sender) + 6).min(128));
    let corners = CornerRadii { top_right: Size::new(4, 4), ..CornerRadii::new(Size::zero()) };
    let shape = Rectangle::new(Point::zero(), Size::new(tab, unsigned(tall)));
    let _ = RoundedRectangle::new(shape, corners).into_styled(solid()).draw(picture);
    let _ = Line::new(Point::new(0, tall - 1), Point::new(127, tall - 1)).into_styled(stroke()).draw(picture);
    font::draw(&sender, Point::new(MARGIN + 1, baseline), Weight::Bold, BinaryColor::Off, picture);
    let room = usize::try_from((height(picture) - below) / PITCH).unwrap_or(0);
    let lines: Vec<String> = rest.iter().flat_map(|row| wrapped(row, FULL)).collect();
    let more = lines.len() > room;
    for (index, (line, y)) in lines.iter().take(room).zip((below..).step_by(PITCH_STEP)).enumerate() {
        let cut_off = more && index + 1 == room;
        let line = if cut_off { fitted(&format!("{line} …"), FULL) } else { line.clone() };
        font::draw(&line, Point::new(MARGIN, y + ASCENT), Weight::Regular, BinaryColor::On, picture);
    }
}

/// A question, the answer chosen now on a bright field, hints at the foot.
fn menu(rows: &[&str], picture: &mut Picture) {
    let Some((question, rest)) = rows.split_first() else { return };
    put(
        question,
        Point::new(MARGIN, heading_of(picture).baseline),
        FULL,
        Weight::Bold,
        BinaryColor::On,
        picture,
    );
    let Some((answer, hints)) = rest.split_first() else { return };
    let small = height(picture) < 64;
    let lines: Vec<String> = wrapped(answer, INNER).into_iter().take(if small { 1 } else { 2 }).collect();
    let lines = if wrapped(answer, INNER).len() > lines.len() { cut_short(lines) } else { lines };
    let (top, padding) = if small { (14, 2) } else { (13, 4) };
    let tall = PITCH * i32::try_from(lines.len()).unwrap_or(1) + 2 * padding;
    fill(Rectangle::new(Point::new(0, top), Size::new(128, unsigned(tall))), 4, picture);
    for (line, y) in lines.iter().zip((top + padding..).step_by(PITCH_STEP)) {
        centred(line, y + ASCENT, INNER, Weight::Bold, BinaryColor::Off, picture);
    }
    let free = height(picture) - (top + tall);
    let fits = usize::try_from(free / PITCH).unwrap_or(0);
    let hints = hints.iter().take(fits);
    let foot = height(picture) - PITCH * i32::try_from(hints.len()).unwrap_or(0);
    for (hint, y) in hints.zip((foot..).step_by(PITCH_STEP)) {
        centred(hint, y + ASCENT, FULL, Weight::Regular, BinaryColor::On, picture);
    }
}

/// A few rows in the middle of a frame.
fn notice(rows: &[&str], picture: &mut Picture) {
    let border = Rectangle::new(Point::zero(), Size::new(128, unsigned(height(picture))));
    let frame = PrimitiveStyleBuilder::new()
        .stroke_color(BinaryColor::On)
        .stroke_width(1)
        .stroke_alignment(StrokeAlignment::Inside)
        .build();
    let _ = RoundedRectangle::with_equal_corners(border, Size::new(6, 6)).into_styled(frame).draw(picture);
    let room = usize::try_from((height(picture) - 4) / PITCH).unwrap_or(0);
    let lines: Vec<(String, Weight)> = rows
        .iter()
        .enumerate()
        .flat_map(|(index, row)| {
            let weight = if index == 0 { Weight::Bold } else { Weight::Regular };
            wrapped(row, INNER).into_iter().map(move |line| (line, weight))
        })
        .take(room)
        .collect();
    let tall = PITCH * i32::try_from(lines.len()).unwrap_or(0);
    let top = (height(picture) - tall) / 2;
    for ((line, weight), y) in lines.iter().zip((top..).step_by(PITCH_STEP)) {
        centred(line, y + ASCENT, INNER, *weight, BinaryColor::On, picture);
    }
}

/// Where a heading stands, in pixels.
struct Heading {
    /// Its height.
    tall: i32,
    /// The baseline of its text.
    baseline: i32,
    /// Where the first row below it begins.
    below: i32,
}

/// A flat display has no pixel to spare between heading and rows.
fn heading_of(picture: &Picture) -> Heading {
    if height(picture) < 64 {
        Heading { tall: 11, baseline: 9, below: 12 }
    } else {
        Heading { tall: 12, baseline: 9, below: 13 }
    }
}

/// Draws a text, cut to `room` pixels.
fn put(text: &str, at: Point, room: i32, weight: Weight, colour: BinaryColor, picture: &mut Picture) {
    font::draw(&fitted(text, room), at, weight, colour, picture);
}

/// Draws a text in the middle of the display, cut to `room` pixels.
fn centred(text: &str, y: i32, room: i32, weight: Weight, colour: BinaryColor, picture: &mut Picture) {
    let text = fitted(text.trim(), room);
    // The last column of a glyph is empty; leaving it out of account looks centred.
    let x = (129 - font::width(&text)) / 2;
    font::draw(&text, Point::new(x, y), weight, colour, picture);
}

/// As much of a text as fits into `room` pixels, with `…` where something is missing.
fn fitted(text: &str, room: i32) -> String {
    if font::width(text) <= room {
        return text.into();
    }
    let mut left = room - font::width("…");
    let fits = |c: &char| {
        left -= font::advance(*c);
        left >= 0
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// A text in lines of at most `room` pixels, broken at spaces, where wide characters may be parted, and inside words
/// that are longer than a line.
fn wrapped(text: &str, room: i32) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut gap = if line.is_empty() { "" } else { " " };
        for piece in pieces(word) {
            if !line.is_empty() && font::width(&line) + font::width(gap) + font::width(piece) > room {
                lines.push(std::mem::take(&mut line));
                gap = "";
            }
            line.push_str(gap);
            gap = "";
            for c in piece.chars() {
                if font::width(&line) + font::advance(c) > room {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
    }
    lines.push(line);
    lines
}

/// A word in pieces that stay together.
fn pieces(mut word: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let parted = |((_, before), after): &((usize, char), char)| breaks_between(*before, *after);
        let end = word.char_indices().zip(word.chars().skip(1)).find(parted);
        let (piece, rest) = word.split_at(end.map_or(word.len(), |((at, c), _)| at + c.len_utf8()));
        word = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Marks the last line as not the end.
fn cut_short(mut lines: Vec<String>) -> Vec<String> {
    if let Some(last) = lines.last_mut() {
        *last = fitted(&format!("{last} …"), INNER);
    }
    lines
}

fn fill(area: Rectangle, radius: u32, picture: &mut Picture) {
    let shape = RoundedRectangle::with_equal_corners(area, Size::new(radius, radius));
    let _ = shape.into_styled(solid()).draw(picture);
}

const fn solid() -> PrimitiveStyle<BinaryColor> {
    PrimitiveStyle::with_fill(BinaryColor::On)
}

const fn stroke() -> PrimitiveStyle<BinaryColor> {
    PrimitiveStyle::with_stroke(BinaryColor::On, 1)
}

fn height(picture: &Picture) -> i32 {
    i32::try_from(picture.size.height()).unwrap_or(0)
}

fn unsigned(pixels: i32) -> u32 {
    u32::try_from(pixels).unwrap_or(0)
}

/// Pixels left of a row.
const MARGIN: i32 = 1;
/// Pixels of a row of 21 columns.
const FULL: i32 = 126;
/// Pixels of a row inside a frame: 20 columns.
const INNER: i32 = 120;
/// [`PITCH`] for iterators.
const PITCH_STEP: usize = PITCH as usize;

#[cfg(test)]
mod tests {
    use super::super::Size as Panel;
    use super::super::tests::screen;
    use super::*;

    #[test]
    fn words_wrap_at_spaces_and_long_words_break() {
        assert_eq!(wrapped("Are you coming to lunch?", FULL), ["Are you coming to", "lunch?"]);
        assert_eq!(
            wrapped("see https://example.net/a/long/way", FULL),
            ["see", "https://example.net/a", "/long/way"]
        );
        assert_eq!(wrapped("在吗？Bob 今天来", 48), ["在吗？", "Bob 今天", "来"]);
        assert_eq!(wrapped("你好吗，我《很》好。", 36), ["你好", "吗，我", "《很》", "好。"]);
        assert_eq!(wrapped("  ", FULL), [""]);
        assert_eq!(wrapped("already wrapped here", FULL).len(), 1);
    }

    #[test]
    fn what_is_too_wide_ends_in_an_ellipsis() {
        assert_eq!(fitted("twenty-one characters", FULL), "twenty-one characters");
        assert_eq!(fitted("twenty-two characters!", FULL), "twenty-two character…");
        assert_eq!(fitted("a b c d e f g h i j k l m", FULL), "a b c d e f g h i j…");
    }

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
                let cut = Picture::of(&screen(layout, &[&format!("{row}M")]), size);
                let whole = Picture::of(&screen(layout, &rows[..1]), size);
                assert_ne!(cut, whole, "{layout:?} {size:?} has more columns than it says");
            }
        }
    }
}

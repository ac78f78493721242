//! What a display shows, as pixels: for golden files and for eyes. It does not know controllers.

use std::fmt::Write as _;

/// Pixels, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glass {
    pub(crate) width: usize,
    pub(crate) lit: Vec<bool>,
}

impl Glass {
    /// The glass whose pixels `is_lit` knows.
    pub(crate) fn of(width: usize, height: usize, is_lit: impl Fn(usize, usize) -> bool) -> Self {
        let lit =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| is_lit(x, y)).collect();
        Self { width, lit }
    }

    /// The glass that [`Glass::text`] wrote.
    pub(crate) fn parse(text: &str, width: usize) -> Self {
        let mut lit = Vec::new();
        for line in text.lines() {
            let cells: Vec<char> = line.chars().chain(std::iter::repeat(' ')).take(width).collect();
            lit.extend(cells.iter().map(|cell| matches!(cell, '█' | '▀')));
            lit.extend(cells.iter().map(|cell| matches!(cell, '█' | '▄')));
        }
        Self { width, lit }
    }

    /// The same, upside down.
    pub(crate) fn turned(mut self) -> Self {
        self.lit.reverse();
        self
    }

    pub(crate) fn is_dark(&self) -> bool {
        !self.lit.contains(&true)
    }

    /// Two rows of pixels to a line, without blanks at the end.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for pair in self.lit.chunks(2 * self.width) {
            let (upper, lower) = pair.split_at(self.width);
            let cells = upper.iter().zip(lower).map(|pixels| match pixels {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
            let line: String = cells.collect();
            writeln!(text, "{}", line.trim_end()).unwrap();
        }
        text
    }

    /// A PNG, four of its pixels to one of ours.
    pub(crate) fn png(&self) -> Vec<u8> {
        let (width, height) = (self.width * SCALE, self.lit.len() / self.width * SCALE);
        let grey = |at: usize| {
            let (x, y) = (at % width / SCALE, at / width / SCALE);
            if self.lit[y * self.width + x] { 0xFF } else { 0x18 }
        };
        let octets: Vec<u8> = (0..width * height).map(grey).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width.try_into().unwrap(), height.try_into().unwrap());
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&octets).unwrap();
        file
    }
}

pub(crate) fn text_keeps_every_pixel() {
    let glass = Glass::of(5, 4, |x, y| (x * y) % 3 == 1);
    assert_eq!(Glass::parse(&glass.text(), 5), glass);
    assert!(Glass::of(5, 4, |_, _| false).is_dark() && !glass.is_dark());
}

const SCALE: usize = 4;

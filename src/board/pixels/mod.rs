//! Screens as pixels: a frame's rows of text become a picture of one bit a pixel, laid out for reading at arm's length.
//! It does not know where the picture goes: the terminal draws it with characters, a display takes its pages.
//!
//! How much text fits is stated by [`room`]; a row that is wider is cut with `…`, or wrapped where words are shown.

#[cfg(feature = "cjk")]
mod cjk;
mod font;
mod layout;
mod sheet;
mod size;

use std::convert::Infallible;
use std::fmt;

use embedded_graphics::Pixel;
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::{DrawTarget, OriginDimensions};

use crate::frame::{Layout, Screen};

pub use size::Size;

/// Columns and rows of text a layout has room for, its heading included.
#[must_use]
pub const fn room(layout: Layout, size: Size) -> (u8, u8) {
    match (size, layout) {
        (Size::W128H64, Layout::List | Layout::Message) => (21, 6),
        // A question, an answer, hints; an answer of two lines takes the place of one hint, or of all.
        (Size::W128H64, Layout::Menu | Layout::Notice | Layout::Card) => (20, 5),
        (Size::W128H32, Layout::List | Layout::Message) => (21, 3),
        (Size::W128H32, Layout::Menu | Layout::Notice | Layout::Card) => (20, 2),
        (Size::W96H16, _) => (19, 2),
        (Size::W72H40, Layout::Menu) => (12, 3),
        (Size::W72H40, _) => (12, 4),
        (Size::W64H48, _) => (10, 4),
        (Size::W64H32, _) => (10, 3),
    }
}

/// A picture: one bit a pixel, in pages of eight rows as display controllers want them. Bit 0 of an octet is the
/// topmost of its eight pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    /// Page after page, as many octets each as the picture is wide; those beyond the last are nought.
    pages: [u8; OCTETS_MAX],
}

impl Picture {
    /// A dark picture.
    #[must_use]
    pub const fn dark(size: Size) -> Self {
        Self { size, pages: [0; OCTETS_MAX] }
    }

    /// The picture of a screen; a screen that is not lit is dark.
    #[must_use]
    pub fn of(screen: &Screen, size: Size) -> Self {
        let mut picture = Self::dark(size);
        if screen.lit {
            layout::draw(screen, &mut picture);
        }
        picture
    }

    /// Its size.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// Whether a pixel is lit; those outside are not.
    #[must_use]
    pub fn is_lit(&self, x: usize, y: usize) -> bool {
        x < self.size.width()
            && y < self.size.height()
            && self.pages.get(y / 8 * self.size.width() + x).is_some_and(|octet| octet >> (y % 8) & 1 == 1)
    }

    /// The octets of one page, eight rows of pixels, from the left; empty beyond the last.
    #[must_use]
    pub fn page(&self, page: usize) -> &[u8] {
        let count = self.size.height() / 8;
        self.pages.chunks_exact(self.size.width()).take(count).nth(page).unwrap_or_default()
    }

    fn set(&mut self, x: i32, y: i32, lit: bool) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x >= self.size.width() || y >= self.size.height() {
            return;
        }
        if let Some(octet) = self.pages.get_mut(y / 8 * self.size.width() + x) {
            *octet = *octet & !(1 << (y % 8)) | u8::from(lit) << (y % 8);
        }
    }
}

impl OriginDimensions for Picture {
    fn size(&self) -> embedded_graphics::geometry::Size {
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(0);
        embedded_graphics::geometry::Size::new(side(self.size.width()), side(self.size.height()))
    }
}

impl DrawTarget for Picture {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, colour) in pixels {
            self.set(at.x, at.y, colour.is_on());
        }
        Ok(())
    }
}

/// Two rows of pixels a line, as `▀▄█`: what a failing test prints.
impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f)?;
        for y in (0..self.size.height()).step_by(2) {
            let line: String = (0..self.size.width())
                .map(|x| match (self.is_lit(x, y), self.is_lit(x, y + 1)) {
                    (false, false) => ' ',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (true, true) => '█',
                })
                .collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// Octets of the largest picture.
const OCTETS_MAX: usize = 128 * 64 / 8;

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::cut;

    pub(in crate::board) fn screen(layout: Layout, rows: &[&str]) -> Screen {
        Screen { layout, rows: rows.iter().map(|row| cut(row)).collect(), lit: true }
    }

    /// Writes a picture, four screen pixels a pixel, for people to look at.
    fn save(picture: &Picture, name: &str) -> std::io::Result<()> {
        const SCALE: usize = 4;
        let (width, height) = (picture.size.width() * SCALE, picture.size.height() * SCALE);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tmp");
        std::fs::create_dir_all(&folder)?;
        let file = std::fs::File::create(folder.join(name).with_extension("png"))?;
        let mut encoder = png::Encoder::new(file, width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        let pixel = |index: usize| {
            let (x, y) = (index % width, index / width);
            let gap = x % SCALE == SCALE - 1 || y % SCALE == SCALE - 1;
            match (picture.is_lit(x / SCALE, y / SCALE), gap) {
                (true, false) => [0xbf, 0xef, 0xff],
                (true, true) => [0x8f, 0xbf, 0xd0],
                (false, _) => [0x04, 0x08, 0x10],
            }
        };
        let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
        encoder.write_header()?.write_image_data(&pixels)?;
        std::fs::write(folder.join(name).with_extension("txt"), format!("{picture:?}"))
    }

    /// The screens people will see most, by name.
    fn gallery() -> Vec<(&'static str, Screen)> {
        vec![
            (
                "list",
                screen(
                    Layout::List,
                    &[
                        "Online          3/12",
                        "Bob             busy",
                        "Zoë Müller      away",
                        "Ελένη         online",
                        "Борис Иванов    idle",
                        "someone with a very long name",
                    ],
                ),
            ),
            (
                "message",
                screen(
                    Layout::Message,
                    &[
                        "Bob",
                        "Are you coming to lunch? We have a table at the window, and the soup is good today. ☺",
                    ],
                ),
            ),
            (
                "menu",
                screen(
                    Layout::Menu,
                    &["Reply to Bob?", "Back in five minutes", "1 of 4", "click next · hold send"],
                ),
            ),
            (
                "menu-long",
                screen(
                    Layout::Menu,
                    &["Reply to Zoë Müller?", "I am in a meeting until four, then I am yours", "2 of 4"],
                ),
            ),
            ("notice", screen(Layout::Notice, &["MSN", "signing in …", "desk@example.net"])),
            (
                "notice-error",
                screen(
                    Layout::Notice,
                    &["MSN refused", "911 authentication failed", "is the password right?"],
                ),
            ),
            (
                "list-chinese",
                screen(
                    Layout::List,
                    &[
                        "在线            3/12",
                        "张伟            忙碌",
                        "王芳 (QQ)       离开",
                        "劉曉慧          在线",
                        "欧阳晖 Alan     在线",
                        "小林さん     오프라인",
                    ],
                ),
            ),
            (
                "message-chinese",
                screen(
                    Layout::Message,
                    &["张伟", "明天中午一起吃饭好吗？Bob和Zoë也来，12:30在楼下的餐厅见。😀"],
                ),
            ),
            (
                "menu-chinese",
                screen(Layout::Menu, &["回复张伟？", "五分钟后回来", "第1条，共4条", "单击下一条·长按发送"]),
            ),
            ("notice-chinese", screen(Layout::Notice, &["QQ", "正在登录……", "qq:24259132"])),
            (
                "unknown",
                screen(
                    Layout::Message,
                    &["微信 wei", "你好 🙂👍\u{1F3FD} e\u{301} ąęśćż ŁÓDŹ „Ωμέγα“ Ђорђе Ўладзімір ₴ €"],
                ),
            ),
        ]
    }

    #[test]
    fn every_layout_can_be_looked_at() {
        for (name, screen) in gallery() {
            for size in Size::ALL {
                let picture = Picture::of(&screen, size);
                assert_ne!(picture, Picture::dark(size), "{name} {size:?}");
                // Where the sources may not be written to there is nothing to look at, and nothing wrong.
                let _ = save(&picture, &format!("oled-{}-{name}", size.as_str()));
            }
        }
    }

    /// When a layout changes on purpose: look at `target/tmp/oled-SIZE-*.png`, then copy the `.txt` beside them to `golden/`.
    #[test]
    fn every_layout_looks_as_it_did() {
        let golden = [
            ("list", Size::W128H64, include_str!("golden/list.txt")),
            ("message", Size::W128H64, include_str!("golden/message.txt")),
            ("menu", Size::W128H64, include_str!("golden/menu.txt")),
            ("notice", Size::W128H64, include_str!("golden/notice.txt")),
            ("list", Size::W96H16, include_str!("golden/96x16-list.txt")),
            ("message", Size::W96H16, include_str!("golden/96x16-message.txt")),
            ("menu", Size::W96H16, include_str!("golden/96x16-menu.txt")),
            ("notice", Size::W96H16, include_str!("golden/96x16-notice.txt")),
            ("list", Size::W72H40, include_str!("golden/72x40-list.txt")),
            ("message", Size::W72H40, include_str!("golden/72x40-message.txt")),
            ("menu", Size::W72H40, include_str!("golden/72x40-menu.txt")),
            ("notice", Size::W72H40, include_str!("golden/72x40-notice.txt")),
            ("list", Size::W64H48, include_str!("golden/64x48-list.txt")),
            ("message", Size::W64H48, include_str!("golden/64x48-message.txt")),
            ("menu", Size::W64H48, include_str!("golden/64x48-menu.txt")),
            ("notice", Size::W64H48, include_str!("golden/64x48-notice.txt")),
            ("list", Size::W64H32, include_str!("golden/64x32-list.txt")),
            ("message", Size::W64H32, include_str!("golden/64x32-message.txt")),
            ("menu", Size::W64H32, include_str!("golden/64x32-menu.txt")),
            ("notice", Size::W64H32, include_str!("golden/64x32-notice.txt")),
        ];
        for (name, size, golden) in golden {
            looks_as_it_did(name, size, golden);
        }
    }

    #[test]
    #[cfg(feature = "cjk")]
    fn chinese_looks_as_it_did() {
        let golden = [
            (
                "list-chinese",
                include_str!("golden/list-chinese.txt"),
                include_str!("golden/flat-list-chinese.txt"),
            ),
            (
                "message-chinese",
                include_str!("golden/message-chinese.txt"),
                include_str!("golden/flat-message-chinese.txt"),
            ),
            (
                "menu-chinese",
                include_str!("golden/menu-chinese.txt"),
                include_str!("golden/flat-menu-chinese.txt"),
            ),
        ];
        for (name, golden, flat) in golden {
            looks_as_it_did(name, Size::W128H64, golden);
            looks_as_it_did(name, Size::W128H32, flat);
        }
    }

    fn looks_as_it_did(name: &str, size: Size, golden: &str) {
        let (_, screen) = gallery().into_iter().find(|(entry, _)| *entry == name).unwrap();
        let drawn = format!("{:?}", Picture::of(&screen, size));
        assert!(drawn == golden, "{name} {size:?} is drawn as{drawn}but was{golden}");
    }

    #[test]
    fn a_screen_that_is_not_lit_is_dark() {
        let mut screen = screen(Layout::List, &["Online"]);
        screen.lit = false;
        assert_eq!(Picture::of(&screen, Size::W128H64), Picture::dark(Size::W128H64));
    }

    #[test]
    fn pages_are_eight_rows_with_the_topmost_in_bit_0() {
        let mut picture = Picture::dark(Size::W128H32);
        picture.set(3, 9, true);
        picture.set(-1, 0, true);
        picture.set(0, 32, true);
        assert_eq!(picture.page(1).iter().position(|&octet| octet == 2), Some(3));
        assert!(picture.page(0).iter().all(|&octet| octet == 0));
        assert_eq!((picture.page(3).len(), picture.page(4).len()), (128, 0));
        assert!(picture.is_lit(3, 9));
        picture.set(3, 9, false);
        assert_eq!(picture, Picture::dark(Size::W128H32));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_equal_screens_look_the_same(
            rows in proptest::collection::vec(any::<String>(), 0..9),
            layout in 0..4_usize,
        ) {
            let layout = [Layout::List, Layout::Message, Layout::Menu, Layout::Notice][layout];
            let rows: Vec<&str> = rows.iter().take(8).map(String::as_str).collect();
            let screen = screen(layout, &rows);
            for size in Size::ALL {
                prop_assert_eq!(Picture::of(&screen, size), Picture::of(&screen, size));
            }
        }
    }
}

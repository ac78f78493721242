//! What the terminal board shows, as a grid of characters for any size of terminal: lamps, the display, buttons, the
//! last lines and the status line.
//! It does not know the terminal.

use super::cells::{Cells, Depth, Style};
use super::keys::Keys;
use crate::agent::{self, Action, Network};
use crate::board::pixels::{Picture, Size};
use crate::frame::{Frame, Layout, Look, Rgb, Screen};
use crate::presence::LinkState;
use crate::text::Shown;
use crate::time::{Duration, Instant};

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Scene {
    lamps: Vec<Lamp>,
    screen: Screen,
    picture: Picture,
    buttons: Vec<Button>,
    links: Vec<(Network, LinkState)>,
    /// The brightness from which a lamp is drawn as lit: where there are no colours its shape alone tells.
    lit_from: u8,
}

/// One LED.
#[derive(Debug)]
struct Lamp {
    name: String,
    look: Look,
    /// When the look began.
    since: Instant,
}

/// One button.
#[derive(Debug)]
struct Button {
    name: String,
    letter: Option<char>,
    /// What its keys do, for the key cap; its name where they do nothing.
    cap: String,
    pressed: bool,
}

impl Scene {
    pub(super) fn new(leds: &[String], buttons: &[agent::Button], keys: &Keys, depth: Depth) -> Self {
        let lamp =
            |name: &String| Lamp { name: Shown(name).to_string(), look: Look::OFF, since: Instant::START };
        let button = |(index, button): (usize, &agent::Button)| {
            let (name, letter) = (Shown(&button.name).to_string(), keys.letter(index));
            Button { cap: cap(button, letter).unwrap_or_else(|| name.clone()), name, letter, pressed: false }
        };
        Self {
            lamps: leds.iter().map(lamp).collect(),
            screen: Screen::default(),
            picture: Picture::dark(Size::W128H64),
            buttons: buttons.iter().enumerate().map(button).collect(),
            links: Vec::new(),
            lit_from: if depth == Depth::Mono { 128 } else { 1 },
        }
    }

    /// Takes a frame over. A lamp whose look stays keeps its rhythm's time.
    pub(super) fn show(&mut self, now: Instant, frame: &Frame) {
        for (lamp, &look) in self.lamps.iter_mut().zip(&frame.leds) {
            if lamp.look != look {
                (lamp.look, lamp.since) = (look, now);
            }
        }
        if self.screen != frame.screen {
            self.screen = frame.screen.clone();
            self.picture = Picture::of(&self.screen, Size::W128H64);
        }
    }

    /// A link's state, for the status line.
    pub(super) fn link(&mut self, network: Network, state: LinkState) {
        match self.links.iter_mut().find(|(known, _)| *known == network) {
            Some((_, known)) => *known = state,
            None => self.links.push((network, state)),
        }
    }

    /// A button is down or up.
    pub(super) fn button(&mut self, index: u8, pressed: bool) {
        if let Some(button) = self.buttons.get_mut(usize::from(index)) {
            button.pressed = pressed;
        }
    }

    /// When a lamp looks different next.
    pub(super) fn next_change(&self, now: Instant) -> Option<Instant> {
        let change = |lamp: &Lamp| lamp.look.rhythm.next_change(lamp.rhythm_time(now));
        self.lamps.iter().filter_map(change).min().map(|ms| now + Duration::from_millis(ms))
    }

    /// The grid for a terminal of that size; `lines` are the last lines to show, as many as there is room for.
    pub(super) fn compose(
        &self,
        now: Instant,
        width: usize,
        height: usize,
        lines: impl Fn(usize) -> Vec<String>,
    ) -> Cells {
        let mut cells = Cells::new(width, height);
        let used = match Dots::fitting(width, height) {
            Some(dots) => self.board(&mut cells, now, dots),
            None => self.summary(&mut cells, now),
        };
        let room = height.saturating_sub(used + 1);
        let lines = lines(room);
        for (line, y) in lines.iter().zip(used..) {
            cells.put_cut(1, y, &Shown(line).to_string(), width, Style::DIM);
        }
        self.status(&mut cells, height.saturating_sub(1));
        cells
    }

    /// Lamps at the left, the display at the right, buttons below; says how many rows that took.
    fn board(&self, cells: &mut Cells, now: Instant, dots: Dots) -> usize {
        let (wide, tall) = dots.size();
        let panel = (cells.width() - wide - 2).min(PANEL_MAX);
        let pitch = if self.lamps.len() * 3 <= tall + 2 { 3 } else { 1 };
        for (lamp, y) in self.lamps.iter().zip((0..tall + 2).step_by(pitch)) {
            let lit = lamp.brightness(now) >= self.lit_from;
            if pitch == 3 {
                lamp.draw_big(cells, now, lit, y, panel);
            } else {
                lamp.draw(cells, now, lit, (1, y), panel - 2);
            }
        }
        self.display(cells, panel, dots);
        let mut x = panel;
        for button in &self.buttons {
            x += button.draw(cells, x, tall + 2) + 1;
        }
        tall + 3
    }

    fn display(&self, cells: &mut Cells, left: usize, dots: Dots) {
        let (wide, tall) = dots.size();
        let edge = Style::coloured(EDGE);
        let bar = "─".repeat(wide);
        cells.put(left, 0, &format!("╭{bar}╮"), wide + 2, edge);
        cells.put(left, tall + 1, &format!("╰{bar}╯"), wide + 2, edge);
        let glass = Style { colour: Some(PIXEL), ground: Some(GLASS), ..Style::PLAIN };
        for row in 0..tall {
            cells.put(left, row + 1, "│", 1, edge);
            let pixels: String = (0..wide).map(|column| dots.character(&self.picture, column, row)).collect();
            cells.put(left + 1, row + 1, &pixels, wide, glass);
            cells.put(left + 1 + wide, row + 1, "│", 1, edge);
        }
    }

    /// For small terminals: lamps in a line or two, the display's rows as text.
    fn summary(&self, cells: &mut Cells, now: Instant) -> usize {
        let room = cells.height().saturating_sub(1);
        let (mut x, mut y) = (0, 0);
        for lamp in &self.lamps {
            let wants = lamp.name.chars().map(super::cells::columns).sum::<usize>() + 3;
            if x > 0 && x + wants > cells.width() {
                (x, y) = (0, y + 1);
            }
            if y < room.div_ceil(2) {
                let lit = lamp.brightness(now) >= self.lit_from;
                x += lamp.draw(cells, now, lit, (x, y), cells.width()) + 2;
            }
        }
        let mut y = (y + 1).min(room);
        if !self.screen.lit {
            return y;
        }
        for (index, row) in self.screen.rows.iter().enumerate() {
            let chosen = self.screen.layout == Layout::Menu && index == 1;
            let style = Style { bold: index == 0, reverse: chosen, ..Style::PLAIN };
            if y < room {
                cells.put_cut(1, y, &Shown(row).to_string(), cells.width(), style);
                y += 1;
            }
        }
        y
    }

    /// The last row: how the links stand, and which key does what.
    fn status(&self, cells: &mut Cells, y: usize) {
        let mut x = 1;
        for (network, state) in &self.links {
            x += cells.put(x, y, "● ", 2, Style::coloured(colour_of(*state)));
            x += cells.put_cut(x, y, &format!("{} {state}   ", network.as_str()), 40, Style::BOLD);
        }
        x += cells.put(x, y, "q quits", 7, Style::PLAIN);
        let keys = self.buttons.iter().filter_map(|button| Some((button.letter?, button.name.as_str())));
        let named: String = keys.clone().map(|(letter, name)| format!("   {letter} {name}")).collect();
        let letters: String = keys.map(|(letter, _)| format!(" {letter}")).collect();
        let room = cells.width().saturating_sub(x);
        // What is left out is better than what breaks off.
        let text = [named, format!("   keys{letters}")].into_iter().find(|text| text_width(text) <= room);
        let Some(text) = text.filter(|_| !letters.is_empty()) else { return };
        x += cells.put(x, y, &text, room, Style::PLAIN);
        if text_width(HOLD_HINT) <= cells.width().saturating_sub(x) {
            cells.put(x, y, HOLD_HINT, text_width(HOLD_HINT), Style::DIM);
        }
    }
}

fn text_width(text: &str) -> usize {
    text.chars().map(super::cells::columns).sum()
}

impl Lamp {
    /// Milliseconds since its rhythm began.
    fn rhythm_time(&self, now: Instant) -> u64 {
        now.since(self.since).as_millis().try_into().unwrap_or(0)
    }

    fn brightness(&self, now: Instant) -> u8 {
        if self.look.rgb == Rgb::OFF { 0 } else { self.look.rhythm.brightness_at(self.rhythm_time(now)) }
    }

    /// Between the colour of a dark lens and the lamp's own.
    fn style(&self, now: Instant) -> Style {
        let brightness = u16::from(self.brightness(now));
        let mixed = |dark: u8, lit: u8| {
            let sum = u16::from(dark) * (255 - brightness) + u16::from(lit) * brightness;
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        let (dark, lit) = (DARK_LENS, self.look.rgb);
        Style::coloured(Rgb::new(
            mixed(dark.red, lit.red),
            mixed(dark.green, lit.green),
            mixed(dark.blue, lit.blue),
        ))
    }

    /// A dot and its name; says how many columns that took.
    fn draw(&self, cells: &mut Cells, now: Instant, lit: bool, at: (usize, usize), room: usize) -> usize {
        let (x, y) = at;
        let dot = if lit { "●" } else { "○" };
        cells.put(x, y, dot, 1, self.style(now));
        2 + cells.put_cut(x + 2, y, &self.name, room.saturating_sub(2), Style::PLAIN)
    }

    /// A lamp of two rows, its name and its rhythm.
    fn draw_big(&self, cells: &mut Cells, now: Instant, lit: bool, y: usize, room: usize) {
        let (top, bottom) = if lit { ("▟█▙", "▜█▛") } else { ("╭─╮", "╰─╯") };
        cells.put(1, y, top, 3, self.style(now));
        cells.put(1, y + 1, bottom, 3, self.style(now));
        let room = room.saturating_sub(5);
        cells.put_cut(5, y, &self.name, room.saturating_sub(1), Style::PLAIN);
        let rhythm = self.look.rhythm.as_str();
        let short = rhythm.split_once('-').map_or(rhythm, |(short, _)| short);
        cells.put_cut(5, y + 1, if rhythm.len() > room { short } else { rhythm }, room, Style::DIM);
    }
}

impl Button {
    /// A key cap; says how many columns that took.
    fn draw(&self, cells: &mut Cells, x: usize, y: usize) -> usize {
        let cap = format!(" {} ", self.cap);
        let style = Style { reverse: self.pressed, bold: self.pressed, ..Style::PLAIN };
        let edge = Style::coloured(EDGE);
        let mut used = cells.put(x, y, "[", 1, edge);
        used += cells.put_cut(x + used, y, &cap, 24, style);
        used + cells.put(x + used, y, "]", 1, edge)
    }
}

/// What a tap and a hold do: `l reply  L send`. Of a press and a release the press is told. `None` where they do nothing.
fn cap(button: &agent::Button, letter: Option<char>) -> Option<String> {
    let letter = letter?;
    let tap = button.click.or(button.press).map(|action| format!("{letter} {}", word(action)));
    let hold = button.hold.map(|action| format!("{} {}", letter.to_ascii_uppercase(), word(action)));
    match (tap, hold) {
        (Some(tap), Some(hold)) => Some(format!("{tap}  {hold}")),
        (tap, hold) => tap.or(hold),
    }
}

/// What an action is called where there is little room.
const fn word(action: Action) -> &'static str {
    match action {
        Action::NextReply => "reply",
        Action::SendReply | Action::Reply(_) => "send",
        Action::Acknowledge => "seen",
        Action::Nudge => "nudge",
        Action::CycleStatus => "status",
        Action::Status(status) => status.as_str(),
        Action::NextPage => "page",
        Action::Wake => "light",
    }
}

/// How pixels become characters.
#[derive(Clone, Copy, Debug)]
enum Dots {
    /// Two by four pixels a character: 64 by 16 characters.
    Braille,
    /// One by two: 128 by 32 characters.
    Halves,
}

impl Dots {
    /// The best there is room for, with lamps, buttons, a few lines and the status line.
    fn fitting(width: usize, height: usize) -> Option<Self> {
        let fits = |dots: &Self| {
            let (wide, tall) = dots.size();
            width >= wide + 2 + PANEL_MIN && height >= tall + 6
        };
        [Self::Halves, Self::Braille].into_iter().find(fits)
    }

    const fn size(self) -> (usize, usize) {
        match self {
            Self::Braille => (64, 16),
            Self::Halves => (128, 32),
        }
    }

    fn character(self, picture: &Picture, column: usize, row: usize) -> char {
        match self {
            Self::Braille => {
                let lit = |(bit, (x, y)): (usize, &(usize, usize))| {
                    u32::from(picture.is_lit(column * 2 + x, row * 4 + y)) << bit
                };
                let dots: u32 = BRAILLE.iter().enumerate().map(lit).sum();
                if dots == 0 { ' ' } else { char::from_u32(0x2800 + dots).unwrap_or(' ') }
            }
            Self::Halves => match (picture.is_lit(column, row * 2), picture.is_lit(column, row * 2 + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            },
        }
    }
}

const fn colour_of(state: LinkState) -> Rgb {
    match state {
        LinkState::Online => Rgb::new(0, 200, 80),
        LinkState::Starting | LinkState::Connecting | LinkState::SigningIn => Rgb::new(70, 140, 255),
        LinkState::Stale | LinkState::Lost => Rgb::new(255, 150, 0),
        LinkState::Elsewhere | LinkState::Refused => Rgb::new(255, 60, 60),
        LinkState::Stopping | LinkState::Stopped => EDGE,
    }
}

/// Places of the eight dots of a braille character, by bit.
const BRAILLE: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
const HOLD_HINT: &str = "   (a capital letter holds)";
/// Columns for the lamps.
const PANEL_MIN: usize = 14;
/// See [`PANEL_MIN`].
const PANEL_MAX: usize = 24;
/// A lamp that is off.
const DARK_LENS: Rgb = Rgb::new(58, 58, 62);
/// Frames.
const EDGE: Rgb = Rgb::new(120, 120, 125);
/// A pixel that is lit.
const PIXEL: Rgb = Rgb::new(185, 238, 255);
/// The display's glass.
const GLASS: Rgb = Rgb::new(8, 10, 14);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::board::pixels::tests::screen;
    use crate::frame::Rhythm;

    const GREEN: Rgb = Rgb::new(0, 255, 0);

    fn scene(leds: usize, buttons: &[&str]) -> Scene {
        let leds: Vec<String> = (0..leds).map(|index| format!("lamp{index}")).collect();
        let keys = Keys::new(buttons.iter().copied());
        let button = |name: &&str| agent::Button {
            name: (*name).into(),
            click: (*name == "left").then_some(Action::NextReply),
            hold: (*name == "left").then_some(Action::SendReply),
            ..agent::Button::default()
        };
        let buttons: Vec<_> = buttons.iter().map(button).collect();
        Scene::new(&leds, &buttons, &keys, Depth::True)
    }

    fn frame(looks: &[Look], rows: &[&str]) -> Frame {
        Frame { leds: looks.iter().copied().collect(), screen: screen(Layout::List, rows) }
    }

    fn no_lines(_: usize) -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn everything_is_on_a_terminal_of_80_by_24() {
        let mut scene = scene(2, &["left", "right"]);
        scene
            .show(Instant::START, &frame(&[Look::new(GREEN, Rhythm::Steady), Look::OFF], &["Online", "Bob"]));
        scene.link(Network::Msn, LinkState::SigningIn);
        scene.link(Network::Msn, LinkState::Online);
        let cells = scene.compose(Instant::START, 80, 24, |room| {
            assert_eq!(room, 4);
            vec!["bob@example.net: hi \u{1b}".into()]
        });
        let text = cells.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 24);
        assert!(lines[0].starts_with(" ▟█▙ lamp0    ╭────"), "{text}");
        assert!(lines[1].starts_with(" ▜█▛ steady   │"), "{text}");
        assert!(lines[3].starts_with(" ╭─╮ lamp1"), "{text}");
        assert_eq!(lines[17].chars().last(), Some('╯'));
        assert!(lines[18].contains("[ l reply  L send ] [ right ]"), "{text}");
        assert_eq!(lines[19], " bob@example.net: hi \\u{1b}");
        assert_eq!(lines[23], " ● msn online   q quits   l left   r right   (a capital letter holds)");
        assert!(lines.iter().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn the_display_shows_every_pixel_once() {
        for (dots, per_character) in [(Dots::Braille, 8), (Dots::Halves, 2)] {
            let screen = screen(Layout::List, &["Online"]);
            let picture = Picture::of(&screen, Size::W128H64);
            let (wide, tall) = dots.size();
            assert_eq!(wide * tall * per_character, 128 * 64);
            let drawn: u32 = (0..tall)
                .flat_map(|row| (0..wide).map(move |column| (column, row)))
                .map(|(column, row)| match dots.character(&picture, column, row) {
                    ' ' => 0,
                    '▀' | '▄' => 1,
                    '█' => 2,
                    braille => (u32::from(braille) - 0x2800).count_ones(),
                })
                .sum();
            let lit =
                (0..64).flat_map(|y| (0..128).map(move |x| (x, y))).filter(|&(x, y)| picture.is_lit(x, y));
            assert_eq!(drawn as usize, lit.count());
        }
    }

    #[test]
    fn sixteen_lamps_fit_beside_the_display() {
        let text = scene(16, &[]).compose(Instant::START, 80, 24, no_lines).text();
        for index in 0..16 {
            assert!(text.contains(&format!("○ lamp{index}")), "{text}");
        }
    }

    #[test]
    fn a_lamp_moves_with_its_rhythm_and_keeps_time_over_frames() {
        let blink = frame(&[Look::new(GREEN, Rhythm::Blink)], &[]);
        let mut scene = scene(1, &[]);
        let at = Instant::from_millis;
        assert_eq!(scene.next_change(at(0)), None);
        scene.show(at(1200), &blink);
        assert_eq!(scene.next_change(at(1200)), Some(at(1700)));
        scene.show(at(1600), &blink);
        assert_eq!(scene.next_change(at(1600)), Some(at(1700)));
        let lamp = |now| scene.compose(now, 80, 24, no_lines).style_at(1, 0).colour;
        assert_eq!(lamp(at(1600)), Some(GREEN));
        assert_eq!(lamp(at(1700)), Some(DARK_LENS));
    }

    #[test]
    fn a_small_terminal_shows_the_rows_as_text() {
        let mut scene = scene(3, &["left"]);
        scene.show(Instant::START, &frame(&[], &["Online 1/2", "Bob\u{7} busy"]));
        let text = scene.compose(Instant::START, 40, 8, no_lines).text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "○ lamp0  ○ lamp1  ○ lamp2");
        assert_eq!(lines[1..3], [" Online 1/2", " Bob\\u{7} busy"]);
        assert!(lines[7].contains("q quits"));
    }

    #[test]
    fn a_large_terminal_shows_half_blocks() {
        let mut scene = scene(1, &["left"]);
        scene.show(Instant::START, &frame(&[], &["Online"]));
        let text = scene.compose(Instant::START, 160, 50, no_lines).text();
        assert!(text.lines().nth(1).unwrap().contains("████"), "{text}");
    }

    proptest! {
        #[test]
        fn every_size_of_terminal_can_be_drawn(width in 0..200_usize, height in 0..60_usize, leds in 0..17_usize) {
            let mut scene = scene(leds, &["left", "right", "a button with a very long name", "中文"]);
            scene.show(Instant::START, &frame(&[], &["Online", "中文", "Bob"]));
            scene.link(Network::Msn, LinkState::Refused);
            let cells = scene.compose(Instant::START, width, height, |room| vec!["line 中".into(); room]);
            prop_assert_eq!(cells.width(), width);
            if width > 0 {
                prop_assert_eq!(cells.height(), height);
            }
        }
    }
}

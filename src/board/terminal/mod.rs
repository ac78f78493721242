//! The terminal board: lamps, display and buttons drawn in a terminal, or told as plain lines where there is none.
//! It knows the terminal and its keys; what is drawn where stands in `scene`.
//!
//! The terminal is put back as it was however the board ends: when it is dropped, when the program panics, and while
//! it is suspended. Nothing wakes up while no lamp moves.

mod cells;
mod keys;
mod log;
mod scene;
mod told;

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, Once, PoisonError};

use async_signal::{Signal, Signals};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use smol::Timer;
use smol::io::AsyncReadExt;
use smol::stream::StreamExt;

use self::cells::{Cells, Depth};
use self::keys::{Keys, Press};
use self::scene::Scene;
use crate::agent::Notice;
use crate::board::gestures::Gestures;
use crate::board::stdio::{Input, Output};
use crate::board::{Event, Setup};
use crate::frame::{Frame, Look, Screen};
use crate::text::Shown;
use crate::time::{self, Duration, Instant};

pub use log::take_log_line;

/// The board in a terminal.
#[derive(Debug)]
pub struct Terminal(Mode);

#[derive(Debug)]
enum Mode {
    Drawn(Box<Drawn>),
    Plain(Box<Plain>),
}

impl Terminal {
    /// Draws on stdout if that is a terminal which can be drawn on, else prints plain lines.
    ///
    /// # Errors
    /// When there is no stdout, or the terminal cannot be put into raw mode.
    pub fn open(setup: Setup) -> io::Result<Self> {
        let dumb = std::env::var("TERM").map_or(true, |term| term.is_empty() || term == "dumb");
        if io::stdout().is_terminal() && !dumb {
            return Ok(Self(Mode::Drawn(Box::new(Drawn::open(setup)?))));
        }
        Ok(Self(Mode::Plain(Box::new(Plain { setup, output: Output::stdout()?, shown: None }))))
    }

    /// Shows a frame; it is drawn when [`Terminal::next`] is awaited.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        match &mut self.0 {
            Mode::Drawn(drawn) => {
                drawn.scene.show(now, frame);
                Ok(())
            }
            Mode::Plain(plain) => plain.show(now, frame),
        }
    }

    /// Tells what happened.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()> {
        match &mut self.0 {
            Mode::Drawn(drawn) => {
                drawn.notice(notice);
                Ok(())
            }
            Mode::Plain(plain) => plain.print(now, &told::sentence(notice)),
        }
    }

    /// The next press of a key, as the edges of a button. Draws, and moves the lamps, while it is awaited.
    ///
    /// # Errors
    /// Those of stdout.
    pub async fn next(&mut self) -> io::Result<Event> {
        match &mut self.0 {
            Mode::Drawn(drawn) => drawn.next().await,
            Mode::Plain(_) => smol::future::pending().await,
        }
    }

    /// The next edge of the keys pressed so far, if it is due.
    pub fn waiting_edge(&mut self) -> Option<Event> {
        match &mut self.0 {
            Mode::Drawn(drawn) => drawn.waiting_edge(),
            Mode::Plain(_) => None,
        }
    }

    /// Every lamp and the display off.
    ///
    /// # Errors
    /// Those of stdout.
    pub fn blank(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Mode::Drawn(drawn) => {
                drawn.scene.show(drawn.setup.now(), &dark(&drawn.setup));
                drawn.redraw(drawn.setup.now())
            }
            Mode::Plain(plain) => plain.show(plain.setup.now(), &dark(&plain.setup)),
        }
    }
}

fn dark(setup: &Setup) -> Frame {
    let leds = setup.leds.iter().map(|_| Look::OFF).take(crate::limits::LEDS_MAX).collect();
    Frame { leds, screen: Screen::default() }
}

/// A terminal that is drawn on.
#[derive(Debug)]
struct Drawn {
    setup: Setup,
    scene: Scene,
    keys: Keys,
    gestures: Gestures,
    input: Input,
    ended: bool,
    output: Output,
    signals: Signals,
    depth: Depth,
    size: (usize, usize),
    shown: Option<Cells>,
    quit: bool,
}

/// What ended a wait.
enum Woke {
    /// Octets of the keyboard; none at its end.
    Keys(usize),
    /// A lamp moves, an edge is due, or a line came.
    Due,
    /// The terminal has another size.
    Resized,
    /// Somebody stopped us and let us go on; who knows what the terminal went through.
    Continued,
}

impl Drawn {
    fn open(setup: Setup) -> io::Result<Self> {
        let names = setup.buttons.iter().map(|button| button.name.as_str());
        let keys = Keys::new(names);
        let depth = Depth::of(|name| std::env::var(name).ok());
        let scene = Scene::new(&setup.leds, &setup.buttons, &keys, depth);
        let signals = Signals::new([Signal::Winch, Signal::Cont])?;
        let input = if io::stdin().is_terminal() {
            Input::stdin()
        } else {
            File::open("/dev/tty").map_or_else(|_| Input::stdin(), Input::new)
        };
        let drawn = Self {
            gestures: Gestures::new(setup.buttons.clone()),
            scene,
            keys,
            input,
            ended: false,
            output: Output::stdout()?,
            signals,
            depth,
            size: size(),
            shown: None,
            quit: false,
            setup,
        };
        enter()?;
        Ok(drawn)
    }

    fn notice(&mut self, notice: &Notice) {
        if let Notice::Link { network, state, .. } = notice {
            self.scene.link(*network, *state);
        }
        log::add(&told::sentence(notice));
    }

    async fn next(&mut self) -> io::Result<Event> {
        loop {
            if self.quit {
                return Ok(Event::Quit);
            }
            if let Some(event) = self.waiting_edge() {
                return Ok(event);
            }
            let now = self.setup.now();
            self.redraw(now)?;
            let mut octets = [0; 64];
            match self.wait(now, &mut octets).await {
                Woke::Keys(0) => self.ended = true,
                Woke::Keys(count) => octets.iter().take(count).try_for_each(|&octet| self.key(octet))?,
                Woke::Resized => (self.size, self.shown) = (size(), None),
                Woke::Continued => {
                    leave();
                    enter()?;
                    (self.size, self.shown) = (size(), None);
                }
                Woke::Due => {}
            }
        }
    }

    fn waiting_edge(&mut self) -> Option<Event> {
        let event = self.gestures.take(self.setup.now())?;
        if let Event::Button { index, pressed, .. } = event {
            self.scene.button(index, pressed);
        }
        Some(event)
    }

    async fn wait(&mut self, now: Instant, octets: &mut [u8]) -> Woke {
        let due = time::earlier(self.scene.next_change(now), self.gestures.due());
        let started = self.setup.started;
        let timer = async {
            match due {
                Some(due) => {
                    Timer::at(started + due.since(Instant::START)).await;
                }
                None => smol::future::pending().await,
            }
            Woke::Due
        };
        let (ended, input, signals) = (self.ended, &mut self.input, &mut self.signals);
        let keys = async {
            if ended {
                return smol::future::pending().await;
            }
            Woke::Keys(input.read(octets).await.unwrap_or(0))
        };
        let signal = async {
            match signals.next().await {
                Some(Ok(Signal::Cont)) => Woke::Continued,
                _ => Woke::Resized,
            }
        };
        let line = async {
            log::fresh().await;
            Woke::Due
        };
        smol::future::or(keys, smol::future::or(signal, smol::future::or(line, timer))).await
    }

    fn key(&mut self, octet: u8) -> io::Result<()> {
        match self.keys.press(octet) {
            // Keys beyond what can be played are dropped: somebody leans on the keyboard.
            Some(Press::Tap(index)) => drop(self.gestures.tap(index)),
            Some(Press::Hold(index)) => drop(self.gestures.hold(index, None)),
            Some(Press::Quit) => self.quit = true,
            Some(Press::Suspend) => return self.suspend(),
            None => {}
        }
        Ok(())
    }

    /// Stops the program, and whoever started it, as a terminal does for Ctrl-Z; returns when it is continued.
    fn suspend(&mut self) -> io::Result<()> {
        leave();
        let stopped = rustix::process::kill_current_process_group(rustix::process::Signal::TSTP);
        // The signal may reach another thread first; until it stops all of them, this one must not draw.
        std::thread::sleep(STOPPING);
        enter()?;
        self.shown = None;
        Ok(stopped?)
    }

    fn redraw(&mut self, now: Instant) -> io::Result<()> {
        let (width, height) = self.size;
        let cells = self.scene.compose(now, width, height, log::last);
        let sequences = cells.paint(self.shown.as_ref(), self.depth);
        self.shown = Some(cells);
        if sequences.is_empty() { Ok(()) } else { self.output.write_all(sequences.as_bytes()) }
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        leave();
    }
}

/// Columns and rows; the usual ones if the terminal does not tell.
fn size() -> (usize, usize) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col.into(), size.ws_row.into()),
        _ => (80, 24),
    }
}

/// The alternate screen, raw mode, no cursor, no wrapping at the last column. Harmless when that is so already.
fn enter() -> io::Result<()> {
    PUT_BACK_ON_PANIC.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            leave();
            before(info);
        }));
    });
    let before = tcgetattr(io::stdout())?;
    let mut raw = before.clone();
    raw.make_raw();
    tcsetattr(io::stdout(), OptionalActions::Now, &raw)?;
    let mut modes = MODES.lock().unwrap_or_else(PoisonError::into_inner);
    if modes.is_none() {
        *modes = Some(before);
        say("\x1b[?1049h\x1b[?25l\x1b[?7l");
    }
    log::set_drawn(true);
    Ok(())
}

/// Puts the terminal back as it was, once.
fn leave() {
    let before = MODES.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        log::set_drawn(false);
        say("\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l");
        // If the terminal is gone there is nothing to put back.
        let _ = tcsetattr(io::stdout(), OptionalActions::Now, &before);
    }
}

/// Writes past every buffer and lock: a panic may hold them.
fn say(sequences: &str) {
    if let Ok(fd) = io::stdout().as_fd().try_clone_to_owned() {
        let _ = File::from(fd).write_all(sequences.as_bytes());
    }
}

/// Longer than a signal needs to stop the process.
const STOPPING: Duration = Duration::from_millis(100);
/// The terminal is one for the whole process. These are its modes from before it was drawn on, while it is.
static MODES: Mutex<Option<Termios>> = Mutex::new(None);
static PUT_BACK_ON_PANIC: Once = Once::new();

/// Lines for a file or a pipe.
#[derive(Debug)]
struct Plain<W = Output> {
    setup: Setup,
    output: W,
    shown: Option<Frame>,
}

impl<W: Write> Plain<W> {
    /// A line for each lamp and for the display, where they changed.
    fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        let before = self.shown.replace(frame.clone());
        let mut lines = Vec::new();
        for (index, (name, look)) in self.setup.leds.iter().zip(&frame.leds).enumerate() {
            if before.as_ref().and_then(|before| before.leds.get(index)) != Some(look) {
                lines.push(format!("{}: {} {}", Shown(name), look.rgb, look.rhythm));
            }
        }
        if before.is_none_or(|before| before.screen != frame.screen) {
            let rows: Vec<&str> = frame.screen.rows.iter().map(|row| row.as_str()).collect();
            let rows = rows.join(" | ");
            let text = if frame.screen.lit { Shown(&rows).to_string() } else { "dark".into() };
            lines.push(format!("display: {text}"));
        }
        lines.iter().try_for_each(|line| self.print(now, line))
    }

    fn print(&mut self, now: Instant, line: &str) -> io::Result<()> {
        self.output.write_all(format!("{:>12}  {line}\n", now.to_string()).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::gestures::tests::button;
    use crate::board::pixels::tests::screen;
    use crate::frame::{Layout, Rgb, Rhythm};

    #[test]
    fn where_there_is_no_terminal_changes_are_told_in_lines() {
        let setup = Setup {
            leds: vec!["desk".into(), "team".into()],
            buttons: vec![button("left")],
            started: std::time::Instant::now(),
        };
        let mut plain = Plain { setup, output: Vec::new(), shown: None };
        let red = Look::new(Rgb::new(255, 0, 0), Rhythm::Steady);
        let mut frame =
            Frame { leds: [Look::OFF, Look::OFF].into_iter().collect(), screen: Screen::default() };
        plain.show(Instant::START, &frame).unwrap();
        frame.leds[0] = red;
        frame.screen = screen(Layout::Message, &["Bob", "hi \u{1b}"]);
        plain.show(Instant::from_millis(1202), &frame).unwrap();
        plain.show(Instant::from_millis(1300), &frame).unwrap();
        assert_eq!(
            String::from_utf8(plain.output).unwrap(),
            "     0.000 s  desk: #000000 off\n     0.000 s  team: #000000 off\n     0.000 s  display: dark\n     \
             1.202 s  desk: #ff0000 steady\n     1.202 s  display: Bob | hi \\u{1b}\n"
        );
    }
}

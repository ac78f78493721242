//! The headless board: one JSON object a line on stdout for each change, button words on stdin. Scripts and end-to-end
//! tests use it, so its lines are stable: readers ignore keys they do not know, and no key is ever taken away.
//! It does not know what a line means to its reader.

use std::io::{self, Write};

use serde::Serialize;
use smol::Timer;
use smol::io::{AsyncRead, AsyncReadExt};

use crate::agent::Notice;
use crate::board::gestures::{Full, Gestures};
use crate::board::stdio::{Input, Output};
use crate::board::{Event, Setup};
use crate::frame::{Frame, Look, Screen};
use crate::json;
use crate::text::Quoted;
use crate::time::{Duration, Instant};

/// The board of scripts. `R` is where words come from, `W` where lines go: stdin and stdout, but for tests.
///
/// A reader that closes the pipe ends the agent; so does one that stops reading, a second after the pipe is full.
#[derive(Debug)]
pub struct Headless<R = Input, W = Output> {
    setup: Setup,
    words: Words,
    input: R,
    ended: bool,
    output: W,
    gestures: Gestures,
    quit: bool,
    shown: Option<Frame>,
    line: Vec<u8>,
}

impl Headless {
    /// The headless board on stdin and stdout.
    ///
    /// # Errors
    /// When there is no stdout.
    pub fn stdio(setup: Setup) -> io::Result<Self> {
        Ok(Self::new(setup, Input::stdin(), Output::stdout()?))
    }
}

impl<R: AsyncRead + Unpin, W: Write> Headless<R, W> {
    /// The headless board on streams of your own.
    pub fn new(setup: Setup, input: R, output: W) -> Self {
        let gestures = Gestures::new(setup.buttons.clone());
        Self {
            setup,
            words: Words::default(),
            input,
            ended: false,
            output,
            gestures,
            quit: false,
            shown: None,
            line: Vec::new(),
        }
    }

    /// One line for each LED whose colour or rhythm changed, one for the display if it changed.
    ///
    /// # Errors
    /// Those of the output: `BrokenPipe` when nobody reads any more.
    pub fn show(&mut self, now: Instant, frame: &Frame) -> io::Result<()> {
        let before = self.shown.replace(frame.clone());
        let names = std::mem::take(&mut self.setup.leds);
        let result = self.changes(now, &names, before.as_ref(), frame);
        self.setup.leds = names;
        result
    }

    /// The line of a notice.
    ///
    /// # Errors
    /// As [`Headless::show`].
    pub fn notice(&mut self, now: Instant, notice: &Notice) -> io::Result<()> {
        self.print(now, &Body::of(notice))
    }

    /// The next edge, or `quit`. The end of the input is no event.
    ///
    /// # Errors
    /// As [`Headless::show`]: a word that is none is answered with a line.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            if self.quit {
                return Ok(Event::Quit);
            }
            if let Some(edge) = self.waiting_edge() {
                return Ok(edge);
            }
            let mut chunk = [0; CHUNK];
            let Some(count) = self.read(&mut chunk).await? else { continue };
            if count == 0 {
                self.ended = true;
                // A last line may lack its LF.
                self.word(b'\n')?;
            }
            for &octet in chunk.iter().take(count) {
                self.word(octet)?;
            }
        }
    }

    /// The next edge of the words read so far, if it is due.
    pub fn waiting_edge(&mut self) -> Option<Event> {
        self.gestures.take(self.setup.now())
    }

    /// Every light and the display off.
    ///
    /// # Errors
    /// As [`Headless::show`].
    pub fn blank(&mut self) -> io::Result<()> {
        let leds = self.setup.leds.iter().map(|_| Look::OFF).take(crate::limits::LEDS_MAX).collect();
        self.show(self.setup.now(), &Frame { leds, screen: Screen::default() })
    }

    fn changes(
        &mut self,
        now: Instant,
        names: &[String],
        before: Option<&Frame>,
        frame: &Frame,
    ) -> io::Result<()> {
        for (index, (name, look)) in names.iter().zip(&frame.leds).enumerate() {
            if before.and_then(|before| before.leds.get(index)) != Some(look) {
                self.print(
                    now,
                    &Body::Led { led: name, rgb: look.rgb.to_string(), rhythm: look.rhythm.as_str() },
                )?;
            }
        }
        let screen = &frame.screen;
        if before.is_some_and(|before| before.screen.rows == screen.rows && before.screen.lit == screen.lit) {
            return Ok(());
        }
        let rows = screen.rows.iter().map(|row| row.as_str()).collect();
        self.print(now, &Body::Display { display: rows, lit: screen.lit })
    }

    /// Octets read, 0 at the end of the input, or `None` when an edge is due first.
    async fn read(&mut self, chunk: &mut [u8]) -> io::Result<Option<usize>> {
        let due = self.gestures.due();
        let timer = async {
            match due {
                Some(due) => {
                    Timer::at(self.setup.started + due.since(Instant::START)).await;
                }
                None => smol::future::pending().await,
            }
            Ok(None)
        };
        let (ended, input) = (self.ended, &mut self.input);
        let reading =
            async { if ended { smol::future::pending().await } else { input.read(chunk).await.map(Some) } };
        smol::future::or(reading, timer).await
    }

    /// Takes one octet; a line that is complete now is obeyed or answered.
    fn word(&mut self, octet: u8) -> io::Result<()> {
        let Some(line) = self.words.push(octet) else { return Ok(()) };
        let complaint = match line {
            Ok(line) => self.obey(&line).err(),
            Err(TooLong) => Some(format!("line longer than {LINE_MAX} octets; expected {EXPECTED}")),
        };
        match complaint {
            Some(error) => self.print(self.setup.now(), &Body::Error { error: &error }),
            None => Ok(()),
        }
    }

    fn obey(&mut self, line: &[u8]) -> Result<(), String> {
        let text = String::from_utf8_lossy(line);
        let mut fields = text.split_ascii_whitespace();
        let Some(word) = fields.next() else { return Ok(()) };
        if word == "quit" {
            nothing_more(&mut fields)?;
            self.quit = true;
            return Ok(());
        }
        if !["press", "release", "click", "double", "hold"].contains(&word) {
            return Err(format!("unknown word {}; expected {EXPECTED}", Quoted(word.as_bytes())));
        }
        let index = self.button(word, fields.next())?;
        let long = if word == "hold" { fields.next().map(hold_time).transpose()? } else { None };
        nothing_more(&mut fields)?;
        let taken = match word {
            "press" => self.gestures.edge(index, true),
            "release" => self.gestures.edge(index, false),
            "click" => self.gestures.click(index),
            "double" => self.gestures.double(index),
            _ => self.gestures.hold(index, long),
        };
        taken.map_err(|Full| format!("too many words at once; {} was dropped", Quoted(word.as_bytes())))
    }

    fn button(&self, word: &str, name: Option<&str>) -> Result<u8, String> {
        let names: Vec<&str> = self.gestures.buttons().iter().map(|button| button.name.as_str()).collect();
        let names = if names.is_empty() { "no button is configured".into() } else { names.join(", ") };
        let name = name.ok_or_else(|| format!("{word} needs a button; expected one of: {names}"))?;
        self.gestures
            .named(name)
            .ok_or_else(|| format!("unknown button {}; expected one of: {names}", Quoted(name.as_bytes())))
    }

    fn print(&mut self, now: Instant, body: &Body<'_>) -> io::Result<()> {
        self.line.clear();
        let line = Line { at_ms: now.as_millis(), body };
        json::write_line(&mut self.line, &line)?;
        self.output.write_all(&self.line)?;
        self.output.flush()
    }
}

fn nothing_more<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Result<(), String> {
    fields.next().map_or(Ok(()), |more| Err(format!("unexpected {} after the word", Quoted(more.as_bytes()))))
}

fn hold_time(text: &str) -> Result<Duration, String> {
    crate::text::number(text.as_bytes())
        .filter(|ms| (1..=HOLD_MAX_MS).contains(ms))
        .map(Duration::from_millis)
        .ok_or_else(|| {
            format!(
                "hold got the time {}; expected milliseconds from 1 to {HOLD_MAX_MS}",
                Quoted(text.as_bytes())
            )
        })
}

/// Octets becoming lines, bounded.
#[derive(Debug, Default)]
struct Words {
    line: Vec<u8>,
    too_long: bool,
}

/// A line was longer than [`LINE_MAX`]; it is gone.
struct TooLong;

impl Words {
    fn push(&mut self, octet: u8) -> Option<Result<Vec<u8>, TooLong>> {
        if octet == b'\n' {
            let line = std::mem::take(&mut self.line);
            let too_long = std::mem::take(&mut self.too_long);
            return Some(if too_long { Err(TooLong) } else { Ok(line) });
        }
        if self.line.len() == LINE_MAX {
            self.too_long = true;
        } else {
            self.line.push(octet);
        }
        None
    }
}

/// A line of output; the keys stand in this order.
#[derive(Serialize)]
struct Line<'a> {
    at_ms: u64,
    #[serde(flatten)]
    body: &'a Body<'a>,
}

/// What follows the time.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    Link {
        link: &'a str,
        state: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        why: &'a str,
    },
    Own {
        own: &'a str,
        presence: &'a str,
    },
    Contact {
        contact: &'a str,
        presence: &'a str,
        name: &'a str,
    },
    Led {
        led: &'a str,
        rgb: String,
        rhythm: &'a str,
    },
    Message {
        message: Message<'a>,
    },
    Waiting {
        waiting: Waiting<'a>,
    },
    Display {
        display: Vec<&'a str>,
        lit: bool,
    },
    Reply {
        reply: Reply<'a>,
    },
    Error {
        error: &'a str,
    },
}

#[derive(Serialize)]
struct Message<'a> {
    from: &'a str,
    kind: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct Waiting<'a> {
    from: &'a str,
    unread: u16,
}

#[derive(Serialize)]
struct Reply<'a> {
    to: &'a str,
    text: &'a str,
    outcome: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
}

impl<'a> Body<'a> {
    fn of(notice: &'a Notice) -> Self {
        match notice {
            Notice::Link { network, state, why } => {
                Self::Link { link: network.as_str(), state: state.as_str(), why }
            }
            Notice::Own { network, status } => Self::Own { own: network.as_str(), presence: status.as_str() },
            Notice::Contact { account, presence, name } => {
                Self::Contact { contact: account, presence: presence.as_str(), name }
            }
            Notice::Message { from, kind, text } => {
                Self::Message { message: Message { from, kind: kind.as_str(), text } }
            }
            Notice::Waiting { from, unread } => Self::Waiting { waiting: Waiting { from, unread: *unread } },
            Notice::Reply { to, text, outcome, why } => {
                Self::Reply { reply: Reply { to, text, outcome: outcome.as_str(), why } }
            }
        }
    }
}

/// The words, for complaints.
const EXPECTED: &str = "press, release, click, double, hold, quit";
/// Octets of a line of words that are kept; a longer line is answered with an error.
const LINE_MAX: usize = 256;
/// Octets read at once.
const CHUNK: usize = 256;
/// The longest hold, in milliseconds.
const HOLD_MAX_MS: u64 = 60_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use smol::future::{block_on, poll_once};

    use super::*;
    use crate::agent::{MessageKind, Network, OwnStatus};
    use crate::board::gestures::tests::button;
    use crate::frame::{Rgb, Rhythm};
    use crate::message::Outcome;
    use crate::presence::{LinkState, Presence, Status};
    use crate::text::{cut, is_showable};

    fn board(words: &'static str) -> Headless<&'static [u8], Vec<u8>> {
        let setup = Setup {
            leds: vec!["desk".into(), "team".into()],
            buttons: vec![button("left"), button("right")],
            started: std::time::Instant::now(),
        };
        Headless::new(setup, words.as_bytes(), Vec::new())
    }

    fn lines<R>(board: &mut Headless<R, Vec<u8>>) -> Vec<String> {
        let octets = std::mem::take(&mut board.output);
        String::from_utf8(octets).unwrap().lines().map(Into::into).collect()
    }

    fn frame(looks: &[Look], rows: &[&str], lit: bool) -> Frame {
        let mut frame = Frame { leds: looks.iter().copied().collect(), ..Frame::default() };
        frame.screen.rows = rows.iter().map(|row| cut(row)).collect();
        frame.screen.lit = lit;
        frame
    }

    /// Edges until the input has nothing more to say.
    fn edges(board: &mut Headless<&'static [u8], Vec<u8>>) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            // Far in the future, so that every edge is due when it is asked for.
            board.setup.started -= Duration::from_secs(60);
            match block_on(poll_once(board.next())) {
                Some(event) => events.push(event.unwrap()),
                None => return events,
            }
            if events.last() == Some(&Event::Quit) {
                return events;
            }
        }
    }

    fn errors(words: &'static str) -> Vec<String> {
        let mut board = board(words);
        edges(&mut board);
        let strip = |line: &String| line.split_once(',').unwrap().1.to_owned();
        lines(&mut board).iter().map(strip).collect()
    }

    const RED: Look = Look::new(Rgb::new(255, 0, 0), Rhythm::Steady);

    #[test]
    fn the_first_frame_is_printed_whole_and_later_ones_only_where_they_differ() {
        let mut board = board("");
        let at = Instant::from_millis;
        board.show(at(0), &frame(&[Look::OFF, Look::OFF], &[], false)).unwrap();
        assert_eq!(
            lines(&mut board),
            [
                r##"{"at_ms":0,"led":"desk","rgb":"#000000","rhythm":"off"}"##,
                r##"{"at_ms":0,"led":"team","rgb":"#000000","rhythm":"off"}"##,
                r#"{"at_ms":0,"display":[],"lit":false}"#,
            ]
        );
        board.show(at(1202), &frame(&[RED, Look::OFF], &[], false)).unwrap();
        assert_eq!(lines(&mut board), [r##"{"at_ms":1202,"led":"desk","rgb":"#ff0000","rhythm":"steady"}"##]);
        board.show(at(1301), &frame(&[RED, Look::OFF], &["Bob", "hi"], true)).unwrap();
        assert_eq!(lines(&mut board), [r#"{"at_ms":1301,"display":["Bob","hi"],"lit":true}"#]);
        board.show(at(1400), &frame(&[RED, Look::OFF], &["Bob", "hi"], true)).unwrap();
        assert_eq!(lines(&mut board), [] as [&str; 0]);
        board.blank().unwrap();
        assert_eq!(lines(&mut board).len(), 2);
    }

    #[test]
    fn a_rhythm_alone_is_a_change() {
        let mut board = board("");
        board.show(Instant::START, &frame(&[RED, RED], &[], false)).unwrap();
        lines(&mut board);
        let blinking = Look { rhythm: Rhythm::Blink, ..RED };
        board.show(Instant::START, &frame(&[RED, blinking], &[], false)).unwrap();
        assert_eq!(lines(&mut board), [r##"{"at_ms":0,"led":"team","rgb":"#ff0000","rhythm":"blink"}"##]);
    }

    #[test]
    fn every_notice_has_its_line() {
        let bob = || cut("bob@example.net");
        let notices = [
            Notice::Link { network: Network::Msn, state: LinkState::Online, why: cut("") },
            Notice::Link { network: Network::Msn, state: LinkState::Lost, why: cut("connection broken") },
            Notice::Own { network: Network::Msn, status: OwnStatus::Is(Status::Busy) },
            Notice::Own { network: Network::Msn, status: OwnStatus::Offline },
            Notice::Contact { account: bob(), presence: Presence::Busy, name: cut("Bob") },
            Notice::Message { from: bob(), kind: MessageKind::Text, text: cut("hi") },
            Notice::Waiting { from: bob(), unread: 1 },
            Notice::Reply { to: bob(), text: cut("Yes"), outcome: Outcome::Delivered, why: cut("") },
            Notice::Reply { to: bob(), text: cut("Yes"), outcome: Outcome::Failed, why: cut("217") },
        ];
        let mut board = board("");
        for notice in &notices {
            board.notice(Instant::from_millis(7), notice).unwrap();
        }
        assert_eq!(
            lines(&mut board),
            [
                r#"{"at_ms":7,"link":"msn","state":"online"}"#,
                r#"{"at_ms":7,"link":"msn","state":"lost","why":"connection broken"}"#,
                r#"{"at_ms":7,"own":"msn","presence":"busy"}"#,
                r#"{"at_ms":7,"own":"msn","presence":"offline"}"#,
                r#"{"at_ms":7,"contact":"bob@example.net","presence":"busy","name":"Bob"}"#,
                r#"{"at_ms":7,"message":{"from":"bob@example.net","kind":"text","text":"hi"}}"#,
                r#"{"at_ms":7,"waiting":{"from":"bob@example.net","unread":1}}"#,
                r#"{"at_ms":7,"reply":{"to":"bob@example.net","text":"Yes","outcome":"delivered"}}"#,
                r#"{"at_ms":7,"reply":{"to":"bob@example.net","text":"Yes","outcome":"failed","why":"217"}}"#,
            ]
        );
    }

    #[test]
    fn words_become_edges() {
        let mut board =
            board("press left\r\nrelease left\n\n  click   right \ndouble left\nhold right\nhold left 5\n");
        let seen: Vec<(u8, bool)> = edges(&mut board)
            .into_iter()
            .map(|event| match event {
                Event::Button { index, pressed, .. } => (index, pressed),
                other => panic!("{other:?}"),
            })
            .collect();
        let pairs = [0, 1, 0, 0, 1, 0].iter().flat_map(|&index| [(index, true), (index, false)]);
        assert_eq!(seen, pairs.collect::<Vec<_>>());
        assert_eq!(lines(&mut board), [] as [&str; 0]);
    }

    #[test]
    fn quit_is_heard_at_once_and_its_lf_may_be_missing() {
        assert_eq!(edges(&mut board("hold left 60000\nquit\n")), [Event::Quit]);
        assert_eq!(edges(&mut board("quit")), [Event::Quit]);
    }

    #[test]
    fn the_end_of_the_input_is_no_event_and_does_not_spin() {
        let mut board = board("");
        for _ in 0..3 {
            assert!(block_on(poll_once(board.next())).is_none());
        }
        assert_eq!(lines(&mut board), [] as [&str; 0]);
    }

    #[test]
    fn every_mistake_is_answered() {
        assert_eq!(
            errors("pres\n"),
            [r#""error":"unknown word \"pres\"; expected press, release, click, double, hold, quit"}"#]
        );
        assert_eq!(
            errors("click\nclick lef\nhold left soon\nhold left 0\nclick left twice\nquit now\n"),
            [
                r#""error":"click needs a button; expected one of: left, right"}"#,
                r#""error":"unknown button \"lef\"; expected one of: left, right"}"#,
                r#""error":"hold got the time \"soon\"; expected milliseconds from 1 to 60000"}"#,
                r#""error":"hold got the time \"0\"; expected milliseconds from 1 to 60000"}"#,
                r#""error":"unexpected \"twice\" after the word"}"#,
                r#""error":"unexpected \"now\" after the word"}"#,
            ]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_answered_once_and_the_next_one_is_heard() {
        let words: &'static str = Box::leak(format!("{}\nquit\n", "x".repeat(100_000)).into_boxed_str());
        let mut board = board(words);
        assert_eq!(edges(&mut board), [Event::Quit]);
        let lines = lines(&mut board);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("line longer than 256 octets"), "{lines:?}");
    }

    #[test]
    fn a_closed_stdout_is_an_error() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut board = Headless::new(board("").setup, smol::io::empty(), writer);
        let result = board.notice(Instant::START, &Notice::Waiting { from: cut("a"), unread: 1 });
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn what_a_terminal_must_not_see_is_escaped_and_comes_back_whole() {
        let mut board = board("");
        let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}a\"\\\n\u{e0041}ä中";
        let notice = Notice::Message { from: cut("a"), kind: MessageKind::Text, text: cut(evil) };
        board.notice(Instant::START, &notice).unwrap();
        let line = lines(&mut board).remove(0);
        assert!(line.chars().all(is_showable), "{line}");
        let back: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(back["message"]["text"], evil);
    }

    proptest! {
        #[test]
        fn no_input_panics_and_every_line_of_output_is_json(words in proptest::collection::vec(any::<u8>(), 0..600)) {
            let words: &'static [u8] = Box::leak(words.into_boxed_slice());
            let mut board = Headless::new(board("").setup, words, Vec::new());
            while let Some(event) = block_on(poll_once(board.next())) {
                event.unwrap();
                if board.quit { break }
            }
            for line in lines(&mut board) {
                prop_assert!(line.chars().all(is_showable));
                prop_assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
            }
        }
    }
}

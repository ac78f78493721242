//! Every press and release with its time, and which gesture it was.
//!
//! Does what the agent would do with the same edges, but for actions: nothing is bound here.

use super::{Act, Stage, play::Next};
use crate::agent::{Button, Gesture, Watch};
use crate::time::Instant;

/// The buttons.
#[derive(Debug)]
pub(super) struct Echo {
    watches: Vec<Watch>,
    begun: bool,
}

impl Echo {
    pub(super) fn new(buttons: Vec<Button>) -> Self {
        Self { watches: buttons.into_iter().map(Watch::new).collect(), begun: false }
    }

    /// Tells the gestures that are certain by now.
    fn settle(&mut self, now: Instant, stage: &mut Stage) {
        for watch in &mut self.watches {
            while let Some(gesture) = watch.poll(now) {
                let what = match gesture {
                    Gesture::Stuck => {
                        "stuck: it is down for so long that the agent would ignore it; check its wire, pull and active_low"
                    }
                    other => other.as_str(),
                };
                stage.lines.push(line(now, watch.name(), what));
            }
        }
    }
}

impl Act for Echo {
    fn act(&mut self, now: Instant, stage: &mut Stage) -> Next {
        if !std::mem::replace(&mut self.begun, true) {
            let watches = self.watches.iter().enumerate();
            let names = watches.filter(|(place, _)| !stage.is_missing(*place)).map(|(_, watch)| watch.name());
            let names: Vec<&str> = names.collect();
            stage.lines.push(format!("press {}: click, double and hold; Ctrl-C ends it", names.join(", ")));
        }
        self.settle(now, stage);
        self.watches.iter().filter_map(Watch::deadline).min().map_or(Next::Pressed, Next::At)
    }

    fn button(&mut self, at: Instant, index: u8, pressed: bool, stage: &mut Stage) {
        self.settle(at, stage);
        if let Some(watch) = self.watches.get_mut(usize::from(index)) {
            stage.lines.push(line(at, watch.name(), if pressed { "pressed" } else { "released" }));
            watch.edge(at, pressed);
        }
    }

    fn lost(&mut self, at: Instant, index: u8, pressed: bool, stage: &mut Stage) {
        if let Some(watch) = self.watches.get_mut(usize::from(index)) {
            watch.lose(at, pressed);
            let what = format!(
                "edges are lost; it is {} now, and nothing comes of what it did before",
                if pressed { "down" } else { "up" }
            );
            stage.lines.push(line(at, watch.name(), &what));
        }
    }
}

fn line(now: Instant, name: &str, what: &str) -> String {
    format!("{:>12}  {name}  {what}", now.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of these edges of one button: a moment and a level each.
    fn told(edges: &[(u64, bool)]) -> Vec<String> {
        let (mut echo, mut stage) =
            (Echo::new(vec![Button { name: "left".into(), ..Button::default() }]), Stage::default());
        let mut edges = edges.iter().copied().peekable();
        let mut now = Instant::START;
        loop {
            echo.act(now, &mut stage);
            while let Some((_, pressed)) = edges.next_if(|(at, _)| *at == now.as_millis()) {
                echo.button(now, 0, pressed, &mut stage);
            }
            let due = if let Next::At(at) = echo.act(now, &mut stage) { Some(at) } else { None };
            let edge = edges.peek().map(|(at, _)| Instant::from_millis(*at));
            match crate::time::earlier(due, edge) {
                Some(next) => now = next,
                None => return stage.lines.iter().skip(1).map(|line| line.trim().to_owned()).collect(),
            }
        }
    }

    /// The words after the button's name.
    fn words(edges: &[(u64, bool)]) -> Vec<String> {
        let word = |line: String| line.split("  ").nth(2).unwrap_or_default().to_owned();
        told(edges).into_iter().map(word).collect()
    }

    #[test]
    fn gestures_are_told_after_their_edges_and_with_their_time() {
        let lines = told(&[(1000, true), (1100, false)]);
        assert_eq!(lines[..2], ["1.000 s  left  pressed", "1.100 s  left  released"]);
        assert!(lines[2].ends_with("left  click"), "{lines:?}");
        assert_eq!(words(&[(0, true), (100, false), (250, true), (350, false)]).last().unwrap(), "released");
        assert!(words(&[(0, true), (100, false), (250, true), (350, false)]).contains(&"double".into()));
        assert_eq!(words(&[(0, true), (900, false)]), ["pressed", "hold", "released"]);
    }

    #[test]
    fn lost_edges_are_told_and_make_no_gesture() {
        let (mut echo, mut stage) = (Echo::new(vec![Button::default()]), Stage::default());
        echo.button(Instant::from_millis(100), 0, true, &mut stage);
        echo.lost(Instant::from_millis(2000), 0, false, &mut stage);
        assert_eq!(echo.act(Instant::from_millis(9000), &mut stage), Next::Pressed);
        assert_eq!(stage.lines.len(), 3, "{:?}", stage.lines);
        assert!(stage.lines[1].contains("edges are lost; it is up now"), "{:?}", stage.lines);
    }

    #[test]
    fn a_stuck_button_is_told() {
        let words = words(&[(0, true)]);
        assert!(words.last().unwrap().starts_with("stuck: "), "{words:?}");
    }
}

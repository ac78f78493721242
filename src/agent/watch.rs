//! The gestures of one button by themselves, for whoever tests its wires.
//!
//! It does not know what a gesture does.

use super::gesture::{Recogniser, Step};
use super::settings::{Action, Button};
use crate::time::Instant;

/// What a person did with a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// A short press, and no second one followed.
    Click,
    /// Two short presses.
    Double,
    /// It is down for long enough, and still is.
    Hold,
    /// It is down for so long that it must be stuck.
    Stuck,
}

impl Gesture {
    /// The word of the configuration, and `stuck`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Double => "double",
            Self::Hold => "hold",
            Self::Stuck => "stuck",
        }
    }
}

/// One button and its edges.
#[derive(Clone, Debug)]
pub struct Watch {
    button: Button,
    recogniser: Recogniser,
}

impl Watch {
    /// A button that is up. Its times count; click, double and hold are told, whatever is bound to what.
    #[must_use]
    pub fn new(button: Button) -> Self {
        let any = Some(Action::Wake);
        let times = Button { press: None, release: None, repeat: None, ..button };
        let button = Button { click: any, double: any, hold: any, ..times };
        Self { button, recogniser: Recogniser::default() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.button.name
    }

    /// An edge. Call [`Watch::poll`] for the moment it came until `None` before.
    pub fn edge(&mut self, at: Instant, pressed: bool) {
        self.recogniser.edge(at, pressed);
    }

    /// Edges were lost, and it was found down or up at that moment. [`Watch::poll`] must not be called before.
    pub fn lose(&mut self, at: Instant, pressed: bool) {
        self.recogniser.lose(at, pressed, &self.button);
    }

    /// The next gesture that is certain by then, oldest first. Every edge from before has been told.
    pub fn poll(&mut self, now: Instant) -> Option<Gesture> {
        loop {
            return match self.recogniser.poll(now, &self.button)? {
                Step::Click => Some(Gesture::Click),
                Step::Double => Some(Gesture::Double),
                Step::Hold => Some(Gesture::Hold),
                Step::Stuck => Some(Gesture::Stuck),
                Step::Pressed(_) | Step::Released | Step::Repeat => continue,
            };
        }
    }

    /// When [`Watch::poll`] has something to say, if no edge comes before.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.recogniser.deadline(&self.button)
    }
}

//! What the agent is told before it starts: lights, replies, buttons, display.
//!
//! It does not know files or TOML: `config/` makes these values and checks them.

use alloc::string::String;
use alloc::vec::Vec;

use super::palette::Palette;
use crate::link::Network;
use crate::msnp;
use crate::presence::Status;
use crate::qq;
use crate::time::Duration;

/// Everything the agent is told before it starts. Made by `config/`, checked there: indices are in range, names are known.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The MSN account.
    pub msn: Option<msnp::Settings>,
    /// The QQ account.
    pub qq: Option<qq::Settings>,
    /// Short names for addresses, for display.
    pub people: Vec<Person>,
    /// LED names, in the order of [`Frame::leds`](crate::frame::Frame::leds).
    pub leds: Vec<String>,
    /// What the lights show; of several lights on one LED the last one that has something to show wins.
    pub lights: Vec<Light>,
    /// Canned replies.
    pub replies: Replies,
    /// Buttons, in the order of [`Input::Button`](super::Input::Button)'s index.
    pub buttons: Vec<Button>,
    /// The display.
    pub display: Display,
}

/// A short name of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The short name.
    pub name: String,
    /// The address.
    pub account: String,
}

/// One `[[light]]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// Indices into [`Settings::leds`].
    pub leds: Vec<u8>,
    /// What it shows.
    pub subject: Subject,
    /// How every state looks.
    pub palette: Palette,
}

/// What a light is about. Exactly one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The presence of one contact or, of several, of the one most at hand.
    PresenceOf(Whose),
    /// Messages waiting from these, and nothing else.
    MessagesOf(Whose),
    /// Our own status.
    OwnStatus,
    /// How the connection of a network stands.
    Link(Network),
    /// Unread mail.
    Mail,
}

/// Whom a light is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// These addresses and groups.
    These(Vec<Member>),
    /// Every contact of the forward list.
    Everyone,
}

/// A member of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// An address.
    Account(String),
    /// An MSN group, by name.
    Group(String),
}

/// Canned replies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replies {
    /// The texts, each at most [`TEXT_MAX`](crate::limits::TEXT_MAX) octets.
    pub texts: Vec<String>,
    /// The menu forgets whom it was for after this long.
    pub expire: Duration,
}

impl Default for Replies {
    fn default() -> Self {
        Self { texts: Vec::new(), expire: Duration::from_secs(60) }
    }
}

/// A button and what its gestures do. Either it acts on its way down and up (`press`, `release`), or by how it is pressed
/// (the others); `config/` takes no mixture, since every press would do two things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// Its name.
    pub name: String,
    /// On its way down.
    pub press: Option<Action>,
    /// On its way up, however long it was down, unless that was so long that it was stuck.
    pub release: Option<Action>,
    /// A short press.
    pub click: Option<Action>,
    /// Two short presses.
    pub double: Option<Action>,
    /// A long press; fires while still down. Where neither it nor `repeat` is bound a long press is a click.
    pub hold: Option<Action>,
    /// A button held does its click again and again, this long apart, the first time after `hold_after`; not beside
    /// `hold`. Default: it does not.
    pub repeat: Option<Duration>,
    /// How long is long; default 600 ms.
    pub hold_after: Duration,
    /// How soon after the release of the first press the second one of a double comes; default 350 ms.
    pub double_within: Duration,
    /// A level that lasts shorter is a bounce; default 50 ms. What ends without an edge, as a hold does, is told this
    /// much later: an edge from before may be on its way for as long.
    pub debounce: Duration,
}

/// A button without a name that does nothing, with the default times.
impl Default for Button {
    fn default() -> Self {
        Self {
            name: String::new(),
            press: None,
            release: None,
            click: None,
            double: None,
            hold: None,
            repeat: None,
            hold_after: Duration::from_millis(600),
            double_within: Duration::from_millis(350),
            debounce: Duration::from_millis(50),
        }
    }
}

/// What a gesture does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Opens the reply menu for the sender shown, then moves on in it. The menu stays with that person, whoever else
    /// writes.
    NextReply,
    /// Sends the reply chosen in the menu; on the page of a failed one, sends that again.
    SendReply,
    /// Sends the reply of that index at once to the sender shown.
    Reply(u8),
    /// Leaves the menu or an outcome; else marks the messages shown as seen, or on the contact list the mail.
    Acknowledge,
    /// Nudges the person shown.
    Nudge,
    /// Our own status becomes the next of online, busy, away, invisible.
    CycleStatus,
    /// Our own status becomes this.
    Status(Status),
    /// Leaves the menu or an outcome; else the next older waiting sender, then the pages of the contact list.
    NextPage,
    /// Lights the display, as every first press does.
    Wake,
}

/// The display's habits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Display {
    /// Dark after this long without anything new, whatever waits; zero means never.
    pub blank_after: Duration,
    /// How much of a message a passer-by may read.
    pub privacy: Privacy,
    /// Columns of text; zero columns or rows mean there is no display.
    pub columns: u8,
    /// Rows of text.
    pub rows: u8,
}

impl Default for Display {
    fn default() -> Self {
        Self { blank_after: Duration::from_secs(60), privacy: Privacy::Full, columns: 21, rows: 6 }
    }
}

/// How much of a message a passer-by may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Privacy {
    /// Sender and words.
    #[default]
    Full,
    /// The sender only.
    Sender,
    /// Neither, until somebody opens the reply menu: it must say whom it is for.
    None,
}

//! What people say to each other, network-neutral: what is said ([`Say`]), what comes ([`Body`]), and what became of
//! something sent ([`Outcome`]).
//!
//! It does not know how any network writes it.

/// How something sent came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// On its way; another outcome follows.
    Sending,
    /// MSN: acknowledged while the recipient was in the room. QQ: taken by the server.
    Delivered,
    /// Certainly not delivered.
    Failed,
    /// Written, but nobody said what became of it. Never sent again by itself.
    Unsure,
}

impl Outcome {
    /// The word of headless lines and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unsure => "unsure",
        }
    }
}

/// What can be said to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say<'a> {
    /// Words, at most [`TEXT_MAX`](crate::limits::TEXT_MAX) octets.
    Text(&'a str),
    /// A nudge; not every network has them.
    Nudge,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Words.
    Text(&'a str),
    /// A nudge.
    Nudge,
    /// They are typing just now; shown for about six seconds.
    Typing,
    /// They offered a file or a call, which we can't take; they were told so.
    Invite(&'a str),
}

//! What became of a change of a list, network-neutral: how it was answered ([`Verdict`]), or why it could not even be
//! asked for ([`NotNow`]).
//!
//! It does not know what was to be changed.

use core::fmt;

/// How an edit was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It is so now, or was so already.
    Done,
    /// QQ only: not yet. They want to be asked first, by [`qq::Edit::Ask`](crate::qq::Edit::Ask).
    MustAsk,
    /// QQ only: they take no friends.
    Declined,
    /// The server refused: MSN by this numeric error, QQ by this RES.
    Refused(u16),
    /// QQ only: refused by RES=3, which is "too often" as well as "not allowed".
    TooOften,
    /// It never left this machine.
    NotSent,
    /// QQ only: the server did not know us any more when it was asked, and so did nothing.
    SignedOut,
    /// It was written, but nobody said what became of it.
    Unsure,
}

/// Why an edit can't be asked for. Nothing of it was sent, and no answer follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotNow {
    /// The link is not up, or the sign-in is still under way.
    NotSignedIn,
    /// Too much is outstanding: on MSN eight commands, on QQ one edit.
    Busy,
    /// MSN only: the dialect has no words for it, or needs an id that is not known.
    CantSay,
}

impl fmt::Display for NotNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotSignedIn => "not signed in",
            Self::Busy => "too much is under way; try again in a moment",
            Self::CantSay => "the dialect spoken with this server has no words for it",
        })
    }
}

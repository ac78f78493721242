//! How far a session has come, and what it does not know.
//!
//! It does not know commands: whoever asks them says what their answers, and their silence, mean for it.

use crate::qq::exchange::Silence;

/// How far a session has come. One that signs in again stays where it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// The list was not told yet.
    #[default]
    SigningIn,
    /// It was; states follow.
    Listed,
    /// States were told too: presence flows.
    Entered,
}

/// What is not known, each with what ends it: nothing else does, or a light would flicker between what it shows and that
/// it does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubt {
    /// The last request reached nobody: until anything is answered.
    pub(super) link: bool,
    /// Messages were asked for and not told, nor changes of states with them: until they are.
    pub(super) mail: bool,
    /// Somebody's state may have changed unknown to us: until states are listed to their end.
    pub(super) states: bool,
}

impl Doubt {
    pub(super) const fn is_any(self) -> bool {
        self.link || self.mail || self.states
    }

    /// A server that closes without a word, or says something else, is there; that it does not like one command must
    /// not make the others doubtful.
    pub(super) fn unanswered(&mut self, silence: Silence) {
        self.link |= matches!(silence, Silence::NotSent(_) | Silence::Broken(_) | Silence::TimedOut);
    }
}

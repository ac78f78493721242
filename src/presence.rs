//! Presence, network-neutral: what a contact does ([`Presence`]), what we say of ourselves ([`Status`]), and how the
//! connection to a network stands ([`LinkState`]).

use core::fmt;

/// What is known of a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// At the keyboard.
    Online,
    /// Away from the keyboard, by their own word.
    Away,
    /// Not to be disturbed.
    Busy,
    /// The keyboard has been still for a while.
    Idle,
    /// Back in a moment.
    Brb,
    /// On the telephone.
    Phone,
    /// Out for a meal.
    Lunch,
    /// Gone, hidden, or blocking us: the network does not tell which.
    Offline,
    /// The link that would tell is not up.
    #[default]
    Unknown,
}

impl Presence {
    /// The word of configuration, headless lines and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Busy => "busy",
            Self::Idle => "idle",
            Self::Brb => "brb",
            Self::Phone => "phone",
            Self::Lunch => "lunch",
            Self::Offline => "offline",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What we let others see of ourselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// At the keyboard.
    #[default]
    Online,
    /// Away from the keyboard.
    Away,
    /// Not to be disturbed.
    Busy,
    /// The keyboard has been still for a while.
    Idle,
    /// Back in a moment.
    Brb,
    /// On the telephone.
    Phone,
    /// Out for a meal.
    Lunch,
    /// Signed in, seen as offline. Nothing can be sent in this state on MSN (913).
    Invisible,
}

impl Status {
    /// Every status, in the order `cycle-status` and error texts use.
    pub const ALL: [Self; 8] = [
        Self::Online,
        Self::Busy,
        Self::Away,
        Self::Brb,
        Self::Phone,
        Self::Lunch,
        Self::Idle,
        Self::Invisible,
    ];

    /// The word of configuration, headless lines and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self.presence() {
            Some(presence) => presence.as_str(),
            None => "invisible",
        }
    }

    /// The status of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// The presence a light shows for it; `None` for invisible, which has a look of its own.
    #[must_use]
    pub const fn presence(self) -> Option<Presence> {
        Some(match self {
            Self::Online => Presence::Online,
            Self::Away => Presence::Away,
            Self::Busy => Presence::Busy,
            Self::Idle => Presence::Idle,
            Self::Brb => Presence::Brb,
            Self::Phone => Presence::Phone,
            Self::Lunch => Presence::Lunch,
            Self::Invisible => return None,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the connection of one account stands, in words a person sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LinkState {
    /// The program has just begun.
    #[default]
    Starting,
    /// Reaching the server, for the first time or again.
    Connecting,
    /// The server answered; versions, credentials and lists are being exchanged.
    SigningIn,
    /// Signed in, lists known, presence flows.
    Online,
    /// Online, but the server has not answered the last ping yet.
    Stale,
    /// The connection broke; another try follows by itself.
    Lost,
    /// The account signed in somewhere else; we stay away for a while.
    Elsewhere,
    /// The server refused the account or the client; only a person can mend it.
    Refused,
    /// Signing out.
    Stopping,
    /// Signed out.
    Stopped,
}

impl LinkState {
    /// The word of headless lines and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Connecting => "connecting",
            Self::SigningIn => "signing-in",
            Self::Online => "online",
            Self::Stale => "stale",
            Self::Lost => "lost",
            Self::Elsewhere => "elsewhere",
            Self::Refused => "refused",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }

    /// Whether what we know of contacts is current.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Online | Self::Stale)
    }
}

impl fmt::Display for LinkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

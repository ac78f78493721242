//! Numeric error codes: what each means, and what a session does about it in each [`Phase`].
//!
//! It knows no session: the same code is a locked door at sign-in and a shrug later, so the phase is asked along.

use core::fmt;

/// Where in its life a connection is when a code comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// From connecting until `USR OK`.
    SignIn,
    /// The answers to SYN and to the first CHG.
    Sync,
    /// Signed in: the answer to any command on the notification server.
    Session,
    /// On a switchboard.
    Switchboard,
}

/// What to do. The first three leave the link as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// It is so already: take the command as done.
    AlreadySo,
    /// The command failed and nothing else did: say so to whoever asked for it.
    Ignore,
    /// The command failed because the server is busy, or we were too quick. Nothing is tried again by itself, and the
    /// link stays up: signing in anew would cost the server more.
    SlowDown,
    /// This switchboard is of no use: leave it and ask for another, once.
    NewSwitchboard,
    /// The state is lost: connect again. The reconnect policy is that of [`Reaction::BackOff`]; its first try comes soon.
    Retry,
    /// Connect again, later each time. A switchboard is left for good.
    BackOff,
    /// Once more, after [`FRESH_TRY_AFTER`](crate::limits::FRESH_TRY_AFTER), from the configured server on and with a
    /// fresh ticket; the second time in a row as [`Reaction::Refused`].
    FreshTry,
    /// Stop until a person changes something.
    Refused,
}

/// A code of the wire, known or not. Its display is for people: `911 authentication failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode(pub u16);

impl ErrorCode {
    /// What it means, in a few words.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.row().map_or("unknown error", |row| row.1)
    }

    /// What to do about it. Codes in no table go by their hundreds: 2xx to 4xx are about one command, 5xx to 7xx about a
    /// server in trouble, 8xx about our pace, 9xx about the account or the server's load.
    #[must_use]
    pub fn reaction(self, phase: Phase) -> Reaction {
        let [sign_in, sync, session, switchboard] = match (self.row(), self.0) {
            (Some(row), _) => row.2,
            (None, 500..=799) => TROUBLE,
            (None, 800..=899) => PACE,
            (None, 900..=999) => [Reaction::BackOff, Reaction::BackOff, Reaction::Ignore, Reaction::BackOff],
            (None, _) => COMMAND,
        };
        match phase {
            Phase::SignIn => sign_in,
            Phase::Sync => sync,
            Phase::Session => session,
            Phase::Switchboard => switchboard,
        }
    }

    fn row(self) -> Option<&'static Row> {
        TABLE.binary_search_by_key(&self.0, |row| row.0).ok().and_then(|index| TABLE.get(index))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.meaning())
    }
}

/// Reactions in the order of [`Phase`].
type ByPhase = [Reaction; 4];
/// Code, meaning, reactions.
type Row = (u16, &'static str, ByPhase);

/// About one command. Where that command was part of signing in, the way on is barred: try again, but ever later.
const COMMAND: ByPhase = [Reaction::BackOff, Reaction::BackOff, Reaction::Ignore, Reaction::Ignore];
/// What was asked for is so already.
const DONE: ByPhase = [Reaction::BackOff, Reaction::BackOff, Reaction::AlreadySo, Reaction::AlreadySo];
/// The server is in trouble.
const TROUBLE: ByPhase = [Reaction::BackOff, Reaction::BackOff, Reaction::SlowDown, Reaction::BackOff];
/// The server is about to go, and the link with it.
const GOING: ByPhase = [Reaction::Retry, Reaction::Retry, Reaction::BackOff, Reaction::NewSwitchboard];
/// The connection to a switchboard failed.
const BOARD: ByPhase =
    [Reaction::BackOff, Reaction::BackOff, Reaction::NewSwitchboard, Reaction::NewSwitchboard];
/// Too quick.
const PACE: ByPhase = [Reaction::BackOff, Reaction::BackOff, Reaction::SlowDown, Reaction::SlowDown];
/// The server forgot who we are, or never knew.
const LOST: ByPhase = [Reaction::BackOff, Reaction::BackOff, Reaction::Retry, Reaction::NewSwitchboard];
/// Password, ticket or cookie refused: a stale one may be all there is to it.
const CREDENTIALS: ByPhase =
    [Reaction::FreshTry, Reaction::FreshTry, Reaction::FreshTry, Reaction::NewSwitchboard];
/// The account can't do this, whoever tries and however often.
const ACCOUNT: ByPhase = [Reaction::Refused, Reaction::Refused, Reaction::Ignore, Reaction::BackOff];
/// We said of ourselves what the server does not accept.
const REJECTED: ByPhase = [Reaction::Refused, Reaction::BackOff, Reaction::Ignore, Reaction::Ignore];

/// Every code of `[seed 000]` and those of other public sources, in order.
const TABLE: &[Row] = &[
    (200, "the server does not understand the command", COMMAND),
    (201, "invalid parameter", COMMAND),
    (203, "invalid contact on another network", COMMAND),
    (204, "contact's network can't be reached", COMMAND),
    (205, "no such account", COMMAND),
    (206, "the address lacks its domain", REJECTED),
    (207, "already signed in on this connection", COMMAND),
    (208, "invalid account", COMMAND),
    (209, "name not allowed, or account not verified", COMMAND),
    (210, "the list is full", COMMAND),
    (212, "unexpected new name", COMMAND),
    (213, "bad new name", COMMAND),
    (215, "already on that list or in that conversation", DONE),
    (216, "not on that list", COMMAND),
    (217, "not online", COMMAND),
    (218, "already set that way", DONE),
    (219, "on the opposite list", COMMAND),
    (220, "takes no pages", COMMAND),
    (223, "too many groups", COMMAND),
    (224, "no such group", COMMAND),
    (225, "contact not in that group", COMMAND),
    (227, "the group is not empty", COMMAND),
    (228, "a group of that name exists", COMMAND),
    (229, "group name too long", COMMAND),
    (230, "the first group can't be removed", COMMAND),
    (231, "added to a group that does not exist", COMMAND),
    (232, "bad mobile number", COMMAND),
    (233, "unknown mobile number", COMMAND),
    (234, "unknown mobile domain", COMMAND),
    (240, "the list names no domain", COMMAND),
    (241, "malformed list", COMMAND),
    (280, "the switchboard failed", BOARD),
    (281, "transfer to a switchboard failed", BOARD),
    (282, "the other side could not take it", COMMAND),
    (300, "a required field is missing", COMMAND),
    (301, "too many matches", COMMAND),
    (302, "not signed in", LOST),
    (400, "the address book can't be changed now", TROUBLE),
    (402, "the address book is busy", TROUBLE),
    (403, "the address book is unavailable", TROUBLE),
    (413, "no subscription for this", COMMAND),
    (414, "feature switched off", COMMAND),
    (416, "not available in this region", COMMAND),
    (417, "feature not available", COMMAND),
    (418, "feature not available just now", PACE),
    (419, "feature not allowed", COMMAND),
    (420, "an invitation or permission is needed", ACCOUNT),
    (500, "internal server error or maintenance", TROUBLE),
    (501, "database error", TROUBLE),
    (502, "command switched off", COMMAND),
    (503, "the server failed", COMMAND),
    (504, "the other network failed", COMMAND),
    (505, "the other network refused", COMMAND),
    (508, "the other network is not connected", COMMAND),
    (509, "the other network did not take it", COMMAND),
    (510, "file operation failed", TROUBLE),
    (511, "account banned", ACCOUNT),
    (520, "out of memory", TROUBLE),
    (540, "wrong answer to the challenge", CREDENTIALS),
    (600, "server busy", TROUBLE),
    (601, "server unavailable", TROUBLE),
    (602, "a notification server is down", TROUBLE),
    (603, "no connection to the database", TROUBLE),
    (604, "server going down", GOING),
    (605, "server unavailable", TROUBLE),
    (606, "paging unavailable", COMMAND),
    (700, "connection could not be made", BOARD),
    (707, "connection could not be made", BOARD),
    (710, "bad client version or locale", REJECTED),
    (711, "the server can't write", TROUBLE),
    (712, "session overloaded", TROUBLE),
    (713, "too active", PACE),
    (714, "too many sessions", TROUBLE),
    (715, "not expected now", COMMAND),
    (717, "broken contact list on the server", TROUBLE),
    (718, "restricted contact", COMMAND),
    (719, "restricted contact on another network", COMMAND),
    (726, "contact's network not allowed", COMMAND),
    (729, "too busy", TROUBLE),
    (731, "bad client version", REJECTED),
    (800, "changing too fast", PACE),
    (910, "server too busy", TROUBLE),
    (911, "authentication failed", CREDENTIALS),
    (912, "server too busy", TROUBLE),
    (913, "not allowed while invisible", COMMAND),
    (914, "server unavailable", TROUBLE),
    (915, "server unavailable", TROUBLE),
    (916, "server unavailable", TROUBLE),
    (917, "authentication failed: account's domain not served", ACCOUNT),
    (918, "server too busy", TROUBLE),
    (919, "server too busy", TROUBLE),
    (920, "the server takes no new users", TROUBLE),
    (921, "server too busy", TROUBLE),
    (922, "server too busy", TROUBLE),
    (923, "child account without consent", ACCOUNT),
    (924, "account not verified", ACCOUNT),
    (926, "account restricted", ACCOUNT),
    (927, "account managed by somebody else", ACCOUNT),
    (928, "bad ticket, or account moved to another server", CREDENTIALS),
    (929, "account's challenge failed", ACCOUNT),
    (930, "account's network not served", ACCOUNT),
    // Every sign-in starts at the configured server, so an account that moved is found there again.
    (931, "account not on this server", LOST),
    (933, "circle not accepted", COMMAND),
    (934, "list not accepted", COMMAND),
    (935, "signature not accepted", COMMAND),
];

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// The error table of [seed 000].
    const SEED: &[u16] = &[
        200, 201, 205, 206, 207, 208, 209, 210, 215, 216, 217, 218, 219, 223, 224, 225, 229, 230, 300, 302,
        500, 540, 600, 707, 910, 911,
    ];
    /// What other public sources have beyond it.
    const OTHERS: &[u16] = &[
        203, 204, 212, 213, 220, 227, 228, 231, 232, 233, 234, 240, 241, 280, 281, 282, 301, 400, 402, 403,
        413, 414, 416, 417, 418, 419, 420, 501, 502, 503, 504, 505, 508, 509, 510, 511, 520, 601, 602, 603,
        604, 605, 606, 700, 710, 711, 712, 713, 714, 715, 717, 718, 719, 726, 729, 731, 800, 912, 913, 914,
        915, 916, 917, 918, 919, 920, 921, 922, 923, 924, 926, 927, 928, 929, 930, 931, 933, 934, 935,
    ];
    const PHASES: [Phase; 4] = [Phase::SignIn, Phase::Sync, Phase::Session, Phase::Switchboard];

    #[test]
    fn every_code_of_every_source_is_in_the_table_and_no_other() {
        let mut known = [SEED, OTHERS].concat();
        known.sort_unstable();
        let table: alloc::vec::Vec<u16> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(table, known);
        for code in known {
            let meaning = ErrorCode(code).meaning();
            assert_ne!(meaning, "unknown error", "{code}");
            assert!(!meaning.ends_with('.') && meaning.len() <= 50, "{code} {meaning}");
        }
        assert_eq!(ErrorCode(911).to_string(), "911 authentication failed");
        assert_eq!(ErrorCode(999).to_string(), "999 unknown error");
    }

    #[test]
    fn no_code_is_shrugged_off_where_the_session_would_hang() {
        for code in 0..1000 {
            for phase in [Phase::SignIn, Phase::Sync] {
                let reaction = ErrorCode(code).reaction(phase);
                let ends = [Reaction::Retry, Reaction::BackOff, Reaction::FreshTry, Reaction::Refused];
                assert!(ends.contains(&reaction), "{code} {phase:?} {reaction:?}");
            }
        }
    }

    #[test]
    fn a_code_on_a_switchboard_never_stops_the_account() {
        for code in 0..1000 {
            let reaction = ErrorCode(code).reaction(Phase::Switchboard);
            let stops = [Reaction::Refused, Reaction::FreshTry, Reaction::Retry];
            assert!(!stops.contains(&reaction), "{code} {reaction:?}");
        }
    }

    #[test]
    fn the_codes_people_meet_get_their_reactions() {
        use Reaction::{AlreadySo, BackOff, FreshTry, Ignore, NewSwitchboard, Refused, Retry, SlowDown};
        for (code, expected) in [
            (201, [BackOff, BackOff, Ignore, Ignore]),
            (215, [BackOff, BackOff, AlreadySo, AlreadySo]),
            (217, [BackOff, BackOff, Ignore, Ignore]),
            (280, [BackOff, BackOff, NewSwitchboard, NewSwitchboard]),
            (302, [BackOff, BackOff, Retry, NewSwitchboard]),
            (500, [BackOff, BackOff, SlowDown, BackOff]),
            (540, [FreshTry, FreshTry, FreshTry, NewSwitchboard]),
            (600, [BackOff, BackOff, SlowDown, BackOff]),
            (713, [BackOff, BackOff, SlowDown, SlowDown]),
            (710, [Refused, BackOff, Ignore, Ignore]),
            (911, [FreshTry, FreshTry, FreshTry, NewSwitchboard]),
            (913, [BackOff, BackOff, Ignore, Ignore]),
            (923, [Refused, Refused, Ignore, BackOff]),
            (604, [Retry, Retry, BackOff, NewSwitchboard]),
            (931, [BackOff, BackOff, Retry, NewSwitchboard]),
            // In no table: by their hundreds.
            (299, [BackOff, BackOff, Ignore, Ignore]),
            (799, [BackOff, BackOff, SlowDown, BackOff]),
            (801, [BackOff, BackOff, SlowDown, SlowDown]),
            (999, [BackOff, BackOff, Ignore, BackOff]),
            (7, [BackOff, BackOff, Ignore, Ignore]),
        ] {
            assert_eq!(PHASES.map(|phase| ErrorCode(code).reaction(phase)), expected, "{code}");
        }
    }
}

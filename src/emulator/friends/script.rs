//! A day as a list of scenes: who does what when. It does not know how any of it is said on the wire.

use std::time::Duration;

use crate::emulator::accounts::Accounts;

/// People and what they do, over and over.
#[derive(Debug, Clone)]
pub struct Script {
    /// The address they write to.
    pub desk: String,
    /// Who they are.
    pub people: Vec<Person>,
    /// What they do, in order of time.
    pub scenes: Vec<Scene>,
    /// After this the script begins again.
    pub length: Duration,
}

/// One of the people.
#[derive(Clone)]
pub struct Person {
    /// The address signed in with.
    pub account: String,
    /// The password.
    pub password: String,
    /// What a message is answered with, in turn.
    pub answers: Vec<String>,
    /// What a nudge is answered with, in turn.
    pub nudged: Vec<String>,
}

/// Something done at a time.
pub type Scene = crate::emulator::agenda::Scene<Act>;

/// What people do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Signs in with this state (`NLN`, `BSY`, …).
    SignIn(&'static str),
    /// Signs out.
    SignOut,
    /// Changes the state.
    Status(&'static str),
    /// Changes the own name.
    Rename(String),
    /// Begins to write to the desk.
    Type,
    /// Writes to the desk.
    Say(String),
    /// Nudges the desk.
    Nudge,
}

impl Script {
    /// A little day of 84 seconds with Alice, Bob, Carol and Jörg, as far as they are in `accounts`.
    #[must_use]
    pub fn day(accounts: &Accounts, desk: &str) -> Self {
        let mut people = Vec::new();
        let mut scenes = Vec::new();
        for (account, answers, nudged, acts) in CAST {
            let Some(found) = accounts.account(account) else { continue };
            let who = people.len();
            let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let (answers, nudged) = (words(answers), words(nudged));
            people.push(Person {
                account: found.address.clone(),
                password: found.password.clone(),
                answers,
                nudged,
            });
            scenes.extend(acts.iter().map(|(seconds, line)| Scene {
                at: Duration::from_secs(*seconds),
                who,
                act: line.act(),
            }));
        }
        scenes.sort_by_key(|scene| scene.at);
        Self { desk: desk.to_owned(), people, scenes, length: Duration::from_secs(84) }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("account", &self.account).finish_non_exhaustive()
    }
}

/// An [`Act`] that can stand in a table.
enum Line {
    In(&'static str),
    Out,
    Is(&'static str),
    Named(&'static str),
    Types,
    Says(&'static str),
    Nudges,
}

impl Line {
    fn act(&self) -> Act {
        match self {
            Self::In(state) => Act::SignIn(state),
            Self::Out => Act::SignOut,
            Self::Is(state) => Act::Status(state),
            Self::Named(name) => Act::Rename((*name).to_owned()),
            Self::Types => Act::Type,
            Self::Says(text) => Act::Say((*text).to_owned()),
            Self::Nudges => Act::Nudge,
        }
    }
}

/// Account, answers to a message, answers to a nudge, and what happens at which second.
type Role = (&'static str, &'static [&'static str], &'static [&'static str], &'static [(u64, Line)]);

const CAST: [Role; 4] = [
    (
        "bob@example.net",
        &["ok, take your time", "thanks!", "good, I'll tell the others"],
        &["yes? what is it?"],
        &[
            (1, Line::In("NLN")),
            (9, Line::Is("BSY")),
            (43, Line::Is("NLN")),
            (45, Line::Types),
            (47, Line::Says("the build is green again")),
            (70, Line::Is("BRB")),
            (77, Line::Out),
        ],
    ),
    (
        "alice@example.net",
        &["great, see you downstairs", "no problem, some other day", "fine :)"],
        &["I'm here, I'm here"],
        &[
            (3, Line::In("NLN")),
            (12, Line::Types),
            (14, Line::Says("lunch at 12?")),
            (52, Line::Is("LUN")),
            (67, Line::Is("NLN")),
            (80, Line::Out),
        ],
    ),
    (
        "carol@example.net",
        &["I knew it"],
        &["ouch!"],
        &[(6, Line::In("AWY")), (33, Line::Is("NLN")), (36, Line::Nudges), (62, Line::Out)],
    ),
    (
        "joerg@example.net",
        &["schön, bis gleich ☕", "macht nichts"],
        &["ja?"],
        &[
            (22, Line::In("NLN")),
            (25, Line::Types),
            (28, Line::Says("Grüß dich! Kaffee um drei?")),
            (56, Line::Named("Jörg Müßig (Zürich)")),
            (59, Line::Is("PHN")),
            (73, Line::Out),
        ],
    ),
];

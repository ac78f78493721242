//! A QQ day as a list of scenes: who does what when. It does not know how any of it is said on the wire.

use std::time::Duration;

use super::State;
use crate::emulator::Accounts;

/// People with QQ numbers and what they do, over and over.
#[derive(Debug, Clone)]
pub struct Script {
    /// The number they write to.
    pub desk: u32,
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
    /// The number signed in with.
    pub uin: u32,
    /// The password.
    pub password: String,
    /// What a message, or being accepted, is answered with, in turn.
    pub answers: Vec<String>,
}

/// Something done at a time.
pub type Scene = crate::emulator::agenda::Scene<Act>;

/// What people do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Signs in with this state.
    SignIn(State),
    /// Signs out.
    SignOut,
    /// Changes the state.
    Status(State),
    /// Writes to the desk.
    Say(String),
    /// Asks the desk to be friends, in these words, unless it was answered before. A server loses the first of two
    /// such requests and takes its time `[seed 003]`, so it arrives 20 seconds later.
    Ask(String),
}

impl Script {
    /// A little day of 84 seconds with 微程, 李雷, 韩梅梅 and 林涛, as far as they are in `accounts`. It is as long as
    /// the MSN friends' day, and nobody writes while one of those does.
    #[must_use]
    pub fn day(accounts: &Accounts, desk: u32) -> Self {
        let (mut people, mut scenes) = (Vec::new(), Vec::new());
        for (uin, answers, acts) in CAST {
            let Some(found) = accounts.qq().find(|account| account.uin == uin) else { continue };
            let who = people.len();
            let answers = answers.iter().map(|text| (*text).to_owned()).collect();
            people.push(Person { uin, password: found.password.clone(), answers });
            let scene = |(seconds, line): &(u64, Line)| Scene {
                at: Duration::from_secs(*seconds),
                who,
                act: line.act(),
            };
            scenes.extend(acts.iter().map(scene));
        }
        scenes.sort_by_key(|scene| scene.at);
        Self { desk, people, scenes, length: Duration::from_secs(84) }
    }
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("uin", &self.uin).finish_non_exhaustive()
    }
}

/// An [`Act`] that can stand in a table.
enum Line {
    In(State),
    Out,
    Is(State),
    Says(&'static str),
    Asks(&'static str),
}

impl Line {
    fn act(&self) -> Act {
        match self {
            Self::In(state) => Act::SignIn(*state),
            Self::Out => Act::SignOut,
            Self::Is(state) => Act::Status(*state),
            Self::Says(text) => Act::Say((*text).to_owned()),
            Self::Asks(text) => Act::Ask((*text).to_owned()),
        }
    }
}

/// Number, answers to a message, and what happens at which second.
type Role = (u32, &'static [&'static str], &'static [(u64, Line)]);

const CAST: [Role; 4] = [
    (
        24_259_132,
        &["好的，老地方见", "没关系，下次吧", "收到"],
        &[
            (2, Line::In(State::Online)),
            (19, Line::Says("晚上一起吃火锅？")),
            (50, Line::Is(State::Busy)),
            (66, Line::Is(State::Online)),
            (79, Line::Out),
        ],
    ),
    (
        36_791_785,
        &["谢谢！", "明白了"],
        &[
            (5, Line::In(State::Busy)),
            (32, Line::Is(State::Online)),
            (40, Line::Says("测试 100% 通过, 可以发布了")),
            (64, Line::Is(State::Invisible)),
            (75, Line::Out),
        ],
    ),
    (
        99_833_581,
        &["太好了", "回头聊"],
        &[(24, Line::In(State::Online)), (53, Line::Says("照片发到你邮箱了")), (69, Line::Out)],
    ),
    (
        58_713_042,
        &["谢谢！周末同学聚会，来吗？", "好，到时见"],
        &[(8, Line::In(State::Online)), (11, Line::Asks("我是林涛，老同学")), (60, Line::Out)],
    ),
];

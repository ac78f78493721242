//! Plans: what a person wants of a list, as edits one after the other, each left out where it is so already.
//!
//! It does not know who asked, nor the clients that carry it out.
//!
//! MSN: somebody is on AL or on BL, never on both; servers refuse it with 219 `[seed 000]`, so one is left before the
//! other is entered. RL and PL are the server's own: it closes the link on whoever writes them `[observed: Escargot]`,
//! and takes a contact off PL by itself once they are on AL or BL. Out of groups comes after into one: up to MSNP9
//! whoever leaves the last group leaves the list.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Answer, Phone};
use crate::agent::roster::Roster;
use crate::link::Network;
use crate::msnp::errors::ErrorCode;
use crate::msnp::{self, GroupId, Lists};
use crate::qq::info::Sex;
use crate::qq::{self, Uin};
use crate::verdict::{NotNow, Verdict};

/// A goal, and how far it has come.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) network: Network,
    pub(super) goal: Goal,
    /// The step to be looked at next.
    pub(super) step: u8,
    /// Something had to be changed.
    changed: bool,
    progress: Progress,
    /// What questions found.
    pub(super) found: Vec<(String, String)>,
}

/// What becomes of the last edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// None is under way.
    Ready,
    /// That one is.
    Asked(u32),
    /// It was answered.
    Answered(Verdict),
}

/// What a person wants. Addresses are spelt as the list has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Add { who: String, words: String },
    Accept(String),
    Refuse { who: String, words: String },
    Remove(String),
    Block(String),
    Unblock(String),
    Find(String),
    Search { age: u8, sex: Sex, province: String },
    AddGroup(String),
    RenameGroup { id: GroupId, name: String },
    RemoveGroup { id: GroupId, name: String },
    Move { who: String, title: String, id: GroupId, group: String },
    Name(String),
    Phone(Phone, String),
}

/// What a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<T> {
    /// This is to be asked for.
    Ask(T),
    /// It is so already.
    Skip,
    /// There are no more steps.
    End,
}

/// A list, and whether to be on it.
type Move = (Lists, bool);

impl Plan {
    pub(super) const fn new(network: Network, goal: Goal) -> Self {
        Self { network, goal, step: 0, changed: false, progress: Progress::Ready, found: Vec::new() }
    }

    pub(super) fn waits_for(&self, number: u32) -> bool {
        self.progress == Progress::Asked(number)
    }

    pub(super) const fn is_asked(&self) -> bool {
        matches!(self.progress, Progress::Asked(_))
    }

    /// The step was asked for, by this number.
    pub(super) const fn asked(&mut self, number: u32) {
        self.progress = Progress::Asked(number);
    }

    pub(super) const fn answered(&mut self, verdict: Verdict) {
        self.progress = Progress::Answered(verdict);
    }

    /// What follows from the last answer, if it ends the plan; the next step is due otherwise.
    pub(super) fn hear(&mut self) -> Option<Answer> {
        let Progress::Answered(verdict) = self.progress else { return None };
        self.progress = Progress::Ready;
        let step = self.step;
        self.step += 1;
        match verdict {
            Verdict::Done => {
                self.changed = true;
                // QQ takes a second step only after MustAsk.
                (self.network == Network::Qq).then(|| self.done())
            }
            Verdict::MustAsk => match &self.goal {
                Goal::Add { words, .. } if step == 0 && !words.is_empty() => None,
                Goal::Add { who, .. } if step == 0 => Some(Answer::Failed(format!(
                    "{who} wants to be asked first; say it in words: nudged contact add {who} WORDS"
                ))),
                _ => Some(self.unsure()),
            },
            Verdict::Declined => {
                Some(Answer::Failed(format!("{} takes no friends", self.who().unwrap_or("whoever it is"))))
            }
            Verdict::Refused(code) => Some(self.refused(step, code)),
            Verdict::TooOften => {
                Some(Answer::Failed("qq refused with RES=3: too often, or not allowed".into()))
            }
            Verdict::NotSent => Some(self.undone("could not be asked: no connection")),
            Verdict::SignedOut => Some(self.undone("had signed us out before it answered")),
            Verdict::Unsure => Some(self.unsure()),
        }
    }

    /// The answer if there is nothing to ask for, as the list is now. Once something was asked, that is answered.
    pub(super) fn moot(&self, roster: &Roster) -> Option<Answer> {
        let on_list = |who: &str| roster.followed_one(who).is_some();
        match &self.goal {
            _ if self.step > 0 || self.is_asked() => None,
            Goal::Remove(who) | Goal::Move { who, .. } if !on_list(who) => {
                Some(Answer::Failed(format!("{who} is not on the list")))
            }
            Goal::Add { who, words } if self.network == Network::Qq && words.is_empty() && on_list(who) => {
                Some(Answer::Done(format!("{who} is on the list already")))
            }
            _ => None,
        }
    }

    /// Whether both are to change something about the same person.
    pub(super) fn changes_the_same_person(&self, other: &Self) -> bool {
        let asks_only = |plan: &Self| matches!(plan.goal, Goal::Find(_));
        match (self.who(), other.who()) {
            (Some(one), Some(two)) => !asks_only(self) && !asks_only(other) && one.eq_ignore_ascii_case(two),
            _ => false,
        }
    }

    /// It can't be asked for.
    pub(super) fn not_now(&self, not_now: NotNow, link: &str) -> Answer {
        let network = self.network.as_str();
        let why = match not_now {
            NotNow::NotSignedIn => format!("{network}: {not_now}: {link}"),
            NotNow::Busy | NotNow::CantSay => format!("{network}: {not_now}"),
        };
        Answer::Failed(if self.changed { format!("{why}; {PART}") } else { why })
    }

    /// The last step was not done.
    fn undone(&self, why: &str) -> Answer {
        let done = if self.changed { PART } else { "nothing was changed by it" };
        Answer::Failed(format!("{} {why}; {done}", self.network.as_str()))
    }

    /// Nobody said what became of the last step.
    pub(super) fn unsure(&self) -> Answer {
        let network = self.network.as_str();
        Answer::Unsure(match (&self.goal, self.network) {
            (Goal::Find(_) | Goal::Search { .. }, _) => format!("{network} did not answer; try again"),
            // Nothing of ours shows whom they have on their list, and to say it again does no harm.
            (Goal::Accept(_) | Goal::Refuse { .. }, Network::Qq) => {
                format!("{network} did not say what became of it; try again")
            }
            _ => format!("{network} did not say what became of it; nudged status shows how it is"),
        })
    }

    /// Every step is done.
    pub(super) fn done(&mut self) -> Answer {
        match &self.goal {
            Goal::Find(_) | Goal::Search { .. } if self.found.is_empty() => {
                Answer::Failed("nothing was found".into())
            }
            Goal::Find(_) | Goal::Search { .. } => Answer::Found(core::mem::take(&mut self.found)),
            goal => Answer::Done(goal.reached(self.network, self.changed, self.step)),
        }
    }

    /// On MSN, with what the list says now.
    pub(super) fn msn(&self, roster: &Roster) -> Step<msnp::Edit<'_>> {
        self.goal.msn(self.step, roster)
    }

    pub(super) fn qq(&self) -> Step<qq::Edit<'_>> {
        self.goal.qq(self.step)
    }

    /// Whether nothing of it has been asked for yet.
    pub(super) const fn is_untouched(&self) -> bool {
        !self.changed && matches!(self.progress, Progress::Ready)
    }

    /// Whose request is answered when this is done.
    pub(super) fn answers_request_of(&self) -> Option<&str> {
        match &self.goal {
            Goal::Accept(who) | Goal::Refuse { who, .. } => Some(who),
            _ => None,
        }
    }

    fn who(&self) -> Option<&str> {
        match &self.goal {
            Goal::Add { who, .. }
            | Goal::Accept(who)
            | Goal::Refuse { who, .. }
            | Goal::Remove(who)
            | Goal::Block(who)
            | Goal::Unblock(who)
            | Goal::Find(who)
            | Goal::Move { who, .. } => Some(who),
            _ => None,
        }
    }

    fn refused(&self, step: u8, code: u16) -> Answer {
        let whole = match self.network {
            Network::Msn => format!("msn refused: {}", ErrorCode(code)),
            Network::Qq => format!("qq refused with RES={code}"),
        };
        let moves = self.goal.moves();
        let lists = moves.get(usize::from(step)).filter(|_| moves.len() > 1 && self.network == Network::Msn);
        Answer::Failed(match lists {
            Some((list, true)) => format!("{whole} (onto {})", list.as_str()),
            Some((list, false)) => format!("{whole} (off {})", list.as_str()),
            None => whole,
        })
    }
}

impl Goal {
    /// The lists a contact of MSN has to be on and off, in this order.
    const fn moves(&self) -> &'static [Move] {
        const FL: Lists = Lists::FL;
        const AL: Lists = Lists::AL;
        const BL: Lists = Lists::BL;
        match self {
            Self::Add { .. } => &[(FL, true), (AL, true)],
            Self::Accept(_) => &[(BL, false), (AL, true), (FL, true)],
            Self::Refuse { .. } | Self::Block(_) => &[(AL, false), (BL, true)],
            Self::Remove(_) => &[(FL, false)],
            Self::Unblock(_) => &[(BL, false), (AL, true)],
            _ => &[],
        }
    }

    fn msn(&self, step: u8, roster: &Roster) -> Step<msnp::Edit<'_>> {
        use msnp::Edit;
        let only = |edit| if step == 0 { Step::Ask(edit) } else { Step::End };
        match self {
            Self::Add { who, words } => {
                let name = if words.is_empty() { who } else { words };
                self.on_lists(who, name, step, roster)
            }
            Self::Accept(who)
            | Self::Refuse { who, .. }
            | Self::Remove(who)
            | Self::Block(who)
            | Self::Unblock(who) => self.on_lists(who, who, step, roster),
            Self::Find(_) | Self::Search { .. } => Step::End,
            Self::AddGroup(name) => only(Edit::AddGroup(name)),
            Self::RenameGroup { id, name } => only(Edit::RenameGroup(*id, name)),
            Self::RemoveGroup { id, .. } => only(Edit::RemoveGroup(*id)),
            Self::Move { who, title, id, .. } => into_group(who, title, *id, step, roster),
            Self::Name(name) => only(Edit::OwnName(name)),
            Self::Phone(phone, number) => only(Edit::Phone(phone.key(), number)),
        }
    }

    fn on_lists<'a>(&self, who: &'a str, name: &'a str, step: u8, roster: &Roster) -> Step<msnp::Edit<'a>> {
        let Some((list, on)) = self.moves().get(usize::from(step)).copied() else { return Step::End };
        let lists = roster.find(who).map_or(Lists::default(), |known| known.lists);
        // Who was blocked stays blocked: that is undone on purpose, or not at all.
        let blocked = lists.contains(Lists::BL) && list == Lists::AL && matches!(self, Self::Add { .. });
        if lists.contains(list) == on || blocked {
            return Step::Skip;
        }
        let (account, group, guid) = (who, None, roster.guid(who));
        Step::Ask(match on {
            true => msnp::Edit::Add { list, account, name, group, guid: None },
            false => msnp::Edit::Remove { list, account, group, guid },
        })
    }

    fn qq(&self, step: u8) -> Step<qq::Edit<'_>> {
        use qq::Edit;
        let edit = match (self, step) {
            (Self::Search { age, sex, province }, 0) => Some(Edit::Search(*age, *sex, province)),
            (Self::Add { who, .. }, 0) => uin(who).map(Edit::Add),
            (Self::Add { who, words }, 1) => uin(who).map(|uin| Edit::Ask(uin, words)),
            (Self::Accept(who), 0) => uin(who).map(Edit::Accept),
            (Self::Refuse { who, words }, 0) => uin(who).map(|uin| Edit::Refuse(uin, words)),
            (Self::Remove(who), 0) => uin(who).map(Edit::Remove),
            (Self::Find(who), 0) => uin(who).map(|uin| Edit::Find(uin, EVERYTHING)),
            _ => None,
        };
        edit.map_or(Step::End, Step::Ask)
    }

    /// The sentence for it.
    fn reached(&self, network: Network, changed: bool, steps: u8) -> String {
        let already = if changed { "" } else { " already" };
        match self {
            Self::Add { who, words } if network == Network::Qq && steps > 1 => {
                format!("{who} was asked, in your words: {words}; their answer comes as a notice")
            }
            Self::Add { who, .. } => format!("{who} is on the list{already}"),
            Self::Accept(who) if network == Network::Qq => {
                format!(
                    "{who} is accepted, and may have you on their list; yours is another matter: nudged contact add {who}"
                )
            }
            Self::Accept(who) => format!("{who} is accepted{already}"),
            Self::Refuse { who, .. } if network == Network::Msn => {
                format!("{who} is refused{already}: on the block list, as msn has no other word for it")
            }
            Self::Refuse { who, .. } => format!("{who} is refused"),
            Self::Remove(who) if network == Network::Msn => {
                format!(
                    "{who} is off the list; who may see you is another matter: nudged contact block {who}"
                )
            }
            Self::Remove(who) => format!("{who} is off the list"),
            Self::Block(who) => format!("{who} is blocked{already}"),
            Self::Unblock(who) => format!("{who} is not blocked{}", if changed { " any more" } else { "" }),
            Self::Find(_) | Self::Search { .. } => String::new(),
            Self::AddGroup(name) => format!("there is a group {name} now"),
            Self::RenameGroup { name, .. } => format!("the group is {name} now"),
            Self::RemoveGroup { name, .. } => format!("the group {name} is gone"),
            Self::Move { who, group, .. } => {
                format!("{who} is in the group {group}{already}, and in no other")
            }
            Self::Name(name) => format!("your name on msn is {name} now"),
            Self::Phone(phone, number) if number.is_empty() => {
                format!("the {} number is gone", phone.as_str())
            }
            Self::Phone(phone, number) => format!("the {} number is {number} now", phone.as_str()),
        }
    }
}

/// Into the group first, then out of every other one.
fn into_group<'a>(
    who: &'a str,
    name: &'a str,
    id: GroupId,
    step: u8,
    roster: &Roster,
) -> Step<msnp::Edit<'a>> {
    let (list, account, guid) = (Lists::FL, who, roster.guid(who));
    if step == 0 {
        let add = msnp::Edit::Add { list, account, name, group: Some(id), guid };
        return if roster.is_in(who, id) { Step::Skip } else { Step::Ask(add) };
    }
    match roster.group_at(step - 1) {
        None => Step::End,
        Some(Some(other)) if other != id && roster.is_in(who, other) => {
            Step::Ask(msnp::Edit::Remove { list, account, group: Some(other), guid })
        }
        Some(_) => Step::Skip,
    }
}

fn uin(who: &str) -> Option<Uin> {
    Uin::parse(who.as_bytes())
}

/// Of several steps some are done, and one is not.
const PART: &str = "only a part of it was done";
/// LV: everything the server tells `[seed 003]`.
const EVERYTHING: u8 = 3;

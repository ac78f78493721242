//! What is under way for people at shells, and the answers that wait to be handed out.
//!
//! It does not know what a request asks (`take`), nor how to go on with it (`serve`).

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::Answer;
use super::plan::Plan;
use crate::message::Outcome;
use crate::presence::Status;
use crate::time::{Duration, Instant};
use crate::verdict::Verdict;

/// Errands and answers; empty, and without any memory, until somebody asks.
#[derive(Debug, Default)]
pub(in crate::agent) struct Errands {
    pub(super) rows: Vec<Errand>,
    pub(super) answers: VecDeque<(u32, Answer)>,
    /// Counts the edits, so that a late answer is not taken for another one's.
    pub(super) edits: u32,
}

/// Something a person asked for that takes a while.
#[derive(Debug)]
pub(super) struct Errand {
    /// The request's.
    pub(super) ticket: u32,
    pub(super) what: What,
    /// Then it is answered, come what may.
    pub(super) give_up_at: Instant,
}

impl Errand {
    /// Whether both are to change something about the same person: one comes after the other then.
    pub(super) fn changes_the_same_person(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Edits(this), What::Edits(other)) => this.changes_the_same_person(other),
            _ => false,
        }
    }
}

/// What an errand waits for.
#[derive(Debug)]
pub(super) enum What {
    /// Answers to edits.
    Edits(Plan),
    /// What becomes of a reply.
    Say {
        /// Its number at the reply desk.
        number: u32,
        /// Whom a person calls so.
        title: String,
        /// What became of it, and why.
        end: Option<(Outcome, String)>,
    },
    /// The networks' word that we are this.
    Set(Status),
}

impl What {
    fn within(&self) -> Duration {
        match self {
            Self::Edits(_) | Self::Say { .. } => ERRAND_WITHIN,
            Self::Set(_) => SET_WITHIN,
        }
    }
}

impl Errands {
    /// Whether there is room for one more.
    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= ERRANDS_MAX
    }

    pub(super) fn begin(&mut self, now: Instant, ticket: u32, what: What) {
        let give_up_at = now + what.within();
        self.rows.push(Errand { ticket, what, give_up_at });
    }

    pub(super) fn answer(&mut self, ticket: u32, answer: Answer) {
        self.answers.push_back((ticket, answer));
    }

    /// The next answer to be handed out.
    pub(in crate::agent) fn pop(&mut self) -> Option<(u32, Answer)> {
        self.answers.pop_front()
    }

    /// When the next one has waited long enough.
    pub(in crate::agent) fn wake_at(&self) -> Option<Instant> {
        self.rows.iter().map(|errand| errand.give_up_at).min()
    }

    /// An edit was answered; how it goes on is seen at the end of the turn, when all that came with it is known.
    pub(in crate::agent) fn edited(&mut self, number: u32, verdict: Verdict) {
        match self.plan(number) {
            Some(plan) => plan.answered(verdict),
            None => {
                log::debug!("agent: edit {number} is answered, {verdict:?}, but nobody waits for it any more")
            }
        }
    }

    /// Something was found for an edit.
    pub(in crate::agent) fn found(&mut self, number: u32, rows: impl FnOnce() -> Vec<(String, String)>) {
        if let Some(plan) = self.plan(number) {
            plan.found = rows();
        }
    }

    /// What became of something said.
    pub(in crate::agent) fn delivered(&mut self, sent: u32, outcome: Outcome, why: &str) {
        if outcome == Outcome::Sending {
            return;
        }
        for errand in &mut self.rows {
            if let What::Say { number, end, .. } = &mut errand.what
                && *number == sent
            {
                *end = Some((outcome, why.into()));
            }
        }
    }

    fn plan(&mut self, number: u32) -> Option<&mut Plan> {
        self.rows.iter_mut().find_map(|errand| match &mut errand.what {
            What::Edits(plan) if plan.waits_for(number) => Some(plan),
            _ => None,
        })
    }
}

/// Errands at once: as many as people can ask at once, and then some whose askers have gone.
pub(super) const ERRANDS_MAX: usize = 16;
/// The longest any edit or reply takes: a QQ request sent twice, both punished, behind another one.
const ERRAND_WITHIN: Duration = Duration::from_secs(180);
/// A status that nobody confirmed by then: QQ takes one only each 30 s, and a punishment costs 50 s besides.
const SET_WITHIN: Duration = Duration::from_secs(120);

//! What is asked of the networks next for every errand, and how errands end.
//!
//! It runs at the end of a turn, when everything that came with an answer is known.

use alloc::format;
use alloc::string::String;

use super::Answer;
use super::errands::{Errand, Errands, What};
use super::plan::{Plan, Step};
use crate::agent::Agent;
use crate::agent::accounts::Account;
use crate::agent::state::{State, Stop};
use crate::link::Network;
use crate::message::Outcome;
use crate::presence::Status;
use crate::time::Instant;
use crate::verdict::NotNow;

impl Agent {
    /// Goes on with every errand as far as it gets.
    pub(in crate::agent) fn serve(&mut self, now: Instant) {
        if self.state.errands.rows.is_empty() {
            return;
        }
        let mut errands = core::mem::take(&mut self.state.errands);
        let Errands { rows, answers, edits } = &mut errands;
        let mut place = 0;
        while let Some((errand, earlier)) = rows.get_mut(..=place).and_then(<[Errand]>::split_last_mut) {
            let waits = earlier.iter().any(|other| other.changes_the_same_person(errand));
            match self.go_on(now, errand, waits, edits) {
                Some(answer) => answers.push_back((rows.remove(place).ticket, answer)),
                None => place += 1,
            }
        }
        self.state.errands = errands;
    }

    /// `waits`: for an earlier errand about the same person, which may change what there is to do.
    fn go_on(&mut self, now: Instant, errand: &mut Errand, waits: bool, edits: &mut u32) -> Option<Answer> {
        let late = errand.give_up_at <= now;
        let stopping = self.state.stop != Stop::Running;
        let answer = match &mut errand.what {
            What::Edits(plan) if stopping => plan.hear(),
            What::Edits(_) if waits => None,
            What::Edits(plan) => self.pursue(now, plan, edits),
            What::Say { title, end, .. } => end.as_ref().map(|(outcome, why)| said(title, *outcome, why)),
            What::Set(status) => self.state.told(*status, late),
        };
        answer.or_else(|| (late || stopping).then(|| given_up(&errand.what, stopping)))
    }

    /// The plan as far as it gets; whoever was decided on waits no more.
    fn pursue(&mut self, now: Instant, plan: &mut Plan, edits: &mut u32) -> Option<Answer> {
        let answer = self.next_step(now, plan, edits)?;
        if let (Answer::Done(_), Some(who)) = (&answer, plan.answers_request_of()) {
            self.state.forget_request(who);
        }
        Some(answer)
    }

    /// The next step that is not done yet.
    fn next_step(&mut self, now: Instant, plan: &mut Plan, edits: &mut u32) -> Option<Answer> {
        if let Some(answer) = plan.hear() {
            return Some(answer);
        }
        if let Some(account) = self.state.accounts.of(plan.network)
            && let Some(answer) = plan.moot(&account.roster)
        {
            return Some(answer);
        }
        while !plan.is_asked() {
            *edits = edits.wrapping_add(1);
            let asked = match plan.network {
                Network::Msn => self.ask_msn(now, plan, *edits),
                Network::Qq => self.ask_qq(now, plan, *edits),
            };
            match asked {
                Step::Ask(Ok(())) => plan.asked(*edits),
                // What is under way will be answered, and then there is room.
                Step::Ask(Err(NotNow::Busy)) => return None,
                Step::Ask(Err(not_now)) => {
                    let link = self.state.accounts.of(plan.network).map_or_else(String::new, standing);
                    return Some(plan.not_now(not_now, &link));
                }
                Step::Skip => plan.step += 1,
                Step::End => return Some(plan.done()),
            }
        }
        None
    }

    fn ask_msn(&mut self, now: Instant, plan: &Plan, number: u32) -> Step<Result<(), NotNow>> {
        let Some(account) = self.state.accounts.of(Network::Msn) else { return Step::End };
        match (plan.msn(&account.roster), &mut self.clients.msn) {
            (Step::Ask(edit), Some(client)) => Step::Ask(client.edit(now, number, edit)),
            (Step::Ask(_), None) => Step::Ask(Err(NotNow::NotSignedIn)),
            (Step::Skip, _) => Step::Skip,
            (Step::End, _) => Step::End,
        }
    }

    fn ask_qq(&mut self, now: Instant, plan: &Plan, number: u32) -> Step<Result<(), NotNow>> {
        match (plan.qq(), &mut self.clients.qq) {
            (Step::Ask(edit), Some(client)) => Step::Ask(client.edit(now, number, edit)),
            (Step::Ask(_), None) => Step::Ask(Err(NotNow::NotSignedIn)),
            (Step::Skip, _) => Step::Skip,
            (Step::End, _) => Step::End,
        }
    }
}

impl State {
    /// Whether every network knows what we are; those that are not there will be told when they are.
    fn told(&self, status: Status, late: bool) -> Option<Answer> {
        if let Some(other) =
            self.accounts.iter().map(|account| account.wanted).find(|wanted| *wanted != status)
        {
            return Some(Answer::Failed(format!("set to {other} meanwhile")));
        }
        let waits = |account: &Account| account.link.is_live() && account.own != Some(status);
        let unconfirmed = self.accounts.iter().any(waits);
        if unconfirmed && !late {
            return None;
        }
        let mut sentence = String::new();
        for account in self.accounts.iter() {
            let network = account.network.as_str();
            let part = if waits(account) {
                format!("{network} has not confirmed {status}")
            } else if account.link.is_live() {
                format!("{network}: {status}{}", seen_as(account.network, status))
            } else {
                format!("{network}: {status} at the next sign-in; now it is {}", standing(account))
            };
            if !sentence.is_empty() {
                sentence.push_str("; ");
            }
            sentence.push_str(&part);
        }
        Some(if unconfirmed { Answer::Unsure(sentence) } else { Answer::Done(sentence) })
    }
}

/// QQ has one state for everything between online and invisible, and friends see that.
const fn seen_as(network: Network, status: Status) -> &'static str {
    match (network, status) {
        (Network::Msn, _) | (_, Status::Online | Status::Busy | Status::Invisible) => "",
        (Network::Qq, _) => ", seen as busy there",
    }
}

/// How a link stands, and why if there is a why.
fn standing(account: &Account) -> String {
    match account.why.as_str() {
        "" => format!("{}", account.link),
        why => format!("{} ({why})", account.link),
    }
}

fn said(title: &str, outcome: Outcome, why: &str) -> Answer {
    let because = |sentence: String| if why.is_empty() { sentence } else { format!("{sentence}: {why}") };
    match outcome {
        Outcome::Delivered => Answer::Done(format!("delivered to {title}")),
        Outcome::Failed => Answer::Failed(because(format!("not delivered to {title}"))),
        Outcome::Unsure | Outcome::Sending => {
            Answer::Unsure(because(format!("sent to {title}, but nobody said whether it arrived")))
        }
    }
}

/// It took too long, or the agent is to end.
fn given_up(what: &What, stopping: bool) -> Answer {
    let why = if stopping { "nudged is stopping" } else { "it took too long" };
    match what {
        What::Edits(plan) if plan.is_untouched() => Answer::Failed(format!("nothing was asked: {why}")),
        What::Edits(plan) => plan.unsure(),
        What::Say { title, .. } => said(title, Outcome::Unsure, why),
        What::Set(_) => Answer::Unsure(format!("not confirmed: {why}")),
    }
}

//! Plans and errands with events fed by hand: what is asked next, what a verdict means, and that nobody waits for ever.
//! Requests against whole servers are in `tests/world/control.rs`.

use std::string::{String, ToString as _};
use std::vec::Vec;

use super::errands::{ERRANDS_MAX, What};
use super::plan::{Goal, Plan, Step};
use super::*;
use crate::agent::roster::Roster;
use crate::agent::settings::{Person, Settings};
use crate::agent::{Agent, Input, Output, Reason};
use crate::limits::GROUPS_TOLD_MAX;
use crate::link::Endpoint;
use crate::message::Outcome;
use crate::msnp::{self, Auth, Contact, Dialect, Edit, GroupId, GroupIds, Guid, ListVersion, Lists};
use crate::text::Secret;
use crate::time::{Duration, Instant};
use crate::verdict::{NotNow, Verdict};

const BOB: &str = "bob@example.net";
const BOBS: Guid = Guid([7; 16]);

fn roster(lists: u8, groups: &'static [u8]) -> Roster {
    let mut roster = Roster::of(Network::Msn);
    roster.begin();
    for (id, name) in [(0, "Other Contacts"), (1, "Friends"), (2, "Work")] {
        roster.group(GroupId::Number(id), name);
    }
    let (lists, groups) = (Lists(lists), GroupIds(groups));
    roster.listed(&Contact { account: BOB, name: "Bob", lists, guid: Some(BOBS), groups });
    roster.end(&ListVersion::default());
    roster
}

/// Every edit of a plan whose edits are all done, as words. The list does not follow: each step is seen for itself.
fn edits(goal: Goal, roster: &Roster) -> Vec<String> {
    let mut plan = Plan::new(Network::Msn, goal);
    let mut words = Vec::new();
    loop {
        match plan.msn(roster) {
            Step::Ask(Edit::Add { list, group: None, .. }) => words.push(format!("+{}", list.as_str())),
            Step::Ask(Edit::Remove { list, group: None, guid, .. }) => {
                assert_eq!(guid, Some(BOBS));
                words.push(format!("-{}", list.as_str()));
            }
            Step::Ask(Edit::Add { group: Some(group), .. }) => words.push(format!("+{group}")),
            Step::Ask(Edit::Remove { group: Some(group), .. }) => words.push(format!("-{group}")),
            Step::Ask(other) => words.push(format!("{other:?}")),
            Step::Skip => {}
            Step::End => return words,
        }
        plan.step += 1;
    }
}

#[test]
fn lists_are_left_before_their_opposites_are_entered_and_what_is_so_is_not_asked_for() {
    let who = || BOB.to_string();
    let add = || Goal::Add { who: who(), words: String::new() };
    let refuse = || Goal::Refuse { who: who(), words: String::new() };
    for (lists, goal, expected) in [
        (0, add(), &["+FL", "+AL"][..]),
        (8, add(), &["+FL", "+AL"]),
        (2, add(), &["+FL"]),
        (3, add(), &[]),
        (4, add(), &["+FL"]),
        (8, Goal::Accept(who()), &["+AL", "+FL"]),
        (12, Goal::Accept(who()), &["-BL", "+AL", "+FL"]),
        (16, Goal::Accept(who()), &["+AL", "+FL"]),
        (11, Goal::Accept(who()), &[]),
        (8, refuse(), &["+BL"]),
        (10, refuse(), &["-AL", "+BL"]),
        (11, Goal::Block(who()), &["-AL", "+BL"]),
        (13, Goal::Block(who()), &[]),
        (5, Goal::Unblock(who()), &["-BL", "+AL"]),
        (3, Goal::Unblock(who()), &[]),
        (11, Goal::Remove(who()), &["-FL"]),
        (5, Goal::Remove(who()), &["-FL"]),
    ] {
        assert_eq!(edits(goal.clone(), &roster(lists, b"")), expected, "{lists} {goal:?}");
    }
}

#[test]
fn a_contact_is_in_the_new_group_before_it_leaves_the_others() {
    let into = |id| {
        let (who, title, group) = (BOB.into(), "Bob".into(), "it".into());
        Goal::Move { who, title, id: GroupId::Number(id), group }
    };
    assert_eq!(edits(into(1), &roster(1, b"0,2")), ["+1", "-0", "-2"]);
    assert_eq!(edits(into(1), &roster(1, b"")), ["+1"]);
    assert_eq!(edits(into(2), &roster(1, b"2")), [""; 0]);
    assert_eq!(edits(into(2), &roster(1, b"0,1,2")), ["-0", "-1"]);
}

/// What comes of a plan's first step, answered so; `None` if it goes on.
fn heard(network: Network, goal: Goal, verdict: Verdict) -> Option<Answer> {
    let mut plan = Plan::new(network, goal);
    plan.asked(5);
    assert!(plan.waits_for(5) && !plan.waits_for(4));
    assert_eq!(plan.hear(), None, "nobody answered yet");
    plan.answered(verdict);
    plan.hear()
}

#[test]
fn every_verdict_means_something_to_a_person() {
    let qq = || "qq:5".to_string();
    let failed = |say: &str| Some(Answer::Failed(say.into()));
    let unsure = "did not say what became of it; nudged status shows how it is";
    for (network, goal, verdict, answer) in [
        (Network::Msn, Goal::Block(BOB.into()), Verdict::Done, None),
        (
            Network::Msn,
            Goal::Block(BOB.into()),
            Verdict::Refused(216),
            failed("msn refused: 216 not on that list (off AL)"),
        ),
        (
            Network::Msn,
            Goal::AddGroup("x".into()),
            Verdict::Refused(223),
            failed("msn refused: 223 too many groups"),
        ),
        (
            Network::Msn,
            Goal::Name("x".into()),
            Verdict::Unsure,
            Some(Answer::Unsure(format!("msn {unsure}"))),
        ),
        (
            Network::Qq,
            Goal::Remove(qq()),
            Verdict::NotSent,
            failed("qq could not be asked: no connection; nothing was changed by it"),
        ),
        (Network::Qq, Goal::Remove(qq()), Verdict::Unsure, Some(Answer::Unsure(format!("qq {unsure}")))),
        (Network::Qq, Goal::Remove(qq()), Verdict::MustAsk, Some(Answer::Unsure(format!("qq {unsure}")))),
        (Network::Qq, Goal::Accept(qq()), Verdict::Done, Some(Answer::Done("qq:5 is accepted, and may have you on their list; yours is another matter: nudged contact add qq:5".into()))),
        (
            Network::Qq,
            Goal::Add { who: qq(), words: String::new() },
            Verdict::Declined,
            failed("qq:5 takes no friends"),
        ),
        (Network::Qq, Goal::Add { who: qq(), words: "hi".into() }, Verdict::MustAsk, None),
        (Network::Qq, Goal::Find(qq()), Verdict::Done, failed("nothing was found")),
    ] {
        assert_eq!(heard(network, goal.clone(), verdict), answer, "{goal:?} {verdict:?}");
    }
    let plan = Plan::new(Network::Qq, Goal::Find(qq()));
    assert_eq!(
        plan.not_now(NotNow::NotSignedIn, "lost (server unreachable)"),
        Answer::Failed("qq: not signed in: lost (server unreachable)".into())
    );
}

#[test]
fn a_plan_that_ends_half_way_does_not_say_that_nothing_was_changed() {
    let mut plan = Plan::new(Network::Msn, Goal::Block(BOB.into()));
    plan.asked(1);
    plan.answered(Verdict::Done);
    assert_eq!(plan.hear(), None);
    let lost = plan.not_now(NotNow::NotSignedIn, "lost");
    assert_eq!(lost, Answer::Failed("msn: not signed in: lost; only a part of it was done".into()));
    plan.asked(2);
    plan.answered(Verdict::NotSent);
    let half = "msn could not be asked: no connection; only a part of it was done";
    assert_eq!(plan.hear(), Some(Answer::Failed(half.into())));
}

#[test]
fn who_must_be_asked_is_asked_once_in_the_persons_words() {
    let mut plan = Plan::new(Network::Qq, Goal::Add { who: "qq:5".into(), words: "hi".into() });
    plan.asked(1);
    plan.answered(Verdict::MustAsk);
    assert_eq!(plan.hear(), None);
    let them = crate::qq::Uin::new(5).unwrap();
    assert_eq!(plan.qq(), Step::Ask(crate::qq::Edit::Ask(them, "hi")));
    plan.asked(2);
    plan.answered(Verdict::Done);
    let asked = "qq:5 was asked, in your words: hi; their answer comes as a notice";
    assert_eq!(plan.hear(), Some(Answer::Done(asked.into())));
    assert_eq!(plan.qq(), Step::End);
}

/// An agent whose MSN link is told to be up; nothing of it goes anywhere.
fn agent() -> Agent {
    let msn = msnp::Settings {
        server: Endpoint::parse(b"ms.example.net", 1863).unwrap(),
        account: "desk@example.net".into(),
        password: Secret::new("x".into()),
        auth: Auth::Md5,
        dialects: vec![Dialect::MSNP7],
        status: Status::Online,
    };
    let people = vec![Person { name: "bob".into(), account: BOB.into() }];
    let mut agent = Agent::new(Settings { msn: Some(msn), people, ..Settings::default() }, None, 1);
    agent.handle(Instant::START, Input::Tick);
    agent.state.msn(Instant::START, msnp::Event::State { state: LinkState::Online, why: "" });
    agent
}

/// Everything it answers now.
fn answers(agent: &mut Agent, now: Instant) -> Vec<(u32, Answer)> {
    let mut answers = Vec::new();
    loop {
        match agent.poll(now) {
            Output::Answer { ticket, answer } => answers.push((ticket, answer)),
            Output::WakeAt { .. } => return answers,
            _ => {}
        }
    }
}

#[test]
fn nobody_waits_for_ever() {
    let mut agent = agent();
    agent.clients.msn = None;
    let start = Instant::START;
    agent.handle(start, Input::Control { ticket: 1, request: Request::Set(Status::Busy) });
    let mut edit = Plan::new(Network::Msn, Goal::Name("x".into()));
    edit.asked(77);
    let say = What::Say { number: 9, title: "bob".into(), end: None };
    agent.state.errands.begin(start, 2, What::Edits(edit));
    agent.state.errands.begin(start, 3, say);
    assert_eq!(answers(&mut agent, start), []);
    let late_at = start + Duration::from_secs(120);
    assert_eq!(agent.state.errands.wake_at(), Some(late_at));
    agent.handle(late_at, Input::Tick);
    assert_eq!(answers(&mut agent, late_at), [(1, Answer::Unsure("msn has not confirmed busy".into()))]);
    let end = start + Duration::from_secs(180);
    agent.handle(end, Input::Tick);
    let unsure = "msn did not say what became of it; nudged status shows how it is";
    let late = "sent to bob, but nobody said whether it arrived: it took too long";
    assert_eq!(
        answers(&mut agent, end),
        [(2, Answer::Unsure(unsure.into())), (3, Answer::Unsure(late.into()))]
    );
    // What is said too late is nobody's any more.
    agent.state.msn(end, msnp::Event::Edited { ticket: 77, verdict: Verdict::Done });
    agent.state.errands.delivered(9, Outcome::Delivered, "");
    agent.handle(end, Input::Tick);
    assert_eq!(answers(&mut agent, end), []);
}

#[test]
fn an_errand_is_what_an_otherwise_idle_agent_wakes_for() {
    let mut agent = agent();
    agent.state.fresh = Instant::START;
    agent.settings.display.columns = 0;
    agent.clients.msn = None;
    agent.handle(Instant::START, Input::Control { ticket: 1, request: Request::Set(Status::Busy) });
    let settled = Instant::from_millis(1000);
    agent.handle(settled, Input::Tick);
    let (at, reason) = loop {
        if let Output::WakeAt { at, reason } = agent.poll(settled) {
            break (at, reason);
        }
    };
    assert_eq!((at, reason), (Some(Instant::from_millis(120_000)), Reason::Control));
}

#[test]
fn answers_find_the_one_who_asked_whatever_their_order() {
    let mut agent = agent();
    let now = Instant::START;
    for ticket in [10, 11] {
        let mut plan = Plan::new(Network::Msn, Goal::AddGroup(format!("group {ticket}")));
        plan.asked(ticket * 7);
        agent.state.errands.begin(now, ticket, What::Edits(plan));
    }
    agent.state.msn(now, msnp::Event::Edited { ticket: 77, verdict: Verdict::Done });
    agent.state.msn(now, msnp::Event::Edited { ticket: 5, verdict: Verdict::Done });
    agent.handle(now, Input::Tick);
    let second = Answer::Done("there is a group group 11 now".into());
    assert_eq!(answers(&mut agent, now), [(11, second)]);
    agent.state.msn(now, msnp::Event::Edited { ticket: 70, verdict: Verdict::Refused(228) });
    agent.handle(now, Input::Tick);
    let first = Answer::Failed("msn refused: 228 a group of that name exists".into());
    assert_eq!(answers(&mut agent, now), [(10, first)]);
}

#[test]
fn the_end_answers_everybody_before_it_is_told() {
    let mut agent = agent();
    let now = Instant::START;
    agent.handle(now, Input::Control { ticket: 1, request: Request::Set(Status::Busy) });
    agent.state.errands.begin(now, 2, What::Edits(Plan::new(Network::Msn, Goal::Name("x".into()))));
    agent.handle(now, Input::Stop);
    let mut order = Vec::new();
    loop {
        match agent.poll(now) {
            Output::Answer { ticket, answer } => order.push(format!("{ticket} {answer:?}")),
            Output::Stopped => order.push("stopped".into()),
            Output::WakeAt { .. } => break,
            _ => {}
        }
    }
    assert_eq!(order.len(), 3, "{order:?}");
    assert!(order[0].starts_with("1 Done(\"msn: busy at the next sign-in; now it is stopped"), "{order:?}");
    assert!(order[1].starts_with("2 Failed"), "{order:?}");
    assert_eq!(order[2], "stopped");
    agent.handle(now, Input::Control { ticket: 3, request: Request::Name("x") });
    assert_eq!(answers(&mut agent, now), [(3, Answer::Failed("nudged is stopping".into()))]);
}

#[test]
fn an_agent_with_too_much_to_do_says_so_and_still_tells_how_it_is() {
    let mut agent = agent();
    let now = Instant::START;
    for ticket in 0..ERRANDS_MAX as u32 {
        agent.state.errands.begin(now, ticket, What::Set(Status::Online));
    }
    agent.handle(now, Input::Control { ticket: 99, request: Request::Set(Status::Busy) });
    let full = Answer::Failed("too much is under way; try again in a moment".into());
    assert_eq!(answers(&mut agent, now), [(99, full)]);
    agent.handle(now, Input::Control { ticket: 98, request: Request::Status });
    agent.handle(now, Input::Control { ticket: 97, request: Request::Acknowledge(Some("bob")) });
    let done = Answer::Done("no message of bob acknowledged".into());
    let all = answers(&mut agent, now);
    assert!(matches!(&all[0], (98, Answer::Status(_))), "{all:?}");
    assert_eq!(all[1], (97, done));
}

#[test]
fn a_server_that_puts_everybody_into_every_group_makes_no_answer_endless() {
    let mut agent = agent();
    let now = Instant::START;
    let all: Vec<u8> = (0..30).map(|id| id.to_string()).collect::<Vec<_>>().join(",").into_bytes();
    agent.state.msn(now, msnp::Event::ListsBegin);
    for id in 0..30 {
        agent.state.msn(now, msnp::Event::Group { id: GroupId::Number(id), name: "\u{1}" });
    }
    let contact = Contact { account: BOB, name: "Bob", lists: Lists::FL, guid: None, groups: GroupIds(&all) };
    agent.state.msn(now, msnp::Event::Contact(contact));
    agent.state.msn(now, msnp::Event::ListsEnd(&ListVersion::default()));
    let report = agent.state.report(&agent.settings);
    assert_eq!(report.accounts[0].contacts[0].groups.len(), GROUPS_TOLD_MAX);
}

#[test]
fn a_status_that_is_not_wanted_any_more_is_waited_for_by_nobody() {
    let mut agent = agent();
    let now = Instant::START;
    agent.state.accounts.iter_mut().for_each(|account| account.link = LinkState::Online);
    agent.handle(now, Input::Control { ticket: 1, request: Request::Set(Status::Busy) });
    assert_eq!(answers(&mut agent, now), []);
    agent.handle(now, Input::Control { ticket: 2, request: Request::Set(Status::Away) });
    assert_eq!(answers(&mut agent, now), [(1, Answer::Failed("set to away meanwhile".into()))]);
}

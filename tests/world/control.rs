//! People at shells on virtual time: every request has exactly one answer, and what it says is so.

use nudged::agent::control::{Answer, ContactAct, GroupAct, Phone, Report, Request};
use nudged::emulator::Fault;
use nudged::emulator::qq::{Act, Person, Scene, Script, State};
use nudged::presence::{LinkState, Status};
use nudged::qq::info::Sex;

use crate::desk::*;
use crate::world::*;

const ALICE: &str = "alice@example.net";
/// Takes friends without a word, wants to be asked, takes none.
const OPEN: &str = "qq:36791785";
const ASKS: &str = "qq:99833581";
const LIN: &str = "qq:58713042";
const NOBODY: &str = "qq:99999";

fn wei() -> Script {
    let people = vec![Person { uin: WEI_UIN, password: "weicheng".into(), answers: vec![] }];
    let at = std::time::Duration::ZERO;
    let scenes = vec![Scene { at, who: 0, act: Act::SignIn(State::Online) }];
    Script { desk: DESK_UIN, people, scenes, length: std::time::Duration::from_secs(366 * 86_400) }
}

/// A desk signed in to both, MSN by that dialect.
fn world(dialect: u8) -> World {
    let mut world = World::with_qq(wei());
    world.title = format!("MSNP{dialect}");
    world.invite(BOB, "builder");
    world.begin(settings_of_both(account(dialect)), None);
    world.run(30 * SECOND);
    let it = &world.desks[0];
    world.must(it.link == LinkState::Online && it.qq == Some(LinkState::Online), "both are online");
    world
}

fn done(world: &mut World, request: Request<'_>) -> String {
    match world.ask(request) {
        Answer::Done(sentence) => sentence,
        other => panic!("{}: {request:?}: {other:?}", world.title),
    }
}

fn failed(world: &mut World, request: Request<'_>) -> String {
    match world.ask(request) {
        Answer::Failed(sentence) => sentence,
        other => panic!("{}: {request:?}: {other:?}", world.title),
    }
}

fn status(world: &mut World) -> Report {
    match world.ask(Request::Status) {
        Answer::Status(report) => *report,
        other => panic!("{other:?}"),
    }
}

const fn contact<'a>(who: &'a str, act: ContactAct<'a>) -> Request<'a> {
    Request::Contact { who, act }
}

/// How somebody stands on the list: blocked, and their groups.
fn listed(world: &mut World, who: &str) -> Option<(bool, Vec<String>)> {
    let report = status(world);
    let mut contacts = report.accounts.into_iter().flat_map(|account| account.contacts);
    contacts.find(|contact| contact.account == who).map(|contact| (contact.blocked, contact.groups))
}

#[test]
fn the_status_tells_both_accounts_and_everybody_on_them() {
    let mut world = world(9);
    world.says(0, "hi");
    world.run(SECOND);
    let report = status(&mut world);
    let accounts: Vec<_> =
        report.accounts.iter().map(|account| (account.account.as_str(), account.own)).collect();
    assert_eq!(accounts, [(DESK, Some(Status::Online)), ("qq:29501213", Some(Status::Online))]);
    assert_eq!(report.accounts[1].contacts[0].title, "微程");
    assert_eq!((report.waiting[0].account.as_str(), report.waiting[0].unread), (BOB, 1));
    assert_eq!(done(&mut world, Request::Acknowledge(None)), "1 message acknowledged");
    assert!(status(&mut world).waiting.is_empty());
}

#[test]
fn replies_are_answered_when_it_is_known_what_became_of_them() {
    let mut world = world(9);
    world.says(0, "hi");
    world.run(SECOND);
    assert!(done(&mut world, Request::Reply { index: 0, to: None }).contains("delivered to Bob"));
    assert_eq!(world.guests[0].heard, ["Yes"]);
    assert!(done(&mut world, Request::Reply { index: 1, to: Some(WEI) }).contains("delivered to 微程"));
    let why = failed(&mut world, Request::Reply { index: 1, to: Some(ALICE) });
    assert!(why.starts_with("not delivered to Alice: "), "{why}");
    let Answer::Wrong(why) = world.ask(Request::Reply { index: 9, to: None }) else { panic!() };
    assert_eq!(why, "there is no reply 10; they are counted from 1 to 4");
    assert!(failed(&mut world, Request::Reply { index: 0, to: None }).contains("no message waits"));
    world.fault("qq lost CLTMSG");
    let Answer::Unsure(why) = world.ask(Request::Reply { index: 0, to: Some(WEI) }) else { panic!() };
    assert!(why.contains("nobody said whether it arrived"), "{why}");
}

#[test]
fn a_status_is_set_everywhere_and_confirmed() {
    let mut world = world(8);
    assert_eq!(done(&mut world, Request::Set(Status::Busy)), "msn: busy; qq: busy");
    assert_eq!(world.service().qq_state(DESK_UIN), Some(State::Busy));
    assert_eq!(world.desks[0].own, Some(Status::Busy));
    world.service().qq_sign_out(std::time::Duration::from_millis(0), DESK_UIN);
    world.fault(&format!("for {DESK_UIN} qq refuse-login 密码错误"));
    world.run(30 * SECOND);
    let sentence = done(&mut world, Request::Set(Status::Online));
    assert!(sentence.starts_with("msn: online; qq: online at the next sign-in; now it is "), "{sentence}");
    world.service().clear_faults();
    done(&mut world, Request::Set(Status::Online));
    world.run(30 * SECOND);
    assert_eq!(world.desks[0].qq, Some(LinkState::Online), "a wish of a person ends the waiting");
}

#[test]
fn contacts_of_msn_come_go_and_are_blocked_in_every_dialect() {
    for dialect in [2, 5, 7, 8, 9, 10, 11, 12] {
        let mut world = world(dialect);
        assert_eq!(done(&mut world, contact(BOB, ContactAct::Block)), format!("{BOB} is blocked"));
        assert_eq!(listed(&mut world, BOB).map(|(blocked, _)| blocked), Some(true));
        assert_eq!(done(&mut world, contact(BOB, ContactAct::Block)), format!("{BOB} is blocked already"));
        assert_eq!(
            done(&mut world, contact(BOB, ContactAct::Unblock)),
            format!("{BOB} is not blocked any more")
        );
        assert!(
            done(&mut world, contact(BOB, ContactAct::Remove)).starts_with("bob@example.net is off the list")
        );
        assert_eq!(listed(&mut world, BOB), None);
        assert_eq!(failed(&mut world, contact(BOB, ContactAct::Remove)), format!("{BOB} is not on the list"));
        assert_eq!(done(&mut world, contact(BOB, ContactAct::Add(""))), format!("{BOB} is on the list"));
        assert_eq!(listed(&mut world, BOB).map(|(blocked, _)| blocked), Some(false));
        assert_eq!(
            done(&mut world, contact(BOB, ContactAct::Add(""))),
            format!("{BOB} is on the list already")
        );
        world.run(SECOND);
        assert_eq!(world.desks[0].claimed(BOBS), Some(world.guests[0].presence()), "and is seen again");
        let refused = failed(&mut world, contact("nobody@example.net", ContactAct::Add("")));
        assert!(refused.starts_with("msn refused: 20"), "{refused}");
        assert!(
            done(&mut world, contact(BOB, ContactAct::Refuse(""))).contains("is refused: on the block list")
        );
        assert_eq!(done(&mut world, contact(BOB, ContactAct::Accept)), format!("{BOB} is accepted"));
        assert_eq!(listed(&mut world, BOB).map(|(blocked, _)| blocked), Some(false));
    }
}

#[test]
fn groups_are_made_renamed_filled_and_removed_in_every_dialect_that_has_them() {
    for dialect in [7, 8, 9, 10, 11, 12] {
        let mut world = world(dialect);
        done(&mut world, Request::Group(GroupAct::Add("Rust & café")));
        let to = |group| Request::Group(GroupAct::Move { who: BOB, group });
        let sentence = done(&mut world, to("rust & café"));
        assert_eq!(sentence, format!("{BOB} is in the group Rust & café, and in no other"));
        assert_eq!(listed(&mut world, BOB).unwrap().1, ["Rust & café"]);
        assert!(done(&mut world, to("Rust & café")).contains(" already"));
        done(&mut world, Request::Group(GroupAct::Rename("Rust & café", "Work")));
        assert_eq!(listed(&mut world, BOB).unwrap().1, ["Work"]);
        assert_eq!(failed(&mut world, to("Rust & café")), "there is no group \"Rust & café\"");
        done(&mut world, to("Friends"));
        done(&mut world, Request::Group(GroupAct::Remove("Work")));
        assert_eq!(listed(&mut world, BOB).unwrap().1, ["Friends"]);
    }
    let mut old = world(5);
    assert!(
        failed(&mut old, Request::Group(GroupAct::Add("Work"))).starts_with("msn: "),
        "MSNP5 has no groups"
    );
}

#[test]
fn our_name_and_numbers_are_told_to_msn() {
    for dialect in [5, 9, 12] {
        let mut world = world(dialect);
        assert_eq!(
            done(&mut world, Request::Name("Schreibtisch 100% ☕")),
            "your name on msn is Schreibtisch 100% ☕ now"
        );
        let number = Request::Phone(Phone::Mobile, "+49 170 1234567");
        assert_eq!(done(&mut world, number), "the mobile number is +49 170 1234567 now");
        assert_eq!(done(&mut world, Request::Phone(Phone::Mobile, "")), "the mobile number is gone");
    }
}

#[test]
fn friends_on_qq_are_added_asked_accepted_refused_and_removed() {
    let mut world = world(9);
    assert!(done(&mut world, contact(OPEN, ContactAct::Remove)).ends_with("is off the list"));
    assert!(!world.service().qq_friends(DESK_UIN).contains(&36_791_785));
    assert_eq!(done(&mut world, contact(OPEN, ContactAct::Add(""))), format!("{OPEN} is on the list"));
    world.run(60 * SECOND);
    assert!(listed(&mut world, OPEN).is_some(), "the list was asked for again");
    done(&mut world, contact(ASKS, ContactAct::Remove));
    let must_ask = failed(&mut world, contact(ASKS, ContactAct::Add("")));
    assert!(must_ask.contains("wants to be asked first"), "{must_ask}");
    assert!(
        done(&mut world, contact(ASKS, ContactAct::Add("我是书桌")))
            .contains("was asked, in your words: 我是书桌")
    );
    assert_eq!(
        failed(&mut world, contact(NOBODY, ContactAct::Add(""))),
        format!("{NOBODY} takes no friends")
    );
    assert!(failed(&mut world, contact(WEI, ContactAct::Block)).starts_with("qq has no blocking"));
}

#[test]
fn a_request_on_qq_is_open_until_it_is_answered() {
    let script = Script {
        people: vec![Person { uin: 58_713_042, password: "lintao".into(), answers: vec![] }],
        scenes: vec![
            Scene { at: std::time::Duration::from_secs(0), who: 0, act: Act::SignIn(State::Online) },
            Scene { at: std::time::Duration::from_secs(5), who: 0, act: Act::Ask("我是林涛".into()) },
        ],
        ..wei()
    };
    for act in [ContactAct::Accept, ContactAct::Refuse("不认识")] {
        let mut world = World::with_qq(script.clone());
        world.begin(settings_of_both(account(9)), None);
        world.run(90 * SECOND);
        assert_eq!(status(&mut world).requests, [LIN]);
        done(&mut world, contact(LIN, act));
        assert!(status(&mut world).requests.is_empty(), "{act:?}");
    }
}

#[test]
fn what_somebody_tells_of_themselves_is_found_on_qq() {
    let mut world = world(9);
    let Answer::Found(rows) = world.ask(contact(WEI, ContactAct::Find)) else { panic!() };
    let told = |label: &str| rows.iter().find(|(found, _)| found == label).map(|(_, words)| words.as_str());
    assert_eq!(told("nickname"), Some("微程"));
    assert_eq!(told("avatar"), Some("91"), "FC 270: FC/3+1");
    assert_eq!(told("account"), Some(WEI));
    let Answer::Found(rows) = world.ask(Request::Search { age: 20, sex: Sex::Female, province: "北京" })
    else {
        panic!()
    };
    assert!(rows.iter().any(|(key, words)| key == "UN" && words.contains("99833581")), "{rows:?}");
    assert!(failed(&mut world, contact(BOB, ContactAct::Find)).contains("find is for qq"));
}

#[test]
fn every_request_is_answered_whatever_the_servers_do() {
    let requests = [
        Request::Status,
        Request::Acknowledge(Some(BOB)),
        Request::Reply { index: 0, to: Some(BOB) },
        Request::Reply { index: 0, to: Some(WEI) },
        Request::Set(Status::Away),
        contact(BOB, ContactAct::Block),
        contact(ALICE, ContactAct::Remove),
        contact(OPEN, ContactAct::Add("hi")),
        contact(LIN, ContactAct::Accept),
        contact(WEI, ContactAct::Find),
        Request::Group(GroupAct::Add("Work")),
        Request::Name("me"),
        Request::Phone(Phone::Home, "1"),
    ];
    let troubles: [&[&str]; 6] = [
        &["silence ADD", "silence REM", "silence ADG", "silence PRP", "silence CHG", "qq silence any"],
        &["qq null any", "hang-up ADD"],
        &["qq refuse any 3", "no-qng"],
        &["qq refuse any 20", "out OTH"],
        &["qq lost any", "nak"],
        &["qq late any 60", "never-joins"],
    ];
    for trouble in troubles {
        let mut world = world(9);
        world.title = format!("{trouble:?}");
        trouble.iter().for_each(|fault| world.service().fault(Fault::parse(fault).unwrap()));
        let tickets: Vec<u32> = requests.iter().map(|request| world.begin_to_ask(*request)).collect();
        world.run(400 * SECOND);
        for (ticket, request) in tickets.iter().zip(requests) {
            world.must(world.desks[0].answers.contains_key(ticket), &format!("{request:?} is answered"));
        }
    }
    let mut stopped = world(9);
    stopped.fault("qq silence any");
    let ticket = stopped.begin_to_ask(contact(WEI, ContactAct::Find));
    stopped.stop(0);
    stopped.run(2 * SECOND);
    let Some(Answer::Failed(why) | Answer::Unsure(why)) = stopped.desks[0].answers.get(&ticket) else {
        panic!()
    };
    assert!(!why.is_empty());
}

#[test]
fn who_asks_too_much_at_once_is_told_so() {
    let mut world = world(9);
    world.fault("qq silence any");
    let tickets: Vec<u32> = (0..40).map(|_| world.begin_to_ask(contact(WEI, ContactAct::Find))).collect();
    world.run(400 * SECOND);
    let answers: Vec<&Answer> = tickets.iter().map(|ticket| &world.desks[0].answers[ticket]).collect();
    let busy =
        |answer: &&&Answer| matches!(answer, Answer::Failed(why) if why.contains("too much is under way"));
    assert!(answers.iter().filter(busy).count() >= 20);
}

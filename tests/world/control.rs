//! People at shells, in detail: who is meant, every sentence, what the servers keep, and how soon an answer comes.

use nudged::agent::control::{
    AccountReport, Answer, ContactAct, GroupAct, Phone, Report, Request, RequestReport,
};
use nudged::agent::{Input, Network, Person as Named};
use nudged::emulator::qq::{Act, Person, Scene, Script, State};
use nudged::emulator::{Accounts, Fault};
use nudged::link::Closed;
use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::info::Sex;

use crate::desk::*;
use crate::people::{self, AMY, EVE};
use crate::world::*;

/// Wei is a friend, 5 takes everybody, 6 wants to be asked, 7 nobody.
const NUMBERS: &str = r#"
[[qq]]
uin = 29501213
password = "nudge"
name = "书桌"
friends = [24259132]

[[qq]]
uin = 24259132
password = "weicheng"
name = "微程"
face = 270
friends = [29501213]
info = { AG = "19", BT = "2", CO = "6", CT = "苏州", SH = "3", SX = "1", PV = "江苏" }

[[qq]]
uin = 10005
password = "five"
add = "open"

[[qq]]
uin = 10006
password = "six"
add = "ask"

[[qq]]
uin = 10007
password = "seven"
add = "closed"
"#;

fn accounts() -> Accounts {
    people::and(NUMBERS)
}

fn msn(dialect: u8) -> World {
    let mut world = World::with(accounts(), options());
    world.title = format!("MSNP{dialect}");
    let mut settings = settings(account(dialect));
    settings.people.push(Named { name: "bobby".into(), account: BOB.into() });
    world.begin(settings, None);
    world.run_until_online(0, 10 * SECOND);
    world.run(SECOND);
    world
}

/// Wei is there, and the desk is signed in to both networks.
fn both(scenes: &[(u64, Act)]) -> World {
    let at = std::time::Duration::from_secs;
    let sign_in = (0, Act::SignIn(State::Online));
    let scenes = std::iter::once(&sign_in).chain(scenes);
    let script = Script {
        desk: DESK_UIN,
        people: vec![Person { uin: WEI_UIN, password: "weicheng".into(), answers: Vec::new() }],
        scenes: scenes.map(|(second, act)| Scene { at: at(*second), who: 0, act: act.clone() }).collect(),
        length: at(366 * 86_400),
    };
    let mut world = World::of(accounts(), script);
    // While a request waits out its punishment nobody asks what friends do.
    world.qq_slack = MINUTE;
    let mut settings = settings_of_both(account(9));
    settings.people.push(Named { name: "wei".into(), account: WEI.into() });
    world.begin(settings, None);
    let online = |world: &World| {
        world.desks[0].link == LinkState::Online && world.desks[0].qq == Some(LinkState::Online)
    };
    let online = world.run_until(10 * SECOND, online);
    world.must(online, "both networks are online");
    world.run(2 * SECOND);
    world
}

/// Somebody at a shell asks a desk for something. The request's number comes back.
fn ask(world: &mut World, desk: usize, request: Request<'_>) -> u32 {
    world.note(&format!("desk {desk} is asked: {request:?}"));
    world.desks[desk].requests += 1;
    let ticket = world.desks[desk].requests;
    world.turn(desk, Input::Control { ticket, request });
    ticket
}

/// The answer to a request, if it has come.
fn answer(world: &World, desk: usize, ticket: u32) -> Option<&Answer> {
    world.desks[desk].answers.get(&ticket)
}

/// Asks, and waits at most so long for the answer.
fn answered(world: &mut World, desk: usize, ms: u64, request: Request<'_>) -> Answer {
    let ticket = ask(world, desk, request);
    world.run_until(ms, |world| answer(world, desk, ticket).is_some());
    match answer(world, desk, ticket) {
        Some(answer) => answer.clone(),
        None => world.fail(&format!("no answer within {ms} ms to {request:?}")),
    }
}

fn contact<'a>(who: &'a str, act: ContactAct<'a>) -> Request<'a> {
    Request::Contact { who, act }
}

fn status(world: &mut World, desk: usize) -> Report {
    match answered(world, desk, 0, Request::Status) {
        Answer::Status(report) => *report,
        other => panic!("{other:?}"),
    }
}

fn of(report: &Report, network: Network) -> &AccountReport {
    report.accounts.iter().find(|account| account.network == network).unwrap()
}

/// Who is on the list, as `address[ blocked][ group, group]`.
fn list(world: &mut World, desk: usize, network: Network) -> Vec<String> {
    let report = status(world, desk);
    let mut list: Vec<String> = of(&report, network)
        .contacts
        .iter()
        .map(|contact| {
            let blocked = if contact.blocked { " blocked" } else { "" };
            // Up to MSNP9 whoever is in no group is in this one, once the lists are told anew.
            let groups: Vec<&str> =
                contact.groups.iter().map(String::as_str).filter(|name| *name != "Other Contacts").collect();
            format!("{}{blocked} {}", contact.account, groups.join(", ")).trim().to_owned()
        })
        .collect();
    list.sort();
    list
}

#[track_caller]
fn is_done(world: &mut World, ms: u64, request: Request<'_>, sentence: &str) {
    assert_eq!(answered(world, 0, ms, request), Answer::Done(sentence.into()), "{} {request:?}", world.title);
}

#[track_caller]
fn fails(world: &mut World, ms: u64, request: Request<'_>, sentence: &str) {
    assert_eq!(
        answered(world, 0, ms, request),
        Answer::Failed(sentence.into()),
        "{} {request:?}",
        world.title
    );
}

/// Signed in anew, without a snapshot: what the server kept.
fn the_server_kept(world: &mut World, list_is: &[&str]) {
    assert_eq!(list(world, 0, Network::Msn), list_is, "{}: before", world.title);
    let dialect = world.title.trim_start_matches("MSNP").parse().unwrap();
    world.stop(0);
    let again = world.begin(settings(account(dialect)), None);
    world.run_until_online(again, 10 * SECOND);
    assert_eq!(list(world, again, Network::Msn), list_is, "{}: after", world.title);
}

// ---- MSN ----

#[test]
fn people_are_added_blocked_unblocked_and_removed_in_every_dialect() {
    for dialect in 2..=12 {
        let mut world = msn(dialect);
        is_done(&mut world, SECOND, contact(AMY, ContactAct::Add("")), "amy@example.net is on the list");
        let already = "amy@example.net is on the list already";
        is_done(&mut world, SECOND, contact("AMY@example.net", ContactAct::Add("")), already);
        let none = contact("none@example.net", ContactAct::Add(""));
        let refused = answered(&mut world, 0, SECOND, none);
        let Answer::Failed(why) = refused else { panic!("{refused:?}") };
        assert!(why.starts_with("msn refused: 20") && why.ends_with("(onto FL)"), "{why}");
        is_done(&mut world, SECOND, contact("bobby", ContactAct::Block), "bob@example.net is blocked");
        is_done(&mut world, SECOND, contact(BOB, ContactAct::Block), "bob@example.net is blocked already");
        let groups = if dialect >= 7 { " Friends" } else { "" };
        assert_eq!(
            list(&mut world, 0, Network::Msn),
            [AMY.to_owned(), format!("{BOB} blocked{groups}")],
            "MSNP{dialect}"
        );
        is_done(
            &mut world,
            SECOND,
            contact(BOB, ContactAct::Unblock),
            "bob@example.net is not blocked any more",
        );
        let removed = answered(&mut world, 0, SECOND, contact(BOB, ContactAct::Remove));
        assert!(matches!(removed, Answer::Done(_)), "{removed:?}");
        fails(&mut world, 0, contact(BOB, ContactAct::Remove), "bob@example.net is not on the list");
        the_server_kept(&mut world, &[AMY]);
    }
}

#[test]
fn who_asks_is_accepted_or_refused_in_every_dialect() {
    for dialect in 2..=12 {
        for accept in [true, false] {
            let mut world = msn(dialect);
            let act = if accept { ContactAct::Accept } else { ContactAct::Refuse("") };
            let decided = answered(&mut world, 0, SECOND, contact(EVE, act));
            let Answer::Done(said) = decided else { panic!("MSNP{dialect}: {decided:?}") };
            assert!(said.starts_with(if accept {
                "eve@example.net is accepted"
            } else {
                "eve@example.net is refused"
            }));
            let kept = if accept { vec![BOB, EVE] } else { vec![BOB] };
            let kept: Vec<String> = kept
                .into_iter()
                .map(|who| if who == BOB && dialect >= 7 { format!("{who} Friends") } else { who.to_owned() })
                .collect();
            // Later the other way round: whoever was refused can be accepted.
            the_server_kept(&mut world, &kept.iter().map(String::as_str).collect::<Vec<_>>());
            let ticket = ask(&mut world, 1, contact(EVE, ContactAct::Accept));
            world.run(SECOND);
            assert!(matches!(answer(&world, 1, ticket), Some(Answer::Done(_))), "MSNP{dialect} {accept}");
            let all = list(&mut world, 1, Network::Msn);
            assert!(all.contains(&EVE.to_owned()), "{all:?}");
        }
    }
}

#[test]
fn groups_are_made_renamed_filled_and_removed_where_the_dialect_has_them() {
    for dialect in 7..=12 {
        let mut world = msn(dialect);
        let group = |act| Request::Group(act);
        is_done(&mut world, SECOND, group(GroupAct::Add("Old friends")), "there is a group Old friends now");
        fails(
            &mut world,
            SECOND,
            group(GroupAct::Add("Work")),
            "msn refused: 228 a group of that name exists",
        );
        is_done(&mut world, SECOND, group(GroupAct::Rename("work", "Job")), "the group is Job now");
        fails(&mut world, 0, group(GroupAct::Rename("Work", "x")), "there is no group \"Work\"");
        let to_job = group(GroupAct::Move { who: "bobby", group: "job" });
        is_done(&mut world, SECOND, to_job, "bob@example.net is in the group Job, and in no other");
        is_done(&mut world, SECOND, to_job, "bob@example.net is in the group Job already, and in no other");
        let amys = group(GroupAct::Move { who: AMY, group: "Job" });
        fails(&mut world, 0, amys, "amy@example.net is not on the list");
        let answer = answered(&mut world, 0, SECOND, group(GroupAct::Move { who: WEI, group: "Job" }));
        assert_eq!(answer, Answer::Failed("qq has no groups; they are for msn".into()));
        is_done(&mut world, SECOND, group(GroupAct::Remove("Friends")), "the group Friends is gone");
        the_server_kept(&mut world, &["bob@example.net Job"]);
    }
    let mut world = msn(6);
    let no_words = "msn: the dialect spoken with this server has no words for it";
    fails(&mut world, 0, Request::Group(GroupAct::Add("x")), no_words);
    fails(&mut world, 0, Request::Group(GroupAct::Remove("x")), "there is no group \"x\"");
}

#[test]
fn our_name_and_phones_are_told_to_the_server() {
    for dialect in 2..=12 {
        let mut world = msn(dialect);
        is_done(
            &mut world,
            SECOND,
            Request::Name("Desk of Ann ☕"),
            "your name on msn is Desk of Ann ☕ now",
        );
        let phone = Request::Phone(Phone::Mobile, "+49 30 1");
        if dialect < 5 {
            let no_words = "msn: the dialect spoken with this server has no words for it";
            fails(&mut world, 0, phone, no_words);
            continue;
        }
        is_done(&mut world, SECOND, phone, "the mobile number is +49 30 1 now");
        is_done(&mut world, SECOND, Request::Phone(Phone::Mobile, ""), "the mobile number is gone");
        for phone in Phone::ALL {
            let said = format!("the {} number is 5 now", phone.as_str());
            is_done(&mut world, SECOND, Request::Phone(phone, "5"), &said);
        }
    }
}

#[test]
fn a_status_is_confirmed_or_told_at_the_next_sign_in() {
    let mut world = msn(9);
    for status in Status::ALL {
        is_done(&mut world, SECOND, Request::Set(status), &format!("msn: {status}"));
        assert_eq!(world.desks[0].own, Some(status));
    }
    world.weather = Weather::Refused;
    world.cut(0);
    let sentence = "msn: away at the next sign-in; now it is lost (connection broken)";
    is_done(&mut world, 0, Request::Set(Status::Away), sentence);
    world.weather = Weather::Fair;
    world.run_until_online(0, MINUTE);
    world.run(SECOND);
    assert_eq!(world.desks[0].own, Some(Status::Away));
    world.fall_silent();
    let ticket = ask(&mut world, 0, Request::Set(Status::Busy));
    world.run(20 * SECOND);
    assert_eq!(answer(&world, 0, ticket), None, "nobody said anything yet");
    world.run(2 * MINUTE);
    let sentence = "msn: busy at the next sign-in; now it is lost (no answer to PNG within 20 s)";
    assert_eq!(answer(&world, 0, ticket), Some(&Answer::Done(sentence.into())), "the link tells before");

    let mut world = msn(9);
    world.fault("silence CHG");
    let answer = answered(&mut world, 0, 121 * SECOND, Request::Set(Status::Busy));
    assert_eq!(answer, Answer::Unsure("msn has not confirmed busy".into()));
}

#[test]
fn a_parked_link_is_tried_again_for_a_person_who_sets_a_status() {
    let mut world = msn(9);
    world.invite(DESK, "nudge");
    world.run(SECOND);
    assert_eq!(world.desks[0].link, LinkState::Elsewhere);
    let answer = answered(&mut world, 0, 0, Request::Set(Status::Busy));
    assert_eq!(answer, Answer::Done("msn: busy at the next sign-in; now it is connecting".into()));
    world.run_until_online(0, 10 * SECOND);
    world.run(SECOND);
    assert_eq!(world.desks[0].own, Some(Status::Busy));
}

#[test]
fn replies_and_acknowledgements_of_a_person_at_a_shell() {
    let mut world = msn(9);
    let nobody = "no message waits; say to whom: nudged reply N WHO";
    fails(&mut world, 0, Request::Reply { index: 0, to: None }, nobody);
    let wrong = answered(&mut world, 0, 0, Request::Reply { index: 4, to: None });
    assert_eq!(wrong, Answer::Wrong("there is no reply 5; they are counted from 1 to 4".into()));
    let offline = answered(&mut world, 0, MINUTE, Request::Reply { index: 0, to: Some("bobby") });
    let Answer::Failed(why) = offline else { panic!("{offline:?}") };
    assert!(why.starts_with("not delivered to bobby: "), "{why}");

    world.invite(BOB, "builder");
    world.says(0, "hi");
    world.says(0, "are you there?");
    world.run(SECOND);
    let report = status(&mut world, 0);
    let waiting: Vec<_> =
        report.waiting.iter().map(|row| (row.title.as_str(), row.unread, row.text.as_str())).collect();
    assert_eq!(waiting, [("bobby", 2, "are you there?")]);
    // Somebody at the board has the menu open: it stays open.
    world.press(0, MENU, CLICK);
    let menu = world.desks[0].rows().join("/");
    is_done(&mut world, 10 * SECOND, Request::Reply { index: 1, to: None }, "delivered to bobby");
    assert_eq!(world.guests[0].heard, ["No"]);
    assert_eq!(world.desks[0].rows().join("/"), menu, "the menu of the board stays as it is");
    assert_eq!(status(&mut world, 0).waiting, []);

    world.says(0, "one more");
    world.run(SECOND);
    is_done(&mut world, 0, Request::Acknowledge(Some(AMY)), "no message of amy@example.net acknowledged");
    is_done(&mut world, 0, Request::Acknowledge(Some("bobby")), "1 message of bobby acknowledged");
    is_done(&mut world, 0, Request::Acknowledge(None), "no message acknowledged");
    world.says(0, "and more");
    world.says(0, "and more still");
    world.run(SECOND);
    is_done(&mut world, 0, Request::Acknowledge(None), "2 messages acknowledged");
    assert_eq!(status(&mut world, 0).waiting, []);
}

#[test]
fn a_server_that_is_silent_or_goes_away_leaves_nobody_waiting() {
    for way in ["silence", "cut", "stop"] {
        let mut world = msn(10);
        if way == "silence" {
            world.fault("silence ADC");
        } else {
            world.fall_silent();
        }
        let tickets: Vec<u32> = [
            contact(AMY, ContactAct::Add("")),
            contact(EVE, ContactAct::Accept),
            contact(BOB, ContactAct::Add("")),
        ]
        .map(|request| ask(&mut world, 0, request))
        .into();
        // On FL and AL already: nothing has to be asked.
        assert_eq!(
            answer(&world, 0, tickets[2]),
            Some(&Answer::Done("bob@example.net is on the list already".into()))
        );
        assert_eq!(answer(&world, 0, tickets[0]), None);
        match way {
            "cut" => world.cut(0),
            "stop" => world.stop(0),
            _ => {}
        }
        let within = if way == "silence" { 31 * SECOND } else { SECOND };
        let both =
            world.run_until(within, |world| tickets.iter().all(|ticket| answer(world, 0, *ticket).is_some()));
        world.must(both, &format!("{way}: both are answered in {within} ms"));
        for ticket in &tickets[..2] {
            let answer = answer(&world, 0, *ticket);
            assert!(matches!(answer, Some(Answer::Unsure(_))), "{way}: {answer:?}");
        }
        if way == "stop" {
            let late = answered(&mut world, 0, 0, contact(AMY, ContactAct::Add("")));
            assert_eq!(late, Answer::Failed("nudged is stopping".into()));
            assert_eq!(of(&status(&mut world, 0), Network::Msn).link, LinkState::Stopped);
        }
        if way == "cut" {
            let answer = answered(&mut world, 0, 0, contact(AMY, ContactAct::Add("")));
            let why = format!("msn: not signed in: lost ({})", Closed::Broken);
            assert_eq!(answer, Answer::Failed(why));
        }
    }
}

#[test]
fn more_than_the_server_takes_at_once_waits_its_turn_and_more_than_that_is_refused() {
    let mut world = msn(9);
    let tickets: Vec<u32> = (0..20)
        .map(|number| {
            let name = format!("Group {number}");
            ask(&mut world, 0, Request::Group(GroupAct::Add(&name)))
        })
        .collect();
    world.run(5 * SECOND);
    for (number, ticket) in tickets.into_iter().enumerate() {
        let expected = if number < 16 {
            Answer::Done(format!("there is a group Group {number} now"))
        } else {
            Answer::Failed("too much is under way; try again in a moment".into())
        };
        assert_eq!(answer(&world, 0, ticket), Some(&expected), "{number}");
    }
}

// ---- Whoever is meant, and what makes no sense ----

#[test]
fn whoever_is_nobody_and_words_that_do_not_fit_are_told_apart_from_refusals() {
    let mut world = msn(9);
    let long = format!("{}@example.net", "x".repeat(120));
    for who in
        ["bobb", "", "@", "a@", "@b", "a@b@c", "a b@c", "a\r\nOUT@c", "ü@example.net", "qq:", "qq:0", &long]
    {
        let answer = answered(&mut world, 0, 0, contact(who, ContactAct::Add("")));
        let expected =
            "is nobody; expected a name of [people], an address like bob@example.net, or qq:24259132";
        let Answer::Wrong(wrong) = answer else { panic!("{who:?}: {answer:?}") };
        assert!(wrong.ends_with(expected), "{wrong}");
    }
    for (request, wrong) in [
        (Request::Name(""), "name: found 0 octets, expected 1 to 128"),
        (Request::Name("a\nb"), "name: found a control character, expected plain text"),
        (Request::Group(GroupAct::Add("")), "group: found 0 octets, expected 1 to 61"),
        (contact(BOB, ContactAct::Refuse("no")), "msn carries no words with a refusal; leave them out"),
    ] {
        assert_eq!(answered(&mut world, 0, 0, request), Answer::Wrong(wrong.into()));
    }
    let long = "x".repeat(129);
    for request in
        [Request::Name(&long), Request::Phone(Phone::Home, &long), contact(AMY, ContactAct::Add(&long))]
    {
        assert!(matches!(answered(&mut world, 0, 0, request), Answer::Wrong(_)));
    }
    let find = contact(BOB, ContactAct::Find);
    fails(&mut world, 0, find, "msn tells no more of people than nudged status shows; find is for qq");
    fails(&mut world, 0, contact(WEI, ContactAct::Accept), "no qq account is configured");
    let search = Request::Search { age: 19, sex: Sex::Male, province: "x" };
    fails(&mut world, 0, search, "no qq account is configured");
    let reply = Request::Reply { index: 0, to: Some(WEI) };
    fails(&mut world, 0, reply, "not delivered to qq:24259132: no qq account is configured");
}

// ---- QQ ----

#[test]
fn qq_tells_everything_of_a_person() {
    let mut world = both(&[]);
    let Answer::Found(rows) = answered(&mut world, 0, 10 * SECOND, contact("wei", ContactAct::Find)) else {
        panic!("nothing found")
    };
    for (label, value) in [
        ("account", "qq:24259132"),
        ("sex", "female"),
        ("age", "19"),
        ("blood type", "B"),
        ("constellation", "Cancer"),
        ("zodiac", "Tiger"),
        ("avatar", "91"),
        ("nickname", "微程"),
        ("province", "江苏"),
        ("city", "苏州"),
    ] {
        let row = rows.iter().find(|(name, _)| name == label);
        assert_eq!(row.map(|(_, value)| value.as_str()), Some(value), "{label}: {rows:?}");
    }
    let search = Request::Search { age: 19, sex: Sex::Female, province: "江苏" };
    let Answer::Found(rows) = answered(&mut world, 0, 10 * SECOND, search) else { panic!("nothing found") };
    assert_eq!(rows, [("qq:24259132".into(), "微程".into())]);
}

#[test]
fn qq_friends_are_added_asked_and_removed() {
    let mut world = both(&[]);
    let add = |who, words| contact(who, ContactAct::Add(words));
    is_done(&mut world, 10 * SECOND, add("qq:10005", ""), "qq:10005 is on the list");
    world.run(5 * SECOND);
    assert_eq!(list(&mut world, 0, Network::Qq), ["qq:10005", WEI]);
    is_done(&mut world, 0, add("qq:10005", ""), "qq:10005 is on the list already");
    let ask = "qq:10006 wants to be asked first; say it in words: nudged contact add qq:10006 WORDS";
    fails(&mut world, 10 * SECOND, add("qq:10006", ""), ask);
    let asked = "qq:10006 was asked, in your words: it is me, Ann; their answer comes as a notice";
    is_done(&mut world, MINUTE, add("QQ:10006", "it is me, Ann"), asked);
    assert_eq!(world.logged(&["CMD=Ack_AddToList", "UN=10006&CD=2&RS=it is me%2C Ann"]), 2, "sent twice");
    fails(&mut world, 10 * SECOND, add("qq:10007", ""), "qq:10007 takes no friends");
    is_done(&mut world, 10 * SECOND, contact("wei", ContactAct::Remove), "qq:24259132 is off the list");
    world.run(5 * SECOND);
    assert_eq!(list(&mut world, 0, Network::Qq), ["qq:10005"]);
    let words = "x".repeat(201);
    let long = answered(&mut world, 0, 0, add("qq:10006", &words));
    assert_eq!(long, Answer::Wrong("words: found 201 octets, expected 0 to 200".into()));
}

#[test]
fn qq_requests_are_accepted_and_refused_in_words() {
    let mut world = both(&[]);
    is_done(
        &mut world,
        MINUTE,
        contact("qq:10006", ContactAct::Accept),
        "qq:10006 is accepted, and may have you on their list; yours is another matter: nudged contact add qq:10006",
    );
    assert_eq!(world.logged(&["CMD=Ack_AddToList", "UN=10006&CD=0"]), 2);
    is_done(&mut world, 2 * MINUTE, contact("qq:10007", ContactAct::Refuse("no")), "qq:10007 is refused");
    assert_eq!(world.logged(&["CMD=Ack_AddToList", "UN=10007&CD=1&RS=no"]), 2);
}

#[test]
fn a_request_is_seen_and_then_decided_on() {
    for (act, said) in [
        (
            ContactAct::Accept,
            "qq:24259132 is accepted, and may have you on their list; yours is another matter: nudged contact add qq:24259132",
        ),
        (ContactAct::Refuse("no, sorry"), "qq:24259132 is refused"),
    ] {
        let mut world = both(&[(5, Act::Ask("可以吗？".into()))]);
        world.run(MINUTE);
        let asks = [RequestReport { account: WEI.into(), words: "可以吗？".into() }];
        assert_eq!(status(&mut world, 0).requests, asks);
        is_done(&mut world, 0, Request::Acknowledge(None), "no message, 1 request acknowledged");
        is_done(&mut world, 0, Request::Acknowledge(None), "no message acknowledged");
        assert_eq!(status(&mut world, 0).requests, asks, "seen, and still open");
        is_done(&mut world, 2 * MINUTE, contact("wei", act), said);
        assert_eq!(status(&mut world, 0).requests, []);
    }
}

#[test]
fn what_qq_has_no_words_for_is_a_refusal_at_once() {
    let mut world = both(&[]);
    let no_blocking = "qq has no blocking; contact remove ends a friendship";
    fails(&mut world, 0, contact("wei", ContactAct::Block), no_blocking);
    fails(&mut world, 0, contact("wei", ContactAct::Unblock), no_blocking);
    let into = Request::Group(GroupAct::Move { who: "wei", group: "Friends" });
    fails(&mut world, 0, into, "qq has no groups; they are for msn");

    let mut alone = settings_of_both(account(9));
    alone.msn = None;
    world.stop(0);
    let desk = world.begin(alone, None);
    for (request, what) in [
        (Request::Group(GroupAct::Add("x")), "groups"),
        (Request::Name("x"), "names of our own"),
        (Request::Phone(Phone::Home, "1"), "telephone numbers of ours"),
    ] {
        let answer = answered(&mut world, desk, 0, request);
        assert_eq!(answer, Answer::Failed(format!("qq has no {what}; they are for msn")));
    }
    let answer = answered(&mut world, desk, 0, contact(BOB, ContactAct::Add("")));
    assert_eq!(answer, Answer::Failed("no msn account is configured".into()));
}

#[test]
fn a_status_is_set_on_both_networks_and_a_qq_punishment_is_waited_out() {
    let mut world = both(&[]);
    is_done(&mut world, 10 * SECOND, Request::Set(Status::Busy), "msn: busy; qq: busy");
    // QQ takes the next one only half a minute later.
    is_done(&mut world, 40 * SECOND, Request::Set(Status::Online), "msn: online; qq: online");
    world.fault("once qq refuse Change_Stat 3");
    let away = "msn: away; qq: away, seen as busy there";
    is_done(&mut world, 100 * SECOND, Request::Set(Status::Away), away);
    is_done(&mut world, SECOND, Request::Set(Status::Busy), "msn: busy; qq: busy");
    assert_eq!(
        world.logged(&["CMD=Change_Stat", "ST=30"]),
        3,
        "one twice, and one word for another not at all"
    );
    world.run(MINUTE);
    world.fault("qq refuse Change_Stat 3");
    let answer = answered(&mut world, 0, 3 * MINUTE, Request::Set(Status::Online));
    assert_eq!(answer, Answer::Unsure("msn: online; qq has not confirmed online".into()));
}

#[test]
fn a_qq_server_that_refuses_or_is_silent_leaves_nobody_waiting() {
    for (fault, expected) in [
        (
            "qq refuse DelFromList 3",
            Answer::Failed("qq refused with RES=3: too often, or not allowed".into()),
        ),
        ("qq refuse DelFromList 9", Answer::Failed("qq refused with RES=9".into())),
        (
            "qq silence DelFromList",
            Answer::Unsure("qq did not say what became of it; nudged status shows how it is".into()),
        ),
        (
            "qq null DelFromList",
            Answer::Unsure("qq did not say what became of it; nudged status shows how it is".into()),
        ),
    ] {
        let mut world = both(&[]);
        world.fault(fault);
        let answer = answered(&mut world, 0, 2 * MINUTE, contact("wei", ContactAct::Remove));
        assert_eq!(answer, expected, "{fault}");
    }
}

#[test]
fn what_status_can_not_show_is_to_be_tried_again() {
    for (fault, request, expected) in [
        (
            "qq null GetInfo",
            contact("wei", ContactAct::Find),
            Answer::Unsure("qq did not answer; try again".into()),
        ),
        (
            "qq null Ack_AddToList",
            contact("wei", ContactAct::Accept),
            Answer::Unsure("qq did not say what became of it; try again".into()),
        ),
        (
            "qq refuse GetInfo 20",
            contact("wei", ContactAct::Find),
            Answer::Failed("qq had signed us out before it answered; nothing was changed by it".into()),
        ),
    ] {
        let mut world = both(&[]);
        world.fault(fault);
        assert_eq!(answered(&mut world, 0, 2 * MINUTE, request), expected, "{fault}");
    }
}

#[test]
fn two_qq_requests_at_once_are_done_one_after_the_other() {
    let mut world = both(&[]);
    let first = ask(&mut world, 0, contact("qq:10006", ContactAct::Accept));
    let second = ask(&mut world, 0, contact("wei", ContactAct::Find));
    world.run(2 * SECOND);
    assert_eq!(
        (answer(&world, 0, first), answer(&world, 0, second)),
        (None, None),
        "the first is sent twice, once punished"
    );
    let both = world.run_until(2 * MINUTE, |world| answer(world, 0, second).is_some());
    world.must(both, "both are answered");
    assert!(matches!(answer(&world, 0, first), Some(Answer::Done(_))));
    assert!(matches!(answer(&world, 0, second), Some(Answer::Found(_))));
}

#[test]
fn a_reply_to_a_qq_friend_is_answered_when_the_server_took_it() {
    let mut world = both(&[(20, Act::Say("在吗".into()))]);
    world.run(MINUTE);
    let report = status(&mut world, 0);
    assert_eq!((report.waiting[0].account.as_str(), report.waiting[0].text.as_str()), (WEI, "在吗"));
    is_done(&mut world, 30 * SECOND, Request::Reply { index: 0, to: None }, "delivered to wei");
    assert_eq!(status(&mut world, 0).waiting, []);
    world.fault("qq silence CLTMSG");
    let answer = answered(&mut world, 0, 3 * MINUTE, Request::Reply { index: 0, to: Some("wei") });
    let Answer::Unsure(why) = answer else { panic!("{answer:?}") };
    assert!(why.starts_with("sent to wei, but nobody said whether it arrived"), "{why}");
}

#[test]
fn a_status_report_has_everything() {
    let mut world = both(&[]);
    world.invite(BOB, "builder");
    world.run(SECOND);
    let report = status(&mut world, 0);
    assert_eq!(report.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(report.replies, REPLIES);
    let msn = of(&report, Network::Msn);
    assert_eq!((msn.account.as_str(), msn.link, msn.own), (DESK, LinkState::Online, Some(Status::Online)));
    let bob = &msn.contacts[0];
    assert_eq!((bob.account.as_str(), bob.title.as_str(), bob.presence), (BOB, "Bob", Presence::Online));
    assert_eq!(bob.groups, ["Friends"]);
    let qq = of(&report, Network::Qq);
    assert_eq!((qq.account.as_str(), qq.link, qq.wanted), ("qq:29501213", LinkState::Online, Status::Online));
    assert_eq!(qq.contacts[0].title, "wei");
    assert_eq!(report.requests, []);
    world.guest(0, |bob, _| bob.go());
    world.weather = Weather::Refused;
    world.cut(0);
    world.run(1);
    let report = status(&mut world, 0);
    let msn = of(&report, Network::Msn);
    assert_eq!((msn.link, msn.why.as_str(), msn.own), (LinkState::Lost, "connection broken", None));
    assert_eq!(msn.contacts[0].presence, Presence::Unknown);
}

// ---- Two people at once ----

/// Asks all of it in one moment, and waits for the answers.
fn all_at_once(world: &mut World, requests: &[Request<'_>]) -> Vec<Answer> {
    let tickets: Vec<u32> = requests.iter().map(|request| ask(world, 0, *request)).collect();
    let all = |world: &World| tickets.iter().all(|ticket| answer(world, 0, *ticket).is_some());
    let answered = world.run_until(2 * MINUTE, all);
    world.must(answered, "all are answered");
    tickets.iter().map(|ticket| answer(world, 0, *ticket).unwrap().clone()).collect()
}

#[test]
fn two_people_who_ask_the_same_are_both_told_that_it_is_so() {
    let done = |sentence: &str| Answer::Done(sentence.into());
    for dialect in 2..=12 {
        let mut world = msn(dialect);
        let add = contact(AMY, ContactAct::Add(""));
        let answers = all_at_once(&mut world, &[add, contact("AMY@example.net", ContactAct::Add(""))]);
        assert_eq!(answers[0], done("amy@example.net is on the list"), "MSNP{dialect}");
        assert_eq!(answers[1], done("AMY@example.net is on the list already"), "MSNP{dialect}");
        let accept = contact(EVE, ContactAct::Accept);
        let answers = all_at_once(&mut world, &[accept, accept]);
        assert_eq!(
            answers,
            [done("eve@example.net is accepted"), done("eve@example.net is accepted already")]
        );
        let block = contact(BOB, ContactAct::Block);
        let answers = all_at_once(&mut world, &[block, block]);
        assert_eq!(answers, [done("bob@example.net is blocked"), done("bob@example.net is blocked already")]);
    }
    let mut world = both(&[]);
    let add = contact("qq:10005", ContactAct::Add(""));
    let answers = all_at_once(&mut world, &[add, add]);
    assert_eq!(answers, [done("qq:10005 is on the list"), done("qq:10005 is on the list already")]);
    let remove = contact("qq:10005", ContactAct::Remove);
    let answers = all_at_once(&mut world, &[remove, remove]);
    let gone = Answer::Failed("qq:10005 is not on the list".into());
    assert_eq!(answers, [done("qq:10005 is off the list"), gone]);
}

#[test]
fn what_is_asked_about_one_person_is_done_in_the_order_it_was_asked() {
    for dialect in [5, 9, 12] {
        let mut world = msn(dialect);
        let (add, remove) = (contact(AMY, ContactAct::Add("")), contact(AMY, ContactAct::Remove));
        let answers = all_at_once(&mut world, &[add, remove, add, remove]);
        assert!(answers.iter().all(|answer| matches!(answer, Answer::Done(_))), "{answers:?}");
        assert!(!list(&mut world, 0, Network::Msn).contains(&AMY.to_owned()));
        let (block, unblock) = (contact(BOB, ContactAct::Block), contact(BOB, ContactAct::Unblock));
        let answers = all_at_once(&mut world, &[block, unblock]);
        assert_eq!(answers[1], Answer::Done("bob@example.net is not blocked any more".into()));
        let remove = contact(BOB, ContactAct::Remove);
        let to_work = Request::Group(GroupAct::Move { who: BOB, group: "Work" });
        if dialect >= 7 {
            let answers = all_at_once(&mut world, &[remove, to_work]);
            assert_eq!(answers[1], Answer::Failed("bob@example.net is not on the list".into()));
        }
    }
    let mut world = both(&[]);
    let (add, remove) = (contact("qq:10005", ContactAct::Add("")), contact("qq:10005", ContactAct::Remove));
    let answers = all_at_once(&mut world, &[add, remove, add]);
    assert!(answers.iter().all(|answer| *answer != Answer::Done("qq:10005 is on the list already".into())));
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Done(_))), "{answers:?}");
    assert_eq!(list(&mut world, 0, Network::Qq), ["qq:10005", WEI]);
}

#[test]
fn a_search_that_finds_nobody_says_so() {
    let mut world = both(&[]);
    let search = Request::Search { age: 99, sex: Sex::Male, province: "江苏" };
    fails(&mut world, 10 * SECOND, search, "nothing was found");
}

#[test]
fn who_asked_and_was_decided_on_by_another_client_does_not_ask_any_more() {
    for take_back in [true, false] {
        let mut world = msn(9);
        world.invite(BOB, "builder");
        world.invite(AMY, "pond");
        world.guest(1, |amy, _| amy.list("ADD", DESK));
        world.run(SECOND);
        assert_eq!(status(&mut world, 0).requests.len(), 1);
        if take_back {
            world.guest(1, |amy, _| amy.list("REM", DESK));
            world.run(SECOND);
        } else {
            world.weather = Weather::Refused;
            world.cut(0);
            // Another client of ours, elsewhere.
            let other = world.invite(DESK, "nudge");
            world.guest(other, |other, _| other.allow(AMY));
            world.run(SECOND);
            world.guest(other, |other, _| other.go());
            world.weather = Weather::Fair;
            world.run_until_online(0, MINUTE);
        }
        assert_eq!(status(&mut world, 0).requests, [], "{take_back}");
    }
}

// ---- Everything at once ----

#[test]
fn every_request_is_answered_whatever_the_servers_do() {
    let requests = [
        Request::Status,
        Request::Acknowledge(Some(BOB)),
        Request::Reply { index: 0, to: Some(BOB) },
        Request::Reply { index: 0, to: Some(WEI) },
        Request::Set(Status::Away),
        contact(BOB, ContactAct::Block),
        contact(AMY, ContactAct::Remove),
        contact("qq:10005", ContactAct::Add("hi")),
        contact("qq:10006", ContactAct::Accept),
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
        let mut world = both(&[]);
        world.title = format!("{trouble:?}");
        trouble.iter().for_each(|fault| world.service().fault(Fault::parse(fault).unwrap()));
        let tickets: Vec<u32> = requests.iter().map(|request| ask(&mut world, 0, *request)).collect();
        world.run(400 * SECOND);
        for (ticket, request) in tickets.iter().zip(requests) {
            world.must(world.desks[0].answers.contains_key(ticket), &format!("{request:?} is answered"));
        }
    }
    let mut stopped = both(&[]);
    stopped.fault("qq silence any");
    let ticket = ask(&mut stopped, 0, contact(WEI, ContactAct::Find));
    stopped.stop(0);
    stopped.run(2 * SECOND);
    let Some(Answer::Failed(why) | Answer::Unsure(why)) = stopped.desks[0].answers.get(&ticket) else {
        panic!()
    };
    assert!(!why.is_empty());
}

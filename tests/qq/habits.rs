//! Each habit of the server, and what the client makes of it: penalties, silence, lost answers, sessions that are taken
//! away, answers of every odd form.

use nudged::emulator::Accounts;
use nudged::emulator::qq::{Options, State};
use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::{Edit, Outcome, Settings, Uin, Verdict};

use crate::world::*;

fn uin(number: u32) -> Uin {
    Uin::new(number).unwrap()
}

/// The first time somebody else has the number.
const ELSEWHERE: &str = "signed in somewhere else; back after 10 min, or by nudged set STATUS";

/// How the desk's link was told to stand, one after the other.
fn states(world: &World) -> Vec<LinkState> {
    world.desks[0].states.iter().map(|state| state.1).collect()
}

/// Makes a desk that is online send a command.
type Provoke = fn(&mut World);

/// Every command, and what makes a desk that is online send it; some go out by themselves.
const COMMANDS: [(&str, Provoke); 11] = [
    ("GetMsgEx", |_| {}),
    ("Query_Stat", |_| {}),
    ("List", |world| world.edit(0, 90, Edit::Add(uin(LEI)))),
    ("CLTMSG", |world| world.send(0, 91, WEI, "HELLO")),
    ("Change_Stat", |world| world.set_status(0, Status::Busy)),
    ("GetInfo", |world| world.edit(0, 92, Edit::Find(uin(WEI), 3))),
    ("AddToList", |world| world.edit(0, 93, Edit::Add(uin(LEI)))),
    ("Ack_AddToList", |world| world.edit(0, 94, Edit::Ask(uin(TAO), "你好"))),
    ("DelFromList", |world| world.edit(0, 95, Edit::Remove(uin(MEI)))),
    ("Finger", |world| world.edit(0, 96, Edit::Search(20, nudged::qq::info::Sex::Female, "北京"))),
    ("Login", |world| {
        world.service().qq_sign_out(std::time::Duration::ZERO, DESK);
    }),
];

// ---- Penalties: RES=3, 20 to 30 s late ----

#[test]
fn a_punished_reply_is_sent_once_more_after_thirty_seconds_and_arrives_once() {
    let mut world = World::online();
    world.fault("once qq refuse CLTMSG 3");
    world.send(0, 1, WEI, "好的");
    world.run(5 * MINUTE);
    assert_eq!(world.desks[0].asked("CLTMSG"), [2, 52], "20 s until it is told, 30 s of patience");
    assert_eq!(world.desks[0].outcome(1), Some(Outcome::Delivered));
    assert_eq!(world.service().qq_waiting(WEI), 1);
    assert!(world.desks[0].states.is_empty(), "a penalty is no trouble with the link");
}

#[test]
fn a_server_that_punishes_everything_gets_two_tries_and_for_our_state_one_more_each_five_minutes() {
    let mut world = World::online();
    for cmd in ["CLTMSG", "Change_Stat", "DelFromList", "Ack_AddToList"] {
        world.fault(&format!("qq refuse {cmd} 3"));
    }
    world.send(0, 1, WEI, "好的");
    world.set_status(0, Status::Busy);
    world.edit(0, 2, Edit::Remove(uin(MEI)));
    world.run(10 * MINUTE);
    world.edit(0, 3, Edit::Refuse(uin(TAO), "不认识"));
    world.run(HOUR);
    let desk = &world.desks[0];
    for (cmd, times) in [("CLTMSG", 2), ("DelFromList", 1), ("Ack_AddToList", 2)] {
        assert_eq!(desk.asked(cmd).len(), times, "{cmd}");
    }
    // It goes on being wanted, and nobody is asked to press anything.
    let asked = desk.asked("Change_Stat");
    assert!(asked[1..].windows(2).all(|pair| pair[1] - pair[0] >= 320), "{asked:?}");
    assert!((12..=15).contains(&asked.len()), "{asked:?}");
    for cmd in ["CLTMSG", "Change_Stat"] {
        let asked = desk.asked(cmd);
        assert!(asked[1] - asked[0] >= 50, "{cmd} {asked:?}");
    }
    assert_eq!(desk.outcome(1), Some(Outcome::Failed));
    assert_eq!((desk.edits[&2], desk.edits[&3]), (Verdict::TooOften, Verdict::TooOften));
    assert_eq!((desk.own, desk.state), (Some(Status::Online), LinkState::Online));
    assert!(desk.told_of("stale").is_empty() && desk.told_of("lost").is_empty(), "{:?}", desk.states);
    assert_eq!(world.service().qq_waiting(WEI), 0);
    assert_eq!(world.service().qq_friends(DESK).len(), 3);
}

#[test]
fn haste_of_a_person_earns_no_penalty() {
    let mut world = World::online();
    for ticket in 1..=3 {
        world.send(0, ticket, WEI, "好");
    }
    for status in [Status::Busy, Status::Online, Status::Invisible, Status::Busy] {
        world.set_status(0, status);
        world.run(SECOND);
    }
    world.run(5 * MINUTE);
    let desk = &world.desks[0];
    assert!((1..=3).all(|ticket| desk.outcome(ticket) == Some(Outcome::Delivered)));
    assert_eq!((desk.asked("CLTMSG").len(), desk.own), (3, Some(Status::Busy)));
    let late = desk.requests.windows(2).filter(|pair| pair[1].0 - pair[0].0 >= 19 * SECOND).count();
    assert_eq!(late, 0, "nothing was held back");
}

#[test]
fn a_friend_removed_twice_costs_thirty_seconds_and_says_so() {
    let mut world = World::online();
    world.edit(0, 1, Edit::Remove(uin(MEI)));
    world.run(5 * SECOND);
    world.edit(0, 2, Edit::Remove(uin(MEI)));
    world.run(29 * SECOND);
    assert_eq!(world.desks[0].edits.get(&2), None);
    world.run(2 * SECOND);
    assert_eq!((world.desks[0].edits[&1], world.desks[0].edits[&2]), (Verdict::Done, Verdict::TooOften));
    assert_eq!(world.desks[0].told_of("removed"), ["removed qq:99833581"]);
}

#[test]
fn whom_an_edit_removed_or_added_is_off_or_on_the_list_at_once_and_but_once() {
    let mut world = World::online();
    let lists = world.desks[0].asked("List").len();
    world.fault("qq refuse List 1");
    world.edit(0, 1, Edit::Remove(uin(LEI)));
    world.run(5 * SECOND);
    world.edit(0, 2, Edit::Add(uin(LEI)));
    world.run(5 * SECOND);
    assert_eq!((world.desks[0].edits[&1], world.desks[0].edits[&2]), (Verdict::Done, Verdict::Done));
    let is_told = |world: &World| {
        assert_eq!(world.desks[0].told_of("removed"), ["removed qq:36791785"]);
        assert_eq!(world.desks[0].told_of("added"), ["added qq:36791785"]);
    };
    is_told(&world);
    world.service().clear_faults();
    world.run(5 * MINUTE);
    assert!(world.desks[0].asked("List").len() > lists + 1);
    is_told(&world);
}

// ---- NULL: closed without an octet ----

#[test]
fn three_nulls_on_any_command_are_lived_with() {
    for (cmd, provoke) in COMMANDS {
        let mut world = World::online();
        for _ in 0..3 {
            world.fault(&format!("once qq null {cmd}"));
        }
        provoke(&mut world);
        world.run(30 * MINUTE);
        let desk = &world.desks[0];
        assert_eq!(desk.state, LinkState::Online, "{cmd}: {:?}", desk.states);
        assert!(desk.asked("Login").len() <= 4, "{cmd}: {:?}", desk.asked("Login"));
        // Polls every 15 s, and a few for the trouble.
        assert!(desk.requests.len() < 30 * 60 / 15 + 40, "{cmd}: {} requests", desk.requests.len());
        match cmd {
            "CLTMSG" => {
                assert_eq!((desk.outcome(91), desk.asked(cmd).len()), (Some(Outcome::Unsure), 1));
            }
            "GetInfo" | "AddToList" | "DelFromList" | "Finger" => {
                assert_eq!(desk.asked(cmd).len(), 1, "{cmd} is not repeated");
                assert_eq!(desk.edits.values().copied().collect::<Vec<_>>(), [Verdict::Unsure], "{cmd}");
            }
            "Ack_AddToList" => {
                assert_eq!((desk.edits[&94], desk.asked(cmd).len()), (Verdict::Unsure, 2));
            }
            "Change_Stat" => {
                let waits: Vec<u64> = desk.asked(cmd).windows(2).map(|pair| pair[1] - pair[0]).collect();
                assert_eq!(waits, [30, 300, 300], "the first may have been done");
                assert_eq!((desk.own, desk.states.len()), (Some(Status::Busy), 0));
            }
            "List" => assert!(desk.friends.len() == 3 && desk.asked(cmd).len() == 4),
            _ => assert!(desk.asked(cmd).len() >= 4, "{cmd}"),
        }
    }
}

#[test]
fn states_that_are_never_told_are_unknown_all_the_time_and_the_server_is_left_in_peace() {
    for fault in ["null Query_Stat", "refuse Query_Stat 3", "silence Query_Stat", "reset Query_Stat"] {
        let mut world = World::online();
        world.fault(&format!("qq {fault}"));
        world.run(DAY);
        let desk = &world.desks[0];
        let asked = desk.asked("Query_Stat").len();
        println!("a day of {fault}: {asked} tries, {} requests", desk.requests.len());
        assert!(asked <= 24 * 60 / 5 + 10, "{fault}: {asked} tries");
        assert!(desk.busiest(MINUTE) <= 12, "{fault}: {} in a minute", desk.busiest(MINUTE));
        assert_eq!(states(&world), [LinkState::Stale], "{fault}: and messages still come");
        world.service().clear_faults();
        world.run(6 * MINUTE);
        assert_eq!(states(&world), [LinkState::Stale, LinkState::Online], "{fault}");
    }
}

#[test]
fn messages_that_are_refused_leave_states_unknown_even_where_these_are_listed() {
    let mut world = World::online();
    world.fault("qq refuse GetMsgEx 3");
    world.run(HOUR);
    assert_eq!(states(&world), [LinkState::Stale]);
    assert!(world.desks[0].asked("Query_Stat").len() >= 11);
    assert!(world.desks[0].busiest(MINUTE) <= 8, "{:?}", world.desks[0].requests);
    world.service().clear_faults();
    world.run(2 * MINUTE);
    assert_eq!(states(&world), [LinkState::Stale, LinkState::Online]);
}

#[test]
fn messages_that_are_never_told_are_asked_for_twice_a_minute() {
    let mut world = World::online();
    world.fault("qq null GetMsgEx");
    world.run(HOUR);
    assert_eq!(states(&world), [LinkState::Stale]);
    let desk = &world.desks[0];
    assert!((110..=125).contains(&desk.asked("GetMsgEx").len()), "{}", desk.asked("GetMsgEx").len());
    assert!(desk.busiest(MINUTE) <= 16, "{}", desk.busiest(MINUTE));
    world.service().clear_faults();
    world.run(MINUTE);
    assert_eq!(states(&world), [LinkState::Stale, LinkState::Online]);
}

#[test]
fn a_command_that_never_works_makes_nothing_else_doubtful() {
    for (fault, cmd, provoke) in [
        ("null List", "List", COMMANDS[2].1),
        ("null Change_Stat", "Change_Stat", COMMANDS[4].1),
        ("refuse Change_Stat 3", "Change_Stat", COMMANDS[4].1),
    ] {
        let mut world = World::online();
        world.fault(&format!("qq {fault}"));
        provoke(&mut world);
        world.run(DAY);
        assert_eq!(states(&world), [], "{fault}");
        let asked = world.desks[0].asked(cmd).len();
        assert!((200..=24 * 60 / 5 + 10).contains(&asked), "{fault}: {asked} tries");
    }
}

// ---- Our own state ----

#[test]
fn who_wants_to_be_invisible_is_in_the_end_and_not_called_visible_meanwhile() {
    let mut world = World::new();
    for _ in 0..2 {
        world.fault("once qq null Change_Stat");
    }
    world.begin(Settings { status: Status::Invisible, ..settings(DESK) });
    world.run(5 * MINUTE);
    assert_eq!((world.desks[0].state, world.desks[0].own), (LinkState::Online, None), "nobody knows");
    world.run(MINUTE);
    assert_eq!(
        (world.desks[0].own, world.service().qq_state(DESK)),
        (Some(Status::Invisible), Some(State::Invisible))
    );
    world.run(DAY);
    assert_eq!(world.desks[0].asked("Change_Stat"), [0, 30, 330]);
}

#[test]
fn a_sign_in_in_between_makes_us_visible_and_nobody_says_otherwise() {
    let mut world = World::new();
    world.begin(Settings { status: Status::Invisible, ..settings(DESK) });
    world.run(5 * SECOND);
    assert_eq!(world.desks[0].own, Some(Status::Invisible));
    world.fault("once qq refuse GetMsgEx 20");
    for _ in 0..2 {
        world.fault("once qq null Change_Stat");
    }
    world.run(5 * MINUTE);
    assert_eq!((world.desks[0].asked("Login").len(), world.desks[0].state), (2, LinkState::Online));
    assert_eq!((world.desks[0].own, world.service().qq_state(DESK)), (None, Some(State::Online)));
    world.run(5 * MINUTE);
    assert_eq!(
        (world.desks[0].own, world.service().qq_state(DESK)),
        (Some(Status::Invisible), Some(State::Invisible))
    );
}

#[test]
fn a_state_set_while_the_server_can_not_be_reached_is_told_when_it_can() {
    let mut world = World::online();
    world.run(14 * SECOND);
    world.desks[0].weather = Weather::Refused;
    world.set_status(0, Status::Busy);
    world.run(16 * SECOND);
    assert_eq!(world.desks[0].own, Some(Status::Online));
    world.desks[0].weather = Weather::Fair;
    world.run(10 * SECOND);
    assert_eq!(world.desks[0].own, Some(Status::Busy));
    assert_eq!(
        (world.desks[0].asked("Change_Stat").len(), world.service().qq_state(DESK)),
        (1, Some(State::Busy))
    );
}

#[test]
fn a_change_that_was_made_though_nobody_said_so_can_be_taken_back() {
    let mut world = World::online();
    world.fault("once qq lost Change_Stat");
    world.set_status(0, Status::Busy);
    world.run(5 * SECOND);
    assert_eq!(world.service().qq_state(DESK), Some(State::Busy));
    world.set_status(0, Status::Online);
    assert_eq!(world.desks[0].own, None, "online was told, and may be so no more");
    world.run(MINUTE);
    assert_eq!(
        (world.desks[0].own, world.service().qq_state(DESK)),
        (Some(Status::Online), Some(State::Online))
    );
    assert_eq!(world.desks[0].asked("Change_Stat").len(), 2);
}

#[test]
fn words_of_ours_that_are_one_state_on_qq_are_asked_for_once() {
    let mut world = World::online();
    world.set_status(0, Status::Away);
    world.run(SECOND);
    for status in [Status::Busy, Status::Lunch] {
        world.set_status(0, status);
        assert_eq!(world.desks[0].own, Some(status), "at once");
    }
    world.run(5 * MINUTE);
    assert_eq!(world.desks[0].told_of("own"), ["own away", "own busy", "own lunch"]);
    assert_eq!(world.desks[0].asked("Change_Stat").len(), 1);

    // But not while another change is on its way.
    world.forget(0);
    world.set_status(0, Status::Online);
    world.set_status(0, Status::Busy);
    assert_eq!(world.desks[0].own, None, "it may be on its way, or made");
    world.run(MINUTE);
    assert_eq!(world.desks[0].told_of("own"), ["own unknown", "own online", "own busy"]);
    assert_eq!(
        (world.desks[0].asked("Change_Stat").len(), world.service().qq_state(DESK)),
        (2, Some(State::Busy))
    );
}

// ---- Sign-in ----

#[test]
fn a_sign_in_whose_lists_are_refused_says_so_and_is_tried_ever_more_rarely() {
    for cmd in ["List", "Query_Stat"] {
        let mut world = World::new();
        world.fault(&format!("qq refuse {cmd} 3"));
        world.begin(settings(DESK));
        world.run(30 * SECOND);
        let sentence = format!("{cmd} was refused with RES=3");
        let last = world.desks[0].states.last().unwrap();
        assert_eq!((last.1, last.2.as_str()), (LinkState::Lost, sentence.as_str()));
        world.run(HOUR);
        let logins = world.desks[0].asked("Login");
        assert!((6..=11).contains(&logins.len()), "{cmd}: {logins:?}");
        let waits: Vec<u64> = logins.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(waits[0] >= 50 && waits[1] >= 80 && waits[4] >= 500, "{cmd}: {waits:?}");
        world.service().clear_faults();
        world.run(12 * MINUTE);
        assert_eq!(world.desks[0].state, LinkState::Online, "{cmd}");
    }
}

#[test]
fn logins_answered_with_nothing_raise_a_question_and_the_server_is_left_in_peace() {
    let mut world = World::new();
    world.fault("qq null Login");
    world.begin(settings(DESK));
    world.run(HOUR);
    let logins = world.desks[0].asked("Login");
    assert!(logins.len() <= 9, "{logins:?}");
    let sentences: Vec<&str> = world.desks[0].states.iter().map(|state| state.2.as_str()).collect();
    let question = "the server answers nothing to login; are uin, version and lc right?";
    assert_eq!(sentences.iter().filter(|sentence| **sentence == question).count(), logins.len() - 2);
    let third = logins[2];
    assert!(logins[3] - third >= 600, "{logins:?}");
    world.service().clear_faults();
    world.run(15 * MINUTE);
    assert_eq!(world.desks[0].state, LinkState::Online, "it was the server");

    // What a wrong setting gets is the same silence.
    for wrong in [
        Settings { version: "4.0".into(), ..settings(DESK) },
        Settings { lc: "1223423545756679".into(), ..settings(DESK) },
    ] {
        let mut world = World::new();
        world.begin(wrong);
        world.run(5 * MINUTE);
        assert_eq!(world.desks[0].states.last().unwrap().2, question);
    }
}

// ---- Answers that get lost ----

#[test]
fn a_reply_whose_answer_is_lost_is_unsure_and_never_twice_at_the_server() {
    let answer = format!("{HEAD}53\r\n\r\nVER=1.1&CMD=CLTMSG&SEQ=1234567&UIN=29501213&RES=0&\r\n").len();
    let cuts = (0..=answer).map(|octets| (format!("once cut qq {octets}"), 1));
    let faults = [("silence", 0), ("null", 0), ("lost", 1), ("reset", 1)]
        .map(|(fault, done)| (format!("once qq {fault} CLTMSG"), done));
    let late = [("once qq late CLTMSG 60".to_owned(), 1), ("once qq trickle CLTMSG 60".to_owned(), 1)];
    for (fault, done) in faults.into_iter().chain(late).chain(cuts) {
        let mut world = World::online();
        // The next request is the reply.
        world.run(world.now.next_multiple_of(15 * SECOND) + 3 * SECOND - world.now);
        world.fault(&fault);
        world.send(0, 1, WEI, "好的");
        world.run(10 * MINUTE);
        let desk = &world.desks[0];
        assert_eq!(desk.asked("CLTMSG").len(), 1, "{fault}");
        let whole = fault.strip_prefix("once cut qq ").is_some_and(|octets| {
            // The CRLF behind the body is of no account.
            octets.parse::<usize>().unwrap() >= answer - 2
        });
        let expected = if whole { Outcome::Delivered } else { Outcome::Unsure };
        assert_eq!(desk.outcome(1), Some(expected), "{fault}: {:?}", desk.told);
        assert_eq!(desk.state, LinkState::Online, "{fault}");
        assert_eq!(world.service().qq_waiting(WEI), done, "{fault}");
    }
}

#[test]
fn a_message_with_a_lower_case_h_may_be_too_much_for_the_server_and_is_unsure() {
    let mut world = World::online();
    world.fault("qq null-on-h");
    world.send(0, 1, WEI, "hello");
    world.send(0, 2, WEI, "HELLO");
    world.run(MINUTE);
    let desk = &world.desks[0];
    assert_eq!((desk.outcome(1), desk.outcome(2)), (Some(Outcome::Unsure), Some(Outcome::Delivered)));
    assert_eq!(world.service().qq_waiting(WEI), 1);
}

#[test]
fn mail_whose_answer_breaks_off_is_told_as_far_as_it_came_and_once() {
    let mut world = World::online();
    world.says(WEI, "第一");
    world.says(LEI, "第二");
    let answer =
        "VER=1.1&CMD=GETMSGEX&SEQ=1234567&UIN=29501213&RES=0&MN=2&MT=9,9,&UN=24259132,36791785,&MG=第一 ,";
    let octets = format!("{HEAD}117\r\n\r\n{answer}").len() - 4;
    world.fault(&format!("once cut qq {octets}"));
    world.run(10 * MINUTE);
    let desk = &world.desks[0];
    // The last character came in half; of the second message it is known that there was one.
    assert_eq!(desk.heard, [(WEI, "第…".into()), (LEI, "(garbled)".into())]);
    assert_eq!(desk.state, LinkState::Online);
}

#[test]
fn mail_that_comes_drop_by_drop_is_waited_for() {
    let text = "很长的话".repeat(80);
    for (seconds, whole) in [(40, true), (60, true), (85, true), (140, false)] {
        let mut world = World::online();
        world.says(WEI, &text);
        world.fault(&format!("once qq trickle GetMsgEx {seconds}"));
        world.run(15 * MINUTE);
        let desk = &world.desks[0];
        let [(WEI, heard), more @ ..] = &desk.heard[..] else { panic!("{seconds}: {:?}", desk.heard) };
        let lost = if whole { &[][..] } else { &[(WEI, "(garbled)".to_owned())] };
        assert_eq!(more, lost, "{seconds}: of the last piece it is known that there was one");
        assert_eq!(*heard == text, whole, "{seconds}: {heard}");
        let kept = heard.strip_suffix('…').unwrap_or(heard);
        assert!(text.starts_with(kept) && kept.len() > 300, "{seconds}: {heard}");
        assert_eq!(heard.ends_with('…'), !whole, "{seconds}: {heard}");
        let states: Vec<LinkState> = desk.states.iter().map(|state| state.1).collect();
        assert_eq!((states[0], desk.state), (LinkState::Stale, LinkState::Online), "{seconds}: {states:?}");
        assert!(!states.contains(&LinkState::Lost), "{seconds}: {states:?}");
    }
}

#[test]
fn a_server_with_a_short_memory_costs_no_mail() {
    let options = || Options { heartbeat: 10, limit: 20, ..Options::default() };
    for late in [24, 40] {
        let mut world = World::with(Accounts::built_in(), options());
        world.begin(settings(DESK));
        world.run(2 * SECOND);
        world.says(WEI, "要紧");
        world.fault(&format!("once qq late GetMsgEx {late}"));
        world.forget(0);
        world.run(6 * SECOND);
        let asked = *world.desks[0].asked("GetMsgEx").first().unwrap();
        world.run(3 * MINUTE);
        let desk = &world.desks[0];
        assert_eq!((&desk.heard[..], desk.state), (&[(WEI, "要紧".into())][..], LinkState::Online));
        assert!(
            desk.states[0].0 <= (asked + 6) * SECOND && desk.states[0].1 == LinkState::Stale,
            "{:?}",
            desk.states
        );
    }
    // A server that says nothing at all is still called lost, as soon as there can be no mail.
    let mut world = World::with(Accounts::built_in(), options());
    world.begin(settings(DESK));
    world.run(2 * SECOND);
    world.fault("qq silence any");
    let silent_since = world.now;
    assert!(world.run_until(2 * MINUTE, |world| world.desks[0].state == LinkState::Stale));
    assert!(world.now - silent_since <= 11 * SECOND, "{:?}", world.desks[0].states);
    assert!(world.run_until(2 * MINUTE, |world| world.desks[0].state == LinkState::Lost));
    assert!(world.now - silent_since <= 52 * SECOND, "{:?}", world.desks[0].states);
}

// ---- RES=20: not signed in ----

#[test]
fn a_session_that_was_forgotten_costs_one_login_and_nothing_is_lost_or_doubled() {
    for (cmd, provoke) in COMMANDS {
        if cmd == "Login" {
            continue;
        }
        let mut world = World::online();
        world.says(LEI, "你好");
        world.fault(&format!("once qq refuse {cmd} 20"));
        provoke(&mut world);
        world.run(10 * MINUTE);
        let desk = &world.desks[0];
        assert_eq!(desk.asked("Login").len(), 1, "{cmd}: {:?}", desk.states);
        assert_eq!(desk.state, LinkState::Online, "{cmd}");
        assert_eq!(desk.heard, [(LEI, "你好".into())], "{cmd}");
        if cmd == "CLTMSG" {
            assert_eq!((desk.outcome(91), desk.asked(cmd).len()), (Some(Outcome::Delivered), 2));
            assert_eq!(world.service().qq_waiting(WEI), 1);
        }
        let desk = &world.desks[0];
        assert!(desk.edits.values().all(|verdict| matches!(verdict, Verdict::Done | Verdict::MustAsk)));
    }
}

#[test]
fn a_storm_of_not_signed_in_is_answered_with_patience() {
    for commands in
        [&["List"][..], &["GetMsgEx"], &["Query_Stat"], &["GetMsgEx", "List", "Query_Stat", "CLTMSG"]]
    {
        let mut world = World::online();
        for cmd in commands {
            world.fault(&format!("qq refuse {cmd} 20"));
        }
        if commands == ["List"] {
            world.edit(0, 1, Edit::Add(uin(LEI)));
        }
        world.run(DAY);
        let desk = &world.desks[0];
        let logins = desk.asked("Login");
        let most = |hours: u64| {
            (0..24).map(|at| logins.iter().filter(|l| (at..at + hours).contains(&(**l / 3600))).count()).max()
        };
        println!(
            "RES=20 to {commands:?}: {} logins in a day, at most {} in an hour, {} requests",
            logins.len(),
            most(1).unwrap(),
            desk.requests.len()
        );
        assert!(most(1) <= Some(7), "{logins:?}");
        assert!(logins.len() <= 24, "{logins:?}");
        // One sign-in at once, then at least five minutes of peace.
        let quick = logins.windows(2).filter(|pair| pair[1] - pair[0] < 300).count();
        assert!(quick * 2 <= logins.len() + 1, "{logins:?}");
        assert_eq!(desk.state, LinkState::Elsewhere, "{:?}", desk.states);
        world.service().clear_faults();
        world.run(25 * HOUR);
        assert_eq!(world.desks[0].state, LinkState::Online, "it comes back by itself");
    }
}

#[test]
fn another_client_that_takes_the_session_keeps_it_after_one_try_of_ours() {
    let mut world = World::online();
    let elsewhere = address(50);
    let body = format!("VER=1.1&CMD=Login&SEQ=9&UIN={DESK}&PS={}&M5=1&LC={}", proof(DESK), Settings::LC);
    world.ask(elsewhere, &body);
    world.run(20 * SECOND);
    assert_eq!((world.desks[0].asked("Login").len(), world.desks[0].state), (1, LinkState::Online));
    world.ask(elsewhere, &body);
    world.run(20 * SECOND);
    assert_eq!((world.desks[0].asked("Login").len(), world.desks[0].state), (1, LinkState::Elsewhere));
    assert_eq!(world.desks[0].states.last().unwrap().2, ELSEWHERE);
    world.send(0, 1, WEI, "好");
    assert_eq!(world.desks[0].outcome(1), Some(Outcome::Failed));
    let alive = world.ask(elsewhere, format!("VER=1.1&CMD=GetMsgEx&SEQ=10&UIN={DESK}"));
    assert!(alive.contains("&RES=0&"), "{alive}");
    world.run(4 * MINUTE);
    assert_eq!(world.desks[0].requests.iter().filter(|(at, _)| at + 4 * MINUTE > world.now).count(), 0);
    world.run(10 * MINUTE);
    assert_eq!(world.desks[0].state, LinkState::Online, "after ten minutes it is worth a try");
}

#[test]
fn two_desks_of_one_number_do_not_fight_for_it() {
    let mut world = World::new();
    world.begin(settings(DESK));
    world.run(5 * SECOND);
    world.begin(settings(DESK));
    world.run(3 * DAY);
    let logins: Vec<u64> = world.desks.iter().flat_map(|desk| desk.asked("Login")).collect();
    let hour = |hour: u64| logins.iter().filter(|at| **at / 3600 == hour).count();
    let most = (0..72).map(hour).max().unwrap();
    println!("two desks of one number: {} logins in three days, at most {most} in an hour", logins.len());
    assert!(most <= 16 && logins.len() <= 60, "{logins:?}");
    assert!(world.desks.iter().any(|desk| desk.state == LinkState::Online));
}

// ---- Answers of every odd form ----

/// A whole day's business in a minute, and what was told of it.
fn business(fault: Option<&str>) -> Vec<String> {
    let mut world = World::new();
    if let Some(fault) = fault {
        world.fault(&format!("for {DESK} {fault}"));
    }
    world.sign_in(WEI);
    world.begin(Settings { status: Status::Busy, ..settings(DESK) });
    world.run(12 * SECOND);
    world.asks(WEI, "Change_Stat&ST=30");
    world.says(WEI, "你好, 50%&x=1+1\r\n");
    world.says(LEI, &"很长".repeat(150));
    world.run(20 * SECOND);
    world.send(0, 1, WEI, "好的, a&b=c");
    world.edit(0, 2, Edit::Find(uin(LEI), 3));
    world.run(10 * SECOND);
    world.edit(0, 3, Edit::Remove(uin(MEI)));
    world.run(10 * SECOND);
    world.edit(0, 4, Edit::Add(uin(TAO)));
    world.run(20 * SECOND);
    world.act(0, nudged::qq::Client::sign_out);
    world.run(2 * SECOND);
    let desk = &world.desks[0];
    assert_eq!(
        (desk.state, desk.asked("Login").len()),
        (LinkState::Stopped, 1),
        "{fault:?}: {:#?}",
        desk.told
    );
    let queue = world.asks(WEI, "GetMsgEx");
    assert!(queue.ends_with(",好的%252c a%26b=c ,20,"), "{fault:?}: {queue}");
    // Slow answers make a link stale, and that is all they may do.
    let told = world.desks[0].story.told.drain(..).map(|(_, line)| line);
    told.filter(|line| line != "stale" && line != "online").collect()
}

#[test]
fn the_form_of_answers_changes_nothing() {
    let plain = business(None);
    for line in [
        "own busy",
        "qq:24259132 is busy -",
        "#1 delivered",
        "#2 info of Some(36791785)",
        "#3 Done",
        "#4 Done",
    ] {
        assert!(plain.iter().any(|told| told.trim() == line), "{line} in {plain:#?}");
    }
    let long = format!("qq:36791785 says Text({:?})", "很长".repeat(150));
    assert!(plain.contains(&long), "{plain:#?}");
    for fault in [
        "qq double any",
        "qq seq any",
        "qq no-length",
        "qq no-crlf",
        "qq crlf-inside",
        "qq comp NOKIA8F3A18D6E27",
        "qq page 1",
        "qq late GetMsgEx 3",
        "qq trickle any 2",
        "drip",
    ] {
        assert_eq!(business(Some(fault)), plain, "{fault}");
    }
}

#[test]
fn commas_that_slip_through_cost_a_name_at_most_and_move_nothing_to_another() {
    let mut world = World::new();
    world.fault(&format!("for {DESK} qq raw-commas"));
    world.sign_in(WEI);
    world.begin(settings(DESK));
    world.run(2 * SECOND);
    world.says(WEI, "好的, 明天见");
    world.asks(WEI, "Change_Stat&ST=30");
    world.says(LEI, "一, 二, 三");
    world.run(20 * SECOND);
    let desk = &world.desks[0];
    assert_eq!(desk.heard, [(WEI, "好的, 明天见".into()), (LEI, "一, 二, 三".into())]);
    assert_eq!(desk.friends[&WEI], Presence::Busy);
}

#[test]
fn where_commas_slip_through_and_leave_a_choice_nobody_is_told_to_have_said_it() {
    let mut world = World::new();
    world.fault(&format!("for {DESK} qq raw-commas"));
    world.sign_in(WEI);
    world.begin(settings(DESK));
    world.run(2 * SECOND);
    world.says(WEI, "好的 , 明天见");
    world.says(LEI, "一二三");
    world.run(20 * SECOND);
    assert_eq!(world.desks[0].heard, [WEI, LEI].map(|from| (from, "(garbled)".to_owned())));
    // A stranger asks, with words that could be the friend's.
    world.sign_in(TAO);
    for _ in 0..2 {
        world.asks(TAO, "Ack_AddToList&UN=29501213&CD=2&RS=我是你老板%2C 快付钱");
    }
    world.says(LEI, "好");
    world.run(20 * SECOND);
    let desk = &world.desks[0];
    assert!(
        desk.heard[2..].iter().all(|(_, words)| words == "好" || words == "(garbled)"),
        "{:?}",
        desk.heard
    );
    assert_eq!(desk.heard.len(), 3, "what a friend said is not dropped");
    assert!(!desk.told_of("Asked").is_empty(), "{:?}", desk.told);
}

#[test]
fn rows_of_unknown_kinds_disturb_nothing() {
    let mut world = World::new();
    world.fault(&format!("for {DESK} qq strange-rows"));
    world.sign_in(WEI);
    world.sign_in(LEI);
    world.begin(settings(DESK));
    world.says(WEI, "你好");
    world.run(20 * SECOND);
    let desk = &world.desks[0];
    assert_eq!(desk.heard, [(WEI, "你好".into())]);
    assert!(!desk.told_of("notice 系统消息").is_empty(), "{:?}", desk.told);
    let states = [WEI, LEI, MEI].map(|uin| desk.friends[&uin]);
    assert_eq!(states, [Presence::Unknown, Presence::Online, Presence::Offline]);
    assert_eq!(desk.state, LinkState::Online);
}

// ---- Lists, silence, refusals ----

#[test]
fn five_hundred_friends_are_listed_page_by_page() {
    let numbers: Vec<u32> = (20_001..20_501).collect();
    let mut text = format!("[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = {numbers:?}\n");
    for number in &numbers {
        text += &format!("[[qq]]\nuin = {number}\npassword = \"x\"\nname = \"友{number}\"\n");
    }
    let mut world = World::with(Accounts::parse(&text).unwrap(), Options::default());
    for number in numbers.iter().filter(|number| *number % 2 == 0) {
        world.sign_in(*number);
    }
    world.begin(settings(DESK));
    world.run(3 * SECOND);
    let desk = &world.desks[0];
    assert_eq!((desk.state, desk.friends.len()), (LinkState::Online, 500));
    for (number, presence) in &desk.friends {
        let online = if number % 2 == 0 { Presence::Online } else { Presence::Offline };
        assert_eq!(*presence, online, "{number}");
    }
    assert_eq!(desk.told_of("友20500"), ["qq:20500 is online 友20500 initially"]);
    assert_eq!(desk.asked("List").len(), 5, "120 at most come at once");
    assert_eq!(desk.asked("Query_Stat").len(), 5);
}

#[test]
fn silence_for_li_is_noticed_and_the_way_back_is_found() {
    let mut world = World::new();
    world.sign_in(WEI);
    world.begin(settings(DESK));
    world.run(5 * SECOND);
    world.desks[0].weather = Weather::Silent;
    let silent_since = world.now;
    let lost = world.run_until(5 * MINUTE, |world| world.desks[0].state == LinkState::Lost);
    assert!(lost, "within LI: {:?}", world.desks[0].states);
    let after = (world.now - silent_since) / SECOND;
    println!("silence is noticed after {after} s");
    world.run(5 * MINUTE);
    assert!(!world.service().qq_is_signed_in(DESK), "the server forgot us too");
    world.says(WEI, "在吗");
    world.desks[0].weather = Weather::Fair;
    let back = world.run_until(4 * MINUTE, |world| world.desks[0].state == LinkState::Online);
    assert!(back, "{:?}", world.desks[0].states);
    world.run(20 * SECOND);
    assert_eq!(world.desks[0].heard, [(WEI, "在吗".into())]);
    assert_eq!(world.desks[0].story.told_of("list end").len(), 2);
}

#[test]
fn an_idle_desk_is_never_forgotten_by_the_server() {
    let mut world = World::new();
    world.begin(settings(DESK));
    world.run(DAY);
    let desk = &world.desks[0];
    assert_eq!((desk.asked("Login").len(), desk.state), (1, LinkState::Online));
    println!("an idle day: {} requests", desk.requests.len());
    assert!(desk.requests.len() < 24 * 3600 / 15 + 24 * 12 + 10);
}

#[test]
fn a_refusal_of_the_account_stops_everything_and_shows_the_reason() {
    let wrong = Settings { password: nudged::text::Secret::new("wrong".into()), ..settings(DESK) };
    for (settings, fault, reason) in [
        (wrong, None, "login refused: 密码错误"),
        (settings(315_103_947), None, "login refused: 登录失败"),
        (settings(100), None, "100 is no legal uin for this server"),
        (settings(DESK), Some("qq refuse-login 系统忙, 请稍候"), "login refused: 系统忙, 请稍候"),
        (settings(DESK), Some("qq refuse Login 5"), "29501213 is no legal uin for this server"),
    ] {
        let mut world = World::new();
        if let Some(fault) = fault {
            world.fault(fault);
        }
        world.begin(settings);
        world.run(DAY);
        let desk = &world.desks[0];
        assert_eq!(
            desk.states.last().map(|state| (state.1, state.2.as_str())),
            Some((LinkState::Refused, reason))
        );
        assert_eq!(desk.requests.len(), 1, "no loop");
    }
}

// ---- Friendships ----

/// 林涛 asks the desk, which is told of it.
fn asked(options: Options) -> World {
    let mut world = World::with(Accounts::built_in(), options);
    world.sign_in(TAO);
    world.begin(settings(DESK));
    world.run(2 * SECOND);
    assert_eq!(world.asks(TAO, "AddToList&UN=29501213"), "RES=0&CD=1&UN=29501213");
    for _ in 0..2 {
        world.asks(TAO, "Ack_AddToList&UN=29501213&CD=2&RS=我是林涛, 你好");
    }
    world.run(20 * SECOND);
    let told = world.desks[0].story.told_of("Asked");
    assert!(
        !told.is_empty() && told.iter().all(|line| *line == "qq:58713042 Asked 我是林涛, 你好"),
        "{told:?}"
    );
    world.run(10 * MINUTE);
    assert!(world.desks[0].asked("Ack_AddToList").is_empty(), "nobody answers but a person");
    world.sign_in(TAO);
    world
}

#[test]
fn acceptance_and_refusal_are_sent_twice_and_arrive_once() {
    for ack_twice in [true, false] {
        let options = Options { ack_twice, ..Options::default() };
        for (edit, sent, row, friends) in [
            (Edit::Accept(uin(TAO)), "&UN=58713042&CD=0&RS=", "MT=3,&UN=29501213,&MG=,", true),
            (
                Edit::Refuse(uin(TAO), "抱歉, 不认识"),
                "&UN=58713042&CD=1&RS=抱歉%2C 不认识",
                "MT=4,&UN=29501213,&MG=抱歉%252c 不认识,",
                false,
            ),
        ] {
            let mut world = asked(options.clone());
            world.forget(0);
            world.edit(0, 7, edit);
            world.run(30 * SECOND);
            let desk = &world.desks[0];
            let acks: Vec<&str> = desk
                .requests
                .iter()
                .map(|(_, body)| body.as_str())
                .filter(|body| body.contains("Ack_"))
                .collect();
            assert_eq!(acks.len(), 2, "{acks:?}");
            assert!(acks.iter().all(|body| body.ends_with(sent)), "{acks:?}");
            assert_eq!(desk.edits[&7], Verdict::Done);
            assert_eq!(world.asks(TAO, "GetMsgEx"), format!("RES=0&MN=1&{row}"), "once");
            assert_eq!(world.service().qq_friends(TAO).contains(&DESK), friends);
        }
    }
}

#[test]
fn a_wish_of_ours_that_is_accepted_brings_the_friend_onto_the_list() {
    let mut world = World::online();
    world.sign_in(WEI);
    world.edit(0, 1, Edit::Remove(uin(WEI)));
    world.run(5 * SECOND);
    world.edit(0, 2, Edit::Add(uin(WEI)));
    world.run(5 * SECOND);
    world.edit(0, 3, Edit::Ask(uin(WEI), "是我"));
    world.run(30 * SECOND);
    let desk = &world.desks[0];
    assert_eq!((desk.edits[&2], desk.edits[&3]), (Verdict::MustAsk, Verdict::Done));
    assert!(!desk.friends.contains_key(&WEI));
    assert!(world.asks(WEI, "GetMsgEx").ends_with("&MG=是我,"));
    for _ in 0..2 {
        world.asks(WEI, "Ack_AddToList&UN=29501213&CD=0&RS=");
    }
    world.run(30 * SECOND);
    let desk = &world.desks[0];
    assert_eq!(desk.told_of("Accepted"), ["qq:24259132 Accepted"]);
    assert_eq!(desk.friends.get(&WEI), Some(&Presence::Online));
}

#[test]
fn a_friend_whose_acceptance_was_lost_is_on_the_list_seconds_later_and_is_heard() {
    let mut world = World::online();
    world.edit(0, 1, Edit::Remove(uin(WEI)));
    world.run(5 * SECOND);
    world.sign_in(WEI);
    world.fault("qq lost GetMsgEx");
    befriend(&mut world);
    world.run(5 * SECOND);
    world.service().clear_faults();
    world.run(10 * SECOND);
    assert_eq!(world.desks[0].told_of("Accepted"), [""; 0], "it is lost");
    assert_eq!(world.desks[0].told_of("added"), ["added qq:24259132"]);
    assert_eq!(world.desks[0].friends.get(&WEI), Some(&Presence::Online));
    assert_eq!(world.desks[0].state, LinkState::Online);
    assert!(world.desks[0].busiest(MINUTE) <= 30, "{:?}", world.desks[0].requests);
}

#[test]
fn a_friend_nobody_told_us_of_is_known_when_states_are_listed() {
    let mut world = World::online();
    world.edit(0, 1, Edit::Remove(uin(WEI)));
    world.run(5 * SECOND);
    world.sign_in(WEI);
    befriend(&mut world);
    // The server takes it for us, and tells there what was for us.
    let mail = world.ask(address(1), format!("VER=1.1&CMD=GetMsgEx&SEQ=1&UIN={DESK}"));
    assert!(mail.contains("MT=3,"), "{mail}");
    let asked = world.desks[0].asked("List").len();
    for _ in 0..6 {
        world.run(MINUTE);
        world.asks(WEI, "GetMsgEx");
    }
    assert_eq!(world.desks[0].friends.get(&WEI), Some(&Presence::Online), "{:?}", world.desks[0].told);
    assert_eq!(world.desks[0].asked("List").len(), asked + 1);
}

/// The desk asks 微程, who accepts.
fn befriend(world: &mut World) {
    world.edit(0, 2, Edit::Add(uin(WEI)));
    world.run(SECOND);
    world.edit(0, 3, Edit::Ask(uin(WEI), "是我"));
    world.run(SECOND);
    for _ in 0..2 {
        world.asks(WEI, "Ack_AddToList&UN=29501213&CD=0&RS=");
    }
}

#[test]
fn the_end_signs_out_at_the_server_too() {
    let mut world = World::online();
    assert!(world.service().qq_is_signed_in(DESK));
    world.act(0, nudged::qq::Client::sign_out);
    world.run(2 * SECOND);
    assert!(!world.service().qq_is_signed_in(DESK));
    assert_eq!(world.desks[0].state, LinkState::Stopped);
}

//! The MSN client against time and bad servers: reconnects, pings, silences, endings, lists that do not add up.

mod common;

use common::bench::{Bench, REFUSED};
use common::settings;
use nudged::link::Closed;
use nudged::msnp::notification::Edit;
use nudged::msnp::{Dialect, ListVersion, Lists};
use nudged::presence::Status;
use nudged::time::Duration;

const ONE_OF_EACH_KIND: [Dialect; 5] =
    [Dialect::MSNP2, Dialect::MSNP7, Dialect::MSNP9, Dialect::MSNP10, Dialect::MSNP12];

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ended(told: &[String]) -> &str {
    told.iter().rfind(|line| line.starts_with("state ")).map_or("", String::as_str)
}

// ---- Reconnects ----

#[test]
fn the_first_reconnect_is_within_fifteen_seconds_and_later_ones_within_a_hundred_and_twenty_one() {
    let (mut soonest, mut latest) = (seconds(99), seconds(0));
    for seed in 0..40 {
        let mut bench = Bench::with(settings(&[Dialect::MSNP7]), None, seed);
        bench.sign_in();
        bench.seconds(1);
        bench.hang_up(Closed::Broken);
        assert_eq!(ended(&bench.told()), "state lost connection broken");
        let first = bench.until_dialed().unwrap();
        assert!(first <= seconds(15), "{first:?}");
        (soonest, latest) = (soonest.min(first), latest.max(first));
        for _ in 0..10 {
            bench.hang_up(Closed::Unreachable);
            assert_eq!(ended(&bench.told()), "state lost ms.example.net:1863: server unreachable");
            let next = bench.until_dialed().unwrap();
            assert!(next >= seconds(1) && next <= seconds(121), "{next:?}");
        }
    }
    assert!(soonest < seconds(3) && latest > seconds(12), "the delays are spread");
}

#[test]
fn only_a_minute_of_being_signed_in_starts_the_delays_over() {
    let longest_delay = |lasted: u64| {
        let delays = (0..30).map(|seed| {
            let mut bench = Bench::with(settings(&[Dialect::MSNP7]), None, seed);
            for _ in 0..8 {
                bench.hang_up(Closed::Unreachable);
                bench.until_dialed().unwrap();
            }
            bench.sign_in();
            bench.seconds(lasted / 2);
            bench.line("QNG");
            bench.seconds(lasted - lasted / 2);
            bench.hang_up(Closed::ByPeer);
            bench.until_dialed().unwrap()
        });
        delays.max().unwrap()
    };
    assert!(longest_delay(60) <= seconds(15));
    assert!(longest_delay(58) > seconds(60));
}

#[test]
fn a_connection_that_nobody_reports_on_is_given_up() {
    let mut bench = Bench::new(Dialect::MSNP7);
    bench.seconds(19);
    assert_eq!(bench.closed(), 0);
    bench.seconds(1);
    assert_eq!((bench.closed(), ended(&bench.told())), (1, "state lost server unreachable"));
}

#[test]
fn signed_in_elsewhere_parks_ten_minutes_then_twenty_and_a_person_ends_it() {
    let mut bench = Bench::online(Dialect::MSNP7);
    for minutes in [10, 20, 40] {
        bench.line("OUT OTH");
        let sentence = format!("back after {minutes} min, or by nudged set STATUS");
        assert_eq!(ended(&bench.told()), format!("state elsewhere signed in somewhere else; {sentence}"));
        assert_eq!(bench.until_dialed(), Some(seconds(minutes * 60)));
        bench.sign_in();
    }
    bench.line("OUT OTH");
    bench.dialed();
    bench.act(|client, now, sink| client.retry_now(now, sink));
    assert_eq!(bench.dialed(), ["ms.example.net:1863"]);
    bench.sign_in();
    bench.line("OUT OTH");
    assert_eq!(bench.until_dialed(), Some(seconds(600)), "what went before is forgotten");
}

#[test]
fn a_refused_password_is_tried_once_more_and_then_a_person_must_look() {
    let mut bench = Bench::new(Dialect::MSNP7);
    for expected in [Some(seconds(60)), None] {
        bench.open();
        let usr = bench.serve("USR 4").unwrap();
        assert!(usr.starts_with("USR 4 MD5 S "), "{usr}");
        bench.line("911 4");
        let state = if expected.is_some() { "lost" } else { "refused" };
        let why = "911 authentication failed: wrong account or password, or the account has no MD5 sign-in";
        assert_eq!(ended(&bench.told()), format!("state {state} {why}"));
        assert_eq!(bench.until_dialed(), expected);
    }
    bench.act(|client, now, sink| client.retry_now(now, sink));
    assert_eq!(bench.dialed().len(), 1);
}

#[test]
fn a_ticket_refused_by_the_login_server_is_tried_once_more_too() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.passport_says = REFUSED;
    for expected in [Some(seconds(60)), None] {
        bench.open();
        bench.serve("");
        let state = if expected.is_some() { "lost" } else { "refused" };
        let told = bench.told();
        assert_eq!(ended(&told), format!("state {state} passport: account or password refused"));
        assert_eq!(bench.until_dialed(), expected);
    }
}

#[test]
fn a_login_server_in_trouble_is_no_refusal() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.passport_says = "HTTP/1.1 503 Service Unavailable\r\n\r\n";
    for _ in 0..5 {
        bench.open();
        bench.serve("");
        assert_eq!(ended(&bench.told()), "state lost passport: server trouble, status 503");
        assert!(bench.until_dialed().is_some());
    }
}

#[test]
fn every_reason_of_out_has_its_own_delay() {
    let after = |out: &str| {
        let mut bench = Bench::online(Dialect::MSNP11);
        bench.seconds(1);
        bench.line(out);
        let told = bench.told();
        let closed = bench.closed();
        assert_eq!(closed, 1, "{out}");
        if ended(&told) == "state connecting" {
            return (String::from("at once"), Some(seconds(0)));
        }
        (ended(&told).to_owned(), bench.until_dialed())
    };
    for out in ["OUT", "OUT ", "OUT XYZ", "OUT 5 OTH"] {
        let (told, delay) = after(out);
        assert_eq!(told, "state lost the server ended the session", "{out}");
        assert!(delay.unwrap() <= seconds(15), "{out}");
    }
    let (told, delay) = after("OUT SSD");
    assert_eq!(told, "state lost the server is going down for maintenance");
    assert!(delay.unwrap() <= seconds(15));
    for (out, minutes) in
        [("OUT RCT 6", 6), ("OUT RCT", 1), ("OUT RCT 0", 1), ("OUT RCT -3", 1), ("OUT RCT 99999999", 1440)]
    {
        let (told, delay) = after(out);
        assert_eq!(told, format!("state lost the server wants us back in {minutes} min"));
        let delay = delay.unwrap();
        assert!(delay >= seconds(minutes * 60) && delay <= seconds(minutes * 60 + 15), "{out}: {delay:?}");
    }
    let refused = "state refused the server wants its terms of use accepted";
    assert_eq!(after("OUT TOU"), (refused.to_owned(), None));
    assert_eq!(after("OUT MIG").0, "at once");
}

#[test]
fn agents_told_to_come_back_in_the_same_minute_do_not_come_in_the_same_second() {
    let delays: std::collections::BTreeSet<_> = (0..30)
        .map(|seed| {
            let mut bench = Bench::with(settings(&[Dialect::MSNP11]), None, seed);
            bench.sign_in();
            bench.line("OUT RCT 1");
            bench.until_dialed().unwrap().as_secs()
        })
        .collect();
    assert!(delays.len() > 8, "{delays:?}");
}

// ---- Redirects ----

#[test]
fn redirects_are_followed_four_times() {
    let mut bench = Bench::new(Dialect::MSNP7);
    for hop in 1..=4 {
        bench.open();
        bench.serve("USR 3");
        bench.line(&format!("XFR 3 NS 10.0.0.{hop} 0"));
        assert_eq!(bench.dialed().last().unwrap(), &format!("10.0.0.{hop}:1863"));
    }
    bench.open();
    bench.serve("USR 3");
    bench.line("XFR 3 NS 10.0.0.5 0");
    assert_eq!(ended(&bench.told()), "state lost redirected more than 4 times");
    bench.until_dialed();
    assert_eq!(bench.dialed(), ["ms.example.net:1863"], "from the configured server on");
}

#[test]
fn a_session_may_be_moved_as_often_as_it_likes_if_it_is_kept_a_minute_each_time() {
    let mut bench = Bench::online(Dialect::MSNP7);
    for _ in 0..20 {
        bench.seconds(40);
        bench.line("QNG");
        bench.seconds(21);
        bench.dialed();
        bench.line("XFR 0 NS 10.0.0.1:1863 0 10.0.0.2:1863");
        assert_eq!(bench.dialed(), ["10.0.0.1:1863"]);
        bench.sign_in();
    }
    for _ in 0..3 {
        bench.line("XFR 0 NS 10.0.0.1:1863");
        assert_eq!(bench.dialed(), ["10.0.0.1:1863"]);
        bench.sign_in();
    }
    bench.line("XFR 0 NS 10.0.0.1:1863");
    assert_eq!(ended(&bench.told()), "state lost redirected more than 4 times", "but not in circles");
}

#[test]
fn a_move_to_address_0_signs_in_again_at_the_same_server() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.dialed();
    bench.line("XFR 0 NS 0 10.0.0.2:1863");
    assert_eq!((bench.dialed(), bench.closed()), (vec!["ms.example.net:1863".to_owned()], 1));
    bench.sign_in();
}

#[test]
fn nobody_sends_us_to_our_own_machine_or_nowhere() {
    for (at, why) in [
        ("127.0.0.1:1863", "redirected to 127.0.0.1:1863, an address of this machine"),
        ("localhost", "redirected to localhost:1863, an address of this machine"),
        ("[::1]:22", "redirected to [::1]:22, an address of this machine"),
        ("", "XFR NS without an address"),
        ("x:0", "XFR NS without an address"),
        ("a\tb:1", "XFR NS without an address"),
    ] {
        let mut bench = Bench::online(Dialect::MSNP7);
        bench.dialed();
        bench.line(&format!("XFR 0 NS {at}"));
        assert_eq!(ended(&bench.told()), format!("state lost {why}"));
        assert!(bench.dialed().is_empty(), "{at}");
        assert!(bench.until_dialed().is_some());
    }
}

// ---- Signing in ----

#[test]
fn a_server_silent_at_any_step_of_signing_in_is_left_after_its_time() {
    for (dialect, steps) in [
        (Dialect::MSNP7, &["VER", "INF", "USR 3", "USR 4", "SYN", "CHG"][..]),
        (Dialect::MSNP9, &["VER", "CVR", "USR 3", "USR 4", "SYN", "CHG"]),
        (Dialect::MSNP12, &["VER", "CVR", "USR 3", "USR 4", "SYN", "CHG"]),
    ] {
        for step in steps {
            let mut bench = Bench::new(dialect);
            bench.open();
            assert!(bench.serve(step).is_some(), "{dialect} {step}");
            bench.told();
            bench.wait(seconds(30) - Duration::from_millis(1));
            assert_eq!(bench.told(), [""; 0], "{dialect} {step}");
            bench.wait(Duration::from_millis(1));
            let verb = &step[..3];
            assert_eq!(ended(&bench.told()), format!("state lost no answer to {verb} within 30 s"));
            assert_eq!(bench.closed(), 1);
            bench.until_dialed();
            bench.sign_in();
        }
    }
}

#[test]
fn a_server_that_hangs_up_at_any_step_of_signing_in_is_tried_again() {
    for step in ["VER", "INF", "USR 3", "USR 4", "SYN", "CHG"] {
        let mut bench = Bench::new(Dialect::MSNP7);
        bench.open();
        bench.serve(step);
        bench.hang_up(Closed::ByPeer);
        let expected = "state lost closed by the server while signing in; does it speak MSNP7?";
        assert_eq!(ended(&bench.told()), expected, "{step}");
        assert!(bench.until_dialed().unwrap() <= seconds(3));
        bench.sign_in();
    }
}

#[test]
fn a_login_server_that_says_nothing_is_left_after_fifteen_seconds() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.passport_says = " ";
    bench.open();
    bench.serve("");
    bench.seconds(14);
    assert_eq!(ended(&bench.told()), "state signing-in");
    bench.seconds(1);
    assert_eq!(ended(&bench.told()), "state lost passport: no ticket in time");
}

#[test]
fn a_ticket_that_comes_after_the_link_is_gone_goes_nowhere() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.passport_says = " ";
    bench.open();
    bench.serve("");
    bench.hang_up(Closed::ByPeer);
    bench.said();
    bench.until_dialed();
    bench.open();
    assert_eq!(bench.said(), "VER 1 MSNP9 CVR0\r\n");
    bench.seconds(20);
    assert_eq!(bench.said(), "");
}

#[test]
fn without_a_common_dialect_a_person_must_look() {
    for answer in ["VER 1 0", "VER 1 MSNP13", "VER 1 CVR0", "VER 1"] {
        let mut bench = Bench::new(Dialect::MSNP7);
        bench.open();
        bench.line(answer);
        let expected = format!("state refused no common dialect: the server answered \"{answer}\"");
        assert_eq!(ended(&bench.told()), expected);
    }
}

#[test]
fn numeric_errors_while_signing_in_end_it_each_in_its_way() {
    for (step, error, expected) in [
        ("VER", "715 1", "state lost 715 not expected now"),
        ("USR 3", "600 3", "state lost 600 server busy"),
        ("USR 3", "500", "state lost 500 internal server error or maintenance"),
        ("USR 4", "910 4", "state lost 910 server too busy"),
        ("USR 4", "911 4 why not", "state lost 911 authentication failed"),
        ("USR 4", "928 4", "state lost 928 "),
        ("USR 4", "924 4", "state refused 924 "),
        ("USR 4", "999 4", "state lost 999 unknown error"),
        ("SYN", "603 5", "state lost 603 no connection to the database"),
        ("SYN", "199 5", "state lost 199 unknown error"),
        ("CHG", "201 6", "state lost 201 invalid parameter"),
    ] {
        let mut bench = Bench::new(Dialect::MSNP9);
        bench.open();
        bench.serve(step);
        bench.line(error);
        let told = bench.told();
        assert!(ended(&told).starts_with(expected), "{step} {error}: {told:?}");
        assert_eq!(bench.closed(), 1);
    }
}

#[test]
fn an_error_for_something_we_did_not_send_changes_nothing() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.open();
    bench.serve("USR 4");
    bench.line("911 77\n500 3\n601 2");
    assert_eq!(ended(&bench.told()), "state signing-in");
    bench.line("USR 4 OK desk@example.net Desk 1 0");
    bench.serve("");
    assert_eq!(ended(&bench.told()), "state online");
    bench.line("911 77\n201 5 x y z\n500\n999\n800 0\n200");
    bench.assert_alive();
}

#[test]
fn answers_with_another_trid_or_out_of_turn_are_not_taken_for_ours() {
    let mut bench = Bench::new(Dialect::MSNP7);
    bench.open();
    bench.line(
        "USR 1 OK eve@example.net Eve\nSYN 1 5\nCHG 1 NLN\nINF 1 MD5\nLST 1 FL 5 1 1 eve@example.net Eve",
    );
    bench.line("VER 9 MSNP7\nVER 0 MSNP7\nVER x MSNP7");
    assert_eq!(bench.told()[2..], [""; 0]);
    assert_eq!(bench.said(), "VER 1 MSNP7 CVR0\r\n");
    bench.line("VER 1 MSNP7\nVER 1 MSNP7");
    assert_eq!(bench.said(), "INF 2\r\n");
}

#[test]
fn a_status_chosen_while_signing_in_is_told_once_signed_in() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.open();
    let chg = bench.serve("CHG").unwrap();
    assert_eq!(chg, "CHG 6 NLN 0");
    bench.act(|client, now, _| client.set_status(now, Status::Busy));
    bench.line("CHG 6 NLN 0");
    assert_eq!(bench.said(), "CHG 7 BSY 0\r\n");
    bench.line("CHG 7 BSY 0");
    assert_eq!(bench.told().last().unwrap(), "own busy");
    bench.hang_up(Closed::ByPeer);
    bench.until_dialed();
    bench.open();
    assert_eq!(bench.serve("CHG").unwrap(), "CHG 6 BSY 0", "kept over reconnects");
}

// ---- Pings ----

#[test]
fn quiet_of_45_seconds_is_asked_about_then_shown_then_the_end() {
    let mut bench = Bench::online(Dialect::MSNP8);
    bench.wait(seconds(45) - Duration::from_millis(1));
    assert_eq!(bench.said(), "");
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.said(), "PNG\r\n");
    bench.wait(seconds(5) - Duration::from_millis(1));
    assert_eq!(bench.told(), [""; 0]);
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.told(), ["state stale"]);
    bench.wait(seconds(15) - Duration::from_millis(1));
    assert_eq!((bench.told(), bench.closed()), (vec![], 0));
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.told(), ["state lost no answer to PNG within 20 s"]);
    assert_eq!((bench.closed(), bench.said().as_str()), (1, ""));
}

#[test]
fn any_octet_is_a_sign_of_life() {
    let mut bench = Bench::online(Dialect::MSNP8);
    bench.seconds(55);
    assert_eq!((bench.told(), bench.said().as_str()), (vec!["state stale".to_owned()], "PNG\r\n"));
    bench.octets(b"N");
    assert_eq!(bench.told(), ["state online"]);
    bench.octets(b"LN NLN bob@example.net Bob 0\r\n");
    assert_eq!(bench.told(), ["presence bob@example.net online Bob"]);
    bench.wait(seconds(45) - Duration::from_millis(1));
    assert_eq!(bench.said(), "");
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.said(), "PNG\r\n");
}

#[test]
fn the_seconds_of_qng_are_believed_within_reason() {
    for (qng, every) in [
        ("QNG", 45),
        ("QNG 0", 45),
        ("QNG 60", 55),
        ("QNG 50", 45),
        ("QNG 30", 25),
        ("QNG 5", 20),
        ("QNG 1", 20),
        ("QNG 99999999", 60),
        ("QNG 18446744073709551615", 60),
        ("QNG 99999999999999999999999", 45),
        ("QNG -5", 45),
        ("QNG soon", 45),
        ("QNG ", 45),
        ("QNG 60 seconds", 55),
    ] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.line(qng);
        bench.wait(seconds(every) - Duration::from_millis(1));
        assert_eq!(bench.said(), "", "{qng}");
        bench.wait(Duration::from_millis(1));
        assert_eq!(bench.said(), "PNG\r\n", "{qng}");
        assert_eq!(bench.told(), [""; 0], "{qng}");
    }
}

#[test]
fn a_server_that_answers_pings_for_a_day_is_never_left() {
    let mut bench = Bench::online(Dialect::MSNP9);
    for _ in 0..24 * 80 {
        bench.seconds(45);
        bench.serve("");
    }
    assert_eq!((bench.told(), bench.closed()), (vec![], 0));
}

// ---- Time-outs of a session ----

#[test]
fn an_unanswered_status_or_edit_or_switchboard_does_not_end_the_session() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.act(|client, now, _| client.set_status(now, Status::Away));
    assert!(bench.edit(5, Edit::OwnName("Desk")));
    bench.act(|client, now, sink| {
        client.send(now, 6, "bob@example.net", nudged::msnp::Say::Text("hi"), sink);
    });
    bench.seconds(20);
    bench.line("QNG");
    bench.seconds(9);
    assert_eq!(bench.told(), ["delivery 6 sending"]);
    bench.seconds(1);
    let told = bench.told();
    assert_eq!(told, ["edited 5 Unsure"], "a switchboard is asked for once more");
    assert!(bench.said().ends_with("XFR 10 SB\r\n"));
    bench.seconds(10);
    bench.line("QNG");
    bench.seconds(20);
    let told = bench.told();
    assert!(told.len() == 1 && told[0].starts_with("delivery 6 failed "), "{told:?}");
    bench.assert_alive();
    // Answers that come too late are not mistaken for anything.
    bench.line("XFR 9 SB 10.0.0.1:1863 CKI 1\nXFR 8 SB 10.0.0.1:1863 CKI 1\n209 8");
    bench.assert_alive();
}

#[test]
fn what_was_outstanding_when_the_link_broke_is_answered_for() {
    for sign_out in [false, true] {
        let mut bench = Bench::online(Dialect::MSNP9);
        assert!(bench.edit(5, Edit::OwnName("Desk")));
        if sign_out {
            bench.act(|client, _, sink| client.sign_out(sink));
        } else {
            bench.hang_up(Closed::Broken);
        }
        assert!(bench.told().contains(&"edited 5 Unsure".to_owned()));
    }
}

#[test]
fn no_more_than_eight_commands_are_outstanding() {
    let mut bench = Bench::online(Dialect::MSNP9);
    for ticket in 0..8 {
        assert!(bench.edit(ticket, Edit::OwnName("Desk")));
    }
    assert!(!bench.edit(9, Edit::OwnName("Desk")));
    bench.said();
    bench.line("REA 7 10 desk@example.net Desk");
    assert_eq!(bench.told(), ["edited 0 Done", "name Desk"]);
    assert!(bench.edit(9, Edit::OwnName("Desk")));
}

#[test]
fn a_status_that_finds_no_room_is_told_as_soon_as_there_is() {
    let mut bench = Bench::online(Dialect::MSNP9);
    for ticket in 0..8 {
        assert!(bench.edit(ticket, Edit::OwnName("Desk")));
    }
    bench.act(|client, now, _| client.set_status(now, Status::Away));
    bench.act(|client, now, _| client.set_status(now, Status::Busy));
    assert!(!bench.said().contains("CHG"));
    bench.line("REA 7 10 desk@example.net Desk");
    assert_eq!(bench.said(), "CHG 15 BSY 0\r\n");
    bench.line("REA 8 10 desk@example.net Desk");
    assert_eq!(bench.said(), "", "once");
}

#[test]
fn a_command_left_unfinished_for_half_a_minute_ends_the_session() {
    for piece in ["NLN NLN bob", "MSG Hotmail Hotmail 5\r\nab"] {
        let mut bench = Bench::online(Dialect::MSNP9);
        bench.octets(piece.as_bytes());
        bench.wait(seconds(30) - Duration::from_millis(1));
        assert_eq!(bench.told(), [""; 0]);
        bench.wait(Duration::from_millis(1));
        assert_eq!(bench.told(), ["state lost the server stopped in the middle of a command"]);
    }
}

#[test]
fn a_stream_whose_reads_all_end_in_the_middle_of_a_command_is_none_that_stopped() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.octets(b"NLN NLN b");
    for _ in 0..60 {
        bench.seconds(1);
        bench.octets(b"ob@example.net Bob 0\r\nNLN NLN b");
    }
    assert!(bench.told().iter().all(|line| line.starts_with("presence ")));
}

#[test]
fn a_server_that_asks_but_does_not_read_is_left() {
    let mut bench = Bench::online(Dialect::MSNP9);
    let link = nudged::link::Link { room: nudged::link::Room::Notification, number: 1 };
    let mut told = Vec::new();
    for _ in 0..200 {
        // Nobody takes what is said.
        let mut sink = |event: nudged::msnp::Event<'_>| told.push(common::told(&event));
        bench.client.bytes(bench.now, link, b"CHL 0 20881396011366812350\r\n", &mut sink);
    }
    assert_eq!(told, ["state lost the server stopped reading"]);
}

// ---- Lists ----

#[test]
fn lists_come_whole_in_every_shape_and_their_version_is_asked_with_next_time() {
    for dialect in ONE_OF_EACH_KIND {
        for contacts in [0, 1, 3, 600] {
            let mut bench = Bench::new(dialect);
            bench.contacts = contacts;
            bench.open();
            bench.serve("CHG");
            let told = bench.told();
            let version = if dialect.number() >= 10 { "2000-01-01 2000-01-02" } else { "9" };
            assert_eq!(told.iter().filter(|line| line.starts_with("contact ")).count(), contacts);
            assert_eq!(told.iter().filter(|line| *line == "lists").count(), 1);
            assert_eq!(told.last().unwrap(), &format!("lists end {version}"), "{dialect}");
            bench.hang_up(Closed::Broken);
            bench.until_dialed();
            bench.open();
            let syn = bench.serve("SYN").unwrap();
            assert_eq!(syn, format!("SYN 5 {version}"), "{dialect}");
        }
    }
}

#[test]
fn unchanged_lists_may_be_said_in_every_shape() {
    for (dialect, known, answer) in [
        (Dialect::MSNP7, ("9", ""), "SYN 5 9"),
        (Dialect::MSNP8, ("9", ""), "SYN 5 9"),
        // The counts of what we have, and no rows.
        (Dialect::MSNP9, ("9", ""), "SYN 5 9 20 3"),
        (Dialect::MSNP10, ("a", "b"), "SYN 5 a b"),
        (Dialect::MSNP12, ("a", "b"), "SYN 5 a b 20 3"),
    ] {
        let known = ListVersion { list: known.0.try_into().unwrap(), settings: known.1.try_into().unwrap() };
        let mut bench = Bench::with(settings(&[dialect]), Some(known), 1);
        bench.open();
        bench.serve("SYN");
        bench.told();
        bench.line(answer);
        assert_eq!(bench.told(), ["lists unchanged"], "{dialect}");
        assert!(bench.said().starts_with("CHG 6 NLN"));
        bench.seconds(20);
        assert_eq!(bench.told(), [""; 0]);
    }
}

#[test]
fn one_new_stamp_of_two_means_new_lists() {
    let known = ListVersion { list: "a".try_into().unwrap(), settings: "b".try_into().unwrap() };
    let mut bench = Bench::with(settings(&[Dialect::MSNP10]), Some(known), 1);
    bench.open();
    bench.serve("SYN");
    bench.told();
    bench.line("SYN 5 a c 0 0");
    assert_eq!(bench.told(), ["lists", "lists end a c"]);
}

#[test]
fn a_version_of_another_shape_or_none_at_all_is_not_asked_with() {
    for (dialect, known, syn) in [
        (Dialect::MSNP9, ("a", "b"), "SYN 5 0"),
        (Dialect::MSNP10, ("9", ""), "SYN 5 0 0"),
        (Dialect::MSNP9, ("", ""), "SYN 5 0"),
        (Dialect::MSNP7, ("", ""), "SYN 5 0"),
    ] {
        let known = ListVersion { list: known.0.try_into().unwrap(), settings: known.1.try_into().unwrap() };
        let mut bench = Bench::with(settings(&[dialect]), Some(known), 1);
        bench.open();
        assert_eq!(bench.serve("SYN").unwrap(), syn);
    }
}

#[test]
fn rows_after_unchanged_are_a_list_of_their_own_even_if_nothing_marks_its_end() {
    let known = ListVersion { list: "9".try_into().unwrap(), settings: "".try_into().unwrap() };
    let mut bench = Bench::with(settings(&[Dialect::MSNP8]), Some(known), 1);
    bench.open();
    bench.serve("SYN");
    bench.line("SYN 5 9");
    bench.serve("");
    bench.told();
    bench.line("LSG 0 Other 0\nLST bob@example.net Bob 11 0");
    assert_eq!(bench.told(), ["lists", "group 0 Other", "contact bob@example.net 11 Bob [0]"]);
    for _ in 0..3 {
        bench.seconds(20);
        bench.line("QNG");
    }
    // Not known to be whole: no version.
    assert_eq!(bench.told(), ["lists end"]);
    bench.hang_up(Closed::Broken);
    bench.until_dialed();
    bench.open();
    assert_eq!(bench.serve("SYN").unwrap(), "SYN 5 0");
}

#[test]
fn fewer_rows_than_announced_delay_the_sign_in_but_do_not_bar_it() {
    for (dialect, rows) in [
        (Dialect::MSNP7, "SYN 5 9\nLST 5 FL 9 1 2 bob@example.net Bob\nLST 5 RL 9 0 0"),
        (Dialect::MSNP9, "SYN 5 9 2 0\nLST bob@example.net Bob 11"),
        (Dialect::MSNP10, "SYN 5 a b 2 0\nLST N=bob@example.net F=Bob 11 "),
        (Dialect::MSNP9, "SYN 5 9 0 1"),
    ] {
        let mut bench = Bench::new(dialect);
        bench.open();
        bench.serve("SYN");
        bench.line(rows);
        bench.told();
        bench.wait(seconds(60) - Duration::from_millis(1));
        assert_eq!(bench.told(), [""; 0]);
        bench.wait(Duration::from_millis(1));
        assert_eq!(bench.told(), ["lists end"], "{dialect}");
        bench.serve("");
        assert_eq!(bench.told(), ["own online", "state online"]);
    }
}

#[test]
fn no_rows_at_all_is_no_list() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.open();
    bench.serve("SYN");
    bench.line("SYN 5 9 2 0");
    bench.seconds(60);
    assert_eq!(ended(&bench.told()), "state lost no answer to the lists within 60 s");
}

#[test]
fn more_rows_than_announced_do_not_void_the_list() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.open();
    bench.serve("SYN");
    bench.told();
    bench.line("SYN 5 9 1 0\nLST bob@example.net Bob 11\nLST ann@example.net Ann 11\nLSG 3 Late 0");
    assert_eq!(
        bench.told(),
        [
            "lists",
            "contact bob@example.net 11 Bob",
            "lists end 9",
            "contact ann@example.net 11 Ann",
            "group 3 Late"
        ]
    );
}

#[test]
fn a_row_that_can_not_be_read_is_not_waited_for() {
    let long = "x".repeat(3000);
    for row in [
        format!("LST {long}@example.net Bob 11"),
        format!("LST {}@example.net Bob 11", "x".repeat(130)),
        "LST bob@example.net Bob many".to_owned(),
        "LST bob@example.net".to_owned(),
        "LST".to_owned(),
    ] {
        let mut bench = Bench::new(Dialect::MSNP9);
        bench.open();
        bench.serve("SYN");
        bench.told();
        bench.line("SYN 5 9 1 1\nLSG 0 Other 0");
        bench.line(&row);
        assert_eq!(bench.told(), ["lists", "group 0 Other", "lists end 9"]);
    }
}

#[test]
fn a_list_that_breaks_off_with_the_link_begins_anew() {
    let mut bench = Bench::new(Dialect::MSNP9);
    bench.open();
    bench.serve("SYN");
    bench.line("SYN 5 9 2 0\nLST bob@example.net Bob 11");
    bench.hang_up(Closed::Broken);
    bench.until_dialed();
    bench.open();
    assert_eq!(bench.serve("SYN").unwrap(), "SYN 5 0", "what was not whole is not remembered");
    bench.told();
    bench.line("SYN 5 9 1 0\nLST bob@example.net Bob 11");
    assert_eq!(bench.told(), ["lists", "contact bob@example.net 11 Bob", "lists end 9"]);
}

#[test]
fn a_person_who_signs_out_is_signed_out_for_good() {
    for stage in 0..4 {
        let mut bench = Bench::new(Dialect::MSNP7);
        if stage > 0 {
            bench.open();
        }
        if stage > 1 {
            bench.serve("");
        }
        if stage > 2 {
            bench.hang_up(Closed::ByPeer);
        }
        bench.said();
        bench.told();
        bench.dialed();
        bench.act(|client, _, sink| client.sign_out(sink));
        assert_eq!(bench.told(), ["state stopping", "state stopped"]);
        assert_eq!(bench.said(), if matches!(stage, 1 | 2) { "OUT\r\n" } else { "" });
        assert_eq!(bench.closed(), usize::from(stage < 3), "stage {stage}");
        bench.seconds(100_000);
        assert_eq!(bench.dialed(), [""; 0]);
        assert!(!bench.edit(1, Edit::Privacy(Lists::AL)));
    }
}

//! The agent as the driver sees it: the first turn, the end, a restart.

use super::*;

#[test]
fn the_first_poll_tells_the_first_state_once() {
    let settings = Settings { msn: None, ..settings() };
    let mut agent = Agent::new(settings, None, 1);
    assert_eq!(
        outputs(&mut agent, 5),
        ["show breathe breathe breathe breathe starting/no contacts", "wake Some(60005) Display"]
    );
    assert_eq!(outputs(&mut agent, 6), ["wake Some(60005) Display"]);
    agent.handle(Instant::from_millis(60_005), Input::Tick);
    assert_eq!(outputs(&mut agent, 60_005), ["show breathe breathe breathe breathe ", "wake None Nothing"]);
}

#[test]
fn stopping_signs_out_and_leaves_the_board_blank() {
    let mut agent = Agent::new(settings(), None, 1);
    outputs(&mut agent, 0);
    agent.handle(Instant::from_millis(10), Input::Stop);
    assert_eq!(outputs(&mut agent, 10), ["show off off off off ", "Stopped", "wake None Nothing"]);
    agent.handle(Instant::from_millis(20), Input::Stop);
    assert_eq!(outputs(&mut agent, 20), ["wake None Nothing"]);
}

#[test]
fn a_server_that_does_not_let_go_holds_the_end_up_for_a_second_only() {
    let mut bench = Bench::online();
    bench.turn(|state, now, _| assert!(state.stop(now) && !state.stop(now)));
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Stopping); 4]);
    assert_eq!(bench.rows(), ["signing out"]);
    bench.hold(2, 700);
    assert_eq!(bench.wishes, [], "buttons are over");
    bench.wait(200);
    assert!(!bench.stopped);
    bench.wait(100);
    assert!(bench.stopped);
    assert_eq!((bench.frame().leds[..].to_vec(), bench.screen()), (vec![Look::OFF; 4], &Screen::default()));

    let mut bench = Bench::online();
    bench.turn(|state, now, _| assert!(state.stop(now)));
    bench.link(LinkState::Stopped);
    assert!(bench.stopped);
}

#[test]
fn a_restart_shows_names_at_once_and_no_presence() {
    let mut first = Agent::new(Settings { msn: Some(msn_settings("me@example.net")), ..settings() }, None, 1);
    assert_eq!(first.snapshot(), None);
    let now = Instant::START;
    for event in [
        Event::ListsBegin,
        Event::Contact(contact(BOB, "Bob", 3)),
        Event::ListsEnd(&ListVersion { list: text::cut("7"), settings: text::cut("") }),
        Event::Presence { account: BOB, presence: Presence::Online, name: None, initial: true },
    ] {
        first.state.msn(now, event);
    }
    assert!(outputs(&mut first, 0).contains(&"SaveSnapshot".to_string()));
    let snapshot = first.snapshot().unwrap();

    let again = |account: &str| {
        let settings = Settings { msn: Some(msn_settings(account)), ..settings() };
        let mut agent = Agent::new(settings, Some(snapshot.clone()), 1);
        outputs(&mut agent, 0).into_iter().find(|out| out.starts_with("show")).unwrap()
    };
    assert!(
        again("ME@example.net").ends_with("connecting/Bob                 ?"),
        "{}",
        again("me@example.net")
    );
    assert!(again("other@example.net").ends_with(" connecting"), "another account's lists are not shown");

    let mut moved = msn_settings("me@example.net");
    moved.server.port = 1864;
    let mut agent = Agent::new(Settings { msn: Some(moved), ..settings() }, Some(snapshot.clone()), 1);
    assert_eq!(agent.snapshot(), None, "nor another server's");
    outputs(&mut agent, 0);
}

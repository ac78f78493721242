//! The dark display, pages, and every kind of press.

use super::*;

#[test]
fn the_display_goes_dark_and_the_first_press_only_lights_it() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(60_000);
    assert_eq!(*bench.screen(), Screen::default());
    assert_eq!(bench.led(0), MSN.waiting, "the light goes on telling");
    bench.hold(2, 1000);
    assert_eq!(bench.rows(), ["Bob", "hi"]);
    assert!(bench.sent.is_empty() && bench.wishes.is_empty(), "{:?}", bench.wishes);
    bench.click(2);
    assert_eq!(bench.sent[0].2, BOB);
    bench.wait(100_000);
    bench.text(AMY, "ho");
    assert!(bench.screen().lit, "a message lights it");
}

#[test]
fn what_the_dark_display_hides_is_not_sent() {
    let mut bench = Bench::online();
    bench.settings.replies.expire = Duration::from_secs(600);
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.wait(61_000);
    assert!(!bench.screen().lit);
    bench.click(LEFT);
    bench.wait(1000);
    bench.hold(LEFT, 700);
    assert!(bench.sent.is_empty());
}

#[test]
fn a_board_without_a_display_answers_who_wrote_last_and_has_no_menu() {
    let mut settings = settings();
    settings.display.rows = 0;
    let mut bench = Bench::online_with(settings);
    assert!(!bench.screen().lit);
    bench.text(BOB, "hi");
    bench.wait(500_000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    assert!(bench.sent.is_empty());
    bench.click(2);
    assert_eq!((bench.sent[0].2.as_str(), bench.sent[0].3.as_str()), (BOB, "Later"));
    bench.delivery(1, Outcome::Failed, "");
    bench.text(AMY, "ho");
    bench.wait(1000);
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent.len(), 1, "Bob's reply does not go to Amy");
}

#[test]
fn our_status_goes_round_and_shows_what_the_server_confirmed() {
    let mut bench = Bench::online();
    for (wanted, word) in [
        (Status::Busy, "online…"),
        (Status::Away, "busy…"),
        (Status::Invisible, "away…"),
        (Status::Online, "invisible…"),
    ] {
        bench.hold(2, 700);
        assert_eq!(bench.wishes.pop(), Some(Wish::Status(wanted)));
        assert!(bench.rows()[0].starts_with(word), "{:?}", bench.rows());
        bench.msn(Event::Own(wanted));
        assert!(bench.rows()[0].starts_with(wanted.as_str()) && !bench.rows()[0].contains('…'));
    }
    assert_eq!(bench.told(), ["own busy", "own away", "own invisible", "own online"]);
}

#[test]
fn a_press_ends_the_waiting_of_a_link_that_needs_a_person() {
    for (state, row) in
        [(LinkState::Elsewhere, "signed in elsewhere"), (LinkState::Refused, "sign-in refused")]
    {
        let mut bench = Bench::online();
        bench.wait(100_000);
        bench.link(state);
        assert_eq!(bench.rows()[0], row, "it lights the display");
        bench.click(RIGHT);
        assert_eq!(bench.wishes, [Wish::Retry(Network::Msn)]);
        bench.wait(100_000);
        bench.click(RIGHT);
        assert_eq!(
            bench.wishes,
            [Wish::Retry(Network::Msn)],
            "the first press on a dark display only lights it"
        );
    }
    let mut bench = Bench::online();
    bench.link(LinkState::Lost);
    bench.click(RIGHT);
    assert_eq!(bench.wishes, [], "a broken link comes back by itself");
}

#[test]
fn a_stuck_button_and_a_button_nobody_configured_do_nothing() {
    let mut bench = Bench::online();
    bench.edge(7, true);
    bench.edge(2, true);
    bench.wait(60_000);
    assert_eq!(bench.wishes, [Wish::Status(Status::Busy)], "the hold, once");
    bench.edge(2, false);
    bench.wait(1000);
    assert_eq!(bench.wishes.len(), 1);
}

#[test]
fn a_click_that_is_told_a_second_late_is_a_click_and_no_hold() {
    let mut settings = settings();
    settings.buttons[2].click = Some(Action::Status(Status::Busy));
    settings.buttons[2].hold = Some(Action::Status(Status::Away));
    let mut bench = Bench::online_with(settings);
    let began = bench.now;
    bench.now += 1100;
    bench.late(&[(2, true, began + 100), (2, false, began + 200)]);
    assert_eq!(bench.wishes, [Wish::Status(Status::Busy)]);
    bench.wishes.clear();
    let began = bench.now;
    bench.now += 5000;
    bench.late(&[
        (2, true, began),
        (2, false, began + 601),
        (2, true, began + 700),
        (2, false, began + 1300),
    ]);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away), Wish::Status(Status::Busy)]);
}

#[test]
fn lost_edges_let_no_time_pass_and_end_what_was_under_way() {
    let mut agent = Agent::new(settings(), None, 1);
    let at = Instant::from_millis;
    let mut told = |input| {
        agent.handle(at(1100), input);
        loop {
            if let Output::WakeAt { reason, .. } = agent.poll(at(1100)) {
                return reason;
            }
        }
    };
    assert_eq!(told(Input::Button { index: LEFT, pressed: true, at: at(100) }), Reason::Gesture);
    assert_eq!(told(Input::Lost { index: LEFT, pressed: false, at: at(1100) }), Reason::Display, "no hold");
    assert_eq!(
        told(Input::Lost { index: 99, pressed: true, at: at(1100) }),
        Reason::Display,
        "there is none"
    );
    assert_eq!(
        told(Input::Lost { index: RIGHT, pressed: true, at: at(1100) }),
        Reason::Gesture,
        "stuck, some day"
    );
}

#[test]
fn an_edge_lets_time_pass_for_gestures_only_as_far_as_itself() {
    let mut agent = Agent::new(settings(), None, 1);
    let at = Instant::from_millis;
    let mut told = |input| {
        agent.handle(at(1100), input);
        loop {
            if let Output::WakeAt { at, reason } = agent.poll(at(1100)) {
                return (at, reason);
            }
        }
    };
    let gesture = |ms| (Some(at(ms)), Reason::Gesture);
    assert_eq!(told(Input::Button { index: LEFT, pressed: true, at: at(100) }), gesture(150));
    assert_eq!(told(Input::Button { index: LEFT, pressed: false, at: at(200) }), gesture(250));
    assert_eq!(told(Input::Tick).1, Reason::Display);
    // What comes from the future came now, and what comes from before the last edge came with it.
    assert_eq!(told(Input::Button { index: RIGHT, pressed: true, at: at(9000) }), gesture(1150));
    assert_eq!(
        told(Input::Button { index: RIGHT, pressed: false, at: at(500) }).1,
        Reason::Display,
        "a bounce"
    );
}

#[test]
fn what_several_buttons_did_meanwhile_is_done_in_the_order_they_did_it() {
    let mut settings = settings();
    for (button, status) in settings.buttons.iter_mut().zip([Status::Away, Status::Busy, Status::Brb]) {
        *button = Button { release: Some(Action::Status(status)), ..Button::default() };
    }
    let mut bench = Bench::online_with(settings);
    let began = bench.now;
    bench.now += 2000;
    bench.late(&[
        (2, true, began),
        (0, true, began + 100),
        (1, true, began + 200),
        (1, false, began + 1000),
        (2, false, began + 1010),
        (0, false, began + 1020),
    ]);
    let wishes = [Status::Busy, Status::Brb, Status::Away].map(Wish::Status);
    assert_eq!(bench.wishes, wishes);
}

#[test]
fn press_and_release_act_by_themselves_but_on_a_dark_display_neither_does() {
    let mut settings = settings();
    settings.buttons[LEFT as usize] = Button {
        press: Some(Action::Status(Status::Away)),
        release: Some(Action::Status(Status::Online)),
        ..Button::default()
    };
    let mut bench = Bench::online_with(settings);
    bench.edge(LEFT, true);
    bench.wait(50);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away)]);
    bench.wait(3000);
    bench.edge(LEFT, false);
    bench.wait(50);
    assert_eq!(bench.wishes, [Wish::Status(Status::Away), Wish::Status(Status::Online)]);
    bench.wishes.clear();
    bench.wait(60_000);
    assert!(!bench.screen().lit);
    bench.hold(LEFT, 400);
    assert!(bench.screen().lit);
    assert_eq!(bench.wishes, []);
}

#[test]
fn a_button_held_walks_through_the_menu() {
    let mut settings = settings();
    let left = &mut settings.buttons[LEFT as usize];
    (left.hold, left.repeat) = (None, Some(Duration::from_millis(300)));
    let mut bench = Bench::online_with(settings);
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.rows()[..2], ["To: Bob", "Yes"]);
    bench.hold(LEFT, 1000);
    assert_eq!(bench.rows()[..2], ["To: Bob", "Later"], "two steps, and the release is none");
}

//! What friends write, what is answered, and whom the display shows meanwhile.

use super::*;

#[test]
fn a_message_is_latched_shown_answered_and_gone() {
    let mut bench = Bench::online();
    bench.text(BOB, "Lunch at noon? The usual place, table by the window");
    assert_eq!(
        bench.told(),
        [
            "text of bob@example.net: Lunch at noon? The usual place, table by the window",
            "waiting bob@example.net 1"
        ]
    );
    assert_eq!(bench.screen().layout, Layout::Message);
    assert_eq!(bench.rows(), ["Bob", "Lunch at noon? The", "usual place, table by", "the window"]);
    assert_eq!((bench.led(0), bench.led(1)), (MSN.waiting, MSN.waiting));
    assert_eq!(bench.led(3), MSN.of_presence(Presence::Online), "own status is not about Bob");

    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.screen().layout, Layout::Menu);
    assert_eq!(
        bench.rows(),
        ["To: Bob", "Yes", "click left: next", "hold left: send", "click right: cancel"]
    );
    bench.click(LEFT);
    assert_eq!(bench.rows()[1], "No");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent, [(bench.sent[0].0, 1, BOB.to_string(), "No".to_string())]);
    assert_eq!(bench.rows(), ["To: Bob", "No", "sending..."]);
    bench.delivery(1, Outcome::Sending, "");
    assert_eq!(bench.told(), ["reply bob@example.net No sending "], "once");
    assert_eq!(bench.led(0), MSN.waiting, "not yet");

    bench.delivery(1, Outcome::Delivered, "");
    assert_eq!(bench.told(), ["reply bob@example.net No delivered ", "waiting bob@example.net 0"]);
    assert_eq!(bench.rows(), ["To: Bob", "No", "delivered"]);
    assert_eq!(bench.led(0), MSN.delivered);
    bench.wait(1000);
    assert_eq!((bench.led(0), bench.led(1)), (MSN.of_presence(Presence::Online), Look::OFF));
    bench.wait(1000);
    assert_eq!(bench.screen().layout, Layout::List);
    bench.delivery(1, Outcome::Failed, "an echo");
    assert_eq!(bench.told(), [""; 0], "what was delivered stays delivered");
}

#[test]
fn a_message_that_comes_between_press_and_delivery_goes_on_waiting() {
    let mut bench = Bench::online();
    bench.text(BOB, "one");
    bench.wait(1000);
    bench.click(LEFT);
    bench.text(BOB, "two");
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Delivered, "");
    assert!(bench.told().contains(&"waiting bob@example.net 1".to_string()));
    bench.wait(3000);
    assert_eq!(bench.rows(), ["Bob", "two"]);
    assert_eq!(bench.led(0), MSN.waiting);
}

#[test]
fn a_failed_reply_says_why_and_goes_again_at_the_next_send() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Failed, "bob@example.net is offline");
    assert_eq!(
        bench.rows(),
        ["To: Bob", "Yes", "not delivered", "bob@example.net is", "offline", "hold left: send again"]
    );
    assert_eq!(bench.led(0), MSN.failed);
    bench.wait(3000);
    assert_eq!(bench.led(0), MSN.waiting, "still unanswered");
    bench.hold(LEFT, 700);
    let again: Vec<_> =
        bench.sent.iter().map(|(_, ticket, to, text)| (*ticket, &to[..], &text[..])).collect();
    assert_eq!(again, [(1, BOB, "Yes"), (2, BOB, "Yes")]);
    bench.delivery(2, Outcome::Delivered, "");
    assert_eq!(bench.state.latch.iter().len(), 0);
}

#[test]
fn a_reply_nobody_knows_the_fate_of_is_not_sent_again_by_itself() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.hold(LEFT, 700);
    bench.delivery(1, Outcome::Unsure, "no answer");
    assert_eq!(bench.rows()[2], "perhaps delivered");
    bench.wait(100_000);
    assert_eq!(bench.sent.len(), 1);
    assert_eq!(bench.state.latch.iter().len(), 1, "it still waits");
}

#[test]
fn the_menu_stays_with_its_person_and_forgets_them_in_time() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.text(AMY, "me too");
    assert_eq!(bench.rows()[0], "To: Bob");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent[0].2, BOB);
    bench.delivery(1, Outcome::Delivered, "");
    bench.wait(2100);
    assert_eq!(bench.rows()[0], "Amy");

    bench.wait(1000);
    bench.click(LEFT);
    assert_eq!(bench.rows()[0], "To: Amy");
    bench.settings.display.blank_after = Duration::ZERO;
    bench.wait(60_000);
    assert_eq!(bench.rows()[0], "Amy", "expired");
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent.len(), 1, "no menu, nothing to send");
}

#[test]
fn another_button_leaves_the_menu_without_acknowledging() {
    let mut bench = Bench::online();
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(LEFT);
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.rows(), ["Bob", "hi"]);
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.screen().layout, Layout::List);
    assert_eq!(bench.told().last().unwrap(), "waiting bob@example.net 0");
}

#[test]
fn a_press_within_300_ms_of_another_person_does_nothing_to_anybody() {
    for (wait, acts) in [(0, false), (200, false), (299, false), (300, true), (1000, true)] {
        let mut bench = Bench::online();
        bench.text(BOB, "hi");
        bench.wait(5000);
        bench.text(AMY, "ho");
        bench.wait(wait);
        bench.click(2);
        assert_eq!(bench.sent.len(), usize::from(acts), "{wait} ms");
        if acts {
            assert_eq!(bench.sent[0].2, AMY);
        }
    }
}

#[test]
fn a_hold_begun_for_one_person_never_ends_up_with_another() {
    let mut settings = settings();
    settings.buttons[0].hold = Some(Action::Reply(0));
    settings.buttons[0].hold_after = Duration::from_millis(2000);
    let mut bench = Bench::online_with(settings);
    bench.text(BOB, "hi");
    bench.wait(5000);
    bench.edge(LEFT, true);
    bench.wait(500);
    bench.text(AMY, "ho");
    bench.wait(5000);
    assert!(bench.sent.is_empty(), "{:?}", bench.sent);
}

#[test]
fn nudges_come_and_go() {
    let mut bench = Bench::online();
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Nudge });
    assert_eq!(bench.rows(), ["Bob", "nudges you"]);
    assert_eq!(bench.led(0), MSN.nudge);
    assert_eq!(bench.told(), ["nudge of bob@example.net: ", "waiting bob@example.net 1"]);
    bench.wait(2000);
    assert_eq!(bench.led(0), MSN.waiting);
    bench.edge(RIGHT, true);
    bench.wait(50);
    bench.edge(RIGHT, false);
    bench.wait(50);
    bench.click(RIGHT);
    assert_eq!((bench.sent[0].2.as_str(), bench.sent[0].3.as_str()), (BOB, ""));
    assert_eq!(bench.rows(), ["To: Bob", "(nudge)", "sending..."]);
}

#[test]
fn a_typing_mark_lasts_six_seconds_and_wakes_nobody() {
    let mut bench = Bench::online();
    bench.wait(70_000);
    assert!(!bench.screen().lit);
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Typing });
    assert!(!bench.screen().lit);
    bench.wait(5000);
    bench.click(RIGHT);
    assert_eq!(bench.rows()[1], "Bob            typing");
    bench.wait(1000);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.text(BOB, "hi");
    bench.msn(Event::Message { from: BOB, name: "", body: Body::Typing });
    assert_eq!(bench.rows(), ["Bob", "hi", "is typing..."]);
}

#[test]
fn strangers_and_blocked_people_light_nothing() {
    let mut bench = Bench::online();
    bench.frames.drain(..bench.frames.len() - 1);
    for from in ["stranger@example.net", "bad@example.net"] {
        for body in [Body::Text("hi"), Body::Nudge, Body::Typing, Body::Invite("file")] {
            bench.msn(Event::Message { from, name: "", body });
        }
    }
    assert_eq!((bench.told(), bench.frames.len()), (vec![], 1));
}

#[test]
fn who_adds_us_is_told_once_and_their_leaving_too() {
    let mut bench = Bench::online();
    let saves = bench.saves;
    let row = contact("new@example.net", "New", 8);
    bench.msn(Event::Added { contact: row, unasked: true });
    bench.msn(Event::Added { contact: row, unasked: true });
    bench.msn(Event::Added { contact: contact("bad@example.net", "", 8), unasked: true });
    assert_eq!(bench.told(), ["request of new@example.net: "]);
    assert!(bench.saves > saves);
    bench.msn(Event::Removed {
        list: Lists::RL,
        who: Who::Account("new@example.net"),
        group: None,
        unasked: true,
    });
    assert_eq!(bench.state.accounts.find("new@example.net"), None);
}

#[test]
fn a_friend_who_puts_us_back_on_their_list_asks_nothing() {
    let mut bench = Bench::online();
    bench.msn(Event::Removed { list: Lists::RL, who: Who::Account(BOB), group: None, unasked: true });
    bench.msn(Event::Added { contact: contact(BOB, "Bob", 8), unasked: true });
    assert_eq!(bench.told(), Vec::<String>::new());
    bench.msn(Event::Added { contact: contact("allowed@example.net", "", 2), unasked: false });
    bench.msn(Event::Added { contact: contact("allowed@example.net", "", 8), unasked: true });
    assert_eq!(bench.told(), Vec::<String>::new());
}

#[test]
fn whom_we_add_is_offline_until_they_say_otherwise() {
    let mut bench = Bench::online();
    bench.msn(Event::Added { contact: contact("new@example.net", "New", 1), unasked: false });
    bench.wait(600);
    assert_eq!(bench.told(), ["new@example.net offline New"]);
    bench.msn(Event::Removed {
        list: Lists::FL,
        who: Who::Account("new@example.net"),
        group: None,
        unasked: false,
    });
    assert_eq!(bench.told(), ["new@example.net unknown New"]);
    assert_eq!(bench.state.accounts.find("new@example.net"), None);
}

#[test]
fn short_names_win_over_friendly_names_and_those_over_addresses() {
    let mut bench = Bench::online();
    bench.text(CAT, "你好");
    assert_eq!(bench.rows(), ["wei", "你好"]);
    bench.text(BOB, "a");
    bench.text(BOB, "b");
    assert_eq!(bench.rows(), ["Bob            (2) +1", "b"]);
    bench.msn(Event::Renamed { account: BOB, name: "Rob\u{1b}[31m\u{202e}ert" });
    assert_eq!(bench.rows()[0], "Rob[31mert     (2) +1");
}

#[test]
fn pages_go_through_the_senders_waiting_and_then_the_contacts() {
    let mut settings = settings();
    settings.display.rows = 3;
    let mut bench = Bench::online_with(settings);
    bench.presence("bad@example.net", Presence::Online);
    bench.text(BOB, "hi");
    bench.text(AMY, "ho");
    let mut seen = vec![];
    for _ in 0..5 {
        seen.push(bench.rows()[..2].join("/"));
        bench.hold(RIGHT, 700);
    }
    let list = "online            3/4/Bad            online";
    assert_eq!(
        seen,
        [
            "Amy                +1/ho",
            "Bob                +1/hi",
            list,
            "online            3/4/Amy              busy",
            seen[0].as_str()
        ]
    );
}

#[test]
fn a_page_that_is_gone_becomes_the_last_one_and_darkness_turns_back_to_the_first() {
    let mut settings = settings();
    settings.display.rows = 2;
    let mut bench = Bench::online_with(settings);
    bench.presence(AMY, Presence::Away);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.hold(RIGHT, 700);
    assert_eq!(bench.rows()[1], "Amy              away");
    bench.presence(AMY, Presence::Offline);
    assert_eq!(bench.rows()[1], "Bob            online");
    bench.presence(AMY, Presence::Away);
    assert_eq!(bench.rows()[1], "Amy              away");
    bench.wait(100_000);
    bench.click(RIGHT);
    assert_eq!(bench.rows()[1], "Bob            online");
}

#[test]
fn privacy_keeps_words_and_names_from_passers_by() {
    let mut quiet = settings();
    quiet.display.privacy = Privacy::Sender;
    let mut bench = Bench::online_with(quiet);
    bench.text(BOB, "secret");
    assert_eq!(bench.rows(), ["Bob"]);

    let mut silent = settings();
    silent.display.privacy = Privacy::None;
    let mut bench = Bench::online_with(silent);
    bench.text(BOB, "secret");
    bench.wait(1000);
    assert_eq!(bench.rows(), ["a message waits"]);
    bench.click(2);
    assert!(bench.sent.is_empty(), "a name nobody could read is not written to at once");
    bench.click(LEFT);
    assert_eq!(bench.rows()[0], "To: Bob", "the menu must tell");
    bench.wait(300);
    bench.hold(LEFT, 700);
    assert_eq!(bench.sent[0].2, BOB);
}

#[test]
fn server_words_and_mail_reach_the_display() {
    let mut bench = Bench::online();
    bench.msn(Event::Notice("The server will be down for maintenance"));
    assert_eq!(bench.rows(), ["server says", "The server will be", "down for maintenance"]);
    bench.wait(20_000);
    assert_eq!(bench.screen().layout, Layout::List);
    bench.msn(Event::Mail { unread: None, from: "post@example.net" });
    assert_eq!(bench.told(), ["mail of post@example.net: "]);
    assert_eq!(bench.led(3), MSN.mail);
    bench.msn(Event::Mail { unread: Some(0), from: "" });
    assert_eq!(bench.led(3), MSN.of_presence(Presence::Online));
}

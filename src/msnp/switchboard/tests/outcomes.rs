//! How messages end: delivered, failed, or unsure; and which conversation they take.

use super::*;

#[test]
fn two_messages_to_one_person_go_in_order_in_one_conversation() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.say(2, "DeadXXX@hotmail.com", Say::Nudge);
    desk.call(link(0, 1));
    assert_eq!(desk.done().last().unwrap(), &format!(r"0.1 > MSG 3 A 137\r\n{HELLO}"));
    desk.bytes(link(0, 1), "ACK 3\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 4 A 69"));
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(0, 1), "ACK 4\r\n");
    assert_eq!(desk.heard(), ["1 sending", "2 sending", "1 delivered", "2 delivered"]);
    desk.say(3, FRIEND, Say::Nudge);
    assert!(desk.done()[0].starts_with("0.1 > MSG 5 A 69"), "and again without a new switchboard");
}

#[test]
fn a_reply_goes_into_the_conversation_the_friend_opened() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.say(1, FRIEND, Say::Text("hello"));
    assert!(!desk.boards.wants_transfer());
    assert_eq!(desk.done(), [format!(r"0.1 > MSG 2 A 137\r\n{HELLO}")]);
}

#[test]
fn a_reply_waits_for_the_conversation_that_is_being_answered() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(!desk.boards.wants_transfer());
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("IRO 1 1 1 {FRIEND} D\r\nANS 1 OK\r\nACK 2\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_ring_of_the_person_being_called_saves_the_message_when_the_call_fails() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\n");
    desk.ring(FRIEND, "1");
    desk.connected(link(1, 1));
    desk.bytes(link(0, 1), "217 2\r\n");
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(1, 1), format!("IRO 1 1 1 {FRIEND} D\r\nANS 1 OK\r\nACK 2\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_second_message_waits_for_the_first_even_if_a_newer_conversation_opens() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, FRIEND, Say::Nudge);
    desk.answer(FRIEND, link(1, 1));
    desk.done();
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert!(desk.done()[0].starts_with("1.1 > MSG 2 A 69"), "and goes into the newer one");
}

#[test]
fn whoever_else_comes_does_not_answer_the_call() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\nCAL 2 RINGING 1\r\nJOI eve@x Eve\r\n");
    desk.wait(JOIN_TIMEOUT);
    assert_eq!(desk.heard(), ["1 sending", "1 failed: deadxxx@hotmail.com did not answer the call"]);
}

#[test]
fn the_friend_may_be_there_before_the_call_is_answered() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), format!("USR 1 OK a b\r\nJOI {FRIEND} D\r\nCAL 2 RINGING 1\r\nACK 3\r\n"));
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn we_are_not_somebody_else_in_the_room() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("IRO 1 1 2 {ME} v\r\nIRO 1 2 2 {FRIEND} D\r\nANS 1 OK\r\n"));
    desk.say(1, FRIEND, Say::Nudge);
    assert!(!desk.boards.wants_transfer());
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn a_conversation_of_three_is_not_for_a_reply_to_one() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), "JOI eve@x Eve\r\n");
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    // Eve leaves before the server has granted it: now the old one will do, and the new one is not needed.
    desk.done();
    desk.bytes(link(0, 1), "BYE eve@x\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 2 A 69"));
    desk.grant();
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn a_crowd_larger_than_the_table_is_still_a_crowd() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    for n in 0..9 {
        desk.bytes(link(0, 1), format!("JOI u{n}@x U\r\n"));
    }
    for n in 0..8 {
        desk.bytes(link(0, 1), format!("BYE u{n}@x\r\n"));
    }
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer(), "u8 is still there");
    desk.bytes(link(0, 1), "BYE u8@x\r\n");
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn an_ack_after_the_recipient_left_proves_nothing() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.bytes(link(0, 1), format!("BYE {FRIEND}\r\n"));
    assert_eq!(desk.in_use(), 1, "the answer is waited for");
    desk.bytes(link(0, 1), "ACK 3\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: they left while it was sent"]);
    assert_eq!(desk.in_use(), 0);
}

#[test]
fn an_ack_of_something_else_is_no_answer() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.bytes(link(0, 1), "ACK 2\r\nACK\r\nACK x\r\nNAK 4\r\nACK 0\r\n217 2\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), "ACK 3\r\nACK 3\r\nNAK 3\r\n");
    assert_eq!(desk.heard(), ["1 delivered"]);
}

#[test]
fn a_nak_sends_it_once_more_and_then_it_failed() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    desk.done();
    desk.bytes(link(0, 1), "NAK 3\r\n");
    assert!(desk.done()[0].starts_with("0.1 > MSG 4 A 69"));
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), "NAK 4\r\n");
    assert_eq!(desk.heard(), ["1 failed: refused by the switchboard (NAK)"]);
    assert_eq!(desk.done(), [""; 0]);
}

#[test]
fn an_error_to_a_message_is_its_end_with_or_without_a_trid() {
    for error in ["282 3\r\n", "713\r\n", "999 3 and more\r\n"] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.call(link(0, 1));
        desk.bytes(link(0, 1), error);
        let heard = desk.heard();
        assert!(heard[1].starts_with(&format!("1 failed: refused: {} ", &error[..3])), "{heard:?}");
        assert_eq!(desk.in_use(), 1, "the conversation goes on");
    }
}

#[test]
fn silence_after_a_message_is_unsure_and_the_next_one_takes_another_switchboard() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.call(link(0, 1));
    assert_eq!(desk.boards.wake_at(), Some(desk.now + ACK_TIMEOUT));
    desk.wait(ACK_TIMEOUT);
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: nobody acknowledged it"]);
    desk.bytes(link(0, 1), "ACK 3\r\n");
    desk.bytes(link(0, 1), msg(FRIEND, &plain("still here")));
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): still here"], "it is listened to");
    desk.say(2, FRIEND, Say::Nudge);
    desk.call(link(1, 1));
    let done = desk.done();
    assert!(done.contains(&"0.1 close".to_string()), "the doubtful one is left: {done:?}");
    desk.bytes(link(1, 1), "ACK 3\r\n");
    assert_eq!(desk.heard(), ["2 sending", "2 delivered"]);
    // Its place is as good as any other.
    desk.closed(link(1, 1), 1000);
    desk.answer(FRIEND, link(0, 2));
    desk.say(3, FRIEND, Say::Nudge);
    desk.bytes(link(0, 2), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["3 sending", "3 delivered"]);
}

#[test]
fn a_message_no_octet_of_which_was_written_goes_again_on_a_new_switchboard_once() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.call(link(0, 1));
    let before: u64 =
        ["USR 1 venky_dude@hotmail.com 989487642.2070896604\r\n", "CAL 2 deadxxx@hotmail.com\r\n"]
            .iter()
            .map(|line| line.len() as u64)
            .sum();
    desk.closed(link(0, 1), before);
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.done();
    desk.call(link(0, 2));
    assert!(desk.done().concat().ends_with("hello"));
    desk.closed(link(0, 2), before);
    assert_eq!(desk.heard(), ["1 failed: connection broken"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_message_one_octet_of_which_was_written_is_unsure() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Text("hello"));
    desk.call(link(0, 1));
    let before = 51 + 27;
    desk.closed(link(0, 1), before + 1);
    assert_eq!(desk.heard(), ["1 sending", "1 unsure: the conversation ended before it was acknowledged"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn refused_calls_say_why() {
    for (error, why) in [
        ("217 2\r\n", "deadxxx@hotmail.com is offline"),
        ("217\r\n", "deadxxx@hotmail.com is offline"),
        ("208 2\r\n", "deadxxx@hotmail.com can't be called: 208 invalid account"),
        ("216 2\r\n", "deadxxx@hotmail.com can't be called: 216 not on that list"),
    ] {
        let mut desk = Desk::new();
        desk.say(1, FRIEND, Say::Nudge);
        desk.dial(link(0, 1));
        desk.bytes(link(0, 1), "USR 1 OK a b\r\n");
        desk.done();
        desk.bytes(link(0, 1), error);
        assert_eq!(desk.heard(), ["1 sending".to_string(), format!("1 failed: {why}")]);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        assert!(!desk.boards.wants_transfer());
    }
}

#[test]
fn an_error_about_something_else_refuses_no_call() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "USR 1 OK a b\r\n217 9\r\nCAL 9 RINGING 1\r\nUSR 1 OK a b\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.bytes(link(0, 1), format!("215 2\r\nJOI {FRIEND} D\r\nACK 3\r\n"));
    assert_eq!(desk.heard(), ["1 delivered"], "215: the person is on the way already");
}

#[test]
fn a_stale_key_asks_for_one_more_switchboard() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.dial(link(0, 1));
    desk.bytes(link(0, 1), "911 1\r\n");
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.dial(link(0, 2));
    desk.bytes(link(0, 2), "911 1\r\n");
    assert!(desk.heard()[0].starts_with("1 failed: the switchboard refused us: 911 "));
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_switchboard_that_is_not_there_is_asked_for_once_more() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    for number in 1..=2 {
        assert!(desk.boards.wants_transfer());
        desk.grant();
        desk.unreachable(link(0, number));
    }
    assert_eq!(desk.heard(), ["1 sending", "1 failed: no switchboard: server unreachable"]);
    assert!(!desk.boards.wants_transfer());
}

#[test]
fn a_refused_transfer_ends_what_waits_for_it() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(913));
    let heard = desk.heard();
    assert!(heard[2].starts_with("1 failed: no switchboard: 913 "), "{heard:?}");
    assert!(desk.boards.wants_transfer(), "now for the other person");
    desk.say(3, FRIEND, Say::Nudge);
    desk.lose_the_server();
    assert_eq!(
        desk.heard(),
        [
            "3 sending",
            "2 failed: the connection to the server is lost",
            "3 failed: the connection to the server is lost"
        ]
    );
}

#[test]
fn a_transfer_that_failed_in_passing_is_asked_for_once_more() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(281));
    assert!(desk.boards.wants_transfer());
    desk.refuse(Some(281));
    let heard = desk.heard();
    assert!(heard.len() == 2 && heard[1].starts_with("1 failed: no switchboard: 281 "), "{heard:?}");
}

#[test]
fn silence_about_one_switchboard_fails_nobody_else() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "eve@x", Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.refuse(None);
    assert_eq!(desk.heard(), ["1 sending", "2 sending"], "it is asked for once more");
    assert!(desk.boards.wants_transfer());
    desk.refuse(None);
    assert_eq!(desk.heard(), ["1 failed: the server named no switchboard"]);
    assert!(desk.boards.wants_transfer(), "now for the other person");
}

#[test]
fn what_cannot_be_sent_is_refused_at_once() {
    let mut desk = Desk::new();
    for bad in ["", "a b@x", "a@x\r\nOUT", "a\u{a0}@x", &"x".repeat(130)] {
        desk.say(1, bad, Say::Nudge);
        assert_eq!(desk.heard(), ["1 failed: not an address a person can be called by"], "{bad:?}");
    }
    desk.say(2, FRIEND, Say::Text(&"x".repeat(401)));
    assert_eq!(desk.heard(), ["2 failed: 401 octets of text; a message holds 400"]);
    for ticket in 3..=6 {
        desk.say(ticket, FRIEND, Say::Nudge);
    }
    desk.heard();
    desk.say(7, FRIEND, Say::Nudge);
    assert_eq!(desk.heard(), ["7 failed: 4 messages are still on their way"]);
}

#[test]
fn the_longest_text_fits_beside_any_answer() {
    let mut desk = Desk::new();
    let text = "x".repeat(400);
    desk.say(1, FRIEND, Say::Text(&text));
    desk.dial(link(0, 1));
    desk.done();
    // Nothing is taken from the outbox in between: all of it must fit at once.
    desk.held = true;
    let offers = msg(FRIEND, OFFER).repeat(3);
    desk.bytes(link(0, 1), format!("{offers}USR 1 OK a b\r\n{offers}CHL 0 1\r\nPNG\r\nCAL 3 RINGING 1\r\n"));
    desk.held = false;
    desk.bytes(link(0, 1), format!("JOI {FRIEND} D\r\n"));
    let sent = desk.done().concat();
    assert!(sent.ends_with(&text), "the message is whole: {sent}");
    assert_eq!(desk.in_use(), 1);
}

#[test]
fn signing_out_says_goodbye_everywhere_and_ends_every_message() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.ring("eve@x", "5");
    desk.done();
    desk.say(1, FRIEND, Say::Nudge);
    desk.say(2, "bob@x", Say::Nudge);
    desk.heard();
    desk.done();
    desk.sign_out();
    assert_eq!(desk.heard(), ["1 unsure: signed out", "2 failed: signed out"]);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close", "1.1 close"]);
    desk.ring(FRIEND, "1");
    assert!(desk.in_use() == 0 && !desk.boards.wants_transfer());
    assert_eq!(desk.boards.wake_at(), None);
}

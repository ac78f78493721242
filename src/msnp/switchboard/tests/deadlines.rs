//! What is given up, and when.

use super::*;

#[test]
fn every_step_of_a_call_has_its_own_deadline() {
    let steps: [(&str, Duration, &str); 3] = [
        ("", TRANSACTION_TIMEOUT, "the switchboard did not answer"),
        ("USR 1 OK a b\r\n", TRANSACTION_TIMEOUT, "the switchboard did not answer"),
        ("USR 1 OK a b\r\nCAL 2 RINGING 1\r\n", JOIN_TIMEOUT, "deadxxx@hotmail.com did not answer the call"),
    ];
    for (so_far, deadline, why) in steps {
        let mut desk = Desk::new();
        // The call was begun by an earlier message: its own expiry does not disturb.
        desk.say(1, FRIEND, Say::Nudge);
        desk.dial(link(0, 1));
        desk.bytes(link(0, 1), so_far);
        desk.done();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + deadline));
        desk.wait(deadline - Duration::from_millis(1));
        assert_eq!((desk.done(), desk.in_use()), (Vec::new(), 1));
        desk.wait(Duration::from_millis(1));
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        if why.contains("call") {
            assert_eq!(desk.heard(), ["1 sending".to_string(), format!("1 failed: {why}")]);
        } else {
            // Nothing of it was written, so it may go once more; after a minute in all, it has failed.
            assert!(desk.boards.wants_transfer());
            desk.wait(TRANSACTION_TIMEOUT);
            assert_eq!(desk.heard(), ["1 sending", "1 failed: could not be reached within 60 s"]);
        }
    }
}

#[test]
fn a_switchboard_that_answers_neither_time_is_named_as_the_reason() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    for number in 1..=2 {
        assert!(desk.boards.wants_transfer());
        desk.grant();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + CONNECT_TIMEOUT));
        desk.wait(CONNECT_TIMEOUT);
        assert_eq!(desk.done(), [format!("0.{number} connect 64.4.13.88:1863"), format!("0.{number} close")]);
    }
    assert_eq!(desk.heard(), ["1 sending", "1 failed: the switchboard did not answer"]);
}

#[test]
fn a_message_nobody_grants_a_switchboard_for_expires() {
    let mut desk = Desk::new();
    desk.say(1, FRIEND, Say::Nudge);
    assert!(desk.boards.wants_transfer());
    desk.wait(SECOND * 59);
    assert_eq!(desk.heard(), ["1 sending"]);
    desk.wait(SECOND);
    assert_eq!(desk.heard(), ["1 failed: could not be reached within 60 s"]);
    desk.grant();
    assert_eq!(desk.done(), [""; 0], "nobody needs it any more");
}

#[test]
fn an_answered_ring_has_deadlines_too() {
    for (so_far, deadline) in [("", TRANSACTION_TIMEOUT), ("ANS 1 OK\r\n", JOIN_TIMEOUT)] {
        let mut desk = Desk::new();
        desk.ring(FRIEND, "1");
        desk.connected(link(0, 1));
        desk.bytes(link(0, 1), so_far);
        desk.done();
        assert_eq!(desk.boards.wake_at(), Some(desk.now + deadline));
        desk.wait(deadline);
        assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
        assert_eq!(desk.heard(), [""; 0]);
    }
}

#[test]
fn whoever_comes_after_ans_ok_opens_the_conversation() {
    let mut desk = Desk::new();
    desk.ring(FRIEND, "1");
    desk.connected(link(0, 1));
    desk.bytes(link(0, 1), format!("ANS 1 OK\r\nJOI {FRIEND} D\r\n"));
    desk.say(1, FRIEND, Say::Nudge);
    desk.bytes(link(0, 1), "ACK 2\r\n");
    assert_eq!(desk.heard(), ["1 sending", "1 delivered"]);
}

#[test]
fn an_idle_conversation_is_left_with_out() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.done();
    desk.wait(SECOND * 200);
    desk.bytes(link(0, 1), msg(FRIEND, &plain("hi")));
    assert_eq!(desk.boards.wake_at(), Some(desk.now + SWITCHBOARD_IDLE));
    desk.wait(SWITCHBOARD_IDLE - SECOND);
    assert_eq!(desk.done(), [""; 0]);
    desk.wait(SECOND);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
    assert_eq!(desk.boards.wake_at(), None);
}

#[test]
fn half_a_command_is_not_waited_for_longer_than_half_a_minute() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    desk.bytes(link(0, 1), format!("JOI eve@x Eve\r\nMSG {FRIEND} Bob 100\r\nMIME"));
    desk.done();
    for _ in 0..29 {
        desk.wait(SECOND);
        desk.bytes(link(0, 1), "x");
    }
    assert_eq!(desk.done(), [""; 0]);
    desk.wait(SECOND);
    assert_eq!(desk.done(), [r"0.1 > OUT\r\n", "0.1 close"]);
}

#[test]
fn a_slow_but_steady_server_is_heard_out() {
    let mut desk = Desk::new();
    desk.answer(FRIEND, link(0, 1));
    for octet in msg(FRIEND, &plain("hi")).repeat(2).into_bytes() {
        desk.wait(SECOND / 5);
        desk.bytes(link(0, 1), [octet]);
    }
    assert_eq!(desk.heard(), ["deadxxx@hotmail.com (Bob): hi", "deadxxx@hotmail.com (Bob): hi"]);
}

//! MSN and QQ in the real program, over sockets: one list, two links, and neither in the other's way.

use serde_json::json;

use super::desk::{Auth, BOB, DESK, Desk, QQ_PASSWORD, WEI};
use super::ends::{GRACE, ended_well};
use super::number::Number;
use super::process::Program;
use super::sign_in::has_the_form;
use super::tap::Tap;

#[test]
fn a_friend_on_qq_is_seen_read_and_answered_beside_one_on_msn() {
    let desk = Desk::both(Auth::Md5, &[], "");
    let mut bob = desk.bob();
    let wei = Number::wei(&desk);
    let mut program = desk.run_online();
    program.await_any(&json!({ "contact": WEI, "presence": "online", "name": "微程" }));
    program.await_any(&json!({ "contact": BOB, "presence": "online", "name": "Bob" }));
    wei.posts("CMD=Change_Stat&ST=30");
    program.await_json(&json!({ "led": "wei", "rgb": "#ff0000" }));
    wei.posts("CMD=CLTMSG&UN=29501213&MG=在吗?");
    program.await_json(&json!({ "message": { "from": WEI, "kind": "text", "text": "在吗?" } }));
    program.await_json(&json!({ "display": ["微程", "在吗?"], "lit": true }));
    program.word("hold pause 400");
    program.word("click left");
    program.word("hold left");
    program.await_json(&json!({ "reply": { "to": WEI, "text": "Yes", "outcome": "delivered" } }));
    assert!(wei.posts("CMD=GetMsgEx").ends_with("Yes ,\r\n"));
    bob.calls(DESK);
    bob.says("lunch?");
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    program.said.iter().for_each(|line| has_the_form(line));
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
    let gone = wei.posts("CMD=Query_Stat&TN=50&UN=0");
    assert!(gone.contains("SN=0"), "the desk has signed out: {gone}");
}

#[test]
fn a_qq_server_that_says_nothing_keeps_nobody_from_msn() {
    let desk = Desk::both(Auth::Md5, &["qq silence any"], "");
    let mut bob = desk.bob();
    let mut program = desk.run();
    program.await_link("online");
    bob.calls(DESK);
    bob.says("hello?");
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    program.word("hold pause 400");
    program.word("click left");
    program.word("hold left");
    program.await_json(&json!({ "reply": { "to": BOB, "outcome": "delivered" } }));
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn a_refused_login_is_told_with_the_reason_and_msn_goes_on() {
    let desk = Desk::both(Auth::Md5, &["qq refuse-login 密码错误"], "");
    let mut program = desk.run();
    program.await_any(&json!({ "link": "qq", "state": "refused", "why": "login refused: 密码错误" }));
    program.await_any(&json!({ "link": "msn", "state": "online" }));
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn neither_the_password_nor_its_md5_is_told_whatever_is_logged() {
    let desk = Desk::both(Auth::Md5, &[], "");
    let tap = Tap::before(&desk.service.qq);
    desk.configure_both(Auth::Md5, &tap.address);
    let mut command = desk.command();
    command.args(["--log", "trace"]);
    let mut program = Program::start(command);
    program.await_any(&json!({ "link": "qq", "state": "online" }));
    let said = tap.said();
    let proof = said.split('&').find_map(|field| field.strip_prefix("PS=")).expect("a Login").to_owned();
    assert_eq!(proof.len(), 32, "{proof}");
    program.word("quit");
    let ended = program.ends_within(GRACE);
    let everything = [ended.out.concat(), ended.err].concat().to_lowercase();
    for secret in [QQ_PASSWORD, &proof.to_lowercase()] {
        assert!(!everything.contains(secret), "{secret} was told");
    }
}

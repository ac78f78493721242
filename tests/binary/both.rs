//! MSN and QQ in the real program, over sockets: one list, two links, and neither in the other's way.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::desk::{Auth, BOB, DESK, Desk, accounts};
use super::ends::{GRACE, ended_well};
use super::process::Program;
use super::service::Service;
use super::sign_in::has_the_form;
use super::tap::Tap;

const WEI: &str = "qq:24259132";
const QQ_PASSWORD: &str = "canary-qq-51b0";

/// A desk with both accounts, at a service with `more` accounts and these faults.
pub(crate) fn desk(more: &str, faults: &[&str]) -> Desk {
    let home = tempfile::tempdir().unwrap();
    let numbers = format!(
        "[[qq]]\nuin = 29501213\npassword = \"{QQ_PASSWORD}\"\nfriends = [24259132]\n\
         [[qq]]\nuin = 24259132\npassword = \"weicheng\"\nname = \"微程\"\nfriends = [29501213]\n"
    );
    let service = Service::open(home.path(), &format!("{}{numbers}{more}", accounts()), faults);
    let desk = Desk::at(service, home);
    let server = desk.service.qq.clone();
    configure(&desk, &server);
    let file = desk.home.path().join("qq.pw");
    fs::write(&file, format!("{QQ_PASSWORD}\n")).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    desk
}

/// Adds QQ to the configuration, with its server there.
fn configure(desk: &Desk, server: &str) {
    desk.configure(Auth::Md5, &desk.service.dispatch);
    let qq = format!(
        "[qq]\nserver = \"http://{server}\"\nuin = 29501213\npassword_file = \"qq.pw\"\npoll = \"5s\"\n\
         [[light]]\nled = \"wei\"\npresence_of = \"{WEI}\"\n[[light]]\nled = \"qq\"\nlink = \"qq\"\n"
    );
    let config = fs::read_to_string(desk.config()).unwrap();
    fs::write(desk.config(), format!("{config}\n{qq}")).unwrap();
}

/// Wei's client: what it posts is answered, and no more.
fn wei(desk: &Desk, request: &str) -> String {
    let body = format!("VER=1.1&SEQ={}&UIN=24259132&{request}", fastrand::u32(1000..9_999_999));
    let mut door = TcpStream::connect(&desk.service.qq).unwrap();
    write!(door, "POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    door.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn wei_signs_in(desk: &Desk) {
    // MD5 of "weicheng".
    let answer = wei(desk, "CMD=Login&PS=a4b109379c4ca468bf6469eb49ccd4de&M5=1&LC=9326B87B234E7235");
    assert!(answer.contains("RES=0&RS=0"), "{answer}");
}

fn online(desk: &Desk) -> Program {
    let mut program = desk.run();
    for network in ["msn", "qq"] {
        program.await_any(&json!({ "link": network, "state": "online" }));
    }
    program
}

#[test]
fn a_friend_on_qq_is_seen_read_and_answered_beside_one_on_msn() {
    let desk = desk("", &[]);
    let mut bob = desk.bob();
    wei_signs_in(&desk);
    let mut program = online(&desk);
    program.await_any(&json!({ "contact": WEI, "presence": "online", "name": "微程" }));
    program.await_any(&json!({ "contact": BOB, "presence": "online", "name": "Bob" }));
    wei(&desk, "CMD=Change_Stat&ST=30");
    program.await_json(&json!({ "led": "wei", "rgb": "#ff0000" }));
    wei(&desk, "CMD=CLTMSG&UN=29501213&MG=在吗?");
    program.await_json(&json!({ "message": { "from": WEI, "kind": "text", "text": "在吗?" } }));
    program.await_json(&json!({ "display": ["微程", "在吗?"], "lit": true }));
    program.word("hold pause 400");
    program.word("click left");
    program.word("hold left");
    program.await_json(&json!({ "reply": { "to": WEI, "text": "Yes", "outcome": "delivered" } }));
    assert!(wei(&desk, "CMD=GetMsgEx").ends_with("Yes ,\r\n"));
    bob.calls(DESK);
    bob.says("lunch?");
    program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
    program.said.iter().for_each(|line| has_the_form(line));
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
    let gone = wei(&desk, "CMD=Query_Stat&TN=50&UN=0");
    assert!(gone.contains("SN=0"), "the desk has signed out: {gone}");
}

#[test]
fn a_qq_server_that_says_nothing_keeps_nobody_from_msn() {
    let desk = desk("", &["qq silence any"]);
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
    let desk = desk("", &["qq refuse-login 密码错误"]);
    let mut program = desk.run();
    program.await_any(&json!({ "link": "qq", "state": "refused", "why": "login refused: 密码错误" }));
    program.await_any(&json!({ "link": "msn", "state": "online" }));
    program.word("quit");
    ended_well(&program.ends_within(GRACE));
}

#[test]
fn neither_the_password_nor_its_md5_is_told_whatever_is_logged() {
    let desk = desk("", &[]);
    let tap = Tap::before(&desk.service.qq);
    configure(&desk, &tap.address);
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

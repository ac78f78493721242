//! `nudged emulate` at its own door.

use rustix::process::Signal;

use super::desk::{Auth, Desk};
use super::ends::GRACE;
use super::process::Program;
use super::service::emulate;

#[test]
fn both_signals_end_it_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = Program::start(emulate());
        program.await_line("its last address", |line| line.starts_with("nexus https://localhost:"));
        program.signal(signal);
        assert_eq!(program.ends_within(GRACE).status.code(), Some(0));
    }
}

#[test]
fn the_qq_door_is_opened_on_request_and_answers() {
    use std::io::{Read as _, Write as _};
    let mut command = emulate();
    command.args(["--qq", "127.0.0.1:0", "--fault", "qq no-crlf"]);
    let mut program = Program::start(command);
    let line = program.await_line("the QQ door", |line| line.starts_with("qq 127.0.0.1:"));
    let mut stream = std::net::TcpStream::connect(line.trim_start_matches("qq ").trim()).unwrap();
    let body = "VER=1.1&CMD=Logout&SEQ=4&UIN=29501213";
    write!(stream, "POST HTTP/1.1\r\nContent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    assert!(heard.ends_with("\r\n\r\nVER=1.1&CMD=LOGOUT&SEQ=4&UIN=29501213&RES=0"), "{heard}");
    program.signal(Signal::TERM);
    let ended = program.ends_within(GRACE);
    assert_eq!(ended.status.code(), Some(0));

    let mut command = emulate();
    command.args(["--qq", "8000"]);
    let refused = Program::start(command).ends_within(GRACE);
    assert_eq!(refused.status.code(), Some(64));
    assert!(refused.err.contains("--qq: found \"8000\", expected an address and a port"), "{}", refused.err);
}

#[test]
fn it_ends_with_clients_as_well() {
    let Desk { service, home } = Desk::new(Auth::Md5);
    let _bob = super::friend::Friend::sign_in(&service.notification, super::desk::BOB, "builder");
    service.program.signal(Signal::TERM);
    assert_eq!(service.program.ends_within(GRACE).status.code(), Some(0));
    drop(home);
}

#[test]
fn the_faults_are_listed_on_request_and_when_one_is_none() {
    let mut command = emulate();
    command.args(["--fault", "help"]);
    let listed = Program::start(command).ends_within(GRACE);
    assert_eq!((listed.status.code(), listed.err.as_str()), (Some(0), ""));
    let mut command = emulate();
    command.args(["--fault", "nonsense"]);
    let refused = Program::start(command).ends_within(GRACE);
    assert_eq!((refused.status.code(), refused.out.len()), (Some(64), 0));
    assert!(
        refused.err.starts_with("nudged: --fault: fault \"nonsense\" is unknown; expected one of: "),
        "{}",
        refused.err
    );
    for word in ["silence", "refuse", "cut", "drip", "once", "for"] {
        assert!(
            listed.out.iter().any(|line| line.trim_start().starts_with(word)),
            "{word} in {:?}",
            listed.out
        );
        assert!(refused.err.contains(word));
    }
    assert!(listed.out.iter().any(|line| line.contains("usr-s")), "the steps are named: {:?}", listed.out);
}

#[test]
fn a_port_that_is_taken_is_74_and_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = super::process::host_nudged();
    command.args(["emulate", "--passport", &address, "--msn", "127.0.0.1:0"]);
    let ended = Program::start(command).ends_within(GRACE);
    assert_eq!((ended.status.code(), ended.out.len()), (Some(74), 0));
    assert!(ended.err.contains(&address), "{}", ended.err);
}

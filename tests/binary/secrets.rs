//! Secrets stay secret: not in logs, lines, arguments or the environment, and not in memory others may read.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use serde_json::json;

use super::desk::{Auth, BOB, DESK, Desk, PASSWORD};
use super::ends::GRACE;
use super::process::{Program, clean, copy_program};
use super::tap::Tap;

#[test]
fn no_secret_is_told_whatever_is_logged() {
    for auth in [Auth::Md5, Auth::Passport] {
        let desk = Desk::new(auth);
        let tap = Tap::before(&desk.service.notification);
        desk.configure(auth, &tap.address);
        let mut command = desk.command();
        command.args(["--log", "trace,rustls=trace,async_io=trace,polling=trace"]);
        let mut bob = desk.bob();
        let mut program = Program::start(command);
        program.await_link("online");
        bob.calls(DESK);
        bob.says("hello?");
        program.await_json(&json!({ "waiting": { "from": BOB, "unread": 1 } }));
        let secrets = secrets_on_the_wire(&tap.said());
        let outside = [readable(&program, "cmdline"), readable(&program, "environ")].concat();
        program.word("quit");
        let ended = program.ends_within(GRACE);
        assert!(ended.err.contains("debug"), "there is a log to search: {}", ended.err);
        let everything = [outside, ended.out.concat(), ended.err].concat();
        for secret in secrets {
            assert!(!everything.contains(&secret), "{secret} was told");
        }
    }
}

/// What proves who the desk is: the start of the password, which no escaping changes, and what USR carried.
fn secrets_on_the_wire(said: &str) -> Vec<String> {
    let proof =
        said.lines().find_map(|line| line.strip_prefix("USR ")?.split_once(" S ")).expect("a sign-in").1;
    assert!(proof.len() >= 20, "{proof}");
    let (start, _) = PASSWORD.split_once('+').unwrap();
    let parts = proof.split(['&', '=']).filter(|part| part.len() > 4).map(str::to_owned);
    [start.to_owned(), proof.to_owned()].into_iter().chain(parts).collect()
}

/// A file of its `/proc`; one that the kernel keeps from us tells nothing to anybody else either.
fn readable(program: &Program, name: &str) -> String {
    match program.proc(name) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => String::new(),
        read => read.unwrap(),
    }
}

#[test]
fn it_leaves_no_core_listens_nowhere_and_has_two_threads_at_most() {
    let desk = Desk::new(Auth::Passport);
    let program = desk.online();
    let limits = program.proc("limits").unwrap();
    let core = limits.lines().find(|row| row.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    assert!(program.status("Threads") <= 2, "{} threads", program.status("Threads"));
    assert_eq!(listening(program.id()).unwrap_or_default(), 0);
    // The same question to one that does listen: the emulator, with its five doors.
    assert_eq!(listening(desk.service.program.id()), Some(5));
}

/// How many sockets of a process listen; `None` if the kernel keeps its files from us.
fn listening(id: u32) -> Option<usize> {
    let files = match fs::read_dir(format!("/proc/{id}/fd")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return None,
        files => files.unwrap(),
    };
    let links: Vec<String> = files
        .filter_map(|file| fs::read_link(file.unwrap().path()).ok()?.to_str().map(str::to_owned))
        .collect();
    let tables =
        ["tcp", "tcp6"].map(|name| fs::read_to_string(format!("/proc/{id}/net/{name}")).unwrap_or_default());
    let rows = tables.iter().flat_map(|table| table.lines().skip(1));
    let inodes = rows.filter_map(|row| {
        let fields: Vec<&str> = row.split_whitespace().collect();
        (fields[3] == "0A").then(|| format!("socket:[{}]", fields[9]))
    });
    Some(inodes.filter(|inode| links.contains(inode)).count())
}

/// The kernel gives the files in `/proc` of a process whose memory is closed to others to root. That shows nothing where everything
/// is root's: there the program is run as nobody.
#[test]
fn others_of_the_same_user_cannot_read_its_memory() {
    let desk = Desk::new(Auth::Md5);
    let root = rustix::process::geteuid().is_root();
    let mut command = if root { as_nobody(&desk) } else { desk.command() };
    let mut control = clean("sleep");
    control.arg("60");
    if root {
        control.uid(NOBODY).gid(NOBODY);
    }
    command.args(["--log", "off"]);
    let mut program = Program::start(command);
    program.await_link("online");
    let control = Program::start(control);
    let owner = |program: &Program| fs::metadata(format!("/proc/{}/environ", program.id())).unwrap().uid();
    assert_eq!(owner(&program), 0);
    assert_ne!(owner(&control), 0, "an open process belongs to its user");
}

/// The desk's command with a copy of the program, both in the hands of nobody.
fn as_nobody(desk: &Desk) -> Command {
    let home = desk.home.path();
    let copy = home.join("nudged");
    copy_program(env!("CARGO_BIN_EXE_nudged"), &copy);
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    for path in [home, &copy, &desk.config(), &home.join("pw")] {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut command = clean(copy);
    command.args(desk.command().get_args()).uid(NOBODY).gid(NOBODY);
    command
}

const NOBODY: u32 = 65534;

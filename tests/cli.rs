//! The real program: its exit codes, what it prints where, and that it never prints a password.

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// What a run of the program left behind.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            err: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

fn nudged(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nudged"));
    command.args(args).stdin(Stdio::null());
    for variable in
        ["NUDGED_LOG", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "RUNTIME_DIRECTORY"]
    {
        command.env_remove(variable);
    }
    command
}

fn ran(args: &[&str]) -> Ran {
    nudged(args).output().expect("the program runs").into()
}

fn ran_with_input(args: &[&str], input: &[u8]) -> Ran {
    let mut child = nudged(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    // A program that refuses early may have closed its stdin.
    let _ = child.stdin.take().expect("stdin is piped").write_all(input);
    child.wait_with_output().expect("the program ends").into()
}

const COMMANDS: [&str; 17] = [
    "run", "demo", "check", "emulate", "passwd", "doctor", "test", "list", "blank", "status", "ack", "reply",
    "set", "contact", "group", "name", "phone",
];

const RIGHT: &str = "\
[msn]
server = \"10.0.0.1\"
account = \"desk@example.net\"
auth = \"md5\"
password_file = \"pw\"

[[light]]
led = \"desk\"
presence_of = \"bob@example.net\"

[buttons]
left = { click = \"acknowledge\", hold = \"status:away\" }
";

/// [`RIGHT`] with an account on QQ beside.
fn right_on_both() -> String {
    let qq = "[qq]\nserver = \"http://192.168.1.5:8000\"\nuin = 29501213\npassword_file = \"qq.pw\"\n";
    format!("{RIGHT}\n{qq}")
}

/// A directory with a configuration.
fn with_config(text: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("nudged.toml");
    fs::write(&file, text).expect("a file");
    (directory, file.to_str().expect("UTF-8").to_owned())
}

fn write_password(directory: &Path, content: &str, mode: u32) -> std::path::PathBuf {
    write_secret(directory.join("pw"), content, mode)
}

fn write_secret(file: std::path::PathBuf, content: &str, mode: u32) -> std::path::PathBuf {
    fs::write(&file, content).expect("a file");
    fs::set_permissions(&file, Permissions::from_mode(mode)).expect("a mode");
    file
}

#[test]
fn help_and_version_go_to_stdout_with_0() {
    for args in [&["--help"][..], &["-h"], &["help"]] {
        let ran = ran(args);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{args:?}");
        for command in COMMANDS {
            assert!(ran.out.contains(&format!("\n  {command} ")), "{command}");
        }
        assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    }
    assert_eq!(ran(&["--version"]).out, concat!("nudged ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn every_command_explains_itself_and_its_options() {
    for command in COMMANDS {
        let (long, word) = (ran(&[command, "--help"]), ran(&["help", command]));
        assert_eq!(long.code, Some(0), "{command}");
        assert!(long.out.contains(&format!("Usage: nudged {command}")), "{}", long.out);
        assert_eq!(long.out, word.out);
        assert!(long.out.lines().all(|line| line.chars().count() <= 80), "{command}");
    }
}

#[test]
fn no_command_at_all_is_64_with_the_help_on_stderr() {
    let ran = ran(&[]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(64), ""));
    assert!(ran.err.contains("Usage: nudged COMMAND"));
}

#[test]
fn a_wrong_command_line_is_64_and_names_the_nearest_right_word() {
    for (args, message) in [
        (&["chek"][..], "nudged: unknown command \"chek\"; did you mean \"check\"?"),
        (&["help", "demmo"], "nudged: unknown command \"demmo\"; did you mean \"demo\"?"),
        (
            &["frobnicate"],
            "nudged: unknown command \"frobnicate\"; expected demo, check, doctor, test, passwd, run, status, ack, reply, set, contact, group, name, phone, list, blank or emulate",
        ),
        (&["help", "check", "extra"], "nudged: help: unexpected \"extra\""),
        (&["help", "--bogus"], "nudged: help: unexpected \"--bogus\""),
        (&["--help", "junk"], "nudged: --help: unexpected \"junk\""),
        (&["-V", "-x"], "nudged: --version: unexpected \"-x\""),
        (&["--version=2"], "nudged: unexpected argument for option '--version': \"2\""),
        (&["--hepl"], "nudged: unknown option \"--hepl\" before the command; did you mean \"--help\"?"),
        (&["run", "--bord", "x"], "nudged: run: unknown option \"--bord\"; did you mean \"--board\"?"),
        (&["check", "-x"], "nudged: check: unknown option \"-x\"; expected --config, --board or --help"),
        (&["check", "--config"], "nudged: --config: expected a value behind it"),
        (&["check", "--config="], "nudged: --config: found an empty value"),
        (&["check", "file.toml"], "nudged: check: unexpected \"file.toml\""),
        (&["check", "\u{1b}[2J"], "nudged: check: unexpected \"\\u{1b}[2J\""),
        (&["passwd"], "nudged: passwd: expected the account: msn or qq"),
        (&["passwd", "msm"], "nudged: passwd: found \"msm\"; did you mean \"msn\"?"),
        (&["passwd", "qqq"], "nudged: passwd: found \"qqq\"; did you mean \"qq\"?"),
        (&["list", "bords"], "nudged: list: found \"bords\"; did you mean \"boards\"?"),
        (&["list", "x"], "nudged: list: found \"x\"; expected boards, lines or leds"),
        (
            &["list", "boards", "--board", "nope"],
            "nudged: list: boards takes no --board; it lists those there are",
        ),
        (
            &["list", "boards", "rpi", "--config", "/nope"],
            "nudged: list: boards takes no --config; it lists those there are",
        ),
        (&["test"], "nudged: test: expected what to test: leds, buttons or display"),
        (&["test", "led"], "nudged: test: found \"led\"; did you mean \"leds\"?"),
        (&["blank", "rpi"], "nudged: blank: unexpected \"rpi\""),
        (
            &["doctor", "--log", "x"],
            "nudged: doctor: unknown option \"--log\"; expected --config, --board or --help",
        ),
        (
            &["demo", "--seed", "x"],
            "nudged: --seed: found \"x\", expected a number of 0 to 18446744073709551615",
        ),
        (
            &["demo", "--board", "rpi-zero-2w"],
            "nudged: demo: found the board \"rpi-zero-2w\", expected terminal or headless",
        ),
        (
            &["emulate", "--msn", "127.0.0.1:65534"],
            "nudged: --msn: found \"127.0.0.1:65534\", expected a port up to 65533, as notification server and switchboard take the next two",
        ),
        (&["status", "--jsn"], "nudged: status: unknown option \"--jsn\"; did you mean \"--json\"?"),
        (&["status", "bob"], "nudged: status: expected nothing behind it"),
        (&["reply"], "nudged: reply: expected the number of a reply, and perhaps to whom"),
        (&["reply", "0"], "nudged: reply: found \"0\", expected the number of a reply, from 1"),
        (&["set", "bsy"], "nudged: set: found \"bsy\"; did you mean \"busy\"?"),
        (&["contact", "blok", "bob"], "nudged: contact: found \"blok\"; did you mean \"block\"?"),
        (&["group", "move", "bob"], "nudged: group move: expected whom, and into which group"),
        (&["name"], "nudged: name: expected a name"),
        (&["phone", "hom", "1"], "nudged: phone: found \"hom\"; did you mean \"home\"?"),
        (
            &["run", "--log", "loud"],
            "nudged: --log: found \"loud\", expected off, error, warn, info, debug, trace or ROOM=LEVEL",
        ),
    ] {
        let ran = ran(args);
        assert_eq!(ran.code, Some(64), "{args:?}: {}", ran.err);
        // Behind the name of a command, that command's help says more.
        let help = if COMMANDS.contains(&args[0]) {
            format!("nudged {} --help", args[0])
        } else {
            "nudged --help".to_owned()
        };
        assert_eq!(ran.err, format!("{message}\nTry: {help}\n"));
        assert_eq!(ran.out, "");
    }
}

#[test]
fn a_wrong_filter_in_the_environment_is_named_as_such() {
    let ran: Ran = nudged(&["run"]).env("NUDGED_LOG", "msn=debug").output().expect("runs").into();
    assert_eq!(ran.code, Some(64));
    assert_eq!(
        ran.err,
        "nudged: NUDGED_LOG: found the room \"msn\"; did you mean \"msnp\"?\nTry: nudged run --help\n"
    );
}

#[test]
fn list_boards_says_in_a_line_each_what_they_are() {
    let ran = ran(&["list", "boards"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let names: Vec<&str> = ran.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names[..2], ["terminal", "headless"], "{}", ran.out);
    assert!(names.contains(&"rpi-zero-2w"), "{}", ran.out);
    assert!(ran.out.lines().all(|line| line.split_whitespace().count() > 2), "{}", ran.out);
}

#[test]
fn check_tells_every_mistake_with_its_place_and_78() {
    let (_directory, file) = with_config("[msn]\nsever = \"x\"\n[display]\nblank_after = \"1s\"\n");
    let ran = ran(&["check", "--config", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 5, "{}", ran.err);
    assert!(
        lines.contains(
            &format!("{file}:2:1: unknown key \"sever\" in [msn]; did you mean \"server\"?").as_str()
        )
    );
    assert_eq!(lines[4], format!("{file}:4:15: blank_after: found \"1s\", expected \"5s\" to \"24h\""));
}

#[test]
fn every_mistake_of_a_board_file_is_told_on_a_line_of_its_own_whoever_asks() {
    let (directory, file) = with_config(RIGHT);
    write_password(directory.path(), "canary-7f3a", 0o600);
    let board = directory.path().join("mine.toml");
    let board = board.to_str().expect("UTF-8");
    fs::write(board, "[leds.desk]\nline = 'GPIO17'\nactive = 1\n[buttons.left]\nline = 5\n").expect("a file");
    for command in ["check", "run", "blank"] {
        let ran = ran(&[command, "--config", &file, "--board", board]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""));
        let lines: Vec<&str> = ran.err.lines().collect();
        assert_eq!(lines.len(), 2, "{}", ran.err);
        assert!(
            lines[0].starts_with(&format!("{board}:3:1: led \"desk\" has no key \"active\"")),
            "{}",
            ran.err
        );
        assert!(lines[1].starts_with(&format!("{board}:5:8: button \"left\"")), "{}", ran.err);
    }
    let missing = ran(&["check", "--config", &file, "--board", "./no.toml"]);
    assert_eq!(
        missing.err,
        "--board: ./no.toml: there is no such file; boards that need none: nudged list boards\n"
    );
}

#[test]
fn check_says_what_a_right_configuration_will_do() {
    let (directory, file) = with_config(RIGHT);
    write_password(directory.path(), "canary-7f3a", 0o600);
    let ran = ran(&["check", "--config", &file]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(
        ran.out,
        format!(
            "{file}: ok\n\
             \x20 board    terminal\n\
             \x20 msn      desk@example.net signs in at 10.0.0.1:1863 as online\n\
             \x20          with MD5 over the plain connection\n\
             \x20          offering MSNP7 MSNP6 MSNP5 MSNP4 MSNP3 MSNP2\n\
             \x20 light    desk shows the presence of bob@example.net\n\
             \x20 button   left: click acknowledge, hold status:away\n"
        )
    );
}

#[test]
fn check_warns_of_a_password_it_cannot_reach_and_refuses_one_laid_open() {
    let (directory, file) = with_config(RIGHT);
    let missing = ran(&["check", "--config", &file]);
    assert_eq!(missing.code, Some(0));
    assert!(
        missing.err.starts_with("warning: ") && missing.err.contains("nudged passwd msn"),
        "{}",
        missing.err
    );
    let password = write_password(directory.path(), "canary-7f3a", 0o644);
    for command in ["check", "run"] {
        let open = ran(&[command, "--config", &file]);
        assert_eq!((open.code, open.out.as_str()), (Some(78), ""), "{command}");
        assert!(open.err.ends_with(&format!(": chmod 600 {}\n", password.display())), "{}", open.err);
        assert!(!open.err.contains("canary"), "{}", open.err);
    }
}

#[test]
fn check_says_what_both_accounts_will_do() {
    let (directory, file) = with_config(&right_on_both());
    write_password(directory.path(), "canary-7f3a", 0o600);
    write_secret(directory.path().join("qq.pw"), "canary-51b0", 0o600);
    let ran = ran(&["check", "--config", &file]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let rows = "  qq       qq:29501213 signs in at 192.168.1.5:8000 as online\n           over plain http, and asks every 15 s\n";
    assert!(ran.out.contains(rows) && !ran.out.contains("canary"), "{}", ran.out);
}

#[test]
fn a_missing_password_comes_with_the_whole_command_that_writes_it() {
    let (directory, file) = with_config(&right_on_both());
    let advice = |name: &str, network: &str| {
        format!(
            "{}: there is no such file, expected one with the password; \
             write it with: nudged passwd {network} --config {file}\n",
            directory.path().join(name).display()
        )
    };
    let checked = ran(&["check", "--config", &file]);
    assert_eq!(checked.code, Some(0));
    assert_eq!(checked.err, format!("warning: {}warning: {}", advice("pw", "msn"), advice("qq.pw", "qq")));
    for (network, account, name) in [("msn", "desk@example.net", "pw"), ("qq", "qq:29501213", "qq.pw")] {
        let run = ran(&["run", "--config", &file]);
        assert_eq!(run.code, Some(78));
        let told = format!("nudged: the password of {account}: {}", advice(name, network));
        assert!(run.err.ends_with(&told), "{}", run.err);
        // The advice is good as it stands.
        let wrote = ran_with_input(&["passwd", network, "--config", &file], b"canary-51b0\n");
        assert_eq!(wrote.code, Some(0), "{}", wrote.err);
    }
    assert_eq!(ran(&["check", "--config", &file]).err, "");
}

#[cfg(feature = "tls")]
#[test]
fn check_tells_of_every_file_at_once() {
    let config = right_on_both()
        .replace("auth = \"md5\"", "nexus = \"https://login.example.net/x\"\nca_file = \"ca.pem\"");
    let (directory, file) = with_config(&config);
    let pw = write_password(directory.path(), "canary-7f3a", 0o644);
    let qq = write_secret(directory.path().join("qq.pw"), "canary-51b0", 0o640);
    let ran = ran(&["check", "--config", &file]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(78), ""));
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", ran.err);
    assert!(lines[0].ends_with(&format!("mode is 0644, expected 0600: chmod 600 {}", pw.display())));
    assert!(lines[1].ends_with(&format!("mode is 0640, expected 0600: chmod 600 {}", qq.display())));
    assert!(lines[2].starts_with(&format!("{file}:5:11: ca_file: ")), "{}", lines[2]);
    assert!(!ran.err.contains("canary"), "{}", ran.err);
}

#[cfg(feature = "tls")]
#[test]
fn certificates_that_cannot_serve_are_told_by_check_and_run_in_the_same_words() {
    let config =
        RIGHT.replace("auth = \"md5\"", "nexus = \"https://login.example.net/x\"\nca_file = \"ca.pem\"");
    let (directory, file) = with_config(&config);
    write_password(directory.path(), "canary-7f3a", 0o600);
    let pem = directory.path().join("ca.pem");
    for content in [None, Some("no certificate\n")] {
        if let Some(content) = content {
            fs::write(&pem, content).expect("a file");
        }
        let check = ran(&["check", "--config", &file]);
        let run = ran(&["run", "--config", &file, "--log", "off"]);
        assert_eq!((check.code, run.code), (Some(78), Some(78)));
        let begins = format!("{file}:5:11: ca_file: {}: ", pem.display());
        assert!(check.err.starts_with(&begins) && check.err.lines().count() == 1, "{}", check.err);
        assert_eq!(check.err, run.err);
    }
}

#[test]
fn a_warning_is_no_mistake() {
    let (directory, file) = with_config(&RIGHT.replace("10.0.0.1", "ms.example.net"));
    write_password(directory.path(), "x", 0o600);
    let ran = ran(&["check", "--config", &file]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.err.starts_with(&format!("warning: {file}:2:10: server: ms.example.net looks public")),
        "{}",
        ran.err
    );
}

#[test]
fn the_configurations_that_ship_are_right() {
    for name in ["nudged.toml", "minimal.toml", "demo.toml"] {
        let file = format!("{}/config/{name}", env!("CARGO_MANIFEST_DIR"));
        let ran = ran(&["check", "--config", &file]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        assert!(ran.out.starts_with(&format!("{file}: ok\n")));
    }
}

#[test]
fn a_configuration_that_is_not_there_is_78_and_one_that_cannot_be_read_is_74() {
    let directory = tempfile::tempdir().expect("a directory");
    let missing = directory.path().join("none.toml");
    for command in ["check", "run"] {
        let none = ran(&[command, "--config", missing.to_str().expect("UTF-8")]);
        assert_eq!(none.code, Some(78));
        assert!(
            none.err.contains("there is no such file") && none.err.contains("nudged demo"),
            "{}",
            none.err
        );
        let unreadable = ran(&[command, "--config", directory.path().to_str().expect("UTF-8")]);
        assert_eq!(unreadable.code, Some(74), "{}", unreadable.err);
    }
}

#[test]
fn a_board_nobody_knows_is_78_and_named() {
    let (_directory, file) = with_config(RIGHT);
    let ran = ran(&["check", "--config", &file, "--board", "treminal"]);
    assert_eq!(ran.code, Some(78));
    assert!(
        ran.err.starts_with("--board: no board is called \"treminal\"; did you mean \"terminal\"?"),
        "{}",
        ran.err
    );
}

#[test]
fn passwd_writes_what_stdin_says_for_its_owner_alone() {
    let (directory, file) = with_config(RIGHT);
    let ran = ran_with_input(&["passwd", "msn", "--config", &file], b"canary-7f3a\n");
    let password = directory.path().join("pw");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.out, format!("wrote {}, mode 0600\n", password.display()));
    assert_eq!(fs::read(&password).expect("a file"), b"canary-7f3a\n");
    assert_eq!(fs::metadata(&password).expect("a file").mode() & 0o7777, 0o600);
}

#[test]
fn passwd_writes_the_file_of_the_network_that_is_named_and_no_other() {
    let (directory, file) = with_config(&right_on_both());
    let msn = write_password(directory.path(), "canary-7f3a", 0o600);
    let ran = ran_with_input(&["passwd", "qq", "--config", &file], "canary-微程\n".as_bytes());
    let qq = directory.path().join("qq.pw");
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(ran.out, format!("wrote {}, mode 0600\n", qq.display()));
    assert_eq!(fs::read_to_string(&qq).expect("a file"), "canary-微程\n");
    assert_eq!(fs::metadata(&qq).expect("a file").mode() & 0o7777, 0o600);
    assert_eq!(fs::read_to_string(&msn).expect("a file"), "canary-7f3a");
}

#[test]
fn passwd_refuses_what_is_no_password_and_writes_nothing() {
    let (directory, file) = with_config(RIGHT);
    for input in [&b""[..], b"\n", b"canary\nline two\n", b"canary\xff\n", &[b'x'; 300], &[b'x'; 5000]] {
        let ran = ran_with_input(&["passwd", "msn", "--config", &file], input);
        assert_eq!(ran.code, Some(1), "{}", ran.err);
        assert!(ran.err.ends_with("nothing was written\n") && !ran.err.contains("canary"), "{}", ran.err);
    }
    assert_eq!(fs::read_dir(directory.path()).expect("a directory").count(), 1);
}

#[test]
fn files_that_are_not_there_are_told_in_the_same_words() {
    let accounts = ran(&["emulate", "--accounts", "/nowhere/accounts.toml"]);
    assert_eq!(accounts.err, "nudged: /nowhere/accounts.toml: there is no such file\n");
    assert_eq!(accounts.code, Some(74));
    let (directory, file) = with_config(&RIGHT.replace("[msn]\n", "[msn]\nca_file = \"no.pem\"\n"));
    write_password(directory.path(), "canary-7f3a", 0o600);
    let ca = ran(&["check", "--config", &file]);
    let path = directory.path().join("no.pem");
    assert!(
        ca.err.ends_with(&format!(" ca_file: {}: there is no such file\n", path.display())),
        "{}",
        ca.err
    );
    assert_eq!((ca.code, ca.out.as_str()), (Some(78), ""));
}

#[test]
fn passwd_says_which_directory_is_missing() {
    let (directory, file) = with_config("[msn]\npassword_file = \"not/there\"\n");
    let ran = ran_with_input(&["passwd", "msn", "--config", &file], b"x\n");
    assert_eq!(ran.code, Some(74));
    let missing = directory.path().join("not");
    assert!(ran.err.ends_with(&format!("mkdir -p {}\n", missing.display())), "{}", ran.err);
}

#[test]
fn a_reader_that_has_gone_is_74_and_no_panic() {
    let full = File::options().write(true).open("/dev/full").expect("/dev/full");
    let output = nudged(&["--help"]).stdout(full).output().expect("the program runs");
    let ran = Ran::from(output);
    assert_eq!(ran.code, Some(74));
    assert!(ran.err.starts_with("nudged: stdout: "), "{}", ran.err);
}

/// Runs what warns once and then fails, because others can read its password.
fn warned_and_failed(stderr: File, stream: Option<&str>, filter: &str) {
    let (directory, file) = with_config(&RIGHT.replace("10.0.0.1", "ms.example.net"));
    write_password(directory.path(), "x", 0o644);
    let mut command = nudged(&["run", "--config", &file, "--log", filter]);
    if let Some(stream) = stream {
        command.env("JOURNAL_STREAM", stream);
    }
    let status = command.stderr(stderr).status().expect("the program runs");
    assert_eq!(status.code(), Some(78));
}

#[test]
fn the_log_has_priorities_only_where_stderr_is_the_journal() {
    let log = tempfile::NamedTempFile::new().expect("a file");
    let facts = log.as_file().metadata().expect("its facts");
    let journal = format!("{}:{}", facts.dev(), facts.ino());
    for (stream, filter, warning, failure) in [
        (Some(journal.as_str()), "info", Some("<4>config: "), "<3>nudged: "),
        (Some("1:2"), "info", Some("   0."), "nudged: "),
        (None, "warn", Some("   0."), "nudged: "),
        (None, "cli=error", None, "nudged: "),
        (None, "net=off", Some("   0."), "nudged: "),
    ] {
        log.as_file().set_len(0).expect("an empty file");
        warned_and_failed(File::options().append(true).open(log.path()).expect("the file"), stream, filter);
        let text = fs::read_to_string(log.path()).expect("the log");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + usize::from(warning.is_some()), "{text}");
        if let Some(warning) = warning {
            assert!(lines[0].starts_with(warning) && lines[0].contains("config: "), "{text}");
        }
        assert!(lines[lines.len() - 1].starts_with(failure), "{text}");
    }
}

/// A board file with lines and a bus that no machine has.
const NOWHERE: &str = "[leds.desk]\nline = 'no-such-chip/7'\n\n[buttons.left]\nline = 'no-such-chip/8'\n\n\
                       [display]\nbus = '/dev/no-such-bus'\n";

#[test]
fn blank_needs_the_board_alone_and_says_what_it_could_not_reach() {
    let (directory, config) = with_config("board = 'nowhere.toml'\n[msn]\nserver = 5\n[[light]\n");
    fs::write(directory.path().join("nowhere.toml"), NOWHERE).expect("a file");
    let ran = self::ran(&["blank", "--config", &config]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(74), ""), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.err);
    assert!(lines[0].starts_with("nudged: blank: led \"desk\" on no-such-chip/7: "), "{}", ran.err);
    assert!(lines[1].starts_with("nudged: blank: display: "), "{}", ran.err);
}

#[test]
fn blank_has_nothing_to_do_for_a_board_on_a_screen() {
    let (_directory, config) = with_config("board = 'headless'\nnonsense = 1\n");
    for args in [&["blank", "--config", &config][..], &["blank", "--board", "terminal"]] {
        let ran = self::ran(args);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(0), "", ""), "{args:?}");
    }
}

#[test]
fn a_board_that_nobody_names_or_knows_is_78() {
    let (_directory, config) = with_config("board = 7\n");
    for (args, message) in [
        (
            &["blank", "--config", "/no/such"][..],
            "nudged: /no/such: there is no such file to name the board; name it with",
        ),
        (
            &["test", "leds", "--config", "/no/such"],
            "nudged: /no/such: there is no such file to name the board",
        ),
        (&["blank", "--config", &config], &format!("{config}:1:9: board: found the number 7")),
        (&["blank", "--board", "rpi-zero2w"], "nudged: no board is called \"rpi-zero2w\"; did you mean"),
    ] {
        let ran = self::ran(args);
        assert_eq!(ran.code, Some(78), "{args:?}: {}", ran.err);
        assert!(ran.err.starts_with(message), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_board_file_is_printed_as_it_comes_with_the_program() {
    let ran = self::ran(&["list", "boards", "rpi"]);
    assert_eq!(
        (ran.code, ran.out.as_str(), ran.err.as_str()),
        (Some(0), include_str!("../boards/rpi.toml"), "")
    );
    for (name, message) in [
        (
            "rpi-zero2w",
            "nudged: list: board \"rpi-zero2w\" does not come with nudged; did you mean \"rpi-zero-2w\"?\n",
        ),
        ("terminal", "nudged: list: board \"terminal\" is only simulated and has no file\n"),
    ] {
        let ran = self::ran(&["list", "boards", name]);
        assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(78), "", message));
    }
    let ran = self::ran(&["list", "lines", "rpi"]);
    assert_eq!(ran.code, Some(64));
    assert!(ran.err.starts_with("nudged: list: unexpected \"rpi\"\n"), "{}", ran.err);
}

#[cfg(feature = "hardware")]
#[test]
fn a_board_of_the_command_line_must_be_one_before_anything_is_listed() {
    let (_directory, config) = with_config("board = 'nope'\n");
    for what in ["lines", "leds"] {
        let unknown = self::ran(&["list", what, "--board", "rpi4"]);
        assert_eq!((unknown.code, unknown.out.as_str()), (Some(78), ""));
        assert_eq!(unknown.err, "nudged: no board is called \"rpi4\"; did you mean \"rpi-4\"?\n");
        let missing = self::ran(&["list", what, "--config", "/no/such.toml"]);
        assert_eq!((missing.code, missing.out.as_str()), (Some(78), ""), "{}", missing.err);
        // What is configured may be wrong: this is one of the ways to find out what is right.
        let configured = self::ran(&["list", what, "--config", &config]);
        assert!(!configured.err.contains("nope"), "{}", configured.err);
        assert_ne!(configured.code, Some(78));
    }
}

#[test]
fn boards_are_listed_on_the_width_of_a_terminal() {
    let ran = self::ran(&["list", "boards"]);
    assert_eq!(ran.out.lines().find(|row| row.chars().count() > 80), None);
}

#[test]
fn a_test_of_what_the_board_has_not_is_78() {
    let (directory, _config) = with_config("");
    let file = directory.path().join("bare.toml");
    fs::write(&file, "[leds.desk]\nline = 'GPIO17'\n").expect("a file");
    let ran = self::ran(&["test", "buttons", "--board", file.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, Some(78));
    assert_eq!(ran.err, format!("nudged: test: board {} has no buttons\n", file.display()));
}

#[test]
fn doctor_looks_at_this_machine_without_changing_its_mind_about_what_is_wrong() {
    let (directory, config) = with_config("board = 'nowhere.toml'\n[msn]\nserver = 5\n");
    fs::write(directory.path().join("nowhere.toml"), NOWHERE).expect("a file");
    let ran = self::ran(&["doctor", "--config", &config]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "{}", ran.out);
    assert!(ran.out.contains(&format!("!!  configuration: {config} has ")), "{}", ran.out);
    assert!(ran.out.contains(&format!("nudged check --config {config}\n")), "{}", ran.out);
    assert!(ran.out.contains("\n!!  i2c: there is no /dev/no-such-bus\n"), "{}", ran.out);
    let marks = ["ok  ", "!!  ", "--  ", "      "];
    let (rest, last) = ran.out.trim_end().rsplit_once("\n\n").expect("a sum");
    assert!(last.ends_with(" wrong"), "{last}");
    assert!(rest.lines().all(|line| marks.iter().any(|mark| line.starts_with(mark))), "{rest}");
}

#[test]
fn doctor_is_content_with_a_board_on_a_screen() {
    let (directory, config) = with_config(&format!("board = 'terminal'\n{RIGHT}"));
    write_password(directory.path(), "secret\n", 0o600);
    let ran = self::ran(&["doctor", "--config", &config]);
    assert!(ran.out.contains("\nok  board: terminal, which needs nothing of this machine\n"), "{}", ran.out);
    assert!(ran.out.contains("\nok  password of msn: "), "{}", ran.out);
    assert!(!ran.out.contains("secret"), "{}", ran.out);
}

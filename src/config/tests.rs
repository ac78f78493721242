//! Tables of wrong configurations with their exact messages, and what right ones become.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::agent::Palette;
use crate::agent::{Action, Member, Privacy, Subject, Whose};
use crate::msnp::Auth;
use crate::presence::Status;
use crate::time::Duration;

/// A world with one real board.
struct OneBoard;

impl Boards for OneBoard {
    fn known(&self) -> Vec<String> {
        vec!["rpi-zero-2w".to_owned()]
    }

    fn names(&self, board: &BoardChoice) -> Result<Option<BoardNames>, Vec<Mistake>> {
        match board {
            BoardChoice::Named(name) if name == "rpi-zero-2w" => Ok(Some(BoardNames {
                board: name.clone(),
                leds: vec!["red".to_owned(), "amber".to_owned()],
                buttons: vec!["left".to_owned()],
                warnings: vec![Mistake { file: "b".to_owned(), place: Some((1, 2)), text: "odd".to_owned() }],
            })),
            BoardChoice::File(path) if path.ends_with("wrong.toml") => {
                let mistake = |line, text: &str| Mistake {
                    file: path.display().to_string(),
                    place: Some((line, 1)),
                    text: text.to_owned(),
                };
                Err(vec![mistake(2, "odd"), mistake(7, "odder")])
            }
            BoardChoice::File(path) => Err(vec![Mistake {
                file: path.display().to_string(),
                place: None,
                text: "there is no such file".to_owned(),
            }]),
            _ => Ok(None),
        }
    }
}

fn parsed(text: &str) -> Result<Config, Vec<Mistake>> {
    parse(Source { file: "f", text, base: Path::new("/etc/nudged"), board: None }, &OneBoard)
}

fn right(text: &str) -> Config {
    parsed(text).unwrap_or_else(|mistakes| panic!("{}", lines(&mistakes)))
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(|mistake| format!("{mistake}\n")).collect()
}

/// The messages for `text` behind a `[msn]` without mistakes; their lines are counted from the start of `text`.
fn mistakes_after_msn(text: &str) -> String {
    let whole = format!("{text}\n{MSN}");
    parsed(&whole).map_or_else(|mistakes| lines(&mistakes), |_| String::new())
}

/// The messages for keys of `[msn]`, whose header is line 1.
fn mistakes_in_msn(keys: &str) -> String {
    let whole = format!("[msn]\n{keys}");
    parsed(&whole).map_or_else(|mistakes| lines(&mistakes), |_| String::new())
}

const MSN: &str = "[msn]\nserver = \"10.0.0.1\"\naccount = \"desk@example.net\"\nauth = \"md5\"\n";

#[test]
fn a_wrong_nexus_is_told_beside_a_wrong_auth() {
    let told = mistakes_in_msn("server = \"a\"\naccount = \"a@b\"\nauth = \"md6\"\nnexus = \"http://a/x\"");
    assert!(told.starts_with("f:4:8: auth: ") && told.contains("\nf:5:9: nexus: "), "{told}");
}

#[test]
fn a_mistake_names_its_place_what_was_found_and_what_is_right() {
    for (text, message) in TABLE {
        assert_eq!(mistakes_after_msn(text), format!("{message}\n"), "{text}");
    }
}

const TABLE: &[(&str, &str)] = &[
    ("bord = \"x\"", "f:1:1: unknown key \"bord\"; did you mean \"board\"?"),
    ("[qq]\nuin = 1", "f:1:1: [qq] has no server; add server = \"http://127.0.0.1:8000\""),
    (
        "[[rule]]\nled = \"x\"",
        "f:1:3: unknown key \"rule\"; expected board, msn, qq, people, sets, light, replies, buttons, display or watchdog",
    ),
    ("[watchdog]", "f:1:1: [watchdog] has no device; add device = \"/dev/watchdog0\""),
    (
        "[watchdog]\ndevice = \"/dev/watchdog\"",
        "f:2:10: device: found \"/dev/watchdog\", expected a watchdog of the kernel by its number, such as \"/dev/watchdog0\"",
    ),
    (
        "[watchdog]\ndevice = \"/dev/watchdog0/../sda\"",
        "f:2:10: device: found \"/dev/watchdog0/../sda\", expected a watchdog of the kernel by its number, such as \"/dev/watchdog0\"",
    ),
    (
        "[watchdog]\ndevice = 0\ntimeout = \"15s\"",
        "f:2:10: device: found the number 0, expected a text such as \"/dev/watchdog0\"\nf:3:1: unknown key \"timeout\" in [watchdog]; expected device",
    ),
    ("board = 5", "f:1:9: board: found the number 5, expected a text such as \"terminal\""),
    (
        "board = \"rpi-zero-2\"",
        "f:1:9: board: no board is called \"rpi-zero-2\"; did you mean \"rpi-zero-2w\"?",
    ),
    (
        "board = \"nano\"",
        "f:1:9: board: no board is called \"nano\"; \
         expected terminal, headless, rpi-zero-2w or the path of a board file",
    ),
    ("board = \"b/x.toml\"", "f:1:9: board: /etc/nudged/b/x.toml: there is no such file"),
    (
        "board = \"rpi-zero-2w\"\n[[light]]\nled = [\"red\", \"green\"]\nmail = true",
        "f:3:15: led \"green\": board rpi-zero-2w has no such LED (it has red and amber)",
    ),
    (
        "board = \"rpi-zero-2w\"\n[buttons]\nright = { click = \"wake\" }",
        "f:3:1: button \"right\": board rpi-zero-2w has no such button (it has left)",
    ),
    (
        "[people]\nbob = \"bob\"",
        "f:2:7: bob: found \"bob\", expected an address such as \"desk@example.net\"",
    ),
    (
        "[people]\nbob = \"b\u{f3}b@example.net\"",
        "f:2:7: bob: found \"b\u{f3}b@example.net\", expected an address such as \"desk@example.net\", of ASCII letters",
    ),
    (
        "[people]\n\"b b\" = \"b@example.net\"",
        "f:2:1: name: found \"b b\", expected 1 to 32 letters, digits, \"-\", \"_\" or \".\"",
    ),
    (
        "[people]\nwei = \"qq:wei\"",
        "f:2:7: wei: found \"qq:wei\", expected a QQ number such as \"qq:24259132\"",
    ),
    (
        "[people]\nwei = \"qq:24259132\"\n[sets]\nboth = [\"wei\"]\n\
         [[light]]\nled = \"a\"\npresence_of = [\"b@example.net\", \"both\"]",
        "f:7:33: presence_of: \"both\" needs [qq]; add the section with server and uin",
    ),
    (
        "[[light]]\nled = \"a\"\nmessages_of = \"QQ:24259132\"",
        "f:3:15: messages_of: \"QQ:24259132\" needs [qq]; add the section with server and uin",
    ),
    (
        "[people]\neveryone = \"b@example.net\"",
        "f:2:1: name \"everyone\" is already built in and means every contact; choose another",
    ),
    (
        "[people]\nbob = \"b@example.net\"\n[sets]\nbob = [\"c@example.net\"]",
        "f:4:1: name \"bob\" is already a name of [people]; choose another",
    ),
    (
        "[people]\nbob = \"b@example.net\"\n[sets]\nteam = [\"bop\"]",
        "f:4:9: team: \"bop\" is not in [people]; did you mean \"bob\"?",
    ),
    ("[sets]\na = [\"b@example.net\"]\nc = [\"a\"]", "f:3:6: c: \"a\" is a set, and sets don't hold sets"),
    ("[sets]\na = []", "f:2:5: a: found an empty list, expected texts such as [\"bob\"]"),
    (
        "[sets]\na = [\"group:\"]",
        "f:2:6: a: found \"group:\", expected group:NAME with 1 to 61 octets of name",
    ),
    ("[[light]]\nmail = true", "f:1:1: [[light]] has no led; add led = \"desk\""),
    (
        "[[light]]\nled = \"a\"",
        "f:1:1: [[light]] needs exactly one subject, found none; \
         expected one of presence_of, messages_of, own_status, link or mail",
    ),
    (
        "[[light]]\nled = \"a\"\nmail = true\nlink = \"msn\"",
        "f:1:1: [[light]] needs exactly one subject, found link and mail; \
         expected one of presence_of, messages_of, own_status, link or mail",
    ),
    (
        "[[light]]\nled = \"a\"\npresense_of = \"x\"\nmail = true",
        "f:3:1: unknown key \"presense_of\" in [[light]]; did you mean \"presence_of\"?",
    ),
    (
        "[[light]]\nled = \"a\"\nown_status = false",
        "f:3:14: own_status: found false, expected true, or no such key at all",
    ),
    ("[[light]]\nled = \"a\"\nlink = \"icq\"", "f:3:8: link: found \"icq\", expected msn or qq"),
    (
        "[[light]]\nled = \"a\"\nlink = \"qq\"",
        "f:3:8: link: \"qq\" needs [qq]; add the section with server and uin",
    ),
    ("[[light]]\nled = [\"a\", \"a\"]\nmail = true", "f:2:13: led: found \"a\" twice, expected it once"),
    (
        "[[light]]\nled = \"a\"\nmail = true\npalette = \"mns\"",
        "f:4:11: palette: found \"mns\", expected msn, teams, cvd or mono; did you mean \"msn\"?",
    ),
    (
        "[[light]]\nled = \"a\"\npresence_of = \"bob\"",
        "f:3:15: presence_of: \"bob\" is neither in [people] nor in [sets]; \
         expected a name from there, an address, \"group:NAME\" or \"everyone\"",
    ),
    ("[light]\nled = \"a\"", "f:1:1: light: found a table, expected [[light]]"),
    ("msg = \"\"", "f:1:1: unknown key \"msg\"; did you mean \"msn\"?"),
    ("[replies]\ntexts = [\"a\\nb\"]", "f:2:10: texts: found \"a\\u{a}b\", expected one line of words"),
    ("[replies]\nexpire = 60", "f:2:10: expire: found the number 60, expected a text such as \"5s\""),
    (
        "[replies]\nexpire = \"60\"",
        "f:2:10: expire: found \"60\", expected a whole number and a unit (ms, s, m or h) such as \"5s\"",
    ),
    ("[replies]\nexpire = \"2h\"", "f:2:10: expire: found \"2h\", expected \"5s\" to \"1h\""),
    (
        "[buttons]\nleft = { click = \"acknowlege\" }",
        "f:2:18: click: found \"acknowlege\"; did you mean \"acknowledge\"?",
    ),
    (
        "[buttons]\nleft = { hold = \"reply:2\" }\n[replies]\ntexts = [\"Yes\"]",
        "f:2:17: hold: found \"reply:2\", but [replies] has one text",
    ),
    (
        "[buttons]\nleft = { hold = \"reply:0\" }\n[replies]\ntexts = [\"Yes\"]",
        "f:2:17: hold: found \"reply:0\"; expected reply:N, where reply:1 is the first of [replies] texts",
    ),
    (
        "[buttons]\nleft = { hold = \"next-reply\" }",
        "f:2:17: hold: found \"next-reply\", but [replies] has no texts; \
         add texts = [\"Back in five minutes\"] there",
    ),
    (
        "[buttons]\nleft = { hold = \"status:bussy\" }",
        "f:2:17: hold: found \"status:bussy\"; status: did you mean \"busy\"?",
    ),
    (
        "[buttons]\nleft = { debounce = \"5ms\" }",
        "f:2:1: button \"left\" does nothing; expected at least one of click, double, hold, press or release",
    ),
    (
        "[buttons]\nleft = { click = \"wake\", release = \"wake\" }",
        "f:2:1: button \"left\" has release and click, so that a press would do two things; \
         expected press and release, or the others",
    ),
    (
        "[buttons]\nleft = { press = \"wake\", repeat = \"300ms\" }",
        "f:2:1: button \"left\" has press and repeat, so that a press would do two things; \
         expected press and release, or the others",
    ),
    (
        "[buttons]\nleft = { click = \"wake\", hold = \"wake\", repeat = \"300ms\" }",
        "f:2:1: button \"left\" has hold and repeat, so that a long press would do two things; \
         expected one of them",
    ),
    (
        "[buttons]\nleft = { double = \"wake\", repeat = \"300ms\" }",
        "f:2:1: button \"left\" has repeat and no click, which is what it repeats; \
         add a click, or take repeat away",
    ),
    (
        "[buttons]\nleft = { click = \"wake\", repeat = \"50ms\" }",
        "f:2:35: repeat: found \"50ms\", expected \"100ms\" to \"2s\"",
    ),
    ("[buttons]\nleft = { release = \"woke\" }", "f:2:20: release: found \"woke\"; did you mean \"wake\"?"),
    ("[buttons]\nleft = \"wake\"", "f:2:8: a button: found the text \"wake\", expected a table"),
    (
        "[buttons]\nleft = { clik = \"wake\", hold = \"wake\" }",
        "f:2:10: unknown key \"clik\" in a button; did you mean \"click\"?",
    ),
    (
        "[buttons]\nleft = { hold = \"wake\", hold_after = \"6s\" }",
        "f:2:38: hold_after: found \"6s\", expected \"200ms\" to \"5s\"",
    ),
    ("[display]\nprivacy = \"no\"", "f:2:11: privacy: found \"no\", expected full, sender or none"),
    ("[display]\nblank_after = \"1s\"", "f:2:15: blank_after: found \"1s\", expected \"5s\" to \"24h\""),
    ("[people]\nbob = \"b@x\"\nbob = \"c@x\"", "f:3:1: duplicate key"),
    ("[people\nbob = \"b@x\"", "f:1:8: unclosed table, expected `]`"),
];

#[test]
fn a_mistake_of_the_account_names_its_place_and_its_remedy() {
    for (keys, message) in MSN_TABLE {
        assert_eq!(mistakes_in_msn(keys), format!("{message}\n"), "{keys}");
    }
}

const MSN_TABLE: &[(&str, &str)] = &[
    ("account = \"a@b\"\nauth = \"md5\"", "f:1:1: [msn] has no server; add server = \"ms.example.net:1863\""),
    (
        "server = \"h:0\"\naccount = \"a@b\"\nauth = \"md5\"",
        "f:2:10: server: found \"h:0\"; expected host:port with a port of 1 to 65535",
    ),
    (
        "server = \"h\"\naccount = \"ab\"\nauth = \"md5\"",
        "f:3:11: account: found \"ab\", expected an address such as \"desk@example.net\"",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"",
        "f:1:1: [msn] has no nexus, and auth = \"tweener\" needs one; add nexus = \
         \"https://login.example.net/rdr/pprdr.asp\", or auth = \"md5\" for a server of MSNP7 and older",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nnexus = \"http://h/x\"",
        "f:4:9: nexus: found \"http://h/x\", expected an https address such as \
         \"https://login.example.net/rdr/pprdr.asp\"",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"MD5\"",
        "f:4:8: auth: found \"MD5\", expected tweener or md5; did you mean \"md5\"?",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\ndialects = [\"MSNP7\", \"MSNP9\"]",
        "f:5:22: dialects: MSNP9 does not go with auth = \"md5\", \
         expected MSNP2 to MSNP7; MSNP8 and newer need auth = \"tweener\"",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\ndialects = [\"MSNP7\", \"MSNP7\"]",
        "f:5:22: dialects: found \"MSNP7\" twice, expected it once",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\ndialects = \"MSNP18\"",
        "f:5:12: dialects: found \"MSNP18\", expected MSNP12, MSNP11, MSNP10, MSNP9, MSNP8, MSNP7, MSNP6, MSNP5, \
         MSNP4, MSNP3 or MSNP2",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\nstatus = \"offline\"",
        "f:5:10: status: found \"offline\", expected online, busy, away, brb, phone, lunch, idle or invisible; \
         did you mean \"online\"?",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\npassword = \"x\"",
        "f:5:1: unknown key \"password\" in [msn]; \
         expected server, account, password_file, auth, nexus, ca_file, status or dialects",
    ),
    (
        "server = \"h\"\naccount = \"a@b\"\nauth = \"md5\"\nca_file = \"\"",
        "f:5:11: ca_file: found \"\", expected a path such as \"/etc/nudged/ca.pem\"",
    ),
];

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text = "[display]\nprivacy = 1\n[msn]\naccount = \"x\"\n[[light]]\n[buttons]\nb = 1\n";
    assert_eq!(
        lines(&parsed(text).unwrap_err()),
        "f:2:11: privacy: found the number 1, expected a text such as \"full\"\n\
         f:3:1: [msn] has no server; add server = \"ms.example.net:1863\"\n\
         f:3:1: [msn] has no nexus, and auth = \"tweener\" needs one; add nexus = \
         \"https://login.example.net/rdr/pprdr.asp\", or auth = \"md5\" for a server of MSNP7 and older\n\
         f:4:11: account: found \"x\", expected an address such as \"desk@example.net\"\n\
         f:5:1: [[light]] has no led; add led = \"desk\"\n\
         f:5:1: [[light]] needs exactly one subject, found none; \
         expected one of presence_of, messages_of, own_status, link or mail\n\
         f:7:5: a button: found the number 1, expected a table\n"
    );
}

#[test]
fn an_empty_file_lacks_an_account() {
    assert_eq!(
        lines(&parsed("").unwrap_err()),
        "f:1:1: there is neither [msn] nor [qq]; add the section of an account: [msn] with server and account, or \
         [qq] with server and uin\n"
    );
}

#[test]
fn broken_toml_hides_only_what_it_may_have_caused() {
    // Whether there is a nexus can't be known behind the broken line; that the privacy is wrong can.
    let text = "[msn]\nserver = x\naccount = \"a@b\"\n[display]\nprivacy = \"no\"\n";
    assert_eq!(
        lines(&parsed(text).unwrap_err()),
        "f:2:10: string values must be quoted, expected literal string\nf:5:11: privacy: found \"no\", expected full, sender or none\n"
    );
}

#[test]
fn a_board_of_the_command_line_wins_and_is_checked() {
    let text = format!("board = \"nonsense\"\n[[light]]\nled = \"green\"\nmail = true\n{MSN}");
    let with = |word: &str| {
        let board = BoardChoice::of(word);
        parse(Source { file: "f", text: &text, base: Path::new(""), board: Some(&board) }, &OneBoard)
            .map_err(|mistakes| lines(&mistakes))
    };
    assert_eq!(with("headless").unwrap().board, BoardChoice::Headless);
    assert_eq!(
        with("rpi-zero-2w").unwrap_err(),
        "f:3:7: led \"green\": board rpi-zero-2w has no such LED (it has red and amber)\n"
    );
    assert_eq!(
        with("treminal").unwrap_err(),
        "--board: no board is called \"treminal\"; did you mean \"terminal\"?\n"
    );
}

#[test]
fn limits_of_leds_buttons_and_replies_are_told() {
    let many = |count: usize, row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<String>();
    let leds = many(17, &|n| format!("[[light]]\nled = \"l{n}\"\nmail = true\n"));
    assert_eq!(
        mistakes_after_msn(&leds),
        "f:50:7: led: found one name more than 16, expected at most 16 different LEDs\n"
    );
    let lights = many(65, &|_| "[[light]]\nled = \"l\"\nmail = true\n".to_owned());
    assert_eq!(mistakes_after_msn(&lights), "f:193:1: found more than 64 lights, expected at most that\n");
    let buttons = format!("[buttons]\n{}", many(9, &|n| format!("b{n} = {{ click = \"wake\" }}\n")));
    assert_eq!(mistakes_after_msn(&buttons), "f:10:1: found more than 8 buttons, expected at most that\n");
    let replies = format!("[replies]\ntexts = [\n{}]", many(33, &|_| "\"x\",\n".to_owned()));
    assert_eq!(
        mistakes_after_msn(&replies),
        "f:35:1: texts: found more than 32 replies, expected at most that\n"
    );
    let long = format!("[replies]\ntexts = \"{}\"", "x".repeat(401));
    assert_eq!(mistakes_after_msn(&long), "f:2:9: texts: found 401 octets, expected at most 400 a reply\n");
    let address = format!("[people]\nbob = \"{}@example.net\"", "x".repeat(118));
    assert_eq!(mistakes_after_msn(&address), "f:2:7: bob: found 130 octets, expected at most 129\n");
}

#[test]
fn a_file_that_is_no_configuration_ends_in_a_bounded_number_of_mistakes() {
    let keys = (0..30_000).map(|n| format!("a{n}=1\n")).collect::<String>();
    assert_eq!(parsed(&keys).unwrap_err().len(), 500);
    let members = (0..2001).map(|n| format!("\"a@{n}\",\n")).collect::<String>();
    assert_eq!(
        mistakes_after_msn(&format!("[sets]\nteam = [\n{members}]")),
        "f:2003:1: found more than 2000 members, expected at most that\n"
    );
}

#[test]
fn the_smallest_configuration_gets_every_default() {
    let config = right(include_str!("../../config/minimal.toml"));
    let msn = config.agent.msn.as_ref().unwrap();
    assert_eq!(config.board, BoardChoice::Terminal);
    assert_eq!(config.password_files, [(Network::Msn, "/etc/nudged/msn.password".into())]);
    assert_eq!(config.ca_file, None);
    assert_eq!(msn.account, "desk@example.net");
    assert_eq!((msn.server.host.as_str(), msn.server.port), ("ms.example.net", 1863));
    assert!(matches!(&msn.auth, Auth::Tweener { nexus } if nexus.tls && nexus.path == "/rdr/pprdr.asp"));
    let offered: Vec<String> = msn.dialects.iter().map(ToString::to_string).collect();
    assert_eq!(offered, ["MSNP12", "MSNP11", "MSNP10", "MSNP9", "MSNP8"]);
    assert_eq!(msn.status, Status::Online);
    assert_eq!(config.agent.leds, ["desk"]);
    assert_eq!(config.agent.lights[0].palette, Palette::MSN);
    assert_eq!(config.agent.replies.expire, Duration::from_secs(60));
    assert_eq!(config.agent.display.blank_after, Duration::from_secs(60));
    assert_eq!(config.agent.display.privacy, Privacy::Full);
    assert!(config.warnings.is_empty());
}

#[test]
fn names_become_addresses_and_indices() {
    let config = right(&format!(
        "board = \"headless\"\n\
         [people]\nzoe = \"zoe@example.net\"\nbob = \"bob@example.net\"\n\
         [sets]\nteam = [\"bob\", \"bob@example.net\", \"group:Work\"]\nall = [\"bob\", \"everyone\"]\n\
         [[light]]\nled = [\"z\", \"a\"]\npresence_of = [\"team\", \"zoe\"]\n\
         [[light]]\nled = \"a\"\nmessages_of = \"all\"\n\
         [replies]\ntexts = [\"Yes\", \"No\"]\nexpire = \"5m\"\n\
         [buttons]\nright = {{ hold = \"reply:2\", hold_after = \"1s\" }}\nleft = {{ click = \"status:away\" }}\n\
         [display]\nblank_after = \"0s\"\nprivacy = \"none\"\n{MSN}status = \"invisible\"\n"
    ));
    let agent = &config.agent;
    assert_eq!(agent.people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["zoe", "bob"]);
    assert_eq!(agent.leds, ["z", "a"]);
    assert_eq!(agent.lights[0].leds, [0, 1]);
    assert_eq!(agent.lights[1].leds, [1]);
    assert_eq!(
        agent.lights[0].subject,
        Subject::PresenceOf(Whose::These(vec![
            Member::Account("bob@example.net".to_owned()),
            Member::Group("Work".to_owned()),
            Member::Account("zoe@example.net".to_owned()),
        ]))
    );
    assert_eq!(agent.lights[1].subject, Subject::MessagesOf(Whose::Everyone));
    assert_eq!(
        agent.buttons.iter().map(|button| button.name.as_str()).collect::<Vec<_>>(),
        ["right", "left"]
    );
    assert_eq!(agent.buttons[0].hold, Some(Action::Reply(1)));
    assert_eq!(agent.buttons[0].hold_after, Duration::from_secs(1));
    assert_eq!(agent.buttons[0].double_within, Duration::from_millis(350));
    assert_eq!(agent.buttons[1].click, Some(Action::Status(Status::Away)));
    assert_eq!(agent.display.blank_after, Duration::ZERO);
    assert_eq!(agent.display.privacy, Privacy::None);
    assert_eq!(agent.msn.as_ref().unwrap().status, Status::Invisible);
}

/// The messages for keys of `[qq]`, whose header is line 1.
fn mistakes_in_qq(keys: &str) -> String {
    parsed(&format!("[qq]\n{keys}")).map_or_else(|mistakes| lines(&mistakes), |_| String::new())
}

#[test]
fn a_mistake_of_the_qq_account_names_its_place_and_its_remedy() {
    for (keys, message) in QQ_TABLE {
        assert_eq!(mistakes_in_qq(keys), format!("{message}\n"), "{keys}");
    }
}

const QQ_TABLE: &[(&str, &str)] = &[
    ("server = \"http://h\"", "f:1:1: [qq] has no uin; add uin = 29501213"),
    (
        "server = \"h:8000\"\nuin = 1",
        "f:2:10: server: found \"h:8000\", expected an address such as \"http://127.0.0.1:8000\"",
    ),
    (
        "server = \"http://h/login\"\nuin = 1",
        "f:2:10: server: found \"http://h/login\", expected no path behind it: \"http://h:80\"",
    ),
    (
        "server = \"https://h\"\nuin = 1",
        "f:2:10: server: found \"https://h\", expected an http address: the interface of QQ has no https",
    ),
    (
        "server = \"http://im.example.net:14000\"\nuin = 1",
        "f:2:10: server: im.example.net looks public, and QQ sends the MD5 of the password over plain http: whoever \
         reads the line once can sign in as you for ever; use a server in your own network, or say that you know by \
         allow_plaintext = true",
    ),
    (
        "server = \"http://h\"\nuin = \"29501213\"",
        "f:3:7: uin: found the text \"29501213\", expected a number of 1 to 4294967295 such as 29501213",
    ),
    (
        "server = \"http://h\"\nuin = 4294967296",
        "f:3:7: uin: found the number 4294967296, expected a number of 1 to 4294967295 such as 29501213",
    ),
    (
        "server = \"http://h\"\nuin = -1",
        "f:3:7: uin: found the number -1, expected a number of 1 to 4294967295 such as 29501213",
    ),
    ("server = \"http://h\"\nuin = 1\npoll = \"2s\"", "f:4:8: poll: found \"2s\", expected \"5s\" to \"1m\""),
    (
        "server = \"http://h\"\nuin = 1\nversion = \"1&2\"",
        "f:4:11: version: found \"1&2\", expected 1 to 32 letters and digits such as \"1.1\"",
    ),
    (
        "server = \"http://h\"\nuin = 1\nlc = \"\"",
        "f:4:6: lc: found \"\", expected 1 to 32 letters and digits such as \"9326B87B234E7235\"",
    ),
    (
        "server = \"http://h\"\nuin = 1\nallow_plaintext = false",
        "f:4:19: allow_plaintext: found false, expected true, or no such key at all",
    ),
    (
        "server = \"http://h\"\nuin = 1\npasword_file = \"x\"",
        "f:4:1: unknown key \"pasword_file\" in [qq]; did you mean \"password_file\"?",
    ),
    (
        "server = \"http://h\"\nuin = 1\n[[light]]\nled = \"a\"\nmail = true",
        "f:6:8: mail: \"true\" needs [msn]; add the section with server and account",
    ),
    (
        "server = \"http://h\"\nuin = 1\n[[light]]\nled = \"a\"\npresence_of = \"group:Work\"",
        "f:6:15: presence_of: \"group:Work\" needs [msn]; add the section with server and account",
    ),
];

#[test]
fn an_account_on_qq_alone_is_enough_and_one_on_both_is_better() {
    let qq = "[qq]\nserver = \"http://127.0.0.1:8000\"\nuin = 29501213\npassword_file = \"qq.password\"\n";
    let alone = right(qq);
    assert!(alone.agent.msn.is_none());
    assert_eq!(alone.password_files, [(Network::Qq, "/etc/nudged/qq.password".into())]);
    let both = right(&format!(
        "[people]\nwei = \"QQ:24259132\"\nbob = \"bob@example.net\"\n\
         [[light]]\nled = \"a\"\npresence_of = [\"wei\", \"bob\"]\n\
         [[light]]\nled = \"b\"\nlink = \"qq\"\n{qq}poll = \"1m\"\n{MSN}"
    ));
    let account = both.agent.qq.unwrap();
    assert_eq!(account.uin.account(), "qq:29501213");
    assert_eq!((account.server.to.port, account.poll), (8000, Duration::from_secs(60)));
    assert_eq!(both.agent.people[0].account, "qq:24259132", "spelt as the agent knows it");
    assert_eq!(both.agent.lights[1].subject, Subject::Link(Network::Qq));
    assert_eq!(both.password_files.len(), 2);
}

#[test]
fn a_reply_that_qq_gets_in_two_is_warned_of_where_there_is_qq() {
    let qq = "[qq]\nserver = \"http://127.0.0.1:8000\"\nuin = 1\n";
    let replies = |len: usize| format!("[replies]\ntexts = \"{}\"\n", "x".repeat(len));
    assert_eq!(
        lines(&right(&(replies(400) + qq)).warnings),
        "f:2:9: texts: found 400 octets; QQ takes 399 at once, so there it goes out as two messages\n"
    );
    assert!(right(&(replies(399) + qq)).warnings.is_empty());
    assert!(right(&(replies(400) + MSN)).warnings.is_empty());
}

#[test]
fn qq_over_the_open_internet_needs_a_word_and_still_is_warned_of() {
    let qq = |host: &str, word: &str| format!("[qq]\nserver = \"http://{host}:8000\"\nuin = 1\n{word}");
    for (host, public) in PUBLIC.map(|host| (host, true)).into_iter().chain(PRIVATE.map(|host| (host, false)))
    {
        assert_eq!(parsed(&qq(host, "")).is_err(), public, "{host}");
        let config = right(&qq(host, "allow_plaintext = true\n"));
        assert_eq!(config.warnings.len(), usize::from(public), "{host}");
    }
    let away = right(&qq("127.0.0.1", "status = \"away\"\n"));
    assert_eq!(
        lines(&away.warnings),
        "f:4:10: status: QQ has online, busy and invisible; away is told as busy there\n"
    );
}

/// Reached over the open internet. A zone makes no address private.
const PUBLIC: [&str; 5] =
    ["ms.example.net", "8.8.8.8", "[2001:db8::1]", "[2001:db8::1%2]", "[2001:db8::1%eth0]"];
/// Of this machine, this house, or this cable.
const PRIVATE: [&str; 11] = [
    "10.1.2.3",
    "192.168.1.2",
    "127.0.0.1",
    "[::1]",
    "[fd00::1]",
    "[fe80::1%eth0]",
    "nas",
    "localhost",
    "nas.local",
    "nas.lan",
    "nas.home.arpa",
];

#[test]
fn somebody_no_light_shows_is_warned_of_where_the_section_is_missing() {
    let config = right(&format!(
        "[people]\nwei = \"qq:24259132\"\nbob = \"bob@example.net\"\n\
         [sets]\nteam = [\"wei\", \"bob\", \"QQ:5\"]\n{MSN}"
    ));
    assert_eq!(
        lines(&config.warnings),
        "f:2:7: wei: \"qq:24259132\" needs [qq]; add the section with server and uin\n\
         f:5:23: team: \"QQ:5\" needs [qq]; add the section with server and uin\n"
    );
    let qq = right(
        "[qq]\nserver = \"http://h\"\nuin = 1\n[people]\nwei = \"qq:5\"\nbob = \"bob@example.net\"\n\
         [sets]\nteam = [\"group:Work\", \"everyone\"]\n[[light]]\nled = \"a\"\npresence_of = [\"wei\", \"everyone\"]\n",
    );
    assert_eq!(
        lines(&qq.warnings),
        "f:6:7: bob: \"bob@example.net\" needs [msn]; add the section with server and account\n\
         f:8:9: team: \"group:Work\" needs [msn]; add the section with server and account\n"
    );
    // The mistake is where a light depends on it, and is told once.
    let used = mistakes_after_msn("[people]\nwei = \"qq:5\"\n[[light]]\nled = \"a\"\npresence_of = \"wei\"");
    assert_eq!(used, "f:5:15: presence_of: \"wei\" needs [qq]; add the section with server and uin\n");
}

#[test]
fn every_mistake_of_both_accounts_is_told_at_once() {
    let text = "[qq]\nserver = \"http://im.example.net\"\nuin = 0\npoll = \"2m\"\nstatus = \"bussy\"\n\
                [msn]\nserver = \"h:0\"\nauth = \"md5\"\n[people]\nwei = \"qq:4294967296\"\n";
    assert_eq!(
        lines(&parsed(text).unwrap_err()),
        "f:2:10: server: im.example.net looks public, and QQ sends the MD5 of the password over plain http: whoever \
         reads the line once can sign in as you for ever; use a server in your own network, or say that you know by \
         allow_plaintext = true\n\
         f:3:7: uin: found the number 0, expected a number of 1 to 4294967295 such as 29501213\n\
         f:4:8: poll: found \"2m\", expected \"5s\" to \"1m\"\n\
         f:5:10: status: found \"bussy\", expected online, busy, away, brb, phone, lunch, idle or invisible; \
         did you mean \"busy\"?\n\
         f:6:1: [msn] has no account; add account = \"desk@example.net\"\n\
         f:7:10: server: found \"h:0\"; expected host:port with a port of 1 to 65535\n\
         f:10:7: wei: found \"qq:4294967296\", expected a QQ number such as \"qq:24259132\"\n"
    );
}

#[test]
fn warnings_are_bounded_as_mistakes_are() {
    let people = (0..1500).map(|n| format!("p{n} = \"qq:{}\"\n", n + 1)).collect::<String>();
    assert_eq!(right(&format!("[people]\n{people}{MSN}")).warnings.len(), 500);
}

#[test]
fn md5_on_a_public_host_is_a_warning_and_no_mistake() {
    for (host, public) in PUBLIC.map(|host| (host, true)).into_iter().chain(PRIVATE.map(|host| (host, false)))
    {
        let config = right(&format!("[msn]\nserver = \"{host}:1863\"\naccount = \"a@b\"\nauth = \"md5\"\n"));
        assert_eq!(config.warnings.len(), usize::from(public), "{host}");
        if let Some(warning) = config.warnings.first() {
            assert!(warning.to_string().starts_with("f:2:10: server: "), "{warning}");
        }
    }
    let useless = right(&format!("{MSN}nexus = \"https://h/x\"\n"));
    assert_eq!(lines(&useless.warnings), "f:5:9: nexus: not used with auth = \"md5\"; remove it\n");
}

#[test]
fn every_mistake_of_a_board_file_is_told_at_its_own_place() {
    let whole = format!("board = \"wrong.toml\"\nreplise = 1\n{MSN}");
    assert_eq!(
        lines(&parsed(&whole).unwrap_err()),
        "f:2:1: unknown key \"replise\"; did you mean \"replies\"?\n\
         /etc/nudged/wrong.toml:2:1: odd\n\
         /etc/nudged/wrong.toml:7:1: odder\n"
    );
}

#[test]
fn what_is_odd_in_a_board_file_is_told_after_what_is_odd_here() {
    let config = right(
        "board = \"rpi-zero-2w\"\n[msn]\nserver = \"10.0.0.1\"\naccount = \"a@b\"\nauth = \"md5\"\nnexus = \"https://h/x\"\n",
    );
    assert_eq!(
        lines(&config.warnings),
        "f:6:9: nexus: not used with auth = \"md5\"; remove it\nb:1:2: odd\n"
    );
}

#[test]
fn the_board_is_read_whatever_is_the_matter_with_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("nudged.toml");
    let read = |text: &str| {
        std::fs::write(&file, text).unwrap();
        board(&file)
    };
    let named = |name: &str| Some(BoardChoice::Named(name.to_owned()));
    assert_eq!(read("board = 'rpi'\n[msn]\nsrver = 5\n").unwrap(), named("rpi"));
    assert_eq!(read("board = 'rpi'\n[[[\n").unwrap(), named("rpi"));
    assert_eq!(
        read("board = './mine.toml'").unwrap(),
        Some(BoardChoice::File(directory.path().join("./mine.toml")))
    );
    assert_eq!(read("[msn]\n").unwrap(), None);
    for (text, place) in [("board = 5", ":1:9: board: "), ("bord = 'rpi'\n= 7", ":2:1: ")] {
        let Err(Refused::Mistakes(mistakes)) = read(text) else { panic!("{text}") };
        assert!(lines(&mistakes).contains(place), "{}", lines(&mistakes));
    }
    assert!(matches!(board(Path::new("/no/such")), Err(Refused::Unreadable(_))));
}

const DOCUMENTED: &str = include_str!("../../config/nudged.toml");

/// The documented configuration with every setting that is commented out put into force.
fn uncommented() -> String {
    let setting = |line: &&str| {
        line.strip_prefix('#').is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '['))
    };
    DOCUMENTED
        .lines()
        .map(|line| if setting(&line) { &line[1..] } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_documented_configuration_is_right_with_and_without_its_comments() {
    assert!(right(DOCUMENTED).warnings.is_empty());
    let config = right(&uncommented());
    assert!(config.warnings.is_empty());
    assert_eq!(config.agent.buttons.len(), 5);
    assert!(config.ca_file.is_some());
    assert_eq!(config.watchdog.as_deref(), Some(Path::new("/dev/watchdog0")));
    assert_eq!(right(DOCUMENTED).watchdog, None);
}

#[test]
fn the_documented_defaults_are_the_defaults() {
    let (written, uncommented) = (right(DOCUMENTED), right(&uncommented()));
    let (a, b) = (written.agent.msn.unwrap(), uncommented.agent.msn.unwrap());
    assert_eq!(a.dialects, b.dialects);
    assert_eq!(a.status, b.status);
    let least = right("[qq]\nserver = \"http://127.0.0.1:8000\"\nuin = 29501213\n");
    let (a, b) = (least.agent.qq.unwrap(), uncommented.agent.qq.unwrap());
    assert_eq!((a.status, a.poll, a.version, a.lc), (b.status, b.poll, b.version, b.lc));
    assert_eq!(least.password_files[0], uncommented.password_files[1]);
    assert_eq!(written.board, uncommented.board);
    assert_eq!(written.password_files[0], uncommented.password_files[0]);
    assert!(uncommented.agent.lights.starts_with(&written.agent.lights));
    assert_eq!(written.agent.replies, uncommented.agent.replies);
    assert_eq!(written.agent.display, uncommented.agent.display);
    let (plain, told) = (&uncommented.agent.buttons[0], &uncommented.agent.buttons[2]);
    assert_eq!(
        (plain.hold_after, plain.double_within, plain.debounce),
        (told.hold_after, told.double_within, told.debounce)
    );
}

#[test]
fn every_key_the_parser_takes_is_documented_in_its_section() {
    let text = uncommented();
    let (root, errors) = DeTable::parse_recoverable(&text);
    assert!(errors.is_empty());
    let root = toml::de::DeValue::Table(root.into_inner());
    for (section, key) in every_key() {
        let found = match section {
            "" => root.get(key).is_some(),
            "light" => (0..)
                .map_while(|n| root["light"].get_ref().get(n))
                .any(|row| row.get_ref().get(key).is_some()),
            "buttons" => {
                let buttons = root["buttons"].get_ref().as_table().unwrap();
                buttons.values().any(|button| button.get_ref().get(key).is_some())
            }
            section => root[section].get_ref().get(key).is_some(),
        };
        assert!(found, "[{section}] {key}");
    }
}

#[test]
fn the_password_file_is_found_in_a_configuration_full_of_mistakes() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    std::fs::write(&file, "board = 1\n[msn]\npassword_file = \"pw\"\nfoo = 1\n").unwrap();
    assert_eq!(password_file(&file, Network::Msn).unwrap(), directory.path().join("pw"));
    std::fs::write(&file, "[qq]\n").unwrap();
    assert_eq!(password_file(&file, Network::Qq).unwrap(), Path::new("/etc/nudged/qq.password"));
    std::fs::write(&file, "[msn]\npassword_file = 7\n[qq]\npassword_file = \"q\"\n").unwrap();
    let refused = password_file(&file, Network::Msn);
    assert!(matches!(refused, Err(Refused::Mistakes(mistakes)) if mistakes.len() == 1));
    assert_eq!(password_file(&file, Network::Qq).unwrap(), directory.path().join("q"));
}

#[test]
fn no_password_is_written_for_an_account_that_is_not_configured() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    for (text, network, told) in [
        ("[msn]\n", Network::Qq, "1:1: there is no [qq] whose password it would be; add that section first"),
        (
            "\nmsn = 5\n",
            Network::Msn,
            "2:7: there is no [msn] whose password it would be; add that section first",
        ),
        // What is broken may have hidden it.
        ("[msn\n", Network::Msn, "1:5: "),
    ] {
        std::fs::write(&file, text).unwrap();
        let Err(Refused::Mistakes(mistakes)) = password_file(&file, network) else { panic!("{text}") };
        assert!(mistakes[0].to_string().contains(&format!("c.toml:{told}")), "{mistakes:?}");
        assert!(mistakes.len() == 1 || text == "[msn\n", "{mistakes:?}");
    }
}

#[test]
fn a_file_that_is_no_text_has_its_first_bad_place_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("c.toml");
    std::fs::write(&file, b"board = 1\nx = \"\xff\"\n").unwrap();
    let Err(Refused::Mistakes(mistakes)) = load(&file, None, &OneBoard) else { panic!("no mistakes") };
    assert_eq!(
        lines(&mistakes),
        format!("{}:2:6: found octets that are no UTF-8, expected a text\n", file.display())
    );
}

/// Scraps of configurations, so that random text gets past the TOML library.
fn scrap() -> impl Strategy<Value = String> {
    let words = proptest::sample::select(vec![
        "[msn]\n",
        "[qq]\n",
        "uin = ",
        "allow_plaintext = ",
        "\"http://h\"\n",
        "\"qq:1\"\n",
        "[people]\n",
        "[sets]\n",
        "[[light]]\n",
        "[light]\n",
        "[replies]\n",
        "[buttons]\n",
        "[display]\n",
        "[watchdog]\n",
        "device = ",
        "board = ",
        "server = ",
        "account = ",
        "auth = ",
        "nexus = ",
        "dialects = ",
        "led = ",
        "presence_of = ",
        "link = ",
        "mail = ",
        "texts = ",
        "expire = ",
        "left = ",
        "click = ",
        "hold_after = ",
        "privacy = ",
        "a = ",
        "\"a@b\"\n",
        "\"md5\"\n",
        "\"everyone\"\n",
        "\"group:x\"\n",
        "\"60s\"\n",
        "\"reply:1\"\n",
        "[\"a\", 1]\n",
        "{ click = \"wake\" }\n",
        "true\n",
        "1\n",
        "1.5\n",
        "1979-05-27\n",
        "\"é\u{202e}\"\n",
        "'",
        "\n",
        "{",
        "[",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(scraps in proptest::collection::vec(scrap(), 0..40)) {
        let text = scraps.concat();
        if let Err(mistakes) = parsed(&text) {
            prop_assert!(!mistakes.is_empty());
            for mistake in mistakes {
                let (line, column) = mistake.place.unwrap();
                let row = text.split('\n').nth(line - 1).unwrap();
                prop_assert!(column <= row.chars().count() + 1, "{mistake}");
                prop_assert!(mistake.to_string().chars().all(crate::text::is_showable));
            }
        }
    }
}

//! `[msn]` and `[qq]`: what can be wrong in them, what they depend on, and what is warned of.

use super::*;
use crate::agent::Subject;
use crate::time::Duration;

#[test]
fn a_mistake_of_the_account_names_its_place_and_its_remedy() {
    for (keys, message) in MSN_TABLE {
        assert_eq!(mistakes_in("[msn]", keys), format!("{message}\n"), "{keys}");
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
        "server = \"h\"\naccount = \"a@b\"\nauth = \"MD5\"\nnexus = \"http://h/x\"",
        "f:4:8: auth: found \"MD5\", expected tweener or md5; did you mean \"md5\"?\n\
         f:5:9: nexus: found \"http://h/x\", expected an https address such as \
         \"https://login.example.net/rdr/pprdr.asp\"",
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
         did you mean \"invisible\"?",
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
fn a_mistake_of_the_qq_account_names_its_place_and_its_remedy() {
    for (keys, message) in QQ_TABLE {
        assert_eq!(mistakes_in("[qq]", keys), format!("{message}\n"), "{keys}");
    }
}

const QQ_TABLE: &[(&str, &str)] = &[
    ("uin = 1", "f:1:1: [qq] has no server; add server = \"http://127.0.0.1:8000\""),
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
    let used = mistakes_before_msn("[people]\nwei = \"qq:5\"\n[[light]]\nled = \"a\"\npresence_of = \"wei\"");
    assert_eq!(used, "f:5:15: presence_of: \"wei\" needs [qq]; add the section with server and uin\n");
}

#[test]
fn qq_over_the_open_internet_needs_a_word_and_still_is_warned_of() {
    let qq = |host: &str, word: &str| format!("[qq]\nserver = \"http://{host}:8000\"\nuin = 1\n{word}");
    for (host, public) in hosts() {
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

#[test]
fn md5_on_a_public_host_is_a_warning_and_no_mistake() {
    for (host, public) in hosts() {
        let config = right(&format!("[msn]\nserver = \"{host}:1863\"\naccount = \"a@b\"\nauth = \"md5\"\n"));
        assert_eq!(config.warnings.len(), usize::from(public), "{host}");
        if let Some(warning) = config.warnings.first() {
            assert!(warning.to_string().starts_with("f:2:10: server: "), "{warning}");
        }
    }
    let useless = right(&format!("{MSN}nexus = \"https://h/x\"\n"));
    assert_eq!(lines(&useless.warnings), "f:5:9: nexus: not used with auth = \"md5\"; remove it\n");
}

/// Hosts, and whether they are reached over the open internet.
fn hosts() -> impl Iterator<Item = (&'static str, bool)> {
    PUBLIC.map(|host| (host, true)).into_iter().chain(PRIVATE.map(|host| (host, false)))
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

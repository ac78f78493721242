//! What can be wrong in each section but those of the accounts, with the exact message.

use super::*;

#[test]
fn a_mistake_names_its_place_what_was_found_and_what_is_right() {
    for (text, message) in TABLE {
        assert_eq!(mistakes_before_msn(text), format!("{message}\n"), "{text}");
    }
}

const TABLE: &[(&str, &str)] = &[
    ("bord = \"x\"", "f:1:1: unknown key \"bord\"; did you mean \"board\"?"),
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
    ("[people]\nbob = \"b@x\"\nbob = \"c@x\"", "f:3:1: duplicate key \"bob\""),
    ("[people\nbob = \"b@x\"", "f:1:8: unclosed table, expected `]`"),
];

#[test]
fn limits_of_leds_buttons_and_replies_are_told() {
    let many = |count: usize, row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<String>();
    let leds = many(17, &|n| format!("[[light]]\nled = \"l{n}\"\nmail = true\n"));
    assert_eq!(
        mistakes_before_msn(&leds),
        "f:50:7: led: found one name more than 16, expected at most 16 different LEDs\n"
    );
    let lights = many(65, &|_| "[[light]]\nled = \"l\"\nmail = true\n".to_owned());
    assert_eq!(mistakes_before_msn(&lights), "f:193:1: found more than 64 lights, expected at most that\n");
    let buttons = format!("[buttons]\n{}", many(9, &|n| format!("b{n} = {{ click = \"wake\" }}\n")));
    assert_eq!(mistakes_before_msn(&buttons), "f:10:1: found more than 8 buttons, expected at most that\n");
    let replies = format!("[replies]\ntexts = [\n{}]", many(33, &|_| "\"x\",\n".to_owned()));
    assert_eq!(
        mistakes_before_msn(&replies),
        "f:35:1: texts: found more than 32 replies, expected at most that\n"
    );
    let long = format!("[replies]\ntexts = \"{}\"", "x".repeat(401));
    assert_eq!(mistakes_before_msn(&long), "f:2:9: texts: found 401 octets, expected at most 400 a reply\n");
    let address = format!("[people]\nbob = \"{}@example.net\"", "x".repeat(118));
    assert_eq!(mistakes_before_msn(&address), "f:2:7: bob: found 130 octets, expected at most 129\n");
}

//! What others see and are told: presence, blocking, being added and removed, names and phones.

use crate::emulator::testing::Rig;
use crate::emulator::{Challenges, Options, Style};

const ANNA: &str = "anna@example.net";
const BERT: &str = "bert@example.net";

/// Anna at one dialect, Bert at another, both online.
fn both(anna: u8, bert: u8) -> (Rig, crate::emulator::ConnId, crate::emulator::ConnId) {
    let mut rig = Rig::plain();
    let a = rig.online(ANNA, "secret", anna, "NLN");
    let b = rig.online(BERT, "hidden, 100%", bert, "NLN");
    rig.hear(a);
    (rig, a, b)
}

#[test]
fn presence_comes_in_the_words_of_each_watchers_dialect() {
    for (dialect, busy) in [
        (2, "NLN BSY anna@example.net Anna%20B\r\n"),
        (7, "NLN BSY anna@example.net Anna%20B\r\n"),
        (8, "NLN BSY anna@example.net Anna%20B 5\r\n"),
        (9, "NLN BSY anna@example.net Anna%20B 5 %3Cmsnobj%2F%3E\r\n"),
        (12, "NLN BSY anna@example.net Anna%20B 5 %3Cmsnobj%2F%3E\r\n"),
    ] {
        let (mut rig, anna, bert) = both(12, dialect);
        rig.say(anna, "CHG 5 BSY 5 %3Cmsnobj%2F%3E\r\n");
        assert_eq!(rig.hear(bert), busy, "MSNP{dialect}");
        rig.say(anna, "CHG 6 BSY 5 %3Cmsnobj%2F%3E\r\n");
        assert_eq!(rig.hear(bert), "", "nothing new");
        rig.say(anna, "CHG 7 HDN 5\r\n");
        assert_eq!(rig.hear(bert), "FLN anna@example.net\r\n");
        rig.drop(anna);
        assert_eq!(rig.hear(bert), "", "was gone already");
    }
}

#[test]
fn a_hidden_session_sees_without_being_seen() {
    let mut rig = Rig::plain();
    let bert = rig.online(BERT, "hidden, 100%", 8, "NLN");
    let anna = rig.sign_in(ANNA, "secret", 8);
    rig.say(bert, "CHG 5 BRB 0\r\n");
    rig.hear(bert);
    assert_eq!(rig.hear(anna), "", "nothing before the first CHG");
    rig.talk(
        anna,
        &[
            ("CHG 4 HDN 0\r\n", "CHG 4 HDN 0\r\nILN 4 BRB bert@example.net Bert 0\r\n"),
            ("XFR 5 SB\r\n", "913 5\r\n"),
        ],
    );
    assert_eq!(rig.hear(bert), "");
    rig.talk(anna, &[("CHG 6 NLN 0\r\n", "CHG 6 NLN 0\r\n")]);
    assert_eq!(rig.hear(bert), "NLN NLN anna@example.net Anna%20B 0\r\n");
}

#[test]
fn blocking_is_being_gone() {
    let (mut rig, anna, bert) = both(8, 8);
    rig.say(anna, "ADD 5 BL bert@example.net Bert\r\n");
    assert_eq!(rig.hear(bert), "FLN anna@example.net\r\n");
    rig.say(anna, "REM 6 BL bert@example.net\r\n");
    assert_eq!(rig.hear(bert), "NLN NLN anna@example.net Anna%20B 0\r\n");
    rig.say(anna, "REM 7 AL bert@example.net\r\nBLP 8 BL\r\n");
    assert_eq!(rig.hear(bert), "FLN anna@example.net\r\n", "only the allowed see her now");
    assert_eq!(
        rig.hear(anna),
        "ADD 5 BL 70 bert@example.net Bert\r\nREM 6 BL 71 bert@example.net\r\nREM 7 AL 72 bert@example.net\r\nBLP 8 73 BL\r\n"
    );
}

#[test]
fn being_added_and_removed_is_told() {
    for (dialect, added, removed) in [
        (7, "ADD 0 RL 4 anna@example.net Anna%20B\r\n", "REM 0 RL 5 anna@example.net\r\n"),
        (9, "ADD 0 RL 4 anna@example.net Anna%20B\r\n", "REM 0 RL 5 anna@example.net\r\n"),
        (10, "ADC 0 RL N=anna@example.net F=Anna%20B\r\n", "REM 0 RL anna@example.net\r\n"),
    ] {
        let accounts = crate::emulator::testing::PEOPLE.replace("md5 = false", "md5 = true");
        let style = Style { profile: false, ..Style::default() };
        let options = Options { style, challenges: Challenges::Off, ..Options::default() };
        let mut rig = Rig::with(crate::emulator::Accounts::parse(&accounts).unwrap(), options, None);
        let dora = rig.online("dora@example.net", "d", dialect, "PHN");
        let anna = rig.online(ANNA, "secret", 8, "NLN");
        rig.talk(
            anna,
            &[(
                "ADD 5 FL dora@example.net Dora 1\r\n",
                "ADD 5 FL 70 dora@example.net Dora 1\r\nILN 5 PHN dora@example.net Dora 0\r\n",
            )],
        );
        assert_eq!(rig.hear(dora), added, "MSNP{dialect}");
        rig.talk(anna, &[("REM 6 FL dora@example.net\r\n", "REM 6 FL 71 dora@example.net\r\n")]);
        assert_eq!(rig.hear(dora), removed, "MSNP{dialect}");
        rig.say(dora, "CHG 9 NLN 0\r\n");
        assert_eq!(rig.hear(anna), "", "she is watched no more");
    }
}

#[test]
fn whoever_is_added_by_a_stranger_is_pending_from_msnp10() {
    let mut rig = Rig::plain();
    let dora = rig.online("dora@example.net", "d", 10, "NLN");
    let anna = rig.online(ANNA, "secret", 8, "NLN");
    rig.say(anna, "ADD 5 FL dora@example.net Dora\r\n");
    rig.hear(dora);
    rig.say(dora, "SYN 6 0 0\r\n");
    assert!(rig.hear(dora).ends_with("LST N=anna@example.net F=Anna%20B 16\r\n"));
    rig.say(dora, "ADC 7 AL N=anna@example.net\r\nSYN 8 0 0\r\n");
    assert!(rig.hear(dora).ends_with("LST N=anna@example.net F=Anna%20B 10\r\n"));
}

#[test]
fn whoever_leaves_the_last_group_leaves_the_list_until_msnp9() {
    let (mut rig, anna, bert) = both(8, 8);
    rig.talk(
        anna,
        &[
            ("ADD 5 FL bert@example.net Bert 0\r\n", "ADD 5 FL 70 bert@example.net Bert 0\r\n"),
            ("ADD 6 FL bert@example.net Bert 1\r\n", "215 6\r\n"),
            ("REM 7 FL bert@example.net 1\r\n", "REM 7 FL 71 bert@example.net 1\r\n"),
        ],
    );
    assert_eq!(rig.hear(bert), "");
    rig.talk(anna, &[("REM 8 FL bert@example.net 0\r\n", "REM 8 FL 72 bert@example.net 0\r\n")]);
    assert_eq!(rig.hear(bert), "REM 0 RL 8 anna@example.net\r\n");
    let (mut rig, anna, bert) = both(10, 10);
    let (guid, group) = ("fb65e3ac-ef79-2059-43d4-6383195a3a57", "de04e308-3fd1-291f-ed83-1852cdfe892e");
    rig.talk(anna, &[(&format!("REM 5 FL {guid} {group}\r\n"), &format!("REM 5 FL {guid} {group}\r\n"))]);
    assert_eq!(rig.hear(bert), "", "from MSNP10 one may be in no group");
    rig.talk(anna, &[(&format!("REM 6 FL {guid} {group}\r\n"), "225 6\r\n")]);
}

#[test]
fn a_rename_is_a_repeated_nln() {
    let (mut rig, anna, bert) = both(8, 8);
    rig.talk(
        anna,
        &[("REA 5 anna@example.net Ann%20%E2%98%95\r\n", "REA 5 70 anna@example.net Ann%20☕\r\n")],
    );
    assert_eq!(rig.hear(bert), "NLN NLN anna@example.net Ann%20☕ 0\r\n");
}

#[test]
fn phones_reach_whoever_has_said_syn() {
    for (dialect, syn, bpr) in [
        (8, "SYN 5 0\r\n", "BPR 7 anna@example.net PHW 555%209\r\n"),
        (10, "SYN 5 0 0\r\n", "BPR anna@example.net PHW 555%209\r\n"),
    ] {
        let (mut rig, anna, bert) = both(8, dialect);
        rig.say(anna, "PRP 5 PHW 555%208\r\n");
        assert_eq!(rig.hear(bert), "", "no SYN yet");
        rig.say(bert, syn);
        rig.hear(bert);
        rig.say(anna, "PRP 6 PHW 555%209\r\n");
        assert_eq!(rig.hear(bert), bpr);
    }
}

#[test]
fn personal_messages_reach_msnp11_and_later() {
    let (mut rig, anna, bert) = both(11, 12);
    rig.talk(anna, &[("UUX 5 34\r\n<Data><PSM>tea &amp; </PSM></Data>", "UUX 5 0\r\n")]);
    assert_eq!(rig.hear(bert), "UBX anna@example.net 34\r\n<Data><PSM>tea &amp; </PSM></Data>");
    let (mut rig, anna, bert) = both(11, 10);
    rig.say(anna, "UUX 5 0\r\n");
    assert_eq!(rig.hear(bert), "");
}

#[test]
fn mail_is_told() {
    let (mut rig, anna, _) = both(8, 8);
    let now = rig.now;
    assert!(rig.emulator.service.mail(now, ANNA, "Zoë\r\nOUT", "two words"));
    rig.wait(0.0);
    let heard = rig.hear(anna);
    let (head, body) = heard.split_once("\r\n").unwrap();
    assert_eq!(head, format!("MSG Hotmail Hotmail {}", body.len()));
    assert!(body.contains("\r\nSubject: two%20words\r\n") && !body.contains("\r\nOUT"));
    assert!(!rig.emulator.service.mail(now, "nobody@example.net", "", ""));
}

#[test]
fn escargot_spells_its_lists_its_own_way() {
    let options = Options { style: Style::escargot(), challenges: Challenges::Off, ..Options::default() };
    let mut rig = Rig::new(options.clone());
    let anna = rig.online(ANNA, "secret", 10, "NLN");
    rig.say(anna, "SYN 5 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00\r\n");
    let heard = rig.hear(anna);
    assert!(heard.contains(" 2 1\r\n"), "never a short answer: {heard}");
    assert!(heard.ends_with("LST N=cleo@example.net F=Cléo 4 \r\n"), "{heard}");
    let mut rig = Rig::new(options);
    let anna = rig.online(ANNA, "secret", 7, "NLN");
    rig.say(anna, "SYN 5 0\r\n");
    let heard = rig.hear(anna);
    assert!(
        heard.contains("\r\nPRP 69 PHH 555%201\r\n") && heard.contains("\r\nBPR 69 PHM 555%202\r\n"),
        "{heard}"
    );
    rig.talk(anna, &[("LST 6 RL\r\n", "")]);
}

#[test]
fn a_blank_line_wedges_a_connection_as_it_does_on_escargot() {
    let (mut rig, anna, _) = both(8, 8);
    rig.talk(anna, &[("PNG\r\n\r\nPNG\r\n", "QNG\r\n"), ("PNG\r\n", "")]);
    assert!(rig.is_open(anna));
}

#[test]
fn lists_have_limits() {
    let mut text = crate::emulator::testing::PEOPLE.to_owned();
    for number in 0..1002 {
        text.push_str(&format!("[[account]]\naddress = \"n{number}@example.net\"\npassword = \"\"\n"));
    }
    let mut rig = Rig::with(crate::emulator::Accounts::parse(&text).unwrap(), Options::default(), None);
    let anna = rig.online(ANNA, "secret", 8, "NLN");
    for number in 0..999 {
        rig.say(anna, format!("ADD 5 FL n{number}@example.net x\r\n"));
    }
    assert!(!rig.hear(anna).contains("\n210 "));
    rig.talk(anna, &[("ADD 6 FL n999@example.net x\r\n", "210 6\r\n")]);
    rig.say(anna, "SYN 7 0\r\n");
    assert_eq!(rig.hear(anna).matches("\r\nLST ").count(), 1001);
}

#[test]
fn whoever_does_not_read_is_closed_before_memory_grows() {
    let (mut rig, anna, _) = both(7, 7);
    let flood = "LST 1 FL\r\n".repeat(400);
    for _ in 0..200 {
        let now = rig.now;
        rig.emulator.receive(now, anna, flood.as_bytes());
    }
    rig.wait(0.0);
    assert!(!rig.is_open(anna));
    assert!(rig.hear(anna).len() <= 512 * 1024);
}

#[test]
fn there_is_room_for_so_many_connections_and_no_more() {
    let mut rig = Rig::new(Options { clients_max: 3, ..Options::default() });
    let doors = [(); 5].map(|()| rig.connect(crate::emulator::Door::Notification));
    assert_eq!(doors.map(|conn| rig.is_open(conn)), [true, true, true, false, false]);
    rig.drop(doors[0]);
    let next = rig.connect(crate::emulator::Door::Passport);
    assert!(rig.is_open(next));
}

#[test]
fn overlong_lines_and_payloads_end_the_connection() {
    for said in [
        format!("REA 5 {}\r\n", "x".repeat(9000)),
        "UUX 5 99999999\r\n".into(),
        "QRY 5 x 4000000000\r\n".into(),
        "QRY 5 x -1\r\n".into(),
    ] {
        let (mut rig, anna, _) = both(11, 11);
        rig.say(anna, said);
        assert!(!rig.is_open(anna));
    }
}

#[test]
fn octets_of_any_kind_never_do_harm() {
    let mut rng = fastrand::Rng::with_seed(11);
    let words = [
        "SYN", "CHG", "ADD", "ADC", "REM", "MSG", "QRY", "USR", "VER", "ANS", "CAL", "PRP", "SBP", "REG",
        "LST", "URL",
    ];
    for round in 0..240 {
        let (mut rig, anna, bert) = both(2 + round % 11, 8);
        let mut octets = Vec::new();
        for _ in 0..30 {
            octets.extend(rng.choice(words).unwrap().bytes());
            for _ in 0..rng.usize(0..6) {
                octets.extend(b" ");
                match rng.u8(0..6) {
                    0 => octets.extend(b"FL"),
                    1 => octets.extend(b"anna@example.net"),
                    2 => octets.extend(rng.u16(..).to_string().bytes()),
                    3 => octets.extend(b"%zz%00%"),
                    _ => octets.extend((0..rng.usize(0..12)).map(|_| rng.u8(..))),
                }
            }
            octets.extend(b"\r\n");
        }
        rig.say(anna, &octets);
        rig.wait(1.0);
        rig.hear(bert);
        rig.talk(bert, &[("PNG\r\n", "QNG\r\n")]);
    }
}

//! One whole session for each dialect, every octet written by hand from the documents, in chunks of any size.

use crate::emulator::testing::Rig;
use crate::emulator::{Challenges, Door, Options, Style};

/// Client's octets, server's octets.
type Exchange = (&'static str, &'static str);

const CHUNKS: [usize; 5] = [1, 2, 3, 7, usize::MAX];

/// From VER to USR OK at MSNP2 to 7: seed 001's salt, md5("989048851.1851137130" + "secret").
fn md5_sign_in(dialect: u8, ok: &'static str) -> Vec<(String, String)> {
    vec![
        (format!("VER 0 MSNP{dialect} MSNP1 CVR0\r\n"), format!("VER 0 MSNP{dialect}\r\n")),
        ("INF 1\r\n".into(), "INF 1 MD5\r\n".into()),
        ("USR 2 MD5 I anna@example.net\r\n".into(), "USR 2 MD5 S 989048851.1851137130\r\n".into()),
        ("USR 3 MD5 S ed6a0736ddeaab153b2cb2644096e327\r\n".into(), ok.into()),
    ]
}

fn twn_sign_in(dialect: u8, ticket: &str, ok: &'static str) -> Vec<(String, String)> {
    vec![
        (format!("VER 0 MSNP{dialect} CVR0\r\n"), format!("VER 0 MSNP{dialect}\r\n")),
        (
            "CVR 1 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS anna@example.net\r\n".into(),
            "CVR 1 6.0.0602 6.0.0602 6.0.0602 http://messenger.example.net/get http://messenger.example.net\r\n".into(),
        ),
        (
            "USR 2 TWN I anna@example.net\r\n".into(),
            "USR 2 TWN S ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1\r\n".into(),
        ),
        (format!("USR 3 TWN S {ticket}\r\n"), ok.into()),
    ]
}

/// Plays a session of anna's, after whoever `prepare` puts on line, in every chunk size.
fn play(dialect: u8, ok: &'static str, exchanges: &[Exchange]) {
    for chunk in CHUNKS {
        let mut rig = Rig::plain();
        rig.online("bert@example.net", "hidden, 100%", dialect, "BSY");
        let sign_in = if dialect <= 7 {
            md5_sign_in(dialect, ok)
        } else {
            let ticket = rig.ticket("anna@example.net", "secret");
            twn_sign_in(dialect, &ticket, ok)
        };
        rig.chunk = chunk;
        let conn = rig.connect(Door::Notification);
        for (said, expected) in
            sign_in.iter().map(|(a, b)| (a.as_str(), b.as_str())).chain(exchanges.iter().copied())
        {
            rig.say(conn, said);
            assert_eq!(rig.hear(conn), expected, "MSNP{dialect} in chunks of {chunk}, after {said:?}");
        }
        assert!(!rig.is_open(conn), "OUT ends MSNP{dialect}");
    }
}

/// What MSNP2 to 7 have in common after the lists.
const OLD_EXCHANGES: [Exchange; 12] = [
    ("SYN 5 69\r\n", "SYN 5 69\r\n"),
    ("XFR 6 SB\r\n", "913 6\r\n"),
    ("CHG 7 NLN\r\n", "CHG 7 NLN\r\nILN 7 BSY bert@example.net Bert\r\n"),
    ("PNG\r\n", "QNG\r\n"),
    ("CHG 8 FLN\r\n", "201 8\r\n"),
    ("REA 9 anna@example.net Anna%20%C3%9C\r\n", "REA 9 70 anna@example.net Anna%20Ü\r\n"),
    ("BLP 10 BL\r\nBLP 11 BL\r\n", "BLP 10 71 BL\r\n218 11\r\n"),
    ("GTC 12 N\r\n", "GTC 12 72 N\r\n"),
    ("ADD 13 FL dora@example.net dora@example.net\r\n", "ADD 13 FL 73 dora@example.net dora@example.net\r\n"),
    ("REM 14 FL dora@example.net\r\n", "REM 14 FL 74 dora@example.net\r\n"),
    ("ADD 15 FL nobody@example.net nobody\r\n", "205 15\r\n"),
    ("OUT\r\n", ""),
];

#[test]
fn msnp2_to_msnp4_list_people_four_times() {
    for dialect in 2..=4 {
        let mut all = vec![(
            "SYN 4 0\r\n",
            "SYN 4 69\r\nGTC 4 69 A\r\nBLP 4 69 AL\r\n\
             LST 4 FL 69 1 1 bert@example.net Bert\r\n\
             LST 4 AL 69 1 1 bert@example.net Bert\r\n\
             LST 4 BL 69 1 1 cleo@example.net Cléo\r\n\
             LST 4 RL 69 1 1 bert@example.net Bert\r\n",
        )];
        all.extend(OLD_EXCHANGES);
        play(dialect, "USR 3 OK anna@example.net Anna%20B\r\n", &all);
    }
}

#[test]
fn msnp5_and_msnp6_add_phones() {
    for (dialect, ok) in
        [(5, "USR 3 OK anna@example.net Anna%20B\r\n"), (6, "USR 3 OK anna@example.net Anna%20B 1\r\n")]
    {
        let mut all = vec![(
            "SYN 4 12\r\n",
            "SYN 4 69\r\nGTC 4 69 A\r\nBLP 4 69 AL\r\n\
             PRP 4 69 PHH 555%201\r\nPRP 4 69 PHW\r\nPRP 4 69 PHM\r\nPRP 4 69 MOB N\r\nPRP 4 69 MBE N\r\n\
             LST 4 FL 69 1 1 bert@example.net Bert\r\n\
             BPR 69 bert@example.net PHH\r\nBPR 69 bert@example.net PHW\r\n\
             BPR 69 bert@example.net PHM 555%202\r\nBPR 69 bert@example.net MOB N\r\n\
             LST 4 AL 69 1 1 bert@example.net Bert\r\n\
             LST 4 BL 69 1 1 cleo@example.net Cléo\r\n\
             LST 4 RL 69 1 1 bert@example.net Bert\r\n",
        )];
        all.extend(OLD_EXCHANGES);
        play(dialect, ok, &all);
    }
}

#[test]
fn msnp7_adds_groups() {
    let mut all = vec![
        (
            "SYN 4 0\r\n",
            "SYN 4 69\r\nGTC 4 69 A\r\nBLP 4 69 AL\r\n\
             PRP 4 69 PHH 555%201\r\nPRP 4 69 PHW\r\nPRP 4 69 PHM\r\nPRP 4 69 MOB N\r\nPRP 4 69 MBE N\r\n\
             LSG 4 69 1 2 0 Other%20Contacts 0\r\nLSG 4 69 2 2 1 Friends 0\r\n\
             LST 4 FL 69 1 1 bert@example.net Bert 1\r\n\
             BPR 69 bert@example.net PHH\r\nBPR 69 bert@example.net PHW\r\n\
             BPR 69 bert@example.net PHM 555%202\r\nBPR 69 bert@example.net MOB N\r\n\
             LST 4 AL 69 1 1 bert@example.net Bert\r\n\
             LST 4 BL 69 1 1 cleo@example.net Cléo\r\n\
             LST 4 RL 69 1 1 bert@example.net Bert\r\n",
        ),
        ("LSG 5\r\n", "LSG 5 69 1 2 0 Other%20Contacts 0\r\nLSG 5 69 2 2 1 Friends 0\r\n"),
    ];
    all.extend(OLD_EXCHANGES);
    play(7, "USR 3 OK anna@example.net Anna%20B 1\r\n", &all);
}

#[test]
fn msnp8_and_msnp9_say_each_contact_once() {
    let iln = ["ILN 7 BSY bert@example.net Bert 0\r\n", "QNG\r\n"];
    for (dialect, qng) in [(8, iln[1]), (9, "QNG 60\r\n")] {
        let chg: &'static str = "CHG 7 NLN 0\r\nILN 7 BSY bert@example.net Bert 0\r\n";
        let all = [
            (
                "SYN 4 0\r\n",
                "SYN 4 69 2 2\r\nGTC A\r\nBLP AL\r\nPRP PHH 555%201\r\nLSG 0 Other%20Contacts 0\r\nLSG 1 Friends 0\r\n\
                 LST bert@example.net Bert 11 1\r\nBPR PHM 555%202\r\nLST cleo@example.net Cléo 4\r\n",
            ),
            ("SYN 5 69\r\n", "SYN 5 69\r\n"),
            ("INFO 6\r\nCHG 6 NLN\r\nPNG\r\n", qng),
            ("CHG 7 NLN 0\r\n", chg),
            ("LST 8 RL\r\nLST 9\r\n", ""),
            ("REA 9 bert@example.net Bertie\r\n", "REA 9 70 bert@example.net Bertie\r\n"),
            ("ADG 10 Chess%20club 0\r\n", "ADG 10 71 Chess%20club 2 0\r\n"),
            ("ADD 11 FL bert@example.net Bertie 2\r\n", "ADD 11 FL 72 bert@example.net Bertie 2\r\n"),
            ("REM 12 FL bert@example.net 1\r\n", "REM 12 FL 73 bert@example.net 1\r\n"),
            ("REG 13 2 Chess 0\r\n", "REG 13 74 2 Chess 0\r\n"),
            ("RMG 14 2\r\n", "RMG 14 75 2\r\n"),
            ("RMG 15 2\r\nRMG 16 0\r\n", "224 15\r\n230 16\r\n"),
            ("PRP 17 PHW 555%203\r\n", "PRP 17 76 PHW 555%203\r\n"),
            ("PRP 18 MFN x\r\n", "715 18\r\n"),
            ("USR 19 TWN I anna@example.net\r\n", "207 19\r\n"),
            ("OUT\r\n", ""),
        ];
        play(dialect, "USR 3 OK anna@example.net Anna%20B 1 0\r\n", &all);
    }
}

/// After SYN, what MSNP10 to 12 have in common.
const NEW_EXCHANGES: [Exchange; 17] = [
    (
        "SYN 5 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00\r\n",
        "SYN 5 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00\r\n",
    ),
    ("CHG 7 NLN 0 %3Cmsnobj%2F%3E\r\nPNG\r\n", ""),
    ("LST 8 RL\r\n", ""),
    ("REA 9 bert@example.net Bertie\r\n", "502 9\r\n"),
    ("PRP 10 MFN Anna%20%C3%9C\r\n", "PRP 10 MFN Anna%20Ü\r\n"),
    ("ADG 11 Chess%20club 0\r\n", "ADG 11 Chess%20club 7bfbeb1b-d528-61d4-d960-996306c67500 0\r\n"),
    (
        "ADC 12 FL C=fb65e3ac-ef79-2059-43d4-6383195a3a57 7bfbeb1b-d528-61d4-d960-996306c67500\r\n",
        "ADC 12 FL C=fb65e3ac-ef79-2059-43d4-6383195a3a57 7bfbeb1b-d528-61d4-d960-996306c67500\r\n",
    ),
    (
        "ADC 13 FL N=dora@example.net F=Dora%20D\r\n",
        "ADC 13 FL N=dora@example.net F=Dora%20D C=b0c22460-349f-a1c1-bdef-4c8793509239\r\n",
    ),
    ("ADC 14 AL N=dora@example.net\r\n", "ADC 14 AL N=dora@example.net\r\n"),
    ("ADC 15 FL N=nobody@example.net F=x\r\nADC 16 FL N=x F=x\r\n", "208 15\r\n201 16\r\n"),
    ("REM 17 FL dora@example.net\r\n", "403 17\r\n"),
    (
        "REM 18 FL b0c22460-349f-a1c1-bdef-4c8793509239\r\n",
        "REM 18 FL b0c22460-349f-a1c1-bdef-4c8793509239\r\n",
    ),
    ("REM 19 AL dora@example.net\r\n", "REM 19 AL dora@example.net\r\n"),
    (
        "SBP 20 fb65e3ac-ef79-2059-43d4-6383195a3a57 MFN Bertie\r\n",
        "SBP 20 fb65e3ac-ef79-2059-43d4-6383195a3a57 MFN Bertie\r\n",
    ),
    ("RMG 21 7bfbeb1b-d528-61d4-d960-996306c67500\r\n", "RMG 21 1 7bfbeb1b-d528-61d4-d960-996306c67500\r\n"),
    ("BLP 22 BL\r\nGTC 23 A\r\n", "BLP 22 BL\r\n218 23\r\n"),
    ("OUT\r\n", ""),
];

fn new_session(syn: &'static str, chg: &'static str) -> Vec<Exchange> {
    let mut all = vec![("SYN 4 0 0\r\n", syn)];
    all.extend(NEW_EXCHANGES);
    all[2].1 = chg;
    all
}

#[test]
fn msnp10_names_by_guids() {
    let syn = "SYN 4 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00 2 1\r\nGTC A\r\nBLP AL\r\n\
         PRP MFN Anna%20B\r\nPRP PHH 555%201\r\nLSG Friends de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         LST N=bert@example.net F=Bert C=fb65e3ac-ef79-2059-43d4-6383195a3a57 11 de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         BPR PHM 555%202\r\nLST N=cleo@example.net F=Cléo 4\r\n";
    let chg = "CHG 7 NLN 0 %3Cmsnobj%2F%3E\r\nILN 7 BSY bert@example.net Bert 0\r\nQNG 60\r\n";
    play(10, "USR 3 OK anna@example.net 1 0\r\n", &new_session(syn, chg));
}

#[test]
fn msnp11_adds_personal_messages() {
    let syn = "SYN 4 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00 2 1\r\nGTC A\r\nBLP AL\r\n\
         PRP MFN Anna%20B\r\nPRP PHH 555%201\r\nLSG Friends de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         LST N=bert@example.net F=Bert C=fb65e3ac-ef79-2059-43d4-6383195a3a57 11 de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         BPR PHM 555%202\r\nLST N=cleo@example.net F=Cléo 4\r\n";
    let chg = "CHG 7 NLN 0 %3Cmsnobj%2F%3E\r\nILN 7 BSY bert@example.net Bert 0\r\n\
         UBX bert@example.net 53\r\n<Data><PSM></PSM><CurrentMedia></CurrentMedia></Data>QNG 60\r\n";
    let mut all = new_session(syn, chg);
    all.insert(1, ("UUX 24 6\r\n<Data>GCF 25 Shields.xml\r\n", SHIELDS));
    play(11, "USR 3 OK anna@example.net 1 0\r\nSBS 0 null\r\n", &all);
}

const SHIELDS: &str = "UUX 24 0\r\nGCF 25 Shields.xml 145\r\n<?xml version=\"1.0\" encoding=\"utf-8\" ?><config><shield>\
    <cli maj=\"7\" min=\"0\" minbld=\"0\" maxbld=\"9999\" deny=\" \" /></shield><block></block></config>";

#[test]
fn msnp12_adds_the_type_of_a_contact() {
    let syn = "SYN 4 2026-01-01T00:00:00.0000069-07:00 2026-01-01T00:00:00.0000000-07:00 2 1\r\nGTC A\r\nBLP AL\r\n\
         PRP MFN Anna%20B\r\nPRP PHH 555%201\r\nLSG Friends de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         LST N=bert@example.net F=Bert C=fb65e3ac-ef79-2059-43d4-6383195a3a57 11 1 de04e308-3fd1-291f-ed83-1852cdfe892e\r\n\
         BPR PHM 555%202\r\nLST N=cleo@example.net F=Cléo 4 1\r\n";
    let chg = "CHG 7 NLN 0 %3Cmsnobj%2F%3E\r\nILN 7 BSY bert@example.net Bert 0\r\n\
         UBX bert@example.net 53\r\n<Data><PSM></PSM><CurrentMedia></CurrentMedia></Data>QNG 60\r\n";
    play(12, "USR 3 OK anna@example.net 1 0\r\nSBS 0 null\r\n", &new_session(syn, chg));
}

#[test]
fn dispatch_sends_everybody_on_and_closes() {
    let cases = [
        (2, "MD5", "XFR 2 NS 10.0.0.9:1863\r\n"),
        (3, "MD5", "XFR 2 NS 10.0.0.9:1863 0\r\n"),
        (6, "MD5", "XFR 2 NS 10.0.0.9:1863 0\r\n"),
        (7, "MD5", "XFR 2 NS 10.0.0.9:1863 0 10.0.0.1:1863\r\n"),
        (12, "TWN", "XFR 2 NS 10.0.0.9:1863 0 10.0.0.1:1863\r\n"),
    ];
    for (dialect, way, xfr) in cases {
        let options = Options {
            dispatch: "10.0.0.1:1863".into(),
            notification: "10.0.0.9:1863".into(),
            ..Options::default()
        };
        let mut rig = Rig::new(options);
        let conn = rig.connect(Door::Dispatch);
        rig.say(conn, format!("VER 1 MSNP{dialect}\r\n"));
        rig.hear(conn);
        rig.talk(conn, &[(&format!("USR 2 {way} I anna@example.net\r\n"), xfr)]);
        assert!(!rig.is_open(conn));
    }
}

#[test]
fn wrong_ways_in_are_closed() {
    let cases: [(&str, &str); 10] = [
        ("VER 1 MSNP99 CVR0\r\n", "VER 1 0\r\n"),
        ("VER x MSNP8\r\n", ""),
        ("VER 1 MSNP8\r\nVER 2 MSNP8\r\n", "VER 1 MSNP8\r\n715 2\r\n"),
        ("VER 1 msnp8 cvr0\r\nINF 2\r\n", "VER 1 MSNP8\r\n"),
        ("VER 1 MSNP8\r\nUSR 2 MD5 I anna@example.net\r\n", "VER 1 MSNP8\r\n"),
        ("VER 1 MSNP7\r\nUSR 2 TWN I anna@example.net\r\n", "VER 1 MSNP7\r\n"),
        ("VER 1 MSNP7\r\nUSR 2 SSO I anna@example.net\r\n", "VER 1 MSNP7\r\n911 2\r\n"),
        ("VER 1 MSNP7\r\nUSR 2 MD5 I anna\r\n", "VER 1 MSNP7\r\n911 2\r\n"),
        ("VER 1 MSNP7\r\nUSR 2 MD5 S d41d8cd98f00b204e9800998ecf8427e\r\n", "VER 1 MSNP7\r\n911 2\r\n"),
        ("PNG\r\n", ""),
    ];
    for (said, expected) in cases {
        let mut rig = Rig::plain();
        let conn = rig.connect(Door::Notification);
        rig.talk(conn, &[(said, expected)]);
        assert!(!rig.is_open(conn), "{said:?}");
    }
}

#[test]
fn wrong_proofs_are_refused() {
    // md5 in upper case, a wrong password, an account that may not use MD5, no such account, another letter case.
    let cases = [
        ("anna@example.net", "ED6A0736DDEAAB153B2CB2644096E327"),
        ("anna@example.net", "0d6a0736ddeaab153b2cb2644096e327"),
        ("dora@example.net", "0d6a0736ddeaab153b2cb2644096e327"),
        ("nobody@example.net", "0d6a0736ddeaab153b2cb2644096e327"),
        ("Anna@example.net", "ed6a0736ddeaab153b2cb2644096e327"),
    ];
    for (address, proof) in cases {
        let mut rig = Rig::plain();
        let conn = rig.connect(Door::Notification);
        rig.say(conn, format!("VER 1 MSNP7\r\nUSR 2 MD5 I {address}\r\n"));
        assert_eq!(rig.hear(conn), "VER 1 MSNP7\r\nUSR 2 MD5 S 989048851.1851137130\r\n");
        rig.talk(conn, &[(&format!("USR 3 MD5 S {proof}\r\n"), "911 3\r\n")]);
        assert!(!rig.is_open(conn) && !rig.emulator.service.is_signed_in(address));
    }
}

#[test]
fn salts_are_constant_hex_or_a_dotted_number_for_who_may_not_use_md5() {
    let salt = |rig: &mut Rig, address: &str| {
        let conn = rig.connect(Door::Notification);
        rig.say(conn, format!("VER 1 MSNP7\r\nUSR 2 MD5 I {address}\r\n"));
        rig.hear(conn).trim_end().rsplit(' ').next().unwrap().to_owned()
    };
    let mut rig = Rig::new(Options::default());
    let first = salt(&mut rig, "anna@example.net");
    assert_eq!((first.len(), &first), (15, &salt(&mut rig, "anna@example.net")));
    assert!(salt(&mut rig, "dora@example.net").contains('.'));
    assert!(salt(&mut rig, "nobody@example.net").contains('.'));
}

#[test]
fn a_second_sign_in_ends_the_first() {
    for dialect in [2, 7, 8, 12] {
        let mut rig = Rig::plain();
        let older = rig.online("anna@example.net", "secret", dialect, "NLN");
        let bert = rig.online("bert@example.net", "hidden, 100%", dialect, "NLN");
        rig.hear(older);
        let younger = rig.sign_in("anna@example.net", "secret", dialect);
        assert_eq!(rig.hear(older), "OUT OTH\r\n");
        assert!(!rig.is_open(older) && rig.is_open(younger));
        assert_eq!(rig.hear(bert), "FLN anna@example.net\r\n", "signed in is not visible yet");
        rig.say(younger, "CHG 9 AWY 0\r\n");
        assert!(rig.hear(bert).starts_with("NLN AWY anna@example.net Anna%20B"));
    }
}

#[test]
fn the_profile_comes_after_ok_and_is_as_long_as_it_says() {
    let mut rig = Rig::new(Options::default());
    let conn = rig.connect(Door::Notification);
    let ticket = rig.ticket("anna@example.net", "secret");
    rig.say(conn, "VER 1 MSNP9\r\nUSR 2 TWN I anna@example.net\r\n");
    rig.hear(conn);
    rig.say(conn, format!("USR 3 TWN S {ticket}\r\n"));
    let heard = rig.hear(conn);
    let (ok, rest) = heard.split_once("\r\n").unwrap();
    assert_eq!(ok, "USR 3 OK anna@example.net Anna%20B 1 0");
    let (head, profile) = rest.split_once("\r\n").unwrap();
    assert_eq!(head, format!("MSG Hotmail Hotmail {}", profile.len()));
    assert!((1300..1600).contains(&profile.len()) && profile.ends_with("\r\n\r\n"), "{}", profile.len());
    assert!(profile.contains("\r\npreferredEmail: anna@example.net\r\n"));
}

#[test]
fn challenges_are_checked_by_both_algorithms() {
    for (dialect, id, other) in
        [(7, "msmsgs@msnmsgr.com", "PROD0000"), (12, "PROD0090YUAUV{2B", "msmsgs@msnmsgr.com")]
    {
        let style = Style { profile: false, ..Style::default() };
        let mut rig = Rig::new(Options { style, ..Options::default() });
        let conn = rig.sign_in("anna@example.net", "secret", dialect);
        rig.hear(conn);
        rig.say(conn, "CHG 4 NLN 0\r\n");
        let heard = rig.hear(conn);
        let digits = heard.trim_end().rsplit("CHL 0 ").next().unwrap().to_owned();
        assert_eq!(digits.len(), 20, "{heard}");
        let right =
            crate::emulator::challenge::answer(&digits, id, crate::emulator::Dialect(dialect)).unwrap();
        rig.talk(
            conn,
            &[(
                &format!("QRY 5 {id} 32\r\n{right}PNG\r\n"),
                if dialect < 9 { "QRY 5\r\nQNG\r\n" } else { "QRY 5\r\nQNG 60\r\n" },
            )],
        );
        let now = rig.now;
        assert!(rig.emulator.service.challenge(now, "anna@example.net"), "at any moment");
        rig.say(conn, "");
        rig.wait(0.0);
        assert!(rig.hear(conn).starts_with("CHL 0 "));
        rig.talk(conn, &[(&format!("QRY 6 {other} 32\r\n{right}"), "540 6\r\n")]);
        assert!(!rig.is_open(conn));
    }
}

#[test]
fn an_unanswered_challenge_ends_the_session_under_the_trid_of_chg() {
    let style = Style { profile: false, ..Style::default() };
    let mut rig = Rig::new(Options { style, challenges: Challenges::AfterFirstChg, ..Options::default() });
    let conn = rig.online("anna@example.net", "secret", 8, "NLN");
    rig.wait(49.0);
    assert_eq!((rig.hear(conn).as_str(), rig.is_open(conn)), ("", true));
    rig.wait(1.5);
    assert_eq!((rig.hear(conn).as_str(), rig.is_open(conn)), ("540 4\r\n", false));
}

#[test]
fn challenges_repeat_when_asked_to() {
    let style = Style { profile: false, ..Style::default() };
    let challenges = Challenges::Every(std::time::Duration::from_secs(20));
    let mut rig = Rig::new(Options { style, challenges, ..Options::default() });
    let conn = rig.online("anna@example.net", "secret", 8, "NLN");
    rig.wait(41.0);
    assert_eq!(rig.hear(conn).matches("CHL 0 ").count(), 2);
}

#[test]
fn the_answer_to_png_is_as_the_options_say() {
    use crate::emulator::Qng;
    for (qng, expected) in
        [(Qng::Bare, "QNG\r\n"), (Qng::Seconds(43), "QNG 43\r\n"), (Qng::ByDialect, "QNG 60\r\n")]
    {
        let mut rig = Rig::new(Options { qng, challenges: Challenges::Off, ..Options::default() });
        let conn = rig.sign_in("anna@example.net", "secret", 9);
        rig.talk(conn, &[("PNG\r\n", expected)]);
    }
}

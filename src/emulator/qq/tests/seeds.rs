//! Every request and reply the documents print. What they contradict is said in the room's first page; templates
//! (`SEQ=标记`, `UIN=QQ号`) are filled in.

use super::{Booth, DESK, LC, PEOPLE, WEI};
use crate::emulator::challenge::md5_hex;
use crate::emulator::qq::{Options, Spelling};

fn seed_002() -> Options {
    Options { spelling: Spelling::Seed002, ..Options::default() }
}

fn login(uin: u32, password: &str) -> String {
    format!("VER=1.1&CMD=Login&SEQ=11281&UIN={uin}&PS={}&M5=1&LC={LC}", md5_hex(password))
}

/// `[seed 002]`'s examples are of a number that has none but 24259132.
const OLDER: &str = r#"
[[qq]]
uin = 415103947
password = "x"
friends = [24259132]
[[qq]]
uin = 24259132
password = "weicheng"
add = "open"
friends = [29501213]
[[qq]]
uin = 29501213
password = "nudge"
"#;

#[test]
fn seed_002_login() {
    let mut booth = Booth::new(seed_002());
    let good = "VER=1.1&CMD=Login&SEQ=11281&UIN=29501213&RES=0&RS=0&HI=60&LI=300";
    assert_eq!(booth.ask(login(DESK, "nudge")), good);
    let body = login(315_103_947, "?").replace("11281", "11422");
    assert_eq!(booth.ask(body), "VER=1.1&CMD=Login&SEQ=11422&UIN=315103947&RES=0&RS=1&RA=登录失败");
}

#[test]
fn seed_002_list_of_24_friends() {
    let mut numbers = vec![561_256, 1_943_497];
    numbers.extend(2_000_001..2_000_023);
    let text = format!("[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = {numbers:?}\n");
    let mut booth = Booth::with(&text, seed_002());
    booth.ask(login(DESK, "nudge"));
    let reply = booth.ask("VER=1.1&CMD=List&SEQ=43661&UIN=29501213&TN=160&UN=0");
    let printed = "VER=1.1&CMD=LIST&SEQ=43661&UIN=29501213&RES=0&FN=1&SN=24&UN=561256,1943497,";
    assert!(reply.starts_with(printed) && reply.ends_with("2000022,"), "{reply}");
}

#[test]
fn seed_002_query_stat_with_seq_minus_one() {
    let row = |uin: u32, face: u32| {
        format!(
            "[[qq]]\nuin = {uin}\npassword = \"x\"\nname = \"n{uin}\"\nface = {face}\nfriends = [{DESK}]\n"
        )
    };
    let desk = format!("[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = [20001, 20002, 20003]\n");
    let mut booth =
        Booth::with(&[desk, row(20_001, 141), row(20_002, 270), row(20_003, 270)].concat(), seed_002());
    booth.ask(login(DESK, "nudge"));
    for uin in 20_001..=20_003 {
        booth.ask(login(uin, "x"));
    }
    booth.fault("qq seq Query_Stat");
    let reply = booth.ask("VER=1.1&CMD=Query_Stat&SEQ=5&UIN=29501213&TN=50&UN=0");
    // The printed line ends at "UN=".
    let printed =
        "VER=1.1&CMD=QUERY_STAT&SEQ=-1&UIN=29501213&RES=0&FC=141,270,270,&FN=1&SN=3&ST=10,10,10,&UN=";
    assert_eq!(reply, format!("{printed}20001,20002,20003,&NK=n20001,n20002,n20003,"));
    booth.rig.emulator.service.clear_faults();
    let reply = booth.ask("VER=1.0&CMD=Query_Stat&SEQ=12321&UIN=29501213&TN=50&UN=0");
    assert!(reply.starts_with("VER=1.0&CMD=QUERY_STAT&SEQ=12321&UIN=29501213&RES=0&FC=141,"), "{reply}");
}

#[test]
fn seed_002_get_info() {
    let people = PEOPLE.replace("uin = 36791785\npassword = \"closed\"", "uin = 415103947\npassword = \"x\"");
    let mut booth = Booth::with(&people, seed_002());
    booth.ask(login(415_103_947, "x"));
    // The page that printed it hid "EM=" and the address behind it.
    assert_eq!(
        booth.ask("VER=1.1&CMD=GetInfo&SEQ=12707&UIN=415103947&LV=2&UN=24259132"),
        "VER=1.1&CMD=GETINFO&SEQ=12707&UIN=415103947&RES=0&AD=云南昆明&AG=0&EM=w@example.com&FC=270&\
         HP=msger.org(建设中…)&JB=程序员&LV=2&PC=650000&PH=0871-6466529&PR=网络为媒%252c关系为本%252c信息为财\
         %252c客户为主.%0d%0a&PV=云南省&RN=刘X&SC=社会大学&SX=0&UN=24259132&NK=微程"
    );
}

#[test]
fn seed_002_the_other_replies() {
    let mut booth = Booth::with(OLDER, Options { ack_twice: false, ..seed_002() });
    booth.ask(login(415_103_947, "x"));
    for (asked, printed) in [
        (
            "VER=1.1&CMD=AddToList&SEQ=13666&UIN=415103947&UN=24259132",
            "VER=1.1&CMD=AddToList&SEQ=13666&UIN=415103947&RES=0&CD=0&UN=24259132",
        ),
        (
            "VER=1.1&CMD=Ack_AddToList&SEQ=1130&UIN=415103947&UN=24259132&CD=2&RS=x",
            "VER=1.1&CMD=Ack_AddToList&SEQ=1130&UIN=415103947&RES=0&",
        ),
        (
            "VER=1.1&CMD=DelFromList&SEQ=24514&UIN=415103947&UN=24259132",
            "VER=1.1&CMD=DelFromList&SEQ=24514&UIN=415103947&RES=0&",
        ),
        (
            "VER=1.1&CMD=Change_Stat&SEQ=17512&UIN=415103947&ST=30",
            "VER=1.1&CMD=Change_Stat&SEQ=17512&UIN=415103947&RES=0&",
        ),
        (
            "VER=1.1&CMD=CLTMSG&SEQ=15803&UIN=415103947&UN=24259132&MG=a",
            "VER=1.1&CMD=CLTMSG&SEQ=15803&UIN=415103947&RES=0",
        ),
        (
            "VER=1.1&CMD=AddToList&SEQ=1&UIN=415103947&UN=415103947",
            "VER=1.1&CMD=AddToList&SEQ=1&UIN=415103947&RES=0&CD=3&UN=415103947",
        ),
        ("VER=1.1&CMD=Logout&SEQ=15803&UIN=415103947", "VER=1.1&CMD=LOGOUT&SEQ=15803&UIN=415103947&RES=0"),
    ] {
        assert_eq!(booth.ask(asked), printed);
    }
}

#[test]
fn seed_002_get_msg_ex() {
    let mut booth = Booth::new(seed_002());
    booth.ask(login(WEI, "weicheng"));
    booth.ask(login(DESK, "nudge"));
    booth.ask("VER=1.1&CMD=GetMsgEx&SEQ=1&UIN=29501213");
    booth.tail("Change_Stat", WEI, "&ST=30");
    for text in ["asdfasdfasdfasdf", "asdfasdfasdf"] {
        booth.ask(format!("VER=1.1&CMD=CLTMSG&SEQ=&UIN={WEI}&UN={DESK}&MG={text}"));
        booth.rig.wait(1.0);
    }
    assert_eq!(
        booth.ask("VER=1.1&CMD=GetMsgEx&SEQ=56661&UIN=29501213"),
        "VER=1.1&CMD=GETMSGEX&SEQ=56661&UIN=29501213&RES=0&MN=3&MT=99,9,9,&UN=24259132,24259132,24259132,&\
         MG=30 ,asdfasdfasdfasdf ,asdfasdfasdf ,&"
    );
}

#[test]
fn seed_002_the_twelve_requests_of_version_1_0_are_served() {
    let mut booth = Booth::new(Options { ack_twice: false, ..Options::default() });
    let ps = md5_hex("nudge");
    for (cmd, fields, expected) in [
        ("Login", format!("&PS={ps}&M5=1&LC={LC}"), "RES=0&RS=0&HI=60&LI=300"),
        ("GetMsgEx", String::new(), "RES=0&MN=0&MT=&UN=&MG="),
        ("CLTMSG", "&UN=24259132&MG=a".into(), "RES=0&"),
        ("List", "&TN=160&UN=0".into(), "RES=0&FN=1&SN=3&UN=24259132,106814,99833581,"),
        ("Query_Stat", "&TN=50&UN=0".into(), "RES=0&FC=&FN=1&SN=0&ST=&UN=&NK="),
        ("GetInfo", "&LV=1&UN=24259132".into(), "RES=0&LV=1&UN=24259132&NK=微程"),
        ("AddToList", "&UN=24259132".into(), "RES=0&CD=1&UN=24259132"),
        ("Ack_AddToList", "&UN=24259132&CD=2&RS=x".into(), "RES=0"),
        ("DelFromList", "&UN=24259132".into(), "RES=0&"),
        ("Finger", "&AG=19&SX=0&PV=江苏".into(), "RES=0&FC=0,&FN=1&SN=1&UN=106814,&NK=Hackfan 好,"),
        ("Change_Stat", "&ST=10".into(), "RES=0&"),
        ("Logout", String::new(), "RES=0"),
    ] {
        let reply = booth.ask(format!("VER=1.0&CMD={cmd}&SEQ=&UIN={DESK}{fields}"));
        let (head, tail) =
            reply.split_once(&format!("&SEQ=&UIN={DESK}&")).unwrap_or_else(|| panic!("{cmd}: {reply}"));
        assert!(head.eq_ignore_ascii_case(&format!("VER=1.0&CMD={cmd}")));
        assert_eq!(tail, expected, "{cmd}");
    }
}

#[test]
fn seed_003_login() {
    let mut booth = Booth::new(Options::default());
    let reply = |tail: &str| format!("VER=1.1&CMD=LOGIN&SEQ=11281&UIN=29501213&RES=0&RS={tail}");
    assert_eq!(booth.ask(login(DESK, "wrong")), reply("1&RA=密码错误"));
    assert_eq!(booth.ask(login(DESK, "nudge")), reply("0&HI=60&LI=300"));
    assert_eq!(booth.ask(login(100, "nudge")), "VER=1.1&CMD=LOGIN&SEQ=11281&UIN=100&RES=5");
    let good = login(DESK, "nudge");
    for wrong in [
        good.replace("UIN=29501213", "UIN=desk"),
        good.replace(&md5_hex("nudge"), ""),
        good.replace(LC, "1223423545756679"),
        good.replace("VER=1.1", "VER=4.0"),
    ] {
        assert_eq!(booth.ask(&wrong), "NULL", "{wrong}");
    }
    for m5 in ["M5=0", "M5=2", "M5=3", "M6=1"] {
        assert_eq!(booth.ask(good.replace("M5=1", m5)), reply("0&HI=60&LI=300"), "unknown, so of no account");
    }
}

#[test]
fn seed_003_list() {
    let numbers: Vec<u32> = [3_814_526].into_iter().chain(2_000_001..2_000_009).collect();
    let text = format!("[[qq]]\nuin = {DESK}\npassword = \"nudge\"\nfriends = {numbers:?}\n");
    let mut booth = Booth::with(&text, Options::default());
    booth.talk(DESK, &[("List&TN=160&UN=0", "RES=20")]);
    booth.ask(login(DESK, "nudge"));
    let whole: String = numbers.iter().map(|number| format!("{number},")).collect();
    let whole = format!("RES=0&FN=1&SN=9&UN={whole}");
    assert!(whole.starts_with("RES=0&FN=1&SN=9&UN=3814526,"));
    booth.talk(
        DESK,
        &[
            ("List", "RES=0&FN=9"),
            ("List&TN=0", "RES=0&FN=9"),
            ("List&TN=160", &whole),
            ("List&UN=0", "RES=0&FN=9"),
            ("List&UN=7", "RES=0&FN=9"),
            ("List&TN=0&UN=0", "RES=0&FN=9"),
            ("List&TN=160&UN=0", &whole),
            ("List&TN=0&UN=106814", "RES=0&FN=9"),
            ("List&TN=x", "NULL"),
            ("List&TN=160&UN=x", "NULL"),
        ],
    );
}

#[test]
fn seed_003_query_stat() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("Query_Stat&TN=50&UN=0", "RES=20"), ("Query_Stat&TN=x", "NULL")]);
    booth.login(DESK);
    booth.login(106_814);
    booth.talk(DESK, &[("Query_Stat&TN=50&UN=0", "RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,")]);
}

#[test]
fn seed_003_query_stat_without_tn_is_answered_twice() {
    let text = "[[qq]]\nuin = 123456789\npassword = \"x\"\nfriends = [106814]\n[[qq]]\nuin = 106814\npassword = \"h\"\n";
    for fields in ["", "&TN=0", "&UN=0", "&TN=0&UN=106814"] {
        let mut booth = Booth::with(text, Options::default());
        booth.ask(login(123_456_789, "x"));
        booth.ask(login(106_814, "h"));
        let conn = booth.begin(format!("VER=1.1&CMD=Query_Stat&SEQ=4711&UIN=123456789{fields}"));
        // With a number of nine digits and a SEQ of four the printed lengths come out.
        let printed = "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
            Content-Length: 56\r\n\r\nVER=1.1&CMD=QUERY_STAT&SEQ=4711&UIN=123456789&RES=0&FN=1\r\n\
            HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
            Content-Length: 77\r\n\r\n\
            VER=1.1&CMD=QUERY_STAT&SEQ=4711&UIN=123456789&RES=0&FC=&FN=1&SN=0&ST=&UN=&NK=\r\n";
        assert_eq!(booth.rig.hear(conn), printed);
        assert!(!booth.rig.is_open(conn));
    }
}

#[test]
fn seed_003_get_info() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("GetInfo&LV=2&UN=106814", "RES=20"), ("GetInfo&LV=x&UN=106814", "NULL")]);
    booth.login(DESK);
    let usual = "RES=0&AD=地址&AG=19&EM=h@example.com&FC=0&HP=http://blog.example.net&JB=学生&LV=2&PC=邮编&PH=电话&\
        PR=The guy is updating to .NET Frameword......&PV=江苏&RN=胡X&SC=毕业院校&SX=0&UN=106814&NK=Hackfan 好";
    let full = "RES=0&AD=地址&AG=19&BT=2&CO=6&CT=苏州&CV=%01&CY=中华人民共和国&EM=h@example.com&FC=0&\
        HP=http://blog.example.net&ID=-&JB=学生&LV=3&MO=136********&MT=0&MV=&PC=邮编&PH=电话&\
        PR=The guy is updating to .NET Frameword......&PV=江苏&RN=胡X&SC=毕业院校&SH=3&SX=0&UN=106814&NK=Hackfan 好";
    booth.talk(
        DESK,
        &[
            ("GetInfo&LV=0&UN=106814", "RES=0&LV=0&UN=106814&NK=Hackfan 好"),
            ("GetInfo&LV=1&UN=106814", "RES=0&LV=1&UN=106814&NK=Hackfan 好"),
            ("GetInfo&LV=2&UN=106814", usual),
            ("GetInfo&LV=3&UN=106814", full),
            ("GetInfo&LV=4&UN=106814", &full.replace("LV=3", "LV=4")),
            ("GetInfo&LV=5&UN=106814", &full.replace("LV=3", "LV=5")),
            ("GetInfo&LV=2&UN=x", "NULL"),
            ("GetInfo&LV=2", "NULL"),
            ("GetInfo&LV=1&UN=5550000", "RES=0&LV=1&UN=5550000&NK=5550000"),
        ],
    );
}

#[test]
fn seed_003_add_to_list() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("AddToList&UN=106814", "RES=20"), ("AddToList&UN=x", "NULL"), ("AddToList", "NULL")]);
    booth.login(DESK);
    booth.talk(
        DESK,
        &[
            ("AddToList&UN=106814", "RES=0&CD=0&UN=106814"),
            ("AddToList&UN=24259132", "RES=0&CD=1&UN=24259132"),
            ("AddToList&UN=36791785", "RES=0&CD=2&UN=36791785"),
        ],
    );
}

#[test]
fn seed_003_change_stat() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("Change_Stat&ST=10", "RES=20"), ("Change_Stat&ST=15", "NULL")]);
    booth.login(DESK);
    for st in (0..=60).step_by(5) {
        let expected = if matches!(st, 10 | 20 | 30 | 40) { "RES=0&" } else { "NULL" };
        booth.talk(DESK, &[(&format!("Change_Stat&ST={st}"), expected)]);
        booth.rig.wait(5.0);
    }
}

#[test]
fn seed_003_get_msg_ex() {
    let people = format!("{PEOPLE}friends = [{DESK}]\n")
        .replace("friends = [24259132, 106814, 99833581]", "friends = [36791785, 99833581, 106814]");
    let mut booth = Booth::with(&people, Options::default());
    booth.talk(DESK, &[("GetMsgEx", "RES=20")]);
    booth.login(36_791_785);
    booth.login(106_814);
    booth.login(DESK);
    booth.login(99_833_581);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=1&MT=99,&UN=99833581,&MG=10,")]);
    booth.talk(DESK, &[("GetMsgEx", "RES=0&MN=0&MT=&UN=&MG=")]);
    booth.talk(36_791_785, &[("Logout", "RES=0")]);
    booth.talk(99_833_581, &[("Change_Stat&ST=30", "RES=0&")]);
    booth.rig.wait(6.0);
    booth.talk(99_833_581, &[("Change_Stat&ST=10", "RES=0&")]);
    booth.talk(106_814, &[("CLTMSG&UN=29501213&MG=hi", "RES=0&")]);
    let printed = "RES=0&MN=4&MT=99,99,99,9,&UN=36791785,99833581,99833581,106814,&MG=20,30,10,hi ,";
    booth.talk(DESK, &[("GetMsgEx", printed)]);
}

#[test]
fn seed_003_long_messages_come_in_pieces() {
    let mut booth = Booth::new(Options::default());
    booth.login(DESK);
    for (count, expected) in [
        (399, format!("RES=0&MN=1&MT=9,&UN=106814,&MG={} ,", "A".repeat(399))),
        (400, format!("RES=0&MN=2&MT=9,9,&UN=106814,106814,&MG={}, ,", "A".repeat(400))),
        (401, format!("RES=0&MN=2&MT=9,9,&UN=106814,106814,&MG={},A ,", "A".repeat(400))),
    ] {
        let now = booth.rig.now;
        booth.rig.emulator.service.qq_write(now, 106_814, DESK, &"A".repeat(count));
        booth.talk(DESK, &[("GetMsgEx", &expected)]);
    }
}

#[test]
fn seed_003_cltmsg_and_logout() {
    let mut booth = Booth::new(Options::default());
    booth.talk(DESK, &[("CLTMSG&UN=106814&MG=TEST", "RES=20"), ("Logout", "RES=0")]);
    booth.login(DESK);
    booth.talk(DESK, &[("CLTMSG&UN=106814&MG=TEST", "RES=0&"), ("CLTMSG&UN=x&MG=TEST", "NULL")]);
    assert_eq!(booth.ask(b"VER=1.1&CMD=CLTMSG&SEQ=1&UIN=29501213&UN=106814&MG=\xc4\xe3"), "NULL");
    assert_eq!(booth.ask("VER=1.1&CMD=CLTMSG&SEQ=1&UIN=29501213&UN=106814&MG=%C4%E3"), "NULL");
    booth.talk(DESK, &[("Logout", "RES=0"), ("Logout", "RES=0")]);
    assert_eq!(booth.ask("VER=1.1&CMD=Logout&SEQ=1&UIN=x"), "NULL");
    assert!(!booth.rig.emulator.service.qq_is_signed_in(DESK));
}

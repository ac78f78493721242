//! Changes of the lists: the words of every edit in every shape of dialect, their answers, and what others do to us.

mod common;

use common::bench::Bench;
use nudged::msnp::notification::Edit;
use nudged::msnp::{Dialect, GroupId, Guid, Lists, NotNow};

const ONE: &str = "one@hotmail.com";
const GROUP: &str = "aabbccdd-1111-4222-8333-444455556666";
const ONES: &str = "00112233-1111-4222-8333-444455556666";

fn guid(text: &str) -> Guid {
    Guid::parse(text.as_bytes()).unwrap()
}

/// What an edit becomes on the wire, TrId included (7 is the first after those of a sign-in in every dialect); `None` if the dialect can't say it.
#[track_caller]
fn golden(dialect: Dialect, edit: Edit<'_>, wire: Option<&str>) {
    let mut bench = Bench::online(dialect);
    bench.said();
    let taken = bench.edit(1, edit);
    let said = bench.said();
    assert_eq!(taken.then(|| said.trim_end_matches("\r\n")), wire, "{dialect} {edit:?}");
    assert!(said.is_empty() || said.ends_with("\r\n"));
}

#[test]
fn contacts_are_added_by_position_up_to_msnp9_and_by_field_from_10() {
    let add = |list, group, guid| Edit::Add { list, account: ONE, name: "One & only", group, guid };
    let third = Some(GroupId::Number(3));
    let plain = add(Lists::FL, None, None);
    for dialect in [Dialect::MSNP2, Dialect::MSNP7, Dialect::MSNP9] {
        golden(dialect, plain, Some("ADD 7 FL one@hotmail.com One%20%26%20only"));
    }
    golden(Dialect::MSNP9, add(Lists::AL, None, None), Some("ADD 7 AL one@hotmail.com One%20%26%20only"));
    golden(Dialect::MSNP7, add(Lists::FL, third, None), Some("ADD 7 FL one@hotmail.com One%20%26%20only 3"));
    // Groups came with MSNP7.
    golden(Dialect::MSNP6, add(Lists::FL, third, None), None);
    for dialect in [Dialect::MSNP10, Dialect::MSNP12] {
        golden(dialect, plain, Some("ADC 7 FL N=one@hotmail.com F=One%20%26%20only"));
        golden(dialect, add(Lists::BL, None, None), Some("ADC 7 BL N=one@hotmail.com"));
        let group = Some(GroupId::Guid(guid(GROUP)));
        let into = format!("ADC 7 FL C={ONES} {GROUP}");
        golden(dialect, add(Lists::FL, group, Some(guid(ONES))), Some(&into));
        golden(dialect, add(Lists::FL, group, None), None);
    }
}

#[test]
fn contacts_are_removed_by_address_or_where_it_must_be_by_guid() {
    let remove = |list, group, guid| Edit::Remove { list, account: ONE, group, guid };
    golden(Dialect::MSNP7, remove(Lists::FL, None, None), Some("REM 7 FL one@hotmail.com"));
    golden(
        Dialect::MSNP9,
        remove(Lists::FL, Some(GroupId::Number(3)), None),
        Some("REM 7 FL one@hotmail.com 3"),
    );
    golden(Dialect::MSNP9, remove(Lists::BL, None, None), Some("REM 7 BL one@hotmail.com"));
    for dialect in [Dialect::MSNP10, Dialect::MSNP12] {
        golden(dialect, remove(Lists::FL, None, Some(guid(ONES))), Some(&format!("REM 7 FL {ONES}")));
        let group = Some(GroupId::Guid(guid(GROUP)));
        golden(
            dialect,
            remove(Lists::FL, group, Some(guid(ONES))),
            Some(&format!("REM 7 FL {ONES} {GROUP}")),
        );
        golden(dialect, remove(Lists::AL, None, Some(guid(ONES))), Some("REM 7 AL one@hotmail.com"));
        golden(dialect, remove(Lists::FL, None, None), None);
    }
}

#[test]
fn the_lists_that_are_the_servers_own_are_not_written() {
    for dialect in [Dialect::MSNP7, Dialect::MSNP12] {
        for list in [Lists::RL, Lists::PL, Lists::FL.with(Lists::AL), Lists::default()] {
            golden(dialect, Edit::Add { list, account: ONE, name: "", group: None, guid: None }, None);
            golden(dialect, Edit::Remove { list, account: ONE, group: None, guid: None }, None);
            golden(dialect, Edit::Privacy(if list == Lists::default() { Lists::FL } else { list }), None);
        }
    }
}

#[test]
fn groups_are_made_renamed_and_removed_from_msnp7_on() {
    let third = GroupId::Number(3);
    let by_guid = GroupId::Guid(guid(GROUP));
    for dialect in [Dialect::MSNP7, Dialect::MSNP9] {
        golden(dialect, Edit::AddGroup("new group"), Some("ADG 7 new%20group 0"));
        golden(dialect, Edit::RenameGroup(third, "New Name"), Some("REG 7 3 New%20Name 0"));
        golden(dialect, Edit::RemoveGroup(third), Some("RMG 7 3"));
    }
    for dialect in [Dialect::MSNP10, Dialect::MSNP12] {
        golden(dialect, Edit::AddGroup("new group"), Some("ADG 7 new%20group 0"));
        golden(dialect, Edit::RenameGroup(by_guid, "New"), Some(&format!("REG 7 {GROUP} New 0")));
        golden(dialect, Edit::RemoveGroup(by_guid), Some(&format!("RMG 7 {GROUP}")));
    }
    for edit in [Edit::AddGroup("a"), Edit::RenameGroup(third, "a"), Edit::RemoveGroup(third)] {
        golden(Dialect::MSNP6, edit, None);
    }
}

#[test]
fn names_phones_and_settings_have_their_words() {
    golden(Dialect::MSNP7, Edit::OwnName("kill microsoft"), Some("REA 7 desk@example.net kill%20microsoft"));
    golden(Dialect::MSNP9, Edit::RenameContact(ONE, "three"), Some("REA 7 one@hotmail.com three"));
    for dialect in [Dialect::MSNP10, Dialect::MSNP12] {
        golden(dialect, Edit::OwnName("Désk"), Some("PRP 7 MFN D%C3%A9sk"));
        golden(dialect, Edit::RenameContact(ONE, "three"), None);
    }
    for dialect in [Dialect::MSNP5, Dialect::MSNP12] {
        golden(dialect, Edit::Phone("PHH", "01 234"), Some("PRP 7 PHH 01%20234"));
        golden(dialect, Edit::Phone("PHM", ""), Some("PRP 7 PHM "));
    }
    golden(Dialect::MSNP4, Edit::Phone("PHH", "01 234"), None);
    for dialect in [Dialect::MSNP2, Dialect::MSNP9, Dialect::MSNP12] {
        golden(dialect, Edit::Privacy(Lists::BL), Some("BLP 7 BL"));
        golden(dialect, Edit::AskBeforeAdding(true), Some("GTC 7 A"));
        golden(dialect, Edit::AskBeforeAdding(false), Some("GTC 7 N"));
        golden(dialect, Edit::Url("INBOX"), Some("URL 7 INBOX"));
    }
}

#[test]
fn nobody_edits_before_the_session_is_up() {
    let mut bench = Bench::new(Dialect::MSNP7);
    assert_eq!(bench.try_edit(1, Edit::OwnName("Desk")), Err(NotNow::NotSignedIn));
    bench.open();
    bench.serve("CHG");
    assert_eq!(bench.try_edit(1, Edit::OwnName("Desk")), Err(NotNow::NotSignedIn));
    // Which dialect it will be is not known either.
    assert_eq!(
        bench.try_edit(1, Edit::Add { list: Lists::RL, account: ONE, name: "", group: None, guid: None }),
        Err(NotNow::NotSignedIn)
    );
}

#[test]
fn what_can_not_be_asked_for_says_why() {
    let mut bench = Bench::online(Dialect::MSNP4);
    assert_eq!(bench.try_edit(1, Edit::Phone("PHH", "1")), Err(NotNow::CantSay));
    for ticket in 0..8 {
        bench.try_edit(ticket, Edit::OwnName("Desk")).unwrap();
    }
    assert_eq!(bench.try_edit(9, Edit::OwnName("Desk")), Err(NotNow::Busy));
}

/// An edit, the server's answer, and what is told of it.
#[track_caller]
fn answered(dialect: Dialect, edit: Edit<'_>, answer: &str, told: &[&str]) {
    let mut bench = Bench::online(dialect);
    assert!(bench.edit(4, edit));
    bench.line(answer);
    assert_eq!(bench.told(), told, "{dialect} {answer}");
    bench.assert_alive();
}

#[test]
fn every_sample_of_the_error_table_is_understood() {
    let add = |list, account| Edit::Add { list, account, name: account, group: None, guid: None };
    let remove = |account, group| Edit::Remove { list: Lists::FL, account, group, guid: None };
    let third = GroupId::Number(3);
    let seven = Dialect::MSNP7;
    for (edit, code) in [
        (add(Lists::AL, "aaa@bbb@ccc"), 201),
        (add(Lists::AL, "none@hotmail.com"), 205),
        (Edit::OwnName("kill microsoft"), 209),
        (add(Lists::FL, ONE), 210),
        (add(Lists::FL, ONE), 215),
        (remove("three@hotmail.com", None), 216),
        (Edit::RenameContact("three@hotmail.com", "three"), 216),
        (Edit::Privacy(Lists::BL), 218),
        (Edit::AskBeforeAdding(true), 218),
        (add(Lists::BL, "four@hotmail.com"), 219),
        (Edit::AddGroup("new group"), 223),
        (remove("five@hotmail.com", Some(third)), 224),
        (Edit::RenameGroup(third, "New Name"), 224),
        (Edit::RemoveGroup(third), 224),
        (remove("six@hotmail.com", Some(third)), 225),
        (Edit::AddGroup("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), 229),
        (Edit::RemoveGroup(GroupId::Number(0)), 230),
        (add(Lists::AL, ONE), 999),
    ] {
        // What is so already is done.
        let told = if [215, 218].contains(&code) {
            "edited 4 Done".into()
        } else {
            format!("edited 4 Refused({code})")
        };
        answered(seven, edit, &format!("{code} 7"), &[&told]);
        answered(seven, edit, &format!("{code} 7 and why"), &[&told]);
    }
    let told = ["edited 4 Done", "added FL one@hotmail.com one@hotmail.com unasked=false"];
    answered(seven, add(Lists::FL, ONE), "ADD 7 825 FL one@hotmail.com one@hotmail.com 2", &told);
    answered(seven, add(Lists::FL, ONE), "ADD 7 FL 825 one@hotmail.com one@hotmail.com 2", &told);
    let told = ["edited 4 Done", "added AL four@hotmail.com four unasked=false"];
    answered(seven, add(Lists::AL, "four@hotmail.com"), "ADD 7 AL 56 four@hotmail.com four", &told);
    answered(seven, Edit::RemoveGroup(third), "RMG 7 11506 3", &["edited 4 Done", "group 3 gone"]);
    answered(seven, Edit::Privacy(Lists::BL), "BLP 7 151 BL", &["edited 4 Done"]);
    answered(seven, Edit::AskBeforeAdding(true), "GTC 7 152 A", &["edited 4 Done"]);
}

#[test]
fn every_answer_is_told_as_a_change() {
    let third = GroupId::Number(3);
    let by_guid = GroupId::Guid(guid(GROUP));
    let remove = |guid| Edit::Remove { list: Lists::FL, account: ONE, group: None, guid };
    let nine = Dialect::MSNP9;
    answered(
        nine,
        Edit::AddGroup("new"),
        "ADG 7 12 new%20group 3 0",
        &["edited 4 Done", "group 3 new group"],
    );
    answered(nine, Edit::RenameGroup(third, "n"), "REG 7 12 3 n%20n 0", &["edited 4 Done", "group 3 is n n"]);
    let told = ["edited 4 Done", r#"removed FL Account("one@hotmail.com") unasked=false"#];
    answered(nine, remove(None), "REM 7 FL 12 one@hotmail.com", &told);
    answered(nine, Edit::OwnName("n"), "REA 7 12 DESK@example.net n%20n", &["edited 4 Done", "name n n"]);
    let told = ["edited 4 Done", "renamed one@hotmail.com n"];
    answered(nine, Edit::RenameContact(ONE, "n"), "REA 7 12 one@hotmail.com n", &told);
    answered(nine, Edit::Phone("PHH", "1"), "PRP 7 12 PHH 1", &["edited 4 Done"]);
    answered(nine, Edit::Url("INBOX"), "URL 7 /unused1 /unused2 1", &["edited 4 Done"]);
    let ten = Dialect::MSNP10;
    let (made, renamed) = (format!("group {GROUP} new group"), format!("group {GROUP} is n"));
    let (gone, away) =
        (format!("group {GROUP} gone"), format!("removed FL Guid({:?}) unasked=false", guid(ONES)));
    answered(ten, Edit::AddGroup("n"), &format!("ADG 7 new%20group {GROUP} 0"), &["edited 4 Done", &made]);
    answered(
        ten,
        Edit::RenameGroup(by_guid, "n"),
        &format!("REG 7 1 n {GROUP} 0"),
        &["edited 4 Done", &renamed],
    );
    answered(ten, Edit::RemoveGroup(by_guid), &format!("RMG 7 1 {GROUP}"), &["edited 4 Done", &gone]);
    answered(ten, Edit::RemoveGroup(by_guid), &format!("RMG 7 {GROUP}"), &["edited 4 Done", &gone]);
    answered(ten, remove(Some(guid(ONES))), &format!("REM 7 FL {ONES}"), &["edited 4 Done", &away]);
    answered(ten, Edit::OwnName("n"), "PRP 7 MFN n%20n", &["edited 4 Done", "name n n"]);
    let add = Edit::Add { list: Lists::FL, account: ONE, name: "One", group: None, guid: None };
    let told = ["edited 4 Done", "added FL one@hotmail.com One unasked=false"];
    answered(ten, add, &format!("ADC 7 FL N=one@hotmail.com F=One C={ONES}"), &told);
    let into =
        Edit::Add { list: Lists::FL, account: ONE, name: "", group: Some(by_guid), guid: Some(guid(ONES)) };
    answered(
        ten,
        into,
        &format!("ADC 7 FL C={ONES} {GROUP}"),
        &["edited 4 Done", "added FL   unasked=false"],
    );
}

#[test]
fn what_others_do_to_us_is_told_as_unasked() {
    let mut bench = Bench::online(Dialect::MSNP9);
    bench.line("ADD 0 RL 12 eve@example.net Eve%20E");
    bench.line("ADD 0 RL 13 eve@example.net ");
    bench.line("ADD 0 RL 14 eve@example.net");
    bench.line("ADD 0 FL 15 eve@example.net  3");
    bench.line("REM 0 RL 16 eve@example.net\nREM 0 RL eve@example.net");
    assert_eq!(
        bench.told(),
        [
            "added RL eve@example.net Eve E unasked=true",
            "added RL eve@example.net  unasked=true",
            "added RL eve@example.net  unasked=true",
            "added FL eve@example.net  unasked=true",
            r#"removed RL Account("eve@example.net") unasked=true"#,
            r#"removed RL Account("eve@example.net") unasked=true"#,
        ]
    );
    let mut bench = Bench::online(Dialect::MSNP11);
    bench.line("ADC 0 RL N=eve@example.net F=Eve\nREM 0 RL eve@example.net");
    assert_eq!(
        bench.told(),
        [
            "added RL eve@example.net Eve unasked=true",
            r#"removed RL Account("eve@example.net") unasked=true"#
        ]
    );
}

#[test]
fn an_empty_name_does_not_make_a_name_of_the_group() {
    let mut bench = Bench::online(Dialect::MSNP9);
    let mut groups = Vec::new();
    let link = nudged::link::Link { room: nudged::link::Room::Notification, number: 1 };
    bench.client.bytes(bench.now, link, b"ADD 0 FL 15 eve@example.net  3\r\n", &mut |event| {
        if let nudged::msnp::Event::Added { contact, .. } = event {
            groups.extend(contact.groups.iter());
            assert_eq!(contact.name, "");
        }
    });
    assert_eq!(groups, [GroupId::Number(3)]);
}

#[test]
fn changes_that_lack_something_are_passed_over() {
    let long = "x".repeat(130);
    for dialect in [Dialect::MSNP9, Dialect::MSNP10] {
        let mut bench = Bench::online(dialect);
        for line in [
            "ADD",
            "ADD 0",
            "ADD 0 XL 5 eve@example.net",
            "ADD 0 RL",
            "ADD 0 RL 5",
            "ADD 0 RL 5 ",
            "ADC 0 RL F=Eve",
            "REM",
            "REM 0 RL",
            "REM 0 RL 5",
            "REM 0 RL 5 ",
            "ADG 0",
            "ADG 0 5 name",
            "REG 0 5",
            "RMG 0",
            "RMG 0 5 x",
            "REA 0",
            "REA 0 5",
            "PRP",
            "PRP 5",
            "BLP",
            "GTC",
            "URL",
            "CHG",
            "CHG 0",
            "CHG 0 XXX",
        ] {
            bench.line(line);
            assert_eq!(bench.told(), [""; 0], "{dialect} {line}");
        }
        bench.line(&format!("ADD 0 RL 5 {long}@example.net Eve\nREM 0 RL 5 {long}@example.net"));
        assert_eq!(bench.told(), [""; 0]);
        bench.assert_alive();
    }
}

//! What an account file says, and which mistakes it can have.

use super::*;

const TWO: &str = r#"
[[account]]
address = "a@example.net"
password = "x"
name = "Änne"
groups = ["Friends"]
[[account.contact]]
address = "b@example.net"
groups = ["Friends"]

[[account]]
address = "b@example.net"
password = "y"
"#;

#[test]
fn names_and_reverse_lists_follow_from_the_other_accounts() {
    let accounts = Accounts::parse(TWO).unwrap();
    let a = accounts.account("a@example.net").unwrap();
    assert_eq!((a.contacts[0].name.as_str(), a.contacts[0].lists), ("b@example.net", FL | AL));
    assert_eq!(a.contacts[0].groups, [1]);
    let b = accounts.account("b@example.net").unwrap();
    assert_eq!(
        (b.contacts[0].address.as_str(), b.contacts[0].name.as_str(), b.contacts[0].lists),
        ("a@example.net", "Änne", RL)
    );
    assert!(accounts.account("A@example.net").is_none(), "letter case counts");
    assert!(!format!("{a:?}").contains("password"));
}

#[test]
fn every_mistake_names_its_line() {
    let cases = [
        ("[[account]]\naddress = \"a@b\"\n", "line 1: missing field `password`"),
        ("[[account]]\naddress = \"ab\"\npassword = \"\"\n", "line 2: address \"ab\" is none"),
        ("[[account]]\naddress = \"a@b\"\npassword = \"\"\nnmae = \"\"\n", "line 4: unknown field `nmae`"),
        (
            "[[account]]\naddress = \"a@b\"\npassword = \"\"\nprivacy = \"XL\"\n",
            "line 4: \"XL\" is none of AL, BL",
        ),
        (
            "[[account]]\naddress = \"a@b\"\npassword = \"\"\n[[account]]\naddress = \"a@b\"\npassword = \"\"\n",
            "line 5: account \"a@b\" is there twice",
        ),
        (
            "[[account]]\naddress = \"a@b\"\npassword = \"\"\n[[account.contact]]\naddress = \"c@d\"\nlists = [\"FL\",\n\"ZL\"]\n",
            "line 7: list \"ZL\" is unknown",
        ),
        (
            "[[account]]\naddress = \"a@b\"\npassword = \"\"\n[[account.contact]]\naddress = \"c@d\"\ngroups = [\"G\"]\n",
            "line 6: group \"G\" is not in",
        ),
        (
            "[[account]]\naddress = \"a@b\"\npassword = \"\"\nphones = { FAX = \"1\" }\n",
            "line 1: phone \"FAX\" is unknown",
        ),
        ("[[qq]]\nuin = 10000\npassword = \"\"\n", "line 2: 10000 is no QQ number of a person"),
        (
            "[[qq]]\nuin = 20000\npassword = \"\"\n[[qq]]\nuin = 20000\npassword = \"\"\n",
            "line 5: uin 20000 is there twice",
        ),
        (
            "[[qq]]\nuin = 20000\npassword = \"\"\nadd = \"no\"\n",
            "line 4: add \"no\" is none of open, ask, closed",
        ),
        (
            "[[qq]]\nuin = 20000\npassword = \"\"\nfriends = [20001,\n20000]\n",
            "line 5: friend 20000 is there twice, or the account's own number",
        ),
        (
            "[[qq]]\nuin = 20000\npassword = \"\"\n[qq.info]\nAD = \"\"\nXX = \"\"\n",
            "line 6: info \"XX\" is unknown",
        ),
        ("# nobody\n", "line 1: no account"),
        ("[[account]\n", "line 1: "),
    ];
    for (text, expected) in cases {
        let error = Accounts::parse(text).unwrap_err();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn the_built_in_accounts_are_sound() {
    let accounts = Accounts::parse(BUILT_IN).unwrap();
    let desk = accounts.account("desk@example.net").unwrap();
    assert!(desk.on(FL).count() >= 4);
    for contact in desk.on(FL) {
        assert!(accounts.account(&contact.address).is_some(), "{} can sign in", contact.address);
    }
    let desk = accounts.qq().find(|number| number.uin == 29_501_213).unwrap();
    assert!(desk.friends.len() >= 3 && !format!("{desk:?}").contains("nudge"));
    for friend in &desk.friends {
        let friend = accounts.qq().find(|number| number.uin == *friend).unwrap();
        assert!(friend.friends.contains(&desk.uin), "{friend:?} has the desk too");
    }
}

#[test]
fn only_the_allowed_are_admitted_when_everybody_else_is_blocked() {
    let mut account = Accounts::parse(TWO).unwrap().account("a@example.net").unwrap().clone();
    assert!(account.admits("b@example.net") && account.admits("c@example.net"));
    account.privacy = "BL".into();
    assert!(account.admits("B@example.net") && !account.admits("c@example.net"));
    account.contact_mut("b@example.net").unwrap().lists |= BL;
    assert!(!account.admits("b@example.net"));
}

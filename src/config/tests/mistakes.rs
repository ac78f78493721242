//! All mistakes at once: their order, what hides which, how many there may be, and that nothing makes the parser panic.

use proptest::prelude::*;

use super::*;

#[test]
fn every_mistake_is_told_at_once_in_the_order_of_the_file() {
    let text = "[display]\nprivacy = 1\n[msn]\naccount = \"x\"\n[[light]]\n[buttons]\nb = 1\n\
                [qq]\nuin = 0\n[people]\nwei = \"qq:4294967296\"\n";
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
         f:7:5: a button: found the number 1, expected a table\n\
         f:8:1: [qq] has no server; add server = \"http://127.0.0.1:8000\"\n\
         f:9:7: uin: found the number 0, expected a number of 1 to 4294967295 such as 29501213\n\
         f:11:7: wei: found \"qq:4294967296\", expected a QQ number such as \"qq:24259132\"\n"
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
fn a_file_that_is_no_configuration_ends_in_a_bounded_number_of_mistakes() {
    let keys = (0..30_000).map(|n| format!("a{n}=1\n")).collect::<String>();
    assert_eq!(parsed(&keys).unwrap_err().len(), 500);
    let members = (0..2001).map(|n| format!("\"a@{n}\",\n")).collect::<String>();
    assert_eq!(
        mistakes_before_msn(&format!("[sets]\nteam = [\n{members}]")),
        "f:2003:1: found more than 2000 members, expected at most that\n"
    );
}

#[test]
fn warnings_are_bounded_as_mistakes_are() {
    let people = (0..1500).map(|n| format!("p{n} = \"qq:{}\"\n", n + 1)).collect::<String>();
    assert_eq!(right(&format!("[people]\n{people}{MSN}")).warnings.len(), 500);
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

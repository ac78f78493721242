//! Words to a request: the one place that reads what a person typed behind `nudged`.
//!
//! It does not know who exists, nor what a network can do: the agent does.

use crate::agent::control::{ContactAct, GroupAct, Phone, Request};
use crate::nearest;
use crate::presence::Status;
use crate::qq::info::Sex;
use crate::text::{self, Shown};

/// A request, still in words. Trailing words that are free text are one text with blanks between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    words: Vec<String>,
    /// The words from each place on, joined.
    rests: [String; RESTS],
}

impl Words {
    /// Words as they were typed, the command first.
    #[must_use]
    pub fn new(words: Vec<String>) -> Self {
        let rest = |from: usize| words.get(from..).unwrap_or_default().join(" ");
        let rests = std::array::from_fn(rest);
        Self { words, rests }
    }

    /// What they ask for.
    ///
    /// # Errors
    /// A sentence for the person: what was found, and what was expected.
    pub fn request(&self) -> Result<Request<'_>, String> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Err(format!("no words; expected {}", nearest::listed(COMMANDS))),
            ["status"] => Ok(Request::Status),
            ["ack"] => Ok(Request::Acknowledge(None)),
            ["ack", who] => Ok(Request::Acknowledge(Some(who))),
            ["reply", number] => Ok(Request::Reply { index: place(number)?, to: None }),
            ["reply", number, who] => Ok(Request::Reply { index: place(number)?, to: Some(who) }),
            ["set", status] => named_status(status).map(Request::Set),
            ["contact", rest @ ..] => self.contact(rest),
            ["group", rest @ ..] => self.group(rest).map(Request::Group),
            ["name", _, ..] => Ok(Request::Name(self.rest(1))),
            ["phone", which, _, ..] => Ok(Request::Phone(named_phone(which)?, self.rest(2))),
            [command, ..] => Err(match USAGE.iter().find(|(name, _)| name == command) {
                Some((_, usage)) => format!("{command}: expected {usage}"),
                None => format!("unknown word {}; {}", quoted(command), nearest::hint(command, COMMANDS)),
            }),
        }
    }

    fn contact<'a>(&'a self, words: &[&'a str]) -> Result<Request<'a>, String> {
        let act = |who, act| Ok(Request::Contact { who, act });
        match *words {
            ["add", who, ..] => act(who, ContactAct::Add(self.rest(3))),
            ["accept", who] => act(who, ContactAct::Accept),
            ["refuse", who, ..] => act(who, ContactAct::Refuse(self.rest(3))),
            ["remove", who] => act(who, ContactAct::Remove),
            ["block", who] => act(who, ContactAct::Block),
            ["unblock", who] => act(who, ContactAct::Unblock),
            ["find", who] => act(who, ContactAct::Find),
            ["find", age, sex, _, ..] => {
                Ok(Request::Search { age: years(age)?, sex: named_sex(sex)?, province: self.rest(4) })
            }
            _ => Err(expected("contact", words.first(), &CONTACT)),
        }
    }

    fn group<'a>(&'a self, words: &[&'a str]) -> Result<GroupAct<'a>, String> {
        match *words {
            ["add", _, ..] => Ok(GroupAct::Add(self.rest(2))),
            ["rename", old, new] => Ok(GroupAct::Rename(old, new)),
            ["remove", _, ..] => Ok(GroupAct::Remove(self.rest(2))),
            ["move", who, _, ..] => Ok(GroupAct::Move { who, group: self.rest(3) }),
            _ => Err(expected("group", words.first(), &GROUP)),
        }
    }

    /// Everything from that word on.
    fn rest(&self, from: usize) -> &str {
        self.rests.get(from).map_or("", String::as_str)
    }
}

/// What a word of a command wants behind it, or which words there are.
fn expected(command: &str, word: Option<&&str>, usage: &[(&str, &str)]) -> String {
    let words = usage.iter().map(|(word, _)| *word);
    let Some(word) = word else { return format!("{command}: expected {}", nearest::listed(words)) };
    match usage.iter().find(|(name, _)| name == word) {
        Some((name, usage)) => format!("{command} {name}: expected {usage}"),
        None => format!("{command}: found {}; {}", quoted(word), nearest::hint(word, words)),
    }
}

/// People count from 1.
fn place(number: &str) -> Result<usize, String> {
    let number_of = |text: &str| usize::try_from(text::number(text.as_bytes())?).ok()?.checked_sub(1);
    number_of(number)
        .ok_or_else(|| format!("reply: found {}, expected the number of a reply, from 1", quoted(number)))
}

fn years(age: &str) -> Result<u8, String> {
    let years = text::number(age.as_bytes()).and_then(|years| u8::try_from(years).ok());
    years.ok_or_else(|| format!("contact find: found the age {}, expected 0 to 255", quoted(age)))
}

fn named_sex(word: &str) -> Result<Sex, String> {
    let wrong = || {
        let hint = nearest::hint(word, Sex::ALL.map(Sex::as_str));
        format!("contact find: found {}; {hint}", quoted(word))
    };
    Sex::ALL.into_iter().find(|sex| sex.as_str() == word).ok_or_else(wrong)
}

fn named_status(word: &str) -> Result<Status, String> {
    Status::named(word).ok_or_else(|| {
        let hint = nearest::hint(word, Status::ALL.map(Status::as_str));
        format!("set: found {}; {hint}", quoted(word))
    })
}

fn named_phone(word: &str) -> Result<Phone, String> {
    let wrong = || {
        let hint = nearest::hint(word, Phone::ALL.map(Phone::as_str));
        format!("phone: found {}; {hint}", quoted(word))
    };
    Phone::ALL.into_iter().find(|phone| phone.as_str() == word).ok_or_else(wrong)
}

/// A word somebody typed, cut where it gets too long for a sentence.
fn quoted(word: &str) -> String {
    let cut: String = word.chars().take(WORD_SHOWN).collect();
    format!("\"{}{}\"", Shown(&cut), if cut.len() < word.len() { "…" } else { "" })
}

/// Every command, in the order of the help.
pub(super) const COMMANDS: [&str; 8] = ["status", "ack", "reply", "set", "contact", "group", "name", "phone"];
/// What a command wants behind it.
const USAGE: [(&str, &str); 6] = [
    ("status", "nothing behind it"),
    ("ack", "nothing, or whose messages"),
    ("reply", "the number of a reply, and perhaps to whom"),
    ("set", "one status"),
    ("name", "a name"),
    ("phone", "home, work or mobile, and a number; \"\" removes it"),
];
const CONTACT: [(&str, &str); 7] = [
    ("add", "whom, and perhaps words"),
    ("accept", "whom"),
    ("refuse", "whom, and perhaps words"),
    ("remove", "whom"),
    ("block", "whom"),
    ("unblock", "whom"),
    ("find", "whom, or an age, male or female, and a province"),
];
const GROUP: [(&str, &str); 4] = [
    ("add", "a name"),
    ("rename", "the old and the new name"),
    ("remove", "a name"),
    ("move", "whom, and into which group"),
];
/// The furthest place from which words are free text, and one more.
const RESTS: usize = 5;
/// Characters of a wrong word that are shown.
const WORD_SHOWN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Words {
        Words::new(line.split('|').filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    #[track_caller]
    fn asks(line: &str, request: Request<'_>) {
        assert_eq!(words(line).request(), Ok(request), "{line}");
    }

    #[test]
    fn every_command_is_read() {
        let contact = |who, act| Request::Contact { who, act };
        asks("status", Request::Status);
        asks("ack", Request::Acknowledge(None));
        asks("ack|bob", Request::Acknowledge(Some("bob")));
        asks("reply|1", Request::Reply { index: 0, to: None });
        asks("reply|12|wei", Request::Reply { index: 11, to: Some("wei") });
        for status in Status::ALL {
            asks(&format!("set|{status}"), Request::Set(status));
        }
        asks("contact|add|qq:5", contact("qq:5", ContactAct::Add("")));
        asks("contact|add|qq:5|it is|me", contact("qq:5", ContactAct::Add("it is me")));
        asks("contact|accept|bob@example.net", contact("bob@example.net", ContactAct::Accept));
        asks("contact|refuse|bob", contact("bob", ContactAct::Refuse("")));
        asks("contact|refuse|qq:5|no,|sorry", contact("qq:5", ContactAct::Refuse("no, sorry")));
        asks("contact|remove|bob", contact("bob", ContactAct::Remove));
        asks("contact|block|bob", contact("bob", ContactAct::Block));
        asks("contact|unblock|bob", contact("bob", ContactAct::Unblock));
        asks("contact|find|qq:5", contact("qq:5", ContactAct::Find));
        let province = "江苏";
        asks("contact|find|19|female|江苏", Request::Search { age: 19, sex: Sex::Female, province });
        asks(
            "contact|find|0|male|New|York",
            Request::Search { age: 0, sex: Sex::Male, province: "New York" },
        );
        asks("group|add|Old|friends", Request::Group(GroupAct::Add("Old friends")));
        asks("group|rename|Old friends|New", Request::Group(GroupAct::Rename("Old friends", "New")));
        asks("group|remove|Old|friends", Request::Group(GroupAct::Remove("Old friends")));
        let group = "Old friends";
        asks("group|move|bob|Old|friends", Request::Group(GroupAct::Move { who: "bob", group }));
        asks("name|Desk|of Ann", Request::Name("Desk of Ann"));
        asks("phone|home|+49 30|1234", Request::Phone(Phone::Home, "+49 30 1234"));
        asks("phone|work|1", Request::Phone(Phone::Work, "1"));
        let empty = Words::new(["phone", "mobile", ""].map(str::to_owned).to_vec());
        assert_eq!(empty.request(), Ok(Request::Phone(Phone::Mobile, "")));
    }

    #[test]
    fn every_mistake_says_what_was_found_and_what_is_right() {
        for (line, wrong) in [
            ("", "no words; expected status, ack, reply, set, contact, group, name or phone"),
            ("stauts", "unknown word \"stauts\"; did you mean \"status\"?"),
            (
                "dance",
                "unknown word \"dance\"; expected status, ack, reply, set, contact, group, name or phone",
            ),
            (
                "\u{1b}[2J",
                "unknown word \"\\u{1b}[2J\"; expected status, ack, reply, set, contact, group, name or phone",
            ),
            ("status|bob", "status: expected nothing behind it"),
            ("ack|bob|amy", "ack: expected nothing, or whose messages"),
            ("reply", "reply: expected the number of a reply, and perhaps to whom"),
            ("reply|1|bob|amy", "reply: expected the number of a reply, and perhaps to whom"),
            ("reply|0", "reply: found \"0\", expected the number of a reply, from 1"),
            ("reply|-1", "reply: found \"-1\", expected the number of a reply, from 1"),
            ("reply|one", "reply: found \"one\", expected the number of a reply, from 1"),
            (
                "reply|18446744073709551616",
                "reply: found \"18446744073709551616\", expected the number of a reply, from 1",
            ),
            ("set", "set: expected one status"),
            ("set|busy|away", "set: expected one status"),
            ("set|bsy", "set: found \"bsy\"; did you mean \"busy\"?"),
            ("set|offline", "set: found \"offline\"; did you mean \"invisible\"?"),
            (
                "set|gone",
                "set: found \"gone\"; expected online, busy, away, brb, phone, lunch, idle or invisible",
            ),
            ("contact", "contact: expected add, accept, refuse, remove, block, unblock or find"),
            ("contact|ad|x", "contact: found \"ad\"; did you mean \"add\"?"),
            ("contact|add", "contact add: expected whom, and perhaps words"),
            ("contact|accept", "contact accept: expected whom"),
            ("contact|accept|bob|now", "contact accept: expected whom"),
            ("contact|refuse", "contact refuse: expected whom, and perhaps words"),
            ("contact|remove", "contact remove: expected whom"),
            ("contact|block|a|b", "contact block: expected whom"),
            ("contact|unblock", "contact unblock: expected whom"),
            ("contact|find", "contact find: expected whom, or an age, male or female, and a province"),
            (
                "contact|find|19|female",
                "contact find: expected whom, or an age, male or female, and a province",
            ),
            ("contact|find|300|male|x", "contact find: found the age \"300\", expected 0 to 255"),
            ("contact|find|30|mle|x", "contact find: found \"mle\"; did you mean \"male\"?"),
            ("group", "group: expected add, rename, remove or move"),
            ("group|add", "group add: expected a name"),
            ("group|rename|a", "group rename: expected the old and the new name"),
            ("group|rename|a|b|c", "group rename: expected the old and the new name"),
            ("group|remove", "group remove: expected a name"),
            ("group|move|bob", "group move: expected whom, and into which group"),
            ("group|fold", "group: found \"fold\"; expected add, rename, remove or move"),
            ("name", "name: expected a name"),
            ("phone|home", "phone: expected home, work or mobile, and a number; \"\" removes it"),
            ("phone|hoem|1", "phone: found \"hoem\"; did you mean \"home\"?"),
        ] {
            assert_eq!(words(line).request(), Err(wrong.to_owned()), "{line}");
        }
        let long = words(&"x".repeat(5000)).request().unwrap_err();
        assert!(long.len() < 200 && long.contains("x…\""), "{long}");
    }
}

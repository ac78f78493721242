//! Answers as JSON: one object, one line. Scripts read it, so it is stable: readers ignore keys they do not know, and no
//! key is ever taken away.
//!
//! It does not know who asked.

use serde_json::{Value, json};

use crate::agent::control::{AccountReport, Answer, ContactReport, Report, RequestReport, WaitingReport};
use crate::json::write_line;

/// The line of an answer, LF included. What a terminal must not see is written as `\u….`.
pub(super) fn line(answer: &Answer) -> Vec<u8> {
    let (word, exit, say) = match answer {
        Answer::Status(_) => ("status", DONE, ""),
        Answer::Done(say) => ("done", DONE, say.as_str()),
        Answer::Found(_) => ("found", DONE, ""),
        Answer::Failed(say) => ("failed", FAILED, say.as_str()),
        Answer::Unsure(say) => ("unsure", FAILED, say.as_str()),
        Answer::Wrong(say) => ("wrong", USAGE, say.as_str()),
    };
    let mut object = json!({ "answer": word, "exit": exit });
    if let Some(object) = object.as_object_mut() {
        if !say.is_empty() {
            object.insert("say".into(), say.into());
        }
        match answer {
            Answer::Status(report) => drop(object.insert("status".into(), status(report))),
            Answer::Found(rows) => drop(object.insert("found".into(), json!(rows))),
            _ => {}
        }
    }
    let mut line = Vec::new();
    // Its keys are strings.
    let _never = write_line(&mut line, &object);
    line
}

fn status(report: &Report) -> Value {
    json!({
        "version": report.version,
        "accounts": report.accounts.iter().map(account).collect::<Vec<Value>>(),
        "waiting": report.waiting.iter().map(waiting).collect::<Vec<Value>>(),
        "requests": report.requests.iter().map(|request| &request.account).collect::<Vec<_>>(),
        "asking": report.requests.iter().map(asking).collect::<Vec<Value>>(),
        "mail": report.mail,
        "replies": report.replies,
    })
}

fn account(account: &AccountReport) -> Value {
    json!({
        "network": account.network.as_str(),
        "account": account.account,
        "link": account.link.as_str(),
        "why": account.why,
        "own": account.own.map(|own| own.as_str()),
        "wanted": account.wanted.as_str(),
        "contacts": account.contacts.iter().map(contact).collect::<Vec<Value>>(),
    })
}

fn contact(contact: &ContactReport) -> Value {
    json!({
        "account": contact.account,
        "title": contact.title,
        "presence": contact.presence.as_str(),
        "blocked": contact.blocked,
        "groups": contact.groups,
    })
}

/// What `requests` has, with their words.
fn asking(request: &RequestReport) -> Value {
    json!({ "account": request.account, "words": request.words })
}

fn waiting(waiting: &WaitingReport) -> Value {
    json!({
        "account": waiting.account,
        "title": waiting.title,
        "unread": waiting.unread,
        "text": waiting.text,
    })
}

/// It is so.
const DONE: u8 = 0;
/// It is not, or nobody knows.
const FAILED: u8 = 1;
/// The request makes no sense, as in `sysexits.h`.
const USAGE: u8 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Network;
    use crate::presence::{LinkState, Presence, Status};

    fn text(answer: &Answer) -> String {
        String::from_utf8(line(answer)).unwrap()
    }

    #[test]
    fn every_kind_of_answer_has_its_word_and_exit_code() {
        for (answer, word, exit) in [
            (Answer::Done("bob is blocked".into()), "done", 0),
            (Answer::Failed("no".into()), "failed", 1),
            (Answer::Unsure("who knows".into()), "unsure", 1),
            (Answer::Wrong("what".into()), "wrong", 64),
        ] {
            let parsed: Value = serde_json::from_str(&text(&answer)).unwrap();
            assert_eq!((&parsed["answer"], &parsed["exit"]), (&json!(word), &json!(exit)));
            assert!(parsed["say"].is_string());
        }
        let found = Answer::Found(vec![("nickname".into(), "微程".into()), ("sex".into(), "male".into())]);
        assert_eq!(
            text(&found),
            "{\"answer\":\"found\",\"exit\":0,\"found\":[[\"nickname\",\"微程\"],[\"sex\",\"male\"]]}\n"
        );
    }

    #[test]
    fn a_status_has_everything_and_stays_one_line_without_controls() {
        let contact = ContactReport {
            account: "bob@example.net".into(),
            title: "Bob\u{202e}\n\u{9b}2J".into(),
            presence: Presence::Busy,
            blocked: true,
            groups: vec!["Friends".into()],
        };
        let account = AccountReport {
            network: Network::Msn,
            account: "desk@example.net".into(),
            link: LinkState::Refused,
            why: "911 authentication failed".into(),
            own: None,
            wanted: Status::Away,
            contacts: vec![contact],
        };
        let waiting = WaitingReport {
            account: "bob@example.net".into(),
            title: "Bob".into(),
            unread: 2,
            text: "hi".into(),
        };
        let report = Report {
            version: "1",
            accounts: vec![account],
            waiting: vec![waiting],
            requests: vec![RequestReport { account: "qq:5".into(), words: "hi\r\nthere".into() }],
            mail: 3,
            replies: vec!["Yes".into()],
        };
        let line = text(&Answer::Status(report.into()));
        assert!(line.trim_end().chars().all(crate::text::is_showable), "{line:?}");
        let parsed: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            parsed["status"],
            json!({
                "version": "1",
                "accounts": [{
                    "network": "msn", "account": "desk@example.net", "link": "refused",
                    "why": "911 authentication failed", "own": null, "wanted": "away",
                    "contacts": [{
                        "account": "bob@example.net", "title": "Bob\u{202e}\n\u{9b}2J", "presence": "busy",
                        "blocked": true, "groups": ["Friends"],
                    }],
                }],
                "waiting": [{ "account": "bob@example.net", "title": "Bob", "unread": 2, "text": "hi" }],
                "requests": ["qq:5"],
                "asking": [{ "account": "qq:5", "words": "hi\r\nthere" }],
                "mail": 3,
                "replies": ["Yes"],
            })
        );
    }
}

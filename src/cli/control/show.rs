//! An answer of the agent as people read it: aligned, short, and with nothing in it that could steer a terminal.
//!
//! It does not know how the answer came.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::table::table;
use crate::text::Shown;

/// What goes to stdout.
pub(super) fn shown(answer: &Value) -> String {
    if let Some(status) = answer.get("status") {
        return status_text(status);
    }
    if let Some(found) = answer.get("found") {
        let rows = list(found).iter().map(|row| vec![text_at(row, 0) + ":", line_at(row, 1)]);
        return table("", rows.collect());
    }
    format!("{}\n", text(answer, "say"))
}

fn status_text(status: &Value) -> String {
    let mut out = format!("nudged {}\n", text(status, "version"));
    for account in of(status, "accounts") {
        let _never = writeln!(out, "\n{}", account_text(account));
        out += &table("  ", of(account, "contacts").iter().map(contact_row).collect());
    }
    section(&mut out, "waiting", of(status, "waiting").iter().map(waiting_row).collect());
    let requests = of(status, "requests").iter();
    section(
        &mut out,
        "requests",
        requests.map(|account| request_row(account, of(status, "asking"))).collect(),
    );
    if let Some(mail) = status.get("mail").and_then(Value::as_u64).filter(|mail| *mail > 0) {
        section(&mut out, "mail", vec![vec![format!("{mail} unread")]]);
    }
    let replies = of(status, "replies").iter().enumerate();
    section(
        &mut out,
        "replies",
        replies.map(|(at, reply)| vec![(at + 1).to_string(), shown_text(reply)]).collect(),
    );
    out
}

/// `msn desk@example.net: online, as busy`, or why not. Who is online as online is just that.
fn account_text(account: &Value) -> String {
    let (link, why) = (text(account, "link"), text(account, "why"));
    let (network, address) = (text(account, "network"), text(account, "account"));
    // `qq:29501213` has the network in it already.
    let address = address.strip_prefix(&format!("{network}:")).unwrap_or(&address);
    let mut line = format!("{network} {address}: {link}");
    if !why.is_empty() {
        let _never = write!(line, " ({why})");
    }
    let (own, wanted) = (text(account, "own"), text(account, "wanted"));
    let _never = match own.as_str() {
        // A change was asked for, and nobody knows whether it was made.
        "" if link == "online" || link == "stale" => write!(line, ", {wanted} is asked for"),
        "" => write!(line, ", to come as {wanted}"),
        _ if own == wanted && own == link => Ok(()),
        _ if own == wanted => write!(line, ", as {own}"),
        _ => write!(line, ", as {own}, {wanted} is asked for"),
    };
    line
}

fn contact_row(contact: &Value) -> Vec<String> {
    let (title, account) = (text(contact, "title"), text(contact, "account"));
    let address = if title == account { String::new() } else { account };
    let mut remarks: Vec<String> = of(contact, "groups").iter().map(shown_text).collect();
    if contact.get("blocked").and_then(Value::as_bool) == Some(true) {
        remarks.insert(0, "blocked".to_owned());
    }
    vec![title, text(contact, "presence"), address, remarks.join(", ")]
}

fn waiting_row(waiting: &Value) -> Vec<String> {
    let unread = waiting.get("unread").and_then(Value::as_u64).unwrap_or(0);
    vec![text(waiting, "title"), format!("{unread} unread"), text(waiting, "text")]
}

/// Who asks, and with which words; an older agent tells none.
fn request_row(account: &Value, asking: &[Value]) -> Vec<String> {
    let words =
        asking.iter().find(|row| row.get("account") == Some(account)).and_then(|row| row.get("words"));
    vec![shown_text(account), words.map(one_line).unwrap_or_default()]
}

fn section(out: &mut String, title: &str, rows: Vec<Vec<String>>) {
    if !rows.is_empty() {
        let _never = writeln!(out, "\n{title}");
        out.push_str(&table("  ", rows));
    }
}

fn of<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object.get(key).map_or(&[], list)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).map(shown_text).unwrap_or_default()
}

fn text_at(row: &Value, place: usize) -> String {
    row.get(place).map(shown_text).unwrap_or_default()
}

fn line_at(row: &Value, place: usize) -> String {
    row.get(place).map(one_line).unwrap_or_default()
}

/// What people wrote in lines, in one: their ends are blanks.
fn one_line(value: &Value) -> String {
    let lines: Vec<&str> = value.as_str().unwrap_or_default().lines().collect();
    Shown(&lines.join(" ")).to_string()
}

fn shown_text(value: &Value) -> String {
    Shown(value.as_str().unwrap_or_default()).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_is_aligned_whatever_the_names() {
        let status = json!({ "answer": "status", "exit": 0, "status": {
            "version": "0.1.0",
            "accounts": [
                { "network": "msn", "account": "desk@example.net", "link": "online", "why": "", "own": "busy",
                  "wanted": "busy", "contacts": [
                    { "account": "bob@example.net", "title": "bob", "presence": "online", "blocked": false,
                      "groups": ["Friends", "Work"] },
                    { "account": "eve@example.net", "title": "eve@example.net", "presence": "offline",
                      "blocked": true, "groups": [] } ] },
                { "network": "qq", "account": "qq:29501213", "link": "refused", "why": "login refused: 密码错误",
                  "own": null, "wanted": "busy", "contacts": [
                    { "account": "qq:24259132", "title": "微程", "presence": "unknown", "blocked": false,
                      "groups": [] } ] } ],
            "waiting": [{ "account": "bob@example.net", "title": "bob", "unread": 2, "text": "hi\u{1b}[2J" }],
            "requests": ["qq:5", "qq:7"], "asking": [{ "account": "qq:5", "words": "是我\r\n小\u{1b}明" }], "mail": 3, "replies": ["Yes", "No"] } });
        assert_eq!(
            shown(&status),
            "nudged 0.1.0\n\
             \n\
             msn desk@example.net: online, as busy\n\
             \x20 bob              online   bob@example.net  Friends, Work\n\
             \x20 eve@example.net  offline                   blocked\n\
             \n\
             qq 29501213: refused (login refused: 密码错误), to come as busy\n\
             \x20 微程  unknown  qq:24259132\n\
             \n\
             waiting\n\
             \x20 bob  2 unread  hi\\u{1b}[2J\n\
             \n\
             requests\n\
             \x20 qq:5  是我 小\\u{1b}明\n\
             \x20 qq:7\n\
             \n\
             mail\n\
             \x20 3 unread\n\
             \n\
             replies\n\
             \x20 1  Yes\n\
             \x20 2  No\n"
        );
    }

    #[test]
    fn a_state_nobody_is_sure_of_is_only_asked_for() {
        for (link, line) in
            [("online", "qq 5: online, invisible is asked for"), ("lost", "qq 5: lost, to come as invisible")]
        {
            let account = json!({ "network": "qq", "account": "qq:5", "link": link, "why": "", "own": null,
                "wanted": "invisible" });
            assert_eq!(account_text(&account), line);
        }
    }

    #[test]
    fn what_was_found_is_labelled_and_a_sentence_is_a_sentence() {
        let found = json!({ "found": [["nickname", "微程"], ["home", "a,b\r\nc"], ["odd"]] });
        assert_eq!(shown(&found), "nickname:  微程\nhome:      a,b c\nodd:\n");
        assert_eq!(shown(&json!({ "say": "bob\u{202e} is blocked" })), "bob\\u{202e} is blocked\n");
    }

    #[test]
    fn an_answer_of_another_shape_is_shown_as_far_as_it_goes() {
        for odd in [
            json!({}),
            json!([1]),
            json!({ "status": 5 }),
            json!({ "status": { "accounts": [1, [], {}] } }),
            json!({ "found": {} }),
            json!({ "found": [[], 5, [1, 2]] }),
        ] {
            assert!(shown(&odd).chars().all(|c| c == '\n' || crate::text::is_showable(c)), "{odd}");
        }
    }
}

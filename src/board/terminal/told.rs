//! Notices as sentences for people.
//! It does not know whether they are drawn or printed.

use crate::agent::{MessageKind, Notice, OwnStatus};
use crate::message::Outcome;
use crate::text::Shown;

/// One line without its end, free of what a terminal must not see.
pub(super) fn sentence(notice: &Notice) -> String {
    match notice {
        Notice::Link { network, state, why } => {
            format!("{}: {state}{}", network.as_str(), because(why))
        }
        Notice::Own { network, status: OwnStatus::Unknown } => {
            format!("{}: nobody knows whether your status changed", network.as_str())
        }
        Notice::Own { network, status } => format!("{}: you are {}", network.as_str(), status.as_str()),
        Notice::Contact { account, presence, name }
            if name.is_empty() || name.as_str() == account.as_str() =>
        {
            format!("{} is {presence}", Shown(account))
        }
        Notice::Contact { account, presence, name } => {
            format!("{} ({}) is {presence}", Shown(name), Shown(account))
        }
        Notice::Message { from, kind, text } => said(from, *kind, text),
        Notice::Waiting { from, unread: 0 } => format!("nothing waits from {}", Shown(from)),
        Notice::Waiting { from, unread: 1 } => format!("a message waits from {}", Shown(from)),
        Notice::Waiting { from, unread } => format!("{unread} messages wait from {}", Shown(from)),
        Notice::Reply { to, text, outcome, why } => {
            let what = if text.is_empty() { "a nudge".into() } else { format!("\"{}\"", Shown(text)) };
            format!("you to {}: {what} {}{}", Shown(to), became(*outcome), because(why))
        }
    }
}

fn said(from: &str, kind: MessageKind, text: &str) -> String {
    let wordless = text.is_empty();
    let (from, text) = (Shown(from), Shown(text));
    match kind {
        MessageKind::Text => format!("{from}: {text}"),
        MessageKind::Nudge => format!("{from} nudges you"),
        MessageKind::Typing => format!("{from} is typing"),
        MessageKind::Request if wordless => format!("{from} asks to have you on their list"),
        MessageKind::Request => format!("{from} asks to have you on their list: {text}"),
        MessageKind::Accepted => format!("{from} accepted to be on your list"),
        MessageKind::Refused if wordless => format!("{from} refused to be on your list"),
        MessageKind::Refused => format!("{from} refused to be on your list: {text}"),
        MessageKind::Mail => format!("mail from {from}: {text}"),
        MessageKind::Invite => format!("{from} offers a file or a call, declined: {text}"),
    }
}

const fn became(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Sending => "is on its way",
        Outcome::Delivered => "was delivered",
        Outcome::Failed => "was not delivered",
        Outcome::Unsure => "may not have arrived",
    }
}

fn because(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(", {}", Shown(why)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Network;
    use crate::presence::{LinkState, Presence};
    use crate::text::cut;

    #[test]
    fn notices_read_like_sentences() {
        let bob = || cut("bob@example.net");
        let told = |notice| sentence(&notice);
        let link =
            Notice::Link { network: Network::Msn, state: LinkState::Lost, why: cut("connection broken") };
        assert_eq!(told(link), "msn: lost, connection broken");
        let busy = Notice::Contact { account: bob(), presence: Presence::Busy, name: cut("Bob") };
        assert_eq!(told(busy), "Bob (bob@example.net) is busy");
        let nameless =
            Notice::Contact { account: bob(), presence: Presence::Busy, name: cut("bob@example.net") };
        assert_eq!(told(nameless), "bob@example.net is busy");
        let nudge = Notice::Reply { to: bob(), text: cut(""), outcome: Outcome::Failed, why: cut("217") };
        assert_eq!(told(nudge), "you to bob@example.net: a nudge was not delivered, 217");
    }

    #[test]
    fn a_strangers_text_reaches_nobody_unescaped() {
        let text = cut("\u{1b}[2J\u{202e}hi");
        let told = sentence(&Notice::Message { from: cut("a\u{7}"), kind: MessageKind::Text, text });
        assert_eq!(told, "a\\u{7}: \\u{1b}[2J\\u{202e}hi");
    }
}

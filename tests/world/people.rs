//! Who is on MSN, where a story needs more than a desk and Bob. It does not know who is on QQ: the stories differ there.

use nudged::emulator::Accounts;

pub(crate) const AMY: &str = "amy@example.net";
pub(crate) const EVE: &str = "eve@example.net";

/// The desk with Bob on its list; Amy, who is not; Eve, who has the desk on hers and is not decided on.
const PEOPLE: &str = r#"
[[account]]
address = "desk@example.net"
password = "nudge"
name = "Desk"
groups = ["Friends", "Work"]
[[account.contact]]
address = "bob@example.net"
groups = ["Friends"]

[[account]]
address = "bob@example.net"
password = "builder"
name = "Bob"
[[account.contact]]
address = "desk@example.net"

[[account]]
address = "amy@example.net"
password = "pond"
name = "Amy"

[[account]]
address = "eve@example.net"
password = "apple"
name = "Eve"
[[account.contact]]
address = "desk@example.net"
"#;

/// These people, and those of that text.
pub(crate) fn and(others: &str) -> Accounts {
    Accounts::parse(&format!("{PEOPLE}{others}")).unwrap()
}

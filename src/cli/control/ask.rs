//! The client's side of the control socket: a line of words out, a line of JSON in.
//!
//! It does not know what either means.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::cli::failure::{Exit, Failure};
use crate::text::Shown;

/// What the agent said.
#[derive(Debug)]
pub(super) struct Said {
    /// The line as it came, LF included.
    pub(super) line: String,
    /// The same, read.
    pub(super) object: Value,
    /// How the command ends; `None` if it ends well.
    pub(super) exit: Option<Exit>,
}

impl Said {
    /// Its sentence, on one line whatever names are in it: a friend's may have line ends.
    pub(super) fn say(&self) -> String {
        let say = self.object.get("say").and_then(Value::as_str).unwrap_or("the agent did not say why");
        Shown(say).to_string()
    }
}

/// Asks the agent that listens there.
pub(super) fn ask(socket: &Path, words: &[String]) -> Result<Said, Failure> {
    let file = socket.display();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Failure::new(
            Exit::Io,
            format!("no nudged answers on {file}; is it running, as a service or with --socket {file}?"),
        ),
        io::ErrorKind::PermissionDenied => Failure::new(
            Exit::Io,
            format!(
                "{file}: you may not; expected root, the user nudged runs as, or a member of the socket's group"
            ),
        ),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            Failure::new(Exit::Io, format!("{file}: nudged did not answer in time"))
        }
        _ => Failure::new(Exit::Io, format!("{file}: {error}")),
    };
    let line = talk(socket, words).map_err(failed)?;
    read(line).ok_or_else(|| {
        Failure::new(Exit::Io, format!("{file}: what answers is no nudged, or it ended before it answered"))
    })
}

fn talk(socket: &Path, words: &[String]) -> io::Result<Vec<u8>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(WRITE_WITHIN))?;
    let mut line = serde_json::to_vec(words)?;
    line.push(b'\n');
    // Whoever refuses us at the door does not read; what it said is there all the same.
    let written = stream.write_all(&line);
    let mut answer = Vec::new();
    let read = stream.take(ANSWER_MAX).read_to_end(&mut answer);
    if answer.ends_with(b"\n") {
        return Ok(answer);
    }
    written.and(read).map(|_| answer)
}

fn read(line: Vec<u8>) -> Option<Said> {
    let line = String::from_utf8(line).ok()?;
    let object: Value = serde_json::from_str(&line).ok()?;
    let exit = match object.get("exit")?.as_u64()? {
        0 => None,
        64 => Some(Exit::Usage),
        _ => Some(Exit::Other),
    };
    Some(Said { line, object, exit })
}

/// The agent gives up after three minutes at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(200);
/// The agent reads at once.
const WRITE_WITHIN: Duration = Duration::from_secs(5);
/// Octets of an answer: two accounts with thousands of contacts.
const ANSWER_MAX: u64 = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_friend_can_put_a_line_of_their_own_on_stderr() {
        let answer =
            r#"{"answer":"failed","exit":1,"say":"not delivered to Bob\nnudged: run this\u001b[2J"}"#;
        let said = read(format!("{answer}\n").into_bytes()).unwrap();
        assert_eq!(said.exit, Some(Exit::Other));
        assert_eq!(said.say(), "not delivered to Bob\\u{a}nudged: run this\\u{1b}[2J");
    }
}

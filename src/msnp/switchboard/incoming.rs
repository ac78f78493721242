//! What MSG brings: words, nudges, typing marks and invitations become events.
//!
//! It knows payloads and chunks, not who is in the room or what is being sent.

use super::conversation::next;
use super::members::account_of;
use super::outgoing::is_same;
use crate::limits::{NAME_MAX, PAYLOAD_MAX};
use crate::msnp::client::Sink;
use crate::msnp::command::{Command, Outbox, TrId};
use crate::msnp::mime::{Chunks, Content, Invite, Mime};
use crate::msnp::{Body, Event};
use crate::text::{self, Quoted};
use crate::time::Instant;

/// What is received on all switchboards, and the pieces of messages that came in chunks.
#[derive(Default)]
pub(super) struct Inbox {
    chunks: Chunks,
}

/// Where answers to what was received go, while there is room for one.
pub(super) struct Answers<'a, const N: usize> {
    /// The TrId used last.
    pub(super) last_trid: &'a mut TrId,
    /// The switchboard's.
    pub(super) outbox: &'a mut Outbox<N>,
}

impl Inbox {
    /// Reads `MSG account name len`. Says whether a person did something.
    pub(super) fn receive<const N: usize>(
        &mut self,
        now: Instant,
        command: Command<'_>,
        me: &str,
        answers: Option<Answers<'_, N>>,
        sink: Sink<'_>,
    ) -> bool {
        let mut fields = command.fields();
        let (account, name) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        // The server itself speaks on the notification connection only.
        let Some(from) = account_of(account).filter(|from| !is_same(from, SERVER)) else {
            return false;
        };
        let Some(payload) = command.payload() else {
            log::debug!(
                "msn: skipped a message of {} octets from {}",
                command.payload_len(),
                Quoted(account)
            );
            return true;
        };
        let Some(payload) = self.chunks.feed(now, &from, payload) else {
            return true;
        };
        let name = text::decoded::<NAME_MAX>(name);
        let mut tell = |body: Body<'_>| sink(Event::Message { from: &from, name: &name, body });
        match Mime::parse(payload).content() {
            Content::Text(words) => tell(Body::Text(&words.text::<PAYLOAD_MAX>())),
            Content::Nudge => tell(Body::Nudge),
            Content::Typing => tell(Body::Typing),
            Content::Invite(invite) if invite.is_offer() => {
                tell(Body::Invite(&invite.what::<NAME_MAX>()));
                if let Some(answers) = answers {
                    answers.decline(&invite);
                }
            }
            // Its answer would be a protocol of its own; the other side gives up by itself.
            Content::Peer(peer) if peer.is_file && is_same(&text::decoded::<NAME_MAX>(peer.to), me) => {
                tell(Body::Invite("a file"));
            }
            _ => log::debug!("msn: passed over {} octets from {}", payload.len(), Quoted(account)),
        }
        true
    }
}

impl<const N: usize> Answers<'_, N> {
    /// Tells them that we can't. Nobody needs to acknowledge that (`U`).
    fn decline(self, invite: &Invite<'_>) {
        if let Some(parts) = invite.refusal_parts() {
            self.outbox.command("MSG").number(next(self.last_trid)).word("U").payload(&parts);
        }
    }
}

/// The sender of the server's own messages.
const SERVER: &str = "Hotmail";

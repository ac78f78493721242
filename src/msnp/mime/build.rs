//! The payloads we send: a message, a nudge, a refusal.
//!
//! They come in parts, to be joined by [`Line::payload`](crate::msnp::command::Line::payload): nothing is copied here, and
//! nothing here knows of links or acknowledgements.

use crate::limits::PAYLOAD_MAX;

/// Octets of words that fit a message beside its headers.
pub const TEXT_ROOM: usize = PAYLOAD_MAX - TEXT_HEAD.len();

/// A nudge, as the official client of MSNP9 writes it: two line ends follow.
pub const NUDGE: &[u8] = b"MIME-Version: 1.0\r\nContent-Type: text/x-msnmsgr-datacast\r\n\r\nID: 1\r\n\r\n";

/// Somebody's words; `None` if they are longer than [`TEXT_ROOM`] octets.
#[must_use]
pub fn text_parts(words: &str) -> Option<[&[u8]; 2]> {
    (words.len() <= TEXT_ROOM).then_some([TEXT_HEAD, words.as_bytes()])
}

/// A nudge.
#[must_use]
pub fn nudge_parts() -> [&'static [u8]; 1] {
    [NUDGE]
}

/// "No, thank you" to the invitation of that cookie.
pub(super) fn refusal_parts(cookie: &[u8]) -> [&[u8]; 3] {
    [REFUSAL_HEAD, cookie, b"\r\nCancel-Code: REJECT\r\n\r\n"]
}

/// The headers of `[seed 001]`, line for line.
const TEXT_HEAD: &[u8] = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
    X-MMS-IM-Format: FN=Microsoft%20Sans%20Serif; EF=; CO=0; CS=0; PF=22\r\n\r\n";
const REFUSAL_HEAD: &[u8] = b"MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinvite; charset=UTF-8\r\n\r\n\
    Invitation-Command: CANCEL\r\nInvitation-Cookie: ";

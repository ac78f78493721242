//! What is inside MSG: headers found by name, and the kinds of content worth telling apart.
//!
//! It knows shapes, not sessions: who sent it, and whether to answer, is for others to know. Peers write headers in any
//! order and any case, fold them, or forget the body; nothing here depends on what comes on which line.

mod build;
mod chunks;

use heapless::String;

use crate::text;

pub use build::{NUDGE, TEXT_ROOM, nudge_parts, text_parts};
pub use chunks::Chunks;

/// A payload seen as headers and body.
#[derive(Clone, Copy)]
pub struct Mime<'a> {
    head: &'a [u8],
    body: &'a [u8],
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// `text/plain`: somebody's words.
    Text(Words<'a>),
    /// `text/x-msmsgscontrol` with a `TypingUser`.
    Typing,
    /// `text/x-msnmsgr-datacast` with `ID: 1`.
    Nudge,
    /// `text/x-msmsgsinvite`: a file, a call or the like, offered, accepted or taken back.
    Invite(Invite<'a>),
    /// `application/x-msnmsgrp2p`: the binary way to offer and send things; we take no part in it.
    Peer(Peer<'a>),
    /// `text/x-msmsgsprofile`: the server's words about our own account.
    Profile,
    /// `text/x-msmsgsinitialemailnotification` or `…initialmdatanotification`: the mailbox at sign-in.
    Mailbox {
        /// Unread mails in the inbox, if told.
        unread: Option<u32>,
    },
    /// `text/x-msmsgsemailnotification`: one mail came.
    NewMail {
        /// Who wrote: a name, or else an address.
        from: &'a [u8],
        /// What about.
        subject: &'a [u8],
    },
    /// `application/x-msmsgssystemmessage` of type 1: the server will go down.
    Maintenance {
        /// In how many minutes, if told.
        minutes: Option<u32>,
    },
    /// Anything else, by its content type: pictures, ink, capabilities, keep-alives.
    Other(&'a [u8]),
}

/// The words of a `text/plain` message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    octets: &'a [u8],
    /// One octet is one character, as in ISO 8859-1.
    latin: bool,
}

/// The body of a `text/x-msmsgsinvite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invite<'a> {
    /// `INVITE`, `ACCEPT` or `CANCEL`.
    pub command: &'a [u8],
    /// What tells this invitation from others; empty if it has none, or none that could be sent back.
    pub cookie: &'a [u8],
    /// `Application-Name`, in the sender's language.
    pub application: &'a [u8],
    /// `Application-File`: the name of a file offered.
    pub file: &'a [u8],
}

/// An `application/x-msnmsgrp2p`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer<'a> {
    /// `P2P-Dest`: everybody in the room gets it, one is meant.
    pub to: &'a [u8],
    /// It opens a session.
    pub is_offer: bool,
    /// It offers a file, and not a display picture or the like.
    pub is_file: bool,
}

/// A chunk's place in its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The first of so many.
    First(u32),
    /// A later one, counted from 1.
    Later(u32),
}

impl<'a> Mime<'a> {
    /// Splits at the first blank line; without one, all of it is headers.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Self {
        let mut end = 0;
        for line in payload.split_inclusive(|octet| *octet == b'\n') {
            end += line.len();
            if matches!(line, b"\n" | b"\r\n") {
                let (head, body) = payload.split_at_checked(end).unwrap_or((payload, &[]));
                return Self { head, body };
            }
        }
        Self { head: payload, body: &[] }
    }

    /// The value of the first header of that name, trimmed; a folded one keeps its line breaks.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        field(self.head, name)
    }

    /// What follows the blank line.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// What it is.
    #[must_use]
    pub fn content(&self) -> Content<'a> {
        let whole_type = self.header("Content-Type").unwrap_or_default();
        let mut parts = whole_type.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        let content_type = parts.next().unwrap_or_default();
        let is = |name: &str| content_type.eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("text/plain") => {
                Content::Text(Words { octets: self.body, latin: parts.any(is_latin_charset) })
            }
            () if is("text/x-msmsgscontrol") && self.header("TypingUser").is_some() => Content::Typing,
            () if is("text/x-msnmsgr-datacast") && self.number("ID") == Some(1) => Content::Nudge,
            () if is("text/x-msmsgsinvite") => Content::Invite(self.invite()),
            () if is("application/x-msnmsgrp2p") => Content::Peer(self.peer()),
            () if is("text/x-msmsgsprofile") => Content::Profile,
            () if is("text/x-msmsgsinitialemailnotification") => {
                Content::Mailbox { unread: self.number("Inbox-Unread") }
            }
            () if is("text/x-msmsgsinitialmdatanotification") => {
                Content::Mailbox { unread: self.anywhere("Mail-Data").and_then(inbox_unread) }
            }
            () if is("text/x-msmsgsemailnotification") => self.new_mail(),
            () if is("application/x-msmsgssystemmessage") && self.number("Type") == Some(1) => {
                Content::Maintenance { minutes: self.number("Arg1") }
            }
            () => Content::Other(content_type),
        }
    }

    /// A field of that name among the headers, or else in the body: servers put them in either.
    fn anywhere(&self, name: &str) -> Option<&'a [u8]> {
        field(self.head, name).or_else(|| field(self.body, name))
    }

    fn number(&self, name: &str) -> Option<u32> {
        self.anywhere(name).and_then(text::number).and_then(|number| number.try_into().ok())
    }

    fn invite(&self) -> Invite<'a> {
        let value = |name| self.anywhere(name).unwrap_or_default();
        let cookie = value("Invitation-Cookie");
        let harmless = cookie.len() <= COOKIE_MAX && cookie.iter().all(u8::is_ascii_graphic);
        Invite {
            command: value("Invitation-Command"),
            cookie: if harmless { cookie } else { &[] },
            application: value("Application-Name"),
            file: value("Application-File"),
        }
    }

    /// After 48 octets of binary header an offer reads like a request of SIP.
    fn peer(&self) -> Peer<'a> {
        let words = self.body.get(PEER_HEAD..).unwrap_or_default();
        let is_offer = words.starts_with(b"INVITE ");
        let purpose = field(words, "EUF-GUID").unwrap_or_default();
        let is_file = is_offer && purpose.eq_ignore_ascii_case(FILE_TRANSFER);
        Peer { to: self.header("P2P-Dest").unwrap_or_default(), is_offer, is_file }
    }

    fn new_mail(&self) -> Content<'a> {
        let value = |name| self.anywhere(name).filter(|value| !value.is_empty());
        Content::NewMail {
            from: value("From").or_else(|| value("From-Addr")).unwrap_or_default(),
            subject: value("Subject").unwrap_or_default(),
        }
    }

    /// Which message it is a chunk of, and where it belongs; `None` for an ordinary payload.
    fn chunk(&self) -> Option<(&'a [u8], Place)> {
        let id = self.header("Message-ID")?;
        let number = |name| self.header(name).and_then(text::number).and_then(|n| u32::try_from(n).ok());
        match (number("Chunks"), number("Chunk")) {
            (Some(total), _) => Some((id, Place::First(total))),
            (None, Some(index)) => Some((id, Place::Later(index))),
            (None, None) => None,
        }
    }
}

impl Words<'_> {
    /// The words as text, cut at a character: UTF-8, or ISO 8859-1 where the message says so. What is neither becomes
    /// U+FFFD.
    #[must_use]
    pub fn text<const N: usize>(&self) -> String<N> {
        if !self.latin {
            return text::lossy(self.octets);
        }
        let mut out = String::new();
        for octet in self.octets {
            if out.push(char::from(*octet)).is_err() {
                break;
            }
        }
        out
    }
}

impl<'a> Invite<'a> {
    /// Whether something is offered to us, and not an earlier offer accepted or taken back.
    #[must_use]
    pub fn is_offer(&self) -> bool {
        self.command.eq_ignore_ascii_case(b"INVITE")
    }

    /// What is offered, for people: the file's name, or else the application's.
    #[must_use]
    pub fn what<const N: usize>(&self) -> String<N> {
        text::lossy(
            [self.file, self.application].into_iter().find(|name| !name.is_empty()).unwrap_or(b"something"),
        )
    }

    /// The payload that declines it, in parts; `None` where there is nothing to decline.
    #[must_use]
    pub fn refusal_parts(&self) -> Option<[&'a [u8]; 3]> {
        (self.is_offer() && !self.cookie.is_empty()).then_some(build::refusal_parts(self.cookie))
    }
}

/// The value of the first field of that name in a block of `name: value` lines, continuation lines included, trimmed.
fn field<'a>(block: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = block;
    while !rest.is_empty() {
        let (line, after) = unfolded_line(rest);
        rest = after;
        let Some((label, value)) = line.iter().position(|octet| *octet == b':').and_then(|colon| {
            let (label, value) = line.split_at_checked(colon)?;
            Some((label, value.get(1..)?))
        }) else {
            continue;
        };
        if label.trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
            return Some(value.trim_ascii());
        }
    }
    None
}

/// The first line with those that continue it, which begin with a blank or a tab; and what follows.
fn unfolded_line(block: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in block.split_inclusive(|octet| *octet == b'\n') {
        if end > 0 && !matches!(line.first(), Some(b' ' | b'\t')) {
            break;
        }
        end += line.len();
    }
    block.split_at_checked(end).unwrap_or((block, &[]))
}

fn is_latin_charset(parameter: &[u8]) -> bool {
    let Some((name, value)) = parameter.split_at_checked("charset=".len()) else {
        return false;
    };
    let value = value.trim_ascii();
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    name.eq_ignore_ascii_case(b"charset=")
        && LATIN.iter().any(|latin| value.eq_ignore_ascii_case(latin.as_bytes()))
}

/// The number between `<IU>` and `</IU>`: mails unread in the inbox.
fn inbox_unread(data: &[u8]) -> Option<u32> {
    let from = data.windows(4).position(|tag| tag.eq_ignore_ascii_case(b"<IU>"))? + 4;
    let digits = data.get(from..)?.split(|octet| *octet == b'<').next()?;
    text::number(digits)?.try_into().ok()
}

/// Octets of an invitation's cookie; real ones are numbers of up to ten digits.
const COOKIE_MAX: usize = 32;
/// Octets before the words of an `application/x-msnmsgrp2p`.
const PEER_HEAD: usize = 48;
/// The `EUF-GUID` of a file transfer.
const FILE_TRANSFER: &[u8] = b"{5D3E02AB-6190-11D3-BBBB-00C04F795683}";
/// Character sets in which one octet is one character, near enough.
const LATIN: [&str; 4] = ["iso-8859-1", "latin1", "windows-1252", "iso-8859-15"];

#[cfg(test)]
mod tests;

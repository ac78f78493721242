//! One protocol unit, in and out: [`Command`] is a view of a received line and its payload, [`Outbox`] builds lines to send.
//!
//! A view never judges: it can be asked for any field of any line. What a field must be is the session's business.

use core::fmt::Write as _;

use heapless::Vec;

use crate::limits::OUTBOX_MAX;
use crate::text;

/// Transaction id: ours count from 1; 0 marks what a server sends by itself `[Movva99] §4`.
pub type TrId = u32;

/// A received command: verb, fields, payload. Fields are split at single spaces and empty ones are kept, so an empty
/// friendly name does not shift what follows it `[observed: Escargot]`.
#[derive(Clone, Copy)]
pub struct Command<'a> {
    line: &'a [u8],
    payload: &'a [u8],
    payload_len: u64,
}

impl<'a> Command<'a> {
    /// A command without payload, from its line without line end.
    #[must_use]
    pub const fn line(line: &'a [u8]) -> Self {
        Self { line, payload: &[], payload_len: 0 }
    }

    /// A command with the payload that was kept of `payload_len` announced octets.
    #[must_use]
    pub const fn with_payload(line: &'a [u8], payload: &'a [u8], payload_len: u64) -> Self {
        Self { line, payload, payload_len }
    }

    /// The first word of the line.
    #[must_use]
    pub fn verb(&self) -> &'a [u8] {
        self.words().next().unwrap_or_default()
    }

    /// The field at `index`, counted from 0 after the verb; the TrId, where there is one, is field 0.
    #[must_use]
    pub fn field(&self, index: usize) -> Option<&'a [u8]> {
        self.fields().nth(index)
    }

    /// All fields after the verb.
    pub fn fields(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.words().skip(1)
    }

    /// The first field as a TrId.
    #[must_use]
    pub fn trid(&self) -> Option<TrId> {
        self.field(0).and_then(text::number).and_then(|n| n.try_into().ok())
    }

    /// The code of a numeric error line.
    #[must_use]
    pub fn error_code(&self) -> Option<u16> {
        let verb = self.verb();
        if verb.len() == 3 { text::number(verb).and_then(|n| n.try_into().ok()) } else { None }
    }

    /// The payload, or `None` if it was longer than [`PAYLOAD_MAX`](crate::limits::PAYLOAD_MAX) and skipped.
    #[must_use]
    pub fn payload(&self) -> Option<&'a [u8]> {
        (self.payload.len() as u64 == self.payload_len).then_some(self.payload)
    }

    /// The octets of payload that were announced.
    #[must_use]
    pub const fn payload_len(&self) -> u64 {
        self.payload_len
    }

    /// The whole line, for log messages: quote it with [`text::Quoted`], and only where no secret can be in it.
    #[must_use]
    pub const fn as_line(&self) -> &'a [u8] {
        self.line
    }

    fn words(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.line.split(|octet| *octet == b' ')
    }
}

/// Octets waiting to be sent on one link, at most `N`. The one place that writes command lines.
pub struct Outbox<const N: usize = OUTBOX_MAX> {
    octets: Vec<u8, N>,
    taken: bool,
    overflowed: bool,
    /// Octets handed out over the life of the link.
    handed_out: u64,
}

impl Outbox {
    /// Nothing to send, nothing sent; of the usual size. Other sizes begin with `Outbox::<N>::default()`.
    #[must_use]
    pub const fn new() -> Self {
        Self::empty()
    }
}

impl<const N: usize> Default for Outbox<N> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<const N: usize> Outbox<N> {
    const fn empty() -> Self {
        Self { octets: Vec::new(), taken: false, overflowed: false, handed_out: 0 }
    }

    /// Begins a line: `outbox.command("USR").number(4).word("TWN").word("I").escaped(account).end()`.
    pub fn command(&mut self, verb: &str) -> Line<'_, N> {
        self.forget_taken();
        let start = self.octets.len();
        let mut line = Line { outbox: self, start, whole: true, complete: false };
        line.raw(verb.as_bytes());
        line
    }

    /// What is to be sent now, once; the next call answers `None` until something new was written.
    pub fn take(&mut self) -> Option<&[u8]> {
        self.forget_taken();
        if self.octets.is_empty() {
            return None;
        }
        self.taken = true;
        self.handed_out += self.octets.len() as u64;
        Some(&self.octets)
    }

    /// Octets of this link that were handed out or wait: the stream position of what is written next.
    #[must_use]
    pub fn position(&self) -> u64 {
        if self.taken { self.handed_out } else { self.handed_out + self.octets.len() as u64 }
    }

    /// Whether something waits to be taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taken || self.octets.is_empty()
    }

    /// Octets that still fit.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.taken { N } else { N - self.octets.len() }
    }

    /// Whether a command did not fit: the peer has stopped reading and the link should be closed.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Empties it for a new link.
    pub fn reset(&mut self) {
        *self = Self::empty();
    }

    fn forget_taken(&mut self) {
        if self.taken {
            self.octets.clear();
            self.taken = false;
        }
    }
}

/// A line being built; nothing of it is sent unless [`Line::end`] or [`Line::payload`] completes it.
#[must_use = "a line is sent only once `end` or `payload` completes it"]
pub struct Line<'a, const N: usize = OUTBOX_MAX> {
    outbox: &'a mut Outbox<N>,
    start: usize,
    /// Everything has fitted so far.
    whole: bool,
    complete: bool,
}

impl<const N: usize> Line<'_, N> {
    /// A field as it stands: our own words, account addresses, opaque values. They came without spaces; what would end
    /// the line or is no character at all is percent-escaped, so nobody can put a command of their own into our stream.
    pub fn word(mut self, word: impl AsRef<[u8]>) -> Self {
        self.raw(b" ");
        for part in word.as_ref().split_inclusive(u8::is_ascii_control) {
            match part.split_last() {
                Some((control, plain)) if control.is_ascii_control() => {
                    self.raw(plain);
                    self.whole &= write!(Raw(self.outbox), "%{control:02X}").is_ok();
                }
                _ => self.raw(part),
            }
        }
        self
    }

    /// A field with everything percent-escaped that is no ASCII letter, digit or `-_.~`: friendly names, group names.
    pub fn escaped(mut self, text: &str) -> Self {
        self.raw(b" ");
        self.whole &= text::escape(&mut Raw(self.outbox), text.as_bytes()).is_ok();
        self
    }

    /// A decimal number.
    pub fn number(mut self, number: impl Into<u64>) -> Self {
        self.whole &= write!(Raw(self.outbox), " {}", number.into()).is_ok();
        self
    }

    /// A field as its `Display` writes it, which must keep clear of spaces and line ends: ids, dialects.
    pub fn display(mut self, field: impl core::fmt::Display) -> Self {
        self.whole &= write!(Raw(self.outbox), " {field}").is_ok();
        self
    }

    /// Completes the line.
    pub fn end(mut self) {
        self.raw(b"\r\n");
        self.finish();
    }

    /// Completes the line with the length of `parts` and appends them; no line end follows a payload.
    pub fn payload(self, parts: &[&[u8]]) {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let mut line = self.number(len as u64);
        line.raw(b"\r\n");
        for part in parts {
            line.raw(part);
        }
        line.finish();
    }

    fn raw(&mut self, octets: &[u8]) {
        self.whole &= self.outbox.octets.extend_from_slice(octets).is_ok();
    }

    fn finish(mut self) {
        self.outbox.overflowed |= !self.whole;
        self.complete = self.whole;
    }
}

impl<const N: usize> Drop for Line<'_, N> {
    fn drop(&mut self) {
        if !self.complete {
            self.outbox.octets.truncate(self.start);
        }
    }
}

/// `fmt::Write` over an outbox's octets.
struct Raw<'a, const N: usize>(&'a mut Outbox<N>);

impl<const N: usize> core::fmt::Write for Raw<'_, N> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.0.octets.extend_from_slice(s.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn fields(line: &[u8]) -> Vec<&[u8]> {
        Command::line(line).fields().collect()
    }

    #[test]
    fn empty_fields_keep_their_place() {
        assert_eq!(fields(b"ILN 5 NLN bob@x  0"), [&b"5"[..], b"NLN", b"bob@x", b"", b"0"]);
        assert_eq!(fields(b"LST N=bob@x F=Bob 3 "), [&b"N=bob@x"[..], b"F=Bob", b"3", b""]);
        assert_eq!(fields(b"QNG"), [&b""[..]; 0]);
        assert_eq!(fields(b"OUT "), [b""]);
        assert_eq!(Command::line(b" OUT").verb(), b"");
    }

    #[test]
    fn a_command_can_be_asked_anything() {
        let usr = Command::line(b"USR 6 TWN S lc=1033,id=507");
        assert_eq!(
            (usr.verb(), usr.trid(), usr.field(3)),
            (&b"USR"[..], Some(6), Some(&b"lc=1033,id=507"[..]))
        );
        assert_eq!((usr.field(4), usr.error_code(), usr.payload()), (None, None, Some(&b""[..])));
        assert_eq!(Command::line(b"CHL 0 1").trid(), Some(0));
        assert_eq!(Command::line(b"OUT OTH").trid(), None);
        assert_eq!(Command::line(b"VER 4294967296 MSNP8").trid(), None);
        assert_eq!(Command::line(b"").verb(), b"");
    }

    #[test]
    fn an_error_may_lack_its_trid_or_say_more() {
        for (line, code, trid) in [
            (&b"217 2"[..], Some(217), Some(2)),
            (b"911", Some(911), None),
            (b"500 server is tired", Some(500), None),
            (b"201 20 CHG FLN", Some(201), Some(20)),
            (b"21 2", None, Some(2)),
            (b"2170 2", None, Some(2)),
            (b"+17 2", None, Some(2)),
        ] {
            let command = Command::line(line);
            assert_eq!((command.error_code(), command.trid()), (code, trid), "{line:?}");
        }
    }

    #[test]
    fn lines_are_written_as_the_wire_wants_them() {
        let mut out = Outbox::new();
        assert!(out.is_empty() && out.take().is_none());
        out.command("VER").number(4_u32).word("MSNP10").word("MSNP9").word("CVR0").end();
        out.command("REA").number(5_u32).word("me@x").escaped("kill me@50%").end();
        out.command("QRY").number(6_u32).word("msmsgs@msnmsgr.com").payload(&[b"0123", b"4567"]);
        out.command("PNG").end();
        assert_eq!(out.position(), out.octets.len() as u64);
        let wire = b"VER 4 MSNP10 MSNP9 CVR0\r\nREA 5 me@x kill%20me%4050%25\r\n\
                     QRY 6 msmsgs@msnmsgr.com 8\r\n01234567PNG\r\n";
        assert_eq!(out.take(), Some(&wire[..]));
        assert!(out.is_empty() && out.take().is_none());
        assert_eq!(out.position(), wire.len() as u64);
        out.command("OUT").end();
        assert_eq!(out.position(), wire.len() as u64 + 5);
        assert_eq!(out.take(), Some(&b"OUT\r\n"[..]));
        out.reset();
        assert_eq!(out.position(), 0);
    }

    #[test]
    fn nobody_puts_a_command_of_their_own_into_our_stream() {
        let mut out = Outbox::new();
        out.command("CAL").number(2_u32).word("eve@x\r\nOUT\0").end();
        assert_eq!(out.take(), Some(&b"CAL 2 eve@x%0D%0AOUT%00\r\n"[..]));
    }

    #[test]
    fn a_line_left_unfinished_is_not_sent() {
        let mut out = Outbox::new();
        out.command("PNG").end();
        drop(out.command("USR").number(1_u32).word("half"));
        assert!(!out.overflowed());
        assert_eq!(out.take(), Some(&b"PNG\r\n"[..]));
    }

    #[test]
    fn an_overflow_loses_whole_lines_only() {
        let mut out = Outbox::new();
        let big = [b'x'; 1000];
        for n in 0..4_u32 {
            out.command("MSG").number(n).word("A").payload(&[&big]);
        }
        let before = out.position();
        assert!(!out.overflowed());
        out.command("MSG").number(4_u32).word("A").payload(&[&big]);
        assert!(out.overflowed());
        assert_eq!(out.position(), before);
        assert!(out.take().unwrap().ends_with(&big));
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_whole_lines(words in proptest::collection::vec(any::<Vec<u8>>(), 0..40)) {
            let mut out = Outbox::new();
            for word in &words {
                out.command("XYZ").word(word).end();
            }
            let sent = out.take().unwrap_or_default();
            let lines = sent.split_inclusive(|octet| *octet == b'\n');
            prop_assert!(lines.clone().all(|line| line.starts_with(b"XYZ ") && line.ends_with(b"\r\n")));
            prop_assert_eq!(lines.count(), words.len());
        }
    }
}

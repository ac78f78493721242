//! What was answered: an incremental reader of responses.
//!
//! It knows framing only; what a status means is for whoever asked. Of the head it keeps the status line and the headers
//! it was told to, of the body the first octets; all else is skipped without being kept.

use heapless::Vec;

use super::Fault;
use crate::limits::{HTTP_BODY_MAX, HTTP_HEAD_MAX, HTTP_KEPT_MAX};
use crate::text;

/// A response being read. `BODY` is the number of octets of its body that are kept, `HEAD` that of the header lines.
pub struct Answer<const BODY: usize, const HEAD: usize = HTTP_KEPT_MAX> {
    wanted: &'static [&'static str],
    place: Place,
    /// Status line, wanted headers, and the line being read.
    head: Vec<u8, HEAD>,
    /// Where in `head` the line being read begins.
    line: usize,
    /// What becomes of the line being read, and of those that continue it.
    fate: Fate,
    /// Octets of the head so far.
    head_len: usize,
    /// 0 until the head is whole.
    status: u16,
    body: Vec<u8, BODY>,
    /// Octets of the body so far, framing of chunks included.
    body_len: u64,
}

/// Where the pieces of a body go.
pub type Body<'a> = &'a mut dyn FnMut(&[u8]);

/// Where in the response the reader stands.
#[derive(Clone, Copy)]
enum Place {
    Head,
    /// So many octets of body are left.
    Length(u64),
    UntilClose,
    /// In the line that gives a chunk's size, if a digit of it was seen, until something else is.
    ChunkSize {
        size: Option<u64>,
        digits_over: bool,
    },
    Chunk(u64),
    /// The line end after a chunk.
    ChunkEnd,
    /// After the last chunk; `blank` while the line has nothing in it.
    Trailer {
        blank: bool,
    },
    Whole,
}

/// What becomes of a line of the head.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is kept.
    Keep,
    /// It is dropped at its end.
    Drop,
    /// It is too long to be held until its end, and nobody wants it.
    Skip,
}

impl<const BODY: usize, const HEAD: usize> Answer<BODY, HEAD> {
    /// Nothing read; will keep the headers `wanted`, in any case, beside those that frame the body.
    #[must_use]
    pub const fn new(wanted: &'static [&'static str]) -> Self {
        Self {
            wanted,
            place: Place::Head,
            head: Vec::new(),
            line: 0,
            fate: Fate::Keep,
            head_len: 0,
            status: 0,
            body: Vec::new(),
            body_len: 0,
        }
    }

    /// Forgets and wipes everything, for the next response: on another connection, or the one that follows on this.
    pub fn reset(&mut self) {
        wipe(&mut self.head);
        wipe(&mut self.body);
        *self = Self::new(self.wanted);
    }

    /// Reads up to the end of the response. Answers how many octets were used, and whether the response is whole; what
    /// is left over then belongs to another one. Line ends before a response, and responses of 1xx, are passed over.
    ///
    /// # Errors
    /// A [`Fault`] is final.
    pub fn feed(&mut self, octets: &[u8]) -> (usize, Result<bool, Fault>) {
        self.feed_to(octets, &mut |_| {})
    }

    /// Reads as [`Answer::feed`], and hands every piece of the body on as it comes, whatever is kept of it.
    ///
    /// # Errors
    /// A [`Fault`] is final.
    pub fn feed_to(&mut self, octets: &[u8], body: Body<'_>) -> (usize, Result<bool, Fault>) {
        let mut used = 0;
        while let Some(rest) = octets.get(used..).filter(|rest| !rest.is_empty()) {
            if matches!(self.place, Place::Whole) {
                break;
            }
            let step = match self.place {
                Place::Head => self.take_head(rest),
                Place::Length(left) => self.take_body(rest, left, Place::Length, Place::Whole, body),
                Place::UntilClose => {
                    self.take_body(rest, u64::MAX, |_| Place::UntilClose, Place::UntilClose, body)
                }
                Place::Chunk(left) => self.take_body(rest, left, Place::Chunk, Place::ChunkEnd, body),
                Place::ChunkSize { .. } | Place::ChunkEnd | Place::Trailer { .. } => self.take_framing(rest),
                Place::Whole => Ok(0),
            };
            match step {
                Ok(step) => used += step,
                Err(fault) => return (used, Err(fault)),
            }
        }
        (used, Ok(matches!(self.place, Place::Whole)))
    }

    /// The connection was closed in good order: that ends a body without a length.
    ///
    /// # Errors
    /// A [`Fault`] if the response is not whole all the same.
    pub fn closed(&mut self) -> Result<(), Fault> {
        match self.place {
            Place::Whole => Ok(()),
            Place::UntilClose => {
                self.place = Place::Whole;
                Ok(())
            }
            Place::Head if self.head_len == 0 => Err(Fault::Nothing),
            _ => Err(Fault::CutShort),
        }
    }

    /// The status, once the head is whole.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        if self.status == 0 { None } else { Some(self.status) }
    }

    /// The value of the first header of that name, in any case, among those kept; once the head is whole.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.values(name).next()
    }

    /// What was kept of the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let head = if self.status == 0 { &[][..] } else { &self.head };
        head.split_inclusive(|octet| *octet == b'\n').skip(1).filter_map(move |line| {
            let (label, value) = label_and_value(line)?;
            label.eq_ignore_ascii_case(name.as_bytes()).then_some(value)
        })
    }

    /// Takes octets up to the end of a line of the head.
    fn take_head(&mut self, octets: &[u8]) -> Result<usize, Fault> {
        let end = octets.iter().position(|octet| *octet == b'\n').map(|lf| lf + 1);
        let part = octets.get(..end.unwrap_or(octets.len())).unwrap_or_default();
        self.hold(part)?;
        self.head_len += part.len();
        if self.head_len > HTTP_HEAD_MAX {
            return Err(Fault::HeadTooLong);
        }
        if end.is_some() {
            self.end_line()?;
        }
        Ok(part.len())
    }

    /// Holds a piece of a line, unless the line is too long and not wanted.
    fn hold(&mut self, part: &[u8]) -> Result<(), Fault> {
        if self.fate == Fate::Skip {
            return Ok(());
        }
        let room = HEAD - self.head.len();
        let _fits = self.head.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        if part.len() <= room {
            return Ok(());
        }
        let line = self.head.get(self.line..).unwrap_or_default();
        let named = line.contains(&b':') || continues(line);
        if self.line == 0 || !named || self.is_wanted(line) {
            return Err(Fault::HeadTooLong);
        }
        self.head.truncate(self.line);
        self.fate = Fate::Skip;
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), Fault> {
        let line = self.head.get(self.line..).unwrap_or_default();
        let blank = self.fate != Fate::Skip && line.trim_ascii().is_empty() && !continues(line);
        if self.line == 0 {
            return self.end_status_line(blank);
        }
        if blank {
            return self.end_head();
        }
        if self.fate == Fate::Skip || !self.is_wanted(line) {
            self.head.truncate(self.line);
            self.fate = Fate::Drop;
        } else {
            // A continuation belongs to the line before it, whose end becomes blanks.
            if continues(line) {
                let before = self.head.get_mut(..self.line).unwrap_or_default();
                before
                    .iter_mut()
                    .rev()
                    .take_while(|octet| octet.is_ascii_whitespace())
                    .for_each(|octet| *octet = b' ');
            }
            self.fate = Fate::Keep;
        }
        self.line = self.head.len();
        Ok(())
    }

    fn end_status_line(&mut self, blank: bool) -> Result<(), Fault> {
        if blank {
            self.head.clear();
            self.head_len = 0;
            return Ok(());
        }
        status_of(&self.head).ok_or(Fault::NotHttp)?;
        self.line = self.head.len();
        // Nothing continues a status line.
        self.fate = Fate::Drop;
        Ok(())
    }

    /// Whether the line is to be kept: its name is wanted, or it continues a line that was.
    fn is_wanted(&self, line: &[u8]) -> bool {
        if continues(line) {
            return self.fate == Fate::Keep;
        }
        let Some((label, _)) = label_and_value(line) else {
            return false;
        };
        FRAMING.iter().chain(self.wanted).any(|name| label.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The head is whole: read the status, and see how the body is framed.
    fn end_head(&mut self) -> Result<(), Fault> {
        let status_line = self.head.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let status = status_of(status_line).ok_or(Fault::NotHttp)?;
        if status < 200 {
            self.reset();
            return Ok(());
        }
        self.status = status;
        self.place = self.framing()?;
        Ok(())
    }

    fn framing(&self) -> Result<Place, Fault> {
        if matches!(self.status, 204 | 304) {
            return Ok(Place::Whole);
        }
        let ends_chunked = |value: &[u8]| {
            let last = value.rsplit(|octet| *octet == b',').next().unwrap_or_default();
            last.trim_ascii().eq_ignore_ascii_case(b"chunked")
        };
        if self.values(TRANSFER_ENCODING).any(ends_chunked) {
            return Ok(Place::ChunkSize { size: None, digits_over: false });
        }
        let mut lengths = self.values(CONTENT_LENGTH).map(text::number);
        match lengths.next() {
            None => Ok(Place::UntilClose),
            Some(first) if lengths.any(|other| other != first) => Err(Fault::BadLength),
            Some(None) => Err(Fault::BadLength),
            Some(Some(0)) => Ok(Place::Whole),
            Some(Some(len)) if len > HTTP_BODY_MAX => Err(Fault::BodyTooLong),
            Some(Some(len)) => Ok(Place::Length(len)),
        }
    }

    /// Takes octets of the body, of which `left` are to come; what is over the room for them is not kept.
    fn take_body(
        &mut self,
        octets: &[u8],
        left: u64,
        midway: impl Fn(u64) -> Place,
        end: Place,
        body: Body<'_>,
    ) -> Result<usize, Fault> {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(octets.len());
        let room = (BODY - self.body.len()).min(len);
        let _fits = self.body.extend_from_slice(octets.get(..room).unwrap_or_default());
        self.count(len)?;
        body(octets.get(..len).unwrap_or_default());
        let left = left - len as u64;
        self.place = if left == 0 { end } else { midway(left) };
        Ok(len)
    }

    /// Takes one octet of what stands between chunks.
    fn take_framing(&mut self, octets: &[u8]) -> Result<usize, Fault> {
        let Some(&octet) = octets.first() else {
            return Ok(0);
        };
        self.count(1)?;
        self.place = match (self.place, octet) {
            (Place::ChunkEnd, b'\n') => Place::ChunkSize { size: None, digits_over: false },
            (Place::ChunkEnd, b'\r') => Place::ChunkEnd,
            (Place::ChunkSize { size, .. }, b'\n') => match size.ok_or(Fault::BadChunk)? {
                0 => Place::Trailer { blank: true },
                size => Place::Chunk(size),
            },
            (Place::ChunkSize { size, digits_over }, _) => chunk_size(size, digits_over, octet)?,
            (Place::Trailer { blank: true }, b'\n') => Place::Whole,
            (Place::Trailer { blank }, b'\r') => Place::Trailer { blank },
            (Place::Trailer { .. }, _) => Place::Trailer { blank: octet == b'\n' },
            _ => return Err(Fault::BadChunk),
        };
        Ok(1)
    }

    fn count(&mut self, len: usize) -> Result<(), Fault> {
        self.body_len = self.body_len.saturating_add(len as u64);
        if self.body_len > HTTP_BODY_MAX { Err(Fault::BodyTooLong) } else { Ok(()) }
    }
}

impl<const BODY: usize, const HEAD: usize> Drop for Answer<BODY, HEAD> {
    fn drop(&mut self) {
        wipe(&mut self.head);
        wipe(&mut self.body);
    }
}

/// The status of `HTTP/1.1 200 OK`; the words after it may be anything, or missing.
fn status_of(line: &[u8]) -> Option<u16> {
    let mut words = line.trim_ascii_end().splitn(3, |octet| *octet == b' ');
    let version = words.next()?.strip_prefix(b"HTTP/1.")?;
    let digits = words.next().filter(|digits| digits.len() == 3)?;
    let status = text::number(digits)?.try_into().ok()?;
    (matches!(version, b"0" | b"1") && status >= 100).then_some(status)
}

/// One more octet of the line that gives a chunk's size.
fn chunk_size(size: Option<u64>, digits_over: bool, octet: u8) -> Result<Place, Fault> {
    Ok(match text::hex_digit(octet).filter(|_| !digits_over) {
        Some(digit) => {
            let size = size.unwrap_or(0).checked_mul(16).ok_or(Fault::BodyTooLong)?;
            Place::ChunkSize { size: Some(size | u64::from(digit)), digits_over }
        }
        None if size.is_some() && (digits_over || matches!(octet, b';' | b' ' | b'\t' | b'\r')) => {
            Place::ChunkSize { size, digits_over: true }
        }
        None => return Err(Fault::BadChunk),
    })
}

/// Whether a line continues the one before it.
fn continues(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// A header line's two sides, trimmed.
fn label_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let (label, value) = line.split_at_checked(colon)?;
    Some((label.trim_ascii(), value.get(1..)?.trim_ascii()))
}

/// Empties a buffer and overwrites what it held. What was dropped from it before was wanted by nobody.
fn wipe<const N: usize>(octets: &mut Vec<u8, N>) {
    zeroize::Zeroize::zeroize(octets.as_mut_slice());
    octets.clear();
}

const CONTENT_LENGTH: &str = "Content-Length";
const TRANSFER_ENCODING: &str = "Transfer-Encoding";
/// Always kept: they say how the body is framed.
const FRAMING: [&str; 2] = [CONTENT_LENGTH, TRANSFER_ENCODING];

#[cfg(test)]
mod tests;

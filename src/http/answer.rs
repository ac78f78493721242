//! What was answered: an incremental reader of responses.
//!
//! It knows framing only; what a status means is for whoever asked. The head is kept as it came and read by `httparse`,
//! of the body the first octets are kept; all else is handed on.

use heapless::Vec;
use httparse::{EMPTY_HEADER, Error, Header, ParserConfig};

use super::Fault;
use crate::limits::{HTTP_BODY_MAX, HTTP_HEAD_MAX, HTTP_HEADERS_MAX};
use crate::text;

/// A response being read. `BODY` is the number of octets of its body that are kept, `HEAD` the most that its head may
/// have.
pub struct Answer<const BODY: usize, const HEAD: usize = HTTP_HEAD_MAX> {
    place: Place,
    /// The head so far; folded lines are unfolded once it is whole.
    head: Vec<u8, HEAD>,
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

impl<const BODY: usize, const HEAD: usize> Answer<BODY, HEAD> {
    /// Nothing read.
    #[must_use]
    pub const fn new() -> Self {
        Self { place: Place::Head, head: Vec::new(), status: 0, body: Vec::new(), body_len: 0 }
    }

    /// Forgets and wipes everything, for the next response: on another connection, or the one that follows on this.
    pub fn reset(&mut self) {
        wipe(&mut self.head);
        wipe(&mut self.body);
        *self = Self::new();
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
            Place::Head if self.head.is_empty() => Err(Fault::Nothing),
            _ => Err(Fault::CutShort),
        }
    }

    /// The status, once the head is whole.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        if self.status == 0 { None } else { Some(self.status) }
    }

    /// The value of the first header of that name, in any case; once the head is whole.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut headers = [EMPTY_HEADER; HTTP_HEADERS_MAX];
        self.status()?;
        read(&self.head, &mut headers).ok()?;
        values(&headers, name).next()
    }

    /// What was kept of the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Takes octets up to the end of a line of the head.
    fn take_head(&mut self, octets: &[u8]) -> Result<usize, Fault> {
        let end = octets.iter().position(|octet| *octet == b'\n').map(|lf| lf + 1);
        let part = octets.get(..end.unwrap_or(octets.len())).unwrap_or_default();
        self.head.extend_from_slice(part).map_err(|_| Fault::HeadTooLong(HEAD))?;
        if end.is_some() {
            self.end_line()?;
        }
        Ok(part.len())
    }

    /// A line is whole: one that is blank ends the head; the first tells whether there is a head at all.
    fn end_line(&mut self) -> Result<(), Fault> {
        let mut lines = self.head.split_inclusive(|octet| *octet == b'\n').map(is_blank);
        match (lines.next(), lines.next_back()) {
            // A line end before the response.
            (Some(true), _) => self.head.clear(),
            (_, None) => {
                read(&self.head, &mut [])?;
            }
            (_, Some(true)) => return self.end_head(),
            _ => {}
        }
        Ok(())
    }

    /// The head is whole: reads the status, and sees how the body is framed.
    fn end_head(&mut self) -> Result<(), Fault> {
        unfold(&mut self.head);
        let mut headers = [EMPTY_HEADER; HTTP_HEADERS_MAX];
        let status = read(&self.head, &mut headers)?;
        if status < 200 {
            self.reset();
            return Ok(());
        }
        self.place = framing(status, &headers)?;
        self.status = status;
        Ok(())
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

impl<const BODY: usize, const HEAD: usize> Default for Answer<BODY, HEAD> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BODY: usize, const HEAD: usize> Drop for Answer<BODY, HEAD> {
    fn drop(&mut self) {
        wipe(&mut self.head);
        wipe(&mut self.body);
    }
}

/// Reads a head, or only its first line: the status, and where there is room for headers, those. Lines that are no
/// headers are passed over, unless there is a NUL or a lone CR in them: then it is no head.
fn read<'a>(head: &'a [u8], headers: &mut [Header<'a>]) -> Result<u16, Fault> {
    let mut response = httparse::Response::new(headers);
    let mut config = ParserConfig::default();
    config.allow_spaces_after_header_name_in_responses(true).ignore_invalid_headers_in_responses(true);
    match config.parse_response(&mut response, head) {
        Ok(_) => response.code.filter(|status| *status >= 100).ok_or(Fault::NotHttp),
        Err(Error::TooManyHeaders) => Err(Fault::TooManyHeaders),
        Err(_) => Err(Fault::NotHttp),
    }
}

/// How the body is framed.
fn framing(status: u16, headers: &[Header<'_>]) -> Result<Place, Fault> {
    if matches!(status, 204 | 304) {
        return Ok(Place::Whole);
    }
    let ends_chunked = |value: &[u8]| {
        let last = value.rsplit(|octet| *octet == b',').next().unwrap_or_default();
        last.trim_ascii().eq_ignore_ascii_case(b"chunked")
    };
    if values(headers, "Transfer-Encoding").any(ends_chunked) {
        return Ok(Place::ChunkSize { size: None, digits_over: false });
    }
    let mut lengths = values(headers, "Content-Length").map(text::number);
    match lengths.next() {
        None => Ok(Place::UntilClose),
        Some(first) if lengths.any(|other| other != first) => Err(Fault::BadLength),
        Some(None) => Err(Fault::BadLength),
        Some(Some(0)) => Ok(Place::Whole),
        Some(Some(len)) if len > HTTP_BODY_MAX => Err(Fault::BodyTooLong),
        Some(Some(len)) => Ok(Place::Length(len)),
    }
}

fn values<'a>(headers: &[Header<'a>], name: &str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.trim_ascii())
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

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

/// A line that begins with a blank continues the one before it, whose end becomes blanks.
fn unfold(head: &mut [u8]) {
    for at in 0..head.len() {
        match head.get_mut(at..) {
            Some([cr @ b'\r', lf @ b'\n', b' ' | b'\t', ..]) => (*cr, *lf) = (b' ', b' '),
            Some([lf @ b'\n', b' ' | b'\t', ..]) => *lf = b' ',
            _ => {}
        }
    }
}

/// Empties a buffer and overwrites what it held. What was dropped from it before was wanted by nobody.
fn wipe<const N: usize>(octets: &mut Vec<u8, N>) {
    zeroize::Zeroize::zeroize(octets.as_mut_slice());
    octets.clear();
}

#[cfg(test)]
mod tests;

//! Messages that came in chunks, put together again.
//!
//! It knows a few messages at a time and no clock: a message whose next chunk is late or out of its order is dropped, and
//! of one longer than [`PAYLOAD_MAX`] only the beginning is kept, which is more than is ever shown.

use heapless::{String, Vec};

use super::{Mime, Place};
use crate::limits::{ACCOUNT_MAX, CHUNK_TIMEOUT, CHUNKED_MAX, CHUNKS_MAX, PAYLOAD_MAX};
use crate::text::{self, Shown};
use crate::time::Instant;

/// The messages being put together.
#[derive(Default)]
pub struct Chunks {
    parts: Vec<Partial, CHUNKED_MAX>,
}

struct Partial {
    from: String<ACCOUNT_MAX>,
    id: String<ID_MAX>,
    /// Chunks of the whole; 0 once it was handed out.
    total: u32,
    /// The chunk that must come next.
    next: u32,
    /// When the last chunk came.
    at: Instant,
    /// The first chunk's payload, and the bodies of the others.
    joined: Vec<u8, PAYLOAD_MAX>,
}

impl Chunks {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { parts: Vec::new() }
    }

    /// Takes a payload of at most [`PAYLOAD_MAX`] octets that `from` sent. Answers the payload to look at: this one where
    /// it is no chunk, the whole message where it is the last one, nothing while chunks are missing.
    pub fn feed<'a>(&'a mut self, now: Instant, from: &str, payload: &'a [u8]) -> Option<&'a [u8]> {
        self.parts.retain(|part| part.total > 0 && now.since(part.at) < CHUNK_TIMEOUT);
        let mime = Mime::parse(payload);
        match mime.chunk() {
            None | Some((_, Place::First(0 | 1))) => Some(payload),
            // Too long to wait for: the first chunk says more than is shown.
            Some((_, Place::First(total))) if total > CHUNKS_MAX => Some(payload),
            Some((id, Place::First(total))) => {
                self.begin(now, from, id, total, payload);
                None
            }
            Some((id, Place::Later(index))) => self.go_on(now, from, id, index, mime.body()),
        }
    }

    fn begin(&mut self, now: Instant, from: &str, id: &[u8], total: u32, payload: &[u8]) {
        let (from, id) = (text::cut(from), text::lossy(id));
        self.parts.retain(|part| part.from != from || part.id != id);
        if self.parts.is_full()
            && let Some(oldest) =
                (0..self.parts.len()).min_by_key(|index| self.parts.get(*index).map(|part| part.at))
        {
            log::debug!("msn: too many chunked messages at once; dropped the oldest");
            self.parts.swap_remove(oldest);
        }
        let mut joined = Vec::new();
        append(&mut joined, payload);
        let _room = self.parts.push(Partial { from, id, total, next: 1, at: now, joined });
    }

    fn go_on(&mut self, now: Instant, from: &str, id: &[u8], index: u32, body: &[u8]) -> Option<&[u8]> {
        let (from, id) = (text::cut::<ACCOUNT_MAX>(from), text::lossy::<ID_MAX>(id));
        let place = self.parts.iter().position(|part| part.from == from && part.id == id)?;
        if let Some(part) = self.parts.get(place)
            && part.next != index
        {
            log::warn!(
                "msn: chunk {index} of {} from {}; expected chunk {}",
                part.total,
                Shown(&from),
                part.next
            );
            self.parts.swap_remove(place);
            return None;
        }
        let part = self.parts.get_mut(place)?;
        append(&mut part.joined, body);
        (part.next, part.at) = (index + 1, now);
        if part.next < part.total {
            return None;
        }
        part.total = 0;
        Some(&part.joined)
    }
}

/// As much of `octets` as there is room for.
fn append(to: &mut Vec<u8, PAYLOAD_MAX>, octets: &[u8]) {
    let room = PAYLOAD_MAX - to.len();
    let _fits = to.extend_from_slice(octets.get(..room.min(octets.len())).unwrap_or_default());
}

/// Octets of a `Message-ID`: a GUID in braces; of longer ones the beginning counts.
const ID_MAX: usize = 48;

//! Why an answer can't be read, in words for people.
//!
//! It knows reasons only; whose answer it was is for whoever asked to say.

use core::fmt;

use crate::limits::{HTTP_BODY_MAX, HTTP_HEADERS_MAX};

/// Why a response can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection closed before anything was answered.
    Nothing,
    /// The connection closed in the middle.
    CutShort,
    /// It is no HTTP/1.0 or HTTP/1.1.
    NotHttp,
    /// The head is longer than so many octets.
    HeadTooLong(usize),
    /// The head has more than [`HTTP_HEADERS_MAX`] headers.
    TooManyHeaders,
    /// `Content-Length` is no number, or several differ.
    BadLength,
    /// The body is longer than [`HTTP_BODY_MAX`].
    BodyTooLong,
    /// A chunk without a size, or without a line end after it.
    BadChunk,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("closed without an answer"),
            Self::CutShort => f.write_str("closed in the middle of its answer"),
            Self::NotHttp => f.write_str("does not speak HTTP/1.1"),
            Self::HeadTooLong(max) => write!(f, "answered with more than {max} octets of headers"),
            Self::TooManyHeaders => write!(f, "answered with more than {HTTP_HEADERS_MAX} headers"),
            Self::BadLength => f.write_str("gave a Content-Length that is no number"),
            Self::BodyTooLong => write!(f, "answered with more than {HTTP_BODY_MAX} octets"),
            Self::BadChunk => f.write_str("gave a chunk without its size"),
        }
    }
}

impl core::error::Error for Fault {}

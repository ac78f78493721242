//! HTTP/1.1 as a small client needs it: where to ask ([`Url`]), how to ask ([`Request`]), what was answered ([`Answer`]).
//!
//! It knows octets only: no sockets, no clock, and nothing of Passport, of QQ or of anything else that is said over it. Everything
//! is bounded, and any split of an answer gives the same result.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)
)]

mod answer;
mod fault;
mod request;
mod url;

pub use answer::{Answer, Body};
pub use fault::Fault;
pub use request::{Request, TooLong};
pub use url::{BadUrl, Url};

//! How to ask: a request written into a bounded buffer.
//!
//! It knows the order of a request's parts and no more. A value that would end its line spoils the request, so nothing a
//! peer sent can become a header of ours.

use core::fmt;

use heapless::Vec;

use super::url::{Authority, Url};

/// A request being written: `Request::begin(&mut buffer, "GET", &url).header("Accept", "*/*").end()`.
#[must_use = "a request is whole only after `end` or `body`"]
pub struct Request<'a, const N: usize> {
    to: &'a mut Vec<u8, N>,
    whole: bool,
}

/// The request does not fit its buffer, or a value had a line end in it; nothing of it is left in the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl<'a, const N: usize> Request<'a, N> {
    /// Empties `to` and writes the request line.
    pub fn begin(to: &'a mut Vec<u8, N>, method: &str, url: &Url) -> Self {
        to.clear();
        let mut request = Self { to, whole: true };
        request.line(|out| write!(out, "{method} {} HTTP/1.1", url.path));
        request
    }

    /// The `Host` header, which every request must have.
    pub fn host(self, url: &Url) -> Self {
        self.header("Host", Authority(url))
    }

    /// A header.
    pub fn header(self, name: &str, value: impl fmt::Display) -> Self {
        self.header_with(name, |out| write!(out, "{value}"))
    }

    /// A header whose value is written in pieces.
    pub fn header_with(mut self, name: &str, value: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) -> Self {
        self.line(|out| {
            write!(out, "{name}: ")?;
            value(out)
        });
        self
    }

    /// Ends a request without body.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn end(mut self) -> Result<(), TooLong> {
        self.raw(b"\r\n");
        self.finish()
    }

    /// Ends a request with a body and its length.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn body(self, body: &[u8]) -> Result<(), TooLong> {
        let mut request = self.header("Content-Length", body.len());
        request.raw(b"\r\n");
        request.raw(body);
        request.finish()
    }

    fn line(&mut self, write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result) {
        let start = self.to.len();
        let written = write(&mut Octets(self.to));
        let harmless = self.to.get(start..).is_some_and(|line| !line.iter().any(u8::is_ascii_control));
        self.whole &= written.is_ok() && harmless;
        self.raw(b"\r\n");
    }

    fn raw(&mut self, octets: &[u8]) {
        self.whole &= self.to.extend_from_slice(octets).is_ok();
    }

    fn finish(self) -> Result<(), TooLong> {
        if self.whole {
            return Ok(());
        }
        zeroize::Zeroize::zeroize(self.to.as_mut_slice());
        self.to.clear();
        Err(TooLong)
    }
}

/// `fmt::Write` over a bounded buffer.
struct Octets<'a, const N: usize>(&'a mut Vec<u8, N>);

impl<const N: usize> fmt::Write for Octets<'_, N> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.0.extend_from_slice(s.as_bytes()).map_err(|_| fmt::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_line_by_line() {
        let url = Url::parse(b"https://a.b:444/c?d").unwrap();
        let mut buffer: Vec<u8, 128> = Vec::new();
        Request::begin(&mut buffer, "GET", &url).header("X", 7).host(&url).end().unwrap();
        assert_eq!(buffer, b"GET /c?d HTTP/1.1\r\nX: 7\r\nHost: a.b:444\r\n\r\n");
        let url = Url::parse(b"http://a.b").unwrap();
        Request::begin(&mut buffer, "POST", &url).host(&url).body(b"VER=1.4&CMD=Login").unwrap();
        assert_eq!(buffer, b"POST / HTTP/1.1\r\nHost: a.b\r\nContent-Length: 17\r\n\r\nVER=1.4&CMD=Login");
    }

    #[test]
    fn a_value_can_be_no_header_of_its_own() {
        let url = Url::parse(b"http://a.b").unwrap();
        let mut buffer: Vec<u8, 128> = Vec::new();
        for evil in ["a\r\nX: y", "a\nX: y", "a\0", "\u{7f}"] {
            assert_eq!(Request::begin(&mut buffer, "GET", &url).header("A", evil).end(), Err(TooLong));
            assert!(buffer.is_empty());
        }
    }

    #[test]
    fn a_request_that_does_not_fit_is_none() {
        let url = Url::parse(b"http://a.b/c").unwrap();
        let mut buffer: Vec<u8, 32> = Vec::new();
        Request::begin(&mut buffer, "GET", &url).header("A", "012").end().unwrap();
        assert_eq!(buffer.len(), 27);
        assert_eq!(Request::begin(&mut buffer, "GET", &url).header("A", "0123456789").end(), Err(TooLong));
        assert_eq!(Request::begin(&mut buffer, "POST", &url).body(b"0123456789"), Err(TooLong));
        assert!(buffer.is_empty());
    }
}

//! Where to ask: `http` and `https` addresses.
//!
//! It knows no other schemes, no user names and no fragments.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use crate::limits::URL_MAX;
use crate::link::Endpoint;

/// An address to ask at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Whom to connect to.
    pub to: Endpoint,
    /// Under TLS, that is `https`.
    pub tls: bool,
    /// Path and query, beginning with `/`: printable ASCII without blanks, at most [`URL_MAX`] octets.
    pub path: String,
}

impl Url {
    /// Reads `http://host[:port][/path][?query]` or the like with `https`. Blanks around it and a `#fragment` are dropped.
    ///
    /// # Errors
    /// [`BadUrl`] says what is wrong with it.
    pub fn parse(octets: &[u8]) -> Result<Self, BadUrl> {
        let text = text(octets)?;
        let (scheme, rest) = text.split_once("://").ok_or(BadUrl::Scheme)?;
        if scheme.eq_ignore_ascii_case("https") {
            Self::parse_rest(rest, true)
        } else if scheme.eq_ignore_ascii_case("http") {
            Self::parse_rest(rest, false)
        } else {
            Err(BadUrl::Scheme)
        }
    }

    /// Reads an address that may lack its scheme, and is an `https` one then.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn parse_https(octets: &[u8]) -> Result<Self, BadUrl> {
        let text = text(octets)?;
        // `host/path?ru=http://…` has no scheme either.
        let before_path = text.split(['/', '?']).next().unwrap_or_default();
        if before_path.ends_with(':') { Self::parse(octets) } else { Self::parse_rest(text, true) }
    }

    /// Where a `Location` received from here leads: an address of its own, or a path on the same server.
    ///
    /// # Errors
    /// As [`Url::parse`].
    pub fn join(&self, location: &[u8]) -> Result<Self, BadUrl> {
        let text = text(location)?;
        if let Some(rest) = text.strip_prefix("//") {
            return Self::parse_rest(rest, self.tls);
        }
        if text.starts_with('/') {
            return Ok(Self { path: path(text)?, ..self.clone() });
        }
        Self::parse(location)
    }

    fn parse_rest(rest: &str, tls: bool) -> Result<Self, BadUrl> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let port = if tls { HTTPS_PORT } else { HTTP_PORT };
        let to = Endpoint::parse(host.as_bytes(), port).map_err(|_| BadUrl::Host)?;
        Ok(Self { to, tls, path: path(tail)? })
    }

    /// Whether the port is the one that goes without saying.
    pub(super) const fn has_default_port(&self) -> bool {
        self.to.port == if self.tls { HTTPS_PORT } else { HTTP_PORT }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", if self.tls { "https" } else { "http" }, Authority(self), self.path)
    }
}

/// The value of `Host`: host, and the port where it is not the usual one.
pub(super) struct Authority<'a>(pub(super) &'a Url);

impl fmt::Display for Authority<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.has_default_port(), self.0.to.host.contains(':')) {
            (true, false) => f.write_str(&self.0.to.host),
            (true, true) => write!(f, "[{}]", self.0.to.host),
            (false, _) => self.0.to.fmt(f),
        }
    }
}

/// Why it is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// Neither `http://` nor `https://` at its beginning.
    Scheme,
    /// No `host` or `host:port`.
    Host,
    /// Octets that belong in no address.
    Characters,
    /// More than [`URL_MAX`] octets.
    TooLong,
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("expected https:// or http:// at its beginning"),
            Self::Host => f.write_str("expected a host name, or host:port with a port of 1 to 65535"),
            Self::Characters => {
                f.write_str("blanks, controls and letters outside ASCII must be percent-escaped")
            }
            Self::TooLong => write!(f, "expected at most {URL_MAX} octets"),
        }
    }
}

impl core::error::Error for BadUrl {}

fn text(octets: &[u8]) -> Result<&str, BadUrl> {
    let octets = octets.trim_ascii();
    if octets.len() > URL_MAX {
        return Err(BadUrl::TooLong);
    }
    if !octets.iter().all(u8::is_ascii_graphic) {
        return Err(BadUrl::Characters);
    }
    core::str::from_utf8(octets).map_err(|_| BadUrl::Characters)
}

/// Path and query as a request line has them.
fn path(tail: &str) -> Result<String, BadUrl> {
    let tail = tail.split('#').next().unwrap_or_default();
    if tail.starts_with('/') {
        return Ok(tail.to_owned());
    }
    if tail.len() >= URL_MAX {
        return Err(BadUrl::TooLong);
    }
    let mut path = String::with_capacity(1 + tail.len());
    path.push('/');
    path.push_str(tail);
    Ok(path)
}

const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_read_and_written() {
        for (text, host, port, tls, path, again) in [
            ("https://a.b/c?d=e", "a.b", 443, true, "/c?d=e", "https://a.b/c?d=e"),
            ("HTTP://a.b:8000", "a.b", 8000, false, "/", "http://a.b:8000/"),
            (" http://a.b:80?q#top ", "a.b", 80, false, "/?q", "http://a.b/?q"),
            ("https://[::1]:444/x", "::1", 444, true, "/x", "https://[::1]:444/x"),
            ("https://[::1]", "::1", 443, true, "/", "https://[::1]/"),
            (
                "https://a.b/c?ru=http://d:1/",
                "a.b",
                443,
                true,
                "/c?ru=http://d:1/",
                "https://a.b/c?ru=http://d:1/",
            ),
        ] {
            let url = Url::parse(text.as_bytes()).unwrap();
            assert_eq!(
                (url.to.host.as_str(), url.to.port, url.tls, url.path.as_str()),
                (host, port, tls, path)
            );
            assert_eq!(url.to_string(), again);
        }
    }

    #[test]
    fn what_is_no_address_is_told_apart() {
        let long = alloc::format!("https://a/{}", "x".repeat(URL_MAX));
        for (text, why) in [
            ("a.b/c", BadUrl::Scheme),
            ("ftp://a.b/", BadUrl::Scheme),
            ("", BadUrl::Scheme),
            ("https://", BadUrl::Host),
            ("https:///x", BadUrl::Host),
            ("https://me:pw@a.b/", BadUrl::Host),
            ("https://a.b:0/", BadUrl::Host),
            ("https://a.b:65536/", BadUrl::Host),
            ("https://a.b/c d", BadUrl::Characters),
            ("https://a.b/\r\nX: y", BadUrl::Characters),
            ("https://é.b/", BadUrl::Characters),
            (&long, BadUrl::TooLong),
        ] {
            assert_eq!(Url::parse(text.as_bytes()), Err(why), "{text}");
        }
    }

    #[test]
    fn a_missing_scheme_means_https_where_that_is_allowed() {
        let read = |text: &str| Url::parse_https(text.as_bytes()).map(|url| url.to_string());
        assert_eq!(read("login.passport.com/login2.srf").unwrap(), "https://login.passport.com/login2.srf");
        assert_eq!(read("a.b:444/l?ru=http://c/").unwrap(), "https://a.b:444/l?ru=http://c/");
        assert_eq!(read("http://a.b/l").unwrap(), "http://a.b/l");
        assert_eq!(read("gopher://a.b/l"), Err(BadUrl::Scheme));
    }

    #[test]
    fn a_location_leads_from_where_it_was_received() {
        let here = Url::parse(b"https://a.b:444/c?d").unwrap();
        let lead = |location: &str| here.join(location.as_bytes()).map(|url| url.to_string());
        assert_eq!(lead("https://e.f/g?h=1").unwrap(), "https://e.f/g?h=1");
        assert_eq!(lead("/g?h=1#i").unwrap(), "https://a.b:444/g?h=1");
        assert_eq!(lead("//e.f/g").unwrap(), "https://e.f/g");
        assert_eq!(lead("g.srf"), Err(BadUrl::Scheme));
        assert_eq!(lead("http://e.f/").unwrap(), "http://e.f/");
    }

    proptest! {
        #[test]
        fn an_address_that_reads_once_reads_the_same_again(text in "https?://[a-z0-9.:\\[\\]-]{0,20}[/?#a-z%=:&]{0,20}") {
            if let Ok(url) = Url::parse(text.as_bytes()) {
                prop_assert!(url.path.starts_with('/'));
                prop_assert_eq!(Url::parse(url.to_string().as_bytes()).unwrap(), url);
            }
        }

        #[test]
        fn any_octets_are_an_address_or_not(octets in any::<alloc::vec::Vec<u8>>()) {
            let here = Url::parse(b"https://a/").unwrap();
            for url in [Url::parse(&octets), Url::parse_https(&octets), here.join(&octets)].into_iter().flatten() {
                prop_assert!(url.path.bytes().all(|octet| octet.is_ascii_graphic()));
            }
        }
    }
}

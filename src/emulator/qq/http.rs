//! The HTTP of the QQ server: which octets are one request, and what goes around a reply.
//! It does not know what a body says.

/// What some octets are so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not a whole request.
    More {
        /// The client waits for `100 Continue` before it sends the body.
        expects: bool,
    },
    /// The body of a whole request. Whatever follows it is of no account.
    Whole(Vec<u8>),
    /// Nothing that is served.
    Nonsense,
}

/// Reads a request. Only POST, Content-Length and the body count: clients that wrote no address at all, an empty one
/// (two spaces), a whole one, no Host or no Content-Type were all served `[seed 003]`.
pub(super) fn read(octets: &[u8]) -> Progress {
    let whole = octets.len();
    let start = octets.iter().take_while(|octet| matches!(octet, b'\r' | b'\n')).count();
    let octets = &octets[start..];
    let Some((head, body)) = split(octets) else {
        let hopeless = whole > HEAD_MAX || !could_be_post(octets);
        return if hopeless { Progress::Nonsense } else { Progress::More { expects: false } };
    };
    let mut lines = head.split(|&octet| octet == b'\n').map(<[u8]>::trim_ascii);
    let mut words = lines.next().unwrap_or_default().split(|&octet| octet == b' ');
    let post = words.next() == Some(b"POST");
    let http = words.next_back().is_some_and(|word| word.starts_with(b"HTTP/"));
    if !post || !http || head.len() > HEAD_MAX {
        return Progress::Nonsense;
    }
    let headers = lines.filter_map(|line| {
        let colon = line.iter().position(|&octet| octet == b':')?;
        Some((line[..colon].trim_ascii().to_ascii_lowercase(), line[colon + 1..].trim_ascii()))
    });
    let (mut length, mut expects) = (None, false);
    for (name, value) in headers {
        match name.as_slice() {
            b"content-length" => {
                length = std::str::from_utf8(value).ok().and_then(|value| value.parse().ok())
            }
            b"expect" => expects = value.eq_ignore_ascii_case(b"100-continue"),
            _ => {}
        }
    }
    match length {
        None => Progress::Nonsense,
        Some(length) if length > BODY_MAX => Progress::Nonsense,
        Some(length) => match body.get(..length) {
            Some(body) => Progress::Whole(body.to_vec()),
            None => Progress::More { expects },
        },
    }
}

/// Head and what follows it, at the first empty line; lines may end without CR.
fn split(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let ends = octets.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at + 1);
    for end in ends {
        let rest = &octets[end..];
        let blank = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        if blank > 0 {
            return Some((&octets[..end], &rest[blank..]));
        }
    }
    None
}

/// A connection that says something else is not waited for.
fn could_be_post(octets: &[u8]) -> bool {
    let known = octets.len().min(POST.len());
    octets[..known] == POST[..known]
}

/// How the end of a reply looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) length: bool,
    pub(super) crlf: Crlf,
}

/// Where the CRLF behind the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crlf {
    Outside,
    Inside,
    None,
}

impl Frame {
    /// The printed dump of `[seed 003]` starts the second of two responses on a new line, and with numbers of nine
    /// digits its lengths, 56 and 77, count no CRLF: it is behind the body, outside the length.
    pub(super) const PLAIN: Self = Self { length: true, crlf: Crlf::Outside };
}

/// A whole response, with the head of `[seed 003]`.
pub(super) fn response(body: &[u8], frame: Frame) -> Vec<u8> {
    let mut body = body.to_vec();
    if frame.crlf == Crlf::Inside {
        body.extend_from_slice(b"\r\n");
    }
    let mut octets = HEAD.as_bytes().to_vec();
    if frame.length {
        octets.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
    }
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(&body);
    if frame.crlf == Crlf::Outside {
        octets.extend_from_slice(b"\r\n");
    }
    octets
}

pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const POST: &[u8] = b"POST ";
const HEAD: &str =
    "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\n";
/// Octets of a request's head, and of its body.
const HEAD_MAX: usize = 8 * 1024;
const BODY_MAX: usize = 16 * 1024;

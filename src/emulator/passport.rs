//! Passport over HTTP: the nexus that says where to log in, the login that gives a ticket, and what tickets are good
//! for. It does not know TLS, and nothing of MSNP but that tickets belong to addresses.

use std::time::Duration;

use super::ConnId;
use super::faults::Step;
use super::service::{Service, Stage, Tampering};
use super::wire::unescaped;

/// What the login gave out.
#[derive(Debug)]
pub(super) struct Ticket {
    address: String,
    /// The part that is compared: what follows `t=`.
    word: String,
    until: Duration,
}

/// The parts of a request that matter.
struct Request {
    path: String,
    authorization: Option<String>,
    close: bool,
}

impl Service {
    /// Octets of a request.
    pub(super) fn request(&mut self, conn: ConnId, octets: &[u8]) {
        let Some(Stage::Requesting(buffer)) = self.clients.get_mut(&conn).map(|client| &mut client.stage)
        else {
            return;
        };
        buffer.extend_from_slice(octets);
        loop {
            let Some(Stage::Requesting(buffer)) = self.clients.get_mut(&conn).map(|client| &mut client.stage)
            else {
                return;
            };
            match parsed(buffer) {
                Ok(Some((request, length))) => {
                    buffer.drain(..length);
                    self.serve(conn, &request);
                }
                Ok(None) if buffer.len() <= HEAD_MAX => return,
                Ok(None) | Err(()) => {
                    self.respond(conn, "400 Bad Request", "", true);
                    return self.close(conn);
                }
            }
        }
    }

    fn serve(&mut self, conn: ConnId, request: &Request) {
        let path = request.path.split('?').next().unwrap_or_default();
        let hop = request.path.split_once("hop=").and_then(|(_, hop)| hop.parse().ok()).unwrap_or(0);
        let (step, name) = match path {
            "/rdr/pprdr.asp" => (Step::Nexus, None),
            "/login2.srf" => {
                (Step::Login, request.authorization.as_deref().and_then(|value| credential(value, "sign-in")))
            }
            _ => {
                self.respond(conn, "404 Not Found", "", request.close);
                return self.finish(conn, request);
            }
        };
        match self.tampering(conn, name.as_deref(), Some(step)) {
            Some(Tampering::Silence) => return,
            Some(Tampering::HangUp) => return self.close(conn),
            Some(Tampering::Refuse(status)) => {
                self.respond(conn, &format!("{status} {}", reason(status)), "", request.close)
            }
            Some(Tampering::Twist) | None if step == Step::Nexus => self.nexus(conn, request.close),
            Some(Tampering::Twist) | None => self.login(conn, request, hop),
        }
        self.finish(conn, request);
    }

    fn finish(&mut self, conn: ConnId, request: &Request) {
        if request.close {
            self.close(conn);
        }
    }

    /// Where to log in.
    fn nexus(&mut self, conn: ConnId, close: bool) {
        let base = self.options.passport.trim_end_matches('/');
        let head = if self.options.style.login_with_scheme {
            format!("PassportURLs: DALogin={base}/login2.srf\r\n")
        } else {
            let host = base.strip_prefix("https://").unwrap_or(base);
            format!(
                "PassportURLs: DARealm=Passport.Net,DALogin={host}/login2.srf,DAReg={base}/register,ConfigVersion=15\r\n"
            )
        };
        self.respond(conn, "200 OK", &head, close);
    }

    /// `Authorization: Passport1.4 …,sign-in=…,pwd=…,policy` against the accounts.
    fn login(&mut self, conn: ConnId, request: &Request, hop: u8) {
        let Some(value) = request.authorization.as_deref().filter(|value| value.starts_with("Passport1.4 "))
        else {
            return self.respond(conn, "500 Internal Server Error", "", request.close);
        };
        if hop < self.options.redirects {
            let base = self.options.passport.trim_end_matches('/');
            let head = format!(
                "Authentication-Info: Passport1.4 da-status=redir\r\nLocation: {base}/login2.srf?lc=1033&hop={}\r\n",
                hop + 1
            );
            return self.respond(conn, "302 Found", &head, request.close);
        }
        let (address, password) = (credential(value, "sign-in"), credential(value, "pwd"));
        let account = address.as_deref().and_then(|address| self.accounts.account(address));
        let good = account.filter(|account| Some(account.password.as_str()) == password.as_deref());
        let Some(address) = good.map(|account| account.address.clone()) else {
            // The reason in words is Microsoft's; Escargot gives none.
            let why = if self.options.style.long_tickets {
                ",srealm=Passport.NET,ts=0,prompt,cbtxt=Wrong%20password"
            } else {
                ""
            };
            let head = &format!("WWW-Authenticate: Passport1.4 da-status=failed{why}\r\n");
            return self.respond(conn, "401 Unauthorized", head, request.close);
        };
        let ticket = self.issue_ticket(address);
        let head = if self.options.style.long_tickets {
            format!(
                "Authentication-Info: Passport1.4 da-status=success,tname=MSPAuth,tname=MSPProf,tname=MSPSec,\
                 from-PP='{ticket}',ru=http://messenger.msn.com\r\n"
            )
        } else {
            format!("Authentication-Info: Passport1.4 da-status=success,from-PP='{ticket}'\r\n")
        };
        self.respond(conn, "200 OK", &head, request.close);
    }

    fn issue_ticket(&mut self, address: String) -> String {
        let now = self.now;
        self.tickets.retain(|ticket| ticket.until > now);
        if self.tickets.len() >= TICKETS_MAX {
            self.tickets.pop_front();
        }
        let (word, text) = if self.options.style.long_tickets {
            let word = format!("{}!{}*$$", self.hex_digits(60), self.hex_digits(40));
            let text = format!("t={word}&p={}$$", self.hex_digits(160));
            (word, text)
        } else {
            let word = self.hex_digits(20);
            (word.clone(), word)
        };
        self.tickets.push_back(Ticket { address, word, until: now + self.options.ticket_life });
        text
    }

    /// Whether `proof` is a ticket of `address` that is still good: what follows `t=`, up to `&` `[observed: Escargot]`.
    pub(super) fn good_ticket(&self, address: &str, proof: &str) -> bool {
        let word = proof.strip_prefix("t=").unwrap_or(proof);
        let word = word.split('&').next().unwrap_or_default();
        self.tickets
            .iter()
            .any(|ticket| ticket.word == word && ticket.address == address && ticket.until > self.now)
    }

    fn respond(&mut self, conn: ConnId, status: &str, head: &str, close: bool) {
        let manner = if close { "close" } else { "keep-alive" };
        let answer = format!(
            "HTTP/1.1 {status}\r\nServer: nudged-emulator\r\nContent-Type: text/html\r\n{head}Connection: {manner}\r\n\
             Content-Length: {}\r\n\r\n{BODY}",
            BODY.len()
        );
        self.send(conn, answer.into_bytes());
    }
}

/// The first whole request and its length; `Err` when it is none that we serve.
fn parsed(octets: &[u8]) -> Result<Option<(Request, usize)>, ()> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(octets).map_err(|_| ())? else { return Ok(None) };
    let value = |name: &str| {
        let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| String::from_utf8_lossy(header.value).into_owned())
    };
    let body = value("content-length").is_some_and(|length| length.trim() != "0")
        || value("transfer-encoding").is_some();
    if body || request.method != Some("GET") {
        return Err(());
    }
    let close = value("connection").is_some_and(|manner| manner.eq_ignore_ascii_case("close"))
        || request.version == Some(0);
    let path = request.path.unwrap_or_default().to_owned();
    Ok(Some((Request { path, authorization: value("authorization"), close }, length)))
}

/// A `key=value` of the Authorization header, split on commas first and unescaped then.
fn credential(header: &str, key: &str) -> Option<String> {
    let pairs = header.strip_prefix("Passport1.4 ")?.split(',');
    let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(name, _)| *name == key)?.1;
    Some(unescaped(value))
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Found",
        401 => "Unauthorized",
        400..=499 => "Refused",
        _ => "Internal Server Error",
    }
}

const BODY: &str = "nothing";
/// Octets of a request's head.
const HEAD_MAX: usize = 8 * 1024;
/// Tickets remembered; the oldest makes room.
const TICKETS_MAX: usize = 4096;

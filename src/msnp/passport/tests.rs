use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::http::{BadUrl, Fault};
use crate::msnp::errors::Reaction;
use crate::time::Duration;

/// The challenge of [seed 000], as printed: with a blank before `tpf`.
const CHALLENGE: &[u8] =
    b"lc=1033,id=507,tw=40,fs=1,ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=1073355862,kpp=1,kv=5,\
    ver=2.1.0173.1, tpf=ed1c2f217a21c191c61251eb8b73bb60";

/// The ticket of [seed 000], its two blanks undone, which a line wrap left.
const TICKET: &str = "t=4m1wWfEupDgUNb53qys5gJdw8OTJEtT82fcuDbS3U672gTymOOs6cgKeafj7WjgZNcufAQggxqHRRXko02DoflZA$$\
    &p=4QXNnX9rFDDgki9ZqvqPZGDGJa2Mrd5H13Zfl0NNjh4I78qPyfpzmkZPZEe0nxJTkzZSNDYtk!57cVqiYVfO86KgCRYWhi2kudS0M\
    !7bdi82EDA1FYp3WboHD!sCQ17OZh7lPQI7fozrgsSMZwgSzRi2FNTPxf13oDNIfDCKCG!2guDvZKEpk78A$$";

/// Real nexuses said this; [seed 000] begins after it.
const NEXUS: &str = "HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/5.0\r\nConnection: close\r\nPassportURLs: \
    DARealm=Passport.Net,DALogin=login.passport.com/login2.srf,DAReg=https://register.passport.net/uixpwiz.srf,\
    Properties=https://register.passport.net/editprof.srf,ConfigVersion=11\r\nContent-Length: 0\r\n\r\n";

/// [seed 000], with `text/ html` and the broken `Location` line mended.
const REDIRECT: &str = "HTTP/1.1 302 Found\r\nServer: Microsoft-IIS/5.0\r\nDate: Mon, 22 Dec 2003 21:10:05 GMT\r\n\
    PPServer: H: LAWPPLOG5C006\r\nConnection: close\r\nContent-Type: text/html\r\n\
    Expires: Mon, 22 Jun 2003 21:09:05 GMT\r\nCache-Control: no-cache\r\ncachecontrol: no-store\r\n\
    Pragma: no-cache\r\nP3P: CP=\"DSP CUR OTPi IND OTRi ONL FIN\"\r\n\
    Authentication-Info: Passport1.4 da-status=redir\r\n\
    Location: https://loginnet.passport.com/login2.srf?lc=1033\r\n\r\n";

/// [seed 000], the blanks in the ticket and before `from-PP` and `ru` as printed.
const SUCCESS: &str = "HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/5.0\r\nDate: Mon, 22 Dec 2003 21:10:07 GMT\r\n\
    PPServer: H: LAWPPIIS6B061\r\nConnection: close\r\nContent-Type: text/html\r\n\
    Expires: Mon, 22 Dec 2003 21:09:07 GMT\r\nCache-Control: no-cache\r\ncachecontrol: no-store\r\n\
    Pragma: no-cache\r\nP3P: CP=\"DSP CUR OTPi IND OTRi ONL FIN\"\r\nSet-Cookie: ... ...\r\n\
    Authentication-Info: Passport1.4 da-status=success,tname=MSPAuth,tname=MSPProf,tname=MSPSec, from-PP='\
    t=4m1wWfEupDgUNb53qys5gJdw8OTJEtT82fcuDbS3U672gTymOOs6cgKeafj7WjgZNcufAQggxqHRRXko02DoflZA$$ \
    &p=4QXNnX9rFDDgki9ZqvqPZGDGJa2Mrd5H13Zfl0NNjh4I78qPyfpzmkZPZEe0nxJTkzZSNDYtk!57cVqiYVfO86KgCRYWhi2kudS0M \
    !7bdi82EDA1FYp3WboHD!sCQ17OZh7lPQI7fozrgsSMZwgSzRi2FNTPxf13oDNIfDCKCG!2guDvZKEpk78A$$', \
    ru=http://messenger.msn.com\r\nContent-Length: 0\r\n\r\n";

const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized\r\nServer: Microsoft-IIS/5.0\r\n\
    WWW-Authenticate: Passport1.4 da-status=failed,srealm=Passport.NET,ts=-3,prompt,cburl=http://x,cbtxt=no\r\n\r\n";

/// A world with one server for each link, which answers at once.
struct World {
    passport: Passport,
    /// What was done with links.
    done: Vec<String>,
    /// What was asked.
    asked: Vec<String>,
}

impl World {
    fn new(nexus: &str, account: &str, password: &str, challenge: &[u8]) -> Self {
        let mut passport = Passport::new();
        let nexus = Url::parse(nexus.as_bytes()).unwrap();
        passport.start(Instant::START, &nexus, account, &Secret::new(password.into()), challenge);
        Self { passport, done: Vec::new(), asked: Vec::new() }
    }

    /// Does what is to be done, and answers the link that is open then.
    fn settle(&mut self) -> Option<Link> {
        let mut open = None;
        while let Some(effect) = self.passport.poll() {
            match effect {
                Effect::Connect { link, to, tls } => {
                    self.done.push(format!(
                        "connect {} {to} {}",
                        link.number,
                        if tls { "tls" } else { "plain" }
                    ));
                    open = Some(link);
                    self.passport.connected(Instant::START, link);
                }
                Effect::Transmit { octets, .. } => {
                    self.asked.push(str::from_utf8(octets).unwrap().to_string())
                }
                Effect::Close(link) => {
                    open = open.filter(|open| *open != link);
                    self.done.push(format!("close {}", link.number));
                }
            }
        }
        open
    }

    /// Gives each link its answer, in pieces that end at `cuts`.
    fn answer(mut self, answers: &[&str], cuts: &[usize]) -> (Option<Result<String, Refusal>>, Self) {
        for answer in answers {
            let link = self.settle().unwrap();
            let mut from = 0;
            for to in cuts.iter().copied().map(|cut| cut.min(answer.len())).chain([answer.len()]) {
                self.passport.bytes(Instant::START, link, &answer.as_bytes()[from..to]);
                from = to;
            }
        }
        assert!(self.settle().is_none(), "nobody answers the last link");
        let result =
            self.passport.take_result().map(|result| result.map(|ticket| ticket.reveal().to_string()));
        (result, self)
    }
}

fn seed() -> World {
    World::new("https://nexus.passport.com/rdr/pprdr.asp", "example@passport.com", "password", CHALLENGE)
}

fn login(answer: &str) -> Option<Result<String, Refusal>> {
    seed().answer(&[NEXUS, answer], &[]).0
}

#[test]
fn the_exchange_of_seed_000_yields_its_ticket() {
    let (result, world) = seed().answer(&[NEXUS, REDIRECT, SUCCESS], &[]);
    assert_eq!(result, Some(Ok(TICKET.into())));
    assert_eq!(
        world.done,
        [
            "connect 1 nexus.passport.com:443 tls",
            "close 1",
            "connect 2 login.passport.com:443 tls",
            "close 2",
            "connect 3 loginnet.passport.com:443 tls",
            "close 3"
        ]
    );
    let [nexus, login, again] = &world.asked[..] else { panic!("{:?}", world.asked) };
    let manners = concat!("User-Agent: nudged/", env!("CARGO_PKG_VERSION"), "\r\nConnection: close\r\n\r\n");
    assert_eq!(nexus, &format!("GET /rdr/pprdr.asp HTTP/1.1\r\nHost: nexus.passport.com\r\n{manners}"));
    let authorization = "Authorization: Passport1.4 OrgVerb=GET,OrgURL=http%3A%2F%2Fmessenger%2Emsn%2Ecom,\
        sign-in=example%40passport.com,pwd=password,lc=1033,id=507,tw=40,fs=1,\
        ru=http%3A%2F%2Fmessenger%2Emsn%2Ecom,ct=1073355862,kpp=1,kv=5,ver=2.1.0173.1,\
        tpf=ed1c2f217a21c191c61251eb8b73bb60\r\n";
    let expected =
        format!("GET /login2.srf HTTP/1.1\r\n{authorization}Host: login.passport.com\r\n{manners}");
    assert_eq!(login, &expected);
    let expected = format!(
        "GET /login2.srf?lc=1033 HTTP/1.1\r\n{authorization}Host: loginnet.passport.com\r\n{manners}"
    );
    assert_eq!(again, &expected);
}

#[test]
fn any_pieces_give_the_same_ticket() {
    let answers = [NEXUS, REDIRECT, SUCCESS];
    let longest = answers.iter().map(|answer| answer.len()).max().unwrap();
    for step in [1, 2, 3, 7] {
        let cuts: Vec<usize> = (step..longest).step_by(step).collect();
        assert_eq!(seed().answer(&answers, &cuts).0, Some(Ok(TICKET.into())), "pieces of {step}");
    }
    for cut in 0..longest {
        assert_eq!(seed().answer(&answers, &[cut]).0, Some(Ok(TICKET.into())), "cut at {cut}");
    }
}

#[test]
fn the_exchange_of_a_living_server_yields_its_ticket() {
    // [observed: Escargot]: another case, a scheme, a port, 20 hex digits, nothing after them.
    let nexus = "HTTP/1.1 200 OK\r\nPassporturls: DALogin=https://login.example.net:8443/login\r\n\
        Content-Length: 7\r\n\r\npprdr!\n";
    let login = "HTTP/1.1 200 OK\r\nAuthentication-Info: Passport1.4 da-status=success,\
        from-PP='0123456789abcdef0123'\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nsuccess\r\n0\r\n\r\n";
    let challenge = b"ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1";
    let world = World::new(
        "https://nexus.example.net:8443/rdr/pprdr.asp",
        "desk@example.net",
        "a,b%c+d \u{e9}",
        challenge,
    );
    let (result, world) = world.answer(&[nexus, login], &[]);
    assert_eq!(result, Some(Ok("0123456789abcdef0123".into())));
    assert!(world.asked[0].contains("\r\nHost: nexus.example.net:8443\r\n"));
    assert!(world.asked[1].starts_with("GET /login HTTP/1.1\r\n"));
    let credentials = ",sign-in=desk%40example.net,pwd=a%2Cb%25c%2Bd%20%C3%A9,ct=1,rver=1,";
    assert!(world.asked[1].contains(credentials), "{}", world.asked[1]);
}

#[test]
fn the_ticket_ends_at_its_quote() {
    let info =
        |value: &str| login(&format!("HTTP/1.1 200 OK\r\nauthentication-INFO: {value}\r\n\r\n")).unwrap();
    assert_eq!(info("Passport1.4 da-status=success,from-PP='t=1&p=2',ru=http://x'"), Ok("t=1&p=2".into()));
    assert_eq!(info("from-pp='t=1&p='"), Ok("t=1&p=".into()));
    let longest = "x".repeat(TICKET_MAX);
    assert_eq!(info(&format!("from-PP='{longest}'")), Ok(longest.clone()));
    for broken in [
        "Passport1.4 da-status=success,from-PP='t=1&p=2",
        "Passport1.4 da-status=success,from-PP=''",
        "Passport1.4 da-status=success,from-PP='  '",
        "Passport1.4 da-status=success,from-PP='t=\u{e9}'",
        "Passport1.4 da-status=success",
        &format!("from-PP='{longest}x'"),
        "",
    ] {
        assert_eq!(info(broken), Err(Refusal::NoTicket), "{broken}");
    }
    assert_eq!(info("Passport1.4 da-status=failed"), Err(Refusal::WrongCredentials));
}

#[test]
fn statuses_are_told_apart() {
    let status =
        |line: &str| login(&format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n")).unwrap().unwrap_err();
    assert_eq!(login(UNAUTHORIZED), Some(Err(Refusal::WrongCredentials)));
    for trouble in [500, 502, 503, 429, 408] {
        assert_eq!(status(&format!("{trouble} x")), Refusal::ServerTrouble(trouble));
    }
    for strange in [201, 304, 400, 403, 404] {
        assert_eq!(status(&format!("{strange} x")), Refusal::Unexpected(strange));
    }
    // The nexus sees no credentials, so it can't refuse any.
    assert_eq!(seed().answer(&[UNAUTHORIZED], &[]).0, Some(Err(Refusal::Unexpected(401))));
    assert_eq!(status("302 no location"), Refusal::NoAddress);
    assert_eq!(login("VER 1 MSNP9\r\n"), Some(Err(Refusal::Unreadable(Fault::NotHttp))));
}

#[test]
fn credentials_go_to_https_only() {
    let plain = REDIRECT.replace("https://loginnet", "http://loginnet");
    let (result, world) = seed().answer(&[NEXUS, &plain], &[]);
    assert_eq!(result, Some(Err(Refusal::NotHttps)));
    assert_eq!(world.asked.len(), 2);
    assert_eq!(world.done.last().unwrap(), "close 2");
    let plain = NEXUS.replace("DALogin=", "DALogin=http://");
    let (result, world) = seed().answer(&[&plain], &[]);
    assert_eq!(result, Some(Err(Refusal::NotHttps)));
    assert!(!world.asked.concat().contains("pwd"));
    let (result, world) = World::new("http://nexus.passport.com/", "a@b", "c", b"x").answer(&[], &[]);
    assert_eq!((result, world.done.len()), (Some(Err(Refusal::NotHttps)), 0));
}

#[test]
fn redirects_have_an_end() {
    let (result, world) = seed().answer(&[NEXUS, REDIRECT, REDIRECT, REDIRECT, REDIRECT], &[]);
    assert_eq!(result, Some(Err(Refusal::TooManyRedirects)));
    assert_eq!(world.asked.len(), 2 + usize::from(PASSPORT_HOPS_MAX));
    let moved = "HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\n\r\n";
    let (result, world) = seed().answer(&[moved, NEXUS, REDIRECT, SUCCESS], &[]);
    assert_eq!(result, Some(Ok(TICKET.into())));
    assert!(world.asked[1].starts_with("GET /elsewhere HTTP/1.1\r\nHost: nexus.passport.com\r\n"));
}

#[test]
fn addresses_must_be_addresses() {
    let nexus = |urls: &str| {
        seed().answer(&[&format!("HTTP/1.1 200 OK\r\n{urls}\r\n\r\n")], &[]).0.unwrap().unwrap_err()
    };
    assert_eq!(nexus("X: y"), Refusal::NoAddress);
    assert_eq!(nexus("PassportURLs: DAReg=https://x/"), Refusal::NoAddress);
    assert_eq!(nexus("PassportURLs: DALogin="), Refusal::BadAddress(BadUrl::Host));
    assert_eq!(nexus("PassportURLs: DALogin=gopher://x/,"), Refusal::BadAddress(BadUrl::Scheme));
}

#[test]
fn a_link_that_fails_says_why() {
    for (why, refusal) in [
        (Closed::Untrusted, Refusal::Untrusted),
        (Closed::ClockBehind, Refusal::ClockBehind),
        (Closed::Broken, Refusal::Unreachable(Closed::Broken)),
        (Closed::Unreachable, Refusal::Unreachable(Closed::Unreachable)),
        (Closed::NameNotFound, Refusal::Unreachable(Closed::NameNotFound)),
        (Closed::ByPeer, Refusal::Unreadable(Fault::Nothing)),
    ] {
        let mut world = seed();
        let link = world.settle().unwrap();
        world.passport.closed(Instant::START, link, why);
        assert_eq!(world.passport.take_result().unwrap().unwrap_err(), refusal);
        assert_eq!((world.settle(), world.passport.wake_at(), world.done.len()), (None, None, 1));
    }
    let mut world = seed();
    let link = world.settle().unwrap();
    world.passport.bytes(Instant::START, link, b"HTTP/1.1 200 OK\r\nPass");
    world.passport.closed(Instant::START, link, Closed::ByPeer);
    assert_eq!(world.passport.take_result().unwrap().unwrap_err(), Refusal::Unreadable(Fault::CutShort));
}

#[test]
fn silence_ends_at_the_deadline() {
    let mut world = seed();
    world.settle();
    let end = Instant::START + PASSPORT_TIMEOUT;
    assert_eq!(world.passport.wake_at(), Some(end));
    world.passport.tick(Instant::START + (PASSPORT_TIMEOUT - Duration::from_millis(1)));
    assert!(world.passport.take_result().is_none());
    world.passport.tick(end);
    assert_eq!(world.passport.take_result(), Some(Err(Refusal::TimedOut)));
    assert!(world.passport.take_result().is_none());
    world.settle();
    assert_eq!(world.done, ["connect 1 nexus.passport.com:443 tls", "close 1"]);
    assert_eq!(world.passport.wake_at(), None);
}

#[test]
fn a_dead_link_is_not_taken_for_the_new_one() {
    let mut world = seed();
    let first = world.settle().unwrap();
    world.passport.bytes(Instant::START, first, NEXUS.as_bytes());
    let second = world.settle().unwrap();
    world.passport.bytes(Instant::START, first, SUCCESS.as_bytes());
    world.passport.closed(Instant::START, first, Closed::Broken);
    assert!(world.passport.take_result().is_none());
    world.passport.bytes(Instant::START, second, SUCCESS.as_bytes());
    assert!(world.passport.take_result().unwrap().is_ok());
    world.passport.bytes(Instant::START, second, SUCCESS.as_bytes());
    world.passport.connected(Instant::START, second);
    assert!(world.passport.take_result().is_none());
}

#[test]
fn a_new_start_or_a_cancel_gives_up_the_old_one() {
    let nexus = Url::parse(b"https://n/").unwrap();
    let mut world = seed();
    world.settle();
    world.passport.start(Instant::START, &nexus, "a@b", &Secret::default(), b"x");
    world.passport.start(Instant::START, &nexus, "a@b", &Secret::default(), b"x");
    world.settle();
    world.passport.cancel();
    world.settle();
    assert_eq!(
        world.done,
        ["connect 1 nexus.passport.com:443 tls", "close 1", "connect 3 n:443 tls", "close 3"]
    );
    assert!(world.passport.take_result().is_none());
}

#[test]
fn what_does_not_fit_a_request_is_refused() {
    let long = "x".repeat(PASSPORT_CHALLENGE_MAX + 1);
    for (account, password, challenge) in
        [(&long[..], "p", "c"), ("a@b", "p", &long[..]), ("a@b", &"%".repeat(1400)[..], "c")]
    {
        let world = World::new("https://nexus.passport.com/", account, password, challenge.as_bytes());
        let fits_so_far = account.len() < 9 && challenge.len() < 9;
        let answers: &[&str] = if fits_so_far { &[NEXUS] } else { &[] };
        assert_eq!(world.answer(answers, &[]).0, Some(Err(Refusal::TooLong)));
    }
}

#[test]
fn a_challenge_can_be_no_header_of_its_own() {
    let world = World::new("https://nexus.passport.com/", "a@b", "c", b"x=1\r\nEvil: y\0,z=\xff2");
    let (_, world) = world.answer(&[NEXUS, UNAUTHORIZED], &[]);
    assert!(world.asked[1].contains(",pwd=c,x=1Evil:y,z=2\r\nHost: "), "{}", world.asked[1]);
}

#[test]
fn refusals_read_as_sentences_and_know_their_remedy() {
    for (refusal, text, reaction) in [
        (Refusal::WrongCredentials, "passport: account or password refused", Reaction::FreshTry),
        (Refusal::Untrusted, "passport: certificate not trusted", Reaction::Refused),
        (Refusal::ServerTrouble(503), "passport: server trouble, status 503", Reaction::BackOff),
        (Refusal::Unreadable(Fault::Nothing), "passport: server closed without an answer", Reaction::BackOff),
        (Refusal::NotHttps, "passport: address is not https; no password goes there", Reaction::Refused),
    ] {
        assert_eq!((refusal.to_string().as_str(), refusal.reaction()), (text, reaction));
    }
    assert_eq!(Refusal::ClockBehind.reaction(), Reaction::Retry);
}

#[test]
fn between_sign_ins_it_is_small() {
    assert!(size_of::<Passport>() <= 96, "{}", size_of::<Passport>());
}

proptest! {
    #[test]
    fn no_server_breaks_it(answers in proptest::collection::vec(
        prop_oneof![
            Just(NEXUS.as_bytes().to_vec()), Just(REDIRECT.as_bytes().to_vec()), Just(SUCCESS.as_bytes().to_vec()),
            any::<Vec<u8>>(),
        ], 1..8))
    {
        let mut world = seed();
        for answer in answers {
            let Some(link) = world.settle() else { break };
            world.passport.bytes(Instant::START, link, &answer);
            world.passport.closed(Instant::START, link, Closed::ByPeer);
        }
        world.passport.tick(Instant::START + PASSPORT_TIMEOUT);
        prop_assert!(world.passport.take_result().is_some());
        prop_assert!(world.passport.wake_at().is_none());
    }
}

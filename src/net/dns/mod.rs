//! Addresses of host names: a stub resolver on UDP sockets of its own, without a thread and without a blocking call
//! beyond reading two small local files.
//!
//! It does not know what the addresses are for. Multicast DNS (`.local`) is not spoken.

mod files;
mod known;
mod message;

use std::cell::RefCell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use async_net::{TcpStream, UdpSocket};
use smol::Timer;
use smol::future;
use smol::io::{AsyncReadExt, AsyncWriteExt};

use self::files::Conf;
use self::known::Known;
use self::message::{Answer, Kind, Query};
use crate::link::Endpoint;
use crate::time::Duration;

/// Where the resolver looks and how patient it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The hosts file; default `/etc/hosts`.
    pub hosts: PathBuf,
    /// The file that names servers and search domains; default `/etc/resolv.conf`. A change counts at the next lookup.
    pub resolv_conf: PathBuf,
    /// The port of the name servers; default 53.
    pub port: u16,
    /// The longest one try at one server may take, whatever resolv.conf says; default 2 s, so that a dead server or two
    /// leave time to connect.
    pub patience: Duration,
    /// The longest a whole lookup may take; default 9 s.
    pub lookup_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hosts: "/etc/hosts".into(),
            resolv_conf: "/etc/resolv.conf".into(),
            port: 53,
            patience: Duration::from_secs(2),
            lookup_timeout: Duration::from_secs(9),
        }
    }
}

/// Why a host has no address for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No name that DNS can carry.
    BadName,
    /// The answer was an address that means "nowhere": somebody blocks the name.
    Blocked,
    /// Names that are names for each other.
    Loop,
    /// A name under `.local`, which only multicast DNS knows.
    Multicast,
    /// The name exists without any address.
    NoAddress,
    /// There is no such name.
    NoSuchName,
    /// No name server answered, or each refused to.
    Silent,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadName => "this is no host name",
            Self::Blocked => "the name server blocks this name",
            Self::Loop => "the name is an alias of itself",
            Self::Multicast => {
                "names under \".local\" need multicast DNS, which is not supported; \
                 use the address, or add the name to the hosts file"
            }
            Self::NoAddress => "the name has no address",
            Self::NoSuchName => "there is no such name",
            Self::Silent => "no name server answered; check the network and the resolv.conf file",
        })
    }
}

/// The resolver. One value serves all links; lookups may run side by side.
#[derive(Debug)]
pub struct Resolver {
    options: Options,
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    known: Known,
    /// What resolv.conf said last.
    conf: Option<Conf>,
    /// The place in `conf.servers` of the one that answered last: it is asked first.
    preferred: usize,
}

impl Resolver {
    /// A resolver that knows nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options, state: RefCell::default() }
    }

    /// The addresses of a host, the one to try first in front; at most [`ADDRESSES_MAX`], and never none.
    ///
    /// In this order: a literal address; the hosts file; what a server said before, while it lives; the servers. When
    /// all servers are silent, the address that answered last, however old.
    ///
    /// # Errors
    /// [`Failure`], whose text is for people.
    pub async fn resolve(&self, to: &Endpoint) -> Result<Vec<SocketAddr>, Failure> {
        if let Some(address) = files::literal(&to.host, to.port) {
            return Ok(vec![address]);
        }
        let addresses = self.addresses(&to.host).await?;
        let addresses: Vec<_> = addresses.into_iter().filter(|address| !address.is_unspecified()).collect();
        if addresses.is_empty() {
            return Err(Failure::Blocked);
        }
        let addresses = self.state.borrow().known.sorted(&to.host, addresses);
        Ok(addresses.into_iter().take(ADDRESSES_MAX).map(|address| (address, to.port).into()).collect())
    }

    /// Learns that this address of the host answered: it comes first from now on.
    pub fn reached(&self, host: &str, address: IpAddr) {
        self.state.borrow_mut().known.reached(host, address);
    }

    /// Learns that no address of the host answered: the next lookup asks anew.
    pub fn failed(&self, host: &str) {
        self.state.borrow_mut().known.failed(host);
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        let listed = files::in_hosts(&self.options.hosts, host);
        if !listed.is_empty() {
            return Ok(listed);
        }
        match host.trim_end_matches('.').rsplit('.').next() {
            Some(last) if last.eq_ignore_ascii_case("localhost") => {
                return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
            }
            Some(last) if last.eq_ignore_ascii_case("local") => return Err(Failure::Multicast),
            _ => {}
        }
        let conf = self.conf();
        if let Some(fresh) = self.state.borrow_mut().known.fresh(host, Instant::now()) {
            return Ok(fresh);
        }
        let give_up = async {
            Timer::after(self.options.lookup_timeout).await;
            Err(Failure::Silent)
        };
        match future::or(self.search(host, &conf), give_up).await {
            Ok((addresses, seconds)) => {
                self.state.borrow_mut().known.learn(host, &addresses, seconds, Instant::now());
                Ok(addresses)
            }
            Err(Failure::Silent) => self.last_good(host),
            Err(failure) => Err(failure),
        }
    }

    /// What resolv.conf says now. When it changed, the network probably did, and addresses are asked for anew.
    fn conf(&self) -> Conf {
        let mut conf = Conf::read(&self.options.resolv_conf, self.options.port);
        conf.timeout = conf.timeout.min(self.options.patience);
        let mut state = self.state.borrow_mut();
        if state.conf.as_ref() != Some(&conf) {
            state.known.outdate();
            state.preferred = 0;
            state.conf = Some(conf.clone());
        }
        conf
    }

    fn last_good(&self, host: &str) -> Result<Vec<IpAddr>, Failure> {
        let good = self.state.borrow().known.good(host).ok_or(Failure::Silent)?;
        log::warn!("dns: no name server answered for {host}; trying {good}, which answered before");
        Ok(vec![good])
    }

    /// Asks for a short name in the search domains, for any other as it is.
    async fn search(&self, host: &str, conf: &Conf) -> Result<(Vec<IpAddr>, u32), Failure> {
        let mut failure = Failure::NoSuchName;
        for name in conf.candidates(host) {
            match self.both_kinds(&name, conf).await {
                Err(reason @ (Failure::NoSuchName | Failure::NoAddress)) => failure = reason,
                done => return done,
            }
        }
        Err(failure)
    }

    /// Asks for IPv6 and IPv4 addresses at once. When one question found some, the other has only [`OTHER_KIND`] left: there
    /// are routers that swallow the questions they don't understand. The two kinds take turns [RFC 8305].
    async fn both_kinds(&self, name: &str, conf: &Conf) -> Result<(Vec<IpAddr>, u32), Failure> {
        let (mut six, mut four) =
            (pin!(self.chase(name, Kind::Aaaa, conf)), pin!(self.chase(name, Kind::A, conf)));
        let (mut six_done, mut four_done) = (None, None);
        let mut patience = Timer::never();
        poll_fn(|cx| {
            for (asking, done) in [(six.as_mut() as _, &mut six_done), (four.as_mut(), &mut four_done)] {
                let asking: std::pin::Pin<&mut dyn Future<Output = Found>> = asking;
                if done.is_none()
                    && let Poll::Ready(found) = asking.poll(cx)
                {
                    if found.as_ref().is_ok_and(|(list, _)| !list.is_empty()) {
                        patience.set_after(OTHER_KIND);
                    }
                    *done = Some(found);
                }
            }
            let over = six_done.is_some() && four_done.is_some();
            if over { Poll::Ready(()) } else { future::FutureExt::poll(&mut patience, cx).map(|_| ()) }
        })
        .await;
        merged(six_done, four_done)
    }

    /// Asks for one kind of address and follows aliases that the answers leave open.
    async fn chase(&self, name: &str, kind: Kind, conf: &Conf) -> Found {
        let mut name = name.to_owned();
        for _ in 0..message::ALIASES_MAX {
            match self.ask(&name, kind, conf).await? {
                Answer::Addresses(list, seconds) => return Ok((list, seconds)),
                Answer::Alias(target) => name = target,
                Answer::NoSuchName => return Err(Failure::NoSuchName),
                Answer::Loop => return Err(Failure::Loop),
                Answer::Refused(_) | Answer::Truncated => return Err(Failure::Silent),
            }
        }
        Err(Failure::Loop)
    }

    /// Asks one server after the other, the one that answered last first, until one knows.
    async fn ask(&self, name: &str, kind: Kind, conf: &Conf) -> Result<Answer, Failure> {
        let preferred = self.state.borrow().preferred;
        for turn in 0..conf.servers.len() * usize::from(conf.attempts) {
            let place = (preferred + turn) % conf.servers.len();
            let server = conf.servers[place];
            let query = Query::new(unpredictable(), name, kind).ok_or(Failure::BadName)?;
            let give_up = async {
                Timer::after(conf.timeout).await;
                Err(io::ErrorKind::TimedOut.into())
            };
            match future::or(exchange(server, &query), give_up).await {
                Ok(Answer::Refused(code)) => log::debug!("dns: {server} answered {code:?} for {name}"),
                Ok(answer) => {
                    self.state.borrow_mut().preferred = place;
                    return Ok(answer);
                }
                Err(error) => log::debug!("dns: {server} for {name}: {error}"),
            }
        }
        Err(Failure::Silent)
    }
}

type Found = Result<(Vec<IpAddr>, u32), Failure>;

/// One list of what both questions found, in turns; without any, the reason that says most.
fn merged(six: Option<Found>, four: Option<Found>) -> Result<(Vec<IpAddr>, u32), Failure> {
    let (six, four) = (six.unwrap_or(Err(Failure::Silent)), four.unwrap_or(Err(Failure::Silent)));
    let failure = match (&six, &four) {
        (Err(failure), Err(Failure::Silent)) | (_, Err(failure)) => *failure,
        (Err(Failure::Silent), _) => Failure::Silent,
        _ => Failure::NoAddress,
    };
    let (mut sixes, mut fours) = (six.unwrap_or_default(), four.unwrap_or_default());
    let seconds = match (sixes.0.is_empty(), fours.0.is_empty()) {
        (true, true) => return Err(failure),
        (true, false) => fours.1,
        (false, true) => sixes.1,
        (false, false) => sixes.1.min(fours.1),
    };
    let mut list = Vec::with_capacity(sixes.0.len() + fours.0.len());
    let (mut sixes, mut fours) = (sixes.0.drain(..), fours.0.drain(..));
    loop {
        let before = list.len();
        list.extend(sixes.next());
        list.extend(fours.next());
        if list.len() == before {
            return Ok((list, seconds));
        }
    }
}

/// One question to one server by UDP, from a port the kernel picks at random; again by TCP if the answer is too long.
async fn exchange(server: SocketAddr, query: &Query) -> io::Result<Answer> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    // A connected socket takes datagrams from that address and port only, and learns that nobody listens there.
    socket.connect(server).await?;
    socket.send(&query.octets()).await?;
    let mut buffer = vec![0; message::MESSAGE_MAX];
    for _ in 0..STRAYS_MAX {
        let length = socket.recv(&mut buffer).await?;
        match buffer.get(..length).and_then(|octets| query.read(octets)) {
            Some(Answer::Truncated) => return exchange_tcp(server, query).await,
            Some(answer) => return Ok(answer),
            None => log::debug!("dns: a datagram from {server} is no answer to our question"),
        }
    }
    Err(io::Error::other("too many datagrams that are no answer"))
}

/// The same question by TCP: messages with their length in front [RFC 1035 4.2.2].
async fn exchange_tcp(server: SocketAddr, query: &Query) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(server).await?;
    let question = query.octets();
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question.as_slice()].concat()).await?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).await?;
    let length = usize::from(u16::from_be_bytes(length));
    if length > message::MESSAGE_MAX {
        return Err(io::Error::other(format!("an answer of {length} octets")));
    }
    let mut octets = vec![0; length];
    stream.read_exact(&mut octets).await?;
    query.read(&octets).ok_or_else(|| io::Error::other("the message is no answer to our question"))
}

/// A number nobody outside can guess: the standard library's hash keys are random from the kernel.
fn unpredictable() -> u16 {
    use std::hash::{BuildHasher, RandomState};
    (RandomState::new().hash_one(Instant::now()) & 0xFFFF) as u16
}

/// Addresses of one host that are tried.
pub const ADDRESSES_MAX: usize = 8;
/// What the slower of the two questions has left when the other one was answered.
const OTHER_KIND: Duration = Duration::from_millis(300);
/// Datagrams that are no answer to our question after which a server is given up.
const STRAYS_MAX: usize = 32;

#[cfg(test)]
mod tests;
#[cfg(all(test, feature = "emulator"))]
pub(crate) use self::tests::serve_loopback;

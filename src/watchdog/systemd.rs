//! systemd as a service's manager: one datagram for each thing it is told, as in `sd_notify(3)`, and its watchdog.
//!
//! It does not know what a status means. Where the variables are not set there is no such value. They are not taken out of
//! the environment for the sake of children: this program starts none.

use std::ffi::{OsStr, OsString};
use std::fmt::{self, Write as _};
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use heapless::String;

use crate::text::{Shown, number};
use crate::time::{self, Duration, Instant};

/// The manager that started this process. What it can't be told is told again later, and is never the end of the agent.
#[derive(Debug)]
pub struct Systemd {
    socket: UnixDatagram,
    to: SocketAddr,
    /// It knows that the service is ready.
    ready: bool,
    /// How everything stands, as a line of the datagram.
    status: String<STATUS_MAX>,
    /// It does not know that yet.
    news: bool,
    /// No more news before.
    tell_at: Instant,
    /// How long after news that do not arrive the next try is.
    retry: Duration,
    /// Half of what it waits for; `None` if it does not want to be fed.
    every: Option<Duration>,
    /// When it must be fed next.
    feed_at: Option<Instant>,
    /// The last datagram did not arrive, and the log says so.
    deaf: bool,
}

impl Systemd {
    /// Whoever `NOTIFY_SOCKET` names; `None` in a shell.
    #[must_use]
    pub fn of_environment() -> Option<Self> {
        Self::of(|variable| std::env::var_os(variable), std::process::id())
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>, process: u32) -> Option<Self> {
        let name = variable("NOTIFY_SOCKET").filter(|name| !name.is_empty())?;
        let number = |name: &str| variable(name).and_then(|value| number(value.as_bytes()));
        let ours = variable("WATCHDOG_PID").is_none() || number("WATCHDOG_PID") == Some(process.into());
        let patience = number("WATCHDOG_USEC").filter(|patience| ours && *patience > 0);
        match open(&name) {
            Ok((socket, to)) => Some(Self {
                socket,
                to,
                ready: false,
                status: String::new(),
                news: false,
                tell_at: Instant::START,
                retry: NEWS_EVERY,
                every: patience.map(|patience| Duration::from_micros(patience / 2).max(GRAIN)),
                feed_at: None,
                deaf: false,
            }),
            Err(error) => {
                log::warn!("systemd: NOTIFY_SOCKET {}: {error}; it is told nothing", name.display());
                None
            }
        }
    }

    pub(super) fn tell(&mut self, now: Instant, how: impl fmt::Display) {
        let (mut words, mut status) = (String::<STATUS_MAX>::new(), String::new());
        // What does not fit is left out.
        let _ = write!(words, "{how}");
        let _ = write!(status, "STATUS={}", Shown(&words));
        if self.status != status {
            self.status = status;
            self.news = true;
        }
        if !self.news || now < self.tell_at {
            return;
        }
        let ready = if self.ready { "" } else { "READY=1\n" };
        let status = std::mem::take(&mut self.status);
        let told = self.send(format_args!("{ready}{status}"));
        self.status = status;
        self.news = !told;
        if told {
            self.retry = NEWS_EVERY;
        }
        self.tell_at = now + self.retry;
        if !told {
            // Who never listens, as where a shell inherited the name of a socket, is not worth waking up for.
            self.retry = self.retry.saturating_mul(2).min(RETRY_MAX);
        }
        if told && !self.ready {
            self.ready = true;
            self.feed_at = self.every.map(|every| now + every);
        }
    }

    pub(super) fn due(&self) -> Option<Instant> {
        time::earlier(self.news.then_some(self.tell_at), self.feed_at)
    }

    pub(super) fn feed(&mut self, now: Instant) {
        let (Some(every), Some(at)) = (self.every, self.feed_at) else { return };
        if at <= now {
            // It waits for twice as long: there are tries left.
            let next = if self.send(format_args!("WATCHDOG=1")) { every } else { every / 5 };
            self.feed_at = Some(now + next.max(GRAIN));
        }
    }

    pub(super) fn stopping(&mut self) {
        self.send(format_args!("STOPPING=1"));
    }

    /// Whether it arrived.
    fn send(&mut self, words: fmt::Arguments<'_>) -> bool {
        let mut datagram = String::<DATAGRAM_MAX>::new();
        let _ = datagram.write_fmt(words);
        let sent = self.socket.send_to_addr(datagram.as_bytes(), &self.to);
        if let Err(error) = &sent
            && !self.deaf
        {
            log::warn!("systemd: it can't be told {datagram:?}: {error}; trying again");
        }
        self.deaf = sent.is_err();
        !self.deaf
    }
}

/// A socket, and the address behind a name: a path, or with `@` one that no file system has.
fn open(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let to = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        [b'/', ..] => SocketAddr::from_pathname(name)?,
        _ => return Err(io::Error::other("expected a path or @NAME")),
    };
    let socket = UnixDatagram::unbound()?;
    // Whoever does not read must not hold us.
    socket.set_nonblocking(true)?;
    Ok((socket, to))
}

/// Octets of a status line: its words are some states and some numbers.
const STATUS_MAX: usize = 160;
/// Octets of a datagram.
const DATAGRAM_MAX: usize = STATUS_MAX + 16;
/// A network where everybody comes and goes is one status line a second.
const NEWS_EVERY: Duration = Duration::from_secs(1);
/// Between news that did not arrive and the next try, in the end.
const RETRY_MAX: Duration = Duration::from_secs(60);
/// The clock's grain: nothing is due more often.
const GRAIN: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;

    /// A manager's socket, and a service started with these variables beside it.
    fn started(variables: &[(&str, &str)]) -> (tempfile::TempDir, UnixDatagram, Systemd) {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let systemd = at(path.as_os_str(), variables).unwrap();
        (home, socket, systemd)
    }

    fn at(name: &OsStr, variables: &[(&str, &str)]) -> Option<Systemd> {
        let find = |wanted: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == wanted);
            if wanted == "NOTIFY_SOCKET" { Some(name.into()) } else { found.map(|(_, value)| value.into()) }
        };
        Systemd::of(find, 42)
    }

    fn ms(ms: u64) -> Instant {
        Instant::from_millis(ms)
    }

    fn heard(socket: &UnixDatagram) -> Vec<std::string::String> {
        let mut octets = [0; 512];
        std::iter::from_fn(|| {
            let length = socket.recv(&mut octets).ok()?;
            Some(std::str::from_utf8(&octets[..length]).unwrap().to_owned())
        })
        .collect()
    }

    #[test]
    fn it_is_told_once_that_we_are_ready_then_what_is_new_but_not_more_than_once_a_second() {
        let (_home, socket, mut systemd) = started(&[]);
        assert_eq!((systemd.due(), heard(&socket)), (None, vec![]), "nothing before the loop runs");
        systemd.tell(ms(5), "msn starting");
        assert_eq!(heard(&socket), ["READY=1\nSTATUS=msn starting"]);
        systemd.tell(ms(900), "msn starting");
        assert_eq!((systemd.due(), heard(&socket)), (None, vec![]));
        systemd.tell(ms(901), "msn connecting");
        systemd.tell(ms(902), "msn online");
        assert_eq!((systemd.due(), heard(&socket)), (Some(ms(1005)), vec![]));
        systemd.tell(ms(1005), "msn online");
        assert_eq!((systemd.due(), heard(&socket)), (None, vec!["STATUS=msn online".to_owned()]));
        systemd.feed(ms(99_000));
        assert!(heard(&socket).is_empty(), "it does not want to be fed");
        systemd.stopping();
        assert_eq!(heard(&socket), ["STOPPING=1"]);
    }

    #[test]
    fn it_is_fed_at_half_of_its_patience() {
        let (_home, socket, mut systemd) = started(&[("WATCHDOG_USEC", "60000000"), ("WATCHDOG_PID", "42")]);
        systemd.tell(ms(5), "");
        assert_eq!(systemd.due(), Some(ms(30_005)));
        systemd.feed(ms(30_004));
        assert_eq!(heard(&socket).len(), 1, "only that we are ready");
        systemd.feed(ms(31_000));
        assert_eq!((systemd.due(), heard(&socket)), (Some(ms(61_000)), vec!["WATCHDOG=1".to_owned()]));
    }

    #[test]
    fn whose_watchdog_it_is_and_whether_decide_the_variables() {
        for (variables, every) in [
            (&[("WATCHDOG_USEC", "60000000")][..], Some(30_000)),
            (&[("WATCHDOG_USEC", "60000000"), ("WATCHDOG_PID", "41")], None),
            (&[("WATCHDOG_USEC", "60000000"), ("WATCHDOG_PID", "")], None),
            (&[("WATCHDOG_PID", "42")], None),
            (&[("WATCHDOG_USEC", "0")], None),
            (&[("WATCHDOG_USEC", "-5")], None),
            (&[("WATCHDOG_USEC", "3")], Some(1)),
        ] {
            let systemd = at(OsStr::new("@nudged-of-nobody"), variables).unwrap();
            assert_eq!(systemd.every, every.map(Duration::from_millis), "{variables:?}");
        }
    }

    #[test]
    fn a_name_without_a_path_is_a_socket_too_and_other_names_are_none() {
        let name = format!("nudged-{}-notify", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        socket.set_nonblocking(true).unwrap();
        let mut systemd = at(OsStr::new(&format!("@{name}")), &[]).unwrap();
        systemd.tell(ms(0), "here");
        assert_eq!(heard(&socket), ["READY=1\nSTATUS=here"]);
        for name in ["", "vsock:2:1234", "notify", &format!("/{}", "x".repeat(200))] {
            assert!(at(OsStr::new(name), &[]).is_none(), "{name}");
        }
    }

    #[test]
    fn a_socket_that_is_gone_ends_nothing_and_is_tried_again() {
        let (home, _socket, mut systemd) = started(&[("WATCHDOG_USEC", "10000000")]);
        let place = home.path().join("notify");
        // It refuses as one that is closed does; one that we closed might live on in a process just being born.
        std::fs::remove_file(&place).unwrap();
        std::fs::write(&place, "").unwrap();
        systemd.tell(ms(0), "a");
        for (at, next) in [(1, 3), (3, 7), (7, 15), (15, 31), (31, 63), (63, 123), (123, 183)] {
            assert_eq!(systemd.due(), Some(ms(1000 * at)), "in the end once a minute");
            systemd.tell(ms(1000 * at), "a");
            assert_eq!(systemd.due(), Some(ms(1000 * next)));
        }
        std::fs::remove_file(&place).unwrap();
        systemd.tell(ms(183_000), "a");
        systemd.stopping();
        let socket = UnixDatagram::bind(&place).unwrap();
        socket.set_nonblocking(true).unwrap();
        systemd.tell(ms(250_000), "b");
        assert_eq!(heard(&socket), ["READY=1\nSTATUS=b"]);
        std::fs::remove_file(&place).unwrap();
        systemd.feed(ms(255_000));
        assert_eq!(systemd.due(), Some(ms(256_000)), "sooner than it would lose its patience");
    }

    #[test]
    fn a_manager_that_reads_nothing_does_not_hold_us() {
        let (_home, _socket, mut systemd) = started(&[]);
        // More than any queue of datagrams takes.
        (0..100_000).for_each(|_| systemd.stopping());
        assert!(systemd.deaf);
    }

    #[test]
    fn a_status_is_one_short_line_whatever_is_in_it() {
        let (_home, socket, mut systemd) = started(&[]);
        systemd.tell(ms(0), "a\nWATCHDOG=trigger\u{1b}[2J");
        assert_eq!(heard(&socket), ["READY=1\nSTATUS=a\\u{a}WATCHDOG=trigger\\u{1b}[2J"]);
        systemd.tell(ms(5000), "ß".repeat(4000));
        assert!(heard(&socket).iter().all(|line| line.len() <= DATAGRAM_MAX));
    }
}

//! What `/etc/resolv.conf`, `/etc/hosts` and a literal address say.
//!
//! Neither asks a server nor remembers anything.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::Path;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::time::Duration;

/// What of resolv.conf concerns us. Rules and bounds: resolv.conf(5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conf {
    /// Name servers in order; this machine if the file names none.
    pub(super) servers: Vec<SocketAddr>,
    /// Domains to try a short name in.
    pub(super) search: Vec<String>,
    /// A name with at least this many dots is no short name.
    pub(super) ndots: usize,
    /// How long one server may take.
    pub(super) timeout: Duration,
    /// How many times each server is asked.
    pub(super) attempts: u8,
}

impl Conf {
    /// Reads the file; one that is missing says nothing. The file is small and local, so it is read at every lookup that
    /// needs it: a change counts at once.
    pub(super) fn read(path: &Path, port: u16) -> Self {
        let mut octets = Vec::new();
        let read = File::open(path).and_then(|file| file.take(CONF_MAX).read_to_end(&mut octets));
        if let Err(error) = read {
            log::debug!("dns: {}: {error}", path.display());
        }
        Self::parse(&String::from_utf8_lossy(&octets), port)
    }

    fn parse(text: &str, port: u16) -> Self {
        let mut conf = Self {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
        };
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
            let mut words = line.split_ascii_whitespace();
            match words.next() {
                Some("nameserver") => conf.servers.extend(words.next().and_then(|word| literal(word, port))),
                // The last of these lines counts.
                Some("search" | "domain") => {
                    conf.search = words.take(SEARCH_MAX).map(str::to_owned).collect()
                }
                Some("options") => words.for_each(|word| conf.option(word)),
                _ => {}
            }
        }
        conf.servers.truncate(SERVERS_MAX);
        if conf.servers.is_empty() {
            conf.servers.push((Ipv4Addr::LOCALHOST, port).into());
        }
        conf
    }

    fn option(&mut self, word: &str) {
        let Some((name, value)) = word.split_once(':') else { return };
        let Ok(value) = value.parse::<u8>() else { return };
        match name {
            "ndots" => self.ndots = usize::from(value.min(15)),
            "timeout" => self.timeout = Duration::from_secs(u64::from(value.clamp(1, 30))),
            "attempts" => self.attempts = value.clamp(1, 5),
            _ => {}
        }
    }

    /// The names to ask for, in order. A name with a dot at its end is whole. So is one with enough dots: it is not tried
    /// in the search domains after a failure, which would only tell them whom we look for.
    pub(super) fn candidates(&self, host: &str) -> Vec<String> {
        if let Some(whole) = host.strip_suffix('.') {
            return vec![whole.to_owned()];
        }
        if host.matches('.').count() >= self.ndots {
            return vec![host.to_owned()];
        }
        let searched = self.search.iter().map(|domain| format!("{host}.{}", domain.trim_matches('.')));
        searched.chain([host.to_owned()]).collect()
    }
}

/// The addresses a hosts file gives a name, in its order. The file is read line by line, at most [`HOSTS_MAX`] octets.
pub(super) fn in_hosts(path: &Path, host: &str) -> Vec<IpAddr> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let host = host.trim_end_matches('.');
    let mut found = Vec::new();
    for line in BufReader::new(file.take(HOSTS_MAX)).split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse) else { continue };
        if words.any(|name| name.eq_ignore_ascii_case(host)) && found.len() < super::ADDRESSES_MAX {
            found.push(address);
        }
    }
    found
}

/// A literal address with a port: IPv4, IPv6, or IPv6 with a zone (`fe80::1%eth0`, `fe80::1%2`).
pub(super) fn literal(text: &str, port: u16) -> Option<SocketAddr> {
    if let Some((address, zone)) = text.split_once('%') {
        let address: Ipv6Addr = address.parse().ok()?;
        let zone = zone.parse().ok().or_else(|| interface(zone))?;
        return Some(SocketAddrV6::new(address, port, 0, zone).into());
    }
    Some(SocketAddr::new(text.parse().ok()?, port))
}

/// The index of a network interface.
fn interface(name: &str) -> Option<u32> {
    let any =
        rustix::net::socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None).ok()?;
    rustix::net::netdevice::name_to_index(&any, name).ok()
}

/// Octets of resolv.conf that are read.
const CONF_MAX: u64 = 16 * 1024;
/// Octets of a hosts file that are read: room for a long list of blocked advertisers.
const HOSTS_MAX: u64 = 4 * 1024 * 1024;
const SERVERS_MAX: usize = 3;
const SEARCH_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolv_conf_is_read_as_its_manual_page_says() {
        let text = "# made by hand\n; too\nnameserver 192.0.2.1\nnameserver fe80::1%7\nnameserver nonsense\n\
                    nameserver 2001:db8::1\nnameserver 192.0.2.9\ndomain old.example\nsearch a.example b.example.\n\
                    options ndots:2 timeout:99 attempts:0 rotate edns0 ndots:x\n";
        let conf = Conf::parse(text, 53);
        let zone = SocketAddrV6::new("fe80::1".parse().unwrap(), 53, 0, 7);
        assert_eq!(
            conf.servers,
            ["192.0.2.1:53".parse().unwrap(), zone.into(), "[2001:db8::1]:53".parse().unwrap()]
        );
        assert_eq!(conf.search, ["a.example", "b.example."]);
        assert_eq!((conf.ndots, conf.timeout, conf.attempts), (2, Duration::from_secs(30), 1));
    }

    #[test]
    fn without_a_name_server_this_machine_is_asked() {
        let conf = Conf::read(Path::new("/nowhere/resolv.conf"), 5353);
        assert_eq!(conf.servers, ["127.0.0.1:5353".parse().unwrap()]);
        assert_eq!(conf.timeout, Duration::from_secs(5));
    }

    #[test]
    fn octets_that_are_no_text_spoil_only_their_own_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"# B\xFCro\r\nnameserver 192.0.2.1\r\n").unwrap();
        assert_eq!(Conf::read(file.path(), 53).servers, ["192.0.2.1:53".parse().unwrap()]);
        std::fs::write(file.path(), b"192.0.2.1 b\xFCro\r\n192.0.2.2 ms\r\n").unwrap();
        assert_eq!(in_hosts(file.path(), "ms"), ["192.0.2.2".parse::<IpAddr>().unwrap()]);
    }

    #[test]
    fn only_a_short_name_is_tried_in_the_search_domains() {
        let conf = Conf::parse("search a.example b.example.", 53);
        assert_eq!(conf.candidates("ms"), ["ms.a.example", "ms.b.example", "ms"]);
        assert_eq!(conf.candidates("ms."), ["ms"]);
        assert_eq!(conf.candidates("ms.example.net"), ["ms.example.net"]);
    }

    #[test]
    fn hosts_gives_every_address_of_a_name_in_any_case() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "127.0.0.1 localhost\n192.0.2.1\tMs.example.net ms # bob\n::1 ms\nbad ms\n192.0.2.2 #ms\n",
        )
        .unwrap();
        let of = |host| in_hosts(file.path(), host);
        assert_eq!(of("ms"), ["192.0.2.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
        assert_eq!(of("MS.EXAMPLE.NET."), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        assert!(of("bob").is_empty());
        assert!(in_hosts(Path::new("/nowhere/hosts"), "ms").is_empty());
    }

    #[test]
    fn literals_may_name_a_zone_by_number_or_interface() {
        assert_eq!(literal("192.0.2.1", 80), Some("192.0.2.1:80".parse().unwrap()));
        assert_eq!(literal("::1", 80), Some("[::1]:80".parse().unwrap()));
        let zone = |index| Some(SocketAddrV6::new("fe80::1".parse().unwrap(), 80, 0, index).into());
        assert_eq!(literal("fe80::1%9", 80), zone(9));
        assert_eq!(literal("fe80::1%lo", 80), zone(1));
        assert_eq!(literal("fe80::1%nosuch0", 80), None);
        assert_eq!(literal("ms.example.net", 80), None);
    }
}

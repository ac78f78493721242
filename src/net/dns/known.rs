//! What is known of hosts: addresses as long as their life lasts, and which address answered last.
//!
//! It asks nobody; time is an argument.

use std::net::IpAddr;
use std::time::Instant;

use crate::time::Duration;

/// A bounded table of hosts; the one not used for longest makes room.
#[derive(Debug, Default)]
pub(super) struct Known {
    hosts: Vec<Host>,
    /// Counts uses; the smallest `used` is the oldest.
    uses: u64,
}

#[derive(Debug)]
struct Host {
    name: String,
    addresses: Vec<IpAddr>,
    fresh_until: Option<Instant>,
    /// The address a connection was made to last.
    good: Option<IpAddr>,
    used: u64,
}

impl Known {
    /// The addresses of a host while they live, the good one first.
    pub(super) fn fresh(&mut self, name: &str, now: Instant) -> Option<Vec<IpAddr>> {
        let host = self.hosts.iter().find(|host| host.name.eq_ignore_ascii_case(name))?;
        (host.fresh_until? > now).then_some(())?;
        let addresses = host.addresses.clone();
        Some(self.sorted(name, addresses))
    }

    /// The address a host answered at last, however long ago: for when no server answers.
    pub(super) fn good(&self, name: &str) -> Option<IpAddr> {
        self.hosts.iter().find(|host| host.name.eq_ignore_ascii_case(name))?.good
    }

    /// Learns the addresses of a host.
    pub(super) fn learn(&mut self, name: &str, addresses: &[IpAddr], seconds: u32, now: Instant) {
        let life = Duration::from_secs(seconds.into()).min(LIFE_MAX);
        let host = self.host(name);
        host.addresses = addresses.to_vec();
        host.fresh_until = now.checked_add(life);
    }

    /// Learns that a connection to an address of the host came up.
    pub(super) fn reached(&mut self, name: &str, address: IpAddr) {
        self.host(name).good = Some(address);
    }

    /// Learns that none of the host's addresses answered: ask for them anew the next time.
    pub(super) fn failed(&mut self, name: &str) {
        self.host(name).fresh_until = None;
    }

    /// Addresses are stale when the name servers are others; what was good stays worth a try.
    pub(super) fn outdate(&mut self) {
        self.hosts.iter_mut().for_each(|host| host.fresh_until = None);
    }

    /// The good address moved to the front, if it is one of them.
    pub(super) fn sorted(&self, name: &str, mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
        let good = self.good(name);
        addresses.sort_by_key(|address| Some(*address) != good);
        addresses
    }

    fn host(&mut self, name: &str) -> &mut Host {
        self.uses += 1;
        let place = self.hosts.iter().position(|host| host.name.eq_ignore_ascii_case(name));
        let place = place.unwrap_or_else(|| {
            if self.hosts.len() >= HOSTS_MAX {
                let oldest = (0..self.hosts.len()).min_by_key(|&place| self.hosts[place].used).unwrap_or(0);
                self.hosts.swap_remove(oldest);
            }
            let name = name.to_owned();
            self.hosts.push(Host { name, addresses: Vec::new(), fresh_until: None, good: None, used: 0 });
            self.hosts.len() - 1
        });
        let host = &mut self.hosts[place];
        host.used = self.uses;
        host
    }
}

/// Hosts remembered: servers, switchboards and Passport hosts of one account are fewer.
const HOSTS_MAX: usize = 32;
/// No address is trusted longer than this, whatever its life says.
const LIFE_MAX: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn addresses_live_as_long_as_they_say_and_an_hour_at_most() {
        let (mut known, start) = (Known::default(), Instant::now());
        known.learn("a", &[ip(1)], 60, start);
        assert_eq!(known.fresh("A", start + Duration::from_secs(59)), Some(vec![ip(1)]));
        assert_eq!(known.fresh("a", start + Duration::from_secs(60)), None);
        known.learn("a", &[ip(1)], u32::MAX, start);
        assert!(known.fresh("a", start + Duration::from_secs(3599)).is_some());
        assert!(known.fresh("a", start + Duration::from_secs(3600)).is_none());
        known.learn("a", &[ip(1)], 0, start);
        assert_eq!(known.fresh("a", start), None);
    }

    #[test]
    fn the_address_that_answered_comes_first_and_outlives_the_others() {
        let (mut known, start) = (Known::default(), Instant::now());
        known.learn("a", &[ip(1), ip(2), ip(3)], 60, start);
        known.reached("a", ip(2));
        assert_eq!(known.fresh("a", start), Some(vec![ip(2), ip(1), ip(3)]));
        known.outdate();
        assert_eq!(known.fresh("a", start), None);
        assert_eq!(known.good("a"), Some(ip(2)));
        known.learn("a", &[ip(1)], 60, start);
        known.failed("a");
        assert_eq!(known.fresh("a", start), None);
    }

    #[test]
    fn the_table_is_bounded_and_forgets_the_oldest() {
        let mut known = Known::default();
        for n in 0..HOSTS_MAX {
            known.reached(&format!("host{n}"), ip(1));
        }
        known.reached("host0", ip(2));
        known.reached("new", ip(3));
        assert_eq!(known.hosts.len(), HOSTS_MAX);
        assert_eq!(known.good("host0"), Some(ip(2)));
        assert_eq!(known.good("host1"), None);
    }
}

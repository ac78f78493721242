//! Links against peers of every temper, on loopback.

use std::net::SocketAddr;

use async_net::{TcpListener, TcpStream};
use smol::future::{poll_once, zip};
use smol::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::link::Room;

pub(super) const LINK: Link = Link { room: Room::Notification, number: 1 };
pub(super) const OTHER: Link = Link { room: Room::Switchboard(0), number: 1 };

pub(super) fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint { host: host.try_into().unwrap(), port }
}

/// Options that look at no file of this machine.
fn options() -> Options {
    let nowhere = std::path::PathBuf::from("/nowhere");
    let dns = dns::Options { hosts: nowhere.clone(), resolv_conf: nowhere, port: 1, ..Default::default() };
    Options { dns, ..Default::default() }
}

fn links() -> Links {
    Links::new(options()).unwrap()
}

/// A link that is up, and the peer's end of it.
async fn pair() -> (Links, TcpStream) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let mut links = links();
    links.open(LINK, &endpoint("127.0.0.1", listener.local_addr().unwrap().port()), false);
    let (event, accepted) = zip(links.next(), listener.accept()).await;
    assert_eq!(event, Event::Connected(LINK));
    (links, accepted.unwrap().0)
}

/// Everything the link reads until it closes, and the event of its end.
pub(super) async fn read_out(links: &mut Links) -> (Vec<u8>, Closed, u64) {
    let mut octets = Vec::new();
    loop {
        match links.next().await {
            Event::Bytes(LINK, chunk) => {
                assert!((1..=READ_CHUNK).contains(&chunk.len()));
                octets.extend_from_slice(chunk);
            }
            Event::Closed { link: LINK, why, written } => return (octets, why, written),
            other => panic!("unexpected {other:?}"),
        }
    }
}

/// Resets the connection, as a crashing peer does; at once, even if a process just being born has a copy of the socket.
fn reset(peer: TcpStream) {
    rustix::net::connect_unspec(&peer).unwrap();
}

#[test]
fn octets_go_both_ways_and_the_end_tells_how_many_left() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        links.write(LINK, b"VER 1 MSNP9\r\n");
        links.write(LINK, b"CVR 2\r\n");
        let theirs = async {
            let mut got = [0; 20];
            peer.read_exact(&mut got).await.unwrap();
            assert_eq!(&got, b"VER 1 MSNP9\r\nCVR 2\r\n");
            let big: Vec<u8> = (0..50_000_u32).map(|n| n as u8).collect();
            peer.write_all(&big).await.unwrap();
            peer.close().await.unwrap();
            big
        };
        let ((read, why, written), big) = zip(read_out(&mut links), theirs).await;
        assert!(read == big);
        assert_eq!((why, written), (Closed::ByPeer, 20));
        assert!(poll_once(links.next()).await.is_none(), "nothing is told of a link that is gone");
    });
}

#[test]
fn dropping_the_wait_at_every_moment_loses_nothing() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        let theirs = async {
            for octet in b"one octet at a time" {
                peer.write_all(&[*octet]).await.unwrap();
                smol::future::yield_now().await;
            }
            drop(peer);
        };
        let ours = async {
            let mut read = Vec::new();
            loop {
                match poll_once(links.next()).await {
                    Some(Event::Bytes(_, octets)) => read.extend_from_slice(octets),
                    Some(Event::Closed { .. }) => return read,
                    _ => smol::future::yield_now().await,
                }
            }
        };
        assert_eq!(zip(ours, theirs).await.0, b"one octet at a time");
    });
}

#[test]
fn a_half_closed_peer_is_closed_in_good_order_after_its_last_octet() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        peer.write_all(b"OUT SSD\r\n").await.unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(read_out(&mut links).await, (b"OUT SSD\r\n".to_vec(), Closed::ByPeer, 0));
    });
}

#[test]
fn a_reset_is_a_broken_link() {
    smol::block_on(async {
        let (mut links, peer) = pair().await;
        reset(peer);
        assert_eq!(read_out(&mut links).await, (Vec::new(), Closed::Broken, 0));
    });
}

#[test]
fn what_a_server_said_before_it_reset_the_link_is_still_read() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        peer.write_all(b"OUT OTH\r\n").await.unwrap();
        reset(peer);
        links.write(LINK, b"PNG\r\n");
        let (read, why, written) = read_out(&mut links).await;
        assert_eq!((read.as_slice(), why, written), (b"OUT OTH\r\n".as_slice(), Closed::Broken, 0));
    });
}

#[test]
fn a_peer_that_stops_reading_costs_a_bounded_buffer_and_an_exact_count() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        let mut offered = 0_u64;
        let written = loop {
            links.write(LINK, &[b'x'; 4096]);
            offered += 4096;
            match poll_once(links.next()).await {
                None => assert!(offered < 64 * 1024 * 1024),
                Some(Event::Closed { why: Closed::Broken, written, .. }) => break written,
                other => panic!("unexpected {other:?}"),
            }
        };
        assert!(offered > written && offered - written <= (OUTBOX_MAX + 4096) as u64);
        let mut all = Vec::new();
        peer.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len() as u64, written);
        links.write(LINK, b"too late");
    });
}

#[test]
fn closing_writes_what_waits_even_while_the_peer_talks_and_tells_nothing() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        // Octets nobody will read: without care they would turn our goodbye into a reset.
        peer.write_all(b"NLN BSY bob@example.net Bob\r\n").await.unwrap();
        links.write(LINK, b"OUT\r\n");
        links.close(LINK);
        links.close(LINK);
        let theirs = async {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).await.unwrap();
            // A peer that was reset could not say this.
            peer.write_all(b"FLN bob@example.net\r\n").await.unwrap();
            drop(peer);
            all
        };
        let ours = async {
            loop {
                assert!(poll_once(links.next()).await.is_none());
                if links.connections.is_empty() {
                    return;
                }
                smol::future::yield_now().await;
            }
        };
        assert_eq!(zip(theirs, ours).await.0, b"OUT\r\n");
    });
}

#[test]
fn the_end_of_everything_waits_for_a_stalled_peer_no_longer_than_told() {
    smol::block_on(async {
        let (mut links, peer) = pair().await;
        // Fill the kernel's buffers, and a little more.
        while !links.connections[0].waits() {
            links.write(LINK, &[b'x'; 8192]);
            assert!(poll_once(links.next()).await.is_none());
        }
        let start = std::time::Instant::now();
        links.close_all(Duration::from_millis(100)).await;
        assert!((100..900).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        assert!(links.connections.is_empty());
        drop(peer);
    });
}

#[test]
fn the_end_of_everything_waits_for_the_last_words() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        links.write(LINK, b"OUT\r\n");
        let theirs = async {
            let mut all = Vec::new();
            peer.read_to_end(&mut all).await.unwrap();
            drop(peer);
            all
        };
        let (all, ()) = zip(theirs, links.close_all(Duration::from_secs(20))).await;
        assert_eq!(all, b"OUT\r\n");
    });
}

#[test]
fn what_never_came_up_says_why() {
    smol::block_on(async {
        let mut links = links();
        let shut = closed_port();
        let shut = shut.local_addr().unwrap().port();
        for (host, port, reason) in [
            ("127.0.0.1", shut, Closed::Refused),
            ("printer.local", 1863, Closed::LocalName),
            ("ms.example.net", 1863, Closed::NameNotFound),
        ] {
            links.open(LINK, &endpoint(host, port), false);
            assert_eq!(links.next().await, Event::Closed { link: LINK, why: reason, written: 0 }, "{host}");
        }
    });
}

#[test]
fn more_links_than_there_is_room_for_fail_and_harm_no_other() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        let hole = Hole::new();
        for number in 0..u16::try_from(LINKS_MAX).unwrap() {
            links.open(Link { number, ..OTHER }, &endpoint("127.0.0.1", hole.port), false);
        }
        let last = Link { number: LINKS_MAX as u16 - 1, ..OTHER };
        assert_eq!(links.next().await, Event::Closed { link: last, why: Closed::Unreachable, written: 0 });
        peer.write_all(b"x").await.unwrap();
        assert_eq!(links.next().await, Event::Bytes(LINK, b"x"));
    });
}

#[test]
fn a_busy_link_does_not_starve_another() {
    smol::block_on(async {
        let (mut links, mut busy) = pair().await;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        links.open(OTHER, &endpoint("127.0.0.1", listener.local_addr().unwrap().port()), false);
        let (event, accepted) = zip(links.next(), listener.accept()).await;
        assert_eq!(event, Event::Connected(OTHER));
        let mut quiet = accepted.unwrap().0;
        busy.write_all(&vec![b'b'; 100 * READ_CHUNK]).await.unwrap();
        quiet.write_all(b"q").await.unwrap();
        let mut turns = 0;
        while !matches!(links.next().await, Event::Bytes(OTHER, _)) {
            turns += 1;
            assert!(turns < 10, "the quiet link waits too long");
        }
    });
}

/// A port of ours that nobody listens on, as long as this value is kept: one that was listened on may be somebody else's by now.
pub(super) fn closed_port() -> std::net::TcpListener {
    use rustix::net::{AddressFamily, SocketType, bind, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.into()
}

/// A port that swallows calls: its queue is full, so the kernel drops what comes.
struct Hole {
    port: u16,
    _listener: std::net::TcpListener,
    _queued: Vec<std::net::TcpStream>,
}

impl Hole {
    fn new() -> Self {
        let listener = closed_port();
        rustix::net::listen(&listener, 0).unwrap();
        let address = listener.local_addr().unwrap();
        let queued = std::iter::from_fn(|| {
            std::net::TcpStream::connect_timeout(&address, Duration::from_millis(50)).ok()
        })
        .take(8)
        .collect();
        Self { port: address.port(), _listener: listener, _queued: queued }
    }
}

#[test]
fn a_silent_address_is_overtaken_by_the_next_one_which_then_comes_first() {
    smol::block_on(async {
        let hole = Hole::new();
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 9], hole.port))).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let hosts = dir.path().join("hosts");
        std::fs::write(&hosts, "127.0.0.1 twin\n127.0.0.9 twin\n").unwrap();
        let mut options = options();
        options.dns.hosts = hosts;
        options.next_address_after = Duration::from_millis(40);
        let mut links = Links::new(options.clone()).unwrap();
        let start = std::time::Instant::now();
        links.open(LINK, &endpoint("twin", hole.port), false);
        assert_eq!(links.next().await, Event::Connected(LINK));
        assert!(start.elapsed() >= options.next_address_after);
        links.close_all(Duration::ZERO).await;
        let order = links.dialer.resolver().resolve(&endpoint("twin", hole.port)).await.unwrap();
        assert_eq!(order[0].ip(), std::net::IpAddr::from([127, 0, 0, 9]));
        drop(listener);
    });
}

#[test]
fn a_connect_that_never_ends_is_given_up() {
    smol::block_on(async {
        let hole = Hole::new();
        let connect_timeout = Duration::from_millis(60);
        let mut links = Links::new(Options { connect_timeout, ..options() }).unwrap();
        links.open(LINK, &endpoint("127.0.0.1", hole.port), false);
        let end = Event::Closed { link: LINK, why: Closed::Unreachable, written: 0 };
        assert_eq!(links.next().await, end);
    });
}

#[test]
fn a_link_of_the_same_name_replaces_the_one_before() {
    smol::block_on(async {
        let (mut links, mut peer) = pair().await;
        links.open(LINK, &endpoint("127.0.0.1", 1), false);
        assert_eq!(peer.read(&mut [0; 8]).await.unwrap(), 0);
        let end = Event::Closed { link: LINK, why: Closed::Refused, written: 0 };
        assert_eq!(links.next().await, end);
    });
}

#[test]
#[cfg(not(feature = "tls"))]
fn a_link_that_needs_tls_is_refused_by_a_build_without_it_before_a_single_octet_leaves() {
    smol::block_on(async {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let mut links = links();
        links.open(LINK, &endpoint("127.0.0.1", listener.local_addr().unwrap().port()), true);
        let end = Event::Closed { link: LINK, why: Closed::Untrusted, written: 0 };
        assert_eq!(links.next().await, end);
        assert!(poll_once(listener.accept()).await.is_none());
    });
}

//! The resolver against servers of its own, on loopback.

use std::cell::Cell;
use std::rc::Rc;

use simple_dns::{Packet, PacketFlag, QTYPE, RCODE, TYPE};
use smol::future::FutureExt;

use super::message::tests::{a, aaaa, cname, reply, reply_with};
use super::*;

/// A resolver with a hosts and a resolv.conf file of its own.
struct Place {
    dir: tempfile::TempDir,
    resolver: Resolver,
}

impl Place {
    fn new(port: u16, conf: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (hosts, resolv_conf) = (dir.path().join("hosts"), dir.path().join("resolv.conf"));
        std::fs::write(&hosts, "192.0.2.80 box\n::2 box\n").unwrap();
        std::fs::write(&resolv_conf, conf).unwrap();
        let patience = Duration::from_secs(5);
        let lookup_timeout = Duration::from_secs(30);
        let resolver = Resolver::new(Options { hosts, resolv_conf, port, patience, lookup_timeout });
        Self { dir, resolver }
    }

    fn patience(mut self, ms: u64) -> Self {
        self.resolver.options.patience = Duration::from_millis(ms);
        self
    }

    fn conf(&self, text: &str) {
        std::fs::write(self.dir.path().join("resolv.conf"), text).unwrap();
    }

    async fn resolve(&self, host: &str) -> Result<Vec<SocketAddr>, Failure> {
        self.resolver.resolve(&to(host)).await
    }
}

/// A server on an address of its own and a given port (0: any).
async fn bind(address: &str, port: u16) -> UdpSocket {
    let address: IpAddr = address.parse().unwrap();
    UdpSocket::bind(SocketAddr::new(address, port)).await.unwrap()
}

/// Answers every question with what `answer` makes of it, for ever.
async fn serve(socket: &UdpSocket, answer: impl Fn(&[u8], Kind) -> Vec<Vec<u8>>) {
    let mut buffer = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
        for octets in answer(&buffer[..length], kind(&buffer[..length])) {
            socket.send_to(&octets, from).await.unwrap();
        }
    }
}

fn kind(question: &[u8]) -> Kind {
    let packet = Packet::parse(question).unwrap();
    if packet.questions[0].qtype == QTYPE::TYPE(TYPE::A) { Kind::A } else { Kind::Aaaa }
}

fn name(question: &[u8]) -> String {
    Packet::parse(question).unwrap().questions[0].qname.to_string()
}

/// A server for tests of other rooms: every name is this machine.
#[cfg(feature = "emulator")]
pub(crate) async fn serve_loopback(socket: &UdpSocket) {
    serve(socket, |question, kind| {
        let data = if kind == Kind::A { a("127.0.0.1") } else { aaaa("::1") };
        vec![reply(question, &[(&name(question), data)])]
    })
    .await;
}

/// A server that gives every name one address of each kind.
fn plain(question: &[u8], kind: Kind) -> Vec<Vec<u8>> {
    let data = if kind == Kind::A { a("192.0.2.1") } else { aaaa("2001:db8::1") };
    vec![reply(question, &[(&name(question), data)])]
}

/// How many questions lie in a socket, unread until now.
async fn waiting(hole: &UdpSocket) -> usize {
    let mut count = 0;
    while future::poll_once(hole.recv(&mut [0; 512])).await.is_some() {
        count += 1;
    }
    count
}

fn to(host: &str) -> Endpoint {
    Endpoint { host: host.try_into().unwrap(), port: 1863 }
}

fn found(list: &[&str]) -> Result<Vec<SocketAddr>, Failure> {
    Ok(list.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 1863)).collect())
}

/// Runs the lookup while the servers serve.
async fn with<T>(server: impl Future<Output = ()>, lookup: impl Future<Output = T>) -> T {
    lookup.or(async { (server.await, std::future::pending().await).1 }).await
}

#[test]
fn literals_hosts_and_localhost_ask_nobody() {
    smol::block_on(async {
        let place = Place::new(1, "nameserver 192.0.2.53");
        assert_eq!(place.resolve("192.0.2.7").await, found(&["192.0.2.7"]));
        assert_eq!(place.resolve("::1").await, found(&["::1"]));
        let place = Place::new(1, "");
        assert_eq!(place.resolve("BOX").await, found(&["192.0.2.80", "::2"]));
        assert_eq!(place.resolve("localhost").await, found(&["127.0.0.1", "::1"]));
    });
}

#[test]
fn both_kinds_of_address_come_in_turns_and_are_kept_while_they_live() {
    smol::block_on(async {
        let server = bind("127.0.0.1", 0).await;
        let asked = Cell::new(0);
        let place = Place::new(server.local_addr().unwrap().port(), "nameserver 127.0.0.1");
        let serving = serve(&server, |question, kind| {
            asked.set(asked.get() + 1);
            let name = name(question);
            let (first, second) = match kind {
                Kind::A => (a("192.0.2.1"), a("192.0.2.2")),
                Kind::Aaaa => (aaaa("2001:db8::1"), aaaa("2001:db8::2")),
            };
            vec![reply(question, &[(&name, first), (&name, second)])]
        });
        with(serving, async {
            let all = found(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"]);
            assert_eq!(place.resolve("ms.example.net").await, all);
            assert_eq!(place.resolve("ms.example.net").await, all);
            assert_eq!(asked.get(), 2, "the second lookup asks nobody");
            place.resolver.reached("ms.example.net", "192.0.2.2".parse().unwrap());
            let sorted = place.resolve("ms.example.net").await.unwrap();
            assert_eq!(sorted[0], "192.0.2.2:1863".parse().unwrap());
            place.conf("nameserver 127.0.0.1\noptions attempts:1");
            place.resolve("ms.example.net").await.unwrap();
            assert_eq!(asked.get(), 4, "another resolv.conf, another network");
        })
        .await;
    });
}

#[test]
fn a_black_hole_costs_one_try_and_is_not_asked_first_again() {
    smol::block_on(async {
        let hole = bind("127.0.0.2", 0).await;
        let port = hole.local_addr().unwrap().port();
        let server = bind("127.0.0.3", port).await;
        let place = Place::new(port, "nameserver 127.0.0.2\nnameserver 127.0.0.3");
        let place = place.patience(200);
        with(serve(&server, plain), async {
            let both = found(&["2001:db8::1", "192.0.2.1"]);
            assert_eq!(place.resolve("one.example.net").await, both);
            assert_eq!(waiting(&hole).await, 2, "one question of each kind");
            assert_eq!(place.resolve("two.example.net").await, both);
            assert_eq!(waiting(&hole).await, 0, "the hole was asked again");
        })
        .await;
    });
}

#[test]
fn when_all_servers_are_silent_it_ends_in_time_and_the_last_good_address_stays() {
    smol::block_on(async {
        let holes = (bind("127.0.0.4", 0).await, ());
        let port = holes.0.local_addr().unwrap().port();
        let other = bind("127.0.0.5", port).await;
        let place =
            Place::new(port, "nameserver 127.0.0.4\nnameserver 127.0.0.5\noptions timeout:30 attempts:5");
        let place = place.patience(60);
        let start = Instant::now();
        assert_eq!(place.resolve("ms.example.net").await, Err(Failure::Silent));
        // Ten tries of 60 ms, for both kinds at once.
        assert!(start.elapsed() < Duration::from_secs(5), "took {:?}", start.elapsed());
        place.resolver.reached("ms.example.net", "192.0.2.9".parse().unwrap());
        assert_eq!(place.resolve("ms.example.net").await, found(&["192.0.2.9"]));
        drop((holes, other));
        assert_eq!(place.resolve("ms.example.net").await, found(&["192.0.2.9"]), "port closed");
    });
}

#[test]
fn a_lookup_that_goes_on_and_on_is_cut_off() {
    smol::block_on(async {
        let hole = bind("127.0.0.6", 0).await;
        let mut place =
            Place::new(hole.local_addr().unwrap().port(), "nameserver 127.0.0.6\noptions attempts:5");
        place.resolver.options.lookup_timeout = Duration::from_millis(80);
        assert_eq!(place.resolve("ms.example.net").await, Err(Failure::Silent));
    });
}

#[test]
fn a_server_that_swallows_one_kind_of_question_does_not_hold_up_the_other() {
    smol::block_on(async {
        let server = bind("127.0.0.1", 0).await;
        let place = Place::new(server.local_addr().unwrap().port(), "nameserver 127.0.0.1");
        let serving =
            serve(&server, |question, kind| if kind == Kind::A { plain(question, kind) } else { Vec::new() });
        let start = Instant::now();
        let list = with(serving, place.resolve("ms.example.net")).await;
        assert_eq!(list, found(&["192.0.2.1"]));
        assert!(start.elapsed() < Duration::from_secs(4), "it waited for the question that was swallowed");
    });
}

/// What a lookup of `ms.example.net` finds when the server answers like this.
fn lookup(answer: impl Fn(&[u8], Kind) -> Vec<Vec<u8>>) -> Result<Vec<SocketAddr>, Failure> {
    lookup_with("", "ms.example.net", answer)
}

fn lookup_with(
    conf: &str,
    host: &str,
    answer: impl Fn(&[u8], Kind) -> Vec<Vec<u8>>,
) -> Result<Vec<SocketAddr>, Failure> {
    smol::block_on(async {
        let server = bind("127.0.0.1", 0).await;
        let conf = format!("nameserver 127.0.0.1\n{conf}");
        let place = Place::new(server.local_addr().unwrap().port(), &conf);
        with(serve(&server, answer), place.resolve(host)).await
    })
}

#[test]
fn what_servers_say_is_told_apart() {
    let code = |code| lookup(move |question, _| vec![reply_with(question, code, &[])]);
    assert_eq!(code(RCODE::NameError), Err(Failure::NoSuchName));
    assert_eq!(code(RCODE::ServerFailure), Err(Failure::Silent));
    assert_eq!(code(RCODE::NoError), Err(Failure::NoAddress));
    let blocked = lookup(|question, _| vec![reply(question, &[("ms.example.net", a("0.0.0.0"))])]);
    assert_eq!(blocked, Err(Failure::Blocked));
}

#[test]
fn aliases_are_followed_from_answer_to_answer_and_loops_end() {
    let chased = lookup(|question, kind| {
        let name = name(question);
        if name == "ms.example.net" {
            vec![reply(question, &[(&name, cname("real.example.net"))])]
        } else {
            plain(question, kind)
        }
    });
    assert_eq!(chased, found(&["2001:db8::1", "192.0.2.1"]));
    let ring = lookup(|question, _| {
        let name = name(question);
        let other = if name == "ms.example.net" { "b.example.net" } else { "ms.example.net" };
        vec![reply(question, &[(&name, cname(other))])]
    });
    assert_eq!(ring, Err(Failure::Loop));
}

#[test]
fn forged_and_damaged_answers_are_passed_over() {
    let list = lookup(|question, kind| {
        let name = name(question);
        let mut wrong_id = reply(question, &[(&name, a("192.0.2.66"))]);
        wrong_id[0] ^= 0x55;
        let mut wrong_question = reply(question, &[(&name, a("192.0.2.66"))]);
        wrong_question[14] ^= 1;
        let garbage = vec![0xFF; 400];
        let mut all = vec![wrong_id, wrong_question, garbage, Vec::new(), question.to_vec()];
        all.extend(plain(question, kind));
        all
    });
    assert_eq!(list, found(&["2001:db8::1", "192.0.2.1"]));
}

#[test]
fn a_server_that_sends_nothing_but_garbage_is_given_up() {
    let start = Instant::now();
    assert_eq!(lookup(|_, _| vec![vec![7; 90]; STRAYS_MAX]), Err(Failure::Silent));
    assert!(start.elapsed() < Duration::from_secs(4), "it waited for an answer to each question");
}

#[test]
fn an_answer_from_another_port_is_not_taken() {
    smol::block_on(async {
        let (server, forger) = (bind("127.0.0.1", 0).await, bind("127.0.0.1", 0).await);
        let place = Place::new(server.local_addr().unwrap().port(), "nameserver 127.0.0.1");
        let place = place.patience(60);
        let serving = async {
            let mut buffer = [0; 512];
            loop {
                let (length, from) = server.recv_from(&mut buffer).await.unwrap();
                let forged = reply(&buffer[..length], &[("ms.example.net", a("192.0.2.66"))]);
                // The kernel may tell the forger that nobody takes it.
                let _ = forger.send_to(&forged, from).await;
            }
        };
        assert_eq!(with(serving, place.resolve("ms.example.net")).await, Err(Failure::Silent));
    });
}

#[test]
fn a_truncated_answer_is_asked_for_again_by_tcp() {
    smol::block_on(async {
        let server = bind("127.0.0.1", 0).await;
        let address = server.local_addr().unwrap();
        // The same number may be taken for TCP by somebody else: then this test has nothing to show.
        let Ok(listener) = async_net::TcpListener::bind(address).await else { return };
        let place = Place::new(address.port(), "nameserver 127.0.0.1");
        let by_tcp = Rc::new(Cell::new(0));
        let serving = serve(&server, |question, _| {
            let mut octets = reply(question, &[]);
            let mut flags = Packet::parse(&octets).unwrap();
            flags.set_flags(PacketFlag::TRUNCATION);
            octets = flags.build_bytes_vec().unwrap();
            vec![octets]
        });
        let serving_tcp = async {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut length = [0; 2];
                stream.read_exact(&mut length).await.unwrap();
                let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut question).await.unwrap();
                let answer = plain(&question, kind(&question)).remove(0);
                let whole = [&u16::try_from(answer.len()).unwrap().to_be_bytes(), answer.as_slice()].concat();
                // One octet at a time, as a bad network would.
                for octet in whole {
                    stream.write_all(&[octet]).await.unwrap();
                }
                by_tcp.set(by_tcp.get() + 1);
            }
        };
        let serving = async { smol::future::zip(serving, serving_tcp).await.0 };
        let list = with(serving, place.resolve("ms.example.net")).await;
        assert_eq!(list, found(&["2001:db8::1", "192.0.2.1"]));
        assert!(by_tcp.get() >= 1);
    });
}

#[test]
fn short_names_are_looked_for_in_the_search_domains() {
    let only = |wanted: &'static str| {
        move |question: &[u8], kind| {
            if name(question) == wanted {
                plain(question, kind)
            } else {
                vec![reply_with(question, RCODE::NameError, &[])]
            }
        }
    };
    let conf = "search a.example b.example";
    let both = found(&["2001:db8::1", "192.0.2.1"]);
    assert_eq!(lookup_with(conf, "ms", only("ms.b.example")), both);
    assert_eq!(lookup_with(conf, "ms", only("ms")), both);
    assert_eq!(lookup_with(conf, "ms.", only("ms.a.example")), Err(Failure::NoSuchName));
    assert_eq!(lookup_with(conf, "ms.c", only("ms.c.a.example")), Err(Failure::NoSuchName));
}

#[test]
fn names_that_no_server_can_know_get_a_text_of_their_own() {
    let nobody = |_: &[u8], _| -> Vec<Vec<u8>> { panic!("a server was asked") };
    let local = lookup_with("", "printer.Local", nobody);
    assert_eq!(local, Err(Failure::Multicast));
    assert!(Failure::Multicast.to_string().contains("multicast DNS, which is not supported"));
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(lookup_with("", &long, nobody), Err(Failure::BadName));
    assert_eq!(lookup_with("", ".", nobody), Err(Failure::BadName));
}

#[test]
fn an_address_learnt_for_one_family_is_kept_when_the_other_kind_does_not_exist() {
    let list = lookup(|question, kind| match kind {
        Kind::A => plain(question, kind),
        Kind::Aaaa => vec![reply(question, &[])],
    });
    assert_eq!(list, found(&["192.0.2.1"]));
}

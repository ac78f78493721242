//! TLS links against a server with an authority of its own, made here, in every kind of certificate trouble.

use std::net::SocketAddr;
use std::sync::Arc;

use async_net::{TcpListener, TcpStream};
use futures_rustls::TlsAcceptor;
use futures_rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use futures_rustls::rustls::ServerConfig;
use futures_rustls::rustls::crypto::ring;
use futures_rustls::server::TlsStream;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use smol::future::{or, poll_once, zip};
use smol::io::{AsyncReadExt, AsyncWriteExt};

use super::tests::{LINK, endpoint, read_out};
use super::*;

/// The server most links go to.
const LOGIN: &str = "login.example.net";

/// A private authority, its PEM file, and a hosts file in which the server's names live.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    dir: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("ca.pem"), pem).unwrap();
        std::fs::write(dir.path().join("hosts"), format!("127.0.0.1 {LOGIN} other.example.net\n")).unwrap();
        Self { issuer: Issuer::new(params, key), dir }
    }

    pub(crate) fn options(&self) -> Options {
        let hosts = self.dir.path().join("hosts");
        let resolv_conf = "/nowhere".into();
        let dns = dns::Options { hosts, resolv_conf, port: 1, ..Default::default() };
        Options { ca_file: Some(self.dir.path().join("ca.pem")), dns, ..Default::default() }
    }

    /// A server with a certificate for `names` after `change`.
    pub(crate) fn server(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        acceptor(&params.signed_by(&key, &self.issuer).unwrap(), &key)
    }
}

fn acceptor(certificate: &rcgen::Certificate, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    Arc::new(config).into()
}

/// Links of which one is on its way to `host`, and the listener it goes to.
async fn dial(options: Options, host: &str) -> (Links, TcpListener) {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let mut links = Links::new(options).unwrap();
    links.open(LINK, &endpoint(host, listener.local_addr().unwrap().port()), true);
    (links, listener)
}

/// The next connection, after its handshake.
async fn accept(server: &TlsAcceptor, listener: &TcpListener) -> io::Result<TlsStream<TcpStream>> {
    server.accept(listener.accept().await?.0).await
}

/// What a link to `host` comes to with this server.
fn outcome(options: Options, server: &TlsAcceptor, host: &str) -> Option<Closed> {
    smol::block_on(async {
        let (mut links, listener) = dial(options, host).await;
        let serving = async {
            // The handshake may fail, and then the client has to say why.
            let _stream = accept(server, &listener).await;
            std::future::pending().await
        };
        let ours = async {
            match links.next().await {
                Event::Connected(LINK) => None,
                Event::Closed { link: LINK, why, written: 0 } => Some(why),
                other => panic!("unexpected {other:?}"),
            }
        };
        or(ours, serving).await
    })
}

#[test]
fn octets_go_both_ways_under_tls_and_are_counted_as_plain_ones() {
    let authority = Authority::new();
    let server = authority.server(&[LOGIN], |_| {});
    smol::block_on(async {
        let (mut links, listener) = dial(authority.options(), LOGIN).await;
        let (event, stream) = zip(links.next(), accept(&server, &listener)).await;
        assert_eq!(event, Event::Connected(LINK));
        let mut stream = stream.unwrap();
        let question = vec![b'q'; 20_000];
        links.write(LINK, &question);
        let theirs = async {
            let mut got = vec![0; question.len()];
            stream.read_exact(&mut got).await.unwrap();
            assert!(got == question);
            stream.write_all(&[b'a'; 40_000]).await.unwrap();
            stream.close().await.unwrap();
        };
        let ((read, why, written), ()) = zip(read_out(&mut links), theirs).await;
        assert!(read == vec![b'a'; 40_000]);
        assert_eq!((why, written), (Closed::ByPeer, 20_000));
    });
}

#[test]
fn a_goodbye_under_tls_brings_the_last_words_and_says_that_they_were_the_last() {
    let authority = Authority::new();
    let server = authority.server(&[LOGIN], |_| {});
    smol::block_on(async {
        let (mut links, listener) = dial(authority.options(), LOGIN).await;
        let theirs = async {
            let mut stream = accept(&server, &listener).await.unwrap();
            let mut all = Vec::new();
            // Without a close_notify this would be an error.
            stream.read_to_end(&mut all).await.unwrap();
            all
        };
        let ours = async {
            assert_eq!(links.next().await, Event::Connected(LINK));
            links.write(LINK, b"GET / HTTP/1.1\r\n\r\n");
            links.close_all(Duration::from_secs(20)).await;
        };
        assert_eq!(zip(theirs, ours).await.0, b"GET / HTTP/1.1\r\n\r\n");
    });
}

#[test]
fn a_connection_cut_without_goodbye_is_broken_not_ended() {
    let authority = Authority::new();
    let server = authority.server(&[LOGIN], |_| {});
    smol::block_on(async {
        let (mut links, listener) = dial(authority.options(), LOGIN).await;
        let theirs = async {
            let mut stream = accept(&server, &listener).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
            stream.flush().await.unwrap();
            // The socket goes, the session says nothing.
            drop(stream.into_inner().0);
        };
        let ours = async {
            assert_eq!(links.next().await, Event::Connected(LINK));
            read_out(&mut links).await
        };
        let ((read, why, _), ()) = zip(ours, theirs).await;
        assert_eq!((read.as_slice(), why), (b"HTTP/1.1 200 OK\r\n".as_slice(), Closed::Broken));
    });
}

#[test]
fn a_stalled_peer_under_tls_gets_exactly_what_was_counted() {
    let authority = Authority::new();
    let server = authority.server(&[LOGIN], |_| {});
    smol::block_on(async {
        let (mut links, listener) = dial(authority.options(), LOGIN).await;
        let (event, stream) = zip(links.next(), accept(&server, &listener)).await;
        assert_eq!(event, Event::Connected(LINK));
        let mut stream = stream.unwrap();
        let written = loop {
            links.write(LINK, &[b'x'; 5000]);
            if let Some(event) = poll_once(links.next()).await {
                let Event::Closed { why: Closed::Broken, written, .. } = event else { panic!("{event:?}") };
                break written;
            }
        };
        let mut got = 0;
        let mut buffer = vec![0; 65_536];
        // The end comes in the middle of a record, so it is no good end.
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            got += length as u64;
        }
        assert_eq!(got, written);
    });
}

#[test]
fn a_certificate_of_the_private_authority_is_trusted_for_its_names_and_addresses_only() {
    let authority = Authority::new();
    let server = authority.server(&[LOGIN, "127.0.0.1"], |_| {});
    assert_eq!(outcome(authority.options(), &server, LOGIN), None);
    assert_eq!(outcome(authority.options(), &server, "127.0.0.1"), None);
    assert_eq!(outcome(authority.options(), &server, "other.example.net"), Some(Closed::Untrusted));
    let stranger = Options { ca_file: None, ..authority.options() };
    assert_eq!(outcome(stranger, &server, LOGIN), Some(Closed::Untrusted));
}

#[test]
fn a_certificate_out_of_its_time_is_told_apart() {
    let authority = Authority::new();
    let expired = authority.server(&[LOGIN], |params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2002, 1, 1);
    });
    assert_eq!(outcome(authority.options(), &expired, LOGIN), Some(Closed::Untrusted));
    let future = authority.server(&[LOGIN], |params| {
        params.not_before = date_time_ymd(2999, 1, 1);
        params.not_after = date_time_ymd(3000, 1, 1);
    });
    assert_eq!(outcome(authority.options(), &future, LOGIN), Some(Closed::ClockBehind));
}

#[test]
fn a_certificate_that_vouches_for_itself_is_not_trusted() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = CertificateParams::new(vec![LOGIN.to_owned()]).unwrap();
        params.is_ca = is_ca;
        let server = acceptor(&params.self_signed(&key).unwrap(), &key);
        assert_eq!(outcome(authority.options(), &server, LOGIN), Some(Closed::Untrusted));
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_unreachable_not_untrusted() {
    let authority = Authority::new();
    smol::block_on(async {
        let (mut links, listener) = dial(authority.options(), LOGIN).await;
        let theirs = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            tcp
        };
        let (event, _tcp) = zip(links.next(), theirs).await;
        assert_eq!(event, Event::Closed { link: LINK, why: Closed::Unreachable, written: 0 });
    });
}

#[test]
fn a_handshake_that_never_ends_is_given_up() {
    let authority = Authority::new();
    smol::block_on(async {
        let connect_timeout = Duration::from_millis(80);
        let (mut links, listener) = dial(Options { connect_timeout, ..authority.options() }, LOGIN).await;
        let (event, _tcp) = zip(links.next(), listener.accept()).await;
        assert_eq!(event, Event::Closed { link: LINK, why: Closed::Unreachable, written: 0 });
    });
}

//! The same service over sockets on loopback.

use std::time::Duration;

use async_net::TcpStream;
use futures_rustls::TlsConnector;
use futures_rustls::rustls::pki_types::pem::PemObject;
use futures_rustls::rustls::pki_types::{CertificateDer, ServerName};
use futures_rustls::rustls::{ClientConfig, RootCertStore};
use smol::future::or;
use smol::io::{AsyncReadExt, AsyncWriteExt};

use crate::emulator::server::{Doors, Server};
use crate::emulator::testing::PEOPLE;
use crate::emulator::{Accounts, Emulator, Fault, Options, Service};

fn emulator() -> Emulator {
    Emulator::new(Service::new(Accounts::parse(PEOPLE).unwrap(), Options::default(), 1))
}

/// Runs `visit` beside a server, for ten seconds at most.
fn beside<T>(server: Server, visit: impl Future<Output = T>) -> T {
    smol::block_on(or(visit, async {
        or(async { panic!("the server ended: {:?}", server.run().await) }, async {
            smol::Timer::after(Duration::from_secs(10)).await;
            panic!("took too long")
        })
        .await
    }))
}

async fn hear(stream: &mut TcpStream, until: &str) -> String {
    let mut heard = Vec::new();
    let mut buffer = [0; 512];
    while !String::from_utf8_lossy(&heard).contains(until) {
        let length = stream.read(&mut buffer).await.unwrap();
        assert_ne!(length, 0, "closed after {:?}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&buffer[..length]);
    }
    String::from_utf8_lossy(&heard).into_owned()
}

#[test]
fn dispatch_names_the_notification_door_and_closes() {
    let server = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap();
    let addresses = server.addresses().clone();
    beside(server, async {
        let mut stream = TcpStream::connect(addresses.dispatch).await.unwrap();
        stream.write_all(b"VER 1 MSNP8\r\nUSR 2 TWN I anna@example.net\r\n").await.unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        assert_eq!(
            heard,
            format!("VER 1 MSNP8\r\nXFR 2 NS {} 0 {}\r\n", addresses.notification, addresses.dispatch)
        );
    });
}

#[test]
fn passport_is_trusted_by_its_own_authority_and_nobody_elses() {
    let server = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap();
    let addresses = server.addresses().clone();
    let right = server.ca_pem().to_owned();
    let wrong = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap().ca_pem().to_owned();
    beside(server, async {
        for (ca, host, good) in [
            (&right, "localhost", true),
            (&right, "127.0.0.1", true),
            (&right, "other", false),
            (&wrong, "localhost", false),
        ] {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
            let provider = std::sync::Arc::new(futures_rustls::rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let stream = TcpStream::connect(addresses.passport).await.unwrap();
            let name = ServerName::try_from(host.to_owned()).unwrap();
            let tls = TlsConnector::from(std::sync::Arc::new(config)).connect(name, stream).await;
            assert_eq!(tls.is_ok(), good, "{host}");
            let Ok(mut tls) = tls else { continue };
            tls.write_all(b"GET /rdr/pprdr.asp HTTP/1.1\r\nConnection: close\r\n\r\n").await.unwrap();
            let mut heard = String::new();
            tls.read_to_string(&mut heard).await.unwrap();
            assert!(
                heard.contains(&format!("DALogin=localhost:{}/login2.srf", addresses.passport.port())),
                "{heard}"
            );
        }
    });
}

#[test]
fn time_passes_by_itself_and_changes_from_outside_are_sent_at_once() {
    let server = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap();
    let addresses = server.addresses().clone();
    let remote = server.remote();
    beside(server, async {
        let mut stream = TcpStream::connect(addresses.notification).await.unwrap();
        stream.write_all(b"VER 1 MSNP7\r\nUSR 2 MD5 I anna@example.net\r\n").await.unwrap();
        let heard = hear(&mut stream, "MD5 S ").await;
        let heard = if heard.ends_with("\r\n") { heard } else { heard + &hear(&mut stream, "\r\n").await };
        let salt = heard.trim_end().rsplit(' ').next().unwrap();
        let proof = crate::emulator::challenge::md5_hex(&format!("{salt}secret"));
        stream.write_all(format!("USR 3 MD5 S {proof}\r\n").as_bytes()).await.unwrap();
        hear(&mut stream, "ABCHMigrated: 1\r\n\r\n").await;
        assert!(remote.with(|emulator, now| emulator.service.challenge(now, "anna@example.net")));
        hear(&mut stream, "CHL 0 ").await;
        remote.with(|emulator, _| emulator.service.fault(Fault::parse("out SSD 0").unwrap()));
        hear(&mut stream, "OUT SSD\r\n").await;
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        assert!(!remote.with(|emulator, _| emulator.service.is_signed_in("anna@example.net")));
    });
}

#[test]
fn whoever_says_all_at_once_and_stops_still_hears_the_answers() {
    let server = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap();
    let addresses = server.addresses().clone();
    beside(server, async {
        let mut stream = TcpStream::connect(addresses.notification).await.unwrap();
        stream.write_all(b"VER 1 MSNP7\r\nINF 2\r\n").await.unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut heard = String::new();
        stream.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "VER 1 MSNP7\r\nINF 2 MD5\r\n");
    });
}

#[test]
fn a_door_that_is_taken_says_so() {
    let first = smol::block_on(Server::bind(emulator(), &Doors::default())).unwrap();
    let doors = Doors { dispatch: first.addresses().dispatch, ..Doors::default() };
    let error = smol::block_on(Server::bind(emulator(), &doors)).unwrap_err();
    assert!(error.to_string().starts_with("the dispatch door on 127.0.0.1:"), "{error}");
}

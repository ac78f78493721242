//! The QQ door over sockets on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use async_net::TcpStream;
use smol::future::or;
use smol::io::{AsyncReadExt, AsyncWriteExt};

use super::{PEOPLE, body_of};
use crate::emulator::server::{Doors, Server};
use crate::emulator::{Accounts, Emulator, Fault, Options, Service};

/// Runs `visit` beside a server with a QQ door, for ten seconds at most.
fn beside<T, F: Future<Output = T>>(visit: impl FnOnce(SocketAddr) -> F, fault: Option<&str>) -> T {
    let mut service = Service::new(Accounts::parse(PEOPLE).unwrap(), Options::default(), 1);
    if let Some(fault) = fault {
        service.fault(Fault::parse(fault).unwrap());
    }
    let doors = Doors { qq: Some(SocketAddr::from(([127, 0, 0, 1], 0))), ..Doors::default() };
    let server = smol::block_on(Server::bind(Emulator::new(service), &doors)).unwrap();
    let visit = visit(server.addresses().qq.unwrap());
    smol::block_on(or(visit, async {
        or(async { panic!("the server ended: {:?}", server.run().await) }, async {
            smol::Timer::after(Duration::from_secs(10)).await;
            panic!("took too long")
        })
        .await
    }))
}

async fn ask(address: SocketAddr, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for piece in pieces {
        stream.write_all(piece).await.unwrap();
        stream.flush().await.unwrap();
        smol::future::yield_now().await;
    }
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    heard
}

#[test]
fn head_body_and_crlfs_in_writes_of_their_own_are_answered_and_closed() {
    beside(
        |address| async move {
            let body = "VER=1.1&CMD=Logout&SEQ=1&UIN=29501213";
            let head = format!("POST  HTTP/1.1\r\nContent-Length: {}\r\n\r\n", body.len());
            for _ in 0..50 {
                let heard = ask(address, &[head.as_bytes(), body.as_bytes(), b"\r\n\r\n"]).await;
                assert_eq!(body_of(&heard), b"VER=1.1&CMD=LOGOUT&SEQ=1&UIN=29501213&RES=0");
            }
        },
        None,
    );
}

#[test]
fn crlfs_that_come_when_the_answer_was_given_do_not_take_it_back() {
    beside(
        |address| async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&super::posted(b"VER=1.1&CMD=Logout&SEQ=1&UIN=29501213")).await.unwrap();
            let mut heard = vec![0; 1];
            stream.read_exact(&mut heard).await.unwrap();
            for _ in 0..3 {
                stream.write_all(b"\r\n\r\n").await.unwrap();
                smol::future::yield_now().await;
            }
            stream.read_to_end(&mut heard).await.unwrap();
            assert_eq!(body_of(&heard), b"VER=1.1&CMD=LOGOUT&SEQ=1&UIN=29501213&RES=0");
        },
        None,
    );
}

#[test]
fn null_is_an_end_without_an_octet() {
    let heard = beside(
        |address| async move { ask(address, &[b"POST HTTP/1.1\r\nContent-Length: 3\r\n\r\nVER"]).await },
        None,
    );
    assert_eq!(heard, b"");
}

#[test]
fn a_late_answer_comes_and_the_session_is_known_by_its_address() {
    beside(
        |address| async move {
            let ps = crate::emulator::challenge::md5_hex("nudge");
            let login = format!("VER=1.1&CMD=Login&SEQ=1&UIN=29501213&PS={ps}&M5=1&LC=9326B87B234E7235");
            let heard = ask(address, &[&super::posted(login.as_bytes())]).await;
            assert!(body_of(&heard).ends_with(b"RES=0&RS=0&HI=60&LI=300"));
            let started = std::time::Instant::now();
            let heard = ask(address, &[&super::posted(b"VER=1.1&CMD=List&SEQ=1&UIN=29501213")]).await;
            assert!(body_of(&heard).ends_with(b"RES=0&FN=3"));
            assert!(started.elapsed() >= Duration::from_secs(1));
        },
        Some("qq late List 1"),
    );
}

#[test]
fn a_connection_that_breaks_is_reset_and_one_that_ends_is_not() {
    for (fault, reset) in [("qq reset any", true), ("qq lost any", false)] {
        let error = beside(
            |address| async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let request = super::posted(b"VER=1.1&CMD=Logout&SEQ=1&UIN=29501213");
                stream.write_all(&request).await.unwrap();
                stream.read_to_end(&mut Vec::new()).await.map_err(|error| error.kind())
            },
            Some(fault),
        );
        assert_eq!(error == Err(std::io::ErrorKind::ConnectionReset), reset, "{fault}: {error:?}");
    }
}

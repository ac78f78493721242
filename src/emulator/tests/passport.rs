//! Nexus and login: right and wrong credentials, redirects, tickets and their life, bad HTTP.

use crate::emulator::testing::Rig;
use crate::emulator::{Door, Options, Style};

fn login(rig: &mut Rig, path: &str, authorization: &str) -> String {
    let conn = rig.connect(Door::Passport);
    rig.say(conn, format!("GET {path} HTTP/1.1\r\nHost: x\r\nauthorization: {authorization}\r\n\r\n"));
    assert!(rig.is_open(conn), "kept alive");
    rig.hear(conn)
}

#[test]
fn the_nexus_names_the_login_with_and_without_scheme() {
    for (style, expected) in [
        (Style::default(), "\r\nPassportURLs: DARealm=Passport.Net,DALogin=login.example.net/login2.srf,"),
        (Style::escargot(), "\r\nPassportURLs: DALogin=https://login.example.net/login2.srf\r\n"),
    ] {
        let mut rig =
            Rig::new(Options { passport: "https://login.example.net".into(), style, ..Options::default() });
        rig.chunk = 3;
        let conn = rig.connect(Door::Passport);
        rig.say(conn, "GET /rdr/pprdr.asp HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let heard = rig.hear(conn);
        assert!(heard.starts_with("HTTP/1.1 200 OK\r\n") && heard.contains(expected), "{heard}");
        assert!(heard.contains("\r\nContent-Length: 7\r\n\r\nnothing") && !rig.is_open(conn));
    }
}

#[test]
fn credentials_are_split_on_commas_and_then_unescaped() {
    let mut rig = Rig::new(Options::default());
    for (authorization, status) in [
        (
            "Passport1.4 OrgVerb=GET,OrgURL=x,sign-in=bert%40example.net,pwd=hidden%2C%20100%25,ct=1,id=1",
            "200 OK",
        ),
        (
            "Passport1.4 OrgVerb=GET,OrgURL=x,sign-in=bert%40example.net,pwd=hidden, 100%,ct=1",
            "401 Unauthorized",
        ),
        ("Passport1.4 sign-in=bert@example.net,pwd=hidden%2C+100%25", "401 Unauthorized"),
        ("Passport1.4 sign-in=nobody@example.net,pwd=x", "401 Unauthorized"),
        ("Basic abc", "500 Internal Server Error"),
    ] {
        let heard = login(&mut rig, "/login2.srf", authorization);
        assert!(heard.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{authorization}: {heard}");
        assert_eq!(heard.contains("from-PP='t="), status == "200 OK");
        assert_eq!(
            heard.contains("WWW-Authenticate: Passport1.4 da-status=failed"),
            status.starts_with("401")
        );
    }
    assert!(login(&mut rig, "/", "x").starts_with("HTTP/1.1 404 "));
}

#[test]
fn redirects_come_first_when_asked_for() {
    let mut rig = Rig::new(Options { redirects: 2, passport: "https://h:1".into(), ..Options::default() });
    let authorization = "Passport1.4 sign-in=anna@example.net,pwd=secret";
    let mut path = "/login2.srf".to_owned();
    for _ in 0..2 {
        let heard = login(&mut rig, &path, authorization);
        assert!(heard.starts_with("HTTP/1.1 302 Found\r\n") && heard.contains("da-status=redir"), "{heard}");
        let location = heard.split("\r\nLocation: ").nth(1).unwrap().split("\r\n").next().unwrap();
        path = location.strip_prefix("https://h:1").unwrap().to_owned();
    }
    assert!(login(&mut rig, &path, authorization).contains("da-status=success"));
}

#[test]
fn tickets_are_good_for_their_owner_and_thirty_seconds() {
    for style in [Style::default(), Style::escargot()] {
        let attempt = |rig: &mut Rig, address: &str, ticket: &str| {
            let conn = rig.connect(Door::Notification);
            rig.say(conn, format!("VER 1 MSNP9\r\nUSR 2 TWN I {address}\r\n"));
            rig.hear(conn);
            rig.say(conn, format!("USR 3 TWN S {ticket}\r\n"));
            rig.hear(conn)
        };
        let mut rig = Rig::new(Options { style: style.clone(), ..Options::default() });
        let ticket = rig.ticket("anna@example.net", "secret");
        assert_eq!(ticket.len() == 20, !style.long_tickets);
        assert_eq!(attempt(&mut rig, "bert@example.net", &ticket), "911 3\r\n");
        assert_eq!(attempt(&mut rig, "anna@example.net", &format!("x{ticket}")), "911 3\r\n");
        rig.wait(29.0);
        assert!(attempt(&mut rig, "anna@example.net", &ticket).starts_with("USR 3 OK anna@example.net"));
        rig.wait(1.1);
        assert_eq!(attempt(&mut rig, "anna@example.net", &ticket), "911 3\r\n");
    }
}

#[test]
fn what_is_no_request_is_refused_and_closed() {
    for said in [
        "POST /login2.srf HTTP/1.1\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello".into(),
        "\u{1}\u{2}\r\n\r\n".into(),
        format!("GET / HTTP/1.1\r\nX: {}\r\n", "y".repeat(9000)),
    ] {
        let mut rig = Rig::new(Options::default());
        let conn = rig.connect(Door::Passport);
        rig.say(conn, &said);
        assert!(rig.hear(conn).starts_with("HTTP/1.1 400 Bad Request\r\n"), "{said:?}");
        assert!(!rig.is_open(conn));
    }
}

//! The socket with real clients, on one thread: who gets in, what is read, and how little patience there is.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::client::LINE_MAX;
use super::*;

fn open() -> (tempfile::TempDir, PathBuf, Control) {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("control.sock");
    let control = Control::open(&path).unwrap();
    (home, path, control)
}

/// An agent that answers everybody with what they asked.
async fn serve(control: &mut Control) {
    loop {
        let asked = control.next().await;
        let answer = match asked.words.request() {
            Ok(request) => Answer::Done(format!("{request:?}")),
            Err(wrong) => Answer::Wrong(wrong),
        };
        control.answer(asked.ticket, &answer);
    }
}

async fn connected(path: &Path) -> Async<UnixStream> {
    Async::<UnixStream>::connect(path).await.unwrap()
}

/// As many as there may be at once, each with these octets said.
async fn crowd(path: &Path, octets: &[u8]) -> Vec<Async<UnixStream>> {
    let mut crowd = Vec::new();
    for _ in 0..CLIENTS_MAX {
        let mut stream = connected(path).await;
        stream.write_all(octets).await.unwrap();
        crowd.push(stream);
    }
    crowd
}

/// Goes away, even if a process that is just being born has a copy of the socket.
fn go_away(stream: Async<UnixStream>) {
    stream.get_ref().shutdown(std::net::Shutdown::Both).unwrap();
}

/// Everything that comes until the end.
async fn heard(mut stream: Async<UnixStream>) -> String {
    let mut octets = Vec::new();
    // Who closes while something of ours is unread resets the connection, after the answer.
    let _end = stream.read_to_end(&mut octets).await;
    String::from_utf8(octets).unwrap()
}

async fn asked(path: &Path, octets: &[u8]) -> String {
    let mut stream = connected(path).await;
    let _early = stream.write_all(octets).await;
    heard(stream).await
}

/// Runs `clients` against an agent that answers.
fn with<T>(control: &mut Control, clients: impl Future<Output = T>) -> T {
    smol::block_on(future::or(clients, async {
        serve(control).await;
        unreachable!("it serves for ever")
    }))
}

#[test]
fn a_line_in_a_line_out_and_the_connection_ends() {
    let (_home, path, mut control) = open();
    let said = with(&mut control, asked(&path, b"[\"ack\",\"bob\"]\n"));
    assert_eq!(said, "{\"answer\":\"done\",\"exit\":0,\"say\":\"Acknowledge(Some(\\\"bob\\\"))\"}\n");
}

#[test]
fn the_file_is_for_owner_and_group_and_goes_with_the_value() {
    let (_home, path, control) = open();
    assert_eq!(control.path(), Some(path.as_path()));
    assert_eq!(fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    drop(control);
    assert!(!path.exists());
}

#[test]
fn a_line_may_come_in_pieces_and_more_than_a_line_does_no_harm() {
    let (_home, path, mut control) = open();
    let said = with(&mut control, async {
        let mut stream = connected(&path).await;
        for octet in b"[\"status\"]\n" {
            stream.write_all(&[*octet]).await.unwrap();
            future::yield_now().await;
        }
        (heard(stream).await, asked(&path, b"[\"status\"]\n[\"ack\"]\n\xff\xff").await)
    });
    assert!(said.0.contains("\"say\":\"Status\""), "{}", said.0);
    assert_eq!(said.0, said.1);
}

#[test]
fn who_says_no_more_after_the_line_is_answered_all_the_same() {
    let (_home, path, mut control) = open();
    let said = with(&mut control, async {
        let mut stream = connected(&path).await;
        stream.write_all(b"[\"status\"]\n").await.unwrap();
        stream.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        heard(stream).await
    });
    assert!(said.contains("\"say\":\"Status\""), "{said}");
}

#[test]
fn two_at_once_get_each_their_own_answer_in_any_order() {
    let (_home, path, mut control) = open();
    smol::block_on(async {
        let mut one = connected(&path).await;
        one.write_all(b"[\"ack\",\"one\"]\n").await.unwrap();
        let first = control.next().await;
        let mut two = connected(&path).await;
        two.write_all(b"[\"ack\",\"two\"]\n").await.unwrap();
        let second = control.next().await;
        assert_ne!(first.ticket, second.ticket);
        control.answer(second.ticket, &Answer::Done("second".into()));
        control.answer(first.ticket, &Answer::Done("first".into()));
        // Nobody asked under that number, and an answer comes but once.
        control.answer(99, &Answer::Done("nobody".into()));
        control.answer(first.ticket, &Answer::Done("again".into()));
        let both = future::zip(heard(one), heard(two));
        let (one, two) = future::or(both, async {
            control.next().await;
            unreachable!("nobody asks any more")
        })
        .await;
        assert!(one.contains("\"first\"") && two.contains("\"second\""), "{one} {two}");
    });
}

#[test]
fn garbage_is_answered_with_what_was_expected() {
    let (_home, path, mut control) = open();
    let expected = "expected one line, a JSON array of words like [\\\"status\\\"]";
    for octets in [
        &b"\n"[..],
        b"status\n",
        b"{\"a\":1}\n",
        b"[1]\n",
        b"[\"status\"\n",
        b"[[\"status\"]]\n",
        b"\xff\xfe\x00\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ] {
        let said = with(&mut control, asked(&path, octets));
        assert!(said.starts_with("{\"answer\":\"wrong\",\"exit\":64,"), "{said}");
        assert!(said.contains(&format!("found no words; {expected}")), "{said}");
    }
    let deep = [vec![b'['; LINE_MAX - 1], vec![b'\n']].concat();
    assert!(with(&mut control, asked(&path, &deep)).contains("found no words"));
    let said = with(&mut control, asked(&path, b"[\"dance\"]\n"));
    assert!(said.contains("unknown word \\\"dance\\\""), "{said}");
    let said = with(&mut control, asked(&path, b"[]\n"));
    assert!(said.contains("no words; expected status, ack"), "{said}");
}

#[test]
fn a_line_without_an_end_is_refused_before_it_grows() {
    let (_home, path, mut control) = open();
    let said = with(&mut control, asked(&path, &vec![b'x'; 40 * LINE_MAX]));
    assert!(said.contains(&format!("found a line of more than {LINE_MAX} octets")), "{said}");
}

#[test]
fn who_only_looks_or_goes_away_is_forgotten() {
    let (_home, path, mut control) = open();
    with(&mut control, async {
        for octets in [&b""[..], b"[\"sta"] {
            let mut stream = connected(&path).await;
            stream.write_all(octets).await.unwrap();
            go_away(stream);
        }
        // This one does not wait for its answer.
        let mut stream = connected(&path).await;
        stream.write_all(b"[\"status\"]\n").await.unwrap();
        go_away(stream);
        asked(&path, b"[\"status\"]\n").await
    });
    smol::block_on(future::or(
        async {
            control.next().await;
        },
        future::yield_now(),
    ));
    assert_eq!(control.clients.len(), 0);
}

#[test]
fn too_many_at_once_are_told_so_and_later_ones_get_in_again() {
    let (_home, path, mut control) = open();
    smol::block_on(async {
        let waiting = crowd(&path, b"[\"status\"]\n").await;
        for _ in &waiting {
            control.next().await;
        }
        let one_more = asked(&path, b"[\"status\"]\n");
        let said = future::or(one_more, async {
            control.next().await;
            unreachable!("nobody else is heard")
        })
        .await;
        assert!(said.contains("too many are asking at once"), "{said}");
        assert!(said.contains("\"exit\":1"), "{said}");
        waiting.into_iter().for_each(go_away);
        let serving = async {
            serve(&mut control).await;
            unreachable!()
        };
        assert!(future::or(asked(&path, b"[\"status\"]\n"), serving).await.contains("Status"));
    });
}

#[test]
fn who_says_nothing_gives_way_the_oldest_first() {
    for line in [&b""[..], b"[\"sta"] {
        let (_home, path, mut control) = open();
        let mut silent = smol::block_on(crowd(&path, line));
        let oldest = silent.remove(0);
        let mut said = with(&mut control, async {
            let mut said = vec![asked(&path, b"[\"status\"]\n").await, heard(oldest).await];
            for mut late in silent {
                late.write_all(if line.is_empty() { b"[\"status\"]\n" } else { b"tus\"]\n" }).await.unwrap();
                said.push(heard(late).await);
            }
            said
        });
        assert!(said.remove(1).contains("too many are asking at once"));
        assert_eq!(said.len(), CLIENTS_MAX);
        said.iter().for_each(|said| assert!(said.contains("\"say\":\"Status\""), "{said}"));
    }
}

#[test]
fn who_went_before_anybody_opened_takes_no_place() {
    let (_home, path, mut control) = open();
    for crowd in [CLIENTS_MAX, CLIENTS_MAX + 1, AT_ONCE, 3 * AT_ONCE + 1] {
        for _ in 0..crowd {
            drop(UnixStream::connect(&path).unwrap());
        }
        let said = with(&mut control, asked(&path, b"[\"status\"]\n"));
        assert!(said.contains("\"say\":\"Status\""), "behind {crowd}: {said}");
    }
}

#[test]
fn who_goes_while_others_are_let_in_takes_no_place_either() {
    let (_home, path, mut control) = open();
    let asking = std::thread::spawn(move || {
        for round in 0..300 {
            let crowd: Vec<_> = (0..AT_ONCE).map(|_| UnixStream::connect(&path).unwrap()).collect();
            drop(crowd);
            let mut stream = UnixStream::connect(&path).unwrap();
            stream.write_all(b"[\"status\"]\n").unwrap();
            let mut said = String::new();
            stream.read_to_string(&mut said).unwrap();
            assert!(said.contains("\"say\":\"Status\""), "{round}: {said}");
        }
    });
    smol::block_on(async {
        while !asking.is_finished() {
            let tick = async {
                Timer::after(Duration::from_millis(20)).await;
            };
            future::or(serve(&mut control), tick).await;
        }
    });
    asking.join().unwrap();
}

#[test]
fn who_is_refused_reads_the_answer_and_then_the_end() {
    let (_home, path, mut control) = open();
    let read = smol::block_on(async {
        let waiting = crowd(&path, b"[\"status\"]\n").await;
        for _ in &waiting {
            control.next().await;
        }
        // Its words are there before it is let in.
        let mut late = UnixStream::connect(&path).unwrap();
        late.write_all(b"[\"status\"]\n").unwrap();
        let mut late = Async::new(late).unwrap();
        let mut answer = String::new();
        let reading = async { late.read_to_string(&mut answer).await.map(|_| ()) };
        let letting_in = async {
            control.next().await;
            unreachable!("nobody else is heard")
        };
        future::or(reading, letting_in).await.map(|()| answer)
    });
    assert!(read.unwrap().contains("too many"));
}

#[test]
fn who_went_away_while_waiting_makes_room_for_others_and_who_only_says_no_more_does_not() {
    let (_home, path, mut control) = open();
    smol::block_on(async {
        let mut patient = connected(&path).await;
        patient.write_all(b"[\"ack\",\"patient\"]\n").await.unwrap();
        patient.get_ref().shutdown(std::net::Shutdown::Write).unwrap();
        let ticket = control.next().await.ticket;
        for _ in 1..CLIENTS_MAX {
            let mut hasty = connected(&path).await;
            hasty.write_all(b"[\"status\"]\n").await.unwrap();
            control.next().await;
            go_away(hasty);
        }
        let serving = async {
            serve(&mut control).await;
            unreachable!()
        };
        let said = future::or(asked(&path, b"[\"status\"]\n"), serving).await;
        assert!(said.contains("\"say\":\"Status\""), "{said}");
        control.answer(ticket, &Answer::Done("at last".into()));
        control.close(Duration::from_secs(10)).await;
        assert!(heard(patient).await.contains("at last"));
    });
}

#[test]
fn a_place_that_others_put_something_else_into_is_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let (file, link) = (home.path().join("file"), home.path().join("control.sock"));
    fs::write(&file, "theirs").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    for path in [&file, &link] {
        let error = place::open_to_group(path).unwrap_err();
        assert!(error.contains("something else took its place"), "{error}");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // Nor may Control make its socket there.
    let error = Control::open(&link).unwrap_err().to_string();
    assert!(error.contains("there is something here that is no socket"), "{error}");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn who_is_slow_with_the_line_or_does_not_read_loses_its_place() {
    let (_home, path, mut control) = open();
    control.patience = Duration::from_millis(100);
    smol::block_on(async {
        let slow = asked(&path, b"[\"sta");
        let long = Answer::Done("x".repeat(4 * 1024 * 1024));
        let mut deaf = connected(&path).await;
        deaf.write_all(b"[\"status\"]\n").await.unwrap();
        let serving = async {
            let ticket = control.next().await.ticket;
            control.answer(ticket, &long);
            control.next().await;
            unreachable!("nobody asks any more")
        };
        let began = std::time::Instant::now();
        let said = future::or(slow, serving).await;
        assert!(said.contains("no whole line came in time"), "{said}");
        assert!(began.elapsed() >= Duration::from_millis(100));
        // The deaf one's time began as soon; both are gone when both times are over.
        let gone = poll_fn(|cx| {
            let _nobody = control.poll(cx);
            if control.clients.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        });
        gone.await;
    });
}

#[test]
fn closing_writes_what_was_answered_and_forgets_the_rest() {
    let (_home, path, mut control) = open();
    smol::block_on(async {
        let mut answered = connected(&path).await;
        answered.write_all(b"[\"status\"]\n").await.unwrap();
        let silent = connected(&path).await;
        let ticket = control.next().await.ticket;
        control.answer(ticket, &Answer::Done("bye".into()));
        control.close(Duration::from_secs(10)).await;
        assert!(!path.exists());
        assert!(heard(answered).await.contains("\"bye\""));
        assert_eq!(heard(silent).await, "");
    });
}

#[test]
fn a_socket_left_over_is_replaced_and_one_that_is_answered_is_not() {
    let (_home, path, control) = open();
    let error = Control::open(&path).unwrap_err().to_string();
    assert_eq!(
        error,
        format!(
            "{}: another nudged answers here; stop it, or name another place with --socket FILE",
            path.display()
        )
    );
    drop(control);
    // A process that was killed leaves its file. (A listener that is dropped may live on in a process just being born.)
    mknodat(CWD, &path, FileType::Socket, Mode::RWXU, 0).unwrap();
    let before = fs::symlink_metadata(&path).unwrap().ino();
    let control = Control::open(&path).unwrap();
    assert!(path.exists());
    // What somebody else made of the place meanwhile is not removed.
    fs::remove_file(&path).unwrap();
    fs::write(&path, "theirs").unwrap();
    drop(control);
    assert_eq!(fs::read_to_string(&path).unwrap(), "theirs", "{before}");
}

#[test]
fn a_place_that_is_busy_says_so_without_waiting() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("full.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let flags = rustix::net::SocketFlags::NONBLOCK;
    let mut waiting = Vec::new();
    loop {
        let kind = rustix::net::SocketType::STREAM;
        let socket = rustix::net::socket_with(rustix::net::AddressFamily::UNIX, kind, flags, None).unwrap();
        let address = rustix::net::SocketAddrUnix::new(&path).unwrap();
        match rustix::net::connect(&socket, &address) {
            Ok(()) => waiting.push(socket),
            Err(error) => break assert_eq!(error, rustix::io::Errno::AGAIN),
        }
    }
    assert!(Control::open(&path).unwrap_err().to_string().contains("another nudged answers"));
}

#[test]
fn what_is_no_socket_stays_and_what_can_not_be_made_is_told() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "words").unwrap();
    let error = Control::open(&file).unwrap_err().to_string();
    assert!(error.contains("there is something here that is no socket"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "words");
    let error = Control::open(&home.path().join("none/control.sock")).unwrap_err().to_string();
    assert!(error.contains("can't be made: No such file or directory"), "{error}");
    let error = Control::open(&home.path().join("x".repeat(200))).unwrap_err().to_string();
    assert!(error.contains("can't be made"), "{error}");
}

#[test]
fn a_client_of_the_standard_library_gets_on_with_it() {
    let (_home, path, mut control) = open();
    let client = std::thread::spawn(move || {
        let mut stream = UnixStream::connect(path).unwrap();
        stream.write_all(b"[\"set\",\"busy\"]\n").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    });
    smol::block_on(async {
        let asked = control.next().await;
        control.answer(asked.ticket, &Answer::Unsure("maybe".into()));
        control.close(Duration::from_secs(10)).await;
    });
    assert!(client.join().unwrap().contains("\"unsure\""));
}

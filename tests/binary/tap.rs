//! A tap on a line: passes everything between a client and a server, keeps what the client said, and can hold its breath.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::process::DEADLINE;

/// A door of its own in front of a server's.
pub(crate) struct Tap {
    pub(crate) address: String,
    heard: Arc<Heard>,
}

#[derive(Default)]
struct Heard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    octets: Vec<u8>,
    /// Nothing is read from the client any more.
    deaf: bool,
}

impl Tap {
    /// Opens a door in front of `server`, for one client after the other.
    pub(crate) fn before(server: &str) -> Self {
        let server = server.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::new(Heard::default());
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let upstream = TcpStream::connect(&server).unwrap();
                let (from, to) = (upstream.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || pass(from, to, |_| ()));
                let ears = Arc::clone(&ears);
                thread::spawn(move || pass(client, upstream, |octets| ears.take(octets)));
            }
        });
        Self { address, heard }
    }

    /// Waits until the client has said this.
    pub(crate) fn awaits(&self, text: &str) {
        let state = self.heard.state.lock().unwrap();
        let missing = |state: &mut State| !said(state).contains(text);
        let (state, _) = self.heard.changed.wait_timeout_while(state, DEADLINE, missing).unwrap();
        assert!(said(&state).contains(text), "no {text:?} in what the client said: {}", said(&state));
    }

    /// Forgets what the client said so far.
    pub(crate) fn forget(&self) {
        self.heard.state.lock().unwrap().octets.clear();
    }

    /// From now on it reads nothing, as a server that hangs.
    pub(crate) fn go_deaf(&self) {
        self.heard.state.lock().unwrap().deaf = true;
    }

    /// Everything the client said so far.
    pub(crate) fn said(&self) -> String {
        said(&self.heard.state.lock().unwrap())
    }
}

impl Heard {
    fn take(&self, octets: &[u8]) {
        let mut state = self.state.lock().unwrap();
        while state.deaf {
            state = self.changed.wait(state).unwrap();
        }
        state.octets.extend_from_slice(octets);
        self.changed.notify_all();
    }
}

fn said(state: &State) -> String {
    String::from_utf8_lossy(&state.octets).into_owned()
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut hear: impl FnMut(&[u8])) {
    let mut octets = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut octets) {
        hear(&octets[..count]);
        if to.write_all(&octets[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

//! A client written by others signs in to the emulator and uses it: Twisted's MSNP8 client, in Python.
//!
//! `tests/foreign/prepare` makes its environment (needs PyPI once). CI sets `NUDGED_FOREIGN` and then nothing is
//! left out; without it and without an environment there is no foreign client to ask, and the test says so.
#![cfg(feature = "emulator")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use nudged::emulator::server::{Addresses, Doors, Server};
use nudged::emulator::{Accounts, Emulator, Names, Options, Service, Style};

const PEOPLE: &str = r#"
[[account]]
address = "anna@example.net"
password = "secret"
name = "Anna Ü"
serial = 69
groups = ["Friends"]
phones = { PHH = "555 1" }
[[account.contact]]
address = "bert@example.net"
groups = ["Friends"]
[[account.contact]]
address = "cleo@example.net"
lists = ["BL"]

[[account]]
address = "bert@example.net"
password = "hidden"
name = "Bert"
phones = { PHM = "555 2" }
[[account.contact]]
address = "anna@example.net"
"#;

#[test]
fn a_foreign_msnp8_client_signs_in_sees_and_talks() {
    let Some(python) = python() else {
        println!("no foreign client here; tests/foreign/prepare makes one");
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let ca_file = directory.path().join("ca.pem");
    let addresses = serve(&ca_file);
    let output = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign/msnp8.py"))
        .args([addresses.dispatch.to_string(), addresses.nexus])
        .arg(&ca_file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.ends_with("done\n"), "{said}\n{complained}");
    print!("{said}");
}

/// The Python of the foreign client: made now if `NUDGED_FOREIGN` is set, else if it was made before.
fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let prepare = root.join("tests/foreign/prepare");
    if std::env::var_os("NUDGED_FOREIGN").is_some() {
        let output = Command::new("sh").arg(prepare).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        return Some(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let made = target.join("foreign");
    made.join("stamp").exists().then(|| made.join("bin/python"))
}

/// An emulator on a thread of its own, until the process ends.
fn serve(ca_file: &Path) -> Addresses {
    let ca_file = ca_file.to_owned();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        // This client reads names as %XX only; everything else is as the emulator does by itself.
        let style = Style { names: Names::Escaped, ..Style::default() };
        let options = Options { style, ..Options::default() };
        let service = Service::new(Accounts::parse(PEOPLE).unwrap(), options, 1);
        smol::block_on(async {
            let server = Server::bind(Emulator::new(service), &Doors::default()).await.unwrap();
            std::fs::write(ca_file, server.ca_pem()).unwrap();
            tell.send(server.addresses().clone()).unwrap();
            server.run().await.unwrap();
        });
    });
    told.recv().unwrap()
}

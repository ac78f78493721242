//! The wires between desks and the service: what is on its way, and what becomes of it.

use std::time::Duration;

use nudged::agent::Input;
use nudged::emulator::{Action, ConnId, Door};
use nudged::link::{Closed, Endpoint, Link};

use super::{LATENCY, Parcel, SECOND, Want, Weather, Wire, World};

impl World {
    pub(super) fn deliver(&mut self, parcel: Parcel) {
        let now = Duration::from_millis(self.now);
        match parcel {
            Parcel::Up(conn) => {
                let Some(wire) = self.wires.get(&conn) else { return };
                let (desk, link, door) = (wire.desk, wire.link, wire.door);
                if self.weather != Weather::Fair {
                    return self.post(10 * SECOND, Parcel::Down(conn, Closed::Unreachable));
                }
                self.emulator.accept(now, conn, door);
                self.turn_network(desk, Input::Connected(link));
                self.drain();
            }
            Parcel::Down(conn, why) => {
                let Some(wire) = self.wires.remove(&conn) else { return };
                let (desk, link) = (wire.desk, wire.link);
                if self.desks[desk].links.get(&link) != Some(&conn) {
                    return;
                }
                self.desks[desk].links.remove(&link);
                let written = self.desks[desk].written.remove(&link).unwrap_or(0);
                self.note(&format!("desk {desk} {link:?} x {why}"));
                self.turn_network(desk, Input::Closed { link, why, written });
            }
            Parcel::ToService(conn, octets) => {
                if self.wires.get(&conn).is_some_and(|wire| !wire.dead) {
                    self.emulator.receive(now, conn, &octets);
                    self.drain();
                }
            }
            Parcel::ToDesk(conn, octets) => {
                let Some(wire) = self.wires.get(&conn).filter(|wire| !wire.dead) else { return };
                let (desk, link) = (wire.desk, wire.link);
                self.note_octets(desk, link, "<", &octets);
                for piece in octets.chunks(self.piece) {
                    if self.desks[desk].links.get(&link) == Some(&conn) {
                        self.turn_network(desk, Input::Bytes(link, piece));
                    }
                }
            }
            Parcel::DeskClosed(conn) => {
                self.wires.remove(&conn);
                self.emulator.closed(now, conn);
                self.drain();
            }
        }
    }

    pub(super) fn post(&mut self, after: u64, parcel: Parcel) {
        self.mail.post(self.now + after, parcel);
    }

    /// What the service wants done goes on its way; guests hear at once.
    pub(super) fn drain(&mut self) {
        while let Some(action) = self.emulator.poll() {
            let (Action::Send(conn, _) | Action::Close(conn)) = &action;
            let conn = *conn;
            if let Some(guest) = self.guests.iter_mut().find(|guest| guest.has(conn)) {
                let orders = match action {
                    Action::Send(_, octets) => guest.receive(conn, &octets, &mut self.next_guest_conn),
                    Action::Close(_) => {
                        guest.lost(conn);
                        Vec::new()
                    }
                };
                self.carry_out(orders);
            } else if self.wires.get(&conn).is_some_and(|wire| !wire.dead) {
                self.post(
                    LATENCY,
                    match action {
                        Action::Send(_, octets) => Parcel::ToDesk(conn, octets),
                        Action::Close(_) => Parcel::Down(conn, Closed::ByPeer),
                    },
                );
            }
        }
        self.observe();
    }

    pub(super) fn grant(&mut self, desk: usize, want: Want) {
        match want {
            Want::Connect(link, to, tls) => self.connect(desk, link, &to, tls),
            Want::Transmit(link, octets) => {
                self.note_octets(desk, link, ">", &octets);
                let Some(&conn) = self.desks[desk].links.get(&link) else { return };
                if self.wires.get(&conn).is_some_and(|wire| wire.stuck) {
                    return;
                }
                *self.desks[desk].written.entry(link).or_default() += octets.len() as u64;
                self.post(LATENCY, Parcel::ToService(conn, octets));
            }
            Want::Close(link) => {
                self.desks[desk].written.remove(&link);
                if let Some(conn) = self.desks[desk].links.remove(&link) {
                    let dead = self.wires.get(&conn).is_some_and(|wire| wire.dead);
                    if !dead {
                        self.post(LATENCY, Parcel::DeskClosed(conn));
                    }
                }
            }
        }
    }

    fn connect(&mut self, desk: usize, link: Link, to: &Endpoint, tls: bool) {
        self.note(&format!("desk {desk} {link:?} opens {to}"));
        let door = match (to.host.as_str(), to.port) {
            ("ds.example.net", 1863) => Door::Dispatch,
            ("ns.example.net", 1863) => Door::Notification,
            ("sb.example.net", 1863) => Door::Switchboard,
            ("login.example.net", 443) => Door::Passport,
            ("qq.example.net", 8000) => Door::Qq,
            _ => return self.connect_nowhere(desk, link),
        };
        assert_eq!(tls, door == Door::Passport, "only Passport is under TLS");
        let conn = self.wire(desk, link, door);
        match self.weather {
            Weather::Fair => self.post(2 * LATENCY, Parcel::Up(conn)),
            Weather::Refused => self.post(2 * LATENCY, Parcel::Down(conn, Closed::Unreachable)),
            Weather::Silent => self.post(15 * SECOND, Parcel::Down(conn, Closed::Unreachable)),
        }
    }

    fn connect_nowhere(&mut self, desk: usize, link: Link) {
        let conn = self.wire(desk, link, Door::Notification);
        self.post(2 * LATENCY, Parcel::Down(conn, Closed::NameNotFound));
    }

    fn wire(&mut self, desk: usize, link: Link, door: Door) -> ConnId {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        self.wires.insert(conn, Wire { desk, link, door, dead: false, stuck: false });
        let it = &mut self.desks[desk];
        it.connects += 1;
        it.written.insert(link, 0);
        assert!(it.links.insert(link, conn).is_none(), "{link:?} is opened while it is open");
        conn
    }
}

//! What goes out: answers, refusals, lines and payloads, and the faults on their way.
//! It does not know what is said.

use super::faults::Fault;
use super::service::Service;
use super::wire::Command;
use super::{Action, ConnId, Door};

impl Service {
    /// `VERB trid rest`, the answer to `command`.
    pub(super) fn answer(&mut self, conn: ConnId, command: &Command, rest: &str) {
        let trid = self.answer_trid(command);
        let gap = if rest.is_empty() { "" } else { " " };
        self.line(conn, &format!("{} {trid}{gap}{rest}", command.verb));
    }

    /// `code trid`, the refusal of `command`.
    pub(super) fn error(&mut self, conn: ConnId, command: &Command, code: u16) {
        let trid = self.answer_trid(command);
        self.line(conn, &format!("{code} {trid}"));
    }

    /// The TrId an answer carries: the command's own, or another one while a fault says so.
    pub(super) fn answer_trid(&self, command: &Command) -> String {
        let trid = command.trid().unwrap_or("0");
        if self.twisted {
            format!("{}", trid.parse::<u32>().unwrap_or(0).wrapping_add(7))
        } else {
            trid.to_owned()
        }
    }

    /// An answer to something unknown, too short or too early: a code, or silence.
    pub(super) fn complain(&mut self, conn: ConnId, command: &Command, code: u16) {
        if self.options.style.complains {
            self.error(conn, command, code);
        }
    }

    /// One line, with its end.
    pub(super) fn line(&mut self, conn: ConnId, text: &str) {
        self.send(conn, format!("{text}\r\n").into_bytes());
    }

    /// One line that announces a payload, and the payload.
    pub(super) fn payload(&mut self, conn: ConnId, text: &str, payload: &[u8]) {
        let mut octets = format!("{text} {}\r\n", payload.len()).into_bytes();
        octets.extend_from_slice(payload);
        self.send(conn, octets);
    }

    /// Octets to a client, through whatever is armed against it.
    pub(super) fn send(&mut self, conn: ConnId, mut octets: Vec<u8>) {
        let Some(client) = self.clients.get(&conn) else { return };
        if client.pending + octets.len() > PENDING_MAX {
            log::warn!("emulator: {} reads too slowly, closing", conn.0);
            return self.close(conn);
        }
        let door = client.door;
        if !matches!(door, Door::Passport | Door::Qq)
            && let Some(noise) = self.struck(conn, noise)
        {
            octets.splice(0..0, noise.iter().copied());
        }
        let cut = self.struck_at_length(conn, door, octets.len());
        if let Some(rest) = cut {
            octets.truncate(rest);
        }
        let drip = self.struck(conn, |fault| (*fault == Fault::Drip).then_some(())).is_some();
        if let Some(client) = self.clients.get_mut(&conn) {
            client.sent += octets.len();
            client.pending += octets.len();
        }
        self.queue(conn, octets, drip);
        if cut.is_some() {
            self.close(conn);
        }
    }

    /// How many of `length` further octets a connection still gets before it is cut.
    fn struck_at_length(&mut self, conn: ConnId, door: Door, length: usize) -> Option<usize> {
        let sent = self.clients.get(&conn)?.sent;
        self.struck(conn, |fault| match fault {
            Fault::Cut(at, octets) if *at == door && sent + length >= *octets => {
                Some(octets.saturating_sub(sent))
            }
            _ => None,
        })
    }

    fn queue(&mut self, conn: ConnId, octets: Vec<u8>, drip: bool) {
        match self.actions.back_mut() {
            _ if drip => self.actions.extend(octets.into_iter().map(|octet| Action::Send(conn, vec![octet]))),
            Some(Action::Send(last, queued)) if *last == conn && queued.len() > 1 => queued.extend(octets),
            _ => self.actions.push_back(Action::Send(conn, octets)),
        }
    }
}

/// Octets to put before what is sent.
fn noise(fault: &Fault) -> Option<&'static [u8]> {
    Some(match fault {
        Fault::Noise => b"ZZZ\r\nQQQ 0 what ever  it is \r\nWWW 4294967295 %\r\n",
        Fault::NoisePayload => b"NOT 9\r\nOUT OTH\r\nIPG 11\r\n\r\nOUT SSD\r\nUBN bob@example.net 1 4\r\nOUTONFY PUT 5\r\nOUT\r\n",
        Fault::Garbage => b"\xff\xfe\x1b[2J\x07 %zz \xc3\x28\x00\r\n\r\n \r\n",
        _ => return None,
    })
}

/// Octets that wait for one client; whoever lets more wait is closed.
const PENDING_MAX: usize = 512 * 1024;

//! Who is how: CHG, and ILN, NLN, FLN and UBX to everybody who may know.
//! It does not know why lists changed; whoever changes them calls [`Service::spread`].

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Asked, BAD_PARAMETER, Turn};
use crate::emulator::accounts::FL;
use crate::emulator::options::Names;
use crate::emulator::service::Service;
use crate::emulator::wire::{Command, escaped, is_number};
use crate::emulator::{ConnId, Dialect};

/// A signed-in connection's state.
#[derive(Debug, Default)]
pub(in crate::emulator) struct Presence {
    /// The state of the last CHG; before the first one nobody sees it and it sees nobody.
    state: Option<String>,
    capability: String,
    object: String,
    /// The payload of the last UUX.
    pub(super) personal: Vec<u8>,
    pub(super) synced: bool,
    pub(super) asked: Option<Asked>,
    pub(super) challenge_at: Option<Duration>,
    pub(super) moved: bool,
    /// What this client was last told about others, by account row.
    told: BTreeMap<usize, Told>,
}

/// What one client is told about another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    state: String,
    name: String,
    capability: String,
    object: String,
    personal: Vec<u8>,
}

impl Told {
    /// ILN as the answer to the command `trid`, else NLN.
    fn line(&self, trid: Option<&str>, address: &str, dialect: Dialect, names: Names) -> String {
        let verb = trid.map_or_else(|| "NLN".to_owned(), |trid| format!("ILN {trid}"));
        let mut line = format!("{verb} {} {address} {}", self.state, escaped(&self.name, names));
        if dialect.compact_lists() {
            line.push(' ');
            line.push_str(if self.capability.is_empty() { "0" } else { &self.capability });
        }
        if dialect.objects() && !self.object.is_empty() {
            line.push(' ');
            line.push_str(&self.object);
        }
        line
    }
}

impl Service {
    /// `CHG n state [capability [object]]`, echoed; from MSNP8 silence without a number as capability
    /// `[observed: Escargot]`.
    pub(super) fn chg(&mut self, one: Turn, command: &Command) {
        let state = command.arg(0);
        if one.dialect.compact_lists() && !is_number(command.arg(1)) {
            return;
        }
        if state == "FLN" {
            return self.error(one.conn, command, BAD_PARAMETER);
        }
        if !STATES.contains(&state) {
            return self.close(one.conn);
        }
        let capability = if one.dialect.compact_lists() { command.arg(1) } else { "" };
        let object = if one.dialect.objects() { command.arg(2) } else { "" };
        let echo = [state, capability, object]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        let Some(presence) = self.presence_mut(one.conn) else { return };
        let first = presence.state.replace(state.to_owned()).is_none();
        capability.clone_into(&mut presence.capability);
        object.clone_into(&mut presence.object);
        self.answer(one.conn, command, &echo);
        if first {
            let trid = self.answer_trid(command);
            self.tell_everybody(one, &trid);
            self.greet(one, &trid);
        }
        self.spread(one.who);
    }

    /// Whether others can see and call this session.
    pub(super) fn is_visible(&self, conn: ConnId) -> bool {
        self.presence(conn).and_then(|presence| presence.state.as_deref()).is_some_and(|state| state != "HDN")
    }

    /// The session of an account that others can call, if it admits `caller`.
    pub(in crate::emulator) fn callable(&self, who: usize, caller: usize) -> Option<ConnId> {
        let conn = *self.online.get(&who)?;
        let admitted = self.accounts.at(who).admits(&self.accounts.at(caller).address);
        (admitted && self.is_visible(conn)).then_some(conn)
    }

    /// The ILN burst after the first CHG.
    fn tell_everybody(&mut self, one: Turn, trid: &str) {
        let friends: Vec<usize> = self
            .accounts
            .at(one.who)
            .on(FL)
            .filter_map(|contact| self.accounts.position(&contact.address))
            .collect();
        for friend in friends {
            self.tell(one.conn, friend, Some(trid));
        }
    }

    /// Tells everybody who may know how `who` is now. To be called after any change of state, name or lists.
    pub(in crate::emulator) fn spread(&mut self, who: usize) {
        let sessions: Vec<ConnId> = self.online.values().copied().collect();
        for conn in sessions {
            self.tell(conn, who, None);
        }
    }

    /// Tells one client about `who`, if that is news: ILN when it answers the command `trid`, else NLN or FLN.
    pub(super) fn tell(&mut self, conn: ConnId, who: usize, trid: Option<&str>) {
        let Some((observer, dialect)) =
            self.clients.get(&conn).and_then(|client| Some((client.who?, client.dialect?)))
        else {
            return;
        };
        if observer == who || self.presence(conn).is_none_or(|presence| presence.state.is_none()) {
            return;
        }
        let watches = self
            .accounts
            .at(observer)
            .contact(&self.accounts.at(who).address)
            .is_some_and(|c| c.lists & FL != 0);
        let fresh = watches.then(|| self.sight(who, observer)).flatten();
        let Some(presence) = self.presence_mut(conn) else { return };
        let before = match &fresh {
            Some(fresh) => presence.told.insert(who, fresh.clone()),
            None => presence.told.remove(&who),
        };
        let address = self.accounts.at(who).address.clone();
        let Some(fresh) = fresh else {
            if before.is_some() && watches {
                self.line(conn, &format!("FLN {address}"));
            }
            return;
        };
        let same_line = before
            .as_ref()
            .is_some_and(|before| Told { personal: fresh.personal.clone(), ..before.clone() } == fresh);
        if !same_line || trid.is_some() {
            let names = self.options.style.names;
            self.line(conn, &fresh.line(trid, &address, dialect, names));
        }
        let old_personal = before.map(|before| before.personal).unwrap_or_default();
        if dialect.personal_messages() && (trid.is_some() || old_personal != fresh.personal) {
            let personal = if fresh.personal.is_empty() { NO_PERSONAL } else { &fresh.personal };
            self.payload(conn, &format!("UBX {address}"), personal);
        }
    }

    /// How `who` looks to `observer`; `None` while not to be seen.
    fn sight(&self, who: usize, observer: usize) -> Option<Told> {
        let presence = self.presence(self.callable(who, observer)?)?;
        Some(Told {
            state: presence.state.clone()?,
            name: self.accounts.at(who).name.clone(),
            capability: presence.capability.clone(),
            object: presence.object.clone(),
            personal: presence.personal.clone(),
        })
    }

    /// A signed-in connection is gone.
    pub(in crate::emulator) fn signed_out(&mut self, conn: ConnId, who: Option<usize>) {
        let Some(who) = who else { return };
        if self.online.get(&who) == Some(&conn) {
            self.online.remove(&who);
            self.spread(who);
        }
    }
}

/// What CHG may say; FLN is refused, anything else ends the connection `[observed: Escargot]`.
const STATES: [&str; 8] = ["NLN", "BSY", "IDL", "BRB", "AWY", "PHN", "LUN", "HDN"];

/// The personal message of who has none.
const NO_PERSONAL: &[u8] = b"<Data><PSM></PSM><CurrentMedia></CurrentMedia></Data>";

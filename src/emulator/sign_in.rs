//! Signing in: VER, INF, CVR and USR, on the dispatch server as far as XFR, on the notification server to the end.
//! It does not know lists or presence.

use super::challenge::md5_hex;
use super::faults::{Fault, Leave};
use super::notification::Presence;
use super::options::VerAnswer;
use super::service::{Service, Stage};
use super::wire::{Command, escaped};
use super::{ConnId, Dialect, Door};

impl Service {
    /// `VER n MSNP9 MSNP8 CVR0`: the highest dialect both speak.
    pub(super) fn ver(&mut self, conn: ConnId, command: &Command) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if command.trid().is_none() {
            return self.close(conn);
        }
        if client.dialect.is_some() {
            self.error(conn, command, UNEXPECTED);
            return self.close(conn);
        }
        let spoken =
            |word: &String| Dialect::parse(word).filter(|dialect| self.options.dialects.contains(&dialect.0));
        let common: Vec<Dialect> = command.fields.iter().skip(1).filter_map(spoken).collect();
        let Some(&highest) = common.iter().max() else {
            self.answer(conn, command, "0");
            return self.close(conn);
        };
        client.dialect = Some(highest);
        let words = match self.options.style.ver {
            VerAnswer::Single => highest.to_string(),
            VerAnswer::WithCvr0 => format!("{highest} CVR0"),
            VerAnswer::Echo => common.iter().map(Dialect::to_string).collect::<Vec<_>>().join(" "),
        };
        self.answer(conn, command, &words);
    }

    /// `INF n`: MD5 is the way to sign in, until MSNP7.
    pub(super) fn inf(&mut self, conn: ConnId, command: &Command, dialect: Dialect) {
        if dialect.md5() { self.answer(conn, command, "MD5") } else { self.close(conn) }
    }

    /// `CVR n locale os version machine client version MSMSGS [address]`: which version to get.
    pub(super) fn cvr(&mut self, conn: ConnId, command: &Command) {
        if command.arity() < 6 {
            return self.complain(conn, command, MISSING_FIELD);
        }
        let own = command.arg(5);
        let style = &self.options.style;
        let minimum = style.minimum_version.as_deref().unwrap_or(own);
        let [download, information] = &style.version_addresses;
        let rest = format!("{own} {own} {minimum} {download} {information}");
        self.answer(conn, command, &rest);
    }

    /// `USR n MD5|TWN I address` and `USR n MD5|TWN S proof`.
    pub(super) fn usr(&mut self, conn: ConnId, command: &Command, dialect: Dialect) {
        let Some(client) = self.clients.get(&conn) else { return };
        let (door, signed_in) = (client.door, matches!(client.stage, Stage::SignedIn(_)));
        let (way, phase) = (command.arg(0), command.arg(1));
        if command.arity() < 3 {
            return self.complain(conn, command, MISSING_FIELD);
        }
        if signed_in {
            return self.error(conn, command, SIGNED_IN_ALREADY);
        }
        match (way, phase) {
            ("MD5", _) if !dialect.md5() => self.close(conn),
            ("TWN", _) if dialect.md5() => self.close(conn),
            ("MD5" | "TWN", "I") if door == Door::Dispatch => self.dispatch(conn, command, dialect),
            ("MD5" | "TWN", "I") => self.usr_initial(conn, command, dialect),
            ("MD5" | "TWN", "S") => self.usr_subsequent(conn, command, dialect),
            _ => self.refuse(conn, command),
        }
    }

    /// The dispatch server's only answer: go to the notification server.
    fn dispatch(&mut self, conn: ConnId, command: &Command, dialect: Dialect) {
        let to = self.options.notification.clone();
        self.redirect(conn, command, dialect, &to);
    }

    fn redirect(&mut self, conn: ConnId, command: &Command, dialect: Dialect, to: &str) {
        let rest = self.transfer(dialect, to);
        let trid = self.answer_trid(command);
        self.line(conn, &format!("XFR {trid} {rest}"));
        self.close(conn);
    }

    /// `NS address`, with `0` from MSNP3 and the current address from MSNP7.
    pub(super) fn transfer(&self, dialect: Dialect, to: &str) -> String {
        match dialect.0 {
            ..=2 => format!("NS {to}"),
            7.. if self.options.style.xfr_names_current => format!("NS {to} 0 {}", self.options.dispatch),
            _ => format!("NS {to} 0"),
        }
    }

    fn usr_initial(&mut self, conn: ConnId, command: &Command, dialect: Dialect) {
        let address = command.arg(2).to_owned();
        let to = self.struck_as(conn, Some(&address), |fault| match fault {
            Fault::Redirect(to) => Some(to.clone()),
            _ => None,
        });
        if let Some(to) = to {
            return self.redirect(conn, command, dialect, &to);
        }
        if !address.contains('@') {
            return self.refuse(conn, command);
        }
        let salt = self.salt(&address);
        let rest = if dialect.md5() { format!("MD5 S {salt}") } else { format!("TWN S {PASSPORT_POLICY}") };
        if let Some(client) = self.clients.get_mut(&conn) {
            client.stage = Stage::Proving { address, salt };
        }
        self.answer(conn, command, &rest);
    }

    /// One constant salt an account; an account that can't sign in this way, or none, gets a number with a dot
    /// `[observed: Escargot]`.
    fn salt(&mut self, address: &str) -> String {
        if let Some(salt) = &self.options.salt {
            return salt.clone();
        }
        match self.accounts.account(address) {
            Some(account) if account.md5 => md5_hex(address)[..15].to_owned(),
            _ => format!("{}.{}", self.digits(10), self.digits(6)),
        }
    }

    fn usr_subsequent(&mut self, conn: ConnId, command: &Command, dialect: Dialect) {
        let proof = command.arg(2);
        let who = match self.clients.get(&conn).map(|client| &client.stage) {
            Some(Stage::Proving { address, salt }) => {
                let account = self.accounts.account(address);
                let good = account.is_some_and(|account| {
                    if dialect.md5() {
                        account.md5 && proof == md5_hex(&format!("{salt}{}", account.password))
                    } else {
                        self.good_ticket(address, proof)
                    }
                });
                good.then(|| self.accounts.position(address)).flatten()
            }
            _ => None,
        };
        match who {
            Some(who) => self.signed_in(conn, command, dialect, who),
            None => self.refuse(conn, command),
        }
    }

    fn refuse(&mut self, conn: ConnId, command: &Command) {
        self.error(conn, command, REFUSED);
        self.close(conn);
    }

    fn signed_in(&mut self, conn: ConnId, command: &Command, dialect: Dialect, who: usize) {
        if let Some(&older) = self.online.get(&who) {
            self.line(older, &Leave::Elsewhere.line());
            self.close(older);
        }
        self.online.insert(who, conn);
        let now = self.now;
        if let Some(client) = self.clients.get_mut(&conn) {
            client.who = Some(who);
            client.since = now;
            client.stage = Stage::SignedIn(Box::default());
        }
        let account = self.accounts.at(who);
        let (address, name) = (account.address.clone(), escaped(&account.name, self.options.style.names));
        let ok = match dialect.0 {
            ..=9 if self.options.style.bare_ok => format!("OK {address} {name}"),
            ..=5 => format!("OK {address} {name}"),
            6..=7 => format!("OK {address} {name} 1"),
            8..=9 => format!("OK {address} {name} 1 0"),
            _ => format!("OK {address} 1 0"),
        };
        self.answer(conn, command, &ok);
        if dialect.personal_messages() {
            self.line(conn, "SBS 0 null");
        }
        if self.options.style.profile {
            let profile = profile(&address);
            self.payload(conn, "MSG Hotmail Hotmail", profile.as_bytes());
        }
    }

    /// The session of a signed-in connection.
    pub(super) fn presence(&self, conn: ConnId) -> Option<&Presence> {
        match &self.clients.get(&conn)?.stage {
            Stage::SignedIn(presence) => Some(presence),
            _ => None,
        }
    }

    /// See [`Service::presence`].
    pub(super) fn presence_mut(&mut self, conn: ConnId) -> Option<&mut Presence> {
        match &mut self.clients.get_mut(&conn)?.stage {
            Stage::SignedIn(presence) => Some(presence),
            _ => None,
        }
    }

    /// Commands about oneself that `sign_in` answers; says whether it was one of them.
    pub(super) fn signing_in(&mut self, conn: ConnId, command: &Command) -> bool {
        let dialect = self.clients.get(&conn).and_then(|client| client.dialect);
        match (command.verb.as_str(), dialect) {
            ("VER", _) => self.ver(conn, command),
            ("OUT", _) => self.close(conn),
            ("INF" | "CVR" | "USR", None) => self.complain(conn, command, NOT_SIGNED_IN),
            ("INF", Some(dialect)) => self.inf(conn, command, dialect),
            ("CVR", _) => self.cvr(conn, command),
            ("USR", Some(dialect)) => self.usr(conn, command, dialect),
            _ => return false,
        }
        true
    }
}

/// The profile message. Real ones are about 1.4 kB because of MSPAuth, and so is ours.
fn profile(address: &str) -> String {
    let ticket: String = md5_hex(address).chars().cycle().take(1000).collect();
    let id = u32::from_str_radix(&md5_hex(address)[..7], 16).unwrap_or(1);
    format!(
        "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsprofile; charset=UTF-8\r\nLoginTime: 1011252477\r\n\
         EmailEnabled: 1\r\nMemberIdHigh: 84736\r\nMemberIdLow: -{id}\r\nlang_preference: 1033\r\n\
         preferredEmail: {address}\r\ncountry: US\r\nPostalCode: \r\nGender: M\r\nKid: 0\r\nAge: 22\r\nBDayPre: 0\r\n\
         Birthday: 0\r\nWallet: 0\r\nFlags: 1073742915\r\nsid: 507\r\nkv: 5\r\nMSPAuth: {ticket}$$\r\n\
         ClientIP: 127.0.0.1\r\nClientPort: 1863\r\nABCHMigrated: 1\r\n\r\n"
    )
}

/// The policy a client hands to Passport unread `[observed: Escargot]`.
const PASSPORT_POLICY: &str = "ct=1,rver=1,wp=FS_40SEC_0_COMPACT,lc=1,id=1";

/// A required field is missing.
pub(super) const MISSING_FIELD: u16 = 300;
/// Not signed in.
pub(super) const NOT_SIGNED_IN: u16 = 302;
/// Signed in already.
const SIGNED_IN_ALREADY: u16 = 207;
/// Not expected now.
pub(super) const UNEXPECTED: u16 = 715;
/// Authentication failed.
pub(super) const REFUSED: u16 = 911;

//! The notification server after sign-in: which command goes where, keepalive, challenges, mail, and the way to a
//! switchboard. It does not know how lists and presence are kept; they have files of their own.

mod groups;
mod lists;
mod presence;
mod settings;
mod sync;

use std::time::Duration;

use super::challenge;
use super::faults::{Fault, Leave};
use super::options::{Challenges, Qng};
use super::service::{Service, Stage};
use super::sign_in::{MISSING_FIELD, NOT_SIGNED_IN};
use super::wire::{Command, escaped};
use super::{ConnId, Dialect};
pub(super) use presence::Presence;

/// CHL that waits for its QRY.
#[derive(Debug)]
pub(super) struct Asked {
    digits: String,
    /// TrId of the CHG before it: a missing answer is refused under that.
    trid: String,
    answer_by: Duration,
}

impl Service {
    /// A command on a dispatch or notification connection.
    pub(super) fn notified(&mut self, conn: ConnId, command: &Command) {
        if self.signing_in(conn, command) {
            return;
        }
        let Some(client) = self.clients.get(&conn) else { return };
        let (Stage::SignedIn(_), Some(dialect), Some(who)) = (&client.stage, client.dialect, client.who)
        else {
            return self.too_early(conn, command);
        };
        if command.verb == "PNG" {
            return self.png(conn, dialect);
        }
        if command.trid().is_none() {
            return self.complain(conn, command, SYNTAX);
        }
        if command.arity() < needed(&command.verb) {
            return self.complain(conn, command, MISSING_FIELD);
        }
        let one = Turn { conn, who, dialect };
        match command.verb.as_str() {
            "SYN" => self.syn(one, command),
            "CHG" => self.chg(one, command),
            "QRY" => self.qry(one, command),
            "XFR" => self.xfr(one, command),
            "LST" => self.lst(one, command),
            "LSG" => self.lsg(one, command),
            "ADD" => self.add(one, command),
            "ADC" => self.adc(one, command),
            "REM" => self.rem(one, command),
            "ADG" => self.adg(one, command),
            "RMG" => self.rmg(one, command),
            "REG" => self.reg(one, command),
            "REA" => self.rea(one, command),
            "PRP" => self.prp(one, command),
            "SBP" => self.sbp(one, command),
            "BLP" | "GTC" => self.policy(one, command),
            "UUX" => self.uux(one, command),
            "GCF" => self.gcf(one, command),
            "URL" => self.url(one, command),
            "IMS" => self.ims(one, command),
            "SND" | "SDC" => self.answer(conn, command, "OK"),
            _ => self.complain(conn, command, SYNTAX),
        }
    }

    /// PNG before sign-in ends the connection `[observed: Escargot]`; anything else is not answered.
    fn too_early(&mut self, conn: ConnId, command: &Command) {
        if command.verb == "PNG" { self.close(conn) } else { self.complain(conn, command, NOT_SIGNED_IN) }
    }

    fn png(&mut self, conn: ConnId, dialect: Dialect) {
        match self.options.qng {
            Qng::Seconds(seconds) => self.line(conn, &format!("QNG {seconds}")),
            Qng::ByDialect if dialect.objects() => self.line(conn, "QNG 60"),
            Qng::ByDialect | Qng::Bare => self.line(conn, "QNG"),
        }
    }

    /// `XFR n SB`: a key for a new switchboard, unless one is hidden or has not said CHG yet.
    fn xfr(&mut self, one: Turn, command: &Command) {
        if command.arg(0) != "SB" {
            return self.error(one.conn, command, BAD_PARAMETER);
        }
        if !self.is_visible(one.conn) {
            return self.error(one.conn, command, HIDDEN);
        }
        let key = self.issue_key(one.who, one.dialect, None);
        let rest = format!("SB {} CKI {key}", self.options.switchboard);
        self.answer(one.conn, command, &rest);
    }

    /// Asks an account's session for the answer to a challenge, now. Says whether there was a session that can be
    /// asked (MSNP6 and later).
    pub fn challenge(&mut self, now: Duration, address: &str) -> bool {
        self.at(now);
        let Some(conn) = self.session(address) else { return false };
        let challenges =
            self.clients.get(&conn).and_then(|client| client.dialect).is_some_and(Dialect::challenges);
        if challenges {
            self.ask(conn, "0");
        }
        challenges
    }

    fn ask(&mut self, conn: ConnId, trid: &str) {
        let digits = self.digits(20);
        let answer_by = self.now + ANSWER_TIME;
        let Some(presence) = self.presence_mut(conn) else { return };
        presence.asked = Some(Asked { digits: digits.clone(), trid: trid.to_owned(), answer_by });
        self.line(conn, &format!("CHL 0 {digits}"));
    }

    /// `QRY n product 32` and 32 hex digits. An answer nobody asked for is read and not answered
    /// `[observed: Escargot]`.
    fn qry(&mut self, one: Turn, command: &Command) {
        let Some(asked) = self.presence_mut(one.conn).and_then(|presence| presence.asked.take()) else {
            return;
        };
        let right = challenge::answer(&asked.digits, command.arg(0), one.dialect);
        if right.is_some_and(|right| right.as_bytes() == command.payload) {
            self.answer(one.conn, command, "");
        } else {
            self.error(one.conn, command, WRONG_ANSWER);
            self.close(one.conn);
        }
    }

    /// After the first CHG: a challenge and the initial mail notice, as the options say.
    fn greet(&mut self, one: Turn, trid: &str) {
        let unread = self.accounts.at(one.who).unread.or(self.options.unread_mail);
        if let Some(unread) = unread {
            self.payload(one.conn, "MSG Hotmail Hotmail", initial_mail(one.dialect, unread).as_bytes());
        }
        if one.dialect.challenges() {
            match self.options.challenges {
                Challenges::Off => {}
                Challenges::AfterFirstChg => self.ask(one.conn, trid),
                Challenges::Every(period) => {
                    let due = self.now + period;
                    if let Some(presence) = self.presence_mut(one.conn) {
                        presence.challenge_at = Some(due);
                    }
                }
            }
        }
    }

    /// Tells an account's session of a new mail. Says whether there is a session.
    pub fn mail(&mut self, now: Duration, address: &str, from: &str, subject: &str) -> bool {
        self.at(now);
        let Some(conn) = self.session(address) else { return false };
        let names = self.options.style.names;
        let (name, subject) = (escaped(from, names), escaped(subject, names));
        let text = format!(
            "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsemailnotification; charset=UTF-8\r\n\r\nFrom: {name}\r\n\
             Message-URL: /cgi-bin/getmsg?msg=1\r\nPost-URL: http://www.hotmail.com\r\nSubject: {subject}\r\n\
             Dest-Folder: ACTIVE\r\nFrom-Addr: {from}\r\nid: 2\r\n",
            from = from.replace(['\r', '\n'], ""),
        );
        self.payload(conn, "MSG Hotmail Hotmail", text.as_bytes());
        true
    }

    /// What time brings to signed-in connections: challenges, missing answers, and faults that wait.
    pub(super) fn notification_tick(&mut self) {
        let now = self.now;
        let sessions: Vec<ConnId> = self.online.values().copied().collect();
        for conn in sessions {
            let Some(presence) = self.presence_mut(conn) else { continue };
            if presence.challenge_at.is_some_and(|at| at <= now) {
                self.ask_again(conn);
            } else if let Some(asked) = presence.asked.take_if(|asked| asked.answer_by <= now) {
                self.line(conn, &format!("{WRONG_ANSWER} {}", asked.trid));
                self.close(conn);
            } else if let Some(due) = self.waiting_fault(conn)
                && due <= now
            {
                self.carry_out(conn);
            }
        }
    }

    fn ask_again(&mut self, conn: ConnId) {
        let now = self.now;
        let Challenges::Every(period) = self.options.challenges else { return };
        if let Some(presence) = self.presence_mut(conn) {
            presence.challenge_at = Some(now + period.max(Duration::from_secs(1)));
        }
        self.ask(conn, "0");
    }

    /// When an armed OUT or XFR is due on a connection.
    fn waiting_fault(&self, conn: ConnId) -> Option<Duration> {
        let client = self.clients.get(&conn).filter(|client| !client.immune)?;
        let moved = matches!(&client.stage, Stage::SignedIn(presence) if presence.moved);
        let after = self.faults.peek(self.address(conn), |fault| match fault {
            Fault::Out(_, after) => Some(*after),
            Fault::Move(_, after) if !moved => Some(*after),
            _ => None,
        })?;
        Some(client.since + after)
    }

    fn carry_out(&mut self, conn: ConnId) {
        let fault = self.struck(conn, |fault| match fault {
            Fault::Out(leave, _) => Some(Ok(*leave)),
            Fault::Move(to, _) => Some(Err(to.clone())),
            _ => None,
        });
        match fault {
            Some(Ok(leave)) => self.end(conn, leave),
            Some(Err(to)) => self.move_away(conn, &to),
            None => {}
        }
    }

    fn end(&mut self, conn: ConnId, leave: Leave) {
        self.line(conn, &leave.line());
        self.close(conn);
    }

    /// XFR in the middle of a session; the client is to close and go, so we do not `[Movva99] §7.4`.
    fn move_away(&mut self, conn: ConnId, to: &str) {
        let Some(dialect) = self.clients.get(&conn).and_then(|client| client.dialect) else { return };
        let rest = self.transfer(dialect, to);
        if let Some(presence) = self.presence_mut(conn) {
            presence.moved = true;
        }
        self.line(conn, &format!("XFR 0 {rest}"));
    }

    /// The earliest of everything [`Service::notification_tick`] looks at.
    pub(super) fn notification_deadline(&self) -> Option<Duration> {
        let deadlines = self.online.values().flat_map(|&conn| {
            let presence = self.presence(conn);
            let asked = presence.and_then(|presence| presence.asked.as_ref()).map(|asked| asked.answer_by);
            [asked, presence.and_then(|presence| presence.challenge_at), self.waiting_fault(conn)]
        });
        deadlines.flatten().min()
    }
}

/// Who says a command, and in which dialect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub(super) conn: ConnId,
    pub(super) who: usize,
    pub(super) dialect: Dialect,
}

/// How many fields a command must have after its TrId.
fn needed(verb: &str) -> usize {
    match verb {
        "CHG" | "XFR" | "ADG" | "RMG" | "BLP" | "GTC" | "UUX" | "GCF" | "URL" | "LST" | "SYN" | "PRP" => 1,
        "QRY" | "ADD" | "ADC" | "REM" | "REG" | "REA" => 2,
        "SBP" => 3,
        _ => 0,
    }
}

fn initial_mail(dialect: Dialect, unread: u32) -> String {
    if dialect.personal_messages() {
        return format!(
            "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinitialmdatanotification; charset=UTF-8\r\n\r\n\
             Mail-Data: <MD><E><I>{unread}</I><IU>{unread}</IU><O>0</O><OU>0</OU></E><Q><QTM>409600</QTM>\
             <QNM>204800</QNM></Q></MD>\r\nInbox-URL: /cgi-bin/HoTMaiL\r\nFolders-URL: /cgi-bin/folders\r\n\
             Post-URL: http://www.hotmail.com\r\n"
        );
    }
    format!(
        "MIME-Version: 1.0\r\nContent-Type: text/x-msmsgsinitialemailnotification; charset=UTF-8\r\n\r\n\
         Inbox-Unread: {unread}\r\nFolders-Unread: 0\r\nInbox-URL: /cgi-bin/HoTMaiL\r\n\
         Folders-URL: /cgi-bin/folders\r\nPost-URL: http://www.hotmail.com\r\n\r\n"
    )
}

/// How long a challenge may wait for its answer `[observed: Escargot]`.
const ANSWER_TIME: Duration = Duration::from_secs(50);

/// Syntax error, or a command nobody knows.
pub(super) const SYNTAX: u16 = 200;
/// Invalid parameter.
pub(super) const BAD_PARAMETER: u16 = 201;
/// Wrong answer to a challenge, or none.
const WRONG_ANSWER: u16 = 540;
/// Not allowed while hidden or before CHG.
const HIDDEN: u16 = 913;

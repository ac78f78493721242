//! From `VER` to `USR … OK`: versions, client, credentials.

use super::{Ask, Ending, Session, State, Step, answers, why};
use crate::limits::{ACCOUNT_MAX, NAME_MAX, OPAQUE_MAX};
use crate::msnp::client::Sink;
use crate::msnp::command::Command;
use crate::msnp::{Auth, Dialect, Event, challenge, dialect};
use crate::text::{self, Quoted, Secret};
use crate::time::Instant;

impl Session {
    /// `VER 1 MSNP9 MSNP8 CVR0`.
    pub(super) fn say_ver(&mut self, now: Instant) {
        let wait = self.wait(now);
        let mut line = self.outbox.command("VER").number(wait.trid);
        for dialect in &self.settings.dialects {
            line = line.display(dialect);
        }
        line.word("CVR0").end();
        self.state = State::AwaitVer(wait);
    }

    /// One dialect, or our list echoed `[seed 001]`, or `0`: none in common.
    pub(super) fn ver(&mut self, now: Instant, command: &Command<'_>) -> Step<'static> {
        let State::AwaitVer(wait) = self.state else { return self.out_of_turn(command) };
        if !answers(command, wait) {
            return Ok(None);
        }
        let Some(dialect) = dialect::choose(&self.settings.dialects, command.fields().skip(1)) else {
            let answer = Quoted(command.as_line());
            return Err(Ending::Refused(why(format_args!(
                "no common dialect: the server answered {answer}"
            ))));
        };
        self.dialect = dialect;
        log::info!("msn: speaking {dialect}");
        if dialect.has_inf() {
            self.say_inf(now)
        } else {
            self.say_cvr(now)
        }
        Ok(None)
    }

    fn say_inf(&mut self, now: Instant) {
        let wait = self.wait(now);
        self.outbox.command("INF").number(wait.trid).end();
        self.state = State::AwaitInf(wait);
    }

    /// MSNP2 to MSNP7 ask which authentication is spoken; the only answer ever seen is MD5 `[Movva99]`, `[seed 001]`.
    pub(super) fn inf(&mut self, now: Instant, command: &Command<'_>) -> Step<'static> {
        let State::AwaitInf(wait) = self.state else { return self.out_of_turn(command) };
        if !answers(command, wait) {
            return Ok(None);
        }
        if !command.fields().skip(1).any(|word| word == b"MD5") {
            let answer = Quoted(command.as_line());
            return Err(Ending::Refused(why(format_args!("expected INF with MD5, got {answer}"))));
        }
        self.say_usr(now);
        Ok(None)
    }

    /// From MSNP8 the server wants to know the client before it looks at the account `[seed 000]`.
    fn say_cvr(&mut self, now: Instant) {
        let wait = self.wait(now);
        self.outbox
            .command("CVR")
            .number(wait.trid)
            .word("0x0409")
            .word("winnt")
            .word("5.1")
            .word("i386")
            .word("MSNMSGR")
            .word(client_version(self.dialect))
            .word("MSMSGS")
            .word(&self.settings.account)
            .end();
        self.state = State::AwaitCvr(wait);
    }

    /// The recommended version and where to get it: nothing for us.
    pub(super) fn cvr(&mut self, now: Instant, command: &Command<'_>) -> Step<'static> {
        let State::AwaitCvr(wait) = self.state else { return self.out_of_turn(command) };
        if answers(command, wait) {
            self.say_usr(now);
        }
        Ok(None)
    }

    fn say_usr(&mut self, now: Instant) {
        let wait = self.wait(now);
        let package = if self.uses_md5() { "MD5" } else { "TWN" };
        self.outbox
            .command("USR")
            .number(wait.trid)
            .word(package)
            .word("I")
            .word(&self.settings.account)
            .end();
        self.state = State::AwaitUsr(wait);
    }

    /// `USR n MD5 S salt`, `USR n TWN S challenge`, or `USR n OK …`.
    pub(super) fn usr<'a>(&mut self, now: Instant, command: &Command<'a>, sink: Sink<'_>) -> Step<'a> {
        match (self.state, command.field(1)) {
            (State::AwaitUsr(wait), Some(b"MD5")) if answers(command, wait) => self.salt(now, command),
            (State::AwaitUsr(wait), Some(b"TWN")) if answers(command, wait) => {
                self.passport_challenge(command)
            }
            (State::AwaitOk(wait) | State::AwaitUsr(wait), Some(b"OK")) if answers(command, wait) => {
                self.accepted(now, command, sink);
                Ok(None)
            }
            (State::AwaitUsr(_) | State::AwaitOk(_), _) => Ok(None),
            _ => self.out_of_turn(command),
        }
    }

    fn salt(&mut self, now: Instant, command: &Command<'_>) -> Step<'static> {
        let salt = command.field(3).unwrap_or_default();
        if salt.is_empty() || salt.len() > OPAQUE_MAX || !matches!(self.settings.auth, Auth::Md5) {
            return Err(Ending::Lost(why(format_args!("expected USR MD5 S with a salt"))));
        }
        let answer = challenge::md5_answer(salt, &self.settings.password);
        let wait = self.wait(now);
        self.outbox.command("USR").number(wait.trid).word("MD5").word("S").word(answer.as_bytes()).end();
        self.state = State::AwaitOk(wait);
        Ok(None)
    }

    /// Everything after `S` is the challenge: the sample of `[seed 000]` has a space in it.
    fn passport_challenge<'a>(&mut self, command: &Command<'a>) -> Step<'a> {
        let line = command.as_line();
        let before: usize = 4 + command.fields().take(3).map(|field| field.len() + 1).sum::<usize>();
        let challenge = line.get(before..).unwrap_or_default();
        if challenge.is_empty() || !matches!(self.settings.auth, Auth::Tweener { .. }) {
            return Err(Ending::Lost(why(format_args!("expected USR TWN S with a challenge"))));
        }
        self.state = State::AwaitTicket;
        Ok(Some(Ask::Ticket(challenge)))
    }

    /// The ticket came: present it.
    pub fn ticket(&mut self, now: Instant, ticket: &Secret) {
        if self.state != State::AwaitTicket {
            return;
        }
        let wait = self.wait(now);
        self.outbox.command("USR").number(wait.trid).word("TWN").word("S").word(ticket.reveal()).end();
        self.state = State::AwaitOk(wait);
    }

    /// `USR n OK account [name] [verified [restricted]]`: up to MSNP9 with a name, from MSNP10 without
    /// `[observed: Escargot]`, but CrossTalk sends one there too, so four fields mean a name.
    fn accepted(&mut self, now: Instant, command: &Command<'_>, sink: Sink<'_>) {
        let fields = command.fields().skip(2).filter(|field| !field.is_empty()).count();
        let named = if self.dialect.usr_ok_has_name() { fields >= 2 } else { fields >= 4 };
        if let Some(name) = command.field(3).filter(|_| named) {
            sink(Event::OwnName(&text::decoded::<NAME_MAX>(name)));
        }
        let account: heapless::String<ACCOUNT_MAX> = text::lossy(command.field(2).unwrap_or_default());
        log::info!("msn: the server accepted {}", text::Shown(&account));
        self.say_syn(now);
    }

    /// A known command in the wrong state: said once a line, and ignored.
    pub(super) fn out_of_turn(&self, command: &Command<'_>) -> Step<'static> {
        log::warn!("msn: got {} out of turn, ignored it", Quoted(command.verb()));
        Ok(None)
    }
}

/// The client of its time that spoke a dialect. Servers look up updates by it, and some turn unknown clients away.
const fn client_version(dialect: Dialect) -> &'static str {
    match dialect.number() {
        0..=8 => "5.0.0544",
        9 => "6.1.0203",
        10 => "6.2.0205",
        11 => "7.0.0816",
        _ => "7.5.0324",
    }
}

//! Who is there: our own status (CHG), the contacts' (ILN, NLN, FLN), and what the server says by MSG.

use super::{Ask, Of, Session, State, Step, answers, why};
use crate::limits::{ACCOUNT_MAX, NAME_MAX};
use crate::msnp::client::Sink;
use crate::msnp::command::Command;
use crate::msnp::mime::{Content, Mime};
use crate::msnp::{Event, NotNow};
use crate::presence::{Presence, Status};
use crate::text::{self, Quoted};
use crate::time::Instant;

impl Session {
    /// The first CHG opens the tap of presence.
    pub(super) fn say_first_chg(&mut self, now: Instant) {
        let wait = self.wait(now);
        self.say_chg(wait.trid);
        self.state = State::AwaitChg(wait);
    }

    fn say_chg(&mut self, trid: u32) {
        let mut line = self.outbox.command("CHG").number(trid).word(substatus(self.wanted));
        // Without a number for our capabilities the line is silently ignored from MSNP8 on [observed: Escargot].
        if self.dialect.has_capability() {
            line = line.number(0_u32);
        }
        line.end();
    }

    /// Our own status from now on, kept over reconnects.
    ///
    /// # Errors
    /// `NotNow` if it can't be told right now; it will be as soon as it can.
    pub fn set_status(&mut self, now: Instant, status: Status) -> Result<(), NotNow> {
        self.wanted = status;
        let expected = self.expect(now, Of::Chg);
        self.untold = expected == Err(NotNow::Busy);
        self.say_chg(expected?);
        Ok(())
    }

    /// Tells our status if there was no room for it before.
    pub fn catch_up(&mut self, now: Instant) {
        if self.untold {
            // If there is still no room, it stays untold.
            let _told = self.set_status(now, self.wanted);
        }
    }

    /// The answer to CHG; TrId 0 if the server changed us by itself.
    pub(super) fn chg(&mut self, now: Instant, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        let Some(status) = command.field(1).and_then(status) else { return self.malformed(command) };
        match self.state {
            State::AwaitChg(wait) if answers(command, wait) => {
                self.state = State::Online;
                sink(Event::Own(status));
                if self.wanted != status {
                    // A person chose another one while we signed in. If too much is outstanding, it follows.
                    let _told = self.set_status(now, self.wanted);
                }
                Ok(Some(Ask::SignedIn))
            }
            State::Online => {
                self.answered(command);
                sink(Event::Own(status));
                Ok(None)
            }
            _ => self.out_of_turn(command),
        }
    }

    /// `ILN n NLN account name …`, `NLN NLN account name …`. What follows the name (capabilities, a picture) is for
    /// bigger screens.
    pub(super) fn presence(&self, command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        let initial = command.verb() == b"ILN";
        let first = usize::from(initial);
        let field = |index| command.field(first + index);
        let (Some(substatus), Some(account)) = (field(0), field(1).filter(is_account)) else {
            return self.malformed(command);
        };
        let name = field(2).map(text::decoded::<NAME_MAX>);
        sink(Event::Presence {
            account: &text::decoded::<ACCOUNT_MAX>(account),
            presence: presence(substatus),
            name: name.as_deref(),
            initial,
        });
        Ok(None)
    }

    /// `FLN account`.
    pub(super) fn fln(command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        match command.field(0).filter(is_account) {
            Some(account) => sink(Event::Presence {
                account: &text::decoded::<ACCOUNT_MAX>(account),
                presence: Presence::Offline,
                name: None,
                initial: false,
            }),
            None => log::warn!("msn: got {}, expected FLN with an address", Quoted(command.as_line())),
        }
        Ok(None)
    }

    /// What the server itself says by MSG: the profile (which a light has no use for), mails, a coming maintenance.
    pub(super) fn msg(command: &Command<'_>, sink: Sink<'_>) -> Step<'static> {
        let Some(payload) = command.payload() else {
            log::debug!("msn: skipped a message of {} octets", command.payload_len());
            return Ok(None);
        };
        match Mime::parse(payload).content() {
            Content::Mailbox { unread: Some(unread) } => sink(Event::Mail { unread: Some(unread), from: "" }),
            Content::NewMail { from, .. } => {
                sink(Event::Mail { unread: None, from: &text::lossy::<NAME_MAX>(from) });
            }
            Content::Maintenance { minutes: Some(minutes) } => {
                sink(Event::Notice(&why(format_args!("the server goes down in {minutes} min"))));
            }
            Content::Maintenance { minutes: None } => sink(Event::Notice("the server goes down soon")),
            _ => {}
        }
        Ok(None)
    }
}

/// The wire word of our status.
#[must_use]
pub(super) const fn substatus(status: Status) -> &'static str {
    match status {
        Status::Online => "NLN",
        Status::Busy => "BSY",
        Status::Idle => "IDL",
        Status::Brb => "BRB",
        Status::Away => "AWY",
        Status::Phone => "PHN",
        Status::Lunch => "LUN",
        Status::Invisible => "HDN",
    }
}

fn status(substatus: &[u8]) -> Option<Status> {
    Status::ALL.into_iter().find(|status| self::substatus(*status).as_bytes() == substatus)
}

/// Whether this may be somebody's address.
fn is_account(field: &&[u8]) -> bool {
    field.contains(&b'@') && field.len() <= ACCOUNT_MAX
}

/// A contact's substatus. One we do not know means somebody is there.
fn presence(substatus: &[u8]) -> Presence {
    match substatus {
        b"HDN" | b"FLN" => Presence::Offline,
        known => status(known).and_then(Status::presence).unwrap_or(Presence::Online),
    }
}

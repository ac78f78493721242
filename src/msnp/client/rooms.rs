//! Who does what a notification session asks for: the Passport exchange and the switchboards.
//!
//! It does not know how the session is going.

use super::Sink;
use crate::limits::{ACCOUNT_MAX, NAME_MAX};
use crate::link::{Endpoint, endpoint_from_peer};
use crate::msnp::notification::{Ask, DEFAULT_PORT, Session};
use crate::msnp::passport::Passport;
use crate::msnp::switchboard::{Invitation, Switchboards};
use crate::msnp::{Auth, Settings};
use crate::text;
use crate::time::Instant;

/// The rooms that do what a session asks for.
pub(super) struct Rooms<'a> {
    pub(super) session: &'a Session,
    pub(super) passport: &'a mut Passport,
    pub(super) switchboards: &'a mut Switchboards,
    pub(super) server: &'a Endpoint,
}

/// What is left to do once the command was read.
pub(super) enum Done {
    /// That was all.
    Nothing,
    /// Presence flows: the session counts from here.
    SignedIn,
}

impl Rooms<'_> {
    /// Does it, and says what is left to do.
    pub(super) fn carry_out(self, now: Instant, ask: Ask<'_>, sink: Sink<'_>) -> Done {
        match ask {
            Ask::Ticket(challenge) => self.ask_passport(now, challenge),
            Ask::Ring { session, at, key, account, name } => {
                let account = text::decoded::<ACCOUNT_MAX>(account);
                let name = text::decoded::<NAME_MAX>(name);
                if let Some(at) = self.switchboard_at(at) {
                    let invitation = Invitation { session, at, key, account: &account, name: &name };
                    self.switchboards.ring(now, invitation);
                }
            }
            Ask::Switchboard { at, key } => match self.switchboard_at(at) {
                Some(at) => self.switchboards.transfer_granted(now, at, key, sink),
                None => self.switchboards.transfer_refused(None, sink),
            },
            Ask::NoSwitchboard(code) => self.switchboards.transfer_refused(code, sink),
            Ask::SignedIn => return Done::SignedIn,
        }
        Done::Nothing
    }

    fn ask_passport(self, now: Instant, challenge: &[u8]) {
        let Settings { account, password, auth, .. } = self.session.settings();
        if let Auth::Tweener { nexus } = auth {
            self.passport.start(now, nexus, account, password, challenge);
        }
    }

    /// A switchboard's address as the server wrote it, if we may go there.
    fn switchboard_at(&self, at: &[u8]) -> Option<Endpoint> {
        let at = endpoint_from_peer(at, DEFAULT_PORT)?;
        if !at.may_follow(self.server) {
            log::warn!("msn: a switchboard at {at}, an address of this machine, ignored it");
            return None;
        }
        Some(at)
    }
}

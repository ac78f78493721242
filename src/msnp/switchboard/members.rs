//! Who is in a room besides us: names for a few, a count for a crowd.
//!
//! It knows accounts, not how they come and go.

use heapless::Vec;

use super::Account;
use crate::limits::ACCOUNT_MAX;
use crate::text::{self, Quoted};

/// The others in the room.
#[derive(Default)]
pub(super) struct Members {
    known: Vec<Account, MEMBERS_MAX>,
    /// Those there was no row for.
    more: u16,
}

impl Members {
    /// Somebody is here; twice counts once.
    pub(super) fn join(&mut self, account: &Account) {
        if !self.has(account) && self.known.push(account.clone()).is_err() {
            self.more = self.more.saturating_add(1);
        }
    }

    /// Somebody left.
    pub(super) fn part(&mut self, account: &str) {
        let before = self.known.len();
        self.known.retain(|known| !known.eq_ignore_ascii_case(account));
        if self.known.len() == before {
            self.more = self.more.saturating_sub(1);
        }
    }

    /// Whether somebody is known to be here.
    pub(super) fn has(&self, account: &str) -> bool {
        self.known.iter().any(|known| known.eq_ignore_ascii_case(account))
    }

    /// Whether somebody is here and nobody else.
    pub(super) fn are_just(&self, account: &str) -> bool {
        self.known.len() == 1 && self.more == 0 && self.has(account)
    }

    /// Whether nobody is here.
    pub(super) fn are_none(&self) -> bool {
        self.known.is_empty() && self.more == 0
    }
}

/// An account field, unless it is longer than any account.
pub(super) fn account_of(field: &[u8]) -> Option<Account> {
    if text::unescaped(field).count() > ACCOUNT_MAX {
        log::warn!("msn: got account {}; expected at most {ACCOUNT_MAX} octets", Quoted(field));
        return None;
    }
    Some(text::decoded(field)).filter(|account| !account.is_empty())
}

/// Others in a room whose names are kept; the rest are counted.
const MEMBERS_MAX: usize = 4;

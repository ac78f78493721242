//! How everything stands in a few words, for whoever supervises the program.
//!
//! States and numbers alone: nobody's name, and nothing a stranger wrote.

use core::fmt;

use super::state::State;

/// A short line such as `msn online, qq connecting; 3 contacts online, 1 message waiting`.
#[derive(Clone, Copy)]
pub struct Summary<'a>(pub(super) &'a State);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(state) = self;
        for (place, account) in state.accounts.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{} {}", account.network.as_str(), account.link)?;
        }
        let (here, _) = state.accounts.here_and_all();
        write!(f, "; {here} contact{} online", plural(here.into()))?;
        let waiting: u32 = state.latch.iter().map(|row| u32::from(row.unread)).sum();
        if waiting > 0 {
            write!(f, ", {waiting} message{} waiting", plural(waiting))?;
        }
        Ok(())
    }
}

const fn plural(count: u32) -> &'static str {
    if count == 1 { "" } else { "s" }
}

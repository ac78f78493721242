//! Where the server sends us: to another server (`XFR NS`), to a switchboard we asked for (`XFR SB`), to one where somebody
//! waits (`RNG`). Whether we go there is not decided here.

use super::{Ask, Ending, NotNow, Of, Session, Step, why};
use crate::link::{Endpoint, endpoint_from_peer};
use crate::msnp::command::{Command, TrId};
use crate::time::Instant;

impl Session {
    /// Where the server sent us with [`Ending::Moved`], once.
    pub fn moved_to(&mut self) -> Option<Endpoint> {
        self.moved_to.take()
    }

    /// Asks for a switchboard; [`Ask::Switchboard`] or [`Ask::NoSwitchboard`] answers.
    ///
    /// # Errors
    /// `NotNow` if too much is outstanding already.
    pub fn ask_for_switchboard(&mut self, now: Instant) -> Result<(), NotNow> {
        let trid = self.expect(now, Of::Switchboard)?;
        self.outbox.command("XFR").number(trid).word("SB").end();
        Ok(())
    }

    /// The server moves us: `XFR n NS host:port …`, in answer to USR or by itself; or it grants a switchboard.
    pub(super) fn xfr<'a>(&mut self, command: &Command<'a>) -> Step<'a> {
        let at = command.field(2).unwrap_or_default();
        match command.field(1) {
            // An address of literally 0 means: sign in again, here.
            Some(b"NS") if at == b"0" => Err(Ending::SignInAgain),
            Some(b"NS") => match endpoint_from_peer(at, DEFAULT_PORT) {
                Some(to) => {
                    self.moved_to = Some(to);
                    Err(Ending::Moved)
                }
                None => Err(Ending::Lost(why(format_args!("XFR NS without an address")))),
            },
            Some(b"SB") if self.awaits_switchboard(command.trid()) => {
                self.answered(command);
                Ok(Some(Ask::Switchboard { at, key: command.field(4).unwrap_or_default() }))
            }
            _ => Ok(None),
        }
    }

    fn awaits_switchboard(&self, trid: Option<TrId>) -> bool {
        self.pending.iter().any(|pending| pending.of == Of::Switchboard && Some(pending.wait.trid) == trid)
    }

    /// `RNG session host:port CKI key account name`: somebody invites us.
    pub(super) fn rng<'a>(command: &Command<'a>) -> Step<'a> {
        let field = |index| command.field(index).unwrap_or_default();
        Ok(Some(Ask::Ring {
            session: field(0),
            at: field(1),
            key: field(3),
            account: field(4),
            name: field(5),
        }))
    }
}

/// Where MSN servers listen when an address names no port.
pub const DEFAULT_PORT: u16 = 1863;

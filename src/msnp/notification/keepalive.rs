//! Is the server still there, and does it think so of us: `PNG`/`QNG` and `CHL`/`QRY`.

use super::{Ending, Session, Step, why};
use crate::limits::{PING_DEFAULT, PING_MAX, PING_MIN, PONG_TIMEOUT, STALE_AFTER};
use crate::msnp::command::Command;
use crate::text::{self, Quoted};
use crate::time::{Duration, Instant};

/// When to ask, and since when we wait for an answer. Any octet received is a sign of life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ping {
    heard_at: Instant,
    every: Duration,
    asked_at: Option<Instant>,
    stale: bool,
}

impl Default for Ping {
    fn default() -> Self {
        Self::begun(Instant::START)
    }
}

impl Ping {
    pub(super) const fn begun(now: Instant) -> Self {
        Self { heard_at: now, every: PING_DEFAULT, asked_at: None, stale: false }
    }

    pub(super) const fn heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.asked_at = None;
        self.stale = false;
    }

    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }

    pub(super) fn wake_at(&self) -> Instant {
        match self.asked_at {
            None => self.heard_at + self.every,
            Some(at) if self.stale => at + PONG_TIMEOUT,
            Some(at) => at + STALE_AFTER,
        }
    }
}

impl Session {
    /// Asks when it has been quiet, gives up when the question stays unanswered.
    pub(super) fn ping(&mut self, now: Instant) -> Result<(), Ending> {
        match self.ping.asked_at {
            None if self.ping.heard_at + self.ping.every <= now => {
                self.ping.asked_at = Some(now);
                self.outbox.command("PNG").end();
            }
            Some(at) if at + PONG_TIMEOUT <= now => {
                return Err(Ending::Lost(why(format_args!(
                    "no answer to PNG within {} s",
                    PONG_TIMEOUT.as_secs()
                ))));
            }
            Some(at) => self.ping.stale = at + STALE_AFTER <= now,
            None => {}
        }
        Ok(())
    }

    /// `QNG` bare (MSNP2 to MSNP8) or with the seconds until the server wants the next PNG (from MSNP9
    /// `[observed: Escargot]`). Seconds that make no sense are clamped, words that are no number mean nothing.
    pub(super) fn qng(&mut self, command: &Command<'_>) -> Option<super::Ask<'static>> {
        match command.field(0).map(text::number) {
            None | Some(Some(0)) => self.ping.every = PING_DEFAULT,
            Some(None) => log::debug!("msn: got {}, expected QNG with seconds", Quoted(command.as_line())),
            Some(Some(seconds)) => {
                let asked = Duration::from_secs(seconds.min(3600)).saturating_sub(PING_MARGIN);
                self.ping.every = asked.clamp(PING_MIN, PING_MAX);
            }
        }
        None
    }

    /// `CHL 0 digits`, at any moment; the answer is due within about 50 s and is not always acknowledged, so nothing
    /// waits for it.
    pub(super) fn chl(&mut self, command: &Command<'_>) -> Step<'static> {
        let digits = command.field(1).unwrap_or_default();
        let product = self.dialect.product();
        let answer = product.answer(digits);
        let trid = self.next_trid();
        self.last_qry = Some(trid);
        self.outbox.command("QRY").number(trid).word(product.id).payload(&[answer.as_bytes()]);
        Ok(None)
    }
}

/// A PNG leaves this long before the server wants to have it.
const PING_MARGIN: Duration = Duration::from_secs(5);

//! The protocol clients, one for each account, and the way from what they tell into the state.
//!
//! It does not know what an event means.

use alloc::boxed::Box;

use super::state::State;
use crate::limits::QQ_REPLY_ROOM;
use crate::link::{Effect, Network};
use crate::time::{Instant, earlier};
use crate::{msnp, qq};

/// On the heap, so that moving an agent about does not take their weight in stack.
#[derive(Default)]
pub(super) struct Clients {
    pub(super) msn: Option<Box<msnp::Client>>,
    pub(super) qq: Option<Box<qq::Client>>,
}

/// What they weigh besides the agent itself.
pub(super) const MSN_OCTETS: usize = size_of::<msnp::Client>();
const _: () = assert!(size_of::<qq::Client>() + QQ_REPLY_ROOM <= 16 * 1024);

impl Clients {
    /// Lets the client of a network do something; what it tells goes into the state. Says whether there is one.
    pub(super) fn with(
        &mut self,
        now: Instant,
        state: &mut State,
        network: Network,
        msn: impl FnOnce(&mut msnp::Client, msnp::client::Sink<'_>),
        qq: impl FnOnce(&mut qq::Client, qq::client::Sink<'_>),
    ) -> bool {
        match (network, &mut self.msn, &mut self.qq) {
            (Network::Msn, Some(client), _) => msn(client, &mut |event| state.msn(now, event)),
            (Network::Qq, _, Some(client)) => qq(client, &mut |event| state.qq(now, event)),
            (Network::Msn | Network::Qq, ..) => return false,
        }
        true
    }

    /// Those whose deadline has come do what is due.
    pub(super) fn tick(&mut self, now: Instant, state: &mut State) {
        for network in Network::ALL {
            if self.due_at(network).is_some_and(|at| at <= now) {
                self.with(
                    now,
                    state,
                    network,
                    |msn, sink| msn.tick(now, sink),
                    |qq, sink| qq.tick(now, sink),
                );
            }
        }
    }

    /// When [`Clients::tick`] is due.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        Network::ALL.into_iter().fold(None, |at, network| earlier(at, self.due_at(network)))
    }

    /// What is to be done with links; call until `None`.
    pub(super) fn poll(&mut self) -> Option<Effect<'_>> {
        let msn = self.msn.as_mut().and_then(|client| client.poll());
        msn.or_else(|| self.qq.as_mut().and_then(|client| client.poll()))
    }

    fn due_at(&self, network: Network) -> Option<Instant> {
        match network {
            Network::Msn => self.msn.as_ref()?.wake_at(),
            Network::Qq => self.qq.as_ref()?.wake_at(),
        }
    }
}

//! What must hold after every step of an agent: the light is never wrong, and what was said is accounted for.

use nudged::frame::Look;
use nudged::presence::LinkState;

use super::World;
use crate::desk::{BOBS, Desk, LINK, LOOKS, ME, POST};

impl World {
    /// The light is never wrong, and what was said is accounted for.
    pub(super) fn check(&mut self, desk: usize) {
        let it = &self.desks[desk];
        if let Err(what) = self.lights(it).and_then(|()| self.words(it)) {
            self.fail(&format!("desk {desk}: {what}"));
        }
    }

    fn lights(&self, it: &Desk) -> Result<(), String> {
        let looks = [BOBS, POST, LINK, ME].map(|led| it.led(led));
        if it.stopped || it.link == LinkState::Stopped {
            let dark = looks.iter().all(|look| *look == Look::OFF);
            return if dark { Ok(()) } else { Err(format!("stopped, but lit: {looks:?}")) };
        }
        let links = LOOKS.of_link(it.link);
        if it.link == LinkState::Stopping {
            return Ok(());
        }
        if it.led(LINK) != links {
            return Err(format!("the link is {}, its light {:?}", it.link, it.led(LINK)));
        }
        if it.link != LinkState::Online {
            // Neither a link that is not there nor one that does not answer justifies a friend's colour.
            let honest = looks.iter().all(|look| *look == links);
            return if honest { Ok(()) } else { Err(format!("the link is {}, lights {looks:?}", it.link)) };
        }
        if let Some(claimed) = it.claimed(BOBS)
            && !self.truth.iter().any(|(_, true_then)| *true_then == claimed)
        {
            return Err(format!("Bob is shown as {claimed}, but was {:?}", self.truth));
        }
        Ok(())
    }

    fn words(&self, it: &Desk) -> Result<(), String> {
        for (text, tally) in it.replies.iter().filter(|(text, _)| !text.is_empty()) {
            let heard: usize =
                self.guests.iter().map(|guest| guest.heard.iter().filter(|said| *said == text).count()).sum();
            let ended = tally.delivered + tally.failed + tally.unsure;
            if ended > tally.begun || tally.delivered > heard || heard > tally.begun {
                return Err(format!("reply {text:?} was heard {heard} times: {tally:?}"));
            }
        }
        match it.messages.iter().find(|(_, count)| **count > 1) {
            Some((message, count)) => Err(format!("received {count} times: {message}")),
            None => Ok(()),
        }
    }
}

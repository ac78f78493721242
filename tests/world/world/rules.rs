//! What must hold after every step of an agent: the light is never wrong, and what was said is accounted for.

use nudged::frame::Look;
use nudged::presence::LinkState;

use super::{Truth, World};
use crate::desk::{BOBS, Desk, LINK, LOOKS, ME, POST, QQ_LINK, WEIS};

impl World {
    /// The light is never wrong, and what was said is accounted for.
    pub(super) fn check(&mut self, desk: usize) {
        let it = &self.desks[desk];
        if let Err(what) = self.lights(it).and_then(|()| self.words(it)) {
            self.fail(&format!("desk {desk}: {what}"));
        }
    }

    fn lights(&self, it: &Desk) -> Result<(), String> {
        let qq = it.qq.unwrap_or(it.link);
        if it.stopped || (it.link == LinkState::Stopped && qq == LinkState::Stopped) {
            let dark = it.frame.leds.iter().all(|look| *look == Look::OFF);
            return if dark { Ok(()) } else { Err(format!("stopped, but lit: {:?}", it.frame.leds)) };
        }
        let stops = |link| matches!(link, LinkState::Stopping | LinkState::Stopped);
        if stops(it.link) || stops(qq) {
            return Ok(());
        }
        own_link(it, it.link, LINK, BOBS, &self.truth)?;
        if it.qq.is_some() {
            own_link(it, qq, QQ_LINK, WEIS, &self.qq_truth)?;
        }
        // What is about everybody is honest while one link is up, what is about ourselves only while all are.
        let links = [it.link, qq];
        let up = |link: &LinkState| *link == LinkState::Online;
        let of_a_link = |led| links.iter().any(|link| it.led(led) == LOOKS.of_link(*link));
        if !links.iter().any(up) && !of_a_link(POST) {
            return Err(format!("the links are {links:?}, the light for messages {:?}", it.led(POST)));
        }
        if !links.iter().all(up) && !of_a_link(ME) {
            return Err(format!("the links are {links:?}, the light for ourselves {:?}", it.led(ME)));
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

/// Neither a link that is not there nor one that does not answer justifies a friend's colour.
fn own_link(it: &Desk, link: LinkState, own: usize, friend: usize, truth: &Truth) -> Result<(), String> {
    let honest = |led| it.led(led) == LOOKS.of_link(link);
    if !honest(own) {
        return Err(format!("the link is {link}, its light {:?}", it.led(own)));
    }
    if link != LinkState::Online && !honest(friend) {
        return Err(format!("the link is {link}, the light of LED {friend} is {:?}", it.led(friend)));
    }
    match it.claimed(friend).filter(|claimed| link == LinkState::Online && !truth.allows(*claimed)) {
        Some(claimed) => Err(format!("LED {friend} claims {claimed}, but it was {truth:?}")),
        None => Ok(()),
    }
}

//! What the lights show: a pure function of the whole state.
//!
//! It does not know what happened, only what is: nothing is ever switched on, so nothing has to be restored. Layers,
//! bottom up: the subject itself, messages waiting, one-shots, the subject's link. Rules for single contacts belong
//! between the first two, a person's override above all.

use heapless::Vec;

use super::palette::Palette;
use super::roster::{Known, at_hand};
use super::settings::{Light, Member, Settings, Subject, Whose};
use super::state::{Effect, State, Stop};
use crate::frame::Look;
use crate::limits::LEDS_MAX;
use crate::msnp::Lists;
use crate::presence::{LinkState, Presence};

/// The look of every LED, in the order of the settings. Of several lights on one LED the last that has something to
/// show wins; an LED without a light is dark.
pub(super) fn looks(settings: &Settings, state: &State) -> Vec<Look, LEDS_MAX> {
    let leds = settings.leds.iter().enumerate().take(LEDS_MAX);
    leds.map(|(led, _)| {
        let on_it = |light: &&Light| light.leds.iter().any(|other| usize::from(*other) == led);
        let lights = settings.lights.iter().filter(on_it);
        lights.filter_map(|light| look(light, state)).next_back().unwrap_or(Look::OFF)
    })
    .collect()
}

/// What one light has to show: the topmost layer that has something to say.
fn look(light: &Light, state: &State) -> Option<Look> {
    let palette = &light.palette;
    match state.stop {
        Stop::Running => {}
        Stop::Asked(_) => return Some(palette.of_link(LinkState::Stopping)),
        Stop::Done | Stop::Told => return Some(Look::OFF),
    }
    // A stale link shows, too: what it last told may be over by now.
    if matches!(light.subject, Subject::Link(_)) || state.link != LinkState::Online {
        return Some(palette.of_link(state.link));
    }
    one_shot(light, state).or_else(|| waiting(light, state)).or_else(|| base(light, state))
}

/// The newest one-shot about somebody the light is about.
fn one_shot(light: &Light, state: &State) -> Option<Look> {
    let whose = whose(&light.subject)?;
    let shot = state.shots.iter().rev().find(|shot| concerns(whose, state, &shot.who))?;
    Some(match shot.what {
        Effect::Nudge => light.palette.nudge,
        Effect::Delivered => light.palette.delivered,
        Effect::Failed => light.palette.failed,
    })
}

fn waiting(light: &Light, state: &State) -> Option<Look> {
    let whose = whose(&light.subject)?;
    state.latch.iter().any(|row| concerns(whose, state, &row.from)).then_some(light.palette.waiting)
}

/// What the subject itself shows.
fn base(light: &Light, state: &State) -> Option<Look> {
    let palette = &light.palette;
    match &light.subject {
        Subject::PresenceOf(whose) => Some(presence_look(palette, state, presence_of(whose, state))),
        Subject::MessagesOf(_) => None,
        Subject::OwnStatus => {
            let unknown = || presence_look(palette, state, Presence::Unknown);
            Some(state.own.map_or_else(unknown, |status| palette.of_status(status)))
        }
        Subject::Link(_) => Some(palette.of_link(state.link)),
        Subject::Mail => (state.mail > 0).then_some(palette.mail),
    }
}

/// Until the presences of the sign-in are in, what is unknown is still signing in.
fn presence_look(palette: &Palette, state: &State, presence: Presence) -> Look {
    if presence == Presence::Unknown && state.settle_at.is_some() {
        palette.of_link(LinkState::SigningIn)
    } else {
        palette.of_presence(presence)
    }
}

/// The presence of the one most at hand.
fn presence_of(whose: &Whose, state: &State) -> Presence {
    let most = |a: Presence, b: Presence| if at_hand(b) < at_hand(a) { b } else { a };
    let nearest = |known: &mut dyn Iterator<Item = Known<'_>>| known.map(|known| known.presence).reduce(most);
    let found = match whose {
        Whose::Everyone => nearest(&mut state.roster.followed()),
        Whose::These(members) => members
            .iter()
            .filter_map(|member| match member {
                Member::Account(account) => followed(state, account).map(|known| known.presence),
                Member::Group(name) => {
                    let bits = state.roster.group_named(name);
                    nearest(&mut state.roster.followed().filter(|known| known.groups & bits != 0))
                }
            })
            .reduce(most),
    };
    found.unwrap_or(Presence::Unknown)
}

/// Whether somebody is among those a light is about.
fn concerns(whose: &Whose, state: &State, who: &str) -> bool {
    let Whose::These(members) = whose else { return true };
    members.iter().any(|member| match member {
        Member::Account(account) => account.eq_ignore_ascii_case(who),
        Member::Group(name) => {
            followed(state, who).is_some_and(|known| known.groups & state.roster.group_named(name) != 0)
        }
    })
}

fn followed<'a>(state: &'a State, account: &str) -> Option<Known<'a>> {
    state.roster.find(account).filter(|known| known.lists.contains(Lists::FL))
}

/// Whose messages and effects a light shows.
const fn whose(subject: &Subject) -> Option<&Whose> {
    match subject {
        Subject::PresenceOf(whose) | Subject::MessagesOf(whose) => Some(whose),
        Subject::OwnStatus | Subject::Link(_) | Subject::Mail => None,
    }
}

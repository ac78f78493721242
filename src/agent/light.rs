//! What the lights show: a pure function of the whole state.
//!
//! It does not know what happened, only what is: nothing is ever switched on, so nothing has to be restored. Layers,
//! bottom up: the subject itself, messages waiting, one-shots, the subject's link. Rules for single contacts belong
//! between the first two, a person's override above all.

use heapless::Vec;

use super::accounts::Account;
use super::roster::{Known, at_hand};
use super::settings::{Light, Member, Settings, Subject, Whose};
use super::state::{Effect, State, Stop};
use crate::frame::Look;
use crate::limits::LEDS_MAX;
use crate::link::Network;
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
    if let Subject::Link(network) = light.subject {
        let link = state.accounts.of(network).map_or(LinkState::Starting, |account| account.link);
        return Some(palette.of_link(link));
    }
    if let Some(link) = troubled(&light.subject, state) {
        return Some(palette.of_link(link));
    }
    one_shot(light, state).or_else(|| waiting(light, state)).or_else(|| base(light, state))
}

/// The link that keeps a light from telling anything: there is none up among those its subject depends on. A stale link
/// is not up, for what it last told may be over by now. We are somewhere only if we are everywhere.
fn troubled(subject: &Subject, state: &State) -> Option<LinkState> {
    let some_online = accounts(subject, state).any(Account::is_online);
    let all_needed = *subject == Subject::OwnStatus;
    if some_online && !all_needed {
        return None;
    }
    worst_link(subject, state)
}

/// Of the links a subject depends on, the one that most needs a look; `None` if all are up. Where there is no account
/// at all, nothing has begun.
fn worst_link(subject: &Subject, state: &State) -> Option<LinkState> {
    if accounts(subject, state).next().is_none() {
        return Some(LinkState::Starting);
    }
    let down = accounts(subject, state).filter(|account| !account.is_online());
    down.map(|account| account.link).max_by_key(|link| gravity(*link))
}

/// How much a link needs a look.
const fn gravity(link: LinkState) -> u8 {
    match link {
        LinkState::Online => 0,
        LinkState::Stale => 1,
        LinkState::SigningIn => 2,
        LinkState::Connecting => 3,
        LinkState::Starting => 4,
        LinkState::Stopped => 5,
        LinkState::Stopping => 6,
        LinkState::Lost => 7,
        LinkState::Elsewhere => 8,
        LinkState::Refused => 9,
    }
}

/// The accounts a subject depends on.
fn accounts<'a>(subject: &'a Subject, state: &'a State) -> impl Iterator<Item = &'a Account> {
    state.accounts.iter().filter(|account| depends(subject, account.network))
}

fn depends(subject: &Subject, network: Network) -> bool {
    match subject {
        Subject::PresenceOf(whose) | Subject::MessagesOf(whose) => match whose {
            Whose::Everyone => true,
            Whose::These(members) => members.iter().any(|member| match member {
                Member::Account(account) => Network::of(account) == network,
                Member::Group(_) => network == Network::Msn,
            }),
        },
        Subject::OwnStatus => true,
        Subject::Link(of) => *of == network,
        Subject::Mail => network == Network::Msn,
    }
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
        Subject::PresenceOf(whose) => Some(presence_look(light, state, presence_of(whose, state))),
        Subject::MessagesOf(_) | Subject::Link(_) => None,
        Subject::OwnStatus => Some(own_look(light, state)),
        Subject::Mail => (state.mail > 0).then_some(palette.mail),
    }
}

/// Our status; where we have different ones, that on the first network.
fn own_look(light: &Light, state: &State) -> Look {
    let own = state.accounts.iter().find_map(|account| account.own);
    own.map_or_else(
        || presence_look(light, state, Presence::Unknown),
        |status| light.palette.of_status(status),
    )
}

/// Until the presences of the sign-in are in, what is unknown is still signing in. And nobody is called absent while a
/// link is down behind which they may be.
fn presence_look(light: &Light, state: &State, presence: Presence) -> Look {
    let palette = &light.palette;
    let is_here = !matches!(presence, Presence::Unknown | Presence::Offline);
    let settling = || accounts(&light.subject, state).any(|account| account.settle_at.is_some());
    match worst_link(&light.subject, state).filter(|_| !is_here) {
        Some(link) => palette.of_link(link),
        None if presence == Presence::Unknown && settling() => palette.of_link(LinkState::SigningIn),
        None => palette.of_presence(presence),
    }
}

/// The presence of the one most at hand, of those whose link is up.
fn presence_of(whose: &Whose, state: &State) -> Presence {
    let most = |a: Presence, b: Presence| if at_hand(b) < at_hand(a) { b } else { a };
    let up = || state.accounts.iter().filter(|account| account.is_online());
    let nearest = |known: &mut dyn Iterator<Item = Known<'_>>| known.map(|known| known.presence).reduce(most);
    let found = match whose {
        Whose::Everyone => nearest(&mut up().flat_map(|account| account.roster.followed())),
        Whose::These(members) => members
            .iter()
            .filter_map(|member| match member {
                Member::Account(who) => {
                    let account = up().find(|account| account.network == Network::of(who))?;
                    account.roster.followed_one(who).map(|known| known.presence)
                }
                Member::Group(name) => {
                    let account = up().find(|account| account.network == Network::Msn)?;
                    nearest(&mut account.roster.in_group(name))
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
            state.accounts.of(Network::Msn).is_some_and(|account| account.roster.is_in_group(who, name))
        }
    })
}

/// Whose messages and effects a light shows.
const fn whose(subject: &Subject) -> Option<&Whose> {
    match subject {
        Subject::PresenceOf(whose) | Subject::MessagesOf(whose) => Some(whose),
        Subject::OwnStatus | Subject::Link(_) | Subject::Mail => None,
    }
}

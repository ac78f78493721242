//! An agent, what its board shows, and what it told: the side of the world a person sits at.

use std::collections::BTreeMap;

use nudged::agent::control::Answer;
use nudged::agent::{
    Action, Agent, Button, Display, Light, Member, Network, Notice, OwnStatus, Palette, Reason, Replies,
    Settings, Snapshot, Subject, Whose,
};
use nudged::emulator::ConnId;
use nudged::frame::{Frame, Look};
use nudged::http::Url;
use nudged::link::{Endpoint, Link};
use nudged::msnp::{self, Auth, Dialect, Outcome};
use nudged::presence::{LinkState, Presence, Status};
use nudged::qq::{self, Uin};
use nudged::text::Secret;
use nudged::time::Duration;

pub(crate) const DESK: &str = "desk@example.net";
pub(crate) const BOB: &str = "bob@example.net";
pub(crate) const WEI: &str = "qq:24259132";
/// The numbers of Wei and of the desk.
pub(crate) const WEI_UIN: u32 = 24_259_132;
pub(crate) const DESK_UIN: u32 = 29_501_213;
pub(crate) const LOOKS: Palette = Palette::MSN;

/// The LEDs: Bob's presence, everybody's messages, the link, our own status.
pub(crate) const BOBS: usize = 0;
pub(crate) const POST: usize = 1;
pub(crate) const LINK: usize = 2;
pub(crate) const ME: usize = 3;
/// With QQ: Wei's presence and the QQ link.
pub(crate) const WEIS: usize = 4;
pub(crate) const QQ_LINK: usize = 5;

/// The buttons.
pub(crate) const MENU: u8 = 0;
pub(crate) const SEEN: u8 = 1;
pub(crate) const STATUS: u8 = 2;
/// From here on one button for each reply.
pub(crate) const REPLY: u8 = 3;
pub(crate) const REPLIES: [&str; 4] = ["Yes", "No", "Five minutes ☕", "In a meeting"];
/// Long enough to be a hold, short enough to be a click; milliseconds.
pub(crate) const HOLD: u64 = 700;
pub(crate) const CLICK: u64 = 60;

/// The account with one dialect, at the dispatch server.
pub(crate) fn account(dialect: u8) -> msnp::Settings {
    let dialect = Dialect::parse(format!("MSNP{dialect}").as_bytes()).unwrap();
    let nexus = Url::parse(b"https://login.example.net/rdr/pprdr.asp").unwrap();
    msnp::Settings {
        server: Endpoint::parse(b"ds.example.net:1863", 1863).unwrap(),
        account: DESK.into(),
        password: Secret::new("nudge".into()),
        auth: if dialect.number() < 8 { Auth::Md5 } else { Auth::Tweener { nexus } },
        dialects: vec![dialect],
        status: Status::Online,
    }
}

/// The account on QQ.
pub(crate) fn qq_account() -> qq::Settings {
    qq::Settings {
        server: Url::parse(b"http://qq.example.net:8000").unwrap(),
        uin: Uin::new(DESK_UIN).unwrap(),
        password: Secret::new("nudge".into()),
        status: Status::Online,
        poll: qq::Settings::POLL,
        version: qq::Settings::VERSION.into(),
        lc: qq::Settings::LC.into(),
    }
}

/// The same desk with QQ beside MSN: two more lights.
pub(crate) fn settings_of_both(account: msnp::Settings) -> Settings {
    let mut settings = settings(account);
    settings.qq = Some(qq_account());
    settings.leds.extend(["wei", "qq"].map(String::from));
    let wei = Whose::These(vec![Member::Account(WEI.into())]);
    for (led, subject) in [(4, Subject::PresenceOf(wei)), (5, Subject::Link(Network::Qq))] {
        settings.lights.push(Light { leds: vec![led], subject, palette: LOOKS });
    }
    settings
}

/// A desk with four lights, a button for everything, and a display that stays on.
pub(crate) fn settings(account: msnp::Settings) -> Settings {
    let light = |led, subject| Light { leds: vec![led], subject, palette: LOOKS };
    let bob = Whose::These(vec![Member::Account(BOB.into())]);
    let mut buttons = vec![
        button("left", Action::NextReply, None, Some(Action::SendReply)),
        button("right", Action::Acknowledge, Some(Action::Nudge), Some(Action::NextPage)),
        button("third", Action::Wake, None, Some(Action::CycleStatus)),
    ];
    buttons.extend((0..4).map(|index| button("reply", Action::Reply(index), None, None)));
    Settings {
        msn: Some(account),
        qq: None,
        people: Vec::new(),
        leds: ["bob", "post", "link", "me"].map(String::from).into(),
        lights: vec![
            light(0, Subject::PresenceOf(bob)),
            light(1, Subject::MessagesOf(Whose::Everyone)),
            light(2, Subject::Link(Network::Msn)),
            light(3, Subject::OwnStatus),
        ],
        replies: Replies { texts: REPLIES.map(String::from).into(), ..Replies::default() },
        buttons,
        display: Display { blank_after: Duration::ZERO, ..Display::default() },
    }
}

fn button(name: &str, click: Action, double: Option<Action>, hold: Option<Action>) -> Button {
    Button { name: name.into(), click: Some(click), double, hold, ..Button::default() }
}

/// How often something sent came to each end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) begun: usize,
    pub(crate) delivered: usize,
    pub(crate) failed: usize,
    pub(crate) unsure: usize,
}

impl Tally {
    const fn count(&mut self, outcome: Outcome) {
        let end = match outcome {
            Outcome::Sending => &mut self.begun,
            Outcome::Delivered => &mut self.delivered,
            Outcome::Failed => &mut self.failed,
            Outcome::Unsure => &mut self.unsure,
        };
        *end += 1;
    }

    pub(crate) fn open(self) -> usize {
        self.begun - self.delivered - self.failed - self.unsure
    }
}

/// What the agent's own code allocated, events and frames together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) calls: u64,
    pub(crate) allocations: u64,
    /// What of it is still there.
    pub(crate) octets: i64,
}

/// An agent and everything seen of it.
pub(crate) struct Desk {
    pub(crate) agent: Agent,
    pub(crate) links: BTreeMap<Link, ConnId>,
    pub(crate) written: BTreeMap<Link, u64>,
    pub(crate) frame: Frame,
    pub(crate) link: LinkState,
    pub(crate) why: String,
    /// Every state the link went through.
    pub(crate) states: Vec<(u64, LinkState)>,
    pub(crate) own: Option<Status>,
    /// The QQ link, where there is one; the fields above are MSN's.
    pub(crate) qq: Option<LinkState>,
    /// Every state it went through.
    pub(crate) qq_states: Vec<(u64, LinkState)>,
    /// Texts received, by sender and words.
    pub(crate) messages: BTreeMap<String, usize>,
    /// Replies and nudges, by words; nudges have none.
    pub(crate) replies: BTreeMap<String, Tally>,
    /// The same to friends on QQ.
    pub(crate) qq_replies: BTreeMap<String, Tally>,
    /// All of both, by whom they are for.
    pub(crate) replies_to: BTreeMap<String, Tally>,
    pub(crate) wake: (Option<u64>, Reason),
    /// How often it was woken by its own deadlines, by reason, and by the network.
    pub(crate) woken: BTreeMap<String, u64>,
    pub(crate) stopped: bool,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) connects: usize,
    /// Answers to requests of people at shells, by their number.
    pub(crate) answers: BTreeMap<u32, Answer>,
    pub(crate) requests: u32,
    pub(crate) spent: Spent,
}

impl Desk {
    pub(crate) fn new(agent: Agent) -> Self {
        Self {
            agent,
            links: BTreeMap::new(),
            written: BTreeMap::new(),
            frame: Frame::default(),
            link: LinkState::Starting,
            why: String::new(),
            states: Vec::new(),
            own: None,
            qq: None,
            qq_states: Vec::new(),
            messages: BTreeMap::new(),
            replies: BTreeMap::new(),
            qq_replies: BTreeMap::new(),
            replies_to: BTreeMap::new(),
            wake: (Some(0), Reason::Nothing),
            woken: BTreeMap::new(),
            stopped: false,
            snapshot: None,
            connects: 0,
            answers: BTreeMap::new(),
            requests: 0,
            spent: Spent::default(),
        }
    }

    pub(crate) fn led(&self, led: usize) -> Look {
        self.frame.leds.get(led).copied().unwrap_or(Look::OFF)
    }

    /// How often the MSN account signed in between two moments.
    pub(crate) fn sign_ins(&self, from: u64, to: u64) -> usize {
        sign_ins(&self.states, from, to)
    }

    /// The same of QQ.
    pub(crate) fn qq_sign_ins(&self, from: u64, to: u64) -> usize {
        sign_ins(&self.qq_states, from, to)
    }

    pub(crate) fn rows(&self) -> Vec<&str> {
        self.frame.screen.rows.iter().map(|row| row.trim_end()).collect()
    }

    pub(crate) fn notice(&mut self, now: u64, notice: &Notice) {
        match notice {
            Notice::Link { network: Network::Qq, state, .. } => {
                self.qq = Some(*state);
                self.qq_states.push((now, *state));
            }
            Notice::Link { state, why, .. } => {
                self.link = *state;
                self.why = why.to_string();
                self.states.push((now, *state));
            }
            Notice::Own { network: Network::Msn, status } => {
                self.own = if let OwnStatus::Is(status) = status { Some(*status) } else { None };
            }
            Notice::Message { from, text, .. } if !text.is_empty() => {
                *self.messages.entry(format!("{from}: {text}")).or_default() += 1;
            }
            Notice::Reply { to, text, outcome, .. } => {
                let replies = match Network::of(to) {
                    Network::Msn => &mut self.replies,
                    Network::Qq => &mut self.qq_replies,
                };
                replies.entry(text.to_string()).or_default().count(*outcome);
                self.replies_to.entry(to.to_string()).or_default().count(*outcome);
            }
            _ => {}
        }
    }

    /// The presence a light claims, if it claims one.
    pub(crate) fn claimed(&self, led: usize) -> Option<Presence> {
        use Presence::{Away, Brb, Busy, Idle, Lunch, Offline, Online, Phone};
        let all = [Online, Away, Busy, Idle, Brb, Phone, Lunch, Offline];
        all.into_iter().find(|presence| LOOKS.of_presence(*presence) == self.led(led))
    }
}

fn sign_ins(states: &[(u64, LinkState)], from: u64, to: u64) -> usize {
    let mut was = LinkState::Starting;
    let mut count = 0;
    for &(at, state) in states {
        let new = state == LinkState::Online && was != LinkState::Stale;
        count += usize::from(new && (from..to).contains(&at));
        was = state;
    }
    count
}

//! What an emulated service does where real ones differ: addresses, dialects, challenges, keepalive, spelling.
//! It does not know accounts or faults.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Dialect;

/// Everything about the service that is no account and no fault.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address of the dispatch door, `host:port`, named as the current server in XFR NS from MSNP7.
    pub dispatch: String,
    /// Address of the notification door, `host:port`, as XFR NS gives it.
    pub notification: String,
    /// Address of the switchboard door, `host:port`, as XFR SB and RNG give it.
    pub switchboard: String,
    /// Where Passport is reached, `https://host:port`, as the nexus gives it.
    pub passport: String,
    /// The dialects spoken, 2 to 12.
    pub dialects: RangeInclusive<u8>,
    /// When CHL is sent, from MSNP6.
    pub challenges: Challenges,
    /// How PNG is answered.
    pub qng: Qng,
    /// Unread mails told after the first CHG; `None`: no initial mail notice.
    pub unread_mail: Option<u32>,
    /// The salt of USR MD5; `None`: one constant salt an account `[observed: Escargot]`.
    pub salt: Option<String>,
    /// How long a Passport ticket is good: 30 s `[observed: Escargot]`.
    pub ticket_life: Duration,
    /// How many times the login server answers 302 before it lets a client in.
    pub redirects: u8,
    /// A switchboard nobody wrote on for this long is closed with `BYE who 1`; `None`: never `[observed: Escargot]`.
    pub switchboard_idle: Option<Duration>,
    /// Connections at once; further ones are closed on arrival.
    pub clients_max: usize,
    /// How things are spelt.
    pub style: Style,
    /// The HTTP QQ interface.
    pub qq: super::qq::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dispatch: "127.0.0.1:1863".into(),
            notification: "127.0.0.1:1863".into(),
            switchboard: "127.0.0.1:1864".into(),
            passport: "https://localhost:443".into(),
            dialects: Dialect::OLDEST.0..=Dialect::NEWEST.0,
            challenges: Challenges::AfterFirstChg,
            qng: Qng::ByDialect,
            unread_mail: None,
            salt: None,
            ticket_life: Duration::from_secs(30),
            redirects: 0,
            switchboard_idle: None,
            clients_max: 256,
            style: Style::default(),
            qq: super::qq::Options::default(),
        }
    }
}

/// When a client is challenged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenges {
    /// Never, unless [`Service::challenge`](super::Service::challenge) asks for one.
    Off,
    /// Once, after the first CHG.
    AfterFirstChg,
    /// This long after the first CHG, and again each time.
    Every(Duration),
}

/// The answer to PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qng {
    /// `QNG` until MSNP8, `QNG 60` from MSNP9 `[observed: Escargot]`.
    ByDialect,
    /// Always `QNG`.
    Bare,
    /// Always `QNG` with these seconds.
    Seconds(u32),
}

/// The answer to VER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerAnswer {
    /// One dialect, the highest in common `[observed: Escargot]`.
    Single,
    /// One dialect and `CVR0` `[seed 000]`.
    WithCvr0,
    /// Every dialect of the client that the service speaks `[seed 001]`.
    Echo,
}

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// UTF-8 as it is; only `%`, space and control characters as `%XX` `[observed: Escargot]`.
    Raw,
    /// Everything but unreserved characters as `%XX` `[seed 000]`.
    Escaped,
}

/// Spelling and small manners in which real services and documents differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// The answer to VER.
    pub ver: VerAnswer,
    /// Names in answers and notices.
    pub names: Names,
    /// The minimum version in the CVR answer; `None`: the client's own, as the recommended one always is
    /// `[observed: Escargot]`.
    pub minimum_version: Option<String>,
    /// The download and information addresses of the CVR answer.
    pub version_addresses: [String; 2],
    /// `XFR n NS address 0 current` from MSNP7; otherwise the current address is left out `[seed 001]`.
    pub xfr_names_current: bool,
    /// `USR n OK address name` alone, without the flags `1` and `1 0` `[seed 001]`.
    pub bare_ok: bool,
    /// The profile message after signing in.
    pub profile: bool,
    /// SYN with the present serial is answered without lists; Escargot never does that.
    pub short_syn: bool,
    /// LST of MSNP10 to 12 ends in a space when the contact has no group `[observed: Escargot]`.
    pub trailing_space: bool,
    /// PRP of SYN without TrId and BPR without address at MSNP5 to 7 `[observed: Escargot]`.
    pub lean_phone_rows: bool,
    /// `LST n RL` is answered with that list until MSNP7 `[seed 001]`; Escargot is silent.
    pub list_requests: bool,
    /// 215, 216 and 219 for list edits that change nothing `[seed 000]`; Escargot accepts most of them.
    pub strict_lists: bool,
    /// 200, 300 and 302 for commands that are unknown, too short or too early `[seed 000]`; Escargot is silent.
    pub complains: bool,
    /// ACK whatever became of a message `[observed: Escargot]`; otherwise NAK when nobody else is in the room.
    pub always_ack: bool,
    /// Tickets are `t=…&p=…` `[seed 000]`; otherwise 20 hex digits `[observed: Escargot]`.
    pub long_tickets: bool,
    /// Session ids and keys are hex words `[observed: Escargot]`; otherwise numbers `[seed 001]`.
    pub hex_ids: bool,
    /// After an empty line nothing is answered any more `[observed: Escargot]`; otherwise it is skipped.
    pub blank_lines_wedge: bool,
    /// `DALogin=` names the scheme `[observed: Escargot]`; otherwise host and path only, further keys after it.
    pub login_with_scheme: bool,
}

impl Default for Style {
    /// What most servers have in common: short lists, honest ACKs, raw names, numbers for ids, long tickets.
    fn default() -> Self {
        Self {
            ver: VerAnswer::Single,
            names: Names::Raw,
            minimum_version: None,
            version_addresses: [
                "http://messenger.example.net/get".into(),
                "http://messenger.example.net".into(),
            ],
            xfr_names_current: true,
            bare_ok: false,
            profile: true,
            short_syn: true,
            trailing_space: false,
            lean_phone_rows: false,
            list_requests: true,
            strict_lists: false,
            complains: false,
            always_ack: false,
            long_tickets: true,
            hex_ids: false,
            blank_lines_wedge: true,
            login_with_scheme: false,
        }
    }
}

impl Style {
    /// As the Escargot server was observed.
    #[must_use]
    pub fn escargot() -> Self {
        Self {
            short_syn: false,
            trailing_space: true,
            lean_phone_rows: true,
            list_requests: false,
            always_ack: true,
            long_tickets: false,
            hex_ids: true,
            login_with_scheme: true,
            ..Self::default()
        }
    }

    /// As seeds 000 and 001 print it.
    #[must_use]
    pub fn documents() -> Self {
        Self {
            ver: VerAnswer::Echo,
            minimum_version: Some("1.0.0863".into()),
            xfr_names_current: false,
            bare_ok: true,
            strict_lists: true,
            complains: true,
            blank_lines_wedge: false,
            ..Self::default()
        }
    }
}

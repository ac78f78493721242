//! What can be made to go wrong: one list of faults, their words, and which of them are armed for whom.
//! It does not carry them out; the place that answers asks here first.

use std::time::Duration;

use super::Door;

/// Something that goes wrong on purpose. [`Fault::parse`] reads the words given after each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `silence STEP`: the command is read and nothing happens.
    Silence(Step),
    /// `refuse STEP CODE`: an error code (an HTTP status at `nexus` and `login`) instead of the answer.
    Refuse(Step, u16),
    /// `hang-up STEP`: the connection is closed instead of the answer.
    HangUp(Step),
    /// `wrong-trid STEP`: the answer carries another transaction id.
    WrongTrId(Step),
    /// `cut DOOR OCTETS`: a connection to that door is closed after so many octets were sent to it.
    Cut(Door, usize),
    /// `drip`: every octet is sent by itself.
    Drip,
    /// `no-qng`: PNG is never answered.
    NoQng,
    /// `out REASON SECONDS`: so long after signing in, `OUT` (`OTH`, `SSD`, `TOU`, `MIG`, `RCT:3`; `bare` for none).
    Out(Leave, Duration),
    /// `move ADDRESS SECONDS`: so long after signing in, `XFR 0 NS ADDRESS`; an address of `0` means "start over".
    Move(String, Duration),
    /// `redirect ADDRESS`: USR is answered with `XFR n NS ADDRESS`.
    Redirect(String),
    /// `never-joins`: whoever is called is never rung.
    NeverJoins,
    /// `nak`: messages that ask for an answer get NAK and are not delivered.
    Nak,
    /// `lost-before-join`: the switchboard dies as the called one joins.
    LostBeforeJoin,
    /// `lost-after-message`: the switchboard dies on the first message, undelivered, without ACK.
    LostAfterMessage,
    /// `stale-key`: RNG gives a key the switchboard does not take.
    StaleKey,
    /// `noise`: unknown commands between the known ones.
    Noise,
    /// `noise-payload`: commands with a payload nobody asked for, whose payload looks like `OUT OTH`.
    NoisePayload,
    /// `garbage`: lines of octets that are no text between the known ones.
    Garbage,
    /// `qq WORDS`: what those words say, at the QQ door.
    Qq(super::qq::Fault),
    /// `once FAULT`: gone after it happened once.
    Once(Box<Self>),
    /// `for ACCOUNT FAULT`: only for connections known to be that account's.
    For(String, Box<Self>),
}

/// A moment at which the service would answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the verb it is named after; see STEPS for the words")]
pub enum Step {
    /// A connection was accepted; silence here means nothing is ever answered on it.
    Connect,
    Ver,
    Inf,
    Cvr,
    /// `USR … I`.
    UsrInitial,
    /// `USR … S`.
    UsrSubsequent,
    Syn,
    Chg,
    Png,
    Qry,
    Xfr,
    Add,
    Adc,
    Rem,
    Adg,
    Rmg,
    Reg,
    Rea,
    Prp,
    Sbp,
    Blp,
    Gtc,
    Uux,
    Url,
    Lst,
    /// `USR` on a switchboard.
    BoardUsr,
    Ans,
    Cal,
    Msg,
    /// GET of the Passport nexus.
    Nexus,
    /// GET of the Passport login.
    Login,
}

/// Why a session is ended by `OUT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// `OUT` alone.
    Bare,
    /// `OUT OTH`: signed in elsewhere.
    Elsewhere,
    /// `OUT SSD`: the server goes down.
    ShuttingDown,
    /// `OUT TOU`: the terms of use must be read.
    TermsOfUse,
    /// `OUT MIG`: the lists moved; sign in again.
    Migrated,
    /// `OUT RCT n`: sign in again after so many minutes.
    Reconnect(u32),
}

impl Leave {
    /// The line, without its end.
    pub(crate) fn line(self) -> String {
        match self {
            Self::Bare => "OUT".into(),
            Self::Elsewhere => "OUT OTH".into(),
            Self::ShuttingDown => "OUT SSD".into(),
            Self::TermsOfUse => "OUT TOU".into(),
            Self::Migrated => "OUT MIG".into(),
            Self::Reconnect(minutes) => format!("OUT RCT {minutes}"),
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "bare" => Self::Bare,
            "OTH" => Self::Elsewhere,
            "SSD" => Self::ShuttingDown,
            "TOU" => Self::TermsOfUse,
            "MIG" => Self::Migrated,
            _ => Self::Reconnect(word.strip_prefix("RCT:")?.parse().ok()?),
        })
    }
}

impl Step {
    /// The step of a verb at a door.
    pub(crate) fn of(door: Door, verb: &str, phase: &str) -> Option<Self> {
        let word = match (door, verb) {
            (Door::Switchboard, "USR") => "board-usr",
            (_, "USR") if phase == "I" => "usr-i",
            (_, "USR") => "usr-s",
            (_, verb) => verb,
        };
        Self::parse(word)
    }

    /// The step of a word: a verb in any letter case, `connect`, `usr-i`, `usr-s`, `board-usr`, `nexus` or `login`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        STEPS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|&(_, step)| step)
    }
}

impl Fault {
    /// What can be made to go wrong, for people: a line for each fault, and the words for steps and doors.
    #[must_use]
    pub fn help() -> String {
        let rows = MEANINGS.iter().map(|(words, meaning)| format!("  {words:<24}{meaning}\n"));
        let steps = STEPS.map(|(name, _)| name);
        let steps = steps.chunks(10).map(|names| format!("  {}\n", names.join(" ")));
        format!(
            "Faults:\n{}\nSTEP is what would be answered, a command or a moment:\n{}\n\
             DOOR is dispatch, notification, switchboard, passport or qq.\n\n{}",
            rows.collect::<String>(),
            steps.collect::<String>(),
            super::qq::Fault::help()
        )
    }

    /// Reads the words of a fault, as the variants of [`Fault`] give them; words are separated by blanks.
    /// Seconds may be left out (then 10).
    ///
    /// # Errors
    ///
    /// A sentence that names what was found and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let rest = rest.trim();
        let mut words = rest.split_whitespace();
        let fault = match word {
            "once" => return Ok(Self::Once(Box::new(Self::parse(rest)?))),
            "for" => {
                let (account, rest) =
                    rest.split_once(' ').ok_or("fault \"for\" needs an account and a fault")?;
                return Ok(Self::For(account.into(), Box::new(Self::parse(rest)?)));
            }
            "qq" => return super::qq::Fault::parse(rest).map(Self::Qq),
            "silence" => Self::Silence(step(words.next())?),
            "refuse" => Self::Refuse(step(words.next())?, number(words.next(), "an error code")?),
            "hang-up" => Self::HangUp(step(words.next())?),
            "wrong-trid" => Self::WrongTrId(step(words.next())?),
            "cut" => Self::Cut(door(words.next())?, number(words.next(), "a number of octets")?),
            "out" => Self::Out(leave(words.next())?, seconds(words.next())?),
            "move" => Self::Move(address(words.next())?, seconds(words.next())?),
            "redirect" => Self::Redirect(address(words.next())?),
            "drip" => Self::Drip,
            "no-qng" => Self::NoQng,
            "never-joins" => Self::NeverJoins,
            "nak" => Self::Nak,
            "lost-before-join" => Self::LostBeforeJoin,
            "lost-after-message" => Self::LostAfterMessage,
            "stale-key" => Self::StaleKey,
            "noise" => Self::Noise,
            "noise-payload" => Self::NoisePayload,
            "garbage" => Self::Garbage,
            _ => {
                let known = firsts(&MEANINGS);
                return Err(format!("fault {word:?} is unknown; expected one of: {known}"));
            }
        };
        match words.next() {
            Some(word) => Err(format!("fault {text:?} has {word:?} too much")),
            None => Ok(fault),
        }
    }
}

fn step(word: Option<&str>) -> Result<Step, String> {
    let names = || STEPS.map(|(name, _)| name).join(" ");
    let word = word.ok_or_else(|| format!("fault needs a step; expected one of: {}", names()))?;
    Step::parse(word).ok_or_else(|| format!("step {word:?} is unknown; expected one of: {}", names()))
}

fn door(word: Option<&str>) -> Result<Door, String> {
    Ok(match word {
        Some("dispatch") => Door::Dispatch,
        Some("notification") => Door::Notification,
        Some("switchboard") => Door::Switchboard,
        Some("passport") => Door::Passport,
        Some("qq") => Door::Qq,
        word => {
            return Err(format!(
                "door {:?} is unknown; expected dispatch, notification, switchboard, passport or qq",
                word.unwrap_or_default()
            ));
        }
    })
}

fn leave(word: Option<&str>) -> Result<Leave, String> {
    let word = word.unwrap_or("bare");
    Leave::parse(word).ok_or_else(|| {
        format!("reason {word:?} is unknown; expected bare, OTH, SSD, TOU, MIG or RCT:MINUTES")
    })
}

fn address(word: Option<&str>) -> Result<String, String> {
    word.map(str::to_owned).ok_or_else(|| "fault needs an address; expected host:port or 0".into())
}

/// The words themselves, of words with their meanings.
pub(super) fn firsts(meanings: &[(&str, &str)]) -> String {
    let firsts: Vec<&str> = meanings.iter().filter_map(|(words, _)| words.split(' ').next()).collect();
    firsts.join(" ")
}

pub(super) fn number<T: std::str::FromStr>(word: Option<&str>, what: &str) -> Result<T, String> {
    let word = word.unwrap_or_default();
    word.parse().map_err(|_| format!("{word:?} is no number; expected {what}"))
}

pub(super) fn seconds(word: Option<&str>) -> Result<Duration, String> {
    number(word.or(Some("10")), "seconds").map(|seconds: u32| Duration::from_secs(seconds.into()))
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    armed: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    account: Option<String>,
    once: bool,
}

impl Faults {
    pub(crate) fn arm(&mut self, fault: Fault) {
        let mut armed = Armed { fault, account: None, once: false };
        loop {
            armed.fault = match armed.fault {
                Fault::Once(inner) => {
                    armed.once = true;
                    *inner
                }
                Fault::For(account, inner) => {
                    armed.account = Some(account);
                    *inner
                }
                fault => {
                    armed.fault = fault;
                    break;
                }
            };
        }
        self.armed.push(armed);
    }

    pub(crate) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.armed.len()
    }

    /// What the first armed fault that `pick` knows says, for a connection of `account`; one armed once is used up.
    pub(crate) fn strike<T>(
        &mut self,
        account: Option<&str>,
        pick: impl Fn(&Fault) -> Option<T>,
    ) -> Option<T> {
        let (at, found) = self.find(account, pick)?;
        if self.armed[at].once {
            self.armed.remove(at);
        }
        Some(found)
    }

    /// As [`Faults::strike`], without using it up.
    pub(crate) fn peek<T>(&self, account: Option<&str>, pick: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        self.find(account, pick).map(|(_, found)| found)
    }

    fn find<T>(&self, account: Option<&str>, pick: impl Fn(&Fault) -> Option<T>) -> Option<(usize, T)> {
        self.armed.iter().enumerate().find_map(|(at, armed)| {
            let meant = armed.account.is_none() || armed.account.as_deref() == account;
            meant.then(|| pick(&armed.fault)).flatten().map(|found| (at, found))
        })
    }
}

/// The words [`Fault::parse`] knows with what follows each, and what it does.
const MEANINGS: [(&str, &str); 21] = [
    ("silence STEP", "read the command, and do nothing"),
    ("refuse STEP CODE", "answer with an error code; nexus and login with an HTTP status"),
    ("hang-up STEP", "close the connection instead of answering"),
    ("wrong-trid STEP", "answer with another transaction id"),
    ("cut DOOR OCTETS", "close a connection after so many octets were sent to it"),
    ("drip", "send every octet by itself"),
    ("no-qng", "never answer PNG"),
    ("out REASON [SECONDS]", "OUT so long after signing in: bare, OTH, SSD, TOU, MIG or RCT:MINUTES"),
    ("move ADDRESS [SECONDS]", "XFR 0 NS so long after signing in; the address 0 means \"start over\""),
    ("redirect ADDRESS", "answer USR with XFR NS"),
    ("never-joins", "whoever is called is never rung"),
    ("nak", "NAK messages, and don't deliver them"),
    ("lost-before-join", "the switchboard dies as the called one joins"),
    ("lost-after-message", "the switchboard dies on the first message"),
    ("stale-key", "RNG gives a key that is not taken"),
    ("noise", "unknown commands between the known ones"),
    ("noise-payload", "commands with payloads nobody asked for"),
    ("garbage", "lines that are no text between the known ones"),
    ("qq WORDS", "what those words say at the QQ door; see below"),
    ("once FAULT", "gone after it happened once"),
    ("for ACCOUNT FAULT", "only for that account's connections, or that QQ number's requests"),
];

const STEPS: [(&str, Step); 31] = [
    ("connect", Step::Connect),
    ("VER", Step::Ver),
    ("INF", Step::Inf),
    ("CVR", Step::Cvr),
    ("usr-i", Step::UsrInitial),
    ("usr-s", Step::UsrSubsequent),
    ("SYN", Step::Syn),
    ("CHG", Step::Chg),
    ("PNG", Step::Png),
    ("QRY", Step::Qry),
    ("XFR", Step::Xfr),
    ("ADD", Step::Add),
    ("ADC", Step::Adc),
    ("REM", Step::Rem),
    ("ADG", Step::Adg),
    ("RMG", Step::Rmg),
    ("REG", Step::Reg),
    ("REA", Step::Rea),
    ("PRP", Step::Prp),
    ("SBP", Step::Sbp),
    ("BLP", Step::Blp),
    ("GTC", Step::Gtc),
    ("UUX", Step::Uux),
    ("URL", Step::Url),
    ("LST", Step::Lst),
    ("board-usr", Step::BoardUsr),
    ("ANS", Step::Ans),
    ("CAL", Step::Cal),
    ("MSG", Step::Msg),
    ("nexus", Step::Nexus),
    ("login", Step::Login),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_faults() {
        let ten = Duration::from_secs(10);
        let cases = [
            ("silence ver", Fault::Silence(Step::Ver)),
            ("refuse usr-s 911", Fault::Refuse(Step::UsrSubsequent, 911)),
            ("cut switchboard 12", Fault::Cut(Door::Switchboard, 12)),
            ("out RCT:3", Fault::Out(Leave::Reconnect(3), ten)),
            ("out", Fault::Out(Leave::Bare, ten)),
            ("move 0 4", Fault::Move("0".into(), Duration::from_secs(4))),
            (" drip ", Fault::Drip),
            (
                "once for bob@example.net nak",
                Fault::Once(Box::new(Fault::For("bob@example.net".into(), Box::new(Fault::Nak)))),
            ),
        ];
        for (text, fault) in cases {
            assert_eq!(Fault::parse(text), Ok(fault), "{text}");
        }
    }

    #[test]
    fn every_word_in_the_list_is_known_and_others_are_told() {
        for word in firsts(&MEANINGS).split_whitespace() {
            if let Err(error) = Fault::parse(word) {
                assert!(!error.contains(&format!("fault {word:?} is unknown")), "{error}");
            }
        }
        for (text, expected) in [
            ("silense ver", "fault \"silense\" is unknown; expected one of: silence refuse hang-up"),
            ("silence vera", "step \"vera\" is unknown"),
            ("refuse ver x", "\"x\" is no number; expected an error code"),
            ("cut cellar 1", "door \"cellar\" is unknown"),
            ("out RCT", "reason \"RCT\" is unknown"),
            ("drip drip", "has \"drip\" too much"),
            ("", "fault \"\" is unknown"),
        ] {
            let error = Fault::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn the_help_names_every_step_in_lines_that_fit() {
        let help = Fault::help();
        assert!(
            STEPS.iter().all(|(name, _)| help.contains(name)) && help.lines().all(|line| line.len() <= 100)
        );
    }

    #[test]
    fn a_fault_strikes_whom_it_is_for_and_once_if_armed_so() {
        let mut faults = Faults::default();
        faults.arm(Fault::parse("for a@b once nak").unwrap());
        let nak = |fault: &Fault| (*fault == Fault::Nak).then_some(());
        assert_eq!(faults.strike(None, nak), None);
        assert_eq!(faults.strike(Some("c@d"), nak), None);
        assert_eq!(faults.peek(Some("a@b"), nak), Some(()));
        assert_eq!(faults.strike(Some("a@b"), nak), Some(()));
        assert_eq!(faults.strike(Some("a@b"), nak), None);
    }
}

//! A request's body: the command, who asks, and the other fields.
//! It does not know what a command does.

use super::Options;
use super::text::{escaped, unescaped};

/// The commands of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the CMD it is named after; see COMMANDS for the spelling")]
pub enum Command {
    Login,
    List,
    QueryStat,
    GetInfo,
    AddToList,
    AckAddToList,
    DelFromList,
    ChangeStat,
    GetMsgEx,
    Cltmsg,
    Finger,
    Logout,
}

impl Command {
    /// The command of a CMD, in any letter case: real clients wrote `Change_stat` too.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        COMMANDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|&(_, command)| command)
    }

    /// The CMD, as the documents spell it.
    #[must_use]
    pub fn name(self) -> &'static str {
        COMMANDS.iter().find(|(_, command)| *command == self).map_or("", |(name, _)| name)
    }

    /// The CMD of a reply: these in capitals, the others as they were asked `[seed 003]`. FINGER, which nobody
    /// printed, goes with the questions.
    pub(super) fn shouted(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::List
                | Self::QueryStat
                | Self::GetInfo
                | Self::GetMsgEx
                | Self::Finger
                | Self::Logout
        )
    }
}

/// The spelling of the commands in `[seed 002]` and `[seed 003]`.
pub(super) const COMMANDS: [(&str, Command); 12] = [
    ("Login", Command::Login),
    ("List", Command::List),
    ("Query_Stat", Command::QueryStat),
    ("GetInfo", Command::GetInfo),
    ("AddToList", Command::AddToList),
    ("Ack_AddToList", Command::AckAddToList),
    ("DelFromList", Command::DelFromList),
    ("Change_Stat", Command::ChangeStat),
    ("GetMsgEx", Command::GetMsgEx),
    ("CLTMSG", Command::Cltmsg),
    ("Finger", Command::Finger),
    ("Logout", Command::Logout),
];

/// A field that is not what it must be: the request gets no answer at all.
#[derive(Debug)]
pub(super) struct Null;

/// One request.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) command: Command,
    /// UIN as it was written: digits.
    pub(super) who: String,
    /// UIN; `None`: a number nobody can have.
    pub(super) uin: Option<u32>,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Request {
    /// The fields of a body, in any order; keys count exactly, and the first of two equal ones. An unknown VER or
    /// CMD and a UIN that is no number are nothing that is answered `[seed 003]`.
    pub(super) fn parse(body: &[u8], options: &Options) -> Result<Self, Null> {
        let end = body.iter().rposition(|octet| !matches!(octet, b'\r' | b'\n')).map_or(0, |last| last + 1);
        let pairs = body[..end].split(|&octet| octet == b'&').filter(|pair| !pair.is_empty());
        let fields = pairs.map(|pair| {
            let equals = pair.iter().position(|&octet| octet == b'=').unwrap_or(pair.len());
            let value = pair.get(equals + 1..).unwrap_or_default();
            (pair[..equals].to_vec(), unescaped(value, options.plus_is_space))
        });
        let mut request =
            Self { command: Command::Login, who: String::new(), uin: None, fields: fields.collect() };
        if !options.versions.iter().any(|version| version == request.text("VER").unwrap_or_default()) {
            return Err(Null);
        }
        request.command = Command::parse(request.text("CMD")?).ok_or(Null)?;
        request.who = digits(request.value("UIN").ok_or(Null)?)?.to_owned();
        request.uin = request.who.parse().ok();
        Ok(request)
    }

    /// A field's octets.
    pub(super) fn value(&self, key: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// A field that must be UTF-8; empty if it is missing.
    pub(super) fn text(&self, key: &str) -> Result<&str, Null> {
        std::str::from_utf8(self.value(key).unwrap_or_default()).map_err(|_| Null)
    }

    /// A field that must be a number if it is there. One too great for us is the greatest.
    pub(super) fn optional(&self, key: &str) -> Result<Option<u32>, Null> {
        let Some(value) = self.value(key) else { return Ok(None) };
        Ok(Some(digits(value)?.parse().unwrap_or(u32::MAX)))
    }

    /// A field that must be a number.
    pub(super) fn number(&self, key: &str) -> Result<u32, Null> {
        self.optional(key)?.ok_or(Null)
    }

    /// `VER=…&CMD=…&SEQ=…&UIN=…`, as a reply begins. `seq`: another SEQ than the request's.
    pub(super) fn echo(&self, shout: bool, seq: Option<&str>) -> Vec<u8> {
        let value = |key| self.value(key).unwrap_or_default();
        let cmd = if shout { value("CMD").to_ascii_uppercase() } else { value("CMD").to_vec() };
        let seq = seq.map_or_else(|| escaped(value("SEQ")), |seq| seq.as_bytes().to_vec());
        [b"VER=", value("VER"), b"&CMD=", &cmd, b"&SEQ=", &seq, b"&UIN=", self.who.as_bytes()].concat()
    }
}

fn digits(value: &[u8]) -> Result<&str, Null> {
    let text = std::str::from_utf8(value).map_err(|_| Null)?;
    let sound =
        !text.is_empty() && text.len() <= DIGITS_MAX && text.bytes().all(|octet| octet.is_ascii_digit());
    sound.then_some(text).ok_or(Null)
}

/// Digits of a number in a request.
const DIGITS_MAX: usize = 20;

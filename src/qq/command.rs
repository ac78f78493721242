//! What is asked: every command of the interface, written as the body of a request.
//!
//! It does not know when to ask, nor what is answered.

use core::fmt::{self, Write};

use md5::{Digest, Md5};

use super::{Uin, wire};
use crate::limits::{QQ_LIST_PAGE, QQ_STAT_PAGE};
use crate::text::Secret;

/// 32 lower-case hex digits.
pub type Hex = heapless::String<32>;

/// A command and its own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command<'a> {
    /// Signs in.
    Login {
        /// The MD5 of the password; see [`digest`].
        ps: &'a str,
        /// The client's licence.
        lc: &'a str,
    },
    /// The friends whose numbers come after this one; 0 asks from the beginning.
    List(u32),
    /// The friends online, likewise.
    QueryStat(u32),
    /// What an account tells of itself: LV 0 and 1 brief, 2 normal, 3 everything.
    GetInfo(u8, Uin),
    /// Wants somebody as a friend.
    AddToList(Uin),
    /// Answers somebody's wish, or sends words along with ours.
    AckAddToList(Uin, Ack, &'a str),
    /// Ends a friendship.
    DelFromList(Uin),
    /// Our own state: 10, 20, 30 or 40.
    ChangeStat(u8),
    /// What came for us; whatever is answered is gone from the server.
    GetMsgEx,
    /// Says something: at most 400 octets.
    CltMsg(Uin, &'a str),
    /// Searches for people by age, sex and province `[seed 002]`. No source says what is answered.
    Finger(u8, u8, &'a str),
    /// Signs out.
    Logout,
}

/// The CD of `Ack_AddToList`. 3 and more earn a penalty `[seed 003]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// We accept.
    Accept = 0,
    /// We refuse.
    Refuse = 1,
    /// We ask to be accepted.
    Ask = 2,
}

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Login`
    Login,
    /// `List`
    List,
    /// `Query_Stat`
    QueryStat,
    /// `GetInfo`
    GetInfo,
    /// `AddToList`
    AddToList,
    /// `Ack_AddToList`
    AckAddToList,
    /// `DelFromList`
    DelFromList,
    /// `Change_Stat`
    ChangeStat,
    /// `GetMsgEx`
    GetMsgEx,
    /// `CLTMSG`
    CltMsg,
    /// `Finger`
    Finger,
    /// `Logout`
    Logout,
}

impl Kind {
    /// As it is written; replies may write it otherwise.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "Login",
            Self::List => "List",
            Self::QueryStat => "Query_Stat",
            Self::GetInfo => "GetInfo",
            Self::AddToList => "AddToList",
            Self::AckAddToList => "Ack_AddToList",
            Self::DelFromList => "DelFromList",
            Self::ChangeStat => "Change_Stat",
            Self::GetMsgEx => "GetMsgEx",
            Self::CltMsg => "CLTMSG",
            Self::Finger => "Finger",
            Self::Logout => "Logout",
        }
    }

    /// A column without which a reply with `RES=0` is none to this: with a listing's count alone comes a second reply
    /// `[seed 003]`.
    #[must_use]
    pub const fn column(self) -> Option<&'static str> {
        match self {
            Self::List | Self::QueryStat | Self::GetMsgEx | Self::GetInfo => Some("UN"),
            _ => None,
        }
    }

    /// Whether a server holds its answer back for 20 to 30 s to punish haste `[seed 003]`.
    #[must_use]
    pub const fn may_be_punished(self) -> bool {
        matches!(self, Self::AckAddToList | Self::DelFromList | Self::ChangeStat | Self::CltMsg)
    }
}

impl Command<'_> {
    /// Which command it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Login { .. } => Kind::Login,
            Self::List(_) => Kind::List,
            Self::QueryStat(_) => Kind::QueryStat,
            Self::GetInfo(..) => Kind::GetInfo,
            Self::AddToList(_) => Kind::AddToList,
            Self::AckAddToList(..) => Kind::AckAddToList,
            Self::DelFromList(_) => Kind::DelFromList,
            Self::ChangeStat(_) => Kind::ChangeStat,
            Self::GetMsgEx => Kind::GetMsgEx,
            Self::CltMsg(..) => Kind::CltMsg,
            Self::Finger(..) => Kind::Finger,
            Self::Logout => Kind::Logout,
        }
    }

    /// Writes the body: VER, CMD, SEQ, UIN first, as every request has them `[seed 003]`, then what is the command's own.
    ///
    /// # Errors
    /// Only those of `to`.
    pub fn write(&self, to: &mut impl Write, version: &str, seq: u32, uin: Uin) -> fmt::Result {
        to.write_str("VER=")?;
        wire::escape(to, version)?;
        write!(to, "&CMD={}&SEQ={seq}&UIN={uin}", self.kind().as_str())?;
        match *self {
            Self::Login { ps, lc } => {
                write!(to, "&PS={ps}&M5=1&LC=")?;
                wire::escape(to, lc)
            }
            // Without TN a server counts friends instead, and answers twice [seed 003].
            Self::List(after) => write!(to, "&TN={QQ_LIST_PAGE}&UN={after}"),
            Self::QueryStat(after) => write!(to, "&TN={QQ_STAT_PAGE}&UN={after}"),
            Self::GetInfo(level, of) => write!(to, "&LV={level}&UN={of}"),
            Self::AddToList(whom) | Self::DelFromList(whom) => write!(to, "&UN={whom}"),
            Self::AckAddToList(whom, ack, words) => {
                write!(to, "&UN={whom}&CD={}&RS=", ack as u8)?;
                wire::escape(to, words)
            }
            Self::ChangeStat(st) => write!(to, "&ST={st}"),
            Self::CltMsg(whom, words) => {
                write!(to, "&UN={whom}&MG=")?;
                wire::escape(to, words)
            }
            Self::Finger(age, sex, province) => {
                write!(to, "&AG={age}&SX={sex}&PV=")?;
                wire::escape(to, province)
            }
            Self::GetMsgEx | Self::Logout => Ok(()),
        }
    }
}

/// The PS of `Login`: the MD5 of the password in lower-case hex, as most clients write it `[observed: clients]`.
#[must_use]
pub fn digest(password: &Secret) -> Hex {
    let mut hex = Hex::new();
    for octet in Md5::digest(password.reveal().as_bytes()) {
        // 16 octets are 32 digits.
        let _fits = write!(hex, "{octet:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    const ME: Uin = Uin(29_501_213);
    const WEI: Uin = Uin(24_259_132);
    const HACKFAN: Uin = Uin(106_814);

    fn body(command: Command<'_>) -> String {
        let mut out = String::new();
        command.write(&mut out, "1.1", 4711, ME).unwrap();
        out
    }

    /// Every request printed in the notes, with numbers in their places.
    #[test]
    fn every_request_of_the_notes_is_written_as_printed() {
        let ps = digest(&Secret::new("password".into()));
        assert_eq!(ps, "5f4dcc3b5aa765d61d8327deb882cf99");
        let golden = [
            (
                Command::Login { ps: &ps, lc: "9326B87B234E7235" },
                "VER=1.1&CMD=Login&SEQ=4711&UIN=29501213&PS=5f4dcc3b5aa765d61d8327deb882cf99&M5=1&LC=9326B87B234E7235",
            ),
            (Command::List(0), "VER=1.1&CMD=List&SEQ=4711&UIN=29501213&TN=160&UN=0"),
            (Command::QueryStat(0), "VER=1.1&CMD=Query_Stat&SEQ=4711&UIN=29501213&TN=50&UN=0"),
            (Command::GetInfo(2, HACKFAN), "VER=1.1&CMD=GetInfo&SEQ=4711&UIN=29501213&LV=2&UN=106814"),
            (Command::AddToList(HACKFAN), "VER=1.1&CMD=AddToList&SEQ=4711&UIN=29501213&UN=106814"),
            (
                Command::AckAddToList(HACKFAN, Ack::Accept, "TEST"),
                "VER=1.1&CMD=Ack_AddToList&SEQ=4711&UIN=29501213&UN=106814&CD=0&RS=TEST",
            ),
            (
                Command::AckAddToList(HACKFAN, Ack::Refuse, "TEST"),
                "VER=1.1&CMD=Ack_AddToList&SEQ=4711&UIN=29501213&UN=106814&CD=1&RS=TEST",
            ),
            (
                Command::AckAddToList(HACKFAN, Ack::Ask, "TEST"),
                "VER=1.1&CMD=Ack_AddToList&SEQ=4711&UIN=29501213&UN=106814&CD=2&RS=TEST",
            ),
            (Command::DelFromList(HACKFAN), "VER=1.1&CMD=DelFromList&SEQ=4711&UIN=29501213&UN=106814"),
            (Command::ChangeStat(30), "VER=1.1&CMD=Change_Stat&SEQ=4711&UIN=29501213&ST=30"),
            (Command::GetMsgEx, "VER=1.1&CMD=GetMsgEx&SEQ=4711&UIN=29501213"),
            (Command::CltMsg(HACKFAN, "TEST"), "VER=1.1&CMD=CLTMSG&SEQ=4711&UIN=29501213&UN=106814&MG=TEST"),
            (Command::Finger(19, 1, "江苏"), "VER=1.1&CMD=Finger&SEQ=4711&UIN=29501213&AG=19&SX=1&PV=江苏"),
            (Command::Logout, "VER=1.1&CMD=Logout&SEQ=4711&UIN=29501213"),
        ];
        for (command, printed) in golden {
            assert_eq!(body(command), printed);
        }
        let mut first = String::new();
        Command::GetMsgEx.write(&mut first, "1.0", 1, ME).unwrap();
        assert_eq!(first, "VER=1.0&CMD=GetMsgEx&SEQ=1&UIN=29501213", "the version is a setting");
    }

    #[test]
    fn no_text_can_become_a_field() {
        assert_eq!(
            body(Command::CltMsg(WEI, "a&b=c, 50%\n你好")),
            "VER=1.1&CMD=CLTMSG&SEQ=4711&UIN=29501213&UN=24259132&MG=a%26b%3Dc%2C 50%25%0A你好"
        );
        let refused = body(Command::AckAddToList(WEI, Ack::Refuse, "no&CD=0"));
        assert!(refused.ends_with("&CD=1&RS=no%26CD%3D0"));
    }
}

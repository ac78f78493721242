//! What can be made to go wrong at the QQ server: one list of faults and their words.
//! It does not know which are armed; the list of all faults does.

use std::time::Duration;

use super::request::{COMMANDS, Command};
use crate::emulator::faults::{firsts, number, seconds};

/// Something that goes wrong on purpose; written behind the word `qq`, so `qq null CLTMSG`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `silence CMD`: nothing is done, nothing answered, and the connection stays open.
    Silence(Step),
    /// `null CMD`: nothing is done, and the connection is closed without an octet.
    Null(Step),
    /// `lost CMD`: it is done, and the connection is closed without an octet.
    Lost(Step),
    /// `refuse CMD RES`: nothing is done, and RES is this. 3 comes as late as a penalty.
    Refuse(Step, u32),
    /// `late CMD SECONDS`: it is done, and the answer comes so much later.
    Late(Step, Duration),
    /// `trickle CMD SECONDS`: it is done, and the answer's octets come one by one, the last after so long.
    Trickle(Step, Duration),
    /// `reset CMD`: it is done, and the connection breaks (RST on a socket) instead of an answer.
    Reset(Step),
    /// `double CMD`: the answer is a second HTTP response behind the first, which is the same, or for Query_Stat a
    /// mere number.
    Double(Step),
    /// `seq CMD`: the answer has `SEQ=-1`.
    Seq(Step),
    /// `refuse-login REASON`: Login is answered by `RS=1`, and RA is this.
    RefuseLogin(String),
    /// `elsewhere SECONDS`: so long after Login somebody else takes the session; RES=20 from then on.
    Elsewhere(Duration),
    /// `page COUNT`: no more friends than this in one List or Query_Stat answer.
    Page(u32),
    /// `comp WORD`: Login's answer ends with COMP, as some did `[observed: clients]`.
    Comp(String),
    /// `no-length`: no Content-Length.
    NoLength,
    /// `no-crlf`: no CRLF behind the body.
    NoCrlf,
    /// `crlf-inside`: Content-Length counts the CRLF behind the body.
    CrlfInside,
    /// `raw-commas`: commas in MG and NK are not escaped.
    RawCommas,
    /// `strange-rows`: GetMsgEx also has a row of the system account and one of no known MT, Query_Stat no known ST.
    StrangeRows,
    /// `null-on-h`: a CLTMSG with a lower-case h gets no answer `[seed 003]`.
    NullOnH,
}

/// The commands a fault is for; `None` is all of them, by the word `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step(pub Option<Command>);

impl Step {
    pub(super) fn is(self, command: Command) -> bool {
        self.0.is_none_or(|step| step == command)
    }

    fn parse(word: Option<&str>) -> Result<Self, String> {
        match word {
            Some("any") => Ok(Self(None)),
            word => {
                Command::parse(word.unwrap_or_default()).map(|command| Self(Some(command))).ok_or_else(|| {
                    let names = COMMANDS.map(|(name, _)| name).join(" ");
                    format!(
                        "command {:?} is unknown; expected any or one of: {names}",
                        word.unwrap_or_default()
                    )
                })
            }
        }
    }
}

impl Fault {
    /// Reads the words behind `qq`.
    ///
    /// # Errors
    ///
    /// A sentence that names what was found and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let mut words = rest.split_whitespace();
        let fault = match word {
            "refuse-login" if !rest.trim().is_empty() => return Ok(Self::RefuseLogin(rest.trim().into())),
            "refuse-login" => return Err("fault \"qq refuse-login\" needs a reason".into()),
            "silence" => Self::Silence(Step::parse(words.next())?),
            "null" => Self::Null(Step::parse(words.next())?),
            "lost" => Self::Lost(Step::parse(words.next())?),
            "refuse" => Self::Refuse(Step::parse(words.next())?, number(words.next(), "a RES")?),
            "late" => Self::Late(Step::parse(words.next())?, seconds(words.next())?),
            "double" => Self::Double(Step::parse(words.next())?),
            "trickle" => Self::Trickle(Step::parse(words.next())?, seconds(words.next())?),
            "reset" => Self::Reset(Step::parse(words.next())?),
            "seq" => Self::Seq(Step::parse(words.next())?),
            "elsewhere" => Self::Elsewhere(seconds(words.next())?),
            "page" => Self::Page(number(words.next(), "a number of friends")?),
            "comp" => Self::Comp(words.next().ok_or("fault \"qq comp\" needs a word")?.into()),
            "no-length" => Self::NoLength,
            "no-crlf" => Self::NoCrlf,
            "crlf-inside" => Self::CrlfInside,
            "raw-commas" => Self::RawCommas,
            "strange-rows" => Self::StrangeRows,
            "null-on-h" => Self::NullOnH,
            _ => {
                let known = firsts(&MEANINGS);
                return Err(format!("fault \"qq {word}\" is unknown; expected one of: {known}"));
            }
        };
        match words.next() {
            Some(word) => Err(format!("fault \"qq {text}\" has {word:?} too much")),
            None => Ok(fault),
        }
    }

    /// What can be made to go wrong, for people: a line for each fault, and the commands.
    pub(in crate::emulator) fn help() -> String {
        let rows = MEANINGS.iter().map(|(words, meaning)| format!("  qq {words:<22}{meaning}\n"));
        let names = COMMANDS.map(|(name, _)| name);
        let names = names.chunks(7).map(|names| format!("  {}\n", names.join(" ")));
        format!(
            "At the QQ door:\n{}\nCMD is any, or one of these:\n{}",
            rows.collect::<String>(),
            names.collect::<String>()
        )
    }
}

/// The words with what follows each, and what it does.
const MEANINGS: [(&str, &str); 19] = [
    ("silence CMD", "read the request, and do nothing"),
    ("null CMD", "close without an octet, and do nothing"),
    ("lost CMD", "do it, and close without an octet"),
    ("refuse CMD RES", "answer with this RES; 3 comes late, as a penalty does"),
    ("late CMD [SECONDS]", "do it, and answer so much later"),
    ("trickle CMD [SECONDS]", "do it, and answer octet by octet in so much time"),
    ("reset CMD", "do it, and break the connection: RST"),
    ("double CMD", "two HTTP responses; of Query_Stat the first is a mere number"),
    ("seq CMD", "answer with SEQ=-1"),
    ("refuse-login REASON", "answer Login with RS=1 and this RA"),
    ("elsewhere [SECONDS]", "somebody takes the session so long after Login: RES=20"),
    ("page COUNT", "no more friends than this in one answer"),
    ("comp WORD", "COMP at the end of Login's answer"),
    ("no-length", "no Content-Length"),
    ("no-crlf", "no CRLF behind the body"),
    ("crlf-inside", "Content-Length counts the CRLF behind the body"),
    ("raw-commas", "commas in MG and NK are not escaped"),
    ("strange-rows", "GetMsgEx and Query_Stat have rows of unknown kinds"),
    ("null-on-h", "no answer to a CLTMSG with a lower-case h"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_faults() {
        for (text, fault) in [
            ("null cltmsg", Fault::Null(Step(Some(Command::Cltmsg)))),
            ("refuse any 20", Fault::Refuse(Step(None), 20)),
            ("late Query_Stat", Fault::Late(Step(Some(Command::QueryStat)), Duration::from_secs(10))),
            ("elsewhere 90", Fault::Elsewhere(Duration::from_secs(90))),
            ("trickle any 7", Fault::Trickle(Step(None), Duration::from_secs(7))),
            ("reset getmsgex", Fault::Reset(Step(Some(Command::GetMsgEx)))),
            ("page 2", Fault::Page(2)),
            ("comp NOKIA8F3A18D6E27", Fault::Comp("NOKIA8F3A18D6E27".into())),
            ("refuse-login 系统 忙", Fault::RefuseLogin("系统 忙".into())),
            (" no-length ", Fault::NoLength),
        ] {
            assert_eq!(Fault::parse(text), Ok(fault), "{text}");
        }
    }

    #[test]
    fn every_word_in_the_list_is_known_and_others_are_told() {
        for (words, _) in MEANINGS {
            let words = words.replace("CMD", "Login").replace("RES", "5");
            let words = words.replace("[SECONDS]", "1").replace("COUNT", "3");
            assert!(Fault::parse(&words).is_ok(), "{words}");
        }
        for (text, expected) in [
            ("nul login", "fault \"qq nul\" is unknown; expected one of: silence null lost"),
            ("null", "command \"\" is unknown; expected any or one of: Login List"),
            ("refuse login x", "\"x\" is no number; expected a RES"),
            ("refuse-login", "needs a reason"),
            ("page", "\"\" is no number; expected a number of friends"),
            ("comp", "needs a word"),
            ("no-crlf now", "has \"now\" too much"),
        ] {
            let error = Fault::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

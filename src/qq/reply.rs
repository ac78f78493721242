//! What is answered: which body is the answer to what was asked, and the columns of its lists, kept aligned.
//!
//! It does not know what an answer changes. It borrows everything from the body.

mod deal;
mod rows;

use core::ops::Range;

use super::command::Kind;
use super::wire::Fields;
use super::{Uin, presence_of};
use crate::presence::Presence;
use crate::text;

pub use self::rows::{After, GARBLED, MT_STATE, MT_TEXT, Row, rows};

/// What was asked, as far as its answer repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The command.
    pub kind: Kind,
    /// Its SEQ.
    pub seq: u32,
    /// Our account.
    pub uin: Uin,
}

impl Asked {
    /// Where in what a connection carried the answer stands. A connection may carry several answers, one with a count
    /// and one with the list `[seed 003]`; where they came without their lengths, heads of HTTP stand between them. A line
    /// end follows most.
    #[must_use]
    pub fn find_answer(self, carried: &[u8]) -> Option<Range<usize>> {
        let is_end = |octet: &u8| matches!(octet, b'\r' | b'\n');
        let mut from = 0;
        loop {
            let rest = carried.get(from..).filter(|rest| !rest.is_empty())?;
            let line = rest.split(is_end).next().unwrap_or_default();
            if self.is_answered_by(line) {
                let end = rest.windows(NEXT.len()).position(|at| at == NEXT).unwrap_or(rest.len());
                let len = rest.get(..end).unwrap_or_default().trim_ascii_end().len().max(line.len());
                return Some(from..from + len);
            }
            from += line.len() + 1;
        }
    }

    /// SEQ comes back as it was sent, or as -1 `[seed 002]`; the connection pairs question and answer anyway.
    fn is_answered_by(self, line: &[u8]) -> bool {
        let fields = Fields::new(line);
        let kind = fields.value("CMD").unwrap_or_default();
        let seq = fields.value("SEQ").map_or(&b"-1"[..], <[u8]>::trim_ascii);
        let uin = fields.value("UIN").and_then(|uin| Uin::parse(uin.trim_ascii()));
        let column = |res| res != 0 || self.kind.column().is_none_or(|column| fields.value(column).is_some());
        kind.eq_ignore_ascii_case(self.kind.as_str().as_bytes())
            && (seq == b"-1" || text::number(seq) == Some(u64::from(self.seq)))
            && uin.is_none_or(|uin| uin == self.uin)
            && fields.number("RES").is_some_and(column)
    }
}

/// A row of `Query_Stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat<'a> {
    /// Who.
    pub uin: Uin,
    /// What they do, if the state is one of a friend.
    pub presence: Option<Presence>,
    /// Their nickname, with its escapes, if the names fit the numbers.
    pub name: Option<&'a [u8]>,
}

/// The rows of `FC=..&ST=..&UN=..&NK=..`. The numbers count: where there are more names than numbers, because a comma in
/// one slipped through, no name can be told, except to a single number.
pub fn stats(fields: Fields<'_>) -> impl Iterator<Item = Stat<'_>> {
    let uins = fields.list("UN");
    let mut states = fields.list("ST");
    let mut names = fields.list("NK");
    let (rows, there) = (uins.count(), names.count());
    uins.items().filter_map(move |uin| {
        let st = states.take(|_| false);
        let name = if rows == 1 || there <= rows { names.take(|_| rows == 1) } else { None };
        let presence = st.and_then(|st| text::number(st.trim_ascii())).and_then(presence_of);
        Some(Stat { uin: Uin::parse(uin.trim_ascii())?, presence, name })
    })
}

/// Begins another answer that came without the length of the one before.
const NEXT: &[u8] = b"\nHTTP/1.";

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn asked(kind: Kind) -> Asked {
        Asked { kind, seq: 4711, uin: Uin(29_501_213) }
    }

    #[test]
    fn the_answer_is_known_by_command_number_and_sequence() {
        let list = asked(Kind::List);
        for answer in [
            "VER=1.1&CMD=LIST&SEQ=4711&UIN=29501213&RES=0&FN=1&SN=2&UN=561256,1943497,",
            "RES=0&UN=&UIN=29501213&SEQ=-1&cmd=list&VER=1.1",
            "VER=1.1&CMD=LIST&SEQ=4711&UIN=29501213&RES=20",
        ] {
            assert_eq!(list.find_answer(answer.as_bytes()), Some(0..answer.len()), "{answer}");
            assert_eq!(list.find_answer(format!("\r\n{answer}\r\n").as_bytes()), Some(2..2 + answer.len()));
        }
        for other in [
            "",
            "VER=1.1&CMD=Query_Stat&SEQ=4711&UIN=29501213",
            "VER=1.1&CMD=LIST&SEQ=4711&UIN=29501213&RES=0&FN=9",
            "VER=1.1&CMD=LIST&SEQ=4712&UIN=29501213&RES=20",
            "VER=1.1&CMD=LIST&SEQ=4711&UIN=29501214&RES=20",
            "VER=1.1&CMD=LIST&SEQ=4711&UIN=29501213&RES=",
            "VER=1.1&CMD=LISTS&SEQ=4711&UIN=29501213&RES=20",
        ] {
            assert_eq!(list.find_answer(other.as_bytes()), None, "{other}");
        }
    }

    /// Every reply printed in the notes that is not a sample of a list, with numbers in their places.
    #[test]
    fn every_reply_of_the_notes_answers_its_question() {
        for (kind, command, fields) in [
            (Kind::Login, "LOGIN", "RES=0&RS=0&HI=60&LI=300"),
            (Kind::Login, "Login", "RES=0&RS=0&HI=60&LI=300&COMP=NOKIA8F3A18D6E27"),
            (Kind::Login, "Login", "RES=0&RS=1&RA=登录失败"),
            (Kind::Login, "LOGIN", "RES=0&RS=1&RA=密码错误"),
            (Kind::Login, "LOGIN", "RES=5"),
            (Kind::List, "LIST", "RES=0&FN=1&SN=24&UN=561256,1943497,"),
            (Kind::List, "LIST", "RES=20"),
            (Kind::QueryStat, "QUERY_STAT", "RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,"),
            (Kind::QueryStat, "QUERY_STAT", "RES=0&FC=141,270,270,&FN=1&SN=3&ST=10,10,10,&UN="),
            (Kind::GetInfo, "GETINFO", "RES=0&LV=0&UN=106814&NK=Hackfan 好"),
            (Kind::AddToList, "AddToList", "RES=0&CD=0&UN=106814"),
            (Kind::AckAddToList, "Ack_AddToList", "RES=0&"),
            (Kind::AckAddToList, "Ack_AddToList", "RES=3"),
            (Kind::DelFromList, "DelFromList", "RES=0&"),
            (Kind::ChangeStat, "Change_Stat", "RES=0&"),
            (Kind::GetMsgEx, "GETMSGEX", "RES=0&MN=0&MT=&UN=&MG="),
            (Kind::CltMsg, "CLTMSG", "RES=0&"),
            (Kind::CltMsg, "CLTMSG", "RES=0"),
            (Kind::Logout, "LOGOUT", "RES=0"),
        ] {
            let body = format!("VER=1.1&CMD={command}&SEQ=4711&UIN=29501213&{fields}");
            assert_eq!(asked(kind).find_answer(body.as_bytes()), Some(0..body.len()), "{body}");
        }
    }

    #[test]
    fn of_two_answers_in_one_body_the_one_with_the_list_is_taken() {
        let head = "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Length: 77\r\n\r\n";
        let count = "VER=1.1&CMD=QUERY_STAT&SEQ=4711&UIN=29501213&RES=0&FN=1";
        let list = "VER=1.1&CMD=QUERY_STAT&SEQ=4711&UIN=29501213&RES=0&FC=&FN=1&SN=0&ST=&UN=&NK=";
        let query = asked(Kind::QueryStat);
        for (body, at) in [
            (format!("{count}\r\n{head}{list}\r\n"), count.len() + 2 + head.len()),
            (format!("{list}\r\n{head}{count}\r\n"), 0),
        ] {
            assert_eq!(query.find_answer(body.as_bytes()), Some(at..at + list.len()));
        }
        let text = asked(Kind::GetMsgEx);
        let broken = "CMD=GETMSGEX&RES=0&MN=1&MT=9,&UN=7,&MG=a\nb ,";
        assert_eq!(text.find_answer(format!("{broken}\r\n").as_bytes()), Some(0..broken.len()));
    }

    #[test]
    fn the_state_samples_of_the_notes_are_read() {
        let read = |body: &'static str| stats(Fields::new(body.as_bytes())).collect::<Vec<_>>();
        assert_eq!(
            read("RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,"),
            [Stat {
                uin: Uin(106_814),
                presence: Some(Presence::Online),
                name: Some("Hackfan 好".as_bytes())
            }]
        );
        // The other one breaks off after UN= and has no names.
        let rows = read("RES=0&FC=141,270,270,&FN=1&SN=3&ST=10,10,10,&UN=");
        assert!(rows.is_empty());
        let rows = read("FC=141,270,270,&FN=1&SN=3&ST=10,30,55,&UN=1,2,3,");
        let seen: Vec<_> = rows.iter().map(|stat| (stat.presence, stat.name)).collect();
        assert_eq!(seen, [(Some(Presence::Online), None), (Some(Presence::Busy), None), (None, None)]);
    }

    #[test]
    fn a_comma_in_a_name_costs_names_and_never_a_state() {
        let names = |body: &'static str| {
            stats(Fields::new(body.as_bytes())).map(|stat| (stat.uin.number(), stat.name)).collect::<Vec<_>>()
        };
        assert_eq!(names("ST=10,&UN=1,&NK=a, b,"), [(1, Some(&b"a, b"[..]))]);
        assert_eq!(names("ST=10,10,&UN=1,2,&NK=a, b,c,"), [(1, None), (2, None)]);
        assert_eq!(
            names("ST=10,10,&UN=1,2,&NK=a,"),
            [(1, Some(&b"a"[..])), (2, None)],
            "a short list is no error"
        );
    }

    proptest! {
        #[test]
        fn any_octets_are_read_and_every_sender_has_one_row(body in "[0-9,=&A-Z \\x00-\\xff]{0,200}") {
            let octets = body.as_bytes();
            let fields = Fields::new(octets);
            prop_assert_eq!(rows(fields).count(), fields.list("UN").count());
            prop_assert!(stats(fields).count() <= fields.list("UN").count());
            for kind in [Kind::List, Kind::Login, Kind::GetMsgEx] {
                if let Some(range) = asked(kind).find_answer(octets) {
                    prop_assert!(octets.get(range).is_some());
                }
            }
        }
    }
}

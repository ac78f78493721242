//! DNS messages: one question out, one answer in [RFC 1035].
//!
//! It does not know servers, sockets or time.

use std::borrow::Cow;
use std::net::IpAddr;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

/// Which addresses are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// IPv4.
    A,
    /// IPv6.
    Aaaa,
}

impl Kind {
    const fn wire(self) -> TYPE {
        match self {
            Self::A => TYPE::A,
            Self::Aaaa => TYPE::AAAA,
        }
    }
}

/// One question to one server.
#[derive(Clone, Debug)]
pub(super) struct Query {
    id: u16,
    name: String,
    kind: Kind,
}

/// What a server answered to a [`Query`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// These are the addresses, for so many seconds. Empty: the name exists and has none of this kind.
    Addresses(Vec<IpAddr>, u32),
    /// The name is another name for this one, whose addresses the server did not tell.
    Alias(String),
    /// There is no such name.
    NoSuchName,
    /// The server won't or can't answer; another one may.
    Refused(RCODE),
    /// The answer does not fit a datagram.
    Truncated,
    /// Names that are names for each other.
    Loop,
}

impl Query {
    /// A question. `None` if DNS cannot carry that name.
    pub(super) fn new(id: u16, name: &str, kind: Kind) -> Option<Self> {
        let query = Self { id, name: name.to_owned(), kind };
        query.name().is_some_and(|name| !name.get_labels().is_empty()).then_some(query)
    }

    fn name(&self) -> Option<Name<'_>> {
        Name::new(&self.name).ok()
    }

    /// The question on the wire, recursion desired.
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut packet = Packet::new_query(self.id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        let question = self
            .name()
            .map(|name| Question::new(name, QTYPE::TYPE(self.kind.wire()), QCLASS::CLASS(CLASS::IN), false));
        packet.questions.extend(question);
        packet.build_bytes_vec().unwrap_or_default()
    }

    /// Reads a message that came from the server's address. `None` if it is no answer to this question: damaged, forged,
    /// or late. What lies behind the answer section is not looked at.
    pub(super) fn read(&self, octets: &[u8]) -> Option<Answer> {
        if octets.len() > MESSAGE_MAX || octets.get(..2)? != self.id.to_be_bytes() {
            return None;
        }
        // A truncated message may end anywhere behind its question, so that is read by itself first.
        let head = with_answers(octets, 0)?;
        let head = Packet::parse(&head).ok()?;
        let [asked] = head.questions.as_slice() else { return None };
        let ours = head.has_flags(PacketFlag::RESPONSE)
            && asked.qname == self.name()?
            && asked.qtype == QTYPE::TYPE(self.kind.wire())
            && asked.qclass == QCLASS::CLASS(CLASS::IN);
        if !ours {
            return None;
        }
        match head.rcode() {
            _ if head.has_flags(PacketFlag::TRUNCATION) => Some(Answer::Truncated),
            RCODE::NoError => self.read_answers(octets),
            RCODE::NameError => Some(Answer::NoSuchName),
            other => Some(Answer::Refused(other)),
        }
    }

    /// Follows the answer section from the name that was asked for to the addresses.
    fn read_answers(&self, octets: &[u8]) -> Option<Answer> {
        let count = u16::from_be_bytes(*octets.get(6..)?.first_chunk()?);
        if usize::from(count) * RECORD_MIN > octets.len() {
            return None;
        }
        let octets = with_answers(octets, count)?;
        let packet = Packet::parse(&octets).ok()?;
        let mut name = Cow::Owned(self.name()?.into_owned());
        let mut seconds = u32::MAX;
        for _ in 0..ALIASES_MAX {
            let of_name = |record: &&simple_dns::ResourceRecord<'_>| record.name == *name;
            let addresses: Vec<IpAddr> = packet
                .answers
                .iter()
                .filter(of_name)
                .filter_map(|record| {
                    let address = self.address(&record.rdata)?;
                    seconds = seconds.min(record.ttl);
                    Some(address)
                })
                .take(super::ADDRESSES_MAX)
                .collect();
            if !addresses.is_empty() {
                return Some(Answer::Addresses(addresses, seconds));
            }
            let alias = packet.answers.iter().filter(of_name).find_map(|record| match &record.rdata {
                RData::CNAME(target) => Some((target.0.clone(), record.ttl)),
                _ => None,
            });
            let Some((target, ttl)) = alias else {
                return self.unfinished(&name);
            };
            seconds = seconds.min(ttl);
            name = Cow::Owned(target);
        }
        Some(Answer::Loop)
    }

    /// The chain of names ended without an address.
    fn unfinished(&self, name: &Name<'_>) -> Option<Answer> {
        if *name == self.name()? {
            return Some(Answer::Addresses(Vec::new(), 0));
        }
        // Only names that a host may have go out again in a question or into a log.
        let plain =
            |label: &[u8]| label.iter().all(|octet| octet.is_ascii_alphanumeric() || b"-_".contains(octet));
        name.as_bytes().all(plain).then(|| Answer::Alias(name.to_string()))
    }

    fn address(&self, data: &RData<'_>) -> Option<IpAddr> {
        match (self.kind, data) {
            (Kind::A, RData::A(a)) => Some(IpAddr::V4(a.address.into())),
            (Kind::Aaaa, RData::AAAA(aaaa)) => Some(IpAddr::V6(aaaa.address.into())),
            _ => None,
        }
    }
}

/// A copy of a message with so many answers and no further sections. Bounding the counts here keeps the library
/// from making room for records that a short message cannot hold.
fn with_answers(octets: &[u8], count: u16) -> Option<Vec<u8>> {
    let mut copy = octets.to_vec();
    let counts = copy.get_mut(4..12)?;
    if counts.first_chunk() != Some(&[0, 1]) {
        return None;
    }
    counts.get_mut(2..4)?.copy_from_slice(&count.to_be_bytes());
    counts.get_mut(4..)?.fill(0);
    Some(copy)
}

/// Octets of a message: a few hundred addresses. A longer one, which only TCP could carry, is not read.
pub(super) const MESSAGE_MAX: usize = 4096;
/// Names for names that are followed, within a message and from message to message.
pub(super) const ALIASES_MAX: usize = 8;
/// Octets of the shortest record.
const RECORD_MIN: usize = 11;

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::{A, AAAA, CNAME};

    use super::*;

    /// An answer to `question` with these records.
    pub(crate) fn reply(question: &[u8], records: &[(&str, RData<'static>)]) -> Vec<u8> {
        reply_with(question, RCODE::NoError, records)
    }

    /// An answer to `question` with this code and these records.
    pub(crate) fn reply_with(question: &[u8], code: RCODE, records: &[(&str, RData<'static>)]) -> Vec<u8> {
        let mut packet = Packet::parse(question).unwrap().into_reply();
        *packet.rcode_mut() = code;
        packet.answers = records
            .iter()
            .map(|(name, data)| ResourceRecord::new(Name::new_unchecked(name), CLASS::IN, 300, data.clone()))
            .collect();
        packet.build_bytes_vec_compressed().unwrap()
    }

    pub(crate) fn a(text: &str) -> RData<'static> {
        RData::A(A { address: text.parse::<std::net::Ipv4Addr>().unwrap().into() })
    }

    pub(crate) fn aaaa(text: &str) -> RData<'static> {
        RData::AAAA(AAAA { address: text.parse::<std::net::Ipv6Addr>().unwrap().into() })
    }

    pub(crate) fn cname(text: &str) -> RData<'static> {
        RData::CNAME(CNAME(Name::new(text).unwrap().into_owned()))
    }

    fn query() -> Query {
        Query::new(0x1234, "ms.example.net", Kind::A).unwrap()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_question_has_the_octets_of_the_standard() {
        let golden =
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02ms\x07example\x03net\x00\x00\x01\x00\x01";
        assert_eq!(query().octets(), golden);
    }

    #[test]
    fn an_answer_of_the_standard_is_read_with_its_shortest_life() {
        let golden = b"\x12\x34\x81\x80\x00\x01\x00\x02\x00\x00\x00\x01\x02ms\x07example\x03net\x00\x00\x01\x00\x01\
            \xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x04\x01b\xc0\x0f\xc0\x2c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x07\
            garbage where the additional section would be";
        assert_eq!(query().read(golden), Some(Answer::Addresses(vec![ip("192.0.2.7")], 60)));
    }

    #[test]
    fn names_differ_only_by_more_than_case() {
        let octets = reply(&query().octets(), &[("MS.Example.NET", a("192.0.2.1"))]);
        assert_eq!(query().read(&octets), Some(Answer::Addresses(vec![ip("192.0.2.1")], 300)));
    }

    #[test]
    fn records_of_other_names_are_not_taken() {
        let octets = reply(&query().octets(), &[("bank.example", a("192.0.2.66"))]);
        assert_eq!(query().read(&octets), Some(Answer::Addresses(vec![], 0)));
    }

    #[test]
    fn chains_are_followed_and_loops_end() {
        let asked = query().octets();
        let chain = [
            ("ms.example.net", cname("b.example")),
            ("b.example", cname("c.example")),
            ("c.example", a("192.0.2.3")),
        ];
        assert_eq!(query().read(&reply(&asked, &chain)), Some(Answer::Addresses(vec![ip("192.0.2.3")], 300)));
        assert_eq!(query().read(&reply(&asked, &chain[..2])), Some(Answer::Alias("c.example".into())));
        let ring = [("ms.example.net", cname("b.example")), ("b.example", cname("ms.example.net"))];
        assert_eq!(query().read(&reply(&asked, &ring)), Some(Answer::Loop));
    }

    #[test]
    fn codes_say_whether_another_server_may_know() {
        let read = |code| query().read(&reply_with(&query().octets(), code, &[]));
        assert_eq!(read(RCODE::NameError), Some(Answer::NoSuchName));
        assert_eq!(read(RCODE::ServerFailure), Some(Answer::Refused(RCODE::ServerFailure)));
    }

    #[test]
    fn a_truncated_answer_is_known_as_one_wherever_it_ends() {
        let asked = query().octets();
        let mut octets =
            reply(&asked, &[("ms.example.net", a("192.0.2.1")), ("ms.example.net", a("192.0.2.2"))]);
        octets[2] |= 0x02;
        for end in asked.len()..octets.len() {
            assert_eq!(query().read(&octets[..end]), Some(Answer::Truncated), "cut at {end}");
        }
    }

    #[test]
    fn what_answers_another_question_is_not_taken() {
        let good = reply(&query().octets(), &[("ms.example.net", a("192.0.2.1"))]);
        let mut id = good.clone();
        id[0] ^= 1;
        let mut question = good.clone();
        question[13] = b'n';
        let mut no_response = good.clone();
        no_response[2] &= 0x7F;
        for bad in [id, question, no_response, Vec::new(), query().octets()] {
            assert_eq!(query().read(&bad), None);
        }
        let other = Query::new(0x1234, "ms.example.net", Kind::Aaaa).unwrap();
        assert_eq!(other.read(&good), None);
    }

    #[test]
    fn counts_that_a_message_cannot_hold_are_refused_unread() {
        let mut octets = reply(&query().octets(), &[]);
        octets[6..12].fill(0xFF);
        assert_eq!(query().read(&octets), None);
        octets[4..6].fill(0xFF);
        assert_eq!(query().read(&octets), None);
        assert_eq!(query().read(&vec![0x12; MESSAGE_MAX + 1]), None);
    }

    #[test]
    fn names_that_dns_cannot_carry_are_no_questions() {
        let long = "a".repeat(64);
        for name in ["", ".", long.as_str(), &"ab.".repeat(90)] {
            assert!(Query::new(1, name, Kind::A).is_none(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_break_the_reader(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            query().read(&octets);
            // Behind a right beginning, too: that is where the parsing is.
            let mut octets = [&query().octets(), octets.as_slice()].concat();
            octets[2] |= 0x80;
            octets[7] = 3;
            query().read(&octets);
        }

        #[test]
        fn damage_yields_no_answer_or_a_bounded_one(place in 0_usize..80, octet: u8) {
            let mut octets = reply(
                &query().octets(),
                &[("ms.example.net", cname("b.example")), ("b.example", a("192.0.2.3")), ("b.example", a("192.0.2.4"))],
            );
            let place = place % octets.len();
            octets[place] = octet;
            if let Some(Answer::Addresses(list, _)) = query().read(&octets) {
                prop_assert!(list.len() <= 2);
            }
        }
    }
}

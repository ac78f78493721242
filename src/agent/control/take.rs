//! What a request asks: done at once, refused at once, or an errand.
//!
//! It does not know how an errand goes on.

use alloc::format;
use alloc::string::String;

use super::errands::What;
use super::plan::{Goal, Plan};
use super::{Answer, ContactAct, GroupAct, Phone, Request};
use crate::agent::notice::Said;
use crate::agent::roster::Roster;
use crate::agent::settings::Settings;
use crate::agent::state::{State, Stop};
use crate::limits::{GROUP_NAME_MAX, NAME_MAX, QQ_WORDS_MAX};
use crate::link::Network;
use crate::msnp::{GroupId, is_address};
use crate::qq::Uin;
use crate::qq::info::Sex;
use crate::time::Instant;

/// An errand, or the answer at once.
type Taken = Result<What, Answer>;

impl State {
    /// Somebody at a shell asks for something. Its one answer comes from [`Errands::pop`](super::Errands::pop).
    pub(in crate::agent) fn request(
        &mut self,
        now: Instant,
        settings: &Settings,
        ticket: u32,
        request: Request<'_>,
    ) {
        match self.take(settings, request) {
            Ok(what) => self.errands.begin(now, ticket, what),
            Err(answer) => self.errands.answer(ticket, answer),
        }
    }

    fn take(&mut self, settings: &Settings, request: Request<'_>) -> Taken {
        match request {
            Request::Status => return Err(Answer::Status(self.report(settings).into())),
            _ if self.stop != Stop::Running => return failed("nudged is stopping"),
            Request::Acknowledge(who) => return self.seen(settings, who),
            _ if self.errands.is_full() => return failed("too much is under way; try again in a moment"),
            _ => {}
        }
        match request {
            Request::Status | Request::Acknowledge(_) => failed(""),
            Request::Reply { index, to } => self.reply(settings, index, to),
            Request::Set(status) => {
                // It is a person's wish: a link that waits for a person need not wait any more.
                self.want_and_retry(status);
                Ok(What::Set(status))
            }
            Request::Contact { who, act } => self.contact(settings, who, act),
            Request::Search { age, sex, province } => self.search(age, sex, province),
            Request::Group(act) => self.group(settings, act),
            Request::Name(name) => self.name(name),
            Request::Phone(phone, number) => self.phone(phone, number),
        }
    }

    /// As the button does: messages, and without a name mail and requests too.
    fn seen(&mut self, settings: &Settings, who: Option<&str>) -> Taken {
        if let Some(who) = who {
            let who = self.whom(settings, who)?;
            let unread = self.acknowledge_of(&who).unwrap_or(0);
            return done(format!("{} of {} acknowledged", messages(unread), self.title(settings, &who)));
        }
        let mut unread = 0_u16;
        while let Some(from) = self.latch.newest().map(|row| row.from.clone()) {
            unread = unread.saturating_add(self.acknowledge_of(&from).unwrap_or(0));
        }
        let (mails, requests) = self.acknowledge_rest();
        let mut sentence = messages(unread);
        for (count, what) in [(mails as usize, "mail"), (requests, "request")] {
            match count {
                0 => {}
                1 => sentence.push_str(&format!(", 1 {what}")),
                count => sentence.push_str(&format!(", {count} {what}s")),
            }
        }
        done(format!("{sentence} acknowledged"))
    }

    fn reply(&mut self, settings: &Settings, index: usize, to: Option<&str>) -> Taken {
        let texts = &settings.replies.texts;
        let said = u8::try_from(index).ok().filter(|_| index < texts.len()).map(Said::Reply);
        let Some(said) = said else {
            return wrong(match texts.len() {
                0 => "no replies are configured".into(),
                count => format!("there is no reply {}; they are counted from 1 to {count}", index + 1),
            });
        };
        let to = match to {
            Some(who) => self.whom(settings, who)?,
            None => match self.latch.newest() {
                Some(row) => row.from.as_str().into(),
                None => return failed("no message waits; say to whom: nudged reply N WHO"),
            },
        };
        let title = self.title(settings, &to).into();
        match self.say_aside(&to, said) {
            Some(number) => Ok(What::Say { number, title, end: None }),
            None => failed("too many replies are on their way; try again in a moment"),
        }
    }

    fn contact(&mut self, settings: &Settings, who: &str, act: ContactAct<'_>) -> Taken {
        let who = self.whom(settings, who)?;
        let network = Network::of(&who);
        self.roster(network)?;
        let goal = match (act, network) {
            (ContactAct::Find, Network::Msn) => {
                return failed("msn tells no more of people than nudged status shows; find is for qq");
            }
            (ContactAct::Block | ContactAct::Unblock, Network::Qq) => {
                return failed("qq has no blocking; contact remove ends a friendship");
            }
            (ContactAct::Refuse(words), Network::Msn) if !words.is_empty() => {
                return wrong("msn carries no words with a refusal; leave them out".into());
            }
            (ContactAct::Add(words), _) => {
                let most = if network == Network::Qq { QQ_WORDS_MAX } else { NAME_MAX };
                Goal::Add { who, words: fit("words", words, 0, most)? }
            }
            (ContactAct::Refuse(words), _) => {
                Goal::Refuse { who, words: fit("words", words, 0, QQ_WORDS_MAX)? }
            }
            (ContactAct::Accept, _) => Goal::Accept(who),
            (ContactAct::Remove, _) => Goal::Remove(who),
            (ContactAct::Block, _) => Goal::Block(who),
            (ContactAct::Unblock, _) => Goal::Unblock(who),
            (ContactAct::Find, _) => Goal::Find(who),
        };
        Ok(What::Edits(Plan::new(network, goal)))
    }

    fn search(&self, age: u8, sex: Sex, province: &str) -> Taken {
        self.roster(Network::Qq)?;
        let province = fit("province", province, 1, QQ_WORDS_MAX)?;
        Ok(What::Edits(Plan::new(Network::Qq, Goal::Search { age, sex, province })))
    }

    fn group(&self, settings: &Settings, act: GroupAct<'_>) -> Taken {
        let roster = self.roster(Network::Msn).map_err(|_| no_such_word("groups"))?;
        let goal = match act {
            GroupAct::Add(name) => Goal::AddGroup(group_name(name)?),
            GroupAct::Rename(old, new) => {
                Goal::RenameGroup { id: known_group(roster, old)?.0, name: group_name(new)? }
            }
            GroupAct::Remove(name) => {
                let (id, name) = known_group(roster, name)?;
                Goal::RemoveGroup { id, name }
            }
            GroupAct::Move { who, group } => {
                let who = self.whom(settings, who)?;
                if Network::of(&who) == Network::Qq {
                    return Err(no_such_word("groups"));
                }
                let title = roster.find(&who).map_or(who.as_str(), |known| known.title()).into();
                let (id, group) = known_group(roster, group)?;
                Goal::Move { who, title, id, group }
            }
        };
        Ok(What::Edits(Plan::new(Network::Msn, goal)))
    }

    fn name(&self, name: &str) -> Taken {
        self.roster(Network::Msn).map_err(|_| no_such_word("names of our own"))?;
        let name = fit("name", name, 1, NAME_MAX)?;
        Ok(What::Edits(Plan::new(Network::Msn, Goal::Name(name))))
    }

    fn phone(&self, phone: Phone, number: &str) -> Taken {
        self.roster(Network::Msn).map_err(|_| no_such_word("telephone numbers of ours"))?;
        let number = fit("number", number, 0, PHONE_MAX)?;
        Ok(What::Edits(Plan::new(Network::Msn, Goal::Phone(phone, number))))
    }

    /// Whom a person means: a short name of `[people]` in any letter case, or an address, spelt as on the list if it
    /// is there.
    fn whom(&self, settings: &Settings, who: &str) -> Result<String, Answer> {
        let person = settings.people.iter().find(|person| person.name.eq_ignore_ascii_case(who));
        let account = person.map_or(who, |person| &person.account);
        let account: String = match Network::of(account) {
            Network::Qq => Uin::parse(account.as_bytes()).map(|uin| uin.account().as_str().into()),
            Network::Msn => is_address(account).then(|| account.into()),
        }
        .ok_or_else(|| {
            Answer::Wrong(format!(
                "\"{who}\" is nobody; expected a name of [people], an address like bob@example.net, or qq:24259132"
            ))
        })?;
        Ok(self.accounts.find(&account).map_or(account, |known| known.account.into()))
    }

    fn roster(&self, network: Network) -> Result<&Roster, Answer> {
        self.accounts
            .of(network)
            .map(|account| &account.roster)
            .ok_or_else(|| Answer::Failed(format!("no {} account is configured", network.as_str())))
    }
}

/// Words of a person, if they are of a length the network takes and have no controls in them.
fn fit(what: &str, words: &str, least: usize, most: usize) -> Result<String, Answer> {
    if words.len() < least || words.len() > most {
        return Err(Answer::Wrong(format!(
            "{what}: found {} octets, expected {least} to {most}",
            words.len()
        )));
    }
    if words.chars().any(char::is_control) {
        return Err(Answer::Wrong(format!("{what}: found a control character, expected plain text")));
    }
    Ok(words.into())
}

fn group_name(name: &str) -> Result<String, Answer> {
    fit("group", name, 1, GROUP_NAME_MAX)
}

fn known_group(roster: &Roster, name: &str) -> Result<(GroupId, String), Answer> {
    roster
        .group_named(name)
        .map(|(id, name)| (id, name.into()))
        .ok_or_else(|| Answer::Failed(format!("there is no group \"{name}\"")))
}

/// QQ has no such thing on the wire, and MSN is not configured.
fn no_such_word(what: &str) -> Answer {
    Answer::Failed(format!("qq has no {what}; they are for msn"))
}

fn messages(count: u16) -> String {
    match count {
        0 => "no message".into(),
        1 => "1 message".into(),
        count => format!("{count} messages"),
    }
}

fn done(sentence: String) -> Taken {
    Err(Answer::Done(sentence))
}

fn failed(sentence: &str) -> Taken {
    Err(Answer::Failed(sentence.into()))
}

fn wrong(sentence: String) -> Taken {
    Err(Answer::Wrong(sentence))
}

/// Octets of a telephone number, as servers keep them `[observed: Escargot]`.
const PHONE_MAX: usize = 95;

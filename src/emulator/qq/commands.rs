//! What each command does, and what is answered behind `UIN=…`.
//! It does not know HTTP, nor which faults befall an answer on its way.

use std::net::IpAddr;
use std::time::Duration;

use super::faults::Fault;
use super::info;
use super::network::{MT_STATE, Network, OFFLINE, Row, Session, State};
use super::options::Spelling;
use super::request::{Command, Null, Request};
use super::text::{PIECE_MAX, escaped, escaped_but_commas};
use crate::emulator::accounts::{Adding, UIN_MIN};
use crate::emulator::challenge::md5_hex;
use crate::emulator::{ConnId, Service};

/// What is answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// RES=0 and what follows it.
    Done(Vec<u8>),
    /// Another RES alone.
    Code(u32),
    /// RES=3, so late.
    Penalty(Duration),
    /// Two HTTP responses, both RES=0, and what follows it in each.
    Twice(Vec<u8>, Vec<u8>),
}

/// Who asks: the connection, the number and where from.
pub(super) struct Asker {
    pub(super) conn: ConnId,
    pub(super) peer: IpAddr,
    /// Who is asked as; zero, which is nobody, for a number that can't be.
    pub(super) uin: u32,
}

type Answered = Result<Answer, Null>;

impl Service {
    /// Carries a request out. Fields of the wrong form come before everything else: they get no answer, signed in or
    /// not.
    pub(super) fn qq_answer(&mut self, asker: &Asker, request: &Request) -> Answered {
        match request.command {
            Command::Login => self.qq_login(asker, request),
            Command::List => self.qq_list(asker, request),
            Command::QueryStat => self.qq_query_stat(asker, request),
            Command::GetInfo => self.qq_info(asker, request),
            Command::AddToList => self.qq_add(asker, request),
            Command::AckAddToList => self.qq_ack(asker, request),
            Command::DelFromList => self.qq_delete(asker, request),
            Command::ChangeStat => self.qq_change(asker, request),
            Command::GetMsgEx => self.qq_fetch(asker),
            Command::Cltmsg => self.qq_message(asker, request),
            Command::Finger => self.qq_finger(asker, request),
            Command::Logout => Ok(self.qq_logout(asker)),
        }
    }

    /// PS: MD5 of the password in hex of any case; one client had a space behind it. M5 is of no account.
    fn qq_login(&mut self, asker: &Asker, request: &Request) -> Answered {
        let proof = request.text("PS")?.trim().to_ascii_lowercase();
        if proof.is_empty() || request.text("LC")? != self.options.qq.lc {
            return Err(Null);
        }
        if asker.uin < UIN_MIN {
            return Ok(Answer::Code(5));
        }
        let refusal = self.qq_struck(asker.conn, |fault| match fault {
            Fault::RefuseLogin(reason) => Some(reason.clone()),
            _ => None,
        });
        let member = self.qq.member(asker.uin);
        let refusal = refusal.or_else(|| match member {
            None => Some(NO_LOGIN.to_owned()),
            Some(member) if md5_hex(&member.account.password) != proof => Some(WRONG_PASSWORD.to_owned()),
            Some(_) => None,
        });
        if let Some(reason) = refusal {
            return Ok(Answer::Done([b"&RS=1&RA=", escaped(reason.as_bytes()).as_slice()].concat()));
        }
        let taken = self.qq_struck(asker.conn, |fault| match fault {
            Fault::Elsewhere(after) => Some(*after),
            _ => None,
        });
        self.qq.sign_in(self.now, asker.uin, asker.peer, taken.map(|after| self.now + after));
        let comp = self.qq_struck(asker.conn, |fault| match fault {
            Fault::Comp(word) => Some(word.clone()),
            _ => None,
        });
        let options = &self.options.qq;
        let comp =
            comp.as_ref().or(options.comp.as_ref()).map_or_else(String::new, |comp| format!("&COMP={comp}"));
        let tail = format!("&RS=0&HI={}&LI={}{comp}", options.heartbeat, options.limit);
        Ok(Answer::Done(tail.into_bytes()))
    }

    /// UN is where the page begins: behind that number, or at the start if it is on no list.
    fn qq_list(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (size, cursor) = (request.optional("TN")?, request.optional("UN")?);
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let friends = self.qq.member(asker.uin).map(|member| member.friends.clone()).unwrap_or_default();
        let Some(size) = size.filter(|&size| size > 0) else {
            return Ok(Answer::Done(format!("&FN={}", friends.len()).into_bytes()));
        };
        let (page, last) = self.page(asker, &friends, cursor, size, |_, _| true);
        let tail = format!("&FN={}&SN={}&UN={}", u8::from(last), page.len(), list(&page));
        Ok(Answer::Done(tail.into_bytes()))
    }

    /// The friends who are there. Without TN the server answers twice `[seed 003]`.
    fn qq_query_stat(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (size, cursor) = (request.optional("TN")?, request.optional("UN")?);
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let friends = self.qq.member(asker.uin).map(|member| member.friends.clone()).unwrap_or_default();
        let there = |network: &Network, uin: u32| network.shown(uin) != OFFLINE;
        let count = friends.iter().filter(|&&uin| there(&self.qq, uin)).count();
        let number = format!("&FN={count}").into_bytes();
        let Some(size) = size.filter(|&size| size > 0) else {
            return Ok(Answer::Twice(number, b"&FC=&FN=1&SN=0&ST=&UN=&NK=".to_vec()));
        };
        let (page, last) = self.page(asker, &friends, cursor, size, there);
        let mut states: Vec<u32> = page.iter().map(|&uin| self.qq.shown(uin)).collect();
        let faces: Vec<u32> = page.iter().map(|&uin| self.qq_face(uin)).collect();
        if let Some(first) = states.first_mut()
            && self.qq_armed(asker.conn, |fault| *fault == Fault::StrangeRows)
        {
            *first = STRANGE_ST;
        }
        let (faces, states, length) = (list(&faces), list(&states), page.len());
        let head =
            format!("&FC={faces}&FN={}&SN={length}&ST={states}&UN={}&NK=", u8::from(last), list(&page));
        let names = page.iter().map(|&uin| self.qq_name(uin).into_bytes()).collect::<Vec<_>>();
        let tail = [head.into_bytes(), self.texts(asker, &names)].concat();
        let double = self.qq_armed(
            asker.conn,
            |fault| matches!(fault, Fault::Double(step) if step.is(Command::QueryStat)),
        );
        Ok(if double { Answer::Twice(number, tail) } else { Answer::Done(tail) })
    }

    /// One page of a list and whether it is the last.
    fn page(
        &mut self,
        asker: &Asker,
        friends: &[u32],
        cursor: Option<u32>,
        size: u32,
        keep: impl Fn(&Network, u32) -> bool,
    ) -> (Vec<u32>, bool) {
        let cap = self.qq_struck(asker.conn, |fault| match fault {
            Fault::Page(cap) => Some(*cap),
            _ => None,
        });
        let cap = cap.unwrap_or(self.options.qq.page_max);
        let start = cursor.and_then(|cursor| friends.iter().position(|&uin| uin == cursor));
        let rest =
            friends.iter().skip(start.map_or(0, |at| at + 1)).copied().filter(|&uin| keep(&self.qq, uin));
        let mut rest: Vec<u32> = rest.collect();
        let size = usize::try_from(size.min(cap)).unwrap_or(1).max(1);
        let last = rest.len() <= size;
        rest.truncate(size);
        (rest, last)
    }

    fn qq_info(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (level, whom) = (request.number("LV")?, request.number("UN")?);
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        Ok(Answer::Done(info::tail(self.qq.member(whom).map(|member| &member.account), whom, level)))
    }

    fn qq_add(&mut self, asker: &Asker, request: &Request) -> Answered {
        let whom = request.number("UN")?;
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let adding = self.qq.member(whom).map_or(Adding::Closed, |member| member.account.add);
        let refused = if self.options.qq.spelling == Spelling::Seed002 { 3 } else { 2 };
        let cd = match adding {
            _ if whom == asker.uin => refused,
            Adding::Open if self.qq.befriend(asker.uin, whom) => 0,
            Adding::Ask => 1,
            Adding::Open | Adding::Closed => refused,
        };
        Ok(Answer::Done(format!("&CD={cd}&UN={whom}").into_bytes()))
    }

    /// CD: 0 accepts, 1 refuses, 2 asks. Of two sent one is lost and gets RES=3; here that is the first.
    fn qq_ack(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (whom, cd, why) = (request.number("UN")?, request.number("CD")?, request.text("RS")?);
        let (now, penalty) = (self.now, self.options.qq.penalty);
        let twice = self.options.qq.ack_twice;
        let Some(session) = self.qq_session(asker) else { return Ok(Answer::Code(20)) };
        if cd > 2 {
            return Ok(Answer::Penalty(penalty));
        }
        if twice && session.lost_ack.take().is_none_or(|lost| lost + PAIR_TIME < now) {
            session.lost_ack = Some(now);
            return Ok(Answer::Penalty(penalty));
        }
        match cd {
            2 => self.qq.ask(asker.uin, whom, why),
            cd => self.qq.answer(asker.uin, whom, cd == 0, why),
        }
        Ok(self.bare(Spelling::Seed002))
    }

    fn qq_delete(&mut self, asker: &Asker, request: &Request) -> Answered {
        let whom = request.number("UN")?;
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let was = self.qq.unfriend(asker.uin, whom);
        Ok(if was { Answer::Done(b"&".to_vec()) } else { Answer::Penalty(self.options.qq.delete_penalty) })
    }

    fn qq_change(&mut self, asker: &Asker, request: &Request) -> Answered {
        let state = State::of(request.number("ST")?).ok_or(Null)?;
        let (now, penalty, spacing) = (self.now, self.options.qq.penalty, self.options.qq.change_spacing);
        let Some(session) = self.qq_session(asker) else { return Ok(Answer::Code(20)) };
        if session.change_at.is_some_and(|last| last + spacing > now) {
            return Ok(Answer::Penalty(penalty));
        }
        session.change_at = Some(now);
        self.qq.set_state(asker.uin, state);
        Ok(Answer::Done(b"&".to_vec()))
    }

    /// Drains the queue: what is lost on the way is lost.
    fn qq_fetch(&mut self, asker: &Asker) -> Answered {
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let mut rows = self.qq.fetch(asker.uin);
        if self.qq_armed(asker.conn, |fault| *fault == Fault::StrangeRows) {
            rows.push(Row { mt: 9, from: SYSTEM, text: "系统消息 ".into() });
            rows.push(Row { mt: STRANGE_MT, from: SYSTEM, text: "0".into() });
        }
        let older = self.options.qq.spelling == Spelling::Seed002;
        let (mts, from): (Vec<u32>, Vec<u32>) = rows.iter().map(|row| (row.mt, row.from)).unzip();
        let texts: Vec<Vec<u8>> = rows
            .into_iter()
            .map(
                |row| if older && row.mt == MT_STATE { [row.text, b" ".to_vec()].concat() } else { row.text },
            )
            .collect();
        let head = format!("&MN={}&MT={}&UN={}&MG=", mts.len(), list(&mts), list(&from));
        let mut tail = [head.into_bytes(), self.texts(asker, &texts)].concat();
        if older {
            tail.push(b'&');
        }
        Ok(Answer::Done(tail))
    }

    /// A message; that it was taken does not mean that it arrives. A request that came already is not done twice.
    fn qq_message(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (whom, text) = (request.number("UN")?, request.text("MG")?);
        if text.contains('h') && self.qq_armed(asker.conn, |fault| *fault == Fault::NullOnH) {
            return Err(Null);
        }
        let (now, penalty, spacing) = (self.now, self.options.qq.penalty, self.options.qq.message_spacing);
        let seq = request.value("SEQ").unwrap_or_default();
        let key = [seq, b"&", whom.to_string().as_bytes(), b"&", text.as_bytes()].concat();
        let Some(session) = self.qq_session(asker) else { return Ok(Answer::Code(20)) };
        if !repeated(session, now, &key) {
            if text.len() > PIECE_MAX || session.message_at.is_some_and(|last| last + spacing > now) {
                return Ok(Answer::Penalty(penalty));
            }
            session.message_at = Some(now);
            session.sent.push_back((now, key));
            self.qq.write(asker.uin, whom, text.as_bytes());
        }
        Ok(self.bare(Spelling::Seed003))
    }

    /// Search by age, sex and province. No document shows an answer; this one has the form of the other lists.
    fn qq_finger(&mut self, asker: &Asker, request: &Request) -> Answered {
        let (age, sex, province) = (request.optional("AG")?, request.optional("SX")?, request.text("PV")?);
        if self.qq_session(asker).is_none() {
            return Ok(Answer::Code(20));
        }
        let wanted = info::Wanted { age, sex, province };
        let found = self.qq.members().map(|member| &member.account).filter(|account| wanted.fits(account));
        let found: Vec<u32> = found.map(|account| account.uin).filter(|&uin| uin != asker.uin).collect();
        let (page, last) = self.page(asker, &found, None, u32::MAX, |_, _| true);
        let faces: Vec<u32> = page.iter().map(|&uin| self.qq_face(uin)).collect();
        let (faces, length) = (list(&faces), page.len());
        let head = format!("&FC={faces}&FN={}&SN={length}&UN={}&NK=", u8::from(last), list(&page));
        let names = page.iter().map(|&uin| self.qq_name(uin).into_bytes()).collect::<Vec<_>>();
        Ok(Answer::Done([head.into_bytes(), self.texts(asker, &names)].concat()))
    }

    /// Always RES=0, signed in or not. Only who is signed in from there is signed out.
    fn qq_logout(&mut self, asker: &Asker) -> Answer {
        if self.qq_session(asker).is_some() {
            self.qq.sign_out(asker.uin);
        }
        Answer::Done(Vec::new())
    }

    fn qq_session(&mut self, asker: &Asker) -> Option<&mut Session> {
        self.qq.session(self.now, asker.uin, asker.peer)
    }

    fn qq_face(&self, uin: u32) -> u32 {
        self.qq.member(uin).map_or(0, |member| member.account.face)
    }

    fn qq_name(&self, uin: u32) -> String {
        self.qq.member(uin).map_or_else(|| uin.to_string(), |member| member.account.name.clone())
    }

    /// RES=0 with nothing behind it but the `&` that `with` prints.
    fn bare(&self, with: Spelling) -> Answer {
        Answer::Done(if self.options.qq.spelling == with { b"&".to_vec() } else { Vec::new() })
    }

    /// Texts as the items of the last list.
    fn texts(&mut self, asker: &Asker, texts: &[Vec<u8>]) -> Vec<u8> {
        let raw = self.qq_armed(asker.conn, |fault| *fault == Fault::RawCommas);
        let escape = if raw { escaped_but_commas } else { escaped };
        texts.iter().flat_map(|text| [escape(text), b",".to_vec()].concat()).collect()
    }
}

/// Whether a message came already, with the same SEQ.
fn repeated(session: &mut Session, now: Duration, key: &[u8]) -> bool {
    session.sent.retain(|(at, _)| *at + SENT_TIME > now);
    while session.sent.len() >= SENT_MAX {
        session.sent.pop_front();
    }
    session.sent.iter().any(|(_, sent)| sent == key)
}

/// `1,2,`: a comma behind every item `[seed 003]`.
fn list(items: &[u32]) -> String {
    items.iter().map(|item| format!("{item},")).collect()
}

/// The reasons of RA: a wrong password `[seed 003]`, and any other refusal `[seed 002]`.
const WRONG_PASSWORD: &str = "密码错误";
const NO_LOGIN: &str = "登录失败";
/// The system's number.
const SYSTEM: u32 = 10_000;
const STRANGE_ST: u32 = 77;
const STRANGE_MT: u32 = 77;
/// An Ack_AddToList later than this after a lost one is the first of two again.
const PAIR_TIME: Duration = Duration::from_secs(120);
/// How long, and how many, messages are remembered to know them again.
const SENT_TIME: Duration = Duration::from_secs(60);
const SENT_MAX: usize = 128;

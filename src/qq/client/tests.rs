//! A whole account on virtual time, against a server that does what the notes say servers do.

use std::collections::VecDeque;
use std::string::{String, ToString};
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::http::Url;
use crate::link::Room;
use crate::qq::Body;
use crate::qq::info::Sex;
use crate::text::Secret;

/// What the server does with a request.
#[derive(Clone, Debug)]
enum Act {
    /// Answers with these fields after CMD, SEQ and UIN.
    Say(&'static str),
    /// The same, so many seconds later.
    Late(u64, &'static str),
    /// The same, with SEQ=-1.
    MinusOne(&'static str),
    /// These octets as they are, then closes.
    Raw(Vec<u8>),
    /// The same without a length, and the link stays open.
    Open(&'static str),
    /// These octets, then the link breaks.
    Cut(&'static [u8]),
    /// Closes without a word.
    Null,
    /// Never answers.
    Hang,
    /// The link breaks once the request is written.
    Reset,
    /// Nobody listens.
    Unreachable,
}

/// What is to come at some time.
enum Coming {
    Up(Link),
    Octets(Link, Vec<u8>),
    Closed(Link, Closed, u64),
}

struct World {
    client: Client,
    now: Instant,
    /// Told by the client, with the second it was told in.
    told: Vec<String>,
    /// Every request's own fields, with the second it was written in.
    asked: Vec<(u64, String)>,
    seqs: Vec<u32>,
    coming: Vec<(Instant, Coming)>,
    /// What the next requests of a command meet; then what it always meets.
    next: VecDeque<(&'static str, Act)>,
    always: Vec<(&'static str, Act)>,
    mail: VecDeque<&'static str>,
    /// Octets a link is read in at once.
    piece: usize,
    open: usize,
    most_open: usize,
}

const WEI: &str = "qq:24259132";

fn settings() -> Settings {
    Settings {
        server: Url::parse(b"http://127.0.0.1:8000").unwrap(),
        uin: Uin::new(29_501_213).unwrap(),
        password: Secret::new("password".into()),
        status: Status::Online,
        poll: Settings::POLL,
        version: Settings::VERSION.into(),
        lc: Settings::LC.into(),
    }
}

fn head(len: usize) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\nContent-Type: text/plain; charset=UTF-8\r\n\
         Content-Length: {len}\r\n\r\n"
    )
}

impl World {
    fn new(settings: Settings) -> Self {
        Self {
            client: Client::new(settings, 7),
            now: Instant::START,
            told: Vec::new(),
            asked: Vec::new(),
            seqs: Vec::new(),
            coming: Vec::new(),
            next: VecDeque::new(),
            always: Vec::new(),
            mail: VecDeque::new(),
            piece: usize::MAX,
            open: 0,
            most_open: 0,
        }
    }

    /// Signed in, and everything told so far forgotten.
    fn online() -> Self {
        let mut world = Self::new(settings());
        world.act(Client::start);
        world.run(2);
        assert!(world.told.iter().any(|told| told.contains("online")), "{:?}", world.told);
        world.forget();
        world
    }

    fn forget(&mut self) {
        self.told.clear();
        self.asked.clear();
    }

    fn act(&mut self, act: impl FnOnce(&mut Client, Instant, Sink<'_>)) {
        let (now, told) = (self.now, &mut self.told);
        act(&mut self.client, now, &mut |event| told.push(line(now, event)));
        self.drain();
    }

    fn send(&mut self, ticket: u32, words: &str) {
        self.act(|client, now, sink| client.send(now, ticket, WEI, Say::Text(words), sink));
    }

    fn edit(&mut self, ticket: u32, edit: Edit<'_>) {
        self.act(|client, now, _| client.edit(now, ticket, edit).unwrap());
    }

    fn next(&mut self, command: &'static str, act: Act) {
        self.next.push_back((command, act));
    }

    fn always(&mut self, command: &'static str, act: Act) {
        self.always.push((command, act));
    }

    /// Lets so many seconds pass.
    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        let mut turns = 0;
        loop {
            self.drain();
            let wake_at = self.client.wake_at().map(|at| at.max(self.now));
            let due = self.coming.iter().map(|(at, _)| *at).min();
            let Some(at) = earlier(wake_at, due).filter(|at| *at <= end) else { break };
            turns = if at == self.now { turns + 1 } else { 0 };
            assert!(turns < 3000, "the client never rests at {}", self.now);
            self.now = at;
            match self.coming.iter().position(|(due, _)| *due <= at) {
                Some(first) => {
                    let (_, coming) = self.coming.remove(first);
                    self.come(coming);
                }
                None => self.act(Client::tick),
            }
        }
        self.now = end;
    }

    fn come(&mut self, coming: Coming) {
        match coming {
            Coming::Up(link) => self.act(|client, now, sink| client.connected(now, link, sink)),
            Coming::Octets(link, octets) => {
                for piece in octets.chunks(self.piece) {
                    self.act(|client, now, sink| client.bytes(now, link, piece, sink));
                }
            }
            Coming::Closed(link, why, written) => {
                self.open -= 1;
                self.act(|client, now, sink| client.closed(now, link, why, written, sink));
            }
        }
    }

    /// Does what the client wants done with links.
    fn drain(&mut self) {
        loop {
            let now = self.now;
            match self.client.poll() {
                None => return,
                Some(Effect::Connect { link, to, tls }) => {
                    assert_eq!(
                        (link.room, to.to_string().as_str(), tls),
                        (Room::Qq, "127.0.0.1:8000", false)
                    );
                    self.open += 1;
                    self.most_open = self.most_open.max(self.open);
                    let gone = self.next.front().is_some_and(|(command, act)| {
                        *command == "connect" && matches!(act, Act::Unreachable)
                    });
                    if gone || self.always.iter().any(|(command, _)| *command == "connect") {
                        if gone {
                            self.next.pop_front();
                        }
                        self.coming.push((now, Coming::Closed(link, Closed::Unreachable, 0)));
                    } else {
                        self.coming.push((now + Duration::from_millis(20), Coming::Up(link)));
                    }
                }
                Some(Effect::Close(link)) => {
                    let there = |coming: &Coming| match coming {
                        Coming::Up(other) | Coming::Octets(other, _) | Coming::Closed(other, ..) => {
                            *other == link
                        }
                    };
                    self.coming.retain(|(_, coming)| !there(coming));
                    self.open -= 1;
                }
                Some(Effect::Transmit { link, octets }) => {
                    let octets = octets.to_vec();
                    self.serve(link, &octets);
                }
            }
        }
    }

    fn serve(&mut self, link: Link, octets: &[u8]) {
        let request = String::from_utf8(octets.to_vec()).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"), "{head}");
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())), "{head}");
        let mut fields = body.splitn(5, '&');
        assert_eq!(fields.next(), Some("VER=1.1"));
        let command = fields.next().unwrap().strip_prefix("CMD=").unwrap().to_string();
        let seq = fields.next().unwrap().strip_prefix("SEQ=").unwrap().to_string();
        assert_eq!(fields.next(), Some("UIN=29501213"));
        let own = fields.next().unwrap_or_default();
        self.asked.push((self.now.as_millis() / 1000, format!("{command} {own}").trim().to_string()));
        self.seqs.push(seq.parse().unwrap());
        let (wait, octets, why) = self.answer(&command, own, &seq);
        let at = self.now + Duration::from_millis(30 + wait * 1000);
        if let Some(octets) = octets {
            self.coming.push((at, Coming::Octets(link, octets)));
        }
        if let Some(why) = why {
            self.coming.push((at, Coming::Closed(link, why, request.len() as u64)));
        }
    }

    /// A script names a command, or a command with all its own fields.
    fn answer(&mut self, command: &str, own: &str, seq: &str) -> (u64, Option<Vec<u8>>, Option<Closed>) {
        let whole = format!("{command} {own}");
        let is_it = |name: &str| name == command || name == whole;
        let scripted = self.next.iter().position(|(name, _)| is_it(name));
        let act = match scripted.and_then(|at| self.next.remove(at)) {
            Some((_, act)) => act,
            None => match self.always.iter().find(|(name, _)| is_it(name)) {
                Some((_, act)) => act.clone(),
                None => Act::Say(self.usual(command)),
            },
        };
        let body = |seq: &str, fields: &str| {
            let body = format!("VER=1.1&CMD={}&SEQ={seq}&UIN=29501213&{fields}", command.to_uppercase());
            (head(body.len()) + &body + "\r\n").into_bytes()
        };
        let by_peer = Some(Closed::ByPeer);
        match act {
            Act::Say(fields) => (0, Some(body(seq, fields)), by_peer),
            Act::MinusOne(fields) => (0, Some(body("-1", fields)), by_peer),
            Act::Late(wait, fields) => (wait, Some(body(seq, fields)), by_peer),
            Act::Raw(octets) => {
                let text = String::from_utf8_lossy(&octets).replace("{seq}", seq);
                (0, Some(if text.contains(seq) { text.into_bytes() } else { octets }), by_peer)
            }
            Act::Open(fields) => {
                let body = format!("VER=1.1&CMD={}&SEQ={seq}&UIN=29501213&{fields}", command.to_uppercase());
                (0, Some(format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes()), None)
            }
            Act::Cut(octets) => (0, Some(octets.to_vec()), Some(Closed::Broken)),
            Act::Null => (0, None, by_peer),
            Act::Hang => (0, None, None),
            Act::Reset | Act::Unreachable => (0, None, Some(Closed::Broken)),
        }
    }

    fn usual(&mut self, command: &str) -> &'static str {
        match command {
            "Login" => "RES=0&RS=0&HI=60&LI=300",
            "List" => "RES=0&FN=1&SN=2&UN=106814,24259132,",
            "Query_Stat" => "RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,",
            "GetMsgEx" => self.mail.pop_front().unwrap_or("RES=0&MN=0&MT=&UN=&MG="),
            "GetInfo" => "RES=0&LV=0&UN=106814&NK=Hackfan 好",
            "AddToList" => "RES=0&CD=0&UN=106814",
            "Logout" => "RES=0",
            _ => "RES=0&",
        }
    }

    fn asked_of(&self, command: &str) -> Vec<u64> {
        let of = |asked: &&(u64, String)| asked.1.split(' ').next() == Some(command);
        self.asked.iter().filter(of).map(|(at, _)| *at).collect()
    }

    fn told_of(&self, what: &str) -> Vec<&str> {
        self.told.iter().filter(|told| told.contains(what)).map(String::as_str).collect()
    }
}

fn line(now: Instant, event: Event<'_>) -> String {
    let at = now.as_millis() / 1000;
    match event {
        Event::State { state, why } => format!("{at} {state} {why}").trim().to_string(),
        Event::Own(status) => format!("{at} own {}", status.map_or("unknown", Status::as_str)),
        Event::ListsBegin => format!("{at} list"),
        Event::Contact { account } => format!("{at} contact {account}"),
        Event::ListsEnd => format!("{at} list end"),
        Event::Added { account } => format!("{at} added {account}"),
        Event::Removed { account } => format!("{at} removed {account}"),
        Event::Presence { account, presence, name, initial } => {
            let initial = if initial { " initially" } else { "" };
            format!("{at} {account} is {presence} {}{initial}", name.unwrap_or("-"))
        }
        Event::Message { from, body: Body::Text(words) } => format!("{at} {from} says {words}"),
        Event::Message { body, .. } => format!("{at} {body:?}"),
        Event::Friendship { from, step, words } => format!("{at} {from} {step:?} {words}").trim().to_string(),
        Event::Delivery { ticket, outcome, why } => {
            format!("{at} #{ticket} {} {why}", outcome.as_str()).trim().to_string()
        }
        Event::Info { ticket, info } => format!("{at} #{ticket} info of {:?}", info.uin()),
        Event::Found { ticket, fields } => {
            let list: Vec<_> = fields.list("UN").items().map(|item| String::from_utf8_lossy(item)).collect();
            format!("{at} #{ticket} found {}", list.join(" "))
        }
        Event::Edited { ticket, verdict } => format!("{at} #{ticket} {verdict:?}"),
        Event::Notice(words) => format!("{at} notice {words}"),
    }
}

#[test]
fn a_sign_in_tells_the_list_the_states_and_then_asks_for_messages() {
    let mut world = World::new(settings());
    world.act(Client::start);
    world.run(40);
    assert_eq!(
        world.told,
        [
            "0 connecting",
            "0 signing-in",
            "0 list",
            "0 contact qq:106814",
            "0 contact qq:24259132",
            "0 list end",
            "0 qq:106814 is online Hackfan 好 initially",
            "0 qq:24259132 is offline - initially",
            "0 own online",
            "0 online",
        ]
    );
    let ps = "5f4dcc3b5aa765d61d8327deb882cf99";
    let asked: Vec<_> = world.asked.iter().map(|(at, asked)| format!("{at} {asked}")).collect();
    assert_eq!(
        asked,
        [
            &format!("0 Login PS={ps}&M5=1&LC=9326B87B234E7235"),
            "0 List TN=160&UN=0",
            "0 Query_Stat TN=50&UN=0",
            "0 GetMsgEx",
            "15 GetMsgEx",
            "30 GetMsgEx",
        ]
    );
    assert_eq!(world.most_open, 1, "one request, one connection");
    let mut seqs = world.seqs.clone();
    seqs.dedup();
    assert_eq!(seqs.len(), world.seqs.len());
}

#[test]
fn every_octet_of_the_first_request_is_known() {
    let mut client = Client::new(settings(), 7);
    client.start(Instant::START, &mut |_| {});
    let Some(Effect::Connect { link, .. }) = client.poll() else { panic!() };
    client.connected(Instant::START, link, &mut |_| {});
    let Some(Effect::Transmit { octets, .. }) = client.poll() else { panic!() };
    let request = String::from_utf8(octets.to_vec()).unwrap();
    let seq = request.split("SEQ=").nth(1).unwrap().get(..7).unwrap();
    assert_eq!(
        request,
        format!(
            "POST / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: text/plain; charset=UTF-8\r\n\
             Connection: close\r\nContent-Length: 103\r\n\r\nVER=1.1&CMD=Login&SEQ={seq}&UIN=29501213\
             &PS=5f4dcc3b5aa765d61d8327deb882cf99&M5=1&LC=9326B87B234E7235"
        )
    );
}

#[test]
fn a_state_is_told_right_after_the_login_that_made_us_visible() {
    let mut world = World::new(Settings { status: Status::Invisible, ..settings() });
    world.act(Client::start);
    world.run(2);
    assert_eq!(world.asked[1].1, "Change_Stat ST=40");
    assert_eq!(world.told_of("own"), ["0 own invisible"]);
    // Quick changes are held back, and only the last one goes out.
    world.forget();
    for status in [Status::Busy, Status::Online, Status::Away] {
        world.act(|client, now, sink| client.set_status(now, status, sink));
    }
    world.run(60);
    assert_eq!(world.asked_of("Change_Stat"), [30]);
    assert_eq!(world.told_of("own"), ["30 own away"]);
}

#[test]
fn a_punished_change_of_state_is_tried_once_more_and_then_every_five_minutes() {
    let mut world = World::online();
    world.always("Change_Stat", Act::Late(20, "RES=3"));
    world.act(|client, now, sink| client.set_status(now, Status::Busy, sink));
    world.run(600);
    let asked = world.asked_of("Change_Stat");
    assert_eq!(asked, [2, 52, 372], "20 s of waiting and 30 s of patience, then 300 s");
    assert!(world.told_of("own").is_empty());
    assert!(world.told_of("stale").is_empty(), "a penalty is no stale link");
}

#[test]
fn what_friends_do_is_not_called_known_while_the_server_refuses_to_tell() {
    let mut world = World::online();
    world.always("GetMsgEx", Act::Late(0, "RES=3"));
    world.run(20);
    world.forget();
    // Other answers show that the server lives, and no more.
    world.act(|client, now, sink| client.send(now, 1, "qq:24259132", Say::Text("hi"), sink));
    world.run(5);
    assert_eq!(world.told_of("online"), [""; 0], "{:?}", world.told);
    world.always.clear();
    world.run(60);
    assert!(world.told.last().unwrap().ends_with(" online"), "{:?}", world.told);
}

#[test]
fn a_change_of_state_that_may_have_been_lost_is_waited_for_until_states_are_listed() {
    let mut world = World::online();
    // The server forgets what it answered. That messages come again says nothing of the one that was lost.
    world.next("GetMsgEx", Act::Reset);
    world.always("Query_Stat", Act::Null);
    world.run(60);
    assert!(world.asked_of("GetMsgEx").len() > 3 && !world.asked_of("Query_Stat").is_empty());
    assert_eq!(world.told_of("stale").len(), 1, "{:?}", world.told);
    assert_eq!(world.told_of("online"), [""; 0], "{:?}", world.told);
    world.always.clear();
    world.run(300);
    assert!(world.told.last().unwrap().ends_with(" online"), "{:?}", world.told);
}

#[test]
fn a_state_that_can_not_be_read_is_not_the_one_before() {
    for mail in ["RES=0&MN=2&MT=99,9,&UN=106814,24259132,&MG=x,20,a,", "RES=0&MN=1&MT=99,&UN=106814,&MG="] {
        let mut world = World::online();
        world.always("Query_Stat", Act::Null);
        world.mail.push_back(mail);
        world.run(40);
        assert_eq!(world.told_of("106814 is"), ["15 qq:106814 is unknown -"], "{mail}");
        world.always.clear();
        world.run(300);
        assert_eq!(world.told_of("106814 is").len(), 2, "{mail}: {:?}", world.told);
    }
}

#[test]
fn a_session_that_was_forgotten_takes_what_is_known_of_states_with_it() {
    let mut world = World::online();
    world.act(|client, now, sink| client.set_status(now, Status::Busy, sink));
    world.run(1);
    world.forget();
    world.next("GetMsgEx", Act::Say("RES=20"));
    // Our own state comes before the lists, and is punished.
    world.next("Change_Stat", Act::Late(20, "RES=3"));
    world.run(35);
    assert_eq!((world.asked_of("Login").len(), world.asked_of("Change_Stat").len()), (1, 1));
    assert_eq!(world.asked_of("Query_Stat"), [35]);
    let link: Vec<&String> = world.told.iter().filter(|told| told.split(' ').count() == 2).collect();
    assert_eq!(link, ["15 stale", "35 online"], "{:?}", world.told);
}

#[test]
fn the_name_of_a_friend_who_comes_later_is_asked_for_once() {
    let mut world = World::online();
    world.mail.push_back("RES=0&MN=1&MT=99,&UN=24259132,&MG=10,");
    world.forget();
    world.run(20);
    assert_eq!(world.asked_of("Query_Stat").len(), 1, "{:?}", world.asked);
    world.mail.push_back("RES=0&MN=2&MT=99,99,&UN=24259132,24259132,&MG=20,30,");
    world.forget();
    world.run(20);
    assert_eq!(world.asked_of("Query_Stat").len(), 0, "a server that has none is not asked again and again");
}

#[test]
fn messages_come_from_friends_and_the_system_and_are_followed_closely() {
    let mut world = World::online();
    world.mail.push_back(
        "RES=0&MN=5&MT=99,9,77,9,2,&UN=106814,24259132,106814,10000,99833581,\
         &MG=30 ,see you%252c bye%0d%0a ,?,upgrade now ,please ,&",
    );
    world.run(80);
    assert_eq!(
        world.told,
        [
            "15 qq:106814 is busy -",
            "15 qq:24259132 says see you, bye\r\n",
            "15 notice upgrade now",
            "15 qq:99833581 Asked please",
        ]
    );
    let polls = world.asked_of("GetMsgEx");
    assert_eq!(polls.iter().filter(|at| (15..75).contains(*at)).count(), 20, "{polls:?}");
    assert_eq!(polls.iter().filter(|at| (77..82).contains(*at)).count(), 0, "{polls:?}");
}

#[test]
fn a_friendship_is_shown_and_never_answered() {
    let mut world = World::online();
    world.mail.push_back("RES=0&MN=3&MT=2,3,4,&UN=5,106814,6,&MG=hi,,no thanks,");
    world.run(600);
    assert_eq!(world.told_of("qq:5 "), ["15 qq:5 Asked hi"]);
    assert_eq!(world.told_of("Accepted"), ["15 qq:106814 Accepted"]);
    assert_eq!(world.told_of("qq:6 "), ["15 qq:6 Refused no thanks"]);
    assert!(world.asked_of("Ack_AddToList").is_empty() && world.asked_of("AddToList").is_empty());
    assert_eq!(world.asked_of("List"), [15], "who accepted us is on the list now");
}

#[test]
fn a_long_message_is_whole_even_where_a_character_was_cut_between_two_polls() {
    let mut world = World::online();
    let text = "你".repeat(140) + " ";
    let (first, second) = text.as_bytes().split_at(400);
    for piece in [first, second] {
        let mut body = b"VER=1.1&CMD=GETMSGEX&RES=0&MN=1&MT=9,&UN=24259132,&MG=".to_vec();
        body.extend_from_slice(piece);
        body.push(b',');
        world.next("GetMsgEx", Act::Raw([head(body.len()).as_bytes(), &body].concat()));
    }
    world.run(40);
    assert_eq!(world.told, [format!("18 qq:24259132 says {}", "你".repeat(140))]);
}

#[test]
fn what_is_said_is_delivered_once_the_server_takes_it() {
    let mut world = World::online();
    world.send(1, "好的, 50%");
    world.send(2, "bye");
    world.run(10);
    assert_eq!(world.told, ["2 #1 sending", "2 #2 sending", "2 #1 delivered", "3 #2 delivered"]);
    assert_eq!(world.asked[0].1, "CLTMSG UN=24259132&MG=好的%2C 50%25");
    for (words, why) in [("", "expected 1 to 400 octets"), (&"x".repeat(401), "expected 1 to 400 octets")] {
        world.forget();
        world.send(3, words);
        assert!(world.told[0].contains(why), "{:?}", world.told);
    }
    world.forget();
    world.act(|client, now, sink| {
        client.send(now, 4, WEI, Say::Nudge, sink);
        client.send(now, 5, "bob@example.net", Say::Text("hi"), sink);
    });
    assert_eq!(
        world.told,
        ["12 #4 failed qq has no nudges", "12 #5 failed expected an account like qq:24259132"]
    );
}

#[test]
fn a_text_that_does_not_fit_goes_out_in_two_pieces_cut_at_a_character() {
    let mut world = World::online();
    let text = "a".to_string() + &"你".repeat(133);
    assert_eq!(text.len(), 400);
    world.send(1, &text);
    world.run(10);
    let said: Vec<_> = world.asked.iter().filter(|asked| asked.1.starts_with("CLTMSG")).collect();
    assert_eq!(said.len(), 2);
    assert!(said[0].1.ends_with(&("MG=a".to_string() + &"你".repeat(132))) && said[1].1.ends_with("MG=你"));
    assert_eq!(world.told, ["2 #1 sending", "3 #1 delivered"]);
}

#[test]
fn a_reply_whose_answer_is_lost_is_unsure_and_never_sent_again() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nCMD=CLTMSG&RES=0".to_vec();
    for act in [
        Act::Null,
        Act::Hang,
        Act::Reset,
        Act::Raw(cut),
        Act::Cut(b"HTTP/1.1 200 OK\r\n\r\nCMD=CLTMSG&RES=0"),
        Act::Raw(head(0).into_bytes()),
        Act::Raw(b"SSH-2.0-OpenSSH\r\n".to_vec()),
    ] {
        let mut world = World::online();
        world.next("CLTMSG", act.clone());
        world.send(1, "hello");
        world.run(300);
        assert_eq!(world.asked_of("CLTMSG").len(), 1, "{act:?}");
        let told = world.told_of("#1");
        assert!(told.len() == 2 && told[1].contains("#1 unsure"), "{act:?}: {told:?}");
        assert_eq!(world.client.told, LinkState::Online, "{:?}", world.told);
    }
}

#[test]
fn a_reply_that_never_left_is_sent_when_the_server_is_there_again() {
    let mut world = World::online();
    world.next("connect", Act::Unreachable);
    world.send(1, "hello");
    world.run(20);
    assert_eq!(world.told, ["2 #1 sending", "2 stale", "7 #1 delivered", "7 online"]);
}

#[test]
fn a_punished_reply_waits_and_is_sent_once_more() {
    let mut world = World::online();
    world.next("CLTMSG", Act::Late(20, "RES=3"));
    world.send(1, "hello");
    world.run(100);
    assert_eq!(world.asked_of("CLTMSG"), [2, 52]);
    assert_eq!(world.told, ["2 #1 sending", "52 #1 delivered"]);

    let mut world = World::online();
    world.always("CLTMSG", Act::Late(30, "RES=3"));
    world.send(1, "hello");
    world.run(300);
    assert_eq!(world.asked_of("CLTMSG"), [2, 62]);
    assert_eq!(world.told_of("#1")[1], "92 #1 failed too fast for the server");
}

#[test]
fn replies_that_come_too_fast_are_spaced_and_too_many_refused() {
    let mut world = World::online();
    for ticket in 1..=5 {
        world.send(ticket, "x");
    }
    world.run(30);
    assert_eq!(world.asked_of("CLTMSG").len(), 3);
    assert_eq!(world.told_of("delivered").len(), 3);
    assert_eq!(world.told_of("failed too many").len(), 2);
}

#[test]
fn somebody_else_signing_in_is_answered_by_one_sign_in_and_then_by_patience() {
    let mut world = World::online();
    world.next("GetMsgEx", Act::Say("RES=20"));
    world.run(40);
    assert_eq!(world.asked_of("Login"), [15]);
    assert_eq!(world.told_of("stale").len(), 1);
    assert!(world.told_of("contact").is_empty() && world.told_of("added").is_empty(), "{:?}", world.told);
    assert_eq!(world.told[world.told.len() - 2..], ["15 own online", "15 online"]);

    // Once more within LI: they want it for themselves.
    world.next("GetMsgEx", Act::Say("RES=20"));
    world.forget();
    world.run(600);
    assert!(world.asked_of("Login").is_empty());
    assert_eq!(world.told.len(), 1);
    assert!(world.told[0].ends_with("somewhere else; back after 10 min, or by nudged set STATUS"));
    world.run(120);
    assert_eq!(world.asked_of("Login").len(), 1, "after ten minutes");
}

#[test]
fn a_storm_of_not_signed_in_costs_two_logins_in_ten_minutes() {
    let mut world = World::new(settings());
    for command in ["List", "Query_Stat", "GetMsgEx", "CLTMSG", "Change_Stat"] {
        world.always(command, Act::Say("RES=20"));
    }
    world.act(Client::start);
    world.run(550);
    assert_eq!(world.asked_of("Login"), [0, 0]);
    world.run(24 * 3600);
    assert!(world.asked_of("Login").len() <= 20, "{:?}", world.asked_of("Login"));
    assert!(world.told_of("online").is_empty());
}

#[test]
fn a_reply_refused_for_want_of_a_sign_in_is_sent_after_it() {
    let mut world = World::online();
    world.next("CLTMSG", Act::Say("RES=20"));
    world.send(1, "hello");
    world.run(10);
    assert_eq!(world.asked_of("CLTMSG").len(), 2);
    assert_eq!(world.told_of("#1").last(), Some(&"3 #1 delivered"));
    // If the sign-in fails it was certainly not sent.
    world.run(400);
    world.forget();
    world.next("CLTMSG", Act::Say("RES=20"));
    world.always("Login", Act::Say("RES=0&RS=1&RA=密码错误"));
    world.send(2, "hello");
    world.run(10);
    assert_eq!(world.told_of("#2").len(), 2);
    assert!(world.told_of("#2")[1].contains("failed not signed in any more"));
    assert!(world.told.last().unwrap().ends_with("refused login refused: 密码错误"));
}

#[test]
fn a_refused_login_stops_and_shows_the_reason() {
    for (answer, why) in [
        ("RES=0&RS=1&RA=登录失败", "login refused: 登录失败"),
        ("RES=0&RS=1&RA=\x1b[31m%1b", "login refused: \\u{1b}[31m"),
        ("RES=0&RS=2", "login refused with RS=2"),
        ("RES=5", "29501213 is no legal uin for this server"),
    ] {
        let mut world = World::new(settings());
        world.always("Login", Act::Say(answer));
        world.act(Client::start);
        world.run(24 * 3600);
        assert_eq!(world.asked_of("Login"), [0]);
        let told = world.told.last().unwrap();
        assert!(told.contains("refused") && !told.contains('\x1b'), "{told}");
        if !answer.contains('\x1b') {
            assert_eq!(*told, format!("0 refused {why}"));
        }
        world.act(Client::retry_now);
        world.run(1);
        assert_eq!(world.asked_of("Login").len(), 2);
    }
}

#[test]
fn logins_answered_with_nothing_raise_a_question_and_are_tried_ever_more_rarely() {
    let mut world = World::new(settings());
    world.always("Login", Act::Null);
    world.act(Client::start);
    world.run(3600);
    assert!((6..=9).contains(&world.asked_of("Login").len()), "{:?}", world.asked_of("Login"));
    let told = world.told_of("lost");
    assert!(told[1].ends_with("the server answered nothing to login"), "{told:?}");
    assert!(told[2..].iter().all(|told| told.ends_with("are uin, version and lc right?")), "{told:?}");
    world.always.clear();
    world.run(700);
    assert_eq!(world.client.told, LinkState::Online, "it was the server");
}

#[test]
fn another_server_at_that_address_is_asked_about() {
    for (raw, sentence) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\n<html>", "something else (HTTP 404)"),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "something else (HTTP 403)"),
        ("SSH-2.0-OpenSSH\r\n", "does not speak HTTP/1.1"),
    ] {
        let mut world = World::new(settings());
        world.next("Login", Act::Raw(raw.as_bytes().to_vec()));
        world.act(Client::start);
        world.run(1);
        let told = world.told_of("lost");
        assert!(told[0].ends_with(&format!("{sentence}; is this the address of a qq server?")), "{told:?}");
    }
}

#[test]
fn answers_of_nothing_now_and_then_are_lived_with() {
    let mut world = World::new(settings());
    for command in ["List", "Query_Stat", "GetMsgEx", "GetMsgEx"] {
        world.next(command, Act::Null);
    }
    world.act(Client::start);
    world.run(60);
    assert_eq!(world.asked_of("Login").len(), 1);
    assert_eq!(world.told.last().map(|told| told.ends_with(" online")), Some(true));
}

#[test]
fn a_server_that_goes_away_is_noticed_at_once_and_given_up_within_li() {
    for act in [Act::Hang, Act::Null, Act::Reset] {
        let mut world = World::online();
        for command in ["GetMsgEx", "List", "Query_Stat", "Login"] {
            world.always(command, act.clone());
        }
        world.run(300);
        let at = |what: &str| {
            let told = world.told_of(what)[0].split(' ').next().unwrap();
            told.parse::<u64>().unwrap()
        };
        assert!(at("stale") <= 20, "{act:?} {:?}", world.told);
        // One that may bring mail yet gets all its time.
        let patience = if matches!(act, Act::Hang) { QQ_REPLY_TIMEOUT.as_secs() } else { 0 };
        assert!(at("lost") <= 2 + 125 + patience, "{act:?} {:?}", world.told);
    }
    let mut world = World::online();
    world.always("connect", Act::Unreachable);
    world.run(300);
    assert!(world.told_of("lost")[0].contains("server unreachable"));
    world.always.clear();
    world.run(300);
    assert_eq!(world.told.last().map(|told| told.ends_with(" online")), Some(true), "{:?}", world.told);
    assert_eq!(world.told_of("contact").len(), 2, "the list is told anew");
}

#[test]
fn what_waits_when_the_link_is_lost_has_failed() {
    let mut world = World::online();
    world.always("connect", Act::Unreachable);
    world.send(1, "hello");
    world.edit(9, Edit::Add(Uin::new(5).unwrap()));
    world.run(300);
    let told = world.told_of("#1");
    assert!(told.len() == 2 && told[1].contains("failed"), "{told:?}");
    assert_eq!(world.told_of("#9").len(), 1);
    assert!(world.told_of("#9")[0].ends_with("NotSent"));
    world.forget();
    world.send(2, "hello");
    assert!(world.told[0].ends_with("#2 failed not signed in"));
}

#[test]
fn lists_of_many_pages_are_read_to_their_end() {
    let mut world = World::new(settings());
    world.next("List", Act::Say("RES=0&FN=0&SN=2&UN=1,2,"));
    world.next("List", Act::Say("RES=0&FN=0&SN=1&UN=3,"));
    world.next("List", Act::Say("RES=0&FN=1&SN=1&UN=4,"));
    world.next("Query_Stat", Act::Say("RES=0&FC=0,&FN=0&SN=1&ST=10,&UN=2,&NK=b,"));
    world.next("Query_Stat", Act::Say("RES=0&FC=0,&FN=1&SN=1&ST=30,&UN=3,&NK=c,"));
    world.act(Client::start);
    world.run(2);
    let asked: Vec<_> =
        world.asked.iter().map(|asked| asked.1.as_str()).filter(|asked| asked.contains("TN=")).collect();
    assert_eq!(
        asked,
        [
            "List TN=160&UN=0",
            "List TN=160&UN=2",
            "List TN=160&UN=3",
            "Query_Stat TN=50&UN=0",
            "Query_Stat TN=50&UN=2"
        ]
    );
    assert_eq!(world.told_of("contact").len(), 4);
    assert_eq!(world.told_of("offline").len(), 2);
    assert_eq!(world.told_of("is busy c"), ["0 qq:3 is busy c initially"]);
}

#[test]
fn a_list_and_states_that_come_between_each_others_pages_do_not_mix() {
    const FIRST: &str = "List TN=160&UN=0";
    const SECOND: &str = "List TN=160&UN=24259132";
    let mut world = World::online();
    world.always(FIRST, Act::Say("RES=0&FN=0&SN=2&UN=106814,24259132,"));
    world.always(SECOND, Act::Say("RES=0&FN=1&SN=1&UN=36791785,"));
    // The list is to be asked for, and states too; its second page is late, and they come first.
    world.mail.push_back("RES=0&MN=2&MT=3,99,&UN=36791785,24259132,&MG=yes,10,");
    world.next(SECOND, Act::Null);
    world.run(60);
    assert_eq!(world.told_of("removed"), [""; 0], "{:?}", world.told);
    assert_eq!(world.told_of("added").len(), 1);

    // The other way round: between two pages of states a list begins, and goes no further.
    world.forget();
    world.always("Query_Stat TN=50&UN=0", Act::Say("RES=0&FC=0,&FN=0&SN=1&ST=10,&UN=36791785,&NK=L,"));
    world.always("Query_Stat TN=50&UN=36791785", Act::Say("RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=24259132,&NK=W,"));
    world.run(300);
    world.next("Query_Stat TN=50&UN=36791785", Act::Null);
    while world.next.len() == 1 {
        world.run(1);
    }
    world.next(SECOND, Act::Null);
    world.edit(9, Edit::Remove(Uin::new(5).unwrap()));
    world.run(60);
    assert!(world.next.is_empty());
    assert_eq!(world.told_of("36791785 is offline"), [""; 0], "{:?}", world.told);
}

#[test]
fn somebody_whose_state_is_told_without_end_though_no_list_has_them_costs_a_list_an_hour() {
    for stranger in
        ["RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=555,&NK=x,", "RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=10000,&NK=x,"]
    {
        let mut world = World::online();
        world.always("Query_Stat", Act::Say(stranger));
        world.run(3 * 3600);
        let lists = world.asked_of("List");
        assert_eq!(lists.len(), if stranger.contains("555") { 3 } else { 0 }, "{lists:?}");
        assert_eq!(world.told_of("stale"), [""; 0]);
    }
}

#[test]
fn a_listing_without_end_after_mail_was_lost_leaves_unknown_whom_it_did_not_name() {
    let mut world = World::online();
    world.next("GetMsgEx", Act::Reset);
    world.always("Query_Stat", Act::Say("RES=0&FN=9&SN=1&ST=10,&UN=106814,&NK=a,"));
    world.run(100);
    assert_eq!(world.told_of("24259132 is"), ["20 qq:24259132 is unknown -"]);
    assert!(world.told.last().unwrap().ends_with("online"), "{:?}", world.told);
}

#[test]
fn a_listing_without_end_is_left_and_nobody_is_called_offline_for_it() {
    let mut world = World::new(settings());
    world.always("Query_Stat", Act::Say("RES=0&FN=9&SN=1&ST=10,&UN=106814,&NK=a,"));
    world.always("List", Act::Say("RES=0&FN=9&SN=2&UN=106814,24259132,"));
    world.act(Client::start);
    world.run(2);
    assert_eq!(world.asked_of("List").len(), 2);
    assert_eq!(world.asked_of("Query_Stat").len(), 2);
    assert!(world.told_of("offline").is_empty() && world.told.last().unwrap().ends_with("online"));
}

#[test]
fn states_are_listed_anew_every_five_minutes_and_who_is_gone_is_offline() {
    let mut world = World::online();
    world.next("Query_Stat", Act::Say("RES=0&FC=&FN=1&SN=0&ST=&UN=&NK="));
    world.run(310);
    assert_eq!(world.told, ["300 qq:106814 is offline -"]);
}

#[test]
fn the_answer_that_fits_is_found_among_the_servers_habits() {
    let list = "VER=1.1&CMD=QUERY_STAT&SEQ={seq}&UIN=29501213&RES=0&FC=0,&FN=1&SN=1&ST=30,&UN=106814,&NK=a,";
    let count = "VER=1.1&CMD=QUERY_STAT&SEQ={seq}&UIN=29501213&RES=0&FN=1";
    // {seq} is replaced by seven digits.
    let long = |body: &str| head(body.len() + 2);
    let bare = "HTTP/1.1 200 OK\r\nServer: tencent imserver/1.0.0\r\n\r\n";
    for raw in [
        format!("{}{count}\r\n{}{list}", long(count), long(list)),
        format!("{}{count}{}{list}\r\n", long(count), long(list)),
        format!("{bare}{list}\r\n"),
        format!("{bare}{count}\r\n{bare}{list}\r\n"),
        format!("\r\n\r\n{}{list}&", long(list)),
        format!("HTTP/1.1 100 Continue\r\n\r\n{}{list}", long(list)),
    ] {
        for piece in [usize::MAX, 1, 7] {
            let mut world = World::new(settings());
            world.piece = piece;
            world.next("Query_Stat", Act::Raw(raw.clone().into_bytes()));
            world.act(Client::start);
            world.run(2);
            assert_eq!(world.told_of("is busy a"), ["0 qq:106814 is busy a initially"], "{raw:?}");
            assert_eq!(world.asked_of("Query_Stat").len(), 1, "{raw:?}");
        }
    }
    let mut world = World::new(settings());
    world.next("Query_Stat", Act::MinusOne("RES=0&FC=141,&FN=1&SN=1&ST=10,&UN=106814,&NK=a,"));
    world.act(Client::start);
    world.run(2);
    assert_eq!(world.asked_of("Query_Stat").len(), 1);
}

#[test]
fn mail_that_came_in_half_is_not_lost_with_the_connection() {
    let mut world = World::online();
    let body = "VER=1.1&CMD=GETMSGEX&SEQ={seq}&UIN=29501213&RES=0&MN=1&MT=9,&UN=24259132,&MG=hello the";
    world.next("GetMsgEx", Act::Raw((head(500) + body).into_bytes()));
    world.run(20);
    assert_eq!(world.told, ["15 qq:24259132 says hello the…"]);
    // Half of anything else may say the opposite of the whole: `RES=2` of `RES=20`.
    world.forget();
    world.next("CLTMSG", Act::Raw((head(500) + "CMD=CLTMSG&SEQ={seq}&UIN=29501213&RES=0").into_bytes()));
    world.send(1, "hello");
    world.run(5);
    assert!(world.told_of("#1")[1].contains("unsure"));
}

#[test]
fn an_answer_without_a_length_is_believed_in_the_end_though_the_server_never_closes() {
    let mut world = World::new(settings());
    world.next("Login", Act::Open("RES=0&RS=0&HI=60&LI=300\r\n"));
    world.next("List", Act::Open("RES=0&FN=1&SN=2&UN=106814,24259132,\r\n"));
    world.next("Query_Stat", Act::Open("RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,\r\n"));
    world.next("GetMsgEx", Act::Open("RES=0&MN=2&MT=9,9,&UN=106814,24259132,&MG=hi ,you ,\r\n"));
    world.act(Client::start);
    world.run(200);
    assert_eq!(["Login", "List", "Query_Stat"].map(|command| world.asked_of(command).len()), [1, 1, 1]);
    assert!(world.told_of("lost").is_empty(), "{:?}", world.told);
    assert_eq!(world.told_of("says"), ["180 qq:106814 says hi", "180 qq:24259132 says you"]);
    // What we say, too; but half an answer is none, and half a message is marked.
    world.forget();
    world.next("CLTMSG", Act::Open("RES=0&\r\n"));
    world.next("CLTMSG", Act::Open("RES=0"));
    world.send(1, "hello");
    world.send(2, "hello");
    world.next("GetMsgEx", Act::Open("RES=0&MN=2&MT=9,9,&UN=106814,24259132,&MG=hi ,one\r\n"));
    world.run(200);
    assert!(world.told_of("#1")[1].ends_with("delivered") && world.told_of("#2")[1].contains("unsure"));
    let says: Vec<&str> = world.told_of("says").iter().map(|told| told.split_once(' ').unwrap().1).collect();
    assert_eq!(says, ["qq:106814 says hi", "qq:24259132 says one…"]);
}

#[test]
fn a_batch_longer_than_usual_is_read_whole() {
    let mut world = World::online();
    let count = 100;
    let words = "B".repeat(300) + " ,";
    let body = format!(
        "VER=1.1&CMD=GETMSGEX&SEQ={{seq}}&UIN=29501213&RES=0&MN={count}&MT={}&UN={}&MG={}",
        "9,".repeat(count),
        "24259132,".repeat(count),
        words.repeat(count)
    );
    world.next("GetMsgEx", Act::Raw((head(body.len() + 2) + &body).into_bytes()));
    world.piece = 1024;
    world.run(16);
    assert_eq!(world.told_of("says BBB").len(), count);
}

#[test]
fn acceptance_and_refusal_are_sent_twice_and_one_that_arrives_is_enough() {
    let them = Uin::new(99_833_581).unwrap();
    let cases = [
        (Act::Say("RES=0&"), Act::Late(20, "RES=3"), "Done"),
        (Act::Late(20, "RES=3"), Act::Say("RES=0"), "Done"),
        (Act::Late(20, "RES=3"), Act::Late(20, "RES=3"), "TooOften"),
        (Act::Null, Act::Late(20, "RES=3"), "Unsure"),
        (Act::Null, Act::Say("RES=0&"), "Done"),
    ];
    for (first, second, verdict) in cases {
        for (edit, cd) in
            [(Edit::Accept(them), "0&RS="), (Edit::Refuse(them, "no, sorry"), "1&RS=no%2C sorry")]
        {
            let mut world = World::online();
            world.next("Ack_AddToList", first.clone());
            world.next("Ack_AddToList", second.clone());
            world.edit(3, edit);
            world.run(60);
            let sent: Vec<_> = world
                .asked
                .iter()
                .filter(|asked| asked.1.starts_with("Ack"))
                .map(|asked| asked.1.clone())
                .collect();
            assert_eq!(
                sent,
                [format!("Ack_AddToList UN=99833581&CD={cd}"), format!("Ack_AddToList UN=99833581&CD={cd}")]
            );
            assert_eq!(world.told_of("#3").len(), 1);
            assert!(world.told_of("#3")[0].ends_with(verdict), "{:?}", world.told);
        }
    }
}

#[test]
fn edits_are_answered_as_the_notes_say() {
    let them = Uin::new(106_814).unwrap();
    let cases = [
        (Edit::Add(them), "AddToList", "RES=0&CD=0&UN=106814", "Done", "UN=106814"),
        (Edit::Add(them), "AddToList", "RES=0&CD=1&UN=106814", "MustAsk", "UN=106814"),
        (Edit::Add(them), "AddToList", "RES=0&CD=2&UN=106814", "Declined", "UN=106814"),
        (Edit::Add(them), "AddToList", "RES=0&CD=3&UN=106814", "Declined", "UN=106814"),
        (Edit::Remove(them), "DelFromList", "RES=0&", "Done", "UN=106814"),
        (Edit::Remove(them), "DelFromList", "RES=3", "TooOften", "UN=106814"),
        (Edit::Find(them, 3), "GetInfo", "RES=0&LV=3&UN=106814&NK=x", "Done", "LV=3&UN=106814"),
        (Edit::Search(19, Sex::Female, "江苏"), "Finger", "RES=0&UN=1,2,", "Done", "AG=19&SX=1&PV=江苏"),
    ];
    for (edit, command, answer, verdict, own) in cases {
        let mut world = World::online();
        world.next(command, Act::Say(answer));
        world.edit(3, edit);
        assert_eq!(world.client.edit(world.now, 4, edit), Err(NotNow::Busy), "one at a time");
        world.run(5);
        assert_eq!(world.asked[0].1, format!("{command} {own}"));
        assert!(world.told_of("#3").last().unwrap().ends_with(verdict), "{:?}", world.told);
        assert_eq!(world.told_of("info of").len(), usize::from(command == "GetInfo"));
        let found = if command == "Finger" { &["2 #3 found 1 2"][..] } else { &[] };
        assert_eq!(world.told_of("found"), found);
        let changed = verdict == "Done" && matches!(command, "AddToList" | "DelFromList");
        assert_eq!(world.asked_of("List").len(), usize::from(changed), "{command} {verdict}");
    }
    for (act, verdict) in [(Act::Null, "Unsure"), (Act::Hang, "Unsure")] {
        let mut world = World::online();
        world.next("DelFromList", act);
        world.edit(3, Edit::Remove(them));
        world.run(60);
        assert_eq!(world.asked_of("DelFromList").len(), 1, "never twice");
        assert!(world.told_of("#3")[0].ends_with(verdict));
    }
}

#[test]
fn what_a_server_did_not_do_for_want_of_a_sign_in_is_not_called_unsent() {
    let mut world = World::online();
    world.always("GetInfo", Act::Say("RES=20"));
    world.edit(3, Edit::Find(Uin::new(106_814).unwrap(), 3));
    world.run(5);
    assert_eq!(world.told_of("#3"), ["2 #3 SignedOut"]);
    assert_eq!(world.asked_of("GetInfo").len(), 2, "once more after signing in");

    // What only waited was not asked for at all.
    let mut world = World::online();
    world.always("Login", Act::Null);
    world.next("CLTMSG", Act::Say("RES=20"));
    world.send(1, "hello");
    world.edit(3, Edit::Find(Uin::new(106_814).unwrap(), 3));
    world.run(5);
    assert_eq!((world.told_of("#3"), world.asked_of("GetInfo").len()), (["2 #3 NotSent"].to_vec(), 0));
}

#[test]
fn a_new_friend_is_added_and_a_lost_one_removed() {
    let mut world = World::online();
    world.next("List", Act::Say("RES=0&FN=1&SN=2&UN=5,106814,"));
    world.edit(1, Edit::Add(Uin::new(5).unwrap()));
    world.run(5);
    assert_eq!(world.told_of("added"), ["2 added qq:5"]);
    assert_eq!(world.told_of("removed"), ["2 removed qq:24259132"]);
    assert_eq!(world.told_of("qq:5 is"), ["2 qq:5 is offline -"], "states are asked for again");
}

#[test]
fn the_end_signs_out_and_takes_a_second_at_most() {
    let mut world = World::online();
    world.act(Client::sign_out);
    world.run(2);
    assert_eq!(world.asked, [(2, "Logout".to_string())]);
    assert_eq!(world.told, ["2 stopping", "2 stopped"]);
    assert_eq!((world.open, world.client.wake_at()), (0, None));

    let mut world = World::online();
    world.next("CLTMSG", Act::Hang);
    world.next("Logout", Act::Hang);
    world.send(1, "hello");
    world.send(2, "hello");
    world.run(1);
    world.act(Client::sign_out);
    world.run(5);
    assert_eq!(world.told[2..4], ["3 stopping", "3 #1 unsure the server did not answer in time"]);
    assert_eq!(world.told[4..], ["3 #2 failed not signed in any more", "4 stopped"]);
    assert_eq!(world.open, 0);
    world.forget();
    world.run(3600);
    assert!(world.told.is_empty() && world.asked.is_empty());

    let mut world = World::new(settings());
    world.act(Client::sign_out);
    assert_eq!(world.told, ["0 stopping", "0 stopped"]);
}

#[test]
fn no_event_allocates_after_the_sign_in() {
    let mut client = Client::new(settings(), 7);
    let mut now = Instant::START;
    let mut online = false;
    let mut counted = 0;
    let words = format!("RES=0&MN=3&MT=9,99,2,&UN=24259132,106814,5,&MG={} ,30,hi ,", "你".repeat(130));
    let answers = [
        ("Login", "RES=0&RS=0&HI=60&LI=300"),
        ("List", "RES=0&FN=1&SN=2&UN=106814,24259132,"),
        ("Query_Stat", "RES=0&FC=0,&FN=1&SN=1&ST=10,&UN=106814,&NK=Hackfan 好,"),
        ("GetMsgEx", &words),
        ("CLTMSG", "RES=0&"),
        ("Change_Stat", "RES=0&"),
    ];
    client.start(now, &mut |_| {});
    for turn in 0..200 {
        let mut link = None;
        let mut reply = String::new();
        let told = allocation_counter::measure(|| {
            while let Some(effect) = client.poll() {
                if let Effect::Connect { link: new, .. } = effect {
                    link = Some(new);
                }
            }
            if let Some(link) = link {
                client.connected(now, link, &mut |_| {});
            }
        });
        counted += if online { told.count_total } else { 0 };
        if let Some(Effect::Transmit { octets, .. }) = client.poll() {
            let request = String::from_utf8(octets.to_vec()).unwrap();
            let (command, fields) =
                answers.iter().find(|(command, _)| request.contains(&format!("CMD={command}&"))).unwrap();
            let body = format!("CMD={command}&SEQ=-1&{fields}");
            reply = head(body.len()) + &body;
        }
        let told = allocation_counter::measure(|| {
            if let Some(link) = link {
                client.bytes(now, link, reply.as_bytes(), &mut |_| {});
            }
        });
        counted += if online { told.count_total } else { 0 };
        online = client.told == LinkState::Online;
        if link.is_none() {
            now = client.wake_at().unwrap().max(now);
        }
        let told = allocation_counter::measure(|| {
            client.send(now, turn, WEI, Say::Text("hello"), &mut |_| {});
            let status = if turn % 2 == 0 { Status::Busy } else { Status::Online };
            client.set_status(now, status, &mut |_| {});
            client.tick(now, &mut |_| {});
        });
        counted += if online { told.count_total } else { 0 };
    }
    assert!(online && now > Instant::START);
    assert_eq!(counted, 0);
}

#[test]
fn a_week_of_faults_keeps_one_link_and_returns() {
    let mut world = World::new(settings());
    world.act(Client::start);
    let mut chance = fastrand::Rng::with_seed(11);
    let faults = [
        ("GetMsgEx", Act::Null),
        ("GetMsgEx", Act::Hang),
        ("GetMsgEx", Act::Reset),
        ("GetMsgEx", Act::Say("RES=20")),
        ("Query_Stat", Act::Say("RES=3")),
        ("Login", Act::Null),
        ("List", Act::Hang),
        ("connect", Act::Unreachable),
        ("GetMsgEx", Act::Raw(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>".to_vec())),
    ];
    for ticket in 0..600 {
        let (command, act) = faults[chance.usize(..faults.len())].clone();
        world.next(command, act);
        if chance.bool() {
            world.send(ticket, "hi");
        }
        world.run(chance.u64(1..1700));
        assert!(world.open <= 1 && world.most_open <= 1);
        assert!(world.coming.len() <= 2);
        if ticket % 10 == 0 {
            world.run(600);
            let sending = world.told_of("sending").len();
            let ended = ["delivered", "failed", "unsure"].map(|end| world.told_of(end).len());
            let refused = world.told_of("failed not signed in").len()
                - world.told_of("failed not signed in any more").len();
            assert_eq!(ended.iter().sum::<usize>() - refused, sending, "{:?}", world.told);
            world.forget();
        }
    }
    world.next.clear();
    world.run(25 * 3600);
    assert_eq!(world.client.told, LinkState::Online, "{:?}", world.told);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_for_any_answer_harm_nothing(
        command in 0_usize..5, octets in any::<Vec<u8>>(), framed in any::<bool>(), cut in 1_usize..64
    ) {
        let command = ["Login", "List", "Query_Stat", "GetMsgEx", "CLTMSG"][command];
        let mut world = World::new(settings());
        world.piece = cut;
        let mut raw = if framed { head(octets.len()).into_bytes() } else { Vec::new() };
        raw.extend_from_slice(&octets);
        world.next(command, Act::Raw(raw));
        world.act(Client::start);
        world.run(5);
        world.send(1, "hello");
        world.run(400);
        prop_assert!(world.open <= 1);
        prop_assert_eq!(world.told.last().map(|told| told.contains("stale")), Some(false));
    }

    #[test]
    fn any_fields_for_any_answer_harm_nothing(
        command in 0_usize..5, fields in "(&?(RES|MN|MT|UN|MG|ST|NK|FN|SN|CD|RS|HI|LI)=[0-9,a %]{0,12}){0,9}"
    ) {
        let command = ["Login", "List", "Query_Stat", "GetMsgEx", "CLTMSG"][command];
        let body = format!("CMD={command}&SEQ={{seq}}&{fields}");
        let mut world = World::new(settings());
        world.next(command, Act::Raw(format!("HTTP/1.1 200 OK\r\n\r\n{body}").into_bytes()));
        world.act(Client::start);
        world.run(5);
        world.send(1, "hello");
        world.run(400);
        prop_assert!(world.open <= 1);
        let ended = ["delivered", "failed", "unsure"].map(|end| world.told_of(end).len()).iter().sum::<usize>();
        prop_assert_eq!(ended, 1);
    }

    #[test]
    fn a_sign_in_is_the_same_in_any_pieces(cut in 1_usize..200) {
        let sign_in = |cut| {
            let mut world = World::new(settings());
            world.piece = cut;
            world.mail.push_back("RES=0&MN=2&MT=9,99,&UN=24259132,106814,&MG=你好 ,30,");
            world.act(Client::start);
            world.run(20);
            world.told
        };
        prop_assert_eq!(sign_in(cut), sign_in(usize::MAX));
    }
}

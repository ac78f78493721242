//! MSN and QQ on one desk: one roster, one set of lights, and neither in the way of the other.

use super::*;
use crate::http::Url;
use crate::qq::info::Info;
use crate::qq::wire::Fields;
use crate::qq::{Event as Qq, Friendship, Settings as QqSettings, Uin};

const WEI: &str = "qq:24259132";
const LI: &str = "qq:36791785";

/// LEDs: 0 Bob or Wei, 1 messages of everyone, 2 and 3 the links, 4 own status, 5 Wei alone.
fn both() -> Settings {
    let leds = ["pair", "post", "msn", "qq", "me", "wei"];
    Settings {
        qq: Some(qq_settings()),
        leds: leds.map(String::from).into(),
        lights: vec![
            light(0, Subject::PresenceOf(of(&[BOB, WEI]))),
            light(1, Subject::MessagesOf(Whose::Everyone)),
            light(2, Subject::Link(Network::Msn)),
            light(3, Subject::Link(Network::Qq)),
            light(4, Subject::OwnStatus),
            light(5, Subject::PresenceOf(of(&[WEI]))),
        ],
        ..settings()
    }
}

fn qq_settings() -> QqSettings {
    QqSettings {
        server: Url::parse(b"http://127.0.0.1:8000").unwrap(),
        uin: Uin::parse(b"29501213").unwrap(),
        password: Secret::new("canary".into()),
        status: Status::Online,
        poll: QqSettings::POLL,
        version: QqSettings::VERSION.into(),
        lc: QqSettings::LC.into(),
    }
}

impl Bench {
    fn qq(&mut self, event: Qq<'_>) {
        self.turn(|state, now, _| state.qq(now, event));
    }

    fn qq_link(&mut self, state: LinkState, why: &str) {
        self.qq(Qq::State { state, why });
    }

    fn qq_presence(&mut self, account: &str, presence: Presence, name: Option<&str>) {
        self.qq(Qq::Presence { account, presence, name, initial: false });
    }

    /// As a client signs in: lists, states and names before it is online.
    fn qq_signs_in(&mut self) {
        self.qq_link(LinkState::SigningIn, "");
        self.qq(Qq::ListsBegin);
        self.qq(Qq::Contact { account: WEI });
        self.qq(Qq::Contact { account: LI });
        self.qq(Qq::ListsEnd);
        self.qq_presence(WEI, Presence::Busy, Some("微程"));
        self.qq_presence(LI, Presence::Offline, None);
        self.qq(Qq::Own(Some(Status::Online)));
        self.qq_link(LinkState::Online, "");
    }

    /// Both signed in: Bob online, Amy and Wei busy, Cat and Li offline.
    fn on_both() -> Self {
        let mut bench = Self::online_with(Settings { people: vec![], ..both() });
        bench.qq_signs_in();
        bench.told();
        bench
    }

    fn request(&mut self, from: &str, words: &str) {
        self.qq(Qq::Friendship { from, step: Friendship::Asked, words });
    }
}

fn of_link(link: LinkState) -> Look {
    MSN.of_link(link)
}

#[test]
fn friends_of_both_networks_stand_in_one_list() {
    let mut bench = Bench::on_both();
    assert_eq!(
        bench.rows(),
        [
            "online            3/6",
            "Bob            online",
            "Amy              busy",
            "微程             busy",
            "Bad           offline",
            "Cat           offline"
        ]
    );
    bench.qq_presence(WEI, Presence::Online, None);
    assert_eq!(bench.told(), ["qq:24259132 online 微程"]);
    assert_eq!(bench.led(5), MSN.of_presence(Presence::Online));
}

#[test]
fn a_light_of_two_networks_shows_the_living_half_and_calls_nobody_absent_for_the_other() {
    let mut bench = Bench::on_both();
    bench.qq_link(LinkState::Lost, "connection broken");
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Online), "Bob is there, whatever became of QQ");
    assert_eq!((bench.led(2), bench.led(3)), (of_link(LinkState::Online), of_link(LinkState::Lost)));
    assert_eq!(bench.led(5), of_link(LinkState::Lost), "Wei's colour goes with the link");
    bench.presence(BOB, Presence::Offline);
    assert_eq!(bench.led(0), of_link(LinkState::Lost), "Bob is gone, and Wei may be there");
    bench.qq_signs_in();
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Busy));
    bench.qq_presence(WEI, Presence::Offline, None);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Offline), "now both are known to be gone");
    bench.link(LinkState::Lost);
    bench.qq_link(LinkState::Elsewhere, "");
    assert_eq!(bench.led(0), of_link(LinkState::Elsewhere), "the one that needs a look most");
}

#[test]
fn a_stale_half_is_not_trusted() {
    let mut bench = Bench::on_both();
    bench.presence(BOB, Presence::Away);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Busy), "Wei is nearer");
    bench.qq_link(LinkState::Stale, "");
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Away));
    assert_eq!(bench.led(5), of_link(LinkState::Stale));
    bench.qq_link(LinkState::Online, "");
    assert_eq!(bench.led(5), MSN.of_presence(Presence::Busy), "nothing was forgotten for a moment's silence");
}

#[test]
fn our_own_status_is_told_only_where_we_are_on_every_network() {
    let mut bench = Bench::on_both();
    assert_eq!(bench.led(4), MSN.of_status(Status::Online));
    bench.qq_link(LinkState::Lost, "");
    assert_eq!(bench.led(4), of_link(LinkState::Lost));
    bench.qq_signs_in();
    assert_eq!(bench.led(4), MSN.of_status(Status::Online));
}

#[test]
fn a_status_is_set_on_both_networks_and_shown_until_both_have_it() {
    let mut bench = Bench::on_both();
    bench.hold(2, 700);
    assert_eq!(bench.wishes, [Wish::Status(Status::Busy)]);
    assert_eq!(bench.rows()[0], "online…           3/6");
    bench.msn(Event::Own(Status::Busy));
    assert_eq!(bench.rows()[..2], ["msn busy          2/4", "qq online…        1/2"]);
    bench.qq(Qq::Own(Some(Status::Busy)));
    assert_eq!(bench.rows()[0], "busy              3/6");
}

#[test]
fn a_small_display_names_the_network_that_is_down() {
    let display = Display { columns: 16, rows: 2, ..Display::default() };
    let mut bench = Bench::online_with(Settings { display, ..both() });
    bench.qq_signs_in();
    assert_eq!(bench.rows(), ["online       3/6", "Bob       online"]);
    bench.qq_link(LinkState::Lost, "");
    assert_eq!(bench.rows(), ["qq lost      2/6", "Bob       online"]);
}

#[test]
fn the_page_of_a_broken_link_hides_no_friend_of_the_other_network() {
    let mut bench = Bench::on_both();
    bench.qq_link(LinkState::Lost, "connection broken");
    assert_eq!(bench.rows()[..3], ["msn online        2/4", "qq lost", "Bob            online"]);
    let next_page = |bench: &mut Bench| bench.hold(RIGHT, 700);
    next_page(&mut bench);
    assert_eq!(bench.rows(), ["connection lost    qq", "connection broken", "trying again by", "itself"]);
    next_page(&mut bench);
    assert_eq!(bench.rows()[2], "Bob            online");
    bench.link(LinkState::Lost);
    assert_eq!(bench.rows()[0], "connection lost   msn", "with nobody to see, the links come first");
}

#[test]
fn buttons_work_for_one_network_while_the_other_waits_for_a_person() {
    let mut bench = Bench::on_both();
    bench.qq_link(LinkState::Refused, "login refused: 密码错误");
    bench.text(BOB, "hi");
    bench.wait(1000);
    bench.click(2);
    bench.wait(500);
    assert_eq!(bench.sent.len(), 1, "Bob is answered: {:?}", bench.wishes);
    bench.delivery(1, Outcome::Delivered, "");
    bench.wait(5000);
    bench.wishes.clear();
    bench.hold(RIGHT, 700);
    assert_eq!(bench.rows()[..3], ["sign-in refused    qq", "login refused: 密码错", "误"]);
    assert_eq!(bench.wishes, []);
    bench.click(RIGHT);
    assert_eq!(bench.wishes, [Wish::Retry(Network::Qq)], "on its page a press means it");
}

#[test]
fn where_no_link_lives_a_press_wakes_all_that_wait_for_a_person() {
    let mut bench = Bench::on_both();
    bench.qq_link(LinkState::Refused, "");
    bench.link(LinkState::Elsewhere);
    bench.click(RIGHT);
    assert_eq!(bench.wishes, [Wish::Retry(Network::Msn), Wish::Retry(Network::Qq)]);
}

#[test]
fn a_qq_friend_is_read_and_answered_like_any_other() {
    let mut bench = Bench::on_both();
    bench.qq(Qq::Message { from: WEI, body: Body::Text("在吗?") });
    assert_eq!(bench.rows()[..2], ["微程", "在吗?"]);
    assert_eq!(bench.led(5), MSN.waiting);
    assert_eq!(bench.told(), ["text of qq:24259132: 在吗?", "waiting qq:24259132 1"]);
    bench.wait(1000);
    bench.click(2);
    bench.wait(500);
    assert_eq!(bench.sent[0].2, WEI);
    bench.qq(Qq::Delivery { ticket: 1, outcome: Outcome::Delivered, why: "" });
    assert_eq!(bench.led(5), MSN.delivered);
}

#[test]
fn nobody_passes_for_somebody_of_the_other_network() {
    let mut bench = Bench::on_both();
    bench.msn(Event::Added { contact: contact(LI, "Impostor", 1), unasked: false });
    bench.text(WEI, "send me money");
    bench.presence(WEI, Presence::Online);
    bench.msn(Event::Removed { list: Lists::FL, who: Who::Account(WEI), group: None, unasked: true });
    bench.qq(Qq::Message { from: BOB, body: Body::Text("send me money") });
    bench.qq_presence(BOB, Presence::Busy, None);
    assert_eq!(bench.told(), [""; 0]);
    assert_eq!(bench.rows()[0], "online            3/6");
}

#[test]
fn requests_are_shown_counted_and_never_answered() {
    let mut bench = Bench::on_both();
    bench.request("qq:10086", "我是小明");
    assert_eq!(bench.rows(), ["qq:10086", "asks to be a friend", "我是小明"]);
    assert_eq!(bench.told(), ["request of qq:10086: 我是小明"]);
    assert_eq!(bench.led(1), Look::OFF, "a stranger lights no lamp");
    bench.wait(21_000);
    assert_eq!(bench.rows()[0], "online request 1  3/6");
    bench.click(RIGHT);
    bench.wait(500);
    assert_eq!(bench.rows()[0], "online            3/6", "seen");
    assert_eq!(bench.wishes, []);
    bench.qq(Qq::Friendship { from: "qq:10087", step: Friendship::Refused, words: "不认识你" });
    assert_eq!(bench.rows(), ["qq:10087", "wants no friends", "不认识你"]);
    bench.qq(Qq::Friendship { from: LI, step: Friendship::Accepted, words: "" });
    assert_eq!(bench.rows(), [LI, "is a friend now"]);
    assert_eq!(bench.told(), ["refused of qq:10087: 不认识你", "accepted of qq:36791785: "]);
}

#[test]
fn what_somebody_tells_of_themselves_has_their_name() {
    let mut bench = Bench::on_both();
    for (told, title) in [("NK=%20", LI), ("NK=李雷", "李雷"), ("RN=Li Lei", "李雷")] {
        let reply = format!("CMD=GetInfo&UIN=29501213&RES=0&LV=3&UN=36791785&{told}");
        bench.qq(Qq::Info { ticket: 1, info: Info::new(Fields::new(reply.as_bytes())) });
        bench.qq_presence(LI, Presence::Busy, None);
        assert!(
            bench.rows().iter().any(|row| row.starts_with(title) && row.ends_with("busy")),
            "{:?}",
            bench.rows()
        );
        bench.qq_presence(LI, Presence::Offline, None);
    }
}

#[test]
fn who_is_put_on_our_list_on_qq_still_waits_for_an_answer() {
    let mut bench = Bench::on_both();
    bench.request("qq:10086", "我是小明");
    bench.qq(Qq::Added { account: "qq:10086" });
    bench.wait(21_000);
    assert_eq!(bench.rows()[0], "online request 1  3/7", "having us on theirs is another matter");
}

#[test]
fn an_msn_request_is_shown_the_same_way_and_gone_once_decided() {
    let mut bench = Bench::online();
    bench.msn(Event::Added { contact: contact("dan@example.net", "Dan", 8), unasked: true });
    assert_eq!(bench.rows(), ["Dan", "asks to be a friend"]);
    bench.wait(21_000);
    assert!(bench.rows()[0].starts_with("online request 1"), "{:?}", bench.rows());
    bench.msn(Event::Added { contact: contact("dan@example.net", "Dan", 2), unasked: false });
    assert!(!bench.rows()[0].contains("request"), "{:?}", bench.rows());
}

#[test]
fn strangers_in_a_row_neither_keep_the_display_nor_keep_a_friend_from_being_answered() {
    let mut bench = Bench::on_both();
    for number in 0..100 {
        bench.request(&format!("qq:{}", 20_000 + number), "add me");
        bench.wait(100);
    }
    assert_eq!(bench.rows()[0], "qq:20000", "one a minute");
    assert_eq!(bench.state.requests.len(), bench.state.requests.capacity());
    assert!(
        bench.state.requests.iter().all(|request| request.words == "add me"),
        "each is kept with its words"
    );
    bench.text(BOB, "hi");
    assert_eq!(bench.rows()[0], "Bob", "a friend's words come first");
    bench.request("qq:30000", "add me");
    assert_eq!(bench.rows()[0], "Bob");
}

#[test]
fn privacy_holds_for_requests_too() {
    for (privacy, rows) in [
        (Privacy::Sender, &["qq:10086", "asks to be a friend"]),
        (Privacy::None, &["somebody", "asks to be a friend"]),
    ] {
        let mut bench =
            Bench::online_with(Settings { display: Display { privacy, ..Display::default() }, ..both() });
        bench.request("qq:10086", "secret");
        assert_eq!(bench.rows(), rows);
    }
}

#[test]
fn the_end_waits_for_both_networks() {
    let mut bench = Bench::on_both();
    bench.turn(|state, now, _| assert!(state.stop(now)));
    bench.link(LinkState::Stopped);
    assert!(!bench.stopped);
    bench.qq_link(LinkState::Stopped, "");
    assert!(bench.stopped);
}

#[test]
fn a_restart_knows_the_friends_of_both_networks_by_name() {
    let settings = || Settings { msn: Some(msn_settings("me@example.net")), ..both() };
    let now = Instant::START;
    let mut first = Agent::new(settings(), None, 1);
    assert_eq!(first.snapshot(), None);
    first.state.msn(now, Event::ListsBegin);
    first.state.msn(now, Event::Contact(contact(BOB, "Bob", 3)));
    first.state.msn(now, Event::ListsEnd(&ListVersion::default()));
    let msn_alone = first.snapshot().expect("QQ has not begun, and MSN does not wait for it");
    first.state.qq(now, Qq::ListsBegin);
    assert_eq!(first.snapshot(), None, "what was saved before is better than half a list");
    first.state.qq(now, Qq::Contact { account: WEI });
    first.state.qq(now, Qq::ListsEnd);
    first
        .state
        .qq(now, Qq::Presence { account: WEI, presence: Presence::Busy, name: Some("微程"), initial: true });
    assert!(first.state.save, "a name is worth keeping");
    let octets = postcard::to_allocvec(&first.snapshot().unwrap()).unwrap();

    let names = |snapshot: Snapshot| -> Vec<String> {
        let agent = Agent::new(settings(), Some(snapshot), 1);
        agent.state.accounts.followed().map(|known| known.title().to_string()).collect()
    };
    assert_eq!(names(msn_alone), ["Bob"]);
    assert_eq!(names(postcard::from_bytes(&octets).unwrap()), ["Bob", "微程"]);
}

#[test]
fn with_qq_alone_nothing_of_msn_is_shown() {
    let mut settings = both();
    settings.lights.truncate(2);
    let mut accounts = Accounts::default();
    accounts.push(Account::new(Network::Qq, Status::Online, Roster::of(Network::Qq)));
    let mut bench = Bench::with(settings, accounts);
    bench.qq_signs_in();
    assert_eq!(bench.rows(), ["online            1/2", "微程             busy", "qq:36791785   offline"]);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Busy));
    bench.qq_link(LinkState::Lost, "connection broken");
    assert_eq!(bench.rows()[0], "connection lost");
}

#[test]
fn a_supervisor_is_told_states_and_numbers_and_no_words_of_anybody() {
    let told = |bench: &Bench| summary::Summary(&bench.state).to_string();
    assert_eq!(told(&Bench::new(both())), "msn starting, qq starting; 0 contacts online");
    let mut bench = Bench::on_both();
    assert_eq!(told(&bench), "msn online, qq online; 3 contacts online");
    bench.qq(Qq::Message { from: WEI, body: Body::Text("canary") });
    bench.presence(BOB, Presence::Offline);
    bench.presence(AMY, Presence::Offline);
    assert_eq!(told(&bench), "msn online, qq online; 1 contact online, 1 message waiting");
    bench.text(AMY, "canary");
    bench.text(AMY, "canary");
    bench.qq_link(LinkState::Lost, "canary");
    assert_eq!(told(&bench), "msn online, qq lost; 0 contacts online, 3 messages waiting");
}

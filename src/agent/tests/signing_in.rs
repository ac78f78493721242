//! What lights say while we sign in, and what they are about.

use super::*;

#[test]
fn the_start_shows_every_link_state_and_never_a_presence_before_it_is_known() {
    let mut bench = Bench::new(settings());
    assert_eq!(bench.screen().layout, Layout::Notice);
    assert_eq!(bench.rows(), ["starting"]);
    for (state, row) in [(LinkState::Connecting, "connecting"), (LinkState::SigningIn, "signing in")] {
        bench.link(state);
        assert_eq!(bench.rows(), [row]);
        assert_eq!(bench.led(0), MSN.of_link(state));
        assert_eq!(bench.led(2), MSN.of_link(state));
    }
    assert_eq!(bench.told(), ["link connecting ", "link signing-in "]);
    bench.lists(&[(BOB, "Bob", 11)]);
    assert_eq!(bench.rows(), ["signing in", "Bob                 ?"]);
}

#[test]
fn the_burst_of_a_sign_in_flashes_nothing_and_calls_nobody_offline_too_soon() {
    let mut bench = Bench::new(settings());
    bench.link(LinkState::SigningIn);
    bench.lists(&[(BOB, "Bob", 11), (AMY, "Amy", 3)]);
    bench.frames.clear();
    bench.told();
    bench.link(LinkState::Online);
    bench.wait(300);
    bench.presence(BOB, Presence::Online);
    bench.wait(2000);
    let desk: Vec<Look> = bench.frames.iter().map(|(_, frame)| frame.leds[0]).collect();
    assert_eq!(desk[0], MSN.of_link(LinkState::SigningIn));
    assert!(desk[1..].iter().all(|look| *look == MSN.of_presence(Presence::Online)), "{desk:?}");
    assert_eq!(bench.told(), ["link online ", "bob@example.net online Bob", "amy@example.net offline Amy"]);
    assert_eq!(bench.rows(), ["…                 1/2", "Bob            online", "Amy           offline"]);
    assert_eq!(bench.wake.0, Some(Instant::from_millis(60_000)), "then only the display's darkness is due");
}

#[test]
fn all_followed_contacts_are_known_half_a_second_after_sign_in() {
    let mut bench = Bench::new(settings());
    bench.lists(&[(BOB, "Bob", 11)]);
    bench.link(LinkState::Online);
    assert_eq!(bench.wake, (Some(Instant::from_millis(500)), Reason::Link));
    bench.wait(500);
    assert_eq!(bench.told(), ["link online ", "bob@example.net offline Bob"]);
    assert_eq!(bench.led(0), Look::OFF);
}

#[test]
fn a_lost_link_takes_every_colour_with_it_at_once() {
    let mut bench = Bench::online();
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Online));
    bench.link(LinkState::Stale);
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Stale); 4]);
    bench.link(LinkState::Online);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Online), "an answer brings it back");
    bench.msn(Event::State { state: LinkState::Lost, why: "connection broken" });
    assert_eq!(bench.frame().leds[..], [MSN.of_link(LinkState::Lost); 4]);
    assert_eq!(bench.rows(), ["connection lost", "connection broken", "trying again by", "itself"]);
    let told = bench.told();
    assert_eq!(told[..3], ["link stale ", "link online ", "link lost connection broken"]);
    assert_eq!(told.len(), 8, "three contacts are unknown: {told:?}");
    assert!(told.contains(&"bob@example.net unknown Bob".to_string()));
    bench.link(LinkState::Connecting);
    assert_eq!(bench.rows()[0], "connecting");
    assert!(bench.rows().contains(&"Bob                 ?"), "names stay: {:?}", bench.rows());
}

#[test]
fn lights_may_be_about_several_people_groups_mail_and_ourselves() {
    let mut settings = settings();
    settings.lights[0].subject = Subject::PresenceOf(Whose::These(vec![Member::Group("Friends".into())]));
    let mut bench = Bench::new(settings);
    bench.msn(Event::ListsBegin);
    bench.msn(Event::Group { id: crate::msnp::GroupId::Number(3), name: "Friends" });
    for account in [BOB, AMY] {
        bench.msn(Event::Contact(Contact { groups: GroupIds(b"3"), ..contact(account, "", 1) }));
    }
    bench.msn(Event::ListsEnd(&ListVersion::default()));
    bench.link(LinkState::Online);
    bench.msn(Event::Own(Status::Invisible));
    bench.presence(AMY, Presence::Away);
    bench.wait(600);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Away));
    bench.presence(BOB, Presence::Busy);
    assert_eq!(bench.led(0), MSN.of_presence(Presence::Busy), "busy is nearer than away");
    assert_eq!(bench.led(3), MSN.invisible);
    bench.msn(Event::Mail { unread: Some(2), from: "" });
    assert_eq!(bench.led(3), MSN.mail);
    assert_eq!(bench.rows()[0], "invisible… mail 2 2/2");
    bench.click(RIGHT);
    bench.wait(400);
    assert_eq!(bench.led(3), MSN.invisible, "acknowledged");
    bench.text(AMY, "hi");
    assert_eq!(bench.led(0), MSN.waiting);
}

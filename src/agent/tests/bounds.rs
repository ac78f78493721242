//! What a contact costs, and that no event allocates.

use super::*;

/// A roster such as people have, `count` contacts long.
fn sign_in(state: &mut State, count: usize) {
    let now = Instant::START;
    state.msn(now, Event::ListsBegin);
    for number in 0..count {
        let account = format!("firstname.lastname{number}@example.net");
        let name = format!("Firstname L. {number}");
        state.msn(now, Event::Contact(contact(&account, &name, 11)));
    }
    state.msn(now, Event::ListsEnd(&ListVersion::default()));
    state.msn(now, Event::State { state: LinkState::Online, why: "" });
}

#[test]
fn a_contact_costs_at_most_a_hundred_octets() {
    // And four thousand for the groups, however many there are.
    for (count, most) in [(600, 64_000), (1000, 104_000)] {
        let mut state = State::new(&settings(), accounts(&settings()));
        // The texts of the events themselves are freed again; what stays is the roster.
        let info = allocation_counter::measure(|| sign_in(&mut state, count));
        assert_eq!(state.accounts.followed().count(), count);
        assert!(info.bytes_current <= most, "{count} contacts take {} octets", info.bytes_current);
        assert!(info.bytes_current > 0);
        println!("{count} contacts: {} octets; state {} octets", info.bytes_current, size_of::<State>());
    }
}

#[test]
fn after_sign_in_no_event_allocates() {
    let settings = settings();
    let mut state = State::new(&settings, accounts(&settings));
    sign_in(&mut state, 1000);
    let friend = "firstname.lastname500@example.net";
    let long = "n".repeat(120);
    let mut now = 0;
    let mut turns = 0;
    let info = allocation_counter::measure(|| {
        for round in 0_u8..100 {
            let name = if round % 2 == 0 { Some(long.as_str()) } else { Some("short") };
            let added = if round % 2 == 0 { "new@example.net" } else { "newer@example.net" };
            for event in [
                Event::Presence { account: friend, presence: Presence::Busy, name, initial: false },
                Event::Message { from: friend, name: "", body: Body::Text(&long) },
                Event::Message { from: friend, name: "", body: Body::Nudge },
                Event::Message { from: "stranger@example.net", name: "", body: Body::Typing },
                Event::Added { contact: contact(added, "New", 9), unasked: true },
                Event::Renamed { account: added, name: &long },
                Event::Removed { list: Lists(9), who: Who::Account(added), group: None, unasked: true },
                Event::Mail { unread: None, from: friend },
                Event::Delivery { ticket: u32::from(round), outcome: Outcome::Delivered, why: "" },
                Event::State { state: LinkState::Lost, why: &long },
                Event::State { state: LinkState::Online, why: "" },
            ] {
                for ms in [0, 400, 50] {
                    now += ms;
                    let at = Instant::from_millis(now);
                    state.tick(at, &settings);
                    if ms == 0 {
                        state.msn(at, event);
                    } else {
                        state.button(at, &settings, round % 3, ms == 400, at);
                    }
                    while state.wishes.pop_front().is_some() {}
                    state.turned(at, &settings);
                    while !matches!(state.poll(at, &settings, None), Output::WakeAt { .. }) {}
                    turns += 1;
                }
            }
        }
    });
    assert_eq!(turns, 3300);
    assert_eq!(info.count_total, 0, "{info:?}");
}

#[test]
fn a_thousand_contacts_sign_in_and_start_again_on_a_small_stack() {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(|| {
        let with_msn = || Settings { msn: Some(msn_settings("me@example.net")), ..settings() };
        let mut agent = Agent::new(with_msn(), None, 1);
        sign_in(&mut agent.state, 1000);
        outputs(&mut agent, 0);
        let octets = postcard::to_allocvec(&agent.snapshot().unwrap()).unwrap();
        let agent = Agent::new(with_msn(), Some(postcard::from_bytes(&octets).unwrap()), 1);
        for number in 0..1000 {
            let account = format!("firstname.lastname{number}@example.net");
            assert_eq!(agent.state.accounts.find(&account).unwrap().name, format!("Firstname L. {number}"));
        }
    });
    thread.unwrap().join().unwrap();
}

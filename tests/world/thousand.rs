//! A thousand contacts on a board with little memory: signed in, restarted from the snapshot, looked up.

use std::fmt::Write as _;

use nudged::emulator::Accounts;
use nudged::presence::{LinkState, Presence};

use crate::desk::*;
use crate::world::*;

const CONTACTS: usize = 1000;
/// What a thread of a small board gets.
const STACK: usize = 512 * 1024;

/// Bob is the last of them, and his name begins with an `a`: he leads the list.
fn accounts() -> Accounts {
    let mut text = format!(
        "[[account]]\naddress = \"{BOB}\"\npassword = \"builder\"\nname = \"aBob\"\n[[account.contact]]\n\
         address = \"{DESK}\"\n[[account]]\naddress = \"{DESK}\"\npassword = \"nudge\"\nname = \"Desk\"\n\
         groups = [\"Friends\", \"Office\"]\n"
    );
    for number in 1..CONTACTS {
        let group = if number % 2 == 0 { "Friends" } else { "Office" };
        let row = format!("address = \"friend{number}@example.net\"\nname = \"Freund Nr. {number} ☕\"");
        writeln!(text, "[[account.contact]]\n{row}\ngroups = [\"{group}\"]").unwrap();
    }
    writeln!(text, "[[account.contact]]\naddress = \"{BOB}\"\n").unwrap();
    Accounts::parse(&text).unwrap()
}

fn a_thousand(dialect: u8) {
    let mut world = World::with(accounts(), options());
    world.title = format!("MSNP{dialect}, {CONTACTS} contacts");
    world.invite(BOB, "builder");
    let desk = world.begin(settings(account(dialect)), None);
    world.run_until_online(desk, 10 * SECOND);
    world.run(SECOND);
    let long = world.logged(&["< LST"]);
    world.must(long >= CONTACTS, &format!("{long} rows of lists"));
    let it = &world.desks[desk];
    assert_eq!(it.claimed(BOBS), Some(Presence::Online), "the last contact is found");
    world.must(it.rows().iter().any(|row| row.starts_with("aBob")), &format!("{:?}", it.rows()));
    let snapshot = it.snapshot.clone().expect("whole lists are kept");
    let kept = it.spent.octets;
    assert!(kept < 256 * 1024, "a thousand contacts take {kept} octets");
    world.stop(desk);
    world.run(SECOND);

    world.forget_log();
    world.weather = Weather::Refused;
    let desk = world.begin(settings(account(dialect)), Some(snapshot));
    world.run(LATENCY);
    let it = &world.desks[desk];
    assert!(!it.link.is_live() && it.claimed(BOBS).is_none(), "names, but no presence: {:?}", it.link);
    world.must(it.rows().join("/").contains("aBob"), &format!("names at once: {:?}", it.rows()));
    world.run(SECOND);
    world.weather = Weather::Fair;
    world.run_until_online(desk, 10 * SECOND);
    world.run(SECOND);
    assert_eq!(world.logged(&["> SYN"]), 1);
    assert_eq!(world.logged(&["< SYN"]), 1, "the lists are still good, says the server");
    assert_eq!(world.logged(&["< LST"]), 0, "and sends none");
    assert_eq!(world.desks[desk].claimed(BOBS), Some(Presence::Online));
    assert_eq!(world.desks[desk].link, LinkState::Online);
    world.says(0, "found me");
    world.run(SECOND);
    assert_eq!(world.desks[desk].led(BOBS), LOOKS.waiting);
}

#[test]
fn a_thousand_contacts_fit_a_small_stack_and_come_back_from_the_snapshot() {
    for dialect in 2..=12 {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || a_thousand(dialect));
        thread.unwrap().join().unwrap_or_else(|_| panic!("MSNP{dialect}"));
    }
}

//! Storms: a whole board while everything around it fails and returns at random, and the people with it. Afterwards it is
//! like one that never saw anything but the last frame.
//!
//! `STORMS=N` weathers N of them, `STORM=SEED` that one, both N from that one on.

use super::*;

/// What is known of a button by what was told of it.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    pressed: bool,
    at: Instant,
    /// The edge of its history after the one told last, if none may be left out.
    next: Option<usize>,
}

/// A board in its machine, and whoever gives it its turns.
struct Bench {
    machine: Machine,
    file: BoardFile,
    board: Linux<Machine>,
    told: [Told; 2],
    /// Before then nothing may be sent to the display; how often in a row it failed.
    quiet: (Instant, u8),
}

impl Bench {
    fn new(rng: Rng, letters: bool, forgetful: bool) -> Self {
        let bus =
            if letters { I2cBus::letters(16, 2) } else { I2cBus::glass(Controller::Ssd1306, Size::W128H64) };
        bus.0.borrow_mut().clock = NOW.with(Rc::clone);
        let class = Act::new();
        let home = Rc::clone(&class.home);
        let world = World {
            rng,
            faults: BTreeMap::new(),
            forgetful,
            lines: BTreeMap::new(),
            contacts: Default::default(),
            held: [false; 2],
            bus,
            strip: Wire::of(12),
            class,
            long: 0,
            noticed: Vec::new(),
        };
        let machine = Machine(Rc::new(RefCell::new(world)), home);
        let driver = if letters { "hd44780'\nsize = '16x2" } else { "ssd1306'\nsize = '128x64" };
        let display = format!("[display]\nbus = '/dev/i2c-1'\naddress = 0x3c\ndriver = '{driver}'\n");
        let file = BoardFile::parse(&(FILE.to_owned() + &display)).unwrap();
        let board = open(&machine, &file);
        Self { machine, file, board, told: Default::default(), quiet: (Instant::START, 0) }
    }

    fn world(&self) -> std::cell::RefMut<'_, World> {
        self.machine.0.borrow_mut()
    }

    fn suffers(&mut self, device: &'static str, fault: Fault) {
        if device == "class" && self.board.missing(Part::Led(4)).is_some() {
            self.world().noticed.push(device);
        }
        self.world().suffers(device, fault);
    }

    fn show(&mut self, frame: &Frame) {
        self.world().long = 0;
        let before = now();
        self.board.show(before, frame).unwrap();
        self.world().class.takes();
        assert!(self.world().long <= 1 && now().since(before) <= HELD);
    }

    /// Gives it its turns until then, as the driver does.
    fn run_until(&mut self, until: Instant) {
        let mut still = 0;
        loop {
            self.world().contacts.iter_mut().for_each(Contact::moves);
            while let Some(event) = self.board.waiting_edge() {
                self.hear(event);
            }
            let before = now();
            let due = self.turn();
            let more = self.board.keys.poll_more(&now, &mut Context::from_waker(Waker::noop())).is_ready();
            self.world().contacts.iter_mut().for_each(Contact::moves);
            let script = |contact: &Contact| contact.script.front().map(|(at, _)| *at);
            let moves = self.world().contacts.iter().filter_map(script).min();
            let next = if more { Some(now()) } else { time::earlier(due, moves) };
            still = if now() > before || next.is_some_and(|at| at > now()) { 0 } else { still + 1 };
            assert!(still < 40, "it spins at {}", now());
            match next {
                Some(at) if at < until => NOW.with(|now| now.set(at.max(now.get()))),
                _ => break,
            }
        }
        NOW.with(|now| now.set(until.max(now.get())));
    }

    fn run(&mut self, ms: u64) {
        self.run_until(now() + Duration::from_millis(ms));
    }

    /// One turn: at most one transfer, short and in its time, or one that holds the thread.
    fn turn(&mut self) -> Option<Instant> {
        let counts = |world: &World| {
            let (wire, chain) = (world.bus.0.borrow(), world.strip.0.borrow());
            (wire.log.len(), chain.transfers.len())
        };
        let mut world = self.world();
        world.roll();
        world.long = 0;
        let (wire, chain) = counts(&world);
        let naks = world.bus.0.borrow().naks;
        drop(world);
        let before = now();
        let due = self.board.turn(before);
        let mut world = self.world();
        world.class.takes();
        let transfers = (counts(&world).0 - wire, counts(&world).1 - chain);
        assert!(transfers.0 + transfers.1 <= 1, "{transfers:?} transfers");
        assert!(world.long <= 1 && now().since(before) <= HELD, "{} long writes", world.long);
        assert!(world.long == 0 || transfers == (0, 0), "a write and a transfer hold the thread");
        let sent: Vec<(Instant, usize)> = world.bus.0.borrow().log[wire..].to_vec();
        let octets = world.strip.0.borrow().transfers[chain..].iter().map(Vec::len).max();
        assert!(octets.is_none_or(|octets| octets <= 32));
        if let [(at, octets)] = sent[..] {
            assert!(
                octets <= 32 && at >= self.quiet.0,
                "{octets} octets at {at}, not before {}",
                self.quiet.0
            );
            let long = now().since(at) > Duration::from_millis(50);
            let failed = world.fault("display") == Fault::Gone || naks > 0 || long;
            world.notice("display");
            drop(world);
            self.quiet.1 = if failed { self.quiet.1 + 1 } else { 0 };
            if long || self.quiet.1 >= 3 {
                self.quiet = (at + Duration::from_secs(5), 3);
            }
        } else {
            drop(world);
        }
        self.mends(due);
        due
    }

    /// Whatever is missing is looked for.
    fn mends(&self, due: Option<Instant>) {
        let within = |s| due.is_some_and(|due| due <= now() + Duration::from_secs(s));
        assert!(self.board.missing(Part::Display).is_none() || within(5), "the display is forgotten");
        for part in (0..LEDS).map(Part::Led).chain((0..2).map(Part::Button)) {
            assert!(self.board.missing(part).is_none() || within(30), "{part:?} is forgotten");
        }
    }

    /// Edges are told with their moments, one after the other; none is left out unless it is said.
    fn hear(&mut self, event: Event) {
        let (Event::Button { index, pressed, at } | Event::Lost { index, pressed, at }) = event else {
            panic!("nobody asked for it")
        };
        let told = &mut self.told[usize::from(index)];
        assert!(at >= told.at && at <= now(), "{event:?} after {told:?}");
        let world = self.machine.0.borrow();
        let history = &world.contacts[usize::from(index)].history;
        let next = if matches!(event, Event::Lost { .. }) {
            history.len() - world.contacts[usize::from(index)].kept.len()
        } else {
            let from = told.next.unwrap_or(0);
            let place =
                from + history[from..].iter().position(|edge| (edge.1, edge.2) == (at, pressed)).unwrap();
            assert!(
                place == from
                    || told.next.is_none()
                    || history[from..place].iter().all(|edge| edge.0 < history[place].0),
                "{event:?} leaves out {:?}",
                &history[from..place]
            );
            place + 1
        };
        *told = Told { pressed, at, next: Some(next) };
    }

    /// What hangs on each device, as people see it.
    fn sight(&self, screen: &Screen) -> BTreeMap<&'static str, String> {
        let world = self.world();
        let lit = |lines: &[&str]| {
            lines.iter().map(|line| u8::from(world.is_lit(line))).fold(0, |all, bit| all * 2 + bit)
        };
        let act = &world.class;
        // A fade is seen at other moments by others: only its colours are the same.
        let bright = |pixel: &[u8; 4]| [pixel[1] > 5, pixel[2] > 5, pixel[3] > 5];
        let pixels = |places: std::ops::Range<usize>| {
            let mut seen: Vec<_> = world.strip.0.borrow().pixels[places].iter().map(bright).collect();
            seen.dedup();
            format!("{seen:?}")
        };
        BTreeMap::from([
            ("l0", format!("{}", lit(&["own/0"]))),
            ("l1", format!("{}", lit(&["own/1"]))),
            ("l2", format!("{}", lit(&["far/0"]))),
            ("l3", format!("{}", lit(&["far/1", "far/2", "far/3"]))),
            ("l4", format!("{} {:?} {}", act.trigger, act.playing, act.brightness)),
            ("l5", pixels(0..7)),
            ("l6", pixels(7..12)),
            ("l7", format!("{}", lit(&["own/2", "own/3", "far/4"]))),
            (
                "display",
                format!("shown {}", if screen.lit { world.bus.shows(screen) } else { world.bus.is_dark() }),
            ),
        ])
    }

    /// Everything seen within a rhythm, without its order.
    fn sights(&mut self, screen: &Screen) -> BTreeMap<&'static str, std::collections::BTreeSet<String>> {
        let mut all = BTreeMap::<_, std::collections::BTreeSet<_>>::new();
        for _ in 0..90 {
            self.run(50);
            for (device, seen) in self.sight(screen) {
                all.entry(device).or_default().insert(seen);
            }
        }
        all
    }

    /// The program ends, and what works is dark.
    fn ends(&mut self) {
        let before = now();
        self.world().roll();
        self.board.blank().unwrap();
        let world = &mut *self.world();
        world.class.takes();
        // Two that hang hold it for a second each, one LED of both chips being the other; systemd waits for five.
        let well = ["display", "strip"].iter().all(|device| world.fault(device) == Fault::None);
        let most = Duration::from_millis(if well { 2500 } else { 5000 });
        assert!(now().since(before) <= most, "{}", now().since(before).as_millis());
        for (name, line) in &world.lines {
            let works = world.fault(name) == Fault::None
                && (name.starts_with("own") || world.fault("far") == Fault::None);
            // One that has lines of both ends with the first that holds it.
            let mixed =
                ["own/2", "own/3", "far/4"].contains(&name.as_str()) && world.fault("far") != Fault::None;
            assert!(!works || mixed || !line.1, "{name} stays lit");
        }
        assert!(world.fault("class") != Fault::None || world.class.is_dark(), "{:?}", world.class);
        assert!(world.fault("display") != Fault::None || world.bus.is_dark(), "the display stays lit");
        let dark = world.strip.0.borrow().pixels.iter().all(|pixel| pixel[1..] == [0; 3]);
        assert!(world.fault("strip") != Fault::None || dark, "the strip stays lit");
    }

    fn is_sought_seldom(&self, part: Part) -> bool {
        match part {
            Part::Led(place) => !self.board.lamps.was_there(place),
            Part::Button(place) => !self.board.keys.was_there(place) || self.world().held[place],
            Part::Display => false,
        }
    }

    fn restarts(&mut self) {
        self.board = open(&self.machine, &self.file);
        self.told = Default::default();
        self.quiet = (Instant::START, 0);
    }
}

fn open(machine: &Machine, file: &BoardFile) -> Linux<Machine> {
    let setup = Setup {
        leds: (0..LEDS).map(|place| format!("l{place}")).collect(),
        buttons: vec![button("left"), button("right")],
        started: std::time::Instant::now(),
    };
    let board = Linux::on(machine.clone(), file, setup).unwrap();
    machine.0.borrow_mut().class.takes();
    board
}

/// The longest a turn may take: a write or a transfer that holds the thread, and writes before it that are no longer
/// together than what is called long.
const HELD: Duration = Duration::from_millis(1100);

fn look(rng: &mut Rng) -> Look {
    let rgb = [Rgb::OFF, Rgb::new(255, 0, 0), Rgb::new(0, 255, 0), Rgb::new(255, 160, 255)][rng.usize(0..4)];
    let rhythm = if rng.bool() { Rhythm::Steady } else { Rhythm::ALL[rng.usize(0..Rhythm::ALL.len())] };
    if rgb == Rgb::OFF { Look::OFF } else { Look::new(rgb, rhythm) }
}

fn frame(rng: &mut Rng, before: &Frame) -> Frame {
    let texts = [&["Online"][..], &["Onlime"], &["Bob", "hi"], &["Ωμέγα", "1", "2", "3"], &[]];
    let mut frame = before.clone();
    frame.leds.resize(LEDS, Look::OFF).unwrap();
    if rng.u8(0..4) > 0 {
        for led in &mut frame.leds {
            *led = if rng.bool() { look(rng) } else { *led };
        }
    }
    if rng.u8(0..4) > 0 {
        frame.screen = Screen { lit: rng.u8(0..5) > 0, ..screen(Layout::List, texts[rng.usize(0..5)]) };
    }
    frame
}

fn fault(rng: &mut Rng, device: &str) -> Fault {
    match (device, rng.u8(0..8)) {
        (_, 0..=2) => Fault::None,
        ("own/1" | "own/5" | "far/6", 3..=5) => Fault::Taken,
        ("own/5" | "far/6", _) => Fault::Gone,
        ("own/1", _) => Fault::None,
        (_, 3) => Fault::Gone,
        ("class", _) => Fault::None,
        (_, 4 | 5) => Fault::Refuses(rng.u8(1..6)),
        (_, 6) => Fault::Hangs(rng.u64(20..200)),
        _ => Fault::Hangs(1000),
    }
}

/// Presses, with bounces, some of them many.
fn press(rng: &mut Rng, contact: &mut Contact) {
    let (mut at, mut down) = (now(), contact.script.back().map_or(contact.down, |(_, down)| *down));
    if contact.script.back().is_some_and(|(last, _)| *last > at) {
        return;
    }
    let many = rng.u8(0..6) == 0;
    for _ in 0..rng.usize(1..if many { 300 } else { 12 }) {
        at += Duration::from_millis(if many || rng.bool() { rng.u64(0..4) } else { rng.u64(30..900) });
        down = !down;
        contact.script.push_back((at, down));
    }
}

fn weather(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    NOW.with(|now| now.set(Instant::START));
    let (letters, forgetful) = (rng.bool(), rng.bool());
    let mut bench = Bench::new(rng.fork(), letters, forgetful);
    let mut last = Frame::default();
    for _ in 0..rng.usize(3..25) {
        for _ in 0..rng.usize(0..3) {
            let device = DEVICES[rng.usize(0..DEVICES.len())];
            let fault = fault(&mut rng, device);
            bench.suffers(device, fault);
        }
        if rng.bool() {
            last = frame(&mut rng, &last);
            bench.show(&last);
        }
        if rng.u8(0..3) == 0 {
            let index = rng.usize(0..2);
            press(&mut rng, &mut bench.world().contacts[index]);
        }
        if rng.u8(0..12) == 0 {
            bench.ends();
            bench.restarts();
            bench.show(&last);
        }
        let ms = [50, 300, 2000, 9000][rng.usize(0..4)];
        bench.run(rng.u64(1..ms));
    }
    for device in DEVICES {
        bench.suffers(device, Fault::None);
    }
    for contact in &mut bench.world().contacts {
        contact.script = VecDeque::from([(now(), false)]);
    }
    bench.run(6000);
    // What never was there since the start is looked for less often, and so is what holds the thread each time.
    let parts = || (0..LEDS).map(Part::Led).chain((0..2).map(Part::Button)).chain([Part::Display]);
    let missing: Vec<Part> = parts().filter(|part| bench.board.missing(*part).is_some()).collect();
    let seldom: Vec<Part> = missing.iter().copied().filter(|part| bench.is_sought_seldom(*part)).collect();
    assert_eq!(missing, seldom, "missing");
    if !seldom.is_empty() {
        bench.run(30_000);
        assert!(parts().all(|part| bench.board.missing(part).is_none()));
    }
    let mut fresh = Bench::new(rng.fork(), letters, forgetful);
    fresh.show(&last);
    fresh.run(2000);
    let (seen, expected) = (bench.sights(&last.screen), fresh.sights(&last.screen));
    for (device, seen) in &seen {
        assert_eq!(seen, &expected[device], "{device}");
    }
    assert_eq!(bench.told.map(|told| told.pressed), [false; 2], "buttons are up");
    let moves = last.leds.iter().any(|led| led.rhythm.next_change(0).is_some());
    let due = bench.board.turn(now());
    assert!(
        moves || due.is_none(),
        "nothing is left to wake up for: {due:?} {} {:?}",
        now(),
        bench.board.lamps.due(now())
    );
    bench.ends();
}

#[test]
fn after_any_storm_everything_is_as_if_nothing_had_been() {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let (first, count) = (variable("STORM"), variable("STORMS"));
    let (first, count) = (first.unwrap_or(0), count.unwrap_or(if first.is_some() { 1 } else { 24 }));
    let failed = |seed: &u64| std::panic::catch_unwind(|| weather(*seed)).is_err();
    let failed: Vec<u64> = (first..first.saturating_add(count)).filter(failed).collect();
    assert!(failed.is_empty(), "storms {failed:?} of {count} from {first} on");
}

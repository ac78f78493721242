//! The machine of the storms: lines, buses and devices on virtual time, each of which fails and returns as it is told.
//! It does not know the board that hangs on it, nor what is expected of that.

mod weather;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_hal::digital::ErrorType;
use embedded_hal::spi;
use fastrand::Rng;

use super::breaker::Breaker;
use super::display::models::I2cBus;
use super::light::tests::{Fault as Cut, Wire};
use super::tests::{NOW, now, pass};
use super::*;
use crate::board::files::Controller;
use crate::board::gestures::tests::button;
use crate::board::pixels::Size;
use crate::board::pixels::tests::screen;
use crate::frame::{Layout, Look, Rgb, Rhythm};

/// What is wrong with a device now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fault {
    #[default]
    None,
    /// One transfer of so many is refused, some of its octets after they arrived.
    Refuses(u8),
    /// Every transfer takes so many milliseconds.
    Hangs(u64),
    /// It is unplugged, and starts afresh when it is back.
    Gone,
    /// Somebody else has it.
    Taken,
}

/// Devices that can fail. Lines before the slash are of these chips.
const DEVICES: [&str; 7] = ["display", "strip", "far", "class", "own/1", "own/5", "far/6"];
const LEDS: usize = 8;

const FILE: &str = "
[leds.l0]\nline = 'own/0'
[leds.l1]\nline = 'own/1'
[leds.l2]\nline = 'far/0'
[leds.l3]\nred = 'far/1'\ngreen = 'far/2'\nblue = 'far/3'
[leds.l4]\nline = 'class:ACT'\nbrightness = '40%'
[leds.l5]\npixels = '0-6'
[leds.l6]\npixels = '7-11'
[leds.l7]\nred = 'own/2'\namber = 'own/3'\ngreen = 'far/4'
[strip]\ndriver = 'apa102'\nbus = '/dev/spidev0.0'\npixels = 12
[buttons.left]\nline = 'own/5'
[buttons.right]\nline = 'far/6'
";
const BUTTONS: [&str; 2] = ["own/5", "far/6"];

/// A machine of the imagination. Its time is [`now`].
#[derive(Clone, Debug)]
struct Machine(Rc<RefCell<World>>, Rc<tempfile::TempDir>);

#[derive(Debug)]
struct World {
    rng: Rng,
    faults: BTreeMap<&'static str, Fault>,
    /// What its driver makes of a write to the far chip that its level need not be sent for.
    forgetful: bool,
    /// Every line: what its driver believes, and its level.
    lines: BTreeMap<String, (bool, bool)>,
    contacts: [Contact; 2],
    /// Whether the last try to take a button's line held the thread in vain.
    held: [bool; 2],
    bus: I2cBus,
    strip: Wire,
    class: Act,
    /// Writes that took long since the last look.
    long: usize,
    /// Devices that refused something since they are gone.
    noticed: Vec<&'static str>,
}

/// A button's contact, and the edges that the kernel keeps of it.
#[derive(Debug, Default)]
struct Contact {
    down: bool,
    /// What it will do, and when.
    script: VecDeque<(Instant, bool)>,
    kept: VecDeque<(u32, Instant, bool)>,
    number: u32,
    read: u32,
    /// How often its line was taken; no edges are kept before.
    taken: u32,
    /// Every edge: which taking, when, where.
    history: Vec<(u32, Instant, bool)>,
}

impl Contact {
    fn moves(&mut self) {
        while let Some(&(at, down)) = self.script.front().filter(|(at, _)| *at <= now()) {
            self.script.pop_front();
            if std::mem::replace(&mut self.down, down) == down || self.taken == 0 {
                continue;
            }
            self.number += 1;
            self.kept.push_back((self.number, at, down));
            if self.kept.len() > 64 {
                self.kept.pop_front();
            }
            self.history.push((self.taken, at, down));
        }
    }
}

/// A LED of the kernel's: the octets written to its files, as the kernel takes them.
#[derive(Debug)]
struct Act {
    home: Rc<tempfile::TempDir>,
    trigger: &'static str,
    playing: String,
    brightness: String,
}

const TRIGGERS: [&str; 3] = ["none", "timer", "pattern"];
/// None of them begins this.
const LISTED: &str = "[none] timer pattern";
const PLAYED: [&str; 3] = ["pattern", "delay_on", "delay_off"];

impl Act {
    fn new() -> Self {
        let act = Self {
            home: Rc::new(tempfile::tempdir().unwrap()),
            trigger: "none",
            playing: String::new(),
            brightness: "0".into(),
        };
        act.appears();
        act
    }

    fn folder(&self) -> PathBuf {
        self.home.path().join("ACT")
    }

    fn appears(&self) {
        fs::create_dir(self.folder()).unwrap();
        fs::write(self.folder().join("max_brightness"), "255").unwrap();
        for file in PLAYED.iter().chain(&["brightness"]) {
            fs::write(self.folder().join(file), "").unwrap();
        }
        fs::write(self.folder().join("trigger"), LISTED).unwrap();
    }

    fn goes(&self) {
        fs::rename(self.folder(), self.home.path().join("away")).unwrap();
    }

    fn returns(&mut self, afresh: bool) {
        fs::rename(self.home.path().join("away"), self.folder()).unwrap();
        if afresh {
            (self.trigger, self.playing, self.brightness) = ("none", String::new(), "0".into());
        }
    }

    /// What was written to a file since the last look.
    fn written(&self, file: &str, rest: &str) -> Option<String> {
        let path = self.folder().join(file);
        let text = fs::read_to_string(&path).ok().filter(|text| text != rest)?;
        fs::write(path, rest).unwrap();
        Some(text)
    }

    fn takes(&mut self) {
        if let Some(text) = self.written("trigger", LISTED) {
            self.trigger = TRIGGERS.iter().find(|trigger| text.starts_with(*trigger)).unwrap();
            self.playing.clear();
            self.brightness = "0".into();
        }
        let played = PLAYED.iter().filter_map(|file| self.written(file, "")).collect::<String>();
        if !played.is_empty() {
            self.playing = played;
        }
        if let Some(text) = self.written("brightness", "") {
            self.brightness = if text.starts_with('0') { "0".into() } else { text };
        }
    }

    fn is_dark(&self) -> bool {
        (self.trigger, self.brightness.as_str()) == ("none", "0")
    }
}

impl World {
    fn fault(&self, device: &str) -> Fault {
        self.faults.get(device).copied().unwrap_or_default()
    }

    /// Who would notice that it lost its power asked it something.
    fn notice(&mut self, device: &'static str) {
        if self.fault(device) == Fault::Gone && !self.noticed.contains(&device) {
            self.noticed.push(device);
        }
    }

    /// A transfer of that device: whether it arrives, and is said to.
    fn carries(&mut self, device: &'static str) -> (bool, bool) {
        match self.fault(device) {
            Fault::None | Fault::Taken => (true, true),
            Fault::Refuses(often) => {
                let refused = self.rng.u8(0..often) == 0;
                (!refused || self.rng.bool(), !refused)
            }
            Fault::Hangs(ms) => {
                pass(ms);
                self.long += usize::from(ms > 50);
                let arrives = self.rng.bool();
                // What is lost in silence took long.
                (arrives, arrives || (ms > 50 && self.rng.bool()))
            }
            Fault::Gone => (false, false),
        }
    }

    fn write(&mut self, line: &str, on: bool) -> Result<(), Lost> {
        let is_fresh = !self.lines.contains_key(line);
        let far = line.starts_with("far");
        let before = self.lines.entry(line.to_owned()).or_default();
        if far && self.forgetful && before.0 == on && !is_fresh {
            return Ok(());
        }
        before.0 = on;
        let (arrives, told) = if far { self.carries("far") } else { (true, true) };
        if arrives {
            self.lines.entry(line.to_owned()).or_default().1 = on;
        }
        if told { Ok(()) } else { Err(Lost) }
    }

    fn is_lit(&self, line: &str) -> bool {
        self.lines.get(line).is_some_and(|line| line.1)
    }

    /// From now on this is wrong with it.
    fn suffers(&mut self, device: &'static str, fault: Fault) {
        let before = self.faults.insert(device, fault).unwrap_or_default();
        if (before == Fault::Gone) == (fault == Fault::Gone) {
            return;
        }
        // Power fails only where it can be noticed: nobody wakes up to look.
        let noticed = self.noticed.contains(&device);
        self.noticed.retain(|other| *other != device);
        let gone = fault == Fault::Gone;
        match device {
            "display" if noticed => self.bus.0.borrow_mut().power_cycle(),
            "display" => self.bus.0.borrow_mut().powered = !gone,
            "far" if noticed => {
                let far = self.lines.iter_mut().filter(|(name, _)| name.starts_with("far"));
                far.for_each(|(_, line)| line.1 = false);
            }
            "class" if gone => self.class.goes(),
            "class" => self.class.returns(noticed),
            _ => {}
        }
    }

    /// How the next transfer of the display goes.
    fn roll(&mut self) {
        let fault = self.fault("display");
        let refused = match fault {
            Fault::Refuses(often) => self.rng.u8(0..often) == 0,
            Fault::Hangs(_) => self.rng.bool(),
            _ => false,
        };
        let takes = if let Fault::Hangs(ms) = fault { ms } else { self.rng.u64(1..4) };
        let after = self.rng.usize(0..33);
        let mut wire = self.bus.0.borrow_mut();
        (wire.naks, wire.naks_after) = (usize::from(refused), after);
        wire.takes = Duration::from_millis(takes);
    }
}

#[derive(Debug)]
struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl embedded_hal::digital::Error for Lost {
    fn kind(&self) -> embedded_hal::digital::ErrorKind {
        embedded_hal::digital::ErrorKind::Other
    }
}

impl spi::Error for Lost {
    fn kind(&self) -> spi::ErrorKind {
        spi::ErrorKind::Other
    }
}

#[derive(Debug)]
struct Pin(Machine, String);

impl ErrorType for Pin {
    type Error = Lost;
}

impl OutputPin for Pin {
    fn set_low(&mut self) -> Result<(), Lost> {
        self.set_state(false.into())
    }

    fn set_high(&mut self) -> Result<(), Lost> {
        self.set_state(true.into())
    }

    fn set_state(&mut self, state: embedded_hal::digital::PinState) -> Result<(), Lost> {
        let mut world = self.0.0.borrow_mut();
        let on = state == embedded_hal::digital::PinState::High;
        let written = world.write(&self.1, on);
        if written.is_err() {
            world.notice("far");
        }
        written
    }
}

#[derive(Debug)]
struct Spi(Machine);

impl spi::ErrorType for Spi {
    type Error = Lost;
}

impl spi::SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [spi::Operation<'_, u8>]) -> Result<(), Lost> {
        let mut world = self.0.0.borrow_mut();
        let long = world.long;
        let (arrives, told) = world.carries("strip");
        world.long = long;
        let after = world.rng.usize(0..33);
        let faults = if arrives && told { Vec::new() } else { vec![Cut::BreaksOff(after)] };
        world.strip.0.borrow_mut().faults = faults;
        let _ = world.strip.transaction(operations);
        pass(1);
        if told { Ok(()) } else { Err(Lost) }
    }
}

#[derive(Debug)]
struct Input(Machine, usize);

impl Input {
    fn with<T>(&mut self, act: impl FnOnce(&mut Contact) -> T) -> io::Result<T> {
        let world = &mut *self.0.0.borrow_mut();
        if world.fault(BUTTONS[self.1]) == Fault::Gone {
            return Err(io::Error::other("no such device"));
        }
        world.contacts[self.1].moves();
        Ok(act(&mut world.contacts[self.1]))
    }
}

impl Edges for Input {
    fn is_down(&mut self) -> io::Result<bool> {
        if self.1 == 1 && !self.0.0.borrow_mut().carries("far").1 {
            return Err(io::Error::other("no answer"));
        }
        self.with(|contact| contact.down)
    }

    fn waiting(&mut self) -> io::Result<Option<Edge>> {
        self.with(|contact| {
            let (number, at, pressed) = contact.kept.pop_front()?;
            let lost = number - contact.read - 1;
            contact.read = number;
            Some(Edge { pressed, age: now().since(at), lost })
        })
    }

    fn poll_more(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.with(|contact| contact.kept.is_empty()) {
            Ok(true) => Poll::Pending,
            ready => Poll::Ready(ready.map(drop)),
        }
    }
}

impl Hal for Machine {
    type Pin = Pin;
    type Edges = Input;
    type Bus = I2cBus;
    type Spi = Spi;

    fn chip(&mut self, line: &Line) -> Result<PathBuf, String> {
        Ok(line.to_string().split('/').next().unwrap().into())
    }

    fn output(&mut self, line: &Line, _: bool) -> Result<Pin, String> {
        let name = line.to_string();
        let mut world = self.0.borrow_mut();
        if world.fault(&name) == Fault::Taken {
            return Err("it is used by \"fan\"".into());
        }
        world.write(&name, false).map_err(|error| error.to_string())?;
        Ok(Pin(self.clone(), name))
    }

    fn input(&mut self, button: &files::Button, _: Duration) -> Result<Input, String> {
        let index = usize::from(button.name == "right");
        let world = &mut *self.0.borrow_mut();
        let before = now();
        if world.fault(BUTTONS[index]) != Fault::None || (index == 1 && !world.carries("far").1) {
            world.held[index] = Breaker::is_long(before, now());
            return Err("it is used by \"fan\"".into());
        }
        let contact = &mut world.contacts[index];
        contact.moves();
        contact.kept.clear();
        (contact.number, contact.read, contact.taken) = (0, 0, contact.taken + 1);
        Ok(Input(self.clone(), index))
    }

    fn bus(&mut self, _: &Path) -> Result<I2cBus, String> {
        Ok(self.0.borrow().bus.clone())
    }

    fn spi(&mut self, _: &Path, _: u32) -> Result<Spi, String> {
        Ok(Spi(self.clone()))
    }

    fn classes(&self) -> &Path {
        self.1.path()
    }

    fn clock(_: std::time::Instant) -> impl Fn() -> Instant + Copy {
        now
    }

    fn sleep(lasts: Duration) {
        pass(lasts.as_millis().try_into().unwrap());
    }
}

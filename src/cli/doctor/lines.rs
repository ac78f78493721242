//! Chips, lines and LEDs of the kernel: whether what the board file has is there, and free.
//!
//! Does not know buses.

use super::Case;
use super::buses::module;
use super::examine::{Kind, RULES, permission};
use super::finding::Finding;
use crate::board::BoardFile;
use crate::board::files::Wires;
use crate::board::linux::Place;
use crate::board::linux::survey::{Access, ClassLed};
use crate::cli::wiring::{Part, Use, uses};

macro_rules! class_files {
    () => {
        "/sys%p/brightness /sys%p/multi_intensity /sys%p/trigger /sys%p/pattern /sys%p/delay_on /sys%p/delay_off"
    };
}

/// Who may use the chips, and which there are.
pub(super) fn chips(case: &Case, file: &BoardFile) -> Vec<Finding> {
    if uses(file).is_empty() {
        return Vec::new();
    }
    let survey = &case.survey;
    if survey.chips.is_empty() {
        let finding = Finding::wrong("lines: this machine has no GPIO chip: there is no /dev/gpiochip0");
        return vec![
            finding.mend("a kernel with CONFIG_GPIO_CDEV, and a machine with lines; or board = \"terminal\""),
        ];
    }
    let mut findings = permission(&CHIPS, &survey.user, survey.chips.iter());
    let mut labels: Vec<(&str, usize)> = Vec::new();
    for place in &survey.lines.places {
        match labels.iter_mut().find(|(label, _)| *label == place.label) {
            Some((_, count)) => *count += 1,
            None => labels.push((&place.label, 1)),
        }
    }
    let labels: Vec<String> =
        labels.iter().map(|(label, count)| format!("{label} ({count} lines)")).collect();
    if !labels.is_empty() {
        findings.push(Finding::well(format!("chips: {}", labels.join(", "))));
    }
    findings
}

/// Every line of the board file: there, free, and used once.
pub(super) fn lines(case: &Case, file: &BoardFile) -> Vec<Finding> {
    let survey = &case.survey;
    let open = survey.chips.iter().any(|chip| chip.access == Access::Open);
    let uses = uses(file);
    if !open && !uses.is_empty() {
        return vec![Finding::aside("the lines of the board file: no chip may be opened")];
    }
    let mut taken: Vec<(&Place, &str)> = Vec::new();
    let mut findings = Vec::new();
    for Use { line, what, part } in &uses {
        let named = format!("{what} on {line}");
        let finding = match survey.lines.find(line) {
            Err(why) => Finding::wrong(format!("{named}: {why}")).mend("nudged list lines"),
            Ok(place) => match taken.iter().find(|(other, _)| is_same(other, place)) {
                Some((_, other)) => Finding::wrong(format!("{named}: it is the line of {other}, too"))
                    .mend(format!("another line in the board file for {what} or {other}")),
                None => {
                    taken.push((place, what));
                    used(&named, place)
                }
            },
        };
        findings.push(finding.if_needed(case.needs(*part)));
    }
    findings
}

fn is_same(one: &Place, other: &Place) -> bool {
    (&one.chip, one.offset) == (&other.chip, other.offset)
}

fn used(named: &str, place: &Place) -> Finding {
    let at = format!("{named}: {}/{}", place.label, place.offset);
    match place.consumer.as_str() {
        "" => Finding::well(format!("{at}, free")),
        "nudged" => Finding::well(format!("{at}, used by nudged")),
        other => Finding::wrong(format!("{at} is used by \"{other}\""))
            .mend("stop that program, or take the overlay out that gives the line to the kernel")
            .mend("or wire another: nudged list lines    shows which are free"),
    }
}

/// Every LED of the kernel that the board file has: there, and ours to write.
pub(super) fn classes(case: &Case, file: &BoardFile) -> Vec<Finding> {
    let known = &case.survey.leds;
    let classes = file.leds.iter().filter_map(|led| match &led.wires {
        Wires::Class(class) => Some((&led.name, class)),
        _ => None,
    });
    let told = |(name, class): (&String, &String)| {
        let named = format!("led {name} on class:{class}");
        let needed = case.needs(Part::Led(name));
        let finding = match known.iter().find(|led| led.name == *class) {
            Some(led) if led.writable => Finding::well(format!("{named}: 0 to {}", led.max_brightness)),
            Some(_) => Finding::wrong(format!("{named}: {} may not write to it", case.survey.user.name))
                .mend(format!("echo '{}' | sudo tee -a {RULES}", class_rule(class)))
                .mend("sudo udevadm control --reload && sudo udevadm trigger")
                .mend("in the unit of the service: ProtectKernelTunables=no"),
            None => {
                let names: Vec<&str> = known.iter().map(|led| led.name.as_str()).collect();
                let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Finding::wrong(format!("{named}: the kernel drives no LED of that name; it has {names}"))
                    .mend("nudged list leds")
            }
        };
        let led = known.iter().find(|led| led.name == *class && led.writable && needed);
        let woken = led.and_then(|led| wakes(&named, led));
        std::iter::once(finding.if_needed(needed)).chain(woken)
    };
    classes.flat_map(told).collect()
}

/// What moves on a LED is the kernel's where it has a trigger for that; else it moves all the same, but wakes the program.
fn wakes(named: &str, led: &ClassLed) -> Option<Finding> {
    let has = |trigger: &str| led.triggers.iter().any(|known| known == trigger);
    let what = match (has("pattern"), has("timer")) {
        (true, _) => return None,
        (_, true) => "what moves on it otherwise than on and off",
        _ => "what moves on it",
    };
    let text = format!("{named}: {what} wakes the program, as the trigger \"pattern\" is not there");
    Some(module(Finding::aside(text), "ledtrig-pattern"))
}

/// The rule that gives the files of a LED to the group of the lines, those included that its triggers bring.
fn class_rule(class: &str) -> String {
    CLASS_RULE.replace("nudged*", class)
}

pub(super) const CHIPS: Kind = Kind {
    what: "lines",
    group: "gpio",
    rule: r#"SUBSYSTEM=="gpio", KERNEL=="gpiochip[0-9]*", GROUP="gpio", MODE="0660""#,
    allow: "char-gpiochip",
};
/// For the LEDs that are called ours; the files behind the trigger are those that triggers bring.
pub(super) const CLASS_RULE: &str = concat!(
    r#"SUBSYSTEM=="leds", KERNEL=="nudged*", ACTION!="remove", RUN+="/bin/chgrp -f gpio "#,
    class_files!(),
    r#"", RUN+="/bin/chmod -f g+w "#,
    class_files!(),
    r#"""#
);

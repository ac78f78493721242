//! Buses: there, ours, well, and with the display where the board file says.
//!
//! Does not know lines.

use std::path::Path;

use super::Case;
use super::examine::{Kind, copied, permission};
use super::finding::Finding;
use crate::board::BoardFile;
use crate::board::files::{Display, DisplayWires, OVERRIDES, Panel, Source};
use crate::board::linux::survey::{Access, Boot, Bus, Scan};

/// The I2C bus of the display, and who answers on it.
pub(super) fn i2c(case: &Case, source: &Source, file: &BoardFile) -> Vec<Finding> {
    let survey = &case.survey;
    let mut findings = permission(&I2C, &survey.user, survey.i2c.iter().map(|bus| &bus.node));
    for bus in survey.i2c.iter().filter(|bus| bus.node.access == Access::Missing) {
        findings.push(missing_i2c(case, source, bus));
    }
    let Some(display) = &file.display else { return findings };
    let DisplayWires::I2c { bus, address } = &display.wires else { return findings };
    let scanned = survey.i2c.iter().find(|scanned| scanned.node.path == *bus);
    findings.extend(scanned.and_then(|scanned| answers(source, display, *address, scanned)));
    findings
}

fn missing_i2c(case: &Case, source: &Source, bus: &Bus) -> Finding {
    let (device, survey) = (&bus.node.path, &case.survey);
    let finding = Finding::wrong(format!("i2c: there is no {}", device.display()));
    if bus.adapter == Some(true) {
        return module(finding, "i2c-dev");
    }
    let header = device.as_path() == Path::new("/dev/i2c-1");
    match &survey.boot {
        Some(boot) if header => switch_on(finding, boot, &["i2c_arm", "i2c"]),
        Some(boot) => finding.mend(format!("switch it on in {} and reboot", boot.path.display())),
        None if survey.i2c_nodes.is_empty() => finding
            .mend("switch a bus on with an overlay of this machine's maker, and: sudo modprobe i2c-dev"),
        None => {
            let there: Vec<String> =
                survey.i2c_nodes.iter().map(|node| format!("bus = \"{}\"", node.display())).collect();
            edit(finding, source, &there)
        }
    }
}

/// A parameter of a Raspberry Pi, by any of its names; the first one is written.
pub(super) fn switch_on(finding: Finding, boot: &Boot, names: &[&str]) -> Finding {
    let path = boot.path.display();
    if names.iter().any(|name| boot.has(name)) {
        return finding.mend(format!("sudo reboot    ({path} has it already)"));
    }
    let name = names.first().unwrap_or(&"");
    finding.mend(format!("echo 'dtparam={name}=on' | sudo tee -a {path}")).mend("sudo reboot")
}

/// The bus is there, but the driver that makes device files is not.
pub(super) fn module(finding: Finding, name: &str) -> Finding {
    finding
        .mend(format!("sudo modprobe {name}"))
        .mend(format!("echo {name} | sudo tee /etc/modules-load.d/nudged-{name}.conf    for the next start"))
}

fn answers(source: &Source, display: &Display, address: u8, bus: &Bus) -> Option<Finding> {
    let device = bus.node.path.display();
    let wanted = format!("display at {address:#04x} on {device}");
    let wires = "check its wires: on a Raspberry Pi SDA is pin 3, SCL pin 5, 3.3 V pin 1, ground pin 6";
    Some(match &bus.scan {
        Scan::No => return None,
        Scan::Deaf(why) => Finding::aside(format!("{wanted}: the bus can't be asked: {why}")),
        Scan::Stuck { at, why } => Finding::wrong(format!(
            "{wanted}: the bus is stuck: {why} when {at:#04x} was asked"
        ))
        .mend("something holds SDA or SCL down: take off what hangs on the bus, one thing after the other")
        .mend(wires),
        Scan::Done { answers, .. } if answers.contains(&address) => {
            Finding::well(format!("{wanted}: it answers"))
        }
        Scan::Done { kept, .. } if kept.contains(&address) => {
            Finding::wrong(format!("{wanted}: a driver of the kernel has it"))
                .mend("take the overlay out that gives the display to the kernel")
        }
        Scan::Done { answers, .. } => {
            let usual: &[u8] =
                if matches!(display.panel, Panel::Characters { .. }) { &CHARACTERS } else { &OLEDS };
            let near: Vec<String> = answers
                .iter()
                .filter(|answer| usual.contains(answer))
                .map(|answer| format!("address = {answer:#04x}"))
                .collect();
            let finding = Finding::wrong(format!("{wanted}: nothing answers there; {}", heard(answers)));
            if near.is_empty() { finding.mend(wires) } else { edit(finding, source, &near) }
        }
    })
}

fn heard(answers: &[u8]) -> String {
    let answers: Vec<String> = answers.iter().map(|answer| format!("{answer:#04x}")).collect();
    if answers.is_empty() { "nor anywhere else".to_owned() } else { format!("{} do", answers.join(", ")) }
}

/// Where a line of the board file is changed: one that is compiled in must be copied first.
fn edit(finding: Finding, source: &Source, lines: &[String]) -> Finding {
    let change = |finding: Finding, file: String| {
        let lines = lines.join(" or ");
        finding.mend(format!("{lines}    in {file} below [display], in place of the one there"))
    };
    match source.built_in {
        Some(name) => change(copied(finding, name), format!("{OVERRIDES}/{name}.toml")),
        None => change(finding, source.path.display().to_string()),
    }
}

/// The SPI buses of display and strip.
pub(super) fn spi(case: &Case, _: &BoardFile) -> Vec<Finding> {
    let survey = &case.survey;
    let mut findings = permission(&SPI, &survey.user, survey.spi.iter().map(|bus| &bus.node));
    for bus in survey.spi.iter().filter(|bus| bus.node.access == Access::Missing) {
        let finding = Finding::wrong(format!("spi: there is no {}", bus.node.path.display()));
        findings.push(match &survey.boot {
            _ if bus.device == Some(true) => module(finding, "spidev"),
            Some(boot) => switch_on(finding, boot, &["spi"]),
            None => finding
                .mend("switch a bus on with an overlay of this machine's maker, and: sudo modprobe spidev"),
        });
    }
    findings
}

pub(super) const I2C: Kind = Kind {
    what: "i2c",
    group: "i2c",
    rule: r#"SUBSYSTEM=="i2c-dev", GROUP="i2c", MODE="0660""#,
    allow: "char-i2c",
};
pub(super) const SPI: Kind = Kind {
    what: "spi",
    group: "spi",
    rule: r#"SUBSYSTEM=="spidev", GROUP="spi", MODE="0660""#,
    allow: "char-spi",
};
/// Addresses that OLEDs have.
const OLEDS: [u8; 2] = [0x3c, 0x3d];
/// Addresses of a PCF8574 and a PCF8574A as backpacks are sold.
const CHARACTERS: [u8; 2] = [0x27, 0x3f];

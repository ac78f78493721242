//! The kernel's watchdog: there, ours, and held by nobody else.
//!
//! Does not know what feeds it.

use super::Case;
use super::buses::{module, switch_on};
use super::examine::{Kind, permission};
use super::finding::Finding;
use crate::board::linux::survey::{Access, Watchdog};

/// What is to be said of the watchdog the configuration names; of none, nothing.
pub(super) fn watchdog(case: &Case) -> Vec<Finding> {
    let Some(watchdog) = &case.survey.watchdog else { return Vec::new() };
    let path = watchdog.node.path.display();
    if watchdog.node.access == Access::Missing {
        let finding = Finding::wrong(format!("watchdog: there is no {path}"));
        return vec![match (&watchdog.first, &case.survey.boot) {
            (Some(first), _) => finding.mend(format!(
                "in {}, below [watchdog]: device = \"{}\"",
                case.file.display(),
                first.display()
            )),
            (None, Some(boot)) => switch_on(finding, boot, &["watchdog"]),
            (None, None) => module(finding, "softdog"),
        }];
    }
    let mut findings = permission(&WATCHDOG, &case.survey.user, [&watchdog.node].into_iter());
    findings.extend(held(case, watchdog));
    if watchdog.nowayout {
        findings.push(Finding::aside(format!(
            "watchdog: {path} can't be disarmed (nowayout): the machine resets whenever the agent ends and does not return"
        )));
    }
    findings
}

/// Who else has it: one program may, at a time.
fn held(case: &Case, watchdog: &Watchdog) -> Option<Finding> {
    let (path, file) = (watchdog.node.path.display(), case.file.display());
    match watchdog.holder.as_deref() {
        Some("nudged") => Some(Finding::well(format!("watchdog: {path} is fed by nudged"))),
        Some("systemd") => Some(
            Finding::wrong(format!("watchdog: {path} is held by systemd, as RuntimeWatchdogSec says"))
                .mend(format!(
                    "leave it to systemd, which restarts an agent that hangs: take [watchdog] out of {file}"
                ))
                .mend("or take it from systemd: sudo mkdir -p /etc/systemd/system.conf.d")
                .mend(TAKE)
                .mend("and: sudo reboot"),
        ),
        Some(other) => Some(
            Finding::wrong(format!("watchdog: {path} is held by \"{other}\""))
                .mend(format!("stop that, or take [watchdog] out of {file}")),
        ),
        None if watchdog.active == Some(true) && !case.survey.user.root => Some(Finding::aside(format!(
            "watchdog: {path} is armed already; by whom is told to root: sudo nudged doctor"
        ))),
        None => None,
    }
}

pub(super) const WATCHDOG: Kind = Kind {
    what: "watchdog",
    group: "watchdog",
    rule: r#"SUBSYSTEM=="watchdog", KERNEL=="watchdog[0-9]*", GROUP="watchdog", MODE="0660""#,
    allow: "char-watchdog",
};
/// The name comes after that of the file by which Raspberry Pi OS sets it.
const TAKE: &str =
    "printf '[Manager]\\nRuntimeWatchdogSec=0\\n' | sudo tee /etc/systemd/system.conf.d/60-nudged.conf";

//! What follows from the facts: a pure function, so every machine there is or may be can be tried in a test.
//!
//! Does not look at anything itself.

use std::io::ErrorKind;

use super::finding::Finding;
use super::{Board, Case, GENERIC, Settings, buses, lines, watchdog};
use crate::board::Unopened;
use crate::board::files::{Missing, OVERRIDES};
use crate::board::linux::survey::{Access, Clock, Keeper, Node, User};
use crate::cli::HAS_DEMO;
use crate::cli::wiring::Wiring;
use crate::config::secrets::Why;

/// Everything there is to say, in the order a person should mend it.
pub(super) fn examine(case: &Case) -> Vec<Finding> {
    let mut findings = vec![machine(case), configuration(case), board(case)];
    if let Some(Wiring { source, file }) = &case.board.file {
        findings.extend(lines::chips(case, file));
        findings.extend(lines::lines(case, file));
        findings.extend(lines::classes(case, file));
        findings.extend(buses::i2c(case, source, file));
        findings.extend(buses::spi(case, file));
    }
    findings.extend(watchdog::watchdog(case));
    findings.push(clock(case.survey.clock));
    findings.extend(secrets(case));
    findings
}

fn machine(case: &Case) -> Finding {
    match &case.survey.model {
        Some(model) => Finding::well(format!("machine: {model}")),
        None => Finding::aside("machine: no device tree names its model"),
    }
}

fn configuration(case: &Case) -> Finding {
    let file = case.file.display();
    match &case.settings {
        Settings::Right => Finding::well(format!("configuration: {file}")),
        // Whoever only has wires to test needs none.
        Settings::Missing if case.board_option.is_some() && !case.named => {
            Finding::aside(format!("configuration: there is no {file}"))
        }
        Settings::Missing => {
            let finding = Finding::wrong(format!("configuration: there is no {file}"))
                .mend("write it; the least that makes a light stands in README below \"Use it\"");
            if HAS_DEMO { finding.mend("to see it all work without one: nudged demo") } else { finding }
        }
        Settings::Unreadable(why) => Finding::wrong(format!("configuration: {file} can't be read: {why}"))
            .mend(format!("sudo chmod a+r {file}")),
        Settings::Wrong(count) => {
            let many = if *count == 1 { "a mistake".to_owned() } else { format!("{count} mistakes") };
            let named = if case.named { format!(" --config {file}") } else { String::new() };
            let board = case.board_option.iter().map(|board| format!(" --board {board}")).collect::<String>();
            Finding::wrong(format!("configuration: {file} has {many}"))
                .mend(format!("to see where, and what would be right: nudged check{named}{board}"))
        }
    }
}

fn board(case: &Case) -> Finding {
    let Board { choice, proposed, file, wrong, .. } = &case.board;
    let configure = |finding| configure(case, finding);
    let Some(choice) = choice else {
        let nothing = case.survey.chips.is_empty() && file.is_none();
        return match proposed.as_deref() {
            _ if nothing => {
                Finding::well("board: none is configured; lights and display are drawn in a terminal")
            }
            Some(GENERIC) | None => {
                configure(Finding::wrong("board: none is configured, and none is known for this machine"))
            }
            Some(_) => configure(Finding::wrong(
                "board: none is configured, so lights and display are drawn in a terminal; what the one for this machine needs:",
            )),
        };
    };
    if choice.has_every_name() {
        return Finding::well(format!("board: {choice}, which needs nothing of this machine"));
    }
    if let Some(wrong) = wrong {
        return unusable(case, wrong);
    }
    let models = file.iter().flat_map(|wiring| &wiring.file.models);
    let fits = |model: &String| models.clone().any(|begin| model.starts_with(begin.as_str()));
    match &case.survey.model {
        Some(model) if models.clone().next().is_some() && !fits(model) => {
            configure(Finding::wrong(format!("board: {choice} is wired for another machine")))
        }
        _ => Finding::well(format!("board: {choice}")),
    }
}

/// The board that was named is none, or its file can't be used.
fn unusable(case: &Case, wrong: &Unopened) -> Finding {
    let finding = Finding::wrong(format!("board: {}", wrong.to_string().replace('\n', "; ")));
    let known = case.board.proposed.as_deref().is_some_and(|name| name != GENERIC);
    match wrong {
        Unopened::Missing(Missing::Unknown(_)) if known => configure(case, finding),
        Unopened::Missing(Missing::Unreadable(path, error))
            if error.kind() == ErrorKind::PermissionDenied =>
        {
            finding.mend(format!("sudo chmod a+r {}", path.display()))
        }
        Unopened::Missing(_) => finding.mend("name another; which there are: nudged list boards"),
        _ => finding.mend("put it right in that file; what may stand there: nudged list boards rpi"),
    }
}

/// What configures the board for this machine.
fn configure(case: &Case, finding: Finding) -> Finding {
    let name = case.board.proposed.as_deref().unwrap_or(GENERIC);
    let finding = match name {
        GENERIC if case.board.own_generic => finding,
        GENERIC => copied(finding, GENERIC)
            .mend(format!("put those lines into {OVERRIDES}/{GENERIC}.toml that `nudged list lines` shows")),
        _ => finding,
    };
    finding.mend(format!("board = \"{name}\"    in {}, above its first [section]", case.file.display()))
}

/// Makes a board file of one's own of one that is compiled in; whoever has one already must not be told to.
pub(super) fn copied(finding: Finding, name: &str) -> Finding {
    finding
        .mend(format!("sudo mkdir -p {OVERRIDES}"))
        .mend(format!("nudged list boards {name} | sudo tee {OVERRIDES}/{name}.toml"))
}

/// Whether a kind of device files may be used, and what lets this user.
pub(super) struct Kind {
    /// What they are, for people.
    pub(super) what: &'static str,
    /// The group that should have them.
    pub(super) group: &'static str,
    /// The line of `60-nudged.rules` that gives them to it.
    pub(super) rule: &'static str,
    /// What systemd calls them in `DeviceAllow`.
    pub(super) allow: &'static str,
}

/// One finding for those that may be used, one for each reason why others may not. Missing ones are left out.
pub(super) fn permission<'a>(
    kind: &Kind,
    user: &User,
    nodes: impl Iterator<Item = &'a Node>,
) -> Vec<Finding> {
    let mut by_access: Vec<(&Access, Vec<String>)> = Vec::new();
    for node in nodes.filter(|node| node.access != Access::Missing) {
        let path = node.path.display().to_string();
        match by_access.iter_mut().find(|(access, _)| **access == node.access) {
            Some((_, paths)) => paths.push(path),
            None => by_access.push((&node.access, vec![path])),
        }
    }
    let told = |(access, paths): (&Access, Vec<String>)| {
        let (what, paths) = (kind.what, paths.join(", "));
        match access {
            Access::Refused { group, mode, why } => {
                let text = format!(
                    "{what}: {} may not open {paths} (group {group}, mode {mode:04o}): {why}",
                    user.name
                );
                permit(kind, user, group, *mode, Finding::wrong(text))
            }
            _ => Finding::well(format!("{what}: {} may use {paths}", user.name)),
        }
    };
    by_access.into_iter().map(told).collect()
}

fn permit(kind: &Kind, user: &User, group: &str, mode: u32, mut finding: Finding) -> Finding {
    let Kind { group: wanted, rule, allow, .. } = kind;
    let by_group = mode & 0o060 == 0o060 && group != "root";
    if by_group && user.groups.iter().any(|own| own == group) {
        return finding.mend(format!("in the unit of the service: DeviceAllow={allow} rw"));
    }
    let group = if by_group { group } else { wanted };
    if !by_group {
        if !user.known.iter().any(|known| known == wanted) {
            finding = finding.mend(format!("sudo groupadd --system {wanted}"));
        }
        finding = finding
            .mend(format!("echo '{rule}' | sudo tee -a {RULES}"))
            .mend("sudo udevadm control --reload && sudo udevadm trigger");
    }
    if user.enrolled.iter().any(|enrolled| enrolled == group) {
        return finding.mend(format!("log in again: {} is in the group {group} since", user.name));
    }
    finding.mend(format!("sudo usermod -aG {group} {}    and log in again", user.name))
}

fn clock(clock: Clock) -> Finding {
    let text = format!("clock: {}", date(clock.now));
    if clock.now < BUILT {
        let why = "certificates of servers will not be valid yet";
        return keep(clock.keeper, Finding::wrong(format!("{text}, which is long ago: {why}")));
    }
    match clock.synchronised {
        Some(true) => Finding::well(format!("{text}, set by the network")),
        Some(false) => {
            let text = format!("{text}, and the network has not set it since the start, or not for hours");
            keep(clock.keeper, Finding::wrong(text))
        }
        None => Finding::well(format!("{text}; who sets it is not known")),
    }
}

/// What has the network set the clock. Whatever keeps it already is not switched on again, but asked what it lacks.
fn keep(keeper: Option<Keeper>, finding: Finding) -> Finding {
    let lines = match keeper {
        Some(Keeper::Timesyncd) => {
            ["to see why: timedatectl timesync-status", "sudo systemctl restart systemd-timesyncd"]
        }
        Some(Keeper::Chrony) => ["to see which server answers: chronyc -n sources", "sudo chronyc makestep"],
        Some(Keeper::Ntpd) => [
            "to see which server answers: ntpq -pn",
            "they stand in ntp.conf, in lines like: pool pool.ntp.org iburst",
        ],
        None => [
            "sudo timedatectl set-ntp true",
            "if it knows no such service: sudo apt install systemd-timesyncd, or chrony",
        ],
    };
    lines.into_iter().fold(finding, Finding::mend)
}

/// The day, in the calendar of everybody: the civil calendar is counted in eras of 400 years from the 1st of March.
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month, late) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1, month >= 10);
    format!("{:04}-{month:02}-{day:02}", era * 400 + year + u64::from(late))
}

fn secrets(case: &Case) -> Vec<Finding> {
    let told = |secret: &super::Secret| {
        let what = format!("password of {}", secret.network);
        match &secret.refused {
            None => Finding::well(format!("{what}: {}", secret.file.display())),
            Some(refused) => match (&refused.why, refused.mend()) {
                (Why::Unreadable(error), None) if error.kind() == ErrorKind::PermissionDenied => {
                    Finding::aside(format!(
                        "{what}: {} may not be read by {}; right if the service gets it by LoadCredential",
                        refused.file.display(),
                        case.survey.user.name
                    ))
                }
                (why, mend) => {
                    let finding = Finding::wrong(format!("{what}: {}: {why}", refused.file.display()));
                    let sudo = if secret.ours { "" } else { "sudo " };
                    mend.into_iter().fold(finding, |finding, mend| finding.mend(format!("{sudo}{mend}")))
                }
            },
        }
    };
    case.secrets.iter().map(told).collect()
}

/// Where our rules go.
pub(super) const RULES: &str = "/etc/udev/rules.d/60-nudged.rules";
/// The 1st of January 2025, in seconds since 1970: no clock that goes right is before this program.
const BUILT: u64 = 1_735_689_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (BUILT - 1, "2024-12-31"),
            (BUILT, "2025-01-01"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }
}

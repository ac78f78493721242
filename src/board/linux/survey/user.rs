//! Who asks: the user, and the groups that count.
//! It does not know which groups are needed. Only `/etc/passwd` and `/etc/group` are read; users of a network have numbers.

use std::fs;
use std::path::Path;

use rustix::process::{getegid, geteuid, getgroups};

/// The user a command runs as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name, or else the number.
    pub name: String,
    /// Who may do everything.
    pub root: bool,
    /// The groups this process has.
    pub groups: Vec<String>,
    /// The groups `/etc/group` puts the user into: since then somebody must log in again.
    pub enrolled: Vec<String>,
    /// Every group of the machine.
    pub known: Vec<String>,
}

impl User {
    pub(super) fn at(root: &Path) -> Self {
        let user = geteuid();
        let name = name_in(&root.join("etc/passwd"), user.as_raw());
        let groups = groups(root);
        let enrolled = groups.iter().filter(|group| group.members.contains(&name));
        let enrolled = enrolled.map(|group| group.name.clone()).collect();
        let own = getgroups().unwrap_or_default().into_iter().chain([getegid()]);
        let mut own: Vec<String> = own.map(|group| group_name(root, group.as_raw())).collect();
        own.sort();
        own.dedup();
        Self {
            name,
            root: user.is_root(),
            groups: own,
            enrolled,
            known: groups.into_iter().map(|group| group.name).collect(),
        }
    }
}

/// The name of a group, or else its number.
pub(super) fn group_name(root: &Path, group: u32) -> String {
    name_in(&root.join("etc/group"), group)
}

/// The name of a number in `/etc/passwd` or `/etc/group`, or else the number.
fn name_in(file: &Path, number: u32) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let number = number.to_string();
    let named = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    named.unwrap_or(number)
}

struct Group {
    name: String,
    members: Vec<String>,
}

fn groups(root: &Path) -> Vec<Group> {
    let text = fs::read_to_string(root.join("etc/group")).unwrap_or_default();
    let group = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?.to_owned();
        let members = fields.nth(2).unwrap_or("").split(',').map(str::to_owned).collect();
        Some(Group { name, members })
    };
    text.lines().filter_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_files_and_numbers_stay_numbers() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("etc")).unwrap();
        fs::write(root.path().join("etc/group"), "gpio:x:997:kim,lee\nspi:x:996:\nodd\n\n").unwrap();
        assert_eq!(group_name(root.path(), 997), "gpio");
        assert_eq!(group_name(root.path(), 99), "99");
        let groups = groups(root.path());
        let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["gpio", "spi", "odd"]);
        assert_eq!(groups[0].members, ["kim", "lee"]);
    }
}

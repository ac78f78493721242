//! Who may talk: root, the user this process runs as, and members of the socket file's group.
//!
//! The kernel asks the file's mode first; this is asked besides, of the process that connected (`SO_PEERCRED`), so that a
//! mode or a directory somebody opened by mistake opens nothing.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::net::UnixStream;

use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;

use super::place::Place;

/// The rule for one socket file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Guard {
    own: u32,
    group: u32,
}

impl Guard {
    pub(super) fn of(place: &Place) -> Self {
        Self { own: geteuid().as_raw(), group: place.group() }
    }

    /// Lets whoever connected in, or says why not.
    pub(super) fn admit(self, stream: &UnixStream) -> Result<(), &'static str> {
        let peer = socket_peercred(stream).map_err(|error| {
            log::warn!("control: a client was refused: the system does not tell who it is: {error}");
            "the system does not tell who you are"
        })?;
        let (user, group) = (peer.uid.as_raw(), peer.gid.as_raw());
        if self
            .allows(user, group, || is_member(&table("/etc/group"), &table("/etc/passwd"), self.group, user))
        {
            return Ok(());
        }
        log::warn!("control: refused user {user} (process {})", peer.pid.as_raw_nonzero());
        Err("you may not: expected root, the user nudged runs as, or a member of the socket's group")
    }

    /// The first three are what the kernel knows; further groups of a user stand in a file.
    fn allows(self, user: u32, group: u32, is_member: impl FnOnce() -> bool) -> bool {
        user == ROOT || user == self.own || group == self.group || is_member()
    }
}

/// Whether `groups`, in the form of `/etc/group`, has the user among the group's members; names are those of `users`.
fn is_member(groups: &str, users: &str, group: u32, user: u32) -> bool {
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(user)).then_some(name)
    });
    let Some(name) = name.filter(|name| !name.is_empty()) else { return false };
    groups.lines().any(|line| {
        let mut fields = line.split(':').skip(2);
        fields.next().is_some_and(|id| id.parse() == Ok(group))
            && fields.next().is_some_and(|members| members.split(',').any(|member| member == name))
    })
}

/// A table of the system, as far as it can be read.
fn table(path: &str) -> String {
    let mut octets = Vec::new();
    let read = File::open(path).and_then(|file| file.take(TABLE_MAX).read_to_end(&mut octets));
    if let Err(error) = read {
        log::debug!("control: {path}: {error}");
    }
    String::from_utf8_lossy(&octets).into_owned()
}

const ROOT: u32 = 0;
/// Octets of a table that are looked at.
const TABLE_MAX: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "root:x:0:\ngpio:x:997:pi\nlight:x:990:ann,bob\nempty:x:991\n:x:992:\n";
    const USERS: &str =
        "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/:/bin/sh\npi:x:1001:1001::/:/bin/sh\n:x:1002:1002:::\n";

    #[test]
    fn root_our_own_user_and_members_of_the_group_may_talk_and_nobody_else() {
        let guard = Guard { own: 500, group: 990 };
        let may = |user, group| guard.allows(user, group, || is_member(GROUPS, USERS, 990, user));
        assert!(may(0, 0), "root");
        assert!(may(500, 1), "our own user");
        assert!(may(1234, 990), "its group is the file's");
        assert!(may(1000, 1000), "ann is a member");
        assert!(!may(1001, 1001), "pi is a member of another group");
        assert!(!may(1234, 1234), "a user without a name");
        assert!(!may(1002, 1002), "a user with an empty one");
    }

    #[test]
    fn tables_that_are_not_what_they_should_be_let_nobody_in() {
        for groups in ["", "light", "light:x:990", "light:x:x:ann", ":::", "light:x:990:anna,an"] {
            assert!(!is_member(groups, USERS, 990, 1000), "{groups}");
        }
        for users in ["", "ann", "ann:x", "ann:x:y", ":x:1000"] {
            assert!(!is_member(GROUPS, users, 990, 1000), "{users}");
        }
    }
}

//! The kernel's watchdog: whether it is there, ours to write, and who holds it.
//! It never opens the device: that alone begins a countdown to the machine's reset.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Access as Mode, access};

use super::below;
use super::node::{self, Access, Node};

/// A watchdog of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// Its device file.
    pub node: Node,
    /// Whether it counts down now; `None` if the kernel does not tell.
    pub active: Option<bool>,
    /// Whether it goes on counting once it was opened, whoever closes it how.
    pub nowayout: bool,
    /// The program that has it open. Only root is told of those of others.
    pub holder: Option<String>,
    /// The first watchdog of the machine, whichever was asked for.
    pub first: Option<PathBuf>,
}

impl Watchdog {
    pub(super) fn look(root: &Path, path: &Path) -> Self {
        let file = below(root, path);
        let access = match access(&file, Mode::WRITE_OK) {
            Ok(()) => Access::Open,
            Err(error) => node::refused(root, &file, &io::Error::from(error)),
        };
        let facts = root.join("sys/class/watchdog").join(path.file_name().unwrap_or_default());
        let fact = |name: &str| fs::read_to_string(facts.join(name)).ok();
        Self {
            node: Node { path: path.to_owned(), access },
            active: fact("state").map(|state| state.trim() == "active"),
            nowayout: fact("nowayout").is_some_and(|set| set.trim() == "1"),
            holder: holder(root, path),
            first: first(root),
        }
    }
}

/// The device files are only listed, by their names.
fn first(root: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(root.join("dev")).ok()?.flatten().map(|entry| entry.file_name());
    let number = |name: &OsStr| -> Option<u8> { name.to_str()?.strip_prefix("watchdog")?.parse().ok() };
    let least = names.filter_map(|name| number(&name)).min()?;
    Some(format!("/dev/watchdog{least}").into())
}

/// Who has a file open, by the name of the process.
fn holder(root: &Path, path: &Path) -> Option<String> {
    let processes = fs::read_dir(root.join("proc")).ok()?.flatten().map(|entry| entry.path());
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|target| target == path || is_first(path, &target))
    };
    let process = processes.filter(|process| process.join("comm").exists()).find(|process| holds(process))?;
    Some(fs::read_to_string(process.join("comm")).ok()?.trim().to_owned())
}

/// The first watchdog has a second device file, by which others may hold it.
fn is_first(path: &Path, target: &Path) -> bool {
    path == Path::new("/dev/watchdog0") && target == Path::new("/dev/watchdog")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::linux::survey::tests::machine;

    #[test]
    fn who_holds_it_is_found_by_either_name_and_nothing_is_opened() {
        let root = machine(&[
            ("dev/watchdog0", ""),
            ("sys/class/watchdog/watchdog0/state", "active\n"),
            ("sys/class/watchdog/watchdog0/nowayout", "1\n"),
            ("proc/1/comm", "systemd\n"),
            ("proc/1/fd/none", ""),
            ("proc/uptime", ""),
        ]);
        let look = |name: &str| Watchdog::look(root.path(), Path::new(name));
        let free = look("/dev/watchdog0");
        assert_eq!(look("/dev/watchdog7").first.as_deref(), Some(Path::new("/dev/watchdog0")));
        assert_eq!((free.active, free.nowayout, free.holder), (Some(true), true, None));
        assert_eq!(free.node.access, Access::Open);
        let fd = root.path().join("proc/1/fd/7");
        for name in ["/dev/watchdog", "/dev/watchdog0"] {
            let _ = fs::remove_file(&fd);
            std::os::unix::fs::symlink(name, &fd).unwrap();
            assert_eq!(look("/dev/watchdog0").holder.as_deref(), Some("systemd"), "{name}");
            assert_eq!(look("/dev/watchdog1").holder, None);
        }
        let missing = look("/dev/watchdog1");
        assert_eq!((missing.node.access, missing.active, missing.nowayout), (Access::Missing, None, false));
    }
}

//! Device files: whether this user may open them, and if not, whose they are.
//! It does not know what they are for.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{below, user};

/// A device file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it is.
    pub path: PathBuf,
    /// What came of opening it.
    pub access: Access,
}

/// What came of opening a device file for reading and writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may be used.
    Open,
    /// There is no such file.
    Missing,
    /// It can't be opened.
    Refused {
        /// The group it belongs to, by name or else by number.
        group: String,
        /// Its permissions.
        mode: u32,
        /// What the kernel says.
        why: String,
    },
}

impl Node {
    /// Opens a device file, and closes it again.
    pub(super) fn at(root: &Path, path: &Path) -> Self {
        Self { path: path.to_owned(), access: access(root, &below(root, path)) }
    }
}

fn access(root: &Path, file: &Path) -> Access {
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let Err(error) = OpenOptions::new().read(true).write(true).custom_flags(flags).open(file) else {
        return Access::Open;
    };
    refused(root, file, &error)
}

/// What it means that a device file can't be used.
pub(super) fn refused(root: &Path, file: &Path, error: &io::Error) -> Access {
    match fs::metadata(file) {
        _ if error.kind() == io::ErrorKind::NotFound => Access::Missing,
        Ok(facts) => Access::Refused {
            group: user::group_name(root, facts.gid()),
            mode: facts.mode() & 0o777,
            why: error.to_string(),
        },
        Err(_) => Access::Refused { group: String::new(), mode: 0, why: error.to_string() },
    }
}

/// The device files whose names are this prefix and a number, in the order of the numbers. Links to others are left out.
pub(super) fn named(root: &Path, prefix: &str) -> Vec<Node> {
    let entries = fs::read_dir(root.join("dev")).into_iter().flatten().flatten();
    let mut found: Vec<(u64, PathBuf)> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()))
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let number = crate::text::number(name.strip_prefix(prefix)?.as_bytes())?;
            Some((number, Path::new("/dev").join(name)))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| Node::at(root, &path)).collect()
}

//! The socket file: made where nobody answers, and removed when its time is over.
//!
//! It does not know who connects.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

/// A socket file of ours.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// Device and inode: what others put there in the meantime is theirs.
    identity: (u64, u64),
    /// The file's group: its members may talk to us.
    group: u32,
}

impl Place {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) const fn group(&self) -> u32 {
        self.group
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let ours =
            fs::symlink_metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.identity);
        if ours && let Err(error) = fs::remove_file(&self.path) {
            log::debug!("control: {} stays: {error}", self.path.display());
        }
    }
}

/// A listener at that place.
pub(super) fn bind(path: &Path) -> Result<(UnixListener, Place), String> {
    clear(path)?;
    let listener = UnixListener::bind(path).map_err(|error| format!("can't be made: {error}"))?;
    // Between the two nobody gains anything: who connects is looked at, whatever the file's mode is.
    let place = open_to_group(path)?;
    Ok((listener, place))
}

/// Gives the socket just made its mode. It is held meanwhile, and no link is followed: in a directory of others they may
/// have put something of ours in its place, such as a file that only root may read.
pub(super) fn open_to_group(path: &Path) -> Result<Place, String> {
    let text = |error: io::Error| error.to_string();
    let held = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty());
    let held = File::from(held.map_err(|error| text(error.into()))?);
    let found = held.metadata().map_err(text)?;
    if !found.file_type().is_socket() {
        return Err("something else took its place; make the socket in a directory of your own".to_owned());
    }
    // What is held by its path alone takes no mode itself, but by this name.
    let name = format!("/proc/self/fd/{}", held.as_raw_fd());
    fs::set_permissions(name, Permissions::from_mode(MODE)).map_err(text)?;
    Ok(Place { path: path.to_owned(), identity: (found.dev(), found.ino()), group: found.gid() })
}

/// Makes room: a socket that nobody answers on is left over, anything else is not ours to remove.
fn clear(path: &Path) -> Result<(), String> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.to_string()),
        Ok(found) if !found.file_type().is_socket() => {
            Err("there is something here that is no socket; name another place with --socket FILE".to_owned())
        }
        Ok(_) if is_answered(path).map_err(|error| error.to_string())? => {
            Err("another nudged answers here; stop it, or name another place with --socket FILE".to_owned())
        }
        Ok(_) => {
            fs::remove_file(path).map_err(|error| format!("a socket left over can't be removed: {error}"))
        }
    }
}

/// Whether a process listens there; one that is too busy to say so does.
fn is_answered(path: &Path) -> io::Result<bool> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    match connect(&socket, &SocketAddrUnix::new(path)?) {
        Ok(()) | Err(Errno::AGAIN) => Ok(true),
        Err(Errno::CONNREFUSED | Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Owner and group may talk, and nobody else.
const MODE: u32 = 0o660;

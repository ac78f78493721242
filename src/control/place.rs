//! The socket file: made where nobody answers, and removed when its time is over.
//!
//! It does not know who connects.
//!
//! To look whether a file is left over and to remove it are two steps, and so are to make a socket and to listen on it.
//! Whoever takes them holds the file's directory meanwhile: else one agent that starts could remove the socket that
//! another has just made, and so could one that ends.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::time::Duration;

/// A socket file of ours.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// The file itself: what others put there in the meantime is theirs. As long as it is held its number stands for no
    /// other file, even after its name is gone.
    file: File,
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

    /// Whether what is at the path is still ours.
    fn is_there(&self) -> bool {
        let identity = |found: Metadata| (found.dev(), found.ino());
        let ours = self.file.metadata().map(identity);
        fs::symlink_metadata(&self.path).is_ok_and(|found| ours.is_ok_and(|ours| ours == identity(found)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nobody answers here any more, so another may be about to put its own in this place.
        let removed = hold(&self.path, PATIENCE)
            .and_then(|_held| if self.is_there() { fs::remove_file(&self.path) } else { Ok(()) });
        if let Err(error) = removed {
            log::debug!("control: {} stays: {error}", self.path.display());
        }
    }
}

/// A listener at that place.
pub(super) fn bind(path: &Path) -> Result<(UnixListener, Place), String> {
    bind_within(path, PATIENCE)
}

/// The same, with that much patience with others who make or remove one there.
fn bind_within(path: &Path, patience: Duration) -> Result<(UnixListener, Place), String> {
    let unmade = |error: io::Error| format!("can't be made: {error}");
    let _held = hold(path, patience).map_err(unmade)?;
    clear(path)?;
    let listener = UnixListener::bind(path).map_err(unmade)?;
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
    Ok(Place { path: path.to_owned(), file: held, group: found.gid() })
}

/// Holds the directory of that file, as long as the value lives; the kernel lets go of it when a process dies.
fn hold(path: &Path, patience: Duration) -> io::Result<OwnedFd> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let began = Instant::now();
    loop {
        match flock(&folder, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(folder),
            Err(Errno::INTR) => {}
            // In a directory of others anybody may hold it for ever.
            Err(Errno::WOULDBLOCK) if began.elapsed() < patience => thread::sleep(AGAIN_AFTER),
            Err(Errno::WOULDBLOCK) => return Err(io::Error::other(HELD)),
            Err(error) => return Err(error.into()),
        }
    }
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
/// Why a directory could not be had.
const HELD: &str = "another program holds its directory; make the socket in one of your own";
/// An agent holds the directory of its socket for less than a millisecond.
const PATIENCE: Duration = Duration::from_millis(500);
/// Between two tries.
const AGAIN_AFTER: Duration = Duration::from_millis(2);

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::{Barrier, Mutex};

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    /// However busy this machine is.
    const LONG: Duration = Duration::from_secs(60);

    /// Leaves a socket over that nobody ever listened on, so that no process just being born has a copy of the listener.
    fn leave(path: &Path) {
        mknodat(CWD, path, FileType::Socket, Mode::RWXU, 0).unwrap();
    }

    /// Does it in as many threads at once, and hands over what came of it.
    fn at_once<T: Send>(threads: usize, does: impl Fn(usize) -> T + Sync) -> Vec<T> {
        let start = Barrier::new(threads);
        let (start, does) = (&start, &does);
        thread::scope(|scope| {
            let spawn = |index| {
                scope.spawn(move || {
                    start.wait();
                    does(index)
                })
            };
            let running: Vec<_> = (0..threads).map(spawn).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }

    #[track_caller]
    fn assert_answers(path: &Path, (_listener, place): &(UnixListener, Place)) {
        assert!(place.is_there(), "the socket is there, and the winner's");
        UnixStream::connect(path).expect("it answers");
    }

    #[test]
    fn of_many_that_start_at_once_over_a_socket_left_over_exactly_one_has_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.sock");
        for _ in 0..ROUNDS {
            leave(&path);
            let outcomes = at_once(8, |_| bind_within(&path, LONG));
            let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
            assert_eq!((won.len(), lost.len()), (1, 7));
            for outcome in lost {
                let why = outcome.err().unwrap();
                assert!(why.starts_with("another nudged answers here"), "{why}");
            }
            assert_answers(&path, won[0].as_ref().unwrap());
            drop(won);
            assert!(!path.exists(), "it goes with its agent");
        }
    }

    #[test]
    fn one_that_ends_leaves_the_socket_of_one_that_starts_meanwhile() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.sock");
        for _ in 0..ROUNDS {
            leave(&path);
            let ends = Mutex::new(Some(open_to_group(&path).unwrap()));
            let started = at_once(2, |index| {
                if index > 0 {
                    return Some(bind_within(&path, LONG).unwrap());
                }
                drop(ends.lock().unwrap().take());
                None
            });
            assert_answers(&path, started[1].as_ref().unwrap());
        }
    }

    #[test]
    fn a_directory_that_is_held_for_ever_is_told_of() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("control.sock");
        let held = hold(&path, LONG).unwrap();
        let why = bind(&path).unwrap_err();
        assert!(why.contains("another program holds its directory"), "{why}");
        drop(held);
        bind(&path).unwrap();
    }

    const ROUNDS: usize = 200;
}

//! The standard streams without tricks on others: no flag of a file that other processes share is ever changed.
//! It does not know what is read or written.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use smol::Async;
use smol::io::AsyncRead;

/// Stdin, or a terminal, as a stream that never blocks the program.
///
/// The file stays in blocking mode, since its open file description may be shared with a shell; a read happens only
/// after the kernel said there is something. Regular files and `/dev/null`, which epoll refuses, are read as they are,
/// a piece at a time. After its end the stream stays at its end.
#[derive(Debug)]
pub struct Input(Source);

#[derive(Debug)]
enum Source {
    /// Readiness comes from the kernel.
    Polled(Async<File>),
    /// Always ready. `rested` says that the other tasks had their turn since the last piece.
    Plain { file: File, rested: bool },
    /// Nothing more will come.
    Ended,
}

impl Input {
    /// Stdin. A stdin that cannot be had is one at its end.
    pub(super) fn stdin() -> Self {
        match io::stdin().as_fd().try_clone_to_owned() {
            Ok(fd) => Self::new(File::from(fd)),
            Err(_) => Self(Source::Ended),
        }
    }

    pub(super) fn new(file: File) -> Self {
        match file.try_clone().and_then(Async::new_nonblocking) {
            Ok(polled) => Self(Source::Polled(polled)),
            Err(_) => Self(Source::Plain { file, rested: false }),
        }
    }
}

impl AsyncRead for Input {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = match &mut self.0 {
            Source::Ended => return Poll::Ready(Ok(0)),
            Source::Polled(file) => match file.poll_readable(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(ready) => ready.and_then(|()| file.get_ref().read(buffer)),
            },
            Source::Plain { rested, .. } if !*rested => {
                *rested = true;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Source::Plain { file, rested } => {
                *rested = false;
                file.read(buffer)
            }
        };
        match read {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            // A terminal that hung up answers EIO for ever: that is an end like any other.
            Ok(0) | Err(_) => {
                self.0 = Source::Ended;
                Poll::Ready(Ok(0))
            }
            Ok(count) => Poll::Ready(Ok(count)),
        }
    }
}

/// Stdout, unbuffered: what was written has left the program.
///
/// A terminal that does not take anything is waited for: a network may be slow, or somebody holds the picture. A reader
/// of lines that has stopped reading, with the pipe full, is one that has gone: waiting for it would stop the agent
/// altogether, deaf even to SIGTERM.
#[derive(Debug)]
pub struct Output {
    file: File,
    patience: Option<Timespec>,
}

impl Output {
    pub(super) fn stdout() -> io::Result<Self> {
        Ok(Self::new(File::from(io::stdout().as_fd().try_clone_to_owned()?)))
    }

    fn new(file: File) -> Self {
        let patience = (!file.is_terminal()).then_some(PATIENCE);
        Self { file, patience }
    }

    fn await_room(&self) -> io::Result<()> {
        let mut waits = [PollFd::new(&self.file, PollFlags::OUT)];
        loop {
            match poll(&mut waits, self.patience.as_ref()) {
                Ok(0) => return Err(io::Error::new(io::ErrorKind::TimedOut, "nobody reads stdout any more")),
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let piece = &octets[..octets.len().min(PIECE)];
        loop {
            self.await_room()?;
            match self.file.write(piece) {
                // Somebody else made it non-blocking, and was faster.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How long a reader may take to make room.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
/// Octets a pipe that has room at all takes without blocking, `PIPE_BUF` of Linux.
const PIECE: usize = 4096;

#[cfg(test)]
mod tests {
    use smol::io::AsyncReadExt;

    use super::*;

    fn all_of(file: File) -> Vec<u8> {
        let mut input = Input::new(file);
        let mut octets = Vec::new();
        smol::block_on(input.read_to_end(&mut octets)).unwrap();
        octets
    }

    #[test]
    fn a_regular_file_is_read_to_its_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"click left\n").unwrap();
        io::Seek::rewind(&mut file).unwrap();
        assert_eq!(all_of(file), b"click left\n");
    }

    #[test]
    fn a_reader_that_stopped_reading_is_an_error_and_a_slow_one_is_not() {
        let (mut reader, writer) = io::pipe().unwrap();
        let mut output = Output::new(File::from(std::os::fd::OwnedFd::from(writer)));
        let slow = std::thread::spawn(move || {
            let mut octets = vec![0; 200_000];
            reader.read_exact(&mut octets).unwrap();
            reader
        });
        output.write_all(&[b'x'; 200_000]).unwrap();
        let _kept_open = slow.join().unwrap();
        let error = output.write_all(&[b'x'; 200_000]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn the_null_device_is_at_its_end() {
        assert_eq!(all_of(File::open("/dev/null").unwrap()), b"");
    }

    #[test]
    fn a_pipe_is_read_when_something_comes_and_stays_in_blocking_mode() {
        let (reader, mut writer) = io::pipe().unwrap();
        let flags = rustix::fs::fcntl_getfl(&reader).unwrap();
        let mut input = Input::new(File::from(std::os::fd::OwnedFd::from(reader.try_clone().unwrap())));
        let mut octet = [0];
        let nothing = smol::block_on(smol::future::poll_once(input.read(&mut octet)));
        assert!(nothing.is_none());
        writer.write_all(b"q").unwrap();
        assert_eq!(smol::block_on(input.read(&mut octet)).unwrap(), 1);
        assert_eq!(rustix::fs::fcntl_getfl(&reader).unwrap(), flags);
        drop(writer);
        assert_eq!(smol::block_on(input.read(&mut octet)).unwrap(), 0);
        assert_eq!(smol::block_on(input.read(&mut octet)).unwrap(), 0);
    }

    #[test]
    fn an_endless_file_leaves_the_other_tasks_their_turn() {
        let mut input = Input::new(File::open("/dev/zero").unwrap());
        let mut octets = [0; 8];
        assert!(smol::block_on(smol::future::poll_once(input.read(&mut octets))).is_none());
        assert_eq!(smol::block_on(input.read(&mut octets)).unwrap(), 8);
    }
}

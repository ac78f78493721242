//! Where passwords come from, and under which conditions a file is trusted with one.
//!
//! Does not know what a password is for. No password is ever put into an error, a log line or an argument.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::text::{Secret, is_showable};

/// Reads a password: the systemd credential `name` if the service manager hands one over, else `file`.
///
/// A credential's mode is not looked at: the service manager guards its directory, and shows modes of its own.
///
/// # Errors
/// [`Refused`], which says what to do about it.
pub fn read(name: &str, file: &Path) -> Result<Secret, Refused> {
    let own = rustix::process::geteuid().as_raw();
    read_as(own, std::env::var_os("CREDENTIALS_DIRECTORY").as_deref(), name, file)
}

fn read_as(own: u32, credentials: Option<&OsStr>, name: &str, file: &Path) -> Result<Secret, Refused> {
    let remedy = || format!("nudged passwd {name}");
    if let Some(directory) = credentials.filter(|directory| !directory.is_empty()) {
        let credential = Path::new(directory).join(name);
        match File::open(&credential) {
            Ok(open) => {
                return content(open).map_err(|why| Refused { file: credential, why, remedy: remedy() });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Refused { file: credential, why: Why::Unreadable(error), remedy: remedy() });
            }
        }
    }
    guarded(file, own).and_then(content).map_err(|why| Refused {
        file: file.to_owned(),
        why,
        remedy: remedy(),
    })
}

/// Opens a file nobody else can read or could have written.
fn guarded(file: &Path, own: u32) -> Result<File, Why> {
    // A pipe must not make us wait for its writer.
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let open = OpenOptions::new().read(true).custom_flags(flags).open(file).map_err(Why::Unreadable)?;
    let facts = open.metadata().map_err(Why::Unreadable)?;
    if !facts.is_file() {
        return Err(Why::NoFile);
    }
    if facts.mode() & 0o077 != 0 {
        return Err(Why::Open { mode: facts.mode() & 0o7777 });
    }
    if facts.uid() != own && facts.uid() != 0 {
        return Err(Why::Owner { found: facts.uid(), own });
    }
    Ok(open)
}

fn content(file: File) -> Result<Secret, Why> {
    // Room for all of it from the start: growing would leave copies behind.
    let mut octets = Zeroizing::new(Vec::with_capacity(PASSWORD_MAX + 3));
    file.take(PASSWORD_MAX as u64 + 3).read_to_end(&mut octets).map_err(Why::Unreadable)?;
    let text = std::str::from_utf8(&octets).map_err(|_| Why::NotText)?;
    password(text.strip_suffix('\n').unwrap_or(text))
}

/// A password as it was typed or read, without its newline.
///
/// # Errors
/// [`Why::Empty`], [`Why::TooLong`] and [`Why::NotText`] if no password looks like this.
pub fn password(text: &str) -> Result<Secret, Why> {
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Why::Empty);
    }
    if text.len() > PASSWORD_MAX {
        return Err(Why::TooLong);
    }
    if !text.chars().all(is_showable) {
        return Err(Why::NotText);
    }
    Ok(Secret::new(text.to_owned()))
}

/// Writes a password to a file only its owner can read, whole or not at all. The file keeps the owner it had.
///
/// # Errors
/// What the file system answers.
pub fn write(file: &Path, password: &Secret) -> io::Result<()> {
    let directory = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(file.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
    draft_name.push(format!(".{}", std::process::id()));
    let draft = directory.join(draft_name);
    let written = write_draft(&draft, file, password).and_then(|()| std::fs::rename(&draft, file));
    if written.is_err() {
        // Whatever went wrong, no half-written password stays; the error that matters is the first one.
        let _ = std::fs::remove_file(&draft);
    }
    written?;
    File::open(directory)?.sync_all()
}

fn write_draft(draft: &Path, file: &Path, password: &Secret) -> io::Result<()> {
    let mut out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    if let Ok(old) = std::fs::metadata(file) {
        // Only root can give files away; anybody else keeps what they write.
        let _ = std::os::unix::fs::fchown(&out, Some(old.uid()), Some(old.gid()));
    }
    out.write_all(password.reveal().as_bytes())?;
    out.write_all(b"\n")?;
    out.sync_all()
}

/// A password could not be had from this file.
#[derive(Debug)]
pub struct Refused {
    /// Which.
    pub file: PathBuf,
    /// Why.
    pub why: Why,
    /// The command that writes a right one.
    pub remedy: String,
}

/// What is wrong with a password or its file.
#[derive(Debug)]
pub enum Why {
    /// It could not be opened or read.
    Unreadable(io::Error),
    /// A directory, a device or a pipe.
    NoFile,
    /// Others may read or write it.
    Open {
        /// Its mode.
        mode: u32,
    },
    /// It belongs to somebody else.
    Owner {
        /// Whose it is.
        found: u32,
        /// Who we are.
        own: u32,
    },
    /// There is nothing in it.
    Empty,
    /// More octets than any password.
    TooLong,
    /// Not UTF-8, several lines, or characters nobody types.
    NotText,
}

impl Refused {
    /// The same, if the configuration is not where that command looks for it by itself.
    #[must_use]
    pub fn with_config(mut self, config: Option<&Path>) -> Self {
        if let Some(config) = config {
            self.remedy = format!("{} --config {}", self.remedy, config.display());
        }
        self
    }

    /// The command that mends it, if there is one.
    #[must_use]
    pub fn mend(&self) -> Option<String> {
        let file = self.file.display();
        match &self.why {
            Why::Open { .. } => Some(format!("chmod 600 {file}")),
            Why::Owner { own, .. } => Some(format!("chown {own} {file}")),
            Why::Unreadable(error) if error.kind() != io::ErrorKind::NotFound => None,
            _ => Some(self.remedy.clone()),
        }
    }

    /// Whether the file just is not there, or not for us, as when only the service may read it.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        let kinds = [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied];
        matches!(&self.why, Why::Unreadable(error) if kinds.contains(&error.kind()))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.why)?;
        let Some(mend) = self.mend() else { return Ok(()) };
        match &self.why {
            Why::Open { .. } | Why::Owner { .. } => write!(f, ": {mend}"),
            Why::Unreadable(_) => write!(f, "; write it with: {mend}"),
            _ => write!(f, "; write it anew with: {mend}"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                f.write_str("there is no such file, expected one with the password")
            }
            Self::Unreadable(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                f.write_str("may not be read by this user")
            }
            Self::Unreadable(error) => write!(f, "can't be read: {error}"),
            Self::NoFile => f.write_str("is no regular file, expected one with the password"),
            Self::Open { mode } => {
                write!(f, "others can get at the password, mode is {mode:04o}, expected 0600")
            }
            Self::Owner { found, own } => write!(f, "belongs to user {found}, expected user {own}"),
            Self::Empty => f.write_str("is empty, expected a password"),
            Self::TooLong => write!(f, "holds more than {PASSWORD_MAX} octets, expected a password"),
            Self::NotText => f.write_str("is not one line of UTF-8, expected a password"),
        }
    }
}

/// Octets of a password; servers of the time took 16, living ones some dozens.
const PASSWORD_MAX: usize = 256;

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    fn file(content: &[u8], mode: u32) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pw");
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        (directory, file)
    }

    fn own() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    fn refusal(file: &Path) -> String {
        read_as(own(), None, "msn", file).unwrap_err().to_string()
    }

    #[test]
    fn a_password_is_a_line_of_a_file_of_its_owners_alone() {
        for (content, password) in
            [("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("a b\r\n", "a b"), (" pÄß ", " pÄß ")]
        {
            for mode in [0o600, 0o400] {
                let (_directory, file) = file(content.as_bytes(), mode);
                assert_eq!(read_as(own(), None, "msn", &file).unwrap().reveal(), password);
            }
        }
    }

    #[test]
    fn a_file_that_others_can_get_at_is_refused_with_the_line_that_mends_it() {
        for mode in [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601] {
            let (_directory, file) = file(b"hunter2", mode);
            let name = file.display();
            let text = format!(
                "{name}: others can get at the password, mode is {mode:04o}, expected 0600: chmod 600 {name}"
            );
            assert_eq!(refusal(&file), text);
        }
    }

    #[test]
    fn a_file_of_somebody_else_is_refused() {
        let (_directory, file) = file(b"hunter2", 0o600);
        let mut owner = own();
        if owner == 0 {
            owner = 12_345;
            std::os::unix::fs::chown(&file, Some(owner), None).unwrap();
        }
        let refused = read_as(owner + 1, None, "msn", &file).unwrap_err();
        assert!(matches!(refused.why, Why::Owner { found, own } if found == owner && own == owner + 1));
        assert!(read_as(owner, None, "msn", &file).is_ok());
    }

    #[test]
    fn what_is_no_password_is_refused_without_being_shown() {
        let long = "x".repeat(PASSWORD_MAX + 1);
        for (content, what) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"hunter2\nhunter3\n", "is not one line of UTF-8"),
            (b"hunter2\n\n", "is not one line of UTF-8"),
            (b"hunter\xff", "is not one line of UTF-8"),
            (b"hunter\0", "is not one line of UTF-8"),
            (long.as_bytes(), "holds more than 256 octets"),
            (&[b'x'; 100_000], "holds more than 256 octets"),
        ] {
            let (_directory, file) = file(content, 0o600);
            // The directory has a name of chance, which may hold anything.
            let text = refusal(&file).replace(&file.display().to_string(), "");
            assert!(text.contains(what), "{text}");
            assert!(!text.contains("hunter") && !text.contains("xx"), "{text}");
        }
        let (_directory, longest) = file("x".repeat(PASSWORD_MAX).as_bytes(), 0o600);
        assert_eq!(read_as(own(), None, "msn", &longest).unwrap().reveal().len(), PASSWORD_MAX);
    }

    #[test]
    fn a_pipe_or_a_directory_is_refused_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(refusal(&pipe).contains("is no regular file"));
        assert!(refusal(directory.path()).contains("is no regular file"));
    }

    #[test]
    fn a_missing_file_is_out_of_reach_and_says_how_to_write_one() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("none");
        let refused = read_as(own(), None, "msn", &file).unwrap_err();
        assert!(refused.is_out_of_reach());
        assert!(refused.to_string().ends_with("write it with: nudged passwd msn"), "{refused}");
    }

    #[test]
    fn a_credential_comes_before_the_file_whatever_its_mode() {
        let (directory, credential) = file(b"from systemd\n", 0o440);
        fs::rename(&credential, directory.path().join("msn")).unwrap();
        let (_other, file) = file(b"from file\n", 0o600);
        let credentials = Some(directory.path().as_os_str());
        assert_eq!(read_as(own(), credentials, "msn", &file).unwrap().reveal(), "from systemd");
        assert_eq!(read_as(own(), credentials, "qq", &file).unwrap().reveal(), "from file");
        assert_eq!(read_as(own(), Some(OsStr::new("")), "msn", &file).unwrap().reveal(), "from file");
    }

    #[test]
    fn a_password_is_written_whole_and_for_its_owner_alone() {
        let (directory, file) = file(b"old", 0o644);
        write(&file, &Secret::new("new one".to_owned())).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new one\n");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(read_as(own(), None, "msn", &file).unwrap().reveal(), "new one");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn a_password_that_cannot_be_written_leaves_everything_as_it_was() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("occupied");
        fs::create_dir(&target).unwrap();
        assert!(write(&target, &Secret::new("x".to_owned())).is_err());
        assert!(write(Path::new("/"), &Secret::new("x".to_owned())).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no draft is left");
    }
}

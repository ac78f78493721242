//! The snapshot file: what a restart may know at once, kept so that a power cut or a full card never yields a wrong one.
//!
//! It does not know what it keeps: any serde value will do. A damaged file is no error, only a slower first sign-in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::time::{Duration, Instant};

/// A directory with two generations of one snapshot.
///
/// A card wears out by writing, so nothing is serialised until it may be written: [`Store::touch`] says that something
/// changed, [`Store::due`] says when it is time, [`Store::save`] writes. Writing is synchronous and ends with the data on
/// the card: some ten milliseconds, rarely some hundred, at most every [`WRITE_EVERY`].
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    /// Something changed since the last write.
    touched: bool,
    /// The last try to write; the next one is [`WRITE_EVERY`] later, whatever came of it.
    tried_at: Option<Instant>,
    /// Whether people already know that nothing can be written.
    warned: bool,
}

impl Store {
    /// The store of a directory. Touches no disk: a directory that is missing is made by the first [`Store::save`].
    #[must_use]
    pub fn open(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), touched: false, tried_at: None, warned: false }
    }

    /// The newest snapshot that is whole: the current one, or else the one before. `None` if there is none, if both are
    /// damaged, or if they hold something else than a `T`.
    #[must_use]
    pub fn load<T: DeserializeOwned>(&self) -> Option<T> {
        [CURRENT, PREVIOUS].into_iter().find_map(|name| {
            let path = self.dir.join(name);
            let octets = read(&path)?;
            let value = payload(&octets).and_then(whole);
            if value.is_none() {
                log::warn!("store: {} is damaged or of another version; it is ignored", path.display());
            }
            value
        })
    }

    /// Notes that what would be saved has changed.
    pub const fn touch(&mut self) {
        self.touched = true;
    }

    /// What was noted is not to be saved after all.
    pub const fn forget(&mut self) {
        self.touched = false;
    }

    /// When the change noted should be saved; `None` if nothing changed.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.touched.then(|| self.tried_at.map_or(Instant::START, |tried| tried + WRITE_EVERY))
    }

    /// Writes a snapshot, unless the current one is the same already. A card that is full or read-only is told once;
    /// the program goes on, and so does the old snapshot.
    pub fn save<T: Serialize>(&mut self, value: &T, now: Instant) {
        self.touched = false;
        self.tried_at = Some(now);
        match encode(value).and_then(|octets| self.replace(&octets)) {
            Ok(()) => self.warned = false,
            Err(error) if self.warned => log::debug!("store: {}: {error}", self.dir.display()),
            Err(error) => {
                self.warned = true;
                log::warn!(
                    "store: {}: {error}; names will be fetched anew after a restart",
                    self.dir.display()
                );
            }
        }
    }

    /// Makes `octets` the current generation and the current one the previous. At every moment at least one whole
    /// generation lies under a name that [`Store::load`] looks at.
    fn replace(&self, octets: &[u8]) -> io::Result<()> {
        let (current, fresh) = (self.dir.join(CURRENT), self.dir.join(FRESH));
        let before = read(&current);
        if before.as_deref() == Some(octets) {
            return Ok(());
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        write_through(&fresh, octets).inspect_err(|_| drop(fs::remove_file(&fresh)))?;
        // A damaged generation must not push out a whole one.
        if before.as_deref().and_then(payload).is_some() {
            fs::rename(&current, self.dir.join(PREVIOUS))?;
        }
        fs::rename(&fresh, &current)?;
        File::open(&self.dir)?.sync_all()
    }
}

/// A snapshot as it lies in the file: magic, length, postcard, and a CRC-32 over all of it.
fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut octets = [MAGIC.as_slice(), &[0; 4]].concat();
    octets = postcard::to_extend(value, octets).map_err(io::Error::other)?;
    let length = octets.len() - HEAD;
    if length > SNAPSHOT_MAX {
        return Err(io::Error::other(format!(
            "snapshot of {length} octets; expected at most {SNAPSHOT_MAX}"
        )));
    }
    octets[MAGIC.len()..HEAD].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    octets.extend_from_slice(&CRC.checksum(&octets).to_le_bytes());
    Ok(octets)
}

/// The postcard part of a file that is whole.
fn payload(octets: &[u8]) -> Option<&[u8]> {
    let (body, crc) = octets.split_last_chunk::<4>()?;
    let (length, payload) = body.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
    let whole = u32::from_le_bytes(*length) as usize == payload.len()
        && CRC.checksum(body) == u32::from_le_bytes(*crc);
    whole.then_some(payload)
}

/// The value that a payload is, to its last octet.
fn whole<T: DeserializeOwned>(payload: &[u8]) -> Option<T> {
    let (value, rest) = postcard::take_from_bytes(payload).ok()?;
    rest.is_empty().then_some(value)
}

/// A file's octets; `None` if there is no such file or it is longer than any snapshot.
fn read(path: &Path) -> Option<Vec<u8>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let limit = HEAD + SNAPSHOT_MAX + 4;
    let mut octets = Vec::new();
    File::open(path).ok()?.take(limit as u64 + 1).read_to_end(&mut octets).ok()?;
    (octets.len() <= limit).then_some(octets)
}

/// Makes a new file, for its owner only, and returns when its content lies on the card.
fn write_through(path: &Path, octets: &[u8]) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}

/// A change waits at most this long, and two writes lie at least this far apart; the first one and the last one don't wait.
pub const WRITE_EVERY: Duration = Duration::from_secs(600);

/// Octets of a snapshot: 2,000 contacts take a fifth of it. A longer one is not written.
const SNAPSHOT_MAX: usize = 1024 * 1024;
/// The last octet is the version of what lies inside: raise it when the shape of the snapshot changes.
const MAGIC: &[u8; 8] = b"nudged\0\x01";
const HEAD: usize = MAGIC.len() + 4;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

const CURRENT: &str = "roster.snapshot";
const PREVIOUS: &str = "roster.snapshot.old";
const FRESH: &str = "roster.snapshot.new";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    type Value = (u32, Vec<String>);

    fn value(serial: u32) -> Value {
        (serial, vec!["bob@example.net".into(), "小王".into()])
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn what_was_saved_is_loaded_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path().join("state"));
        assert_eq!(store.load::<Value>(), None);
        store.save(&value(1), at(0));
        assert_eq!(store.load::<Value>(), Some(value(1)));
        let mode = fs::metadata(dir.path().join("state").join(CURRENT)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!dir.path().join("state").join(FRESH).exists());
    }

    #[test]
    fn every_truncation_and_every_damaged_octet_falls_back_to_the_generation_before() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&value(1), at(0));
        store.save(&value(2), at(0));
        let path = dir.path().join(CURRENT);
        let good = fs::read(&path).unwrap();
        for end in 0..good.len() {
            fs::write(&path, &good[..end]).unwrap();
            assert_eq!(store.load::<Value>(), Some(value(1)), "cut at {end}");
        }
        for place in 0..good.len() {
            for flip in [1, 0x80, 0xFF] {
                let mut bad = good.clone();
                bad[place] ^= flip;
                fs::write(&path, &bad).unwrap();
                assert_eq!(store.load::<Value>(), Some(value(1)), "octet {place} flipped by {flip}");
            }
        }
        fs::write(&path, [good.as_slice(), b"x"].concat()).unwrap();
        assert_eq!(store.load::<Value>(), Some(value(1)), "one octet too many");
        fs::write(&path, &good).unwrap();
        assert_eq!(store.load::<Value>(), Some(value(2)));
    }

    #[test]
    fn a_damaged_current_generation_does_not_push_out_the_whole_one_before() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&value(1), at(0));
        store.save(&value(2), at(0));
        fs::write(dir.path().join(CURRENT), b"torn").unwrap();
        store.save(&value(3), at(0));
        assert_eq!(store.load::<Value>(), Some(value(3)));
        fs::remove_file(dir.path().join(CURRENT)).unwrap();
        assert_eq!(store.load::<Value>(), Some(value(1)));
    }

    #[test]
    fn an_equal_snapshot_is_not_written_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&value(1), at(0));
        let inode = |name| std::os::unix::fs::MetadataExt::ino(&fs::metadata(dir.path().join(name)).unwrap());
        let before = inode(CURRENT);
        store.save(&value(1), at(1));
        assert_eq!(inode(CURRENT), before);
        assert!(!dir.path().join(PREVIOUS).exists());
        store.save(&value(2), at(2));
        assert_ne!(inode(CURRENT), before);
        assert_eq!(inode(PREVIOUS), before);
    }

    #[test]
    fn a_change_is_due_at_once_the_first_time_and_then_at_most_every_ten_minutes() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        assert_eq!(store.due(), None);
        store.touch();
        assert!(store.due().unwrap() <= at(5));
        store.save(&value(1), at(5));
        assert_eq!(store.due(), None);
        store.touch();
        assert_eq!(store.due(), Some(at(605)));
    }

    #[test]
    fn another_type_or_a_huge_file_or_no_file_at_all_loads_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&value(1), at(0));
        assert_eq!(store.load::<u8>(), None, "octets are left over");
        assert_eq!(store.load::<(Value, u64, u64, u64)>(), None, "octets are missing");
        fs::write(dir.path().join(CURRENT), vec![0; SNAPSHOT_MAX + 100]).unwrap();
        assert_eq!(store.load::<Value>(), None);
        fs::remove_file(dir.path().join(CURRENT)).unwrap();
        fs::create_dir(dir.path().join(CURRENT)).unwrap();
        assert_eq!(store.load::<Value>(), None);
    }

    #[test]
    fn a_directory_that_cannot_be_written_costs_nothing_but_the_snapshot() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&value(1), at(0));
        // A directory in the place of the temporary file fails for everybody, the superuser included.
        fs::create_dir(dir.path().join(FRESH)).unwrap();
        store.save(&value(2), at(700));
        assert!(store.warned);
        assert_eq!(store.load::<Value>(), Some(value(1)));
        fs::remove_dir(dir.path().join(FRESH)).unwrap();
        store.save(&value(3), at(1400));
        assert!(!store.warned);
        assert_eq!(store.load::<Value>(), Some(value(3)));
    }

    #[test]
    fn a_snapshot_over_the_limit_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(dir.path());
        store.save(&vec![0_u8; SNAPSHOT_MAX + 1], at(0));
        assert!(store.warned);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}

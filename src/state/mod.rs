//! What earlier runs saw of archives, so that a later one notices when it is shown less: the
//! highest version of the policy, the highest serial of each collection, the largest log.
//!
//! Also what the last signing read of each collection ([`stamps`]), and what an interrupted run read
//! ([`Journal`]).
//!
//! One JSON file an archive, in a folder that is no part of it. Only runs whose trust came from
//! outside the archive write here: whoever can rewrite an archive could otherwise teach this
//! memory what is wrong. Two pieces that contradict each other are kept beside the file as
//! evidence, since each was signed. Protected against other runs of this program by a lock;
//! against other programs, and against somebody who deletes the folder, by nothing.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod journal;
mod known;
mod record;
pub mod stamps;

pub use journal::{Journal, Journals};
pub use known::Known;
pub use record::{Record, RecordError, SeenLog, SeenPolicy, SeenStatement};

use crate::codec::hex;
use crate::digest;
use crate::finding::{Code, Coded};
use crate::fs::{self, EntryKind, FolderLock, FsError};
use crate::limits;
use std::path::{Path, PathBuf};

/// Why the memory could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Files.
    #[error(transparent)]
    Files(#[from] FsError),
    /// A record that this program did not write.
    #[error("the remembered state is not readable")]
    Record(#[from] RecordError),
    /// Another run, at the same time, saw another piece under the same number.
    #[error("another run saw, at the same time, another state under the same number")]
    Fork,
    /// The record of another archive lies in this one's place.
    #[error("the remembered state is that of another archive")]
    OtherArchive,
    /// A record of stamps that this program did not write as it is.
    #[error("the record of what the last signing read is torn or altered")]
    Stamps,
}

impl Coded for StateError {
    fn code(&self) -> Code {
        match self {
            Self::Files(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Fork => Code::Fork,
            Self::OtherArchive | Self::Stamps => Code::Malformed,
        }
    }
}

/// The folder in which archives are remembered.
#[derive(Debug, Clone)]
pub struct Memory {
    folder: PathBuf,
}

impl Memory {
    /// The memory in `folder`, which need not be there yet.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    /// The file that remembers the archive `id`.
    pub fn file(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{}.json", name(id)))
    }

    /// The file that remembers what the last signing of a collection saw of its files.
    pub fn stamps_file(&self, id: &str, collection: &str) -> PathBuf {
        self.folder.join(format!("{}.{}.stamps", name(id), name(collection)))
    }

    /// What is remembered of the archive `id`; nothing when it was never seen.
    ///
    /// # Errors
    /// [`StateError`]; a record that cannot be read is never taken for none.
    pub fn read(&self, id: &str) -> Result<Record, StateError> {
        match fs::read_named(&self.file(id), limits::STATE_BYTES) {
            Ok(bytes) => {
                let record = Record::parse(&bytes)?;
                if record.archive == id { Ok(record) } else { Err(StateError::OtherArchive) }
            }
            Err(error) if error.is_not_found() => match fs::kind_named(&self.folder)? {
                // Something else in its place is no folder without a record in it.
                Some(kind) if kind != EntryKind::Folder => Err(FsError::NotFolder.into()),
                Some(_) | None => Ok(Record::new(id)),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Remembers what `seen` has more than the record that is there now: another run may have
    /// written meanwhile. Nothing goes back.
    ///
    /// # Errors
    /// [`StateError`]; then the old record is still there. [`StateError::Fork`] when the other run
    /// saw something else under the same number.
    pub fn remember(&self, seen: &Record) -> Result<(), StateError> {
        fs::create_folder(&self.folder)?;
        let _lock = FolderLock::wait(&self.folder)?;
        let present = self.read(&seen.archive)?;
        if present.contradicts(seen) {
            return Err(StateError::Fork);
        }
        let merged = present.clone().with(seen);
        if merged != present {
            // Which archives somebody verifies is nobody else's business.
            fs::replace_private(&self.file(&seen.archive), &merged.print())?;
        }
        Ok(())
    }

    /// Keeps pieces that contradict each other, each under its SHA-256 with the ending `kind`;
    /// gives their paths.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn keep(&self, id: &str, pieces: &[(&str, &[u8])]) -> Result<Vec<PathBuf>, StateError> {
        let folder = self.folder.join(format!("{}.evidence", name(id)));
        fs::create_folder(&folder)?;
        let mut kept = Vec::new();
        for (kind, bytes) in pieces {
            let file = folder.join(format!("{}.{kind}", hex::encode(&digest::sha256(bytes))));
            match fs::create_new(&file, bytes, 0o644) {
                Ok(()) | Err(FsError::Exists) => kept.push(file),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(kept)
    }
}

/// Ids may hold slashes; a digest of them is a name in any file system.
fn name(id: &str) -> String {
    hex::encode(&digest::sha256(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(serial: u64, bundle: &[u8]) -> SeenStatement {
        SeenStatement { serial, sha256: digest::sha256(bundle), envelope: bundle.to_vec() }
    }

    #[test]
    fn nothing_goes_back_and_archives_are_apart() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(&folder.path().join("not/there/yet"));
        assert_eq!(memory.read("a/b").unwrap(), Record::new("a/b"));
        let mut seen = Record::new("a/b");
        seen.collections.insert("seeds".to_owned(), statement(2, b"two"));
        memory.remember(&seen).unwrap();
        seen.collections.insert("seeds".to_owned(), statement(1, b"one"));
        seen.collections.insert("notes".to_owned(), statement(1, b"one"));
        memory.remember(&seen).unwrap();
        let now = memory.read("a/b").unwrap();
        assert_eq!(now.collections["seeds"], statement(2, b"two"));
        assert_eq!(now.collections["notes"], statement(1, b"one"));
        assert_eq!(memory.read("a").unwrap(), Record::new("a"));
    }

    #[test]
    fn a_record_that_is_not_one_is_no_empty_memory() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(folder.path());
        fs::create_new(&memory.file("a"), b"{}", 0o600).unwrap();
        assert!(matches!(memory.read("a"), Err(StateError::Record(_))));
        assert!(memory.remember(&Record::new("a")).is_err());
        fs::replace(&memory.file("a"), &Record::new("b").print()).unwrap();
        assert!(matches!(memory.read("a"), Err(StateError::OtherArchive)));
    }

    #[test]
    fn contradicting_pieces_are_kept_once() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(folder.path());
        let pieces: [(&str, &[u8]); 2] = [("checkpoint", b"one"), ("checkpoint", b"two")];
        let kept = memory.keep("a", &pieces).unwrap();
        assert_eq!(memory.keep("a", &pieces).unwrap(), kept);
        let read: Vec<_> = kept.iter().map(|file| fs::read_named(file, 10).unwrap()).collect();
        assert_eq!(read, [b"one", b"two"]);
    }
}

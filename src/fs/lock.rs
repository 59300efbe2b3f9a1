//! A lock on a folder that several runs write to in place, file by file.
//!
//! It says "somebody is at work here" to other runs of this program and to nobody else, and it
//! ends with its holder, also with a killed one. File systems without locks let everybody in.

use super::{FsError, Root, change};
use rustix::fd::OwnedFd;
use std::path::Path;

/// The lock on a folder, until it is dropped.
#[derive(Debug)]
pub struct FolderLock {
    _folder: OwnedFd,
}

impl FolderLock {
    /// Locks the folder `path`, which must be there; does not wait.
    ///
    /// # Errors
    /// [`FsError::InUse`] while another run holds it; [`FsError::Io`].
    pub fn take(path: &Path) -> Result<Self, FsError> {
        let folder = change::open_folder(path)?;
        if change::lock(&folder) { Self::of(folder, path) } else { Err(FsError::InUse) }
    }

    /// Like [`FolderLock::take`], but waits until no other run holds it: for work that is done in
    /// a moment.
    ///
    /// # Errors
    /// [`FsError::Io`].
    pub fn wait(path: &Path) -> Result<Self, FsError> {
        let folder = change::open_folder(path)?;
        change::wait_for_lock(&folder)?;
        Self::of(folder, path)
    }

    /// A run that staged a whole new folder may have put it in the place of the one that was
    /// opened here, just before it was locked.
    fn of(folder: OwnedFd, path: &Path) -> Result<Self, FsError> {
        let held = Root::of(folder.try_clone().map_err(FsError::io("open the folder"))?)?;
        if held.id() == Root::open(path)?.id() {
            Ok(Self { _folder: folder })
        } else {
            Err(FsError::InUse)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        assert!(matches!(FolderLock::take(folder.path()), Err(FsError::InUse)));
        drop(held);
        assert!(FolderLock::take(folder.path()).is_ok());
        assert!(FolderLock::take(&folder.path().join("not there")).is_err());
    }
}

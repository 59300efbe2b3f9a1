//! An open folder of a tree: its entries, and its files by their names alone.
//!
//! One search of the path serves all files of a folder. What is opened is in the folder that was
//! entered, wherever that has been moved meanwhile; links are not followed.

use super::beneath::{LIST, READ, depth_allowed, patiently};
use super::root::{read_folder, size_at};
use super::{DirEntry, EntryKind, FsError, OpenFile, Root};
use crate::path::RelPath;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags};

/// A folder beneath a root, open. Holds one descriptor; several threads may use it at once.
#[derive(Debug)]
pub(crate) struct OpenFolder(OwnedFd);

impl OpenFolder {
    /// The entries, sorted bytewise, without `.` and `..`.
    ///
    /// # Errors
    /// As [`Root::list`].
    pub(crate) fn entries(&self) -> Result<Vec<DirEntry>, FsError> {
        read_folder(self.0.try_clone().map_err(FsError::io("list the folder"))?)
    }

    /// The size in bytes of an entry that is a regular file; 0 for all others, and for what is
    /// gone again.
    pub(crate) fn size_of(&self, entry: &DirEntry) -> u64 {
        if entry.kind == EntryKind::File { size_at(self.0.as_fd(), &entry.name) } else { 0 }
    }
}

impl Root {
    /// Opens a folder beneath this one, `None` being the root itself.
    ///
    /// # Errors
    /// As [`Root::list`].
    pub(crate) fn enter(&self, path: Option<&RelPath>) -> Result<OpenFolder, FsError> {
        Ok(OpenFolder(self.open_folder(path, LIST)?))
    }

    /// Like [`Root::open_listed`], for a `path` in a `folder` that was entered.
    pub(crate) fn open_in(&self, folder: &OpenFolder, path: &RelPath) -> Result<OpenFile, FsError> {
        if !depth_allowed(path.as_bytes()) {
            return Err(FsError::TooDeep);
        }
        let flags = READ.union(OFlags::NOFOLLOW);
        match patiently(|| rustix::fs::openat(&folder.0, path.name(), flags, Mode::empty())) {
            Ok(file) => OpenFile::new(file),
            // Why not, is for the whole path to say.
            Err(_) => self.open_listed(path),
        }
    }
}

//! The place of a file or folder to be written: an open folder and a name in it, so that
//! nothing goes astray when folders above are renamed meanwhile.

use super::{EntryKind, FsError, change, root};
use crate::path::{PathError, RelPath};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A name in an open folder.
#[derive(Debug)]
pub(super) struct Place {
    folder: OwnedFd,
    name: Vec<u8>,
}

impl Place {
    /// The place that the user named. Links in the folder's path are followed; one that stands
    /// at the place itself is what will be replaced.
    pub(super) fn named(path: &Path) -> Result<Self, FsError> {
        let name = path.file_name().ok_or(PathError::Parent)?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        Self::within(folder, name.as_bytes())
    }

    /// The place of `name`, a single part, in `folder`.
    pub(super) fn within(folder: &Path, name: &[u8]) -> Result<Self, FsError> {
        let name = RelPath::new(name)?;
        if name.name() != name.as_bytes() {
            return Err(FsError::Path(PathError::Dot));
        }
        Ok(Self { folder: change::open_folder(folder)?, name: name.as_bytes().to_vec() })
    }

    pub(super) fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    pub(super) fn name(&self) -> &[u8] {
        &self.name
    }

    /// What stands there now.
    pub(super) fn kind(&self) -> Result<Option<EntryKind>, FsError> {
        match root::lstat(self.folder(), &self.name) {
            Ok(kind) => Ok(Some(kind)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(FsError::io("examine")(error)),
        }
    }
}

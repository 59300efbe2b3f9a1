//! A private file of this program's own that grows at its end, one run at a time.
//!
//! It is locked while it is open and never reached through a symbolic link. What was appended is
//! handed to the system and not forced to the disk: whoever reads it back must be able to tell
//! where a torn end begins.

use super::place::Place;
use super::{EntryKind, FileId, FsError, change, root};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// An open file that only this run writes.
#[derive(Debug)]
pub struct Appended {
    place: Place,
    file: File,
    id: FileId,
}

impl Appended {
    /// Opens the file at `path`; where there is none, `None`, or with `make` a new one of mode
    /// 0600.
    ///
    /// # Errors
    /// [`FsError::InUse`] while another run has it; [`FsError::NotRegular`];
    /// [`FsError::ReadableByOthers`] when its group or everybody has any permission on it;
    /// [`FsError::Io`].
    pub fn open(path: &Path, make: bool) -> Result<Option<Self>, FsError> {
        let place = match Place::named(path) {
            Err(error) if error.is_not_found() && !make => return Ok(None),
            place => place?,
        };
        match place.kind()? {
            Some(EntryKind::File) => Self::present(place).map(Some),
            Some(kind) => Err(FsError::NotRegular { kind: kind.as_str() }),
            None if make => {
                let file = change::create_file(place.folder(), place.name(), 0o600)?;
                Self::own(place, file).map(Some)
            }
            None => Ok(None),
        }
    }

    fn present(place: Place) -> Result<Self, FsError> {
        let flags = OFlags::RDWR.union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);
        let flags = flags.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);
        let file = rustix::fs::openat(place.folder(), place.name(), flags, Mode::empty());
        Self::own(place, File::from(file.map_err(FsError::io("open"))?))
    }

    /// Checks and locks it. A run that ends removes the name before it gives up the lock, so what
    /// was locked may have no name any more.
    fn own(place: Place, file: File) -> Result<Self, FsError> {
        let metadata = file.metadata().map_err(FsError::io("examine the open file"))?;
        let (kind, mode) = (EntryKind::of(&metadata), metadata.mode() & 0o7777);
        if kind != EntryKind::File {
            return Err(FsError::NotRegular { kind: kind.as_str() });
        }
        if mode & 0o077 != 0 {
            return Err(FsError::ReadableByOthers { mode });
        }
        // What somebody else wrote, or what is a document under another name.
        if metadata.uid() != rustix::process::geteuid().as_raw() || metadata.nlink() != 1 {
            return Err(FsError::NotOwn);
        }
        if !change::lock(&file) {
            return Err(FsError::InUse);
        }
        match root::inode(place.folder(), place.name()) {
            Ok(id) if id == FileId::of(&metadata) => Ok(Self { place, file, id }),
            Ok(_) | Err(Errno::NOENT) => Err(FsError::InUse),
            Err(error) => Err(FsError::io("examine")(error)),
        }
    }

    /// Which file it is.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Cuts it to its first `length` bytes; what is appended follows them.
    ///
    /// # Errors
    /// [`FsError::Io`].
    pub fn cut(&mut self, length: u64) -> Result<(), FsError> {
        let io = FsError::io("cut the file");
        self.file.set_len(length).map_err(&io)?;
        self.file.seek(SeekFrom::Start(length)).map(drop).map_err(io)
    }

    /// Adds bytes at the place where reading, cutting or writing ended.
    ///
    /// # Errors
    /// [`FsError::Io`]; some of the bytes may be there.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FsError> {
        change::append(&mut self.file, bytes)
    }

    /// Removes the file, whatever of it was read or written.
    ///
    /// # Errors
    /// [`FsError::Io`].
    pub fn remove(self) -> Result<(), FsError> {
        change::remove_file(self.place.folder(), self.place.name())
    }
}

impl Read for Appended {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fifo, folder};
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn grows_is_cut_and_goes() {
        let folder = folder(&[]);
        let path = folder.path().join("j");
        assert!(Appended::open(&path, false).unwrap().is_none());
        assert!(Appended::open(&folder.path().join("none/j"), false).unwrap().is_none());
        let mut file = Appended::open(&path, true).unwrap().unwrap();
        file.append(b"one two").unwrap();
        file.cut(4).unwrap();
        file.append(b"three").unwrap();
        assert!(matches!(Appended::open(&path, true), Err(FsError::InUse)));
        drop(file);
        let mut file = Appended::open(&path, false).unwrap().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "one three");
        file.append(b"!").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one three!");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        file.remove().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_not_ours_is_refused_and_left_alone() {
        let folder = folder(&[("f", "x"), ("open", "x")]);
        let at = |name: &str| folder.path().join(name);
        symlink("f", at("link")).unwrap();
        symlink("none", at("dangling")).unwrap();
        fifo(&at("fifo"));
        std::fs::set_permissions(at("open"), PermissionsExt::from_mode(0o620)).unwrap();
        for name in ["link", "dangling", "fifo", "."] {
            for make in [false, true] {
                assert!(Appended::open(&at(name), make).is_err(), "{name}");
            }
        }
        let refused = Appended::open(&at("open"), true);
        assert!(matches!(refused, Err(FsError::ReadableByOthers { mode: 0o620 })));
        // A document under a name that a journal would have.
        std::fs::set_permissions(at("f"), PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::hard_link(at("f"), at("twice")).unwrap();
        assert!(matches!(Appended::open(&at("twice"), true), Err(FsError::NotOwn)));
        if rustix::process::geteuid().is_root() {
            std::fs::set_permissions(at("open"), PermissionsExt::from_mode(0o600)).unwrap();
            std::os::unix::fs::chown(at("open"), Some(65_534), None).unwrap();
            assert!(matches!(Appended::open(&at("open"), true), Err(FsError::NotOwn)));
        }
        assert!(!at("none").exists());
        assert_eq!(std::fs::read(at("f")).unwrap(), b"x");
    }
}

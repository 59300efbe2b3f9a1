//! An open folder, and everything that is read beneath it.

use super::beneath::{LIST, READ, THROUGH, Way, depth_allowed, patiently};
use super::{DirEntry, EntryKind, FileId, FsError, OpenFile};
use crate::limits;
use crate::path::RelPath;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::path::Path;

/// An open folder: what is read beneath it is beneath it, whatever is renamed or linked
/// meanwhile. Holds one descriptor; other threads may use it at the same time.
#[derive(Debug)]
pub struct Root {
    folder: File,
    way: Way,
    id: FileId,
}

impl Root {
    /// Opens the folder that the user named; symbolic links in `path` itself are followed.
    ///
    /// # Errors
    /// [`FsError::NotFolder`] for anything else, [`FsError::LinkLoop`], [`FsError::Io`].
    pub fn open(path: &Path) -> Result<Self, FsError> {
        let flags = THROUGH.difference(OFlags::NOFOLLOW);
        match patiently(|| rustix::fs::open(path, flags, Mode::empty())) {
            Ok(folder) => Self::of(folder),
            Err(Errno::NOTDIR) if path.exists() => Err(FsError::NotFolder),
            Err(error) => Err(FsError::named("open the folder")(error)),
        }
    }

    /// The root at an open folder.
    pub(super) fn of(folder: OwnedFd) -> Result<Self, FsError> {
        let way = Way::probe(folder.as_fd());
        Self::with_way(folder, way)
    }

    /// The same root, without `openat2`.
    #[cfg(test)]
    pub(crate) fn stepwise(self) -> Self {
        Self { way: Way::Stepwise, ..self }
    }

    fn with_way(folder: OwnedFd, way: Way) -> Result<Self, FsError> {
        let folder = File::from(folder);
        let metadata = folder.metadata().map_err(FsError::io("examine the folder"))?;
        Ok(Self { folder, way, id: FileId::of(&metadata) })
    }

    /// Which folder it is.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Opens a regular file for reading. Anything else is not even opened, so that no device
    /// or pipe notices; should it take the file's place in that moment, it is opened without
    /// waiting and refused.
    ///
    /// # Errors
    /// [`FsError::NotRegular`]; for a symbolic link at the end or on the way what
    /// [`Root::classify_link`] says of it; [`FsError::TooDeep`]; [`FsError::Io`].
    pub fn open_file(&self, path: &RelPath) -> Result<OpenFile, FsError> {
        match self.kind(path)? {
            None | Some(EntryKind::File) => self.open_listed(path),
            Some(EntryKind::Link) => Err(self.classify_link(path)),
            Some(kind) => Err(FsError::NotRegular { kind: kind.as_str() }),
        }
    }

    /// Like [`Root::open_file`], for a path that [`Root::list`] has just called a file.
    pub(crate) fn open_listed(&self, path: &RelPath) -> Result<OpenFile, FsError> {
        OpenFile::new(self.reach(path, READ, "open")?)
    }

    /// Reads a whole file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`FsError::TooLarge`], [`FsError::Changed`], and those of [`Root::open_file`].
    pub fn read(&self, path: &RelPath, limit: u64) -> Result<Vec<u8>, FsError> {
        self.open_file(path)?.read_whole(limit)
    }

    /// The entries of a folder, `None` being the root itself: sorted bytewise, without `.`
    /// and `..`.
    ///
    /// # Errors
    /// [`FsError::TooMany`] past [`limits::MANIFEST_ENTRIES`]; as [`Root::open_file`] for what
    /// is no folder.
    pub fn list(&self, path: Option<&RelPath>) -> Result<Vec<DirEntry>, FsError> {
        read_folder(self.open_folder(path, LIST)?)
    }

    /// The root at a folder beneath this one.
    ///
    /// # Errors
    /// As [`Root::list`].
    pub fn subroot(&self, path: &RelPath) -> Result<Self, FsError> {
        Self::with_way(self.reach(path, THROUGH, "open the folder")?, self.way)
    }

    /// What stands at `path`, itself and not what it may link to; `None` when nothing does.
    ///
    /// # Errors
    /// For a symbolic link on the way what [`Root::classify_link`] says of it;
    /// [`FsError::TooDeep`]; [`FsError::Io`].
    pub fn kind(&self, path: &RelPath) -> Result<Option<EntryKind>, FsError> {
        match self.kind_at(path) {
            Ok(kind) => Ok(Some(kind)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn kind_at(&self, path: &RelPath) -> Result<EntryKind, FsError> {
        let folder = match split_last(path).0 {
            None => None,
            Some(above) => Some(self.reach(&above, THROUGH, "examine")?),
        };
        let at = folder.as_ref().map_or(self.descriptor(), AsFd::as_fd);
        lstat(at, path.name()).map_err(FsError::io("examine"))
    }

    /// A descriptor of the root or of a folder beneath it.
    pub(super) fn open_folder(
        &self,
        path: Option<&RelPath>,
        flags: OFlags,
    ) -> Result<OwnedFd, FsError> {
        match path {
            Some(path) => self.reach(path, flags, "open the folder"),
            None => patiently(|| rustix::fs::openat(&self.folder, ".", flags, Mode::empty()))
                .map_err(FsError::io("open the folder")),
        }
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    fn reach(
        &self,
        path: &RelPath,
        flags: OFlags,
        operation: &'static str,
    ) -> Result<OwnedFd, FsError> {
        if !depth_allowed(path.as_bytes()) {
            return Err(FsError::TooDeep);
        }
        let opened = self.way.reach(self.descriptor(), path.as_bytes(), flags);
        opened.map_err(|error| self.explain(path, error, operation))
    }

    /// Why `path` could not be opened. A link shows as `ELOOP`, as `ENOTDIR` where a folder was
    /// wanted, or as `EMLINK` on some systems; a special file as `ENXIO`.
    fn explain(&self, path: &RelPath, error: Errno, operation: &'static str) -> FsError {
        let io = FsError::io(operation);
        match error {
            Errno::LOOP | Errno::NOTDIR | Errno::MLINK => match self.first_link(path) {
                Some(link) => self.classify_link(&link),
                None => io(error),
            },
            Errno::NXIO | Errno::OPNOTSUPP => match self.kind_at(path) {
                Ok(EntryKind::File) | Err(_) => io(error),
                Ok(kind) => FsError::NotRegular { kind: kind.as_str() },
            },
            _ => io(error),
        }
    }

    /// The shortest beginning of `path` that is a symbolic link.
    fn first_link(&self, path: &RelPath) -> Option<RelPath> {
        let mut folder: Option<OwnedFd> = None;
        let mut end = 0_usize;
        for part in path.parts() {
            let at = folder.as_ref().map_or(self.descriptor(), AsFd::as_fd);
            let kind = lstat(at, part).ok()?;
            end = end.saturating_add(part.len());
            if kind == EntryKind::Link {
                return RelPath::new(path.as_bytes().get(..end)?).ok();
            }
            folder = Some(Way::Stepwise.reach(at, part, THROUGH).ok()?);
            end = end.saturating_add(1);
        }
        None
    }
}

/// What stands above the last part of `path` (`None`: the root), and that part.
pub(super) fn split_last(path: &RelPath) -> (Option<RelPath>, &[u8]) {
    let name = path.name();
    let above = path.as_bytes().len().checked_sub(name.len().saturating_add(1));
    let above = above.and_then(|end| path.as_bytes().get(..end));
    (above.and_then(|bytes| RelPath::new(bytes).ok()), name)
}

/// The kind of `name` in the folder `at`, links not followed.
pub(super) fn lstat(at: BorrowedFd<'_>, name: &[u8]) -> Result<EntryKind, Errno> {
    let stat = patiently(|| rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW))?;
    Ok(FileType::from_raw_mode(stat.st_mode).into())
}

/// Device and inode of `name` in the folder `at`, links not followed.
pub(super) fn inode(at: BorrowedFd<'_>, name: &[u8]) -> Result<FileId, Errno> {
    let stat = patiently(|| rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW))?;
    FileId::of_stat(&stat).ok_or(Errno::OVERFLOW)
}

pub(super) fn size_at(at: BorrowedFd<'_>, name: &[u8]) -> u64 {
    rustix::fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
        .ok()
        .and_then(|stat| u64::try_from(stat.st_size).ok())
        .unwrap_or(0)
}

/// The entries of an open folder, sorted. What the folder does not say of its entries' kinds
/// (some file systems leave it out) is asked of each entry.
pub(super) fn read_folder(folder: OwnedFd) -> Result<Vec<DirEntry>, FsError> {
    let io = FsError::io("list the folder");
    let mut reader = rustix::fs::Dir::new(folder).map_err(&io)?;
    let mut entries = Vec::new();
    while let Some(entry) = reader.read() {
        let entry = entry.map_err(&io)?;
        let name = entry.file_name().to_bytes().to_vec();
        if name == b"." || name == b".." {
            continue;
        }
        let mut kind = entry.file_type().into();
        if entry.file_type() == FileType::Unknown {
            match lstat(reader.fd().map_err(&io)?, &name) {
                Err(Errno::NOENT) => continue,
                known => kind = known.unwrap_or(EntryKind::Other),
            }
        }
        if entries.len() >= limits::MANIFEST_ENTRIES {
            return Err(FsError::TooMany { limit: limits::MANIFEST_ENTRIES });
        }
        entries.push(DirEntry { name, kind });
    }
    entries.sort_unstable();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fallback_too, fifo, folder};
    use super::*;
    use std::os::unix::fs::symlink;

    fn path(text: &str) -> RelPath {
        RelPath::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn entries_are_listed_in_order_with_their_kinds() {
        let folder = folder(&[("b", "22"), ("a/x", ""), ("\u{e9}", ""), ("B", "")]);
        symlink("b", folder.path().join("link")).unwrap();
        fifo(&folder.path().join("fifo"));
        fallback_too(folder.path(), |root| {
            let list = |at: Option<&RelPath>| -> Vec<(String, &str)> {
                let entry =
                    |entry: DirEntry| (String::from_utf8(entry.name).unwrap(), entry.kind.as_str());
                root.list(at).unwrap().into_iter().map(entry).collect()
            };
            let expected = [
                ("B", "file"),
                ("a", "folder"),
                ("b", "file"),
                ("fifo", "FIFO"),
                ("link", "symbolic link"),
                ("\u{e9}", "file"),
            ];
            assert_eq!(list(None), expected.map(|(name, kind)| (name.to_owned(), kind)));
            assert_eq!(list(Some(&path("a"))), [("x".to_owned(), "file")]);
            let entered = root.enter(None).unwrap();
            let entries = entered.entries().unwrap();
            let sizes: Vec<u64> = entries.iter().map(|entry| entered.size_of(entry)).collect();
            assert_eq!(sizes, [0, 0, 2, 0, 0, 0]);
            assert!(root.list(Some(&path("none"))).unwrap_err().is_not_found());
            assert!(root.list(Some(&path("b"))).unwrap_err().is_not_found());
            for (name, kind) in expected {
                assert_eq!(root.kind(&path(name)).unwrap().map(EntryKind::as_str), Some(kind));
            }
            for name in ["none", "none/x", "b/x"] {
                assert_eq!(root.kind(&path(name)).unwrap(), None);
            }
        });
    }

    #[test]
    fn files_are_read_within_their_limit() {
        let folder = folder(&[("d/f", "12345"), ("empty", "")]);
        fallback_too(folder.path(), |root| {
            assert_eq!(root.read(&path("d/f"), 5).unwrap(), b"12345");
            assert_eq!(root.read(&path("empty"), 0).unwrap(), b"");
            assert!(matches!(root.read(&path("d/f"), 4), Err(FsError::TooLarge { limit: 4 })));
            for name in ["none", "none/x", "empty/x", "d/f/x"] {
                assert!(root.read(&path(name), 9).unwrap_err().is_not_found(), "{name}");
            }
            assert!(matches!(
                root.read(&path("d"), 9),
                Err(FsError::NotRegular { kind: "folder" })
            ));
        });
    }

    #[test]
    fn pipes_and_devices_do_not_hang() {
        let folder = folder(&[]);
        fifo(&folder.path().join("fifo"));
        fallback_too(folder.path(), |root| {
            let fifo = path("fifo");
            for result in [root.open_file(&fifo), root.open_listed(&fifo)] {
                assert!(matches!(result, Err(FsError::NotRegular { kind: "FIFO" })));
            }
        });
        fallback_too(Path::new("/dev"), |root| {
            let zero = path("zero");
            for result in [root.open_file(&zero), root.open_listed(&zero)] {
                assert!(matches!(result, Err(FsError::NotRegular { kind: "character device" })));
            }
        });
    }

    #[test]
    fn roots_below_roots_stay_where_they_are() {
        let folder = folder(&[("a/b/f", "1")]);
        fallback_too(folder.path(), |root| {
            let below = root.subroot(&path("a/b")).unwrap();
            assert_eq!(below.way, root.way);
            assert_ne!(below.id(), root.id());
            assert_eq!(below.id(), Root::open(&folder.path().join("a/b")).unwrap().id());
            std::fs::rename(folder.path().join("a"), folder.path().join("c")).unwrap();
            assert_eq!(below.read(&path("f"), 1).unwrap(), b"1");
            std::fs::rename(folder.path().join("c"), folder.path().join("a")).unwrap();
            assert!(root.subroot(&path("a/b/f")).unwrap_err().is_not_found());
        });
    }

    #[test]
    fn roots_that_the_user_names() {
        let folder = folder(&[("d/f", ""), ("file", "")]);
        let at = |name: &str| folder.path().join(name);
        symlink("d", at("link")).unwrap();
        symlink("loop", at("loop")).unwrap();
        assert_eq!(Root::open(&at("link")).unwrap().id(), Root::open(&at("d")).unwrap().id());
        assert!(matches!(Root::open(&at("file")), Err(FsError::NotFolder)));
        assert!(matches!(Root::open(&at("loop")), Err(FsError::LinkLoop)));
        for name in ["none", "file/none"] {
            assert!(Root::open(&at(name)).unwrap_err().is_not_found(), "{name}");
        }
        #[cfg(target_os = "linux")]
        assert_eq!(Root::open(&at("d")).unwrap().way, Way::Beneath);
    }

    #[test]
    fn depth_is_bounded() {
        let folder = folder(&[]);
        let at = |depth: usize| RelPath::new(vec!["d"; depth].join("/").as_bytes()).unwrap();
        let root = Root::open(folder.path()).unwrap();
        assert!(root.read(&at(limits::PATH_DEPTH), 1).unwrap_err().is_not_found());
        let deeper = at(limits::PATH_DEPTH + 1);
        assert!(matches!(root.read(&deeper, 1), Err(FsError::TooDeep)));
        assert!(matches!(root.list(Some(&deeper)), Err(FsError::TooDeep)));
        assert!(matches!(root.subroot(&deeper), Err(FsError::TooDeep)));
    }

    #[test]
    fn long_names_are_an_error_and_no_crash() {
        let folder = folder(&[]);
        fallback_too(folder.path(), |root| {
            for length in [256, 4_095, 4_096, 5_000, limits::PATH_BYTES] {
                let name = RelPath::new(&vec![b'n'; length]).unwrap();
                assert!(matches!(root.read(&name, 1), Err(FsError::Io { .. })), "{length}");
            }
        });
    }
}

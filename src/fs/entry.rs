//! What stands in a folder: names, kinds and identities.

use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// Which file it is, whatever its name: equal for two hard links to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId {
    /// The device that holds it.
    pub dev: u64,
    /// Its number there.
    pub ino: u64,
}

impl FileId {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self { dev: metadata.dev(), ino: metadata.ino() }
    }

    /// Types and signs of these numbers differ between systems.
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_fallible_conversions,
        reason = "they differ on other systems"
    )]
    pub(super) fn of_stat(stat: &rustix::fs::Stat) -> Option<Self> {
        Some(Self { dev: u64::try_from(stat.st_dev).ok()?, ino: u64::try_from(stat.st_ino).ok()? })
    }
}

/// What an entry of a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block device.
    BlockDevice,
    /// A character device.
    CharDevice,
    /// Something that this program does not know.
    Other,
}

impl EntryKind {
    /// The words for messages, fit to follow "a".
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Link => "symbolic link",
            Self::Fifo => "FIFO",
            Self::Socket => "socket",
            Self::BlockDevice => "block device",
            Self::CharDevice => "character device",
            Self::Other => "special file",
        }
    }

    /// From what `stat` said of an open or named file.
    pub(super) fn of(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        let table = [
            (kind.is_file(), Self::File),
            (kind.is_dir(), Self::Folder),
            (kind.is_symlink(), Self::Link),
            (kind.is_fifo(), Self::Fifo),
            (kind.is_socket(), Self::Socket),
            (kind.is_block_device(), Self::BlockDevice),
            (kind.is_char_device(), Self::CharDevice),
        ];
        table.into_iter().find(|(is, _)| *is).map_or(Self::Other, |(_, kind)| kind)
    }
}

impl From<rustix::fs::FileType> for EntryKind {
    fn from(kind: rustix::fs::FileType) -> Self {
        use rustix::fs::FileType;
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Folder,
            FileType::Symlink => Self::Link,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::BlockDevice => Self::BlockDevice,
            FileType::CharacterDevice => Self::CharDevice,
            FileType::Unknown => Self::Other,
        }
    }
}

/// An entry of a folder. The name is bytes as the system gave them, without `/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// The name within the folder.
    pub name: Vec<u8>,
    /// What it was when the folder was listed.
    pub kind: EntryKind,
}

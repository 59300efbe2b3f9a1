//! Why a file could not be read or written.

use crate::finding::{Code, Coded};
use crate::path::PathError;
use rustix::io::Errno;
use std::io;

/// Why a file could not be read or written. Which file it was is the caller's to say.
#[derive(Debug, thiserror::Error)]
pub enum FsError {
    /// The system refused.
    #[error("cannot {operation}")]
    Io {
        /// What was tried, as a verb.
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// Something else stands where a regular file must be.
    #[error("not a regular file but a {kind}")]
    NotRegular {
        /// The words of [`super::EntryKind::as_str`].
        kind: &'static str,
    },
    /// Something else stands where a folder must be.
    #[error("not a folder")]
    NotFolder,
    /// A symbolic link that leads out of its root.
    #[error("a symbolic link that leads out of its folder")]
    UnsafeLink,
    /// A symbolic link that never arrives.
    #[error("a symbolic link that leads in a circle")]
    LinkLoop,
    /// More bytes than are accepted here.
    #[error("larger than {limit} bytes, the most that is accepted here")]
    TooLarge {
        /// The bound, in bytes.
        limit: u64,
    },
    /// More entries than one run handles.
    #[error("more than {limit} entries, the most that one run handles")]
    TooMany {
        /// The bound.
        limit: usize,
    },
    /// More folders above one another than are accepted.
    #[error("nested deeper than {} folders", crate::limits::PATH_DEPTH)]
    TooDeep,
    /// The file is not the one it was when reading began, or was not read to its end.
    #[error("changed while it was being read")]
    Changed,
    /// A private file of somebody else, or one that has several names.
    #[error("belongs to another user or has several names")]
    NotOwn,
    /// A private file that its group or everybody may read or write.
    #[error("readable by others (mode {mode:04o}); run chmod 600 on it")]
    ReadableByOthers {
        /// The permission bits.
        mode: u32,
    },
    /// Something stands already where a new file must be.
    #[error("exists already and is not overwritten")]
    Exists,
    /// Another run is writing there.
    #[error("another run is writing here at this moment")]
    InUse,
    /// A name that cannot be used.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl FsError {
    /// Whether the error says that nothing of that name is there.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Io { source, .. } => {
                matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
            Self::NotRegular { .. }
            | Self::NotFolder
            | Self::UnsafeLink
            | Self::LinkLoop
            | Self::TooLarge { .. }
            | Self::TooMany { .. }
            | Self::TooDeep
            | Self::Changed
            | Self::NotOwn
            | Self::ReadableByOthers { .. }
            | Self::Exists
            | Self::InUse
            | Self::Path(_) => false,
        }
    }

    /// For `map_err`: what the system said while doing `operation`.
    pub(super) fn io<E: Into<io::Error>>(operation: &'static str) -> impl Fn(E) -> Self {
        move |source| Self::Io { operation, source: source.into() }
    }

    /// Like [`FsError::io`], where a loop of symbolic links the user named is told apart.
    pub(super) fn named<E: Into<io::Error>>(operation: &'static str) -> impl Fn(E) -> Self {
        move |source| {
            let source = source.into();
            match Errno::from_io_error(&source) {
                Some(Errno::LOOP) => Self::LinkLoop,
                _ => Self::Io { operation, source },
            }
        }
    }
}

impl Coded for FsError {
    fn code(&self) -> Code {
        match self {
            Self::Io { .. } | Self::LinkLoop | Self::Exists | Self::InUse | Self::NotOwn => {
                Code::Io
            }
            Self::NotRegular { .. } | Self::NotFolder => Code::NotRegular,
            Self::UnsafeLink => Code::UnsafePath,
            Self::TooLarge { .. } | Self::TooMany { .. } | Self::TooDeep => Code::Limit,
            Self::Changed => Code::ChangedWhileReading,
            Self::ReadableByOthers { .. } => Code::WeakKey,
            Self::Path(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    #[test]
    fn messages_and_codes() {
        let io = FsError::io("open")(Errno::ACCESS);
        let table = [
            (io, Code::Io, "cannot open: Permission denied (os error 13)"),
            (
                FsError::NotRegular { kind: "FIFO" },
                Code::NotRegular,
                "not a regular file but a FIFO",
            ),
            (
                FsError::ReadableByOthers { mode: 0o44 },
                Code::WeakKey,
                "readable by others (mode 0044); run chmod 600 on it",
            ),
            (FsError::Path(PathError::TooLong), Code::Limit, "a path longer than 65536 bytes"),
            (FsError::Path(PathError::Parent), Code::UnsafePath, "a path with '..'"),
        ];
        for (error, code, message) in table {
            let finding = Finding::of(&error);
            assert_eq!((finding.code, finding.message.as_str()), (code, message));
        }
    }
}

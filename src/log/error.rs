//! Why a log could not be read or written.

use crate::envelope::checkpoint::CheckpointError;
use crate::envelope::note::{NoteError, NoteSignError, NoteVerifyError};
use crate::finding::{Code, Coded, Finding};
use crate::fs::FsError;
use crate::key::SignError;
use crate::limits;
use crate::merkle::ProofError;

/// Why a log could not be read or written. Paths are those in the log's folder.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file could not be read or written.
    #[error("the log's file")]
    File {
        /// Which one.
        path: String,
        /// Why.
        #[source]
        source: FsError,
    },
    /// The checkpoint is no signed note.
    #[error("the log's checkpoint")]
    Note(#[from] NoteError),
    /// The checkpoint's text is none.
    #[error("the log's checkpoint")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is not signed as it must be.
    #[error("the log's checkpoint")]
    Signature(#[from] NoteVerifyError),
    /// A checkpoint of another log.
    #[error("is a checkpoint of another origin")]
    Origin {
        /// The origin of this log.
        expected: String,
        /// The origin found.
        found: String,
    },
    /// A bundle of entries that does not read as one.
    #[error("is no bundle of {width} entries")]
    Bundle {
        /// Which one.
        path: String,
        /// How many entries it must have.
        width: u64,
    },
    /// What was appended, and is to be published, holds something else than records.
    #[error("holds an entry that is no record of a signature, so it is not published")]
    NoRecord {
        /// Which bundle.
        path: String,
    },
    /// A tile of another length.
    #[error("is no tile of {width} hashes")]
    Tile {
        /// Which one.
        path: String,
        /// How many hashes it must have.
        width: u64,
    },
    /// A file holds other bytes than follow from the entries; it is not rewritten.
    #[error("is not what follows from the log's entries")]
    Differs {
        /// Which one.
        path: String,
    },
    /// The tiles do not lead to the root of the checkpoint.
    #[error("the log's tiles do not lead to the root of its checkpoint of {size} entries")]
    Root {
        /// Size of the published tree.
        size: u64,
    },
    /// There are entries and no checkpoint.
    #[error("is missing from a log that has entries")]
    Headless,
    /// There are fewer entries than the checkpoint says.
    #[error("the log has {found} entries, fewer than the {size} of its checkpoint")]
    Lost {
        /// Entries found.
        found: u64,
        /// Size of the published tree.
        size: u64,
    },
    /// An entry longer than is accepted.
    #[error("an entry longer than {} bytes", limits::LOG_ENTRY_BYTES)]
    EntryTooLong,
    /// More entries than one run handles.
    #[error("{found} entries, more than one run handles")]
    TooMany {
        /// How many.
        found: u64,
    },
    /// More signatures than a note may have.
    #[error("more than {} signatures under one checkpoint", limits::SIGNATURES)]
    Signatures,
    /// A proof does not hold.
    #[error("the log's proof")]
    Proof(#[from] ProofError),
    /// The checkpoint could not be signed.
    #[error("the checkpoint could not be signed")]
    Sign(#[from] NoteSignError<SignError>),
}

impl LogError {
    /// A file error at `path`.
    pub(super) fn file(path: &str) -> impl FnOnce(FsError) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// The file in the log's folder that this is about.
    pub fn path(&self) -> &str {
        match self {
            Self::File { path, .. }
            | Self::Bundle { path, .. }
            | Self::NoRecord { path }
            | Self::Tile { path, .. }
            | Self::Differs { path } => path,
            Self::Note(_)
            | Self::Checkpoint(_)
            | Self::Signature(_)
            | Self::Origin { .. }
            | Self::Root { .. }
            | Self::Headless
            | Self::Lost { .. }
            | Self::EntryTooLong
            | Self::TooMany { .. }
            | Self::Signatures
            | Self::Proof(_)
            | Self::Sign(_) => super::CHECKPOINT,
        }
    }

    /// Whether a file of the log is not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.is_not_found())
    }

    /// The finding for the log whose folder is shown as `folder`, such as `manifests/log/`.
    pub fn finding(&self, folder: &[u8]) -> Finding {
        let at = [folder, self.path().as_bytes()].concat();
        // The file stands beside the message already.
        let error: &dyn Coded = if let Self::File { source, .. } = self { source } else { self };
        let finding = Finding::of(error).at(at);
        match self {
            Self::Origin { expected, found } => {
                finding.with("expected", expected.clone()).with("found", found.clone())
            }
            Self::File { source: FsError::InUse, .. } => finding.help("try again in a moment"),
            Self::Differs { .. } | Self::Root { .. } | Self::Lost { .. } => {
                finding.help("vidimus log audit names every file that does not fit")
            }
            Self::Headless => finding
                .help("put it back from a copy; a new one would take back what the log has signed"),
            Self::NoRecord { .. } => finding.help(
                "no checkpoint covers that entry: put a copy of the file back, or remove it if a \
smaller one beside it has what was published; then vidimus log append",
            ),
            Self::File { .. }
            | Self::Note(_)
            | Self::Checkpoint(_)
            | Self::Signature(_)
            | Self::Bundle { .. }
            | Self::Tile { .. }
            | Self::EntryTooLong
            | Self::TooMany { .. }
            | Self::Signatures
            | Self::Proof(_)
            | Self::Sign(_) => finding,
        }
    }
}

impl Coded for LogError {
    fn code(&self) -> Code {
        match self {
            Self::File { source, .. } => source.code(),
            Self::Note(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::Origin { .. } => Code::Origin,
            Self::Bundle { .. } | Self::NoRecord { .. } | Self::Tile { .. } => Code::Malformed,
            Self::Differs { .. } | Self::Root { .. } | Self::Lost { .. } => Code::Consistency,
            Self::Headless => Code::Missing,
            Self::EntryTooLong | Self::TooMany { .. } | Self::Signatures => Code::Limit,
            Self::Proof(error) => error.code(),
            Self::Sign(error) => error.code(),
        }
    }
}

//! The judgement of a request: pure functions of the request, the known logs and what was last
//! cosigned. The statuses are those of C2SP, tlog-witness.

use super::{Logs, Request, RequestError};
use crate::envelope::checkpoint::Checkpoint;
use crate::envelope::note::NoteVerifyError;
use crate::finding::{Code, Coded};
use crate::merkle::{self, ProofError};
use crate::signature::excerpt;

/// Why a checkpoint is not cosigned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a request.
    #[error("the request cannot be read")]
    Malformed(#[from] RequestError),
    /// A log that is not witnessed here.
    #[error("the log '{origin}' is not known here")]
    UnknownOrigin {
        /// Its origin, escaped.
        origin: String,
    },
    /// No signature of the log, or a bad one.
    #[error("the checkpoint is not signed by its log")]
    Signature(#[source] NoteVerifyError),
    /// The proof would begin after the end.
    #[error("the old size {old} is larger than the size {size} of the checkpoint")]
    OldTooLarge {
        /// Where the proof begins.
        old: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The log signed a shorter tree than it had before.
    #[error("the log had {last} entries when it was last cosigned, and now signs {size}")]
    Shorter {
        /// Where the proof begins.
        old: u64,
        /// Size of the checkpoint.
        size: u64,
        /// Size of the last one cosigned.
        last: u64,
    },
    /// The log signed two trees of one size.
    #[error("the log signed another tree of {size} entries than the one that was cosigned")]
    Fork {
        /// The size of both.
        size: u64,
    },
    /// The proof begins elsewhere than at the last checkpoint cosigned.
    #[error("the proof begins at size {old}, and the last checkpoint cosigned has size {last}")]
    Stale {
        /// Where the proof begins.
        old: u64,
        /// Size of the last checkpoint cosigned; 0 for none.
        last: u64,
    },
    /// A tree of no entries has one root only, and another was signed.
    #[error("the root is not that of a tree without entries")]
    EmptyRoot,
    /// A proof where there is nothing to prove.
    #[error("a proof from size 0 has no hashes")]
    Needless,
    /// The proof does not show that the new tree continues the old one.
    #[error("the new checkpoint is not shown to continue the last one cosigned")]
    Proof(#[source] ProofError),
}

impl Refusal {
    /// The HTTP status of tlog-witness.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldTooLarge { .. } => 400,
            Self::Signature(_) => 403,
            Self::UnknownOrigin { .. } => 404,
            Self::Shorter { old, size, .. } if old > size => 400,
            Self::Shorter { .. } | Self::Fork { .. } | Self::Stale { .. } => 409,
            Self::EmptyRoot | Self::Needless | Self::Proof(_) => 422,
        }
    }

    /// The size that the client is told, where it has to begin its proof there.
    pub fn last_size(&self) -> Option<u64> {
        match self {
            Self::Shorter { last, .. } | Self::Stale { last, .. } | Self::Fork { size: last } => {
                Some(*last).filter(|_| self.status() == 409)
            }
            Self::Malformed(_)
            | Self::UnknownOrigin { .. }
            | Self::Signature(_)
            | Self::OldTooLarge { .. }
            | Self::EmptyRoot
            | Self::Needless
            | Self::Proof(_) => None,
        }
    }

    /// Whether the refused checkpoint, which the log did sign, contradicts the last one cosigned.
    pub fn is_conflict(&self) -> bool {
        matches!(self.code(), Code::Fork | Code::Rollback)
    }
}

impl Coded for Refusal {
    fn code(&self) -> Code {
        match self {
            Self::Malformed(error) => error.code(),
            Self::UnknownOrigin { .. } => Code::Origin,
            Self::Signature(error) => error.code(),
            Self::OldTooLarge { .. } => Code::Malformed,
            Self::Shorter { .. } => Code::Rollback,
            Self::Fork { .. } => Code::Fork,
            Self::Stale { .. } | Self::EmptyRoot | Self::Needless | Self::Proof(_) => {
                Code::Consistency
            }
        }
    }
}

/// Whether a request is of a known log, and signed by it.
///
/// # Errors
/// [`Refusal::UnknownOrigin`], [`Refusal::Signature`]; also when one of several signatures by
/// known keys fails.
pub fn authentic(request: &Request, logs: &Logs) -> Result<(), Refusal> {
    let origin = &request.head.origin;
    let keys = logs
        .keys(origin)
        .ok_or_else(|| Refusal::UnknownOrigin { origin: excerpt(origin.as_bytes()) })?;
    request.note.verified_by(keys).map(drop).map_err(Refusal::Signature)
}

/// Whether an authentic request continues the last checkpoint cosigned, if there is one.
///
/// # Errors
/// [`Refusal`]; a conflict between the two checkpoints is found whatever the proof is.
pub fn continues(request: &Request, last: Option<&Checkpoint>) -> Result<(), Refusal> {
    let (old, size) = (request.old, request.head.size);
    if let Some(last) = last {
        conflict(request, last)?;
    }
    if old > size {
        return Err(Refusal::OldTooLarge { old, size });
    }
    let last_size = last.map_or(0, |last| last.size);
    if old != last_size {
        return Err(Refusal::Stale { old, last: last_size });
    }
    if size == 0 && request.head.root != merkle::empty_root() {
        return Err(Refusal::EmptyRoot);
    }
    match last {
        Some(last) if old > 0 => {
            let new = &request.head;
            merkle::verify_consistency(old, &last.root, size, &new.root, &request.proof)
                .map_err(Refusal::Proof)
        }
        Some(_) | None if request.proof.is_empty() => Ok(()),
        Some(_) | None => Err(Refusal::Needless),
    }
}

fn conflict(request: &Request, last: &Checkpoint) -> Result<(), Refusal> {
    let (old, size) = (request.old, request.head.size);
    if size < last.size {
        return Err(Refusal::Shorter { old, size, last: last.size });
    }
    if size == last.size && request.head.root != last.root {
        return Err(Refusal::Fork { size });
    }
    Ok(())
}

//! The other side: a log that asks a witness for its cosignature.
//!
//! How the request travels and where the proof comes from is the caller's. What comes back is
//! believed only as far as the witness's key goes.

use super::request;
use crate::envelope::checkpoint::{self, CheckpointError};
use crate::envelope::note::{self, Note, NoteError, NoteSignature, Verifier};
use crate::finding::{Code, Coded};
use crate::merkle::Hash;
use crate::signature::excerpt;

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no cosignature. `P` is the error of the caller's log, `T` that of the way there.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError<P: std::error::Error + 'static, T: std::error::Error + 'static> {
    /// What should be cosigned is no signed note.
    #[error("there is no signed checkpoint to cosign")]
    Note(#[source] NoteError),
    /// What should be cosigned is no checkpoint.
    #[error("there is no signed checkpoint to cosign")]
    Checkpoint(#[source] CheckpointError),
    /// There is no proof from where the witness is.
    #[error("the log could not prove that it continues what the witness saw")]
    Proof(#[source] P),
    /// The witness was not reached.
    #[error("the witness could not be asked")]
    Transport(#[source] T),
    /// The witness has seen more of this log than there is.
    #[error("the witness has cosigned {seen} entries of this log, which has {size} now")]
    Longer {
        /// What it cosigned.
        seen: u64,
        /// What there is.
        size: u64,
    },
    /// The witness has seen another tree of this size.
    #[error("the witness has cosigned another tree of {size} entries of this log")]
    Fork {
        /// The size.
        size: u64,
    },
    /// The witness found that the log does not continue what it cosigned.
    #[error("the witness says that this log does not continue what it cosigned: {said}")]
    Inconsistent {
        /// What it said, escaped.
        said: String,
    },
    /// The witness refused for another reason.
    #[error("the witness answered with status {status}: {said}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said, escaped.
        said: String,
    },
    /// The answer has no signature lines.
    #[error("the answer of the witness has no signature lines")]
    Answer(#[source] NoteError),
    /// The answer has no valid cosignature of this witness.
    #[error("the answer of the witness has no valid cosignature by a key of it")]
    Unsigned,
}

impl<P: Coded + 'static, T: Coded + 'static> Coded for SubmitError<P, T> {
    fn code(&self) -> Code {
        match self {
            Self::Note(error) | Self::Answer(error) => error.code(),
            Self::Checkpoint(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Transport(error) => error.code(),
            Self::Longer { .. } => Code::Rollback,
            Self::Fork { .. } => Code::Fork,
            Self::Inconsistent { .. } => Code::Consistency,
            Self::Refused { .. } | Self::Unsigned => Code::Quorum,
        }
    }
}

/// Asks a witness to cosign `checkpoint`, a signed note, and gives its verified signatures.
///
/// `witness` are the keys that it may sign with. `remembered` is the size that it is thought to have
/// cosigned last, 0 where nothing is known. `prove` gives the consistency proof from one size to another, `post` sends the body of
/// an `add-checkpoint` request. A witness that tells of another size is asked once more.
///
/// # Errors
/// [`SubmitError`].
pub fn submit<P: std::error::Error + 'static, T: std::error::Error + 'static>(
    checkpoint: &[u8],
    remembered: u64,
    witness: &[Verifier],
    prove: &mut dyn FnMut(u64, u64) -> Result<Vec<Hash>, P>,
    post: &mut dyn FnMut(&[u8]) -> Result<Posted, T>,
) -> Result<Vec<NoteSignature>, SubmitError<P, T>> {
    let note = note::parse(checkpoint).map_err(SubmitError::Note)?;
    let size = checkpoint::parse(&note.text).map_err(SubmitError::Checkpoint)?.size;
    let mut ask = |old: u64| {
        // From nothing, and to itself, there is nothing to prove.
        let proof = if old == 0 || old == size { Ok(Vec::new()) } else { prove(old, size) };
        let proof = proof.map_err(SubmitError::Proof)?;
        post(&request::body(old, &proof, checkpoint)).map_err(SubmitError::Transport)
    };
    let first = remembered.min(size);
    let mut answer = ask(first)?;
    if let Some(seen) = told_size(&answer) {
        let old = next_size(first, seen, size)?;
        answer = ask(old)?;
    }
    if answer.status == 200 {
        cosignatures(&note, &answer.body, witness)
    } else {
        Err(refused(&answer, size))
    }
}

/// The size in an answer of status 409.
fn told_size(answer: &Posted) -> Option<u64> {
    let text = std::str::from_utf8(&answer.body).ok().filter(|_| answer.status == 409)?;
    request::size(text.strip_suffix('\n')?)
}

/// Where to begin the second time, after `first` was refused.
fn next_size<P: std::error::Error, T: std::error::Error>(
    first: u64,
    seen: u64,
    size: u64,
) -> Result<u64, SubmitError<P, T>> {
    if seen > size {
        return Err(SubmitError::Longer { seen, size });
    }
    if seen == first && seen == size {
        return Err(SubmitError::Fork { size });
    }
    Ok(seen)
}

fn refused<P: std::error::Error, T: std::error::Error>(
    answer: &Posted,
    size: u64,
) -> SubmitError<P, T> {
    let said = excerpt(answer.body.trim_ascii());
    match (answer.status, told_size(answer)) {
        (409, Some(seen)) if seen == size => SubmitError::Fork { size },
        (422, _) => SubmitError::Inconsistent { said },
        (status, _) => SubmitError::Refused { status, said },
    }
}

/// The lines by the witness's keys, each of them verified; lines by others are left out.
fn cosignatures<P: std::error::Error, T: std::error::Error>(
    note: &Note,
    lines: &[u8],
    witness: &[Verifier],
) -> Result<Vec<NoteSignature>, SubmitError<P, T>> {
    let whole = [&note.text, &b"\n"[..], lines].concat();
    let answered = note::parse(&whole).map_err(SubmitError::Answer)?;
    let valid = |signature: &NoteSignature| {
        let alone = Note { text: note.text.clone(), signatures: vec![signature.clone()] };
        alone.cosigned_at(witness).is_ok_and(|signed| !signed.is_empty())
    };
    let found: Vec<NoteSignature> = answered.signatures.into_iter().filter(valid).collect();
    // A blank line in the answer would make other bytes the text.
    if found.is_empty() || answered.text != note.text {
        return Err(SubmitError::Unsigned);
    }
    Ok(found)
}

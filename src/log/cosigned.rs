//! Adding the cosignatures of witnesses to the present checkpoint.

use super::error::LogError;
use super::read::Log;
use super::{CHECKPOINT, FOLDER, writer};
use crate::envelope::note::{self, Note, NoteSignature, NoteVerifyError, Verifier};
use crate::fs;
use crate::limits;
use std::path::Path;

/// The signature lines in what a witness gave: lines alone, or a whole note.
///
/// # Errors
/// [`LogError::Note`] when it is neither.
pub fn signature_lines(bytes: &[u8]) -> Result<Vec<NoteSignature>, LogError> {
    let whole = note::parse(bytes);
    let note = match whole {
        Ok(note) => note,
        // A note has a text; of lines alone any will do.
        Err(error) => note::parse(&[b"-\n\n", bytes].concat()).map_err(|_| error)?,
    };
    Ok(note.signatures)
}

/// Adds the signature lines to the present checkpoint of the log in the archive at `archive`, and
/// gives its new bytes and how many were added. Each must be by one of `cosigners` over this very
/// checkpoint; lines by others are left out. Of a cosigner that has signed it already the first
/// line stays. All signatures that are there stay.
///
/// # Errors
/// [`LogError`] when no line is by one of the cosigners, or one of them fails; then the checkpoint
/// is as it was.
pub fn merge(
    archive: &Path,
    origin: &str,
    lines: &[NoteSignature],
    cosigners: &[Verifier],
) -> Result<(Vec<u8>, usize), LogError> {
    let folder = archive.join(FOLDER);
    let root = writer::folder(archive)?;
    let _lock = writer::lock(&folder)?;
    let log = Log::open(&root, Some(origin))?;
    let mut note = log.note().clone();
    let given = Note { text: note.text.clone(), signatures: lines.to_vec() };
    if given.cosigned_at(cosigners)?.is_empty() {
        return Err(NoteVerifyError::Unknown.into());
    }
    let mut added: usize = 0;
    for line in lines {
        let same = |one: &NoteSignature| one.name == line.name && one.key_id == line.key_id;
        let known = cosigners
            .iter()
            .filter(|cosigner| cosigner.is_cosigner())
            .any(|cosigner| cosigner.name() == line.name && cosigner.key_id() == line.key_id);
        if known && !note.signatures.iter().any(same) {
            note.signatures.push(line.clone());
            added = added.saturating_add(1);
        }
    }
    if note.signatures.len() > limits::SIGNATURES {
        return Err(LogError::Signatures);
    }
    let bytes = note.print();
    if added > 0 {
        fs::replace(&folder.join(CHECKPOINT), &bytes).map_err(LogError::file(CHECKPOINT))?;
    }
    Ok((bytes, added))
}

//! Making a log, and publishing what was appended by a new checkpoint.

use super::error::LogError;
use super::read::{self, Log};
use super::tile::{self, Tile, WIDTH};
use super::writer::{self, State};
use super::{CHECKPOINT, FOLDER};
use crate::envelope::checkpoint::Checkpoint;
use crate::envelope::note::{self, Note, Verifier};
use crate::fs::{self, FsError, Root};
use crate::key::SigningKey;
use crate::merkle::{self, Hash};
use crate::path::RelPath;
use std::path::Path;

/// A checkpoint that stands in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The signed note.
    pub bytes: Vec<u8>,
    /// Number of entries.
    pub size: u64,
    /// Root of their tree.
    pub root: Hash,
    /// The size of the checkpoint before.
    pub before: u64,
}

/// Makes an empty log in the archive at `archive`: its folder, and a checkpoint of no entries,
/// signed by `key` under the name of the log. Of two runs at once one makes it.
///
/// # Errors
/// [`LogError`]; when there is a checkpoint already, or are entries, nothing is changed.
pub fn init(archive: &Path, verifier: &Verifier, key: &SigningKey) -> Result<Published, LogError> {
    let folder = archive.join(FOLDER);
    writer::no_link(archive)?;
    fs::create_folder(&folder).map_err(LogError::file(""))?;
    let _lock = writer::lock(&folder)?;
    begins(&writer::folder(archive)?)?;
    let root = merkle::empty_root();
    let bytes = signed(verifier, key, 0, root)?.print();
    fs::create_new(&folder.join(CHECKPOINT), &bytes, 0o644).map_err(LogError::file(CHECKPOINT))?;
    Ok(Published { bytes, size: 0, root, before: 0 })
}

/// Whether a log may begin here. One that has entries and lost its checkpoint may not: it would
/// sign that it is empty, after it signed that it was not.
fn begins(files: &Root) -> Result<(), LogError> {
    let name = RelPath::new(CHECKPOINT.as_bytes()).map_err(FsError::from);
    let kind = name.and_then(|name| files.kind(&name)).map_err(LogError::file(CHECKPOINT))?;
    match kind {
        Some(_) => Err(LogError::file(CHECKPOINT)(FsError::Exists)),
        None if read::has_tiles(files)? => Err(LogError::Headless),
        None => Ok(()),
    }
}

/// Publishes everything that was appended: signs the head of the tree with `key`, after checking
/// that the tree continues the one of the present checkpoint, which this key must have signed.
/// Where nothing was appended, the present checkpoint stays, with its cosignatures.
///
/// # Errors
/// [`LogError`]; then the present checkpoint is as it was.
pub fn publish(
    archive: &Path,
    verifier: &Verifier,
    key: &SigningKey,
) -> Result<Published, LogError> {
    let folder = archive.join(FOLDER);
    let files = writer::folder(archive)?;
    let _lock = writer::lock(&folder)?;
    let log = Log::open(&files, Some(verifier.name()))?;
    log.note().verified_by(std::slice::from_ref(verifier))?;
    let state = State::of(&log)?;
    writer::write_tiles(&files, &folder, &state.tiles())?;
    let (size, root, before) = (state.rows.size(), state.rows.root(), log.size());
    if size == before {
        let bytes = log.checkpoint_bytes().to_vec();
        return Ok(Published { bytes, size, root, before });
    }
    let note = signed(verifier, key, size, root)?;
    continues(&files, &log, &note)?;
    let bytes = note.print();
    fs::replace(&folder.join(CHECKPOINT), &bytes).map_err(LogError::file(CHECKPOINT))?;
    remove_partials(&folder, &files, before, size);
    Ok(Published { bytes, size, root, before })
}

/// A checkpoint, of which the signature was checked: a key elsewhere may sign anything.
fn signed(verifier: &Verifier, key: &SigningKey, size: u64, root: Hash) -> Result<Note, LogError> {
    let origin = verifier.name().to_owned();
    let text = Checkpoint { origin, size, root, extensions: Vec::new() }.print();
    let note = note::sign(text.as_bytes(), verifier, &mut |bytes| key.sign(bytes))?;
    note.verified_by(std::slice::from_ref(verifier))?;
    Ok(note)
}

/// Whether the tree of the new checkpoint begins with that of the present one, by a proof from
/// the tiles as they are on the disk now.
fn continues(files: &Root, log: &Log<'_>, note: &Note) -> Result<(), LogError> {
    let next = Log::with(files, note.print())?;
    let old = log.size();
    let proof = next.consistency(old)?;
    if old > 0 {
        let (from, to) = (&log.head().root, &next.head().root);
        merkle::verify_consistency(old, from, next.size(), to, &proof)?;
    }
    Ok(())
}

/// Removes the files of tiles that were not full before and are now: whoever wants one finds the
/// full tile.
fn remove_partials(folder: &Path, root: &Root, before: u64, size: u64) {
    for row in tile::rows(size) {
        let first = row.count(before) / WIDTH;
        for number in first..row.count(size) / WIDTH {
            let full = Tile::full(row, number);
            for width in writer::widths(root, full).unwrap_or_default() {
                writer::remove(folder, root, Tile { width, ..full });
            }
        }
    }
}

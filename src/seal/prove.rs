//! A proof for one file of a collection, from its manifest and the checkpoint over that: no key is
//! needed, since the checkpoint is signed already.
//!
//! The manifest is read twice and never held as a whole: once to find the line, once to hash the
//! siblings. Whether anybody trusted signed the checkpoint is for `verify` to say.

use crate::digest::Algorithm;
use crate::envelope::tlog_proof::TlogProof;
use crate::envelope::{checkpoint, note};
use crate::finding::{Code, Coded, Finding};
use crate::fs::{FsError, OpenFile, Root};
use crate::limits;
use crate::manifest::{self, NAME as MANIFEST};
use crate::merkle::InclusionProver;
use crate::path::RelPath;
use crate::tree;

/// Proves that the file `path` of a collection is in its signed list. `evidence` is the folder of
/// the manifest, `documents` that of the files; `shown` stands before names of the first, and
/// `file_shown` is the file's name in findings.
///
/// # Errors
/// The finding that says why there is no proof: the file is not as listed, the manifest is not
/// the one of the checkpoint, or something could not be read.
pub fn prove_file(
    evidence: &Root,
    documents: &Root,
    path: &RelPath,
    shown: &str,
    file_shown: &[u8],
) -> Result<TlogProof, Box<Finding>> {
    let manifest_shown = format!("{shown}{MANIFEST}");
    let line = line_of(documents, path).map_err(|error| of(&error, file_shown))?;
    let found = find(evidence, &line).map_err(|error| of(&error, manifest_shown.as_bytes()))?;
    let index = match found {
        Found::Line { index } => index,
        Found::Other => return Err(Box::new(differs(&manifest_shown, file_shown))),
        Found::Nothing => return Err(Box::new(unlisted(&manifest_shown, file_shown))),
    };
    let (bytes, head) = read_checkpoint(evidence, shown)?;
    let mut prover = InclusionProver::new(index, head.size)
        .map_err(|error| of(&error, manifest_shown.as_bytes()))?;
    each_line(evidence, &mut |line| prover.push_leaf(line))
        .map_err(|error| of(&error, manifest_shown.as_bytes()))?;
    let proven = prover.finish().map_err(|error| of(&error, manifest_shown.as_bytes()))?;
    let (hashes, root) = proven;
    if root != head.root {
        let message = "is not the list that the checkpoint beside it is about";
        return Err(Box::new(
            Finding::error(Code::Inclusion, message)
                .at(manifest_shown)
                .help("vidimus verify says which of the two is not as signed"),
        ));
    }
    Ok(TlogProof { extra: Some(line), index, hashes, checkpoint: bytes })
}

fn of(error: &dyn Coded, shown: &[u8]) -> Box<Finding> {
    Box::new(Finding::of(error).at(shown))
}

fn differs(manifest: &str, file: &[u8]) -> Finding {
    Finding::error(Code::DigestMismatch, "is not the file that is listed")
        .at(file)
        .claimed_by(manifest.as_bytes(), None)
        .help("vidimus verify names every change; vidimus sign signs the files as they are")
}

fn unlisted(manifest: &str, file: &[u8]) -> Finding {
    Finding::error(Code::Unexpected, "is not in the list that was signed")
        .at(file)
        .claimed_by(manifest.as_bytes(), None)
}

/// The line of the file as it lies there, without its line feed.
fn line_of(documents: &Root, path: &RelPath) -> Result<Vec<u8>, FsError> {
    let (digests, _) = tree::hash_open(documents.open_file(path)?, &[Algorithm::Sha256])?;
    let mut line = Vec::new();
    for digest in &digests {
        manifest::push_line(&mut line, path.as_bytes(), digest);
    }
    line.pop();
    Ok(line)
}

/// What the manifest has for a file.
enum Found {
    /// This very line, so many lines after the first.
    Line { index: u64 },
    /// A line with another digest.
    Other,
    /// No line.
    Nothing,
}

fn find(evidence: &Root, line: &[u8]) -> Result<Found, FsError> {
    // What follows the digest is the same in every line about one name.
    let rest = |line: &[u8]| line.iter().position(|&byte| byte == b' ').unwrap_or(0);
    let name = line.get(rest(line)..).unwrap_or_default();
    let (mut found, mut index) = (Found::Nothing, 0_u64);
    each_line(evidence, &mut |present| {
        if present == line {
            found = Found::Line { index };
        } else if present.get(rest(present)..) == Some(name) {
            found = Found::Other;
        }
        index = index.saturating_add(1);
    })?;
    Ok(found)
}

fn read_checkpoint(
    evidence: &Root,
    shown: &str,
) -> Result<(Vec<u8>, checkpoint::Checkpoint), Box<Finding>> {
    let name = format!("{MANIFEST}.checkpoint");
    let path = format!("{shown}{name}");
    let bytes = RelPath::new(name.as_bytes())
        .map_err(FsError::from)
        .and_then(|name| evidence.read(&name, limits::ENVELOPE_BYTES))
        .map_err(|error| of(&error, path.as_bytes()))?;
    let note = note::parse(&bytes).map_err(|error| of(&error, path.as_bytes()))?;
    let head = checkpoint::parse(&note.text).map_err(|error| of(&error, path.as_bytes()))?;
    Ok((bytes, head))
}

/// Hands out every line of the manifest, without its line feed.
fn each_line(evidence: &Root, take: &mut dyn FnMut(&[u8])) -> Result<(), FsError> {
    let mut file = evidence.open_file(&RelPath::new(MANIFEST.as_bytes())?)?;
    let mut buffer = vec![0; 1 << 18];
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) if rest.is_empty() => take(end),
                Some(end) => {
                    rest.extend_from_slice(end);
                    take(&rest);
                    rest.clear();
                }
                None => rest.extend_from_slice(piece),
            }
        }
        if rest.len() > limits::MANIFEST_LINE {
            return Err(FsError::TooLarge { limit: limits::MANIFEST_LINE as u64 });
        }
    }
    ended(file)?;
    if !rest.is_empty() {
        take(&rest);
    }
    Ok(())
}

fn ended(file: OpenFile) -> Result<(), FsError> {
    file.finish().map(drop)
}

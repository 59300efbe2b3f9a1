//! Files that changed while whoever goes by size and time could not see it: `bit-rot`.
//!
//! Held against what the last signing on this machine saw. It explains a `digest-mismatch` that is
//! there anyway, and decides nothing: no record says nothing, and a file is looked at once more,
//! after it was read.

use crate::codec::hex;
use crate::finding::{Code, Evidence, Finding, Outcome, Severity};
use crate::fs::{Root, Stamp};
use crate::path::RelPath;
use crate::state::stamps;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Adds a warning `bit-rot` behind each `digest-mismatch` of a document whose size and mtime are
/// those that the record of its collection has, and whose SHA-256 is another. `record` says where
/// the record of a collection is; a torn one is said as a note.
pub fn bit_rot(root: &Root, record: &dyn Fn(&str) -> PathBuf, outcome: &mut Outcome) {
    let changed: BTreeMap<Vec<u8>, String> =
        outcome.findings.iter().filter_map(changed_document).collect();
    let names: BTreeSet<&str> = changed.keys().filter_map(|path| collection(path)).collect();
    let (mut rotten, mut unread) = (BTreeMap::new(), Vec::new());
    for name in names {
        let file = record(name);
        match rotten_in(root, name, &file, &changed) {
            Ok(more) => rotten.extend(more),
            Err(finding) => unread.push(finding.at(file.as_os_str().as_bytes())),
        }
    }
    let findings = std::mem::take(&mut outcome.findings);
    for finding in findings {
        let warning = changed_document(&finding).and_then(|(path, _)| rotten.remove(&path));
        outcome.findings.push(finding);
        outcome.findings.extend(warning);
    }
    outcome.findings.extend(unread);
}

/// The path of a document whose bytes are others than signed, and the digest that was found.
fn changed_document(finding: &Finding) -> Option<(Vec<u8>, String)> {
    if finding.code != Code::DigestMismatch || finding.severity != Severity::Error {
        return None;
    }
    let found = finding.evidence.iter().find_map(|(name, evidence)| match evidence {
        Evidence::Text(text) => (*name == "found").then(|| text.clone()),
        Evidence::Path(_) | Evidence::Number(_) | Evidence::Changes { .. } => None,
    })?;
    finding.path.clone().map(|path| (path, found))
}

fn collection(path: &[u8]) -> Option<&str> {
    let end = path.iter().position(|byte| *byte == b'/')?;
    std::str::from_utf8(path.get(..end)?).ok()
}

fn rotten_in(
    root: &Root,
    name: &str,
    file: &Path,
    changed: &BTreeMap<Vec<u8>, String>,
) -> Result<Vec<(Vec<u8>, Finding)>, Finding> {
    let mut rotten = Vec::new();
    let read = stamps::read(file, &mut |_, line| {
        let path = [name.as_bytes(), b"/", line.path.as_bytes()].concat();
        let before = format!("sha256:{}", hex::encode(line.sha256));
        let found = changed.get(&path).filter(|found| **found != before);
        if let Some(found) = found
            && stamp(root, &path).is_some_and(|now| now.same_content_expected(line.stamp))
        {
            rotten.push((path.clone(), bit_rot_of(path, before, found.clone())));
        }
    });
    match read {
        Ok(Some(_)) => Ok(rotten),
        Ok(None) => Ok(Vec::new()),
        Err(error) => Err(Finding { severity: Severity::Note, ..Finding::of(&error) }),
    }
}

fn stamp(root: &Root, path: &[u8]) -> Option<Stamp> {
    root.open_file(&RelPath::new(path).ok()?).ok().map(|file| file.stamp())
}

/// The warning `bit-rot` about the file at `path`, as shown; `before` and `found` are digests as
/// `sha256:HEX`, remembered and found.
pub fn bit_rot_of(path: Vec<u8>, before: String, found: String) -> Finding {
    let message = "changed, though its size and the time of its last change did not";
    Finding::warning(Code::BitRot, message)
        .at(path)
        .with("remembered", before)
        .with("found", found)
        .help("a failing disk does this, and so does whoever sets times; compare it with a copy")
}

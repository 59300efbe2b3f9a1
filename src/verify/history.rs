//! The chain of statements: each names the SHA-256 of the one before, kept in `history/<serial>`.
//!
//! The newest statement is signed and names its predecessor by digest, so the signature covers
//! the whole chain; the old signatures themselves are not judged again.

use super::collection::Task;
use super::not_checked;
use super::statement::Attested;
use crate::codec::hex;
use crate::digest;
use crate::envelope::bundle::{self, Content};
use crate::envelope::predicate::{self, ManifestPredicate};
use crate::envelope::statement::{self, Statement};
use crate::finding::{Code, Finding, Outcome};
use crate::fs::{DirEntry, EntryKind};
use crate::limits;
use crate::path::RelPath;

/// Follows `previous` back to serial 1 through `history/`. Gives the serials and payload digests
/// of the statements that the chain names, newest first.
pub(super) fn check(
    task: &Task,
    attested: &Attested,
    outcome: &mut Outcome,
) -> Vec<(u64, [u8; 32])> {
    let mut named = Vec::new();
    let mut serial = attested.predicate.serial;
    let mut previous = attested.predicate.previous;
    if task.identity.is_none() {
        if previous.is_some() {
            outcome.not_checked.push(format!("the statements before serial {serial}"));
        }
        return named;
    }
    if previous.is_some() {
        outcome.not_checked.push(format!(
            "the signatures over the statements before serial {serial} of {}: the newest statement names them by digest",
            task.collection
        ));
    }
    strays(task, serial, outcome);
    while let Some(wanted) = previous {
        if attested.predicate.serial.saturating_sub(serial) >= limits::HISTORY {
            outcome.push(
                Finding::error(Code::Limit, "has a history longer than is followed")
                    .at(task.evidence_shown),
            );
            return named;
        }
        named.push((serial.saturating_sub(1), wanted));
        match step(task, serial, wanted) {
            Ok(predicate) => (serial, previous) = (predicate.serial, predicate.previous),
            Err(finding) => {
                outcome.push(finding);
                return named;
            }
        }
    }
    if serial > 1 {
        let message = "has no record of the statement before";
        outcome.push(Finding::error(Code::Missing, message).at(shown(task, serial)));
    }
    named
}

/// What lies in `history/` and is not of a statement before this one: a number that is not lower
/// means that this statement is not the newest; anything else is named as not checked.
fn strays(task: &Task, serial: u64, outcome: &mut Outcome) {
    let mut unknown: Vec<Vec<u8>> = Vec::new();
    for entry in list(task, "history", outcome) {
        let path = [b"history/", entry.name.as_slice()].concat();
        match number(&entry) {
            Some(number) if number >= serial => {
                let message = "is not from before the statement that this collection has now";
                let finding = Finding::error(Code::Unexpected, message)
                    .at([task.evidence_shown, &path].concat())
                    .with_number("serial", serial);
                outcome
                    .push(finding.help("a newer statement may have been replaced by an old one"));
            }
            Some(number) => {
                for inner in list(task, &format!("history/{number}"), outcome) {
                    if !inner.name.starts_with(task.manifest.as_bytes()) {
                        unknown.push([path.as_slice(), b"/", &inner.name].concat());
                    }
                }
            }
            None => unknown.push(path),
        }
    }
    let unknown = unknown.iter().map(Vec::as_slice);
    let what = ("entry in a history", "entries in a history");
    outcome.not_checked.extend(not_checked::named(what, task.evidence_shown, unknown));
}

/// The serial that a folder of the history is named by.
fn number(entry: &DirEntry) -> Option<u64> {
    let text = std::str::from_utf8(&entry.name).ok()?;
    let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text)?;
    (entry.kind == EntryKind::Folder).then_some(number)
}

fn list(task: &Task, folder: &str, outcome: &mut Outcome) -> Vec<DirEntry> {
    let listed = RelPath::new(folder.as_bytes())
        .map_err(crate::fs::FsError::from)
        .and_then(|path| task.evidence.list(Some(&path)));
    match listed {
        Ok(entries) => return entries,
        Err(error) if error.is_not_found() => {}
        Err(error) => {
            let shown = [task.evidence_shown, folder.as_bytes()].concat();
            outcome.push(Finding::of(&error).at(shown));
        }
    }
    Vec::new()
}

fn shown(task: &Task, serial: u64) -> Vec<u8> {
    [task.evidence_shown, format!("history/{serial}/{}.sigstore.json", task.manifest).as_bytes()]
        .concat()
}

/// Reads the statement before `serial` and checks that it is the one that was named.
fn step(task: &Task, serial: u64, wanted: [u8; 32]) -> Result<ManifestPredicate, Finding> {
    let before = serial.saturating_sub(1);
    let path = shown(task, before);
    let name = format!("history/{before}/{}.sigstore.json", task.manifest);
    let bytes = RelPath::new(name.as_bytes())
        .map_err(crate::fs::FsError::from)
        .and_then(|name| task.evidence.read(&name, limits::ENVELOPE_BYTES))
        .map_err(|error| not_read(&error, &path))?;
    let bundle = bundle::parse(&bytes).map_err(|error| Finding::of(&error).at(path.clone()))?;
    let Content::Dsse(envelope) = bundle.content else {
        return Err(Finding::error(Code::Malformed, "holds no statement").at(path));
    };
    let found = digest::sha256(&envelope.payload);
    if found != wanted {
        let finding =
            Finding::error(Code::DigestMismatch, "is not the statement that the next one names");
        return Err(finding.at(path).with("expected", sha256(wanted)).with("found", sha256(found)));
    }
    let statement = statement::parse(&envelope.payload)
        .map_err(|error| Finding::of(&error).at(path.clone()))?;
    let predicate = predicate::from_value(&statement.predicate)
        .map_err(|error| Finding::of(&error).at(path.clone()))?;
    if predicate.serial != before {
        return Err(
            Finding::error(Code::Malformed, "has another serial than its place says").at(path)
        );
    }
    kept_manifest(task, before, &statement)?;
    Ok(predicate)
}

/// The old manifest lies beside its statement, as it was signed.
fn kept_manifest(task: &Task, serial: u64, statement: &Statement) -> Result<(), Finding> {
    let name = format!("history/{serial}/{}", task.manifest);
    let shown = [task.evidence_shown, name.as_bytes()].concat();
    let bytes = RelPath::new(name.as_bytes())
        .map_err(crate::fs::FsError::from)
        .and_then(|name| task.evidence.read(&name, limits::MANIFEST_BYTES))
        .map_err(|error| not_read(&error, &shown))?;
    let differs = statement
        .subjects
        .first()
        .is_none_or(|subject| super::statement::first_difference(subject, &bytes).is_some());
    if differs {
        return Err(
            Finding::error(Code::DigestMismatch, "is not the manifest that was signed").at(shown)
        );
    }
    Ok(())
}

fn not_read(error: &crate::fs::FsError, shown: &[u8]) -> Finding {
    if error.is_not_found() {
        Finding::error(Code::Missing, "is missing from the history").at(shown)
    } else {
        Finding::of(error).at(shown)
    }
}

fn sha256(bytes: [u8; 32]) -> String {
    format!("sha256:{}", hex::encode(&bytes))
}

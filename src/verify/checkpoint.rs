//! The checkpoint over a manifest's lines (C2SP tlog-checkpoint), where there is one.
//!
//! It decides nothing about trust: the statement already carries the Merkle root. But a
//! checkpoint that contradicts the statement must not lie in an archive that verifies.

use super::collection::Task;
use super::statement::Attested;
use crate::envelope::checkpoint;
use crate::envelope::note::{self, Note, Verifier};
use crate::finding::{Code, Finding, Outcome};
use crate::limits;
use crate::path::RelPath;

/// Checks `<manifest>.checkpoint` against the statement and the trusted keys.
pub(super) fn check(task: &Task, attested: &Attested, outcome: &mut Outcome) {
    let name = format!("{}.checkpoint", task.manifest);
    let shown = [task.evidence_shown, name.as_bytes()].concat();
    let read = RelPath::new(name.as_bytes())
        .map_err(crate::fs::FsError::from)
        .and_then(|path| task.evidence.read(&path, limits::ENVELOPE_BYTES));
    match read {
        Ok(bytes) => match compare(task, attested, &bytes) {
            Ok(()) => {}
            Err(finding) => outcome.push(finding.at(shown)),
        },
        Err(error) if error.is_not_found() => outcome.not_checked.push(format!(
            "the checkpoint of {}: there is none, so single files cannot be proven",
            String::from_utf8_lossy(task.evidence_shown)
        )),
        Err(error) => outcome.push(Finding::of(&error).at(shown)),
    }
}

fn compare(task: &Task, attested: &Attested, bytes: &[u8]) -> Result<(), Finding> {
    let note = note::parse(bytes).map_err(|error| Finding::of(&error))?;
    let checkpoint = checkpoint::parse(&note.text).map_err(|error| Finding::of(&error))?;
    let origin = attested.predicate.checkpoint_origin();
    if checkpoint.origin != origin {
        let finding = Finding::error(Code::Origin, "is a checkpoint of another origin");
        return Err(finding.with("expected", origin).with("found", checkpoint.origin));
    }
    // The statement's root was found to be that of the lines.
    let signed_tree = (attested.predicate.merkle_root, attested.predicate.merkle_size);
    if (checkpoint.root, checkpoint.size) != signed_tree {
        return Err(Finding::error(
            Code::Inclusion,
            "is a checkpoint over other lines than the manifest has",
        ));
    }
    signed(task, &note, &origin)
}

/// At least one trusted key signed the checkpoint, and none of them badly.
fn signed(task: &Task, note: &Note, origin: &str) -> Result<(), Finding> {
    let verifiers: Vec<Verifier> = task
        .trust
        .signers
        .iter()
        .filter_map(|signer| Verifier::new(origin, signer.key.clone()).ok())
        .collect();
    note.verified_by(&verifiers).map(drop).map_err(|error| Finding::of(&error))
}

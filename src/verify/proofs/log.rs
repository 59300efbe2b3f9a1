//! Inclusion of a signature's entry in the log, and what witnesses say about that checkpoint.
//!
//! A witness proves a time only for what the checkpoint it cosigned includes.

use super::{Facts, Head, Piece};
use crate::envelope::checkpoint::{self, Checkpoint};
use crate::envelope::note::{self, Note, Verifier};
use crate::envelope::tlog_proof::{self, TlogProof};
use crate::finding::{Code, Coded, Exit, Finding, ProofRow};
use crate::log::Entry;
use crate::merkle;
use crate::policy::Proof;
use crate::policy::tlog::TlogPolicy;
use crate::state::SeenLog;
use crate::time::Time;
use std::cell::RefCell;

/// Judges the proof beside a bundle, and gives the time by which the quorum of witnesses had seen
/// the checkpoint.
pub(super) fn proven(
    tlog: &TlogPolicy,
    piece: &Piece,
    entry: &Entry,
    heads: &RefCell<Vec<Head>>,
    facts: &mut Facts,
) -> Option<Time> {
    let (shown, bytes) = piece.log.as_ref()?;
    let note = match included(tlog, bytes, entry) {
        Ok((proof, note, head)) => {
            let by = format!("{}, entry {}", head.origin, proof.index);
            facts.rows.push(ProofRow { kind: Proof::Log.as_str(), by, time: None });
            facts.proofs.insert(Proof::Log);
            let (size, root) = (head.size, head.root);
            let seen = SeenLog { size, root, checkpoint: proof.checkpoint };
            heads.borrow_mut().push(Head { origin: head.origin, seen });
            note
        }
        Err(finding) => {
            let finding = finding.at(shown.clone());
            // Without the log there is no witness either.
            facts.problems.push((Proof::Witness, finding.clone()));
            facts.problems.push((Proof::Log, finding));
            return None;
        }
    };
    match witnessed(tlog, &note, facts) {
        Ok(time) => time,
        Err(finding) => {
            facts.problems.push((Proof::Witness, finding.at(shown.clone())));
            None
        }
    }
}

/// The proof and its checkpoint, as a note and read, where the entry is included.
fn included(
    tlog: &TlogPolicy,
    bytes: &[u8],
    entry: &Entry,
) -> Result<(TlogProof, Note, Checkpoint), Finding> {
    let of = |error: &dyn Coded| Finding::of(error);
    let proof = tlog_proof::parse(bytes).map_err(|error| of(&error))?;
    let note = note::parse(&proof.checkpoint).map_err(|error| of(&error))?;
    let checkpoint = checkpoint::parse(&note.text).map_err(|error| of(&error))?;
    signed_by_log(tlog, &note, &checkpoint)?;
    let leaf = entry.leaf();
    merkle::verify_inclusion(&leaf, proof.index, checkpoint.size, &proof.hashes, &checkpoint.root)
        .map_err(|error| of(&error))?;
    Ok((proof, note, checkpoint))
}

/// Whether a log of the policy signed the checkpoint as its own.
pub(in crate::verify) fn signed_by_log(
    tlog: &TlogPolicy,
    note: &Note,
    checkpoint: &Checkpoint,
) -> Result<(), Finding> {
    let logs: Vec<Verifier> = tlog.logs.iter().map(|log| log.verifier.clone()).collect();
    // The finding is about the log, whatever its code: 14, as the table of exits has it.
    let signed = note.verified_by(&logs).map_err(|error| Finding::of(&error).exiting(Exit::Log))?;
    let mut names = signed.iter().filter_map(|&place| logs.get(place)).map(Verifier::name);
    names.any(|name| name == checkpoint.origin).then_some(()).ok_or_else(|| {
        Finding::error(Code::Origin, "holds a checkpoint of another origin than its log's name")
            .with("found", checkpoint.origin.clone())
            .exiting(Exit::Log)
    })
}

/// The time by which the quorum had cosigned; `None` where no quorum is asked for.
fn witnessed(tlog: &TlogPolicy, note: &Note, facts: &mut Facts) -> Result<Option<Time>, Finding> {
    if !tlog.has_quorum() {
        return Ok(None);
    }
    let witnesses: Vec<Verifier> =
        tlog.witnesses.iter().map(|witness| witness.verifier.clone()).collect();
    let seen =
        note.cosigned_at(&witnesses).map_err(|error| Finding::of(&error).exiting(Exit::Log))?;
    for (place, unix) in &seen {
        let by = tlog.witnesses.get(*place).map(|witness| witness.name.clone()).unwrap_or_default();
        facts.rows.push(ProofRow { kind: Proof::Witness.as_str(), by, time: time_of(*unix) });
    }
    let time = tlog.quorum_time(&seen).and_then(time_of);
    if time.is_some() {
        facts.proofs.insert(Proof::Witness);
        return Ok(time);
    }
    let message =
        "holds a checkpoint that fewer witnesses cosigned than the policy's quorum asks for";
    let found = u64::try_from(seen.len()).unwrap_or(u64::MAX);
    Err(Finding::error(Code::Quorum, message).with_number("cosigned", found))
}

fn time_of(unix: u64) -> Option<Time> {
    Time::from_unix(i64::try_from(unix).ok()?).ok()
}

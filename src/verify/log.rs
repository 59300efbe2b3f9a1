//! The archive's own log, as far as a verification looks at it: whose checkpoint it is, and
//! whether it continues the one that an earlier run saw.
//!
//! That the entries give the checkpoint's root is `vidimus log audit`; that a signature is in the
//! log is judged by the proof beside its bundle.

use super::memory::Learned;
use super::proofs;
use crate::envelope::note::Verifier;
use crate::finding::{Code, Exit, Finding, Outcome};
use crate::fs::{FsError, Root};
use crate::log::{self, Log};
use crate::merkle;
use crate::path::RelPath;
use crate::policy::Policy;
use crate::policy::tlog::TlogPolicy;
use crate::state::SeenLog;

/// Checks `manifests/log` of the archive at `root`.
pub(super) fn check(root: &Root, policy: &Policy, learned: &mut Learned, outcome: &mut Outcome) {
    let shown = format!("{}/{}", log::FOLDER, log::CHECKPOINT);
    let folder = RelPath::new(log::FOLDER.as_bytes())
        .map_err(FsError::from)
        .and_then(|path| root.subroot(&path));
    let folder = match folder {
        Ok(folder) => Some(folder),
        Err(error) if error.is_not_found() => None,
        Err(error) => return outcome.push(Finding::of(&error).at(log::FOLDER)),
    };
    if !learned.check_heads(&log::origin(&policy.id), &shown, outcome) {
        return;
    }
    let Some(tlog) = &policy.tlog else {
        if folder.is_some() {
            let words = format!("{}: the log, which the policy does not name", log::FOLDER);
            outcome.not_checked.push(words);
        }
        return;
    };
    let Some(folder) = folder else {
        let words = format!("{}: the log that the policy names is not here", log::FOLDER);
        outcome.not_checked.push(words);
        if let Some(known) = learned.log() {
            let message = "is not there, and an earlier run saw it";
            let finding = Finding::error(Code::Rollback, message).at(shown);
            outcome.push(finding.with_number("expected", known.size));
        }
        return;
    };
    match head(&folder, tlog, &policy.id) {
        Ok((log, seen)) => {
            outcome.not_checked.push(format!(
                "{}: that its entries give its checkpoint; vidimus log audit looks",
                log::FOLDER
            ));
            let continues = |old: &SeenLog| continues(&log, old, &seen);
            if learned.check_published(&seen, &shown, &continues, outcome) {
                learned.check_log(&seen, &shown, &continues, outcome);
            }
        }
        Err(finding) => outcome.push(finding),
    }
}

/// The log, and its checkpoint as signed by a log of the policy.
fn head<'a>(folder: &'a Root, tlog: &TlogPolicy, id: &str) -> Result<(Log<'a>, SeenLog), Finding> {
    let shown = format!("{}/", log::FOLDER).into_bytes();
    let log = Log::open(folder, Some(&log::origin(id))).map_err(|error| error.finding(&shown))?;
    let checkpoint = format!("{}/{}", log::FOLDER, log::CHECKPOINT);
    proofs::signed_by_log(tlog, log.note(), log.head())
        .map_err(|finding| finding.at(checkpoint.clone()))?;
    // A witness of the policy whose signature fails is a contradiction, needed or not.
    let witnesses: Vec<Verifier> =
        tlog.witnesses.iter().map(|witness| witness.verifier.clone()).collect();
    log.note()
        .cosigned_at(&witnesses)
        .map_err(|error| Finding::of(&error).exiting(Exit::Log).at(checkpoint))?;
    let head = log.head();
    let seen =
        SeenLog { size: head.size, root: head.root, checkpoint: log.checkpoint_bytes().to_vec() };
    Ok((log, seen))
}

/// Whether the present log continues the older one.
fn continues(log: &Log<'_>, old: &SeenLog, now: &SeenLog) -> Result<bool, Finding> {
    if old.size == 0 {
        return Ok(true);
    }
    let shown = format!("{}/", log::FOLDER).into_bytes();
    let proof = log.consistency(old.size).map_err(|error| {
        let finding = error.finding(&shown);
        if error.is_missing() { Finding { code: Code::Missing, ..finding } } else { finding }
    })?;
    Ok(merkle::verify_consistency(old.size, &old.root, now.size, &now.root, &proof).is_ok())
}

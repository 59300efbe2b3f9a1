//! What a believed statement says, held against the manifest, its history, and the files.
//!
//! Where the list is long, files are read while it still is, since both take their time. Files hashed
//! before the list is there are held against it later, like those that are not as listed; the others
//! are ticked off. Nothing is read before the manifest has the digest that was signed.

use super::collection::{Task, shown};
use super::files::{self, Comparison};
use super::not_checked::not_read;
use super::settled::{Pending, Settled};
use super::statement::{Attested, LONG, Places, Stated};
use super::{beside, checkpoint, history};
use crate::codec::hex;
use crate::digest::Algorithm;
use crate::envelope::predicate::ManifestPredicate;
use crate::finding::{Code, Finding, Outcome};
use crate::manifest::names;
use crate::path::RelPath;
use crate::tree::{self, Ignore, Progress, Rules, Snapshot, SymlinkRule};
use serde_json::{Value, json};
use std::sync::OnceLock;
use std::thread::{Builder, ScopedJoinHandle};

/// Checks what `stated` says of the manifest and of the files; `accepted` is whether enough signers
/// stand behind it. Gives the statements before it, where it is about this collection.
pub(super) fn check(
    task: &Task,
    stated: Stated,
    accepted: bool,
    places: &Places,
    progress: &dyn Progress,
    outcome: &mut Outcome,
) -> Option<Vec<(u64, [u8; 32])>> {
    let rules = rules(&stated.predicate);
    let known = OnceLock::new();
    let list = Pending::default();
    let read = || {
        let root = task.documents.ok_or_else(|| no_documents(task))?;
        let rules = rules.as_ref().map_err(|finding| finding.clone().at(places.evidence))?;
        Ok(tree::snapshot_against(root, rules, &[Algorithm::Sha256], &[], progress, &list))
    };
    std::thread::scope(|scope| {
        let begun = (stated.bytes.len() >= LONG)
            .then(|| Builder::new().spawn_scoped(scope, read).ok())
            .flatten();
        let _end = GiveUp(&list);
        let attested = match stated.attest(places) {
            Ok(attested) => known.get_or_init(|| attested),
            Err(findings) => {
                not_the_signed(task, findings, outcome);
                return None;
            }
        };
        if !task.rows {
            list.set_list(Settled::new(&attested.manifest.entries));
        }
        if accepted {
            outcome.not_checked.extend(not_read(&shown(task), &attested.predicate));
        }
        let ours = check_identity(task, attested, places, outcome);
        checkpoint::check(task, attested, outcome);
        let before = history::check(task, attested, outcome);
        beside::check(task, &stated.bytes, outcome);
        // What it says is in `attested`; the bytes of a large one are not kept to the end.
        drop(stated);
        add_detail(task, attested, outcome);
        collisions(attested).into_iter().for_each(|finding| outcome.push(finding));
        match begun.map_or_else(read, joined) {
            Ok(found) => compare(task, attested, &found, list.settled(), places, outcome),
            Err(finding) => outcome.push(finding),
        }
        ours.then_some(before)
    })
}

/// Whatever way this ends, nobody needs the files any more.
struct GiveUp<'a, 'list>(&'a Pending<'list>);

impl Drop for GiveUp<'_, '_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Says that the manifest is not the one that was signed, or not one at all.
pub(super) fn not_the_signed(task: &Task, findings: Vec<Finding>, outcome: &mut Outcome) {
    findings.into_iter().for_each(|finding| outcome.push(finding));
    outcome
        .not_checked
        .push(format!("the files of {}, since the manifest is not the signed one", shown(task)));
}

/// A statement about another archive or collection, replayed here, is out of scope. Whether it is
/// about this one.
fn check_identity(
    task: &Task,
    attested: &Attested,
    places: &Places,
    outcome: &mut Outcome,
) -> bool {
    let Some((archive, collection)) = task.identity else {
        return true;
    };
    let mut ours = !attested.predicate.listed_only;
    let claims = [
        ("archive", attested.predicate.archive.as_deref(), archive),
        ("collection", attested.predicate.collection.as_deref(), collection),
    ];
    for (what, claimed, wanted) in claims {
        if claimed != Some(wanted) {
            ours = false;
            let message = format!("is a statement about another {what}");
            let finding = Finding::error(Code::Scope, message).at(places.evidence);
            outcome.push(finding.with("expected", wanted).with("found", claimed.unwrap_or("none")));
        }
    }
    if attested.predicate.listed_only {
        let message =
            "is a statement that leaves other files open, as a release may and an archive may not";
        outcome.push(Finding::error(Code::Scope, message).at(places.evidence));
    }
    ours
}

fn no_documents(task: &Task) -> Finding {
    let message = "is missing: the folder of this collection is not there";
    Finding::error(Code::Missing, message).at(task.documents_shown)
}

fn collisions(attested: &Attested) -> Vec<Finding> {
    let paths: Vec<&RelPath> = attested.manifest.entries.iter().map(|entry| &entry.path).collect();
    names::collisions(&paths)
}

/// The rules by which the signed tree is looked at.
fn rules(predicate: &ManifestPredicate) -> Result<Rules, Finding> {
    let ignore = Ignore::new(&predicate.ignore).map_err(|error| Finding::of(&error))?;
    let symlinks = SymlinkRule::parse(&predicate.symlinks).ok_or_else(|| {
        Finding::error(Code::Unsupported, "holds a rule for symbolic links that is not known")
    })?;
    Ok(Rules { ignore, symlinks })
}

fn compare(
    task: &Task,
    attested: &Attested,
    found: &Snapshot,
    settled: Option<&Settled>,
    places: &Places,
    outcome: &mut Outcome,
) {
    let before = outcome.counts.map_or(0, |counts| counts.unchanged);
    files::compare(
        &Comparison {
            listed: &attested.manifest.entries,
            found,
            prefix: task.documents_shown,
            claimed_by: places.manifest,
            listed_only: attested.predicate.listed_only,
            rows: task.rows,
            settled,
            word: "signed",
        },
        outcome,
    );
    let after = outcome.counts.map_or(0, |counts| counts.unchanged);
    let unchanged = after.saturating_sub(before);
    let total: u64 = listed_bytes(attested, found);
    if unchanged == attested.predicate.files && total != attested.predicate.bytes {
        let message = "holds a statement that gives another number of bytes than its files have";
        let finding = Finding::error(Code::Malformed, message).at(places.evidence);
        outcome.push(
            finding.with_number("expected", attested.predicate.bytes).with_number("found", total),
        );
    }
}

fn listed_bytes(attested: &Attested, found: &Snapshot) -> u64 {
    let listed = &attested.manifest.entries;
    let named = |file: &&tree::TreeFile| {
        listed.binary_search_by(|entry| entry.path.cmp(&file.path)).is_ok()
    };
    let sum = |files: &mut dyn Iterator<Item = &tree::TreeFile>| files.map(|file| file.bytes).sum();
    let all: u64 = sum(&mut found.files.iter());
    let listed: u64 = sum(&mut found.files.iter().filter(named));
    found.bytes.saturating_sub(all).saturating_add(listed)
}

fn add_detail(task: &Task, attested: &Attested, outcome: &mut Outcome) {
    let predicate = &attested.predicate;
    let detail = json!({
        "collection": task.collection,
        "serial": predicate.serial,
        "files": predicate.files,
        "bytes": predicate.bytes,
        "not_read": predicate.not_read,
        "manifest_sha256": hex::encode(&attested.manifest_sha256),
        "statement_sha256": hex::encode(&attested.payload_sha256),
        "merkle_root": hex::encode(&predicate.merkle_root),
        "claimed_time": predicate.claimed_time.to_string(),
    });
    match outcome.details.iter_mut().find(|(name, _)| *name == "collections") {
        Some((_, Value::Array(list))) => list.push(detail),
        Some(_) | None => outcome.details.push(("collections", Value::Array(vec![detail]))),
    }
}

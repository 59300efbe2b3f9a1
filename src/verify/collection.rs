//! One collection: evidence -> signers -> statement -> manifest -> files.

use super::evidence::{self, Evidence};
use super::files::{self, Comparison, Settled};
use super::not_checked::not_read;
use super::proofs::{Authorities, Head, Piece, Proofs};
use super::signers::{self, Bench};
use super::statement::{self, Attested, Places};
use super::{beside, checkpoint, history};
use crate::digest::Algorithm;
use crate::envelope::statement::PAYLOAD_TYPE;
use crate::finding::{Code, Finding, Outcome};
use crate::fs::Root;
use crate::limits;
use crate::manifest::names;
use crate::path::RelPath;
use crate::policy::TrustSet;
use crate::time::Time;
use crate::tree::{
    self, Expected, Ignore, NothingExpected, Progress, Rules, Snapshot, SymlinkRule,
};
use serde_json::{Value, json};

/// What is to be verified, and by whose word.
pub(super) struct Task<'a> {
    /// The folder that holds the manifest and its evidence.
    pub(super) evidence: &'a Root,
    /// Name of the manifest in that folder.
    pub(super) manifest: &'a str,
    /// What stands before names of that folder in findings, such as `manifests/seeds/`.
    pub(super) evidence_shown: &'a [u8],
    /// The folder of the documents; `None` when it is not there.
    pub(super) documents: Option<&'a Root>,
    /// What stands before names of documents in findings, such as `seeds/`.
    pub(super) documents_shown: &'a [u8],
    /// The archive's id and the collection's name, where the statement must be about them.
    pub(super) identity: Option<(&'a str, &'a str)>,
    /// The collection that rules of the policy are looked up by.
    pub(super) collection: &'a str,
    /// Whose signatures count.
    pub(super) trust: &'a TrustSet,
    /// Who is believed about time and publication; nobody where keys were given instead of a
    /// policy.
    pub(super) authorities: Option<Authorities<'a>>,
    /// The end of the policy's time, where it is over.
    pub(super) expired: Option<Time>,
    /// The time of judgement where nothing is proven.
    pub(super) at: Time,
    /// Whether to fill one row a file.
    pub(super) rows: bool,
}

/// A statement that enough trusted signers stand behind.
pub(super) struct Believed {
    /// Its serial.
    pub(super) serial: u64,
    /// SHA-256 of its payload.
    pub(super) payload_sha256: [u8; 32],
    /// A DSSE envelope that holds it.
    pub(super) envelope: Vec<u8>,
    /// Serials and payload digests of the statements before it, newest first, as far as they
    /// are kept.
    pub(super) before: Vec<(u64, [u8; 32])>,
    /// The checkpoints of the log that its proofs stand in.
    pub(super) heads: Vec<Head>,
}

/// Verifies one collection; everything that is wrong lands in `outcome`. Gives the statement,
/// where enough trusted signers stand behind it and it is about this manifest and collection.
pub(super) fn verify(
    task: &Task,
    progress: &dyn Progress,
    outcome: &mut Outcome,
) -> Option<Believed> {
    let manifest_shown = [task.evidence_shown, task.manifest.as_bytes()].concat();
    let mut bench = Bench {
        trust: task.trust,
        collection: Some(task.collection),
        namespace: None,
        expired: task.expired,
        proofs: None,
        unread: 0,
        at: task.at,
        scope: &manifest_shown,
    };
    let Some(bytes) = read_manifest(task, &manifest_shown, outcome) else {
        signers::nobody_signed(&bench, outcome);
        return None;
    };
    let before = outcome.findings.len();
    let Evidence { held, pieces, not_checked, unread } =
        evidence::gather(task.evidence, task.manifest, task.evidence_shown, outcome);
    outcome.not_checked.extend(not_checked);
    bench.unread = unread;
    if task.authorities.is_none() {
        outcome.not_checked.extend(pieces.iter().flat_map(Piece::unlooked));
    }
    let proofs = task.authorities.map(|authorities| {
        Proofs::gather(
            authorities,
            pieces,
            task.evidence,
            task.manifest,
            task.evidence_shown,
            outcome,
        )
    });
    bench.proofs = proofs.as_ref();
    if held.is_empty() && outcome.findings.len() == before {
        outcome.push(unsigned(task));
    }
    let judged = if held.is_empty() {
        signers::settle(&[], Vec::new(), &bench, outcome);
        None
    } else {
        signers::judge(&held, PAYLOAD_TYPE, &bench, outcome)
    };
    let evidence_shown = held.first().map_or(&b""[..], |held| &held.path);
    let places = Places { manifest: &manifest_shown, evidence: evidence_shown };
    match judged.map(|payload| statement::attest(&payload, &bytes, &places)) {
        Some(Ok(attested)) => {
            let accepted = enough(&manifest_shown, outcome);
            let not_read = not_read(&shown(task), &attested.predicate).filter(|_| accepted);
            outcome.not_checked.extend(not_read);
            let before = check_attested(task, &attested, bytes, &places, progress, outcome);
            let envelope = held.first()?.envelope.to_json();
            let (serial, payload_sha256) = (attested.predicate.serial, attested.payload_sha256);
            let heads = proofs.as_ref().map(Proofs::heads).unwrap_or_default();
            let before = before?;
            let believed = Believed { serial, payload_sha256, envelope, before, heads };
            return accepted.then_some(believed);
        }
        Some(Err(findings)) => {
            findings.into_iter().for_each(|finding| outcome.push(finding));
            outcome.not_checked.push(format!(
                "the files of {}, since the manifest is not the signed one",
                shown(task)
            ));
        }
        None => outcome.not_checked.push(format!(
            "the files of {}, since no trusted key signed its manifest",
            shown(task)
        )),
    }
    None
}

/// Whether every threshold for `scope` is met.
pub(super) fn enough(scope: &[u8], outcome: &Outcome) -> bool {
    let mut own = outcome.thresholds.iter().filter(|(signed, _, _)| signed == scope).peekable();
    own.peek().is_some() && own.all(|(_, have, need)| have >= need)
}

fn shown(task: &Task) -> String {
    let name = String::from_utf8_lossy(task.documents_shown);
    if name.is_empty() { "this folder".to_owned() } else { name.trim_end_matches('/').to_owned() }
}

fn read_manifest(task: &Task, manifest_shown: &[u8], outcome: &mut Outcome) -> Option<Vec<u8>> {
    let read = RelPath::new(task.manifest.as_bytes())
        .map_err(crate::fs::FsError::from)
        .and_then(|path| task.evidence.read(&path, limits::MANIFEST_BYTES));
    match read {
        Ok(bytes) => Some(bytes),
        Err(error) if error.is_not_found() => {
            let finding =
                Finding::error(Code::Missing, "is missing: this collection has no manifest");
            outcome.push(finding.at(manifest_shown).help("vidimus sign writes one"));
            None
        }
        Err(error) => {
            outcome.push(Finding::of(&error).at(manifest_shown));
            None
        }
    }
}

fn unsigned(task: &Task) -> Finding {
    let path = [task.evidence_shown, task.manifest.as_bytes(), b".sigstore.json"].concat();
    let message = "is missing: nobody has signed this manifest";
    Finding::error(Code::Missing, message).at(path).help("vidimus sign --key KEY signs it")
}

fn check_attested(
    task: &Task,
    attested: &Attested,
    bytes: Vec<u8>,
    places: &Places,
    progress: &dyn Progress,
    outcome: &mut Outcome,
) -> Option<Vec<(u64, [u8; 32])>> {
    let ours = check_identity(task, attested, places, outcome);
    checkpoint::check(task, attested, outcome);
    let before = history::check(task, attested, outcome);
    beside::check(task, &bytes, outcome);
    // What it says is in `attested`; a large one is not kept while the tree is read.
    drop(bytes);
    add_detail(task, attested, outcome);
    let Some(documents) = task.documents else {
        beside_collisions(attested, outcome, || ());
        let message = "is missing: the folder of this collection is not there";
        outcome.push(Finding::error(Code::Missing, message).at(task.documents_shown));
        return ours.then_some(before);
    };
    let settled = (!task.rows).then(|| Settled::new(&attested.manifest.entries));
    let found = beside_collisions(attested, outcome, || {
        snapshot(documents, attested, settled.as_ref(), progress)
    });
    match found {
        Ok(found) => compare(task, attested, &found, settled.as_ref(), places, outcome),
        Err(finding) => outcome.push(finding.at(places.evidence)),
    }
    ours.then_some(before)
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

/// A list shorter than this is not worth a thread.
const LONG: usize = 10_000;

/// Looks for names that collide while `read` reads the tree, which needs nothing of it and takes
/// ten times as long.
fn beside_collisions<T>(attested: &Attested, outcome: &mut Outcome, read: impl FnOnce() -> T) -> T {
    let (found, collisions) = std::thread::scope(|scope| {
        let long = attested.manifest.entries.len() >= LONG;
        let thread = std::thread::Builder::new();
        let beside =
            long.then(|| thread.spawn_scoped(scope, || collisions(attested)).ok()).flatten();
        let found = read();
        let collisions = match beside.map(std::thread::ScopedJoinHandle::join) {
            Some(Ok(collisions)) => collisions,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => collisions(attested),
        };
        (found, collisions)
    });
    collisions.into_iter().for_each(|finding| outcome.push(finding));
    found
}

fn collisions(attested: &Attested) -> Vec<Finding> {
    let paths: Vec<&RelPath> = attested.manifest.entries.iter().map(|entry| &entry.path).collect();
    names::collisions(&paths)
}

/// The tree as the signed rules see it.
fn snapshot(
    documents: &Root,
    attested: &Attested,
    settled: Option<&Settled>,
    progress: &dyn Progress,
) -> Result<Snapshot, Finding> {
    let predicate = &attested.predicate;
    let ignore = Ignore::new(&predicate.ignore).map_err(|error| Finding::of(&error))?;
    let symlinks = SymlinkRule::parse(&predicate.symlinks).ok_or_else(|| {
        Finding::error(Code::Unsupported, "holds a rule for symbolic links that is not known")
    })?;
    let rules = Rules { ignore, symlinks };
    let expected: &dyn Expected = settled.map_or(&NothingExpected, |settled| settled);
    Ok(tree::snapshot_against(documents, &rules, &[Algorithm::Sha256], &[], progress, expected))
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
        "manifest_sha256": crate::codec::hex::encode(&attested.manifest_sha256),
        "statement_sha256": crate::codec::hex::encode(&attested.payload_sha256),
        "merkle_root": crate::codec::hex::encode(&predicate.merkle_root),
        "claimed_time": predicate.claimed_time.to_string(),
    });
    match outcome.details.iter_mut().find(|(name, _)| *name == "collections") {
        Some((_, Value::Array(list))) => list.push(detail),
        Some(_) | None => outcome.details.push(("collections", Value::Array(vec![detail]))),
    }
}

//! What a verified payload says about a manifest, and whether the manifest is the one it means.
//!
//! Compute, then compare, then say. Every digest we know must match, which is stricter than
//! in-toto asks: subjects there match by any digest, never by name.

use super::verified::Verified;
use crate::codec::hex;
use crate::digest;
use crate::envelope::predicate::{self, ManifestPredicate, PREDICATE_TYPE};
use crate::envelope::statement::{self, Statement, Subject};
use crate::finding::{Code, Finding};
use crate::manifest::{self, Manifest};
use crate::merkle;

/// A signed statement about a manifest, read and found to agree with the manifest's bytes.
pub(super) struct Attested {
    /// What the statement says of the collection.
    pub(super) predicate: Verified<ManifestPredicate>,
    /// The manifest that the statement is about.
    pub(super) manifest: Verified<Manifest>,
    /// SHA-256 of the manifest's bytes.
    pub(super) manifest_sha256: [u8; 32],
    /// SHA-256 of the payload: what the next statement names as `previous`.
    pub(super) payload_sha256: [u8; 32],
}

/// Where things lie, as shown in findings.
pub(super) struct Places<'a> {
    /// The manifest.
    pub(super) manifest: &'a [u8],
    /// The file that holds the statement.
    pub(super) evidence: &'a [u8],
}

/// A signed statement, and the bytes of the manifest, which have the digest it gives. What the
/// manifest says is not known yet.
pub(super) struct Stated {
    /// What the statement says of the collection.
    pub(super) predicate: Verified<ManifestPredicate>,
    /// SHA-256 of the payload: what the next statement names as `previous`.
    pub(super) payload_sha256: [u8; 32],
    /// The bytes of the manifest.
    pub(super) bytes: Verified<Vec<u8>>,
    statement: Verified<Statement>,
    manifest_sha256: [u8; 32],
}

/// Reads the statement in `payload` and holds the digest of `bytes`, the manifest as found,
/// against it.
///
/// # Errors
/// The findings that say what does not agree; then nothing of the manifest may be used.
pub(super) fn stated(
    payload: &Verified<Vec<u8>>,
    bytes: Vec<u8>,
    places: &Places,
) -> Result<Stated, Vec<Finding>> {
    let statement =
        statement::parse(payload).map_err(|error| vec![Finding::of(&error).at(places.evidence)])?;
    let predicate = predicate_of(&statement, places)?;
    let manifest_sha256 = manifest_as_signed(&statement, &bytes, places)?;
    Ok(Stated {
        predicate: payload.clone().map(|_| predicate),
        bytes: payload.clone().map(|_| bytes),
        statement: payload.clone().map(|_| statement),
        manifest_sha256,
        payload_sha256: digest::sha256(payload),
    })
}

impl Stated {
    /// Reads the manifest, and holds what it says against the statement.
    ///
    /// # Errors
    /// The findings that say what does not agree; then nothing of the manifest may be used.
    pub(super) fn attest(&self, places: &Places) -> Result<Attested, Vec<Finding>> {
        let (manifest, lines) = read_beside_root(&self.bytes);
        let manifest = manifest.map_err(|error| {
            let finding = Finding::of(&error).at(places.manifest);
            vec![finding.claimed_by(places.manifest, error.line())]
        })?;
        let tree = hex::encode(&self.manifest_sha256);
        agrees(&self.statement, &self.predicate, (lines, &tree), &manifest, places)?;
        Ok(Attested {
            predicate: self.predicate.clone(),
            manifest: self.predicate.clone().map(|_| manifest),
            manifest_sha256: self.manifest_sha256,
            payload_sha256: self.payload_sha256,
        })
    }
}

/// A manifest shorter than this in bytes is not worth a thread.
pub(super) const LONG: usize = 1 << 20;

/// Reads the manifest, and finds root and size of the tree over its lines at the same time.
fn read_beside_root(
    bytes: &[u8],
) -> (Result<Manifest, manifest::ManifestError>, (merkle::Hash, u64)) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new();
        let beside = (bytes.len() >= LONG)
            .then(|| thread.spawn_scoped(scope, || merkle::root_of_lines(bytes)).ok())
            .flatten();
        let manifest = manifest::read_signed(bytes);
        let lines = match beside.map(std::thread::ScopedJoinHandle::join) {
            Some(Ok(lines)) => lines,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => merkle::root_of_lines(bytes),
        };
        (manifest, lines)
    })
}

/// What our own statement in `payload` says.
///
/// # Errors
/// The finding that says why it is none.
pub(super) fn predicate_in(payload: &[u8]) -> Result<ManifestPredicate, Finding> {
    let statement = statement::parse(payload).map_err(|error| Finding::of(&error))?;
    if statement.predicate_type != PREDICATE_TYPE {
        return Err(Finding::error(
            Code::Unsupported,
            "is a statement that is not about a manifest",
        ));
    }
    predicate::from_value(&statement.predicate).map_err(|error| Finding::of(&error))
}

fn predicate_of(statement: &Statement, places: &Places) -> Result<ManifestPredicate, Vec<Finding>> {
    if statement.predicate_type != PREDICATE_TYPE {
        let message =
            format!("is a statement of type '{}', not about a manifest", statement.predicate_type);
        return Err(vec![Finding::error(Code::Unsupported, message).at(places.evidence)]);
    }
    predicate::from_value(&statement.predicate)
        .map_err(|error| vec![Finding::of(&error).at(places.evidence)])
}

/// Subject 1 is the manifest. Gives its SHA-256, which is the signed one.
fn manifest_as_signed(
    statement: &Statement,
    bytes: &[u8],
    places: &Places,
) -> Result<[u8; 32], Vec<Finding>> {
    let Some(subject) = statement.subjects.first() else {
        return Err(vec![contradiction("names no subject", places)]);
    };
    let Some((signed, found)) = first_difference(subject, bytes) else {
        let sha256 = subject.sha256();
        return sha256
            .ok_or_else(|| vec![contradiction("gives no SHA-256 of the manifest", places)]);
    };
    let (Some(signed), Some(found)) = (signed, found) else {
        return Err(vec![contradiction("gives no SHA-256 of the manifest", places)]);
    };
    let finding = Finding::error(Code::DigestMismatch, "is not the manifest that was signed")
        .at(places.manifest)
        .claimed_by(places.evidence, None)
        .with("expected", signed)
        .with("found", found)
        .help("restore the manifest from a copy, or sign again if you changed it yourself");
    Err(vec![finding])
}

/// The first digest of `subject` that `bytes` do not have, as (signed, found); both `None` when
/// the subject has no digest that we can compare.
pub(super) fn first_difference(
    subject: &Subject,
    bytes: &[u8],
) -> Option<(Option<String>, Option<String>)> {
    let mut known = false;
    for (name, signed) in &subject.digests {
        let Some(algorithm) = signable(name) else { continue };
        known |= algorithm == digest::Algorithm::Sha256;
        let found = digest::of(algorithm, bytes);
        if found.to_hex() != *signed {
            return Some((Some(format!("{name}:{signed}")), Some(found.to_string())));
        }
    }
    if known { None } else { Some((None, None)) }
}

/// The algorithms whose digests in a statement are compared.
pub(super) fn signable(name: &str) -> Option<digest::Algorithm> {
    digest::Algorithm::ALL
        .into_iter()
        .find(|algorithm| algorithm.name() == name && !algorithm.is_weak())
}

/// A statement that contradicts its own manifest is malformed, whoever signed it.
fn agrees(
    statement: &Statement,
    predicate: &ManifestPredicate,
    (lines, tree): ((merkle::Hash, u64), &str),
    manifest: &Manifest,
    places: &Places,
) -> Result<(), Vec<Finding>> {
    let mut findings = Vec::new();
    if predicate.files != manifest.entries.len() as u64 {
        findings.push(contradiction("gives another number of files than its manifest has", places));
    }
    if (predicate.merkle_root, predicate.merkle_size) != lines {
        findings.push(contradiction("gives another Merkle root than its manifest has", places));
    }
    for subject in statement.subjects.iter().skip(1) {
        if !subject_agrees(subject, tree, manifest) {
            findings.push(contradiction("names a subject that its manifest does not have", places));
            break;
        }
    }
    if findings.is_empty() { Ok(()) } else { Err(findings) }
}

fn subject_agrees(subject: &Subject, tree: &str, manifest: &Manifest) -> bool {
    if let [(algorithm, value)] = subject.digests.as_slice()
        && algorithm == "dirHash"
    {
        return value == tree;
    }
    let name = subject.name.as_deref().unwrap_or_default().as_bytes();
    // The manifest is sorted bytewise, as `read_signed` has checked.
    let Ok(at) = manifest.entries.binary_search_by(|entry| entry.path.as_bytes().cmp(name)) else {
        return false;
    };
    manifest.entries.get(at).is_some_and(|entry| {
        subject.digests.iter().all(|(algorithm, value)| {
            entry
                .digests
                .iter()
                .any(|digest| digest.algorithm().name() == algorithm && digest.to_hex() == *value)
        })
    })
}

fn contradiction(what: &str, places: &Places) -> Finding {
    Finding::error(Code::Malformed, format!("holds a statement that {what}")).at(places.evidence)
}

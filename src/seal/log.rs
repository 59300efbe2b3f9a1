//! The records of an archive's signatures in its log.
//!
//! Only a signature that one of the policy's signers made gets a record; whether it counts today
//! is not asked, for a log also keeps what counted once.

use crate::envelope::bundle::{self, Content};
use crate::envelope::dsse::Envelope;
use crate::envelope::predicate;
use crate::envelope::statement::{self, PAYLOAD_TYPE};
use crate::finding::{Code, Finding};
use crate::fs::{EntryKind, FsError, Root};
use crate::limits;
use crate::log::{self, Entry};
use crate::manifest::NAME as MANIFEST;
use crate::path::RelPath;
use crate::policy::Policy;
use std::path::Path;

/// A bundle beside a collection's manifest, and its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedBundle {
    /// The bundle, in the archive.
    pub path: String,
    /// Its record.
    pub entry: Entry,
}

/// The records of a collection's present bundles, in the order of their names.
///
/// # Errors
/// A finding for each bundle that does not read or that no signer of the policy made, and when
/// there is none.
pub fn log_entries(
    root: &Root,
    policy: &Policy,
    collection: &str,
) -> Result<Vec<LoggedBundle>, Vec<Finding>> {
    let folder = format!("manifests/{collection}");
    let listed = RelPath::new(folder.as_bytes())
        .map_err(FsError::from)
        .and_then(|folder| root.list(Some(&folder)));
    let listed = match listed {
        Ok(listed) => listed,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(vec![Finding::of(&error).at(folder)]),
    };
    let begin = format!("{MANIFEST}.");
    let (mut found, mut findings) = (Vec::new(), Vec::new());
    for entry in listed.iter().filter_map(|entry| std::str::from_utf8(&entry.name).ok()) {
        if entry.starts_with(&begin) && entry.ends_with(".sigstore.json") {
            let path = format!("{folder}/{entry}");
            match record(root, policy, collection, &path) {
                Ok(entry) => found.push(LoggedBundle { path, entry }),
                Err(finding) => findings.push(finding.at(path)),
            }
        }
    }
    if found.is_empty() && findings.is_empty() {
        let finding = Finding::error(Code::Missing, "has no bundle: nobody signed this collection");
        findings.push(finding.at(folder).help("vidimus sign makes one"));
    }
    if findings.is_empty() { Ok(found) } else { Err(findings) }
}

fn record(root: &Root, policy: &Policy, collection: &str, path: &str) -> Result<Entry, Finding> {
    let bytes = RelPath::new(path.as_bytes())
        .map_err(FsError::from)
        .and_then(|name| root.read(&name, limits::ENVELOPE_BYTES))
        .map_err(|error| Finding::of(&error))?;
    let bundle = bundle::parse(&bytes).map_err(|error| Finding::of(&error))?;
    let Content::Dsse(envelope) = bundle.content else {
        return Err(Finding::error(Code::Unsupported, "holds no signed statement"));
    };
    let signers = policy.trust.signers.iter();
    let mut by = signers.filter(|signer| !envelope.verified_by(&signer.key).is_empty());
    let signer = by.next().ok_or_else(|| {
        Finding::error(Code::UntrustedKey, "is signed by no signer of the policy")
    })?;
    let serial = serial(&envelope, collection)?;
    let sig = envelope.signatures.first().map(|signature| signature.sig.as_slice());
    let spki = signer.key.spki_der();
    Ok(Entry::of(&envelope.payload, sig.unwrap_or_default(), &spki, collection, serial))
}

/// The serial that the statement about this collection has.
fn serial(envelope: &Envelope, collection: &str) -> Result<u64, Finding> {
    if envelope.payload_type != PAYLOAD_TYPE {
        return Err(Finding::error(Code::PayloadType, "holds no in-toto statement"));
    }
    let statement = statement::parse(&envelope.payload).map_err(|error| Finding::of(&error))?;
    let predicate =
        predicate::from_value(&statement.predicate).map_err(|error| Finding::of(&error))?;
    if predicate.collection.as_deref() != Some(collection) {
        return Err(Finding::error(Code::Scope, "is a statement about another collection"));
    }
    Ok(predicate.serial)
}

/// Appends the records of these collections' present bundles to the archive's log; nothing when
/// the archive has no log. Gives each bundle with its index, from 0.
///
/// # Errors
/// Findings; then nothing was appended, or what was is found by the next run.
pub fn append_to_log(
    path: &Path,
    root: &Root,
    policy: &Policy,
    collections: &[String],
) -> Result<Option<Vec<(LoggedBundle, u64)>>, Vec<Finding>> {
    if !has_log(root).map_err(|finding| vec![finding])? {
        return Ok(None);
    }
    let (mut bundles, mut findings) = (Vec::new(), Vec::new());
    for collection in collections {
        match log_entries(root, policy, collection) {
            Ok(more) => bundles.extend(more),
            Err(more) => findings.extend(more),
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let entries: Vec<Entry> = bundles.iter().map(|bundle| bundle.entry.clone()).collect();
    let places = log::append(path, &log::origin(&policy.id), &entries)
        .map_err(|error| vec![error.finding(&log_shown())])?;
    Ok(Some(bundles.into_iter().zip(places).collect()))
}

/// Whether the archive has a log: a checkpoint, or entries that lost theirs. Who finds only one of
/// the two is to say so, and not to go on as if there were no log.
///
/// # Errors
/// A finding when that cannot be told, or when something that is no folder stands in its place.
pub fn has_log(root: &Root) -> Result<bool, Finding> {
    let kind = |path: &str| {
        let name = RelPath::new(path.as_bytes()).map_err(FsError::from);
        name.and_then(|name| root.kind(&name)).map_err(|error| Finding::of(&error).at(path))
    };
    let beneath = |name: &str| kind(&format!("{}/{name}", log::FOLDER));
    match kind(log::FOLDER)? {
        None => Ok(false),
        Some(EntryKind::File) => Err(Finding::of(&FsError::NotFolder).at(log::FOLDER)),
        Some(_) => Ok(beneath(log::CHECKPOINT)?.is_some() || beneath(log::TILES)?.is_some()),
    }
}

/// How paths of the log begin in findings.
pub fn log_shown() -> Vec<u8> {
    format!("{}/", log::FOLDER).into_bytes()
}

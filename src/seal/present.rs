//! What is signed already in an archive: the present statement of a collection, who stands behind
//! it, and how far the next signing takes it over.
//!
//! Reads only. Whether a statement is a good one is for `verify`; here it decides what the next one
//! may not break: the chain, and the rules for what is left out.

use super::SealError;
use super::archive::ArchiveSigning;
use super::evidence::{Context, Names};
use super::stored::{envelope_of, is_bundle, read_optional};
use crate::digest;
use crate::envelope::dsse::Envelope;
use crate::envelope::predicate::{self, ManifestPredicate, PREDICATE_TYPE};
use crate::envelope::statement::{self, PAYLOAD_TYPE, Subject};
use crate::fs::Root;
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::path::RelPath;
use crate::policy::{Policy, RevocationReason, Signer};
use std::collections::BTreeSet;

/// The statement that is there already.
pub(super) struct Present {
    pub(super) envelope: Envelope,
    pub(super) predicate: ManifestPredicate,
    /// SHA-256 of the manifest that the statement is about.
    pub(super) manifest_sha256: Option<[u8; 32]>,
    /// The policy's signers whose signature over this payload holds, as places in its list.
    signed_by: BTreeSet<usize>,
    /// Whether one of those who may sign this collection, and whose key is not known to be in
    /// other hands, stands behind it: then its rules are taken over.
    pub(super) believed: bool,
}

impl Present {
    /// Whether the key of this run stands behind it already.
    pub(super) fn has_signed(&self, job: &ArchiveSigning, context: &Context) -> bool {
        let signers = &job.policy.trust.signers;
        let own = |signer: &Signer| signer.key == *context.key.public();
        self.signed_by.iter().any(|place| signers.get(*place).is_some_and(own))
    }

    /// Whether these are the bytes of the manifest that the statement is about.
    pub(super) fn is_about(&self, manifest: &[u8]) -> bool {
        self.manifest_sha256 == Some(digest::sha256(manifest))
    }
}

/// The statement in the folder `root` of the collection; `None` where nothing was signed yet.
///
/// # Errors
/// [`SealError`], the `Present...` kinds: signing over what cannot be read would break the chain.
pub(super) fn read_present(
    root: &Root,
    job: &ArchiveSigning,
) -> Result<Option<Present>, SealError> {
    let names = Names::of(MANIFEST);
    let Some(bytes) = read_optional(root, &names.bundle, limits::ENVELOPE_BYTES)? else {
        return if signed_before(root)? { Err(SealError::PresentMissing) } else { Ok(None) };
    };
    let envelope = envelope_of(&bytes)?;
    let statement = statement::parse(&envelope.payload).map_err(SealError::PresentStatement)?;
    if statement.predicate_type != PREDICATE_TYPE {
        return Err(SealError::PresentType);
    }
    let predicate =
        predicate::from_value(&statement.predicate).map_err(SealError::PresentPredicate)?;
    let claims = (predicate.archive.as_deref(), predicate.collection.as_deref());
    if claims != (Some(job.policy.id.as_str()), Some(job.collection)) {
        return Err(SealError::PresentScope);
    }
    let signed_by = signers_of(root, &envelope, job.policy)?;
    let believed = believed(job, &signed_by).ok_or(SealError::PresentUnsigned)?;
    let manifest_sha256 = statement.subjects.first().and_then(Subject::sha256);
    Ok(Some(Present { envelope, predicate, manifest_sha256, signed_by, believed }))
}

/// Whether there is anything that only a signing leaves.
fn signed_before(root: &Root) -> Result<bool, SealError> {
    let entries = root.list(None)?;
    Ok(entries.iter().any(|entry| entry.name == b"history" || is_bundle(&entry.name)))
}

/// `None` when none of these signers may sign the collection: whoever wrote the statement then
/// must not decide what is left out from now on, nor what stands in the chain. Else whether one
/// of them is not known to be compromised. Being retired or expired does not matter.
fn believed(job: &ArchiveSigning, signed_by: &BTreeSet<usize>) -> Option<bool> {
    let trust = &job.policy.trust;
    let mut may = signed_by
        .iter()
        .filter(|place| trust.rules_for(job.collection).any(|rule| rule.signers.contains(place)))
        .filter_map(|&place| trust.signers.get(place))
        .peekable();
    may.peek()?;
    let compromised = |signer: &Signer| {
        signer.revoked.is_some_and(|revoked| revoked.reason == RevocationReason::Compromised)
    };
    Some(!may.all(compromised))
}

/// The policy's signers whose bundles hold a good signature over this payload.
fn signers_of(
    root: &Root,
    primary: &Envelope,
    policy: &Policy,
) -> Result<BTreeSet<usize>, SealError> {
    let mut places = BTreeSet::new();
    for entry in root.list(None)? {
        if !is_bundle(&entry.name) {
            continue;
        }
        let path = RelPath::new(&entry.name).map_err(SealError::Path)?;
        let envelope = envelope_of(&root.read(&path, limits::ENVELOPE_BYTES)?)?;
        if envelope.payload != primary.payload || envelope.payload_type != PAYLOAD_TYPE {
            continue;
        }
        let signers = policy.trust.signers.iter().enumerate();
        let good = signers.filter(|(_, signer)| !envelope.verified_by(&signer.key).is_empty());
        places.extend(good.map(|(place, _)| place));
    }
    Ok(places)
}

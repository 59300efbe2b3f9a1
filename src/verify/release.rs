//! The release form: a manifest and its evidence in one folder, verified with keys from outside.

use super::collection::{self, Task};
use crate::finding::{Outcome, Trust};
use crate::fs::Root;
use crate::policy::TrustSet;
use crate::time::Time;
use crate::tree::Progress;

/// A manifest, the folder of its files and whose signatures count.
pub struct Release<'a> {
    /// The folder that holds the manifest and its evidence.
    pub evidence: &'a Root,
    /// Name of the manifest in that folder.
    pub manifest: &'a str,
    /// What stands before names of that folder in findings; empty or ending in `/`.
    pub evidence_shown: &'a [u8],
    /// The folder of the files.
    pub documents: &'a Root,
    /// What stands before names of files in findings; empty or ending in `/`.
    pub documents_shown: &'a [u8],
    /// Whose signatures count.
    pub trust: &'a TrustSet,
    /// In words, where these keys come from.
    pub source: &'a str,
    /// The time of judgement, and whether the user named it.
    pub at: (Time, bool),
    /// Whether to fill one row a file.
    pub rows: bool,
}

/// Verifies a release and says everything that was found.
pub fn verify_release(release: &Release, progress: &dyn Progress) -> Outcome {
    let trust = Trust {
        source: release.source.to_owned(),
        policy_sha256: None,
        policy_version: None,
        pinned: true,
    };
    let mut outcome =
        Outcome { judged_at: Some(release.at), trust: Some(trust), ..Outcome::default() };
    let task = Task {
        evidence: release.evidence,
        manifest: release.manifest,
        evidence_shown: release.evidence_shown,
        documents: Some(release.documents),
        documents_shown: release.documents_shown,
        identity: None,
        collection: "*",
        trust: release.trust,
        authorities: None,
        expired: None,
        at: release.at.0,
        rows: release.rows,
    };
    // Nothing of a release is remembered.
    let _believed = collection::verify(&task, progress, &mut outcome);
    outcome
        .not_checked
        .push("rollback: not checked, nothing is remembered from an earlier run".to_owned());
    outcome
}

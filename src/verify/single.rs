//! One file out of a collection, verified from the file, a proof and the policy alone.
//!
//! The proof holds the file's line of the manifest, the hashes that lead from it to the root, and
//! the signed checkpoint with that root. Where the collection's bundles lie beside the proof, as
//! in a pack, the statement they hold is judged, with everything that proves its time; otherwise
//! the signatures on the checkpoint are. Nothing is said of any other file.

use super::archive::{Archive, signed_as_it_is};
use super::collection::enough;
use super::evidence::{self, Evidence};
use super::memory::Learned;
use super::not_checked::not_read;
use super::proofs::{Authorities, Head, Piece, Proofs};
use super::signers::{self, Bench, Valid};
use super::statement::predicate_in;
use crate::codec::hex;
use crate::digest::{Algorithm, Digest};
use crate::envelope::checkpoint::{self, Checkpoint};
use crate::envelope::note::{self, Note, Verifier};
use crate::envelope::predicate::ManifestPredicate;
use crate::envelope::statement::PAYLOAD_TYPE;
use crate::envelope::tlog_proof::{self, TlogProof};
use crate::finding::{Code, Coded, Counts, FileRow, Finding, Outcome, RowStatus};
use crate::fs::{OpenFile, Root};
use crate::log;
use crate::manifest::{self, Entry};
use crate::merkle;
use crate::policy::{Policy, TrustSet};
use crate::tree;
use serde_json::json;

/// A file and its proof.
pub struct Single<'a> {
    /// The file.
    pub file: OpenFile,
    /// Its name as shown.
    pub file_shown: &'a [u8],
    /// The bytes of the proof.
    pub proof: &'a [u8],
    /// Its name as shown.
    pub proof_shown: &'a [u8],
    /// The folder of the proof, where bundles may lie.
    pub folder: &'a Root,
    /// What stands before names of that folder in findings.
    pub folder_shown: &'a [u8],
}

/// What the proof says, once its hashes lead to the root of its checkpoint.
struct Claim {
    index: u64,
    entry: Entry,
    note: Note,
    checkpoint: Checkpoint,
}

impl Archive<'_> {
    /// Verifies one file against its proof. Of the archive only the policy is used: its folder is
    /// that of the evidence, or the policy was named.
    pub fn verify_single(&self, single: Single<'_>) -> (Outcome, Learned) {
        let mut outcome = Outcome { judged_at: Some(self.at), ..Outcome::default() };
        let Some((policy, bytes)) = self.policy(&mut outcome) else {
            return (outcome, Learned::nothing());
        };
        let mut learned = self.learned(&policy, &mut outcome);
        let chain = self.check_trust(&policy, &bytes, &learned, &mut outcome);
        let pinned = self.pinned(&bytes, &chain, &learned);
        outcome.trust = Some(self.trust(&policy, &bytes, pinned));
        if !pinned {
            self.check_pinned(&mut outcome);
        }
        if signed_as_it_is(&outcome) && !self.is_named() {
            learned.check_policy(&policy, &bytes, &chain, pinned, &mut outcome);
        }
        if let Err(finding) = self.check_single(&policy, single, &mut learned, &mut outcome) {
            outcome.push(finding);
        }
        learned.settle(pinned, self.keys.is_some(), self.at.1 || self.is_named(), &mut outcome);
        outcome.not_checked.push("every other file of the collection".to_owned());
        (outcome, learned)
    }

    fn check_single(
        &self,
        policy: &Policy,
        single: Single<'_>,
        learned: &mut Learned,
        outcome: &mut Outcome,
    ) -> Result<(), Finding> {
        let claim = read(single.proof).map_err(|finding| finding.at(single.proof_shown))?;
        let (name, serial) =
            scope(policy, &claim.checkpoint).map_err(|finding| finding.at(single.proof_shown))?;
        let trust = self.keys.map_or(&policy.trust, |(keys, _)| keys);
        let heads = self.check_signatures(policy, trust, &name, serial, &claim, &single, outcome);
        let own = log::origin(&policy.id);
        learned.publish(heads);
        learned.check_heads(&own, &String::from_utf8_lossy(single.proof_shown), outcome);
        if self.keys.is_none() {
            learned.check_proof(&name, serial, &claim.checkpoint.root, single.proof_shown, outcome);
        }
        detail(&name, serial, &claim, outcome);
        check_file(&claim.entry, single, outcome);
        Ok(())
    }

    /// The statement's signatures where bundles are there, otherwise the checkpoint's.
    #[allow(clippy::too_many_arguments, reason = "each is a different thing")]
    fn check_signatures(
        &self,
        policy: &Policy,
        trust: &TrustSet,
        name: &str,
        serial: u64,
        claim: &Claim,
        single: &Single<'_>,
        outcome: &mut Outcome,
    ) -> Vec<Head> {
        let Evidence { held, pieces, not_checked, unread } =
            evidence::gather(single.folder, manifest::NAME, single.folder_shown, outcome);
        outcome.not_checked.extend(not_checked);
        let proofs = self.proofs(policy, pieces, single, outcome);
        let bench = Bench {
            trust,
            collection: Some(name),
            namespace: None,
            at: self.at.0,
            expired: self.end_of(policy),
            proofs: proofs.as_ref(),
            unread,
            scope: single.proof_shown,
        };
        let signed = checkpoint_signers(trust, &claim.checkpoint.origin, &claim.note);
        let signed = match signed {
            Ok(signed) => signed,
            Err(finding) => {
                signers::nobody_signed(&bench, outcome);
                outcome.push(finding.at(single.proof_shown));
                return Vec::new();
            }
        };
        if held.is_empty() {
            outcome.not_checked.push(
                "timestamps and log proofs: no bundle of the collection lies beside the proof"
                    .to_owned(),
            );
            let valid: Vec<Valid> =
                signed.into_iter().map(|signer| Valid::bare(signer, single.proof_shown)).collect();
            signers::settle(&valid, Vec::new(), &bench, outcome);
            return Vec::new();
        }
        let Some(payload) = signers::judge(&held, PAYLOAD_TYPE, &bench, outcome) else {
            return Vec::new();
        };
        let evidence = held.first().map_or(&b""[..], |held| &held.path);
        match agrees(&payload, policy, name, serial, &claim.checkpoint) {
            Ok(predicate) if enough(single.proof_shown, outcome) => {
                outcome.not_checked.extend(not_read(name, &predicate));
            }
            Ok(_) => {}
            Err(finding) => outcome.push(finding.at(evidence)),
        }
        proofs.as_ref().map(Proofs::heads).unwrap_or_default()
    }

    fn proofs<'p>(
        &self,
        policy: &'p Policy,
        pieces: Vec<Piece>,
        single: &Single<'_>,
        outcome: &mut Outcome,
    ) -> Option<Proofs<'p>> {
        if self.keys.is_some() {
            outcome.not_checked.extend(pieces.iter().flat_map(Piece::unlooked));
            return None;
        }
        let authorities = Authorities { time: &policy.time, tlog: policy.tlog.as_ref() };
        let (folder, shown) = (single.folder, single.folder_shown);
        Some(Proofs::gather(authorities, pieces, folder, manifest::NAME, shown, outcome))
    }
}

/// Reads a proof; its hashes must lead from the line to the root.
fn read(bytes: &[u8]) -> Result<Claim, Finding> {
    let of = |error: &dyn Coded| Finding::of(error);
    let TlogProof { extra, index, hashes, checkpoint } =
        tlog_proof::parse(bytes).map_err(|error| of(&error))?;
    let note = note::parse(&checkpoint).map_err(|error| of(&error))?;
    let checkpoint = checkpoint::parse(&note.text).map_err(|error| of(&error))?;
    let line = extra.ok_or_else(|| {
        Finding::error(Code::Malformed, "does not hold the line of the manifest that it proves")
            .help("vidimus prove writes such proofs; a proof about a log entry is another thing")
    })?;
    let entry = entry_of(&line)?;
    let leaf = merkle::leaf_hash(&line);
    merkle::verify_inclusion(&leaf, index, checkpoint.size, &hashes, &checkpoint.root)
        .map_err(|error| of(&error))?;
    Ok(Claim { index, entry, note, checkpoint })
}

/// The one file that a line of a manifest, without its line feed, is about.
fn entry_of(line: &[u8]) -> Result<Entry, Finding> {
    let whole = [line, b"\n"].concat();
    let manifest = manifest::read_signed(&whole).map_err(|error| Finding::of(&error))?;
    let mut entries = manifest.entries.into_iter();
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        (_, _) => Err(Finding::error(Code::Malformed, "holds more than one line of a manifest")),
    }
}

/// Collection and serial of a checkpoint, by its origin `<archive>/<collection>/<serial>`.
fn scope(policy: &Policy, checkpoint: &Checkpoint) -> Result<(String, u64), Finding> {
    let origin = &checkpoint.origin;
    let rest = origin.strip_prefix(&format!("{}/", policy.id));
    let parts = rest.and_then(|rest| rest.rsplit_once('/'));
    let known = parts.and_then(|(name, serial)| {
        let number: u64 =
            serial.parse().ok().filter(|number: &u64| number.to_string() == serial)?;
        policy.collections.iter().find(|listed| *listed == name).map(|name| (name.clone(), number))
    });
    known.ok_or_else(|| {
        let message = "holds a checkpoint of no collection that the policy lists";
        Finding::error(Code::Origin, message)
            .with("expected", format!("{}/COLLECTION/SERIAL", policy.id))
            .with("found", origin.clone())
    })
}

/// The signers whose signature on the checkpoint holds, as places in the list.
fn checkpoint_signers(trust: &TrustSet, origin: &str, note: &Note) -> Result<Vec<usize>, Finding> {
    let (mut places, mut verifiers) = (Vec::new(), Vec::new());
    for (place, signer) in trust.signers.iter().enumerate() {
        if let Ok(verifier) = Verifier::new(origin, signer.key.clone()) {
            places.push(place);
            verifiers.push(verifier);
        }
    }
    let signed = note.verified_by(&verifiers).map_err(|error| Finding::of(&error))?;
    Ok(signed.into_iter().filter_map(|index| places.get(index).copied()).collect())
}

/// Whether the statement is about the tree of the checkpoint.
fn agrees(
    payload: &[u8],
    policy: &Policy,
    name: &str,
    serial: u64,
    checkpoint: &Checkpoint,
) -> Result<ManifestPredicate, Finding> {
    let predicate = predicate_in(payload)?;
    let place = (predicate.archive.as_deref(), predicate.collection.as_deref());
    if place != (Some(policy.id.as_str()), Some(name)) || predicate.serial != serial {
        let message = "is a statement about another collection or serial than the proof";
        return Err(Finding::error(Code::Scope, message));
    }
    if predicate.listed_only {
        let message =
            "is a statement that leaves other files open, as a release may and an archive may not";
        return Err(Finding::error(Code::Scope, message));
    }
    if (predicate.merkle_root, predicate.merkle_size) != (checkpoint.root, checkpoint.size) {
        return Err(Finding::error(
            Code::Inclusion,
            "is a statement about another tree than the proof",
        ));
    }
    Ok(predicate)
}

fn check_file(entry: &Entry, single: Single<'_>, outcome: &mut Outcome) {
    let shown = single.file_shown.to_vec();
    let expected = entry.digests.first().copied();
    let mut counts = Counts { files: 1, ..Counts::default() };
    let (status, found) = match tree::hash_open(single.file, &[Algorithm::Sha256]) {
        Ok((digests, bytes)) => {
            counts.bytes = bytes;
            let found = digests.first().copied();
            if found == expected && found.is_some() {
                counts.unchanged = 1;
                (RowStatus::Unchanged, found)
            } else {
                counts.changed = 1;
                outcome.push(changed(single.proof_shown, &shown, expected, found));
                (RowStatus::Changed, found)
            }
        }
        Err(error) => {
            counts.unread = 1;
            outcome.push(Finding::of(&error).at(shown.clone()));
            (RowStatus::Unread, None)
        }
    };
    outcome.counts = Some(counts);
    outcome.rows.push(FileRow {
        path: shown,
        status,
        expected: expected.map(|digest| digest.to_string()),
        found: found.map(|digest| digest.to_string()),
        bytes: (status != RowStatus::Unread).then_some(counts.bytes),
    });
}

fn changed(proof: &[u8], shown: &[u8], expected: Option<Digest>, found: Option<Digest>) -> Finding {
    let digest =
        |digest: Option<Digest>| digest.map(|digest| digest.to_string()).unwrap_or_default();
    Finding::error(Code::DigestMismatch, "is not the file that was signed")
        .at(shown)
        .claimed_by(proof, None)
        .with("expected", digest(expected))
        .with("found", digest(found))
}

fn detail(name: &str, serial: u64, claim: &Claim, outcome: &mut Outcome) {
    let value = json!({
        "collection": name,
        "serial": serial,
        "signed_name": String::from_utf8_lossy(claim.entry.path.as_bytes()),
        "line": claim.index.saturating_add(1),
        "lines": claim.checkpoint.size,
        "merkle_root": hex::encode(&claim.checkpoint.root),
    });
    outcome.details.push(("proof", value));
}

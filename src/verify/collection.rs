//! One collection: its manifest, its evidence, and who signed. What the signed statement says is then
//! held against the files in `content`.

use super::content;
use super::evidence::{self, Evidence};
use super::proofs::{Authorities, Head, Piece, Proofs};
use super::signers::{self, Bench};
use super::statement::{self, Places};
use crate::envelope::statement::PAYLOAD_TYPE;
use crate::finding::{Code, Finding, Outcome};
use crate::fs::Root;
use crate::limits;
use crate::path::RelPath;
use crate::policy::TrustSet;
use crate::time::Time;
use crate::tree::Progress;

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
    let Some(payload) = judged else {
        outcome.not_checked.push(format!(
            "the files of {}, since no trusted key signed its manifest",
            shown(task)
        ));
        return None;
    };
    let stated = match statement::stated(&payload, bytes, &places) {
        Ok(stated) => stated,
        Err(findings) => {
            content::not_the_signed(task, findings, outcome);
            return None;
        }
    };
    let accepted = enough(&manifest_shown, outcome);
    let (serial, payload_sha256) = (stated.predicate.serial, stated.payload_sha256);
    let before = content::check(task, stated, accepted, &places, progress, outcome)?;
    let envelope = held.first()?.envelope.to_json();
    let heads = proofs.as_ref().map(Proofs::heads).unwrap_or_default();
    accepted.then_some(Believed { serial, payload_sha256, envelope, before, heads })
}

/// Whether every threshold for `scope` is met.
pub(super) fn enough(scope: &[u8], outcome: &Outcome) -> bool {
    let mut own = outcome.thresholds.iter().filter(|(signed, _, _)| signed == scope).peekable();
    own.peek().is_some() && own.all(|(_, have, need)| have >= need)
}

pub(super) fn shown(task: &Task) -> String {
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

//! What lies beside a manifest and is no bundle: the same signature in the forms of minisign and
//! OpenSSH, and anything else.
//!
//! These forms add nothing to the threshold: the statement decides. But one that does not verify
//! would make somebody with only minisign or ssh distrust an honest archive, so it is a warning.
//! What is not known is named as not checked.

use super::collection::Task;
use crate::digest;
use crate::finding::{Code, Coded, Finding, Outcome};
use crate::fs::DirEntry;
use crate::limits;
use crate::path::RelPath;
use crate::signature::minisign::{self, Prehash};
use crate::signature::sshsig::{self, FILE_NAMESPACE};

/// Checks `<manifest>.minisig` and `<manifest>.sshsig` over the manifest's bytes, and names what
/// else lies in the folder of the evidence.
pub(super) fn check(task: &Task, manifest: &[u8], outcome: &mut Outcome) {
    let entries = match task.evidence.list(None) {
        Ok(entries) => entries,
        Err(error) => return outcome.push(Finding::of(&error).at(task.evidence_shown)),
    };
    for entry in &entries {
        let Some(suffix) = entry.name.strip_prefix(task.manifest.as_bytes()) else {
            unknown(task, entry, outcome);
            continue;
        };
        match suffix {
            b".minisig" => warn(task, entry, minisign_over(task, entry, manifest), outcome),
            b".sshsig" => warn(task, entry, ssh_over(task, entry, manifest), outcome),
            b"" | b".checkpoint" | b".intoto.json" => {}
            b".evidence.json" => unused(task, entry, outcome),
            bundle if bundle.ends_with(b".sigstore.json") => {}
            proof if proof.ends_with(b".sigstore.json.tlog-proof") => {
                if !entries.iter().any(|other| is_bundle_of(other, entry)) {
                    unknown(task, entry, outcome);
                }
            }
            _ => unknown(task, entry, outcome),
        }
    }
}

/// Whether the proof `proof` is about the signature in the bundle `bundle`.
fn is_bundle_of(bundle: &DirEntry, proof: &DirEntry) -> bool {
    proof.name.strip_suffix(b".tlog-proof") == Some(bundle.name.as_slice())
}

/// Further evidence, where nobody was named to be believed about it.
fn unused(task: &Task, entry: &DirEntry, outcome: &mut Outcome) {
    if task.authorities.is_none() {
        let shown = [task.evidence_shown, &entry.name].concat();
        outcome.not_checked.push(format!(
            "{}: keys were given, and only a policy names time authorities",
            String::from_utf8_lossy(&shown)
        ));
    }
}

/// In an archive the folder holds nothing but evidence; beside a release lie its files.
fn unknown(task: &Task, entry: &DirEntry, outcome: &mut Outcome) {
    if task.identity.is_some() && entry.name != b"history" {
        let shown = [task.evidence_shown, &entry.name].concat();
        outcome
            .not_checked
            .push(format!("{}: not a file that Vidimus knows", String::from_utf8_lossy(&shown)));
    }
}

fn warn(task: &Task, entry: &DirEntry, verdict: Result<(), Finding>, outcome: &mut Outcome) {
    if let Err(finding) = verdict {
        outcome.push(finding.at([task.evidence_shown, &entry.name].concat()));
    }
}

fn read(task: &Task, entry: &DirEntry) -> Result<Vec<u8>, Finding> {
    RelPath::new(&entry.name)
        .map_err(crate::fs::FsError::from)
        .and_then(|path| task.evidence.read(&path, limits::SIGNATURE_BYTES))
        .map_err(|error| Finding::of(&error))
}

fn warning(error: &dyn Coded) -> Finding {
    Finding { severity: crate::finding::Severity::Warning, ..Finding::of(error) }
}

fn stranger() -> Finding {
    let message = "does not verify over this manifest under any trusted key";
    Finding::warning(Code::BadSignature, message)
        .help("vidimus sign --also minisign,sshsig writes it anew")
}

fn minisign_over(task: &Task, entry: &DirEntry, manifest: &[u8]) -> Result<(), Finding> {
    let signature = minisign::parse(&read(task, entry)?).map_err(|error| warning(&error))?;
    let mut hasher = Prehash::new();
    hasher.update(manifest);
    let digest = hasher.finish();
    let good = signature.prehashed
        && task.trust.signers.iter().any(|signer| signature.verify(&signer.key, &digest).is_ok());
    good.then_some(()).ok_or_else(stranger)
}

fn ssh_over(task: &Task, entry: &DirEntry, manifest: &[u8]) -> Result<(), Finding> {
    let signature = sshsig::parse(&read(task, entry)?).map_err(|error| warning(&error))?;
    let good = signature.namespace == FILE_NAMESPACE
        && task.trust.find(&signature.key).is_some()
        && signature.verify(&digest::of(signature.hash, manifest)).is_ok();
    good.then_some(()).ok_or_else(stranger)
}

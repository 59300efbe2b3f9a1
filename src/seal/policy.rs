//! Founding an archive and signing its policy.

use super::SealError;
use super::evidence::sign_payload;
use crate::envelope::dsse::{self, Envelope};
use crate::fs::{self, Root};
use crate::key::SigningKey;
use crate::limits;
use crate::policy::{PATH as POLICY, PAYLOAD_TYPE, Policy, SIGNATURE_SUFFIX, version_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Makes `keys/` with the policy `text` in the folder `path`, which must not have one yet, and
/// an empty `manifests/`.
///
/// # Errors
/// [`SealError`] when a policy is there already or writing fails.
pub fn new_archive(path: &Path, text: &str) -> Result<(), SealError> {
    fs::create_folder(&path.join("manifests"))?;
    fs::create_folder(&path.join("keys"))?;
    fs::create_new(&path.join(POLICY), text.as_bytes(), 0o644)?;
    Ok(())
}

/// Signs the policy of the archive at `path`: plain DSSE in `keys/policy.toml.dsse.json`.
/// Signatures of others over the same bytes are kept. An older signed version moves to
/// `keys/history/<version>/`, and the new one must have a higher version.
///
/// # Errors
/// [`SealError`]; then nothing was written.
pub fn sign_policy(
    path: &Path,
    root: &Root,
    policy: &Policy,
    bytes: &[u8],
    key: &SigningKey,
) -> Result<Vec<PathBuf>, SealError> {
    if policy.trust.find(key.public()).is_none() {
        return Err(SealError::UnknownSigner);
    }
    let mut envelope = sign_payload(bytes, PAYLOAD_TYPE, key)?;
    let signed = path.join(format!("{POLICY}{SIGNATURE_SUFFIX}"));
    let mut files = Vec::new();
    if let Some(old) = present(root)? {
        if old.payload == bytes {
            let others = good_signatures(&old, policy, key);
            envelope.signatures.splice(0..0, others);
        } else {
            files.extend(retire(path, root, &old, policy.version)?);
        }
    }
    for (file, _) in &files {
        if let Some(folder) = file.parent() {
            fs::create_folder(folder)?;
        }
    }
    files.push((signed, envelope.to_json()));
    fs::replace_all(&files)?;
    Ok(files.into_iter().map(|(file, _)| file).collect())
}

/// The signatures of the policy's other signers that hold; others would only pile up.
fn good_signatures(old: &Envelope, policy: &Policy, key: &SigningKey) -> Vec<dsse::Signature> {
    let own = old.verified_by(key.public());
    let signers = policy.trust.signers.iter();
    let good: BTreeSet<usize> = signers
        .flat_map(|signer| old.verified_by(&signer.key).into_iter().take(1))
        .filter(|position| old.payload_type == PAYLOAD_TYPE && !own.contains(position))
        .collect();
    good.into_iter().filter_map(|position| old.signatures.get(position).cloned()).collect()
}

fn present(root: &Root) -> Result<Option<Envelope>, SealError> {
    match root.read(&super::name(&format!("{POLICY}{SIGNATURE_SUFFIX}"))?, limits::ENVELOPE_BYTES) {
        Ok(bytes) => dsse::parse(&bytes).map(Some).map_err(SealError::PresentEnvelope),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The files that keep an older version.
fn retire(
    path: &Path,
    root: &Root,
    old: &Envelope,
    new: u64,
) -> Result<Vec<(PathBuf, Vec<u8>)>, SealError> {
    let version = version_of(&old.payload).ok_or(SealError::NoStatement)?;
    if new <= version {
        return Err(SealError::PolicyVersion { signed: version, new });
    }
    let folder = format!("keys/history/{version}");
    let mut files = Vec::new();
    for (file, bytes) in [
        (format!("{folder}/policy.toml"), old.payload.clone()),
        (format!("{folder}/policy.toml{SIGNATURE_SUFFIX}"), old.to_json()),
    ] {
        // Read beneath the root, so that a link anywhere on the way is refused.
        match root.read(&super::name(&file)?, limits::ENVELOPE_BYTES) {
            Ok(kept) if kept == bytes => {}
            Ok(_) => return Err(fs::FsError::Exists.into()),
            Err(error) if error.is_not_found() => files.push((path.join(file), bytes)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(files)
}

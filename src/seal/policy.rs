//! Founding an archive and signing its policy.

use super::SealError;
use super::evidence::sign_payload;
use crate::envelope::dsse::{self, Envelope};
use crate::fs::{self, FolderLock, Root};
use crate::key::SigningKey;
use crate::limits;
use crate::policy::{PATH as POLICY, PAYLOAD_TYPE, Policy, SIGNATURE_SUFFIX, Signer, version_of};
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
/// `keys/history/<version>/` with copies of its key files, and the new one must have a higher
/// version. The key is one of a signer of this version, or of the one before: its signers must
/// agree to be replaced.
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
    let before = before(root, policy)?;
    if ![Some(policy), before.as_ref()].into_iter().flatten().any(|p| names(p, key)) {
        return Err(SealError::UnknownSigner);
    }
    let mut envelope = sign_payload(bytes, PAYLOAD_TYPE, key)?;
    // Two signers at once would each add to the same signatures, and one would be lost.
    let _held = FolderLock::take(&path.join("keys"))?;
    let signed = path.join(format!("{POLICY}{SIGNATURE_SUFFIX}"));
    let mut files = Vec::new();
    if let Some(old) = present(root)? {
        if old.payload == bytes {
            let signers = [Some(policy), before.as_ref()].into_iter().flatten();
            let signers = signers.flat_map(|policy| policy.trust.signers.iter());
            let others = good_signatures(&old, signers, key);
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

fn names(policy: &Policy, key: &SigningKey) -> bool {
    policy.trust.find(key.public()).is_some()
}

/// The version before `policy`: the one that is signed at present, or the one kept as such. It
/// may be unreadable, and then only signers of the new one can sign; what that is worth is for
/// `verify` to say.
fn before(root: &Root, policy: &Policy) -> Result<Option<Policy>, SealError> {
    let Some(number) = policy.version.checked_sub(1).filter(|number| *number > 0) else {
        return Ok(None);
    };
    let signed = present(root)?.map(|envelope| envelope.payload);
    if let Some(bytes) = signed.filter(|bytes| version_of(bytes) == Some(number)) {
        return Ok(Policy::parse_in(&bytes, root, Some("keys"), POLICY).ok());
    }
    let folder = format!("keys/history/{number}");
    let path = super::name(&format!("{folder}/policy.toml"))?;
    let bytes = root.read(&path, limits::POLICY_BYTES).ok();
    Ok(bytes.and_then(|bytes| Policy::parse_in(&bytes, root, Some(&folder), POLICY).ok()))
}

/// The signatures of the other signers that hold; others would only pile up.
fn good_signatures<'a>(
    old: &Envelope,
    signers: impl Iterator<Item = &'a Signer>,
    key: &SigningKey,
) -> Vec<dsse::Signature> {
    let own = old.verified_by(key.public());
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
    let kept = [
        (format!("{folder}/policy.toml"), old.payload.clone()),
        (format!("{folder}/policy.toml{SIGNATURE_SUFFIX}"), old.to_json()),
    ];
    for (file, bytes) in kept.into_iter().chain(key_files(root, &old.payload, &folder)) {
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

/// Copies of the key files that an older version names, so that it can be read for ever. One that
/// is not there any more cannot be kept.
fn key_files(root: &Root, policy: &[u8], folder: &str) -> Vec<(String, Vec<u8>)> {
    let Ok(policy) = Policy::parse_in(policy, root, Some("keys"), POLICY) else {
        return Vec::new();
    };
    let copy = |file: &String| {
        let path = super::name(&format!("keys/{file}")).ok()?;
        Some((format!("{folder}/{file}"), root.read(&path, limits::KEY_BYTES).ok()?))
    };
    policy.key_files.iter().filter_map(copy).collect()
}

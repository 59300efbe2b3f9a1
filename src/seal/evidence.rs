//! The files that carry one signature: bundle, checkpoint, and the forms asked for with `--also`.

use super::SealError;
use super::tree_manifest::TreeManifest;
use crate::digest::{self, Algorithm};
use crate::envelope::bundle;
use crate::envelope::checkpoint::Checkpoint;
use crate::envelope::dsse::{self, Envelope};
use crate::envelope::note::{self, Verifier};
use crate::envelope::predicate::{self, ManifestPredicate};
use crate::envelope::statement::PAYLOAD_TYPE;
use crate::key::SigningKey;
use crate::limits;
use crate::manifest::NAME as MANIFEST;
use crate::signature::minisign::{self, Prehash};
use crate::signature::sshsig::{self, FILE_NAMESPACE, SshSignature};
use crate::time::Time;

/// The further forms that a signature can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Also {
    /// `SHA256SUMS.minisig`, for `minisign -V`.
    Minisign,
    /// `SHA256SUMS.sshsig`, for `ssh-keygen -Y verify`.
    Sshsig,
    /// `SHA256SUMS.intoto.json`, plain DSSE with one signature a signer.
    Dsse,
}

/// What every signing of one run shares.
pub struct Context<'a> {
    /// The key that signs.
    pub key: &'a SigningKey,
    /// The time to claim; a claimed time decides nothing.
    pub now: Time,
    /// Further forms to write.
    pub also: &'a [Also],
    /// Whether files are named as subjects, when they are few enough.
    pub file_subjects: bool,
    /// Name and version of the program, for the statement.
    pub tool: &'a str,
}

/// Names of what lies beside a manifest called `manifest`.
pub(super) struct Names {
    pub(super) manifest: String,
    pub(super) bundle: String,
    pub(super) checkpoint: String,
    pub(super) dsse: String,
    pub(super) minisig: String,
    pub(super) sshsig: String,
}

impl Names {
    pub(super) fn of(manifest: &str) -> Self {
        Self {
            manifest: manifest.to_owned(),
            bundle: format!("{manifest}.sigstore.json"),
            checkpoint: format!("{manifest}.checkpoint"),
            dsse: format!("{manifest}.intoto.json"),
            minisig: format!("{manifest}.minisig"),
            sshsig: format!("{manifest}.sshsig"),
        }
    }
}

/// The payload of a statement about `tree`.
pub(super) fn payload(
    manifest: &str,
    folder: Option<&str>,
    tree: &TreeManifest,
    predicate: &ManifestPredicate,
    subjects: bool,
) -> Vec<u8> {
    let names: Option<Vec<(String, [u8; 32])>> = (subjects
        && tree.entries.len() <= limits::FILE_SUBJECTS)
        .then(|| tree.entries.iter().map(file_subject).collect())
        .flatten();
    // A name with one of these is escaped in the manifest, and dirHash no longer equals its digest.
    let plain = tree
        .entries
        .iter()
        .all(|(path, _)| !path.as_bytes().iter().any(|byte| b"\\\n\r".contains(byte)));
    let folder = folder.filter(|_| plain).map(|name| format!("{name}/"));
    predicate::build_statement(
        manifest,
        tree.sha256,
        folder.as_deref(),
        &names.unwrap_or_default(),
        predicate,
    )
}

/// Whether `payload` is, byte for byte, a statement that we would have written about `tree` with
/// this predicate. Whoever signs the words of another signs no others than these.
pub(super) fn is_ours(
    payload: &[u8],
    folder: Option<&str>,
    tree: &TreeManifest,
    predicate: &ManifestPredicate,
) -> bool {
    let ours = |subjects| self::payload(MANIFEST, folder, tree, predicate, subjects);
    [true, false].into_iter().any(|subjects| ours(subjects) == payload)
}

fn file_subject(
    (path, digest): &(crate::path::RelPath, digest::Digest),
) -> Option<(String, [u8; 32])> {
    let name = std::str::from_utf8(path.as_bytes()).ok()?;
    Some((name.to_owned(), digest.as_bytes().try_into().ok()?))
}

/// Signs `payload` as DSSE.
pub(super) fn sign_payload(
    payload: &[u8],
    payload_type: &str,
    key: &SigningKey,
) -> Result<Envelope, SealError> {
    let sig = key.sign(&dsse::pae(payload_type, payload))?;
    let signature = dsse::Signature { key_id: Some(key.public().key_id()), sig: sig.to_vec() };
    Ok(Envelope {
        payload: payload.to_vec(),
        payload_type: payload_type.to_owned(),
        signatures: vec![signature],
    })
}

/// The bundle that holds one signature over `payload`.
pub(super) fn bundle(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, SealError> {
    let envelope = sign_payload(payload, PAYLOAD_TYPE, key)?;
    Ok(bundle::write(&envelope, &key.public().key_id()))
}

/// The plain DSSE file: the signatures already there over the same payload, and this one.
pub(super) fn plain_dsse(
    payload: &[u8],
    present: Option<&[u8]>,
    key: &SigningKey,
) -> Result<Vec<u8>, SealError> {
    let mut envelope = sign_payload(payload, PAYLOAD_TYPE, key)?;
    if let Some(bytes) = present {
        let old = dsse::parse(bytes).map_err(SealError::PresentEnvelope)?;
        if old.payload == payload {
            let own = Some(key.public().key_id());
            let others = old.signatures.into_iter().filter(|signature| signature.key_id != own);
            let mine = std::mem::take(&mut envelope.signatures);
            envelope.signatures = others.chain(mine).collect();
        }
    }
    Ok(envelope.to_json())
}

/// The checkpoint over the manifest's lines; a present one over the same text keeps its lines.
pub(super) fn checkpoint(
    tree: &TreeManifest,
    predicate: &ManifestPredicate,
    present: Option<&[u8]>,
    key: &SigningKey,
) -> Result<Vec<u8>, SealError> {
    let origin = predicate.checkpoint_origin();
    let text = Checkpoint {
        origin: origin.clone(),
        size: tree.files,
        root: tree.merkle_root,
        extensions: Vec::new(),
    }
    .print();
    let verifier = Verifier::new(&origin, key.public().clone()).map_err(SealError::Verifier)?;
    let mut mine = note::sign(text.as_bytes(), &verifier, &mut |bytes| key.sign(bytes))
        .map_err(SealError::Checkpoint)?;
    if let Some(Ok(old)) = present.map(note::parse)
        && old.text == mine.text
    {
        let others =
            old.signatures.into_iter().filter(|signature| !mine.signatures.contains(signature));
        mine.signatures = others.chain(mine.signatures.clone()).collect();
    }
    Ok(mine.print())
}

/// The further forms: name and bytes of each.
pub(super) fn also(
    names: &Names,
    tree: &TreeManifest,
    payload: &[u8],
    present_dsse: Option<&[u8]>,
    context: &Context,
) -> Result<Vec<(String, Vec<u8>)>, SealError> {
    let mut files = Vec::new();
    for form in context.also {
        files.push(match form {
            Also::Minisign => (names.minisig.clone(), minisig(&tree.bytes, names, context)?),
            Also::Sshsig => (names.sshsig.clone(), ssh(&tree.bytes, context.key)?),
            Also::Dsse => (names.dsse.clone(), plain_dsse(payload, present_dsse, context.key)?),
        });
    }
    Ok(files)
}

fn minisig(manifest: &[u8], names: &Names, context: &Context) -> Result<Vec<u8>, SealError> {
    let mut hasher = Prehash::new();
    hasher.update(manifest);
    let comment = format!("timestamp:{}\tfile:{}\thashed", context.now.unix(), names.manifest);
    let signature =
        minisign::sign(context.key.minisign_id(), &hasher.finish(), &comment, &mut |bytes| {
            context.key.sign(bytes)
        });
    Ok(signature.map_err(SealError::Minisign)?.print().into_bytes())
}

/// An OpenSSH signature over `message` for the namespace `file`.
pub(super) fn ssh(message: &[u8], key: &SigningKey) -> Result<Vec<u8>, SealError> {
    let digest = digest::of(Algorithm::Sha512, message);
    let raw = key.sign(&sshsig::signed_bytes(FILE_NAMESPACE, &digest))?;
    let signature = SshSignature::new(key.public().clone(), FILE_NAMESPACE, Algorithm::Sha512, raw);
    Ok(signature.map_err(SealError::Ssh)?.print().into_bytes())
}

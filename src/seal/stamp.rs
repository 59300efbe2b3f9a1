//! Timestamps into bundles: over the signature that a bundle holds, and over older timestamps.
//!
//! The token comes from somewhere else; here it is checked to be over what it should be, and put
//! in its place while no other run changes that folder.

use super::{SealError, name};
use crate::digest;
use crate::envelope::bundle::{self, Bundle, Content};
use crate::envelope::evidence::{self, Evidence, Renewal};
use crate::fs::{self, FolderLock, Root};
use crate::limits;
use crate::timestamp::{Certificate, Token, TokenError};
use std::path::{Path, PathBuf};

/// What there is to stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stampable {
    /// The folder of the bundle.
    pub folder: PathBuf,
    /// The name of the bundle in it.
    pub bundle: String,
    /// The bytes that the timestamp is to be over: a signature, or an older timestamp.
    pub message: Vec<u8>,
    /// For a renewal, SHA-256 of the older token.
    pub renews: Option<[u8; 32]>,
    /// How many timestamps the signature has, or the token has renewals.
    pub present: usize,
}

/// The bundles in a folder of evidence, by name.
///
/// # Errors
/// [`SealError::Files`].
pub fn bundles_in(folder: &Path, manifest: &str) -> Result<Vec<String>, SealError> {
    let prefix = format!("{manifest}.");
    let entries = Root::open(folder)?.list(None)?;
    let names = entries.into_iter().filter_map(|entry| String::from_utf8(entry.name).ok());
    let bundle = |name: &String| name.starts_with(&prefix) && name.ends_with(".sigstore.json");
    let mut names: Vec<String> = names.filter(bundle).collect();
    names.sort_unstable();
    Ok(names)
}

/// The signature of a bundle.
///
/// # Errors
/// [`SealError`] for a bundle that cannot be read, or holds no signature of one of our forms.
pub fn signature_of(folder: &Path, bundle: &str) -> Result<Stampable, SealError> {
    let (_, parsed) = read_bundle(&Root::open(folder)?, bundle)?;
    let message = raw_signature(&parsed)?;
    let present = parsed.timestamps.len();
    Ok(Stampable {
        folder: folder.to_path_buf(),
        bundle: bundle.to_owned(),
        message,
        renews: None,
        present,
    })
}

/// The newest timestamps of a bundle: those over its signature that nothing renews yet, and the
/// last renewals of the others.
///
/// # Errors
/// [`SealError`] as [`signature_of`], and for evidence that cannot be read.
pub fn renewable(folder: &Path, bundle: &str) -> Result<Vec<Stampable>, SealError> {
    let root = Root::open(folder)?;
    let (_, parsed) = read_bundle(&root, bundle)?;
    let evidence = read_evidence(&root, bundle)?;
    let mut found = Vec::new();
    for bytes in &parsed.timestamps {
        let mut newest = Token::parse(bytes).map_err(SealError::Token)?;
        let mut present = 0;
        for _ in 0..=evidence.renewals.len() {
            let own = digest::sha256(newest.der());
            let Some(renewal) = evidence.renewals.iter().find(|renewal| renewal.of == own) else {
                break;
            };
            newest = Token::parse(&renewal.token).map_err(SealError::Token)?;
            present = usize::saturating_add(present, 1);
        }
        found.push(Stampable {
            folder: folder.to_path_buf(),
            bundle: bundle.to_owned(),
            message: newest.der().to_vec(),
            renews: Some(digest::sha256(newest.der())),
            present,
        });
    }
    Ok(found)
}

/// Puts a timestamp in its place, and certificates that complete its chain beside it. The token
/// must be over the message; who made it is judged by whoever calls, and again by `verify`. Gives
/// the files written.
///
/// # Errors
/// [`SealError`]; then nothing was written. [`fs::FsError::InUse`] while another run is at work
/// in that folder.
pub fn add_timestamp(
    target: &Stampable,
    response: &[u8],
    certificates: &[Certificate],
) -> Result<Vec<PathBuf>, SealError> {
    let token = Token::parse(response).map_err(SealError::Token)?;
    over(&token, &target.message)?;
    let _lock = FolderLock::take(&target.folder)?;
    let root = Root::open(&target.folder)?;
    let mut evidence = read_evidence(&root, &target.bundle)?;
    let before = evidence.clone();
    for certificate in certificates {
        if !evidence.certificates.iter().any(|der| der == certificate.der()) {
            evidence.certificates.push(certificate.der().to_vec());
        }
    }
    let mut files = Vec::new();
    match target.renews {
        Some(of) => evidence.renewals.push(Renewal { of, token: response.to_vec() }),
        None => {
            let bundle = stamped(&root, target, response)?;
            files.extend(bundle.map(|bytes| (target.folder.join(&target.bundle), bytes)));
        }
    }
    if evidence != before {
        let file = target.folder.join(evidence_name(&target.bundle));
        files.push((file, evidence.print()));
    }
    fs::replace_all(&files)?;
    Ok(files.into_iter().map(|(file, _)| file).collect())
}

/// The bundle as it lies there now, with one timestamp more; nothing when it has this very one,
/// as after a run that was killed when it was done.
fn stamped(root: &Root, target: &Stampable, response: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
    let (bytes, parsed) = read_bundle(root, &target.bundle)?;
    if raw_signature(&parsed)? != target.message {
        return Err(fs::FsError::Changed.into());
    }
    let token = Token::parse(response).map_err(SealError::Token)?;
    let same = |there: &Vec<u8>| Token::parse(there).is_ok_and(|there| there.der() == token.der());
    if parsed.timestamps.iter().any(same) {
        return Ok(None);
    }
    bundle::with_timestamp(&bytes, response).map(Some).map_err(SealError::PresentBundle)
}

fn over(token: &Token, message: &[u8]) -> Result<(), SealError> {
    let stated = *token.imprint();
    let found = digest::of(stated.algorithm(), message);
    if stated == found {
        Ok(())
    } else {
        Err(SealError::Token(TokenError::Imprint { stated, found }))
    }
}

fn read_bundle(root: &Root, bundle: &str) -> Result<(Vec<u8>, Bundle), SealError> {
    let bytes = root.read(&name(bundle)?, limits::ENVELOPE_BYTES)?;
    let parsed = bundle::parse(&bytes).map_err(SealError::PresentBundle)?;
    Ok((bytes, parsed))
}

/// The raw bytes of the one signature that a bundle holds.
fn raw_signature(bundle: &Bundle) -> Result<Vec<u8>, SealError> {
    match &bundle.content {
        Content::Dsse(envelope) => {
            let signature = envelope.signatures.first().map(|signature| signature.sig.clone());
            signature.ok_or(SealError::NoStatement)
        }
        Content::Message { signature, .. } => Ok(signature.clone()),
    }
}

/// `SHA256SUMS.evidence.json` for `SHA256SUMS.sigstore.json` and `SHA256SUMS.NAME.sigstore.json`.
fn evidence_name(bundle: &str) -> String {
    let manifest = bundle.split('.').next().unwrap_or(bundle);
    format!("{manifest}.evidence.json")
}

fn read_evidence(root: &Root, bundle: &str) -> Result<Evidence, SealError> {
    match root.read(&name(&evidence_name(bundle))?, limits::ENVELOPE_BYTES) {
        Ok(bytes) => evidence::parse(&bytes).map_err(SealError::PresentEvidence),
        Err(error) if error.is_not_found() => Ok(Evidence::default()),
        Err(error) => Err(error.into()),
    }
}

//! One file and a standard signature over it: minisign, OpenSSH, DSSE or Sigstore bundle,
//! recognised by content.

use super::evidence::{self, Held};
use super::foreign;
use super::signers::{self, Bench, Rejection, Valid};
use super::statement::signable;
use super::verified::Verified;
use crate::codec::json;
use crate::digest::{self, Algorithm, Digest};
use crate::envelope::bundle::{self, Content, KeyMaterial};
use crate::envelope::dsse::{self, Envelope};
use crate::envelope::statement::{self, PAYLOAD_TYPE, Statement};
use crate::finding::{Code, Finding, Outcome, Trust};
use crate::fs::{FsError, OpenFile};
use crate::limits;
use crate::policy::{Signer, TrustSet};
use crate::signature::minisign::{self, Prehash};
use crate::signature::sshsig::{self, SshSignature};
use crate::time::Time;
use crate::tree;
use serde_json::Value;

/// What to verify.
pub struct Detached<'a> {
    /// The file that was signed.
    pub file: OpenFile,
    /// Its name as shown.
    pub file_shown: &'a [u8],
    /// The signature's bytes.
    pub signature: &'a [u8],
    /// Its name as shown.
    pub signature_shown: &'a [u8],
    /// Whose signatures count.
    pub trust: &'a TrustSet,
    /// In words, where these keys come from.
    pub source: &'a str,
    /// The namespace that an OpenSSH signature must be made for.
    pub namespace: &'a str,
    /// Whether legacy minisign signatures, which have no domain separation, are taken.
    pub allow_legacy: bool,
    /// The time of judgement, and whether the user named it.
    pub at: (Time, bool),
}

/// What a signature file is, by its first bytes.
enum Form {
    Minisign,
    Ssh,
    Json,
}

fn recognise(bytes: &[u8]) -> Option<Form> {
    if bytes.starts_with(b"untrusted comment:") {
        Some(Form::Minisign)
    } else if bytes.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
        Some(Form::Ssh)
    } else if bytes.trim_ascii_start().starts_with(b"{") {
        Some(Form::Json)
    } else {
        None
    }
}

/// Verifies one file against its signature and says everything that was found.
pub fn verify_detached(task: Detached) -> Outcome {
    let trust = Trust {
        source: task.source.to_owned(),
        policy_sha256: None,
        policy_version: None,
        pinned: true,
    };
    let mut outcome =
        Outcome { judged_at: Some(task.at), trust: Some(trust), ..Outcome::default() };
    let shown = task.signature_shown.to_vec();
    let result = match recognise(task.signature) {
        Some(Form::Minisign) => check_minisign(task, &mut outcome),
        Some(Form::Ssh) => check_ssh(task, &mut outcome),
        Some(Form::Json) => check_json(task, &mut outcome),
        None => {
            let message = "is no minisign or OpenSSH signature, DSSE envelope or Sigstore bundle";
            Err(Finding::error(Code::Malformed, message).at(shown))
        }
    };
    if let Err(finding) = result {
        outcome.push(finding);
    }
    outcome
}

fn add_format(outcome: &mut Outcome, name: &str) {
    outcome.details.push(("format", Value::from(name)));
}

fn bench<'a>(task: &Detached<'a>) -> Bench<'a> {
    Bench {
        trust: task.trust,
        collection: Some("*"),
        namespace: None,
        expired: None,
        proofs: None,
        unread: 0,
        at: task.at.0,
        scope: task.file_shown,
    }
}

// ---- minisign

fn check_minisign(task: Detached, outcome: &mut Outcome) -> Result<(), Finding> {
    add_format(outcome, "minisign");
    let signature =
        minisign::parse(task.signature).map_err(|e| Finding::of(&e).at(task.signature_shown))?;
    if !signature.prehashed && !task.allow_legacy {
        let message = "is a legacy minisign signature, which other signed bytes can pass as";
        let help = "ask for one made with a current minisign, or give --allow-legacy-minisign";
        return Err(Finding::error(Code::Unsupported, message).at(task.signature_shown).help(help));
    }
    let bench = bench(&task);
    let message =
        if signature.prehashed { prehash(task.file).map(Vec::from) } else { read_whole(task.file) };
    let message = message.map_err(|error| Finding::of(&error).at(task.file_shown))?;
    if !signature.prehashed {
        let head = message.get(..foreign::HEAD).unwrap_or(&message);
        foreign::check(head, message.len() as u64)
            .map_err(|finding| finding.at(task.file_shown))?;
    }
    let (mut valid, mut rejections) = (Vec::new(), Vec::new());
    for (index, signer) in task.trust.signers.iter().enumerate() {
        if signer.minisign_id.is_some_and(|id| id != signature.key_id) {
            continue;
        }
        match signature.verify(&signer.key, &message) {
            Ok(()) => valid.push(Valid::bare(index, task.signature_shown)),
            Err(error) => {
                rejections.push(signers::rejection(
                    task.signature_shown,
                    signer.name.clone(),
                    Some(&signer.key),
                    &error,
                ));
            }
        }
    }
    if valid.is_empty() && rejections.is_empty() {
        rejections.push(stranger(
            task.signature_shown,
            &format!("minisign key {}", minisign::key_id_text(signature.key_id)),
        ));
    } else if !valid.is_empty() {
        rejections.clear();
    }
    if signers::settle(&valid, rejections, &bench, outcome) {
        let comment = Verified::new(signature.trusted_comment);
        outcome.details.push(("trusted_comment", Value::from(comment.as_str())));
    }
    Ok(())
}

fn stranger(path: &[u8], name: &str) -> Rejection {
    Rejection {
        path: path.to_vec(),
        name: name.to_owned(),
        key: None,
        code: Code::UntrustedKey,
        message: "is by a key that is not trusted here".to_owned(),
    }
}

fn prehash(mut file: OpenFile) -> Result<[u8; 64], FsError> {
    let mut hasher = Prehash::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            file.finish()?;
            return Ok(hasher.finish());
        };
        hasher.update(bytes);
    }
}

fn read_whole(mut file: OpenFile) -> Result<Vec<u8>, FsError> {
    if file.size() > limits::WHOLE_FILE_BYTES {
        return Err(FsError::TooLarge { limit: limits::WHOLE_FILE_BYTES });
    }
    let mut all = Vec::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            file.finish()?;
            return Ok(all);
        };
        all.extend_from_slice(bytes);
    }
}

// ---- OpenSSH

fn check_ssh(task: Detached, outcome: &mut Outcome) -> Result<(), Finding> {
    add_format(outcome, "sshsig");
    let signature = sshsig::parse(task.signature)
        .map_err(|error| Finding::of(&error).at(task.signature_shown))?;
    let bench = Bench { namespace: Some(task.namespace), ..bench(&task) };
    let (digests, _) = tree::hash_open(task.file, &[signature.hash])
        .map_err(|error| Finding::of(&error).at(task.file_shown))?;
    let digest = digests.first().copied().unwrap_or_else(|| digest::of(signature.hash, b""));
    let found =
        task.trust.signers.iter().enumerate().find(|(_, signer)| signer.key == signature.key);
    let (mut valid, mut rejections) = (Vec::new(), Vec::new());
    match found {
        None => rejections
            .push(stranger(task.signature_shown, &crate::key::fingerprint(&signature.key))),
        Some((index, signer)) => match ssh_verdict(&signature, &digest, signer, task.namespace) {
            Ok(()) => valid.push(Valid::bare(index, task.signature_shown)),
            Err((code, message)) => rejections.push(Rejection {
                path: task.signature_shown.to_vec(),
                name: signer.name.clone(),
                key: Some(signer.key.to_string()),
                code,
                message,
            }),
        },
    }
    signers::settle(&valid, rejections, &bench, outcome);
    Ok(())
}

fn ssh_verdict(
    signature: &SshSignature,
    digest: &Digest,
    signer: &Signer,
    wanted: &str,
) -> Result<(), (Code, String)> {
    if signature.namespace != wanted {
        let message = format!(
            "is made for the namespace '{}', where '{wanted}' is wanted",
            signature.namespace
        );
        return Err((Code::Namespace, message));
    }
    signature
        .verify(digest)
        .map_err(|_| (Code::BadSignature, format!("fails under the key of {}", signer.name)))
}

// ---- JSON: DSSE and Sigstore bundles

fn check_json(task: Detached, outcome: &mut Outcome) -> Result<(), Finding> {
    let shown = task.signature_shown;
    if task.signature.len() as u64 > limits::ENVELOPE_BYTES {
        let message = format!("is larger than {} bytes", limits::ENVELOPE_BYTES);
        return Err(Finding::error(Code::Limit, message).at(shown));
    }
    let value = json::parse(task.signature).map_err(|error| {
        Finding::error(Code::Malformed, format!("is no JSON that can be verified: {error}"))
            .at(shown)
    })?;
    let is_bundle = value.get("mediaType").is_some();
    // It is read again by what it is; two of them would take twice the memory.
    drop(value);
    if !is_bundle {
        add_format(outcome, "dsse");
        let envelope =
            dsse::parse(task.signature).map_err(|error| Finding::of(&error).at(shown))?;
        return check_envelope(task, envelope, outcome);
    }
    add_format(outcome, "sigstore-bundle");
    let bundle = bundle::parse(task.signature).map_err(|error| Finding::of(&error).at(shown))?;
    outcome.not_checked.extend(evidence::unlooked(&bundle, shown));
    if matches!(bundle.key, KeyMaterial::Certificate) {
        let message =
            "is signed with a certificate; this version verifies bundles signed with a plain key";
        return Err(Finding::error(Code::Unsupported, message).at(shown));
    }
    let hint = match &bundle.key {
        KeyMaterial::PublicKeyHint(hint) => hint.clone(),
        KeyMaterial::Certificate => None,
    };
    match bundle.content {
        Content::Dsse(envelope) => check_envelope(task, with_hint(envelope, hint), outcome),
        Content::Message { digest, signature } => {
            check_message(task, digest, &signature, hint, outcome)
        }
    }
}

/// A bundle's hint stands in for an absent key id; neither decides trust.
fn with_hint(mut envelope: Envelope, hint: Option<String>) -> Envelope {
    for signature in &mut envelope.signatures {
        if signature.key_id.is_none() {
            signature.key_id.clone_from(&hint);
        }
    }
    envelope
}

fn check_envelope(
    task: Detached,
    envelope: Envelope,
    outcome: &mut Outcome,
) -> Result<(), Finding> {
    let bench = Bench {
        trust: task.trust,
        collection: Some("*"),
        namespace: None,
        expired: None,
        proofs: None,
        unread: 0,
        at: task.at.0,
        scope: task.file_shown,
    };
    let held = [Held { path: task.signature_shown.to_vec(), envelope }];
    let Some(payload) = signers::judge(&held, PAYLOAD_TYPE, &bench, outcome) else {
        return Ok(());
    };
    let statement =
        statement::parse(&payload).map_err(|error| Finding::of(&error).at(task.signature_shown))?;
    let statement = payload.map(|_| statement);
    outcome.details.push(("predicate_type", Value::from(statement.predicate_type.as_str())));
    covers(&statement, task, outcome)
}

/// Whether a subject of the statement is this file: every digest of that subject that we know
/// must match.
fn covers(statement: &Statement, task: Detached, outcome: &mut Outcome) -> Result<(), Finding> {
    let algorithms = [Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512];
    let (found, _) = tree::hash_open(task.file, &algorithms)
        .map_err(|error| Finding::of(&error).at(task.file_shown))?;
    let mut partly = false;
    for subject in &statement.subjects {
        let known: Vec<bool> = subject
            .digests
            .iter()
            .filter_map(|(name, value)| Some((signable(name)?, value)))
            .map(|(algorithm, value)| {
                found.iter().any(|d| d.algorithm() == algorithm && d.to_hex() == *value)
            })
            .collect();
        if !known.is_empty() && known.iter().all(|matches| *matches) {
            let name = subject.name.as_deref().unwrap_or_default();
            outcome.details.push(("subject", Value::from(name)));
            return Ok(());
        }
        partly |= known.contains(&true);
    }
    let message = if partly {
        "has only some of the digests that were signed for it"
    } else {
        "is not a file that was signed"
    };
    let sha256 = found
        .iter()
        .find(|digest| digest.algorithm() == Algorithm::Sha256)
        .map(ToString::to_string);
    let finding = Finding::error(Code::DigestMismatch, message)
        .at(task.file_shown)
        .claimed_by(task.signature_shown, None);
    let finding = match only_signed(statement) {
        Some(signed) => finding.with("expected", signed),
        None => finding.with_number("subjects", statement.subjects.len() as u64),
    };
    Err(finding.with("found", sha256.unwrap_or_default()))
}

fn only_signed(statement: &Statement) -> Option<String> {
    let [subject] = statement.subjects.as_slice() else {
        return None;
    };
    subject
        .digests
        .iter()
        .find(|(name, _)| name == "sha256")
        .map(|(name, value)| format!("{name}:{value}"))
}

fn check_message(
    task: Detached,
    claimed: Option<(String, Vec<u8>)>,
    signature: &[u8],
    hint: Option<String>,
    outcome: &mut Outcome,
) -> Result<(), Finding> {
    let bench = bench(&task);
    let plain = task.trust.signers.iter().any(|signer| signer.key.ed25519().is_some());
    let Message { whole: bytes, sha256, head, size } =
        read_message(task.file, plain).map_err(|error| Finding::of(&error).at(task.file_shown))?;
    foreign::check(&head, size).map_err(|finding| finding.at(task.file_shown))?;
    same_message(claimed, &sha256, task.file_shown, task.signature_shown)?;
    let (mut valid, mut rejections) = (Vec::new(), Vec::new());
    for (index, signer) in task.trust.signers.iter().enumerate() {
        let verified = match (&bytes, signer.key.ed25519()) {
            (Some(bytes), Some(_)) => signer.key.verify(bytes, signature),
            (None | Some(_), _) => signer.key.verify_sha256(sha256.as_bytes(), signature),
        };
        if verified.is_ok() {
            valid.push(Valid::bare(index, task.signature_shown));
        }
    }
    if valid.is_empty() {
        rejections.push(signers::unverified(task.signature_shown, hint.as_deref(), task.trust));
    }
    signers::settle(&valid, rejections, &bench, outcome);
    Ok(())
}

/// A file whose bytes themselves are signed.
struct Message {
    /// All of it, where a key signs it as it is.
    whole: Option<Vec<u8>>,
    sha256: Digest,
    /// Its beginning.
    head: Vec<u8>,
    size: u64,
}

fn read_message(mut file: OpenFile, whole: bool) -> Result<Message, FsError> {
    if whole {
        let bytes = read_whole(file)?;
        let (sha256, size) = (digest::of(Algorithm::Sha256, &bytes), bytes.len() as u64);
        let head = bytes.get(..foreign::HEAD).unwrap_or(&bytes).to_vec();
        return Ok(Message { whole: Some(bytes), sha256, head, size });
    }
    let (mut hasher, mut head) = (digest::Hasher::new(Algorithm::Sha256), Vec::new());
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            let size = file.finish()?;
            return Ok(Message { whole: None, sha256: hasher.finish(), head, size });
        };
        hasher.update(bytes);
        let room = foreign::HEAD.saturating_sub(head.len());
        head.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }
}

/// The digest that a bundle claims is a hint, but one that differs is a sign of a mix-up.
fn same_message(
    claimed: Option<(String, Vec<u8>)>,
    found: &Digest,
    shown: &[u8],
    by: &[u8],
) -> Result<(), Finding> {
    match claimed {
        Some((algorithm, bytes)) if algorithm == "SHA2_256" && bytes != found.as_bytes() => {
            let claimed = format!("sha256:{}", crate::codec::hex::encode(&bytes));
            let finding =
                Finding::error(Code::DigestMismatch, "is not the file that was signed").at(shown);
            Err(finding
                .claimed_by(by, None)
                .with("expected", claimed)
                .with("found", found.to_string()))
        }
        Some((algorithm, _)) if algorithm != "SHA2_256" => {
            let message = format!("names the digest algorithm '{algorithm}', which is not handled");
            Err(Finding::error(Code::Unsupported, message).at(by))
        }
        Some(_) | None => Ok(()),
    }
}

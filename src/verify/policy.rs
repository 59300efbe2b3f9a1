//! The policy of an archive: who signed it, and whether each version was agreed to by the signers
//! of the one before.
//!
//! A version `n + 1` meets the thresholds of `n` and its own. Nothing proves when a policy was
//! signed, so an agreement carries trust from `n` to `n + 1` only by keys that `n` still lets sign
//! at the time of judgement: a key that ran out or was retired may be in anybody's hands. One
//! that held only in its time is no contradiction either: then the chain ends there, and whoever
//! trusts an older version is told so. Whether the policy is the one that the user means is not
//! decided here.

use super::evidence::Held;
use super::signers::{self, Bench};
use crate::codec::hex;
use crate::digest;
use crate::envelope::dsse::{self, Envelope};
use crate::finding::{Code, Finding, Outcome};
use crate::fs::{FsError, Root};
use crate::limits;
use crate::path::RelPath;
use crate::policy::{self, Policy, SignedBy, Signer, TrustSet};
use crate::time::Time;

/// A version of the policy that is kept.
#[derive(Clone)]
pub(super) struct Version {
    /// Its number.
    pub(super) number: u64,
    /// SHA-256 of its bytes.
    pub(super) sha256: [u8; 32],
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// What [`check_chain`] found out: the older versions from which an unbroken chain of agreement
/// leads to the present one, newest first.
#[derive(Default)]
pub(super) struct Chain {
    /// Those versions.
    pub(super) agreed: Vec<Version>,
    /// Every version that is kept as it was signed, whether it agreed or not.
    pub(super) read: Vec<Version>,
}

/// One version in the chain: the policy, and the envelope that signed it.
struct Link {
    policy: Policy,
    envelope: Envelope,
}

fn signature_path() -> String {
    format!("{}{}", policy::PATH, policy::SIGNATURE_SUFFIX)
}

fn read(root: &Root, path: &str, limit: u64) -> Result<Vec<u8>, FsError> {
    root.read(&RelPath::new(path.as_bytes())?, limit)
}

/// The policy's own signature: plain DSSE over the bytes of the file, by enough of its signers.
/// With `known` these very bytes are the ones that the user named or an earlier run remembers:
/// then it does not matter whether a key that signed them has run out since.
pub(super) fn check_signature(
    root: &Root,
    policy: &Policy,
    bytes: &[u8],
    at: Time,
    known: bool,
    outcome: &mut Outcome,
) {
    let shown = signature_path();
    let read = read(root, &shown, limits::ENVELOPE_BYTES);
    let timeless = timeless(&policy.trust);
    let bench = Bench {
        trust: if known { &timeless } else { &policy.trust },
        collection: None,
        namespace: None,
        expired: None,
        proofs: None,
        unread: 0,
        at,
        scope: policy::PATH.as_bytes(),
    };
    let envelope = match read.map(|bytes| dsse::parse(&bytes)) {
        Ok(Ok(envelope)) => envelope,
        Ok(Err(error)) => {
            signers::nobody_signed(&bench, outcome);
            return outcome.push(Finding::of(&error).at(shown));
        }
        Err(error) if error.is_not_found() => {
            let message = "is missing: nobody has signed this policy";
            let finding = Finding::error(Code::Missing, message)
                .at(shown)
                .help("vidimus policy sign --key KEY signs it");
            outcome.push(finding);
            signers::settle(&[], Vec::new(), &bench, outcome);
            return;
        }
        Err(error) => {
            signers::nobody_signed(&bench, outcome);
            return outcome.push(Finding::of(&error).at(shown));
        }
    };
    if envelope.payload != bytes {
        let finding = Finding::error(Code::BadSignature, "is not the policy that was signed")
            .at(policy::PATH);
        let signed = format!("sha256:{}", hex::encode(&digest::sha256(&envelope.payload)));
        let found = format!("sha256:{}", hex::encode(&digest::sha256(bytes)));
        let finding = finding.claimed_by(shown, None).with("expected", signed).with("found", found);
        signers::nobody_signed(&bench, outcome);
        return outcome.push(finding.help(
            "restore it from a copy; if you changed it yourself, raise its version, then vidimus policy sign --key KEY",
        ));
    }
    let held = [Held { path: shown.into_bytes(), envelope }];
    signers::judge(&held, policy::PAYLOAD_TYPE, &bench, outcome);
}

/// Whether enough of `keys` signed these very bytes as a policy.
pub(super) fn vouched(root: &Root, keys: &TrustSet, bytes: &[u8], at: Time) -> bool {
    let shown = signature_path();
    let read = read(root, &shown, limits::ENVELOPE_BYTES);
    let Ok(Ok(envelope)) = read.map(|bytes| dsse::parse(&bytes)) else {
        return false;
    };
    let signed = envelope.payload == bytes && envelope.payload_type == policy::PAYLOAD_TYPE;
    let signers =
        keys.signers.iter().filter(|signer| !envelope.verified_by(&signer.key).is_empty());
    let valid: Vec<_> = signers.map(|signer| SignedBy::at(&signer.key, at)).collect();
    signed && keys.judge_policy(&valid).met()
}

/// Follows the versions in `keys/history/` back from the present one, whose `bytes` were read. A
/// version that is kept and wrong is an error. One that is not kept ends the chain: whoever
/// trusts an older version then has no way to the present one.
pub(super) fn check_chain(
    root: &Root,
    present: &Policy,
    bytes: &[u8],
    at: Time,
    outcome: &mut Outcome,
) -> Chain {
    let mut chain = Chain::default();
    if present.version == 1 {
        return chain;
    }
    let Ok(Ok(envelope)) =
        read(root, &signature_path(), limits::ENVELOPE_BYTES).map(|bytes| dsse::parse(&bytes))
    else {
        // Said already: the present version is not signed.
        return chain;
    };
    if envelope.payload != bytes {
        return chain;
    }
    let mut newer = Link { policy: present.clone(), envelope };
    while let Some(number) = newer.policy.version.checked_sub(1).filter(|number| *number > 0) {
        match link(root, number, at) {
            Ok((older, version)) => {
                chain.read.push(version.clone());
                if !agreed(&timeless(&older.policy.trust), &newer.envelope, at) {
                    outcome.push(disagreed(number));
                    return chain;
                }
                if !agreed(&older.policy.trust, &newer.envelope, at) {
                    outcome.not_checked.push(format!(
                        "whether version {number} of the policy agreed to the next while its keys were valid: they are not any more, so nobody who trusts version {number} can rely on the present one for that"
                    ));
                    return chain;
                }
                chain.agreed.push(version);
                newer = older;
            }
            Err(finding) if finding.code == Code::Missing => {
                outcome.not_checked.push(format!(
                    "that the signers of version {number} of the policy agreed to the next: it is not kept in keys/history/"
                ));
                return chain;
            }
            Err(finding) => {
                outcome.push(*finding);
                return chain;
            }
        }
    }
    chain
}

fn disagreed(number: u64) -> Finding {
    let message = format!(
        "is not signed by enough of the signers of version {number}, who must agree to a next one"
    );
    Finding::error(Code::Threshold, message)
        .at(signature_path())
        .with_number("version", number.saturating_add(1))
        .help("a signer of that version runs vidimus policy sign --key KEY")
}

/// Reads one kept version. It must be what its envelope says it is.
fn link(root: &Root, number: u64, at: Time) -> Result<(Link, Version), Box<Finding>> {
    let folder = format!("keys/history/{number}");
    let shown = format!("{folder}/policy.toml");
    let signature = format!("{shown}{}", policy::SIGNATURE_SUFFIX);
    let kept = |path: &str, limit: u64| {
        read(root, path, limit).map_err(|error| Box::new(not_kept(&error, path)))
    };
    let bytes = kept(&shown, limits::POLICY_BYTES)?;
    let envelope = dsse::parse(&kept(&signature, limits::ENVELOPE_BYTES)?)
        .map_err(|error| Box::new(Finding::of(&error).at(signature.clone())))?;
    let policy = Policy::parse_in(&bytes, root, Some(&folder), &shown)?;
    if policy.version != number
        || envelope.payload != bytes
        || !agreed(&timeless(&policy.trust), &envelope, at)
    {
        let message = "is not the version that was signed in its time";
        return Err(Box::new(Finding::error(Code::BadSignature, message).at(shown)));
    }
    let version = Version { number, sha256: digest::sha256(&bytes), bytes };
    Ok((Link { policy, envelope }, version))
}

fn not_kept(error: &FsError, path: &str) -> Finding {
    if error.is_not_found() {
        Finding::error(Code::Missing, "is missing: this version of the policy is not kept").at(path)
    } else {
        Finding::of(error).at(path)
    }
}

/// The same trust without bounds in time; what is compromised stays so.
fn timeless(trust: &TrustSet) -> TrustSet {
    let compromised =
        |revoked: &policy::Revoked| revoked.reason == policy::RevocationReason::Compromised;
    let timeless = |signer: &Signer| Signer {
        valid_after: None,
        valid_before: None,
        revoked: signer.revoked.filter(compromised),
        ..signer.clone()
    };
    TrustSet { signers: trust.signers.iter().map(timeless).collect(), rules: trust.rules.clone() }
}

/// Whether enough signers stand behind the bytes in `envelope` at this time.
fn agreed(trust: &TrustSet, envelope: &Envelope, at: Time) -> bool {
    let signers =
        trust.signers.iter().filter(|signer| !envelope.verified_by(&signer.key).is_empty());
    let valid: Vec<_> = signers.map(|signer| SignedBy::at(&signer.key, at)).collect();
    envelope.payload_type == policy::PAYLOAD_TYPE && trust.judge_policy(&valid).met()
}

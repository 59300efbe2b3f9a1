//! Who signed: every signature against every trusted key, counted by distinct key.
//!
//! A key id is used for the wording of a refusal only; it never decides trust (DSSE 1.0.2).
//! A rejected signature is an error only where the threshold is not met without it.

use super::evidence::Held;
use super::verified::Verified;
use crate::envelope::dsse::Envelope;
use crate::finding::{Code, Coded, Finding, Outcome, Severity, SignerRow, SignerStatus};
use crate::key::PublicKey;
use crate::limits;
use crate::policy::{Judgement, Proof, TrustSet};
use crate::time::Time;
use std::collections::BTreeSet;

/// For what, by whom and at what time signatures are judged.
pub(super) struct Bench<'a> {
    /// Whose signatures count.
    pub(super) trust: &'a TrustSet,
    /// The collection, or `None` for the policy itself, which every rule must carry.
    pub(super) collection: Option<&'a str>,
    /// The namespace of an OpenSSH signature; `None` for every other form.
    pub(super) namespace: Option<&'a str>,
    /// The time of judgement.
    pub(super) at: Time,
    /// Evidence files that could not be read: each might have held one signature more.
    pub(super) unread: u64,
    /// The signed thing as shown.
    pub(super) scope: &'a [u8],
}

/// One signature that did not count.
pub(super) struct Rejection {
    pub(super) path: Vec<u8>,
    pub(super) name: String,
    pub(super) key: Option<String>,
    pub(super) code: Code,
    pub(super) message: String,
}

/// Judges the signatures of `held` and gives the payload, when at least one known key really
/// signed it; whether that key counts is said in `outcome`. The payload is that of the first envelope; signatures over
/// other bytes do not count. All payload types must be `payload_type`.
pub(super) fn judge(
    held: &[Held],
    payload_type: &str,
    bench: &Bench,
    outcome: &mut Outcome,
) -> Option<Verified<Vec<u8>>> {
    let first = held.first()?;
    if work(held, bench.trust) > limits::SIGNED_WORK {
        let message = "has more signatures, of more bytes, for more keys than are tried";
        outcome.push(Finding::error(Code::Limit, message).at(bench.scope));
        settle(&[], Vec::new(), bench, outcome);
        return None;
    }
    let payload = &first.envelope.payload;
    let mut rejections = Vec::new();
    let mut valid: Vec<(usize, &[u8])> = Vec::new();
    for Held { path, envelope } in held {
        if envelope.payload_type != payload_type {
            rejections.push(wrong_type(path, envelope, payload_type));
        } else if envelope.payload == *payload {
            sort_signatures(envelope, path, bench.trust, &mut valid, &mut rejections);
        } else {
            rejections.push(other_payload(path));
        }
    }
    settle(&valid, rejections, bench, outcome);
    (!valid.is_empty()).then(|| Verified::new(payload.clone()))
}

/// How many bytes are hashed at most when every signature is tried under every key.
fn work(held: &[Held], trust: &TrustSet) -> u64 {
    let bytes = |Envelope { payload, signatures, .. }: &Envelope| {
        number(payload.len()).saturating_mul(number(signatures.len()))
    };
    let all = held.iter().fold(0, |sum: u64, held| sum.saturating_add(bytes(&held.envelope)));
    all.saturating_mul(number(trust.signers.len()))
}

fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// Counts `valid` (signer index and evidence path) and reports everything about signers.
pub(super) fn settle(
    valid: &[(usize, &[u8])],
    mut rejections: Vec<Rejection>,
    bench: &Bench,
    outcome: &mut Outcome,
) -> bool {
    let keys: Vec<&PublicKey> =
        distinct(valid).iter().filter_map(|&i| Some(&bench.trust.signers.get(i)?.key)).collect();
    let judgement = match (bench.collection, bench.namespace) {
        (Some(collection), Some(namespace)) => {
            bench.trust.judge_openssh(collection, namespace, &keys, bench.at)
        }
        (Some(collection), None) => bench.trust.judge(collection, &keys, bench.at),
        (None, _) => bench.trust.judge_policy(&keys, bench.at),
    };
    reject_judged(&judgement, valid, bench.trust, &mut rejections);
    let met = judgement.met();
    let proofs_missing = report_missing_proofs(&judgement, outcome);
    report_threshold(&judgement, &rejections, bench, outcome);
    for &index in &judgement.accepted {
        outcome.signers.push(accepted_row(index, valid, bench));
    }
    for rejection in rejections {
        report_rejection(rejection, met, bench.scope, outcome);
    }
    met && !proofs_missing
}

fn distinct(valid: &[(usize, &[u8])]) -> BTreeSet<usize> {
    valid.iter().map(|&(index, _)| index).collect()
}

fn sort_signatures<'a>(
    envelope: &Envelope,
    path: &'a [u8],
    trust: &TrustSet,
    valid: &mut Vec<(usize, &'a [u8])>,
    rejections: &mut Vec<Rejection>,
) {
    let mut verified = vec![false; envelope.signatures.len()];
    for (signer, entry) in trust.signers.iter().enumerate() {
        for index in envelope.verified_by(&entry.key) {
            if let Some(flag) = verified.get_mut(index) {
                *flag = true;
            }
            valid.push((signer, path));
        }
    }
    for (signature, verified) in envelope.signatures.iter().zip(verified) {
        if !verified {
            rejections.push(unverified(path, signature.key_id.as_deref(), trust));
        }
    }
}

/// A signature that verifies under no trusted key: bad if it claims, or cannot disclaim, to be
/// by one of them; otherwise by a stranger.
pub(super) fn unverified(path: &[u8], key_id: Option<&str>, trust: &TrustSet) -> Rejection {
    let claimed = trust.signers.iter().find(|signer| {
        key_id.is_some_and(|id| signer.key.known_ids().iter().any(|known| known == id))
    });
    let (code, name, message) = match (claimed, key_id) {
        (Some(signer), _) => (
            Code::BadSignature,
            signer.name.clone(),
            format!("holds a signature that fails under the key of {}", signer.name),
        ),
        (None, Some(id)) => (
            Code::UntrustedKey,
            format!("key id {id}"),
            "holds a signature by a key that is not trusted here".to_owned(),
        ),
        (None, None) => (
            Code::BadSignature,
            "unnamed key".to_owned(),
            "holds a signature that fails under every trusted key".to_owned(),
        ),
    };
    let key = claimed.map(|signer| signer.key.to_string());
    Rejection { path: path.to_vec(), name, key, code, message }
}

fn wrong_type(path: &[u8], envelope: &Envelope, wanted: &str) -> Rejection {
    Rejection {
        path: path.to_vec(),
        name: "unread".to_owned(),
        key: None,
        code: Code::PayloadType,
        message: format!("is signed as '{}', where '{wanted}' is wanted", envelope.payload_type),
    }
}

fn other_payload(path: &[u8]) -> Rejection {
    Rejection {
        path: path.to_vec(),
        name: "unread".to_owned(),
        key: None,
        code: Code::Scope,
        message: "signs another statement than the first bundle, so it does not count".to_owned(),
    }
}

fn reject_judged(
    judgement: &Judgement,
    valid: &[(usize, &[u8])],
    trust: &TrustSet,
    rejections: &mut Vec<Rejection>,
) {
    for rejected in &judgement.rejected {
        let signer = trust.find(&rejected.key);
        let index = trust.signers.iter().position(|signer| signer.key == rejected.key);
        let path = valid
            .iter()
            .find(|(signer, _)| Some(*signer) == index)
            .map_or(&b""[..], |&(_, path)| path);
        rejections.push(Rejection {
            path: path.to_vec(),
            name: signer.map_or_else(|| rejected.key.to_string(), |signer| signer.name.clone()),
            key: Some(rejected.key.to_string()),
            code: rejected.reason.code(),
            message: format!("is signed, but {}", rejected.reason),
        });
    }
}

/// `threshold` is said where the rejected and the unreadable signatures, had they been good, would
/// not have been enough either; where they would, their own code says what is wrong.
fn report_threshold(
    judgement: &Judgement,
    rejections: &[Rejection],
    bench: &Bench,
    outcome: &mut Outcome,
) {
    if !judgement.covered
        && !judgement.rejected.iter().any(|rejected| rejected.reason.code() == Code::Scope)
    {
        let message = "is covered by no rule of the policy, so nobody may sign it";
        outcome.push(Finding::error(Code::Scope, message).at(bench.scope));
    }
    let claims: BTreeSet<_> =
        rejections.iter().map(|r| r.key.clone().unwrap_or_else(|| r.name.clone())).collect();
    for verdict in &judgement.rules {
        outcome.thresholds.push((bench.scope.to_vec(), verdict.have, verdict.need));
        let claimed = bench.unread.saturating_add(claims.len() as u64);
        let possible = verdict.have.saturating_add(claimed);
        if verdict.have < verdict.need && possible < verdict.need {
            let message =
                format!("is signed by {} of the {} keys required", verdict.have, verdict.need);
            let finding = Finding::error(Code::Threshold, message).at(bench.scope);
            outcome
                .push(finding.with_number("have", verdict.have).with_number("need", verdict.need));
        }
    }
}

/// Says in figures that nobody signed, where another finding says already what is wrong.
pub(super) fn nobody_signed(bench: &Bench, outcome: &mut Outcome) {
    let rules = match bench.collection {
        Some(collection) => bench.trust.judge(collection, &[], bench.at).rules,
        None => bench.trust.judge_policy(&[], bench.at).rules,
    };
    outcome.thresholds.extend(rules.iter().map(|rule| (bench.scope.to_vec(), 0, rule.need)));
}

/// Proofs that a rule requires and this version cannot check fail closed, each with its code.
fn report_missing_proofs(judgement: &Judgement, outcome: &mut Outcome) -> bool {
    let required = judgement.require();
    for proof in &required {
        let (code, what) = match proof {
            Proof::Timestamp => (Code::NoTime, "a trusted timestamp"),
            Proof::Log => (Code::Inclusion, "a proof of inclusion in the log"),
            Proof::Witness => (Code::Quorum, "cosignatures of witnesses"),
        };
        let message = format!("the policy requires {what}, and this version cannot check one");
        outcome.push(Finding::error(code, message));
    }
    !required.is_empty()
}

fn accepted_row(index: usize, valid: &[(usize, &[u8])], bench: &Bench) -> SignerRow {
    let signer = bench.trust.signers.get(index);
    SignerRow {
        name: signer.map(|signer| signer.name.clone()).unwrap_or_default(),
        key: signer.map(|signer| signer.key.to_string()),
        scope: Some(bench.scope.to_vec()),
        evidence: valid
            .iter()
            .find(|&&(signer, _)| signer == index)
            .map(|&(_, path)| path.to_vec()),
        status: SignerStatus::Accepted,
    }
}

fn report_rejection(rejection: Rejection, met: bool, scope: &[u8], outcome: &mut Outcome) {
    let severity = if met { Severity::Note } else { Severity::Error };
    let finding = Finding { severity, ..Finding::error(rejection.code, rejection.message) };
    let finding = finding.at(rejection.path.clone()).with("signer", rejection.name.clone());
    outcome.push(match &rejection.key {
        Some(key) => finding.with("key", key.clone()),
        None => finding,
    });
    outcome.signers.push(SignerRow {
        name: rejection.name,
        key: rejection.key,
        scope: Some(scope.to_vec()),
        evidence: Some(rejection.path),
        status: SignerStatus::Rejected(rejection.code),
    });
}

/// Rejections of a signature for a reason that an error gives.
pub(super) fn rejection(
    path: &[u8],
    name: String,
    key: Option<&PublicKey>,
    error: &dyn Coded,
) -> Rejection {
    Rejection {
        path: path.to_vec(),
        name,
        key: key.map(ToString::to_string),
        code: error.code(),
        message: error.to_string(),
    }
}

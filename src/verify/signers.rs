//! Who signed: every signature against every trusted key, counted by distinct key.
//!
//! A key id is used for the wording of a refusal only; it never decides trust (DSSE 1.0.2).
//! A rejected signature, and a proof that does not hold, is an error only where what the rules ask
//! for is not met without it. Each signature is judged at the time by which it is proven to have
//! existed; where nothing is proven, at the time of judgement.

use super::evidence::Held;
use super::proofs::{Facts, Proofs};
use super::verified::Verified;
use crate::envelope::dsse::Envelope;
use crate::finding::{Code, Coded, Finding, Outcome, Severity, SignerRow, SignerStatus};
use crate::key::PublicKey;
use crate::limits;
use crate::policy::{Judgement, Moment, Proof, SignedBy, TrustSet};
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
    /// The time of judgement where nothing is proven.
    pub(super) at: Time,
    /// The end of the policy's time, where it is over: then only what is proven older counts.
    pub(super) expired: Option<Time>,
    /// What proves time and publication of the signatures, where there may be something.
    pub(super) proofs: Option<&'a Proofs<'a>>,
    /// Evidence files that could not be read: each might have held one signature more.
    pub(super) unread: u64,
    /// The signed thing as shown.
    pub(super) scope: &'a [u8],
}

/// One signature that verified.
pub(super) struct Valid<'a> {
    /// Whose, as a place in the list of signers.
    pub(super) signer: usize,
    /// The file that holds it.
    pub(super) path: &'a [u8],
    /// Its raw bytes; empty where nothing can be proven of them.
    pub(super) sig: Vec<u8>,
    /// What is proven of it.
    pub(super) facts: Facts,
}

impl<'a> Valid<'a> {
    /// A signature of which nothing is proven.
    pub(super) fn bare(signer: usize, path: &'a [u8]) -> Self {
        Self { signer, path, sig: Vec::new(), facts: Facts::default() }
    }
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
    let mut valid: Vec<Valid> = Vec::new();
    for Held { path, envelope } in held {
        if envelope.payload_type != payload_type {
            rejections.push(wrong_type(path, envelope, payload_type));
        } else if envelope.payload == *payload {
            sort_signatures(envelope, path, bench, &mut valid, &mut rejections);
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

/// Counts `valid` and reports everything about signers.
pub(super) fn settle(
    valid: &[Valid],
    mut rejections: Vec<Rejection>,
    bench: &Bench,
    outcome: &mut Outcome,
) -> bool {
    let older = |valid: &&Valid| {
        let proven = valid.facts.proven;
        bench.expired.is_none_or(|expires| proven.is_some_and(|proven| proven < expires))
    };
    for late in valid.iter().filter(|valid| !older(valid)) {
        rejections.extend(too_late(late, bench));
    }
    let signed: Vec<SignedBy> =
        valid.iter().filter(older).filter_map(|valid| circumstances(valid, bench)).collect();
    let judgement = match (bench.collection, bench.namespace) {
        (Some(collection), Some(namespace)) => {
            bench.trust.judge_openssh(collection, namespace, &signed)
        }
        (Some(collection), None) => bench.trust.judge(collection, &signed),
        (None, _) => bench.trust.judge_policy(&signed),
    };
    reject_judged(&judgement, valid, bench.trust, &mut rejections);
    let met = judgement.met();
    report_proofs(&judgement, valid, bench, outcome);
    report_threshold(&judgement, &rejections, bench, outcome);
    for &index in &judgement.accepted {
        outcome.signers.push(accepted_row(index, valid, bench));
    }
    for rejection in rejections {
        report_rejection(rejection, met, bench.scope, outcome);
    }
    met
}

/// A signature of which nothing proves that it is older than the end of the policy.
fn too_late(valid: &Valid, bench: &Bench) -> Option<Rejection> {
    let (signer, expires) = (bench.trust.signers.get(valid.signer)?, bench.expired?);
    Some(Rejection {
        path: valid.path.to_vec(),
        name: signer.name.clone(),
        key: Some(signer.key.to_string()),
        code: Code::Expired,
        message: format!(
            "is signed, but the policy expired at {expires}, and nothing proves that the signature is older"
        ),
    })
}

/// When, and with which proofs, a signature is judged.
fn circumstances<'a>(valid: &Valid, bench: &Bench<'a>) -> Option<SignedBy<'a>> {
    let key = &bench.trust.signers.get(valid.signer)?.key;
    let moment = valid.facts.proven.map_or(Moment::unproven(bench.at), Moment::proven);
    Some(SignedBy { key, moment, proofs: valid.facts.proofs.clone() })
}

fn sort_signatures<'a>(
    envelope: &Envelope,
    path: &'a [u8],
    bench: &Bench,
    valid: &mut Vec<Valid<'a>>,
    rejections: &mut Vec<Rejection>,
) {
    let mut verified = vec![false; envelope.signatures.len()];
    for (signer, entry) in bench.trust.signers.iter().enumerate() {
        for index in envelope.verified_by(&entry.key) {
            if let Some(flag) = verified.get_mut(index) {
                *flag = true;
            }
            let signature = envelope.signatures.get(index);
            let sig = signature.map(|signature| signature.sig.clone()).unwrap_or_default();
            // Copies of one signature have the same proofs.
            let known = valid.iter().find(|valid| valid.signer == signer && valid.sig == sig);
            let facts = match (known, bench.proofs) {
                (Some(known), _) => Facts { problems: Vec::new(), ..known.facts.clone() },
                (None, Some(proofs)) => proofs.of(&envelope.payload, &sig, &entry.key),
                (None, None) => Facts::default(),
            };
            valid.push(Valid { signer, path, sig, facts });
        }
    }
    for (signature, verified) in envelope.signatures.iter().zip(verified) {
        if !verified {
            rejections.push(unverified(path, signature.key_id.as_deref(), bench.trust));
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
    valid: &[Valid],
    trust: &TrustSet,
    rejections: &mut Vec<Rejection>,
) {
    for rejected in &judgement.rejected {
        let signer = trust.find(&rejected.key);
        let index = trust.signers.iter().position(|signer| signer.key == rejected.key);
        let path = valid
            .iter()
            .find(|valid| Some(valid.signer) == index)
            .map_or(&b""[..], |valid| valid.path);
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
        let possible = verdict.signed.saturating_add(claimed);
        if verdict.signed < verdict.need && possible < verdict.need {
            let message =
                format!("is signed by {} of the {} keys required", verdict.signed, verdict.need);
            let finding = Finding::error(Code::Threshold, message).at(bench.scope);
            outcome.push(
                finding.with_number("have", verdict.signed).with_number("need", verdict.need),
            );
        }
    }
}

/// Says in figures that nobody signed, where another finding says already what is wrong.
pub(super) fn nobody_signed(bench: &Bench, outcome: &mut Outcome) {
    let rules = match bench.collection {
        Some(collection) => bench.trust.judge(collection, &[]).rules,
        None => bench.trust.judge_policy(&[]).rules,
    };
    outcome.thresholds.extend(rules.iter().map(|rule| (bench.scope.to_vec(), 0, rule.need)));
}

/// What a proof that does not hold is, depends on whether it was needed: an error where a rule
/// lacks such proofs and nothing else, otherwise a note. A proof that is needed and not there at
/// all has its own code.
fn report_proofs(judgement: &Judgement, valid: &[Valid], bench: &Bench, outcome: &mut Outcome) {
    let lacking = judgement.lacking();
    let mut said = BTreeSet::new();
    let mut shown: Vec<Finding> = Vec::new();
    for (proof, finding) in valid.iter().flat_map(|valid| &valid.facts.problems) {
        let needed = lacking.contains(proof);
        if needed {
            said.insert(*proof);
        }
        let severity = if needed { Severity::Error } else { Severity::Note };
        let mut finding = Finding { severity, ..finding.clone() };
        if needed && finding.help.is_none() {
            finding = finding.help(missing(*proof).help.unwrap_or_default());
        }
        // What breaks two proofs at once is said once, as the worse of the two.
        let same = |other: &Finding| other.path == finding.path && other.message == finding.message;
        match shown.iter_mut().find(|other| same(other)) {
            Some(other) if other.severity < severity => *other = finding,
            Some(_) => {}
            None => shown.push(finding),
        }
    }
    shown.into_iter().for_each(|finding| outcome.push(finding));
    for proof in lacking.difference(&said) {
        outcome.push(missing(*proof).at(bench.scope));
    }
}

fn missing(proof: Proof) -> Finding {
    let (code, what, help) = match proof {
        Proof::Timestamp => (
            Code::NoTime,
            "has not the trusted timestamps over its signatures that the policy requires",
            "vidimus stamp --tsa URL obtains one; offline, vidimus stamp --request FILE and --response FILE",
        ),
        Proof::Log => (
            Code::Inclusion,
            "has no proof that its signatures are in the log, which the policy requires",
            "vidimus log append, log checkpoint and log prove make one",
        ),
        Proof::Witness => (
            Code::Quorum,
            "is in no checkpoint of the log that enough witnesses cosigned, as the policy requires",
            "vidimus log checkpoint --witnesses asks the witnesses of the policy, then vidimus log prove",
        ),
    };
    Finding::error(code, what).help(help)
}

fn accepted_row(index: usize, valid: &[Valid], bench: &Bench) -> SignerRow {
    let signer = bench.trust.signers.get(index);
    SignerRow {
        name: signer.map(|signer| signer.name.clone()).unwrap_or_default(),
        key: signer.map(|signer| signer.key.to_string()),
        scope: Some(bench.scope.to_vec()),
        evidence: valid.iter().find(|valid| valid.signer == index).map(|valid| valid.path.to_vec()),
        status: SignerStatus::Accepted,
        proven: best_of(index, valid).and_then(|facts| facts.proven),
        proofs: best_of(index, valid).map(|facts| facts.rows.clone()).unwrap_or_default(),
    }
}

/// The facts of the signature by which a signer was judged: of several the best proven one.
fn best_of<'a>(index: usize, valid: &'a [Valid]) -> Option<&'a Facts> {
    let own = valid.iter().filter(|valid| valid.signer == index).map(|valid| &valid.facts);
    own.max_by_key(|facts| (facts.proofs.len(), facts.proven.map(std::cmp::Reverse)))
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
        proven: None,
        proofs: Vec::new(),
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

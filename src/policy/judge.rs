//! The judgement: which of the keys that signed count, and whether they are enough.
//!
//! Takes keys whose signatures over the same bytes were verified by the caller, with the
//! circumstances of each; looks at no signature and no proof itself. Thresholds count distinct
//! public keys (promise 5), compared by their SubjectPublicKeyInfo. Under a rule that requires
//! proofs, a signature counts when it has them.

use crate::finding::{Code, Coded};
use crate::key::PublicKey;
use crate::policy::circumstances::SignedBy;
use crate::policy::rule::{Proof, Rule};
use crate::policy::signer::{Signer, Standing};
use crate::policy::trust::TrustSet;
use std::collections::{BTreeMap, BTreeSet};

/// What the trusted rules say about a set of keys that signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Signers that count under at least one rule that covers the thing signed, as places in
    /// [`TrustSet::signers`]; one a key.
    pub accepted: Vec<usize>,
    /// Keys that count under none, in the order given.
    pub rejected: Vec<Rejected>,
    /// The rules that cover the thing signed.
    pub rules: Vec<RuleVerdict>,
    /// Whether any rule covers the thing signed.
    pub covered: bool,
}

/// A key that signed and does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The key.
    pub key: PublicKey,
    /// Its place in [`TrustSet::signers`], when it has one.
    pub signer: Option<usize>,
    /// Why it does not count.
    pub reason: Rejection,
}

/// Why a key that signed does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing names it.
    #[error("the key is not trusted here")]
    Unknown,
    /// No rule that covers the thing signed names it.
    #[error("the key is not trusted for this")]
    Scope,
    /// It may sign in other OpenSSH namespaces only.
    #[error("the key is not trusted for signatures in this namespace")]
    Namespace,
    /// It may make OpenSSH signatures only, and this is another format.
    #[error("the key is trusted for OpenSSH signatures only")]
    OpensshOnly,
    /// Outside its time, or withdrawn.
    #[error(transparent)]
    Standing(#[from] Standing),
}

impl Coded for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::UntrustedKey,
            Self::Scope | Self::OpensshOnly => Code::Scope,
            Self::Namespace => Code::Namespace,
            Self::Standing(standing) => standing.code(),
        }
    }
}

/// How many keys one rule counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleVerdict {
    /// Its place in [`TrustSet::rules`].
    pub rule: usize,
    /// Distinct keys that count under it: by a signature that has every proof it requires.
    pub have: u64,
    /// Distinct keys that would count if it required no proof.
    pub signed: u64,
    /// Distinct keys that it asks for.
    pub need: u64,
    /// The proofs that it requires and some signature lacks, in rising order.
    pub lacking: Vec<Proof>,
}

impl RuleVerdict {
    /// Whether enough keys signed, with the proofs required.
    pub fn met(&self) -> bool {
        self.have >= self.need
    }

    /// Whether enough keys signed, and only proofs are lacking.
    pub fn lacks_proofs_only(&self) -> bool {
        !self.met() && self.signed >= self.need
    }
}

impl Judgement {
    /// Whether some rule covers the thing signed, and enough keys signed for every rule that
    /// does, with the proofs that it requires.
    pub fn met(&self) -> bool {
        self.covered && !self.rules.is_empty() && self.rules.iter().all(RuleVerdict::met)
    }

    /// The proofs for whose lack alone rules are not met, each once.
    pub fn lacking(&self) -> BTreeSet<Proof> {
        let short = self.rules.iter().filter(|rule| rule.lacks_proofs_only());
        short.flat_map(|rule| rule.lacking.iter().copied()).collect()
    }

    /// The rule that is furthest from being met, or else the one that asks for most: the one
    /// whose figures a summary shows.
    pub fn tightest(&self) -> Option<&RuleVerdict> {
        self.rules.iter().max_by_key(|rule| (rule.need.saturating_sub(rule.have), rule.need))
    }
}

/// The circumstances of a judgement.
struct Case<'a> {
    rules: Vec<(usize, &'a Rule)>,
    namespace: Option<&'a str>,
}

impl TrustSet {
    /// Judges the keys whose signatures over one payload about `collection` verified, each under
    /// its circumstances. Signers that are bound to OpenSSH namespaces do not count here.
    pub fn judge(&self, collection: &str, valid: &[SignedBy<'_>]) -> Judgement {
        self.judge_case(valid, &Case { rules: self.covering(collection), namespace: None })
    }

    /// Like [`TrustSet::judge`] for OpenSSH signatures, which were made in a namespace.
    pub fn judge_openssh(
        &self,
        collection: &str,
        namespace: &str,
        valid: &[SignedBy<'_>],
    ) -> Judgement {
        let namespace = Some(namespace);
        self.judge_case(valid, &Case { rules: self.covering(collection), namespace })
    }

    /// Judges the keys whose signatures over a policy verified: they must meet the threshold of
    /// every rule. Proofs are of statements, and none is asked for here.
    pub fn judge_policy(&self, valid: &[SignedBy<'_>]) -> Judgement {
        let bare = |rule: &Rule| Rule { require: Vec::new(), ..rule.clone() };
        let rules: Vec<Rule> = self.rules.iter().map(bare).collect();
        let case = Case { rules: rules.iter().enumerate().collect(), namespace: None };
        self.judge_case(valid, &case)
    }

    fn covering(&self, collection: &str) -> Vec<(usize, &Rule)> {
        self.rules.iter().enumerate().filter(|(_, rule)| rule.covers(collection)).collect()
    }

    fn judge_case(&self, valid: &[SignedBy<'_>], case: &Case<'_>) -> Judgement {
        let in_rules: BTreeSet<usize> =
            case.rules.iter().flat_map(|(_, rule)| rule.signers.iter().copied()).collect();
        let (mut accepted, mut rejected) = (Vec::new(), Vec::new());
        let mut counting: BTreeMap<usize, Counted<'_>> = BTreeMap::new();
        for signed in best(valid) {
            match self.counting(signed, &in_rules, case) {
                Ok(places) => {
                    accepted.extend(places.first());
                    let counted =
                        || Counted { spki: signed.key.spki_der(), proofs: &signed.proofs };
                    counting.extend(places.into_iter().map(|place| (place, counted())));
                }
                Err((signer, reason)) => {
                    rejected.push(Rejected { key: signed.key.clone(), signer, reason });
                }
            }
        }
        let rules =
            case.rules.iter().map(|(place, rule)| verdict(*place, rule, &counting)).collect();
        Judgement { accepted, rejected, rules, covered: !case.rules.is_empty() }
    }

    /// The places at which a key counts: at least one, in rising order. A list of allowed
    /// signers may name a key more than once, with different bounds, and one that holds is enough.
    fn counting(
        &self,
        signed: &SignedBy<'_>,
        in_rules: &BTreeSet<usize>,
        case: &Case<'_>,
    ) -> Result<Vec<usize>, (Option<usize>, Rejection)> {
        let mut good = Vec::new();
        let mut refusal = (None, Rejection::Unknown);
        for (place, signer) in self.signers.iter().enumerate().filter(|(_, s)| s.key == *signed.key)
        {
            match in_rules
                .contains(&place)
                .then_some(signer)
                .ok_or(Rejection::Scope)
                .and_then(|s| check(s, signed, case))
            {
                Ok(()) => good.push(place),
                Err(reason) if matches!(refusal.1, Rejection::Unknown | Rejection::Scope) => {
                    refusal = (Some(place), reason);
                }
                Err(_) => {}
            }
        }
        if good.is_empty() { Err(refusal) } else { Ok(good) }
    }
}

fn check(signer: &Signer, signed: &SignedBy<'_>, case: &Case<'_>) -> Result<(), Rejection> {
    if !signer.allows_namespace(case.namespace) {
        return Err(match case.namespace {
            Some(_) => Rejection::Namespace,
            None => Rejection::OpensshOnly,
        });
    }
    Ok(signer.standing(signed.moment)?)
}

/// One signature a key: the best proven of several.
fn best<'v, 'a>(valid: &'v [SignedBy<'a>]) -> Vec<&'v SignedBy<'a>> {
    let mut once: Vec<&SignedBy<'a>> = Vec::with_capacity(valid.len());
    for signed in valid {
        match once.iter_mut().find(|other| other.key == signed.key) {
            Some(other) if signed.better_than(other) => *other = signed,
            Some(_) => {}
            None => once.push(signed),
        }
    }
    once
}

/// A key that counts at a place of the list of signers.
struct Counted<'a> {
    spki: Vec<u8>,
    proofs: &'a BTreeSet<Proof>,
}

fn verdict(place: usize, rule: &Rule, counting: &BTreeMap<usize, Counted<'_>>) -> RuleVerdict {
    let signed: Vec<&Counted<'_>> =
        rule.signers.iter().filter_map(|signer| counting.get(signer)).collect();
    let lacks = |counted: &Counted<'_>, proof: &Proof| !counted.proofs.contains(proof);
    let whole = |counted: &Counted<'_>| !rule.require.iter().any(|proof| lacks(counted, proof));
    let mut lacking: Vec<Proof> = rule.require.clone();
    lacking.retain(|proof| signed.iter().any(|counted| lacks(counted, proof)));
    lacking.sort_unstable();
    RuleVerdict {
        rule: place,
        have: keys(signed.iter().filter(|counted| whole(counted))),
        signed: keys(signed.iter()),
        need: rule.threshold,
        lacking,
    }
}

/// How many distinct keys.
fn keys<'a>(counted: impl Iterator<Item = &'a &'a Counted<'a>>) -> u64 {
    let keys: BTreeSet<&[u8]> = counted.map(|counted| counted.spki.as_slice()).collect();
    u64::try_from(keys.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::circumstances::Moment;
    use crate::policy::testing::{key, time};

    const AT: &str = "2026-06-01T00:00:00Z";

    fn all<'a>(keys: impl IntoIterator<Item = &'a PublicKey>) -> Vec<SignedBy<'a>> {
        keys.into_iter().map(|key| SignedBy::at(key, time(AT))).collect()
    }

    fn trust(signers: &[u8], rules: &[(&str, &[usize], u64)]) -> TrustSet {
        let signers = signers.iter().map(|&seed| Signer::new(format!("s{seed}"), key(seed), None));
        let rules = rules.iter().map(|(collection, signers, threshold)| Rule {
            collections: vec![(*collection).to_owned()],
            signers: signers.to_vec(),
            threshold: *threshold,
            require: Vec::new(),
        });
        TrustSet { signers: signers.collect(), rules: rules.collect() }
    }

    fn judge(trust: &TrustSet, collection: &str, seeds: &[u8]) -> Judgement {
        let keys: Vec<PublicKey> = seeds.iter().map(|&seed| key(seed)).collect();
        trust.judge(collection, &all(&keys))
    }

    /// `accepted / codes of the rejected / have of need for each rule / met`
    fn shown(judgement: &Judgement) -> String {
        let rejected: Vec<_> =
            judgement.rejected.iter().map(|r| r.reason.code().as_str()).collect();
        let rules: Vec<_> =
            judgement.rules.iter().map(|r| format!("{}/{}", r.have, r.need)).collect();
        let met = judgement.met();
        format!("{:?} [{}] [{}] {met}", judgement.accepted, rejected.join(" "), rules.join(" "))
    }

    #[test]
    fn thresholds_and_scopes() {
        let trust = trust(&[1, 2, 3], &[("seeds", &[0, 1], 2), ("*", &[1], 1), ("notes", &[2], 1)]);
        for (collection, seeds, expected) in [
            ("seeds", &[1, 2][..], "[0, 1] [] [2/2 1/1] true"),
            ("seeds", &[1, 1, 1], "[0] [] [1/2 0/1] false"),
            ("seeds", &[2, 2], "[1] [] [1/2 1/1] false"),
            ("seeds", &[1, 3, 9], "[0] [scope untrusted-key] [1/2 0/1] false"),
            ("seeds", &[], "[] [] [0/2 0/1] false"),
            ("notes", &[3], "[2] [] [0/1 1/1] false"),
            ("notes", &[3, 2], "[2, 1] [] [1/1 1/1] true"),
            ("other", &[2, 1], "[1] [scope] [1/1] true"),
        ] {
            assert_eq!(
                shown(&judge(&trust, collection, seeds)),
                expected,
                "{collection} {seeds:?}"
            );
        }
    }

    #[test]
    fn what_no_rule_covers_is_never_met() {
        let judgement = judge(&trust(&[1], &[("seeds", &[0], 1)]), "other", &[1]);
        assert!(!judgement.covered);
        assert_eq!(shown(&judgement), "[] [scope] [] false");
        let nothing = TrustSet::default().judge_policy(&all([&key(1)]));
        assert_eq!(shown(&nothing), "[] [untrusted-key] [] false");
    }

    #[test]
    fn a_policy_meets_every_rule() {
        let trust = trust(&[1, 2, 3], &[("a", &[0], 1), ("b", &[1, 2], 2)]);
        for (seeds, expected) in [
            (&[1, 2, 3][..], "[0, 1, 2] [] [1/1 2/2] true"),
            (&[1, 2], "[0, 1] [] [1/1 1/2] false"),
            (&[2, 3], "[1, 2] [] [0/1 2/2] false"),
        ] {
            let keys: Vec<PublicKey> = seeds.iter().map(|&seed| key(seed)).collect();
            let judgement = trust.judge_policy(&all(&keys));
            assert_eq!(shown(&judgement), expected);
        }
        let judgement = trust.judge_policy(&all([&key(2)]));
        assert_eq!(judgement.tightest().map(|rule| (rule.have, rule.need)), Some((1, 2)));
    }

    #[test]
    fn a_key_listed_twice_counts_once_and_by_its_better_line() {
        let mut trust = trust(&[1, 1, 2], &[("*", &[0, 1, 2], 2)]);
        trust.signers[0].valid_before = Some(time("2026-01-01T00:00:00Z"));
        assert_eq!(shown(&judge(&trust, "x", &[1])), "[1] [] [1/2] false");
        trust.signers[1].valid_before = trust.signers[0].valid_before;
        assert_eq!(shown(&judge(&trust, "x", &[1, 2])), "[2] [expired] [1/2] false");
        trust.signers[0].valid_before = None;
        trust.signers[1].valid_before = None;
        assert_eq!(shown(&judge(&trust, "x", &[1])), "[0] [] [1/2] false");
    }

    #[test]
    fn namespaces() {
        let mut trust = trust(&[1], &[("*", &[0], 1)]);
        let mut verdict = |namespaces: Option<&str>, namespace: Option<&str>| {
            trust.signers[0].namespaces = namespaces.map(|list| vec![list.to_owned()]);
            shown(&match namespace {
                Some(namespace) => trust.judge_openssh("x", namespace, &all([&key(1)])),
                None => trust.judge("x", &all([&key(1)])),
            })
        };
        assert_eq!(verdict(None, None), "[0] [] [1/1] true");
        assert_eq!(verdict(None, Some("git")), "[0] [] [1/1] true");
        assert_eq!(verdict(Some("git"), Some("git")), "[0] [] [1/1] true");
        assert_eq!(verdict(Some("git"), Some("file")), "[] [namespace] [0/1] false");
        assert_eq!(verdict(Some("git"), None), "[] [scope] [0/1] false");
    }

    #[test]
    fn under_a_rule_that_requires_proofs_only_proven_signatures_count() {
        use Proof::{Log, Timestamp};
        let mut trust = trust(&[1, 2], &[("*", &[0, 1], 2)]);
        trust.rules[0].require = vec![Timestamp, Log];
        let (one, two) = (key(1), key(2));
        let signed = |proofs: [&[Proof]; 2]| {
            let with = |key, proofs: &[Proof]| SignedBy {
                proofs: proofs.iter().copied().collect(),
                ..SignedBy::at(key, time(AT))
            };
            let judgement = trust.judge("x", &[with(&one, proofs[0]), with(&two, proofs[1])]);
            let rule = &judgement.rules[0];
            (rule.have, rule.signed, judgement.met(), judgement.lacking())
        };
        let both = &[Timestamp, Log][..];
        let lack = |proofs: &[Proof]| proofs.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(signed([both, both]), (2, 2, true, lack(&[])));
        assert_eq!(signed([both, &[Log]]), (1, 2, false, lack(&[Timestamp])));
        assert_eq!(signed([&[Timestamp], &[Log]]), (0, 2, false, lack(&[Timestamp, Log])));
        assert!(trust.judge_policy(&all([&one, &two])).met());
        let alone = trust.judge("x", &all([&one]));
        assert_eq!((alone.met(), alone.lacking()), (false, lack(&[])));
    }

    #[test]
    fn of_two_signatures_of_a_key_the_better_proven_one_is_judged() {
        let mut trust = trust(&[1], &[("*", &[0], 1)]);
        trust.signers[0].valid_before = Some(time("2026-03-01T00:00:00Z"));
        let key = key(1);
        let proven = SignedBy {
            moment: Moment::proven(time("2026-02-01T00:00:00Z")),
            ..SignedBy::at(&key, time(AT))
        };
        let late = SignedBy { moment: Moment::proven(time(AT)), ..proven.clone() };
        for signed in [vec![SignedBy::at(&key, time(AT)), proven.clone()], vec![late, proven]] {
            assert!(trust.judge("x", &signed).met());
        }
        assert!(!trust.judge("x", &all([&key])).met());
    }
}

//! A set of trust: signers and rules, wherever they came from.
//!
//! A policy, `--key` and `--allowed-signers` all become one of these, and [`TrustSet::judge`]
//! is the one place that decides whether enough of the right keys signed.

use crate::key::PublicKey;
use crate::policy::rule::{EVERY, Rule};
use crate::policy::signer::Signer;
use std::collections::BTreeSet;

/// Signers, and the rules under which they count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustSet {
    /// The signers; rules name them by place.
    pub signers: Vec<Signer>,
    /// The rules, in the order of the source.
    pub rules: Vec<Rule>,
}

impl TrustSet {
    /// Trust in keys that the user named, for everything: one rule over every collection.
    /// Takes name, key and minisign id. A key given twice counts once, under its first name.
    /// A threshold that the keys cannot meet is not refused here; no judgement will meet it.
    pub fn of_keys(
        keys: impl IntoIterator<Item = (String, PublicKey, Option<[u8; 8]>)>,
        threshold: u64,
    ) -> Self {
        let mut signers: Vec<Signer> = Vec::new();
        for (name, key, minisign_id) in keys {
            match signers.iter_mut().find(|signer| signer.key == key) {
                Some(first) => first.minisign_id = first.minisign_id.or(minisign_id),
                None => signers.push(Signer::new(name, key, minisign_id)),
            }
        }
        Self::for_everything(signers, threshold)
    }

    /// One rule over every collection, with all these signers. A threshold of 0 becomes 1.
    pub(super) fn for_everything(signers: Vec<Signer>, threshold: u64) -> Self {
        let rule = Rule {
            collections: vec![EVERY.to_owned()],
            signers: (0..signers.len()).collect(),
            threshold: threshold.max(1),
            require: Vec::new(),
        };
        Self { signers, rules: vec![rule] }
    }

    /// The first signer with this key.
    pub fn find(&self, key: &PublicKey) -> Option<&Signer> {
        self.signers.iter().find(|signer| signer.key == *key)
    }

    /// The signer of this name.
    pub fn named(&self, name: &str) -> Option<&Signer> {
        self.signers.iter().find(|signer| signer.name == name)
    }

    /// The rules that cover a collection; all of them must be met.
    pub fn rules_for<'a>(&'a self, collection: &'a str) -> impl Iterator<Item = &'a Rule> {
        self.rules.iter().filter(move |rule| rule.covers(collection))
    }

    /// The places of the signers that stand in some rule.
    pub fn used_signers(&self) -> BTreeSet<usize> {
        self.rules.iter().flat_map(|rule| rule.signers.iter().copied()).collect()
    }

    /// The names of collections that rules use, [`EVERY`] included; some may come twice.
    pub(super) fn covered_names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().flat_map(|rule| &rule.collections).map(String::as_str)
    }

    /// The most distinct keys that could ever sign under a rule.
    pub fn distinct_keys(&self, rule: &Rule) -> u64 {
        let signers = rule.signers.iter().filter_map(|&place| self.signers.get(place));
        let mut keys: Vec<Vec<u8>> = signers.map(|signer| signer.key.spki_der()).collect();
        keys.sort_unstable();
        keys.dedup();
        u64::try_from(keys.len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::testing::key;

    #[test]
    fn a_key_given_twice_counts_once() {
        let id = Some([7; 8]);
        let keys = [("a", 1, None), ("b", 1, id), ("c", 2, None)];
        let trust =
            TrustSet::of_keys(keys.map(|(name, seed, id)| (name.to_owned(), key(seed), id)), 2);
        assert_eq!(trust.signers.len(), 2);
        assert_eq!(trust.find(&key(1)).map(|s| (s.name.as_str(), s.minisign_id)), Some(("a", id)));
        assert_eq!(trust.named("c").map(|signer| &signer.key), Some(&key(2)));
        assert_eq!((trust.find(&key(3)), trust.named("b")), (None, None));
        assert_eq!(trust.rules_for("anything").count(), 1);
        assert_eq!(trust.distinct_keys(&trust.rules[0]), 2);
    }

    #[test]
    fn nothing_asked_for_is_never_met_by_nothing() {
        assert_eq!(TrustSet::of_keys([], 0).rules[0].threshold, 1);
    }
}

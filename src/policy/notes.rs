//! What a policy says that is allowed but probably not meant: for `vidimus policy check`.

use crate::finding::{Code, Finding};
use crate::policy::name::Shown;
use crate::policy::rule::{EVERY, Proof, Rule};
use crate::policy::signer::{RevocationReason, Signer};
use crate::policy::tlog::TlogPolicy;
use crate::policy::{Policy, TrustSet};
use std::collections::BTreeSet;

impl Policy {
    /// Warnings about a policy that loaded: signers in no rule, collections under no rule,
    /// rules that the keys not known to be compromised can no longer meet.
    pub fn notes(&self) -> Vec<Finding> {
        let used = self.trust.used_signers();
        let signers = self.trust.signers.iter().enumerate();
        let idle = signers.filter(|(place, _)| !used.contains(place)).map(|(_, signer)| {
            let name = Shown(&signer.name);
            warning(format!("signer {name} stands in no rule, so its signatures count for nothing"))
        });
        let covered: BTreeSet<&str> = self.trust.covered_names().collect();
        let listed = self.collections.iter().map(String::as_str);
        let bare = listed.filter(|name| !covered.contains(EVERY) && !covered.contains(name));
        let bare = bare.map(|name| {
            let name = Shown(name);
            warning(format!("no rule covers collection {name}, so nothing signed for it can pass"))
        });
        let unprovable = self.trust.rules.iter().enumerate().flat_map(|(place, rule)| {
            rule.require.iter().filter_map(move |proof| unprovable(self, place, *proof))
        });
        let rules = self.trust.rules.iter().enumerate();
        let lost = rules.filter_map(|(place, rule)| lost_rule(&self.trust, place, rule));
        idle.chain(bare).chain(lost).chain(unprovable).collect()
    }
}

fn warning(message: String) -> Finding {
    Finding::warning(Code::Scope, message)
}

fn lost_rule(trust: &TrustSet, place: usize, rule: &Rule) -> Option<Finding> {
    let signers = rule.signers.iter().filter_map(|&signer| trust.signers.get(signer));
    let left = u64::try_from(signers.filter(|signer| !is_compromised(signer)).count()).ok()?;
    let (number, need) = (place.saturating_add(1), rule.threshold);
    (left < need).then(|| {
        let message =
            format!("rule {number} asks for {need} keys, and only {left} are not compromised");
        Finding::warning(Code::Threshold, message)
    })
}

/// A proof that is required, and that nobody whom the policy names could give.
fn unprovable(policy: &Policy, place: usize, proof: Proof) -> Option<Finding> {
    let (named, what) = match proof {
        Proof::Timestamp => (!policy.time.authorities.is_empty(), "[[time-authority]]"),
        Proof::Log => {
            (policy.tlog.as_ref().is_some_and(|tlog| !tlog.logs.is_empty()), "log in `tlog`")
        }
        Proof::Witness => {
            (policy.tlog.as_ref().is_some_and(TlogPolicy::has_quorum), "quorum in `tlog`")
        }
    };
    let number = place.saturating_add(1);
    (!named).then(|| {
        let message = format!("rule {number} requires {proof}, and the policy names no {what}");
        Finding::warning(Code::Scope, message)
    })
}

fn is_compromised(signer: &Signer) -> bool {
    signer.revoked.is_some_and(|revoked| revoked.reason == RevocationReason::Compromised)
}

#[cfg(test)]
mod tests {
    use crate::policy::testing::{SAMPLE, parse};

    #[test]
    fn notes_name_what_is_probably_not_meant() {
        let messages = |text: &str| -> Vec<String> {
            let notes = parse(text).unwrap().notes();
            notes
                .into_iter()
                .map(|note| format!("{}: {}", note.code.as_str(), note.message))
                .collect()
        };
        let unnamed = ["scope: rule 1 requires log, and the policy names no log in `tlog`"];
        assert_eq!(messages(SAMPLE), unnamed);
        let sample = SAMPLE.replace("[\"log\"]", "[]");
        assert_eq!(messages(&sample), Vec::<String>::new());
        let idle = sample
            .replace("signers = [\"a\", \"b\"]", "signers = [\"a\"]")
            .replace("threshold = 2", "threshold = 1");
        assert_eq!(messages(&idle).len(), 1);
        assert!(messages(&idle)[0].starts_with("scope: signer b stands in no rule"));
        let bare = sample.replace("collections = [\"*\"]", "collections = [\"seeds\"]");
        assert_eq!(messages(&bare).len(), 1);
        assert!(messages(&bare)[0].starts_with("scope: no rule covers collection notes"));
        let lost = sample.replace("\"retired\"", "\"compromised\"");
        assert_eq!(
            messages(&lost),
            ["threshold: rule 1 asks for 2 keys, and only 1 are not compromised"]
        );
    }
}

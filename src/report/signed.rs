//! Who signed what: the part of the closing line that nobody may forge by half.
//!
//! "signed by" is said only where enough distinct keys counted, their owners are known by name,
//! and the thing is still the one they signed. Whether a key counts was decided long before.

use super::escape;
use crate::finding::{Code, Outcome, Severity, SignerRow, SignerStatus};
use std::collections::{HashMap, HashSet};

/// Who signed what, gathered from the signers and the findings of an outcome.
pub(super) struct Signed<'a> {
    /// Names of those whose signature counted, by what they signed; `None` is anything.
    names: HashMap<Option<&'a [u8]>, Vec<&'a str>>,
    /// What was signed, but is not what was signed any more.
    changed: HashSet<&'a [u8]>,
}

/// What is signed, how many distinct keys counted, how many are required.
type Threshold = (Vec<u8>, u64, u64);

/// Evidence whose signature may hold, but of which an error says why it does not count here: a
/// statement about another archive, or one that contradicts its manifest.
fn refused(outcome: &Outcome) -> HashSet<&[u8]> {
    let errors = outcome.findings.iter().filter(|finding| finding.severity == Severity::Error);
    errors.filter_map(|finding| finding.path.as_deref()).collect()
}

impl<'a> Signed<'a> {
    /// Gathers them.
    pub(super) fn of(outcome: &'a Outcome) -> Self {
        let mut names: HashMap<_, Vec<&str>> = HashMap::new();
        let refused = refused(outcome);
        let stands = |row: &&SignerRow| {
            let evidence = row.evidence.as_deref();
            row.status == SignerStatus::Accepted && !evidence.is_some_and(|at| refused.contains(at))
        };
        for row in outcome.signers.iter().filter(stands) {
            // Where one thing is signed, every signature is over that thing.
            let scope = row.scope.as_deref().filter(|_| outcome.thresholds.len() > 1);
            let known = names.entry(scope).or_default();
            if !known.contains(&row.name.as_str()) {
                known.push(&row.name);
            }
        }
        let changed = outcome.findings.iter().filter(|finding| {
            finding.severity == Severity::Error && finding.code == Code::DigestMismatch
        });
        Self { names, changed: changed.filter_map(|finding| finding.path.as_deref()).collect() }
    }

    /// The names of those whose signature over `scope` counted.
    fn by(&self, scope: &[u8]) -> Vec<&str> {
        let own = self.names.get(&Some(scope)).into_iter().flatten();
        own.chain(self.names.get(&None).into_iter().flatten()).copied().collect()
    }

    /// Whether enough accepted signers stand behind this, and it is what they signed.
    fn holds(&self, (scope, have, need): &Threshold) -> bool {
        have >= need && !self.by(scope).is_empty() && !self.changed.contains(scope.as_slice())
    }

    /// Whether everything that was to be signed is.
    pub(super) fn everywhere(&self, outcome: &Outcome) -> bool {
        let mut thresholds = outcome.thresholds.iter();
        !outcome.thresholds.is_empty() && thresholds.all(|threshold| self.holds(threshold))
    }

    /// `signed by NAMES (have of need required)`, or what is wrong with that.
    fn clause(&self, threshold: &Threshold) -> String {
        let (scope, have, need) = threshold;
        let names: Vec<_> = self.by(scope).into_iter().map(escape::message).collect();
        let names = names.join(", ");
        if self.holds(threshold) {
            format!("signed by {names} ({have} of {need} required)")
        } else if have < need || names.is_empty() {
            format!("signature not accepted ({have} of {need} required)")
        } else {
            format!("not what {names} signed ({have} of {need} required)")
        }
    }

    /// Who signed; and what, unless one clause is true of all the files that were counted.
    pub(super) fn clauses(&self, outcome: &Outcome) -> Vec<String> {
        let mut clauses: Vec<(String, Vec<String>)> = Vec::new();
        for threshold in &outcome.thresholds {
            let (clause, scope) = (self.clause(threshold), escape::path(&threshold.0));
            match clauses.iter_mut().find(|(known, _)| *known == clause) {
                Some((_, scopes)) => scopes.push(scope),
                None => clauses.push((clause, vec![scope])),
            }
        }
        match clauses.as_slice() {
            [] => vec!["signature not accepted".to_owned()],
            [(clause, _)] if outcome.counts.is_some() => vec![clause.clone()],
            clauses => {
                let said = |(clause, scopes): &(String, Vec<String>)| {
                    format!("{clause} for {}", scopes.join(", "))
                };
                clauses.iter().map(said).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Counts, Finding, SignerRow};

    fn signer(name: &str, scope: Option<&str>, status: SignerStatus) -> SignerRow {
        let scope = scope.map(Into::into);
        SignerRow {
            name: name.to_owned(),
            key: None,
            scope,
            evidence: None,
            status,
            proven: None,
            proofs: Vec::new(),
        }
    }

    fn said(outcome: &Outcome) -> (bool, String) {
        let outcome = &Outcome { counts: Some(Counts::default()), ..outcome.clone() };
        let signed = Signed::of(outcome);
        (signed.everywhere(outcome), signed.clauses(outcome).join("; "))
    }

    #[test]
    fn below_the_threshold_nobody_signed() {
        let accepted = SignerStatus::Accepted;
        let rejected = SignerStatus::Rejected(Code::UntrustedKey);
        let table = [
            (vec![], vec![], false, "signature not accepted"),
            (vec![], vec![(0, 0)], false, "signature not accepted (0 of 0 required)"),
            (vec![rejected], vec![(0, 1)], false, "signature not accepted (0 of 1 required)"),
            (vec![accepted], vec![(1, 2)], false, "signature not accepted (1 of 2 required)"),
            (vec![rejected], vec![(1, 1)], false, "signature not accepted (1 of 1 required)"),
            (vec![rejected, accepted], vec![(1, 1)], true, "signed by a (1 of 1 required)"),
            (vec![accepted, accepted], vec![(1, 1)], true, "signed by a (1 of 1 required)"),
        ];
        for (statuses, thresholds, everywhere, expected) in table {
            let signers = statuses.into_iter().map(|status| signer("a", None, status)).collect();
            let thresholds =
                thresholds.into_iter().map(|(have, need)| (b"s".to_vec(), have, need)).collect();
            let outcome = Outcome { signers, thresholds, ..Outcome::default() };
            assert_eq!(said(&outcome), (everywhere, expected.to_owned()));
        }
    }

    #[test]
    fn a_signer_counts_only_for_what_was_signed() {
        let (x, y, accepted) = (Some("x"), Some("y"), SignerStatus::Accepted);
        let odd = "b\u{202e}";
        let mut outcome = Outcome {
            signers: vec![
                signer("a", x, accepted),
                signer(odd, x, accepted),
                signer("a", x, accepted),
                signer("a", y, accepted),
                signer(odd, y, accepted),
            ],
            thresholds: vec![(b"x".to_vec(), 2, 2), (b"y".to_vec(), 2, 2)],
            ..Outcome::default()
        };
        let both = r"signed by a, b\u{202e} (2 of 2 required)";
        assert_eq!(said(&outcome), (true, both.to_owned()));
        outcome.thresholds.push((b"z\n".to_vec(), 1, 1));
        let z = r"signature not accepted (1 of 1 required) for z\n";
        assert_eq!(said(&outcome), (false, format!("{both} for x, y; {z}")));
    }

    #[test]
    fn what_is_not_the_signed_thing_is_not_signed() {
        let mut outcome = Outcome {
            signers: vec![signer("a", Some("x"), SignerStatus::Accepted)],
            thresholds: vec![(b"x".to_vec(), 1, 1)],
            ..Outcome::default()
        };
        outcome.push(Finding::error(Code::DigestMismatch, "is not what was signed").at("y"));
        assert_eq!(said(&outcome), (true, "signed by a (1 of 1 required)".to_owned()));
        outcome.push(Finding::error(Code::DigestMismatch, "is not what was signed").at("x"));
        assert_eq!(said(&outcome), (false, "not what a signed (1 of 1 required)".to_owned()));
    }

    #[test]
    fn without_files_it_is_said_what_was_signed() {
        let outcome = Outcome {
            signers: vec![signer("a", None, SignerStatus::Accepted)],
            thresholds: vec![(b"keys/policy.toml".to_vec(), 1, 1)],
            ..Outcome::default()
        };
        let expected = "signed by a (1 of 1 required) for keys/policy.toml";
        assert_eq!(Signed::of(&outcome).clauses(&outcome), [expected]);
    }
}

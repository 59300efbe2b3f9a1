//! The outcome of one run: findings, counts, signers, where trust came from, and what was not
//! checked. Every renderer sees this and nothing else.

use super::{Code, Exit, Finding, Severity};
use crate::limits;
use crate::time::Time;
use serde_json::Value;

/// How many files of which sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files named by the manifest or given on the command line.
    pub files: u64,
    /// Files whose bytes are as signed or listed.
    pub unchanged: u64,
    /// Files whose bytes differ.
    pub changed: u64,
    /// Named files that are not there.
    pub missing: u64,
    /// Files there that are not named.
    pub unexpected: u64,
    /// Files that could not be read or are no regular files.
    pub unread: u64,
    /// Entries that a signed ignore rule left out.
    pub ignored: u64,
    /// Bytes read and hashed.
    pub bytes: u64,
}

impl Counts {
    /// Adds the numbers of `more`.
    pub fn add(&mut self, more: Self) {
        for (to, from) in [
            (&mut self.files, more.files),
            (&mut self.unchanged, more.unchanged),
            (&mut self.changed, more.changed),
            (&mut self.missing, more.missing),
            (&mut self.unexpected, more.unexpected),
            (&mut self.unread, more.unread),
            (&mut self.ignored, more.ignored),
            (&mut self.bytes, more.bytes),
        ] {
            *to = to.saturating_add(from);
        }
    }
}

/// What became of one file, for the archivist's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// As signed or listed.
    Unchanged,
    /// Bytes differ.
    Changed,
    /// Not there.
    Missing,
    /// There, but not named.
    Unexpected,
    /// Could not be read, or no regular file.
    Unread,
    /// Newly hashed or signed; nothing to compare with.
    Recorded,
}

/// One file of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Path as bytes, as in the findings.
    pub path: Vec<u8>,
    /// What became of it.
    pub status: RowStatus,
    /// `algorithm:hex` as signed or listed.
    pub expected: Option<String>,
    /// `algorithm:hex` as found.
    pub found: Option<String>,
    /// Size as found, in bytes.
    pub bytes: Option<u64>,
}

/// Whether a signature counted, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerStatus {
    /// Valid, trusted, and counted towards the threshold.
    Accepted,
    /// Did not count, for the reason of this code.
    Rejected(Code),
}

/// One signature that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerRow {
    /// Name in the policy, principal, or the key itself where there is no name.
    pub name: String,
    /// The public key as text, where known (`ed25519:<base64>` or an OpenSSH-like fingerprint).
    pub key: Option<String>,
    /// The collection or file that was signed.
    pub scope: Option<Vec<u8>>,
    /// The file that holds the signature.
    pub evidence: Option<Vec<u8>>,
    /// Whether it counted.
    pub status: SignerStatus,
    /// The time by which the signature is proven to have existed, and at which it was judged;
    /// `None` where nothing is proven, and it was judged at the time of judgement.
    pub proven: Option<Time>,
    /// Who says what about time and publication of the signature.
    pub proofs: Vec<ProofRow>,
}

/// A proof about a signature that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// `timestamp`, `log` or `witness`.
    pub kind: &'static str,
    /// The name of the authority or witness, or the log and the place in it.
    pub by: String,
    /// The time it says, where it says one.
    pub time: Option<Time>,
}

/// Where trust came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// In words: `keys/policy.toml`, `--key`, `--allowed-signers`, or `none` for `check`.
    pub source: String,
    /// SHA-256 of the policy as hex, when a policy was used.
    pub policy_sha256: Option<String>,
    /// Version of the policy, when a policy was used.
    pub policy_version: Option<u64>,
    /// Whether the trust comes from outside of what was verified.
    pub pinned: bool,
}

impl Trust {
    /// The source of an outcome for which no signature was asked (`vidimus check`).
    pub const NONE: &str = "none";
}

/// Everything one run has to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The findings in the order in which they should be read.
    pub findings: Vec<Finding>,
    /// The highest exit that findings ask for which were too many to be kept.
    pub unshown: Option<Exit>,
    /// Counts of files, where files were looked at.
    pub counts: Option<Counts>,
    /// Signatures that were looked at.
    pub signers: Vec<SignerRow>,
    /// Distinct keys that counted, and how many were required; one pair a signed thing.
    pub thresholds: Vec<(Vec<u8>, u64, u64)>,
    /// Where trust came from.
    pub trust: Option<Trust>,
    /// The time at which keys were judged, and whether the user named it.
    pub judged_at: Option<(Time, bool)>,
    /// What was not checked, each in a few words (promise 2).
    pub not_checked: Vec<String>,
    /// One row a file; filled only when asked for.
    pub rows: Vec<FileRow>,
    /// Further members of the JSON document, and lines of the text: name and value.
    pub details: Vec<(&'static str, Value)>,
}

impl Outcome {
    /// Adds a finding; past [`limits::FINDINGS`] a single `limit` finding says so, and of the rest
    /// only the exit is kept.
    pub fn push(&mut self, finding: Finding) {
        self.push_within(limits::FINDINGS, finding);
    }

    fn push_within(&mut self, most: usize, finding: Finding) {
        if self.findings.len() < most {
            return self.findings.push(finding);
        }
        self.unshown = self.unshown.max(Some(finding.exit()));
        if self.findings.len() == most {
            let message = format!("more than {most} findings; the rest is not shown");
            self.findings.push(Finding::error(Code::Limit, message));
        }
    }

    /// Adds everything that a part of the run has to say. Where trust came from and the time of
    /// judgement are said once and stay; lists in `details` of one name are joined.
    pub fn absorb(&mut self, part: Self) {
        part.findings.into_iter().for_each(|finding| self.push(finding));
        self.unshown = self.unshown.max(part.unshown);
        if let Some(counts) = part.counts {
            self.counts.get_or_insert_default().add(counts);
        }
        self.signers.extend(part.signers);
        self.thresholds.extend(part.thresholds);
        self.not_checked.extend(part.not_checked);
        self.rows.extend(part.rows);
        for (name, value) in part.details {
            let present = self.details.iter_mut().find(|(present, _)| *present == name);
            match (present, value) {
                (Some((_, Value::Array(list))), Value::Array(more)) => list.extend(more),
                (Some(_) | None, value) => self.details.push((name, value)),
            }
        }
    }

    /// The highest exit that any finding asks for.
    pub fn exit(&self) -> Exit {
        let shown = self.findings.iter().map(Finding::exit).max();
        shown.max(self.unshown).unwrap_or(Exit::Done)
    }

    /// Whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_run_add_up() {
        let part = |code, files: u64| Outcome {
            findings: vec![Finding::error(code, "")],
            counts: Some(Counts { files, ..Counts::default() }),
            not_checked: vec![files.to_string()],
            details: vec![("collections", serde_json::json!([files]))],
            ..Outcome::default()
        };
        let mut whole = Outcome::default();
        whole.absorb(part(Code::Missing, 1));
        whole.absorb(Outcome { unshown: Some(Exit::State), ..part(Code::Io, 2) });
        assert_eq!(whole.counts.map(|counts| counts.files), Some(3));
        assert_eq!(whole.details, [("collections", serde_json::json!([1, 2]))]);
        assert_eq!((whole.findings.len(), whole.not_checked.join(" ")), (2, "1 2".to_owned()));
        assert_eq!(whole.exit(), Exit::State);
    }

    #[test]
    fn a_finding_that_is_one_too_many_still_sets_the_exit() {
        let codes = [Code::Missing, Code::Missing, Code::Threshold, Code::Missing];
        let mut outcome = Outcome::default();
        for code in codes {
            outcome.push_within(2, Finding::error(code, ""));
        }
        let kept: Vec<Code> = outcome.findings.iter().map(|finding| finding.code).collect();
        assert_eq!(kept, [Code::Missing, Code::Missing, Code::Limit]);
        assert_eq!(outcome.exit(), Code::Threshold.exit());
    }
}

//! What this run saw, held against what earlier runs remember: nothing goes back, and nothing is
//! told twice in two ways (promise 8).
//!
//! Contradicting pieces are handed to the caller, who keeps them: each was signed, and together
//! they are evidence. Nothing is written here.

use super::collection::Believed;
use super::policy::Chain;
use super::proofs::Head;
use super::statement::predicate_in;
use crate::codec::hex;
use crate::digest;
use crate::envelope::dsse;
use crate::finding::{Code, Finding, Outcome, Severity};
use crate::policy::{self, Policy};
use crate::state::{Record, SeenLog, SeenPolicy, SeenStatement};
use std::cmp::Ordering;

/// What a run knows of an archive: from before, and from itself.
#[derive(Debug, Clone)]
pub struct Learned {
    /// What earlier runs remember; `None` where nothing may be remembered.
    before: Option<Record>,
    /// What this run saw and believes, if its trust came from outside of the archive.
    seen: Record,
    /// Pieces that contradict what was remembered, with the ending that says what each is.
    contradictions: Vec<(&'static str, Vec<u8>)>,
    /// The checkpoints of the proofs that held.
    published: Vec<Head>,
    /// Whether `seen` may be remembered.
    trusted: bool,
}

impl Learned {
    pub(super) fn nothing() -> Self {
        Self::about("", None)
    }

    pub(super) fn about(id: &str, before: Option<Record>) -> Self {
        Self {
            before,
            seen: Record::new(id),
            contradictions: Vec::new(),
            published: Vec::new(),
            trusted: false,
        }
    }

    /// The record to remember; `None` where this run is to leave no trace.
    pub fn record(&self) -> Option<&Record> {
        (self.trusted && self.before.is_some()).then_some(&self.seen)
    }

    /// The id of the archive.
    pub fn archive(&self) -> &str {
        &self.seen.archive
    }

    /// The pieces that contradict each other, with the ending of a file name for each.
    pub fn contradictions(&self) -> &[(&'static str, Vec<u8>)] {
        &self.contradictions
    }

    /// SHA-256 of the policy that is remembered.
    pub(super) fn policy_sha256(&self) -> Option<[u8; 32]> {
        Some(self.before.as_ref()?.policy.as_ref()?.sha256)
    }

    /// Holds the policy against the remembered one.
    pub(super) fn check_policy(
        &mut self,
        policy: &Policy,
        bytes: &[u8],
        chain: &Chain,
        pinned: bool,
        outcome: &mut Outcome,
    ) {
        let sha256 = digest::sha256(bytes);
        let seen = SeenPolicy { version: policy.version, sha256, bytes: bytes.to_vec() };
        let Some(known) = self.before.as_ref().and_then(|record| record.policy.clone()) else {
            self.seen.policy = Some(seen);
            return;
        };
        let kept = |number: u64| chain.read.iter().find(|version| version.number == number);
        let (other, found) = if policy.version == known.version {
            (bytes, sha256)
        } else if let Some(version) = kept(known.version) {
            (version.bytes.as_slice(), version.sha256)
        } else {
            (bytes, known.sha256)
        };
        let conflict = if policy.version < known.version {
            Some(rollback(policy.version, known.version, "version", "of the policy"))
        } else if found != known.sha256 {
            Some(fork(known.version, "version", "of the policy", known.sha256, found))
        } else if !pinned {
            outcome.push(unreached(&known).at(policy::PATH));
            None
        } else {
            self.seen.policy = Some(seen);
            None
        };
        if let Some(finding) = conflict {
            self.contradict("policy.toml", &known.bytes, other);
            outcome.push(finding.at(policy::PATH));
        }
    }

    /// Holds a statement that is believed against the remembered one of its collection.
    pub(super) fn check_statement(
        &mut self,
        name: &str,
        now: &Believed,
        shown: &str,
        outcome: &mut Outcome,
    ) {
        let seen = SeenStatement {
            serial: now.serial,
            sha256: now.payload_sha256,
            envelope: now.envelope.clone(),
        };
        self.published.extend(now.heads.iter().cloned());
        let known = self.before.as_ref().and_then(|record| record.collections.get(name)).cloned();
        let Some(known) = known else {
            self.seen.collections.insert(name.to_owned(), seen);
            return;
        };
        let same_serial = std::iter::once((now.serial, now.payload_sha256))
            .chain(now.before.iter().copied())
            .find(|(serial, _)| *serial == known.serial);
        let conflict = match same_serial {
            _ if now.serial < known.serial => {
                Some(rollback(now.serial, known.serial, "serial", "of this collection"))
            }
            Some((serial, sha256)) if sha256 != known.sha256 => {
                Some(fork(serial, "serial", "of this collection", known.sha256, sha256))
            }
            // It leads to the remembered one, so it may take its place.
            Some(_) => {
                self.seen.collections.insert(name.to_owned(), seen);
                None
            }
            // What lies between is not there; another finding says so, and nothing is learned.
            None => None,
        };
        if let Some(finding) = conflict {
            self.contradict("dsse.json", &known.envelope, &now.envelope);
            outcome.push(finding.at(shown));
        }
    }

    /// The log that is remembered.
    pub(super) fn log(&self) -> Option<&SeenLog> {
        self.before.as_ref()?.log.as_ref()
    }

    /// Holds the log's checkpoint against the remembered one. `continues` says whether the
    /// present log continues the older one, by its own tiles.
    pub(super) fn check_log(
        &mut self,
        now: &SeenLog,
        shown: &str,
        continues: &dyn Fn(&SeenLog) -> Result<bool, Finding>,
        outcome: &mut Outcome,
    ) {
        let Some(known) = self.log().cloned() else {
            self.seen.log = Some(now.clone());
            return;
        };
        let verdict = match now.size.cmp(&known.size) {
            Ordering::Less => Some(rollback(now.size, known.size, "size", "of the log")),
            Ordering::Equal => (now.root != known.root)
                .then(|| fork(now.size, "size", "of the log", known.root, now.root)),
            Ordering::Greater => match continues(&known) {
                Ok(true) => None,
                Ok(false) => Some(not_continued(&known, now)),
                Err(finding) => return outcome.push(finding),
            },
        };
        match verdict {
            Some(finding) => {
                self.contradict("checkpoint", &known.checkpoint, &now.checkpoint);
                outcome.push(finding.at(shown));
            }
            None => self.seen.log = Some(now.clone()),
        }
    }

    /// Holds the checkpoints of the proofs beside the bundles against the log's: one log has one
    /// history, with or without a memory. Whether they fit.
    pub(super) fn check_published(
        &mut self,
        head: &SeenLog,
        shown: &str,
        continues: &dyn Fn(&SeenLog) -> Result<bool, Finding>,
        outcome: &mut Outcome,
    ) -> bool {
        for proof in self.published.clone().into_iter().map(|head| head.seen) {
            let verdict = match proof.size.cmp(&head.size) {
                Ordering::Greater => Some(behind(head.size, proof.size)),
                Ordering::Equal => (proof.root != head.root)
                    .then(|| fork(head.size, "size", "of the log", proof.root, head.root)),
                Ordering::Less => match continues(&proof) {
                    Ok(true) => None,
                    Ok(false) => Some(not_continued(&proof, head)),
                    // A log may be handed on without its tiles; the proofs hold by themselves.
                    Err(finding) if finding.code == Code::Missing => {
                        outcome.not_checked.push(format!(
                            "that the log continues the checkpoints of the proofs beside the bundles: {} is not here",
                            finding.path.as_deref().map(String::from_utf8_lossy).unwrap_or_default()
                        ));
                        return true;
                    }
                    Err(finding) => {
                        outcome.push(finding);
                        return false;
                    }
                },
            };
            if let Some(finding) = verdict {
                self.contradict("checkpoint", &proof.checkpoint, &head.checkpoint);
                outcome.push(finding.at(shown));
                return false;
            }
        }
        true
    }

    /// Holds the checkpoints of the proofs against each other and against the remembered one, as far
    /// as that needs no tiles: of one size there is one root. Those of other logs than the
    /// archive's own are compared with each other alone. Whether they fit.
    pub(super) fn check_heads(&mut self, own: &str, shown: &str, outcome: &mut Outcome) -> bool {
        let known = self.log().cloned().map(|seen| Head { origin: own.to_owned(), seen });
        let all: Vec<Head> = known.into_iter().chain(self.published.clone()).collect();
        for (place, one) in all.iter().enumerate() {
            let twin = all.iter().skip(place.saturating_add(1)).find(|other| {
                other.origin == one.origin
                    && other.seen.size == one.seen.size
                    && other.seen.root != one.seen.root
            });
            if let Some(other) = twin {
                let finding =
                    fork(one.seen.size, "size", "of the log", one.seen.root, other.seen.root);
                self.contradict("checkpoint", &one.seen.checkpoint, &other.seen.checkpoint);
                outcome.push(finding.at(shown));
                return false;
            }
        }
        self.published.retain(|head| head.origin == own);
        true
    }

    /// Takes the checkpoints of further proofs.
    pub(super) fn publish(&mut self, heads: Vec<Head>) {
        self.published.extend(heads);
    }

    /// Holds a proof of one file against the remembered statement of its collection. An older one
    /// was true in its time; whoever relies on it should know that there is a newer.
    pub(super) fn check_proof(
        &self,
        name: &str,
        serial: u64,
        root: &[u8; 32],
        shown: &[u8],
        outcome: &mut Outcome,
    ) {
        let known = self.before.as_ref().and_then(|record| record.collections.get(name));
        let Some(known) = known else {
            let words =
                "whether the collection was signed anew since: the proof is of one statement";
            return outcome.not_checked.push(words.to_owned());
        };
        if serial < known.serial {
            let finding = rollback(serial, known.serial, "serial", "of this collection");
            let finding = Finding { severity: Severity::Warning, ..finding };
            return outcome.push(
                finding
                    .at(shown)
                    .help("the file may have been corrected since; ask for a new proof"),
            );
        }
        let remembered = dsse::parse(&known.envelope)
            .ok()
            .and_then(|envelope| predicate_in(&envelope.payload).ok())
            .map(|predicate| predicate.merkle_root);
        if serial > known.serial {
            let words = format!(
                "whether serial {serial} continues serial {}, which an earlier run saw: the history is not here",
                known.serial
            );
            outcome.not_checked.push(words);
        }
        if serial == known.serial && remembered.is_some_and(|remembered| remembered != *root) {
            let finding =
                fork(serial, "serial", "of this collection", remembered.unwrap_or_default(), *root);
            outcome.push(finding.at(shown));
        }
    }

    fn contradict(&mut self, kind: &'static str, known: &[u8], now: &[u8]) {
        self.contradictions.extend([(kind, known.to_vec()), (kind, now.to_vec())]);
    }

    /// Says what was not checked for want of a memory, and whether what was seen may be
    /// remembered: only trust from outside the archive, a policy without errors, and a judgement
    /// at the present time may teach.
    pub(super) fn settle(&mut self, pinned: bool, keys: bool, named: bool, outcome: &mut Outcome) {
        let at_fault = |finding: &Finding| {
            finding.severity == Severity::Error
                && finding.path.as_ref().is_some_and(|path| path.starts_with(b"keys/"))
        };
        let sound = !outcome.findings.iter().any(at_fault);
        self.trusted = pinned && !keys && !named && sound && self.contradictions.is_empty();
        let why = if !self.contradictions.is_empty() {
            None
        } else if keys {
            Some("with --key and --allowed-signers nothing is remembered")
        } else if !pinned {
            Some(
                "the policy is not pinned, and only a pinned one is remembered; give --policy-sha256 HEX once",
            )
        } else if self.before.is_none() {
            Some("nothing is remembered from an earlier run")
        } else if self.before.as_ref().is_some_and(|record| record.policy.is_none()) {
            Some(if named {
                "nothing was remembered yet, and a run with --at or --policy is not"
            } else {
                "nothing was remembered yet; this run is, from now on"
            })
        } else {
            None
        };
        outcome.not_checked.extend(why.map(|why| format!("rollback: not checked, {why}")));
    }
}

/// A newer version than the one that is remembered, and no agreement that leads from there to it.
fn unreached(known: &SeenPolicy) -> Finding {
    let message = "is a version to which the signers of the version an earlier run believed did not provably agree";
    Finding::error(Code::Unpinned, message)
        .with_number("remembered", known.version)
        .with("remembered_sha256", format!("sha256:{}", hex::encode(&known.sha256)))
        .help("restore keys/history/ from a copy, or give --policy-sha256 HEX from a source you trust")
}

/// The log's checkpoint is older than one that a proof in the same archive holds.
fn behind(now: u64, known: u64) -> Finding {
    let message = format!(
        "is older than the checkpoint in a log proof beside a bundle: size {now} of the log, after {known}"
    );
    Finding::error(Code::Rollback, message)
        .with_number("expected", known)
        .with_number("found", now)
        .help("an old copy was put in its place; restore the present one")
}

fn not_continued(known: &SeenLog, now: &SeenLog) -> Finding {
    let message = "is of a log that does not continue the one that was seen";
    Finding::error(Code::Fork, message)
        .with_number("seen_size", known.size)
        .with_number("found_size", now.size)
        .help("two signed states contradict each other; keep both and ask the keeper of the log")
}

fn rollback(now: u64, known: u64, what: &'static str, of: &str) -> Finding {
    let message =
        format!("is older than what an earlier run saw: {what} {now} {of}, after {known}");
    Finding::error(Code::Rollback, message)
        .with_number("expected", known)
        .with_number("found", now)
        .help("an old copy was restored or served; fetch the present one")
}

fn fork(number: u64, what: &'static str, of: &str, known: [u8; 32], now: [u8; 32]) -> Finding {
    let message =
        format!("is not what was seen under the same number elsewhere: {what} {number} {of}");
    Finding::error(Code::Fork, message)
        .with("expected", format!("sha256:{}", hex::encode(&known)))
        .with("found", format!("sha256:{}", hex::encode(&now)))
        .help("two signed states contradict each other; keep both and ask the signers")
}

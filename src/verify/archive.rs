//! A whole archive: the policy, every collection that it lists, and what lies in `manifests/`
//! without being listed.

use super::collection::{self, Task};
use super::evidence::Held;
use super::not_checked;
use super::signers::{self, Bench};
use crate::codec::hex;
use crate::digest;
use crate::envelope::dsse;
use crate::finding::{Code, Finding, Outcome, Trust};
use crate::fs::{EntryKind, FsError, Root};
use crate::limits;
use crate::manifest;
use crate::path::RelPath;
use crate::policy::{self, Policy, TrustSet};
use crate::time::Time;
use crate::tree::Progress;

/// How often a collection is read that other runs keep changing.
const ATTEMPTS: usize = 3;

/// Where a policy was read, and how far that can be trusted.
pub enum PolicySource<'a> {
    /// From `keys/policy.toml` of the archive itself.
    Inside,
    /// From inside, but its SHA-256 was given from outside.
    Hash([u8; 32]),
    /// A policy that the user named: bytes and folder of key files, with the name to show. Its
    /// signature is not asked for.
    Named {
        /// The policy as read.
        bytes: &'a [u8],
        /// Where `key-file` names are looked up.
        folder: &'a Root,
        /// The name to show.
        shown: &'a str,
        /// Whether it lies inside the archive after all, so that naming it pins nothing.
        inside: bool,
    },
}

/// What to verify of an archive.
pub struct Archive<'a> {
    /// The archive's folder.
    pub root: &'a Root,
    /// Where the policy comes from.
    pub source: PolicySource<'a>,
    /// Keys that replace the policy's signers, with the words to show for them.
    pub keys: Option<(&'a TrustSet, &'a str)>,
    /// One collection, or all that the policy lists.
    pub only: Option<&'a str>,
    /// Whether trust from inside the archive is refused.
    pub require_pinned: bool,
    /// The time of judgement, and whether the user named it.
    pub at: (Time, bool),
    /// Whether to fill one row a file.
    pub rows: bool,
}

impl Archive<'_> {
    /// Verifies the archive and says everything that was found.
    pub fn verify(&self, progress: &dyn Progress) -> Outcome {
        let mut outcome = Outcome { judged_at: Some(self.at), ..Outcome::default() };
        let Some((policy, bytes)) = self.policy(&mut outcome) else {
            return outcome;
        };
        outcome.trust = Some(self.trust(&policy, &bytes));
        self.check_trust(&policy, &bytes, &mut outcome);
        self.check_collections(&policy, progress, &mut outcome);
        outcome
            .not_checked
            .push("rollback: not checked, nothing is remembered from an earlier run".to_owned());
        outcome
    }

    fn policy(&self, outcome: &mut Outcome) -> Option<(Policy, Vec<u8>)> {
        let loaded = match &self.source {
            PolicySource::Inside | PolicySource::Hash(_) => Policy::load(self.root),
            PolicySource::Named { bytes, folder, shown, .. } => {
                Policy::parse_in(bytes, folder, None, shown).map(|policy| (policy, bytes.to_vec()))
            }
        };
        loaded.map_err(|finding| outcome.push(*finding)).ok()
    }

    fn trust(&self, policy: &Policy, bytes: &[u8]) -> Trust {
        if let Some((_, words)) = self.keys {
            return Trust {
                source: words.to_owned(),
                policy_sha256: None,
                policy_version: None,
                pinned: true,
            };
        }
        let (source, pinned) = match &self.source {
            PolicySource::Inside => (policy::PATH, false),
            PolicySource::Hash(wanted) => (policy::PATH, digest::sha256(bytes) == *wanted),
            PolicySource::Named { shown, inside, .. } => (*shown, !inside),
        };
        Trust {
            source: source.to_owned(),
            policy_sha256: Some(hex::encode(&digest::sha256(bytes))),
            policy_version: Some(policy.version),
            pinned,
        }
    }

    fn check_trust(&self, policy: &Policy, bytes: &[u8], outcome: &mut Outcome) {
        if let PolicySource::Hash(wanted) = &self.source {
            check_hash(*wanted, bytes, outcome);
        }
        if let Some((keys, _)) = self.keys {
            self.check_vouched(keys, bytes, outcome);
            let words = "the policy's signature and rules: the keys given replace them, only its id and its list of collections are used";
            outcome.not_checked.push(words.to_owned());
            return;
        }
        match &self.source {
            PolicySource::Inside => {
                check_policy_signature(self.root, policy, bytes, self.at.0, outcome);
                self.check_pinned(policy::PATH, outcome);
            }
            PolicySource::Hash(_) => {
                check_policy_signature(self.root, policy, bytes, self.at.0, outcome);
            }
            PolicySource::Named { shown, inside, .. } => {
                outcome.not_checked.push("the signature of the policy, which was named".to_owned());
                if *inside {
                    self.check_pinned(shown, outcome);
                }
            }
        }
        if policy.version > 1 {
            let words =
                "that this version of the policy was agreed to by the signers of the one before";
            outcome.not_checked.push(words.to_owned());
        }
        if policy.expired(self.at.0) {
            let message = "has expired, and nothing proves that the signatures are older";
            let finding = Finding::error(Code::Expired, message).at(self.policy_shown());
            let text = policy.expires.map(|time| time.to_string()).unwrap_or_default();
            outcome.push(finding.with("expires", text).with("judged_at", self.at.0.to_string()));
        }
    }

    /// With keys from outside, the policy still says which archive this is and which collections
    /// it has. Where the same keys did not sign it, that is the archive's own word.
    fn check_vouched(&self, keys: &TrustSet, bytes: &[u8], outcome: &mut Outcome) {
        let inside = match &self.source {
            PolicySource::Inside => true,
            PolicySource::Hash(_) => false,
            PolicySource::Named { inside, .. } => *inside,
        };
        if !inside || policy_vouched(self.root, keys, bytes, self.at.0) {
            return;
        }
        let message = "is not signed by the keys given: its id and its list of collections are the archive's own word";
        let finding = if self.require_pinned {
            Finding::error(Code::Unpinned, message)
        } else {
            Finding::warning(Code::Unpinned, message)
        };
        outcome.push(
            finding
                .at(self.policy_shown())
                .help("name the policy with --policy-sha256 HEX or --policy FILE too"),
        );
    }

    fn policy_shown(&self) -> &str {
        match &self.source {
            PolicySource::Inside | PolicySource::Hash(_) => policy::PATH,
            PolicySource::Named { shown, .. } => shown,
        }
    }

    /// A policy inside the archive, where `--require-pinned` asks for one from elsewhere.
    fn check_pinned(&self, shown: &str, outcome: &mut Outcome) {
        if self.require_pinned {
            let message = "is inside the archive that it judges, and --require-pinned was given";
            let finding = Finding::error(Code::Unpinned, message).at(shown);
            outcome.push(
                finding.help("give --policy FILE or --policy-sha256 HEX from a source you trust"),
            );
        }
    }

    fn check_collections(&self, policy: &Policy, progress: &dyn Progress, outcome: &mut Outcome) {
        let trust = self.keys.map_or(&policy.trust, |(keys, _)| keys);
        let names: Vec<&str> = match self.only {
            Some(name) => policy
                .collections
                .iter()
                .map(String::as_str)
                .filter(|listed| *listed == name)
                .collect(),
            None => policy.collections.iter().map(String::as_str).collect(),
        };
        for name in &names {
            self.check_steady(policy, trust, name, progress, outcome);
        }
        match self.only {
            Some(name) if names.is_empty() => outcome.push(not_listed(self.root, policy, name)),
            Some(name) => outcome.not_checked.push(format!("collections other than {name}")),
            None => self.check_unlisted(policy, outcome),
        }
        self.check_keys(policy, outcome);
        if names.is_empty() && !outcome.has_errors() {
            outcome.push(Finding::error(
                Code::Empty,
                "the policy lists no collection, so nothing was checked",
            ));
        }
        outcome
            .not_checked
            .push("what lies outside of the listed collections, keys/ and manifests/".to_owned());
    }

    /// Names what lies in `keys/` and was not looked at.
    fn check_keys(&self, policy: &Policy, outcome: &mut Outcome) {
        let entries = match RelPath::new(b"keys")
            .map_err(FsError::from)
            .and_then(|path| self.root.list(Some(&path)))
        {
            Ok(entries) => entries,
            Err(error) if error.is_not_found() => return,
            Err(error) => return outcome.push(Finding::of(&error).at("keys")),
        };
        let own = match self.source {
            PolicySource::Inside | PolicySource::Hash(_) => true,
            PolicySource::Named { .. } => false,
        };
        let signature = format!("policy.toml{}", policy::SIGNATURE_SUFFIX);
        let read = |name: &[u8]| {
            let signature = self.keys.is_none() && name == signature.as_bytes();
            let key_file = policy.key_files.iter().any(|file| file.as_bytes() == name);
            own && (name == b"policy.toml" || signature || key_file)
        };
        let rest: Vec<&[u8]> =
            entries.iter().map(|entry| entry.name.as_slice()).filter(|name| !read(name)).collect();
        let what = ("entry in keys/", "entries in keys/");
        outcome.not_checked.extend(not_checked::named(what, b"keys/", rest.into_iter()));
    }

    /// Checks a collection, and once more when it was signed anew meanwhile: a folder of evidence
    /// that another run takes away while it is read looks as if files were missing from it.
    fn check_steady(
        &self,
        policy: &Policy,
        trust: &TrustSet,
        name: &str,
        progress: &dyn Progress,
        outcome: &mut Outcome,
    ) {
        let folder = format!("manifests/{name}");
        let id = || subroot(self.root, &folder).ok().map(|root| root.id());
        for _ in 0..ATTEMPTS {
            let before = subroot(self.root, &folder);
            let mut attempt = Outcome::default();
            self.check_collection(policy, trust, name, progress, &mut attempt);
            if !attempt.has_errors() || before.ok().map(|root| root.id()) == id() {
                return outcome.absorb(attempt);
            }
        }
        outcome.push(Finding::of(&FsError::Changed).at(folder));
    }

    fn check_collection(
        &self,
        policy: &Policy,
        trust: &TrustSet,
        name: &str,
        progress: &dyn Progress,
        outcome: &mut Outcome,
    ) {
        let evidence_shown = format!("manifests/{name}/");
        let documents_shown = format!("{name}/");
        let evidence = match subroot(self.root, &format!("manifests/{name}")) {
            Ok(root) => root,
            Err(error) if error.is_not_found() => {
                let message = "is missing: this collection has no manifest";
                let finding = Finding::error(Code::Missing, message)
                    .at(format!("{evidence_shown}{}", manifest::NAME));
                outcome.push(finding.help(format!("vidimus sign {name} --key KEY writes it")));
                return;
            }
            Err(error) => return outcome.push(Finding::of(&error).at(evidence_shown)),
        };
        let documents = match subroot(self.root, name) {
            Ok(root) => Some(root),
            Err(error) if error.is_not_found() => None,
            Err(error) => return outcome.push(Finding::of(&error).at(documents_shown)),
        };
        let task = Task {
            evidence: &evidence,
            manifest: manifest::NAME,
            evidence_shown: evidence_shown.as_bytes(),
            documents: documents.as_ref(),
            documents_shown: documents_shown.as_bytes(),
            identity: Some((&policy.id, name)),
            collection: name,
            trust,
            at: self.at.0,
            rows: self.rows,
        };
        collection::verify(&task, progress, outcome);
    }

    /// What lies in `manifests/` and belongs to no listed collection.
    fn check_unlisted(&self, policy: &Policy, outcome: &mut Outcome) {
        let entries = match RelPath::new(b"manifests")
            .map_err(FsError::from)
            .and_then(|path| self.root.list(Some(&path)))
        {
            Ok(entries) => entries,
            Err(error) if error.is_not_found() => return,
            Err(error) => return outcome.push(Finding::of(&error).at("manifests")),
        };
        for entry in entries {
            let listed = policy.collections.iter().any(|name| name.as_bytes() == entry.name);
            let shown = [&b"manifests/"[..], &entry.name].concat();
            if listed {
                continue;
            }
            if crate::fs::is_leftover(&entry.name) {
                let name = String::from_utf8_lossy(&shown).into_owned();
                outcome.not_checked.push(format!(
                    "{name}: left by a run that was interrupted; the next vidimus sign removes it"
                ));
            } else if entry.name == b"log" && entry.kind == EntryKind::Folder {
                outcome.not_checked.push("manifests/log: the log".to_owned());
            } else {
                let message = "belongs to no collection that the policy lists";
                outcome.push(Finding::error(Code::Unexpected, message).at(shown));
            }
        }
    }
}

/// A name that stands for nothing here is a slip of the pen; one that was signed once is not.
fn not_listed(root: &Root, policy: &Policy, name: &str) -> Finding {
    let signed = RelPath::new(format!("manifests/{name}").as_bytes())
        .ok()
        .is_some_and(|path| root.kind(&path).is_ok_and(|kind| kind.is_some()));
    let code = if signed { Code::Unexpected } else { Code::Usage };
    Finding::error(code, "is no collection that the policy lists")
        .at(name)
        .help(format!("the policy lists: {}", policy.collections.join(", ")))
}

fn subroot(root: &Root, name: &str) -> Result<Root, FsError> {
    root.subroot(&RelPath::new(name.as_bytes())?)
}

/// The policy's own signature: plain DSSE over the bytes of the file, by enough of its signers.
fn check_policy_signature(
    root: &Root,
    policy: &Policy,
    bytes: &[u8],
    at: Time,
    outcome: &mut Outcome,
) {
    let shown = format!("{}{}", policy::PATH, policy::SIGNATURE_SUFFIX);
    let read = RelPath::new(shown.as_bytes())
        .map_err(FsError::from)
        .and_then(|path| root.read(&path, limits::ENVELOPE_BYTES));
    let bench = Bench {
        trust: &policy.trust,
        collection: None,
        namespace: None,
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
fn policy_vouched(root: &Root, keys: &TrustSet, bytes: &[u8], at: Time) -> bool {
    let shown = format!("{}{}", policy::PATH, policy::SIGNATURE_SUFFIX);
    let read = RelPath::new(shown.as_bytes())
        .map_err(FsError::from)
        .and_then(|path| root.read(&path, limits::ENVELOPE_BYTES));
    let Ok(Ok(envelope)) = read.map(|bytes| dsse::parse(&bytes)) else {
        return false;
    };
    let signed = envelope.payload == bytes && envelope.payload_type == policy::PAYLOAD_TYPE;
    let signers =
        keys.signers.iter().filter(|signer| !envelope.verified_by(&signer.key).is_empty());
    let valid: Vec<_> = signers.map(|signer| &signer.key).collect();
    signed && keys.judge_policy(&valid, at).met()
}

fn check_hash(wanted: [u8; 32], bytes: &[u8], outcome: &mut Outcome) {
    let found = digest::sha256(bytes);
    if found != wanted {
        let finding =
            Finding::error(Code::Unpinned, "is not the policy that --policy-sha256 names")
                .at(policy::PATH);
        let finding = finding.with("expected", format!("sha256:{}", hex::encode(&wanted)));
        let finding = finding.with("found", format!("sha256:{}", hex::encode(&found)));
        outcome.push(
            finding
                .help("ask the archive's keeper, by another way, for the SHA-256 of this version"),
        );
    }
}

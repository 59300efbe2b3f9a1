//! A whole archive: the policy, every collection that it lists, and what lies in `manifests/`
//! without being listed.

use super::collection::{self, Task};
use super::log;
use super::memory::Learned;
use super::not_checked;
use super::policy::{self as policies, Chain};
use super::proofs::Authorities;
use crate::codec::hex;
use crate::digest;
use crate::finding::{Code, Finding, Outcome, Severity, Trust};
use crate::fs::{EntryKind, FsError, Root};
use crate::manifest;
use crate::path::RelPath;
use crate::policy::{self, Policy, TrustSet};
use crate::state::Record;
use crate::time::Time;
use crate::tree::Progress;

/// How often a collection is read that other runs keep changing.
const ATTEMPTS: usize = 3;

/// Where a policy was read, and how far that can be trusted.
#[derive(Clone, Copy)]
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
    /// What earlier runs remember.
    pub memory: &'a Recall<'a>,
}

/// What is remembered of the archive of an id; `None` where nothing is to be remembered.
pub type Recall<'a> = dyn Fn(&str) -> Result<Option<Record>, Finding> + 'a;

impl Archive<'_> {
    /// Verifies the archive and says everything that was found, and what of it is worth
    /// remembering.
    pub fn verify(&self, progress: &dyn Progress) -> (Outcome, Learned) {
        let mut outcome = Outcome { judged_at: Some(self.at), ..Outcome::default() };
        let Some((policy, bytes)) = self.policy(&mut outcome) else {
            return (outcome, Learned::nothing());
        };
        let mut learned = self.learned(&policy, &mut outcome);
        let chain = self.check_trust(&policy, &bytes, &learned, &mut outcome);
        let pinned = self.pinned(&bytes, &chain, &learned);
        outcome.trust = Some(self.trust(&policy, &bytes, pinned));
        if !pinned {
            self.check_pinned(&mut outcome);
        }
        if signed_as_it_is(&outcome) && !self.is_named() {
            learned.check_policy(&policy, &bytes, &chain, pinned, &mut outcome);
        }
        self.check_collections(&policy, progress, &mut learned, &mut outcome);
        if self.keys.is_none() {
            log::check(self.root, &policy, &mut learned, &mut outcome);
        }
        learned.settle(pinned, self.keys.is_some(), self.at.1 || self.is_named(), &mut outcome);
        (outcome, learned)
    }

    /// The policy, where it is pinned, signed as it is and no older than an earlier run saw, and
    /// allows that a signing takes over digests.
    ///
    /// # Errors
    /// The findings that say why that is not allowed.
    pub fn reuse_allowed(&self) -> Result<Policy, Vec<Finding>> {
        let mut outcome = Outcome::default();
        let Some((policy, bytes)) = self.policy(&mut outcome) else {
            return Err(outcome.findings);
        };
        let mut learned = self.learned(&policy, &mut outcome);
        let chain = self.check_trust(&policy, &bytes, &learned, &mut outcome);
        let pinned = self.pinned(&bytes, &chain, &learned);
        if signed_as_it_is(&outcome) {
            learned.check_policy(&policy, &bytes, &chain, pinned, &mut outcome);
        }
        let mut wrong = outcome.findings;
        wrong.retain(|finding| finding.severity == Severity::Error);
        match (wrong.is_empty(), pinned, policy.allow_reuse) {
            (false, _, _) => Err(wrong),
            (true, false, _) => Err(vec![reuse_unpinned()]),
            (true, true, false) => Err(vec![reuse_forbidden()]),
            (true, true, true) => Ok(policy),
        }
    }

    /// What earlier runs saw of this archive. A memory that cannot be read stops nothing, but the
    /// run does not pass.
    pub(super) fn learned(&self, policy: &Policy, outcome: &mut Outcome) -> Learned {
        if self.keys.is_some() {
            return Learned::about(&policy.id, None);
        }
        match (self.memory)(&policy.id) {
            Ok(record) => Learned::about(&policy.id, record),
            Err(finding) => {
                outcome.push(finding);
                Learned::about(&policy.id, None)
            }
        }
    }

    pub(super) fn policy(&self, outcome: &mut Outcome) -> Option<(Policy, Vec<u8>)> {
        let loaded = match &self.source {
            PolicySource::Inside | PolicySource::Hash(_) => Policy::load(self.root),
            PolicySource::Named { bytes, folder, shown, .. } => {
                Policy::parse_in(bytes, folder, None, shown).map(|policy| (policy, bytes.to_vec()))
            }
        };
        loaded.map_err(|finding| outcome.push(*finding)).ok()
    }

    /// Whether the trust comes from outside of the archive: from keys or a policy that the user
    /// named, by a digest, or from the memory of an earlier run. A digest of an older version is
    /// as good as long as the signers of each version agreed to the next.
    pub(super) fn pinned(&self, bytes: &[u8], chain: &Chain, learned: &Learned) -> bool {
        let reaches = |wanted: [u8; 32]| {
            digest::sha256(bytes) == wanted
                || chain.agreed.iter().any(|version| version.sha256 == wanted)
        };
        match &self.source {
            _ if self.keys.is_some() => true,
            PolicySource::Inside => learned.policy_sha256().is_some_and(reaches),
            PolicySource::Hash(wanted) => reaches(*wanted),
            PolicySource::Named { inside, .. } => !inside,
        }
    }

    pub(super) fn trust(&self, policy: &Policy, bytes: &[u8], pinned: bool) -> Trust {
        if let Some((_, words)) = self.keys {
            return Trust {
                source: words.to_owned(),
                policy_sha256: None,
                policy_version: None,
                pinned: true,
            };
        }
        Trust {
            source: self.policy_shown().to_owned(),
            policy_sha256: Some(hex::encode(&digest::sha256(bytes))),
            policy_version: Some(policy.version),
            pinned,
        }
    }

    pub(super) fn check_trust(
        &self,
        policy: &Policy,
        bytes: &[u8],
        learned: &Learned,
        outcome: &mut Outcome,
    ) -> Chain {
        if let Some((keys, _)) = self.keys {
            if let PolicySource::Hash(wanted) = &self.source {
                check_hash(*wanted, bytes, &Chain::default(), outcome);
            }
            self.check_vouched(keys, bytes, outcome);
            let words = "the policy's signature and rules: the keys given replace them, only its id and its list of collections are used";
            outcome.not_checked.push(words.to_owned());
            return Chain::default();
        }
        let wanted = match &self.source {
            PolicySource::Named { .. } => {
                outcome.not_checked.push("the signature of the policy, which was named".to_owned());
                return Chain::default();
            }
            PolicySource::Inside => None,
            PolicySource::Hash(wanted) => Some(*wanted),
        };
        let known = [wanted, learned.policy_sha256()].contains(&Some(digest::sha256(bytes)));
        policies::check_signature(self.root, policy, bytes, self.at.0, known, outcome);
        let chain = policies::check_chain(self.root, policy, bytes, self.at.0, outcome);
        if let Some(wanted) = wanted {
            check_hash(wanted, bytes, &chain, outcome);
        }
        chain
    }

    /// Whether the policy is a file that the user named: nobody need have signed it, so it says
    /// nothing about the versions of the archive's own, and teaches nothing.
    pub(super) fn is_named(&self) -> bool {
        matches!(self.source, PolicySource::Named { .. })
    }

    /// The end of the policy's time where it is over: then it judges only what is proven older.
    pub(super) fn end_of(&self, policy: &Policy) -> Option<Time> {
        policy.expires.filter(|_| policy.expired(self.at.0) && self.keys.is_none())
    }

    /// With keys from outside, the policy still says which archive this is and which collections
    /// it has. Where the same keys did not sign it, that is the archive's own word.
    fn check_vouched(&self, keys: &TrustSet, bytes: &[u8], outcome: &mut Outcome) {
        let inside = match &self.source {
            PolicySource::Inside => true,
            PolicySource::Hash(_) => false,
            PolicySource::Named { inside, .. } => *inside,
        };
        if !inside || policies::vouched(self.root, keys, bytes, self.at.0) {
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
    pub(super) fn check_pinned(&self, outcome: &mut Outcome) {
        let said = outcome.findings.iter().any(|finding| finding.code == Code::Unpinned);
        if self.require_pinned && !said {
            let message = "is inside the archive that it judges, and --require-pinned was given";
            let finding = Finding::error(Code::Unpinned, message).at(self.policy_shown());
            outcome.push(
                finding.help("give --policy FILE or --policy-sha256 HEX from a source you trust"),
            );
        }
    }

    fn check_collections(
        &self,
        policy: &Policy,
        progress: &dyn Progress,
        learned: &mut Learned,
        outcome: &mut Outcome,
    ) {
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
            self.check_steady(policy, trust, name, progress, learned, outcome);
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
            // The older versions were followed as far as they are kept.
            let history = self.keys.is_none() && name == b"history" && policy.version > 1;
            own && (name == b"policy.toml" || signature || key_file || history)
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
        learned: &mut Learned,
        outcome: &mut Outcome,
    ) {
        let folder = format!("manifests/{name}");
        let id = || subroot(self.root, &folder).ok().map(|root| root.id());
        for _ in 0..ATTEMPTS {
            let before = subroot(self.root, &folder);
            let (mut attempt, mut fresh) = (Outcome::default(), learned.clone());
            self.check_collection(policy, trust, name, progress, &mut fresh, &mut attempt);
            if !attempt.has_errors() || before.ok().map(|root| root.id()) == id() {
                *learned = fresh;
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
        learned: &mut Learned,
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
            authorities: self
                .keys
                .is_none()
                .then_some(Authorities { time: &policy.time, tlog: policy.tlog.as_ref() }),
            expired: self.end_of(policy),
            at: self.at.0,
            rows: self.rows,
        };
        if let Some(believed) = collection::verify(&task, progress, outcome) {
            learned.check_statement(name, &believed, &evidence_shown, outcome);
        }
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
                if self.keys.is_some() {
                    outcome.not_checked.push("manifests/log: the log".to_owned());
                }
            } else {
                let message = "belongs to no collection that the policy lists";
                outcome.push(Finding::error(Code::Unexpected, message).at(shown));
            }
        }
    }
}

fn reuse_unpinned() -> Finding {
    Finding::error(Code::Unpinned, "is not pinned, and only a pinned policy can allow --reuse")
        .at(policy::PATH)
        .help(
            "vidimus sign --reuse --policy-sha256 HEX, or once vidimus verify --policy-sha256 HEX",
        )
}

fn reuse_forbidden() -> Finding {
    Finding::error(Code::Usage, "does not allow --reuse")
        .at(policy::PATH)
        .help("leave out --reuse; or write allow-reuse = true there, raise the version, then vidimus policy sign")
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

/// Whether the policy is the one that was signed. One that was edited and not signed yet is not
/// another state of the archive, and contradicts nothing but its own signature.
pub(super) fn signed_as_it_is(outcome: &Outcome) -> bool {
    let signature = format!("{}{}", policy::PATH, policy::SIGNATURE_SUFFIX);
    let unsigned = |finding: &Finding| {
        let places = [policy::PATH.as_bytes(), signature.as_bytes()];
        finding.severity == Severity::Error
            && finding.code != Code::Unpinned
            && finding.path.as_deref().is_some_and(|path| places.contains(&path))
    };
    !outcome.findings.iter().any(unsigned)
}

fn check_hash(wanted: [u8; 32], bytes: &[u8], chain: &Chain, outcome: &mut Outcome) {
    let found = digest::sha256(bytes);
    let older = chain.agreed.iter().any(|version| version.sha256 == wanted);
    if found != wanted && !older {
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

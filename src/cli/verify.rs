//! `vidimus verify`: an archive, a collection, a release, or one file with its signature.

use super::context::{Context, or_default};
use super::memory::State;
use super::old::Old;
use super::progress::Bar;
use super::trust::{Given, Keys};
use super::{Result, Run, clock, usage};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::codec::hex;
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs::{self, EntryKind, Root};
use vidimus::limits;
use vidimus::policy;
use vidimus::time::Time;
use vidimus::verify::{self, Archive, Detached, PolicySource, Release, Single};

/// Verify that files are as they were signed, and by whom
///
/// Without TARGET: the archive in this folder, every collection that its policy lists. With the
/// name of a collection: that one alone. With a manifest (SHA256SUMS) and --key: a release. With a
/// file and --signature: that file, by a minisign, OpenSSH, DSSE or Sigstore signature. With a file
/// and --proof: that it is in a signed collection.
///
/// Every changed, missing, unexpected and moved file is named, then who signed, then where the
/// trust came from, then what was not checked.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus verify\n  vidimus verify seeds --policy-sha256 HEX\n  \
vidimus verify dist/SHA256SUMS --key press.pub.pem\n  \
vidimus verify --old ../backup\n  \
vidimus verify 000.txt --proof 000.txt.tlog-proof --policy policy.toml\n  \
vidimus verify report.pdf --signature report.pdf.minisig --key RWQ...\n  \
vidimus verify report.pdf --signature report.pdf.sig \\\n    \
--allowed-signers LIST --identity press@example.org"
)]
pub(crate) struct Verify {
    /// Collection, manifest or file
    #[arg(value_name = "TARGET")]
    target: Option<PathBuf>,
    /// The archive's folder (default: this folder; parents are never searched)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Signature over the file TARGET; what kind it is is seen from its content
    #[arg(long, value_name = "SIG", requires = "target")]
    #[arg(conflicts_with_all = ["archive", "dir", "policy", "policy_sha256"])]
    signature: Option<PathBuf>,
    /// Proof that the file TARGET is in a signed collection (vidimus prove); the policy is the
    /// one beside the proof, in keys/, or the one that --policy names
    #[arg(long, value_name = "PROOF", requires = "target")]
    #[arg(conflicts_with_all = ["signature", "archive", "dir", "old"])]
    proof: Option<PathBuf>,
    #[command(flatten)]
    keys: Keys,
    /// Purpose that an OpenSSH signature must be made for
    #[arg(long, value_name = "NS", default_value = "file")]
    namespace: String,
    /// Folder of the files that the manifest TARGET lists (default: the manifest's own)
    #[arg(long, value_name = "DIR", requires = "target", conflicts_with = "archive")]
    dir: Option<PathBuf>,
    /// Old copies: where a signed document changed and DIR holds the signed version of it under
    /// any name, the changes of its text are shown
    #[arg(long, value_name = "DIR", conflicts_with = "signature")]
    old: Option<PathBuf>,
    /// Judge by this policy, kept outside of the archive
    #[arg(long, value_name = "FILE", conflicts_with = "policy_sha256")]
    policy: Option<PathBuf>,
    /// SHA-256 that the archive's policy must have; vidimus policy check prints it
    #[arg(long, value_name = "HEX")]
    policy_sha256: Option<String>,
    /// Refuse trust that comes from inside of the archive (exit 11)
    #[arg(long)]
    require_pinned: bool,
    /// Judge keys at this time instead of now (RFC 3339 with Z)
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    #[command(flatten)]
    state: State,
    /// Take legacy minisign signatures too, which sign the bare bytes of the file
    #[arg(long)]
    allow_legacy_minisign: bool,
}

impl Verify {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let at = clock::judged_at(self.at.as_deref())?;
        let keys = self.keys.load()?;
        let (notes, keys) = match keys {
            Some(Given { trust, words, notes }) => (notes, Some((trust, words))),
            None => (Vec::new(), None),
        };
        let mut outcome = self.dispatch(at, keys.as_ref(), context)?;
        outcome.findings.extend(notes);
        Ok(Run::report(outcome))
    }

    fn dispatch(
        &self,
        at: (Time, bool),
        keys: Option<&(vidimus::policy::TrustSet, &'static str)>,
        context: &Context,
    ) -> Result<Outcome> {
        if let (Some(file), Some(proof)) = (&self.target, &self.proof) {
            return self.single(file, proof, at, keys);
        }
        match (&self.target, &self.signature) {
            (Some(file), Some(signature)) => self.detached(file, signature, at, keys),
            (Some(target), None) if !self.is_collection(target)? => {
                self.check_no_policy(target)?;
                self.release(target, at, keys, context)
            }
            (target, _) => self.archive(target.as_deref(), at, keys, context),
        }
    }

    /// A check that was asked for is never left out in silence.
    fn check_no_policy(&self, manifest: &Path) -> Result<()> {
        if self.policy.is_none() && self.policy_sha256.is_none() {
            return Ok(());
        }
        let finding = usage("is a manifest, which --policy and --policy-sha256 do not go with")
            .at(manifest.as_os_str().as_bytes());
        Err(vec![finding.help("name a collection of an archive, or give --key alone")])
    }

    /// A target is a manifest when it is a file, or spelt as a path; in an archive a single name
    /// is a collection, even where its folder is gone.
    fn is_collection(&self, target: &Path) -> Result<bool> {
        if self.archive.is_some() {
            return Ok(true);
        }
        if self.dir.is_some() || target.components().count() != 1 {
            return Ok(false);
        }
        match kind(target)? {
            Some(kind) => Ok(kind == EntryKind::Folder),
            None if kind(Path::new(vidimus::policy::PATH))?.is_some() => Ok(true),
            None => {
                let finding = Finding::error(Code::Io, "is not there");
                Err(vec![finding.at(target.as_os_str().as_bytes())])
            }
        }
    }

    fn archive(
        &self,
        only: Option<&Path>,
        at: (Time, bool),
        keys: Option<&(vidimus::policy::TrustSet, &'static str)>,
        context: &Context,
    ) -> Result<Outcome> {
        let path = or_default(self.archive.as_ref(), ".");
        let root = open(&path)?;
        let old = self.old.as_deref().map(Old::open).transpose()?;
        let only = only
            // Shells complete folder names with a slash.
            .map(|name| name.to_str().map(|name| name.trim_end_matches('/')))
            .map(|name| name.ok_or_else(|| vec![usage("a collection's name is UTF-8")]))
            .transpose()?;
        let named = self.policy.as_ref().map(|file| read_policy(file, &path)).transpose()?;
        let source = match (&named, &self.policy_sha256) {
            (Some(Named { own: true, .. }), _) | (None, None) => PolicySource::Inside,
            (Some(named), _) => PolicySource::Named {
                bytes: &named.bytes,
                folder: &named.folder,
                shown: &named.shown,
                inside: named.inside,
            },
            (None, Some(text)) => PolicySource::Hash(parse_sha256(text)?),
        };
        let bar = Bar::new(context);
        let archive = Archive {
            root: &root,
            source,
            keys: keys.map(|(trust, words)| (trust, *words)),
            only,
            require_pinned: self.require_pinned,
            at,
            rows: context.rows(),
            memory: &|id| self.state.recall(id),
        };
        let (mut outcome, learned) = archive.verify(&bar);
        self.state.learn(&learned, &mut outcome);
        self.state.bit_rot(&root, learned.archive(), &mut outcome);
        if let Some(old) = old {
            old.explain(&mut outcome, &root, b"", context);
        }
        Ok(outcome)
    }

    fn single(
        &self,
        file: &Path,
        proof: &Path,
        at: (Time, bool),
        keys: Option<&(vidimus::policy::TrustSet, &'static str)>,
    ) -> Result<Outcome> {
        let folder = match proof.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            Some(_) | None => Path::new("."),
        };
        let root = open(folder)?;
        let mut named = self.policy.as_ref().map(|file| read_policy(file, folder)).transpose()?;
        if let (Some(named), Some(file)) = (&mut named, &self.policy) {
            named.inside |= came_with(file, proof)?;
        }
        let source = match (&named, &self.policy_sha256) {
            (Some(Named { own: true, .. }), _) | (None, None) => PolicySource::Inside,
            (Some(named), _) => PolicySource::Named {
                bytes: &named.bytes,
                folder: &named.folder,
                shown: &named.shown,
                // It came with what it judges.
                inside: named.inside,
            },
            (None, Some(text)) => PolicySource::Hash(parse_sha256(text)?),
        };
        single(&SingleFile {
            file,
            proof,
            root: &root,
            source,
            keys: keys.map(|(trust, words)| (trust, *words)),
            require_pinned: self.require_pinned,
            at,
            state: &self.state,
        })
    }

    fn release(
        &self,
        manifest: &Path,
        at: (Time, bool),
        keys: Option<&(vidimus::policy::TrustSet, &'static str)>,
        context: &Context,
    ) -> Result<Outcome> {
        let Some((trust, source)) = keys else {
            let finding =
                usage("whose signature? give --key PUB, or --allowed-signers LIST --identity ID");
            let finding = finding.at(manifest.as_os_str().as_bytes()).help(
                "a manifest needs --key, a single file --signature SIG and --key; see vidimus verify --help",
            );
            return Err(vec![finding]);
        };
        let folder = manifest
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let name = manifest.file_name().and_then(|name| name.to_str());
        let name =
            name.ok_or_else(|| vec![usage("TARGET must name a manifest such as SHA256SUMS")])?;
        let documents = self.dir.as_deref().unwrap_or(folder);
        let old = self.old.as_deref().map(Old::open).transpose()?;
        let (root, shown) = (open(documents)?, prefix(documents));
        let release = Release {
            evidence: &open(folder)?,
            manifest: name,
            evidence_shown: &prefix(folder),
            documents: &root,
            documents_shown: &shown,
            trust,
            source,
            at,
            rows: context.rows(),
        };
        let mut outcome = verify::verify_release(&release, &Bar::new(context));
        if let Some(old) = old {
            old.explain(&mut outcome, &root, &shown, context);
        }
        Ok(outcome)
    }

    fn detached(
        &self,
        file: &Path,
        signature: &Path,
        at: (Time, bool),
        keys: Option<&(vidimus::policy::TrustSet, &'static str)>,
    ) -> Result<Outcome> {
        let Some((trust, source)) = keys else {
            let finding =
                usage("whose signature? give --key PUB, or --allowed-signers LIST --identity ID");
            return Err(vec![finding]);
        };
        let (file_shown, shown) = (file.as_os_str().as_bytes(), signature.as_os_str().as_bytes());
        let bytes = fs::read_named(signature, limits::ENVELOPE_BYTES)
            .map_err(|error| vec![Finding::of(&error).at(shown)])?;
        let opened =
            fs::open_named(file).map_err(|error| vec![Finding::of(&error).at(file_shown)])?;
        Ok(verify::verify_detached(Detached {
            file: opened,
            file_shown,
            signature: &bytes,
            signature_shown: shown,
            trust,
            source,
            namespace: &self.namespace,
            allow_legacy: self.allow_legacy_minisign,
            at,
        }))
    }
}

/// A file and its proof, and whose word counts.
struct SingleFile<'a> {
    file: &'a Path,
    proof: &'a Path,
    /// The folder of the proof.
    root: &'a Root,
    source: PolicySource<'a>,
    keys: Option<(&'a vidimus::policy::TrustSet, &'a str)>,
    require_pinned: bool,
    at: (Time, bool),
    /// Where runs remember.
    state: &'a State,
}

/// Verifies one file against its proof.
fn single(task: &SingleFile<'_>) -> Result<Outcome> {
    let (file_shown, shown) = (task.file.as_os_str().as_bytes(), task.proof.as_os_str().as_bytes());
    let proof = fs::read_named(task.proof, limits::ENVELOPE_BYTES)
        .map_err(|error| vec![Finding::of(&error).at(shown)])?;
    let file =
        fs::open_named(task.file).map_err(|error| vec![Finding::of(&error).at(file_shown)])?;
    let archive = Archive {
        root: task.root,
        source: task.source,
        keys: task.keys,
        only: None,
        require_pinned: task.require_pinned,
        at: task.at,
        rows: true,
        memory: &|id| task.state.recall(id),
    };
    let folder_shown = prefix(
        task.proof
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new(".")),
    );
    let (mut outcome, learned) = archive.verify_single(Single {
        file,
        file_shown,
        proof: &proof,
        proof_shown: shown,
        folder: task.root,
        folder_shown: &folder_shown,
    });
    task.state.learn(&learned, &mut outcome);
    Ok(outcome)
}

/// A policy that the user named.
struct Named {
    bytes: Vec<u8>,
    folder: Root,
    shown: String,
    /// Whether it lies inside the archive after all, so that naming it pins nothing.
    inside: bool,
    /// Whether it is the archive's own `keys/policy.toml`.
    own: bool,
}

fn read_policy(file: &Path, archive: &Path) -> Result<Named> {
    let shown = file.as_os_str().as_bytes();
    let refuse = |error: fs::FsError| vec![Finding::of(&error).at(shown)];
    let bytes = fs::read_named(file, limits::POLICY_BYTES).map_err(refuse)?;
    let real = fs::real_path(file).map_err(refuse)?;
    let archive = fs::real_path(archive).map_err(refuse)?;
    let (inside, own) = (real.starts_with(&archive), real == archive.join(policy::PATH));
    let folder = Root::open(real.parent().unwrap_or(Path::new("/"))).map_err(refuse)?;
    Ok(Named { bytes, folder, shown: file.to_string_lossy().into_owned(), inside, own })
}

/// Whether a policy lies in the `keys/` of the folder that the proof lies in too, however deep:
/// then both came from one hand, and naming it pins nothing.
fn came_with(policy: &Path, proof: &Path) -> Result<bool> {
    let real = |path: &Path| {
        fs::real_path(path)
            .map_err(|error| vec![Finding::of(&error).at(path.as_os_str().as_bytes())])
    };
    let (policy, proof) = (real(policy)?, real(proof)?);
    let keys = policy.parent().filter(|folder| folder.ends_with("keys"));
    Ok(keys.and_then(Path::parent).is_some_and(|archive| proof.starts_with(archive)))
}

pub(super) fn parse_sha256(text: &str) -> Result<[u8; 32]> {
    hex::decode_array(text.as_bytes()).ok_or_else(|| {
        vec![Finding::error(Code::Malformed, "--policy-sha256 wants 64 hexadecimal digits")]
    })
}

/// What stands at a path that the user named; `None` when nothing does.
fn kind(path: &Path) -> Result<Option<EntryKind>> {
    fs::kind_named(path).map_err(|error| vec![Finding::of(&error).at(path.as_os_str().as_bytes())])
}

/// Opens a folder that the user named.
pub(super) fn open(path: &Path) -> Result<Root> {
    Root::open(path).map_err(|error| vec![Finding::of(&error).at(path.as_os_str().as_bytes())])
}

/// What stands before names of files in `folder`: nothing for this folder, else `folder/`.
pub(super) fn prefix(folder: &Path) -> Vec<u8> {
    let mut shown = folder.as_os_str().as_bytes().to_vec();
    if shown == b"." {
        return Vec::new();
    }
    if !shown.ends_with(b"/") {
        shown.push(b'/');
    }
    shown
}

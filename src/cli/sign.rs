//! `vidimus sign`: the collections of an archive, or a release.

mod said;

use said::finish;

use super::context::{Context, or_default};
use super::key_source::KeySource;
use super::memory::{JOURNAL_AFTER, State};
use super::progress::Bar;
use super::verify::{open, parse_sha256, prefix};
use super::{Result, clock, usage};
use clap::{Args, ValueEnum};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::codec::hex;
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs::{self, EntryKind, Root};
use vidimus::key::SigningKey;
use vidimus::path::RelPath;
use vidimus::policy::Policy;
use vidimus::report::escape;
use vidimus::seal::{self, Also, ArchiveSigning, LoggedBundle, ReleaseInput, ReleaseSigning};
use vidimus::tree::SymlinkRule;
use vidimus::verify::{Archive, PolicySource};

const TOOL: &str = concat!("vidimus ", env!("CARGO_PKG_VERSION"));

/// Sign the collections of an archive, or files as a release
///
/// In an archive: every collection of the policy, or the ones named. A changed collection gets the
/// next serial and what was signed before is kept in history/; a second signer signs the same
/// statement.
///
/// Elsewhere: a folder or files as a release. Writes SHA256SUMS, its bundle and its checkpoint
/// beside the files, or into --out DIR.
#[derive(Args)]
#[command(after_help = "Examples:\n  vidimus sign --key ~/keys/press@example.org.key.pem\n  \
vidimus sign statements --key agent:SHA256:...\n  \
vidimus sign dist --key env:RELEASE_KEY --also minisign,sshsig")]
pub(crate) struct Sign {
    /// Collections; or a folder or files, outside of an archive
    #[arg(value_name = "COLLECTION|PATH")]
    targets: Vec<PathBuf>,
    #[command(flatten)]
    source: KeySource,
    /// The archive's folder (default: this folder)
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    archive: Option<PathBuf>,
    /// Folder for the manifest and its evidence (release)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Further forms of the signature, for other tools; separate them with commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FORMS")]
    also: Vec<Form>,
    /// Leave out what matches; may be repeated. Recorded in the statement: verify leaves it out
    /// too, and says so. A name at any depth, or a path from the root; * and ? within a name,
    /// ** for any folders. .git is always left out; in an archive the patterns last signed with
    /// stay until others are given
    #[arg(long, value_name = "PATTERN")]
    ignore: Vec<String>,
    /// What to do with symbolic links; recorded in the statement (default: refuse, or as signed
    /// before)
    #[arg(long, value_enum, value_name = "RULE")]
    symlinks: Option<Links>,
    /// Do not name the single files in the statement, only the manifest and the tree
    #[arg(long)]
    no_file_subjects: bool,
    /// Do not read files that did not change since the last signing (size, mtime, ctime, inode and
    /// device), but take over their digests. Only in an archive whose policy is pinned and says
    /// allow-reuse = true; the statement says how many files were not read, and so does verify
    #[arg(long, conflicts_with_all = ["out", "also", "no_state"])]
    reuse: bool,
    /// SHA-256 that the archive's policy must have, for --reuse; or a policy that verify remembers
    #[arg(long, value_name = "HEX", requires = "reuse")]
    policy_sha256: Option<String>,
    #[command(flatten)]
    state: State,
    /// Seconds before a run keeps what it read; for tests
    #[arg(long, value_name = "SECONDS", default_value_t = JOURNAL_AFTER, hide = true)]
    journal_after: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// SHA256SUMS.minisig, for minisign -V
    Minisign,
    /// SHA256SUMS.sshsig, for ssh-keygen -Y verify
    Sshsig,
    /// SHA256SUMS.intoto.json, a plain DSSE envelope
    Dsse,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Links {
    /// Refuse to sign a tree that has any
    Refuse,
    /// Leave them out
    Skip,
}

/// Appends the new signatures to the archive's log, where it has one. The signing stands whether
/// or not that works; that it did not is an error all the same.
fn log(
    path: &Path,
    root: &Root,
    policy: &Policy,
    names: &[String],
    outcome: &mut Outcome,
) -> String {
    match seal::append_to_log(path, root, policy, names) {
        Ok(None) => String::new(),
        Ok(Some(bundles)) => {
            let line = |(bundle, index): &(LoggedBundle, u64)| {
                format!("log: entry {index} {}\n", escape::path(bundle.path.as_bytes()))
            };
            let entries: Vec<_> = bundles
                .iter()
                .map(|(bundle, index)| serde_json::json!({ "bundle": bundle.path, "index": index }))
                .collect();
            outcome.details.push(("log", entries.into()));
            bundles.iter().map(line).collect()
        }
        Err(findings) => {
            for finding in findings {
                let own = finding.help.clone();
                let help = own.as_deref().unwrap_or("vidimus log append tries again");
                outcome.push(finding.help(format!("the signatures are written; {help}")));
            }
            String::new()
        }
    }
}

impl Sign {
    pub(crate) fn run(&self, context: &Context) -> Result {
        match self.collections()? {
            Some((root, policy, names)) => self.archive(&root, &policy, &names, context),
            None if self.reuse => Err(vec![not_in_archive()]),
            None => self.release(context),
        }
    }

    /// The collections to sign, when this is about an archive: `--archive`, or this folder is one
    /// and every target is the name of a listed collection.
    fn collections(&self) -> Result<Option<(Root, Policy, Vec<String>)>> {
        if self.out.is_some() {
            return Ok(None);
        }
        let path = or_default(self.archive.as_ref(), ".");
        let marker = path.join("keys/policy.toml");
        let is_archive = fs::kind_named(&marker)
            .map_err(|error| vec![Finding::of(&error).at(marker.as_os_str().as_bytes())])?;
        if is_archive.is_none() && self.archive.is_none() && !self.targets.is_empty() {
            return Ok(None);
        }
        let root = open(&path)?;
        let (policy, _) = Policy::load(&root).map_err(|finding| vec![*finding])?;
        let mut names = Vec::new();
        for target in &self.targets {
            // Shells complete folder names with a slash.
            let name = target.to_str().map(|name| name.strip_suffix('/').unwrap_or(name));
            match name.filter(|name| policy.collections.iter().any(|listed| listed == name)) {
                Some(name) if names.iter().any(|given| given == name) => {}
                Some(name) => names.push(name.to_owned()),
                None if self.archive.is_none() => return Ok(None),
                None => return Err(vec![self.not_listed(target, &policy)]),
            }
        }
        if names.is_empty() {
            names.clone_from(&policy.collections);
        }
        Ok(Some((root, policy, names)))
    }

    fn not_listed(&self, target: &Path, policy: &Policy) -> Finding {
        let finding = Finding::error(Code::Scope, "is no collection that the policy lists")
            .at(target.as_os_str().as_bytes());
        finding.help(format!("it lists: {}", policy.collections.join(", ")))
    }

    fn archive(&self, root: &Root, policy: &Policy, names: &[String], context: &Context) -> Result {
        if self.reuse {
            self.check_reuse(root, policy)?;
        }
        let key = self.source.load(context)?;
        let also = self.also();
        let signing = self.context(&key, &also)?;
        let path = or_default(self.archive.as_ref(), ".");
        for name in names {
            self.source.not_within(&path.join(name))?;
        }
        let bar = Bar::new(context);
        let job = |name| ArchiveSigning {
            path: &path,
            root,
            policy,
            collection: name,
            ignore: (!self.ignore.is_empty()).then(|| self.ignore.clone()),
            symlinks: self.symlinks(),
            keep: self.state.keep(&policy.id, name, self.reuse, self.journal_after),
        };
        let jobs: Vec<ArchiveSigning> = names.iter().map(|name| job(name.as_str())).collect();
        let done = seal::sign_collections(&jobs, &signing, &bar)?;
        let mut outcome = Outcome::default();
        Self::policy_warning(root).into_iter().for_each(|warning| outcome.push(warning));
        let logged = log(&path, root, policy, names, &mut outcome);
        let mut run = finish(outcome, &done, &key);
        run.data.extend_from_slice(logged.as_bytes());
        Ok(run)
    }

    /// Digests are taken over only by the word of a policy that came from outside of the archive,
    /// as `verify` would find it, and that is the one to sign by.
    fn check_reuse(&self, root: &Root, policy: &Policy) -> Result<()> {
        if self.state.journals(0).is_none() {
            let finding = usage("--reuse looks into a state folder, and there is none");
            return Err(vec![finding.help("give --state DIR")]);
        }
        let source = match &self.policy_sha256 {
            Some(text) => PolicySource::Hash(parse_sha256(text)?),
            None => PolicySource::Inside,
        };
        let archive = Archive {
            root,
            source,
            keys: None,
            only: None,
            require_pinned: true,
            at: (clock::present()?, false),
            rows: false,
            memory: &|id| self.state.recall(id),
        };
        if archive.reuse_allowed()? == *policy {
            return Ok(());
        }
        let changed = Finding::of(&fs::FsError::Changed).at(vidimus::policy::PATH);
        Err(vec![changed])
    }

    /// `verify` will refuse an archive whose policy nobody signed as it is; better said now.
    fn policy_warning(root: &Root) -> Option<Finding> {
        let path = RelPath::new(vidimus::policy::PATH.as_bytes()).ok()?;
        let bytes = root.read(&path, vidimus::limits::POLICY_BYTES).ok()?;
        (!vidimus::policy::is_signed_as(root, &bytes)).then(|| {
            Finding::warning(
                Code::BadSignature,
                "is not signed as it is now, so vidimus verify will fail",
            )
            .at(vidimus::policy::PATH)
            .help(
                "raise its version if an older one was signed, then vidimus policy sign --key KEY",
            )
        })
    }

    fn release(&self, context: &Context) -> Result {
        let (folder, input) = self.input()?;
        let root = open(&folder)?;
        let out = self.out.clone().unwrap_or_else(|| folder.clone());
        let out_root = match fs::kind_named(&out).map_err(|error| at(&error, &out))? {
            Some(_) => Some(open(&out)?),
            None => None,
        };
        if matches!(input, ReleaseInput::Folder) {
            not_beneath(&out, &folder)?;
        }
        for target in &self.targets {
            self.source.not_within(target)?;
        }
        let key = self.source.load(context)?;
        let also = self.also();
        let signing = self.context(&key, &also)?;
        let signer = signer_name(&key);
        let real = fs::real_path(&folder).ok();
        let job = ReleaseSigning {
            root: &root,
            folder: real.as_deref().and_then(Path::file_name).and_then(|name| name.to_str()),
            input,
            out: &out,
            out_root: out_root.as_ref(),
            shown: &prefix(&folder),
            ignore: self.ignore.clone(),
            symlinks: self.symlinks().unwrap_or(SymlinkRule::Refuse),
            signer: &signer,
            journals: self.state.journals(self.journal_after),
        };
        let signed = seal::sign_release(&job, &signing, &Bar::new(context))?;
        Ok(finish(Outcome::default(), &[signed], &key))
    }

    /// One folder as a whole, or files by their names below their common folder.
    fn input(&self) -> Result<(PathBuf, ReleaseInput)> {
        if self.targets.is_empty() {
            return Err(vec![usage(
                "this folder is no archive, so name a folder or files to sign",
            )]);
        }
        let mut files = Vec::new();
        for target in &self.targets {
            match fs::kind_named(target).map_err(|error| at(&error, target))? {
                Some(EntryKind::Folder) if self.targets.len() == 1 => {
                    return Ok((target.clone(), ReleaseInput::Folder));
                }
                Some(EntryKind::Folder) => {
                    let message = "is a folder; sign one folder as a whole, or files only";
                    return Err(vec![usage(message).at(target.as_os_str().as_bytes())]);
                }
                Some(EntryKind::File) => files.push(real_place(target)?),
                Some(kind) => {
                    let message = format!("is a {}, not a regular file", kind.as_str());
                    return Err(vec![
                        Finding::error(Code::NotRegular, message).at(target.as_os_str().as_bytes()),
                    ]);
                }
                None => {
                    let finding =
                        Finding::error(Code::Io, "is not there").at(target.as_os_str().as_bytes());
                    return Err(vec![finding]);
                }
            }
        }
        common_folder(&self.targets, &files)
    }

    fn also(&self) -> Vec<Also> {
        let mut forms: Vec<Also> = self
            .also
            .iter()
            .map(|form| match form {
                Form::Minisign => Also::Minisign,
                Form::Sshsig => Also::Sshsig,
                Form::Dsse => Also::Dsse,
            })
            .collect();
        forms.sort();
        forms.dedup();
        forms
    }

    fn symlinks(&self) -> Option<SymlinkRule> {
        self.symlinks.map(|rule| match rule {
            Links::Refuse => SymlinkRule::Refuse,
            Links::Skip => SymlinkRule::Skip,
        })
    }

    fn context<'a>(&self, key: &'a SigningKey, also: &'a [Also]) -> Result<seal::Context<'a>> {
        Ok(seal::Context {
            key,
            now: clock::present()?,
            also,
            file_subjects: !self.no_file_subjects,
            tool: TOOL,
        })
    }
}

fn not_in_archive() -> Finding {
    usage("--reuse is for collections of an archive, by whose policy it is allowed")
        .help("leave out --reuse; a release is read whole")
}

/// Evidence in a folder beneath the signed one would be an unexpected file of it.
fn not_beneath(out: &Path, folder: &Path) -> Result<()> {
    let folder = fs::real_path(folder).map_err(|error| at(&error, folder))?;
    // Where `out` is to be made anew, the folders above it say where it will be.
    let there = out.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        fs::real_path(above).ok().map(|real| (real, above == out))
    });
    match there {
        Some((real, whole)) if real.starts_with(&folder) && !(whole && real == folder) => {
            let finding = usage("--out lies beneath the folder to sign, and would change it")
                .at(out.as_os_str().as_bytes());
            Err(vec![finding.help("give the folder itself, or one outside of it")])
        }
        Some(_) | None => Ok(()),
    }
}

fn at(error: &fs::FsError, path: &Path) -> Vec<Finding> {
    vec![Finding::of(error).at(path.as_os_str().as_bytes())]
}

/// The real folder of a file, and its name there; a link given by name is refused when hashed.
fn real_place(file: &Path) -> Result<PathBuf> {
    let folder =
        file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = fs::real_path(folder).map_err(|error| at(&error, file))?;
    let name = file
        .file_name()
        .ok_or_else(|| vec![usage("names no file").at(file.as_os_str().as_bytes())])?;
    Ok(real.join(name))
}

/// The deepest folder that holds all files. When they all lie in one, it is named as given.
fn common_folder(given: &[PathBuf], files: &[PathBuf]) -> Result<(PathBuf, ReleaseInput)> {
    let mut common =
        files.first().and_then(|file| file.parent()).unwrap_or(Path::new("/")).to_path_buf();
    while !files.iter().all(|file| file.starts_with(&common)) {
        if !common.pop() {
            break;
        }
    }
    let mut paths = Vec::new();
    for file in files {
        let below = file
            .strip_prefix(&common)
            .map_err(|_| vec![Finding::of(&seal::SealError::NoCommonFolder)])?;
        paths.push(
            RelPath::new(below.as_os_str().as_bytes())
                .map_err(|error| vec![Finding::of(&error)])?,
        );
    }
    paths.sort();
    paths.dedup();
    let shown = given
        .first()
        .and_then(|file| file.parent())
        .filter(|_| files.iter().all(|file| file.parent() == Some(&common)));
    let folder = match shown {
        Some(parent) if parent.as_os_str().is_empty() => PathBuf::from("."),
        Some(parent) => parent.to_path_buf(),
        None => common,
    };
    Ok((folder, ReleaseInput::Files(paths)))
}

/// A name for a second signer's file: the key's comment where it is plain, else its key id.
fn signer_name(key: &SigningKey) -> String {
    let plain = |name: &&str| {
        !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "@._-".contains(c))
    };
    match key.comment().filter(plain) {
        Some(name) => name.to_owned(),
        None => hex::encode(&key.minisign_id()),
    }
}

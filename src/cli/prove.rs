//! `vidimus prove`: one file of a collection, for somebody who is not to see the rest.

use super::context::{Context, or_default};
use super::verify::open;
use super::{Result, Run, clock, pack, usage};
use clap::Args;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use vidimus::envelope::tlog_proof::TlogProof;
use vidimus::finding::{Code, Finding, Outcome};
use vidimus::fs::{self, Root};
use vidimus::path::RelPath;
use vidimus::policy::Policy;
use vidimus::report::escape;
use vidimus::seal;

/// Prove that one file is in a signed collection, without showing the others
///
/// Writes a C2SP tlog-proof: the file's line, the hashes that lead from it to the signed
/// checkpoint, and the checkpoint. No key is needed. Verify it with vidimus verify FILE --proof.
///
/// With --pack DIR: everything that somebody else needs, in one folder: the file, its proof, the
/// signed statement with its timestamps and log proofs, the policy, and a page in plain words.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  vidimus prove seeds/000.txt\n  vidimus prove seeds/000.txt --pack for-the-court"
)]
pub(crate) struct Prove {
    /// The file, by its path from the archive's folder: COLLECTION/NAME
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The archive's folder (default: this folder)
    #[arg(long, value_name = "DIR")]
    archive: Option<PathBuf>,
    /// Where to write the proof; - is standard output (default: NAME.tlog-proof in this folder)
    #[arg(long, value_name = "PATH", conflicts_with = "pack")]
    out: Option<PathBuf>,
    /// Make this folder, with everything in it
    #[arg(long, value_name = "DIR")]
    pack: Option<PathBuf>,
}

/// A file of a collection, and its proof.
pub(super) struct Proven {
    /// The archive.
    pub(super) root: Root,
    /// Its policy.
    pub(super) policy: Policy,
    /// The bytes of the policy.
    pub(super) policy_bytes: Vec<u8>,
    /// The collection.
    pub(super) collection: String,
    /// The file in the archive.
    pub(super) file: RelPath,
    /// The proof.
    pub(super) proof: TlogProof,
}

impl Prove {
    pub(crate) fn run(&self, context: &Context) -> Result {
        let proven = self.prove()?;
        match &self.pack {
            Some(folder) => pack::write(folder, &proven, clock::present()?, context),
            None => self.write(&proven),
        }
    }

    fn prove(&self) -> Result<Proven> {
        let root = open(&or_default(self.archive.as_ref(), "."))?;
        let (policy, policy_bytes) = Policy::load(&root).map_err(|finding| vec![*finding])?;
        let file = self.path()?;
        let shown = file.as_bytes().to_vec();
        let (collection, below) =
            split(&policy, &file).ok_or_else(|| vec![self.no_collection(&policy)])?;
        let evidence_shown = format!("manifests/{collection}/");
        let folder = |name: &str| {
            RelPath::new(name.as_bytes())
                .map_err(fs::FsError::from)
                .and_then(|path| root.subroot(&path))
                .map_err(|error| vec![Finding::of(&error).at(name)])
        };
        let (evidence, documents) =
            (folder(&evidence_shown[..evidence_shown.len() - 1])?, folder(&collection)?);
        let proof = seal::prove_file(&evidence, &documents, &below, &evidence_shown, &shown)
            .map_err(|finding| vec![*finding])?;
        Ok(Proven { root, policy, policy_bytes, collection, file, proof })
    }

    /// The path as it would stand in a list: without `./`.
    fn path(&self) -> Result<RelPath> {
        let parts: Vec<&[u8]> = self
            .file
            .components()
            .filter(|part| !matches!(part, Component::CurDir))
            .map(|part| part.as_os_str().as_bytes())
            .collect();
        RelPath::new(&parts.join(&b'/')).map_err(|error| {
            vec![Finding::of(&error).at(self.file.as_os_str().as_bytes()).help(
                "name the file by its path from the archive's folder; --archive DIR names that",
            )]
        })
    }

    fn no_collection(&self, policy: &Policy) -> Finding {
        usage("lies in no collection that the policy lists")
            .at(self.file.as_os_str().as_bytes())
            .help(format!("the policy lists: {}", policy.collections.join(", ")))
    }

    fn write(&self, proven: &Proven) -> Result {
        let bytes = proven.proof.print();
        let out = self.out.clone().unwrap_or_else(|| default_name(&proven.file));
        let mut outcome = Outcome::default();
        outcome.details.push(("index", proven.proof.index.into()));
        if out.as_os_str() == "-" {
            return Ok(Run::data(bytes, outcome));
        }
        let archive = or_default(self.archive.as_ref(), ".");
        if let Some(inside) = within(&out, &archive, &proven.policy) {
            let message =
                format!("lies in the collection {inside}, where it would be an unexpected file");
            return Err(vec![
                Finding::error(Code::UnsafePath, message).at(out.as_os_str().as_bytes()),
            ]);
        }
        fs::create_new(&out, &bytes, 0o644)
            .map_err(|error| vec![Finding::of(&error).at(out.as_os_str().as_bytes())])?;
        let shown = escape::path(out.as_os_str().as_bytes());
        outcome.details.push(("written", vec![out.to_string_lossy().into_owned()].into()));
        let file = escape::path(proven.file.as_bytes());
        let text = format!(
            "wrote {shown}, {} bytes: {file} is line {} of what was signed\n\
             vidimus verify FILE --proof {shown} --policy keys/policy.toml verifies it\n",
            bytes.len(),
            proven.proof.index.saturating_add(1),
        );
        Ok(Run::data(text, outcome))
    }
}

/// Collection and path in it.
fn split(policy: &Policy, file: &RelPath) -> Option<(String, RelPath)> {
    policy.collections.iter().find_map(|name| {
        let below = file.as_bytes().strip_prefix(name.as_bytes())?.strip_prefix(b"/")?;
        Some((name.clone(), RelPath::new(below).ok()?))
    })
}

fn default_name(file: &RelPath) -> PathBuf {
    let mut name = file.name().to_vec();
    name.extend_from_slice(b".tlog-proof");
    PathBuf::from(std::ffi::OsStr::from_bytes(&name))
}

/// The collection that a file would lie in. Real folders are compared, so that the spelling of the
/// path does not matter; where there is no such folder, no file can be made either.
fn within<'a>(out: &Path, archive: &Path, policy: &'a Policy) -> Option<&'a str> {
    let folder = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    let folder = fs::real_path(folder).ok()?;
    let holds = |name: &&str| {
        fs::real_path(&archive.join(name)).is_ok_and(|collection| folder.starts_with(collection))
    };
    policy.collections.iter().map(String::as_str).find(holds)
}

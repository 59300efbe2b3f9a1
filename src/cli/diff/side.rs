//! One side of a comparison of many documents: a folder as it is, or the files that a manifest
//! lists, with their digests.
//!
//! The documents of a manifest are looked for in the collection that it belongs to, where it lies
//! in an archive (`manifests/NAME/`, also `manifests/NAME/history/SERIAL/`), else beside it. One
//! that is not there with the listed digest is compared by that digest alone.

use super::super::Result;
use super::super::context::Context;
use super::super::progress::Bar;
use super::super::verify::open;
use super::input::Kind;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use vidimus::codec::hex;
use vidimus::digest::Algorithm;
use vidimus::finding::{Code, Coded, Exit, Finding};
use vidimus::fs::{self, EntryKind, FsError, Root};
use vidimus::limits;
use vidimus::manifest::{self, Entry, ListOptions};
use vidimus::path::RelPath;
use vidimus::text::Document;
use vidimus::tree::{self, Ignore, Problem, Rules, SymlinkRule};

/// All documents of one side, by path.
pub(super) struct Side {
    kind: Kind,
    root: Root,
    pub(super) files: Vec<File>,
}

/// One document.
pub(super) struct File {
    pub(super) path: RelPath,
    /// SHA-256 in hexadecimal; `None` where the file could not be read.
    pub(super) sha256: Option<String>,
    /// Why it could not be read, and the exit that this asks for.
    pub(super) problem: Option<Unread>,
}

/// Why there is no text of a document.
#[derive(Clone)]
pub(super) struct Unread {
    pub(super) why: String,
    pub(super) exit: Exit,
}

impl Side {
    /// Lists and hashes a folder, or reads a manifest.
    pub(super) fn read(path: &Path, kind: Kind, context: &Context) -> Result<Self> {
        let side = match kind {
            Kind::Folder => Self::folder(path, context)?,
            Kind::Manifest => Self::manifest(path)?,
        };
        let most = limits::COMPARED_DOCUMENTS;
        if side.files.len() > most {
            let message = format!("holds more than {most} documents, the most that are compared");
            let finding = Finding::error(Code::Limit, message).at(path.as_os_str().as_bytes());
            return Err(vec![finding.help("compare the folders in it one by one")]);
        }
        Ok(side)
    }

    fn folder(path: &Path, context: &Context) -> Result<Self> {
        let root = open(path)?;
        let rules = Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse };
        let bar = Bar::new(context);
        let found = tree::snapshot(&root, &rules, &[Algorithm::Sha256], &[], &bar);
        let hashed = found.files.into_iter().map(|file| File {
            path: file.path,
            sha256: file.digests.first().map(vidimus::digest::Digest::to_hex),
            problem: None,
        });
        let mut files: Vec<File> = hashed.collect();
        for problem in found.problems {
            files.push(File::unread(problem, path)?);
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { kind: Kind::Folder, root, files })
    }

    fn manifest(path: &Path) -> Result<Self> {
        let shown = path.as_os_str().as_bytes();
        let refuse = |finding: Finding| vec![finding.at(shown)];
        let bytes = fs::read_named(path, limits::MANIFEST_BYTES)
            .map_err(|error| refuse(Finding::of(&error)))?;
        let options = ListOptions { file_name: shown, ..ListOptions::default() };
        let list = manifest::read_list(&bytes, &options)
            .map_err(|error| vec![Finding::of(&error).at(shown).claimed_by(shown, error.line())])?;
        let root = open(&home(path).map_err(|error| refuse(Finding::of(&error)))?)?;
        let files = list.entries.into_iter().map(File::listed);
        let mut files = files.collect::<Option<Vec<_>>>().ok_or_else(|| {
            refuse(Finding::error(Code::Unsupported, "is a list without SHA-256 of every file"))
        })?;
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { kind: Kind::Manifest, root, files })
    }

    /// Reads a document whose digest is known. The bytes that are compared have that digest.
    pub(super) fn document(&self, file: &File) -> std::result::Result<(Document, u64), Unread> {
        if let Some(problem) = &file.problem {
            return Err(problem.clone());
        }
        let bytes =
            self.root.read(&file.path, limits::TEXT_BYTES).map_err(|error| self.unread(&error))?;
        let found = hex::encode(&vidimus::digest::sha256(&bytes));
        if Some(&found) != file.sha256.as_ref() {
            return Err(self.unread(&FsError::Changed));
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        match Document::read(&bytes, file.path.as_bytes()) {
            Ok(document) => Ok((document, length)),
            Err(error) => Err(Unread { why: error.to_string(), exit: Exit::Done }),
        }
    }

    /// What it means that a document cannot be read: of a list the digest is enough, and so it is
    /// of what is too large.
    fn unread(&self, error: &FsError) -> Unread {
        let code = error.code();
        match self.kind {
            Kind::Manifest => Unread { why: "is not there as listed".to_owned(), exit: Exit::Done },
            Kind::Folder if code == Code::Limit => {
                Unread { why: Finding::of(error).message, exit: Exit::Done }
            }
            Kind::Folder => Unread { why: Finding::of(error).message, exit: code.exit() },
        }
    }

    /// The folder or link above a path that could not be looked into.
    pub(super) fn hidden_by(&self, path: &RelPath) -> Option<&Unread> {
        let beneath = |file: &&File| {
            let rest = path.as_bytes().strip_prefix(file.path.as_bytes());
            file.problem.is_some() && rest.is_some_and(|rest| rest.starts_with(b"/"))
        };
        self.files.iter().find(beneath).and_then(|file| file.problem.as_ref())
    }
}

impl File {
    /// A problem with a place is a document that could not be read; without one, nothing could.
    fn unread(problem: Problem, folder: &Path) -> Result<Self> {
        let finding = Finding::of(&problem.error);
        let exit = finding.exit();
        let Some(path) = problem.path else {
            let shown = [folder.as_os_str().as_bytes(), b"/", &problem.raw].concat();
            return Err(vec![finding.at(shown)]);
        };
        let problem = Some(Unread { why: finding.message, exit });
        Ok(Self { path, sha256: None, problem })
    }

    fn listed(entry: Entry) -> Option<Self> {
        let mut digests = entry.digests.iter();
        let digest = digests.find(|digest| digest.algorithm() == Algorithm::Sha256)?.to_hex();
        Some(Self { path: entry.path, sha256: Some(digest), problem: None })
    }
}

/// Where the documents of a manifest are.
fn home(manifest: &Path) -> std::result::Result<PathBuf, FsError> {
    let real = fs::real_path(manifest)?;
    let beside = real.parent().unwrap_or(Path::new("/"));
    match collection(beside) {
        Some(folder) if fs::kind_named(&folder)? == Some(EntryKind::Folder) => Ok(folder),
        Some(_) | None => Ok(beside.to_path_buf()),
    }
}

/// `X/NAME` for `X/manifests/NAME` and `X/manifests/NAME/history/SERIAL`.
fn collection(evidence: &Path) -> Option<PathBuf> {
    let named = |path: &Path, name: &str| path.file_name() == Some(OsStr::new(name));
    let above = evidence.parent()?;
    let of = if named(above, "history") { above.parent()? } else { evidence };
    let manifests = of.parent().filter(|folder| named(folder, "manifests"))?;
    Some(manifests.parent()?.join(of.file_name()?))
}

/// How the reason is said of one side: `old: is a PNG picture, which is not read as text`.
pub(super) fn reason(side: &str, unread: &Unread) -> String {
    let known = ["is ", "has ", "was "].iter().any(|verb| unread.why.starts_with(verb));
    format!("{side}{} {}", if known { "" } else { ":" }, unread.why)
}

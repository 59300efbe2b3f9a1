//! `vidimus verify --old DIR`: what changed in the text of a signed document, shown below the
//! finding that it changed.
//!
//! Only a file that has the signed digest is an old text, whatever its name; one of the same name
//! with another digest is refused and named. The exit of the run is not touched.

use super::Result;
use super::context::Context;
use super::diff::unread_code;
use super::progress::Bar;
use super::verify::{open, prefix};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use vidimus::codec::hex;
use vidimus::compare::{Comparison, compare};
use vidimus::digest::{self, Algorithm};
use vidimus::finding::{Code, Evidence, Finding, Outcome, Severity};
use vidimus::fs::{FsError, Root};
use vidimus::limits;
use vidimus::path::RelPath;
use vidimus::report::diff::{self, Shown};
use vidimus::report::{Style, escape};
use vidimus::text::Document;
use vidimus::tree::{self, Ignore, Rules, Snapshot, SymlinkRule, TreeFile};

/// The most lines that are shown of one document.
const LINES: usize = 40;
/// The most files of the same name that are refused by name.
const NAMED: usize = 3;

/// A folder of old copies.
pub(super) struct Old {
    root: Root,
    /// The folder as the user named it, ending in `/`.
    shown: Vec<u8>,
}

/// What is needed to show one document after the other.
struct Run<'a> {
    old: &'a Old,
    by_digest: BTreeMap<String, &'a TreeFile>,
    found: &'a Snapshot,
    /// Where the documents are, and what stands before their names in findings.
    documents: &'a Root,
    prefix: &'a [u8],
    width: usize,
    left: u64,
    compared: usize,
}

impl Old {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let shown = match path.as_os_str().as_bytes() {
            b"." => b"./".to_vec(),
            _ => prefix(path),
        };
        Ok(Self { root: open(path)?, shown })
    }

    /// Adds to each changed document what changed in its text, or why that is not shown. The
    /// folder is hashed once, and only where something changed.
    pub(super) fn explain(
        &self,
        outcome: &mut Outcome,
        documents: &Root,
        prefix: &[u8],
        context: &Context,
    ) {
        if !outcome.findings.iter().any(|finding| digests(finding).is_some()) {
            return;
        }
        let rules = Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse };
        let bar = Bar::new(context);
        let found = tree::snapshot(&self.root, &rules, &[Algorithm::Sha256], &[], &bar);
        let mut run = Run::new(self, &found, documents, prefix, context.width);
        for finding in std::mem::take(&mut outcome.findings) {
            let (finding, notes) = run.one(finding);
            outcome.findings.push(finding);
            outcome.findings.extend(notes);
        }
        if let Some(problem) = found.problems.first() {
            let name = escape::path(&[&self.shown[..], &problem.raw].concat());
            let count = found.problems.len();
            outcome.not_checked.push(format!("old copies that could not be read: {count}, {name}"));
        }
    }

    fn name(&self, file: &TreeFile) -> Vec<u8> {
        [&self.shown[..], file.path.as_bytes()].concat()
    }
}

/// The signed and the found SHA-256 of a finding that a document changed.
fn digests(finding: &Finding) -> Option<(String, String)> {
    let of = |wanted: &str| {
        let mut evidence = finding.evidence.iter();
        let (_, value) = evidence.find(|(name, _)| *name == wanted)?;
        if let Evidence::Text(text) = value { text.strip_prefix("sha256:") } else { None }
    };
    let changed = finding.code == Code::DigestMismatch && finding.severity == Severity::Error;
    let (expected, found) = (of("expected")?, of("found")?);
    changed.then(|| (expected.to_owned(), found.to_owned()))
}

impl<'a> Run<'a> {
    fn new(
        old: &'a Old,
        found: &'a Snapshot,
        documents: &'a Root,
        prefix: &'a [u8],
        width: usize,
    ) -> Self {
        let digest = |file: &'a TreeFile| Some((file.digests.first()?.to_hex(), file));
        let by_digest = found.files.iter().rev().filter_map(digest).collect();
        // Indented by four.
        let width = if width == 0 { 0 } else { width.saturating_sub(4).max(20) };
        let left = limits::COMPARED_BYTES;
        Self { old, by_digest, found, documents, prefix, width, left, compared: 0 }
    }

    /// The finding with what changed, and the notes that belong to it.
    fn one(&mut self, finding: Finding) -> (Finding, Vec<Finding>) {
        let (Some((signed, now)), Some(path)) = (digests(&finding), finding.path.clone()) else {
            return (finding, Vec::new());
        };
        let Some(file) = self.by_digest.get(&signed).copied() else {
            let notes = self.not_found(&path);
            return (finding, notes);
        };
        match self.compared(file, &path, &signed, &now) {
            Ok(comparison) => (self.with_changes(finding, file, &path, &comparison), Vec::new()),
            Err(note) => (finding, vec![note]),
        }
    }

    fn not_found(&self, path: &[u8]) -> Vec<Finding> {
        let name = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().map(<[u8]>::to_vec);
        let wanted = name(path);
        let same = self.found.files.iter().filter(|file| Some(file.path.name().to_vec()) == wanted);
        let notes: Vec<Finding> = same.take(NAMED).map(|file| self.other_version(file)).collect();
        if !notes.is_empty() {
            return notes;
        }
        let message = "has no signed version among the old copies: what changed is not shown";
        let note = Finding::note(Code::DigestMismatch, message).at(path);
        vec![note.with_path("old", self.old.shown.clone())]
    }

    fn other_version(&self, file: &TreeFile) -> Finding {
        let message = "is not the signed version either: not shown";
        let note = Finding::note(Code::DigestMismatch, message).at(self.old.name(file));
        let digest = file.digests.first().map(ToString::to_string);
        note.with("found", digest.unwrap_or_default())
    }

    fn compared(
        &mut self,
        file: &TreeFile,
        path: &[u8],
        signed: &str,
        now: &str,
    ) -> std::result::Result<Comparison, Finding> {
        let within = path.strip_prefix(self.prefix).unwrap_or(path);
        let within = RelPath::new(within).map_err(|error| failed(&FsError::from(error), path))?;
        let old_name = self.old.name(file);
        self.compared += 1;
        if self.compared > limits::COMPARED_DOCUMENTS {
            return Err(too_much(path));
        }
        let old = self.text(&self.old.root, &file.path, signed, &old_name)?;
        let new = self.text(self.documents, &within, now, path)?;
        Ok(compare(old, new))
    }

    /// Reads a text that must have a digest, within what may be read in all.
    fn text(
        &mut self,
        root: &Root,
        path: &RelPath,
        sha256: &str,
        shown: &[u8],
    ) -> std::result::Result<Document, Finding> {
        let bytes = root.read(path, limits::TEXT_BYTES).map_err(|error| failed(&error, shown))?;
        if hex::encode(&digest::sha256(&bytes)) != sha256 {
            return Err(failed(&FsError::Changed, shown));
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(length).ok_or_else(|| too_much(shown))?;
        Document::read(&bytes, path.as_bytes()).map_err(|error| {
            let message = format!("{error}; what changed is not shown");
            Finding::note(unread_code(&error), message).at(shown)
        })
    }

    fn with_changes(
        &self,
        finding: Finding,
        file: &TreeFile,
        path: &[u8],
        comparison: &Comparison,
    ) -> Finding {
        let old_name = self.old.name(file);
        let names = [old_name.as_slice(), path].map(String::from_utf8_lossy);
        let shown = Shown {
            old: &names[0],
            new: &names[1],
            style: Style { color: false, width: self.width },
            in_order: false,
            show_noise: false,
            context: 0,
            only: Vec::new(),
        };
        let mut lines = without_header(&diff::text(comparison, &shown));
        if lines.len() > LINES {
            let more = lines.len() - LINES + 1;
            let names = [old_name.as_slice(), path].map(escape::path).join(" ");
            lines.truncate(LINES - 1);
            lines.push(format!("... {more} more lines: vidimus diff {names} shows them all"));
        }
        let document = serde_json::from_str(&diff::json(comparison, &shown)).unwrap_or_default();
        let mut finding = finding.with_path("old", old_name);
        finding.evidence.push(("changes", Evidence::Changes { lines, document }));
        finding
    }
}

/// The verdict and the changes, without the four lines that name both files.
fn without_header(text: &str) -> Vec<String> {
    let mut digests = 0;
    let mut lines = text.lines();
    let mut kept: Vec<String> = lines.next().into_iter().map(str::to_owned).collect();
    let rest = lines.skip_while(|line| {
        let header = digests < 2;
        digests += usize::from(line.starts_with("       sha256:"));
        header
    });
    kept.extend(rest.map(str::to_owned));
    kept
}

fn failed(error: &FsError, shown: &[u8]) -> Finding {
    let Finding { code, message, .. } = Finding::of(error);
    Finding::note(code, format!("{message}; what changed is not shown")).at(shown)
}

fn too_much(shown: &[u8]) -> Finding {
    let message = "is one document too many to be compared in this run: what changed is not shown";
    Finding::note(Code::Limit, message).at(shown)
}

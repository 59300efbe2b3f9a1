//! Reading the files of a collection: what of them is known from the last signing, and what this
//! one saw, for the next.
//!
//! Only a record that agrees with the signed manifest is taken over from: whoever writes a record
//! can hide that a file changed, but cannot have a digest signed that was not signed before. The
//! journal of an interrupted run is believed as it stands: whoever can write it as this user can
//! have any digest signed, which `verify` then finds.

use super::tree_manifest::TreeManifest;
use crate::codec::hex;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::finding::{Code, Finding, Severity};
use crate::fs::{self, FileId, Stamp};
use crate::manifest;
use crate::path::RelPath;
use crate::state::stamps::{self, Line, Signing};
use crate::state::{Journal, Journals, Known};
use crate::tree::{Memo, Rules};
use crate::verify;
use std::hash::{BuildHasher, RandomState};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Where the signings of one collection remember what they read, and what they may take over.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The record of the last signing, and then of this one.
    pub stamps: PathBuf,
    /// Whether the digests of files that did not change since are taken over. The caller sees to
    /// it that a pinned policy allows that.
    pub reuse: bool,
    /// Whether the user named the folder: then what cannot be written there is an error.
    pub named: bool,
    /// Where what was read before an interruption is kept.
    pub journals: Journals,
}

/// The files of one collection as they are read: asked for each of them, and told.
pub(super) struct Reading<'a> {
    known: Known,
    /// What an interrupted run read, and this one, should it be interrupted.
    journal: Option<&'a Journal>,
    /// Under a hash of the path: paths and digests are in the manifest already.
    stamps: Mutex<Vec<(u64, Stamp)>>,
    names: RandomState,
    reused: AtomicU64,
}

impl<'a> Reading<'a> {
    /// Takes over what is `known`, and goes on where a run was interrupted.
    pub(super) fn with(known: Known, journal: Option<&'a Journal>) -> Self {
        let (stamps, names) = (Mutex::new(Vec::new()), RandomState::new());
        if let Some(journal) = journal {
            journal.count_anew();
        }
        Self { known, journal, stamps, names, reused: AtomicU64::new(0) }
    }

    /// How many files were not read.
    pub(super) fn reused(&self) -> u64 {
        self.reused.load(Ordering::Relaxed)
    }

    fn note(&self, path: &RelPath, stamp: &Stamp) {
        let name = self.names.hash_one(path);
        // A thread that panicked ends the run anyway.
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner).push((name, *stamp));
    }

    /// What was seen of the files of `tree`.
    pub(super) fn seen(self, tree: TreeManifest) -> Seen {
        let mut stamps = self.stamps.into_inner().unwrap_or_else(PoisonError::into_inner);
        stamps.sort_unstable_by_key(|(name, _)| *name);
        Seen { files: tree.entries, stamps, names: self.names }
    }
}

impl Memo for Reading<'_> {
    fn known(&self, path: &RelPath, stamp: &Stamp) -> Option<[u8; 32]> {
        if let Some(sha256) = self.journal.and_then(|journal| journal.known(path, stamp)) {
            self.note(path, stamp);
            return Some(sha256);
        }
        let sha256 = self.known.get(stamp, path)?;
        self.reused.fetch_add(1, Ordering::Relaxed);
        self.note(path, stamp);
        Some(sha256)
    }

    /// What was taken over from the record is no part of the journal: it was not read.
    fn hashed(&self, path: &RelPath, stamp: &Stamp, sha256: &[u8; 32]) {
        self.note(path, stamp);
        if let Some(journal) = self.journal {
            journal.hashed(path, stamp, sha256);
        }
    }

    fn is_own(&self, file: FileId) -> bool {
        self.journal.is_some_and(|journal| journal.is_own(file))
    }
}

/// The options of a signing, as a journal is bound to them: what is signed, and by which rules.
pub(super) fn options(what: &str, rules: &Rules) -> String {
    let patterns = rules.ignore.patterns().iter().map(|pattern| format!("ignore {pattern}\n"));
    let patterns: String = patterns.collect();
    format!("{what}symlinks {}\n{patterns}", rules.symlinks.as_str())
}

/// The files that the last signing read, where its record is whole, settled, and of the statement
/// whose manifest has this SHA-256; otherwise nothing, and a note that says why.
pub(super) fn known(
    keep: &Keep,
    archive: &str,
    collection: &str,
    manifest_sha256: Option<[u8; 32]>,
) -> (Known, Option<Finding>) {
    let mut known = Known::default();
    let mut signed = Hasher::new(Algorithm::Sha256);
    let read = stamps::read(&keep.stamps, &mut |signing, line| {
        signed.update(&manifest_line(&line));
        if line.stamp.settled_by(signing.began.unix()) {
            known.add(line.stamp, line.path, *line.sha256);
        }
    });
    let why = match read {
        Ok(Some(signing))
            if (signing.archive.as_str(), signing.collection.as_str()) == (archive, collection)
                && manifest_sha256.is_some_and(|signed_as| signed_as == sha256_of(signed)) =>
        {
            return (known.sorted(), None);
        }
        Ok(Some(_)) => Finding::note(Code::Missing, "remembers another signing than the last one"),
        Ok(None) => Finding::note(Code::Missing, "is not there: no signing is remembered"),
        Err(error) => Finding { severity: Severity::Note, ..Finding::of(&error) },
    };
    let why =
        Finding { message: format!("{}; nothing was taken over from it", why.message), ..why };
    (Known::default(), Some(why.at(keep.stamps.as_os_str().as_bytes())))
}

fn manifest_line(line: &Line) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(digest) = Digest::new(Algorithm::Sha256, line.sha256) {
        manifest::push_line(&mut out, line.path.as_bytes(), &digest);
    }
    out
}

fn sha256_of(hasher: Hasher) -> [u8; 32] {
    hasher.finish().as_bytes().try_into().unwrap_or_default()
}

/// What a signing saw: each file with its digest and its stamp, sorted by path.
pub(super) struct Seen {
    files: Vec<(RelPath, Digest)>,
    /// Sorted by the hash of the path.
    stamps: Vec<(u64, Stamp)>,
    names: RandomState,
}

impl Seen {
    /// Should two paths have one hash, one of them gets the other's stamp and is read again.
    fn stamp(&self, path: &RelPath) -> Option<&Stamp> {
        let name = self.names.hash_one(path);
        let at = self.stamps.binary_search_by_key(&name, |(name, _)| *name).ok()?;
        self.stamps.get(at).map(|(_, stamp)| stamp)
    }

    fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.files.iter().filter_map(|(path, digest)| {
            let sha256 = digest.as_bytes().try_into().ok()?;
            Some(Line { stamp: self.stamp(path)?, sha256, path })
        })
    }

    /// Names the files whose bytes changed under a size and time that stayed, against the last
    /// record; then puts this signing in its place. What is wrong is said and stops nothing: the
    /// signatures are written.
    pub(super) fn remember(&self, keep: &Keep, signing: &Signing, shown: &[u8]) -> Vec<Finding> {
        let mut findings = self.rotten(&keep.stamps, shown).unwrap_or_default();
        let written = keep.stamps.parent().map_or(Ok(()), fs::create_folder);
        let written =
            written.and_then(|()| stamps::write(&keep.stamps, signing, &mut self.lines()));
        if let Err(error) = written {
            let severity = if keep.named { Severity::Error } else { Severity::Warning };
            let finding = Finding::of(&error).at(keep.stamps.as_os_str().as_bytes());
            let finding =
                finding.help("the signatures are written; what was read is not remembered");
            findings.push(Finding { severity, ..finding });
        }
        findings
    }

    /// `None` when there is no record that can be believed.
    fn rotten(&self, stamps: &Path, shown: &[u8]) -> Option<Vec<Finding>> {
        let mut findings = Vec::new();
        stamps::read(stamps, &mut |_, before| {
            let at = self.files.binary_search_by(|(path, _)| path.cmp(before.path));
            let now = at.ok().and_then(|at| self.files.get(at));
            if let Some((path, digest)) = now
                && digest.as_bytes() != before.sha256
                && self.stamp(path).is_some_and(|now| now.same_content_expected(before.stamp))
            {
                let path = [shown, path.as_bytes()].concat();
                let remembered = format!("sha256:{}", hex::encode(before.sha256));
                findings.push(verify::bit_rot_of(path, remembered, digest.to_string()));
            }
        })
        .ok()??;
        Some(findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::FileTime;
    use crate::state::Journals;
    use crate::time::Time;

    #[test]
    fn a_folder_that_is_read_once_more_is_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let clock = || Time::from_unix(1_800_000_000).ok();
        let journals = Journals { folder: folder.path().to_path_buf(), clock, after: 0 };
        let root = FileId { dev: 1, ino: 2 };
        let time = FileTime::new(1_700_000_000, 0).unwrap();
        let stamp = Stamp { id: FileId { dev: 1, ino: 3 }, size: 1, modified: time, changed: time };
        let path = RelPath::new(b"f").unwrap();
        let (interrupted, _) = journals.open(root, "o").unwrap();
        interrupted.hashed(&path, &stamp, &[7; 32]);
        drop(interrupted);
        let (journal, _) = journals.open(root, "o").unwrap();
        for _ in 0..2 {
            let reading = Reading::with(Known::default(), Some(&journal));
            assert_eq!(reading.known(&path, &stamp), Some([7; 32]));
            assert_eq!(journal.continued(), 1);
        }
    }
}

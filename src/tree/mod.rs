//! Trees: what files there are beneath a folder, and their digests.
//!
//! The only place where files meet digests. A [`Snapshot`] names everything that was found:
//! files with their digests, what could not be read and why, what the rules ignored. Nothing
//! is left out in silence, except what has no bytes of its own: folders, and so empty ones.
//!
//! The result is the same whatever the number and timing of threads. Not promised: that all
//! files were as they are here at one moment; each of them was while it was read.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod ahead;
mod hash;
mod ignore;
mod large;
mod memo;
mod queue;
mod snapshot;
mod walk;
mod worker;

#[cfg(test)]
mod tests;

pub use hash::hash_open;
pub use ignore::{Ignore, IgnoreError};
pub use memo::{Memo, NoMemo};
pub use snapshot::{hash_listed, snapshot, snapshot_against, snapshot_with};

use crate::digest::{Digest, Digests};
use crate::fs::{EntryKind, FsError};
use crate::path::RelPath;

/// What of a tree is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// What is left out, and named as such.
    pub ignore: Ignore,
    /// What becomes of symbolic links.
    pub symlinks: SymlinkRule,
}

/// What becomes of symbolic links in a tree. They are never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SymlinkRule {
    /// Each is a problem.
    Refuse,
    /// They are left out, and named as such.
    Skip,
}

impl SymlinkRule {
    /// The word used on the command line and in statements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Skip => "skip",
        }
    }

    /// Reads the word; `None` for any other.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Refuse, Self::Skip].into_iter().find(|rule| rule.as_str() == word)
    }
}

/// Told how far the work is, from several threads. All numbers are increments.
pub trait Progress: Sync {
    /// So many more files are to be hashed, with so many more bytes.
    fn found(&self, files: u64, bytes: u64);

    /// So many more files are done, so many more bytes hashed. A file that cannot be read
    /// counts as done.
    fn hashed(&self, files: u64, bytes: u64);

    /// Whether the walk should ask for the size of every file beforehand, so that `found`
    /// knows the bytes. Costs one system call a file.
    fn wants_sizes(&self) -> bool {
        true
    }
}

/// Nobody wants to know.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn found(&self, _files: u64, _bytes: u64) {}

    fn hashed(&self, _files: u64, _bytes: u64) {}

    fn wants_sizes(&self) -> bool {
        false
    }
}

/// Asked of every file that was hashed whether it is as expected, from several threads.
pub trait Expected: Sync {
    /// Whether it is; then it is counted and not named in the [`Snapshot`]. `hint` belongs to
    /// the asking thread and holds what the implementation likes; 0 at first.
    fn is_met(&self, path: &RelPath, bytes: u64, digests: &[Digest], hint: &mut usize) -> bool;

    /// Whether nobody needs an answer any more. Then reading ends soon, where SHA-256 alone is
    /// wanted in the middle of a large file too, and the [`Snapshot`] is of no use.
    fn is_over(&self) -> bool {
        false
    }
}

/// Every file is named.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingExpected;

impl Expected for NothingExpected {
    fn is_met(&self, _: &RelPath, _: u64, _: &[Digest], _: &mut usize) -> bool {
        false
    }
}

/// A file that was read whole, now or, where a memo knows it, before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// Where it is.
    pub path: RelPath,
    /// Its digests, in the order in which the algorithms were asked for.
    pub digests: Digests,
    /// Its size in bytes.
    pub bytes: u64,
    /// Whether it was not read: its digest is one that a [`Memo`] knew.
    pub reused: bool,
}

/// Something that could not be read, and so was not checked.
#[derive(Debug)]
pub struct Problem {
    /// Where, when that is a path beneath the root; `None` for the root itself too.
    pub path: Option<RelPath>,
    /// The bytes of the path, for messages; empty for the root itself.
    pub raw: Vec<u8>,
    /// Why.
    pub error: FsError,
}

/// What was found in a tree. Every list is sorted bytewise by path.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// The files that were read, without those that were as expected.
    pub files: Vec<TreeFile>,
    /// The number of those.
    pub settled: u64,
    /// What could not be.
    pub problems: Vec<Problem>,
    /// What the rules ignore. Of an ignored folder only the folder is named.
    pub ignored: Vec<(Vec<u8>, EntryKind)>,
    /// Symbolic links, where the rule is to skip them.
    pub skipped_links: Vec<Vec<u8>>,
    /// How many bytes all files have together that were read.
    pub bytes: u64,
}

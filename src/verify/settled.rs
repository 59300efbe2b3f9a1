//! Ticking off a list while the tree is read: most files are as they were, and need no memory of
//! their own.
//!
//! Decides only that a file is as its entry says; what is not ticked off is for `files` to judge.

use crate::digest::Digest;
use crate::manifest::Entry;
use crate::path::RelPath;
use crate::tree::Expected;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The entries of a sorted list, and which of them were found as they are listed.
pub(super) struct Settled<'a> {
    listed: &'a [Entry],
    met: Vec<AtomicBool>,
}

impl<'a> Settled<'a> {
    /// For a list that is sorted by path.
    pub(super) fn new(listed: &'a [Entry]) -> Self {
        Self { listed, met: listed.iter().map(|_| AtomicBool::new(false)).collect() }
    }

    /// Whether the entry at this place was found as it is listed.
    pub(super) fn is_settled(&self, index: usize) -> bool {
        self.met.get(index).is_some_and(|met| met.load(Ordering::Relaxed))
    }

    /// The place of `path`, which mostly follows the one before.
    fn place(&self, path: &RelPath, hint: usize) -> Option<usize> {
        if self.listed.get(hint).is_some_and(|entry| entry.path == *path) {
            return Some(hint);
        }
        self.listed.binary_search_by(|entry| entry.path.cmp(path)).ok()
    }
}

impl Expected for Settled<'_> {
    fn is_met(&self, path: &RelPath, bytes: u64, digests: &[Digest], hint: &mut usize) -> bool {
        let Some(index) = self.place(path, *hint) else {
            return false;
        };
        *hint = index.saturating_add(1);
        let (Some(entry), Some(met)) = (self.listed.get(index), self.met.get(index)) else {
            return false;
        };
        let same = *entry.digests == *digests && entry.size.is_none_or(|size| size == bytes);
        // A name that a folder gives twice is settled once.
        same && !met.swap(true, Ordering::Relaxed)
    }
}

/// A list that may still be read while files are. A file that is hashed before the list is there
/// is not ticked off, and so held against it later.
#[derive(Default)]
pub(super) struct Pending<'a> {
    settled: OnceLock<Settled<'a>>,
    given_up: AtomicBool,
}

impl<'a> Pending<'a> {
    /// Gives the list, which is read now. The first one stays.
    pub(super) fn set_list(&self, list: Settled<'a>) {
        self.settled.get_or_init(|| list);
    }

    /// Nobody needs the files any more: reading ends soon.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    /// What was ticked off, where there was something to tick off.
    pub(super) fn settled(&self) -> Option<&Settled<'a>> {
        self.settled.get()
    }
}

impl Expected for Pending<'_> {
    fn is_met(&self, path: &RelPath, bytes: u64, digests: &[Digest], hint: &mut usize) -> bool {
        self.settled().is_some_and(|settled| settled.is_met(path, bytes, digests, hint))
    }

    fn is_over(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }
}

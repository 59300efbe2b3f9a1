//! Walking: which files there are in one folder, under which rules.
//!
//! Without recursion and with few descriptors: every folder is opened anew from the root, so a
//! deep tree does not run out of them.

use super::{Problem, Progress, Rules, SymlinkRule};
use crate::fs::{DirEntry, EntryKind, FsError, OpenFolder, Root};
use crate::path::{PathError, RelPath};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is no file to be hashed, and what became of it.
#[derive(Default)]
pub(super) struct Aside {
    pub(super) problems: Vec<Problem>,
    pub(super) ignored: Vec<(Vec<u8>, EntryKind)>,
    pub(super) skipped_links: Vec<Vec<u8>>,
}

impl Aside {
    pub(super) fn absorb(&mut self, other: Self) {
        self.problems.extend(other.problems);
        self.ignored.extend(other.ignored);
        self.skipped_links.extend(other.skipped_links);
    }

    fn problem(&mut self, path: Option<RelPath>, error: FsError) {
        let raw = path.as_ref().map(|path| path.as_bytes().to_vec()).unwrap_or_default();
        self.problems.push(Problem { path, raw, error });
    }
}

/// What one folder holds, each list in the order of the names.
pub(super) struct Listed {
    pub(super) folder: OpenFolder,
    pub(super) files: Vec<RelPath>,
    pub(super) folders: Vec<RelPath>,
}

/// A walk through a tree, by several workers.
pub(super) struct Walk<'a> {
    root: &'a Root,
    rules: &'a Rules,
    progress: &'a dyn Progress,
    most: usize,
    folders: AtomicUsize,
    others: AtomicUsize,
}

impl<'a> Walk<'a> {
    /// Stops with a problem after `most` folders, or after `most` other entries.
    pub(super) fn new(
        root: &'a Root,
        rules: &'a Rules,
        progress: &'a dyn Progress,
        most: usize,
    ) -> Self {
        Self { root, rules, progress, most, folders: 0.into(), others: 0.into() }
    }

    /// Finds out what is in `folder`, `None` being the root. `Err` when the walk has to end.
    pub(super) fn list(
        &self,
        folder: Option<RelPath>,
        aside: &mut Aside,
    ) -> Result<Option<Listed>, TooMany> {
        let opened = self.root.enter(folder.as_ref());
        let read = opened.and_then(|open| Ok((open.entries()?, open)));
        let (entries, open) = match read {
            Ok(read) => read,
            Err(error) => {
                aside.problem(folder, vanished(error));
                return Ok(None);
            }
        };
        self.count(&entries, aside)?;
        let mut listed = Listed { folder: open, files: Vec::new(), folders: Vec::new() };
        let mut bytes = 0_u64;
        for entry in &entries {
            if self.entry(folder.as_ref(), entry, &mut listed, aside) && self.progress.wants_sizes()
            {
                bytes = bytes.saturating_add(listed.folder.size_of(entry));
            }
        }
        if !listed.files.is_empty() {
            self.progress.found(u64::try_from(listed.files.len()).unwrap_or(u64::MAX), bytes);
        }
        Ok(Some(listed))
    }

    fn count(&self, entries: &[DirEntry], aside: &mut Aside) -> Result<(), TooMany> {
        let folders = entries.iter().filter(|entry| entry.kind == EntryKind::Folder).count();
        let others = entries.len().saturating_sub(folders);
        let over = |counter: &AtomicUsize, more: usize| {
            counter.fetch_add(more, Ordering::Relaxed).saturating_add(more) > self.most
        };
        let (folders, others) = (over(&self.folders, folders), over(&self.others, others));
        if folders || others {
            aside.problem(None, FsError::TooMany { limit: self.most });
            return Err(TooMany);
        }
        Ok(())
    }

    /// Takes in one entry; `true` when it is a file to be hashed.
    fn entry(
        &self,
        folder: Option<&RelPath>,
        entry: &DirEntry,
        listed: &mut Listed,
        aside: &mut Aside,
    ) -> bool {
        let path = match path_of(folder, &entry.name) {
            Ok(path) => path,
            Err(error) => {
                let raw = raw_path(folder, &entry.name);
                aside.problems.push(Problem { path: None, raw, error: error.into() });
                return false;
            }
        };
        if self.rules.ignore.matches_itself(&path, entry.kind == EntryKind::Folder) {
            aside.ignored.push((path.as_bytes().to_vec(), entry.kind));
            return false;
        }
        match entry.kind {
            EntryKind::File => {
                listed.files.push(path);
                return true;
            }
            EntryKind::Folder => listed.folders.push(path),
            EntryKind::Link => self.link(path, aside),
            EntryKind::Fifo
            | EntryKind::Socket
            | EntryKind::BlockDevice
            | EntryKind::CharDevice
            | EntryKind::Other => {
                let error = FsError::NotRegular { kind: entry.kind.as_str() };
                aside.problem(Some(path), error);
            }
        }
        false
    }

    fn link(&self, path: RelPath, aside: &mut Aside) {
        match self.rules.symlinks {
            SymlinkRule::Skip => aside.skipped_links.push(path.as_bytes().to_vec()),
            SymlinkRule::Refuse => {
                let error = self.root.classify_link(&path);
                aside.problem(Some(path), error);
            }
        }
    }
}

/// There are more entries than a manifest may have; the problem is noted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooMany;

/// What was listed a moment ago and is not there now, changed while the tree was being read.
pub(super) fn vanished(error: FsError) -> FsError {
    if error.is_not_found() { FsError::Changed } else { error }
}

/// The path of an entry. A name with `/` in it, which only a broken file system has, is none.
fn path_of(folder: Option<&RelPath>, name: &[u8]) -> Result<RelPath, PathError> {
    RelPath::check(name)?;
    if name.contains(&b'/') {
        return Err(PathError::Dot);
    }
    match folder {
        Some(folder) => folder.join(name),
        None => RelPath::new(name),
    }
}

fn raw_path(folder: Option<&RelPath>, name: &[u8]) -> Vec<u8> {
    folder.map_or_else(|| name.to_vec(), |folder| [folder.as_bytes(), b"/", name].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits;

    #[test]
    fn names_that_are_no_path() {
        let long = RelPath::new(&vec![b'a'; limits::PATH_BYTES - 1]).unwrap();
        let table = [
            (path_of(None, b"a"), Ok(())),
            (path_of(None, b"a/b"), Err(PathError::Dot)),
            (path_of(None, b"a/../../b"), Err(PathError::Parent)),
            (path_of(None, b".."), Err(PathError::Parent)),
            (path_of(None, b""), Err(PathError::Empty)),
            (path_of(Some(&long), b"b"), Err(PathError::TooLong)),
        ];
        for (found, expected) in table {
            assert_eq!(found.map(drop), expected);
        }
        assert_eq!(raw_path(Some(&long), b"b").len(), limits::PATH_BYTES + 1);
    }
}

//! Walking: which files there are beneath a root, under which rules.
//!
//! Without recursion and with a constant number of descriptors: every folder is opened anew
//! from the root, so neither a deep nor a wide tree runs out of either.

use super::{Problem, Progress, Rules, SymlinkRule};
use crate::fs::{DirEntry, EntryKind, FsError, Root};
use crate::limits;
use crate::path::{PathError, RelPath};

/// What a walk found. Not sorted yet.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<RelPath>,
    pub(super) problems: Vec<Problem>,
    pub(super) ignored: Vec<(Vec<u8>, EntryKind)>,
    pub(super) skipped_links: Vec<Vec<u8>>,
}

/// Finds every file beneath `root`.
pub(super) fn walk(root: &Root, rules: &Rules, progress: &dyn Progress) -> Found {
    walk_bounded(root, rules, progress, limits::MANIFEST_ENTRIES)
}

/// Stops with a problem after `most` folders, or after `most` other entries.
fn walk_bounded(root: &Root, rules: &Rules, progress: &dyn Progress, most: usize) -> Found {
    let walk = Walk {
        root,
        rules,
        progress,
        found: Found::default(),
        pending: vec![None],
        folders_left: most,
        others_left: most,
    };
    walk.run(most)
}

struct Walk<'a> {
    root: &'a Root,
    rules: &'a Rules,
    progress: &'a dyn Progress,
    found: Found,
    /// Folders not listed yet; `None` is the root.
    pending: Vec<Option<RelPath>>,
    folders_left: usize,
    others_left: usize,
}

impl Walk<'_> {
    fn run(mut self, most: usize) -> Found {
        while let Some(folder) = self.pending.pop() {
            match self.list(folder.as_ref()) {
                Ok(entries) => {
                    if !self.folder(folder.as_ref(), entries) {
                        let error = FsError::TooMany { limit: most };
                        self.found.problems.push(Problem { path: None, raw: Vec::new(), error });
                        break;
                    }
                }
                Err(error) => self.problem(folder, vanished(error)),
            }
        }
        self.found
    }

    fn list(&self, folder: Option<&RelPath>) -> Result<Vec<(DirEntry, u64)>, FsError> {
        if self.progress.wants_sizes() {
            return self.root.list_sized(folder);
        }
        Ok(self.root.list(folder)?.into_iter().map(|entry| (entry, 0)).collect())
    }

    /// Takes in the entries of one folder; `false` when they are too many.
    fn folder(&mut self, folder: Option<&RelPath>, entries: Vec<(DirEntry, u64)>) -> bool {
        let (mut files, mut bytes) = (0_u64, 0_u64);
        for (entry, size) in entries {
            let left = match entry.kind {
                EntryKind::Folder => &mut self.folders_left,
                EntryKind::File
                | EntryKind::Link
                | EntryKind::Fifo
                | EntryKind::Socket
                | EntryKind::BlockDevice
                | EntryKind::CharDevice
                | EntryKind::Other => &mut self.others_left,
            };
            let Some(rest) = left.checked_sub(1) else {
                return false;
            };
            *left = rest;
            if self.entry(folder, &entry) {
                files = files.saturating_add(1);
                bytes = bytes.saturating_add(size);
            }
        }
        if files > 0 {
            self.progress.found(files, bytes);
        }
        true
    }

    /// Takes in one entry; `true` when it is a file to be hashed.
    fn entry(&mut self, folder: Option<&RelPath>, entry: &DirEntry) -> bool {
        let path = match path_of(folder, &entry.name) {
            Ok(path) => path,
            Err(error) => {
                let raw = raw_path(folder, &entry.name);
                self.found.problems.push(Problem { path: None, raw, error: error.into() });
                return false;
            }
        };
        if self.rules.ignore.matches_itself(&path, entry.kind == EntryKind::Folder) {
            self.found.ignored.push((path.as_bytes().to_vec(), entry.kind));
            return false;
        }
        match entry.kind {
            EntryKind::File => {
                self.found.files.push(path);
                return true;
            }
            EntryKind::Folder => self.pending.push(Some(path)),
            EntryKind::Link => self.link(path),
            EntryKind::Fifo
            | EntryKind::Socket
            | EntryKind::BlockDevice
            | EntryKind::CharDevice
            | EntryKind::Other => {
                let error = FsError::NotRegular { kind: entry.kind.as_str() };
                self.problem(Some(path), error);
            }
        }
        false
    }

    fn link(&mut self, path: RelPath) {
        match self.rules.symlinks {
            SymlinkRule::Skip => self.found.skipped_links.push(path.as_bytes().to_vec()),
            SymlinkRule::Refuse => {
                let error = self.root.classify_link(&path);
                self.problem(Some(path), error);
            }
        }
    }

    fn problem(&mut self, path: Option<RelPath>, error: FsError) {
        let raw = path.as_ref().map(|path| path.as_bytes().to_vec()).unwrap_or_default();
        self.found.problems.push(Problem { path, raw, error });
    }
}

/// What was listed a moment ago and is not there now, changed while the tree was being read.
pub(super) fn vanished(error: FsError) -> FsError {
    if error.is_not_found() { FsError::Changed } else { error }
}

/// The path of an entry. A name with `/` in it, which only a broken file system has, is none.
fn path_of(folder: Option<&RelPath>, name: &[u8]) -> Result<RelPath, PathError> {
    let alone = RelPath::new(name)?;
    if alone.name() != name {
        return Err(PathError::Dot);
    }
    match folder {
        Some(folder) => folder.join(name),
        None => Ok(alone),
    }
}

fn raw_path(folder: Option<&RelPath>, name: &[u8]) -> Vec<u8> {
    folder.map_or_else(|| name.to_vec(), |folder| [folder.as_bytes(), b"/", name].concat())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the trees they walk")]
mod tests {
    use super::super::{Ignore, NoProgress};
    use super::*;
    use crate::finding::Coded;

    fn rules() -> Rules {
        Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse }
    }

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

    #[test]
    fn a_tree_without_end_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..5 {
            std::fs::create_dir(folder.path().join(format!("d{number}"))).unwrap();
            std::fs::write(folder.path().join(format!("d{number}/f")), "").unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        assert!(walk_bounded(&root, &rules(), &NoProgress, 5).problems.is_empty());
        let found = walk_bounded(&root, &rules(), &NoProgress, 4);
        assert_eq!(found.problems.len(), 1);
        assert_eq!(found.problems[0].error.code().as_str(), "limit");
        std::fs::write(folder.path().join("one-more"), "").unwrap();
        assert_eq!(walk_bounded(&root, &rules(), &NoProgress, 5).problems.len(), 1);
    }
}

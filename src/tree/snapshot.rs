//! Putting together what was found and what was hashed.

use super::hash::{Job, Outcome};
use super::walk::{Found, walk};
use super::{Problem, Progress, Rules, Snapshot, TreeFile};
use crate::digest::Algorithm;
use crate::fs::{FileId, Root};
use crate::path::RelPath;
use std::collections::BTreeSet;

/// Everything beneath `root`, under `rules`, with the digests of every file by each of
/// `algorithms`.
///
/// A file whose identity is in `leave_out` is not listed: the manifest itself, where it lies in
/// its own tree. Should it have several names there, only the first is left out, so that a
/// second cannot hide.
pub fn snapshot(
    root: &Root,
    rules: &Rules,
    algorithms: &[Algorithm],
    leave_out: &[FileId],
    progress: &dyn Progress,
) -> Snapshot {
    let mut found = walk(root, rules, progress);
    found.files.sort_unstable();
    let paths = std::mem::take(&mut found.files);
    let job = Job { root, algorithms, leave_out, walked: true, progress };
    let mut result = Snapshot::of(found);
    let outcomes = job.run(&paths);
    let mut left_out = BTreeSet::new();
    let mut again = Vec::new();
    for (path, outcome) in paths.into_iter().zip(outcomes) {
        if let Outcome::LeftOut(id) = outcome
            && !left_out.insert(id)
        {
            again.push(path);
        } else {
            result.add(path, outcome);
        }
    }
    let outcomes = Job { leave_out: &[], ..job }.run(&again);
    again.into_iter().zip(outcomes).for_each(|(path, outcome)| result.add(path, outcome));
    result.sort();
    result
}

/// Only the files at `paths`, each once. One that is not there is neither among the files nor
/// among the problems.
pub fn hash_listed(
    root: &Root,
    paths: &[RelPath],
    algorithms: &[Algorithm],
    progress: &dyn Progress,
) -> Snapshot {
    let mut paths = paths.to_vec();
    paths.sort_unstable();
    paths.dedup();
    progress.found(u64::try_from(paths.len()).unwrap_or(u64::MAX), 0);
    let job = Job { root, algorithms, leave_out: &[], walked: false, progress };
    let outcomes = job.run(&paths);
    let mut result = Snapshot::default();
    paths.into_iter().zip(outcomes).for_each(|(path, outcome)| result.add(path, outcome));
    result.sort();
    result
}

impl Snapshot {
    fn of(found: Found) -> Self {
        Self {
            files: Vec::with_capacity(found.files.len()),
            problems: found.problems,
            ignored: found.ignored,
            skipped_links: found.skipped_links,
            bytes: 0,
        }
    }

    fn add(&mut self, path: RelPath, outcome: Outcome) {
        match outcome {
            Outcome::Hashed(digests, bytes) => {
                self.bytes = self.bytes.saturating_add(bytes);
                self.files.push(TreeFile { path, digests, bytes });
            }
            Outcome::Failed(error) => {
                let raw = path.as_bytes().to_vec();
                self.problems.push(Problem { path: Some(path), raw, error });
            }
            Outcome::LeftOut(_) | Outcome::NotThere => {}
        }
    }

    fn sort(&mut self) {
        self.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        self.problems.sort_by(|one, other| one.raw.cmp(&other.raw));
        self.ignored.sort_unstable();
        self.skipped_links.sort_unstable();
    }
}

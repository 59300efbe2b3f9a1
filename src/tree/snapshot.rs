//! Putting together what was found and what was hashed.

use super::queue::Queue;
use super::walk::{Aside, Walk};
use super::worker::{Harvest, Job, Outcome};
use super::{
    Expected, Memo, NoMemo, NothingExpected, Problem, Progress, Rules, Snapshot, TreeFile,
};
#[cfg(test)]
use crate::digest;
use crate::digest::{Algorithm, Digests};
use crate::fs::{FileId, Root};
use crate::limits;
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
    snapshot_against(root, rules, algorithms, leave_out, progress, &NothingExpected)
}

/// Like [`snapshot`], but files that are as `expected` are only counted.
pub fn snapshot_against(
    root: &Root,
    rules: &Rules,
    algorithms: &[Algorithm],
    leave_out: &[FileId],
    progress: &dyn Progress,
    expected: &dyn Expected,
) -> Snapshot {
    let walk = Walk::new(root, rules, progress, limits::MANIFEST_ENTRIES);
    let job = Job { algorithms, leave_out, expected, ..Job::plain(root, Some(&walk), progress) };
    walked(&job)
}

/// Like [`snapshot`], but a file that `memo` knows is not read, and one that is the memo's own is
/// not listed. Never for verifying.
pub fn snapshot_with(
    root: &Root,
    rules: &Rules,
    algorithms: &[Algorithm],
    memo: &dyn Memo,
    progress: &dyn Progress,
) -> Snapshot {
    let walk = Walk::new(root, rules, progress, limits::MANIFEST_ENTRIES);
    let job = Job { algorithms, memo, ..Job::plain(root, Some(&walk), progress) };
    walked(&job)
}

/// A walk that ends after `most` folders or other entries.
#[cfg(test)]
pub(super) fn snapshot_bounded(root: &Root, rules: &Rules, most: usize) -> Snapshot {
    let progress = &super::NoProgress;
    let walk = Walk::new(root, rules, progress, most);
    walked(&Job::plain(root, Some(&walk), progress))
}

/// By so many workers and a kernel of choice.
#[cfg(test)]
pub(super) fn snapshot_by(
    root: &Root,
    rules: &Rules,
    workers: usize,
    kernel: digest::Kernel,
) -> Snapshot {
    let progress = &super::NoProgress;
    let walk = Walk::new(root, rules, progress, limits::MANIFEST_ENTRIES);
    walked(&Job { workers, kernel, ..Job::plain(root, Some(&walk), progress) })
}

fn walked(job: &Job) -> Snapshot {
    let mut harvest = job.run(&Queue::of_tree(job.workers, job.kernel.lanes()));
    let again = names_of_left_out(&mut harvest);
    let mut result = Snapshot::of(harvest);
    if !again.is_empty() {
        let job = Job { leave_out: &[], memo: &NoMemo, workers: 1, ..*job };
        result.absorb(Snapshot::of(job.run(&Queue::of_files(1, 1, again))));
    }
    result.sort();
    result
}

/// All names but the first of the files that are left out.
fn names_of_left_out(harvest: &mut Harvest) -> Vec<RelPath> {
    let left_out =
        harvest.outcomes.extract_if(.., |(_, outcome)| matches!(outcome, Outcome::LeftOut(_)));
    let mut names: Vec<(RelPath, Outcome)> = left_out.collect();
    names.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .filter_map(|(path, outcome)| match outcome {
            Outcome::LeftOut(id) => (!seen.insert(id)).then_some(path),
            Outcome::Hashed(..) | Outcome::Known(..) | Outcome::NotThere | Outcome::Failed(_) => {
                None
            }
        })
        .collect()
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
    let job = Job { algorithms, ..Job::plain(root, None, progress) };
    let queue = Queue::of_files(job.workers, job.kernel.lanes(), paths);
    let mut result = Snapshot::of(job.run(&queue));
    result.sort();
    result
}

impl Snapshot {
    fn of(harvest: Harvest) -> Self {
        let Aside { problems, ignored, skipped_links } = harvest.aside;
        let (settled, bytes) = harvest.settled;
        let files = Vec::with_capacity(harvest.outcomes.len());
        let mut all = Self { files, settled, problems, ignored, skipped_links, bytes };
        for (path, outcome) in harvest.outcomes {
            all.add(path, outcome);
        }
        all
    }

    fn add(&mut self, path: RelPath, outcome: Outcome) {
        match outcome {
            Outcome::Hashed(digests, bytes) => self.file(path, digests, bytes, false),
            Outcome::Known(digest, bytes) => self.file(path, digest.into(), bytes, true),
            Outcome::Failed(error) => {
                let raw = path.as_bytes().to_vec();
                self.problems.push(Problem { path: Some(path), raw, error });
            }
            Outcome::LeftOut(_) | Outcome::NotThere => {}
        }
    }

    fn file(&mut self, path: RelPath, digests: Digests, bytes: u64, reused: bool) {
        self.bytes = self.bytes.saturating_add(bytes);
        self.files.push(TreeFile { path, digests, bytes, reused });
    }

    fn absorb(&mut self, other: Self) {
        self.files.extend(other.files);
        self.problems.extend(other.problems);
        self.settled = self.settled.saturating_add(other.settled);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    fn sort(&mut self) {
        self.files.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        self.problems.sort_by(|one, other| one.raw.cmp(&other.raw));
        self.ignored.sort_unstable();
        self.skipped_links.sort_unstable();
    }
}

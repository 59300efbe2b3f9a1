//! What is left to do for one tree, shared by its workers: folders to list, files to hash.
//!
//! Listing and hashing overlap: a folder's files can be taken while other folders wait to be
//! listed. Large files are kept apart, so that several of them can share the lanes of a kernel,
//! and the last few of them the processors.

use super::walk::Listed;
use crate::fs::OpenFolder;
use crate::path::RelPath;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many files are handed out at once.
const BATCH: usize = 16;

/// Files of one folder, or of any folder when none is given.
pub(super) struct Batch {
    /// The folder that was entered to list them.
    pub(super) folder: Option<Arc<OpenFolder>>,
    pub(super) paths: Vec<RelPath>,
}

/// A file that is hashed piece by piece.
pub(super) struct Large {
    pub(super) folder: Option<Arc<OpenFolder>>,
    pub(super) path: RelPath,
}

/// What a worker does next.
pub(super) enum Task {
    /// Find out what is in a folder; `None` is the root.
    List(Option<RelPath>),
    /// Hash these.
    Hash(Batch),
    /// Hash these piece by piece, side by side.
    Large(Vec<Large>),
}

/// The work that is left.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    workers: usize,
    /// How many large files keep a kernel busy.
    lanes: usize,
}

#[derive(Default)]
struct State {
    folders: Vec<Option<RelPath>>,
    batches: VecDeque<Batch>,
    large: Vec<Large>,
    /// How many workers are at something that may bring more work.
    busy: usize,
    /// No folder is listed any more.
    closed: bool,
}

/// Held by a worker while its task may bring more work: others wait for it then.
pub(super) struct Busy<'a>(&'a Queue);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.busy = state.busy.saturating_sub(1);
        drop(state);
        self.0.changed.notify_all();
    }
}

impl Queue {
    /// A whole tree, from its root.
    pub(super) fn of_tree(workers: usize, lanes: usize) -> Self {
        let state = State { folders: vec![None], ..State::default() };
        Self { state: Mutex::new(state), changed: Condvar::new(), workers, lanes }
    }

    /// Files whose paths are known.
    pub(super) fn of_files(workers: usize, lanes: usize, paths: Vec<RelPath>) -> Self {
        let queue = Self::of_tree(workers, lanes);
        let mut state = queue.lock();
        state.folders.clear();
        state.push_files(None, paths);
        drop(state);
        queue
    }

    /// The next task, if there is one now.
    pub(super) fn poll(&self) -> Option<(Task, Busy<'_>)> {
        let task = self.lock().next(self.workers, self.lanes)?;
        Some((task, Busy(self)))
    }

    /// Takes the root out of what is to be listed, where it is still there.
    pub(super) fn poll_root(&self) -> Option<Busy<'_>> {
        let mut state = self.lock();
        if state.folders != [None] {
            return None;
        }
        state.folders.clear();
        state.busy = state.busy.saturating_add(1);
        Some(Busy(self))
    }

    /// Takes the files that are left, where they are few and nothing else is left.
    pub(super) fn poll_only_batch(&self) -> Option<(Batch, Busy<'_>)> {
        let mut state = self.lock();
        if !state.folders.is_empty() || state.batches.len() > 1 {
            return None;
        }
        let batch = state.batches.pop_front()?;
        state.busy = state.busy.saturating_add(1);
        Some((batch, Busy(self)))
    }

    /// Whether nothing is left to be taken.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.lock();
        state.folders.is_empty() && state.batches.is_empty() && state.large.is_empty()
    }

    /// The next task, waiting for workers that may bring one; `None` when all is done.
    pub(super) fn wait(&self) -> Option<(Task, Busy<'_>)> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.next(self.workers, self.lanes) {
                return Some((task, Busy(self)));
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes in what a folder was found to hold.
    pub(super) fn add(&self, listed: Listed) {
        let mut state = self.lock();
        if !state.closed {
            state.folders.extend(listed.folders.into_iter().rev().map(Some));
        }
        state.push_files(Some(&Arc::new(listed.folder)), listed.files);
        drop(state);
        self.changed.notify_all();
    }

    /// Takes in a file that turned out to be large.
    pub(super) fn add_large(&self, large: Large) {
        self.lock().large.push(large);
        self.changed.notify_one();
    }

    /// No folder is listed from now on.
    pub(super) fn list_no_more(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.folders.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push_files(&mut self, folder: Option<&Arc<OpenFolder>>, paths: Vec<RelPath>) {
        let mut paths = paths.into_iter();
        loop {
            let paths: Vec<RelPath> = paths.by_ref().take(BATCH).collect();
            if paths.is_empty() {
                return;
            }
            self.batches.push_back(Batch { folder: folder.cloned(), paths });
        }
    }

    /// Large files as soon as they fill the lanes; then what is listed, then what is not; in the
    /// end each worker's share of the large files that are left.
    fn next(&mut self, workers: usize, lanes: usize) -> Option<Task> {
        let task = if self.large.len() >= lanes {
            Task::Large(self.large.split_off(self.large.len().saturating_sub(lanes)))
        } else if let Some(batch) = self.batches.pop_front() {
            Task::Hash(batch)
        } else if let Some(folder) = self.folders.pop() {
            Task::List(folder)
        } else if self.large.is_empty() {
            return None;
        } else {
            let share = self.large.len().div_ceil(workers.max(1));
            Task::Large(self.large.split_off(self.large.len().saturating_sub(share)))
        };
        self.busy = self.busy.saturating_add(1);
        Some(task)
    }
}

//! The workers that hash a tree: each takes what is left, lists, reads and hashes.
//!
//! Small files are read whole into one buffer until it is full, and then hashed all at once;
//! large ones are left to [`super::large`].

use super::hash::hash_with;
use super::large;
use super::queue::{Batch, Large, Queue, Task};
use super::walk::{Aside, Walk, vanished};
use super::{Expected, Memo, NoMemo, NothingExpected, Progress};
use crate::digest::{self, Algorithm, Digest, Digests, Kernel, Stream};
use crate::fs::{FileId, FsError, OpenFile, OpenFolder, Root, Stamp};
use crate::path::RelPath;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};

/// Files of more bytes than this are large.
const SMALL: usize = 64 << 10;

/// Each may hold as many large files open as its kernel has lanes, and a process may hold about a
/// thousand.
const MOST_WORKERS: usize = 32;

/// How many bytes of small files are hashed at once; they stay in the cache of one core.
const TOGETHER: usize = 1 << 20;

/// What became of one file.
pub(super) enum Outcome {
    Hashed(Digests, u64),
    /// It was not read: its digest is known from before.
    Known(Digest, u64),
    /// It is one of those to be left out.
    LeftOut(FileId),
    NotThere,
    Failed(FsError),
}

/// Hashes files, all with the same settings.
pub(super) struct Job<'a> {
    pub(super) root: &'a Root,
    pub(super) algorithms: &'a [Algorithm],
    pub(super) leave_out: &'a [FileId],
    /// The walk that finds the files; where there is none, their paths were given and any of
    /// them may be missing.
    pub(super) walk: Option<&'a Walk<'a>>,
    pub(super) progress: &'a dyn Progress,
    pub(super) expected: &'a dyn Expected,
    pub(super) memo: &'a dyn Memo,
    pub(super) workers: usize,
    pub(super) kernel: Kernel,
}

/// What workers found.
#[derive(Default)]
pub(super) struct Harvest {
    pub(super) outcomes: Vec<(RelPath, Outcome)>,
    pub(super) aside: Aside,
    /// Number and bytes of the files that were as expected.
    pub(super) settled: (u64, u64),
}

impl Harvest {
    fn absorb(&mut self, other: Self) {
        self.outcomes.extend(other.outcomes);
        self.aside.absorb(other.aside);
        self.settled.0 = self.settled.0.saturating_add(other.settled.0);
        self.settled.1 = self.settled.1.saturating_add(other.settled.1);
    }
}

impl<'a> Job<'a> {
    /// SHA-256 of every file, as many workers as there are processors, and nothing known or
    /// expected.
    pub(super) fn plain(
        root: &'a Root,
        walk: Option<&'a Walk<'a>>,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            root,
            algorithms: &[Algorithm::Sha256],
            leave_out: &[],
            walk,
            progress,
            expected: &NothingExpected,
            memo: &NoMemo,
            workers: std::thread::available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS),
            kernel: digest::chosen(),
        }
    }

    /// Works off a queue made for as many workers, in no order.
    pub(super) fn run(&self, queue: &Queue) -> Harvest {
        std::thread::scope(|scope| {
            // This thread works too, so nothing is lost but time when no other can be had. A small
            // tree is done before one is there.
            let work = || Worker::new(self, queue).run();
            let mut first = Worker::new(self, queue);
            first.begin();
            let more = if queue.is_empty() { 1 } else { self.workers };
            let helpers: Vec<_> = (1..more)
                .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut harvest = first.run();
            for helper in helpers {
                match helper.join() {
                    Ok(more) => harvest.absorb(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            harvest
        })
    }
}

/// A small file that was read and waits to be hashed.
struct Waiting {
    path: RelPath,
    stamp: Stamp,
    bytes: Range<usize>,
}

struct Worker<'a> {
    job: &'a Job<'a>,
    queue: &'a Queue,
    buffer: Vec<u8>,
    used: usize,
    waiting: Vec<Waiting>,
    hint: usize,
    harvest: Harvest,
}

impl<'a> Worker<'a> {
    fn new(job: &'a Job<'a>, queue: &'a Queue) -> Self {
        let (buffer, waiting) = (Vec::new(), Vec::new());
        Self { job, queue, buffer, used: 0, waiting, hint: 0, harvest: Harvest::default() }
    }

    /// Does what is done alone: lists the root, and if that holds only a few files, reads them.
    fn begin(&mut self) {
        if let Some(busy) = self.queue.poll_root() {
            self.list(None);
            drop(busy);
        }
        if let Some((batch, busy)) = self.queue.poll_only_batch() {
            self.read(batch);
            drop(busy);
        }
    }

    fn run(mut self) -> Harvest {
        loop {
            let Some((task, busy)) = self.queue.poll().or_else(|| {
                self.hash_waiting();
                self.queue.wait()
            }) else {
                return self.harvest;
            };
            if self.job.expected.is_over() {
                return self.harvest;
            }
            match task {
                Task::List(folder) => self.list(folder),
                Task::Hash(batch) => self.read(batch),
                Task::Large(files) => {
                    // Brings no more work.
                    drop(busy);
                    // They need the buffer.
                    self.hash_waiting();
                    self.hash_large(files);
                }
            }
        }
    }

    fn list(&mut self, folder: Option<RelPath>) {
        let Some(walk) = self.job.walk else {
            return;
        };
        match walk.list(folder, &mut self.harvest.aside) {
            Ok(Some(listed)) => self.queue.add(listed),
            Ok(None) => {}
            Err(_) => self.queue.list_no_more(),
        }
    }

    fn read(&mut self, batch: Batch) {
        let Batch { folder, paths } = batch;
        for path in paths {
            let file = match self.open(folder.as_deref(), &path) {
                Ok(file) => file,
                Err(outcome) => {
                    self.done(path, outcome, 0);
                    continue;
                }
            };
            if self.job.walk.is_none() {
                self.job.progress.found(0, file.size());
            }
            if let Some(known) = self.known(&path, &file.stamp()) {
                self.done(path, known, file.size());
            } else if !self.together() {
                let outcome = self.hash_one(file);
                self.done(path, outcome, 0);
            } else if usize::try_from(file.size()).is_ok_and(|size| size <= SMALL) {
                self.read_small(path, file);
            } else {
                self.queue.add_large(Large { folder: folder.clone(), path });
            }
        }
    }

    /// Whether the kernels for many inputs have what is asked for.
    fn together(&self) -> bool {
        self.job.algorithms == [Algorithm::Sha256]
    }

    /// A memo knows SHA-256 and nothing else, so it cannot stand in for several digests.
    fn known(&self, path: &RelPath, stamp: &Stamp) -> Option<Outcome> {
        let sha256 = self.together().then(|| self.job.memo.known(path, stamp))??;
        Some(Outcome::Known(Digest::from_sha256(&sha256), stamp.size))
    }

    fn open(&self, folder: Option<&OpenFolder>, path: &RelPath) -> Result<OpenFile, Outcome> {
        let root = self.job.root;
        let opened = match folder {
            Some(folder) => root.open_in(folder, path),
            None => root.open_file(path),
        };
        match opened {
            Ok(file) if self.is_left_out(file.id()) => Err(Outcome::LeftOut(file.id())),
            Ok(file) => Ok(file),
            Err(error) if self.job.walk.is_some() => Err(Outcome::Failed(vanished(error))),
            Err(error) if error.is_not_found() => Err(Outcome::NotThere),
            Err(error) => Err(Outcome::Failed(error)),
        }
    }

    fn is_left_out(&self, file: FileId) -> bool {
        self.job.leave_out.contains(&file) || self.job.memo.is_own(file)
    }

    fn hash_one(&self, file: OpenFile) -> Outcome {
        let advanced = |bytes| self.job.progress.hashed(0, bytes);
        match hash_with(file, self.job.algorithms, advanced) {
            Ok((digests, bytes)) => Outcome::Hashed(digests.into(), bytes),
            Err(error) => Outcome::Failed(error),
        }
    }

    fn read_small(&mut self, path: RelPath, file: OpenFile) {
        let size = usize::try_from(file.size()).unwrap_or(usize::MAX);
        if self.used.saturating_add(size) > TOGETHER {
            self.hash_waiting();
        }
        let end = self.used.saturating_add(size);
        // One byte to spare shows a file that grew; the buffer of a small tree stays small.
        if self.buffer.len() <= end {
            self.buffer.resize(end.saturating_add(SMALL), 0);
        }
        let room = self.buffer.get_mut(self.used..=end).unwrap_or_default();
        let stamp = file.stamp();
        match file.read_small(room) {
            Ok(_) => {
                self.waiting.push(Waiting { path, stamp, bytes: self.used..end });
                self.used = end;
            }
            Err(error) => self.done(path, Outcome::Failed(error), 0),
        }
    }

    fn hash_waiting(&mut self) {
        let count = u64::try_from(self.waiting.len()).unwrap_or(u64::MAX);
        self.job.progress.hashed(count, u64::try_from(self.used).unwrap_or(u64::MAX));
        let waiting = std::mem::take(&mut self.waiting);
        self.used = 0;
        let bytes = |file: &Waiting| self.buffer.get(file.bytes.clone()).unwrap_or_default();
        let inputs = waiting.iter().map(|file| (Stream::new(), bytes(file))).collect();
        let digests = digest::complete_many(self.job.kernel, inputs);
        for (file, sha256) in waiting.into_iter().zip(digests) {
            self.job.memo.hashed(&file.path, &file.stamp, &sha256);
            let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
            let outcome = Outcome::Hashed(Digest::from_sha256(&sha256).into(), size);
            self.settle(file.path, outcome);
        }
    }

    fn hash_large(&mut self, files: Vec<Large>) {
        let mut open = Vec::with_capacity(files.len());
        for Large { folder, path } in files {
            match self.open(folder.as_deref(), &path) {
                Ok(file) => open.push((path, file)),
                Err(outcome) => self.done(path, outcome, 0),
            }
        }
        let (progress, expected) = (self.job.progress, self.job.expected);
        let advanced = |bytes| {
            progress.hashed(0, bytes);
            if expected.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        for (path, stamp, result) in large::hash(self.job.kernel, open, &mut self.buffer, &advanced)
        {
            let outcome = match result {
                Ok(sha256) => {
                    self.job.memo.hashed(&path, &stamp, &sha256);
                    Outcome::Hashed(Digest::from_sha256(&sha256).into(), stamp.size)
                }
                Err(error) => Outcome::Failed(error),
            };
            self.done(path, outcome, 0);
        }
    }

    /// One file is done; `bytes` of it were not reported yet.
    fn done(&mut self, path: RelPath, outcome: Outcome, bytes: u64) {
        self.job.progress.hashed(1, bytes);
        self.settle(path, outcome);
    }

    fn settle(&mut self, path: RelPath, outcome: Outcome) {
        if let Outcome::Hashed(digests, size) = &outcome
            && self.job.expected.is_met(&path, *size, digests, &mut self.hint)
        {
            let (files, total) = self.harvest.settled;
            self.harvest.settled = (files.saturating_add(1), total.saturating_add(*size));
        } else {
            self.harvest.outcomes.push((path, outcome));
        }
    }
}

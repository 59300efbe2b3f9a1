//! The workers that hash a tree: each takes what is left, lists, reads and hashes.
//!
//! Small files are read whole into one buffer until it is full, and then hashed all at once;
//! large ones are left to [`super::large`].

use super::hash::hash_with;
use super::large;
use super::queue::{Batch, Large, Queue, Task};
use super::walk::{Aside, Walk, vanished};
use super::{Expected, Progress};
use crate::digest::{self, Algorithm, Digest, Digests};
use crate::fs::{FileId, FsError, OpenFile, OpenFolder, Root};
use crate::path::RelPath;
use std::num::NonZero;
use std::ops::Range;

/// Files of more bytes than this are large.
const SMALL: usize = 64 << 10;

/// How many bytes of small files are hashed at once; they stay in the cache of one core.
const TOGETHER: usize = 1 << 20;

/// What became of one file.
pub(super) enum Outcome {
    Hashed(Digests, u64),
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

impl Job<'_> {
    /// Works off a queue made for so many workers, in no order.
    pub(super) fn run(&self, workers: usize, queue: &Queue) -> Harvest {
        std::thread::scope(|scope| {
            // This thread works too, so nothing is lost but time when no other can be had.
            let work = || Worker::new(self, queue).run();
            let helpers: Vec<_> = (1..workers)
                .map_while(|_| std::thread::Builder::new().spawn_scoped(scope, work).ok())
                .collect();
            let mut harvest = work();
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

/// As many workers as there are processors.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// A small file that was read and waits to be hashed.
struct Waiting {
    path: RelPath,
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

    fn run(mut self) -> Harvest {
        loop {
            let Some((task, busy)) = self.queue.poll().or_else(|| {
                self.hash_waiting();
                self.queue.wait()
            }) else {
                return self.harvest;
            };
            match task {
                Task::List(folder) => self.list(folder),
                Task::Hash(batch) => self.read(batch),
                Task::Large(files) => {
                    // Brings no more work.
                    drop(busy);
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
            if !self.together() {
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

    fn open(&self, folder: Option<&OpenFolder>, path: &RelPath) -> Result<OpenFile, Outcome> {
        let root = self.job.root;
        let opened = match folder {
            Some(folder) => root.open_in(folder, path),
            None => root.open_file(path),
        };
        match opened {
            Ok(file) if self.job.leave_out.contains(&file.id()) => Err(Outcome::LeftOut(file.id())),
            Ok(file) => {
                if self.job.walk.is_none() {
                    self.job.progress.found(0, file.size());
                }
                Ok(file)
            }
            Err(error) if self.job.walk.is_some() => Err(Outcome::Failed(vanished(error))),
            Err(error) if error.is_not_found() => Err(Outcome::NotThere),
            Err(error) => Err(Outcome::Failed(error)),
        }
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
        // One byte to spare shows a file that grew.
        self.buffer.resize(TOGETHER.saturating_add(SMALL).saturating_add(1), 0);
        let end = self.used.saturating_add(size);
        let room = self.buffer.get_mut(self.used..=end).unwrap_or_default();
        match file.read_small(room) {
            Ok(_) => {
                self.waiting.push(Waiting { path, bytes: self.used..end });
                self.used = end;
            }
            Err(error) => self.done(path, Outcome::Failed(error), 0),
        }
    }

    fn hash_waiting(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.used = 0;
        let bytes = |file: &Waiting| self.buffer.get(file.bytes.clone()).unwrap_or_default();
        let inputs: Vec<&[u8]> = waiting.iter().map(bytes).collect();
        let digests = digest::sha256_many(&inputs);
        for (file, sha256) in waiting.into_iter().zip(digests) {
            let size = u64::try_from(file.bytes.len()).unwrap_or(u64::MAX);
            let outcome = Outcome::Hashed(Digest::from_sha256(&sha256).into(), size);
            self.done(file.path, outcome, size);
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
        let progress = self.job.progress;
        let advanced = |bytes| progress.hashed(0, bytes);
        let outcomes = large::hash(digest::chosen(), open, &mut self.buffer, &advanced);
        for (path, outcome) in outcomes {
            self.done(path, outcome, 0);
        }
    }

    /// One file is done; `bytes` of it were not reported yet.
    fn done(&mut self, path: RelPath, outcome: Outcome, bytes: u64) {
        self.job.progress.hashed(1, bytes);
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

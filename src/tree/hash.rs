//! Hashing files: one read, all algorithms, one buffer a thread.

use super::Progress;
use super::walk::vanished;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::fs::{FileId, FsError, OpenFile, Root};
use crate::path::RelPath;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much is read at once.
const BUFFER: usize = 256 << 10;

/// Reads an open file to its end and gives its digests, in the order of `algorithms`, and its
/// size in bytes.
///
/// # Errors
/// [`FsError::Changed`] when it changes meanwhile, [`FsError::Io`].
pub fn hash_open(file: OpenFile, algorithms: &[Algorithm]) -> Result<(Vec<Digest>, u64), FsError> {
    hash_with(file, algorithms, &mut vec![0; BUFFER], |_| ())
}

fn hash_with(
    mut file: OpenFile,
    algorithms: &[Algorithm],
    buffer: &mut [u8],
    advanced: impl Fn(u64),
) -> Result<(Vec<Digest>, u64), FsError> {
    let mut hashers: Vec<Hasher> = algorithms.iter().map(|&each| Hasher::new(each)).collect();
    loop {
        let count = file.read(buffer)?;
        if count == 0 {
            break;
        }
        let bytes = buffer.get(..count).unwrap_or_default();
        for hasher in &mut hashers {
            hasher.update(bytes);
        }
        advanced(u64::try_from(count).unwrap_or(u64::MAX));
    }
    let size = file.finish()?;
    Ok((hashers.into_iter().map(Hasher::finish).collect(), size))
}

/// What became of one file.
pub(super) enum Outcome {
    Hashed(Vec<Digest>, u64),
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
    /// Whether the paths come from a walk of the same tree: known to be files, and not
    /// expected to vanish.
    pub(super) walked: bool,
    pub(super) progress: &'a dyn Progress,
}

impl Job<'_> {
    /// The outcomes for `paths`, in their order, worked out by as many threads as there are
    /// processors.
    pub(super) fn run(&self, paths: &[RelPath]) -> Vec<Outcome> {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        self.run_on(processors, paths)
    }

    fn run_on(&self, threads: usize, paths: &[RelPath]) -> Vec<Outcome> {
        let next = AtomicUsize::new(0);
        let mut outcomes = std::thread::scope(|scope| {
            // This thread works too, so nothing is lost but time when no other can be had.
            let helpers: Vec<_> = (1..threads.min(paths.len()))
                .map_while(|_| {
                    std::thread::Builder::new().spawn_scoped(scope, || self.work(&next, paths)).ok()
                })
                .collect();
            let mut outcomes = self.work(&next, paths);
            for helper in helpers {
                match helper.join() {
                    Ok(more) => outcomes.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            outcomes
        });
        outcomes.sort_unstable_by_key(|(index, _)| *index);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }

    /// Takes one path after the other until there is none left.
    fn work(&self, next: &AtomicUsize, paths: &[RelPath]) -> Vec<(usize, Outcome)> {
        let mut buffer = vec![0; BUFFER];
        let mut outcomes = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else {
                return outcomes;
            };
            outcomes.push((index, self.hash(path, &mut buffer)));
            self.progress.hashed(1, 0);
        }
    }

    fn hash(&self, path: &RelPath, buffer: &mut [u8]) -> Outcome {
        match self.open(path) {
            Ok(file) if self.leave_out.contains(&file.id()) => Outcome::LeftOut(file.id()),
            Ok(file) => self.hash_file(file, buffer),
            Err(error) if self.walked => Outcome::Failed(vanished(error)),
            Err(error) if error.is_not_found() => Outcome::NotThere,
            Err(error) => Outcome::Failed(error),
        }
    }

    fn open(&self, path: &RelPath) -> Result<OpenFile, FsError> {
        if self.walked {
            return self.root.open_listed(path);
        }
        let file = self.root.open_file(path)?;
        self.progress.found(0, file.size());
        Ok(file)
    }

    fn hash_file(&self, file: OpenFile, buffer: &mut [u8]) -> Outcome {
        let advanced = |bytes| self.progress.hashed(0, bytes);
        match hash_with(file, self.algorithms, buffer, advanced) {
            Ok((digests, bytes)) => Outcome::Hashed(digests, bytes),
            Err(error) => Outcome::Failed(error),
        }
    }
}

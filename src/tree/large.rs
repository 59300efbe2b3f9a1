//! Large files side by side: a piece of each is read, and all the pieces go through the lanes of
//! the kernel together. A single one is read ahead of its hashing.

use super::ahead::read_ahead;
use crate::digest::{self, Kernel, Stream};
use crate::fs::{FsError, OpenFile, Stamp};
use crate::path::RelPath;
use std::ops::ControlFlow;

/// How much of each file is read at once when the lanes are full.
const LEAST: usize = 64 << 10;

/// How much is read at once of all files together.
const TOGETHER: usize = 1 << 20;

/// Told of every piece by its length in bytes; says whether to go on.
type Advanced<'a> = &'a dyn Fn(u64) -> ControlFlow<()>;

/// A file, its stamp when it was opened, and its SHA-256.
pub(super) type Hashed = (RelPath, Stamp, Result<[u8; 32], FsError>);

struct Flow {
    path: RelPath,
    file: OpenFile,
    stream: Stream,
}

/// Hashes the files, and says what became of each; of those that were under way when `advanced`
/// broke off, nothing.
pub(super) fn hash(
    kernel: Kernel,
    files: Vec<(RelPath, OpenFile)>,
    buffer: &mut Vec<u8>,
    advanced: Advanced,
) -> Vec<Hashed> {
    let begun = |(path, file)| Flow { path, file, stream: Stream::new() };
    let mut flows: Vec<Flow> = files.into_iter().map(begun).collect();
    let mut outcomes = Vec::new();
    while flows.len() > 1 {
        if round(kernel, &mut flows, buffer, advanced, &mut outcomes).is_break() {
            return outcomes;
        }
    }
    outcomes.extend(flows.pop().and_then(|flow| alone(kernel, flow, advanced)));
    outcomes
}

/// Takes every file one piece further; those at their end are taken out.
fn round(
    kernel: Kernel,
    flows: &mut Vec<Flow>,
    buffer: &mut Vec<u8>,
    advanced: Advanced,
    outcomes: &mut Vec<Hashed>,
) -> ControlFlow<()> {
    let each = TOGETHER.checked_div(flows.len()).unwrap_or(TOGETHER).max(LEAST);
    buffer.resize(each.saturating_mul(flows.len()), 0);
    let pieces = buffer.chunks_mut(each);
    let counts: Vec<Result<usize, FsError>> =
        flows.iter_mut().zip(pieces).map(|(flow, piece)| fill(&mut flow.file, piece)).collect();
    let pieces = buffer.chunks(each).zip(&counts);
    let mut jobs: Vec<(&mut Stream, &[u8])> = flows
        .iter_mut()
        .zip(pieces)
        .filter_map(|(flow, (piece, count))| {
            Some((&mut flow.stream, piece.get(..*count.as_ref().ok()?)?))
        })
        .collect();
    digest::update_many(kernel, &mut jobs);
    let mut going = Vec::with_capacity(flows.len());
    let mut ended = Vec::new();
    for (flow, count) in std::mem::take(flows).into_iter().zip(counts) {
        match count {
            Err(error) => outcomes.push((flow.path, flow.file.stamp(), Err(error))),
            Ok(count) => {
                advanced(u64::try_from(count).unwrap_or(u64::MAX))?;
                let list =
                    if flow.file.is_at_end() || count == 0 { &mut ended } else { &mut going };
                list.push(flow);
            }
        }
    }
    *flows = going;
    finish(kernel, ended, outcomes);
    ControlFlow::Continue(())
}

/// Fills as much of `piece` as there is.
fn fill(file: &mut OpenFile, piece: &mut [u8]) -> Result<usize, FsError> {
    let mut filled = 0_usize;
    loop {
        let count = file.read(piece.get_mut(filled..).unwrap_or_default())?;
        filled = filled.saturating_add(count);
        if count == 0 || filled == piece.len() || file.is_at_end() {
            return Ok(filled);
        }
    }
}

fn finish(kernel: Kernel, ended: Vec<Flow>, outcomes: &mut Vec<Hashed>) {
    let mut streams = Vec::with_capacity(ended.len());
    let mut files = Vec::with_capacity(ended.len());
    for flow in ended {
        streams.push(flow.stream);
        files.push((flow.path, flow.file.stamp(), flow.file.finish()));
    }
    let digests = digest::finish_many(kernel, streams);
    for ((path, stamp, ended), sha256) in files.into_iter().zip(digests) {
        outcomes.push((path, stamp, ended.map(|_| sha256)));
    }
}

/// What is left of the last one, in one stream.
fn alone(kernel: Kernel, flow: Flow, advanced: Advanced) -> Option<Hashed> {
    let Flow { path, file, mut stream } = flow;
    let stamp = file.stamp();
    let ended = read_ahead(file, |bytes| {
        digest::update_many(kernel, &mut [(&mut stream, bytes)]);
        advanced(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
    });
    let digest = digest::finish_many(kernel, vec![stream]).pop().unwrap_or_default();
    match ended {
        Ok(ControlFlow::Continue(_)) => Some((path, stamp, Ok(digest))),
        Ok(ControlFlow::Break(())) => None,
        Err(error) => Some((path, stamp, Err(error))),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the files they read")]
mod tests {
    use super::*;
    use crate::fs::Root;
    use std::cell::Cell;

    /// How many pieces were read of so many files of 8 MiB, and how many were hashed, when the third
    /// piece was the last that anybody wanted.
    fn broken_off(files: usize) -> (u32, usize) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let open = |at: usize| {
            std::fs::write(folder.path().join(at.to_string()), vec![0; 8 << 20]).unwrap();
            let path = RelPath::new(at.to_string().as_bytes()).unwrap();
            let file = root.open_file(&path).unwrap();
            (path, file)
        };
        let pieces = Cell::new(0);
        let advanced = |_| {
            pieces.set(pieces.get() + 1);
            if pieces.get() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let files = (0..files).map(open).collect();
        let hashed = hash(Kernel::Sha2, files, &mut Vec::new(), &advanced);
        (pieces.get(), hashed.len())
    }

    #[test]
    fn reading_is_broken_off_in_the_middle_of_files() {
        for files in [1, 2, 20] {
            assert_eq!(broken_off(files), (3, 0), "{files}");
        }
    }
}

//! Hashing files: one read, all algorithms.

use super::ahead::read_ahead;
use crate::digest::{Algorithm, Digest, Hasher};
use crate::fs::{FsError, OpenFile};
use std::convert::Infallible;
use std::ops::ControlFlow;

/// How much is read at once.
pub(super) const BUFFER: usize = 256 << 10;

/// Reads an open file to its end and gives its digests, in the order of `algorithms`, and its
/// size in bytes.
///
/// # Errors
/// [`FsError::Changed`] when it changes meanwhile, [`FsError::Io`].
pub fn hash_open(file: OpenFile, algorithms: &[Algorithm]) -> Result<(Vec<Digest>, u64), FsError> {
    hash_with(file, algorithms, |_| ())
}

/// The same, telling `advanced` of every piece by its length in bytes.
pub(super) fn hash_with(
    file: OpenFile,
    algorithms: &[Algorithm],
    advanced: impl Fn(u64),
) -> Result<(Vec<Digest>, u64), FsError> {
    let mut hashers: Vec<Hasher> = algorithms.iter().map(|&each| Hasher::new(each)).collect();
    let ControlFlow::Continue(size) = read_ahead::<Infallible>(file, |bytes| {
        for hasher in &mut hashers {
            hasher.update(bytes);
        }
        advanced(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        ControlFlow::Continue(())
    })?;
    Ok((hashers.into_iter().map(Hasher::finish).collect(), size))
}

//! What is known of files from an earlier reading, asked before each of them is read.
//!
//! A digest that is taken over says what the bytes were when they were read, and nothing of what
//! they are now. So it serves signing and hashing where the user wants it; no verification ever
//! asks a memo that knows anything.

use crate::fs::{FileId, Stamp};
use crate::path::RelPath;

/// Remembers digests by the stamps of files. Asked and told from several threads, in any order,
/// and only where SHA-256 alone is wanted.
pub trait Memo: Sync {
    /// The SHA-256 of the file at `path`, where that need not be read: it is known, and `stamp`,
    /// which the open file has now, says that the file is the one it was then.
    fn known(&self, path: &RelPath, stamp: &Stamp) -> Option<[u8; 32]>;

    /// The file at `path` was read whole, and had `stamp` before and after.
    fn hashed(&self, path: &RelPath, stamp: &Stamp, sha256: &[u8; 32]);

    /// Whether this file is the memo's own, gone when the run ends well. Where it lies in the tree
    /// that is read, it is no part of it and is left out.
    fn is_own(&self, _file: FileId) -> bool {
        false
    }
}

/// Knows nothing and keeps nothing: every file is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMemo;

impl Memo for NoMemo {
    fn known(&self, _path: &RelPath, _stamp: &Stamp) -> Option<[u8; 32]> {
        None
    }

    fn hashed(&self, _path: &RelPath, _stamp: &Stamp, _sha256: &[u8; 32]) {}
}

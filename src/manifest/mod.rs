//! Checksum lists: the one Vidimus signs (`SHA256SUMS` of coreutils, GNU text form) and the old
//! ones it reads (GNU, BSD `--tag`, hashdeep, the manifests of BagIt).
//!
//! Reading gives names and digests, nothing more: no file is opened here, and a list that
//! parses is not yet believed by anybody.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

pub mod bagit;
mod bsd;
mod error;
mod gnu;
mod hashdeep;
mod lines;
mod list;
pub mod names;

pub use error::ManifestError;
pub use gnu::{push_line, read_signed, write};
pub use list::{List, ListOptions, algorithm_of_name, read_list};

use crate::digest::Digests;
use crate::path::RelPath;

/// The name of every manifest that Vidimus writes.
pub const NAME: &str = "SHA256SUMS";

/// One file of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path beneath the root that the list is about.
    pub path: RelPath,
    /// Its digests, at least one, each of another algorithm; all must match.
    pub digests: Digests,
    /// Its size in bytes, where the list says it.
    pub size: Option<u64>,
    /// The line of the list that names it, from 1.
    pub line: u64,
}

/// A signed list, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// At least one entry, strictly ascending by the bytes of the path.
    pub entries: Vec<Entry>,
}

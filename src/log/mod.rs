//! The log: an append-only list of small records of signatures, as a plain folder that any web
//! server can hand out (C2SP, tlog-tiles and tlog-checkpoint).
//!
//! ```text
//! checkpoint                  the signed head of what is published
//! tile/entries/000.p/5        the records, 256 a file; `.p/5` is a file of only five
//! tile/0/000.p/5              their hashes, tile/1/... the hashes of full tiles below
//! ```
//! What is appended is published by the next checkpoint, and never changes again. Entries are
//! written first, then the tiles made from them, then the checkpoint; each reaches the disk before
//! the next, so a run that dies leaves a log that the next one repairs. Full files are never
//! rewritten with other bytes.
//!
//! Not promised: that the log shows everybody the same tree (witnesses do), or that what an entry
//! names was ever a good signature (whoever appends decides). Keys and policies are not known here.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod append;
mod audit;
mod cosigned;
mod entry;
mod error;
mod publish;
mod read;
mod rows;
#[cfg(test)]
mod tests;
mod tile;
mod writer;

pub use append::append;
pub use audit::audit;
pub use cosigned::{merge, signature_lines};
pub use entry::Entry;
pub use error::LogError;
pub use publish::{Published, init, publish};
pub use read::Log;

/// Where an archive has its log.
pub const FOLDER: &str = "manifests/log";
/// The signed head, in the log's folder.
pub const CHECKPOINT: &str = "checkpoint";
/// Its entries and tiles, likewise.
pub const TILES: &str = "tile";

/// The origin of an archive's log, which is also the name of its key.
pub fn origin(archive_id: &str) -> String {
    format!("{archive_id}/log")
}

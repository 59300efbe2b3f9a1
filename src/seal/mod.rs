//! The writing side: from a tree to a manifest, a statement and its signatures.
//!
//! Nothing is written before everything is made, and every file of one signing appears at once.

mod archive;
mod error;
mod evidence;
mod log;
mod pack;
mod plan;
mod policy;
mod present;
mod prove;
mod reading;
mod release;
mod stamp;
mod stored;
mod tree_manifest;

pub use archive::{ArchiveSigning, sign_collections};
pub use error::SealError;
pub use evidence::{Also, Context};
pub use log::{LoggedBundle, append_to_log, has_log, log_entries, log_shown};
pub use pack::{PAGE, Packing, write_pack};
pub use policy::{new_archive, sign_policy};
pub use prove::prove_file;
pub use reading::Keep;
pub use release::{ReleaseInput, ReleaseSigning, evidence_ignore, sign_release};
pub use stamp::{Stampable, add_timestamp, bundles_in, renewable, signature_of};
pub use tree_manifest::{TreeManifest, default_ignore};

use crate::finding::Finding;
use crate::path::RelPath;
use crate::tree::Rules;

/// What one signing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The collection or folder, as shown.
    pub scope: Vec<u8>,
    /// Serial of the statement.
    pub serial: u64,
    /// Number of files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many of them were not read for the statement, as it says.
    pub not_read: u64,
    /// How many of them were read by a run that did not end, and not again by this one.
    pub continued: u64,
    /// What was done.
    pub action: Action,
    /// SHA-256 of the manifest.
    pub manifest_sha256: [u8; 32],
    /// The rules under which it was signed: what is left out.
    pub rules: Rules,
    /// The files written, as shown.
    pub written: Vec<Vec<u8>>,
    /// Warnings about names that collide or that other tools cannot read; what became of the
    /// files since they were read last; why nothing could be taken over.
    pub warnings: Vec<Finding>,
}

/// What a signing turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A new statement with a new serial.
    New,
    /// A further signature over the present statement.
    Added,
    /// This key has signed this very tree before; nothing was written.
    Nothing,
}

fn name(text: &str) -> Result<RelPath, SealError> {
    RelPath::new(text.as_bytes()).map_err(SealError::Path)
}

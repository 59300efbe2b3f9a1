//! A tree made into a manifest: the lines, their Merkle root, and the rules that were applied.

use crate::digest::{self, Algorithm, Digest};
use crate::envelope::predicate::ManifestPredicate;
use crate::finding::{Coded, Finding};
use crate::fs::Root;
use crate::manifest;
use crate::merkle;
use crate::path::RelPath;
use crate::time::Time;
use crate::tree::{self, Memo, Progress, Rules, Snapshot};

/// The names that Vidimus ignores by itself when it signs: exactly these.
pub fn default_ignore() -> Vec<String> {
    vec![".git".to_owned()]
}

/// A manifest in the making, with all that a statement says about it.
pub struct TreeManifest {
    /// The bytes of `SHA256SUMS`.
    pub bytes: Vec<u8>,
    /// SHA-256 of those bytes.
    pub sha256: [u8; 32],
    /// Root of the Merkle tree over the lines.
    pub merkle_root: [u8; 32],
    /// Number of lines.
    pub files: u64,
    /// Bytes of all files.
    pub total: u64,
    /// Path and SHA-256 of each file, sorted bytewise.
    pub entries: Vec<(RelPath, Digest)>,
}

impl TreeManifest {
    /// The first statement about this tree, outside of an archive, of every file and with all read;
    /// `tool` is the program that says so.
    pub(super) fn first_statement(
        &self,
        rules: &Rules,
        claimed_time: Time,
        tool: &str,
    ) -> ManifestPredicate {
        ManifestPredicate {
            archive: None,
            collection: None,
            serial: 1,
            previous: None,
            files: self.files,
            bytes: self.total,
            merkle_root: self.merkle_root,
            merkle_size: self.files,
            ignore: rules.ignore.patterns().to_vec(),
            symlinks: rules.symlinks.as_str().to_owned(),
            listed_only: false,
            not_read: 0,
            claimed_time,
            tool: tool.to_owned(),
        }
    }

    /// Warnings about names that collide or that other tools cannot read.
    pub(super) fn warnings(&self) -> Vec<Finding> {
        let paths: Vec<&RelPath> = self.entries.iter().map(|(path, _)| path).collect();
        manifest::names::warnings(&paths)
    }
}

/// Hashes everything beneath `root` by `rules`, but for what `memo` knows.
///
/// # Errors
/// One finding for each entry that cannot be signed, under `shown`.
pub(super) fn of_tree(
    root: &Root,
    rules: &Rules,
    shown: &[u8],
    memo: &dyn Memo,
    progress: &dyn Progress,
) -> Result<TreeManifest, Vec<Finding>> {
    from_snapshot(tree::snapshot_with(root, rules, &[Algorithm::Sha256], memo, progress), shown)
}

/// Hashes only the files given.
///
/// # Errors
/// One finding for each file that cannot be signed, under `shown`.
pub(super) fn of_files(
    root: &Root,
    paths: &[RelPath],
    shown: &[u8],
    progress: &dyn Progress,
) -> Result<TreeManifest, Vec<Finding>> {
    from_snapshot(tree::hash_listed(root, paths, &[Algorithm::Sha256], progress), shown)
}

fn from_snapshot(found: Snapshot, shown: &[u8]) -> Result<TreeManifest, Vec<Finding>> {
    if !found.problems.is_empty() {
        let finding = |problem: &tree::Problem| {
            let path = [shown, &problem.raw].concat();
            Finding::of(&problem.error as &dyn Coded).at(path)
        };
        return Err(found.problems.iter().map(finding).collect());
    }
    let total = found.bytes;
    let entries: Vec<(RelPath, Digest)> = found
        .files
        .into_iter()
        .filter_map(|file| Some((file.path, file.digests.first().copied()?)))
        .collect();
    let bytes = manifest::write(entries.iter().map(|(path, digest)| (path, digest)));
    let (merkle_root, files) = merkle::root_of_lines(&bytes);
    Ok(TreeManifest { sha256: digest::sha256(&bytes), merkle_root, files, total, entries, bytes })
}

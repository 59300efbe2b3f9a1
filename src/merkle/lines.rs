//! The root over the lines of a manifest, many hashes at a time.
//!
//! A block of leaves is hashed level by level, each level at once, up to the one root of the
//! block. Memory is that of one block and does not grow with the manifest.

use super::{Hash, TreeHasher};
use crate::digest::sha256_many;
use std::ops::Range;

/// How many leaves are hashed at once: a power of two.
const BLOCK: usize = 1024;

/// The root and the number of leaves of a manifest: each line is a leaf, without its line feed.
/// A last line that lacks one is a leaf too.
pub fn root_of_lines(manifest: &[u8]) -> (Hash, u64) {
    root_by_blocks(manifest, BLOCK)
}

fn root_by_blocks(manifest: &[u8], block: usize) -> (Hash, u64) {
    let mut tree = TreeHasher::new();
    let mut leaves = Leaves::default();
    for line in manifest.split_inclusive(|&byte| byte == b'\n') {
        leaves.push(line.strip_suffix(b"\n").unwrap_or(line));
        if leaves.places.len() == block {
            push_perfect(&mut tree, leaves.take());
        }
    }
    leaves.take().into_iter().for_each(|leaf| tree.push_hash(leaf));
    (tree.root(), tree.size())
}

/// Leaves that wait to be hashed, each behind the byte 0 that makes it one.
#[derive(Default)]
struct Leaves {
    bytes: Vec<u8>,
    places: Vec<Range<usize>>,
}

impl Leaves {
    fn push(&mut self, line: &[u8]) {
        let start = self.bytes.len();
        self.bytes.push(0);
        self.bytes.extend_from_slice(line);
        self.places.push(start..self.bytes.len());
    }

    /// The hashes of all, which wait no longer.
    fn take(&mut self) -> Vec<Hash> {
        let leaf = |place: &Range<usize>| self.bytes.get(place.clone()).unwrap_or_default();
        let inputs: Vec<&[u8]> = self.places.iter().map(leaf).collect();
        let hashes = sha256_many(&inputs);
        self.bytes.clear();
        self.places.clear();
        hashes
    }
}

/// Appends as many leaves as a perfect tree has.
fn push_perfect(tree: &mut TreeHasher, mut row: Vec<Hash>) {
    let leaves = u64::try_from(row.len()).unwrap_or(u64::MAX);
    let mut height = 0_u32;
    while row.len() > 1 {
        row = above(&row);
        height = height.saturating_add(1);
    }
    if let Some(root) = row.first() {
        tree.push_perfect(height, *root, leaves);
    }
}

/// The nodes above a row of hashes, of which there is an even number.
fn above(row: &[Hash]) -> Vec<Hash> {
    let node = |pair: &[Hash; 2]| {
        let mut bytes = [1; 65];
        let hashes = bytes.iter_mut().skip(1).zip(pair.as_flattened());
        hashes.for_each(|(to, from)| *to = *from);
        bytes
    };
    let nodes: Vec<[u8; 65]> = row.as_chunks().0.iter().map(node).collect();
    let inputs: Vec<&[u8]> = nodes.iter().map(<[u8; 65]>::as_slice).collect();
    sha256_many(&inputs)
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    #[test]
    fn every_small_size_equals_the_definition_whatever_the_block() {
        let leaves: Vec<Vec<u8>> = (0..300_u32).map(|at| at.to_string().into_bytes()).collect();
        for block in [1, 2, 4, 16, 128] {
            let mut manifest = Vec::new();
            for size in 0..leaves.len() {
                let expected = (reference::root(&leaves[..size]), size as u64);
                assert_eq!(root_by_blocks(&manifest, block), expected, "{size} leaves by {block}");
                manifest.extend_from_slice(&leaves[size]);
                manifest.push(b'\n');
            }
        }
    }

    #[test]
    fn a_manifest_of_several_blocks_has_the_root_of_its_leaves() {
        let lines: Vec<String> = (0..5_000).map(|at| format!("{at:064x}  {at}\n")).collect();
        let mut tree = TreeHasher::new();
        lines.iter().for_each(|line| tree.push_leaf(line.trim_end().as_bytes()));
        assert_eq!(root_of_lines(lines.concat().as_bytes()), (tree.root(), 5_000));
    }

    #[test]
    fn lines_are_leaves_without_their_line_feed() {
        let leaf = |lines: &[&[u8]]| {
            let mut tree = TreeHasher::new();
            for line in lines {
                tree.push_leaf(line);
            }
            (tree.root(), tree.size())
        };
        let table: [(&[u8], &[&[u8]]); 6] = [
            (b"", &[]),
            (b"\n", &[b""]),
            (b"a\n", &[b"a"]),
            (b"a\nb\n", &[b"a", b"b"]),
            (b"a\nb", &[b"a", b"b"]),
            (b"a\r\n\nb\n", &[b"a\r", b"", b"b"]),
        ];
        for (manifest, lines) in table {
            assert_eq!(root_of_lines(manifest), leaf(lines), "{}", manifest.escape_ascii());
        }
    }
}

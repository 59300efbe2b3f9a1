//! The Merkle tree of RFC 6962 section 2.1 (SHA-256), built leaf by leaf, and its proofs.
//!
//! A leaf is hashed as `SHA-256(0x00 || data)`, a node as `SHA-256(0x01 || left || right)`, so
//! no leaf can pass for a node. Memory grows with the logarithm of the number of leaves. Whether
//! a root may be believed is decided above: a proof only ties a leaf or a smaller tree to it.

#![cfg_attr(
    not(test),
    warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::as_conversions)
)]

mod lines;
mod prove;
mod prover;
#[cfg(test)]
mod reference;
mod verify;

pub use lines::root_of_lines;
pub use prove::{Subtrees, prove_consistency, prove_inclusion, root_of_subtrees};
pub use prover::InclusionProver;
pub use verify::{ProofError, verify_consistency, verify_inclusion};

use crate::digest::sha256;

/// The hash of a leaf, of a tree or of a subtree.
pub type Hash = [u8; 32];

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(b"")
}

/// RFC 6962 section 2.1: the hash of a leaf that holds `data`.
pub fn leaf_hash(data: &[u8]) -> Hash {
    let mut bytes = Vec::with_capacity(data.len().saturating_add(1));
    bytes.push(0);
    bytes.extend_from_slice(data);
    sha256(&bytes)
}

/// A Merkle tree in the making.
#[derive(Debug, Clone, Default)]
pub struct TreeHasher {
    /// The perfect subtrees so far, highest first: height and root of each.
    subtrees: Vec<(u32, Hash)>,
    size: u64,
    scratch: Vec<u8>,
}

impl TreeHasher {
    /// Begins an empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf; `data` is the leaf itself, not its hash.
    pub fn push_leaf(&mut self, data: &[u8]) {
        self.scratch.clear();
        self.scratch.push(0);
        self.scratch.extend_from_slice(data);
        self.join(0, sha256(&self.scratch));
        self.size = self.size.saturating_add(1);
    }

    /// Appends a leaf of which only the hash is known.
    pub fn push_hash(&mut self, leaf: Hash) {
        self.join(0, leaf);
        self.size = self.size.saturating_add(1);
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves so far; SHA-256 of nothing for the empty tree.
    pub fn root(&self) -> Hash {
        self.subtrees
            .iter()
            .rev()
            .map(|(_, hash)| *hash)
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }

    /// Appends a perfect subtree of `leaves` leaves, two to the power of `height`. Nothing lower
    /// may stand before it.
    fn push_perfect(&mut self, height: u32, root: Hash, leaves: u64) {
        self.join(height, root);
        self.size = self.size.saturating_add(leaves);
    }

    /// Adds a subtree and joins those of equal height as a binary counter carries.
    fn join(&mut self, mut height: u32, mut hash: Hash) {
        while let Some((_, left)) = self.subtrees.pop_if(|(top, _)| *top == height) {
            hash = node_hash(&left, &hash);
            height = u32::saturating_add(height, 1);
        }
        self.subtrees.push((height, hash));
    }
}

/// The root over nodes of one level, as over leaves: of a whole row of a perfect subtree it is
/// the root of that subtree.
pub fn root_of_hashes(row: &[Hash]) -> Hash {
    let mut tree = TreeHasher::new();
    row.iter().for_each(|hash| tree.push_hash(*hash));
    tree.root()
}

/// RFC 6962 section 2.1: the hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    for (to, from) in bytes.iter_mut().skip(1).zip(left.iter().chain(right)) {
        *to = *from;
    }
    sha256(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::hex;

    #[test]
    fn every_small_size_equals_the_definition() {
        let leaves = reference::leaves(300);
        let mut tree = TreeHasher::new();
        for size in 0..leaves.len() {
            assert_eq!(tree.root(), reference::root(&leaves[..size]), "{size} leaves");
            assert_eq!(tree.size(), size as u64);
            assert!(tree.subtrees.len() <= 9);
            tree.push_leaf(&leaves[size]);
        }
    }

    #[test]
    fn published_roots() {
        // The eight leaves that Certificate Transparency implementations share, in hexadecimal,
        // and the roots over the first 0, 1, 2, 3, 5 and 8 of them.
        let leaves = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (size, expected) in roots {
            let mut tree = TreeHasher::new();
            for leaf in &leaves[..size] {
                tree.push_leaf(&hex::decode(leaf.as_bytes()).unwrap());
            }
            assert_eq!(hex::encode(&tree.root()), expected, "{size} leaves");
        }
    }
}

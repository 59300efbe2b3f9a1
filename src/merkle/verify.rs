//! Checking proofs of inclusion and consistency (RFC 9162 sections 2.1.3.2 and 2.1.4.2, over the
//! tree of RFC 6962).
//!
//! Both compute roots from the proof and compare. The length of a proof follows from index and
//! sizes; another length is refused. Who signed the roots is not asked here.

use super::{Hash, node_hash};
use crate::finding::{Code, Coded};

/// Why a proof shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no leaf of this index.
    #[error("a tree of {size} leaves has no leaf {index}")]
    Index {
        /// The index, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// A proof of inclusion with too few or too many hashes.
    #[error("{found} hashes are no proof of leaf {index} in a tree of {size}")]
    InclusionLength {
        /// Number of hashes.
        found: usize,
        /// The index, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
    },
    /// The proof leads to another root: another leaf, index, size, proof or tree.
    #[error("the proof of leaf {index} leads to another root than that of the tree of {size}")]
    InclusionRoot {
        /// The index, from 0.
        index: u64,
        /// Number of leaves.
        size: u64,
        /// The root that was to be reached.
        expected: Hash,
        /// The root that the proof leads to.
        found: Hash,
    },
    /// Another number of leaves was pushed than was announced.
    #[error("{found} leaves instead of the {size} that were announced")]
    Leaves {
        /// Number of leaves pushed.
        found: u64,
        /// Number of leaves announced.
        size: u64,
    },
    /// The older tree is the larger one, or empty: nothing can be shown.
    #[error("nothing shows that a tree of {new} leaves continues one of {old}")]
    Sizes {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A proof of consistency with too few or too many hashes.
    #[error("{found} hashes are no proof that a tree of {new} leaves continues one of {old}")]
    ConsistencyLength {
        /// Number of hashes.
        found: usize,
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// The proof leads to another root of the older or the newer tree.
    #[error("the tree of {new} leaves is not shown to continue the tree of {old}")]
    ConsistencyRoot {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
        /// The two roots that were to be reached, older first.
        expected: [Hash; 2],
        /// The two roots that the proof leads to.
        found: [Hash; 2],
    },
}

impl Coded for ProofError {
    fn code(&self) -> Code {
        match self {
            Self::Index { .. }
            | Self::InclusionLength { .. }
            | Self::InclusionRoot { .. }
            | Self::Leaves { .. } => Code::Inclusion,
            Self::Sizes { .. } | Self::ConsistencyLength { .. } | Self::ConsistencyRoot { .. } => {
                Code::Consistency
            }
        }
    }
}

/// Where a walk from a node to the root stands: the node's place in its row, and that of the
/// row's last node.
struct Walk {
    node: u64,
    last: u64,
}

impl Walk {
    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    /// Whether the sibling stands to the left. Then the rows in which a last node has none are
    /// passed over, for it is carried up as it is.
    fn sibling_is_left(&mut self) -> bool {
        if self.node & 1 == 0 && self.node != self.last {
            return false;
        }
        while self.node & 1 == 0 && self.node != 0 {
            self.up();
        }
        true
    }
}

/// The root that a leaf and its proof lead to; nothing when the proof has the wrong length.
pub(super) fn inclusion_root(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
) -> Result<Hash, ProofError> {
    let last = size.checked_sub(1).filter(|last| index <= *last);
    let last = last.ok_or(ProofError::Index { index, size })?;
    let wrong = ProofError::InclusionLength { found: proof.len(), index, size };
    let mut walk = Walk { node: index, last };
    let mut hash = *leaf;
    for sibling in proof {
        if walk.last == 0 {
            return Err(wrong);
        }
        let left = walk.sibling_is_left();
        hash = if left { node_hash(sibling, &hash) } else { node_hash(&hash, sibling) };
        walk.up();
    }
    if walk.last == 0 { Ok(hash) } else { Err(wrong) }
}

/// Whether the leaf hashed to `leaf` is the one of `index`, from 0, in the tree of `size` leaves
/// with this root (RFC 9162 section 2.1.3.2). The hashes stand from the leaf's sibling upwards.
///
/// # Errors
/// [`ProofError`] when that is not shown.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let found = inclusion_root(leaf, index, size, proof)?;
    if found == *root {
        return Ok(());
    }
    Err(ProofError::InclusionRoot { index, size, expected: *root, found })
}

/// Whether the newer tree begins with the leaves of the older one (RFC 9162 section 2.1.4.2).
/// Between trees of one size the roots are compared, and the proof must be empty. An older tree
/// without leaves is an error, because nothing can be shown about it.
///
/// # Errors
/// [`ProofError`] when that is not shown.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    let (old, new) = (old_size, new_size);
    if old == 0 || old > new {
        return Err(ProofError::Sizes { old, new });
    }
    let wrong = ProofError::ConsistencyLength { found: proof.len(), old, new };
    let found = if old == new {
        if !proof.is_empty() {
            return Err(wrong);
        }
        [*new_root, *old_root]
    } else {
        consistency_roots(old, old_root, new, proof).ok_or(wrong)?
    };
    let expected = [*old_root, *new_root];
    if found == expected {
        return Ok(());
    }
    Err(ProofError::ConsistencyRoot { old, new, expected, found })
}

/// The roots of the older and the newer tree that a proof leads to; nothing when it has the wrong
/// length. `0 < old < new`.
fn consistency_roots(old: u64, old_root: &Hash, new: u64, proof: &[Hash]) -> Option<[Hash; 2]> {
    let mut walk = Walk { node: old.checked_sub(1)?, last: new.checked_sub(1)? };
    while walk.node & 1 == 1 {
        walk.up();
    }
    // Of a perfect older tree the proof leaves out the root, which is known.
    let (start, rest) =
        if old.is_power_of_two() { (old_root, proof) } else { proof.split_first()? };
    let (mut first, mut second) = (*start, *start);
    for sibling in rest {
        if walk.last == 0 {
            return None;
        }
        if walk.sibling_is_left() {
            first = node_hash(sibling, &first);
            second = node_hash(sibling, &second);
        } else {
            second = node_hash(&second, sibling);
        }
        walk.up();
    }
    (walk.last == 0).then_some([first, second])
}

#[cfg(test)]
mod tests {
    use super::super::{leaf_hash, reference};
    use super::*;

    /// Every way to spoil a list of hashes that has few of them.
    fn spoiled(proof: &[Hash]) -> Vec<Vec<Hash>> {
        let mut all = Vec::new();
        for place in 0..proof.len() {
            let mut changed = proof.to_vec();
            changed[place][place % 32] ^= 1;
            all.push(changed);
            let mut shorter = proof.to_vec();
            shorter.remove(place);
            all.push(shorter);
        }
        for place in 0..=proof.len() {
            let mut longer = proof.to_vec();
            longer.insert(place, [7; 32]);
            all.push(longer);
        }
        all
    }

    #[test]
    fn inclusion_of_every_leaf_in_every_small_tree() {
        let leaves = reference::leaves(300);
        for size in 1..=300_usize {
            let root = reference::root(&leaves[..size]);
            let step = if size <= 100 { 1 } else { 37 };
            for index in (0..size).step_by(step).chain([size - 1]) {
                let proof = reference::path(index, &leaves[..size]);
                let (at, of) = (index as u64, size as u64);
                let leaf = leaf_hash(&leaves[index]);
                assert_eq!(verify_inclusion(&leaf, at, of, &proof, &root), Ok(()), "{at} {of}");
                assert!(verify_inclusion(&[0; 32], at, of, &proof, &root).is_err());
                assert!(verify_inclusion(&leaf, at, of, &proof, &[0; 32]).is_err());
                assert!(verify_inclusion(&leaf, of, of, &proof, &root).is_err());
                for bad in spoiled(&proof).into_iter().filter(|_| (index + size) % 7 == 0) {
                    assert!(verify_inclusion(&leaf, at, of, &bad, &root).is_err(), "{at} {of}");
                }
            }
        }
    }

    #[test]
    fn another_index_or_size_is_not_proven() {
        // Leaves that all differ: a proof fits one place only.
        let leaves: Vec<Vec<u8>> = (0..33_u8).map(|number| vec![number]).collect();
        let root = reference::root(&leaves);
        for index in 0..33_usize {
            let (leaf, proof) = (leaf_hash(&leaves[index]), reference::path(index, &leaves));
            for other in (0..33).filter(|&other| other != index as u64) {
                assert!(verify_inclusion(&leaf, other, 33, &proof, &root).is_err());
            }
        }
        // A path fixes the index within the size that is claimed; the size itself is the
        // checkpoint's word, and only where the shape differs does another one fail.
        let proof = reference::path(32, &leaves);
        let leaf = leaf_hash(&leaves[32]);
        for size in [0, 1, 32, 34, 64, 65, u64::MAX] {
            assert!(verify_inclusion(&leaf, 32, size, &proof, &root).is_err(), "{size}");
        }
    }

    #[test]
    fn consistency_of_every_pair_of_small_trees() {
        let leaves = reference::leaves(300);
        let roots: Vec<Hash> = (0..=300).map(|size| reference::root(&leaves[..size])).collect();
        for new in 1..=300_usize {
            let step = if new <= 64 { 1 } else { 41 };
            for old in (1..=new).step_by(step).chain([new]) {
                let proof = reference::proof(old, &leaves[..new]);
                let (small, large) = (old as u64, new as u64);
                let check = |from: &Hash, to: &Hash, proof: &[Hash]| {
                    verify_consistency(small, from, large, to, proof)
                };
                let (from, to) = (roots[old], roots[new]);
                assert_eq!(check(&from, &to, &proof), Ok(()), "{old} {new}");
                assert!(check(&[0; 32], &to, &proof).is_err());
                assert!(check(&from, &[0; 32], &proof).is_err());
                assert_eq!(check(&to, &from, &proof).is_ok(), old == new);
                for bad in spoiled(&proof).into_iter().filter(|_| (old + new) % 3 == 0) {
                    assert!(check(&from, &to, &bad).is_err(), "{old} {new}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_shown_has_its_reason() {
        let (a, b) = ([1; 32], [2; 32]);
        let sizes = |old, new| Err(ProofError::Sizes { old, new });
        let consistent = |old, new, proof: &[Hash]| verify_consistency(old, &a, new, &a, proof);
        assert_eq!(consistent(0, 0, &[]), sizes(0, 0));
        assert_eq!(consistent(0, 1, &[]), sizes(0, 1));
        assert_eq!(consistent(2, 1, &[]), sizes(2, 1));
        assert_eq!(consistent(2, 2, &[]), Ok(()));
        let long = ProofError::ConsistencyLength { found: 1, old: 2, new: 2 };
        assert_eq!(consistent(2, 2, &[b]), Err(long));
        let none = ProofError::ConsistencyLength { found: 0, old: 1, new: 2 };
        assert_eq!(consistent(1, 2, &[]), Err(none));
        let index = Err(ProofError::Index { index: 0, size: 0 });
        assert_eq!(verify_inclusion(&a, 0, 0, &[], &a), index);
        assert_eq!(verify_inclusion(&a, 0, 1, &[], &a), Ok(()));
        let root = ProofError::InclusionRoot { index: 0, size: 1, expected: b, found: a };
        assert_eq!(verify_inclusion(&a, 0, 1, &[], &b), Err(root.clone()));
        assert_eq!(root.code(), Code::Inclusion);
        assert_eq!(ProofError::Sizes { old: 0, new: 0 }.code(), Code::Consistency);
        let many = [a; 65];
        assert!(verify_inclusion(&a, u64::MAX - 1, u64::MAX, &many, &a).is_err());
        assert!(verify_consistency(u64::MAX - 1, &a, u64::MAX, &a, &many).is_err());
    }
}

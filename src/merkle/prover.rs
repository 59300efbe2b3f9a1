//! A proof of inclusion from one pass over all leaves, in constant memory.
//!
//! Index and size say beforehand which ranges of leaves the siblings are, so each leaf is hashed
//! into the one range it belongs to. At most one hash a level is kept.

use super::prove::{Range, siblings};
use super::verify::{ProofError, inclusion_root};
use super::{Hash, TreeHasher, leaf_hash};

/// Proves one leaf of a tree whose leaves pass by in order.
#[derive(Debug, Clone)]
pub struct InclusionProver {
    index: u64,
    size: u64,
    pushed: u64,
    leaf: Hash,
    /// The siblings from the leaf upwards, and their hashes as far as they are complete.
    siblings: Vec<(Range, Hash)>,
    /// The part of the sibling that the leaves of the moment belong to.
    part: TreeHasher,
}

impl InclusionProver {
    /// Begins a proof of leaf `index`, from 0, in a tree of `size` leaves.
    ///
    /// # Errors
    /// [`ProofError::Index`] when there is no such leaf.
    pub fn new(index: u64, size: u64) -> Result<Self, ProofError> {
        if index >= size {
            return Err(ProofError::Index { index, size });
        }
        let siblings = siblings(index, size).into_iter().map(|range| (range, [0; 32])).collect();
        Ok(Self { index, size, pushed: 0, leaf: [0; 32], siblings, part: TreeHasher::new() })
    }

    /// Takes the next leaf; `data` is the leaf itself, not its hash.
    pub fn push_leaf(&mut self, data: &[u8]) {
        let place = self.pushed;
        self.pushed = self.pushed.saturating_add(1);
        if place == self.index {
            self.leaf = leaf_hash(data);
            return;
        }
        let holds =
            |range: &Range| place.checked_sub(range.start).is_some_and(|at| at < range.count);
        let Some((range, hash)) = self.siblings.iter_mut().find(|(range, _)| holds(range)) else {
            return;
        };
        self.part.push_leaf(data);
        if self.part.size() == range.count {
            *hash = self.part.root();
            self.part = TreeHasher::new();
        }
    }

    /// The proof, from the leaf's sibling upwards, and the root that it leads to.
    ///
    /// # Errors
    /// [`ProofError::Leaves`] when not as many leaves passed as were announced.
    pub fn finish(self) -> Result<(Vec<Hash>, Hash), ProofError> {
        let (index, size) = (self.index, self.size);
        if self.pushed != size {
            return Err(ProofError::Leaves { found: self.pushed, size });
        }
        let proof: Vec<Hash> = self.siblings.into_iter().map(|(_, hash)| hash).collect();
        let root = inclusion_root(&self.leaf, index, size, &proof)?;
        Ok((proof, root))
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;

    fn proven(index: usize, leaves: &[Vec<u8>]) -> (Vec<Hash>, Hash) {
        let mut prover = InclusionProver::new(index as u64, leaves.len() as u64).unwrap();
        for leaf in leaves {
            prover.push_leaf(leaf);
            assert!(prover.siblings.len() <= 9);
        }
        prover.finish().unwrap()
    }

    #[test]
    fn one_pass_gives_the_proof_of_the_definition() {
        let leaves = reference::leaves(300);
        for size in 1..=300 {
            let all = &leaves[..size];
            let root = reference::root(all);
            let step = if size <= 100 { 1 } else { 47 };
            for index in (0..size).step_by(step).chain([size - 1]) {
                assert_eq!(
                    proven(index, all),
                    (reference::path(index, all), root),
                    "{index} {size}"
                );
            }
        }
    }

    #[test]
    fn another_number_of_leaves_is_refused() {
        assert_eq!(
            InclusionProver::new(3, 3).unwrap_err(),
            ProofError::Index { index: 3, size: 3 }
        );
        assert!(InclusionProver::new(0, 0).is_err());
        for pushed in [0, 2, 4, 5] {
            let mut prover = InclusionProver::new(1, 3).unwrap();
            (0..pushed).for_each(|_| prover.push_leaf(b"leaf"));
            assert_eq!(prover.finish(), Err(ProofError::Leaves { found: pushed, size: 3 }));
        }
    }
}

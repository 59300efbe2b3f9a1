//! The gaps between matched blocks, numbered, so that it can be asked what lies in the same one.

use super::blocks::Pair;
use super::chain::{Link, heaviest};
use std::ops::Range;

/// The gaps between matched blocks, numbered.
pub(super) struct Gaps {
    old: Vec<usize>,
    new: Vec<usize>,
}

impl Gaps {
    /// Of the pairs that keep the order of the old side on the new one, step by step.
    pub(super) fn new(pairs: &[Pair]) -> Self {
        let mut sorted: Vec<(usize, usize)> =
            pairs.iter().map(|pair| (pair.old, pair.new)).collect();
        sorted.sort_unstable();
        let links: Vec<Link> =
            sorted.iter().map(|(old, new)| Link { old: *old, new: *new, weight: 1 }).collect();
        let kept = heaviest(&links);
        let chain = links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(link, _)| *link);
        let (old, new) = chain.map(|link| (link.old, link.new)).unzip();
        Self { old, new }
    }

    pub(super) fn of_old(&self, block: usize) -> usize {
        self.old.partition_point(|at| *at < block)
    }

    pub(super) fn of_new(&self, block: usize) -> usize {
        self.new.partition_point(|at| *at < block)
    }

    /// The positions in `free` of the blocks that lie in a gap of the new side.
    pub(super) fn range(&self, gap: usize, free: &[usize]) -> Range<usize> {
        let from = gap.checked_sub(1).and_then(|gap| self.new.get(gap)).map_or(0, |at| at + 1);
        let to = self.new.get(gap).copied().unwrap_or(usize::MAX);
        free.partition_point(|at| *at < from)..free.partition_point(|at| *at < to)
    }
}

//! The heaviest chain: of pairs that cross each other, those that stay in order and weigh most.
//!
//! What is left out of the chain has moved. (A weighted longest increasing subsequence, with a
//! Fenwick tree of maxima: n log n.)

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::Hash;

/// A pair of positions and how much is lost if it is said to have moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    pub(super) old: usize,
    pub(super) new: usize,
    pub(super) weight: usize,
}

/// For links with ascending `old`, no two alike: whether each lies in the heaviest chain.
pub(super) fn heaviest(links: &[Link]) -> Vec<bool> {
    let size = links.iter().map(|link| link.new + 1).max().unwrap_or(0);
    let mut best = Maxima::new(size);
    let mut before: Vec<Option<usize>> = vec![None; links.len()];
    let mut last = (0, None);
    for (at, link) in links.iter().enumerate() {
        let (weight, from) = best.below(link.new);
        let weight = weight + link.weight.max(1);
        if let Some(slot) = before.get_mut(at) {
            *slot = from;
        }
        best.raise(link.new, weight, at);
        if weight > last.0 {
            last = (weight, Some(at));
        }
    }
    let mut kept = vec![false; links.len()];
    let mut at = last.1;
    while let Some(index) = at {
        if let Some(slot) = kept.get_mut(index) {
            *slot = true;
        }
        at = before.get(index).copied().flatten();
    }
    kept
}

/// Of keys that stand once on each side, the pairs of positions that keep the order and weigh most.
pub(super) fn once_on_each_side<K: Eq + Hash>(
    old: impl Iterator<Item = (K, usize)>,
    new: impl Iterator<Item = (K, usize)>,
    weight: impl Fn(usize) -> usize,
) -> Vec<(usize, usize)> {
    let mut places: HashMap<K, [(usize, usize); 2], RandomState> = HashMap::default();
    let mut see = |(key, at): (K, usize), side: usize| {
        if let Some(seen) = places.entry(key).or_default().get_mut(side) {
            *seen = (seen.0 + 1, at);
        }
    };
    old.for_each(|entry| see(entry, 0));
    new.for_each(|entry| see(entry, 1));
    let mut links: Vec<Link> = places
        .into_values()
        .filter(|[(n, _), (m, _)]| *n == 1 && *m == 1)
        .map(|[(_, old), (_, new)]| Link { old, new, weight: weight(old) })
        .collect();
    links.sort_unstable_by_key(|link| link.old);
    let kept = heaviest(&links);
    links.iter().zip(kept).filter(|(_, kept)| *kept).map(|(link, _)| (link.old, link.new)).collect()
}

/// The common subsequence of two short stretches that weighs most.
pub(super) fn heaviest_common(
    old: &[u32],
    new: &[u32],
    from: (usize, usize),
    weight: &dyn Fn(usize) -> usize,
) -> Vec<(usize, usize)> {
    let wide = new.len() + 1;
    let mut table = vec![0_usize; (old.len() + 1) * wide];
    let cell = |table: &[usize], i: usize, j: usize| table.get(i * wide + j).copied().unwrap_or(0);
    for (i, key) in old.iter().enumerate().rev() {
        for (j, other) in new.iter().enumerate().rev() {
            let skip = cell(&table, i + 1, j).max(cell(&table, i, j + 1));
            let both = cell(&table, i + 1, j + 1) + weight(from.0 + i);
            if let Some(slot) = table.get_mut(i * wide + j) {
                *slot = if key == other { skip.max(both) } else { skip };
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < old.len() && j < new.len() {
        let both = cell(&table, i + 1, j + 1) + weight(from.0 + i);
        if old.get(i) == new.get(j) && cell(&table, i, j) == both {
            found.push((from.0 + i, from.1 + j));
            (i, j) = (i + 1, j + 1);
        } else if cell(&table, i + 1, j) >= cell(&table, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// Maxima of prefixes, with the index that reached them.
struct Maxima {
    tree: Vec<(usize, Option<usize>)>,
}

impl Maxima {
    fn new(size: usize) -> Self {
        Self { tree: vec![(0, None); size + 1] }
    }

    /// The heaviest among positions below `position`.
    fn below(&self, position: usize) -> (usize, Option<usize>) {
        let mut best = (0, None);
        let mut at = position;
        while at > 0 {
            if let Some(entry) = self.tree.get(at).filter(|entry| entry.0 > best.0) {
                best = *entry;
            }
            at &= at - 1;
        }
        best
    }

    fn raise(&mut self, position: usize, weight: usize, index: usize) {
        let mut at = position + 1;
        while at < self.tree.len() {
            if let Some(entry) = self.tree.get_mut(at).filter(|entry| entry.0 < weight) {
                *entry = (weight, Some(index));
            }
            at += at & at.wrapping_neg();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every subset, one after the other.
    fn slow(links: &[Link]) -> usize {
        (0_u32..1 << links.len())
            .filter_map(|mask| {
                let chosen: Vec<&Link> = links
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| mask & (1 << at) != 0)
                    .map(|(_, link)| link)
                    .collect();
                let ordered = chosen.windows(2).all(|pair| pair[0].new < pair[1].new);
                ordered.then(|| chosen.iter().map(|link| link.weight).sum())
            })
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn is_as_heavy_as_the_best_of_all_subsets(
            new in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
            weights in prop::collection::vec(1..20_usize, 9),
        ) {
            let links: Vec<Link> = new
                .iter()
                .zip(&weights)
                .enumerate()
                .map(|(old, (new, weight))| Link { old, new: *new, weight: *weight })
                .collect();
            let kept = heaviest(&links);
            let sum: usize = links.iter().zip(&kept).filter(|(_, k)| **k).map(|(l, _)| l.weight).sum();
            prop_assert_eq!(sum, slow(&links));
        }
    }
}

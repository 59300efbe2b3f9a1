//! Making proofs of inclusion and consistency (RFC 6962 sections 2.1.1 and 2.1.2) from the hashes
//! of perfect subtrees, which the caller has: in tiles, or in memory.
//!
//! Not more than 64 levels of two subtrees each are asked for. What the caller answers is taken
//! as it is.

use super::{Hash, empty_root, node_hash};

/// Answers with the root of a perfect subtree: its level (0 are the leaves' hashes), and its
/// place from the left among those of its level.
pub type Subtrees<'a, E> = dyn FnMut(u32, u64) -> Result<Hash, E> + 'a;

/// Leaves `start..start + count` of a tree, a node of it when the range comes from [`split`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) count: u64,
}

/// The two children of a node of more than one leaf: the left one has the largest power of two of
/// leaves that is smaller than all of them.
pub(super) fn split(range: Range) -> Option<(Range, Range)> {
    let power = range.count.checked_sub(1)?.checked_ilog2()?;
    let left = 1_u64.checked_shl(power)?;
    Some((
        Range { start: range.start, count: left },
        Range { start: range.start.checked_add(left)?, count: range.count.checked_sub(left)? },
    ))
}

/// The siblings of a leaf and of all nodes above it, from the leaf upwards. None when there is
/// no such leaf.
pub(super) fn siblings(index: u64, size: u64) -> Vec<Range> {
    let mut node = Range { start: 0, count: size };
    let mut found = Vec::new();
    while let Some((left, right)) = split(node).filter(|_| index < size) {
        let sibling = if index < right.start { right } else { left };
        node = if index < right.start { left } else { right };
        found.push(sibling);
    }
    found.reverse();
    found
}

/// The hash of a node, from perfect subtrees: those of its right edge are joined from the right.
fn hash_of<E>(range: Range, subtree: &mut Subtrees<'_, E>) -> Result<Hash, E> {
    let mut parts = Vec::new();
    let mut rest = range;
    while let Some(level) = rest.count.checked_ilog2() {
        parts.push(subtree(level, rest.start.checked_shr(level).unwrap_or(0))?);
        let width = 1_u64.checked_shl(level).unwrap_or(0);
        rest.start = rest.start.saturating_add(width);
        rest.count = rest.count.saturating_sub(width);
    }
    let joined = parts.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    Ok(joined.unwrap_or_else(empty_root))
}

fn hashes<E>(ranges: &[Range], subtree: &mut Subtrees<'_, E>) -> Result<Vec<Hash>, E> {
    ranges.iter().map(|range| hash_of(*range, subtree)).collect()
}

/// The root of the tree of `size` leaves; SHA-256 of nothing for none.
///
/// # Errors
/// What `subtree` fails with.
pub fn root_of_subtrees<E>(size: u64, subtree: &mut Subtrees<'_, E>) -> Result<Hash, E> {
    hash_of(Range { start: 0, count: size }, subtree)
}

/// Proves leaf `index`, from 0, in the tree of `size` leaves: the hashes from the leaf's sibling
/// upwards. No hashes when there is no such leaf, which no check accepts.
///
/// # Errors
/// What `subtree` fails with.
pub fn prove_inclusion<E>(
    index: u64,
    size: u64,
    subtree: &mut Subtrees<'_, E>,
) -> Result<Vec<Hash>, E> {
    hashes(&siblings(index, size), subtree)
}

/// Proves that the tree of `new` leaves begins with that of `old`. No hashes for equal sizes, and
/// where nothing can be shown: an empty older tree, or one that is larger.
///
/// # Errors
/// What `subtree` fails with.
pub fn prove_consistency<E>(
    old: u64,
    new: u64,
    subtree: &mut Subtrees<'_, E>,
) -> Result<Vec<Hash>, E> {
    hashes(&consistency_ranges(old, new), subtree)
}

/// RFC 6962 section 2.1.2, SUBPROOF, as a walk from the root down to the node in which the older
/// tree ends.
fn consistency_ranges(old: u64, new: u64) -> Vec<Range> {
    let mut found = Vec::new();
    if old == 0 || old >= new {
        return found;
    }
    let mut node = Range { start: 0, count: new };
    while node.start.saturating_add(node.count) != old {
        let Some((left, right)) = split(node) else { break };
        let (next, sibling) = if old <= right.start { (left, right) } else { (right, left) };
        found.push(sibling);
        node = next;
    }
    // The older tree itself is known to whoever checks.
    if node.start != 0 {
        found.push(node);
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::super::reference;
    use super::*;
    use std::convert::Infallible;

    /// Perfect subtrees of the given leaves, by the definition.
    fn subtrees(leaves: &[Vec<u8>]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> + '_ {
        |level, place| {
            let width = 1_usize << level;
            let start = usize::try_from(place).unwrap() * width;
            Ok(reference::root(&leaves[start..start + width]))
        }
    }

    #[test]
    fn inclusion_equals_the_definition() {
        let leaves = reference::leaves(300);
        for size in 1..=300_usize {
            let all = &leaves[..size];
            let step = if size <= 100 { 1 } else { 43 };
            for index in (0..size).step_by(step).chain([size - 1]) {
                let found = prove_inclusion(index as u64, size as u64, &mut subtrees(all));
                assert_eq!(found, Ok(reference::path(index, all)), "{index} of {size}");
            }
            assert_eq!(root_of_subtrees(size as u64, &mut subtrees(all)), Ok(reference::root(all)));
        }
    }

    #[test]
    fn consistency_equals_the_definition() {
        let leaves = reference::leaves(300);
        for new in 1..=300_usize {
            let all = &leaves[..new];
            let step = if new <= 64 { 1 } else { 43 };
            for old in (1..=new).step_by(step).chain([new]) {
                let found = prove_consistency(old as u64, new as u64, &mut subtrees(all));
                assert_eq!(found, Ok(reference::proof(old, all)), "{old} of {new}");
            }
        }
    }

    #[test]
    fn nothing_is_proven_about_what_is_not_there() {
        let mut never = |_, _| -> Result<Hash, Infallible> { panic!("nothing is to be asked") };
        assert_eq!(prove_inclusion(0, 0, &mut never), Ok(vec![]));
        assert_eq!(prove_inclusion(5, 5, &mut never), Ok(vec![]));
        assert_eq!(prove_consistency(0, 5, &mut never), Ok(vec![]));
        assert_eq!(prove_consistency(6, 5, &mut never), Ok(vec![]));
        assert_eq!(prove_consistency(5, 5, &mut never), Ok(vec![]));
        assert_eq!(root_of_subtrees(0, &mut never), Ok(empty_root()));
    }

    #[test]
    fn the_largest_trees_need_no_more_than_64_levels() {
        let mut asked = 0;
        let mut count = |level, _| -> Result<Hash, Infallible> {
            assert!(level < 64);
            asked += 1;
            Ok([0; 32])
        };
        assert!(prove_inclusion(u64::MAX - 1, u64::MAX, &mut count).unwrap().len() <= 64);
        assert!(prove_inclusion(0, u64::MAX, &mut count).unwrap().len() <= 64);
        assert!(prove_consistency(u64::MAX / 3, u64::MAX, &mut count).unwrap().len() <= 65);
        assert!(asked < 64 * 64 * 3);
    }
}

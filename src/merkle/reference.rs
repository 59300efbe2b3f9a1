//! The definitions of RFC 6962 section 2.1, word for word and slow: what the tests compare the
//! fast code with. Used by tests only.

use super::Hash;
use crate::digest::sha256;

/// `count` leaves, of different lengths, some of them equal.
pub(super) fn leaves(count: u16) -> Vec<Vec<u8>> {
    (0..count).map(|number| vec![number.to_le_bytes()[0]; usize::from(number % 7)]).collect()
}

/// The largest power of two below `number`.
fn half(number: usize) -> usize {
    number.next_power_of_two() / 2
}

/// Section 2.1, MTH.
pub(super) fn root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [leaf] => sha256(&[&[0], leaf.as_slice()].concat()),
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            sha256(&[&[1], root(left).as_slice(), &root(right)].concat())
        }
    }
}

/// Section 2.1.1, PATH.
pub(super) fn path(index: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut below, sibling) =
        if index < k { (path(index, left), right) } else { (path(index - k, right), left) };
    below.push(root(sibling));
    below
}

/// Section 2.1.2, PROOF.
pub(super) fn proof(old: usize, leaves: &[Vec<u8>]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

fn subproof(old: usize, leaves: &[Vec<u8>], known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let k = half(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut below, sibling) = if old <= k {
        (subproof(old, left, known), right)
    } else {
        (subproof(old - k, right, false), left)
    };
    below.push(root(sibling));
    below
}

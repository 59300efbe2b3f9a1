//! Missing files that are there under another name.

use super::judge::{judge, strongest};
use crate::digest::Digest;
use crate::manifest::Entry;
use crate::path::RelPath;
use crate::tree::TreeFile;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Pairs each missing file with the first unexpected one of equal content that is left; both in
/// the order given. With each pair comes the strongest digest they share.
pub(super) fn pairs<'m, 'u>(
    missing: impl Iterator<Item = &'m Entry>,
    unexpected: &[&'u TreeFile],
) -> Vec<(&'m Entry, &'u TreeFile, &'m Digest)> {
    let mut missing = missing.peekable();
    if missing.peek().is_none() {
        return Vec::new();
    }
    let mut left = by_digest(unexpected);
    let mut taken: BTreeSet<&RelPath> = BTreeSet::new();
    let mut pairs = Vec::new();
    for entry in missing {
        let Some(digest) = strongest(&entry.digests) else {
            continue;
        };
        let Some(queue) = left.get_mut(digest) else {
            continue;
        };
        while queue.front().is_some_and(|file| taken.contains(&file.path)) {
            queue.pop_front();
        }
        if let Some(file) = queue.front().filter(|file| judge(entry, file).is_same()) {
            taken.insert(&file.path);
            pairs.push((entry, *file, digest));
        }
    }
    pairs
}

fn by_digest<'u>(files: &[&'u TreeFile]) -> BTreeMap<&'u Digest, VecDeque<&'u TreeFile>> {
    let mut map: BTreeMap<&Digest, VecDeque<&TreeFile>> = BTreeMap::new();
    for file in files {
        for digest in &file.digests {
            map.entry(digest).or_default().push_back(file);
        }
    }
    map
}

//! One file that is both listed and there: the same or not, and by which digest.

use crate::digest::{Algorithm, Digest};
use crate::finding::Finding;
use crate::manifest::Entry;
use crate::tree::TreeFile;

/// What became of one file that is both listed and there.
pub(super) enum Judgement<'a> {
    /// Every digest was computed and is equal, and so is the size.
    Same,
    /// One digest differs.
    Digest { at: usize, expected: &'a Digest, found: &'a Digest },
    /// The size differs and no digest does.
    Size,
    /// Nothing differs, but not every digest was computed.
    Uncomputed,
}

impl Judgement<'_> {
    /// Whether nothing differs.
    pub(super) fn is_same(&self) -> bool {
        matches!(self, Self::Same)
    }
}

/// The first digest that differs; else the size; else the same, if every digest was computed.
pub(super) fn judge<'a>(entry: &'a Entry, file: &'a TreeFile) -> Judgement<'a> {
    let mut computed = !entry.digests.is_empty();
    for (at, expected) in entry.digests.iter().enumerate() {
        match of(&file.digests, expected.algorithm()) {
            Some(found) if found == expected => {}
            Some(found) => {
                return Judgement::Digest { at, expected, found };
            }
            None => computed = false,
        }
    }
    if entry.size.is_some_and(|size| size != file.bytes) {
        Judgement::Size
    } else if computed {
        Judgement::Same
    } else {
        Judgement::Uncomputed
    }
}

fn of(digests: &[Digest], algorithm: Algorithm) -> Option<&Digest> {
    digests.iter().find(|digest| digest.algorithm() == algorithm)
}

/// The digest of the highest algorithm.
pub(super) fn strongest(digests: &[Digest]) -> Option<&Digest> {
    digests.iter().max_by_key(|digest| digest.algorithm())
}

/// For a row: the pair of digests that decided, else the first there is on either side.
pub(super) fn shown_digests<'a>(
    entry: Option<&'a Entry>,
    file: Option<&'a TreeFile>,
) -> (Option<&'a Digest>, Option<&'a Digest>) {
    let Some(entry) = entry else {
        return (None, file.and_then(|file| strongest(&file.digests)));
    };
    let Some(file) = file else {
        return (strongest(&entry.digests), None);
    };
    match judge(entry, file) {
        Judgement::Digest { expected, found, .. } => (Some(expected), Some(found)),
        Judgement::Same | Judgement::Size | Judgement::Uncomputed => {
            let expected = strongest(&entry.digests);
            (expected, expected.and_then(|expected| of(&file.digests, expected.algorithm())))
        }
    }
}

/// Adds both sizes, where the list has one.
pub(super) fn sizes(finding: Finding, entry: &Entry, file: &TreeFile) -> Finding {
    match entry.size {
        Some(size) => {
            finding.with_number("expected_bytes", size).with_number("found_bytes", file.bytes)
        }
        None => finding,
    }
}

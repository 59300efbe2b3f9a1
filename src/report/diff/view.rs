//! A comparison made ready for looking things up: lines, and which changes lie where.

use super::Shown;
use super::place::{Place, lines_of};
use crate::compare::{Change, Comparison, Op, Span};

/// A comparison, what is shown of it, and the indices that rendering needs.
pub(super) struct View<'a> {
    pub(super) comparison: &'a Comparison,
    pub(super) shown: &'a Shown<'a>,
    /// Edits by their place in the new text.
    by_new: Vec<(usize, usize)>,
}

/// Whether a change alters words; the others say where text stands.
pub(super) const fn is_edit(change: &Change) -> bool {
    matches!(change.op, Op::Insert | Op::Delete | Op::Replace)
}

/// Where a change begins in the old text.
pub(super) fn old_start(change: &Change) -> usize {
    change.old.first().map_or(change.old_at, |span| span.start)
}

/// Where a change begins in the new text.
pub(super) fn new_start(change: &Change) -> usize {
    change.new.first().map_or(change.new_at, |span| span.start)
}

/// From the first to the last of some stretches.
pub(super) fn hull(spans: &[Span]) -> Option<Span> {
    let start = spans.iter().map(|span| span.start).min()?;
    let end = spans.iter().map(|span| span.end).max()?;
    Some(Span::new(start, end))
}

impl<'a> View<'a> {
    /// Builds the indices.
    pub(super) fn new(comparison: &'a Comparison, shown: &'a Shown<'a>) -> Self {
        let edits = comparison.changes.iter().enumerate();
        let edits = edits.filter(|(_, change)| is_edit(change));
        let mut by_new: Vec<_> = edits.map(|(at, change)| (new_start(change), at)).collect();
        by_new.sort_unstable();
        Self { comparison, shown, by_new }
    }

    /// The edits that begin in a stretch of the new text, its end included.
    pub(super) fn edits_in_new(&self, span: Span) -> Vec<usize> {
        let first = self.by_new.partition_point(|(start, _)| *start < span.start);
        let rest = self.by_new.get(first..).unwrap_or_default();
        rest.iter().take_while(|(start, _)| *start <= span.end).map(|(_, at)| *at).collect()
    }

    /// The line of an offset in the old text.
    pub(super) fn old_line(&self, offset: usize) -> (usize, usize) {
        (self.comparison.old.line(offset), self.comparison.old.line(offset))
    }

    /// The line of an offset in the new text.
    pub(super) fn new_line(&self, offset: usize) -> (usize, usize) {
        (self.comparison.new.line(offset), self.comparison.new.line(offset))
    }

    /// The lines that the stretches of a change cover.
    pub(super) fn stretch(&self, change: &Change) -> Place {
        let Comparison { old, new, .. } = self.comparison;
        Place {
            old: hull(&change.old).map(|span| lines_of(old, span)),
            new: hull(&change.new).map(|span| lines_of(new, span)),
            inside_move: change.within.is_some(),
        }
    }
}
